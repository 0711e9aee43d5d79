"""What stands at the edge of the product teams: partners' interfaces, and an ERP that nobody wants to touch."""

import documents
import recipes
import rules
from workloads import CONTROLS, UNITS


def build(org):
    """Adds the accounts."""
    partners(org)
    erp(org)


def partners(org):
    """Interfaces to partners: a node group that may not be read, a vendor's trust, the trust of a cluster role."""
    account = org.account("890189018901", "partner-integrations", UNITS, CONTROLS)
    cluster = recipes.terraform_cluster(account, "eu-west-1", "partners", "1.34", "2024-11-18")
    cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, "partners-vpc-cni", "2024-11-18"))
    vendor = documents.trust(
        {"AWS": "arn:aws:iam::999988887777:root"},
        condition={"StringEquals": {"sts:ExternalId": "example-edi-7f3a"}},
        sid="EdiVendor",
    )
    trust = documents.policy(documents.EC2, vendor)
    gateway = recipes.cdk_node_role(account, "Partners", "Gateway", "2024-11-18", trust)
    cluster.group("gateway", gateway, "2024-11-18")
    account.plant("NR102", "fail", gateway, "a vendor's account may assume the nodes' role", "high")
    adapters = recipes.cdk_node_role(account, "Partners", "Adapters", "2025-01-13")
    cluster.group("adapters", adapters, "2025-01-13")
    target = f"arn:aws:eks:eu-west-1:{account.id}:nodegroup/partners/file-transfer/*"
    how = "with an explicit deny in an identity-based policy"
    gap = account.denied("eks:DescribeNodegroup", target, target, how)
    cluster.unread_group("file-transfer", gap)
    why = "the node group may not be read, so that nobody knows its role"
    account.plant_each(rules.OF_NODE_GROUPS, "unknown", None, why, "file-transfer")
    why = "the role may also be that of the node group that may not be read"
    for role in [gateway, adapters]:
        account.plant_each(["NR306", "NR406"], "unknown", role, why)
    america = recipes.terraform_cluster(account, "us-east-1", "partners-us", "1.34", "2025-06-23")
    america.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(america, "partners-us-vpc-cni", "2025-06-23"))
    copied = account.role(
        "partners-us-nodes",
        documents.TRUST_CLUSTER,
        "2025-06-23",
        [recipes.WORKER, recipes.PULL],
    )
    issue = {
        "code": "AccessDenied",
        "message": "Your worker nodes do not have access to the cluster. Verify if the node instance role is present "
        "and correctly configured in the aws-auth ConfigMap.",
        "resources": [copied],
    }
    america.group("gateway", copied, "2025-06-23", status="DEGRADED", health=[issue])
    account.plant("NR403", "fail", copied, "EKS reports AccessDenied, which NR101 explains", "high", "gateway")
    account.plant(
        "NR101", "fail", copied, "the trust policy was copied from the cluster role: EC2 is not in it", "critical"
    )
    account.plant("NR102", "fail", copied, "EKS may assume it", "medium")
    account.plant("NR306", "unknown", copied, why)
    account.plant("NR002", "fail", copied, "it trusts EKS as a cluster role does, though it is none yet", "medium")


def erp(org):
    """The ERP: a cluster of before access entries, and an audit role that may not read everything."""
    account = org.account("345634563456", "erp-legacy", UNITS, CONTROLS, blind=True)
    account.gaps.append(
        account.denied("iam:GetAccountAuthorizationDetails", f"account {account.id}", f"arn:aws:iam::{account.id}:*")
    )
    role = account.role(
        "erp-eks-role",
        documents.policy(documents.trust({"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]})),
        "2021-09-06",
        [recipes.CLUSTER, recipes.WORKER, recipes.READ],
        tags={"owner": "erp-operations"},
    )
    cluster = account.cluster("eu-west-1", "erp", version="1.31", day="2021-09-06", role=role, mode="CONFIG_MAP")
    cluster.vpc_cni("v1.19.2-eksbuild.1", recipes.irsa_role(cluster, "erp-vpc-cni", "2022-02-14"))
    cluster.group("app", role, "2023-11-06", ami="AL2_x86_64", template="erp-app")
    account.plant("NR002", "fail", role, "the cluster's own role is the role of its nodes", "high")
    account.plant("NR102", "fail", role, "EKS may assume it besides EC2", "medium")
    why = "what the control plane needs is within reach of every pod: it may rewrite instances and their user data"
    account.plant("NR302", "fail", role, why, "high")
    account.plant("NR305", "advice", role, "it makes load balancers and volumes, as the control plane must")
    name = "erp-reports-node"
    target = f"arn:aws:iam::{account.id}:role/{name}"
    gap = account.denied("iam:GetRolePolicy", f"{target}, inline policy s3-exports", target)
    account.gaps.append(gap)
    reports = account.role(
        name,
        documents.TRUST_EKSCTL,
        "2023-12-04",
        [recipes.WORKER, recipes.READ],
        inline={"s3-exports": gap},
        tags={"owner": "erp-operations"},
    )
    cluster.group("reports", reports, "2023-12-04", ami="AL2_x86_64", template="erp-reports")
    why = "the inline policy s3-exports may not be read, and could forbid or grant anything"
    account.plant_each(["NR201", "NR202", "NR205", *rules.OF_POLICIES], "unknown", reports, why)
    interfaces = account.role(
        "erp-interfaces-node", documents.TRUST_CONSOLE, "2024-10-28", [recipes.WORKER, recipes.PULL]
    )
    cluster.group("interfaces", interfaces, "2024-10-28", template="erp-interfaces")
    batch = account.role(
        "erp-batch-node", documents.TRUST_CONSOLE, "2026-02-23", [recipes.WORKER, recipes.PULL], path="/erp/nodes/"
    )
    issue = {
        "code": "AccessDenied",
        "message": "Your worker nodes do not have access to the cluster. Verify if the node instance role is present "
        "and correctly configured in the aws-auth ConfigMap.",
        "resources": [batch],
    }
    cluster.group("batch", batch, "2026-02-23", status="DEGRADED", health=[issue], template="erp-batch")
    why = "the role's ARN has a path, as the new naming guide wants it: aws-auth matches none that has"
    account.plant("NR402", "fail", batch, why, "medium", "batch")
    account.plant("NR403", "fail", batch, "EKS reports AccessDenied, which NR402 explains", "high", "batch")
    account.compute_gap = account.compute_denied
    unseen(account, {"app": role, "reports": reports, "interfaces": interfaces, "batch": batch})
    account.plant("NR005", "unknown", None, "the account's roles may not be listed")


def unseen(account, groups):
    """What stays open where the audit role is older than the questions to EC2: what launches nodes, and all that no
    node group tells of."""
    why = "the audit role may not ask EC2: which instance profiles the nodes carry, and who reads them, is not known"
    for group, role in groups.items():
        account.plant_each(["NR004", "NR404"], "unknown", role, why, group)
        account.plant_each(["NR306", "NR308"], "unknown", role, "self-managed nodes may have the role")
    # In its cluster aws-auth alone maps roles, so that NR401 has nothing to judge whatever nodes there are.
    of_nodes = [rule for rule in rules.OF_NODES if rule != "NR401"]
    account.plant_each(of_nodes, "unknown", None, "whether there are self-managed nodes only EC2 could tell", "*")
