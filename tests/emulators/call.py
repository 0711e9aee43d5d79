"""Makes AWS calls in an emulator: a JSON list of calls on standard input, a JSON list of answers on standard output.

    call.py EMULATOR ENDPOINT < calls.json

A call is {"account", "region", "service", "operation" (as boto3 spells it), "parameters"}. The parameter `ZipFromFile`
names a program; what is sent is `ZipFile`, an archive with it under the name of `bootstrap`, without what is there for
debuggers: Lambda takes 250 MB.

Documents of IAM are answered as the text that came, not parsed.
"""

import io
import json
import subprocess
import sys
import tempfile
import zipfile

from aws import Aws
from botocore.handlers import json_decode_policies


def archive(path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as packed:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        with tempfile.TemporaryDirectory() as folder:
            lean = f"{folder}/bootstrap"
            # It comes with the linker that Rust needs.
            subprocess.run(["strip", "-o", lean, path], check=True)
            with open(lean, "rb") as file:
                packed.writestr(entry, file.read())
    return data.getvalue()


def parameters(value):
    if not isinstance(value, dict):
        return value
    read = {}
    for name, member in value.items():
        if name == "ZipFromFile":
            read["ZipFile"] = archive(member)
        else:
            read[name] = parameters(member)
    return read


def plain(value):
    return value.read().decode() if hasattr(value, "read") else str(value)


def main():
    emulator, endpoint = sys.argv[1:3]
    aws = Aws(emulator, endpoint)
    answers = []
    for call in json.load(sys.stdin):
        client = aws.client(call["service"], call.get("account"), call.get("region"))
        # parsed, texts that differ would be the same
        client.meta.events.unregister("after-call.iam", json_decode_policies)
        answer = getattr(client, call["operation"])(**parameters(call.get("parameters", {})))
        answer.pop("ResponseMetadata", None)
        answers.append(answer)
    json.dump(answers, sys.stdout, default=plain)


if __name__ == "__main__":
    main()
