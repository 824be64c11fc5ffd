/* SPDX-License-Identifier: MIT */
/* The inside of the stub resolver: dns_lookup.c looks names up, dns_client_text.c has the words. */
#ifndef LINNET_APP_DNS_DNS_CLIENT_IMPL_H
#define LINNET_APP_DNS_DNS_CLIENT_IMPL_H

#include "app/dns/dns_client.h"
#include "app/dns/dns_exchange.h"
#include "app/dns/hosts.h"

#define DNS_LEASED_SEARCH_MAX 6		/* domains that a lease tells */
#define DNS_CANDIDATES_MAX (DNS_CLIENT_SEARCH_MAX + DNS_LEASED_SEARCH_MAX + 1)
#define DNS_MESSAGE_MAX 512

struct dns_leased {
	int ifindex;
	struct ipaddr addr;
};

struct dns_client {
	struct ln_net *net;
	struct dns_client_config config;
	char *search[DNS_CLIENT_SEARCH_MAX];
	unsigned nsearch;
	struct dns_leased leased[DNS_CLIENT_SERVERS_MAX];
	unsigned nleased;
	char *leased_search;		/* domains, a blank between; NULL: none */
	int leased_search_if;
	struct hosts *hosts;
	char *hosts_text;		/* what they were made of */
	struct dns_cache *cache;
	struct dns_lookup *lookups;
};

struct dns_lookup {
	struct dns_client *client;
	struct dns_lookup *next;
	struct dns_cache *program_cache;
	dns_lookup_fn fn;
	void *ctx;
	char *asked;			/* as the program wrote it */
	uint16_t type;
	int64_t timer;			/* the start, after dns_client_lookup() has returned */
	ldns_rdf *candidates[DNS_CANDIDATES_MAX];
	unsigned ncandidates, candidate;
	ldns_rdf *current;		/* the candidate, or where its CNAMEs have led so far */
	ldns_rr_list *answer;
	unsigned chain;			/* CNAMEs followed */
	struct dns_exchange *exchange;
	unsigned server, attempt;	/* of the query under way */
	struct unreach unreach;		/* who said that the last server cannot be reached */
	struct dns_result res;		/* what is known of the end so far */
	struct text flags, authority, additional;	/* of the last reply, with config.whole */
	char message[DNS_MESSAGE_MAX];
};

/* Those that were set, then leased ones, then what routers advertise (RFC 8106): how many, of
 * DNS_CLIENT_SERVERS_MAX at the most. */
unsigned dns_client_servers(const struct dns_client *c, struct ipaddr *servers);

/* For people, at l->message: what l->res.error means for this lookup. */
void lookup_message(struct dns_lookup *l);
/* The records in master-file format, a line each. */
void lookup_records(struct text *t, const ldns_rr_list *answer);

/* What dns_result.reply tells of @reply. */
void lookup_reply_text(struct dns_lookup *l, const ldns_pkt *reply);

/* Lines of the journey. @misses: where the name was not found */
void lookup_tell_found(const struct dns_lookup *l, const struct text *misses, const char *where,
		       enum dns_cache_result kind);
void lookup_tell_ask(const struct dns_lookup *l, const struct text *misses);
/* @kept: it went into the caches (with a TTL of 0 it does not, nor does an error without SOA). */
void lookup_tell_answer(const struct dns_lookup *l, enum dns_cache_result kind, bool kept);

#endif
