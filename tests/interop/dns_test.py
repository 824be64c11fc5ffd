#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""dig asks linnet's name server and its caching resolver; linnet asks a real unbound."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

ZONE = """$ORIGIN example.test.
$TTL 300
@      IN SOA ns1 admin 1 3600 600 86400 60
@      IN NS  ns1
@      IN MX  10 mail
ns1    IN A   10.0.0.2
www    IN A   10.0.0.1
www    IN A   10.0.0.7
alias  IN CNAME www
mail   IN A   10.0.0.8
text   IN TXT "a text" "in two strings"
*.wild IN A   10.0.0.9
sub    IN NS  ns.sub
ns.sub IN A   10.0.0.77
""" + "".join(f"mid    IN A   10.3.0.{i}\n" for i in range(60)) + \
    "".join(f"big    IN A   10.1.{i // 250}.{i % 250}\n" for i in range(300))

UNBOUND = """server:
  interface: 10.0.0.1
  access-control: 10.0.0.0/24 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{dir}"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  local-zone: "local.test." static
  local-data: "www.local.test. 300 IN A 10.0.0.1"
  local-data: "many.local.test. 300 IN A 10.0.0.50"
{many}
remote-control:
  control-enable: no
"""


def dig(*words):
    return run("dig", "+time=2", "+tries=1", "@" + US, *words, status=None).stdout


def name_server(folder):
    (folder / "zone").write_text(ZONE)
    b = up(folder, "--dns-zone", f"example.test.={folder / 'zone'}")
    told = dig("www.example.test", "A")
    check_in("status: NOERROR", told, "A")
    check_in(" aa", told.split("flags:")[1].split(";")[0], "A: authoritative")
    for addr in ("10.0.0.1", "10.0.0.7"):
        check_in(addr, told, "A: both addresses")
    told = dig("alias.example.test")
    check("CNAME" in told and "10.0.0.7" in told, f"CNAME and where it leads: {told}")
    check_in("status: NXDOMAIN", dig("none.example.test"), "NXDOMAIN")
    check_in("SOA", dig("none.example.test"), "NXDOMAIN: the SOA")
    told = dig("www.example.test", "MX")
    check("NOERROR" in told and "ANSWER: 0" in told, f"no such record: {told}")
    check_in('"a text" "in two strings"', dig("text.example.test", "TXT"), "TXT")
    check_in("10.0.0.9", dig("x.y.wild.example.test"), "a wildcard")
    told = dig("deep.sub.example.test")
    check("ns.sub.example.test" in told and "10.0.0.77" in told and "ANSWER: 0" in told,
          f"a referral with glue: {told}")
    check_in("REFUSED", dig("www.elsewhere.test"), "a zone of others")
    told = dig("+notcp", "+ignore", "+noedns", "big.example.test")
    check_in(" tc", told.split("flags:")[1].split(";")[0], "UDP: cut short")
    told = dig("big.example.test")
    check(told.count("10.1.") == 300 and "(TCP)" in told, "then over TCP: all 300")
    check(dig("+tcp", "www.example.test").count("10.0.0.") >= 2, "TCP at once")
    told = dig("+noall", "+answer", "mail.example.test", "www.example.test", "+tcp", "+keepopen")
    check("10.0.0.8" in told and "10.0.0.7" in told, f"two over one connection: {told}")
    down(b)


ROOT = """. 300 IN SOA ns.root. admin.root. 1 3600 600 86400 60
. 300 IN NS ns.root.
ns.root. 300 IN A 10.0.1.2
example.test. 300 IN NS ns1.example.test.
ns1.example.test. 300 IN A 10.0.2.2
"""


def second_tap(name, addr):
    run("ip", "tuntap", "add", "dev", name, "mode", "tap")
    run("ip", "addr", "add", addr, "dev", name)
    run("ip", "link", "set", name, "up")


def resolver(folder):
    """Three linnets, the kernel routing between them: a resolver, a root, the zone's server."""
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    second_tap("tap1", "10.0.1.1/24")
    second_tap("tap2", "10.0.2.1/24")
    (folder / "zone").write_text(ZONE.replace("ns1    IN A   10.0.0.2", "ns1    IN A   10.0.2.2"))
    (folder / "root").write_text(ROOT)
    (folder / "hints").write_text(". 3600 IN NS ns.root.\nns.root. 3600 IN A 10.0.1.2\n")
    all_ = [up(folder, "--dns-zone", folder / "root", "--gw", "10.0.1.1", dev="tap1",
               addr="10.0.1.2/24", name="root"),
            up(folder, "--dns-zone", f"example.test.={folder / 'zone'}", "--gw", "10.0.2.1",
               dev="tap2", addr="10.0.2.2/24", name="zone"),
            up(folder, "--resolver", folder / "hints", "--gw", KERNEL, name="resolver")]
    for _ in range(2):
        told = dig("alias.example.test")
        check("NOERROR" in told and "10.0.0.7" in told, f"resolved by walking: {told}")
        check_in(" ra", told.split("flags:")[1].split(";")[0], "recursion available")
    check_in("NXDOMAIN", dig("none.example.test"), "NXDOMAIN through the resolver")
    check(dig("+noedns", "mid.example.test").count("10.3.0.") == 60,
          "a large answer through the resolver, over TCP")
    for b in all_:
        down(b)


def real_unbound(folder):
    many = "".join(f'  local-data: "many.local.test. 300 IN A 10.2.{i // 250}.{i % 250}"\n'
                   for i in range(200))
    (folder / "unbound.conf").write_text(UNBOUND.format(dir=folder, many=many))
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text("<p>by name\n")
    server = Background(folder / "unbound.log", "unbound", "-d", "-c", folder / "unbound.conf")
    server.wait_for(lambda: listens(53, "udp"), "socket on port 53")
    web = nginx(folder, folder / "www")
    tap = ["--dev", "tap0", "--addr", US + "/24", "--dns", KERNEL]
    done = linnet("get", *tap, "http://www.local.test/")
    check(done.stdout == "<p>by name\n", f"a name, then the page: {done.stdout}")
    done = linnet("get", *tap, "http://none.local.test/", status=3)
    check_in("none.local.test", done.stderr, "NXDOMAIN from unbound")
    done = linnet("get", *tap, "--json", "http://www.local.test/", "http://www.local.test/")
    second = json.loads(done.stdout.splitlines()[1])
    check(second["times"]["resolved_ns"] < 1_000_000, "the second time from the cache")
    b = up(folder, "--dns", KERNEL)
    check_in("10.0.0.1", linnet("dig", "www.local.test").stdout, "linnet dig")
    told = linnet("dig", "many.local.test").stdout
    check(told.count("10.2.") == 200, f"cut short over UDP, whole over TCP: {told[:600]}")
    check_in("10.0.0.1", linnet("host", "www.local.test").stdout, "linnet host")
    down(b)
    server.stop()
    web.stop()


enter()
need("dig", "unbound", "nginx")
with Folder() as folder:
    for fn in (name_server, resolver, real_unbound):
        case(fn, folder)
finish()
