# SPDX-License-Identifier: MIT
"""Draws a talk from a seed: settings, a handshake, then whatever a peer and a user may do.

What linnet has sent (duel/drawing.py) the peer acknowledges, SACKs or misunderstands. Talks of
several connections: duel/crowd.py.
"""
import random

from duel import crowd, names, steps
from duel.drawing import Drawing

CROWDS = .25	# of all talks have several connections


class Peer(Drawing):
    """The state of a talk that is being drawn: of the peer, what it sent and has seen."""

    def __init__(self, seed):
        super().__init__(seed, _settings)
        self.mss = self.r.choice([1000, 1000, 1460, 536, 100])
        self.win = self.r.choice([65535, 32792, 5000, 2000])
        self.isn = self.r.choice([0] * 9 + [4294966000])
        self.shift = 0
        self.sack = self.stamps = self.ecn = False
        self.acked = 1		# of the machine's numbers
        self.nxt = 1		# the peer's next number
        self.holes = []		# what it sent beyond
        self.told_sacks = set()	# blocks that it told
        self.over = False	# nothing may follow
        self.key = False	# its segments are signed
        self.fin = self.shut = self.closed = self.urgent = False
        self.fd = 4

    # ---- what the machine has sent ----

    def machine(self):
        """Since its last SYN."""
        at = max((i for i, p in enumerate(self.heard) if "S" in p.flags), default=0)
        return [p for p in self.heard[at:] if "R" not in p.flags]

    def sent(self):
        """The end of what it sent."""
        return max((p.seq + p.size + ("F" in p.flags) + ("S" in p.flags)
                    for p in self.machine()), default=1)

    def borders(self):
        ends = {p.seq + p.size + ("F" in p.flags) for p in self.machine() if "S" not in p.flags}
        return sorted(e for e in ends if e > self.acked)

    def echo(self):
        """The timestamp to echo: the last one. Of what was sent again by a timer, which is late
        in real time, it is compared with that time: then it is half-way to now."""
        stamped = [p for p in self.machine() if p.stamp is not None]
        if not stamped:
            return 0
        last = stamped[-1]
        value = 100 + (last.stamp - self.first_stamp) % 2**32
        again = any(p.seq == last.seq and (p.size or "F" in p.flags) for p in stamped[:-1])
        return value + (max(0, self.now // 10 - int(last.at * 1000)) // 2 if again else 0)

    @property
    def first_stamp(self):
        return next((p.stamp for p in self.machine() if p.stamp is not None), 0)

    def dead(self):
        return bool(self.heard) and "R" in self.heard[-1].flags

    # ---- segments ----

    def number(self, n):
        return (self.isn + n) % 2**32

    def signature(self):
        """Now and then a wrong one, or none, but of what may be in TIME-WAIT: docs/RFC.md."""
        k = 1 if self.fin else self.r.random()
        return [] if k < .05 else [f'md5 "{steps.KEY if k > .1 else "another"}"', "nop", "nop"]

    def options(self, sacks=(), stamp=None):
        words = []
        if self.key:
            words = self.signature()
        if self.stamps:
            value = 1000 + self.now // 10 if stamp is None else stamp
            words += ["nop", "nop", f"TS val {value} ecr {self.echo()}"]
        if sacks and self.sack and not (self.key and self.stamps):
            words += ["nop", "nop", "sack " + " ".join(
                f"{a}:{b}" for a, b in sacks[:2 if self.key else 3 if self.stamps else 4])]
        return f" <{','.join(words)}>" if words else ""

    def window(self):
        return min(65535, self.win >> self.shift)

    def segment(self, flags, at, size=0, ack=None, sacks=(), urg=0, stamp=None, ip=""):
        seq = self.number(at)
        ack = self.acked if ack is None else ack % 2**32
        return (f"< {ip}{flags} {seq}:{(seq + size) % 2**32}({size})" +
                (f" ack {ack}" if "." in flags else "") + f" win {self.window()}" +
                (f" urg {urg}" if urg else "") + self.options(sacks, stamp))


def _settings(r):
    """What the two are known to differ in is left out: see docs/RFC.md, Beside the kernel."""
    yield f"net.ipv4.tcp_congestion_control={r.choice(['reno'] * 4 + ['cubic'])}"
    yield 'net.ipv4.tcp_wmem="4096 2000000 4194304"'
    yield "net.ipv4.tcp_no_metrics_save=1"
    yield f"net.ipv4.tcp_ecn={r.choice([0, 1, 1, 2, 2])}"
    for name, values, chance in names.SETTINGS:
        if r.random() < chance:
            yield f"net.ipv4.{name}={r.choice(values)}"


def draw(seed):
    """Return: the talk; None where nothing came of it."""
    many = random.Random(f"several {seed}").random() < CROWDS
    return crowd.draw(seed) if many else draw_one(seed)


def draw_one(seed):
    peer = Peer(seed)
    if not steps.handshake(peer):
        return None
    for _ in range(peer.r.choice([3, 6, 12, 20, 30])):
        if not peer.move_on():
            break
        # Before the step: what the kernel puts off to its next tick is done by then.
        if not peer.closed and peer.r.random() < .35:
            fields = names.INFO if peer.r.random() < .75 else names.ROUGH
            peer.say("%{ print(" + ", ".join(fields) + ") }%")
        steps.step(peer)
        peer.hear()
        if peer.over or peer.status > 1 or (peer.dead() and peer.r.random() < .5):
            break
    peer.now = peer.clear(peer.now + peer.r.choice([500, 3000, 10000]))
    peer.say("%{ print(" + ", ".join(names.COUNTERS) + ") }%")
    return peer.talk
