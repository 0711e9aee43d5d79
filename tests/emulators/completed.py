"""What ministack lacks beside AWS, as far as an audit needs it.

- Fargate profiles: create, list and describe. Without them every cluster would have a call that fails, and no audit could
  be complete. Whether a caller may call is decided before, by ministack.
- Access entries of the types of 2024 and later.
- `ec2:GetInstanceMetadataDefaults`: an account without defaults of its own.
- `account:ListRegions` is a permission like others. (ministack looks at no permission of that service.)
- The OIDC issuer is an https URL. (ministack serves it by http; IAM takes no such provider.)
"""

import json
import re

PATH = re.compile(r"/clusters/([^/]+)/fargate-profiles(?:/([^/]+))?")


def complete():
    from ministack.core import iam_actions
    from ministack.services import ec2, eks

    iam_actions._BOTOCORE_SERVICE_MAP.setdefault("account", ["account"])

    eks._VALID_ACCESS_ENTRY_TYPES += ("EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
    ec2._ACTION_MAP["GetInstanceMetadataDefaults"] = lambda params: ec2._xml(
        200, "GetInstanceMetadataDefaultsResponse", "<accountLevel/>"
    )
    eks._handle_request_sync = with_fargate_profiles(eks._handle_request_sync)
    base = eks._ministack_issuer_base
    eks._ministack_issuer_base = lambda: base().replace("http://", "https://")


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
