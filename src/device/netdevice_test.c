/* SPDX-License-Identifier: MIT */
/* Devices: names, numbers, notifiers, flags, settings, hooks of netfilter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fmt.h"
#include "device/bare_net.h"

static struct net net;

/* What notifiers were told, as text: "eth0 UP, ". */
static char log_text[1024];
static struct strbuf log_sb;

static void note(struct notifier_block *nb, struct net_device *dev, enum netdev_event event)
{
	static const char names[][12] = {
		"REGISTER", "UP", "GOING_DOWN", "DOWN", "CHANGE", "CHANGEMTU", "CHANGEADDR",
		"UNREGISTER",
	};

	(void)nb;
	sb_printf(&log_sb, "%s %s, ", dev->name, names[event]);
}

static void expect_log(const char *text)
{
	assert_string_equal(log_text, text);
	sb_init(&log_sb, log_text, sizeof(log_text));
}

static int setup(void **state)
{
	(void)state;
	bare_net_init(&net, NULL);
	sb_init(&log_sb, log_text, sizeof(log_text));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bare_net_exit(&net);
	return 0;
}

static int try_register(const char *name)
{
	struct net_device *dev = alloc_netdev(&net, 0, name);
	int err;

	dev->netdev_ops = &(const struct net_device_ops){ 0 };
	err = register_netdevice(dev);
	if (err)
		free_netdev(dev);
	else
		unregister_netdevice(dev);
	return err;
}

static void names_and_numbers(void **state)
{
	struct net_device *a = bare_dev_create(&net, "eth%d", NULL);
	struct net_device *b = bare_dev_create(&net, "eth%d", NULL);
	struct net_device *c = bare_dev_create(&net, "wan", NULL);

	(void)state;
	assert_string_equal(a->name, "eth0");
	assert_string_equal(b->name, "eth1");
	assert_int_equal(a->ifindex, 1);
	assert_int_equal(c->ifindex, 3);
	assert_ptr_equal(dev_get_by_name(&net, "wan"), c);
	assert_ptr_equal(dev_get_by_index(&net, 2), b);
	assert_null(dev_get_by_name(&net, "eth2"));
	assert_int_equal(try_register("wan"), -EEXIST);
	assert_int_equal(try_register(""), -EINVAL);
	assert_int_equal(try_register(".."), -EINVAL);
	assert_int_equal(try_register("a/b"), -EINVAL);
	assert_int_equal(try_register("a b"), -EINVAL);
	assert_int_equal(try_register("a%s"), -EINVAL);
	assert_int_equal(try_register("all"), -EINVAL);		/* what settings mean by it */
	assert_int_equal(try_register("default"), -EINVAL);
	assert_int_equal(try_register("fifteen-letters"), 0);
	assert_int_equal(try_register("sixteen--letters"), -EINVAL);
	unregister_netdevice(a);
	a = bare_dev_create(&net, "eth%d", NULL);
	assert_string_equal(a->name, "eth0");	/* the name is free again, the number is not */
	assert_int_equal(a->ifindex, 5);
	assert_int_equal(dev_change_name(a, "wan"), -EEXIST);
	assert_int_equal(dev_change_name(a, "lan:0"), -EINVAL);
	assert_int_equal(dev_change_name(a, "all"), -EINVAL);
	assert_int_equal(dev_change_name(a, "lan"), 0);
	assert_ptr_equal(dev_get_by_name(&net, "lan"), a);
	dev_open(a);
	assert_int_equal(dev_change_name(a, "dmz"), -EBUSY);
}

static void notifiers_are_told_in_order(void **state)
{
	struct notifier_block nb = { .call = note };
	struct net_device *a = bare_dev_create(&net, "a", NULL), *b;

	(void)state;
	dev_open(a);
	register_netdevice_notifier(&net, &nb);
	expect_log("a REGISTER, a UP, ");
	b = bare_dev_create(&net, "b", NULL);
	assert_int_equal(dev_open(b), 0);
	assert_int_equal(dev_open(b), 0);
	expect_log("b REGISTER, b UP, ");
	netif_carrier_off(b);
	netif_carrier_off(b);
	netif_carrier_on(b);
	expect_log("b CHANGE, b CHANGE, ");
	dev_close(b);
	dev_close(b);
	netif_carrier_off(b);		/* down: nobody asks */
	expect_log("b GOING_DOWN, b DOWN, ");
	unregister_netdevice(a);
	expect_log("a GOING_DOWN, a DOWN, a UNREGISTER, ");
	unregister_netdevice_notifier(&nb);
	unregister_netdevice(b);
	expect_log("");
}

static u32 rx_mode_flags;

static void set_rx_mode(struct net_device *dev)
{
	rx_mode_flags = dev->flags & (IFF_PROMISC_ | IFF_ALLMULTI_);
}

static int open_fails(struct net_device *dev)
{
	(void)dev;
	return -ENOMEM;
}

static void settings(void **state)
{
	static const struct net_device_ops ops = {
		.ndo_set_rx_mode = set_rx_mode, .ndo_open = open_fails,
	};
	struct net_device *dev = bare_dev_create(&net, "a", NULL);
	struct notifier_block nb = { .call = note };

	(void)state;
	dev->min_mtu = 68;
	dev->max_mtu = 9000;
	register_netdevice_notifier(&net, &nb);
	expect_log("a REGISTER, ");
	assert_int_equal(dev_set_mtu(dev, 67), -EINVAL);
	assert_int_equal(dev_set_mtu(dev, 9001), -EINVAL);
	assert_int_equal(dev_set_mtu(dev, 9000), 0);
	assert_int_equal(dev_set_mtu(dev, 9000), 0);
	assert_int_equal(dev_set_mac_address(dev, (const u8 *)"\x01\0\0\0\0\1"), -EADDRNOTAVAIL);
	assert_int_equal(dev_set_mac_address(dev, (const u8 *)"\0\0\0\0\0\0"), -EADDRNOTAVAIL);
	assert_int_equal(dev_set_mac_address(dev, (const u8 *)"\2\0\0\0\0\x99"), 0);
	assert_int_equal(dev->dev_addr[5], 0x99);
	expect_log("a CHANGEMTU, a CHANGEADDR, ");
	unregister_netdevice_notifier(&nb);

	dev->netdev_ops = &ops;
	assert_int_equal(dev_set_mac_address(dev, (const u8 *)"\2\0\0\0\0\1"), -EOPNOTSUPP);
	assert_int_equal(dev_open(dev), -ENOMEM);
	assert_false(netif_running(dev));
	dev->netdev_ops = &bare_dev_ops;
	dev_open(dev);
	dev->netdev_ops = &ops;
	dev_set_promiscuity(dev, 1);
	dev_set_promiscuity(dev, 1);
	assert_int_equal(rx_mode_flags, IFF_PROMISC_);
	dev_set_promiscuity(dev, -1);
	dev_set_allmulti(dev, 1);
	assert_int_equal(rx_mode_flags, IFF_PROMISC_ | IFF_ALLMULTI_);
	dev_set_promiscuity(dev, -1);
	assert_int_equal(rx_mode_flags, IFF_ALLMULTI_);
	dev->netdev_ops = &bare_dev_ops;
}

static void loopback_goes_last(void **state)
{
	struct notifier_block nb = { .call = note };

	(void)state;
	net.dev->loopback = bare_dev_create(&net, "lo", NULL);
	bare_dev_create(&net, "a", NULL);
	bare_dev_create(&net, "b", NULL);
	register_netdevice_notifier(&net, &nb);
	expect_log("lo REGISTER, a REGISTER, b REGISTER, ");
	unregister_netdevices(&net);
	expect_log("b UNREGISTER, a UNREGISTER, lo UNREGISTER, ");
	assert_null(net.dev->loopback);
}

/* ---- netfilter's hooks ---- */

static enum nf_verdict verdicts[3];
static struct sk_buff *stolen;

static enum nf_verdict hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	u32 which = (u32)(uintptr_t)priv;

	sb_printf(&log_sb, "%u on %s, ", which, nf_hook_name(state->hook));
	if (verdicts[which] == NF_STOLEN)
		stolen = skb;
	return verdicts[which];
}

static int okfn(struct net *n, struct sk_buff *skb)
{
	assert_ptr_equal(n, &net);
	sb_puts(&log_sb, "ok");
	consume_skb(skb);
	return 7;
}

static int run_hook(void)
{
	return NF_HOOK(NFPROTO_IPV4, NF_INET_FORWARD, &net, alloc_skb(&net, 20), NULL, NULL, okfn);
}

static void hooks_run_by_priority_until_one_refuses(void **state)
{
	struct nf_hook_ops ops[3];

	(void)state;
	assert_int_equal(run_hook(), 7);
	expect_log("ok");
	for (u32 i = 0; i < 3; i++) {
		verdicts[i] = NF_ACCEPT;
		ops[i] = (struct nf_hook_ops){
			.hook = hook, .priv = (void *)(uintptr_t)i, .pf = NFPROTO_IPV4,
			.hooknum = NF_INET_FORWARD, .priority = i == 0 ? 10 : -5,
		};
		nf_register_net_hook(&net, &ops[i]);
	}
	assert_int_equal(run_hook(), 7);
	expect_log("1 on FORWARD, 2 on FORWARD, 0 on FORWARD, ok");
	verdicts[2] = NF_DROP;
	assert_int_equal(run_hook(), -EPERM);
	expect_log("1 on FORWARD, 2 on FORWARD, ");
	assert_int_equal(net.drops[SKB_DROP_REASON_NETFILTER_DROP], 1);
	verdicts[1] = NF_STOLEN;
	run_hook();
	expect_log("1 on FORWARD, ");
	consume_skb(stolen);
	for (u32 i = 0; i < 3; i++)
		nf_unregister_net_hook(&ops[i]);
	assert_int_equal(run_hook(), 7);
	expect_log("ok");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(names_and_numbers),
		T(notifiers_are_told_in_order),
		T(settings),
		T(loopback_goes_last),
		T(hooks_run_by_priority_until_one_refuses),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
