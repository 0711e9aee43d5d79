//! Reading EC2 and Auto Scaling in one region: the machines of its clusters, and what new ones are launched from.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::inventory::{
    AutoScalingGroup, Compute, Instance, KEYS_OF_A_CLUSTER, KEYS_WITH_A_CLUSTER, Launch, LaunchTemplate,
    MetadataOptions, clusters_of,
};
use crate::known::{Gap, Known};

use super::ledger::{Ledger, Reading};
use super::place::Place;

/// The tag key of the machines of managed node groups.
const KEY_OF_NODE_GROUPS: &str = "eks:nodegroup-name";

/// The tag key of Karpenter's nodes; its value is their node pool.
const KEY_OF_KARPENTER: &str = "karpenter.sh/nodepool";

/// Values that one filter may have (EC2 API, Filter).
const MAX_FILTER_VALUES: usize = 200;

/// EC2 and Auto Scaling in one region, and what was asked there.
#[derive(Debug)]
pub(super) struct ComputeRun {
    ledger: Ledger,
    /// The clusters whose machines are asked for; none: EC2 is not asked.
    clusters: Option<BTreeSet<String>>,
}

/// Who uses an instance profile.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// The clusters whose nodes the machines are by their tags.
    pub(super) clusters: BTreeSet<String>,
    /// Whether one of the machines is in no managed node group: then the role in the profile is that of its nodes. The role
    /// of a node group is the one that EKS names, whatever profile its machines have.
    pub(super) outside_node_groups: bool,
}

/// What was read of the machines, where it stands.
#[derive(Debug)]
struct Machines<'a> {
    instances: Known<Vec<&'a Instance>>,
    auto_scaling_groups: Known<Vec<&'a AutoScalingGroup>>,
    launch_templates: BTreeMap<String, Known<Launch>>,
    launch_configurations: BTreeMap<String, Known<Launch>>,
    metadata_defaults: Known<MetadataOptions>,
}

/// What is there of the machines.
#[derive(Debug)]
pub(super) struct ComputeReading {
    /// The machines; none where EC2 is not asked.
    pub(super) compute: Option<Compute>,
    /// What failed, and what is not answered.
    pub(super) gaps: Vec<Gap>,
}

impl ComputeRun {
    /// Nothing asked yet.
    pub(super) fn new(place: Place) -> Self {
        Self { ledger: Ledger::new(place), clusters: None }
    }

    /// Asks for the machines of these clusters. Only the first time counts: a list is asked for once.
    pub(super) fn begin(&mut self, clusters: BTreeSet<String>) -> Vec<Call> {
        self.clusters.get_or_insert(clusters);
        self.ask()
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Vec<Call> {
        // Only the lists tell what else is to be asked for: no need to walk through all instances for each template.
        let leads_on =
            matches!(call.question, Question::DescribeAutoScalingGroups { .. } | Question::DescribeInstances { .. });
        let mut calls: Vec<Call> = self.ledger.take(call, result).into_iter().collect();
        if leads_on {
            calls.extend(self.ask());
        }
        calls
    }

    /// Reads what is there.
    pub(super) fn read(&self) -> ComputeReading {
        let (seen, reading) = self.walk();
        let compute = seen.map(|seen| Compute {
            instances: seen.instances.map(owned),
            auto_scaling_groups: seen.auto_scaling_groups.map(owned),
            launch_templates: seen.launch_templates,
            launch_configurations: seen.launch_configurations,
            metadata_defaults: seen.metadata_defaults,
        });
        ComputeReading { compute, gaps: reading.gaps }
    }

    /// The instance profiles that machines have or would be launched with, by name.
    pub(super) fn profiles(&self) -> BTreeMap<String, Used> {
        let mut used: BTreeMap<String, Used> = BTreeMap::new();
        let Some(seen) = self.walk().0 else { return used };
        let mut note = |profile: &str, tags: &BTreeMap<String, String>| {
            let name = profile.rsplit('/').next().unwrap_or(profile);
            let used = used.entry(name.to_owned()).or_default();
            used.clusters.extend(clusters_of(tags).into_iter().map(str::to_owned));
            used.outside_node_groups |= !tags.contains_key(KEY_OF_NODE_GROUPS);
        };
        for instance in seen.instances.value().into_iter().flatten() {
            if let Some(profile) = &instance.profile {
                note(&profile.arn, &instance.tags);
            }
        }
        for group in seen.auto_scaling_groups.value().into_iter().flatten() {
            let templates =
                group.launch_templates.iter().filter_map(|template| seen.launch_templates.get(&template.key()));
            let configuration =
                group.launch_configuration.as_ref().and_then(|name| seen.launch_configurations.get(name));
            for profile in templates.chain(configuration).filter_map(|launch| launch.value()?.profile.as_ref()) {
                note(profile, &group.tags);
            }
        }
        used
    }

    fn ask(&mut self) -> Vec<Call> {
        let wanted = self.walk().1.wanted;
        self.ledger.ask(wanted)
    }

    /// What is there, by reference: a large region has thousands of instances, and is walked through after each list.
    fn walk(&self) -> (Option<Machines<'_>>, Reading<'_>) {
        let mut reading = self.ledger.read();
        let Some(clusters) = &self.clusters else { return (None, reading) };
        let questions = keys(clusters);
        let (instances, listing) =
            joined(&mut reading, &questions, |tag_keys| Question::DescribeInstances { tag_keys }, instances_in);
        let (auto_scaling_groups, _) =
            joined(&mut reading, &questions, |tag_keys| Question::DescribeAutoScalingGroups { tag_keys }, groups_in);
        let metadata_defaults = metadata_defaults(&mut reading);
        let live = NodeGroups::with_instances(instances.value().map(Vec::as_slice).unwrap_or_default());
        let seen = || {
            auto_scaling_groups.value().into_iter().flatten().copied().filter(|group| live.leave_open(group, listing))
        };
        let templates: BTreeMap<String, &LaunchTemplate> =
            seen().flat_map(|group| &group.launch_templates).map(|template| (template.key(), template)).collect();
        let launch_templates = templates
            .into_iter()
            .map(|(key, template)| {
                let launch = launch(&mut reading, &version_of(template));
                (key, launch)
            })
            .collect();
        let configurations: BTreeSet<&String> =
            seen().filter_map(|group| group.launch_configuration.as_ref()).collect();
        let launch_configurations = configurations
            .into_iter()
            .map(|name| {
                let launch = launch(&mut reading, &Question::DescribeLaunchConfiguration { name: name.clone() });
                (name.clone(), launch)
            })
            .collect();
        let machines =
            Machines { instances, auto_scaling_groups, launch_templates, launch_configurations, metadata_defaults };
        (Some(machines), reading)
    }
}

/// The tag keys that tell of the machines of these clusters, so many at a time as a filter takes.
fn keys(clusters: &BTreeSet<String>) -> Vec<Vec<String>> {
    let of_one = clusters.iter().flat_map(|name| KEYS_OF_A_CLUSTER.iter().map(move |start| format!("{start}{name}")));
    let all: Vec<String> =
        KEYS_WITH_A_CLUSTER.into_iter().chain([KEY_OF_KARPENTER]).map(str::to_owned).chain(of_one).collect();
    all.chunks(MAX_FILTER_VALUES).map(<[String]>::to_vec).collect()
}

/// The managed node groups that have live instances, as cluster and name.
struct NodeGroups<'a>(BTreeSet<(&'a str, &'a str)>);

impl<'a> NodeGroups<'a> {
    fn with_instances(instances: &[&'a Instance]) -> Self {
        Self(instances.iter().copied().filter_map(|instance| node_group_of(&instance.tags)).collect())
    }

    /// Whether what the group launches from is asked for. Not where EKS made the group and its instances tell what they
    /// were launched with: the template there is EKS's own copy, which nobody changes, and a call for each node group is
    /// saved. While instances are being listed this is not known.
    fn leave_open(&self, group: &AutoScalingGroup, listing: bool) -> bool {
        node_group_of(&group.tags).is_none_or(|node_group| !listing && !self.0.contains(&node_group))
    }
}

/// The managed node group that EKS's tags name: cluster and name.
fn node_group_of(tags: &BTreeMap<String, String>) -> Option<(&str, &str)> {
    Some((tags.get("eks:cluster-name")?, tags.get(KEY_OF_NODE_GROUPS)?))
}

/// A list that was asked for in several questions, each thing once and in order; missing where one of them is. Says whether
/// something of it is still to come.
fn joined<'a, T>(
    reading: &mut Reading<'a>,
    keys: &[Vec<String>],
    question: impl Fn(Vec<String>) -> Question,
    pick: impl Fn(&'a Reply) -> Vec<(&'a str, &'a T)>,
) -> (Known<Vec<&'a T>>, bool) {
    let mut all = BTreeMap::new();
    let (mut missing, mut pending) = (None, false);
    for tag_keys in keys {
        let answer = reading.ask(question(tag_keys.clone()));
        all.extend(answer.reply.map(&pick).unwrap_or_default());
        pending |= answer.pending;
        missing = missing.or(answer.gap);
    }
    (missing.map_or_else(|| Known::Value(all.into_values().collect()), Known::Missing), pending)
}

fn owned<T: Clone>(things: Vec<&T>) -> Vec<T> {
    things.into_iter().cloned().collect()
}

fn instances_in(reply: &Reply) -> Vec<(&str, &Instance)> {
    let Reply::Instances { instances, .. } = reply else { return Vec::new() };
    instances.iter().map(|instance| (instance.id.as_str(), instance)).collect()
}

fn groups_in(reply: &Reply) -> Vec<(&str, &AutoScalingGroup)> {
    let Reply::AutoScalingGroups { groups, .. } = reply else { return Vec::new() };
    groups.iter().map(|group| (group.name.as_str(), group)).collect()
}

fn metadata_defaults(reading: &mut Reading<'_>) -> Known<MetadataOptions> {
    let answer = reading.ask(Question::GetInstanceMetadataDefaults);
    match (answer.reply, answer.gap) {
        (_, Some(gap)) => Known::Missing(gap),
        (Some(Reply::MetadataDefaults(options)), None) => Known::Value(options.clone()),
        (_, None) => Known::Value(MetadataOptions::default()),
    }
}

/// What machines are launched from. One that does not exist is missing too, but that is no failure of the call.
fn launch(reading: &mut Reading<'_>, question: &Question) -> Known<Launch> {
    let answer = reading.ask_for(question.clone());
    match (answer.reply, answer.gap) {
        (Some(Reply::Launch(launch)), None) => Known::Value(launch.clone()),
        (_, Some(gap)) => Known::Missing(gap),
        (_, None) => Known::Missing(reading.place().not_reached(question)),
    }
}

fn version_of(template: &LaunchTemplate) -> Question {
    Question::DescribeLaunchTemplateVersion {
        template: template.id.clone().or_else(|| template.name.clone()).unwrap_or_default(),
        version: template.version.clone().unwrap_or_else(|| "$Default".to_owned()),
    }
}
