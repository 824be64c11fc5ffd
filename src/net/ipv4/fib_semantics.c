/* SPDX-License-Identifier: MIT */
/* What a route may say: its checks, next hops, scopes, source addresses. */
#include "net/ipv4/fib.h"
#include "net/ipv4/ip_impl.h"

struct fib_prop {
	s16 error;
	u8 scope;		/* the widest that such a route may have */
};

static const struct fib_prop fib_props[] = {
	[RTN_UNSPEC] = { 0, RT_SCOPE_NOWHERE },
	[RTN_UNICAST] = { 0, RT_SCOPE_UNIVERSE },
	[RTN_LOCAL] = { 0, RT_SCOPE_HOST },
	[RTN_BROADCAST] = { 0, RT_SCOPE_LINK },
	[RTN_ANYCAST] = { 0, RT_SCOPE_LINK },
	[RTN_MULTICAST] = { 0, RT_SCOPE_UNIVERSE },
	[RTN_BLACKHOLE] = { -EINVAL, RT_SCOPE_UNIVERSE },
	[RTN_UNREACHABLE] = { -EHOSTUNREACH, RT_SCOPE_UNIVERSE },
	[RTN_PROHIBIT] = { -EACCES, RT_SCOPE_UNIVERSE },
	[RTN_THROW] = { -EAGAIN, RT_SCOPE_UNIVERSE },
};

int fib_type_error(u8 type)
{
	return fib_props[type].error;
}

int fib_config_complete(struct fib_config *cfg)
{
	if (!cfg->type)
		cfg->type = RTN_UNICAST;
	if (cfg->type > RTN_THROW || cfg->prefixlen > 32)
		return -EINVAL;
	if (cfg->dst & ~inet_make_mask(cfg->prefixlen))
		return -EINVAL;		/* host bits in a network */
	if (!cfg->table)
		cfg->table = cfg->type == RTN_LOCAL || cfg->type == RTN_BROADCAST ||
			     cfg->type == RTN_ANYCAST ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
	if (!cfg->scope && !cfg->gateway && !cfg->mp_n) {
		if (cfg->type == RTN_LOCAL)
			cfg->scope = RT_SCOPE_HOST;
		else if (!fib_type_error(cfg->type))
			cfg->scope = RT_SCOPE_LINK;
	}
	if (!cfg->protocol)
		cfg->protocol = RTPROT_BOOT;
	return 0;
}

/*
 * The gateway must itself be reachable by a route of narrower scope, or said to be on the link. One
 * that is this machine's own address stands for its device, as in Linux: what goes there is on the
 * link.
 */
static int check_gateway(const struct fib *fib, const struct fib_config *cfg, struct fib_nh *nh)
{
	struct flowi4 fl = {
		.daddr = nh->via.gateway, .oif = nh->via.dev ? nh->via.dev->ifindex : 0,
		.scope = cfg->scope < RT_SCOPE_LINK ? RT_SCOPE_LINK : RT_SCOPE_HOST,
	};
	u8 type = inet_addr_type(fib->net, nh->via.gateway);
	struct fib_result res;

	if (cfg->scope >= RT_SCOPE_LINK)
		return -EINVAL;
	if (type != RTN_UNICAST && (type != RTN_LOCAL || nh->via.onlink))
		return -EINVAL;
	nh->scope = RT_SCOPE_LINK;
	if (nh->via.onlink) {
		if (!nh->via.dev)
			return -ENODEV;
		return netif_running(nh->via.dev) ? 0 : -ENETDOWN;
	}
	/* The table may bring the gateway's link itself; else as any packet would go. */
	if ((cfg->table == RT_TABLE_MAIN || fib_lookup_table(fib, cfg->table, &fl, &res)) &&
	    fib_lookup(fib, &fl, &res))
		return -ENETUNREACH;
	if (res.fi->type != RTN_UNICAST && res.fi->type != RTN_LOCAL)
		return -EINVAL;
	nh->scope = res.fi->scope;
	nh->via.dev = res.fi->nh[res.nh].via.dev;
	if (!nh->via.dev)
		return -ENETUNREACH;
	return netif_running(nh->via.dev) ? 0 : -ENETDOWN;
}

static int check_nexthop(const struct fib *fib, const struct fib_config *cfg, struct fib_nh *nh)
{
	struct net_device *dev = nh->via.dev;

	if (cfg->scope == RT_SCOPE_HOST) {
		if (nh->via.gateway)
			return -EINVAL;
		nh->scope = RT_SCOPE_NOWHERE;
		return dev ? 0 : -ENODEV;
	}
	if (nh->via.gateway)
		return check_gateway(fib, cfg, nh);
	if (!dev || !dev->ip_ptr)
		return -ENODEV;
	nh->scope = RT_SCOPE_HOST;
	return netif_running(dev) ? 0 : -ENETDOWN;
}

static int check_nexthops(const struct fib *fib, const struct fib_config *cfg, struct fib_info *fi)
{
	int err = 0;

	if (fib_type_error(cfg->type))
		return cfg->gateway || cfg->dev || cfg->mp_n ? -EINVAL : 0;
	/* Several hosts cannot be this one. */
	if (cfg->mp_n > 1 && cfg->scope >= RT_SCOPE_HOST)
		return -EINVAL;
	for (u32 i = 0; i < fi->nhs && !err; i++)
		err = check_nexthop(fib, cfg, &fi->nh[i]);
	return err;
}

/* The source address asked for must be ours; a local route may bring its own. */
static bool prefsrc_ok(const struct fib *fib, const struct fib_config *cfg)
{
	if (!cfg->prefsrc || (cfg->type == RTN_LOCAL && cfg->prefsrc == cfg->dst))
		return true;
	return inet_lookup_ifaddr(fib->net, cfg->prefsrc) ||
	       inet_addr_type(fib->net, cfg->prefsrc) == RTN_LOCAL;
}

static void copy_nexthops(const struct fib_config *cfg, struct fib_info *fi)
{
	fi->nhs = cfg->mp_n ? cfg->mp_n : 1;
	for (u32 i = 0; i < fi->nhs; i++) {
		struct fib_nexthop via = {
			.gateway = cfg->gateway, .dev = cfg->dev, .onlink = cfg->onlink,
		};

		if (cfg->mp_n)
			via = cfg->mp[i];
		via.dead = false;
		if (!via.weight)
			via.weight = 1;
		fi->nh[i] = (struct fib_nh){ .via = via };
	}
}

int fib_create_info(struct fib *fib, const struct fib_config *cfg, struct fib_info **res)
{
	u64 room[(sizeof(struct fib_info) + FIB_NH_MAX * sizeof(struct fib_nh)) / sizeof(u64) + 1];
	struct fib_info *fi = (void *)room;
	int err;

	if (cfg->scope > RT_SCOPE_HOST || fib_props[cfg->type].scope > cfg->scope ||
	    cfg->mp_n > FIB_NH_MAX || (cfg->mp_n && (cfg->gateway || cfg->dev)))
		return -EINVAL;
	*fi = (struct fib_info){
		.prefsrc = cfg->prefsrc, .priority = cfg->priority, .mtu = cfg->mtu,
		.table = cfg->table, .protocol = cfg->protocol, .scope = cfg->scope,
		.type = cfg->type,
		.metrics = (struct dst_metrics *)(uintptr_t)cfg->metrics,
	};
	copy_nexthops(cfg, fi);
	err = check_nexthops(fib, cfg, fi);
	if (!err && !prefsrc_ok(fib, cfg))
		err = -EINVAL;
	return err ? err : fib_info_get(fib, fi, res);
}
