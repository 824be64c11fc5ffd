#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet asks dnsmasq for an address; udhcpc asks linnet."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

DNSMASQ = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
           "--no-resolv", "--no-hosts", "--local=/test/", "--address=/printer.lab.test/10.0.0.77",
           "--interface=tap0", "--bind-interfaces", "--dhcp-authoritative", "--log-dhcp",
           "--log-facility=-", "--user=root", "--no-ping",
           "--dhcp-range=10.0.0.100,10.0.0.110,255.255.255.0,2m",
           "--dhcp-option=option:dns-server,10.0.0.1", "--dhcp-option=option:mtu,1400",
           "--dhcp-option=option:domain-name,lab.test",
           "--dhcp-option=option:domain-search,nowhere.test,x.lab.test,lab.test"]

# What udhcpc calls: the lease's words as they are in its environment.
SCRIPT = """#!/bin/sh
echo "$1 ip=$ip mask=$mask router=$router dns=$dns domain=$domain mtu=$mtu lease=$lease \\
search=$search serverid=$serverid staticroutes=$staticroutes"
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
    check_in("domain lab.test, search nowhere.test x.lab.test lab.test\n", told, "domains")
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
    check_in("printer.lab.test", linnet("host", "printer").stdout, "a name that is searched")
    b.stop()
    server.wait_for_text("DHCPRELEASE")
    server.stop()


def a_page_by_a_lease(folder):
    """linnet get --dhcp: address, name server and domain of a lease, which is given back."""
    server = Background(folder / "dnsmasq-get", *DNSMASQ, "--address=/www.lab.test/10.0.0.1",
                        f"--dhcp-leasefile={folder}/leases-get")
    server.wait_for_text("DHCP, IP range")
    (folder / "index.html").write_text("<p>leased\n")
    web = Background(folder / "web", sys.executable, "-m", "http.server", "-b", KERNEL,
                     "-d", folder, 8080)
    web.wait_for(lambda: listens(8080), "listener")
    done = linnet("get", "--dev", "tap0", "--dhcp", "http://www:8080/")
    check(done.stdout == "<p>leased\n", f"the page alone: {done.stdout}")
    server.wait_for_text("DHCPRELEASE")
    web.stop()
    server.stop()
    check_in("--dhcp needs --dev", linnet("get", "--dhcp", "http://www/", status=2).stderr,
             "without a device")


def linnet_serves(folder):
    b = Background(folder / "serve", LINNET, "up", "--dev", "tap0", "--addr", "10.0.0.2/24",
                   "--dhcpd", "-g 10.0.0.2 -d 10.0.0.2 -n lab.test -S a.lab.test "
                   "-S lab.test -t 600 -m 1300 "
                   "-R 192.168.9.0/24=10.0.0.2 10.0.0.50-10.0.0.59 ")
    b.wait_for_text("control socket")
    run("ip", "addr", "flush", "dev", "tap0")
    script = folder / "script"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    told = run("udhcpc", "-i", "tap0", "-s", script, "-n", "-q", "-f", "-O", "staticroutes",
               "-O", "mtu", "-O", "search", timeout=20)
    told = told.stdout + told.stderr
    for word in ("bound ip=10.0.0.50 mask=24", "router=10.0.0.2", "dns=10.0.0.2",
                 "domain=lab.test", "mtu=1300", "lease=600", "serverid=10.0.0.2",
                 "search=a.lab.test lab.test ", "staticroutes=192.168.9.0/24 10.0.0.2"):
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


def udhcpc(folder, *words):
    script = folder / "script"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    done = run("udhcpc", "-i", "tap0", "-s", script, "-n", "-q", "-f", *words, timeout=30)
    return done.stdout + done.stderr


def serve(folder, name, words, *more):
    b = Background(folder / name, LINNET, "up", "--dev", "tap0", "--addr", "10.0.0.2/24",
                   "--dhcpd", words, *more)
    b.wait_for_text("control socket")
    return b


def leases_are_kept(folder):
    """A file of dnsmasq's is taken over, and dnsmasq takes over what linnet wrote."""
    kept, later = folder / "kept", int(time.time()) + 500
    mac = run("ip", "-br", "link", "show", "tap0").stdout.split()[2]
    kept.write_text(f"{later} {mac} 10.0.0.105 printer *\n"
                    f"{later} 02:00:00:00:00:77 10.0.0.100 * 01:02:00:00:00:00:77\n")
    run("ip", "addr", "flush", "dev", "tap0")
    b = serve(folder, "kept-1", "-t 600 10.0.0.100-10.0.0.110", "--lease-file", kept)
    check_in("bound ip=10.0.0.105 ", udhcpc(folder, "-C", "-x", "hostname:printer"), "its lease")
    check_in("bound ip=10.0.0.101 ", udhcpc(folder, "-x", "0x3d:ff01020304"), "another client")
    b.stop()
    lines = {line.split()[2]: line.split() for line in kept.read_text().splitlines()}
    check(sorted(lines) == ["10.0.0.100", "10.0.0.101", "10.0.0.105"], f"kept: {sorted(lines)}")
    until, *rest = lines["10.0.0.101"]
    check(rest == [mac, "10.0.0.101", "*", "ff:01:02:03:04"] and
          500 < int(until) - time.time() < 601, f"a line: {lines['10.0.0.101']}")
    check(lines["10.0.0.105"][1:] == [mac, "10.0.0.105", "printer", "*"], "with a name")
    was = sorted(" ".join(line) for line in lines.values())
    server = Background(folder / "after", *DNSMASQ, f"--dhcp-leasefile={kept}")
    server.wait_for_text("DHCP, IP range")
    server.stop()
    check("ignoring" not in server.log.read_text(), "dnsmasq reads it: " + server.log.read_text())
    check(sorted(kept.read_text().splitlines()) == was, "and keeps it as it is")
    run("ip", "addr", "flush", "dev", "tap0")
    b = serve(folder, "kept-2", "10.0.0.90-10.0.0.110", "--lease-file", kept)
    check_in("bound ip=10.0.0.105 ", udhcpc(folder, "-C", "-x", "hostname:printer"), "once more")
    b.stop()
    kept.write_text("1 2 3\n")
    done = run(LINNET, "up", "--dev", "tap0", "--addr", "10.0.0.2/24", "--dhcpd",
               "10.0.0.90-10.0.0.99", "--lease-file", kept, status=1, timeout=20)
    check_in("kept:1: no lease; expected EXPIRES MAC", done.stderr, "a file that is none")


def what_is_in_use_is_not_offered(folder):
    """The first of the range is somebody's who was given it otherwise."""
    holder = namespace()
    run("ip", "link", "add", "v1", "type", "veth", "peer", "name", "v0", "netns",
        holder.process.pid)
    run("ip", "link", "add", "br9", "type", "bridge")
    run("ip", "addr", "flush", "dev", "tap0")
    for dev in ("tap0", "v1"):
        run("ip", "link", "set", dev, "master", "br9")
    for dev in ("v1", "br9"):
        run("ip", "link", "set", dev, "up")
    inside(holder, "ip", "link", "set", "v0", "up")
    inside(holder, "ip", "addr", "add", "10.0.0.50/24", "dev", "v0")
    b = serve(folder, "in-use", "10.0.0.50-10.0.0.59")
    done = run("udhcpc", "-i", "br9", "-s", folder / "script", "-n", "-q", "-f", timeout=30)
    check_in("bound ip=10.0.0.51 ", done.stdout, "the next one")
    check_in("10.0.0.50 has ", b.log.read_text(), "the server's words")
    b.stop()
    for dev in ("v1", "br9"):
        run("ip", "link", "del", dev)


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
    case(a_page_by_a_lease, folder)
    case(linnet_serves, folder)
    case(leases_are_kept, folder)
    case(what_is_in_use_is_not_offered, folder)
    case(bad_words_end_it)
finish()
