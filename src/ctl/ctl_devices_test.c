/* SPDX-License-Identifier: MIT */
/* bridge, brctl, ethtool, tc, stat, /proc/softirqs and /proc/interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "device/qdisc.h"
#include "driver/nic_rss.h"

static void bridges_are_built_and_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	add_card(h, "eth1");
	does(h, "ip link add name br0 type bridge ageing_time 1500");
	fails(h, "ip link add br0 type bridge", -EEXIST, "RTNETLINK answers: File exists\n");
	does(h, "ip link set eth0 master br0");
	does(h, "brctl addif br0 eth1");
	does(h, "ip link set br0 up");
	does(h, "ip link set eth1 up");
	shows(h, "ip link show eth0", "qdisc pfifo master br0 state UP mode DEFAULT");
	ok(h, "bridge link",
	   "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding "
	   "priority 32 cost 2 \n"
	   "3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding "
	   "priority 32 cost 2 \n");
	shows(h, "ip -d link show br0",
	      "\n    bridge forward_delay 1500 hello_time 200 max_age 2000 "
	      "ageing_time 1500 stp_state 0 ");
	does(h, "ip link set br0 type bridge fdb_max_learned 0");
	shows(h, "ip -d link show br0", "fdb_n_learned 0 fdb_max_learned 0 ");
	fails(h, "ip link set br0 type bridge fdb_n_learned 1", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	hides(h, "ip link show master br0", "lo:");
	hides(h, "ip link show type bridge", "eth0:");
	ok(h, "brctl show", "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n"
	   "br0\t\t8000.020000000102\tno\t\teth0\n\t\t\t\t\t\t\teth1\n");
	does(h, "ip link set eth1 nomaster");
	does(h, "ip link set eth1 nomaster");
	hides(h, "bridge link", "eth1");
	does(h, "ip link del br0");
	ok(h, "bridge link", "");
	fails(h, "ip link del br0", -ENODEV, "Cannot find device \"br0\"\n");
}

static void mac_tables_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br0 type bridge");
	does(h, "ip link set eth0 master br0");
	does(h, "bridge fdb add 02:00:00:00:00:33 dev eth0 master static");
	does(h, "bridge fdb add 02:00:00:00:00:34 dev eth0 master dynamic");
	fails(h, "bridge fdb add 02:00:00:00:00:33 dev eth0 master static", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	h->net.now += 3 * NSEC_PER_SEC;
	ok(h, "bridge fdb show", "02:00:00:00:01:02 dev eth0 master br0 permanent\n"
	   "02:00:00:00:00:33 dev eth0 master br0 static\n"
	   "02:00:00:00:00:34 dev eth0 master br0 \n");
	ok(h, "bridge fdb show dev eth0", "02:00:00:00:01:02 master br0 permanent\n"
	   "02:00:00:00:00:33 master br0 static\n"
	   "02:00:00:00:00:34 master br0 \n");
	shows(h, "bridge -s fdb show br br0",
	      "02:00:00:00:00:34 dev eth0 used 3/3 master br0 \n");
	shows(h, "brctl showmacs br0", "port no\tmac addr\t\tis local?\tageing timer\n");
	shows(h, "brctl showmacs br0", "  1\t02:00:00:00:00:34\tno\t\t   3.00\n");
	does(h, "bridge fdb del 02:00:00:00:00:33 dev eth0 master");
	fails(h, "bridge fdb del 02:00:00:00:00:33 dev eth0 master", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	does(h, "bridge link set dev eth0 learning off flood off");
	shows(h, "bridge -d link", "\n    hairpin off guard off fastleave off learning off "
	      "flood off mcast_flood on bcast_flood on mcast_router 1 isolated off \n");
}

static void groups_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br0 type bridge mcast_membership_interval 10000");
	shows(h, "ip -d link show br0", "mcast_snooping 1 mcast_router 1 mcast_querier 0 "
	      "mcast_hash_max 4096 mcast_last_member_count 2 mcast_startup_query_count 2 "
	      "mcast_last_member_interval 100 mcast_membership_interval 10000 "
	      "mcast_querier_interval 25500 mcast_query_interval 12500 "
	      "mcast_query_response_interval 1000 mcast_startup_query_interval 3125 "
	      "mcast_igmp_version 2 mcast_mld_version 1 ");
	does(h, "ip link set eth0 master br0");
	does(h, "bridge mdb add dev br0 port eth0 grp 239.1.1.1 permanent");
	does(h, "bridge mdb add dev br0 port eth0 grp ff0e::1");
	does(h, "bridge mdb add dev br0 port br0 grp 239.1.1.1");
	does(h, "bridge mdb add dev br0 port eth0 grp 01:02:03:04:05:06 permanent");
	does(h, "bridge mdb add dev br0 port eth0 grp 239.1.1.9 vid 5");
	does(h, "bridge link set dev eth0 mcast_router 2");
	ok(h, "bridge mdb", "dev br0 port eth0 grp 239.1.1.9 temp vid 5\n"
	   "dev br0 port eth0 grp 01:02:03:04:05:06 permanent\n"
	   "dev br0 port eth0 grp ff0e::1 temp\n"
	   "dev br0 port br0 grp 239.1.1.1 temp\n"
	   "dev br0 port eth0 grp 239.1.1.1 permanent\n");
	ok(h, "bridge mdb show dev br0 vid 5", "dev br0 port eth0 grp 239.1.1.9 temp vid 5\n");
	shows(h, "bridge -d -s mdb show",
	      "dev br0 port eth0 grp ff0e::1 temp proto static   100.00\n"
	      "dev br0 port br0 grp 239.1.1.1 temp  100.00\n"
	      "dev br0 port eth0 grp 239.1.1.1 permanent proto static     0.00\n"
	      "router ports on br0: eth0    0.00 permanent \n");
	shows(h, "bridge -d mdb show", "\nrouter ports on br0: eth0 \n");
	does(h, "bridge mdb del dev br0 port eth0 grp 239.1.1.1");
	hides(h, "bridge mdb show", "port eth0 grp 239.1.1.1 ");
}

static void mistakes_with_groups_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br0 type bridge");
	does(h, "ip link set eth0 master br0");
	does(h, "bridge mdb add dev br0 port eth0 grp 239.1.1.1");
	fails(h, "bridge mdb add dev br0 port eth0 grp 239.1.1.1", -EEXIST,
	      "Error: bridge: (*, G) group is already joined by port.\n");
	fails(h, "bridge mdb del dev br0 port eth0 grp 239.1.1.2", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	fails(h, "bridge mdb add dev br0 port eth0 grp 224.0.0.5", -EINVAL,
	      "Error: IPv4 entry group address is local multicast.\n");
	fails(h, "bridge mdb add dev br0 port eth0 grp 10.0.0.1", -EINVAL,
	      "Error: IPv4 entry group address is not multicast or 0.0.0.0.\n");
	fails(h, "bridge mdb add dev br0 port eth0 grp ff02::1", -EINVAL,
	      "Error: IPv6 entry group address is link-local all nodes.\n");
	fails(h, "bridge mdb add dev br0 port eth0 grp 01:02:03:04:05:06", -EINVAL,
	      "Error: bridge: Only permanent L2 entries allowed.\n");
	fails(h, "bridge mdb add dev br0 port lo grp 239.1.1.1", -EINVAL,
	      "Error: bridge: Net device is not a bridge port.\n");
	fails(h, "bridge mdb add dev br0 port eth0", -EINVAL,
	      "Device, group address and port name are required arguments.\n");
	fails(h, "bridge mdb add dev lo port eth0 grp 239.1.1.1", -EOPNOTSUPP,
	      "Error: Device does not support MDB operations.\n");
	fails(h, "bridge mdb foo", -EINVAL,
	      "Command \"foo\" is unknown, try \"bridge mdb help\".\n");
	fails(h, "ip link set br0 type bridge mcast_igmp_version 3", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	does(h, "ip link set br0 type bridge mcast_hash_max 1");
	fails(h, "bridge mdb add dev br0 port eth0 grp 239.1.1.2", -E2BIG,
	      "RTNETLINK answers: Argument list too long\n");
	fails(h, "bridge mdb add dev br0 port eth0 grp 239.1.1.2", -EINVAL,
	      "Error: bridge: Bridge's multicast processing is disabled.\n");
}

static void storm_limits_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br0 type bridge");
	does(h, "ip link set eth0 master br0");
	hides(h, "bridge -d link", "storm");
	does(h, "bridge link set dev eth0 storm_bcast 1kpps storm_ucast 2500kbit isolated on");
	shows(h, "bridge -d link", " isolated on \n    storm_bcast 1000pps dropped 0 "
	      "storm_ucast 2500kbit dropped 0 \n");
	does(h, "bridge link set dev eth0 storm_bcast off storm_mcast 1gbit");
	shows(h, "bridge -d link", "\n    storm_mcast 1gbit dropped 0 storm_ucast ");
	fails(h, "bridge link set dev eth0 storm_mcast 10", -EINVAL,
	      "Error: argument of \"storm_mcast\" must be \"off\" or a rate as 1000pps or 10mbit, "
	      "not \"10\"\n");
	fails(h, "bridge link set dev eth0 storm_mcast 0pps", -EINVAL,
	      "Error: argument of \"storm_mcast\" must be \"off\" or a rate as 1000pps or 10mbit, "
	      "not \"0pps\"\n");
	fails(h, "bridge link set dev eth0 storm_mcast 9999gbit", -EINVAL,
	      "Error: argument of \"storm_mcast\" must be \"off\" or a rate as 1000pps or 10mbit, "
	      "not \"9999gbit\"\n");
	fails(h, "bridge link set dev eth0 bcast_flood maybe", -EINVAL,
	      "Error: argument of \"bcast_flood\" must be \"on\" or \"off\", not \"maybe\"\n");
}

static void bridge_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br0 type bridge");
	does(h, "ip link add br1 type bridge");
	fails(h, "ip link set lo master br0", -EINVAL, "RTNETLINK answers: Invalid argument\n");
	fails(h, "ip link set br1 master br0", -ELOOP,
	      "Error: Can not enslave a bridge to a bridge.\n");
	fails(h, "ip link set br0 master eth0", -EOPNOTSUPP,
	      "RTNETLINK answers: Operation not supported\n");
	fails(h, "bridge fdb add 02:00:00:00:00:36 dev eth9", -ENODEV,
	      "Cannot find device \"eth9\"\n");
	fails(h, "bridge fdb add x dev eth0 master", -EINVAL, "Invalid mac address x\n");
	fails(h, "bridge fdb add 02:00:00:00:00:36 dev eth0 master", -EOPNOTSUPP,
	      "RTNETLINK answers: Operation not supported\n");
	fails(h, "bridge fdb add 02:00:00:00:00:37", -EINVAL,
	      "Device and address are required arguments.\n");
	fails(h, "bridge fdb foo", -EINVAL, "Command \"foo\" is unknown, try \"bridge fdb "
	   "help\".\n");
	fails(h, "bridge foo", -EINVAL, "Object \"foo\" is unknown, try \"bridge help\".\n");
	fails(h, "brctl addif br9 eth0", -ENODEV, "bridge br9 does not exist!\n");
	fails(h, "brctl addif br0 eth9", -ENODEV, "interface eth9 does not exist!\n");
}

#define COALESCE(rx_usecs, rx_frames) \
	"Coalesce parameters for eth1:\nAdaptive RX: off  TX: n/a\nstats-block-usecs: n/a\n" \
	"sample-interval: n/a\npkt-rate-low: n/a\npkt-rate-high: n/a\n\n" \
	"rx-usecs: " rx_usecs "\nrx-frames: " rx_frames "\n" \
	"rx-usecs-irq: n/a\nrx-frames-irq: n/a\n\ntx-usecs: 20\ntx-frames: 4\n" \
	"tx-usecs-irq: n/a\ntx-frames-irq: n/a\n\nrx-usecs-low: n/a\nrx-frame-low: n/a\n" \
	"tx-usecs-low: n/a\ntx-frame-low: n/a\n\nrx-usecs-high: n/a\nrx-frame-high: n/a\n" \
	"tx-usecs-high: n/a\ntx-frame-high: n/a\n\nCQE mode RX: n/a  TX: n/a\n\n"

#define MS_KEY \
	"6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:" \
	"ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:6a:42:b7:3b:be:ac:01:fa"

static void flows_are_spread_as_told(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	struct net_device *dev = add_card(h, "eth1");

	fails(h, "ethtool -x eth1", -EOPNOTSUPP,
	      "Cannot get RX ring count: Operation not supported\n");
	assert_int_equal(nic_rss_create(dev->nic, 3, 0), 0);
	shows(h, "ethtool -x eth1", "RX flow hash indirection table for eth1 with 3 RX ring(s):\n"
	      "    0:      0     1     2     0     1     2     0     1\n"
	      "    8:      2     0     1");
	shows(h, "ethtool -x eth1", "\nRSS hash key:\n6d:5a:6d:5a:");
	shows(h, "ethtool -x eth1", ":6d:5a\nRSS hash function:\n    toeplitz: on\n");
	does(h, "ethtool -X eth1 equal 2 hkey " MS_KEY);
	shows(h, "ethtool --show-rxfh eth1", "    0:      0     1     0     1     0     1 ");
	shows(h, "ethtool -x eth1", MS_KEY "\n");
	does(h, "ethtool -X eth1 weight 1 0 3");
	shows(h, "ethtool -x eth1", "   24:      0     0     0     0     0     0     0     0\n"
	      "   32:      2     2     2");
	does(h, "ethtool -X eth1 default");
	assert_int_equal(dev->nic->rss->indir[1], 1);
	fails(h, "ethtool -X eth1 equal 4", -EINVAL,
	      "Cannot set RX flow hash configuration: Invalid argument\n");
	fails(h, "ethtool -X eth1 weight 0 0", -EINVAL,
	      "At least one weight must be non-zero\n");
	fails(h, "ethtool -X eth1 hkey 6d:5a", -EINVAL, "Key is too short or malformed: expected "
	      "40 bytes in hex, as 6d:5a:...\n");
	fails(h, "ethtool -X eth1", -EINVAL, "ethtool: bad command line argument(s)\n"
	      "For more information run ethtool -h\n");
	assert_int_equal(dev->nic->rss->indir[2], 2);
}

static void cards_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	struct net_device *dev = add_card(h, "eth1");

	does(h, "ethtool -C eth1 rx-usecs 0 rx-frames 0 tx-usecs 20 tx-frames 4");
	ok(h, "ethtool -c eth1", COALESCE("0", "0"));
	does(h, "ethtool -C eth1 rx-usecs 50 rx-frames 8");
	ok(h, "ethtool --show-coalesce eth1", COALESCE("50", "8"));
	assert_int_equal(dev->nic->coalesce.rx_usecs, 50);
	does(h, "ethtool -G eth1 rx 512 tx 100");
	ok(h, "ethtool -g eth1", "Ring parameters for eth1:\nPre-set maximums:\n"
	   "RX:\t\t4096\nRX Mini:\tn/a\nRX Jumbo:\tn/a\nTX:\t\t4096\n"
	   "Current hardware settings:\nRX:\t\t512\nRX Mini:\tn/a\nRX Jumbo:\tn/a\nTX:\t\t128\n"
	   "RX Buf Len:\t\tn/a\nCQE Size:\t\tn/a\nTX Push:\toff\nTCP data split:\tn/a\n");
	dev->nic->stats.rx_missed_errors = 4;
	dev->nic->stats.rx_interrupts = 2;
	shows(h, "ethtool -S eth1", "NIC statistics:\n     rx_packets: 0\n");
	shows(h, "ethtool -S eth1", "     rx_missed_errors: 4\n");
	shows(h, "ethtool eth1", "\tLink detected: no\n");
	does(h, "ip link set eth1 up");
	shows(h, "ethtool eth1", "Settings for eth1:\n\tSupported ports: [  ]\n");
	shows(h, "ethtool eth1", "\tLink detected: yes\n");
	ok(h, "ethtool lo", "Settings for lo:\n\tLink detected: yes\n");
	shows(h, "ethtool -i eth1", "supports-statistics: yes\n");
	ok(h, "ethtool -P eth1", "Permanent address: 02:00:00:00:01:09\n");
	shows(h, "ethtool -k eth1", "tcp-segmentation-offload: off\n");
	shows(h, "ethtool -k eth1", "generic-receive-offload: on\n");
	does(h, "ethtool -K eth1 gro off");
	shows(h, "ethtool -k eth1", "generic-receive-offload: off\n");
	assert_false(dev->features & NETIF_F_GRO);
	does(h, "ethtool --offload eth1 generic-receive-offload on rx on");
	assert_true(dev->features & NETIF_F_GRO);
	shows(h, "ethtool -k lo", "generic-receive-offload: off [fixed]\n");
	shows(h, "ethtool -k lo", "tx-udp-segmentation: on [fixed]\n");
	shows(h, "ethtool -k eth1", "tx-udp-segmentation: off [fixed]\n");
	shows(h, "ethtool -k eth1", "rx-udp-gro-forwarding: off\n");
	does(h, "ethtool -K eth1 rx-udp-gro-forwarding on");
	shows(h, "ethtool -k eth1", "rx-udp-gro-forwarding: on\n");
	does(h, "ethtool -K eth1 rx-udp-gro-forwarding off");
	/* Row N2: frames without a descriptor are ifconfig's overruns. */
	shows(h, "ifconfig eth1", "RX errors 4  dropped 0  overruns 4  frame 0\n");
}

static void ethtool_mistakes_are_named(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	add_card(h, "eth1");
	fails(h, "ethtool -C eth1 foo 5", -EINVAL, "ethtool (-C): unknown parameter 'foo'\n");
	fails(h, "ethtool -C eth1 rx-usecs", -EINVAL,
	      "ethtool (-C): no value for parameter 'rx-usecs'\n");
	fails(h, "ethtool -G eth1 rx x", -EINVAL,
	      "ethtool (-G): invalid value 'x' for parameter 'rx'\n");
	fails(h, "ethtool -G eth1 rx 100000", -EINVAL, "netlink error: requested ring size exceeds "
	      "maximum (offset 36)\nnetlink error: Invalid argument\n");
	fails(h, "ethtool -K eth1 gro maybe", -EINVAL, "ethtool: bad command line argument(s)\n"
	      "For more information run ethtool -h\n");
	fails(h, "ethtool -K eth1 tso on", -EOPNOTSUPP, "Cannot change tcp-segmentation-offload\n"
	      "Could not change any device features\n");
	fails(h, "ethtool -K eth1 tx-udp-segmentation on", -EOPNOTSUPP,
	      "Cannot change tx-udp-segmentation\nCould not change any device features\n");
	fails(h, "ethtool -K eth1 '' on", -EINVAL, "ethtool: bad command line argument(s)\n"
	      "For more information run ethtool -h\n");
	fails(h, "ethtool -K lo gro on", -EOPNOTSUPP, "Cannot change generic-receive-offload\n"
	      "Could not change any device features\n");
	fails(h, "ethtool -c lo", -EOPNOTSUPP, "netlink error: Operation not supported\n");
	fails(h, "ethtool -S lo", -EOPNOTSUPP, "no stats available\n");
	fails(h, "ethtool -g eth9", -ENODEV, "netlink error: no device matches name (offset 24)\n"
	      "netlink error: No such device\n");
	fails(h, "ethtool", -EINVAL, "ethtool: bad command line argument(s)\n"
	      "For more information run ethtool -h\n");
	fails(h, "ethtool -foo eth1", -EINVAL, NULL);
}

static void interrupts_and_softirqs_are_counted(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	struct net_device *dev = add_card(h, "eth1");
	static const u8 frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7, 8, 6 };

	does(h, "ip link set eth1 up");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(nic_hand_receive(dev->nic, frame, sizeof(frame)), 0);
		bare_net_run(&h->net, h->net.now);
	}
	shows(h, "cat /proc/interrupts", ":          3  PCI-MSI   0-edge      eth1\n");
	shows(h, "cat /proc/softirqs", "                    CPU0       \n          HI:         "
	   " 0\n");
	shows(h, "cat /proc/softirqs", "\n      NET_RX:          3\n");
	shows(h, "cat /proc/net/softnet_stat", "00000003 00000000 00000000 ");
}

/* `linnet cat --help` prints the same text, without an instance to ask. */
static void each_file_that_help_names_is_there(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	const char *help = ctl_command_find("cat")->help, *at = strstr(help, "or one of");
	char cmd[80];
	unsigned count = 0;

	ok(h, "cat --help", help);
	for (at = strstr(at, "/proc/"); at; at = strstr(at + 1, "/proc/"), count++) {
		snprintf(cmd, sizeof(cmd), "cat %.*s", (int)strcspn(at, " \n"), at);
		shows(h, cmd, "");
		assert_null(strstr(ask(h, cmd, NULL), "No such file"));
	}
	assert_int_equal(count, 24);
}

static void queues_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	h->dev->qdisc->stats.bytes = 4242;
	h->dev->qdisc->stats.packets = 42;
	h->dev->qdisc->stats.drops = 7;
	ok(h, "tc qdisc show", "qdisc noqueue 0: dev lo root refcnt 2 \n"
	   "qdisc pfifo 0: dev eth0 root refcnt 2 limit 1000p\n");
	ok(h, "tc -s qdisc show dev eth0", "qdisc pfifo 0: root refcnt 2 limit 1000p\n"
	   " Sent 4242 bytes 42 pkt (dropped 7, overlimits 0 requeues 0) \n"
	   " backlog 0b 0p requeues 0\n");
	fails(h, "tc qdisc show dev eth9", -ENODEV, "Cannot find device \"eth9\"\n");
	fails(h, "tc qdisc add dev eth0 root tbf", -ENOENT,
	      "Error: Specified qdisc kind is unknown.\n");
	fails(h, "tc foo", -EINVAL, "Object \"foo\" is unknown, try \"tc help\".\n");
}

static void queues_are_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "tc qdisc add dev eth0 root fq_codel", "");
	ok(h, "tc qdisc show dev eth0",
	   "qdisc fq_codel 8001: root refcnt 2 limit 10240p flows 1024 quantum 1514 "
	   "target 5ms interval 100ms memory_limit 32Mb ecn drop_batch 64 \n");
	ok(h, "tc qdisc replace dev eth0 root handle 1: codel limit 50 target 1500us interval 20ms "
	   "ce_threshold 250us ecn", "");
	ok(h, "tc -s qdisc show dev eth0", "qdisc codel 8001: root refcnt 2 limit 50p target 1.5ms "
	   "ce_threshold 250us interval 20ms ecn \n"
	   " Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n"
	   " backlog 0b 0p requeues 0\n"
	   "  count 0 lastcount 0 ldelay 0us drop_next 0us\n"
	   "  maxpacket 0 ecn_mark 0 drop_overlimit 0\n");
	shows(h, "ip link show eth0", "qdisc codel ");
	fails(h, "tc qdisc add dev eth0 root codel", -EEXIST,
	      "Error: Exclusivity flag on, cannot modify.\n");
	fails(h, "tc qdisc replace dev eth0 root codel flows 3", -EINVAL, "What is \"flows\"?\n");
	fails(h, "tc qdisc change dev eth0 root codel target soon", -EINVAL,
	      "Illegal \"target\"\n");
	fails(h, "tc qdisc add dev eth0 root fq_codel flows 0", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	fails(h, "tc qdisc add dev eth0 codel", -EOPNOTSUPP,
	      "Error: Only the root qdisc can be set.\n");
	/* Of the same kind: what is not named stays. */
	ok(h, "tc qdisc change dev eth0 root codel limit 20", "");
	shows(h, "tc qdisc show dev eth0", "limit 20p target 1.5ms");
	ok(h, "tc qdisc del dev eth0 root", "");
	ok(h, "tc qdisc show dev eth0", "qdisc pfifo 0: root refcnt 2 limit 1000p\n");
	fails(h, "tc qdisc change dev eth0 root codel", -ENOENT,
	      "Error: Qdisc not found. To create specify NLM_F_CREATE flag.\n");
	fails(h, "tc qdisc del dev eth0 root", -ENOENT,
	      "Error: Cannot delete qdisc with handle of zero.\n");
}

#define FQ_HEAD "qdisc fq 8001: root refcnt 2 limit 10000p flow_limit 100p buckets 1024 " \
	"orphan_mask 1023 "
#define FQ_BANDS_TEXT "bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1 " \
	"weights 589824 196608 65536 "
#define FQ_TAIL "low_rate_threshold 550Kbit refill_delay 40ms timer_slack 10us horizon 10s " \
	"horizon_drop \n"

static void fq_is_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "tc qdisc add dev eth0 root fq", "");
	ok(h, "tc qdisc show dev eth0", FQ_HEAD FQ_BANDS_TEXT
	   "quantum 3028b initial_quantum 15140b " FQ_TAIL);
	ok(h, "tc -s qdisc show dev eth0", FQ_HEAD FQ_BANDS_TEXT
	   "quantum 3028b initial_quantum 15140b " FQ_TAIL
	   " Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n"
	   " backlog 0b 0p requeues 0\n"
	   "  flows 0 (inactive 0 throttled 0) band0_pkts 0 band1_pkts 0 band2_pkts 0\n"
	   "  gc 0 highprio 0 throttled 0\n");
	ok(h, "tc qdisc change dev eth0 root fq limit 200 flow_limit 7 buckets 16 orphan_mask 15 "
	   "quantum 4k initial_quantum 1m maxrate 2.5mbit low_rate_threshold 1mbps nopacing", "");
	ok(h, "tc qdisc replace dev eth0 root fq refill_delay 1250us ce_threshold 4ms "
	   "timer_slack 500 horizon 2s horizon_cap bands 3 priomap 0 1 2 0 1 2 0 1 2 0 1 2 0 1 2 0 "
	   "weights 20000 30000 40000", "");
	ok(h, "tc qdisc show dev eth0", "qdisc fq 8001: root refcnt 2 limit 200p flow_limit 7p "
	   "buckets 16 orphan_mask 15 nopacing bands 3 priomap 0 1 2 0 1 2 0 1 2 0 1 2 0 1 2 0 "
	   "weights 20000 30000 40000 quantum 4Kb initial_quantum 1Mb maxrate 2500Kbit "
	   "low_rate_threshold 8Mbit refill_delay 1.25ms ce_threshold 4ms timer_slack 500ns "
	   "horizon 2s horizon_cap \n");
	fails(h, "tc qdisc replace dev eth0 root fq limit x", -EINVAL, "Illegal \"limit\"\n");
	fails(h, "tc qdisc replace dev eth0 root fq buckets 3", -EINVAL, "Illegal \"buckets\"\n");
	fails(h, "tc qdisc replace dev eth0 root fq maxrate fast", -EINVAL,
	      "Illegal \"maxrate\"\n");
	fails(h, "tc qdisc replace dev eth0 root fq timer_slack 10s", -EINVAL,
	      "Illegal (out of range) \"timer_slack\"\n");
	fails(h, "tc qdisc replace dev eth0 root fq bands 4", -EINVAL, "\"bands\" must be 3\n");
	fails(h, "tc qdisc replace dev eth0 root fq priomap 1 3", -EINVAL,
	      "\"priomap\" element 3 too big\n");
	fails(h, "tc qdisc replace dev eth0 root fq quantum 0", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	fails(h, "tc qdisc replace dev eth0 root fq weights 1 1 1", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	fails(h, "tc qdisc replace dev eth0 root fq fair", -EINVAL, "What is \"fair\"?\n");
	ok(h, "tc qdisc del dev eth0 root", "");
}

static void the_ledger_is_told(void **state)
{
	struct pair *p = *state;
	int fd = udp_socket(&p->b);

	/* A datagram for a port that nobody has: dropped with that reason. */
	assert_int_equal(send_to(&p->b, fd, "abc", 3, ADDR_A, 9), 3);
	pair_run(p);
	shows(&p->a, "stat", "\ndropped\n  NO_SOCKET                              1  "
	      "no socket for it\n");
	shows(&p->a, "stat --json", "\"drops\":[{\"reason\":\"NO_SOCKET\",\"count\":1,"
	      "\"text\":\"no socket for it\"}]");
	shows(&p->b, "stat", "  user_in                 3  user to packets\n");
	shows(&p->b, "stat", "\nsockets\n  1 open, ");
	shows(&p->b, "stat --pretty", "{\n    \"name\": \"linnet\",\n    \"time_ns\": 0,\n");
	fails(&p->b, "stat foo", -EINVAL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(bridges_are_built_and_shown),
		CTL_TEST(mac_tables_are_shown_and_set),
		CTL_TEST(groups_are_shown_and_set),
		CTL_TEST(mistakes_with_groups_are_named),
		CTL_TEST(storm_limits_are_shown_and_set),
		CTL_TEST(bridge_mistakes_are_named),
		CTL_TEST(cards_are_shown_and_set),
		CTL_TEST(flows_are_spread_as_told),
		CTL_TEST(ethtool_mistakes_are_named),
		CTL_TEST(interrupts_and_softirqs_are_counted),
		CTL_TEST(each_file_that_help_names_is_there),
		CTL_TEST(queues_are_shown), CTL_TEST(queues_are_set),
		CTL_TEST(queues_are_shown), CTL_TEST(fq_is_set),
		CTL_TEST(the_ledger_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
