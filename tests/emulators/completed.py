"""What ministack lacks beside AWS, as far as an audit needs it; of EC2 and Auto Scaling in completed_machines.py, of
CloudFormation in completed_stacks.py, of authorization in completed_iam.py.

- Fargate profiles: create, list and describe. Without them every cluster would have a call that fails, and no audit could
  be complete. Whether a caller may call is decided before, by ministack.
- Access entries of the types of 2024 and later, and access policies for those of Auto Mode.
- The IP family and the compute configuration (Auto Mode) of clusters, and the launch template of node groups.
- `account:ListRegions` is a permission like others. (ministack looks at no permission of that service.)
- Managed policies of AWS that the repository has the documents of.
- The OIDC issuer is an https URL. (ministack serves it by http; IAM takes no such provider.)

What befalls a cluster or a node group later can be asked for beforehand, by tags: `emulator:status` is its status,
`emulator:health` the JSON list of a node group's health issues. That is no API of AWS, what is answered then is.
"""

import json
import pathlib
import re

import completed_iam
import completed_machines
import completed_stacks

MANAGED = pathlib.Path(__file__).parent.parent / "policy" / "managed"
PATH = re.compile(r"/clusters/([^/]+)/fargate-profiles(?:/([^/]+))?")


def complete():
    from ministack.core import iam_actions
    from ministack.services import eks, iam

    iam_actions._BOTOCORE_SERVICE_MAP.setdefault("account", ["account"])

    for document in MANAGED.glob("*.json"):
        arn = f"arn:aws:iam::aws:policy/{document.stem}"
        if arn not in iam._aws_managed_policies:
            iam._aws_managed_policies[arn] = iam._make_aws_managed_record(document.stem, document.read_text())
    completed_iam.complete()
    completed_machines.complete()
    completed_stacks.complete()
    eks._VALID_ACCESS_ENTRY_TYPES += ("EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
    eks._associate_access_policy = with_auto_mode(eks, eks._associate_access_policy)
    eks._create_cluster = with_configuration(eks, eks._create_cluster)
    eks._sanitize = with_what_befell(eks._sanitize)
    eks._create_nodegroup = with_launch_template(eks, eks._create_nodegroup)
    eks._describe_nodegroup = with_health(eks, eks._describe_nodegroup)
    eks._handle_request_sync = with_fargate_profiles(eks._handle_request_sync)
    base = eks._ministack_issuer_base
    eks._ministack_issuer_base = lambda: base().replace("http://", "https://")


def with_auto_mode(eks, without):
    def associate(cluster, principal, body):
        entry = eks._access_entries.get(eks._ae_key(cluster, principal))
        if not entry or entry["type"] != "EC2":
            return without(cluster, principal, body)
        # It takes policies for persons alone.
        entry["type"] = "STANDARD"
        try:
            return without(cluster, principal, body)
        finally:
            entry["type"] = "EC2"

    return associate


def with_configuration(eks, without):
    def create(body, *rest):
        answer = without(body, *rest)
        if answer[0] != 200:
            return answer
        cluster = eks._clusters[body["name"]]
        family = body.get("kubernetesNetworkConfig", {}).get("ipFamily", "ipv4")
        cluster["kubernetesNetworkConfig"]["ipFamily"] = family
        if "computeConfig" in body:
            cluster["computeConfig"] = body["computeConfig"]
        return eks._json_resp(200, {"cluster": eks._sanitize(cluster)})

    return create


def with_what_befell(without):
    def shown(cluster):
        status = cluster.get("tags", {}).get("emulator:status")
        return {**without(cluster), **({"status": status} if status else {})}

    return shown


def with_launch_template(eks, without):
    def create(cluster, body, *rest):
        answer = without(cluster, body, *rest)
        if answer[0] == 200 and "launchTemplate" in body:
            eks._nodegroups[f"{cluster}/{body['nodegroupName']}"]["launchTemplate"] = body["launchTemplate"]
        return answer

    return create


def with_health(eks, without):
    def describe(cluster, name):
        group = eks._nodegroups.get(f"{cluster}/{name}")
        if not group:
            return without(cluster, name)
        told, tags = dict(group), group["tags"]
        told["status"] = tags.get("emulator:status", group["status"])
        told["health"] = {"issues": json.loads(tags.get("emulator:health", "[]"))}
        return eks._json_resp(200, {"nodegroup": told})

    return describe


def with_fargate_profiles(without):
    from ministack.core.responses import get_account_id, get_region

    profiles = {}

    def answer(status, body):
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def handle(method, path, headers, body, query):
        match = PATH.fullmatch(path)
        if not match:
            return without(method, path, headers, body, query)
        cluster, name = match.groups()
        own = profiles.setdefault((get_account_id(), get_region(), cluster), {})
        if method == "POST":
            asked = json.loads(body)
            name = asked["fargateProfileName"]
            own[name] = {
                "fargateProfileName": name,
                "fargateProfileArn": f"arn:aws:eks:{get_region()}:{get_account_id()}:fargateprofile/{cluster}/{name}/1",
                "clusterName": cluster,
                "podExecutionRoleArn": asked["podExecutionRoleArn"],
                "status": "ACTIVE",
                "health": {"issues": []},
            }
            return answer(200, {"fargateProfile": own[name]})
        if name is None:
            return answer(200, {"fargateProfileNames": sorted(own)})
        return answer(200, {"fargateProfile": own[name]})

    return handle
