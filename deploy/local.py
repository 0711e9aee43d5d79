"""Deploys noderole to ministack on this machine, lets its schedule fire, and shows what it found. Needs no AWS account.

    python3 deploy/local.py [--binary PATH]

Needs Python 3.10 with venv, and Rust; what else it needs it installs into $XDG_CACHE_HOME/noderole or ~/.cache/noderole, once.
With --binary nothing is built: PATH is the program `bootstrap`. It stops what it started.
"""

import argparse
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EMULATORS = ROOT / "tests" / "emulators"
START_LIMIT_S = 60
# The schedule fires each minute.
RUN_LIMIT_S = 300


def environment():
    """The Python of a virtual environment with ministack."""
    requirements = EMULATORS / "requirements.txt"
    key = hashlib.sha256(sys.version.encode() + requirements.read_bytes()).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "noderole"
    home = cache / f"local-{key}"
    python = home / "bin" / "python"
    if not (home / "whole").exists():
        print(f"installing ministack into {home} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--requirement", requirements], check=True)
        (home / "whole").touch()
    return python


def build():
    """The program `bootstrap`, built as a release."""
    print("building the function ...", flush=True)
    command = "cargo build --locked --release --no-default-features --features lambda --bin bootstrap"
    built = subprocess.run(
        [*command.split(), "--message-format", "json-render-diagnostics"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(message["executable"] for message in reversed(messages) if message.get("executable"))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def serve(python, port, folder):
    """ministack, which ends when its standard input does."""
    settings = {"BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    log = open(folder / "ministack.log", "wb")
    server = subprocess.Popen(
        [python, EMULATORS / "serve.py", "ministack", str(port)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), **settings},
        start_new_session=True,
    )
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server
        except OSError:
            time.sleep(0.2)
    server.kill()
    raise SystemExit(f"ministack did not start within {START_LIMIT_S} s:\n{(folder / 'ministack.log').read_text()}")


def show(binary, port):
    """Deploys, waits for a run, and prints its findings. Runs inside of the environment."""
    sys.path.insert(0, str(EMULATORS))
    from aws import Aws
    from deploy import deploy
    from seed import Seed

    aws = Aws("ministack", f"http://127.0.0.1:{port}")
    planted = json.loads((EMULATORS / "clusters.json").read_text())["accounts"][0]
    seed = Seed(aws, {"accounts": [{"name": "auditor"}, {**planted, "name": "shop"}, {"name": "lab"}]})
    seed.plant()
    accounts = seed.ids
    print(f"planted an organization: {', '.join(f'{name} ({id})' for name, id in accounts.items())}", flush=True)

    common = {"OrganizationId": "o-abcdefghij", "ExternalId": "local-external-id"}
    began = time.monotonic()
    every_minute = {"ScheduleExpression": "rate(1 minute)", "FanOutAbove": "1"}
    out = deploy(aws, "noderole", ROOT / "template.yaml", {**common, **every_minute}, binary)
    member = {
        "AuditorRoleArn": out["AuditFunctionRoleArn"],
        "ChangeBusArn": out["ChangeBusArn"],
        "RoleRegion": "eu-west-1",
        "IamRegion": "eu-west-1",
    }
    for account in accounts.values():
        deploy(aws, "noderole-member", ROOT / "deploy" / "member-roles.yaml", {**common, **member}, account=account)
    print(f"deployed template.yaml, and deploy/member-roles.yaml in {len(accounts)} accounts: "
          f"{time.monotonic() - began:.1f} s; the schedule fires within a minute ...", flush=True)

    execution = ended(aws, out["StateMachineArn"])
    print(f"run {execution['name']}: the state machine {execution['status']}", flush=True)
    if execution["status"] != "SUCCEEDED":
        raise SystemExit(execution.get("cause", "see the log of ministack"))
    for line in findings(aws, out["FindingsLogGroup"], execution["name"]):
        finding = line["finding"]
        role = (finding["role_arn"] or "-").rsplit("/", 1)[-1]
        print(f"{finding['severity']:8} {finding['status']:7} {finding['rule']} {finding['account']} {role}: {finding['message']}")
    print(f"read from the log group {out['FindingsLogGroup']}")


def ended(aws, state_machine):
    """The first execution of the state machine that is at its end."""
    client = aws.client("stepfunctions")
    deadline = time.monotonic() + RUN_LIMIT_S
    while time.monotonic() < deadline:
        for found in client.list_executions(stateMachineArn=state_machine)["executions"]:
            if found["status"] != "RUNNING":
                return client.describe_execution(executionArn=found["executionArn"])
        time.sleep(1)
    raise SystemExit(f"no run ended within {RUN_LIMIT_S} s")


def findings(aws, group, run):
    events = aws.client("logs").filter_log_events(logGroupName=group, logStreamNames=[run])["events"]
    lines = [json.loads(event["message"]) for event in events]
    return [line for line in lines if "finding" in line]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", help="the program `bootstrap`, if it is built already")
    arguments.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.inside:
        show(given.binary, given.inside)
        return
    if sys.version_info < (3, 10):
        raise SystemExit("Python 3.10 or newer is needed")
    python = environment()
    binary = given.binary or build()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="noderole-local-") as folder:
        server = serve(python, port, pathlib.Path(folder))
        try:
            inside = [python, __file__, "--binary", binary, "--inside", str(port)]
            raise SystemExit(subprocess.run(inside).returncode)
        finally:
            server.stdin.close()
            server.wait()


main()
