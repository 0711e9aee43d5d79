//! The entries of NR401 to NR406.

use crate::finding::Status::{Advice, Fail, NotApplicable, Pass, Unknown};
use crate::finding::{NodeKind, RemediationClass, Severity};
use crate::rules::joining;

use super::compliance::{CONFIGURED, METADATA_SERVICE};
use super::{ALL_NODES, Benchmark, Check, Control, EC2_NODES, Fix, Guide, OWN_EC2, Rule, RuleId};

/// EKS user guide, *Grant IAM users access to Kubernetes with EKS access entries*.
const ACCESS_ENTRIES_PAGE: &str = "https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html";

/// EKS API reference, *AccessEntry*.
const ACCESS_ENTRY_API: &str = "https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessEntry.html";

pub(super) const ACCESS_ENTRY: Rule = Rule {
    id: RuleId::new(401),
    slug: "access-entry",
    title: "An access entry of the right type lets the nodes in",
    severity: Severity::High,
    applies: ALL_NODES,
    about: "Where the cluster reads access entries, the role needs one whose type fits its nodes: EC2_LINUX, EC2_WINDOWS, EC2 \
            for Auto Mode (node classes with a role of their own also need AmazonEKSAutoNodePolicy), HYBRID_LINUX. With mode \
            API a missing or wrong entry fails; with API_AND_CONFIG_MAP it is advice, for aws-auth may let the nodes in. Types \
            are compared without case.",
    blind_spots: "The aws-auth ConfigMap: no API of AWS shows it, so that with mode CONFIG_MAP nothing is judged. Whether nodes \
                  of which none runs are Linux or Windows.",
    source: ACCESS_ENTRIES_PAGE,
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "A node whose role the cluster does not map is refused with `Unauthorized` and never becomes a node. An entry of \
              type STANDARD, the default of the API, maps the role to a user without the groups of nodes: the usual mistake \
              with Karpenter and with node classes of Auto Mode. For a Windows node group with a custom AMI EKS itself has been \
              seen to create EC2_LINUX.",
        decided: "The role's entry in the cluster (there is one at most) is found by the role's name. Its type is compared with \
                  what the nodes need: by the kind of nodes, and for EC2 nodes by the AMI type of the node group or the \
                  platform of the instances. Of entries for Auto Mode the associated access policies are read.",
        outcomes: &[
            "`fail` high: mode API, and the role has no entry, one of another type, or for Auto Mode one without AmazonEKSAutoNodePolicy.",
            "`advice`: the same with mode API_AND_CONFIG_MAP.",
            "`unknown`: the mode, the list of entries or the entry could not be read, or whether the nodes run Linux or Windows is not \
             known.",
            "`pass`: an entry of the right type is there.",
            "`not_applicable`: mode CONFIG_MAP (told once for the cluster, with all of its nodes), or the role does not exist (NR001).",
        ],
        evidence: "The cluster's authentication mode, the entry's type, its access policies.",
        fix: Fix {
            console: "EKS, the cluster, *Access*: delete an entry of the wrong type, then *Create access entry* with the role \
                      and the type. For Auto Mode add the policy AmazonEKSAutoNodePolicy with the scope *Cluster*.",
            cli: "aws eks delete-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN\n\
                  aws eks create-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN --type EC2_LINUX",
            terraform: "resource \"aws_eks_access_entry\" \"nodes\" {\n  cluster_name  = \"CLUSTER\"\n  principal_arn = \
                        \"ROLE_ARN\"\n  type          = \"EC2_LINUX\"\n}",
            eksctl: "accessConfig:\n  accessEntries:\n    - principalARN: ROLE_ARN\n      type: EC2_LINUX",
        },
    },
    compliance: &[
        Control { benchmark: Benchmark::CisEks, id: "5.5.1" },
        Control { benchmark: Benchmark::Nist, id: "CM-2" },
        Control { benchmark: Benchmark::Nist, id: "CM-6" },
    ],
    check: Check::Cluster { settled: joining::by_config_map, nodes: joining::access_entry },
};

pub(super) const ROLE_PATH: Rule = Rule {
    id: RuleId::new(402),
    slug: "role-path",
    title: "The role has no path where aws-auth has to match it",
    severity: Severity::Medium,
    applies: EC2_NODES,
    about: "aws-iam-authenticator compares a role with the ARNs in aws-auth without its path, so that an ARN with a path in \
            aws-auth is never matched. With mode CONFIG_MAP that fails; with API_AND_CONFIG_MAP it is advice, for EKS writes \
            the ARN into aws-auth too; access entries take paths. Node pools of Auto Mode have not become ready with a role \
            that has a path: advice in any mode.",
    blind_spots: "What stands in aws-auth: somebody may have written the ARN without its path, which works.",
    source: "https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html",
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "The nodes of a role with a path do not join, or a managed node group becomes DEGRADED an hour after it came up \
              well (eksctl #7846), and nothing but the ARN looks unusual.",
        decided: "The path of the role's ARN, as IAM tells it, and the cluster's authentication mode.",
        outcomes: &[
            "`fail` medium: the role has a path and the mode is CONFIG_MAP.",
            "`advice`: the role has a path, and the mode is API_AND_CONFIG_MAP or the nodes are Auto Mode's.",
            "`unknown`: the role has a path and the mode could not be read.",
            "`pass`: the role has no path, or the mode is API.",
            "`not_applicable`: what the node group names is not the ARN of a role.",
        ],
        evidence: "The role's ARN, its path and the authentication mode.",
        fix: Fix {
            console: "EKS, the cluster, *Access*, *Manage access*: choose *EKS API and ConfigMap*, then create an access entry \
                      for the role. Or create the role without a path and node groups with it.",
            cli: "aws eks update-cluster-config --name CLUSTER --access-config authenticationMode=API_AND_CONFIG_MAP\n\
                  aws eks create-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN --type EC2_LINUX",
            terraform: "resource \"aws_eks_cluster\" \"this\" {\n  access_config {\n    authentication_mode = \
                        \"API_AND_CONFIG_MAP\"\n  }\n}",
            eksctl: "eksctl utils update-authentication-mode --cluster CLUSTER --authentication-mode API_AND_CONFIG_MAP",
        },
    },
    compliance: CONFIGURED,
    check: Check::NodeGroup(joining::role_path),
};

pub(super) const NODE_GROUP_HEALTH: Rule = Rule {
    id: RuleId::new(403),
    slug: "node-group-health",
    title: "EKS reports no issue of the node group that IAM has caused",
    severity: Severity::High,
    applies: &[NodeKind::Managed],
    about: "EKS reports issues of managed node groups by 36 codes. Those about the instance profile, the role and IAM's quotas \
            fail. AccessDenied and NodeCreationFailure have causes outside IAM too: they fail where a rule fails for the same \
            role that can keep nodes from joining, and are advice otherwise. Of failed launches and invalid configurations the \
            message decides. A code that is not known is unknown.",
    blind_spots: "EKS notices some troubles late: NodeCreationFailure comes after 15 minutes. Self-managed and Karpenter nodes \
                  have no such report.",
    source: "https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html",
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "A node group with such an issue cannot launch nodes or replace them: it works until the next scaling or update.",
        decided: "Each issue's code stands in a table: certain (IamInstanceProfileNotFound, IamNodeRoleNotFound, \
                  IamLimitExceeded), likely (AccessDenied, NodeCreationFailure), by message (AsgInstanceLaunchFailures, \
                  Ec2LaunchTemplateInvalidConfiguration, AutoScalingGroupInvalidConfiguration), transient (IamThrottling), \
                  other. For the likely ones NR001, NR003, NR004, NR101, NR201, NR202, NR204, NR401, NR402, NR405 and NR406 \
                  are asked whether they fail.",
        outcomes: &[
            "`fail` high: an issue that IAM has caused for certain, or a likely one that another rule explains.",
            "`advice`: a likely issue that no rule explains, or IAM asked to slow down.",
            "`unknown`: a code that is not in the table and whose message does not name IAM.",
            "`pass`: no issue, or none that IAM causes.",
            "`not_applicable`: nodes of another kind, of which EKS reports nothing.",
        ],
        evidence: "Code, message and resources of every issue, and the rules that explain it.",
        fix: Fix {
            console: "EKS, the cluster, *Compute*, the node group, *Health issues*. Mend what the other findings of the role \
                      say first.",
            cli: "aws eks describe-nodegroup --cluster-name CLUSTER --nodegroup-name GROUP --query nodegroup.health",
            terraform: "# nothing to set here: mend what the other findings of the role say, then apply again\n\
                        # replaces a group that stays degraded: terraform apply -replace=aws_eks_node_group.GROUP",
            eksctl: "eksctl get nodegroup --cluster CLUSTER --name GROUP",
        },
    },
    compliance: CONFIGURED,
    check: Check::NodeGroup(joining::node_group_health),
};

pub(super) const IMDS_REACH: Rule = Rule {
    id: RuleId::new(404),
    slug: "imds-reach",
    title: "Pods cannot read the node role's credentials from the instance metadata service",
    severity: Severity::Medium,
    applies: OWN_EC2,
    about: "A pod that reaches the instance metadata service has the node role. It does where IMDSv1 is allowed or answers may \
            make more than one hop. Read from the live instances; where none runs, from the launch template in use and the \
            account's defaults. Nothing is assumed: what is set nowhere is unknown. A pass does not mean pods with the host's \
            network, which always reach the service.",
    blind_spots: "What an image sets by itself. Pods with the host's network. Network policies that keep pods away.",
    source: "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "The node role's credentials make every pod a node: with `aws eks get-token` it is a member of system:node and \
              reads what the pods beside it may, and it has whatever else the role may do. With one hop and tokens the answer \
              does not reach a pod's own network.",
        decided: "HttpTokens optional, or HttpPutResponseHopLimit of 2 or more with the service enabled: pods reach it. Tokens \
                  required with one hop, or the service disabled: they do not. The order is instances, launch template version \
                  or launch configuration in use, the account's defaults for the region.",
        outcomes: &[
            "`fail` medium: an instance, or with none what new ones are launched from, lets pods in.",
            "`unknown`: EC2 was not read, or a setting is made nowhere that was read.",
            "`pass`: each instance, or with none each template, keeps pods out.",
            "`not_applicable`: nodes of Auto Mode, on which EKS itself keeps pods out, nodes outside EC2, and a node group that could \
             not be created (CREATE_FAILED) and has nothing that launches nodes.",
        ],
        evidence: "The instances or templates that let pods in, with the setting.",
        fix: Fix {
            console: "EC2, the launch template, *Modify template*: *Advanced details*, metadata version *V2 only*, hop limit 1; \
                      then update the node group to the new version. For running instances: *Actions*, *Instance settings*, \
                      *Modify instance metadata options*.",
            cli: "aws ec2 modify-instance-metadata-options --instance-id INSTANCE --http-tokens required \
                  --http-put-response-hop-limit 1\n\
                  aws ec2 create-launch-template-version --launch-template-id TEMPLATE --source-version VERSION \
                  --launch-template-data '{\"MetadataOptions\":{\"HttpTokens\":\"required\",\"HttpPutResponseHopLimit\":1}}'",
            terraform: "resource \"aws_launch_template\" \"nodes\" {\n  metadata_options {\n    http_tokens                 = \
                        \"required\"\n    http_put_response_hop_limit = 1\n  }\n}",
            eksctl: "managedNodeGroups:\n  - name: GROUP\n    disablePodIMDS: true",
        },
    },
    compliance: METADATA_SERVICE,
    check: Check::NodeGroup(joining::imds_reach),
};

pub(super) const ACCESS_ENTRY_STALE: Rule = Rule {
    id: RuleId::new(405),
    slug: "access-entry-stale",
    title: "The access entry is not older than the role",
    severity: Severity::High,
    applies: ALL_NODES,
    about: "An access entry holds the unique id of the role that was there when it was created. A role that was deleted and \
            created again under the same name has another id: its nodes are refused though ARN, type and permissions look \
            right. Decided by the two times of creation; the same second passes.",
    blind_spots: "Mappings in an aws-auth ConfigMap, which go by the ARN and survive.",
    source: ACCESS_ENTRY_API,
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "New nodes get Unauthorized, and no console shows why: terraform-aws-eks #3329 and containers-roadmap #2631 took \
              days to find.",
        decided: "The role's time of creation (IAM) is compared with its entry's in each cluster that it serves (EKS), both in \
                  whole seconds of UTC.",
        outcomes: &[
            "`fail` high: the role was created after the entry.",
            "`unknown`: one of the times, or the entry, could not be read.",
            "`pass`: no entry is older than the role.",
            "`not_applicable`: no cluster has an entry for the role (NR401), or the role does not exist (NR001).",
        ],
        evidence: "Both times, for each cluster.",
        fix: Fix {
            console: "EKS, the cluster, *Access*: delete the role's access entry and create it again with the same type.",
            cli: "aws eks delete-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN\n\
                  aws eks create-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN --type EC2_LINUX",
            terraform: "terraform apply -replace=aws_eks_access_entry.nodes",
            eksctl: "eksctl delete accessentry --cluster CLUSTER --principal-arn ROLE_ARN\n\
                     eksctl create accessentry --cluster CLUSTER --principal-arn ROLE_ARN --type EC2_LINUX",
        },
    },
    compliance: CONFIGURED,
    check: Check::Role(joining::access_entry_stale),
};

pub(super) const ONE_OS_PER_ROLE: Rule = Rule {
    id: RuleId::new(406),
    slug: "one-os-per-role",
    title: "Linux and Windows nodes of a cluster do not share a role",
    severity: Severity::Medium,
    applies: OWN_EC2,
    about: "A role has one access entry in a cluster, and an entry has one type: EC2_LINUX or EC2_WINDOWS. Where nodes of both \
            systems share a role, those of one are not mapped as they should be. With mode API that fails; with \
            API_AND_CONFIG_MAP it works as long as aws-auth maps the role with eks:kube-proxy-windows: advice.",
    blind_spots: "Nodes of which none runs, where neither AMI type nor access entry tells the system. The content of aws-auth.",
    source: ACCESS_ENTRIES_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "Windows nodes that come in by an entry of type EC2_LINUX lack the group eks:kube-proxy-windows: their kube-proxy is \
              refused, and services do not work on them.",
        decided: "The system of each set of nodes comes from the AMI type, the platform of its instances or the type of the \
                  access entry that shows it; the sets of a role are compared within each cluster.",
        outcomes: &[
            "`fail` medium: nodes of both systems share the role in a cluster with mode API.",
            "`advice`: the same with mode API_AND_CONFIG_MAP.",
            "`unknown`: which system some nodes run, or whether further nodes share the role, is not known.",
            "`pass`: the nodes of each cluster run one system.",
            "`not_applicable`: no cluster of the role reads access entries.",
        ],
        evidence: "The node groups of each system, by cluster, with the authentication mode.",
        fix: Fix {
            console: "IAM: create a second role for the Windows nodes. EKS: create an access entry of type EC2_WINDOWS and a \
                      new Windows node group with it.",
            cli: "aws eks create-access-entry --cluster-name CLUSTER --principal-arn WINDOWS_ROLE_ARN --type EC2_WINDOWS",
            terraform: "resource \"aws_eks_access_entry\" \"windows\" {\n  cluster_name  = \"CLUSTER\"\n  principal_arn = \
                        aws_iam_role.windows.arn\n  type          = \"EC2_WINDOWS\"\n}",
            eksctl: "managedNodeGroups:\n  - name: windows\n    amiFamily: WindowsServer2022CoreContainer\n    iam:\n      \
                     instanceRoleARN: WINDOWS_ROLE_ARN",
        },
    },
    compliance: CONFIGURED,
    check: Check::Role(joining::one_os_per_role),
};
