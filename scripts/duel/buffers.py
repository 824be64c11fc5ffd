# SPDX-License-Identifier: MIT
"""Tells what follows from how many bytes of a buffer a packet takes.

These are each one's own (docs/RFC.md: how large a window is, once data came). On them depends where
the window ends, whether an ACK that moves it goes out at once, and what finds no room.
"""
import re

from duel import world
from duel.talk import TICKS

AT_ONCE = .004	# s: an ACK that goes out with what it answers
SSTHRESH = ["tcpi_rcv_ssthresh"]
NO_ROOM = [f"TcpExt{name}" for name in """
    PruneCalled RcvPruned OfoPruned TCPOFODrop TCPRcvQDrop TCPZeroWindowDrop TCPRcvCollapsed
    """.split()]
# What a print may say otherwise when an ACK went out sooner or later.
OF_ACKS = {"tcpi_segs_out", "TcpExtDelayedACKs", "TcpOutSegs"}


def told_around(talk, at, fields, kernel):
    """What the fields are just before and just after `at`: two lists of numbers, or less."""
    tick = int(at * TICKS)
    for t in (tick - 1, tick + 1):
        talk = talk.with_line_at(t, "%{ print(" + ", ".join(fields) + ") }%")
    told = [x.split() for _, x in world.run(talk.text(), kernel).said]
    return [[int(v) for v in x] for x in told
            if len(x) == len(fields) and all(map(str.isdigit, x))][-2:]


def _is_ack(p):
    return p.out and not p.size and not set("SFRU") & set(p.flags)


def _scale(packets):
    """Of the windows that the machine tells."""
    words = [re.search(r"wscale (\d+)", p.options) if p.out is out else None
             for out in (True, False) for p in packets if "S" in p.flags]
    ours = next((w for w in words if w), None)
    theirs = any("wscale" in p.options for p in packets if "S" in p.flags and not p.out)
    return int(ours[1]) if ours and theirs else 0


def _answers(packets):
    """For each packet of the peer: (it, the ACK that it got at once or None, the last packet that
    the machine had sent before, the next one)."""
    last, out = None, []
    for i, p in enumerate(packets):
        if p.out:
            last = p
            continue
        after = packets[i + 1] if i + 1 < len(packets) else None
        answer = after if after and _is_ack(after) and after.at - p.at < AT_ONCE else None
        out.append((p, answer, last, next((q for q in packets[i + 1:] if q.out), None)))
    return out


def _is_beyond(p, last, scale):
    edge = last.ack + (last.win << (0 if "S" in last.flags else scale))
    return p.seq + p.size + ("F" in p.flags) > edge


def _moves_window(told, last):
    return told is not None and last is not None and "S" not in last.flags and \
        told.win >= last.win


def _grew(talk, since, at, kernel):
    """From before one time until after the other the limit of the window grew."""
    told = told_around(talk, since, SSTHRESH, kernel)[:1] + \
        told_around(talk, at, SSTHRESH, kernel)[-1:]
    return len(told) == 2 and [0] < told[0] < told[1]


def _ack_by_window(talk, soon, late):
    """The window moves where the ACK went out at once only: by what is told, or its limit grew,
    which makes one or more ACKs quick, and what follows them less patient."""
    p, answer, last, _ = soon
    _, _, last_late, next_late = late
    if _moves_window(answer, last) and next_late and not _moves_window(next_late, last_late):
        return True
    return any([_grew(talk, since, p.at, kernel) for kernel in (False, True)] in
               ([True, False], [False, True])
               for since in {p.at, *(x.at for x in (last, last_late) if x)})


def grew_otherwise(talk, found, packets):
    """One only was made quick by data that let its window grow; quickness that is over shows."""
    return found.kind == "tcpi_ato" and any(
        _grew(talk, p.at, p.at, False) != _grew(talk, p.at, p.at, True)
        for p in packets if not p.out and p.size and p.at < found.at)


def is_small(script):
    """A packet or two fill half of it, and then no ACK is quick any more."""
    return re.search(r"SO_RCVBUF, \[[36]000\]", script) is not None


def explain(talk, found, linnet, kernel):
    """Whether the difference follows from the first packet that only one of them answered."""
    if found.at is None:
        return False
    scale = _scale(linnet.packets)
    for a, b in zip(_answers(linnet.packets), _answers(kernel.packets)):
        if a[0].at > found.at + AT_ONCE:
            break
        if a[2] and b[2] and _is_beyond(a[0], a[2], scale) != _is_beyond(b[0], b[2], scale):
            return True
        if bool(a[1]) != bool(b[1]):
            acks = found.of_ack or set(found.kind.split()) <= OF_ACKS
            soon, late = (a, b) if a[1] else (b, a)
            return acks and (is_small(talk.text()) or _ack_by_window(talk, soon, late))
    return False


def found_no_room(talk, found):
    """At that time one of them had dropped for want of room what the other had not."""
    if found.at is None:
        return False
    told = [told_around(talk, found.at, NO_ROOM, kernel)[-1:] for kernel in (False, True)]
    return bool(told[0]) and bool(told[1]) and told[0] != told[1]


def of_windows(a, b, script, found):
    """It shows in the windows told where tcp_shrink_window lets all of it, in what has no room
    where a buffer is small."""
    if (is_small(script) or "tcp_shrink_window=1" in script) and (found.kind == "packet win" or any(
            word in found.kind for word in ("ZeroWindowAdv", "Prune", "BeyondWindow", "ooopack"))):
        return True
    return "SO_SNDBUF" in script and any(
        x != y and x[1].startswith("send()") and y[1].startswith("send()")
        for x, y in zip(a.said, b.said))
