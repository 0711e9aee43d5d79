//! The judgement: `(inventory, settings) → results`. Pure: no clock, no I/O; the only place that loops over rules.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use crate::finding::{Evidence, Finding, NodeGroupRef, NodeKind, Status};
use crate::ids::Region;
use crate::inventory::{Account, Cluster, Inventory, Role, UNLISTED};
use crate::rules::{AccountRoles, CATALOGUE, Check, Facts, Found, NodeRole, Nodes, Rule, UnreadNodes, Verdict};

mod settings;
mod threads;
mod told;

pub(crate) use settings::{ByCluster, any, units};
pub use settings::{ClusterMatch, ClusterSettings, Settings};
use threads::on_threads;
pub use told::{Results, Told, Untold};

/// Every result of every rule, `pass` and `not_applicable` among them: the worst first (failures by severity, then what
/// is unknown, then advice), then by account, role, rule and place.
#[must_use]
pub fn audit(inventory: &Inventory, settings: &Settings) -> Vec<Finding> {
    audit_telling(inventory, settings, Told::All, NonZeroUsize::MIN).findings
}

/// The same results, of which those are told that `told` asks for: the verdicts are the same, be they told or counted, and
/// on however many threads accounts are judged.
#[must_use]
pub fn audit_telling(inventory: &Inventory, settings: &Settings, told: Told, threads: NonZeroUsize) -> Results {
    let facts = Facts::new(inventory, settings).telling(told);
    let accounts = &inventory.accounts;
    let mut results = on_threads(threads.get().min(accounts.len()), accounts, |account| of_account(&facts, account));
    results.findings.sort_by(|a, b| order(a).cmp(&order(b)));
    results
}

/// The results of one account, in no order.
fn of_account<'a>(facts: &'a Facts<'a>, account: &'a Account) -> Results {
    let mut results = Results::default();
    let found = Found::of(facts, account);
    for rule in CATALOGUE.iter().filter(|rule| facts.settings.rules.contains(&rule.id)) {
        judge(rule, &AccountRoles { facts, account, found: &found }, &mut results);
    }
    for finding in &mut results.findings {
        finding.severity = facts.severity(account, finding);
    }
    facts.documents.let_go(&account.id);
    results
}

/// The order of findings.
fn order(finding: &Finding) -> impl Ord + '_ {
    let about = (&finding.account, &finding.role_arn, finding.rule);
    (finding.status.rank(), Reverse(finding.severity), about, &finding.node_groups, &finding.id)
}

/// Asks one rule about everything in the account that it judges.
fn judge(rule: &Rule, roles: &AccountRoles<'_>, results: &mut Results) {
    let (found, told) = (roles.found, roles.facts.told());
    let with_role = || found.roles.iter().flat_map(|role| role.nodes.iter().map(move |nodes| (role, nodes)));
    let applies = |nodes: &Nodes<'_>| rule.applies.contains(&nodes.kind);
    let mut settled = BTreeSet::new();
    match rule.check {
        Check::Role(check) => {
            for role in &found.roles {
                let applies = role.nodes.iter().any(applies);
                let verdict = if applies { check(role) } else { not_applicable(rule, told, &role.nodes) };
                results.take(told, verdict, |verdict| about_role(rule, role, verdict));
            }
        }
        Check::NodeGroup(check) => {
            for (role, nodes) in with_role() {
                let verdict = if applies(nodes) { check(role, nodes) } else { not_applicable(rule, told, &[*nodes]) };
                results.take(told, verdict, |verdict| about_nodes(rule, role, nodes, verdict));
            }
        }
        Check::Cluster { settled: settles, nodes: check } => {
            settled = by_cluster(rule, roles, settles, results);
            for (role, nodes) in with_role().filter(|(_, nodes)| !applies(nodes) || !settled.contains(&nodes.site())) {
                let verdict = if applies(nodes) { check(role, nodes) } else { not_applicable(rule, told, &[*nodes]) };
                results.take(told, verdict, |verdict| about_nodes(rule, role, nodes, verdict));
            }
        }
        Check::Profile(check) => {
            for (role, nodes) in with_role() {
                let verdict = if applies(nodes) {
                    check(roles.facts, roles.account, Some(role), nodes)
                } else {
                    not_applicable(rule, told, &[*nodes])
                };
                results.take(told, verdict, |verdict| about_nodes(rule, role, nodes, verdict));
            }
        }
        Check::Account(check) => {
            for (role, verdict) in check(roles) {
                results.take(told, verdict, |verdict| about_account(rule, roles, role, verdict));
            }
            return;
        }
    }
    let unread = found.unread.iter().filter(|nodes| rule.applies.contains(&nodes.kind));
    for nodes in unread.filter(|nodes| !settled.contains(&(nodes.region, nodes.cluster))) {
        results.take(told, of_unread(rule, roles, nodes), |verdict| about_unread(rule, roles, nodes, verdict));
    }
    for nodes in found.roleless.iter().filter(|nodes| !applies(nodes) || !settled.contains(&nodes.site())) {
        results.take(told, of_roleless(rule, roles, nodes), |verdict| about_roleless(rule, roles, nodes, verdict));
    }
}

/// One finding for each cluster that settles a rule for all of its nodes, with every one of them; returns those clusters.
fn by_cluster<'a>(
    rule: &Rule,
    roles: &AccountRoles<'a>,
    settles: fn(&Cluster) -> Option<Verdict>,
    results: &mut Results,
) -> BTreeSet<(&'a Region, &'a str)> {
    let settled =
        |(region, cluster): (&'a Region, &'a Cluster)| Some(((region, cluster.name.as_str()), settles(cluster)?));
    let verdicts: BTreeMap<(&Region, &str), Verdict> = roles.account.clusters().filter_map(settled).collect();
    if verdicts.is_empty() {
        return BTreeSet::new();
    }
    let mut groups: BTreeMap<(&Region, &str), BTreeSet<NodeGroupRef>> = BTreeMap::new();
    let known = roles.found.roles.iter().flat_map(|role| &role.nodes).chain(&roles.found.roleless);
    let known = known.map(|nodes| (nodes.kind, nodes.site(), nodes.reference()));
    let unread = roles.found.unread.iter().map(|nodes| (nodes.kind, (nodes.region, nodes.cluster), nodes.reference()));
    for (_, site, group) in known.chain(unread).filter(|(kind, ..)| rule.applies.contains(kind)) {
        groups.entry(site).or_default().insert(group);
    }
    let sites = verdicts.keys().copied().collect();
    for ((region, cluster), verdict) in verdicts {
        let Some(node_groups) = groups.remove(&(region, cluster)) else { continue };
        results.take(roles.facts.told(), verdict, |verdict| {
            let account = &roles.account.id;
            let subject = format!("arn:{}:eks:{region}:{account}:cluster/{cluster}", roles.facts.inventory.partition);
            let node_groups = node_groups.into_iter().collect();
            Finding { region: Some(region.clone()), node_groups, ..bare(rule, roles.account, &subject, verdict) }
        });
    }
    sites
}

/// No nodes of the role are of a kind that the rule is about.
fn not_applicable(rule: &Rule, told: Told, nodes: &[Nodes<'_>]) -> Verdict {
    if !told.tells(Status::NotApplicable) {
        return Verdict::new(Status::NotApplicable, rule.severity, String::new());
    }
    let kinds: BTreeSet<&str> = nodes.iter().map(|nodes| nodes.kind.as_str()).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let message = format!("{} is not about nodes of the kind {}", rule.slug, kinds.join(", "));
    Verdict::new(Status::NotApplicable, rule.severity, message)
}

/// One finding for a role, with every node group that uses it.
fn about_role(by: &Rule, role: &NodeRole<'_>, verdict: Verdict) -> Finding {
    // A role may be named by clusters of several accounts; each account's finding is one of its own.
    let subject = match role.parsed() {
        Some(arn) if *arn.account() == role.account.id => role.arn.to_owned(),
        Some(_) | None => format!("{} {}", role.account.id, role.arn),
    };
    let node_groups: Vec<_> = role.nodes.iter().map(Nodes::reference).collect();
    Finding {
        region: node_groups.first().map(|group| group.region.clone()),
        role_arn: Some(role.arn.to_owned()),
        node_groups,
        ..bare(by, role.account, &subject, verdict)
    }
}

/// One finding for a node group.
fn about_nodes(by: &Rule, role: &NodeRole<'_>, nodes: &Nodes<'_>, verdict: Verdict) -> Finding {
    let subject = nodes.place(role.facts.inventory.partition, &role.account.id);
    Finding {
        region: Some(nodes.region.clone()),
        role_arn: Some(role.arn.to_owned()),
        node_groups: vec![nodes.reference()],
        ..bare(by, role.account, &subject, verdict)
    }
}

/// One finding about a role of the account, or about its roles as a whole.
fn about_account(by: &Rule, roles: &AccountRoles<'_>, role: Option<&Role>, verdict: Verdict) -> Finding {
    let role_arn = role.map(|role| role.arn.to_string());
    let subject = role_arn.clone().unwrap_or_else(|| roles.account.id.to_string());
    Finding { role_arn, ..bare(by, roles.account, &subject, verdict) }
}

/// A node group whose role is not known leaves every rule open that would judge the role.
fn of_unread(by: &Rule, roles: &AccountRoles<'_>, nodes: &UnreadNodes<'_>) -> Verdict {
    let which = which_unread(nodes);
    let message = format!("{which} in {} could not be read: {}", nodes.region, nodes.gap);
    match roles.facts.left_out(by.id, roles.account, nodes.region, nodes.cluster) {
        Some(reason) => Verdict::new(Status::NotApplicable, by.severity, reason),
        None => Verdict::new(Status::Unknown, by.severity, message).with([Evidence::gap(&nodes.gap)]),
    }
}

/// One finding for nodes whose role is not known.
fn about_unread(by: &Rule, roles: &AccountRoles<'_>, nodes: &UnreadNodes<'_>, verdict: Verdict) -> Finding {
    let subject = nodes.place(roles.facts.inventory.partition, &roles.account.id);
    Finding {
        region: Some(nodes.region.clone()),
        node_groups: vec![nodes.reference()],
        ..bare(by, roles.account, &subject, verdict)
    }
}

/// Nodes whose role is not known, in words.
fn which_unread(nodes: &UnreadNodes<'_>) -> String {
    let UnreadNodes { kind, cluster, name, .. } = nodes;
    match (kind, *cluster, *name) {
        (_, UNLISTED, _) => "the roles of the nodes of further clusters".to_owned(),
        (NodeKind::Managed, cluster, UNLISTED) => {
            format!("the roles of node groups of cluster `{cluster}` that were not listed")
        }
        (NodeKind::Hybrid, cluster, UNLISTED) => {
            format!("the roles of nodes of cluster `{cluster}` that access entries alone tell of")
        }
        (_, cluster, UNLISTED) => {
            format!("the roles of nodes of cluster `{cluster}` that no node group tells of (self-managed, Karpenter)")
        }
        (NodeKind::Managed, cluster, name) => format!("the role of node group `{name}` of cluster `{cluster}`"),
        (NodeKind::SelfManaged, cluster, name) => {
            format!("the role of self-managed nodes `{name}` of cluster `{cluster}`")
        }
        (NodeKind::Karpenter, cluster, name) => format!("the role of node pool `{name}` of cluster `{cluster}`"),
        (NodeKind::AutoMode, cluster, _) => format!("the role of Auto Mode's nodes of cluster `{cluster}`"),
        (NodeKind::Hybrid | NodeKind::Hyperpod, cluster, name) => {
            format!("what nodes the role `{name}` is for in cluster `{cluster}`")
        }
    }
}

/// Nodes without a role: one rule tells of that, and there is nothing for the others to judge.
fn of_roleless(by: &Rule, roles: &AccountRoles<'_>, nodes: &Nodes<'_>) -> Verdict {
    let applies = by.applies.contains(&nodes.kind);
    match by.check {
        Check::Profile(check) if applies => check(roles.facts, roles.account, None, nodes),
        Check::Role(_) | Check::NodeGroup(_) | Check::Cluster { .. } | Check::Account(_) | Check::Profile(_)
            if applies =>
        {
            let message = format!("{} have no role (NR004), so that there is nothing to judge", nodes.described());
            Verdict::new(Status::NotApplicable, by.severity, message)
        }
        Check::Role(_) | Check::NodeGroup(_) | Check::Cluster { .. } | Check::Account(_) | Check::Profile(_) => {
            not_applicable(by, roles.facts.told(), &[*nodes])
        }
    }
}

/// One finding for nodes without a role.
fn about_roleless(by: &Rule, roles: &AccountRoles<'_>, nodes: &Nodes<'_>, verdict: Verdict) -> Finding {
    Finding {
        region: Some(nodes.region.clone()),
        node_groups: vec![nodes.reference()],
        ..bare(by, roles.account, &nodes.place(roles.facts.inventory.partition, &roles.account.id), verdict)
    }
}

/// A finding that names neither role nor node groups yet; its id comes from the subject.
fn bare(rule: &Rule, account: &Account, subject: &str, verdict: Verdict) -> Finding {
    Finding {
        id: Finding::id_of(rule.id, subject),
        rule: rule.id,
        status: verdict.status,
        severity: verdict.severity,
        account: account.id.clone(),
        region: None,
        role_arn: None,
        node_groups: Vec::new(),
        message: verdict.message,
        evidence: verdict.evidence,
        remediation: verdict.remediation.map(|told| *told),
        suppressed: None,
        suppression_expired: None,
    }
}
