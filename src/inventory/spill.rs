//! An inventory that is saved account by account: a run's accounts go to a file as they come, so that they need not stay in
//! memory, and are joined at the end to what [`super::save`] would have written.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};

use jiff::Timestamp;
use serde::ser::{Error, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ids::{AccountId, Partition};

use super::{Inventory, InventoryError, Target};

/// The accounts and policies of a run, in a file in the order in which they came.
#[derive(Debug)]
pub struct Spill<F> {
    file: RefCell<F>,
    length: u64,
    accounts: BTreeMap<AccountId, Place>,
    /// With whether the document could be read.
    policies: BTreeMap<String, (Place, bool)>,
}

/// Where in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    length: u64,
}

impl<F: Read + Write + Seek> Spill<F> {
    /// Nothing in it yet. The file is empty.
    pub fn new(file: F) -> Self {
        Self { file: RefCell::new(file), length: 0, accounts: BTreeMap::new(), policies: BTreeMap::new() }
    }

    /// Takes some accounts of the run. Of a policy that came before, the document that could be read stays.
    pub fn add(&mut self, accounts: &Inventory) -> io::Result<()> {
        for account in &accounts.accounts {
            let place = self.append(account)?;
            self.accounts.insert(account.id.clone(), place);
        }
        for (arn, policy) in &accounts.policies {
            if self.policies.get(arn).is_some_and(|(_, is_read)| *is_read) {
                continue;
            }
            let place = self.append(policy)?;
            self.policies.insert(arn.clone(), (place, policy.gap().is_none()));
        }
        Ok(())
    }

    /// Writes the inventory; `run` is what is to be said of the run, its accounts do not matter.
    pub fn save(&self, run: &Inventory, mut sink: impl Write) -> Result<(), InventoryError> {
        let Inventory {
            schema,
            run_id,
            tool_version,
            started_at,
            finished_at,
            partition,
            organization_id,
            target,
            accounts: _,
            policies: _,
            api_calls,
            throttled,
            retries,
            throttles,
        } = run;
        let joined = Joined {
            schema,
            run_id,
            tool_version,
            started_at: *started_at,
            finished_at: *finished_at,
            partition: *partition,
            organization_id: organization_id.as_deref(),
            target: target.as_ref(),
            accounts: Accounts(self),
            policies: Policies(self),
            api_calls,
            throttled: *throttled,
            retries,
            throttles,
        };
        serde_json::to_writer(&mut sink, &joined).map_err(io::Error::from)?;
        writeln!(sink)?;
        Ok(())
    }

    fn append(&mut self, value: &impl Serialize) -> io::Result<Place> {
        let text = serde_json::to_vec(value)?;
        self.file.borrow_mut().write_all(&text)?;
        let place = Place { at: self.length, length: text.len() as u64 };
        self.length += place.length;
        Ok(place)
    }

    fn read(&self, place: Place) -> io::Result<Box<RawValue>> {
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(place.at))?;
        let mut text = String::new();
        Read::by_ref(&mut *file).take(place.length).read_to_string(&mut text)?;
        Ok(RawValue::from_string(text)?)
    }
}

/// [`Inventory`], member by member, with what is in the file.
#[derive(Serialize)]
#[serde(bound = "F: Read + Write + Seek")]
struct Joined<'a, F: Read + Write + Seek> {
    schema: &'a str,
    run_id: &'a str,
    tool_version: &'a str,
    started_at: Timestamp,
    finished_at: Timestamp,
    partition: Partition,
    organization_id: Option<&'a str>,
    target: Option<&'a Target>,
    accounts: Accounts<'a, F>,
    policies: Policies<'a, F>,
    api_calls: &'a BTreeMap<String, u64>,
    throttled: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    retries: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    throttles: &'a BTreeMap<String, u64>,
}

/// The accounts in order of their ids.
struct Accounts<'a, F>(&'a Spill<F>);

impl<F: Read + Write + Seek> Serialize for Accounts<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.accounts.len()))?;
        for place in self.0.accounts.values() {
            list.serialize_element(&self.0.read(*place).map_err(S::Error::custom)?)?;
        }
        list.end()
    }
}

/// The policies in order of their ARNs.
struct Policies<'a, F>(&'a Spill<F>);

impl<F: Read + Write + Seek> Serialize for Policies<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.policies.len()))?;
        for (arn, (place, _)) in &self.0.policies {
            map.serialize_entry(arn, &self.0.read(*place).map_err(S::Error::custom)?)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::inventory::save;

    #[test]
    fn accounts_saved_one_by_one_give_the_file_of_all_at_once() {
        let mut whole = crate::demo::inventory().unwrap();
        whole.retries.insert("eks:ListClusters".to_owned(), 2);
        let mut at_once = Vec::new();
        save(&whole, &mut at_once).unwrap();
        let mut spill = Spill::new(Cursor::new(Vec::new()));
        for account in whole.accounts.iter().rev() {
            spill.add(&Inventory { accounts: vec![account.clone()], ..whole.clone() }).unwrap();
        }
        let mut joined = Vec::new();
        spill.save(&Inventory { accounts: Vec::new(), policies: BTreeMap::new(), ..whole }, &mut joined).unwrap();
        assert_eq!(String::from_utf8(joined).unwrap(), String::from_utf8(at_once).unwrap());
    }
}
