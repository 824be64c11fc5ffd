/* SPDX-License-Identifier: MIT */
/* Names across the net: stub, recursive resolver and authoritative servers on the real stack. */
#include "app/dns/dns_client.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "app/dns/dns_resolver.h"
#include "app/dns/dns_server.h"
#include "app/util/net_test.h"

/* The result of one lookup, copied out of the callback. */
struct answer {
	int done;
	enum dns_error error;
	enum dns_source source;
	uint32_t addrs[DNS_RESULT_ADDRS_MAX];
	unsigned naddrs;
	uint32_t ttl;
	char name[256], canonical[256], message[512];
	char records[4096];
	unsigned nrecords;
};

static unsigned lines_in(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void on_answer(void *ctx, const struct dns_result *res)
{
	struct answer *a = ctx;

	a->done++;
	a->error = res->error;
	a->source = res->source;
	for (unsigned i = 0; i < res->naddrs; i++)
		a->addrs[i] = res->addrs[i].v4;
	a->naddrs = res->naddrs;
	a->ttl = res->ttl;
	snprintf(a->name, sizeof(a->name), "%s", res->name);
	snprintf(a->canonical, sizeof(a->canonical), "%s", res->canonical);
	snprintf(a->message, sizeof(a->message), "%s", res->message);
	snprintf(a->records, sizeof(a->records), "%s", res->records);
	a->nrecords = lines_in(res->records);
}

static struct answer ask_type(struct world *w, struct dns_client *c, const char *name,
			      uint16_t type, struct dns_cache *cache)
{
	struct answer a = { 0 };

	assert_non_null(dns_client_lookup(c, name, type, cache, on_answer, &a));
	assert_int_equal(a.done, 0); /* never from inside the call */
	world_run(w, 60 * WORLD_SEC, &a.done);
	assert_int_equal(a.done, 1);
	return a;
}

static struct answer ask(struct world *w, struct dns_client *c, const char *name)
{
	return ask_type(w, c, name, DNS_TYPE_A, NULL);
}

static struct dns_server *serve(struct ln_net *net, const char *zone)
{
	struct dns_zone_source src = { .text = zone, .len = strlen(zone), .file = "test" };
	struct dns_server_config config = { .zones = &src, .nzones = 1 };
	struct dns_server *s;
	char err[256];

	if (dns_server_new(net, &config, &s, err, sizeof(err)))
		fail_msg("%s", err);
	return s;
}

/* --- a stub and one authoritative server on a cable --- */

static const char small_zone[] =
	"$ORIGIN lan.\n$TTL 100\n"
	"@ SOA ns root 1 2 3 4 50\n@ NS ns\nns A 10.0.0.2\nweb A 10.0.0.80\n"
	"www CNAME web\nmail.deep A 10.0.0.81\n"
	"multi A 10.0.0.1\nmulti A 10.0.0.3\nloop CNAME loop\n";

struct pair {
	struct world w;
	struct ln_net *laptop, *server;
	struct dns_client *client;
	struct dns_server *dns;
};

static void pair_start(struct pair *t, const struct dns_client_config *extra, const char *zone)
{
	struct dns_client_config config = extra ? *extra : (struct dns_client_config){ 0 };

	memset(&t->w, 0, sizeof(t->w));
	t->laptop = world_host(&t->w, "laptop");
	t->server = world_host(&t->w, "server");
	world_cable(&t->w, t->laptop, t->server);
	config.servers[0] = ipaddr_v4(world_addr(0, 2));
	config.nservers = 1;
	t->client = dns_client_new(t->laptop, &config);
	assert_non_null(t->client);
	t->dns = zone ? serve(t->server, zone) : NULL;
}

static void pair_end(struct pair *t)
{
	dns_client_free(t->client);
	dns_server_free(t->dns);
	world_end(&t->w);
}

static void test_order(void **state)
{
	struct dns_client_config config = { .hosts = "10.9.9.9 printer\n", .search = "lan" };
	struct dns_cache_stats st;
	struct dns_cache *browser = dns_cache_new(10, 1);
	struct answer a;
	struct pair t;

	(void)state;
	pair_start(&t, &config, small_zone);
	a = ask(&t.w, t.client, "192.0.2.1");
	assert_int_equal(a.source, DNS_FROM_LITERAL);
	assert_int_equal(a.addrs[0], htonl(0xc0000201));
	a = ask(&t.w, t.client, "printer.");
	assert_int_equal(a.source, DNS_FROM_HOSTS);
	assert_int_equal(a.addrs[0], htonl(0x0a090909));
	world_told(&t.w, "laptop: name printer.: not in the host's cache, in the hosts file");

	a = ask_type(&t.w, t.client, "web.lan", DNS_TYPE_A, browser);
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.source, DNS_FROM_SERVER);
	assert_int_equal(a.addrs[0], htonl(0x0a000050));
	assert_int_equal(a.ttl, 100);
	world_told(&t.w,
		   "laptop: name web.lan.: not in the browser's cache, not in the host's cache, "
		   "not in the hosts file; ask the local DNS server 10.0.0.2");
	world_told(&t.w, "server: web.lan. A 10.0.0.80 (TTL 100)");
	world_told(&t.w, "; now in the browser's and the host's cache");
	a = ask_type(&t.w, t.client, "WEB.lan.", DNS_TYPE_A, browser);
	assert_int_equal(a.source, DNS_FROM_PROGRAM_CACHE);
	a = ask(&t.w, t.client, "web.lan");
	assert_int_equal(a.source, DNS_FROM_HOST_CACHE);
	/* the search domain completes a name without a dot */
	a = ask(&t.w, t.client, "web");
	assert_int_equal(a.error, DNS_OK);
	assert_string_equal(a.name, "web.lan.");
	/* and so does a lease's, as long as there is one */
	a = ask(&t.w, t.client, "mail");
	assert_int_not_equal(a.error, DNS_OK);
	dns_client_set_leased_search(t.client, 2, "nowhere.lan");
	dns_client_set_leased_search(t.client, 3, "other.lan deep.lan");
	a = ask(&t.w, t.client, "mail");
	assert_int_equal(a.error, DNS_OK);
	assert_string_equal(a.name, "mail.deep.lan.");
	dns_client_set_leased_search(t.client, 2, "");		/* another one's */
	assert_int_equal(ask(&t.w, t.client, "mail").error, DNS_OK);
	dns_client_set_leased_search(t.client, 3, "");
	assert_int_not_equal(ask(&t.w, t.client, "mail").error, DNS_OK);
	dns_cache_stats(browser, &st);
	assert_int_equal(st.entries, 1);
	/* what one program has learnt, the next finds in the host's cache and keeps */
	dns_cache_flush(browser);
	a = ask_type(&t.w, t.client, "web.lan", DNS_TYPE_A, browser);
	assert_int_equal(a.source, DNS_FROM_HOST_CACHE);
	dns_cache_stats(browser, &st);
	assert_int_equal(st.entries, 1);
	/* the TTL runs */
	world_run(&t.w, 101 * WORLD_SEC, NULL);
	a = ask(&t.w, t.client, "web.lan");
	assert_int_equal(a.source, DNS_FROM_SERVER);
	dns_cache_free(browser);
	pair_end(&t);
}

static void test_answers(void **state)
{
	struct dns_server_stats st;
	struct answer a;
	struct pair t;

	(void)state;
	pair_start(&t, NULL, small_zone);
	a = ask(&t.w, t.client, "multi.lan");
	assert_int_equal(a.naddrs, 2);
	a = ask(&t.w, t.client, "www.lan");
	assert_int_equal(a.addrs[0], htonl(0x0a000050));
	assert_string_equal(a.canonical, "web.lan.");
	a = ask(&t.w, t.client, "www.lan");
	assert_int_equal(a.source, DNS_FROM_HOST_CACHE);
	assert_string_equal(a.canonical, "web.lan.");
	a = ask(&t.w, t.client, "nosuch.lan");
	assert_int_equal(a.error, DNS_NXDOMAIN);
	assert_non_null(strstr(a.message, "nosuch.lan does not exist"));
	/* that it does not exist is remembered, too */
	a = ask(&t.w, t.client, "nosuch.lan");
	assert_int_equal(a.error, DNS_NXDOMAIN);
	assert_int_equal(a.source, DNS_FROM_HOST_CACHE);
	a = ask_type(&t.w, t.client, "web.lan", DNS_TYPE_AAAA, NULL);
	assert_int_equal(a.error, DNS_NODATA);
	a = ask_type(&t.w, t.client, "lan", DNS_TYPE_NS, NULL);
	assert_string_equal(a.records, "lan.\t100\tIN\tNS\tns.lan.\n");
	a = ask(&t.w, t.client, "loop.lan");
	assert_int_equal(a.error, DNS_BAD_ANSWER);
	a = ask(&t.w, t.client, "www.example.org");
	assert_int_equal(a.error, DNS_REFUSED);
	a = ask(&t.w, t.client, "a..b");
	assert_int_equal(a.error, DNS_BAD_NAME);
	dns_server_stats(t.dns, &st);
	assert_int_equal(st.nxdomain, 1);
	assert_int_equal(st.nodata, 1);
	assert_int_equal(st.refused, 2); /* two attempts */
	pair_end(&t);
}

/* 60 addresses do not fit 512 bytes: TC, then TCP. */
static void test_truncated(void **state)
{
	struct text zone = { 0 };
	struct dns_server_stats st;
	struct answer a;
	struct pair t;
	int i;

	(void)state;
	text_adds(&zone, "lan. SOA ns.lan. r.lan. 1 2 3 4 5\nlan. NS ns.lan.\n");
	for (i = 0; i < 60; i++)
		text_addf(&zone, "big.lan. A 10.1.0.%d\n", i);
	pair_start(&t, NULL, zone.s);
	a = ask(&t.w, t.client, "big.lan");
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.naddrs, DNS_RESULT_ADDRS_MAX);
	assert_true(strlen(a.records) > 1000);
	dns_server_stats(t.dns, &st);
	assert_int_equal(st.queries, 2);
	assert_int_equal(st.truncated, 1);
	/* no message is long enough: not "there is none" */
	for (i = 0; i < 5000; i++)
		text_addf(&zone, "huge.lan. A 10.2.%d.%d\n", i / 256, i % 256);
	dns_server_free(t.dns);
	t.dns = serve(t.server, zone.s);
	a = ask(&t.w, t.client, "huge.lan");
	assert_int_equal(a.error, DNS_BAD_ANSWER);
	assert_non_null(strstr(a.message, "longer than a message"));
	pair_end(&t);
	text_free(&zone);
}

static void test_no_answer(void **state)
{
	struct answer a;
	struct pair t;
	int64_t start;

	(void)state;
	pair_start(&t, NULL, NULL);
	/* nothing listens: the port unreachable comes back at once */
	start = t.w.now;
	a = ask(&t.w, t.client, "web.lan");
	assert_int_equal(a.error, DNS_REFUSED);
	assert_non_null(strstr(a.message, "no DNS server listens at 10.0.0.2 port 53"));
	assert_true(t.w.now - start < WORLD_SEC);
	/* the server is silent: two attempts of five seconds */
	t.dns = serve(t.server, small_zone);
	t.w.cut[0] = true;
	start = t.w.now;
	a = ask(&t.w, t.client, "web.lan");
	assert_true(a.error == DNS_TIMEOUT || a.error == DNS_UNREACHABLE);
	assert_in_range(t.w.now - start, 1, 10 * WORLD_SEC + WORLD_MS);
	/* the first query is lost, the second attempt gets through */
	t.w.cut[0] = false;
	world_run(&t.w, WORLD_SEC, NULL);
	a = ask(&t.w, t.client, "web.lan");
	assert_int_equal(a.error, DNS_OK);
	/* no server, no way to one */
	assert_int_equal(dns_client_set_servers(t.client, NULL, 0), 0);
	a = ask(&t.w, t.client, "other.lan");
	assert_int_equal(a.error, DNS_NO_SERVER);
	assert_int_equal(dns_client_set_servers(t.client, (struct ipaddr[]){
			 ipaddr_v4(htonl(0xc0000201)) }, 1), 0);
	a = ask(&t.w, t.client, "other.lan");
	assert_int_equal(a.error, DNS_UNREACHABLE);
	assert_non_null(strstr(a.message, "the DNS server 192.0.2.1 cannot be reached: this host's "
			       "routing table has no entry"));
	pair_end(&t);
}

static struct answer ask_at(struct pair *t, uint32_t server)
{
	struct ipaddr addr = ipaddr_v4(htonl(server));

	assert_int_equal(dns_client_set_servers(t->client, &addr, 1), 0);
	return ask(&t->w, t->client, "web.lan");
}

/* Who says that the DNS server cannot be reached is named. */
static void test_unreachable(void **state)
{
	struct answer a;
	struct pair t;

	(void)state;
	pair_start(&t, NULL, NULL);
	world_cable(&t.w, t.server, world_host(&t.w, "other"));
	world_ctl(t.server, "sysctl -w net.ipv4.ip_forward=1");
	world_ctl(t.laptop, "ip route add default via 10.0.0.2");
	world_ctl(t.laptop, "ip route add 10.5.0.0/16 via 10.0.0.99");
	a = ask_at(&t, 0xc0000201);
	assert_int_equal(a.error, DNS_UNREACHABLE);
	assert_non_null(strstr(a.message, "the router 10.0.0.2 says \"network unreachable\""));
	a = ask_at(&t, 0x0a00014d);
	assert_non_null(strstr(a.message, "the router 10.0.0.2 says \"host unreachable\""));
	a = ask_at(&t, 0x0a00004d);
	assert_non_null(strstr(a.message, "10.0.0.77 cannot be reached: it does not answer ARP"));
	a = ask_at(&t, 0x0a050001);
	assert_non_null(strstr(a.message, "the gateway 10.0.0.99 does not answer ARP"));
	pair_end(&t);
}

/* What ends before it is answered leaves nothing behind. */
static void test_cancel(void **state)
{
	struct answer a = { 0 };
	struct dns_lookup *l;
	struct pair t;

	(void)state;
	pair_start(&t, NULL, small_zone);
	dns_lookup_cancel(dns_client_lookup(t.client, "web.lan", DNS_TYPE_A, NULL, on_answer, &a));
	t.w.cut[0] = true;
	l = dns_client_lookup(t.client, "web.lan", DNS_TYPE_A, NULL, on_answer, &a);
	world_run(&t.w, 100 * WORLD_MS, NULL);
	dns_lookup_cancel(l);
	dns_client_lookup(t.client, "web.lan", DNS_TYPE_A, NULL, on_answer, &a);
	world_run(&t.w, 100 * WORLD_MS, NULL);
	pair_end(&t);
	assert_int_equal(a.done, 0);
}

/* --- a server that first sends what is not the answer --- */

struct liar {
	int fd;
	unsigned lies;
};

/* The reply to a query's bytes: one A record for its question. */
static size_t make_reply(uint8_t *out, const uint8_t *query, size_t len, uint8_t last_byte)
{
	static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0 };

	memcpy(out, query, len);
	out[2] = 0x84; /* response, AA */
	out[3] = 0;
	out[7] = 1;
	memcpy(out + len, record, sizeof(record));
	out[len + sizeof(record)] = last_byte;
	return len + sizeof(record) + 1;
}

static void on_liar(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct liar *l = ctx;
	struct ln_sockaddr_in from;
	uint32_t alen = sizeof(from);
	uint8_t query[512], out[600];
	ptrdiff_t n = ln_recvfrom(net, fd, query, sizeof(query), 0, &from, &alen);
	size_t len;
	int other;

	(void)events;
	if (n < 12)
		return;
	ln_sendto(net, fd, "garbage", 7, 0, &from, alen);
	ln_sendto(net, fd, query, (size_t)n, 0, &from, alen); /* the query itself */
	len = make_reply(out, query, (size_t)n, 66);
	out[1] ^= 1; /* another id */
	ln_sendto(net, fd, out, len, 0, &from, alen);
	out[1] ^= 1;
	out[13] ^= 1; /* another name */
	ln_sendto(net, fd, out, len, 0, &from, alen);
	out[13] ^= 1;
	other = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0); /* another port */
	ln_sendto(net, other, out, len, 0, &from, alen);
	ln_close(net, other);
	l->lies += 5;
	len = make_reply(out, query, (size_t)n, 80);
	ln_sendto(net, fd, out, len, 0, &from, alen);
}

/* RFC 5452: only the answer from the server asked, with the id and question asked, counts. */
static void test_lies(void **state)
{
	struct ln_sockaddr_in sin = inet4_sockaddr(0, 53);
	struct liar l = { 0 };
	struct answer a;
	struct pair t;

	(void)state;
	pair_start(&t, NULL, NULL);
	l.fd = ln_socket(t.server, LN_AF_INET, LN_SOCK_DGRAM, 0);
	assert_int_equal(ln_bind(t.server, l.fd, &sin, sizeof(sin)), 0);
	ln_set_wake(t.server, l.fd, on_liar, &l);
	a = ask(&t.w, t.client, "web.lan");
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.addrs[0], htonl(0x0a000050));
	assert_int_equal(a.naddrs, 1);
	assert_int_equal(l.lies, 5);
	ln_close(t.server, l.fd);
	pair_end(&t);
}

/* --- the tree: laptop - resolver - (root, com, server.com, net) --- */

static const char root_zone[] =
	". 86400 SOA a.root. r.root. 1 2 3 4 60\n. 86400 NS a.root.\na.root. 86400 A 10.0.1.2\n"
	"com. 172800 NS a.gtld.example.\na.gtld.example. 172800 A 10.0.2.2\n"
	"net. 172800 NS ns.net.\nns.net. 172800 A 10.0.4.2\n";
static const char com_zone[] =
	"com. 172800 SOA a.gtld.example. r.com. 1 2 3 4 60\ncom. 172800 NS a.gtld.example.\n"
	"server.com. 172800 NS ns1.server.com.\nns1.server.com. 172800 A 10.0.3.2\n"
	"noglue.com. 172800 NS ns.other.net.\n"
	"dead.com. 172800 NS ns.dead.com.\nns.dead.com. 172800 A 10.0.3.2\n"
	"circle.com. 172800 NS ns.circle.net.\n"
	/* what com. has no say about: an attempt to put an address under net. */
	"evil.com. 172800 NS www.good.net.\n";
static const char server_zone[] =
	"server.com. 300 SOA ns1.server.com. r.server.com. 1 2 3 4 60\n"
	"server.com. 300 NS ns1.server.com.\nns1.server.com. 300 A 10.0.3.2\n"
	"www.server.com. 300 A 192.0.2.80\nweb.server.com. 300 CNAME www.good.net.\n"
	"inside.server.com. 300 CNAME www.server.com.\n";
static const char net_zone[] =
	"net. 172800 SOA ns.net. r.net. 1 2 3 4 60\nnet. 172800 NS ns.net.\nns.net. A 10.0.4.2\n"
	"www.good.net. 300 A 192.0.2.81\nns.other.net. 300 A 10.0.5.2\n"
	"circle.net. 300 NS ns.circle.com.\n";
static const char noglue_zone[] =
	"noglue.com. 300 SOA ns.other.net. r.noglue.com. 1 2 3 4 60\n"
	"noglue.com. 300 NS ns.other.net.\nwww.noglue.com. 300 A 192.0.2.82\n";
static const char hints[] = ". 3600000 NS a.root.\na.root. 3600000 A 10.0.1.2\n";

struct tree {
	struct world w;
	struct ln_net *laptop, *isp;
	struct dns_client *client;
	struct dns_resolver *resolver;
	struct dns_server *servers[5];
};

static void tree_start(struct tree *t)
{
	static const struct {
		const char *name, *zone;
	} leafs[] = {
		{ "root", root_zone }, { "com", com_zone },	 { "ns1", server_zone },
		{ "net", net_zone },   { "other", noglue_zone },
	};
	struct dns_client_config config = { .nservers = 1 };
	struct dns_resolver_config rconfig = { .root_hints = hints };
	char err[256];
	unsigned i;

	memset(t, 0, sizeof(*t));
	t->laptop = world_host(&t->w, "laptop");
	t->isp = world_host(&t->w, "isp-dns");
	world_cable(&t->w, t->laptop, t->isp);
	for (i = 0; i < 5; i++) {
		struct ln_net *net = world_host(&t->w, leafs[i].name);

		world_cable(&t->w, t->isp, net);
		t->servers[i] = serve(net, leafs[i].zone);
	}
	config.servers[0] = ipaddr_v4(world_addr(0, 2));
	t->client = dns_client_new(t->laptop, &config);
	if (dns_resolver_new(t->isp, &rconfig, &t->resolver, err, sizeof(err)))
		fail_msg("%s", err);
}

static void tree_end(struct tree *t)
{
	unsigned i;

	dns_client_free(t->client);
	dns_resolver_free(t->resolver);
	for (i = 0; i < 5; i++)
		dns_server_free(t->servers[i]);
	world_end(&t->w);
}

static void test_walk(void **state)
{
	struct dns_resolver_stats st;
	struct answer a;
	struct tree t;

	(void)state;
	tree_start(&t);
	a = ask(&t.w, t.client, "www.server.com");
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.addrs[0], htonl(0xc0000250));
	assert_int_equal(a.ttl, 300);
	world_told(&t.w,
		   "isp-dns: does not know www.server.com.; walks the tree: asks root 10.0.1.2");
	world_told(&t.w, "root: \"ask the com. servers\": com. NS a.gtld.example. (TTL 172800)");
	world_told(
		&t.w,
		"com: \"ask server.com.'s servers\": server.com. NS ns1.server.com. (TTL 172800)");
	world_told(&t.w, "ns1: www.server.com. A 192.0.2.80 (TTL 300)");
	dns_resolver_stats(t.resolver, &st);
	assert_int_equal(st.queries_sent, 3);
	/* from the resolver's cache, aged */
	dns_cache_flush(dns_client_cache(t.client));
	world_run(&t.w, 100 * WORLD_SEC, NULL);
	a = ask(&t.w, t.client, "www.server.com");
	assert_in_range(a.ttl, 198, 200);
	world_told(&t.w, "isp-dns: www.server.com. is in the cache");
	dns_resolver_stats(t.resolver, &st);
	assert_int_equal(st.queries_sent, 3);
	/* the zone's server is known: one query */
	a = ask(&t.w, t.client, "ns1.server.com");
	assert_int_equal(a.addrs[0], htonl(0x0a000302));
	dns_resolver_stats(t.resolver, &st);
	assert_int_equal(st.queries_sent, 4);
	/* com. does not have it: one query there; and its "no" is kept */
	a = ask(&t.w, t.client, "nosuch.com");
	assert_int_equal(a.error, DNS_NXDOMAIN);
	dns_cache_flush(dns_client_cache(t.client));
	a = ask_type(&t.w, t.client, "nosuch.com", DNS_TYPE_MX, NULL);
	assert_int_equal(a.error, DNS_NXDOMAIN);
	dns_resolver_stats(t.resolver, &st);
	assert_int_equal(st.queries_sent, 5);
	tree_end(&t);
}

static void test_walk_aliases(void **state)
{
	struct answer a;
	struct tree t;

	(void)state;
	tree_start(&t);
	a = ask(&t.w, t.client, "web.server.com");
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.addrs[0], htonl(0xc0000251));
	assert_string_equal(a.canonical, "www.good.net.");
	a = ask(&t.w, t.client, "inside.server.com");
	assert_int_equal(a.addrs[0], htonl(0xc0000250));
	/* a name server whose own name must be resolved first */
	a = ask(&t.w, t.client, "www.noglue.com");
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.addrs[0], htonl(0xc0000252));
	tree_end(&t);
}

/* Serves "net." anew, with so many addresses for many.net. */
static void serve_many(struct tree *t, int n)
{
	struct text zone = { 0 };
	int i;

	text_adds(&zone, net_zone);
	for (i = 0; i < n; i++)
		text_addf(&zone, "many.net. 300 A 10.2.%d.%d\n", i / 256, i % 256);
	dns_server_free(t->servers[3]);
	t->servers[3] = serve(t->w.host[5], zone.s);
	text_free(&zone);
}

/* An RRset may be as long as a message: both ends go over to TCP, and the caches take it. */
static void test_walk_large(void **state)
{
	struct dns_resolver_stats st;
	struct dns_server_stats auth;
	struct answer a;
	struct tree t;

	(void)state;
	tree_start(&t);
	serve_many(&t, 4000);
	a = ask(&t.w, t.client, "many.net");
	assert_int_equal(a.error, DNS_OK);
	assert_int_equal(a.nrecords, 4000);
	dns_server_stats(t.servers[3], &auth);
	assert_int_equal(auth.queries, 2);
	assert_int_equal(auth.truncated, 1);
	world_told(&t.w, " and 3992 more");
	/* now out of both caches */
	a = ask(&t.w, t.client, "many.net");
	assert_int_equal(a.source, DNS_FROM_HOST_CACHE);
	assert_int_equal(a.nrecords, 4000);
	dns_cache_flush(dns_client_cache(t.client));
	a = ask(&t.w, t.client, "many.net");
	assert_int_equal(a.source, DNS_FROM_SERVER);
	assert_int_equal(a.nrecords, 4000);
	dns_resolver_stats(t.resolver, &st);
	assert_int_equal(st.queries_sent, 2);
	/* more than any message holds: what TCP brings is cut short, too, and no answer */
	dns_cache_flush(dns_client_cache(t.client));
	dns_cache_flush(dns_resolver_cache(t.resolver));
	serve_many(&t, 5000);
	a = ask(&t.w, t.client, "many.net");
	assert_int_equal(a.error, DNS_SERVFAIL);
	tree_end(&t);
}

static void test_walk_failures(void **state)
{
	struct dns_resolver_stats st;
	struct answer a;
	struct tree t;

	(void)state;
	tree_start(&t);
	/* its server does not know the zone (lame) */
	a = ask(&t.w, t.client, "www.dead.com");
	assert_int_equal(a.error, DNS_SERVFAIL);
	assert_non_null(strstr(a.message, "could not find out about www.dead.com"));
	/* each zone's server has its name in the other */
	a = ask(&t.w, t.client, "www.circle.com");
	assert_int_equal(a.error, DNS_SERVFAIL);
	dns_resolver_stats(t.resolver, &st);
	assert_true(st.queries_sent < 30);
	/* a server that is off: SERVFAIL, in bounded time */
	t.w.cut[3] = true;
	a = ask(&t.w, t.client, "www.server.com");
	assert_int_not_equal(a.error, DNS_OK);
	t.w.cut[3] = false;
	world_run(&t.w, 10 * WORLD_SEC, NULL); /* the failure is forgotten */
	a = ask(&t.w, t.client, "www.server.com");
	assert_int_equal(a.error, DNS_OK);
	tree_end(&t);
}

static void test_merge(void **state)
{
	struct answer a[10] = { { 0 } };
	struct dns_resolver_stats st;
	struct tree t;
	int i;

	(void)state;
	tree_start(&t);
	for (i = 0; i < 10; i++)
		dns_client_lookup(t.client, "www.server.com", DNS_TYPE_A, NULL, on_answer, &a[i]);
	world_run(&t.w, 20 * WORLD_SEC, NULL);
	for (i = 0; i < 10; i++)
		assert_int_equal(a[i].error, DNS_OK);
	dns_resolver_stats(t.resolver, &st);
	assert_int_equal(st.client_queries, 10);
	assert_int_equal(st.queries_sent, 3);
	assert_int_equal(st.merged + st.from_cache, 9);
	tree_end(&t);
}

/* A resolver that goes while it is asked, and one whose hints are wrong. */
static void test_resolver_life(void **state)
{
	struct dns_resolver_config config = { .root_hints = "com. NS x.\n",
					      .root_hints_file = "h" };
	struct dns_resolver *r;
	struct answer a = { 0 };
	char err[256];
	struct tree t;

	(void)state;
	tree_start(&t);
	assert_true(dns_resolver_new(t.laptop, &config, &r, err, sizeof(err)) < 0);
	assert_string_equal(err, "h:1: expected NS records of \".\" and addresses of its servers");
	config.root_hints = ". NS a.\n";
	assert_true(dns_resolver_new(t.laptop, &config, &r, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "no root server with an address"));
	config.root_hints = hints;
	assert_true(dns_resolver_new(t.isp, &config, &r, err, sizeof(err)) < 0);
	assert_string_equal(err, "DNS resolver on port 53: address or port already in use");
	t.w.cut[1] = true;
	dns_client_lookup(t.client, "web.server.com", DNS_TYPE_A, NULL, on_answer, &a);
	world_run(&t.w, 100 * WORLD_MS, NULL);
	tree_end(&t);
	assert_int_equal(a.done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_aliases),
		cmocka_unit_test(test_walk_large),
		cmocka_unit_test(test_walk_failures),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_resolver_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
