#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The real iperf3 against linnet and linnet against the real iperf3, both directions, clean and
with loss and reordering; parallel streams, congestion controls, clients that vanish; by IPv4, and
a part of it by IPv6. (http_test.py moves 1 GB each way; here it is a quarter, and less where each
loss costs time.)"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *


def amount(link):
    return BULK >> (5 if link else 2)


WINDOW = 64 << 10


def kernel_client(options, what, us=US):
    iperf3_is_free()
    done = run("iperf3", "-c", us, "-J", *options, timeout=900, status=None)
    got = json.loads(done.stdout or "{}")
    if not check(done.returncode == 0 and "error" not in got,
                 f"iperf3 -c {what}: {got.get('error', got)}{done.stderr}"):
        return
    sent, received = got["end"]["sum_sent"]["bytes"], got["end"]["sum_received"]
    print(f"  iperf3 -c {what}: {received['bits_per_second'] / 1e9:.2f} Gbit/s")
    # Nobody waits for what is under way when the test is over: what the two socket buffers of
    # each stream hold (a kernel takes twice of what it was asked for; autotuned, megabytes). A
    # sender that is not told yet, for a link lost what the client said, goes on meanwhile.
    streams = options[options.index("-P") + 1] if "-P" in options else 1
    least = sent - streams * 4 * WINDOW if "-w" in options else 1
    if "-R" in options and "-n" in options:
        least = options[options.index("-n") + 1]
    check(max(least, 1) <= received["bytes"] <= sent, f"iperf3 -c {what}: sent {sent}, {received}")


def against_linnets_server(folder, link):
    b = up(folder, "--iperf3", *(["--link", link] if link else []))
    for options in (["-n", amount(link)], ["-n", amount(link), "-R"]):
        kernel_client([*options, "-w", WINDOW], f"{options} link {link!r}")
    if not link:
        for options in (["-t", 1, "-P", 4], ["-t", 1, "-P", 4, "-R"]):
            kernel_client([*options, "-w", WINDOW], f"{options}")
        kernel_client(["-t", 1, "-R", "-C", "reno"], "-t 1 -R -C reno")
        iperf3_is_free()
        done = run("iperf3", "-c", US, "-u", "-t", 1, status=None)
        check(done.returncode != 0, "UDP is refused, not ignored")
        iperf3_is_free()
        killed = Background(folder / "killed.log", "iperf3", "-c", US, "-t", 60,
                            "--forceflush")
        killed.wait_for_text("bits/sec")
        busy = run("iperf3", "-c", US, "-t", 1, status=None)
        check_in("busy", busy.stdout + busy.stderr, "a second client at the same time")
        killed.stop(9)
        kernel_client(["-t", 1], "after a client that was killed")
    down(b)


def against_the_kernels_server(folder, link):
    server = Background(folder / "iperf3.log", "iperf3", "-s", "--forceflush")
    b = up(folder, *(["--link", link] if link else []))
    runs = [["-n", amount(link), "-w", WINDOW], ["-n", amount(link), "-R"]]
    if not link:
        runs += [["-t", 1, "-P", 4], ["-t", 1, "-P", 4, "-R"], ["-t", 1, "-C", "reno"]]
    for i, options in enumerate(runs):
        # It says so again when it has ended a test, and is busy until then.
        server.wait_for(lambda: server.log.read_text().count("Server listening") > i, "listener")
        done = linnet("iperf3", "-c", KERNEL, *options, timeout=900, status=None)
        what = f"linnet iperf3 {options} link {link!r}"
        if check(done.returncode == 0 and "iperf Done." in done.stdout, f"{what}:\n{done.stdout}"):
            check_in("receiver", done.stdout, what)
            print("  " + [l for l in done.stdout.splitlines() if "receiver" in l][-1])
    down(b)
    server.stop()


def by_ipv6(folder):
    six = FAMILIES[1]
    b = up(folder, "--addr", f"{six.us}/{six.length}", "--iperf3")
    addresses_are_ours()
    for options in (["-n", amount(LOSSY)], ["-n", amount(LOSSY), "-R"], ["-t", 1, "-P", 4]):
        kernel_client([*options, "-w", WINDOW], f"{options} by IPv6", six.us)
    server = Background(folder / "iperf3.log", "iperf3", "-s", "--forceflush")
    for i, options in enumerate(([], ["-R"], ["-C", "reno"])):
        server.wait_for(lambda: server.log.read_text().count("Server listening") > i, "listener")
        done = linnet("iperf3", "-c", six.kernel, "-n", amount(LOSSY), *options, timeout=900,
                      status=None)
        check(done.returncode == 0 and "iperf Done." in done.stdout,
              f"linnet iperf3 {options} by IPv6:\n{done.stdout}")
    server.stop()
    down(b)


enter(ipv6=True)
need("iperf3")
with Folder() as folder:
    for link in (None, LOSSY):
        case(against_linnets_server, folder, link)
        case(against_the_kernels_server, folder, link)
    case(by_ipv6, folder)
finish()
