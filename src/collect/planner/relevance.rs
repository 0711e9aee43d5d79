//! Which of an account's roles matter: decides what is kept of the list of all roles, and whose policies are read.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AccountId, RoleArn};
use crate::inventory::{Cluster, Role};

use super::cluster::node_roles;
use super::likeness::{can_be_a_node_role, issuers_of_aws_node, looks_like_a_node_role};

/// The roles that the clusters of an account make matter.
#[derive(Debug, Default)]
pub(super) struct Relevance {
    /// The roles that have to be read, by name, with the ARN by which something names them: they are judged.
    pub(super) needed: BTreeMap<String, RoleArn>,
    /// The names of node roles among them.
    pub(super) node_roles: BTreeSet<String>,
    /// The names of roles that are kept where they come along, and not judged: cluster roles, those of HyperPod's nodes.
    kept: BTreeSet<String>,
    /// The clusters' OIDC issuers.
    issuers: BTreeSet<String>,
}

impl Relevance {
    /// Adds a role that has to be read, if it is one of the account; roles of other accounts are not followed.
    pub(super) fn need(&mut self, role: RoleArn, account: &AccountId) {
        if role.account() == account {
            self.needed.entry(role.name().to_owned()).or_insert(role);
        }
    }

    /// Adds a role that is kept where it comes along.
    pub(super) fn keep(&mut self, role: &RoleArn) {
        self.kept.insert(role.name().to_owned());
    }

    /// Adds a node role.
    pub(super) fn need_node_role(&mut self, role: RoleArn, account: &AccountId) {
        if role.account() == account {
            self.node_roles.insert(role.name().to_owned());
        }
        self.need(role, account);
    }

    /// Adds what a cluster that is read as a whole names. `only`: of its node roles, these alone were asked for.
    pub(super) fn add(&mut self, cluster: &Cluster, account: &AccountId, only: Option<&BTreeSet<String>>) {
        for role in node_roles(cluster, account).filter(|role| only.is_none_or(|names| names.contains(role.name()))) {
            self.need_node_role(role, account);
        }
        let association = cluster.aws_node_association.value().and_then(Option::as_ref);
        let addon = cluster.vpc_cni.value().and_then(Option::as_ref);
        let of_aws_node = [
            association.map(|association| association.role_arn.as_str()),
            association.and_then(|association| association.target_role_arn.as_deref()),
            addon.and_then(|addon| addon.service_account_role_arn.as_deref()),
        ];
        for role in of_aws_node.into_iter().flatten().filter_map(|arn| arn.parse().ok()) {
            self.need(role, account);
        }
        if let Some(detail) = cluster.detail.value() {
            let role = detail.role_arn.parse::<RoleArn>().ok();
            self.kept.extend(role.map(|role| role.name().to_owned()));
            self.issuers.extend(detail.oidc_issuer.clone());
        }
    }

    /// Whether the role can come to matter yet, now that the clusters are known: access entries may show it to be a node
    /// role.
    pub(super) fn may_keep(&self, role: &Role) -> bool {
        self.keeps(role) || can_be_a_node_role(role)
    }

    /// Whether the role is kept.
    pub(super) fn keeps(&self, role: &Role) -> bool {
        self.judges(role) || self.kept.contains(role.arn.name()) || looks_like_a_node_role(role)
    }

    /// Whether the role's policies are evaluated, so that their documents are needed.
    pub(super) fn judges(&self, role: &Role) -> bool {
        self.needed.contains_key(role.arn.name()) || self.may_serve_aws_node(role)
    }

    /// Whether the trust policy may let aws-node of one of the clusters in, by OIDC. When in doubt, it may: the rules
    /// look closely.
    fn may_serve_aws_node(&self, role: &Role) -> bool {
        let federated = if self.issuers.is_empty() { None } else { issuers_of_aws_node(&role.trust) };
        federated
            .is_some_and(|issuers| issuers.is_empty() || issuers.iter().any(|issuer| self.issuers.contains(issuer)))
    }
}
