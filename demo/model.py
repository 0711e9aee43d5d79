"""The organization in the making: accounts with their roles, what is planted there, the calls that a run makes."""

import json

import documents
import names
from compute import Compute
from cluster import Cluster, gap, not_asked, value

REGIONS = ["ap-southeast-2", "eu-west-1", "us-east-1"]
RUN_ID = "demo"
TOOL_VERSION = "0.1.0"
STARTED_AT = "2026-11-23T05:00:04Z"
FINISHED_AT = "2026-11-23T05:00:41Z"
AUDIT_ROLE = "NodeRoleAudit"


def missing(gap):
    """A fact that could not be read."""
    return {"missing": gap}


class Organization:
    """Everything that the run read."""

    def __init__(self, identifier, root):
        self.id = identifier
        self.root = root
        self.accounts = []
        self.policies = {}
        self.planted = []
        self.calls = {}

    def account(self, identifier, name, units=(), controls=None, **settings):
        """Adds an account in these organizational units, from the top down."""
        path = "/".join([self.id, self.root, *units])
        account = Account(self, identifier, name, path, controls, **settings)
        self.accounts.append(account)
        return account

    def count(self, api, calls=1):
        """Counts calls."""
        if calls:
            self.calls[api] = self.calls.get(api, 0) + calls

    def managed(self, name):
        """An AWS managed policy as a role names it. Its document is read once a run, with two calls."""
        arn, version, text = documents.managed(name)
        if arn not in self.policies:
            self.policies[arn] = value({"version_id": version, "document": text})
            self.count("iam:GetPolicy")
            self.count("iam:GetPolicyVersion")
        return arn

    def inventory(self):
        """The inventory, as noderole saves it."""
        accounts = [account.facts() for account in sorted(self.accounts, key=lambda account: account.id)]
        return {
            "schema": "noderole.inventory/1",
            "run_id": RUN_ID,
            "tool_version": TOOL_VERSION,
            "started_at": STARTED_AT,
            "finished_at": FINISHED_AT,
            "partition": "aws",
            "organization_id": self.id,
            "target": None,
            "accounts": accounts,
            "policies": dict(sorted(self.policies.items())),
            "api_calls": dict(sorted(self.calls.items())),
            "throttled": 3,
        }


class Account:
    """An account with the roles that the collector keeps: those of nodes, of aws-node, of clusters, and look-alikes.

    `own`: the run's own, entered without a role. `access` other than `entered`: nothing was read.
    """

    COMPUTE = ("autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances", "ec2:GetInstanceMetadataDefaults")

    def __init__(self, org, identifier, name, path, controls, own=False, access="entered", blind=False):
        self.org = org
        self.id = identifier
        self.name = name
        self.path = path
        self.controls = controls
        self.own = own
        self.access = access
        # Whether the audit role lacks iam:GetAccountAuthorizationDetails, so that roles are read one by one.
        self.blind = blind
        self.roles = {}
        self.clusters = []
        # EC2 by region, and the instance profiles by name: (record, ARN of the role in it); None: it is gone.
        self.regions = {}
        self.profiles = {}
        self.profiles_in_use = set()
        # What answers in place of EC2 and Auto Scaling, if the audit role may not ask them.
        self.compute_gap = None
        self.region_gaps = {}
        self.gaps = []

    def policy(self, name, document, day, path="/", version="v1"):
        """A customer managed policy; its ARN."""
        arn = f"arn:aws:iam::{self.id}:policy{path}{name}"
        self.org.policies[arn] = value({"version_id": version, "document": document})
        return arn

    def role(self, name, trust, day, attached=(), inline=None, boundary=None, path="/", tags=None, used=None, hour=9):
        """A role; its ARN. `attached`: names of AWS managed policies, or ARNs. `used`: when it was last used."""
        if len(name) > 64:
            raise ValueError(f"role name too long: {name}")
        if name in self.roles:
            raise ValueError(f"two roles of one name in {self.name}: {name}")
        arn = f"arn:aws:iam::{self.id}:role{path}{name}"
        arns = [policy if policy.startswith("arn:") else self.org.managed(policy) for policy in attached]
        self.roles[name] = {
            "arn": arn,
            "id": names.unique_id("AROA", arn),
            "created_at": names.moment(day, arn, hour),
            "trust": trust,
            "attached": value([{"name": arn.rsplit("/", 1)[1], "arn": arn} for arn in arns]),
            "inline": value(
                [
                    missing(text) if isinstance(text, dict) else value({"name": title, "document": text})
                    for title, text in sorted((inline or {}).items())
                ]
            ),
            "boundary": boundary,
            "tags": dict(sorted((tags or {}).items())),
            "instance_profiles": value([]),
            "last_used_at": used,
        }
        return arn

    def profile_arn(self, name):
        """The ARN of an instance profile."""
        found = self.profiles.get(name)
        return found[0]["arn"] if found else f"arn:aws:iam::{self.id}:instance-profile/{name}"

    def profile(self, name, role, moment, path="/"):
        """Adds an instance profile that holds a role, be it one that nobody keeps; one whose role is gone is empty."""
        arn = f"arn:aws:iam::{self.id}:instance-profile{path}{name}"
        record = self.roles.get(role.rsplit("/", 1)[1])
        profile = {"arn": arn, "id": names.unique_id("AIPA", arn), "created_at": moment}
        new = name not in self.profiles
        self.profiles[name] = (profile, None if isinstance(record, str) else role)
        if isinstance(record, dict) and new:
            record["instance_profiles"]["value"].append(profile)
            # A node asks for credentials at least once in six hours.
            record["last_used_at"] = names.moment("2026-11-22", arn, 22)

    def role_in(self, profile):
        """The ARN of the role in an instance profile."""
        return self.profiles[profile][1]

    def compute(self, region):
        """EC2 of a region."""
        return self.regions.setdefault(region, Compute(self, region))

    def cluster(self, region, name, **settings):
        """Adds a cluster."""
        cluster = Cluster(self, region, name, **settings)
        self.clusters.append(cluster)
        return cluster

    def plant(self, rule, status, subject, why, severity=None, node_group=None):
        """Says what a rule must find: `subject` is the ARN of a role, or None for the account's roles as a whole."""
        self.org.planted.append(
            {
                "account": self.id,
                "role": subject,
                "node_group": node_group,
                "rule": rule,
                "status": status,
                "severity": severity,
                "why": why,
            }
        )

    def plant_each(self, rules, status, subject, why, node_group=None):
        """Says that several rules must find the same."""
        for rule in rules:
            self.plant(rule, status, subject, why, node_group=node_group)

    def denied(self, api, resource, target, how="because no identity-based policy allows the {api} action"):
        """A call that the audit role may not make."""
        who = f"arn:aws:sts::{self.id}:assumed-role/{AUDIT_ROLE}/noderole-{RUN_ID}"
        message = f"User: {who} is not authorized to perform: {api} on resource: {target} " + how.format(api=api)
        error = "AccessDenied" if api.startswith(("iam:", "sts:")) else "AccessDeniedException"
        return gap(api, resource, "denied", error, message)

    def compute_denied(self, api, region):
        """A call to EC2 or Auto Scaling that the audit role may not make: these name no resource."""
        who = f"arn:aws:sts::{self.id}:assumed-role/{AUDIT_ROLE}/noderole-{RUN_ID}"
        why = f"because no identity-based policy allows the {api} action"
        message = f"User: {who} is not authorized to perform: {api} {why}"
        if api.startswith("ec2:"):
            message = f"You are not authorized to perform this operation. {message}"
            return gap(api, region, "denied", "UnauthorizedOperation", message)
        return gap(api, region, "denied", "AccessDenied", message)

    def role_created(self, arn):
        """When a role was created; later than anything if it does not exist."""
        record = self.roles.get(arn.rsplit("/", 1)[1])
        return record["created_at"] if isinstance(record, dict) else "9999"

    def node_roles(self):
        """The ARNs of the node roles of the account's clusters."""
        return {role for cluster in self.clusters for role in cluster.node_roles()}

    def facts(self):
        """The account, as noderole saves it; counts the calls that read it."""
        entered = self.access == "entered"
        if not self.own and (entered or "refused" in self.access):
            self.org.count("sts:AssumeRole")
        return {
            "id": self.id,
            "name": self.name,
            "organization_path": self.path,
            "access": self.access,
            "regions": [self.region(name) for name in REGIONS] if entered else [],
            "roles": {name: self.record(role) for name, role in sorted(self.roles.items())} if entered else {},
            "role_list": self.role_list(),
            "instance_profiles": self.profiles_of_nodes(),
            "service_control_policies": self.levels(),
            "service_control_gap": None,
            "gaps": self.gaps,
        }

    def profiles_of_nodes(self):
        """The instance profiles that nodes are launched with; counts the calls for those that no role has named."""
        if self.compute_gap is not None:
            return {}  # which those are, EC2 does not tell
        records = {}
        for name in sorted(self.profiles_in_use):
            profile, role = self.profiles.get(name, (None, None))
            self.org.count("iam:GetInstanceProfile", 0 if role else 1)
            records[name] = "no_such_profile" if profile is None else {"found": {"profile": profile, "role": role}}
        return records

    def lets_nodes_in(self, arn):
        """Whether a service that hands credentials to nodes stands in the trust policy of the role."""
        record = self.roles.get(arn.rsplit("/", 1)[1])
        if not isinstance(record, dict):
            return False
        statements = json.loads(record["trust"])["Statement"]
        services = set()
        for statement in statements if isinstance(statements, list) else [statements]:
            principal = statement["Principal"]
            named = principal.get("Service", []) if isinstance(principal, dict) else []
            services.update([named] if isinstance(named, str) else named)
        return bool(services & {f"{name}.amazonaws.com" for name in ("ec2", "ssm", "rolesanywhere", "sagemaker")})

    def levels(self):
        """The service control policies by level; none are asked for of an account that is not entered at all."""
        if self.controls is None or "inactive" in self.access:
            return None
        return [[{"name": name, "document": text} for name, text in level] for level in self.controls]

    def record(self, role):
        """A role or its absence."""
        return role if isinstance(role, str) else {"found": role}

    def region(self, name):
        """One region."""
        self.org.count("eks:ListClusters")
        gaps = list(self.region_gaps.get(name, []))
        if any(gap["api"] == "eks:ListClusters" for gap in gaps):
            return {"name": name, "clusters": missing(gaps[0]), "compute": None, "gaps": gaps}
        clusters = sorted((c for c in self.clusters if c.region == name), key=lambda cluster: cluster.name)
        facts = [cluster.facts() for cluster in clusters]
        gaps += [gap for cluster in clusters for gap in cluster.gaps]
        compute = self.compute(name).facts() if clusters else None
        if compute and self.compute_gap is not None:
            gaps += [self.compute_gap(api, name) for api in self.COMPUTE]
        gaps.sort(key=lambda gap: (gap["api"], gap["resource"]))
        return {"name": name, "clusters": value(facts), "compute": compute, "gaps": gaps}

    def role_list(self):
        """Whether all roles were read; counts how roles were read."""
        api, resource = "iam:GetAccountAuthorizationDetails", f"account {self.id}"
        if self.access != "entered":
            state = self.access.get("inactive")
            why = f"the account is not active in the organization but {state}"
            return missing(not_asked(api, resource, why) if state else self.access["refused"])
        if not self.clusters:
            return missing(not_asked(api, resource, "no cluster makes it necessary"))
        self.org.count(api)
        for role in self.roles.values():
            # One that is not in the list may be younger than the list: it is asked for by itself.
            if self.blind or isinstance(role, str):
                self.org.count("iam:GetRole")
            if self.blind and isinstance(role, dict):
                self.org.count("iam:ListAttachedRolePolicies")
                self.org.count("iam:ListRolePolicies")
                self.org.count("iam:GetRolePolicy", len(role["inline"]["value"]))
                self.org.count("iam:ListInstanceProfilesForRole")
        return missing(self.gaps[0]) if self.blind else value(None)
