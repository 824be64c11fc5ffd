#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Malformed packets against linnet and against this machine's kernel. Both answer the same; what
linnet does not answer it has delivered, or keeps for a while, or dropped with a reason."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from malformed import *

# What linnet answers otherwise than the kernel, and why: how the case's name begins.
SECURITY_LABEL = "CIPSO is an option like others that are not known"
NO_SUCH_PROTOCOL = "linnet has no such protocol"
UNKNOWN_OPTION = " is an option like others that are not known (RFC 8200 4.2)"
ROUTING = "RPL and segment routing are types like others that are not known (RFC 8200 4.4)"
OTHERWISE = {
    "ipv4_options: option 134": SECURITY_LABEL,
    "ipv4_options_in_errors: option 134": SECURITY_LABEL,
    "ipv4_header: protocol 2:": "IGMP only when somebody has joined a group",
    "ipv4_header: protocol 103": NO_SUCH_PROTOCOL, "ipv4_header: protocol 136": NO_SUCH_PROTOCOL,
    "ipv6_header: next header 103": NO_SUCH_PROTOCOL,
    "ipv6_header: next header 136": NO_SUCH_PROTOCOL,
    "ipv6_header: echo request from :::": "nobody is there to answer (RFC 4291 2.5.2)",
    "ipv6_extensions: header 0, option 0x07": "CALIPSO" + UNKNOWN_OPTION,
    "ipv6_extensions: header 0, option 0x31": "IOAM" + UNKNOWN_OPTION,
    "ipv6_extensions: routing type 3": ROUTING, "ipv6_extensions: routing type 4": ROUTING,
    "tcp_options: option 29": "linnet has TCP-AO, this kernel may be built without",
}


def tcp_answer(segment):
    """Flags, what is acknowledged, window, options; numbers that are made up are left out."""
    sport, dport, seq, ack, offset, flags, window = struct.unpack_from("!HHIIBBH", segment)
    options, data, values = segment[20:(offset >> 4) * 4], segment[(offset >> 4) * 4:], []
    while options:
        length = options[1] if options[0] > 1 else 1
        values.append("TS" if options[0] == 8 else options[:length].hex())
        options = options[length:]
    own = "" if flags & SYN else f" seq {seq:#x}"
    return f"TCP {sport}>{dport} flags {flags:#04x}{own} ack {ack:#x} window {window} " \
           f"options {' '.join(values)} data {len(data)}"


def without_times(data):
    """Where the milliseconds since midnight stand: the time of the answer differs."""
    now, text = int(time.time() * 1000) % 86400000, ""
    for i in range(0, len(data) - 3, 4):
        word = data[i:i + 4]
        recent = 0 <= now - int.from_bytes(word, "big") < 60000
        text += " now" if recent else " " + word.hex()
    return text + data[len(data) & ~3:].hex()


def without_options(message):
    """The rest of an ICMP message, without the options of an IPv4 header that it quotes: Linux has
    written its part of them before (and leaves their checksum wrong), linnet quotes what came."""
    if message[0] not in (3, 11, 12) or len(message) < 28:
        return message[4:]
    return message[4:28] + message[8 + (message[8] & 15) * 4:]


def answer(frame):
    """A frame in words, without what differs from machine to machine; None: not an answer."""
    kind, = struct.unpack_from("!H", frame, 12)
    if kind == 0x806:
        asks = frame[21] == 1
        return None if asks else f"ARP to {frame[32:42].hex()} says {frame[22:32].hex()}"
    if kind == 0x86DD:
        packet = frame[14:54 + struct.unpack_from("!H", frame, 18)[0]]
        nexthdr, payload = packet[6], packet[40:]
        if nexthdr == 0 and payload[0] == 58 or nexthdr == 58 and payload[0] in (133, 135, 143):
            return None     # what it asks by itself
        words = f"from {packet[8:24].hex()} to {packet[24:40].hex()} hop limit {packet[7]}: "
    elif kind == 0x800:
        packet = frame[14:14 + struct.unpack_from("!H", frame, 16)[0]]
        hlen = (packet[0] & 15) * 4
        nexthdr, payload = packet[9], packet[hlen:]
        words = f"from {packet[12:16].hex()} to {packet[16:20].hex()} options " \
                f"{without_times(packet[20:hlen])} ttl {packet[8]}: "
    else:
        return f"type {kind:#06x}"
    if nexthdr == 6:
        return words + tcp_answer(payload)
    if nexthdr in (1, 58):
        return words + f"ICMP {payload[0]}/{payload[1]} {without_times(without_options(payload))}"
    return words + f"protocol {nexthdr}"


def hang_up(target, frames):
    """A connection that a case has begun is over: a RST at what its SYN,ACK expects."""
    for frame in frames:
        if frame[12:14] == b"\x08\0" and frame[23] == 6 and frame[47] & SYN:
            sport, dport, _, ack = struct.unpack_from("!HHII", frame, 34)
            target.send(ip(TCP(sport=dport, dport=sport, seq=ack, flags="R"),
                           src=socket.inet_ntoa(frame[30:34])))
        elif frame[12:14] == b"\x86\xdd" and frame[20] == 6 and frame[67] & SYN:
            sport, dport, _, ack = struct.unpack_from("!HHII", frame, 54)
            target.send(ip6(TCP(sport=dport, dport=sport, seq=ack, flags="R")))


def stat():
    """linnet's ledger, asked by its control socket (src/host/control.h): quick."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(f"{os.environ['XDG_RUNTIME_DIR']}/linnet/tap0.sock")
    command, told = b"stat --json", b""
    s.sendall(struct.pack("!BI", ord("c"), len(command)) + command)
    stream = s.makefile("rb")
    while head := stream.read(5):
        kind, size = struct.unpack("!BI", head)
        data = stream.read(size)
        told += data if kind == ord("o") else b""
    return json.loads(told)


def fate(before):
    """What the ledger tells of the one packet, and the fence behind it, that came since."""
    after = stat()
    reasons = {d["reason"]: d["count"] for d in after["drops"]}
    for d in before["drops"]:
        reasons[d["reason"]] -= d["count"]
    dropped = [reason for reason, n in reasons.items() if n]
    consumed = after["frames"]["consumed"] - before["frames"]["consumed"]
    waits = after["frames"]["queued"] - before["frames"]["queued"]
    return dropped or (["delivered"] if consumed else ["waits"] if waits else [])


def run_cases(target, cases, with_fate=False):
    """For each case its answers, in words, and what became of one that has none."""
    results = []
    for _, frame in cases:
        before = stat() if with_fate else None
        target.send(frame)
        frames = target.fence()
        answers = [a for a in map(answer, frames) if a]
        results.append((answers, fate(before) if with_fate and not answers else None))
        hang_up(target, frames)
        target.fence()
    return results


def malformed_packets_are_answered_as_by_the_kernel(theirs, ours):
    for group in GROUPS:
        compare(group, theirs, ours)


def compare(group, theirs, ours):
    cases = list(group())
    kernel, own = run_cases(theirs, cases), run_cases(ours, cases, with_fate=True)
    known = 0
    for (name, _), (wanted, _), (got, fate) in zip(cases, kernel, own):
        what = f"{group.__name__}: {name}"
        reason = next((r for begin, r in OTHERWISE.items() if (what + ":").startswith(begin)), None)
        known += wanted != got and reason is not None
        check(wanted == got or reason,
              f"{what}:\n    the kernel answers {wanted}\n    linnet answers {got}")
        check(got or fate, f"{what}: neither answered, nor delivered, nor dropped with a reason")
    print(f"{group.__name__}: {len(cases)} packets, {sum(bool(a) for a, _ in own)} answered, "
          f"{known} otherwise than by the kernel, with a reason")


UNLIMITED = ("net.ipv4.icmp_ratelimit=0", "net.ipv4.icmp_msgs_per_sec=1000000",
             "net.ipv4.icmp_msgs_burst=1000000", "net.ipv4.tcp_invalid_ratelimit=0",
             "net.ipv6.icmp.ratelimit=0", "net.ipv6.conf.all.disable_ipv6=0")


def two_machines(folder):
    """The kernel and linnet, each with both families, no limits, and a listener of each."""
    for key in UNLIMITED:
        run("sysctl", "-qw", key, status=None)
    run("sysctl", "-qw", "net.ipv6.conf.default.accept_ra=0")
    run("sysctl", "-qw", "net.ipv6.conf.tap0.disable_ipv6=1")
    kernel = the_kernel()
    run("ip", "route", "add", "default", "via", PEER)
    run("ip", "-6", "addr", "add", TARGET6 + "/64", "dev", "ktap", "nodad")
    run("ip", "-6", "neigh", "add", PEER6, "lladdr", PEER_MAC, "dev", "ktap")
    run("ip", "-6", "route", "add", "default", "via", PEER6, "dev", "ktap")
    (folder / "www").mkdir()
    b, own = linnet_itself(folder, "--gw", PEER, "--http", folder / "www")
    rmem = linnet("sysctl", "-n", "net.ipv4.tcp_rmem").stdout.strip()
    run("sysctl", "-qw", "net.ipv4.tcp_rmem=" + rmem)   # from which the window scale comes
    listeners = [socket.create_server((TARGET, OPEN), backlog=128),
                 socket.create_server((TARGET6, OPEN), family=socket.AF_INET6, backlog=128)]
    for key in UNLIMITED:
        linnet("sysctl", "-w", key)
    linnet("ip", "addr", "add", TARGET6 + "/64", "dev", "eth0", "nodad")
    linnet("ip", "neigh", "add", PEER6, "lladdr", PEER_MAC, "dev", "eth0")
    linnet("ip", "-6", "route", "add", "default", "via", PEER6, "dev", "eth0")
    return kernel, listeners, b, own


enter()
with Folder() as folder:
    kernel, listeners, b, own = two_machines(folder)
    case(malformed_packets_are_answered_as_by_the_kernel, kernel, own)
    down(b)
finish()
