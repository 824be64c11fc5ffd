/* SPDX-License-Identifier: MIT */
/*
 * "@th,16,16": bits by their place. What has a name is listed by it, as nft does: a field of the
 * table's or the rule's protocol. Bits that are no whole bytes become bytes with a mask.
 */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nft_raw.h"

static const char bases[NFT_RAW_BASES][4] = { "ll", "nh", "th", "ih" };

bool nft_raw_begins(const struct nft_parser *p)
{
	struct nft_lex lx = p->lx;

	if (!nft_is(p, "@"))
		return false;
	nft_lex_next(&lx);
	for (u32 i = 0; i < NFT_RAW_BASES; i++)
		if (nft_tok_word(&lx, bases[i])) {
			nft_lex_next(&lx);
			return nft_tok_is(&lx, ",");
		}
	return false;
}

/* What the rule's matches so far say that its packets are. */
static void known(const struct nft_parser *p, u8 *l3, u8 *l4)
{
	u8 family = p->table->family;

	*l3 = family == NFT_IP ? 4 : family == NFT_IP6 ? 6 : 0;
	*l4 = NFT_L4_ANY;
	for (const struct nft_stmt *st = p->rule ? p->rule->stmts : NULL; st; st = st->next) {
		const struct nft_selector *s = st->match.key.field[0].sel;

		if (st->kind != NFT_STMT_MATCH || !s)
			continue;
		*l3 = s->l3 ? s->l3 : *l3;
		*l4 = s->l4 != NFT_L4_ANY ? s->l4 : *l4;
		if (st->match.op != NFT_OP_EQ || st->match.rhs != NFT_RHS_VALUE)
			continue;
		if (s->type == NFT_TYPE_NFPROTO)
			*l3 = st->match.a[0] == 2 ? 4 : 6;
		if (s->type == NFT_TYPE_PROTO)
			*l4 = st->match.a[0];
	}
}

/* The field that has just these bits; NULL: none. */
static const struct nft_selector *named(const struct nft_parser *p, u32 base, u32 at, u32 bits)
{
	u8 want = base == NFT_RAW_NH ? NFT_BASE_NH : NFT_BASE_TH, l3, l4;

	if (base == NFT_RAW_LL || base == NFT_RAW_IH || at >= NFT_EXISTS)
		return NULL;
	known(p, &l3, &l4);
	if (l4 == NFT_L4_ANY)
		l4 = NFT_L4_PORTS;
	for (u32 i = 0; i < nft_selectors_n; i++) {
		const struct nft_selector *s = &nft_selectors[i];

		if (s->base == want && s->at == at && s->bits == bits && !s->hdr &&
		    (want == NFT_BASE_NH ? s->l3 == l3 : s->l4 == l4))
			return s;
	}
	return NULL;
}

static bool parse_place(struct nft_parser *p, u32 *base, u64 *at, u64 *bits)
{
	nft_next(p);
	for (*base = 0; !nft_is_word(p, bases[*base]);)
		++*base;
	nft_next(p);
	if (!nft_expect(p, ",") || !nft_number(p, "an offset in bits", UINT16_MAX, at) ||
	    !nft_expect(p, ",") || !nft_number(p, "a number of bits", 8 * NFT_VALUE_MAX, bits))
		return false;
	return *bits || nft_error(p, "at least one bit is asked for");
}

bool nft_parse_raw(struct nft_parser *p, struct nft_key *key, struct nft_field *f)
{
	struct nft_tok tok = *nft_tok(p);
	u64 at, bits, first, end;
	u32 base;

	if (!parse_place(p, &base, &at, &bits))
		return false;
	p->raw = true;
	f->sel = named(p, base, (u32)at, (u32)bits);
	if (f->sel)
		return true;
	first = at / 8 * 8;
	end = round_up(at + bits, 8);
	if (end - first > 8 * NFT_VALUE_MAX || end > UINT16_MAX)
		return nft_error_at(p, &tok, "that is more than %d bytes", NFT_VALUE_MAX);
	if (first != at || end != at + bits) {
		key->masked = true;
		p->raw_width = (u8)bits;
		f->raw_shift = (u8)(end - at - bits);
		for (u64 i = at; i < at + bits; i++)
			key->mask[(i - first) / 8] |= (u8)(0x80 >> i % 8);
	}
	f->sel = named(p, base, (u32)first, (u32)(end - first));
	if (f->sel)
		return true;
	f->sel = nft_raw_selector((enum nft_raw_base)base, (u32)(end - first) / 8);
	f->raw_at = (u16)first;
	f->raw_bits = (u16)(end - first);
	return true;
}

bool nft_raw_refuse(struct nft_parser *p)
{
	return nft_error(p, "bits that are no whole bytes are compared only");
}

/* Whether a value has no more bits than were asked for. */
static bool fits(const struct nft_parser *p, const struct nft_match *m)
{
	for (u32 i = p->raw_width; i < 8u * m->key.len; i++)
		if (m->a[m->key.len - 1 - i / 8] & BIT(i % 8))
			return false;
	return true;
}

bool nft_raw_settle(struct nft_parser *p, struct nft_match *m)
{
	u32 shift = m->key.field[0].raw_shift, carry = 0;
	bool value = m->rhs == NFT_RHS_VALUE;

	if (value && !fits(p, m))
		return nft_error(p, "the value has more than the %u bits that are asked for",
				 p->raw_width);
	for (u32 i = 0; i < shift && value; i++, carry = 0)
		for (u32 k = m->key.len; k-- > 0;) {
			u32 v = (u32)m->a[k] << 1 | carry;

			m->a[k] = (u8)v;
			carry = v >> 8;
		}
	m->key.field[0].raw_shift = 0;
	if (shift && (!value || m->op > NFT_OP_NEQ))
		return nft_error(p, "bits that are no whole bytes are compared with one value, by "
				 "== or !=");
	return true;
}
