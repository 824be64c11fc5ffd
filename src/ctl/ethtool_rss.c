/* SPDX-License-Identifier: MIT */
#include "ctl/ethtool_rss.h"

#include "driver/nic.h"
#include "driver/nic_rss.h"

static struct nic_rss *rss_of(const struct net_device *dev)
{
	return dev->nic ? dev->nic->rss : NULL;
}

static int no_rss(struct ctl *c)
{
	return ctl_fail(c, -EOPNOTSUPP,
			"Cannot get RX ring count: Operation not supported");
}

int ethtool_show_rxfh(struct ctl *c, struct net_device *dev)
{
	const struct nic_rss *r = rss_of(dev);

	if (!r)
		return no_rss(c);
	sb_printf(c->out, "RX flow hash indirection table for %s with %u RX ring(s):\n", dev->name,
		  r->rings);
	for (u32 i = 0; i < NIC_RSS_INDIR; i += 8) {
		sb_printf(c->out, "%5u: ", i);
		for (u32 j = i; j < i + 8; j++)
			sb_printf(c->out, " %5u", r->indir[j]);
		sb_puts(c->out, "\n");
	}
	sb_puts(c->out, "RSS hash key:\n");
	for (u32 i = 0; i < TOEPLITZ_KEY_LEN; i++)
		sb_printf(c->out, "%s%02x", i ? ":" : "", r->toeplitz.key[i]);
	sb_puts(c->out, "\nRSS hash function:\n    toeplitz: on\n    xor: off\n    crc32: off\n");
	return 0;
}

static int bad_words(struct ctl *c)
{
	return ctl_fail(c, -EINVAL, "ethtool: bad command line argument(s)\n"
			"For more information run ethtool -h");
}

/* The rings from 0 to n - 1 in turn. */
static int take_equal(struct ctl *c, const struct nic_rss *r, u8 *indir)
{
	const char *w = arg_next(c);
	u64 n;

	if (!w || !parse_u64(w, UINT32_MAX, &n) || !n)
		return bad_words(c);
	if (n > r->rings)
		return ctl_fail(c, -EINVAL, "Cannot set RX flow hash configuration: "
				"Invalid argument");
	for (u32 i = 0; i < NIC_RSS_INDIR; i++)
		indir[i] = (u8)(i % n);
	return 0;
}

/* A weight for each ring from 0 on; each gets its part of the table in one piece. */
static int take_weights(struct ctl *c, const struct nic_rss *r, u8 *indir)
{
	u64 weight[UINT8_MAX], sum = 0, partial = 0;
	u32 n = 0, ring = 0;

	while (n < r->rings && arg_peek(c) && parse_u64(arg_peek(c), UINT16_MAX, &weight[n])) {
		sum += weight[n++];
		arg_next(c);
	}
	if (!n)
		return bad_words(c);
	if (!sum)
		return ctl_fail(c, -EINVAL, "At least one weight must be non-zero");
	partial = weight[0];
	for (u32 i = 0; i < NIC_RSS_INDIR; i++) {
		while (i >= NIC_RSS_INDIR * partial / sum)
			partial += weight[++ring];
		indir[i] = (u8)ring;
	}
	return 0;
}

/* "6d:5a:..." of the whole length. */
static bool parse_key(const char *w, u8 key[TOEPLITZ_KEY_LEN])
{
	for (u32 i = 0; i < TOEPLITZ_KEY_LEN; i++, w += 3) {
		int high = hex_digit(w[0]), low = high < 0 ? -1 : hex_digit(w[1]);

		if (low < 0 || w[2] != (i + 1 < TOEPLITZ_KEY_LEN ? ':' : '\0'))
			return false;
		key[i] = (u8)(high << 4 | low);
	}
	return true;
}

static int take_key(struct ctl *c, u8 key[TOEPLITZ_KEY_LEN])
{
	const char *w = arg_next(c);

	if (!w || !parse_key(w, key))
		return ctl_fail(c, -EINVAL, "Key is too short or malformed: expected %d bytes in "
				"hex, as 6d:5a:...", TOEPLITZ_KEY_LEN);
	return 0;
}

int ethtool_set_rxfh(struct ctl *c, struct net_device *dev)
{
	struct nic_rss *r = rss_of(dev), wanted;
	u8 key[TOEPLITZ_KEY_LEN];
	int err = 0;

	if (!r)
		return no_rss(c);
	if (!arg_more(c))
		return bad_words(c);
	wanted = *r;
	memcpy(key, r->toeplitz.key, sizeof(key));
	while (!err && arg_more(c)) {
		const char *w = arg_next(c);

		if (arg_is(w, "equal"))
			err = take_equal(c, r, wanted.indir);
		else if (arg_is(w, "weight"))
			err = take_weights(c, r, wanted.indir);
		else if (arg_is(w, "hkey"))
			err = take_key(c, key);
		else if (arg_is(w, "default"))
			nic_rss_default(&wanted);
		else
			err = bad_words(c);
	}
	if (err)
		return err;
	toeplitz_init(&wanted.toeplitz, key);
	*r = wanted;
	return 0;
}
