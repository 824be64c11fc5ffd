# SPDX-License-Identifier: MIT
"""Draws a talk of several connections: peers' SYNs and ACKs at a listener whose queues are short,
its user who accepts or does not, TIME-WAIT and new SYNs of the same ports, strangers.

Little data goes by, so nothing depends on what buffers count.
"""
from duel import listeners, names
from duel.drawing import Drawing

# Not tcp_challenge_ack_limit: which second it is depends on when the computer was started.
SETTINGS = [
    ("tcp_syncookies", [0, 0, 2], .5), ("tcp_abort_on_overflow", [1], .3),
    ("tcp_synack_retries", [0, 1], .2), ("tcp_max_syn_backlog", [2, 4, 8], .25),
    ("tcp_max_tw_buckets", [0, 1], .15), ("tcp_fin_timeout", [1], .2), ("tcp_rfc1337", [1], .2),
    ("tcp_timestamps", [0, 2], .15), ("tcp_sack", [0], .1), ("tcp_window_scaling", [0], .1),
    ("tcp_invalid_ratelimit", [0], .5),
    ("tcp_tw_reuse", [1], .1), ("tcp_syn_retries", [1], .1),
]


def _settings(r):
    yield "net.ipv4.tcp_congestion_control=reno"
    yield "net.ipv4.tcp_no_metrics_save=1"
    yield f"net.ipv4.tcp_ecn={r.choice([0, 2, 2])}"
    for name, values, chance in SETTINGS:
        if r.random() < chance:
            yield f"net.ipv4.{name}={r.choice(values)}"
    if r.random() < .15:
        yield f"net.core.somaxconn={r.choice([1, 2])}"


class Conn:
    """What a peer knows of its connection. Its numbers count from its SYN."""

    def __init__(self, crowd, port):
        r = crowd.r
        self.port = port
        self.isn = r.choice([0, 0, 1000, 4294967000])
        self.mss = r.choice([1000, 1460, 536])
        self.wants_sack, self.wants_stamps = r.random() < .7, r.random() < .4
        self.wants_scale = r.choice([7, 7, 0, None])
        self.begin(crowd)

    def begin(self, crowd):
        self.began = len(crowd.heard)	# what was heard before is of another connection
        self.stamps = False
        self.shift = 0
        self.nxt = self.acked = 1
        self.answered = self.fin = False
        self.gone = False		# nothing of it can be said any more

    def syn_words(self, value):
        words = [f"mss {self.mss}"] + ["sackOK"] * self.wants_sack
        words += [f"TS val {value} ecr 0"] * self.wants_stamps
        return ",".join(words + (["nop", f"wscale {self.wants_scale}"]
                                 if self.wants_scale is not None else []))

    def number(self, n):
        return (self.isn + n) % 2**32 if n == 0 else n % 2**32


class Crowd(Drawing):
    def __init__(self, seed):
        super().__init__(seed, _settings)
        self.conns = []
        self.fds = []			# of accepted connections
        self.next_fd = 3
        self.listener = None
        self.next_port = 40001
        self.pause = False		# nothing may come at the same time

    def machine(self, conn):
        """What it sent on a connection, without resets."""
        return [p for p in self.heard[conn.began:] if p.port == conn.port and "R" not in p.flags]

    def sent(self, conn):
        return max((p.seq + p.size + ("F" in p.flags) + ("S" in p.flags)
                    for p in self.machine(conn)), default=1)

    def is_reset(self, conn):
        last = [p for p in self.heard[conn.began:] if p.port == conn.port]
        return bool(last) and "R" in last[-1].flags

    def stamp(self):
        return 1000 + self.now // 10

    def echo(self, conn):
        """As Peer.echo(): of what was sent again, half-way to now."""
        stamped = [p for p in self.machine(conn) if p.stamp is not None]
        if not stamped:
            return 0
        last = stamped[-1]
        value = 100 + (last.stamp - stamped[0].stamp) % 2**32
        again = any(p.seq == last.seq and p.flags == last.flags for p in stamped[:-1])
        return value + (max(0, self.now // 10 - int(last.at * 1000)) // 2 if again else 0)

    def segment(self, conn, flags, at, size=0, ack=None, late=0):
        ack = conn.acked if ack is None else ack % 2**32
        words = (f" <nop,nop,TS val {(self.stamp() - late) % 2**32} ecr {self.echo(conn)}>"
                 if conn.stamps else "")
        at = at % 2**32
        return (f"< {conn.port}>8080 {flags} {at}:{(at + size) % 2**32}({size})" +
                (f" ack {ack}" if "." in flags else "") +
                f" win {min(65535, 20000 >> conn.shift)}{words}")


def draw(seed):
    """Return: the talk; None where nothing came of it."""
    crowd = Crowd(seed)
    listeners.begin(crowd)
    for _ in range(crowd.r.choice([6, 12, 20, 30])):
        # Several may come at the same time.
        if (crowd.pause or crowd.r.random() < .55) and not crowd.move_on():
            break
        crowd.pause = False
        crowd.now += 10
        listeners.step(crowd)
        crowd.hear()
        if crowd.status:
            break
    crowd.now = crowd.clear(crowd.now + crowd.r.choice([500, 3000, 10000]))
    crowd.say("%{ print(" + ", ".join(names.COUNTERS) + ") }%")
    return crowd.talk
