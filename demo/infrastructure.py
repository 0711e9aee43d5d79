"""The organizational unit of the platform team: build clusters, networks, logs, the auditor's own account."""

import documents
import names
import recipes
from compute import TWO_HOPS
from documents import FULL_ACCESS, STAY

UNIT = "ou-m4x2-7infra3k"
CONTROLS = [[FULL_ACCESS, STAY], [FULL_ACCESS], [FULL_ACCESS]]


def build(org):
    """Adds the accounts."""
    # The management account is exempt from service control policies.
    org.account("111122223333", "management", controls=[])
    org.account("222233334444", "security-audit", [UNIT], CONTROLS, own=True)
    org.account("333344445555", "log-archive", [UNIT], CONTROLS)
    network(org)
    shared = org.account("555566667777", "shared-services", [UNIT], CONTROLS)
    tooling(shared)
    build_farm(shared)
    observability(shared)


def network(org):
    """The account that nobody gave the audit role."""
    account = org.account("444455556666", "network-hub", [UNIT], CONTROLS)
    role = f"arn:aws:iam::{account.id}:role/NodeRoleAudit"
    caller = "arn:aws:sts::222233334444:assumed-role/NodeRoleAuditor/noderole"
    gap = account.denied("sts:AssumeRole", f"account {account.id}", role)
    gap["message"] = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}"
    account.access = {"refused": gap}


def tooling(account):
    """eksctl's cluster; its runners share the role of the pipeline that created the preview cluster."""
    service = account.role(
        "eksctl-tooling-cluster-ServiceRole-9QK2M1XW0T7B",
        documents.TRUST_CLUSTER,
        "2024-05-14",
        [f"arn:aws:iam::aws:policy/{recipes.CLUSTER}"],
        tags={"alpha.eksctl.io/cluster-name": "tooling"},
        used=recipes.IN_USE,
    )
    admin = recipes.operators(account)
    cluster = account.cluster(
        "eu-west-1",
        "tooling",
        version="1.34",
        day="2024-05-14",
        role=service,
        creator=admin,
        tags={"alpha.eksctl.io/cluster-name": "tooling"},
    )
    cluster.vpc_cni("v1.22.2-eksbuild.1")
    cluster.aws_node_role(recipes.pod_identity_role(cluster, "tooling-vpc-cni", "2024-06-03"), "2024-06-03")
    cluster.pod_identity_agent().apps(6)
    inline = {"eksctl-tooling-nodegroup-general-PolicyAutoScaling": documents.AUTOSCALER}
    general = recipes.eksctl_node_role(account, "tooling", "general", "2024-05-14", inline=inline)
    cluster.group("general", general, "2024-05-14")
    why = "eksctl's withAddonPolicies gave the nodes the rights of the cluster autoscaler"
    account.plant("NR305", "advice", general, why)
    runner = account.role(
        "ci-runner",
        documents.TRUST_CONSOLE,
        "2024-02-19",
        [recipes.WORKER, recipes.PULL],
        {
            "create-preview-clusters": documents.policy(
                documents.statement(["eks:CreateCluster", "eks:DescribeCluster", "eks:TagResource"]),
                documents.statement("iam:PassRole", "arn:aws:iam::555566667777:role/preview-*"),
            )
        },
        tags={"team": "developer-experience"},
    )
    issue = {
        "code": "NodeCreationFailure",
        "message": "Instances failed to join the kubernetes cluster",
        "resources": ["i-04c7d2b81f90a36e5"],
    }
    tags = {"team": "developer-experience"}
    cluster.group("runners", runner, "2024-05-21", status="DEGRADED", health=[issue], tags=tags)
    why = "an instance did not join, and nothing that may keep nodes out is wrong with its role"
    account.plant("NR403", "advice", runner, why, None, "runners")
    account.plant(
        "NR002",
        "fail",
        runner,
        "the runners' role created the cluster preview and is its administrator: every pod on a runner can become it",
        "high",
    )
    preview = account.cluster(
        "eu-west-1",
        "preview",
        version="1.35",
        day="2025-05-26",
        role=recipes.cluster_role(account, "preview", "2025-05-26"),
        creator=runner,
    )
    preview.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(preview, "preview-vpc-cni", "2025-05-26"))
    preview.group("preview-spot", recipes.terraform_node_role(account, "preview-spot", "2025-05-26"), "2025-05-26")
    preview.operators(admin)


def build_farm(account):
    """The build farm in us-east-1: Linux for two architectures, and Windows."""
    cluster = recipes.terraform_cluster(account, "us-east-1", "ci", "1.33", "2024-09-10")
    cluster.vpc_cni("v1.20.4-eksbuild.1", recipes.irsa_role(cluster, "ci-vpc-cni", "2024-09-10"))
    provider = "arn:aws:iam::555566667777:oidc-provider/token.actions.githubusercontent.com"
    role = account.role(
        "ci-nodes",
        documents.policy(
            documents.EC2,
            documents.trust(
                {"Federated": provider},
                "sts:AssumeRoleWithWebIdentity",
                condition={
                    "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                    "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example-corp/*"},
                },
                sid="GitHubActions",
            ),
        ),
        "2024-09-10",
        [recipes.WORKER, recipes.POWER, recipes.SSM],
        tags={"team": "developer-experience"},
    )
    cluster.group("ci-linux", role, "2024-09-10", template="ci-linux", options=TWO_HOPS)
    cluster.group("ci-arm64", role, "2025-01-20", ami="AL2023_ARM_64_STANDARD", template="ci-arm64", options=TWO_HOPS)
    account.plant("NR102", "fail", role, "GitHub Actions may assume the nodes' role through the OIDC provider", "high")
    account.plant("NR304", "fail", role, "builds with kaniko push images with the nodes' credentials", "medium")
    windows = recipes.terraform_node_role(account, "ci-windows", "2025-02-03")
    cluster.group("ci-windows", windows, "2025-02-03", ami="WINDOWS_CORE_2022_x86_64", options=TWO_HOPS)
    for group, why in {
        "ci-linux": "two hops, so that builds reach the nodes' credentials",
        "ci-arm64": "two hops, so that builds reach the nodes' credentials",
        "ci-windows": "two hops, which is what EKS sets where no launch template says otherwise",
    }.items():
        account.plant("NR404", "fail", windows if group == "ci-windows" else role, why, "medium", group)
    graphics = recipes.terraform_node_role(account, "ci-gpu", "2026-10-05")
    issue = {
        "code": "IamLimitExceeded",
        "message": "Cannot exceed quota for InstanceProfilesPerAccount: 1000",
        "resources": [f"eks-ci-gpu-{names.uuid('ci-gpu')}"],
    }
    cluster.group("ci-gpu", graphics, "2026-10-05", "AL2023_x86_64_NVIDIA", "CREATE_FAILED", [issue])
    why = "EKS could not make the node group's instance profile: the account has as many as it may"
    account.plant("NR403", "fail", graphics, why, "high", "ci-gpu")
    account.plant("NR004", "fail", graphics, why, "high", "ci-gpu")


def observability(account):
    """Metrics and logs of the whole organization."""
    cluster = recipes.terraform_cluster(account, "eu-west-1", "observability", "1.34", "2025-03-11")
    cluster.vpc_cni("v1.21.1-eksbuild.7", recipes.irsa_role(cluster, "observability-vpc-cni", "2025-03-11"))
    cluster.pod_identity_agent()
    attached = [recipes.WORKER, recipes.PULL, recipes.SSM, "CloudWatchAgentServerPolicy"]
    ingest = recipes.terraform_node_role(account, "telemetry-ingest", "2025-03-11", attached)
    cluster.group("ingest", ingest, "2025-03-11", ami="BOTTLEROCKET_ARM_64", template="telemetry-ingest")
    store = recipes.terraform_node_role(account, "telemetry-store", "2025-03-11", attached)
    cluster.group("store", store, "2025-03-11", ami="BOTTLEROCKET_x86_64", template="telemetry-store")
