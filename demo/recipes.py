"""How platform teams make roles: the names and tags that Terraform, eksctl, the CDK and the console give."""

import documents
import names

WORKER = "AmazonEKSWorkerNodePolicy"
MINIMAL = "AmazonEKSWorkerNodeMinimalPolicy"
PULL = "AmazonEC2ContainerRegistryPullOnly"
READ = "AmazonEC2ContainerRegistryReadOnly"
CNI = "AmazonEKS_CNI_Policy"
SSM = "AmazonSSMManagedInstanceCore"
CLUSTER = "AmazonEKSClusterPolicy"
POWER = "AmazonEC2ContainerRegistryPowerUser"
# What is in daily use was last used on the day before the run.
IN_USE = "2026-11-22T17:00:00Z"


def operators(account):
    """The role of the people who run the account's clusters, from IAM Identity Center."""
    suffix = names.hexadecimal(account.id, 16)
    path = "aws-reserved/sso.amazonaws.com/eu-west-1"
    return f"arn:aws:iam::{account.id}:role/{path}/AWSReservedSSO_EKSOperator_{suffix}"


def cluster_role(account, name, day):
    """A cluster role as terraform-aws-eks makes it."""
    stamp = day.replace("-", "") + names.hexadecimal(account.id + name, 18).translate(str.maketrans("abcdef", "012345"))
    full = f"{name}-cluster-{stamp}"
    return account.role(full, documents.TRUST_CLUSTER, day, [f"arn:aws:iam::aws:policy/{CLUSTER}"], used=IN_USE)


def terraform_node_role(account, group, day, attached=(WORKER, PULL, SSM), trust=documents.TRUST_TERRAFORM, **more):
    """A node role as terraform-aws-eks makes it: `GROUP-eks-node-group-` and a time stamp."""
    digits = names.hexadecimal(account.id + group + day, 18).translate(str.maketrans("abcdef", "678901"))
    name = f"{group}-eks-node-group-{day.replace('-', '')}{digits}"
    tags = {"terraform": "true", "team": account.name.rsplit("-", 1)[0]} | more.pop("tags", {})
    return account.role(name, trust, day, attached, tags=tags, **more)


def eksctl_node_role(account, cluster, group, day, attached=(WORKER, PULL, SSM), **more):
    """A node role as eksctl makes it."""
    suffix = names.letters(f"{account.id} {cluster} {group}", 12)
    # CloudFormation cuts the stack's name where the whole would be longer than 64 characters.
    stack = f"eksctl-{cluster}-nodegroup-{group}"[:34].rstrip("-")
    name = f"{stack}-NodeInstanceRole-{suffix}"
    tags = {
        "alpha.eksctl.io/cluster-name": cluster,
        "alpha.eksctl.io/nodegroup-name": group,
        "aws:cloudformation:stack-name": f"eksctl-{cluster}-nodegroup-{group}",
    }
    return account.role(name, documents.TRUST_EKSCTL, day, attached, tags=tags, **more)


def cdk_node_role(account, stack, group, day, trust=documents.TRUST_CDK, attached=(WORKER, READ)):
    """A node role as the CDK makes it."""
    suffix = names.letters(f"{account.id} {stack} {group}", 12)
    name = f"{stack}-ClusterNodegroup{group}NodeGroupRole-{suffix}"
    return account.role(name, trust, day, attached, tags={"aws:cloudformation:stack-name": stack})


def irsa_role(cluster, name, day, attached=(CNI,)):
    """A role of aws-node by the cluster's OIDC issuer."""
    account = cluster.account
    trust = documents.trust_service_account(account.id, cluster.issuer, "kube-system", "aws-node")
    return account.role(name, trust, day, attached, used=IN_USE, hour=12)


def pod_identity_role(cluster, name, day, attached=(CNI,)):
    """A role that EKS Pod Identity assumes."""
    return cluster.account.role(name, documents.TRUST_POD_IDENTITY, day, attached, used=IN_USE, hour=12)


def terraform_cluster(account, region, name, version, day, **more):
    """A cluster as the platform team's Terraform makes it: its creator does not stay an administrator."""
    cluster = account.cluster(region, name, version=version, day=day, role=cluster_role(account, name, day), **more)
    return cluster.operators(operators(account))
