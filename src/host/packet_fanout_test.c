/* SPDX-License-Identifier: MIT */
/* The program against what the card does, by a small interpreter of classic BPF. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "host/packet_fanout.h"
#include "wire/toeplitz.h"

#define PACKET_LEN 64

struct machine {
	const u8 *packet;
	size_t len;
	u32 proto;
	u32 a, x, mem[BPF_MEMWORDS];
	bool outside;			/* a load past the end: the program returns 0 */
};

static u32 load(struct machine *m, u16 code, u32 at)
{
	u32 size = BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1, value = 0;

	if (at == (u32)(SKF_AD_OFF + SKF_AD_PROTOCOL))
		return m->proto;
	m->outside = (u64)at + size > m->len;
	for (u32 i = 0; i < size && !m->outside; i++)
		value = value << 8 | m->packet[at + i];
	return value;
}

static u32 alu(const struct machine *m, u16 code, u32 k)
{
	u32 by = BPF_SRC(code) == BPF_X ? m->x : k;

	switch (BPF_OP(code)) {
	case BPF_XOR: return m->a ^ by;
	case BPF_AND: return m->a & by;
	case BPF_RSH: return m->a >> by;
	default:
		assert_int_equal(BPF_OP(code), BPF_MOD);
		return m->a % by;
	}
}

static unsigned jump(const struct machine *m, const struct sock_filter *f)
{
	switch (BPF_OP(f->code)) {
	case BPF_JA: return f->k;
	case BPF_JEQ: return m->a == f->k ? f->jt : f->jf;
	default:
		assert_int_equal(BPF_OP(f->code), BPF_JSET);
		return m->a & f->k ? f->jt : f->jf;
	}
}

/* All but jumps and returns. */
static void step(struct machine *m, const struct sock_filter *f)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS: m->a = load(m, f->code, f->k); break;
	case BPF_LD | BPF_W | BPF_IND: m->a = load(m, f->code, m->x + f->k); break;
	case BPF_LD | BPF_IMM: m->a = f->k; break;
	case BPF_LD | BPF_MEM: m->a = m->mem[f->k]; break;
	case BPF_LDX | BPF_IMM: m->x = f->k; break;
	case BPF_LDX | BPF_MEM: m->x = m->mem[f->k]; break;
	case BPF_LDX | BPF_B | BPF_MSH: m->x = 4 * (load(m, BPF_B, f->k) & 15); break;
	case BPF_ST: m->mem[f->k] = m->a; break;
	case BPF_MISC | BPF_TAX: m->x = m->a; break;
	case BPF_MISC | BPF_TXA: m->a = m->x; break;
	default:
		assert_int_equal(BPF_CLASS(f->code), BPF_ALU);
		m->a = alu(m, f->code, f->k);
	}
}

static u32 run(const struct sock_filter *code, unsigned n, const u8 *packet, size_t len, u32 proto)
{
	struct machine m = { .packet = packet, .len = len, .proto = proto };

	for (unsigned pc = 0; pc < n && !m.outside; pc++) {
		if (BPF_CLASS(code[pc].code) == BPF_RET)
			return BPF_RVAL(code[pc].code) == BPF_A ? m.a : code[pc].k;
		if (BPF_CLASS(code[pc].code) == BPF_JMP)
			pc += jump(&m, &code[pc]);
		else
			step(&m, &code[pc]);
	}
	assert_true(m.outside);		/* no way leads past the end */
	return 0;
}

static void fill(struct prng *r, u8 *p, size_t n)
{
	while (n--)
		*p++ = (u8)prng_u64(r);
}

static u32 expected(const u8 *addrs, u32 len, const u8 *ports, unsigned shards)
{
	u8 in[36];

	memcpy(in, addrs, len);
	if (ports)
		memcpy(in + len, ports, 4);
	return toeplitz_hash(toeplitz_key_symmetric, in, len + (ports ? 4 : 0)) % 128 % shards;
}

static void ipv4_goes_where_the_card_says(void **state)
{
	static const u8 protos[] = { 6, 17, 1, 50 };
	struct sock_filter code[PACKET_FANOUT_CODE_MAX];
	struct prng r;

	(void)state;
	prng_init(&r, 1);
	for (unsigned i = 0; i < 4000; i++) {
		unsigned shards = 1 + i % 64, n = packet_fanout_program(code, shards);
		u8 p[PACKET_LEN];
		bool frag = i % 7 == 0, ports = !frag && i % 4 < 2;
		u32 hlen = 20 + i % 11 * 4;

		fill(&r, p, sizeof(p));
		p[0] = (u8)(0x40 | hlen / 4);
		put_be16(p + 6, frag ? (u16)(i % 2 ? 0x2000 : 0x4001) : 0x4000);
		p[9] = protos[i % 4];
		assert_int_equal(run(code, n, p, sizeof(p), 0x0800),
				 expected(p + 12, 8, ports ? p + hlen : NULL, shards));
	}
}

static void ipv6_by_the_same_key(void **state)
{
	static const u8 protos[] = { 6, 17, 58, 44 };
	struct sock_filter code[PACKET_FANOUT_CODE_MAX];
	struct prng r;

	(void)state;
	prng_init(&r, 2);
	for (unsigned i = 0; i < 4000; i++) {
		unsigned shards = 1 + i % 64, n = packet_fanout_program(code, shards);
		u8 p[PACKET_LEN];

		fill(&r, p, sizeof(p));
		p[6] = protos[i % 4];
		assert_int_equal(run(code, n, p, sizeof(p), 0x86dd),
				 expected(p + 8, 32, i % 4 < 2 ? p + 40 : NULL, shards));
	}
}

/* To the first, whatever it is. */
static void the_rest_goes_to_the_first(void **state)
{
	struct sock_filter code[PACKET_FANOUT_CODE_MAX];
	unsigned n = packet_fanout_program(code, 7);
	u8 p[PACKET_LEN] = { 0x45, [9] = 6, [12] = 1, 2, 3, 4 };

	(void)state;
	assert_int_equal(run(code, n, p, 28, 0x0806), 0);
	for (size_t len = 0; len < 24; len++)
		assert_int_equal(run(code, n, p, len, 0x0800), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_goes_where_the_card_says),
		cmocka_unit_test(ipv6_by_the_same_key),
		cmocka_unit_test(the_rest_goes_to_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
