//! An organization in memory that answers calls as AWS would, in pages.

use std::collections::BTreeMap;

use crate::collect::call::{AssociationSummary, Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::inventory::{
    AccessEntryType, Addon, AuthenticationMode, AutoScalingGroup, ClusterDetail, FargateProfile, Instance, IpFamily,
    Launch, ManagedPolicyRef, MetadataOptions, NodeGroup, PodIdentityAssociation, PolicyVersion, ProfileContent, Role,
};
use crate::known::Known;

/// The accounts, and how many things come in a page.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) accounts: BTreeMap<String, AccountWorld>,
    pub(super) page: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct AccountWorld {
    pub(super) regions: BTreeMap<String, BTreeMap<String, ClusterWorld>>,
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) policies: BTreeMap<String, PolicyVersion>,
    /// Machines by region.
    pub(super) machines: BTreeMap<String, MachinesWorld>,
    /// Instance profiles by name, for those who ask for one.
    pub(super) profiles: BTreeMap<String, ProfileContent>,
}

impl AccountWorld {
    /// The instance profile of that name that a role is in.
    fn held(&self, name: &str) -> Option<ProfileContent> {
        self.roles.values().find_map(|role| {
            let mut profiles = role.instance_profiles.value()?.iter();
            let profile = profiles.find(|profile| profile.arn.ends_with(&format!("/{name}")))?.clone();
            Some(ProfileContent { profile, role: Some(role.arn.to_string()) })
        })
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct MachinesWorld {
    pub(super) instances: Vec<Instance>,
    pub(super) groups: Vec<AutoScalingGroup>,
    /// By `template:version`.
    pub(super) templates: BTreeMap<String, Launch>,
    pub(super) configurations: BTreeMap<String, Launch>,
    pub(super) defaults: MetadataOptions,
}

#[derive(Debug, Clone)]
pub(super) struct ClusterWorld {
    pub(super) detail: ClusterDetail,
    pub(super) node_groups: BTreeMap<String, NodeGroup>,
    pub(super) fargate_profiles: BTreeMap<String, FargateProfile>,
    pub(super) entries: BTreeMap<String, AccessEntryType>,
    pub(super) admins: Vec<String>,
    pub(super) addons: BTreeMap<String, Addon>,
    pub(super) associations: Vec<(AssociationSummary, PodIdentityAssociation)>,
}

pub(super) fn fail(class: FailureClass, code: &str) -> Failure {
    Failure { class, code: code.to_owned(), message: format!("{code}, says the world") }
}

fn gone() -> Failure {
    fail(FailureClass::Gone, "ResourceNotFoundException")
}

/// No run without faults may end in this: it is in no test's expectation.
fn unheard_of() -> Failure {
    fail(FailureClass::Other, "UnheardOf")
}

impl World {
    pub(super) fn account(&mut self, id: &str) -> &mut AccountWorld {
        self.accounts.entry(id.to_owned()).or_default()
    }

    pub(super) fn cluster(&mut self, id: &str, region: &str, name: &str) -> &mut ClusterWorld {
        self.account(id).regions.get_mut(region).unwrap().get_mut(name).unwrap()
    }

    /// What AWS answers.
    pub(super) fn answer(&self, call: &Call) -> Result<Reply, Failure> {
        let account = self.accounts.get(call.account.as_str()).ok_or_else(gone)?;
        let page = call.page.as_deref();
        match &call.question {
            Question::AssumeRole => Ok(Reply::Done),
            Question::ListRegions => Ok(self.names(account.regions.keys().cloned(), page)),
            Question::GetAccountAuthorizationDetails => {
                let (roles, next) = self.slice(account.roles.values().cloned(), page);
                let policies = if next.is_none() { account.policies.clone() } else { BTreeMap::new() };
                Ok(Reply::Authorization { roles, policies, next })
            }
            Question::GetPolicy { policy } => match account.policies.get(policy) {
                Some(version) => Ok(Reply::DefaultVersion(version.version_id.clone())),
                None if policy.contains("iam::aws:policy/") => Ok(Reply::DefaultVersion("v3".to_owned())),
                None => Err(gone()),
            },
            Question::GetPolicyVersion { policy, version } => {
                let document = format!("the document of {policy}");
                let there = account.policies.get(policy).cloned();
                Ok(Reply::PolicyVersion(there.unwrap_or(PolicyVersion { version_id: version.clone(), document })))
            }
            Question::GetInstanceProfile { profile } => {
                let found = account.profiles.get(profile).cloned().or_else(|| account.held(profile));
                found.map(Reply::InstanceProfile).ok_or_else(gone)
            }
            question if question.is_about_machines() => {
                let region = call.region.as_ref().expect("machines live in regions");
                let none = MachinesWorld::default();
                self.about_machines(account.machines.get(region.as_str()).unwrap_or(&none), question, page)
            }
            question => match (question.role(), question.cluster()) {
                (Some(role), _) => self.about_role(account.roles.get(role).ok_or_else(gone)?, question, page),
                (None, cluster) => {
                    let region = call.region.as_ref().expect("clusters live in regions");
                    let clusters = account.regions.get(region.as_str()).ok_or_else(gone)?;
                    match cluster {
                        None => Ok(self.names(clusters.keys().cloned(), page)),
                        Some(name) => self.about_cluster(clusters.get(name).ok_or_else(gone)?, question, page),
                    }
                }
            },
        }
    }

    fn about_role(&self, role: &Role, question: &Question, page: Option<&str>) -> Result<Reply, Failure> {
        let inline = || role.inline.value().unwrap().iter().map(|policy| policy.value().unwrap().clone());
        let reply = match question {
            Question::GetRole { .. } => Reply::Role(Box::new(Role {
                attached: Known::Value(Vec::new()),
                inline: Known::Value(Vec::new()),
                instance_profiles: Known::Value(Vec::new()),
                ..role.clone()
            })),
            Question::ListAttachedRolePolicies { .. } => {
                let (policies, next) = self.slice(role.attached.value().unwrap().iter().cloned(), page);
                Reply::AttachedPolicies { policies, next }
            }
            Question::ListRolePolicies { .. } => self.names(inline().map(|policy| policy.name), page),
            Question::GetRolePolicy { policy, .. } => {
                Reply::InlinePolicy(inline().find(|p| p.name == *policy).ok_or_else(gone)?)
            }
            Question::ListInstanceProfilesForRole { .. } => {
                let (profiles, next) = self.slice(role.instance_profiles.value().unwrap().iter().cloned(), page);
                Reply::InstanceProfiles { profiles, next }
            }
            _ => return Err(unheard_of()),
        };
        Ok(reply)
    }

    fn about_machines(
        &self,
        machines: &MachinesWorld,
        question: &Question,
        page: Option<&str>,
    ) -> Result<Reply, Failure> {
        let tagged = |tags: &BTreeMap<String, String>, keys: &[String]| keys.iter().any(|key| tags.contains_key(key));
        let reply = match question {
            Question::DescribeInstances { tag_keys } => {
                let all = machines.instances.iter().filter(|instance| tagged(&instance.tags, tag_keys)).cloned();
                let (instances, next) = self.slice(all, page);
                Reply::Instances { instances, next }
            }
            Question::DescribeAutoScalingGroups { tag_keys } => {
                let all = machines.groups.iter().filter(|group| tagged(&group.tags, tag_keys)).cloned();
                let (groups, next) = self.slice(all, page);
                Reply::AutoScalingGroups { groups, next }
            }
            Question::DescribeLaunchTemplateVersion { template, version } => {
                Reply::Launch(machines.templates.get(&format!("{template}:{version}")).ok_or_else(gone)?.clone())
            }
            Question::DescribeLaunchConfiguration { name } => {
                Reply::Launch(machines.configurations.get(name).ok_or_else(gone)?.clone())
            }
            Question::GetInstanceMetadataDefaults => Reply::MetadataDefaults(machines.defaults.clone()),
            _ => return Err(unheard_of()),
        };
        Ok(reply)
    }

    fn about_cluster(&self, cluster: &ClusterWorld, question: &Question, page: Option<&str>) -> Result<Reply, Failure> {
        let reply = match question {
            Question::DescribeCluster { .. } => Reply::Cluster(Box::new(cluster.detail.clone())),
            Question::ListNodegroups { .. } => self.names(cluster.node_groups.keys().cloned(), page),
            Question::DescribeNodegroup { node_group, .. } => {
                Reply::NodeGroup(Box::new(cluster.node_groups.get(node_group).ok_or_else(gone)?.clone()))
            }
            Question::ListFargateProfiles { .. } => self.names(cluster.fargate_profiles.keys().cloned(), page),
            Question::DescribeFargateProfile { profile, .. } => {
                Reply::FargateProfile(cluster.fargate_profiles.get(profile).ok_or_else(gone)?.clone())
            }
            Question::ListAccessEntries { .. } => self.names(cluster.entries.keys().cloned(), page),
            Question::ListClusterAdmins { .. } => self.names(cluster.admins.iter().cloned(), page),
            Question::DescribeAccessEntry { principal, .. } => {
                let entry = cluster.entries.get(principal).ok_or_else(gone)?.clone();
                Reply::AccessEntry(AccessEntryType { access_policies: None, ..entry })
            }
            Question::ListAssociatedAccessPolicies { principal, .. } => {
                let entry = cluster.entries.get(principal).ok_or_else(gone)?;
                let policies = entry.access_policies.as_ref().and_then(Known::value).into_iter().flatten();
                self.names(policies.cloned(), page)
            }
            Question::DescribeAddon { addon, .. } => Reply::Addon(cluster.addons.get(addon).ok_or_else(gone)?.clone()),
            Question::ListPodIdentityAssociations { .. } => {
                let (associations, next) = self.slice(cluster.associations.iter().map(|(s, _)| s.clone()), page);
                Reply::Associations { associations, next }
            }
            Question::DescribePodIdentityAssociation { association, .. } => {
                let found = cluster.associations.iter().find(|(summary, _)| summary.id == *association);
                Reply::Association(found.ok_or_else(gone)?.1.clone())
            }
            _ => return Err(unheard_of()),
        };
        Ok(reply)
    }

    fn names(&self, names: impl Iterator<Item = String>, page: Option<&str>) -> Reply {
        let (names, next) = self.slice(names, page);
        Reply::Names { names, next }
    }

    fn slice<T>(&self, all: impl Iterator<Item = T>, page: Option<&str>) -> (Vec<T>, Option<String>) {
        let start: usize = page.map_or(0, |token| token.parse().unwrap());
        let mut rest = all.skip(start);
        let items: Vec<T> = rest.by_ref().take(self.page).collect();
        let next = rest.next().map(|_| (start + self.page).to_string());
        (items, next)
    }
}

pub(super) fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

pub(super) fn role(account: &str, name: &str, created: &str, attached: &[&str]) -> Role {
    Role {
        arn: role_arn(account, name).parse().unwrap(),
        id: format!("AROA{name}"),
        created_at: Some(created.parse().unwrap()),
        trust: r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#
            .to_owned(),
        attached: Known::Value(attached.iter().map(|name| aws_policy(name)).collect()),
        inline: Known::Value(Vec::new()),
        boundary: None,
        tags: BTreeMap::new(),
        instance_profiles: Known::Value(Vec::new()),
        last_used_at: None,
    }
}

pub(super) fn aws_policy(name: &str) -> ManagedPolicyRef {
    ManagedPolicyRef { name: name.to_owned(), arn: format!("arn:aws:iam::aws:policy/{name}") }
}

pub(super) fn node_group(account: &str, role: &str) -> NodeGroup {
    NodeGroup {
        arn: "arn:aws:eks:eu-west-1:1:nodegroup/c/n/u".to_owned(),
        node_role: role_arn(account, role),
        ami_type: "AL2023_x86_64_STANDARD".to_owned(),
        version: Some("1.33".to_owned()),
        status: "ACTIVE".to_owned(),
        created_at: None,
        launch_template: None,
        auto_scaling_groups: Vec::new(),
        health: Vec::new(),
        tags: BTreeMap::new(),
    }
}

pub(super) fn addon(role: Option<String>) -> Addon {
    Addon {
        version: Some("v1.22.2-eksbuild.1".to_owned()),
        status: "ACTIVE".to_owned(),
        service_account_role_arn: role,
        pod_identity_associations: Vec::new(),
        configuration_values: None,
        modified_at: None,
        issues: Vec::new(),
    }
}

/// A cluster of 2024 with access entries and aws-auth, the add-ons of a usual one, and nothing in it.
pub(super) fn empty_cluster(account: &str, region: &str, name: &str) -> ClusterWorld {
    ClusterWorld {
        detail: ClusterDetail {
            arn: format!("arn:aws:eks:{region}:{account}:cluster/{name}"),
            version: "1.33".to_owned(),
            status: "ACTIVE".to_owned(),
            created_at: Some("2024-01-01T00:00:00Z".parse().unwrap()),
            role_arn: role_arn(account, "cluster-role"),
            ip_family: IpFamily::Ipv4,
            oidc_issuer: Some(format!("oidc.eks.{region}.amazonaws.com/id/{name}")),
            authentication_mode: AuthenticationMode::ApiAndConfigMap,
            creator_is_admin: None,
            vpc_id: Some("vpc-1".to_owned()),
            compute_config: None,
            tags: BTreeMap::new(),
        },
        node_groups: BTreeMap::new(),
        fargate_profiles: BTreeMap::new(),
        entries: BTreeMap::new(),
        admins: Vec::new(),
        addons: [("vpc-cni".to_owned(), addon(None)), ("eks-pod-identity-agent".to_owned(), addon(None))].into(),
        associations: Vec::new(),
    }
}

pub(super) fn entry(kind: &str) -> AccessEntryType {
    AccessEntryType { kind: kind.to_owned(), created_at: None, access_policies: None }
}

pub(super) fn association(
    id: &str,
    service_account: &str,
    role: String,
) -> (AssociationSummary, PodIdentityAssociation) {
    (
        AssociationSummary {
            id: id.to_owned(),
            namespace: "kube-system".to_owned(),
            service_account: service_account.to_owned(),
        },
        PodIdentityAssociation {
            arn: format!("arn:aws:eks:eu-west-1:111111111111:podidentityassociation/c/{id}"),
            role_arn: role,
            target_role_arn: None,
            policy: None,
            modified_at: None,
        },
    )
}
