/* SPDX-License-Identifier: MIT */
/* What a lab prints: times in virtual seconds, the node, then its line. */
#include <jansson.h>
#include <stdlib.h>

#include "cli/lab_cmds.h"

static s64 now_of(const struct lab_print *p)
{
	return p->lab ? lab_now(p->lab) : 0;
}

static void put_json(const struct lab_print *p, const char *event, const char *node,
		     const char *text, size_t len)
{
	json_t *json = json_pack("{s:I, s:s, s:s?}", "time_ns", (json_int_t)now_of(p), "event",
				 event, "node", node);
	json_t *said = json_stringn(text, len);

	/* What is not UTF-8 (a binary page) cannot stand in JSON. */
	json_object_set_new(json, "text", said ? said : json_null());
	json_dumpf(json, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(json);
}

static void put_prefix(const struct lab_print *p, const char *node, const char *mark)
{
	s64 us = now_of(p) / 1000;

	printf("%6lld.%06lld  %-*s %s ", (long long)(us / 1000000), (long long)(us % 1000000),
	       p->width, node, mark);
}

/* Tells how many lines were left out, and begins to count anew. */
static void end_stretch(const struct lab_print *p, u32 node)
{
	struct lab_stretch *st = &p->stretches[node];

	if (st->hidden) {
		put_prefix(p, p->topo->nodes[node].name, "|");
		printf("... and %llu more lines (--all shows them)\n",
		       (unsigned long long)st->hidden);
	}
	st->lines = st->hidden = 0;
}

static void put_line(const struct lab_print *p, u32 node, const char *line, size_t len)
{
	struct lab_stretch *st = &p->stretches[node];

	if (now_of(p) - st->last_ns >= 1000000000)
		end_stretch(p, node);
	st->last_ns = now_of(p);
	if (st->lines++ >= LAB_PRINT_LINES && !p->all) {
		st->hidden++;
		return;
	}
	put_prefix(p, p->topo->nodes[node].name, "|");
	fwrite(line, 1, len, stdout);
	putchar('\n');
}

void lab_print_output(void *ctx, const struct lab_node *node, const char *text, size_t len)
{
	const struct lab_print *p = ctx;
	u32 index = (u32)(lab_node_topo(node) - p->topo->nodes);

	if (p->json) {
		put_json(p, "output", lab_node_name(node), text, len);
		return;
	}
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		put_line(p, index, text, n);
		n += end != NULL;
		text += n;
		len -= n;
	}
}

void lab_print_action(void *ctx, const struct lab_node *node, const char *text)
{
	const struct lab_print *p = ctx;

	if (p->json) {
		put_json(p, node ? "run" : "link", node ? lab_node_name(node) : NULL, text,
			 strlen(text));
		return;
	}
	if (node)
		end_stretch(p, (u32)(lab_node_topo(node) - p->topo->nodes));
	put_prefix(p, node ? lab_node_name(node) : "", node ? "$" : "*");
	printf("%s%s\n", node ? "" : "link ", text);
}

bool lab_print_init(struct lab_print *p, const struct topo *topo, bool json, bool all)
{
	*p = (struct lab_print){ .topo = topo, .json = json, .all = all, .width = 4 };
	for (u32 i = 0; i < topo->node_count; i++)
		p->width = max(p->width, (int)strlen(topo->nodes[i].name));
	p->width = min(p->width, 20);
	p->stretches = calloc(max(topo->node_count, 1u), sizeof(*p->stretches));
	return p->stretches;
}

void lab_print_exit(struct lab_print *p)
{
	for (u32 i = 0; p->lab && i < p->topo->node_count; i++)
		end_stretch(p, i);
	free(p->stretches);
}

/* ---- the summary ---- */

bool lab_sum_take(struct lab_sum *s, const struct topo *topo, struct lab *lab)
{
	s->topo = topo;
	s->virtual_ns = lab_now(lab);
	s->events = lab_events(lab);
	s->links = calloc(max(topo->link_count, 1u), sizeof(*s->links));
	if (!s->links)
		return false;
	for (u32 i = 0; i < topo->link_count; i++)
		for (u32 d = 0; d < 2; d++)
			s->links[i][d] = *lab_link_stats(lab, i, d);
	lab_totals(lab, &s->totals);
	lab_ledger(lab, &s->ledger);
	return true;
}

void lab_sum_free(struct lab_sum *s)
{
	free(s->links);
	s->links = NULL;
}

static u64 link_drops(const struct link_stats *st)
{
	u64 sum = 0;

	for (int r = LINK_DROP_NONE + 1; r < LINK_DROP_COUNT; r++)
		sum += st->drops[r];
	return sum;
}

/* ", 3 loss, 1 queue": each cause that happened. */
static void print_causes(const struct link_stats *st)
{
	for (int r = LINK_DROP_NONE + 1; r < LINK_DROP_COUNT; r++)
		if (st->drops[r])
			fprintf(stderr, ", %llu lost (%s)", (unsigned long long)st->drops[r],
				link_drop_name((enum link_drop)r));
	if (st->marked)
		fprintf(stderr, ", %llu marked CE", (unsigned long long)st->marked);
	if (st->corrupted)
		fprintf(stderr, ", %llu with bit errors", (unsigned long long)st->corrupted);
	if (st->duplicated)
		fprintf(stderr, ", %llu doubled", (unsigned long long)st->duplicated);
	if (st->reordered)
		fprintf(stderr, ", %llu held back", (unsigned long long)st->reordered);
}

/* Only links to which something happened. */
static void print_links(const struct lab_sum *s)
{
	for (u32 i = 0; i < s->topo->link_count; i++) {
		for (u32 d = 0; d < 2; d++) {
			const struct link_stats *st = &s->links[i][d];

			if (!link_drops(st) && !st->marked && !st->corrupted &&
			    !st->duplicated && !st->reordered)
				continue;
			fprintf(stderr, "  link  %s: %llu frames", s->topo->links[i].dir_name[d],
				(unsigned long long)st->frames);
			print_causes(st);
			fputc('\n', stderr);
		}
	}
}

static void print_drops(const struct lab_sum *s)
{
	u64 sum = 0;

	for (int r = 1; r < SKB_DROP_REASON_MAX; r++) {
		enum skb_drop_reason reason = (enum skb_drop_reason)r;

		if (!s->totals.drops[r] || reason == SKB_DROP_REASON_NET_EXIT)
			continue;
		fprintf(stderr, "  drop  %-24s %8llu  %s\n", skb_drop_name(reason),
			(unsigned long long)s->totals.drops[r], skb_drop_text(reason));
		sum += s->totals.drops[r];
	}
	if (!sum)
		fputs("  no packet was dropped\n", stderr);
}

static void print_people(const struct lab_sum *s)
{
	const struct lab_ledger *l = &s->ledger;

	fprintf(stderr, "--- lab %s: %.6f s of virtual time", s->topo->name,
		(double)s->virtual_ns / 1e9);
	if (s->tty)	/* in a file the same run is the same text */
		fprintf(stderr, " in %.3f s", (double)s->real_ns / 1e9);
	fprintf(stderr, ", %llu events\n", (unsigned long long)s->events);
	fprintf(stderr, "  frames on links: %llu sent, %llu arrived, %llu lost, %llu doubled, "
		"%llu under way at the end\n", (unsigned long long)l->offered,
		(unsigned long long)l->arrived, (unsigned long long)l->dropped,
		(unsigned long long)l->duplicated, (unsigned long long)l->in_flight);
	print_links(s);
	print_drops(s);
}

static json_t *json_link(const struct lab_sum *s, u32 i, u32 d)
{
	const struct link_stats *st = &s->links[i][d];
	json_t *drops = json_object();

	for (int r = LINK_DROP_NONE + 1; r < LINK_DROP_COUNT; r++)
		if (st->drops[r])
			json_object_set_new(drops, link_drop_name((enum link_drop)r),
					    json_integer((json_int_t)st->drops[r]));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "link",
			 s->topo->links[i].dir_name[d], "frames", (json_int_t)st->frames, "bytes",
			 (json_int_t)st->bytes, "delivered", (json_int_t)st->delivered, "corrupted",
			 (json_int_t)st->corrupted, "duplicated", (json_int_t)st->duplicated,
			 "reordered", (json_int_t)st->reordered, "drops", drops);
}

/* Without real time: the same run is the same text. */
static void print_json(const struct lab_sum *s)
{
	json_t *links = json_array(), *drops = json_object(), *json;
	const struct lab_ledger *l = &s->ledger;

	for (u32 i = 0; i < 2 * s->topo->link_count; i++)
		json_array_append_new(links, json_link(s, i / 2, i % 2));
	for (int r = 1; r < SKB_DROP_REASON_MAX; r++)
		if (s->totals.drops[r])
			json_object_set_new(drops, skb_drop_name((enum skb_drop_reason)r),
					    json_integer((json_int_t)s->totals.drops[r]));
	json = json_pack("{s:I, s:s, s:s, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:o, s:o, s:b}",
			 "time_ns", (json_int_t)s->virtual_ns, "event", "summary", "lab",
			 s->topo->name, "events", (json_int_t)s->events, "frames", "sent",
			 (json_int_t)l->offered, "arrived", (json_int_t)l->arrived, "lost",
			 (json_int_t)l->dropped, "duplicated", (json_int_t)l->duplicated,
			 "in_flight", (json_int_t)l->in_flight, "links", links, "drops", drops,
			 "accounted", s->accounted);
	json_dumpf(json, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(json);
}

void lab_sum_print(const struct lab_sum *s, bool json)
{
	fflush(stdout);
	if (json)
		print_json(s);
	else
		print_people(s);
}
