#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""curl fetches from linnet, linnet fetches from nginx: pages, errors, 1 GB each way, checked by
hash; then, with loss and reordering in linnet's own TAP link, an eighth of it."""
import os
import json
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

TAP = ["--dev", "tap0", "--addr", US + "/24", "--gw", KERNEL]


def curl(folder, path, *options, status=0):
    return run("curl", "-sS", "-o", folder / "curl.out", "-w", "%{http_code} %{size_download}",
               *options, f"http://{US}{path}", status=status, timeout=900)


def pages_from_linnet(folder, root):
    digest = random_file(root / "page.bin", 300_000)
    (root / "index.html").write_text("<p>hello\n")
    b = up(folder, "--http", root)
    done = curl(folder, "/page.bin")
    check(done.stdout == "200 300000" and sha256(folder / "curl.out") == digest,
          f"a page of 300 kB: {done.stdout}")
    curl(folder, "/")
    check((folder / "curl.out").read_text() == "<p>hello\n", "the default document")
    check(curl(folder, "/none").stdout.startswith("404"), "404")
    done = curl(folder, "/page.bin", "-r", "1000-1999")
    part = (root / "page.bin").read_bytes()[1000:2000]
    check(done.stdout == "206 1000" and (folder / "curl.out").read_bytes() == part, "a range")
    check(curl(folder, "/../../etc/passwd", "--path-as-is").stdout[:3] in ("400", "404"),
          "nothing outside the folder")
    many = [f"http://{US}/page.bin" for _ in range(20)]
    done = run("curl", "-sS", "-Z", "--parallel-max", 20, *sum((["-o", "/dev/null", u]
               for u in many), []), "-w", "%{http_code}\n")
    check(done.stdout.split() == ["200"] * 20, f"20 at once: {done.stdout}")
    states = run("ss", "-Htan").stdout
    check("CLOSE-WAIT" not in states and "LAST-ACK" not in states, f"all closed well:\n{states}")
    down(b)


def pages_by_syn_cookies(folder, root):
    """The kernel's ACKs bring back what our SYN-ACKs remembered."""
    digest = random_file(root / "page.bin", 300_000)
    b = up(folder, "--http", root)
    linnet("sysctl", "-w", "net.ipv4.tcp_syncookies=2")
    for _ in range(3):
        done = curl(folder, "/page.bin")
        check(done.stdout == "200 300000" and sha256(folder / "curl.out") == digest,
              f"a page by a cookie: {done.stdout}")
    check_in("3 SYN cookies received", linnet("netstat", "-s").stdout, "netstat -s")
    down(b)


def pages_from_nginx(folder, root):
    digest = random_file(root / "page.bin", 300_000)
    server = nginx(folder, root)
    linnet("get", *TAP, f"http://{KERNEL}/page.bin", "-o", folder / "got")
    check(sha256(folder / "got") == digest, "a page of 300 kB")
    hosts = folder / "hosts"
    hosts.write_text(f"{KERNEL} www.test\n")
    done = linnet("get", *TAP, "--hosts", hosts, "http://www.test/", "--json")
    got = json.loads(done.stdout)
    check((got["status"], got["addr"]) == (200, KERNEL), f"by the hosts file: {got}")
    done = linnet("get", *TAP, f"http://{KERNEL}/none", status=22)
    check_in("404", done.stderr, "404")
    check_in("nginx", done.stdout, "the server's own words are shown")
    done = linnet("get", *TAP, f"http://{KERNEL}:81/", status=7)
    check_in("refuses", done.stderr, "a closed port")
    done = linnet("get", *TAP, "http://10.0.0.99/", status=6)
    check_in("cannot be reached", done.stderr, "nobody there")
    done = linnet("get", "--dev", "tap0", "--addr", US + "/24", "http://192.0.2.1/", status=5)
    check_in("route", done.stderr, "no gateway")
    done = linnet("get", *TAP, f"http://{KERNEL}/", "--journey")
    for part in ("ARP", "SYN", "GET / HTTP/1.1", "200 OK"):
        check_in(part, done.stderr, "--journey on a TAP")
    server.stop()


def bulk_from_linnet(folder, root, link, size, digest):
    b = up(folder, "--http", root, *(["--link", link] if link else []))
    curl(folder, "/bulk.bin")
    check(sha256(folder / "curl.out") == digest, f"{size} bytes from linnet, link {link!r}")
    if link:
        segs = linnet("cat", "/proc/net/snmp").stdout
        line = [l for l in segs.splitlines() if l.startswith("Tcp:")]
        again = int(dict(zip(line[0].split(), line[1].split()))["RetransSegs"])
        check(again > 0, "what was lost was sent again")
    down(b)
    (folder / "curl.out").unlink()


def bulk_from_nginx(folder, root, link, size, digest):
    server = nginx(folder, root)
    done = linnet("get", *TAP, f"http://{KERNEL}/bulk.bin", "-o", folder / "got", "--json",
                  *(["--link", link] if link else []), timeout=900)
    got = json.loads(done.stdout)
    check(got["bytes"] == size and sha256(folder / "got") == digest,
          f"{size} bytes to linnet, link {link!r}")
    counters = got["counters"]
    check(counters["copied_to_user"] >= size and counters["copied_between_layers"] == 0,
          f"each byte is copied once, to the user: {counters}")
    print(f"  {size * 8 / got['times']['done_ns']:.2f} Gbit/s")
    server.stop()
    (folder / "got").unlink()


enter()
need("curl", "nginx", "ss")
with Folder() as folder:
    root = folder / "www"
    root.mkdir()
    case(pages_from_linnet, folder, root)
    case(pages_by_syn_cookies, folder, root)
    case(pages_from_nginx, folder, root)
    for link, size in ((None, BULK), (LOSSY, BULK // 8)):
        digest = random_file(root / "bulk.bin", size)
        case(bulk_from_linnet, folder, root, link, size, digest)
        case(bulk_from_nginx, folder, root, link, size, digest)
finish()
