#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmarks work: each case of bench/inproc, forward and lab_scale, and of each peer that is
installed, runs and reports a figure above zero. What the figures are is no question here."""
import json
import os
import pathlib
import subprocess
import sys

BENCH = pathlib.Path(os.environ["LINNET_BINARY_DIR"]) / "bench"
CASES = {"bulk": "Gbit/s", "tso": "Gbit/s", "rr": "1/s", "crr": "1/s", "udp": "1/s",
         "idle": "bytes/pair"}


def check(program, stack, case, unit, *more):
    done = subprocess.run([BENCH / program, case, "0.05", *more], capture_output=True, text=True,
                          timeout=120)
    if done.returncode:
        return f"{program} {case}: exit {done.returncode}: {done.stderr.strip()}"
    line = json.loads(done.stdout)
    if line["stack"] != stack or case not in line["case"] or line["unit"] != unit:
        return f"{program} {case}: reports {line}"
    if not line["value"] > 0:
        return f"{program} {case}: {line['value']} {unit}"
    print(f"ok: {program} {case}: {line['value']:.4g} {unit}")
    return None


def check_stages(case):
    done = subprocess.run([BENCH / "stages", case, "50"], capture_output=True, text=True,
                          timeout=120)
    rows = [line.split() for line in done.stdout.splitlines()]
    if done.returncode or not rows or rows[-1][0] != "sum":
        return f"stages {case}: exit {done.returncode}: {done.stdout}{done.stderr}"
    if not any(r[0] == "ip_queue_xmit" for r in rows) or not float(rows[-1][1]) > 0:
        return f"stages {case}: {done.stdout}"
    print(f"ok: stages {case}: {rows[-1][1]} ns")
    return None


def check_shards(case):
    done = subprocess.run([BENCH / "shards", case, "2", "0.05"], capture_output=True, text=True,
                          timeout=120)
    if done.returncode:
        return f"shards {case}: exit {done.returncode}: {done.stderr.strip()}"
    values = {line["case"]: line["value"] for line in map(json.loads, done.stdout.splitlines())}
    if not (values[case + "_2"] > 0 and values["handed_over_server"] == 0):
        return f"shards {case}: {values}"
    print(f"ok: shards {case}: {values[case + '_2']:.4g}")
    return None


def main():
    programs = [("inproc", "linnet")]
    if (BENCH / "lwip_pair").exists():
        programs.append(("lwip_pair", "lwip"))
    else:
        print("lwip_pair is not built: liblwip-dev is missing")
    bad = [check(p, stack, case, unit) for p, stack in programs for case, unit in CASES.items()
           if (stack, case) != ("lwip", "tso")]
    bad += [check(p, stack, "crr_tw", "1/s", "200") for p, stack in programs]
    bad += [check("inproc", "linnet", c, "1/s") for c in ("udp_batch", "udp_gso", "udp_gso_whole")]
    if os.geteuid() == 0:		# it makes network namespaces
        bad += [check("kernel_pair", "kernel", case, unit) for case, unit in CASES.items()
                if case != "idle"]
    bad.append(check("inproc", "linnet", "rr", "1/s", "200"))	# beside 200 idle connections
    for case in ("router", "switch"):
        bad.append(check("forward", "linnet", case, "packets/s"))
        bad.append(check("forward", "linnet", case, "packets/s", "300"))
    for case, unit in (("events", "events/s"), ("speed", "sim.s/s"), ("idle", "bytes/host")):
        bad.append(check("lab_scale", "linnet", case, unit, "20"))
    bad += [check_stages(case) for case in ("bulk", "rr")]
    bad += [check_shards(case) for case in ("bulk", "rr", "crr", "udp")]
    bad = [b for b in bad if b]
    print("\n".join(bad))
    return 1 if bad else 0


sys.exit(main())
