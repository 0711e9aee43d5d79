//! The sample is what its generator writes, is whole, and noderole finds in it exactly what was planted.

mod replay;

use crate::failure::FailureClass;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use super::{SAMPLE, inventory};
use crate::audit::{Settings, audit};
use crate::finding::{Finding, NodeGroupRef, NodeKind, Severity, Status};
use crate::inventory::{Access, Account, Cluster, Inventory, IpFamily, RoleRecord};
use crate::known::Gap;
use crate::rules::{CATALOGUE, Check, RuleId};

/// What is planted, as it ships beside the sample.
const PLANTED: &str = include_str!("../../demo/planted.json");

/// One result that a rule must have; `node_group` for rules that judge node groups by themselves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planted {
    account: String,
    role: Option<String>,
    node_group: Option<String>,
    rule: RuleId,
    status: Status,
    /// Of failures.
    severity: Option<Severity>,
    /// For people.
    why: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo")
}

fn planted() -> Vec<Planted> {
    serde_json::from_str(PLANTED).unwrap()
}

fn sample() -> Inventory {
    inventory().unwrap()
}

fn all_clusters(sample: &Inventory) -> Vec<&Cluster> {
    sample.accounts.iter().flat_map(Account::clusters).map(|(_, cluster)| cluster).collect()
}

/// The sets of nodes that rules judge, each once.
fn sample_nodes(sample: &Inventory) -> BTreeSet<NodeGroupRef> {
    audit(sample, &Settings::default()).into_iter().flat_map(|finding| finding.node_groups).collect()
}

#[test]
fn the_committed_sample_is_what_its_generator_writes() {
    let fresh = tempfile::tempdir().unwrap();
    let run = Command::new("python3").arg("-B").arg(folder().join("generate.py")).arg(fresh.path()).output();
    let run = run.expect("this test runs python3, which could not be started: install Python 3 or put it on the PATH");
    assert!(run.status.success(), "demo/generate.py failed:\n{}", String::from_utf8_lossy(&run.stderr));
    for file in ["inventory.json", "planted.json"] {
        let written = std::fs::read(fresh.path().join(file)).unwrap();
        let committed = std::fs::read(folder().join(file)).unwrap();
        assert!(written == committed, "demo/{file} is not what demo/generate.py writes: run it, and commit the result");
    }
}

#[test]
fn the_sample_is_just_what_a_run_would_have_saved() {
    let saved = serde_json::to_value(sample()).unwrap();
    let shipped: Value = serde_json::from_str(SAMPLE).unwrap();
    assert!(saved == shipped, "the sample has members that are not saved, or lacks some that are");
}

#[test]
fn the_sample_is_as_large_and_as_varied_as_a_newcomer_is_promised() {
    let sample = sample();
    let units: BTreeSet<_> =
        sample.accounts.iter().filter_map(|account| account.organization_path.as_deref()).collect();
    let regions: BTreeSet<_> =
        sample.accounts.iter().flat_map(Account::clusters).map(|(region, _)| region.as_str()).collect();
    assert_eq!((sample.accounts.len(), units.len(), regions.len()), (23, 5, 3), "the root and four units");
    let clusters = all_clusters(&sample);
    let details = || clusters.iter().filter_map(|cluster| cluster.detail.value());
    let managed: usize = clusters.iter().filter_map(|cluster| cluster.node_groups.value()).map(BTreeMap::len).sum();
    let auto = details().filter(|detail| detail.compute_config.is_some()).count();
    assert_eq!((clusters.len(), managed, auto), (44, 80, 6));
    let kinds = |kind| {
        let sets = sample_nodes(&sample);
        sets.iter().filter(|nodes| nodes.kind == kind).count()
    };
    let all = [
        NodeKind::Managed,
        NodeKind::SelfManaged,
        NodeKind::Karpenter,
        NodeKind::AutoMode,
        NodeKind::Hybrid,
        NodeKind::Hyperpod,
    ];
    assert_eq!(all.map(kinds), [79, 12, 8, 6, 3, 1]);
    for family in [IpFamily::Ipv4, IpFamily::Ipv6] {
        assert!(details().any(|detail| detail.ip_family == family), "no cluster of {family:?}");
    }
    let by_irsa = |cluster: &&Cluster| {
        let addon = cluster.vpc_cni.value().and_then(Option::as_ref);
        addon.is_some_and(|addon| addon.service_account_role_arn.is_some())
    };
    let by_pod_identity = |cluster: &&Cluster| matches!(cluster.aws_node_association.value(), Some(Some(_)));
    assert!(clusters.iter().copied().any(|cluster| by_irsa(&cluster)), "no aws-node with IRSA");
    assert!(clusters.iter().copied().any(|cluster| by_pod_identity(&cluster)), "no aws-node with Pod Identity");
    let has = |what: fn(&Account) -> bool| sample.accounts.iter().any(what);
    assert!(has(|account| matches!(account.access, Access::Refused(_))), "no account that refused access");
    assert!(has(|account| matches!(account.access, Access::Inactive(_))), "no suspended account");
    assert!(has(|account| matches!(account.access, Access::Entered) && account.clusters().next().is_none()));
    assert!(has(|account| account.service_control_policies.as_ref().is_some_and(|levels| levels.len() > 3)));
    assert!(has(|account| account.roles.values().any(|role| match role {
        RoleRecord::Found(role) => role.boundary.is_some(),
        RoleRecord::NoSuchRole | RoleRecord::Missing(_) => false,
    })));
}

/// Every gap in a part of the inventory, but for what was left out on purpose.
fn gaps_in(part: &Value, into: &mut BTreeSet<Gap>) {
    match part {
        Value::Array(values) => values.iter().for_each(|value| gaps_in(value, into)),
        Value::Object(members) => {
            if let Some(missing) = members.get("missing") {
                let gap: Gap = serde_json::from_value(missing.clone()).unwrap();
                into.extend((gap.class != FailureClass::NotAsked).then_some(gap));
            }
            members.values().for_each(|value| gaps_in(value, into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn whatever_is_missing_stands_among_the_gaps_of_its_region_or_account() {
    let mut seen = 0;
    for account in sample().accounts {
        if matches!(account.access, Access::Refused(_)) {
            assert!(account.regions.is_empty() && account.roles.is_empty() && account.gaps.is_empty());
            continue;
        }
        let mut found = BTreeSet::new();
        gaps_in(&serde_json::to_value((&account.roles, &account.role_list)).unwrap(), &mut found);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), account.gaps, "{}", account.id);
        for region in &account.regions {
            let mut found = BTreeSet::new();
            gaps_in(&serde_json::to_value((&region.clusters, &region.compute)).unwrap(), &mut found);
            seen += found.len();
            assert_eq!(found.into_iter().collect::<Vec<_>>(), region.gaps, "{} {}", account.id, region.name);
        }
    }
    assert_eq!(seen, 5, "a node group and a region may not be read, and in one account EC2 may not be asked");
}

#[test]
fn every_managed_policy_that_a_judged_role_names_is_there() {
    let sample = sample();
    let judged: BTreeSet<String> = audit(&sample, &Settings::default())
        .into_iter()
        .filter(|finding| finding.status != Status::NotApplicable)
        .filter_map(|finding| finding.role_arn)
        .collect();
    let roles = sample.accounts.iter().flat_map(|account| account.roles.values());
    let mut named = 0;
    for role in roles {
        let RoleRecord::Found(role) = role else { continue };
        let attached = role.attached.value().unwrap().iter().map(|policy| &policy.arn);
        for arn in attached.chain(&role.boundary).filter(|_| judged.contains(role.arn.as_str())) {
            named += 1;
            assert!(sample.policies.contains_key(arn), "{arn} of {}", role.arn);
        }
    }
    assert!(named > 100, "only {named} policies are named");
}

/// A finding as `planted.json` would say it.
fn as_planted(finding: &Finding) -> Planted {
    let rule = CATALOGUE.iter().find(|rule| rule.id == finding.rule).unwrap();
    let about_nodes = matches!(rule.check, Check::NodeGroup(_) | Check::Cluster { .. } | Check::Profile(_));
    let about_group = about_nodes || finding.role_arn.is_none();
    let node_group = finding.node_groups.first().filter(|_| about_group).map(|group| group.name.clone());
    Planted {
        account: finding.account.to_string(),
        role: finding.role_arn.clone(),
        node_group,
        rule: finding.rule,
        status: finding.status,
        severity: (finding.status == Status::Fail).then_some(finding.severity),
        why: String::new(),
    }
}

#[test]
fn the_audit_finds_all_that_was_planted_and_nothing_else() {
    let findings = audit(&sample(), &Settings::default());
    let open = findings.iter().filter(|finding| !matches!(finding.status, Status::Pass | Status::NotApplicable));
    let mut found: BTreeMap<Planted, &str> =
        open.map(|finding| (as_planted(finding), finding.message.as_str())).collect();
    let mut differences = Vec::new();
    for row in planted() {
        let wanted = Planted { why: String::new(), ..row.clone() };
        if found.remove(&wanted).is_none() {
            differences.push(format!("not found: {row:?}"));
        }
    }
    differences.extend(found.into_iter().map(|(row, message)| format!("not planted: {row:?}: {message}")));
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn every_rule_is_broken_kept_and_left_open_somewhere() {
    let findings = audit(&sample(), &Settings::default());
    assert!(CATALOGUE.len() >= 27, "the catalogue has {} rules", CATALOGUE.len());
    // The organization's own requirements ask for nothing where none are configured.
    for rule in CATALOGUE.iter().filter(|rule| rule.slug != "organization-requirements") {
        let has = |statuses: &[Status]| findings.iter().any(|f| f.rule == rule.id && statuses.contains(&f.status));
        assert!(has(&[Status::Fail, Status::Advice]), "{} is broken nowhere", rule.id);
        assert!(has(&[Status::Pass]), "{} is kept nowhere", rule.id);
        // Of the first rules some outcomes are rarer than a sample can show.
        let rare = |outcome| rule.id < RuleId::new(300) && outcome == Status::Advice;
        for outcome in rule.outcomes.iter().copied().filter(|outcome| *outcome != Status::NotApplicable) {
            assert!(rare(outcome) || has(&[outcome]), "{} is nowhere {}", rule.id, outcome.as_str());
        }
    }
}

#[test]
fn most_roles_of_the_sample_are_as_they_should_be() {
    let findings = audit(&sample(), &Settings::default());
    let roles: BTreeSet<_> = findings.iter().filter_map(|finding| finding.role_arn.as_deref()).collect();
    let open = |f: &&Finding| !matches!(f.status, Status::Pass | Status::NotApplicable);
    let marked: BTreeSet<_> = findings.iter().filter(open).filter_map(|f| f.role_arn.as_deref()).collect();
    assert_eq!(roles.len(), 96, "95 node roles and one that no node group uses");
    let clean = roles.len() - marked.len();
    assert!(clean * 100 >= roles.len() * 52 && clean * 100 <= roles.len() * 75, "{clean} of {} are clean", roles.len());
}
