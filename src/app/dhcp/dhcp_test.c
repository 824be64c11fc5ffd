/* SPDX-License-Identifier: MIT */
/* Client and server on a cable, in virtual time; and messages that are none. */
#include "app/util/net_test.h"

#include <errno.h>
#include <stdlib.h>

#include "app/dhcp/dhcp_client.h"
#include "app/dhcp/dhcp_link.h"
#include "app/dhcp/dhcp_server.h"
#include "app/dns/dns_client.h"

static struct world w;
static struct ln_net *server_host, *client_host;
static struct dhcp_server *server;
static struct dhcp_client *client;
static char said[4096];			/* the client's events, a letter or two each */
static int stop;

static void on_event(void *ctx, enum dhcp_event e, const struct dhcp_msg *m, uint32_t addr)
{
	static const char *const what[] = { ">", "<", "bound", "lost", "conflict" };
	char a[INET4_TEXT_MAX];

	(void)ctx;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s%s%s%s ", what[e],
		 m ? dhcp_type_name(m->type) + 4 : "", m && addr == 0xffffffffu ? "*" : "",
		 m ? "" : inet4_text(addr, a));
	stop |= e == DHCP_BOUND;
}

static void on_failed(void *ctx, const char *cmd, const char *why)
{
	(void)ctx;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "failed(%.*s: %s) ",
		 (int)(strchr(strchr(strchr(cmd, ' ') + 1, ' ') + 1, ' ') - cmd), cmd, why);
}

static unsigned server_heard;		/* a bit each type */

static void on_server_log(void *ctx, const struct dhcp_msg *m, bool sent)
{
	(void)ctx;
	server_heard |= sent ? 0 : 1u << m->type;
}

/* The server's end has 10.0.0.1/24 and more if `also` is given; the client's has nothing. */
static void begin(const char *also)
{
	struct ln_nic_params params = { .name = "eth0" };
	struct ln_nic *nic;

	memset(&w, 0, sizeof(w));
	said[0] = '\0';
	server = NULL;
	client = NULL;
	server_host = world_host(&w, "server");
	client_host = world_host(&w, "client");
	w.cable[0] = world_nic(&w, server_host, 1);
	if (also)
		world_ctl(server_host, "ip addr add %s dev eth0", also);
	nic = ln_nic_create(client_host, &params);
	world_ctl(client_host, "ip link set eth0 up");
	assert_int_equal(ln_nic_connect(w.cable[0], nic), 0);
	w.ncables = 1;
}

static struct dhcp_server_params pool(void)
{
	return (struct dhcp_server_params){
		.dev = "eth0", .first = htonl(0x0a000064), .last = htonl(0x0a00006d),
		.lease_s = 600, .router = { htonl(0x0a000001) }, .nrouter = 1,
		.dns = { htonl(0x0a000001), htonl(0x08080808) }, .ndns = 2, .mtu = 1400,
		.domain = "lab.test",
	};
}

static void serve(const struct dhcp_server_params *p)
{
	assert_int_equal(dhcp_server_start(server_host, p, &server), 0);
}

static void ask(uint32_t ask_for)
{
	const struct dhcp_client_params p = { .dev = "eth0", .ask_for = ask_for,
					      .event = on_event };

	said[0] = '\0';
	stop = 0;
	assert_int_equal(dhcp_client_start(client_host, &p, &client), 0);
}

static void end(void)
{
	dhcp_client_stop(client, false);
	dhcp_server_stop(server);
	world_end(&w);
}

static void shows(const char *cmd, const char *text, bool there)
{
	char out[4096] = "";

	ln_ctl(client_host, cmd, out, sizeof(out), NULL);
	if (!!strstr(out, text) != there)
		fail_msg("%s: \"%s\" is %s:\n%s", cmd, text, there ? "missing" : "there", out);
}

static void a_host_configures_itself(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	ask(0);
	world_run(&w, 5 * WORLD_SEC, &stop);
	assert_string_equal(said, ">DISCOVER* <OFFER >REQUEST* <ACK bound10.0.0.100 ");
	shows("ip addr show eth0", "inet 10.0.0.100/24 brd 10.0.0.255", true);
	shows("ip link show eth0", "mtu 1400", true);
	shows("ip route", "default via 10.0.0.1 dev eth0 proto dhcp", true);
	assert_string_equal(dhcp_client_lease(client)->msg.domain, "lab.test");
	assert_int_equal(dhcp_client_lease(client)->msg.ndns, 2);
	assert_int_equal(dhcp_client_lease(client)->t1, 300);
	/* Given back: nothing is left of it. */
	dhcp_client_stop(client, true);
	client = NULL;
	world_run(&w, WORLD_SEC, NULL);
	world_told(&w, "server: answers DHCPDISCOVER with DHCPOFFER 10.0.0.100");
	world_told(&w, "client: hears DHCPACK on eth0 from 10.0.0.1");
	world_told(&w, "client: 10.0.0.100 is the address of eth0");
	world_told(&w, "client: sends DHCPRELEASE on eth0 to 10.0.0.1");
	shows("ip addr show eth0", "inet 10", false);
	shows("ip route", "default", false);
	end();
}

static void resolver_has(struct dns_client *dns, unsigned n, const char *want)
{
	const struct ipaddr addr = dns_client_server(dns, n);
	char text[IPADDR_TEXT_MAX] = "";

	if (addr.family)
		ipaddr_text(NULL, &addr, text);
	assert_string_equal(text, want);
}

/* Behind those that the host was given otherwise, and as long as the lease. */
static void the_resolver_gets_the_servers(void **state)
{
	const struct dns_client_config config = { .nservers = 1, .servers = { ipaddr_v4(9) } };
	struct dhcp_client_params c = { .dev = "eth0", .event = on_event };
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	c.dns = dns_client_new(client_host, &config);
	assert_non_null(c.dns);
	stop = 0;
	assert_int_equal(dhcp_client_start(client_host, &c, &client), 0);
	world_run(&w, 5 * WORLD_SEC, &stop);
	resolver_has(c.dns, 1, "10.0.0.1");
	resolver_has(c.dns, 2, "8.8.8.8");
	assert_int_equal(dns_client_set_servers(c.dns, NULL, 0), 0);
	resolver_has(c.dns, 0, "10.0.0.1");
	dhcp_client_stop(client, true);
	client = NULL;
	resolver_has(c.dns, 0, "");
	dns_client_free(c.dns);
	end();
}

/* By the MAC that the server's words came from: nobody waits for an answer to ARP by then. */
static void a_release_arrives(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	p.log = on_server_log;
	serve(&p);
	ask(0);
	world_run(&w, 5 * WORLD_SEC, &stop);
	world_ctl(client_host, "ip neigh flush dev eth0");
	world_ctl(server_host, "ip link set eth0 arp off");
	server_heard = 0;
	dhcp_client_stop(client, true);
	client = NULL;
	world_run(&w, WORLD_SEC, NULL);
	assert_int_equal(server_heard, 1u << DHCP_RELEASE);
	end();
}

/* ---- configuration that is refused ---- */

static const char *refused;		/* a command with this in it */

static int ctl_refusing(void *ctx, const char *cmd, char *out, size_t cap, size_t *len)
{
	if (strstr(cmd, refused)) {
		snprintf(out, cap, "RTNETLINK answers: No such device\n");
		return -ENODEV;
	}
	return ln_ctl(ctx, cmd, out, cap, len);
}

static void ask_refusing(const char *what)
{
	const struct dhcp_client_params p = {
		.dev = "eth0", .event = on_event, .failed = on_failed, .ctl = ctl_refusing,
	};
	struct dhcp_client_params with = p;

	with.ctl_ctx = client_host;
	refused = what;
	said[0] = '\0';
	stop = 0;
	assert_int_equal(dhcp_client_start(client_host, &with, &client), 0);
}

/* Without its address a host is not bound: it gives the lease back, and tries later. */
static void an_address_that_cannot_be_set_is_told(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	p.log = on_server_log;
	serve(&p);
	server_heard = 0;
	ask_refusing("ip addr replace");
	world_run(&w, 5 * WORLD_SEC, NULL);
	assert_string_equal(said, ">DISCOVER* <OFFER >REQUEST* <ACK "
			    "failed(ip addr replace: RTNETLINK answers: No such device) "
			    ">RELEASE ");
	assert_null(dhcp_client_lease(client));
	assert_true(server_heard & 1u << DHCP_RELEASE);
	shows("ip route", "default", false);
	refused = "nothing";
	world_run(&w, 15 * WORLD_SEC, &stop);
	assert_non_null(strstr(said, "bound10.0.0.100 "));
	end();
}

/* Without a route it is, but that is told. */
static void a_route_that_cannot_be_set_is_told(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	ask_refusing("ip route replace");
	world_run(&w, 5 * WORLD_SEC, &stop);
	assert_string_equal(said, ">DISCOVER* <OFFER >REQUEST* <ACK "
			    "failed(ip route replace: RTNETLINK answers: No such device) "
			    "bound10.0.0.100 ");
	shows("ip addr show eth0", "inet 10.0.0.100/24", true);
	end();
}

/* RFC 3442: they stand for the router, which is not used then. */
static void classless_routes_are_used(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	p.routes[0] = (struct dhcp_route){ htonl(0xc0a80000), htonl(0x0a000001), 16 };
	p.routes[1] = (struct dhcp_route){ htonl(0xac100000), 0, 12 };
	p.nroutes = 2;
	serve(&p);
	ask(0);
	world_run(&w, 5 * WORLD_SEC, &stop);
	shows("ip route", "192.168.0.0/16 via 10.0.0.1 dev eth0", true);
	shows("ip route", "172.16.0.0/12 dev eth0", true);
	shows("ip route", "default", false);
	end();
}

/* RFC 2131 4.4.5: the server alone at T1, all at T2, and the end. */
static void a_lease_is_renewed_or_ends(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	ask(0);
	world_run(&w, 5 * WORLD_SEC, &stop);
	said[0] = '\0';
	world_run(&w, 1000 * WORLD_SEC, NULL);
	assert_string_equal(said, ">REQUEST <ACK bound10.0.0.100 "
				  ">REQUEST <ACK bound10.0.0.100 "
				  ">REQUEST <ACK bound10.0.0.100 ");
	shows("ip addr show eth0", "10.0.0.100/24", true);
	w.cut[0] = true;
	said[0] = '\0';
	world_run(&w, 590 * WORLD_SEC, NULL);
	assert_non_null(strstr(said, ">REQUEST >REQUEST "));
	assert_non_null(strstr(said, " >REQUEST* "));
	assert_non_null(strstr(said, "lost10.0.0.100 >DISCOVER* "));
	shows("ip addr show eth0", "inet 10", false);
	end();
}

/* RFC 2131 3.2 */
static void an_address_from_before_is_asked_for(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	ask(0);
	world_run(&w, 5 * WORLD_SEC, &stop);
	dhcp_client_stop(client, false);
	world_ctl(client_host, "ip addr flush dev eth0");
	ask(htonl(0x0a000064));
	world_run(&w, 5 * WORLD_SEC, &stop);
	assert_string_equal(said, ">REQUEST* <ACK bound10.0.0.100 ");
	dhcp_client_stop(client, true);
	/* Of another network: refused, and so from the beginning. */
	ask(htonl(0xc0a80105));
	world_run(&w, 5 * WORLD_SEC, &stop);
	assert_string_equal(said, ">REQUEST* <NAK >DISCOVER* <OFFER >REQUEST* <ACK "
				  "bound10.0.0.100 ");
	end();
}

/* RFC 5227, RFC 2131 3.1 5: somebody has it who did not ask. */
static void an_address_in_use_is_declined(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin("10.0.0.100/24");
	serve(&p);
	ask(0);
	world_run(&w, 20 * WORLD_SEC, &stop);
	assert_string_equal(said, ">DISCOVER* <OFFER >REQUEST* <ACK >DECLINE* conflict10.0.0.100 "
				  ">DISCOVER* <OFFER >REQUEST* <ACK bound10.0.0.101 ");
	end();
}

/* RFC 2131 4.1: nobody answers. */
static void silence_is_asked_again_and_again(void **state)
{
	(void)state;
	begin(NULL);
	ask(0);
	world_run(&w, 30 * WORLD_SEC, NULL);	/* 0, 4, 12, 28 and up to a second each */
	assert_string_equal(said, ">DISCOVER* >DISCOVER* >DISCOVER* >DISCOVER* ");
	end();
}

/* ---- the server alone ---- */

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
	struct dhcp_link l = { .msg = on_answer };

	(void)state;
	begin(NULL);
	p.reserved[0] = (struct dhcp_reserved){ { 2, 9, 9, 9, 9, 77 }, htonl(0x0a000069) };
	p.nreserved = 1;
	serve(&p);
	assert_int_equal(dhcp_link_open(&l, client_host, "eth0", DHCP_CLIENT_PORT), 0);
	offers = naks = 0;
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
	dhcp_link_close(&l);
	end();
}

/* The network's address and everybody's are no host's, nor is the server's own. */
static void no_host_gets_what_is_no_hosts(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l = { .msg = on_answer };

	(void)state;
	begin(NULL);
	world_ctl(server_host, "ip addr replace 10.0.0.1/29 dev eth0");
	world_ctl(server_host, "ip addr del 10.0.0.1/24 dev eth0");
	p.first = htonl(0x0a000000);
	p.last = htonl(0x0a000007);
	serve(&p);
	assert_int_equal(dhcp_link_open(&l, client_host, "eth0", DHCP_CLIENT_PORT), 0);
	offers = naks = 0;
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
	dhcp_link_close(&l);
	end();
}

/* RFC 2131 4.3.3: also the one that is kept for a MAC. */
static void a_declined_address_is_left_out(void **state)
{
	struct dhcp_server_params p = pool();
	struct dhcp_link l = { .msg = on_answer };
	const uint32_t kept = htonl(0x0a000069);

	(void)state;
	begin(NULL);
	p.reserved[0] = (struct dhcp_reserved){ { 2, 9, 9, 9, 9, 77 }, kept };
	p.nreserved = 1;
	serve(&p);
	assert_int_equal(dhcp_link_open(&l, client_host, "eth0", DHCP_CLIENT_PORT), 0);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, kept);
	say(&l, (struct dhcp_msg){ .type = DHCP_DECLINE, .requested = kept,
				   .server = htonl(0x0a000001) }, 77);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, htonl(0x0a000064));
	world_run(&w, 600 * WORLD_SEC, NULL);
	say(&l, (struct dhcp_msg){ .type = DHCP_DISCOVER }, 77);
	assert_int_equal(answer.yiaddr, kept);
	dhcp_link_close(&l);
	end();
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

/* ---- messages ---- */

static void messages_come_back_as_they_went(void **state)
{
	uint8_t b[DHCP_LEN_MAX];
	struct dhcp_msg m = {
		.op = 2, .type = DHCP_ACK, .broadcast = true, .secs = 7, .xid = 0x12345678,
		.ciaddr = 1, .yiaddr = 2, .giaddr = 3, .chaddr = { 1, 2, 3, 4, 5, 6 },
		.requested = 4, .server = 5, .mask = 6, .bcast = 7, .lease = 8, .t1 = 9, .t2 = 10,
		.router = { 1, 2 }, .nrouter = 2, .dns = { 3 }, .ndns = 1, .mtu = 1500,
		.domain = "a.b", .host = "c", .id = { 255, 1, 2 }, .idlen = 3,
		.routes = { { htonl(0x0a000000), 9, 8 }, { 0, 7, 0 } }, .nroutes = 2,
	}, back;

	(void)state;
	assert_true(dhcp_parse(b, dhcp_build(b, &m), &back));
	m.has_routes = true;
	assert_memory_equal(&m, &back, sizeof(m));
	b[1] = 6;
	assert_false(dhcp_parse(b, DHCP_LEN_MAX, &back));
	b[1] = 1;
	assert_false(dhcp_parse(b, 239, &back));
	b[236] = 0;
	assert_false(dhcp_parse(b, DHCP_LEN_MAX, &back));
}

/* RFC 3396, RFC 2132 9.3 */
static void options_in_pieces_and_in_other_fields(void **state)
{
	uint8_t b[300] = { 2, 1, 6, [236] = 0x63, 0x82, 0x53, 0x63,
			   53, 1, 5, 15, 2, 'a', 'b', 52, 1, 3, 15, 1, 'c', 255 };
	struct dhcp_msg m;

	(void)state;
	memcpy(b + 108, (uint8_t[]){ 15, 2, 'd', 'e', 255 }, 5);
	memcpy(b + 44, (uint8_t[]){ 51, 4, 0, 0, 1, 0, 255 }, 7);
	assert_true(dhcp_parse(b, sizeof(b), &m));
	assert_string_equal(m.domain, "abcde");
	assert_int_equal(m.lease, 256);
	b[109] = 200;		/* out of its field */
	assert_false(dhcp_parse(b, sizeof(b), &m));
	/* A name that is no word for a command line is none. */
	b[109] = 2;
	b[110] = ';';
	assert_true(dhcp_parse(b, sizeof(b), &m));
	assert_string_equal(m.domain, "");
}

static void noise_is_no_message(void **state)
{
	uint32_t x = 12345;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		size_t len;
		uint8_t *b;
		struct dhcp_msg m;

		x = x * 1103515245 + 12345;
		len = x >> 16 & 0x1ff;
		b = malloc(len ? len : 1);	/* so that a byte beyond is seen */
		assert_non_null(b);
		for (size_t j = 0; j < len; j++) {
			x = x * 1103515245 + 12345;
			b[j] = (uint8_t)(x >> 20);
		}
		if (len >= 240) {
			b[1] = 1;
			b[2] = 6;
			memcpy(b + 236, (uint8_t[]){ 0x63, 0x82, 0x53, 0x63 }, 4);
		}
		dhcp_parse(b, len, &m);
		free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_configures_itself),
		cmocka_unit_test(the_resolver_gets_the_servers),
		cmocka_unit_test(a_release_arrives),
		cmocka_unit_test(an_address_that_cannot_be_set_is_told),
		cmocka_unit_test(a_route_that_cannot_be_set_is_told),
		cmocka_unit_test(classless_routes_are_used),
		cmocka_unit_test(a_lease_is_renewed_or_ends),
		cmocka_unit_test(an_address_from_before_is_asked_for),
		cmocka_unit_test(an_address_in_use_is_declined),
		cmocka_unit_test(silence_is_asked_again_and_again),
		cmocka_unit_test(the_pool_is_bounded),
		cmocka_unit_test(no_host_gets_what_is_no_hosts),
		cmocka_unit_test(a_declined_address_is_left_out),
		cmocka_unit_test(bad_ranges_are_refused),
		cmocka_unit_test(messages_come_back_as_they_went),
		cmocka_unit_test(options_in_pieces_and_in_other_fields),
		cmocka_unit_test(noise_is_no_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
