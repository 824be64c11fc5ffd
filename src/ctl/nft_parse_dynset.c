/* SPDX-License-Identifier: MIT */
/* Sets that rules fill, and what their elements count and allow. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nft_dynset.h"

#define SIZE_DEFAULT 65535		/* nft's, where none is said: no sender fills memory */

/* ---- what elements count and allow ---- */

static const struct { char word[8]; u8 kind; } stats[] = {
	{ "counter", NFT_STMT_COUNTER }, { "quota", NFT_STMT_QUOTA }, { "limit", NFT_STMT_LIMIT },
	{ "ct", NFT_STMT_CONNLIMIT },
};

const char *nft_stat_word(u8 kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(stats); i++)
		if (stats[i].kind == kind)
			return stats[i].word;
	return "";
}

bool nft_is_stat(const struct nft_parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(stats); i++)
		if (nft_is_word(p, stats[i].word))
			return true;
	return false;
}

void nft_stat_stmt(const struct nft_stat *s, struct nft_stmt *st)
{
	*st = (struct nft_stmt){ .kind = s->kind };
	switch (s->kind) {
	case NFT_STMT_COUNTER:
		st->counter = s->counter;
		break;
	case NFT_STMT_QUOTA:
		st->quota = s->quota;
		break;
	case NFT_STMT_LIMIT:
		st->limit = s->limit;
		break;
	default:
		st->connlimit = s->connlimit;
		break;
	}
}

bool nft_parse_stat(struct nft_parser *p, struct nft_stat *s)
{
	struct nft_stmt st = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(stats); i++)
		if (nft_is_word(p, stats[i].word))
			st.kind = stats[i].kind;
	nft_next(p);
	if (!nft_parse_counted(p, &st))
		return false;
	*s = (struct nft_stat){ .kind = st.kind };
	switch (st.kind) {
	case NFT_STMT_COUNTER:
		s->counter = st.counter;
		break;
	case NFT_STMT_QUOTA:
		s->quota = st.quota;
		break;
	case NFT_STMT_LIMIT:
		s->limit = st.limit;
		break;
	default:
		s->connlimit = st.connlimit;
		break;
	}
	return true;
}

static bool add_stat(struct nft_parser *p, struct nft_stats *to, const struct nft_stat *s)
{
	if (to->n == NFT_STATS_MAX)
		return nft_error(p, "an element has at most %d statements", NFT_STATS_MAX);
	return nft_stats_add(p->net, to, s) || nft_nomem(p);
}

/* A counter alone stands in the element itself; with another one it becomes the first of two. */
bool nft_parse_set_stat(struct nft_parser *p, struct nft_set *set)
{
	static const struct nft_stat counter = { .kind = NFT_STMT_COUNTER };
	struct nft_stat s;

	if (!nft_parse_stat(p, &s))
		return false;
	if (s.kind == NFT_STMT_COUNTER && !set->stats.n && !(set->flags & NFT_SET_COUNTERS)) {
		set->flags |= NFT_SET_COUNTERS;
		return true;
	}
	if (set->flags & NFT_SET_COUNTERS && !add_stat(p, &set->stats, &counter))
		return false;
	set->flags &= (u16)~NFT_SET_COUNTERS;
	return add_stat(p, &set->stats, &s);
}

/* The set's own stand in the element already: what is said here goes in their places. */
bool nft_parse_elem_stat(struct nft_parser *p, const struct nft_set *set, struct nft_elem *e,
			 u32 *said)
{
	struct nft_tok at = *nft_tok(p);
	struct nft_stat s;

	if (!nft_parse_stat(p, &s))
		return false;
	if (set->flags & NFT_SET_COUNTERS) {
		if (s.kind != NFT_STMT_COUNTER || (*said)++)
			return nft_error_at(p, &at, "set \"%s\" has a counter, and nothing else",
					    set->name);
		e->packets = s.counter.packets;
		e->bytes = s.counter.bytes;
		return true;
	}
	if (!set->stats.n)
		return add_stat(p, &e->stats, &s);
	if (*said == set->stats.n || set->stats.of[*said].kind != s.kind)
		return nft_error_at(p, &at, "set \"%s\" has other statements", set->name);
	e->stats.of[(*said)++] = s;
	return true;
}

/* ---- in rules ---- */

/* "ip saddr timeout 5s limit rate 5/second }" */
static bool parse_element(struct nft_parser *p, struct nft_stmt *st)
{
	struct nft_stat s;

	if (!nft_expect(p, "{") || !nft_parse_key(p, &st->dynset.key))
		return false;
	if (st->dynset.key.field[0].raw_shift)
		return nft_raw_refuse(p);
	if (nft_accept_word(p, "timeout")) {
		if (nft_tok(p)->kind != NFT_TOK_WORD ||
		    !nft_time_parse(nft_tok(p)->text, &st->dynset.timeout))
			return nft_error(p, "a time was expected, as 30s or 1h30m");
		nft_next(p);
	}
	while (nft_is_stat(p))
		if (!nft_parse_stat(p, &s) || !add_stat(p, &st->dynset.stats, &s))
			return false;
	return nft_expect(p, "}");
}

/* What the set declares need not be said again, and nothing else may be. */
static bool settle_stats(struct nft_parser *p, struct nft_stmt *st, const struct nft_tok *at)
{
	struct nft_stats *said = &st->dynset.stats;
	const struct nft_set *set = st->dynset.set;

	if (st->dynset.timeout && !(set->flags & NFT_SET_TIMEOUT))
		return nft_error_at(p, at, "set \"%s\" has no \"flags timeout\"", set->name);
	if (nft_stats_track(said) && set->flags & NFT_SET_TIMEOUT)
		return nft_error_at(p, at, "ct count and timeouts do not go together: elements "
				    "without connections go by themselves");
	if (!said->n)
		return true;
	if (set->flags & NFT_SET_COUNTERS) {
		if (said->n > 1 || said->of[0].kind != NFT_STMT_COUNTER)
			return nft_error_at(p, at, "set \"%s\" has a counter, and nothing else",
					    set->name);
	} else if (!set->stats.n) {
		return true;
	} else if (!nft_stats_alike(said, &set->stats)) {
		return nft_error_at(p, at, "set \"%s\" has other statements", set->name);
	}
	nft_stats_free(p->net, said);
	return true;
}

bool nft_parse_dynset(struct nft_parser *p, u8 op)
{
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_DYNSET);
	struct nft_set *set;
	struct nft_tok at;

	if (!st)
		return false;
	st->dynset.op = op;
	if (!nft_expect(p, "@"))
		return false;
	at = *nft_tok(p);
	set = at.kind == NFT_TOK_WORD ? nft_set_by_name(p->table, at.text) : NULL;
	if (!set)
		return nft_error(p, "no such set \"%s\" in table %s", at.text, p->table->name);
	if (!(set->flags & (NFT_SET_DYNAMIC | NFT_SET_TIMEOUT)) ||
	    set->flags & (NFT_SET_INTERVAL | NFT_SET_MAP))
		return nft_error(p, "set \"%s\" must have the flag dynamic, and not interval, "
				 "for rules to fill it", set->name);
	nft_next(p);
	st->dynset.set = set;
	if (!set->size)
		set->size = SIZE_DEFAULT;
	if (!parse_element(p, st))
		return false;
	if (st->dynset.key.len != set->klen)
		return nft_error_at(p, &at, "the key has %u bytes, set \"%s\" has %u",
				    st->dynset.key.len, set->name, set->klen);
	return settle_stats(p, st, &at);
}

/* The rule's own set, which goes with it. */
static struct nft_set *new_meter(struct nft_parser *p, const char *name, u32 size)
{
	struct nft_set *set = nft_set_new(p->table);

	if (!set) {
		nft_nomem(p);
		return NULL;
	}
	memcpy(set->name, name, strlen(name) + 1);
	set->flags |= NFT_SET_ANONYMOUS | NFT_SET_DYNAMIC;
	set->size = size;
	set->meter = true;
	list_add_tail(&set->list, &p->net->ct->nft->meters);
	return set;
}

static bool meter_exists(const struct nft_parser *p, const char *name)
{
	const struct nft_set *s;

	list_for_each_entry(s, &p->net->ct->nft->meters, list)
		if (s->table == p->table && !strcmp(s->name, name))
			return true;
	return nft_set_by_name(p->table, name);
}

/* "meter m size 100 { ip saddr limit rate 5/second }" */
bool nft_parse_meter(struct nft_parser *p)
{
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_DYNSET);
	struct nft_tok at = *nft_tok(p);
	char name[NFT_NAME_MAX];
	u64 size = 0;
	struct nft_set *set;

	if (!st || !nft_name(p, "a meter's name", name))
		return false;
	if (meter_exists(p, name))
		return nft_error_at(p, &at, "meter or set \"%s\" exists", name);
	if (nft_accept_word(p, "size") && !nft_number(p, "a size", UINT32_MAX, &size))
		return false;
	set = new_meter(p, name, size ? (u32)size : SIZE_DEFAULT);
	if (!set)
		return false;
	st->dynset.op = NFT_DYNSET_UPDATE;
	st->dynset.set = set;
	if (!parse_element(p, st))
		return false;
	if (st->dynset.stats.n != 1)
		return nft_error_at(p, &at, "a meter has one statement for its elements, as limit "
				    "rate 5/second");
	set->types = st->dynset.key.n;
	set->klen = st->dynset.key.len;
	for (u32 i = 0; i < set->types; i++) {
		set->type[i] = nft_key_type(&st->dynset.key, i);
		set->flen[i] = st->dynset.key.field[i].sel->len;
	}
	if (st->dynset.timeout)
		set->flags |= NFT_SET_TIMEOUT;
	return settle_stats(p, st, &at);
}
