//! The statement that decided, as it stands in its policy: looked up in the facts by the names that evidence gives.
//!
//! A name that fits two different statements gives none: better no text than another one's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::finding::{Evidence, Finding};
use crate::ids::{AccountId, RoleArn};
use crate::inventory::{Account, Inventory, Role, RoleRecord};
use crate::known::Known;
use crate::report::model::ReportedEvidence;

/// How many characters of a statement's text the report holds.
pub(super) const TEXT_MAX: usize = 2_000;

/// How evidence names a trust policy; the rest is the role's ARN.
const TRUST_POLICY: &str = "trust policy of ";

/// What the trust policy of a role says that pods assume: by a token, or by Pod Identity.
const FOR_PODS: [&str; 2] = ["sts:AssumeRoleWithWebIdentity", "pods.eks.amazonaws.com"];

/// The statements of the policies of some accounts; each text is parsed once, and only when evidence names it.
#[derive(Debug)]
pub(super) struct Statements<'a> {
    inventory: &'a Inventory,
    accounts: BTreeMap<&'a AccountId, &'a Account>,
    parsed: HashMap<&'a str, Vec<Stated>>,
}

/// A statement of a document.
#[derive(Debug)]
struct Stated {
    sid: Option<String>,
    text: String,
}

impl<'a> Statements<'a> {
    /// Those of an inventory.
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let accounts = inventory.accounts.iter().map(|account| (&account.id, account)).collect();
        Self { inventory, accounts, parsed: HashMap::new() }
    }

    /// A finding's evidence as the report tells it. A statement that several pieces name is written out with the first.
    pub(super) fn evidence(&mut self, finding: &Finding) -> Vec<ReportedEvidence> {
        let mut told = BTreeSet::new();
        let mut reported = Vec::with_capacity(finding.evidence.len());
        for evidence in &finding.evidence {
            let mut piece = ReportedEvidence::from(evidence);
            if let (Some(policy), Some(statement)) = (&evidence.policy, &evidence.statement)
                && told.insert((policy, statement))
            {
                piece.statement_text = self.text(finding, evidence, policy, statement);
            }
            reported.push(piece);
        }
        reported
    }

    /// The text of a statement, which every policy of that name agrees on.
    fn text(&mut self, finding: &Finding, evidence: &Evidence, policy: &str, statement: &str) -> Option<String> {
        let documents = self.documents(finding, evidence, policy);
        for document in &documents {
            self.parsed.entry(document).or_insert_with(|| parse(document));
        }
        let stated = documents.iter().filter_map(|document| self.parsed.get(document));
        let mut texts: BTreeSet<&str> = stated.flat_map(|stated| named(stated, statement)).collect();
        let text = texts.pop_first().filter(|_| texts.is_empty())?;
        Some(shortened(text))
    }

    /// The documents that evidence may mean by the name of a policy.
    fn documents(&self, finding: &Finding, evidence: &Evidence, policy: &str) -> Vec<&'a str> {
        let Some(account) = self.accounts.get(&finding.account).copied() else { return Vec::new() };
        let role =
            |arn: &str| found(account, arn.parse::<RoleArn>().ok()?.name()).filter(|role| role.arn.as_str() == arn);
        if let Some(arn) = policy.strip_prefix(TRUST_POLICY) {
            return role(arn).map(|role| role.trust.as_str()).into_iter().collect();
        }
        if let Some(version) = self.inventory.policies.get(policy).and_then(Known::value) {
            return vec![&version.document];
        }
        let is = |kind: &str| evidence.text.contains(&format!("{kind} `{policy}`"));
        if is("the session policy of") {
            let associations =
                account.clusters().filter_map(|(_, cluster)| cluster.aws_node_association.value()?.as_ref());
            return associations.filter(|one| one.arn == policy).filter_map(|one| one.policy.as_deref()).collect();
        }
        if is("service control policy") {
            let levels = account.service_control_policies.iter().flatten().flatten();
            return levels.filter(|one| one.name == policy).map(|one| one.document.as_str()).collect();
        }
        // Evidence may be about the role that aws-node runs with; a policy of the same name may hang on both.
        let own = finding.role_arn.as_deref().and_then(role);
        let for_pods = account.roles.keys().filter_map(|name| found(account, name)).filter(|role| is_for_pods(role));
        own.into_iter().chain(for_pods).filter_map(|role| inline(role, policy)).collect()
    }
}

/// A role that was read.
fn found<'a>(account: &'a Account, name: &str) -> Option<&'a Role> {
    match account.role(name)? {
        RoleRecord::Found(role) => Some(role),
        RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
    }
}

fn is_for_pods(role: &Role) -> bool {
    FOR_PODS.iter().any(|mark| role.trust.contains(mark))
}

/// The document of a role's inline policy.
fn inline<'a>(role: &'a Role, name: &str) -> Option<&'a str> {
    let mut policies = role.inline.value()?.iter().filter_map(Known::value);
    policies.find(|policy| policy.name == name).map(|policy| policy.document.as_str())
}

/// The statements of a document; none where it does not parse.
fn parse(document: &str) -> Vec<Stated> {
    let stated = |statement: &Value| Stated {
        sid: statement.get("Sid").and_then(Value::as_str).map(str::to_owned),
        text: statement.to_string(),
    };
    match serde_json::from_str::<Value>(document).ok().as_ref().and_then(|document| document.get("Statement")) {
        Some(Value::Array(statements)) => statements.iter().map(stated).collect(),
        Some(one) => vec![stated(one)],
        None => Vec::new(),
    }
}

/// The texts of the statements that have this Sid, or stand at this position and have none.
fn named<'s>(statements: &'s [Stated], name: &'s str) -> impl Iterator<Item = &'s str> {
    let position = name.parse::<usize>().ok();
    let is = move |at: usize, statement: &Stated| match &statement.sid {
        Some(sid) => sid == name,
        None => position == Some(at),
    };
    statements.iter().enumerate().filter(move |(at, one)| is(*at, one)).map(|(_, one)| one.text.as_str())
}

/// A text whole, or its beginning.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
