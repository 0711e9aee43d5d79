//! An AWS in memory that holds the sample: the planner, asking it, must come back with the sample.
#![expect(clippy::wildcard_enum_match_arm, reason = "what is not asked of the sample is one answer: unexpected")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::collect::call::{AssociationSummary, Call, Question, Reply};
use crate::collect::planner::{Planner, RunFacts};
use crate::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use crate::failure::{Failure, FailureClass};
use crate::ids::RoleArn;
use crate::inventory::{
    Access, Account, Addon, Cluster, Compute, InlinePolicy, Inventory, PolicyVersion, ProfileContent, ProfileRecord,
    Role, RoleRecord,
};
use crate::known::{Gap, Known};

/// The account that runs the audit: no role is assumed there.
const OWN: &str = "222233334444";

/// Calls are made in the order in which they are handed out; no run over the sample takes more.
const CALLS_AT_MOST: usize = 2_000;

type Answer = Result<Reply, Failure>;

fn failed(gap: &Gap) -> Failure {
    assert_ne!(
        gap.class,
        FailureClass::NotAsked,
        "the sample says that nobody asks for {} on {}",
        gap.api,
        gap.resource
    );
    Failure { class: gap.class, code: gap.error.clone(), message: gap.message.clone() }
}

fn gone(code: &str) -> Failure {
    Failure { class: FailureClass::Gone, code: code.to_owned(), message: "it does not exist".to_owned() }
}

/// Not a question that the sample's run asks; the comparison then shows it as a gap.
fn unexpected(question: &Question) -> Failure {
    Failure { class: FailureClass::Other, code: "Unexpected".to_owned(), message: format!("{question:?}") }
}

fn known<T: Clone>(fact: &Known<T>, reply: impl FnOnce(T) -> Reply) -> Answer {
    fact.as_result().cloned().map(reply).map_err(failed)
}

fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> Reply {
    Reply::Names { names: names.into_iter().cloned().collect(), next: None }
}

fn entry_of(account: &Account) -> Entry {
    match &account.access {
        Access::Inactive(state) => Entry::Inactive(state.clone()),
        Access::Entered if account.id.as_str() == OWN => Entry::Own,
        Access::Entered | Access::Refused(_) => Entry::Assume,
    }
}

/// They come to the planner with the accounts.
fn service_control_of(account: &Account) -> ServiceControl {
    let level = |level: &Vec<InlinePolicy>| level.iter().cloned().map(Arc::new).collect();
    let levels = account.service_control_policies.as_ref();
    levels.map_or(ServiceControl::LeftOut, |levels| ServiceControl::Levels(levels.iter().map(level).collect()))
}

fn scope_of(sample: &Inventory) -> Scope {
    let accounts = sample.accounts.iter().map(|account| AccountScope {
        id: account.id.clone(),
        name: account.name.clone(),
        organization_path: account.organization_path.clone(),
        entry: entry_of(account),
        service_control: service_control_of(account),
    });
    Scope {
        partition: sample.partition,
        organization_id: sample.organization_id.clone(),
        accounts: accounts.collect(),
        regions: ["ap-southeast-2", "eu-west-1", "us-east-1"].map(|region| region.parse().unwrap()).to_vec(),
        compute_everywhere: false,
        target: None,
    }
}

fn answer(sample: &Inventory, call: &Call) -> Answer {
    let account = sample.accounts.iter().find(|account| account.id == call.account).unwrap();
    match (&call.question, &call.region) {
        (Question::AssumeRole, _) => match &account.access {
            Access::Refused(gap) => Err(failed(gap)),
            Access::Entered | Access::Inactive(_) => Ok(Reply::Done),
        },
        (question @ Question::ListRegions, _) => Err(unexpected(question)),
        (Question::GetAccountAuthorizationDetails, _) => authorization(sample, account),
        (Question::GetPolicy { policy }, _) => {
            known(sample.policies.get(policy).expect("the sample holds every policy that is needed"), |version| {
                Reply::DefaultVersion(version.version_id)
            })
        }
        (Question::GetPolicyVersion { policy, .. }, _) => known(&sample.policies[policy], Reply::PolicyVersion),
        (Question::GetInstanceProfile { profile }, _) => match &account.instance_profiles[profile] {
            ProfileRecord::Found(content) => Ok(Reply::InstanceProfile(content.clone())),
            ProfileRecord::NoSuchProfile => Err(gone("NoSuchEntity")),
            ProfileRecord::Missing(gap) => Err(failed(gap)),
        },
        (question, Some(region)) if question.is_about_machines() => {
            let facts = account.regions.iter().find(|facts| facts.name == *region).unwrap();
            about_machines(facts.compute.as_ref().expect("the sample says that nobody asks EC2 here"), question)
        }
        (question, None) => about_role(account, question),
        (question, Some(region)) => {
            let clusters = &account.regions.iter().find(|facts| facts.name == *region).unwrap().clusters;
            match question {
                Question::ListClusters => clusters
                    .as_result()
                    .map(|clusters| names(clusters.iter().map(|cluster| &cluster.name)))
                    .map_err(failed),
                _ => about_cluster(clusters.value().unwrap(), question),
            }
        }
    }
}

fn authorization(sample: &Inventory, account: &Account) -> Answer {
    account.role_list.as_result().map_err(failed)?;
    let roles = account.roles.values().filter_map(|record| match record {
        RoleRecord::Found(role) => Some(role.as_ref().clone()),
        RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
    });
    let roles = roles.chain(account.instance_profiles.values().filter_map(|record| of_no_concern(account, record)));
    let roles = roles.chain(of_fargate(account));
    let own = format!(":iam::{}:policy/", account.id);
    let policies: BTreeMap<String, PolicyVersion> = sample
        .policies
        .iter()
        .filter(|(arn, _)| arn.contains(&own))
        .map(|(arn, version)| (arn.clone(), version.value().unwrap().clone()))
        .collect();
    Ok(Reply::Authorization { roles: roles.collect(), policies, next: None })
}

/// A role that is in the account, and in the profile of machines, and no node role: the sample does not keep it.
fn of_no_concern(account: &Account, record: &ProfileRecord) -> Option<Role> {
    let ProfileRecord::Found(ProfileContent { profile, role: Some(arn) }) = record else { return None };
    let arn: RoleArn = arn.parse().unwrap();
    if account.roles.contains_key(arn.name()) {
        return None;
    }
    Some(Role { instance_profiles: Known::Value(vec![profile.clone()]), ..bare(arn, "ec2.amazonaws.com") })
}

/// The pod execution roles, which are in the account and have access entries that nobody describes.
fn of_fargate(account: &Account) -> impl Iterator<Item = Role> + '_ {
    let clusters = account.clusters().map(|(_, cluster)| cluster);
    let profiles = clusters.flat_map(|cluster| cluster.fargate_profiles.value().into_iter().flatten());
    let arns: BTreeSet<&str> =
        profiles.filter_map(|(_, profile)| Some(profile.value()?.pod_execution_role.as_str())).collect();
    let roles = arns.into_iter().map(|arn| arn.parse::<RoleArn>().unwrap());
    let unkept = roles.filter(|arn| *arn.account() == account.id && !account.roles.contains_key(arn.name()));
    unkept.map(|arn| bare(arn, "eks-fargate-pods.amazonaws.com"))
}

/// A role that the service may assume, and nothing on it.
fn bare(arn: RoleArn, service: &str) -> Role {
    Role {
        arn,
        id: "AROAOFNOCONCERN".to_owned(),
        created_at: None,
        trust: format!(
            r#"{{"Statement":{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}}}"#
        ),
        attached: Known::Value(Vec::new()),
        inline: Known::Value(Vec::new()),
        boundary: None,
        tags: BTreeMap::new(),
        instance_profiles: Known::Value(Vec::new()),
        last_used_at: None,
    }
}

fn about_role(account: &Account, question: &Question) -> Answer {
    let (Question::GetRole { role }
    | Question::ListAttachedRolePolicies { role }
    | Question::ListRolePolicies { role }
    | Question::GetRolePolicy { role, .. }
    | Question::ListInstanceProfilesForRole { role }) = question
    else {
        return Err(unexpected(question));
    };
    let record = account.role(role).expect("the sample holds every role that is asked for");
    let found = match record {
        RoleRecord::Found(found) => found,
        RoleRecord::NoSuchRole => return Err(gone("NoSuchEntity")),
        RoleRecord::Missing(gap) => return Err(failed(gap)),
    };
    let inline = found.inline.value().unwrap();
    let name_of = |policy: &Known<InlinePolicy>| match policy {
        Known::Value(policy) => policy.name.clone(),
        Known::Missing(gap) => gap.resource.rsplit(' ').next().unwrap().to_owned(),
    };
    match question {
        Question::ListAttachedRolePolicies { .. } => {
            known(&found.attached, |policies| Reply::AttachedPolicies { policies, next: None })
        }
        Question::ListRolePolicies { .. } => {
            Ok(Reply::Names { names: inline.iter().map(name_of).collect(), next: None })
        }
        Question::GetRolePolicy { policy, .. } => {
            known(inline.iter().find(|known| name_of(known) == *policy).unwrap(), Reply::InlinePolicy)
        }
        Question::ListInstanceProfilesForRole { .. } => {
            known(&found.instance_profiles, |profiles| Reply::InstanceProfiles { profiles, next: None })
        }
        _ => {
            let nothing = || Known::Value(Vec::new());
            let bare = Role { attached: nothing(), inline: Known::Value(Vec::new()), ..found.as_ref().clone() };
            Ok(Reply::Role(Box::new(Role { instance_profiles: Known::Value(Vec::new()), ..bare })))
        }
    }
}

fn addon(fact: &Known<Option<Addon>>) -> Answer {
    match fact.as_result().map_err(failed)? {
        Some(addon) => Ok(Reply::Addon(addon.clone())),
        None => Err(gone("ResourceNotFoundException")),
    }
}

fn about_cluster(clusters: &[Cluster], question: &Question) -> Answer {
    let of = |name: &str| clusters.iter().find(|cluster| cluster.name == name).unwrap();
    match question {
        Question::DescribeCluster { cluster } => known(&of(cluster).detail, |detail| Reply::Cluster(Box::new(detail))),
        Question::ListNodegroups { cluster } => Ok(names(of(cluster).node_groups.value().unwrap().keys())),
        Question::DescribeNodegroup { cluster, node_group } => {
            let groups = of(cluster).node_groups.value().unwrap();
            known(&groups[node_group], |group| Reply::NodeGroup(Box::new(group)))
        }
        Question::ListFargateProfiles { cluster } => Ok(names(of(cluster).fargate_profiles.value().unwrap().keys())),
        Question::DescribeFargateProfile { cluster, profile } => {
            known(&of(cluster).fargate_profiles.value().unwrap()[profile], Reply::FargateProfile)
        }
        Question::ListAccessEntries { cluster } => {
            let entries = of(cluster).access_entries.value().unwrap();
            Ok(names(entries.iter().map(|entry| &entry.principal_arn)))
        }
        Question::ListClusterAdmins { cluster } => {
            let admins = of(cluster).cluster_admins.as_ref();
            Ok(names(admins.expect("the sample says that nobody asks for the administrators").value().unwrap()))
        }
        Question::DescribeAccessEntry { cluster, principal } => {
            let entries = of(cluster).access_entries.value().unwrap();
            let entry = entries.iter().find(|entry| entry.principal_arn == *principal).unwrap();
            known(entry.detail.as_ref().expect("the sample says that nobody describes the entry"), Reply::AccessEntry)
        }
        Question::ListAssociatedAccessPolicies { cluster, principal } => {
            let entries = of(cluster).access_entries.value().unwrap();
            let entry = entries.iter().find(|entry| entry.principal_arn == *principal).unwrap();
            let detail = entry.detail.as_ref().unwrap().value().unwrap();
            let policies = detail.access_policies.as_ref().expect("the sample says that nobody asks for the policies");
            Ok(names(policies.value().unwrap()))
        }
        Question::DescribeAddon { cluster, addon: name } if name == "vpc-cni" => addon(&of(cluster).vpc_cni),
        Question::DescribeAddon { cluster, .. } => addon(&of(cluster).pod_identity_agent),
        Question::ListPodIdentityAssociations { cluster } => Ok(associations(of(cluster))),
        Question::DescribePodIdentityAssociation { cluster, .. } => {
            known(&of(cluster).aws_node_association, |association| Reply::Association(association.unwrap()))
        }
        _ => Err(unexpected(question)),
    }
}

fn about_machines(compute: &Compute, question: &Question) -> Answer {
    match question {
        Question::DescribeInstances { .. } => {
            known(&compute.instances, |instances| Reply::Instances { instances, next: None })
        }
        Question::DescribeAutoScalingGroups { .. } => {
            known(&compute.auto_scaling_groups, |groups| Reply::AutoScalingGroups { groups, next: None })
        }
        Question::GetInstanceMetadataDefaults => known(&compute.metadata_defaults, Reply::MetadataDefaults),
        Question::DescribeLaunchTemplateVersion { template, version } => {
            known(&compute.launch_templates[&format!("{template}:{version}")], Reply::Launch)
        }
        Question::DescribeLaunchConfiguration { name } => known(&compute.launch_configurations[name], Reply::Launch),
        _ => Err(unexpected(question)),
    }
}

fn associations(cluster: &Cluster) -> Reply {
    let aws_node = cluster.aws_node_association.value().unwrap().as_ref();
    let count = *cluster.pod_identity_associations.value().unwrap();
    let others = (aws_node.iter().len() as u64..count).map(|number| AssociationSummary {
        id: format!("a-{number}"),
        namespace: "apps".to_owned(),
        service_account: format!("app-{number}"),
    });
    let own = aws_node.map(|association| AssociationSummary {
        id: association.arn.rsplit('/').next().unwrap().to_owned(),
        namespace: "kube-system".to_owned(),
        service_account: "aws-node".to_owned(),
    });
    Reply::Associations { associations: own.into_iter().chain(others).collect(), next: None }
}

#[test]
fn a_run_over_such_an_organization_would_have_read_the_sample_with_these_calls() {
    let mut sample = super::sample();
    let mut planner = Planner::new(scope_of(&sample));
    let mut calls = VecDeque::from(planner.next());
    for _ in 0..CALLS_AT_MOST {
        let Some(call) = calls.pop_front() else { break };
        let reply = answer(&sample, &call);
        planner.answer(call, reply);
        calls.extend(planner.next());
    }
    assert!(calls.is_empty(), "the run did not end");
    let read = planner.finish(RunFacts {
        run_id: sample.run_id.clone(),
        started_at: sample.started_at,
        finished_at: sample.finished_at,
        ..RunFacts::default()
    });
    // What was throttled is the driver's to count.
    (sample.throttled, sample.retries, sample.throttles) = Default::default();
    sample.tool_version.clone_from(&read.tool_version);
    assert_eq!(read.api_calls, sample.api_calls);
    for (read, wanted) in read.accounts.iter().zip(&sample.accounts) {
        assert_eq!(read.roles, wanted.roles, "account {}", wanted.id);
        assert_eq!(read.instance_profiles, wanted.instance_profiles, "account {}", wanted.id);
        assert_eq!(read.regions, wanted.regions, "account {}", wanted.id);
        assert_eq!(read, wanted, "account {}", wanted.id);
    }
    assert_eq!(read, sample);
}
