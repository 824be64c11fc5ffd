#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a person reads of labs/dhcp.yaml: how hosts come to their addresses, step by step."""
import os
import sys

from told import check, failures, in_order, linnet

LAB = os.path.join(os.environ["LINNET_SOURCE_DIR"], "labs", "dhcp.yaml")


def run(*words):
    done = linnet("lab", "run", LAB, *words)
    return done.stdout + done.stderr


def what_the_programs_say():
    text = run()
    in_order(text.splitlines(), [
        r"^ +1\.000000  pc     \| DHCPDISCOVER on eth0 to 255\.255\.255\.255$",
        r"^ +1\.500029  pc     \| DHCPOFFER on eth0 from 10\.0\.0\.1$",
        r"^ +1\.500029  pc     \| DHCPREQUEST on eth0 to 255\.255\.255\.255$",
        r"^ +1\.500058  pc     \| DHCPACK on eth0 from 10\.0\.0\.1$",
        r"^ +2\.500058  pc     \| bound to 10\.0\.0\.101/24 from 10\.0\.0\.1, renewal in 1800 "
        r"seconds of 3600, dns 192\.0\.2\.80, domain office\.test$",
        r"^ +3\.500058  laptop \| bound to 10\.0\.0\.102/24 ",
        r"inet 10\.0\.0\.101/24 brd 10\.0\.0\.255 scope global dynamic eth0",
        r"default via 10\.0\.0\.1 dev eth0 proto dhcp",
        r"pc .*PING www\.office\.test \(192\.0\.2\.80\)",
        r"pc .*2 received, 0% packet loss", r"laptop .*1 received, 0% packet loss",
        r"laptop \| <p>Whoever you are, you have an address\.",
        r"phone  \| <p>Whoever you are, you have an address\."], "the lab's output")
    check(text.split("--- lab")[0] == run().split("--- lab")[0], "the same, run again")


def a_page():
    """get waits until its host has an address."""
    told = linnet("get", "http://www.office.test/", "--lab", "dhcp", "--on", "phone",
                  "--journey=brief")
    check("Whoever you are" in told.stdout, "the page")
    in_order(told.stderr.splitlines(), [
        r"phone +0\.000 000  sends DHCPDISCOVER", r"phone +0\.500 \d+  sends DHCPREQUEST",
        r"phone +1\.500 \d+  10\.0\.0\.100 is the address of eth0",
        r"phone +1\.500 \d+  URL http://www\.office\.test/", r"phone .*200 OK"], "a page")


def the_journey():
    lines = run("--journey=brief").splitlines()
    in_order(lines, [
        r"phone +0\.000 000  sends DHCPDISCOVER on eth0 to 255\.255\.255\.255",
        r"gw .*asks whether somebody has 10\.0\.0\.100, before it offers it",
        r"gw .*answers DHCPDISCOVER with DHCPOFFER 10\.0\.0\.100",
        r"phone .*hears DHCPACK on eth0 from 10\.0\.0\.1",
        r"pc +1\.000 000  sends DHCPDISCOVER on eth0 to 255\.255\.255\.255",
        r"gw .*answers DHCPDISCOVER with DHCPOFFER 10\.0\.0\.101",
        r"pc .*hears DHCPOFFER on eth0 from 10\.0\.0\.1",
        r"pc .*sends DHCPREQUEST on eth0 to 255\.255\.255\.255",
        r"gw .*answers DHCPREQUEST with DHCPACK 10\.0\.0\.101",
        r"pc .*hears DHCPACK on eth0 from 10\.0\.0\.1",
        r"pc .*10\.0\.0\.101 is the address of eth0",
        r"laptop .*10\.0\.0\.102 is the address of eth0",
        r"phone .*name www\.office\.test\.: .*ask the local DNS server 192\.0\.2\.80"],
        "the journey")
    in_order(lines, [r"phone .*hears DHCPACK", r"phone .*10\.0\.0\.100 is the address of eth0"],
             "who asks by himself")


what_the_programs_say()
a_page()
the_journey()
sys.exit(1 if failures else 0)
