/* SPDX-License-Identifier: MIT */
/* Lists: statements, rules. */
#include "ctl/nft_print.h"
#include "ctl/nft_value.h"
#include "device/nf_hook.h"
#include "net/netfilter/nft_reject.h"
#include "wire/ipv4.h"

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

	if (m->key.masked && !value) {
		sb_puts(p->out, m->op == NFT_OP_EQ ? " ! " : " ");
		nft_print_value(p, type, m->key.mask, len);
	} else if (m->key.masked && bits_set(m->key.mask, len) == 1) {
		sb_puts(p->out, " & ");
		nft_print_value(p, type, m->key.mask, len);
		sb_puts(p->out, m->op == NFT_OP_EQ ? " == " : " != ");
		nft_print_value(p, type, m->a, len);
	} else if (m->key.masked) {
		sb_puts(p->out, m->op == NFT_OP_EQ ? " " : " != ");
		nft_print_value(p, type, m->a, len);
		sb_puts(p->out, " / ");
		nft_print_value(p, type, m->key.mask, len);
	} else if (m->op == NFT_OP_ANY) {
		sb_putc(p->out, ' ');
		nft_print_value(p, type, m->a, len);
	} else {
		sb_puts(p->out, m->op == NFT_OP_EQ ? " == " : " != ");
		nft_flags_print(p->out, type, m->a, len, " | ");
	}
}

static void print_match(struct nft_parser *p, const struct nft_match *m)
{
	u8 type = m->key.field[0].sel->type;
	u8 types[NFT_FIELDS_MAX], lens[NFT_FIELDS_MAX];

	if (m->rhs == NFT_RHS_VALUE && nft_type_is_flags(type) && m->key.n == 1) {
		nft_print_fields(p, &m->key);
		print_flag_match(p, m, type);
		return;
	}
	nft_print_key(p, &m->key);
	sb_putc(p->out, ' ');
	if (m->key.masked && m->op == NFT_OP_EQ)
		sb_puts(p->out, "== ");
	sb_puts(p->out, op_text(m->op));
	switch (m->rhs) {
	case NFT_RHS_SET:
		nft_print_set_ref(p, m->set);
		break;
	case NFT_RHS_PREFIX:
		nft_print_prefix(p, type, m->a, m->key.len, m->plen);
		break;
	case NFT_RHS_RANGE:
		nft_number_print(p->net, p->out, type, m->a, m->key.len);
		sb_putc(p->out, '-');
		nft_number_print(p->net, p->out, type, m->b, m->key.len);
		break;
	default:
		for (u32 i = 0; i < m->key.n; i++) {
			types[i] = m->key.field[i].sel->type;
			lens[i] = m->key.field[i].sel->len;
		}
		if (m->key.n > 1)
			nft_print_concat(p, types, lens, m->key.n, m->a);
		else
			nft_print_value(p, type, m->a, m->key.len);
		break;
	}
}

static void print_expr(struct nft_parser *p, const struct nft_expr *x)
{
	switch (x->kind) {
	case NFT_EXPR_VALUE:
		nft_print_value(p, x->type, x->a, x->len);
		break;
	case NFT_EXPR_RANGE:
		nft_print_range(p, x->type, x->a, x->b, x->len);
		break;
	case NFT_EXPR_KEY:
		nft_print_key(p, &x->key);
		break;
	case NFT_EXPR_MAP:
		nft_print_key(p, &x->key);
		sb_puts(p->out, " map ");
		nft_print_set_ref(p, x->set);
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
	if (!l->of_bytes && l->burst != 5) {
		sb_printf(p->out, " burst %llu packets", (unsigned long long)l->burst);
	} else if (l->of_bytes && l->burst) {
		sb_puts(p->out, " burst ");
		print_bytes(p->out, l->burst);
	}
}

static void print_log_flags(struct nft_parser *p, u8 flags)
{
	if (flags == NFT_LOG_ALL) {
		sb_puts(p->out, " flags all");
		return;
	}
	if (flags & (NFT_LOG_TCPSEQ | NFT_LOG_TCPOPT))
		sb_printf(p->out, " flags tcp %s%s%s", flags & NFT_LOG_TCPSEQ ? "sequence" : "",
			  (flags & (NFT_LOG_TCPSEQ | NFT_LOG_TCPOPT)) ==
			  (NFT_LOG_TCPSEQ | NFT_LOG_TCPOPT) ? "," : "",
			  flags & NFT_LOG_TCPOPT ? "options" : "");
	if (flags & NFT_LOG_IPOPT)
		sb_puts(p->out, " flags ip options");
	if (flags & NFT_LOG_UID)
		sb_puts(p->out, " flags skuid");
	if (flags & NFT_LOG_ETHER)
		sb_puts(p->out, " flags ether");
}

static void print_log(struct nft_parser *p, const struct nft_stmt *st)
{
	static const char levels[][8] = { "emerg", "alert", "crit", "err", "warn", "notice",
					  "info", "debug", "audit" };

	sb_puts(p->out, "log");
	if (*st->log.prefix)
		sb_printf(p->out, " prefix \"%s\"", st->log.prefix);
	if (st->log.group >= 0)
		sb_printf(p->out, " group %d", st->log.group);
	if (st->log.snaplen)
		sb_printf(p->out, " snaplen %u", st->log.snaplen);
	if (st->log.threshold)
		sb_printf(p->out, " queue-threshold %u", st->log.threshold);
	if (st->log.group < 0 && st->log.level != 4)
		sb_printf(p->out, " level %s", levels[st->log.level]);
	print_log_flags(p, st->log.flags);
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
		nft_print_value(p, NFT_TYPE_ICMP_CODE, &st->reject.code, 1);
		break;
	case NFT_REJECT_ICMPV6:
		sb_puts(p->out, " with icmpv6 ");
		nft_print_value(p, NFT_TYPE_ICMPV6_CODE, &st->reject.code, 1);
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
	nft_print_value(p, x->type, x->a, x->len);
	if (range) {
		sb_puts(p->out, "]-[");
		nft_print_value(p, x->type, x->b, x->len);
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
	if (st->nat.prefix)
		sb_puts(p->out, " prefix");
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

	if (st->dynset.set->meter)
		sb_printf(p->out, "meter %s size %u { ", st->dynset.set->name,
			  st->dynset.set->size);
	else
		sb_printf(p->out, "%s @%s { ", ops[st->dynset.op], st->dynset.set->name);
	nft_print_key(p, &st->dynset.key);
	if (st->dynset.timeout) {
		sb_puts(p->out, " timeout ");
		nft_time_print(p->out, st->dynset.timeout);
	}
	nft_print_stats(p, &st->dynset.stats, " ", false);
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
	else if (st->kind == NFT_STMT_CONNLIMIT)
		sb_printf(p->out, "count %s%u", st->connlimit.over ? "over " : "",
			  st->connlimit.limit);
	else if (!(p->how & NFT_RUN_STATELESS))
		sb_printf(p->out, "packets %llu bytes %llu",
			  (unsigned long long)st->counter.packets,
			  (unsigned long long)st->counter.bytes);
}

/* Behind sep; used: with what was counted, as of an element; else as it was declared. */
void nft_print_stats(struct nft_parser *p, const struct nft_stats *s, const char *sep, bool used)
{
	struct nft_stmt st;

	for (u32 i = 0; i < s->n; i++) {
		nft_stat_stmt(&s->of[i], &st);
		sb_printf(p->out, "%s%s", i ? " " : sep, nft_stat_word(st.kind));
		if (st.kind == NFT_STMT_QUOTA && !used)
			st.quota.used = 0;
		if (st.kind == NFT_STMT_COUNTER && (!used || p->how & NFT_RUN_STATELESS))
			continue;
		sb_putc(p->out, ' ');
		nft_print_counted(p, &st);
	}
}

static void print_stmt(struct nft_parser *p, const struct nft_stmt *st)
{
	switch (st->kind) {
	case NFT_STMT_MATCH:
		print_match(p, &st->match);
		break;
	case NFT_STMT_VMAP:
		nft_print_key(p, &st->vmap.key);
		sb_puts(p->out, " vmap ");
		nft_print_set_ref(p, st->vmap.set);
		break;
	case NFT_STMT_VERDICT:
		nft_print_verdict(p, &st->verdict);
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
	case NFT_STMT_CONNLIMIT:
		sb_puts(p->out, "ct ");
		nft_print_counted(p, st);
		break;
	case NFT_STMT_OBJREF:
		sb_printf(p->out, "%s %s \"%s\"", nft_obj_word(st->obj->stmt.kind),
			  st->obj->stmt.kind == NFT_STMT_CT_HELPER ? "set" : "name",
			  st->obj->name);
		break;
	case NFT_STMT_OBJMAP:
		sb_printf(p->out, "%s %s ", nft_obj_word(st->vmap.set->objects),
			  st->vmap.set->objects == NFT_STMT_CT_HELPER ? "set" : "name");
		nft_print_key(p, &st->vmap.key);
		sb_puts(p->out, " map ");
		nft_print_set_ref(p, st->vmap.set);
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
	case NFT_STMT_FLOW:
		sb_printf(p->out, "flow add @%s", st->flowtable->name);
		break;
	}
}

static bool asks_for(const struct nft_stmt *st, const char *what)
{
	return st->kind == NFT_STMT_MATCH && st->match.op == NFT_OP_EQ &&
	       st->match.rhs == NFT_RHS_VALUE && st->match.key.n == 1 && !st->match.key.masked &&
	       !strcmp(st->match.key.field[0].sel->text, what);
}

static const struct nft_selector *first_field(const struct nft_stmt *st)
{
	const struct nft_key *key = st->kind == NFT_STMT_MATCH ? &st->match.key :
				    st->kind == NFT_STMT_VMAP ? &st->vmap.key :
				    st->kind == NFT_STMT_SET ? &st->set.value.key : NULL;

	return key && key->n ? key->field[0].sel : NULL;
}

/* What the next statement says by itself nft leaves out. */
static bool is_said_next(const struct nft_rule *r, const struct nft_stmt *st)
{
	const struct nft_selector *next = st->next ? first_field(st->next) : NULL;
	u8 family = r->chain->table->family;
	bool rst;

	if (st->implied)
		return true;
	if (!st->next || st->kind != NFT_STMT_MATCH)
		return false;
	rst = st->next->kind == NFT_STMT_REJECT && st->next->reject.type == NFT_REJECT_TCP_RST;
	if ((family == NFT_IP && asks_for(st, "ip protocol")) ||
	    (family == NFT_IP6 && asks_for(st, "ip6 nexthdr")))
		return rst || (next && next->l4 == st->match.a[0]);
	if (asks_for(st, "meta l4proto"))
		return next && next->l4 == st->match.a[0];
	if (asks_for(st, "meta nfproto"))
		return (next && next->l3 == (st->match.a[0] == 2 ? 4 : 6)) ||
		       (st->next->kind == NFT_STMT_REJECT && !rst && !st->next->reject.plain &&
			st->next->reject.type != NFT_REJECT_ICMPX);
	return asks_for(st, "ether type") && next && next->l3 &&
	       get_be16(st->match.a) == (next->l3 == 4 ? 0x0800 : 0x86dd);
}

/* Fields of an echo are said to be of one, unless the rule just said what the message is; IGMP is
 * said to be IPv4's. */
static void print_needed(struct nft_parser *p, const struct nft_rule *r, const struct nft_stmt *st,
			 bool *said)
{
	const struct nft_selector *s = first_field(st);

	if (s && s->l4 == IP_PROTO_IGMP && !*said && r->chain->table->family == NFT_INET) {
		sb_puts(p->out, "meta nfproto ipv4 ");
		*said = true;
	}
	if (!s || s->base != NFT_BASE_TH || (s->l4 != IP_PROTO_ICMP && s->l4 != IP_PROTO_ICMPV6))
		return;
	if (!*said && s->hdr == NFT_ICMP_ECHO)
		sb_puts(p->out, s->l3 == 4 ? "icmp type { echo-reply, echo-request } " :
					     "icmpv6 type { echo-request, echo-reply } ");
	*said |= s->hdr == NFT_ICMP_ECHO || !strcmp(s->text, "icmp type") ||
		 !strcmp(s->text, "icmpv6 type");
}

void nft_print_rule(struct nft_parser *p, const struct nft_rule *r)
{
	const char *sep = "\t\t";
	bool said = false;

	for (const struct nft_stmt *st = r->stmts; st; st = st->next) {
		if (is_said_next(r, st))
			continue;
		sb_puts(p->out, sep);
		sep = " ";
		print_needed(p, r, st, &said);
		print_stmt(p, st);
	}
	nft_print_comment(p->out, r->comment);
}
