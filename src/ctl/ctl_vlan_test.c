/* SPDX-License-Identifier: MIT */
/* ip link ... type vlan, bridge vlan, bridge fdb ... vlan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"

static void vlan_devices_are_made_and_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add link eth0 name eth0.10 type vlan id 10");
	fails(h, "ip link add link eth0 name x type vlan id 10", -EEXIST,
	      "RTNETLINK answers: File exists\n");
	does(h, "ip link add link eth0 name s7 type vlan protocol 802.1ad id 7 "
		"ingress-qos-map 3:5 7:1 egress-qos-map 6:4");
	does(h, "ip link set eth0.10 up");
	shows(h, "ip link show eth0.10", "eth0.10@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu");
	shows(h, "ip -d link show eth0.10", "\n    vlan protocol 802.1Q id 10 <REORDER_HDR> ");
	shows(h, "ip -d link show s7", "\n    vlan protocol 802.1ad id 7 <REORDER_HDR> \n"
	      "      ingress-qos-map { 3:5 7:1 } \n      egress-qos-map { 6:4 } ");
	hides(h, "ip link show type vlan", "2: eth0:");
	shows(h, "ip link show type vlan", "s7@eth0");
	fails(h, "ip link add name y type vlan id 3", -EINVAL,
	      "Error: 8021q: link not specified.\n");
	fails(h, "ip link add link eth0 name y type vlan", -EINVAL,
	      "Error: 8021q: VLAN id not specified.\n");
	fails(h, "ip link add link eth0 name y type vlan id 4095", -ERANGE,
	      "Error: 8021q: Invalid VLAN id.\n");
	fails(h, "ip link add link lo name y type vlan id 3", -EOPNOTSUPP,
	      "RTNETLINK answers: Operation not supported\n");
	does(h, "ip link add br7 type bridge");
	does(h, "ip link add link br7 name br7.5 type vlan id 5");
	does(h, "ip link add link br7.5 name br7.5.6 type vlan id 6");
	fails(h, "ip link set br7.5 master br7", -EBUSY,
	      "RTNETLINK answers: Device or resource busy\n");
	fails(h, "ip link set br7.5.6 master br7", -EBUSY, NULL);
	does(h, "ip link add br8 type bridge");
	does(h, "ip link set br7.5 master br8");
	does(h, "ip link del s7");
	hides(h, "ip link show", "s7");
}

static void bridge_vlans_are_shown_and_set(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	add_card(h, "eth1");
	does(h, "ip link add br0 type bridge vlan_filtering 1");
	does(h, "ip link set eth0 master br0");
	does(h, "ip link set eth1 master br0");
	ok(h, "bridge vlan",
	   "port              vlan-id  \n"
	   "eth0              1 PVID Egress Untagged\n"
	   "eth1              1 PVID Egress Untagged\n"
	   "br0               1 PVID Egress Untagged\n");
	does(h, "bridge vlan add dev eth0 vid 10 pvid untagged");
	does(h, "bridge vlan del dev eth1 vid 1");
	does(h, "bridge vlan add dev eth1 vid 20-23");
	does(h, "bridge vlan add dev br0 vid 10 self");
	ok(h, "bridge vlan show",
	   "port              vlan-id  \n"
	   "eth0              1 Egress Untagged\n"
	   "                  10 PVID Egress Untagged\n"
	   "eth1              20\n"
	   "                  21\n"
	   "                  22\n"
	   "                  23\n"
	   "br0               1 PVID Egress Untagged\n"
	   "                  10\n");
	ok(h, "bridge -c vlan show dev eth1", "port              vlan-id  \n"
	   "eth1              20-23\n");
	ok(h, "bridge vlan show vid 10", "port              vlan-id  \n"
	   "eth0              10 PVID Egress Untagged\n"
	   "br0               10\n");
	shows(h, "ip -d link show br0",
	      "vlan_filtering 1 vlan_protocol 802.1Q vlan_default_pvid 1 ");
	does(h, "bridge fdb add 02:00:00:00:00:33 dev eth1 master static vlan 20");
	shows(h, "bridge fdb show", "02:00:00:00:00:33 dev eth1 vlan 20 master br0 static\n");
	fails(h, "bridge fdb add 02:00:00:00:00:33 dev eth1 master vlan 30", -EINVAL,
	      "RTNETLINK answers: Invalid argument\n");
	does(h, "bridge fdb del 02:00:00:00:00:33 dev eth1 master vlan 20");
	fails(h, "bridge vlan del dev eth1 vid 30", -ENOENT,
	      "RTNETLINK answers: No such file or directory\n");
	fails(h, "bridge vlan add dev eth1 vid 4095", -EINVAL,
	      "Error: bridge: Vlan id is invalid.\n");
	fails(h, "bridge vlan add dev eth1 vid 9-3", -EINVAL, "Invalid VLAN range \"9-3\"\n");
	fails(h, "bridge vlan add dev lo vid 3", -EOPNOTSUPP,
	      "RTNETLINK answers: Operation not supported\n");
	fails(h, "bridge vlan add dev eth1", -EINVAL,
	      "Device and VLAN ID are required arguments.\n");
}

static void bridge_json(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "bridge -j vlan", "[]\n");
	ok(h, "bridge -j -p link", "[ ]\n");
	ok(h, "bridge -j mdb", "[{\"mdb\":[],\"router\":{}}]\n");
	add_card(h, "eth1");
	does(h, "ip link add br0 type bridge vlan_filtering 1");
	does(h, "ip link set eth0 master br0");
	does(h, "ip link set eth1 master br0");
	does(h, "bridge vlan add dev eth1 vid 20-22");
#define PVID_1 "[{\"vlan\":1,\"flags\":[\"PVID\",\"Egress Untagged\"]}]"
	ok(h, "bridge -j vlan show vid 1",
	   "[{\"ifname\":\"eth0\",\"vlans\":" PVID_1 "},{\"ifname\":\"eth1\",\"vlans\":" PVID_1 "},"
	   "{\"ifname\":\"br0\",\"vlans\":" PVID_1 "}]\n");
	ok(h, "bridge -c -j vlan show dev eth1",
	   "[{\"ifname\":\"eth1\",\"vlans\":[{\"vlan\":1,\"flags\":[\"PVID\",\"Egress Untagged\"]},"
	   "{\"vlan\":20,\"vlanEnd\":22}]}]\n");
	does(h, "bridge fdb add 02:00:00:00:00:33 dev eth1 master static vlan 20");
	shows(h, "bridge --json -s fdb show dev eth1",
	      "{\"mac\":\"02:00:00:00:00:33\",\"vlan\":20,\"used\":0,\"updated\":0,\"flags\":[],"
	      "\"master\":\"br0\",\"state\":\"static\"}");
	does(h, "bridge link set dev eth1 mcast_router 2 storm_bcast 10kpps");
	shows(h, "bridge -j -d link show dev eth1", "\"mcast_router\":2,\"isolated\":false,"
	      "\"storm_bcast\":{\"rate\":10000,\"unit\":\"pps\",\"dropped\":0}}]\n");
	hides(h, "bridge -j link", "hairpin");
	does(h, "ip link set br0 up");
	does(h, "ip link set eth1 up");
	does(h, "bridge mdb add dev br0 port eth1 grp 239.1.1.1 permanent vid 20");
	ok(h, "bridge -j -s -d mdb",
	   "[{\"mdb\":[{\"index\":4,\"dev\":\"br0\",\"port\":\"eth1\",\"grp\":\"239.1.1.1\","
	   "\"state\":\"permanent\",\"protocol\":\"static\",\"flags\":[],\"vid\":20,"
	   "\"timer\":\"   0.00\"}],\"router\":{\"br0\":[{\"port\":\"eth1\",\"timer\":\"   0.00\","
	   "\"type\":\"permanent\"}]}}]\n");
	fails(h, "bridge -j fdb show dev eth9", -ENODEV, "Cannot find device \"eth9\"\n");
}

/* By hand without a VLAN is in each of the port's, as the kernel does. */
static void a_static_entry_without_a_vlan_is_in_all(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br0 type bridge vlan_filtering 1");
	does(h, "ip link set eth0 master br0");
	does(h, "bridge vlan add dev eth0 vid 20");
	does(h, "bridge fdb add 02:00:00:00:00:33 dev eth0 master static");
	shows(h, "bridge fdb show", "02:00:00:00:00:33 dev eth0 master br0 static\n"
	      "02:00:00:00:00:33 dev eth0 vlan 1 master br0 static\n"
	      "02:00:00:00:00:33 dev eth0 vlan 20 master br0 static\n");
	does(h, "bridge fdb del 02:00:00:00:00:33 dev eth0 master");
	hides(h, "bridge fdb show", "02:00:00:00:00:33");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(vlan_devices_are_made_and_shown),
		CTL_TEST(bridge_vlans_are_shown_and_set),
		CTL_TEST(bridge_json),
		CTL_TEST(a_static_entry_without_a_vlan_is_in_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
