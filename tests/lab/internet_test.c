/* SPDX-License-Identifier: MIT */
/*
 * The built-in internet: from a URL to a page with every cache empty, then again with all of them
 * filled; and the ways in which a page cannot be had (rows A1-A4, L2, T1, T9, I5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/lab_harness.h"

#define URL "http://www.server.com/"

static const struct topo_builtin_file *builtin(const char *name)
{
	for (size_t i = 0; i < lab_builtin_count; i++)
		if (!strcmp(lab_builtin_files[i].name, name))
			return &lab_builtin_files[i];
	fail();
	return NULL;
}

/* The steps of a first visit, in the order in which they must happen. */
static void a_first_visit_walks_the_whole_way(void **state)
{
	const struct topo_builtin_file *index = builtin("pages/index.html");
	struct world_params params = { .journey = WORLD_KEPT };
	struct world *w = world_new("internet.yaml", &params);
	struct page page;

	(void)state;
	world_get(w, "laptop", URL, &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	assert_int_equal(page.status, 200);
	assert_int_equal(page.body.len, index->len);
	assert_memory_equal(page.body.s, index->data, index->len);
	world_wait(w, 2 * SEC);
	assert_in_order(w->story.s,
		"URL " URL " -> host www.server.com, port 80, path /",
		"name www.server.com.: not in", "ask the local DNS server 203.0.113.53",
		/* the first hop's MAC */
		"192.168.1.1", "br_flood", "192.168.1.1 is at 02:00:00:00:05:01",
		/* the resolver goes down the tree */
		"does not know www.server.com.; walks the tree: asks", "198.51.100.18",
		"198.51.100.18 refers it to", "com.",
		"asks", "198.51.100.22", "198.51.100.22 refers it to", "server.com.",
		"asks", "192.0.2.53", "learns www.server.com.", "192.0.2.80",
		/* the page */
		"TCP connection to 192.0.2.80:80", "SYN", "ESTABLISHED", "GET / HTTP/1.1",
		"GET / -> /index.html: 200 OK", "200 OK, ", NULL);
	/* four ways to say goodbye: FIN and ACK from each side */
	assert_in_order(w->story.s, "200 OK, ", "FIN", "LAST_ACK", NULL);
	page_free(&page);
	world_end(w);
}

static void a_second_visit_hits_the_caches(void **state)
{
	struct world *w = world_new("internet.yaml", &(struct world_params){ 0 });
	struct page first, second;
	u64 udp_out, asked_root;

	(void)state;
	world_get(w, "laptop", URL, &first);
	world_wait(w, SEC);
	udp_out = world_net(w, "laptop")->mib[MIB_UdpOutDatagrams];
	asked_root = world_net(w, "root")->mib[MIB_UdpInDatagrams];
	assert_true(udp_out > 0);
	assert_true(asked_root > 0);
	world_get(w, "laptop", URL, &second);
	assert_int_equal(second.error, HTTP_ERR_NONE);
	assert_int_equal(second.body.len, first.body.len);
	assert_int_equal(world_net(w, "laptop")->mib[MIB_UdpOutDatagrams], udp_out);
	assert_true(second.took_ns < first.took_ns);
	/* another host asks the resolver, which remembers */
	page_free(&second);
	world_get(w, "desktop", URL, &second);
	assert_int_equal(second.error, HTTP_ERR_NONE);
	assert_int_equal(world_net(w, "root")->mib[MIB_UdpInDatagrams], asked_root);
	page_free(&first);
	page_free(&second);
	world_end(w);
}

/* Nobody but the servers concerned is asked, each once. */
static void each_name_server_is_asked_once(void **state)
{
	static const char *const servers[] = { "root", "com", "ns1" };
	struct world *w = world_new("internet.yaml", &(struct world_params){ 0 });
	struct page page;

	(void)state;
	world_get(w, "laptop", URL, &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		assert_int_equal(world_net(w, servers[i])->mib[MIB_UdpInDatagrams], 1);
	page_free(&page);
	world_end(w);
}

struct outcome {
	const char *url;
	enum http_error error;
	const char *says;
};

/* Each way to fail has its own name, and leaves the lab in order. */
static void failures_say_what_went_wrong(void **state)
{
	static const struct outcome outcomes[] = {
		{ "http://nope.server.com/", HTTP_ERR_NXDOMAIN,
		  "nope.server.com does not exist (NXDOMAIN)" },
		{ "http://nope.", HTTP_ERR_NXDOMAIN, "does not exist" },
		{ "http://ns1.server.com:8080/", HTTP_ERR_REFUSED, "port 8080 refuses" },
		{ "http://db.server.com/", HTTP_ERR_REFUSED, "no program listens there" },
		{ "http://192.168.1.77/", HTTP_ERR_HOST_UNREACHABLE, "does not answer ARP" },
		{ "http://192.0.2.200/", HTTP_ERR_HOST_UNREACHABLE,
		  "the router 198.51.100.6 says \"host unreachable\"" },
		{ "http://10.9.9.9/", HTTP_ERR_NO_ROUTE,
		  "the router 198.51.100.1 says \"network unreachable\"" },
		{ "http://www.server.com/none.html", HTTP_ERR_STATUS, "404 Not Found" },
		{ "ftp://www.server.com/", HTTP_ERR_BAD_URL, "\"ftp\" is not supported" },
	};
	struct world *w = world_new("internet.yaml", &(struct world_params){ 0 });

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		struct page page;

		world_get(w, "laptop", outcomes[i].url, &page);
		if (page.error != outcomes[i].error)
			print_error("%s: %s (%s)\n", outcomes[i].url, http_error_name(page.error),
				    page.message);
		assert_int_equal(page.error, outcomes[i].error);
		assert_contains(page.message, outcomes[i].says);
		page_free(&page);
	}
	world_end(w);
}

/* A server behind a pulled cable: nobody says so, and the attempt times out. */
static void a_server_that_is_gone_times_out(void **state)
{
	struct world *w = world_new("internet.yaml", &(struct world_params){ 0 });
	struct page page;

	(void)state;
	world_get(w, "laptop", URL, &page);
	assert_int_equal(page.error, HTTP_ERR_NONE);
	page_free(&page);
	for (u32 i = 0; i < w->topo->link_count; i++)
		if (!strncmp(w->topo->links[i].name, "core:dc0--", 10))
			lab_link_set(w->lab, i, false);
	world_get(w, "laptop", URL, &page);
	assert_true(page.error == HTTP_ERR_TIMED_OUT || page.error == HTTP_ERR_HOST_UNREACHABLE ||
		    page.error == HTTP_ERR_NO_ROUTE);
	page_free(&page);
	world_end(w);
}

static void the_timeline_runs_to_its_end(void **state)
{
	struct world *w = world_new("internet.yaml", &(struct world_params){ .timeline = true });

	(void)state;
	lab_run(w->lab, 60 * SEC);
	assert_false(lab_busy(w->lab));
	assert_in_order(w->output.s, "laptop> get " URL, "<html", "laptop> arp -a",
			"192.168.1.1", "sw1> bridge fdb show", "dev p1", "core> route -n",
			"198.51.100.4", "desktop> ping -c 3 www.server.com",
			"3 packets transmitted, 3 received", NULL);
	world_end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_visit_walks_the_whole_way),
		cmocka_unit_test(a_second_visit_hits_the_caches),
		cmocka_unit_test(each_name_server_is_asked_once),
		cmocka_unit_test(failures_say_what_went_wrong),
		cmocka_unit_test(a_server_that_is_gone_times_out),
		cmocka_unit_test(the_timeline_runs_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
