/* SPDX-License-Identifier: MIT */
/* Lists of the ruleset, in the language in which they can be loaded again. */
#include "ctl/nft_parse.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nft_reject.h"

static void print_comment(struct strbuf *out, const char *comment)
{
	if (comment)
		sb_printf(out, " comment \"%s\"", comment);
}

/* ---- values ---- */

/* The prefix length when [a, b] is one, else -1. */
static int prefix_of(const u8 *a, const u8 *b, u32 len)
{
	u32 bits = 0;

	while (bits < len * 8 && !((a[bits / 8] ^ b[bits / 8]) & (0x80 >> bits % 8)))
		bits++;
	for (u32 i = bits; i < len * 8; i++)
		if (a[i / 8] & (0x80 >> i % 8) || !(b[i / 8] & (0x80 >> i % 8)))
			return -1;
	return (int)bits;
}

static void print_value(struct nft_parser *p, u8 type, const u8 *v, u32 len)
{
	nft_value_print(p->net, p->out, type, v, len);
}

static void print_prefix(struct nft_parser *p, u8 type, const u8 *a, u32 len, u32 plen)
{
	if (type == NFT_TYPE_IFNAME) {
		sb_printf(p->out, "\"%.*s*\"", (int)(plen / 8), (const char *)a);
		return;
	}
	print_value(p, type, a, len);
	sb_printf(p->out, "/%u", plen);
}

static void print_range(struct nft_parser *p, u8 type, const u8 *a, const u8 *b, u32 len)
{
	int plen = type == NFT_TYPE_IPV4 || type == NFT_TYPE_IPV6 || type == NFT_TYPE_IFNAME ?
		   prefix_of(a, b, len) : -1;

	if (!memcmp(a, b, len)) {
		print_value(p, type, a, len);
	} else if (plen >= 0) {
		print_prefix(p, type, a, len, (u32)plen);
	} else {
		print_value(p, type, a, len);
		sb_putc(p->out, '-');
		print_value(p, type, b, len);
	}
}

static void print_concat(struct nft_parser *p, const u8 *type, const u8 *len, u32 n, const u8 *v)
{
	for (u32 i = 0; i < n; i++) {
		if (i)
			sb_puts(p->out, " . ");
		print_value(p, type[i], v, len[i]);
		v += round_up(len[i], 4);
	}
}

static void print_key(struct nft_parser *p, const struct nft_key *key)
{
	for (u32 i = 0; i < key->n; i++) {
		const struct nft_field *f = &key->field[i];

		sb_printf(p->out, "%s%s", i ? " . " : "", f->sel->text);
		if (f->sel->base == NFT_BASE_NUMGEN)
			sb_puts(p->out, f->inc ? " inc" : " random");
		if (f->sel->base == NFT_BASE_HASH)
			sb_puts(p->out, " ip saddr . ip daddr");
		if (f->mod)
			sb_printf(p->out, " mod %u", f->mod);
		if (f->offset)
			sb_printf(p->out, " offset %u", f->offset);
	}
}

/* ---- sets ---- */

static void print_verdict(struct nft_parser *p, const struct nft_verdict *v)
{
	static const char names[][12] = {
		[NFT_CONTINUE] = "continue", [NFT_BREAK] = "break", [NFT_ACCEPT] = "accept",
		[NFT_DROP] = "drop", [NFT_JUMP] = "jump", [NFT_GOTO] = "goto",
		[NFT_RETURN] = "return",
	};

	sb_puts(p->out, names[v->code]);
	if (v->chain)
		sb_printf(p->out, " %s", v->chain->name);
}

static void print_elem(struct nft_parser *p, const struct nft_set *s, const struct nft_elem *e,
		       const struct nft_elem *last)
{
	if (e->catchall)
		sb_putc(p->out, '*');
	else if (s->flags & NFT_SET_INTERVAL)
		print_range(p, s->type[0], nft_elem_key(e), nft_elem_end(s, last), s->klen);
	else if (s->types > 1)
		print_concat(p, s->type, s->flen, s->types, nft_elem_key(e));
	else
		print_value(p, s->type[0], nft_elem_key(e), s->klen);
	if (e->timeout) {
		sb_puts(p->out, " timeout ");
		nft_time_print(p->out, e->timeout);
	}
	if (e->expires != KTIME_MAX && !(p->how & NFT_RUN_STATELESS)) {
		sb_puts(p->out, " expires ");
		nft_time_print(p->out, e->expires > p->net->now ? e->expires - p->net->now : 0);
	}
	if (s->flags & NFT_SET_COUNTERS && !(p->how & NFT_RUN_STATELESS))
		sb_printf(p->out, " counter packets %llu bytes %llu",
			  (unsigned long long)e->packets, (unsigned long long)e->bytes);
	print_comment(p->out, e->comment);
	if (!(s->flags & NFT_SET_MAP))
		return;
	sb_puts(p->out, " : ");
	if (s->flags & NFT_SET_VERDICTS)
		print_verdict(p, &e->verdict);
	else if (s->data_types > 1)
		print_concat(p, s->data_type, (const u8[]){ nft_type_len(s->data_type[0]), 2 }, 2,
			     nft_elem_data(s, e));
	else
		print_value(p, s->data_type[0], nft_elem_data(s, e), s->dlen);
}

/* "{ a, b }"; in: what a line that goes on begins with, or NULL for one line. */
static void print_elements(struct nft_parser *p, struct nft_set *s, const char *in)
{
	const char *sep = "";
	u32 n = 0, i;
	struct nft_elem **v = NULL;

	sb_puts(p->out, "{ ");
	if (!(s->flags & NFT_SET_INTERVAL)) {
		v = nft_set_sorted(p->net, s, &n);
	} else {
		n = s->nsorted;
	}
	for (i = 0; i < n; i++) {
		const struct nft_elem *e = v ? v[i] : s->sorted[i].lo;

		if (e->expires <= p->net->now)
			continue;
		sb_puts(p->out, sep);
		print_elem(p, s, e, v ? e : s->sorted[i].hi);
		sep = in && (i & 1) ? in : ", ";
	}
	if (v)
		mem_free(&p->net->mem, v, (s->hash.count + 1) * sizeof(struct nft_elem *));
	if (s->catchall) {
		sb_puts(p->out, sep);
		print_elem(p, s, s->catchall, NULL);
	}
	sb_puts(p->out, " }");
}

static void print_set_ref(struct nft_parser *p, struct nft_set *s)
{
	if (s->flags & NFT_SET_ANONYMOUS)
		print_elements(p, s, NULL);
	else
		sb_printf(p->out, "@%s", s->name);
}

static void print_types(struct nft_parser *p, const u8 *type, u32 n)
{
	for (u32 i = 0; i < n; i++)
		sb_printf(p->out, "%s%s", i ? " . " : "", nft_type_name(type[i]));
}

static void print_set_type(struct nft_parser *p, const struct nft_set *s)
{
	bool typeof_ = s->sel[0];

	sb_puts(p->out, typeof_ ? "\t\ttypeof " : "\t\ttype ");
	for (u32 i = 0; typeof_ && i < s->types; i++)
		sb_printf(p->out, "%s%s", i ? " . " : "", s->sel[i]->text);
	if (!typeof_)
		print_types(p, s->type, s->types);
	if (s->flags & NFT_SET_MAP) {
		sb_puts(p->out, " : ");
		if (s->flags & NFT_SET_VERDICTS)
			sb_puts(p->out, "verdict");
		else if (typeof_)
			sb_puts(p->out, s->data_sel->text);
		else
			print_types(p, s->data_type, s->data_types);
	}
	sb_putc(p->out, '\n');
}

static void set_body(struct nft_parser *p, struct nft_set *s)
{
	static const struct { u16 flag; char name[12]; } flags[] = {
		{ NFT_SET_CONSTANT, "constant" }, { NFT_SET_INTERVAL, "interval" },
		{ NFT_SET_TIMEOUT, "timeout" }, { NFT_SET_DYNAMIC, "dynamic" },
	};
	const char *sep = "\t\tflags ";

	print_set_type(p, s);
	if (s->size)
		sb_printf(p->out, "\t\tsize %u\n", s->size);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!(s->flags & flags[i].flag))
			continue;
		sb_printf(p->out, "%s%s", sep, flags[i].name);
		sep = ",";
	}
	if (*sep == ',')
		sb_putc(p->out, '\n');
	if (s->timeout) {
		sb_puts(p->out, "\t\ttimeout ");
		nft_time_print(p->out, s->timeout);
		sb_putc(p->out, '\n');
	}
	if (s->gc_interval) {
		sb_puts(p->out, "\t\tgc-interval ");
		nft_time_print(p->out, s->gc_interval);
		sb_putc(p->out, '\n');
	}
	if (s->flags & NFT_SET_COUNTERS)
		sb_puts(p->out, "\t\tcounter\n");
	if (s->flags & NFT_SET_AUTOMERGE)
		sb_puts(p->out, "\t\tauto-merge\n");
	if (s->comment)
		sb_printf(p->out, "\t\tcomment \"%s\"\n", s->comment);
	if ((s->hash.count || s->catchall) && !(p->how & NFT_RUN_TERSE)) {
		sb_puts(p->out, "\t\telements = ");
		print_elements(p, s, ",\n\t\t\t     ");
		sb_putc(p->out, '\n');
	}
}

static void print_handle(struct nft_parser *p, u64 handle)
{
	if (p->how & NFT_RUN_HANDLES)
		sb_printf(p->out, " # handle %llu", (unsigned long long)handle);
}

static void print_set_in(struct nft_parser *p, struct nft_set *s)
{
	sb_printf(p->out, "\t%s %s {", s->flags & NFT_SET_MAP ? "map" : "set", s->name);
	print_handle(p, s->handle);
	sb_putc(p->out, '\n');
	set_body(p, s);
	sb_puts(p->out, "\t}\n");
}

/* ---- statements ---- */

static const char *op_text(u8 op)
{
	static const char ops[][4] = { "", "!= ", "< ", "<= ", "> ", ">= ", "" };

	return ops[op];
}

static u32 bits_set(const u8 *v, u32 len)
{
	u32 n = 0;

	for (u32 i = 0; i < len; i++)
		n += (u32)__builtin_popcount(v[i]);
	return n;
}

/* "syn,ack": any; "! syn": none; "syn / syn,ack"; "== syn"; "!= syn | ack" */
static void print_flag_match(struct nft_parser *p, const struct nft_match *m, u8 type)
{
	u32 len = m->key.len, value = bits_set(m->a, len);

	if (m->masked && !value) {
		sb_puts(p->out, m->op == NFT_OP_EQ ? " ! " : " ");
		print_value(p, type, m->mask, len);
	} else if (m->masked && bits_set(m->mask, len) == 1) {
		sb_puts(p->out, " & ");
		print_value(p, type, m->mask, len);
		sb_puts(p->out, m->op == NFT_OP_EQ ? " == " : " != ");
		print_value(p, type, m->a, len);
	} else if (m->masked) {
		sb_puts(p->out, m->op == NFT_OP_EQ ? " " : " != ");
		print_value(p, type, m->a, len);
		sb_puts(p->out, " / ");
		print_value(p, type, m->mask, len);
	} else if (m->op == NFT_OP_ANY) {
		sb_putc(p->out, ' ');
		print_value(p, type, m->a, len);
	} else {
		sb_puts(p->out, m->op == NFT_OP_EQ ? " == " : " != ");
		nft_flags_print(p->out, type, m->a, len, " | ");
	}
}

static void print_match(struct nft_parser *p, const struct nft_match *m)
{
	u8 type = m->key.field[0].sel->type;
	u8 types[NFT_FIELDS_MAX], lens[NFT_FIELDS_MAX];

	print_key(p, &m->key);
	if (m->rhs == NFT_RHS_VALUE && nft_type_is_flags(type) && m->key.n == 1) {
		print_flag_match(p, m, type);
		return;
	}
	if (m->masked) {
		sb_puts(p->out, " & ");
		print_value(p, type, m->mask, m->key.len);
	}
	sb_putc(p->out, ' ');
	if (m->masked && m->op == NFT_OP_EQ)
		sb_puts(p->out, "== ");
	sb_puts(p->out, op_text(m->op));
	switch (m->rhs) {
	case NFT_RHS_SET:
		print_set_ref(p, m->set);
		break;
	case NFT_RHS_PREFIX:
		print_prefix(p, type, m->a, m->key.len, m->plen);
		break;
	case NFT_RHS_RANGE:
		print_value(p, type, m->a, m->key.len);
		sb_putc(p->out, '-');
		print_value(p, type, m->b, m->key.len);
		break;
	default:
		for (u32 i = 0; i < m->key.n; i++) {
			types[i] = m->key.field[i].sel->type;
			lens[i] = m->key.field[i].sel->len;
		}
		if (m->key.n > 1)
			print_concat(p, types, lens, m->key.n, m->a);
		else
			print_value(p, type, m->a, m->key.len);
		break;
	}
}

static void print_expr(struct nft_parser *p, const struct nft_expr *x)
{
	switch (x->kind) {
	case NFT_EXPR_VALUE:
		print_value(p, x->type, x->a, x->len);
		break;
	case NFT_EXPR_RANGE:
		print_range(p, x->type, x->a, x->b, x->len);
		break;
	case NFT_EXPR_KEY:
		print_key(p, &x->key);
		break;
	case NFT_EXPR_MAP:
		print_key(p, &x->key);
		sb_puts(p->out, " map ");
		print_set_ref(p, x->set);
		break;
	default:
		break;
	}
}

static void print_bytes(struct strbuf *out, u64 v)
{
	if (v && !(v & ((1 << 20) - 1)))
		sb_printf(out, "%llu mbytes", (unsigned long long)(v >> 20));
	else if (v && !(v & ((1 << 10) - 1)))
		sb_printf(out, "%llu kbytes", (unsigned long long)(v >> 10));
	else
		sb_printf(out, "%llu bytes", (unsigned long long)v);
}

static void print_limit(struct nft_parser *p, const struct nft_limit *l)
{
	static const struct { s64 s; char name[8]; } units[] = {
		{ 1, "second" }, { 60, "minute" }, { 3600, "hour" }, { 86400, "day" },
		{ 604800, "week" },
	};

	sb_printf(p->out, "rate %s", l->over ? "over " : "");
	if (l->of_bytes)
		print_bytes(p->out, l->rate);
	else
		sb_printf(p->out, "%llu", (unsigned long long)l->rate);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].s * NSEC_PER_SEC == l->per)
			sb_printf(p->out, "/%s", units[i].name);
	if (!l->of_bytes) {
		sb_printf(p->out, " burst %llu packets", (unsigned long long)l->burst);
	} else if (l->burst) {
		sb_puts(p->out, " burst ");
		print_bytes(p->out, l->burst);
	}
}

static void print_log(struct nft_parser *p, const struct nft_stmt *st)
{
	static const char levels[][8] = { "emerg", "alert", "crit", "err", "warn", "notice",
					  "info", "debug" };

	sb_puts(p->out, "log");
	if (*st->log.prefix)
		sb_printf(p->out, " prefix \"%s\"", st->log.prefix);
	if (st->log.group >= 0)
		sb_printf(p->out, " group %d", st->log.group);
	else if (st->log.level != 4)
		sb_printf(p->out, " level %s", levels[st->log.level]);
}

static void print_reject(struct nft_parser *p, const struct nft_stmt *st)
{
	static const char icmpx[][20] = { "no-route", "port-unreachable", "host-unreachable",
					  "admin-prohibited" };

	sb_puts(p->out, "reject");
	if (st->reject.plain)
		return;
	switch (st->reject.type) {
	case NFT_REJECT_TCP_RST:
		sb_puts(p->out, " with tcp reset");
		break;
	case NFT_REJECT_ICMP:
		sb_puts(p->out, " with icmp ");
		print_value(p, NFT_TYPE_ICMP_CODE, &st->reject.code, 1);
		break;
	case NFT_REJECT_ICMPV6:
		sb_puts(p->out, " with icmpv6 ");
		print_value(p, NFT_TYPE_ICMPV6_CODE, &st->reject.code, 1);
		break;
	default:
		sb_printf(p->out, " with icmpx %s", icmpx[st->reject.code]);
		break;
	}
}

/* IPv6's stand in brackets where a port follows. */
static void print_nat_addr(struct nft_parser *p, const struct nft_stmt *st)
{
	const struct nft_expr *x = &st->nat.addr;
	bool range = x->kind == NFT_EXPR_RANGE;

	if (x->type != NFT_TYPE_IPV6 || !st->nat.port.kind ||
	    !(range || x->kind == NFT_EXPR_VALUE)) {
		print_expr(p, x);
		return;
	}
	sb_putc(p->out, '[');
	print_value(p, x->type, x->a, x->len);
	if (range) {
		sb_puts(p->out, "]-[");
		print_value(p, x->type, x->b, x->len);
	}
	sb_putc(p->out, ']');
}

static void print_nat(struct nft_parser *p, const struct nft_stmt *st)
{
	static const struct { u32 flag; char name[16]; } flags[] = {
		{ NF_NAT_RANGE_PROTO_RANDOM, "random" },
		{ NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fully-random" },
		{ NF_NAT_RANGE_PERSISTENT, "persistent" },
	};
	static const char kinds[][12] = { "snat", "dnat", "masquerade", "redirect" };
	const char *sep = " ";

	sb_puts(p->out, kinds[st->nat.kind]);
	if (st->nat.family)
		sb_puts(p->out, st->nat.l3 == 6 ? " ip6" : " ip");
	if (st->nat.addr.kind || st->nat.port.kind)
		sb_puts(p->out, " to ");
	print_nat_addr(p, st);
	if (st->nat.port.kind) {
		sb_putc(p->out, ':');
		print_expr(p, &st->nat.port);
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (st->nat.flags & flags[i].flag) {
			sb_printf(p->out, "%s%s", sep, flags[i].name);
			sep = ",";
		}
}

static void print_dynset(struct nft_parser *p, const struct nft_stmt *st)
{
	static const char ops[][8] = { "add", "update", "delete" };

	sb_printf(p->out, "%s @%s { ", ops[st->dynset.op], st->dynset.set->name);
	print_key(p, &st->dynset.key);
	if (st->dynset.timeout) {
		sb_puts(p->out, " timeout ");
		nft_time_print(p->out, st->dynset.timeout);
	}
	sb_puts(p->out, " }");
}

static void print_quota(struct nft_parser *p, const struct nft_stmt *st)
{
	sb_puts(p->out, st->quota.over ? "over " : "");
	print_bytes(p->out, st->quota.bytes);
	if (st->quota.used && !(p->how & NFT_RUN_STATELESS)) {	/* what is beyond it says nothing */
		sb_puts(p->out, " used ");
		print_bytes(p->out, min(st->quota.used, st->quota.bytes));
	}
}

void nft_print_counted(struct nft_parser *p, const struct nft_stmt *st)
{
	if (st->kind == NFT_STMT_QUOTA)
		print_quota(p, st);
	else if (st->kind == NFT_STMT_LIMIT)
		print_limit(p, &st->limit);
	else if (!(p->how & NFT_RUN_STATELESS))
		sb_printf(p->out, "packets %llu bytes %llu",
			  (unsigned long long)st->counter.packets,
			  (unsigned long long)st->counter.bytes);
}

static void print_stmt(struct nft_parser *p, const struct nft_stmt *st)
{
	switch (st->kind) {
	case NFT_STMT_MATCH:
		print_match(p, &st->match);
		break;
	case NFT_STMT_VMAP:
		print_key(p, &st->vmap.key);
		sb_puts(p->out, " vmap ");
		print_set_ref(p, st->vmap.set);
		break;
	case NFT_STMT_VERDICT:
		print_verdict(p, &st->verdict);
		break;
	case NFT_STMT_COUNTER:
		sb_puts(p->out, p->how & NFT_RUN_STATELESS ? "counter" : "counter ");
		nft_print_counted(p, st);
		break;
	case NFT_STMT_QUOTA:
	case NFT_STMT_LIMIT:
		sb_printf(p->out, "%s ", nft_obj_word(st->kind));
		nft_print_counted(p, st);
		break;
	case NFT_STMT_OBJREF:
		sb_printf(p->out, "%s name \"%s\"", nft_obj_word(st->obj->stmt.kind),
			  st->obj->name);
		break;
	case NFT_STMT_LOG:
		print_log(p, st);
		break;
	case NFT_STMT_REJECT:
		print_reject(p, st);
		break;
	case NFT_STMT_NAT:
		print_nat(p, st);
		break;
	case NFT_STMT_SET:
		sb_printf(p->out, "%s set ", st->set.to->text);
		print_expr(p, &st->set.value);
		break;
	case NFT_STMT_NOTRACK:
		sb_puts(p->out, "notrack");
		break;
	case NFT_STMT_DYNSET:
		print_dynset(p, st);
		break;
	}
}

void nft_print_rule(struct nft_parser *p, const struct nft_rule *r)
{
	sb_puts(p->out, "\t\t");
	for (const struct nft_stmt *st = r->stmts; st; st = st->next) {
		if (st != r->stmts)
			sb_putc(p->out, ' ');
		print_stmt(p, st);
	}
	print_comment(p->out, r->comment);
}

/* ---- chains and tables ---- */

static void print_priority(struct nft_parser *p, const struct nft_chain *c)
{
	static const struct { char name[12]; s32 v; } named[] = {
		{ "raw", -300 }, { "mangle", -150 }, { "dstnat", -100 }, { "filter", 0 },
		{ "security", 50 }, { "srcnat", 100 },
	};
	s32 diff;

	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		diff = c->priority - named[i].v;
		if (diff < -10 || diff > 10 || !nft_priority_fits(named[i].v, c->hook))
			continue;
		sb_puts(p->out, named[i].name);
		if (diff)
			sb_printf(p->out, " %c %d", diff < 0 ? '-' : '+', diff < 0 ? -diff : diff);
		return;
	}
	sb_printf(p->out, "%d", c->priority);
}

static void print_chain_head(struct nft_parser *p, const struct nft_chain *c)
{
	sb_printf(p->out, "\tchain %s {", c->name);
	print_handle(p, c->handle);
	sb_putc(p->out, '\n');
	if (c->comment)
		sb_printf(p->out, "\t\tcomment \"%s\"\n", c->comment);
	if (c->base) {
		sb_printf(p->out, "\t\ttype %s hook %s priority ", nft_chain_type_name(c->type),
			  nft_hook_name(c->hook));
		print_priority(p, c);
		sb_printf(p->out, "; policy %s;\n", c->policy_drop ? "drop" : "accept");
	}
}

static void print_chain_in(struct nft_parser *p, const struct nft_chain *c)
{
	const struct nft_rule *r;

	print_chain_head(p, c);
	list_for_each_entry(r, &c->rules, list) {
		nft_print_rule(p, r);
		print_handle(p, r->handle);
		sb_putc(p->out, '\n');
	}
	sb_puts(p->out, "\t}\n");
}

static void table_head(struct nft_parser *p, const struct nft_table *t)
{
	sb_printf(p->out, "table %s %s {", nft_family_name(t->family), t->name);
	print_handle(p, t->handle);
	sb_putc(p->out, '\n');
}

static void print_obj_in(struct nft_parser *p, const struct nft_obj *o)
{
	sb_printf(p->out, "\t%s %s {", nft_obj_word(o->stmt.kind), o->name);
	print_handle(p, o->handle);
	sb_putc(p->out, '\n');
	if (o->comment)
		sb_printf(p->out, "\t\tcomment \"%s\"\n", o->comment);
	if (o->stmt.kind != NFT_STMT_COUNTER || !(p->how & NFT_RUN_STATELESS)) {
		sb_puts(p->out, "\t\t");
		nft_print_counted(p, &o->stmt);
		sb_putc(p->out, '\n');
	}
	sb_puts(p->out, "\t}\n");
}

void nft_print_table(struct nft_parser *p, const struct nft_table *t)
{
	const char *sep = "";
	const struct nft_chain *c;
	const struct nft_obj *o;
	struct nft_set *s;

	table_head(p, t);
	if (t->comment)
		sb_printf(p->out, "\tcomment \"%s\"\n", t->comment);
	if (t->dormant)
		sb_puts(p->out, "\tflags dormant\n");
	list_for_each_entry(o, &t->objs, list) {
		sb_puts(p->out, sep);
		print_obj_in(p, o);
		sep = "\n";
	}
	list_for_each_entry(s, &t->sets, list) {
		sb_puts(p->out, sep);
		print_set_in(p, s);
		sep = "\n";
	}
	list_for_each_entry(c, &t->chains, list) {
		sb_puts(p->out, sep);
		print_chain_in(p, c);
		sep = "\n";
	}
	sb_puts(p->out, "}\n");
}

void nft_print_chain(struct nft_parser *p, const struct nft_chain *c)
{
	table_head(p, c->table);
	print_chain_in(p, c);
	sb_puts(p->out, "}\n");
}

void nft_print_set(struct nft_parser *p, struct nft_set *s)
{
	table_head(p, s->table);
	print_set_in(p, s);
	sb_puts(p->out, "}\n");
}

void nft_print_obj(struct nft_parser *p, const struct nft_obj *o)
{
	table_head(p, o->table);
	print_obj_in(p, o);
	sb_puts(p->out, "}\n");
}

static void print_objs(struct nft_parser *p, const struct nft_table *t, u8 kind)
{
	const char *sep = NULL;
	const struct nft_obj *o;

	list_for_each_entry(o, &t->objs, list) {
		if (o->stmt.kind != kind)
			continue;
		if (!sep)
			table_head(p, t);
		else
			sb_puts(p->out, sep);
		print_obj_in(p, o);
		sep = "\n";
	}
	if (sep)
		sb_puts(p->out, "}\n");
}

void nft_print_part(struct nft_parser *p, const struct nft_table *t, enum nft_part part, u8 kind)
{
	const char *sep = "";
	const struct nft_chain *c;
	struct nft_set *s;

	if (part == NFT_PART_OBJS) {
		print_objs(p, t, kind);
		return;
	}
	table_head(p, t);
	list_for_each_entry(s, &t->sets, list) {
		if (part == NFT_PART_CHAINS ||
		    (part == NFT_PART_MAPS) != !!(s->flags & NFT_SET_MAP))
			continue;
		sb_puts(p->out, sep);
		print_set_in(p, s);
		sep = "\n";
	}
	list_for_each_entry(c, &t->chains, list) {
		if (part != NFT_PART_CHAINS)
			break;
		sb_puts(p->out, sep);
		print_chain_head(p, c);
		sb_puts(p->out, "\t}\n");
		sep = "\n";
	}
	sb_puts(p->out, "}\n");
}
