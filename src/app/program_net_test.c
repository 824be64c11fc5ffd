/* SPDX-License-Identifier: MIT */
/* Command lines on hosts of a small net: laptop - router - web, and what they print. */
#include "app/program.h"

#include <errno.h>
#include <stdlib.h>

#include "app/dns/dns_client.h"
#include "app/dns/dns_server.h"
#include "app/http/http_server.h"
#include "app/util/net_test.h"

struct run {
	struct program *p;
	struct text out;
	int over, status;
};

struct net3 {
	struct world w;
	struct ln_net *laptop, *router, *web;
	struct dns_client *dns;
	struct program_env env;
};

static void net3_start(struct net3 *t)
{
	struct dns_client_config config = { .hosts = "10.0.1.2 web www.lab\n10.0.0.2 router\n"
					    "10.0.0.77 off\n" };

	memset(t, 0, sizeof(*t));
	t->laptop = world_host(&t->w, "laptop");
	t->router = world_host(&t->w, "router");
	t->web = world_host(&t->w, "web");
	world_cable(&t->w, t->laptop, t->router);
	world_cable(&t->w, t->router, t->web);
	world_ctl(t->router, "sysctl -w net.ipv4.ip_forward=1");
	world_ctl(t->laptop, "ip route add default via 10.0.0.2");
	world_ctl(t->web, "ip route add default via 10.0.1.1");
	t->dns = dns_client_new(t->laptop, &config);
	t->env.dns = t->dns;
}

static void net3_end(struct net3 *t)
{
	dns_client_free(t->dns);
	world_end(&t->w);
}

static void on_out(void *ctx, const char *text, size_t len)
{
	struct run *r = ctx;

	text_add(&r->out, text, len);
}

static void on_exit_status(void *ctx, int status)
{
	struct run *r = ctx;

	r->p = NULL;
	r->over = 1;
	r->status = status;
}

static void start(struct net3 *t, struct run *r, struct ln_net *net, const char *line)
{
	memset(r, 0, sizeof(*r));
	text_adds(&r->out, "");
	r->p = program_start(net, line, net == t->laptop ? &t->env : NULL, on_out, on_exit_status,
			     r);
	assert_non_null(r->p);
}

static void finish(struct net3 *t, struct run *r)
{
	world_run(&t->w, 300 * WORLD_SEC, &r->over);
	assert_int_equal(r->over, 1);
}

static void has(const struct run *r, const char *text)
{
	if (!strstr(r->out.s, text))
		fail_msg("no \"%s\" in:\n%s", text, r->out.s);
}

/* Runs on the laptop; checks status and that each part of @wants is printed, in this order. */
static void check(struct net3 *t, const char *line, int status, const char *const *wants)
{
	const char *at;
	struct run r;

	start(t, &r, t->laptop, line);
	assert_int_equal(r.out.len, 0); /* never from inside the call */
	finish(t, &r);
	if (r.status != status)
		fail_msg("%s: status %d, wanted %d:\n%s", line, r.status, status, r.out.s);
	for (at = r.out.s; *wants; wants++) {
		at = at ? strstr(at, *wants) : NULL;
		if (!at)
			fail_msg("%s: no \"%s\" in:\n%s", line, *wants, r.out.s);
	}
	text_free(&r.out);
}

#define WANT(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_ping(void **state)
{
	struct net3 t;
	struct run r;

	(void)state;
	net3_start(&t);
	check(&t, "ping -c 3 web", 0,
	      WANT("PING web (10.0.1.2) 56(84) bytes of data.\n",
		   "64 bytes from web (10.0.1.2): icmp_seq=1 ttl=63 time=", " ms\n",
		   "64 bytes from web (10.0.1.2): icmp_seq=2 ttl=63", "icmp_seq=3",
		   "\n--- web ping statistics ---\n"
		   "3 packets transmitted, 3 received, 0% packet loss, time 2",
		   "rtt min/avg/max/mdev = "));
	check(&t, "ping -c 1 -s 1000 -t 9 10.0.1.2", 0,
	      WANT("PING 10.0.1.2 (10.0.1.2) 1000(1028) bytes",
		   "1008 bytes from 10.0.1.2: icmp_seq=1"));
	check(&t, "ping -c 1 -t 1 web", 1, WANT("From 10.0.0.2 icmp_seq=1 Time to live exceeded",
						"0 received, +1 errors, 100% packet loss"));
	check(&t, "ping -c 2 off", 1,
	      WANT("From 10.0.0.1 icmp_seq=1 Destination Host Unreachable", "+2 errors"));
	check(&t, "ping -q -c 2 -i 0.2 web", 0, WANT("\n\n--- web", "2 received"));
	check(&t, "ping -c 1 nosuch", 2,
	      WANT("ping: nosuch: Temporary failure in name resolution"));
	check(&t, "ping", 2, WANT("usage: ping"));
	check(&t, "ping -c x web", 1, WANT("ping: invalid argument: 'x'"));
	check(&t, "ping -w 3 web", 0, WANT("icmp_seq=3", "packet loss"));
	start(&t, &r, t.laptop, "ping web");
	world_run(&t.w, 4500 * WORLD_MS, NULL);
	program_interrupt(r.p);
	finish(&t, &r);
	has(&r, "5 packets transmitted, 5 received");
	text_free(&r.out);
	/* silence */
	t.w.cut[1] = true;
	check(&t, "ping -c 2 -W 1 web", 1, WANT("2 packets transmitted, 0 received"));
	net3_end(&t);
}

static void test_tcpdump(void **state)
{
	struct net3 t;
	struct run r;

	(void)state;
	net3_start(&t);
	start(&t, &r, t.laptop, "tcpdump -i eth0 -c 4");
	check(&t, "ping -c 1 web", 0, WANT("1 received"));
	finish(&t, &r);
	assert_int_equal(r.status, 0);
	has(&r, "listening on eth0");
	has(&r, " ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n");
	has(&r, " ARP, Reply 10.0.0.2 is-at ");
	has(&r, " IP 10.0.0.1 > 10.0.1.2: ICMP echo request, id ");
	has(&r, " IP 10.0.1.2 > 10.0.0.1: ICMP echo reply, id ");
	has(&r, "\n4 packets captured\n");
	text_free(&r.out);
	/* every device, which way, link header, IP header; until it is interrupted */
	start(&t, &r, t.laptop, "tcpdump -i any -e -v");
	check(&t, "ping -c 1 web", 0, WANT("1 received"));
	program_interrupt(r.p);
	finish(&t, &r);
	has(&r, " eth0  Out ");
	has(&r, " eth0  In  ");
	has(&r, "ethertype IPv4 (0x0800), length 98: (tos 0x0, ttl 64, id ");
	has(&r, "\n2 packets captured\n");
	text_free(&r.out);
	check(&t, "tcpdump -i nosuch", 1, WANT("tcpdump: nosuch: No such device exists\n"));
	check(&t, "tcpdump icmp port 80", 1,
	      WANT("tcpdump: ", "'port'"));
	check(&t, "tcpdump tcp and", 1, WANT("tcpdump: can't parse filter expression"));
	check(&t, "tcpdump -Z", 2, WANT("usage: tcpdump"));
	net3_end(&t);
}

static void test_tcpdump_filter(void **state)
{
	static const struct {
		const char *filter, *first;
	} cases[] = {
		{ "arp", " ARP, Request who-has 10.0.0.2" },
		{ "not arp", " IP 10.0.0.1 > 10.0.1.2: ICMP echo request" },
		{ "icmp and src host 10.0.1.2", " IP 10.0.1.2 > 10.0.0.1: ICMP echo reply" },
		{ "tcp port 80", " IP 10.0.0.1." },
		{ "src port 80 or udp", " IP 10.0.1.2.80 > 10.0.0.1." },
		{ "ip6 or tcp and not src host 10.0.0.1", " IP 10.0.1.2.80 > 10.0.0.1." },
	};
	struct net3 t;
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char line[80];

		net3_start(&t);
		snprintf(line, sizeof(line), "tcpdump -i eth0 -c 1 %s", cases[i].filter);
		start(&t, &r, t.laptop, line);
		check(&t, "ping -c 1 web", 0, WANT("1 received"));
		check(&t, "curl web", 7, WANT("refuses"));
		finish(&t, &r);
		has(&r, cases[i].first);
		has(&r, "\n1 packet captured\n");
		text_free(&r.out);
		net3_end(&t);
	}
}

static void test_no_route(void **state)
{
	struct net3 t;

	(void)state;
	net3_start(&t);
	world_ctl(t.laptop, "ip route del default");
	check(&t, "ping -c 1 web", 2, WANT("ping: connect: Network is unreachable\n"));
	check(&t, "traceroute web", 1, WANT("traceroute: no route"));
	check(&t, "nc web 80", 1, WANT("nc: web port 80: no route"));
	net3_end(&t);
}

static void test_traceroute(void **state)
{
	struct net3 t;

	(void)state;
	net3_start(&t);
	check(&t, "traceroute web", 0,
	      WANT("traceroute to web (10.0.1.2), 30 hops max, 60 byte packets\n",
		   " 1  router (10.0.0.2)  ", " ms  ", " ms\n", " 2  web (10.0.1.2)  ", " ms\n"));
	check(&t, "traceroute -n -I 10.0.1.2", 0,
	      WANT("\n 1  10.0.0.2  ", "\n 2  10.0.1.2  "));
	world_run(&t.w, 10 * WORLD_SEC, NULL); /* routers send few errors a second to one host */
	t.w.cut[1] = true;
	check(&t, "traceroute -m 3 -w 1 -q 2 web", 0, WANT(" 1  router", " 2  * *\n 3  * *\n"));
	net3_end(&t);
}

static void test_names(void **state)
{
	const char zone[] = "lan. SOA ns.lan. r.lan. 1 2 3 4 5\nlan. NS ns.lan.\n"
			    "a.lan. A 192.0.2.7\n";
	struct dns_zone_source src = { .text = zone, .len = strlen(zone), .file = "test" };
	struct dns_server_config config = { .zones = &src, .nzones = 1 };
	struct dns_server *server;
	struct net3 t;
	char err[256];

	(void)state;
	net3_start(&t);
	check(&t, "host web", 0, WANT("web has address 10.0.1.2\n"));
	check(&t, "dig +short www.lab", 0, WANT("10.0.1.2\n"));
	check(&t, "dig www.lab", 0, WANT(";; status: NOERROR", ";www.lab.\t\tIN\tA",
					 "www.lab.\t0\tIN\tA\t10.0.1.2", "the hosts file"));
	check(&t, "nslookup web", 0, WANT("Name:\tweb\nAddress: 10.0.1.2\n"));
	check(&t, "host nosuch", 1, WANT("no DNS server is set"));
	/* a server that is given is asked, past caches and hosts file */
	if (dns_server_new(t.web, &config, &server, err, sizeof(err)))
		fail_msg("%s", err);
	check(&t, "dig @10.0.1.2 web", 0, WANT("status: REFUSED", "SERVER: 10.0.1.2#53"));
	/* the whole reply: who answers with authority, and where to go on */
	check(&t, "dig @10.0.1.2 a.lan", 0, WANT("flags: qr aa rd; ANSWER: 1, AUTHORITY: "));
	check(&t, "dig @10.0.1.2 +norecurse nosuch.lan", 0,
	      WANT("status: NXDOMAIN; flags: qr aa; ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 0",
		   "\n;; AUTHORITY SECTION:\nlan.\t", "SOA\tns.lan. r.lan. 1 2 3 4 5"));
	check(&t, "dig +norecurse a.lan", 2, WANT("usage: dig"));
	check(&t, "cat /etc/hosts", 0, WANT("10.0.1.2"));
	check(&t, "dig @10.0.1.2 +short a.lan", 0, WANT("192.0.2.7\n"));
	check(&t, "dig a.lan MX @10.0.1.2", 0,
	      WANT("NOERROR; flags: qr aa rd; ANSWER: 0, AUTHORITY: 1", "SERVER: 10.0.1.2#53"));
	check(&t, "host a.lan 10.0.1.2", 0, WANT("a.lan has address 192.0.2.7\n"));
	check(&t, "nslookup a.lan 10.0.1.2", 0, WANT("Address:\t10.0.1.2#53", "192.0.2.7"));
	check(&t, "dig @ns a.lan", 1, WANT("\"ns\" is not the address of a server"));
	check(&t, "dig @10.0.0.77 a.lan", 9, WANT("10.0.0.77 cannot be reached"));
	check(&t, "dig @10.0.1.2", 2, WANT("usage: dig [@SERVER"));
	dns_server_free(server);
	net3_end(&t);
}

static void test_web(void **state)
{
	struct http_docs_mem *m = http_docs_mem_new();
	struct http_server_config config = { .port = 0 };
	struct http_server *server;
	struct net3 t;

	(void)state;
	net3_start(&t);
	http_docs_mem_add(m, "/index.html", "page\n", 5);
	http_docs_mem_add(m, "/d/index.html", "in d\n", 5);
	config.docs = http_docs_mem_docs(m);
	assert_int_equal(http_server_new(t.web, &config, &server), 0);
	check(&t, "curl http://web/", 0, WANT("page\n"));
	check(&t, "curl -i web/nosuch", 0,
	      WANT("HTTP/1.1 404 Not Found\r\n", "Server: linnet", "<h1>404"));
	check(&t, "curl -s -f web/nosuch", 22, WANT(""));
	check(&t, "curl -v web", 0,
	      WANT("* Connected to 10.0.1.2:80\n> GET / HTTP/1.1\n> Host: web\n", "> \n",
		   "< HTTP/1.1 200 OK\r\n", "< Content-Length: 5\r\n", "< \r\npage\n"));
	check(&t, "curl -I http://web", 0,
	      WANT("HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", "\r\n\r\n"));
	check(&t, "curl web/d", 0, WANT("301"));
	check(&t, "curl -L web/d", 0, WANT("in d\n"));
	/* options may stand behind the words, as with GNU's getopt() */
	check(&t, "curl web/d -L", 0, WANT("in d\n"));
	check(&t, "curl web/ -so /dev/null -f", 0, WANT(""));
	check(&t, "curl web/ -o", 2, WANT("usage: curl"));
	check(&t, "curl -s -- web/ -L", 2, WANT("usage: curl"));
	check(&t, "get web/d", 0, WANT("in d\n"));
	check(&t, "get web/nosuch", 1, WANT("get: the server answers 404"));
	check(&t, "curl http://web:81/", 7, WANT("curl: (7) 10.0.1.2 port 81 refuses"));
	check(&t, "curl -H 'X: a b' -X GET \"http://web/\"", 0, WANT("page"));
	http_server_free(server);
	net3_end(&t);
}

static void test_nc(void **state)
{
	struct run server, client;
	struct net3 t;

	(void)state;
	net3_start(&t);
	start(&t, &server, t.web, "nc -l 7000");
	check(&t, "echo 'hello   there' | nc web 7000", 0, WANT(""));
	finish(&t, &server);
	assert_string_equal(server.out.s, "hello   there\n");
	text_free(&server.out);
	/* both ways, by hand */
	start(&t, &server, t.web, "nc -l 7000");
	start(&t, &client, t.laptop, "nc -v web 7000");
	world_run(&t.w, WORLD_SEC, NULL);
	assert_int_equal(program_input(client.p, "ping\n", 5), 0);
	assert_int_equal(program_input(server.p, "pong\n", 5), 0);
	world_run(&t.w, WORLD_SEC, NULL);
	has(&client, "Connection to web 7000 port [tcp/*] succeeded!\npong\n");
	has(&server, "ping\n");
	assert_int_equal(program_input(client.p, NULL, 0), 0);
	finish(&t, &server);
	finish(&t, &client);
	text_free(&server.out);
	text_free(&client.out);
	/* UDP */
	start(&t, &server, t.web, "nc -u -l 7000");
	start(&t, &client, t.laptop, "echo datagram | nc -u web 7000");
	world_run(&t.w, WORLD_SEC, NULL);
	has(&server, "datagram\n");
	assert_int_equal(program_input(server.p, "back\n", 5), 0);
	world_run(&t.w, WORLD_SEC, NULL);
	has(&client, "back\n");
	program_kill(server.p);
	program_interrupt(client.p);
	finish(&t, &client);
	assert_int_equal(client.status, 130);
	text_free(&server.out);
	text_free(&client.out);
	check(&t, "nc -z web 7000", 1, WANT("nc: web port 7000: connection refused"));
	net3_end(&t);
}

static void test_perf(void **state)
{
	struct run server;
	struct net3 t;

	(void)state;
	net3_start(&t);
	start(&t, &server, t.web, "perf -s");
	check(&t, "perf -c web -n 1M", 0,
	      WANT("Connecting to host 10.0.1.2, port 5201", "[  5] connected", "1.00 MBytes",
		   "sender", "1.00 MBytes", "receiver"));
	check(&t, "perf -c web -n 300k -R", 0, WANT("300 KBytes", "receiver"));
	check(&t, "perf -c web -u -b 1M -t 2", 0, WANT("sender", "/172 (0%)  receiver"));
	check(&t, "perf -c web -p 9", 1, WANT("perf: 10.0.1.2 port 9: connection refused"));
	world_run(&t.w, WORLD_SEC, NULL);
	has(&server, "Server listening on 5201");
	has(&server, "Accepted connection from 10.0.0.1 port");
	program_interrupt(server.p);
	finish(&t, &server);
	assert_int_equal(server.status, 0);
	text_free(&server.out);
	net3_end(&t);
}

static void test_shell(void **state)
{
	struct net3 t;
	struct run r;
	int64_t before;

	(void)state;
	net3_start(&t);
	check(&t, "echo a 'b  c' \"d'e\"", 0, WANT("a b  c d'e\n"));
	check(&t, "", 0, WANT(""));
	check(&t, "echo 'open", 2, WANT("a quote is not closed"));
	before = t.w.now;
	check(&t, "sleep 1.5", 0, WANT(""));
	assert_int_equal(t.w.now - before, 1500 * WORLD_MS);
	/* what is no program is configuration */
	check(&t, "ip addr show", 0, WANT("inet 10.0.0.1/24", "eth0\n"));
	check(&t, "frobnicate", 127, WANT("frobnicate: command not found"));
	check(&t, "ip addr add nonsense dev eth0", 1, WANT(""));
	start(&t, &r, t.laptop, "sleep 100");
	world_run(&t.w, WORLD_SEC, NULL);
	program_interrupt(r.p);
	finish(&t, &r);
	assert_int_equal(r.status, 130);
	text_free(&r.out);
	assert_int_equal(program_input(NULL == r.p ? program_start(t.laptop, "sleep 1", NULL,
								   on_out, on_exit_status, &r) :
						     r.p,
				       "x", 1),
			 -ENOTSUP);
	world_run(&t.w, 2 * WORLD_SEC, NULL);
	text_free(&r.out);
	net3_end(&t);
}

/* Programs that are killed in the middle leave nothing behind. */
/* What was deleted is told in full: the command does not run again for more room. */
static void test_long_deletion(void **state)
{
	struct net3 t;
	struct run r;
	char line[160];

	(void)state;
	net3_start(&t);
	for (int i = 1; i <= 600; i++) {
		snprintf(line, sizeof(line), "conntrack -I -p udp -s 10.1.%d.%d -d 10.2.0.1 "
			 "--sport 9 --dport 53 -t 600", i / 200, i % 200 + 1);
		assert_int_equal(ln_ctl(t.laptop, line, NULL, 0, NULL), 0);
	}
	start(&t, &r, t.laptop, "conntrack -D -d 10.2.0.1");
	finish(&t, &r);
	assert_int_equal(r.status, 0);
	assert_true(r.out.len > 65536);
	assert_non_null(strstr(r.out.s, "src=10.1.2.200 dst=10.2.0.1 "));
	assert_non_null(strstr(r.out.s, ": 600 flow entries have been deleted.\n"));
	text_free(&r.out);
	net3_end(&t);
}

static void test_kill(void **state)
{
	static const char *const lines[] = {
		"ping web", "traceroute web", "perf -c web", "perf -s", "nc -l 1", "nc web 1",
		"curl http://web/", "host www.example.org", "dig @10.0.1.2 x", "sleep 10",
		"ping www.example.org",
	};
	struct net3 t;
	struct run r;
	size_t i;
	int ms;

	(void)state;
	net3_start(&t);
	dns_client_set_servers(t.dns, (struct ipaddr[]){ ipaddr_v4(world_addr(1, 2)) }, 1);
	t.w.cut[1] = true;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		for (ms = 0; ms < 3; ms++) {
			start(&t, &r, t.laptop, lines[i]);
			if (ms)
				world_run(&t.w, ms * WORLD_MS, NULL);
			program_kill(r.p);
			text_free(&r.out);
		}
	net3_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_tcpdump), cmocka_unit_test(test_tcpdump_filter),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_traceroute),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_web),
		cmocka_unit_test(test_nc),
		cmocka_unit_test(test_perf),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_long_deletion),
		cmocka_unit_test(test_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
