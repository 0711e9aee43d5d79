"""The organizational unit for payments and identities: least privilege by policies of their own, and boundaries."""

import documents
import recipes
from documents import CARDHOLDER, FULL_ACCESS, REGIONS, STAY

UNITS = ["ou-m4x2-9work6tz", "ou-m4x2-4regu8pd"]
CONTROLS = [[FULL_ACCESS, STAY], [FULL_ACCESS, REGIONS], [FULL_ACCESS, CARDHOLDER], [FULL_ACCESS]]
SHORT = {"eu-west-1": "eu", "us-east-1": "us", "ap-southeast-2": "apac"}


def build(org):
    """Adds the accounts."""
    payments(org)
    staging(org)
    identity(org)


def least_privilege(account, day):
    """The team's own policies: what a node needs, on what it needs; the ARNs."""
    baseline = documents.policy(
        documents.statement(["ec2:DescribeInstances", "ec2:DescribeInstanceTypes"], sid="FindItself"),
        documents.statement(
            ["eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity"],
            f"arn:aws:eks:*:{account.id}:cluster/*",
            sid="ItsCluster",
        ),
    )
    pull = documents.policy(
        documents.statement("ecr:GetAuthorizationToken", sid="LogIn"),
        documents.statement(
            documents.PULL,
            [
                f"arn:aws:ecr:*:{documents.ADDON_REGISTRY}:repository/*",
                f"arn:aws:ecr:*:{account.id}:repository/*",
                "arn:aws:ecr:*:555566667777:repository/base/*",
            ],
            sid="Pull",
        ),
    )
    return [
        account.policy("eks-node-baseline", baseline, day, path="/platform/", version="v2"),
        account.policy("eks-node-pull", pull, day, path="/platform/", version="v4"),
    ]


def boundary(account, name, day, services):
    """A permissions boundary that allows these services and forbids what would undo it; its ARN."""
    document = documents.policy(
        documents.statement([f"{service}:*" for service in services], sid="Services"),
        documents.statement(["iam:*", "organizations:*", "sts:AssumeRole"], effect="Deny", sid="NoWayOut"),
    )
    return account.policy(name, document, day, path="/boundaries/")


def payments(org):
    """Payments in three regions; in the youngest one a role still has the boundary of 2022."""
    account = org.account("666677778888", "payments-prod", UNITS, CONTROLS)
    policies = least_privilege(account, "2024-02-12")
    today = boundary(account, "payments-node-2024", "2024-02-12", ["ec2", "eks", "eks-auth", "ecr", "logs", "ssm"])
    before = boundary(account, "payments-node-2022", "2022-06-20", ["ec2", "eks", "ecr", "logs", "ssm"])
    days = {"eu-west-1": "2024-02-19", "us-east-1": "2024-03-04", "ap-southeast-2": "2025-08-18"}
    for region, day in days.items():
        short = SHORT[region]
        name = f"payments-{short}"
        cluster = recipes.terraform_cluster(account, region, name, "1.34", day, tags={"data-class": "cardholder"})
        cluster.pod_identity_agent()
        cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, f"{name}-vpc-cni", day))
        cluster.apps(0 if short == "apac" else 4)
        for group in ["core", "batch"]:
            old = short == "apac" and group == "batch"
            role = account.role(
                f"{name}-{group}-node",
                documents.TRUST_TERRAFORM,
                day,
                policies,
                boundary=before if old else today,
                path="/eks/nodes/",
                tags={"team": "payments", "cost-centre": "4410"},
            )
            tags = {"team": "payments"}
            cluster.group(group, role, day, "BOTTLEROCKET_x86_64", template=f"{name}-{group}", tags=tags)
            if old:
                why = "the boundary of 2022 knows no eks-auth: it takes away what the node's own policy grants"
                account.plant("NR203", "fail", role, why, "high")


def staging(org):
    """The staging account, where somebody followed a scanner's advice."""
    account = org.account("777788889999", "payments-staging", UNITS, CONTROLS)
    policies = least_privilege(account, "2024-01-22")
    cluster = recipes.terraform_cluster(account, "eu-west-1", "payments-staging", "1.35", "2024-01-22")
    cluster.pod_identity_agent().apps(3)
    cluster.vpc_cni("v1.22.2-eksbuild.1")
    cluster.aws_node_role(recipes.pod_identity_role(cluster, "payments-staging-vpc-cni", "2025-02-10"), "2025-02-10")
    condition = {"StringEquals": {"aws:SourceAccount": account.id}}
    trust = documents.policy(documents.trust({"Service": "ec2.amazonaws.com"}, condition=condition, sid="ScannerFix"))
    core = account.role(
        "payments-staging-core-node",
        trust,
        "2024-01-22",
        policies,
        path="/eks/nodes/",
        tags={"team": "payments"},
    )
    cluster.group("core", core, "2024-01-22", ami="BOTTLEROCKET_x86_64", template="payments-staging-core")
    why = "the trust in EC2 has the condition aws:SourceAccount: whether EC2 sends that key is not documented"
    account.plant("NR101", "unknown", core, why)
    batch = account.role(
        "payments-staging-batch-node",
        documents.TRUST_TERRAFORM,
        "2024-01-22",
        policies,
        path="/eks/nodes/",
        tags={"team": "payments"},
    )
    cluster.group("batch", batch, "2024-01-22", ami="BOTTLEROCKET_x86_64", template="payments-staging-batch")


def identity(org):
    """Logins: small, young, and as it should be."""
    account = org.account("456745674567", "identity-prod", UNITS, CONTROLS)
    for region, day in {"eu-west-1": "2025-06-16", "us-east-1": "2025-07-07", "ap-southeast-2": "2026-03-02"}.items():
        name = f"identity-{SHORT[region]}"
        cluster = recipes.terraform_cluster(account, region, name, "1.35", day)
        cluster.pod_identity_agent()
        association = cluster.aws_node_role(recipes.pod_identity_role(cluster, f"{name}-vpc-cni", day), day)
        cluster.vpc_cni("v1.23.0-eksbuild.1", associations=[association]).apps(2)
        role = recipes.terraform_node_role(account, f"{name}-default", day, [recipes.WORKER, recipes.PULL])
        cluster.group("default", role, day, ami="BOTTLEROCKET_ARM_64_FIPS", template=f"{name}-default")
        role = recipes.terraform_node_role(account, f"{name}-vault", day, [recipes.WORKER, recipes.PULL])
        tags = {"dedicated": "vault"}
        cluster.group("vault", role, day, "BOTTLEROCKET_ARM_64_FIPS", template=f"{name}-vault", tags=tags)
