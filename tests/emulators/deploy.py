"""Deploys templates of CloudFormation to an emulator: a JSON list on standard input, a JSON list of the stacks' outputs on
standard output.

    deploy.py EMULATOR ENDPOINT < stacks.json

A stack is {"stack", "template", "parameters": {NAME: VALUE}, "binary", "account", "region"}; `binary` is a program that is
the code of the template's functions. As `sam deploy` does, its archive goes into a bucket and its place into the template.
"""

import json
import re
import sys
import time

from aws import Aws
from call import archive

CODE_BUCKET = "noderole-code"
DEADLINE_S = 120


def bucket_for_code(aws, account, region):
    s3 = aws.client("s3", account, region)
    if CODE_BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    return s3


def with_code(aws, text, binary, account, region):
    s3 = bucket_for_code(aws, account, region)
    s3.put_object(Bucket=CODE_BUCKET, Key="bootstrap.zip", Body=archive(binary))
    text, replaced = re.subn(
        r"CodeUri: \.$", f"CodeUri: {{ Bucket: {CODE_BUCKET}, Key: bootstrap.zip }}", text, flags=re.MULTILINE
    )
    assert replaced, "the template has a function whose code is here"
    # Lambda's functions find AWS by themselves; an emulator's have to be told.
    return re.sub(
        r"^( +)(NODEROLE_ROLE_NAME: )", rf"\g<1>AWS_ENDPOINT_URL: {aws.endpoint}\n\1\2", text, flags=re.MULTILINE
    )


def outputs_of(client, stack):
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        described = client.describe_stacks(StackName=stack)["Stacks"][0]
        status = described["StackStatus"]
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        if "FAILED" in status or "ROLLBACK" in status:
            failed = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
                for event in client.describe_stack_events(StackName=stack)["StackEvents"]
                if event["ResourceStatus"].endswith("_FAILED")
            ]
            raise SystemExit("\n".join([f"the stack {stack} could not be made ({status})", *failed]))
        time.sleep(0.2)
    raise SystemExit(f"the stack {stack} was not made within {DEADLINE_S} s")


def place_of(aws, stack, text, account, region):
    """The template itself, or as `sam deploy` does its place in a bucket: in a call there is room for 51,200 bytes."""
    if len(text.encode()) <= 51_200:
        return {"TemplateBody": text}
    bucket_for_code(aws, account, region).put_object(Bucket=CODE_BUCKET, Key=f"{stack}.yaml", Body=text.encode())
    return {"TemplateURL": f"{aws.endpoint}/{CODE_BUCKET}/{stack}.yaml"}


def deploy(aws, stack, template, parameters, binary=None, account=None, region="eu-west-1"):
    with open(template, encoding="utf-8") as file:
        text = file.read()
    if binary:
        text = with_code(aws, text, binary, account, region)
    client = aws.client("cloudformation", account, region)
    client.create_stack(
        StackName=stack,
        **place_of(aws, stack, text, account, region),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    return outputs_of(client, stack)


def main():
    aws = Aws(*sys.argv[1:3])
    json.dump([deploy(aws, **stack) for stack in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
