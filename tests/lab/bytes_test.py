#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Captures of labs that lose, double, reorder and cut: in every segment that was ever sent, each
sequence number stands for the byte of the file that was fetched, and the FIN for its end.

    a --- 1500 --- r --- 1500, after 150 ms 700 --- b

The reader of captures is tried first: it must see each way in which bytes can differ."""
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "harness"))
import capture

LINNET = os.environ.get("LINNET") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "linnet")
SIZE = 600_000
LAB = """name: bytes
topology:
  nodes:
    a:
      kind: host
      exec: [ip addr add 10.0.0.1/24 dev eth0, ip route add default via 10.0.0.254]
      actions: [ { at: 100ms, run: "curl -s -o /dev/null http://10.1.0.1/bulk.bin" } ]
    r:
      kind: router
      exec: [ip addr add 10.0.0.254/24 dev eth0, ip addr add 10.1.0.254/24 dev eth1]
      actions: [ { at: 250ms, run: "ip link set eth0 mtu 700" } ]
    b:
      kind: host
      exec: [ip addr add 10.1.0.1/24 dev eth0, ip route add default via 10.1.0.254]
      services: [ http: { root: www } ]
  links:
    - { endpoints: ["a:eth0", "r:eth0"], rate: 50mbit, delay: 2ms, LINK }
    - { endpoints: ["r:eth1", "b:eth0"], rate: 50mbit, delay: 2ms }
"""
LINKS = ["loss: 2%", "reorder: {p: 4%, by: 4ms}, duplicate: 2%",
         "loss: {p: 1%, r: 60%}, reorder: {p: 3%, by: 6ms}, duplicate: 1%"]


def made(tcp, pcapng=False):
    """A capture with these (seq, flags, payload) from one end of a connection."""
    body = bytearray()
    for seq, flags, payload in tcp:
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0,
                         bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
        frame = bytes(12) + b"\x08\0" + ip + struct.pack(
            "!HHIIBBHHH", 5, 6, seq % (1 << 32), 0, 0x50, flags, 0, 0, 0) + payload
        if pcapng:
            padded = frame + bytes(-len(frame) % 4)
            body += struct.pack("<IIIIIII", 6, len(padded) + 32, 0, 0, 0, len(frame),
                                len(frame)) + padded + struct.pack("<I", len(padded) + 32)
        else:
            body += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    if not pcapng:
        return struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + body
    name = struct.pack("<HH4sHH", 2, 4, b"eth0", 0, 0)
    return (struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28) +
            struct.pack("<IIHHI", 1, 20 + len(name), 1, 0, 0) + name +
            struct.pack("<I", 20 + len(name)) + body)


def the_reader_sees_differences(path):
    isn = (1 << 32) - 4        # the numbers wrap within the payload
    syn, one, two = (isn, 2, b""), (isn + 1, 16, b"abcdef"), (isn + 7, 16, b"ghi")
    fin = (isn + 10, 17, b"")
    cases = [("nothing twice", [syn, one, two, fin], None),
             ("the same again", [syn, one, two, one, (isn + 3, 16, b"cdefgh"), fin], None),
             ("late", [syn, two, fin, one], None),
             ("another byte", [syn, one, (isn + 1, 16, b"abcdXf"), two, fin], "byte 4 is"),
             ("another, overlapping", [syn, one, (isn + 5, 16, b"eXgh"), two, fin], "byte 5 is"),
             ("another, behind a hole", [syn, two, (isn + 3, 16, b"cdefgX"), one, fin],
              "byte 7 is"),
             ("FIN moves", [syn, one, two, fin, (isn + 9, 17, b"")], "FIN at 8"),
             ("beyond the FIN", [syn, one, (isn + 7, 17, b""), two], "behind the FIN"),
             ("before the first byte", [syn, (isn, 16, b"x"), one], "before the first"),
             ("RST with payload", [syn, one, (isn + 7, 20, b"x")], "SYN or RST")]
    for what, tcp, fault in cases:
        for pcapng in (False, True):
            path.write_bytes(made(tcp, pcapng))
            (stream,) = capture.sent_by(path, "10.0.0.1", "eth0" if pcapng else None)
            told = " ".join(stream.faults)
            assert (fault in told) if fault else (not told and stream.whole()), (what, told)
            assert fault or stream.data == b"abcdefghi", (what, stream.data)


def fetch(folder, link, seed):
    """The streams that b sent, as they left b and as they came to a; the capture."""
    lab, pcap = folder / "lab.yaml", folder / "lab.pcapng"
    lab.write_text(LAB.replace("LINK", link))
    subprocess.run([LINNET, "lab", "run", lab, "--seed", str(seed), "--pcap", pcap, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    for place in ("b:eth0", "a:eth0"):
        (stream,) = capture.sent_by(pcap, "10.1.0.1", place)
        yield place, stream


def a_number_is_one_byte_of_the_file(folder):
    bulk = random.Random(1).randbytes(SIZE)
    (folder / "www").mkdir()
    (folder / "www" / "bulk.bin").write_bytes(bulk)
    again = other = 0
    for link in LINKS:
        for seed in range(1, 6):
            for place, stream in fetch(folder, link, seed):
                what = f"{link}, seed {seed}, at {place}"
                assert not stream.faults, f"{what}: {stream.faults}"
                assert stream.whole(), f"{what}: FIN at {stream.fin} of {len(stream.data)}"
                head, _, body = bytes(stream.data).partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200"), f"{what}: {head}"
                assert body == bulk, f"{what}: other bytes than those of the file"
                if place == "b:eth0":
                    again += stream.again
                    other += stream.other_borders
    print(f"{again} segments sent again, {other} of them with other borders")
    assert again > 200 and other > 20, "there was nothing to judge"


with tempfile.TemporaryDirectory(prefix="linnet-") as name:
    the_reader_sees_differences(pathlib.Path(name) / "made.pcap")
    a_number_is_one_byte_of_the_file(pathlib.Path(name))
