//! `noderole.manifest/1`: who is audited in a run, as one step of a fan-out writes it down for the next. What several
//! accounts are bound by stands in it once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{AccountId, Partition, Region};
use crate::inventory::InlinePolicy;
use crate::known::Gap;

use super::{AccountScope, Entry, Level, Scope, ServiceControl};

/// The version of the form.
const SCHEMA: &str = "noderole.manifest/1";

/// The accounts of a run, and what was asked of Organizations about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    schema: String,
    /// The run.
    pub run_id: String,
    /// When it began (UTC).
    pub started_at: Timestamp,
    partition: Partition,
    organization_id: Option<String>,
    regions: Vec<Region>,
    compute_everywhere: bool,
    /// Calls by which the accounts were found, by operation.
    pub api_calls: BTreeMap<String, u64>,
    accounts: Vec<ListedAccount>,
    /// Policies of roots, units and accounts.
    levels: Vec<Vec<InlinePolicy>>,
}

/// An account of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedAccount {
    id: AccountId,
    name: Option<String>,
    organization_path: Option<String>,
    entry: ListedEntry,
    service_control: ListedServiceControl,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ListedEntry {
    Own,
    Assume,
    Inactive(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ListedServiceControl {
    LeftOut,
    /// Places in `levels`, from the root down.
    Levels(Vec<usize>),
    Unread(Gap),
}

/// Why a text is no manifest.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// It is not JSON of that form.
    #[error("it is no list of accounts of a run: start the run anew")]
    Form(#[source] serde_json::Error),
    /// Another version wrote it.
    #[error("its schema is `{0}`, this version of noderole reads `{SCHEMA}`: start the run anew")]
    Schema(String),
    /// It names levels that it does not hold.
    #[error("it contradicts itself (level {0} is missing): start the run anew")]
    Level(usize),
}

impl Manifest {
    /// Writes a scope down. It has no target: a fan-out audits whole accounts.
    pub fn of(scope: &Scope, run_id: &str, started_at: Timestamp, api_calls: BTreeMap<String, u64>) -> Self {
        let mut shared = Shared::default();
        let accounts = scope.accounts.iter().map(|account| listed(account, &mut shared)).collect();
        Self {
            schema: SCHEMA.to_owned(),
            run_id: run_id.to_owned(),
            started_at,
            partition: scope.partition,
            organization_id: scope.organization_id.clone(),
            regions: scope.regions.clone(),
            compute_everywhere: scope.compute_everywhere,
            api_calls,
            accounts,
            levels: shared.levels,
        }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_str(text).map_err(ManifestError::Form)?;
        if manifest.schema != SCHEMA {
            return Err(ManifestError::Schema(manifest.schema));
        }
        let named = manifest.accounts.iter().flat_map(|account| match &account.service_control {
            ListedServiceControl::Levels(levels) => levels.as_slice(),
            ListedServiceControl::LeftOut | ListedServiceControl::Unread(_) => &[],
        });
        match named.copied().find(|level| *level >= manifest.levels.len()) {
            Some(level) => Err(ManifestError::Level(level)),
            None => Ok(manifest),
        }
    }

    /// The ids of the accounts, in order.
    pub fn ids(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.iter().map(|account| &account.id)
    }

    /// The scope again, of the accounts that `wanted` takes.
    pub fn scope(&self, wanted: impl Fn(&AccountId) -> bool) -> Scope {
        let levels: Vec<Level> =
            self.levels.iter().map(|level| level.iter().cloned().map(Arc::new).collect::<Vec<_>>().into()).collect();
        let accounts = self.accounts.iter().filter(|account| wanted(&account.id));
        Scope {
            partition: self.partition,
            organization_id: self.organization_id.clone(),
            accounts: accounts.map(|account| account.scope(&levels)).collect(),
            regions: self.regions.clone(),
            compute_everywhere: self.compute_everywhere,
            target: None,
        }
    }
}

impl ListedAccount {
    fn scope(&self, levels: &[Level]) -> AccountScope {
        AccountScope {
            id: self.id.clone(),
            name: self.name.clone(),
            organization_path: self.organization_path.clone(),
            entry: match &self.entry {
                ListedEntry::Own => Entry::Own,
                ListedEntry::Assume => Entry::Assume,
                ListedEntry::Inactive(state) => Entry::Inactive(state.clone()),
            },
            service_control: match &self.service_control {
                ListedServiceControl::LeftOut => ServiceControl::LeftOut,
                ListedServiceControl::Unread(gap) => ServiceControl::Unread(gap.clone()),
                ListedServiceControl::Levels(places) => {
                    ServiceControl::Levels(places.iter().filter_map(|place| levels.get(*place).cloned()).collect())
                }
            },
        }
    }
}

/// The levels that were met, each once: by where they are kept, for accounts share them.
#[derive(Default)]
struct Shared {
    levels: Vec<Vec<InlinePolicy>>,
    places: HashMap<*const Arc<InlinePolicy>, usize>,
}

impl Shared {
    fn place(&mut self, level: &Level) -> usize {
        let Self { levels, places } = self;
        *places.entry(level.as_ptr()).or_insert_with(|| {
            levels.push(level.iter().map(|policy| InlinePolicy::clone(policy)).collect());
            levels.len() - 1
        })
    }
}

fn listed(account: &AccountScope, shared: &mut Shared) -> ListedAccount {
    ListedAccount {
        id: account.id.clone(),
        name: account.name.clone(),
        organization_path: account.organization_path.clone(),
        entry: match &account.entry {
            Entry::Own => ListedEntry::Own,
            Entry::Assume => ListedEntry::Assume,
            Entry::Inactive(state) => ListedEntry::Inactive(state.clone()),
        },
        service_control: match &account.service_control {
            ServiceControl::LeftOut => ListedServiceControl::LeftOut,
            ServiceControl::Unread(gap) => ListedServiceControl::Unread(gap.clone()),
            ServiceControl::Levels(levels) => {
                ListedServiceControl::Levels(levels.iter().map(|level| shared.place(level)).collect())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureClass;

    fn level(name: &str) -> Level {
        let document = r#"{"Version": "2012-10-17", "Statement": []}"#.to_owned();
        vec![Arc::new(InlinePolicy { name: name.to_owned(), document })].into()
    }

    fn account(id: u64, entry: Entry, service_control: ServiceControl) -> AccountScope {
        AccountScope {
            id: format!("{id:012}").parse().unwrap(),
            name: Some(format!("account \"{id}\"")),
            organization_path: Some("o-a1/r-b2".to_owned()),
            entry,
            service_control,
        }
    }

    fn scope() -> Scope {
        let (root, unit) = (level("root"), level("unit"));
        let gap = Gap {
            api: "organizations:ListPoliciesForTarget".to_owned(),
            resource: "r-b2".to_owned(),
            class: FailureClass::Denied,
            error: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
        };
        let accounts = vec![
            account(1, Entry::Own, ServiceControl::Levels(vec![root.clone()])),
            account(2, Entry::Assume, ServiceControl::Levels(vec![root.clone(), unit.clone()])),
            account(3, Entry::Assume, ServiceControl::Levels(vec![root, unit])),
            account(4, Entry::Inactive("SUSPENDED".to_owned()), ServiceControl::LeftOut),
            account(5, Entry::Assume, ServiceControl::Unread(gap)),
        ];
        Scope {
            partition: Partition::Aws,
            organization_id: Some("o-a1".to_owned()),
            accounts,
            regions: vec!["eu-west-1".parse().unwrap()],
            compute_everywhere: true,
            target: None,
        }
    }

    fn written() -> Manifest {
        Manifest::of(&scope(), "run-1", "2026-11-24T03:00:00Z".parse().unwrap(), BTreeMap::new())
    }

    #[test]
    fn what_was_written_down_is_the_scope_again() {
        let text = serde_json::to_string(&written()).unwrap();
        let read = Manifest::read(&text).unwrap();
        assert_eq!(read.scope(|_| true), scope());
        assert_eq!(read.ids().count(), 5);
    }

    #[test]
    fn one_account_is_taken_out_with_what_binds_it() {
        let wanted: AccountId = "000000000003".parse().unwrap();
        let one = written().scope(|id| *id == wanted);
        assert_eq!(one.accounts, [scope().accounts[2].clone()]);
    }

    #[test]
    fn what_accounts_share_is_written_once() {
        assert_eq!(written().levels.len(), 2);
    }

    #[test]
    fn a_text_that_is_no_manifest_is_refused() {
        for text in ["", "{}", "[]", r#"{"schema": "noderole.manifest/1"}"#] {
            assert!(matches!(Manifest::read(text), Err(ManifestError::Form(_))), "{text}");
        }
        let mut of_another_version = written();
        of_another_version.schema = "noderole.manifest/2".to_owned();
        let text = serde_json::to_string(&of_another_version).unwrap();
        assert!(matches!(Manifest::read(&text), Err(ManifestError::Schema(_))));
        let mut torn = written();
        torn.levels.pop();
        let text = serde_json::to_string(&torn).unwrap();
        assert!(matches!(Manifest::read(&text), Err(ManifestError::Level(1))));
    }
}
