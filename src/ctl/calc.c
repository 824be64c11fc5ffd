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

static void put_row(struct strbuf *out, const char *name, be32 addr, unsigned plen)
{
	char text[INET_STR_MAX];

	sb_printf(out, "%-12s %-18s ", name, inet_addr_str(addr, text));
	put_bits(out, addr, plen);
	sb_putc(out, '\n');
}

/* RFC 3021: in a /31 both addresses are hosts; a /32 is one host. */
static void put_hosts(struct strbuf *out, be32 network, be32 broadcast, unsigned plen)
{
	u32 first = be32_to_cpu(network) + (plen < 31);
	u32 last = be32_to_cpu(broadcast) - (plen < 31);
	char text[INET_STR_MAX];

	if (plen < 31)
		put_row(out, "Broadcast", broadcast, plen);
	put_row(out, "First host", cpu_to_be32(first), plen);
	put_row(out, "Last host", cpu_to_be32(last), plen);
	sb_printf(out, "%-12s %llu", "Hosts", ull(last) - first + 1);
	if (plen < 31)
		sb_printf(out, " (2^%u addresses, less %s and the broadcast address)", 32 - plen,
			  inet_addr_str(network, text));
	else if (plen == 31)
		sb_puts(out, " (a link between two, RFC 3021: no broadcast address)");
	sb_putc(out, '\n');
}

static void put_notes(struct strbuf *out, be32 addr, unsigned plen)
{
	u32 a = be32_to_cpu(addr);
	be32 host = addr & ~inet_make_mask(plen);
	unsigned by_class = class_plen(a);

	sb_printf(out, "%-12s %s", "Kind", block_text(addr));
	if (plen < 31 && !ipv4_is_multicast(addr) && !ipv4_is_class_e(addr)) {
		if (!host)
			sb_puts(out, "; the address of the network itself, not of a host");
		else if (host == (be32)~inet_make_mask(plen))
			sb_puts(out, "; the broadcast address of its network, not a host's");
	}
	sb_printf(out, "\n%-12s %c", "Class", class_letter(a));
	if (by_class)
		sb_printf(out, ", in its time /%u; since 1993 only the mask tells (RFC 4632)",
			  by_class);
	sb_putc(out, '\n');
}

int calc_addr(const char *arg, struct strbuf *out)
{
	struct arg_prefix p;
	be32 mask, network;

	if (!prefix_parse(arg, &p)) {
		sb_printf(out, "Error: inet prefix is expected rather than \"%s\" "
			  "(as 10.100.122.2/24 or 10.100.122.2/255.255.255.0).\n", arg);
		return -EINVAL;
	}
	if (p.any)
		p.plen = 0;
	mask = inet_make_mask(p.plen);
	network = p.addr & mask;
	put_row(out, "Address", p.addr, p.plen);
	put_row(out, "Mask", mask, p.plen);
	put_row(out, "Wildcard", ~mask, p.plen);
	put_row(out, "Network", network, p.plen);
	put_row(out, "Host", p.addr & ~mask, p.plen);
	if (!ipv4_is_multicast(p.addr) && !ipv4_is_class_e(p.addr))
		put_hosts(out, network, network | ~mask, p.plen);
	put_notes(out, p.addr, p.plen);
	return 0;
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
