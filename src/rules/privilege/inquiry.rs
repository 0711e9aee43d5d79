//! Puts the questions of these rules to the evaluator: for arbitrary resources, in every region that the policies tell apart.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::finding::Severity;
use crate::ids::{Partition, Region};
use crate::inventory::Role;
use crate::policy::{Decider, Decision, Document, Effect, Layer, Outcome, Statement};
use crate::rules::effective::{Permissions, Shared};
use crate::rules::regions::always_enabled;
use crate::rules::{NodeRole, Verdict};

use super::power::{On, Step};

/// The key of the region that a request goes to.
const REQUESTED_REGION: &str = "aws:RequestedRegion";

/// The key of the service that a role is passed to.
const PASSED_TO: &str = "iam:PassedToService";

/// Services whose requests are signed for one region of the partition, wherever they come from.
const GLOBAL_SERVICES: [&str; 3] = ["iam", "organizations", "route53"];

/// The most scoped grants of one action that are looked at, and the most attached policies that are asked about one by one.
pub(super) const MOST_SCOPES: usize = 32;

/// A role, and what is asked about it. Each question is decided once.
pub(super) struct Inquiry<'r, 'a> {
    pub(super) node_role: &'r NodeRole<'a>,
    pub(super) role: &'a Role,
    pub(super) permissions: Shared,
    /// Whether a grant counts that covers only the resources it names.
    pub(super) scoped: bool,
    regions: &'r [Region],
    /// Those that were not ruled out, of most roles a few.
    answers: RefCell<Vec<Answer>>,
}

/// A step with the decision that is worst for the account, of all regions and resources that were asked for.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) step: Step,
    pub(super) resource: String,
    /// Shared by all that asked for it: it may hang on as many keys as a policy has.
    pub(super) decision: Arc<Decision>,
}

impl<'r, 'a> Inquiry<'r, 'a> {
    /// About a role; or the verdict where there is none to judge. With `scoped` a grant counts whatever it covers.
    pub(super) fn of(node_role: &'r NodeRole<'a>, severity: Severity, scoped: bool) -> Result<Self, Verdict> {
        let role = node_role.required(severity, "what it may do")?;
        let facts = node_role.facts;
        let permissions = facts.documents.permissions(facts.inventory, node_role.account, role);
        let regions = node_role.regions.get_or_init(|| regions(node_role, &permissions));
        Ok(Self { node_role, role, permissions, scoped, regions, answers: RefCell::default() })
    }

    /// Decides on a step, once.
    pub(super) fn ask(&self, step: &Step) -> Answer {
        if let Some(known) = self.answers.borrow().iter().find(|known| known.step == *step) {
            return known.clone();
        }
        if self.rules_out(step) {
            return never(step);
        }
        let answer = self.decide(step);
        self.answers.borrow_mut().push(answer.clone());
        answer
    }

    /// Whether none of the role's own policies allows the step on anything: most questions end here.
    pub(super) fn rules_out(&self, step: &Step) -> bool {
        !self.permissions.may_allow(step.action)
    }

    fn decide(&self, step: &Step) -> Answer {
        let keys = self.keys(step);
        let service = step.action.split(':').next().unwrap_or_default();
        let global: Option<Region> = GLOBAL_SERVICES
            .contains(&service)
            .then(|| self.node_role.facts.inventory.partition.home_region().parse().ok())
            .flatten();
        let regions = global.as_ref().map_or(self.regions, std::slice::from_ref);
        let mut worst: Option<Answer> = None;
        for region in regions {
            for resource in self.resources(step, region) {
                let decision = self.permissions.decide_with(region, step.action, &resource, &keys);
                let answer = Answer { step: *step, resource, decision: Arc::new(decision) };
                if worst.as_ref().is_none_or(|worst| worst.weight() < answer.weight()) {
                    worst = Some(answer);
                }
            }
            if worst.as_ref().is_some_and(Answer::granted) {
                break;
            }
        }
        worst.unwrap_or_else(|| never(step))
    }

    /// What is known of a request of this kind beyond what is known of all.
    fn keys(&self, step: &Step) -> Vec<(String, Vec<String>)> {
        // The principals of services differ in other partitions, and not for every service.
        let principals_known = matches!(self.node_role.facts.inventory.partition, Partition::Aws | Partition::AwsUsGov);
        let known = step.keys.iter().filter(|(key, _)| *key != PASSED_TO || principals_known);
        let clusters: BTreeSet<&str> = self.node_role.nodes.iter().map(|nodes| nodes.cluster.name.as_str()).collect();
        let filled = |text: &str, cluster: &str| text.replace("{cluster}", cluster);
        known
            .flat_map(|(key, value)| {
                clusters.iter().map(move |cluster| (filled(key, cluster), vec![filled(value, cluster)]))
            })
            .collect()
    }

    /// The resources that are asked for in a region.
    fn resources(&self, step: &Step, region: &Region) -> Vec<String> {
        let partition = self.node_role.facts.inventory.partition;
        let account = self.role.arn.account();
        let arn = |service: &str, resource: &str| format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        let iam = |resource: &str| format!("arn:{partition}:iam::{account}:{resource}");
        let of_clusters = |form: fn(&str) -> String| {
            let here = self.node_role.nodes.iter().filter(|nodes| nodes.region == region);
            let names: BTreeSet<&str> = here.map(|nodes| nodes.cluster.name.as_str()).collect();
            names.into_iter().map(|name| arn("eks", &form(name))).collect::<Vec<_>>()
        };
        let mut resources = match step.on {
            On::Nothing => vec!["*".to_owned()],
            On::Everything => vec![arn("*", "*")],
            On::AllOfIam => vec![iam("*"), iam("role/*")],
            On::Regional(service, resource) => vec![arn(service, resource)],
            On::Global(service, resource) => vec![format!("arn:{partition}:{service}::{account}:{resource}")],
            On::Unowned(service, resource) => vec![format!("arn:{partition}:{service}:::{resource}")],
            On::Roles => vec![iam("role/*")],
            On::RolesAnywhere => vec![iam("role/*"), format!("arn:{partition}:iam::*:role/*")],
            On::RolesOrOwn => vec![iam("role/*"), self.role.arn.to_string()],
            On::PoliciesOrOwn => std::iter::once(iam("policy/*")).chain(self.own_policies()).collect(),
            On::ShellDocuments => {
                vec![arn("ssm", "document/*"), format!("arn:{partition}:ssm:{region}::document/AWS-RunShellScript")]
            }
            On::ClustersOrOwn => {
                std::iter::once(arn("eks", "cluster/*")).chain(of_clusters(|name| format!("cluster/{name}"))).collect()
            }
            On::EntriesOrOwn => std::iter::once(arn("eks", "access-entry/*"))
                .chain(of_clusters(|name| format!("access-entry/{name}/*")))
                .collect(),
        };
        if self.scoped {
            let named = self.permissions.granted_resources(step.action).into_iter();
            resources.extend(named.filter(|scope| step.on.is_kind_of(scope)).take(MOST_SCOPES));
        }
        resources
    }

    /// The policies of the account's own that the role has; of those attached [`MOST_SCOPES`] at most. A role takes 20 attached policies and a
    /// boundary (IAM quotas), so that of a real one none is left out; each is asked about by itself, and each decision goes
    /// over all policies, so that of an inventory made by hand the number would count twice.
    pub(super) fn own_policies(&self) -> impl Iterator<Item = String> {
        let own = format!("arn:{}:iam::{}:policy/", self.node_role.facts.inventory.partition, self.role.arn.account());
        let attached = self.role.attached.value().into_iter().flatten().map(|policy| &policy.arn);
        let is_own = move |arn: &&String| arn.starts_with(&own);
        let attached = attached.filter(is_own.clone()).take(MOST_SCOPES);
        attached.chain(self.role.boundary.as_ref().filter(is_own)).cloned()
    }

    /// The statement that a decider names.
    pub(super) fn statement(&self, decider: &Decider) -> Option<&Statement> {
        let mut policies = self.permissions.policies();
        let (_, policy) = policies.find(|(layer, policy)| {
            *layer == decider.layer && Some(policy.name.as_str()) == decider.policy.as_deref()
        })?;
        policy.document.as_ref().ok()?.statements().get(decider.statement?)
    }

    /// The Deny statements that concern an action which is granted all the same: they deny it on other resources, or under
    /// a condition that does not hold.
    pub(super) fn beside_the_point(&self, action: &str) -> Vec<Decider> {
        let denies = |(layer, name, position, statement): (Layer, &str, usize, &Statement)| Decider {
            layer,
            policy: Some(name.to_owned()),
            statement: Some(position),
            sid: statement.sid().map(ToOwned::to_owned),
            effect: Some(Effect::Deny),
        };
        self.permissions
            .policies()
            .filter_map(|(layer, policy)| Some((layer, policy.name.as_str(), policy.document.as_ref().ok()?)))
            .flat_map(|(layer, name, document)| {
                document.concerning(action).map(move |(position, statement)| (layer, name, position, statement))
            })
            .filter(|(_, _, _, statement)| statement.effect() == Effect::Deny)
            .map(denies)
            .collect()
    }
}

impl Answer {
    pub(super) fn granted(&self) -> bool {
        self.decision.outcome == Outcome::Allowed
    }

    /// Whether it may or may not be granted.
    pub(super) fn open(&self) -> bool {
        self.decision.outcome == Outcome::Conditional
    }

    /// Whether the role's own policies speak of it, and something else takes it away.
    pub(super) fn taken_away(&self) -> bool {
        match self.decision.outcome {
            Outcome::ExplicitDeny => true,
            Outcome::ImplicitDeny => self.decision.by.iter().all(|decider| decider.layer != Layer::Identity),
            Outcome::Allowed | Outcome::Conditional => false,
        }
    }

    /// The worse for the account, the more.
    fn weight(&self) -> u8 {
        match self.decision.outcome {
            Outcome::Allowed => 3,
            Outcome::Conditional => 2,
            Outcome::ExplicitDeny | Outcome::ImplicitDeny => u8::from(self.taken_away()),
        }
    }
}

/// The answer where no policy of the role allows an action on anything.
fn never(step: &Step) -> Answer {
    let silent = Decider { layer: Layer::Identity, policy: None, statement: None, sid: None, effect: None };
    let decision = Decision { outcome: Outcome::ImplicitDeny, by: vec![silent], hinges: Vec::new() };
    Answer { step: *step, resource: "*".to_owned(), decision: Arc::new(decision) }
}

/// The regions in which the decisions may differ: those of the nodes, those that the policies tell apart, and one more
/// where they do. Credentials work in every region, not only where the nodes are.
fn regions(node_role: &NodeRole<'_>, permissions: &Permissions) -> Vec<Region> {
    let mut regions: BTreeSet<Region> = node_role.nodes.iter().map(|nodes| nodes.region.clone()).collect();
    let documents = permissions.policies().filter_map(|(_, policy)| policy.document.as_deref().ok());
    let told_apart: BTreeSet<&str> = documents.flat_map(Document::statements).flat_map(regions_in).collect();
    if told_apart.is_empty() {
        return regions.into_iter().collect();
    }
    let patterns = told_apart.iter().any(|name| name.parse::<Region>().is_err());
    regions.extend(told_apart.iter().filter_map(|name| name.parse().ok()));
    let asked_for = node_role.account.regions.iter().map(|region| region.name.as_str());
    let always = always_enabled(node_role.facts.inventory.partition).iter().copied();
    let others: BTreeSet<&str> = asked_for.chain(always).collect();
    let known = |name: &str| regions.iter().any(|region| region.as_str() == name);
    let elsewhere: Vec<&str> = others.into_iter().filter(|name| !known(name)).collect();
    // One region that nothing names stands for all of them, but for those that a pattern covers.
    let some = if patterns { elsewhere.len() } else { 1 };
    regions.extend(elsewhere.into_iter().take(some).filter_map(|name| name.parse().ok()));
    regions.into_iter().collect()
}

/// What a statement says of regions: in its conditions, or in the fourth part of its ARNs.
fn regions_in(statement: &Statement) -> impl Iterator<Item = &str> {
    let of_tests = statement.tests().filter(|test| test.key.eq_ignore_ascii_case(REQUESTED_REGION));
    let of_arns = statement.resources().filter_map(|resource| resource.split(':').nth(3));
    of_tests
        .flat_map(|test| test.values.iter().map(String::as_str))
        .chain(of_arns.filter(|region| !region.is_empty() && *region != "*"))
}
