"""Deploys a template of CloudFormation to an emulator, with the function's code from a local binary.

    deploy.py EMULATOR ENDPOINT STACK TEMPLATE [--binary PATH] [--account ID] [--region REGION] [NAME=VALUE ...]

Prints the outputs of the stack as JSON. As `sam deploy` does, it puts the code into a bucket and its place into the
template.
"""

import argparse
import json
import re
import sys
import time

from aws import Aws
from call import archive

CODE_BUCKET = "noderole-code"
DEADLINE_S = 120


def outputs_of(client, stack):
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        described = client.describe_stacks(StackName=stack)["Stacks"][0]
        status = described["StackStatus"]
        if status.endswith("_COMPLETE") and "ROLLBACK" not in status:
            return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        if status.endswith("_FAILED") or "ROLLBACK" in status:
            events = client.describe_stack_events(StackName=stack)["StackEvents"]
            failed = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
                for event in events
                if event["ResourceStatus"].endswith("_FAILED")
            ]
            raise SystemExit(f"the stack {stack} could not be made ({status})\n" + "\n".join(failed))
        time.sleep(0.2)
    raise SystemExit(f"the stack {stack} was not made within {DEADLINE_S} s")


def deploy(aws, stack, template, parameters, binary=None, account=None, region="eu-west-1"):
    text = open(template, encoding="utf-8").read()
    if binary:
        s3 = aws.client("s3", account, region)
        if CODE_BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_object(Bucket=CODE_BUCKET, Key="bootstrap.zip", Body=archive(binary))
        code = f"CodeUri: {{ Bucket: {CODE_BUCKET}, Key: bootstrap.zip }}"
        text, replaced = re.subn(r"CodeUri: \.$", code, text, flags=re.MULTILINE)
        if not replaced:
            raise SystemExit(f"{template} has no function whose code is here")
        # Lambda's functions find AWS by themselves; an emulator's have to be told.
        text = re.sub(
            r"^( +)(NODEROLE_ROLE_NAME: )", rf"\g<1>AWS_ENDPOINT_URL: {aws.endpoint}\n\1\2", text, flags=re.MULTILINE
        )
    client = aws.client("cloudformation", account, region)
    client.create_stack(
        StackName=stack,
        TemplateBody=text,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    return outputs_of(client, stack)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("emulator")
    arguments.add_argument("endpoint")
    arguments.add_argument("stack")
    arguments.add_argument("template")
    arguments.add_argument("--binary")
    arguments.add_argument("--account")
    arguments.add_argument("--region", default="eu-west-1")
    arguments.add_argument("parameters", nargs="*")
    given = arguments.parse_intermixed_args()
    parameters = dict(parameter.split("=", 1) for parameter in given.parameters)
    aws = Aws(given.emulator, given.endpoint)
    json.dump(
        deploy(aws, given.stack, given.template, parameters, given.binary, given.account, given.region), sys.stdout
    )


if __name__ == "__main__":
    main()
