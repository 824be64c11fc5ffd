/* SPDX-License-Identifier: MIT */
/*
 * tcpdump: the frames of a device, or of all, a line each. It is a packet socket: a tap in
 * ptype_all, which sees what comes before any protocol does, and what leaves behind the qdisc.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "app/program_impl.h"
#include "app/tcpdump_filter.h"
#include "app/util/inet.h"
#include "base/netns.h"
#include "device/netdevice.h"
#include "wire/dissect.h"

#define ETH_P_ALL 0x0003
#define FILTER "[not] arp|ip|ip6|icmp|icmp6|tcp|udp|[src|dst] host ADDRESS|[src|dst] port N " \
	       "[and|or ...]"
#define FRAME_MAX 65550
#define LINE_MAX 1024
#define USEC_PER_DAY (86400ull * 1000000)

struct dump_state {
	int fd;				/* -1 = none */
	int ifindex;			/* 0 = any */
	uint64_t count, seen;		/* count 0: until interrupted */
	unsigned flags;			/* of dissect_frame() */
	struct tcpdump_filter filter;
	uint8_t frame[FRAME_MAX];
};

static void stop(struct program *p)
{
	struct dump_state *s = p->state;

	if (s && s->fd >= 0) {
		ln_set_wake(p->net, s->fd, NULL, NULL);
		ln_close(p->net, s->fd);
	}
	free(s);
	p->state = NULL;
}

static void dump_end(struct program *p)
{
	const struct dump_state *s = p->state;

	program_printf(p, "%llu packet%s captured\n", (unsigned long long)s->seen,
		       s->seen == 1 ? "" : "s");
	program_exit(p, 0);
}

static void on_interrupt(void *ctx, struct ln_net *net)
{
	(void)net;
	dump_end(ctx);
}

static void interrupt(struct program *p)
{
	program_timer(p, ln_net_now(p->net), on_interrupt);
}

/* "12:00:01.000120 eth0 Out IP 10.0.0.1 > 10.0.0.2: ...": the time of day (UTC), or since the
 * start where that is not known. */
static void dump_frame(struct program *p, size_t len, const struct ln_sockaddr_ll *from)
{
	const struct dump_state *s = p->state;
	const struct net *net = net_of(p->net);
	uint64_t us = (uint64_t)(net->now + net->wall_offset) / 1000 % USEC_PER_DAY;
	const struct net_device *dev = s->ifindex ? NULL :
				       dev_get_by_index(net, from->sll_ifindex);
	char line[LINE_MAX];
	struct strbuf sb;

	sb_init(&sb, line, sizeof(line));
	sb_printf(&sb, "%02u:%02u:%02u.%06u ", (unsigned)(us / 3600000000u),
		  (unsigned)(us / 60000000 % 60), (unsigned)(us / 1000000 % 60),
		  (unsigned)(us % 1000000));
	if (dev)
		sb_printf(&sb, "%-5s %s ", dev->name,
			  from->sll_pkttype == PACKET_OUTGOING ? "Out" :
			  from->sll_pkttype == PACKET_BROADCAST ? "B  " :
			  from->sll_pkttype == PACKET_MULTICAST ? "M  " :
			  from->sll_pkttype == PACKET_OTHERHOST ? "P  " : "In ");
	dissect_frame(&sb, s->frame, len, s->flags);
	program_printf(p, "%s\n", line);
}

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct program *p = ctx;
	struct dump_state *s = p->state;
	struct ln_sockaddr_ll from;
	uint32_t fromlen = sizeof(from);
	ptrdiff_t n;

	(void)events;
	while ((n = ln_recvfrom(net, fd, s->frame, sizeof(s->frame), 0, &from, &fromlen)) >= 0) {
		fromlen = sizeof(from);
		if (!tcpdump_filter_match(&s->filter, s->frame, (size_t)n))
			continue;
		dump_frame(p, (size_t)n, &from);
		if (++s->seen == s->count) {
			dump_end(p);
			return;
		}
	}
}

static void dump_open(struct program *p, const char *dev)
{
	struct ln_sockaddr_ll ll = { .sll_family = LN_AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct dump_state *s = p->state;
	int err;

	if (strcmp(dev, "any")) {
		const struct net_device *d = dev_get_by_name(net_of(p->net), dev);

		if (!d) {
			program_fail(p, 1, "%s: No such device exists", dev);
			return;
		}
		ll.sll_ifindex = s->ifindex = d->ifindex;
	}
	s->fd = ln_socket(p->net, LN_AF_PACKET, LN_SOCK_RAW, 0);
	err = s->fd < 0 ? s->fd : ln_bind(p->net, s->fd, &ll, sizeof(ll));
	if (!err)
		err = ln_set_wake(p->net, s->fd, on_wake, p);
	if (err)
		program_fail(p, 1, "%s: %s", dev, inet_error_text(err));
	else
		program_printf(p, "listening on %s, times in UTC\n", dev);
}

static void dump_main(struct program *p)
{
	struct dump_state *s = calloc(1, sizeof(*s));
	const char *dev = "any", *bad;
	bool good = true;
	int c;

	p->state = s;
	if (!s) {
		program_fail(p, 1, "out of memory");
		return;
	}
	s->fd = -1;
	while (good && (c = program_getopt(p, "i:c:evnl")) != -1) {
		if (c == 'i')
			dev = p->optarg;
		else if (c == 'c')
			good = program_number(p->optarg, 1, UINT64_MAX, &s->count);
		else
			good = c != '?';
		s->flags |= c == 'e' ? DISSECT_LINK : c == 'v' ? DISSECT_IP : 0;
	}
	if (!good) {
		program_usage_error(p);
		return;
	}
	bad = tcpdump_filter_parse(&s->filter, (const char *const *)p->argv + p->optind,
				   p->argc - p->optind);
	if (!bad)
		dump_open(p, dev);
	else if (*bad)
		program_fail(p, 1, "\"%s\" does not belong there; expected %s", bad, FILTER);
	else
		program_fail(p, 1, "the filter ends too early; expected %s", FILTER);
}

const struct program_kind program_tcpdump = {
	.name = "tcpdump", .start = dump_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-i DEVICE|any] [-c COUNT] [-e] [-v] [FILTER], FILTER: " FILTER,
};
