/* SPDX-License-Identifier: MIT */
/* ip tcp_metrics: what TCP remembers of destinations. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "transport/tcp/tcp.h"
#include "transport/tcp/tcp_metrics.h"
#include "wire/inet_addr.h"

static const char *addr_text(const struct ip6_addr *a, char *buf)
{
	be32 v4;

	if (!ipv6_addr_v4mapped(a))
		return ip6_addr_str(a, buf);
	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return inet_addr_str(v4, buf);
}

/* As iproute2: packets first, then us without their fractions. */
static void show_values(struct ctl *c, const struct tcp_metrics *m)
{
	static const char *const names[TCP_METRIC_N] = { [TCP_METRIC_SSTHRESH] = "ssthresh",
							 [TCP_METRIC_CWND] = "cwnd",
							 [TCP_METRIC_REORDERING] = "reordering" };

	for (unsigned i = 0; i < TCP_METRIC_N; i++)
		if (names[i] && m->val[i])
			sb_printf(c->out, " %s %u", names[i], m->val[i]);
	if (m->val[TCP_METRIC_RTT] >> 3)
		sb_printf(c->out, " rtt %uus", m->val[TCP_METRIC_RTT] >> 3);
	if (m->val[TCP_METRIC_RTTVAR] >> 2)
		sb_printf(c->out, " rttvar %uus", m->val[TCP_METRIC_RTTVAR] >> 2);
}

static void show_one(struct ctl *c, const struct tcp_metrics *m)
{
	s64 ms = ktime_to_ms(c->net->now - m->stamp);
	char addr[IP6_STR_MAX];

	sb_printf(c->out, "%s age %lld.%03lldsec", addr_text(&m->daddr, addr),
		  (long long)(ms / 1000), (long long)(ms % 1000));
	show_values(c, m);
	if (m->mss)
		sb_printf(c->out, " fo_mss %u", m->mss);
	if (m->syn_loss) {
		ms = ktime_to_ms(c->net->now - m->last_syn_loss);
		sb_printf(c->out, " fo_syn_drops %u/%lld.%03lldsec ago", m->syn_loss,
			  (long long)(ms / 1000), (long long)(ms % 1000));
	}
	if (m->cookie.len > 0)
		sb_puts(c->out, " fo_cookie ");
	for (int i = 0; i < m->cookie.len; i++)
		sb_printf(c->out, "%02x", m->cookie.val[i]);
	sb_printf(c->out, " source %s\n", addr_text(&m->saddr, addr));
}

static void show(struct ctl *c, const struct ip6_addr *daddr)
{
	struct tcp_metrics_table *t = c->net->tcp->metrics;
	const struct list_head *at;

	if (!t)
		return;
	for (at = t->lru.next; at != &t->lru; at = at->next) {
		const struct tcp_metrics *m = container_of(at, struct tcp_metrics, lru);

		if (!daddr || ipv6_addr_equal(&m->daddr, daddr))
			show_one(c, m);
	}
}

/* "all", or [ address ] ADDR of either family; nothing: all. */
static int whose(struct ctl *c, struct ip6_addr *daddr, bool *all)
{
	be32 v4;
	int err;

	*all = !arg_more(c) || (arg_is(arg_peek(c), "all") && arg_next(c));
	if (*all)
		return 0;
	arg_take(c, "address");
	if (ip6_addr_parse(arg_peek(c), daddr)) {
		arg_next(c);
		return 0;
	}
	err = arg_addr(c, &v4);
	if (!err)
		*daddr = ipv6_addr_v4mapped_of(v4);
	return err;
}

int ctl_ip_tcp_metrics(struct ctl *c)
{
	const char *w = arg_next(c);
	struct ip6_addr daddr;
	bool all;
	int err;

	if (arg_wants_help(w))
		return ctl_print(c, HELP_IP_TCP_METRICS);
	if (w && !arg_matches(w, "show") && !arg_matches(w, "list") && !arg_matches(w, "flush") &&
	    !arg_matches(w, "delete"))
		return arg_unknown_command(c, w, "ip tcp_metrics help");
	err = whose(c, &daddr, &all);
	if (err)
		return err;
	if (arg_matches(w, "flush") || arg_matches(w, "delete"))
		tcp_metrics_flush(c->net, all ? NULL : &daddr);
	else
		show(c, all ? NULL : &daddr);
	return 0;
}
