//! One golden case: the outcomes of the rule it stands under, in full, and no change in any other rule.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use datatest_stable::Result;
use noderole::audit::{Settings, Told, Untold, audit, audit_telling};
use noderole::config::Config;
use noderole::finding::{Finding, Status};
use noderole::inventory::Inventory;
use noderole::rules::{CATALOGUE, Check};
use serde_json::{Map, Value};

use crate::inventory::{ACCOUNT, of_case};

pub(crate) const BASE: &str = include_str!("base.json");

/// The members that a case may have.
const MEMBERS: [&str; 11] = [
    "about",
    "config",
    "replace",
    "inventory",
    "roles",
    "profiles",
    "compute",
    "clusters",
    "node_groups",
    "expect",
    "also",
];

/// Outcomes by rule and subject: `NR101 prod-nodes` → `fail critical`.
pub(crate) type Outcomes = BTreeMap<String, String>;

/// Judges the case and compares: `expect` with the rule under test, `also` with what else differs from the base.
#[expect(clippy::needless_pass_by_value, reason = "the harness hands the text over")]
pub(crate) fn is_judged_as_expected(path: &Path, text: String) -> Result<()> {
    let case: Map<String, Value> = serde_json::from_str(&text)?;
    if let Some(unknown) = case.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
        return Err(format!("a case has no member `{unknown}`, only {MEMBERS:?}").into());
    }
    let rule = rule_of(path)?;
    let findings = judge_by(&of_case(BASE, &case)?, &settings_of(&case)?);
    let (own, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| finding.rule.to_string() == rule);
    let expected = outcomes_in(&case, "expect")?;
    let found: Outcomes = own.iter().map(|finding| (subject(finding), outcome(finding))).collect();
    same("expect", &expected, &found)?;

    // In the base every rule passes or does not apply, so that whatever else a result says is the case's doing.
    let changed: Outcomes = others.iter().filter(|finding| speaks(finding)).map(named).collect();
    same("also", &outcomes_in(&case, "also")?, &changed)?;
    assert_details(path, &rule, &case, &own);
    Ok(())
}

/// A compliant account fails nothing and leaves nothing open.
pub(crate) fn base_passes_every_rule(_path: &Path) -> Result<()> {
    let findings = judge(&of_case(BASE, &Map::new())?);
    let not_passed: Vec<_> = findings.iter().filter(|finding| speaks(finding)).map(named).collect();
    if !not_passed.is_empty() {
        return Err(format!("the base should pass, but {not_passed:?}").into());
    }
    match CATALOGUE.iter().find(|rule| !findings.iter().any(|finding| finding.rule == rule.id)) {
        Some(silent) => Err(format!("{} says nothing about the base", silent.id).into()),
        None => Ok(()),
    }
}

/// The rule that a case stands under: its folder's name.
pub(crate) fn rule_of(path: &Path) -> std::result::Result<String, String> {
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    folder.map(str::to_owned).ok_or_else(|| format!("{} stands under no rule", path.display()))
}

/// The outcomes that a member of the case lists.
pub(crate) fn outcomes_in(case: &Map<String, Value>, member: &str) -> std::result::Result<Outcomes, String> {
    match case.get(member) {
        None => Ok(Outcomes::new()),
        Some(value) => serde_json::from_value(value.clone()).map_err(|error| format!("`{member}`: {error}")),
    }
}

/// What the case's configuration says; its TOML stands in `config`, as one text or as a list of lines.
pub(crate) fn settings_of(case: &Map<String, Value>) -> std::result::Result<Settings, String> {
    let text = match case.get("config") {
        None => return Ok(Settings::default()),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        Some(other) => return Err(format!("`config` is TOML in a text or in a list of lines, not {other}")),
    };
    Config::parse(&text).map(|config| config.settings).map_err(|error| format!("`config`: {error}"))
}

/// The results of an inventory without a configuration.
pub(crate) fn judge(inventory: &Inventory) -> Vec<Finding> {
    judge_by(inventory, &Settings::default())
}

/// The results of an inventory; no two are the same finding, and the worst come first.
fn judge_by(inventory: &Inventory, settings: &Settings) -> Vec<Finding> {
    let findings = audit(inventory, settings);
    told_alike(inventory, settings, &findings);
    let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids.len(), findings.len(), "two findings have one id");
    let order = [Status::Fail, Status::Unknown, Status::Advice, Status::Pass, Status::NotApplicable];
    let rank = |finding: &Finding| {
        let status = order.iter().position(|status| *status == finding.status);
        (status, Reverse(finding.severity), finding.account.clone(), finding.role_arn.clone())
    };
    assert!(findings.is_sorted_by_key(rank), "the worst should come first");
    findings
}

/// An audit that tells only what is open, on several threads, says the same as one that tells everything.
fn told_alike(inventory: &Inventory, settings: &Settings, all: &[Finding]) {
    let threads = NonZeroUsize::MIN.saturating_add(2);
    let open = audit_telling(inventory, settings, Told::Open, threads);
    let of = |status: Status| all.iter().filter(|finding| finding.status == status).count();
    let counted = Untold { pass: of(Status::Pass), not_applicable: of(Status::NotApplicable) };
    let told: Vec<&Finding> = all.iter().filter(|finding| speaks(finding)).collect();
    assert_eq!(open.findings.iter().collect::<Vec<_>>(), told, "what is told hangs on what else is told");
    assert_eq!(open.untold, counted, "what passes is counted whether it is told or not");
}

/// Whether a finding says that something is wrong, open or could be better.
fn speaks(finding: &Finding) -> bool {
    match finding.status {
        Status::Fail | Status::Advice | Status::Unknown => true,
        Status::Pass | Status::NotApplicable => false,
    }
}

fn named(finding: &Finding) -> (String, String) {
    (format!("{} {}", finding.rule, subject(finding)), outcome(finding))
}

/// `fail critical`; the severity says nothing where nothing is wrong.
fn outcome(finding: &Finding) -> String {
    match finding.status {
        status if speaks(finding) => format!("{} {}", status.as_str(), finding.severity.as_str()),
        status => status.as_str().to_owned(),
    }
}

/// The role's name, or `region/cluster/group`, or `account`; before it the account where it is not the base's.
fn subject(finding: &Finding) -> String {
    let about_nodes = |check| matches!(check, Check::NodeGroup(_) | Check::Cluster { .. } | Check::Profile(_));
    let of_group = CATALOGUE.iter().any(|rule| rule.id == finding.rule && about_nodes(rule.check));
    let subject = match (&finding.role_arn, finding.node_groups.as_slice()) {
        (Some(arn), _) if !of_group => {
            let own = format!(":{}:role/", finding.account);
            if arn.contains(&own) { arn.rsplit('/').next().unwrap_or_default().to_owned() } else { arn.clone() }
        }
        (_, [group, ..]) => format!("{}/{}/{}", group.region, group.cluster, group.name),
        (_, []) => "account".to_owned(),
    };
    if finding.account.as_str() == ACCOUNT { subject } else { format!("{} {subject}", finding.account) }
}

fn same(member: &str, expected: &Outcomes, found: &Outcomes) -> std::result::Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let text = |outcomes: &Outcomes| serde_json::to_string_pretty(outcomes).unwrap_or_default();
    Err(format!("`{member}` says {}\nbut the audit found {}", text(expected), text(found)))
}

/// The messages, evidence and remediation, as a snapshot beside the case.
fn assert_details(path: &Path, rule: &str, case: &Map<String, Value>, own: &[Finding]) {
    let details: Vec<Value> = own
        .iter()
        .map(|finding| {
            serde_json::json!({
                "subject": subject(finding),
                "outcome": outcome(finding),
                "node_groups": finding.node_groups.iter().map(|g| format!("{}/{}/{}", g.region, g.cluster, g.name))
                    .collect::<Vec<_>>(),
                "message": finding.message,
                "evidence": finding.evidence.iter().map(evidence).collect::<Vec<_>>(),
                "remediation": finding.remediation,
            })
        })
        .collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(rule);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(case.get("about").and_then(Value::as_str).unwrap_or_default());
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    settings.bind(|| insta::assert_json_snapshot!(name, details));
}

/// A piece of evidence without the members that do not apply.
fn evidence(evidence: &noderole::finding::Evidence) -> Value {
    let mut value = serde_json::to_value(evidence).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, member| !member.is_null());
    }
    value
}
