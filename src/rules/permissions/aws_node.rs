//! Who serves aws-node in a cluster: a role of its own, or the node role (from AWS's APIs alone).

use crate::finding::Evidence;
use crate::ids::RoleArn;
use crate::inventory::{Account, Cluster, PodIdentityAssociation, Role, RoleRecord};
use crate::known::Gap;
use crate::policy::trust::{ConditionEntry, Principal, TrustGrant, WebIdentity, grants, service_may, web_identity_may};
use crate::policy::{Document, Outcome, is_like};
use crate::rules::Facts;
use crate::rules::effective::{Session, Shared};

/// The service account of the VPC CNI.
const SUBJECT: &str = "system:serviceaccount:kube-system:aws-node";

/// The service as which EKS Pod Identity assumes roles (EKS user guide, pod-id-role).
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";

/// Whose credentials aws-node uses.
#[derive(Debug)]
pub(crate) enum Server<'a> {
    /// The node role: nothing gives aws-node another. Where that is not certain, because not every role of the account was
    /// read, the reason stands there.
    NodeRole(Option<&'a Gap>),
    /// A role of its own, by a setting of EKS.
    Own(Own<'a>),
    /// Roles that trust the cluster's issuer for aws-node. The annotation that would choose one lives in Kubernetes.
    Candidates(Vec<Own<'a>>),
    /// It could not be found out.
    Unread(Unread<'a>),
}

/// Something that is not known, and the call that failed behind it, if one did.
#[derive(Debug)]
pub(crate) struct Unread<'a> {
    /// What is not known, and why.
    pub(crate) reason: String,
    /// The call that failed.
    pub(crate) gap: Option<&'a Gap>,
}

impl<'a> Unread<'a> {
    /// What a call that failed would have told.
    pub(crate) fn call(what: &str, gap: &'a Gap) -> Self {
        Self { reason: format!("{what} could not be read: {gap}"), gap: Some(gap) }
    }

    /// What no call tells.
    pub(crate) fn fact(reason: String) -> Self {
        Self { reason, gap: None }
    }

    /// As evidence.
    pub(crate) fn evidence(&self) -> Evidence {
        self.gap.map_or_else(|| Evidence::fact(self.reason.as_str()), Evidence::gap)
    }
}

/// A role of aws-node's own.
#[derive(Debug)]
pub(crate) struct Own<'a> {
    /// Its ARN as EKS names it.
    pub(crate) arn: &'a str,
    /// What gives it to aws-node.
    pub(crate) via: Via<'a>,
}

/// What gives aws-node a role.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Via<'a> {
    /// A Pod Identity association.
    Association(&'a PodIdentityAssociation),
    /// The add-on's serviceAccountRoleArn, which aws-node assumes with a token of the cluster's issuer.
    Addon {
        /// The issuer, where the cluster could be described.
        issuer: Option<&'a str>,
    },
    /// A trust policy that names aws-node's service account: exactly, or by a pattern that covers others too.
    Trust {
        /// Whether it names aws-node and nobody else.
        exact: bool,
    },
}

/// What is known of the rights of a role of aws-node's own.
pub(crate) enum Rights<'a> {
    /// They were read.
    Known(&'a Role, Shared),
    /// The role does not exist.
    NoSuchRole,
    /// It exists, but aws-node cannot get its credentials; the text says why.
    OutOfReach(String),
    /// They could not be read.
    Unread(Unread<'a>),
}

impl<'a> Server<'a> {
    /// Who serves aws-node in this cluster.
    pub(crate) fn of(facts: &Facts<'a>, account: &'a Account, cluster: &'a Cluster) -> Self {
        match cluster.aws_node_association.as_result() {
            Err(gap) => {
                return Self::Unread(Unread::call("the Pod Identity association of aws-node", gap));
            }
            Ok(Some(association)) => {
                let arn = association.target_role_arn.as_deref().unwrap_or(&association.role_arn);
                return Self::Own(Own { arn, via: Via::Association(association) });
            }
            Ok(None) => {}
        }
        match cluster.vpc_cni.as_result() {
            Err(gap) => return Self::Unread(Unread::call("the add-on vpc-cni", gap)),
            Ok(Some(addon)) => {
                if let Some(arn) = &addon.service_account_role_arn {
                    let issuer = cluster.detail.value().and_then(|detail| detail.oidc_issuer.as_deref());
                    return Self::Own(Own { arn, via: Via::Addon { issuer } });
                }
                if !addon.pod_identity_associations.is_empty() {
                    let listed = addon.pod_identity_associations.join(", ");
                    return Self::Unread(Unread::fact(format!(
                        "the add-on vpc-cni names associations that were not found: {listed}"
                    )));
                }
            }
            Ok(None) => {}
        }
        Self::by_trust(facts, account, cluster)
    }

    /// The third way: roles that trust the cluster's OIDC issuer for aws-node.
    fn by_trust(facts: &Facts<'a>, account: &'a Account, cluster: &'a Cluster) -> Self {
        let issuer = match cluster.detail.as_result() {
            Err(gap) => return Self::Unread(Unread::call("the cluster", gap)),
            Ok(detail) => detail.oidc_issuer.as_deref(),
        };
        // Without an issuer no role can trust it.
        let Some(issuer) = issuer else { return Self::NodeRole(None) };
        let mut candidates = Vec::new();
        let mut unclear = None;
        for role in facts.roles_naming(account, issuer) {
            match trusts_aws_node(facts, role, issuer) {
                Ok(Some(exact)) => candidates.push(Own { arn: role.arn.as_str(), via: Via::Trust { exact } }),
                Ok(None) => {}
                Err(error) => unclear = unclear.or(Some(not_understood(role, &error))),
            }
        }
        match (candidates.is_empty(), unclear) {
            (false, _) => Self::Candidates(candidates),
            (true, Some(reason)) => Self::Unread(Unread::fact(reason)),
            (true, None) => Self::NodeRole(account.role_list.gap()),
        }
    }
}

impl<'a> Own<'a> {
    /// The rights of the role, in the session that aws-node gets.
    pub(crate) fn rights(&self, facts: &'a Facts<'a>, account: &'a Account) -> Rights<'a> {
        let Ok(arn) = self.arn.parse::<RoleArn>() else {
            return Rights::Unread(Unread::fact(format!("`{}` is not the ARN of a role", self.arn)));
        };
        if *arn.account() != account.id {
            return Rights::Unread(Unread::fact(format!(
                "the role `{}` is in another account and is not followed there",
                self.arn
            )));
        }
        let role = match account.role(arn.name()) {
            Some(RoleRecord::Found(role)) => &**role,
            Some(RoleRecord::NoSuchRole) => return Rights::NoSuchRole,
            Some(RoleRecord::Missing(gap)) => return Rights::Unread(Unread::call("the role", gap)),
            None => return Rights::Unread(Unread::fact(format!("the role `{}` was not read", arn.name()))),
        };
        if let Some(out_of_reach) = self.out_of_reach(facts, account, role) {
            return out_of_reach;
        }
        let own = facts.documents.permissions(facts.inventory, account, role);
        let (session, policy) = match self.via {
            Via::Association(association) => {
                (Session::PodIdentity, association.policy.as_deref().map(|text| (association.arn.as_str(), text)))
            }
            Via::Addon { .. } | Via::Trust { .. } => (Session::WebIdentity, None),
        };
        let permissions = own.in_session(&facts.documents, session, policy);
        Rights::Known(role, permissions.into())
    }

    /// Whether a trust policy names aws-node and nobody else.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.via, Via::Trust { exact: true })
    }

    /// What keeps the credentials of the role from aws-node, if anything does: whoever is to assume it must be let in. A
    /// condition is taken to hold, as AWS recommends some.
    fn out_of_reach(&self, facts: &Facts<'_>, account: &'a Account, role: &'a Role) -> Option<Rights<'a>> {
        let may = |role: &Role, who: &str, outcome: &dyn Fn(&Document) -> Outcome| match facts
            .documents
            .trust(&role.trust)
            .map(|document| outcome(&document))
        {
            Ok(Outcome::Allowed | Outcome::Conditional) => None,
            Ok(Outcome::ImplicitDeny | Outcome::ExplicitDeny) => Some(Rights::OutOfReach(format!(
                "the trust policy of role `{}` does not let {who} assume it",
                role.arn.name()
            ))),
            Err(error) => Some(Rights::Unread(Unread::fact(not_understood(role, &error)))),
        };
        match self.via {
            // Of a target role the trust is in the other one, which Pod Identity assumes first.
            Via::Association(association) => {
                let arn: RoleArn = association.role_arn.parse().ok()?;
                let first = match account.role(arn.name()).filter(|_| *arn.account() == account.id) {
                    Some(RoleRecord::Found(first)) => first,
                    Some(RoleRecord::NoSuchRole) => {
                        let reason = format!("the role `{}` that the association names does not exist", arn.name());
                        return Some(Rights::OutOfReach(reason));
                    }
                    Some(RoleRecord::Missing(gap)) => return Some(Rights::Unread(Unread::call("the role", gap))),
                    None => return None,
                };
                may(first, POD_IDENTITY, &|trust| service_may(trust, POD_IDENTITY, "sts:AssumeRole").outcome)
            }
            Via::Addon { issuer } => {
                let issuer = issuer?;
                // The audience is the same in every partition unless somebody asked for that of the partition.
                let audiences =
                    ["sts.amazonaws.com".to_owned(), format!("sts.{}", facts.inventory.partition.dns_suffix())];
                may(role, "aws-node's service account", &|trust| {
                    let outcome = |audience: &String| {
                        web_identity_may(trust, WebIdentity { issuer, subject: SUBJECT, audience }).outcome
                    };
                    audiences
                        .iter()
                        .map(outcome)
                        .find(|outcome| *outcome != Outcome::ImplicitDeny)
                        .unwrap_or(Outcome::ImplicitDeny)
                })
            }
            Via::Trust { .. } => None,
        }
    }

    /// How it comes to aws-node, in words.
    pub(crate) fn by(&self) -> String {
        match self.via {
            Via::Association(association) if association.target_role_arn.is_some() => {
                format!("the Pod Identity association {}, as its target role", association.arn)
            }
            Via::Association(association) => format!("the Pod Identity association {}", association.arn),
            Via::Addon { .. } => "the add-on vpc-cni, as the role of its service account".to_owned(),
            Via::Trust { .. } => "its trust policy, which lets aws-node's service account assume it".to_owned(),
        }
    }
}

fn not_understood(role: &Role, error: &str) -> String {
    format!("the trust policy of role `{}`: {error}", role.arn.name())
}

/// Whether the role's trust policy lets the service account aws-node of the cluster with this issuer assume it, and if so
/// whether that account alone. The error says why a trust policy that has the issuer in it cannot be understood.
fn trusts_aws_node(facts: &Facts<'_>, role: &Role, issuer: &str) -> Result<Option<bool>, String> {
    // The issuer's id is the last part of its URL; documents without it need not be parsed.
    let id = issuer.rsplit('/').next().unwrap_or(issuer);
    if !role.trust.contains(id) {
        return Ok(None);
    }
    let document = facts.documents.trust(&role.trust)?;
    let of_issuer = |grant: &TrustGrant| match &grant.principal {
        Principal::Federated(provider) => provider.ends_with(&format!(":oidc-provider/{issuer}")),
        Principal::Everyone
        | Principal::Service(_)
        | Principal::Account(_)
        | Principal::Arn(_)
        | Principal::Deleted(_)
        | Principal::CanonicalUser(_)
        | Principal::EveryoneBut(_) => false,
    };
    let web = |grant: &TrustGrant| grant.actions.contains(&"sts:AssumeRoleWithWebIdentity");
    let key = format!("{}:sub", issuer.to_ascii_lowercase());
    let matching = grants(&document).into_iter().filter(|grant| of_issuer(grant) && web(grant)).filter_map(|grant| {
        let entry = grant.condition_keys.iter().find(|entry| entry.key == key)?;
        names_aws_node(entry)
    });
    Ok(matching.max())
}

/// Whether the condition on the subject covers aws-node: `Some(true)` by its own name, `Some(false)` by a pattern.
fn names_aws_node(entry: &ConditionEntry) -> Option<bool> {
    let operator = entry.operator.rsplit(':').next().unwrap_or_default();
    let operator = operator.strip_suffix("IfExists").unwrap_or(operator);
    let exact = entry.values.iter().any(|value| value == SUBJECT);
    match operator {
        "StringEquals" | "StringLike" if exact => Some(true),
        "StringLike" if entry.values.iter().any(|pattern| is_like(SUBJECT, pattern)) => Some(false),
        _ => None,
    }
}
