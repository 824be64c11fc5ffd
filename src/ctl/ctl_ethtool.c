/* SPDX-License-Identifier: MIT */
/* ethtool: the card behind a device: its state, moderation (-c), rings (-g), counters (-S). */
#include <linnet/linnet.h>

#include "ctl/ethtool_rss.h"
#include "ctl/help.h"
#include "ctl/link.h"
#include "ctl/machine.h"
#include "device/dev_nic.h"
#include "transport/udp.h"
#include "wire/inet_addr.h"

static int no_device(struct ctl *c)
{
	return ctl_fail(c, -ENODEV, "netlink error: no device matches name (offset 24)\n"
			"netlink error: No such device");
}

static int not_supported(struct ctl *c)
{
	return ctl_fail(c, -EOPNOTSUPP, "netlink error: Operation not supported");
}

/* ---- the settings ---- */

static int show_settings(struct ctl *c, struct net_device *dev)
{
	sb_printf(c->out, "Settings for %s:\n", dev->name);
	if (dev->nic)
		sb_puts(c->out, "\tSupported ports: [  ]\n"
			"\tSupported link modes:   Not reported\n"
			"\tSupported pause frame use: No\n"
			"\tSupports auto-negotiation: No\n"
			"\tSupported FEC modes: Not reported\n"
			"\tAdvertised link modes:  Not reported\n"
			"\tAdvertised pause frame use: No\n"
			"\tAdvertised auto-negotiation: No\n"
			"\tAdvertised FEC modes: Not reported\n"
			"\tSpeed: Unknown!\n"
			"\tDuplex: Full\n"
			"\tAuto-negotiation: off\n"
			"\tPort: Other\n"
			"\tPHYAD: 0\n"
			"\tTransceiver: internal\n");
	sb_printf(c->out, "\tLink detected: %s\n",
		  netif_running(dev) && netif_carrier_ok(dev) ? "yes" : "no");
	return 0;
}

static int show_driver(struct ctl *c, struct net_device *dev)
{
	const char *driver = dev->nic ? "linnet_nic" : link_kind(dev);

	if (!driver)
		return ctl_fail(c, -EOPNOTSUPP,
				"Cannot get driver information: Operation not supported");
	sb_printf(c->out, "driver: %s\nversion: %s\nfirmware-version: \nexpansion-rom-version: \n"
		  "bus-info: \nsupports-statistics: %s\nsupports-test: no\n"
		  "supports-eeprom-access: no\nsupports-register-dump: no\n"
		  "supports-priv-flags: no\n", driver, LINNET_VERSION, dev->nic ? "yes" : "no");
	return 0;
}

static int show_mac(struct ctl *c, struct net_device *dev)
{
	char mac[MAC_STR_MAX];

	sb_printf(c->out, "Permanent address: %s\n",
		  dev->nic ? mac_str(dev->nic->mac, mac) : "not set");
	return 0;
}

static const char *on_off(u32 bit)
{
	return bit ? "on" : "off";
}

/* What a card's device lets be changed. */
static u32 features_hw(const struct net_device *dev)
{
	if (!dev->nic)
		return 0;
	return NETIF_F_GRO | NETIF_F_GRO_UDP_FWD |
	       (dev->nic->tso ? NETIF_F_ALL_TSO : 0) |
	       (dev->nic->uso ? NETIF_F_GSO_UDP_L4 : 0);
}

static int show_features(struct ctl *c, struct net_device *dev)
{
	u32 f = dev->features;

	sb_printf(c->out, "Features for %s:\n", dev->name);
	sb_printf(c->out, "rx-checksumming: %s [fixed]\n", on_off(f & NETIF_F_RXCSUM));
	sb_printf(c->out, "tx-checksumming: %s\n", on_off(f & NETIF_F_HW_CSUM));
	sb_puts(c->out, "\ttx-checksum-ipv4: off [fixed]\n");
	sb_printf(c->out, "\ttx-checksum-ip-generic: %s [fixed]\n", on_off(f & NETIF_F_HW_CSUM));
	sb_puts(c->out, "\ttx-checksum-ipv6: off [fixed]\n");
	sb_printf(c->out, "scatter-gather: %s\n", on_off(f & NETIF_F_SG));
	sb_printf(c->out, "\ttx-scatter-gather: %s [fixed]\n", on_off(f & NETIF_F_SG));
	sb_printf(c->out, "tcp-segmentation-offload: %s\n", on_off(f & NETIF_F_ALL_TSO));
	sb_printf(c->out, "\ttx-tcp-segmentation: %s%s\n", on_off(f & NETIF_F_TSO),
		  features_hw(dev) & NETIF_F_TSO ? "" : " [fixed]");
	sb_printf(c->out, "\ttx-tcp6-segmentation: %s%s\n", on_off(f & NETIF_F_TSO6),
		  features_hw(dev) & NETIF_F_TSO6 ? "" : " [fixed]");
	sb_printf(c->out, "generic-receive-offload: %s%s\n", on_off(f & NETIF_F_GRO),
		  dev->nic ? "" : " [fixed]");
	sb_printf(c->out, "tx-udp-segmentation: %s%s\n", on_off(f & NETIF_F_GSO_UDP_L4),
		  features_hw(dev) & NETIF_F_GSO_UDP_L4 ? "" : " [fixed]");
	sb_printf(c->out, "loopback: %s [fixed]\n", on_off(f & NETIF_F_LOOPBACK));
	sb_printf(c->out, "rx-udp-gro-forwarding: %s%s\n", on_off(f & NETIF_F_GRO_UDP_FWD),
		  dev->nic ? "" : " [fixed]");
	return 0;
}

/* Names of -K, short where there is one and as -k shows them; the bits that they stand for. */
static const struct {
	char name[8];
	char text[32];
	u32 bits;
} features[] = {
	{ "rx", "rx-checksumming", NETIF_F_RXCSUM },
	{ "tx", "tx-checksumming", NETIF_F_HW_CSUM },
	{ "sg", "scatter-gather", NETIF_F_SG },
	{ "tso", "tcp-segmentation-offload", NETIF_F_ALL_TSO },
	{ "", "tx-tcp-segmentation", NETIF_F_TSO },
	{ "", "tx-tcp6-segmentation", NETIF_F_TSO6 },
	{ "gro", "generic-receive-offload", NETIF_F_GRO },
	{ "", "tx-udp-segmentation", NETIF_F_GSO_UDP_L4 },
	{ "", "rx-udp-gro-forwarding", NETIF_F_GRO_UDP_FWD },
};

static int set_features(struct ctl *c, struct net_device *dev)
{
	u32 may = features_hw(dev), wanted = dev->features;
	const char *w, *value;

	while ((w = arg_next(c))) {
		size_t i;
		bool on;

		for (i = 0; i < ARRAY_SIZE(features); i++)
			if ((*w && !strcmp(w, features[i].name)) || !strcmp(w, features[i].text))
				break;
		value = arg_next(c);
		on = value && !strcmp(value, "on");
		if (i == ARRAY_SIZE(features) || !value || (!on && strcmp(value, "off")))
			return ctl_fail(c, -EINVAL, "ethtool: bad command line argument(s)\n"
					"For more information run ethtool -h");
		if (!(may & features[i].bits) && !!(dev->features & features[i].bits) != on)
			return ctl_fail(c, -EOPNOTSUPP, "Cannot change %s\n"
					"Could not change any device features", features[i].text);
		wanted = on ? wanted | features[i].bits : wanted & ~features[i].bits;
	}
	dev->features = wanted;
	udp_gro_update(c->net);
	return 0;
}

/* ---- counters ---- */

static const struct {
	char name[24];
	u16 offset;
} nic_counters[] = {
#define NIC_COUNTER(field) { #field, offsetof(struct nic_stats, field) }
	NIC_COUNTER(rx_packets),
	NIC_COUNTER(tx_packets),
	NIC_COUNTER(rx_bytes),
	NIC_COUNTER(tx_bytes),
	NIC_COUNTER(multicast),
	NIC_COUNTER(rx_fcs_errors),
	NIC_COUNTER(rx_length_errors),
	NIC_COUNTER(rx_fifo_errors),
	NIC_COUNTER(rx_missed_errors),
	NIC_COUNTER(rx_filtered),
	NIC_COUNTER(rx_no_buffer),
	NIC_COUNTER(rx_straight),
	NIC_COUNTER(rx_given),
	NIC_COUNTER(rx_shard_ring),
	NIC_COUNTER(interrupts),
	NIC_COUNTER(rx_interrupts),
	NIC_COUNTER(tx_interrupts),
	NIC_COUNTER(tx_stopped),
#undef NIC_COUNTER
};

/* Of all shards' rings, while they stand still. */
static u64 nic_counter(const struct net_device *dev, size_t offset)
{
	const struct net_device *one;
	u64 sum = 0, v;
	struct net *net;

	for (u32 i = 0; (net = machine_net(dev->net, i)); i++) {
		one = dev_get_by_index(net, dev->ifindex);
		if (!one || !one->nic)
			continue;
		memcpy(&v, (const char *)&one->nic->stats + offset, sizeof(v));
		sum += v;
	}
	return sum;
}

static int show_counters(struct ctl *c, struct net_device *dev)
{
	const struct nic_ops *ops;
	const char *name;
	u64 value;

	if (!dev->nic)
		return ctl_fail(c, -EOPNOTSUPP, "no stats available");
	sb_puts(c->out, "NIC statistics:\n");
	for (size_t i = 0; i < ARRAY_SIZE(nic_counters); i++) {
		sb_printf(c->out, "     %s: %llu\n", nic_counters[i].name,
			  ull(nic_counter(dev, nic_counters[i].offset)));
	}
	ops = dev->nic->ops;
	for (u32 i = 0; ops->counter && (name = ops->counter(dev->nic, i, &value)); i++)
		sb_printf(c->out, "     %s: %llu\n", name, ull(value));
	return 0;
}

/* ---- moderation ---- */

static int show_coalesce(struct ctl *c, struct net_device *dev)
{
	static const char none[][20] = { "rx-usecs-low", "rx-frame-low", "tx-usecs-low",
					 "tx-frame-low", "", "rx-usecs-high", "rx-frame-high",
					 "tx-usecs-high", "tx-frame-high" };
	const struct nic_coalesce *co;

	if (!dev->nic)
		return not_supported(c);
	co = &dev->nic->coalesce;
	sb_printf(c->out, "Coalesce parameters for %s:\nAdaptive RX: off  TX: n/a\n", dev->name);
	sb_puts(c->out, "stats-block-usecs: n/a\nsample-interval: n/a\npkt-rate-low: n/a\n"
		"pkt-rate-high: n/a\n");
	sb_printf(c->out, "\nrx-usecs: %u\nrx-frames: %u\nrx-usecs-irq: n/a\nrx-frames-irq: n/a\n",
		  co->rx_usecs, co->rx_frames);
	sb_printf(c->out, "\ntx-usecs: %u\ntx-frames: %u\n", co->tx_usecs, co->tx_frames);
	sb_puts(c->out, "tx-usecs-irq: n/a\ntx-frames-irq: n/a\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		sb_printf(c->out, "%s%s\n", none[i], *none[i] ? ": n/a" : "");
	sb_puts(c->out, "\nCQE mode RX: n/a  TX: n/a\n\n");
	return 0;
}

/* "NAME N" pairs: the value's place in `values`, by name. */
struct param {
	char name[12];
	u32 *value;
	u32 max;
};

static int read_params(struct ctl *c, const char *opt, const struct param *params, size_t n)
{
	const char *w;

	while ((w = arg_next(c))) {
		const char *value;
		size_t i;
		u64 v;

		for (i = 0; i < n && strcmp(params[i].name, w); i++)
			;
		if (i == n)
			return ctl_fail(c, -EINVAL, "ethtool (%s): unknown parameter '%s'", opt, w);
		value = arg_next(c);
		if (!value)
			return ctl_fail(c, -EINVAL, "ethtool (%s): no value for parameter '%s'",
					opt, w);
		if (!parse_u64(value, UINT32_MAX, &v))
			return ctl_fail(c, -EINVAL,
					"ethtool (%s): invalid value '%s' for parameter '%s'", opt,
					value, w);
		if (v > params[i].max)
			return ctl_fail(c, -EINVAL, "netlink error: requested value exceeds "
					"maximum %u\nnetlink error: Invalid argument",
					params[i].max);
		*params[i].value = (u32)v;
	}
	return 0;
}

#define COALESCE_USECS_MAX 1000000u
#define COALESCE_FRAMES_MAX NIC_RING_MAX

static int set_coalesce(struct ctl *c, struct net_device *dev)
{
	struct nic_coalesce co;
	int err;

	if (!dev->nic)
		return not_supported(c);
	co = dev->nic->coalesce;
	const struct param params[] = {
		{ "rx-usecs", &co.rx_usecs, COALESCE_USECS_MAX },
		{ "rx-frames", &co.rx_frames, COALESCE_FRAMES_MAX },
		{ "tx-usecs", &co.tx_usecs, COALESCE_USECS_MAX },
		{ "tx-frames", &co.tx_frames, COALESCE_FRAMES_MAX },
	};

	err = read_params(c, "-C", params, ARRAY_SIZE(params));
	if (!err)
		nic_set_coalesce(dev->nic, &co);
	return err;
}

/* ---- rings ---- */

static int show_rings(struct ctl *c, struct net_device *dev)
{
	u32 rx, tx;

	if (!dev->nic)
		return not_supported(c);
	dev_nic_get_ring(dev, &rx, &tx);
	sb_printf(c->out, "Ring parameters for %s:\nPre-set maximums:\n"
		  "RX:\t\t%u\nRX Mini:\tn/a\nRX Jumbo:\tn/a\nTX:\t\t%u\n", dev->name, NIC_RING_MAX,
		  NIC_RING_MAX);
	sb_printf(c->out, "Current hardware settings:\n"
		  "RX:\t\t%u\nRX Mini:\tn/a\nRX Jumbo:\tn/a\nTX:\t\t%u\n"
		  "RX Buf Len:\t\tn/a\nCQE Size:\t\tn/a\nTX Push:\toff\nTCP data split:\tn/a\n", rx,
		  tx);
	return 0;
}

static int set_rings(struct ctl *c, struct net_device *dev)
{
	u32 rx, tx;
	int err;

	if (!dev->nic)
		return not_supported(c);
	dev_nic_get_ring(dev, &rx, &tx);
	const struct param params[] = {
		{ "rx", &rx, UINT32_MAX },
		{ "tx", &tx, UINT32_MAX },
	};

	err = read_params(c, "-G", params, ARRAY_SIZE(params));
	if (err)
		return err;
	if (rx > NIC_RING_MAX || tx > NIC_RING_MAX)
		return ctl_fail(c, -EINVAL, "netlink error: requested ring size exceeds maximum "
				"(offset 36)\nnetlink error: Invalid argument");
	err = dev_nic_set_ring(dev, rx, tx);
	return err ? ctl_fail(c, err, "netlink error: %s", errno_text(err)) : 0;
}

/* ---- the options ---- */

static const struct {
	char letter[4];
	char name[20];
	int (*run)(struct ctl *c, struct net_device *dev);
} options[] = {
	{ "-i", "--driver", show_driver },     { "-c", "--show-coalesce", show_coalesce },
	{ "-C", "--coalesce", set_coalesce },  { "-g", "--show-ring", show_rings },
	{ "-G", "--set-ring", set_rings },     { "-S", "--statistics", show_counters },
	{ "-k", "--show-features", show_features }, { "-P", "--show-permaddr", show_mac },
	{ "-K", "--features", set_features }, { "-K", "--offload", set_features },
	{ "-x", "--show-rxfh", ethtool_show_rxfh },
	{ "-x", "--show-rxfh-indir", ethtool_show_rxfh },
	{ "-X", "--rxfh", ethtool_set_rxfh }, { "-X", "--set-rxfh-indir", ethtool_set_rxfh },
};

static int bad_line(struct ctl *c)
{
	return ctl_fail(c, -EINVAL, "ethtool: bad command line argument(s)\n"
			"For more information run ethtool -h");
}

int ctl_ethtool(struct ctl *c)
{
	int (*run)(struct ctl *c, struct net_device *dev) = show_settings;
	const char *w = arg_next(c);
	struct net_device *dev;

	if (arg_wants_help(w))
		return ctl_print(c, HELP_ETHTOOL);
	if (arg_is(w, "--version"))
		return ctl_print(c, "ethtool version 6.1 (linnet)\n");
	if (w && *w == '-') {
		run = NULL;
		for (size_t i = 0; i < ARRAY_SIZE(options); i++)
			if (arg_is(w, options[i].letter) || arg_is(w, options[i].name))
				run = options[i].run;
		w = arg_next(c);
	}
	if (!run || !w)
		return bad_line(c);
	dev = dev_get_by_name(c->net, w);
	if (!dev)
		return no_device(c);
	if (arg_more(c) && run != set_coalesce && run != set_rings && run != set_features &&
	    run != ethtool_set_rxfh)
		return bad_line(c);
	return run(c, dev);
}
