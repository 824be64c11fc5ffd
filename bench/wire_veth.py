#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet by AF_XDP on a veth, by a TAP, and the kernel itself at the far end of a veth, in turn,
with the same kernel sockets at the near end and all on one core; medians and ratios to the TAP.
Needs root; makes a network namespace. Build first: ninja -C build/release linnet bench_wire_echo.

usage: bench/wire_veth.py [--rounds N] [--seconds S] [--core N] [--iperf3-options "-C cubic"]
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "interop"))
from interop import LINNET, Background, enter, run, stop_all, wait_until

BUILD = pathlib.Path(LINNET).parent
ECHO = BUILD / "bench" / "wire_echo"
# name: near and far address, how linnet names the device (None: the kernel's own end)
WIRES = {"xdp": ("10.1.1.1", "10.1.1.2", "xdp:veth1"), "tap": ("10.1.2.1", "10.1.2.2", "tap1"),
         "kernel": ("10.1.3.1", "10.1.3.2", None)}
CASES = [("tcp", "TCP round trips of 1 byte /s"), ("udp", "UDP round trips of 1 byte /s"),
         ("window", "UDP echo, 64 datagrams of 64 bytes under way, /s"),
         ("receive", "TCP into the far end, Gbit/s"), ("send", "TCP out of it, Gbit/s"),
         ("receive_cpu", "... in, Gbit per CPU second of linnet"),
         ("send_cpu", "... out, Gbit per CPU second of linnet")]


def make_wires():
    run("ip", "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
    run("ip", "link", "set", "veth1", "up")
    run("ip", "tuntap", "add", "dev", "tap1", "mode", "tap")
    run("ip", "link", "add", "veth2", "type", "veth", "peer", "name", "veth3")
    for dev, wire in (("veth0", "xdp"), ("tap1", "tap"), ("veth2", "kernel")):
        run("ip", "addr", "add", WIRES[wire][0] + "/24", "dev", dev)
        run("ip", "link", "set", dev, "up")
    far = Background(folder / "far.log", "unshare", "-n", "sleep", "infinity")
    wait_until(lambda: os.readlink(f"/proc/{far.process.pid}/ns/net") !=
               os.readlink("/proc/self/ns/net"), "namespace")
    run("ip", "link", "set", "veth3", "netns", far.process.pid)
    inside = ["nsenter", "-t", far.process.pid, "-n"]
    run(*inside, "ip", "addr", "add", WIRES["kernel"][1] + "/24", "dev", "veth3")
    run(*inside, "ip", "link", "set", "veth3", "up")
    return inside


def start(wire, inside):
    _, addr, dev = WIRES[wire]
    if dev:
        b = Background(folder / f"{wire}.log", LINNET, "up", "--dev", dev, "--addr", addr + "/24",
                       "--name", wire, "--echo", 7, "--iperf3")
        b.wait_for_text("control socket")
        return [b]
    servers = [Background(folder / "echo.log", *inside, ECHO, "serve", addr, 7),
               Background(folder / "iperf.log", *inside, "iperf3", "-s", "--forceflush")]
    servers[1].wait_for_text("Server listening")
    return servers


def cpu(b):
    fields = pathlib.Path(f"/proc/{b.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bulk(addr, options, b):
    before = cpu(b)
    got = json.loads(run("iperf3", "-c", addr, "-J", *options, timeout=120).stdout)
    end = got["end"]["sum_received"]
    time.sleep(0.3)
    return end["bits_per_second"] / 1e9, end["bytes"] * 8 / 1e9 / max(cpu(b) - before, 0.01)


def measure(wire, opt, inside):
    servers, addr, out = start(wire, inside), WIRES[wire][1], {}
    run("ping", "-c", 2, "-i", 0.05, addr)
    for what in ("tcp", "udp", "window"):
        said = run(ECHO, what, addr, 7, opt.seconds).stdout
        out[what] = json.loads(said)["per_second"]
    more = ["-t", max(1, round(opt.seconds)), *opt.iperf3_options.split()]
    out["receive"], out["receive_cpu"] = bulk(addr, more, servers[0])
    out["send"], out["send_cpu"] = bulk(addr, more + ["-R"], servers[0])
    for b in servers:
        b.stop()
    if wire == "kernel":
        del out["receive_cpu"], out["send_cpu"]
    return out


opt = argparse.ArgumentParser(description=__doc__.split("\n")[0])
opt.add_argument("--rounds", type=int, default=5)
opt.add_argument("--seconds", type=float, default=2)
opt.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
opt.add_argument("--iperf3-options", default="-C cubic")
opt = opt.parse_args()
enter()
os.sched_setaffinity(0, {opt.core})
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    os.environ["XDG_RUNTIME_DIR"] = name
    inside = make_wires()
    results = {wire: [] for wire in WIRES}
    for _ in range(opt.rounds):
        for wire in WIRES:
            results[wire].append(measure(wire, opt, inside))
    stop_all()
print(f"{'':52}{'xdp':>10}{'tap':>10}{'kernel':>10}{'xdp/tap':>9}")
for case, text in CASES:
    median = {w: statistics.median(r[case] for r in runs) if case in runs[0] else None
              for w, runs in results.items()}
    form = "{:10,.0f}" if median["tap"] > 1000 else "{:10.2f}"
    cells = "".join(form.format(v) if v is not None else f"{'':10}" for v in median.values())
    print(f"{text:52}{cells}{median['xdp'] / median['tap']:9.2f}")
