/* SPDX-License-Identifier: MIT */
/* ss: sockets in columns that fit, chosen by kind, state and expressions. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/ss_filter.h"
#include "ctl/ss_info.h"
#include "ctl/ss_table.h"
#include "transport/tcp/tcp.h"
#include "wire/inet_addr.h"

struct ss {
	struct ctl *c;
	struct ss_table table;
	struct ss_filter filter;
	u32 kinds;			/* enum sock_kind */
	u32 states;			/* asked for; 0: by -a, -l or the kind's default */
	bool all, listening, timers, extended, memory, info, processes, no_header, oneline;
	bool summary, inet_only, inet6_only;
	const char *words[CTL_WORDS_MAX];	/* of the filter, in text */
	char text[CTL_LINE_MAX];
};

#define SS_KINDS (SOCKS_PACKET | SOCKS_RAW | SOCKS_UDP | SOCKS_TCP)

/* What is shown of a kind when nothing is asked for. */
static u32 default_states(enum sock_kind kind)
{
	return kind == SOCKS_TCP ? SS_CONN : kind == SOCKS_PACKET ? BIT(TCP_CLOSE) :
	       BIT(TCP_ESTABLISHED);
}

static u32 states_of(const struct ss *s, enum sock_kind kind)
{
	if (s->states)
		return s->states;
	if (s->all)
		return SS_ALL;
	return s->listening ? BIT(TCP_LISTEN) | BIT(TCP_CLOSE) : default_states(kind);
}

#define ETH_P_ALL 3

/* "*:eth0", "[2048]:*": protocol and device; there is no peer. */
static void put_packet_name(struct ss *s, const struct sock_row *row)
{
	struct net_device *dev = dev_get_by_index(s->c->net, row->ifindex);

	if (row->sport == ETH_P_ALL)
		ss_field(&s->table, SS_ADDR, "*:");
	else
		ss_field(&s->table, SS_ADDR, "[%u]:", row->sport);
	ss_field(&s->table, SS_SERV, "%s", dev ? dev->name : "*");
	ss_field(&s->table, SS_RADDR, "*");
	ss_field(&s->table, SS_RSERV, "%s", "");
}

/* "[fd00::1]", "*" where IPv4 may come too, "[fe80::1]%eth0". */
static void put_addr6(struct ss *s, const struct sock_row *row, enum ss_col col,
		      const struct ip6_addr *a)
{
	const struct net_device *dev = NULL;
	char text[IP6_STR_MAX];

	if (ipv6_addr_any(a) && !row->v6only) {
		ss_field(&s->table, col, "*:");
		return;
	}
	if (ipv6_addr_is_linklocal(a) && row->sk)
		dev = dev_get_by_index(s->c->net, row->sk->c.bound_dev_if);
	ss_field(&s->table, col, "[%s]%s%s:", ip6_addr_str(a, text), dev ? "%" : "",
		 dev ? dev->name : "");
}

static void put_endpoint(struct ss *s, const struct sock_row *row, bool local)
{
	enum ss_col addr_col = local ? SS_ADDR : SS_RADDR, port_col = local ? SS_SERV : SS_RSERV;
	const struct ip6_addr *a = local ? &row->saddr : &row->daddr;
	u16 port = local ? row->sport : row->dport;
	char text[INET_STR_MAX];

	if (row->family == LN_AF_INET6)
		put_addr6(s, row, addr_col, a);
	else
		ss_field(&s->table, addr_col, "%s:", inet_addr_str(sock_row_v4(a), text));
	if (port)
		ss_field(&s->table, port_col, "%u", port);
	else
		ss_field(&s->table, port_col, "*");
}

static void put_process(struct ss *s, const struct sock_row *row)
{
	char text[SS_FIELD_MAX];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	if (s->timers || s->extended)
		ss_put_timer(&sb, row, s->c->net->now);
	if (s->extended)
		ss_put_details(&sb, row);
	if (s->memory || (s->info && row->kind == SOCKS_TCP))
		sb_puts(&sb, s->oneline ? "" : "\n\t");
	if (s->memory)
		ss_put_memory(&sb, row);
	if (s->info && row->kind == SOCKS_TCP)
		ss_put_tcp_info(&sb, row);
	ss_field(&s->table, SS_PROC, "%s", text);
}

static const char *netid(enum sock_kind kind)
{
	switch (kind) {
	case SOCKS_PACKET:
		return "p_raw";
	case SOCKS_RAW:
		return "raw";
	case SOCKS_UDP:
		return "udp";
	default:
		return "tcp";
	}
}

/* Neither -4 nor -6, or both: all. */
static bool family_wanted(const struct ss *s, const struct sock_row *row)
{
	return s->inet_only == s->inet6_only || (row->family == LN_AF_INET6) == s->inet6_only;
}

static int put_row(const struct sock_row *row, void *ctx)
{
	struct ss *s = ctx;

	if (!(states_of(s, row->kind) & BIT(row->state)) || !family_wanted(s, row) ||
	    !ss_filter_match(&s->filter, row))
		return 0;
	ss_field(&s->table, SS_NETID, "%s", netid(row->kind));
	ss_field(&s->table, SS_STATE, "%s", ss_state_name(row->state));
	ss_field(&s->table, SS_RECVQ, "%-6u", row->rqueue);
	ss_field(&s->table, SS_SENDQ, "%-6u", row->wqueue);
	if (row->kind == SOCKS_PACKET) {
		put_packet_name(s, row);
	} else {
		put_endpoint(s, row, true);
		put_endpoint(s, row, false);
	}
	put_process(s, row);
	ss_row_end(&s->table);
	return 0;
}

static int put_rows(struct ss *s)
{
	static const enum sock_kind order[] = { SOCKS_PACKET, SOCKS_RAW, SOCKS_UDP, SOCKS_TCP };
	int err = 0;

	if (!s->no_header)
		ss_header(&s->table);
	for (size_t i = 0; !err && i < ARRAY_SIZE(order); i++)
		if (s->kinds & order[i])
			err = socks_for_each(s->c->net, order[i], put_row, s);
	return err;
}

/* Columns that would say the same in all rows are left out, as ss does. */
static void choose_columns(struct ss *s)
{
	u32 states = 0;

	for (u32 kind = 1; kind <= SS_KINDS; kind <<= 1)
		if (s->kinds & kind)
			states |= states_of(s, kind);
	s->table.disabled[SS_STATE] = is_pow2(states);
	s->table.disabled[SS_NETID] = is_pow2(s->kinds) && s->kinds != SOCKS_PACKET;
}

/* ---- ss -s ---- */

struct ss_count {
	u32 total, inet6, by_state[TCP_MAX_STATES];
};

static int count_row(const struct sock_row *row, void *ctx)
{
	struct ss_count *n = ctx;

	n->total++;
	n->inet6 += row->family == LN_AF_INET6 &&
		    !(row->kind == SOCKS_TCP && row->state == TCP_TIME_WAIT);
	if (row->state < TCP_MAX_STATES)
		n->by_state[row->state]++;
	return 0;
}

static void put_transport(struct ctl *c, const char *name, u32 total, u32 inet6)
{
	sb_printf(c->out, "%s\t  %-9u %-9u %-9u\n", name, total, total - inet6, inet6);
}

static int put_summary(struct ctl *c)
{
	struct ss_count tcp = { 0 }, udp = { 0 }, raw = { 0 };
	u32 tw, inuse;

	socks_for_each(c->net, SOCKS_TCP, count_row, &tcp);
	socks_for_each(c->net, SOCKS_UDP, count_row, &udp);
	socks_for_each(c->net, SOCKS_RAW, count_row, &raw);
	tw = tcp.by_state[TCP_TIME_WAIT];
	inuse = tcp.total - tw;
	sb_printf(c->out, "Total: %llu\n", ull(c->net->sock->sockets));
	sb_printf(c->out, "TCP:   %u (estab %u, closed %u, orphaned %llu, timewait %u)\n\n",
		  tcp.total, tcp.by_state[TCP_ESTABLISHED], tw, ull(c->net->sock->orphans), tw);
	sb_puts(c->out, "Transport Total     IP        IPv6\n");
	put_transport(c, "RAW", raw.total, raw.inet6);
	put_transport(c, "UDP", udp.total, udp.inet6);
	put_transport(c, "TCP", inuse, tcp.inet6);
	put_transport(c, "INET", raw.total + udp.total + inuse,
		      raw.inet6 + udp.inet6 + tcp.inet6);
	sb_printf(c->out, "FRAG\t  %-9u %-9u %-9u\n\n", 0, 0, 0);
	return 0;
}

/* ---- the words ---- */

static bool ss_letter(struct ss *s, char letter)
{
	switch (letter) {
	case 't':
		s->kinds |= SOCKS_TCP;
		break;
	case 'u':
		s->kinds |= SOCKS_UDP;
		break;
	case 'w':
		s->kinds |= SOCKS_RAW;
		break;
	case '0':
		s->kinds |= SOCKS_PACKET;
		break;
	case '4':
		s->inet_only = true;
		break;
	case '6':
		s->inet6_only = true;
		break;
	case 'a':
		s->all = true;
		break;
	case 'l':
		s->listening = true;
		break;
	case 'o':
		s->timers = true;
		break;
	case 'e':
		s->extended = true;
		break;
	case 'm':
		s->memory = true;
		break;
	case 'i':
		s->info = true;
		break;
	case 's':
		s->summary = true;
		break;
	case 'H':
		s->no_header = true;
		break;
	case 'O':
		s->oneline = true;
		break;
	case 'n':	/* names are never resolved; there are no processes */
	case 'r':
	case 'p':
		break;
	default:
		return false;
	}
	return true;
}

static const struct {
	char name[12];
	char letter;
} long_options[] = {
	{ "--tcp", 't' },      { "--udp", 'u' },      { "--raw", 'w' },	    { "--packet", '0' },
	{ "--ipv4", '4' },     { "--ipv6", '6' },     { "--all", 'a' },     { "--options", 'o' },
	{ "--extended", 'e' },
	{ "--memory", 'm' },   { "--info", 'i' },     { "--summary", 's' }, { "--no-header", 'H' },
	{ "--oneline", 'O' },  { "--numeric", 'n' },  { "--listening", 'l' },
	{ "--processes", 'p' }, { "--resolve", 'r' },
};

static int ss_option(struct ss *s, const char *w)
{
	for (size_t i = 0; w[1] == '-' && i < ARRAY_SIZE(long_options); i++)
		if (arg_is(w, long_options[i].name))
			return ss_letter(s, long_options[i].letter) ? 0 : -EINVAL;
	if (w[1] == '-') {
		sb_printf(s->c->out, "ss: unrecognized option '%s'\n", w);
		return ctl_usage(s->c, HELP_SS);
	}
	for (w++; *w; w++) {
		if (ss_letter(s, *w))
			continue;
		sb_printf(s->c->out, "ss: invalid option -- '%c'\n", *w);
		return ctl_usage(s->c, HELP_SS);
	}
	return 0;
}

/* state X, exclude X: in front of the expression */
static int ss_states(struct ss *s)
{
	u32 include = 0, exclude = 0, bits;

	while (arg_is(arg_peek(s->c), "state") || arg_is(arg_peek(s->c), "exclude") ||
	       arg_is(arg_peek(s->c), "excl")) {
		bool in = arg_is(arg_next(s->c), "state");
		const char *w = arg_next(s->c);

		if (!w)
			return ctl_usage(s->c, HELP_SS);
		if (!ss_state_parse(w, &bits))
			return ctl_fail(s->c, -EINVAL, "ss: wrong state name: %s", w);
		*(in ? &include : &exclude) |= bits;
	}
	if (include || exclude)
		s->states = (include ? include : SS_ALL) & ~exclude;
	return 0;
}

/* A filter may come as one word, '( dport = :22 or sport = :22 )', as its brackets ask a shell. */
static int ss_take_filter(struct ss *s)
{
	size_t used = 0;

	s->filter = (struct ss_filter){ .net = s->c->net, .word = s->words };
	while (arg_more(s->c)) {
		for (const char *w = arg_next(s->c);;) {
			size_t len;

			w += strspn(w, " \t");
			len = strcspn(w, " \t");
			if (!len)
				break;
			if (s->filter.n == CTL_WORDS_MAX || used + len >= sizeof(s->text))
				return ctl_fail(s->c, -E2BIG, "ss: the filter is too long");
			s->words[s->filter.n++] = memcpy(s->text + used, w, len);
			used += len;
			s->text[used++] = '\0';
			w += len;
		}
	}
	return 0;
}

static int ss_words(struct ss *s)
{
	struct ctl *c = s->c;
	int err = 0;

	while (!err && arg_more(c) && *arg_peek(c) == '-') {
		const char *w = arg_next(c);

		if (arg_is(w, "-h") || arg_is(w, "--help"))
			return ctl_print(c, HELP_SS) + 1;
		if (arg_is(w, "-V") || arg_is(w, "--version"))
			return ctl_print(c, "ss utility, iproute2-6.1.0 (linnet)\n") + 1;
		err = ss_option(s, w);
	}
	if (!err && arg_is(arg_peek(c), "help"))
		return ctl_print(c, HELP_SS) + 1;
	if (!err)
		err = ss_states(s);
	if (!err)
		err = ss_take_filter(s);
	if (err)
		return err;
	ss_filter_match(&s->filter, NULL);
	if (s->filter.wrong)
		return ctl_fail(c, -EINVAL, "ss: bison bellows (while parsing filter): \"syntax "
				"error!\" at \"%s\"", s->filter.wrong);
	if (!s->kinds)
		s->kinds = s->inet_only || s->inet6_only ? SS_KINDS & ~(u32)SOCKS_PACKET : SS_KINDS;
	return 0;
}

int ctl_ss(struct ctl *c)
{
	struct ss s = { .c = c };
	int err = ss_words(&s);

	if (err)
		return min(err, 0);
	if (s.summary)
		return put_summary(c);
	ss_table_init(&s.table, c->out);
	choose_columns(&s);
	err = put_rows(&s);
	ss_table_print(&s.table);
	if (!err)
		err = put_rows(&s);
	return err ? ctl_fail(c, err, "ss: %s", errno_text(err)) : 0;
}
