"""What the auditor's stack costs a month: a formula, and a table for docs/operations.md.

    python3 deploy/cost.py [RUNS_A_MONTH]

Prices are list prices of us-east-1 as of November 2026, in dollars; look them up for your region and put them in below.
"""

import sys

GB_SECOND = 0.0000133334  # Lambda, arm64
INVOCATION = 0.0000002
TRANSITION = 0.000025  # Step Functions, standard
S3_PUT = 0.000005
S3_GET = 0.0000004
S3_GB_MONTH = 0.023
LOGS_GB = 0.50
METRIC_HOUR = 0.30 / 730  # custom metrics are billed for the hours in which they come
ALARM = 0.10
DASHBOARD = 3.00

MEMORY_GB = 0.5
# docs/performance.md: an account with clusters takes seconds of calls that wait for each other, one without takes fewer.
SECONDS_AN_ACCOUNT = 4
FINDINGS_AN_ACCOUNT = 2
BYTES_A_FINDING = 4_000
BYTES_OF_FACTS = 60_000
METRICS = 180
ALARMS = 8
FAN_OUT_ABOVE = 100
MONTHS_KEPT = 13


def month(accounts, runs):
    fan_out = accounts > FAN_OUT_ABOVE
    # In one invocation accounts are read side by side; in many each has a map iteration of three transitions.
    seconds = accounts * SECONDS_AN_ACCOUNT + 60 if fan_out else max(30, accounts * SECONDS_AN_ACCOUNT / 8)
    invocations = accounts + 3 if fan_out else 1
    transitions = 3 * accounts + 8 if fan_out else 0
    findings_bytes = accounts * FINDINGS_AN_ACCOUNT * BYTES_A_FINDING
    kept_bytes = findings_bytes + (accounts * BYTES_OF_FACTS if fan_out else 0)
    run = (
        seconds * MEMORY_GB * GB_SECOND
        + invocations * INVOCATION
        + transitions * TRANSITION
        + (accounts + 6 if fan_out else 3) * S3_PUT
        + (2 * accounts if fan_out else 2) * S3_GET
        + findings_bytes / 1e9 * LOGS_GB
        + METRICS * METRIC_HOUR
    )
    kept = kept_bytes * runs * MONTHS_KEPT / 1e9 * S3_GB_MONTH
    return runs * run, kept, ALARMS * ALARM + DASHBOARD


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    print("| accounts | runs | what is kept | alarms, dashboard | a month |\n|---:|---:|---:|---:|---:|")
    for accounts in (10, 100, 1_000, 10_000):
        parts = month(accounts, runs)
        cells = " | ".join(f"${part:,.2f}" for part in (*parts, sum(parts)))
        print(f"| {accounts:,} | {cells} |")


main()
