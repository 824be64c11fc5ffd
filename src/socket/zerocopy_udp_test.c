/* SPDX-License-Identifier: MIT */
/* MSG_ZEROCOPY of UDP, both families: what is a copy all the same, and when the sender is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"

#define BYTES 30000
#define PORT 7000

static u8 out[BYTES], in[BYTES];

/* Of both families the same: addresses, and the control message of a notification. */
struct family {
	int af, level, type;
	const char *peer, *self;
};

static const struct family families[] = {
	{ LN_AF_INET, LN_SOL_IP, LN_IP_RECVERR, "10.0.0.2", "127.0.0.1" },
	{ LN_AF_INET6, LN_SOL_IPV6, LN_IPV6_RECVERR, "fd00::2", "::1" },
	{ LN_AF_INET6, LN_SOL_IPV6, LN_IPV6_RECVERR, "::ffff:10.0.0.2", "::ffff:127.0.0.1" },
};

static struct pair *p;
static const struct family *fam;
static int from, to;

static void connect_socket(int fd, const char *addr)
{
	if (fam->af == LN_AF_INET6)
		assert_int_equal(connect_to6(&p->a, fd, addr, PORT), 0);
	else
		assert_int_equal(connect_to(&p->a, fd, addr[1] == '0' ? ADDR_B : IP(127, 0, 0, 1),
					    PORT), 0);
}

/* A socket of a that sends to one on b, or on a itself, by a card that finishes checksums. */
static void scene(const struct family *f, bool to_self)
{
	struct host *host;
	void *state;

	fam = f;
	pair6_setup(&state);
	p = state;
	host = to_self ? &p->a : &p->b;
	p->a.dev->features |= NETIF_F_HW_CSUM;
	to = ln_socket(host->ln, fam->af, LN_SOCK_DGRAM, 0);
	assert_int_equal(fam->af == LN_AF_INET6 ? bind_to6(host, to, "::", PORT) :
						  bind_to(host, to, 0, PORT), 0);
	from = ln_socket(p->a.ln, fam->af, LN_SOCK_DGRAM, 0);
	connect_socket(from, to_self ? fam->self : fam->peer);
	assert_int_equal(opt_on(&p->a, from, LN_SOL_SOCKET, LN_SO_ZEROCOPY), 0);
	assert_int_equal(opt_get(&p->a, from, LN_SOL_SOCKET, LN_SO_ZEROCOPY), 1);
}

static ptrdiff_t send_zc(const void *buf, size_t len, int flags)
{
	return ln_send(p->a.ln, from, buf, len, LN_MSG_ZEROCOPY | flags);
}

static void assert_told(u32 first, u32 last, u8 code)
{
	struct { struct ln_cmsghdr h; struct ln_sock_extended_err ee; u8 room[32]; } t;
	struct ln_msghdr m = { .msg_control = &t, .msg_controllen = sizeof(t) };

	memset(&t, 0, sizeof(t));
	assert_int_equal(ln_recvmsg(p->a.ln, from, &m, LN_MSG_ERRQUEUE), 0);
	assert_int_equal(t.h.cmsg_level, fam->level);
	assert_int_equal(t.h.cmsg_type, fam->type);
	assert_int_equal(t.ee.ee_errno, 0);
	assert_int_equal(t.ee.ee_origin, LN_SO_EE_ORIGIN_ZEROCOPY);
	assert_int_equal(t.ee.ee_info, first);
	assert_int_equal(t.ee.ee_data, last);
	assert_int_equal(t.ee.ee_code, code);
}

static void assert_not_told(void)
{
	struct ln_msghdr m = { 0 };

	assert_int_equal(ln_recvmsg(p->a.ln, from, &m, LN_MSG_ERRQUEUE), -EAGAIN);
}

static void assert_got(struct host *host, const u8 *want, size_t len)
{
	assert_int_equal(ln_recv(host->ln, to, in, sizeof(in), 0), len);
	assert_memory_equal(in, want, len);
}

static void no_copy(void)
{
	struct ln_iovec iov[4] = { { out, 100 }, { NULL, 0 }, { out + 500, 700 }, { out, 1 } };
	struct ln_msghdr m = { .msg_iov = iov, .msg_iovlen = 4 };
	u64 copied;

	scene(fam, false);
	ln_send(p->a.ln, from, out, 1, 0);	/* to know the neighbour */
	pair_run(p);
	assert_got(&p->b, out, 1);
	copied = p->a.net.copies.user_in;
	assert_int_equal(send_zc(out, 1400, 0), 1400);
	assert_int_equal(ln_sendmsg(p->a.ln, from, &m, LN_MSG_ZEROCOPY), 801);
	assert_int_equal(send_zc(out, 3, 0), 3);
	assert_int_equal(send_zc(out, 0, 0), 0);	/* is no call */
	assert_not_told();
	pair_run(p);
	assert_told(0, 2, 0);
	assert_not_told();
	assert_int_equal(p->a.net.copies.user_in, copied);
	assert_got(&p->b, out, 1400);
	assert_int_equal(ln_recv(p->b.ln, to, in, sizeof(in), 0), 801);
	assert_memory_equal(in, out, 100);
	assert_memory_equal(in + 100, out + 500, 700);
	assert_int_equal(in[800], out[0]);
	assert_got(&p->b, out, 3);
	assert_got(&p->b, out, 0);
	assert_int_equal(send_zc(out, 10, 0), 10);
	pair_run(p);
	assert_told(3, 3, 0);
	pair_exit(p);
}

static void test_no_copy(void **state)
{
	(void)state;
	for (fam = families; fam < families + ARRAY_SIZE(families); fam++)
		no_copy();
}

/* Nobody finishes its checksum; it is fragmented; it grows: summed or kept, so it is a copy. */
static void copies(void)
{
	scene(fam, false);
	p->a.dev->features &= ~(u32)NETIF_F_HW_CSUM;
	assert_int_equal(send_zc(out, 1000, 0), 1000);
	assert_told(0, 0, LN_SO_EE_CODE_ZEROCOPY_COPIED);
	p->a.dev->features |= NETIF_F_HW_CSUM;
	assert_int_equal(send_zc(out, 5000, 0), 5000);
	assert_int_equal(send_zc(out, 10, LN_MSG_MORE), 10);
	assert_int_equal(send_zc(out + 10, 10, 0), 10);
	assert_told(1, 3, LN_SO_EE_CODE_ZEROCOPY_COPIED);
	pair_run(p);
	assert_not_told();
	assert_got(&p->b, out, 1000);
	assert_got(&p->b, out, 5000);
	assert_got(&p->b, out, 20);
	pair_exit(p);
}

static void test_copies(void **state)
{
	(void)state;
	for (fam = families; fam < families + ARRAY_SIZE(families); fam++)
		copies();
}

/* Who reads it on this machine must not see what the sender writes afterwards. */
static void test_loopback(void **state)
{
	u8 *mem = malloc(3000);

	(void)state;
	for (fam = families; fam < families + ARRAY_SIZE(families); fam++) {
		scene(fam, true);
		memcpy(mem, out, 3000);
		assert_int_equal(send_zc(mem, 3000, 0), 3000);
		pair_run(p);
		assert_told(0, 0, LN_SO_EE_CODE_ZEROCOPY_COPIED);
		memset(mem, 0xee, 3000);
		assert_got(&p->a, out, 3000);
		pair_exit(p);
	}
	free(mem);
}

/* One call, many datagrams: each holds the memory until it is off the card. */
static void segments(void)
{
	struct sk_buff *held[8];
	int size = 1000;
	u64 copied;
	u32 n = 0;

	scene(fam, false);
	ln_send(p->a.ln, from, out, 1, 0);
	pair_run(p);
	assert_got(&p->b, out, 1);
	assert_int_equal(ln_setsockopt(p->a.ln, from, LN_SOL_UDP, LN_UDP_SEGMENT, &size,
				       sizeof(size)), 0);
	copied = p->a.net.copies.user_in;
	assert_int_equal(send_zc(out, 7500, 0), 7500);
	while (n < 8 && (held[n] = bare_dev_pop(p->a.dev)))
		n++;
	assert_int_equal(n, 8);
	assert_null(bare_dev_pop(p->a.dev));
	assert_int_equal(p->a.net.copies.user_in, copied);
	for (u32 i = 0; i < n; i++) {
		assert_not_told();
		assert_int_equal(skb_copy_bits(held[i], held[i]->len - 500, in, 500), 0);
		assert_memory_equal(in, out + (i < 7 ? i * 1000 + 500 : 7000), 500);
		dev_consume_sent(held[i]);
	}
	assert_told(0, 0, 0);
	assert_int_equal(send_zc(out, 7500, 0), 7500);
	assert_int_equal(send_zc(out, 900, 0), 900);
	pair_run(p);
	assert_told(1, 2, 0);
	for (u32 i = 0; i < 8; i++)
		assert_got(&p->b, out + i * 1000, i < 7 ? 1000 : 500);
	assert_got(&p->b, out, 900);
	pair_exit(p);
}

static void test_segments(void **state)
{
	(void)state;
	for (fam = families; fam < families + ARRAY_SIZE(families); fam++)
		segments();
}

/* What was not taken has no number, and is nobody's but the user's. */
static void test_refused(void **state)
{
	struct ln_iovec iov[18];
	struct ln_msghdr m = { .msg_iov = iov, .msg_iovlen = 18 };
	u8 *mem = malloc(65536);

	(void)state;
	scene(&families[0], false);
	for (u32 i = 0; i < ARRAY_SIZE(iov); i++)
		iov[i] = (struct ln_iovec){ out + 20 * i, 10 };
	assert_int_equal(ln_sendmsg(p->a.ln, from, &m, LN_MSG_ZEROCOPY), -EMSGSIZE);
	assert_int_equal(send_zc(mem, 65508, 0), -EMSGSIZE);
	free(mem);
	pair_run(p);
	assert_not_told();
	m.msg_iovlen = 17;
	assert_int_equal(ln_sendmsg(p->a.ln, from, &m, LN_MSG_ZEROCOPY), 170);
	pair_run(p);
	assert_told(0, 0, 0);
	pair_exit(p);
}

static void test_not_asked_for(void **state)
{
	struct ln_mmsghdr m[3];
	struct ln_iovec iov = { out, 100 };
	u64 copied;
	int val = 0, raw;

	(void)state;
	scene(&families[0], false);
	raw = ln_socket(p->a.ln, LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);
	assert_int_equal(opt_on(&p->a, raw, LN_SOL_SOCKET, LN_SO_ZEROCOPY), -EOPNOTSUPP);
	assert_int_equal(ln_setsockopt(p->a.ln, from, LN_SOL_SOCKET, LN_SO_ZEROCOPY, &val,
				       sizeof(val)), 0);
	copied = p->a.net.copies.user_in;
	assert_int_equal(send_zc(out, 1000, 0), 1000);
	pair_run(p);
	assert_not_told();
	assert_int_equal(p->a.net.copies.user_in, copied + 1000);
	/* Many at once: a call each. */
	assert_int_equal(opt_on(&p->a, from, LN_SOL_SOCKET, LN_SO_ZEROCOPY), 0);
	for (u32 i = 0; i < ARRAY_SIZE(m); i++)
		m[i] = (struct ln_mmsghdr){ .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };
	assert_int_equal(ln_sendmmsg(p->a.ln, from, m, ARRAY_SIZE(m), LN_MSG_ZEROCOPY), 3);
	pair_run(p);
	assert_told(0, 2, 0);
	assert_int_equal(p->a.net.copies.user_in, copied + 1000);
	pair_exit(p);
}

/* Closed, or the instance ends, with datagrams on the card: their memory goes back. */
static void test_ends(void **state)
{
	u8 *mem = malloc(1000);

	(void)state;
	scene(&families[1], false);
	assert_int_equal(send_zc(mem, 1000, 0), 1000);
	ln_close(p->a.ln, from);
	pair_run(p);
	pair_exit(p);
	scene(&families[0], false);
	assert_int_equal(send_zc(mem, 1000, 0), 1000);
	pair_exit(p);
	free(mem);
}

static void test_no_memory(void **state)
{
	bool all = false;
	ptrdiff_t n;

	(void)state;
	for (u64 nth = 1; !all; nth++) {
		assert_in_range(nth, 1, 60);
		scene(&families[nth % 2], false);
		pair_run(p);
		p->a.net.mem.fail_after = nth;
		n = send_zc(out, 1000, 0);
		all = p->a.net.mem.fail_after;
		pair_run(p);
		p->a.net.mem.fail_after = 0;
		pair_advance(p, 5000);	/* the neighbour is asked again */
		assert_true(n == 1000 || n == -ENOBUFS || n == -EINVAL);	/* no neighbour */
		if (n > 0)
			assert_told(0, 0, 0);
		else
			assert_not_told();
		pair_exit(p);
	}
	assert_int_equal(n, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_copy),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_asked_for),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_no_memory),
	};

	for (u32 i = 0; i < BYTES; i++)
		out[i] = (u8)(i * 7 + i / 251);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
