#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""linnet up and linnet get with both families over a TAP: pages, names, ping, traceroute, path MTU
each way against the kernel's programs; addresses and name servers by router advertisements."""
import functools
import os
import re
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

KERNEL6, US6 = "2001:db8::1", "2001:db8::2"
PREFIX = "2001:db8:6::"
BOTH = ["--dev", "tap0", "--addr", US + "/24", "--addr", US6 + "/64", "--gw", KERNEL,
        "--gw", KERNEL6]
TYPE_A, TYPE_AAAA = 1, 28


def begin():
    run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0")
    run("ip", "-6", "addr", "add", KERNEL6 + "/64", "dev", "tap0", "nodad")


class Names(threading.Thread):
    """A name server on the kernel's side: name -> addresses, for A and AAAA."""

    def __init__(self, names, address=KERNEL6):
        super().__init__(daemon=True)
        self.names, self.asked = names, []
        self.sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((address, 53))
        self.start()

    def run(self):
        while True:
            query, who = self.sock.recvfrom(2000)
            if not query:
                return
            end = query.index(0, 12) + 5
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            kind = struct.unpack_from(">H", query, end - 4)[0]
            self.asked.append((".".join(labels), kind))
            family, size = (socket.AF_INET6, 16) if kind == TYPE_AAAA else (socket.AF_INET, 4)
            found = [a for a in self.names.get(".".join(labels), []) if (":" in a) == (size == 16)]
            reply = query[:2] + struct.pack(">HHHHH", 0x8580, 1, len(found), 0, 0) + query[12:end]
            for a in found:
                reply += struct.pack(">HHHIH", 0xC00C, kind, 1, 60, size)
                reply += socket.inet_pton(family, a)
            self.sock.sendto(reply, who)

    def stop(self):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.sendto(b"", self.sock.getsockname())
        self.join(5)
        self.sock.close()


def settled():
    wait_until(lambda: "tentative" not in linnet("ip", "-6", "addr").stdout, "address that is ours")


def kernel_asks_linnet(folder, root):
    digest = random_file(root / "page.bin", 300_000)
    (folder / "lan.zone").write_text("$ORIGIN lan.\n$TTL 60\n@ SOA ns root 1 2 3 4 5\n@ NS ns\n"
                                     f"ns AAAA {US6}\nweb A {US}\nweb AAAA {US6}\n")
    b = up(folder, "--addr", US6 + "/64", "--http", root, "--dns-zone", folder / "lan.zone",
           "--echo", 7)
    settled()
    for host in (US, f"[{US6}]"):
        done = run("curl", "-sS", "-g", "-o", folder / "got", "-w", "%{http_code} %{remote_ip}",
                   f"http://{host}/page.bin")
        check(done.stdout == "200 " + host.strip("[]") and sha256(folder / "got") == digest,
              f"curl http://{host}/: {done.stdout}")
    for server in (US, US6):
        for tcp in ("+notcp", "+tcp"):
            done = run("dig", "@" + server, tcp, "+short", "web.lan", "AAAA")
            check(done.stdout == US6 + "\n", f"dig @{server} {tcp}: {done.stdout}")
    check_in("3 received", run("ping", "-6", "-c", 3, "-i", 0.01, US6).stdout, "ping -6")
    with socket.create_connection((US6, 7), 5) as s:
        s.sendall(b"hello")
        check(s.recv(5) == b"hello", "echo over IPv6")
    listening = linnet("ss", "-Hltn").stdout
    check("0.0.0.0:80" in listening and "[::]:80" in listening, f"both families: {listening}")
    down(b)


def linnet_asks_kernel(folder, root):
    b = up(folder, "--addr", US6 + "/64", "--gw", KERNEL6, "--dns", KERNEL6)
    settled()
    names = Names({"both.lan": [KERNEL, KERNEL6], "old.lan": [KERNEL]})
    check_in("3 received", linnet("ping", "-c", 3, "-i", "0.01", KERNEL6).stdout, "ping")
    check_in(f"64 bytes from {KERNEL6}", linnet("ping", "-c", 1, "both.lan").stdout, "a name")
    check_in(f"64 bytes from {KERNEL}:", linnet("ping", "-4", "-c", 1, "both.lan").stdout, "-4")
    check_in(f"64 bytes from {KERNEL}:", linnet("ping", "-c", 1, "old.lan").stdout, "A alone")
    check_in(KERNEL6, linnet("dig", "both.lan", "AAAA", "+short").stdout, "dig AAAA")
    done = linnet("traceroute", "-6", "-n", KERNEL6).stdout
    check(re.search(rf"^ 1  {KERNEL6}  [\d.]+ ms", done, re.M), f"traceroute: {done}")
    server = socket.create_server((KERNEL6, 9000), family=socket.AF_INET6)
    linnet("nc", "-z", f"[{KERNEL6}]", 9000)
    server.close()
    names.stop()
    down(b)


def get_takes_the_family_that_works(folder, root):
    digest = random_file(root / "page.bin", 300_000)
    names = Names({"both.lan": [KERNEL, KERNEL6], "broken.lan": [KERNEL, "2001:db8:9::9"],
                   "six.lan": [KERNEL6]})
    server = Background(folder / "http.log", sys.executable, "-m", "http.server", "--bind", "::",
                        "--directory", root, 8080)
    server.wait_for(lambda: listens(8080), "listener")
    run("ip", "-6", "route", "add", "blackhole", "2001:db8:9::/64")
    for options, host, peer in (([], "both.lan", f"[{KERNEL6}]"), (["-4"], "both.lan", KERNEL),
                                (["-6"], "both.lan", f"[{KERNEL6}]"), ([], "broken.lan", KERNEL),
                                ([], "six.lan", f"[{KERNEL6}]"),
                                ([], f"[{KERNEL6}]", f"[{KERNEL6}]")):
        done = linnet("get", *BOTH, "--dns", KERNEL6, "-v", *options,
                      f"http://{host}:8080/page.bin", "-o", folder / "got")
        check_in(f", {peer}:8080", done.stderr, f"get {options} {host}")
        check(sha256(folder / "got") == digest, f"get {options} {host}: the page")
    linnet("get", *BOTH, "-6", f"http://{KERNEL}:8080/", status=4)
    server.stop()
    names.stop()


def path_mtu_is_found(folder, root):
    """Behind the kernel, a link of 1300 bytes: it says so, and linnet's segments become smaller."""
    digest = random_file(root / "page.bin", 300_000)
    holder = namespace()
    far = functools.partial(inside, holder)
    run("ip", "link", "add", "v0", "mtu", 1300, "type", "veth", "peer", "name", "v1")
    run("ip", "link", "set", "v1", "netns", holder.process.pid)
    run("ip", "-6", "addr", "add", "2001:db8:7::1/64", "dev", "v0", "nodad")
    run("ip", "link", "set", "v0", "up")
    run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
    far("ip", "link", "set", "v1", "mtu", 1500, "up")
    far("ip", "-6", "addr", "add", "2001:db8:7::2/64", "dev", "v1", "nodad")
    far("ip", "-6", "route", "add", "default", "via", "2001:db8:7::1", "advmss", 1440)
    b = up(folder, "--addr", US6 + "/64", "--gw", KERNEL6, "--http", root)
    settled()
    done = far("curl", "-sS", "-g", "-o", folder / "got", "-w", "%{http_code}",
               f"http://[{US6}]/page.bin", timeout=20)
    check(done.stdout == "200" and sha256(folder / "got") == digest, "a page through 1300 bytes")
    done = linnet("ping", "-c", 1, "-M", "do", "-s", 1253, "2001:db8:7::2", status=1)
    check_in("local error: message too long, mtu: ", done.stdout, "the path MTU is known")
    done = linnet("ping", "-c", 1, "-M", "do", "-s", 1252, "2001:db8:7::2")
    check_in("1 received", done.stdout, "as much as goes")
    done = linnet("traceroute", "-6", "-n", "2001:db8:7::2").stdout
    check(re.search(rf"^ 1  {KERNEL6} .*\n 2  2001:db8:7::2 ", done, re.M), f"traceroute: {done}")
    down(b)
    holder.stop()
    run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=0")


def advertise(lifetime=600):
    """What radvd would send (RFC 4861 4.2, 8106 5.1): a prefix, a name server."""
    mac = re.search(r"link/ether (\S+)", run("ip", "link", "show", "dev", "tap0").stdout).group(1)
    ra = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, lifetime, 0, 0)
    ra += b"\x01\x01" + bytes.fromhex(mac.replace(":", ""))
    ra += struct.pack(">BBBBIII", 3, 4, 64, 0xC0, 1000, 500, 0)
    ra += socket.inet_pton(socket.AF_INET6, PREFIX)
    ra += struct.pack(">BBHI", 25, 3, 0, 300) + socket.inet_pton(socket.AF_INET6, PREFIX + "1")
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    index = socket.if_nametoindex("tap0")
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    s.sendto(ra, ("ff02::1", 0, 0, index))
    s.close()


class Radvd(threading.Thread):
    """Answers each solicitation."""

    def __init__(self):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        group = socket.inet_pton(socket.AF_INET6, "ff02::2")
        self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                             group + struct.pack("@I", socket.if_nametoindex("tap0")))
        self.start()

    def run(self):
        while True:
            if self.sock.recv(2000)[0] == 133:
                advertise()


def routers_say_it_all(folder, root):
    """No address is given: prefix, gateway and name server come from the router."""
    run("ip", "-6", "addr", "add", PREFIX + "1/64", "dev", "tap0", "nodad")
    (root / "index.html").write_text("by a name\n")
    names = Names({"web.lan": [PREFIX + "1"]}, PREFIX + "1")
    server = Background(folder / "http.log", sys.executable, "-m", "http.server", "--bind", "::",
                        "--directory", root, 8081)
    server.wait_for(lambda: listens(8081), "listener")
    Radvd()
    done = linnet("get", "--dev", "tap0", "--slaac", "http://web.lan:8081/")
    check(done.stdout == "by a name\n", f"get --slaac: {done.stdout}")
    b = Background(folder / "up.log", LINNET, "up", "--dev", "tap0", "--slaac", "--name", "tap0")
    b.wait_for_text("IPv6 as routers say")
    wait_until(lambda: "mngtmpaddr" in linnet("ip", "-6", "addr").stdout, "address by SLAAC")
    settled()
    check_in("default via fe80::", linnet("ip", "-6", "route").stdout, "default route")
    check_in("1 received", linnet("ping", "-c", 1, "web.lan").stdout, "a name by RDNSS")
    ours = re.search(rf"inet6 ({PREFIX[:-1]}\S+)/64", linnet("ip", "-6", "addr").stdout).group(1)
    check_in("1 received", run("ping", "-6", "-c", 1, ours).stdout, "the kernel pings it")
    down(b)
    server.stop()
    names.stop()


enter()
need("curl", "dig", "ping", "nsenter", "sysctl")
begin()
with Folder() as home:
    pages = home / "www"
    pages.mkdir()
    os.chmod(pages, 0o755)
    for part in (kernel_asks_linnet, linnet_asks_kernel, get_takes_the_family_that_works,
                 path_mtu_is_found, routers_say_it_all):
        case(part, home, pages)
finish()
