"""What ministack lacks of EC2 and Auto Scaling, as far as an audit looks at machines.

- The instance metadata options and the platform of instances; without options, EC2's own defaults.
- `ec2:GetInstanceMetadataDefaults`: an account without defaults of its own.
- The mixed instances policy of Auto Scaling groups.
- The instance profile and the metadata options of launch configurations.
"""

import re

from machines import WINDOWS_IMAGE

OPTIONS = ("HttpEndpoint", "HttpTokens", "HttpPutResponseHopLimit")

# What EC2 sets where nobody says otherwise.
DEFAULTS = {"HttpEndpoint": "enabled", "HttpTokens": "optional", "HttpPutResponseHopLimit": "1"}


def complete():
    from ministack.services import autoscaling, ec2

    ec2._ACTION_MAP["GetInstanceMetadataDefaults"] = lambda params: ec2._xml(
        200, "GetInstanceMetadataDefaultsResponse", "<accountLevel/>"
    )
    ec2._ACTION_MAP["RunInstances"] = with_options(ec2, ec2._run_instances)
    ec2._instance_xml = with_options_shown(ec2._instance_xml)
    actions = autoscaling._ACTION_MAP
    actions["CreateAutoScalingGroup"] = with_policy(autoscaling, autoscaling._create_asg)
    actions["DescribeAutoScalingGroups"] = with_policies_shown(autoscaling, autoscaling._describe_asgs)
    actions["CreateLaunchConfiguration"] = with_profile(autoscaling, autoscaling._create_lc)
    actions["DescribeLaunchConfigurations"] = with_profiles_shown(autoscaling, autoscaling._describe_lcs)


def options_asked(service, params):
    asked = {name: service._p(params, f"MetadataOptions.{name}") for name in OPTIONS}
    return {name: value for name, value in asked.items() if value}


def with_options(ec2, without):
    def run(params):
        status, headers, body = without(params)
        for id in re.findall(r"<instanceId>(i-\w+)</instanceId>", text_of(body)):
            ec2._instances[id]["MetadataOptions"] = {**DEFAULTS, **options_asked(ec2, params)}
        return status, headers, body

    return run


def with_options_shown(without):
    def show(instance):
        options = instance.get("MetadataOptions", DEFAULTS)
        shown = "".join(f"<{name[0].lower()}{name[1:]}>{options[name]}</{name[0].lower()}{name[1:]}>" for name in OPTIONS)
        platform = "<platform>windows</platform>" if instance["ImageId"] == WINDOWS_IMAGE else ""
        members = f"<metadataOptions><state>applied</state>{shown}</metadataOptions>{platform}"
        return within(without(instance), "</item>", members)

    return show


def within(xml, end, members):
    """Puts members before the last end tag."""
    head, _, tail = xml.rpartition(end)
    return head + members + end + tail


def with_policy(autoscaling, without):
    def create(params):
        answer = without(params)
        policy = autoscaling._parse_nested(params, "MixedInstancesPolicy")
        if answer[0] == 200 and policy:
            autoscaling._asgs[params["AutoScalingGroupName"]]["MixedInstancesPolicy"] = policy
        return answer

    return create


def with_policies_shown(autoscaling, without):
    def shown(name):
        policy = autoscaling._asgs[name].get("MixedInstancesPolicy")
        return f"<MixedInstancesPolicy>{xml_of(policy)}</MixedInstancesPolicy>" if policy else ""

    return shown_after("AutoScalingGroupName", without, shown)


def with_profile(autoscaling, without):
    def create(params):
        answer = without(params)
        if answer[0] == 200:
            kept = autoscaling._launch_configs[params["LaunchConfigurationName"]]
            kept["IamInstanceProfile"] = params.get("IamInstanceProfile")
            kept["MetadataOptions"] = options_asked(autoscaling, params)
        return answer

    return create


def with_profiles_shown(autoscaling, without):
    def shown(name):
        kept = autoscaling._launch_configs[name]
        told = {key: kept[key] for key in ("IamInstanceProfile", "MetadataOptions") if kept.get(key)}
        return xml_of(told)

    return shown_after("LaunchConfigurationName", without, shown)


def shown_after(member, without, shown):
    """Puts what `shown` tells of each name behind the name."""

    def describe(params):
        status, headers, body = without(params)
        name = re.compile(rf"<member><{member}>([^<]*)</{member}>")
        return status, headers, name.sub(lambda match: match[0] + shown(match[1]), text_of(body)).encode()

    return describe


def xml_of(value):
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml_of(member)}</{name}>" for name, member in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{xml_of(member)}</member>" for member in value)
    return str(value)


def text_of(body):
    return body.decode() if isinstance(body, bytes) else body
