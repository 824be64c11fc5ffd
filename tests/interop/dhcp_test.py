#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet asks dnsmasq for an address; udhcpc asks linnet."""
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

DNSMASQ = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
           "--no-resolv", "--no-hosts", "--address=/printer.lab.test/10.0.0.77",
           "--interface=tap0", "--bind-interfaces", "--dhcp-authoritative", "--log-dhcp",
           "--log-facility=-", "--user=root", "--no-ping",
           "--dhcp-range=10.0.0.100,10.0.0.110,255.255.255.0,2m",
           "--dhcp-option=option:dns-server,10.0.0.1", "--dhcp-option=option:mtu,1400",
           "--dhcp-option=option:domain-name,lab.test"]

# What udhcpc calls: the lease's words as they are in its environment.
SCRIPT = """#!/bin/sh
echo "$1 ip=$ip mask=$mask router=$router dns=$dns domain=$domain mtu=$mtu lease=$lease \\
serverid=$serverid staticroutes=$staticroutes"
case $1 in
bound|renew) ip addr replace $ip/$mask dev $interface ;;
deconfig) ip addr flush dev $interface ;;
esac
"""


def linnet_asks(folder, routes):
    """DORA, what it configures, and that the address is given back at the end."""
    more = ["--dhcp-option=option:classless-static-route,192.168.7.0/24,10.0.0.1"] \
        if routes else ["--dhcp-option=option:router,10.0.0.1"]
    log = folder / f"dnsmasq{routes}"
    server = Background(log, *DNSMASQ, *more, f"--dhcp-leasefile={folder}/leases{routes}")
    server.wait_for_text("DHCP, IP range")
    b = Background(folder / f"up{routes}", LINNET, "up", "--dev", "tap0", "--dhcp")
    b.wait_for_text("bound to 10.0.0.1")
    told = b.log.read_text()
    for step in ("DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK"):
        check_in(step, told, "what the client says")
    check_in("domain lab.test", told, "domain")
    check_in("of 120", told, "lease")
    addr = linnet("ip", "-br", "addr", "show", "dev", "eth0").stdout.split()[2]
    check(addr.startswith("10.0.0.1") and addr.endswith("/24"), f"address {addr}")
    check_in("mtu 1400", linnet("ip", "link", "show", "eth0").stdout, "MTU")
    route = linnet("ip", "route").stdout
    if routes:
        check_in("192.168.7.0/24 via 10.0.0.1", route, "classless route")
    else:
        check_in("default via 10.0.0.1", route, "default route")
    check_in(" 0% packet loss", run("ping", "-c", 2, "-i", 0.2, addr.split("/")[0]).stdout, "ping")
    check_in("10.0.0.77", linnet("host", "printer.lab.test").stdout, "the lease's name server")
    b.stop()
    server.wait_for_text("DHCPRELEASE")
    server.stop()


def linnet_serves(folder):
    b = Background(folder / "serve", LINNET, "up", "--dev", "tap0", "--addr", "10.0.0.2/24",
                   "--dhcpd", "-g 10.0.0.2 -d 10.0.0.2 -n lab.test -t 600 -m 1300 "
                   "-R 192.168.9.0/24=10.0.0.2 10.0.0.50-10.0.0.59 ")
    b.wait_for_text("control socket")
    run("ip", "addr", "flush", "dev", "tap0")
    script = folder / "script"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    told = run("udhcpc", "-i", "tap0", "-s", script, "-n", "-q", "-f", "-O", "staticroutes",
               "-O", "mtu", timeout=20)
    told = told.stdout + told.stderr
    for word in ("bound ip=10.0.0.50 mask=24", "router=10.0.0.2", "dns=10.0.0.2",
                 "domain=lab.test", "mtu=1300", "lease=600", "serverid=10.0.0.2",
                 "staticroutes=192.168.9.0/24 10.0.0.2"):
        check_in(word, told, "udhcpc's lease")
    check_in(" 0% packet loss", run("ping", "-c", 2, "-i", 0.2, US).stdout, "ping")
    # The same client gets the same address; another one, by its identifier, does not.
    told = run("udhcpc", "-i", "tap0", "-s", script, "-n", "-q", "-f", timeout=20)
    check_in("bound ip=10.0.0.50", told.stdout, "once more")
    told = run("udhcpc", "-i", "tap0", "-s", script, "-n", "-q", "-f", "-x",
               "0x3d:ff00000001000300010202020202", timeout=20)
    check_in("bound ip=10.0.0.51", told.stdout, "another one")
    log = b.log.read_text()
    check_in("DHCPACK to", log, "the server's words")
    b.stop()


def bad_words_end_it():
    for words, why in (("nonsense", "usage: dhcpd"), ("", "usage: dhcpd"),
                       ("10.1.0.1-10.1.0.4", "in the network of eth0")):
        done = run(LINNET, "up", "--dev", "tap0", "--addr", "10.0.0.2/24", "--dhcpd", words,
                   status=1, timeout=20)
        check_in(why, done.stdout, f"--dhcpd '{words}'")
        check_in(f'--dhcpd "{words}" ended with status', done.stderr, f"--dhcpd '{words}'")


enter()
need("dnsmasq", "udhcpc")
with Folder() as folder:
    case(linnet_asks, folder, 0)
    case(linnet_asks, folder, 1)
    case(linnet_serves, folder)
    case(bad_words_end_it)
finish()
