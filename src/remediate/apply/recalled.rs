//! A plan without what `apply` would leave alone: histories are read for the findings that are planned for, and where one of them
//! is left alone, its accounts are planned for again, from the same facts. What is not known is a note: a plan changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Seek, SeekFrom, Write};

use futures::{StreamExt, stream};

use crate::ids::AccountId;
use crate::inventory::{self, Inventory};
use crate::remediate::place::{Place, told};
use crate::remediate::plan::Plan;

use super::ApplyError;
use super::memory::history;

/// Histories that are read at once.
const AT_ONCE: usize = 16;

/// How often it is planned again: each time another finding may be planned for that is left alone as well.
const ROUNDS: usize = 4;

/// The facts that a plan was made from, as far as something is planned for: in a file, so that they need not stay in memory.
#[derive(Debug, Default)]
pub struct Parts {
    file: Option<File>,
    kept: Vec<Part>,
    length: u64,
    failed: Option<io::Error>,
}

/// Some accounts, and where in the file they are.
#[derive(Debug)]
struct Part {
    accounts: BTreeSet<AccountId>,
    at: u64,
    length: u64,
}

/// How some accounts are planned for, without the findings that are left alone, each with the reason.
pub type Again<'a> = &'a (dyn Fn(&Inventory, &BTreeMap<String, String>) -> Plan + Send + Sync);

impl Parts {
    /// Keeps the facts of accounts for which something is planned.
    pub fn keep(&mut self, part: &Inventory) {
        if self.failed.is_none()
            && let Err(error) = self.append(part)
        {
            self.failed = Some(error);
        }
    }

    fn append(&mut self, part: &Inventory) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let text = serde_json::to_vec(part)?;
        file.write_all(&text)?;
        self.file = Some(file);
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let accounts = part.accounts.iter().map(|account| account.id.clone()).collect();
        self.kept.push(Part { accounts, at: self.length, length });
        self.length = self.length.saturating_add(length);
        Ok(())
    }

    fn read(&mut self, at: u64, length: u64) -> io::Result<Inventory> {
        let file = self.file.as_mut().ok_or_else(|| io::Error::other("nothing was kept"))?;
        file.seek(SeekFrom::Start(at))?;
        inventory::load(file.take(length)).map_err(io::Error::other)
    }

    /// Plans again where a finding is planned for that is left alone, as the histories in `place` say. What could not be had, in
    /// words.
    pub async fn leave_alone(mut self, plan: &mut Plan, place: &Place, again: Again<'_>) -> Vec<String> {
        let mut memory = Memory { place, asked: BTreeSet::new(), left: BTreeMap::new(), notes: Vec::new() };
        for _ in 0..ROUNDS {
            let accounts = memory.recall(plan).await;
            if accounts.is_empty() {
                break;
            }
            if let Err(error) = self.plan_again(plan, &accounts, &memory.left, again) {
                memory.notes.push(format!(
                    "what `apply` leaves alone is planned for as well, for the facts could not be kept: {error}"
                ));
                break;
            }
        }
        memory.notes
    }

    fn plan_again(
        &mut self,
        plan: &mut Plan,
        accounts: &BTreeSet<AccountId>,
        left: &BTreeMap<String, String>,
        again: Again<'_>,
    ) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let concerned: Vec<(u64, u64)> = self
            .kept
            .iter()
            .filter(|part| !part.accounts.is_disjoint(accounts))
            .map(|part| (part.at, part.length))
            .collect();
        for (at, length) in concerned {
            let part = self.read(at, length)?;
            plan.replace(again(&part, left), |account| part.accounts.iter().any(|known| known.id == *account));
        }
        plan.sort();
        Ok(())
    }
}

/// What was done before, as far as it was asked for.
struct Memory<'a> {
    place: &'a Place,
    asked: BTreeSet<String>,
    left: BTreeMap<String, String>,
    notes: Vec<String>,
}

impl Memory<'_> {
    /// Reads the histories of what is planned for; the accounts of those that are left alone, and were not known.
    async fn recall(&mut self, plan: &Plan) -> BTreeSet<AccountId> {
        let findings = plan.roles.iter().flat_map(|role| role.findings.iter().map(|found| (&role.account, &found.id)));
        let new: Vec<(AccountId, String)> = findings
            .filter(|(_, id)| !self.asked.contains(*id))
            .map(|(account, id)| (account.clone(), id.clone()))
            .collect();
        self.asked.extend(new.iter().map(|(_, id)| id.clone()));
        let place = self.place;
        let mut histories = stream::iter(new)
            .map(async |(account, id)| {
                let read = history(place, &id).await;
                (account, id, read)
            })
            .buffered(AT_ONCE);
        let mut accounts = BTreeSet::new();
        while let Some((account, id, read)) = histories.next().await {
            match read {
                Ok(history) => {
                    if let Some(reason) = history.left_alone() {
                        self.left.insert(id, reason);
                        accounts.insert(account);
                    }
                }
                // one that is none is no reason to doubt the others
                Err(error @ ApplyError::History(_)) => self.notes.push(told(&error)),
                Err(error) => {
                    let why = told(&error);
                    self.notes.push(format!(
                        "histories could not be read, so that findings may be planned for that `apply` leaves alone: {why}"
                    ));
                    break;
                }
            }
        }
        accounts
    }
}

#[cfg(test)]
mod tests;
