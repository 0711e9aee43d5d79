"""Plants the machines of a cluster's nodes: launch templates, Auto Scaling groups without instances, and instances.

Their forms stand in seed.py.
"""

# Two that moto knows; completed_machines.py tells ministack which is one of Windows.
IMAGE = "ami-ekslinux"
WINDOWS_IMAGE = "ami-ekswin"

# Pods do not reach the instance metadata service; what a description leaves out.
CLOSED = {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}


class Machines:
    """The machines of one cluster."""

    def __init__(self, aws, account_id, cluster):
        self.cluster = cluster
        self.region = cluster.get("region", aws.region)
        self.ec2 = aws.client("ec2", account_id, self.region)
        self.auto_scaling = aws.client("autoscaling", account_id, self.region)
        self.templates = {}
        self.owned = {f"kubernetes.io/cluster/{cluster['name']}": "owned"}

    def plant_templates(self):
        """Before the node groups that are launched from them."""
        for template in self.cluster.get("templates", []):
            first, *further = [launch_data(version) for version in template["versions"]]
            made = self.ec2.create_launch_template(LaunchTemplateName=template["name"], LaunchTemplateData=first)
            id = made["LaunchTemplate"]["LaunchTemplateId"]
            for data in further:
                self.ec2.create_launch_template_version(LaunchTemplateId=id, LaunchTemplateData=data)
            if "default" in template:
                self.ec2.modify_launch_template(LaunchTemplateId=id, DefaultVersion=str(template["default"]))
            self.templates[template["name"]] = id

    def template(self, reference):
        """NAME:VERSION, or NAME alone: the group then names no version."""
        name, _, version = reference.partition(":")
        return {"LaunchTemplateId": self.templates[name], **({"Version": version} if version else {})}

    def plant_group_of(self, node_group, name, profile):
        """The Auto Scaling group of a managed node group, from EKS's copy of the template: the profile is added."""
        template, _, number = node_group["template"].partition(":")
        described = next(one for one in self.cluster["templates"] if one["name"] == template)
        data = launch_data({**described["versions"][int(number) - 1], "profile": profile})
        made = self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        self.templates[name] = made["LaunchTemplate"]["LaunchTemplateId"]
        tags = {"eks:cluster-name": self.cluster["name"], "eks:nodegroup-name": node_group["name"]}
        self.plant_group({"name": name, "template": f"{name}:1"}, tags)

    def plant_groups(self):
        for group in self.cluster.get("groups", []):
            self.plant_group(group, {})

    def plant_group(self, group, tags):
        tag = {"ResourceId": group["name"], "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
        self.auto_scaling.create_auto_scaling_group(
            AutoScalingGroupName=group["name"],
            MinSize=0,
            MaxSize=0,
            AvailabilityZones=[f"{self.region}a"],
            Tags=[{**tag, "Key": key, "Value": value} for key, value in {**self.owned, **tags}.items()],
            **self.launch(group),
        )

    def launch(self, group):
        if "template" in group:
            return {"LaunchTemplate": self.template(group["template"])}
        if "mixed" in group:
            base, *overrides = [self.template(reference) for reference in group["mixed"]]
            own = [{"InstanceType": "t3.large", "LaunchTemplateSpecification": template} for template in overrides]
            launch = {"LaunchTemplateSpecification": base, "Overrides": [{"InstanceType": "t3.small"}, *own]}
            return {"MixedInstancesPolicy": {"LaunchTemplate": launch}}
        configuration = group["configuration"]
        options = {"IamInstanceProfile": configuration["profile"]} if "profile" in configuration else {}
        self.auto_scaling.create_launch_configuration(
            LaunchConfigurationName=group["name"],
            ImageId=IMAGE,
            InstanceType="t3.small",
            MetadataOptions=configuration.get("metadata", CLOSED),
            **options,
        )
        return {"LaunchConfigurationName": group["name"]}

    def plant_instances(self):
        for instance in self.cluster.get("instances", []):
            self.plant_instance(instance)

    def plant_node_of(self, node_group, instance):
        """An instance of a managed node group, as EKS tags it."""
        tags = {"eks:cluster-name": self.cluster["name"], "eks:nodegroup-name": node_group}
        self.plant_instance({**instance, "tags": tags})

    def plant_instance(self, instance):
        tags = {**self.owned, **instance.get("tags", {})}
        options = {"IamInstanceProfile": {"Name": instance["profile"]}} if instance.get("profile") else {}
        made = self.ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            ImageId=WINDOWS_IMAGE if instance.get("windows") else IMAGE,
            InstanceType="t3.small",
            MetadataOptions=instance.get("metadata", CLOSED),
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
            ],
            **options,
        )["Instances"][0]
        if instance.get("terminated"):
            self.ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def launch_data(version):
    data = {"ImageId": IMAGE, "InstanceType": "t3.small", "MetadataOptions": version.get("metadata", CLOSED)}
    if "profile" in version:
        data["IamInstanceProfile"] = {"Name": version["profile"]}
    return data
