/* SPDX-License-Identifier: MIT */
/* Statements. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nft_dynset.h"
#include "net/netfilter/nft_reject.h"
#include "wire/icmp.h"

#define NFPROTO_VALUE4 2	/* as meta nfproto has them */
#define NFPROTO_VALUE6 10

struct nft_stmt *nft_stmt_add(struct nft_parser *p, enum nft_stmt_kind kind)
{
	struct nft_stmt *st = mem_zalloc(&p->net->mem, sizeof(*st));

	if (!st) {
		nft_nomem(p);
		return NULL;
	}
	st->kind = (u8)kind;
	*p->tail = st;
	p->tail = &st->next;
	return st;
}

/* ---- log ---- */

/* "tcp sequence,options", "ip options", "skuid", "ether", "all" */
static bool parse_log_flags(struct nft_parser *p, struct nft_stmt *st)
{
	if (nft_accept_word(p, "all")) {
		st->log.flags = NFT_LOG_ALL;
	} else if (nft_accept_word(p, "tcp")) {
		do {
			if (nft_accept_word(p, "sequence"))
				st->log.flags |= NFT_LOG_TCPSEQ;
			else if (nft_accept_word(p, "options"))
				st->log.flags |= NFT_LOG_TCPOPT;
			else
				return nft_unexpected(p, "sequence or options");
		} while (nft_accept(p, ","));
	} else if (nft_accept_word(p, "ip")) {
		st->log.flags |= NFT_LOG_IPOPT;
		return nft_expect_word(p, "options");
	} else if (nft_accept_word(p, "skuid")) {
		st->log.flags |= NFT_LOG_UID;
	} else if (nft_accept_word(p, "ether")) {
		st->log.flags |= NFT_LOG_ETHER;
	} else {
		return nft_unexpected(p, "all, tcp, ip, skuid or ether");
	}
	return true;
}

static bool parse_log(struct nft_parser *p)
{
	static const char levels[][8] = { "emerg", "alert", "crit", "err", "warn", "notice",
					  "info", "debug", "audit" };
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_LOG);
	u64 v;

	if (!st)
		return false;
	st->log.level = 4;
	st->log.group = -1;
	for (;;) {
		if (nft_accept_word(p, "prefix")) {
			if (nft_tok(p)->kind != NFT_TOK_STRING)
				return nft_error(p, "syntax error: a prefix in quotes was "
						 "expected");
			memcpy(st->log.prefix, nft_tok(p)->text, sizeof(st->log.prefix));
			nft_next(p);
		} else if (nft_accept_word(p, "group")) {
			if (!nft_number(p, "a group", 65535, &v))
				return false;
			st->log.group = (s32)v;
		} else if (nft_accept_word(p, "level")) {
			for (v = 0; v < ARRAY_SIZE(levels); v++)
				if (nft_is_word(p, levels[v]))
					break;
			if (v == ARRAY_SIZE(levels))
				return nft_error(p, "levels are emerg, alert, crit, err, warn, "
						 "notice, info, debug, audit");
			st->log.level = (u8)v;
			nft_next(p);
		} else if (nft_accept_word(p, "flags")) {
			if (!parse_log_flags(p, st))
				return false;
		} else if (nft_is_word(p, "snaplen") || nft_is_word(p, "queue-threshold")) {
			u32 *to = nft_is_word(p, "snaplen") ? &st->log.snaplen : &st->log.threshold;

			nft_next(p);
			if (!nft_number(p, "a number", UINT32_MAX, &v))
				return false;
			*to = (u32)v;
		} else {
			return true;
		}
	}
}

/* ---- reject ---- */

static bool parse_reject_code(struct nft_parser *p, struct nft_stmt *st)
{
	static const struct { char name[20]; u8 code; } codes[] = {
		{ "no-route", NFT_ICMPX_NO_ROUTE }, { "port-unreachable", NFT_ICMPX_PORT_UNREACH },
		{ "host-unreachable", NFT_ICMPX_HOST_UNREACH },
		{ "admin-prohibited", NFT_ICMPX_ADMIN_PROHIBITED },
	};
	bool v6 = st->reject.type == NFT_REJECT_ICMPV6;
	enum nft_type type = v6 ? NFT_TYPE_ICMPV6_CODE : NFT_TYPE_ICMP_CODE;
	char names[200] = "";
	struct strbuf sb;
	u8 code;

	nft_accept_word(p, "type");
	if (st->reject.type == NFT_REJECT_ICMPX) {
		for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
			if (nft_accept_word(p, codes[i].name)) {
				st->reject.code = codes[i].code;
				return true;
			}
		return nft_error(p, "icmpx says no-route, port-unreachable, host-unreachable or "
				 "admin-prohibited");
	}
	if (nft_tok(p)->kind != NFT_TOK_WORD ||
	    !nft_value_parse(p->net, type, nft_tok(p)->text, &code, 1)) {
		sb_init(&sb, names, sizeof(names));
		nft_value_names(&sb, type);
		return nft_error(p, "\"%s\" is no ICMP%s code (%s)", nft_tok(p)->text,
				 v6 ? "v6" : "", names);
	}
	st->reject.code = code;
	nft_next(p);
	return true;
}

static bool parse_reject(struct nft_parser *p)
{
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_REJECT);

	if (!st)
		return false;
	st->reject.type = NFT_REJECT_ICMPX;
	st->reject.code = NFT_ICMPX_PORT_UNREACH;
	st->reject.plain = true;
	if (!nft_accept_word(p, "with"))
		return true;
	st->reject.plain = false;
	if (nft_accept_word(p, "tcp")) {
		st->reject.type = NFT_REJECT_TCP_RST;
		return nft_expect_word(p, "reset");
	}
	if (nft_is_word(p, "icmp") && p->table->family == NFT_IP6)
		return nft_error(p, "packets of an ip6 table are answered with icmpv6 or icmpx");
	if (nft_is_word(p, "icmpv6") && p->table->family == NFT_IP)
		return nft_error(p, "packets of an ip table are answered with icmp or icmpx");
	if (nft_accept_word(p, "icmp"))
		st->reject.type = NFT_REJECT_ICMP;
	else if (nft_accept_word(p, "icmpv6"))
		st->reject.type = NFT_REJECT_ICMPV6;
	else if (!nft_accept_word(p, "icmpx"))
		return nft_error(p, "syntax error: icmp, icmpv6, icmpx or \"tcp reset\" was "
				 "expected");
	return parse_reject_code(p, st);
}

/* ---- all of them ---- */

static bool parse_verdict_stmt(struct nft_parser *p)
{
	struct nft_stmt *st = nft_stmt_add(p, NFT_STMT_VERDICT);

	return st && nft_parse_verdict(p, p->table, &st->verdict);
}

/* What else begins with ct is a key. */
static bool is_ct_count(const struct nft_parser *p)
{
	struct nft_lex lx = p->lx;

	nft_lex_next(&lx);
	return nft_is_word(p, "ct") && nft_tok_word(&lx, "count");
}

static bool parse_word(struct nft_parser *p, bool *known)
{
	static const struct { char word[12]; u8 kind; } nats[] = {
		{ "snat", NFT_NAT_SNAT }, { "dnat", NFT_NAT_DNAT },
		{ "masquerade", NFT_NAT_MASQUERADE }, { "redirect", NFT_NAT_REDIRECT },
	};
	static const struct { char word[8]; u8 op; } sets[] = {
		{ "add", NFT_DYNSET_ADD }, { "update", NFT_DYNSET_UPDATE },
		{ "delete", NFT_DYNSET_DELETE },
	};

	*known = true;
	for (size_t i = 0; i < ARRAY_SIZE(nats); i++)
		if (nft_accept_word(p, nats[i].word))
			return nft_parse_nat(p, (enum nft_nat_kind)nats[i].kind);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (nft_accept_word(p, sets[i].word))
			return nft_parse_dynset(p, sets[i].op);
	if (nft_accept_word(p, "meter"))
		return nft_parse_meter(p);
	if (nft_is_verdict(p))
		return parse_verdict_stmt(p);
	if (nft_accept_word(p, "counter"))
		return nft_parse_count(p, NFT_STMT_COUNTER);
	if (nft_accept_word(p, "quota"))
		return nft_parse_count(p, NFT_STMT_QUOTA);
	if (nft_accept_word(p, "limit"))
		return nft_parse_count(p, NFT_STMT_LIMIT);
	if (is_ct_count(p)) {
		nft_next(p);
		return nft_parse_own_count(p, NFT_STMT_CONNLIMIT);
	}
	if (nft_accept_word(p, "flow"))
		return nft_parse_flow_add(p);
	if (nft_accept_word(p, "log"))
		return parse_log(p);
	if (nft_accept_word(p, "reject"))
		return parse_reject(p);
	if (nft_accept_word(p, "notrack"))
		return nft_stmt_add(p, NFT_STMT_NOTRACK);
	if (nft_accept_word(p, "comment"))
		return nft_comment(p, &p->rule->comment);
	*known = false;
	return true;
}

/* "tcp dprt": the protocol is known. True: that was told. */
static bool unknown_field(struct nft_parser *p)
{
	char fields[256] = "", word[NFT_WORD_MAX];
	struct strbuf sb;
	size_t n;

	if (nft_tok(p)->kind != NFT_TOK_WORD)
		return false;
	memcpy(word, nft_tok(p)->text, sizeof(word));
	n = strlen(word);
	sb_init(&sb, fields, sizeof(fields));
	for (u32 i = 0; i < nft_selectors_n; i++)
		if (!strncmp(nft_selectors[i].text, word, n) && nft_selectors[i].text[n] == ' ')
			sb_printf(&sb, "%s%s", sb.len ? ", " : "", nft_selectors[i].text + n + 1);
	if (!sb.len)
		return false;
	nft_next(p);
	nft_error(p, "%s has no field \"%s\": it has %s", word, nft_tok(p)->text, fields);
	return true;
}

static bool parse_stmt(struct nft_parser *p)
{
	struct nft_stmt *st;
	bool known;

	p->raw = false;
	p->raw_width = 0;
	if (nft_key_begins(p)) {
		st = nft_stmt_add(p, NFT_STMT_MATCH);
		return st && nft_parse_match(p, st);
	}
	if (!parse_word(p, &known))
		return false;
	if (known)
		return true;
	if (unknown_field(p))
		return false;
	if (nft_tok(p)->kind == NFT_TOK_WORD || nft_tok(p)->kind == NFT_TOK_STRING)
		return nft_error(p, "syntax error, unexpected \"%s\": a match, a statement or a "
				 "verdict was expected", nft_tok(p)->text);
	return nft_error(p, "syntax error: a match, a statement or a verdict was expected");
}

static bool says_tcp(const struct nft_stmt *st)
{
	const struct nft_key *key = &st->match.key;
	const struct nft_selector *s;

	if (st->kind == NFT_STMT_VMAP)
		key = &st->vmap.key;
	else if (st->kind != NFT_STMT_MATCH)
		return false;
	for (u32 i = 0; i < key->n; i++) {
		s = key->field[i].sel;
		if (s->l4 == IP_PROTO_TCP)
			return true;
		if (s->type == NFT_TYPE_PROTO && st->kind == NFT_STMT_MATCH && key->n == 1 &&
		    st->match.rhs == NFT_RHS_VALUE && st->match.op == NFT_OP_EQ)
			return st->match.a[0] == IP_PROTO_TCP;
	}
	return false;
}

/* Whether a match says of which family its packets are. */
static bool says_family(const struct nft_stmt *st)
{
	const struct nft_key *key = st->kind == NFT_STMT_VMAP ? &st->vmap.key : &st->match.key;

	if (st->kind != NFT_STMT_VMAP && st->kind != NFT_STMT_MATCH)
		return false;
	for (u32 i = 0; i < key->n; i++)
		if (key->field[i].sel->l3 || key->field[i].sel->type == NFT_TYPE_NFPROTO)
			return true;
	return false;
}

/* What a statement needs of a packet becomes the rule's first match, unless one says it already:
 * others do not meet the rule. */
static bool add_match(struct nft_parser *p, struct nft_rule *r, const char *what, u8 value,
		      bool (*says)(const struct nft_stmt *st))
{
	struct nft_stmt *st;

	for (st = r->stmts; st; st = st->next)
		if (says(st))
			return true;
	st = mem_zalloc(&p->net->mem, sizeof(*st));
	if (!st)
		return nft_nomem(p);
	st->kind = NFT_STMT_MATCH;
	st->implied = strcmp(what, "meta l4proto");	/* that one nft lists */
	st->next = r->stmts;
	r->stmts = st;
	st->match.key = (struct nft_key){
		.n = 1, .len = 1, .field[0].sel = nft_selector_named(what),
	};
	st->match.a[0] = value;
	return true;
}

/* Only a segment can be reset, and an error of ICMP is for packets of its own family. */
static bool reject_needs(struct nft_parser *p, struct nft_rule *r, const struct nft_stmt *st)
{
	bool inet = r->chain->table->family == NFT_INET;

	switch (st->reject.type) {
	case NFT_REJECT_TCP_RST:
		return add_match(p, r, "meta l4proto", IP_PROTO_TCP, says_tcp);
	case NFT_REJECT_ICMP:
		return !inet || add_match(p, r, "meta nfproto", NFPROTO_VALUE4, says_family);
	case NFT_REJECT_ICMPV6:
		return !inet || add_match(p, r, "meta nfproto", NFPROTO_VALUE6, says_family);
	default:
		return true;
	}
}

static bool is_last(const struct nft_stmt *st)
{
	return st->kind == NFT_STMT_VERDICT || st->kind == NFT_STMT_REJECT ||
	       st->kind == NFT_STMT_NAT;
}

bool nft_parse_rule(struct nft_parser *p, struct nft_rule *r)
{
	const struct nft_stmt *last = NULL;

	p->rule = r;
	p->tail = &r->stmts;
	while (!nft_at_end(p)) {
		struct nft_stmt **before = p->tail;

		if (last && !nft_is_word(p, "comment"))
			return nft_error(p, "nothing can follow a verdict");
		if (!parse_stmt(p))
			return false;
		if (*before && is_last(*before))
			last = *before;
	}
	if (last && last->kind == NFT_STMT_REJECT && !reject_needs(p, r, last))
		return false;
	return r->stmts || nft_error(p, "syntax error: a rule was expected");
}
