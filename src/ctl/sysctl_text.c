/* SPDX-License-Identifier: MIT */
#include "ctl/sysctl_text.h"

#include "net/netfilter/nf_conntrack.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp.h"

/* As Linux: each of a key's words is four of its bytes, the lowest first. */
void sysctl_put_fastopen_key(struct net *net, struct strbuf *sb)
{
	const struct tcp_fastopen_context *ctx;

	if (!net->tcp)
		return;
	ctx = tcp_fastopen_net_ctx(net);
	for (u8 i = 0; i < ctx->keys; i++) {
		const u64 *k = ctx->key[i].k;

		sb_printf(sb, "%s%08x-%08x-%08x-%08x", i ? "," : "", (u32)k[0], (u32)(k[0] >> 32),
			  (u32)k[1], (u32)(k[1] >> 32));
	}
}

/* Up to eight hexadecimal digits. */
static bool parse_key_word(const char **text, u32 *out)
{
	const char *s = *text;
	u32 v = 0;

	for (; *s && *s != '-' && *s != ','; s++) {
		int digit = hex_digit(*s);

		if (digit < 0 || s - *text == 8)
			return false;
		v = v << 4 | (u32)digit;
	}
	if (s == *text)
		return false;
	*text = s;
	*out = v;
	return true;
}

static bool parse_fastopen_key(const char **text, struct siphash_key *key)
{
	u32 w[4];

	for (unsigned i = 0; i < 4; i++) {
		if (i && *(*text)++ != '-')
			return false;
		if (!parse_key_word(text, &w[i]))
			return false;
	}
	*key = (struct siphash_key){ { (u64)w[1] << 32 | w[0], (u64)w[3] << 32 | w[2] } };
	return true;
}

int sysctl_set_fastopen_key(struct net *net, const char *text)
{
	struct tcp_fastopen_context ctx = { .keys = 1 };

	if (!net->tcp || !parse_fastopen_key(&text, &ctx.key[0]))
		return -EINVAL;
	if (*text == ',') {
		text++;
		ctx.keys = 2;
		if (!parse_fastopen_key(&text, &ctx.key[1]))
			return -EINVAL;
	}
	if (*text)
		return -EINVAL;
	tcp_fastopen_set_net_ctx(net, &ctx);
	return 0;
}

static bool bit_of(const u32 *bits, u32 i)
{
	return bits[i / 32] & BIT(i % 32);
}

/* "0-1,3-127", as Linux writes a large bitmap. */
void sysctl_put_bits(const u32 *bits, u32 n, struct strbuf *sb)
{
	const char *comma = "";

	for (u32 i = 0; i < n; i++) {
		u32 first = i;

		if (!bit_of(bits, i))
			continue;
		while (i + 1 < n && bit_of(bits, i + 1))
			i++;
		sb_printf(sb, first == i ? "%s%u" : "%s%u-%u", comma, first, i);
		comma = ",";
	}
}

/* A number of *text, below n. */
static bool bit_number(const char **text, u32 n, u32 *out)
{
	const char *s = *text;
	u32 v = 0;

	for (; *s >= '0' && *s <= '9' && v < n; s++)
		v = v * 10 + (u32)(*s - '0');
	if (s == *text || v >= n)
		return false;
	*text = s;
	*out = v;
	return true;
}

/* Sets those that text names among n. */
static int parse_bits(u32 *set, u32 n, const char *text)
{
	u32 first, last;

	while (*text) {
		if (!bit_number(&text, n, &first))
			return -EINVAL;
		last = first;
		if (*text == '-' && (text++, !bit_number(&text, n, &last) || last < first))
			return -EINVAL;
		for (u32 i = first; i <= last; i++)
			set[i / 32] |= BIT(i % 32);
		if (*text && *text++ != ',')
			return -EINVAL;
	}
	return 0;
}

int sysctl_set_bits(u32 *bits, u32 n, const char *text)
{
	u32 set[8] = { 0 };
	int err = parse_bits(set, n, text);

	if (!err)
		memcpy(bits, set, n / 8);
	return err;
}

void sysctl_put_reserved_ports(const struct net *net, struct strbuf *sb)
{
	if (net->sock->reserved_ports)
		sysctl_put_bits(net->sock->reserved_ports, 65536, sb);
}

int sysctl_set_reserved_ports(struct net *net, const char *text)
{
	u32 *bits = *text ? mem_zalloc(&net->mem, RESERVED_PORTS_BYTES) : NULL;
	u32 *old = net->sock->reserved_ports;
	int err = *text && !bits ? -ENOMEM : parse_bits(bits, 65536, text);

	if (err) {
		old = bits;
	} else {
		net->sock->reserved_ports = bits;
	}
	if (old)
		mem_free(&net->mem, old, RESERVED_PORTS_BYTES);
	return err;
}

void sysctl_put_conntrack(const struct net *net, bool count, struct strbuf *sb)
{
	const struct netns_ct *ct = net->ct;
	u64 v = 0;

	if (ct)
		v = count ? ct->count : ct->hash.mask + 1ull;
	sb_printf(sb, "%llu", (unsigned long long)v);
}

void sysctl_put_secret(const struct ipv6_devconf *cnf, struct strbuf *sb)
{
	for (u32 i = 0; cnf->has_secret && i < 16; i += 2)
		sb_printf(sb, "%s%02x%02x", i ? ":" : "", cnf->stable_secret.s6_addr[i],
			  cnf->stable_secret.s6_addr[i + 1]);
}

int sysctl_set_secret(struct net *net, struct net_device *dev, const char *text)
{
	struct ip6_addr secret;

	if (!ip6_addr_parse(text, &secret))
		return -EINVAL;
	addrconf_stable_secret(net, dev, &secret);
	return 0;
}
