/* SPDX-License-Identifier: MIT */
/*
 * Writing captures in pcapng (draft-ietf-opsawg-pcapng): one section, any number of interfaces,
 * nanosecond times, comments, names. Bytes go out through a function; nothing is kept.
 *
 * A packet's id goes into epb_packetid, which the format defines for just this: the same packet
 * seen at several interfaces.
 */
#ifndef LINNET_TRACE_PCAPNG_H
#define LINNET_TRACE_PCAPNG_H

#include "base/types.h"

struct pcapng {
	void (*write)(void *ctx, const void *bytes, size_t len);
	void *ctx;
	u32 interfaces;
};

enum pcapng_direction { PCAPNG_UNKNOWN, PCAPNG_INBOUND, PCAPNG_OUTBOUND };

#define PCAPNG_LINKTYPE_ETHERNET 1
#define PCAPNG_COMMENT_MAX 1024

/* Section header; application: "linnet 0.1.0". */
void pcapng_begin(struct pcapng *p, const char *application);

/* name: "laptop:eth0"; description may be NULL. Returns the interface's number. */
u32 pcapng_interface(struct pcapng *p, const char *name, const char *description, u32 snaplen);

/* addr in network byte order. */
void pcapng_name(struct pcapng *p, u32 addr, const char *name);

struct pcapng_packet {
	u32 interface;
	s64 time_ns;			/* since 1970 */
	const u8 *data;
	u32 captured, original;		/* bytes */
	enum pcapng_direction direction;
	u64 packet;			/* 0 = no id */
	const char *comment;		/* NULL, or at most PCAPNG_COMMENT_MAX bytes are kept */
};
void pcapng_packet(struct pcapng *p, const struct pcapng_packet *pkt);

#endif
