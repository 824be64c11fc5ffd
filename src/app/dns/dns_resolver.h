/* SPDX-License-Identifier: MIT */
/*
 * A caching recursive resolver: the local DNS server that an ISP runs (JOURNEY A4).
 *
 * A client's question is answered from the cache, or by walking the tree from the closest zone
 * whose servers are known, at worst from the root hints: ask one of its servers, follow its
 * referral, until a server answers with authority (RFC 1034 5.3.3). Servers' names without
 * glue are resolved first, CNAMEs are followed across zones. Identical questions in flight
 * share one walk. What fails is answered SERVFAIL and remembered for a short while.
 *
 * Trust: an answer must come from the server asked, to the port and with the id and question
 * asked (RFC 5452). Of it only records within the zone that the server was asked for are
 * used (bailiwick), a referral must lead down towards the name, glue is used for asking
 * servers and never given to clients.
 *
 * Limits: 30 queries and 8 nested names for each client's question, 10 s in all, 256 walks and
 * 1024 waiting clients at once, past which the client gets SERVFAIL.
 */
#ifndef LINNET_APP_DNS_DNS_RESOLVER_H
#define LINNET_APP_DNS_DNS_RESOLVER_H

#include <stddef.h>

#include "app/util/inet.h"

#define DNS_RESOLVER_QUERIES_MAX 30
#define DNS_RESOLVER_DEPTH_MAX 8
#define DNS_RESOLVER_WALKS_MAX 256
#define DNS_RESOLVER_WAITERS_MAX 1024

struct dns_resolver_config {
	struct ipaddr addr;		/* to listen on; none = every address of both families */
	uint16_t port;			/* 0 = 53 */
	const char *root_hints;		/* master file: ". NS name" and "name A address" */
	const char *root_hints_file;	/* its name in error messages; NULL = "root hints" */
	size_t cache_entries;		/* 0 = 65536 */
	unsigned query_timeout_ms;	/* for one server; 0 = 1500 */
};

struct dns_resolver_stats {
	uint64_t client_queries;
	uint64_t from_cache;		/* answered without asking anybody */
	uint64_t merged;		/* joined a walk under way */
	uint64_t queries_sent;
	uint64_t servfail;
};

struct dns_resolver;
struct dns_cache;

/**
 * dns_resolver_new - start it: listen on UDP and TCP
 * @config: copied
 * @err, @cap: on failure a message for people
 *
 * Return: 0 and *@out; -EINVAL (root hints), -EADDRINUSE, -EADDRNOTAVAIL, -ENOMEM.
 */
int dns_resolver_new(struct ln_net *net, const struct dns_resolver_config *config,
		     struct dns_resolver **out, char *err, size_t cap);
void dns_resolver_free(struct dns_resolver *r);

struct dns_cache *dns_resolver_cache(struct dns_resolver *r);
void dns_resolver_stats(const struct dns_resolver *r, struct dns_resolver_stats *st);

#endif
