# SPDX-License-Identifier: MIT
"""Compares what linnet and the kernel did, and says which difference is one.

The kernel runs in real time. What it does at the edge of a timer, or what a busy machine made
late, it does otherwise the next time, or linnet does so too when the steps of the talk come a
little later: such is no difference. What is told holds in each of several runs.
"""
import dataclasses
import random
import re

from duel import buffers, names, world

CLOSE = "7"	# tcpi_state, which is printed first
KNOWN = "known"	# Difference.kind of what follows from one that docs/RFC.md has
AGAIN = 2	# times that the kernel must say the same once more
SHAKEN = 4	# times that linnet is asked with its steps moved
LATE = .1	# s: by more no step may be late; one that prints counters takes a fifth of it
JIFFY = 40	# a tick of the kernel's clock at 250 Hz
ROUGHLY = 9	# ms by which times may differ
WHEEL = 8	# a timer of Linux may be late by this part of its time


@dataclasses.dataclass(frozen=True)
class Difference:
    kind: str	# what shrinking keeps: the same sort of difference
    text: str
    at: float = None	# when
    of_ack: bool = False	# one of the packets is an ACK without data

    def __str__(self):
        return self.text


def _joined(packets):
    """What left together in pieces counts as one: how it is cut is the device's."""
    out = []
    for p in (p for p in packets if p.out):
        p = p._replace(flags="".join(sorted(p.flags)), stamp=None)
        last = out[-1] if out else None
        if last and last.size and p.size and last.seq + last.size == p.seq and \
                p.at - last.at < .003 and not set("SRU") & set(last.flags + p.flags) and \
                (last.ack, last.options, last.tos) == (p.ack, p.options, p.tos):
            out[-1] = last._replace(size=last.size + p.size, win=p.win,
                                    flags="".join(sorted(set(last.flags + p.flags))))
        else:
            out.append(p)
    return out


def _shown(p):
    if not p:
        return "nothing"
    more = f" urg {p.urg}" if p.urg else ""
    return (f"{p.at:.4f} > {p.flags} {p.seq}:{p.seq + p.size}({p.size}) ack {p.ack} win {p.win}"
            f"{more} <{p.options}> tos {p.tos} {p.ip}")


def _timeless(p):
    """A reset of what nobody knows has a number that somebody made up. How much of a buffer is
    window depends on what the packets stand in. No SYN-ACK of ours is marked. Urgent segments do
    not leave as one here, so which of them have PSH differs. The signature stands first here."""
    return p._replace(at=0, win=0, seq=0 if "R" in p.flags and p.seq > 1 << 24 else p.seq,
                      tos=p.tos & ~3 if "S" in p.flags else p.tos,
                      options=re.sub(r"(TS[^,]*),md5", r"md5,\1", p.options),
                      flags=p.flags.replace("P", "") if "U" in p.flags else p.flags)


def _own_pointers(packets):
    """In Linux segments that leave as one have the urgent pointer of the first of them: as if
    each had its own."""
    out, first = [], None
    for p in packets:
        if p.out and first and "U" in p.flags and p.urg == first.urg and \
                p.seq == end and p.at - first.at < .003:
            out.append(p._replace(urg=p.urg - (p.seq - first.seq)))
        else:
            first = p if p.out and "U" in p.flags else None
            out.append(p)
        end = p.seq + p.size
    return out


def _when_closed(packets):
    """When both FINs were seen: the window that TIME-WAIT tells is cut to 16 bits in Linux."""
    return max(next((p.at for p in packets if p.out is out and "F" in p.flags), 1e9)
               for out in (True, False))


def _is_waiting_byte(p, q):
    """docs/RFC.md: what MSG_MORE holds back goes out with the ACK of data that is not predicted."""
    return not p.size and q.size and p.seq == q.seq and p.ack == q.ack and "S" not in p.flags


def _is_time_of_old_ack(p, q, packets):
    """docs/RFC.md: Linux remembers the timestamp of a predicted segment whatever its ACK is."""
    acks = [x.ack for x in packets if not x.out and "." in x.flags and x.at <= p.at]
    p, q = (x._replace(options=re.sub(r"TS ecr \d+", "TS", x.options)) for x in (p, q))
    return p == q and any(y < x for x, y in zip(acks, acks[1:]))


def _packets(a, b, times):
    """By connections: in which order they are served at one time is nobody's business."""
    ports = dict.fromkeys(p.port for p in [*a, *b])
    found = [_of_one(*([p for p in x if p.port == port] for x in (a, b)), times) for port in ports]
    return min((f for f in found if f), key=lambda f: f.at or 0, default=None)


def _of_one(a, b, times):
    closed, heard = _when_closed(a), a
    a, b = _joined(a), _joined(_own_pointers(b))
    before = 0
    for i in range(max(len(a), len(b))):
        p, q = (x[i] if i < len(x) else None for x in (a, b))
        what = None
        if not p or not q:
            what = "missing"
        elif _is_waiting_byte(p, q):
            return Difference(KNOWN, "Linux does not predict a segment for want of memory", p.at)
        elif _timeless(p) != _timeless(q):
            if _is_time_of_old_ack(_timeless(p), _timeless(q), heard):
                return Difference(KNOWN, "Linux remembers the time of an old ACK", p.at)
            if p.options == "md5" and re.fullmatch(r"TS ecr \d+,md5", q.options):
                return Difference(KNOWN, "Linux has timestamps where MD5 left none", p.at)
            what = next(f for f in ("flags", "seq", "size", "ack", "options", "urg", "tos", "ip")
                        if getattr(_timeless(p), f) != getattr(_timeless(q), f))
        elif p.at < closed and (p.win * 5 < q.win * 2 or q.win * 5 < p.win * 2):
            what = "win"
        elif times and abs(p.at - q.at) > .015 + (p.at - before) / 6 + p.at / 8:
            what = "time"
        if what:
            return Difference(f"packet {what}", f"packet {i} ({what})\n"
                              f"  linnet {_shown(p)}\n  kernel {_shown(q)}",
                              (p or q).at, any(x and not x.size for x in (p, q)))
        before = p.at
    return None


def _is_same(field, v, w):
    """Of a field of TCP_INFO or a counter."""
    unit = names.UNITS.get(field)
    return v == w if not unit else abs(int(v) - int(w)) <= ROUGHLY * unit + max(int(v), int(w)) / 5


def _said_line(a, b):
    """Prints are told by their fields."""
    (line, x), (other, y) = a, b
    if x.split()[:1] == y.split()[:1] == [CLOSE]:
        return None		# what a dead connection still counts is left from its life
    fields = next((f for f in (names.INFO, names.ROUGH, names.COUNTERS)
                   if len(f) == len(x.split())), [])
    if line == other and len(x.split()) == len(y.split()) == len(fields):
        bad = [(f, v, w) for f, v, w in zip(fields, x.split(), y.split())
               if not _is_same(f, v, w)]
        if not bad:
            return None
        words = " ".join(f"{f} {v}/{w}" for f, v, w in bad)
        return Difference(" ".join(f for f, _, _ in bad), f"line {line}: linnet/kernel {words}")
    return Difference(f"said {x.split()[0]}", f"line {line}: linnet {x}, kernel {y}")


def _said(a, b, lines):
    for x, y in zip(a, b):
        found = _said_line(x, y) if x != y else None
        if found:
            at = re.match(r"[\d.]+", lines[x[0] - 1]) if x[0] <= len(lines) else None
            return dataclasses.replace(found, at=float(at[0]) if at else None)
    if len(a) != len(b):
        return Difference("said less", f"linnet said {len(a)} things, the kernel {len(b)}")
    return None


def _gave_up(a, b, found):
    """When to give up is a matter of time, not of how often something was sent again: timers that
    are late come to it sooner."""
    at = names.COUNTERS.index("TcpExtTCPAbortOnTimeout")
    last = b.said[-1][1].split() if b.said else []
    again = [p for i, p in enumerate(a.packets) if p.out and p.size and p.at == found.at and
             any(q.out and q.size and q.seq == p.seq for q in a.packets[:i])]
    return len(last) == len(names.COUNTERS) and last[at] != "0" and bool(again)


def compare(a, b, times=True, script=""):
    """Return: the Difference of two outcomes, or None. @script: of a, to tell when it was"""
    if (a.status, b.status) != (0, 0):
        if a.status != b.status:
            return Difference("status", f"linnet {a.status}: {a.told}\nkernel {b.status}: {b.told}")
    found = _packets(a.packets, b.packets, times) or _said(a.said, b.said, script.splitlines())
    if found and script and buffers.of_windows(a, b, script, found):
        return Difference(KNOWN, "buffers count other bytes")
    if found and script and _gave_up(a, b, found):
        return Difference(KNOWN, "it gave up sooner, for its timers were late")
    if found and max(a.late, b.late) > LATE:
        return Difference(KNOWN, "this computer was busy")
    return found


def hastened(talk):
    """The same with all its steps so much sooner as the kernel's timers may be late."""
    return dataclasses.replace(talk, lines=tuple(
        dataclasses.replace(line, at=line.at - line.at // (WHEEL + 1)) for line in talk.lines))


def shaken(talk, seed):
    """The same with its steps a little later, and those after a timer sooner."""
    r, lines, late, last = random.Random(seed), [], 0, 0
    for line in talk.lines:
        gap = line.at - last
        last = line.at
        if gap > 400:
            late += r.choice([r.randrange(20), -gap // 12])
        elif gap:
            late += r.randrange(12)
        lines.append(dataclasses.replace(line, at=max(0, line.at + late)))
    return dataclasses.replace(talk, lines=tuple(lines))


def swung(talk, first):
    """The same with every other step a tick of the kernel later: it rounds each time to one."""
    lines, last, late = [], 0, first
    for line in talk.lines:
        late = late != (line.at - last > 2 * JIFFY)
        last = line.at
        lines.append(dataclasses.replace(line, at=line.at + late * JIFFY))
    return dataclasses.replace(talk, lines=tuple(lines))


def is_steady(talk, outcome):
    """Linnet does the same when the steps come a little later or sooner."""
    others = [hastened(talk), swung(talk, False), swung(talk, True),
              *(shaken(talk, i) for i in range(SHAKEN))]
    return all(not compare(outcome, world.run(other.text()), False) for other in others)


def _is_counted_otherwise(talk, at):
    """docs/RFC.md: retransmissions that an undone recovery left behind. Linux counts them again
    when they are sent again, and sends nothing that is lost while as many are out."""
    linnet, kernel = (buffers.told_around(talk, at, ["tcpi_retrans", "tcpi_lost"], who)
                      for who in (False, True))
    if not linnet or not kernel:
        return False
    return any(a[0] < b[0] for a, b in zip(linnet, kernel)) or any(a[0] > a[1] for a in linnet)


def judge(talk):
    """Return: (difference or None, why one that was seen does not count or None)."""
    linnet = world.run(talk.text())
    kernel = world.run(talk.text(), True)
    found = compare(linnet, kernel, script=talk.text())
    if not found:
        return None, None
    if found.kind == KNOWN:
        return None, found.text
    if not is_steady(talk, linnet):
        return None, "linnet is at the edge of a timer"
    if found.at is not None and _is_counted_otherwise(talk, found.at):
        return None, "Linux counts retransmissions of what was undone otherwise"
    if buffers.explain(talk, found, linnet, kernel) or buffers.found_no_room(talk, found) or \
            buffers.grew_otherwise(talk, found, linnet.packets):
        return None, "buffers count other bytes"
    for i in range(AGAIN):
        other = shaken(talk, SHAKEN + i)
        once_more = compare(world.run(other.text()), world.run(other.text(), True))
        if not once_more or once_more.kind != found.kind:
            return None, "the kernel does otherwise the next time"
    return found, None
