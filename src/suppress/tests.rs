//! What is suppressed, what comes alive again, what is never silent.

use super::*;
use crate::inventory::{Inventory, RoleRecord};
use crate::report::sample;

fn today() -> Date {
    "2026-06-15".parse().unwrap()
}

fn entry(which: FindingMatch, expires: Option<&str>) -> Suppression {
    Suppression {
        which,
        reason: "known".to_owned(),
        owner: Some("platform".to_owned()),
        expires: expires.map(|day| day.parse().unwrap()),
    }
}

fn globs(texts: &[&str]) -> Vec<Glob> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn role(pattern: &str) -> FindingMatch {
    FindingMatch { roles: globs(&[pattern]), ..FindingMatch::default() }
}

fn applied(inventory: &Inventory, suppressions: &Suppressions) -> (Vec<Finding>, Tally) {
    let mut findings = sample::findings();
    let tally = suppressions.apply_to_all(inventory, &mut findings, today());
    (findings, tally)
}

fn by(entries: Vec<Suppression>) -> (Vec<Finding>, Tally) {
    applied(&sample::inventory(), &Suppressions { entries, exemptions: None })
}

fn open(finding: &Finding) -> bool {
    !matches!(finding.status, Status::Pass | Status::NotApplicable)
}

#[test]
fn what_matches_is_suppressed_until_the_end_of_its_last_day() {
    for (expires, holds) in [(None, true), (Some("2026-06-15"), true), (Some("2026-06-14"), false)] {
        let (findings, tally) = by(vec![entry(role("prod-node"), expires)]);
        let of_role: Vec<_> = findings
            .iter()
            .filter(|finding| open(finding))
            .filter(|finding| finding.role_arn.as_deref().is_some_and(|arn| arn.ends_with("/prod-node")))
            .collect();
        assert!(!of_role.is_empty());
        assert_eq!(tally.counted[0].matched, of_role.len(), "{expires:?}");
        assert!(of_role.iter().all(|finding| finding.suppressed.is_some() == holds), "{expires:?}");
        assert!(of_role.iter().all(|finding| finding.suppression_expired.is_some() != holds), "{expires:?}");
        let others = findings.iter().filter(|finding| finding.suppressed.is_some()).count();
        assert_eq!(others, if holds { of_role.len() } else { 0 });
    }
}

#[test]
fn an_expired_entry_is_not_told_where_another_still_holds() {
    let (findings, tally) = by(vec![entry(role("prod-node"), Some("2020-01-01")), entry(role("prod-*"), None)]);
    assert!(findings.iter().all(|finding| finding.suppression_expired.is_none()));
    assert!(findings.iter().any(|finding| finding.suppressed.is_some()));
    assert!(tally.counted.iter().all(|counted| counted.matched > 0), "each counts what it matches");
}

#[test]
fn an_entry_by_cluster_does_not_cover_a_role_that_another_cluster_uses_too() {
    let which = FindingMatch { clusters: globs(&["prod"]), ..FindingMatch::default() };
    let suppressions = Suppressions { entries: vec![entry(which, None)], exemptions: None };
    let inventory = sample::inventory();
    let account = &inventory.accounts[0];
    let mut finding = sample::findings().into_iter().find(open).unwrap();
    for (cluster, suppressed) in [("prod", true), ("dev", false)] {
        let mut second = finding.node_groups[0].clone();
        second.cluster = cluster.to_owned();
        finding.node_groups.truncate(1);
        finding.node_groups[0].cluster = "prod".to_owned();
        finding.node_groups.push(second);
        finding.suppressed = None;
        suppressions.apply(account, [&mut finding], today(), &mut Tally::default());
        assert_eq!(finding.suppressed.is_some(), suppressed, "{cluster}");
    }
}

#[test]
fn an_entry_that_matches_nothing_is_unused_and_counts_add_up_over_accounts() {
    let suppressions = Suppressions {
        entries: vec![
            entry(role("prod-node"), None),
            entry(role("nobody"), None),
            entry(role("x"), Some("2020-01-01")),
        ],
        exemptions: None,
    };
    let (_, tally) = applied(&sample::inventory(), &suppressions);
    let mut twice = Tally::default();
    twice.add(tally.clone());
    twice.add(tally.clone());
    assert_eq!(twice.counted[0].matched, 2 * tally.counted[0].matched);
    let states: Vec<State> = twice.states(&suppressions, today()).map(|(.., state)| state).collect();
    assert_eq!(states, [State::Active, State::Unused, State::Expired]);
}

#[test]
fn an_entry_by_unit_covers_nothing_where_the_accounts_place_is_not_known() {
    let which = FindingMatch { units: globs(&["ou-*"]), ..FindingMatch::default() };
    let suppressions = Suppressions { entries: vec![entry(which, None)], exemptions: None };
    let mut inventory = sample::inventory();
    for (path, covered) in [(None, false), (Some("o-a1/r-b2/ou-c3"), true), (Some("o-a1/r-b2"), false)] {
        inventory.accounts[0].organization_path = path.map(str::to_owned);
        let (_, tally) = applied(&inventory, &suppressions);
        assert_eq!(tally.counted[0].matched > 0, covered, "{path:?}");
    }
}

/// The sample with a tag on the role prod-node, audited with exemptions.
fn tagged(value: &str, rules: Option<&[u16]>) -> (Vec<Finding>, Tally) {
    let mut inventory = sample::inventory();
    let Some(RoleRecord::Found(role)) = inventory.accounts[0].roles.get_mut("prod-node") else { panic!("no role") };
    role.tags.insert(DEFAULT_TAG_KEY.to_owned(), value.to_owned());
    let rules = rules.map(|rules| rules.iter().map(|rule| RuleId::new(*rule)).collect());
    let exemptions = Exemptions { tag_key: DEFAULT_TAG_KEY.to_owned(), rules };
    applied(&inventory, &Suppressions { entries: Vec::new(), exemptions: Some(exemptions) })
}

fn exempted(findings: &[Finding]) -> Vec<String> {
    findings.iter().filter(|finding| finding.suppressed.is_some()).map(|finding| finding.rule.to_string()).collect()
}

#[test]
fn a_tag_exempts_from_the_rules_it_names_by_any_separator() {
    for value in ["NR202+NR205", "nr202 NR205", "NR202,NR205", "ecr-pull/cni-role-separate", "NR202:NR205"] {
        let (findings, tally) = tagged(value, None);
        let mut rules = exempted(&findings);
        rules.sort();
        assert_eq!(rules, ["NR202", "NR205"], "{value}");
        assert!(tally.notes.is_empty(), "{:?}", tally.notes);
        let by = findings.iter().find_map(|finding| finding.suppressed.as_ref()).unwrap();
        assert_eq!((by.by, by.reason.as_str()), (SuppressedBy::Tag, "tag noderole:exempt on role prod-node"));
    }
}

#[test]
fn a_tag_exempts_from_nothing_that_the_configuration_does_not_allow_and_says_so() {
    let (findings, tally) = tagged("NR202 NR205", Some(&[205]));
    assert_eq!(exempted(&findings), ["NR205"]);
    assert_eq!(tally.notes.len(), 1);
    assert!(tally.notes.first().unwrap().contains("NR202"), "{:?}", tally.notes);
}

#[test]
fn a_tag_that_names_no_rule_is_told() {
    for value in ["NR999", "", "all"] {
        let (findings, tally) = tagged(value, None);
        assert!(exempted(&findings).is_empty());
        let note = tally.notes.first().unwrap();
        assert!(note.contains("role prod-node") && note.contains(value), "{note}");
    }
}

#[test]
fn a_day_is_one_of_utc() {
    assert_eq!(day_of("2026-06-15T23:59:59Z".parse().unwrap()), today());
    assert_eq!(day_of("2026-06-16T01:00:00+02:00".parse().unwrap()), today());
}
