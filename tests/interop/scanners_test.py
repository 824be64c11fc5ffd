#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""nmap scans a linnet host and takes it for Linux; hping3 floods it, with forged sources, with
fragments, with broken checksums. It keeps answering, within its memory, and leaves nothing."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

BUDGET = 64 << 20       # far below what linnet may use: a flood must not come near
SECONDS = 1
FLOODS = {
    "SYNs of everybody": ("-S", "-p", 80, "--rand-source"),
    "SYNs of one": ("-S", "-p", 80),
    "SYNs from its own address": ("-S", "-p", 80, "-a", US),
    "ACKs": ("-A", "-p", 80),
    "all flags": ("-F", "-S", "-R", "-P", "-A", "-U", "-p", 80),
    "data to a listener": ("-P", "-A", "-p", 80, "-d", 1200, "--rand-source"),
    "datagrams of everybody to nobody": ("-2", "-p", 9, "--rand-source"),
    "datagrams to the echo port": ("-2", "-p", 7, "-d", 1000),
    "echo requests": ("-1",),
    "echo requests in fragments": ("-1", "-d", 3000, "-f"),
    "single fragments of everybody": ("-1", "-x", "--rand-source", "-d", 1000),
    "broken checksums": ("-S", "-p", 80, "-b"),
    "ICMP errors": ("-1", "-C", 3, "-K", 4),
    "empty IP packets": ("-0", "--rand-source"),
    "TCP without a flag": ("-p", 80),
}


def nmap(*options, to=US):
    return run("nmap", "-n", *options, to, timeout=300).stdout


def ports(told, state):
    return [int(port) for port in re.findall(rf"^(\d+)/\w+ +{state} ", told, re.M)]


def taken_for(told):
    """What nmap knows it for, as (name, per cent). Two of the numbers that it compares (SP, ISR)
    are drawn with each initial sequence number and divided by nmap's own seconds, which are long
    on a busy machine; they weigh 2 % together, so a guess of 97 % knows all the rest."""
    known = re.search(r"^(?:OS details|Aggressive OS guesses): ([^,(\n]+)(?:\((\d+)%\))?",
                      told, re.M)
    return (known[1], int(known[2] or 100)) if known else ("nothing", 0)


def nmap_finds_what_is_open_and_takes_it_for_linux():
    told = nmap("-sS", "-O", "--osscan-guess", "-p", "1-1000")
    check(ports(told, "open") == [7, 80], f"open TCP ports: {told}")
    check("998 closed tcp ports (reset)" in told, f"the others answer with a RST: {told}")
    name, percent = taken_for(told)
    check(name.startswith("Linux ") and percent >= 97, f"what it takes linnet for: {told}")


def nmap_scans_udp():
    told = nmap("-sU", "-p", "7,9,53,67", "--max-retries", 1)
    check(ports(told, "open") == [7] and ports(told, "closed") == [9, 53, 67],
          f"UDP ports: {told}")


def nmap_scans_with_strange_flags():
    for scan, wanted in (("-sA", ("unfiltered", "unfiltered")),
                         ("-sF", (r"open\|filtered", "closed")),
                         ("-sX", (r"open\|filtered", "closed")),
                         ("-sN", (r"open\|filtered", "closed"))):
        told = nmap(scan, "-p", "80,81")
        check(ports(told, wanted[0])[:1] == [80] and 81 in ports(told, wanted[1]),
              f"nmap {scan}: {told}")


def nmap_scans_ipv6():
    """-O knows few systems of IPv6, and says nothing where the machine is too busy."""
    to = FAMILIES[1].us
    told = nmap("-6", "-sS", "-O", "-p", "7,9,80,81", to=to)
    check("Linux" in taken_for(told)[0] or taken_for(told)[0] == "nothing",
          f"what it takes linnet for: {told}")
    check(ports(told, "open") == [7, 80] and ports(told, "closed") == [9, 81], f"TCP: {told}")
    told = nmap("-6", "-sU", "-p", "7,9,53,67", "--max-retries", 1, to=to)
    check(ports(told, "open") == [7] and ports(told, "closed") == [9, 53, 67], f"UDP: {told}")
    told = nmap("-6", "-sX", "-p", "80,81", to=to)
    check(ports(told, r"open\|filtered") == [80] and ports(told, "closed") == [81], f"-sX: {told}")


def memory():
    return json.loads(linnet("stat", "--json").stdout)["memory"]


def floods_cost_bounded_memory(folder):
    for what, options in FLOODS.items():
        told = run("timeout", "-s", "INT", SECONDS, "hping3", *options, "--flood", US,
                   status=None).stderr
        sent = re.search(r"(\d+) packets transmitted", told)
        check(sent and int(sent.group(1)) > 50, f"hping3, {what}: {told}")
        check(memory()["peak"] < BUDGET, f"{what}: {memory()}")
        page = run("curl", "-sS", "--max-time", 20, f"http://{US}/", status=None)
        check(page.stdout == "still here", f"after {what}: {page}")


enter(ipv6=True)
need("nmap", "hping3", "curl")
if os.geteuid() or subprocess.run(["nmap", "--privileged", "-n", "-sL", US],
                                  capture_output=True).returncode:
    skip("nmap has no right to raw sockets here")
with Folder() as folder:
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text("still here")
    b = up(folder, "--http", folder / "www", "--echo", 7, "--addr", FAMILIES[1].us + "/64")
    addresses_are_ours()
    case(nmap_finds_what_is_open_and_takes_it_for_linux)
    case(nmap_scans_udp)
    case(nmap_scans_with_strange_flags)
    case(nmap_scans_ipv6)
    case(floods_cost_bounded_memory, folder)
    down(b)
finish()
