/* SPDX-License-Identifier: MIT */
/*
 * The stub resolver of a host: what getaddrinfo() is on Linux, without blocking.
 *
 * A name is looked for in this order (JOURNEY A3): the program's own cache (given with the
 * lookup; a browser's), the host's resolver cache, the hosts file, then the local DNS servers,
 * those that were set, those that came with a DHCP lease, those that routers advertise (RFC 8106),
 * in this order, DNS_CLIENT_SERVERS_MAX in all: over UDP from a
 * random port with a random id, each server in turn, `attempts` rounds of `timeout_ms` each; over
 * TCP when the answer came truncated. An answer counts only when it comes from the server asked,
 * with the id and the question asked (RFC 5452). CNAME chains
 * are followed, in the answer and by further queries. Answers stay in both caches for their
 * TTL; that a name or its address does not exist for the time its SOA says (RFC 2308).
 *
 * One struct dns_client per host, shared by its programs. Callbacks come from ln_net_run(),
 * never from inside dns_client_lookup().
 */
#ifndef LINNET_APP_DNS_DNS_CLIENT_H
#define LINNET_APP_DNS_DNS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "app/dns/dns_cache.h"
#include "app/dns/dns_types.h"
#include "app/util/inet.h"
#include "app/util/text.h"

#define DNS_CLIENT_SERVERS_MAX 3	/* resolv.conf's MAXNS */
#define DNS_CLIENT_SEARCH_MAX 6
#define DNS_RESULT_ADDRS_MAX 16
#define DNS_CNAME_CHAIN_MAX 8		/* queries that one lookup may make to follow CNAMEs */

struct dns_client_config {
	struct ipaddr servers[DNS_CLIENT_SERVERS_MAX];	/* in order of use */
	unsigned nservers;
	uint16_t port;			/* 0 = 53 */
	const char *hosts;		/* text of the hosts file; NULL = only localhost */
	const char *search;		/* domains that complete a name without a dot */
	unsigned attempts;		/* 0 = 2 */
	unsigned timeout_ms;		/* 0 = 5000 */
	size_t cache_entries;		/* 0 = 1024 */
	bool no_recursion;		/* servers are to say what they know, and ask nobody */
	bool whole;			/* results have the whole reply: dns_result.reply */
};

/* The last reply beside its answer section, for who looks into it (dig). */
struct dns_reply_text {
	const char *flags;		/* "qr aa rd" */
	const char *authority, *additional;	/* as dns_result.records */
};

enum dns_error {
	DNS_OK,
	DNS_NXDOMAIN,		/* the name does not exist */
	DNS_NODATA,		/* it exists, without a record of this type */
	DNS_SERVFAIL,		/* the server could not find out */
	DNS_REFUSED,		/* the server does not serve us, or nothing listens there */
	DNS_TIMEOUT,		/* no server answered */
	DNS_UNREACHABLE,	/* no route to any server */
	DNS_NO_SERVER,		/* none is set */
	DNS_BAD_NAME,		/* not a domain name */
	DNS_BAD_ANSWER,		/* malformed, or a CNAME chain without end */
	DNS_NO_MEMORY,
};

/* Where the answer was found. */
enum dns_source { DNS_FROM_LITERAL, DNS_FROM_PROGRAM_CACHE, DNS_FROM_HOST_CACHE, DNS_FROM_HOSTS,
		  DNS_FROM_SERVER };

/* Valid during the callback. */
struct dns_result {
	enum dns_error error;
	int err;			/* DNS_UNREACHABLE: the socket's negative errno */
	enum dns_source source;
	const char *name;		/* what was asked for, complete: "www.server.com." */
	const char *canonical;		/* owner of the addresses, the end of the CNAME chain */
	struct ipaddr addrs[DNS_RESULT_ADDRS_MAX];	/* types A and AAAA only */
	unsigned naddrs;
	uint32_t ttl;			/* seconds; smallest of the chain */
	struct ipaddr server;		/* that answered last; none: of family 0 */
	const char *records;		/* the answer section as in a master file, a line each */
	struct dns_reply_text reply;	/* "" where config.whole is not set, or no server replied */
	const char *message;		/* for people: what went wrong; "" when nothing did */
};

struct dns_client;
struct dns_lookup;
typedef void (*dns_lookup_fn)(void *ctx, const struct dns_result *res);

/* @config is copied. NULL: no memory. @net must outlive the client. */
struct dns_client *dns_client_new(struct ln_net *net, const struct dns_client_config *config);
/* Ends outstanding lookups without calling them back. May be NULL. */
void dns_client_free(struct dns_client *client);

/* The servers and the hosts file may change while it runs. 0 or -EINVAL, -ENOMEM. */
int dns_client_set_servers(struct dns_client *client, const struct ipaddr *servers, unsigned n);
int dns_client_set_hosts(struct dns_client *client, const char *text);
/* What a device's lease says, in place of what one said before; n 0: there is none any longer. */
void dns_client_set_leased(struct dns_client *client, int ifindex, const struct ipaddr *servers,
			   unsigned n);
/* The domains that a lease tells, a blank between: searched behind those that were set. "": none.
 * Of several leases the latest counts. */
void dns_client_set_leased_search(struct dns_client *client, int ifindex, const char *domains);

/**
 * dns_client_lookup - ask for the records of a name
 * @name: with or without the dot at the end; an address answers itself
 * @type: DNS_TYPE_A, DNS_TYPE_AAAA for addresses (addrinfo.h: both), any other
 *	record type for dig and its kin
 * @program_cache: the asking program's own; NULL = it has none
 * @fn: called once, when the lookup no longer exists
 *
 * Return: the lookup, to cancel it; NULL: no memory, @fn is not called.
 */
struct dns_lookup *dns_client_lookup(struct dns_client *client, const char *name, uint16_t type,
				     struct dns_cache *program_cache, dns_lookup_fn fn, void *ctx);
/* Ends a lookup without calling back. */
void dns_lookup_cancel(struct dns_lookup *lookup);

/* The host's resolver cache, for its statistics and to flush it. */
struct dns_cache *dns_client_cache(struct dns_client *client);
struct ln_net *dns_client_net(struct dns_client *client);
/* The name that the hosts file gives an address, or NULL; until the hosts text is changed. */
const char *dns_client_addr_name(const struct dns_client *client, const struct ipaddr *addr);
/* As a file of /etc would say it: /etc/hosts as it was set, /etc/resolv.conf with the servers and
 * domains of now. */
const char *dns_client_hosts_text(const struct dns_client *client);
void dns_client_resolv_text(const struct dns_client *client, struct text *t);
/* The n-th server, or one of family 0 past the last. */
struct ipaddr dns_client_server(const struct dns_client *client, unsigned n);

const char *dns_error_name(enum dns_error error);	/* "NXDOMAIN" */

#endif
