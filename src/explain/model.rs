//! An explanation as data: what `noderole explain` prints, and what programs read.

use serde::Serialize;

use crate::finding::NodeGroupRef;
use crate::ids::{AccountId, Region};
use crate::policy::{Decision, Outcome};
use crate::rules::permissions::ask::Answer;
use crate::rules::permissions::wording;
use crate::rules::requirements::{Needed, SetName};

/// The roles that a target names, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What was asked for.
    pub target: String,
    /// The roles; more than one where a node group's name occurs in several places.
    pub roles: Vec<RoleExplained>,
    /// What could not be read and the explanation hangs on: calls with their resource and error. Empty: it is complete.
    pub missing: Vec<String>,
}

/// One node role, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleExplained {
    /// The account.
    pub account: AccountId,
    /// The role's ARN.
    pub role_arn: String,
    /// The node groups that are explained.
    pub node_groups: Vec<NodeGroupRef>,
    /// Why the role's permissions are not known, where they are not.
    pub unread: Option<String>,
    /// Whether service control policies were read; where not, they are not held against the role.
    pub service_control_policies_read: bool,
    /// Whether EC2 may assume it; none where the role could not be read.
    pub trust: Option<TrustExplained>,
    /// What its nodes need of it.
    pub needs: Vec<NeedExplained>,
    /// Who serves aws-node, for each cluster whose nodes run it.
    pub aws_node: Vec<ServerExplained>,
}

/// Whether EC2 may assume the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustExplained {
    /// The service principal.
    pub principal: String,
    /// The decision on `sts:AssumeRole`.
    pub granted: Option<Grant>,
    /// Why the trust policy is not known, where it is not.
    pub unread: Option<String>,
}

/// Who serves aws-node in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerExplained {
    /// The cluster.
    pub cluster: String,
    /// Its region.
    pub region: Region,
    /// `node_role`, `own_role`, `candidate` (a role that trusts aws-node, which may not use it) or `unknown`.
    pub served_by: &'static str,
    /// The role's ARN.
    pub role_arn: Option<String>,
    /// What gives the role to aws-node.
    pub by: Option<String>,
    /// What is not known of it.
    pub unread: Option<String>,
    /// What the CNI needs of that role.
    pub needs: Vec<NeedExplained>,
}

/// One needed action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeedExplained {
    /// The requirement set.
    pub set: SetName,
    /// The action.
    pub action: String,
    /// The resource that it was decided on.
    pub resource: String,
    /// The region of the request.
    pub region: Region,
    /// `required`, `recommended` or `unsure` (what decides is not known).
    pub needed: &'static str,
    /// What happens without it.
    pub symptom: String,
    /// The page or source that says so.
    pub source: String,
    /// The decision.
    pub grant: Grant,
}

/// A decision with who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// The outcome.
    pub outcome: Outcome,
    /// Why, in words: `denied by statement ...`.
    pub why: String,
    /// The statements that decided, in words.
    pub by: Vec<String>,
    /// What it hangs on, in words; none where it is certain.
    pub hangs_on: Option<String>,
}

impl Grant {
    /// The decision in words.
    pub(super) fn of(decision: &Decision) -> Self {
        Self {
            outcome: decision.outcome,
            why: wording::why(decision),
            by: decision.by.iter().map(wording::decider).collect(),
            hangs_on: if decision.hinges.is_empty() { None } else { Some(wording::hinges(decision)) },
        }
    }
}

impl NeedExplained {
    /// An answer in words.
    pub(super) fn of(answer: &Answer) -> Self {
        let ask = &answer.ask;
        Self {
            set: ask.set,
            action: ask.action.clone(),
            resource: ask.resource.clone(),
            region: ask.region.clone(),
            needed: match ask.needed {
                Needed::Required => "required",
                Needed::Unsure(_) => "unsure",
                Needed::Recommended => "recommended",
                Needed::No => "not_needed",
            },
            symptom: ask.symptom.clone(),
            source: ask.source.clone(),
            grant: Grant::of(&answer.decision),
        }
    }
}
