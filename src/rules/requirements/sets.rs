//! The requirement sets of AWS's pages.

use std::collections::BTreeMap;

use crate::finding::NodeKind;

use super::{Clause, CniVersion, Force, Need, On, SetName, Setting, When, owned};

const PAGE: &str = "EKS user guide, create-node-role";
const NODEADM: &str = "amazon-eks-ami, nodeadm/internal/api/status.go";
const HYBRID: &str = "EKS user guide, hybrid-nodes-creds";
const NODEADM_HYBRID: &str = "eks-hybrid, nodeadm; terraform-aws-eks #3617";
const BOOTSTRAP: &str = "EKS user guide, al2023 and launch-templates";
const CNI_IPV4: &str = "amazon-vpc-cni-k8s, docs/iam-policy.md, IPv4 mode";
const CNI_IPV6: &str = "amazon-vpc-cni-k8s, docs/iam-policy.md, IPv6 mode";
const CNI_CODE: &str = "amazon-vpc-cni-k8s, pkg/awsutils/awsutils.go at v1.21.2 to v1.23.0";

/// The version that asks for the subnets and security groups of the node.
const SUBNETS_READ: CniVersion = CniVersion::new(1, 22, 0);
/// The version that no longer asks for the security groups.
const GROUPS_NOT_READ: CniVersion = CniVersion::new(1, 22, 2);

/// Every set.
pub(super) fn of_aws() -> BTreeMap<SetName, Vec<Need>> {
    let auto_mode = pod_identity().into_iter().chain(ecr_pull()).collect();
    let calls_ec2 = |needs: Vec<Need>| needs.into_iter().map(unless_imds_only).collect();
    BTreeMap::from([
        (SetName::Worker, worker()),
        (SetName::EcrPull, ecr_pull()),
        (SetName::PodIdentity, pod_identity()),
        (SetName::CniIpv4, calls_ec2(cni_ipv4())),
        (SetName::CniIpv6, calls_ec2(cni_ipv6())),
        (SetName::AutoMode, auto_mode),
        (SetName::Hybrid, hybrid()),
    ])
}

fn need(action: &str, on: &[On], clauses: Vec<Clause>, symptom: &str, source: &str) -> Need {
    Need { action: action.to_owned(), on: on.to_vec(), clauses, symptom: symptom.to_owned(), source: source.to_owned() }
}

fn always(force: Force) -> Vec<Clause> {
    vec![Clause { when: When::Always, force }]
}

/// A CNI that asks only the instance metadata calls nothing of EC2.
fn unless_imds_only(mut need: Need) -> Need {
    need.clauses.insert(0, Clause { when: When::Setting(Setting::ImdsOnly, true), force: Force::NotNeeded });
    need
}

fn worker() -> Vec<Need> {
    let by_ami = vec![
        Clause { when: When::AmiType(owned(&["AL2_", "CUSTOM", "WINDOWS_"])), force: Force::Required },
        // Nobody tells their bootstrap of the cluster but its own arguments, which AWS's APIs do not show.
        Clause { when: When::Nodes(vec![NodeKind::SelfManaged]), force: Force::Required },
        Clause { when: When::Always, force: Force::Recommended },
    ];
    let mut needs = vec![
        need(
            "ec2:DescribeInstances",
            &[On::Anything],
            always(Force::Required),
            "the node cannot learn its private DNS name and never joins the cluster, as without a route to EC2's endpoint",
            NODEADM,
        ),
        need(
            "eks:DescribeCluster",
            &[On::Cluster],
            by_ami,
            "a bootstrap that asks EKS for the cluster's endpoint and certificate fails, and the node does not join",
            BOOTSTRAP,
        ),
        need(
            "ec2:DescribeInstanceTypes",
            &[On::Anything],
            always(Force::Recommended),
            "for instance types that the AMI does not know, the node falls back to the default number of pods",
            NODEADM,
        ),
    ];
    for action in ["RouteTables", "SecurityGroups", "Subnets", "Volumes", "VolumesModifications", "Vpcs"] {
        needs.push(need(
            &format!("ec2:Describe{action}"),
            &[On::Anything],
            vec![Clause { when: When::KubernetesBefore(27), force: Force::Recommended }],
            "the cloud provider inside old kubelets cannot describe the resources of the VPC",
            PAGE,
        ));
    }
    needs
}

fn hybrid() -> Vec<Need> {
    vec![
        need(
            "eks:DescribeCluster",
            &[On::Cluster],
            always(Force::Recommended),
            "nodeadm cannot ask for endpoint, certificate and addresses of the cluster, which must then stand in its configuration",
            HYBRID,
        ),
        need(
            "eks:ListAccessEntries",
            &[On::Cluster],
            always(Force::Recommended),
            "newer nodeadm cannot check that the cluster lets the node in before it joins",
            NODEADM_HYBRID,
        ),
    ]
}

fn ecr_pull() -> Vec<Need> {
    let mut needs = vec![need(
        "ecr:GetAuthorizationToken",
        &[On::Anything],
        always(Force::Required),
        "the kubelet gets no credentials for ECR: pulls fail with `no basic auth credentials`",
        PAGE,
    )];
    for action in ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] {
        needs.push(need(
            action,
            &[On::AddonRepositories],
            always(Force::Required),
            "the images of kube-proxy, CoreDNS and the VPC CNI cannot be pulled: nodes stay NotReady",
            "EKS user guide, create-node-role and add-ons-images",
        ));
        needs.push(need(
            action,
            &[On::OwnRepositories],
            always(Force::Recommended),
            "images in the account's own repositories cannot be pulled",
            PAGE,
        ));
    }
    needs.push(need(
        "ecr:BatchImportUpstreamImage",
        &[On::OwnRepositories],
        vec![Clause { when: When::PullThroughCache, force: Force::Recommended }],
        "images that a pull-through cache does not hold yet cannot be pulled",
        "ECR user guide, pull-through cache; Karpenter #7956",
    ));
    needs
}

fn pod_identity() -> Vec<Need> {
    vec![need(
        "eks-auth:AssumeRoleForPodIdentity",
        &[On::Cluster],
        always(Force::Required),
        "the Pod Identity agent gets no credentials: pods silently fall back to the node role",
        PAGE,
    )]
}

/// The two calls that came with vpc-cni 1.22 (D2.3): what needs them depends on version and settings.
fn versioned(source: &str) -> [Need; 2] {
    let unless_off = Clause { when: When::Setting(Setting::SubnetDiscovery, false), force: Force::NotNeeded };
    let otherwise = Clause { when: When::Always, force: Force::Recommended };
    let subnets = Clause { when: When::Cni { from: SUBNETS_READ, before: None }, force: Force::Required };
    let groups = Clause {
        when: When::All(vec![
            When::Cni { from: SUBNETS_READ, before: Some(GROUPS_NOT_READ) },
            When::Setting(Setting::CustomNetworking, false),
        ]),
        force: Force::Required,
    };
    let text =
        |what: &str| format!("vpc-cni from 1.22.0 on cannot read the {what} of the node: aws-node does not come up");
    [
        need(
            "ec2:DescribeSubnets",
            &[On::Anything],
            vec![unless_off.clone(), subnets, otherwise.clone()],
            &text("subnets"),
            CNI_CODE,
        ),
        need(
            "ec2:DescribeSecurityGroups",
            &[On::Anything],
            vec![unless_off, groups, otherwise],
            &text("security groups"),
            source,
        ),
    ]
}

/// The actions that neither family does without.
fn describing(source: &str) -> Vec<Need> {
    ["ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeNetworkInterfaces", "ec2:DescribeTags"]
        .into_iter()
        .map(|action| {
            need(
                action,
                &[On::Anything],
                always(Force::Required),
                "aws-node cannot see the interfaces of its instance and does not come up",
                source,
            )
        })
        .chain([need(
            "ec2:CreateTags",
            &[On::NetworkInterfaces],
            always(Force::Required),
            "aws-node cannot tag the interfaces it makes, which are then never cleaned up",
            source,
        )])
        .collect()
}

fn cni_ipv4() -> Vec<Need> {
    const WRITING: [(&str, &[On]); 7] = [
        ("ec2:AssignPrivateIpAddresses", &[On::NetworkInterfaces]),
        ("ec2:UnassignPrivateIpAddresses", &[On::NetworkInterfaces]),
        ("ec2:CreateNetworkInterface", &[On::NetworkInterfaces, On::Subnets, On::SecurityGroups]),
        ("ec2:DeleteNetworkInterface", &[On::NetworkInterfaces]),
        ("ec2:AttachNetworkInterface", &[On::NetworkInterfaces, On::Instances]),
        ("ec2:DetachNetworkInterface", &[On::NetworkInterfaces, On::Instances]),
        ("ec2:ModifyNetworkInterfaceAttribute", &[On::NetworkInterfaces, On::Instances, On::SecurityGroups]),
    ];
    let writing = WRITING.into_iter().map(|(action, on)| {
        let symptom = "aws-node cannot give addresses to pods: they hang in ContainerCreating";
        need(action, on, always(Force::Required), symptom, CNI_IPV4)
    });
    writing.chain(describing(CNI_IPV4)).chain(versioned(CNI_IPV4)).collect()
}

fn cni_ipv6() -> Vec<Need> {
    const FURTHER: [(&str, &[On]); 3] = [
        ("ec2:CreateNetworkInterface", &[On::NetworkInterfaces, On::Subnets, On::SecurityGroups]),
        ("ec2:AttachNetworkInterface", &[On::NetworkInterfaces, On::Instances]),
        ("ec2:ModifyNetworkInterfaceAttribute", &[On::NetworkInterfaces, On::Instances, On::SecurityGroups]),
    ];
    let assign = need(
        "ec2:AssignIpv6Addresses",
        &[On::NetworkInterfaces],
        always(Force::Required),
        "aws-node cannot assign an IPv6 prefix: pods get no addresses",
        CNI_IPV6,
    );
    let further = FURTHER.into_iter().map(|(action, on)| {
        let symptom = "aws-node cannot allocate further interfaces, which custom networking in IPv6 clusters takes";
        need(action, on, always(Force::Recommended), symptom, "terraform-aws-eks #3598, #3613")
    });
    [assign].into_iter().chain(describing(CNI_IPV6)).chain(versioned(CNI_IPV6)).chain(further).collect()
}
