# SPDX-License-Identifier: MIT
"""What tshark says of a capture, and what the bytes say."""
from interop import *

# Without reassemble_out_of_order tshark calls a retransmission "malformed" (New fragment overlaps
# old data) when it comes after all bytes of its HTTP message were seen once, as where a capture is
# taken before the link that loses them. It says the same of the kernel's own segments, as nginx
# sends them over such a link. No byte differs there: capture.py looks at each.
# iperf3's bytes are random: by chance they look like one protocol or another, and a malformed one.
PREFERENCES = sum((["-o", f"{p}.check_checksum:TRUE"] for p in ("ip", "tcp", "udp")),
                  ["-o", "tcp.reassemble_out_of_order:TRUE", "-d", "tcp.port==5201,data"])
PROTOCOLS = ("ip", "tcp", "udp", "icmp")
ERROR = str(0x800000)		# severity of an expert's info
BAD_SUM, GOOD_SUM = "0", "1"


def tshark(pcap, *options):
    names = [] if "-Nn" in options else ["-n"]
    words = ["tshark", *names, "-r", pcap, *PREFERENCES, *options]
    return run(*words, timeout=300).stdout.splitlines()


def check_capture(pcap, from_us, what, offload=False, protocols=PROTOCOLS):
    """No protocol fault in what linnet sent (from_us: a display filter for it): nothing malformed,
    no error of tshark's experts, no bad checksum. The kernel leaves checksums to its card. So does
    linnet where the TAP finishes them (offload): nobody can say here that they are right."""
    finished = [p for p in protocols if not offload or p in ("ip", "icmp")]
    fields = ["frame.number", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message",
              *(f"{p}.checksum.status" for p in protocols)]
    rows = [line.split("\t") for line in tshark(
        pcap, "-Y", from_us, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;",
        *sum((["-e", f] for f in fields), []))]
    check(len(rows) > 100, f"{what}: {len(rows)} frames of linnet")
    malformed = [r[0] for r in rows if r[1]]
    check(not malformed, f"{what}: malformed frames: {malformed[:3]}")
    sums = {p: [r[4 + i] for r in rows] for i, p in enumerate(protocols)}
    for p in finished:
        bad = [r[0] for r, s in zip(rows, sums[p]) if BAD_SUM in s.split(";")]
        check(not bad, f"{what}: frames with a bad checksum of {p}: {bad[:3]}")
        check(any(GOOD_SUM in s.split(";") for s in sums[p]),
              f"{what}: checksums of {p} were looked at")
    left_out = [p for p in protocols if p not in finished]
    errors = [(r[0], r[3]) for i, r in enumerate(rows) if ERROR in r[2].split(";") and
              not any(BAD_SUM in sums[p][i].split(";") for p in left_out)]
    check(not errors, f"{what}: errors: {errors[:3]}")
    return rows
