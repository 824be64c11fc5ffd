/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/ip6_addr.h"

static struct ip6_addr A(const char *s)
{
	struct ip6_addr a;

	assert_true(ip6_addr_parse(s, &a));
	return a;
}

/* RFC 5952 4 and 5: one text for each address. */
static void text_is_canonical(void **state)
{
	static const char *const pair[][2] = {
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "0::0", "::" }, { "::1", "::1" }, { "1::", "1::" }, { "fe80::", "fe80::" },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1" }, { "::ffff:a00:1", "::ffff:10.0.0.1" },
		{ "64:ff9b::192.0.2.1", "64:ff9b::c000:201" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" }, { "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
	};
	char text[IP6_STR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pair); i++) {
		struct ip6_addr a = A(pair[i][0]);

		assert_string_equal(ip6_addr_str(&a, text), pair[i][1]);
	}
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"", ":", ":::", "1", "1:", ":1", "1::2::3", "12345::", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1 ", "g::", "::1.2.3", "1.2.3.4",
		"1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "fe80::1%eth0", "::1/64",
	};
	struct ip6_addr a = A("::5");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(ip6_addr_parse(bad[i], &a));
	assert_int_equal(a.s6_addr[15], 5);
}

static void prefixes(void **state)
{
	struct ip6_addr a, b = A("2001:db8:ffff::1");
	u8 plen;

	(void)state;
	assert_true(ip6_prefix_parse("2001:db8::/33", &a, &plen));
	assert_int_equal(plen, 33);
	assert_true(ipv6_prefix_equal(&a, &b, 32));
	assert_false(ipv6_prefix_equal(&a, &b, 33));
	assert_int_equal(ipv6_addr_diff(&a, &b), 32);
	b = ipv6_addr_prefix(&b, 35);
	a = A("2001:db8:e000::");
	assert_true(ipv6_addr_equal(&a, &b));
	assert_true(ip6_prefix_parse("default", &a, &plen) && !plen && ipv6_addr_any(&a));
	assert_false(ip6_prefix_parse("::/129", &a, &plen));
	assert_false(ip6_prefix_parse("::/", &a, &plen));
}

static void kinds(void **state)
{
	static const u8 mac[6] = { 2, 0x11, 0x22, 0x33, 0x44, 0x55 };
	struct ip6_addr a = ipv6_linklocal_eui64(mac), b = A("fe80::11:22ff:fe33:4455");
	u8 group[6];

	(void)state;
	assert_true(ipv6_addr_equal(&a, &b));
	assert_true(ipv6_addr_needs_scope_id(&a));
	a = addrconf_addr_solict_mult(&b);
	b = A("ff02::1:ff33:4455");
	assert_true(ipv6_addr_equal(&a, &b));
	ipv6_eth_mc_map(&a, group);
	assert_memory_equal(group, "\x33\x33\xff\x33\x44\x55", 6);
	assert_int_equal(ipv6_addr_scope(&a), IPV6_ADDR_SCOPE_LINKLOCAL);
	a = A("2001:db8::1");
	assert_int_equal(ipv6_addr_scope(&a), IPV6_ADDR_SCOPE_GLOBAL);
	assert_false(ipv6_addr_needs_scope_id(&a));
	a = A("fec0::1");
	assert_int_equal(ipv6_addr_scope(&a), IPV6_ADDR_SCOPE_SITELOCAL);
	a = A("::ffff:127.0.0.1");
	assert_int_equal(ipv6_addr_scope(&a), IPV6_ADDR_SCOPE_LINKLOCAL);
	assert_true(ipv6_addr_v4mapped(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_canonical), cmocka_unit_test(refuses),
		cmocka_unit_test(prefixes), cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
