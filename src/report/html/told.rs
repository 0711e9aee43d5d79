//! Findings as the page tells them: every text made harmless, each statement held once.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::finding::{NodeGroupRef, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::ids::AccountId;
use crate::report::harmless::{self, line};
use crate::report::model::{Change, Previous, Report, ReportedEvidence, ReportedFinding, ReportedSuppressed};

/// What the page's script is given, and the list for readers without scripts.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a> {
    /// The accounts' names, where they are known.
    pub(super) accounts: BTreeMap<&'a str, Cow<'a, str>>,
    /// The rules that findings name, by id.
    pub(super) rules: BTreeMap<Cow<'a, str>, Rule<'a>>,
    /// The statements that evidence names, as JSON over several lines.
    pub(super) statements: Vec<String>,
    /// The findings, in the order of the report.
    pub(super) findings: Vec<Finding<'a>>,
}

/// What is the same for every finding of a rule.
#[derive(Debug, Serialize)]
pub(super) struct Rule<'a> {
    pub(super) slug: Cow<'a, str>,
    pub(super) title: Cow<'a, str>,
    /// The AWS page; empty where it is no address of the web.
    pub(super) source: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) controls: Option<String>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub(super) struct Finding<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) rule: Cow<'a, str>,
    pub(super) status: Status,
    pub(super) severity: Severity,
    pub(super) account: &'a str,
    pub(super) region: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) nodes: Vec<String>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) clusters: BTreeSet<Cow<'a, str>>,
    /// The node groups' regions other than the finding's.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) further_regions: BTreeSet<&'a str>,
    pub(super) message: Cow<'a, str>,
    pub(super) evidence: Vec<Piece<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<Fix<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suppressed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expired: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change: Option<Change>,
    /// What an earlier report said of it, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<String>,
}

/// A piece of evidence.
#[derive(Debug, Serialize)]
pub(super) struct Piece<'a> {
    pub(super) text: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) statement: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api: Option<Cow<'a, str>>,
    /// The place of the statement's text in [`Told::statements`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document: Option<usize>,
}

/// What would mend a finding.
#[derive(Debug, Serialize)]
pub(super) struct Fix<'a> {
    pub(super) class: RemediationClass,
    pub(super) text: Cow<'a, str>,
    pub(super) commands: Vec<Cow<'a, str>>,
}

impl<'a> Told<'a> {
    /// What a report tells; `names` are the accounts' names.
    pub(super) fn of(report: &'a Report, names: &'a BTreeMap<AccountId, String>) -> Self {
        let mut statements = Statements::default();
        let mut rules = BTreeMap::new();
        let mut findings = Vec::with_capacity(report.findings.len());
        for finding in &report.findings {
            rules.entry(line(&finding.rule)).or_insert_with(|| Rule::of(finding));
            findings.push(Finding::of(finding, &mut statements));
        }
        Self {
            accounts: names.iter().map(|(account, name)| (account.as_str(), line(name))).collect(),
            rules,
            statements: statements.texts,
            findings,
        }
    }

    /// The rule of a finding.
    pub(super) fn rule(&self, finding: &Finding<'_>) -> Option<&Rule<'a>> {
        self.rules.get(finding.rule.as_ref())
    }

    /// The text of a statement.
    pub(super) fn statement(&self, piece: &Piece<'_>) -> Option<&str> {
        self.statements.get(piece.document?).map(String::as_str)
    }
}

impl<'a> Rule<'a> {
    fn of(finding: &'a ReportedFinding) -> Self {
        // A saved report may hold any text where its source is to be, and a link of the page is followed by a click.
        let source = if finding.source.starts_with("https://") { line(&finding.source) } else { Cow::Borrowed("") };
        let controls = finding.controls().map(|controls| line(&controls).into_owned());
        Self { slug: line(&finding.slug), title: line(&finding.title), source, controls }
    }
}

impl<'a> Finding<'a> {
    fn of(finding: &'a ReportedFinding, statements: &mut Statements<'a>) -> Self {
        let groups = &finding.node_groups;
        Self {
            id: line(&finding.id),
            rule: line(&finding.rule),
            status: finding.status,
            severity: finding.severity,
            account: finding.account.as_str(),
            region: line(&finding.region),
            role: finding.role_arn.as_deref().map(line),
            nodes: groups.iter().map(nodes).collect(),
            clusters: groups.iter().map(|group| line(&group.cluster)).collect(),
            further_regions: groups
                .iter()
                .map(|group| group.region.as_str())
                .filter(|region| *region != finding.region)
                .collect(),
            message: line(&finding.message),
            evidence: finding.evidence.iter().map(|piece| Piece::of(piece, statements)).collect(),
            fix: finding.remediation.as_ref().map(Fix::of),
            suppressed: finding.suppressed.as_ref().map(accepted),
            expired: finding.suppression_expired.as_ref().map(accepted),
            change: finding.change,
            previous: finding.previous.as_ref().map(previous),
        }
    }

    /// The word on its label: how bad a failure is, else what the finding says.
    pub(super) fn label(&self) -> &'static str {
        if self.change == Some(Change::Resolved) {
            return "resolved";
        }
        match self.status {
            Status::Fail => self.severity.as_str(),
            Status::NotApplicable => "not applicable",
            Status::Advice | Status::Unknown | Status::Pass => self.status.as_str(),
        }
    }
}

impl<'a> Piece<'a> {
    fn of(evidence: &'a ReportedEvidence, statements: &mut Statements<'a>) -> Self {
        Self {
            text: line(&evidence.text),
            policy: evidence.policy.as_deref().map(line),
            statement: evidence.statement.as_deref().map(line),
            api: evidence.api.as_deref().map(line),
            document: evidence.statement_text.as_deref().map(|text| statements.place(text)),
        }
    }
}

impl<'a> Fix<'a> {
    fn of(remediation: &'a Remediation) -> Self {
        let commands = remediation.commands.iter().map(|command| line(command)).collect();
        Self { class: remediation.class, text: line(&remediation.text), commands }
    }
}

/// The statements, each once: an organization's roles carry the same few managed policies.
#[derive(Default)]
struct Statements<'a> {
    texts: Vec<String>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Statements<'a> {
    fn place(&mut self, text: &'a str) -> usize {
        let texts = &mut self.texts;
        *self.places.entry(text).or_insert_with(|| {
            texts.push(over_lines(text));
            texts.len() - 1
        })
    }
}

/// A statement over several lines; one whose end is missing stays in one.
fn over_lines(text: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(text);
    match parsed.and_then(|statement| serde_json::to_string_pretty(&statement)) {
        Ok(pretty) => harmless::json(&pretty).into_owned(),
        Err(_) => line(text).into_owned(),
    }
}

/// How a node group is named: `prod/ng-1`, with the kind where it is not a managed one.
fn nodes(group: &NodeGroupRef) -> String {
    let kind = match group.kind {
        NodeKind::Managed => "",
        NodeKind::SelfManaged => " (self-managed)",
        NodeKind::Karpenter => " (Karpenter)",
        NodeKind::AutoMode => " (Auto Mode)",
        NodeKind::Hybrid => " (hybrid)",
        NodeKind::Hyperpod => " (HyperPod)",
    };
    format!("{}/{}{kind} in {}", line(&group.cluster), line(&group.name), group.region)
}

/// What an earlier report said of a finding.
fn previous(previous: &Previous) -> String {
    line(&format!("{}: {} (run {})", previous.words(), previous.message, previous.run_id)).into_owned()
}

/// Why a finding is accepted, by whom and until when.
pub(super) fn accepted(suppressed: &ReportedSuppressed) -> String {
    let owner = suppressed.owner.as_ref().map(|owner| format!(", {owner}")).unwrap_or_default();
    let until = suppressed.expires.map(|day| format!(", until {day}")).unwrap_or_default();
    line(&format!("{}{owner}{until}", suppressed.reason)).into_owned()
}
