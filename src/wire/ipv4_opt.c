/* SPDX-License-Identifier: MIT */
/* The walk over IPv4 options: RFC 791 3.1, RFC 2113; what Linux's ip_options_compile refuses. */
#include "wire/ipv4.h"

/* Bits of ip_opt_iter.seen; one source route of either kind may be there. */
enum {
	SEEN_SRR = 1,
	SEEN_RR = 2,
	SEEN_TS = 4,
};

static int bad_at(struct ip_opt_iter *it, unsigned pos)
{
	it->bad = (u8)(IPV4_HLEN + pos);
	return WIRE_OPT;
}

/* "Appears at most once in a datagram." */
static bool seen_twice(struct ip_opt_iter *it, u8 bit)
{
	bool again = it->seen & bit;

	it->seen |= bit;
	return again;
}

/* RR, LSRR, SSRR: type, length, pointer, then room for addresses of 4 bytes. */
static int check_route(struct ip_opt_iter *it, struct ip_opt *o, u8 bit)
{
	if (o->len < 3)
		return bad_at(it, it->pos + 1u);
	o->ptr = o->data[2];
	if (o->ptr < 4)
		return bad_at(it, it->pos + 2u);
	if (seen_twice(it, bit))
		return bad_at(it, it->pos);
	o->full = o->ptr + 3 > o->len;
	if (bit == SEEN_RR && o->full && o->ptr <= o->len)
		return bad_at(it, it->pos + 2u);	/* room left, but not for an address */
	return 1;
}

/* Type, length, pointer, overflow:4 flag:4, then slots of 4 or 8 bytes. */
static int check_timestamp(struct ip_opt_iter *it, struct ip_opt *o)
{
	bool counts;			/* the hops that found no room */
	unsigned slot;
	u8 flag;

	if (o->len < 4)
		return bad_at(it, it->pos + 1u);
	o->ptr = o->data[2];
	if (o->ptr < 5)
		return bad_at(it, it->pos + 2u);
	if (seen_twice(it, SEEN_TS))
		return bad_at(it, it->pos);
	flag = o->data[3] & 15;
	slot = flag == IPOPT_TS_TSANDADDR || flag == IPOPT_TS_PRESPEC ? 8 : 4;
	counts = flag != IPOPT_TS_PRESPEC;
	o->full = o->ptr > o->len;
	if (!o->full && o->ptr + slot - 1 > o->len)
		return bad_at(it, it->pos + 2u);
	/* Full, and 15 hops could not write: one more cannot be counted. */
	if (counts && o->full && o->data[3] >> 4 == 15)
		return bad_at(it, it->pos + 3u);
	return 1;
}

static int check_known(struct ip_opt_iter *it, struct ip_opt *o)
{
	switch (o->type) {
	case IPOPT_RR:
		return check_route(it, o, SEEN_RR);
	case IPOPT_LSRR:
	case IPOPT_SSRR:
		return check_route(it, o, SEEN_SRR);
	case IPOPT_TIMESTAMP:
		return check_timestamp(it, o);
	case IPOPT_RA:
		return o->len < 4 ? bad_at(it, it->pos + 1u) : 1;	/* RFC 2113 2.1 */
	default:
		return 1;	/* RFC 1122 3.2.1.8: options not understood are ignored */
	}
}

int ip_opt_next(struct ip_opt_iter *it, struct ip_opt *out)
{
	const u8 *o;
	int ret;

	if (it->bad)
		return WIRE_OPT;
	if (it->pos >= it->len || it->opts[it->pos] == IPOPT_END)
		return 0;
	o = it->opts + it->pos;
	*out = (struct ip_opt){ .type = o[0], .len = 1, .data = o,
				.off = (u8)(IPV4_HLEN + it->pos) };
	if (o[0] == IPOPT_NOOP) {
		it->pos++;
		return 1;
	}
	if (it->len - it->pos < 2 || o[1] < 2 || o[1] > it->len - it->pos)
		return bad_at(it, it->pos);
	out->len = o[1];
	ret = check_known(it, out);
	if (ret == 1)
		it->pos = (u8)(it->pos + out->len);
	return ret;
}
