/* SPDX-License-Identifier: MIT */
/* Two hosts on a cable: exact times, exact copies, a cable that is pulled out, a file that errs. */
#include <arpa/inet.h>
#include <linnet/linnet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/util/inet.h"
#include "device/netdevice.h"
#include "harness/lab_harness.h"

#define ECHO_DATA 56

/* 100 Mbit/s, 500 ns; interrupts at once. */
static const char plain_pair[] =
	"name: pair\n"
	"topology:\n"
	"  nodes:\n"
	"    a:\n"
	"      kind: host\n"
	"      hosts: { b: 10.0.0.2 }\n"
	"      exec:\n"
	"        - ip addr add 10.0.0.1/24 dev eth0\n"
	"        - ethtool -C eth0 rx-usecs 0 tx-usecs 0\n"
	"    b:\n"
	"      kind: host\n"
	"      exec:\n"
	"        - ip addr add 10.0.0.2/24 dev eth0\n"
	"        - ethtool -C eth0 rx-usecs 0 tx-usecs 0\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"b:eth0\"], rate: 100mbit, delay: 500ns }\n";

struct echo {
	s64 sent_ns, back_ns;
};

static void echo_back(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct echo *e = ctx;
	u8 buf[256];

	if (events & LN_POLLIN && ln_recv(net, fd, buf, sizeof(buf), 0) > 0)
		e->back_ns = ln_net_now(net);
}

static bool echo_pending(void *ctx)
{
	return !((struct echo *)ctx)->back_ns;
}

/* One echo request by hand: how long until the answer wakes its socket. */
static s64 echo_rtt(struct world *w)
{
	struct lab_node *a = world_node(w, "a");
	struct ln_net *net = lab_node_net(a);
	u8 icmp[8 + ECHO_DATA] = { 8 };		/* echo request; the stack fills in the rest */
	struct ln_sockaddr_in to = inet4_sockaddr(inet_addr("10.0.0.2"), 0);
	struct echo e = { 0 };
	int fd;

	lab_node_kick(a);
	fd = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);
	assert_true(fd >= 0);
	assert_int_equal(ln_set_wake(net, fd, echo_back, &e), 0);
	e.sent_ns = ln_net_now(net);
	assert_int_equal(ln_sendto(net, fd, icmp, sizeof(icmp), 0, &to, sizeof(to)), sizeof(icmp));
	lab_node_kick(a);
	lab_run_while(w->lab, echo_pending, &e, lab_now(w->lab) + SEC);
	lab_node_kick(a);
	ln_close(net, fd);
	assert_true(e.back_ns > 0);
	return e.back_ns - e.sent_ns;
}

/*
 * By hand: the frame has 14 + 20 + 8 + 56 = 98 bytes. A card's DMA takes 300 ns and 98 bytes at
 * 16 Gbit/s = 49 ns. On the wire are 8 bytes of preamble, 98, 4 of FCS = 110 bytes at 100 Mbit/s =
 * 8,800 ns, and 500 ns of cable. One way: 349 + 8,800 + 500 + 349 ns; there and back twice that.
 */
static void a_round_trip_takes_what_the_wire_says(void **state)
{
	struct world *w = world_new(plain_pair, &(struct world_params){ 0 });
	struct text printed = { 0 };

	(void)state;
	assert_int_equal(world_run(w, "a", "ping -c 1 b", &printed), 0); /* ARP is behind us */
	assert_contains(printed.s, "64 bytes from");
	assert_contains(printed.s, "ttl=64");
	assert_int_equal(echo_rtt(w), 2 * (349 + 8800 + 500 + 349));
	world_end(w);
	text_free(&printed);
}

/* rx-usecs 20 holds back each frame's interrupt for 20 us at the receiver. */
static void moderation_adds_its_time(void **state)
{
	struct world *w = world_new(plain_pair, &(struct world_params){ 0 });

	(void)state;
	free(world_sh(w, "a", "ping -c 1 b"));
	free(world_sh(w, "b", "ethtool -C eth0 rx-usecs 20"));
	assert_int_equal(echo_rtt(w), 2 * (349 + 8800 + 500 + 349) + 20000);
	world_end(w);
}

static void a_page_is_fetched(void **state)
{
	struct world *w = world_new("two-hosts.yaml", &(struct world_params){ 0 });
	struct page page;

	(void)state;
	world_get(w, "a", "http://b/", &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.status, 200);
	assert_contains(page.body.s, "Hello from the other end of the cable.");
	page_free(&page);
	world_end(w);
}

/* What the file says happens at its times: pings, the plug pulled and put back. */
static void the_timeline_runs(void **state)
{
	struct world *w = world_new("two-hosts.yaml", &(struct world_params){ .timeline = true });

	(void)state;
	lab_run(w->lab, 40 * SEC);
	assert_false(lab_busy(w->lab));
	assert_in_order(w->output.s, "a> ping -c 3 b", "3 packets transmitted, 3 received",
			"a> arp -a", "10.0.0.2", "a> get http://b/", "Hello",
			"a> netstat -napt", "link> a:eth0--b:eth0 down", "a> ping -c 2 b",
			"100% packet loss", "link> a:eth0--b:eth0 up", "a> ping -c 1 b",
			"1 packets transmitted, 1 received", "a> ifconfig eth0", NULL);
	world_end(w);
}

/* Law 5: n bytes go in once at the server and out once at the client, and nowhere else. */
static void bytes_are_copied_twice_in_all(void **state)
{
	const size_t n = 2000000;
	u8 *bytes = pattern_bytes(n);
	struct topo_builtin_file table[] = { { "www/big.bin", bytes, n } };
	struct topo_builtin files;
	struct world_params params = { .files = &files.files };
	struct net *client, *server;
	struct page page;
	struct world *w;

	(void)state;
	topo_builtin_init(&files, table, 1);
	w = world_new("name: t\n"
		      "topology:\n"
		      "  nodes:\n"
		      "    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }\n"
		      "    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0],\n"
		      "         services: [ http: { root: www } ] }\n"
		      "  links:\n"
		      "    - { endpoints: [\"a:eth0\", \"b:eth0\"], rate: 1gbit }\n", &params);
	world_get(w, "a", "http://10.0.0.2/big.bin", &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.body.len, n);
	assert_memory_equal(page.body.s, bytes, n);
	client = world_net(w, "a");
	server = world_net(w, "b");
	assert_int_equal(server->copies.user_in, n + page.head_bytes);
	assert_int_equal(client->copies.user_out, n + page.head_bytes);
	assert_true(client->copies.user_in > 0);
	assert_int_equal(client->copies.user_in, server->copies.user_out);
	assert_int_equal(client->copies.linearized, 0);
	assert_int_equal(server->copies.linearized, 0);
	page_free(&page);
	world_end(w);
	free(bytes);
}

/* A page under way when the cable is pulled: TCP goes on when it is back. */
static void a_transfer_survives_an_unplugged_cable(void **state)
{
	const size_t n = 4000000;
	u8 *bytes = pattern_bytes(n);
	struct topo_builtin_file table[] = { { "www/big.bin", bytes, n } };
	struct topo_builtin files;
	struct world_params params = { .files = &files.files };
	struct lab_ledger ledger;
	struct page page;
	struct world *w;

	(void)state;
	topo_builtin_init(&files, table, 1);
	w = world_new("name: t\n"
		      "topology:\n"
		      "  nodes:\n"
		      "    a: { kind: host, exec: [ip addr add 10.0.0.1/24 dev eth0] }\n"
		      "    b: { kind: host, exec: [ip addr add 10.0.0.2/24 dev eth0],\n"
		      "         services: [ http: { root: www } ] }\n"
		      "  links:\n"
		      "    - { endpoints: [\"a:eth0\", \"b:eth0\"], rate: 100mbit, delay: 2ms }\n",
		      &params);
	world_get_start(w, "a", "http://10.0.0.2/big.bin", &page);
	world_wait(w, 100 * MS);		/* of about 330 ms */
	assert_false(page.done);
	assert_true(page.body.len > 0);
	lab_link_set(w->lab, 0, false);
	assert_false(netif_carrier_ok(world_dev(w, "a", "eth0")));
	world_wait(w, 3 * SEC);
	assert_false(page.done);
	lab_link_set(w->lab, 0, true);
	world_wait(w, 30 * SEC);
	assert_true(page.done);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.body.len, n);
	assert_memory_equal(page.body.s, bytes, n);
	page_free(&page);
	world_end_ledger(w, &ledger);
	assert_true(ledger.dropped > 0);	/* what was on the cable */
	free(bytes);
}

/* Each mistake of an exec line is told with its place and the tool's words; all in one go. */
static void mistakes_of_exec_lines_are_told(void **state)
{
	char *errors = world_errors("name: t\n"
				    "topology:\n"
				    "  nodes:\n"
				    "    a:\n"
				    "      kind: host\n"
				    "      exec:\n"
				    "        - ip addr add 10.0.0.1/24 dev eth7\n"
				    "        - ip addr add 10.0.0.1/24 dev eth0\n"
				    "        - ip route add default via 10.9.9.9\n"
				    "        - ip frobnicate\n"
				    "    b: { kind: host }\n"
				    "  links:\n"
				    "    - { endpoints: [\"a:eth0\", \"b:eth0\"] }\n");

	(void)state;
	assert_in_order(errors, "test.yaml:7:11: on a: \"ip addr add 10.0.0.1/24 dev eth7\": ",
			"eth7", "\n",
			"test.yaml:9:11: on a: \"ip route add default via 10.9.9.9\": ", "\n",
			"test.yaml:10:11: on a: \"ip frobnicate\": ", "\n", NULL);
	assert_int_equal(count_in(errors, "\n"), 3);
	free(errors);
}

static void a_service_that_cannot_start_is_told(void **state)
{
	char *errors = world_errors("name: t\n"
				    "topology:\n"
				    "  nodes:\n"
				    "    a:\n"
				    "      kind: host\n"
				    "      services:\n"
				    "        - dns:\n"
				    "            zones:\n"
				    "              - name: x.\n"
				    "                text: |\n"
				    "                  x. 60 IN A 10.0.0.1\n"
				    "    b: { kind: host }\n"
				    "  links:\n"
				    "    - { endpoints: [\"a:eth0\", \"b:eth0\"] }\n");

	(void)state;
	assert_in_order(errors, "test.yaml:7:", "on a: dns: ", "SOA", NULL);
	free(errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_round_trip_takes_what_the_wire_says),
		cmocka_unit_test(moderation_adds_its_time),
		cmocka_unit_test(a_page_is_fetched),
		cmocka_unit_test(the_timeline_runs),
		cmocka_unit_test(bytes_are_copied_twice_in_all),
		cmocka_unit_test(a_transfer_survives_an_unplugged_cable),
		cmocka_unit_test(mistakes_of_exec_lines_are_told),
		cmocka_unit_test(a_service_that_cannot_start_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
