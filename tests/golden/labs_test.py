#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a person reads of the labs that ship: how their networks behave, step by step."""
import os
import sys

from told import failures, in_order, linnet


def run(name, *words):
    lab = os.path.join(os.environ["LINNET_SOURCE_DIR"], "labs", name + ".yaml")
    done = linnet("lab", "run", lab, *words)
    return (done.stdout + done.stderr).splitlines()


def two_users_behind_one_address():
    """Both from port 40000: the second one goes on from another."""
    outside = r"203\.0\.113\.2"
    in_order(run("home-nat", "--journey=brief"), [
        r"laptop +1\.000 000  TCP connection to 192\.0\.2\.80:80",
        r"phone +1\.000 000  TCP connection to 192\.0\.2\.80:80",
        rf"home .*NAT: what 192\.168\.1\.100:40000 sends goes on as from {outside}:40000$",
        rf"home .*NAT: what 192\.168\.1\.101:40000 sends goes on as from {outside}:40090$",
        rf"web .*TCP handshake, SYN,ACK to {outside}:40000",
        rf"web .*TCP handshake, SYN,ACK to {outside}:40090",
        rf"home .*NAT: what comes for {outside}:40000 goes on to 192\.168\.1\.100:40000$",
        rf"home .*NAT: what comes for {outside}:40090 goes on to 192\.168\.1\.101:40000$",
        r"laptop .*200 OK, 341 bytes", r"phone .*200 OK, 341 bytes"], "two users, one address")
    in_order(run("home-nat"), [
        r"home   \| tcp .* src=192\.168\.1\.101 dst=192\.0\.2\.80 sport=40000 dport=80 "
        rf"src=192\.0\.2\.80 dst={outside} sport=80 dport=40090 ",
        r"home   \| tcp .* src=192\.168\.1\.100 dst=192\.0\.2\.80 sport=40000 dport=80 "
        rf"src=192\.0\.2\.80 dst={outside} sport=80 dport=40000 ",
        r"home   \| .*2 flow entries have been shown",
        r"laptop \| 1 packets transmitted, 1 received, 0% packet loss",
        r"web    \| From 192\.0\.2\.1 icmp_seq=1 Destination Net Unreachable"],
        "who is who")


two_users_behind_one_address()
sys.exit(1 if failures else 0)
