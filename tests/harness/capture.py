# SPDX-License-Identifier: MIT
"""Reads pcap and pcapng, and judges what TCP sent: each sequence number stands for one byte.

    frames(path)                every frame: number, interface, bytes, time (pcapng's ticks)
    segments(path, interface)   every TCP segment, of either family
    sent_by(path, source)       the streams that an address sent, by Stream

A Stream is one direction of one connection. It keeps each byte by its offset from the initial
sequence number + 1, and the faults: a byte that was sent again as another one, payload behind the
FIN, a FIN that moved. What it counts says whether a capture had anything to judge.
"""
import collections
import ipaddress
import struct

ETH_IP, ETH_IPV6, IP_TCP = 0x0800, 0x86DD, 6
FIN, SYN, RST, ACK = 1, 2, 4, 16

Frame = collections.namedtuple("Frame", "number interface data time", defaults=[None])
Segment = collections.namedtuple("Segment", "frame source dest seq flags payload")


def _classic(data):
    """draft-ietf-opsawg-pcap"""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, number = 24, 0
    while at + 16 <= len(data):
        size, full = struct.unpack_from(order + "8xII", data, at)
        number += 1
        if size != full:
            raise ValueError(f"frame {number} is cut")
        yield Frame(number, "", data[at + 16:at + 16 + size])
        at += 16 + size


def _option(data, order, wanted):
    at = 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from(order + "HH", data, at)
        if code == wanted:
            return data[at + 4:at + 4 + size].decode()
        if not code:
            break
        at += 4 + (size + 3) // 4 * 4
    return ""


def _blocks(data):
    """draft-ietf-opsawg-pcapng 3.1; the last block may be under way still."""
    at, order = 0, "<"
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, size = struct.unpack_from(order + "II", data, at)
        yield order, kind, data[at + 8:at + size - 4]
        at += size


def _pcapng(data):
    names, number = [], 0
    for order, kind, body in _blocks(data):
        if kind == 0x0A0D0D0A:
            names = []
        elif kind == 1:
            names.append(_option(body[8:], order, 2))
        elif kind == 6:
            interface, high, low, size, full = struct.unpack_from(order + "5I", body)
            number += 1
            if size != full:
                raise ValueError(f"frame {number} is cut")
            yield Frame(number, names[interface], body[20:20 + size], high << 32 | low)


def frames(path):
    with open(path, "rb") as f:
        data = f.read()
    return _pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else _classic(data)


def _tcp(frame):
    """Where TCP begins and the packet ends, and the addresses; None: it is something else."""
    data = frame.data
    kind = struct.unpack_from("!H", data, 12)[0]
    if kind == ETH_IP and data[23] == IP_TCP:
        size, fragment = struct.unpack_from("!H2xH", data, 16)
        if fragment & 0x3FFF:
            raise ValueError(f"frame {frame.number}: TCP in a fragment")
        return 14 + (data[14] & 15) * 4, 14 + size, data[26:30], data[30:34]
    if kind == ETH_IPV6 and data[20] == IP_TCP:
        return 54, 54 + struct.unpack_from("!H", data, 18)[0], data[22:38], data[38:54]
    return None


def segments(path, interface=None):
    """interface: only frames that were seen there."""
    for frame in frames(path):
        data = frame.data
        if interface not in (None, frame.interface) or len(data) < 54:
            continue
        found = _tcp(frame)
        if not found:
            continue
        tcp, end, source, dest = found
        sport, dport, seq, offset, flags = struct.unpack_from("!HHI4xBB", data, tcp)
        yield Segment(frame.number, (str(ipaddress.ip_address(source)), sport),
                      (str(ipaddress.ip_address(dest)), dport), seq, flags,
                      data[tcp + (offset >> 4) * 4:end])


class Stream:
    """What one end of a connection sent."""

    def __init__(self, syn):
        self.source, self.dest, self.isn = syn.source, syn.dest, syn.seq
        self.data, self.known, self.brought = bytearray(), bytearray(), []
        self.fin = None
        self.faults = []
        self.segments = self.again = self.other_borders = 0

    def __str__(self):
        return "%s:%d > %s:%d" % (*self.source, *self.dest)

    def _who_brought(self, at):
        return next(f for first, last, f in self.brought if first <= at < last)

    def _compare(self, frame, at, payload):
        end = at + len(payload)
        for i in range(at, min(end, len(self.data))):
            if self.known[i] and self.data[i] != payload[i - at]:
                self.faults.append(f"{self}: byte {i} is {self.data[i]:#04x} in frame "
                                   f"{self._who_brought(i)} and {payload[i - at]:#04x} in frame "
                                   f"{frame}")
                return

    def _place(self, frame, at, payload):
        end = at + len(payload)
        before = self.known[at:end]
        if any(before):
            self.again += 1
            self.other_borders += not any(f == at and l == end for f, l, _ in self.brought)
            if self.data[at:end] != payload or not all(before):
                self._compare(frame, at, payload)
        if end > len(self.data):
            self.known.extend(bytes(end - len(self.data)))
            self.data.extend(bytes(end - len(self.data)))
        self.data[at:end] = payload
        self.known[at:end] = b"\1" * len(payload)
        self.brought.append((at, end, frame))

    def add(self, s):
        at = (s.seq - self.isn - 1 + (1 << 31)) % (1 << 32) - (1 << 31)
        end = at + len(s.payload)
        self.segments += 1
        if s.flags & (SYN | RST) and s.payload:
            self.faults.append(f"{self}: frame {s.frame}: payload with SYN or RST")
        elif s.payload and at < 0:
            self.faults.append(f"{self}: frame {s.frame}: payload before the first byte")
        elif s.payload:
            self._place(s.frame, at, s.payload)
        if s.flags & FIN:
            if self.fin not in (None, end):
                self.faults.append(f"{self}: frame {s.frame}: FIN at {end}, before at {self.fin}")
            self.fin = end
        if self.fin is not None and len(self.data) > self.fin:
            self.faults.append(f"{self}: frame {s.frame}: payload behind the FIN at {self.fin}")

    def whole(self):
        """From the first byte to the FIN without a hole."""
        return self.fin == len(self.data) and all(self.known)


def sent_by(path, source, interface=None):
    """Streams from the address source whose SYN was seen, in order of it."""
    streams, live = [], {}
    for s in segments(path, interface):
        if s.source[0] != source:
            continue
        key = s.source, s.dest
        if s.flags & SYN and (key not in live or live[key].isn != s.seq):
            live[key] = Stream(s)
            streams.append(live[key])
        elif key in live and not s.flags & SYN:
            live[key].add(s)
    return streams
