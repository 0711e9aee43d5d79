"""A cluster in the making: node groups, Fargate profiles, add-ons, access entries, Pod Identity."""

import names
from compute import CLOSED
from fleet import AUTO_NODE_POLICY, auto_nodes, owned


def value(inner):
    """A fact that was read."""
    return {"value": inner}


def gap(api, resource, failure, error, message):
    """Why a fact could not be read."""
    return {"api": api, "resource": resource, "class": failure, "error": error, "message": message}


def not_asked(api, resource, why):
    """Why a fact was not asked for."""
    return gap(api, resource, "not_asked", "NotAsked", why)


class Cluster:
    """A cluster. `mode`: its authentication mode; `creator`: the principal that created and administers it, if any."""

    def __init__(
        self,
        account,
        region,
        name,
        version,
        day,
        role,
        family="ipv4",
        mode="API",
        creator=None,
        tags=None,
        status="ACTIVE",
    ):
        self.account = account
        self.region = region
        self.name = name
        self.gaps = []
        self.admins = []
        self.entries = {}
        self.groups = {}
        self.profiles = {}
        self.cni = None
        self.agent = None
        self.associations = 0
        self.aws_node = None
        self.creator = creator
        self.mode = mode
        # Whether it has self-managed nodes or Karpenter's.
        self.own_nodes = False
        self.arn = f"arn:aws:eks:{region}:{account.id}:cluster/{name}"
        self.created_at = names.moment(day, self.arn, 10)
        self.issuer = f"oidc.eks.{region}.amazonaws.com/id/{names.hexadecimal(self.arn, 32).upper()}"
        self.detail = {
            "arn": self.arn,
            "version": version,
            "status": status,
            "created_at": self.created_at,
            "role_arn": role,
            "ip_family": family,
            "oidc_issuer": None if status == "CREATING" else self.issuer,
            "authentication_mode": mode,
            "creator_is_admin": None if mode == "CONFIG_MAP" else creator is not None,
            "vpc_id": "vpc-0" + names.hexadecimal(f"vpc {account.id} {region}", 16),
            "compute_config": None,
            "tags": dict(sorted((tags or {}).items())),
        }
        if creator is not None:
            self.enter(creator, "STANDARD", admin=True)

    def enter(self, principal, kind, admin=False, day=None, policies=None):
        """Adds an access entry; it is made with the cluster where no day is given."""
        # Entries for nodes take roles of the cluster's account alone.
        foreign = principal.split(":")[4] != self.account.id
        if self.mode == "CONFIG_MAP" or (foreign and kind != "STANDARD"):
            return
        moment = names.moment(day, principal, 14) if day else names.moment(self.created_at[:10], principal, 11)
        entry = {
            "kind": kind,
            "created_at": moment,
            "access_policies": None if policies is None else value(policies),
        }
        self.entries.setdefault(principal, entry)
        if admin:
            self.admins.append(principal)

    def compute(self):
        """EC2 of its region."""
        return self.account.compute(self.region)

    def created(self, moment):
        """Sets the moment of its creation, for one that is just being created."""
        self.created_at = self.detail["created_at"] = moment
        return self

    def operators(self, principal):
        """Lets the people who run the cluster in."""
        self.enter(principal, "STANDARD", admin=True)
        return self

    def group(
        self,
        name,
        role,
        day,
        ami="AL2023_x86_64_STANDARD",
        status="ACTIVE",
        health=(),
        template=None,
        tags=None,
        **more,
    ):
        """Adds a managed node group, with the instance profile that EKS makes for it; `more`: see `machines`."""
        identity = names.uuid(f"{self.arn} {name}")
        windows = ami.startswith("WINDOWS")
        made = status not in ("CREATE_FAILED", "DELETING")
        self.groups[name] = value(
            {
                "arn": f"arn:aws:eks:{self.region}:{self.account.id}:nodegroup/{self.name}/{name}/{identity}",
                "node_role": role,
                "ami_type": ami,
                "version": self.detail["version"],
                "status": status,
                "created_at": names.moment(day, identity, 13),
                "launch_template": template and self.template(template),
                "auto_scaling_groups": [f"eks-{name}-{identity}"] if made else [],
                "health": list(health),
                "tags": dict(sorted((tags or {}).items())),
            }
        )
        self.enter(role, more.pop("entry", "EC2_WINDOWS" if windows else "EC2_LINUX"), day=day)
        if made:
            self.machines(name, identity, role, day, windows, **more)
        return self

    def machines(self, name, identity, role, day, windows, size=None, options=CLOSED, profile=True, stray=None):
        """The machines of a managed node group as EKS makes them. `profile`: whether its instance profile is still
        there; `stray`: another profile that something has given its first instance."""
        made = f"eks-{identity}"
        if profile:
            self.account.profile(made, role, names.moment(day, identity, 13))
        tags = owned(self) | {
            "aws:eks:cluster-name": self.name,
            "eks:cluster-name": self.name,
            "eks:nodegroup-name": name,
            "k8s.io/cluster-autoscaler/enabled": "true",
            f"k8s.io/cluster-autoscaler/{self.name}": "owned",
        }
        compute = self.compute()
        compute.group(f"eks-{name}-{identity}", tags, [compute.template(made, made, options)])
        tags |= {"aws:autoscaling:groupName": f"eks-{name}-{identity}"}
        for number in range(size or 1 + names.digest(identity)[0] % 2):
            carried = stray if stray and number == 0 else made
            compute.instance(f"{identity} {number}", carried, tags, options, windows)

    def template(self, name):
        """A launch template of the user's."""
        return {"id": "lt-0" + names.hexadecimal(f"{self.arn} {name}", 16), "name": name, "version": "3"}

    def unread_group(self, name, gap):
        """A node group of which only the name is known."""
        self.groups[name] = {"missing": gap}
        self.gaps.append(gap)

    def auto(self, role, pools=("general-purpose", "system"), size=2):
        """Turns Auto Mode on; `role`: None where no built-in node pool is on."""
        self.detail["compute_config"] = {"enabled": True, "node_pools": list(pools), "node_role_arn": role}
        if role is not None:
            self.enter(role, "EC2", policies=[AUTO_NODE_POLICY])
            profile = f"eks-{self.region}-{self.name}-{names.uuid(f'{self.arn} auto')[:8]}"
            self.account.profile(profile, role, self.created_at)
            auto_nodes(self, profile, pools[0], size)
        return self

    def fargate(self, name, role, health=()):
        """Adds a Fargate profile."""
        identity = names.uuid(f"{self.arn} fargate {name}")
        self.profiles[name] = value(
            {
                "arn": f"arn:aws:eks:{self.region}:{self.account.id}:fargateprofile/{self.name}/{name}/{identity}",
                "pod_execution_role": role,
                "status": "ACTIVE",
                "health": list(health),
            }
        )
        self.enter(role, "FARGATE_LINUX")
        return self

    def vpc_cni(self, version, role=None, settings=None, status="ACTIVE", associations=()):
        """Installs the add-on vpc-cni; `role`: by IRSA."""
        self.cni = {
            "version": version,
            "status": status,
            "service_account_role_arn": role,
            "pod_identity_associations": list(associations),
            "configuration_values": settings,
            "modified_at": self.created_at,
            "issues": [],
        }
        return self

    def pod_identity_agent(self, version="v1.3.10-eksbuild.2"):
        """Installs the add-on eks-pod-identity-agent."""
        self.agent = {
            "version": version,
            "status": "ACTIVE",
            "service_account_role_arn": None,
            "pod_identity_associations": [],
            "configuration_values": None,
            "modified_at": self.created_at,
            "issues": [],
        }
        return self

    def aws_node_role(self, role, day):
        """Gives aws-node a role by Pod Identity; the association's ARN."""
        name = f"{self.name}/a-{names.hexadecimal(role, 17)}"
        arn = f"arn:aws:eks:{self.region}:{self.account.id}:podidentityassociation/{name}"
        self.aws_node = {
            "arn": arn,
            "role_arn": role,
            "target_role_arn": None,
            "policy": None,
            "modified_at": names.moment(day, arn, 14),
        }
        self.associations += 1
        if not self.agent:
            self.pod_identity_agent()
        return arn

    def apps(self, associations):
        """Pod Identity associations of other service accounts."""
        self.associations += associations
        return self

    def node_roles(self):
        """The ARNs of the roles of its nodes."""
        roles = self.managed_roles()
        compute = self.detail["compute_config"]
        return roles | {compute["node_role_arn"]} if compute and compute["node_role_arn"] else roles

    def managed_roles(self):
        """The ARNs of the roles of its managed node groups."""
        return {group["value"]["node_role"] for group in self.groups.values() if "value" in group}

    def agent_is_proven(self):
        """Why the Pod Identity agent is known to run without asking for its add-on; None where it is not."""
        if self.detail["compute_config"] is not None:
            return "Auto Mode has the agent built in"
        # that aws-node depends on it makes its health matter
        return "the cluster has associations" if self.associations and not self.aws_node else None

    def addon(self, name, addon, needless):
        """An add-on, where it is asked for: it concerns the user's nodes on EC2. `needless`: why else it is not."""
        nodes = self.groups or self.own_nodes
        why = needless or (None if nodes else "the cluster has no managed node group")
        if why is None:
            self.account.org.count("eks:DescribeAddon")
            return value(addon)
        resource = f"arn:aws:eks:{self.region}:{self.account.id}:addon/{self.name}/{name}/*"
        return {"missing": not_asked("eks:DescribeAddon", resource, why)}

    def facts(self):
        """The cluster, as noderole saves it; counts the calls that read it."""
        count = self.account.org.count
        for api in ("DescribeCluster", "ListNodegroups", "ListFargateProfiles", "ListPodIdentityAssociations"):
            count(f"eks:{api}")
        count("eks:DescribeNodegroup", len(self.groups))
        count("eks:DescribeFargateProfile", len(self.profiles))
        count("eks:ListAccessEntries", 0 if self.mode == "CONFIG_MAP" else 1)
        count("eks:DescribePodIdentityAssociation", 1 if self.aws_node else 0)
        return {
            "name": self.name,
            "detail": value(self.detail),
            "node_groups": value(dict(sorted(self.groups.items()))),
            "fargate_profiles": value(dict(sorted(self.profiles.items()))),
            "access_entries": value([self.entry(principal) for principal in sorted(self.entries)]),
            "cluster_admins": self.cluster_admins(),
            "vpc_cni": self.addon("vpc-cni", self.cni, None),
            "pod_identity_agent": self.addon("eks-pod-identity-agent", self.agent, self.agent_is_proven()),
            "pod_identity_associations": value(self.associations),
            "aws_node_association": value(self.aws_node),
        }

    def entry(self, principal):
        """An access entry, described where its principal can be a node role."""
        detail = None
        if principal in self.account.node_roles() or self.account.lets_nodes_in(principal):
            count = self.account.org.count
            count("eks:DescribeAccessEntry")
            count("eks:ListAssociatedAccessPolicies", 1 if self.entries[principal]["kind"] == "EC2" else 0)
            detail = value(self.entries[principal])
        return {"principal_arn": principal, "detail": detail}

    def cluster_admins(self):
        """The administrators, read where a node role that is older than the cluster has an entry."""
        older = [
            arn
            for arn in self.account.node_roles() & set(self.entries)
            if self.account.role_created(arn) <= self.created_at
        ]
        if not older or self.creator is None:
            return None
        self.account.org.count("eks:ListAccessEntries")
        return value(sorted(set(self.admins)))
