/* SPDX-License-Identifier: MIT */
/* ip link, addr, route, neigh: what Linux prints, word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "wire/inet_addr.h"

#define LO \
	"1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default " \
	"qlen 1000\n" \
	"    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n" \
	"    inet 127.0.0.1/8 scope host lo\n" \
	"       valid_lft forever preferred_lft forever\n"
#define ETH0 \
	"2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo state UP group default " \
	"qlen 1000\n" \
	"    link/ether 02:00:00:00:01:02 brd ff:ff:ff:ff:ff:ff\n"
#define INET(text) \
	"    inet " text "\n       valid_lft forever preferred_lft forever\n"

static void addresses_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip addr add 10.0.0.5/24 dev eth0");
	does(h, "ip a a 10.1.0.5/16 brd + dev eth0");
	does(h, "ip addr add 10.2.0.1/24 broadcast 10.2.0.77 scope link label eth0:x dev eth0");
	ok(h, "ip addr", LO ETH0 INET("10.0.0.1/24 brd 10.0.0.255 scope global eth0")
	   INET("10.1.0.5/16 brd 10.1.255.255 scope global eth0")
	   INET("10.2.0.1/24 brd 10.2.0.77 scope link eth0:x")
	   INET("10.0.0.5/24 scope global secondary eth0"));
	ok(h, "ip -4 a s lo",
	   "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default "
	   "qlen 1000\n" INET("127.0.0.1/8 scope host lo"));
	ok(h, "ip -o -4 addr show dev lo", "1: lo    inet 127.0.0.1/8 scope host lo\\"
	   "       valid_lft forever preferred_lft forever\n");
	ok(h, "ip -br a", "lo               UNKNOWN        127.0.0.1/8 \n"
	   "eth0             UP             10.0.0.1/24 10.1.0.5/16 10.2.0.1/24 10.0.0.5/24 \n");
	ok(h, "ip addr show dev eth0 secondary", ETH0 INET("10.0.0.5/24 scope global secondary "
	   "eth0"));
	ok(h, "ip addr show to 10.1.0.0/16",
	   ETH0 INET("10.1.0.5/16 brd 10.1.255.255 scope global eth0"));
	ok(h, "ip addr show scope host", LO);
	ok(h, "ip addr show label 'eth?:*'",
	   ETH0 INET("10.2.0.1/24 brd 10.2.0.77 scope link eth0:x"));
	ok(h, "ip -j addr show lo",
	   "[{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"],"
	   "\"mtu\":65536,\"qdisc\":\"noqueue\",\"operstate\":\"UNKNOWN\",\"group\":\"default\","
	   "\"txqlen\":1000,\"link_type\":\"loopback\",\"address\":\"00:00:00:00:00:00\","
	   "\"broadcast\":\"00:00:00:00:00:00\",\"addr_info\":[{\"family\":\"inet\","
	   "\"local\":\"127.0.0.1\",\"prefixlen\":8,\"scope\":\"host\",\"label\":\"lo\","
	   "\"valid_life_time\":4294967295,\"preferred_life_time\":4294967295}]}]\n");
	does(h, "ip addr flush dev eth0");
	ok(h, "ip addr show eth0", ETH0);
	ok(h, "ip -s addr flush dev eth0", "Nothing to flush.\n");
	ok(h, "ip -6 addr", "");
}

/* Beside Linux 6.18. */
static void addresses_have_lifetimes(void **state)
{
	struct pair *p = *state;
	struct host *h = &p->a;

	does(h, "ip addr add 10.7.0.1/24 dev eth0 valid_lft 20 preferred_lft 10");
	shows(h, "ip addr show dev eth0", "    inet 10.7.0.1/24 scope global dynamic eth0\n"
	      "       valid_lft 20sec preferred_lft 10sec\n");
	pair_advance(p, 12000);
	shows(h, "ip addr show dev eth0", "    inet 10.7.0.1/24 scope global deprecated dynamic "
	      "eth0\n       valid_lft 8sec preferred_lft 0sec\n");
	shows(h, "ip -j addr show dev eth0", "\"scope\":\"global\",\"deprecated\":true,\"dynamic\":"
	      "true,\"label\":\"eth0\",\"valid_life_time\":8,\"preferred_life_time\":0}");
	does(h, "ip addr replace 10.7.0.1/24 dev eth0 valid_lft 100 preferred_lft 100");
	pair_advance(p, 60000);
	shows(h, "ip route", "10.7.0.0/24 dev eth0");
	pair_advance(p, 41000);
	hides(h, "ip addr show dev eth0", "10.7.0.1");
	hides(h, "ip route", "10.7.0.0/24 dev eth0");
	does(h, "ip addr add 10.7.0.1/24 dev eth0 valid_lft 20 preferred_lft 10");
	does(h, "ip addr change 10.7.0.1/24 dev eth0");
	pair_advance(p, 30000);
	shows(h, "ip addr show dev eth0", "    inet 10.7.0.1/24 scope global eth0\n"
	      "       valid_lft forever preferred_lft forever\n");
	fails(h, "ip addr add 10.8.0.1/24 dev eth0 valid_lft 0", -EINVAL, "valid_lft is zero\n");
	fails(h, "ip addr add 10.8.0.1/24 dev eth0 valid_lft 10 preferred_lft 20", -EINVAL,
	      "preferred_lft is greater than valid_lft\n");
}

/* Beside Linux 6.18, as are the rest of peers. */
static void addresses_have_peers(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip addr flush dev eth0");
	does(h, "ip addr add 10.1.0.1 peer 10.2.0.2/32 dev eth0");
	does(h, "ip addr add 10.1.0.3 peer 10.3.0.0/24 brd + dev eth0");
	does(h, "ip addr add 10.1.0.4 peer 10.3.0.7/24 dev eth0");
	does(h, "ip addr add 10.1.0.5/24 peer 10.4.0.7 dev eth0");
	fails(h, "ip addr add 10.1.0.4/16 peer 10.3.0.7/24 dev eth0", -EEXIST,
	      "Error: ipv4: Address already assigned.\n");
	ok(h, "ip -br -4 addr show dev eth0", "eth0             UP             "
	   "10.1.0.1 peer 10.2.0.2/32 10.1.0.3 peer 10.3.0.0/24 10.1.0.5 peer 10.4.0.7/32 "
	   "10.1.0.4 peer 10.3.0.7/24 \n");
	shows(h, "ip addr show dev eth0",
	      "    inet 10.1.0.3 peer 10.3.0.0/24 brd 10.3.0.255 scope global eth0\n");
	shows(h, "ip addr show dev eth0",
	      "    inet 10.1.0.4 peer 10.3.0.7/24 scope global secondary eth0\n");
	shows(h, "ip -j addr show dev eth0", "{\"family\":\"inet\",\"local\":\"10.1.0.1\","
	      "\"address\":\"10.2.0.2\",\"prefixlen\":32,\"scope\":\"global\",");
	ok(h, "ip route show dev eth0",
	   "10.2.0.2 proto kernel scope link src 10.1.0.1 \n"
	   "10.3.0.0/24 proto kernel scope link src 10.1.0.3 \n"
	   "10.4.0.7 proto kernel scope link src 10.1.0.5 \n");
	ok(h, "ip route show table local dev eth0",
	   "local 10.1.0.1 proto kernel scope host src 10.1.0.1 \n"
	   "local 10.1.0.3 proto kernel scope host src 10.1.0.3 \n"
	   "local 10.1.0.4 proto kernel scope host src 10.1.0.3 \n"
	   "local 10.1.0.5 proto kernel scope host src 10.1.0.5 \n"
	   "broadcast 10.3.0.255 proto kernel scope link src 10.1.0.3 \n");
	shows(h, "ip route get 10.3.0.9", "10.3.0.9 dev eth0 src 10.1.0.3 ");
	shows(h, "ip addr del 10.1.0.1 dev eth0", "(10.1.0.1/32)");
	fails(h, "ip addr del 10.1.0.3/24 dev eth0", -EADDRNOTAVAIL, NULL);
	does(h, "ip addr del 10.1.0.3 peer 10.3.0.99/24 dev eth0");
	fails(h, "ip addr del 10.1.0.5/32 dev eth0", -EADDRNOTAVAIL,
	      "Error: ipv4: Address not found.\n");
	ok(h, "ip -br -4 addr show dev eth0",
	   "eth0             UP             10.1.0.5 peer 10.4.0.7/32 \n");
	ok(h, "ip route show dev eth0", "10.4.0.7 proto kernel scope link src 10.1.0.5 \n");
	fails(h, "ip addr add 10.1.0.6 peer 10.4.0.7 peer 10.4.0.8 dev eth0", -EINVAL, NULL);
}

/* The two ends of a line need have nothing in common. */
static void peers_talk(void **state)
{
	struct pair *p = *state;
	char text[8];
	int b;

	does(&p->a, "ip addr flush dev eth0");
	does(&p->b, "ip addr flush dev eth0");
	does(&p->a, "ip addr add 10.1.0.1 peer 172.16.0.1 dev eth0");
	does(&p->b, "ip addr add 172.16.0.1 peer 10.1.0.1 dev eth0");
	b = udp_bound(&p->b, 0, 7);
	assert_int_equal(send_to(&p->a, udp_socket(&p->a), "x", 1, cpu_to_be32(0xac100001), 7), 1);
	pair_advance(p, 10);
	assert_int_equal(ln_recv(p->b.ln, b, text, sizeof(text), 0), 1);
}

static void address_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	struct in_device *ipv4 = h->dev->ip_ptr;

	fails(h, "ip addr add x dev eth0", -EINVAL,
	      "Error: any valid prefix is expected rather than \"x\".\n");
	fails(h, "ip -4 addr add 10.0.0.1/33 dev eth0", -EINVAL,
	      "Error: inet prefix is expected rather than \"10.0.0.1/33\".\n");
	fails(h, "ip addr add 10.0.0.9/24 dev eth9", -ENODEV, "Cannot find device \"eth9\"\n");
	fails(h, "ip addr add 10.0.0.9/24", -EINVAL,
	      "Not enough information: \"dev\" argument is required.\n");
	fails(h, "ip addr add 10.0.0.1/24 dev eth0", -EEXIST,
	      "Error: ipv4: Address already assigned.\n");
	fails(h, "ip addr add dev eth0", -EOPNOTSUPP, "RTNETLINK answers: Operation not "
	   "supported\n");
	h->dev->ip_ptr = NULL;	/* as where there was no memory for it */
	fails(h, "ip addr add 10.0.0.9/24 dev eth0", -ENOBUFS, "RTNETLINK answers: No buffer "
	   "space available\n");
	fails(h, "ip addr del 10.0.0.9/24 dev eth0", -ENODEV, "RTNETLINK answers: No such "
	   "device\n");
	h->dev->ip_ptr = ipv4;
	fails(h, "ip addr add 10.0.0.9/24 foo dev eth0", -EINVAL,
	      "Error: either \"local\" is duplicate, or \"foo\" is a garbage.\n");
	fails(h, "ip addr add 10.0.0.9/24 dev", -EINVAL,
	      "Command line is not complete. Try option \"help\"\n");
	fails(h, "ip addr add 10.0.0.9/24 broadcast x dev eth0", -EINVAL,
	      "Error: inet address is expected rather than \"x\".\n");
	fails(h, "ip addr add 10.0.0.9/24 scope bla dev eth0", -EINVAL,
	      "Error: argument \"bla\" is wrong: invalid scope value.\n");
	fails(h, "ip addr del 10.9.0.1/24 dev eth0", -EADDRNOTAVAIL,
	      "Error: ipv4: Address not found.\n");
	ok(h, "ip addr del 10.0.0.1 dev eth0",
	   "Warning: Executing wildcard deletion to stay compatible with old scripts.\n"
	   "         Explicitly specify the prefix length (10.0.0.1/32) to avoid this warning.\n"
	   "         This special behaviour is likely to disappear in further releases,\n"
	   "         fix your scripts!\n");
	fails(h, "ip addr flush", -EINVAL, "Flush requires arguments.\n");
	fails(h, "ip addr show foo", -ENODEV, "Device \"foo\" does not exist.\n");
	fails(h, "ip addr foo", -EINVAL, "Command \"foo\" is unknown, try \"ip address help\".\n");
	fails(h, "ip foo", -EINVAL, "Object \"foo\" is unknown, try \"ip help\".\n");
	fails(h, "ip -x link", -EINVAL, "Option \"-x\" is unknown, try \"ip -help\".\n");
}

static void links_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "ip link show eth0",
	   "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo state UP mode DEFAULT "
	   "group default qlen 1000\n    link/ether 02:00:00:00:01:02 brd ff:ff:ff:ff:ff:ff\n");
	does(h, "ip link set eth0 promisc on arp off multicast off allmulticast on txqueuelen 500");
	does(h, "ip link set eth0 promisc on");
	assert_int_equal(h->dev->promiscuity, 1);
	ok(h, "ip l sh eth0",
	   "2: eth0: <BROADCAST,NOARP,ALLMULTI,PROMISC,UP,LOWER_UP> mtu 1500 qdisc pfifo state "
	   "UP mode DEFAULT group default qlen 500\n"
	   "    link/ether 02:00:00:00:01:02 brd ff:ff:ff:ff:ff:ff\n");
	does(h, "ip link set eth0 promisc off arp on multicast on allmulticast off");
	assert_int_equal(h->dev->promiscuity, 0);
	fails(h, "ip link set eth0 name lan0", -EBUSY,
	      "RTNETLINK answers: Device or resource busy\n");
	does(h, "ip link set eth0 down");
	does(h, "ip link set dev eth0 mtu 1400 address 02:00:00:00:00:07 name lan0");
	ok(h, "ip -br link", "lo               UNKNOWN        00:00:00:00:00:00 "
	   "<LOOPBACK,UP,LOWER_UP> \n"
	   "lan0             DOWN           02:00:00:00:00:07 <BROADCAST,MULTICAST> \n");
	does(h, "ip link set lan0 up");
	netif_carrier_off(h->dev);
	ok(h, "ip link show lan0",
	   "2: lan0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1400 qdisc pfifo state DOWN mode "
	   "DEFAULT "
	   "group default qlen 500\n    link/ether 02:00:00:00:00:07 brd ff:ff:ff:ff:ff:ff\n");
	ok(h, "ip -d link show lan0",
	   "2: lan0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1400 qdisc pfifo state DOWN mode "
	   "DEFAULT group default qlen 500\n    link/ether 02:00:00:00:00:07 brd ff:ff:ff:ff:ff:ff "
	   "promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 numtxqueues 1 numrxqueues 1 \n");
}

static void counters_stand_in_columns(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	h->dev->stats = (struct rtnl_link_stats64){
		.rx_bytes = 266, .rx_packets = 3, .multicast = 1, .rx_crc_errors = 12345678,
		.tx_bytes = 123456789012, .tx_packets = 7, .tx_dropped = 2,
	};
	ok(h, "ip -s -o link show eth0",
	   "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo state UP mode DEFAULT "
	   "group default qlen 1000\\    link/ether 02:00:00:00:01:02 brd ff:ff:ff:ff:ff:ff\\"
	   "    RX:    bytes packets errors dropped  missed   mcast           \\"
	   "             266       3      0       0       0       1 \\"
	   "    TX:    bytes packets errors dropped carrier collsns           \\"
	   "    123456789012       7      0       2       0       0 \n");
	h->dev->stats.tx_bytes = 9;
	shows(h, "ip -s -s link show eth0",
	      "    RX:  bytes packets   errors dropped  missed   mcast           \n"
	      "           266       3        0       0       0       1 \n"
	      "    RX errors:  length      crc   frame    fifo overrun\n"
	      "                     0 12345678       0       0       0 \n");
	h->dev->stats = (struct rtnl_link_stats64){ .rx_bytes = 2268, .tx_bytes = 7000000 };
	shows(h, "ip -s -h link show eth0",
	      "         2.26k       0      0       0       0       0 \n"
	      "    TX:  bytes packets errors dropped carrier collsns           \n"
	      "            7M       0      0       0       0       0 \n");
}

/* Linux's fib_disable_ip(): routes and neighbours go with a device's last address, not before. */
static void the_last_address_takes_ipv4_along(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip route add 10.9.0.0/16 via 10.0.0.2");
	does(h, "ip route add default via 10.0.0.9 table 100");
	does(h, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0");
	does(h, "ip addr change 10.0.0.1/24 dev eth0");
	shows(h, "ip route", "10.9.0.0/16 via 10.0.0.2 dev eth0 \n");
	does(h, "ip addr add 10.5.0.1/24 dev eth0");
	does(h, "ip addr del 10.0.0.1/24 dev eth0");
	ok(h, "ip route", "10.5.0.0/24 dev eth0 proto kernel scope link src 10.5.0.1 \n"
	   "10.9.0.0/16 via 10.0.0.2 dev eth0 \n");
	shows(h, "ip neigh", "10.0.0.9 dev eth0");
	does(h, "ip addr del 10.5.0.1/24 dev eth0");
	ok(h, "ip route", "");
	ok(h, "ip route show table 100", "");
	ok(h, "ip neigh", "");
	/* What is told afterwards stays. */
	does(h, "ip route add 10.77.0.0/16 dev eth0");
	does(h, "ip addr add 10.0.0.1/24 dev eth0");
	shows(h, "ip route", "10.77.0.0/16 dev eth0 scope link \n");
}

static void link_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "ip link set eth9 up", -ENODEV, "Cannot find device \"eth9\"\n");
	fails(h, "ip link show eth9", -ENODEV, "Device \"eth9\" does not exist.\n");
	fails(h, "ip link set eth0 mtu 10", -EINVAL, "Error: mtu less than device minimum.\n");
	fails(h, "ip link set eth0 mtu 70000", -EINVAL, "Error: mtu greater than device "
	   "maximum.\n");
	fails(h, "ip link set eth0 mtu x", -EINVAL,
	      "Error: argument \"x\" is wrong: Invalid \"mtu\" value\n");
	fails(h, "ip link set eth0 address x", -EINVAL, "\"x\" is invalid lladdr.\n");
	fails(h, "ip link set eth0 address 01:00:00:00:00:01", -EADDRNOTAVAIL,
	      "RTNETLINK answers: Cannot assign requested address\n");
	fails(h, "ip link set eth0 address 02:00:00:00:01", -EINVAL,
	      "Invalid address length 5 - must be 6 bytes\n");
	does(h, "ip link set eth0 down");
	fails(h, "ip link set eth0 name lo", -EEXIST, "RTNETLINK answers: File exists\n");
	fails(h, "ip link set eth0 name this_name_is_too_long", -EINVAL, "Error: argument "
	      "\"this_name_is_too_long\" is wrong: \"name\" not a valid ifname\n");
	fails(h, "ip link set eth0 foo", -EINVAL,
	      "Error: either \"dev\" is duplicate, or \"foo\" is a garbage.\n");
	fails(h, "ip link set", -EINVAL, "Not enough information: \"dev\" argument is required.\n");
	fails(h, "ip link set eth0 promisc x", -EINVAL,
	      "Error: argument of \"promisc\" must be \"on\" or \"off\", not \"x\"\n");
	fails(h, "ip link set eth0 master br9", -EINVAL,
	      "Error: argument \"br9\" is wrong: Device does not exist\n");
	fails(h, "ip link add all type bridge", -EINVAL, "RTNETLINK answers: Invalid argument\n");
	fails(h, "ip link add a:b type bridge", -EINVAL, "RTNETLINK answers: Invalid argument\n");
	fails(h, "ip link add br%s type bridge", -EINVAL, "RTNETLINK answers: Invalid argument\n");
	fails(h, "ip link add v0 type veth peer name default", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	fails(h, "brctl addbr a:b", -EINVAL, "add bridge failed: Invalid argument\n");
	fails(h, "ip link add br2 type foo", -EOPNOTSUPP, "Error: Unknown device type.\n");
	fails(h, "ip link add br2", -EINVAL,
	      "Not enough information: \"type\" argument is required\n");
	fails(h, "ip link del lo", -EOPNOTSUPP, "RTNETLINK answers: Operation not supported\n");
}

static void veth_pairs_are_made(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add v0 type veth peer name v1");
	fails(h, "ip link add v1 type veth", -EEXIST, "RTNETLINK answers: File exists\n");
	does(h, "ip link set v0 address 02:00:00:00:00:10");
	does(h, "ip link set v0 up");
	shows(h, "ip link show v0", "3: v0@v1: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 ");
	does(h, "ip link set v1 up");
	ok(h, "ip -br link show v0", "v0@v1            UP             02:00:00:00:00:10 "
	   "<BROADCAST,MULTICAST,UP,LOWER_UP> \n");
	shows(h, "ip -j link show v0", "{\"ifindex\":3,\"link\":\"v1\",\"ifname\":\"v0\",");
	hides(h, "ip link show type veth", "eth0");
	does(h, "ip link del v1");
	fails(h, "ip link show v0", -ENODEV, "Device \"v0\" does not exist.\n");
}

static void routes_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip route add default via 10.0.0.2");
	does(h, "ip route add 192.168.0.0/16 via 10.0.0.2 metric 20 proto static");
	does(h, "ip route add 192.168.7.0/24 dev eth0 src 10.0.0.1 mtu lock 1400");
	does(h, "ip route add blackhole 192.168.8.0/24");
	does(h, "ip route add unreachable 192.168.9.0/24 metric 7");
	does(h, "ip route add 10.1.16/24 dev eth0");
	does(h, "ip route add to 10.9.0.9 dev eth0");
	ok(h, "ip r",
	   "default via 10.0.0.2 dev eth0 \n"
	   "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n"
	   "10.1.16.0/24 dev eth0 scope link \n"
	   "10.9.0.9 dev eth0 scope link \n"
	   "192.168.0.0/16 via 10.0.0.2 dev eth0 proto static metric 20 \n"
	   "192.168.7.0/24 dev eth0 scope link src 10.0.0.1 mtu lock 1400 \n"
	   "blackhole 192.168.8.0/24 \n"
	   "unreachable 192.168.9.0/24 metric 7 \n");
	does(h, "ip route add 10.2.0.0/16 via 172.16.0.1 dev eth0 onlink metric 3 mtu 1300");
	ok(h, "ip route show 10.2.0.0/16",
	   "10.2.0.0/16 via 172.16.0.1 dev eth0 metric 3 onlink mtu 1300 \n");
	ok(h, "ip -j route show 10.2.0.0/16", "[{\"dst\":\"10.2.0.0/16\","
	   "\"gateway\":\"172.16.0.1\",\"dev\":\"eth0\",\"metric\":3,"
	   "\"flags\":[\"onlink\"],\"metrics\":[{\"mtu\":1300}]}]\n");
	does(h, "ip route del 10.2.0.0/16");
	ok(h, "ip route show table local",
	   "local 10.0.0.1 dev eth0 proto kernel scope host src 10.0.0.1 \n"
	   "broadcast 10.0.0.255 dev eth0 proto kernel scope link src 10.0.0.1 \n"
	   "local 127.0.0.0/8 dev lo proto kernel scope host src 127.0.0.1 \n"
	   "local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1 \n"
	   "broadcast 127.255.255.255 dev lo proto kernel scope link src 127.0.0.1 \n");
	shows(h, "ip route show table all",
	      "local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1 \n");
	ok(h, "ip route show default", "default via 10.0.0.2 dev eth0 \n");
	ok(h, "ip route show dev eth0 proto static", "192.168.0.0/16 via 10.0.0.2 metric 20 \n");
	ok(h, "ip route list root 192.168.8.0/23", "blackhole 192.168.8.0/24 \n"
	   "unreachable 192.168.9.0/24 metric 7 \n");
	ok(h, "ip route show match 192.168.0.1", "default via 10.0.0.2 dev eth0 \n"
	   "192.168.0.0/16 via 10.0.0.2 dev eth0 proto static metric 20 \n");
	ok(h, "ip route show type blackhole", "blackhole 192.168.8.0/24 \n");
	shows(h, "ip -d route", "unicast default via 10.0.0.2 dev eth0 proto boot scope global \n");
	ok(h, "ip -j route show 10.0.0.0/24", "[{\"dst\":\"10.0.0.0/24\",\"dev\":\"eth0\","
	   "\"protocol\":\"kernel\",\"scope\":\"link\",\"prefsrc\":\"10.0.0.1\",\"flags\":[]}]\n");
	ok(h, "ip route show cache", "");
}

static void routes_are_changed(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip route replace 10.8.0.0/16 via 10.0.0.2");
	does(h, "ip route replace 10.8.0.0/16 dev eth0");
	does(h, "ip route change 10.8.0.0/16 via 10.0.0.3");
	ok(h, "ip route show 10.8.0.0/16", "10.8.0.0/16 via 10.0.0.3 dev eth0 \n");
	fails(h, "ip route change 10.77.0.0/16 dev eth0", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	fails(h, "ip route del 10.8.0.0/16 via 10.0.0.9", -ESRCH,
	      "RTNETLINK answers: No such process\n");
	does(h, "ip route del 10.8.0.0/16 via 10.0.0.3");
	does(h, "ip route add prohibit 10.9.0.0/16");
	does(h, "ip route add throw 10.10.0.0/16");
	ok(h, "ip -s route flush proto boot", "\n*** Round 1, deleting 2 entries ***\n"
	   "*** Flush is complete after 1 round ***\n");
	ok(h, "ip route", "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n");
	ok(h, "ip -s route flush proto boot", "Nothing to flush.\n");
	does(h, "ip route flush cache");
}

/* More routes than flush takes in one pass. */
static void many_routes_are_flushed(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	char cmd[64];

	for (int i = 0; i < 200; i++) {
		struct strbuf sb;

		sb_init(&sb, cmd, sizeof(cmd));
		sb_printf(&sb, "ip route add 172.16.%d.0/24 dev eth0", i);
		does(h, cmd);
	}
	shows(h, "ip -s route flush root 172.16.0.0/12", "deleting 200 entries");
	ok(h, "ip route", "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1 \n");
}

static void route_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "ip route add 10.9.0.0/16 via 10.77.0.1", -ENETUNREACH,
	      "Error: Nexthop has invalid gateway.\n");
	fails(h, "ip route add 10.9.0.0/16 via x", -EINVAL,
	      "Error: inet address is expected rather than \"x\".\n");
	fails(h, "ip route add 10.9.0.0/x via 10.0.0.2", -EINVAL,
	      "Error: any valid prefix is expected rather than \"10.9.0.0/x\".\n");
	fails(h, "ip route add 10.9.0.1/16 via 10.0.0.2", -EINVAL,
	      "Error: Invalid prefix for given prefix length.\n");
	fails(h, "ip route add 10.9.0.0/16", -ENODEV, "RTNETLINK answers: No such device\n");
	fails(h, "ip route add 10.9.0.0/16 dev eth9", -ENODEV, "Cannot find device \"eth9\"\n");
	fails(h, "ip route add 10.9.0.0/16 dev eth0 metric x", -EINVAL,
	      "Error: argument \"x\" is wrong: \"metric\" value is invalid\n");
	fails(h, "ip route add 10.9.0.0/16 dev eth0 foo", -EINVAL,
	      "Error: either \"to\" is duplicate, or \"foo\" is a garbage.\n");
	fails(h, "ip route add 10.9.0.0/16 dev eth0 scope foo", -EINVAL,
	      "Error: argument \"foo\" is wrong: invalid \"scope\" value\n");
	fails(h, "ip route add 10.9.0.0/16 dev eth0 src 9.9.9.9", -EINVAL,
	      "Error: Invalid prefsrc address.\n");
	fails(h, "ip route add 10.9.0.0/16 encap mpls 100 via 10.0.0.2", -EOPNOTSUPP,
	      "Error: \"encap\" is not supported.\n");
	fails(h, "ip route del 10.99.0.0/16", -ESRCH, "RTNETLINK answers: No such process\n");
	fails(h, "ip route show table foo", -EINVAL,
	      "Error: argument \"foo\" is wrong: table id value is invalid\n");
	fails(h, "ip route add 10.2.0.0/16 via 172.16.0.1 onlink", -ENODEV,
	      "Error: Nexthop device required for onlink.\n");
	fails(h, "ip route flush", -EINVAL, "\"ip route flush\" requires arguments.\n");
	fails(h, "ip route foo", -EINVAL, "Command \"foo\" is unknown, try \"ip route help\".\n");
	does(h, "ip link set eth0 down");
	fails(h, "ip route add 10.1.1.1/32 dev eth0", -ENETDOWN,
	      "Error: Device for nexthop is not up.\n");
	fails(h, "ip route add 10.2.0.0/16 via 172.16.0.1 dev eth0 onlink", -ENETDOWN,
	      "Error: Nexthop device is not up.\n");
}

static void lookups_are_told(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "ip route get 8.8.8.8", -ENETUNREACH,
	      "RTNETLINK answers: Network is unreachable\n");
	does(h, "ip route add default via 10.0.0.2");
	does(h, "ip route add unreachable 192.168.9.0/24");
	does(h, "ip route add prohibit 192.168.10.0/24");
	ok(h, "ip route get 8.8.8.8", "8.8.8.8 via 10.0.0.2 dev eth0 src 10.0.0.1 uid 0 \n"
	   "    cache \n");
	ok(h, "ip route get 8.8.8.8 uid 1000",
	   "8.8.8.8 via 10.0.0.2 dev eth0 src 10.0.0.1 uid 1000 \n    cache \n");
	fails(h, "ip route get 8.8.8.8 uid x", -EINVAL,
	      "Error: argument \"x\" is wrong: invalid UID\n\n");
	ok(h, "ip ro g 10.0.0.77", "10.0.0.77 dev eth0 src 10.0.0.1 uid 0 \n    cache \n");
	/* What ICMP said of the path, and for how long it holds. */
	ip_rt_update_pmtu(&h->net, INET_ADDR4(10, 0, 0, 78), 1300);
	ok(h, "ip ro g 10.0.0.78", "10.0.0.78 dev eth0 src 10.0.0.1 uid 0 \n"
	   "    cache expires 600sec mtu 1300 \n");
	ok(h, "ip route get 10.0.0.1", "local 10.0.0.1 dev lo src 10.0.0.1 uid 0 \n"
	   "    cache <local> \n");
	ok(h, "ip route get 10.0.0.255", "broadcast 10.0.0.255 dev eth0 src 10.0.0.1 uid 0 \n"
	   "    cache <local,brd> \n");
	fails(h, "ip route get 192.168.9.1", -EHOSTUNREACH, "RTNETLINK answers: No route to "
	   "host\n");
	fails(h, "ip route get 192.168.10.1", -EACCES, "RTNETLINK answers: Permission denied\n");
	fails(h, "ip route get 8.8.8.8 from 10.0.0.2 iif eth0", -EHOSTUNREACH,
	      "RTNETLINK answers: No route to host\n");
	ok(h, "sysctl -w net.ipv4.ip_forward=1", "net.ipv4.ip_forward = 1\n");
	shows(h, "ip route get 8.8.8.8 from 10.0.0.2 iif eth0",
	      "8.8.8.8 from 10.0.0.2 via 10.0.0.2 dev eth0 \n    cache iif eth0 \n");
	fails(h, "ip route get", -EINVAL, "need at least a destination address\n");
	fails(h, "ip route get x", -EINVAL,
	      "Error: any valid prefix is expected rather than \"x\".\n");
	ok(h, "ip -j route get 10.0.0.2", "[{\"dst\":\"10.0.0.2\",\"dev\":\"eth0\","
	   "\"prefsrc\":\"10.0.0.1\",\"flags\":[],\"uid\":0,\"cache\":[]}]\n");
}

static void neighbours_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0");
	does(h, "ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:10 nud reachable dev eth0");
	does(h, "ip neigh replace 10.0.0.11 lladdr 02:00:00:00:00:11 nud stale dev eth0");
	ok(h, "ip n", "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT \n"
	   "10.0.0.11 dev eth0 lladdr 02:00:00:00:00:11 STALE \n");
	ok(h, "ip neigh show dev eth0 nud stale", "10.0.0.11 lladdr 02:00:00:00:00:11 STALE \n");
	ok(h, "ip neigh get 10.0.0.9 dev eth0",
	   "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT \n");
	ok(h, "ip -j neigh show 10.0.0.9", "[{\"dst\":\"10.0.0.9\",\"dev\":\"eth0\","
	   "\"lladdr\":\"02:00:00:00:00:09\",\"state\":[\"PERMANENT\"]}]\n");
	does(h, "ip neigh flush dev eth0");
	ok(h, "ip neigh", "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT \n");
	does(h, "ip neigh del 10.0.0.9 dev eth0");
	ok(h, "ip neigh", "");
}

/* Who keeps an entry, and why: word for word as ip shows it. */
static void neighbours_of_other_sources(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev eth0 nud stale extern_learn "
	     "protocol bgp");
	does(h, "ip neigh add 10.0.0.4 dev eth0 managed");
	does(h, "ip neigh add 10.0.0.6 lladdr 02:00:00:00:00:06 router dev eth0 nud noarp");
	does(h, "ip neigh add 10.0.0.7 dev eth0 nud none");
	ok(h, "ip neigh",
	   "10.0.0.3 dev eth0 lladdr 02:00:00:00:00:03 extern_learn STALE proto bgp \n"
	   "10.0.0.4 dev eth0 managed INCOMPLETE \n");
	ok(h, "ip neigh show dev eth0 nud all",
	   "10.0.0.3 lladdr 02:00:00:00:00:03 extern_learn STALE proto bgp \n"
	   "10.0.0.4 managed INCOMPLETE \n10.0.0.6 lladdr 02:00:00:00:00:06 router NOARP \n"
	   "10.0.0.7 \n");
	ok(h, "ip -s neigh show 10.0.0.4",
	   "10.0.0.4 dev eth0 managed  ref 1 used 0/60/0probes 4 INCOMPLETE \n");
	ok(h, "ip -j neigh show to 10.0.0.0/24", "[{\"dst\":\"10.0.0.3\",\"dev\":\"eth0\","
	   "\"lladdr\":\"02:00:00:00:00:03\",\"extern_learn\":null,\"state\":[\"STALE\"],"
	   "\"protocol\":\"bgp\"},{\"dst\":\"10.0.0.4\",\"dev\":\"eth0\",\"managed\":null,"
	   "\"state\":[\"INCOMPLETE\"]}]\n");
	does(h, "ip neigh change 10.0.0.3 lladdr 02:00:00:00:00:33 dev eth0");
	ok(h, "ip neigh get 10.0.0.3 dev eth0",
	   "10.0.0.3 dev eth0 lladdr 02:00:00:00:00:33 PERMANENT proto bgp \n");
	fails(h, "ip neigh add 10.0.0.12 lladdr 02:00:00:00:00:06 managed nud permanent dev eth0",
	      -EINVAL, "Error: Invalid NTF_* flag for permanent entry.\n");
	fails(h, "ip neigh add 10.0.0.13 dev eth0", -EINVAL,
	      "Error: No link layer address given.\n");
	fails(h, "ip neigh get 10.0.0.3", -EINVAL, "Device and address are required arguments.\n");
}

static void proxies(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip neigh add proxy 10.0.0.9 dev eth0");
	does(h, "ip neigh add proxy 10.0.0.10");
	ok(h, "ip neigh show proxy", "10.0.0.10 proxy \n10.0.0.9 dev eth0 proxy \n");
	ok(h, "ip neigh show proxy dev eth0", "10.0.0.9 proxy \n");
	ok(h, "ip neigh", "");
	ok(h, "ip -j neigh show proxy", "[{\"dst\":\"10.0.0.10\",\"proxy\":null},"
	   "{\"dst\":\"10.0.0.9\",\"dev\":\"eth0\",\"proxy\":null}]\n");
	ok(h, "ip neigh get proxy 10.0.0.9 dev eth0", "10.0.0.9 dev eth0 proxy \n");
	ok(h, "ip neigh get proxy 10.0.0.10 dev eth0", "10.0.0.10 proxy \n");
	fails(h, "ip neigh get proxy 10.0.0.22 dev eth0", -ENOENT,
	      "Error: Proxy neighbour entry not found.\n");
	fails(h, "ip neigh del proxy 10.0.0.77 dev eth0", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	does(h, "ip neigh del proxy 10.0.0.9 dev eth0");
	does(h, "ip neigh flush proxy");
	ok(h, "ip neigh show proxy", "");
}

static void neighbour_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0");
	fails(h, "ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	fails(h, "ip neigh add 10.0.0.10 lladdr 02:00:00:00:09 dev eth0", -EINVAL,
	      "Error: Invalid link address.\n");
	fails(h, "ip neigh add 10.0.0.10 lladdr x dev eth0", -EINVAL, "\"x\" is invalid lladdr.\n");
	fails(h, "ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:10", -EINVAL,
	      "Device and destination are required arguments.\n");
	fails(h, "ip neigh add x lladdr 02:00:00:00:00:10 dev eth0", -EINVAL,
	      "Error: any valid address is expected rather than \"x\".\n");
	fails(h, "ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:10 nud foo dev eth0", -EINVAL,
	      "Error: argument \"foo\" is wrong: nud state is bad\n");
	fails(h, "ip neigh change 10.0.0.13 lladdr 02:00:00:00:00:11 dev eth0", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	fails(h, "ip neigh del 10.0.0.12 dev eth0", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	fails(h, "ip neigh get 10.0.0.2 dev eth0", -ENOENT, "Error: Neighbour entry not found.\n");
	fails(h, "ip neigh flush", -EINVAL, "Flush requires arguments.\n");
}

/* A packet that arrives goes the way of its ports, when they count. */
static void lookups_of_arriving_packets_have_ports(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	u32 first = 0;

	does(h, "ip route add 10.8.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3");
	ok(h, "sysctl -w net.ipv4.ip_forward=1", "net.ipv4.ip_forward = 1\n");
	ok(h, "sysctl -w net.ipv4.fib_multipath_hash_policy=1",
	   "net.ipv4.fib_multipath_hash_policy = 1\n");
	for (u32 i = 0; i < 64; i++) {
		char cmd[128];
		struct strbuf sb;

		sb_init(&sb, cmd, sizeof(cmd));
		sb_printf(&sb, "ip route get 10.8.0.1 from 10.0.0.9 iif eth0 ipproto tcp "
			  "sport %u dport 80", 1000 + i);
		first += strstr(ask(h, cmd, NULL), "via 10.0.0.2 ") != NULL;
	}
	assert_in_range(first, 16, 48);
}

/* Each allocation that a command makes fails in turn: an error, and nothing is lost. */
static void commands_live_without_memory(void **state)
{
	static const char *const lines[] = {
		"ip link add br0 type bridge", "ip link set br0 up", "ip link set eth0 master br0",
		"ip addr add 10.4.0.1/24 brd + dev br0", "ip route add 10.5.0.0/16 via 10.4.0.9",
		"ip route get 10.5.0.1", "ip route get 10.5.0.1 from 10.4.0.7 iif br0",
		"ip neigh add 10.4.0.9 lladdr 02:00:00:00:00:09 dev br0",
		"bridge fdb add 02:00:00:00:00:33 dev eth0 master static",
		"ip link add v0 type veth peer name v1", "ifconfig v0 10.6.0.1/24 up", "ss -tuna",
		"ip link del v0", "ip link set eth0 nomaster", "ip link del br0",
	};
	struct host *h = &((struct pair *)*state)->a;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		for (u64 nth = 1; nth < 40; nth++) {
			u64 refused = h->net.mem.failed;

			h->net.mem.fail_after = nth;
			ask(h, lines[i], NULL);
			h->net.mem.fail_after = 0;
			if (h->net.mem.failed == refused)
				break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(addresses_are_shown),
		CTL_TEST(addresses_have_peers),
		CTL_TEST(peers_talk),
		CTL_TEST(address_mistakes_are_named),
		CTL_TEST(addresses_have_lifetimes),
		CTL_TEST(links_are_shown_and_set),
		CTL_TEST(counters_stand_in_columns),
		CTL_TEST(the_last_address_takes_ipv4_along),
		CTL_TEST(link_mistakes_are_named),
		CTL_TEST(veth_pairs_are_made),
		CTL_TEST(routes_are_shown),
		CTL_TEST(routes_are_changed),
		CTL_TEST(many_routes_are_flushed),
		CTL_TEST(route_mistakes_are_named),
		CTL_TEST(lookups_are_told),
		CTL_TEST(lookups_of_arriving_packets_have_ports),
		CTL_TEST(neighbours_are_shown_and_set),
		CTL_TEST(neighbours_of_other_sources),
		CTL_TEST(proxies),
		CTL_TEST(neighbour_mistakes_are_named),
		CTL_TEST(commands_live_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
