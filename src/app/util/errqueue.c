/* SPDX-License-Identifier: MIT */
#include "app/util/errqueue.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* struct sock_extended_err of Linux, and the address that follows it. */
struct extended_err {
	uint32_t ee_errno;
	uint8_t ee_origin, ee_type, ee_code, ee_pad;
	uint32_t ee_info, ee_data;
	struct ln_sockaddr_in offender;
};

/* The first control message of that type: its bytes and their number. */
static const void *cmsg_find(const struct ln_msghdr *m, int type, size_t *len)
{
	struct msghdr h = { .msg_control = m->msg_control, .msg_controllen = m->msg_controllen };
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_level != LN_SOL_IP || c->cmsg_type != type ||
		    c->cmsg_len < CMSG_LEN(0))
			continue;
		*len = c->cmsg_len - CMSG_LEN(0);
		return CMSG_DATA(c);
	}
	return NULL;
}

int cmsg_ttl(const struct ln_msghdr *m)
{
	size_t len;
	const void *p = cmsg_find(m, LN_IP_TTL, &len);
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
	struct ln_sockaddr_in to;
	struct ln_iovec iov = { .iov_base = m->data, .iov_len = sizeof(m->data) };
	struct ln_msghdr h = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct extended_err ee = { 0 };
	const void *p;
	ptrdiff_t n;
	size_t len;

	n = ln_recvmsg(net, fd, &h, LN_MSG_ERRQUEUE);
	if (n < 0)
		return (int)n;
	p = cmsg_find(&h, LN_IP_RECVERR, &len);
	if (p)
		memcpy(&ee, p, len < sizeof(ee) ? len : sizeof(ee));
	m->err = (int)ee.ee_errno;
	m->origin = ee.ee_origin;
	m->type = ee.ee_type;
	m->code = ee.ee_code;
	m->info = ee.ee_info;
	m->offender = ee.offender.sin_family == LN_AF_INET ? ee.offender.sin_addr : 0;
	m->len = (size_t)n < sizeof(m->data) ? (size_t)n : sizeof(m->data);
	return 0;
}
