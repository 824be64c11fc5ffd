/* SPDX-License-Identifier: MIT */
#include "wire/tcp_opt.h"

/* NOP NOP TIMESTAMP 10, the first word of the aligned form (RFC 7323 appendix A). */
#define TSTAMP_ALIGNED_WORD \
	((u32)TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP)

/* MSS, SACK permitted, timestamp, NOP, window scale */
#define TCPOLEN_USUAL_SYN 20

bool tcp_fast_parse_options(const u8 *opts, size_t len, struct tcp_options_received *rx)
{
	if (!len) {
		rx->saw_tstamp = false;
		rx->num_sacks = 0;
		rx->accecn = NULL;
		return true;
	}
	if (len != TCPOLEN_TSTAMP_ALIGNED || get_be32(opts) != TSTAMP_ALIGNED_WORD)
		return false;
	rx->saw_tstamp = true;
	rx->ts_val = get_be32(opts + 4);
	rx->ts_ecr = get_be32(opts + 8);
	rx->num_sacks = 0;
	rx->accecn = NULL;
	return true;
}

/* RFC 2018 3: n blocks of two edges; another length is no SACK option. */
static void parse_sack(const u8 *o, size_t size, struct tcp_options_received *rx)
{
	size_t n = (size - TCPOLEN_SACK_BASE) / TCPOLEN_SACK_PERBLOCK;

	if (!n || size != TCPOLEN_SACK_BASE + n * TCPOLEN_SACK_PERBLOCK)
		return;
	rx->num_sacks = (u8)n;
	for (size_t i = 0; i < n; i++) {
		const u8 *b = o + TCPOLEN_SACK_BASE + i * TCPOLEN_SACK_PERBLOCK;

		rx->sacks[i].start = get_be32(b);
		rx->sacks[i].end = get_be32(b + 4);
	}
}

/* RFC 7413 2: an even number of bytes, 4 to 16, or none: a request. Else it is not there. */
static void parse_fastopen(const u8 *cookie, size_t len, bool exp, struct tcp_options_received *rx)
{
	if (len & 1 || (len && (len < TCP_FASTOPEN_COOKIE_MIN || len > TCP_FASTOPEN_COOKIE_MAX)))
		return;
	rx->fo = cookie;
	rx->fo_len = (u8)len;
	rx->fo_exp = exp;
}

/* Options that mean something only in a SYN (RFC 9293 3.2, RFC 7323 2.2, RFC 2018 2). */
static void parse_syn_option(const u8 *o, size_t size, struct tcp_options_received *rx)
{
	switch (o[0]) {
	case TCPOPT_MSS:
		if (size == TCPOLEN_MSS && get_be16(o + 2)) {
			rx->mss = get_be16(o + 2);
			rx->mss_ok = true;
		}
		break;
	case TCPOPT_WINDOW:
		if (size == TCPOLEN_WINDOW) {
			rx->wscale = o[2] <= TCP_MAX_WSCALE ? o[2] : TCP_MAX_WSCALE;
			rx->wscale_ok = true;
		}
		break;
	case TCPOPT_SACK_PERM:
		if (size == TCPOLEN_SACK_PERM)
			rx->sack_ok = true;
		break;
	case TCPOPT_FASTOPEN:
		parse_fastopen(o + TCPOLEN_FASTOPEN_BASE, size - TCPOLEN_FASTOPEN_BASE, false, rx);
		break;
	case TCPOPT_EXP:
		if (size >= TCPOLEN_EXP_FASTOPEN_BASE && get_be16(o + 2) == TCPOPT_FASTOPEN_MAGIC)
			parse_fastopen(o + TCPOLEN_EXP_FASTOPEN_BASE,
				       size - TCPOLEN_EXP_FASTOPEN_BASE, true, rx);
		break;
	}
}

static void parse_option(const u8 *o, size_t size, bool syn, struct tcp_options_received *rx)
{
	if (o[0] == TCPOPT_TIMESTAMP && size == TCPOLEN_TIMESTAMP) {
		rx->saw_tstamp = true;
		rx->ts_ok = syn;
		rx->ts_val = get_be32(o + 2);
		rx->ts_ecr = get_be32(o + 6);
	} else if (o[0] == TCPOPT_SACK) {
		parse_sack(o, size, rx);
	} else if (o[0] == TCPOPT_ACCECN0 || o[0] == TCPOPT_ACCECN1) {
		rx->accecn = o;
	} else if (syn) {
		parse_syn_option(o, size, rx);
	}
}

/* In this order Linux writes them, and so do we. */
static bool parse_usual_syn(const u8 *o, struct tcp_options_received *rx)
{
	if (get_be16(o) != (TCPOPT_MSS << 8 | TCPOLEN_MSS) || !get_be16(o + 2) ||
	    get_be32(o + 4) != ((u32)TCPOPT_SACK_PERM << 24 | TCPOLEN_SACK_PERM << 16 |
				TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP) ||
	    get_be32(o + 16) >> 8 != (TCPOPT_NOP << 16 | TCPOPT_WINDOW << 8 | TCPOLEN_WINDOW))
		return false;
	rx->mss = get_be16(o + 2);
	rx->ts_val = get_be32(o + 8);
	rx->ts_ecr = get_be32(o + 12);
	rx->wscale = o[19] <= TCP_MAX_WSCALE ? o[19] : TCP_MAX_WSCALE;
	rx->mss_ok = rx->sack_ok = rx->saw_tstamp = rx->ts_ok = rx->wscale_ok = true;
	return true;
}

/* The two patterns that nearly all segments have, in one go. */
static bool parse_usual(const u8 *opts, size_t len, bool syn, struct tcp_options_received *rx)
{
	if (len == TCPOLEN_TSTAMP_ALIGNED && get_be32(opts) == TSTAMP_ALIGNED_WORD) {
		rx->saw_tstamp = true;
		rx->ts_ok = syn;
		rx->ts_val = get_be32(opts + 4);
		rx->ts_ecr = get_be32(opts + 8);
		return true;
	}
	return syn && len == TCPOLEN_USUAL_SYN && parse_usual_syn(opts, rx);
}

void tcp_parse_options(const u8 *opts, size_t len, bool syn, struct tcp_options_received *rx)
{
	size_t size;

	memset(rx, 0, sizeof(*rx));
	if (likely(parse_usual(opts, len, syn, rx)))
		return;
	len = min_t(size_t, len, TCP_OPTLEN_MAX);
	for (; len; opts += size, len -= size) {
		size = 1;
		if (opts[0] == TCPOPT_EOL)
			return;
		if (opts[0] == TCPOPT_NOP)
			continue;
		/* RFC 9293 3.1 (MUST-7): cope with lengths that cannot be. */
		if (len < 2 || opts[1] < 2 || opts[1] > len)
			return;
		size = opts[1];
		parse_option(opts, size, syn, rx);
	}
}

bool tcp_parse_auth_options(const u8 *opts, size_t len, struct tcp_auth_received *rx)
{
	size_t size;

	*rx = (struct tcp_auth_received){ NULL, NULL };
	/* What is too short for a signature is not looked at, nor whether it is well-formed. */
	for (; len > TCPOLEN_AO_BASE && opts[0] != TCPOPT_EOL; opts += size, len -= size) {
		size = 1;
		if (opts[0] == TCPOPT_NOP)
			continue;
		if (opts[1] < 2 || opts[1] > len)
			return false;
		size = opts[1];
		if (opts[0] != TCPOPT_MD5SIG && opts[0] != TCPOPT_AO)
			continue;
		if (rx->md5 || rx->ao)
			return false;
		if (opts[0] == TCPOPT_MD5SIG ? size != TCPOLEN_MD5SIG : size <= TCPOLEN_AO_BASE)
			return false;
		if (opts[0] == TCPOPT_MD5SIG)
			rx->md5 = opts + 2;
		else
			rx->ao = opts;
	}
	return true;
}

void tcp_fastopen_option(const struct tcp_options_received *rx, struct tcp_fastopen_cookie *foc)
{
	*foc = (struct tcp_fastopen_cookie){ .len = -1 };
	if (!rx->fo)
		return;
	foc->len = (s8)rx->fo_len;
	foc->exp = rx->fo_exp;
	memcpy(foc->val, rx->fo, rx->fo_len);
}

static size_t fastopen_len(const struct tcp_fastopen_cookie *foc)
{
	return (size_t)foc->len + (foc->exp ? TCPOLEN_EXP_FASTOPEN_BASE : TCPOLEN_FASTOPEN_BASE);
}

bool tcp_options_add_fastopen(struct tcp_out_options *o, const struct tcp_fastopen_cookie *foc)
{
	if (foc->len < 0 ||
	    tcp_options_size(o) + round_up(fastopen_len(foc), (size_t)4) > TCP_OPTLEN_MAX)
		return false;
	o->options |= OPTION_FAST_OPEN_COOKIE;
	o->fastopen = foc;
	return true;
}

static u8 *put_fastopen(u8 *p, const struct tcp_fastopen_cookie *foc)
{
	size_t len = fastopen_len(foc);

	*p++ = foc->exp ? TCPOPT_EXP : TCPOPT_FASTOPEN;
	*p++ = (u8)len;
	if (foc->exp) {
		put_be16(p, TCPOPT_FASTOPEN_MAGIC);
		p += 2;
	}
	memcpy(p, foc->val, (size_t)foc->len);
	p += foc->len;
	for (; len & 3; len++)
		*p++ = TCPOPT_NOP;
	return p;
}

/* Of its odd bytes, how many stand where the next option would have NOPs. */
static unsigned accecn_combined(const struct tcp_out_options *o)
{
	unsigned odd = (TCPOLEN_ACCECN_BASE + o->num_accecn_fields * TCPOLEN_ACCECN_PERFIELD) % 4;
	bool lone_perm = (o->options & (OPTION_SACK_ADVERTISE | OPTION_TS)) ==
			 OPTION_SACK_ADVERTISE;
	unsigned room = lone_perm || o->num_sack_blocks ? 2 : o->options & OPTION_WSCALE ? 1 : 0;

	return odd <= room ? odd : 0;
}

static size_t accecn_size(const struct tcp_out_options *o)
{
	size_t size = TCPOLEN_ACCECN_BASE +
		      (size_t)o->num_accecn_fields * TCPOLEN_ACCECN_PERFIELD;

	return (size - accecn_combined(o) + 3) & ~(size_t)3;
}

size_t tcp_options_size(const struct tcp_out_options *o)
{
	size_t size = 0;

	if (o->options & OPTION_MSS)
		size += TCPOLEN_MSS;
	/* SACK-permitted goes where the timestamp's two NOPs would be. */
	if (o->options & OPTION_TS)
		size += TCPOLEN_TSTAMP_ALIGNED;
	else if (o->options & OPTION_SACK_ADVERTISE)
		size += 4;
	if (o->options & OPTION_WSCALE)
		size += 4;
	if (o->num_sack_blocks)
		size += TCPOLEN_SACK_BASE_ALIGNED +
			(size_t)o->num_sack_blocks * TCPOLEN_SACK_PERBLOCK;
	if (unlikely(o->options & OPTION_RARE)) {
		if (o->options & OPTION_AUTH)
			size += round_up(o->auth_len, (size_t)4);
		if (o->options & OPTION_FAST_OPEN_COOKIE)
			size += round_up(fastopen_len(o->fastopen), (size_t)4);
		if (o->options & OPTION_ACCECN)
			size += accecn_size(o);
	}
	return size;
}

static u8 *put_word(u8 *p, u8 a, u8 b, u8 c, u8 d)
{
	put_be32(p, (u32)a << 24 | (u32)b << 16 | (u32)c << 8 | d);
	return p + 4;
}

/* Whole words of it; the odd bytes go to nops, which is what stands before the next option. */
static __noinline u8 *put_accecn(u8 *p, const struct tcp_out_options *o, u8 nops[2])
{
	size_t size = TCPOLEN_ACCECN_BASE +
		      (size_t)o->num_accecn_fields * TCPOLEN_ACCECN_PERFIELD;
	u8 bytes[12] = { TCPOPT_ACCECN1, (u8)size };
	unsigned odd = accecn_combined(o);

	for (unsigned i = 0; i < o->num_accecn_fields; i++) {
		u8 *at = bytes + TCPOLEN_ACCECN_BASE + i * TCPOLEN_ACCECN_PERFIELD;

		at[0] = (u8)(o->accecn[i] >> 16);
		at[1] = (u8)(o->accecn[i] >> 8);
		at[2] = (u8)o->accecn[i];
	}
	memset(bytes + size, TCPOPT_NOP, sizeof(bytes) - size);
	memcpy(nops, bytes + size - odd, odd);
	memcpy(p, bytes, accecn_size(o));
	return p + accecn_size(o);
}

/* Linux's places: the signature begins with the second word. */
static u8 *put_auth(u8 *p, const struct tcp_out_options *o)
{
	size_t n = round_up(o->auth_len, (size_t)4);

	memset(p, 0, n);
	if (o->auth_kind == TCPOPT_MD5SIG) {
		put_word(p, TCPOPT_NOP, TCPOPT_NOP, TCPOPT_MD5SIG, o->auth_len);
		return p + n;
	}
	put_word(p, TCPOPT_AO, o->auth_len, o->ao_keyid, o->ao_rnext_keyid);
	memset(p + o->auth_len, TCPOPT_NOP, n - o->auth_len);
	return p + n;
}

/* All but the first and the last. accecn: known when it is built, for the sake of who has none. */
static __always_inline u8 *put_common(u8 *p, const struct tcp_out_options *o, bool accecn)
{
	u8 nops[2] = { TCPOPT_NOP, TCPOPT_NOP };
	bool sack_perm = o->options & OPTION_SACK_ADVERTISE;

	if (o->options & OPTION_MSS)
		p = put_word(p, TCPOPT_MSS, TCPOLEN_MSS, (u8)(o->mss >> 8), (u8)o->mss);
	if (o->options & OPTION_TS) {
		p = put_word(p, sack_perm ? TCPOPT_SACK_PERM : TCPOPT_NOP,
			     sack_perm ? TCPOLEN_SACK_PERM : TCPOPT_NOP,
			     TCPOPT_TIMESTAMP, TCPOLEN_TIMESTAMP);
		put_be32(p, o->tsval);
		put_be32(p + 4, o->tsecr);
		p += 8;
	}
	if (accecn)
		p = put_accecn(p, o, nops);
	if (sack_perm && !(o->options & OPTION_TS)) {
		p = put_word(p, nops[0], nops[1], TCPOPT_SACK_PERM, TCPOLEN_SACK_PERM);
		nops[0] = TCPOPT_NOP;
	}
	if (o->options & OPTION_WSCALE)
		p = put_word(p, nops[0], TCPOPT_WINDOW, TCPOLEN_WINDOW, o->ws);
	if (o->num_sack_blocks)
		p = put_word(p, nops[0], nops[1], TCPOPT_SACK,
			     (u8)(TCPOLEN_SACK_BASE + o->num_sack_blocks * TCPOLEN_SACK_PERBLOCK));
	for (unsigned i = 0; i < o->num_sack_blocks; i++, p += TCPOLEN_SACK_PERBLOCK) {
		put_be32(p, o->sacks[i].start);
		put_be32(p + 4, o->sacks[i].end);
	}
	return p;
}

static __noinline u8 *put_rare(u8 *p, const struct tcp_out_options *o)
{
	if (o->options & OPTION_AUTH)
		p = put_auth(p, o);
	p = o->options & OPTION_ACCECN ? put_common(p, o, true) : put_common(p, o, false);
	return o->options & OPTION_FAST_OPEN_COOKIE ? put_fastopen(p, o->fastopen) : p;
}

size_t tcp_options_write(u8 *p, const struct tcp_out_options *o)
{
	if (unlikely(o->options & OPTION_RARE))
		return (size_t)(put_rare(p, o) - p);
	return (size_t)(put_common(p, o, false) - p);
}
