#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pieces of a datagram of either family, thrown at this machine's kernel and at linnet: exact
duplicates, pieces inside, across and around others, ends that disagree. Both must make the same of
them, but where linnet keeps to RFC 5722 4: a piece that lies inside another, and is not its
duplicate, ends the datagram as each overlap does. The kernel (since 4.20) takes it for a duplicate.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
from frames import *

BLOCKS = 6
SAME, STRICT = "as the kernel", "stricter than the kernel"

# Pieces: first block, behind the last block, M when more follow. All have the bytes that belong
# there. What is in question comes last but one: were it the end of the datagram, nothing is left
# for the last piece to complete.
CASES = [
    ("in order", SAME, True, "0-2M 2-4M 4-6"),
    ("backwards", SAME, True, "4-6 2-4M 0-2M"),
    ("first twice", SAME, True, "0-3M 0-3M 3-6"),
    ("middle twice", SAME, True, "0-2M 2-4M 2-4M 4-6"),
    ("last twice", SAME, True, "3-6 3-6 0-3M"),
    ("each twice, mixed", SAME, True, "4-6 0-2M 4-6 0-2M 2-4M"),
    ("the beginning of one", STRICT, False, "0-3M 0-2M 3-6"),
    ("the end of one", STRICT, False, "0-3M 1-3M 3-6"),
    ("inside one", STRICT, False, "0-3M 1-2M 3-6"),
    ("inside the last", STRICT, False, "3-6 4-5M 0-3M"),
    ("two joined", STRICT, False, "0-1M 1-3M 0-3M 3-6"),
    ("across two joined", STRICT, False, "0-2M 2-4M 1-3M 4-6"),
    ("one and more behind", SAME, False, "0-3M 0-4M 4-6"),
    ("overlaps the end", SAME, False, "0-3M 2-4M 4-6"),
    ("overlaps the beginning", SAME, False, "2-4M 1-3M 0-2M 4-6"),
    ("around one", SAME, False, "1-2M 0-3M 3-6"),
    ("overlaps the last", SAME, False, "3-6 2-4M 0-3M"),
    ("across a hole", SAME, False, "0-2M 3-4M 1-4M 2-3M 4-6"),
    ("beyond the end", SAME, False, "4-6 6-7M 0-4M"),
    ("an end before what is there", SAME, False, "0-2M 2-6M 2-4 6-7"),
    ("two ends", SAME, False, "4-6 4-7 0-4M"),
    ("the last again, as if more followed", SAME, True, "3-6 3-6M 0-3M"),
    ("again, as the last", SAME, True, "3-6M 3-6 0-3M"),
    ("all there, then again as the last", SAME, False, "0-3M 3-6M 3-6"),
    ("nothing in it", SAME, False, "0-3M 3-3M 3-6"),
]


def body_of(ident):
    return struct.pack("!HH", ident, 1) + bytes((ident * 31 + i * 7) & 255
                                                for i in range(8 * BLOCKS - 8))


def datagram(ident):
    body = struct.pack("!BBH", 8, 0, 0) + body_of(ident)
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def datagram6(ident):
    body = struct.pack("!BBH", 128, 0, 0) + body_of(ident)
    pseudo = b"".join(socket.inet_pton(socket.AF_INET6, a) for a in (PEER6, TARGET6)) + \
        struct.pack("!II", len(body), 58)
    return body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]


def cut(whole, first, end):
    payload = whole[first * 8:end * 8]
    return payload + bytes((end - first) * 8 - len(payload))    # beyond the end


def piece(ident, first, end, more):
    return ipv4(1, cut(datagram(ident), first, end), ident, first | (0x2000 if more else 0))


def piece6(ident, first, end, more):
    head = struct.pack("!BBHI", 58, 0, first << 3 | more, ident)
    return ipv6(44, head + cut(datagram6(ident), first, end))


def reply(frames, ident):
    """The bytes of the echo reply with this identifier, None: there is none."""
    for frame in frames:
        if frame[12:14] == b"\x08\0" and frame[23] == 1 and frame[34] == 0 and \
                struct.unpack_from("!H", frame, 38)[0] == ident:
            return frame[38:14 + struct.unpack_from("!H", frame, 16)[0]]
    return None


def reply6(frames, ident):
    for frame in frames:
        if frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 129 and \
                struct.unpack_from("!H", frame, 58)[0] == ident:
            return frame[58:]
    return None


def try_all(target, make, find):
    """For each case: was the datagram put together?"""
    results = []
    for i, (what, _, _, pieces) in enumerate(CASES):
        for p in pieces.split():
            first, end = p.rstrip("M").split("-")
            target.send(make(i + 1, int(first), int(end), p.endswith("M")))
        got = find(target.fence(), i + 1)
        if got:
            check(got == body_of(i + 1),
                  f"{target.name}, {what}: the bytes are those that were sent")
        results.append(got is not None)
    return results


def pieces_end_as_they_do_in_the_kernel(folder):
    b, own_target = linnet_itself(folder)
    kernel_target = the_kernel()
    both_families()
    for family, make, find in (("IPv4", piece, reply), ("IPv6", piece6, reply6)):
        theirs, ours = (try_all(t, make, find) for t in (kernel_target, own_target))
        for (what, how, whole, pieces), kernel, own in zip(CASES, theirs, ours):
            what = f"{family}, {what} ({pieces})"
            print(f"  {what}: kernel {kernel}, linnet {own}")
            check(own == whole, f"{what}: linnet has made {own} of it")
            check((own == kernel) == (how == SAME),
                  f"{what}: linnet {own}, the kernel {kernel}, expected: {how}")
    down(b)


enter()
with Folder() as folder:
    case(pieces_end_as_they_do_in_the_kernel, folder)
finish()
