/* SPDX-License-Identifier: MIT */
/* The clients' side of the resolver: questions in, answers out of the cache or of a walk. */
#include "app/dns/dns_resolver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_walk.h"
#include "app/dns/dns_zone.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define DNS_PORT 53
#define CACHE_ENTRIES 65536
#define QUERY_TIMEOUT_MS 1500
#define NSEC_PER_MSEC 1000000ll

/* --- responses --- */

static unsigned rcode_of(enum dns_cache_result kind)
{
	switch (kind) {
	case DNS_CACHE_HIT:
	case DNS_CACHE_NODATA:
		return DNS_RCODE_NOERROR;
	case DNS_CACHE_NXDOMAIN:
		return DNS_RCODE_NXDOMAIN;
	default:
		return DNS_RCODE_SERVFAIL;
	}
}

static bool push_all(ldns_pkt *pkt, ldns_pkt_section section, const ldns_rr_list *rrs)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(rrs); i++) {
		ldns_rr *rr = ldns_rr_clone(ldns_rr_list_rr(rrs, i));

		if (!rr || !ldns_pkt_push_rr(pkt, section, rr)) {
			ldns_rr_free(rr);
			return false;
		}
	}
	return true;
}

/* Sends and frees the request. @answer, @soa: borrowed, may be NULL. */
static void respond(struct dns_resolver *r, struct dns_request *req, const ldns_pkt *query,
		    unsigned rcode, const ldns_rr_list *answer, const ldns_rr_list *soa)
{
	ldns_pkt *pkt = dns_response_new(query, rcode);
	uint8_t *wire = NULL;
	size_t len = 0;

	if (pkt) {
		ldns_pkt_set_ra(pkt, true);
		if (rcode != DNS_RCODE_SERVFAIL &&
		    (!push_all(pkt, LDNS_SECTION_ANSWER, answer) ||
		     !push_all(pkt, LDNS_SECTION_AUTHORITY, soa))) {
			ldns_pkt_free(pkt);
			pkt = dns_response_new(query, DNS_RCODE_SERVFAIL);
		}
	}
	r->stats.servfail += rcode == DNS_RCODE_SERVFAIL;
	if (pkt &&
	    dns_message_encode(pkt, req->tcp ? DNS_TCP_SIZE : dns_udp_limit(query), &wire, &len))
		len = 0;
	dns_request_reply(req, wire, len);
	free(wire);
	ldns_pkt_free(pkt);
}

void dns_resolver_respond(struct dns_resolver *r, struct walk_waiter *waiter, const struct walk *w)
{
	respond(r, waiter->req, waiter->query, rcode_of(w->kind), w->answer, w->soa);
	ldns_pkt_free(waiter->query);
	free(waiter);
}

/* --- questions --- */

static void tell_cached(struct dns_resolver *r, const ldns_rdf *name, enum dns_cache_result kind,
			const ldns_rr_list *answer)
{
	char text[DNS_NAME_TEXT_MAX];
	struct text t = { 0 };

	if (!ln_trace_on(r->net))
		return;
	text_addf(&t, "%s is in the cache: ", dns_name_text(name, text));
	dns_rrs_text(&t, answer);
	if (kind == DNS_CACHE_NXDOMAIN)
		text_adds(&t, "does not exist (NXDOMAIN)");
	else if (kind == DNS_CACHE_NODATA)
		text_adds(&t, "no such record (NODATA)");
	else if (kind == DNS_CACHE_FAILURE)
		text_adds(&t, "could not be found out a moment ago");
	if (!t.failed)
		ln_trace_app(r->net, t.s);
	text_free(&t);
}

/* Whether the question was answered without asking anybody; the request is gone then. */
static bool answer_cached(struct dns_resolver *r, struct dns_request *req, const ldns_pkt *query)
{
	const ldns_rr *q = dns_question(query);
	ldns_rr_list *answer = ldns_rr_list_new(), *soa = NULL;
	enum dns_cache_result kind = DNS_CACHE_MISS;

	if (answer)
		kind = walk_cached(r, ldns_rr_owner(q), (uint16_t)ldns_rr_get_type(q), answer,
				   &soa);
	if (kind != DNS_CACHE_MISS) {
		r->stats.from_cache++;
		tell_cached(r, ldns_rr_owner(q), kind, answer);
		respond(r, req, query, rcode_of(kind), answer, soa);
	}
	ldns_rr_list_deep_free(answer);
	ldns_rr_list_deep_free(soa);
	return kind != DNS_CACHE_MISS;
}

/* Hands the question to a walk. Takes request and query. */
static void resolve(struct dns_resolver *r, struct dns_request *req, ldns_pkt *query)
{
	const ldns_rr *q = dns_question(query);
	struct walk_waiter *waiter = NULL;
	uint64_t merged = r->stats.merged;
	char name[DNS_NAME_TEXT_MAX];
	struct walk *w = NULL;

	if (r->nwaiters < DNS_RESOLVER_WAITERS_MAX)
		waiter = calloc(1, sizeof(*waiter));
	if (waiter)
		w = walk_get(r, ldns_rr_owner(q), (uint16_t)ldns_rr_get_type(q), NULL);
	if (!w) {
		free(waiter);
		respond(r, req, query, DNS_RCODE_SERVFAIL, NULL, NULL);
		ldns_pkt_free(query);
		return;
	}
	if (r->stats.merged != merged)
		journeyf(r->net, "%s is being asked for already; waits for that answer",
			 dns_name_text(ldns_rr_owner(q), name));
	waiter->req = req;
	waiter->query = query;
	r->nwaiters++;
	walk_wait(w, waiter);
}

/* The rcode with which a query is turned away unread, or NOERROR. */
static unsigned query_problem(const ldns_pkt *query)
{
	unsigned problem = dns_query_problem(query), type;

	if (problem)
		return problem;
	type = ldns_rr_get_type(dns_question(query));
	/* types 128 to 255 are questions about a name as a whole; ANY among them: RFC 8482 */
	return type >= 128 && type <= 255 ? DNS_RCODE_NOTIMP : DNS_RCODE_NOERROR;
}

static void on_malformed(struct dns_request *req)
{
	uint8_t header[12];

	dns_request_reply(req, header,
			  dns_formerr(req->data, req->len, header) ? sizeof(header) : 0);
}

static void on_request(void *ctx, struct dns_request *req)
{
	struct dns_resolver *r = ctx;
	ldns_pkt *query;
	unsigned problem;
	int err = dns_message_parse(req->data, req->len, &query);

	r->stats.client_queries++;
	if (err == -EBADMSG) {
		on_malformed(req);
		return;
	}
	if (err || ldns_pkt_qr(query)) { /* never answer an answer */
		dns_request_reply(req, NULL, 0);
		ldns_pkt_free(query);
		return;
	}
	problem = query_problem(query);
	if (problem) {
		respond(r, req, query, problem, NULL, NULL);
	} else if (!answer_cached(r, req, query)) {
		if (ldns_pkt_rd(query)) {
			resolve(r, req, query);
			return;
		}
		/* without RD only the cache may answer, and it cannot */
		respond(r, req, query, DNS_RCODE_REFUSED, NULL, NULL);
	}
	ldns_pkt_free(query);
}

/* --- start and end --- */

static int add_hint(void *ctx, ldns_rr *rr, char *err, size_t cap)
{
	struct dns_resolver *r = ctx;
	ldns_rr_type type = ldns_rr_get_type(rr);
	bool root_ns = type == LDNS_RR_TYPE_NS && ldns_rdf_size(ldns_rr_owner(rr)) == 1;

	if (!root_ns && type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_AAAA) {
		ldns_rr_free(rr);
		snprintf(err, cap, "expected NS records of \".\" and addresses of its servers");
		return -EINVAL;
	}
	if (ldns_rr_list_push_rr(r->hints, rr))
		return 0;
	ldns_rr_free(rr);
	snprintf(err, cap, "out of memory");
	return -ENOMEM;
}

/* At least one root server with an address. */
static int check_hints(const struct dns_resolver *r, const char *file, char *err, size_t cap)
{
	size_t i, n = ldns_rr_list_rr_count(r->hints);
	bool found = false;

	for (i = 0; i < n && !found; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(r->hints, i);
		ldns_rr_list *a;

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_NS || !dns_rr_target(rr))
			continue;
		a = dns_rrset_select(r->hints, dns_rr_target(rr), DNS_TYPE_A);
		found = ldns_rr_list_rr_count(a);
		ldns_rr_list_deep_free(a);
		a = dns_rrset_select(r->hints, dns_rr_target(rr), DNS_TYPE_AAAA);
		found |= ldns_rr_list_rr_count(a);
		ldns_rr_list_deep_free(a);
	}
	if (!found)
		snprintf(err, cap, "%s: no root server with an address; expected \". NS name\" and "
			 "\"name A address\" or \"name AAAA address\"", file);
	return found ? 0 : -EINVAL;
}

static int load_hints(struct dns_resolver *r, const struct dns_resolver_config *config, char *err,
		      size_t cap)
{
	const char *text = config->root_hints ? config->root_hints : "";
	struct dns_zone_source src = {
		.text = text, .len = strlen(text), .origin = ".",
		.file = config->root_hints_file ? config->root_hints_file : "root hints",
	};
	struct dns_records_sink sink = { .add = add_hint, .ctx = r };
	int res = dns_records_parse(&src, &sink, err, cap);

	return res ? res : check_hints(r, src.file, err, cap);
}

int dns_resolver_new(struct ln_net *net, const struct dns_resolver_config *config,
		     struct dns_resolver **out, char *err, size_t cap)
{
	size_t entries = config->cache_entries ? config->cache_entries : CACHE_ENTRIES;
	unsigned timeout = config->query_timeout_ms ? config->query_timeout_ms : QUERY_TIMEOUT_MS;
	uint16_t port = config->port ? config->port : DNS_PORT;
	struct dns_resolver *r = calloc(1, sizeof(*r));
	int res = -ENOMEM;

	*out = NULL;
	snprintf(err, cap, "out of memory");
	if (!r)
		return -ENOMEM;
	r->net = net;
	r->port = DNS_PORT;
	r->query_timeout_ns = timeout * NSEC_PER_MSEC;
	r->cache = dns_cache_new(entries, ln_net_random(net));
	r->hints = ldns_rr_list_new();
	if (r->cache && r->hints)
		res = load_hints(r, config, err, cap);
	if (!res) {
		res = dns_listener_new(net, &config->addr, port, on_request, r, &r->listener);
		if (res)
			snprintf(err, cap, "DNS resolver on port %u: %s", port,
				 inet_error_text(res));
	}
	if (res) {
		dns_resolver_free(r);
		return res;
	}
	*out = r;
	return 0;
}

void dns_resolver_free(struct dns_resolver *r)
{
	if (!r)
		return;
	r->closing = true;
	walk_free_all(r);
	dns_listener_free(r->listener);
	dns_cache_free(r->cache);
	ldns_rr_list_deep_free(r->hints);
	free(r);
}

struct dns_cache *dns_resolver_cache(struct dns_resolver *r)
{
	return r->cache;
}

void dns_resolver_stats(const struct dns_resolver *r, struct dns_resolver_stats *st)
{
	*st = r->stats;
}
