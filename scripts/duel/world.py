# SPDX-License-Identifier: MIT
"""Runs a talk against linnet or the kernel, and reads what came of it."""
import collections
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "harness"))
import capture

LINNET = os.environ.get("LINNET") or str(ROOT / "build" / "release" / "linnet")
FLAGS = "FSRP.UEWA"
MACHINE = bytes([2, 0, 0, 0, 0, 1])  # whom linnet's captures of scripts take for the sender

# at: seconds since the first packet; seq and ack count from the first numbers of each side; port:
# the peer's.
Packet = collections.namedtuple(
    "Packet", "at out flags seq size ack win urg options tos stamp ip port")
# said: (line, what), in order: results of calls, what was printed; late: seconds by which a step of
# the script came too late.
Outcome = collections.namedtuple("Outcome", "packets said status told late")


def _options(tcp, end, base, out):
    """(text, TSval): without the machine's timestamps, which are the clock's."""
    at, words, stamp = 20, [], None
    while at < end and tcp[at]:
        if tcp[at] == 1:
            at += 1
            continue
        kind, size = tcp[at], tcp[at + 1]
        body = tcp[at + 2:at + size]
        if kind == 8:
            stamp, echo = struct.unpack("!II", body)
            words.append(f"TS ecr {echo}" if out else "TS")
        elif kind == 5:
            words.append("sack " + " ".join(
                f"{(a - base) % 2**32}:{(b - base) % 2**32}"
                for a, b in struct.iter_unpack("!II", body)))
        elif kind == 2:
            words.append(f"mss {struct.unpack('!H', body)[0]}")
        elif kind == 3:
            words.append(f"wscale {body[0]}")
        elif kind == 4:
            words.append("sackOK")
        elif kind == 19:
            words.append("md5")
        else:
            words.append(f"{kind}:{body.hex()}" if kind != 34 else "FO")
        at += max(size, 2)
    return ",".join(words), stamp


def _ip(data):
    """(where TCP begins, where the packet ends, traffic class, the rest), or None: no TCP."""
    if data[14] >> 4 == 4:
        size = struct.unpack_from("!H", data, 16)[0]
        more = f"ttl {data[22]}{' df' * (data[20] >> 6 & 1)}"
        return (14 + (data[14] & 15) * 4, 14 + size, data[15], more) if data[23] == 6 else None
    size = struct.unpack_from("!H", data, 18)[0]
    tos = (data[14] << 4 | data[15] >> 4) & 255
    return (54, 54 + size, tos, f"ttl {data[21]}") if data[20] == 6 else None


class _Reader:
    """Numbers are told from where each side of a connection began."""

    def __init__(self):
        self.first = {}		# by the peer's port and the side
        self.zero = None

    def read(self, frame):
        data, out = frame.data, frame.data[6:12] == MACHINE
        if self.zero is None:
            self.zero = frame.time
        found = _ip(data)
        if not found:
            return None
        start, end, tos, ip = found
        tcp = data[start:end]
        ports = struct.unpack_from("!HH", tcp)
        port = ports[out]
        seq, ack, bits, win, _, urg = struct.unpack_from("!IIHHHH", tcp, 4)
        flags = "".join(c for i, c in enumerate(FLAGS) if bits >> i & 1)
        if (port, out) not in self.first or ("S" in flags and out):
            self.first[port, out] = seq
        head = (bits >> 12) * 4
        theirs = self.first.get((port, not out), 0)
        text, stamp = _options(tcp, head, theirs, out)
        return Packet((frame.time - self.zero) / 1e9, out, flags,
                      (seq - self.first[port, out]) % 2**32, len(tcp) - head,
                      (ack - theirs) % 2**32 if "." in flags else 0, win,
                      urg if "U" in flags else 0, text, tos, stamp, ip, port)


def read_packets(path):
    reader = _Reader()
    return [p for p in map(reader.read, capture.frames(path)) if p]


def _said(text, script):
    """Calls and prints, by the number of their line."""
    out, pending = [], []
    for line in text.splitlines():
        m = re.match(re.escape(script) + r":(\d+): (.*)", line)
        if not m:
            pending.append(line)
            continue
        returned = re.match(r"(\w+\(\) returned .*)", m[2])
        if returned:	# which descriptor is the machine's own
            out.append((int(m[1]), re.sub(r"(accept4?\(\) returned) \d+", r"\1", returned[1])))
        elif "print(" in m[2] and pending:
            out.append((int(m[1]), " ".join(pending).strip()))
        pending = []
    return out


# In real time what is late is wrong.
HURRY = ["chrt", "-f", "50"]


def run(text, kernel=False):
    """Return: the Outcome of a script."""
    with tempfile.TemporaryDirectory(prefix="duel-") as folder:
        script, pcap = os.path.join(folder, "talk.pkt"), os.path.join(folder, "talk.pcapng")
        pathlib.Path(script).write_text(text)
        words = [LINNET, "drill", "-v", "--pcap", pcap]
        if kernel:
            words = [*HURRY, *words, "--against", "kernel", "--scale", "30"]
        done = subprocess.run([*words, script], capture_output=True, text=True, timeout=120)
        told = done.stderr.replace(script, "talk.pkt")
        packets = read_packets(pcap) if os.path.exists(pcap) else []
        late = re.search(r"line \d+ came ([\d.]+) s late", told)
        return Outcome(packets, _said(done.stdout, script), done.returncode, told,
                       float(late[1]) if late else 0)
