#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the first inputs of stack_frames and stack_nomem: make_stack_corpus.py FOLDER

The format is in tests/harness/fuzz_stack.h. Each file is one short story; what the fuzzer found
later stands beside them under names of its own.
"""
import os
import struct
import sys

RAW, TCP, UDP, ICMP, ARP, IP, PATCH, TIME, CALL, CTL, CARRIER, STALL, ECHO, IP6 = range(14)
BRIDGE, POOR, TRACED, NO_ARP, COSTLY, ABRUPT, SMALL_MTU, COOKIES = (1 << i for i in range(8))
FIN, SYN, RST, PSH, ACK, URG = (1 << i for i in range(6))
NIC1, BATCH, FAIL = 0x40, 0x80, 0x20
MSS, WSCALE, SACK_PERM, TS, SACK = 1, 2, 4, 8, 16


def rec(op, *parts):
    body = b"".join(p if isinstance(p, bytes) else bytes([p & 255]) for p in parts)
    return struct.pack("<BH", op, len(body)) + body


def u16(n):
    return struct.pack("<H", n & 0xffff)


def tcp(flags, seq=0, back=0, win=8000, opts=TS, optb=bytes(2), length=0, flow=0, op=TCP, new=b"",
        urg=None):
    return rec(op, flow | (0x20 if new else 0), flags, new, u16(seq), u16(back), u16(win),
               b"" if urg is None else u16(urg), opts, optb, u16(length))


def run(steps=1):
    return rec(TIME, (steps - 1) & 0x1f)


def wait(power, more=0):
    return rec(TIME, 0x80 | power, u16(more))


def sack(*blocks):
    return bytes(2) + bytes([len(blocks) - 1]) + b"".join(u16(a) + u16(n) for a, n in blocks)


syn_opts = MSS | WSCALE | SACK_PERM | TS
syn_bytes = u16(1460) + bytes([7, 0, 0])
frame = (bytes.fromhex("020000000001020000000002") + b"\x08\x00" +
         bytes.fromhex("4500001c000100004001") + bytes(2) + bytes([10, 0, 0, 2, 10, 0, 0, 1]) +
         bytes.fromhex("0800f7ff00000000"))

def ip6(to, frm, nexthdr, payload, hops=64, how=0):
    return rec(IP6, to << 4 | frm, how, hops, nexthdr, payload)


def a6(tail, net=b"\x20\x01\x0d\xb8"):
    return net + bytes(12 - len(tail)) + tail


def ns6(target, lladdr=True):
    return (bytes([135, 0]) + bytes(6) + target +
            (bytes([1, 1, 2, 0, 0, 0, 0, 2]) if lladdr else b""))


def na6(target, flags=0x60):
    return bytes([136, 0, 0, 0, flags, 0, 0, 0]) + target + bytes([2, 1, 2, 0, 0, 0, 0, 2])


def frag6(nexthdr, offset, more, data, ident=7):
    return bytes([nexthdr, 0]) + struct.pack(">HI", offset | more, ident) + data


echo6 = bytes([128, 0, 0, 0, 0, 7, 0, 1]) + b"abcdefgh"
own6, peer6 = a6(b"\1"), a6(b"\2")
quoted6 = (struct.pack(">IHBB", 6 << 28, 1400, 6, 60) + own6 +
           a6(b"\x09\0\0\0\0\0\0\0\x09") + bytes(20))

STORIES = {
    "ip6_echo": (TRACED, ip6(0, 3, 58, echo6) + ip6(0, 3, 58, na6(peer6), 255) + run(3) +
                 ip6(6, 3, 58, echo6) + ip6(0, 3, 58, echo6, how=1) + rec(ECHO) + run(3)),
    "ip6_neigh": (0, ip6(7, 3, 58, ns6(own6), 255) + ip6(7, 9, 58, ns6(own6, False), 255) +
                  ip6(0, 3, 58, na6(peer6), 255) + ip6(0, 3, 58, na6(peer6, 0x40), 255) +
                  ip6(6, 3, 58, na6(a6(b"\7")), 255) + ip6(0, 3, 58, ns6(own6), 64) + wait(30)),
    "ip6_exthdrs": (0, ip6(0, 3, 0, bytes([58, 0, 5, 2, 0, 0, 1, 0]) + echo6) +
                    ip6(0, 3, 60, bytes([58, 0, 0x9e, 2, 0, 0, 1, 0]) + echo6) +
                    ip6(0, 3, 43, bytes([58, 0, 0, 1]) + bytes(4) + echo6) +
                    ip6(0, 3, 60, bytes([60, 1, 1, 12]) + bytes(12) + bytes([59, 0, 1, 4, 0, 0, 0,
                        0])) + ip6(0, 3, 254, b"x") + ip6(6, 3, 60, bytes([58, 0, 0xde, 4, 0, 0, 0,
                        0]) + echo6) + run(2)),
    "ip6_fragments": (0, ip6(0, 3, 44, frag6(58, 0, 1, echo6)) + ip6(0, 3, 44, frag6(58, 16, 0,
                      b"end")) + ip6(0, 3, 44, frag6(17, 0, 1, b"y" * 64, 8)) +
                      ip6(0, 3, 44, frag6(17, 32, 1, b"y" * 64, 8)) +
                      ip6(0, 3, 44, frag6(58, 0, 0, echo6, 9)) +
                      ip6(0, 3, 44, frag6(60, 0, 1, b"\x3a\x05" + bytes(6), 10)) +
                      ip6(0, 3, 44, frag6(17, 65528, 0, b"123456789", 11)) + wait(36)),
    "ip6_forward": (0, ip6(4, 3, 17, b"u" * 100) + ip6(3, 4, 17, b"u" * 1300, how=0x80) +
                    ip6(12, 3, 17, b"u", 1) + ip6(12, 3, 6, bytes(20)) + ip6(4, 5, 17, b"u" * 9) +
                    run(4) + rec(CTL, 21) + wait(34)),
    "ip6_errors": (0, ip6(0, 3, 58, bytes([2, 0, 0, 0, 0, 0, 5, 0]) + quoted6) +
                   ip6(0, 3, 58, bytes([1, 4, 0, 0, 0, 0, 0, 0]) + quoted6) +
                   ip6(0, 3, 58, bytes([3, 0, 0, 0, 0, 0, 0, 0]) + quoted6[:30]) +
                   ip6(0, 3, 58, bytes([100, 0, 0, 0, 0, 0, 0, 0]) + quoted6) + run(2)),
    "raw": (0, rec(RAW, frame) + rec(PATCH, 3, 0) + rec(RAW | NIC1, frame[:20]) + rec(ECHO)),
    "data": (TRACED, tcp(ACK, length=1000) + tcp(ACK | PSH, length=300) + rec(CALL, 7, 8,
             u16(900), 16,
             128, 1) + tcp(FIN | ACK) + rec(CALL, 9, 8) + run(4) + tcp(ACK) + wait(36)),
    "sack": (0, tcp(ACK, back=20000, opts=TS | SACK, optb=sack((1448, 1448), (4344, 2896))) * 4 +
             run(3) + tcp(ACK, back=9000, opts=TS | SACK, optb=sack((0, 9000))) + run(8) +
             tcp(ACK)),
    "holes": (0, b"".join(tcp(ACK, seq=s, length=900) for s in (4000, 2000, 6000, 1000, -500,
             0)) +
              rec(CALL, 7, 8, u16(4000)) + tcp(ACK, length=1400) + tcp(ACK | URG, urg=5,
              length=9)),
    "window": (0, tcp(ACK, win=0) + run(9) + tcp(ACK, win=1) + run(4) + tcp(ACK, win=65535) +
             run(4)),
    "reset": (0, tcp(RST, seq=5) + tcp(SYN, opts=syn_opts, optb=syn_bytes) + tcp(RST) +
              rec(CALL, 7, 8, u16(10))),
    "syns": (0, b"".join(tcp(SYN, opts=syn_opts, optb=syn_bytes, new=bytes([n, 0])) + tcp(ACK,
             flow=2 + n)
             for n in range(6)) + rec(CALL, 4, 0) * 3 + run(5) + tcp(RST, flow=3)),
    "cookies": (COOKIES, b"".join(tcp(SYN, opts=syn_opts, optb=syn_bytes, new=bytes([n, 0])) +
                tcp(ACK, flow=2 + n) for n in range(5)) + rec(CALL, 4, 0) + tcp(ACK, flow=2,
                back=1)),
    "connect": (0, tcp(SYN | ACK, flow=1, opts=syn_opts, optb=syn_bytes) + rec(CALL, 5, 6, u16(0),
                u16(60000)) + run(4) + tcp(FIN | ACK, flow=1, back=500) + rec(CALL, 8, 6, 1) +
                run(9)),
    "simopen": (0, tcp(SYN, flow=1, opts=syn_opts, optb=syn_bytes) + tcp(ACK, flow=1) + run(3)),
    "close": (0, rec(CALL, 8, 8, 1) + tcp(ACK) + run(6) + tcp(ACK) + tcp(FIN | ACK) +
             tcp(FIN | ACK) +
              tcp(SYN, seq=9000, opts=syn_opts, optb=syn_bytes) + wait(37)),
    "closing": (0, tcp(ACK) * 3 + rec(CALL, 8, 8, 1) + tcp(FIN | ACK, back=1) + tcp(ACK) +
             wait(36)),
    "fin_wait2": (0, tcp(ACK) * 3 + rec(CALL, 7, 8, u16(900)) + rec(CALL, 9, 8) + tcp(ACK) +
                  tcp(ACK) + wait(34) + run(3) + wait(36) + tcp(FIN | ACK)),
    "last_ack": (0, tcp(ACK) * 3 + tcp(FIN | ACK) + rec(CALL, 8, 8, 1) + run(5) + tcp(ACK)),
    "keepalive": (0, tcp(ACK) * 3 + rec(CALL, 10, 8, 2, 4, u16(4), bytes([1, 0, 0, 0])) +
                  rec(CALL, 10, 8, 1, 9, u16(4), bytes([1, 0, 0, 0])) + run(3) + tcp(ACK) +
                  run(20)),
    "urgent": (0, tcp(ACK) + tcp(ACK | URG, urg=3, length=9) + rec(CALL, 7, 8, u16(5), 0, 0, 0,
               u16(1)) + rec(CALL, 5, 8, u16(1), u16(4)) + run(3) + rec(CALL, 7, 8, u16(900))),
    "sockopts": (0, b"".join(rec(CALL, 10, fd, level, name, u16(4), value) + rec(CALL, 10, fd,
             level,
                 name, u16(4)) for fd, level, name, value in
                 [(8, 1, n, bytes([1, 0, 0, 0])) for n in (2, 3, 4, 7, 8, 12, 15, 18, 30, 36,
                 38)] +
                 [(8, 2, n, bytes([9, 0, 0, 0])) for n in (1, 3, 5, 6, 7, 9, 10, 12, 18, 25)] +
                 [(8, 2, 2, bytes([0, 2, 0, 0])), (8, 2, 13, b"reno"), (8, 2, 11, b"")] +
                 [(1, 0, n, bytes([1, 0, 0, 0])) for n in (1, 2, 8, 10, 11, 12, 14)]) +
                 tcp(ACK) * 3 + rec(CALL, 12, 8, 0x9f) + run(6)),
    "linger": (0, rec(CALL, 10, 8, 1, 13, u16(8), b"\1\0\0\0\0\0\0\0") + rec(CALL, 9, 8) +
             run(3)),
    "udp": (0, rec(UDP, 0x01, 0x0c, 0, u16(400)) + rec(UDP, 0x01, 0x13, 0, u16(40)) + rec(UDP,
             0x01, 0x3c,
            0, u16(40)) + rec(UDP, 0x51, 8, 0, u16(40)) + rec(CALL, 6, 1, 1, 3, 0, 0,
            b"x" * 3000) +
            rec(CALL, 7, 1, u16(50), 16, 128, 1, u16(0x20))),
    "gso": (0, b"".join(rec(CALL, 10, 1, 3, name, u16(4), bytes([v, 0, 0, 0]))
                        for name, v in ((103, 100), (104, 1))) +
            rec(CALL, 6, 1, 1, 3, 0, 0, b"x" * 3000) + run(3) +
            rec(UDP | BATCH, 0x01, 0x0c, 0, u16(400)) * 6 + run(2) +
            rec(CALL, 7, 1, u16(5000), 16, 128, 1, u16(0)) +
            rec(CALL, 10, 1, 3, 104, u16(4), bytes(4)) +
            rec(CALL, 6, 1, 0, 3, 0, 0, b"y" * 2000) + run(3) +
            rec(CALL, 7, 1, u16(5000), 16, 128, 1, u16(0))),
    "fragments": (0, rec(IP, 0x01, 1, 64, 17, 9, u16(1), 0, b"b" * 800) +
                  rec(IP, 0x01, 1, 64, 17, 9, u16(50), 0, b"b" * 600) +
                  rec(IP, 0x01, 0, 64, 17, 9, u16(101), 0, b"c" * 90) +
                  rec(IP, 0x01, 1, 64, 17, 9, u16(0), 0, u16(1) + b"\0\x35" + b"d" * 4) +
                  wait(35)),
    "options": (0, rec(IP, 0x01, 0, 64, 1, 1, u16(0), 3, b"\x07\x0b\x04" + bytes(9),
             b"\x08\0\0\0\0\0\0\0") +
                rec(IP, 0xb1, 0, 64, 17, 1, u16(0), 3, b"\x44\x0c\x05\x01" + bytes(8),
                bytes(20)) +
                rec(IP, 0x01, 0, 64, 17, 1, u16(0), 2, b"\x83\x07\x04\x0a\1\0\2\0", bytes(20))),
    "icmp": (0, rec(ICMP, 1, 8, 0, 0, bytes(4), b"ping" * 8) + rec(ECHO) + rec(ICMP, 1, 3, 3,
             7, bytes(4)) +
             rec(CALL, 5, 8, u16(0), u16(9000)) + rec(ICMP, 1, 3, 4, 7, struct.pack("<I",
             600)) + run(4) +
             rec(CALL, 5, 2, u16(0), u16(90)) + rec(ICMP, 1, 3, 3, 9, bytes(4)) +
             rec(CALL, 7, 2, u16(50), 16, 128, 1, u16(0x2000)) + rec(ICMP, 1, 11, 0, 7,
             bytes(4)) +
             rec(ICMP, 1, 5, 1, 7, bytes([10, 0, 0, 254]))),
    "arp": (NO_ARP, rec(CALL, 6, 1, 1, 3, 0, 0, b"hello") + run(3) + rec(ARP, 0x01, 1, 0) +
             run(3) +
            rec(ARP, 0x01, 0, 3) + rec(ARP, 0x00, 4, 9) + rec(ARP, 0x11, 5, 9) + wait(38) +
            rec(CALL, 6, 1, 7, 3, 0, 0, b"far") + run(8)),
    "forward": (0, rec(UDP, 0x31, 0, 64, u16(700)) + rec(UDP, 0xb1, 0, 64, u16(700)) + run(5) +
                rec(UDP, 0x31, 0, 1, u16(7)) + rec(UDP, 0x13, 0x80, 64, u16(7)) +
                rec(CTL, 12) + rec(UDP, 0x61, 0, 64, u16(7))),
    "small_mtu": (SMALL_MTU, rec(UDP, 0x01, 0x0c, 0, u16(400)) + rec(CALL, 6, 1, 1, 3, 0, 0,
             b"x" * 1300) +
                  rec(ICMP, 1, 8, 0, 0, bytes(4), b"p" * 500) + run(3)),
    "bridge": (BRIDGE | TRACED, rec(ARP, 0x01, 4, 0) + rec(ARP, 0x13, 0x14, 0) + rec(UDP, 0x31,
             0, 64, u16(90)) +
               rec(CTL, 26) + rec(UDP, 0x31, 0, 64, u16(90)) + rec(CTL, 25) + rec(CTL, 51) +
               rec(CTL, 27)),
    "down": (0, rec(CALL, 5, 8, u16(0), u16(60000)) + rec(CTL, 0) + run(5) + rec(CTL, 1) +
             run(5) +
             rec(CTL, 6) + rec(CARRIER, 0) + run(3) + rec(CARRIER, 2) + rec(CTL, 22) + rec(CTL,
             30)),
    "stall": (COSTLY, rec(STALL, 1) + rec(CALL, 5, 8, u16(0), u16(60000)) +
              rec(UDP | BATCH, 0x31, 0, 64, u16(900)) * 20 + run(3) + rec(CTL, 40) + rec(CTL, 0) +
              rec(STALL, 0) + run(4)),
    "poor": (POOR, rec(UDP, 0x01, 0x0c, 0, u16(1400)) * 30 + rec(CALL, 5, 8, u16(0), u16(60000)) +
             b"".join(tcp(ACK, seq=1500 * n + 100, length=1400) for n in range(12)) + run(6)),
    "wake": (0, rec(CALL, 14, 8, 0xc1) + rec(CALL, 14, 1, 2) + tcp(ACK, length=300) +
             rec(UDP, 0x01, 0x0c, 0, u16(40)) + rec(CALL, 13, 7, 0x83) + run(3)),
    "abrupt": (ABRUPT | NO_ARP, tcp(SYN, opts=syn_opts, optb=syn_bytes, new=bytes([1, 0])) +
               rec(IP, 0x01, 1, 64, 17, 9, u16(1), 0, b"b" * 800) + rec(CALL, 6, 1, 7, 3, 0, 0,
               b"far") +
               rec(STALL, 1) + rec(CALL, 5, 8, u16(0), u16(60000))),
}


def main():
    folder = sys.argv[1]
    for name, (how, records) in STORIES.items():
        with open(os.path.join(folder, "stack_frames", name), "wb") as f:
            f.write(bytes([how]) + records)
        if name in ("data", "syns", "icmp", "forward", "fragments", "bridge", "arp", "close",
                    "ip6_echo", "ip6_neigh", "ip6_fragments", "ip6_forward"):
            # failures are the fuzzer's to add; setting up is left in peace
            with open(os.path.join(folder, "stack_nomem", name), "wb") as f:
                f.write(bytes([how]) + u16(0) + records)
    for nth in (1, 40, 90, 200):
        with open(os.path.join(folder, "stack_nomem", "nth%d" % nth), "wb") as f:
            f.write(bytes([0]) + u16(nth) + STORIES["data"][1])


if __name__ == "__main__":
    main()
