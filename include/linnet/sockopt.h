/* SPDX-License-Identifier: MIT */
/* Levels and options of sockets (linnet/socket.h). */
#ifndef LINNET_SOCKOPT_H
#define LINNET_SOCKOPT_H

/* levels and options: Linux's numbers; socket(7), ip(7), ipv6(7), tcp(7), udp(7) tell their
 * meaning */
enum {
	LN_SOL_IP = 0, LN_SOL_SOCKET = 1, LN_SOL_TCP = 6, LN_SOL_UDP = 17, LN_SOL_IPV6 = 41,
	LN_SOL_RAW = 255,
};
enum {
	LN_SO_REUSEADDR = 2, LN_SO_TYPE = 3, LN_SO_ERROR = 4, LN_SO_DONTROUTE = 5,
	LN_SO_BROADCAST = 6, LN_SO_SNDBUF = 7, LN_SO_RCVBUF = 8, LN_SO_KEEPALIVE = 9,
	LN_SO_OOBINLINE = 10, LN_SO_PRIORITY = 12, LN_SO_LINGER = 13, LN_SO_REUSEPORT = 15,
	LN_SO_BSDCOMPAT = 14,		/* nothing, as in Linux */
	LN_SO_RCVLOWAT = 18, LN_SO_BINDTODEVICE = 25, LN_SO_PEERNAME = 28, LN_SO_ACCEPTCONN = 30,
	LN_SO_SNDBUFFORCE = 32, LN_SO_RCVBUFFORCE = 33,	/* beyond wmem_max, rmem_max */
	LN_SO_MARK = 36, LN_SO_PROTOCOL = 38, LN_SO_DOMAIN = 39, LN_SO_MAX_PACING_RATE = 47,
	LN_SO_COOKIE = 57,		/* 64 bits, no other socket of the instance has them */
	LN_SO_ZEROCOPY = 60, LN_SO_BINDTOIFINDEX = 62,
	LN_SO_BUF_LOCK = 72,		/* 1: SO_SNDBUF, 2: SO_RCVBUF was said: it is not tuned */
	LN_SO_RXQ_OVFL = 40,		/* read too, uint32_t: packets lost for want of room */
	LN_SO_PEEK_OFF = 42,		/* where the next MSG_PEEK reads; -1: at the beginning */
	LN_SO_TXREHASH = 74,		/* another path at each timeout; -1: as net.core.txrehash */
	/* The control messages have the same numbers: two 64-bit words, seconds and us or ns; of
	 * TIMESTAMPING three such pairs, of which the first is the kernel's. */
	LN_SO_TIMESTAMP = 29, LN_SO_TIMESTAMPNS = 35, LN_SO_TIMESTAMPING = 37,
	LN_SO_TIMESTAMP_NEW = 63, LN_SO_TIMESTAMPNS_NEW = 64, LN_SO_TIMESTAMPING_NEW = 65,
};
enum {
	LN_SOF_TIMESTAMPING_TX_HARDWARE = 1, LN_SOF_TIMESTAMPING_TX_SOFTWARE = 2,
	LN_SOF_TIMESTAMPING_RX_SOFTWARE = 8, LN_SOF_TIMESTAMPING_SOFTWARE = 16,
	LN_SOF_TIMESTAMPING_OPT_ID = 0x80, LN_SOF_TIMESTAMPING_TX_SCHED = 0x100,
	LN_SOF_TIMESTAMPING_TX_ACK = 0x200, LN_SOF_TIMESTAMPING_OPT_CMSG = 0x400,
	LN_SOF_TIMESTAMPING_OPT_TSONLY = 0x800, LN_SOF_TIMESTAMPING_OPT_ID_TCP = 0x10000,
};
enum {
	LN_IP_TOS = 1, LN_IP_TTL = 2, LN_IP_HDRINCL = 3, LN_IP_PKTINFO = 8,
	LN_IP_MTU_DISCOVER = 10, LN_IP_RECVERR = 11, LN_IP_RECVTTL = 12, LN_IP_RECVTOS = 13,
	LN_IP_MTU = 14, LN_IP_FREEBIND = 15, LN_IP_TRANSPARENT = 19,
	LN_IP_RECVORIGDSTADDR = 20, LN_IP_ORIGDSTADDR = LN_IP_RECVORIGDSTADDR,
	LN_IP_MINTTL = 21, LN_IP_BIND_ADDRESS_NO_PORT = 24,
	LN_IP_UNICAST_IF = 50,		/* an interface's index, in network byte order */
	LN_IP_LOCAL_PORT_RANGE = 51,	/* first | last << 16; 0: the instance's */
	LN_IP_PROTOCOL = 52,
};
/* IPV6_UNICAST_HOPS and IP_TTL, IPV6_TCLASS and IP_TOS, IPV6_MTU_DISCOVER and IP_MTU_DISCOVER,
 * IPV6_RECVERR and IP_RECVERR: each pair is one setting of a socket of LN_AF_INET6. */
enum {
	LN_IPV6_FLOWINFO = 11,		/* of what is read: class and label, network byte order */
	LN_IPV6_FLOWLABEL_MGR = 32,	/* ln_in6_flowlabel_req: labels of this socket */
	LN_IPV6_FLOWINFO_SEND = 33,	/* sin6_flowinfo has the label of a datagram */
	LN_IPV6_AUTOFLOWLABEL = 70,	/* a label as net.ipv6.auto_flowlabels allows */
	LN_IPV6_RECVORIGDSTADDR = 74, LN_IPV6_ORIGDSTADDR = LN_IPV6_RECVORIGDSTADDR,
	LN_IPV6_TRANSPARENT = 75, LN_IPV6_UNICAST_IF = 76, LN_IPV6_FREEBIND = 78,
	LN_IPV6_UNICAST_HOPS = 16, LN_IPV6_MTU_DISCOVER = 23, LN_IPV6_MTU = 24,
	LN_IPV6_MINHOPCOUNT = 73,
	LN_IPV6_RECVERR = 25, LN_IPV6_V6ONLY = 26, LN_IPV6_RECVPKTINFO = 49,
	LN_IPV6_PKTINFO = 50, LN_IPV6_RECVHOPLIMIT = 51, LN_IPV6_HOPLIMIT = 52,
	LN_IPV6_RECVPATHMTU = 60,	/* what was too long for IPV6_DONTFRAG is told, too: */
	LN_IPV6_PATHMTU = 61,		/* read, once connected: ln_ip6_mtuinfo */
	/* Extension headers (RFC 3542 6 to 9), as they are on the wire, of all that is sent and,
	 * but for TCP, of one message, whose own take the place of all; no bytes: none. Of routing
	 * headers type 2, and type 4 (RFC 8754) for all that is sent. */
	LN_IPV6_HOPOPTS = 54, LN_IPV6_RTHDRDSTOPTS = 55, LN_IPV6_RTHDR = 57, LN_IPV6_DSTOPTS = 59,
	LN_IPV6_RECVHOPOPTS = 53, LN_IPV6_RECVRTHDR = 56, LN_IPV6_RECVDSTOPTS = 58,
	LN_IPV6_DONTFRAG = 62, LN_IPV6_RECVTCLASS = 66, LN_IPV6_TCLASS = 67,
};
enum { LN_IP_PMTUDISC_DONT, LN_IP_PMTUDISC_WANT, LN_IP_PMTUDISC_DO, LN_IP_PMTUDISC_PROBE,
       LN_IP_PMTUDISC_INTERFACE, LN_IP_PMTUDISC_OMIT };
enum {
	LN_TCP_NODELAY = 1, LN_TCP_MAXSEG = 2, LN_TCP_CORK = 3, LN_TCP_KEEPIDLE = 4,
	LN_TCP_KEEPINTVL = 5, LN_TCP_KEEPCNT = 6, LN_TCP_SYNCNT = 7, LN_TCP_LINGER2 = 8,
	LN_TCP_DEFER_ACCEPT = 9, LN_TCP_WINDOW_CLAMP = 10, LN_TCP_INFO = 11,
	LN_TCP_QUICKACK = 12, LN_TCP_CONGESTION = 13, LN_TCP_USER_TIMEOUT = 18,
	LN_TCP_THIN_LINEAR_TIMEOUTS = 16,
	LN_TCP_THIN_DUPACK = 17,	/* nothing, as in Linux */
	LN_TCP_TIMESTAMP = 24,		/* the clock that its timestamps show */
	LN_TCP_IS_MPTCP = 43,		/* 0 */
	LN_TCP_FASTOPEN = 23, LN_TCP_NOTSENT_LOWAT = 25,
	LN_TCP_CC_INFO = 26, LN_TCP_SAVE_SYN = 27, LN_TCP_SAVED_SYN = 28,
	LN_TCP_FASTOPEN_CONNECT = 30, LN_TCP_FASTOPEN_KEY = 33, LN_TCP_FASTOPEN_NO_COOKIE = 34,
	LN_TCP_RTO_MAX_MS = 44,		/* 1000 to 120000 */
	/* int, us, more than 1000 and at most 200000, else -EINVAL; counted in ms. The least RTO,
	 * and how long an ACK may wait, which ends before the least RTO, too. A child has them from
	 * its listener; with a connect() to AF_UNSPEC they are 200000 again. */
	LN_TCP_RTO_MIN_US = 45, LN_TCP_DELACK_MAX_US = 46,
	/* int, us: all that is sent leaves so much later where the device has the qdisc fq; at
	 * most 2^28 - 1, else -EINVAL. */
	LN_TCP_TX_DELAY = 37,
	LN_TCP_INQ = 36,		/* each recvmsg() tells what is left to be read, */
	LN_TCP_CM_INQ = LN_TCP_INQ,	/* an int in a control message of this type */
};
enum { LN_UDP_CORK = 1, LN_UDP_SEGMENT = 103, LN_UDP_GRO };

#endif
