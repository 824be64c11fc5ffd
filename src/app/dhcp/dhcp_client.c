/* SPDX-License-Identifier: MIT */
#include "app/dhcp/dhcp_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linnet/ctl.h>

#include "app/dhcp/dhcp_link.h"
#include "app/dns/dns_client.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define SEC 1000000000ll
#define RETRY_FIRST_S 4
#define RETRY_MAX_S 64
#define REQUESTS_MAX 4
#define PROBES 2
#define PROBE_NS (SEC / 2)
#define RETRY_WAIT_NS (10 * SEC)	/* RFC 2131 3.1 5: after DECLINE */
#define RENEW_MIN_S 60

enum state { INIT, SELECTING, REBOOTING, REQUESTING, PROBING, BOUND, RENEWING, REBINDING };

struct dhcp_client {
	struct dhcp_link link;
	struct dhcp_client_params params;
	char host[DHCP_NAME_MAX];
	enum state state;
	uint32_t xid;
	int64_t timer, begun;		/* begun: of this try, for secs */
	unsigned tries, probes;
	uint32_t ask_for;		/* INIT-REBOOT, or what was offered */
	uint32_t server;
	uint8_t server_mac[6];		/* or its relay's: whence the lease came */
	bool has_lease, configured;
	struct dhcp_lease lease, next;	/* next: acknowledged, being probed */
	int64_t asked_at, lease_at;	/* a lease counts from when it was asked for */
};

static void on_timer(void *ctx, struct ln_net *net);

static int64_t now(const struct dhcp_client *c)
{
	return ln_net_now(c->link.net);
}

static void arm(struct dhcp_client *c, int64_t when)
{
	if (c->timer > 0)
		ln_timer_cancel(c->link.net, c->timer);
	c->timer = when == INT64_MAX ? 0 : ln_timer_add(c->link.net, when, on_timer, c);
}

/* RFC 2131 4.1: twice as long each time, and a second more or less. */
static void arm_retry(struct dhcp_client *c)
{
	int64_t s = (int64_t)RETRY_FIRST_S << (c->tries < 5 ? c->tries : 4);

	if (s > RETRY_MAX_S)
		s = RETRY_MAX_S;
	c->tries++;
	arm(c, now(c) + (s - 1) * SEC + (int64_t)(ln_net_random(c->link.net) % (2 * SEC)));
}

static void tell(struct dhcp_client *c, enum dhcp_event e, const struct dhcp_msg *m, uint32_t addr)
{
	char a[INET4_TEXT_MAX];

	if (m)
		journeyf(c->link.net, "%s %s on %s %s %s", e == DHCP_SENT ? "sends" : "hears",
			 dhcp_type_name(m->type), c->link.name, e == DHCP_SENT ? "to" : "from",
			 inet4_text(addr, a));
	else
		journeyf(c->link.net, "%s %s %s", inet4_text(addr, a), e == DHCP_BOUND ?
			 "is the address of" : e == DHCP_LOST ? "is no longer that of" :
			 "has somebody else, so it is not that of", c->link.name);
	if (c->params.event)
		c->params.event(c->params.ctx, e, m, addr);
}

/* ---- configuration ---- */

/* Return: 0, or an error, which is told but of what goes away: that may be gone already. */
__attribute__((format(printf, 3, 4)))
static int run(struct dhcp_client *c, bool tell_it, const char *fmt, ...)
{
	char cmd[200], out[400] = "";
	va_list ap;
	int err;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (c->params.ctl)
		err = c->params.ctl(c->params.ctl_ctx, cmd, out, sizeof(out), NULL);
	else
		err = ln_ctl(c->link.net, cmd, out, sizeof(out), NULL);
	if (!err || !tell_it)
		return err;
	out[strcspn(out, "\n")] = '\0';
	journeyf(c->link.net, "%s: %s", cmd, out);
	if (c->params.failed)
		c->params.failed(c->params.ctx, cmd, out);
	return err;
}

/* What the lease's routes are: those of option 121, or the routers' (RFC 3442). */
static unsigned routes_of(const struct dhcp_msg *m, struct dhcp_route *to)
{
	if (m->has_routes) {
		memcpy(to, m->routes, sizeof(m->routes));
		return m->nroutes;
	}
	to[0] = (struct dhcp_route){ .gateway = m->nrouter ? m->router[0] : 0 };
	return m->nrouter ? 1 : 0;
}

static void configure_routes(struct dhcp_client *c, bool there)
{
	const char *verb = there ? "replace" : "del";
	struct dhcp_route r[DHCP_ROUTES_MAX];
	unsigned n = routes_of(&c->lease.msg, r);
	char dst[INET4_TEXT_MAX], gw[INET4_TEXT_MAX];

	for (unsigned i = 0; i < n; i++) {
		inet4_text(r[i].dst, dst);
		inet4_text(r[i].gateway, gw);
		if (r[i].gateway)
			run(c, there, "ip route %s %s/%u via %s dev %s proto dhcp onlink", verb,
			    dst, r[i].plen, gw, c->link.name);
		else
			run(c, there, "ip route %s %s/%u dev %s proto dhcp", verb, dst, r[i].plen,
			    c->link.name);
	}
}

static int configure_addr(struct dhcp_client *c)
{
	char addr[INET4_TEXT_MAX], bcast[INET4_TEXT_MAX], lft[16] = "forever";
	uint32_t mask = c->lease.plen ? htonl(0xffffffffu << (32 - c->lease.plen)) : 0;

	inet4_text(c->lease.addr, addr);
	inet4_text(c->lease.msg.bcast ? c->lease.msg.bcast : c->lease.addr | ~mask, bcast);
	if (c->lease.seconds && c->lease.seconds != DHCP_INFINITE)
		snprintf(lft, sizeof(lft), "%u", c->lease.seconds);
	return run(c, true, "ip addr replace %s/%u broadcast %s dev %s valid_lft %s "
		   "preferred_lft %s", addr, c->lease.plen, bcast, c->link.name, lft, lft);
}

/* Without MTU and routes the address is of use; without the address there is nothing. */
static int configure(struct dhcp_client *c)
{
	int err = configure_addr(c);

	if (err)
		return err;
	if (c->lease.msg.mtu >= 576)
		run(c, true, "ip link set %s mtu %u", c->link.name, c->lease.msg.mtu);
	configure_routes(c, true);
	c->configured = true;
	return 0;
}

static void configure_dns(struct dhcp_client *c, bool there)
{
	struct ipaddr servers[DHCP_ADDRS_MAX] = { 0 };
	unsigned n = there ? c->lease.msg.ndns : 0;

	for (unsigned i = 0; i < n; i++)
		servers[i] = ipaddr_v4(c->lease.msg.dns[i]);
	if (!c->params.dns)
		return;
	dns_client_set_leased(c->params.dns, c->link.ifindex, servers, n);
	dns_client_set_leased_search(c->params.dns, c->link.ifindex, !there ? "" :
				     *c->lease.msg.search ? c->lease.msg.search :
							    c->lease.msg.domain);
}

static void deconfigure(struct dhcp_client *c)
{
	char addr[INET4_TEXT_MAX];

	if (!c->configured)
		return;
	configure_dns(c, false);
	configure_routes(c, false);
	run(c, false, "ip addr del %s/%u dev %s", inet4_text(c->lease.addr, addr), c->lease.plen,
	    c->link.name);
	c->configured = false;
}

static void lose(struct dhcp_client *c)
{
	if (!c->has_lease)
		return;
	deconfigure(c);
	c->has_lease = false;
	tell(c, DHCP_LOST, NULL, c->lease.addr);
}

/* ---- out ---- */

/* RFC 4361 6.1: an IAID, here the device, and the DUID of its MAC. */
static unsigned client_id(const struct dhcp_client *c, uint8_t *id)
{
	static const uint8_t duid_ll[] = { 0, 3, 0, 1 };

	id[0] = 255;
	memset(id + 1, 0, 3);
	id[4] = (uint8_t)c->link.ifindex;
	memcpy(id + 5, duid_ll, sizeof(duid_ll));
	memcpy(id + 9, c->link.mac, 6);
	return 15;
}

/* To all, or by routes and neighbours to daddr, or to its mac without them. */
static void send_msg(struct dhcp_client *c, struct dhcp_msg *m, uint32_t daddr, const uint8_t *mac)
{
	const struct dhcp_to to = { mac ? m->ciaddr : 0, daddr ? daddr : 0xffffffffu, mac };

	m->op = 1;
	m->xid = c->xid;
	memcpy(m->chaddr, c->link.mac, sizeof(m->chaddr));
	m->idlen = client_id(c, m->id);
	memcpy(m->host, c->host, sizeof(m->host));
	m->wants_params = m->type == DHCP_DISCOVER || m->type == DHCP_REQUEST;
	if (now(c) > c->begun)
		m->secs = (uint16_t)((now(c) - c->begun) / SEC);
	if (daddr && !mac)
		dhcp_link_send_udp(&c->link, m, daddr, DHCP_SERVER_PORT);
	else
		dhcp_link_send(&c->link, m, &to);
	tell(c, DHCP_SENT, m, to.daddr);
}

static void begin(struct dhcp_client *c)
{
	c->xid = (uint32_t)ln_net_random(c->link.net);
	c->begun = now(c);
	c->tries = 0;
}

static void discover(struct dhcp_client *c)
{
	struct dhcp_msg m = { .type = DHCP_DISCOVER, .requested = c->lease.addr };

	c->state = SELECTING;
	send_msg(c, &m, 0, NULL);
	arm_retry(c);
}

/* RFC 2131 table 4: selecting and rebooting name the address as an option, others in ciaddr. */
static void request(struct dhcp_client *c)
{
	struct dhcp_msg m = { .type = DHCP_REQUEST };

	c->asked_at = now(c);
	if (c->state == RENEWING || c->state == REBINDING)
		m.ciaddr = c->lease.addr;
	else
		m.requested = c->ask_for;
	if (c->state == REQUESTING)
		m.server = c->server;
	send_msg(c, &m, c->state == RENEWING ? c->server : 0, NULL);
}

/* The address may be gone before a neighbour answers, so none is asked for. */
static void give_back(struct dhcp_client *c)
{
	struct dhcp_msg m = { .type = DHCP_RELEASE, .ciaddr = c->lease.addr, .server = c->server };

	send_msg(c, &m, c->server, c->server_mac);
}

static void from_the_beginning(struct dhcp_client *c, int64_t wait)
{
	lose(c);
	c->state = INIT;
	arm(c, now(c) + wait);
}

/* ---- a lease ---- */

static int64_t at(const struct dhcp_client *c, uint32_t seconds)
{
	return seconds == DHCP_INFINITE ? INT64_MAX : c->lease_at + seconds * SEC;
}

/* RFC 2131 4.4.5: half of the time that is left, but not more often than once in a minute. */
static void arm_half(struct dhcp_client *c, int64_t end)
{
	int64_t half = (end - now(c)) / 2;

	if (half < RENEW_MIN_S * SEC)
		half = RENEW_MIN_S * SEC;
	arm(c, now(c) + half < end ? now(c) + half : end);
}

static void bound(struct dhcp_client *c)
{
	bool same = c->configured && c->lease.addr == c->next.addr &&
		    c->lease.plen == c->next.plen;

	if (same)
		configure_routes(c, false);
	else
		lose(c);
	c->lease = c->next;
	c->lease_at = c->asked_at;
	if (same) {
		configure_addr(c);
		configure_routes(c, true);
	} else if (configure(c)) {
		give_back(c);
		from_the_beginning(c, RETRY_WAIT_NS);
		return;
	}
	configure_dns(c, true);
	c->has_lease = true;
	c->state = BOUND;
	arm(c, at(c, c->lease.t1));
	tell(c, DHCP_BOUND, NULL, c->lease.addr);
}

static unsigned mask_len(uint32_t mask, uint32_t addr)
{
	uint32_t m = ntohl(mask);

	if (mask && !(~m & (~m + 1)))
		return 32u - (unsigned)(m ? __builtin_ctz(m) : 32);
	/* None was told: by the address's class, as RFC 2131's clients did. */
	return ntohl(addr) >> 31 == 0 ? 8 : ntohl(addr) >> 30 == 2 ? 16 : 24;
}

static void probe(struct dhcp_client *c)
{
	if (c->probes++ < PROBES) {
		dhcp_link_arp(&c->link, 0, c->next.addr);
		arm(c, now(c) + PROBE_NS);
		return;
	}
	bound(c);
	if (c->has_lease)
		dhcp_link_arp(&c->link, c->lease.addr, c->lease.addr);
}

static void acknowledged(struct dhcp_client *c, const struct dhcp_msg *m,
			 const struct dhcp_from *from)
{
	struct dhcp_lease *l = &c->next;
	bool renewed = c->state == RENEWING || c->state == REBINDING;

	*l = (struct dhcp_lease){ .addr = m->yiaddr, .server = m->server, .msg = *m,
				  .plen = mask_len(m->mask, m->yiaddr), .seconds = m->lease };
	l->t1 = l->t2 = DHCP_INFINITE;
	if (l->seconds != DHCP_INFINITE) {
		l->t2 = m->t2 && m->t2 < l->seconds ? m->t2 : (uint32_t)(l->seconds * 7ull / 8);
		l->t1 = m->t1 && m->t1 < l->t2 ? m->t1 : l->seconds / 2;
	}
	if (m->server)
		c->server = m->server;
	memcpy(c->server_mac, from->mac, sizeof(c->server_mac));
	if (renewed) {
		bound(c);
		return;
	}
	c->state = PROBING;
	c->probes = 0;
	probe(c);
}

/* ---- events ---- */

static void on_timer(void *ctx, struct ln_net *net)
{
	struct dhcp_client *c = ctx;

	(void)net;
	c->timer = 0;
	switch (c->state) {
	case INIT:
		begin(c);
		discover(c);
		break;
	case SELECTING:
		discover(c);
		break;
	case REBOOTING:
	case REQUESTING:
		if (c->tries >= REQUESTS_MAX) {
			from_the_beginning(c, 0);
			break;
		}
		request(c);
		arm_retry(c);
		break;
	case PROBING:
		probe(c);
		break;
	case BOUND:
		begin(c);
		c->state = RENEWING;
		/* fall through */
	case RENEWING:
		if (now(c) >= at(c, c->lease.t2))
			c->state = REBINDING;
		/* fall through */
	default:
		if (now(c) >= at(c, c->lease.seconds)) {
			from_the_beginning(c, 0);
			break;
		}
		request(c);
		arm_half(c, at(c, c->state == RENEWING ? c->lease.t2 : c->lease.seconds));
	}
}

static void on_offer(struct dhcp_client *c, const struct dhcp_msg *m)
{
	if (c->state != SELECTING || !m->yiaddr || !m->server)
		return;
	c->server = m->server;
	c->ask_for = m->yiaddr;
	c->state = REQUESTING;
	c->tries = 0;
	request(c);
	arm_retry(c);
}

static bool is_asking(const struct dhcp_client *c)
{
	return c->state == REBOOTING || c->state == REQUESTING || c->state == RENEWING ||
	       c->state == REBINDING;
}

static void on_msg(void *ctx, const struct dhcp_msg *m, const struct dhcp_from *from)
{
	struct dhcp_client *c = ctx;

	if (m->op != 2 || m->xid != c->xid || memcmp(m->chaddr, c->link.mac, 6))
		return;
	tell(c, DHCP_HEARD, m, from->addr);
	if (m->type == DHCP_OFFER)
		on_offer(c, m);
	else if (m->type == DHCP_NAK && is_asking(c))
		from_the_beginning(c, 0);
	else if (m->type == DHCP_ACK && is_asking(c) && m->yiaddr && m->lease)
		acknowledged(c, m, from);
}

/* RFC 5227 2.1.1: it is another's, or another wants it as well. */
static void on_arp(void *ctx, uint32_t sip, uint32_t tip, const uint8_t mac[6])
{
	struct dhcp_client *c = ctx;
	struct dhcp_msg m = { .type = DHCP_DECLINE, .requested = c->next.addr,
			      .server = c->next.server };

	(void)mac;
	if (c->state != PROBING || (sip != c->next.addr && (sip || tip != c->next.addr)))
		return;
	send_msg(c, &m, 0, NULL);
	tell(c, DHCP_CONFLICT, NULL, c->next.addr);
	c->lease.addr = 0;		/* it is not asked for again */
	from_the_beginning(c, RETRY_WAIT_NS);
}

/* ---- life ---- */

int dhcp_client_start(struct ln_net *net, const struct dhcp_client_params *params,
		      struct dhcp_client **out)
{
	struct dhcp_client *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->params = *params;
	if (params->host)
		snprintf(c->host, sizeof(c->host), "%s", params->host);
	c->link.msg = on_msg;
	c->link.arp_seen = on_arp;
	c->link.ctx = c;
	err = dhcp_link_open(&c->link, net, params->dev, DHCP_CLIENT_PORT);
	if (err) {
		free(c);
		return err;
	}
	c->ask_for = params->ask_for;
	c->state = params->ask_for ? REBOOTING : INIT;
	begin(c);
	arm(c, now(c));
	*out = c;
	return 0;
}

const struct dhcp_lease *dhcp_client_lease(const struct dhcp_client *c)
{
	return c->has_lease ? &c->lease : NULL;
}

void dhcp_client_stop(struct dhcp_client *c, bool release)
{
	if (!c)
		return;
	if (release && c->has_lease) {
		give_back(c);
		deconfigure(c);
	}
	arm(c, INT64_MAX);
	dhcp_link_close(&c->link);
	free(c);
}
