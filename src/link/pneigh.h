/* SPDX-License-Identifier: MIT */
/*
 * Proxies: addresses of others that this machine answers for (RFC 1027, RFC 4861 7.2.8), by entry
 * (ip neigh add proxy) or by rule (proxy_arp), and the questions whose answers are delayed, so that
 * who has the address himself is heard first: by a random time below proxy_delay, proxy_qlen
 * questions of a device at most (more: NEIGH_QUEUEFULL).
 */
#ifndef LINNET_LINK_PNEIGH_H
#define LINNET_LINK_PNEIGH_H

#include "link/neigh.h"

struct pneigh_entry {
	struct hlist_node node;
	struct net_device *dev;		/* NULL: for questions on any */
	bool is_router;			/* what advertisements say of it */
	bool ext_learned;
	u8 protocol;
	u8 key[16];
};

void pneigh_init(struct neigh_table *tbl);
void pneigh_exit(struct neigh_table *tbl);

/* The entry for questions on dev: its own, or one for any device. Borrowed, or NULL. */
struct pneigh_entry *pneigh_lookup(struct neigh_table *tbl, const void *pkey,
				   const struct net_device *dev);
/* The one that was made for dev (NULL: any) and no other. */
struct pneigh_entry *pneigh_lookup_exact(struct neigh_table *tbl, const void *pkey,
					 const struct net_device *dev);
/* Found or made. NULL: no memory, or the family does not want it. */
struct pneigh_entry *pneigh_create(struct neigh_table *tbl, const void *pkey,
				   struct net_device *dev);
int pneigh_delete(struct neigh_table *tbl, const void *pkey, const struct net_device *dev);
void pneigh_ifdown(struct neigh_table *tbl, const struct net_device *dev);	/* NULL: all */

/* In order of device and address. */
int pneigh_for_each(struct neigh_table *tbl, int (*fn)(struct pneigh_entry *p, void *ctx),
		    void *ctx);

/* tbl->proxy_redo() gets skb after a while. Consumes. */
void pneigh_enqueue(struct neigh_table *tbl, struct neigh_parms *p, struct sk_buff *skb);

#endif
