/* SPDX-License-Identifier: MIT */
/*
 * One question on its way through the tree of name servers; the inside of dns_resolver.
 *
 *	walk_start: in the cache? -> done. An alias? -> a child walk for its target.
 *	  find the closest zone whose servers are known
 *	walk_next:  an address not tried yet -> ask it (walk_query)
 *	            a server's name without address -> a child walk for it
 *	            neither -> fail
 *	walk_reply: answer or "no such" -> done;  alias -> child;  referral down -> walk_next there;
 *	            anything else -> walk_next
 *
 * A walk ends in a timer at the present time, never inside a call, so that no caller sees
 * its walk vanish. Each walk waits for at most one child; before it waits for a walk that is
 * already under way, the chain of children is followed: a circle is a failure.
 */
#ifndef LINNET_APP_DNS_DNS_WALK_H
#define LINNET_APP_DNS_DNS_WALK_H

#include <linnet/net.h>

#include "app/dns/dns_cache.h"
#include "app/dns/dns_exchange.h"
#include "app/dns/dns_listener.h"
#include "app/dns/dns_message.h"
#include "app/dns/dns_resolver.h"
#include "app/util/dst_order.h"

#define WALK_NS_MAX 16		/* servers' names of one zone that are used */
#define WALK_ADDRS_MAX 32	/* and their addresses */
#define WALK_ROUNDS 2		/* each address is tried so often */
#define WALK_DEADLINE_NS 10000000000ll

enum { WALK_IPV4 = DST_IPV4, WALK_IPV6 = DST_IPV6, WALK_BOTH = DST_IPV4 | DST_IPV6 };

struct walk_ns {
	ldns_rdf *name;
	uint8_t looked_up;	/* WALK_*: these addresses are in `addrs`, or cannot be had */
};

struct walk_addr {
	struct ipaddr addr;
	unsigned ns;		/* index of its name */
	unsigned tries;
};

/* The servers of one zone. */
struct walk_servers {
	ldns_rdf *zone;
	struct walk_ns ns[WALK_NS_MAX];
	struct walk_addr addrs[WALK_ADDRS_MAX];
	unsigned nns, naddrs;
};

/* A client, or a walk, that waits for the result. */
struct walk_waiter {
	struct walk_waiter *next;
	struct dns_request *req;	/* the client's, with its parsed query; or */
	ldns_pkt *query;
	struct walk *parent;
};

/* Queries that one client's question may cause, shared by the walk and its children. */
struct walk_budget {
	unsigned refs, queries;
};

struct walk {
	struct dns_resolver *r;
	struct walk *next;
	ldns_rdf *name;
	struct dns_key key;		/* of the name */
	uint16_t type;
	unsigned depth;
	struct walk_budget *budget;
	struct walk_waiter *waiters;
	struct walk *child;		/* that this one waits for */
	bool child_is_target;		/* the child resolves the alias's target, not a server */
	unsigned child_ns;		/* index of the server that it resolves */
	struct dns_exchange *exchange;
	unsigned asked;			/* index of the address under way */
	unsigned round;
	bool started;
	bool told;			/* the first question is in the journey */
	uint8_t families;		/* WALK_*: that this host can send to */
	struct walk_servers servers;
	int64_t timer;			/* the deadline; the end, once it is done */
	bool done;
	enum dns_cache_result kind;	/* the result */
	ldns_rr_list *answer;		/* records, aliases first */
	ldns_rr_list *soa;		/* of a negative answer; may be NULL */
};

struct dns_resolver {
	struct ln_net *net;
	struct dns_listener *listener;
	struct dns_cache *cache;
	ldns_rr_list *hints;		/* NS, A and AAAA records of the root */
	int64_t query_timeout_ns;
	uint16_t port;			/* that servers are asked at */
	struct walk *walks;
	unsigned nwalks, nwaiters;
	bool closing;
	struct dns_resolver_stats stats;
};

/**
 * walk_get - the walk for a question: the one under way, or a new one
 * @parent: that will wait for it (circles, depth and budget are checked), or NULL
 *
 * Return: the walk; a new one starts with its first waiter, which must be given at once. NULL:
 * limits, a circle, no memory.
 */
struct walk *walk_get(struct dns_resolver *r, const ldns_rdf *name, uint16_t type,
		      struct walk *parent);
/* Makes @waiter (owned by the walk from here on) wait; starts a new walk. */
void walk_wait(struct walk *w, struct walk_waiter *waiter);
/* Ends all walks, answering nobody. */
void walk_free_all(struct dns_resolver *r);

/**
 * walk_cached - an answer made of cached records only, along aliases
 * @answer: gets the records; @soa: that of a negative answer, or NULL
 */
enum dns_cache_result walk_cached(struct dns_resolver *r, const ldns_rdf *name, uint16_t type,
				  ldns_rr_list *answer, ldns_rr_list **soa);

/* The resolver's side: a walk that clients wait for is over. Frees the waiter. */
void dns_resolver_respond(struct dns_resolver *r, struct walk_waiter *waiter, const struct walk *w);

/* dns_walk_reply.c: what a server's answer means. */
enum walk_verdict {
	WALK_LAME,	/* no use: the next server */
	WALK_ANSWER,	/* w->answer and w->kind are set */
	WALK_ALIAS,	/* the CNAME is in w->answer */
	WALK_REFERRAL,	/* w->servers are those of a zone further down */
};
enum walk_verdict walk_read_reply(struct walk *w, const ldns_pkt *reply);

/* dns_walk_servers.c */
void walk_servers_free(struct walk_servers *s);
/* Takes what NS records say, with addresses of the cache. False: no memory. */
bool walk_servers_set(struct walk *w, const ldns_rdf *zone, const ldns_rr_list *ns);
/* The closest zone above the name whose servers are known. False: no memory. */
bool walk_servers_find(struct walk *w);
/* Addresses of one server out of its A or AAAA records. */
void walk_servers_add(struct walk *w, unsigned ns, const ldns_rr_list *rrs);
/* One server or all: "root", "a com. server", "the com. servers", "server.com.'s server" */
void walk_zone_text(struct text *t, const ldns_rdf *zone, bool all);

#endif
