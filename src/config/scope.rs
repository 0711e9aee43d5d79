//! What the configuration says about the accounts and regions to audit; flags and variables go before it.

use crate::collect::member::{ExternalId, MemberRoleName};
use crate::ids::{AccountId, Region, UnitId};

/// What is to be read; what is none or empty is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Every active account of the organization.
    pub organization: Option<bool>,
    /// These accounts.
    pub ids: Vec<AccountId>,
    /// With the organization: only accounts in these units and below.
    pub units: Vec<UnitId>,
    /// With the organization: not these accounts.
    pub exclude_accounts: Vec<AccountId>,
    /// With the organization: no accounts in these units and below.
    pub exclude_units: Vec<UnitId>,
    /// The member role.
    pub role_name: Option<MemberRoleName>,
    /// The external id that it asks for.
    pub external_id: Option<ExternalId>,
    /// The regions.
    pub regions: Vec<Region>,
    /// Whether EC2 is asked in every region.
    pub compute_everywhere: Option<bool>,
    /// Whether service control policies are read.
    pub service_control_policies: Option<bool>,
    /// Calls in flight at most.
    pub max_in_flight: Option<u16>,
}

impl Wanted {
    /// The list that a flag or a variable gives, else the one of the configuration.
    #[must_use]
    pub fn list<T: Clone>(given: Vec<T>, configured: &[T]) -> Vec<T> {
        if given.is_empty() { configured.to_vec() } else { given }
    }
}
