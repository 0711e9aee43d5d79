//! What could not be had, grouped by its cause: one denied permission that leaves 120 results open is one line.

mod leaves;

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::FailureClass;
use crate::finding::Status;
use crate::ids::AccountId;

use super::coverage::documents;
use super::model::{Report, ReportedFinding};

/// A permission, or another reason, for which calls failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedCalls {
    /// The operation; for a denied call also the permission that is missing.
    pub api: String,
    /// The error code.
    pub error: String,
    /// AWS's message for the first of them.
    pub message: String,
    /// Where calls failed: account and region.
    pub places: BTreeSet<(AccountId, String)>,
    /// What kinds of failure it was.
    pub classes: BTreeSet<FailureClass>,
    /// What the failed calls were about.
    pub resources: BTreeSet<String>,
    /// How many results are `unknown` for it.
    pub open_results: usize,
}

/// Results that nothing but the live request can decide, or whose documents cannot be read: grouped by rule and reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undecided {
    /// The rule's id.
    pub rule: String,
    /// The rule's name.
    pub slug: String,
    /// The reason: what the first piece of evidence says.
    pub reason: String,
    /// The findings.
    pub findings: Vec<ReportedFinding>,
}

impl Undecided {
    /// Why, in words: of a single finding its message, of several what they have in common.
    pub fn why(&self) -> &str {
        match self.findings.as_slice() {
            [only] => &only.message,
            _ => &self.reason,
        }
    }
}

/// Every `unknown` result of a report and every failed call, by cause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Causes {
    /// Failed calls; those that leave most results open first.
    pub failed_calls: Vec<FailedCalls>,
    /// The rest.
    pub undecided: Vec<Undecided>,
}

/// What names a group of failed calls: the operation, the error code, and of a document that does not parse the place.
type Key<'a> = (&'a str, &'a str, &'a str);

/// The failed calls of each account, by what they were about: facts name the resource that could not be read, and
/// policies are named by it.
#[derive(Default)]
struct ByResource<'a>(BTreeMap<&'a AccountId, BTreeMap<&'a str, Vec<Key<'a>>>>);

impl<'a> ByResource<'a> {
    fn add(&mut self, account: &'a AccountId, resource: &'a str, key: Key<'a>) {
        self.0.entry(account).or_default().entry(resource).or_default().push(key);
    }

    /// The failed call that a result hangs on.
    fn cause(&self, finding: &ReportedFinding) -> Option<Key<'a>> {
        let of_account = self.0.get(&finding.account)?;
        let failed = |resource: &str| of_account.get(resource).map_or(&[][..], Vec::as_slice);
        finding.evidence.iter().find_map(|evidence| {
            let by_call = evidence.resource.as_deref().and_then(|resource| {
                failed(resource).iter().find(|(api, ..)| Some(*api) == evidence.api.as_deref()).copied()
            });
            by_call.or_else(|| {
                // Of a policy that was read, a statement decides.
                let policy = evidence.policy.as_deref().filter(|_| evidence.statement.is_none())?;
                Self::by_policy(of_account, policy, finding.role_arn.as_deref().unwrap_or_default())
            })
        })
    }

    /// The failed call behind a policy as evidence names it.
    fn by_policy(of_account: &BTreeMap<&'a str, Vec<Key<'a>>>, policy: &str, role: &str) -> Option<Key<'a>> {
        let lists = |api: &str| of_account.get(role)?.iter().find(|(failed, ..)| *failed == api).copied();
        match policy {
            documents::ATTACHED => return lists("iam:ListAttachedRolePolicies"),
            documents::INLINE => return lists("iam:ListRolePolicies"),
            _one_policy => {}
        }
        let resources = [
            policy.to_owned(),
            documents::inline_policy(role, policy),
            documents::service_control_policy(policy),
            documents::session_policy(policy),
        ];
        let first = |keys: &Vec<Key<'a>>| keys.first().copied();
        let exact = resources.iter().find_map(|resource| of_account.get(resource.as_str()).and_then(first));
        // The policy may be that of another role: the one that aws-node runs with.
        let of_other = documents::inline_policy("", policy);
        exact.or_else(|| of_account.iter().find(|(at, _)| at.ends_with(&of_other)).and_then(|(_, keys)| first(keys)))
    }
}

/// Groups what could not be had.
pub fn by_cause(report: &Report) -> Causes {
    let mut calls: BTreeMap<Key<'_>, FailedCalls> = BTreeMap::new();
    let mut by_resource = ByResource::default();
    for entry in &report.coverage {
        for missing in &entry.missing {
            let place = if missing.class == FailureClass::Malformed { missing.message.as_str() } else { "" };
            let key = (missing.api.as_str(), missing.error.as_str(), place);
            by_resource.add(&entry.account, &missing.resource, key);
            let calls = calls.entry(key).or_insert_with(|| FailedCalls {
                api: missing.api.clone(),
                error: missing.error.clone(),
                message: missing.message.clone(),
                ..FailedCalls::default()
            });
            calls.places.insert((entry.account.clone(), entry.region.clone()));
            calls.classes.insert(missing.class);
            calls.resources.insert(missing.resource.clone());
        }
    }
    let mut undecided: BTreeMap<(&str, &str), Undecided> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.status == Status::Unknown && finding.counts()) {
        if let Some(calls) = by_resource.cause(finding).and_then(|key| calls.get_mut(&key)) {
            calls.open_results += 1;
            continue;
        }
        let reason = finding.evidence.first().map_or(finding.message.as_str(), |first| first.text.as_str());
        let group = undecided.entry((&finding.rule, reason)).or_insert_with(|| Undecided {
            rule: finding.rule.clone(),
            slug: finding.slug.clone(),
            reason: reason.to_owned(),
            findings: Vec::new(),
        });
        group.findings.push(finding.clone());
    }
    let mut failed_calls: Vec<FailedCalls> = calls.into_values().collect();
    failed_calls.sort_by_key(|calls| std::cmp::Reverse((calls.open_results, calls.places.len())));
    Causes { failed_calls, undecided: undecided.into_values().collect() }
}

#[cfg(test)]
mod tests;
