"""The machine learning accounts: EKS Auto Mode, alone and beside managed groups with GPUs."""

import documents
import fleet
import recipes
from workloads import CONTROLS, SHORT, UNITS


def build(org):
    """Adds the accounts."""
    training(org)
    inference(org)


def auto_role(account, name, day, attached=(recipes.MINIMAL, recipes.PULL)):
    """A node role for Auto Mode as the console makes it."""
    return account.role(name, documents.TRUST_CONSOLE, day, attached)


def training(org):
    """Training: an Auto Mode cluster with GPU groups of its own, and notebooks."""
    account = org.account("123456789012", "ml-training", UNITS, CONTROLS)
    cluster = recipes.terraform_cluster(account, "us-east-1", "training", "1.35", "2025-03-31")
    cluster.auto(auto_role(account, "AmazonEKSAutoNodeRole", "2025-03-31"))
    association = cluster.aws_node_role(
        recipes.pod_identity_role(cluster, "training-vpc-cni", "2025-03-31"), "2025-03-31"
    )
    cluster.vpc_cni("v1.22.2-eksbuild.1", associations=[association]).apps(9)
    gpu = recipes.terraform_node_role(account, "p5", "2025-04-07", [recipes.WORKER, recipes.SSM])
    issue = {
        "code": "NodeCreationFailure",
        "message": "Unhealthy nodes in the kubernetes cluster",
        "resources": ["i-08d1f6a3c92e7b154", "i-0a77e0b95d3c21f68"],
    }
    cluster.group("p5-capacity-block", gpu, "2025-04-07", "AL2023_x86_64_NVIDIA", "DEGRADED", [issue], "p5")
    account.plant("NR202", "fail", gpu, "no policy of the role grants pulling from ECR", "high")
    account.plant("NR403", "fail", gpu, "its nodes do not join, which NR202 explains", "high", "p5-capacity-block")
    least = documents.policy(
        documents.statement("ec2:DescribeInstances"),
        documents.statement("eks-auth:AssumeRoleForPodIdentity", cluster.arn),
        documents.statement(["ecr:GetAuthorizationToken", *documents.PULL]),
    )
    spot = account.role("training-g6-node", documents.TRUST_TERRAFORM, "2025-06-09", inline={"minimal-node": least})
    cluster.group("g6-spot", spot, "2025-06-09", "AL2023_x86_64_NVIDIA", template="g6")
    why = "enough to join, but without ec2:DescribeInstanceTypes and eks:DescribeCluster, which AWS's policy grants"
    account.plant("NR201", "advice", spot, why)
    pretraining = account.role(
        "SageMakerHyperPodExecution",
        documents.policy(documents.trust({"Service": "sagemaker.amazonaws.com"})),
        "2025-09-01",
        [f"arn:aws:iam::aws:policy/{name}" for name in ("AmazonSageMakerClusterInstanceRolePolicy", recipes.CNI)],
    )
    cluster.enter(pretraining, "HYPERPOD_LINUX", day="2025-09-01")
    notebooks = recipes.terraform_cluster(account, "eu-west-1", "notebooks", "1.35", "2025-05-12")
    attached = [recipes.MINIMAL, recipes.PULL, recipes.CNI]
    role = auto_role(account, "notebooks-auto-node", "2025-05-12", attached)
    notebooks.auto(role).apps(2)
    account.plant("NR205", "fail", role, "Auto Mode's nodes have no aws-node: the CNI policy is surplus", "medium")
    graphics = auto_role(account, "notebooks-gpu-node", "2026-04-13")
    fleet.node_class(notebooks, "gpu", graphics, "2026-04-13", policy=False)
    why = "the entry of the node class's role was made by hand, without the access policy: no node becomes ready"
    account.plant("NR401", "fail", graphics, why, "high", "notebooks")


def inference(org):
    """Inference: Auto Mode in three regions with one role for the account, as AWS suggests."""
    account = org.account("210987654321", "ml-inference", UNITS, CONTROLS)
    role = auto_role(account, "AmazonEKSAutoNodeRole", "2025-04-28")
    days = {"eu-west-1": "2025-05-05", "us-east-1": "2025-05-19", "ap-southeast-2": "2026-02-02"}
    for region, day in days.items():
        name = f"inference-{SHORT[region]}"
        cluster = recipes.terraform_cluster(account, region, name, "1.35", day)
        cluster.auto(role).apps(3)
        if region == "us-east-1":
            cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, f"{name}-vpc-cni", "2025-08-25"))
            inf2 = recipes.terraform_node_role(account, "inf2", "2025-08-25")
            cluster.group("inf2", inf2, "2025-08-25", "AL2023_x86_64_NEURON")
    batch = recipes.terraform_cluster(account, "eu-west-1", "inference-batch", "1.35", "2026-03-16")
    batch.auto(None, pools=()).apps(1)
    fleet.node_class(batch, "batch", auto_role(account, "inference-batch-node", "2026-03-16"), "2026-03-16", size=2)
