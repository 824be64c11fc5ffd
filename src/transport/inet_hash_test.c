/* SPDX-License-Identifier: MIT */
/* Lookups against a walk over all sockets; bind conflicts by Linux's rules; ephemeral ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/inet_hash.h"

static const struct proto test_prot = {
	.name = "TEST", .obj_size = sizeof(struct sock), .type = LN_SOCK_STREAM,
};

struct fixture {
	struct net net;
	struct inet_hashinfo h;
};

static void fixture_init(struct fixture *f)
{
	struct ln_net_params params;

	ln_net_params_init(&params);
	params.seed = 3;
	assert_int_equal(netns_init(&f->net, &params), 0);
	assert_int_equal(sock_net_init(&f->net), 0);
	assert_int_equal(inet_hashinfo_init(&f->h, &f->net), 0);
}

static void fixture_exit(struct fixture *f)
{
	inet_hashinfo_exit(&f->h);
	sock_net_exit(&f->net);
	netns_exit(&f->net);
	assert_int_equal(f->net.mem.used, 0);
	assert_int_equal(f->net.mem.live, 0);
}

static struct sock *new_sock(struct fixture *f, be32 addr)
{
	struct sock *sk = sk_alloc(&f->net, &test_prot);

	assert_non_null(sk);
	sk->c.rcv_saddr = addr;
	return sk;
}

static void drop_sock(struct fixture *f, struct sock *sk)
{
	if (sk->c.state == TCP_LISTEN)
		inet_listen_unhash(&f->h, sk);
	else
		inet_ehash_remove(&f->h, &sk->c);
	inet_put_port(&f->h, sk);
	sock_put(sk);
}

/* ---- lookups ---- */

#define SOCKS 300

static struct sock *naive_established(struct sock **v, be32 faddr, be16 fport, be32 laddr,
				      u16 lport, int dif)
{
	for (int i = 0; i < SOCKS; i++) {
		struct sock_common *c = &v[i]->c;

		if (c->state == TCP_ESTABLISHED && c->daddr == faddr && c->dport == fport &&
		    c->rcv_saddr == laddr && c->num == lport &&
		    (!c->bound_dev_if || c->bound_dev_if == dif))
			return v[i];
	}
	return NULL;
}

/* The score of the best listener: 0 none, address before device. */
static unsigned naive_score(const struct sock_common *c, be32 laddr, u16 lport, int dif)
{
	if (c->state != TCP_LISTEN || c->num != lport || (c->rcv_saddr && c->rcv_saddr != laddr) ||
	    (c->bound_dev_if && c->bound_dev_if != dif))
		return 0;
	return 1 + 2 * (c->rcv_saddr != 0) + (c->bound_dev_if != 0);
}

static void test_lookup_against_walk(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *v[SOCKS];
	struct prng rnd;

	(void)state;
	fixture_init(f);
	prng_init(&rnd, 11);
	for (int i = 0; i < SOCKS; i++) {
		struct sock_common *c;

		v[i] = new_sock(f, prng_below(&rnd, 4));
		c = &v[i]->c;
		c->num = (u16)(1 + prng_below(&rnd, 6));
		c->bound_dev_if = (int)prng_below(&rnd, 3);
		if (i % 3 == 0) {
			c->state = TCP_LISTEN;
			assert_true(inet_listen_hash(&f->h, v[i]));
			continue;
		}
		c->daddr = 1 + prng_below(&rnd, 4);
		c->dport = (be16)(1 + prng_below(&rnd, 6));
		c->state = TCP_ESTABLISHED;
		if (!inet_ehash_insert(&f->h, c))
			c->state = TCP_CLOSE;	/* the tuple is taken */
	}
	for (int step = 0; step < 20000; step++) {
		be32 faddr = 1 + prng_below(&rnd, 4), laddr = 1 + prng_below(&rnd, 3);
		be16 fport = (be16)(1 + prng_below(&rnd, 6));
		u16 lport = (u16)(1 + prng_below(&rnd, 6));
		int dif = (int)(1 + prng_below(&rnd, 3));
		struct sock_common *c = inet_lookup_established(&f->h, faddr, fport, laddr, lport,
								dif);
		struct sock *e = naive_established(v, faddr, fport, laddr, lport, dif), *l;
		unsigned best = 0;

		assert_ptr_equal(c, e ? &e->c : NULL);
		for (int i = 0; i < SOCKS; i++)
			best = max(best, naive_score(&v[i]->c, laddr, lport, dif));
		l = inet_lookup_listener(&f->h, faddr, fport, laddr, lport, dif);
		assert_int_equal(l ? naive_score(&l->c, laddr, lport, dif) : 0, best);
	}
	for (int i = 0; i < SOCKS; i++)
		drop_sock(f, v[i]);
	fixture_exit(f);
	free(f);
}

/* Who was found last is asked first: runs of packets, between which its connection comes, goes, or
 * is bound to another device. */
static void test_the_last_one_is_no_other(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *v[SOCKS];
	struct prng rnd;

	(void)state;
	fixture_init(f);
	prng_init(&rnd, 12);
	for (int i = 0; i < SOCKS; i++) {
		v[i] = new_sock(f, 1);
		v[i]->c.num = 80;
		v[i]->c.daddr = 1 + (be32)i % 4;
		v[i]->c.dport = (be16)(1 + i % 3);
	}
	for (int step = 0; step < 50000; step++) {
		struct sock *sk = v[prng_below(&rnd, SOCKS)], *e;
		struct sock_common *c = &sk->c;
		int dif = (int)(1 + prng_below(&rnd, 3));

		if (prng_below(&rnd, 4) == 0) {
			if (c->state == TCP_ESTABLISHED) {
				inet_ehash_remove(&f->h, c);
				c->state = TCP_CLOSE;
			} else {
				c->bound_dev_if = (int)prng_below(&rnd, 3);
				if (inet_ehash_insert(&f->h, c))
					c->state = TCP_ESTABLISHED;
			}
		}
		e = naive_established(v, c->daddr, c->dport, 1, 80, dif);
		assert_ptr_equal(inet_lookup_established(&f->h, c->daddr, c->dport, 1, 80, dif),
				 e ? &e->c : NULL);
		if (e && e->c.bound_dev_if && prng_below(&rnd, 4) == 0) {
			e->c.bound_dev_if = 3 + dif;
			inet_ehash_changed(&f->h);
			assert_ptr_not_equal(inet_lookup_established(&f->h, c->daddr, c->dport, 1,
								     80, dif), &e->c);
		}
	}
	for (int i = 0; i < SOCKS; i++)
		drop_sock(f, v[i]);
	fixture_exit(f);
	free(f);
}

static void test_tuple_is_unique(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *a, *b;

	(void)state;
	fixture_init(f);
	a = new_sock(f, 1);
	b = new_sock(f, 1);
	a->c.num = b->c.num = 80;
	a->c.daddr = b->c.daddr = 2;
	a->c.dport = b->c.dport = 99;
	assert_true(inet_ehash_insert(&f->h, &a->c));
	assert_false(inet_ehash_insert(&f->h, &b->c));
	inet_ehash_replace(&f->h, &a->c, &b->c);
	assert_ptr_equal(inet_lookup_established(&f->h, 2, 99, 1, 80, 1), &b->c);
	assert_true(hlist_unhashed(&a->c.node));
	drop_sock(f, a);
	drop_sock(f, b);
	fixture_exit(f);
	free(f);
}

/* SO_REUSEPORT: flows are spread over the group, and a flow stays with its socket. */
static void test_reuseport_spread(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *v[4];
	u32 hits[4] = { 0 };

	(void)state;
	fixture_init(f);
	for (int i = 0; i < 4; i++) {
		v[i] = new_sock(f, 0);
		v[i]->c.reuseport = 1;
		assert_int_equal(inet_csk_get_port(&f->h, v[i], 80), 0);
		v[i]->c.state = TCP_LISTEN;
		assert_true(inet_listen_hash(&f->h, v[i]));
	}
	for (u32 flow = 0; flow < 4000; flow++) {
		struct sock *sk = inet_lookup_listener(&f->h, flow, 7, 1, 80, 1);

		assert_ptr_equal(sk, inet_lookup_listener(&f->h, flow, 7, 1, 80, 1));
		for (int i = 0; i < 4; i++)
			hits[i] += sk == v[i];
	}
	for (int i = 0; i < 4; i++) {
		assert_in_range(hits[i], 800, 1200);
		drop_sock(f, v[i]);
	}
	fixture_exit(f);
	free(f);
}

/* ---- ports ---- */

struct bind_case {
	be32 addr;
	int dev;
	bool reuse, reuseport, listening;
};

/* What bind(2) and socket(7) say of two TCP sockets, the second being bound now. */
static bool linux_conflict(const struct bind_case *a, const struct bind_case *b)
{
	if (a->dev && b->dev && a->dev != b->dev)
		return false;
	if (a->addr && b->addr && a->addr != b->addr)
		return false;
	if (a->reuse && b->reuse && !a->listening)
		return false;
	return !(a->reuseport && b->reuseport);
}

static struct sock *bind_one(struct fixture *f, const struct bind_case *b, int *err)
{
	struct sock *sk = new_sock(f, b->addr);

	sk->c.bound_dev_if = b->dev;
	sk->c.reuse = b->reuse;
	sk->c.reuseport = b->reuseport;
	*err = inet_csk_get_port(&f->h, sk, 8080);
	if (!*err && b->listening) {
		sk->c.state = TCP_LISTEN;
		*err = inet_csk_get_port(&f->h, sk, 8080);
		if (!*err)
			assert_true(inet_listen_hash(&f->h, sk));
	}
	return sk;
}

/* Every pair of 2 addresses + any, 2 devices + any, both options, listening or not. */
static void test_bind_conflict_matrix(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct bind_case all[72];
	size_t n = 0;

	(void)state;
	fixture_init(f);
	for (u32 i = 0; i < 72; i++)
		all[n++] = (struct bind_case){
			.addr = i % 3, .dev = (int)(i / 3 % 3), .reuse = i / 9 % 2,
			.reuseport = i / 18 % 2, .listening = i / 36 % 2,
		};
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			struct bind_case b = all[j];
			struct sock *first, *second;
			int err;

			b.listening = false;
			first = bind_one(f, &all[i], &err);
			assert_int_equal(err, 0);
			second = bind_one(f, &b, &err);
			assert_int_equal(err, linux_conflict(&all[i], &b) ? -EADDRINUSE : 0);
			drop_sock(f, second);
			drop_sock(f, first);
		}
	}
	fixture_exit(f);
	free(f);
}

/* Two sockets with SO_REUSEADDR may be bound to one port, but only one may listen. */
static void test_listen_asks_again(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct bind_case reuse = { .reuse = true };
	struct sock *a, *b;
	int err;

	(void)state;
	fixture_init(f);
	a = bind_one(f, &reuse, &err);
	b = bind_one(f, &reuse, &err);
	assert_int_equal(err, 0);
	a->c.state = TCP_LISTEN;
	assert_int_equal(inet_csk_get_port(&f->h, a, 8080), 0);
	b->c.state = TCP_LISTEN;
	assert_int_equal(inet_csk_get_port(&f->h, b, 8080), -EADDRINUSE);
	b->c.state = TCP_CLOSE;
	drop_sock(f, a);
	drop_sock(f, b);
	fixture_exit(f);
	free(f);
}

/* A server restarted at once: its port is in TIME-WAIT, which SO_REUSEADDR is for. */
static void test_time_wait_holds_the_port(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct bind_case plain = { 0 }, reuse = { .reuse = true };
	struct sock *old, *sk;
	struct inet_bound tw = { 0 };
	int err;

	(void)state;
	fixture_init(f);
	old = bind_one(f, &reuse, &err);
	tw.c = old->c;
	tw.c.node = (struct hlist_node){ 0 };
	tw.c.state = TCP_TIME_WAIT;
	inet_twsk_take_port(&f->h, &tw, old);
	assert_int_equal(old->c.num, 0);
	drop_sock(f, old);
	sk = bind_one(f, &plain, &err);
	assert_int_equal(err, -EADDRINUSE);
	drop_sock(f, sk);
	sk = bind_one(f, &reuse, &err);
	assert_int_equal(err, 0);
	drop_sock(f, sk);
	inet_twsk_put_port(&f->h, &tw);
	sk = bind_one(f, &plain, &err);
	assert_int_equal(err, 0);
	drop_sock(f, sk);
	fixture_exit(f);
	free(f);
}

static bool never_reuse(struct sock *sk, struct sock_common *tw)
{
	(void)sk;
	(void)tw;
	return false;
}

static struct sock *connect_to(struct fixture *f, be32 daddr, be16 dport, int *err)
{
	struct sock *sk = new_sock(f, 1);

	sk->c.daddr = daddr;
	sk->c.dport = dport;
	*err = inet_hash_connect(&f->h, sk, never_reuse);
	if (!*err)
		sk->c.state = TCP_ESTABLISHED;
	return sk;
}

/* All ports of the range can be used towards one peer, each once; then there is none. */
static void test_ephemeral_exhaustion(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *v[100], *last, *other;
	bool seen[100] = { false };
	int err;

	(void)state;
	fixture_init(f);
	f->net.sysctl.ip_local_port_min = 40000;
	f->net.sysctl.ip_local_port_max = 40099;
	for (int i = 0; i < 100; i++) {
		v[i] = connect_to(f, 9, 80, &err);
		assert_int_equal(err, 0);
		assert_in_range(v[i]->c.num, 40000, 40099);
		assert_false(seen[v[i]->c.num - 40000]);
		seen[v[i]->c.num - 40000] = true;
	}
	last = connect_to(f, 9, 80, &err);
	assert_int_equal(err, -EADDRNOTAVAIL);
	assert_int_equal(last->c.num, 0);
	/* Another peer: the same ports serve again. */
	other = connect_to(f, 9, 81, &err);
	assert_int_equal(err, 0);
	/* A port that connections use is not given to bind(0). */
	sock_put(last);
	last = new_sock(f, 0);
	assert_int_equal(inet_csk_get_port(&f->h, last, 0), -EADDRINUSE);
	sock_put(last);
	drop_sock(f, other);
	for (int i = 0; i < 100; i++)
		drop_sock(f, v[i]);
	fixture_exit(f);
	free(f);
}

/* connect() leaves odd offsets to bind(0) while it can, and the other way round. */
static void test_parity(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *c[50], *b[50];
	int err;

	(void)state;
	fixture_init(f);
	f->net.sysctl.ip_local_port_min = 40000;
	f->net.sysctl.ip_local_port_max = 40099;
	for (int i = 0; i < 50; i++) {
		c[i] = connect_to(f, 9, 80, &err);
		assert_int_equal(err, 0);
		assert_int_equal(c[i]->c.num % 2, 0);
		b[i] = new_sock(f, 0);
		assert_int_equal(inet_csk_get_port(&f->h, b[i], 0), 0);
		assert_int_equal(b[i]->c.num % 2, 1);
	}
	for (int i = 0; i < 50; i++) {
		drop_sock(f, c[i]);
		drop_sock(f, b[i]);
	}
	fixture_exit(f);
	free(f);
}

/* RFC 6056: two instances (secrets) and two peers do not use the same ports in the same order. */
static void test_ports_are_hard_to_guess(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *v[64];
	u32 neighbours = 0;
	int err;

	(void)state;
	fixture_init(f);
	for (int i = 0; i < 64; i++) {
		v[i] = connect_to(f, 100 + (be32)i, 80, &err);
		assert_int_equal(err, 0);
		if (i)
			neighbours += abs(v[i]->c.num - v[i - 1]->c.num) <= 32;
	}
	assert_in_range(neighbours, 0, 3);
	for (int i = 0; i < 64; i++)
		drop_sock(f, v[i]);
	fixture_exit(f);
	free(f);
}

static int count_sorted(struct sock_common *c, void *ctx)
{
	u32 *last = ctx;
	u32 key = (u32)c->num << 8 | be32_to_cpu(c->rcv_saddr);

	assert_true(key >= last[0]);
	last[0] = key;
	last[1]++;
	return 0;
}

static void test_for_each_is_sorted(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *v[200];
	u32 ctx[2] = { 0 };

	(void)state;
	fixture_init(f);
	for (u32 i = 0; i < 200; i++) {
		v[i] = new_sock(f, CONST_BE32(i % 7));
		v[i]->c.num = (u16)(1 + i * 37 % 50);
		v[i]->c.state = i % 2 ? TCP_LISTEN : TCP_ESTABLISHED;
		v[i]->c.daddr = i;
		assert_true(i % 2 ? inet_listen_hash(&f->h, v[i]) :
				    inet_ehash_insert(&f->h, &v[i]->c));
	}
	assert_int_equal(inet_for_each(&f->h, count_sorted, ctx), 0);
	assert_int_equal(ctx[1], 200);
	for (u32 i = 0; i < 200; i++)
		drop_sock(f, v[i]);
	fixture_exit(f);
	free(f);
}

/* Each allocation fails in its turn: an error, and nothing half done. */
static void test_no_memory(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sock *a, *b;
	int err = -1;

	(void)state;
	fixture_init(f);
	a = new_sock(f, 1);
	b = new_sock(f, 1);
	a->c.daddr = 2;
	for (u64 nth = 1; err; nth++) {
		f->net.mem.fail_after = nth;
		err = inet_hash_connect(&f->h, a, NULL);
		f->net.mem.fail_after = 0;
		if (err) {
			assert_int_equal(err, -ENOMEM);
			assert_null(a->bind_bucket);
			assert_int_equal(a->c.num, 0);
			assert_true(hlist_unhashed(&a->c.node));
		}
		assert_in_range(nth, 1, 10);
	}
	f->net.mem.fail_after = 1;
	assert_int_equal(inet_csk_get_port(&f->h, b, 99), -ENOMEM);
	f->net.mem.fail_after = 0;
	drop_sock(f, a);
	drop_sock(f, b);
	fixture_exit(f);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup_against_walk),
		cmocka_unit_test(test_the_last_one_is_no_other),
		cmocka_unit_test(test_tuple_is_unique),
		cmocka_unit_test(test_reuseport_spread),
		cmocka_unit_test(test_bind_conflict_matrix),
		cmocka_unit_test(test_listen_asks_again),
		cmocka_unit_test(test_time_wait_holds_the_port),
		cmocka_unit_test(test_ephemeral_exhaustion),
		cmocka_unit_test(test_parity),
		cmocka_unit_test(test_ports_are_hard_to_guess),
		cmocka_unit_test(test_for_each_is_sorted),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
