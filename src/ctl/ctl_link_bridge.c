/* SPDX-License-Identifier: MIT */
/* `ip link ... type bridge OPTIONS` */
#include "ctl/link.h"
#include "ctl/link_kind.h"
#include "link/bridge/br.h"

struct br_option {
	const char *name;
	int (*set)(struct net_bridge *br, u32 value);
	u32 (*get)(const struct net_bridge *br);
	u32 max;
};

static int set_ageing(struct net_bridge *br, u32 cs)
{
	br->ageing_ms = cs * 10;
	return 0;
}

static u32 get_ageing(const struct net_bridge *br)
{
	return br->ageing_ms / 10;
}

static int set_max_learned(struct net_bridge *br, u32 n)
{
	br->fdb_max_learned = n;
	return 0;
}

static u32 get_max_learned(const struct net_bridge *br)
{
	return br->fdb_max_learned;
}

static int set_n_learned(struct net_bridge *br, u32 n)
{
	(void)br;
	(void)n;
	return -EINVAL;		/* it is counted, not set */
}

static u32 get_n_learned(const struct net_bridge *br)
{
	return br->fdb_n_learned;
}

static int set_filtering(struct net_bridge *br, u32 on)
{
	br_vlan_filter_toggle(br, on);
	return 0;
}

static u32 get_filtering(const struct net_bridge *br)
{
	return br->vlan_enabled;
}

static int set_proto(struct net_bridge *br, u32 proto)
{
	return br_vlan_set_proto(br, (be16)proto);
}

static u32 get_proto(const struct net_bridge *br)
{
	return br->vlan_proto;
}

static int set_pvid(struct net_bridge *br, u32 vid)
{
	return br_vlan_set_default_pvid(br, (u16)vid);
}

static u32 get_pvid(const struct net_bridge *br)
{
	return br->default_pvid;
}

static int set_stp(struct net_bridge *br, u32 on)
{
	br_stp_set_enabled(br, on);
	return 0;
}

static u32 get_stp(const struct net_bridge *br)
{
	return br->stp.on;
}

static u32 get_version(const struct net_bridge *br)
{
	return br->stp.version;
}

static u32 get_priority(const struct net_bridge *br)
{
	return br->stp.priority;
}

static u32 centiseconds(u16 time)
{
	return (time * 100u + BPDU_TIME_SECOND / 2) / BPDU_TIME_SECOND;
}

static u32 get_forward_delay(const struct net_bridge *br)
{
	return centiseconds(br->stp.times.forward_delay);
}

static u32 get_hello_time(const struct net_bridge *br)
{
	return centiseconds(br->stp.times.hello);
}

static u32 get_max_age(const struct net_bridge *br)
{
	return centiseconds(br->stp.times.max_age);
}

/* Those of mcast: counts, and times in 1/100 s. */
#define MC_COUNT(name, field) \
	static u32 get_##name(const struct net_bridge *br) \
	{ \
		return br->mcast.field; \
	} \
	static int set_##name(struct net_bridge *br, u32 value) \
	{ \
		br->mcast.field = value; \
		return 0; \
	}

#define MC_TIME(name, field) \
	static u32 get_##name(const struct net_bridge *br) \
	{ \
		return br->mcast.field / 10; \
	} \
	static int set_##name(struct net_bridge *br, u32 value) \
	{ \
		br->mcast.field = value * 10; \
		return 0; \
	}

MC_COUNT(hash_max, hash_max)
MC_COUNT(last_member_count, last_member_count)
MC_COUNT(startup_query_count, startup_query_count)
MC_TIME(last_member_interval, last_member_ms)
MC_TIME(membership_interval, membership_ms)
MC_TIME(querier_interval, querier_ms)
MC_TIME(response_interval, response_ms)

static int set_snooping(struct net_bridge *br, u32 on)
{
	br_multicast_toggle(br, on);
	return 0;
}

static u32 get_snooping(const struct net_bridge *br)
{
	return br->mcast.snooping;
}

static u32 get_mcast_router(const struct net_bridge *br)
{
	return br->mcast.router;
}

static int set_mcast_querier(struct net_bridge *br, u32 on)
{
	br_multicast_set_querier(br, on);
	return 0;
}

static u32 get_mcast_querier(const struct net_bridge *br)
{
	return br->mcast.querier_on;
}

/* Below a second it would be a storm: Linux says so too. */
static int set_query_interval(struct net_bridge *br, u32 cs)
{
	br->mcast.query_ms = max(cs, 100u) * 10;
	return 0;
}

static u32 get_query_interval(const struct net_bridge *br)
{
	return br->mcast.query_ms / 10;
}

static int set_startup_interval(struct net_bridge *br, u32 cs)
{
	br->mcast.startup_query_ms = max(cs, 100u) * 10;
	return 0;
}

static u32 get_startup_interval(const struct net_bridge *br)
{
	return br->mcast.startup_query_ms / 10;
}

/* Sources are not told apart: older versions' way is the only one. */
static int set_igmp_version(struct net_bridge *br, u32 version)
{
	(void)br;
	return version == 2 ? 0 : -EINVAL;
}

static u32 get_igmp_version(const struct net_bridge *br)
{
	(void)br;
	return 2;
}

static int set_mld_version(struct net_bridge *br, u32 version)
{
	(void)br;
	return version == 1 ? 0 : -EINVAL;
}

static u32 get_mld_version(const struct net_bridge *br)
{
	(void)br;
	return 1;
}

/* In the order in which iproute2 prints them; stp_version is 802.1D's ForceProtocolVersion, which
 * Linux leaves to mstpd. */
static const struct br_option br_options[] = {
	{ "forward_delay", br_stp_set_forward_delay, get_forward_delay, UINT32_MAX },
	{ "hello_time", br_stp_set_hello_time, get_hello_time, UINT32_MAX },
	{ "max_age", br_stp_set_max_age, get_max_age, UINT32_MAX },
	{ "ageing_time", set_ageing, get_ageing, UINT32_MAX / 10 },
	{ "stp_state", set_stp, get_stp, 1 },
	{ "stp_version", br_stp_set_version, get_version, 2 },
	{ "priority", br_stp_set_priority, get_priority, UINT16_MAX },
	{ "vlan_filtering", set_filtering, get_filtering, 1 },
	{ "vlan_protocol", set_proto, get_proto, UINT16_MAX },
	{ "vlan_default_pvid", set_pvid, get_pvid, UINT16_MAX },
	{ "mcast_snooping", set_snooping, get_snooping, 1 },
	{ "mcast_router", br_multicast_set_router, get_mcast_router, 2 },
	{ "mcast_querier", set_mcast_querier, get_mcast_querier, 1 },
	{ "mcast_hash_max", set_hash_max, get_hash_max, UINT32_MAX },
	{ "mcast_last_member_count", set_last_member_count, get_last_member_count, UINT16_MAX },
	{ "mcast_startup_query_count", set_startup_query_count, get_startup_query_count,
	  UINT16_MAX },
	{ "mcast_last_member_interval", set_last_member_interval, get_last_member_interval,
	  UINT32_MAX / 10 },
	{ "mcast_membership_interval", set_membership_interval, get_membership_interval,
	  UINT32_MAX / 10 },
	{ "mcast_querier_interval", set_querier_interval, get_querier_interval, UINT32_MAX / 10 },
	{ "mcast_query_interval", set_query_interval, get_query_interval, UINT32_MAX / 10 },
	{ "mcast_query_response_interval", set_response_interval, get_response_interval,
	  UINT32_MAX / 10 },
	{ "mcast_startup_query_interval", set_startup_interval, get_startup_interval,
	  UINT32_MAX / 10 },
	{ "mcast_igmp_version", set_igmp_version, get_igmp_version, UINT16_MAX },
	{ "mcast_mld_version", set_mld_version, get_mld_version, UINT16_MAX },
	{ "fdb_n_learned", set_n_learned, get_n_learned, UINT32_MAX },
	{ "fdb_max_learned", set_max_learned, get_max_learned, UINT32_MAX },
};

static bool is_proto(const struct br_option *o)
{
	return o->set == set_proto;
}

static const struct br_option *find_br_option(const char *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(br_options); i++)
		if (arg_matches(w, br_options[i].name))
			return &br_options[i];
	return NULL;
}

static int arg_br_option(struct ctl *c, const struct br_option *o, u32 *value)
{
	be16 proto = 0;
	int err;

	if (is_proto(o)) {
		err = arg_vlan_proto(c, &proto);
		*value = proto;
		return err;
	}
	err = arg_u32(c, o->name, value);
	return !err && *value > o->max ? rtnl_error(c, -EINVAL) : err;
}

int arg_link_bridge(struct ctl *c, struct link_kind_args *k)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		const struct br_option *o = find_br_option(w);

		if (o && k->br_count < BR_OPTIONS_MAX) {
			k->br[k->br_count].opt = o;
			err = arg_br_option(c, o, &k->br[k->br_count++].value);
		} else {
			err = ctl_fail(c, -EINVAL, "bridge: unknown option \"%s\"?", w);
		}
	}
	return err;
}

/* "8000.2:0:0:0:1:1", as ip has them. */
static void print_bridge_id(struct ctl *c, const char *what, u64 id)
{
	sb_printf(c->out, "%s %x.", what, (unsigned)(id >> 48));
	for (int shift = 40; shift >= 0; shift -= 8)
		sb_printf(c->out, "%x%s", (unsigned)(id >> shift & 0xff), shift ? ":" : " ");
}

static void print_root(struct ctl *c, const struct net_bridge *br)
{
	print_bridge_id(c, "bridge_id", br_stp_bridge_id(br));
	print_bridge_id(c, "designated_root", br->stp.root.root);
	sb_printf(c->out, "root_port %u root_path_cost %u topology_change %u ", br->stp.root_port,
		  br->stp.root.cost, br_stp_topology_changing(br));
}

void link_bridge_print(struct ctl *c, const struct net_bridge *br)
{
	ctl_nl(c);
	sb_puts(c->out, "    bridge ");
	for (size_t i = 0; i < ARRAY_SIZE(br_options); i++) {
		const struct br_option *o = &br_options[i];

		if (o->set == set_filtering && br->stp.on)
			print_root(c, br);
		if (is_proto(o))
			sb_printf(c->out, "%s %s ", o->name, vlan_proto_name((be16)o->get(br)));
		else
			sb_printf(c->out, "%s %u ", o->name, o->get(br));
	}
}

int link_bridge_apply(struct ctl *c, struct net_bridge *br, const struct link_kind_args *k)
{
	for (u32 i = 0; i < k->br_count; i++) {
		int err = k->br[i].opt->set(br, k->br[i].value);

		if (err)
			return rtnl_error(c, err);
	}
	return 0;
}
