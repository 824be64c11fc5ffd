# SPDX-License-Identifier: MIT
"""What a user asks of his socket: options, what waits, what is ready, which errors are queued."""

# SO_RCVBUF, SO_SNDBUF and TCP_WINDOW_CLAMP follow from what packets take of memory.
ASKED = [
    *(("SOL_TCP", name) for name in """
    TCP_NODELAY TCP_MAXSEG TCP_CORK TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT TCP_SYNCNT TCP_LINGER2
    TCP_DEFER_ACCEPT TCP_QUICKACK TCP_USER_TIMEOUT TCP_THIN_LINEAR_TIMEOUTS TCP_THIN_DUPACK
    TCP_FASTOPEN TCP_NOTSENT_LOWAT TCP_FASTOPEN_CONNECT TCP_FASTOPEN_NO_COOKIE TCP_INQ
    TCP_SAVE_SYN TCP_RTO_MAX_MS TCP_RTO_MIN_US TCP_DELACK_MAX_US TCP_TX_DELAY
    """.split()),
    *(("SOL_SOCKET", name) for name in """
    SO_ERROR SO_ERROR SO_ERROR SO_ERROR SO_KEEPALIVE SO_OOBINLINE SO_RCVLOWAT SO_REUSEADDR
    SO_PRIORITY SO_MARK SO_ACCEPTCONN
    """.split()),
]
OF_IPV4 = [("SOL_IP", name) for name in ("IP_TOS", "IP_TTL", "IP_MTU", "IP_MTU_DISCOVER")]
OF_IPV6 = [("SOL_IPV6", name) for name in
           ("IPV6_TCLASS", "IPV6_UNICAST_HOPS", "IPV6_MTU", "IPV6_MTU_DISCOVER")]
EVENTS = "POLLIN|POLLOUT|POLLPRI|POLLRDHUP|POLLERR|POLLHUP"
INFO = "TCP_INFO"


def _option(peer):
    of_ip = OF_IPV6 if peer.talk.version == "ipv6" else OF_IPV4
    level, name = peer.r.choice(ASKED + of_ip * 2)
    # Whether ACKs are quick just now follows from what buffers count.
    if name == "TCP_QUICKACK" and peer.r.random() < .9:
        name = "TCP_NODELAY"
    peer.say(f"getsockopt({peer.fd}, {level}, {name}, ..., [4]) = ...")


def _waiting(peer):
    name = peer.r.choice(["SIOCINQ", "SIOCINQ", "SIOCOUTQ", "SIOCOUTQNSD", "SIOCATMARK"])
    peer.say(f"ioctl({peer.fd}, {name}, [...]) = ...")


def _ready(peer):
    peer.say(f"poll([{{fd={peer.fd}, events={EVENTS}, revents=...}}], 1, 0) = ...")


def _errors(peer):
    peer.say(f"recvmsg({peer.fd}, {{msg_name(...)=..., msg_iov(1)=[{{..., 10}}], msg_flags=...}},"
             " MSG_ERRQUEUE|MSG_DONTWAIT) = ...")


def look(peer):
    if not peer.closed:
        peer.r.choice([_option, _option, _waiting, _ready, _ready, _errors])(peer)
