"""The marketplace, whose team runs its nodes with Karpenter, and what comes of it; and loyalty, which copied it."""

import documents
import fleet
import recipes
from workloads import CONTROLS, SHORT, UNITS

# What the Helm chart's page of the load balancer controller grants, as far as it matters here.
LOAD_BALANCERS = documents.policy(
    documents.statement(
        [
            "elasticloadbalancing:CreateLoadBalancer",
            "elasticloadbalancing:CreateTargetGroup",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:RegisterTargets",
        ]
    )
)


def build(org):
    """Adds the accounts."""
    account = org.account("234523452345", "marketplace-prod", UNITS, CONTROLS)
    europe(account)
    america(account)
    asia(account)
    loyalty(org)


def karpenter_cluster(account, region, day):
    """A cluster for Karpenter; aws-node has a role of its own."""
    name = f"{account.name.rsplit('-', 1)[0]}-{SHORT[region]}"
    cluster = recipes.terraform_cluster(account, region, name, "1.35", day)
    cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, f"{name}-vpc-cni", day))
    cluster.pod_identity_agent().apps(3)
    return cluster


def node_role(account, cluster, day):
    """The nodes' role as Karpenter's CloudFormation template names it."""
    attached = [recipes.WORKER, recipes.PULL, recipes.SSM]
    name = f"KarpenterNodeRole-{cluster.name}"
    tags = {"aws:cloudformation:stack-name": f"Karpenter-{cluster.name}"}
    return account.role(name, documents.TRUST_EKSCTL, day, attached, tags=tags)


def europe(account):
    """Two node pools that are as they should be, beside a group whose controllers have no roles of their own."""
    cluster = karpenter_cluster(account, "eu-west-1", "2025-02-17")
    policy = account.policy("AWSLoadBalancerControllerIAMPolicy", LOAD_BALANCERS, "2025-02-17")
    attached = [recipes.WORKER, recipes.PULL, recipes.SSM, policy]
    system = recipes.terraform_node_role(account, "eu-system", "2025-02-17", attached)
    cluster.group("system", system, "2025-02-17", ami="AL2023_ARM_64_STANDARD")
    account.plant("NR305", "advice", system, "the load balancer controller runs with the nodes' role")
    role = node_role(account, cluster, "2025-02-17")
    fleet.karpenter(cluster, "default", role, "2025-02-24", 3)
    fleet.karpenter(cluster, "spot", role, "2025-02-24", 2)


def america(account):
    """A node role that was made anew beneath its access entry, and one whose entry is of the type for people."""
    cluster = karpenter_cluster(account, "us-east-1", "2025-06-02")
    system = recipes.terraform_node_role(account, "us-system", "2025-06-02")
    cluster.group("system", system, "2025-06-02", ami="AL2023_ARM_64_STANDARD")
    again = node_role(account, cluster, "2026-09-14")
    fleet.karpenter(cluster, "default", again, "2025-06-09", 2)
    why = "its stack was deleted and created again: the access entry of 2025 still holds the role that is gone"
    account.plant("NR405", "fail", again, why, "high")
    graphics = account.role(
        "marketplace-us-gpu-node", documents.TRUST_EKSCTL, "2026-07-06", [recipes.WORKER, recipes.PULL, recipes.SSM]
    )
    fleet.karpenter(cluster, "gpu", graphics, "2026-07-06", 1, node_class="gpu", entry="STANDARD")
    why = "its access entry was made with the type for people: the nodes are not let in"
    account.plant("NR401", "fail", graphics, why, "high", "gpu")


def asia(account):
    """A node class without a node: its instance profile tells of it."""
    cluster = karpenter_cluster(account, "ap-southeast-2", "2026-05-11")
    system = recipes.terraform_node_role(account, "apac-system", "2026-05-11")
    cluster.group("system", system, "2026-05-11", ami="AL2023_ARM_64_STANDARD")
    role = node_role(account, cluster, "2026-05-11")
    pool = fleet.karpenter(cluster, "default", role, "2026-05-18", 0)
    account.plant("NR401", "unknown", role, "no node runs that would show whether they are Linux", None, pool)
    account.plant("NR404", "unknown", role, "no node runs that would show its metadata service", None, pool)


def loyalty(org):
    """Loyalty after the account was retired: the marketplace's recipe without its history."""
    account = org.account("321032103210", "loyalty-prod", UNITS, CONTROLS)
    for region, day in {"eu-west-1": "2026-03-23", "us-east-1": "2026-04-20", "ap-southeast-2": "2026-08-10"}.items():
        cluster = karpenter_cluster(account, region, day)
        system = recipes.terraform_node_role(account, f"{SHORT[region]}-system", day)
        cluster.group("system", system, day, size=1)
        fleet.karpenter(cluster, "default", node_role(account, cluster, day), day, 1)
