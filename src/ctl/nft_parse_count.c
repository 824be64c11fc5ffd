/* SPDX-License-Identifier: MIT */
/* Statements that count and allow (counter, quota, limit, ct count): a rule's own, or a table's. */
#include "ctl/nft_parse.h"

static bool parse_counter(struct nft_parser *p, struct nft_stmt *st)
{
	if (nft_accept_word(p, "packets")) {
		if (!nft_number(p, "a number of packets", UINT64_MAX, &st->counter.packets))
			return false;
		if (nft_accept_word(p, "bytes"))
			return nft_number(p, "a number of bytes", UINT64_MAX, &st->counter.bytes);
	}
	return true;
}

static const struct { char name[8]; u64 factor; } byte_units[] = {
	{ "bytes", 1 }, { "kbytes", 1 << 10 }, { "mbytes", 1 << 20 },
};

static bool parse_byte_unit(struct nft_parser *p, u64 *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(byte_units); i++)
		if (nft_accept_word(p, byte_units[i].name)) {
			*v *= byte_units[i].factor;
			return true;
		}
	return false;
}

static bool parse_quota(struct nft_parser *p, struct nft_stmt *st)
{
	st->quota.over = nft_accept_word(p, "over");
	if (!st->quota.over)
		nft_accept_word(p, "until");
	if (!nft_number(p, "a number", UINT32_MAX, &st->quota.bytes))
		return false;
	if (!parse_byte_unit(p, &st->quota.bytes))
		return nft_error(p, "syntax error: bytes, kbytes or mbytes was expected");
	if (!nft_accept_word(p, "used"))
		return true;
	return nft_number(p, "a number", UINT32_MAX, &st->quota.used) &&
	       (parse_byte_unit(p, &st->quota.used) ||
		nft_error(p, "syntax error: bytes, kbytes or mbytes was expected"));
}

/* word: "second", or of "bytes/second", one word, its end. */
static bool parse_time_unit(struct nft_parser *p, const char *word, s64 *per)
{
	static const struct { char name[8]; s64 s; } units[] = {
		{ "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 },
		{ "week", 604800 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(word, units[i].name)) {
			*per = units[i].s * NSEC_PER_SEC;
			nft_next(p);
			return true;
		}
	return nft_error(p, "syntax error: second, minute, hour, day or week was expected");
}

/* "10/second", "10 mbytes/second": behind the number. */
static bool parse_rate_unit(struct nft_parser *p, struct nft_limit *l)
{
	const char *slash = strchr(nft_tok(p)->text, '/');

	if (nft_accept(p, "/"))
		return parse_time_unit(p, nft_tok(p)->text, &l->per);
	l->of_bytes = true;
	for (size_t i = 0; slash && i < ARRAY_SIZE(byte_units); i++)
		if (!strncmp(nft_tok(p)->text, byte_units[i].name, strlen(byte_units[i].name)) &&
		    slash == nft_tok(p)->text + strlen(byte_units[i].name)) {
			l->rate *= byte_units[i].factor;
			return parse_time_unit(p, slash + 1, &l->per);
		}
	if (!parse_byte_unit(p, &l->rate))
		return nft_unexpected(p, "\"/\" and a unit of time");
	return nft_expect(p, "/") && parse_time_unit(p, nft_tok(p)->text, &l->per);
}

/* "rate over 10/second burst 5 packets", "rate 1 mbytes/second" */
static bool parse_limit(struct nft_parser *p, struct nft_stmt *st)
{
	struct nft_limit *l;

	if (!nft_expect_word(p, "rate"))
		return false;
	l = &st->limit;
	l->over = nft_accept_word(p, "over");
	if (!l->over)
		nft_accept_word(p, "until");
	if (!nft_number(p, "a rate", UINT32_MAX, &l->rate))
		return false;
	if (!l->rate)
		return nft_error(p, "a rate is at least 1");
	if (!parse_rate_unit(p, l))
		return false;
	l->burst = l->of_bytes ? 0 : 5;
	if (nft_accept_word(p, "burst")) {
		if (!nft_number(p, "a burst", UINT32_MAX, &l->burst))
			return false;
		if (!l->of_bytes && !nft_expect_word(p, "packets"))
			return false;
		if (l->of_bytes && !parse_byte_unit(p, &l->burst))
			return nft_error(p, "syntax error: bytes, kbytes or mbytes was expected");
	}
	if (!l->of_bytes && !l->burst)
		return nft_error(p, "a burst of packets is at least 1");
	if (!nft_limit_fits(l))
		return nft_error(p, "value too large: so much at that rate takes centuries");
	nft_limit_init(l, p->net->now);
	return true;
}

/* "count over 20", behind ct */
static bool parse_connlimit(struct nft_parser *p, struct nft_stmt *st)
{
	u64 n;

	if (!nft_expect_word(p, "count"))
		return false;
	st->connlimit.over = nft_accept_word(p, "over");
	if (!nft_number(p, "a number of connections", UINT32_MAX, &n))
		return false;
	st->connlimit.limit = (u32)n;
	return true;
}

bool nft_parse_counted(struct nft_parser *p, struct nft_stmt *st)
{
	switch (st->kind) {
	case NFT_STMT_COUNTER:
		return parse_counter(p, st);
	case NFT_STMT_QUOTA:
		return parse_quota(p, st);
	case NFT_STMT_CONNLIMIT:
		return parse_connlimit(p, st);
	default:
		return parse_limit(p, st);
	}
}

bool nft_parse_own_count(struct nft_parser *p, enum nft_stmt_kind kind)
{
	struct nft_stmt *st = nft_stmt_add(p, kind);

	return st && nft_parse_counted(p, st);
}

/* "counter name ip saddr map { 10.0.0.1 : "a" }": from the key on */
static bool parse_objmap(struct nft_parser *p, enum nft_stmt_kind kind)
{
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_OBJMAP);

	if (!st || !nft_parse_key(p, &st->vmap.key) || !nft_expect_word(p, "map"))
		return false;
	st->vmap.set = nft_parse_set_ref(p, &st->vmap.key, true, NFT_DATA_OBJECTS, (u32)kind);
	return st->vmap.set;
}

bool nft_parse_count(struct nft_parser *p, enum nft_stmt_kind kind)
{
	struct nft_stmt *st;

	if (!nft_accept_word(p, "name"))
		return nft_parse_own_count(p, kind);
	if (nft_key_begins(p) && nft_tok(p)->kind == NFT_TOK_WORD &&
	    !nft_obj_find(p->table, kind, nft_tok(p)->text))
		return parse_objmap(p, kind);
	if (nft_tok(p)->kind != NFT_TOK_WORD && nft_tok(p)->kind != NFT_TOK_STRING)
		return nft_unexpected(p, "a name");
	if (!nft_obj_find(p->table, kind, nft_tok(p)->text))
		return nft_error(p, "no such %s \"%s\" in table %s", nft_obj_word(kind),
				 nft_tok(p)->text, p->table->name);
	st = nft_stmt_add(p, NFT_STMT_OBJREF);
	if (!st)
		return false;
	st->obj = nft_obj_find(p->table, kind, nft_tok(p)->text);
	nft_next(p);
	return true;
}
