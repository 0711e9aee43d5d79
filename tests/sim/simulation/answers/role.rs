//! What IAM knows of an account: its roles, policies and instance profiles.

use std::collections::{BTreeMap, BTreeSet};

use noderole::collect::call::{Question, Reply};
use noderole::failure::Failure;
use noderole::ids::RoleArn;
use noderole::inventory::{Account, InlinePolicy, PolicyVersion, ProfileContent, ProfileRecord, Role, RoleRecord};
use noderole::known::Known;

use super::{Answer, failed, gone, names, read, unheard_of};
use crate::simulation::world::World;

/// The answer to a question about the account's IAM.
pub(super) fn answer(world: &World, account: &Account, question: &Question, page: Option<&str>) -> Answer {
    match question {
        Question::GetAccountAuthorizationDetails => authorization(world, account, page),
        Question::GetPolicy { policy } => {
            let found = world.policies.get(policy).ok_or_else(|| gone(question))?;
            Ok(Reply::DefaultVersion(read(found)?.version_id.clone()))
        }
        Question::GetPolicyVersion { policy, .. } => {
            let found = world.policies.get(policy).ok_or_else(|| gone(question))?;
            Ok(Reply::PolicyVersion(read(found)?.clone()))
        }
        Question::GetInstanceProfile { profile } => {
            let held = || {
                let roles = roles(account).into_iter();
                roles
                    .flat_map(|role| profiles_of(&role))
                    .find(|held| held.profile.arn.ends_with(&format!("/{profile}")))
            };
            match account.instance_profiles.get(profile) {
                Some(ProfileRecord::Found(content)) => Ok(Reply::InstanceProfile(content.clone())),
                Some(ProfileRecord::Missing(gap)) => Err(failed(gap)),
                Some(ProfileRecord::NoSuchProfile) => Err(gone(question)),
                None => held().map(Reply::InstanceProfile).ok_or_else(|| gone(question)),
            }
        }
        _ => about_role(world, account, question, page),
    }
}

fn profiles_of(role: &Role) -> Vec<ProfileContent> {
    let profiles = role.instance_profiles.value().into_iter().flatten();
    profiles.map(|profile| ProfileContent { profile: profile.clone(), role: Some(role.arn.to_string()) }).collect()
}

fn authorization(world: &World, account: &Account, page: Option<&str>) -> Answer {
    // Where nobody asked for the list, there is one all the same.
    super::asked(&account.role_list)?;
    let own = format!(":iam::{}:policy/", account.id);
    let (roles, next) = world.slice(roles(account), page);
    let policies: BTreeMap<String, PolicyVersion> = world
        .policies
        .iter()
        .filter(|(arn, _)| next.is_none() && arn.contains(&own))
        .filter_map(|(arn, version)| Some((arn.clone(), version.value()?.clone())))
        .collect();
    Ok(Reply::Authorization { roles, policies, next })
}

/// Every role of the account: those that the inventory keeps, and those that it keeps only the names of.
fn roles(account: &Account) -> Vec<Role> {
    let kept = account.roles.values().filter_map(|record| match record {
        RoleRecord::Found(role) => Some(role.as_ref().clone()),
        RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
    });
    let of_machines = account.instance_profiles.values().filter_map(|record| of_no_concern(account, record));
    kept.chain(of_machines).chain(of_fargate(account)).collect()
}

/// A role that is in the profile of machines and is no node role.
fn of_no_concern(account: &Account, record: &ProfileRecord) -> Option<Role> {
    let ProfileRecord::Found(ProfileContent { profile, role: Some(arn) }) = record else { return None };
    let arn: RoleArn = arn.parse().ok()?;
    if account.roles.contains_key(arn.name()) {
        return None;
    }
    Some(Role { instance_profiles: Known::Value(vec![profile.clone()]), ..bare(arn, "ec2.amazonaws.com") })
}

/// The pod execution roles.
fn of_fargate(account: &Account) -> Vec<Role> {
    let clusters = account.clusters().map(|(_, cluster)| cluster);
    let profiles = clusters.flat_map(|cluster| cluster.fargate_profiles.value().into_iter().flatten());
    let arns: BTreeSet<&str> =
        profiles.filter_map(|(_, profile)| Some(profile.value()?.pod_execution_role.as_str())).collect();
    let roles = arns.into_iter().filter_map(|arn| arn.parse::<RoleArn>().ok());
    let unkept = roles.filter(|arn| *arn.account() == account.id && !account.roles.contains_key(arn.name()));
    unkept.map(|arn| bare(arn, "eks-fargate-pods.amazonaws.com")).collect()
}

/// A role that the service may assume, and nothing on it.
fn bare(arn: RoleArn, service: &str) -> Role {
    Role {
        arn,
        id: "AROAOFNOCONCERN".to_owned(),
        created_at: Some("2024-01-01T00:00:00Z".parse().unwrap()),
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

/// The role of that name.
fn role(account: &Account, question: &Question) -> Result<Role, Failure> {
    let name = question.role().ok_or_else(|| unheard_of(question))?;
    match account.role(name) {
        Some(RoleRecord::Found(role)) => Ok(role.as_ref().clone()),
        Some(RoleRecord::Missing(gap)) => Err(failed(gap)),
        Some(RoleRecord::NoSuchRole) => Err(gone(question)),
        None => roles(account).into_iter().find(|role| role.arn.name() == name).ok_or_else(|| gone(question)),
    }
}

fn about_role(world: &World, account: &Account, question: &Question, page: Option<&str>) -> Answer {
    let role = role(account, question)?;
    let name_of = |policy: &Known<InlinePolicy>| match policy {
        Known::Value(policy) => policy.name.clone(),
        // The gap of a document names the role and the policy.
        Known::Missing(gap) => gap.resource.rsplit(' ').next().unwrap_or_default().to_owned(),
    };
    match question {
        Question::GetRole { .. } => Ok(Reply::Role(Box::new(Role {
            attached: Known::Value(Vec::new()),
            inline: Known::Value(Vec::new()),
            instance_profiles: Known::Value(Vec::new()),
            ..role
        }))),
        Question::ListAttachedRolePolicies { .. } => {
            let (policies, next) = world.slice(read(&role.attached)?.iter().cloned(), page);
            Ok(Reply::AttachedPolicies { policies, next })
        }
        Question::ListRolePolicies { .. } => Ok(names(world, read(&role.inline)?.iter().map(name_of), page)),
        Question::GetRolePolicy { policy, .. } => {
            let found = read(&role.inline)?.iter().find(|known| name_of(known) == *policy);
            Ok(Reply::InlinePolicy(read(found.ok_or_else(|| gone(question))?)?.clone()))
        }
        Question::ListInstanceProfilesForRole { .. } => {
            let (profiles, next) = world.slice(read(&role.instance_profiles)?.iter().cloned(), page);
            Ok(Reply::InstanceProfiles { profiles, next })
        }
        _ => Err(unheard_of(question)),
    }
}
