/* SPDX-License-Identifier: MIT */
/*
 * Extension headers of sockets (RFC 3542), SO_PEEK_OFF, SO_RXQ_OVFL, and a source address that is
 * gone. tests/interop/ext_headers_test.c has the same beside the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "socket/bare_hosts6.h"

#define HDR(...) ((const u8[]){ __VA_ARGS__ })

static const u8 hop[8] = { 0, 0, 0x1e, 4, 1, 2, 3, 4 };
static const u8 dst[16] = { 9, 1, 0x1e, 12, 7 };
static const u8 srh[24] = { 0, 2, 4, 0, 0, 0, 0, 0, 0xfd, [23] = 9 };

static int udp6(struct host *h, const char *addr, u16 port)
{
	int fd = ln_socket(h->ln, LN_AF_INET6, LN_SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind_to6(h, fd, addr, port), 0);
	return fd;
}

static int set(struct host *h, int fd, int name, const void *val, u32 len)
{
	return ln_setsockopt(h->ln, fd, LN_SOL_IPV6, name, val, len);
}

static const u8 *last_ip(const struct pair *p)
{
	return p->last + ETH_HLEN;
}

/* ---- what may be set ---- */

static void test_what_may_be_set(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "::", 0);
	u8 got[64], two[16] = { 0, 0, 1, 4 };
	u32 len = sizeof(got);

	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, hop, 1), -EINVAL);
	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, hop, 7), -EINVAL);
	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, dst, 8), -EINVAL);
	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, two, 16), 0);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_HOPOPTS, got, &len), 0);
	assert_int_equal(len, 8);	/* as it says itself */
	assert_memory_equal(got, two, 8);
	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, NULL, 0), 0);
	len = sizeof(got);
	assert_int_equal(ln_getsockopt(p->a.ln, fd, LN_SOL_IPV6, LN_IPV6_HOPOPTS, got, &len), 0);
	assert_int_equal(len, 0);
	/* Routing headers: types 2 and 4, and sound ones. */
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, srh, sizeof(srh)), 0);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 2, 2, 1, [23] = 1), 24), 0);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 2, 2, 0, [23] = 1), 24), -EINVAL);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 2, 0, 1, [23] = 1), 24), -EINVAL);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 2, 4, 1, 0, [23] = 1), 24), -EINVAL);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 2, 4, 0, 1, [23] = 1), 24), -EINVAL);
	/* What stands behind the addresses ends with the header. */
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 3, 4, 0, 0, [24] = 5, 6, [31] = 0),
			     32), 0);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, HDR(0, 3, 4, 0, 0, [24] = 5, 7, [31] = 0),
			     32), -EINVAL);
}

/* ---- on the wire, and read ---- */

static void test_order_and_reader(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "::", 0), at = udp6(&p->b, "::", 9);
	u8 control[128], buf[8];
	struct ln_iovec iov = { buf, sizeof(buf) };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			       .msg_controllen = sizeof(control) };
	const struct ln_cmsghdr *c = (const void *)control;
	const u8 *ip = last_ip(p);

	opt_on(&p->b, at, LN_SOL_IPV6, LN_IPV6_RECVHOPOPTS);
	opt_on(&p->b, at, LN_SOL_IPV6, LN_IPV6_RECVDSTOPTS);
	assert_int_equal(set(&p->a, fd, LN_IPV6_DSTOPTS, dst, sizeof(dst)), 0);
	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, hop, sizeof(hop)), 0);
	/* Without a routing header nothing stands before it. */
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDRDSTOPTS, dst, sizeof(dst)), 0);
	assert_int_equal(send_to6(&p->a, fd, "hi", 2, "fd00::2", 9), 2);
	pair_run(p);
	assert_int_equal(ip[6], NEXTHDR_HOP);
	assert_int_equal(ip[5], 8 + 16 + 8 + 2);
	assert_int_equal(ip[40], NEXTHDR_DEST);
	assert_memory_equal(ip + 41, hop + 1, 7);
	assert_int_equal(ip[48], LN_IPPROTO_UDP);
	assert_memory_equal(ip + 49, dst + 1, 15);
	assert_int_equal(ln_recvmsg(p->b.ln, at, &m, 0), 2);
	assert_int_equal(m.msg_controllen, 16 + 8 + 16 + 16);
	assert_int_equal(c->cmsg_type, LN_IPV6_HOPOPTS);
	assert_int_equal(c->cmsg_len, 16 + 8);
	c = (const void *)(control + 24);
	assert_int_equal(c->cmsg_type, LN_IPV6_DSTOPTS);
	assert_memory_equal((const u8 *)(c + 1) + 1, dst + 1, 15);
}

static void test_way_by_a_router(void **state)
{
	struct pair *p = *state;
	u8 rt[24] = { 0, 2, 4, 0, 0, 0, 0, 0 };
	const struct ln_sockaddr_in6 by = sin6_of("fd00::2", 0), to = sin6_of("fd77::7", 9);
	int fd = udp6(&p->a, "::", 0);
	const u8 *ip = last_ip(p);

	memcpy(rt + 8, by.sin6_addr, 16);
	assert_int_equal(set(&p->a, fd, LN_IPV6_RTHDR, rt, sizeof(rt)), 0);
	/* There is no route to the peer itself, and none is needed. */
	assert_int_equal(ln_sendto(p->a.ln, fd, "hi", 2, 0, &to, sizeof(to)), 2);
	pair_run(p);
	assert_int_equal(ip[6], NEXTHDR_ROUTING);
	assert_memory_equal(ip + 24, by.sin6_addr, 16);
	assert_memory_equal(ip + 48, to.sin6_addr, 16);
}

/* Longer than what a packet's first bytes have room for; in pieces; the user's memory is his. */
static void test_long_and_corked(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "::", 0), at = udp6(&p->b, "::", 9);
	struct {
		struct ln_cmsghdr c;
		u8 hdr[800];
	} control = { { sizeof(control), LN_SOL_IPV6, LN_IPV6_DSTOPTS }, { 0, 99 } };
	u8 data[3000], got[6000];
	struct ln_iovec iov = { data, sizeof(data) };
	struct ln_sockaddr_in6 to = sin6_of("fd00::2", 9);
	struct ln_msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov,
			       .msg_iovlen = 1, .msg_control = &control,
			       .msg_controllen = sizeof(control) };

	for (u32 i = 2; i < sizeof(control.hdr); i += 2 + control.hdr[i + 1]) {
		control.hdr[i] = 0x1e;
		control.hdr[i + 1] = (u8)min_t(size_t, sizeof(control.hdr) - i - 2, 199 - 2 + 1);
	}
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7);
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &m, LN_MSG_MORE), sizeof(data));
	memset(&control, 0xff, sizeof(control));
	m.msg_control = NULL;
	m.msg_controllen = 0;
	assert_int_equal(ln_sendmsg(p->a.ln, fd, &m, 0), sizeof(data));
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, at, got, sizeof(got), 0), sizeof(got));
	assert_memory_equal(got, data, sizeof(data));
	assert_memory_equal(got + sizeof(data), data, sizeof(data));
}

/* RFC 3542 11.3: what did not fit is told once. */
static void test_path_mtu_is_told(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "::", 0);
	struct { struct ln_cmsghdr c; struct ln_ip6_mtuinfo info; } control;
	struct ln_sockaddr_in6 from;
	u8 data[1500] = { 0 };
	struct ln_iovec iov = { data, sizeof(data) };
	struct ln_msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
			       .msg_iovlen = 1, .msg_control = &control,
			       .msg_controllen = sizeof(control) };

	opt_on(&p->a, fd, LN_SOL_IPV6, LN_IPV6_DONTFRAG);
	opt_on(&p->a, fd, LN_SOL_IPV6, LN_IPV6_RECVPATHMTU);
	assert_int_equal(set(&p->a, fd, LN_IPV6_HOPOPTS, hop, sizeof(hop)), 0);
	assert_int_equal(send_to6(&p->a, fd, data, 1445, "fd00::2", 9), -EMSGSIZE);
	assert_int_equal(ln_recvmsg(p->a.ln, fd, &m, 0), 0);
	assert_int_equal(control.c.cmsg_type, LN_IPV6_PATHMTU);
	assert_int_equal(control.info.ip6m_mtu, 1492);
	assert_memory_equal(from.sin6_addr, sin6_of("fd00::2", 9).sin6_addr, 16);
	assert_int_equal(ln_recv(p->a.ln, fd, data, sizeof(data), 0), -EAGAIN);
	assert_int_equal(send_to6(&p->a, fd, data, 1444, "fd00::2", 9), 1444);
}

/* Each allocation fails in its turn. */
static void test_no_memory(void **state)
{
	struct pair *p = *state;
	int at = udp6(&p->b, "::", 9);
	u8 longer[400] = { 0, 49 }, data[2000] = { 0 };
	bool arrived = false;

	for (u32 i = 2; i < sizeof(longer); i += 2 + longer[i + 1]) {
		longer[i] = 0x1e;
		longer[i + 1] = (u8)(i < 200 ? 197 : sizeof(longer) - i - 2);
	}
	for (u64 nth = 1; !arrived; nth++) {
		int fd = udp6(&p->a, "::", 0);

		assert_in_range(nth, 1, 100);
		p->a.net.mem.fail_after = nth;
		set(&p->a, fd, LN_IPV6_HOPOPTS, hop, sizeof(hop));
		set(&p->a, fd, LN_IPV6_DSTOPTS, longer, sizeof(longer));
		set(&p->a, fd, LN_IPV6_RECVPATHMTU, &(int){ 1 }, sizeof(int));
		send_to6(&p->a, fd, data, sizeof(data), "fd00::2", 9);
		set(&p->a, fd, LN_IPV6_DONTFRAG, &(int){ 1 }, sizeof(int));
		send_to6(&p->a, fd, data, sizeof(data), "fd00::2", 9);
		arrived = p->a.net.mem.fail_after;
		p->a.net.mem.fail_after = 0;
		pair_advance(p, 4000);
		while (ln_recv(p->b.ln, at, data, sizeof(data), 0) >= 0)
			;
		assert_int_equal(ln_close(p->a.ln, fd), 0);
	}
}

/* ---- SO_PEEK_OFF, SO_RXQ_OVFL ---- */

static void peeks(struct host *h, int fd, size_t n, const char *want, int off)
{
	char buf[32];
	u32 len = sizeof(int);
	int now;

	assert_int_equal(ln_recv(h->ln, fd, buf, n, LN_MSG_PEEK), strlen(want));
	assert_memory_equal(buf, want, strlen(want));
	assert_int_equal(ln_getsockopt(h->ln, fd, LN_SOL_SOCKET, LN_SO_PEEK_OFF, &now, &len), 0);
	assert_int_equal(now, off);
}

static void peek_off(struct host *h, int fd, int off)
{
	assert_int_equal(ln_setsockopt(h->ln, fd, LN_SOL_SOCKET, LN_SO_PEEK_OFF, &off,
				       sizeof(off)), 0);
}

static void test_peek_off(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "::", 0), at = udp6(&p->b, "::", 9);
	char buf[32];

	send_to6(&p->a, fd, "0123456789", 10, "fd00::2", 9);
	send_to6(&p->a, fd, "abcdefghij", 10, "fd00::2", 9);
	send_to6(&p->a, fd, "", 0, "fd00::2", 9);
	send_to6(&p->a, fd, "xyz", 3, "fd00::2", 9);
	pair_run(p);
	peek_off(&p->b, at, 0);
	peeks(&p->b, at, 3, "012", 3);
	peeks(&p->b, at, 20, "3456789", 10);
	peeks(&p->b, at, 5, "abcde", 15);
	peeks(&p->b, at, 20, "fghij", 20);
	peeks(&p->b, at, 20, "", 20);
	peeks(&p->b, at, 20, "xyz", 23);
	assert_int_equal(ln_recv(p->b.ln, at, buf, 4, LN_MSG_PEEK), -EAGAIN);
	peek_off(&p->b, at, 4);
	peeks(&p->b, at, 4, "4567", 8);
	assert_int_equal(ln_recv(p->b.ln, at, buf, 2, 0), 2);
	peek_off(&p->b, at, 6);
	assert_int_equal(ln_recv(p->b.ln, at, buf, 20, 0), 10);
	peek_off(&p->b, at, -5);
	peeks(&p->b, at, 2, "", -5);
	peeks(&p->b, at, 2, "", -5);
}

static void test_overflow_is_counted(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "::", 0), at = udp6(&p->b, "::", 9), small = 2304, lost = 0;
	struct { struct ln_cmsghdr c; u32 drops; u32 pad; } control;
	u8 data[500] = { 0 };
	struct ln_iovec iov = { data, sizeof(data) };

	opt_on(&p->b, at, LN_SOL_SOCKET, LN_SO_RXQ_OVFL);
	ln_setsockopt(p->b.ln, at, LN_SOL_SOCKET, LN_SO_RCVBUF, &small, sizeof(small));
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 40; i++)
			send_to6(&p->a, fd, data, sizeof(data), "fd00::2", 9);
		pair_run(p);
		for (int n = 0;; n++) {
			struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
					       .msg_control = &control,
					       .msg_controllen = sizeof(control) };

			if (ln_recvmsg(p->b.ln, at, &m, 0) < 0) {
				lost += 40 - n;
				break;
			}
			assert_int_equal(m.msg_controllen > 0, round);
			if (round) {
				assert_int_equal(control.c.cmsg_type, LN_SO_RXQ_OVFL);
				assert_int_equal(control.drops, lost);
			}
		}
		assert_true(lost > 0);
	}
}

/* As in Linux: an address that is gone is sent from, of IPv6 alone. */
static void test_source_is_gone(void **state)
{
	struct pair *p = *state;
	int fd = udp6(&p->a, "fd00::1", 7), at = udp6(&p->b, "::", 9);
	struct ln_sockaddr_in6 from;
	u32 len = sizeof(from);
	struct ip6_addr a;
	char c;

	assert_int_equal(send_to6(&p->a, fd, "x", 1, "fd00::2", 9), 1);
	pair_run(p);
	assert_int_equal(ln_recv(p->b.ln, at, &c, 1, 0), 1);
	assert_true(ip6_addr_parse("fd00::3", &a));
	assert_int_equal(inet6_addr_add(p->a.dev, &a, 64, IFA_F_NODAD), 0);
	assert_true(ip6_addr_parse("fd00::1", &a));
	assert_int_equal(inet6_addr_del(p->a.dev, &a, 64), 0);
	assert_int_equal(send_to6(&p->a, fd, "x", 1, "fd00::2", 9), 1);
	pair_run(p);
	assert_int_equal(ln_recvfrom(p->b.ln, at, &c, 1, 0, &from, &len), 1);
	assert_memory_equal(from.sin6_addr, &a, sizeof(a));
}

static int label(struct host *h, int fd, u32 which, u8 action, u8 share, u16 flags)
{
	struct ln_in6_flowlabel_req req = {
		.flr_dst = { 0xfd, [15] = 2 }, .flr_label = cpu_to_be32(which),
		.flr_action = action, .flr_share = share, .flr_flags = flags,
	};
	int err = set(h, fd, LN_IPV6_FLOWLABEL_MGR, &req, sizeof(req));

	return err ? err : (int)be32_to_cpu(req.flr_label);
}

static void test_flow_labels(void **state)
{
	struct pair *p = *state;
	struct ln_sockaddr_in6 to = sin6_of("fd00::2", 9);
	int fd = udp6(&p->a, "::", 0), other = udp6(&p->a, "::", 0), mine;

	udp6(&p->b, "::", 9);
	opt_on(&p->a, fd, LN_SOL_IPV6, LN_IPV6_FLOWINFO_SEND);
	mine = label(&p->a, fd, 0, LN_IPV6_FL_A_GET, LN_IPV6_FL_S_ANY, LN_IPV6_FL_F_CREATE);
	assert_in_range(mine, 1, 0xfffff);
	assert_int_equal(label(&p->a, other, (u32)mine, LN_IPV6_FL_A_GET, LN_IPV6_FL_S_EXCL, 1),
			 -EPERM);
	assert_int_equal(label(&p->a, other, (u32)mine, LN_IPV6_FL_A_GET, LN_IPV6_FL_S_ANY, 0),
			 mine);
	to.sin6_flowinfo = cpu_to_be32((u32)mine);
	assert_int_equal(ln_sendto(p->a.ln, fd, "x", 1, 0, &to, sizeof(to)), 1);
	pair_run(p);
	assert_int_equal(get_be32(last_ip(p)) & 0xfffff, mine);
	/* While one is exclusive all are to be asked for. */
	to.sin6_flowinfo = cpu_to_be32(77);
	assert_int_equal(ln_sendto(p->a.ln, fd, "x", 1, 0, &to, sizeof(to)), 1);
	assert_int_equal(label(&p->a, other, 5, LN_IPV6_FL_A_GET, LN_IPV6_FL_S_EXCL, 1), 5);
	assert_int_equal(ln_sendto(p->a.ln, fd, "x", 1, 0, &to, sizeof(to)), -EINVAL);
	/* Given back it lingers: nobody else has it so soon. */
	assert_int_equal(label(&p->a, other, 5, LN_IPV6_FL_A_PUT, 0, 0), 5);
	assert_int_equal(label(&p->a, fd, 5, LN_IPV6_FL_A_GET, LN_IPV6_FL_S_ANY, 1), -EPERM);
	pair_advance(p, 7000);
	assert_int_equal(label(&p->a, fd, 5, LN_IPV6_FL_A_GET, LN_IPV6_FL_S_ANY, 1), 5);
	assert_int_equal(ln_sendto(p->a.ln, fd, "x", 1, 0, &to, sizeof(to)), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, pair6_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		T(test_what_may_be_set),
		T(test_order_and_reader),
		T(test_way_by_a_router),
		T(test_long_and_corked),
		T(test_path_mtu_is_told),
		T(test_no_memory),
		T(test_peek_off),
		T(test_overflow_is_counted),
		T(test_source_is_gone),
		T(test_flow_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
