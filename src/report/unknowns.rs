//! What could not be had, grouped by its cause: one denied permission that leaves 120 results open is one line.

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::FailureClass;
use crate::finding::Status;
use crate::ids::AccountId;
use crate::known::needed_for;

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

impl FailedCalls {
    /// What would mend it, where AWS refused the calls: the permission that is missing.
    pub fn mend(&self) -> Option<String> {
        self.classes.contains(&FailureClass::Denied).then(|| needed_for(&self.api))
    }
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

/// What names a group of failed calls: the operation and the error code.
type Key<'a> = (&'a str, &'a str);

/// Groups what could not be had.
pub fn by_cause(report: &Report) -> Causes {
    let mut calls: BTreeMap<Key<'_>, FailedCalls> = BTreeMap::new();
    // By account and resource: facts name the resource that could not be read, and policies are named by it.
    let mut cause_of: BTreeMap<&AccountId, BTreeMap<&str, Vec<Key<'_>>>> = BTreeMap::new();
    for entry in &report.coverage {
        for missing in &entry.missing {
            let key = (missing.api.as_str(), missing.error.as_str());
            cause_of.entry(&entry.account).or_default().entry(&missing.resource).or_default().push(key);
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
    for finding in report.findings.iter().filter(|finding| finding.status == Status::Unknown) {
        let cause = finding.evidence.iter().find_map(|evidence| {
            let of_account = cause_of.get(&finding.account)?;
            let failed = |resource: &str| of_account.get(resource).map_or(&[][..], Vec::as_slice);
            let by_call = evidence.resource.as_deref().and_then(|resource| {
                failed(resource).iter().find(|(api, _)| Some(*api) == evidence.api.as_deref()).copied()
            });
            let by_policy = || {
                let policy = evidence.policy.as_deref()?;
                let inline = documents::inline_policy(finding.role_arn.as_deref().unwrap_or_default(), policy);
                failed(policy).first().or(failed(&inline).first()).copied()
            };
            by_call.or_else(by_policy)
        });
        if let Some(calls) = cause.and_then(|key| calls.get_mut(&key)) {
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
