"""Holds reports against what their readers publish: validate.py junit|asff|securityhub FILE.

junit: the XSD of Jenkins' xUnit plugin, and that no element stands outside it. asff: botocore's model of Security Hub, with the
lengths that the documentation of its members states. securityhub: BatchImportFindings of moto takes every finding and gives it
back. Ends with 1 and a line for each thing that is wrong.
"""

import json
import os
import re
import sys

SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "schemas")
BATCH = 100
FINDING_BYTES = 240_000


def junit(path):
    import xmlschema

    schema = xmlschema.XMLSchema10(os.path.join(SCHEMAS, "junit-10.xsd"))
    return [f"{error.path}: {error.reason}" for error in schema.iter_errors(path)]


def stated(documentation):
    """The lengths that a member's documentation states."""
    text = re.sub("<[^>]+>", "", documentation or "")
    longest = re.search(r"Maximum (?:length )?of (\d+)(?: length)?\.?", text)
    many = re.search(r"Maximum number of (\d+) items", text)
    return longest and not many and int(longest[1]), many and int(many[1])


def held(shape, value, at):
    """What botocore's own validator leaves out: enumerations, patterns, and the lengths of the documentation."""
    if shape.type_name == "structure":
        for name, member in value.items():
            member_shape = shape.members[name]
            longest, many = stated(member_shape.documentation)
            if longest and isinstance(member, str) and len(member.encode("utf-16-le")) // 2 > longest:
                yield f"{at}.{name}: longer than {longest}"
            if many and isinstance(member, list) and len(member) > many:
                yield f"{at}.{name}: more than {many}"
            yield from held(member_shape, member, f"{at}.{name}")
    elif shape.type_name == "list":
        for place, member in enumerate(value):
            yield from held(shape.member, member, f"{at}[{place}]")
    elif shape.type_name == "map":
        if len(value) > 50:
            yield f"{at}: more than 50 pairs"
        for name, member in value.items():
            if len(name) > 128 or len(member.encode("utf-16-le")) // 2 > 2048:
                yield f"{at}.{name}: too long"
            yield from held(shape.value, member, f"{at}.{name}")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{at}: {value!r} is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value, re.DOTALL):
            yield f"{at}: {value!r} is not {pattern}"


def asff(path):
    import botocore.session
    from botocore.validate import ParamValidator

    with open(path, encoding="utf-8") as file:
        findings = json.load(file)
    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    wrong = []
    for start in range(0, len(findings), BATCH):
        request = {"Findings": findings[start : start + BATCH]}
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            wrong.append(report.generate_report())
        else:
            wrong.extend(held(shape, request, "request"))
    for finding in findings:
        if len(json.dumps(finding).encode()) > FINDING_BYTES:
            wrong.append(f"{finding['Id']}: larger than {FINDING_BYTES} bytes")
    ids = [(finding["ProductArn"], finding["Id"]) for finding in findings]
    if len(ids) != len(set(ids)):
        wrong.append("two findings of one product have one id")
    return wrong


def securityhub(path):
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    import boto3
    from moto import mock_aws

    with open(path, encoding="utf-8") as file:
        findings = json.load(file)
    wrong = []
    with mock_aws():
        hub = boto3.client("securityhub")
        hub.enable_security_hub()
        for start in range(0, len(findings), BATCH):
            answer = hub.batch_import_findings(Findings=findings[start : start + BATCH])
            wrong.extend(f"{failed}" for failed in answer["FailedFindings"])
        pages = hub.get_paginator("get_findings").paginate(PaginationConfig={"PageSize": BATCH})
        kept = {finding["Id"]: finding for page in pages for finding in page["Findings"]}
    for finding in findings:
        same = kept.get(finding["Id"], {})
        if any(same.get(name) != finding[name] for name in ("Title", "Description", "Resources", "Compliance")):
            wrong.append(f"{finding['Id']} did not come back as it went")
    return wrong


def main():
    kind, path = sys.argv[1:]
    wrong = {"junit": junit, "asff": asff, "securityhub": securityhub}[kind](path)
    for line in wrong[:50]:
        print(line)
    sys.exit(1 if wrong else 0)


main()
