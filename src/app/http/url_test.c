/* SPDX-License-Identifier: MIT */
#include "app/http/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "app/util/inet.h"

static void check_good(const char *text, const char *host, uint16_t port, const char *target)
{
	struct url url;
	enum url_error error = url_parse(&url, text);

	if (error)
		fail_msg("%s: %s", text, url.message);
	assert_string_equal(url.host, host);
	assert_int_equal(url.port, port);
	assert_string_equal(url.target, target);
}

static void test_parts(void **state)
{
	struct url url;

	(void)state;
	check_good("http://www.server.com", "www.server.com", 80, "/");
	check_good("http://www.server.com/", "www.server.com", 80, "/");
	check_good("HTTP://WWW.Server.Com/A", "www.server.com", 80, "/A");
	check_good("www.server.com", "www.server.com", 80, "/");
	check_good("localhost:8080/x/y?a=b&c=/?d", "localhost", 8080, "/x/y?a=b&c=/?d");
	check_good("http://h:/", "h", 80, "/");
	check_good("http://h?q=1", "h", 80, "/?q=1");
	check_good("http://h/p#part", "h", 80, "/p");
	check_good("http://h#part/x", "h", 80, "/");
	check_good("  http://www.server.com./", "www.server.com.", 80, "/");
	check_good("http://my_host.a-b/%7Ex;v=1,2", "my_host.a-b", 80, "/%7Ex;v=1,2");
	check_good("www.a.com/go?u=http://b.com/", "www.a.com", 80, "/go?u=http://b.com/");
	assert_int_equal(url_parse(&url, "http://192.0.2.80:81/a?b"), URL_OK);
	assert_true(url.host_is_addr);
	assert_int_equal(url.addr.v4, htonl(0xc0000250));
	assert_int_equal(url.path_len, 2);
	check_good("http://[2001:DB8:0:0::80]:81/a", "[2001:db8::80]", 81, "/a");
	check_good("[::1]", "[::1]", 80, "/");
	check_good("[::1]:/", "[::1]", 80, "/");
	assert_int_equal(url_parse(&url, "http://[2001:db8::80]?b"), URL_OK);
	assert_true(url.host_is_addr);
	assert_int_equal(url.addr.family, LN_AF_INET6);
	assert_int_equal(url.addr.v6[15], 0x80);
	assert_int_equal(url_parse(&url, "http://3com/"), URL_OK);
	assert_false(url.host_is_addr);
}

static void check_zone(const char *text, const char *zone)
{
	struct url url;

	check_good(text, "[fe80::1]", 81, "/a");
	assert_int_equal(url_parse(&url, text), URL_OK);
	assert_string_equal(url.zone, zone);
}

/* RFC 6874: behind %25; a bare %, as people copy it, too. */
static void test_zones(void **state)
{
	struct url base, url;

	(void)state;
	check_zone("http://[fe80::1%25eth0]:81/a", "eth0");
	check_zone("http://[FE80::1%25eth0.10]:81/a", "eth0.10");
	check_zone("http://[fe80::1%eth0]:81/a", "eth0");
	check_zone("http://[fe80::1%253]:81/a", "3");
	check_zone("http://[fe80::1%2]:81/a", "2");
	check_zone("http://[fe80::1%25en%2D0]:81/a", "en-0");
	check_zone("http://[fe80::1]:81/a", "");
	/* What the server at hand tells of itself has none: it is behind the same interface. */
	assert_int_equal(url_parse(&base, "http://[fe80::1%25eth0]/"), URL_OK);
	assert_int_equal(url_resolve(&url, &base, "x"), URL_OK);
	assert_string_equal(url.zone, "eth0");
	assert_int_equal(url_resolve(&url, &base, "http://[fe80::1]:81/"), URL_OK);
	assert_string_equal(url.zone, "eth0");
	assert_int_equal(url_resolve(&url, &base, "http://[fe80::2]/"), URL_OK);
	assert_string_equal(url.zone, "");
}

static void check_bad(const char *text, enum url_error want, const char *hint)
{
	struct url url;

	if (url_parse(&url, text) != want)
		fail_msg("%s: %s", text, url.message);
	if (!strstr(url.message, hint))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, url.message, hint);
}

static void test_errors(void **state)
{
	char big[URL_TEXT_MAX + 10];

	(void)state;
	check_bad("", URL_EMPTY, "expected http://");
	check_bad("   ", URL_EMPTY, "expected http://");
	check_bad("ftp://server/", URL_BAD_SCHEME, "\"ftp\"");
	check_bad("https://www.server.com/", URL_HTTPS, "https is not supported yet");
	check_bad("http://", URL_NO_HOST, "no host");
	check_bad("http:///path", URL_NO_HOST, "no host");
	check_bad("http://:80/", URL_NO_HOST, "no host");
	check_bad("http://h:0/", URL_BAD_PORT, "\"0\"");
	check_bad("http://h:65536/", URL_BAD_PORT, "\"65536\"");
	check_bad("http://h:99999999999999999999/", URL_BAD_PORT, "not a port");
	check_bad("http://h:8a/", URL_BAD_PORT, "\"8a\"");
	check_bad("http://a..b/", URL_BAD_HOST, "a..b");
	check_bad("http://.a/", URL_BAD_HOST, ".a");
	check_bad("http://a b/", URL_BAD_SYNTAX, "%20");
	check_bad("http://h/\xc3\xa4", URL_BAD_SYNTAX, "%C3");
	check_bad("http://h/\r\nX: y", URL_BAD_SYNTAX, "0x0d");
	check_bad("http://a%41/", URL_BAD_HOST, "'%'");
	check_bad("http://10.0.0.256/", URL_BAD_HOST, "not an IPv4 address");
	check_bad("http://1.2.3/", URL_BAD_HOST, "not an IPv4 address");
	check_bad("http://[::1/", URL_BAD_HOST, "not an IPv6 address in brackets");
	check_bad("http://[1.2.3.4]/", URL_BAD_HOST, "not an IPv6 address in brackets");
	check_bad("http://[fe80::1%]/", URL_BAD_HOST, "zone");
	check_bad("http://[fe80::1%25]/", URL_BAD_HOST, "zone");
	check_bad("http://[fe80::1%25a%2fb]/", URL_BAD_HOST, "zone");
	check_bad("http://[fe80::1%25interface-of-twenty]/", URL_BAD_HOST, "zone");
	check_bad("http://[2001:db8::1%25eth0]/", URL_BAD_HOST, "not of one link");
	check_bad("http://[::1]x/", URL_BAD_SYNTAX, "behind the address in brackets stands \"x\"");
	check_bad("http://[::1]:x/", URL_BAD_PORT, "\"x\"");
	check_bad("http://2001:db8::1/", URL_BAD_HOST, "in brackets: [2001:db8::1]");
	check_bad("http://user:pw@h/", URL_USERINFO, "user name");
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = 0;
	check_bad(big, URL_TOO_LONG, "longer than 4095");
	big[300] = 0;
	check_bad(big, URL_BAD_HOST, "300 characters");
	big[64] = 0;
	check_bad(big, URL_BAD_HOST, "1 to 63");
}

static void check_resolve(const char *base_text, const char *ref, const char *want)
{
	char text[URL_TEXT_MAX + 300];
	struct url base, url;

	assert_int_equal(url_parse(&base, base_text), URL_OK);
	if (url_resolve(&url, &base, ref))
		fail_msg("%s: %s", ref, url.message);
	url_format(&url, text, sizeof(text));
	assert_string_equal(text, want);
}

/* The examples of RFC 3986 5.4 as far as they are http. */
static void test_resolve(void **state)
{
	static const char *const table[][2] = {
		{ "g", "http://a/b/c/g" },
		{ "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g/" },
		{ "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q" },
		{ "g#s", "http://a/b/c/g" },
		{ ";x", "http://a/b/c/;x" },
		{ "", "http://a/b/c/d;p?q" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },
		{ "..", "http://a/b/" },
		{ "../", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" },
		{ "../../g", "http://a/g" },
		{ "../../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },
		{ "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },
		{ ".g", "http://a/b/c/.g" },
		{ "g..", "http://a/b/c/g.." },
		{ "./../g", "http://a/b/g" },
		{ "g/./h", "http://a/b/c/g/h" },
		{ "g/../h", "http://a/b/c/h" },
		{ "g;x=1/../y", "http://a/b/c/y" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "http://x:81/z", "http://x:81/z" },
		{ "//h:8080/k", "http://h:8080/k" },
	};
	struct url base, url;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		check_resolve("http://a/b/c/d;p?q", table[i][0], table[i][1]);
	check_resolve("http://a:81/", "x", "http://a:81/x");
	assert_int_equal(url_parse(&base, "http://a/"), URL_OK);
	assert_int_equal(url_resolve(&url, &base, "https://a/"), URL_HTTPS);
	assert_int_equal(url_resolve(&url, &base, "mailto:a"), URL_BAD_SCHEME);
	assert_int_equal(url_resolve(&url, &base, "/x\ny"), URL_BAD_SYNTAX);
}

static void test_percent(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(url_percent_decode(out, sizeof(out), "a%2e%2Fb", 8), 4);
	assert_string_equal(out, "a./b");
	assert_int_equal(url_percent_decode(out, sizeof(out), "%252e", 5), 3);
	assert_string_equal(out, "%2e");
	assert_int_equal(url_percent_decode(out, sizeof(out), "%2", 2), -EINVAL);
	assert_int_equal(url_percent_decode(out, sizeof(out), "%", 1), -EINVAL);
	assert_int_equal(url_percent_decode(out, sizeof(out), "%gg", 3), -EINVAL);
	assert_int_equal(url_percent_decode(out, sizeof(out), "a%00b", 5), -EINVAL);
	assert_int_equal(url_percent_decode(out, sizeof(out), "12345678", 8), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
