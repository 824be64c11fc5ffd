/* SPDX-License-Identifier: MIT */
/* What ip neigh, arp and /proc/net/arp have in common. */
#ifndef LINNET_CTL_NEIGH_SHOW_H
#define LINNET_CTL_NEIGH_SHOW_H

#include "ctl/args.h"
#include "link/pneigh.h"

be32 neigh_addr(const struct neighbour *n);	/* its IPv4 address */

/* ip neigh: the names of states, or their number. */
bool nud_parse(const char *w, u8 *state);
/* As ip neigh get shows them. */
void neigh_show_one(struct ctl *c, const struct neighbour *n);
void proxy_show_one(struct ctl *c, const struct neigh_table *tbl, const struct pneigh_entry *p);

/* The words behind; modes of add, change, replace. */
int ctl_neigh_add(struct ctl *c, bool may_be_new, bool may_exist);
int ctl_neigh_del(struct ctl *c);
int ctl_neigh_get(struct ctl *c);

#endif
