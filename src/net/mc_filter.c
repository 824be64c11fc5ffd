/* SPDX-License-Identifier: MIT */
/* The sources of a group: filters of its users, counted, and how the sum of them changes. */
#include "base/mem.h"
#include "base/netns.h"
#include "net/mcast.h"

static struct mc_source *find(const struct mc_group *g, const struct ip6_addr *addr)
{
	struct mc_source *s;

	list_for_each_entry(s, &g->sources, list)
		if (ipv6_addr_equal(&s->addr, addr))
			return s;
	return NULL;
}

bool mc_group_wants(const struct mc_group *g, const struct ip6_addr *saddr)
{
	const struct mc_source *s = saddr ? find(g, saddr) : NULL;

	if (!g->users)
		return false;
	if (!saddr)
		return true;
	return s ? s->including || s->excluding != g->excluders : g->excluders;
}

void mc_filter_prune(struct net *net, struct mc_group *g, bool all)
{
	struct mc_source *s, *next;

	list_for_each_entry_safe(s, next, &g->sources, list) {
		if (!all && (s->including || s->excluding || s->changes))
			continue;
		list_del_init(&s->list);
		mem_free(&net->mem, s, sizeof(*s));
	}
}

/* An entry for each source that is named now: after that nothing can fail. */
static int make_sources(struct net *net, struct mc_group *g, const struct mc_filter *f)
{
	for (u32 i = 0; f && i < f->n; i++) {
		struct mc_source *s = find(g, &f->sources[i]);

		if (s)
			continue;
		s = mem_zalloc(&net->mem, sizeof(*s));
		if (!s)
			return -ENOMEM;
		s->addr = f->sources[i];
		list_add_tail(&s->list, &g->sources);
	}
	return 0;
}

static void count(struct mc_group *g, const struct mc_filter *f, u32 by)
{
	if (!f)
		return;
	g->users += by;
	if (f->exclude)
		g->excluders += by;
	for (u32 i = 0; i < f->n; i++) {
		struct mc_source *s = find(g, &f->sources[i]);

		if (f->exclude)
			s->excluding += by;
		else
			s->including += by;
	}
}

/* RFC 3376 5.1: a change of mode tells the whole list, and so takes the place of all else. */
static bool note_changes(struct mc_group *g, bool excluded, u8 robustness)
{
	bool mode = excluded != (g->excluders != 0), changed = mode;
	struct mc_source *s;

	if (mode)
		g->mode_changes = robustness;
	list_for_each_entry(s, &g->sources, list) {
		if (mode) {
			s->changes = 0;
		} else if (s->was != mc_source_listed(g, s)) {
			s->changes = robustness;
			changed = true;
		}
	}
	return changed;
}

int mc_filter_change(struct net *net, struct mc_group *g, const struct mc_filter *old,
		     const struct mc_filter *now, u8 robustness, bool *changed)
{
	bool excluded = g->excluders;
	struct mc_source *s;

	if (make_sources(net, g, now)) {
		mc_filter_prune(net, g, false);
		return -ENOMEM;
	}
	list_for_each_entry(s, &g->sources, list)
		s->was = mc_source_listed(g, s);
	count(g, now, 1);
	count(g, old, UINT32_MAX);
	*changed = note_changes(g, excluded, robustness);
	mc_filter_prune(net, g, false);
	return 0;
}

/*
 * RFC 3376 5.2 in Linux's way: included ones that are asked for are told; where all but a few are
 * received, and not all that is asked for is excluded, the whole list is.
 */
bool mc_filter_mark(struct mc_group *g, const struct mc_query *q, u8 addr_off)
{
	struct ip6_addr addr = ipv6_addr_v4mapped_of(0);
	u32 len = IP6_ADDR_LEN - addr_off, found = 0;
	struct mc_source *s;

	for (u32 i = 0; i < q->nsrcs; i++) {
		memcpy(addr.s6_addr + addr_off, q->srcs + i * len, len);
		s = find(g, &addr);
		if (!s || !mc_source_listed(g, s))
			continue;
		found++;
		s->asked |= !g->excluders;
	}
	if (!g->excluders)
		return found;
	g->by_source = false;
	return found < q->nsrcs;
}
