/* SPDX-License-Identifier: MIT */
#include "ctl/ss_filter.h"

#include "ctl/args.h"
#include "ctl/nft_types.h"
#include "wire/inet_addr.h"

#define SS_DEPTH_MAX 32		/* parentheses and nots in each other */

static const struct {
	u8 state;
	char shown[12];
	char name[12];
} states[] = {
	{ TCP_ESTABLISHED, "ESTAB", "established" }, { TCP_SYN_SENT, "SYN-SENT", "syn-sent" },
	{ TCP_SYN_RECV, "SYN-RECV", "syn-recv" },    { TCP_FIN_WAIT1, "FIN-WAIT-1", "fin-wait-1" },
	{ TCP_FIN_WAIT2, "FIN-WAIT-2", "fin-wait-2" }, { TCP_TIME_WAIT, "TIME-WAIT", "time-wait" },
	{ TCP_CLOSE, "UNCONN", "unconnected" },	     { TCP_CLOSE_WAIT, "CLOSE-WAIT", "close-wait" },
	{ TCP_LAST_ACK, "LAST-ACK", "last-ack" },    { TCP_LISTEN, "LISTEN", "listening" },
	{ TCP_CLOSING, "CLOSING", "closing" },	     { TCP_CLOSE, "UNCONN", "closed" },
	{ TCP_LISTEN, "LISTEN", "listen" },
};

static const struct {
	char name[16];
	u32 bits;
} state_sets[] = {
	{ "all", SS_ALL },
	{ "connected", SS_ALL & ~(BIT(TCP_CLOSE) | BIT(TCP_LISTEN)) },
	{ "synchronized", SS_ALL & ~(BIT(TCP_CLOSE) | BIT(TCP_LISTEN) | BIT(TCP_SYN_SENT)) },
	{ "bucket", BIT(TCP_SYN_RECV) | BIT(TCP_TIME_WAIT) },
	{ "big", SS_ALL & ~(BIT(TCP_SYN_RECV) | BIT(TCP_TIME_WAIT)) },
	{ "fin-wait", BIT(TCP_FIN_WAIT1) | BIT(TCP_FIN_WAIT2) },
};

const char *ss_state_name(u8 state)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i].state == state)
			return states[i].shown;
	return "UNKNOWN";
}

bool ss_state_parse(const char *w, u32 *bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(state_sets); i++) {
		if (arg_is(w, state_sets[i].name)) {
			*bits = state_sets[i].bits;
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (arg_is(w, states[i].name)) {
			*bits = BIT(states[i].state);
			return true;
		}
	}
	return false;
}

/* ---- the words ---- */

static const char *peek(const struct ss_filter *f)
{
	return f->pos < f->n ? f->word[f->pos] : NULL;
}

static const char *next(struct ss_filter *f)
{
	return f->pos < f->n ? f->word[f->pos++] : NULL;
}

static bool take(struct ss_filter *f, const char *a, const char *b, const char *c)
{
	const char *w = peek(f);

	if (!arg_is(w, a) && !arg_is(w, b) && !arg_is(w, c))
		return false;
	f->pos++;
	return true;
}

static bool wrong(struct ss_filter *f, const char *w)
{
	if (!f->wrong)
		f->wrong = w ? w : "the end";
	return false;
}

enum cmp { CMP_EQ, CMP_NE, CMP_GE, CMP_LE, CMP_GT, CMP_LT, CMP_NONE };

static enum cmp take_cmp(struct ss_filter *f)
{
	if (take(f, "=", "==", "eq"))
		return CMP_EQ;
	if (take(f, "!=", "ne", "neq"))
		return CMP_NE;
	if (take(f, ">=", "ge", "geq"))
		return CMP_GE;
	if (take(f, "<=", "le", "leq"))
		return CMP_LE;
	if (take(f, ">", "gt", "gt"))
		return CMP_GT;
	if (take(f, "<", "lt", "lt"))
		return CMP_LT;
	return CMP_NONE;
}

static bool compare(enum cmp op, u32 a, u32 b)
{
	switch (op) {
	case CMP_NE:
		return a != b;
	case CMP_GE:
		return a >= b;
	case CMP_LE:
		return a <= b;
	case CMP_GT:
		return a > b;
	case CMP_LT:
		return a < b;
	default:
		return a == b;
	}
}

/* 22 or ssh */
static bool parse_port(const char *w, u64 *port)
{
	return parse_u64(w, 65535, port) || nft_service_port(w, port);
}

static bool match_port(struct ss_filter *f, bool local)
{
	enum cmp op = take_cmp(f);
	const char *w = next(f);
	u64 port;

	if (!w || !parse_port(*w == ':' ? w + 1 : w, &port))
		return wrong(f, w);
	return f->row && compare(op, local ? f->row->sport : f->row->dport, (u32)port);
}

struct addr_match {
	bool any, v6;
	struct arg_prefix v4;
	struct ip6_addr addr;
	u8 plen;
};

/* An address or network of either family; IPv6's may stand in brackets. */
static bool parse_match(char *text, struct addr_match *m)
{
	char *end = strchr(text, ']');

	m->any = false;
	m->v6 = strchr(text, ':') != NULL;
	if (!m->v6)
		return prefix_parse(text, &m->v4);
	if (*text == '[' && end) {
		memmove(end, end + 1, strlen(end));
		text++;
	}
	return ip6_prefix_parse(text, &m->addr, &m->plen);
}

static bool row_in(const struct ip6_addr *a, const struct addr_match *m)
{
	if (m->any)
		return true;
	if (m->v6)
		return ipv6_prefix_equal(a, &m->addr, m->plen);
	return ipv6_addr_v4mapped(a) &&
	       inet_same_network(sock_row_v4(a), m->v4.addr, m->v4.plen);
}

/* The colon before the port, or NULL; an IPv6 address stands in brackets then. */
static const char *port_of(const char *w)
{
	const char *colon = strrchr(w, ':');

	if (colon && *w == '[')
		return colon[-1] == ']' ? colon : NULL;
	return colon == strchr(w, ':') ? colon : NULL;
}

/* ADDR, ADDR/LEN, ADDR:PORT, :PORT, *:PORT, [ADDR6]:PORT */
static bool match_addr(struct ss_filter *f, bool local)
{
	enum cmp op = take_cmp(f);
	const char *w = next(f), *colon = w ? port_of(w) : NULL;
	size_t len = colon ? (size_t)(colon - w) : w ? strlen(w) : 0;
	char text[IP6_PREFIX_STR_MAX + 2];
	struct addr_match p = { .any = true };
	u64 port = 0;
	bool hit;

	if (!w || len >= sizeof(text))
		return wrong(f, w);
	memcpy(text, w, len);
	text[len] = '\0';
	if (len && !arg_is(text, "*") && !parse_match(text, &p))
		return wrong(f, w);
	if (colon && !arg_is(colon + 1, "*") && !parse_port(colon + 1, &port))
		return wrong(f, w);
	if (!f->row)
		return false;
	hit = row_in(local ? &f->row->saddr : &f->row->daddr, &p) &&
	      (!port || port == (local ? f->row->sport : f->row->dport));
	return op == CMP_NE ? !hit : hit;
}

static bool match_dev(struct ss_filter *f)
{
	enum cmp op = take_cmp(f);
	const char *w = next(f);
	struct net_device *dev = w ? dev_get_by_name(f->net, w) : NULL;
	bool hit;

	if (!dev)
		return wrong(f, w);
	hit = f->row && f->row->sk && f->row->sk->c.bound_dev_if == dev->ifindex;
	return op == CMP_NE ? !hit : hit;
}

static bool match_or(struct ss_filter *f);

static bool match_one(struct ss_filter *f)
{
	const char *w;
	bool hit;

	if (f->wrong)
		return false;
	if (f->depth >= SS_DEPTH_MAX)
		return wrong(f, peek(f));
	if (take(f, "not", "!", "!")) {
		f->depth++;
		hit = !match_one(f);
		f->depth--;
		return hit;
	}
	if (take(f, "(", "(", "(")) {
		f->depth++;
		hit = match_or(f);
		f->depth--;
		return take(f, ")", ")", ")") ? hit : wrong(f, peek(f));
	}
	w = next(f);
	if (arg_is(w, "sport") || arg_is(w, "dport"))
		return match_port(f, *w == 's');
	if (arg_is(w, "src") || arg_is(w, "dst"))
		return match_addr(f, *w == 's');
	return arg_is(w, "dev") ? match_dev(f) : wrong(f, w);
}

/* Conditions side by side must all hold, with "and" between them or nothing. */
static bool match_and(struct ss_filter *f)
{
	bool hit = match_one(f);

	while (!f->wrong && peek(f) && !arg_is(peek(f), ")") && !arg_is(peek(f), "or") &&
	       !arg_is(peek(f), "|") && !arg_is(peek(f), "||")) {
		take(f, "and", "&", "&&");
		hit &= match_one(f);
	}
	return hit;
}

static bool match_or(struct ss_filter *f)
{
	bool hit = match_and(f);

	while (!f->wrong && take(f, "or", "|", "||"))
		hit |= match_and(f);
	return hit;
}

bool ss_filter_match(struct ss_filter *f, const struct sock_row *row)
{
	bool hit;

	if (!f->n)
		return true;
	f->row = row;
	f->pos = f->depth = 0;
	f->wrong = NULL;
	hit = match_or(f);
	if (peek(f))
		wrong(f, peek(f));
	return hit && !f->wrong;
}
