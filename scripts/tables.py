#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the tables of goodput and of fairness: tests/golden/{goodput,fairness}.tsv, and from them
the tables in docs/GOODPUT.md. Each cell is a run of build/release/bench/tables in virtual time, so
the same code gives the same tables; tests/bench/tables_test.py holds the code to a part of them.

usage: scripts/tables.py [--no-build] [--jobs N]
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
DOC = ROOT / "docs" / "GOODPUT.md"

SEED = 1
RATE = 100_000_000
MSS = 1448			# of 1460 with timestamps, as linnet sends
WIRE = MSS + 52 + 14 + 24	# a full frame on the line
LOSSES = [0, 0.001, 0.01, 0.05, 0.1]
BURST = 8			# frames that a bad time lasts, on average
BAD = 0.5			# of which so many are lost
RTTS = [1, 10, 100, 300]
BUFFERS = [0.25, 1, 4]		# of rate x RTT
CONTROLS = ["reno", "cubic", "bbr"]
FLOW_COUNTS = [2, 4, 10, 20]
FAIR_RTT, FAIR_RTTS = 40, (20, 80)
FAIR_WARMUP, FAIR_SECONDS = 20, 60

GOODPUT_KEYS = ("stack", "cc", "loss", "kind", "rtt_ms", "buffer")
GOODPUT_COUNTS = ("bytes", "retransmits", "timeouts", "queued_us", "full", "lost")
FAIRNESS_KEYS = ("flows", "control", "rtts")
FAIRNESS_COUNTS = ("bytes", "queued_us", "full", "shares")


def program():
    build = os.environ.get("LINNET_BINARY_DIR", ROOT / "build" / "release")
    return pathlib.Path(build) / "bench" / "tables"


def run(warmup, seconds, neck, flows):
    done = subprocess.run([program(), str(SEED), str(warmup), str(seconds), neck, *flows],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tables {warmup} {seconds} '{neck}' {' '.join(flows)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def available():
    """The columns there are: linnet's controls, in the order of CONTROLS, and lwIP."""
    words = subprocess.run([program(), "controls"], capture_output=True, text=True,
                           check=True).stdout.split()
    return [c for c in CONTROLS if c in words], "lwip" in words


# ---- goodput: one flow ----

def warmup_of(rtt):
    return 10 if rtt < 100 else 20


def seconds_of(cc, loss, rtt):
    """Where the rate hangs on losses there must be enough of them, and on a long way there are
    few: what follows from single losses is measured twice as long."""
    return 120 if loss and rtt >= 100 and cc != "bbr" else 60


def link_keys(loss, kind, rtt, buffer):
    """The bottleneck, in the words of a lab file."""
    queue = max(round(RATE / 8 * rtt / 1000 * buffer), 2 * WIRE)
    keys = f"rate: {RATE // 1_000_000}mbit, queue: {queue}"
    if not loss:
        return keys
    if kind == "random":
        return f"{keys}, loss: {loss * 100:g}%"
    leave, bad = 1 / BURST, loss / BAD		# the bad times' share of all frames
    return (f"{keys}, loss: {{p: {leave * bad / (1 - bad) * 100:.6f}%, r: {leave * 100:g}%, "
            f"good: 0%, bad: {BAD * 100:g}%}}")


def goodput_cells(controls, lwip):
    for kind in ("random", "burst"):
        for loss in LOSSES:
            if kind == "burst" and not loss:
                continue
            for rtt in RTTS:
                for buffer in BUFFERS:
                    for cc in controls:
                        yield ("linnet", cc, loss, kind, rtt, buffer)
                    if lwip:
                        yield ("lwip", "-", loss, kind, rtt, buffer)


def goodput(cell):
    stack, cc, loss, kind, rtt, buffer = cell
    got = run(warmup_of(rtt), seconds_of(cc, loss, rtt), link_keys(loss, kind, rtt, buffer),
              [f"{stack}/{cc}/{rtt}"])
    flow = got["flows"][0]
    return [flow["bytes"], flow["retransmits"], flow["timeouts"], got["queued_us"], got["full"],
            got["lost"]]


# ---- what textbooks say, in bit/s of payload ----

def line_bound(loss):
    """All that the line carries, less what is lost on it."""
    return RATE * MSS / WIRE * (1 - loss)


def events(loss, kind):
    """Loss events per packet: a bad time is one."""
    return loss / (BURST * BAD) if kind == "burst" else loss


def mathis_window(p):
    """Mathis et al. 1997, an ACK counting for all that it covers: C = sqrt(3/2)."""
    return math.sqrt(1.5 / p)


def cubic_window(p, rtt_s):
    """RFC 9438 5.1, C = 0.4, beta = 0.7, and not below Reno's (4.3)."""
    beta, c = 0.7, 0.4
    return max(mathis_window(p),
               (c * (3 + beta) / (4 * (1 - beta))) ** 0.25 * (rtt_s / p) ** 0.75)


def bound(cc, loss, kind, rtt):
    rtt_s = rtt / 1000
    line = line_bound(loss)
    if cc == "lwip":	# 64 KB of window per round trip; else Reno's
        line = min(line, 65535 * 8 / rtt_s)
    if not loss or cc == "bbr":
        return line
    p = events(loss, kind)
    window = cubic_window(p, rtt_s) if cc == "cubic" else mathis_window(p)
    return min(line, window * MSS * 8 / rtt_s)


# ---- fairness: many flows ----

def fairness_cells(controls):
    pairs = [(a, b) for i, a in enumerate(controls) for b in controls[i + 1:]]
    for n in FLOW_COUNTS:
        for cc in controls:
            yield (n, cc, f"{FAIR_RTT}")
        for a, b in pairs:
            yield (n, f"{a}+{b}", f"{FAIR_RTT}")
        for cc in controls:
            yield (n, cc, "+".join(map(str, FAIR_RTTS)))


def fairness(cell):
    """Flows take turns in control and RTT; the buffer is one rate x RTT (of 40 ms)."""
    n, control, rtts = cell
    controls, rtts = control.split("+"), rtts.split("+")
    neck = f"rate: {RATE // 1_000_000}mbit, queue: {RATE // 8 * FAIR_RTT // 1000}"
    flows = [f"linnet/{controls[i % len(controls)]}/{rtts[i % len(rtts)]}" for i in range(n)]
    got = run(FAIR_WARMUP, FAIR_SECONDS, neck, flows)
    each = [f["bytes"] for f in got["flows"]]
    return [sum(each), got["queued_us"], got["full"], ",".join(map(str, each))]


def jain(shares):
    return sum(shares) ** 2 / (len(shares) * sum(x * x for x in shares))


# ---- files ----

def write_tsv(name, keys, counts, rows):
    lines = ["\t".join(keys + counts)]
    lines += ["\t".join(f"{v:g}" if isinstance(v, float) else str(v) for v in (*cell, *values))
              for cell, values in rows]
    (GOLDEN / name).write_text("\n".join(lines) + "\n")


def typed(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def read_tsv(name, keys):
    """{cell: values}, as written."""
    lines = (GOLDEN / name).read_text().splitlines()[1:]
    rows = [[typed(t) for t in line.split("\t")] for line in lines]
    for row in rows:
        if keys is FAIRNESS_KEYS:	# a column of words, also where one looks like a number
            row[2], row[-1] = str(row[2]), str(row[-1])
    return {tuple(row[:len(keys)]): row[len(keys):] for row in rows}


# ---- the document ----

def figure(bps):
    mbit = bps / 1e6
    return f"{mbit:.1f}" if mbit >= 9.95 else f"{mbit:.2f}" if mbit >= 0.995 else f"{mbit:.3f}"


def loss_name(loss, kind):
    return "none" if not loss else f"{loss * 100:g} % {kind}"


def goodput_table(rows, buffer, controls, lwip):
    names = {"reno": ("Mathis", "Reno"), "cubic": ("RFC 9438", "CUBIC"), "bbr": ("line", "BBR"),
             "lwip": ("lwIP's bound", "lwIP")}
    columns = controls + (["lwip"] if lwip else [])
    head = ["loss", "RTT"] + [f"*{t}*" if i == 0 else t for c in columns
                              for i, t in enumerate(names[c])]
    out = ["| " + " | ".join(head) + " |", "| --- | ---: |" + " ---: |" * (len(head) - 2)]
    for kind in ("random", "burst"):
        for loss in LOSSES:
            if kind == "burst" and not loss:
                continue
            for rtt in RTTS:
                words = [loss_name(loss, kind), f"{rtt} ms"]
                for c in columns:
                    cell = (("lwip", "-") if c == "lwip" else ("linnet", c)) + (loss, kind, rtt,
                                                                                buffer)
                    words += [f"*{figure(bound(c, loss, kind, rtt))}*",
                              figure(rows[cell][0] * 8 / seconds_of(cell[1], loss, rtt))]
                out.append("| " + " | ".join(words) + " |")
    return out


def shares_of(control, rtts, shares):
    """What a flow got, as a multiple of a fair share; of two kinds, the mean of each."""
    fair = sum(shares) / len(shares)
    names = control.split("+") if "+" in control else [f"{r} ms" for r in rtts.split("+")]
    if len(names) == 1:
        return f"{min(shares) / fair:.2f} to {max(shares) / fair:.2f}"
    return ", ".join(f"{n} {sum(shares[i::2]) * 2 / len(shares) / fair:.2f}"
                     for i, n in enumerate(names))


def fairness_table(rows):
    out = ["| flows | control | RTT | Jain's index | of a fair share | together | in the queue | "
           "dropped |",
           "| ---: | --- | --- | ---: | --- | ---: | ---: | ---: |"]
    for (n, control, rtts), (total, queued_us, full, shares) in rows.items():
        each = [int(x) for x in shares.split(",")]
        out.append(f"| {n} | {control} | {rtts.replace('+', ' and ')} ms | {jain(each):.3f} | "
                   f"{shares_of(control, rtts, each)} | "
                   f"{figure(total * 8 / FAIR_SECONDS)} | {queued_us / 1000:.1f} ms | {full} |")
    return out


def replace(text, mark, lines):
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
    head, rest = text.split(begin)
    return head + begin + "\n".join(lines) + "\n" + end + rest.split(end)[1]


def write_document(rows, fair, controls, lwip):
    text = DOC.read_text()
    for buffer in BUFFERS:
        text = replace(text, f"goodput {buffer:g}", goodput_table(rows, buffer, controls, lwip))
    DOC.write_text(replace(text, "fairness", fairness_table(fair)))


# ---- all of it ----

def all_of(pool, measure, cells):
    cells = list(cells)
    return list(zip(cells, pool.map(measure, cells)))


def main():
    opt = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    opt.add_argument("--no-build", action="store_true")
    opt.add_argument("--jobs", type=int, default=os.cpu_count())
    opt = opt.parse_args()
    if not opt.no_build:
        subprocess.run(["cmake", "--preset", "release", "--log-level=NOTICE"], cwd=ROOT, check=True,
                       stdout=sys.stderr)
        subprocess.run(["cmake", "--build", "--preset", "release", "--target", "bench_tables"],
                       cwd=ROOT, check=True, stdout=sys.stderr)
    controls, lwip = available()
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        rows = all_of(pool, goodput, goodput_cells(controls, lwip))
        fair = all_of(pool, fairness, fairness_cells(controls))
    write_tsv("goodput.tsv", GOODPUT_KEYS, GOODPUT_COUNTS, rows)
    write_tsv("fairness.tsv", FAIRNESS_KEYS, FAIRNESS_COUNTS, fair)
    write_document(dict(rows), dict(fair), controls, lwip)


if __name__ == "__main__":
    main()
