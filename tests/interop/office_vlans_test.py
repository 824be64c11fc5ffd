#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The office with VLANs as tshark sees it: which frames are tagged where, and nothing malformed."""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *
from tshark import tshark


def seen(pcap, interface, flt, *fields):
    """What tshark says of the frames of one interface, a set."""
    rows = tshark(pcap, "-Y", f'frame.interface_name == "{interface}" && {flt}', "-T", "fields",
                  *sum((["-e", f] for f in fields), []))
    return {tuple(row.split("\t")) for row in rows}


def office(folder):
    pcap = folder / "office.pcapng"
    run(LINNET, "lab", "run", "office-vlans", "--pcap", pcap)
    check(seen(pcap, "gw:eth0", "icmp", "vlan.id", "vlan.etype", "ip.dst") ==
          {("10", "0x0800", "10.0.20.2"), ("20", "0x0800", "10.0.20.2"),
           ("20", "0x0800", "10.0.10.1"), ("10", "0x0800", "10.0.10.1")},
          "the router's cable: both VLANs, both ways")
    check(seen(pcap, "sw1:p4", "icmp", "vlan.id", "ip.dst") ==
          {("10", "10.0.10.1"), ("10", "10.0.10.2"), ("20", "10.0.20.2"), ("20", "10.0.10.1")},
          "the trunk: each VLAN's own")
    for port in ("anna:eth0", "carl:eth0", "bert:eth0", "dora:eth0"):
        check(not seen(pcap, port, "vlan", "frame.number"), f"{port}: no tag")
    check(seen(pcap, "gw:eth0", "tcp", "vlan.id"), "TCP with tags")
    bad = tshark(pcap, "-Y", "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0")
    check(not bad, f"tshark finds fault: {bad[:3]}")


need("tshark")
with Folder() as folder:
    case(office, folder)
finish()
