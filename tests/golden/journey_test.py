#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a person reads: the journey of a page, in brief and in full (row V2)."""
import re
import sys

from told import check, failures, in_order, linnet

PAGE = "http://www.server.com/"


def journey(*words):
    return linnet("get", "-o", "/dev/null", *words).stderr.splitlines()


def first_visit():
    lines = journey(PAGE, "--journey=brief")
    in_order(lines, [
        r"laptop .*URL http://www\.server\.com/ -> host www\.server\.com, port 80, path /",
        r"laptop .*not in the browser's cache, not in the host's cache, not in the hosts file",
        r"laptop .*it goes to the gateway 192\.168\.1\.1",
        r"laptop .*ARP who-has 192\.168\.1\.1",
        r"sw1 .*switch learns", r"sw1 .*switch floods the frame to 3 other ports",
        r"home .*ARP reply: 192\.168\.1\.1 is at", r"home .*router: ttl 64 -> 63, new MAC header",
        r"home .*NAT: what 192\.168\.1\.100:\d+ sends goes on as from 203\.0\.113\.2:\d+",
        r"root .*\"ask the com\. servers\"", r"com .*\"ask server\.com\.'s servers\"",
        r"ns1 .*www\.server\.com\. A 192\.0\.2\.80",
        r"laptop .*now in the browser's and the host's cache",
        r"laptop .*TCP handshake, SYN to", r"web .*TCP handshake, SYN,ACK to",
        r"laptop .*TCP handshake, ACK to", r"laptop .*GET / HTTP/1\.1",
        r"web .*GET / -> /index\.html: 200 OK, 48213 bytes",
        r"web .*TCP data to .*: first segment, 1448 bytes",
        r"isp .*ICMP to 192\.0\.2\.80: fragmentation needed: the next link takes 1492 bytes "
        r"\(path MTU discovery\)$",
        r"isp .*packet #\d+ dropped, PKT_TOO_BIG: larger than the next MTU",
        r"isp .*  9 more packets dropped, PKT_TOO_BIG$",
        r"web .*TCP sends packet #\d+ again: the path takes smaller packets$",
        r"web .*TCP sends 9 more packets again: the path takes smaller packets$",
        r"web .*TCP close, FIN to 203\.0\.113\.2", r"laptop .*TCP close, FIN,ACK to 192\.0\.2\.80"
        r":80 \(.*four steps in one\): its 48\d\d\d bytes came in 50 segments, 15 of them sent "
        r"again$",
        r"web .*TCP close, ACK to 203\.0\.113\.2:\d+: its 98 bytes came in 1 segment$",
        r"\d+ frames received by cards; 10 dropped \(PKT_TOO_BIG: 10\)$",
        r"copied: (\d+) bytes from programs into sk_buffs, \1 bytes from sk_buffs to programs, "
        r"0 between layers"], "the first visit in brief")
    check(len(lines) < 100, f"the first visit is told in {len(lines)} lines, a page")


def second_visit():
    lines = journey(PAGE, PAGE, "--journey=brief")
    second = [n for n, line in enumerate(lines) if " URL http" in line][1]
    in_order(lines[second:], [
        r"in the browser's cache: www\.server\.com\. A 192\.0\.2\.80",
        r"laptop .*MAC address of 192\.168\.1\.1 is known: 02:[0-9a-f:]+ \(neighbour table\)",
        r"sw1 .*switch knows 02:[0-9a-f:]+: only to port p4 \(MAC table\)",
        r"web .*TCP data to .*: first segment, 1440 bytes",
        r"TCP close, FIN to", r"TCP close, FIN,ACK to .*bytes came in 34 segments$",
        r"TCP close, ACK to"], "the second visit")
    check(not any("ARP" in line or "floods" in line for line in lines[second:]),
          "the second visit asks nobody for a MAC address")
    check(not any("too big" in line or " dropped, " in line for line in lines[second:]),
          "the second visit knows the path's MTU")


def ipv6():
    """The same page over IPv6, on a way with a smaller MTU."""
    lines = journey("-6", PAGE, "--journey=brief")
    in_order(lines, [
        r"laptop .*URL http://www\.server\.com/ -> host www\.server\.com, port 80, path /",
        r"laptop .*name www\.server\.com\., AAAA: .*ask the local DNS server 2001:db8:53::53",
        r"laptop .*2001:db8:53::53: from 2001:db8:1::100 out of eth0",
        r"laptop .*the MAC address of 2001:db8:1::1 is not known: neighbour solicitation to "
        r"ff02::1:ff00:1$",
        r"home .*neighbour advertisement: 2001:db8:1::1 is at 02:",
        r"home .*router: hop limit 64 -> 63, new MAC header, out of wan0 towards 2001:db8:f::1",
        r"isp-dns .*asks root 2001:db8:a::18", r"root .*\"ask the com\. servers\"",
        r"com .*\"ask server\.com\.'s servers\"",
        r"ns1 .*www\.server\.com\. AAAA 2001:db8:d::80",
        r"laptop .*2001:db8:53::53 says: .*now in the browser's and the host's cache",
        r"laptop .*TCP handshake, SYN to \[2001:db8:d::80\]:80: mss 1440",
        r"web .*TCP handshake, SYN,ACK to \[2001:db8:1::100\]:\d+", r"laptop .*GET / HTTP/1\.1",
        r"web .*TCP data to .*: first segment, 1428 bytes",
        r"isp .*ICMPv6 to 2001:db8:d::80: packet too big: the next link takes 1492 bytes",
        r"isp .*dropped, PKT_TOO_BIG",
        r"web .*again: the path takes smaller packets",
        r"laptop .*200 OK, 48213 bytes, from 2001:db8:d::80",
        r"laptop .*TCP close, FIN,ACK to \[2001:db8:d::80\]:80 .*its 48\d\d\d bytes came in",
        r"copied: (\d+) bytes from programs into sk_buffs, \1 bytes from sk_buffs to programs, "
        r"0 between layers"], "a visit over IPv6")
    check(not any("ARP" in line or "NAT" in line or "IPV6DISABLED:" in line for line in
                  lines[:-2]), "no ARP, no NAT, nothing of those without IPv6")
    check(len(lines) < 130, f"a visit over IPv6 is told in {len(lines)} lines")
    lines = journey("--lab", "internet6", PAGE, "--journey=brief")
    in_order(lines, [r"laptop .*, AAAA: not", r"laptop .*www\.server\.com\.: not",
                     r"laptop .*TCP connection to \[2001:db8:d::80\]:80"], "both families")
    check(sum("TCP connection to" in line for line in lines) == 1, "IPv6 works: no other is tried")


def loss():
    lines = journey("http://moon/", "--lab", "lossy-long-link", "--on", "earth",
                    "--journey=brief")
    again = sum("TCP sends packet" in line and "seq" not in line for line in lines)
    check(again >= 2, "a lossy link: what TCP sends again is told")
    check(any(re.search(r"TCP takes \d+ packets? for lost", line) for line in lines),
          "a lossy link: the loss that TCP saw is told")
    check(any(re.search(r"came in \d+ segments, [1-9]\d* of them sent again$", line)
              for line in lines), "a lossy link: the sum has what was sent again")
    check(any("the card found a wrong FCS" in line for line in lines), "drops are told")


def nat():
    """Both sides of a translation, and one conversation out of what the two ends see."""
    inside, outside = r"192\.168\.1\.100:(\d+)", r"203\.0\.113\.2:\d+"
    lines = journey("http://web/about.html", "--lab", "home-nat", "--on", "laptop",
                    "--journey=brief")
    in_order(lines, [
        r"laptop .*TCP handshake, SYN to 192\.0\.2\.80:80",
        rf"home .*NAT: what {inside} sends goes on as from {outside}$",
        rf"web .*TCP handshake, SYN,ACK to {outside}",
        rf"home .*NAT: what comes for {outside} goes on to {inside}$",
        r"laptop .*TCP handshake, ACK to 192\.0\.2\.80:80: established",
        r"laptop .*TCP close, FIN,ACK to .*: its \d+ bytes came in",
        rf"web .*TCP close, ACK to {outside}: its \d+ bytes came in 1 segment$"],
        "behind NAT, in brief")
    check(not any("(open)" in line for line in lines), "behind NAT: no conversation stays open")
    lines = journey("http://camera:8080/about.html", "--lab", "home-nat", "--on", "phone",
                    "--journey=brief")
    in_order(lines, [
        r"home .*NAT: what comes for 203\.0\.113\.2:8080 goes on to 192\.168\.1\.102:80$",
        r"home .*NAT: what 192\.168\.1\.101:40000 sends goes on as from 192\.168\.1\.1:40000$",
        r"camera .*TCP handshake, SYN,ACK to 192\.168\.1\.1:40000", r"phone .*200 OK, 341 bytes",
        r"phone .*TCP close, ACK to 203\.0\.113\.2:8080: its 478 bytes came in 1 segment$",
        r"camera .*TCP close, ACK to .*: its 105 bytes came in 1 segment$"], "a hairpin in brief")
    check(not any("sw1" in line and "TCP" in line for line in lines),
          "a hairpin: a switch that sees a packet twice has not sent it")
    lines = journey("http://camera:8080/about.html", "--lab", "home-nat", "--on", "phone",
                    "--journey=full")
    packet, told = None, {}
    for line in lines:
        found = re.match(r"#(\d+) ", line)
        if found:
            packet = found.group(1)
        elif re.match(r" {8}\S", line):
            packet = None
        if " nf_nat_packet " in line:
            told.setdefault(packet, []).append(line)
    check(any(packet and len(ends) == 2 and
              re.search(r"destination 203\.0\.113\.2:8080 becomes 192\.168\.1\.102:80$", ends[0]) and
              re.search(r"source 192\.168\.1\.101:\d+ becomes 192\.168\.1\.1:\d+$", ends[1])
              for packet, ends in told.items()), "a hairpin: both ends of one packet are rewritten")


def full():
    lines = journey(PAGE, "--journey=full")
    geometry = r"head \d+ +len \d+|head \d+ len \d+"
    for function in ("ip_rcv", "ip_output", "tcp_v4_rcv", "dev_queue_xmit", "eth_type_trans"):
        some = [line for line in lines if f" {function} " in line]
        check(some and all(re.search(geometry, line) for line in some),
              f"full: each {function} has the sk_buff's geometry")
    in_order(lines, [
        r"udp_sendmsg .*32 bytes copied from the user", r"ip_queue_xmit .*skb_push 20",
        r"LOCAL_OUT", r"ip_output", r"POST_ROUTING", r"neigh_resolve .*INCOMPLETE, 1 packets wait",
        r"dev_queue_xmit .*queue 0", r"dev_hard_start_xmit", r"nic_doorbell .*tx ring slot 0, .*\(1/64",
        r"nic_tx_dma", r"link_xmit", r"nic_rx_fifo .*/16384 bytes used", r"nic_rx_dma .*rx ring slot",
        r"nic_irq .*hard interrupt \(rx\) after", r"net_rx_action .*budget 300",
        r"eth_type_trans .*skb_pull 14", r"netif_receive_skb .*ptype", r"br_handle_frame"],
        "full: one packet's way")
    check(any("ip_rcv_finish" in line and "local, table local" in line for line in lines),
          "full: tables have names")
    sent_on = [n for n, line in enumerate(lines) if " ip_forward " in line]
    check(sent_on and not any("skb_push" in line for line in lines[sent_on[0]:sent_on[0] + 3]),
          "full: a forwarded packet's IP header is not pushed again")
    check(not any("2147483647" in line for line in lines), "full: no ssthresh is no number")
    end = r"\d+\.\d+\.\d+\.\d+:\d+"
    check(all(re.search(f"{end} <-> {end}: [A-Z_0-9]+ -> [A-Z_0-9]+$", line)
              for line in lines if " tcp_set_state " in line),
          "full: each change of a TCP state names its connection")


def vlans():
    words = ["http://dora/", "--lab", "office-vlans", "--on", "anna"]
    in_order(journey(*words, "--journey=brief"), [
        r"anna .*10\.0\.20\.2 is on another network: it goes to the gateway 10\.0\.10\.254",
        r"sw1 .*switch learns: 02:00:00:00:01:01 is behind port p1 in VLAN 10",
        r"sw1 .*switch floods the frame to 2 other ports: broadcast in VLAN 10",
        r"gw .*ARP reply: 10\.0\.10\.254 is at",
        r"sw2 .*switch learns: 02:00:00:00:01:01 is behind port p4 in VLAN 10",
        r"sw2 .*switch learns: 02:00:00:00:05:01 is behind port p4 in VLAN 20",
        r"gw .*router: ttl 64 -> 63, new MAC header, out of eth0\.20 towards 10\.0\.20\.2",
        r"dora .*ARP reply", r"sw2 .*switch knows 02:00:00:00:05:01: only to port p4 in VLAN 20",
        r"dora .*TCP handshake, SYN,ACK to 10\.0\.10\.1", r"anna .*200 OK",
        r"dropped \(NIC_FILTER: \d+\)$"], "VLANs in brief")
    lines = journey(*words, "--journey=full")
    in_order(lines, [
        r"br_handle_frame .*port p1", r"br_forward .*p3: to port p3 in VLAN 10",
        r"skb_vlan_push_tag .*p3: the tag of VLAN 10 into the frame: skb_push 4",
        r"skb_vlan_untag .*eth0: the tag of VLAN 10 out of the frame: skb_pull 4",
        r"vlan_do_receive .*to eth0\.10", r"ip_rcv ", r"skb_vlan_push_tag .*eth0: .*VLAN 20",
        r"br_forward .*p4: to port p4 in VLAN 20", r"p2: to port p2 in VLAN 20", r"ip_rcv "],
        "VLANs: one packet's way")
    filtered = sum(" gw " in line and "NIC_FILTER" in line for line in lines)
    check(sum("into the frame" in line for line in lines) ==
          sum("out of the frame" in line for line in lines) + filtered,
          "each tag is taken out again but of what the card of the router lets not in")


def ring():
    lines = journey("http://b/", "--lab", "ring", "--on", "a", "--journey=brief")
    in_order(lines, [
        r"sw1 .*spanning tree: port p3 is designated, forwarding", r"a .*ARP who-has",
        r"sw2 .*spanning tree: port p1 is root, forwarding",
        r"sw3 .*spanning tree: port p1 is root, forwarding",
        r"sw3 .*spanning tree: port p2 is alternate, blocking", r"sw3 .*switch learns",
        r"b .*ARP reply",
        r"sw2 .*switch learns: 02:00:00:00:06:01 is behind port p2", r"a .*200 OK"], "the ring in brief")
    check(not any("sw4" in line and "02:00:00:00:06:01" in line for line in lines),
          "the ring: frames go one way only")
    lines = journey("http://b/", "--lab", "ring", "--on", "a", "--journey=full")
    in_order(lines, [
        r"br_send_bpdu .*p1: as designated port tells of root 32768\.02:00:00:00:01:01, cost 0",
        r"br_stp_rcv .*p1: hears of root 32768\.02:00:00:00:01:01, cost 0",
        r"br_set_state .*port p1 is root, forwarding"], "the ring in full")


def ring_heals():
    """A cable is pulled under a thousand pings, and comes back."""
    done = linnet("lab", "run", "ring", "--journey=brief")
    lines = (done.stdout + done.stderr).splitlines()
    in_order(lines, [
        r"sw3 +0\.000 \d+  spanning tree: port p2 is alternate, blocking",
        r"sw1 +8\.000 000  spanning tree: port p1 is disabled",
        r"sw3 +8\.000 0\d\d  spanning tree: port p2 is root, forwarding",
        r"sw2 +11\.000 0\d\d  spanning tree: port p1 is root, forwarding",
        r"sw3 +11\.000 0\d\d  spanning tree: port p2 is alternate, blocking"], "a cable is pulled")
    told = [re.search(r"1000 packets transmitted, (\d+) received", line) for line in lines]
    check(any(t and int(t.group(1)) >= 998 for t in told), "a ping or two are lost with the cable")
    told = [re.search(r"^ *(\d+) frames received by cards; \d+ dropped \(", line) for line in lines]
    check(any(t and int(t.group(1)) < 10000 for t in told), "no broadcast runs in a circle")


first_visit()
second_visit()
vlans()
ring()
ring_heals()
loss()
ipv6()
nat()
full()
sys.exit(1 if failures else 0)
