"""Plants an organization in an emulator: JSON on standard input, the ids of accounts and units by name on standard output.

    seed.py EMULATOR ENDPOINT < organization.json

The form:
    {"accounts": [{"name", "unit", "suspended", "policies": {NAME: DOCUMENT},
      "roles": [{"name", "path", "trust", "attached": [NAME or ARN], "inline": {NAME: DOCUMENT}, "boundary": NAME,
                 "count", "fillers", "created_again"}],
      "clusters": [{"name", "region", "version", "role", "ip_family", "authentication_mode", "status",
                    "creator_is_admin", "auto_mode": {"role", "node_pools"},
                    "templates": [{"name", "versions": [{"profile", "metadata"}], "default"}],
                    "node_groups": [{"name", "role", "ami_type", "count", "template": REFERENCE, "status",
                                     "health": [{"code", "message"}], "instance": INSTANCE or null}],
                    "fargate_profiles": [{"name", "role"}], "access_entries": [{"role", "type", "policy"}],
                    "addons": [{"name", "version", "role", "configuration"}],
                    "associations": [{"namespace", "service_account", "role"}],
                    "groups": [{"name", and one of "template": REFERENCE, "mixed": [REFERENCE of the base, of each
                                override], "configuration": {"profile", "metadata"}}],
                    "instances": [INSTANCE: {"profile", "windows", "metadata", "terminated", "tags": {KEY: VALUE}}]}],
      "profiles": {PATH and NAME: the ROLE in it, or null}}],
     "service_control_policies": [{"name", "document", "targets": [account or unit]}],
     "region": that of all that names no other, eu-west-1}
The first account is the management account, that of the caller. `attached` names AWS's own policies, and those of
`policies` with a `custom:` before the name. With `count`, `{n}` in a name runs from 000. In strings `${ACCOUNT}` is the
account's id, `${ACCOUNT:name}` that of another, `${ISSUER:cluster}` a cluster's OIDC issuer. `trust` is a document, or
a service's name; without one it is EC2. A role of a node group or entry is a name in the account, or an ARN. `fillers` is
a number of inline policies without consequence; a role that is `created_again` is younger than its access entries.
A REFERENCE is NAME:VERSION of a launch template, the version as Auto Scaling takes it. `status` and `health` are for
ministack alone (completed.py). A managed node group has an INSTANCE with its role's profile, unless it says otherwise.
What tests expect stands beside what is planted, and is of no concern here: `planted.rs`.
"""

import json
import re
import sys
import time

from aws import Aws
from machines import Machines

FILLER = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "polly:DescribeVoices", "Resource": "*"},
}


class Seed:
    def __init__(self, aws, description):
        self.aws = aws
        self.accounts = description["accounts"]
        self.service_control_policies = description.get("service_control_policies", [])
        self.ids = {}
        self.units = {}
        self.issuers = {}
        self.roles = set()
        self.profiles = set()
        self.late = []

    def plant(self):
        organizations = self.aws.client("organizations")
        if self.aws.emulator == "moto":
            organizations.create_organization(FeatureSet="ALL")
        self.ids[self.accounts[0]["name"]] = self.aws.home
        for account in self.accounts[1:]:
            status = organizations.create_account(
                Email=f"{account['name']}@example.com", AccountName=account["name"]
            )["CreateAccountStatus"]
            self.ids[account["name"]] = status["AccountId"]
        root = organizations.list_roots()["Roots"][0]["Id"]
        for account in self.accounts:
            if "unit" in account:
                unit = organizations.create_organizational_unit(ParentId=root, Name=account["unit"])
                self.units[account["unit"]] = unit["OrganizationalUnit"]["Id"]
                organizations.move_account(
                    AccountId=self.ids[account["name"]],
                    SourceParentId=root,
                    DestinationParentId=self.units[account["unit"]],
                )
            self.plant_account(account, self.ids[account["name"]])
        self.govern([root, *self.units.values(), *self.ids.values()])
        self.restrict()
        for account in self.accounts:
            if account.get("suspended"):
                organizations.close_account(AccountId=self.ids[account["name"]])
        return {**self.ids, **self.units}

    def govern(self, targets):
        """Organizations attaches FullAWSAccess to all that is new where policies are enabled; not every emulator does."""
        organizations = self.aws.client("organizations")
        for target in targets:
            kind = "SERVICE_CONTROL_POLICY"
            if not organizations.list_policies_for_target(TargetId=target, Filter=kind)["Policies"]:
                organizations.attach_policy(PolicyId="p-FullAWSAccess", TargetId=target)

    def restrict(self):
        organizations = self.aws.client("organizations")
        root = organizations.list_roots()["Roots"][0]
        if self.service_control_policies and not root["PolicyTypes"]:
            organizations.enable_policy_type(RootId=root["Id"], PolicyType="SERVICE_CONTROL_POLICY")
        for policy in self.service_control_policies:
            made = organizations.create_policy(
                Name=policy["name"],
                Description=policy["name"],
                Type="SERVICE_CONTROL_POLICY",
                Content=json.dumps(policy["document"]),
            )["Policy"]["PolicySummary"]
            for target in policy["targets"]:
                organizations.attach_policy(PolicyId=made["Id"], TargetId={**self.ids, **self.units}[target])

    def plant_account(self, account, account_id):
        iam = self.aws.client("iam", account_id)
        for name, document in account.get("policies", {}).items():
            iam.create_policy(PolicyName=name, PolicyDocument=self.text(document, account_id))
        self.late = list(repeated(account.get("roles", [])))
        self.plant_roles(account_id)
        for profile, role in account.get("profiles", {}).items():
            path, _, name = profile.rpartition("/")
            iam.create_instance_profile(InstanceProfileName=name, Path=f"{path}/")
            if role is not None:
                iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
        for cluster in account.get("clusters", []):
            machines = Machines(self.aws, account_id, cluster)
            machines.plant_templates()
            self.plant_cluster(cluster, account_id, machines)
            machines.plant_groups()
            machines.plant_instances()
        again = [role for role in account.get("roles", []) if role.get("created_again")]
        if again:
            # IAM counts in seconds: the entries are older than the next one.
            time.sleep(1)
        for role in again:
            self.plant_again(iam, role, account_id)

    def plant_roles(self, account_id):
        """Those that can be: a trust policy that names a cluster's issuer waits until the cluster is there."""
        iam = self.aws.client("iam", account_id)
        waiting, self.late = self.late, []
        for role in waiting:
            if set(re.findall(r"\$\{ISSUER:([^}]*)\}", json.dumps(role.get("trust")))) <= self.issuers.keys():
                self.plant_role(iam, role, account_id)
            else:
                self.late.append(role)

    def plant_role(self, iam, role, account_id):
        name, trust = role["name"], role.get("trust", "ec2.amazonaws.com")
        if isinstance(trust, str):
            statement = {"Effect": "Allow", "Principal": {"Service": trust}, "Action": "sts:AssumeRole"}
            trust = {"Version": "2012-10-17", "Statement": [statement]}
        options = {}
        if "boundary" in role:
            options["PermissionsBoundary"] = self.policy_arn(f"custom:{role['boundary']}", account_id)
        iam.create_role(
            RoleName=name,
            Path=role.get("path", "/"),
            AssumeRolePolicyDocument=self.text(trust, account_id),
            **options,
        )
        self.roles.add((account_id, name))
        for policy in role.get("attached", []):
            iam.attach_role_policy(RoleName=name, PolicyArn=self.policy_arn(policy, account_id))
        fillers = {f"filler-{number:03}": FILLER for number in range(role.get("fillers", 0))}
        for policy, document in {**fillers, **role.get("inline", {})}.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=self.text(document, account_id))

    def plant_again(self, iam, role, account_id):
        """Deletes a role and creates it as it was, its instance profiles kept."""
        name = role["name"]
        profiles = [
            profile["InstanceProfileName"]
            for profile in iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
        ]
        for profile in profiles:
            iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=name)
        for policy in role.get("attached", []):
            iam.detach_role_policy(RoleName=name, PolicyArn=self.policy_arn(policy, account_id))
        for policy in role.get("inline", {}):
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
        self.plant_role(iam, role, account_id)
        for profile in profiles:
            iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)

    def policy_arn(self, policy, account_id):
        if policy.startswith("arn:"):
            return policy
        owner = account_id if policy.startswith("custom:") else "aws"
        return f"arn:{self.aws.partition}:iam::{owner}:policy/{policy.removeprefix('custom:')}"

    def role_arn(self, role, account_id):
        return self.text(role, account_id) if role.startswith("arn:") else f"arn:{self.aws.partition}:iam::{account_id}:role/{role}"

    def plant_cluster(self, cluster, account_id, machines):
        eks = self.aws.client("eks", account_id, cluster.get("region"))
        arn = lambda role: self.role_arn(role, account_id)
        name = cluster["name"]
        options = {}
        if "auto_mode" in cluster:
            auto_mode = cluster["auto_mode"]
            options["computeConfig"] = {"enabled": True, "nodePools": auto_mode.get("node_pools", [])}
            if "role" in auto_mode:
                options["computeConfig"]["nodeRoleArn"] = arn(auto_mode["role"])
        created = eks.create_cluster(
            name=name,
            version=cluster.get("version", "1.33"),
            roleArn=arn(cluster["role"]),
            resourcesVpcConfig={"subnetIds": []},
            kubernetesNetworkConfig={"ipFamily": cluster.get("ip_family", "ipv4")},
            accessConfig={
                "authenticationMode": cluster.get("authentication_mode", "API_AND_CONFIG_MAP"),
                "bootstrapClusterCreatorAdminPermissions": cluster.get("creator_is_admin", False),
            },
            tags=staged(cluster),
            **options,
        )["cluster"]
        self.issuers[name] = created["identity"]["oidc"]["issuer"].split("://")[1]
        self.plant_roles(account_id)
        made_by_eks = {}
        for group in repeated(cluster.get("node_groups", [])):
            options = {}
            if "template" in group:
                template = machines.template(group["template"])
                options["launchTemplate"] = {"id": template["LaunchTemplateId"], "version": template["Version"]}
            made = eks.create_nodegroup(
                clusterName=name,
                nodegroupName=group["name"],
                nodeRole=arn(group["role"]),
                subnets=["subnet-1"],
                scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
                amiType=group.get("ami_type", "AL2023_x86_64_STANDARD"),
                tags=staged(group),
                **options,
            )["nodegroup"]
            made_by_eks[group["name"]] = made["resources"]["autoScalingGroups"][0]["name"]
        self.complete_node_groups(cluster, account_id, machines, made_by_eks)
        for profile in cluster.get("fargate_profiles", []):
            eks.create_fargate_profile(
                clusterName=name,
                fargateProfileName=profile["name"],
                podExecutionRoleArn=arn(profile["role"]),
                selectors=[{"namespace": "default"}],
            )
        for entry in cluster.get("access_entries", []):
            self.plant_entry(cluster, entry, account_id)
        for addon in cluster.get("addons", []):
            options = {"addonVersion": addon["version"]}
            if "role" in addon:
                options["serviceAccountRoleArn"] = arn(addon["role"])
            if "configuration" in addon:
                options["configurationValues"] = addon["configuration"]
            eks.create_addon(clusterName=name, addonName=addon["name"], **options)
        for association in cluster.get("associations", []):
            eks.create_pod_identity_association(
                clusterName=name,
                namespace=association["namespace"],
                serviceAccount=association["service_account"],
                roleArn=arn(association["role"]),
            )

    def complete_node_groups(self, cluster, account_id, machines, groups):
        """What EKS makes and emulators do not: instance profiles, Auto Scaling groups where they tell something, instances,
        and the access entries of nodes."""
        iam = self.aws.client("iam", account_id)
        types = {}
        for group in repeated(cluster.get("node_groups", [])):
            name = group["role"].rsplit("/", 1)[-1]
            profile = f"eks-{account_id}-{name}"
            own = (account_id, name) in self.roles and not group["role"].startswith("arn:")
            if own and profile not in self.profiles:
                self.profiles.add(profile)
                iam.create_instance_profile(InstanceProfileName=profile)
                iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)
            if own and "template" in group:
                machines.plant_group_of(group, groups[group["name"]], profile)
            windows = group.get("ami_type", "").startswith("WINDOWS")
            if own and group.get("instance", {}) is not None:
                defaults = {"profile": profile, "windows": windows}
                machines.plant_node_of(group["name"], {**defaults, **group.get("instance", {})})
            types.setdefault(group["role"], "EC2_WINDOWS" if windows else "EC2_LINUX")
        if "role" in cluster.get("auto_mode", {}):
            types[cluster["auto_mode"]["role"]] = "EC2"
        by_entries = cluster.get("authentication_mode", "API_AND_CONFIG_MAP") != "CONFIG_MAP"
        if by_entries and self.aws.has_access_entries:
            planted = {entry["role"] for entry in cluster.get("access_entries", [])}
            for role in sorted(types.keys() - planted):
                entry = {"role": role, "type": types[role]}
                if types[role] == "EC2":
                    entry["policy"] = "AmazonEKSAutoNodePolicy"
                self.plant_entry(cluster, entry, account_id)

    def plant_entry(self, cluster, entry, account_id):
        eks = self.aws.client("eks", account_id, cluster.get("region"))
        principal = {"clusterName": cluster["name"], "principalArn": self.role_arn(entry["role"], account_id)}
        eks.create_access_entry(type=entry["type"], **principal)
        if "policy" in entry:
            eks.associate_access_policy(
                policyArn=f"arn:{self.aws.partition}:eks::aws:cluster-access-policy/{entry['policy']}",
                accessScope={"type": "cluster"},
                **principal,
            )

    def text(self, document, account_id):
        """A document with what stands for ids and issuers put in."""
        values = {"ACCOUNT": account_id}
        values.update({f"ACCOUNT:{name}": id for name, id in self.ids.items()})
        values.update({f"ISSUER:{name}": issuer for name, issuer in self.issuers.items()})
        text = document if isinstance(document, str) else json.dumps(document)
        return re.sub(r"\$\{((?:ACCOUNT|ISSUER)[^}]*)\}", lambda match: values[match[1]], text)


def staged(described):
    """The tags by which completed.py knows what befalls it."""
    tags = {}
    if "status" in described:
        tags["emulator:status"] = described["status"]
    if "health" in described:
        tags["emulator:health"] = json.dumps([{"resourceIds": [], **issue} for issue in described["health"]])
    return tags


def repeated(items):
    for item in items:
        if "count" not in item:
            yield item
        for number in range(item.get("count", 0)):
            yield {**item, "name": item["name"].replace("{n}", f"{number:03}")}


def main():
    emulator, endpoint = sys.argv[1:3]
    description = json.load(sys.stdin)
    aws = Aws(emulator, endpoint, description.get("region", "eu-west-1"))
    json.dump(Seed(aws, description).plant(), sys.stdout)


if __name__ == "__main__":
    main()
