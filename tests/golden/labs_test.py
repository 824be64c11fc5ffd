#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a person reads of the labs that ship: how their networks behave, step by step."""
import os
import re
import sys

from told import check, failures, in_order, linnet


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


def two_ways_there_another_back():
    lines = run("ecmp")
    in_order(lines, [
        r"r1 +\| .nexthop via 10\.1\.1\.2 dev north0 weight 1",
        r"r1 +\| .nexthop via 10\.1\.2\.2 dev south0 weight 1",
        r"sport 1001 dport 80", r"10\.0\.2\.2 from 10\.0\.1\.2 via 10\.1\.1\.2 dev north0",
        r"sport 1002 dport 80", r"10\.0\.2\.2 from 10\.0\.1\.2 via 10\.1\.2\.2 dev south0",
        r"r2 +\$ ip route get", r"10\.0\.1\.2 from 10\.0\.2\.2 via 10\.2\.3\.2 dev west0",
        r"a .*\|  1  10\.0\.1\.1 ", r"a .*\|  2  10\.1\.2\.2 .* 10\.1\.1\.2 ",
        r"a .*\|  3  10\.2\.3\.1 ", r"a .*\|  4  10\.0\.2\.2 ",
        r"b .*\|  1  10\.0\.2\.1 ", r"b .*\|  2  10\.2\.3\.2 ", r"b .*\|  4  10\.0\.1\.2 ",
        r"20\.052073  a +\| <p>By", r"21\.048073  a +\| <p>By",
        r"north0 +1500 +4 +0 +0 0 +11 ", r"south0 +1500 +5 +0 +0 0 +20 ",
        r"west0 +1500 +23 +0 +0 0 +1 "], "asymmetric routes")
    lines = run("ecmp", "--journey=brief")
    for way, wanted in (("south0 towards 10.1.2.2", True), ("north0 towards 10.1.1.2", True),
                        ("west0 towards 10.1.3.2", False), ("west0 towards 10.2.3.2", True),
                        ("north0 towards 10.2.1.2", False), ("south0 towards 10.2.2.2", False)):
        check(any(f"out of {way}" in line for line in lines) == wanted,
              f"asymmetric routes: {'nobody' if wanted else 'somebody'} goes out of {way}")
    asks = [line for line in lines if "ARP who-has 10.0.1.2" in line]
    check(not asks, f"whether a neighbour is still there is no news: {asks}")


def the_same_over_ipv6():
    lines = run("ecmp6")
    there, back = r"2001:db8:2::2 from 2001:db8:1::2 via ", r"2001:db8:1::2 from 2001:db8:2::2 via "
    in_order(lines, [
        r"r1 +\| .nexthop via 2001:db8:11::2 dev north0 weight 1",
        r"r1 +\| .nexthop via 2001:db8:12::2 dev south0 weight 1",
        r"sport 1001 dport 80", there + r"2001:db8:12::2 dev south0 metric 1024 iif a0 ",
        r"sport 1010 dport 80", there + r"2001:db8:11::2 dev north0 metric 1024 iif a0 ",
        r"r2 +\$ ip route get", back + r"2001:db8:23::2 dev west0 metric 1024 iif b0 ",
        r"a .*\|  1  2001:db8:1::1 ", r"a .*\|  2  2001:db8:11::2 .* 2001:db8:12::2 ",
        r"a .*\|  3  2001:db8:23::1 ", r"a .*\|  4  2001:db8:2::2 ",
        r"b .*\|  1  2001:db8:2::1 ", r"b .*\|  2  2001:db8:23::2 ",
        r"b .*\|  4  2001:db8:1::2 ",
        r"20\.048\d+  a +\| <p>By", r"21\.052\d+  a +\| <p>By"], "asymmetric routes of IPv6")
    lines = run("ecmp6", "--journey=brief")
    for way, wanted in (("south0 towards 2001:db8:12::2", True),
                        ("north0 towards 2001:db8:11::2", True),
                        ("west0 towards 2001:db8:13::2", False),
                        ("west0 towards 2001:db8:23::2", True),
                        ("north0 towards 2001:db8:21::2", False),
                        ("south0 towards 2001:db8:22::2", False)):
        check(any(f"out of {way}" in line for line in lines) == wanted,
              f"asymmetric routes of IPv6: {'nobody' if wanted else 'somebody'} goes out of {way}")


def black_hole():
    """Nobody is told that packets are too big: one server hangs, the other finds out."""
    in_order(run("black-hole"), [
        r"laptop  \| 64 bytes from patient .*: icmp_seq=1 ttl=62",
        r"patient \| 1 packets transmitted, 0 received, 100% packet loss",
        r"4\.020168  laptop  \| <h1>About this server", r"12\.5\d+  laptop  \| <h1>You have arrived",
        r"patient \| ESTAB 0 +43440 +198\.51\.100\.10:80 .* timer:\(on,1\.714ms,6\)",
        r"35\.010050  laptop  \| get: 198\.51\.100\.10 port 80 has sent nothing for 30 s",
        r"icmp type destination-unreachable counter packets 34 bytes 19584 drop"], "a black hole")
    lines = run("black-hole", "--journey=brief")
    in_order(lines, [
        r"patient .*TCP data to 192\.0\.2\.2:43034: first segment, 1448 bytes",
        r"isp .*packet #\d+ dropped, NETFILTER_DROP: output$",
        r"isp .*packet #26 dropped, PKT_TOO_BIG", r"isp .*10 more packets dropped, NETFILTER_DROP$",
        r"isp .*10 more packets dropped, PKT_TOO_BIG$",
        r"patient +5\.247 249  TCP sends packet #26 again: timeout",
        r"clever +6\.247 256  TCP sends packet #55 again: timeout",
        r"clever +12\.548 726  TCP sends packet #55 again: timeout",
        r"clever .*  TCP sends 13 more packets again: slow start after a timeout",
        r"clever .*TCP has recovered", r"laptop .*200 OK, 48213 bytes, from 198\.51\.100\.11",
        r"patient +18\.271 031  TCP sends packet #26 again: timeout",
        r"patient +31\.714 935  TCP sends packet #26 again: timeout",
        r"laptop +35\.010 050  timed out: 198\.51\.100\.10 port 80 has sent nothing for 30 s"],
        "a black hole in brief")
    after = [line for line in lines if re.search(r"clever +1[2-9]\.\d+", line)]
    check(not any("again: timeout" in line for line in after[1:]), "what is small enough arrives")


def black_hole_of_ipv6():
    """The same, where nobody on the way may cut."""
    in_order(run("black-hole6"), [
        r"laptop  \| 64 bytes from patient .*: icmp_seq=1 (ttl|hlim)=62",
        r"patient \| 1 packets transmitted, 0 received, 100% packet loss",
        r"4\.020178  laptop  \| <h1>About this server", r"12\.5\d+  laptop  \| <h1>You have arrived",
        r"patient \| ESTAB 0 +42840 +\[2001:db8:2::10\]:80 .* timer:\(on,1\.715ms,6\)",
        r"35\.010054  laptop  \| get: 2001:db8:2::10 port 80 has sent nothing for 30 s",
        r"icmpv6 type packet-too-big counter packets 34 bytes 43520 drop"], "a black hole of IPv6")
    lines = run("black-hole6", "--journey=brief")
    in_order(lines, [
        r"patient .*TCP data to \[2001:db8:1::2\]:35556: first segment, 1428 bytes",
        r"isp .*packet #\d+ dropped, NETFILTER_DROP: output$",
        r"isp .*packet #\d+ dropped, PKT_TOO_BIG",
        r"isp .*10 more packets dropped, NETFILTER_DROP$",
        r"patient +5\.247 \d+  TCP sends packet #\d+ again: timeout",
        r"clever +6\.247 \d+  TCP sends packet #\d+ again: timeout",
        r"clever +12\.54\d \d+  TCP sends packet #\d+ again: timeout",
        r"clever .*TCP has recovered", r"laptop .*200 OK, 48213 bytes, from 2001:db8:2::11",
        r"laptop +35\.010 \d+  timed out: 2001:db8:2::10 port 80 has sent nothing for 30 s"],
        "a black hole of IPv6 in brief")


def office_of_both_families():
    in_order(run("office-vlans"), [
        r"anna \| 64 bytes from bert \(10\.0\.10\.2\): icmp_seq=1 ttl=64",
        r"anna \| 64 bytes from dora \(10\.0\.20\.2\): icmp_seq=1 ttl=63",
        r"carl \| 1 packets transmitted, 0 received",
        r"anna \| eth0 +UP +2001:db8:10::ff:fe00:101/64 fe80::ff:fe00:101/64",
        r"anna \| default via fe80::ff:fe00:501 dev eth0 proto ra metric 1024 expires ",
        r"anna \| 64 bytes from dora \(2001:db8:20::d\): icmp_seq=1 ttl=63",
        r"carl \| 64 bytes from dora \(2001:db8:20::d\): icmp_seq=1 ttl=64",
        r"anna \|  1  2001:db8:10::1 ", r"anna \|  2  2001:db8:20::d ",
        r"anna \| <h1>About this server</h1>",
        r"gw +\| 2001:db8:10::ff:fe00:101 dev eth0\.10 lladdr 02:00:00:00:01:01 ",
        r"gw +\| 2001:db8:20::d dev eth0\.20 lladdr 02:00:00:00:04:01 "], "the office")
    in_order(run("office-vlans", "--journey=brief"), [
        r"anna +14\.\d+ \d+  TCP connection to \[2001:db8:20::d\]:80",
        r"dora .*TCP handshake, SYN,ACK to \[2001:db8:10::ff:fe00:101\]:\d+: mss 1440",
        r"anna .*200 OK, 48213 bytes, from 2001:db8:20::d",
        r"carl +18\.\d+ \d+  the MAC address of 2001:db8:20::d is not known: neighbour solicitation",
        r"dora .*neighbour advertisement: 2001:db8:20::d is at 02:00:00:00:04:01",
        r"gw +20\.\d+ \d+  ICMPv6 to 2001:db8:10::ff:fe00:101: time exceeded",
        r"dora .*ICMPv6 to 2001:db8:10::ff:fe00:101: destination unreachable, code 4",
        r"anna .*200 OK, 341 bytes, from 2001:db8:20::d"], "the office in brief")


two_users_behind_one_address()
two_ways_there_another_back()
the_same_over_ipv6()
black_hole()
black_hole_of_ipv6()
office_of_both_families()
sys.exit(1 if failures else 0)
