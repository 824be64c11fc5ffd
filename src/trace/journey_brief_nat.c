/* SPDX-License-Identifier: MIT */
/*
 * The brief journey's NAT: who goes out as whom is told once, and remembered, because the far end
 * knows the outside only: its segments and ours are one conversation all the same.
 */
#include "base/fmt.h"
#include "base/netns.h"
#include "trace/journey_priv.h"
#include "trace/trace_text.h"
#include "wire/ipv4.h"

static struct brief_alias *alias_find(const struct journey *j, be32 addr, u16 port, be32 peer,
				      u16 peer_port)
{
	for (u32 i = j->nr_aliases; i-- > 0;) {
		struct brief_alias *a = &j->aliases[i];

		if (a->outside == addr && a->outside_port == port && a->peer == peer &&
		    a->peer_port == peer_port)
			return a;
	}
	return NULL;
}

static void alias_add(struct journey *j, const struct brief_alias *new)
{
	struct brief_alias *a = alias_find(j, new->outside, new->outside_port, new->peer,
					   new->peer_port);
	u32 max = j->max_aliases ? j->max_aliases * 2 : 16;

	if (a) {
		*a = *new;	/* the port was another one's before */
		return;
	}
	if (j->nr_aliases == j->max_aliases) {
		struct brief_alias *n = mem_alloc(&j->mem, max * sizeof(*n));

		if (!n)
			return;
		if (j->nr_aliases)
			memcpy(n, j->aliases, j->nr_aliases * sizeof(*n));
		mem_free(&j->mem, j->aliases, j->max_aliases * sizeof(*n));
		j->aliases = n;
		j->max_aliases = max;
	}
	j->aliases[j->nr_aliases++] = *new;
}

void journey_inside(const struct journey *j, be32 *addr, u16 *port, be32 peer, u16 peer_port)
{
	const struct brief_alias *a = alias_find(j, *addr, *port, peer, peer_port);

	if (!a)
		return;
	*addr = a->inside;
	*port = a->inside_port;
}

/* The packet is as it came in: its other end is the peer. */
static bool read_peer(const struct ln_trace_event *ev, bool source, struct brief_alias *a)
{
	u32 n = ev->len - ev->data_len;
	struct ipv4_view ip;

	if (!ev->data || ipv4_parse_hdr(ev->data, n, &ip) != WIRE_OK || n < ip.hlen + 4u)
		return false;
	a->peer = source ? ip.daddr : ip.saddr;
	a->peer_port = get_be16(ev->data + ip.hlen + (source ? 2 : 0));
	return ip.protocol == IP_PROTO_TCP;
}

/* what, from, port, to, port */
void journey_brief_nat(struct journey *j, const struct ln_trace_event *ev)
{
	const char *what = (const char *)(uintptr_t)ev->arg[0];
	bool source = !strcmp(what, "source");
	u64 from = ev->arg[1] << 16 | ev->arg[2], to = ev->arg[3] << 16 | ev->arg[4];
	u64 in = source ? from : to, out = source ? to : from;
	struct brief_alias a = {
		.inside = (be32)(in >> 16), .inside_port = (u16)in,
		.outside = (be32)(out >> 16), .outside_port = (u16)out,
	};

	if (read_peer(ev, source, &a))
		alias_add(j, &a);
	if (!journey_first_time(j, TOLD_NAT, ev->node, rotl64(in, 17) ^ out ^ source))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, source ? "NAT: what " : "NAT: what comes for ");
	trace_put_ip(&sb, (be32)ev->arg[1]);
	sb_printf(&sb, ":%llu %s ", (unsigned long long)ev->arg[2],
		  source ? "sends goes on as from" : "goes on to");
	trace_put_ip(&sb, (be32)ev->arg[3]);
	sb_printf(&sb, ":%llu", (unsigned long long)ev->arg[4]);
	journey_line_end(j, &sb);
}
