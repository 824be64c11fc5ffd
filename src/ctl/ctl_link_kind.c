/* SPDX-License-Identifier: MIT */
/* Bridges, veth pairs and VLAN devices are made by hand; cards come from the outside. */
#include "ctl/link_kind.h"

#include "ctl/link.h"
#include "link/bridge/br.h"
#include "link/veth.h"
#include "link/vlan.h"

int arg_ifname(struct ctl *c, const char **name)
{
	int err = arg_value(c, name);
	size_t len;

	if (err)
		return err;
	len = strlen(*name);
	if (!len || len >= IFNAMSIZ_ || strchr(*name, '/') || strchr(*name, ' '))
		return arg_invalid(c, "\"name\" not a valid ifname", *name);
	return 0;
}

/* "802.1Q", "802.1ad" */
static int arg_vlan_proto(struct ctl *c, be16 *proto)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (arg_is(w, "802.1Q") || arg_is(w, "802.1q"))
		*proto = CONST_BE16(ETH_P_8021Q);
	else if (arg_is(w, "802.1ad") || arg_is(w, "802.1AD"))
		*proto = CONST_BE16(ETH_P_8021AD);
	else
		return arg_invalid(c, "protocol is invalid", w);
	return 0;
}

static const char *vlan_proto_name(be16 proto)
{
	return proto == CONST_BE16(ETH_P_8021AD) ? "802.1ad" : "802.1Q";
}

/* ---- bridge ---- */

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

static int arg_bridge(struct ctl *c, struct link_kind_args *k)
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

static void print_bridge(struct ctl *c, const struct net_bridge *br)
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

/* ---- veth ---- */

/* [peer [name] NAME] */
static int arg_veth(struct ctl *c, struct link_kind_args *k)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (!arg_is(w, "peer"))
			return ctl_fail(c, -EINVAL, "veth: unknown option \"%s\"?", w);
		if (arg_is(arg_peek(c), "name"))
			c->pos++;
		err = arg_ifname(c, &k->peer);
	}
	return err;
}

/* ---- vlan ---- */

/* Words of the form 3:5, as many as follow. */
static int arg_qos_map(struct ctl *c, const char *what, u32 *from_to, u32 pairs, u32 *count)
{
	const char *w;

	while ((w = arg_peek(c)) && strchr(w, ':')) {
		char from[12];
		size_t n = (size_t)(strchr(w, ':') - w);
		u64 a, b;

		memcpy(from, w, min(n, sizeof(from) - 1));
		from[min(n, sizeof(from) - 1)] = '\0';
		if (!parse_u64(from, UINT32_MAX, &a) || !parse_u64(w + n + 1, UINT32_MAX, &b))
			return arg_invalid(c, what, w);
		if (*count == pairs)
			return rtnl_error(c, -EINVAL);
		from_to[2 * *count] = (u32)a;
		from_to[2 * *count + 1] = (u32)b;
		++*count;
		c->pos++;
	}
	return 0;
}

static int arg_flag(struct ctl *c, const char *what, bool *on)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !arg_is(w, "on") && !arg_is(w, "off"))
		err = ctl_fail(c, -EINVAL, "Error: argument of \"%s\" must be \"on\" or \"off\", "
			       "not \"%s\"", what, w);
	*on = !err && arg_is(w, "on");
	return err;
}

static int arg_vlan(struct ctl *c, struct link_kind_args *k)
{
	const char *w;
	bool on;
	int err = 0;

	k->proto = CONST_BE16(ETH_P_8021Q);
	while (!err && (w = arg_next(c))) {
		if (arg_matches(w, "protocol")) {
			err = arg_vlan_proto(c, &k->proto);
		} else if (arg_matches(w, "id")) {
			k->has_id = true;
			err = arg_u32(c, "id", &k->id);
		} else if (arg_matches(w, "loose_binding")) {
			err = arg_flag(c, w, &k->loose_binding);
		} else if (arg_matches(w, "reorder_hdr")) {
			err = arg_flag(c, w, &on);
			if (!err && !on)
				err = ctl_fail(c, -EOPNOTSUPP,
					       "Error: tags are always taken out.");
		} else if (arg_matches(w, "ingress-qos-map")) {
			err = arg_qos_map(c, "invalid ingress-qos-map", &k->ingress[0].from, 8,
					  &k->ingress_count);
		} else if (arg_matches(w, "egress-qos-map")) {
			err = arg_qos_map(c, "invalid egress-qos-map", &k->egress[0].from, 16,
					  &k->egress_count);
		} else {
			err = ctl_fail(c, -EINVAL, "vlan: unknown command \"%s\"?", w);
		}
	}
	return err;
}

static int make_vlan(struct ctl *c, const char *name, struct net_device *link,
		     const struct link_kind_args *k, struct net_device **dev)
{
	int err;

	if (!link)
		return ctl_fail(c, -EINVAL, "Error: 8021q: link not specified.");
	if (!k->has_id)
		return ctl_fail(c, -EINVAL, "Error: 8021q: VLAN id not specified.");
	if (k->id > BR_VLAN_MAX)
		return ctl_fail(c, -ERANGE, "Error: 8021q: Invalid VLAN id.");
	err = vlan_newlink(link, name ? name : "vlan%d", k->proto, (u16)k->id, dev);
	return err ? rtnl_error(c, err == -EINVAL ? -EOPNOTSUPP : err) : 0;
}

static int apply_vlan(struct ctl *c, struct net_device *dev, const struct link_kind_args *k)
{
	struct vlan_dev_priv *v = vlan_dev_priv(dev);
	int err = 0;

	v->loose_binding |= k->loose_binding;
	for (u32 i = 0; i < k->ingress_count && !err; i++) {
		if (k->ingress[i].from > 7)
			err = -EINVAL;
		else
			v->ingress_priority[k->ingress[i].from] = k->ingress[i].to;
	}
	for (u32 i = 0; i < k->egress_count && !err; i++)
		err = k->egress[i].to > 7 ? -EINVAL :
		      vlan_set_egress_priority(dev, k->egress[i].from, (u8)k->egress[i].to);
	return err ? rtnl_error(c, err) : 0;
}

static void print_vlan(struct ctl *c, const struct net_device *dev)
{
	const struct vlan_dev_priv *v = vlan_dev_priv(dev);
	const char *head = "ingress-qos-map { ";

	ctl_nl(c);
	sb_printf(c->out, "    vlan protocol %s id %u <REORDER_HDR%s> ",
		  vlan_proto_name(v->vlan_proto), v->vlan_id,
		  v->loose_binding ? ",LOOSE_BINDING" : "");
	for (u32 i = 0; i < ARRAY_SIZE(v->ingress_priority); i++) {
		if (!v->ingress_priority[i])
			continue;
		if (head)
			ctl_nl(c);
		sb_printf(c->out, "%s%s%u:%u ", head ? "      " : "", head ? head : "", i,
			  v->ingress_priority[i]);
		head = NULL;
	}
	sb_puts(c->out, head ? "" : "} ");
	for (u32 i = 0; i < v->egress_count; i++) {
		if (!i)
			ctl_nl(c);
		sb_printf(c->out, "%s%u:%u ", i ? "" : "      egress-qos-map { ",
			  v->egress[i].priority, v->egress[i].pcp);
	}
	sb_puts(c->out, v->egress_count ? "} " : "");
}

/* ---- all kinds ---- */

int arg_link_kind(struct ctl *c, struct link_kind_args *k)
{
	int err = arg_value(c, &k->kind);

	if (err)
		return err;
	if (arg_is(k->kind, "veth"))
		return arg_veth(c, k);
	if (arg_is(k->kind, "vlan"))
		return arg_vlan(c, k);
	return arg_is(k->kind, "bridge") ? arg_bridge(c, k) : 0;
}

int link_kind_make(struct ctl *c, const char *name, struct net_device *link,
		   const struct link_kind_args *k, struct net_device **dev)
{
	struct net_device *peer;
	int err;

	if (!arg_is(k->kind, "bridge") && !arg_is(k->kind, "veth") && !arg_is(k->kind, "vlan"))
		return ctl_fail(c, -EOPNOTSUPP, "Error: Unknown device type.");
	if ((name && dev_get_by_name(c->net, name)) ||
	    (k->peer && dev_get_by_name(c->net, k->peer)))
		return rtnl_error(c, -EEXIST);
	if (arg_is(k->kind, "vlan"))
		return make_vlan(c, name, link, k, dev);
	if (arg_is(k->kind, "veth")) {
		err = veth_newlink(c->net, name ? name : "veth%d", c->net,
				   k->peer ? k->peer : "veth%d", dev, &peer);
		return err ? rtnl_error(c, err) : 0;
	}
	*dev = br_add_bridge(c->net, name ? name : "bridge%d");
	return *dev ? 0 : rtnl_error(c, -ENOMEM);
}

int link_kind_apply(struct ctl *c, struct net_device *dev, const struct link_kind_args *k)
{
	if (!k->kind)
		return 0;
	if (netif_is_vlan(dev))
		return apply_vlan(c, dev, k);
	for (u32 i = 0; i < k->br_count && dev->bridge; i++) {
		int err = k->br[i].opt->set(dev->bridge, k->br[i].value);

		if (err)
			return rtnl_error(c, err);
	}
	return 0;
}

bool link_kind_deletable(const struct net_device *dev)
{
	return dev->bridge || netif_is_veth(dev) || netif_is_vlan(dev);
}

void link_kind_print(struct ctl *c, const struct net_device *dev)
{
	if (dev->bridge) {
		print_bridge(c, dev->bridge);
	} else if (netif_is_veth(dev)) {
		ctl_nl(c);
		sb_puts(c->out, "    veth ");
	} else if (netif_is_vlan(dev)) {
		print_vlan(c, dev);
	}
}
