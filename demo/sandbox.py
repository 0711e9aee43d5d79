"""The organizational unit for experiments: an allow list as SCP, and what people leave behind."""

import documents
import names
import recipes
from documents import FULL_ACCESS, SANDBOX, STAY

UNIT = "ou-m4x2-2sand5qy"
CONTROLS = [[FULL_ACCESS, STAY], [SANDBOX], [FULL_ACCESS]]


def build(org):
    """Adds the accounts."""
    platform(org)
    data(org)


def platform(org):
    """The platform team's own sandbox: the SCP knows no eks-auth, and one region may not be read."""
    account = org.account("567856785678", "sandbox-platform", [UNIT], CONTROLS)
    target = f"arn:aws:eks:ap-southeast-2:{account.id}:cluster/*"
    how = "with an explicit deny in a service control policy"
    gap = account.denied("eks:ListClusters", target, target, how)
    account.region_gaps["ap-southeast-2"] = [gap]
    cluster = recipes.terraform_cluster(account, "eu-west-1", "sandbox", "1.35", "2026-01-12")
    cluster.pod_identity_agent()
    cluster.vpc_cni("v1.23.0-eksbuild.1", recipes.irsa_role(cluster, "sandbox-vpc-cni", "2026-01-12"))
    role = recipes.terraform_node_role(account, "sandbox", "2026-01-12", [recipes.WORKER, recipes.PULL])
    cluster.group("default", role, "2026-01-12")
    cluster.group("arm64", role, "2026-03-09", ami="AL2023_ARM_64_STANDARD")
    spot = cleaned_up(account, cluster)
    retired = recipes.terraform_node_role(account, "sandbox-al2", "2026-01-12", [recipes.WORKER, recipes.PULL])
    cluster.group("al2", retired, "2026-01-12", ami="AL2_x86_64", status="DELETING")
    for nodes in [role, spot]:
        account.plant("NR203", "fail", nodes, "the SCP sandbox-services is an allow list without eks-auth", "high")
        for rule in ["NR002", "NR003", "NR306"]:
            account.plant(rule, "unknown", nodes, "the clusters of ap-southeast-2 may not be listed")
    recipes.terraform_node_role(account, "sandbox-apac", "2026-02-16", [recipes.WORKER, recipes.PULL])
    why = "sandbox-apac looks like a node role; what may use it are the clusters of ap-southeast-2"
    account.plant("NR005", "unknown", None, why)


def cleaned_up(account, cluster):
    """A node group whose instance profile a clean-up script took for an orphan, and a cluster that is being created."""
    spot = recipes.terraform_node_role(account, "sandbox-spot", "2026-06-08", [recipes.WORKER, recipes.PULL])
    issue = {
        "code": "IamInstanceProfileNotFound",
        "message": "We couldn't find the instance profile of your managed node group.",
        "resources": [f"eks-{names.uuid(f'{cluster.arn} spot')}"],
    }
    cluster.group("spot", spot, "2026-06-08", status="DEGRADED", health=[issue], profile=False)
    why = "a clean-up script deleted the instance profile that EKS had made for the node group"
    account.plant("NR004", "fail", spot, why, "high", "spot")
    account.plant("NR403", "fail", spot, why, "high", "spot")
    role = recipes.cluster_role(account, "sandbox-next", "2026-11-23")
    account.cluster(
        "us-east-1", "sandbox-next", version="1.35", day="2026-11-23", role=role, status="CREATING"
    ).created("2026-11-23T04:56:31Z")
    return spot


def data(org):
    """The data team's sandbox: a role that is gone, one in quarantine, one that anyone may assume."""
    account = org.account("678967896789", "sandbox-data", [UNIT], CONTROLS)
    cluster = recipes.terraform_cluster(account, "us-east-1", "playground", "1.34", "2025-10-13")
    cluster.vpc_cni("v1.21.1-eksbuild.7", recipes.irsa_role(cluster, "playground-vpc-cni", "2025-10-13"))
    cluster.group("default", recipes.eksctl_node_role(account, "playground", "default", "2025-10-13"), "2025-10-13")
    gone = f"arn:aws:iam::{account.id}:role/playground-demo-nodes"
    account.roles["playground-demo-nodes"] = "no_such_role"
    issue = {
        "code": "IamNodeRoleNotFound",
        "message": "We couldn't find the node IAM role for your managed node group. You may be able to recreate an IAM "
        "role with the same settings to recover.",
        "resources": [gone],
    }
    cluster.group("demo", gone, "2025-11-10", status="DEGRADED", health=[issue])
    account.plant("NR001", "fail", gone, "somebody deleted the role of the node group demo", "critical", "demo")
    account.plant("NR403", "fail", gone, "EKS reports that the role is gone", "high", "demo")
    hackday = account.role(
        "hackday-nodes",
        documents.policy(documents.EC2, documents.trust({"AWS": "*"}, sid="JustForToday")),
        "2026-05-22",
        [recipes.WORKER, recipes.PULL, "AdministratorAccess"],
    )
    cluster.group("hackday", hackday, "2026-05-22")
    account.plant("NR102", "fail", hackday, "anyone at all may assume it", "critical")
    account.plant("NR301", "fail", hackday, "an administrator, so that nobody had to think on the day", "critical")
    why = "an administrator may do that too"
    for rule, severity in {"NR205": "medium", "NR302": "high", "NR303": "medium", "NR304": "medium"}.items():
        account.plant(rule, "fail", hackday, why, severity)
    account.plant("NR305", "advice", hackday, why)
    quarantined = account.role(
        "playground-gpu-nodes",
        documents.policy(documents.EC2, documents.trust("*", effect="Deny", sid="QuarantineIncident2291")),
        "2025-12-01",
        [recipes.WORKER, recipes.PULL],
    )
    cluster.group("gpu", quarantined, "2025-12-01", ami="AL2023_x86_64_NVIDIA")
    why = "a Deny for everyone, left over from an incident, forbids EC2 too"
    account.plant("NR101", "fail", quarantined, why, "critical")
