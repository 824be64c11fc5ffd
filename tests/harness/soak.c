/* SPDX-License-Identifier: MIT */
#include "harness/soak.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEC 1000000000ll
#define STILL_NS (4 * 3600 * SEC)	/* without a byte read: it hangs; slow it may be */
#define QUIET_NS (2000 * SEC)		/* after which orphans and TIME-WAITs are gone */
#define ORACLE_EVENTS 64		/* so many between two looks */

void soak_fail(const struct soak *s, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "\nsoak: seed %llu, %.6f s: ", (unsigned long long)s->seed,
		s->lab ? (double)lab_now(s->lab) / 1e9 : 0);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\n%s\nto play it again: make soak SEED=%llu RUNS=1\n", s->yaml.s,
		(unsigned long long)s->seed);
	abort();
}

static void oracle_fail(void *ctx, const char *what, const struct sock *sk)
{
	const struct soak_host *h = ctx;

	if (sk)
		soak_fail(h->soak, "%s: %s in state %s, ports %u %u", h->name, what,
			  tcp_state_name(sk->c.state), sk->c.num, be16_to_cpu(sk->c.dport));
	soak_fail(h->soak, "%s: %s", h->name, what);
}

static void look(struct soak *s)
{
	for (unsigned i = 0; i < s->hosts; i++)
		tcp_oracle_check(&s->host[i].oracle, s->host[i].net);
}

static bool goes_on(struct soak *s)
{
	u64 bytes = soak_bytes_read(s);

	if (bytes != s->bytes) {
		s->bytes = bytes;
		s->moved = lab_now(s->lab);
	}
	return soak_flows_run(s) && lab_now(s->lab) < s->moved + STILL_NS;
}

static bool go_on(void *ctx)
{
	struct soak *s = ctx;

	if (++s->events % ORACLE_EVENTS == 0)
		look(s);
	return goes_on(s);
}

static void build(struct soak *s, struct pcapng *pcap)
{
	struct lab_params params = { .seed = s->seed, .pcap = pcap };
	char *errors = NULL;

	soak_draw_topo(s);
	s->topo = topo_read_text("soak.yaml", s->yaml.s, s->yaml.len, NULL, &errors);
	if (!s->topo)
		soak_fail(s, "%s", errors ? errors : "no memory");
	s->lab = lab_create(s->topo, &params, &errors);
	if (!s->lab)
		soak_fail(s, "%s", errors ? errors : "no memory");
	for (unsigned i = 0; i < s->hosts; i++) {
		struct soak_host *h = &s->host[i];

		h->node = lab_node(s->lab, h->name);
		h->net = net_of(lab_node_net(h->node));
		h->oracle.fail = oracle_fail;
		h->oracle.ctx = h;
		soak_draw_sysctls(s, h->net);
	}
	soak_draw_actions(s);
	soak_draw_flows(s);
}

static void run(struct soak *s)
{
	soak_begin_flows(s);
	while (goes_on(s)) {
		s64 next = min(soak_next_action(s), s->moved + STILL_NS);

		lab_run_while(s->lab, go_on, s, next);
		if (soak_flows_run(s) && lab_now(s->lab) < next)
			lab_run(s->lab, next);
		soak_act(s);
	}
	look(s);
	soak_end_flows(s);
	while (soak_next_action(s) != INT64_MAX) {
		lab_run(s->lab, soak_next_action(s));
		soak_act(s);
	}
	lab_run(s->lab, lab_now(s->lab) + QUIET_NS);
	look(s);
	for (unsigned i = 0; i < s->hosts; i++)
		tcp_oracle_check_empty(&s->host[i].oracle, s->host[i].net);
}

/* ---- what it came to ---- */

static void add(u64 *hash, const void *p, size_t len)
{
	const u8 *b = p;

	for (size_t i = 0; i < len; i++)
		*hash = (*hash ^ b[i]) * 0x100000001b3ull;
}

static void sum_up(struct soak *s, struct soak_result *res)
{
	u64 events = lab_events(s->lab);

	*res = (struct soak_result){ .hash = 0xcbf29ce484222325ull, .flows = s->flows };
	add(&res->hash, &events, sizeof(events));
	for (u32 i = 0; i < lab_node_count(s->lab); i++) {
		const struct net *net = net_of(lab_node_net(lab_node_at(s->lab, i)));

		add(&res->hash, net->mib, sizeof(net->mib));
		add(&res->hash, net->drops, sizeof(net->drops));
	}
	for (u32 i = 0; i < s->topo->link_count; i++)
		for (u32 d = 0; d < 2; d++) {
			const struct link_stats *stats = lab_link_stats(s->lab, i, d);

			add(&res->hash, stats, sizeof(*stats));
			res->frames += stats->frames;
		}
	for (unsigned i = 0; i < s->flows; i++) {
		const struct soak_flow *f = &s->flow[i];

		add(&res->hash, &f->ended, sizeof(f->ended));
		res->failed += f->end[0].err || f->end[1].err;
		for (int k = 0; k < 2; k++)
			res->bytes += f->end[k].read;
	}
	res->virtual_s = (double)lab_now(s->lab) / 1e9;
}

void soak_run(u64 seed, struct pcapng *pcap, struct soak_result *res)
{
	struct soak *s = calloc(1, sizeof(*s));
	struct lab_ledger l;

	s->seed = seed;
	prng_init(&s->prng, seed);
	build(s, pcap);
	run(s);
	sum_up(s, res);
	if (lab_destroy(s->lab, &l)) {
		s->lab = NULL;
		soak_fail(s, "offered %llu + duplicated %llu = dropped %llu + arrived %llu + in "
			  "flight %llu; leaked: bytes %zu, objects %zu, packets %llu, frames %lld",
			  (unsigned long long)l.offered, (unsigned long long)l.duplicated,
			  (unsigned long long)l.dropped, (unsigned long long)l.arrived,
			  (unsigned long long)l.in_flight, l.leaks.bytes, l.leaks.objects,
			  (unsigned long long)l.leaks.packets,
			  (long long)l.leaks.frames_unaccounted);
	}
	topo_free(s->topo);
	text_free(&s->yaml);
	free(s);
}
