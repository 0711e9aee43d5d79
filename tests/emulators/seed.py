"""Plants an organization in an emulator: JSON on standard input, the ids of accounts and units by name on standard output.

    seed.py EMULATOR ENDPOINT < organization.json

The form:
    {"accounts": [{"name", "unit", "suspended", "policies": {NAME: DOCUMENT},
      "roles": [{"name", "path", "trust", "attached": [NAME or ARN], "inline": {NAME: DOCUMENT}, "boundary": NAME,
                 "count", "fillers"}],
      "clusters": [{"name", "region", "version", "role", "ip_family", "authentication_mode",
                    "creator_is_admin", "node_groups": [{"name", "role", "ami_type", "count"}],
                    "fargate_profiles": [{"name", "role"}], "access_entries": [{"role", "type", "policy"}],
                    "addons": [{"name", "version", "role", "configuration"}],
                    "associations": [{"namespace", "service_account", "role"}],
                    "groups": [{"name", "launch": "template" or "configuration", "profile"}],
                    "instances": [{"profile", "tags": {KEY: VALUE}}]}],
      "profiles": {NAME: the ROLE in it, or null}}]}
The first account is the management account, that of the caller. `attached` names AWS's own policies, and those of
`policies` with a `custom:` before the name. With `count`, `{n}` in a name runs from 000. In strings `${ACCOUNT}` is the
account's id, `${ACCOUNT:name}` that of another, `${ISSUER:cluster}` a cluster's OIDC issuer. `trust` is a document, or
a service's name. `fillers` is a number of inline policies without consequence.
"""

import json
import re
import sys

from aws import Aws

FILLER = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "polly:DescribeVoices", "Resource": "*"},
}


# One that emulators know.
IMAGE = "ami-12c6146b"


class Seed:
    def __init__(self, aws, description):
        self.aws = aws
        self.accounts = description["accounts"]
        self.ids = {}
        self.units = {}
        self.issuers = {}
        self.roles = set()
        self.profiles = set()

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

    def plant_account(self, account, account_id):
        iam = self.aws.client("iam", account_id)
        for name, document in account.get("policies", {}).items():
            iam.create_policy(PolicyName=name, PolicyDocument=self.text(document, account_id))
        # A trust policy that names a cluster's issuer can only be written when the cluster is there.
        late = lambda role: "${ISSUER:" in json.dumps(role["trust"])
        for role in repeated(account.get("roles", [])):
            if not late(role):
                self.plant_role(iam, role, account_id)
        for profile, role in account.get("profiles", {}).items():
            iam.create_instance_profile(InstanceProfileName=profile)
            if role is not None:
                iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
        for cluster in account.get("clusters", []):
            self.plant_cluster(cluster, account_id)
            self.plant_machines(cluster, account_id)
        for role in repeated(account.get("roles", [])):
            if late(role):
                self.plant_role(iam, role, account_id)

    def plant_role(self, iam, role, account_id):
        name, trust = role["name"], role["trust"]
        if isinstance(trust, str):
            statement = {"Effect": "Allow", "Principal": {"Service": trust}, "Action": "sts:AssumeRole"}
            trust = {"Version": "2012-10-17", "Statement": [statement]}
        options = {}
        if "boundary" in role:
            options["PermissionsBoundary"] = f"arn:aws:iam::{account_id}:policy/{role['boundary']}"
        iam.create_role(
            RoleName=name,
            Path=role.get("path", "/"),
            AssumeRolePolicyDocument=self.text(trust, account_id),
            **options,
        )
        self.roles.add((account_id, name))
        for policy in role.get("attached", []):
            iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn(policy, account_id))
        fillers = {f"filler-{number:03}": FILLER for number in range(role.get("fillers", 0))}
        for policy, document in {**fillers, **role.get("inline", {})}.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=self.text(document, account_id))

    def plant_cluster(self, cluster, account_id):
        eks = self.aws.client("eks", account_id, cluster.get("region", "eu-west-1"))
        arn = lambda role: f"arn:aws:iam::{account_id}:role/{role}"
        name = cluster["name"]
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
        )["cluster"]
        self.issuers[name] = created["identity"]["oidc"]["issuer"].split("://")[1]
        for group in repeated(cluster.get("node_groups", [])):
            eks.create_nodegroup(
                clusterName=name,
                nodegroupName=group["name"],
                nodeRole=arn(group["role"]),
                subnets=["subnet-1"],
                scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
                amiType=group.get("ami_type", "AL2023_x86_64_STANDARD"),
            )
        self.complete_node_groups(cluster, account_id)
        for profile in cluster.get("fargate_profiles", []):
            eks.create_fargate_profile(
                clusterName=name,
                fargateProfileName=profile["name"],
                podExecutionRoleArn=arn(profile["role"]),
                selectors=[{"namespace": "default"}],
            )
        for entry in cluster.get("access_entries", []):
            eks.create_access_entry(clusterName=name, principalArn=arn(entry["role"]), type=entry["type"])
            if "policy" in entry:
                eks.associate_access_policy(
                    clusterName=name,
                    principalArn=arn(entry["role"]),
                    policyArn=f"arn:aws:eks::aws:cluster-access-policy/{entry['policy']}",
                    accessScope={"type": "cluster"},
                )
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

    def complete_node_groups(self, cluster, account_id):
        """What EKS makes for a managed node group and emulators do not: instance profiles, and the access entry."""
        iam = self.aws.client("iam", account_id)
        eks = self.aws.client("eks", account_id, cluster.get("region", "eu-west-1"))
        planted = {entry["role"] for entry in cluster.get("access_entries", [])}
        by_entries = cluster.get("authentication_mode", "API_AND_CONFIG_MAP") != "CONFIG_MAP"
        for role in sorted({group["role"] for group in repeated(cluster.get("node_groups", []))}):
            name = role.rsplit("/", 1)[-1]
            profile = f"eks-{account_id}-{name}"
            if (account_id, name) in self.roles and profile not in self.profiles:
                self.profiles.add(profile)
                iam.create_instance_profile(InstanceProfileName=profile)
                iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)
            # moto has no access entries.
            if by_entries and role not in planted and self.aws.emulator == "ministack":
                principal = f"arn:aws:iam::{account_id}:role/{role}"
                eks.create_access_entry(clusterName=cluster["name"], principalArn=principal, type="EC2_LINUX")

    def plant_machines(self, cluster, account_id):
        """Nodes that EKS does not list: Auto Scaling groups without instances, and single instances."""
        region = cluster.get("region", "eu-west-1")
        ec2 = self.aws.client("ec2", account_id, region)
        auto_scaling = self.aws.client("autoscaling", account_id, region)
        owned = f"kubernetes.io/cluster/{cluster['name']}"
        machine = {"ImageId": IMAGE, "InstanceType": "t3.small"}
        for group in cluster.get("groups", []):
            name = group["name"]
            if group["launch"] == "template":
                data = {**machine, "IamInstanceProfile": {"Name": group["profile"]}}
                template = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)["LaunchTemplate"]
                launch = {"LaunchTemplate": {"LaunchTemplateId": template["LaunchTemplateId"], "Version": "$Latest"}}
            else:
                auto_scaling.create_launch_configuration(
                    LaunchConfigurationName=name, IamInstanceProfile=group["profile"], **machine
                )
                launch = {"LaunchConfigurationName": name}
            tag = {"Key": owned, "Value": "owned", "PropagateAtLaunch": True}
            auto_scaling.create_auto_scaling_group(
                AutoScalingGroupName=name,
                MinSize=0,
                MaxSize=0,
                AvailabilityZones=[f"{region}a"],
                Tags=[{**tag, "ResourceId": name, "ResourceType": "auto-scaling-group"}],
                **launch,
            )
        for instance in cluster.get("instances", []):
            tags = {owned: "owned", **instance.get("tags", {})}
            ec2.run_instances(
                MinCount=1,
                MaxCount=1,
                IamInstanceProfile={"Name": instance["profile"]},
                TagSpecifications=[
                    {"ResourceType": "instance", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
                ],
                **machine,
            )

    def text(self, document, account_id):
        """A document with what stands for ids and issuers put in."""
        values = {"ACCOUNT": account_id}
        values.update({f"ACCOUNT:{name}": id for name, id in self.ids.items()})
        values.update({f"ISSUER:{name}": issuer for name, issuer in self.issuers.items()})
        text = document if isinstance(document, str) else json.dumps(document)
        return re.sub(r"\$\{((?:ACCOUNT|ISSUER)[^}]*)\}", lambda match: values[match[1]], text)


def policy_arn(policy, account_id):
    if policy.startswith("arn:"):
        return policy
    if policy.startswith("custom:"):
        return f"arn:aws:iam::{account_id}:policy/{policy.removeprefix('custom:')}"
    return f"arn:aws:iam::aws:policy/{policy}"


def repeated(items):
    for item in items:
        if "count" not in item:
            yield item
        for number in range(item.get("count", 0)):
            yield {**item, "name": item["name"].replace("{n}", f"{number:03}")}


def main():
    emulator, endpoint = sys.argv[1:3]
    seed = Seed(Aws(emulator, endpoint), json.load(sys.stdin))
    json.dump(seed.plant(), sys.stdout)


main()
