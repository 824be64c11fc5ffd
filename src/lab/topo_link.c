/* SPDX-License-Identifier: MIT */
/* Links: endpoints, and what happens to frames between them. */
#include "lab/topo_read.h"
#include "lab/topo_units.h"
#include "wire/inet_addr.h"

#define RATE_MIN_BPS 1000
#define DELAY_MAX_NS (600ll * 1000000000)
#define MTU_MIN 68
#define MTU_MAX 65535
#define QUEUE_MAX_BYTES (1ull << 30)

static void read_rate(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "bits per second, at least 1kbit: 64kbit, 100mbit, 10gbit, "
				       "or unlimited";
	const char *text = tr_text(r, n, expected);
	u64 bps = 0;

	if (!text)
		return;
	if (!strcmp(text, "unlimited"))
		*(u64 *)field = 0;
	else if (unit_parse_rate(text, &bps) || bps < RATE_MIN_BPS)
		tr_error(r, n, "rate is \"%s\"; expected %s", topo_quote(text).s, expected);
	else
		*(u64 *)field = bps;
}

/* A span on the link: at most ten minutes, so that times cannot run over. */
static void read_delay(struct topo_reader *r, const struct ty_node *n, void *field)
{
	s64 ns = 0;

	tr_duration(r, n, &ns);
	if (ns > DELAY_MAX_NS)
		tr_error(r, n, "%s is \"%s\"; expected at most 10m", r->key,
			 topo_quote(n->text).s);
	else
		*(s64 *)field = ns;
}

static void read_mtu(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "bytes, 68 to 65535";
	const char *text = tr_text(r, n, expected);
	u64 mtu = 0;

	if (!text)
		return;
	if (unit_parse_u64(text, &mtu) || mtu < MTU_MIN || mtu > MTU_MAX)
		tr_error(r, n, "mtu is \"%s\"; expected %s", topo_quote(text).s, expected);
	else
		*(u32 *)field = (u32)mtu;
}

static void read_queue(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "bytes: 65536, 64kb, 1mb (at most 1024mb)";
	const char *text = tr_text(r, n, expected);
	u64 bytes = 0;

	if (!text)
		return;
	if (unit_parse_size(text, &bytes) || bytes > QUEUE_MAX_BYTES)
		tr_error(r, n, "queue is \"%s\"; expected %s", topo_quote(text).s, expected);
	else
		*(u64 *)field = bytes;
}

/* codel: on, or codel: {target: 5ms, interval: 100ms, ce: 1ms} */
static void read_codel(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const struct tr_key keys[] = {
		{ "target", read_delay, offsetof(struct el_codel_params, target_ns) },
		{ "interval", read_delay, offsetof(struct el_codel_params, interval_ns) },
		{ "ce", read_delay, offsetof(struct el_codel_params, ce_ns) },
	};
	static const char expected[] = "on, off or {target: 5ms, interval: 100ms, ce: 1ms}";
	struct el_codel_params *codel = field;
	const char *text;

	*codel = (struct el_codel_params){ .on = true };
	if (n->type == TY_MAP) {
		tr_map(r, n, "codel", keys, ARRAY_SIZE(keys), codel);
		return;
	}
	text = tr_text(r, n, expected);
	if (!text)
		return;
	codel->on = !strcmp(text, "on");
	if (!codel->on && strcmp(text, "off"))
		tr_error(r, n, "codel is \"%s\"; expected %s", topo_quote(text).s, expected);
}

/* loss: 1%, or loss: {p: 0.1%, r: 20%, good: 0%, bad: 100%} */
static void read_loss(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const struct tr_key keys[] = {
		{ "p", tr_percent, offsetof(struct el_loss_params, enter) },
		{ "r", tr_percent, offsetof(struct el_loss_params, leave) },
		{ "good", tr_percent, offsetof(struct el_loss_params, good) },
		{ "bad", tr_percent, offsetof(struct el_loss_params, bad) },
	};
	struct el_loss_params *loss = field;

	*loss = (struct el_loss_params){ .burst = n->type == TY_MAP, .bad = PROB_ALWAYS };
	if (n->type != TY_MAP) {
		tr_percent(r, n, &loss->good);
		return;
	}
	tr_map(r, n, "loss", keys, ARRAY_SIZE(keys), loss);
	if (!tr_find(n, "p") || !tr_find(n, "r"))
		tr_error(r, n, "loss in bursts lacks %s; expected p (into a burst) and r (out of "
			 "it)", tr_find(n, "p") ? "r" : "p");
}

/* reorder: 1%, or reorder: {p: 1%, by: 5ms} */
static void read_reorder(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const struct tr_key keys[] = {
		{ "p", tr_percent, offsetof(struct el_delay_params, reorder) },
		{ "by", read_delay, offsetof(struct el_delay_params, hold_ns) },
	};
	struct el_delay_params *delay = field;

	if (n->type != TY_MAP)
		tr_percent(r, n, &delay->reorder);
	else if (tr_map(r, n, "reorder", keys, ARRAY_SIZE(keys), delay) && !tr_find(n, "p"))
		tr_error(r, n, "reorder lacks p; expected which share of frames is held back");
}

#define LINK_PARAM_KEYS(base) \
	{ "rate", read_rate, (base) + offsetof(struct link_params, rate_bps) }, \
	{ "delay", read_delay, (base) + offsetof(struct link_params, delay.delay_ns) }, \
	{ "jitter", read_delay, (base) + offsetof(struct link_params, delay.jitter_ns) }, \
	{ "loss", read_loss, (base) + offsetof(struct link_params, loss) }, \
	{ "ber", tr_fraction, (base) + offsetof(struct link_params, ber) }, \
	{ "reorder", read_reorder, (base) + offsetof(struct link_params, delay) }, \
	{ "duplicate", tr_percent, (base) + offsetof(struct link_params, duplicate) }, \
	{ "mtu", read_mtu, (base) + offsetof(struct link_params, mtu) }, \
	{ "queue", read_queue, (base) + offsetof(struct link_params, queue_bytes) }, \
	{ "codel", read_codel, (base) + offsetof(struct link_params, codel) }

static void check_jitter(struct topo_reader *r, const struct ty_node *n,
			 const struct link_params *params)
{
	const struct ty_item *it = tr_find(n, "jitter");

	if (!it)
		it = tr_find(n, "delay");
	if (it && params->delay.jitter_ns > params->delay.delay_ns)
		tr_error(r, it->value, "jitter is more than delay; expected at most as much, as "
			 "frames take delay - jitter to delay + jitter");
}

static void read_params(struct topo_reader *r, const struct ty_node *n, const char *what,
			struct link_params *params)
{
	static const struct tr_key keys[] = { LINK_PARAM_KEYS(0) };

	if (tr_map(r, n, what, keys, ARRAY_SIZE(keys), params))
		check_jitter(r, n, params);
}

void tr_link_params(struct topo_reader *r, const struct ty_node *n, struct link_params *params)
{
	read_params(r, n, "a link", params);
}

struct link_read {
	struct link_params params;
	const struct ty_node *endpoints, *back;
};

/* "laptop:eth0": the name of a node that is there, and of a card. */
static void read_end_text(struct topo_reader *r, const struct ty_node *n, const char *text,
			  struct end_read *end)
{
	const char *colon = strchr(text, ':');
	char *node;

	if (!colon || colon == text || !colon[1]) {
		tr_error(r, n, "\"%s\" is no endpoint; expected node:interface, as in laptop:eth0",
			 topo_quote(text).s);
		return;
	}
	node = topo_memdup(&r->scratch, text, (size_t)(colon - text));
	end->iface = topo_strdup(&r->topo->arena, colon + 1);
	if (!node || !end->iface)
		return;
	if (!topo_names_find(&r->nodes, node, &end->node))
		tr_no_such_node(r, n, node);
}

static void read_mac(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "six bytes, not 0, not a group address: 02:00:00:00:00:01";
	struct end_read *end = field;
	const char *text = tr_text(r, n, expected);

	if (!text)
		return;
	if (!mac_parse(text, end->mac) || !is_valid_ether_addr(end->mac))
		tr_error(r, n, "mac is \"%s\"; expected %s", topo_quote(text).s, expected);
	end->has_mac = true;
}

struct end_map {
	struct end_read end;
	const struct ty_node *node, *iface;
};

/* {node: laptop, interface: eth0, mac: ...}: containerlab's long form. */
static void read_end_map(struct topo_reader *r, const struct ty_node *n, struct end_read *end)
{
	static const struct tr_key keys[] = {
		{ "node", tr_node, offsetof(struct end_map, node) },
		{ "interface", tr_node, offsetof(struct end_map, iface) },
		{ "mac", read_mac, offsetof(struct end_map, end) },
	};
	struct end_map map = { .end = *end };
	const char *node, *iface, *text;

	if (!tr_map(r, n, "an endpoint", keys, ARRAY_SIZE(keys), &map))
		return;
	if (!map.node || !map.iface) {
		tr_error(r, n, "an endpoint lacks %s; expected node, interface and perhaps mac",
			 map.node ? "interface" : "node");
		return;
	}
	*end = map.end;
	r->key = "interface";
	iface = tr_text(r, map.iface, "the name of an interface");
	r->key = "node";
	node = tr_text(r, map.node, "the name of a node");
	if (!node || !iface)
		return;
	text = topo_sprintf(&r->scratch, "%s:%s", node, iface);
	if (text)
		read_end_text(r, n, text, end);
}

static void read_endpoints(struct topo_reader *r, const struct ty_node *n,
			   struct end_read ends[2])
{
	const struct ty_item *it;

	if (!tr_is_seq(r, n, "endpoints", "a list of two: [\"laptop:eth0\", \"sw1:p1\"]"))
		return;
	if (n->count != 2) {
		tr_error(r, n, "a link has %u endpoints; expected two: [\"laptop:eth0\", "
			 "\"sw1:p1\"]", n->count);
		return;
	}
	it = n->items;
	for (u32 i = 0; i < 2; i++, it = it->next) {
		const char *text;

		ends[i].at = it->value;
		r->key = "endpoint";
		if (it->value->type == TY_MAP) {
			read_end_map(r, it->value, &ends[i]);
			continue;
		}
		text = tr_text(r, it->value, "node:interface, as in laptop:eth0");
		if (text)
			read_end_text(r, it->value, text, &ends[i]);
	}
}

static void read_link(struct topo_reader *r, const struct ty_node *n, u32 index)
{
	static const struct tr_key keys[] = {
		{ "endpoints", tr_node, offsetof(struct link_read, endpoints) },
		LINK_PARAM_KEYS(offsetof(struct link_read, params)),
		{ "back", tr_node, offsetof(struct link_read, back) },
		{ "labels", tr_ignore, 0 },
	};
	struct topo_link *link = &r->topo->links[index];
	struct link_read lr = { 0 };

	link_params_init(&lr.params);
	link->pos = (struct topo_pos){ n->line, n->col };
	if (!tr_map(r, n, "a link", keys, ARRAY_SIZE(keys), &lr))
		return;
	check_jitter(r, n, &lr.params);
	link->params[0] = link->params[1] = lr.params;
	if (lr.back)
		read_params(r, lr.back, "back", &link->params[1]);
	if (lr.endpoints)
		read_endpoints(r, lr.endpoints, r->end_reads[index]);
	else
		tr_error(r, n, "a link lacks endpoints; expected endpoints: [\"laptop:eth0\", "
			 "\"sw1:p1\"]");
}

void tr_links(struct topo_reader *r, const struct ty_node *n)
{
	struct topo *t = r->topo;
	const struct ty_item *it;

	if (!tr_is_seq(r, n, "links", "a list of links (- endpoints: [...])"))
		return;
	t->links = topo_alloc_array(&t->arena, n->count, sizeof(*t->links));
	r->end_reads = topo_alloc_array(&r->scratch, n->count, sizeof(*r->end_reads));
	if (!t->links || !r->end_reads)
		return;
	t->link_count = n->count;
	it = n->items;
	for (u32 i = 0; i < n->count; i++, it = it->next) {
		for (u32 e = 0; e < 2; e++)
			r->end_reads[i][e] = (struct end_read){ .node = UINT32_MAX };
		read_link(r, it->value, i);
	}
}
