/* SPDX-License-Identifier: MIT */
/* The constants that scripts name: this system's headers have Linux's values, as linnet has. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/in.h>
#include <linux/in6.h>

#include "drill/names.h"

#ifndef SOL_TCP
#define SOL_TCP 6
#endif

static const struct {
	const char *name;
	s64 value;
} names[] = {
#define N(x) { #x, x }
	N(AF_UNSPEC), N(AF_INET), N(AF_INET6), N(PF_INET), N(PF_INET6),
	N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_RAW), N(SOCK_NONBLOCK), N(SOCK_CLOEXEC),
	N(IPPROTO_IP), N(IPPROTO_ICMP), N(IPPROTO_TCP), N(IPPROTO_UDP), N(IPPROTO_IPV6),
	N(SOL_SOCKET), N(SOL_IP), N(SOL_TCP), N(SOL_IPV6), { "SOL_UDP", 17 },
	N(INADDR_ANY), N(SHUT_RD), N(SHUT_WR), N(SHUT_RDWR), N(SOMAXCONN),
	N(MSG_OOB), N(MSG_PEEK), N(MSG_DONTROUTE), N(MSG_CTRUNC), N(MSG_TRUNC), N(MSG_DONTWAIT),
	N(MSG_EOR), N(MSG_WAITALL), N(MSG_ERRQUEUE), N(MSG_NOSIGNAL), N(MSG_MORE),
	N(MSG_WAITFORONE), N(MSG_ZEROCOPY), N(MSG_FASTOPEN),
	N(SO_DEBUG), N(SO_REUSEADDR), N(SO_TYPE), N(SO_ERROR), N(SO_DONTROUTE), N(SO_BROADCAST),
	N(SO_SNDBUF), N(SO_RCVBUF), N(SO_KEEPALIVE), N(SO_OOBINLINE), N(SO_PRIORITY), N(SO_LINGER),
	N(SO_REUSEPORT), N(SO_RCVLOWAT), N(SO_SNDLOWAT), N(SO_RCVTIMEO), N(SO_SNDTIMEO),
	N(SO_BINDTODEVICE), N(SO_ACCEPTCONN), N(SO_SNDBUFFORCE), N(SO_RCVBUFFORCE), N(SO_MARK),
	N(SO_PROTOCOL), N(SO_DOMAIN), N(SO_BUSY_POLL), N(SO_MAX_PACING_RATE), N(SO_ZEROCOPY),
	N(SO_TIMESTAMP), N(SO_TIMESTAMPNS), N(SO_TIMESTAMPING), N(SO_INCOMING_CPU), N(SO_PEEK_OFF),
	N(SO_NO_CHECK), N(SO_ATTACH_FILTER), N(SO_DETACH_FILTER), N(SO_TXTIME), N(SO_PEERNAME),
	N(SCM_TIMESTAMP), N(SCM_TIMESTAMPNS), N(SCM_TIMESTAMPING),
	N(SCM_TSTAMP_SND), N(SCM_TSTAMP_SCHED), N(SCM_TSTAMP_ACK),
	N(SOF_TIMESTAMPING_TX_HARDWARE), N(SOF_TIMESTAMPING_TX_SOFTWARE),
	N(SOF_TIMESTAMPING_RX_HARDWARE), N(SOF_TIMESTAMPING_RX_SOFTWARE),
	N(SOF_TIMESTAMPING_SOFTWARE), N(SOF_TIMESTAMPING_SYS_HARDWARE),
	N(SOF_TIMESTAMPING_RAW_HARDWARE), N(SOF_TIMESTAMPING_OPT_ID),
	N(SOF_TIMESTAMPING_TX_SCHED), N(SOF_TIMESTAMPING_TX_ACK), N(SOF_TIMESTAMPING_OPT_CMSG),
	N(SOF_TIMESTAMPING_OPT_TSONLY), N(SOF_TIMESTAMPING_OPT_STATS),
	N(SOF_TIMESTAMPING_OPT_PKTINFO), N(SOF_TIMESTAMPING_OPT_TX_SWHW),
	{ "SOF_TIMESTAMPING_OPT_ID_TCP", 1 << 16 },
	N(IP_TOS), N(IP_TTL), N(IP_HDRINCL), N(IP_PKTINFO), N(IP_MTU_DISCOVER), N(IP_RECVERR),
	N(IP_RECVTTL), N(IP_RECVTOS), N(IP_MTU), N(IP_FREEBIND), N(IP_TRANSPARENT),
	N(IP_BIND_ADDRESS_NO_PORT), N(IP_MINTTL), N(IPV6_MINHOPCOUNT),
	N(IPV6_UNICAST_HOPS), N(IPV6_MTU_DISCOVER), N(IPV6_MTU), N(IPV6_RECVERR), N(IPV6_V6ONLY),
	N(IPV6_RECVPKTINFO), N(IPV6_PKTINFO), N(IPV6_RECVHOPLIMIT), N(IPV6_HOPLIMIT),
	N(IPV6_DONTFRAG), N(IPV6_RECVTCLASS), N(IPV6_TCLASS), N(IPPROTO_ICMPV6),
	N(IPV6_PMTUDISC_DONT), N(IPV6_PMTUDISC_WANT), N(IPV6_PMTUDISC_DO), N(IPV6_PMTUDISC_PROBE),
	N(SO_EE_ORIGIN_ICMP6),
	N(IP_PMTUDISC_DONT), N(IP_PMTUDISC_WANT), N(IP_PMTUDISC_DO), N(IP_PMTUDISC_PROBE),
	N(IP_PMTUDISC_INTERFACE), N(IP_PMTUDISC_OMIT), N(IPV6_PMTUDISC_INTERFACE),
	N(IPV6_PMTUDISC_OMIT),
	N(TCP_NODELAY), N(TCP_MAXSEG), N(TCP_CORK), N(TCP_KEEPIDLE), N(TCP_KEEPINTVL),
	N(TCP_KEEPCNT), N(TCP_SYNCNT), N(TCP_LINGER2), N(TCP_DEFER_ACCEPT), N(TCP_WINDOW_CLAMP),
	N(TCP_INFO), N(TCP_QUICKACK), N(TCP_CONGESTION), N(TCP_MD5SIG),
	{ "TCP_MD5SIG_EXT", 32 }, { "TCP_MD5SIG_FLAG_PREFIX", 1 },
	{ "TCP_AO_ADD_KEY", 38 }, { "TCP_AO_DEL_KEY", 39 }, { "TCP_AO_INFO", 40 },	/* 6.7 */
	{ "TCP_AO_KEYF_EXCLUDE_OPT", 2 },
	N(TCP_THIN_LINEAR_TIMEOUTS), N(TCP_THIN_DUPACK), N(TCP_USER_TIMEOUT), N(TCP_REPAIR),
	N(TCP_QUEUE_SEQ), N(TCP_FASTOPEN), N(TCP_TIMESTAMP), N(TCP_NOTSENT_LOWAT), N(TCP_CC_INFO),
	N(TCP_SAVE_SYN), N(TCP_SAVED_SYN), N(TCP_FASTOPEN_CONNECT), N(TCP_FASTOPEN_KEY),
	N(TCP_FASTOPEN_NO_COOKIE), N(TCP_ULP), N(TCP_ZEROCOPY_RECEIVE), N(TCP_INQ), N(TCP_TX_DELAY),
	N(TCP_CM_INQ), { "TCP_RTO_MAX_MS", 44 },	/* Linux 6.15 */
	N(O_RDONLY), N(O_WRONLY), N(O_RDWR), N(O_NONBLOCK), N(F_GETFL), N(F_SETFL), N(F_GETFD),
	N(F_SETFD), N(FD_CLOEXEC),
	{ "SPLICE_F_MOVE", 1 }, { "SPLICE_F_NONBLOCK", 2 }, { "SPLICE_F_MORE", 4 },
	N(FIONREAD), N(SIOCINQ), N(SIOCOUTQ), N(SIOCOUTQNSD), N(FIONBIO), N(SIOCATMARK),
	N(POLLIN), N(POLLPRI), N(POLLOUT), N(POLLERR), N(POLLHUP), N(POLLNVAL),
	N(POLLRDNORM), N(POLLRDBAND), N(POLLWRNORM), N(POLLWRBAND), { "POLLRDHUP", 0x2000 },
	N(EPOLLIN), N(EPOLLPRI), N(EPOLLOUT), N(EPOLLERR), N(EPOLLHUP), N(EPOLLRDNORM),
	N(EPOLLRDBAND), N(EPOLLWRNORM), N(EPOLLWRBAND), N(EPOLLRDHUP), N(EPOLLONESHOT),
	{ "EPOLLEXCLUSIVE", 1 << 28 },
	{ "EPOLLET", 1ll << 31 }, N(EPOLL_CTL_ADD), N(EPOLL_CTL_DEL), N(EPOLL_CTL_MOD),
	N(EPOLL_CLOEXEC),
	N(SO_EE_ORIGIN_NONE), N(SO_EE_ORIGIN_LOCAL), N(SO_EE_ORIGIN_ICMP),
	N(SO_EE_ORIGIN_TIMESTAMPING), N(SO_EE_ORIGIN_ZEROCOPY), N(SO_EE_CODE_ZEROCOPY_COPIED),
	{ "NULL", 0 },
#undef N
};

static const struct {
	const char *name;
	int value;
} errnos[] = {
#define N(x) { #x, x }
	N(EPERM), N(ENOENT), N(EINTR), N(EIO), N(ENXIO), N(E2BIG), N(EBADF), N(EAGAIN), N(ENOMEM),
	N(EACCES), N(EFAULT), N(EBUSY), N(EEXIST), N(ENODEV), N(EINVAL), N(ENFILE), N(EMFILE),
	N(ENOTTY), N(EFBIG), N(ENOSPC), N(ESPIPE), N(EPIPE), N(EDOM), N(ERANGE), N(ENOSYS),
	N(ELOOP), N(ENODATA), N(ETIME), N(EPROTO), N(EBADMSG), N(EOVERFLOW), N(ENOTSOCK),
	N(EDESTADDRREQ), N(EMSGSIZE), N(EPROTOTYPE), N(ENOPROTOOPT), N(EPROTONOSUPPORT),
	N(ESOCKTNOSUPPORT), N(EOPNOTSUPP), N(EPFNOSUPPORT), N(EAFNOSUPPORT), N(EADDRINUSE),
	N(EADDRNOTAVAIL), N(ENETDOWN), N(ENETUNREACH), N(ENETRESET), N(ECONNABORTED),
	N(ECONNRESET), N(ENOBUFS), N(EISCONN), N(ENOTCONN), N(ESHUTDOWN), N(ETOOMANYREFS),
	N(ETIMEDOUT), N(ECONNREFUSED), N(EHOSTDOWN), N(EHOSTUNREACH), N(EALREADY), N(EINPROGRESS),
	N(ECANCELED), N(ENONET), N(ENOKEY), N(ENOMSG),
	N(EWOULDBLOCK), N(ENOTSUP),	/* second names stand behind the first */
#undef N
};

bool errno_lookup(const char *name, size_t len, int *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		if (strlen(errnos[i].name) != len || memcmp(errnos[i].name, name, len) != 0)
			continue;
		*err = errnos[i].value;
		return true;
	}
	return false;
}

bool name_lookup(const char *name, size_t len, s64 *value)
{
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) != len || memcmp(names[i].name, name, len) != 0)
			continue;
		*value = names[i].value;
		return true;
	}
	if (!errno_lookup(name, len, &err))	/* as in {ee_errno=ENOMSG} */
		return false;
	*value = err;
	return true;
}

const char *errno_name(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (errnos[i].value == err)
			return errnos[i].name;
	return err ? "an errno without a name" : "no error";
}

/* As many letters of the beginning as both have, when that is most of the word. */
const char *name_closest(const char *word, size_t len)
{
	const char *best = NULL;
	size_t most = len * 2 / 3;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = 0;

		while (n < len && names[i].name[n] == word[n])
			n++;
		if (n > most) {
			most = n;
			best = names[i].name;
		}
	}
	return best;
}
