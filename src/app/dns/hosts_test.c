/* SPDX-License-Identifier: MIT */
#include "app/dns/hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "app/util/inet.h"

static const char *name_of(const struct hosts *h, uint32_t v4)
{
	struct ipaddr addr = ipaddr_v4(v4);

	return hosts_lookup_addr(h, &addr);
}

static void test_file(void **state)
{
	static const char text[] =
		"# the hosts of this lab\n"
		"127.0.0.1\tlocalhost localhost.localdomain\n"
		"\n"
		"  10.0.0.2   web  www.lab   # the web server\n"
		"10.0.0.3 web\r\n"
		"::1 localhost ip6-localhost\n"
		"10.0.0.256 bad\n"
		"10.0.0.9\n"
		"10.0.0.7 last.";
	struct hosts *h = hosts_new();
	struct ipaddr addrs[4];
	unsigned bad;

	(void)state;
	assert_int_equal(hosts_parse(h, text, strlen(text), &bad), 0);
	assert_int_equal(bad, 7);
	assert_int_equal(hosts_lookup(h, "localhost", LN_AF_INET, addrs, 4), 1);
	assert_int_equal(addrs[0].v4, htonl(0x7f000001));
	assert_int_equal(hosts_lookup(h, "localhost", 0, addrs, 4), 2);
	assert_int_equal(hosts_lookup(h, "localhost", LN_AF_INET6, addrs, 4), 1);
	assert_true(ipaddr_parse(NULL, "::1", &addrs[1]));
	assert_true(ipaddr_equal(&addrs[0], &addrs[1]));
	assert_int_equal(hosts_lookup(h, "web", LN_AF_INET6, addrs, 4), 0);
	assert_int_equal(hosts_lookup(h, "WEB.", LN_AF_INET, addrs, 4), 2);
	assert_int_equal(addrs[0].v4, htonl(0x0a000002));
	assert_int_equal(addrs[1].v4, htonl(0x0a000003));
	assert_int_equal(hosts_lookup(h, "web", LN_AF_INET, addrs, 1), 1);
	assert_int_equal(hosts_lookup(h, "we", LN_AF_INET, addrs, 4), -ENOENT);
	assert_int_equal(hosts_lookup(h, "www.lab.x", LN_AF_INET, addrs, 4), -ENOENT);
	assert_int_equal(hosts_lookup(h, "last", LN_AF_INET, addrs, 4), 1);
	assert_int_equal(hosts_lookup(h, "the", LN_AF_INET, addrs, 4), -ENOENT);
	assert_int_equal(hosts_lookup(h, "bad", LN_AF_INET, addrs, 4), -ENOENT);
	assert_int_equal(hosts_lookup(h, "", LN_AF_INET, addrs, 4), -ENOENT);
	assert_string_equal(name_of(h, htonl(0x0a000002)), "web");
	assert_null(name_of(h, htonl(0x0a000009)));
	assert_int_equal(hosts_add(h, &addrs[0], "a b"), -EINVAL);
	assert_int_equal(hosts_add(h, &addrs[0], "."), -EINVAL);
	hosts_free(h);
}

/* A file may hold any bytes; a name with a NUL or an empty label is none. */
static void test_no_names(void **state)
{
	static const char text[] = "10.0.0.1 a\0b\n10.0.0.2 \0\n10.0.0.3 a..\n10.0.0.4 .a\n";
	struct hosts *h = hosts_new();
	unsigned bad;

	(void)state;
	assert_int_equal(hosts_parse(h, text, sizeof(text) - 1, &bad), 0);
	assert_int_equal(bad, 1);
	for (unsigned i = 1; i <= 4; i++)
		assert_null(name_of(h, htonl(0x0a000000u + i)));
	hosts_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
