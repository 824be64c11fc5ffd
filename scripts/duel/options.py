# SPDX-License-Identifier: MIT
"""What a user sets on his socket, and calls that come too late or twice."""

OPTIONS = [
    ("SOL_TCP", "TCP_NODELAY", [0, 1, 1]), ("SOL_TCP", "TCP_CORK", [0, 1]),
    ("SOL_TCP", "TCP_QUICKACK", [0, 1]), ("SOL_SOCKET", "SO_RCVBUF", [50000, 100000]),
    ("SOL_SOCKET", "SO_RCVLOWAT", [1, 1000, 5000]), ("SOL_TCP", "TCP_USER_TIMEOUT", [300, 1000]),
    ("SOL_TCP", "TCP_NOTSENT_LOWAT", [1, 5000]), ("SOL_TCP", "TCP_MAXSEG", [500, 800]),
    ("SOL_TCP", "TCP_LINGER2", [-1, 1]), ("SOL_SOCKET", "SO_OOBINLINE", [0, 1]),
    ("SOL_TCP", "TCP_THIN_LINEAR_TIMEOUTS", [1]),
    ("SOL_TCP", "TCP_SYNCNT", [1]), ("SOL_TCP", "TCP_RTO_MAX_MS", [1000]),
    ("SOL_TCP", "TCP_WINDOW_CLAMP", [1000, 5000, 30000]),
    ("SOL_SOCKET", "SO_SNDBUF", [3000, 10000]),
]
RARER = [
    ("SOL_TCP", "TCP_RTO_MIN_US", [50000, 400000, 1000000]),
    ("SOL_TCP", "TCP_DELACK_MAX_US", [20000, 100000]),
    ("SOL_TCP", "TCP_CONGESTION", ['"reno"', '"cubic"', '"none"']),
    ("SOL_TCP", "TCP_DEFER_ACCEPT", [1, 0]), ("SOL_TCP", "TCP_KEEPIDLE", [0, 100]),
    ("SOL_TCP", "TCP_USER_TIMEOUT", [0, -1]), ("SOL_TCP", "TCP_INQ", [1, 2]),
    ("SOL_TCP", "TCP_SAVE_SYN", [1]), ("SOL_TCP", "TCP_FASTOPEN", [5]),
    ("SOL_TCP", "TCP_FASTOPEN_CONNECT", [1]), ("SOL_TCP", "TCP_LINGER2", [0, 100000]),
    ("SOL_TCP", "TCP_MAXSEG", [0, 87, 40000]), ("SOL_TCP", "TCP_SYNCNT", [0]),
    ("SOL_TCP", "TCP_RTO_MAX_MS", [999, 120000]), ("SOL_TCP", "TCP_WINDOW_CLAMP", [0]),
    ("SOL_SOCKET", "SO_KEEPALIVE", [0, 1]), ("SOL_SOCKET", "SO_PRIORITY", [3]),
    ("SOL_SOCKET", "SO_MARK", [7]), ("SOL_SOCKET", "SO_RCVLOWAT", [0, -1]),
    ("SOL_TCP", "TCP_QUICKACK", [2]), ("SOL_SOCKET", "SO_REUSEADDR", [0]),
]
OF_IPV4 = [
    ("SOL_IP", "IP_TOS", [0x10, 0x13, 0]), ("SOL_IP", "IP_TTL", [3, 255]),
    ("SOL_IP", "IP_MTU_DISCOVER", [0, 1, 2, 3, 4, 5]), ("SOL_IP", "IP_RECVERR", [1, 1, 0]),
]
OF_IPV6 = [
    ("SOL_IPV6", "IPV6_TCLASS", [0x10, 0x13, 0]), ("SOL_IPV6", "IPV6_UNICAST_HOPS", [3, 255]),
    ("SOL_IPV6", "IPV6_MTU_DISCOVER", [0, 1, 2, 3, 4, 5]), ("SOL_IPV6", "IPV6_RECVERR", [1, 1, 0]),
]
EARLY = [
    ("SOL_TCP", "TCP_NODELAY", [1]), ("SOL_TCP", "TCP_CORK", [1]), ("SOL_TCP", "TCP_QUICKACK", [0]),
    ("SOL_TCP", "TCP_USER_TIMEOUT", [300, 2000]), ("SOL_TCP", "TCP_NOTSENT_LOWAT", [1000]),
    ("SOL_TCP", "TCP_LINGER2", [1, -1]), ("SOL_TCP", "TCP_SYNCNT", [1, 2]),
    ("SOL_TCP", "TCP_RTO_MAX_MS", [1000]), ("SOL_TCP", "TCP_RTO_MIN_US", [50000, 400000]),
    ("SOL_TCP", "TCP_DELACK_MAX_US", [20000]), ("SOL_TCP", "TCP_CONGESTION", ['"cubic"']),
    ("SOL_TCP", "TCP_WINDOW_CLAMP", [1000, 5000]), ("SOL_TCP", "TCP_SAVE_SYN", [1]),
    ("SOL_TCP", "TCP_THIN_LINEAR_TIMEOUTS", [1]), ("SOL_SOCKET", "SO_OOBINLINE", [1]),
    ("SOL_SOCKET", "SO_RCVLOWAT", [1000]), ("SOL_SOCKET", "SO_PRIORITY", [3]),
    ("SOL_SOCKET", "SO_MARK", [7]), ("SOL_TCP", "TCP_KEEPIDLE", [1]),
    ("SOL_TCP", "TCP_KEEPINTVL", [1]), ("SOL_TCP", "TCP_KEEPCNT", [1]),
    ("SOL_TCP", "TCP_INQ", [1]),
]
ODD = [
    "listen({fd}, 1) = ...", "bind({fd}, ..., ...) = ...", "connect({fd}, ..., ...) = ...",
    "accept4({fd}, ..., ..., SOCK_NONBLOCK) = -1", "shutdown({fd}, 3) = ...",
    "shutdown({fd}, SHUT_RDWR) = ...", "getpeername({fd}, ..., ...) = ...",
    "recv({fd}, ..., 0, 0) = ...", "send({fd}, ..., 0, 0) = ...",
    "send({fd}, ..., 0, MSG_OOB) = ...", "send({fd}, ..., 0, MSG_EOR) = ...",
    "recv({fd}, ..., 1, MSG_OOB|MSG_PEEK) = ...", "recv({fd}, ..., 1, MSG_PEEK|MSG_TRUNC) = ...",
    "recv({fd}, ..., 2000, MSG_TRUNC) = ...", "recv({fd}, ..., 2000, MSG_WAITALL) = ...",
    "send({fd}, ..., 700, MSG_NOSIGNAL|MSG_MORE) = ...",
]


def keepalive(peer):
    r, fd = peer.r, peer.fd
    # KEEPIDLE last: it may be due at once, which in Linux is at the next tick, after the rest.
    peer.say("\n".join([f"setsockopt({fd}, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0",
                        f"setsockopt({fd}, SOL_TCP, TCP_KEEPCNT, [{r.choice([1, 3])}], 4) = 0",
                        f"setsockopt({fd}, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0",
                        f"setsockopt({fd}, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0"]))


def _set(peer, fd, level, name, values):
    value = peer.r.choice(values)
    size = len(value) - 2 if isinstance(value, str) else 4
    peer.say(f"setsockopt({fd}, {level}, {name}, [{value}], {size}) = ...")


def _of_ip(peer):
    return OF_IPV6 if peer.talk.version == "ipv6" else OF_IPV4


def early(peer, fd):
    """Of a listener, from which its connections have them, or before connect()."""
    for _ in range(peer.r.choice([0] * 6 + [1, 1, 2, 4])):
        _set(peer, fd, *peer.r.choice(EARLY + _of_ip(peer) * 2))
    if peer.r.random() < .05:
        peer.say(f"setsockopt({fd}, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0")
    if peer.r.random() < .05:
        peer.say(f"setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0")


def odd(peer):
    """What few programs do to a connected socket."""
    if not peer.closed:
        peer.say(peer.r.choice(ODD).format(fd=peer.fd))


def option(peer):
    r, fd = peer.r, peer.fd
    if peer.closed:
        return
    k = r.random()
    if k < .08:
        keepalive(peer)
    elif k < .14:
        peer.say(f"setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{onoff=1, linger=0}}, 8) = 0")
    else:
        _set(peer, fd, *r.choice(OPTIONS if k < .7 else RARER + _of_ip(peer) * 3))
