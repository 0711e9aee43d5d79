//! From needs to questions: which action is asked for on which resource, and the evaluator's answer.

use std::cell::RefCell;
use std::sync::Arc;

use crate::ids::{Partition, Region};
use crate::inventory::{Cluster, IpFamily};
use crate::policy::{Decision, Outcome};
use crate::rules::effective::{Keys, Permissions};
use crate::rules::requirements::{
    Circumstances, Cni, CniSettings, CniVersion, Need, Needed, On, Requirements, SetName,
};
use crate::rules::{Facts, NodeRole, Nodes};

use super::runs_aws_node;

/// One action on one resource, needed by some nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The set that asks for it.
    pub(crate) set: SetName,
    /// The region of the nodes.
    pub(crate) region: Region,
    /// The action.
    pub(crate) action: String,
    /// The resource's ARN; where it stands for many, with `*` in the place of what differs.
    pub(crate) resource: String,
    /// The kind of resource.
    pub(crate) on: On,
    /// How much it is needed.
    pub(crate) needed: Needed,
    /// What happens without it.
    pub(crate) symptom: String,
    /// Who says so.
    pub(crate) source: String,
    /// Condition keys that are known of this request.
    pub(crate) keys: Arc<Keys>,
}

/// A question with its answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The question.
    pub(crate) ask: Ask,
    /// The answer.
    pub(crate) decision: Decision,
}

impl Ask {
    /// Whether both put the same question, be it needed as it may.
    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        self.action == other.action
            && self.resource == other.resource
            && self.region == other.region
            && self.keys == other.keys
    }

    /// Decides.
    pub(crate) fn put(self, permissions: &Permissions) -> Answer {
        let decision = permissions.decide_with(&self.region, &self.action, &self.resource, &self.keys);
        Answer { ask: self, decision }
    }
}

impl Answer {
    /// Whether it is granted for certain.
    pub(crate) fn granted(&self) -> bool {
        self.decision.outcome == Outcome::Allowed
    }

    /// Whether it is not granted, for certain.
    pub(crate) fn denied(&self) -> bool {
        matches!(self.decision.outcome, Outcome::ImplicitDeny | Outcome::ExplicitDeny)
    }
}

/// What is known of some nodes and their cluster.
pub(crate) struct Site<'a> {
    facts: &'a Facts<'a>,
    account: &'a crate::ids::AccountId,
    requirements: &'a Requirements,
    nodes: Nodes<'a>,
    settings: CniSettings,
    version: Result<Option<CniVersion>, String>,
    /// What is known of requests on a kind of resource, and whether they create it.
    keys: RefCell<Vec<(On, bool, Arc<Keys>)>>,
}

impl<'a> Site<'a> {
    /// The site of these nodes.
    pub(crate) fn of(node_role: &NodeRole<'a>, nodes: Nodes<'a>) -> Self {
        let (settings, version) = match nodes.cluster.vpc_cni.as_result() {
            Ok(Some(addon)) => (
                CniSettings::parse(addon.configuration_values.as_deref()),
                Ok(addon.version.as_deref().and_then(CniVersion::parse)),
            ),
            // A CNI that is no add-on shows neither version nor settings: it is judged by the defaults.
            Ok(None) => (CniSettings::default(), Ok(None)),
            Err(gap) => (CniSettings::unknown(gap.to_string()), Err(gap.to_string())),
        };
        let requirements = node_role.facts.requirements(node_role.account, nodes.cluster);
        Self {
            facts: node_role.facts,
            account: &node_role.account.id,
            requirements,
            nodes,
            settings,
            version,
            keys: RefCell::default(),
        }
    }

    /// The settings of the VPC CNI.
    pub(crate) fn settings(&self) -> &CniSettings {
        &self.settings
    }

    /// The version of the VPC CNI, where it is known.
    pub(crate) fn version(&self) -> Option<CniVersion> {
        self.version.as_ref().ok().copied().flatten()
    }

    /// The questions that a set asks of these nodes' role.
    pub(crate) fn asks(&self, set: SetName) -> Vec<Ask> {
        let circumstances = self.circumstances();
        let needs = self.requirements.set(set).iter().map(|need| (need, need.under(&circumstances)));
        needs
            .filter(|(_, needed)| *needed != Needed::No)
            .flat_map(|(need, needed)| need.on.iter().flat_map(move |on| self.ask(set, need, &needed, *on)))
            .collect()
    }

    /// Asks for the actions that write network interfaces.
    pub(crate) fn asks_for_writing(&self, set: SetName) -> Vec<Ask> {
        self.asks_on_interfaces(set, &self.requirements.interface_writing)
    }

    /// Asks for `actions` on network interfaces, for rules that want to know whether something is granted.
    pub(crate) fn asks_on_interfaces(&self, set: SetName, actions: &[String]) -> Vec<Ask> {
        let need = |action: &String| Need {
            action: action.clone(),
            on: vec![On::NetworkInterfaces],
            clauses: Vec::new(),
            symptom: String::new(),
            source: String::new(),
        };
        let asks =
            actions.iter().flat_map(|action| self.ask(set, &need(action), &Needed::Recommended, On::NetworkInterfaces));
        asks.collect()
    }

    fn circumstances(&self) -> Circumstances<'_> {
        let of_group = self.nodes.group.and_then(|group| group.version.as_deref());
        let of_cluster = self.nodes.cluster.detail.value().map(|detail| detail.version.as_str());
        let minor = of_group.or(of_cluster).and_then(|version| version.split('.').nth(1)?.parse().ok());
        Circumstances {
            partition: self.facts.inventory.partition,
            region: self.nodes.region,
            account: self.account,
            cluster: &self.nodes.cluster.name,
            kind: self.nodes.kind,
            ami_type: self.nodes.group.map(|group| group.ami_type.as_str()),
            kubernetes_minor: minor,
            cni_version: self.version.clone(),
            cni_settings: &self.settings,
            pull_through_cache: self.requirements.pull_through_cache,
        }
    }

    /// One question for each resource that stands for `on`.
    fn ask(&self, set: SetName, need: &Need, needed: &Needed, on: On) -> Vec<Ask> {
        let resources = self.resources(on, needed);
        let ask = |(resource, needed)| Ask {
            set,
            region: self.nodes.region.clone(),
            action: need.action.clone(),
            resource,
            on,
            needed,
            symptom: need.symptom.clone(),
            source: need.source.clone(),
            keys: self.keys(&need.action, on),
        };
        resources.into_iter().map(ask).collect()
    }

    fn resources(&self, on: On, needed: &Needed) -> Vec<(String, Needed)> {
        let one = |resource: String| vec![(resource, needed.clone())];
        match on {
            On::Anything => one("*".to_owned()),
            On::Cluster => one(cluster_arn(self.facts.inventory.partition, self.account.as_str(), &self.nodes)),
            On::AddonRepositories => self.addon_repositories(needed),
            On::OwnRepositories => one(self.arn("ecr", self.account.as_str(), "repository/*")),
            // Ids begin alike, and policies may say so: `network-interface/eni-*` covers every interface.
            On::NetworkInterfaces => one(self.arn("ec2", self.account.as_str(), "network-interface/eni-*")),
            On::Subnets => one(self.arn("ec2", self.account.as_str(), "subnet/subnet-*")),
            On::SecurityGroups => one(self.arn("ec2", self.account.as_str(), "security-group/sg-*")),
            On::Instances => one(self.arn("ec2", self.account.as_str(), "instance/i-*")),
        }
    }

    /// The repositories from which these nodes pull; in a region without an entry in the table, all of them everywhere.
    fn addon_repositories(&self, needed: &Needed) -> Vec<(String, Needed)> {
        let requirements = self.requirements;
        let Some(registry) = requirements.addon_registries.get(self.nodes.region.as_str()) else {
            return vec![(self.arn("ecr", "*", "repository/*"), needed.clone())];
        };
        let of_cni = match self.nodes.cluster.vpc_cni.as_result() {
            _ if !runs_aws_node(&self.nodes) || requirements.cni == Cni::Other => Needed::No,
            Ok(Some(_)) => needed.clone(),
            Ok(None) => Needed::Unsure("whether the VPC CNI runs here is not visible: it is no add-on".to_owned()),
            Err(gap) => Needed::Unsure(gap.to_string()),
        };
        let always = requirements.addon_repositories.iter().map(|name| (name, needed.clone()));
        always
            .chain(requirements.cni_repositories.iter().map(|name| (name, of_cni.clone())))
            .filter(|(_, needed)| *needed != Needed::No)
            .map(|(name, needed)| (self.arn("ecr", registry, &format!("repository/{name}")), needed))
            .collect()
    }

    fn arn(&self, service: &str, account: &str, resource: &str) -> String {
        let (partition, region) = (self.facts.inventory.partition.as_str(), self.nodes.region.as_str());
        ["arn:", partition, ":", service, ":", region, ":", account, ":", resource].concat()
    }

    /// What is known of the tags and the VPC behind a request of the CNI: AWS's scoped-down policy hangs on them.
    ///
    /// aws-node tags its interfaces with the cluster's name only where `CLUSTER_NAME` is set; where it is not, or where the
    /// settings are not known, nothing is said about those tags.
    fn keys(&self, action: &str, on: On) -> Arc<Keys> {
        let creates = matches!(action, "ec2:CreateNetworkInterface" | "ec2:CreateTags");
        let mut known = self.keys.borrow_mut();
        if let Some((.., keys)) = known.iter().find(|(kind, creating, _)| *kind == on && *creating == creates) {
            return Arc::clone(keys);
        }
        let keys: Arc<Keys> = self.keys_of(creates, on).into();
        known.push((on, creates, Arc::clone(&keys)));
        keys
    }

    fn keys_of(&self, creates: bool, on: On) -> Vec<(String, Vec<String>)> {
        const CLUSTER_TAG: &str = "cluster.k8s.amazonaws.com/name";
        let cluster = &self.nodes.cluster.name;
        let one = |key: String, value: &str| (key, vec![value.to_owned()]);
        let tag = |name: &str, value: &str| {
            [one(format!("aws:ResourceTag/{name}"), value), one(format!("ec2:ResourceTag/{name}"), value)]
        };
        let vpc = || {
            let id = self.nodes.cluster.detail.value().and_then(|detail| detail.vpc_id.as_deref());
            id.map(|id| one("ec2:Vpc".to_owned(), &self.arn("ec2", self.account.as_str(), &format!("vpc/{id}"))))
        };
        match on {
            On::NetworkInterfaces => {
                let mut keys: Vec<_> = vpc().into_iter().collect();
                if let Some(name) = self.settings.cluster_name() {
                    if creates {
                        keys.push(one(format!("aws:RequestTag/{CLUSTER_TAG}"), name));
                    } else {
                        keys.extend(tag(CLUSTER_TAG, name));
                    }
                }
                keys
            }
            On::Subnets | On::SecurityGroups => vpc().into_iter().collect(),
            On::Instances if self.nodes.group.is_some() => tag(&format!("kubernetes.io/cluster/{cluster}"), "owned")
                .into_iter()
                .chain(tag("eks:cluster-name", cluster))
                .collect(),
            // EKS tags what it launches; of others the tags that all instances have were read.
            On::Instances => {
                let key = format!("kubernetes.io/cluster/{cluster}");
                let mut values = self.nodes.instances().iter().map(|instance| instance.tags.get(&key));
                let first = values.next().flatten();
                let agreed = first.filter(|first| values.all(|other| other == Some(*first)));
                agreed.into_iter().flat_map(|value| tag(&key, value)).collect()
            }
            On::Anything | On::Cluster | On::AddonRepositories | On::OwnRepositories => Vec::new(),
        }
    }
}

/// The cluster's ARN, as EKS says it or as it is built.
fn cluster_arn(partition: Partition, account: &str, nodes: &Nodes<'_>) -> String {
    match nodes.cluster.detail.value() {
        Some(detail) => detail.arn.clone(),
        None => format!("arn:{partition}:eks:{}:{account}:cluster/{}", nodes.region, nodes.cluster.name),
    }
}

/// The set of the cluster's family of addresses; none where the cluster could not be described.
pub(crate) fn cni_set(cluster: &Cluster) -> Option<SetName> {
    cluster.detail.value().map(|detail| match detail.ip_family {
        IpFamily::Ipv4 => SetName::CniIpv4,
        IpFamily::Ipv6 => SetName::CniIpv6,
    })
}
