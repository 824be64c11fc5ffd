/* SPDX-License-Identifier: MIT */
/* One socket for each probe: connected to its own port, so that each error finds its probe. */
#include "app/traceroute.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/errqueue.h"
#include "app/util/inet.h"
#include "app/util/text.h"

#define IP_HEADER 20
#define IP6_HEADER 40
#define UDP_HEADER 8
#define SIZE_MAX_BYTES 1500
#define SIZE_DEFAULT 60
#define SIZE6_DEFAULT 80
#define WAIT_NS 5000000000ll
#define PORT_BASE 33434
enum { ICMP_ECHO_REPLY = 0, ICMP_UNREACH = 3, ICMP_ECHO = 8, ICMP_EXCEEDED = 11 };
enum { ICMP6_UNREACH = 1, ICMP6_EXCEEDED = 3, ICMP6_ECHO = 128, ICMP6_ECHO_REPLY = 129 };

struct probe {
	struct traceroute *t;
	int fd;			/* -1 = over, or not begun */
	int64_t sent_ns, rtt_ns;
	struct ipaddr from;	/* none = no answer */
	bool final;		/* no further hop can tell more */
	char mark[8];		/* "!H" */
};

struct traceroute {
	struct ln_net *net;
	struct traceroute_params p;
	char name[256];
	unsigned ttl, sent;	/* probes of all TTLs */
	unsigned waiting;
	int64_t timer;
	struct probe probes[TRACEROUTE_PROBES_MAX];
};

static void hop_end(struct traceroute *t);

static bool is_ipv6(const struct traceroute *t)
{
	return t->p.addr.family == LN_AF_INET6;
}

/* What is in front of the bytes that the socket is given. */
static size_t headers_len(const struct traceroute *t)
{
	return (is_ipv6(t) ? IP6_HEADER : IP_HEADER) + (t->p.icmp ? 0 : UDP_HEADER);
}

static void trace_out(struct traceroute *t, struct text *text)
{
	if (text->len && t->p.out)
		t->p.out(t->p.ctx, text->s, text->len);
	text_free(text);
}

static void probe_close(struct probe *pr)
{
	if (pr->fd < 0)
		return;
	ln_set_wake(pr->t->net, pr->fd, NULL, NULL);
	ln_close(pr->t->net, pr->fd);
	pr->fd = -1;
}

void traceroute_cancel(struct traceroute *t)
{
	unsigned i;

	if (!t)
		return;
	for (i = 0; i < t->p.probes; i++)
		probe_close(&t->probes[i]);
	if (t->timer)
		ln_timer_cancel(t->net, t->timer);
	free(t);
}

static void trace_end(struct traceroute *t, int status)
{
	void (*done)(void *ctx, int status) = t->p.done;
	void *ctx = t->p.ctx;

	traceroute_cancel(t);
	if (done)
		done(ctx, status);
}

static void timer_set(struct traceroute *t, int64_t when, ln_timer_fn fn)
{
	if (t->timer)
		ln_timer_cancel(t->net, t->timer);
	t->timer = ln_timer_add(t->net, when, fn, t);
	if (t->timer < 0)
		t->timer = 0;
}

/* --- answers --- */

static void on_hop_timer(void *ctx, struct ln_net *net)
{
	struct traceroute *t = ctx;

	(void)net;
	t->timer = 0;
	hop_end(t);
}

static void probe_answered(struct probe *pr, const struct ipaddr *from)
{
	struct traceroute *t = pr->t;

	pr->from = *from;
	pr->rtt_ns = ln_net_now(t->net) - pr->sent_ns;
	probe_close(pr);
	/* in a timer of its own: others of this hop may have answered at the same time */
	if (!--t->waiting)
		timer_set(t, ln_net_now(t->net), on_hop_timer);
}

static void mark_unreachable(struct probe *pr, uint8_t code)
{
	pr->final = true;
	switch (code) {
	case 3:
		break; /* the port: it is the target, and that is what was wanted */
	case 0:
		strcpy(pr->mark, "!N");
		break;
	case 1:
		strcpy(pr->mark, "!H");
		break;
	case 2:
		strcpy(pr->mark, "!P");
		break;
	case 4:
		strcpy(pr->mark, "!F");
		break;
	case 13:
		strcpy(pr->mark, "!X");
		break;
	default:
		snprintf(pr->mark, sizeof(pr->mark), "!<%u>", code);
		break;
	}
}

static void mark_unreachable6(struct probe *pr, uint8_t code)
{
	static const char *const marks[] = { "!N", "!X", "!S", "!H", "" };

	pr->final = true;
	if (code < sizeof(marks) / sizeof(*marks))
		strcpy(pr->mark, marks[code]);
	else
		snprintf(pr->mark, sizeof(pr->mark), "!<%u>", code);
}

/* Whether it ends the probe. */
static bool take_error(struct probe *pr, const struct errqueue_msg *m)
{
	bool v6 = m->origin == ERRQUEUE_ICMP6;

	if (m->origin == ERRQUEUE_LOCAL || (m->type != (v6 ? ICMP6_EXCEEDED : ICMP_EXCEEDED) &&
					    m->type != (v6 ? ICMP6_UNREACH : ICMP_UNREACH)))
		return false;
	if (v6 && m->type == ICMP6_UNREACH)
		mark_unreachable6(pr, m->code);
	else if (m->type == ICMP_UNREACH && !v6)
		mark_unreachable(pr, m->code);
	probe_answered(pr, &m->offender);
	return true;
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct probe *pr = ctx;
	union inet_sockaddr from = { 0 };
	uint32_t len = sizeof(from);
	struct errqueue_msg m;
	struct ipaddr addr;
	uint8_t buf[64];

	(void)events;
	while (!errqueue_read(net, fd, &m))
		if (take_error(pr, &m))
			return;
	if (ln_recvfrom(net, fd, buf, sizeof(buf), 0, &from, &len) > 0 &&
	    (!pr->t->p.icmp || buf[0] == (is_ipv6(pr->t) ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY))) {
		pr->final = true;
		addr = ipaddr_of(&from);
		probe_answered(pr, &addr);
	}
}

/* --- probes --- */

static int probe_open(struct probe *pr)
{
	struct traceroute *t = pr->t;
	union inet_sockaddr to;
	uint32_t len = ipaddr_sockaddr(&t->p.addr, t->p.icmp ? 0 : (uint16_t)(t->p.port + t->sent),
				       &to);
	bool v6 = is_ipv6(t);
	int ttl = (int)t->ttl, err;

	pr->fd = ln_socket(t->net, to.family, LN_SOCK_DGRAM, !t->p.icmp ? LN_IPPROTO_UDP :
			   v6 ? LN_IPPROTO_ICMPV6 : LN_IPPROTO_ICMP);
	if (pr->fd < 0)
		return pr->fd;
	err = ln_setsockopt(t->net, pr->fd, v6 ? LN_SOL_IPV6 : LN_SOL_IP,
			    v6 ? (int)LN_IPV6_UNICAST_HOPS : (int)LN_IP_TTL, &ttl, sizeof(ttl));
	if (!err)
		err = errqueue_on(t->net, pr->fd, to.family);
	if (!err)
		err = ln_set_wake(t->net, pr->fd, on_wake, pr);
	return err ? err : ln_connect(t->net, pr->fd, &to, len);
}

static int probe_send(struct probe *pr)
{
	struct traceroute *t = pr->t;
	uint8_t packet[SIZE_MAX_BYTES];
	size_t len = t->p.size - headers_len(t), i;
	ptrdiff_t n;

	for (i = 0; i < len; i++)
		packet[i] = (uint8_t)('@' + (i & 0x3f));
	if (t->p.icmp) { /* the stack puts in id and checksum */
		memset(packet, 0, 8);
		packet[0] = is_ipv6(t) ? ICMP6_ECHO : ICMP_ECHO;
		packet[6] = (uint8_t)((t->sent + 1) >> 8);
		packet[7] = (uint8_t)(t->sent + 1);
	}
	pr->sent_ns = ln_net_now(t->net);
	n = ln_send(t->net, pr->fd, packet, len, 0);
	return n < 0 ? (int)n : 0;
}

/* All probes of one TTL. */
static void hop_start(struct traceroute *t)
{
	struct text text = { 0 };
	unsigned i;
	int err = 0;

	t->waiting = 0;
	for (i = 0; i < t->p.probes && !err; i++, t->sent++) {
		t->probes[i] = (struct probe){ .t = t, .fd = -1 };
		err = probe_open(&t->probes[i]);
		if (!err)
			err = probe_send(&t->probes[i]);
		if (err == -EAGAIN || err == -ENOBUFS || err == -EHOSTUNREACH)
			err = 0; /* as good as lost */
		t->waiting += !err;
	}
	if (err) {
		text_addf(&text, "traceroute: %s\n", inet_error_text(err));
		trace_out(t, &text);
		trace_end(t, 1);
		return;
	}
	timer_set(t, ln_net_now(t->net) + t->p.wait_ns, on_hop_timer);
}

/* "name (address)"; with -n the address alone. */
static void hop_who(const struct traceroute *t, const struct ipaddr *from, struct text *text)
{
	char addr[IPADDR_TEXT_MAX];
	const char *name = t->p.addr_name ? t->p.addr_name(t->p.ctx, from) : NULL;

	ipaddr_text(t->net, from, addr);
	if (t->p.addr_name)
		text_addf(text, " %s (%s)", name ? name : addr, addr);
	else
		text_addf(text, " %s", addr);
}

static void add_hop(struct traceroute *t, struct text *text)
{
	struct ipaddr last = { 0 };
	unsigned i;

	text_addf(text, "%2u ", t->ttl);
	for (i = 0; i < t->p.probes; i++) {
		const struct probe *pr = &t->probes[i];

		if (!pr->from.family) {
			text_adds(text, " *");
			continue;
		}
		if (!ipaddr_equal(&pr->from, &last))
			hop_who(t, &pr->from, text);
		last = pr->from;
		text_addf(text, "  %lld.%03lld ms", (long long)(pr->rtt_ns / 1000000),
			  (long long)(pr->rtt_ns / 1000 % 1000));
		if (pr->mark[0])
			text_addf(text, " %s", pr->mark);
	}
	text_adds(text, "\n");
}

static void hop_end(struct traceroute *t)
{
	struct text text = { 0 };
	bool final = false;
	unsigned i;

	for (i = 0; i < t->p.probes; i++) {
		probe_close(&t->probes[i]);
		final |= t->probes[i].final;
	}
	add_hop(t, &text);
	trace_out(t, &text);
	if (final || t->ttl >= t->p.max_ttl) {
		trace_end(t, 0);
		return;
	}
	t->ttl++;
	hop_start(t);
}

/* --- the start --- */

static void on_start(void *ctx, struct ln_net *net)
{
	struct traceroute *t = ctx;
	char addr[IPADDR_TEXT_MAX];
	struct text text = { 0 };

	t->timer = 0;
	text_addf(&text, "traceroute to %s (%s), %u hops max, %u byte packets\n", t->name,
		  ipaddr_text(net, &t->p.addr, addr), t->p.max_ttl, t->p.size);
	trace_out(t, &text);
	hop_start(t);
}

int traceroute_start(struct ln_net *net, const struct traceroute_params *params,
		     struct traceroute **out)
{
	struct traceroute *t = calloc(1, sizeof(*t));
	char addr[IPADDR_TEXT_MAX];
	unsigned i;

	*out = NULL;
	if (!t)
		return -ENOMEM;
	t->net = net;
	t->p = *params;
	t->p.first_ttl = params->first_ttl ? params->first_ttl : 1;
	t->p.max_ttl = params->max_ttl ? params->max_ttl : 30;
	t->p.probes = params->probes ? params->probes : 3;
	t->p.wait_ns = params->wait_ns ? params->wait_ns : WAIT_NS;
	t->p.port = params->port ? params->port : PORT_BASE;
	t->p.size = params->size ? params->size :
		    is_ipv6(t) ? SIZE6_DEFAULT : SIZE_DEFAULT;
	t->ttl = t->p.first_ttl;
	snprintf(t->name, sizeof(t->name), "%s", params->name ? params->name :
		 ipaddr_text(net, &params->addr, addr));
	t->p.name = NULL;
	if (t->p.probes > TRACEROUTE_PROBES_MAX || t->p.max_ttl > 255 || t->ttl > t->p.max_ttl ||
	    t->p.size < headers_len(t) + (t->p.icmp ? UDP_HEADER : 0) ||
	    t->p.size > SIZE_MAX_BYTES) {
		free(t);
		return -EINVAL;
	}
	for (i = 0; i < t->p.probes; i++)
		t->probes[i] = (struct probe){ .t = t, .fd = -1 };
	t->timer = ln_timer_add(net, ln_net_now(net), on_start, t);
	if (t->timer < 0) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}
