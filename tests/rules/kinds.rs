//! That every rule has a case for every kind of nodes that it judges and every outcome that it can have for them.
//!
//! Most cases are about a managed node group. What they say hangs on the role or the cluster, not on the kind of nodes, so
//! that each is judged again with the same nodes as those of another kind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use datatest_stable::Result;
use noderole::audit::{Settings, audit};
use noderole::finding::NodeKind;
use noderole::inventory::{Account, Compute, ComputeConfig, Inventory};
use noderole::known::Known;
use noderole::rules::{CATALOGUE, Check, Rule};
use serde_json::{Map, Value};

use crate::case::{BASE, rule_of, settings_of};
use crate::inventory::of_case;

/// Kind, rule and outcome, with the cases that show it.
type Cells = BTreeMap<(String, &'static str, &'static str), BTreeSet<String>>;

/// A case with its path.
pub(crate) type Case = (String, Map<String, Value>);

/// Cells that cannot be filled, with the reason.
const IMPOSSIBLE: [(&str, &str, &str, &str); 12] = [
    ("NR001", "managed", "not_applicable", "only nodes outside the rules or without a role"),
    ("NR001", "auto_mode", "not_applicable", "only nodes outside the rules or without a role"),
    ("NR001", "hybrid", "not_applicable", "only nodes outside the rules or without a role"),
    ("NR004", "karpenter", "not_applicable", "Karpenter's nodes are known by machines or by a profile"),
    ("NR101", "hybrid", "advice", "it is about the spelling of EC2 in China"),
    ("NR201", "hybrid", "fail", "AWS recommends the set of hybrid nodes, and requires none of it"),
    ("NR306", "managed", "not_applicable", "only a role of Auto Mode alone"),
    ("NR306", "hybrid", "not_applicable", "only a role of Auto Mode alone"),
    ("NR401", "hybrid", "advice", "hybrid nodes are known by their entry"),
    ("NR401", "hybrid", "fail", "hybrid nodes are known by their entry"),
    ("NR402", "auto_mode", "fail", "Auto Mode with such a role is advice whatever the mode"),
    ("NR403", "managed", "not_applicable", "only nodes of other kinds"),
];

/// Every case that is there, as JSON, with its path.
pub(crate) fn cases(root: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for rule in CATALOGUE {
        for entry in std::fs::read_dir(root.join(rule.id.to_string()))? {
            let path: PathBuf = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                cases.push((path.display().to_string(), serde_json::from_str(&std::fs::read_to_string(&path)?)?));
            }
        }
    }
    Ok(cases)
}

/// The managed node groups of an inventory as nodes of another kind with the same role.
fn as_kind(mut inventory: Inventory, kind: NodeKind) -> Inventory {
    for region in inventory.accounts.iter_mut().flat_map(|account| &mut account.regions) {
        let Known::Value(clusters) = &mut region.clusters else { continue };
        for cluster in clusters {
            let groups = match &mut cluster.node_groups {
                Known::Value(groups) => std::mem::take(groups),
                Known::Missing(_) => continue,
            };
            let Some(role) = groups.values().find_map(|group| Some(group.value()?.node_role.clone())) else { continue };
            let entry_type = match kind {
                NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter | NodeKind::Hyperpod => "EC2_LINUX",
                NodeKind::AutoMode => "EC2",
                NodeKind::Hybrid => "HYBRID_LINUX",
            };
            if let Known::Value(entries) = &mut cluster.access_entries {
                for entry in entries {
                    if let Some(Known::Value(detail)) = &mut entry.detail
                        && detail.kind == "EC2_LINUX"
                    {
                        entry_type.clone_into(&mut detail.kind);
                    }
                }
            }
            if let (NodeKind::AutoMode, Known::Value(detail)) = (kind, &mut cluster.detail) {
                let node_pools = vec!["general-purpose".to_owned()];
                detail.compute_config = Some(ComputeConfig { enabled: true, node_pools, node_role_arn: Some(role) });
            }
        }
        if let Some(compute) = &mut region.compute {
            retag(compute, kind);
        }
    }
    inventory
}

/// The instances as those of the kind.
fn retag(compute: &mut Compute, kind: NodeKind) {
    let pool = |tags: &mut BTreeMap<String, String>| {
        tags.retain(|key, _| key.starts_with("kubernetes.io/cluster/"));
        match kind {
            NodeKind::Karpenter => {
                tags.insert("karpenter.sh/nodepool".to_owned(), "default".to_owned());
            }
            NodeKind::SelfManaged => {
                tags.insert("aws:autoscaling:groupName".to_owned(), "self".to_owned());
            }
            NodeKind::Managed | NodeKind::AutoMode | NodeKind::Hybrid | NodeKind::Hyperpod => tags.clear(),
        }
    };
    if let Known::Value(instances) = &mut compute.instances {
        for instance in instances {
            pool(&mut instance.tags);
        }
    }
    if let Known::Value(groups) = &mut compute.auto_scaling_groups {
        groups.clear();
    }
}

/// Judges by the rule that a case stands under.
fn by_rule_of(path: &str, case: &Map<String, Value>) -> Result<Settings> {
    Ok(Settings { rules: [rule_of(Path::new(path))?.parse()?].into(), ..settings_of(case)? })
}

/// What every case shows of every rule with the nodes as they are, and of its own rule with those of the other kinds.
fn shown(root: &Path) -> Result<Cells> {
    let mut cells = Cells::new();
    for (path, case) in cases(root)? {
        let settings = by_rule_of(&path, &case)?;
        let all = settings_of(&case)?;
        let inventory = of_case(BASE, &case)?;
        let others = [NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::AutoMode, NodeKind::Hybrid];
        let as_others = others.map(|kind| (format!("{path} as {}", kind.as_str()), as_kind(inventory.clone(), kind)));
        let as_it_is = std::iter::once((path, inventory, &all));
        for (name, inventory, settings) in as_it_is.chain(as_others.map(|(name, other)| (name, other, &settings))) {
            for finding in audit(&inventory, settings) {
                for group in &finding.node_groups {
                    let cell = (finding.rule.to_string(), group.kind.as_str(), finding.status.as_str());
                    cells.entry(cell).or_default().insert(name.clone());
                }
            }
        }
    }
    Ok(cells)
}

/// The cells of a rule.
fn wanted(rule: &Rule) -> impl Iterator<Item = (String, &'static str, &'static str)> {
    let id = rule.id.to_string();
    rule.applies.iter().flat_map(move |kind| {
        let id = id.clone();
        rule.outcomes.iter().map(move |outcome| (id.clone(), kind.as_str(), outcome.as_str()))
    })
}

/// Looks for empty cells.
pub(crate) fn every_kind_has_a_case_of_every_outcome(readme: &Path) -> Result<()> {
    let root = readme.parent().ok_or("the README has a folder")?;
    let cells = shown(root)?;
    let impossible = |cell: &(String, &str, &str)| {
        IMPOSSIBLE.iter().any(|(rule, kind, outcome, _)| (*rule, *kind, *outcome) == (cell.0.as_str(), cell.1, cell.2))
    };
    let rules = CATALOGUE.iter().filter(|rule| !matches!(rule.check, Check::Account(_)));
    let (cannot, can): (Vec<_>, Vec<_>) = rules.flat_map(wanted).partition(impossible);
    let empty: Vec<_> = can.iter().filter(|cell| !cells.contains_key(*cell)).collect();
    let filled: Vec<_> = cannot.iter().filter(|cell| cells.contains_key(*cell)).collect();
    if empty.is_empty() && filled.is_empty() {
        return Ok(());
    }
    Err(format!("no case shows {empty:#?}; and these are not impossible: {filled:#?}").into())
}

/// Where other kinds of nodes are rightly judged otherwise than managed ones, with the reason.
const OTHERWISE: [(&str, &str, &str); 2] = [
    ("NR201", "minimal-custom-role.json as self_managed", "their bootstrap must ask EKS for the cluster"),
    ("NR201", "nodes-join-by-the-cni-policy.json as self_managed", "their bootstrap must ask EKS for the cluster"),
];

/// A role is judged alike whether managed, self-managed or Karpenter nodes have it.
pub(crate) fn a_role_is_judged_alike_whatever_nodes_of_ec2_have_it(readme: &Path) -> Result<()> {
    let root = readme.parent().ok_or("the README has a folder")?;
    let mut unlike = Vec::new();
    for (path, case) in cases(root)? {
        // What is said of the node groups themselves is not said of other nodes.
        if ["node_groups", "compute", "inventory", "profiles"].iter().any(|member| case.contains_key(*member)) {
            continue;
        }
        let inventory = of_case(BASE, &case)?;
        let groups =
            |account: &Account| account.clusters().any(|(_, cluster)| cluster.managed_roles().next().is_some());
        if !inventory.accounts.iter().any(groups) {
            continue;
        }
        let settings = by_rule_of(&path, &case)?;
        let of_role = |inventory: &Inventory| -> BTreeMap<(String, String), &'static str> {
            let rules = |id: &str| CATALOGUE.iter().any(|rule| rule.id.to_string() == id && about_roles(rule));
            let findings = audit(inventory, &settings).into_iter();
            let of_base = findings.filter_map(|finding| {
                let role = finding.role_arn.clone().filter(|arn| arn.ends_with("/prod-nodes"))?;
                rules(&finding.rule.to_string()).then(|| ((finding.rule.to_string(), role), finding.status.as_str()))
            });
            of_base.collect()
        };
        let managed = of_role(&inventory);
        for kind in [NodeKind::SelfManaged, NodeKind::Karpenter] {
            for (subject, outcome) in of_role(&as_kind(inventory.clone(), kind)) {
                if managed.get(&subject).is_some_and(|expected| *expected != outcome) {
                    unlike.push(format!(
                        "{path} as {}: {subject:?} {:?} {outcome}",
                        kind.as_str(),
                        managed.get(&subject)
                    ));
                }
            }
        }
    }
    unlike.retain(|one| !OTHERWISE.iter().any(|(rule, case, _)| one.contains(rule) && one.contains(case)));
    if unlike.is_empty() { Ok(()) } else { Err(format!("{unlike:#?}").into()) }
}

/// Rules that ask once for each role, and of nodes of each kind in EC2.
fn about_roles(rule: &Rule) -> bool {
    let ec2 = [NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter];
    matches!(rule.check, Check::Role(_)) && ec2.iter().all(|kind| rule.applies.contains(kind))
}
