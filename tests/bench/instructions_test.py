#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What bench/inproc's work costs in instructions is what tests/bench/instructions.json says,
within its tolerance: a change that makes packets dearer shows as a diff of that file.

Two runs of different length, counted by callgrind; their difference is the cost of the work
alone: of a round trip, a datagram, a connection, a segment of a long stream.
instructions_test.py --write puts down what was counted.
"""
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = pathlib.Path(__file__).with_name("instructions.json")
BUILD = pathlib.Path(os.environ.get("LINNET_BINARY_DIR", ROOT / "build" / "release"))
STEPS = {"rr": (500, 1500), "udp": (50, 150), "crr": (100, 300), "bulk": (20, 60)}
PER = {"bulk": 1448 * 8e-9}	# of what inproc reports, one unit of work; else 1


def skip(why):
    print(why)
    sys.exit(77)


def compiler():
    """What the library was built with: the figures are of one compiler."""
    found = re.search(r"CMAKE_C_COMPILER:\w+=(.*)", (BUILD / "CMakeCache.txt").read_text())
    version = subprocess.run([found[1], "-dumpfullversion"], capture_output=True, text=True)
    name = "gcc" if "Free Software" in subprocess.run([found[1], "--version"], capture_output=True,
                                                      text=True).stdout else "other"
    return f"{name} {version.stdout.strip()} {platform.machine()}"


def counted(case, steps):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           BUILD / "bench" / "inproc", case, f"{steps}x"],
                          capture_output=True, text=True, timeout=250)
    total = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not total:
        sys.exit(f"inproc {case} {steps}x under callgrind: {done.stderr[-500:]}")
    return int(total[1]), json.loads(done.stdout)["value"]


def main():
    if not shutil.which("valgrind"):
        skip("valgrind is not installed")
    golden = json.loads(GOLDEN.read_text())
    here = compiler()
    write = "--write" in sys.argv
    if here != golden["compiler"] and not write:
        skip(f"the golden figures are of {golden['compiler']}, this is {here}")
    per_unit = {}
    bad = 0
    for case, (few, many) in STEPS.items():
        (more, more_done), (less, less_done) = counted(case, many), counted(case, few)
        cost = round((more - less) / (more_done - less_done) * PER.get(case, 1))
        per_unit[case] = cost
        want = golden["instructions_per_unit"].get(case, cost)
        off = cost / want - 1
        wrong = abs(off) > golden["tolerance"]
        bad += wrong
        print(f"{'BAD' if wrong else 'ok'}: {case}: {cost} instructions a unit, golden {want} "
              f"({off:+.1%}, tolerance {golden['tolerance']:.0%})")
    if write:
        golden.update(compiler=here, instructions_per_unit=per_unit)
        GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
        return 0
    if bad:
        print("if that is meant: python3 tests/bench/instructions_test.py --write, and say why")
    return 1 if bad else 0


sys.exit(main())
