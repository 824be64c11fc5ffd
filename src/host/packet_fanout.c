/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/packet_fanout.h"

#include <linux/if_packet.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000	/* Linux 5.10 */
#endif

#define KEY 0x6d5au			/* toeplitz_key_symmetric, for ever */
#define INDIR_MASK 127			/* NIC_RSS_INDIR */
#define PROTO_IPV4 0x0800
#define PROTO_IPV6 0x86dd
#define PROTO_TCP 6
#define PROTO_UDP 17

struct code {
	struct sock_filter *at;
	unsigned n;
};

static void emit(struct code *c, unsigned op, uint32_t k)
{
	c->at[c->n++] = (struct sock_filter)BPF_STMT((uint16_t)op, k);
}

static void emit_jump(struct code *c, unsigned op, uint32_t k, unsigned yes, unsigned no)
{
	c->at[c->n++] = (struct sock_filter)BPF_JUMP((uint16_t)op, k, (uint8_t)yes, (uint8_t)no);
}

/* M[0] = the sum of n words from `from` on. */
static void emit_sum(struct code *c, uint32_t from, unsigned n)
{
	emit(c, BPF_LD | BPF_W | BPF_ABS, from);
	for (unsigned i = 1; i < n; i++) {
		emit(c, BPF_MISC | BPF_TAX, 0);
		emit(c, BPF_LD | BPF_W | BPF_ABS, from + 4 * i);
		emit(c, BPF_ALU | BPF_XOR | BPF_X, 0);
	}
	emit(c, BPF_ST, 0);
}

/* A = both ports, 0 when there are none. IPv4: behind the header; not in fragments. */
static void emit_ports4(struct code *c)
{
	emit(c, BPF_LD | BPF_H | BPF_ABS, 6);
	emit_jump(c, BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 6, 0);
	emit(c, BPF_LD | BPF_B | BPF_ABS, 9);
	emit_jump(c, BPF_JMP | BPF_JEQ | BPF_K, PROTO_TCP, 1, 0);
	emit_jump(c, BPF_JMP | BPF_JEQ | BPF_K, PROTO_UDP, 0, 3);
	emit(c, BPF_LDX | BPF_B | BPF_MSH, 0);
	emit(c, BPF_LD | BPF_W | BPF_IND, 0);
	emit(c, BPF_JMP | BPF_JA, 1);
	emit(c, BPF_LD | BPF_IMM, 0);
}

static void emit_ports6(struct code *c)
{
	emit(c, BPF_LD | BPF_B | BPF_ABS, 6);
	emit_jump(c, BPF_JMP | BPF_JEQ | BPF_K, PROTO_TCP, 1, 0);
	emit_jump(c, BPF_JMP | BPF_JEQ | BPF_K, PROTO_UDP, 0, 2);
	emit(c, BPF_LD | BPF_W | BPF_ABS, 40);
	emit(c, BPF_JMP | BPF_JA, 1);
	emit(c, BPF_LD | BPF_IMM, 0);
}

/* X = the hash's lower half of M[0] ^ A, bit by bit. */
static void emit_hash(struct code *c)
{
	emit(c, BPF_LDX | BPF_MEM, 0);
	emit(c, BPF_ALU | BPF_XOR | BPF_X, 0);
	emit(c, BPF_ST, 0);
	emit(c, BPF_ALU | BPF_RSH | BPF_K, 16);
	emit(c, BPF_LDX | BPF_MEM, 0);
	emit(c, BPF_ALU | BPF_XOR | BPF_X, 0);
	emit(c, BPF_ST, 0);
	emit(c, BPF_LDX | BPF_IMM, 0);
	for (unsigned i = 0; i < 16; i++) {
		emit(c, BPF_LD | BPF_MEM, 0);
		emit_jump(c, BPF_JMP | BPF_JSET | BPF_K, 0x8000u >> i, 0, 3);
		emit(c, BPF_MISC | BPF_TXA, 0);
		emit(c, BPF_ALU | BPF_XOR | BPF_K, (KEY << i | KEY >> (16 - i)) & 0xffff);
		emit(c, BPF_MISC | BPF_TAX, 0);
	}
}

unsigned packet_fanout_program(struct sock_filter code[PACKET_FANOUT_CODE_MAX], unsigned shards)
{
	struct code c = { code, 0 };
	unsigned other, to_hash;

	emit(&c, BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
	emit_jump(&c, BPF_JMP | BPF_JEQ | BPF_K, PROTO_IPV6, 0, 0);
	other = c.n - 1;
	emit_sum(&c, 8, 8);
	emit_ports6(&c);
	emit(&c, BPF_JMP | BPF_JA, 0);
	to_hash = c.n - 1;
	code[other].jf = (uint8_t)(c.n - other - 1);
	emit_jump(&c, BPF_JMP | BPF_JEQ | BPF_K, PROTO_IPV4, 1, 0);
	emit(&c, BPF_RET | BPF_K, 0);
	emit_sum(&c, 12, 2);
	emit_ports4(&c);
	code[to_hash].k = c.n - to_hash - 1;
	emit_hash(&c);
	emit(&c, BPF_MISC | BPF_TXA, 0);
	emit(&c, BPF_ALU | BPF_AND | BPF_K, INDIR_MASK);
	emit(&c, BPF_ALU | BPF_MOD | BPF_K, shards);
	emit(&c, BPF_RET | BPF_A, 0);
	return c.n;
}

static bool attach(int fd, int level, int option, struct sock_filter *code, unsigned n)
{
	const struct sock_fprog prog = { .len = (unsigned short)n, .filter = code };

	return !setsockopt(fd, level, option, &prog, sizeof(prog));
}

bool packet_fanout_deafen(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);

	return attach(fd, SOL_SOCKET, SO_ATTACH_FILTER, &nothing, 1);
}

bool packet_fanout_join(int fd, unsigned shards, int *group)
{
	const unsigned kind = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
	struct sock_filter code[PACKET_FANOUT_CODE_MAX];
	unsigned arg = (*group < 0 ? 0 : (unsigned)*group) | kind << 16;
	socklen_t len = sizeof(arg);
	bool first = *group < 0;

	if (first)
		arg |= (unsigned)PACKET_FANOUT_FLAG_UNIQUEID << 16;
	if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &arg, sizeof(arg)))
		return false;
	if (first) {
		if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &arg, &len))
			return false;
		*group = (int)(arg & 0xffff);
		if (!attach(fd, SOL_PACKET, PACKET_FANOUT_DATA, code,
			    packet_fanout_program(code, shards)))
			return false;
	}
	return !setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &fd, sizeof(fd));
}
