/* SPDX-License-Identifier: MIT */
#include "ctl/ct_event.h"

#include "ctl/args.h"
#include "net/netfilter/nf_conntrack_expect.h"

static bool is_command(const char *w)
{
	return arg_is(w, "-E") || arg_is(w, "--event");
}

bool ct_is_watch(int argc, const char *const *argv)
{
	for (int i = 1; i < argc; i++)
		if (is_command(argv[i]))
			return true;
	return false;
}

/* As conntrack-tools: time of day, with a tab behind. */
static void put_time(struct strbuf *out, const struct net *net)
{
	ktime_t now = net->now + net->wall_offset;

	sb_printf(out, "[%-8lld.%06lld]\t", (long long)(now / NSEC_PER_SEC),
		  (long long)(now % NSEC_PER_SEC / NSEC_PER_USEC));
}

static void on_event(struct nf_ct_watcher *watcher, const struct nf_conn *ct, u32 events)
{
	struct ct_watch *w = container_of(watcher, struct ct_watch, watcher);
	char text[CT_EVENT_LINE_MAX];
	struct strbuf sb;
	bool shown;

	w->l.event = events & BIT(IPCT_DESTROY)				? CT_DESTROY :
		     events & (BIT(IPCT_NEW) | BIT(IPCT_RELATED))	? CT_NEW :
									  CT_UPDATE;
	if (!(w->l.events & BIT(w->l.event)))
		return;
	/* As Linux tells it: what an update is not about stays unsaid. */
	w->l.stateless = w->l.event == CT_UPDATE && !(events & BIT(IPCT_PROTOINFO));
	w->l.marks = events & BIT(IPCT_MARK);
	sb_init(&sb, text, sizeof(text));
	if (w->l.timestamp)
		put_time(&sb, w->c.net);
	w->c.out = &sb;
	shown = ct_put_conn(ct, &w->l);
	w->c.out = NULL;
	if (shown)
		w->line(w->ctx, text, strlen(text));
}

static void on_expect(struct nf_ct_watcher *watcher, const struct nf_conntrack_expect *e, bool gone)
{
	struct ct_watch *w = container_of(watcher, struct ct_watch, watcher);
	char text[CT_EVENT_LINE_MAX];
	struct strbuf sb;

	if (!(w->l.events & BIT(gone ? CT_DESTROY : CT_NEW)) ||
	    (w->l.families && !(w->l.families & BIT(e->tuple.l3num))))
		return;
	sb_init(&sb, text, sizeof(text));
	if (w->l.timestamp)
		put_time(&sb, w->c.net);
	sb_puts(&sb, gone ? "[DESTROY] " : "    [NEW] ");
	ct_put_expect(&sb, w->c.net, e);
	w->l.shown++;
	w->line(w->ctx, text, strlen(text));
}

int ct_watch_open(struct ct_watch *w, struct net *net, int argc, const char *const *argv,
		  struct strbuf *out)
{
	int err;

	w->c = (struct ctl){ .net = net, .out = out, .argv = argv, .argc = argc, .pos = 1 };
	ct_listing_init(&w->l, &w->c);
	w->l.events = BIT(CT_NEW) | BIT(CT_UPDATE) | BIT(CT_DESTROY);
	if (!is_command(arg_peek(&w->c)))
		return ctl_fail(&w->c, -EINVAL, "conntrack: -E stands first");
	w->c.pos++;
	w->expect = arg_take(&w->c, "expect");
	if (!w->expect)
		arg_take(&w->c, "conntrack");
	err = ct_parse_filter(&w->c, &w->l);
	if (err)
		return err;
	w->c.out = NULL;
	if (w->expect)
		w->watcher.expect = on_expect;
	else
		w->watcher.event = on_event;
	nf_ct_watch(net, &w->watcher);
	return 0;
}

void ct_watch_close(struct ct_watch *w)
{
	nf_ct_unwatch(&w->watcher);
}
