/* SPDX-License-Identifier: MIT */
#include "app/dhcp/dhcp_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/dhcp/dhcp_link.h"
#include "app/util/inet.h"
#include "app/util/journey.h"
#include "net/ipv4/ip.h"

#define SEC 1000000000ll
#define LEASE_DEFAULT_S 3600
#define OFFER_NS (60 * SEC)
#define DECLINED_NS (600 * SEC)
#define PROBE_NS (SEC / 2)
#define PROBED_NS (60 * SEC)		/* for so long it counts */

enum entry_state { FREE, OFFERED, LEASED, DECLINED };

struct entry {
	enum entry_state state;
	bool reserved;			/* given by its MAC only */
	int64_t until;			/* of the state */
	int64_t free_until;		/* nobody was found to have it */
	uint8_t id[DHCP_ID_MAX];	/* whose it is or was */
	unsigned idlen;			/* 0: nobody's */
	uint8_t mac[6];
	char host[DHCP_NAME_MAX];
};

/* An offer that waits for the answer to ARP. */
struct probe {
	struct entry *e;		/* NULL: not in use */
	int64_t until;
	struct dhcp_msg msg;		/* the DISCOVER, the last one */
};

struct dhcp_server {
	struct dhcp_link link;
	struct dhcp_server_params params;
	uint32_t addr, mask;		/* our own */
	struct probe probes[DHCP_PROBES_MAX];
	int64_t timer;
	uint32_t first;			/* host order */
	unsigned n;
	struct entry entry[];
};

static int64_t now(const struct dhcp_server *s)
{
	return ln_net_now(s->link.net);
}

static uint32_t addr_of(const struct dhcp_server *s, const struct entry *e)
{
	return htonl(s->first + (uint32_t)(e - s->entry));
}

static struct entry *entry_of(struct dhcp_server *s, uint32_t addr)
{
	uint32_t i = ntohl(addr) - s->first;

	return i < s->n ? &s->entry[i] : NULL;
}

/* ---- whose is which ---- */

/* Who asks: by identifier, else by MAC, which are told apart by their first byte's place. */
static unsigned key_of(const struct dhcp_msg *m, uint8_t *key)
{
	if (m->idlen) {
		memcpy(key, m->id, m->idlen);
		return m->idlen;
	}
	memcpy(key, m->chaddr, 6);
	return 6;
}

static bool is_of(const struct entry *e, const struct dhcp_msg *m)
{
	uint8_t key[DHCP_ID_MAX];
	unsigned n = key_of(m, key);

	return e->idlen == n && !memcmp(e->id, key, n);
}

static bool is_over(const struct dhcp_server *s, const struct entry *e)
{
	return e->state == FREE || e->until <= now(s);
}

/* Neither the server's own, nor the network's or everybody's, which /31 and /32 do not have. */
static bool is_host(uint32_t a, uint32_t own, uint32_t mask)
{
	return a != own && (ntohl(mask) >= 0xfffffffeu || (a & ~mask && ~a & ~mask));
}

static bool is_free(const struct dhcp_server *s, const struct entry *e)
{
	return !e->reserved && is_host(addr_of(s, e), s->addr, s->mask) && is_over(s, e);
}

static struct entry *reserved_for(struct dhcp_server *s, const struct dhcp_msg *m)
{
	for (unsigned i = 0; i < s->params.nreserved; i++)
		if (!memcmp(s->params.reserved[i].mac, m->chaddr, 6))
			return entry_of(s, s->params.reserved[i].addr);
	return NULL;
}

/* What it has or had, if nobody else does now; a declined one is somebody's for its time. */
static struct entry *known(struct dhcp_server *s, const struct dhcp_msg *m)
{
	struct entry *e = reserved_for(s, m);

	if (e && (e->state != DECLINED || is_over(s, e)))
		return e;
	for (unsigned i = 0; i < s->n; i++)
		if (is_of(&s->entry[i], m) && !s->entry[i].reserved &&
		    s->entry[i].state != DECLINED)
			return &s->entry[i];
	return NULL;
}

/* RFC 2131 4.3.1: its own one, the one that it asks for, one that was nobody's, the oldest. */
static struct entry *choose(struct dhcp_server *s, const struct dhcp_msg *m)
{
	struct entry *e = known(s, m), *oldest = NULL;

	if (e)
		return e;
	e = m->requested ? entry_of(s, m->requested) : NULL;
	if (e && is_free(s, e))
		return e;
	for (unsigned i = 0; i < s->n; i++) {
		e = &s->entry[i];
		if (!is_free(s, e))
			continue;
		if (!e->idlen)
			return e;
		if (!oldest || e->until < oldest->until)
			oldest = e;
	}
	return oldest;
}

static void hold(struct dhcp_server *s, struct entry *e, const struct dhcp_msg *m,
		 enum entry_state state, int64_t ns)
{
	e->state = state;
	e->until = ns == INT64_MAX ? ns : now(s) + ns;
	e->idlen = key_of(m, e->id);
	memcpy(e->mac, m->chaddr, sizeof(e->mac));
	memcpy(e->host, m->host, sizeof(e->host));
}

static void leave_out(struct dhcp_server *s, struct entry *e)
{
	e->state = DECLINED;
	e->until = now(s) + DECLINED_NS;
	e->idlen = 0;
}

static void save(const struct dhcp_server *s)
{
	if (s->params.store)
		s->params.store->save(s->params.store->ctx, s);
}

/* ---- answers ---- */

static void fill(const struct dhcp_server *s, struct dhcp_msg *r)
{
	const struct dhcp_server_params *p = &s->params;

	r->mask = s->mask;
	r->bcast = s->addr | ~s->mask;
	memcpy(r->router, p->router, sizeof(r->router));
	memcpy(r->dns, p->dns, sizeof(r->dns));
	memcpy(r->routes, p->routes, sizeof(r->routes));
	r->nrouter = p->nrouter;
	r->ndns = p->ndns;
	r->nroutes = p->nroutes;
	r->mtu = p->mtu;
	memcpy(r->domain, p->domain, sizeof(r->domain));
	memcpy(r->search, p->search, sizeof(r->search));
}

/* RFC 2131 4.1: to the relay, to who has an address, to all, or to the MAC. RFC 6842: the
 * identifier goes back. */
static void reply(struct dhcp_server *s, const struct dhcp_msg *m, uint8_t type, uint32_t yiaddr)
{
	struct dhcp_msg r = { .op = 2, .type = type, .xid = m->xid, .broadcast = m->broadcast,
			      .giaddr = m->giaddr, .yiaddr = yiaddr, .server = s->addr,
			      .ciaddr = type == DHCP_ACK ? m->ciaddr : 0, .idlen = m->idlen };
	struct dhcp_to to = { s->addr, 0xffffffffu, NULL };
	char text[INET4_TEXT_MAX];

	memcpy(r.chaddr, m->chaddr, sizeof(r.chaddr));
	memcpy(r.id, m->id, sizeof(r.id));
	if (type != DHCP_NAK) {
		fill(s, &r);
		r.lease = m->type == DHCP_INFORM ? 0 : s->params.lease_s;
	}
	journeyf(s->link.net, "answers %s with %s %s", dhcp_type_name(m->type),
		 dhcp_type_name(type), inet4_text(yiaddr, text));
	if (s->params.log)
		s->params.log(s->params.ctx, &r, true);
	if (m->giaddr) {
		r.broadcast |= type == DHCP_NAK;
		dhcp_link_send_udp(&s->link, &r, m->giaddr, DHCP_SERVER_PORT);
		return;
	}
	if (type != DHCP_NAK && m->ciaddr) {
		to.daddr = m->ciaddr;
		to.mac = m->chaddr;
	} else if (type != DHCP_NAK && !m->broadcast) {
		to.daddr = yiaddr;
		to.mac = m->chaddr;
	}
	dhcp_link_send(&s->link, &r, &to);
}

static int64_t lease_ns(const struct dhcp_server *s)
{
	return s->params.lease_s == DHCP_INFINITE ? INT64_MAX : s->params.lease_s * SEC;
}

static void grant(struct dhcp_server *s, const struct dhcp_msg *m, struct entry *e)
{
	hold(s, e, m, LEASED, lease_ns(s));
	save(s);		/* RFC 2131 4.3.1: before the client hears of it */
	reply(s, m, DHCP_ACK, addr_of(s, e));
}

/* ---- does somebody have it? ---- */

static void on_timer(void *ctx, struct ln_net *net);

static void arm(struct dhcp_server *s)
{
	int64_t when = INT64_MAX;

	for (unsigned i = 0; i < DHCP_PROBES_MAX; i++)
		if (s->probes[i].e && s->probes[i].until < when)
			when = s->probes[i].until;
	if (s->timer > 0)
		ln_timer_cancel(s->link.net, s->timer);
	s->timer = when < INT64_MAX ? ln_timer_add(s->link.net, when, on_timer, s) : 0;
}

/* That of an entry; of none: one that is not in use. */
static struct probe *probe_of(struct dhcp_server *s, const struct entry *e)
{
	for (unsigned i = 0; i < DHCP_PROBES_MAX; i++)
		if (s->probes[i].e == e)
			return &s->probes[i];
	return NULL;
}

/* True: the offer waits. */
static bool probe(struct dhcp_server *s, struct entry *e, const struct dhcp_msg *m)
{
	struct probe *p = probe_of(s, e);
	char text[INET4_TEXT_MAX];

	if (e->free_until > now(s))
		return false;
	if (!p) {
		p = probe_of(s, NULL);
		if (!p)
			return false;
		p->e = e;
		p->until = now(s) + PROBE_NS;
		/* Not from 0.0.0.0: a client that is about to take an address would give way. */
		journeyf(s->link.net, "asks whether somebody has %s, before it offers it",
			 inet4_text(addr_of(s, e), text));
		dhcp_link_arp(&s->link, s->addr, addr_of(s, e));
		arm(s);
		if (s->timer <= 0) {	/* no memory */
			p->e = NULL;
			return false;
		}
	}
	p->msg = *m;
	return true;
}

static void on_discover(struct dhcp_server *s, const struct dhcp_msg *m)
{
	struct entry *e = choose(s, m);

	if (!e)
		return;			/* there is none left: silence */
	if (e->state != LEASED || is_over(s, e)) {
		hold(s, e, m, OFFERED, OFFER_NS);
		if (probe(s, e, m))
			return;
	}
	reply(s, m, DHCP_OFFER, addr_of(s, e));
}

/* Nobody has it but, if somebody, who asks. */
static void probed(struct dhcp_server *s, struct probe *p)
{
	struct entry *e = p->e;

	p->e = NULL;
	e->free_until = now(s) + PROBED_NS;
	if (is_of(e, &p->msg) && e->state == OFFERED)
		reply(s, &p->msg, DHCP_OFFER, addr_of(s, e));
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct dhcp_server *s = ctx;

	(void)net;
	s->timer = 0;
	for (unsigned i = 0; i < DHCP_PROBES_MAX; i++)
		if (s->probes[i].e && s->probes[i].until <= now(s))
			probed(s, &s->probes[i]);
	arm(s);
}

static void on_arp(void *ctx, uint32_t sip, uint32_t tip, const uint8_t mac[6])
{
	struct dhcp_server *s = ctx;
	struct entry *e = sip ? entry_of(s, sip) : NULL;
	struct probe *p = e ? probe_of(s, e) : NULL;
	char text[INET4_TEXT_MAX];
	struct dhcp_msg m;

	(void)tip;
	if (!p)
		return;
	m = p->msg;
	if (!memcmp(mac, m.chaddr, sizeof(m.chaddr))) {
		probed(s, p);
		return;
	}
	p->e = NULL;
	leave_out(s, e);
	journeyf(s->link.net, "%s has somebody already, so it is not offered",
		 inet4_text(sip, text));
	if (s->params.taken)
		s->params.taken(s->params.ctx, sip, mac);
	on_discover(s, &m);
}

/* ---- in ---- */

/* RFC 2131 4.3.2 */
static void on_request(struct dhcp_server *s, const struct dhcp_msg *m)
{
	uint32_t asked = m->ciaddr ? m->ciaddr : m->requested;
	struct entry *mine = known(s, m), *e = entry_of(s, asked);

	if (m->server && m->server != s->addr) {	/* another one's offer was taken */
		if (mine && mine->state == OFFERED)
			mine->state = FREE;
		return;
	}
	if (mine && mine == e)
		grant(s, m, e);
	else if (m->server || mine || (!m->ciaddr && (asked ^ s->addr) & s->mask))
		reply(s, m, DHCP_NAK, 0);
	/* Else it is for others to know (INIT-REBOOT, rebinding): silence. */
}

static void on_gone(struct dhcp_server *s, const struct dhcp_msg *m)
{
	bool declined = m->type == DHCP_DECLINE;
	struct entry *e = entry_of(s, declined ? m->requested : m->ciaddr);

	if (!e || !is_of(e, m) || (m->server && m->server != s->addr))
		return;
	e->state = FREE;
	e->until = now(s);
	if (declined)
		leave_out(s, e);
	save(s);
}

static void on_msg(void *ctx, const struct dhcp_msg *m, const struct dhcp_from *from)
{
	struct dhcp_server *s = ctx;

	(void)from;
	if (m->op != 1)
		return;
	if (s->params.log)
		s->params.log(s->params.ctx, m, false);
	switch (m->type) {
	case DHCP_DISCOVER:
		on_discover(s, m);
		break;
	case DHCP_REQUEST:
		on_request(s, m);
		break;
	case DHCP_DECLINE:
	case DHCP_RELEASE:
		on_gone(s, m);
		break;
	case DHCP_INFORM:
		if (m->ciaddr)
			reply(s, m, DHCP_ACK, 0);
		break;
	default:
		break;
	}
}

/* ---- life ---- */

/* The device's own address, whose network is served. */
static int own_address(struct ln_net *net, const char *name, uint32_t *addr, uint32_t *mask)
{
	const struct net_device *dev = dev_get_by_name(net_of(net), name);
	const struct in_ifaddr *ifa;

	if (!dev || !dev->ip_ptr)
		return -ENODEV;
	list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list) {
		*addr = ifa->local;
		*mask = ifa->prefixlen ? htonl(0xffffffffu << (32 - ifa->prefixlen)) : 0;
		return 0;
	}
	return -EADDRNOTAVAIL;
}

static int check_range(const struct dhcp_server_params *p, uint32_t addr, uint32_t mask)
{
	uint32_t first = ntohl(p->first), last = ntohl(p->last);

	if (first > last || last - first >= DHCP_POOL_MAX || (p->first ^ addr) & mask ||
	    (p->last ^ addr) & mask)
		return -EINVAL;
	for (unsigned i = 0; i < p->nreserved; i++)
		if (ntohl(p->reserved[i].addr) - first > last - first ||
		    !is_host(p->reserved[i].addr, addr, mask))
			return -EINVAL;
	return 0;
}

/* Those that are still in the range; what the file says of others is forgotten. */
static int load(struct dhcp_server *s)
{
	const struct dhcp_store *store = s->params.store;
	struct dhcp_binding b;
	struct entry *e;
	int err;

	while ((err = store->load(store->ctx, &b)) > 0) {
		e = entry_of(s, b.addr);
		if (!e || !is_host(b.addr, s->addr, s->mask))
			continue;
		e->state = b.left_s > 0 ? LEASED : FREE;
		e->until = b.left_s == INT64_MAX ? INT64_MAX : now(s) + b.left_s * SEC;
		e->idlen = b.idlen ? b.idlen : sizeof(b.mac);
		memcpy(e->id, b.idlen ? b.id : b.mac, e->idlen);
		memcpy(e->mac, b.mac, sizeof(e->mac));
		memcpy(e->host, b.host, sizeof(e->host));
	}
	return err;
}

bool dhcp_server_binding(const struct dhcp_server *s, unsigned i, struct dhcp_binding *b)
{
	const struct entry *e = &s->entry[i];

	if (e->state != LEASED || !e->idlen)
		return false;
	*b = (struct dhcp_binding){ .addr = addr_of(s, e), .left_s = INT64_MAX };
	if (e->until != INT64_MAX)
		b->left_s = (e->until - now(s)) / SEC;
	memcpy(b->mac, e->mac, sizeof(b->mac));
	memcpy(b->host, e->host, sizeof(b->host));
	if (e->idlen != sizeof(e->mac) || memcmp(e->id, e->mac, sizeof(e->mac))) {
		b->idlen = e->idlen;
		memcpy(b->id, e->id, e->idlen);
	}
	return true;
}

unsigned dhcp_server_size(const struct dhcp_server *s)
{
	return s->n;
}

int dhcp_server_start(struct ln_net *net, const struct dhcp_server_params *params,
		      struct dhcp_server **out)
{
	unsigned n = ntohl(params->last) - ntohl(params->first) + 1;
	struct dhcp_server *s;
	uint32_t addr, mask;
	int err = own_address(net, params->dev, &addr, &mask);

	if (!err)
		err = check_range(params, addr, mask);
	if (err)
		return err;
	s = calloc(1, sizeof(*s) + n * sizeof(s->entry[0]));
	if (!s)
		return -ENOMEM;
	s->params = *params;
	if (!s->params.lease_s)
		s->params.lease_s = LEASE_DEFAULT_S;
	s->addr = addr;
	s->mask = mask;
	s->first = ntohl(params->first);
	s->n = n;
	for (unsigned i = 0; i < params->nreserved; i++)
		entry_of(s, params->reserved[i].addr)->reserved = true;
	s->link.net = net;
	s->link.msg = on_msg;
	s->link.arp_seen = on_arp;
	s->link.ctx = s;
	err = params->store ? load(s) : 0;
	if (!err)
		err = dhcp_link_open(&s->link, net, params->dev, DHCP_SERVER_PORT);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void dhcp_server_stop(struct dhcp_server *s)
{
	if (!s)
		return;
	if (s->timer > 0)
		ln_timer_cancel(s->link.net, s->timer);
	dhcp_link_close(&s->link);
	free(s);
}
