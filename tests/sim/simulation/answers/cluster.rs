//! What EKS knows of a cluster.

use noderole::collect::call::{AssociationSummary, Question, Reply};
use noderole::inventory::{AccessEntry, AccessEntryType, Addon, Cluster, UNLISTED};
use noderole::known::Known;

use super::{Answer, asked, gone, names, read, unheard_of};
use crate::simulation::world::World;

/// The answer to a question about one of the clusters of a region.
pub(super) fn answer(world: &World, clusters: &[Cluster], question: &Question, page: Option<&str>) -> Answer {
    let named = clusters.iter().find(|cluster| Some(cluster.name.as_str()) == question.cluster());
    let cluster = named.ok_or_else(|| gone(question))?;
    let listed = |keys: &mut dyn Iterator<Item = &String>| {
        Ok(names(world, keys.filter(|name| *name != UNLISTED).cloned().collect::<Vec<_>>(), page))
    };
    match question {
        Question::DescribeCluster { .. } => Ok(Reply::Cluster(Box::new(read(&cluster.detail)?.clone()))),
        Question::ListNodegroups { .. } => listed(&mut read(&cluster.node_groups)?.keys()),
        Question::DescribeNodegroup { node_group, .. } => {
            let found = read(&cluster.node_groups)?.get(node_group).ok_or_else(|| gone(question))?;
            Ok(Reply::NodeGroup(Box::new(read(found)?.clone())))
        }
        Question::ListFargateProfiles { .. } => listed(&mut read(&cluster.fargate_profiles)?.keys()),
        Question::DescribeFargateProfile { profile, .. } => {
            let found = read(&cluster.fargate_profiles)?.get(profile).ok_or_else(|| gone(question))?;
            Ok(Reply::FargateProfile(read(found)?.clone()))
        }
        Question::ListAccessEntries { .. } => {
            listed(&mut read(&cluster.access_entries)?.iter().map(|entry| &entry.principal_arn))
        }
        Question::ListClusterAdmins { .. } => match &cluster.cluster_admins {
            Some(admins) => listed(&mut read(admins)?.iter()),
            None => listed(&mut std::iter::empty()),
        },
        Question::DescribeAccessEntry { principal, .. } => {
            Ok(Reply::AccessEntry(described(cluster, question, principal)?))
        }
        Question::ListAssociatedAccessPolicies { principal, .. } => {
            let entry = described(cluster, question, principal)?;
            let policies = entry.access_policies.unwrap_or(Known::Value(Vec::new()));
            listed(&mut read(&policies)?.iter())
        }
        Question::DescribeAddon { addon: name, .. } if name == "vpc-cni" => addon(&cluster.vpc_cni, question),
        Question::DescribeAddon { .. } => addon(&cluster.pod_identity_agent, question),
        Question::ListPodIdentityAssociations { .. } => {
            let (associations, next) = world.slice(associations(cluster, question)?, page);
            Ok(Reply::Associations { associations, next })
        }
        Question::DescribePodIdentityAssociation { .. } => {
            let found = asked(&cluster.aws_node_association)?.and_then(Option::as_ref);
            Ok(Reply::Association(found.ok_or_else(|| gone(question))?.clone()))
        }
        _ => Err(unheard_of(question)),
    }
}

/// The entry of a principal; one that nobody described is of the usual kind for people.
fn described(
    cluster: &Cluster,
    question: &Question,
    principal: &str,
) -> Result<AccessEntryType, noderole::failure::Failure> {
    let found = read(&cluster.access_entries)?.iter().find(|entry| entry.principal_arn == principal);
    let AccessEntry { detail, .. } = found.ok_or_else(|| gone(question))?;
    match detail {
        Some(detail) => Ok(read(detail)?.clone()),
        None => Ok(AccessEntryType { kind: "STANDARD".to_owned(), created_at: None, access_policies: None }),
    }
}

fn addon(fact: &Known<Option<Addon>>, question: &Question) -> Answer {
    let found = asked(fact)?.and_then(Option::as_ref);
    Ok(Reply::Addon(found.ok_or_else(|| gone(question))?.clone()))
}

/// The associations: that of aws-node, and others as many as there are.
fn associations(cluster: &Cluster, question: &Question) -> Result<Vec<AssociationSummary>, noderole::failure::Failure> {
    let count = *read(&cluster.pod_identity_associations)?;
    let aws_node = match &cluster.aws_node_association {
        Known::Value(association) => {
            association.as_ref().map(|association| association.arn.rsplit('/').next().unwrap_or_default().to_owned())
        }
        // It is listed, and cannot be described.
        Known::Missing(gap) if gap.api == "eks:DescribePodIdentityAssociation" => Some("a-unread".to_owned()),
        Known::Missing(gap) if gap.class == noderole::failure::FailureClass::NotAsked => None,
        Known::Missing(_) => return Err(unheard_of(question)),
    };
    let summary = |id: String, namespace: &str, service_account: &str| AssociationSummary {
        id,
        namespace: namespace.to_owned(),
        service_account: service_account.to_owned(),
    };
    let others = aws_node.iter().len() as u64..count;
    let others = others.map(|n| summary(format!("a-{n}"), "apps", &format!("app-{n}")));
    Ok(aws_node.iter().map(|id| summary(id.clone(), "kube-system", "aws-node")).chain(others).collect())
}
