/* SPDX-License-Identifier: MIT */
/*
 * For tests of ctl/: hosts that do what command lines say, and what they should have printed.
 *
 *	struct pair p;			a 10.0.0.1/24, b 10.0.0.2/24 (socket/bare_hosts.h)
 *	pair_init(&p);
 *	ok(&p.a, "ip route add default via 10.0.0.2", "");
 *	fails(&p.a, "ip link set eth9 up", -ENODEV, "Cannot find device \"eth9\"\n");
 *
 * Expected texts are what Linux's tools printed for the same state (iproute2 6.1, net-tools 2.10,
 * ethtool 6.1, procps 4.0), where Linux has the state.
 */
#ifndef LINNET_CTL_BARE_CTL_H
#define LINNET_CTL_BARE_CTL_H

#include "ctl/ctl.h"
#include "device/dev_nic.h"
#include "driver/nic_hand.h"
#include "socket/bare_hosts.h"

struct answer {
	int err;
	char text[65536];
};

static inline const char *ask(struct host *h, const char *cmd, int *err)
{
	static struct answer a;
	struct strbuf sb;

	sb_init(&sb, a.text, sizeof(a.text));
	a.err = ctl_exec(&h->net, cmd, &sb);
	assert_false(sb_truncated(&sb));
	if (err)
		*err = a.err;
	return a.text;
}

static inline void fails(struct host *h, const char *cmd, int want, const char *text)
{
	int err;
	const char *got = ask(h, cmd, &err);

	if (err != want || (text && strcmp(got, text)))
		print_message("$ %s\n", cmd);
	if (text)
		assert_string_equal(got, text);
	assert_int_equal(err, want);
}

static inline void ok(struct host *h, const char *cmd, const char *text)
{
	fails(h, cmd, 0, text);
}

/* Silent success. */
static inline void does(struct host *h, const char *cmd)
{
	ok(h, cmd, "");
}

/* The answer has this in it. */
static inline void shows(struct host *h, const char *cmd, const char *part)
{
	const char *got = ask(h, cmd, NULL);

	if (!strstr(got, part))
		print_message("$ %s\n%s--- has no: %s\n", cmd, got, part);
	assert_non_null(strstr(got, part));
}

static inline void hides(struct host *h, const char *cmd, const char *part)
{
	const char *got = ask(h, cmd, NULL);

	if (strstr(got, part))
		print_message("$ %s\n%s--- has: %s\n", cmd, got, part);
	assert_null(strstr(got, part));
}

/* A card, so that there is something for ethtool: its device, down. */
static inline struct net_device *add_card(struct host *h, const char *name)
{
	static const struct dev_nic_link link = { ether_setup, eth_type_trans };
	struct nic_hand_params params = { .mac = { 2, 0, 0, 0, 1, 9 }, .mtu = 1500 };
	struct nic *nic = nic_hand_create(&h->net, &params);
	struct net_device *dev;

	assert_non_null(nic);
	dev = dev_nic_create(&h->net, nic, name, 0, 0, &link);
	assert_non_null(dev);
	return dev;
}

static inline int ctl_test_setup(void **state)
{
	struct pair *p = malloc(sizeof(*p));

	pair_init(p);
	*state = p;
	return 0;
}

static inline int ctl_test_teardown(void **state)
{
	pair_exit(*state);
	free(*state);
	return 0;
}

#define CTL_TEST(fn) cmocka_unit_test_setup_teardown(fn, ctl_test_setup, ctl_test_teardown)

#endif
