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
int arg_vlan_proto(struct ctl *c, be16 *proto)
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

const char *vlan_proto_name(be16 proto)
{
	return proto == CONST_BE16(ETH_P_8021AD) ? "802.1ad" : "802.1Q";
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
	return arg_is(k->kind, "bridge") ? arg_link_bridge(c, k) : 0;
}

int link_kind_make(struct ctl *c, const char *name, struct net_device *link,
		   const struct link_kind_args *k, struct net_device **dev)
{
	struct net_device *peer;
	int err;

	if (!arg_is(k->kind, "bridge") && !arg_is(k->kind, "veth") && !arg_is(k->kind, "vlan"))
		return ctl_fail(c, -EOPNOTSUPP, "Error: Unknown device type.");
	if ((name && !dev_valid_name(name)) || (k->peer && !dev_valid_name(k->peer)))
		return rtnl_error(c, -EINVAL);
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
	return dev->bridge ? link_bridge_apply(c, dev->bridge, k) : 0;
}

bool link_kind_deletable(const struct net_device *dev)
{
	return dev->bridge || netif_is_veth(dev) || netif_is_vlan(dev);
}

void link_kind_print(struct ctl *c, const struct net_device *dev)
{
	if (dev->bridge) {
		link_bridge_print(c, dev->bridge);
	} else if (netif_is_veth(dev)) {
		ctl_nl(c);
		sb_puts(c->out, "    veth ");
	} else if (netif_is_vlan(dev)) {
		print_vlan(c, dev);
	}
}
