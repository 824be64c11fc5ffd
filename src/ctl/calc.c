/* SPDX-License-Identifier: MIT */
#include "ctl/calc.h"

#include "ctl/args.h"
#include "ctl/help.h"
#include "wire/inet_addr.h"

/* Address blocks with a meaning of their own, longest prefix first (RFC 6890 and its kin). */
static const struct {
	u32 addr;
	u8 plen;
	char text[60];
} blocks[] = {
	{ 0xffffffff, 32, "limited broadcast (RFC 919)" },
	{ 0xe0000000, 24, "multicast on the own link (RFC 5771)" },
	{ 0xc0000200, 24, "for documentation, TEST-NET-1 (RFC 5737)" },
	{ 0xc6336400, 24, "for documentation, TEST-NET-2 (RFC 5737)" },
	{ 0xcb007100, 24, "for documentation, TEST-NET-3 (RFC 5737)" },
	{ 0xc0a80000, 16, "private use (RFC 1918)" },
	{ 0xa9fe0000, 16, "link-local (RFC 3927)" },
	{ 0xc6120000, 15, "for benchmarks (RFC 2544)" },
	{ 0xac100000, 12, "private use (RFC 1918)" },
	{ 0x64400000, 10, "shared by carriers' NATs (RFC 6598)" },
	{ 0x00000000, 8, "\"this network\" (RFC 1122)" },
	{ 0x0a000000, 8, "private use (RFC 1918)" },
	{ 0x7f000000, 8, "loopback (RFC 1122)" },
	{ 0xe0000000, 4, "multicast (RFC 5771)" },
	{ 0xf0000000, 4, "reserved (RFC 1112)" },
};

static const char *block_text(be32 addr)
{
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		if (inet_same_network(addr, cpu_to_be32(blocks[i].addr), blocks[i].plen))
			return blocks[i].text;
	return "public";
}

static char class_letter(u32 a)
{
	return a < 0x80000000 ? 'A' : a < 0xc0000000 ? 'B' : a < 0xe0000000 ? 'C' :
	       a < 0xf0000000 ? 'D' : 'E';
}

/* The length that the address's class had before RFC 1519; 0: the class had no networks. */
static unsigned class_plen(u32 a)
{
	return a < 0x80000000 ? 8 : a < 0xc0000000 ? 16 : a < 0xe0000000 ? 24 : 0;
}

/* Four groups of eight; a bar stands between network and host. */
static void put_bits(struct strbuf *out, be32 addr, unsigned plen)
{
	u32 a = be32_to_cpu(addr);

	for (unsigned i = 0; i < 32; i++) {
		if (i && i == plen)
			sb_putc(out, '|');
		else if (i && i % 8 == 0)
			sb_putc(out, '.');
		sb_putc(out, a >> (31 - i) & 1 ? '1' : '0');
	}
}

void calc_row(struct calc_out *o, const char *name, const char *key, const char *value,
	      const char *note)
{
	if (o->js)
		json_str(o->js, key, value);
	else
		sb_printf(o->sb, "%-12s %s%s%s\n", name, value, note ? "; " : "", note ? note : "");
}

static void put_row(struct calc_out *o, const char *name, const char *key, be32 addr,
		    unsigned plen)
{
	char text[INET_STR_MAX];

	inet_addr_str(addr, text);
	if (o->js) {
		json_str(o->js, key, text);
		return;
	}
	sb_printf(o->sb, "%-12s %-18s ", name, text);
	put_bits(o->sb, addr, plen);
	sb_putc(o->sb, '\n');
}

static void put_count(struct calc_out *o, u64 hosts, be32 network, unsigned plen)
{
	char text[INET_STR_MAX];

	if (o->js) {
		json_uint(o->js, "hosts", hosts);
		return;
	}
	sb_printf(o->sb, "%-12s %llu", "Hosts", ull(hosts));
	if (plen < 31)
		sb_printf(o->sb, " (2^%u addresses, less %s and the broadcast address)", 32 - plen,
			  inet_addr_str(network, text));
	else if (plen == 31)
		sb_puts(o->sb, " (a link between two, RFC 3021: no broadcast address)");
	sb_putc(o->sb, '\n');
}

/* RFC 3021: in a /31 both addresses are hosts; a /32 is one host. */
static void put_hosts(struct calc_out *o, be32 network, be32 broadcast, unsigned plen)
{
	u32 first = be32_to_cpu(network) + (plen < 31);
	u32 last = be32_to_cpu(broadcast) - (plen < 31);

	if (plen < 31)
		put_row(o, "Broadcast", "broadcast", broadcast, plen);
	put_row(o, "First host", "first_host", cpu_to_be32(first), plen);
	put_row(o, "Last host", "last_host", cpu_to_be32(last), plen);
	put_count(o, (u64)last - first + 1, network, plen);
}

static const char *role(be32 addr, unsigned plen)
{
	be32 host = addr & ~inet_make_mask(plen);

	if (plen >= 31 || ipv4_is_multicast(addr) || ipv4_is_class_e(addr))
		return NULL;
	if (!host)
		return "the address of the network itself, not of a host";
	return host == (be32)~inet_make_mask(plen) ?
	       "the broadcast address of its network, not a host's" : NULL;
}

static void put_notes(struct calc_out *o, be32 addr, unsigned plen)
{
	u32 a = be32_to_cpu(addr);
	unsigned by_class = class_plen(a);
	char class[] = { class_letter(a), 0 };

	calc_row(o, "Kind", "kind", block_text(addr), role(addr, plen));
	if (o->js) {
		json_str(o->js, "class", class);
		return;
	}
	sb_printf(o->sb, "%-12s %s", "Class", class);
	if (by_class)
		sb_printf(o->sb, ", in its time /%u; since 1993 only the mask tells (RFC 4632)",
			  by_class);
	sb_putc(o->sb, '\n');
}

static void calc4(struct calc_out *o, be32 addr, unsigned plen)
{
	be32 mask = inet_make_mask(plen), network = addr & mask;

	put_row(o, "Address", "address", addr, plen);
	if (o->js)
		json_uint(o->js, "prefixlen", plen);
	put_row(o, "Mask", "mask", mask, plen);
	put_row(o, "Wildcard", "wildcard", ~mask, plen);
	put_row(o, "Network", "network", network, plen);
	put_row(o, "Host", "host", addr & ~mask, plen);
	if (!ipv4_is_multicast(addr) && !ipv4_is_class_e(addr))
		put_hosts(o, network, network | ~mask, plen);
	put_notes(o, addr, plen);
}

/* False: it is no address. */
static bool calc(const char *arg, struct calc_out *o)
{
	struct ip6_addr addr6;
	struct arg_prefix p;
	u8 plen;

	if (strchr(arg, ':')) {
		if (!ip6_prefix_parse(arg, &addr6, &plen))
			return false;
		if (o->js)
			json_object_begin(o->js, NULL);
		calc6(o, &addr6, plen);
	} else {
		if (!prefix_parse(arg, &p))
			return false;
		if (o->js)
			json_object_begin(o->js, NULL);
		calc4(o, p.addr, p.any ? 0 : p.plen);
	}
	if (o->js)
		json_object_end(o->js);
	return true;
}

int calc_json(const char *arg, struct json *js)
{
	struct calc_out o = { .js = js };

	return calc(arg, &o) ? 0 : -EINVAL;
}

int calc_addr(const char *arg, struct strbuf *out)
{
	struct calc_out o = { .sb = out };

	if (calc(arg, &o))
		return 0;
	sb_printf(out, "Error: inet prefix is expected rather than \"%s\" "
		  "(as 10.100.122.2/24, 10.100.122.2/255.255.255.0 or 2001:db8::1/64).\n", arg);
	return -EINVAL;
}

int ctl_calc(struct ctl *c)
{
	const char *w = arg_next(c);
	int err = 0;

	if (arg_wants_help(w))
		return ctl_print(c, HELP_CALC);
	if (!w)
		return ctl_usage(c, HELP_CALC);
	for (; w && !err; w = arg_next(c)) {
		err = calc_addr(w, c->out);
		if (!err && arg_more(c))
			sb_putc(c->out, '\n');
	}
	return err;
}
