//! What AWS knows: a call in, a reply out, read off the facts of an inventory. What the inventory says could not be read
//! fails here as it did there; what it says nothing of, for nobody asked, is as usual as can be.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what the simulation does not know is one answer: a failure that shows"
)]

mod cluster;
mod role;

use noderole::collect::call::{Call, Question, Reply};
use noderole::failure::{Failure, FailureClass};
use noderole::inventory::{Access, Account, Compute, MetadataOptions};
use noderole::known::{Gap, Known};

use super::world::World;

/// A reply, or why there is none.
pub(crate) type Answer = Result<Reply, Failure>;

/// The answer to a call in the account with these facts.
pub(crate) fn answer(world: &World, account: &Account, call: &Call) -> Answer {
    let page = call.page.as_deref();
    match (&call.question, &call.region) {
        (Question::AssumeRole, _) => match &account.access {
            Access::Refused(gap) => Err(failed(gap)),
            Access::Entered | Access::Inactive(_) => Ok(Reply::Done),
        },
        (Question::ListRegions, _) => {
            // A list that could not be read is known by what says so.
            if account.regions.is_empty()
                && let Some(gap) = account.gaps.iter().find(|gap| gap.api == "account:ListRegions")
            {
                return Err(failed(gap));
            }
            Ok(names(world, account.regions.iter().map(|region| region.name.to_string()), page))
        }
        (question, None) => role::answer(world, account, question, page),
        (question, Some(region)) => {
            let Some(facts) = account.regions.iter().find(|facts| facts.name == *region) else {
                return Err(failure(FailureClass::NotEnabled, "UnrecognizedClientException"));
            };
            if question.is_about_machines() {
                return about_machines(world, facts.compute.as_ref(), question, page);
            }
            let clusters = match &facts.clusters {
                Known::Value(clusters) => clusters,
                Known::Missing(gap) => return Err(failed(gap)),
            };
            match question {
                Question::ListClusters => Ok(names(world, clusters.iter().map(|cluster| cluster.name.clone()), page)),
                _ => cluster::answer(world, clusters, question, page),
            }
        }
    }
}

fn about_machines(world: &World, compute: Option<&Compute>, question: &Question, page: Option<&str>) -> Answer {
    let Some(compute) = compute else {
        return Ok(match question {
            Question::DescribeInstances { .. } => Reply::Instances { instances: Vec::new(), next: None },
            Question::DescribeAutoScalingGroups { .. } => Reply::AutoScalingGroups { groups: Vec::new(), next: None },
            Question::GetInstanceMetadataDefaults => Reply::MetadataDefaults(MetadataOptions::default()),
            _ => return Err(gone(question)),
        });
    };
    let tagged = |tags: &std::collections::BTreeMap<String, String>, keys: &[String]| {
        keys.iter().any(|key| match key.strip_suffix('*') {
            Some(beginning) => tags.keys().any(|tag| tag.starts_with(beginning)),
            None => tags.contains_key(key),
        })
    };
    match question {
        Question::DescribeInstances { tag_keys } => {
            let instances = read(&compute.instances)?;
            let (instances, next) = world.slice(instances.iter().filter(|one| tagged(&one.tags, tag_keys)), page);
            Ok(Reply::Instances { instances: instances.into_iter().cloned().collect(), next })
        }
        Question::DescribeAutoScalingGroups { tag_keys } => {
            let groups = read(&compute.auto_scaling_groups)?;
            let (groups, next) = world.slice(groups.iter().filter(|one| tagged(&one.tags, tag_keys)), page);
            Ok(Reply::AutoScalingGroups { groups: groups.into_iter().cloned().collect(), next })
        }
        Question::GetInstanceMetadataDefaults => Ok(Reply::MetadataDefaults(read(&compute.metadata_defaults)?.clone())),
        Question::DescribeLaunchTemplateVersion { template, version } => {
            let found = compute.launch_templates.get(&format!("{template}:{version}"));
            Ok(Reply::Launch(read(found.ok_or_else(|| gone(question))?)?.clone()))
        }
        Question::DescribeLaunchConfiguration { name } => {
            let found = compute.launch_configurations.get(name);
            Ok(Reply::Launch(read(found.ok_or_else(|| gone(question))?)?.clone()))
        }
        _ => Err(unheard_of(question)),
    }
}

fn names(world: &World, all: impl IntoIterator<Item = String>, page: Option<&str>) -> Reply {
    let (names, next) = world.slice(all, page);
    Reply::Names { names, next }
}

/// The fact, or the failure that kept it from being read.
fn read<T>(fact: &Known<T>) -> Result<&T, Failure> {
    fact.as_result().map_err(failed)
}

/// As [`read`]; none where nobody asked.
fn asked<T>(fact: &Known<T>) -> Result<Option<&T>, Failure> {
    match fact {
        Known::Value(value) => Ok(Some(value)),
        Known::Missing(gap) if gap.class == FailureClass::NotAsked => Ok(None),
        Known::Missing(gap) => Err(failed(gap)),
    }
}

/// The failure that left a gap.
fn failed(gap: &Gap) -> Failure {
    Failure { class: gap.class, code: gap.error.clone(), message: gap.message.clone() }
}

/// The thing is not there.
pub(crate) fn gone(question: &Question) -> Failure {
    let code = match question {
        Question::DescribeLaunchTemplateVersion { version, .. } if version.parse::<u64>().is_ok() => {
            "InvalidLaunchTemplateId.VersionNotFound"
        }
        Question::DescribeLaunchTemplateVersion { template, .. } if template.starts_with("lt-") => {
            "InvalidLaunchTemplateId.NotFound"
        }
        Question::DescribeLaunchTemplateVersion { .. } => "InvalidLaunchTemplateName.NotFoundException",
        question if question.api().starts_with("iam:") => "NoSuchEntity",
        _ => "ResourceNotFoundException",
    };
    failure(FailureClass::Gone, code)
}

/// Nobody has heard of such a question; no run may end in it.
fn unheard_of(question: &Question) -> Failure {
    Failure { class: FailureClass::Other, code: "UnheardOf".to_owned(), message: format!("{question:?}") }
}

fn failure(class: FailureClass, code: &str) -> Failure {
    Failure { class, code: code.to_owned(), message: format!("the message of {code}") }
}
