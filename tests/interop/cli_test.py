#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program as its user meets it: messages, exit statuses, JSON, labs, determinism. No rights
are needed: everything happens in labs."""
import hashlib
import ipaddress
import json
import os
import random
import sys

sys.path.insert(0, os.path.dirname(__file__))
from interop import *

PAGE = "http://www.server.com/"

# What can go wrong in the built-in internet: words, status, what the message must say.
FAILURES = [
    (["get", "gopher://www.server.com/"], 2, ["gopher", "http"]),
    (["get", "http://"], 2, ["host"]),
    (["get", "http://www.server.com:99999/"], 2, ["port"]),
    (["get", "https://www.server.com/"], 2, ["https"]),
    (["get", "http://www.server.com/?" + "a" * 5000], 2, ["aa...: the URL is longer than 4095"]),
    (["get", "http://no.such.name.com/"], 3, ["no.such.name.com", "does not exist"]),
    (["get", "http://192.168.1.101/"], 7, ["refuses"]),
    (["get", "http://192.168.1.77/"], 6, ["192.168.1.77", "cannot be reached", "ARP"]),
    (["get", "http://192.0.2.99/"], 6, ["router 198.51.100.6 says \"host unreachable\""]),
    (["get", "http://10.99.99.99/"], 5, ["no route", "router", "says \"network unreachable\""]),
    (["get", "http://www.server.com/no-such-page"], 22, ["404"]),
    (["get", PAGE, "--max-time", "20ms"], 8, ["timed out", "--max-time",
                                              "looking for the address of www.server.com"]),
    (["get", PAGE, "--max-time", "140ms"], 8, ["connecting to 192.0.2.80 port 80"]),
    (["get"], 2, ["URL"]),
    (["get", PAGE, "--jorney"], 2, ["--journey"]),
    (["get", PAGE, "--seed", "x"], 2, ["--seed", "number"]),
    (["get", PAGE, "--on", "lapdog"], 2, ["lapdog", "laptop"]),
    (["get", PAGE, "--on", "sw1"], 2, ["switch"]),
    (["get", PAGE, "--lab", "nowhere"], 2, ["nowhere", "two-hosts"]),
    (["get", PAGE, "--gw", "10.0.0.1"], 2, ["--dev"]),
    (["get", PAGE, "--dev", "tap0"], 2, ["--addr"]),
    (["get", PAGE, "--dev", "tap0", "--addr", "10.0.0.2"], 2, ["10.0.0.2/24"]),
    (["get", PAGE, "--dev", "tap0", "--addr", "10.0.0.2/24", "--gw", "10.1.0.1"], 2, ["--gw"]),
    (["get", PAGE, "--dev", "tap0", "--addr", "10.0.0.2/24", "--link", "lss: 1%"], 2, ["loss"]),
    (["get", PAGE, "-o", "/no/such/folder/page"], 1, ["/no/such/folder/page"]),
    (["gte", PAGE], 2, ["get"]),
    (["lab"], 2, ["run"]),
    (["lab", "run"], 2, ["lab"]),
    (["lab", "check", "/no/such.yaml"], 2, ["/no/such.yaml"]),
    (["calc", "10.0.0.300/24"], 2, ["10.0.0.300"]),
    (["calc", "2001:db8::1/129"], 2, ["/129", "/0 to /128"]),
    (["calc", "2001:db8::1::2"], 2, ["no address"]),
    (["calc", "10.0.0.1/33"], 2, ["/33", "/0 to /32"]),
    (["up"], 2, ["--dev", "--dhcp"]),
    (["up", "--dev", "tap0"], 2, ["--addr", "--slaac or --dhcp"]),
    (["up", "--dev", "tap0", "--dhcp", "--gw", "10.0.0.1"], 2, ["with --dhcp", "leave --gw out"]),
    (["up", "--dev", "tap0", "--addr", "10.0.0.0/24"], 2, ["not the address of one host"]),
    (["up", "--dev", "tap0", "--addr", "10.0.0.255/24"], 2, ["linnet calc 10.0.0.255/24"]),
    (["up", "--dev", "tap0", "--addr", "224.0.0.1/24"], 2, ["not the address of one host"]),
    (["up", "--dev", "tap0", "--addr", "10.0.0.2/24", "--port", "81"], 2, ["--http"]),
    (["up", "--dev", "tap0", "--addr", "::1/64"], 2, ["not the address of one host"]),
    (["up", "--dev", "tap0", "--addr", "10.0.0.2/24", "--mac", "0:0:0:0:0:1"], 2, ["--mac"]),
    (["up", "--dev", "tap0", "--addr", "10.0.0.2/24", "--mac", "00:00:00:00:00:00"], 2,
     ["one card", "not all 0"]),
    (["up", "--dev", "tap0", "--addr", "10.0.0.2/24", "--busy-poll", "5"], 2, ["xdp:IF"]),
    (["ip", "-batch", "/"], 1, ["/: Is a directory"]),
    (["ip", "addr"], 1, ["linnet up", "linnet lab run"]),
    (["-N", "none", "ip", "addr"], 1, ["none"]),
]

NO_ROUTE = """name: no-route
topology:
  nodes:
    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }
    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0] }
  links:
    - { endpoints: ["a:eth0", "b:eth0"], loss: 100% }
"""


def failures():
    for words, status, parts in FAILURES:
        done = linnet(*words, status=None)
        what = "linnet " + " ".join(words)
        check(done.returncode == status, f"{what}: status {done.returncode}, expected {status}: " +
              done.stderr)
        for part in parts:
            check_in(part, done.stderr, what)


def failures_in_own_lab(folder):
    lab = folder / "no-route.yaml"
    lab.write_text(NO_ROUTE)
    for url, status, part in [("http://192.0.2.1/", 5, "route"), ("http://b/", 4, "server"),
                              ("http://10.0.0.2/", 6, "cannot be reached")]:
        done = linnet("get", url, "--lab", lab, "--on", "a", status=None)
        check(done.returncode == status,
              f"{url}: status {done.returncode}, expected {status}: {done.stderr}")
        check_in(part, done.stderr, url)


def page(folder):
    done = linnet("get", PAGE)
    check("You have arrived" in done.stdout, "the page is on standard output")
    check(done.stderr == "", f"nothing else is said: {done.stderr}")
    wanted = (pathlib.Path(__file__).parents[2] / "labs/pages/index.html").read_bytes()
    linnet("get", PAGE, "-o", folder / "page")
    check((folder / "page").read_bytes() == wanted, "-o: the page, byte for byte")
    done = linnet("get", "-i", PAGE)
    check_in("HTTP/1.1 200 OK", done.stdout.splitlines()[0], "-i")
    done = linnet("get", "-I", PAGE)
    check(done.stdout.rstrip().endswith("48213") or "48213" in done.stdout, "-I: Content-Length")
    check("<html" not in done.stdout, "-I: no page")
    done = linnet("get", "-v", PAGE)
    check_in("< HTTP/1.1 200 OK", done.stderr, "-v")
    check_in(f"* {PAGE}, ", done.stderr, "-v")
    check_in("> GET ", done.stderr, "-v")


def json_output(folder):
    done = linnet("get", "--json", PAGE, "-o", folder / "json-page")
    got = json.loads(done.stdout)
    check((got["status"], got["bytes"], got["error"], got["addr"], got["port"], got["exit"]) ==
          (200, 48213, "none", "192.0.2.80", 80, 0), f"--json: {got}")
    times = got["times"]
    order = [times[k] for k in ("resolved_ns", "connected_ns", "first_byte_ns", "done_ns")]
    check(order == sorted(order) and order[0] > 0, f"--json: times in order: {times}")
    check(got["counters"]["copied_between_layers"] == 0, "no copy between layers")
    check((folder / "json-page").stat().st_size == 48213, "--json -o: the page")
    for url, status, name, by in [("http://no.such.name.com/", 3, "nxdomain", None),
                                  ("http://8.8.8.8/", 5, "no-route", "198.51.100.1"),
                                  ("http://192.0.2.99/", 6, "host-unreachable", "198.51.100.6"),
                                  ("http://192.168.1.77/", 6, "host-unreachable", None),
                                  ("http://192.168.1.101/", 7, "refused", None),
                                  ("http://www.server.com/none", 22, "http-status", None),
                                  ("ftp://x/", 2, "bad-url", None)]:
        done = linnet("get", "--json", url, status=status)
        got = json.loads(done.stdout)
        check(got["error"] == name and got["exit"] == status and got["message"] and
              got["error_from"] == by, f"--json {url}: {got}")
        check(done.stderr == "", f"--json {url}: quiet on standard error: {done.stderr}")
    done = linnet("get", "--json", PAGE, "--max-time", "140ms", status=8)
    got = json.loads(done.stdout)
    check((got["error"], got["addr"], got["times"]["done_ns"]) ==
          ("timed-out", "192.0.2.80", 140_000_000), f"--json --max-time: {got}")
    check(0 < got["times"]["resolved_ns"] < 140_000_000 and
          got["times"]["connected_ns"] is None, f"--json --max-time: {got['times']}")
    done = linnet("get", "--json", PAGE, PAGE)
    first, second = map(json.loads, done.stdout.splitlines())
    check(second["times"]["resolved_ns"] in (None, 0) or
          second["times"]["resolved_ns"] < first["times"]["resolved_ns"] / 10,
          f"the second get has the address from a cache: {first['times']} {second['times']}")


def determinism(folder):
    def journey(seed, name):
        pcap = folder / name
        done = linnet("get", PAGE, "--journey=full", "--seed", seed, "--pcap", pcap)
        return done.stderr, hashlib.sha256(pcap.read_bytes()).hexdigest()

    first, again, other = journey(7, "a"), journey(7, "b"), journey(8, "c")
    check(len(first[0]) > 100000, "a full journey is long")
    check(first == again, "one seed: the same journey and capture, to the byte")
    check(first[0] != other[0], "another seed: other sequence numbers")
    runs = [linnet("lab", "run", "lossy-long-link", "--json").stdout for _ in range(2)]
    check(runs[0] == runs[1], "lab run: the same output, to the byte")


def journey_brief():
    told = linnet("get", PAGE, PAGE, "--journey").stderr
    for part in ["isp-dns", "root", "com", "ns1", "ARP", "SYN", "GET / HTTP/1.1", "200 OK"]:
        check_in(part, told, "--journey")
    check(len(told.splitlines()) < 200, f"brief is brief: {len(told.splitlines())} lines")


def lab_commands(folder):
    listed = linnet("lab", "list").stdout
    labs = pathlib.Path(__file__).parents[2] / "labs"
    for name in sorted(lab.stem for lab in labs.glob("*.yaml")):
        check_in(name, listed, "lab list")
        check_in("good", linnet("lab", "check", name).stdout, f"lab check {name}")
    bad = folder / "bad.yaml"
    bad.write_text("name: bad\ntopology:\n  nodes:\n    a: { kind: host, exce: [ip link] }\n"
                   "    b: { kind: hots }\n  links:\n    - endpoints: [\"a:eth0\", \"c:eth0\"]\n")
    done = linnet("lab", "check", bad, status=1)
    check_in(f"{bad}:4:", done.stderr, "lab check")
    check_in('did you mean "exec"?', done.stderr, "lab check")
    check_in(f"{bad}:5:", done.stderr, "lab check")
    check_in(f"{bad}:7:", done.stderr, "lab check")
    bad.write_text("name: bad\ntopology:\n  nodes:\n    a: { kind: host, exec: [ip adr add] }\n"
                   "    b: { kind: host }\n  links:\n    - endpoints: [\"a:eth0\", \"b:eth0\"]\n")
    done = linnet("lab", "check", bad, status=1)
    check_in(f"{bad}:4:", done.stderr, "lab check finds a wrong command")


def calc():
    told = [linnet("calc", *words).stdout for words in
            (["10.0.0.1/16"], ["10.0.0.1/255.255.0.0"], ["10.0.0.1", "255.255.0.0"])]
    check_in("Broadcast    10.0.255.255", told[0], "calc")
    check(told[0] == told[1] == told[2], "calc: a mask, however it is written")
    check(linnet("calc", "10.0.0.1", "10.0.0.2").stdout.count("Address ") == 2, "calc: two")
    check_in("Address      2001:db8:1::ff:fe00:101\n",
             linnet("calc", "2001:db8:1::/64", "02:00:00:00:01:01").stdout, "calc: SLAAC")
    draw = random.Random(6)
    words = [f"{ipaddress.IPv6Address(draw.getrandbits(128) & draw.getrandbits(128))}/{n}"
             for n in range(129)] + ["::/0", "::1/128", "::ffff:10.0.0.1/96", "2001:db8::/32"]
    for word, got in zip(words, json.loads(linnet("calc", "--json", *words).stdout)):
        want = ipaddress.IPv6Interface(word)
        group = ipaddress.IPv6Address(int(ipaddress.IPv6Address("ff02::1:ff00:0")) |
                                      int(want.ip) & 0xFFFFFF)
        check([ipaddress.IPv6Address(got[key]) for key in ("address", "first", "last", "mask")] ==
              [want.ip, want.network[0], want.network[-1], want.netmask] and
              [got["expanded"], got["reverse"], ipaddress.IPv6Network(got["prefix"])] ==
              [want.ip.exploded, want.ip.reverse_pointer, want.network] and
              (want.ip.is_multicast or got["solicited_node"] == str(group)),
              f"calc {word} as Python has it: {got}")


def lab_run():
    done = linnet("lab", "run", "two-hosts")
    check_in("$ ping -c 3 b", done.stdout, "lab run: actions")
    check_in("3 packets transmitted, 3 received, 0% packet loss", done.stdout, "lab run: output")
    check_in("link a:eth0--b:eth0 down", done.stdout, "lab run: a cable is pulled")
    check_in("2 packets transmitted, 0 received", done.stdout, "lab run: no answer then")
    check_in("virtual time", done.stderr, "lab run: summary")
    lines = linnet("lab", "run", "two-hosts", "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    check(events[-1]["event"] == "summary" and events[-1]["accounted"], "lab run --json: summary")
    check([e["time_ns"] for e in events] == sorted(e["time_ns"] for e in events), "times ascend")
    done = linnet("lab", "run", "internet", "--duration", "1500ms", "-q")
    check(done.stderr == "", "-q: no summary")


FILES = """name: files
topology:
  nodes:
    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0, nft -f rules.nft, ip -b routes] }
    b: { kind: host }
  links:
    - { endpoints: ["a:eth0", "b:eth0"] }
timeline:
  - { at: 1s, on: a, run: "nft list ruleset" }
  - { at: 1s, on: a, run: "ip -force -batch routes" }
"""


def files_of_commands(folder):
    """nft -f and ip -batch in a lab, with files beside it."""
    lab = folder / "files.yaml"
    lab.write_text(FILES)
    (folder / "rules.nft").write_text("table ip t { # it's a set\n set s { type ipv4_addr; }\n}\n")
    (folder / "routes").write_text("route add 10.1.0.0/16 via 10.0.0.2\n")
    done = linnet("lab", "run", lab)
    check_in("a    | \tset s {\n", done.stdout, "rules of a file")
    check_in("a    $ ip -force -batch routes\n", done.stdout, "a command without its file")
    check_in("| Command failed routes:1\n", done.stdout, "the route is there already")
    (folder / "rules.nft").write_text("table ip t { chain c { foo } }\n")
    (folder / "routes").unlink()
    done = linnet("lab", "check", lab, status=1)
    check_in(f"{lab}:4:81: file \"routes\" cannot be read", done.stderr, "a file is missing")
    check_in(f"{lab}:10:27: file \"routes\" cannot be read", done.stderr, "a file is missing")
    (folder / "routes").write_bytes(b"route\0")
    check_in("has a byte of 0", linnet("lab", "check", lab, status=1).stderr, "a binary file")
    (folder / "routes").write_text("")
    check_in(f"{lab}:4:63: on a: \"nft -f rules.nft\": rules.nft:1:24-26: Error: syntax error",
             linnet("lab", "check", lab, status=1).stderr, "a mistake in a file")


THROUGHPUT = """name: throughput
topology:
  nodes:
    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }
    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0] }
  links:
    - { endpoints: ["a:eth0", "b:eth0"], rate: 100mbit, delay: 1ms }
timeline:
  - { at: 0s, on: b, run: "iperf3 -s" }
  - { at: 0s, on: b, run: "perf -s -p 5301" }
  - { at: 1s, on: a, run: "iperf3 -c 10.0.0.2 -t 2" }
  - { at: 5s, on: a, run: "iperf3 -c 10.0.0.2 -n 4M -R -P 3" }
  - { at: 10s, on: a, run: "perf -c 10.0.0.2 -p 5301 -n 4M" }
"""


def throughput_in_a_lab(folder):
    lab = folder / "throughput.yaml"
    lab.write_text(THROUGHPUT)
    runs = [linnet("lab", "run", lab, "--duration", "20s", "-q").stdout for _ in range(2)]
    check(runs[0] == runs[1], "the same throughput, to the bit")
    check(runs[0].count("iperf Done.") == 2, f"two tests of iperf3:\n{runs[0]}")
    rates = [float(line.split()[-3]) for line in runs[0].splitlines()
             if line.endswith("receiver") and "  a    | " in line]
    check(len(rates) == 3 and all(80 < r < 96 for r in rates),
          f"a link of 100 Mbit/s carries at most 94.15 of TCP: {rates}\n{runs[0]}")


def output_that_fails(folder):
    """Standard output is full, or closed, when a capture might get its number."""
    for words in (["--version"], ["--help"], ["help"], ["get", "--help"], ["calc", "10.0.0.1/8"],
                  ["get", PAGE], ["lab", "run", "two-hosts"], ["lab", "list"]):
        for where, why in (("/dev/full", "No space left"), ("&-", "Bad file descriptor")):
            done = run("sh", "-c", f'exec "$@" >{where}', "sh", LINNET, *words, status=1)
            check_in(why, done.stderr, f"linnet {' '.join(words)} >{where}")
    for words in (["get", PAGE], ["lab", "run", "two-hosts"]):
        captures = []
        for where in ("&-", "/dev/full"):
            captures.append(folder / f"beside{len(captures)}.pcapng")
            run("sh", "-c", f'exec "$@" >{where}', "sh", LINNET, *words, "--pcap", captures[-1],
                status=1)
        check(sha256(captures[0]) == sha256(captures[1]), "captures beside a closed output")


def help_texts():
    listed = linnet("help").stdout
    for name in ["get", "lab", "up", "calc", "help", "ip", "ping", "iperf3"]:
        check(f"  {name} " in listed, f"help lists {name}")
        told = linnet(name, "--help").stdout
        check(len(told) > 80 and name in told, f"{name} --help")
    check_in("22", linnet("help", "exit").stdout, "help exit")
    check_in("linnet ", linnet("--version").stdout, "--version")
    check_in("0.0.0.2", linnet("calc", "10.100.122.2/24").stdout, "calc")
    long = [l for n in ("get", "lab", "up") for l in linnet(n, "--help").stdout.splitlines()
            if len(l) > 100]
    check(not long, f"help fits a screen: {long}")


with Folder() as folder:
    for fn in (failures, calc, lab_run, help_texts, journey_brief):
        case(fn)
    for fn in (failures_in_own_lab, page, json_output, determinism, lab_commands,
               throughput_in_a_lab, output_that_fails, files_of_commands):
        case(fn, folder)
finish()
