"""The factories: machines outside AWS that are nodes, by hybrid activations and by certificates."""

import documents
import names
import recipes
from workloads import CONTROLS, UNITS

REGION = "eu-west-1"


def build(org):
    """Adds the account."""
    account = org.account("987698769876", "factory-edge", UNITS, CONTROLS)
    cluster = recipes.terraform_cluster(account, REGION, "factory", "1.34", "2025-10-20")
    policies = [recipes.PULL, hybrid_policy(account, cluster)]
    by_activation = documents.trust_systems_manager(account.id, REGION)
    lines = account.role("AmazonEKSHybridNodesRole", by_activation, "2025-10-20", [*policies, recipes.SSM])
    cluster.enter(lines, "HYBRID_LINUX", day="2025-10-20")
    anchor = names.uuid("the factories' trust anchor")
    by_certificate = documents.trust_roles_anywhere(account.id, REGION, anchor)
    robots = account.role("factory-robots-node", by_certificate, "2025-11-10", policies)
    cluster.enter(robots, "HYBRID_LINUX", day="2025-11-10")
    cameras = account.role("factory-cameras-node", documents.TRUST_CONSOLE, "2026-03-30", policies)
    cluster.enter(cameras, "HYBRID_LINUX", day="2026-03-30")
    why = "its trust policy was copied from nodes on EC2: neither service that serves machines outside AWS is in it"
    account.plant("NR101", "fail", cameras, why, "critical")
    account.plant("NR102", "fail", cameras, "EC2 may assume it, and machines outside AWS have nothing of EC2", "medium")


def hybrid_policy(account, cluster):
    """What AWS's page for hybrid nodes grants beside pulling; the ARN."""
    tagged = {"StringEquals": {"ssm:resourceTag/EKSClusterARN": cluster.arn}}
    document = documents.policy(
        documents.statement(["eks:DescribeCluster", "eks:ListAccessEntries"], cluster.arn),
        documents.statement("ssm:DescribeInstanceInformation"),
        documents.statement(
            "ssm:DeregisterManagedInstance", f"arn:aws:ssm:{REGION}:{account.id}:managed-instance/*", condition=tagged
        ),
    )
    return account.policy("factory-hybrid-nodes", document, "2025-10-20")
