/* SPDX-License-Identifier: MIT */
#include "drill/conn.h"

struct conn *conn_new(struct drill *d, u8 protocol)
{
	struct conn *c = arena_alloc(&d->s->arena, sizeof(*c)), **last = &d->conns;

	while (*last)
		last = &(*last)->next;
	*last = c;
	*c = (struct conn){
		.protocol = protocol, .laddr = d->params.local, .raddr = d->params.remote,
		.lport = d->bind_port, .rport = d->connect_port, .fd = -1,
	};
	return c;
}

/* ---- which ---- */

static const struct drill_fd *listener(const struct drill *d)
{
	for (unsigned i = 0; i < FDS_MAX; i++)
		if (d->fds[i].used && d->fds[i].listening)
			return &d->fds[i];
	return NULL;
}

static struct conn *passive(struct drill *d, const struct packet *p)
{
	const struct drill_fd *f = listener(d);
	struct conn *c = conn_new(d, IP_PROTO_TCP);
	struct sock_addr sa;
	u32 len = sizeof(sa);

	c->rport = d->next_port++;
	if (p->has & HAS_PORTS && p->inbound) {
		c->rport = p->sport;
		c->lport = p->dport;
	} else if (f && !d->w->ops->getsockname(d->w, f->live, &sa, &len))
		c->lport = sock_addr_port(&sa);
	return c;
}

static struct conn *connecting(struct drill *d)
{
	for (struct conn *c = d->conns; c; c = c->next)
		if (c->connecting && c->protocol == IP_PROTO_TCP)
			return c;
	return NULL;
}

/* The ports that a packet of the script names are those of this connection. */
static bool is_named(const struct conn *c, const struct packet *p)
{
	u16 lport = p->inbound ? p->dport : p->sport, rport = p->inbound ? p->sport : p->dport;

	if (c->script_lport)
		return c->script_lport == lport && c->script_rport == rport;
	return c->lport == lport && c->rport == rport;
}

static struct conn *named_conn(struct drill *d, const struct packet *p)
{
	struct conn *found = NULL;

	for (struct conn *c = d->conns; c; c = c->next)
		if (c->protocol == p->protocol && is_named(c, p))
			found = c;	/* the latest */
	return found;
}

static struct conn *udp_conn(struct drill *d, const struct packet *p)
{
	struct conn *c;

	if (p->has & HAS_PORTS) {
		c = named_conn(d, p);
		if (!c) {
			c = conn_new(d, IP_PROTO_UDP);
			c->lport = p->inbound ? p->dport : p->sport;
			c->rport = p->inbound ? p->sport : p->dport;
		}
		return c;
	}
	for (c = d->conns; c; c = c->next)
		if (c->protocol == IP_PROTO_UDP)
			return c;
	return conn_new(d, IP_PROTO_UDP);
}

/* Once more from the beginning. */
static struct conn *again(struct conn *c)
{
	c->isn_known = c->remote_known = c->ts_known = false;
	c->n_pairs = 0;
	return c;
}

static struct conn *of_syn(struct drill *d, const struct packet *p)
{
	struct conn *c = p->has & HAS_PORTS ? named_conn(d, p) : NULL;

	if (p->inbound)
		return c ? again(c) : listener(d) ? passive(d, p) : NULL;
	c = connecting(d);
	if (!c)
		return NULL;
	c->connecting = false;
	if (p->has & HAS_PORTS) {
		c->script_lport = p->sport;
		c->script_rport = p->dport;
	}
	return c;
}

struct conn *conn_of_script(struct drill *d, const struct packet *p)
{
	u8 syn = p->flags & (TCPHDR_SYN | TCPHDR_ACK);
	struct conn *c = NULL;

	if (p->protocol == IP_PROTO_UDP || p->quoted == IP_PROTO_UDP)
		return udp_conn(d, p);
	if (p->has & SAME_PORT && d->conn)
		c = again(d->conn);
	else if (p->protocol == IP_PROTO_TCP && syn == TCPHDR_SYN)
		c = of_syn(d, p);
	else if (p->has & HAS_PORTS)
		c = named_conn(d, p);
	if (!c && !(p->has & HAS_PORTS && p->inbound))
		c = d->conn;
	if (!c) {	/* nobody listens, or a stranger's ports: the numbers are the wire's */
		c = passive(d, p);
		c->isn_known = c->remote_known = true;
	}
	d->conn = c;
	return c;
}

/* An active connection's port is the machine's choice: its SYN tells it. */
static bool is_mine(struct conn *c, const struct packet *p, const struct packet_path *path)
{
	bool syn = (p->flags & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN;

	if (!ipv6_addr_equal(&c->raddr, &path->daddr) || c->rport != path->dport)
		return false;
	if (!c->lport && (syn || p->protocol == IP_PROTO_UDP)) {
		c->lport = path->sport;
		c->laddr = path->saddr;
	}
	return c->lport == path->sport && ipv6_addr_equal(&c->laddr, &path->saddr);
}

struct conn *conn_of_live(struct drill *d, const struct packet *p, const struct packet_path *path)
{
	u8 protocol = packet_is_icmp(p) ? p->quoted : p->protocol;

	for (struct conn *c = d->conns; c; c = c->next) {
		if (packet_is_icmp(p) && ipv6_addr_equal(&path->daddr, &c->raddr) &&
		    (!protocol || c->protocol == protocol))
			return c;
		if (c->protocol == protocol && is_mine(c, p, path))
			return c;
	}
	return NULL;
}

/* ---- numbers ---- */

static struct tcp_opt *find(const struct packet *p, u8 kind)
{
	for (unsigned i = 0; i < p->n_opts; i++)
		if (p->opts[i].kind == kind)
			return &p->opts[i];
	return NULL;
}

static void learn(struct conn *c, const struct packet *got, const struct packet *want)
{
	const struct tcp_opt *g = find(got, OPT_TS), *w = find(want, OPT_TS);

	if (!c->isn_known && got->flags & want->flags & TCPHDR_SYN) {
		c->isn_known = true;
		c->local_off = got->seq - want->seq;
		c->local_isn = got->seq;
	}
	if (!g || !w || w->any & 1)
		return;
	if (!c->ts_known) {
		c->ts_known = true;
		c->ts_live = g->v[0];
		c->ts_script = w->v[0];
	}
	c->pairs[c->n_pairs++ % ARRAY_SIZE(c->pairs)] = (struct ts_pair){ w->v[0], g->v[0] };
}

/* As packetdrill: a SYN's own number is as it is written, all others are relative to it. */
static void remote_to_script(const struct conn *c, struct packet *got)
{
	struct tcp_opt *sack = find(got, OPT_SACK);

	if (got->flags & TCPHDR_SYN)
		return;
	if (got->flags & TCPHDR_ACK)
		got->ack -= c->remote_isn;
	for (unsigned i = 0; sack && i < sack->n * 2u; i++)
		sack->v[i] -= c->remote_isn;
}

void conn_to_script(struct conn *c, struct packet *got, const struct packet *want)
{
	struct tcp_opt *ts = find(got, OPT_TS);

	if (packet_is_icmp(got))
		return;
	if (want)
		learn(c, got, want);
	got->seq -= c->local_off;
	remote_to_script(c, got);
	if (ts)
		ts->v[0] += c->ts_script - c->ts_live;
}

/* The machine's timestamp that the script calls v: of the pairs seen, the latest. */
static u32 live_ts(const struct conn *c, u32 v)
{
	unsigned n = min_t(unsigned, c->n_pairs, ARRAY_SIZE(c->pairs));

	for (unsigned i = 1; i <= n; i++) {
		const struct ts_pair *p = &c->pairs[(c->n_pairs - i) % ARRAY_SIZE(c->pairs)];

		if (p->script == v)
			return p->live;
	}
	return c->ts_known && v ? v - c->ts_script + c->ts_live : v;
}

static void remote_to_live(struct conn *c, struct packet *p)
{
	if (p->protocol != IP_PROTO_TCP)
		return;
	if (!(p->flags & TCPHDR_SYN)) {
		p->seq += c->remote_isn;
	} else if (!c->remote_known) {
		c->remote_known = true;
		c->remote_isn = p->seq;
	}
}

void conn_to_live(struct conn *c, struct packet *p, struct tcp_opt *opts)
{
	struct tcp_opt *ts, *sack;

	if (p->n_opts)
		memcpy(opts, p->opts, p->n_opts * sizeof(*opts));
	p->opts = opts;
	remote_to_live(c, p);
	p->quoted_seq += c->local_off;
	if (p->flags & TCPHDR_ACK || p->has & HAS_ACK)
		p->ack += c->local_off;
	ts = find(p, OPT_TS);
	if (ts)
		ts->v[1] = live_ts(c, ts->v[1]);
	sack = find(p, OPT_SACK);
	for (unsigned i = 0; sack && i < sack->n * 2u; i++)
		sack->v[i] += c->local_off;
}

struct sign_numbers conn_numbers(const struct conn *c)
{
	return (struct sign_numbers){ .local_isn = c->local_isn, .remote_isn = c->remote_isn };
}
