/* SPDX-License-Identifier: MIT */
#include "app/ping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "app/ping_stats.h"
#include "app/util/errqueue.h"
#include "app/util/inet.h"

#define SIZE_DEFAULT 56
#define INTERVAL_NS 1000000000ll
#define LINGER_NS 10000000000ll
#define ICMP_HEADER 8
#define STAMP (sizeof(int64_t))		/* the time of sending, at the payload's start */
#define STAMPED_MIN 16			/* payload with room for it, as iputils has it */
#define FAILURES_MAX 64			/* errors that one wake-up reads */
/* Echo of both families; the rest of the message is the same. */
enum { ICMP_ECHO_REPLY = 0, ICMP_ECHO = 8, ICMP6_ECHO = 128, ICMP6_ECHO_REPLY = 129 };

struct ping {
	struct ln_net *net;
	struct ping_params p;
	char name[256], reply_name[256], addr_text[IPADDR_TEXT_MAX];
	int fd;
	int64_t timer;
	int64_t started_ns,
		next_ns; /* next_ns: of the next packet; of the end, when all are sent */
	bool sent_all, ending;
	int status;			/* 0 = by what was received */
	struct ping_stats stats;
	uint8_t packet[]; /* ICMP header and payload, to send; then as much to receive */
};

static void ping_arm(struct ping *p);

static bool is_ipv6(const struct ping *p)
{
	return p->p.addr.family == LN_AF_INET6;
}

static void ping_out(struct ping *p, struct text *t)
{
	if (t->len && p->p.out)
		p->p.out(p->p.ctx, t->s, t->len);
	text_free(t);
}

static bool all_answered(const struct ping *p)
{
	return p->p.count && p->stats.received + p->stats.errors >= p->p.count;
}

static void ping_free(struct ping *p)
{
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	if (p->fd >= 0) {
		ln_set_wake(p->net, p->fd, NULL, NULL);
		ln_close(p->net, p->fd);
	}
	free(p);
}

void ping_cancel(struct ping *p)
{
	if (p)
		ping_free(p);
}

static void ping_end(struct ping *p)
{
	void (*done)(void *ctx, int status) = p->p.done;
	struct text t = { 0 };
	void *ctx = p->p.ctx;
	int status = p->status ? p->status : p->stats.received ? 0 : 1;

	if (status != 2) {
		ping_summary(&t, &p->stats, p->name, ln_net_now(p->net) - p->started_ns);
		ping_out(p, &t);
	}
	ping_free(p);
	if (done)
		done(ctx, status);
}

/* --- sending --- */

/* How long answers are waited for when the last packet has left. */
static int64_t linger_ns(const struct ping *p)
{
	int64_t ns = 2 * p->stats.max_ns;

	if (!p->stats.received)
		return p->p.wait_ns;
	return ns > p->p.interval_ns ? ns : p->p.interval_ns;
}

static bool read_errors(struct ping *p);

/* Return: 0 or the error of the send call; an older error of the socket is taken out first. */
static int ping_send(struct ping *p, uint16_t seq)
{
	union inet_sockaddr to;
	uint32_t tolen = ipaddr_sockaddr(&p->p.addr, 0, &to);
	int64_t now = ln_net_now(p->net);
	ptrdiff_t n;
	int tries;

	p->packet[0] = is_ipv6(p) ? ICMP6_ECHO : ICMP_ECHO;
	p->packet[6] = (uint8_t)(seq >> 8);
	p->packet[7] = (uint8_t)seq;
	if (p->p.size >= STAMPED_MIN)
		memcpy(p->packet + ICMP_HEADER, &now, STAMP);
	for (tries = 0; tries < 2; tries++) {
		n = ln_sendto(p->net, p->fd, p->packet, ICMP_HEADER + p->p.size, 0, &to,
			      tolen);
		if (n >= 0 || n == -EMSGSIZE || n == -ENETUNREACH)
			break;
		read_errors(p);
	}
	return n < 0 ? (int)n : 0;
}

static const char *send_error_text(int err)
{
	switch (err) {
	case -ENETUNREACH:
		return "Network is unreachable";
	case -EHOSTUNREACH:
		return "No route to host";
	case -EMSGSIZE:
		return "Message too long";
	default:
		return strerror(-err);
	}
}

static void add_peer(struct ping *p, struct text *t, const struct ipaddr *addr)
{
	char text[IPADDR_TEXT_MAX];

	ipaddr_text(p->net, addr, text);
	if (ipaddr_equal(addr, &p->p.addr) && p->reply_name[0])
		text_addf(t, "%s (%s)", p->reply_name, text);
	else
		text_adds(t, text);
}

static void add_heading(struct ping *p, struct text *t)
{
	if (!is_ipv6(p)) {
		text_addf(t, "PING %s (%s) %u(%u) bytes of data.\n", p->name, p->addr_text,
			  p->p.size, p->p.size + 28);
		return;
	}
	text_addf(t, "PING %s(", p->name);
	add_peer(p, t, &p->p.addr);
	text_addf(t, ") %u data bytes\n", p->p.size);
}

static void ping_next(struct ping *p)
{
	uint16_t seq = (uint16_t)(p->stats.transmitted + 1);
	struct text t = { 0 };
	int err;

	ping_stats_sent(&p->stats, seq);
	err = ping_send(p, seq);
	if (err == -ENETUNREACH && p->stats.transmitted == 1) {
		text_addf(&t, "ping: connect: %s\n", send_error_text(err));
		p->status = 2;
		p->ending = true;
	} else if (p->stats.transmitted == 1) {
		add_heading(p, &t);
	}
	if (err == -EMSGSIZE) {	/* the error queue knows the MTU */
		ping_out(p, &t);
		t = (struct text){ 0 };
		if (read_errors(p))
			err = 0;
	}
	if (err && !p->ending && err != -EAGAIN && err != -ENOBUFS) {
		text_addf(&t, "ping: sendmsg: %s\n", send_error_text(err));
		ping_stats_error(&p->stats, seq);
	}
	ping_out(p, &t);
	p->sent_all = p->p.count && p->stats.transmitted >= p->p.count;
	p->next_ns = ln_net_now(p->net) + (p->sent_all ? linger_ns(p) : p->p.interval_ns);
}

/* --- time --- */

static void on_timer(void *ctx, struct ln_net *net)
{
	struct ping *p = ctx;
	int64_t now = ln_net_now(net);

	p->timer = 0;
	if (p->p.deadline_ns && now >= p->started_ns + p->p.deadline_ns)
		p->ending = true;
	if (!p->ending && now >= p->next_ns) {
		if (p->sent_all)
			p->ending = true;
		else
			ping_next(p);
	}
	if (p->ending || (p->sent_all && all_answered(p)))
		ping_end(p);
	else
		ping_arm(p);
}

static void ping_arm(struct ping *p)
{
	int64_t when = p->ending ? ln_net_now(p->net) : p->next_ns;

	if (p->p.deadline_ns && when > p->started_ns + p->p.deadline_ns)
		when = p->started_ns + p->p.deadline_ns;
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	p->timer = ln_timer_add(p->net, when, on_timer, p);
	if (p->timer < 0)
		p->timer = 0;
}

void ping_interrupt(struct ping *p)
{
	p->ending = true;
	ping_arm(p);
}

/* --- receiving --- */

static bool is_reply(const struct ping *p, const uint8_t *msg, ptrdiff_t len)
{
	return len >= ICMP_HEADER && msg[0] == (is_ipv6(p) ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY);
}

static void take_reply(struct ping *p, const uint8_t *msg, size_t len, const struct ipaddr *from,
		       int ttl)
{
	uint16_t seq = (uint16_t)(msg[6] << 8 | msg[7]);
	int64_t sent, rtt = -1;
	struct text t = { 0 };
	bool again;

	if (p->p.size >= STAMPED_MIN && len >= ICMP_HEADER + STAMP) {
		memcpy(&sent, msg + ICMP_HEADER, STAMP);
		rtt = ln_net_now(p->net) - sent;
		rtt = rtt < 0 || sent < p->started_ns ? -1 : rtt;
	}
	again = ping_stats_reply(&p->stats, seq, rtt);
	if (p->p.quiet)
		return;
	text_addf(&t, "%zu bytes from ", len);
	add_peer(p, &t, from);
	text_addf(&t, ": icmp_seq=%u", seq);
	if (ttl >= 0)
		text_addf(&t, " ttl=%d", ttl);
	if (rtt >= 0) {
		text_adds(&t, " time=");
		ping_time_text(&t, rtt);
	}
	text_adds(&t, again ? " (DUP!)\n" : "\n");
	ping_out(p, &t);
}

static void read_replies(struct ping *p)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[128];
	} control;
	uint8_t *buf = p->packet + ICMP_HEADER + p->p.size;
	int failures = 0;
	ptrdiff_t n;

	while (failures < FAILURES_MAX) {
		union inet_sockaddr from = { 0 };
		struct ln_iovec iov = { .iov_base = buf, .iov_len = ICMP_HEADER + p->p.size };
		struct ln_msghdr m = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};

		/* MSG_TRUNC: the whole length, also of a longer message */
		n = ln_recvmsg(p->net, p->fd, &m, LN_MSG_TRUNC);
		if (n == -EAGAIN || n == -EBADF)
			return;
		if (is_reply(p, buf, n)) {
			struct ipaddr addr = ipaddr_of(&from);

			take_reply(p, buf, (size_t)n, &addr, cmsg_ttl(&m));
		}
		if (n < 0) { /* it was reported here, too */
			read_errors(p);
			failures++;
		}
	}
}

static bool is_advice(const struct errqueue_msg *m)
{
	return m->origin != ERRQUEUE_ICMP6 && ping_error_is_advice(m->type);
}

static void take_error(struct ping *p, const struct errqueue_msg *m)
{
	uint16_t seq = m->len >= ICMP_HEADER ? (uint16_t)(m->data[6] << 8 | m->data[7]) : 0;
	struct text t = { 0 };

	if (m->origin == ERRQUEUE_LOCAL) {
		ping_stats_error(&p->stats, (uint16_t)p->stats.transmitted);
		if (m->err == EMSGSIZE)
			text_addf(&t, "ping: local error: message too long, mtu%s%u\n",
				  is_ipv6(p) ? ": " : "=", m->info);
		else
			text_addf(&t, "ping: local error: %s\n", send_error_text(-m->err));
	} else if (m->origin != ERRQUEUE_LOCAL && m->len >= ICMP_HEADER &&
		   m->data[0] == (is_ipv6(p) ? ICMP6_ECHO : ICMP_ECHO)) {
		if (!is_advice(m))
			ping_stats_error(&p->stats, seq);
		text_adds(&t, "From ");
		add_peer(p, &t, &m->offender);
		text_addf(&t, "%s icmp_seq=%u ", is_advice(m) ? ":" : "", seq);
		if (m->origin == ERRQUEUE_ICMP6)
			ping6_error_text(&t, m->type, m->code, m->info);
		else
			ping_error_text(&t, m->type, m->code, m->info);
		text_adds(&t, "\n");
	}
	if (p->p.quiet)
		text_free(&t);
	ping_out(p, &t);
}

/* False: there was none. */
static bool read_errors(struct ping *p)
{
	struct errqueue_msg m;
	bool any = false;

	for (; !errqueue_read(p->net, p->fd, &m); any = true)
		take_error(p, &m);
	return any;
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct ping *p = ctx;

	(void)net;
	(void)fd;
	if (events & LN_POLLERR)
		read_errors(p);
	read_replies(p);
	if (p->sent_all && all_answered(p)) {
		p->ending = true;
		ping_arm(p);
	}
}

/* --- the start --- */

static int set_option(struct ping *p, int name, int name6, int value)
{
	if (is_ipv6(p))
		return ln_setsockopt(p->net, p->fd, LN_SOL_IPV6, name6, &value, sizeof(value));
	return ln_setsockopt(p->net, p->fd, LN_SOL_IP, name, &value, sizeof(value));
}

static int ping_open(struct ping *p)
{
	int err = 0;

	p->fd = ln_socket(p->net, p->p.addr.family, LN_SOCK_DGRAM,
			  is_ipv6(p) ? LN_IPPROTO_ICMPV6 : LN_IPPROTO_ICMP);
	if (p->fd < 0)
		return p->fd;
	/* without these two there are fewer words in the lines, no more */
	errqueue_on(p->net, p->fd, p->p.addr.family);
	set_option(p, LN_IP_RECVTTL, LN_IPV6_RECVHOPLIMIT, 1);
	if (p->p.ttl)
		err = set_option(p, LN_IP_TTL, LN_IPV6_UNICAST_HOPS, p->p.ttl);
	if (!err && p->p.pmtudisc_set)
		err = set_option(p, LN_IP_MTU_DISCOVER, LN_IPV6_MTU_DISCOVER, p->p.pmtudisc);
	return err ? err : ln_set_wake(p->net, p->fd, on_wake, p);
}

static void ping_defaults(struct ping *p)
{
	unsigned i;

	if (!p->p.size_set)
		p->p.size = SIZE_DEFAULT;
	if (!p->p.interval_ns)
		p->p.interval_ns = INTERVAL_NS;
	if (!p->p.wait_ns)
		p->p.wait_ns = LINGER_NS;
	ipaddr_text(p->net, &p->p.addr, p->addr_text);
	snprintf(p->name, sizeof(p->name), "%s", p->p.name ? p->p.name : p->addr_text);
	snprintf(p->reply_name, sizeof(p->reply_name), "%s",
		 p->p.reply_name ? p->p.reply_name : "");
	p->p.name = p->p.reply_name = NULL;
	for (i = 0; i < p->p.size; i++)
		p->packet[ICMP_HEADER + i] = (uint8_t)i;
}

int ping_start(struct ln_net *net, const struct ping_params *params, struct ping **out)
{
	size_t size = params->size_set ? params->size : SIZE_DEFAULT;
	struct ping *p;
	int err;

	*out = NULL;
	if (size > PING_SIZE_MAX)
		return -EINVAL;
	p = calloc(1, sizeof(*p) + 2 * (ICMP_HEADER + size));
	if (!p)
		return -ENOMEM;
	p->net = net;
	p->p = *params;
	p->started_ns = p->next_ns = ln_net_now(net);
	ping_defaults(p);
	err = ping_open(p);
	if (!err) {
		p->timer = ln_timer_add(net, p->started_ns, on_timer, p);
		err = p->timer < 0 ? -ENOMEM : 0;
	}
	if (err) {
		p->timer = 0;
		ping_free(p);
		return err;
	}
	*out = p;
	return 0;
}
