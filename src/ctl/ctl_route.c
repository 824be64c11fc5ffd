/* SPDX-License-Identifier: MIT */
/* route: the routing table as net-tools show and change it. */
#include "ctl/route.h"

#include "ctl/help.h"
#include "ctl/nettools6.h"
#include "net/ipv4/ip.h"
#include "wire/inet_addr.h"

/* RTF_* as letters: up, gateway, host, reject. */
u32 route_flags(const struct fib_route_info *r)
{
	u32 flags = r->dead ? 0 : RTF_UP;

	if (r->gateway)
		flags |= RTF_GATEWAY;
	if (r->prefixlen == 32)
		flags |= RTF_HOST;
	if (r->type == RTN_UNREACHABLE || r->type == RTN_PROHIBIT)
		flags |= RTF_REJECT;
	return flags;
}

struct route_table_show {
	struct ctl *c;
	unsigned ext;		/* 1: route -n, 2: netstat -rn (-e), 3: -ee */
	bool numeric;
};

static const char *dst_name(const struct route_table_show *s, const struct fib_route_info *r,
			    char text[INET_STR_MAX])
{
	if (!r->prefixlen && !s->numeric)
		return "default";
	return inet_addr_str(r->dst, text);
}

/* What stands behind the flags. A rejecting route has no numbers but its metric. */
static void put_tail(const struct route_table_show *s, const struct fib_route_info *r, bool reject)
{
	struct strbuf *out = s->c->out;
	const char *dev = reject ? "-" : r->dev ? r->dev->name : "*", *none = reject ? "-" : "0";
	char mtu[12];
	struct strbuf sb;

	sb_init(&sb, mtu, sizeof(mtu));
	sb_printf(&sb, "%u", r->mtu);
	if (s->ext == 2) {
		sb_printf(out, "%5s %-5s %6s %s\n", reject ? "-" : mtu, none, none, dev);
		return;
	}
	sb_printf(out, "%-6u %-2s %7d ", r->priority, none, 0);
	if (s->ext == 1)
		sb_printf(out, "%s\n", dev);
	else
		sb_printf(out, "%-8s %-5s %-6s %s\n", dev, reject ? "-" : mtu, none, none);
}

static int put_route(const struct fib_route_info *r, void *ctx)
{
	const struct route_table_show *s = ctx;
	char dst[INET_STR_MAX], gw[INET_STR_MAX], mask[INET_STR_MAX], flags[8];
	u32 f = route_flags(r);
	bool reject = f & RTF_REJECT;
	struct strbuf sb;

	/* What these tools never saw: broadcast and throw routes. */
	if (r->type == RTN_BROADCAST || r->type == RTN_MULTICAST || r->type == RTN_THROW ||
	    (!(f & RTF_UP) && !reject))
		return 0;
	sb_init(&sb, flags, sizeof(flags));
	if (reject)
		sb_putc(&sb, '!');
	else
		sb_printf(&sb, "U%s%s", f & RTF_GATEWAY ? "G" : "", f & RTF_HOST ? "H" : "");
	sb_printf(s->c->out, "%-15s %-15s %-15s %-*s", dst_name(s, r, dst),
		  reject ? "-" : inet_addr_str(r->gateway, gw),
		  inet_addr_str(inet_make_mask(r->prefixlen), mask), 6, flags);
	put_tail(s, r, reject);
	return 0;
}

void route_table_print(struct ctl *c, unsigned ext, bool numeric)
{
	struct route_table_show s = { .c = c, .ext = ext, .numeric = numeric };

	sb_puts(c->out, "Kernel IP routing table\n"
		"Destination     Gateway         Genmask         Flags ");
	if (ext == 1)
		sb_puts(c->out, "Metric Ref    Use Iface\n");
	else if (ext == 2)
		sb_puts(c->out, "  MSS Window  irtt Iface\n");
	else
		sb_puts(c->out, "Metric Ref    Use Iface    MSS   Window irtt\n");
	fib_for_each(c->net, RT_TABLE_MAIN, put_route, &s);
}

/* ---- add, del ---- */

static int bad_use(struct ctl *c, const char *fmt, const char *arg)
{
	if (fmt)
		sb_printf(c->out, fmt[0] == 'm' ? "route: netmask doesn't match route address\n" :
			  "route: bogus netmask %s\n", arg);
	return ctl_usage(c, HELP_ROUTE);
}

struct route_words {
	struct fib_config cfg;
	bool net, host, has_mask;
	const char *dev_name;
};

static int word_mask(struct ctl *c, struct route_words *rw)
{
	const char *w = arg_next(c);
	be32 mask;

	if (!w)
		return bad_use(c, NULL, NULL);
	if (!inet_addr_parse(w, &mask) || !inet_mask_is_contiguous(mask))
		return bad_use(c, "bogus", w);
	rw->cfg.prefixlen = (u8)inet_mask_len(mask);
	rw->has_mask = true;
	return 0;
}

static int word_gateway(struct ctl *c, struct route_words *rw)
{
	const char *w = arg_next(c);

	if (!w)
		return bad_use(c, NULL, NULL);
	if (!inet_addr_parse(w, &rw->cfg.gateway))
		return ctl_fail(c, -EINVAL, "%s: Unknown host", w);
	return 0;
}

static int word_number(struct ctl *c, u32 *value)
{
	const char *w = arg_next(c);
	u64 v;

	if (!w || !parse_u64(w, UINT32_MAX, &v))
		return bad_use(c, NULL, NULL);
	*value = (u32)v;
	return 0;
}

static int route_word(struct ctl *c, const char *w, struct route_words *rw)
{
	u32 ignored;

	if (arg_is(w, "gw") || arg_is(w, "gateway"))
		return word_gateway(c, rw);
	if (arg_is(w, "netmask"))
		return word_mask(c, rw);
	if (arg_is(w, "metric"))
		return word_number(c, &rw->cfg.priority);
	if (arg_is(w, "mss") || arg_is(w, "window") || arg_is(w, "irtt"))
		return word_number(c, &ignored);
	if (arg_is(w, "reject")) {
		rw->cfg.type = RTN_UNREACHABLE;
		return 0;
	}
	if (arg_is(w, "mod") || arg_is(w, "dyn") || arg_is(w, "reinstate"))
		return 0;
	if (arg_is(w, "dev") || arg_is(w, "device")) {
		w = arg_next(c);
		if (!w)
			return bad_use(c, NULL, NULL);
	}
	if (rw->dev_name)
		return bad_use(c, NULL, NULL);
	rw->dev_name = w;
	return 0;
}

/* [-net|-host] default | ADDR[/LEN]; without either, what ends in zeros by class is a network. */
static int word_target(struct ctl *c, struct route_words *rw)
{
	const char *w = arg_next(c);
	struct arg_prefix p;

	while (arg_is(w, "-net") || arg_is(w, "-host")) {
		*(arg_is(w, "-net") ? &rw->net : &rw->host) = true;
		w = arg_next(c);
	}
	if (!w)
		return bad_use(c, NULL, NULL);
	if (!prefix_parse(w, &p))
		return ctl_fail(c, -EINVAL, "%s: Unknown host", w);
	rw->cfg.dst = p.addr;
	rw->has_mask = p.has_len || p.any;
	rw->cfg.prefixlen = p.any ? 0 : p.plen;
	return 0;
}

static u8 class_plen(be32 addr)
{
	u32 a = be32_to_cpu(addr);

	return a < 0x80000000 ? 8 : a < 0xc0000000 ? 16 : 24;
}

static int route_modify(struct ctl *c, bool add)
{
	struct route_words rw = { 0 };
	const char *w;
	int err = word_target(c, &rw);

	while (!err && (w = arg_next(c)))
		err = route_word(c, w, &rw);
	if (err)
		return err;
	if (!rw.has_mask && rw.net)
		rw.cfg.prefixlen = class_plen(rw.cfg.dst);
	if (rw.cfg.dst & ~inet_make_mask(rw.cfg.prefixlen))
		return bad_use(c, "match", NULL);
	if (rw.dev_name) {
		rw.cfg.dev = dev_get_by_name(c->net, rw.dev_name);
		if (!rw.cfg.dev)
			return ctl_fail(c, -ENODEV, "%s: No such device",
					add ? "SIOCADDRT" : "SIOCDELRT");
	}
	if (add) {
		rw.cfg.protocol = RTPROT_BOOT;
		if (!rw.cfg.type)
			rw.cfg.type = RTN_UNICAST;
		err = fib_route_add(c->net, &rw.cfg);
	} else {
		err = fib_route_del(c->net, &rw.cfg);
	}
	if (err)
		ctl_fail(c, err, "%s: %s", add ? "SIOCADDRT" : "SIOCDELRT", errno_text(err));
	return err;
}

int ctl_route(struct ctl *c)
{
	unsigned ext = 1;
	bool numeric = false, inet6 = false;
	const char *w;

	for (w = arg_next(c); w && *w == '-'; w = arg_next(c)) {
		if (arg_is(w, "--inet") || arg_is(w, "--inet6") || arg_is(w, "-A")) {
			w = *++w == 'A' ? arg_next(c) : w + 1;
			inet6 = arg_is(w, "inet6");
			if (!inet6 && !arg_is(w, "inet"))
				return ctl_usage(c, HELP_ROUTE);
			continue;
		}
		if (arg_is(w, "--help") || strchr(w, 'h'))
			return ctl_print(c, HELP_ROUTE);
		for (w++; *w; w++) {
			if (*w == 'n')
				numeric = true;
			else if (*w == 'e')
				ext++;
			else if (*w == '6')
				inet6 = true;
			else if (*w != 'v' && *w != 'F' && *w != 'N' && *w != '4')
				return ctl_usage(c, HELP_ROUTE);
		}
	}
	if (arg_is(w, "help"))
		return ctl_print(c, HELP_ROUTE);
	if (arg_is(w, "add") || arg_is(w, "del"))
		return (inet6 ? route6_modify : route_modify)(c, arg_is(w, "add"));
	if (w)
		return ctl_usage(c, HELP_ROUTE);
	if (inet6)
		route6_table_print(c, numeric);
	else
		route_table_print(c, min(ext, 3u), numeric);
	return 0;
}
