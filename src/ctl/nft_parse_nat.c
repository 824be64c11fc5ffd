/* SPDX-License-Identifier: MIT */
/* Statements of NAT: snat, dnat, masquerade, redirect; to which addresses and ports, and how. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"

static bool parse_nat_flags(struct nft_parser *p, struct nft_stmt *st)
{
	static const struct { char name[16]; u32 flag; } flags[] = {
		{ "random", NF_NAT_RANGE_PROTO_RANDOM },
		{ "fully-random", NF_NAT_RANGE_PROTO_RANDOM_FULLY },
		{ "persistent", NF_NAT_RANGE_PERSISTENT },
	};
	bool any;

	do {
		any = false;
		for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
			if (nft_accept_word(p, flags[i].name)) {
				st->nat.flags |= flags[i].flag;
				any = true;
			}
	} while (any && nft_accept(p, ","));
	return true;
}

/* "[fd00::1]", "[fd00::1]-[fd00::5]": so that a port may follow. */
static bool parse_bracketed(struct nft_parser *p, struct nft_expr *x)
{
	x->type = NFT_TYPE_IPV6;
	x->len = 16;
	x->kind = NFT_EXPR_VALUE;
	for (u8 *to = x->a;; to = x->b, x->kind = NFT_EXPR_RANGE) {
		if (!nft_expect(p, "["))
			return false;
		if (nft_tok(p)->kind != NFT_TOK_WORD ||
		    !nft_value_parse(p->net, NFT_TYPE_IPV6, nft_tok(p)->text, to, 16))
			return nft_error(p, "an IPv6 address was expected");
		nft_next(p);
		if (!nft_expect(p, "]"))
			return false;
		if (to == x->b || !nft_accept(p, "-"))
			return true;
	}
}

static bool is_v6(const struct nft_parser *p)
{
	return nft_is(p, "[") ||
	       (nft_tok(p)->kind == NFT_TOK_WORD && strchr(nft_tok(p)->text, ':'));
}

static bool parse_nat_addr(struct nft_parser *p, struct nft_stmt *st)
{
	struct nft_tok at = *nft_tok(p);

	if (p->table->family == NFT_INET && !st->nat.l3)
		return nft_error(p, "in a table inet it has to be said: snat ip to, snat ip6 to, "
				 "dnat ip to or dnat ip6 to");
	if (is_v6(p) && st->nat.l3 == 4)
		return nft_error_at(p, &at, "that is no IPv4 address");
	if (nft_is(p, "["))
		return parse_bracketed(p, &st->nat.addr);
	return st->nat.l3 == 4 ? nft_parse_expr(p, NFT_TYPE_IPV4, 4, &st->nat.addr) :
				 nft_parse_expr(p, NFT_TYPE_IPV6, 16, &st->nat.addr);
}

static bool parse_nat_to(struct nft_parser *p, struct nft_stmt *st)
{
	if (!nft_is(p, ":") && !parse_nat_addr(p, st))
		return false;
	if (nft_accept(p, ":"))
		return nft_parse_expr(p, NFT_TYPE_SERVICE, 2, &st->nat.port);
	return true;
}

/* "dnat ip to", but not "dnat ip daddr map": that is an expression. */
static bool parse_nat_family(struct nft_parser *p, struct nft_stmt *st)
{
	struct nft_lex lx = p->lx;
	u8 l3 = nft_is_word(p, "ip") ? 4 : nft_is_word(p, "ip6") ? 6 : 0;

	nft_lex_next(&lx);
	if (!l3 || !(nft_tok_word(&lx, "to") || nft_tok_word(&lx, "prefix"))) {
		st->nat.l3 = p->table->family == NFT_IP ? 4 : p->table->family == NFT_IP6 ? 6 : 0;
		return true;
	}
	if (p->table->family == (l3 == 4 ? NFT_IP6 : NFT_IP))
		return nft_error(p, "the table's packets are of the other family");
	st->nat.family = p->table->family == NFT_INET;
	st->nat.l3 = l3;
	nft_next(p);
	return true;
}

bool nft_parse_nat(struct nft_parser *p, enum nft_nat_kind kind)
{
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_NAT);

	if (!st)
		return false;
	st->nat.kind = (u8)kind;
	if (kind == NFT_NAT_SNAT || kind == NFT_NAT_DNAT) {
		if (!parse_nat_family(p, st))
			return false;
		st->nat.prefix = nft_accept_word(p, "prefix");
		nft_accept_word(p, "to");
		if (!parse_nat_to(p, st))
			return false;
		/* nft lists the family where a map gives more than an address. */
		st->nat.family |= st->nat.addr.kind == NFT_EXPR_MAP &&
				  (st->nat.addr.set->data_types == 2 ||
				   st->nat.addr.set->flags & NFT_SET_DATA_INTERVAL);
	} else if (nft_accept_word(p, "to")) {
		if (!nft_expect(p, ":") ||
		    !nft_parse_expr(p, NFT_TYPE_SERVICE, 2, &st->nat.port))
			return false;
	}
	return parse_nat_flags(p, st);
}
