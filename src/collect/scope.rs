//! What a run is asked to read: accounts, regions, targets.

mod manifest;

use std::sync::Arc;

use crate::ids::{AccountId, Partition, Region};
use crate::inventory::{InlinePolicy, Target};
use crate::known::Gap;

pub use manifest::{Manifest, ManifestError};

/// What a run is asked to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The partition of every account.
    pub partition: Partition,
    /// The organization's id, where it could be read.
    pub organization_id: Option<String>,
    /// The accounts, in order of their ids, each once.
    pub accounts: Vec<AccountScope>,
    /// The regions; empty: those enabled in each account are asked for.
    pub regions: Vec<Region>,
    /// Whether EC2 is asked in every region; else in those that have a cluster, or have had one's nodes.
    pub compute_everywhere: bool,
    /// Only these clusters and roles, and what they touch.
    pub target: Option<Target>,
}

/// One account to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountScope {
    /// Its id.
    pub id: AccountId,
    /// Its name in the organization.
    pub name: Option<String>,
    /// Its place in the organization: `o-a1/r-b2/ou-c3`.
    pub organization_path: Option<String>,
    /// How it is entered.
    pub entry: Entry,
    /// The service control policies that bind it.
    pub service_control: ServiceControl,
}

/// The service control policies that bind an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ServiceControl {
    /// Nobody asked for them.
    #[default]
    LeftOut,
    /// One list for each level from the root down, none where nothing binds the account. Accounts share what they have in
    /// common.
    Levels(Vec<Level>),
    /// They could not be read.
    Unread(Gap),
}

/// The policies of one root, unit or account.
pub type Level = Arc<[Arc<InlinePolicy>]>;

impl ServiceControl {
    /// As an account's facts hold them: the policies, and why they are missing.
    pub fn facts(&self) -> (Option<Vec<Vec<InlinePolicy>>>, Option<Gap>) {
        match self {
            Self::LeftOut => (None, None),
            Self::Levels(levels) => {
                let level = |level: &Level| level.iter().map(|policy| InlinePolicy::clone(policy)).collect();
                (Some(levels.iter().map(level).collect()), None)
            }
            Self::Unread(gap) => (None, Some(gap.clone())),
        }
    }
}

/// How an account is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// It is the caller's own: no role is assumed.
    Own,
    /// The member role is assumed.
    Assume,
    /// It is not active in the organization and is not entered; the text is its state.
    Inactive(String),
}
