# SPDX-License-Identifier: MIT
"""What may happen next at a listener with several peers (duel/crowd.py)."""
import re

from duel import crowd as crowds
from duel import steps
from duel.talk import TICKS

EVENTS = "POLLIN|POLLOUT|POLLRDHUP|POLLERR|POLLHUP"


def _socket(crowd, reuse):
    fd = crowd.next_fd
    crowd.next_fd += 1
    crowd.say(f"socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = {fd}\n"
              f"setsockopt({fd}, SOL_SOCKET, SO_REUSEADDR, [{int(reuse)}], 4) = 0", True)
    return fd


def begin(crowd):
    fd = _socket(crowd, crowd.r.random() < .9)
    if crowd.r.random() < .1:
        crowd.say(f"setsockopt({fd}, SOL_TCP, TCP_DEFER_ACCEPT, [{crowd.r.choice([1, 3])}], 4) = 0")
    if crowd.r.random() < .1:
        crowd.say(f"setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0")
    crowd.say(f"bind({fd}, ..., ...) = 0\nlisten({fd}, {crowd.r.choice([0, 1, 1, 2, 3])}) = 0",
              True)
    crowd.listener = fd
    _syn(crowd)		# times of packets count from the first one


# ---- the peers ----

def _say_syn(crowd, conn, late=0):
    """With the line of the SYN-ACK, so that the machine's numbers are known. Return: whether it
    came."""
    value = (crowd.stamp() - late) % 2**32
    before = crowd.talk
    syn = (f"< {conn.port}>8080 S{'EW' if crowd.r.random() < .05 else ''} {conn.isn}:{conn.isn}(0)"
           f" win 20000 <{conn.syn_words(value)}>")
    crowd.say(syn)
    crowd.hear()
    new = [p for p in crowd.heard[conn.began:] if p.port == conn.port]
    if not new or "S" not in new[-1].flags or round(new[-1].at * TICKS) < crowd.now:
        return False
    p = new[-1]
    echo = re.search(r"TS ecr (\d+)", p.options)
    crowd.talk = before
    crowd.say(f"{syn}\n> 8080>{conn.port} {p.flags} 0:0(0) ack {(conn.isn + 1) % 2**32}"
              f" <{steps.answer_words(p.options, echo and echo[1])}>")
    have = [w.split()[0] for w in p.options.split(",")]
    conn.stamps = conn.wants_stamps and "TS" in have
    conn.shift = (conn.wants_scale or 0) if "wscale" in have else 0
    conn.answered = True
    return True


def _syn(crowd):
    conn = crowds.Conn(crowd, crowd.next_port)
    crowd.next_port += 1
    crowd.conns.append(conn)
    _say_syn(crowd, conn)


def _syn_again(crowd, conn):
    """Of one that was not answered, or waits for its ACK."""
    if conn.answered and (conn.nxt > 1 or len(crowd.machine(conn)) > 1):
        return
    began, conn.began = conn.began, len(crowd.heard)
    if not _say_syn(crowd, conn):
        conn.gone, conn.began = conn.answered, began


def _ack(crowd, conn):
    """What completes the handshake, or what nearly does."""
    r = crowd.r
    ack = conn.acked = max(conn.acked, crowd.sent(conn))
    size = r.choice([0] * 5 + [10, 200])
    k = r.random()
    if k < .06:
        ack += r.choice([10, 1000, -10])	# docs/RFC.md: cookies and the next few numbers
    flags = "F." if .06 < k < .12 else "P." if size else "."
    crowd.say(crowd.segment(conn, flags, conn.nxt, size, ack))
    if ack == conn.acked:
        _sent(crowd, conn, size, flags)


def _sent(crowd, conn, size, flags):
    """Whether the machine took it: what it acknowledges later tells."""
    if not conn.fin:
        # That of a FIN that completes the handshake Linux acknowledges at its next tick.
        crowd.pause |= "F" in flags
        conn.nxt += size + ("F" in flags)
        conn.fin = "F" in flags


def _data(crowd, conn):
    r, size = crowd.r, crowd.r.choice([1, 10, 100, 300])
    old = [1, size, 50] if not conn.fin else [size]	# docs/RFC.md: data over a FIN
    at = conn.nxt if r.random() < .8 else max(1, conn.nxt - r.choice(old))
    if r.random() < .7:
        conn.acked = max(conn.acked, crowd.sent(conn))
    crowd.say(crowd.segment(conn, "P.", at, size))
    if at == conn.nxt:
        _sent(crowd, conn, size, "P.")


def _fin(crowd, conn):
    if crowd.r.random() < .7:
        conn.acked = max(conn.acked, crowd.sent(conn))
    crowd.say(crowd.segment(conn, "F.", conn.nxt - conn.fin))
    _sent(crowd, conn, 0, "F.")


def _reset(crowd, conn):
    r = crowd.r
    crowd.say(crowd.segment(conn, r.choice(["R", "R", "R."]),
                            conn.nxt + r.choice([0, 0, 0, 1, 100, 100000])))


def _odd(crowd, conn):
    r = crowd.r
    crowd.say(crowd.segment(conn, r.choice(["S.", "-", ".", "P.", "F."]),
                            conn.nxt + r.choice([0, 0, -10, 10, 100000]), r.choice([0, 0, 10]),
                            conn.acked + r.choice([0, -10, 10, 100000])))


def _is_over(crowd, conn):
    """Both FINs were seen, each acknowledged perhaps."""
    return conn.fin and any("F" in p.flags for p in crowd.machine(conn))


def _reuse(crowd, conn):
    """A new SYN of the same port. Once more from the beginning."""
    r = crowd.r
    far = r.choice([1, 0, -1, 1000, 100000, -5000, 200000000])
    conn.isn = (conn.isn + conn.nxt + far) % 2**32
    conn.wants_stamps = r.random() < (.9 if conn.stamps else .2)
    conn.began = len(crowd.heard)
    conn.begin(crowd)
    conn.gone = not _say_syn(crowd, conn, r.choice([0, 0, 0, 1000, 100000, -100000]))


def _of_peer(crowd):
    r = crowd.r
    live = [c for c in crowd.conns if not c.gone]
    if not live:
        _syn(crowd)
        return
    conn = r.choice(live[-4:])
    if not conn.answered:
        r.choice([_syn_again] * 3 + [_ack, _data])(crowd, conn)
    elif conn.nxt == 1 and not _is_over(crowd, conn) and r.random() < .7:
        _ack(crowd, conn)
    elif _is_over(crowd, conn) and r.random() < .5:
        _reuse(crowd, conn)
    else:
        r.choices([_data, _ack, _fin, _reset, _odd, _syn_again], [8, 5, 6, 2, 2, 1])[0](crowd, conn)


def _stranger(crowd):
    r = crowd.r
    port = r.choice([crowd.next_port + 5000, 50000])
    seq, ack, size = r.choice([0, 77, 4000000000]), r.choice([0, 5, 3000000000]), r.choice([0, 10])
    flags = r.choice([".", "P.", "F.", "R", "R.", "S.", "F", "-", "SF"])
    crowd.say(f"< {port}>{r.choice([8080, 8080, 9])} {flags} {seq}:{(seq + size) % 2**32}({size})" +
              (f" ack {ack}" if "." in flags else "") + " win 1000")


# ---- the user ----

def _accept(crowd):
    if crowd.listener is None:
        return
    before = crowd.talk
    crowd.say(f"accept4({crowd.listener}, ..., ..., SOCK_NONBLOCK) = ...")
    crowd.hear()
    if crowd.said[-1][1].startswith("accept4() returned -1"):
        return
    crowd.talk = before
    crowd.say(f"accept4({crowd.listener}, ..., ..., SOCK_NONBLOCK) = {crowd.next_fd}", True)
    crowd.fds.append(crowd.next_fd)
    crowd.next_fd += 1


def _of_accepted(crowd):
    r = crowd.r
    if not crowd.fds:
        return
    fd = r.choice(crowd.fds)
    what = r.choices(
        ["recv({}, ..., 1000, 0) = ...", "send({}, ..., 100, 0) = ...", "close({}) = 0",
         "shutdown({}, SHUT_WR) = ...", "shutdown({}, SHUT_RD) = ...",
         "getsockopt({}, SOL_SOCKET, SO_ERROR, ..., [4]) = ...",
         f"poll([{{{{fd={{}}, events={EVENTS}, revents=...}}}}], 1, 0) = ...",
         "setsockopt({}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0"],
        [6, 5, 5, 2, 1, 1, 2, 1])[0]
    if what.startswith("close"):
        crowd.fds.remove(fd)
    crowd.say(what.format(fd))


def _of_listener(crowd):
    r, fd = crowd.r, crowd.listener
    if fd is None:
        _listen_anew(crowd)
        return
    k = r.random()
    if k < .3:
        crowd.say(f"poll([{{fd={fd}, events={EVENTS}, revents=...}}], 1, 0) = ...")
    elif k < .55:
        crowd.say(f"listen({fd}, {r.choice([0, 1, 2, 5])}) = ...")
    elif k < .7:
        crowd.say(f"shutdown({fd}, {r.choice(['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR'])}) = ...")
    elif k < .8:
        crowd.say(f"getsockopt({fd}, SOL_SOCKET, SO_ERROR, ..., [4]) = ...")
    else:
        crowd.say(f"close({fd}) = 0")
        crowd.listener = None


def _listen_anew(crowd):
    """On the same port, beside what is left of the former one's connections."""
    r = crowd.r
    fd = _socket(crowd, r.random() < .7)
    crowd.say(f"bind({fd}, ..., ...) = ...\nlisten({fd}, {r.choice([0, 1, 2])}) = ...", True)
    crowd.hear()
    if any("returned -1" in what for _, what in crowd.said[-2:]):
        crowd.say(f"close({fd}) = 0")
    else:
        crowd.listener = fd


def _bind_beside(crowd):
    r = crowd.r
    fd = _socket(crowd, r.random() < .6)
    crowd.say(f"bind({fd}, ..., ...) = ...")
    if r.random() < .4:
        crowd.say(f"listen({fd}, 1) = ...")
    crowd.say(f"close({fd}) = 0")


def step(crowd):
    kinds = [(_syn, 14), (_of_peer, 42), (_accept, 12), (_of_accepted, 14), (_of_listener, 5),
             (_stranger, 4), (_bind_beside, 2)]
    crowd.r.choices([k for k, _ in kinds], [w for _, w in kinds])[0](crowd)
