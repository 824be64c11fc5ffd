/* SPDX-License-Identifier: MIT */
/*
 * Reading nftables' language. Commands are done as they are read (nft_table.h); the first error
 * ends all, and is told with its place:
 *
 *	FILE:3:12-17: Error: no such chain "web" in table inet filter
 *	  tcp dport 80 jump web
 *	                    ^^^
 *
 *	nft_parser.c		errors, tokens
 *	nft_parse.c		commands, tables
 *	nft_parse_chain.c	chains
 *	nft_parse_set.c		sets, maps, elements
 *	nft_parse_obj.c		counters, quotas, limits and helpers with names
 *	nft_parse_flow.c	flowtables
 *	nft_parse_list.c	list and reset
 *	nft_parse_rule.c	statements
 *	nft_parse_count.c	... that count and allow
 *	nft_parse_nat.c		... that rewrite
 *	nft_parse_dynset.c	... that fill sets; what elements count and allow
 *	nft_parse_key.c		what is asked of a packet
 *	nft_parse_raw.c		... by its place
 *	nft_parse_expr.c	what it is compared with, and values
 *	nft_print.c		lists, in the same language: tables, chains
 *	nft_print_set.c		... values, sets
 *	nft_print_rule.c	... rules
 */
#ifndef LINNET_CTL_NFT_PARSE_H
#define LINNET_CTL_NFT_PARSE_H

#include "ctl/nft_lex.h"
#include "net/netfilter/nft_table.h"

struct nft_parser {
	struct net *net;
	struct nft_lex lx;
	struct strbuf *out;		/* lists, errors */
	const char *source;		/* "FILE", for errors */
	const char *text;		/* all of it */
	size_t len;
	struct nft_define defines[NFT_DEFINES_MAX];
	u32 ndefines;
	u32 how;			/* NFT_RUN_* */
	bool failed;
	u8 raw_width;			/* "@th,20,4" was read: 4; 0: whole bytes */
	bool raw;			/* numbers are values of any type: "@nh,96,32 0xa000001" */
	int err;
	/* what a rule is being read for */
	struct nft_table *table;
	struct nft_rule *rule;
	struct nft_stmt **tail;
};

#define NFT_RUN_HANDLES 1u		/* -a: lists have them */
#define NFT_RUN_CHECK 2u		/* -c: everything as if, and nothing is changed */
#define NFT_RUN_STATELESS 4u		/* -s: lists without what was counted */
#define NFT_RUN_TERSE 8u		/* -t: lists without sets' elements */

/* The whole of a text: 0, or -errno with the error told in out and nothing changed. */
int nft_run(struct net *net, const char *source, const char *text, size_t len, u32 how,
	    struct strbuf *out);

/* ---- between the files ---- */

/* Tells an error at the next token, once; false, for `return`. */
__attribute__((format(printf, 2, 3))) bool nft_error(struct nft_parser *p, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) bool nft_error_at(struct nft_parser *p,
							 const struct nft_tok *tok,
							 const char *fmt, ...);
/* "syntax error, unexpected X: `want` was expected" */
bool nft_unexpected(struct nft_parser *p, const char *want);
bool nft_nomem(struct nft_parser *p);

static inline const struct nft_tok *nft_tok(const struct nft_parser *p)
{
	return &p->lx.tok;
}

static inline bool nft_is(const struct nft_parser *p, const char *sign)
{
	return nft_tok_is(&p->lx, sign);
}

static inline bool nft_is_word(const struct nft_parser *p, const char *word)
{
	return nft_tok_word(&p->lx, word);
}

static inline bool nft_at_end(const struct nft_parser *p)
{
	return p->lx.tok.kind == NFT_TOK_END || p->lx.tok.kind == NFT_TOK_LINE || nft_is(p, "}");
}

void nft_next(struct nft_parser *p);
bool nft_accept(struct nft_parser *p, const char *sign);		/* read it, if it is next */
bool nft_accept_word(struct nft_parser *p, const char *word);
bool nft_expect(struct nft_parser *p, const char *sign);	/* or an error */
bool nft_expect_word(struct nft_parser *p, const char *word);
bool nft_name(struct nft_parser *p, const char *what, char name[NFT_NAME_MAX]);
bool nft_number(struct nft_parser *p, const char *what, u64 max, u64 *v);
bool nft_comment(struct nft_parser *p, char **comment);
void nft_skip_lines(struct nft_parser *p);
/* Up to the end of the line, or of the block around it. */
void nft_skip_rest(struct nft_parser *p);

/* nft_parse.c: "ip t c", read; an error and NULL when there is none. must: else it is made. */
struct nft_table *nft_find_table(struct nft_parser *p, bool must);
struct nft_chain *nft_find_chain(struct nft_parser *p);
struct nft_set *nft_find_set(struct nft_parser *p);
struct nft_obj *nft_find_obj(struct nft_parser *p);	/* from "counter" on */

/* nft_parse_chain.c: "device eth0", "devices = { eth0, eth1 }"; "filter + 10", "-150" */
struct nft_device_names {
	u8 n;
	char name[NFT_DEVICES_MAX][16];
};
bool nft_parse_device_list(struct nft_parser *p, struct nft_device_names *d);
bool nft_parse_priority(struct nft_parser *p, u8 hook, s32 *priority);
/* From its name on: what it is, without its rules; then these. */
bool nft_parse_chain_head(struct nft_parser *p, struct nft_table *t);
bool nft_parse_chain_rules(struct nft_parser *p, struct nft_table *t);
bool nft_cmd_add_chain(struct nft_parser *p);	/* behind "add chain" */
/* The rule that is next is read, and stands before or behind `at`, or, with NULL, first or last. */
bool nft_parse_new_rule(struct nft_parser *p, struct nft_chain *c, struct nft_rule *at,
			bool before);

/* nft_parse_list.c */
bool nft_cmd_list(struct nft_parser *p);
bool nft_cmd_reset(struct nft_parser *p);

/* nft_parse_key.c */
const struct nft_selector *nft_selector_named(const char *text);	/* NULL: none */
bool nft_key_begins(const struct nft_parser *p);
bool nft_parse_key(struct nft_parser *p, struct nft_key *key);
u8 nft_key_type(const struct nft_key *key, u32 i);
/* nft_parse_raw.c: "@th,16,16" is next; read; and, behind the value, put where its bits stand. */
bool nft_raw_begins(const struct nft_parser *p);
bool nft_parse_raw(struct nft_parser *p, struct nft_key *key, struct nft_field *f);
bool nft_raw_settle(struct nft_parser *p, struct nft_match *m);
bool nft_raw_refuse(struct nft_parser *p);	/* an error: what they are wanted for */
/* The value, read at `at`, has no more bits than are asked for (any, of whole bytes). */
bool nft_raw_fits(struct nft_parser *p, const struct nft_tok *at, const u8 *v, u32 len);
/* nft_parse_expr.c: a value, a range or a prefix of one type, its first and last. kind:
 * NFT_RHS_*. */
bool nft_parse_range(struct nft_parser *p, enum nft_type type, u32 len, u8 *a, u8 *b, u8 *kind,
		     u8 *plen);
bool nft_parse_match(struct nft_parser *p, struct nft_stmt *st);
/* "meta mark set ..." and its kin: a value, a key or a map's. */
bool nft_parse_expr(struct nft_parser *p, enum nft_type type, u32 len, struct nft_expr *x);

/* nft_parse_set.c */
bool nft_parse_set_block(struct nft_parser *p, struct nft_table *t, bool map);
bool nft_parse_elements(struct nft_parser *p, struct nft_set *set, bool del);
#define NFT_DATA_OBJECTS (-2)	/* data_len: enum nft_stmt_kind of them */
/* "{ ... }" in a rule, or "@name", for a key; map: with values of data_type (or verdicts). */
struct nft_set *nft_parse_set_ref(struct nft_parser *p, const struct nft_key *key, bool map,
				  int data_type, u32 data_len);
bool nft_parse_verdict(struct nft_parser *p, struct nft_table *t, struct nft_verdict *v);
bool nft_is_verdict(const struct nft_parser *p);

/* nft_parse_rule.c: statements up to the end of the line. */
bool nft_parse_rule(struct nft_parser *p, struct nft_rule *r);
struct nft_stmt *nft_stmt_add(struct nft_parser *p, enum nft_stmt_kind kind);

/* nft_parse_count.c: "counter ...", "quota name q": of its own, or one of the table's. */
bool nft_parse_count(struct nft_parser *p, enum nft_stmt_kind kind);
bool nft_parse_own_count(struct nft_parser *p, enum nft_stmt_kind kind);
/* What stands behind counter, quota or limit, st->kind says which. */
bool nft_parse_counted(struct nft_parser *p, struct nft_stmt *st);

/* nft_parse_nat.c: behind "snat" and its kin */
bool nft_parse_nat(struct nft_parser *p, enum nft_nat_kind kind);

/* nft_parse_dynset.c: behind add, update, delete; behind meter */
bool nft_parse_dynset(struct nft_parser *p, u8 op);
bool nft_parse_meter(struct nft_parser *p);
/* "counter", "quota 5 bytes", "limit rate ...", "ct count ...": one of them is next; read. */
const char *nft_stat_word(u8 kind);	/* "limit", "ct" */
void nft_stat_stmt(const struct nft_stat *s, struct nft_stmt *st);	/* the same, as a rule's */
bool nft_is_stat(const struct nft_parser *p);
bool nft_parse_stat(struct nft_parser *p, struct nft_stat *s);
/* In a set's own block, and behind an element's key. */
bool nft_parse_set_stat(struct nft_parser *p, struct nft_set *set);
bool nft_parse_elem_stat(struct nft_parser *p, const struct nft_set *set, struct nft_elem *e,
			 u32 *said);

/* nft_parse_obj.c */
const char *nft_obj_word(u8 kind);	/* "counter" */
bool nft_is_obj(const struct nft_parser *p);
/* From its name on, in a table's block or in a command; create: it must be new. */
bool nft_parse_obj(struct nft_parser *p, struct nft_table *t, enum nft_stmt_kind kind, bool create);
/* "counter", "quota" or "limit", read. */
enum nft_stmt_kind nft_obj_kind(struct nft_parser *p);
/* "counters": read when it is next. */
bool nft_accept_objs(struct nft_parser *p, enum nft_stmt_kind *kind);
bool nft_parse_helper_set(struct nft_parser *p, struct nft_stmt *st);
/* What was counted is 0 again. */
void nft_stmt_reset(struct nft_stmt *st);
void nft_obj_reset(struct nft_obj *o);

/* nft_parse_flow.c: from its name on, in a table's block or in a command; create: it must be new */
bool nft_parse_flowtable(struct nft_parser *p, struct nft_table *t, bool create);
bool nft_delete_flowtable(struct nft_parser *p);	/* behind "delete flowtable" */
bool nft_list_flowtable(struct nft_parser *p);
bool nft_list_flowtables(struct nft_parser *p);
bool nft_parse_flow_add(struct nft_parser *p);		/* behind "flow" */
/* nft_print.c */
/* Of a table, or one alone. */
void nft_print_flowtables(struct nft_parser *p, const struct nft_table *t,
			  const struct nft_flowtable *only);
void nft_print_counted(struct nft_parser *p, const struct nft_stmt *st);
void nft_print_obj(struct nft_parser *p, const struct nft_obj *o);
void nft_print_stats(struct nft_parser *p, const struct nft_stats *s, const char *sep,
		     bool used);
/* Of a table these alone; of objects those of a kind, and nothing when it has none. */
enum nft_part { NFT_PART_OBJS, NFT_PART_SETS, NFT_PART_MAPS, NFT_PART_METERS,
		NFT_PART_CHAINS };
void nft_print_part(struct nft_parser *p, const struct nft_table *t, enum nft_part part, u8 kind);
void nft_print_table(struct nft_parser *p, const struct nft_table *t);
void nft_print_chain(struct nft_parser *p, const struct nft_chain *c);
void nft_print_set(struct nft_parser *p, struct nft_set *s);
void nft_print_rule(struct nft_parser *p, const struct nft_rule *r);
const char *nft_family_name(u8 family);
u8 nft_accept_family(struct nft_parser *p);	/* NFT_FAMILIES: none is named */
const char *nft_hook_name(u8 hook);
/* dstnat and srcnat are names at one hook only, and at ingress filter alone is. */
bool nft_priority_fits(s32 priority, u8 hook);
const char *nft_chain_type_name(u8 type);

#endif
