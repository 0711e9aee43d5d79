//! Policy documents, each parsed once for a whole audit, and the permissions of each role gathered once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::ids::AccountId;
use crate::inventory::{Account, Inventory, Role};
use crate::known::Known;
use crate::policy::{Document, DocumentError, NamedPolicy};

use super::{Permissions, Shared};

/// Grants everything: with it one sees what no further policy could grant.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// A parsed document, or why it is none.
type Parsed = Result<Arc<Document>, String>;

/// The policy documents of an inventory, each parsed once.
#[derive(Debug, Default)]
pub struct Documents {
    /// Managed policies by ARN.
    by_arn: BTreeMap<String, NamedPolicy>,
    /// Documents that stand where they are used, by their text: accounts of one organization repeat them.
    by_text: Mutex<HashMap<String, Parsed>>,
    /// Trust policies by their text, for what is read as one has rules and a limit of its own.
    trusts: Mutex<HashMap<String, Parsed>>,
    /// What was gathered of the roles of accounts that are being judged, by ARN: several rules ask about the same one.
    permissions: Mutex<HashMap<AccountId, HashMap<String, Shared>>>,
}

impl Documents {
    /// Parses every managed policy of the inventory.
    pub fn of(inventory: &Inventory) -> Self {
        let by_arn = inventory.policies.iter().map(|(arn, version)| {
            let document = match version {
                Known::Value(version) => told(Document::parse(&version.document)),
                Known::Missing(gap) => Err(gap.to_string()),
            };
            (arn.clone(), NamedPolicy { name: arn.clone(), document })
        });
        Self { by_arn: by_arn.collect(), ..Self::default() }
    }

    /// The managed policy of that ARN.
    pub fn managed(&self, arn: &str) -> NamedPolicy {
        self.by_arn.get(arn).cloned().unwrap_or_else(|| NamedPolicy {
            name: arn.to_owned(),
            document: Err("the inventory does not hold its document".to_owned()),
        })
    }

    /// A policy whose document stands where it is used.
    pub fn written(&self, name: &str, text: &str) -> NamedPolicy {
        NamedPolicy { name: name.to_owned(), document: self.parsed(text) }
    }

    /// A document of any kind.
    pub fn parsed(&self, text: &str) -> Result<Arc<Document>, String> {
        once(&self.by_text, text, Document::parse)
    }

    /// A trust policy: at most [`MAX_TRUST_BYTES`](crate::policy::document::MAX_TRUST_BYTES) of it are read.
    pub fn trust(&self, text: &str) -> Result<Arc<Document>, String> {
        once(&self.trusts, text, Document::parse_trust)
    }

    /// What a role of an account may do, gathered once as long as the account is judged.
    pub fn permissions(&self, inventory: &Inventory, account: &Account, role: &Role) -> Shared {
        let arn = role.arn.as_str();
        let gathered = || self.permissions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = gathered().get(&account.id).and_then(|roles| roles.get(arn)).cloned();
        known.unwrap_or_else(|| {
            let permissions = Arc::new(Permissions::of(inventory, self, account, role));
            let mut gathered = gathered();
            gathered.entry(account.id.clone()).or_default().insert(arn.to_owned(), Arc::clone(&permissions));
            permissions
        })
    }

    /// Lets go what was gathered of the roles of an account that has been judged.
    pub(crate) fn let_go(&self, account: &AccountId) {
        self.permissions.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }

    /// A policy that allows everything.
    pub(super) fn everything(&self) -> NamedPolicy {
        self.written("everything", EVERYTHING)
    }
}

/// What a text is, parsed if it is seen for the first time.
fn once(
    cache: &Mutex<HashMap<String, Parsed>>,
    text: &str,
    parse: impl FnOnce(&str) -> Result<Document, DocumentError>,
) -> Parsed {
    let mut by_text = cache.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(parsed) = by_text.get(text) {
        return parsed.clone();
    }
    let parsed = told(parse(text));
    by_text.insert(text.to_owned(), parsed.clone());
    parsed
}

fn told(parsed: Result<Document, DocumentError>) -> Parsed {
    parsed.map(Arc::new).map_err(|error| format!("its document cannot be read: {error}"))
}
