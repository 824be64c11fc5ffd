/* SPDX-License-Identifier: MIT */
/* A client and a server on a cable, in virtual time: what the client does. */
#include "app/dhcp/dhcp_client.h"

#include <errno.h>

#include "app/dhcp/dhcp_pair.h"
#include "app/dns/dns_client.h"

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

static void ask(uint32_t ask_for)
{
	const struct dhcp_client_params p = { .dev = "eth0", .ask_for = ask_for,
					      .event = on_event };

	said[0] = '\0';
	stop = 0;
	assert_int_equal(dhcp_client_start(client_host, &p, &client), 0);
}

/* Until it is bound. */
static void ask_and_get(uint32_t ask_for)
{
	ask(ask_for);
	world_run(&w, 5 * WORLD_SEC, &stop);
	assert_true(stop);
}

static void give_up(bool release)
{
	dhcp_client_stop(client, release);
	client = NULL;
}

static void finish(void)
{
	give_up(false);
	end();
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
	ask_and_get(0);
	assert_string_equal(said, ">DISCOVER* <OFFER >REQUEST* <ACK bound10.0.0.100 ");
	shows("ip addr show eth0", "inet 10.0.0.100/24 brd 10.0.0.255", true);
	shows("ip addr show eth0", "scope global dynamic eth0\n       valid_lft 600sec "
	      "preferred_lft 600sec\n", true);
	shows("ip link show eth0", "mtu 1400", true);
	shows("ip route", "default via 10.0.0.1 dev eth0 proto dhcp", true);
	assert_string_equal(dhcp_client_lease(client)->msg.domain, "lab.test");
	assert_string_equal(dhcp_client_lease(client)->msg.search, "lab.test x.lab.test");
	assert_int_equal(dhcp_client_lease(client)->msg.ndns, 2);
	assert_int_equal(dhcp_client_lease(client)->t1, 300);
	/* Given back: nothing is left of it. */
	give_up(true);
	world_run(&w, WORLD_SEC, NULL);
	world_told(&w, "server: answers DHCPDISCOVER with DHCPOFFER 10.0.0.100");
	world_told(&w, "client: hears DHCPACK on eth0 from 10.0.0.1");
	world_told(&w, "client: 10.0.0.100 is the address of eth0");
	world_told(&w, "client: sends DHCPRELEASE on eth0 to 10.0.0.1");
	shows("ip addr show eth0", "inet 10", false);
	shows("ip route", "default", false);
	finish();
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
	give_up(true);
	resolver_has(c.dns, 0, "");
	dns_client_free(c.dns);
	finish();
}

/* By the MAC that the server's words came from: nobody waits for an answer to ARP by then. */
static void a_release_arrives(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	p.log = on_server_log;
	serve(&p);
	ask_and_get(0);
	world_ctl(client_host, "ip neigh flush dev eth0");
	world_ctl(server_host, "ip link set eth0 arp off");
	server_heard = 0;
	give_up(true);
	world_run(&w, WORLD_SEC, NULL);
	assert_int_equal(server_heard, 1u << DHCP_RELEASE);
	finish();
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
	finish();
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
	finish();
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
	ask_and_get(0);
	shows("ip route", "192.168.0.0/16 via 10.0.0.1 dev eth0", true);
	shows("ip route", "172.16.0.0/12 dev eth0", true);
	shows("ip route", "default", false);
	finish();
}

/* RFC 2131 4.4.5: the server alone at T1, all at T2, and the end. */
static void a_lease_is_renewed_or_ends(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	ask_and_get(0);
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
	finish();
}

/* RFC 2131 3.2 */
static void an_address_from_before_is_asked_for(void **state)
{
	struct dhcp_server_params p = pool();

	(void)state;
	begin(NULL);
	serve(&p);
	ask_and_get(0);
	give_up(false);
	world_ctl(client_host, "ip addr flush dev eth0");
	ask_and_get(htonl(0x0a000064));
	assert_string_equal(said, ">REQUEST* <ACK bound10.0.0.100 ");
	give_up(true);
	/* Of another network: refused, and so from the beginning. */
	ask_and_get(htonl(0xc0a80105));
	assert_string_equal(said, ">REQUEST* <NAK >DISCOVER* <OFFER >REQUEST* <ACK "
				  "bound10.0.0.100 ");
	finish();
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
	finish();
}

/* RFC 2131 4.1: nobody answers. */
static void silence_is_asked_again_and_again(void **state)
{
	(void)state;
	begin(NULL);
	ask(0);
	world_run(&w, 30 * WORLD_SEC, NULL);	/* 0, 4, 12, 28 and up to a second each */
	assert_string_equal(said, ">DISCOVER* >DISCOVER* >DISCOVER* >DISCOVER* ");
	finish();
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
