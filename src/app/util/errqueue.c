/* SPDX-License-Identifier: MIT */
#include "app/util/errqueue.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* What the error queue tells, and the address that follows it. */
struct extended_err {
	struct ln_sock_extended_err ee;
	union inet_sockaddr offender;
};

/* The first control message of one of the types: its bytes and their number. */
static const void *cmsg_find(const struct ln_msghdr *m, int type, int type6, size_t *len)
{
	struct msghdr h = { .msg_control = m->msg_control, .msg_controllen = m->msg_controllen };
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_len < CMSG_LEN(0) ||
		    !((c->cmsg_level == LN_SOL_IP && c->cmsg_type == type) ||
		      (c->cmsg_level == LN_SOL_IPV6 && c->cmsg_type == type6)))
			continue;
		*len = c->cmsg_len - CMSG_LEN(0);
		return CMSG_DATA(c);
	}
	return NULL;
}

int cmsg_ttl(const struct ln_msghdr *m)
{
	size_t len;
	const void *p = cmsg_find(m, LN_IP_TTL, LN_IPV6_HOPLIMIT, &len);
	int ttl;

	if (!p || len < sizeof(ttl))
		return -1;
	memcpy(&ttl, p, sizeof(ttl));
	return ttl;
}

int errqueue_read(struct ln_net *net, int fd, struct errqueue_msg *m)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[256];
	} control;
	union inet_sockaddr to;
	struct ln_iovec iov = { .iov_base = m->data, .iov_len = sizeof(m->data) };
	struct ln_msghdr h = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct extended_err e = { 0 };
	const void *p;
	ptrdiff_t n;
	size_t len;

	n = ln_recvmsg(net, fd, &h, LN_MSG_ERRQUEUE);
	if (n < 0)
		return (int)n;
	p = cmsg_find(&h, LN_IP_RECVERR, LN_IPV6_RECVERR, &len);
	if (p)
		memcpy(&e, p, len < sizeof(e) ? len : sizeof(e));
	m->err = (int)e.ee.ee_errno;
	m->origin = e.ee.ee_origin;
	m->type = e.ee.ee_type;
	m->code = e.ee.ee_code;
	m->info = e.ee.ee_info;
	m->offender = ipaddr_of(&e.offender);
	m->len = (size_t)n < sizeof(m->data) ? (size_t)n : sizeof(m->data);
	return 0;
}

int errqueue_on(struct ln_net *net, int fd, uint16_t family)
{
	int on = 1;

	if (family == LN_AF_INET6)
		return ln_setsockopt(net, fd, LN_SOL_IPV6, LN_IPV6_RECVERR, &on, sizeof(on));
	return ln_setsockopt(net, fd, LN_SOL_IP, LN_IP_RECVERR, &on, sizeof(on));
}
