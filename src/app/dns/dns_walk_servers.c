/* SPDX-License-Identifier: MIT */
/* The servers of the zone where a walk stands. */
#include <string.h>

#include "app/dns/dns_walk.h"

void walk_servers_free(struct walk_servers *s)
{
	unsigned i;

	for (i = 0; i < s->nns; i++)
		ldns_rdf_deep_free(s->ns[i].name);
	ldns_rdf_deep_free(s->zone);
	memset(s, 0, sizeof(*s));
}

void walk_servers_add(struct walk *w, unsigned ns, const ldns_rr_list *rrs)
{
	struct walk_servers *s = &w->servers;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(rrs) && s->naddrs < WALK_ADDRS_MAX; i++) {
		struct walk_addr *a = &s->addrs[s->naddrs];

		if (!dns_rr_addr(ldns_rr_list_rr(rrs, i), &a->addr) ||
		    !(w->families & (a->addr.family == LN_AF_INET6 ? WALK_IPV6 : WALK_IPV4)))
			continue;
		a->ns = ns;
		a->tries = 0;
		s->naddrs++;
	}
}

/* Glue and better out of the cache; for the root, out of the hints. */
static void add_known(struct walk *w, unsigned ns, bool root, uint16_t type)
{
	const ldns_rdf *name = w->servers.ns[ns].name;
	unsigned before = w->servers.naddrs;
	ldns_rr_list *rrs = NULL;

	dns_cache_lookup(w->r->cache, ln_net_now(w->r->net), name, type, DNS_RANK_ADDITIONAL,
			 &rrs);
	if (!rrs && root)
		rrs = dns_rrset_select(w->r->hints, name, type);
	walk_servers_add(w, ns, rrs);
	if (w->servers.naddrs > before)	/* else they were of a family that we do not have */
		w->servers.ns[ns].looked_up = WALK_BOTH;
	ldns_rr_list_deep_free(rrs);
}

bool walk_servers_set(struct walk *w, const ldns_rdf *zone, const ldns_rr_list *ns)
{
	struct walk_servers *s = &w->servers;
	bool root = ldns_rdf_size(zone) == 1;
	ldns_rdf *copy = ldns_rdf_clone(zone); /* it may be the one that goes away now */
	size_t i;

	walk_servers_free(s);
	s->zone = copy;
	w->round = 0;
	for (i = 0; copy && i < ldns_rr_list_rr_count(ns) && s->nns < WALK_NS_MAX; i++) {
		const ldns_rdf *target = dns_rr_target(ldns_rr_list_rr(ns, i));

		if (!target)
			continue;
		s->ns[s->nns].name = ldns_rdf_clone(target);
		if (!s->ns[s->nns].name)
			return false;
		add_known(w, s->nns, root, DNS_TYPE_A);
		add_known(w, s->nns, root, DNS_TYPE_AAAA);
		s->nns++;
	}
	return copy != NULL;
}

/*
 * A zone is of use when a server's address is known, or when its name can be resolved without
 * the zone itself: else the walk must start further up, to get the glue again.
 */
static bool servers_are_usable(const struct walk_servers *s)
{
	unsigned i;

	if (s->naddrs)
		return true;
	for (i = 0; i < s->nns; i++)
		if (!dns_name_within(s->ns[i].name, s->zone))
			return true;
	return false;
}

static bool set_root(struct walk *w)
{
	ldns_rdf *root = dns_name_new(".");
	ldns_rr_list *ns = root ? dns_rrset_select(w->r->hints, root, DNS_TYPE_NS) : NULL;
	bool good = ns && walk_servers_set(w, root, ns);

	ldns_rr_list_deep_free(ns);
	ldns_rdf_deep_free(root);
	return good;
}

bool walk_servers_find(struct walk *w)
{
	struct dns_key key = w->key;
	enum dns_cache_result res;
	ldns_rr_list *ns;
	ldns_rdf *zone;
	bool good = true;

	if (w->type == DNS_TYPE_DS) /* the parent's, above the cut */
		dns_key_parent(&key);
	for (; key.len > 1; dns_key_parent(&key)) {
		zone = dns_key_name(&key);
		if (!zone)
			return false;
		res = dns_cache_lookup(w->r->cache, ln_net_now(w->r->net), zone, DNS_TYPE_NS,
				       DNS_RANK_REFERRAL, &ns);
		if (res == DNS_CACHE_HIT)
			good = walk_servers_set(w, zone, ns);
		ldns_rr_list_deep_free(ns);
		ldns_rdf_deep_free(zone);
		if (!good)
			return false;
		if (res == DNS_CACHE_HIT && servers_are_usable(&w->servers))
			return true;
	}
	return set_root(w);
}

void walk_zone_text(struct text *t, const ldns_rdf *zone, bool all)
{
	char name[DNS_NAME_TEXT_MAX];
	struct dns_key key;

	dns_name_text(zone, name);
	dns_name_key(zone, &key);
	if (key.len == 1)
		text_adds(t, all ? "the root servers" : "root");
	else if (dns_key_labels(&key) == 1)
		text_addf(t, all ? "the %s servers" : "a %s server", name);
	else
		text_addf(t, all ? "%s's servers" : "%s's server", name);
}
