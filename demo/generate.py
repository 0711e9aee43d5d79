#!/usr/bin/env python3
"""Writes the sample organization that ships inside the binary: `inventory.json`, and `planted.json` with what is wrong.

    python3 demo/generate.py [FOLDER]

FOLDER is where the two files go, this folder where none is given. Needs Python 3.9 and its standard library; the same
on every run. `src/demo/tests.rs` holds the committed files to it, and noderole's findings to `planted.json`.
"""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import edge  # noqa: E402
import enterprise  # noqa: E402
import infrastructure  # noqa: E402
import machine_learning  # noqa: E402
import marketplace  # noqa: E402
import regulated  # noqa: E402
import sandbox  # noqa: E402
import studio  # noqa: E402
import workloads  # noqa: E402
from model import Organization  # noqa: E402


def organization():
    """The whole organization."""
    org = Organization("o-7k3xq9p2mv", "r-m4x2")
    units = (infrastructure, regulated, workloads, marketplace, studio, edge, machine_learning, enterprise, sandbox)
    for unit in units:
        unit.build(org)
    return org


def write(path, document):
    """Writes a JSON document, one member a line, so that a change of the sample can be read as a difference."""
    text = json.dumps(document, indent=1, ensure_ascii=True)
    path.write_bytes((text + "\n").encode("ascii"))


def main():
    """Writes the two files."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    org = organization()
    inventory = org.inventory()
    order = ("account", "role", "node_group", "rule")
    planted = sorted(org.planted, key=lambda row: [row[member] or "" for member in order])
    write(folder / "inventory.json", inventory)
    write(folder / "planted.json", planted)


if __name__ == "__main__":
    main()
