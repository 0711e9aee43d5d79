//! The roles of an account of which little more than the name is kept: those that can be no node role, as they tell it.
//!
//! A role that is neither here nor kept is gone, or younger than the list: its access entry may be that of nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::Reply;
use crate::inventory::Role;

use super::likeness::{can_be_a_node_role, is_for_nodes, is_of_aws};

/// Roles by name, and what may yet show one of them to be a node role.
#[derive(Debug, Default)]
pub(super) struct Bystanders {
    /// The customer managed policies that each carries, by ARN: their documents come on pages of their own.
    carried: BTreeMap<String, Vec<String>>,
    /// The customer managed policies that grant what nodes need.
    for_nodes: BTreeSet<String>,
}

impl Bystanders {
    /// Takes note of a page of the list of all roles, and drops the roles that are not to be kept.
    pub(super) fn part_with(&mut self, page: &mut Reply, keep: impl Fn(&Role) -> bool) {
        let Reply::Authorization { roles, policies, .. } = page else { return };
        let for_nodes = policies.iter().filter(|(_, version)| is_for_nodes(&version.document));
        self.for_nodes.extend(for_nodes.map(|(arn, _)| arn.clone()));
        roles.retain(|role| {
            if !can_be_a_node_role(role) {
                self.carried.insert(role.arn.name().to_owned(), customer_managed(role));
            }
            keep(role)
        });
    }

    /// The names of the roles that are there and can be no node roles.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let carries_none = |policies: &Vec<String>| !policies.iter().any(|arn| self.for_nodes.contains(arn));
        let names = self.carried.iter().filter(|(_, policies)| carries_none(policies)).map(|(name, _)| name.clone());
        names.collect()
    }
}

/// The ARNs of the customer managed policies that the role carries. No policy makes a node role of one of AWS's own.
fn customer_managed(role: &Role) -> Vec<String> {
    let attached = role.attached.value().into_iter().flatten().filter(|_| !is_of_aws(role));
    attached.filter(|policy| !policy.arn.contains(":iam::aws:")).map(|policy| policy.arn.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Bystanders, Reply};
    use crate::collect::planner::likeness::can_be_a_node_role;
    use crate::collect::planner::tests::plain_role;
    use crate::inventory::Role;

    #[test]
    fn of_thousands_of_roles_that_can_be_no_node_roles_the_names_alone_are_kept() {
        let trust = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let function = |n: usize| Role { trust: trust.to_owned(), ..plain_role(&format!("function-{n}")) };
        let roles: Vec<Role> = (0..2_000).map(function).chain([plain_role("nodes")]).collect();
        let mut page = Reply::Authorization { roles, policies: BTreeMap::new(), next: None };
        let mut bystanders = Bystanders::default();
        bystanders.part_with(&mut page, can_be_a_node_role);
        let Reply::Authorization { roles, .. } = page else { panic!("it stays a page of the list") };
        assert_eq!(roles.iter().map(|role| role.arn.name()).collect::<Vec<_>>(), ["nodes"]);
        let names = bystanders.names();
        assert!(names.len() == 2_000 && names.contains("function-7") && !names.contains("nodes"));
    }
}
