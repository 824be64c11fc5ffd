/* SPDX-License-Identifier: MIT */
/*
 * From a host's name to a connection: Happy Eyeballs (RFC 8305).
 *
 * AAAA and A are asked for at once, of the families that the host has. The answer about IPv6
 * starts it; if IPv4's comes first, IPv6's gets 50 ms more. Addresses are sorted (RFC 6724), then
 * families take turns. Each next one is tried 250 ms after the one before, or at once when that one
 * failed; the first that takes the connection wins, and the others are given up. What DNS says
 * later joins those not yet tried. An address alone, or a name with one, is tried as ever.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/http/http_client_impl.h"
#include "app/util/dst_order.h"
#include "app/util/journey.h"
#include "app/util/unreach.h"

#define RESOLUTION_DELAY_NS 50000000ll	/* RFC 8305 8 */
#define ATTEMPT_DELAY_NS 250000000ll
#define NSEC_PER_MSEC 1000000ll

static void dial_step(struct http_get *g);
static void dial_arm(struct http_get *g);

/* --- attempts --- */

static void attempt_close(struct http_get *g, struct http_attempt *a)
{
	if (a->watch_fd >= 0)
		ln_close(g->b->net, a->watch_fd);
	if (a->fd >= 0) {
		ln_set_wake(g->b->net, a->fd, NULL, NULL);
		ln_close(g->b->net, a->fd);
	}
	a->fd = a->watch_fd = -1;
}

void http_dial_stop(struct http_get *g)
{
	struct http_dial *d = &g->dial;

	for (unsigned i = 0; i < HTTP_ATTEMPTS_MAX; i++)
		attempt_close(g, &d->attempts[i]);
	if (d->timer)
		ln_timer_cancel(g->b->net, d->timer);
	d->timer = 0;
	dns_lookup_cancel(d->lookups[0]);
	dns_lookup_cancel(d->lookups[1]);
	d->lookups[0] = d->lookups[1] = NULL;
	d->nattempts = 0;
}

void http_dial_init(struct http_get *g)
{
	for (unsigned i = 0; i < HTTP_ATTEMPTS_MAX; i++)
		g->dial.attempts[i].fd = g->dial.attempts[i].watch_fd = -1;
}

/* The connection is made; the others are over. */
static void dial_won(struct http_get *g, struct http_attempt *a)
{
	struct http_dial *d = &g->dial;
	int fd = a->fd;

	if (d->nattempts > 1)
		journeyf(g->b->net, "%s takes the connection first: the others are given up",
			 http_peer_text(g, &a->addr, d->peer));
	g->res.addr = a->addr;
	a->fd = -1;
	http_dial_stop(g);
	g->fd = fd;
	http_transfer_begin(g);
}

/* The error of an attempt is kept: it is the whole's when all fail. */
static void attempt_failed(struct http_get *g, struct http_attempt *a, int err)
{
	struct http_dial *d = &g->dial;

	g->res.addr = a->addr;
	g->watch_fd = a->watch_fd;
	d->error = http_socket_error(g, err);
	g->watch_fd = -1;
	attempt_close(g, a);
	d->nattempts--;
	d->next_ns = ln_net_now(g->b->net);
	if (d->next < g->naddrs)
		journeyf(g->b->net, "%s: %s; tries the next address",
			 http_peer_text(g, &a->addr, d->peer), inet_error_text(err));
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct http_get *g = ctx;
	struct http_attempt *a = g->dial.attempts;
	int err = inet_socket_error(net, fd);

	while (a->fd != fd)
		a++;
	if (!err && events & (LN_POLLOUT | LN_POLLIN)) {
		dial_won(g, a);
		return;
	}
	if (!err && !(events & (LN_POLLHUP | LN_POLLERR)))
		return;
	attempt_failed(g, a, err ? err : -ECONNREFUSED);
	dial_step(g);
}

static int attempt_connect(struct http_get *g, struct http_attempt *a)
{
	struct ln_net *net = g->b->net;
	union inet_sockaddr to;
	uint32_t len = ipaddr_sockaddr(&a->addr, g->url.port, &to);
	int err;

	a->fd = ln_socket(net, to.family, LN_SOCK_STREAM, 0);
	if (a->fd < 0)
		return a->fd;
	err = ln_set_wake(net, a->fd, on_wake, g);
	/* without it nobody is named, should it fail */
	a->watch_fd = unreach_watch(net, to.family);
	if (!err)
		err = ln_connect(net, a->fd, &to, len);
	return err == -EINPROGRESS ? 0 : err;
}

static void attempt_start(struct http_get *g, struct http_attempt *a)
{
	struct http_dial *d = &g->dial;
	int64_t now = ln_net_now(g->b->net);
	char text[IPADDR_PORT_TEXT_MAX];
	int err;

	a->addr = g->addrs[d->next++];
	a->deadline_ns = now + g->p.connect_timeout_ms * NSEC_PER_MSEC;
	if (d->nattempts)
		journeyf(g->b->net, "no answer in 250 ms: tries the next address as well");
	d->nattempts++;
	d->next_ns = now + ATTEMPT_DELAY_NS;
	g->res.addr = a->addr;
	g->res.port = g->url.port;
	journeyf(g->b->net, "TCP connection to %s",
		 ipaddr_port_text(g->b->net, &a->addr, g->url.port, text));
	err = attempt_connect(g, a);
	if (err)
		attempt_failed(g, a, err);
}

static struct http_attempt *attempt_free(struct http_get *g)
{
	for (unsigned i = 0; i < HTTP_ATTEMPTS_MAX; i++)
		if (g->dial.attempts[i].fd < 0)
			return &g->dial.attempts[i];
	return NULL;
}

/* Starts what is due; ends the get when there is nothing left to hope for. */
static void dial_step(struct http_get *g)
{
	struct http_dial *d = &g->dial;
	struct http_attempt *a;

	while (d->next < g->naddrs && ln_net_now(g->b->net) >= d->next_ns &&
	       (a = attempt_free(g)))
		attempt_start(g, a);
	if (d->nattempts || d->next < g->naddrs || d->lookups[0] || d->lookups[1])
		dial_arm(g);
	else
		http_get_end(g, d->error);
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct http_get *g = ctx;
	struct http_dial *d = &g->dial;

	d->timer = 0;
	if (g->phase == HTTP_PHASE_NONE) {	/* the resolution delay is over */
		http_dial_start(g);
		return;
	}
	for (unsigned i = 0; i < HTTP_ATTEMPTS_MAX; i++)
		if (d->attempts[i].fd >= 0 && ln_net_now(net) >= d->attempts[i].deadline_ns)
			attempt_failed(g, &d->attempts[i], -ETIMEDOUT);
	dial_step(g);
}

static void timer_set(struct http_get *g, int64_t when)
{
	struct http_dial *d = &g->dial;

	if (d->timer)
		ln_timer_cancel(g->b->net, d->timer);
	d->timer = ln_timer_add(g->b->net, when, on_timer, g);
	if (d->timer < 0)
		d->timer = 0;	/* no memory: TCP's own timeouts remain */
}

static void dial_arm(struct http_get *g)
{
	struct http_dial *d = &g->dial;
	int64_t when = INT64_MAX;

	if (d->next < g->naddrs && attempt_free(g))
		when = d->next_ns;
	for (unsigned i = 0; i < HTTP_ATTEMPTS_MAX; i++)
		if (d->attempts[i].fd >= 0 && d->attempts[i].deadline_ns < when)
			when = d->attempts[i].deadline_ns;
	if (when < INT64_MAX)
		timer_set(g, when);
}

/* --- which address when --- */

/* Those from @from on: sorted, then a family after the other (RFC 8305 4). */
static void interleave(struct http_get *g, unsigned from)
{
	uint16_t last = from ? g->addrs[from - 1].family : 0;
	struct ipaddr next;
	unsigned at, i;

	dst_order(g->b->net, g->addrs + from, g->naddrs - from);
	for (at = from; at < g->naddrs; at++, last = next.family) {
		for (i = at; i < g->naddrs && g->addrs[i].family == last; i++)
			;
		if (i == g->naddrs)
			return;		/* the other family has none left */
		next = g->addrs[i];
		memmove(&g->addrs[at + 1], &g->addrs[at], (i - at) * sizeof(next));
		g->addrs[at] = next;
	}
}

static void tell_order(const struct http_get *g)
{
	struct text t = { 0 };
	char addr[IPADDR_TEXT_MAX];

	if (g->naddrs < 2 || !ln_trace_on(g->b->net))
		return;
	for (unsigned i = 0; i < g->naddrs; i++)
		text_addf(&t, "%s%s", i ? ", then " : "tries ",
			  ipaddr_text(g->b->net, &g->addrs[i], addr));
	if (!t.failed)
		ln_trace_app(g->b->net, t.s);
	text_free(&t);
}

void http_dial_again(struct http_get *g)
{
	g->dial.next = 0;
	g->dial.next_ns = ln_net_now(g->b->net);
	g->dial.error = HTTP_ERR_NO_ADDRESS;
	g->phase = HTTP_PHASE_CONNECTING;
	g->read_bytes = 0;
	dial_step(g);
}

void http_dial_start(struct http_get *g)
{
	g->reused = false;
	g->res.resolved_ns = ln_net_now(g->b->net);
	interleave(g, 0);
	g->fd = http_idle_take(g);
	if (g->fd >= 0) {
		http_dial_stop(g);
		http_transfer_reuse(g);
		return;
	}
	tell_order(g);
	http_dial_again(g);
}

/* --- names --- */

static enum http_error dns_to_http(enum dns_error error)
{
	switch (error) {
	case DNS_NXDOMAIN:
		return HTTP_ERR_NXDOMAIN;
	case DNS_NODATA:
		return HTTP_ERR_NO_ADDRESS;
	case DNS_BAD_NAME:
		return HTTP_ERR_BAD_URL;
	case DNS_NO_MEMORY:
		return HTTP_ERR_LOCAL;
	default:
		return HTTP_ERR_DNS;
	}
}

static void take(struct http_get *g, unsigned which, const struct dns_result *res)
{
	struct http_dial *d = &g->dial;
	unsigned i;

	d->lookups[which] = NULL;
	for (i = 0; !res->error && i < res->naddrs && g->naddrs < ADDRINFO_MAX; i++)
		g->addrs[g->naddrs++] = res->addrs[i];
	/* That the name is not there says more than that one record is not. While addresses are
	 * being tried the message is of their errors. */
	if (!i && g->phase != HTTP_PHASE_CONNECTING &&
	    (!d->dns_error || d->dns_error == DNS_NODATA)) {
		d->dns_error = res->error ? res->error : DNS_NODATA;
		snprintf(g->message, sizeof(g->message), "%s", res->message);
	}
	if (g->phase == HTTP_PHASE_CONNECTING) {
		interleave(g, d->next);
		dial_step(g);
	} else if (!g->naddrs && !d->lookups[0] && !d->lookups[1]) {
		http_get_end(g, dns_to_http(d->dns_error));
	} else if (g->naddrs && (!which || !d->lookups[0])) {
		http_dial_start(g);
	} else if (g->naddrs) {
		journeyf(g->b->net, "waits 50 ms for the answer about IPv6");
		timer_set(g, ln_net_now(g->b->net) + RESOLUTION_DELAY_NS);
	}
}

static void on_ipv6(void *ctx, const struct dns_result *res)
{
	take(ctx, 0, res);
}

static void on_ipv4(void *ctx, const struct dns_result *res)
{
	take(ctx, 1, res);
}

static void resolve_name(struct http_get *g)
{
	struct http_dial *d = &g->dial;
	unsigned families = dst_families(g->b->net, g->p.family);

	if (!g->b->dns) {
		http_get_fail(g, HTTP_ERR_DNS, "this host has no resolver for %s; use an address",
			      g->url.host);
		return;
	}
	d->dns_error = DNS_OK;
	if (families & DST_IPV6)	/* first, RFC 8305 3 */
		d->lookups[0] = dns_client_lookup(g->b->dns, g->url.host, DNS_TYPE_AAAA,
						  g->b->cache, on_ipv6, g);
	if (families & DST_IPV4)
		d->lookups[1] = dns_client_lookup(g->b->dns, g->url.host, DNS_TYPE_A, g->b->cache,
						  on_ipv4, g);
	if ((families & DST_IPV6 && !d->lookups[0]) || (families & DST_IPV4 && !d->lookups[1]))
		http_get_fail(g, HTTP_ERR_LOCAL, "out of memory");
}

/* False: the get is over, since it is not known which link is meant. */
static bool take_zone(struct http_get *g)
{
	const struct ipaddr *a = &g->url.addr;
	bool of_link = a->family == LN_AF_INET6 && a->v6[0] == 0xfe && (a->v6[1] & 0xc0) == 0x80;

	if (!of_link)
		return true;
	if (!*g->url.zone)
		http_get_fail(g, HTTP_ERR_BAD_URL, "%s is an address of one link; say which, as in "
			      "http://[fe80::1%%25eth0]/", g->url.host);
	else if (!inet_zone(g->b->net, g->url.zone, &g->addrs[0].scope_id))
		http_get_fail(g, HTTP_ERR_BAD_URL, "%s%%25%s: this host has no interface \"%s\"",
			      g->url.host, g->url.zone, g->url.zone);
	else
		return true;
	return false;
}

void http_resolve(struct http_get *g)
{
	g->naddrs = 0;
	if (!g->url.host_is_addr) {
		resolve_name(g);
		return;
	}
	if (g->p.family && g->p.family != g->url.addr.family) {
		http_get_fail(g, HTTP_ERR_NO_ADDRESS, "%s is not an IPv%d address, and no other is "
			      "wanted", g->url.host, g->p.family == LN_AF_INET6 ? 6 : 4);
		return;
	}
	g->addrs[0] = g->url.addr;
	g->naddrs = 1;
	if (take_zone(g))
		http_dial_start(g);
}
