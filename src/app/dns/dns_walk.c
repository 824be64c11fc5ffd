/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_walk.h"

#include <errno.h>
#include <stdlib.h>

#include "app/util/inet.h"
#include "app/util/journey.h"

#define FAILURE_TTL 5	/* s that a SERVFAIL is remembered */

static void walk_next(struct walk *w);

/* --- life --- */

/* Takes the walk out of the list of those that wait for its child. */
static void walk_unwait(struct walk *w)
{
	struct walk_waiter **link, *waiter;

	if (!w->child)
		return;
	for (link = &w->child->waiters; (waiter = *link); link = &waiter->next)
		if (waiter->parent == w) {
			*link = waiter->next;
			free(waiter);
			break;
		}
	w->child = NULL;
}

static void waiter_drop(struct dns_resolver *r, struct walk_waiter *waiter)
{
	if (waiter->req) {
		dns_request_reply(waiter->req, NULL, 0);
		ldns_pkt_free(waiter->query);
		r->nwaiters--;
	} else {
		waiter->parent->child = NULL;
	}
	free(waiter);
}

static void walk_free(struct walk *w)
{
	struct dns_resolver *r = w->r;
	struct walk **link = &r->walks;
	struct walk_waiter *waiter;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	r->nwalks--;
	while ((waiter = w->waiters)) {
		w->waiters = waiter->next;
		waiter_drop(r, waiter);
	}
	walk_unwait(w);
	dns_exchange_cancel(w->exchange);
	if (w->timer)
		ln_timer_cancel(r->net, w->timer);
	if (w->budget && !--w->budget->refs)
		free(w->budget);
	walk_servers_free(&w->servers);
	ldns_rdf_deep_free(w->name);
	ldns_rr_list_deep_free(w->answer);
	ldns_rr_list_deep_free(w->soa);
	free(w);
}

void walk_free_all(struct dns_resolver *r)
{
	while (r->walks)
		walk_free(r->walks);
}

static void child_done(struct walk *w, const struct walk *child);
static void walk_fail(struct walk *w, const char *why);

/* The one timer: the deadline, or the end. Everybody who waits hears of the result. */
static void on_timer(void *ctx, struct ln_net *net)
{
	struct walk *w = ctx;
	struct walk_waiter *waiter;

	(void)net;
	w->timer = 0;
	walk_fail(w, "it took too long");
	while ((waiter = w->waiters)) {
		w->waiters = waiter->next;
		if (waiter->req) {
			w->r->nwaiters--;
			dns_resolver_respond(w->r, waiter, w);
		} else {
			struct walk *parent = waiter->parent;

			free(waiter);
			child_done(parent, w);
		}
	}
	walk_free(w);
}

static void walk_end(struct walk *w, enum dns_cache_result kind)
{
	struct ln_net *net = w->r->net;
	int64_t timer;

	if (w->done)
		return;
	w->done = true;
	w->kind = kind;
	walk_unwait(w);
	dns_exchange_cancel(w->exchange);
	w->exchange = NULL;
	timer = ln_timer_add(net, ln_net_now(net), on_timer, w);
	if (timer < 0)
		return; /* no memory: then at the deadline */
	if (w->timer)
		ln_timer_cancel(net, w->timer);
	w->timer = timer;
}

/* @why: for the journey */
static void walk_fail(struct walk *w, const char *why)
{
	char name[DNS_NAME_TEXT_MAX];

	if (w->done)
		return;
	journeyf(w->r->net, "cannot find out about %s: %s", dns_name_text(w->name, name), why);
	if (!w->depth)
		dns_cache_put_negative(w->r->cache, ln_net_now(w->r->net), w->name, w->type,
				       DNS_CACHE_FAILURE, NULL, FAILURE_TTL);
	walk_end(w, DNS_CACHE_FAILURE);
}

/* --- children --- */

/* Makes the walk wait for another question. False: limits, a circle, no memory. */
static bool walk_wait_for(struct walk *w, const ldns_rdf *name, uint16_t type)
{
	struct walk_waiter *waiter = calloc(1, sizeof(*waiter));
	struct walk *child = waiter ? walk_get(w->r, name, type, w) : NULL;

	if (!child) {
		free(waiter);
		return false;
	}
	waiter->parent = w;
	w->child = child; /* before the child starts: it looks for circles */
	walk_wait(child, waiter);
	return true;
}

/* The alias is in w->answer; its target's records are to follow. */
static void walk_alias(struct walk *w)
{
	size_t n = ldns_rr_list_rr_count(w->answer);
	const ldns_rdf *target = dns_rr_target(ldns_rr_list_rr(w->answer, n - 1));

	w->child_is_target = true;
	if (!target || !walk_wait_for(w, target, w->type))
		walk_fail(w, "its chain of aliases leads nowhere");
}

static void child_done(struct walk *w, const struct walk *child)
{
	w->child = NULL;
	if (w->done)
		return;
	if (!w->child_is_target) {
		walk_servers_add(w, w->child_ns,
				 child->kind == DNS_CACHE_HIT ? child->answer : NULL);
		walk_next(w);
		return;
	}
	if (!dns_rrs_append(w->answer, child->answer)) {
		walk_fail(w, "out of memory");
		return;
	}
	w->soa = child->soa ? ldns_rr_list_clone(child->soa) : NULL;
	walk_end(w, child->kind);
}

/* --- asking --- */

static void tell_query(struct walk *w, const struct walk_addr *a)
{
	char name[DNS_NAME_TEXT_MAX], ns[DNS_NAME_TEXT_MAX], addr[IPADDR_TEXT_MAX];
	bool root = ldns_rdf_size(w->servers.zone) == 1;
	struct text t = { 0 };

	if (!ln_trace_on(w->r->net))
		return;
	dns_name_text(w->name, name);
	if (!w->told)
		text_addf(&t, "does not know %s; %s: asks ", name,
			  root ? "walks the tree" : "knows whom to ask");
	else
		text_adds(&t, "asks ");
	walk_zone_text(&t, w->servers.zone, false);
	text_addf(&t, " %s (%s)", ipaddr_text(w->r->net, &a->addr, addr),
		  dns_name_text(w->servers.ns[a->ns].name, ns));
	if (w->told)
		text_addf(&t, " for %s", name);
	if (!t.failed)
		ln_trace_app(w->r->net, t.s);
	text_free(&t);
	w->told = true;
}

static void tell_reply(struct walk *w, enum walk_verdict verdict, const struct ipaddr *from)
{
	char name[DNS_NAME_TEXT_MAX], addr[IPADDR_TEXT_MAX];
	struct text t = { 0 };
	size_t i;

	if (!ln_trace_on(w->r->net))
		return;
	ipaddr_text(w->r->net, from, addr);
	dns_name_text(w->name, name);
	if (verdict == WALK_LAME) {
		text_addf(&t, "%s is of no help with %s", addr, name);
	} else if (verdict == WALK_REFERRAL) {
		text_addf(&t, "%s refers it to ", addr);
		walk_zone_text(&t, w->servers.zone, true);
		for (i = 0; i < w->servers.nns; i++)
			text_addf(&t, "%s%s", i ? ", " : " (",
				  dns_name_text(w->servers.ns[i].name, name));
		text_adds(&t, ")");
	} else if (w->kind == DNS_CACHE_HIT) {
		text_adds(&t, "learns ");
		dns_rrs_text(&t, w->answer);
		i = ldns_rr_list_rr_count(w->answer);
		if (i && ldns_rr_ttl(ldns_rr_list_rr(w->answer, i - 1)))
			text_adds(&t, "; now in the cache");
	} else {
		text_addf(&t, "learns that %s %s", name, w->kind == DNS_CACHE_NXDOMAIN ?
			  "does not exist (NXDOMAIN)" : "has no such record (NODATA)");
	}
	if (!t.failed)
		ln_trace_app(w->r->net, t.s);
	text_free(&t);
}

static void on_reply(void *ctx, int err, const ldns_pkt *reply)
{
	struct walk *w = ctx;
	struct ipaddr from = w->servers.addrs[w->asked].addr;
	char addr[IPADDR_TEXT_MAX];
	enum walk_verdict verdict;

	w->exchange = NULL;
	if (err) {
		journeyf(w->r->net, "DNS server %s: %s", ipaddr_text(w->r->net, &from, addr),
			 inet_error_text(err));
		walk_next(w);
		return;
	}
	verdict = walk_read_reply(w, reply);
	tell_reply(w, verdict, &from);
	if (verdict == WALK_ANSWER) {
		walk_end(w, w->kind);
	} else if (verdict == WALK_ALIAS) {
		walk_alias(w);
	} else {
		if (verdict == WALK_LAME)
			w->servers.addrs[w->asked].tries = WALK_ROUNDS; /* for good */
		walk_next(w);
	}
}

static void walk_query(struct walk *w, unsigned index)
{
	struct walk_addr *a = &w->servers.addrs[index];
	struct dns_exchange_params params = {
		.server = a->addr,
		.port = w->r->port,
		.name = w->name,
		.type = w->type,
		.edns = true,
		.timeout_ns = w->r->query_timeout_ns,
		.fn = on_reply,
		.ctx = w,
	};

	if (++w->budget->queries > DNS_RESOLVER_QUERIES_MAX) {
		walk_fail(w, "more queries than one question is worth");
		return;
	}
	tell_query(w, a);
	a->tries++;
	w->asked = index;
	w->r->stats.queries_sent++;
	w->exchange = dns_exchange_start(w->r->net, &params);
	if (!w->exchange)
		walk_fail(w, "out of memory");
}

/* An address that this round has not tried, drawn at random, IPv6 before IPv4; -1 = none. */
static int pick_addr(struct walk *w)
{
	unsigned n = w->servers.naddrs, i, start;
	int found = -1;

	if (!n)
		return -1;
	start = (unsigned)((ln_net_random(w->r->net) >> 33) % n);
	for (i = 0; i < n; i++) {
		const struct walk_addr *a = &w->servers.addrs[(start + i) % n];

		if (a->tries > w->round)
			continue;
		if (found < 0 || a->addr.family == LN_AF_INET6)
			found = (int)((start + i) % n);
		if (a->addr.family == LN_AF_INET6)
			break;
	}
	return found;
}

/* Waits for the address of a server that has none yet. False: there is none to ask for. */
static bool resolve_server(struct walk *w)
{
	unsigned i, bit;

	for (i = 0; i < w->servers.nns; i++) {
		struct walk_ns *ns = &w->servers.ns[i];

		for (bit = WALK_IPV6; bit; bit >>= 1) {
			if (!(w->families & bit) || ns->looked_up & bit)
				continue;
			ns->looked_up |= (uint8_t)bit;
			w->child_ns = i;
			w->child_is_target = false;
			if (walk_wait_for(w, ns->name,
					  bit == WALK_IPV6 ? DNS_TYPE_AAAA : DNS_TYPE_A))
				return true;
		}
	}
	return false;
}

static void walk_next(struct walk *w)
{
	int index;

	if (w->done)
		return;
	index = pick_addr(w);
	if (index < 0 && resolve_server(w))
		return;
	if (index < 0 && w->servers.naddrs && ++w->round < WALK_ROUNDS)
		index = pick_addr(w);
	if (index < 0)
		walk_fail(w, "no server of its zone helps");
	else
		walk_query(w, (unsigned)index);
}

/* --- starting --- */

enum dns_cache_result walk_cached(struct dns_resolver *r, const ldns_rdf *name, uint16_t type,
				  ldns_rr_list *answer, ldns_rr_list **soa)
{
	int64_t now = ln_net_now(r->net);
	enum dns_cache_result res;
	ldns_rr_list *rrs;
	unsigned n;
	bool good;

	*soa = NULL;
	for (n = 0; n <= DNS_RESOLVER_DEPTH_MAX && name; n++) {
		res = dns_cache_lookup(r->cache, now, name, type, DNS_RANK_ANSWER, &rrs);
		if (res == DNS_CACHE_NODATA || res == DNS_CACHE_NXDOMAIN) {
			*soa = rrs;
			return res;
		}
		if (res == DNS_CACHE_FAILURE)
			return res;
		if (res == DNS_CACHE_MISS && (type == DNS_TYPE_CNAME ||
		    dns_cache_lookup(r->cache, now, name, DNS_TYPE_CNAME, DNS_RANK_ANSWER, &rrs) !=
		    DNS_CACHE_HIT)) {
			ldns_rr_list_deep_free(rrs);
			return DNS_CACHE_MISS;
		}
		good = dns_rrs_append(answer, rrs);
		ldns_rr_list_deep_free(rrs);
		if (res == DNS_CACHE_HIT || !good)
			return good ? DNS_CACHE_HIT : DNS_CACHE_MISS;
		name = dns_rr_target(ldns_rr_list_rr(answer, ldns_rr_list_rr_count(answer) - 1));
	}
	return DNS_CACHE_MISS;
}

/* An alias whose target is not known: only the target is walked for. */
static bool start_at_alias(struct walk *w)
{
	ldns_rr_list *rrs = NULL;
	bool hit, good;

	hit = w->type != DNS_TYPE_CNAME &&
	      dns_cache_lookup(w->r->cache, ln_net_now(w->r->net), w->name, DNS_TYPE_CNAME,
			       DNS_RANK_ANSWER, &rrs) == DNS_CACHE_HIT;
	good = hit && dns_rrs_append(w->answer, rrs);
	ldns_rr_list_deep_free(rrs);
	if (!hit)
		return false;
	if (good)
		walk_alias(w);
	else
		walk_fail(w, "out of memory");
	return true;
}

static void walk_start(struct walk *w)
{
	ldns_rr_list *answer = ldns_rr_list_new();
	enum dns_cache_result res = DNS_CACHE_MISS;

	if (answer)
		res = walk_cached(w->r, w->name, w->type, answer, &w->soa);
	if (res != DNS_CACHE_MISS) {
		ldns_rr_list_deep_free(w->answer);
		w->answer = answer;
		walk_end(w, res);
		return;
	}
	ldns_rr_list_deep_free(answer);
	if (start_at_alias(w))
		return;
	if (walk_servers_find(w))
		walk_next(w);
	else
		walk_fail(w, "out of memory");
}

static struct walk *walk_new(struct dns_resolver *r, const ldns_rdf *name, uint16_t type,
			     const struct walk *parent)
{
	struct walk *w;

	if (r->nwalks >= DNS_RESOLVER_WALKS_MAX)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->r = r;
	w->next = r->walks;
	r->walks = w;
	r->nwalks++;
	w->type = type;
	w->depth = parent ? parent->depth + 1 : 0;
	w->families = (uint8_t)dst_families(r->net, 0);
	w->budget = parent ? parent->budget : calloc(1, sizeof(*w->budget));
	if (w->budget)
		w->budget->refs++;
	w->name = ldns_rdf_clone(name);
	w->answer = ldns_rr_list_new();
	w->timer = ln_timer_add(r->net, ln_net_now(r->net) + WALK_DEADLINE_NS, on_timer, w);
	if (!w->budget || !w->name || !w->answer || w->timer <= 0) {
		w->timer = w->timer < 0 ? 0 : w->timer;
		walk_free(w);
		return NULL;
	}
	dns_name_key(w->name, &w->key);
	return w;
}

/* Whether @w waits, through however many children, for @for_this. */
static bool waits_for(const struct walk *w, const struct walk *for_this)
{
	while (w && w != for_this)
		w = w->child;
	return w != NULL;
}

struct walk *walk_get(struct dns_resolver *r, const ldns_rdf *name, uint16_t type,
		      struct walk *parent)
{
	struct dns_key key;
	struct walk *w;

	if (r->closing || (parent && parent->depth >= DNS_RESOLVER_DEPTH_MAX))
		return NULL;
	dns_name_key(name, &key);
	for (w = r->walks; w; w = w->next)
		if (w->type == type && dns_key_equal(&w->key, &key))
			break;
	if (!w)
		return walk_new(r, name, type, parent);
	if (parent && waits_for(w, parent))
		return NULL;
	if (!parent)
		r->stats.merged++;
	return w;
}

void walk_wait(struct walk *w, struct walk_waiter *waiter)
{
	waiter->next = w->waiters;
	w->waiters = waiter;
	if (!w->started) {
		w->started = true;
		walk_start(w);
	}
}
