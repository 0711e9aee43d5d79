"""Nodes that no node group tells of: self-managed, Karpenter's, those of Auto Mode's node classes, hybrid ones."""

import names
from compute import CLOSED

AUTO_NODE_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"


def owned(cluster, value="owned"):
    """The tag that self-managed nodes must have."""
    return {f"kubernetes.io/cluster/{cluster.name}": value}


def own_profile(cluster, role, day, name=None):
    """An instance profile as Terraform makes it for self-managed nodes; its name, the role's where none is given."""
    name = name or role.rsplit("/", 1)[1]
    cluster.account.profile(name, role, names.moment(day, name, 12))
    return name


def self_managed(cluster, name, profiles, day, size=2, options=CLOSED, version="$Latest", windows=False, entry=None):
    """An Auto Scaling group of self-managed nodes: a launch template for each profile, a mixed instances policy where
    there are several. `entry`: the type of the access entry that somebody made for each role, if anybody did."""
    compute = cluster.compute()
    templates = []
    for number, profile in enumerate(profiles):
        title = name if number == 0 else f"{name}-{number + 1}"
        templates.append(compute.template(title, profile, options, version, 3))
    compute.group(name, owned(cluster) | {"k8s.io/cluster-autoscaler/enabled": "true"}, templates)
    launch(cluster, name, profiles, size, options, windows)
    let_in(cluster, profiles, day, entry)


def by_configuration(cluster, name, profile, day, size=2, options=CLOSED, entry=None):
    """An Auto Scaling group that launches from a launch configuration, as before 2021."""
    compute = cluster.compute()
    stamp = day.replace("-", "") + names.hexadecimal(name, 8)
    compute.group(name, owned(cluster), configuration=compute.configuration(f"{name}-{stamp}", profile, options))
    launch(cluster, name, [profile], size, options, False)
    let_in(cluster, [profile], day, entry)


def launch(cluster, name, profiles, size, options, windows):
    """The instances of a group, each profile in turn."""
    tags = owned(cluster) | {"aws:autoscaling:groupName": name}
    for number in range(size):
        profile = profiles[number % len(profiles)]
        cluster.compute().instance(f"{name} {number}", profile, tags, options, windows)
    cluster.own_nodes = True


def single(cluster, seed, profile, day, entry=None, options=CLOSED):
    """A node that nobody's Auto Scaling group has launched; its id."""
    cluster.own_nodes = True
    let_in(cluster, [profile], day, entry)
    return cluster.compute().instance(seed, profile, owned(cluster, "shared"), options)


def let_in(cluster, profiles, day, entry):
    """Makes access entries for the roles in the profiles."""
    for profile in profiles if entry else ():
        cluster.enter(cluster.account.role_in(profile), entry, day=day)


def karpenter_profile(cluster, role, day, node_class="default"):
    """The instance profile that Karpenter makes for a node class, from 1.7 on under a path of its own; its name."""
    identity = names.uuid(f"{cluster.arn} {node_class}")
    name = f"{cluster.name}_{int(names.hexadecimal(identity, 15), 16)}"
    path = f"/karpenter/{cluster.region}/{cluster.name}/{identity}/"
    cluster.account.profile(name, role, names.moment(day, name, 15), path)
    return name


def karpenter(cluster, pool, role, day, size, node_class="default", entry="EC2_LINUX", options=CLOSED):
    """A node pool of Karpenter's with its nodes, and the access entry that somebody has made for the role."""
    profile = karpenter_profile(cluster, role, day, node_class)
    tags = owned(cluster) | {
        "eks:eks-cluster-name": cluster.name,
        "karpenter.k8s.aws/ec2nodeclass": node_class,
        "karpenter.sh/nodepool": pool,
    }
    for number in range(size):
        cluster.compute().instance(f"{cluster.name} {pool} {number}", profile, tags, options)
    cluster.own_nodes = True
    if entry:
        cluster.enter(role, entry, day=day)
    return profile


def auto_nodes(cluster, profile, pool, size, node_class="default"):
    """Instances that Auto Mode runs."""
    tags = owned(cluster) | {
        "eks:eks-cluster-name": cluster.name,
        "eks:kubernetes-node-class-name": node_class,
        "eks:kubernetes-node-pool-name": pool,
    }
    for number in range(size):
        cluster.compute().instance(f"{cluster.name} {node_class} {pool} {number}", profile, tags)


def node_class(cluster, name, role, day, size=1, policy=True):
    """A node class of the user's in an Auto Mode cluster. `policy`: whether its role got the access policy."""
    profile = f"eks-{cluster.region}-{cluster.name}-{names.hexadecimal(f'{cluster.arn} {name}', 8)}"
    cluster.account.profile(profile, role, names.moment(day, profile, 15))
    cluster.enter(role, "EC2", day=day, policies=[AUTO_NODE_POLICY] if policy else [])
    auto_nodes(cluster, profile, name, size, name)
