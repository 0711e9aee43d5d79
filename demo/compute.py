"""EC2 and Auto Scaling of one region in the making: instances, Auto Scaling groups, what they are launched from."""

import names


def metadata(hops=1, tokens=True, enabled=True):
    """Settings of the instance metadata service."""
    return {"enabled": enabled, "tokens_required": tokens, "hop_limit": hops}


# Pods without the host's network do not reach the service.
CLOSED = metadata()
# What EKS gives node groups without a launch template of the user's, where the image is not Amazon Linux 2023.
TWO_HOPS = metadata(hops=2)
# As instances were launched before 2024: version 1 answers too.
VERSION_ONE = metadata(hops=2, tokens=False)
UNSET = metadata(None, None, None)


def node_group(tags):
    """The managed node group that EKS's tags name, as cluster and name, or None."""
    named = (tags.get("eks:cluster-name"), tags.get("eks:nodegroup-name"))
    return named if all(named) else None


class Compute:
    """What EC2 and Auto Scaling tell of a region's nodes."""

    def __init__(self, account, region):
        self.account = account
        self.region = region
        self.instances = []
        self.groups = []
        self.templates = {}
        self.configurations = {}
        self.defaults = UNSET

    def launch(self, seed, profile, options, version=None):
        """What a launch template's version or a launch configuration says. `profile`: a name."""
        if profile is not None:
            self.account.profiles_in_use.add(profile)
        image = "ami-0" + names.hexadecimal(f"image {seed}", 16)
        return {"value": {"version": version, "profile": profile, "image": image, "metadata": options}}

    def template(self, name, profile, options, version="1", number=1):
        """A launch template; how a group names it."""
        reference = {
            "id": "lt-0" + names.hexadecimal(f"{self.account.id} {self.region} {name}", 16),
            "name": name,
            "version": version,
        }
        self.templates[f"{reference['id']}:{version}"] = self.launch(name, profile, options, number)
        return reference

    def configuration(self, name, profile, options):
        """A launch configuration; its name."""
        self.configurations[name] = self.launch(name, profile, options)
        return name

    def group(self, name, tags, templates=(), configuration=None):
        """An Auto Scaling group."""
        self.groups.append(
            {
                "name": name,
                "launch_templates": list(templates),
                "launch_configuration": configuration,
                "tags": dict(sorted(tags.items())),
            }
        )

    def instance(self, seed, profile, tags, options=CLOSED, windows=False, profile_id=None, state="running"):
        """A live instance; its id. `profile`: a name; `profile_id`: of a profile of that name that is gone."""
        seed = f"{self.account.id} {self.region} {seed}"
        identity = "i-0" + names.hexadecimal(seed, 16)
        day = f"2026-11-{1 + names.digest(seed)[4] % 20:02}"
        carried = None
        if profile is not None:
            self.account.profiles_in_use.add(profile)
            arn = self.account.profile_arn(profile)
            carried = {"arn": arn, "id": profile_id or names.unique_id("AIPA", arn)}
        self.instances.append(
            {
                "id": identity,
                "state": state,
                "launched_at": names.moment(day, seed, 4),
                "profile": carried,
                "windows": windows,
                "metadata": options,
                "tags": dict(sorted(tags.items())),
            }
        )
        return identity

    def templates_asked_for(self):
        """Those of groups that are not EKS's, and of those that have no live instance to tell what it was launched with."""
        live = {node_group(instance["tags"]) for instance in self.instances} - {None}
        asked = [group for group in self.groups if node_group(group["tags"]) not in live]
        keys = {f"{template['id']}:{template['version']}" for group in asked for template in group["launch_templates"]}
        return {key: launch for key, launch in self.templates.items() if key in keys}

    def facts(self):
        """The region's compute, as noderole saves it; counts the calls that read it."""
        count = self.account.org.count
        count("ec2:DescribeInstances")
        count("autoscaling:DescribeAutoScalingGroups")
        count("ec2:GetInstanceMetadataDefaults")
        if self.account.compute_gap is not None:
            gaps = {api: self.account.compute_gap(api, self.region) for api in self.account.COMPUTE}
            return {
                "instances": {"missing": gaps["ec2:DescribeInstances"]},
                "auto_scaling_groups": {"missing": gaps["autoscaling:DescribeAutoScalingGroups"]},
                "launch_templates": {},
                "launch_configurations": {},
                "metadata_defaults": {"missing": gaps["ec2:GetInstanceMetadataDefaults"]},
            }
        templates = self.templates_asked_for()
        count("ec2:DescribeLaunchTemplateVersions", len(templates))
        count("autoscaling:DescribeLaunchConfigurations", len(self.configurations))
        return {
            "instances": {"value": sorted(self.instances, key=lambda instance: instance["id"])},
            "auto_scaling_groups": {"value": sorted(self.groups, key=lambda group: group["name"])},
            "launch_templates": dict(sorted(templates.items())),
            "launch_configurations": dict(sorted(self.configurations.items())),
            "metadata_defaults": {"value": self.defaults},
        }
