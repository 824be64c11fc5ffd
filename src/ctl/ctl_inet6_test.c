/* SPDX-License-Identifier: MIT */
/* ip -6 addr, route, neigh and the settings of IPv6: what Linux prints, word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "ctl/help.h"

#define FOREVER "       valid_lft forever preferred_lft forever\n"
#define ETH0 "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo state UP group " \
	"default qlen 1000\n"

static struct host *begin(void **state)
{
	struct pair *p = *state;

	does(&p->a, "sysctl -q -w net.ipv6.conf.all.disable_ipv6=0");
	pair_advance(p, 3000);
	return &p->a;
}

static void addresses(void **state)
{
	struct pair *p = *state;
	struct host *h = &p->a;

	fails(h, "ip addr add 2001:db8::1/64 dev eth0", -EACCES,
	      "Error: ipv6: IPv6 is disabled on this device.\n");
	fails(h, "ip neigh add fe80::5 lladdr 02:00:00:00:00:05 dev eth0", -EINVAL,
	      "Error: IPv6 is disabled on this device.\n");
	ok(h, "ip -6 addr", "");
	h = begin(state);
	does(h, "ip addr add 2001:db8::1/64 dev eth0");
	does(h, "ip -6 addr add 2001:db8::2 dev eth0 nodad");
	ok(h, "ip -6 addr show dev eth0", ETH0
	   "    inet6 2001:db8::2/128 scope global nodad \n" FOREVER
	   "    inet6 2001:db8::1/64 scope global tentative \n" FOREVER
	   "    inet6 fe80::ff:fe00:102/64 scope link \n" FOREVER);
	pair_advance(p, 3000);
	ok(h, "ip -6 addr show dev eth0 scope link", ETH0
	   "    inet6 fe80::ff:fe00:102/64 scope link \n" FOREVER);
	ok(h, "ip -6 -br addr", "lo               UNKNOWN        ::1/128 \n"
	   "eth0             UP             2001:db8::2/128 2001:db8::1/64 "
	   "fe80::ff:fe00:102/64 \n");
	ok(h, "ip -br addr show dev eth0", "eth0             UP             10.0.0.1/24 "
	   "2001:db8::2/128 2001:db8::1/64 fe80::ff:fe00:102/64 \n");
	ok(h, "ip -4 -br addr show dev eth0", "eth0             UP             10.0.0.1/24 \n");
	fails(h, "ip addr add 2001:db8::1/64 dev eth0", -EEXIST,
	      "Error: ipv6: address already assigned.\n");
	fails(h, "ip addr add 2001:db8::9/64 dev eth0 valid_lft 10 preferred_lft 20", -EINVAL,
	      "preferred_lft is greater than valid_lft\n");
	fails(h, "ip addr add 2001:db8::9/64 dev eth0 valid_lft 0", -EINVAL, "valid_lft is zero\n");
	fails(h, "ip addr del 2001:db8::55/64 dev eth0", -EADDRNOTAVAIL,
	      "Error: ipv6: address not found.\n");
	fails(h, "ip -6 addr add 10.0.0.1/24 dev eth0", -EINVAL,
	      "Error: inet6 prefix is expected rather than \"10.0.0.1/24\".\n");
	does(h, "ip addr del 2001:db8::2 dev eth0");
	does(h, "ip -6 addr flush dev eth0 scope global");
	ok(h, "ip -6 -br addr show dev eth0",
	   "eth0             UP             fe80::ff:fe00:102/64 \n");
}

/* It stays as it is: a change is no new duplicate address detection, and the route stands. */
static void lifetimes(void **state)
{
	struct pair *p = *state;
	struct host *h = begin(state);

	does(h, "ip addr add 2001:db8::1/64 dev eth0 valid_lft 100 preferred_lft 50");
	pair_advance(p, 3000);
	does(h, "ip addr change 2001:db8::1/64 dev eth0 valid_lft 20 preferred_lft 10");
	ok(h, "ip -6 addr show dev eth0 scope global", ETH0
	   "    inet6 2001:db8::1/64 scope global dynamic \n"
	   "       valid_lft 20sec preferred_lft 10sec\n");
	pair_advance(p, 12000);
	shows(h, "ip -6 addr show dev eth0", "scope global deprecated dynamic \n"
	      "       valid_lft 8sec preferred_lft 0sec\n");
	does(h, "ip addr replace 2001:db8::1/64 dev eth0 mngtmpaddr");
	shows(h, "ip -6 addr show dev eth0", "2001:db8::1/64 scope global mngtmpaddr \n" FOREVER);
	does(h, "sysctl -q -w net.ipv6.conf.eth0.use_tempaddr=2");
	does(h, "ip addr add 2001:db8:1::1/64 dev eth0 mngtmpaddr valid_lft 99 preferred_lft 50");
	pair_advance(p, 3000);
	shows(h, "ip -6 addr show dev eth0", "/64 scope global temporary dynamic \n"
	      "       valid_lft 96sec preferred_lft 47sec\n");
	fails(h, "ip addr add 2001:db8:2::1/48 dev eth0 mngtmpaddr", -EINVAL,
	      "Error: ipv6: address with \"mngtmpaddr\" flag must have a prefix length of 64.\n");
	does(h, "ip addr del 2001:db8:1::1/64 dev eth0");
	hides(h, "ip -6 addr show dev eth0", "temporary");
	does(h, "ip addr change 2001:db8::1/64 dev eth0 noprefixroute");
	hides(h, "ip -6 route", "2001:db8::/64");
	does(h, "ip addr change 2001:db8::1/64 dev eth0");
	shows(h, "ip -6 route", "2001:db8::/64");
	pair_advance(p, 30000);
	shows(h, "ip -6 addr show dev eth0", "2001:db8::1/64 scope global \n" FOREVER);
}

/* Beside Linux 6.18. */
static void peers(void **state)
{
	struct host *h = begin(state);

	does(h, "ip addr add 2001:db8::1 peer 2001:db8:1::2/128 dev eth0 nodad");
	does(h, "ip addr add 2001:db8::3/64 peer 2001:db8:2::2 dev eth0 nodad");
	does(h, "ip addr add 2001:db8::4 peer 2001:db8:3::2/64 dev eth0 nodad");
	fails(h, "ip addr add 2001:db8::4 peer 2001:db8:3::3/64 dev eth0 nodad", -EEXIST,
	      "Error: ipv6: address already assigned.\n");
	shows(h, "ip -6 addr show dev eth0",
	      "    inet6 2001:db8::4 peer 2001:db8:3::2/64 scope global nodad \n"
	      "       valid_lft forever preferred_lft forever\n"
	      "    inet6 2001:db8::3 peer 2001:db8:2::2/128 scope global nodad \n"
	      "       valid_lft forever preferred_lft forever\n"
	      "    inet6 2001:db8::1 peer 2001:db8:1::2/128 scope global nodad \n");
	shows(h, "ip -j -6 addr show dev eth0", "{\"family\":\"inet6\",\"local\":\"2001:db8::1\","
	      "\"address\":\"2001:db8:1::2\",\"prefixlen\":128,\"scope\":\"global\",");
	shows(h, "ip -6 route show dev eth0",
	      "2001:db8::1 proto kernel metric 256 pref medium\n"
	      "2001:db8::3 proto kernel metric 256 pref medium\n"
	      "2001:db8::/64 proto kernel metric 256 pref medium\n"
	      "2001:db8:1::2 proto kernel metric 256 pref medium\n"
	      "2001:db8:2::2 proto kernel metric 256 pref medium\n"
	      "2001:db8:3::2 proto kernel metric 256 pref medium\n");
	does(h, "ip addr replace 2001:db8::4 peer 2001:db8:4::3/64 dev eth0 nodad");
	hides(h, "ip -6 route show dev eth0", "2001:db8:3::2");
	shows(h, "ip -6 route show dev eth0", "2001:db8:4::3 proto kernel");
	does(h, "ip addr del 2001:db8::1/128 dev eth0");
	does(h, "ip addr del 2001:db8::3 peer 2001:db8:2::9 dev eth0");
	does(h, "ip addr del 2001:db8::4/64 dev eth0");
	hides(h, "ip -6 route show dev eth0", "2001:db8:");
}

static void routes(void **state)
{
	struct host *h = begin(state);

	does(h, "ip addr add 2001:db8::1/64 dev eth0 nodad");
	does(h, "ip addr add 2001:db8::2/128 dev eth0 nodad");
	does(h, "ip -6 route add default via 2001:db8::ff");
	does(h, "ip route add unreachable 2001:db8:9::/48");
	ok(h, "ip -6 route", "2001:db8::2 dev eth0 proto kernel metric 256 pref medium\n"
	   "2001:db8::/64 dev eth0 proto kernel metric 256 pref medium\n"
	   "unreachable 2001:db8:9::/48 dev lo metric 1024 pref medium\n"
	   "fe80::/64 dev eth0 proto kernel metric 256 pref medium\n"
	   "default via 2001:db8::ff dev eth0 metric 1024 pref medium\n");
	ok(h, "ip -6 route show table local", "local ::1 dev lo proto kernel metric 0 pref medium\n"
	   "local 2001:db8::1 dev eth0 proto kernel metric 0 pref medium\n"
	   "local 2001:db8::2 dev eth0 proto kernel metric 0 pref medium\n"
	   "local fe80::ff:fe00:102 dev eth0 proto kernel metric 0 pref medium\n"
	   "multicast ff00::/8 dev eth0 proto kernel metric 256 pref medium\n");
	ok(h, "ip -6 route show root 2001:db8::/32 proto kernel",
	   "2001:db8::2 dev eth0 proto kernel metric 256 pref medium\n"
	   "2001:db8::/64 dev eth0 proto kernel metric 256 pref medium\n");
	ok(h, "ip route get 2001:db8::5",
	   "2001:db8::5 from :: dev eth0 proto kernel src 2001:db8::2 metric 256 pref medium\n");
	ok(h, "ip route get 2001:db9::5", "2001:db9::5 from :: via 2001:db8::ff dev eth0 src "
	   "2001:db8::2 metric 1024 pref medium\n");
	ok(h, "ip route get ::1",
	   "local ::1 from :: dev lo table local proto kernel src ::1 metric 0 pref medium\n");
	ok(h, "ip -6 -j route show default", "[{\"dst\":\"default\",\"gateway\":\"2001:db8::ff\","
	   "\"dev\":\"eth0\",\"metric\":1024,\"flags\":[],\"pref\":\"medium\"}]\n");
	fails(h, "ip -6 route get 2001:db8:9::1", -EHOSTUNREACH,
	      "RTNETLINK answers: No route to host\n");
	fails(h, "ip -6 route add 2001:db8:7::/64 via 2001:db9::1", -EHOSTUNREACH,
	      "RTNETLINK answers: No route to host\n");
	fails(h, "ip -6 route add default via 2001:db8::ff", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	fails(h, "ip -6 route del 2001:db8:77::/64", -ESRCH,
	      "RTNETLINK answers: No such process\n");
	does(h, "ip -6 route replace default via 2001:db8::fe");
	does(h, "ip -6 route del default via 2001:db8::fe");
	does(h, "ip -6 route flush proto boot");
	ok(h, "ip -6 route show 2001:db8:9::/48", "");
	ok(h, "ip route show default", "");
}

/* Both families where none is named, as ip prints them. */
static void all_routes(void **state)
{
	struct host *h = begin(state);

	ok(h, "ip route show table all",
	   "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n"
	   "local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1 \n"
	   "broadcast 10.0.0.255 dev eth0 table local proto kernel scope link src 10.0.0.1 \n"
	   "local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1 \n"
	   "local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 \n"
	   "broadcast 127.255.255.255 dev lo table local proto kernel scope link src 127.0.0.1 \n"
	   "local ::1 dev lo table local proto kernel metric 0 pref medium\n"
	   "local fe80::ff:fe00:102 dev eth0 table local proto kernel metric 0 pref medium\n"
	   "fe80::/64 dev eth0 proto kernel metric 256 pref medium\n"
	   "multicast ff00::/8 dev eth0 table local proto kernel metric 256 pref medium\n");
	fails(h, "ip -6 route add via fe80::1 dev eth0", -EINVAL, HELP_IP_ROUTE);
	fails(h, "ip route add via 10.0.0.9 dev eth0", -EINVAL, HELP_IP_ROUTE);
	fails(h, "ip route del dev eth0", -EINVAL, HELP_IP_ROUTE);
}

/* Word for word as ip says it, beside Linux 6.18: of packets made here and of those that come. */
static void lookups_are_told(void **state)
{
	struct host *h = begin(state);

	does(h, "sysctl -q -w net.ipv6.conf.all.forwarding=1");
	does(h, "ip addr add 2001:db8:1::1/64 dev eth0 nodad");
	does(h, "ip -6 route add 2001:db8:2::/64 via 2001:db8:1::5");
	does(h, "ip -6 route add unreachable 2001:db8:dead::/48");
	does(h, "ip -6 route add prohibit 2001:db8:beef::/48");
	ok(h, "ip route get 2001:db8:2::2 from 2001:db8:1::2 iif eth0 ipproto tcp sport 1 dport 2",
	   "2001:db8:2::2 from 2001:db8:1::2 via 2001:db8:1::5 dev eth0 metric 1024 iif eth0 "
	   "pref medium\n");
	ok(h, "ip -j route get 2001:db8:2::2 from 2001:db8:1::2 iif eth0",
	   "[{\"dst\":\"2001:db8:2::2\",\"from\":\"2001:db8:1::2\",\"gateway\":\"2001:db8:1::5\","
	   "\"dev\":\"eth0\",\"metric\":1024,\"flags\":[],\"iif\":\"eth0\","
	   "\"pref\":\"medium\"}]\n");
	ok(h, "ip route get 2001:db8:2::2 from 2001:db8:1::1", "2001:db8:2::2 from 2001:db8:1::1 "
	   "via 2001:db8:1::5 dev eth0 src 2001:db8:1::1 metric 1024 pref medium\n");
	ok(h, "ip -j route get 2001:db8:1::77", "[{\"dst\":\"2001:db8:1::77\",\"from\":\"::\","
	   "\"dev\":\"eth0\",\"protocol\":\"kernel\",\"prefsrc\":\"2001:db8:1::1\","
	   "\"metric\":256,\"flags\":[],\"pref\":\"medium\"}]\n");
	ok(h, "ip route get fibmatch 2001:db8:2::2",
	   "2001:db8:2::/64 via 2001:db8:1::5 dev eth0 metric 1024 pref medium\n");
	ok(h, "ip route get 2001:db8:1::77/64",
	   "Warning: /64 as prefix is invalid, only /128 (or none) is supported.\n"
	   "2001:db8:1::77 from :: dev eth0 proto kernel src 2001:db8:1::1 metric 256 "
	   "pref medium\n");
	/* Nothing but JSON where JSON is asked for. */
	ok(h, "ip -j route get 2001:db8:1::77/64", "[{\"dst\":\"2001:db8:1::77\",\"from\":\"::\","
	   "\"dev\":\"eth0\",\"protocol\":\"kernel\",\"prefsrc\":\"2001:db8:1::1\","
	   "\"metric\":256,\"flags\":[],\"pref\":\"medium\"}]\n");
	ok(h, "ip -j route get fibmatch 2001:db8:2::2",
	   "[{\"dst\":\"2001:db8:2::/64\",\"gateway\":\"2001:db8:1::5\",\"dev\":\"eth0\","
	   "\"metric\":1024,\"flags\":[],\"pref\":\"medium\"}]\n");
	fails(h, "ip route get 2001:db8:99::1 from 2001:db8:1::9 iif eth0", -ENETUNREACH,
	      "RTNETLINK answers: Network is unreachable\n");
	fails(h, "ip route get 2001:db8:dead::1 from 2001:db8:1::9 iif eth0", -EHOSTUNREACH,
	      "RTNETLINK answers: No route to host\n");
	fails(h, "ip route get 2001:db8:beef::1 from 2001:db8:1::9 iif eth0", -EACCES,
	      "RTNETLINK answers: Permission denied\n");
}

/* net-tools know IPv6 too; word for word beside net-tools 2.10 on Linux 6.18. */
static void net_tools(void **state)
{
	struct host *h = begin(state);

	does(h, "ip addr add 2001:db8::2/64 dev eth0 nodad");
	does(h, "ip -6 route add unreachable 2001:db8:dead::/48");
	does(h, "route -6 add default gw 2001:db8::1");
	does(h, "route -A inet6 add 2001:db8:3::/48 gw 2001:db8::1 metric 7");
	fails(h, "route -6 add 2001:db8:3::/48 gw 2001:db8::1 metric 7", -EEXIST,
	      "SIOCADDRT: File exists\n");
	fails(h, "route -6 add nonsense gw ::1", -EINVAL, "nonsense: Host name lookup failure\n");
	ok(h, "route -6 -n", "Kernel IPv6 routing table\n"
	   "Destination                    Next Hop                   Flag Met Ref  Use If\n"
	   "::1/128                        ::                         Un   0   1      0 lo\n"
	   "2001:db8::2/128                ::                         Un   0   1      0 eth0\n"
	   "2001:db8::/64                  ::                         U    256 1      0 eth0\n"
	   "2001:db8:3::/48                2001:db8::1                UG   7   1      0 eth0\n"
	   "2001:db8:dead::/48             ::                         !n   1024 1      0 lo\n"
	   "fe80::ff:fe00:102/128          ::                         Un   0   1      0 eth0\n"
	   "fe80::/64                      ::                         U    256 1      0 eth0\n"
	   "ff00::/8                       ::                         U    256 1      0 eth0\n"
	   "::/0                           2001:db8::1                UG   1   1      0 eth0\n");
	does(h, "route -6 del 2001:db8:3::/48");
	fails(h, "route -6 del 2001:db8:3::/48", -ESRCH, "SIOCDELRT: No such process\n");
	does(h, "ifconfig eth0 inet6 add 2001:db8:5::1/64");
	does(h, "ifconfig eth0 add 2001:db8:6::1/64");
	does(h, "ifconfig eth0 inet6 del 2001:db8:5::1/64");
	fails(h, "ifconfig eth0 inet6 del 2001:db8:5::1/64", -EADDRNOTAVAIL,
	      "SIOCDIFADDR: Cannot assign requested address\n");
	shows(h, "ifconfig eth0", "broadcast 10.0.0.255\n"
	      "        inet6 2001:db8:6::1  prefixlen 64  scopeid 0x0<global>\n"
	      "        inet6 2001:db8::2  prefixlen 64  scopeid 0x0<global>\n"
	      "        inet6 fe80::ff:fe00:102  prefixlen 64  scopeid 0x20<link>\n");
	shows(h, "netstat -6 -rn", "Kernel IPv6 routing table\n");
	shows(h, "netstat -s -6", "Icmp6:\n    0 ICMP messages received\n");
	shows(h, "netstat -g", "eth0            1      224.0.0.1\nlo              1      ff02::1\n"
	      "lo              1      ff01::1\neth0            1      ff02::1:ff00:1\n");
	shows(h, "netstat -g", "eth0            1      ff02::1:ff00:2\n");
	ok(h, "ip maddr show lo", "1:\tlo\n\tinet  224.0.0.1\n\tinet6 ff02::1\n\tinet6 ff01::1\n");
	shows(h, "cat /proc/net/if_inet6",
	      "20010db8000000000000000000000002 02 40 00 82     eth0\n");
	shows(h, "cat /proc/net/ipv6_route",
	      "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	      "20010db8000000000000000000000001 00000001 00000001 00000000 00000003     eth0\n");
	shows(h, "cat /proc/net/raw6", "  sl  local_address ");
	ok(h, "cat /proc/net/sockstat6", "TCP6: inuse 0\nUDP6: inuse 0\nUDPLITE6: inuse 0\n"
	   "RAW6: inuse 0\nFRAG6: inuse 0 memory 0\n");
}

/* Word for word as ip shows them, beside Linux 6.18. */
static void several_next_hops(void **state)
{
	struct host *h = begin(state);

	does(h, "ip addr add fd00::1/64 dev eth0 nodad");
	does(h, "ip -6 route add 2001:db8::/32 nexthop via fd00::2 weight 2 nexthop via fd00::3");
	ok(h, "ip -6 route show 2001:db8::/32", "2001:db8::/32 metric 1024 pref medium\n"
	   "\tnexthop via fd00::2 dev eth0 weight 2 \n"
	   "\tnexthop via fd00::3 dev eth0 weight 1 \n");
	ok(h, "ip -6 -j route show 2001:db8::/32", "[{\"dst\":\"2001:db8::/32\",\"metric\":1024,"
	   "\"flags\":[],\"pref\":\"medium\",\"nexthops\":[{\"gateway\":\"fd00::2\",\"dev\":"
	   "\"eth0\",\"weight\":2,\"flags\":[]},{\"gateway\":\"fd00::3\",\"dev\":\"eth0\","
	   "\"weight\":1,\"flags\":[]}]}]\n");
	fails(h, "ip -6 route add 2001:db8::/32 via fd00::9", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	does(h, "ip -6 route append 2001:db8::/32 via fd00::9");
	fails(h, "ip -6 route append 2001:db8::/32 via fd00::9", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	ok(h, "ip -6 route show 2001:db8::/32", "2001:db8::/32 metric 1024 pref medium\n"
	   "\tnexthop via fd00::2 dev eth0 weight 2 \n"
	   "\tnexthop via fd00::3 dev eth0 weight 1 \n"
	   "\tnexthop via fd00::9 dev eth0 weight 1 \n");
	does(h, "ip -6 route del 2001:db8::/32 via fd00::9");
	does(h, "ip -6 route del 2001:db8::/32 via fd00::3");
	ok(h, "ip -6 route show 2001:db8::/32",
	   "2001:db8::/32 via fd00::2 dev eth0 metric 1024 pref medium\n");
	does(h, "ip -6 route replace 2001:db8::/32 nexthop via fd00::6 nexthop via fd00::7");
	does(h, "ip -6 route replace 2001:db8::/32 nexthop via fd00::8 nexthop via fd00::a");
	ok(h, "ip -6 route show 2001:db8::/32", "2001:db8::/32 metric 1024 pref medium\n"
	   "\tnexthop via fd00::8 dev eth0 weight 1 \n"
	   "\tnexthop via fd00::a dev eth0 weight 1 \n");
	does(h, "ip -6 route del 2001:db8::/32");
	ok(h, "ip -6 route show 2001:db8::/32", "");
	fails(h, "ip -6 route add 2001:db9::/32 nexthop via fd00::6 nexthop via fd00::6", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	fails(h, "ip -6 route add 2001:db9::/32 nexthop dev eth0", -EINVAL, "Error: Device only "
	      "routes can not be added for IPv6 using the multipath API.\n");
	fails(h, "ip -6 route add 2001:db9::/32 nexthop via fd00::6 weight 300", -EINVAL, NULL);
	does(h, "ip -6 route add 2001:dba::/32 nexthop via fd00::6");
	ok(h, "ip -6 route show 2001:dba::/32",
	   "2001:dba::/32 via fd00::6 dev eth0 metric 1024 pref medium\n");
}

static void neighbours(void **state)
{
	struct host *h = begin(state);

	does(h, "ip addr add 2001:db8::1/64 dev eth0 nodad");
	does(h, "ip neigh add 2001:db8::77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent");
	does(h, "ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent");
	ok(h, "ip neigh", "10.0.0.77 dev eth0 lladdr 02:00:00:00:00:77 PERMANENT \n"
	   "2001:db8::77 dev eth0 lladdr 02:00:00:00:00:77 PERMANENT \n");
	ok(h, "ip -6 neigh show dev eth0", "2001:db8::77 lladdr 02:00:00:00:00:77 PERMANENT \n");
	ok(h, "ip neigh get 2001:db8::77 dev eth0",
	   "2001:db8::77 dev eth0 lladdr 02:00:00:00:00:77 PERMANENT \n");
	ok(h, "ip -6 neigh show to 2001:db8::/32",
	   "2001:db8::77 dev eth0 lladdr 02:00:00:00:00:77 PERMANENT \n");
	ok(h, "ip neigh show to 2001:db9::/32", "");
	does(h, "ip neigh add proxy 2001:db8::9 dev eth0 router");
	ok(h, "ip -6 neigh show proxy", "2001:db8::9 dev eth0 router proxy \n");
	does(h, "ip -6 neigh flush proxy");
	ok(h, "ip -6 neigh show proxy", "");
	does(h, "ip -6 neigh flush dev eth0 nud permanent");
	ok(h, "ip neigh", "10.0.0.77 dev eth0 lladdr 02:00:00:00:00:77 PERMANENT \n");
	fails(h, "ip neigh del 2001:db8::77 dev eth0", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
}

static void settings(void **state)
{
	struct host *h = begin(state);

	ok(h, "sysctl net.ipv6.conf.eth0.disable_ipv6", "net.ipv6.conf.eth0.disable_ipv6 = 0\n");
	does(h, "sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=1");
	ok(h, "ip -6 -br addr", "lo               UNKNOWN        ::1/128 \n");
	/* A router by one of its devices is in the routers' group there (RFC 4291 2.8). */
	does(h, "sysctl -q -w net.ipv6.conf.eth0.disable_ipv6=0");
	hides(h, "ip -6 maddr show dev eth0", "ff02::2\n");
	does(h, "sysctl -q -w net.ipv6.conf.eth0.forwarding=1");
	shows(h, "ip -6 maddr show dev eth0", "inet6 ff02::2\n");
	does(h, "sysctl -q -w net.ipv6.conf.eth0.forwarding=0");
	hides(h, "ip -6 maddr show dev eth0", "ff02::2\n");
	ok(h, "sysctl -n net.ipv6.conf.all.forwarding", "0\n");
	does(h, "sysctl -q -w net.ipv6.conf.all.forwarding=1");
	ok(h, "cat /proc/sys/net/ipv6/conf/eth0/forwarding", "1\n");
	does(h, "sysctl -q -w net.ipv6.neigh.eth0.retrans_time_ms=200");
	ok(h, "sysctl -n net.ipv6.neigh.eth0.retrans_time_ms net.ipv6.ip6frag_time", "200\n60\n");
	assert_non_null(strstr(ask(h, "sysctl -a", NULL), "net.ipv6.neigh.default.gc_thresh3"));
	does(h, "sysctl -q -w net.ipv6.conf.eth0.stable_secret=2001:db8::1234");
	ok(h, "sysctl -n net.ipv6.conf.eth0.stable_secret net.ipv6.conf.eth0.addr_gen_mode",
	   "2001:0db8:0000:0000:0000:0000:0000:1234\n2\n");
	fails(h, "sysctl -w net.ipv6.conf.eth0.stable_secret=x", -EINVAL, NULL);
	assert_non_null(strstr(ask(h, "cat /proc/net/snmp6", NULL),
			       "Icmp6OutNeighborSolicits        \t1\n"));
}



int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(addresses), CTL_TEST(lifetimes), CTL_TEST(peers), CTL_TEST(routes),
		CTL_TEST(several_next_hops),
		CTL_TEST(neighbours), CTL_TEST(settings), CTL_TEST(all_routes),
		CTL_TEST(lookups_are_told),
		CTL_TEST(net_tools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
