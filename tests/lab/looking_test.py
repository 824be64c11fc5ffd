#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a person who looks around in a lab is told: where names come from, which servers refer to
which, the frames as they pass; and that two runs say the same, summary included."""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINNET = os.environ.get("LINNET") or str(ROOT / "build" / "release" / "linnet")
NAMES = """name: names
topology:
  nodes:
    a:
      kind: host
      hosts: { web: 10.0.0.2 }
      dns: [10.0.0.3, 10.0.0.4]
      exec: [ip addr add 10.0.0.1/24 dev eth0]
      actions:
        - { at: 1s, run: "cat /etc/hosts" }
        - { at: 1s, run: "cat /etc/resolv.conf" }
        - { at: 2s, run: "tcpdump -i eth0 -c 3" }
        - { at: 3s, run: "ping web -c 1" }
        - { at: 4s, run: "cat /proc/net/snmp" }
    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0] }
  links:
    - { endpoints: ["a:eth0", "b:eth0"], loss: 1% }
"""
WAITS = """name: waits
topology:
  nodes:
    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }
    b: { kind: host, actions: [ { at: 1s, run: "nc -l 7" } ] }
  links: [ { endpoints: ["a:eth0", "b:eth0"] } ]
"""
# The tree by hand, as dig shows it: each server says who knows more.
WALK = """
timeline:
  - { at: 1s, on: laptop, run: "dig @198.51.100.18 +norecurse www.server.com" }
  - { at: 2s, on: laptop, run: "dig @203.0.113.53 www.server.com" }
"""


def run(folder, text, *options):
    path = pathlib.Path(folder) / "lab.yaml"
    path.write_text(text)
    done = subprocess.run([LINNET, "lab", "run", str(path), *options], capture_output=True,
                          text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def expect(text, *parts):
    at = 0
    for part in parts:
        found = text.find(part, at)
        if found < 0:
            sys.exit(f"no {part!r} behind {text[:at][-60:]!r} in:\n{text}")
        at = found + len(part)


def main():
    with tempfile.TemporaryDirectory() as folder:
        first = run(folder, NAMES)
        expect(first[1], "web", "| nameserver 10.0.0.3", "| nameserver 10.0.0.4",
               "| listening on eth0", "ARP, Request who-has 10.0.0.2 tell 10.0.0.1",
               "ARP, Reply 10.0.0.2 is-at 02:00:00:00:02:01",
               "IP 10.0.0.1 > 10.0.0.2: ICMP echo request", "| 3 packets captured")
        expect(first[2], "--- lab names: ", " s of virtual time, ")
        if run(folder, NAMES) != first:
            sys.exit("two runs of one lab say different things")
        status, _, told = run(folder, WAITS)
        expect(told, "programs still waited when nothing was left that could happen")
        if status:
            sys.exit(f"a lab whose program waits ends with {status}")
        internet = (ROOT / "labs" / "internet.yaml").read_text()
        for name in ("pages", "zones"):
            (pathlib.Path(folder) / name).symlink_to(ROOT / "labs" / name)
        cut = internet.find("\ntimeline:")
        _, out, _ = run(folder, (internet if cut < 0 else internet[:cut]) + WALK)
        expect(out, "status: NOERROR; flags: qr; ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2",
               ";; AUTHORITY SECTION:", "com.", "NS", "a.com-servers.example.",
               ";; ADDITIONAL SECTION:", "198.51.100.22", "SERVER: 198.51.100.18#53",
               "flags: qr rd ra; ANSWER: 1", "192.0.2.80")
    return 0


if __name__ == "__main__":
    sys.exit(main())
