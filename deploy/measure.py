"""Measures the function's program against the goals of docs/lambda.md: its size as Lambda gets it, and its start.

    python3 deploy/measure.py [--binary PATH]

Without --binary it is built first, as docs/lambda.md says. Size is that of a zip with deflate; start is from the making of the
process to its first request for an event, on a loopback server that plays Lambda's runtime API: the median of 20. Ends with 1
where a goal is missed. Needs Python 3.10, and Rust to build.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
ZIP_LIMIT_MB = 8
START_LIMIT_MS = 15
STARTS = 20
# a start that takes longer has failed
PATIENCE_S = 30


def build():
    """The program, built as docs/lambda.md says."""
    command = "cargo build --locked --release --config deploy/function.toml --no-default-features --features lambda"
    built = subprocess.run(
        [*command.split(), "--bin", "bootstrap", "--message-format", "json-render-diagnostics"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(message["executable"] for message in reversed(messages) if message.get("executable"))


def zipped_bytes(binary):
    """The size of the program in a zip, as `sam deploy` makes one."""
    with tempfile.TemporaryDirectory() as folder:
        archive = pathlib.Path(folder) / "function.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
            written.write(binary, "bootstrap")
        return archive.stat().st_size


def start_ms(binary):
    """From the making of the process to its first request for an event."""
    with socket.create_server(("127.0.0.1", 0)) as api:
        api.settimeout(PATIENCE_S)
        # what Lambda sets; the keys are none, for nothing is asked of AWS before the first event
        environment = {
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % api.getsockname()[1],
            "AWS_LAMBDA_FUNCTION_NAME": "noderole-audit",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_SESSION_TOKEN": "none",
            "NODEROLE_SINKS": "cloudwatch,s3",
            "NODEROLE_S3_BUCKET": "noderole-runs",
        }
        began = time.perf_counter()
        process = subprocess.Popen([binary], env=environment)
        try:
            connection, _ = api.accept()
            with connection:
                asked = connection.recv(4096)
                took = (time.perf_counter() - began) * 1000
        finally:
            process.kill()
            process.wait()
        if not asked.startswith(b"GET /2018-06-01/runtime/invocation/next"):
            sys.exit(f"the program asks for something else first: {asked[:200]!r}")
        return took


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--binary", help="the program `bootstrap`; without it, it is built")
    binary = os.path.abspath(arguments.parse_args().binary or build())
    zipped = zipped_bytes(binary) / 1e6
    starts = sorted(start_ms(binary) for _ in range(STARTS))
    median = statistics.median(starts)
    print(f"{binary}: {os.path.getsize(binary) / 1e6:.1f} MB")
    print(f"zipped: {zipped:.2f} MB (goal: at most {ZIP_LIMIT_MB})")
    print(
        f"start to first poll: {median:.1f} ms in the median of {STARTS}, "
        f"{starts[0]:.1f} to {starts[-1]:.1f} (goal: at most {START_LIMIT_MS})"
    )
    return int(zipped > ZIP_LIMIT_MB or median > START_LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
