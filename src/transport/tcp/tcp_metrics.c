/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_metrics.h"

#include "transport/tcp/tcp.h"

static struct hlist_head *chain(struct net *net, const struct ip6_addr *saddr,
				const struct ip6_addr *daddr)
{
	u64 h = hash_mum(ip6_word(saddr, 0) ^ net->hash_key.k[0],
			 ip6_word(saddr, 1) ^ net->hash_key.k[1]);

	h = hash_mum(h ^ ip6_word(daddr, 0), ip6_word(daddr, 1) ^ net->hash_key.k[0]);
	return &net->tcp->metrics->hash[h % TCP_METRICS_HASH];
}

struct tcp_metrics *tcp_metrics_get(struct net *net, const struct ip6_addr *saddr,
				    const struct ip6_addr *daddr)
{
	struct tcp_metrics_table *t = net->tcp->metrics;
	struct tcp_metrics *m;

	if (!t)
		return NULL;
	/* One to the same peer as the last: where it has been used last it stands already. */
	if (likely(!list_empty(&t->lru))) {
		m = list_entry(t->lru.prev, struct tcp_metrics, lru);
		if (ipv6_addr_equal(&m->saddr, saddr) && ipv6_addr_equal(&m->daddr, daddr))
			return m;
	}
	hlist_for_each_entry(m, chain(net, saddr, daddr), node) {
		if (!ipv6_addr_equal(&m->saddr, saddr) || !ipv6_addr_equal(&m->daddr, daddr))
			continue;
		list_move_tail(&m->lru, &t->lru);
		return m;
	}
	return NULL;
}

static bool table_make(struct net *net)
{
	struct tcp_metrics_table *t = net->tcp->metrics;

	if (t)
		return true;
	t = mem_zalloc(&net->mem, sizeof(*t));
	if (!t)
		return false;
	list_init(&t->lru);
	net->tcp->metrics = t;
	return true;
}

static void forget(struct net *net, struct tcp_metrics *m)
{
	hlist_del_init(&m->node);
	list_del_init(&m->lru);
	mem_free(&net->mem, m, sizeof(*m));
	net->tcp->metrics->n--;
}

struct tcp_metrics *tcp_metrics_make(struct net *net, const struct ip6_addr *saddr,
				     const struct ip6_addr *daddr)
{
	struct tcp_metrics *m = tcp_metrics_get(net, saddr, daddr);
	struct tcp_metrics_table *t;

	if (m || !table_make(net))
		return m;
	t = net->tcp->metrics;
	if (t->n == TCP_METRICS_MAX)
		forget(net, list_first_entry(&t->lru, struct tcp_metrics, lru));
	m = mem_zalloc(&net->mem, sizeof(*m));
	if (!m)
		return NULL;
	m->saddr = *saddr;
	m->daddr = *daddr;
	m->stamp = net->now;
	hlist_add_head(&m->node, chain(net, saddr, daddr));
	list_add_tail(&m->lru, &t->lru);
	t->n++;
	return m;
}

u32 tcp_metrics_flush(struct net *net, const struct ip6_addr *daddr)
{
	struct tcp_metrics_table *t = net->tcp->metrics;
	struct list_head *at, *next;
	u32 n = 0;

	for (at = t ? t->lru.next : NULL; at && at != &t->lru; at = next) {
		struct tcp_metrics *m = container_of(at, struct tcp_metrics, lru);

		next = at->next;
		if (daddr && !ipv6_addr_equal(&m->daddr, daddr))
			continue;
		forget(net, m);
		n++;
	}
	return n;
}

void tcp_metrics_exit(struct net *net)
{
	tcp_metrics_flush(net, NULL);
	mem_free(&net->mem, net->tcp->metrics, sizeof(*net->tcp->metrics));
	net->tcp->metrics = NULL;
}
