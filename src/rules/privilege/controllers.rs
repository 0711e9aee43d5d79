//! NR305: rights of controllers that should have roles of their own.

use crate::finding::{Severity, Status};
use crate::rules::permissions::called;
use crate::rules::permissions::wording::list;
use crate::rules::{NodeRole, Verdict};

use super::inquiry::Inquiry;
use super::mend;
use super::power::{On, Power, Step};
use super::weighed::{Weighed, Words};

const SEVERITY: Severity = Severity::Low;

const AUTOSCALER: &[(&str, &str)] = &[
    ("aws:ResourceTag/k8s.io/cluster-autoscaler/enabled", "true"),
    ("autoscaling:ResourceTag/k8s.io/cluster-autoscaler/enabled", "true"),
    ("aws:ResourceTag/k8s.io/cluster-autoscaler/{cluster}", "owned"),
    ("autoscaling:ResourceTag/k8s.io/cluster-autoscaler/{cluster}", "owned"),
    ("aws:ResourceTag/kubernetes.io/cluster/{cluster}", "owned"),
    ("autoscaling:ResourceTag/kubernetes.io/cluster/{cluster}", "owned"),
];
const LOAD_BALANCERS: &[(&str, &str)] = &[("aws:RequestTag/elbv2.k8s.aws/cluster", "{cluster}")];
const EBS: &[(&str, &str)] = &[
    ("aws:RequestTag/ebs.csi.aws.com/cluster", "true"),
    ("aws:ResourceTag/ebs.csi.aws.com/cluster", "true"),
    ("ec2:ResourceTag/ebs.csi.aws.com/cluster", "true"),
];
const EFS: &[(&str, &str)] = &[
    ("aws:RequestTag/efs.csi.aws.com/cluster", "true"),
    ("aws:ResourceTag/efs.csi.aws.com/cluster", "true"),
    ("aws:TagKeys", "efs.csi.aws.com/cluster"),
];
const KARPENTER: &[(&str, &str)] = &[
    ("aws:RequestTag/kubernetes.io/cluster/{cluster}", "owned"),
    ("aws:RequestTag/eks:eks-cluster-name", "{cluster}"),
    ("aws:RequestTag/karpenter.sh/nodepool", "default"),
];

/// The controllers, each with the actions that tell it: what it needs and nodes never do. The keys are the tags that it sets
/// or looks for, on which AWS's and its own policies hang.
pub(super) const CONTROLLERS: &[Power] = &[
    Power {
        name: "the cluster autoscaler",
        gains: "sets the size of Auto Scaling groups, and ends their instances",
        steps: &[
            of(
                "autoscaling:SetDesiredCapacity",
                "autoscaling",
                "autoScalingGroup:*:autoScalingGroupName/*",
                AUTOSCALER,
            ),
            of(
                "autoscaling:TerminateInstanceInAutoScalingGroup",
                "autoscaling",
                "autoScalingGroup:*:autoScalingGroupName/*",
                AUTOSCALER,
            ),
        ],
        source: "https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md",
    },
    Power {
        name: "the AWS load balancer controller",
        gains: "makes load balancers and target groups",
        steps: &[
            of(
                "elasticloadbalancing:CreateLoadBalancer",
                "elasticloadbalancing",
                "loadbalancer/app/*/*",
                LOAD_BALANCERS,
            ),
            of("elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing", "targetgroup/*/*", LOAD_BALANCERS),
        ],
        source: "https://docs.aws.amazon.com/eks/latest/userguide/aws-load-balancer-controller.html",
    },
    Power {
        name: "the EBS CSI driver",
        gains: "makes volumes and attaches them to any instance",
        steps: &[of("ec2:CreateVolume", "ec2", "volume/*", EBS), of("ec2:AttachVolume", "ec2", "volume/*", EBS)],
        source: "https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html",
    },
    Power {
        name: "the EFS CSI driver",
        gains: "makes access points and deletes them",
        steps: &[
            of("elasticfilesystem:CreateAccessPoint", "elasticfilesystem", "file-system/*", EFS),
            of("elasticfilesystem:DeleteAccessPoint", "elasticfilesystem", "access-point/*", EFS),
        ],
        source: "https://docs.aws.amazon.com/eks/latest/userguide/efs-csi.html",
    },
    Power {
        name: "external-dns",
        gains: "writes records into hosted zones",
        steps: &[Step {
            action: "route53:ChangeResourceRecordSets",
            on: On::Unowned("route53", "hostedzone/*"),
            keys: &[],
        }],
        source: "https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/aws/",
    },
    Power {
        name: "cert-manager",
        gains: "writes records into hosted zones, and waits until they are there",
        steps: &[
            Step { action: "route53:ChangeResourceRecordSets", on: On::Unowned("route53", "hostedzone/*"), keys: &[] },
            Step { action: "route53:GetChange", on: On::Unowned("route53", "change/*"), keys: &[] },
        ],
        source: "https://cert-manager.io/docs/configuration/acme/dns01/route53/",
    },
    Power {
        name: "Karpenter's controller",
        gains: "launches fleets of instances",
        steps: &[
            of("ec2:CreateFleet", "ec2", "fleet/*", KARPENTER),
            of("ec2:RunInstances", "ec2", "instance/*", KARPENTER),
        ],
        source: "https://karpenter.sh/docs/reference/cloudformation/",
    },
];

const fn of(
    action: &'static str,
    service: &'static str,
    resource: &'static str,
    keys: &'static [(&'static str, &'static str)],
) -> Step {
    Step { action, on: On::Regional(service, resource), keys }
}

/// NR305 controllers-on-node-role: rights by which a controller is known (`CONTROLLERS`), on whatever resources: every pod
/// of the node has them, while EKS Pod Identity would give them to the controller alone.
///
/// Blind to whether the controller runs in the cluster, and to controllers that are not in the table.
pub fn nr305(node_role: &NodeRole<'_>) -> Verdict {
    let inquiry = match Inquiry::of(node_role, SEVERITY, true) {
        Ok(inquiry) => inquiry,
        Err(verdict) => return verdict,
    };
    let weighed = Weighed::of(&inquiry, CONTROLLERS);
    let name = called(node_role.arn);
    let owners: Vec<&str> = weighed.granted.iter().map(|held| held.power.name).collect();
    let words = Words {
        holds: format_args!("`{name}` carries what controllers need, for every pod on its nodes to use"),
        open: format_args!("whether `{name}` carries what controllers need"),
        none: format_args!("`{name}` carries nothing by which a controller is known"),
        status: Status::Advice,
        severity: SEVERITY,
    };
    weighed.verdict(&inquiry, &words, |granted| mend::take_away(&inquiry, granted, &list(&owners)))
}
