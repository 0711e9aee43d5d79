//! What a run is asked to audit, as its door (command line, Lambda event) understood it; not yet resolved.

use std::time::Duration;

use crate::ids::{AccountId, Region, UnitId};
use crate::inventory::Target;

use super::member::MemberRole;
use super::scope::Scope;

/// The default of [`Ask::max_in_flight`].
pub const DEFAULT_MAX_IN_FLIGHT: usize = 256;

/// The most that a door lets [`Ask::max_in_flight`] be.
pub const LARGEST_MAX_IN_FLIGHT: u16 = 1024;

/// What a run is asked to audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which accounts.
    pub accounts: Accounts,
    /// The member role that is assumed in each account but the caller's own.
    pub member: MemberRole,
    /// The regions; empty: those enabled in each account.
    pub regions: Vec<Region>,
    /// Only these clusters and roles, and what they touch.
    pub target: Option<Target>,
    /// Whether service control policies are read.
    pub service_control_policies: bool,
    /// Whether EC2 is asked in every region that is audited; else in those that have a cluster, or have had one's nodes.
    pub compute_everywhere: bool,
    /// Calls in flight at most, over everything.
    pub max_in_flight: usize,
    /// When new work stops, counted from the start; what was not reached by then stands in the coverage.
    pub deadline: Option<Duration>,
}

/// Which accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    /// The caller's own.
    Own,
    /// These.
    Listed(Vec<AccountId>),
    /// Every active account of the organization.
    Organization {
        /// Only accounts in these organizational units and the units below them; empty: all.
        units: Vec<UnitId>,
        /// But not these accounts.
        exclude_accounts: Vec<AccountId>,
        /// Nor accounts in these organizational units and the units below them.
        exclude_units: Vec<UnitId>,
    },
    /// This one, if the organization has it and nothing leaves it out.
    Member {
        /// Its id, from somebody who is not trusted.
        account: AccountId,
        /// As of [`Accounts::Organization`].
        units: Vec<UnitId>,
        /// As of [`Accounts::Organization`].
        exclude_accounts: Vec<AccountId>,
        /// As of [`Accounts::Organization`].
        exclude_units: Vec<UnitId>,
    },
    /// What a step before has found (`noderole.manifest/1`): nothing is asked of Organizations again.
    Found(Box<Scope>),
}

/// How far a run is: told after every answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Accounts that were asked for.
    pub accounts: usize,
    /// Accounts of which nothing more is to be read.
    pub accounts_done: usize,
    /// Calls made.
    pub calls: u64,
    /// Calls that are known to be still needed, in flight or waiting.
    pub pending: usize,
}
