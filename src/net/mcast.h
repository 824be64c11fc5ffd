/* SPDX-License-Identifier: MIT */
/*
 * Groups that a device receives, for one family: who asked for them and from which sources, and
 * what switches and routers are told of it. IGMP (net/ipv4/igmp.c) and MLD (net/ipv6/mcast.c)
 * write the messages; when and of what is the same for both (RFC 3376, RFC 3810):
 *
 *	joined, left ---> a report of what changed at once, and again within the interval of
 *			  unsolicited ones, robustness times in all
 *	query ----------> a report of what there is, after a while that the query bounds
 *
 * and, while somebody asks in an older way (RFC 2236, RFC 1112, RFC 2710), group by group:
 *
 *	joined ---------> a report at once, and again
 *	query ----------> a report after a while, unless another's is heard before
 *	left -----------> said by who reported last
 *
 * What the users of a group say are filters: from none but these sources, or from all but these.
 * Together (RFC 3376 3.2) the group is EXCLUDE as soon as one of them is: then it has what all of
 * those exclude and nobody includes; else what any of them includes.
 *
 * Addresses of IPv4 are mapped ones here. Not told of: groups that do not leave the machine, and
 * that of all hosts.
 */
#ifndef LINNET_NET_MCAST_H
#define LINNET_NET_MCAST_H

#include "base/timer.h"
#include "device/netdevice.h"
#include "wire/mc_query.h"

#define MC_ROBUSTNESS 2u		/* RFC 3376 8.1; a querier may say otherwise */
#define MC_QUERY_INTERVAL_S 125u
#define MC_HASH_FROM 9u			/* groups; as Linux: fewer are walked */
#define MC_HASH_SIZE 512u

struct mc_filter {			/* what one socket wants of a group */
	bool exclude;
	u32 n;
	const struct ip6_addr *sources;	/* no two alike */
};

#define MC_FILTER_ALL ((struct mc_filter){ .exclude = true })

struct mc_source {
	struct list_head list;
	struct ip6_addr addr;
	u32 including, excluding;	/* how many filters name it */
	u8 changes;			/* times that its change is still to be told */
	bool was;			/* listed before the change that is being made */
	bool asked;			/* by the query that is to be answered */
};

struct mc_group {
	struct list_head list;		/* of its device, in order of joining */
	struct hlist_node hash;
	struct mc_dev *dev;
	struct ip6_addr addr;
	u32 users, excluders;		/* filters; those that exclude */
	u8 mode_changes;		/* times that the change is still to be told */
	u8 unsolicited;			/* the same, in the older way */
	bool last_reporter;		/* nobody else spoke after us */
	bool by_source;			/* what is to be answered asks for sources only */
	struct list_head sources;
	struct timer timer;		/* a report of it alone */
};

struct mc_ops {
	u8 newest;			/* the version that knows sources */
	u8 addr_off;			/* where an address begins in struct ip6_addr */
	bool (*is_told_of)(const struct mc_dev *d, const struct ip6_addr *group);
	u8 (*forced)(const struct mc_dev *d);	/* version, or 0 */
	u8 (*robustness)(const struct mc_dev *d);
	u32 (*unsolicited_ms)(const struct mc_dev *d, u8 version);
	/* Room for a report with so many bytes of records, which begin at data; NULL: none. */
	struct sk_buff *(*alloc)(const struct mc_dev *d, u32 len);
	void (*send)(struct mc_dev *d, struct sk_buff *skb, u16 records);	/* consumes */
	void (*send_old)(struct mc_dev *d, u8 version, bool leave, const struct ip6_addr *group);
	void (*mac)(const struct ip6_addr *group, u8 mac[6]);
	void (*changed)(struct mc_dev *d);	/* a group came or went; may be NULL */
};

struct mc_dev {
	const struct mc_ops *ops;
	struct net_device *dev;
	struct list_head groups;
	u32 nr_groups;
	struct hlist_head *hash;	/* by address; NULL: few */
	struct timer change_timer, state_timer;
	ktime_t old_until[3];		/* somebody asks in the way of versions 1, 2 */
	u8 robustness;			/* as a querier says; 0: none did */
	u32 interval_s;
};

void mc_dev_init(struct mc_dev *d, const struct mc_ops *ops, struct net_device *dev);
void mc_dev_up(struct mc_dev *d);	/* it is, or its address is ours: all is told */
void mc_dev_down(struct mc_dev *d);	/* nothing is told any more */
void mc_dev_destroy(struct mc_dev *d);

/*
 * A user of a group says something else than before; old NULL: he comes, now NULL: he goes.
 * -ENOMEM, and nothing changed; -EADDRNOTAVAIL: he comes from where nobody is.
 */
int mc_group_change(struct mc_dev *d, const struct ip6_addr *addr, const struct mc_filter *old,
		    const struct mc_filter *now) __must_check;

struct mc_group *mc_group_find(const struct mc_dev *d, const struct ip6_addr *addr);

/* Somebody wants what that source sends to the group; saddr NULL: whichever. */
bool mc_group_wants(const struct mc_group *g, const struct ip6_addr *saddr);

u8 mc_version(const struct mc_dev *d);	/* that is spoken now */
void mc_query_rcv(struct mc_dev *d, const struct mc_query *q);
/* RFC 2236 3: who hears another's report need not send his. */
void mc_report_heard(struct mc_dev *d, const struct ip6_addr *group);

/* ---- mc_filter.c, for mc_dev.c ---- */

/* Is it in the group's list? */
static inline bool mc_source_listed(const struct mc_group *g, const struct mc_source *s)
{
	return g->excluders ? s->excluding == g->excluders && !s->including : s->including;
}

/* To the counts, and to what is to be told `robustness` times; *changed: anything. -ENOMEM. */
int mc_filter_change(struct net *net, struct mc_group *g, const struct mc_filter *old,
		     const struct mc_filter *now, u8 robustness, bool *changed);
/* Sources that nobody names and of which nothing is to be told go. */
void mc_filter_prune(struct net *net, struct mc_group *g, bool all);
/* Notes which sources a query asks for; false: none of them is of interest here. */
bool mc_filter_mark(struct mc_group *g, const struct mc_query *q, u8 addr_off);

#endif
