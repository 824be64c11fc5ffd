/* SPDX-License-Identifier: MIT */
/* Which settings there are, and where each of them stands. */
#include "ctl/sysctl.h"

#include "device/netdevice.h"
#include "link/neigh.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

/* ---- the tables ---- */

struct global_name {
	char name[64];
	u16 offset;		/* in struct netns_sysctl */
	s32 min, max;
};

static const struct global_name globals[] = {
#define SYSCTL_ROW(field, name, dflt, lo, hi, text) \
	{ name, offsetof(struct netns_sysctl, field), lo, hi },
	SYSCTLS(SYSCTL_ROW)
#undef SYSCTL_ROW
};

struct dev_name {
	char name[36];
	u16 offset;
	u8 size;
	s32 min, max;
	s32 scale;
};

#define CONF(name, field, max) \
	{ name, offsetof(struct in_device, field), sizeof(((struct in_device *)0)->field), \
	  0, max, 1 }

/* net.ipv4.conf.<dev>.*, sorted */
static const struct dev_name confs[] = {
	CONF("accept_local", accept_local, 1),
	CONF("accept_redirects", accept_redirects, 1),
	CONF("accept_source_route", accept_source_route, 1),
	CONF("arp_accept", arp_accept, 2),
	CONF("arp_announce", arp_announce, 2),
	CONF("arp_defend", arp_defend, 2),
	CONF("arp_evict_nocarrier", arp_evict_nocarrier, 1),
	CONF("arp_filter", arp_filter, 1),
	CONF("arp_ignore", arp_ignore, 8),
	CONF("arp_notify", arp_notify, 1),
	CONF("drop_gratuitous_arp", drop_gratuitous_arp, 1),
	CONF("force_igmp_version", force_igmp_version, 3),
	CONF("forwarding", forwarding, 1),
	CONF("igmpv2_unsolicited_report_interval", igmpv2_unsolicited_report_interval, INT32_MAX),
	CONF("igmpv3_unsolicited_report_interval", igmpv3_unsolicited_report_interval, INT32_MAX),
	CONF("log_martians", log_martians, 1),
	{ "medium_id", offsetof(struct in_device, medium_id), 4, -1, INT32_MAX, 1 },
	CONF("proxy_arp", proxy_arp, 1),
	CONF("proxy_arp_pvlan", proxy_arp_pvlan, 1),
	CONF("route_localnet", route_localnet, 1),
	CONF("rp_filter", rp_filter, 2),
	CONF("secure_redirects", secure_redirects, 1),
	CONF("send_redirects", send_redirects, 1),
	CONF("shared_media", shared_media, 1),
};

#define CONF6(name, field, min, max) \
	{ name, offsetof(struct ipv6_devconf, field), 1, min, max, 1 }

#define CONF6_S32(name, field, min, max) \
	{ name, offsetof(struct ipv6_devconf, field), 4, min, max, 1 }

/* net.ipv6.conf.<dev>.*, sorted */
static const struct dev_name confs6[] = {
	CONF6("accept_dad", accept_dad, 0, 1),
	CONF6("accept_ra", accept_ra, 0, 2),
	CONF6("accept_ra_defrtr", accept_ra_defrtr, 0, 1),
	CONF6("accept_ra_from_local", accept_ra_from_local, 0, 1),
	CONF6_S32("accept_ra_min_hop_limit", accept_ra_min_hop_limit, 0, 256),
	CONF6_S32("accept_ra_min_lft", accept_ra_min_lft, 0, INT32_MAX),
	CONF6("accept_ra_mtu", accept_ra_mtu, 0, 1),
	CONF6("accept_ra_pinfo", accept_ra_pinfo, 0, 1),
	CONF6("accept_ra_rt_info_max_plen", accept_ra_rt_info_max_plen, 0, 128),
	CONF6("accept_ra_rt_info_min_plen", accept_ra_rt_info_min_plen, 0, 128),
	CONF6("accept_ra_rtr_pref", accept_ra_rtr_pref, 0, 1),
	CONF6("accept_redirects", accept_redirects, 0, 1),
	CONF6("accept_untracked_na", accept_untracked_na, 0, 2),
	CONF6("addr_gen_mode", addr_gen_mode, 0, 3),
	CONF6_S32("adv_interval", adv_interval, 4, 1800),
	CONF6_S32("adv_lifetime", adv_lifetime, -1, 9000),
	CONF6("adv_managed", adv_managed, 0, 1),
	CONF6_S32("adv_mtu", adv_mtu, 0, 65535),
	CONF6("adv_other", adv_other, 0, 1),
	CONF6("adv_preference", adv_preference, 0, 3),
	CONF6_S32("adv_preferred_lft", adv_preferred_lft, 0, INT32_MAX),
	CONF6("adv_rdnss", adv_rdnss, 0, 1),
	CONF6("adv_send", adv_send, 0, 1),
	CONF6_S32("adv_valid_lft", adv_valid_lft, 0, INT32_MAX),
	CONF6("autoconf", autoconf, 0, 1),
	CONF6("dad_transmits", dad_transmits, 0, 255),
	CONF6("disable_ipv6", disable_ipv6, 0, 1),
	CONF6("drop_unsolicited_na", drop_unsolicited_na, 0, 1),
	CONF6("enhanced_dad", enhanced_dad, 0, 1),
	CONF6("force_forwarding", force_forwarding, 0, 1),
	CONF6("force_mld_version", force_mld_version, 0, 2),
	CONF6("forwarding", forwarding, 0, 1),
	CONF6("hop_limit", hop_limit, 1, 255),
	CONF6_S32("max_addresses", max_addresses, 0, INT32_MAX),
	CONF6_S32("max_desync_factor", max_desync_factor, 0, INT32_MAX),
	CONF6_S32("mldv1_unsolicited_report_interval", mldv1_unsolicited_report_interval,
		  1, 1000000),
	CONF6_S32("mldv2_unsolicited_report_interval", mldv2_unsolicited_report_interval,
		  1, 1000000),
	CONF6("ndisc_evict_nocarrier", ndisc_evict_nocarrier, 0, 1),
	CONF6("ndisc_notify", ndisc_notify, 0, 1),
	CONF6("optimistic_dad", optimistic_dad, 0, 1),
	CONF6("proxy_ndp", proxy_ndp, 0, 1),
	CONF6_S32("ra_defrtr_metric", ra_defrtr_metric, 1, INT32_MAX),
	CONF6_S32("regen_max_retry", regen_max_retry, 0, 250),
	CONF6_S32("regen_min_advance", regen_min_advance, 0, INT32_MAX),
	CONF6_S32("router_solicitation_delay", router_solicitation_delay, 0, 86400),
	CONF6_S32("router_solicitation_interval", router_solicitation_interval, 1, 86400),
	CONF6_S32("router_solicitation_max_interval", router_solicitation_max_interval, 1, 86400),
	CONF6_S32("router_solicitations", router_solicitations, -1, INT32_MAX),
	CONF6("stable_secret", has_secret, 0, 1),
	CONF6_S32("temp_prefered_lft", temp_prefered_lft, 0, INT32_MAX),
	CONF6_S32("temp_valid_lft", temp_valid_lft, 0, INT32_MAX),
	CONF6("use_optimistic", use_optimistic, 0, 1),
	CONF6_S32("use_tempaddr", use_tempaddr, -1, 2),
};

#define PARM(name, field, min, max, scale) \
	{ name, offsetof(struct neigh_parms, field), 4, min, max, scale }

/* What is shown in hundredths of a second (Linux's USER_HZ), and in seconds, is stored in ms. */
#define USERHZ (-10)
#define SECONDS (-1000)
/* unres_qlen counts packets of so many bytes: a full frame with what Linux keeps beside it. */
#define FULL_FRAME (-2090)

/* net.ipv4.neigh.<dev>.*, sorted */
static const struct dev_name parms[] = {
	PARM("anycast_delay", anycast_delay_ms, 0, INT32_MAX, USERHZ),
	PARM("app_solicit", app_solicit, 0, INT32_MAX, 1),
	PARM("base_reachable_time", base_reachable_time_ms, 1, INT32_MAX, SECONDS),
	PARM("base_reachable_time_ms", base_reachable_time_ms, 1, INT32_MAX, 1),
	PARM("delay_first_probe_time", delay_probe_time_s, 0, 3600, 1),
	PARM("gc_stale_time", gc_staletime_s, 0, INT32_MAX / 1000, 1),
	PARM("interval_probe_time_ms", interval_probe_time_ms, 1, INT32_MAX, 1),
	PARM("locktime", locktime_ms, 0, INT32_MAX, USERHZ),
	PARM("mcast_resolicit", mcast_resolicit, 0, 255, 1),
	PARM("mcast_solicit", mcast_solicit, 0, 255, 1),
	PARM("proxy_delay", proxy_delay_ms, 0, INT32_MAX, USERHZ),
	PARM("proxy_qlen", proxy_qlen, 0, INT32_MAX, 1),
	PARM("retrans_time", retrans_time_ms, 1, INT32_MAX, USERHZ),
	PARM("retrans_time_ms", retrans_time_ms, 1, INT32_MAX, 1),
	PARM("ucast_solicit", ucast_solicit, 0, 255, 1),
	PARM("unres_qlen", queue_len_bytes, 0, INT32_MAX, FULL_FRAME),
	PARM("unres_qlen_bytes", queue_len_bytes, 0, INT32_MAX, 1),
};

/* What is no number, and what is the first of a pair without being stored. */
static const struct {
	char name[64];
	enum sysctl_kind kind;
} others[] = {
	{ "kernel.hostname", SYSCTL_HOSTNAME },
	{ "net.ipv4.ip_local_reserved_ports", SYSCTL_RESERVED_PORTS },
	{ "net.ipv4.tcp_allowed_congestion_control", SYSCTL_CONGESTION_LIST },
	{ "net.ipv4.tcp_available_congestion_control", SYSCTL_CONGESTION_LIST },
	{ "net.ipv4.tcp_fastopen_key", SYSCTL_FASTOPEN_KEY },
	{ "net.ipv6.icmp.ratemask", SYSCTL_ICMP6_RATEMASK },
	{ "net.netfilter.nf_conntrack_buckets", SYSCTL_CT_BUCKETS },
	{ "net.netfilter.nf_conntrack_count", SYSCTL_CT_COUNT },
};

#define CONF_PREFIX "net.ipv4.conf."
#define NEIGH_PREFIX "net.ipv4.neigh."
#define CONF6_PREFIX "net.ipv6.conf."
#define NEIGH6_PREFIX "net.ipv6.neigh."
#define CONGESTION "net.ipv4.tcp_congestion_control"

/* ---- names ---- */

bool sysctl_normalize(const char *name, char out[SYSCTL_NAME_MAX])
{
	size_t len = strlen(name), first = 0;

	if (!len || len >= SYSCTL_NAME_MAX)
		return false;
	while (name[first] && name[first] != '.' && name[first] != '/')
		first++;
	/* A path: what separates is '/', and a '.' belongs to a name. */
	for (size_t i = 0; i <= len; i++) {
		char ch = name[i];

		if (name[first] == '/')
			ch = ch == '/' ? '.' : ch == '.' ? '/' : ch;
		out[i] = ch;
	}
	return true;
}

/* Where a table's name ends: before "[1]" and "/1000". */
static size_t base_len(const char *name)
{
	size_t n = 0;

	while (name[n] && name[n] != '[' && name[n] != '/')
		n++;
	return n;
}

static u32 number_at(const char *s)
{
	u32 v = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (u32)(*s - '0');
	return v;
}

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* ---- lookup ---- */

static int lookup_global(struct net *net, const char *name, struct sysctl_var *var)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(globals); i++) {
		const struct global_name *g = &globals[i];
		size_t n = base_len(g->name);
		u32 index;

		if (n != len || strncmp(g->name, name, n))
			continue;
		index = g->name[n] == '[' ? number_at(g->name + n + 1) : 0;
		var->slot[index] = (struct sysctl_slot){
			.p = (char *)&net->sysctl + g->offset, .size = 4,
			.min = g->min, .max = g->max,
			.scale = g->name[n] == '/' ? (s32)number_at(g->name + n + 1) : 1,
		};
		var->n = max(var->n, (u8)(index + 1));
	}
	if (!var->n)
		return -ENOENT;
	if (!strcmp(name, CONGESTION))
		var->kind = SYSCTL_CONGESTION;
	var->forwarding_all = !strcmp(name, "net.ipv4.ip_forward");
	return 0;
}

/* "<dev>.<field>": copies the device's name with its dots; returns the field, or NULL. */
static const char *split_dev(const char *name, char dev[IFNAMSIZ_])
{
	const char *dot = strrchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : 0;

	if (!len || len >= IFNAMSIZ_)
		return NULL;
	for (size_t i = 0; i < len; i++)
		dev[i] = name[i] == '/' ? '.' : name[i];
	dev[len] = '\0';
	return dot + 1;
}

static int set_dev_slot(struct sysctl_var *var, const struct dev_name *table, size_t n,
			const char *field, void *object)
{
	for (size_t i = 0; object && i < n; i++) {
		if (strcmp(table[i].name, field))
			continue;
		var->n = 1;
		var->slot[0] = (struct sysctl_slot){
			.p = (char *)object + table[i].offset, .size = table[i].size,
			.min = table[i].min, .max = table[i].max, .scale = table[i].scale,
		};
		return 0;
	}
	return -ENOENT;
}

static struct in_device *conf_of(struct net *net, const char *name)
{
	struct net_device *dev;

	if (!strcmp(name, "all"))
		return net->ipv4->conf_all;
	if (!strcmp(name, "default"))
		return net->ipv4->conf_default;
	dev = dev_get_by_name(net, name);
	return dev ? dev->ip_ptr : NULL;
}

static int lookup_conf(struct net *net, const char *rest, struct sysctl_var *var)
{
	char dev[IFNAMSIZ_];
	const char *field = split_dev(rest, dev);

	if (!field)
		return -ENOENT;
	/* conf.all.forwarding and ip_forward are one. */
	if (!strcmp(dev, "all") && !strcmp(field, "forwarding"))
		return lookup_global(net, "net.ipv4.ip_forward", var);
	return set_dev_slot(var, confs, ARRAY_SIZE(confs), field, conf_of(net, dev));
}

static struct ipv6_devconf *conf6_of(struct net *net, const char *name)
{
	struct net_device *dev;

	if (!strcmp(name, "all"))
		return &net->ipv6->conf_all;
	if (!strcmp(name, "default"))
		return &net->ipv6->conf_default;
	dev = dev_get_by_name(net, name);
	return dev && dev->ip6_ptr ? &dev->ip6_ptr->cnf : NULL;
}

static int lookup_conf6(struct net *net, const char *rest, struct sysctl_var *var)
{
	char name[IFNAMSIZ_];
	const char *field = split_dev(rest, name);

	if (!field)
		return -ENOENT;
	var->dev = dev_get_by_name(net, name);
	if (!strcmp(field, "stable_secret"))
		var->kind = SYSCTL_STABLE_SECRET;
	if (!strcmp(field, "disable_ipv6") && strcmp(name, "default"))
		var->conf6 = SYSCTL_CONF6_DISABLE;
	else if (!strcmp(field, "forwarding") && strcmp(name, "default"))
		var->conf6 = SYSCTL_CONF6_FORWARDING;
	else if (!strcmp(field, "adv_send") && var->dev)
		var->conf6 = SYSCTL_CONF6_ADVERTISE;
	return set_dev_slot(var, confs6, ARRAY_SIZE(confs6), field, conf6_of(net, name));
}

static struct neigh_parms *parms_of(struct net *net, const char *name, bool inet6)
{
	struct net_device *dev = dev_get_by_name(net, name);

	if (!strcmp(name, "default"))
		return inet6 ? &net->ipv6->nd_tbl.parms : &net->neigh->arp.parms;
	if (!dev)
		return NULL;
	return inet6 ? dev->nd_parms : dev->arp_parms;
}

static int lookup_neigh(struct net *net, const char *rest, struct sysctl_var *var, bool inet6)
{
	char name[IFNAMSIZ_];
	const char *field = split_dev(rest, name);
	var->parms = field ? parms_of(net, name, inet6) : NULL;
	if (!var->parms)
		return -ENOENT;
	return set_dev_slot(var, parms, ARRAY_SIZE(parms), field, var->parms);
}

int sysctl_lookup(struct net *net, const char *name, struct sysctl_var *var)
{
	*var = (struct sysctl_var){ .net = net };
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (!strcmp(others[i].name, name)) {
			var->kind = others[i].kind;
			return 0;
		}
	}
	if (!lookup_global(net, name, var))
		return 0;
	if (starts_with(name, CONF_PREFIX))
		return lookup_conf(net, name + strlen(CONF_PREFIX), var);
	if (starts_with(name, NEIGH_PREFIX))
		return lookup_neigh(net, name + strlen(NEIGH_PREFIX), var, false);
	if (starts_with(name, CONF6_PREFIX))
		return lookup_conf6(net, name + strlen(CONF6_PREFIX), var);
	if (starts_with(name, NEIGH6_PREFIX))
		return lookup_neigh(net, name + strlen(NEIGH6_PREFIX), var, true);
	return -ENOENT;
}

/* ---- all names ---- */

struct each {
	struct net *net;
	void (*fn)(const char *name, void *ctx);
	void *ctx;
};

static void emit_dev(const struct each *e, const char *prefix, const char *dev,
		     const struct dev_name *table, size_t n)
{
	char name[SYSCTL_NAME_MAX], shown[IFNAMSIZ_];
	struct strbuf sb;
	size_t i;

	for (i = 0; dev[i]; i++)
		shown[i] = dev[i] == '.' ? '/' : dev[i];
	shown[i] = '\0';
	for (i = 0; i < n; i++) {
		sb_init(&sb, name, sizeof(name));
		sb_printf(&sb, "%s%s.%s", prefix, shown, table[i].name);
		e->fn(name, e->ctx);
	}
}

/* The least of the devices' names and two words that is above prev; NULL: none. */
static const char *next_dev(struct net *net, const char *prev)
{
	static const char words[][8] = { "all", "default" };
	const char *best = NULL;
	struct net_device *dev;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], prev) > 0 && (!best || strcmp(words[i], best) < 0))
			best = words[i];
	for_each_netdev(net, dev)
		if (strcmp(dev->name, prev) > 0 && (!best || strcmp(dev->name, best) < 0))
			best = dev->name;
	return best;
}

static void emit_confs(const struct each *e)
{
	for (const char *dev = ""; (dev = next_dev(e->net, dev)); )
		if (conf_of(e->net, dev))
			emit_dev(e, CONF_PREFIX, dev, confs, ARRAY_SIZE(confs));
}

static void emit_confs6(const struct each *e)
{
	for (const char *dev = ""; (dev = next_dev(e->net, dev)); )
		if (conf6_of(e->net, dev))
			emit_dev(e, CONF6_PREFIX, dev, confs6, ARRAY_SIZE(confs6));
}

/* Of the table and no device. They stand between gc_stale_time and interval_probe_time_ms. */
static const struct dev_name thresholds[] = {
	{ .name = "gc_thresh1" }, { .name = "gc_thresh2" }, { .name = "gc_thresh3" },
};

static void emit_parms(const struct each *e, const char *prefix, bool inet6)
{
	size_t below = 0;

	while (strcmp(parms[below].name, thresholds[0].name) < 0)
		below++;
	for (const char *name = ""; (name = next_dev(e->net, name)); ) {
		if (!parms_of(e->net, name, inet6))
			continue;
		emit_dev(e, prefix, name, parms, below);
		if (!strcmp(name, "default"))
			emit_dev(e, prefix, name, thresholds, ARRAY_SIZE(thresholds));
		emit_dev(e, prefix, name, parms + below, ARRAY_SIZE(parms) - below);
	}
}

static void emit_neighs6(const struct each *e)
{
	emit_parms(e, NEIGH6_PREFIX, true);
}

static void emit_neighs(const struct each *e)
{
	emit_parms(e, NEIGH_PREFIX, false);
}

/* Families of per-device names stand in the listing for themselves. */
static const struct {
	char prefix[16];
	void (*emit)(const struct each *e);
} families[] = {
	{ CONF_PREFIX, emit_confs }, { NEIGH_PREFIX, emit_neighs },
	{ CONF6_PREFIX, emit_confs6 }, { NEIGH6_PREFIX, emit_neighs6 },
};

#define FAMILIES ARRAY_SIZE(families)

/* The least of the fixed names that is above prev, into next. False: none. */
static bool next_name(const char *prev, char next[SYSCTL_NAME_MAX])
{
	char name[SYSCTL_NAME_MAX];
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(globals) + ARRAY_SIZE(others) + FAMILIES; i++) {
		const char *from = i < FAMILIES ? families[i].prefix :
				   i < FAMILIES + ARRAY_SIZE(others) ? others[i - FAMILIES].name :
				   globals[i - FAMILIES - ARRAY_SIZE(others)].name;
		size_t len = base_len(from);

		if (i >= FAMILIES && (starts_with(from, NEIGH_PREFIX) ||
				      starts_with(from, NEIGH6_PREFIX)))
			continue;
		memcpy(name, from, len);
		name[len] = '\0';
		if (strcmp(name, prev) <= 0 || (found && strcmp(name, next) >= 0))
			continue;
		memcpy(next, name, len + 1);
		found = true;
	}
	return found;
}

static bool emit_family(const struct each *e, const char *prefix)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		if (strcmp(families[i].prefix, prefix))
			continue;
		families[i].emit(e);
		return true;
	}
	return false;
}

void sysctl_for_each(struct net *net, void (*fn)(const char *name, void *ctx), void *ctx)
{
	struct each e = { .net = net, .fn = fn, .ctx = ctx };
	char prev[SYSCTL_NAME_MAX] = "", next[SYSCTL_NAME_MAX];

	while (next_name(prev, next)) {
		memcpy(prev, next, sizeof(prev));
		if (!emit_family(&e, prev))
			fn(prev, ctx);
	}
}
