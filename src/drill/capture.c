/* SPDX-License-Identifier: MIT */
/* --pcap: the conversation as pcapng, with Ethernet headers so that every tool reads it. */
#include <linnet/linnet.h>

#include "drill/drill.h"
#include "trace/pcapng.h"
#include "wire/eth.h"


static void put(void *ctx, const void *bytes, size_t len)
{
	fwrite(bytes, 1, len, ctx);
}

static void packet(void *ctx, s64 at, bool inbound, const u8 *ip, size_t len)
{
	static const u8 macs[2][12] = {
		{ 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 },
	};
	static u8 frame[WORLD_PACKET_MAX + ETH_HLEN];
	struct drill *d = ctx;
	struct pcapng p = { .write = put, .ctx = d->pcap, .interfaces = 1 };
	struct pcapng_packet pkt = {
		.time_ns = at, .data = frame, .captured = (u32)(ETH_HLEN + len),
		.original = (u32)(ETH_HLEN + len),
		.direction = inbound ? PCAPNG_INBOUND : PCAPNG_OUTBOUND,
	};

	memcpy(frame, macs[inbound], 12);
	put_be16(frame + 12, ip[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
	memcpy(frame + ETH_HLEN, ip, len);
	pcapng_packet(&p, &pkt);
}

bool capture_open(struct drill *d)
{
	struct pcapng p = { .write = put };

	d->pcap = fopen(d->o->pcap, "wb");
	if (!d->pcap) {
		d->bad = true;
		return drill_fail(d, "%s: %s", d->o->pcap, strerror(errno));
	}
	p.ctx = d->pcap;
	pcapng_begin(&p, "linnet " LINNET_VERSION);
	pcapng_interface(&p, "tun0", d->s->path, WORLD_PACKET_MAX);
	d->w->tap = packet;
	d->w->tap_ctx = d;
	return true;
}

void capture_close(struct drill *d)
{
	if (d->pcap)
		fclose(d->pcap);
	d->pcap = NULL;
}
