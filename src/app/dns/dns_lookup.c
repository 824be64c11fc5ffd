/* SPDX-License-Identifier: MIT */
/*
 * A lookup goes through its candidates (the name, or the name with each search domain). For
 * each: caches and hosts file (lookup_local), then servers, round by round (lookup_ask), until
 * one settles it (lookup_settle). A CNAME that is not resolved in the same answer starts over
 * with its target.
 */
#include "app/dns/dns_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_client_impl.h"
#include "app/dns/dns_exchange.h"
#include "app/dns/hosts.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define NSEC_PER_MSEC 1000000ll

static void lookup_candidate(struct dns_lookup *l);
static void lookup_ask(struct dns_lookup *l);

/* --- the end of a lookup --- */

static void lookup_free(struct dns_lookup *l)
{
	unsigned i;

	for (i = 0; i < l->ncandidates; i++)
		ldns_rdf_deep_free(l->candidates[i]);
	ldns_rdf_deep_free(l->current);
	ldns_rr_list_deep_free(l->answer);
	text_free(&l->flags);
	text_free(&l->authority);
	text_free(&l->additional);
	free(l->asked);
	free(l);
}

/* From the client's list; nothing of it can happen any more. */
static void lookup_detach(struct dns_lookup *l)
{
	struct dns_lookup **link = &l->client->lookups;

	while (*link != l)
		link = &(*link)->next;
	*link = l->next;
	dns_exchange_cancel(l->exchange);
	l->exchange = NULL;
	if (l->timer)
		ln_timer_cancel(l->client->net, l->timer);
	l->timer = 0;
}

void dns_lookup_cancel(struct dns_lookup *l)
{
	if (!l)
		return;
	lookup_detach(l);
	lookup_free(l);
}

/* Addresses, TTL and the last owner out of the records. */
static void result_from_answer(struct dns_result *res, const ldns_rr_list *answer, uint16_t type)
{
	size_t i;

	res->ttl = UINT32_MAX;
	for (i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(answer, i);

		res->ttl = ldns_rr_ttl(rr) < res->ttl ? ldns_rr_ttl(rr) : res->ttl;
		if (ldns_rr_get_type(rr) == (ldns_rr_type)type &&
		    res->naddrs < DNS_RESULT_ADDRS_MAX &&
		    dns_rr_addr(rr, &res->addrs[res->naddrs]))
			res->naddrs++;
	}
	if (res->ttl == UINT32_MAX)
		res->ttl = 0;
}

static const char *text_or_empty(const struct text *t)
{
	return t->s ? t->s : "";
}

static void lookup_end(struct dns_lookup *l, enum dns_error error)
{
	char name[DNS_NAME_TEXT_MAX] = "", canonical[DNS_NAME_TEXT_MAX] = "";
	struct dns_result *res = &l->res;
	struct text records = { 0 };

	lookup_detach(l);
	res->error = error;
	if (!error)
		result_from_answer(res, l->answer, l->type);
	lookup_records(&records, l->answer);
	if (l->candidate < l->ncandidates)
		dns_name_text(l->candidates[l->candidate], name);
	if (l->current)
		dns_name_text(l->current, canonical);
	lookup_message(l);
	res->name = name[0] ? name : l->asked;
	res->canonical = canonical[0] ? canonical : res->name;
	res->records = text_or_empty(&records);
	res->message = l->message;
	res->reply = (struct dns_reply_text){
		.flags = text_or_empty(&l->flags), .authority = text_or_empty(&l->authority),
		.additional = text_or_empty(&l->additional),
	};
	l->fn(l->ctx, res);
	text_free(&records);
	lookup_free(l);
}

/* --- what is known on this host --- */

static void append(struct dns_lookup *l, const ldns_rr_list *rrs)
{
	if (!dns_rrs_append(l->answer, rrs))
		l->res.error = DNS_NO_MEMORY;
}

/* Goes on with the target of the CNAME in @rrs. False: the chain is too long. */
static bool follow_cname(struct dns_lookup *l, const ldns_rr_list *rrs)
{
	const ldns_rdf *target = dns_rr_target(ldns_rr_list_rr(rrs, 0));
	ldns_rdf *copy = target ? ldns_rdf_clone(target) : NULL;

	append(l, rrs);
	if (!copy || ++l->chain > DNS_CNAME_CHAIN_MAX) {
		ldns_rdf_deep_free(copy);
		return false;
	}
	ldns_rdf_deep_free(l->current);
	l->current = copy;
	return true;
}

/* One cache, along its CNAMEs. HIT, NODATA and NXDOMAIN settle the lookup. */
static enum dns_cache_result cache_chain(struct dns_lookup *l, struct dns_cache *cache)
{
	int64_t now = ln_net_now(l->client->net);
	enum dns_cache_result res;
	ldns_rr_list *rrs;
	bool more = true;

	while (more) {
		res = dns_cache_lookup(cache, now, l->current, l->type, DNS_RANK_ANSWER, &rrs);
		if (res == DNS_CACHE_HIT)
			append(l, rrs);
		ldns_rr_list_deep_free(rrs);
		if (res != DNS_CACHE_MISS || l->type == DNS_TYPE_CNAME)
			return res;
		res = dns_cache_lookup(cache, now, l->current, DNS_TYPE_CNAME, DNS_RANK_ANSWER,
				       &rrs);
		more = res == DNS_CACHE_HIT && follow_cname(l, rrs);
		ldns_rr_list_deep_free(rrs);
	}
	return DNS_CACHE_MISS;
}

/* What one program's lookup learns, the host keeps for all. */
static void copy_to_program_cache(struct dns_lookup *l)
{
	int64_t now = ln_net_now(l->client->net);
	ldns_rr_list *rrs;
	size_t i;

	for (i = 0; l->program_cache && i < ldns_rr_list_rr_count(l->answer); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(l->answer, i);

		rrs = dns_rrset_select(l->answer, ldns_rr_owner(rr),
				       (uint16_t)ldns_rr_get_type(rr));
		if (rrs)
			dns_cache_put(l->program_cache, now, rrs, DNS_RANK_ANSWER);
		ldns_rr_list_deep_free(rrs);
	}
}

static bool append_addr(struct dns_lookup *l, const struct ipaddr *addr)
{
	bool v6 = addr->family == LN_AF_INET6;
	ldns_rr *rr = ldns_rr_new_frm_type(v6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A);
	ldns_rdf *rdf = rr ? ldns_rdf_new_frm_data(v6 ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A,
						   v6 ? 16 : 4,
						   v6 ? (const void *)addr->v6 :
							(const void *)&addr->v4) : NULL;

	if (!rdf) {
		ldns_rr_free(rr);
		return false;
	}
	ldns_rr_set_owner(rr, ldns_rdf_clone(l->current));
	ldns_rr_set_ttl(rr, 0);
	ldns_rr_set_rdf(rr, rdf, 0);
	return ldns_rr_list_push_rr(l->answer, rr);
}

/* A name that the file has with an address of the other family alone has none of this one. */
static enum dns_cache_result hosts_answer(struct dns_lookup *l)
{
	struct ipaddr addrs[DNS_RESULT_ADDRS_MAX];
	char name[DNS_NAME_TEXT_MAX];
	int n, i;

	if (l->type != DNS_TYPE_A && l->type != DNS_TYPE_AAAA)
		return DNS_CACHE_MISS;
	dns_name_text(l->current, name);
	n = hosts_lookup(l->client->hosts, name, l->type == DNS_TYPE_A ? LN_AF_INET : LN_AF_INET6,
			 addrs, DNS_RESULT_ADDRS_MAX);
	for (i = 0; i < n; i++)
		if (!append_addr(l, &addrs[i]))
			l->res.error = DNS_NO_MEMORY;
	return n < 0 ? DNS_CACHE_MISS : n ? DNS_CACHE_HIT : DNS_CACHE_NODATA;
}

static void lookup_settle(struct dns_lookup *l, enum dns_cache_result kind)
{
	enum dns_error error = kind == DNS_CACHE_HIT ? DNS_OK :
			       kind == DNS_CACHE_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA;

	if (l->res.error == DNS_NO_MEMORY)
		error = DNS_NO_MEMORY;
	if ((error == DNS_NXDOMAIN || error == DNS_NODATA) && l->candidate + 1 < l->ncandidates) {
		l->candidate++;
		lookup_candidate(l);
		return;
	}
	lookup_end(l, error);
}

/*
 * The three places on this host (JOURNEY A3). Return: whether one settled it; the lookup may be
 * gone then. @misses says where it was not found.
 */
static bool lookup_local(struct dns_lookup *l, struct text *misses)
{
	enum dns_cache_result kind = DNS_CACHE_MISS;
	const char *where = "the browser's cache";

	if (l->program_cache) {
		kind = cache_chain(l, l->program_cache);
		l->res.source = DNS_FROM_PROGRAM_CACHE;
		if (kind == DNS_CACHE_MISS)
			text_adds(misses, "not in the browser's cache, ");
	}
	if (kind == DNS_CACHE_MISS) {
		where = "the host's cache";
		kind = cache_chain(l, l->client->cache);
		l->res.source = DNS_FROM_HOST_CACHE;
		if (kind == DNS_CACHE_HIT)
			copy_to_program_cache(l);
		else if (kind == DNS_CACHE_MISS)
			text_adds(misses, "not in the host's cache, ");
	}
	if (kind == DNS_CACHE_MISS) {
		where = "the hosts file";
		kind = hosts_answer(l);
		l->res.source = DNS_FROM_HOSTS;
	}
	if (kind == DNS_CACHE_MISS) {
		text_adds(misses, "not in the hosts file");
		return false;
	}
	lookup_tell_found(l, misses, where, kind);
	lookup_settle(l, kind);
	return true;
}

/* --- asking the local DNS servers --- */

/* From the start: what is known here, else the servers. */
static void lookup_name(struct dns_lookup *l)
{
	struct text misses = { 0 };

	if (!lookup_local(l, &misses)) {
		if (l->chain > DNS_CNAME_CHAIN_MAX) {
			lookup_end(l, DNS_BAD_ANSWER);
		} else {
			if (misses.s)
				lookup_tell_ask(l, &misses);
			l->server = l->attempt = 0;
			lookup_ask(l);
		}
	}
	text_free(&misses);
}

static void lookup_candidate(struct dns_lookup *l)
{
	ldns_rr_list_deep_free(l->answer);
	ldns_rdf_deep_free(l->current);
	l->answer = ldns_rr_list_new();
	l->current = ldns_rdf_clone(l->candidates[l->candidate]);
	l->chain = 0;
	if (!l->answer || !l->current)
		lookup_end(l, DNS_NO_MEMORY);
	else
		lookup_name(l);
}

/* The next server, the next round, or the end with what the last one did. */
static void lookup_next_server(struct dns_lookup *l, enum dns_error error, int err)
{
	struct ipaddr servers[DNS_CLIENT_SERVERS_MAX];
	char server[IPADDR_TEXT_MAX];

	ipaddr_text(l->client->net, &l->res.server, server);
	l->res.err = err;
	if (++l->server >= dns_client_servers(l->client, servers)) {
		l->server = 0;
		l->attempt++;
	}
	journeyf(l->client->net, "DNS server %s: %s", server, err ? inet_error_text(err) :
		 dns_error_name(error));
	if (l->attempt >= l->client->config.attempts)
		lookup_end(l, error);
	else
		lookup_ask(l);
}

/* Puts an RRset of the answer into both caches. */
static void learn(struct dns_lookup *l, const ldns_rr_list *rrs)
{
	int64_t now = ln_net_now(l->client->net);

	dns_cache_put(l->client->cache, now, rrs, DNS_RANK_ANSWER);
	if (l->program_cache)
		dns_cache_put(l->program_cache, now, rrs, DNS_RANK_ANSWER);
}

static void learn_negative(struct dns_lookup *l, const ldns_pkt *reply, enum dns_cache_result kind)
{
	const ldns_rr_list *authority = ldns_pkt_authority(reply);
	int64_t now = ln_net_now(l->client->net);
	const ldns_rr *soa = NULL;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(authority) && !soa; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);

		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA &&
		    dns_name_within(l->current, ldns_rr_owner(rr)))
			soa = rr;
	}
	dns_cache_put_negative(l->client->cache, now, l->current, l->type, kind, soa, 0);
	if (l->program_cache)
		dns_cache_put_negative(l->program_cache, now, l->current, l->type, kind, soa, 0);
}

/* RRset of @type at the current name out of the reply: learnt and appended; false: not there. */
static bool take_rrset(struct dns_lookup *l, const ldns_pkt *reply, uint16_t type, bool *cname_ok)
{
	ldns_rr_list *rrs = dns_rrset_select(ldns_pkt_answer(reply), l->current, type);
	bool found = rrs && ldns_rr_list_rr_count(rrs);

	if (found) {
		learn(l, rrs);
		if (cname_ok)
			*cname_ok = follow_cname(l, rrs);
		else
			append(l, rrs);
	}
	ldns_rr_list_deep_free(rrs);
	return found;
}

/* ANY: whatever the server gave for the name. */
static bool take_any(struct dns_lookup *l, const ldns_pkt *reply)
{
	const ldns_rr_list *answer = ldns_pkt_answer(reply);

	if (l->type != DNS_TYPE_ANY || !ldns_rr_list_rr_count(answer))
		return false;
	append(l, answer);
	return true;
}

/* NOERROR or NXDOMAIN: along the CNAMEs of the answer section to what was asked for. */
static void lookup_take(struct dns_lookup *l, const ldns_pkt *reply)
{
	bool nxdomain = ldns_pkt_get_rcode(reply) == LDNS_RCODE_NXDOMAIN;
	struct dns_cache_stats before, after;
	bool moved = false, cname_ok = true;
	enum dns_cache_result kind;

	dns_cache_stats(l->client->cache, &before);
	l->res.source = DNS_FROM_SERVER;
	for (;;) {
		if (take_any(l, reply) || take_rrset(l, reply, l->type, NULL)) {
			kind = DNS_CACHE_HIT;
			break;
		}
		if (take_rrset(l, reply, DNS_TYPE_CNAME, &cname_ok)) {
			moved = true;
			if (cname_ok)
				continue;
			lookup_end(l, DNS_BAD_ANSWER);
			return;
		}
		if (moved && !nxdomain && !ldns_pkt_nscount(reply)) {
			lookup_name(l); /* the server left the rest to us */
			return;
		}
		kind = nxdomain ? DNS_CACHE_NXDOMAIN : DNS_CACHE_NODATA;
		learn_negative(l, reply, kind);
		break;
	}
	dns_cache_stats(l->client->cache, &after);
	lookup_tell_answer(l, kind, after.inserts > before.inserts);
	lookup_settle(l, kind);
}

static void on_reply(void *ctx, int err, const ldns_pkt *reply)
{
	struct dns_lookup *l = ctx;

	l->exchange = NULL;
	if (!err && l->client->config.whole)
		lookup_reply_text(l, reply);
	if (err == -ETIMEDOUT) {
		lookup_next_server(l, DNS_TIMEOUT, err);
	} else if (err == -ECONNREFUSED) {
		lookup_next_server(l, DNS_REFUSED, err);
	} else if (err == -ENOMEM) {
		lookup_next_server(l, DNS_NO_MEMORY, err);
	} else if (err == -EBADMSG) {
		lookup_next_server(l, DNS_BAD_ANSWER, err);
	} else if (err) {
		lookup_next_server(l, DNS_UNREACHABLE, err);
	} else if (ldns_pkt_tc(reply)) { /* even over TCP: no message holds the answer */
		lookup_next_server(l, DNS_BAD_ANSWER, 0);
	} else {
		switch (ldns_pkt_get_rcode(reply)) {
		case LDNS_RCODE_NOERROR:
		case LDNS_RCODE_NXDOMAIN:
			lookup_take(l, reply);
			break;
		case LDNS_RCODE_REFUSED:
			lookup_next_server(l, DNS_REFUSED, 0);
			break;
		default:
			lookup_next_server(l, DNS_SERVFAIL, 0);
			break;
		}
	}
}

static void lookup_ask(struct dns_lookup *l)
{
	const struct dns_client_config *config = &l->client->config;
	struct dns_exchange_params params = {
		.port = config->port, .name = l->current, .type = l->type,
		.recursion = !config->no_recursion,
		.timeout_ns = config->timeout_ms * NSEC_PER_MSEC, .why = &l->unreach,
		.fn = on_reply, .ctx = l,
	};
	struct ipaddr servers[DNS_CLIENT_SERVERS_MAX];
	unsigned n;

	n = dns_client_servers(l->client, servers);
	if (!n) {
		lookup_end(l, DNS_NO_SERVER);
		return;
	}
	if (l->server >= n)
		l->server = 0; /* there are fewer now */
	l->unreach = (struct unreach){ 0 };
	params.server = l->res.server = servers[l->server];
	l->exchange = dns_exchange_start(l->client->net, &params);
	if (!l->exchange)
		lookup_end(l, DNS_NO_MEMORY);
}

/* --- the start of a lookup --- */

static bool add_candidate(struct dns_lookup *l, const char *name, const char *domain)
{
	char text[2 * DNS_NAME_TEXT_MAX];

	if ((size_t)snprintf(text, sizeof(text), "%s%s%s", name, domain ? "." : "",
			     domain ? domain : "") >= sizeof(text))
		return false;
	l->candidates[l->ncandidates] = dns_name_new(text);
	if (!l->candidates[l->ncandidates])
		return false;
	l->ncandidates++;
	return true;
}

static void add_leased(struct dns_lookup *l)
{
	const char *at = l->client->leased_search;
	char domain[DNS_NAME_TEXT_MAX];

	for (unsigned i = 0; at && i < DNS_LEASED_SEARCH_MAX; i++) {
		size_t n = strcspn(at += strspn(at, " "), " ");

		if (!n)
			return;
		if (n < sizeof(domain)) {
			memcpy(domain, at, n);
			domain[n] = '\0';
			add_candidate(l, l->asked, domain);
		}
		at += n;
	}
}

/* resolv.conf's search with ndots:1 */
static void make_candidates(struct dns_lookup *l)
{
	const struct dns_client *c = l->client;
	size_t len = strlen(l->asked);
	bool absolute = len && l->asked[len - 1] == '.', dots = strchr(l->asked, '.');
	unsigned i;

	if (absolute || dots)
		add_candidate(l, l->asked, NULL);
	for (i = 0; i < c->nsearch && !absolute && len; i++)
		add_candidate(l, l->asked, c->search[i]);
	if (!absolute && len)
		add_leased(l);
	if (!absolute && !dots)
		add_candidate(l, l->asked, NULL);
}

/* "192.0.2.80", "2001:db8::80" are addresses already. */
static bool literal_answer(struct dns_lookup *l)
{
	struct ipaddr addr;

	if (!ipaddr_parse(l->client->net, l->asked, &addr) ||
	    l->type != (addr.family == LN_AF_INET6 ? DNS_TYPE_AAAA : DNS_TYPE_A))
		return false;
	l->res.source = DNS_FROM_LITERAL;
	l->res.addrs[0] = addr;
	l->res.naddrs = 1;
	return true;
}

static void on_start(void *ctx, struct ln_net *net)
{
	struct dns_lookup *l = ctx;

	(void)net;
	l->timer = 0;
	if (literal_answer(l)) {
		lookup_end(l, DNS_OK);
		return;
	}
	make_candidates(l);
	if (l->ncandidates)
		lookup_candidate(l);
	else
		lookup_end(l, DNS_BAD_NAME);
}

struct dns_lookup *dns_client_lookup(struct dns_client *client, const char *name, uint16_t type,
				     struct dns_cache *program_cache, dns_lookup_fn fn, void *ctx)
{
	struct dns_lookup *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct dns_lookup){
		.client = client,
		.type = type,
		.program_cache = program_cache,
		.fn = fn,
		.ctx = ctx,
		.asked = strdup(name),
		.next = client->lookups,
	};
	l->timer = l->asked ? ln_timer_add(client->net, ln_net_now(client->net), on_start, l) : -1;
	if (l->timer <= 0) {
		free(l->asked);
		free(l);
		return NULL;
	}
	client->lookups = l;
	return l;
}
