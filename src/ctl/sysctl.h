/* SPDX-License-Identifier: MIT */
/*
 * Settings by name: those of the instance (base/sysctl.h), of each device
 * (net.ipv4.conf.<dev>.*, net.ipv4.neigh.<dev>.*, and the same of net.ipv6), and a few that are no
 * numbers. Names have dots; a device's own dots are slashes then, as sysctl(8) has it
 * ("net.ipv4.conf.eth0/5.forwarding").
 *
 * A triple (tcp_rmem) is one setting of several numbers.
 */
#ifndef LINNET_CTL_SYSCTL_H
#define LINNET_CTL_SYSCTL_H

#include "base/fmt.h"
#include "base/netns.h"

#define SYSCTL_NAME_MAX 96
#define SYSCTL_SLOTS 3

enum sysctl_kind {
	SYSCTL_NUMBERS,
	SYSCTL_CONGESTION,		/* tcp_congestion_control: by name */
	SYSCTL_CONGESTION_LIST,		/* the names there are; read only */
	SYSCTL_HOSTNAME,
	SYSCTL_STABLE_SECRET,		/* an IPv6 address, all of its digits */
	SYSCTL_ICMP6_RATEMASK,		/* types and ranges: "0-1,3-127" */
	SYSCTL_RESERVED_PORTS,		/* ports and ranges: "1-3,8080" */
	SYSCTL_CT_COUNT, SYSCTL_CT_BUCKETS,	/* of conntrack's table; read only */
	SYSCTL_FASTOPEN_KEY,		/* one or two of xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx */
};

enum sysctl_conf6 { SYSCTL_CONF6_NONE, SYSCTL_CONF6_DISABLE, SYSCTL_CONF6_FORWARDING,
		    SYSCTL_CONF6_ADVERTISE };

struct sysctl_slot {
	void *p;			/* where it is; NULL: always 0 */
	u8 size;			/* 1 or 4 bytes */
	s32 scale;			/* shown = stored * scale; below 0: stored / -scale */
	s32 min, max;			/* of what is stored */
};

struct sysctl_var {
	struct net *net;
	enum sysctl_kind kind;
	u8 n;
	struct sysctl_slot slot[SYSCTL_SLOTS];
	bool forwarding_all;		/* ip_forward: all devices follow */
	enum sysctl_conf6 conf6;	/* what follows from a change */
	struct net_device *dev;		/* whose it is; NULL: of all */
	struct neigh_parms *parms;	/* of which device's neighbours, or the default ones */
};

/* "net/ipv4/ip_forward" or "net.ipv4.ip_forward" into the form with dots. False: too long. */
bool sysctl_normalize(const char *name, char out[SYSCTL_NAME_MAX]) __must_check;

/* name as normalized. -ENOENT */
int sysctl_lookup(struct net *net, const char *name, struct sysctl_var *var);

/* Numbers with a tab between them. */
void sysctl_get(const struct sysctl_var *var, struct strbuf *sb);

/* Numbers with blanks between them; fewer than there are change the first ones only.
 * -EINVAL (no number, out of range), -ENOENT (no such algorithm), -EACCES (read only) */
int sysctl_set(const struct sysctl_var *var, const char *text);

/* Calls fn with every name, sorted. */
void sysctl_for_each(struct net *net, void (*fn)(const char *name, void *ctx), void *ctx);

#endif
