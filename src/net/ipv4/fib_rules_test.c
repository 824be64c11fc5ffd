/* SPDX-License-Identifier: MIT */
/*
 * Tables and rules against a twin that is stupid and surely right: lists of rules and routes, all
 * looked at. And routes with several next hops: shares, flows that stay together, next hops that
 * go and come back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/prng.h"
#include "net/ipv4/ip_testbed.h"
#include "net/multipath.h"

static struct testbed tb;
static struct net *net;

static int setup(void **state)
{
	(void)state;
	net = tb_add(&tb, NULL);
	dev_open(bare_dev_create(net, "eth0", ether_setup));
	dev_open(bare_dev_create(net, "eth1", ether_setup));
	tb_addr(net, "eth0", "10.0.0.1/24");
	tb_addr(net, "eth1", "10.1.0.1/24");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

/* ---- the twin ---- */

#define ROUTES_MAX 400
#define RULES_MAX 40

static struct twin {
	struct fib_config route[ROUTES_MAX];
	struct fib_rule rule[RULES_MAX];
	u32 routes, rules;
} twin;

static bool prefix_has(be32 prefix, u8 plen, be32 addr)
{
	return !((prefix ^ addr) & inet_make_mask(plen));
}

/* Of table, the route that answers; NULL. */
static const struct fib_config *ask_table(u32 table, const struct flowi4 *fl)
{
	const struct fib_config *best = NULL;

	for (u32 i = 0; i < twin.routes; i++) {
		const struct fib_config *r = &twin.route[i];

		if (r->table != table || !prefix_has(r->dst, r->prefixlen, fl->daddr))
			continue;
		if (fl->oif && r->dev && r->dev->ifindex != fl->oif)
			continue;
		if (!best || r->prefixlen > best->prefixlen ||
		    (r->prefixlen == best->prefixlen && r->priority < best->priority))
			best = r;
	}
	return best;
}

static bool rule_holds(const struct fib_rule *r, const struct flowi4 *fl)
{
	bool yes = prefix_has(r->src[0], r->src_len, fl->saddr) &&
		   prefix_has(r->dst[0], r->dst_len, fl->daddr) &&
		   (fl->mark & r->mark_mask) == (r->mark & r->mark_mask) &&
		   (!r->tos || r->tos == (fl->tos & 0xfc)) &&
		   (!r->ipproto || r->ipproto == fl->proto) &&
		   (!r->dport.end || (be16_to_cpu(fl->dport) >= r->dport.start &&
				      be16_to_cpu(fl->dport) <= r->dport.end)) &&
		   (!r->iif[0] || fl->iif == tb_dev(net, r->iif)->ifindex ||
		    (!fl->iif && !strcmp(r->iif, "lo"))) &&
		   (!r->oif[0] || fl->oif == tb_dev(net, r->oif)->ifindex);

	return yes != r->invert;
}

/* The route, or NULL and an errno. */
static const struct fib_config *ask_twin(const struct flowi4 *fl, int *err)
{
	u32 from = 0;

	for (u32 i = 0; i < twin.rules; i++) {
		const struct fib_rule *r = &twin.rule[i];
		const struct fib_config *found;

		if (r->pref < from || !rule_holds(r, fl))
			continue;
		*err = r->action == FR_ACT_BLACKHOLE ? -EINVAL :
		       r->action == FR_ACT_PROHIBIT ? -EACCES : -ENETUNREACH;
		if (r->action == FR_ACT_BLACKHOLE || r->action == FR_ACT_PROHIBIT ||
		    r->action == FR_ACT_UNREACHABLE)
			return NULL;
		if (r->action == FR_ACT_GOTO) {
			for (u32 k = 0; k < twin.rules; k++)
				if (twin.rule[k].pref == r->target)
					from = r->target;
			continue;
		}
		found = ask_table(r->table, fl);
		if (!found || found->prefixlen <= r->suppress_prefixlen ||
		    found->type == RTN_THROW)
			continue;
		*err = found->type == RTN_BLACKHOLE ? -EINVAL :
		       found->type == RTN_PROHIBIT ? -EACCES :
		       found->type == RTN_UNREACHABLE ? -EHOSTUNREACH : 0;
		return found;
	}
	*err = -ENETUNREACH;
	return NULL;
}

/* ---- random changes, of both ---- */

static const u32 tables[] = { RT_TABLE_MAIN, RT_TABLE_MAIN, RT_TABLE_DEFAULT, 5, 1000, 261 };

static be32 random_addr(struct prng *rng)
{
	static const u32 nets[] = { 0x0a000000, 0x0a010000, 0x14000000, 0x14800000 };

	return cpu_to_be32(nets[prng_below(rng, 4)] + prng_below(rng, 4) * 0x10000 +
			   prng_below(rng, 3) * 0x100 + prng_below(rng, 3));
}

static u8 random_len(struct prng *rng)
{
	static const u8 lens[] = { 0, 1, 8, 9, 15, 16, 22, 24, 31, 32 };

	return lens[prng_below(rng, ARRAY_SIZE(lens))];
}

static void random_route(struct prng *rng, struct fib_config *r)
{
	static const u8 types[] = { RTN_UNICAST, RTN_UNICAST, RTN_UNICAST, RTN_BLACKHOLE,
				    RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW };

	*r = (struct fib_config){
		.table = tables[prng_below(rng, ARRAY_SIZE(tables))],
		.prefixlen = random_len(rng), .priority = prng_below(rng, 3),
		.type = types[prng_below(rng, ARRAY_SIZE(types))], .protocol = RTPROT_STATIC,
	};
	r->dst = random_addr(rng) & inet_make_mask(r->prefixlen);
	if (r->type != RTN_UNICAST)
		return;
	r->dev = tb_dev(net, prng_below(rng, 2) ? "eth0" : "eth1");
	r->gateway = cpu_to_be32(0xc0000200 + prng_below(rng, 250) + 1);
	r->onlink = true;
}

static void twin_route_del(u32 i)
{
	memmove(&twin.route[i], &twin.route[i + 1],
		(--twin.routes - i) * sizeof(twin.route[0]));
}

static void change_route(struct prng *rng)
{
	struct fib_config r;
	u32 i;

	if (twin.routes > 8 && prng_below(rng, 3) == 0) {
		i = 8 + prng_below(rng, twin.routes - 8);	/* the first came by themselves */
		r = twin.route[i];
		assert_int_equal(fib_route_del(net, &r), 0);
		twin_route_del(i);
		return;
	}
	if (twin.routes == ROUTES_MAX)
		return;
	random_route(rng, &r);
	for (i = 0; i < twin.routes; i++) {
		const struct fib_config *t = &twin.route[i];

		if (t->table == r.table && t->dst == r.dst && t->prefixlen == r.prefixlen &&
		    t->priority == r.priority)
			break;
	}
	if (i < twin.routes && prng_below(rng, 2)) {
		assert_int_equal(fib_route_add(net, &r), -EEXIST);
		return;
	}
	assert_int_equal(fib_route_replace(net, &r), 0);
	if (i == twin.routes)
		twin.routes++;
	twin.route[i] = r;
}

static void random_rule(struct prng *rng, struct fib_rule *r)
{
	static const u8 actions[] = { FR_ACT_TO_TBL, FR_ACT_TO_TBL, FR_ACT_TO_TBL, FR_ACT_TO_TBL,
				      FR_ACT_GOTO, FR_ACT_BLACKHOLE, FR_ACT_PROHIBIT,
				      FR_ACT_UNREACHABLE };

	memset(r, 0, sizeof(*r));
	r->has_pref = true;
	r->pref = 1 + prng_below(rng, 200);
	r->action = actions[prng_below(rng, ARRAY_SIZE(actions))];
	r->suppress_prefixlen = -1;
	if (r->action == FR_ACT_TO_TBL) {
		r->table = tables[prng_below(rng, ARRAY_SIZE(tables))];
		r->suppress_prefixlen = (s16)(prng_below(rng, 4) ? -1 : (int)random_len(rng));
	} else if (r->action == FR_ACT_GOTO) {
		r->target = r->pref + 1 + prng_below(rng, 40);
	}
	r->invert = !prng_below(rng, 5);
	if (!prng_below(rng, 3)) {
		r->src_len = random_len(rng);
		r->src[0] = random_addr(rng);
	}
	if (!prng_below(rng, 2)) {
		r->dst_len = random_len(rng);
		r->dst[0] = random_addr(rng);
	}
	if (!prng_below(rng, 3)) {
		r->mark_mask = 1 + prng_below(rng, 3);
		r->mark = prng_below(rng, 4);
	}
	r->tos = prng_below(rng, 4) ? 0 : 0x10;
	if (!prng_below(rng, 4)) {
		r->ipproto = IP_PROTO_TCP;
		r->dport = (struct fib_port_range){ 80, (u16)(80 + prng_below(rng, 4)) };
	}
	if (!prng_below(rng, 4))
		strcpy(r->iif, prng_below(rng, 2) ? "lo" : "eth0");
	if (!prng_below(rng, 6))
		strcpy(r->oif, "eth1");
}

static void change_rule(struct prng *rng)
{
	struct fib_rule r;
	u32 at;

	if (twin.rules > 3 && prng_below(rng, 2)) {
		struct fib_rule any = { .has_pref = true, .suppress_prefixlen = -1 };

		at = prng_below(rng, twin.rules);
		any.pref = twin.rule[at].pref;
		while (at && twin.rule[at - 1].pref == any.pref)
			at--;
		if (any.pref == 0 || any.pref > 30000)
			return;
		assert_int_equal(fib4_rule_del(net, &any), 0);
		memmove(&twin.rule[at], &twin.rule[at + 1],
			(--twin.rules - at) * sizeof(twin.rule[0]));
		return;
	}
	random_rule(rng, &r);
	if (twin.rules == RULES_MAX || fib4_rule_add(net, &r) == -EEXIST)
		return;
	for (at = twin.rules++; at && twin.rule[at - 1].pref > r.pref; at--)
		twin.rule[at] = twin.rule[at - 1];
	twin.rule[at] = r;
}

/* ---- the comparison ---- */

static void compare(struct prng *rng)
{
	struct flowi4 fl = {
		.daddr = random_addr(rng), .saddr = random_addr(rng), .mark = prng_below(rng, 4),
		.tos = prng_below(rng, 2) ? 0x12 : 0, .dport = cpu_to_be16(79 +
									   prng_below(rng, 6)),
		.proto = prng_below(rng, 2) ? IP_PROTO_TCP : IP_PROTO_UDP,
		.iif = prng_below(rng, 2) ? tb_dev(net, "eth0")->ifindex : 0,
		.oif = prng_below(rng, 4) ? 0 : tb_dev(net, "eth1")->ifindex,
	};
	struct fib_result res;
	int want_err, err = fib_lookup(net->ipv4->fib, &fl, &res);
	const struct fib_config *want = ask_twin(&fl, &want_err);

	assert_int_equal(err, want_err);
	assert_int_equal(res.fi != NULL, want != NULL);
	if (!want)
		return;
	assert_int_equal(res.fi->type, want->type);
	assert_int_equal(res.fi->table, want->table);
	assert_int_equal(res.fi->priority, want->priority);
	if (want->type == RTN_UNICAST && want->gateway)
		assert_int_equal(res.fi->nh[0].via.gateway, want->gateway);
}

static int learn_route(const struct fib_route_info *r, void *ctx)
{
	(void)ctx;
	twin.route[twin.routes++] = (struct fib_config){
		.dst = r->dst, .prefixlen = r->prefixlen, .table = r->table, .type = r->type,
		.dev = r->dev,
	};
	return 0;
}

static void learn_rules(void)
{
	const struct fib_rule *r;

	list_for_each_entry(r, &fib4_rules(net)->list, list)
		twin.rule[twin.rules++] = *r;
}

static u32 listed;

static int count_route(const struct fib_route_info *r, void *ctx)
{
	(void)r;
	(void)ctx;
	listed++;
	return 0;
}

static void check_listing(void)
{
	listed = 0;
	fib_for_each(net, 0, count_route, NULL);
	assert_int_equal(listed, twin.routes);
}

static void test_against_naive(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 12; seed++) {
		struct fib_rule all = { .suppress_prefixlen = -1 };
		struct prng rng;

		prng_init(&rng, seed);
		twin.routes = twin.rules = 0;
		fib_for_each(net, 0, learn_route, NULL);
		assert_int_equal(twin.routes, 9);
		learn_rules();
		for (u32 i = 0; i < 600; i++) {
			change_route(&rng);
			/* A third of the time there are none but those that come by themselves. */
			if (i % 300 > 100)
				change_rule(&rng);
			for (u32 k = 0; k < 20; k++)
				compare(&rng);
		}
		check_listing();
		fib4_rules_flush(net, &all);
		tb_exit(&tb);
		memset(&tb, 0, sizeof(tb));
		setup(NULL);
	}
}

/* ---- rules as packets meet them ---- */

static void add_rule(u32 pref, u8 action, u32 table, const char *to)
{
	struct fib_rule r = { .has_pref = true, .pref = pref, .action = action, .table = table,
			      .suppress_prefixlen = -1 };

	if (to) {
		assert_true(inet_prefix_parse(to, &r.dst[0], &r.dst_len));
	}
	assert_int_equal(fib4_rule_add(net, &r), 0);
}

static int output_err(const char *daddr, be32 *gateway)
{
	struct flowi4 fl = { .daddr = tb_ip(daddr) };
	struct rtable *rt;
	int err = ip_route_output(net, &fl, &rt);

	if (err)
		return err;
	*gateway = rt->gateway;
	dst_release(&rt->dst);
	return 0;
}

/* Own addresses are found whether local stands in main's tree or not. */
static void test_local_parts_and_joins(void **state)
{
	struct fib *fib = net->ipv4->fib;
	struct fib_rule any = { .has_pref = true, .pref = 100, .suppress_prefixlen = -1 };
	be32 gw;

	(void)state;
	assert_null(fib->local);
	add_rule(100, FR_ACT_TO_TBL, 7, NULL);
	assert_non_null(fib->local);
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_LOCAL);
	assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.255")), RTN_BROADCAST);
	tb_addr(net, "eth0", "10.5.0.1/16");	/* while they are apart */
	assert_int_equal(output_err("10.5.0.1", &gw), 0);
	assert_int_equal(fib4_rule_del(net, &any), 0);
	assert_null(fib->local);
	assert_int_equal(inet_addr_type(net, tb_ip("10.5.0.1")), RTN_LOCAL);
	assert_int_equal(output_err("10.0.0.1", &gw), 0);
	/* Without the rule for it the local table is not asked. */
	any.pref = 0;
	assert_int_equal(fib4_rule_del(net, &any), 0);
	assert_int_equal(output_err("127.0.0.9", &gw), -ENETUNREACH);
	add_rule(0, FR_ACT_TO_TBL, RT_TABLE_LOCAL, NULL);
	assert_int_equal(output_err("127.0.0.9", &gw), 0);
}

/* A route cached before the rule came is not used after it. */
static void test_rules_reach_cached_routes(void **state)
{
	struct fib_config cfg = { .table = 7, .gateway = tb_ip("10.1.0.9") };
	be32 gw = 0;

	(void)state;
	tb_route(net, "default", "10.0.0.9");
	assert_int_equal(output_err("8.8.8.8", &gw), 0);
	assert_int_equal(gw, tb_ip("10.0.0.9"));
	assert_int_equal(fib_route_add(net, &cfg), 0);
	add_rule(50, FR_ACT_TO_TBL, 7, "8.0.0.0/8");
	assert_int_equal(output_err("8.8.8.8", &gw), 0);
	assert_int_equal(gw, tb_ip("10.1.0.9"));
	add_rule(40, FR_ACT_PROHIBIT, 0, "8.8.0.0/16");
	assert_int_equal(output_err("8.8.8.8", &gw), -EACCES);
	assert_int_equal(output_err("8.9.8.8", &gw), 0);
	assert_int_equal(gw, tb_ip("10.1.0.9"));
	assert_int_equal(output_err("9.9.8.8", &gw), 0);
	assert_int_equal(gw, tb_ip("10.0.0.9"));
}

/* throw ends a table; without another to ask there is no route. */
static void test_throw(void **state)
{
	struct fib_config cfg = { .dst = tb_ip("8.8.0.0"), .prefixlen = 16, .type = RTN_THROW };
	be32 gw = 0;

	(void)state;
	tb_route(net, "default", "10.0.0.9");
	assert_int_equal(fib_route_add(net, &cfg), 0);
	assert_int_equal(output_err("8.8.8.8", &gw), -ENETUNREACH);
	cfg = (struct fib_config){ .table = RT_TABLE_DEFAULT, .gateway = tb_ip("10.1.0.9") };
	assert_int_equal(fib_route_add(net, &cfg), 0);
	assert_int_equal(output_err("8.8.8.8", &gw), 0);
	assert_int_equal(gw, tb_ip("10.1.0.9"));
	assert_int_equal(fib_route_del(net, &cfg), 0);
	assert_int_equal(output_err("8.8.8.8", &gw), -ENETUNREACH);
	assert_int_equal(output_err("9.8.8.8", &gw), 0);
}

/* Each allocation fails in turn: what is found is always right. */
static void test_without_memory(void **state)
{
	struct fib_rule any = { .has_pref = true, .pref = 100, .suppress_prefixlen = -1 };
	struct fib_rule r = { .has_pref = true, .pref = 100, .table = 7, .mark = 1,
			      .mark_mask = 1, .action = FR_ACT_TO_TBL, .suppress_prefixlen = -1 };
	struct fib_config cfg = { .table = 7, .gateway = tb_ip("10.1.0.9") };
	u32 done = 0;

	(void)state;
	for (u64 nth = 1; nth < 40; nth++) {
		int err;

		net->mem.fail_after = nth;
		err = fib4_rule_add(net, &r);
		if (!err)
			err = fib_route_add(net, &cfg);
		net->mem.fail_after = 0;
		assert_true(err == 0 || err == -ENOMEM);
		done += !err;
		assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.1")), RTN_LOCAL);
		assert_int_equal(inet_addr_type(net, tb_ip("10.0.0.9")), RTN_UNICAST);
		net->mem.fail_after = nth;
		fib4_rule_del(net, &any);
		net->mem.fail_after = 0;
		fib_route_del(net, &cfg);
		assert_int_equal(inet_addr_type(net, tb_ip("10.1.0.1")), RTN_LOCAL);
	}
	assert_true(net->mem.failed > 0 && done > 0);
}

/* ---- several next hops ---- */

static void add_two(u16 weight0, u16 weight1)
{
	struct fib_nexthop nh[] = {
		{ .gateway = tb_ip("10.0.0.9"), .weight = weight0 },
		{ .gateway = tb_ip("10.1.0.9"), .weight = weight1 },
	};
	struct fib_config cfg = { .mp = nh, .mp_n = 2 };

	assert_int_equal(fib_route_replace(net, &cfg), 0);
}

static u32 way_of(be32 saddr, be32 daddr, u16 sport)
{
	struct flowi4 fl = { .saddr = saddr, .daddr = daddr, .proto = IP_PROTO_TCP,
			     .sport = cpu_to_be16(sport), .dport = cpu_to_be16(80) };
	struct fib_result res;

	assert_int_equal(fib_lookup(net->ipv4->fib, &fl, &res), 0);
	fib_select_path(net->ipv4->fib, &res, &fl, NULL);
	return res.nh;
}

static u32 share_of_second(u32 flows, bool by_ports)
{
	u32 n = 0;

	for (u32 i = 0; i < flows; i++)
		n += way_of(tb_ip("10.77.0.1"), by_ports ? tb_ip("8.8.8.8") :
			    cpu_to_be32(0x08000000 + i * 257), (u16)i);
	return n;
}

static void test_shares(void **state)
{
	(void)state;
	add_two(1, 1);
	assert_in_range(share_of_second(20000, false), 9700, 10300);
	add_two(1, 3);
	assert_in_range(share_of_second(20000, false), 14700, 15300);
	add_two(256, 1);
	assert_in_range(share_of_second(20000, false), 40, 120);
	/* Policy 0 looks at addresses only, 1 at ports too. */
	add_two(1, 1);
	assert_true(share_of_second(500, true) % 500 == 0);
	net->sysctl.fib_multipath_hash_policy = 1;
	assert_in_range(share_of_second(20000, true), 9700, 10300);
	/* 3 at what is named: addresses and protocol at first. */
	net->sysctl.fib_multipath_hash_policy = 3;
	assert_true(share_of_second(500, true) % 500 == 0);
	assert_in_range(share_of_second(20000, false), 9700, 10300);
	net->sysctl.fib_multipath_hash_fields = MULTIPATH_SRC_PORT | MULTIPATH_DST_PORT;
	assert_in_range(share_of_second(20000, true), 9700, 10300);
}

static void test_both_directions_agree(void **state)
{
	struct prng rng;

	(void)state;
	add_two(1, 1);
	prng_init(&rng, 5);
	for (u32 i = 0; i < 1000; i++) {
		be32 a = cpu_to_be32(0x08000000 + prng_below(&rng, 1 << 20));
		be32 b = cpu_to_be32(0x0c000000 + prng_below(&rng, 1 << 20));

		assert_int_equal(way_of(a, b, 1), way_of(b, a, 1));
	}
}

/* Who is on a way that stays, stays there; who is on one that went, moves. */
static void test_next_hop_goes_and_comes(void **state)
{
	u8 before[500];

	(void)state;
	add_two(1, 1);
	for (u32 i = 0; i < 500; i++)
		before[i] = (u8)way_of(tb_ip("10.77.0.1"), cpu_to_be32(0x08000000 + i), 1);
	dev_close(tb_dev(net, "eth1"));
	assert_int_equal(share_of_second(500, false), 0);
	dev_open(tb_dev(net, "eth1"));
	for (u32 i = 0; i < 500; i++)
		assert_int_equal(way_of(tb_ip("10.77.0.1"), cpu_to_be32(0x08000000 + i), 1),
				 before[i]);
	/* Without any the route goes. */
	dev_close(tb_dev(net, "eth1"));
	dev_close(tb_dev(net, "eth0"));
	assert_int_equal(net->ipv4->fib->multipath, 0);
}

/* A source that was chosen already belongs to one of the ways. */
static void test_source_chooses(void **state)
{
	(void)state;
	add_two(1, 1);
	for (u32 i = 0; i < 50; i++) {
		assert_int_equal(way_of(tb_ip("10.0.0.1"), cpu_to_be32(0x08000000 + i), 1), 0);
		assert_int_equal(way_of(tb_ip("10.1.0.1"), cpu_to_be32(0x08000000 + i), 1), 1);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_against_naive), T(test_local_parts_and_joins),
		T(test_rules_reach_cached_routes), T(test_throw), T(test_without_memory),
		T(test_shares), T(test_both_directions_agree), T(test_next_hop_goes_and_comes),
		T(test_source_chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
