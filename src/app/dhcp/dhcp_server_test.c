/* SPDX-License-Identifier: MIT */
/* What a DHCP server answers to messages that are made here. */
#include "app/dhcp/dhcp_server.h"

#include <errno.h>

#include "app/dhcp/dhcp_link.h"
#include "app/dhcp/dhcp_pair.h"

static unsigned offers, naks;
static struct dhcp_msg answer;

static void on_answer(void *ctx, const struct dhcp_msg *m, const struct dhcp_from *from)
{
	(void)ctx;
	(void)from;
	offers += m->type == DHCP_OFFER;
	naks += m->type == DHCP_NAK;
	answer = *m;
}

/* A server, and a link at the other end to talk to it. */
static void serve_link(const struct dhcp_server_params *p, struct dhcp_link *l)
{
	serve(p);
	*l = (struct dhcp_link){ .msg = on_answer };
	assert_int_equal(dhcp_link_open(l, client_host, "eth0", DHCP_CLIENT_PORT), 0);
	offers = naks = 0;
}

static void finish(struct dhcp_link *l)
{
	dhcp_link_close(l);
	end();
}

static void say(struct dhcp_link *l, struct dhcp_msg m, uint8_t last)
{
	const struct dhcp_to all = { 0, 0xffffffffu, NULL };

	m.op = 1;
	m.broadcast = true;
	memcpy(m.chaddr, (uint8_t[]){ 2, 9, 9, 9, 9, last }, 6);
	memset(&answer, 0, sizeof(answer));
	assert_int_equal(dhcp_link_send(l, &m, &all), 0);
	world_run(&w, WORLD_SEC, NULL);
}

static void the_pool_is_bounded(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l;

	(void)state;
	begin(NULL);
	p.reserved[0] = (struct dhcp_reserved){ { 2, 9, 9, 9, 9, 77 }, htonl(0x0a000069) };
	p.nreserved = 1;
	serve_link(&p, &l);
	for (unsigned i = 0; i < 50; i++)
		say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, (uint8_t)i);
	assert_int_equal(offers, 9);
	/* The one that is kept for its MAC. */
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, htonl(0x0a000069));
	/* Offers that nobody takes are not held for ever. */
	world_run(&w, 61 * WORLD_SEC, NULL);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 90);
	assert_int_equal(offers, 11);
	/* What is not offered is refused; what another server offered is not our business. */
	say(&l, (struct dhcp_msg){ .type = DHCP_REQUEST, .requested = htonl(0x0a000070),
				   .server = htonl(0x0a000001) }, 91);
	assert_int_equal(naks, 1);
	say(&l, (struct dhcp_msg){ .type = DHCP_REQUEST, .requested = htonl(0x0a000070),
				   .server = htonl(0x0a000002) }, 91);
	assert_int_equal(answer.type, DHCP_NONE);
	/* RFC 2131 4.3.5: who has an address of his own wants the rest. */
	say(&l, (struct dhcp_msg){ .type = DHCP_INFORM, .ciaddr = htonl(0x0a0000c8) }, 92);
	assert_int_equal(answer.type, DHCP_ACK);
	assert_int_equal(answer.yiaddr, 0);
	assert_int_equal(answer.lease, 0);
	assert_int_equal(answer.mtu, 1400);
	finish(&l);
}

static uint32_t taken;

static void on_taken(void *ctx, uint32_t addr, const uint8_t mac[6])
{
	(void)ctx;
	(void)mac;
	taken = addr;
}

/* RFC 2131 2.2: somebody has it who never asked, but not the one who asks. */
static void an_address_in_use_is_not_offered(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l;
	struct dhcp_msg own = { .op = 1, .type = DHCP_DISCOVER, .broadcast = true };

	(void)state;
	begin(NULL);
	world_ctl(client_host, "ip addr add 10.0.0.100/24 dev eth0");
	p.taken = on_taken;
	serve_link(&p, &l);
	taken = 0;
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 1);
	assert_int_equal(taken, htonl(0x0a000064));
	assert_int_equal(offers, 1);
	assert_int_equal(answer.yiaddr, htonl(0x0a000065));
	/* Not for ten minutes, nor when it is asked for. */
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER, .requested = htonl(0x0a000064) }, 2);
	assert_int_equal(answer.yiaddr, htonl(0x0a000066));
	world_run(&w, 600 * WORLD_SEC, NULL);
	own.requested = htonl(0x0a000064);
	memcpy(own.chaddr, l.mac, sizeof(own.chaddr));
	assert_int_equal(dhcp_link_send(&l, &own, &(struct dhcp_to){ 0, 0xffffffffu, NULL }), 0);
	world_run(&w, WORLD_MS, NULL);		/* his answer ends the wait */
	assert_int_equal(answer.yiaddr, htonl(0x0a000064));
	finish(&l);
}

static void an_offer_waits_for_who_may_have_it(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l;
	const struct dhcp_msg m = { .op = 1, .type = DHCP_DISCOVER, .broadcast = true,
				    .chaddr = { 2, 9, 9, 9, 9, 1 } };
	const struct dhcp_to all = { 0, 0xffffffffu, NULL };

	(void)state;
	begin(NULL);
	serve_link(&p, &l);
	assert_int_equal(dhcp_link_send(&l, &m, &all), 0);
	world_run(&w, 400 * WORLD_MS, NULL);
	assert_int_equal(dhcp_link_send(&l, &m, &all), 0);	/* one is enough */
	world_run(&w, 99 * WORLD_MS, NULL);
	assert_int_equal(offers, 0);
	world_run(&w, 2 * WORLD_MS, NULL);
	assert_int_equal(offers, 1);
	assert_int_equal(dhcp_link_send(&l, &m, &all), 0);	/* and it holds for a while */
	world_run(&w, WORLD_MS, NULL);
	assert_int_equal(offers, 2);
	finish(&l);
}

/* ---- what outlives the server ---- */

static struct dhcp_binding book[8];
static unsigned nkept, nread, nsaved;

static int on_load(void *ctx, struct dhcp_binding *b)
{
	(void)ctx;
	if (nread == nkept)
		return 0;
	*b = book[nread++];
	return 1;
}

static void on_save(void *ctx, const struct dhcp_server *s)
{
	(void)ctx;
	nsaved++;
	nkept = 0;
	for (unsigned i = 0; i < dhcp_server_size(s); i++)
		nkept += dhcp_server_binding(s, i, &book[nkept]);
}

static void leases_outlive_the_server(void **state)
{
	static const struct dhcp_store store = { .load = on_load, .save = on_save };
	struct dhcp_server_params p = pool();
	struct dhcp_link l;
	struct dhcp_msg ask = { .type = DHCP_REQUEST, .server = htonl(0x0a000001) };

	(void)state;
	begin(NULL);
	nkept = nsaved = nread = 0;
	p.store = &store;
	serve_link(&p, &l);
	for (uint8_t i = 1; i <= 3; i++) {
		struct dhcp_msg m = { .type = DHCP_DISCOVER, .id = { 1, i },
				      .idlen = i == 2 ? 2 : 0 };

		say(&l, m, i);
		m.type = DHCP_REQUEST;
		m.server = ask.server;
		m.requested = answer.yiaddr;
		memcpy(m.host, "pc", 3);
		say(&l, m, i);
		assert_int_equal(answer.type, DHCP_ACK);
	}
	assert_int_equal(nkept, 3);
	assert_int_equal(nsaved, 3);
	assert_int_equal(book[0].addr, htonl(0x0a000064));
	assert_string_equal(book[0].host, "pc");
	assert_int_equal(book[0].idlen, 0);
	assert_int_equal(book[1].idlen, 2);
	assert_in_range(book[0].left_s, 590, 600);
	dhcp_server_stop(server);
	/* The second one's is over by now; the third one's is of another range. */
	book[1].left_s = -1;
	book[2].addr = htonl(0x0a0000c8);
	serve(&p);
	say(&l, (struct dhcp_msg){ .type = DHCP_REQUEST, .ciaddr = htonl(0x0a000064) }, 1);
	assert_int_equal(answer.type, DHCP_ACK);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 9);
	assert_int_equal(answer.yiaddr, htonl(0x0a000066));	/* that was nobody's */
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER, .id = { 1, 2 }, .idlen = 2 }, 2);
	assert_int_equal(answer.yiaddr, htonl(0x0a000065));
	say(&l, (struct dhcp_msg){ .type = DHCP_RELEASE, .ciaddr = htonl(0x0a000064) }, 1);
	assert_int_equal(nkept, 0);
	finish(&l);
}

/* The network's address and everybody's are no host's, nor is the server's own. */
static void no_host_gets_what_is_no_hosts(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l;

	(void)state;
	begin(NULL);
	world_ctl(server_host, "ip addr replace 10.0.0.1/29 dev eth0");
	world_ctl(server_host, "ip addr del 10.0.0.1/24 dev eth0");
	p.first = htonl(0x0a000000);
	p.last = htonl(0x0a000007);
	serve_link(&p, &l);
	for (unsigned i = 0; i < 20; i++) {
		say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER,
					   .requested = htonl(0x0a000000 + i) }, (uint8_t)i);
		assert_true(!answer.yiaddr || (ntohl(answer.yiaddr) >= 0x0a000002 &&
					       ntohl(answer.yiaddr) <= 0x0a000006));
	}
	assert_int_equal(offers, 5);
	dhcp_server_stop(server);
	server = NULL;
	p.nreserved = 1;
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t bad[] = { 0x0a000000, 0x0a000001, 0x0a000007 };

		p.reserved[0].addr = htonl(bad[i]);
		assert_int_equal(dhcp_server_start(server_host, &p, &server), -EINVAL);
	}
	finish(&l);
}

/* RFC 2131 4.3.3: also the one that is kept for a MAC. */
static void a_declined_address_is_left_out(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l;
	const uint32_t kept = htonl(0x0a000069);

	(void)state;
	begin(NULL);
	p.reserved[0] = (struct dhcp_reserved){ { 2, 9, 9, 9, 9, 77 }, kept };
	p.nreserved = 1;
	serve_link(&p, &l);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, kept);
	say(&l, (struct dhcp_msg){ .type = DHCP_DECLINE, .requested = kept,
				   .server = htonl(0x0a000001) }, 77);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, htonl(0x0a000064));
	world_run(&w, 600 * WORLD_SEC, NULL);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, kept);
	finish(&l);
}

static void bad_ranges_are_refused(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	p.dev = "eth7";
	assert_int_equal(dhcp_server_start(server_host, &p, &server), -ENODEV);
	p = pool();
	p.last = htonl(0x0a000163);
	assert_int_equal(dhcp_server_start(server_host, &p, &server), -EINVAL);
	p.last = htonl(0x0a000010);
	assert_int_equal(dhcp_server_start(server_host, &p, &server), -EINVAL);
	p = pool();
	assert_int_equal(dhcp_server_start(client_host, &p, &server), -EADDRNOTAVAIL);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pool_is_bounded),
		cmocka_unit_test(an_address_in_use_is_not_offered),
		cmocka_unit_test(an_offer_waits_for_who_may_have_it),
		cmocka_unit_test(leases_outlive_the_server),
		cmocka_unit_test(no_host_gets_what_is_no_hosts),
		cmocka_unit_test(a_declined_address_is_left_out),
		cmocka_unit_test(bad_ranges_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
