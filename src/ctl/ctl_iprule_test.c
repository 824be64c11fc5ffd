/* SPDX-License-Identifier: MIT */
/* ip rule, tables, routes with several next hops: what Linux prints, word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"

#define FIRST "0:\tfrom all lookup local\n"
#define LAST "32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n"
#define EXISTS "RTNETLINK answers: File exists\n"

static void rules_are_listed(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "ip rule", FIRST LAST);
	does(h, "ip rule add from 10.0.0.0/8 to 1.2.3.4 tos 0x10 fwmark 0x1/0xff iif e0 oif eth0 "
	     "ipproto tcp sport 80-90 dport 53 lookup 1000 suppress_prefixlength 0");
	does(h, "ip rule add not from 10.0.0.0/8 lookup 100");
	does(h, "ip rule add pref 500 goto 600");
	does(h, "ip rule add pref 600 nop");
	does(h, "ip rule add blackhole from 1.1.1.1");
	does(h, "ip rule add unreachable fwmark 5");
	does(h, "ip rule add prohibit to 2.2.2.0/24 pref 1000 protocol static");
	does(h, "ip rule add from all table 7 ipproto 200");
	does(h, "ip rule add ipproto icmp table default");
	does(h, "ip rule add from 10.0.0.1 priority 3");
	does(h, "ip rule add pref 99 from 5.5.5.5/16 table 9");
	does(h, "ip rule add fwmark 0/0xf pref 7 table 5");
	does(h, "ip rule add pref 8 goto 9");
	ok(h, "ip rule", FIRST
	   "3:\tfrom 10.0.0.1 lookup main\n"
	   "7:\tfrom all fwmark 0/0xf lookup 5\n"
	   "8:\tfrom all goto 9 [unresolved]\n"
	   "99:\tfrom 5.5.5.5/16 lookup 9\n"
	   "496:\tfrom all ipproto icmp lookup default\n"
	   "497:\tfrom all ipproto ipproto-200 lookup 7\n"
	   "498:\tfrom all fwmark 0x5 unreachable\n"
	   "499:\tfrom 1.1.1.1 blackhole\n"
	   "500:\tfrom all goto 600\n"
	   "600:\tfrom all nop\n"
	   "1000:\tfrom all to 2.2.2.0/24 prohibit proto static\n"
	   "32764:\tnot from 10.0.0.0/8 lookup 100\n"
	   "32765:\tfrom 10.0.0.0/8 to 1.2.3.4 tos 0x10 fwmark 0x1/0xff iif e0 [detached] oif eth0 "
	   "ipproto tcp sport 80-90 dport 53 lookup 1000 suppress_prefixlength 0\n" LAST);
	ok(h, "ip rule show fwmark 5", "498:\tfrom all fwmark 0x5 unreachable\n");
	ok(h, "ip rule list lookup main",
	   "3:\tfrom 10.0.0.1 lookup main\n32766:\tfrom all lookup main\n");
	ok(h, "ip -d rule list pref 3", "3:\tfrom 10.0.0.1 lookup main proto unspec\n");
	does(h, "ip rule del pref 1000");
	does(h, "ip rule del table 100");
	hides(h, "ip rule", "not from");
	does(h, "ip rule flush table 7");
	hides(h, "ip rule", "ipproto-200");
	does(h, "ip rule flush");
	ok(h, "ip rule", FIRST);
	does(h, "ip rule del pref 0");
	ok(h, "ip rule", "");
}

static void rules_as_objects(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip rule add from 10.0.0.0/8 to 1.2.3.4 tos 0x10 fwmark 0x1/0xff iif e0 oif e1 "
	     "ipproto tcp sport 80-90 dport 53 lookup 1000 suppress_prefixlength 0");
	does(h, "ip rule add not from 10.0.0.0/8 pref 30 blackhole");
	does(h, "ip rule add pref 7 goto 9");
	ok(h, "ip -j rule", "[{\"priority\":0,\"src\":\"all\",\"table\":\"local\"},{\"priority\":7,"
	   "\"src\":\"all\",\"goto\":9,\"unresolved\":null},{\"priority\":30,\"not\":null,"
	   "\"src\":\"10.0.0.0\",\"srclen\":8,\"action\":\"blackhole\"},{\"priority\":32765,"
	   "\"src\":\"10.0.0.0\",\"srclen\":8,\"dst\":\"1.2.3.4\",\"tos\":\"0x10\","
	   "\"fwmark\":\"0x1\",\"fwmask\":\"0xff\",\"iif\":\"e0\",\"iif_detached\":null,"
	   "\"oif\":\"e1\",\"oif_detached\":null,\"ipproto\":\"tcp\",\"sport_start\":80,"
	   "\"sport_end\":90,\"dport\":53,\"table\":\"1000\",\"suppress_prefixlen\":0},"
	   "{\"priority\":32766,\"src\":\"all\",\"table\":\"main\"},{\"priority\":32767,"
	   "\"src\":\"all\",\"table\":\"default\"}]\n");
}

static void rule_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip rule add pref 500 goto 600");
	does(h, "ip rule add prohibit to 2.2.2.0/24 pref 1000");
	fails(h, "ip rule add pref 500 goto 600", -EEXIST, EXISTS);
	fails(h, "ip rule add prohibit to 2.2.2.0/24 pref 1000", -EEXIST, EXISTS);
	fails(h, "ip rule add ipproto tcp pref 10 goto 5", -EINVAL,
	      "Error: Backward goto not supported.\n");
	fails(h, "ip rule add foo", -EINVAL,
	      "Error: argument \"foo\" is wrong: Failed to parse rule type\n");
	fails(h, "ip rule add iif", -EINVAL,
	      "Command line is not complete. Try option \"help\"\n");
	fails(h, "ip rule add fwmark zz", -EINVAL,
	      "Error: argument \"zz\" is wrong: fwmark value is invalid\n\n");
	fails(h, "ip rule add dport 9-3", -EINVAL, "Error: Invalid dport range.\n");
	fails(h, "ip rule add sport 0 table 5", -EINVAL, "Error: Invalid sport range.\n");
	fails(h, "ip rule add tos 3", -EINVAL,
	      "Error: Invalid dsfield (tos): ECN bits must be 0.\n");
	fails(h, "ip rule add from 1.1.1.1/33", -EINVAL,
	      "Error: any valid prefix is expected rather than \"1.1.1.1/33\".\n");
	fails(h, "ip rule del from 9.9.9.9", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	fails(h, "ip rule add", -EINVAL, "\"ip rule add\" requires arguments.\n");
	fails(h, "ip rule foo", -EINVAL, "Command \"foo\" is unknown, try \"ip rule help\".\n");
	fails(h, "ip rule add uidrange 0-99 table 5", -EOPNOTSUPP,
	      "Error: \"uidrange\" is not supported.\n");
}

static void second_link(struct host *h)
{
	does(h, "ip link add v0 type veth peer name v1");
	does(h, "ip link set v0 up");
	does(h, "ip link set v1 up");
	does(h, "ip addr add 10.1.0.1/24 dev v0");
}

#define TWO \
	"10.9.0.0/16 \n\tnexthop via 10.0.0.2 dev eth0 weight 1 \n" \
	"\tnexthop via 10.1.0.2 dev v0 weight 3 "

static void several_next_hops(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	second_link(h);
	does(h, "ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.1.0.2 weight 3");
	fails(h, "ip route add 10.9.0.0/16 nexthop via 10.0.0.2", -EEXIST, EXISTS);
	ok(h, "ip route show 10.9.0.0/16", TWO "\n");
	ok(h, "ip route get fibmatch 10.9.0.1", TWO "\n");
	ok(h, "ip -j route show 10.9.0.0/16", "[{\"dst\":\"10.9.0.0/16\",\"flags\":[],\"nexthops\":"
	   "[{\"gateway\":\"10.0.0.2\",\"dev\":\"eth0\",\"weight\":1,\"flags\":[]},"
	   "{\"gateway\":\"10.1.0.2\",\"dev\":\"v0\",\"weight\":3,\"flags\":[]}]}]\n");
	ok(h, "ip -o route show 10.9.0.0/16", "10.9.0.0/16 \\\tnexthop via 10.0.0.2 dev eth0 "
	   "weight 1 \\\tnexthop via 10.1.0.2 dev v0 weight 3 \n");
	does(h, "ip route add 10.13.0.0/16 mtu 1400 metric 5 proto static src 10.0.0.1 "
	     "nexthop via 10.0.0.3 nexthop via 10.0.0.4 onlink dev eth0");
	ok(h, "ip route show 10.13.0.0/16", "10.13.0.0/16 proto static src 10.0.0.1 metric 5 "
	   "mtu 1400 \n\tnexthop via 10.0.0.3 dev eth0 weight 1 \n"
	   "\tnexthop via 10.0.0.4 dev eth0 weight 1 onlink \n");
	does(h, "ip link set v0 down");
	ok(h, "ip route show 10.9.0.0/16", TWO "dead linkdown \n");
	does(h, "ip link set v0 up");
	ok(h, "ip route show 10.9.0.0/16", TWO "\n");
	does(h, "ip link set v1 down");
	ok(h, "ip route show 10.9.0.0/16", TWO "linkdown \n");
	does(h, "ip route del 10.9.0.0/16");
	ok(h, "ip route show 10.9.0.0/16", "");
}

static void next_hop_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "ip route add 10.11.0.0/16 nexthop via 10.7.0.2", -ENETUNREACH,
	      "Error: Nexthop has invalid gateway.\n");
	fails(h, "ip route add 10.12.0.0/16 nexthop dev eth0 weight 257", -EINVAL,
	      "Error: argument \"257\" is wrong: \"weight\" is invalid\n\n");
	fails(h, "ip route add 10.12.0.0/16 nexthop", -EINVAL,
	      "Error: unexpected end of line after \"nexthop\"\n");
	fails(h, "ip route add 10.12.0.0/16 nexthop via 10.0.0.3 foo", -EINVAL,
	      "Error: \"nexthop\" or end of line is expected instead of \"foo\"\n");
	fails(h, "ip route add 10.12.0.0/16 via 10.0.0.2 nexthop via 10.0.0.3", -EINVAL,
	      "Error: Nexthop gateway does not match RTA_GATEWAY or RTA_VIA.\n");
}

static void routes_of_one_prefix(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip route add 10.9.0.0/16 via 10.0.0.2");
	does(h, "ip route append 10.9.0.0/16 via 10.0.0.77");
	does(h, "ip route prepend 10.9.0.0/16 via 10.0.0.78");
	does(h, "ip route change 10.9.0.0/16 via 10.0.0.79");
	fails(h, "ip route change 10.90.0.0/16 via 10.0.0.79", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	does(h, "ip route replace 10.9.0.0/16 via 10.0.0.79");
	fails(h, "ip route append 10.9.0.0/16 via 10.0.0.79", -EEXIST, EXISTS);
	ok(h, "ip route show 10.9.0.0/16", "10.9.0.0/16 via 10.0.0.79 dev eth0 \n"
	   "10.9.0.0/16 via 10.0.0.2 dev eth0 \n10.9.0.0/16 via 10.0.0.77 dev eth0 \n");
	does(h, "ip route add 10.44.0.0/16 dev eth0 metric 5");
	does(h, "ip route add 10.44.0.0/16 dev eth0 metric 4");
	does(h, "ip route replace 10.44.0.0/16 dev eth0 metric 5 mtu 1300");
	does(h, "ip route replace 10.44.0.0/16 dev eth0");
	ok(h, "ip route show 10.44.0.0/16", "10.44.0.0/16 dev eth0 scope link \n"
	   "10.44.0.0/16 dev eth0 scope link metric 4 \n"
	   "10.44.0.0/16 dev eth0 scope link metric 5 mtu 1300 \n");
}

static void tables(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "ip route show table 77", -ENOENT,
	      "Error: ipv4: FIB table does not exist.\nDump terminated\n");
	fails(h, "ip route del 10.9.0.0/16 table 55", -ESRCH,
	      "Error: FIB table does not exist.\n");
	does(h, "ip route add default via 10.0.0.5 table 5");
	does(h, "ip route add throw 10.22.0.0/16 table 5");
	does(h, "ip route add blackhole 10.23.0.0/16 table 0x99");
	does(h, "ip rule add fwmark 7 table 5");
	fails(h, "ip route get 1.1.1.1", -ENETUNREACH,
	      "RTNETLINK answers: Network is unreachable\n");
	ok(h, "ip route get 1.1.1.1 mark 7",
	   "1.1.1.1 via 10.0.0.5 dev eth0 table 5 src 10.0.0.1 mark 7 uid 0 \n    cache \n");
	ok(h, "ip -j route get 1.1.1.1 mark 7", "[{\"dst\":\"1.1.1.1\",\"gateway\":\"10.0.0.5\","
	   "\"dev\":\"eth0\",\"table\":\"5\",\"prefsrc\":\"10.0.0.1\",\"flags\":[],\"mark\":7,"
	   "\"uid\":0,\"cache\":[]}]\n");
	fails(h, "ip route get 10.22.0.9 mark 7", -ENETUNREACH,
	      "RTNETLINK answers: Network is unreachable\n");
	ok(h, "ip route show table all",
	   "default via 10.0.0.5 dev eth0 table 5 \nthrow 10.22.0.0/16 table 5 \n"
	   "blackhole 10.23.0.0/16 table 153 \n"
	   "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n"
	   "local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1 \n"
	   "broadcast 10.0.0.255 dev eth0 table local proto kernel scope link src 10.0.0.1 \n"
	   "local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1 \n"
	   "local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 \n"
	   "broadcast 127.255.255.255 dev lo table local proto kernel scope link src "
	   "127.0.0.1 \n");
	does(h, "ip route flush table 5");
	ok(h, "ip route show table 5", "");
}

static void refusals(void **state)
{
	static const char *const how[][3] = {
		{ "unreachable", "No route to host", "Network is unreachable" },
		{ "prohibit", "Permission denied", "Permission denied" },
		{ "blackhole", "Invalid argument", "Invalid argument" },
	};
	struct host *h = &((struct pair *)*state)->a;

	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		char cmd[64], want[64];

		snprintf(cmd, sizeof(cmd), "ip route replace %s 10.20.0.0/16", how[i][0]);
		does(h, cmd);
		snprintf(want, sizeof(want), "RTNETLINK answers: %s\n", how[i][1]);
		assert_string_equal(ask(h, "ip route get 10.20.0.1", NULL), want);
		assert_string_equal(ask(h, "ip route get fibmatch 10.20.0.1", NULL), want);
		does(h, "ip route del 10.20.0.0/16");
		snprintf(cmd, sizeof(cmd), "ip rule add to 10.0.0.2 %s", how[i][0]);
		does(h, cmd);
		snprintf(want, sizeof(want), "RTNETLINK answers: %s\n", how[i][2]);
		assert_string_equal(ask(h, "ip route get 10.0.0.2", NULL), want);
		does(h, "ip rule del to 10.0.0.2");
		shows(h, "ip route get 10.0.0.2", "10.0.0.2 dev eth0 src 10.0.0.1 uid 0");
	}
}

/* ip -batch: its lines stand behind it. */
static void batches(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip -batch x\nroute add 10.9.0.0/16 via 10.0.0.2\n\n# a comment\n"
	     "  route add \\\n10.10.0.0/16 via 10.0.0.2 # another\nrule add pref 7 table 5");
	ok(h, "ip -b -\nroute show root 10.9.0.0/15\nrule show pref 7\n",
	   "10.9.0.0/16 via 10.0.0.2 dev eth0 \n7:\tfrom all lookup 5\n");
	fails(h, "ip -batch x 2001\nrule show pref 7\nroute add 10.9.0.0/16 via 10.0.0.2\n"
	      "route del 10.9.0.0/16", -EEXIST,
	      "7:\tfrom all lookup 5\n" EXISTS "Command failed x:2002\n");
	fails(h, "ip -force -batch -\nfoo\nroute del 10.9.0.0/16\nlink foo\n", -EINVAL,
	      "Object \"foo\" is unknown, try \"ip help\".\nCommand failed -:1\n"
	      "Command \"foo\" is unknown, try \"ip link help\".\nCommand failed -:3\n");
	ok(h, "ip route show 10.9.0.0/16", "");
	shows(h, "ip -batch x", "takes its commands from the lines behind it");
}

/* The same for IPv6, whose default rules are two. */
static void rules_of_ipv6(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "ip -6 rule", FIRST "32766:\tfrom all lookup main\n");
	does(h, "sysctl -qw net.ipv6.conf.all.disable_ipv6=0");
	does(h, "ip -6 addr add 2001:db8::1/64 dev eth0 nodad");
	fails(h, "ip -6 route show table 9", -ENOENT,
	      "Error: ipv6: FIB table does not exist.\nDump terminated\n");
	does(h, "ip -6 route add default via 2001:db8::9 table 9");
	does(h, "ip -6 route add throw 2001:db8:5::/48 table 9");
	does(h, "ip -6 route add default via 2001:db8::2");
	/* A route of another table is none of main's. */
	shows(h, "ip -6 route get 2001:db8:7::1", "via 2001:db8::2 dev eth0 src");
	does(h, "ip -6 rule add to 2001:db8:4::/46 table 9");
	does(h, "ip -6 rule add fwmark 3 prohibit pref 5");
	ok(h, "ip -6 rule", FIRST "5:\tfrom all fwmark 0x3 prohibit\n"
	   "32765:\tfrom all to 2001:db8:4::/46 lookup 9\n32766:\tfrom all lookup main\n");
	shows(h, "ip -6 route get 2001:db8:7::1", "via 2001:db8::9 dev eth0 table 9 src");
	shows(h, "ip -6 route get 2001:db8:5::1", "via 2001:db8::2 dev eth0 src");
	shows(h, "ip -6 route get 2001:db8:8::1", "via 2001:db8::2 dev eth0 src");
	shows(h, "ip -6 route get 2001:db8:8::1 mark 3", "Permission denied");
	shows(h, "ip -6 route get 2001:db8::1 mark 3", "local 2001:db8::1");
	does(h, "ip -6 rule del table 9");
	shows(h, "ip -6 route get 2001:db8:7::1", "via 2001:db8::2 dev eth0 src");
	ok(h, "ip -6 route show table 9",
	   "throw 2001:db8:5::/48 dev lo metric 1024 pref medium\n"
	   "default via 2001:db8::9 dev eth0 metric 1024 pref medium\n");
	fails(h, "ip -6 rule add from 10.0.0.1 table 9", -EINVAL, NULL);
	does(h, "ip -6 rule flush");
	does(h, "ip -6 rule del pref 0");
	shows(h, "ip -6 route get 2001:db8::1", "Network is unreachable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(rules_are_listed), CTL_TEST(rules_as_objects),
		CTL_TEST(rule_mistakes_are_named), CTL_TEST(several_next_hops),
		CTL_TEST(next_hop_mistakes_are_named), CTL_TEST(routes_of_one_prefix),
		CTL_TEST(tables), CTL_TEST(refusals), CTL_TEST(batches), CTL_TEST(rules_of_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
