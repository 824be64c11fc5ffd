# SPDX-License-Identifier: MIT
"""What may happen next in a talk: each step draws from the peer's state and adds its lines."""
from duel import icmp, looks, options
from duel.talk import TICKS


KEY = "a secret"


# ---- handshake ----

def _syn_words(peer, sack, stamps, scale, echo=0, late=0):
    words = [f'md5 "{KEY}"', "nop", "nop"] if peer.key else []
    words += [f"mss {peer.mss}"] + (["sackOK"] if sack else [])
    words += [f"TS val {(1000 + peer.now // 10 - late) % 2**32} ecr {echo}"] if stamps else []
    return words + (["nop", f"wscale {scale}"] if scale is not None else [])


def answer_words(text, echo):
    """The options of the machine's SYN or SYN-ACK, in their usual layout."""
    have = [w.split()[0] for w in text.split(",")]
    words = ["nop", "nop", f'md5 "{KEY}"'] * ("md5" in have) + ["mss *"]
    if "TS" in have:
        words += ["sackOK"] if "sackOK" in have else ["nop", "nop"]
        words += [f"TS val 100 ecr {echo}"]
    elif "sackOK" in have:
        words += ["nop", "nop", "sackOK"]
    return ",".join(words + (["nop", "wscale *"] if "wscale" in have else []))


def _await_first(peer, echo):
    """The line of the first packet that the machine sent, so that its numbers are known."""
    if not peer.heard:
        return None
    p = peer.heard[0]
    ack = f" ack {peer.number(p.ack)}" if "." in p.flags else ""
    peer.say(f"> {p.flags} 0:{p.size}({p.size}){ack} <{answer_words(p.options, echo)}>", True)
    return p


def _agree(peer, theirs, sack, stamps, scale):
    """What both have in their SYNs is used."""
    have = [w.split()[0] for w in theirs.split(",")]
    peer.sack, peer.stamps = sack and "sackOK" in have, stamps and "TS" in have
    peer.shift = min(scale, 14) if scale is not None and "wscale" in have else 0


def _passive(peer):
    r = peer.r
    sack, stamps = r.random() < .8, r.random() < .5
    scale = r.choice([7, 7, 7, 0, 14, 2, None])
    peer.say("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
             "setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0", True)
    _early_options(peer, 3)
    if r.random() < .1:
        peer.say(f"setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [{r.choice([1, 3])}], 4) = 0")
    fast = int(peer.setting("tcp_fastopen") or "0", 0) & 2
    if fast:
        peer.say("setsockopt(3, SOL_TCP, TCP_FASTOPEN, [5], 4) = 0")
    peer.say(f"bind(3, ..., ...) = 0\nlisten(3, {r.choice([1, 5])}) = 0", True)
    peer.ecn = r.random() < .3
    size = r.choice([1, 100, 500]) if fast and r.random() < .6 else 0
    if size:
        peer.win = max(peer.win, 5000)	# docs/RFC.md: MSS of Fast Open and small windows
    words = ",".join(_syn_words(peer, sack, stamps, scale))
    first = peer.number(0)
    peer.say(f"< S{'EW' if peer.ecn else ''} {first}:{(first + size) % 2**32}({size})"
             f" win {peer.win} <{words}>", True)
    peer.hear()
    p = _await_first(peer, 1000)
    if not p or "S" not in p.flags:
        return False
    peer.ecn = "E" in p.flags
    peer.nxt = p.ack
    _agree(peer, p.options, sack, stamps, scale)
    peer.hear()
    for _ in range(r.choice([0, 0, 0, 1, 2])):
        peer.move_on()
        _before_the_ack(peer, words)
        peer.hear()
    peer.move_on()
    _third(peer)
    peer.hear()
    peer.move_on()
    _accept(peer)
    return peer.status == 0


def _accept(peer):
    """As descriptor 4, if there is anybody; else the talk goes on without a user."""
    before = peer.talk
    peer.say("accept4(3, ..., ..., SOCK_NONBLOCK) = ...", True)
    peer.hear()
    if peer.said[-1][1].startswith("accept4() returned -1"):
        peer.closed = True
    else:
        peer.talk = before
        peer.say("accept4(3, ..., ..., SOCK_NONBLOCK) = 4", True)


def _before_the_ack(peer, words):
    r, first = peer.r, peer.number(0)
    peer.say(r.choice([
        f"< S {first}:{first}(0) win 32792 <{words}>",
        peer.segment(".", r.choice([1, 1, 100]), ack=r.choice([0, 2, 5000])),
        peer.segment("R", r.choice([2, 100000])),
        peer.segment("S.", 0, ack=1),
        peer.segment(".", 1000001, ack=1),
        peer.segment("P.", 1, 100, ack=r.choice([0, 7])),
        peer.segment("P.", peer.nxt + 100, 100, ack=1),
        icmp.error(peer),
    ]))


def _third(peer):
    size = peer.r.choice([0] * 7 + [200, 100])
    flags = peer.r.choice(["."] * 5 + ["P."] * 2 + ["F."] if size else ["."] * 9 + ["F."])
    peer.say(peer.segment(flags, peer.nxt, size, ack=1), True)
    peer.nxt += size + ("F" in flags)
    peer.fin = "F" in flags


def _active(peer):
    r = peer.r
    peer.fd = 3
    peer.say("socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3", True)
    _early_options(peer, 3)
    if int(peer.setting("tcp_fastopen") or "1", 0) & 5 == 5:	# no cookie is asked for
        peer.say(f"sendto(3, ..., {r.choice([1, 500, 3000])}, MSG_FASTOPEN, ..., ...) = ...", True)
    else:
        peer.say("connect(3, ..., ...) = -1 EINPROGRESS (x)", True)
    peer.hear()
    p = _await_first(peer, 0)
    if not p:
        return False
    asked = "E" in p.flags
    peer.hear()
    for _ in range(r.choice([0, 0, 0, 0, 1])):
        peer.move_on()
        peer.say(r.choice([
            peer.segment(".", 0, ack=r.choice([0, 1, 2, 1000])),
            peer.segment("R", 0), peer.segment("S.", 0, ack=r.choice([0, 2, 1000])),
            peer.segment("F.", 0, ack=1), peer.segment("P.", 1, 100, ack=r.choice([0, 1])),
            icmp.error(peer), icmp.error(peer),
        ]))
        peer.hear()
    peer.move_on()
    sack, stamps = r.random() < .8, r.random() < .5
    scale = r.choice([7, 7, 7, 0, 14, 2, None])
    simultaneous = all(w in p.options for w in ("sackOK", "TS", "wscale")) and r.random() < .15
    if simultaneous:	# with all options: docs/RFC.md says why
        sack = stamps = True
        scale = 7
    peer.ecn = asked and not simultaneous and r.random() < .7
    _agree(peer, p.options, sack, stamps, scale)
    words = ",".join(_syn_words(peer, sack, stamps, scale, peer.echo()))
    first, ack = peer.number(0), r.choice([1, 1 + p.size, 1 + p.size])
    peer.acked = max(peer.acked, 1 if simultaneous else ack)
    peer.say(f"< S{'' if simultaneous else '.'}{'E' if peer.ecn else ''} {first}:{first}(0)"
             f"{'' if simultaneous else f' ack {ack}'} win {peer.win} <{words}>", True)
    peer.hear()
    if simultaneous:
        peer.move_on()
        peer.say(peer.segment(".", 1, ack=1), True)
        peer.hear()
    return peer.status == 0 and not peer.dead()


def _early_options(peer, fd):
    r = peer.r
    options.early(peer, fd)
    peer.key = r.random() < .07
    if peer.key:
        peer.say(f'setsockopt({fd}, SOL_TCP, TCP_MD5SIG, {{tcpm_key="{KEY}"}}, ...) = 0', True)
    if r.random() < .25:
        peer.say(f"setsockopt({fd}, SOL_SOCKET, SO_RCVBUF, "
                 f"[{r.choice([50000, 100000, 3000, 6000])}], 4) = 0")
    if r.random() < .15 and not peer.setting("tcp_syncookies"):
        peer.say(f"setsockopt({fd}, SOL_TCP, TCP_MAXSEG, [{r.choice([300, 700])}], 4) = 0")


def handshake(peer):
    """Return: whether there is a connection to talk by."""
    return _active(peer) if peer.r.random() < .25 else _passive(peer)


# ---- the user ----

def _send(peer):
    if peer.closed:
        return
    m, r = peer.mss, peer.r
    size = r.choice([1, 100, m, m, 2 * m, 3 * m + 50, 5 * m, 10 * m, 30 * m])
    flags = r.choice(["0"] * 6 + ["MSG_MORE", "MSG_EOR", "MSG_OOB"])
    peer.urgent |= flags == "MSG_OOB"
    peer.say(f"send({peer.fd}, ..., {size}, {flags}) = ...")


def _read(peer):
    if not peer.closed:
        size, flags = peer.r.choice([10, 500, 3000, 100000]), peer.r.choice(
            ["0"] * 8 + ["MSG_PEEK", "MSG_OOB"])
        peer.say(f"recv({peer.fd}, ..., {1 if flags == 'MSG_OOB' else size}, {flags}) = ...")


def _end(peer):
    k = peer.r.random()
    if peer.closed:
        return
    if k < .5:
        peer.say(f"shutdown({peer.fd}, SHUT_WR) = ...")
        peer.shut = True
    elif k < .6:
        peer.say(f"shutdown({peer.fd}, SHUT_RD) = ...")
    else:
        peer.say(f"close({peer.fd}) = 0")
        peer.closed = True


# ---- the peer ----

def _marks(peer):
    if not peer.ecn or peer.r.random() > .3:
        return ""
    return peer.r.choice(["[ect0] ", "[ce] ", "[noecn] "])


def _sacks(peer, ack):
    """Blocks of what was sent beyond ack, by its borders; now and then a D-SACK first."""
    r, ends = peer.r, [b for b in peer.borders() if b > ack]
    blocks = []
    if len(ends) > 1 and r.random() < .6:
        for _ in range(r.choice([1, 1, 2, 3])):
            i = r.randrange(len(ends) - 1)
            j = min(len(ends) - 1, i + r.randrange(1, 4))
            blocks.append((ends[i], ends[j]))
    if r.random() < .12 and ack > peer.mss:
        blocks.insert(0, (ack - peer.mss, ack))
    elif len(blocks) > 1 and _inside(*blocks[:2]) and blocks[0] not in peer.told_sacks:
        blocks.pop(0)	# docs/RFC.md: a D-SACK of what the same ACK SACKs first
    peer.told_sacks.update(blocks)
    return blocks


def _inside(a, b):
    return b[0] <= a[0] and a[1] <= b[1]


def _ack(peer):
    r, ends = peer.r, peer.borders()
    if r.random() < .15:
        peer.win = r.choice([0, 500, peer.mss, 3 * peer.mss, 10 * peer.mss, 65535])
    ack = peer.acked
    if ends and r.random() < .7:
        ack = r.choice(ends + [ends[-1]] * 2)
        if r.random() < .08 and ack - peer.acked > 1 and not peer.sack:
            ack -= 1	# in the middle of a segment; docs/RFC.md has why not with SACK
    sacks = _sacks(peer, ack)
    peer.acked = ack
    flags = "." + ("E" if peer.ecn and r.random() < .2 else "")
    for _ in range(r.choice([1, 1, 1, 1, 2, 3])):
        peer.say(peer.segment(flags, peer.nxt, ack=ack, sacks=sacks, ip=_marks(peer)))
        peer.now += 10


def _place(peer, size):
    """Where a segment begins, and whether it is as awaited."""
    r, k, nxt = peer.r, peer.r.random(), peer.nxt
    if peer.fin:
        return r.choice([nxt, max(1, nxt - size)])
    if k < .55:
        return nxt
    if k < .75:
        return nxt + r.choice([100, size, peer.mss, 3000])
    if k < .92:
        return max(1, nxt - r.choice([1, size // 2, size, 50]))
    return nxt + r.choice([200000, 0x7fffffff]) if k < .96 else max(1, nxt - 100000)


def _data(peer):
    r, m = peer.r, peer.mss
    size = min(1400, r.choice([1, 100, m, m, 2 * m, 10 * m]))
    at = _place(peer, size)
    flags, urg = r.choice([".", "P.", "P."]), 0
    if peer.ecn and r.random() < .15:
        flags += "W"
    if r.random() < .07:
        flags, urg = "P.U", r.choice([1, size, max(1, size // 2), size + 5])
    if r.random() < .4:
        peer.acked = max(peer.acked, peer.sent())
    stamp = None
    if peer.stamps and r.random() < .04:
        stamp = 1000 + peer.now // 10 - r.choice([1, 500, 100000])
    peer.say(peer.segment(flags, at, size, urg=urg, stamp=None if stamp is None else
                          stamp % 2**32, ip=_marks(peer)))
    if stamp is None:
        _sent(peer, at, size)


def _sent(peer, at, size):
    """What the machine should have now, by the peer."""
    peer.holes.append((at, at + size))
    for a, b in sorted(peer.holes):
        if a <= peer.nxt < b and b - peer.nxt < 10000:
            peer.nxt = b


def _fin(peer):
    r = peer.r
    if peer.fin:
        peer.acked = max(peer.acked, peer.sent())
        peer.say(peer.segment(r.choice([".", ".", "F."]), peer.nxt - (r.random() < .3)))
        return
    at = peer.nxt if r.random() < .8 else peer.nxt + 100
    size = r.choice([0, 0, 50])
    if r.random() < .6:
        peer.acked = max(peer.acked, peer.sent())
    peer.say(peer.segment("F." if not size else "FP.", at, size))
    if at == peer.nxt:
        peer.fin = True
        peer.nxt += size + 1


def _odd(peer):
    r, k, nxt = peer.r, peer.r.random(), peer.nxt
    if k < .25:
        peer.say(peer.segment(r.choice(["R", "R."]), nxt + r.choice([0, 1, 100, 5000000])))
    elif k < .45 and peer.fd == 3:	# to a listener it would be another connection
        peer.say(peer.segment("S", nxt + r.choice([0, 1, 1000, -1])))
    elif k < .55:
        peer.say(peer.segment("S.", nxt + r.choice([0, -1])))
    elif k < .8:
        wrong = r.choice([-min(peer.mss, peer.acked - 1), 1000000, 5, -100000])
        if wrong == 5 and peer.sack:
            wrong = 2000000	# not in the middle of a segment, as in _ack()
        peer.say(peer.segment(".", nxt, ack=peer.acked + wrong))
    elif k < .9 and peer.acked < peer.sent():
        peer.say(icmp.error(peer))
    else:
        peer.say(peer.segment("-", nxt, 1))


def _again(peer):
    """A SYN of the same ports: a new connection, where this one is in TIME-WAIT."""
    r = peer.r
    at = peer.number(peer.nxt + r.choice([0, 1, 1000, 100000, -1, -5000]))
    words = ",".join(_syn_words(peer, r.random() < .8, r.random() < (.9 if peer.stamps else .2),
                                r.choice([7, 7, None]), late=r.choice([0, 0, 100000, -100000])))
    peer.say(f"< [again] S {at}:{at}(0) win {peer.win} <{words}>")
    peer.over = True


def _idle(peer):
    del peer


def step(peer):
    kinds = [(_send, 22), (_ack, 28 if peer.borders() else 8), (_data, 22), (_read, 8),
             (options.option, 8), (options.odd, 2), (looks.look, 8), (_end, 4), (_fin, 4),
             (_odd, 5), (_idle, 3)]
    if peer.fin and (peer.shut or peer.closed) and peer.fd == 4 and peer.r.random() < .15:
        _again(peer)
        return
    pick = peer.r.choices([k for k, _ in kinds], [w for _, w in kinds])[0]
    pick(peer)
