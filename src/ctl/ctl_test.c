/* SPDX-License-Identifier: MIT */
/* What belongs to no tool: words and quotes, help, unknown commands, the calculator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "ctl/calc.h"

static void split_into(const char *line, int want, const char *const *words)
{
	char buf[64];
	const char *argv[4];

	assert_int_equal(ctl_split(line, buf, sizeof(buf), argv, 4), want);
	for (int i = 0; i < want; i++)
		assert_string_equal(argv[i], words[i]);
}

static void words_are_split_as_in_a_shell(void **state)
{
	(void)state;
	split_into("  ip  addr\tshow\n", 3, (const char *[]){ "ip", "addr", "show" });
	split_into("", 0, NULL);
	split_into("   # a comment", 0, NULL);
	split_into("a#b c", 2, (const char *[]){ "a#b", "c" });
	split_into("-w x='1  2 3' \"\"", 3, (const char *[]){ "-w", "x=1  2 3", "" });
	split_into("\"a\\\"b\\\\c\\d\" 'e\\f'", 2, (const char *[]){ "a\"b\\c\\d", "e\\f" });
	split_into("a\\ b", 1, (const char *[]){ "a b" });
	split_into("'open", -EINVAL, NULL);
	split_into("\"open\\", -EINVAL, NULL);
	split_into("a b c d e", -E2BIG, NULL);
	split_into("01234567890123456789012345678901234567890123456789012345678901 3", -E2BIG,
		   NULL);
}

static void unknown_commands_list_the_known_ones(void **state)
{
	struct pair *p = *state;
	int err;

	shows(&p->a, "ipconfig", "ipconfig: command not found; did you mean \"ifconfig\"?\n");
	shows(&p->a, "rout -n", "did you mean \"route\"?");
	hides(&p->a, "xyzzy", "did you mean");
	shows(&p->a, "xyzzy", "  netstat   ");
	ask(&p->a, "xyzzy", &err);
	assert_int_equal(err, -EINVAL);
	fails(&p->a, "ip 'addr", -EINVAL, "unterminated quoted string\n");
	does(&p->a, "   ");
	does(&p->a, "# nothing");
	shows(&p->a, "/sbin/ip -V", "iproute2-6.1.0");
}

static const struct { const char *cmd; int status; } failing[] = {
	{ "ip addr add 10.0.0.1/24 dev eth9", 1 },
	{ "ip addr add 10.0.0.300/24 dev eth0", 1 },
	{ "ip foo", 1 },
	{ "ip route add 10.9.0.0/16 via 11.0.0.1", 2 },
	{ "ip route del 10.9.0.0/16", 2 },
	{ "  ip link set eth0 mtu 1", 2 },
	{ "ip link set eth0 mtu x", 255 },
	{ "ip link set eth0 mtu", 255 },
	{ "ip link set eth0 foo", 255 },
	{ "ip addr foo", 255 },
	{ "ip -foo", 255 },
	{ "ip", 255 },
	{ "tc qdisc add dev eth0 root foo", 2 },
	{ "bridge vlan add dev eth0", 255 },
	{ "sysctl net.foo", 1 },
	{ "ip addr add 10.0.0.9/24", 1 },
	{ "ip -4 link set", 255 },
	{ "ip route add 10.8.0.0/16 nexthop", 255 },
	{ "ip -batch x\nlink set eth0 mtu x\n", 1 },
	{ "nosuch", 127 },
};

/* As iproute2 of Debian ends. */
static void statuses_are_those_of_the_tools(void **state)
{
	struct pair *p = *state;

	for (size_t i = 0; i < ARRAY_SIZE(failing); i++) {
		int err, got;
		const char *out = ask(&p->a, failing[i].cmd, &err);

		assert_int_not_equal(err, 0);
		got = ctl_exit_status(failing[i].cmd, out);
		if (got != failing[i].status)
			fail_msg("%s: %d\n%s", failing[i].cmd, got, out);
	}
}

static void every_command_has_help(void **state)
{
	static const char *const names[] = { "ip", "ifconfig", "route", "arp", "netstat", "ss",
		"ethtool", "sysctl", "bridge", "brctl", "tc", "cat", "echo", "hostname", "stat",
		"calc", "help" };
	struct pair *p = *state;
	char cmd[32], by_name[4096];
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct strbuf sb;

		sb_init(&sb, cmd, sizeof(cmd));
		sb_printf(&sb, "help %s", names[i]);
		memcpy(by_name, ask(&p->a, cmd, &err), sizeof(by_name));
		assert_int_equal(err, 0);
		assert_true(strlen(by_name) > 10);
		if (!strcmp(names[i], "echo") || !strcmp(names[i], "help"))
			continue;
		sb_init(&sb, cmd, sizeof(cmd));
		sb_printf(&sb, "%s --help", names[i]);
		assert_memory_equal(ask(&p->a, cmd, &err), by_name, strlen(by_name));
		assert_int_equal(err, 0);
	}
	shows(&p->a, "help", "  calc      network and host of an address\n");
	fails(&p->a, "help foo", -EINVAL, NULL);
}

static void calc_into(const char *arg, int want, const char *text)
{
	char buf[2048];
	struct strbuf sb;

	sb_init(&sb, buf, sizeof(buf));
	assert_int_equal(calc_addr(arg, &sb), want);
	assert_string_equal(buf, text);
}

/* Row I2's example. */
static void an_address_is_network_and_host(void **state)
{
	(void)state;
	calc_into("10.100.122.2/24", 0,
		  "Address      10.100.122.2       00001010.01100100.01111010|00000010\n"
		  "Mask         255.255.255.0      11111111.11111111.11111111|00000000\n"
		  "Wildcard     0.0.0.255          00000000.00000000.00000000|11111111\n"
		  "Network      10.100.122.0       00001010.01100100.01111010|00000000\n"
		  "Host         0.0.0.2            00000000.00000000.00000000|00000010\n"
		  "Broadcast    10.100.122.255     00001010.01100100.01111010|11111111\n"
		  "First host   10.100.122.1       00001010.01100100.01111010|00000001\n"
		  "Last host    10.100.122.254     00001010.01100100.01111010|11111110\n"
		  "Hosts        254 (2^8 addresses, less 10.100.122.0 and the broadcast address)\n"
		  "Kind         private use (RFC 1918)\n"
		  "Class        A, in its time /8; since 1993 only the mask tells (RFC 4632)\n");
	calc_into("192.0.2.255/255.255.255.128", 0,
		  "Address      192.0.2.255        11000000.00000000.00000010.1|1111111\n"
		  "Mask         255.255.255.128    11111111.11111111.11111111.1|0000000\n"
		  "Wildcard     0.0.0.127          00000000.00000000.00000000.0|1111111\n"
		  "Network      192.0.2.128        11000000.00000000.00000010.1|0000000\n"
		  "Host         0.0.0.127          00000000.00000000.00000000.0|1111111\n"
		  "Broadcast    192.0.2.255        11000000.00000000.00000010.1|1111111\n"
		  "First host   192.0.2.129        11000000.00000000.00000010.1|0000001\n"
		  "Last host    192.0.2.254        11000000.00000000.00000010.1|1111110\n"
		  "Hosts        126 (2^7 addresses, less 192.0.2.128 and the broadcast address)\n"
		  "Kind         for documentation, TEST-NET-1 (RFC 5737); the broadcast "
		  "address of its network, not a host's\n"
		  "Class        C, in its time /24; since 1993 only the mask tells (RFC 4632)\n");
}

static void short_networks_have_no_broadcast(void **state)
{
	(void)state;
	calc_into("172.16.0.1/31", 0,
		  "Address      172.16.0.1         10101100.00010000.00000000.0000000|1\n"
		  "Mask         255.255.255.254    11111111.11111111.11111111.1111111|0\n"
		  "Wildcard     0.0.0.1            00000000.00000000.00000000.0000000|1\n"
		  "Network      172.16.0.0         10101100.00010000.00000000.0000000|0\n"
		  "Host         0.0.0.1            00000000.00000000.00000000.0000000|1\n"
		  "First host   172.16.0.0         10101100.00010000.00000000.0000000|0\n"
		  "Last host    172.16.0.1         10101100.00010000.00000000.0000000|1\n"
		  "Hosts        2 (a link between two, RFC 3021: no broadcast address)\n"
		  "Kind         private use (RFC 1918)\n"
		  "Class        B, in its time /16; since 1993 only the mask tells (RFC 4632)\n");
	calc_into("239.1.2.3", 0,
		  "Address      239.1.2.3          11101111.00000001.00000010.00000011\n"
		  "Mask         255.255.255.255    11111111.11111111.11111111.11111111\n"
		  "Wildcard     0.0.0.0            00000000.00000000.00000000.00000000\n"
		  "Network      239.1.2.3          11101111.00000001.00000010.00000011\n"
		  "Host         0.0.0.0            00000000.00000000.00000000.00000000\n"
		  "Kind         multicast (RFC 5771)\n"
		  "Class        D\n");
	calc_into("10.0.0.1/33", -EINVAL, "Error: inet prefix is expected rather than "
		  "\"10.0.0.1/33\" (as 10.100.122.2/24, 10.100.122.2/255.255.255.0 or "
		  "2001:db8::1/64).\n");
	calc_into("default", 0,
		  "Address      0.0.0.0            00000000.00000000.00000000.00000000\n"
		  "Mask         0.0.0.0            00000000.00000000.00000000.00000000\n"
		  "Wildcard     255.255.255.255    11111111.11111111.11111111.11111111\n"
		  "Network      0.0.0.0            00000000.00000000.00000000.00000000\n"
		  "Host         0.0.0.0            00000000.00000000.00000000.00000000\n"
		  "Broadcast    255.255.255.255    11111111.11111111.11111111.11111111\n"
		  "First host   0.0.0.1            00000000.00000000.00000000.00000001\n"
		  "Last host    255.255.255.254    11111111.11111111.11111111.11111110\n"
		  "Hosts        4294967294 (2^32 addresses, less 0.0.0.0 and the broadcast "
		  "address)\n"
		  "Kind         \"this network\" (RFC 1122); the address of the network "
		  "itself, not of a host\n"
		  "Class        A, in its time /8; since 1993 only the mask tells (RFC 4632)\n");
}

static void an_ipv6_address_is_told(void **state)
{
	(void)state;
	calc_into("2001:db8:1::ff:fe00:101/64", 0,
		  "Address      2001:db8:1::ff:fe00:101\n"
		  "Expanded     2001:0db8:0001:0000:0000:00ff:fe00:0101\n"
		  "Prefix       2001:db8:1::/64\n"
		  "Mask         ffff:ffff:ffff:ffff::\n"
		  "First        2001:db8:1::\n"
		  "Last         2001:db8:1:0:ffff:ffff:ffff:ffff\n"
		  "Addresses    2^64\n"
		  "Host         ::ff:fe00:101\n"
		  "EUI-64 of    02:00:00:00:01:01\n"
		  "Solicited    ff02::1:ff00:101\n"
		  "Group's MAC  33:33:ff:00:01:01\n"
		  "Reverse      1.0.1.0.0.0.e.f.f.f.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2."
		  "ip6.arpa\n"
		  "Its zone     0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa\n"
		  "Kind         for documentation (RFC 3849)\n");
	calc_into("ff05::2", 0,
		  "Address      ff05::2\n"
		  "Expanded     ff05:0000:0000:0000:0000:0000:0000:0002\n"
		  "Prefix       ff05::2/128\n"
		  "Mask         ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n"
		  "First        ff05::2\n"
		  "Last         ff05::2\n"
		  "Addresses    1\n"
		  "Host         ::\n"
		  "Group's MAC  33:33:00:00:00:02\n"
		  "Reverse      2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.0.f.f."
		  "ip6.arpa\n"
		  "Kind         multicast (RFC 4291); of the site\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_split_as_in_a_shell),
		CTL_TEST(unknown_commands_list_the_known_ones),
		CTL_TEST(statuses_are_those_of_the_tools),
		CTL_TEST(every_command_has_help),
		cmocka_unit_test(an_address_is_network_and_host),
		cmocka_unit_test(short_networks_have_no_broadcast),
		cmocka_unit_test(an_ipv6_address_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
