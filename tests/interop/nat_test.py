#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""NAT by linnet between kernels, and by the kernel between linnets, for both families.

    client 10.0.1.2, .3 ---+--- server 192.0.2.2, .3
    fd00:1::2, ::3         |    2001:db8:2::2, ::3
                         tap0: linnet, 10.0.1.1, 192.0.2.1, fd00:1::1, 2001:db8:2::1

Client and server are namespaces on one switch with linnet, whose one arm is in both networks; they
know of each other by it alone. Behind the server is a link of MTU 1300 that leads nowhere:
198.51.100.0/24, 2001:db8:9::/64.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

Net = collections.namedtuple("Net", "name ip client client2 lan wan server server2 far length")
NETS = [
    Net("IPv4", 4, "10.0.1.2", "10.0.1.3", "10.0.1.1", "192.0.2.1", "192.0.2.2", "192.0.2.3",
        "198.51.100.7", 24),
    Net("IPv6", 6, "fd00:1::2", "fd00:1::3", "fd00:1::1", "2001:db8:2::1", "2001:db8:2::2",
        "2001:db8:2::3", "2001:db8:9::7", 64),
]
RULES = """table inet nat {
 chain pre {
  type nat hook prerouting priority dstnat
  ip daddr 192.0.2.1 tcp dport 8080 dnat ip to 10.0.1.3:80
  ip6 daddr 2001:db8:2::1 tcp dport 8080 dnat ip6 to [fd00:1::3]:80
 }
 chain post {
  type nat hook postrouting priority srcnat
  ip saddr 10.0.1.0/24 ip daddr != 10.0.1.0/24 masquerade
  ip6 saddr fd00:1::/64 ip6 daddr != fd00:1::/64 masquerade
  ip saddr 10.0.1.0/24 ct status dnat snat ip to 10.0.1.1
  ip6 saddr fd00:1::/64 ct status dnat snat ip6 to fd00:1::1
 }
}
"""
# Says to everybody who he is: TCP and UDP, both families.
WHO = """
import select, socket, sys
socks = []
for family, addr in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(family, kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_DGRAM:       # answers leave from where they were asked
            level, opt = ((0, 8) if family == socket.AF_INET else (41, 49))
            s.setsockopt(level, opt, 1)
        s.bind((addr, int(sys.argv[1])))
        if kind == socket.SOCK_STREAM:
            s.listen(16)
        socks.append(s)
print("ready", flush=True)
while True:
    for s in select.select(socks, [], [])[0]:
        if s.type == socket.SOCK_STREAM:
            c, who = s.accept()
            c.sendall(f"{who[0]} {who[1]}".encode())
            c.close()
        else:
            data, info, flags, who = s.recvmsg(2048, 256)
            s.sendmsg([f"{who[0]} {who[1]}".encode()], [x for x in info], 0, who)
"""
# ask KIND FROM SPORT TO DPORT: who am I? An error is told by its name.
ASK = """
import errno, socket, sys
kind, frm, sport, to, dport = sys.argv[1:6]
family = socket.AF_INET6 if ":" in to else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(5)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((frm, int(sport)))
try:
    s.connect((to, int(dport)))
    if kind == "udp":
        s.send(b"who")
    print(s.recv(100).decode())
except OSError as e:
    print(errno.errorcode.get(e.errno, e))
"""
# hops TO TTL: who says that it lived too long.
HOPS = """
import socket, struct, sys
to, ttl = sys.argv[1], int(sys.argv[2])
v6 = ":" in to
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.setsockopt(41 if v6 else 0, 25 if v6 else 11, 1)
s.setsockopt(41 if v6 else 0, 16 if v6 else 2, ttl)
s.connect((to, 33434))
s.send(b"x")
import select
p = select.poll()
p.register(s, select.POLLERR)
p.poll(5000)
data, info, flags, addr = s.recvmsg(100, 512, socket.MSG_ERRQUEUE)
err = info[0][2]
origin, kind, code = err[4], err[5], err[6]
who = err[16:]
who = socket.inet_ntop(s.family, who[8:24] if v6 else who[4:8])
print(kind, code, who, addr[0], addr[1])
"""
# pmtu TO: what the path's MTU is found to be.
PMTU = """
import errno, select, socket, sys
to = sys.argv[1]
v6 = ":" in to
level, discover, mtu = (41, 23, 24) if v6 else (0, 10, 14)
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(level, discover, 2)
s.setsockopt(level, 25 if v6 else 11, 1)
s.connect((to, 9))
s.send(b"x" * 1400)
p = select.poll()
p.register(s, select.POLLERR)
p.poll(5000)
print(s.getsockopt(level, mtu))
"""
places = {}


def at(place, *words, **more):
    return run("nsenter", "-t", places[place], "-n", *words, **more)


def script(place, text, *words):
    return at(place, sys.executable, "-c", text, *words).stdout.strip()


def ask(place, kind, frm, sport, to, dport=7):
    return script(place, ASK, kind, frm, sport, to, dport)


def make_place(name):
    places[name] = namespace().process.pid
    for line in ("net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.default.disable_ipv6=0",
                 "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0",
                 "net.ipv6.conf.default.router_solicitations=0",
                 "net.ipv6.conf.default.accept_redirects=0"):
        at(name, "sysctl", "-qw", line)
    at(name, "ip", "link", "set", "lo", "up")


def plug(place, device):
    """A cable from the switch to a namespace."""
    run("ip", "link", "add", device, "type", "veth", "peer", "name", device + "b")
    run("ip", "link", "set", device + "b", "master", "br0", "up")
    run("ip", "link", "set", device, "netns", places[place])
    at(place, "ip", "link", "set", device, "up")


def address(place, addr, length, device):
    at(place, "ip", "addr", "add", f"{addr}/{length}", "dev", device,
       *(["nodad"] if ":" in addr else []))


def router(*words):
    return linnet("-N", "tap0", *words)


def the_three(folder):
    """Client, linnet and server, with their addresses and linnet's rules."""
    run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
    run("ip", "link", "add", "br0", "type", "bridge")
    run("ip", "link", "set", "tap0", "master", "br0", "up")
    run("ip", "link", "set", "br0", "up")
    b = up(folder, addr="10.0.1.1/24")
    make_place("client")
    make_place("server")
    plug("client", "c0")
    plug("server", "s0")
    for line in ("ipv6.conf.eth0.disable_ipv6=0", "ipv4.ip_forward=1",
                 "ipv6.conf.all.forwarding=1", "ipv4.conf.all.send_redirects=0",
                 "ipv4.conf.eth0.send_redirects=0"):
        router("sysctl", "-w", "net." + line)
    at("server", "ip", "link", "add", "narrow", "type", "veth", "peer", "name", "nobody")
    at("server", "ip", "link", "set", "nobody", "up")
    at("server", "ip", "link", "set", "narrow", "mtu", 1300, "up")
    for line in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
        at("server", "sysctl", "-qw", line)
    for n in NETS:
        for addr in (n.client, n.client2):
            address("client", addr, n.length, "c0")
        for addr in (n.server, n.server2):
            address("server", addr, n.length, "s0")
        nodad = ["nodad"] if n.ip == 6 else []
        for addr in (n.lan, n.wan):
            if addr != "10.0.1.1":
                router("ip", f"-{n.ip}", "addr", "add", f"{addr}/{n.length}", "dev", "eth0",
                       *nodad)
        at("client", "ip", f"-{n.ip}", "route", "add", "default", "via", n.lan)
        far = n.far.rsplit("." if n.ip == 4 else "::", 1)[0] + (".0/24" if n.ip == 4 else "::/64")
        router("ip", f"-{n.ip}", "route", "add", far, "via", n.server)
        at("server", "ip", f"-{n.ip}", "route", "add", far, "dev", "narrow")
    (folder / "rules").write_text(RULES)
    router("nft", "-f", folder / "rules")
    for place, port in (("server", 7), ("client", 80)):
        Background(folder / f"who-{place}.log", "nsenter", "-t", places[place], "-n",
                   sys.executable, "-c", WHO, port).wait_for_text("ready")
    return b


def goes_out_as_the_router(n):
    done = at("client", "ping", f"-{n.ip}", "-c", 2, "-i", "0.01", "-W", 5, n.server, status=None)
    check(done.returncode == 0, f"{n.name}: ping through NAT:\n{done.stdout}")
    for kind in ("tcp", "udp"):
        check(ask("client", kind, n.client, 5000, n.server) == f"{n.wan} 5000",
              f"{n.name} {kind}: the router's address, the port kept (RFC 4787 REQ-3)")
        other = ask("client", kind, n.client2, 5000, n.server).split()
        check(len(other) == 2 and other[0] == n.wan and int(other[1]) > 1023 and
              other[1] != "5000", f"{n.name} {kind}: a port of its own for who comes second, "
              f"of the same class: {other}")
        check(ask("client", kind, n.client2, 5000, n.server2).split() == other,
              f"{n.name} {kind}: the same mapping towards another peer (REQ-1): {other}")
    check(ask("client", "udp", n.client, 5001, n.server, 9) == "ECONNREFUSED",
          f"{n.name}: the error of a closed UDP port reaches who asked")
    check(ask("client", "tcp", n.client, 5001, n.server, 9) == "ECONNREFUSED",
          f"{n.name}: so does a reset")


def hops_and_mtu(n):
    time_exceeded = "11 0" if n.ip == 4 else "3 0"
    check(script("client", HOPS, n.far, 1) == f"{time_exceeded} {n.lan} {n.far} 33434",
          f"{n.name}: the first hop is the router")
    check(script("client", HOPS, n.far, 2) in
          [f"{time_exceeded} {who} {n.far} 33434" for who in (n.server, n.server2)],
          f"{n.name}: the second says what it says about the client's packet")
    check(script("client", PMTU, n.far) == "1300",
          f"{n.name}: what is too big for a link behind the NAT")


def comes_in(n):
    url = f"http://{n.wan}:8080/" if n.ip == 4 else f"http://[{n.wan}]:8080/"
    said = at("server", "curl", "-s", "--http0.9", "--max-time", 10, url, status=None).stdout
    check(said.split()[0] in (n.server, n.server2),
          f"{n.name}: dnat from outside, and who it is: {said!r}")
    check(ask("client", "tcp", n.client, 5002, n.wan, 8080).split()[:1] == [n.lan],
          f"{n.name}: hairpin: from inside by the outside's address (RFC 4787 REQ-9)")
    said = at("server", "nmap", f"-{n.ip}" if n.ip == 6 else "-n", "-n", "-Pn", "-sS",
              "--max-retries", 2, "-T5", "-p", "8080,8081", n.wan).stdout
    check_in("8080/tcp open", said, f"{n.name}: nmap from outside")
    check_in("8081/tcp closed", said, f"{n.name}: nmap from outside")


def is_listed():
    """In the words of conntrack-tools."""
    said = router("conntrack", "-L").stdout
    for part in ("src=10.0.1.2 dst=192.0.2.2 sport=5000 dport=7 src=192.0.2.2 dst=192.0.2.1 "
                 "sport=7 dport=5000", "src=fd00:1::2 dst=2001:db8:2::2 sport=5000 dport=7 "
                 "src=2001:db8:2::2 dst=2001:db8:2::1 sport=7 dport=5000"):
        check_in(part, said, "conntrack -L")
    router("conntrack", "-F")
    check(router("conntrack", "-C").stdout.strip() == "0", "all forgotten")


def linnet_between(folder):
    b = the_three(folder)
    for n in NETS:
        goes_out_as_the_router(n)
        hops_and_mtu(n)
        comes_in(n)
    is_listed()
    down(b)


# ---- and the other way round ----

KERNEL_RULES = """table inet nat {
 chain post {
  type nat hook postrouting priority srcnat
  oifname "tap2" masquerade
 }
}
"""


def side(folder, name, tap, mine, kernel, *options):
    """A linnet on a TAP of its own, the kernel its way out; mine, kernel: addresses of both
    families."""
    run("ip", "tuntap", "add", "dev", tap, "mode", "tap")
    run("sysctl", "-qw", f"net.ipv6.conf.{tap}.disable_ipv6=0", f"net.ipv6.conf.{tap}.accept_dad=0")
    run("ip", "addr", "add", f"{kernel[0]}/24", "dev", tap)
    run("ip", "addr", "add", f"{kernel[1]}/64", "dev", tap, "nodad")
    run("ip", "link", "set", tap, "up")
    b = up(folder, *options, dev=tap, addr=f"{mine[0]}/24", name=name)
    linnet("-N", name, "sysctl", "-w", "net.ipv6.conf.eth0.disable_ipv6=0")
    linnet("-N", name, "ip", "-6", "addr", "add", f"{mine[1]}/64", "dev", "eth0", "nodad")
    return b


def kernel_masquerades(n, client, server):
    """linnet in front of the kernel's NAT, and behind it."""
    done = linnet("-N", "client", "ping", "-c", 2, "-i", "0.01", n.server, status=None)
    check(done.returncode == 0, f"{n.name}: linnet pings linnet:\n{done.stdout}{done.stderr}")
    hops = linnet("-N", "client", "traceroute", "-n", n.server, status=None).stdout
    check_in(n.lan, hops, f"{n.name}: the kernel is a hop")
    check_in(n.server, hops, f"{n.name}: and the server answers for its closed port")
    host = n.server if n.ip == 4 else f"[{n.server}]"
    page = linnet("-N", "client", "curl", f"http://{host}/").stdout
    check_in("behind the kernel's NAT", page, f"{n.name}: linnet fetches a page from linnet")
    known = linnet("-N", "server", "ss", "-Htan").stdout
    check_in(n.wan, known + server.log.read_text(), f"{n.name}: the server knows the kernel")
    check(n.client not in known, f"{n.name}: and does not know the client")
    said = run("nft", "list", "ruleset").stdout
    check(said.count("masquerade") == 1, said)


def kernel_between(folder):
    run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    (folder / "index.html").write_text("behind the kernel's NAT")
    (folder / "kernel-rules").write_text(KERNEL_RULES)
    v4, v6 = NETS
    client = side(folder, "client", "tap1", (v4.client, v6.client), (v4.lan, v6.lan))
    server = side(folder, "server", "tap2", (v4.server, v6.server), (v4.wan, v6.wan), "--http",
                  folder, "-v")
    run("nft", "-f", folder / "kernel-rules")
    for n in NETS:
        linnet("-N", "client", "ip", f"-{n.ip}", "route", "add", "default", "via", n.lan)
        kernel_masquerades(n, client, server)
    down(client)
    down(server)
    log = server.log.read_text()
    for n in NETS:
        check_in(n.wan, log, f"{n.name}: the server's log has the kernel")
        check(n.client not in log, f"{n.name}: and not the client")


need("nft", "nmap", "curl", "ping", "nsenter")
enter(tap=False)
with Folder() as folder:
    case(linnet_between, folder)
    case(kernel_between, folder)
finish()
