//! What a run is asked to read: accounts, regions, targets.

use crate::ids::{AccountId, Partition, Region};
use crate::inventory::Target;

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
