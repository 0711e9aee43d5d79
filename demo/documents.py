"""The policy documents of the sample organization: trust policies, permissions, boundaries, SCPs."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent

# AWS's policy for the CNI in IPv6 clusters, as the user guide gave it until July 2026 ...
CNI_IPV6_OLD = [
    "ec2:AssignIpv6Addresses",
    "ec2:DescribeInstances",
    "ec2:DescribeTags",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeInstanceTypes",
]
# ... and since then: vpc-cni 1.22 does not start without these.
CNI_IPV6 = CNI_IPV6_OLD + ["ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"]
# What an IPv6 cluster needs besides, as soon as a node gets a second network interface.
CNI_INTERFACES = ["ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"]
# AmazonEKS_CNI_Policy as it was before 2024, which people copied into policies of their own.
CNI_IPV4_OLD = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:AttachNetworkInterface",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeInstances",
    "ec2:DescribeTags",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeInstanceTypes",
    "ec2:DetachNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:UnassignPrivateIpAddresses",
]
PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
# The account from which EKS serves the images of its add-ons, in the three regions of the sample.
ADDON_REGISTRY = "602401143452"


def managed(name):
    """An AWS managed policy: (ARN, version, document)."""
    policy = json.loads((FOLDER / "managed-policies" / f"{name}.json").read_text(encoding="utf-8"))
    return policy["Arn"], policy["DefaultVersionId"], text(policy["Document"])


def text(document):
    """A document as text."""
    return json.dumps(document, separators=(",", ":"))


def statement(action, resource="*", effect="Allow", sid=None, condition=None):
    """A statement of a permissions policy."""
    members = {} if sid is None else {"Sid": sid}
    members |= {"Effect": effect, "Action": action, "Resource": resource}
    return members if condition is None else members | {"Condition": condition}


def policy(*statements, version="2012-10-17"):
    """A document of these statements."""
    return text({"Version": version, "Statement": list(statements)})


def eni_tags():
    """The right to tag network interfaces, in every CNI policy."""
    return statement("ec2:CreateTags", ["arn:aws:ec2:*:*:network-interface/*"])


def trust(principal, action="sts:AssumeRole", effect="Allow", condition=None, sid=None):
    """A statement of a trust policy."""
    members = {} if sid is None else {"Sid": sid}
    members |= {"Effect": effect, "Principal": principal, "Action": action}
    return members if condition is None else members | {"Condition": condition}


EC2 = trust({"Service": "ec2.amazonaws.com"})
# The console's, eksctl's and Terraform's spellings of the same trust.
TRUST_CONSOLE = policy(trust({"Service": ["ec2.amazonaws.com"]}, ["sts:AssumeRole"]))
TRUST_EKSCTL = policy(EC2)
TRUST_TERRAFORM = policy(trust({"Service": "ec2.amazonaws.com"}, sid="EKSNodeAssumeRole"))
TRUST_CDK = text({"Version": "2012-10-17", "Statement": EC2})
TRUST_CLUSTER = policy(trust({"Service": "eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"]))
TRUST_POD_IDENTITY = policy(trust({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"]))


def trust_service_account(account, issuer, namespace, name):
    """A role of one Kubernetes service account (IRSA)."""
    return policy(
        trust(
            {"Federated": f"arn:aws:iam::{account}:oidc-provider/{issuer}"},
            "sts:AssumeRoleWithWebIdentity",
            condition={
                "StringEquals": {
                    f"{issuer}:aud": "sts.amazonaws.com",
                    f"{issuer}:sub": f"system:serviceaccount:{namespace}:{name}",
                }
            },
        )
    )


def trust_systems_manager(account, region):
    """The trust of hybrid nodes with a hybrid activation, as AWS's page gives it."""
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:ssm:{region}:{account}:*"},
    }
    return policy(trust({"Service": "ssm.amazonaws.com"}, condition=condition))


def trust_roles_anywhere(account, region, anchor):
    """The trust of hybrid nodes with certificates, as AWS's page gives it."""
    condition = {
        "StringEquals": {"sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}"},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:rolesanywhere:{region}:{account}:trust-anchor/{anchor}"},
    }
    actions = ["sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRole"]
    principal = {"Service": "rolesanywhere.amazonaws.com"}
    named = trust(principal, "sts:AssumeRole", condition=condition)
    anchored = trust(principal, actions[:2], condition={"ArnEquals": condition["ArnEquals"]})
    return policy(anchored, named)


# What eksctl writes for withAddonPolicies.autoScaler.
AUTOSCALER = policy(
    statement(
        [
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "autoscaling:DescribeLaunchConfigurations",
            "autoscaling:DescribeTags",
            "autoscaling:SetDesiredCapacity",
            "autoscaling:TerminateInstanceInAutoScalingGroup",
            "ec2:DescribeLaunchTemplateVersions",
        ]
    )
)

FULL_ACCESS = ("FullAWSAccess", policy(statement("*")))
STAY = (
    "deny-leaving-the-organization",
    policy(statement("organizations:LeaveOrganization", effect="Deny", sid="StayInTheOrganization")),
)
# A region lock of the usual form. The region of every request is known, so that it leaves nothing open.
REGIONS = (
    "approved-regions",
    policy(
        {
            "Sid": "DenyOtherRegions",
            "Effect": "Deny",
            "NotAction": ["iam:*", "sts:*", "organizations:*", "route53:*", "cloudfront:*", "support:*", "budgets:*"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1", "ap-southeast-2"]}},
        }
    ),
)
CARDHOLDER = (
    "cardholder-data-guardrails",
    policy(
        statement(["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], effect="Deny", sid="KeepTheTrail"),
        statement(
            ["s3:PutObject", "s3:GetObject"],
            effect="Deny",
            sid="TlsOnly",
            condition={"Bool": {"aws:SecureTransport": "false"}},
        ),
    ),
)
# An allow list from before EKS Pod Identity: eks-auth is a service of its own, and nobody added it.
SANDBOX_SERVICES = (
    "autoscaling cloudformation cloudwatch ec2 ec2messages ecr eks elasticloadbalancing iam kms lambda logs s3 ssm "
    "ssmmessages sts"
)
SANDBOX = (
    "sandbox-services",
    policy(statement([f"{service}:*" for service in SANDBOX_SERVICES.split()], sid="ServicesForExperiments")),
)
