/* SPDX-License-Identifier: MIT */
/* What must fit together: endpoints with nodes, interfaces with each other. */
#include "lab/topo_read.h"

static bool is_iface_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > TOPO_IFACE_NAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if ((u8)*name <= 0x20 || (u8)*name >= 0x7f || strchr("/:>\"'", *name))
			return false;
	return true;
}

static void check_iface(struct topo_reader *r, const struct end_read *end)
{
	if (!strcmp(end->iface, "lo"))
		tr_error(r, end->at, "interface lo is the node's own; expected another name, as "
			 "eth0");
	else if (!is_iface_name(end->iface))
		tr_error(r, end->at, "\"%s\" is no name for an interface; expected 1 to 15 "
			 "letters, digits or '-', '_', '.', as eth0", topo_quote(end->iface).s);
}

/* Names of one link, for messages and random streams. */
static void name_link(struct topo_reader *r, u32 i, const struct end_read ends[2])
{
	struct topo_arena *arena = &r->topo->arena;
	struct topo_link *link = &r->topo->links[i];
	const char *text[2];

	for (u32 e = 0; e < 2; e++) {
		const char *node = r->topo->nodes[ends[e].node].name;

		text[e] = topo_sprintf(&r->scratch, "%s:%s", node, ends[e].iface);
		if (!text[e])
			return;
		if (topo_names_add(&r->ends, text[e], 2 * i + e) != 2 * i + e)
			tr_error(r, ends[e].at, "%s is used twice; expected one link per interface",
				 topo_quote(text[e]).s);
	}
	link->name = topo_sprintf(arena, "%s--%s", text[0], text[1]);
	link->dir_name[0] = topo_sprintf(arena, "%s>%s", text[0], text[1]);
	link->dir_name[1] = topo_sprintf(arena, "%s>%s", text[1], text[0]);
}

static void check_link(struct topo_reader *r, u32 i)
{
	const struct end_read *ends = r->end_reads[i];

	for (u32 e = 0; e < 2; e++) {
		if (ends[e].node == UINT32_MAX)
			return;
		check_iface(r, &ends[e]);
		r->topo->nodes[ends[e].node].iface_count++;
	}
	if (ends[0].node == ends[1].node)
		tr_error(r, ends[1].at, "a link leads from node \"%s\" to itself; expected "
			 "two nodes",
			 r->topo->nodes[ends[0].node].name);
	name_link(r, i, ends);
}

/* Each node's cards, in the order of the links; only when all endpoints are right. */
static void place_ifaces(struct topo_reader *r)
{
	struct topo *t = r->topo;

	for (u32 i = 0; i < t->node_count; i++) {
		struct topo_node *node = &t->nodes[i];

		node->ifaces = topo_alloc_array(&t->arena, node->iface_count,
						sizeof(*node->ifaces));
		node->iface_count = 0;
		if (!node->ifaces)
			return;
	}
	for (u32 i = 0; i < t->link_count; i++) {
		for (u32 e = 0; e < 2; e++) {
			const struct end_read *end = &r->end_reads[i][e];
			struct topo_node *node = &t->nodes[end->node];
			struct topo_iface *iface = &node->ifaces[node->iface_count];

			*iface = (struct topo_iface){
				.name = end->iface, .has_mac = end->has_mac, .link = i, .end = e,
			};
			memcpy(iface->mac, end->mac, sizeof(iface->mac));
			t->links[i].end[e] = (struct topo_end){ end->node, node->iface_count++ };
		}
	}
}

void tr_check(struct topo_reader *r)
{
	struct topo *t = r->topo;

	if (!topo_names_init(&r->ends, &r->scratch, 2 * t->link_count))
		return;
	for (u32 i = 0; i < t->link_count; i++)
		check_link(r, i);
	if (!topo_errors_any(r->errors) && !t->arena.failed)
		place_ifaces(r);
}
