#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tcpdump watches what linnet sends while kernel tools talk to it; tshark finds nothing malformed
and no bad checksum in it, each sequence number stands for one byte, and a page for those of its
file. linnet's own captures open in tshark, with names and comments."""
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "harness"))
import capture
from interop import *
from tshark import check_capture, tshark

SIZE = 2 << 20
LAST = b"this is the last datagram"


def check_bytes(pcap, bulk, what):
    """What was sent again is what was sent before; the page is the file."""
    streams = capture.sent_by(pcap, US)
    for s in streams:
        check(not s.faults, f"{what}: {s.faults[:3]}")
        check(s.fin in (None, len(s.data)), f"{what}: {s}: FIN at {s.fin}, {len(s.data)} bytes")
    pages = [s for s in streams if s.source[1] == 80 and len(s.data) > len(bulk)]
    check(len(pages) == 1, f"{what}: one page: {[str(s) for s in pages]}")
    for s in pages:
        check(all(s.known), f"{what}: {s}: every byte was sent")
        body = bytes(s.data).partition(b"\r\n\r\n")[2]
        check(body == bulk, f"{what}: {s}: the bytes are those of the file")
    return sum(s.again for s in streams)


def talk(root, folder, link):
    """Something of everything. Nobody sends a datagram again that a link lost."""
    datagrams = None if link else 0
    run("ping", "-c", 3, "-i", 0.01, US, status=datagrams)
    run("ping", "-c", 2, "-i", 0.01, "-s", 5000, US, status=datagrams)
    run("curl", "-sS", "-o", folder / "out", f"http://{US}/bulk.bin")
    run("curl", "-sS", "-o", folder / "out", f"http://{US}/none")
    run("dig", "+tries=1", "@" + US, "www.example.test", status=datagrams)
    run("dig", "+tcp", "+tries=1", "@" + US, "www.example.test")
    run("iperf3", "-c", US, "-n", "2M")
    iperf3_is_free()
    run("iperf3", "-c", US, "-n", "2M", "-R")
    run("bash", "-c", f"echo x > /dev/udp/{US}/9; : < /dev/tcp/{US}/9", status=1)
    linnet("ping", "-c", 2, "-i", 0.01, KERNEL, status=datagrams)
    linnet("traceroute", "-n", "-w", 1, KERNEL, status=datagrams)
    linnet("iperf3", "-c", KERNEL, "-n", "2M", status=None)
    linnet("nc", "-w", 1, KERNEL, 5, status=None)


def what_linnet_sends(folder, link, offload):
    root = folder / "www"
    root.mkdir(exist_ok=True)
    random_file(root / "bulk.bin", SIZE)
    (folder / "zone").write_text("$ORIGIN example.test.\n@ 60 IN SOA ns a 1 2 3 4 5\n"
                                 "@ 60 IN NS ns\nns 60 IN A 10.0.0.2\nwww 60 IN A 10.0.0.1\n")
    pcap, own = folder / "tcpdump.pcap", folder / "own.pcapng"
    dump = Background(folder / "tcpdump.log", "tcpdump", "-i", "tap0", "-U", "-B", 65536, "-s", 0,
                      "-Z", "root", "-w", pcap)
    dump.wait_for_text("listening on")
    b = up(folder, "--http", root, "--iperf3", "--dns-zone", folder / "zone", "--pcap", own,
           "--mac", "02:00:00:00:00:42", *(["--link", link] if link else []),
           *([] if offload else ["--no-offload"]))
    talk(root, folder, link)
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(LAST, (US, 9))
    dump.wait_for(lambda: LAST in pcap.read_bytes(), "last datagram")
    down(b)
    check(dump.stop(signal.SIGINT) == 0, f"tcpdump: {dump.log.read_text()}")
    check_in("\n0 packets dropped by kernel", dump.log.read_text(), "tcpdump saw all")
    ours, bulk = "eth.src == 02:00:00:00:00:42", (root / "bulk.bin").read_bytes()
    for name, which in ((pcap, "tcpdump"), (own, "--pcap")):
        what = f"{which}, link {link!r}, offload {offload}"
        check_capture(name, ours, what, offload)
        again = check_bytes(name, bulk, what)
    check(again or not link, "what the link lost was sent again, behind the card's capture")


def captures_of_labs(folder):
    pcap = folder / "lab.pcapng"
    linnet("get", "http://www.server.com/", "--pcap", pcap, "-o", "/dev/null")
    names = set(tshark(pcap, "-T", "fields", "-e", "frame.interface_name"))
    for name in ("laptop:eth0", "sw1:p1", "home:wan0", "isp:core0", "core:dc0", "web:eth0"):
        check(name in names, f"an interface {name}: {sorted(names)}")
    for name in ("laptop:eth0", "core:dc0", "web:eth0"):
        # One stream seen at many places at once looks like nonsense: each place for itself.
        one = folder / "one.pcapng"
        run("tshark", "-r", pcap, "-Y", f'frame.interface_name == "{name}"', "-w", one)
        # tshark takes the first bytes of a packet that ICMP quotes for the whole, and sums them up
        wrong = tshark(one, "-Y", "_ws.malformed or (_ws.expert.severity == 8388608 and "
                       "not icmp.type == 3)")
        check(not wrong, f"nothing malformed at {name}: {wrong[:3]}")
    bad = tshark(pcap, "-Y", "ip.checksum.status == 0 or icmp.checksum.status == 0 or "
                 "((tcp.checksum.status == 0 or udp.checksum.status == 0) and not icmp.type == 3)")
    check(not bad, f"no bad checksum in the lab: {bad[:3]}")
    quoted = set(tshark(pcap, "-Y", "icmp.type == 3", "-T", "fields", "-e", "tcp.checksum"))
    sent = set(tshark(pcap, "-Y", "tcp and not icmp", "-T", "fields", "-e", "tcp.checksum"))
    check(quoted and quoted <= sent, f"what ICMP quotes was sent: {quoted - sent}")
    syn = tshark(pcap, "-Nn", "-Y", "tcp.flags.syn == 1 and tcp.flags.ack == 0", "-T", "fields",
                 "-e", "frame.interface_name", "-e", "frame.packet_id", "-e", "_ws.col.Source",
                 "-e", "_ws.col.Destination")
    rows = [line.split("\t") for line in syn]
    check([r[0].split(":")[0] for r in rows[::2]] ==
          ["laptop", "sw1", "home", "isp", "core", "dc", "sw2"], f"the way of the SYN: {rows}")
    check(len({r[1] for r in rows}) == 1, f"it is one packet, by its id: {rows}")
    inside = ("laptop", "sw1", "home:lan0")
    check(all((r[2], r[3]) == ("laptop" if r[0].startswith(inside) else "home", "web")
              for r in rows), f"addresses have names, home's where it masquerades: {rows}")
    comments = tshark(pcap, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
    check(comments, "frames have comments")
    times = tshark(pcap, "-T", "fields", "-e", "frame.time_epoch", "-c", "50")
    check(any(len(t.split(".")[1].rstrip("0")) > 6 for t in times), f"nanoseconds: {times[:5]}")


enter()
need("tcpdump", "tshark", "curl", "dig", "iperf3", "ping", "bash")
with Folder() as folder:
    case(captures_of_labs, folder)
    for link, offload in ((None, False), (LOSSY, False), (None, True)):
        case(what_linnet_sends, folder, link, offload)
finish()
