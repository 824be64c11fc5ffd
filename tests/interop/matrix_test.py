#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who stands where: the kernel and linnet as hosts, and between them as router, NAT and bridge.

    client e0 ------ m1 the one between m2 ------ e0 server
    10.0.1.2         10.0.1.1        10.0.2.1     10.0.2.2       behind a router and a NAT
    fd00:1::2        fd00:1::1       fd00:2::1    fd00:2::2
    10.0.1.2                                      10.0.1.3       on a bridge

Each of the three is the kernel of a namespace, or a linnet on that namespace's cables. The cable
behind a router takes 1300 bytes. In every cell, for both families: ping, a datagram in pieces, the
hops of the way, the path's MTU, a page that is longer than a window; behind a NAT the server must
know the router alone. Cells of three kernels are left out.
"""
import itertools
import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

Net = collections.namedtuple("Net", "name ip client lan wan server beside length")
NETS = [Net("IPv4", 4, "10.0.1.2", "10.0.1.1", "10.0.2.1", "10.0.2.2", "10.0.1.3", 24),
        Net("IPv6", 6, "fd00:1::2", "fd00:1::1", "fd00:2::1", "fd00:2::2", "fd00:1::3", 64)]
NARROW = 1300
PAGE_BYTES = 200_000
# Each family asks its own way.
RULES = """table inet nat {
 chain post {
  type nat hook postrouting priority srcnat
  ip saddr 10.0.1.0/24 oifname "m2" masquerade
  ip6 saddr fd00:1::/64 oifname "m2" masquerade
 }
}
"""
# serve FILE: the page, and who asked for it, by both families.
SERVE = """
import http.server, socket, sys
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
class Handler(http.server.SimpleHTTPRequestHandler):
    def address_string(self):
        return self.client_address[0].removeprefix("::ffff:")
server = Server(("::", 80), lambda *a: Handler(*a, directory=sys.argv[1]))
print("ready", flush=True)
server.serve_forever()
"""
# hops TO: who says that a datagram lived too long, one after the other, until the port is closed.
HOPS = """
import select, socket, sys
to = sys.argv[1]
v6 = ":" in to
for ttl in range(1, 6):
    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(41 if v6 else 0, 25 if v6 else 11, 1)
    s.setsockopt(41 if v6 else 0, 16 if v6 else 2, ttl)
    s.connect((to, 33433 + ttl))
    s.send(b"x")
    p = select.poll()
    p.register(s, select.POLLERR)
    if not p.poll(3000):
        print("*")
        continue
    err = s.recvmsg(100, 512, socket.MSG_ERRQUEUE)[1][0][2]
    who = err[16:]
    print(socket.inet_ntop(s.family, who[8:24] if v6 else who[4:8]))
    if err[5] == (1 if v6 else 3):
        break
"""
spaces = {}


def at(place, *words, **more):
    return inside(spaces[place], *words, **more)


def sysctl(place, *settings):
    at(place, "sysctl", "-qw", *settings)


def make_space(name):
    spaces[name] = namespace()
    sysctl(name, "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1",
           "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0",
           "net.ipv6.conf.default.router_solicitations=0")
    at(name, "ip", "link", "set", "lo", "up")


def cable(one, its, other, theirs, mtu=1500):
    run("ip", "link", "add", its, "mtu", mtu, "netns", spaces[one].process.pid, "type", "veth",
        "peer", "name", theirs, "mtu", mtu, "netns", spaces[other].process.pid)
    for place, device in ((one, its), (other, theirs)):
        at(place, "ip", "link", "set", device, "up")


def kernel_speaks(place):
    sysctl(place, "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.default.disable_ipv6=0")


def start(folder, place, *words):
    """A linnet in the place's namespace, called as it."""
    b = Background(folder / f"up-{place}.log", "nsenter",
                   f"--net=/proc/{spaces[place].process.pid}/ns/net", LINNET, "up", "--name", place,
                   *words)
    return b.wait_for_text("control socket")


class Host:
    """A machine at the end of a cable."""

    def __init__(self, folder, kind, place, addresses, gateways):
        self.kind, self.place, self.addresses = kind, place, addresses
        self.log = folder / f"page-{place}.log"
        if kind == "kernel":
            self.begin_kernel(folder, gateways)
        else:
            self.begin_linnet(folder, gateways)

    def begin_kernel(self, folder, gateways):
        kernel_speaks(self.place)
        for n, addr, gateway in zip(NETS, self.addresses, gateways):
            at(self.place, "ip", "addr", "add", f"{addr}/{n.length}", "dev", "e0",
               *(["nodad"] if n.ip == 6 else []))
            if gateway:
                at(self.place, "ip", f"-{n.ip}", "route", "add", "default", "via", gateway)
        self.up = Background(self.log, "nsenter",
                             f"--net=/proc/{spaces[self.place].process.pid}/ns/net",
                             sys.executable, "-u", "-c", SERVE, folder).wait_for_text("ready")

    def begin_linnet(self, folder, gateways):
        words = ["--dev", "packet:e0", "--http", folder, "-v"]
        for n, addr, gateway in zip(NETS, self.addresses, gateways):
            words += ["--addr", f"{addr}/{n.length}"] + (["--gw", gateway] if gateway else [])
        self.up = start(folder, self.place, *words)
        self.log = self.up.log
        addresses_are_ours(self.place)

    def run(self, *words):
        if self.kind == "kernel":
            return at(self.place, *words, status=None).stdout
        done = linnet("-N", self.place, *words, status=None)
        return done.stdout + done.stderr

    def hops(self, n, to):
        if self.kind == "kernel":
            return at(self.place, sys.executable, "-c", HOPS, to).stdout.split()
        told = self.run("traceroute", "-n", to)
        return re.findall(r"^ *\d+  (\S+) ", told, re.M)

    def page(self, n, to):
        url = f"http://{to}/page" if n.ip == 4 else f"http://[{to}]/page"
        return self.run("curl", "-s", url)

    def end(self):
        if self.kind == "kernel":
            self.up.stop()
        else:
            down(self.up)


def kernel_middle(folder, role):
    kernel_speaks("middle")
    if role == "bridge":
        at("middle", "ip", "link", "add", "br0", "type", "bridge")
        for device in ("m1", "m2"):
            at("middle", "ip", "link", "set", device, "master", "br0")
        at("middle", "ip", "link", "set", "br0", "up")
        return None
    sysctl("middle", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for n in NETS:
        for device, addr in (("m1", n.lan), ("m2", n.wan)):
            at("middle", "ip", "addr", "add", f"{addr}/{n.length}", "dev", device,
               *(["nodad"] if n.ip == 6 else []))
    if role == "NAT":
        at("middle", "nft", "-f", folder / "rules")
    return None


def linnet_middle(folder, role):
    """A router is a switch whose ports are taken out of it."""
    b = start(folder, "middle", "--bridge", "br0", "--dev", "packet:m1", "--dev", "packet:m2")

    def do(*words):
        linnet("-N", "middle", *words)

    if role == "bridge":
        return b
    for device in ("m1", "m2"):
        do("ip", "link", "set", device, "nomaster")
        do("sysctl", "-w", f"net.ipv6.conf.{device}.disable_ipv6=0")
        for n in NETS:
            addr = n.lan if device == "m1" else n.wan
            do("ip", "addr", "add", f"{addr}/{n.length}", "dev", device,
               *(["nodad"] if n.ip == 6 else []))
    for setting in ("ipv4.ip_forward=1", "ipv6.conf.all.forwarding=1"):
        do("sysctl", "-w", "net." + setting)
    if role == "NAT":
        do("nft", "-f", folder / "rules")
    return b


def exchange(cell, n, client, role):
    """What one cell must show, for one family."""
    to = n.beside if role == "bridge" else n.server
    cell = f"{cell}, {n.name}"
    told = client.run("ping", "-c", "3", "-i", "0.05", "-W", "2", to)
    check_in(" 0% packet loss", told, f"{cell}: ping")
    if role != "bridge":
        told = client.run("ping", "-c", "2", "-i", "0.05", "-W", "1", "-M", "do", "-s", "1400", to)
        check(re.search(rf"mtu[ =:]+{NARROW}", told), f"{cell}: the path's MTU is told:\n{told}")
    told = client.run("ping", "-c", "3", "-i", "0.05", "-W", "2", "-s", "4000", to)
    check_in(" 0% packet loss", told, f"{cell}: a datagram in pieces")
    way = [to] if role == "bridge" else [n.lan, to]
    hops = client.hops(n, to)
    check(hops == way, f"{cell}: hops {hops}, expected {way}")
    page = client.page(n, to)
    check(len(page) == PAGE_BYTES, f"{cell}: a page of {len(page)} bytes: {page[:200]}")


def who_asked(cell, n, server, role):
    known = server.log.read_text()
    check_in(n.wan if role == "NAT" else n.client, known, f"{cell}, {n.name}: whom it knows")
    check(role != "NAT" or n.client not in known, f"{cell}, {n.name}: the server knows the client")


def one_cell(folder, role, between, here, there):
    cell = f"{here} - {between} {role} - {there}"
    for place in ("client", "middle", "server"):
        make_space(place)
    cable("client", "e0", "middle", "m1")
    cable("middle", "m2", "server", "e0", 1500 if role == "bridge" else NARROW)
    b = (kernel_middle if between == "kernel" else linnet_middle)(folder, role)
    none = (None, None)
    client = Host(folder, here, "client", [n.client for n in NETS],
                  none if role == "bridge" else [n.lan for n in NETS])
    server = Host(folder, there, "server",
                  [n.beside if role == "bridge" else n.server for n in NETS],
                  none if role == "bridge" else [n.wan for n in NETS])
    for n in NETS:
        exchange(cell, n, client, role)
    client.end()
    server.end()
    for n in NETS:
        who_asked(cell, n, server, role)
    if b:
        down(b)
    stop_all()
    print(f"{cell}: both families", flush=True)


def cells_of(role):
    for between, here, there in itertools.product(("kernel", "linnet"), repeat=3):
        if "linnet" in (between, here, there):
            with Folder() as folder:
                (folder / "page").write_text("x" * PAGE_BYTES)
                (folder / "rules").write_text(RULES)
                case(one_cell, folder, role, between, here, there)


need("nft", "curl", "ping", "nsenter", "ip")
role = side_by_side("router", "NAT", "bridge")
enter(tap=False)
cells_of(role)
finish()
