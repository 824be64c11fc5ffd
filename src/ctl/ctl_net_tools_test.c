/* SPDX-License-Identifier: MIT */
/* ifconfig, route, arp, netstat -i: net-tools, word for word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"

#define COUNTERS \
	"        RX packets 12  bytes 908 (908.0 B)\n" \
	"        RX errors 5  dropped 1  overruns 3  frame 2\n" \
	"        TX packets 17  bytes 1324 (1.2 KiB)\n" \
	"        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n"

static void count_some(struct host *h)
{
	h->dev->stats = (struct rtnl_link_stats64){
		.rx_packets = 12, .rx_bytes = 908, .tx_packets = 17, .tx_bytes = 1324,
		.rx_errors = 5, .rx_dropped = 1, .rx_missed_errors = 3, .rx_over_errors = 3,
		.rx_crc_errors = 2,
	};
}

static void devices_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	count_some(h);
	ok(h, "ifconfig",
	   "eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n"
	   "        inet 10.0.0.1  netmask 255.255.255.0  broadcast 10.0.0.255\n"
	   "        ether 02:00:00:00:01:02  txqueuelen 1000  (Ethernet)\n" COUNTERS
	   "lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536\n"
	   "        inet 127.0.0.1  netmask 255.0.0.0\n"
	   "        loop  txqueuelen 1000  (Local Loopback)\n"
	   "        RX packets 0  bytes 0 (0.0 B)\n"
	   "        RX errors 0  dropped 0  overruns 0  frame 0\n"
	   "        TX packets 0  bytes 0 (0.0 B)\n"
	   "        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n");
	does(h, "ifconfig lo down");
	hides(h, "ifconfig", "lo:");
	shows(h, "ifconfig -a", "lo: flags=8<LOOPBACK>  mtu 65536\n");
	ok(h, "netstat -i", "Kernel Interface table\n"
	   "Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
	   "eth0             1500       12      5      1 3            17      0      0      0 "
	   "BMRU\n");
	ok(h, "ifconfig -s eth0",
	   "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
	   "eth0             1500       12      5      1 3            17      0      0      0 "
	   "BMRU\n");
	shows(h, "cat /proc/net/dev",
	      "  eth0:     908      12    5    1    3     2          0         0     1324      "
	      "17    0    0    0     0       0          0\n");
	h->dev->stats.rx_bytes = 23697640;
	shows(h, "ifconfig eth0", "bytes 23697640 (22.5 MiB)\n");
}

/* eth10 stands behind eth9, and lo behind both. */
static void devices_are_in_natural_order(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	const char *text, *nine, *ten, *lo;

	add_card(h, "eth10");
	add_card(h, "eth9");
	text = ask(h, "ifconfig -a", NULL);
	nine = strstr(text, "eth9:");
	ten = strstr(text, "eth10:");
	lo = strstr(text, "lo:");
	assert_true(nine && ten && lo && nine < ten && ten < lo);
}

static void devices_are_changed(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ifconfig eth0 10.7.0.3");
	shows(h, "ip addr show eth0", "    inet 10.7.0.3/8 brd 10.255.255.255 scope global eth0\n");
	does(h, "ifconfig eth0 10.7.0.3 netmask 255.255.0.0 broadcast 10.7.9.255 mtu 1400");
	shows(h, "ifconfig eth0", "mtu 1400\n"
	      "        inet 10.7.0.3  netmask 255.255.0.0  broadcast 10.7.9.255\n");
	does(h, "ifconfig eth0:1 10.8.0.2/24");
	ok(h, "ifconfig eth0:1",
	   "eth0:1: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1400\n"
	   "        inet 10.8.0.2  netmask 255.255.255.0  broadcast 10.8.0.255\n"
	   "        ether 02:00:00:00:01:02  txqueuelen 1000  (Ethernet)\n\n");
	does(h, "ifconfig eth0:1 down");
	hides(h, "ip addr", "10.8.0.2");
	does(h, "ifconfig eth0 add 10.9.0.1/24");
	shows(h, "ip addr", "inet 10.9.0.1/24 scope global eth0:0\n");
	does(h, "ifconfig eth0 del 10.9.0.1");
	does(h, "ifconfig eth0 0.0.0.0");
	hides(h, "ip addr show eth0", "inet");
	does(h, "ifconfig eth0 promisc -arp allmulti");
	shows(h, "ifconfig eth0",
	      "eth0: flags=5059<UP,BROADCAST,RUNNING,NOARP,PROMISC,ALLMULTI,MULTICAST>");
	does(h, "ifconfig eth0 -promisc arp -allmulti hw ether 02:00:00:00:00:07");
	shows(h, "ifconfig eth0", "flags=4163<UP,BROADCAST,RUNNING,MULTICAST>");
	shows(h, "ifconfig eth0", "ether 02:00:00:00:00:07");
	does(h, "ifconfig eth0 down");
	does(h, "ifconfig eth0 10.1.1.1/24");
	assert_true(netif_running(h->dev));
}

static void ifconfig_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "ifconfig eth9", -ENODEV,
	      "eth9: error fetching interface information: Device not found\n");
	fails(h, "ifconfig eth9 up", -ENODEV,
	      "eth9: ERROR while getting interface flags: No such device\n");
	fails(h, "ifconfig eth0 x", -EINVAL, "x: Host name lookup failure\n"
	      "ifconfig: `--help' gives usage information.\n");
	fails(h, "ifconfig eth0 netmask 255.0.255.0", -EINVAL,
	      "SIOCSIFNETMASK: Invalid argument\n");
	fails(h, "ifconfig eth0 mtu x", -EINVAL, "SIOCSIFMTU: Invalid argument\n");
	fails(h, "ifconfig eth0 mtu 10", -EINVAL, "SIOCSIFMTU: Invalid argument\n");
	fails(h, "ifconfig eth0 hw ether x", -EINVAL, "x: invalid ether address.\n");
}

#define ROUTE_HEAD \
	"Kernel IP routing table\n" \
	"Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"

static void routes_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "route add default gw 10.0.0.2");
	does(h, "route add -net 10.20.0.0 netmask 255.255.0.0 gw 10.0.0.2 dev eth0");
	does(h, "route add -net 10.22.0.0/16 dev eth0 metric 5");
	does(h, "route add -host 10.23.0.1 eth0");
	does(h, "route add -net 10.25.0.0 netmask 255.255.0.0 reject");
	does(h, "ip route add blackhole 192.168.8.0/24");
	ok(h, "route -n", ROUTE_HEAD
	   "0.0.0.0         10.0.0.2        0.0.0.0         UG    0      0        0 eth0\n"
	   "10.0.0.0        0.0.0.0         255.255.255.0   U     0      0        0 eth0\n"
	   "10.20.0.0       10.0.0.2        255.255.0.0     UG    0      0        0 eth0\n"
	   "10.22.0.0       0.0.0.0         255.255.0.0     U     5      0        0 eth0\n"
	   "10.23.0.1       0.0.0.0         255.255.255.255 UH    0      0        0 eth0\n"
	   "10.25.0.0       -               255.255.0.0     !     0      -        0 -\n"
	   "192.168.8.0     0.0.0.0         255.255.255.0   U     0      0        0 *\n");
	shows(h, "route", "default         10.0.0.2        0.0.0.0         UG    0 ");
	shows(h, "netstat -rn",
	      "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n"
	      "0.0.0.0         10.0.0.2        0.0.0.0         UG        0 0          0 eth0\n");
	shows(h, "netstat -r", "10.25.0.0       -               255.255.0.0     !         - -"
	      "          - -\n");
	shows(h, "route -ee", "Metric Ref    Use Iface    MSS   Window irtt\n"
	      "default         10.0.0.2        0.0.0.0         UG    0      0        0 eth0     0"
	      "     0      0\n");
	shows(h, "cat /proc/net/route",
	      "eth0\t00000000\t0200000A\t0003\t0\t0\t0\t00000000\t0\t0\t0");
}

static void routes_are_changed(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "route add -net 10.20.0.0 netmask 255.255.0.0 gw 10.0.0.2");
	fails(h, "route add -net 10.20.0.0/16 gw 10.0.0.2", -EEXIST, "SIOCADDRT: File exists\n");
	does(h, "route del -net 10.20.0.0 netmask 255.255.0.0");
	fails(h, "route del -net 10.20.0.0 netmask 255.255.0.0", -ESRCH,
	      "SIOCDELRT: No such process\n");
	fails(h, "route add -net 10.24.0.0 netmask 255.255.0.0 gw 99.0.0.2", -ENETUNREACH,
	      "SIOCADDRT: Network is unreachable\n");
	fails(h, "route add -net 10.29.0.0 netmask 255.255.0.0 dev eth9", -ENODEV,
	      "SIOCADDRT: No such device\n");
	fails(h, "route add default gw x", -EINVAL, "x: Unknown host\n");
	shows(h, "route add -net 10.21.0.0 netmask 255.255.0.1 gw 10.0.0.2",
	      "route: bogus netmask 255.255.0.1\nUsage: ");
	shows(h, "route add -net 10.22.0.1/16 dev eth0",
	      "route: netmask doesn't match route address\nUsage: ");
	fails(h, "route foo", -EINVAL, NULL);
}

static void neighbours_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	u8 b[4] = { 0 };

	does(h, "arp -s 10.0.0.9 02:00:00:00:00:09");
	does(h, "arp -i eth0 -s 10.0.0.10 02:00:00:00:00:0a temp");
	send_to(h, udp_socket(h), b, sizeof(b), IP(10, 0, 0, 77), 9);	/* nobody is there */
	ok(h, "arp -a", "? (10.0.0.9) at 02:00:00:00:00:09 [ether] PERM on eth0\n"
	   "? (10.0.0.10) at 02:00:00:00:00:0a [ether] on eth0\n"
	   "? (10.0.0.77) at <incomplete> on eth0\n");
	ok(h, "arp -n",
	   "Address                  HWtype  HWaddress           Flags Mask            Iface\n"
	   "10.0.0.9                 ether   02:00:00:00:00:09   CM                    eth0\n"
	   "10.0.0.10                ether   02:00:00:00:00:0a   C                     eth0\n"
	   "10.0.0.77                        (incomplete)                              eth0\n");
	ok(h, "cat /proc/net/arp",
	   "IP address       HW type     Flags       HW address            Mask     Device\n"
	   "10.0.0.9         0x1         0x6         02:00:00:00:00:09     *        eth0\n"
	   "10.0.0.10        0x1         0x2         02:00:00:00:00:0a     *        eth0\n"
	   "10.0.0.77        0x1         0x0         00:00:00:00:00:00     *        eth0\n");
	ok(h, "arp 10.0.0.99", "10.0.0.99 (10.0.0.99) -- no entry\n");
	ok(h, "arp -a 10.0.0.99", "arp: in 3 entries no match found.\n");
	ok(h, "arp -i lo", "arp: in 3 entries no match found.\n");
	does(h, "arp -d 10.0.0.9");
	fails(h, "arp -d 10.0.0.9", -ENXIO, "No ARP entry for 10.0.0.9\n");
	shows(h, "arp -v", "Entries: 2\tSkipped: 0\tFound: 2\n");
	fails(h, "arp -s 10.9.0.9 02:00:00:00:00:09", -ENETUNREACH,
	      "SIOCSARP: Network is unreachable\n");
	fails(h, "arp -s 10.0.0.9 x", -EINVAL, "arp: invalid hardware address\n");
	fails(h, "arp -s 10.0.0.9", -EINVAL, "arp: need hardware address\n");
	fails(h, "arp -d", -EINVAL, "arp: need host name\n");
	fails(h, "arp foo", -EINVAL, "foo: Host name lookup failure\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(devices_are_shown),
		CTL_TEST(devices_are_in_natural_order),
		CTL_TEST(devices_are_changed),
		CTL_TEST(ifconfig_mistakes_are_named),
		CTL_TEST(routes_are_shown),
		CTL_TEST(routes_are_changed),
		CTL_TEST(neighbours_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
