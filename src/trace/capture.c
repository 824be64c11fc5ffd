/* SPDX-License-Identifier: MIT */
#include "trace/capture.h"

#include "base/fmt.h"
#include "wire/eth.h"

#define SNAPLEN_DEFAULT 262144u
#define CAPTURE_DEVICES 256

struct capture {
	struct net *net;
	struct pcapng *file;
	struct packet_type tap;
	u32 snaplen;
	bool with_lo;
	u64 frames;
	u8 *flat;			/* a frame in fragments, made contiguous for the file */
	u32 flat_size;
	u32 interface[CAPTURE_DEVICES];	/* number in the file + 1, by ifindex */
};

static u32 capture_interface(struct capture *c, const struct net_device *dev)
{
	u32 *slot = &c->interface[(u32)dev->ifindex % CAPTURE_DEVICES];
	char name[96];
	struct strbuf sb;

	if (!*slot) {
		sb_init(&sb, name, sizeof(name));
		sb_printf(&sb, "%s:%s", c->net->name, dev->name);
		*slot = pcapng_interface(c->file, name, NULL, c->snaplen) + 1;
	}
	return *slot - 1;
}

static int capture_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct capture *c = container_of(pt, struct capture, tap);
	u32 len = min(skb->len, c->snaplen);
	struct pcapng_packet pkt = {
		.time_ns = skb->net->now + skb->net->wall_offset,
		.original = skb->len,
		.captured = len,
		.data = skb->data,
		.direction = skb->pkt_type == PACKET_OUTGOING ? PCAPNG_OUTBOUND : PCAPNG_INBOUND,
		.packet = skb->id,
	};
	char comment[64];
	struct strbuf sb;

	if (!c->with_lo && dev->flags & IFF_LOOPBACK_)
		goto out;
	if (len > skb_headlen(skb)) {
		/* For the file only: not a copy on the packet's way, so not counted as one. */
		pkt.captured = len = min(len, c->flat_size);
		skb_copy_bits(skb, 0, c->flat, len);
		pkt.data = c->flat;
	}
	sb_init(&sb, comment, sizeof(comment));
	sb_printf(&sb, "packet #%llu at %s", (unsigned long long)skb->id, c->net->name);
	pkt.comment = comment;
	pkt.interface = capture_interface(c, dev);
	pcapng_packet(c->file, &pkt);
	c->frames++;
out:
	consume_skb(skb);
	return 0;
}

struct capture *capture_start(struct net *net, struct pcapng *file, u32 snaplen, bool with_lo)
{
	struct capture *c = mem_zalloc(&net->mem, sizeof(*c));
	struct net_device *dev;

	if (!c)
		return NULL;
	c->net = net;
	c->file = file;
	c->with_lo = with_lo;
	c->snaplen = snaplen ? snaplen : SNAPLEN_DEFAULT;
	c->flat_size = min(c->snaplen, 65536u + ETH_HLEN);
	c->flat = mem_alloc(&net->mem, c->flat_size);
	if (!c->flat) {
		mem_free(&net->mem, c, sizeof(*c));
		return NULL;
	}
	/* Name the devices that are there now in their order, so that files are easy to read. */
	for_each_netdev(net, dev)
		if (with_lo || !(dev->flags & IFF_LOOPBACK_))
			capture_interface(c, dev);
	c->tap.type = CONST_BE16(0x0003);
	c->tap.func = capture_rcv;
	dev_add_pack(net, &c->tap);
	return c;
}

void capture_stop(struct capture *c)
{
	struct net *net;

	if (!c)
		return;
	net = c->net;
	dev_remove_pack(&c->tap);
	mem_free(&net->mem, c->flat, c->flat_size);
	mem_free(&net->mem, c, sizeof(*c));
}

u64 capture_frames(const struct capture *c)
{
	return c->frames;
}
