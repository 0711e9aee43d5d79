//! NR303: whether the node role reaches all data of a kind.

use std::sync::Arc;

use crate::finding::{Evidence, Severity, Status};
use crate::policy::{Effect, Layer, Statement};
use crate::rules::permissions::called;
use crate::rules::permissions::wording::why;
use crate::rules::{NodeRole, Verdict};

use super::inquiry::{Answer, Inquiry};
use super::mend;
use super::power::{On, Power, Step, on, regional};
use super::weighed::{Held, Weighed, Words};

const SEVERITY: Severity = Severity::Medium;

const BEST_PRACTICES: &str =
    "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html";

/// The rights on data that are asked for, each on everything of its kind in the account.
pub(super) const DATA: &[Power] = &[
    data(
        "every secret",
        "reads every secret",
        &[regional("secretsmanager:GetSecretValue", "secretsmanager", "secret:*")],
    ),
    data("every parameter", "reads every parameter", &[regional("ssm:GetParameter", "ssm", "parameter/*")]),
    data("every parameter", "reads every parameter", &[regional("ssm:GetParameters", "ssm", "parameter/*")]),
    data("every parameter", "reads every parameter", &[regional("ssm:GetParametersByPath", "ssm", "parameter/*")]),
    data("every parameter", "reads what parameters were", &[regional("ssm:GetParameterHistory", "ssm", "parameter/*")]),
    data("every key", "decrypts whatever the account's keys encrypt", &[regional("kms:Decrypt", "kms", "key/*")]),
    data("every object", "reads every object", &[on("s3:GetObject", On::Unowned("s3", "*/*"))]),
    data("every object", "overwrites every object", &[on("s3:PutObject", On::Unowned("s3", "*/*"))]),
    data("every object", "deletes every object", &[on("s3:DeleteObject", On::Unowned("s3", "*/*"))]),
    data("every table", "reads every table", &[regional("dynamodb:GetItem", "dynamodb", "table/*")]),
    data("every table", "reads every table", &[regional("dynamodb:BatchGetItem", "dynamodb", "table/*")]),
    data("every table", "reads every table", &[regional("dynamodb:Query", "dynamodb", "table/*")]),
    data("every table", "reads every table", &[regional("dynamodb:Scan", "dynamodb", "table/*")]),
    data("every table", "writes every table", &[regional("dynamodb:PutItem", "dynamodb", "table/*")]),
    data("every table", "writes every table", &[regional("dynamodb:UpdateItem", "dynamodb", "table/*")]),
    data("every table", "deletes from every table", &[regional("dynamodb:DeleteItem", "dynamodb", "table/*")]),
    data("every queue", "reads every queue", &[regional("sqs:ReceiveMessage", "sqs", "*")]),
    data(
        "every database cluster",
        "runs SQL on every cluster with the Data API",
        &[regional("rds-data:ExecuteStatement", "rds", "cluster:*")],
    ),
];

const fn data(name: &'static str, gains: &'static str, steps: &'static [Step]) -> Power {
    Power { name, gains, steps, source: BEST_PRACTICES }
}

/// What the agent of Systems Manager is customarily granted on everything, AmazonSSMManagedInstanceCore and its copies.
const CUSTOMARY: [&str; 2] = ["ssm:GetParameter", "ssm:GetParameters"];

/// The other actions that a statement for the agent has, each by its name (AmazonSSMManagedInstanceCore, version 2).
const OF_THE_AGENT: [&str; 6] = [
    "ssm:UpdateInstanceInformation",
    "ssm:ListInstanceAssociations",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:PutComplianceItems",
    "ssm:PutInventory",
];

/// NR303 no-broad-data-access: data of a kind (`DATA`) that the role reaches wherever it lies in the account.
///
/// What the statement for the agent of Systems Manager grants on parameters is information, whatever the policy is called;
/// the same right from another statement counts. Blind to what the policies of buckets, keys and queues add or take away.
pub fn nr303(node_role: &NodeRole<'_>) -> Verdict {
    let inquiry = match Inquiry::of(node_role, SEVERITY, false) {
        Ok(inquiry) => inquiry,
        Err(verdict) => return verdict,
    };
    let mut weighed = Weighed::of(&inquiry, DATA);
    let mut customary = Vec::new();
    weighed.granted.retain_mut(|held| without_the_agent(&inquiry, held, &mut customary));
    weighed.open.retain_mut(|held| without_the_agent(&inquiry, held, &mut customary));
    let name = called(node_role.arn);
    let words = Words {
        holds: format_args!("`{name}` reaches data wherever it lies in the account"),
        open: format_args!("whether `{name}` reaches data wherever it lies in the account"),
        none: format_args!("`{name}` reaches no kind of data wherever it lies in the account"),
        status: Status::Fail,
        severity: SEVERITY,
    };
    let verdict =
        weighed.verdict(&inquiry, &words, |granted| mend::take_away(&inquiry, granted, "whatever reads them"));
    verdict.with(customary.iter().map(tolerated))
}

/// Whether a right that the agent customarily has is granted by anything but a statement for the agent. What such statements
/// grant is taken out of the answer, and added to `customary`.
fn without_the_agent(inquiry: &Inquiry<'_, '_>, held: &mut Held<'_>, customary: &mut Vec<Answer>) -> bool {
    held.answers.iter_mut().all(|answer| {
        let action = answer.step.action;
        if !CUSTOMARY.contains(&action) || !granting(inquiry, action).any(|grant| grant.is_ok_and(is_of_the_agent)) {
            return true;
        }
        customary.push(answer.clone());
        Arc::make_mut(&mut answer.decision)
            .by
            .retain(|decider| !inquiry.statement(decider).is_some_and(is_of_the_agent));
        if answer.granted() {
            answer.decision.by.iter().any(|decider| decider.layer == Layer::Identity)
        } else {
            // What is open may hang on any other statement, and on a policy that could not be read.
            granting(inquiry, action).any(|grant| !grant.is_ok_and(is_of_the_agent))
        }
    })
}

/// The statements of the role's own policies that allow an action on something; an error for each that could not be read.
fn granting<'i>(inquiry: &'i Inquiry<'_, '_>, action: &str) -> impl Iterator<Item = Result<&'i Statement, &'i str>> {
    let own = inquiry.permissions.policies().filter(|(layer, _)| *layer == Layer::Identity);
    own.flat_map(move |(_, policy)| match &policy.document {
        Ok(document) => document
            .concerning(action)
            .map(|(_, statement)| statement)
            .filter(|statement| statement.effect() == Effect::Allow)
            .map(Ok)
            .collect(),
        Err(reason) => vec![Err(reason.as_str())],
    })
}

/// Whether a statement names the actions of the agent, one by one.
fn is_of_the_agent(statement: &Statement) -> bool {
    let named = |action: &&str| statement.actions().any(|pattern| pattern.eq_ignore_ascii_case(action));
    statement.effect() == Effect::Allow && !statement.is_not_action() && OF_THE_AGENT.iter().all(named)
}

/// What is customary is told, and not held against the role.
fn tolerated(answer: &Answer) -> Evidence {
    let text = format!(
        "{} on every parameter is {}: customary for the agent of Systems Manager, so keep secrets out of parameters that no key \
         of their own protects",
        answer.step.action,
        why(&answer.decision)
    );
    Evidence { text, ..super::weighed::evidence(answer) }
}
