/* SPDX-License-Identifier: MIT */
/*
 * What a server's reply means to a walk, and what of it may be believed: only records within
 * the zone that the server was asked for (its bailiwick), answers only with AA, referrals only
 * further down towards the name.
 */
#include "app/dns/dns_walk.h"
#include "app/util/inet.h"

static int64_t now_of(const struct walk *w)
{
	return ln_net_now(w->r->net);
}

/* The RRset at a name inside the bailiwick, cached; NULL when it is not there. */
static ldns_rr_list *take_rrset(struct walk *w, const ldns_rr_list *section, const ldns_rdf *name,
				uint16_t type, enum dns_rank rank)
{
	ldns_rr_list *rrs;

	if (!dns_name_within(name, w->servers.zone))
		return NULL;
	rrs = dns_rrset_select(section, name, type);
	if (!ldns_rr_list_rr_count(rrs)) {
		ldns_rr_list_deep_free(rrs);
		return NULL;
	}
	dns_cache_put(w->r->cache, now_of(w), rrs, rank);
	return rrs;
}

/* The SOA of a negative answer: its zone must hold the name. */
static const ldns_rr *find_soa(const struct walk *w, const ldns_pkt *reply)
{
	const ldns_rr_list *authority = ldns_pkt_authority(reply);
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);

		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA &&
		    dns_name_within(w->name, ldns_rr_owner(rr)) &&
		    dns_name_within(ldns_rr_owner(rr), w->servers.zone))
			return rr;
	}
	return NULL;
}

static enum walk_verdict take_negative(struct walk *w, const ldns_pkt *reply,
				       enum dns_cache_result kind)
{
	const ldns_rr *soa = find_soa(w, reply);
	ldns_rr *copy;

	w->kind = kind;
	dns_cache_put_negative(w->r->cache, now_of(w), w->name, w->type, kind, soa, 0);
	if (soa) {
		w->soa = ldns_rr_list_new();
		copy = ldns_rr_clone(soa);
		if (!w->soa || !copy || !ldns_rr_list_push_rr(w->soa, copy))
			ldns_rr_free(copy);
	}
	return WALK_ANSWER;
}

/* What the server already knows of the alias's way is kept, for the child that follows it. */
static void take_alias_rest(struct walk *w, const ldns_pkt *reply, const ldns_rr_list *cname)
{
	const ldns_rdf *target = dns_rr_target(ldns_rr_list_rr(cname, 0));
	ldns_rr_list *rrs = NULL, *next;
	unsigned n;

	for (n = 0; target && n < DNS_RESOLVER_DEPTH_MAX; n++) {
		next = take_rrset(w, ldns_pkt_answer(reply), target, w->type, DNS_RANK_ANSWER);
		if (next) {
			ldns_rr_list_deep_free(next);
			break;
		}
		next = take_rrset(w, ldns_pkt_answer(reply), target, DNS_TYPE_CNAME,
				  DNS_RANK_ANSWER);
		if (!next)
			break;
		ldns_rr_list_deep_free(rrs);
		rrs = next;
		target = dns_rr_target(ldns_rr_list_rr(rrs, 0));
	}
	ldns_rr_list_deep_free(rrs);
}

/* The NS records of a zone below this one, at or above the name: its owner, or NULL. */
static const ldns_rdf *find_referral(const struct walk *w, const ldns_pkt *reply)
{
	const ldns_rr_list *authority = ldns_pkt_authority(reply);
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(authority, i);
		const ldns_rdf *owner = ldns_rr_owner(rr);

		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_NS && dns_name_within(w->name, owner) &&
		    dns_name_within(owner, w->servers.zone) &&
		    !dns_name_equal(owner, w->servers.zone))
			return owner;
	}
	return NULL;
}

static enum walk_verdict take_referral(struct walk *w, const ldns_pkt *reply, const ldns_rdf *zone)
{
	ldns_rr_list *ns = take_rrset(w, ldns_pkt_authority(reply), zone, DNS_TYPE_NS,
				      DNS_RANK_REFERRAL);
	bool good = ns != NULL;
	size_t i;

	/* as many as walk_servers_set() uses: one reply must not cost its length squared */
	for (i = 0; good && i < ldns_rr_list_rr_count(ns) && i < WALK_NS_MAX; i++) {
		const ldns_rdf *name = dns_rr_target(ldns_rr_list_rr(ns, i));

		if (!name)
			continue;
		ldns_rr_list_deep_free(take_rrset(w, ldns_pkt_additional(reply), name, DNS_TYPE_A,
						  DNS_RANK_ADDITIONAL));
		ldns_rr_list_deep_free(take_rrset(w, ldns_pkt_additional(reply), name,
						  DNS_TYPE_AAAA, DNS_RANK_ADDITIONAL));
	}
	/* the glue is in the cache by now, where walk_servers_set finds it */
	good = good && walk_servers_set(w, zone, ns);
	ldns_rr_list_deep_free(ns);
	return good ? WALK_REFERRAL : WALK_LAME;
}

/* ANY is not walked for, so the type is always one RRset's. */
static enum walk_verdict read_answer(struct walk *w, const ldns_pkt *reply)
{
	const ldns_rr_list *section = ldns_pkt_answer(reply);
	ldns_rr_list *rrs = take_rrset(w, section, w->name, w->type, DNS_RANK_ANSWER);
	bool found = rrs != NULL, alias = false;

	if (!found && w->type != DNS_TYPE_CNAME) {
		rrs = take_rrset(w, section, w->name, DNS_TYPE_CNAME, DNS_RANK_ANSWER);
		alias = rrs != NULL;
	}
	if (!rrs)
		return WALK_LAME;
	if (alias)
		take_alias_rest(w, reply, rrs);
	if (!dns_rrs_append(w->answer, rrs)) {
		ldns_rr_list_deep_free(rrs);
		return WALK_LAME;
	}
	ldns_rr_list_deep_free(rrs);
	w->kind = DNS_CACHE_HIT;
	return alias ? WALK_ALIAS : WALK_ANSWER;
}

enum walk_verdict walk_read_reply(struct walk *w, const ldns_pkt *reply)
{
	unsigned rcode = ldns_pkt_get_rcode(reply);
	const ldns_rdf *zone;

	/* truncated even over TCP: no message holds the answer */
	if (ldns_pkt_tc(reply) || (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN))
		return WALK_LAME;
	if (ldns_pkt_ancount(reply)) {
		enum walk_verdict verdict = ldns_pkt_aa(reply) ? read_answer(w, reply) : WALK_LAME;

		if (verdict != WALK_LAME || rcode != LDNS_RCODE_NXDOMAIN)
			return verdict;
	}
	if (rcode == LDNS_RCODE_NXDOMAIN)
		return ldns_pkt_aa(reply) ? take_negative(w, reply, DNS_CACHE_NXDOMAIN) : WALK_LAME;
	zone = ldns_pkt_aa(reply) ? NULL : find_referral(w, reply);
	if (zone)
		return take_referral(w, reply, zone);
	if (ldns_pkt_aa(reply))
		return take_negative(w, reply, DNS_CACHE_NODATA);
	return WALK_LAME; /* a referral up, or to itself */
}
