/* SPDX-License-Identifier: MIT */
/* conntrack: the connections that are tracked, as conntrack-tools print them. */
#include "ctl/args.h"
#include "ctl/ct_show.h"
#include "ctl/help.h"
#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_conntrack_helper.h"
#include "wire/inet_addr.h"
#include "wire/ip6_addr.h"

static const char *protocol_name(u8 protonum)
{
	switch (protonum) {
	case 1: return "icmp";
	case 6: return "tcp";
	case 17: return "udp";
	case 33: return "dccp";
	case 47: return "gre";
	case 58: return "icmpv6";
	case 132: return "sctp";
	case 136: return "udplite";
	default: return "unknown";
	}
}

void ct_put_addr(struct strbuf *out, const struct nf_conntrack_tuple *t,
		 const union nf_inet_addr *a)
{
	struct ip6_addr a6;

	if (t->l3num == NFPROTO_IPV4) {
		sb_inet_addr(out, a->ip);
		return;
	}
	memcpy(&a6, a, sizeof(a6));
	sb_ip6_addr(out, &a6);
}

static void put_tuple(struct strbuf *out, const struct nf_conntrack_tuple *t)
{
	sb_puts(out, "src=");
	ct_put_addr(out, t, &t->src);
	sb_puts(out, " dst=");
	ct_put_addr(out, t, &t->dst);
	if (t->protonum == (t->l3num == NFPROTO_IPV4 ? 1 : 58))
		sb_printf(out, " type=%u code=%u id=%u", be16_to_cpu(t->dport) >> 8,
			  be16_to_cpu(t->dport) & 0xff, be16_to_cpu(t->sport));
	else if (t->protonum == 47)
		sb_printf(out, " srckey=0x%x dstkey=0x%x", be16_to_cpu(t->sport),
			  be16_to_cpu(t->dport));
	else if (t->sport || t->dport)
		sb_printf(out, " sport=%u dport=%u", be16_to_cpu(t->sport), be16_to_cpu(t->dport));
	sb_putc(out, ' ');
}

/* Of one direction alone; of both it stands at the end. */
static void put_zone(struct strbuf *out, const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	u16 zone = nf_ct_tuple(ct, dir)->zone;

	if (zone && !nf_ct_tuple(ct, !dir)->zone)
		sb_printf(out, "zone-%s=%u ", dir ? "reply" : "orig", zone);
}

static void put_direction(struct ct_listing *l, const struct nf_conn *ct, enum ip_conntrack_dir dir)
{
	put_tuple(l->c->out, nf_ct_tuple(ct, dir));
	if (l->c->net->sysctl.nf_conntrack_acct &&
	    (l->event == CT_LISTED || l->event == CT_DESTROY))
		sb_printf(l->c->out, "packets=%llu bytes=%llu ", ull(ct->packets[dir]),
			  ull(ct->bytes[dir]));
	put_zone(l->c->out, ct, dir);
}

static bool ports_chosen(const struct ct_listing *l, const struct nf_conntrack_tuple *t,
			 const struct nf_conntrack_tuple *r)
{
	return (!l->sport || t->sport == l->sport) && (!l->dport || t->dport == l->dport) &&
	       (!l->reply_sport || r->sport == l->reply_sport) &&
	       (!l->reply_dport || r->dport == l->reply_dport);
}

static bool replies_chosen(const struct ct_listing *l, const struct nf_conntrack_tuple *r)
{
	return (!l->has_reply_src ||
		(r->l3num == l->reply_src_pf && !memcmp(&r->src, &l->reply_src, 16))) &&
	       (!l->has_reply_dst ||
		(r->l3num == l->reply_dst_pf && !memcmp(&r->dst, &l->reply_dst, 16)));
}

static bool zones_chosen(const struct ct_listing *l, const struct nf_conn *ct)
{
	const u16 zone[] = { ct->tuplehash[0].tuple.zone, ct->tuplehash[1].tuple.zone };

	bool both = zone[0] && zone[1];

	/* As the tool: what a connection has not is 0. */
	if (l->zone >= 0 && (both ? zone[0] : 0) != l->zone)
		return false;
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++)
		if (l->dir_zone[dir] >= 0 && (both ? 0 : zone[dir]) != l->dir_zone[dir])
			return false;
	return true;
}

bool ct_chosen(const struct ct_listing *l, const struct nf_conn *ct)
{
	const struct nf_conntrack_tuple *t = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	const struct nf_conntrack_tuple *r = nf_ct_tuple(ct, IP_CT_DIR_REPLY);

	if (!zones_chosen(l, ct) || !ports_chosen(l, t, r) || !replies_chosen(l, r) ||
	    (l->any_nat && !(ct->status & IPS_NAT_MASK)) ||
	    (ct->status & l->status) != l->status || ct->status & l->status_not ||
	    (l->has_mark && (ct->mark & l->mark_mask) != l->mark) ||
	    (l->state >= 0 && (t->protonum != 6 || ct->proto.tcp.state != l->state)))
		return false;
	return (!l->protonum || t->protonum == l->protonum) &&
	       (!l->families || l->families & BIT(t->l3num)) &&
	       (!l->has_src || (t->l3num == l->src_pf && !memcmp(&t->src, &l->src, 16))) &&
	       (!l->has_dst || (t->l3num == l->dst_pf && !memcmp(&t->dst, &l->dst, 16)));
}

/* Of all that it is: its tuples' hash says which it is, as far as 32 bits can. */
static u32 id_of(const struct nf_conn *ct)
{
	return ct->tuplehash[0].hash ^ (ct->tuplehash[1].hash << 16 | ct->tuplehash[1].hash >> 16);
}

static void put_end(const struct ct_listing *l, const struct nf_conn *ct)
{
	struct strbuf *out = l->c->out;

	if (ct->mark || l->event == CT_LISTED || l->marks)
		sb_printf(out, "mark=%u ", ct->mark);
	if (nf_ct_tuple(ct, 0)->zone && nf_ct_tuple(ct, 1)->zone)
		sb_printf(out, "zone=%u ", nf_ct_tuple(ct, 0)->zone);
	if (ct->ext && ct->ext->helper)
		sb_printf(out, "helper=%s ", ct->ext->helper->name);
	if (l->event == CT_LISTED)
		sb_printf(out, "use=%u ", ct->general.use);
	if (l->id)
		sb_printf(out, "id=%u ", id_of(ct));
	sb_chop(out);			/* the last blank */
	sb_putc(out, '\n');
}

/* One that is past its time is told of only when it ends. */
static u64 seconds_left(const struct net *net, const struct nf_conn *ct)
{
	return ct->expires > net->now ? (u64)((ct->expires - net->now) / NSEC_PER_SEC) : 0;
}

bool ct_put_conn(const struct nf_conn *ct, struct ct_listing *l)
{
	static const char event[][11] = {
		[CT_LISTED] = "", [CT_NEW] = "    [NEW] ", [CT_UPDATE] = " [UPDATE] ",
		[CT_DESTROY] = "[DESTROY] ",
	};
	struct strbuf *out = l->c->out;
	u8 protonum = nf_ct_protonum(ct);

	if (!ct_chosen(l, ct))
		return false;
	l->shown++;
	sb_puts(out, event[l->event]);
	if (l->extended)
		sb_puts(out, nf_ct_tuple(ct, 0)->l3num == NFPROTO_IPV4 ? "ipv4     2 " :
									 "ipv6     10 ");
	sb_printf(out, "%-8s %u ", protocol_name(protonum), protonum);
	/* Who is in a flow table has no time of his own, and what state he is in nobody sees. */
	if (!(ct->status & IPS_OFFLOAD))
		sb_printf(out, "%llu ", ull(seconds_left(l->c->net, ct)));
	if (!(ct->status & IPS_OFFLOAD) && protonum == 6 && !l->stateless)
		sb_printf(out, "%s ", tcp_conntrack_name(ct->proto.tcp.state));
	put_direction(l, ct, IP_CT_DIR_ORIGINAL);
	if (!(ct->status & IPS_SEEN_REPLY))
		sb_puts(out, "[UNREPLIED] ");
	put_direction(l, ct, IP_CT_DIR_REPLY);
	if (ct->status & IPS_OFFLOAD)
		sb_puts(out, "[OFFLOAD] ");
	else if (ct->status & IPS_ASSURED)
		sb_puts(out, "[ASSURED] ");
	put_end(l, ct);
	return true;
}

static int put_conn(const struct nf_conn *ct, void *ctx)
{
	ct_put_conn(ct, ctx);
	return 0;
}

static int conntrack_stats(struct ctl *c)
{
	const struct ip_conntrack_stat *s = &c->net->ct->stat;

	sb_printf(c->out, "cpu=0   \tfound=%llu invalid=%llu insert=%llu insert_failed=%llu "
		  "drop=%llu early_drop=%llu error=0 search_restart=0 clash_resolve=0 "
		  "chaintoolong=0\n", ull(s->found), ull(s->invalid), ull(s->insert),
		  ull(s->insert_failed), ull(s->drop), ull(s->early_drop));
	return 0;
}

/* -D tells what goes. */
static bool is_deleted(const struct nf_conn *ct, void *ctx)
{
	struct ct_listing *l = ctx;

	return nf_ct_is_confirmed(ct) && !nf_ct_is_expired(l->c->net, ct) && ct_put_conn(ct, l);
}

static bool is_any(const struct nf_conn *ct, void *ctx)
{
	(void)ctx;
	return nf_ct_is_confirmed(ct);
}

static int parse_addr(struct ctl *c, const char *v, union nf_inet_addr *addr, u8 *pf)
{
	struct ip6_addr a6;

	*addr = (union nf_inet_addr){ .ip = 0 };
	*pf = NFPROTO_IPV4;
	if (inet_addr_parse(v, &addr->ip))
		return 0;
	if (!ip6_addr_parse(v, &a6))
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no address", v);
	memcpy(addr, &a6, sizeof(*addr));
	*pf = NFPROTO_IPV6;
	return 0;
}

static int parse_proto(struct ctl *c, const char *v, u8 *protonum)
{
	static const struct { char name[8]; u8 protonum; } protos[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmpv6", 58 },
	};
	u64 n;

	for (size_t i = 0; i < ARRAY_SIZE(protos); i++)
		if (arg_is(v, protos[i].name)) {
			*protonum = protos[i].protonum;
			return 0;
		}
	if (!parse_u64(v, 255, &n) || !n)
		return ctl_fail(c, -EINVAL, "conntrack: unknown protocol \"%s\"", v);
	*protonum = (u8)n;
	return 0;
}

static int parse_family(struct ctl *c, const char *v, u8 *families)
{
	*families = arg_is(v, "ipv4") ? NF_CT_IPV4 : arg_is(v, "ipv6") ? NF_CT_IPV6 : 0;
	return *families ? 0 : ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no family (ipv4, ipv6)",
					v);
}

static int parse_port(struct ctl *c, const char *v, be16 *port)
{
	u64 n;

	if (!parse_u64(v, 65535, &n) || !n)
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no port", v);
	*port = cpu_to_be16((u16)n);
	return 0;
}

/* "5", "0x10/0xf0" */
static int parse_mark(struct ctl *c, const char *v, struct ct_listing *l)
{
	const char *slash = strchr(v, '/');
	char value[24];
	size_t len = slash ? (size_t)(slash - v) : strlen(v);
	u64 mark, mask = UINT32_MAX;

	memcpy(value, v, min(len, sizeof(value) - 1));
	value[min(len, sizeof(value) - 1)] = '\0';
	if (!parse_u64(value, UINT32_MAX, &mark) ||
	    (slash && !parse_u64(slash + 1, UINT32_MAX, &mask)))
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no mark", v);
	l->mark = (u32)mark & (u32)mask;
	l->mark_mask = (u32)mask;
	l->has_mark = true;
	return 0;
}

/* -w 5: of both directions, --orig-zone 5, --reply-zone 5: of one. -ENOENT: another option. */
static int parse_zone(struct ctl *c, const char *w, const char *v, struct ct_listing *l)
{
	bool both = arg_is(w, "-w") || arg_is(w, "--zone");
	u64 zone;

	if (!both && !arg_is(w, "--orig-zone") && !arg_is(w, "--reply-zone"))
		return -ENOENT;
	if (!parse_u64(v, UINT16_MAX, &zone))
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no zone", v);
	if (both)
		l->zone = (s32)zone;
	else
		l->dir_zone[arg_is(w, "--reply-zone")] = (s32)zone;
	return 0;
}

/* Of TCP, or what the connection is. */
static int parse_state(struct ctl *c, const char *v, struct ct_listing *l)
{
	for (u8 i = 1; i < TCP_CONNTRACK_MAX; i++)
		if (arg_is(v, tcp_conntrack_name(i))) {
			l->state = i;
			return 0;
		}
	return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no state of TCP", v);
}

static int parse_status(struct ctl *c, const char *v, struct ct_listing *l)
{
	if (arg_is(v, "ASSURED"))
		l->status |= IPS_ASSURED;
	else if (arg_is(v, "SEEN_REPLY"))
		l->status |= IPS_SEEN_REPLY;
	else if (arg_is(v, "SEEN_REPLY,ASSURED"))
		l->status |= IPS_SEEN_REPLY | IPS_ASSURED;
	else if (arg_is(v, "UNREPLIED") || arg_is(v, "UNSET"))
		l->status_not |= IPS_SEEN_REPLY;
	else
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no status (ASSURED, SEEN_REPLY, "
				"UNREPLIED)", v);
	return 0;
}

/* -n, -g, -j: those whose source, destination, either is rewritten. True: it was one of them. */
static bool parse_nat(const char *w, struct ct_listing *l)
{
	if (arg_is(w, "-n") || arg_is(w, "--src-nat"))
		l->status |= IPS_SRC_NAT;
	else if (arg_is(w, "-g") || arg_is(w, "--dst-nat"))
		l->status |= IPS_DST_NAT;
	else if (arg_is(w, "-j") || arg_is(w, "--any-nat"))
		l->any_nat = true;
	else
		return false;
	return true;
}

/* Options with addresses and ports; -ENOENT: another one. */
static int parse_end(struct ctl *c, const char *w, const char *v, struct ct_listing *l)
{
	const struct {
		char brief[3], name[17];
		bool *has;
		union nf_inet_addr *addr;
		u8 *pf;
	} addrs[] = {
		{ "-s", "--orig-src", &l->has_src, &l->src, &l->src_pf },
		{ "-s", "--src", &l->has_src, &l->src, &l->src_pf },
		{ "-d", "--orig-dst", &l->has_dst, &l->dst, &l->dst_pf },
		{ "-d", "--dst", &l->has_dst, &l->dst, &l->dst_pf },
		{ "-r", "--reply-src", &l->has_reply_src, &l->reply_src, &l->reply_src_pf },
		{ "-q", "--reply-dst", &l->has_reply_dst, &l->reply_dst, &l->reply_dst_pf },
	};
	const struct { char name[18]; be16 *port; } ports[] = {
		{ "--sport", &l->sport }, { "--orig-port-src", &l->sport },
		{ "--dport", &l->dport }, { "--orig-port-dst", &l->dport },
		{ "--reply-port-src", &l->reply_sport }, { "--reply-port-dst", &l->reply_dport },
	};

	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++)
		if (arg_is(w, addrs[i].brief) || arg_is(w, addrs[i].name)) {
			*addrs[i].has = true;
			return parse_addr(c, v, addrs[i].addr, addrs[i].pf);
		}
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (arg_is(w, ports[i].name))
			return parse_port(c, v, ports[i].port);
	return -ENOENT;
}

static bool is_word(const char *v, size_t n, const char *word)
{
	return n == strlen(word) && !strncmp(v, word, n);
}

/* "extended,id"; of events "timestamp", too */
static int parse_output(struct ctl *c, const char *v, struct ct_listing *l)
{
	while (*v) {
		size_t n = strcspn(v, ",");

		if (is_word(v, n, "extended"))
			l->extended = true;
		else if (is_word(v, n, "id"))
			l->id = true;
		else if (is_word(v, n, "timestamp") && l->events)
			l->timestamp = true;
		else
			return ctl_fail(c, -EINVAL, "conntrack: of \"%s\" there are extended, id "
					"and, with -E, timestamp", v);
		v += n + (v[n] == ',');
	}
	return 0;
}

/* "NEW,DESTROY" */
static int parse_events(struct ctl *c, const char *v, struct ct_listing *l)
{
	l->events = 0;
	while (*v) {
		size_t n = strcspn(v, ",");

		if (is_word(v, n, "ALL"))
			l->events = BIT(CT_NEW) | BIT(CT_UPDATE) | BIT(CT_DESTROY);
		else if (is_word(v, n, "NEW"))
			l->events |= BIT(CT_NEW);
		else if (is_word(v, n, "UPDATES"))
			l->events |= BIT(CT_UPDATE);
		else if (is_word(v, n, "DESTROY"))
			l->events |= BIT(CT_DESTROY);
		else
			return ctl_fail(c, -EINVAL, "conntrack: of \"%s\" there are NEW, UPDATES, "
					"DESTROY, ALL", v);
		v += n + (v[n] == ',');
	}
	return 0;
}

static int parse_timeout(struct ctl *c, const char *v, struct ct_listing *l)
{
	u64 n;

	if (!parse_u64(v, INT32_MAX, &n))
		return ctl_fail(c, -EINVAL, "conntrack: \"%s\" is no time in seconds", v);
	l->timeout = (s64)n;
	return 0;
}

static int parse_option(struct ctl *c, const char *w, const char *v, struct ct_listing *l)
{
	int err;

	if (arg_is(w, "-p") || arg_is(w, "--proto") || arg_is(w, "--protonum"))
		return parse_proto(c, v, &l->protonum);
	if (arg_is(w, "-f") || arg_is(w, "--family"))
		return parse_family(c, v, &l->families);
	if (arg_is(w, "-m") || arg_is(w, "--mark"))
		return parse_mark(c, v, l);
	if (arg_is(w, "--state"))
		return parse_state(c, v, l);
	if (arg_is(w, "-u") || arg_is(w, "--status"))
		return parse_status(c, v, l);
	if (arg_is(w, "-o") || arg_is(w, "--output"))
		return parse_output(c, v, l);
	if (arg_is(w, "-t") || arg_is(w, "--timeout"))
		return parse_timeout(c, v, l);
	if (l->events && (arg_is(w, "-e") || arg_is(w, "--event-mask")))
		return parse_events(c, v, l);
	err = parse_zone(c, w, v, l);
	if (err == -ENOENT)
		err = parse_end(c, w, v, l);
	return err != -ENOENT ? err :
	       ctl_fail(c, -EINVAL, "conntrack: unknown option \"%s\" (-f, -p, -s, -d, -r, -q, "
			"--sport, --dport, --reply-port-src, --reply-port-dst, -m, -u, -n, -g, "
			"-j, -o, -t, -w, --orig-zone, --reply-zone, --state)", w);
}

int ct_parse_filter(struct ctl *c, struct ct_listing *l)
{
	const char *w, *v;
	int err;

	while ((w = arg_next(c))) {
		if (parse_nat(w, l))
			continue;
		err = arg_value(c, &v);
		if (!err)
			err = parse_option(c, w, v, l);
		if (err)
			return err;
	}
	return 0;
}

/* -L, -F, -C of what helpers expect. */
static int expect_command(struct ctl *c, const char *w)
{
	u8 families = NF_CT_IPV4;	/* as the tool, unless -f says another one */
	const char *v;
	u32 n;
	int err;

	if (arg_take(c, "-f") || arg_take(c, "--family")) {
		err = arg_value(c, &v);
		if (!err)
			err = parse_family(c, v, &families);
		if (err)
			return err;
	}
	if (arg_is(w, "-L") || arg_is(w, "--dump")) {
		n = ct_put_expects(c->net, c->out, families);
		sb_printf(c->out, "conntrack v1.4.7 (conntrack-tools): %u expectations have been "
			  "shown.\n", n);
	} else if (arg_is(w, "-F") || arg_is(w, "--flush")) {
		nf_ct_expect_flush(c->net);
		sb_puts(c->out, "conntrack v1.4.7 (conntrack-tools): expectation table has been "
			"emptied.\n");
	} else if (arg_is(w, "-C") || arg_is(w, "--count")) {
		sb_printf(c->out, "%u\n", c->net->ct->expect_count);
	} else {
		return ctl_fail(c, -EINVAL, "conntrack: of table expect there are -L, -F, -C");
	}
	return 0;
}

void ct_listing_init(struct ct_listing *l, struct ctl *c)
{
	*l = (struct ct_listing){ .c = c, .state = -1, .zone = -1, .dir_zone = { -1, -1 },
				  .timeout = -1 };
}

int ctl_conntrack(struct ctl *c)
{
	struct ct_listing l;
	const char *w = arg_next(c);
	u32 n;
	int err;

	ct_listing_init(&l, c);
	if (!w || arg_is(w, "-h") || arg_is(w, "--help"))
		return ctl_print(c, HELP_CONNTRACK);
	if (arg_take(c, "expect"))
		return expect_command(c, w);
	if (arg_is(w, "-E") || arg_is(w, "--event"))
		return ctl_fail(c, -EOPNOTSUPP, "conntrack: -E goes on until it is stopped, which "
				"only a program can (linnet conntrack -E)");
	arg_take(c, "conntrack");	/* the table's name */
	err = ct_parse_filter(c, &l);
	if (err)
		return err;
	if (arg_is(w, "-L") || arg_is(w, "--dump")) {
		nf_ct_for_each(c->net, put_conn, &l);
		sb_printf(c->out, "conntrack v1.4.7 (conntrack-tools): %u flow entries have been "
			  "shown.\n", l.shown);
		return 0;
	}
	if (arg_is(w, "-C") || arg_is(w, "--count")) {
		sb_printf(c->out, "%u\n", c->net->ct->count);
		return 0;
	}
	if (arg_is(w, "-S") || arg_is(w, "--stats"))
		return conntrack_stats(c);
	if (arg_is(w, "-F") || arg_is(w, "--flush")) {
		nf_ct_iterate_cleanup(c->net, is_any, NULL);
		sb_puts(c->out, "conntrack v1.4.7 (conntrack-tools): connection tracking table has "
			"been emptied.\n");
		return 0;
	}
	if (arg_is(w, "-D") || arg_is(w, "--delete")) {
		n = nf_ct_iterate_cleanup(c->net, is_deleted, &l);
		sb_printf(c->out, "conntrack v1.4.7 (conntrack-tools): %u flow entries have been "
			  "deleted.\n", n);
		return n ? 0 : -ENOENT;
	}
	err = ct_change(c, w, &l);
	return err != -ENODATA ? err :
	       ctl_fail(c, -EINVAL, "conntrack: unknown command \"%s\" (-L, -G, -I, -U, -D, -F, "
			"-C, -S)", w);
}
