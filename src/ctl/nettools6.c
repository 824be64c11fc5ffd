/* SPDX-License-Identifier: MIT */
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/link.h"
#include "ctl/nettools6.h"
#include "ctl/route.h"

/* Linux's, of IPv6's routes; those of both families: ctl/route.h */
#define RTF_DEFAULT 0x00010000u
#define RTF_ADDRCONF 0x00040000u
#define RTF_NONEXTHOP 0x00200000u
#define RTF_EXPIRES 0x00400000u
#define RTF_LOCAL 0x80000000u

/* ---- routes ---- */

static u32 flags_of(const struct fib6_config *r)
{
	u32 flags = r->type == RTN_UNREACHABLE || r->type == RTN_PROHIBIT ||
		    r->type == RTN_BLACKHOLE || r->type == RTN_THROW ?
		    RTF_REJECT | RTF_NONEXTHOP : RTF_UP;
	ktime_t until;

	if (r->has_gateway)
		flags |= RTF_GATEWAY;
	if (r->type == RTN_LOCAL)
		flags |= RTF_LOCAL | RTF_NONEXTHOP;
	if (r->protocol == RTPROT_RA)
		flags |= RTF_ADDRCONF | (r->plen ? 0 : RTF_DEFAULT);
	if (ipv6_ra_route(r, &until))
		flags |= RTF_ADDRCONF | RTF_EXPIRES;
	return flags;
}

struct route6_show {
	struct ctl *c;
	bool numeric;
};

static void put_any(struct strbuf *sb, const struct route6_show *s, const struct ip6_addr *a)
{
	if (ipv6_addr_any(a) && !s->numeric)
		sb_puts(sb, "[::]");
	else
		sb_ip6_addr(sb, a);
}

static int put_route(const struct fib6_config *r, void *ctx)
{
	static const struct {
		u32 flag;
		char letter;
	} letters[] = {
		{ RTF_GATEWAY, 'G' }, { RTF_DEFAULT, 'D' }, { RTF_ADDRCONF, 'A' },
		{ RTF_EXPIRES, 'e' }, { RTF_NONEXTHOP, 'n' },
	};
	const struct route6_show *s = ctx;
	char dst[IP6_PREFIX_STR_MAX], gw[IP6_STR_MAX], flags[8];
	struct ip6_addr none = IN6ADDR_ANY;
	u32 f = flags_of(r);
	struct strbuf sb;

	sb_init(&sb, dst, sizeof(dst));
	put_any(&sb, s, &r->dst);
	sb_printf(&sb, "/%u", r->plen);
	sb_init(&sb, gw, sizeof(gw));
	put_any(&sb, s, r->has_gateway ? &r->gateway : &none);
	sb_init(&sb, flags, sizeof(flags));
	sb_putc(&sb, f & RTF_REJECT ? '!' : 'U');
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (f & letters[i].flag)
			sb_putc(&sb, letters[i].letter);
	sb_printf(s->c->out, "%-30s %-26s %-4s %-3u %-1d%7d %s\n", dst, gw, flags, r->metric, 1, 0,
		  r->dev ? r->dev->name : "lo");
	return 0;
}

void route6_table_print(struct ctl *c, bool numeric)
{
	struct route6_show s = { .c = c, .numeric = numeric };

	sb_puts(c->out, "Kernel IPv6 routing table\n"
		"Destination                    Next Hop                   Flag Met Ref  Use If\n");
	fib6_for_each(c->net, put_route, &s);
}

struct route6_words {
	struct fib6_config cfg;
	const char *dev_name;
};

static int bad_use(struct ctl *c)
{
	return ctl_usage(c, HELP_ROUTE);
}

static int no_host(struct ctl *c, const char *w)
{
	return ctl_fail(c, -EINVAL, "%s: Host name lookup failure", w);
}

static int route6_word(struct ctl *c, const char *w, struct route6_words *rw)
{
	u64 v;

	if (arg_is(w, "gw") || arg_is(w, "gateway")) {
		w = arg_next(c);
		rw->cfg.has_gateway = true;
		return !w ? bad_use(c) : ip6_addr_parse(w, &rw->cfg.gateway) ? 0 : no_host(c, w);
	}
	if (arg_is(w, "metric")) {
		w = arg_next(c);
		if (!w || !parse_u64(w, UINT32_MAX, &v))
			return bad_use(c);
		rw->cfg.metric = (u32)v;
		return 0;
	}
	if (arg_is(w, "mod") || arg_is(w, "dyn"))
		return 0;
	if (arg_is(w, "dev") || arg_is(w, "device"))
		w = arg_next(c);
	if (!w || rw->dev_name)
		return bad_use(c);
	rw->dev_name = w;
	return 0;
}

int route6_modify(struct ctl *c, bool add)
{
	const char *what = add ? "SIOCADDRT" : "SIOCDELRT";
	struct route6_words rw = { .cfg = { .metric = add, .excl = true } };
	const char *w = arg_next(c);
	int err = 0;

	while (arg_is(w, "-net") || arg_is(w, "-host"))
		w = arg_next(c);
	if (!w)
		return bad_use(c);
	if (!arg_is(w, "default") && !ip6_prefix_parse(w, &rw.cfg.dst, &rw.cfg.plen))
		return no_host(c, w);
	while (!err && (w = arg_next(c)))
		err = route6_word(c, w, &rw);
	if (err)
		return err;
	if (rw.dev_name) {
		rw.cfg.dev = dev_get_by_name(c->net, rw.dev_name);
		if (!rw.cfg.dev)
			return ctl_fail(c, -ENODEV, "SIOGIFINDEX: No such device");
	}
	err = add ? ip6_route_add(c->net, &rw.cfg) : ip6_route_del(c->net, &rw.cfg);
	return err ? ctl_fail(c, err, "%s: %s", what, errno_text(err)) : 0;
}

static void put_hex(struct strbuf *sb, const struct ip6_addr *a)
{
	for (int i = 0; i < 16; i++)
		sb_printf(sb, "%02x", a->s6_addr[i]);
}

static int proc_route(const struct fib6_config *r, void *ctx)
{
	static const struct ip6_addr none = IN6ADDR_ANY;
	struct strbuf *out = ((struct ctl *)ctx)->out;

	put_hex(out, &r->dst);
	sb_printf(out, " %02x ", r->plen);
	put_hex(out, &none);
	sb_puts(out, " 00 ");
	put_hex(out, r->has_gateway ? &r->gateway : &none);
	sb_printf(out, " %08x %08x %08x %08x %8s\n", r->metric, 1, 0, flags_of(r),
		  r->dev ? r->dev->name : "lo");
	return 0;
}

int proc_net_ipv6_route(struct ctl *c)
{
	fib6_for_each(c->net, proc_route, c);
	return 0;
}

/* ---- addresses ---- */

/* Linux's numbers for scopes there. */
static u8 scope_id(const struct inet6_ifaddr *ifp)
{
	switch (ifp->scope) {
	case RT_SCOPE_HOST:
		return 0x10;
	case RT_SCOPE_LINK:
		return 0x20;
	case RT_SCOPE_SITE:
		return 0x40;
	default:
		return 0;
	}
}

void ifconfig6_show(struct ctl *c, const struct net_device *dev)
{
	const struct inet6_ifaddr *ifp;
	char text[IP6_STR_MAX];

	if (!dev->ip6_ptr)
		return;
	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list) {
		u8 id = scope_id(ifp);

		sb_printf(c->out, "        inet6 %s  prefixlen %u  scopeid 0x%x<%s>\n",
			  ip6_addr_str(&ifp->addr, text), ifp->prefix_len, id,
			  id == 0x10 ? "host" : id == 0x20 ? "link" : id ? "site" : "global");
	}
}

int ifconfig6_change(struct ctl *c, struct net_device *dev, bool add)
{
	const char *w = arg_next(c);
	struct ip6_addr a;
	u8 plen;
	int err;

	if (!w)
		return ctl_usage(c, HELP_IFCONFIG);
	if (!ip6_prefix_parse(w, &a, &plen))
		return no_host(c, w);
	err = add ? inet6_addr_add(dev, &a, plen, 0) : inet6_addr_del(dev, &a, plen);
	return err ? ctl_fail(c, err, "%s: %s", add ? "SIOCSIFADDR" : "SIOCDIFADDR",
			      errno_text(err)) : 0;
}

int proc_net_if_inet6(struct ctl *c)
{
	const struct inet6_ifaddr *ifp;
	struct net_device *dev;

	for_each_link(c, dev) {
		if (!dev->ip6_ptr)
			continue;
		list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list) {
			put_hex(c->out, &ifp->addr);
			sb_printf(c->out, " %02x %02x %02x %02x %8s\n", dev->ifindex,
				  ifp->prefix_len, scope_id(ifp), (u8)ifp->flags, dev->name);
		}
	}
	return 0;
}
