"""Gives ministack the Fargate profiles that it lacks: create, list and describe, no more.

Without them every cluster would have a call that fails, and no audit could be complete. Whether a caller may call is
decided before, by ministack.
"""

import json
import re

PATH = re.compile(r"/clusters/([^/]+)/fargate-profiles(?:/([^/]+))?")


def install():
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import eks

    without = eks._handle_request_sync
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

    eks._handle_request_sync = handle
