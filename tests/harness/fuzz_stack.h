/* SPDX-License-Identifier: MIT */
/*
 * A live instance for fuzzers: two cards, addresses, forwarding or a bridge, open sockets of
 * every kind, a TCP connection with data queued both ways. The input is a program for it:
 *
 *	byte 0		how the machine is made (FZ_BRIDGE ...)
 *	records		op (low 4 bits: enum fz_op; FZ_NIC1: the other card; FZ_BATCH: the next
 *			record happens before the machine runs), length (16 bits, little endian),
 *			payload
 *
 * A record says what happens next: a frame as it stands, a frame made from a template with the
 * checksums put right (so that bytes reach the code behind them), time, a socket call, a command.
 *
 * At the end all is closed and the machine ended. It must not have crashed, passed its memory
 * budget, sent a malformed packet of its own, kept a packet or lost count of a frame.
 */
#ifndef LINNET_TESTS_HARNESS_FUZZ_STACK_H
#define LINNET_TESTS_HARNESS_FUZZ_STACK_H

#include <linnet/linnet.h>

#include "base/types.h"

/* byte 0 */
#define FZ_BRIDGE 0x01		/* eth0 and eth1 are ports of br0 */
#define FZ_POOR 0x02		/* a small budget */
#define FZ_TRACED 0x04		/* each trace event is made into text */
#define FZ_NO_ARP 0x08		/* nobody answers to ARP but by the input */
#define FZ_COSTLY 0x10		/* frames keep the CPU: softirq limits, ksoftirqd */
#define FZ_ABRUPT 0x20		/* ended in the middle of everything */
#define FZ_SMALL_MTU 0x40
#define FZ_ABORT_ON_OVERFLOW 0x80

/* of a record's op byte */
#define FZ_OP_MASK 0x0f
#define FZ_FAIL 0x20		/* stack_nomem: an allocation fails; the last byte says which */
#define FZ_NIC1 0x40
#define FZ_BATCH 0x80

enum fz_op {
	FZ_RAW,			/* the payload is a frame */
	FZ_TCP, FZ_UDP, FZ_ICMP, FZ_ARP, FZ_IP,	/* templates: fuzz_frames.c */
	FZ_PATCH,		/* the last frame again, with bytes changed */
	FZ_TIME,
	FZ_CALL,		/* socket calls: fuzz_calls.c */
	FZ_CTL,			/* a command */
	FZ_CARRIER,
	FZ_STALL,		/* nobody takes frames off the cards, or again */
	FZ_ECHO,		/* the last frame that was sent comes back */
	FZ_IP6,			/* template: fuzz_ip6.c */
};

#define FZ_FDS 24
#define FZ_FLOWS 8
#define FZ_FRAME_MAX 2048

/* Bytes of the input; past the end there are zeros. */
struct fz_in {
	const u8 *p, *end;
};

static inline size_t fz_left(const struct fz_in *in)
{
	return (size_t)(in->end - in->p);
}

static inline u8 fz_u8(struct fz_in *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static inline u16 fz_u16(struct fz_in *in)
{
	u8 low = fz_u8(in);

	return (u16)(low | fz_u8(in) << 8);
}

static inline u32 fz_u32(struct fz_in *in)
{
	u32 low = fz_u16(in);

	return low | (u32)fz_u16(in) << 16;
}

/* A TCP connection as its other end sees it. */
struct fz_flow {
	u16 sport, dport;	/* the peer's, ours */
	u32 seq;		/* the next byte that the machine awaits */
	u32 ack;		/* the first byte that it has not sent */
	u32 una;		/* and the first not acknowledged, as the peer last said */
	u32 tsval;		/* its last timestamp */
};

struct fz {
	struct ln_net *net;
	struct ln_nic *nic[2];
	bool bridge, stalled, no_arp, nomem;
	bool dirty;		/* programs sent packets of their own making: not judged */
	bool cut;		/* a device may be down or without carrier at the end */
	s64 now;
	int fd[FZ_FDS];
	unsigned fds;		/* slots ever used; the next one is reused after FZ_FDS */
	s64 timer;
	u8 wake_does;		/* what the wake-up function does */
	struct fz_flow flow[FZ_FLOWS];
	unsigned flows;
	u8 last[FZ_FRAME_MAX], sent[FZ_FRAME_MAX];	/* the last frame in; out */
	size_t last_len, sent_len;
};

/* The whole life of a machine; aborts on what must not be. */
int fz_run_input(const u8 *data, size_t size, bool nomem);

/* fuzz_stack.c: a frame arrives; the machine runs at its present time. */
void fz_input(struct fz *f, unsigned nic, const u8 *frame, size_t len);
void fz_run(struct fz *f);
/* Ends the program, saying what was wrong. */
_Noreturn void fz_fail(const char *what, s64 number);

/* fuzz_ip6.c */
void fz_template_ip6(struct fz *f, struct fz_in *in);
void fz_judge_ip6(struct fz *f, const u8 *p, size_t len);

/* fuzz_frames.c: one record's template as a frame, kept in f->last; false: not this op. */
bool fz_template(struct fz *f, enum fz_op op, struct fz_in *in);
/* What the machine sent: judged, remembered, ARP answered. */
void fz_output(struct fz *f, unsigned nic, const u8 *frame, size_t len);
/* The handshake and first data of the connection that is there from the start. */
void fz_segment(struct fz *f, u16 sport, u16 dport, u8 flags, u32 len);

/* fuzz_calls.c */
void fz_call(struct fz *f, struct fz_in *in);
void fz_ctl(struct fz *f, struct fz_in *in);
void fz_open_sockets(struct fz *f);
int fz_keep_fd(struct fz *f, int fd);

#endif
