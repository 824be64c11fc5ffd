/* SPDX-License-Identifier: MIT */
/* ip neigh add, change, replace, delete, get: of neighbours and of proxies. */
#include "ctl/inet6.h"
#include "ctl/neigh_show.h"
#include "ctl/rtnames.h"
#include "net/ipv6/ip6.h"
#include "wire/inet_addr.h"

struct neigh_change {
	struct neigh_table *tbl;	/* of the address's family */
	u8 key[IP6_ADDR_LEN];
	struct net_device *dev;
	u8 mac[6], nud, protocol;
	bool has_addr, has_mac, has_nud, proxy, router, use, managed, ext_learned;
};

/* ---- words ---- */

static int change_lladdr(struct ctl *c, struct neigh_change *ch)
{
	const char *w = arg_peek(c);
	unsigned colons = 0;

	for (const char *p = w; p && *p; p++)
		colons += *p == ':';
	if (colons && colons != 5)
		return ctl_fail(c, -EINVAL, "Error: Invalid link address.");
	ch->has_mac = true;
	return arg_mac(c, ch->mac);
}

static int change_addr(struct ctl *c, struct neigh_change *ch)
{
	struct ip6_addr a;
	const char *w;
	be32 v4;
	int err = arg_value(c, &w);

	if (err)
		return err;
	ch->has_addr = true;
	if (inet_addr_parse(w, &v4)) {
		ch->tbl = &c->net->neigh->arp;
		memcpy(ch->key, &v4, sizeof(v4));
		return 0;
	}
	if (!ip6_addr_parse(w, &a))
		return ctl_fail(c, -EINVAL,
				"Error: any valid address is expected rather than \"%s\".", w);
	ch->tbl = &c->net->ipv6->nd_tbl;
	memcpy(ch->key, &a, sizeof(a));
	return 0;
}

static int change_nud(struct ctl *c, struct neigh_change *ch)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	ch->has_nud = true;
	return nud_parse(w, &ch->nud) ? 0 : arg_invalid(c, "nud state is bad", w);
}

static int change_proto(struct ctl *c, struct neigh_change *ch)
{
	const char *w;
	int err = arg_value(c, &w);

	if (err)
		return err;
	if (!rt_proto_parse(w, &ch->protocol))
		return arg_invalid(c, "\"protocol\" value is wrong", w);
	return 0;
}

/* The word is one of those that stand for themselves. */
static bool change_flag(struct neigh_change *ch, const char *w)
{
	const struct { char name[16]; bool *is; } flags[] = {
		{ "router", &ch->router }, { "use", &ch->use }, { "managed", &ch->managed },
		{ "extern_learn", &ch->ext_learned },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (arg_is(w, flags[i].name)) {
			*flags[i].is = true;
			return true;
		}
	}
	return false;
}

static int change_dest(struct ctl *c, struct neigh_change *ch, const char *w)
{
	if (arg_is(w, "proxy"))
		ch->proxy = true;
	else if (!arg_is(w, "to"))
		c->pos--;
	if (ch->has_addr)
		return arg_garbage(c, "to", c->argv[c->pos]);
	return change_addr(c, ch);
}

static int change_parse(struct ctl *c, struct neigh_change *ch)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "lladdr"))
			err = change_lladdr(c, ch);
		else if (arg_is(w, "dev"))
			err = arg_dev(c, &ch->dev);
		else if (arg_is(w, "nud"))
			err = change_nud(c, ch);
		else if (arg_is(w, "protocol"))
			err = change_proto(c, ch);
		else if (!change_flag(ch, w))
			err = change_dest(c, ch, w);
	}
	return err;
}

/* A proxy may be of no device; ip asks for one all the same where there is an address alone. */
static int change_complete(struct ctl *c, const struct neigh_change *ch)
{
	if (ch->has_addr && (ch->dev || ch->proxy))
		return 0;
	return ctl_fail(c, -EINVAL, "Device and destination are required arguments.");
}

/* ---- what they do ---- */

static int proxy_add(struct ctl *c, const struct neigh_change *ch)
{
	struct pneigh_entry *p = pneigh_create(ch->tbl, ch->key, ch->dev);

	if (!p)
		return rtnl_error(c, -ENOBUFS);
	p->is_router = ch->router;
	p->ext_learned = ch->ext_learned;
	if (ch->protocol)
		p->protocol = ch->protocol;
	return 0;
}

static u32 update_flags(const struct neigh_change *ch)
{
	u32 flags = NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN |
		    NEIGH_UPDATE_F_OVERRIDE_ISROUTER;

	return flags | (ch->router ? NEIGH_UPDATE_F_ISROUTER : 0) |
	       (ch->use ? NEIGH_UPDATE_F_USE : 0) | (ch->managed ? NEIGH_UPDATE_F_MANAGED : 0) |
	       (ch->ext_learned ? NEIGH_UPDATE_F_EXT_LEARNED : 0);
}

static bool is_without_ipv6(const struct neigh_change *ch)
{
	const struct inet6_dev *idev = in6_dev_get(ch->dev);

	return ch->tbl->family == LN_AF_INET6 && (!idev || idev->cnf.disable_ipv6);
}

static int neigh_check(struct ctl *c, const struct neigh_change *ch, const struct neighbour *n)
{
	if (ch->managed && ch->nud & NUD_PERMANENT)
		return ctl_fail(c, -EINVAL, "Error: Invalid NTF_* flag for permanent entry.");
	/* A state that has an address needs one. */
	if (!ch->has_mac && !ch->use && !ch->managed && (ch->nud & NUD_VALID) &&
	    !(n && (n->nud_state & NUD_VALID)))
		return ctl_fail(c, -EINVAL, "Error: No link layer address given.");
	if (!n && is_without_ipv6(ch))
		return ctl_fail(c, -EINVAL, "Error: IPv6 is disabled on this device.");
	return 0;
}

int ctl_neigh_add(struct ctl *c, bool may_be_new, bool may_exist)
{
	struct neigh_change ch = { 0 };
	struct neighbour *n;
	int err = change_parse(c, &ch);

	if (!err)
		err = change_complete(c, &ch);
	if (err)
		return err;
	if (ch.proxy)
		return proxy_add(c, &ch);
	if (!ch.has_nud)
		ch.nud = ch.use || ch.managed ? NUD_NONE : NUD_PERMANENT;
	n = neigh_lookup(ch.tbl, ch.key, ch.dev);
	if (n && !may_exist)
		return rtnl_error(c, -EEXIST);
	if (!n && !may_be_new)
		return rtnl_error(c, -ENOENT);
	err = neigh_check(c, &ch, n);
	if (err)
		return err;
	if (!n)
		n = neigh_get_or_create(ch.tbl, ch.key, ch.dev);
	if (!n)
		return rtnl_error(c, -ENOBUFS);
	if (ch.protocol)
		n->protocol = ch.protocol;
	err = neigh_update(n, ch.has_mac ? ch.mac : NULL, ch.nud, update_flags(&ch));
	return err ? rtnl_error(c, err) : 0;
}

int ctl_neigh_del(struct ctl *c)
{
	struct neigh_change ch = { 0 };
	int err = change_parse(c, &ch);

	if (!err)
		err = change_complete(c, &ch);
	if (err)
		return err;
	err = ch.proxy ? pneigh_delete(ch.tbl, ch.key, ch.dev) :
			 neigh_delete(ch.tbl, ch.key, ch.dev);
	return err ? rtnl_error(c, err) : 0;
}

int ctl_neigh_get(struct ctl *c)
{
	struct neigh_change ch = { 0 };
	struct pneigh_entry *p;
	struct neighbour *n;
	int err = change_parse(c, &ch);

	if (err)
		return err;
	if (!ch.has_addr || !ch.dev)
		return ctl_fail(c, -EINVAL, "Device and address are required arguments.");
	if (ch.proxy) {
		p = pneigh_lookup(ch.tbl, ch.key, ch.dev);
		if (!p)
			return ctl_fail(c, -ENOENT, "Error: Proxy neighbour entry not found.");
		proxy_show_one(c, ch.tbl, p);
		return 0;
	}
	n = neigh_lookup(ch.tbl, ch.key, ch.dev);
	if (!n)
		return ctl_fail(c, -ENOENT, "Error: Neighbour entry not found.");
	neigh_show_one(c, n);
	return 0;
}
