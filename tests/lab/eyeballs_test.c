/* SPDX-License-Identifier: MIT */
/* Happy Eyeballs (RFC 8305): which address a page is fetched from, and how long that takes. */
#include <linnet/socket.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/dns/dns_listener.h"
#include "harness/lab_harness.h"

#define NEVER (-1)
#define SERVER6 "2001:db8::2"
#define SERVER4 "10.0.0.2"
#define NOBODY6 "2001:db8::9"
#define NOBODY4 "10.0.0.9"

enum { TYPE_A = 1, TYPE_AAAA = 28 };

static const char pair[] =
	"name: eyes\n"
	"topology:\n"
	"  nodes:\n"
	"    a:\n"
	"      kind: host\n"
	"      dns: [10.0.0.2]\n"
	"      exec: [ip addr add 10.0.0.1/24 dev eth0, ip addr add 2001:db8::1/64 dev eth0]\n"
	"    b:\n"
	"      kind: host\n"
	"      exec: [ip addr add 10.0.0.2/24 dev eth0, ip addr add 2001:db8::2/64 dev eth0]\n"
	"      services: [http: { pages: { /: hello } }]\n"
	"  links:\n"
	"    - { endpoints: [\"a:eth0\", \"b:eth0\"] }\n";

/* A DNS server that answers with these addresses, after so many ms. */
struct names {
	struct world *w;
	struct dns_listener *listener;
	struct ln_net *net;
	const char *a[3], *aaaa[3];	/* up to NULL */
	int a_ms, aaaa_ms;
	struct pending {
		struct dns_request *req;
		struct names *names;
	} pending[8];
	unsigned n, asked_a, asked_aaaa;
};

static unsigned question_type(const struct dns_request *req)
{
	size_t at = 12;

	while (at < req->len && req->data[at])
		at += 1 + req->data[at];
	return (unsigned)(req->data[at + 1] << 8 | req->data[at + 2]);
}

/* The question, and an answer record for each address, whose name points to the question's. */
static void answer(void *ctx, struct ln_net *net)
{
	struct pending *p = ctx;
	struct dns_request *req = p->req;
	bool v6 = question_type(req) == TYPE_AAAA;
	const char *const *text = v6 ? p->names->aaaa : p->names->a;
	uint8_t out[512] = { 0 };
	size_t len = req->len;
	struct ipaddr addr;

	(void)net;
	memcpy(out, req->data, len);
	out[2] |= 0x80;
	out[3] = 0x80;
	for (; *text; text++, out[7]++) {
		const uint8_t head[] = { 0xc0, 12, 0, v6 ? TYPE_AAAA : TYPE_A, 0, 1, 0, 0, 0, 9,
					 0, v6 ? 16 : 4 };

		assert_true(ipaddr_parse(NULL, *text, &addr));
		memcpy(out + len, head, sizeof(head));
		memcpy(out + len + sizeof(head), v6 ? addr.v6 : (uint8_t *)&addr.v4, head[11]);
		len += sizeof(head) + head[11];
	}
	p->req = NULL;
	dns_request_reply(req, out, len);
}

static void on_request(void *ctx, struct dns_request *req)
{
	struct names *names = ctx;
	bool v6 = question_type(req) == TYPE_AAAA;
	int ms = v6 ? names->aaaa_ms : names->a_ms;
	struct pending *p = &names->pending[names->n++ % 8];

	*(v6 ? &names->asked_aaaa : &names->asked_a) += 1;
	*p = (struct pending){ .names = names };
	if (ms == NEVER) {
		dns_request_reply(req, NULL, 0);
		return;
	}
	p->req = req;
	assert_true(ln_timer_add(names->net, ln_net_now(names->net) + ms * MS, answer, p) > 0);
}

static void begin(struct names *names)
{
	const struct ipaddr any = { 0 };

	names->w = world_new(pair, &(struct world_params){ .journey = WORLD_KEPT });
	names->net = lab_node_net(world_node(names->w, "b"));
	assert_int_equal(dns_listener_new(names->net, &any, 53, on_request, names,
					  &names->listener), 0);
}

static void end(struct names *names)
{
	/* Who asked is no longer there. */
	for (unsigned i = 0; i < ARRAY_SIZE(names->pending); i++)
		if (names->pending[i].req)
			dns_request_reply(names->pending[i].req, NULL, 0);
	dns_listener_free(names->listener);
	world_end(names->w);
}

/* Fetches; returns how many ms it took. */
static s64 get(struct names *names, const char *cmdline, int status)
{
	s64 started = lab_now(names->w->lab);
	struct text out = { 0 };

	assert_int_equal(world_run(names->w, "a", cmdline, &out), status);
	if (!status)
		assert_string_equal(out.s, "hello");
	text_free(&out);
	return (lab_now(names->w->lab) - started) / MS;
}

static void ipv6_is_first_when_both_work(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa = { SERVER6 } };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 0);
	assert_in_order(names.w->story.s, "TCP connection to [2001:db8::2]:80", "200 OK", NULL);
	assert_lacks(names.w->story.s, "TCP connection to 10.0.0.2");
	assert_int_equal(names.asked_a, 1);
	assert_int_equal(names.asked_aaaa, 1);
	end(&names);
}

static void one_family_alone_when_told(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa = { SERVER6 } };

	(void)state;
	begin(&names);
	get(&names, "get -4 http://www/", 0);
	assert_int_equal(names.asked_aaaa, 0);
	assert_contains(names.w->story.s, "TCP connection to 10.0.0.2:80");
	get(&names, "curl -6 http://six/", 0);
	assert_int_equal(names.asked_a, 1);
	assert_contains(names.w->story.s, "TCP connection to [2001:db8::2]:80");
	get(&names, "curl -6 http://10.0.0.2/", 6);
	end(&names);
}

/* Nobody answers over IPv6: a quarter of a second, then IPv4 as well. */
static void broken_ipv6_costs_250_ms(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa = { NOBODY6 } };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 250);
	assert_in_order(names.w->story.s, "TCP connection to [2001:db8::9]:80",
			"no answer in 250 ms: tries the next address as well",
			"TCP connection to 10.0.0.2:80",
			"10.0.0.2 port 80 takes the connection first", "200 OK", NULL);
	end(&names);
}

static void families_take_turns(void **state)
{
	struct names names = { .a = { NOBODY4, SERVER4 },
			       .aaaa = { NOBODY6, "2001:db8::8" } };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 750);
	assert_in_order(names.w->story.s, "TCP connection to [2001:db8::", "TCP connection to 10.",
			"TCP connection to [2001:db8::", "TCP connection to 10.0.0.2:80",
			"200 OK", NULL);
	end(&names);
}

static void a_refusal_is_followed_at_once(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa = { SERVER6 } };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www:81/", 1), 0);
	assert_in_order(names.w->story.s, "[2001:db8::2]:81",
			"2001:db8::2 port 81: connection refused; tries the next address",
			"TCP connection to 10.0.0.2:81", "refuses the connection", NULL);
	end(&names);
}

/* RFC 8305 3: IPv4's answer waits 50 ms for IPv6's. */
static void the_answer_about_ipv6_is_waited_for(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa = { SERVER6 }, .aaaa_ms = 40 };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 40);
	assert_in_order(names.w->story.s, "waits 50 ms for the answer about IPv6",
			"TCP connection to [2001:db8::2]:80", "200 OK", NULL);
	end(&names);
}

static void but_not_for_longer(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa = { SERVER6 }, .aaaa_ms = 60 };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 50);
	assert_contains(names.w->story.s, "TCP connection to 10.0.0.2:80");
	end(&names);
	names = (struct names){ .a = { SERVER4 }, .aaaa = { SERVER6 }, .aaaa_ms = NEVER };
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 50);
	end(&names);
	/* IPv6's is enough */
	names = (struct names){ .a = { SERVER4 }, .aaaa = { SERVER6 }, .a_ms = NEVER };
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 0);
	end(&names);
}

/* What DNS says late joins what has not been tried. */
static void a_late_answer_joins(void **state)
{
	struct names names = { .a = { NOBODY4 }, .aaaa = { SERVER6 }, .aaaa_ms = 100 };

	(void)state;
	begin(&names);
	assert_int_equal(get(&names, "get http://www/", 0), 300);
	assert_in_order(names.w->story.s, "TCP connection to 10.0.0.9:80",
			"TCP connection to [2001:db8::2]:80", "200 OK", NULL);
	end(&names);
}

/* What is told at the end is why no connection came about, not that IPv6 had no address. */
static void a_late_answer_does_not_hide_the_error(void **state)
{
	struct names names = { .a = { SERVER4 }, .aaaa_ms = 100 };

	(void)state;
	begin(&names);
	get(&names, "curl http://www:81/", 7);
	assert_contains(names.w->output.s, "refuses the connection");
	end(&names);
}

static void nothing_there(void **state)
{
	struct names names = { .a = { NULL } };

	(void)state;
	begin(&names);
	get(&names, "curl http://www/", 6);
	end(&names);
	names = (struct names){ .a = { NOBODY4 }, .aaaa = { NOBODY6 } };
	begin(&names);
	get(&names, "curl http://www/", 7);
	assert_contains(names.w->output.s, "cannot be reached: it does not answer");
	end(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv6_is_first_when_both_work),
		cmocka_unit_test(one_family_alone_when_told),
		cmocka_unit_test(broken_ipv6_costs_250_ms),
		cmocka_unit_test(families_take_turns),
		cmocka_unit_test(a_refusal_is_followed_at_once),
		cmocka_unit_test(the_answer_about_ipv6_is_waited_for),
		cmocka_unit_test(but_not_for_longer),
		cmocka_unit_test(a_late_answer_joins),
		cmocka_unit_test(a_late_answer_does_not_hide_the_error),
		cmocka_unit_test(nothing_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
