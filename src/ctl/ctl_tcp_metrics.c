/* SPDX-License-Identifier: MIT */
/* ip tcp_metrics: what TCP remembers of destinations. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "transport/tcp/tcp.h"
#include "transport/tcp/tcp_metrics.h"
#include "wire/inet_addr.h"

static void show_one(struct ctl *c, const struct tcp_metrics *m)
{
	s64 ms = ktime_to_ms(c->net->now - m->stamp);
	char addr[INET_STR_MAX];

	sb_printf(c->out, "%s age %lld.%03lldsec", inet_addr_str(m->daddr, addr),
		  (long long)(ms / 1000), (long long)(ms % 1000));
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
	sb_printf(c->out, " source %s\n", inet_addr_str(m->saddr, addr));
}

static void show(struct ctl *c, be32 daddr)
{
	struct tcp_metrics_table *t = c->net->tcp->metrics;
	const struct list_head *at;

	if (!t)
		return;
	for (at = t->lru.next; at != &t->lru; at = at->next) {
		const struct tcp_metrics *m = container_of(at, struct tcp_metrics, lru);

		if (!daddr || m->daddr == daddr)
			show_one(c, m);
	}
}

/* "all", or [ address ] ADDR; nothing: all. */
static int whose(struct ctl *c, be32 *daddr)
{
	*daddr = 0;
	if (!arg_more(c) || (arg_is(arg_peek(c), "all") && arg_next(c)))
		return 0;
	arg_take(c, "address");
	return arg_addr(c, daddr);
}

int ctl_ip_tcp_metrics(struct ctl *c)
{
	const char *w = arg_next(c);
	be32 daddr;
	int err;

	if (arg_wants_help(w))
		return ctl_print(c, HELP_IP_TCP_METRICS);
	if (w && !arg_matches(w, "show") && !arg_matches(w, "list") && !arg_matches(w, "flush") &&
	    !arg_matches(w, "delete"))
		return arg_unknown_command(c, w, "ip tcp_metrics help");
	err = whose(c, &daddr);
	if (err)
		return err;
	if (arg_matches(w, "flush") || arg_matches(w, "delete"))
		tcp_metrics_flush(c->net, daddr);
	else
		show(c, daddr);
	return 0;
}
