"""What ministack's authorization lacks beside AWS, as far as a remediation needs it (service authorization reference of IAM
and EKS): the resources of calls about instance profiles, new policies and access entries, and the condition keys
iam:PolicyARN, eks:principalArn and eks:policyArn. What is decided by them, ministack decides.
"""

import json
import re
import urllib.parse

# the ARN in it may be decoded already
ENTRY = re.compile(r"/clusters/([^/]+)/access-entries/(.+?)(?:/access-policies.*)?$")
PROFILE = {"AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"}
ATTACHMENT = {"iam:AttachRolePolicy", "iam:DetachRolePolicy"}


def complete():
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = with_resources(iam_actions, iam_actions.extract_resource_arn)
    iam_actions.request_tag_context = with_keys(iam_actions, iam_actions.request_tag_context)


def with_resources(iam_actions, without):
    def resource(service, method, path, headers, body, parameters, region, account):
        parameter = lambda name: iam_actions._query_param(parameters, name)
        if service == "iam" and parameter("Action") in PROFILE:
            return f"arn:aws:iam::{account}:instance-profile/{parameter('InstanceProfileName')}"
        if service == "iam" and parameter("Action") == "CreatePolicy":
            return f"arn:aws:iam::{account}:policy/{parameter('PolicyName')}"
        entry = ENTRY.match(path) if service == "eks" else None
        if entry:
            principal = urllib.parse.unquote(entry[2])
            kind, _, name = principal.split(":", 5)[5].partition("/")
            return f"arn:aws:eks:{region}:{account}:access-entry/{entry[1]}/{kind}/{account}/{name}/0a1b2c3d"
        return without(service, method, path, headers, body, parameters, region, account)

    return resource


def with_keys(iam_actions, without):
    def keys(service, action, body, parameters):
        further = {}
        if action in ATTACHMENT:
            further["iam:policyarn"] = iam_actions._query_param(parameters, "PolicyArn")
        if action == "eks:CreateAccessEntry":
            further["eks:principalarn"] = json.loads(body)["principalArn"]
        if action == "eks:AssociateAccessPolicy":
            further["eks:policyarn"] = json.loads(body)["policyArn"]
        return {**without(service, action, body, parameters), **further}

    return keys
