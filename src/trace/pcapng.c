/* SPDX-License-Identifier: MIT */
#include "trace/pcapng.h"

/* Blocks are written in the machine's byte order; the byte-order magic tells which. */
enum {
	BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_NAMES = 4, BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
};
enum {
	OPT_END = 0, OPT_COMMENT = 1, SHB_USERAPPL = 4, IF_NAME = 2, IF_DESCRIPTION = 3,
	IF_TSRESOL = 9, EPB_FLAGS = 2, EPB_PACKETID = 5, NRES_END = 0, NRES_IP4 = 1,
};

static u32 padded(size_t n)
{
	return (u32)round_up(n, 4);
}

static void put(struct pcapng *p, const void *bytes, size_t n)
{
	static const u8 zero[4];

	if (n)
		p->write(p->ctx, bytes, n);
	if (padded(n) != n)
		p->write(p->ctx, zero, padded(n) - n);
}

static void put32(struct pcapng *p, u32 v)
{
	put(p, &v, sizeof(v));
}

static u32 option_size(size_t n)
{
	return 4 + padded(n);
}

static void put_option(struct pcapng *p, u16 code, const void *bytes, size_t n)
{
	const u16 head[2] = { code, (u16)n };

	put(p, head, sizeof(head));
	put(p, bytes, n);
}

/* An option that is there only when the text is. */
static u32 text_size(const char *s)
{
	return s ? option_size(strlen(s)) : 0;
}

static void put_text(struct pcapng *p, u16 code, const char *s)
{
	if (s)
		put_option(p, code, s, strlen(s));
}

static void block_begin(struct pcapng *p, u32 type, u32 len)
{
	put32(p, type);
	put32(p, len);
}

void pcapng_begin(struct pcapng *p, const char *application)
{
	u32 len = 28 + text_size(application) + option_size(0);
	static const u16 version[2] = { 1, 0 };
	static const s64 unknown_length = -1;

	p->interfaces = 0;
	block_begin(p, BLOCK_SECTION, len);
	put32(p, BYTE_ORDER_MAGIC);
	put(p, version, sizeof(version));
	put(p, &unknown_length, sizeof(unknown_length));
	put_text(p, SHB_USERAPPL, application);
	put_option(p, OPT_END, NULL, 0);
	put32(p, len);
}

u32 pcapng_interface(struct pcapng *p, const char *name, const char *description, u32 snaplen)
{
	const u16 link[2] = { PCAPNG_LINKTYPE_ETHERNET, 0 };
	static const u8 nanoseconds = 9;
	u32 len = 20 + text_size(name) + text_size(description) + option_size(1) + option_size(0);

	block_begin(p, BLOCK_INTERFACE, len);
	put(p, link, sizeof(link));
	put32(p, snaplen);
	put_text(p, IF_NAME, name);
	put_text(p, IF_DESCRIPTION, description);
	put_option(p, IF_TSRESOL, &nanoseconds, 1);
	put_option(p, OPT_END, NULL, 0);
	put32(p, len);
	return p->interfaces++;
}

void pcapng_name(struct pcapng *p, u32 addr, const char *name)
{
	size_t n = strlen(name) + 1;
	u32 len = 12 + 4 + padded(4 + n) + 4;
	const u16 record[2] = { NRES_IP4, (u16)(4 + n) }, end[2] = { NRES_END, 0 };

	block_begin(p, BLOCK_NAMES, len);
	put(p, record, sizeof(record));
	put32(p, addr);
	put(p, name, n);
	put(p, end, sizeof(end));
	put32(p, len);
}

void pcapng_packet(struct pcapng *p, const struct pcapng_packet *pkt)
{
	size_t comment = pkt->comment ? min_t(size_t, strlen(pkt->comment), PCAPNG_COMMENT_MAX) : 0;
	u32 flags = (u32)pkt->direction, len;

	len = 32 + padded(pkt->captured) + (comment ? option_size(comment) : 0) +
	      option_size(4) + (pkt->packet ? option_size(8) : 0) + option_size(0);
	block_begin(p, BLOCK_PACKET, len);
	put32(p, pkt->interface);
	put32(p, (u32)((u64)pkt->time_ns >> 32));
	put32(p, (u32)pkt->time_ns);
	put32(p, pkt->captured);
	put32(p, pkt->original);
	put(p, pkt->data, pkt->captured);
	if (comment)
		put_option(p, OPT_COMMENT, pkt->comment, comment);
	put_option(p, EPB_FLAGS, &flags, 4);
	if (pkt->packet)
		put_option(p, EPB_PACKETID, &pkt->packet, 8);
	put_option(p, OPT_END, NULL, 0);
	put32(p, len);
}
