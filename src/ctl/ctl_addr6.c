/* SPDX-License-Identifier: MIT */
/* ip -6 addr: the IPv6 addresses of devices. */
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/rtnames.h"
#include "net/ipv6/addrconf_peer.h"

bool ctl_wants_inet6(const struct ctl *c)
{
	struct ip6_addr a;
	u8 plen;

	if (c->family)
		return c->family == LN_AF_INET6;
	for (int i = c->pos; i < c->argc; i++)
		if (strchr(c->argv[i], ':') && ip6_prefix_parse(c->argv[i], &a, &plen))
			return true;
	return false;
}

int arg_addr6(struct ctl *c, struct ip6_addr *addr)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !ip6_addr_parse(w, addr))
		err = ctl_fail(c, -EINVAL,
			       "Error: inet6 address is expected rather than \"%s\".", w);
	return err;
}

int arg_prefix6(struct ctl *c, struct ip6_addr *addr, u8 *plen)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && (arg_is(w, "any") || arg_is(w, "all")))
		w = "default";
	if (!err && !ip6_prefix_parse(w, addr, plen))
		err = ctl_fail(c, -EINVAL,
			       "Error: inet6 prefix is expected rather than \"%s\".", w);
	return err;
}

/* ---- show ---- */

static bool chosen(const struct addr6_filter *f, const struct inet6_ifaddr *ifp)
{
	return !f->none && (!f->has_scope || f->scope == ifp->scope);
}

bool addr6_any(const struct addr6_filter *f, const struct net_device *dev)
{
	const struct inet6_ifaddr *ifp;

	if (dev->ip6_ptr)
		list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list)
			if (chosen(f, ifp))
				return true;
	return false;
}

/* Seconds that are left; UINT32_MAX: for ever. */
u32 addr_lft_left(const struct net *net, ktime_t until)
{
	if (until == KTIME_MAX)
		return UINT32_MAX;
	return until <= net->now ? 0 : (u32)div_round_up((u64)(until - net->now), NSEC_PER_SEC);
}

static const struct {
	u16 flag;
	char name[16];
} flag_names[] = {
	{ IFA_F_TEMPORARY, "temporary" },	{ IFA_F_NODAD, "nodad" },
	{ IFA_F_OPTIMISTIC, "optimistic" },	{ IFA_F_DADFAILED, "dadfailed" },
	{ IFA_F_DEPRECATED, "deprecated" },
	{ IFA_F_TENTATIVE, "tentative" },	{ IFA_F_PERMANENT, "dynamic" },
	{ IFA_F_MANAGETEMPADDR, "mngtmpaddr" },	{ IFA_F_NOPREFIXROUTE, "noprefixroute" },
	{ IFA_F_STABLE_PRIVACY, "stable-privacy" },
};

/* What has no end is not said: who has one is dynamic. */
static bool shows_flag(const struct inet6_ifaddr *ifp, size_t i)
{
	return !(ifp->flags & flag_names[i].flag) == (flag_names[i].flag == IFA_F_PERMANENT);
}

/* "120sec", or "forever". */
static void put_left(struct strbuf *sb, const struct net *net, ktime_t until)
{
	if (until == KTIME_MAX)
		sb_puts(sb, "forever");
	else
		sb_printf(sb, "%usec", addr_lft_left(net, until));
}

void addr_put_lft(struct ctl *c, ktime_t valid_until, ktime_t preferred_until)
{
	sb_puts(c->out, "       valid_lft ");
	put_left(c->out, c->net, valid_until);
	sb_puts(c->out, " preferred_lft ");
	put_left(c->out, c->net, preferred_until);
	sb_putc(c->out, '\n');
}

static void put_addrs(struct strbuf *out, const struct inet6_ifaddr *ifp)
{
	sb_ip6_addr(out, &ifp->addr);
	if (!ipv6_addr_any(&ifp->peer_addr)) {
		sb_puts(out, " peer ");
		sb_ip6_addr(out, &ifp->peer_addr);
	}
	sb_printf(out, "/%u ", ifp->prefix_len);
}

static void put_ifaddr(struct ctl *c, const struct inet6_ifaddr *ifp)
{
	sb_puts(c->out, "    inet6 ");
	put_addrs(c->out, ifp);
	sb_puts(c->out, "scope ");
	rt_put_scope(c->out, ifp->scope);
	sb_putc(c->out, ' ');
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (shows_flag(ifp, i))
			sb_printf(c->out, "%s ", flag_names[i].name);
	ctl_nl(c);
	addr_put_lft(c, ifp->valid_until, ifp->preferred_until);
}

void addr6_show(struct ctl *c, const struct addr6_filter *f, const struct net_device *dev)
{
	const struct inet6_ifaddr *ifp;

	if (!dev->ip6_ptr)
		return;
	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list) {
		if (!chosen(f, ifp))
			continue;
		if (c->brief) {
			put_addrs(c->out, ifp);
			continue;
		}
		if (c->oneline)
			sb_printf(c->out, "%d: %s", dev->ifindex, dev->name);
		put_ifaddr(c, ifp);
	}
}

void addr6_json(struct ctl *c, const struct addr6_filter *f, const struct net_device *dev)
{
	const struct inet6_ifaddr *ifp;
	struct json *js = &c->js;
	char text[IP6_STR_MAX], scope[12];
	struct strbuf sb;

	if (!dev->ip6_ptr)
		return;
	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list) {
		if (!chosen(f, ifp))
			continue;
		json_object_begin(js, NULL);
		if (!c->brief)
			json_str(js, "family", "inet6");
		json_str(js, "local", ip6_addr_str(&ifp->addr, text));
		if (!ipv6_addr_any(&ifp->peer_addr))
			json_str(js, "address", ip6_addr_str(&ifp->peer_addr, text));
		json_uint(js, "prefixlen", ifp->prefix_len);
		if (!c->brief) {
			sb_init(&sb, scope, sizeof(scope));
			rt_put_scope(&sb, ifp->scope);
			json_str(js, "scope", scope);
			for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
				if (shows_flag(ifp, i))
					json_bool(js, flag_names[i].name, true);
			json_uint(js, "valid_life_time",
				  addr_lft_left(c->net, ifp->valid_until));
			json_uint(js, "preferred_life_time",
				  addr_lft_left(c->net, ifp->preferred_until));
		}
		json_object_end(js);
	}
}

u32 addr6_flush(const struct addr6_filter *f, struct net_device *dev)
{
	struct inet6_ifaddr *ifp, *next;
	u32 deleted = 0;

	if (dev->ip6_ptr) {
		list_for_each_entry_safe(ifp, next, &dev->ip6_ptr->addr_list, list) {
			struct ip6_addr a = ifp->addr;

			if (chosen(f, ifp))
				deleted += !inet6_addr_del(dev, &a, ifp->prefix_len);
		}
	}
	return deleted;
}

/* ---- add, replace, delete ---- */

struct addr6_change {
	struct ip6_addr addr, peer;
	const char *dev_name;
	u16 flags;
	u8 plen, peer_plen;
	bool has_addr, has_peer;
	u32 valid_s, preferred_s;
};

int arg_lft(struct ctl *c, const char *w, u32 *valid_s, u32 *preferred_s)
{
	u32 *lft = arg_is(w, "valid_lft") ? valid_s : preferred_s;

	*lft = UINT32_MAX;
	return arg_take(c, "forever") ? 0 : arg_u32(c, w, lft);
}

int addr_lft_check(struct ctl *c, u32 valid_s, u32 preferred_s)
{
	if (!valid_s)
		return ctl_fail(c, -EINVAL, "valid_lft is zero");
	if (valid_s < preferred_s)
		return ctl_fail(c, -EINVAL, "preferred_lft is greater than valid_lft");
	return 0;
}

static int change_word(struct ctl *c, const char *w, struct addr6_change *ch)
{
	if (arg_is(w, "dev"))
		return arg_value(c, &ch->dev_name);
	if (arg_is(w, "nodad") || arg_is(w, "noprefixroute")) {
		ch->flags |= arg_is(w, "nodad") ? IFA_F_NODAD : IFA_F_NOPREFIXROUTE;
		return 0;
	}
	if (arg_is(w, "scope"))		/* it follows from the address */
		return arg_value(c, &w);
	if (arg_is(w, "valid_lft") || arg_is(w, "preferred_lft"))
		return arg_lft(c, w, &ch->valid_s, &ch->preferred_s);
	if (arg_is(w, "mngtmpaddr")) {
		ch->flags |= IFA_F_MANAGETEMPADDR;
		return 0;
	}
	if (arg_is(w, "peer") || arg_is(w, "remote")) {
		if (ch->has_peer)
			return arg_garbage(c, "peer", w);
		ch->has_peer = true;
		return arg_prefix6(c, &ch->peer, &ch->peer_plen);
	}
	if (arg_is(w, "optimistic")) {
		ch->flags |= IFA_F_OPTIMISTIC;
		return 0;
	}
	if (arg_is(w, "anycast") || arg_is(w, "home"))
		return ctl_fail(c, -EOPNOTSUPP, "Error: \"%s\" is not supported.", w);
	if (ch->has_addr)
		return arg_garbage(c, "local", w);
	if (!arg_is(w, "local"))
		c->pos--;
	ch->has_addr = true;
	return arg_prefix6(c, &ch->addr, &ch->plen);
}

static int add_error(struct ctl *c, int err)
{
	switch (err) {
	case -EEXIST:
		return ctl_fail(c, err, "Error: ipv6: address already assigned.");
	case -EACCES:
		return ctl_fail(c, err, "Error: ipv6: IPv6 is disabled on this device.");
	case -EADDRNOTAVAIL:
		return ctl_fail(c, err, "Error: ipv6: Invalid address.");
	default:
		return rtnl_error(c, err);
	}
}

int ctl_addr6_change(struct ctl *c, bool add, bool replace)
{
	struct addr6_change ch = { .plen = 128, .valid_s = UINT32_MAX, .preferred_s = UINT32_MAX };
	struct net_device *dev;
	const char *w;
	int err;

	while ((w = arg_next(c))) {
		err = change_word(c, w, &ch);
		if (err)
			return err;
	}
	if (ch.has_peer)
		ch.plen = ch.peer_plen;
	err = add ? addr_lft_check(c, ch.valid_s, ch.preferred_s) : 0;
	if (err)
		return err;
	if (add && ch.flags & IFA_F_MANAGETEMPADDR && ch.plen != 64)
		return ctl_fail(c, -EINVAL, "Error: ipv6: address with \"mngtmpaddr\" flag must "
				"have a prefix length of 64.");
	if (!ch.dev_name)
		return ctl_fail(c, -EINVAL,
				"Not enough information: \"dev\" argument is required.");
	err = ctl_find_dev(c, ch.dev_name, &dev);
	if (err)
		return err;
	if (!ch.has_addr)
		return rtnl_error(c, -EOPNOTSUPP);
	if (!add)
		err = inet6_addr_del(dev, &ch.addr, ch.plen);
	if (!add)
		return err ? ctl_fail(c, err, "Error: ipv6: address not found.") : 0;
	err = replace ? inet6_addr_modify(dev, &ch.addr, ch.flags, ch.valid_s, ch.preferred_s) :
			-EADDRNOTAVAIL;
	if (err == -EADDRNOTAVAIL)
		err = inet6_addr_add_lft(dev, &ch.addr, ch.plen, ch.flags, ch.valid_s,
					 ch.preferred_s);
	if (!err)
		err = inet6_addr_set_peer(dev, &ch.addr, &ch.peer);
	return err ? add_error(c, err) : 0;
}
