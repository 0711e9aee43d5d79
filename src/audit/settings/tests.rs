//! Which entries hold for which cluster.

use super::*;
use crate::report::sample;
use crate::rules::Facts;
use crate::rules::requirements::Cni;

fn entry(which: ClusterMatch, cni: Cni, severity: Severity) -> ClusterSettings {
    ClusterSettings {
        which,
        changes: Changes { cni: Some(cni), ..Changes::default() },
        severities: BTreeMap::from([(RuleId::new(202), severity)]),
    }
}

fn by_name(name: &str) -> ClusterMatch {
    ClusterMatch { names: vec![name.parse().unwrap()], ..ClusterMatch::default() }
}

/// The requirements and severities of the sample's cluster `prod` under these entries.
fn of_prod(clusters: Vec<ClusterSettings>) -> (Cni, Option<Severity>, usize) {
    let settings = Settings { clusters, ..Settings::default() };
    let inventory = sample::inventory();
    let facts = Facts::new(&inventory, &settings);
    let account = &inventory.accounts[0];
    let (_, cluster) = account.clusters().find(|(_, cluster)| cluster.name == "prod").unwrap();
    let requirements = facts.requirements(account, cluster);
    let severity = ByCluster::of(&inventory, &settings)
        .get(cluster)
        .and_then(|resolved| resolved.severities.get(&RuleId::new(202)).copied());
    (requirements.cni, severity, requirements.own.undecided.len())
}

#[test]
fn every_entry_that_matches_applies_and_the_last_has_the_last_word() {
    let first = entry(by_name("pr*"), Cni::Other, Severity::Low);
    assert_eq!(of_prod(vec![first.clone()]), (Cni::Other, Some(Severity::Low), 0));
    let last = entry(by_name("prod"), Cni::VpcCni, Severity::Critical);
    assert_eq!(of_prod(vec![first.clone(), last.clone()]), (Cni::VpcCni, Some(Severity::Critical), 0));
    assert_eq!(of_prod(vec![last, first]), (Cni::Other, Some(Severity::Low), 0));
}

#[test]
fn an_entry_about_another_cluster_changes_nothing() {
    assert_eq!(of_prod(vec![entry(by_name("dev*"), Cni::Other, Severity::Low)]), (Cni::VpcCni, None, 0));
    let elsewhere = ClusterMatch { regions: vec!["us-*".parse().unwrap()], ..by_name("prod") };
    assert_eq!(of_prod(vec![entry(elsewhere, Cni::Other, Severity::Low)]), (Cni::VpcCni, None, 0));
}

#[test]
fn an_entry_by_unit_is_undecided_where_the_accounts_place_is_not_known() {
    let which = ClusterMatch { units: vec!["ou-*".parse().unwrap()], ..ClusterMatch::default() };
    let settings = Settings { clusters: vec![entry(which, Cni::Other, Severity::Low)], ..Settings::default() };
    let mut inventory = sample::inventory();
    for (path, undecided, cni) in
        [(None, 1, Cni::VpcCni), (Some("o-a1/r-b2/ou-c3-d4"), 0, Cni::Other), (Some("o-a1/r-b2"), 0, Cni::VpcCni)]
    {
        inventory.accounts[0].organization_path = path.map(str::to_owned);
        let facts = Facts::new(&inventory, &settings);
        let account = &inventory.accounts[0];
        let (_, cluster) = account.clusters().next().unwrap();
        let requirements = facts.requirements(account, cluster);
        assert_eq!((requirements.own.undecided.len(), requirements.cni), (undecided, cni), "{path:?}");
    }
}

#[test]
fn a_node_group_that_was_not_read_leaves_open_only_what_the_configuration_asks() {
    let inventory = sample::inventory();
    let of_unread = |settings: &Settings, rule: u16| {
        let findings = crate::audit::audit(&inventory, settings);
        let found = findings.into_iter().find(|f| f.rule == RuleId::new(rule) && f.node_groups[0].name == "ng-3");
        found.map(|finding| finding.status.as_str())
    };
    let nothing = Settings::default();
    assert_eq!(of_unread(&nothing, 307), Some("not_applicable"));
    assert_eq!(of_unread(&nothing, 204), Some("unknown"));
    let mut asking = Settings::default();
    asking.requirements.own.required_tags = vec!["team".parse().unwrap()];
    asking.requirements.cni = Cni::Other;
    assert_eq!(of_unread(&asking, 307), Some("unknown"));
    assert_eq!(of_unread(&asking, 204), Some("not_applicable"));
}
