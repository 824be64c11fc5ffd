/* SPDX-License-Identifier: MIT */
/* Packets of a script: let in, and awaited. */
#include <stdlib.h>

#include "drill/conn.h"

/* How much longer than allowed is waited, so that the message can tell when it came. */
#define LOOK_ON_VIRTUAL (200 * NSEC_PER_SEC)
#define LOOK_ON_REAL (2 * NSEC_PER_SEC)
/* Segments that leave together may be apart by so much on a real clock. */
#define TOGETHER (2 * NSEC_PER_MSEC)

bool run_inbound(struct drill *d, const struct packet *script)
{
	struct conn *c = conn_of_script(d, script);
	struct packet_path path = { .saddr = c->raddr, .daddr = c->laddr, .sport = c->rport,
				    .dport = c->lport };
	struct tcp_opt opts[PACKET_OPTS_MAX];
	struct packet p = *script;
	struct sign_numbers n;
	u8 *buf = malloc(WORLD_PACKET_MAX);
	size_t len;
	int err = 0;

	if (!buf)
		abort();
	conn_to_live(c, &p, opts);
	len = packet_build(&p, &path, buf, WORLD_PACKET_MAX);
	if (!len) {
		d->bad = true;
		drill_fail(d, "the packet is too large, or has more than 40 bytes of options");
	} else {
		n = conn_numbers(c);
		sign_packet(&p, &n, buf, len);
		err = d->w->ops->inject(d->w, buf, len);
	}
	free(buf);
	if (err)
		return drill_fail(d, "the machine does not take the packet: %s",
				  err == -EMSGSIZE ? "longer than its MTU" : strerror(-err));
	return len > 0;
}

/* ---- what is sent ---- */

/* Takes the next packet of a connection that the script knows. False: none, or it is broken. */
static bool take(struct drill *d, struct conn **c, struct packet_path *path)
{
	struct world_packet *wp;
	const char *why;

	while ((wp = world_take(d->w))) {
		bool ok = packet_read(&d->got, path, wp->bytes, wp->len, &why);

		d->got_at = wp->at;
		free(d->got_raw);
		d->got_raw = wp;
		if (!ok)
			return drill_fail(d, "the machine sent %s", why);
		*c = conn_of_live(d, &d->got.p, path);
		if (*c)
			return true;
	}
	return false;
}

/* The same, but as time passes until `until`. */
static bool await(struct drill *d, s64 until, struct conn **c, struct packet_path *path)
{
	for (;;) {
		if (!drill_wait(d, until, true))
			return false;
		if (take(d, c, path))
			return true;
		if (d->why[0] || (!d->w->sent && drill_now(d) >= until))
			return false;
	}
}

/* With --skip_unawaited: what the script cannot mean, for it is of another sort. */
static bool is_passed_over(const struct drill *d, const struct packet *want, const struct conn *c,
			   const struct conn *of)
{
	const struct packet *got = &d->got.p;

	return d->skip_unawaited && (of != c || got->protocol != want->protocol ||
				     got->flags != want->flags);
}

/* Signatures of what came that are those of the keys that the script names. */
static void check_signatures(const struct conn *c, const struct packet *want, struct packet *got,
			     const struct world_packet *wp)
{
	struct sign_numbers n = conn_numbers(c);

	sign_check(want, got, &n, wp->bytes, wp->len);
}

static bool signed_alike(const struct packet *want, const struct packet *a, const struct packet *b)
{
	for (unsigned i = 0; i < want->n_opts && i < a->n_opts && i < b->n_opts; i++)
		if (a->opts[i].key != b->opts[i].key)
			return false;
	return true;
}

/* A script may write as one what leaves as several segments (TSO). Adds the next one to got. */
static bool add_next(struct drill *d, const struct conn *c, const struct packet *want)
{
	struct packet_full next;
	struct packet_path path;
	const char *why;
	const struct world_packet *wp = d->w->sent;

	if (!wp || !packet_read(&next, &path, wp->bytes, wp->len, &why) ||
	    next.p.protocol != IP_PROTO_TCP || path.dport != c->rport || path.sport != c->lport ||
	    next.p.seq - c->local_off != d->got.p.seq + d->got.p.len || !next.p.len ||
	    next.p.ack != d->got.p.ack)
		return false;
	check_signatures(c, want, &next.p, wp);
	if (!signed_alike(want, &d->got.p, &next.p))
		return false;
	d->got.p.len += next.p.len;
	d->got.p.flags |= next.p.flags;
	free(world_take(d->w));
	return true;
}

static bool join(struct drill *d, const struct conn *c, const struct packet *want)
{
	s64 until = d->w->ops->real_time ? drill_now(d) + TOGETHER : drill_now(d);

	while (!d->strict_segments && want->protocol == IP_PROTO_TCP && d->got.p.seq == want->seq &&
	       d->got.p.len && d->got.p.len < want->len) {
		if (!drill_wait(d, until, true))
			return false;
		if (!add_next(d, c, want))
			break;
	}
	return true;
}

/* Timestamps that differ by no more than the clock may count as the same. */
static void settle_ts(const struct drill *d, const struct packet *want)
{
	struct packet *got = (struct packet *)&d->got.p;

	for (unsigned i = 0; i < got->n_opts && i < want->n_opts; i++) {
		const struct tcp_opt *w = &want->opts[i];
		struct tcp_opt *g = &got->opts[i];
		s64 off = (s64)(s32)(g->v[0] - w->v[0]) * d->ts_tick;

		if (g->kind == OPT_TS && w->kind == OPT_TS &&
		    (off < 0 ? -off : off) <= d->tolerance)
			g->v[0] = w->v[0];
	}
}

static bool check_time(struct drill *d, const struct when *w, s64 from, s64 to)
{
	double at = (double)(d->got_at - d->zero) / 1e9;
	s64 late = d->tolerance;

	if (d->w->ops->real_time)
		late += max(to - d->last, (s64)0) / DRILL_WHEEL;
	if (w->kind == WHEN_ANY)
		return true;
	if (d->got_at < from - d->tolerance || d->got_at > to + late) {
		if (to > from)
			return drill_fail(d, "sent at %.6f, expected at %.6f to %.6f", at,
					  (double)(from - d->zero) / 1e9,
					  (double)(to - d->zero) / 1e9);
		return drill_fail(d, "sent at %.6f, expected at %.6f", at,
				  (double)(from - d->zero) / 1e9);
	}
	return true;
}

static bool nothing_came(struct drill *d, const struct when *w, s64 to)
{
	if (w->kind == WHEN_ANY)
		return drill_fail(d, "nothing was sent");
	return drill_fail(d, "nothing was sent by %.6f",
			  (double)(to + d->tolerance - d->zero) / 1e9);
}

bool run_outbound(struct drill *d, const struct event *e, s64 from, s64 to)
{
	struct conn *c = conn_of_script(d, &e->packet), *of;
	s64 more = d->w->ops->real_time ? LOOK_ON_REAL : LOOK_ON_VIRTUAL;
	s64 until = (e->when.kind == WHEN_ANY ? drill_now(d) : to + d->tolerance) + more;
	struct packet_path path;
	char why[256];
	struct strbuf sb;

	do {
		if (!await(d, until, &of, &path))
			return d->why[0] ? false : nothing_came(d, &e->when, to);
	} while (is_passed_over(d, &e->packet, c, of));
	d->event = e;
	d->has_got = true;
	conn_to_script(of, &d->got.p, &e->packet);
	if (of != c && (!packet_is_icmp(&e->packet) || e->packet.quoted))
		return drill_fail(d, "this packet belongs to another connection (ports %u to %u)",
				  path.sport, path.dport);
	check_signatures(c, &e->packet, &d->got.p, d->got_raw);
	if (!join(d, c, &e->packet))
		return false;
	settle_ts(d, &e->packet);
	sb_init(&sb, why, sizeof(why));
	if (!packet_match(&e->packet, &d->got.p, &sb))
		return drill_fail(d, "%s", why);
	if (e->packet.has & NEW_IP_ID && c->ip_id_known && c->ip_id == d->got.p.ip_id)
		return drill_fail(d, "the IP ID is %u once more", c->ip_id);
	c->ip_id_known = true;
	c->ip_id = d->got.p.ip_id;
	if (!check_time(d, &e->when, from, to))
		return false;
	d->has_got = false;
	d->last = e->when.kind == WHEN_ANY || e->when.range || d->w->ops->real_time ?
		  d->got_at : from;
	return true;
}

bool run_nothing_left(struct drill *d, s64 before)
{
	struct packet_path path;
	struct conn *c;

	if (!d->o->strict || d->skip_unawaited || !d->w->sent || d->w->sent->at >= before)
		return true;
	if (!take(d, &c, &path))
		return !d->why[0];
	d->has_got = true;
	conn_to_script(c, &d->got.p, NULL);
	return drill_fail(d, "before this line a packet was sent that no line awaits");
}
