"""The media studio: render farms on self-managed nodes since 2021, Linux and Windows, with all that goes with them."""

import documents
import fleet
import names
import recipes
from compute import VERSION_ONE
from workloads import CONTROLS, UNITS


def build(org):
    """Adds the account."""
    account = org.account("876587658765", "media-studio", UNITS, CONTROLS)
    farm = render(account)
    effects = compositing(account)
    profiles(account, effects)
    tools(account, farm, effects)


def node_role(account, name, day, **more):
    """A role for self-managed nodes as the studio's own template makes it."""
    attached = [recipes.WORKER, recipes.PULL, recipes.SSM]
    return account.role(name, documents.TRUST_TERRAFORM, day, attached, tags={"team": "render"}, **more)


def render(account):
    """The oldest farm: access entries came later, and not for everyone."""
    cluster = recipes.terraform_cluster(
        account, "eu-west-1", "render", "1.33", "2021-11-15", mode="API_AND_CONFIG_MAP"
    )
    cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, "render-vpc-cni", "2022-06-20"))
    control = node_role(account, "render-control", "2024-02-05")
    cluster.group("control", control, "2024-02-05")
    ingest = fleet.own_profile(cluster, control, "2025-01-27", "render-ingest")
    fleet.self_managed(cluster, "ingest", [ingest], "2025-01-27", size=1)
    why = "the group control and the self-managed ingest share it: with the last node group goes the mapping of both"
    account.plant("NR308", "advice", control, why)
    frames = node_role(account, "render-frames", "2024-03-11")
    fleet.self_managed(
        cluster, "frames", [fleet.own_profile(cluster, frames, "2024-03-11")], "2024-03-11", 3, entry="EC2_LINUX"
    )
    mixed = [node_role(account, f"render-spot-{kind}", "2024-03-18") for kind in ("x86", "arm")]
    pair = [fleet.own_profile(cluster, role, "2024-03-18") for role in mixed]
    fleet.self_managed(cluster, "spot", pair, "2024-03-18", entry="EC2_LINUX", version="$Default")
    transcode = node_role(account, "render-transcode", "2021-11-22")
    profile = fleet.own_profile(cluster, transcode, "2021-11-22")
    fleet.by_configuration(cluster, "transcode", profile, "2021-11-22", options=VERSION_ONE)
    why = "aws-auth has let these nodes in since 2021, and nobody made an access entry"
    account.plant("NR401", "advice", transcode, why, None, "transcode")
    why = "a launch configuration of 2021: version 1 of the metadata service answers"
    account.plant("NR404", "fail", transcode, why, "medium", "transcode")
    fleet.self_managed(cluster, "transcode-hdr", [profile], "2022-08-08", size=1, windows=True)
    account.plant("NR401", "advice", transcode, "aws-auth lets them in, or nothing does", None, "transcode-hdr")
    why = "Linux and Windows nodes have it: aws-auth must name the groups of both"
    account.plant("NR406", "advice", transcode, why)
    licences = node_role(account, "render-licences", "2024-04-08", path="/studio/")
    profile = fleet.own_profile(cluster, licences, "2024-04-08")
    server = fleet.single(cluster, "licence server", profile, "2024-04-08", "EC2_LINUX")
    why = "the role's ARN has a path: its access entry lets the licence server in, a mapping in aws-auth would not"
    account.plant("NR402", "advice", licences, why, None, server)
    return cluster


def compositing(account):
    """A farm with artists' workstations on Windows, which the Linux nodes' role was to serve too."""
    cluster = recipes.terraform_cluster(account, "us-east-1", "compositing", "1.34", "2025-03-03")
    cluster.vpc_cni("v1.22.2-eksbuild.1", recipes.irsa_role(cluster, "compositing-vpc-cni", "2025-03-03"))
    windows = node_role(account, "compositing-windows", "2025-03-10")
    cluster.group("workstations", windows, "2025-03-10", ami="WINDOWS_FULL_2022_x86_64", template="workstations")
    shared = node_role(account, "compositing-nodes", "2025-03-03")
    cluster.group("linux", shared, "2025-03-03")
    profile = fleet.own_profile(cluster, shared, "2026-02-09", "compositing-effects")
    fleet.self_managed(cluster, "effects", [profile], "2026-02-09", windows=True)
    why = "Windows nodes with the Linux nodes' role: a role has one access entry, and an entry one type"
    account.plant("NR406", "fail", shared, why, "medium")
    account.plant("NR401", "fail", shared, "its entry is for Linux, and these nodes run Windows", "high", "effects")
    return cluster


def profiles(account, cluster):
    """What Terraform did to instance profiles: one is gone, one was made anew beneath the nodes that carry it."""
    compute = cluster.compute()
    gone = compute.template("previews", "compositing-previews", fleet.CLOSED, "$Latest", 4)
    compute.group("previews", fleet.owned(cluster), [gone])
    cluster.own_nodes = True
    why = "the launch template names an instance profile that is gone: no instance starts"
    account.plant("NR004", "fail", None, why, "high", "previews")
    proxies = node_role(account, "compositing-proxies", "2025-09-08")
    profile = fleet.own_profile(cluster, proxies, "2026-10-26")
    old = names.unique_id("AIPA", "the profile of 2025")
    compute.group("proxies", fleet.owned(cluster), [compute.template("proxies", profile, fleet.CLOSED, "$Latest", 2)])
    tags = fleet.owned(cluster) | {"aws:autoscaling:groupName": "proxies"}
    compute.instance("proxies 0", profile, tags, profile_id=old)
    compute.instance("proxies 1", profile, tags)
    cluster.enter(proxies, "EC2_LINUX", day="2025-09-08")
    why = "its instance profile was made anew in October: the instance of before carries the one that is gone"
    account.plant("NR004", "fail", proxies, why, "high", "proxies")


def tools(account, *clusters):
    """One role for the tools of both farms."""
    role = node_role(account, "studio-tools", "2025-03-17")
    for cluster in clusters:
        profile = fleet.own_profile(cluster, role, "2025-03-17", "studio-tools")
        fleet.self_managed(cluster, "tools", [profile], "2025-03-17", size=1, entry="EC2_LINUX")
    account.plant("NR306", "advice", role, "the tools' nodes of both farms have it")
