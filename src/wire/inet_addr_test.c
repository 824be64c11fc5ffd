/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/inet_addr.h"

static void addresses(void **state)
{
	static const char *const bad[] = {
		"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "01.2.3.4", "1..2.3",
		"1.2.3.", " 1.2.3.4", "1.2.3.4 ", "1.2.3.-4",
		"0x1.2.3.4", "1.2.3.4/8", "99999999999.1.1.1",
	};
	char buf[INET_STR_MAX];
	be32 addr = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(inet_addr_parse(bad[i], &addr));
	assert_int_equal(addr, 77);
	assert_true(inet_addr_parse("10.100.122.2", &addr));
	assert_int_equal(addr, INET_ADDR4(10, 100, 122, 2));
	assert_string_equal(inet_addr_str(addr, buf), "10.100.122.2");
	assert_true(inet_addr_parse("255.255.255.255", &addr));
	assert_string_equal(inet_addr_str(addr, buf), "255.255.255.255");
	assert_true(inet_addr_parse("0.0.0.0", &addr));
	assert_int_equal(addr, 0);
}

static void prefixes(void **state)
{
	static const char *const bad[] = {
		"10.0.0.1/", "10.0.0.1/33", "10.0.0.1/024", "10.0.0.1/-1", "10.0.0.1/255.0.255.0",
		"10.0.0.1/24x", "/24", "10/8",
	};
	char buf[INET_PREFIX_STR_MAX];
	be32 addr = 5;
	u8 plen = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(inet_prefix_parse(bad[i], &addr, &plen));
	assert_int_equal(addr, 5);
	assert_int_equal(plen, 99);
	assert_true(inet_prefix_parse("10.100.122.2/24", &addr, &plen));
	assert_string_equal(inet_prefix_str(addr, plen, buf), "10.100.122.2/24");
	assert_true(inet_prefix_parse("10.0.0.1/255.255.255.252", &addr, &plen) && plen == 30);
	assert_true(inet_prefix_parse("10.0.0.1", &addr, &plen) && plen == 32);
	assert_true(inet_prefix_parse("default", &addr, &plen) && plen == 0 && addr == 0);
	assert_true(inet_prefix_parse("0.0.0.0/0.0.0.0", &addr, &plen) && plen == 0);
	assert_true(inet_mask_parse("16", &plen) && plen == 16);
	assert_false(inet_mask_parse("", &plen));
}

static void macs(void **state)
{
	static const char *const bad[] = {
		"", "02:00:00:00:00", "02:00:00:00:00:01:", "2:0:0:0:0:1", "02:00:00:00:00:0g",
		"02:00-00:00:00:01", "020000000001", "02.00.00.00.00.01", "02:00:00:00:00:011",
	};
	static const u8 want[ETH_ALEN] = { 0x02, 0xab, 0xcd, 0xef, 0x00, 0x01 };
	u8 mac[ETH_ALEN] = { 9 };
	char buf[MAC_STR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(mac_parse(bad[i], mac));
	assert_int_equal(mac[0], 9);
	assert_true(mac_parse("02:ab:CD:ef:00:01", mac));
	assert_memory_equal(mac, want, ETH_ALEN);
	assert_string_equal(mac_str(mac, buf), "02:ab:cd:ef:00:01");
	assert_true(mac_parse("02-ab-cd-ef-00-01", mac));
}

/* Row I2: 10.100.122.2/24 is network 10.100.122.0, host 0.0.0.2. */
static void masks(void **state)
{
	be32 addr = INET_ADDR4(10, 100, 122, 2);

	(void)state;
	assert_int_equal(inet_network(addr, 24), INET_ADDR4(10, 100, 122, 0));
	assert_int_equal(addr & ~inet_make_mask(24), INET_ADDR4(0, 0, 0, 2));
	assert_int_equal(inet_broadcast(addr, 24), INET_ADDR4(10, 100, 122, 255));
	assert_true(inet_same_network(addr, INET_ADDR4(10, 100, 122, 9), 24));
	assert_false(inet_same_network(addr, INET_ADDR4(10, 100, 123, 2), 24));
	assert_true(inet_same_network(addr, 0, 0));
	for (unsigned plen = 0; plen <= 32; plen++) {
		assert_true(inet_mask_is_contiguous(inet_make_mask(plen)));
		assert_int_equal(inet_mask_len(inet_make_mask(plen)), plen);
	}
	assert_int_equal(inet_make_mask(0), 0);
	assert_int_equal(inet_make_mask(32), INADDR4_BROADCAST);
	assert_false(inet_mask_is_contiguous(INET_ADDR4(255, 0, 255, 0)));
	assert_false(inet_mask_is_contiguous(INET_ADDR4(0, 255, 255, 255)));
}

static void kinds(void **state)
{
	static const u8 all_hosts_mac[ETH_ALEN] = { 1, 0, 0x5e, 0, 0, 1 };
	static const u8 masked_mac[ETH_ALEN] = { 1, 0, 0x5e, 0x7f, 0xff, 0xfa };
	u8 mac[ETH_ALEN];

	(void)state;
	assert_true(ipv4_is_zeronet(0) && !ipv4_is_zeronet(INET_ADDR4(0, 1, 2, 3)));
	assert_true(ipv4_is_loopback(INET_ADDR4(127, 255, 0, 9)));
	assert_true(ipv4_is_multicast(INET_ADDR4(224, 0, 0, 1)));
	assert_true(ipv4_is_multicast(INET_ADDR4(239, 255, 255, 255)));
	assert_false(ipv4_is_multicast(INET_ADDR4(240, 0, 0, 1)));
	assert_true(ipv4_is_local_multicast(INET_ADDR4(224, 0, 0, 251)));
	assert_false(ipv4_is_local_multicast(INET_ADDR4(224, 0, 1, 1)));
	assert_true(ipv4_is_lbcast(INADDR4_BROADCAST));
	assert_true(ipv4_is_linklocal_169(INET_ADDR4(169, 254, 7, 7)));
	assert_true(ipv4_is_class_e(INET_ADDR4(240, 0, 0, 1)));
	ip_eth_mc_map(INADDR4_ALLHOSTS_GROUP, mac);
	assert_memory_equal(mac, all_hosts_mac, ETH_ALEN);
	ip_eth_mc_map(INET_ADDR4(239, 255, 255, 250), mac);	/* bit 23 is lost */
	assert_memory_equal(mac, masked_mac, ETH_ALEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(macs),
		cmocka_unit_test(masks),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
