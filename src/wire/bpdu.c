/* SPDX-License-Identifier: MIT */
#include "wire/bpdu.h"

struct bpdu_hdr {
	u8 dsap, ssap, control;
	be16 protocol;
	u8 version, type, flags;
	be16 root_priority;
	u8 root_addr[6];
	be32 cost;
	be16 bridge_priority;
	u8 bridge_addr[6];
	be16 port, message_age, max_age, hello, forward_delay;
	u8 version1_length;
} __wire;

_Static_assert(sizeof(struct bpdu_hdr) == BPDU_LLC_LEN + BPDU_RST_LEN, "802.1D 9.3.3");

#define LLC_BPDU 0x42	/* the service access point of bridges */
#define LLC_UI 0x03

static u64 get_id(const u8 *p)
{
	return (u64)get_be16(p) << 48 | (u64)get_be16(p + 2) << 32 | get_be32(p + 4);
}

static void put_id(u8 *p, u64 id)
{
	put_be16(p, (u16)(id >> 48));
	put_be16(p + 2, (u16)(id >> 32));
	put_be32(p + 4, (u32)id);
}

static void parse_body(const struct bpdu_hdr *h, struct bpdu_view *out)
{
	const u8 *p = (const void *)h;

	out->flags = h->flags;
	out->v.root = get_id(p + offsetof(struct bpdu_hdr, root_priority));
	out->v.cost = be32_to_cpu(h->cost);
	out->v.bridge = get_id(p + offsetof(struct bpdu_hdr, bridge_priority));
	out->v.port = be16_to_cpu(h->port);
	out->t.message_age = be16_to_cpu(h->message_age);
	out->t.max_age = be16_to_cpu(h->max_age);
	out->t.hello = be16_to_cpu(h->hello);
	out->t.forward_delay = be16_to_cpu(h->forward_delay);
}

enum wire_err bpdu_parse(const void *p, size_t len, struct bpdu_view *out)
{
	const struct bpdu_hdr *h = p;
	size_t need;

	if (len < BPDU_LLC_LEN + BPDU_TCN_LEN)
		return WIRE_SHORT;
	if (h->dsap != LLC_BPDU || h->ssap != LLC_BPDU || h->control != LLC_UI || h->protocol)
		return WIRE_PROTO;
	*out = (struct bpdu_view){ .type = h->type, .version = h->version };
	switch (h->type) {
	case BPDU_TCN:
		return WIRE_OK;
	case BPDU_CONFIG:
		need = BPDU_CONFIG_LEN;
		break;
	case BPDU_RST:
		if (h->version < 2)
			return WIRE_VERSION;
		need = BPDU_RST_LEN;
		break;
	default:
		return WIRE_PROTO;
	}
	if (len < BPDU_LLC_LEN + need)
		return WIRE_SHORT;
	parse_body(h, out);
	return WIRE_OK;
}

size_t bpdu_build(void *p, const struct bpdu_view *b)
{
	struct bpdu_hdr *h = p;

	h->dsap = h->ssap = LLC_BPDU;
	h->control = LLC_UI;
	h->protocol = 0;
	h->version = b->version;
	h->type = (u8)b->type;
	if (b->type == BPDU_TCN)
		return BPDU_LLC_LEN + BPDU_TCN_LEN;
	h->flags = b->flags;
	put_id((u8 *)p + offsetof(struct bpdu_hdr, root_priority), b->v.root);
	h->cost = cpu_to_be32(b->v.cost);
	put_id((u8 *)p + offsetof(struct bpdu_hdr, bridge_priority), b->v.bridge);
	h->port = cpu_to_be16(b->v.port);
	h->message_age = cpu_to_be16(b->t.message_age);
	h->max_age = cpu_to_be16(b->t.max_age);
	h->hello = cpu_to_be16(b->t.hello);
	h->forward_delay = cpu_to_be16(b->t.forward_delay);
	if (b->type == BPDU_CONFIG)
		return BPDU_LLC_LEN + BPDU_CONFIG_LEN;
	h->version1_length = 0;
	return BPDU_LLC_LEN + BPDU_RST_LEN;
}
