"""The organizational unit of the product teams, first part: storefront, search, data, mobile, partners, an old ERP."""

import documents
import names
import recipes
import rules
from documents import FULL_ACCESS, REGIONS, STAY

UNITS = ["ou-m4x2-9work6tz"]
CONTROLS = [[FULL_ACCESS, STAY], [FULL_ACCESS, REGIONS], [FULL_ACCESS]]
SHORT = {"eu-west-1": "eu", "us-east-1": "us", "ap-southeast-2": "apac"}


def build(org):
    """Adds the accounts."""
    org.account("789078907890", "retired-loyalty", UNITS, CONTROLS, access={"inactive": "SUSPENDED"})
    storefront(org)
    search(org)
    data(org)
    mobile(org)


def storefront(org):
    """The web shop in three regions: one team that does everything right, and forgot one role."""
    account = org.account("123412341234", "storefront-prod", UNITS, CONTROLS)
    days = {"eu-west-1": "2024-04-08", "us-east-1": "2024-04-22", "ap-southeast-2": "2025-10-06"}
    for region, day in days.items():
        name = f"storefront-{SHORT[region]}"
        cluster = recipes.terraform_cluster(account, region, name, "1.34", day)
        role = recipes.irsa_role(cluster, f"{name}-vpc-cni", day)
        # In Europe aws-node runs as it came with the cluster, without an add-on: its role is known by its trust alone.
        if region != "eu-west-1":
            cluster.vpc_cni("v1.22.2-eksbuild.1", role, '{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}')
        cluster.pod_identity_agent()
        for group in ["web", "checkout", "jobs"]:
            node = recipes.terraform_node_role(account, f"{SHORT[region]}-{group}", day)
            cluster.group(group, node, day, template=f"{name}-{group}", tags={"team": "storefront"})
    left = recipes.eksctl_node_role(account, "storefront-v1", "ng-1", "2023-03-13", [recipes.WORKER, recipes.READ])
    account.roles[left.rsplit("/", 1)[1]]["last_used_at"] = "2024-05-02T21:14:00Z"
    account.plant("NR005", "advice", left, "eksctl's role of a cluster that is gone since 2024: no node group uses it")


def search(org):
    """Search on IPv6: right in Europe, broken by a CNI upgrade in America, never right in Australia."""
    account = org.account("888899990000", "search-prod", UNITS, CONTROLS)
    page = account.policy(
        "AmazonEKS_CNI_IPv6_Policy",
        documents.policy(documents.statement(documents.CNI_IPV6_OLD), documents.eni_tags()),
        "2024-06-10",
    )
    today = account.policy(
        "search-cni-ipv6",
        documents.policy(documents.statement(documents.CNI_IPV6 + documents.CNI_INTERFACES), documents.eni_tags()),
        "2026-07-20",
    )
    europe = recipes.terraform_cluster(account, "eu-west-1", "search-eu", "1.34", "2024-06-10", family="ipv6")
    europe.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(europe, "search-eu-vpc-cni", "2024-06-10", [today]))
    query = recipes.terraform_node_role(account, "search-query", "2024-06-10")
    index = recipes.terraform_node_role(account, "search-index", "2024-06-10")
    europe.group("query", query, "2024-06-10", ami="AL2023_ARM_64_STANDARD")
    europe.group("index", index, "2024-06-10")
    europe.group("index-backfill", index, "2025-11-24")
    america = recipes.terraform_cluster(account, "us-east-1", "search-us", "1.34", "2024-07-15", family="ipv6")
    america.vpc_cni(
        "v1.22.1-eksbuild.1",
        recipes.irsa_role(america, "search-us-vpc-cni", "2024-07-15", [page]),
        status="DEGRADED",
    )
    role = recipes.terraform_node_role(account, "search-us", "2024-07-15")
    america.group("query", role, "2024-07-15", ami="AL2023_ARM_64_STANDARD")
    america.group("index", role, "2024-07-15")
    why = "search-us-vpc-cni has AWS's IPv6 policy of before July 2026: vpc-cni 1.22.1 needs ec2:DescribeSubnets too"
    account.plant("NR204", "fail", role, why, "high")
    asia = recipes.terraform_cluster(account, "ap-southeast-2", "search-apac", "1.33", "2025-02-24", family="ipv6")
    asia.vpc_cni("v1.20.4-eksbuild.1")
    attached = [recipes.WORKER, recipes.PULL, recipes.CNI]
    role = recipes.terraform_node_role(account, "search-apac", "2025-02-24", attached)
    asia.group("query", role, "2025-02-24")
    account.plant(
        "NR204", "fail", role, "no role of aws-node's own, and the node role lacks ec2:AssignIpv6Addresses", "high"
    )
    account.plant("NR206", "fail", role, "an IPv6 cluster whose nodes carry the IPv4 CNI policy", "medium")
    account.plant(
        "NR205", "advice", role, "the CNI's rights are on the node role; aws-node could have a role of its own"
    )
    lab = recipes.terraform_cluster(account, "eu-west-1", "search-lab", "1.35", "2026-08-17", family="ipv6")
    document = documents.policy(documents.statement(documents.CNI_IPV6), documents.eni_tags())
    policy = account.policy("AmazonEKS_CNI_IPv6_Policy_2026", document, "2026-08-17")
    lab.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(lab, "search-lab-vpc-cni", "2026-08-17", [policy]))
    role = recipes.terraform_node_role(account, "search-lab", "2026-08-17")
    lab.group("lab", role, "2026-08-17", ami="AL2023_ARM_64_STANDARD")
    account.plant("NR204", "advice", role, "AWS's IPv6 policy has no right to make further network interfaces")


def data(org):
    """Analytics since 2022, with all that has piled up on its roles, and two younger clusters."""
    account = org.account("999900001111", "data-platform-prod", UNITS, CONTROLS)
    old = recipes.terraform_cluster(account, "eu-west-1", "analytics", "1.33", "2022-03-21", mode="API_AND_CONFIG_MAP")
    old.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(old, "analytics-vpc-cni", "2022-05-09"))
    analytics_groups(account, old)
    lake = recipes.terraform_cluster(account, "us-east-1", "lakehouse", "1.34", "2024-10-21")
    lake.vpc_cni("v1.22.2-eksbuild.1").pod_identity_agent().apps(5)
    attached = [recipes.WORKER, recipes.PULL, recipes.CNI]
    lake_reader = documents.policy(documents.statement(["s3:GetObject", "s3:ListBucket"], sid="ReadTheLake"))
    inline = {"lake-reader": lake_reader}
    role = recipes.terraform_node_role(account, "lakehouse", "2024-10-21", attached, inline=inline)
    lake.group("default", role, "2024-10-21")
    account.plant("NR303", "fail", role, "the lake was one bucket once: Spark reads all of every one", "medium")
    lake.group("spark-exec", role, "2025-04-14", tags={"dedicated": "spark"})
    account.plant("NR205", "advice", role, "the nodes serve the CNI themselves; aws-node could have a role of its own")
    asia = recipes.terraform_cluster(account, "ap-southeast-2", "analytics-apac", "1.34", "2025-09-15")
    asia.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(asia, "analytics-apac-vpc-cni", "2025-09-15"))
    for group in ["trino", "airflow"]:
        asia.group(group, recipes.terraform_node_role(account, f"apac-{group}", "2025-09-15"), "2025-09-15")


def analytics_groups(account, cluster):
    """The node groups of the oldest cluster: made before EKS took policies of one's own, and since."""
    trino = recipes.terraform_node_role(account, "trino", "2022-03-21", [recipes.WORKER, recipes.READ])
    cluster.group("trino", trino, "2022-03-28")
    least = documents.policy(
        documents.statement(["ec2:Describe*", "eks:DescribeCluster"]),
        documents.statement(["ecr:GetAuthorizationToken", *documents.PULL]),
        version="2008-10-17",
    )
    launch = documents.policy(
        documents.statement(["elasticmapreduce:RunJobFlow", "ec2:RunInstances"], sid="LaunchClusters"),
        documents.statement("iam:PassRole", sid="WithTheirRoles"),
    )
    inline = {"node": least, "emr-operator": launch}
    airflow = account.role("airflow-nodes", documents.TRUST_CONSOLE, "2022-06-13", inline=inline)
    cluster.group("airflow", airflow, "2022-06-13")
    why = "Airflow starts EMR clusters with the nodes' credentials: it may pass any role to an instance of its own"
    account.plant("NR302", "fail", airflow, why, "high")
    why = "made before 2023-10-03, since when EKS takes policies of one's own; its inline policy grants what is needed"
    account.plant("NR207", "advice", airflow, why)
    attached = [recipes.WORKER, recipes.READ, recipes.CNI]
    spot = recipes.terraform_node_role(account, "trino-spot", "2024-01-15", attached)
    cluster.group("trino-spot", spot, "2024-01-15", tags={"capacity": "spot"})
    why = "aws-node has had a role of its own since 2022: the CNI policy on the node role is surplus"
    account.plant("NR205", "fail", spot, why, "medium")
    condition = {"StringEquals": {"aws:SourceVpc": cluster.detail["vpc_id"]}}
    inside = documents.policy(
        documents.statement("ecr:GetAuthorizationToken"),
        documents.statement(documents.PULL, condition=condition, sid="FromOurVpc"),
    )
    policy = account.policy("ecr-pull-inside-the-vpc", inside, "2025-05-05")
    spark = recipes.terraform_node_role(account, "spark", "2025-05-05", [recipes.WORKER, policy])
    cluster.group("spark", spark, "2025-05-05")
    why = "pulling hangs on aws:SourceVpc, which only a live request decides"
    account.plant("NR202", "unknown", spark, why)


def mobile(org):
    """The mobile backend: a Fargate profile on a node role, an outdated CNI role, a policy that bears AWS's name."""
    account = org.account("432143214321", "mobile-backend-prod", UNITS, CONTROLS)
    cluster = recipes.terraform_cluster(account, "eu-west-1", "mobile", "1.33", "2024-08-12")
    document = documents.policy(documents.statement(documents.CNI_IPV4_OLD), documents.eni_tags())
    policy = account.policy("mobile-vpc-cni", document, "2023-11-20")
    cni = recipes.irsa_role(cluster, "mobile-vpc-cni", "2024-08-12", [policy])
    cluster.vpc_cni("v1.22.2-eksbuild.1", cni, status="DEGRADED")
    api = recipes.terraform_node_role(account, "mobile-api", "2024-08-12")
    cluster.group("api", api, "2024-08-12")
    workers = account.role(
        "mobile-workers",
        documents.policy(documents.trust({"Service": ["ec2.amazonaws.com", "eks-fargate-pods.amazonaws.com"]})),
        "2024-08-12",
        [recipes.WORKER, recipes.PULL, "AmazonEKSFargatePodExecutionRolePolicy"],
        tags={"team": "mobile"},
    )
    cluster.group("workers", workers, "2024-08-12")
    cluster.fargate("edge", f"arn:aws:iam::{account.id}:role/mobile-fargate")
    issue = {
        "code": "PodExecutionRoleAlreadyInUse",
        "message": "The pod execution role is already in use by a node group of this cluster.",
        "resources": [workers],
    }
    cluster.fargate("push-notifications", workers, [issue])
    account.plant(
        "NR003", "fail", workers, "the role of the group workers also runs a Fargate profile of the cluster", "high"
    )
    account.plant("NR102", "fail", workers, "Fargate may assume it besides EC2", "medium")
    why = "mobile-vpc-cni lacks ec2:DescribeSubnets, which vpc-cni needs from 1.22.0 on"
    account.plant("NR204", "fail", api, why, "high")
    account.plant("NR204", "fail", workers, why, "high")
    us_east(account)


def us_east(account):
    """The mobile backend in us-east-1."""
    cluster = recipes.terraform_cluster(account, "us-east-1", "mobile-us", "1.34", "2025-01-27")
    cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, "mobile-us-vpc-cni", "2025-01-27"))
    workers = recipes.terraform_node_role(account, "mobile-us", "2025-01-27")
    stray = "AmazonSSMRoleForInstancesQuickSetup"
    account.profile(stray, f"arn:aws:iam::{account.id}:role/{stray}", names.moment("2026-09-21", stray, 10))
    cluster.group("workers", workers, "2025-01-27", size=2, stray=stray)
    why = "Systems Manager's Quick Setup gave an instance a profile of its own, in place of the one that EKS made"
    account.plant("NR004", "fail", workers, why, "high", "workers")
    document = documents.policy(documents.statement(["eks:DescribeCluster", "ec2:DescribeTags"]))
    policy = account.policy("AmazonEKSWorkerNodePolicy", document, "2025-01-27")
    role = recipes.terraform_node_role(account, "mobile-us-api", "2025-03-17", [policy, recipes.PULL])
    issue = {
        "code": "NodeCreationFailure",
        "message": "Instances failed to join the kubernetes cluster",
        "resources": ["i-0f31c9a2b7d45e680"],
    }
    cluster.group("api", role, "2025-03-17", status="DEGRADED", health=[issue])
    why = "the attached AmazonEKSWorkerNodePolicy is the account's own: it has AWS's name but not ec2:DescribeInstances"
    account.plant("NR201", "fail", role, why, "high")
    account.plant("NR403", "fail", role, "its nodes do not join, which NR201 explains", "high", "api")
    foreign(account, cluster)


def foreign(account, cluster):
    """A node group that was to have the role of another account's nodes."""
    role = "arn:aws:iam::555566667777:role/ci-nodes"
    issue = {
        "code": "AccessDenied",
        "message": "Amazon EKS or one or more of your managed nodes is failing to authenticate or authorize with your "
        "Kubernetes cluster API server.",
        "resources": [role],
    }
    cluster.group("shared-runners", role, "2026-09-28", status="CREATE_FAILED", health=[issue])
    why = "the role is one of shared-services, and a node group takes roles of its own account alone"
    account.plant("NR001", "fail", role, why, "critical", "shared-runners")
    account.plant("NR401", "fail", role, "no entry for nodes can be made for it", "high", "shared-runners")
    account.plant("NR403", "fail", role, "EKS reports AccessDenied, which NR001 explains", "high", "shared-runners")
    account.plant_each(rules.OF_FOREIGN_ROLES, "unknown", role, "a role of another account is not followed")
    why = "nothing was made of the node group that would show it"
    account.plant("NR004", "unknown", role, why, None, "shared-runners")
