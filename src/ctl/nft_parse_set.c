/* SPDX-License-Identifier: MIT */
/* Sets, maps, and what is in them. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"

/* ---- verdicts ---- */

static const struct { char word[12]; u8 code; bool chain; } verdicts[] = {
	{ "accept", NFT_ACCEPT, false }, { "drop", NFT_DROP, false },
	{ "continue", NFT_CONTINUE, false }, { "return", NFT_RETURN, false },
	{ "jump", NFT_JUMP, true }, { "goto", NFT_GOTO, true },
};

bool nft_is_verdict(const struct nft_parser *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (nft_is_word(p, verdicts[i].word))
			return true;
	return false;
}

bool nft_parse_verdict(struct nft_parser *p, struct nft_table *t, struct nft_verdict *v)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (nft_is_word(p, verdicts[i].word))
			break;
	if (i == ARRAY_SIZE(verdicts))
		return nft_error(p, "syntax error: a verdict was expected (accept, drop, "
				 "continue, return, jump, goto)");
	nft_next(p);
	v->code = verdicts[i].code;
	if (!verdicts[i].chain)
		return true;
	v->chain = nft_tok(p)->kind == NFT_TOK_WORD ? nft_chain_find(t, nft_tok(p)->text) : NULL;
	if (!v->chain)
		return nft_error(p, "no such chain \"%s\" in table %s", nft_tok(p)->text, t->name);
	if (v->chain->base)
		return nft_error(p, "\"%s\" is a base chain: nobody jumps to it", v->chain->name);
	nft_next(p);
	return true;
}

/* ---- elements ---- */

static bool elem_error(struct nft_parser *p, const struct nft_tok *at, const struct nft_set *set,
		       int err)
{
	if (err == -ENOMEM)
		return nft_nomem(p);
	return nft_error_at(p, at, err == -EEXIST ? "set \"%s\" has that element already" :
						     "set \"%s\" is full", set->name);
}

static bool parse_elem_key(struct nft_parser *p, const struct nft_set *set, struct nft_elem *e)
{
	u8 *at = nft_elem_key(e), unused[NFT_VALUE_MAX], kind, plen;
	u8 *end = set->flags & NFT_SET_INTERVAL ? nft_elem_end(set, e) : unused;
	struct nft_tok tok = *nft_tok(p);

	for (u32 i = 0; i < set->types; i++) {
		if (i && !nft_expect(p, "."))
			return false;
		if (!nft_parse_range(p, set->type[i], set->flen[i], at, end, &kind, &plen))
			return false;
		if (set->flags & NFT_SET_ANONYMOUS && set->types == 1 &&
		    !nft_raw_fits(p, &tok, end, set->flen[i]))
			return false;
		if (kind != NFT_RHS_VALUE && !(set->flags & NFT_SET_INTERVAL))
			return nft_error(p, "ranges and prefixes need a set with \"flags "
					 "interval\"");
		at += set->types > 1 ? (u32)round_up(set->flen[i], 4) : set->flen[i];
		if (end != unused)
			end += set->types > 1 ? (u32)round_up(set->flen[i], 4) : 0;
	}
	return true;
}

static bool parse_elem_obj(struct nft_parser *p, const struct nft_set *set, struct nft_elem *e)
{
	if (nft_tok(p)->kind == NFT_TOK_WORD || nft_tok(p)->kind == NFT_TOK_STRING)
		e->obj = nft_obj_find(set->table, (enum nft_stmt_kind)set->objects,
				      nft_tok(p)->text);
	if (!e->obj)
		return nft_error(p, "no such %s \"%s\" in table %s", nft_obj_word(set->objects),
				 nft_tok(p)->text, set->table->name);
	nft_next(p);
	return true;
}

static bool parse_elem_data(struct nft_parser *p, struct nft_set *set, struct nft_elem *e)
{
	u8 *data = nft_elem_data(set, e), unused[NFT_VALUE_MAX], kind, plen;

	if (!(set->flags & NFT_SET_MAP))
		return !nft_is(p, ":") || nft_error(p, "a set's element has no value: that is a "
						    "map");
	if (!nft_expect(p, ":"))
		return false;
	if (set->flags & NFT_SET_VERDICTS)
		return nft_parse_verdict(p, set->table, &e->verdict);
	if (set->flags & NFT_SET_OBJECTS)
		return parse_elem_obj(p, set, e);
	if (set->flags & NFT_SET_DATA_INTERVAL)
		return nft_parse_range(p, set->data_type[0], set->dlen, data,
				       nft_elem_data_end(set, e), &kind, &plen);
	for (u32 i = 0; i < set->data_types; i++) {
		u32 len = set->data_types > 1 ? nft_type_len(set->data_type[i]) : set->dlen;

		if (i && !nft_expect(p, "."))
			return false;
		if (!nft_parse_range(p, set->data_type[i], len, data, unused, &kind, &plen))
			return false;
		if (kind != NFT_RHS_VALUE)
			return nft_error(p, "a map gives single values");
		data += len;
	}
	return true;
}

static bool parse_elem_options(struct nft_parser *p, const struct nft_set *set, struct nft_elem *e)
{
	u32 stats = 0;
	s64 expires;

	for (;;) {
		if (nft_accept_word(p, "timeout")) {
			if (nft_tok(p)->kind != NFT_TOK_WORD ||
			    !nft_time_parse(nft_tok(p)->text, &e->timeout))
				return nft_error(p, "a time was expected, as 30s or 1h30m");
			if (!(set->flags & NFT_SET_TIMEOUT))
				return nft_error(p, "set \"%s\" has not \"flags timeout\"",
						 set->name);
			nft_next(p);
		} else if (nft_accept_word(p, "expires")) {
			if (nft_tok(p)->kind != NFT_TOK_WORD ||
			    !nft_time_parse(nft_tok(p)->text, &expires))
				return nft_error(p, "a time was expected, as 30s or 1h30m");
			e->expires = p->net->now + expires;
			nft_next(p);
		} else if (nft_is_stat(p)) {
			if (!nft_parse_elem_stat(p, set, e, &stats))
				return false;
		} else if (nft_accept_word(p, "comment")) {
			if (!nft_comment(p, &e->comment))
				return false;
		} else {
			return true;
		}
	}
}

static bool parse_elem(struct nft_parser *p, struct nft_set *set, struct nft_elem *e)
{
	e->catchall = nft_accept(p, "*");
	if (!e->catchall && !parse_elem_key(p, set, e))
		return false;
	if (!parse_elem_options(p, set, e) || !parse_elem_data(p, set, e))
		return false;
	if (e->expires == KTIME_MAX && (e->timeout || set->timeout))
		e->expires = p->net->now + (e->timeout ? e->timeout : set->timeout);
	return true;
}

static bool add_elem(struct nft_parser *p, struct nft_set *set)
{
	struct nft_elem *e = nft_elem_new(p->net, set);
	struct nft_tok at = *nft_tok(p);
	int err;

	if (!e)
		return nft_nomem(p);
	if (!parse_elem(p, set, e)) {
		nft_elem_free(p->net, set, e);
		return false;
	}
	err = nft_elem_add(set, e);
	if (!err)
		return true;
	nft_elem_free(p->net, set, e);
	/* The same again is no change, as in nft; but not with another value. */
	if (err == -EEXIST && !(set->flags & NFT_SET_MAP))
		return true;
	return elem_error(p, &at, set, err);
}

static bool del_elem(struct nft_parser *p, struct nft_set *set)
{
	struct nft_elem *key = nft_elem_new(p->net, set), *e;
	struct nft_tok at = *nft_tok(p);
	bool ok;

	if (!key)
		return nft_nomem(p);
	key->catchall = nft_accept(p, "*");
	ok = key->catchall || parse_elem_key(p, set, key);
	if (ok && nft_accept(p, ":"))
		while (!nft_at_end(p) && !nft_is(p, ","))
			nft_next(p);
	if (ok) {
		e = nft_set_find(set, nft_elem_key(key), nft_elem_end(set, key), key->catchall);
		ok = e ? !nft_elem_del(set, e) || nft_nomem(p) :
			 nft_error_at(p, &at, "set \"%s\" has no such element", set->name);
	}
	nft_elem_free(p->net, set, key);
	return ok;
}

bool nft_parse_elements(struct nft_parser *p, struct nft_set *set, bool del)
{
	if (!nft_expect(p, "{"))
		return false;
	for (;;) {
		nft_skip_lines(p);
		if (nft_accept(p, "}"))
			return true;
		if (!(del ? del_elem(p, set) : add_elem(p, set)))
			return false;
		nft_skip_lines(p);
		if (!nft_accept(p, ",") && !nft_is(p, "}"))
			return nft_error(p, "syntax error: \",\" or \"}\" was expected");
	}
}

/* ---- declarations ---- */

static bool parse_type(struct nft_parser *p, u8 *type, u8 *len, u32 max, u8 *n)
{
	enum nft_type t;

	for (*n = 0;; (*n)++) {
		if (*n == max)
			return nft_error(p, "at most %u types are concatenated", max);
		if (nft_tok(p)->kind != NFT_TOK_WORD || !nft_type_by_name(nft_tok(p)->text, &t) ||
		    t == NFT_TYPE_INTEGER)
			return nft_error(p, "\"%s\" is no type of a set (ipv4_addr, ipv6_addr, "
					 "ether_addr, inet_proto, inet_service, mark, ifname ...)",
					 nft_tok(p)->text);
		type[*n] = (u8)t;
		len[*n] = nft_type_len(t);
		nft_next(p);
		if (!nft_accept(p, ".")) {
			++*n;
			return true;
		}
	}
}

static u8 sum_of(const u8 *len, u32 n)
{
	u32 sum = 0;

	for (u32 i = 0; i < n; i++)
		sum += n > 1 ? (u32)round_up(len[i], 4) : len[i];
	return (u8)sum;
}

/* "type ipv4_addr . inet_service : verdict", "typeof ip saddr . tcp dport" */
static bool parse_set_type(struct nft_parser *p, struct nft_set *set, bool map, bool typeof_)
{
	struct nft_key key;
	u8 dlen[2];

	if (typeof_) {
		if (!nft_parse_key(p, &key))
			return false;
		for (u32 i = 0; i < key.n; i++)
			if (key.field[i].sel->base == NFT_BASE_RAW)
				return nft_error(p, "bytes without a name are no type of a set");
		set->types = key.n;
		for (u32 i = 0; i < key.n; i++) {
			set->type[i] = nft_key_type(&key, i);
			set->flen[i] = key.field[i].sel->len;
			set->sel[i] = key.field[i].sel;
		}
	} else if (!parse_type(p, set->type, set->flen, NFT_FIELDS_MAX, &set->types)) {
		return false;
	}
	set->klen = sum_of(set->flen, set->types);
	if (!map)
		return true;
	if (!nft_expect(p, ":"))
		return false;
	if (nft_accept_word(p, "verdict")) {
		set->flags |= NFT_SET_VERDICTS;
		return true;
	}
	if (nft_is_obj(p)) {
		set->flags |= NFT_SET_OBJECTS;
		set->objects = (u8)nft_obj_kind(p);
		return true;
	}
	if (nft_accept_word(p, "interval"))
		set->flags |= NFT_SET_DATA_INTERVAL;
	if (typeof_) {
		if (!nft_parse_key(p, &key))
			return false;
		set->data_types = 1;
		set->data_type[0] = nft_key_type(&key, 0);
		dlen[0] = key.len;
		set->data_sel = key.field[0].sel;
	} else if (!parse_type(p, set->data_type, dlen, 2, &set->data_types)) {
		return false;
	}
	set->dlen = sum_of(dlen, set->data_types);
	if (set->data_types == 2 && ((set->data_type[0] != NFT_TYPE_IPV4 &&
				      set->data_type[0] != NFT_TYPE_IPV6) ||
				     set->data_type[1] != NFT_TYPE_SERVICE))
		return nft_error(p, "a map's value of two types is ipv4_addr . inet_service or "
				 "ipv6_addr . inet_service");
	return true;
}

static bool parse_set_flags(struct nft_parser *p, struct nft_set *set)
{
	static const struct { char name[12]; u16 flag; } flags[] = {
		{ "constant", NFT_SET_CONSTANT }, { "interval", NFT_SET_INTERVAL },
		{ "timeout", NFT_SET_TIMEOUT }, { "dynamic", NFT_SET_DYNAMIC },
	};
	size_t i;

	do {
		for (i = 0; i < ARRAY_SIZE(flags); i++)
			if (nft_accept_word(p, flags[i].name))
				break;
		if (i == ARRAY_SIZE(flags))
			return nft_error(p, "\"%s\" is no flag of a set (constant, dynamic, "
					 "interval, timeout)", nft_tok(p)->text);
		set->flags |= flags[i].flag;
	} while (nft_accept(p, ","));
	return true;
}

static bool parse_set_time(struct nft_parser *p, s64 *ns)
{
	if (nft_tok(p)->kind != NFT_TOK_WORD || !nft_time_parse(nft_tok(p)->text, ns))
		return nft_error(p, "a time was expected, as 30s or 1h30m");
	nft_next(p);
	return true;
}

static bool check_set(struct nft_parser *p, const struct nft_set *set)
{
	if (!set->klen)
		return nft_error(p, "set \"%s\" has no type: write \"type ipv4_addr\" or the like "
				 "first", set->name);
	if (set->flags & NFT_SET_TIMEOUT && nft_stats_track(&set->stats))
		return nft_error(p, "ct count and timeouts do not go together: elements without "
				 "connections go by themselves");
	return true;
}

/* What stands between the braces but the elements. */
static bool parse_set_attr(struct nft_parser *p, struct nft_set *set, bool map)
{
	u64 v;

	if (nft_accept_word(p, "type"))
		return parse_set_type(p, set, map, false);
	if (nft_accept_word(p, "typeof"))
		return parse_set_type(p, set, map, true);
	if (nft_accept_word(p, "flags"))
		return parse_set_flags(p, set);
	if (nft_accept_word(p, "timeout")) {
		set->flags |= NFT_SET_TIMEOUT;
		return parse_set_time(p, &set->timeout);
	}
	if (nft_accept_word(p, "gc-interval"))
		return parse_set_time(p, &set->gc_interval);
	if (nft_accept_word(p, "size")) {
		if (!nft_number(p, "a size", UINT32_MAX, &v))
			return false;
		set->size = (u32)v;
		return true;
	}
	if (nft_accept_word(p, "policy")) {
		if (!nft_accept_word(p, "performance") && !nft_accept_word(p, "memory"))
			return nft_error(p, "a set's policy is performance or memory");
		return true;
	}
	if (nft_accept_word(p, "auto-merge")) {
		set->flags |= NFT_SET_AUTOMERGE;
		return true;
	}
	if (nft_is_stat(p))
		return nft_parse_set_stat(p, set);
	if (nft_accept_word(p, "comment"))
		return nft_comment(p, &set->comment);
	return nft_error(p, "syntax error, unexpected \"%s\": what a %s has are type, flags, "
			 "timeout, gc-interval, size, policy, auto-merge, counter, quota, limit, "
			 "ct count, comment, elements", nft_tok(p)->text, map ? "map" : "set");
}

static struct nft_set *declare(struct nft_parser *p, struct nft_table *t, const char *name,
			       bool map)
{
	struct nft_set *set = nft_set_new(t);

	if (!set) {
		nft_nomem(p);
		return NULL;
	}
	memcpy(set->name, name, strlen(name) + 1);
	if (map)
		set->flags |= NFT_SET_MAP;
	return set;
}

/* A set that is there already gets more elements; what it is must be said alike. */
bool nft_parse_set_block(struct nft_parser *p, struct nft_table *t, bool map)
{
	char name[NFT_NAME_MAX];
	struct nft_set *set, *said, *old;
	bool ok = true;

	if (!nft_name(p, map ? "a map's name" : "a set's name", name))
		return false;
	old = nft_set_by_name(t, name);
	said = declare(p, t, name, map);
	if (!said)
		return false;
	set = old;
	if (!nft_expect(p, "{")) {
		nft_set_destroy(p->net, said);
		return false;
	}
	for (nft_skip_lines(p); ok && !nft_is(p, "}"); nft_skip_lines(p)) {
		if (!nft_accept_word(p, "elements")) {
			ok = parse_set_attr(p, said, map);
			continue;
		}
		ok = check_set(p, said) && nft_expect(p, "=");
		if (ok && !set) {
			set = said;
			said = NULL;
			ok = !nft_set_add(set) || nft_nomem(p);
		}
		ok = ok && nft_parse_elements(p, set, false);
		if (!said)
			said = set;
	}
	ok = ok && check_set(p, said);
	if (ok && !set)
		return (!nft_set_add(said) || nft_nomem(p)) && nft_expect(p, "}");
	if (said != set) {
		if (ok && (said->klen != set->klen ||
			   ((said->flags ^ set->flags) & (NFT_SET_MAP | NFT_SET_INTERVAL))))
			ok = nft_error(p, "set \"%s\" exists and is another", name);
		nft_set_destroy(p->net, said);
	}
	return ok && nft_expect(p, "}");
}

/* ---- in rules ---- */

struct seen {			/* what stands in braces */
	bool intervals, data_intervals, data_concat;
};

/* Whether anything in the braces is more than a single value, in keys and in what they give. */
static struct seen look_ahead(const struct nft_parser *p)
{
	struct seen seen = { false, false, false };
	struct nft_lex lx = p->lx;
	bool data = false;
	u32 depth = 0;

	for (; lx.tok.kind != NFT_TOK_END; nft_lex_next(&lx)) {
		size_t n = strlen(lx.tok.text);
		bool interval = nft_tok_is(&lx, "-") || nft_tok_is(&lx, "/") ||
				(n > 1 && lx.tok.text[n - 1] == '*');

		depth += nft_tok_is(&lx, "{");
		if (nft_tok_is(&lx, "}") && !--depth)
			break;
		data = !nft_tok_is(&lx, ",") && (data || nft_tok_is(&lx, ":"));
		seen.intervals |= interval && !data;
		seen.data_intervals |= interval && data;
		seen.data_concat |= data && nft_tok_is(&lx, ".");
	}
	return seen;
}

/* What a map in braces gives. */
static void anonymous_data(struct nft_set *set, int data_type, u32 data_len,
			   const struct seen *seen)
{
	if (data_type == NFT_TYPE_VERDICT) {
		set->flags |= NFT_SET_VERDICTS;
		return;
	}
	if (data_type == NFT_DATA_OBJECTS) {
		set->flags |= NFT_SET_OBJECTS;
		set->objects = (u8)data_len;
		return;
	}
	set->data_types = 1;
	set->data_type[0] = (u8)data_type;
	set->dlen = (u8)data_len;
	if (data_type != NFT_TYPE_IPV4 && data_type != NFT_TYPE_IPV6)
		return;
	if (seen->data_intervals) {
		set->flags |= NFT_SET_DATA_INTERVAL;
	} else if (seen->data_concat) {		/* "10.0.0.1 . 80" */
		set->data_types = 2;
		set->data_type[1] = NFT_TYPE_SERVICE;
		set->dlen = (u8)(data_len + 4);
	}
}

static bool fits(struct nft_parser *p, const struct nft_set *set, const struct nft_key *key,
		 bool map, int data_type)
{
	if (set->klen != key->len || set->types != key->n)
		return nft_error(p, "the key is of another type than those of \"%s\"", set->name);
	if (map != !!(set->flags & NFT_SET_MAP))
		return nft_error(p, map ? "\"%s\" is a set, not a map" : "\"%s\" is a map, not a "
				 "set", set->name);
	if (map && ((data_type == NFT_TYPE_VERDICT) != !!(set->flags & NFT_SET_VERDICTS) ||
		    (data_type == NFT_DATA_OBJECTS) != !!(set->flags & NFT_SET_OBJECTS)))
		return nft_error(p, "the values of \"%s\" are of another type", set->name);
	return true;
}

static struct nft_set *anonymous(struct nft_parser *p, const struct nft_key *key, bool map,
				 int data_type, u32 data_len)
{
	struct nft_set *set = declare(p, p->table, "__set", map);
	struct nft_elem *a = NULL, *b = NULL;
	struct seen seen = look_ahead(p);
	int err;

	if (!set)
		return NULL;
	set->flags |= NFT_SET_ANONYMOUS | NFT_SET_CONSTANT;
	set->types = key->n;
	set->klen = key->len;
	for (u32 i = 0; i < key->n; i++) {
		set->type[i] = nft_key_type(key, i);
		set->flen[i] = key->field[i].sel->len;
	}
	if (map)
		anonymous_data(set, data_type, data_len, &seen);
	if (seen.intervals)
		set->flags |= NFT_SET_INTERVAL | (map ? 0 : NFT_SET_AUTOMERGE);
	if (nft_parse_elements(p, set, false)) {
		err = nft_set_commit(p->net, set, &a, &b);
		if (!err)
			return set;
		nft_error(p, err == -EEXIST ? "conflicting intervals specified" : "out of memory");
	}
	nft_set_destroy(p->net, set);
	return NULL;
}

struct nft_set *nft_parse_set_ref(struct nft_parser *p, const struct nft_key *key, bool map,
				  int data_type, u32 data_len)
{
	struct nft_set *set;

	if (nft_is(p, "{"))
		return anonymous(p, key, map, data_type, data_len);
	if (!nft_expect(p, "@"))
		return NULL;
	set = nft_tok(p)->kind == NFT_TOK_WORD ? nft_set_by_name(p->table, nft_tok(p)->text) : NULL;
	if (!set) {
		nft_error(p, "no such set \"%s\" in table %s", nft_tok(p)->text, p->table->name);
		return NULL;
	}
	if (!fits(p, set, key, map, data_type))
		return NULL;
	nft_next(p);
	return set;
}
