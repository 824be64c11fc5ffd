/* SPDX-License-Identifier: MIT */
/* ip -s link: counters in columns as wide as their widest number. */
#include "ctl/link.h"

enum { STAT_COLS = 6 };
#define STAT_NONE UINT64_MAX		/* a column that this device does not count */

struct stat_cols {
	unsigned width[STAT_COLS];
};

static unsigned digits(u64 v)
{
	unsigned n = 1;

	for (; v >= 10; v /= 10)
		n++;
	return n;
}

static void widen(struct stat_cols *cols, const u64 v[STAT_COLS])
{
	for (int i = 0; i < STAT_COLS; i++)
		if (v[i] != STAT_NONE)
			cols->width[i] = max(cols->width[i], digits(v[i]));
}

/* -h: 1234567 is 1.23M, in steps of 1000. */
static void put_human(struct ctl *c, unsigned width, u64 v)
{
	static const char units[] = "kMGTPE";
	const char *unit = NULL;
	u64 scale = 1;
	char text[32];
	struct strbuf sb;

	for (unsigned i = 0; i + 1 < sizeof(units) && v / scale >= 1000; i++) {
		scale *= 1000;
		unit = &units[i];
	}
	sb_init(&sb, text, sizeof(text));
	if (unit) {
		u64 hundredths = (u64)((unsigned __int128)v * 100 / scale);

		sb_printf(&sb, "%llu.%02llu", ull(hundredths) / 100,
			  ull(hundredths) % 100);
		if (text[sb.len - 1] == '0')
			text[--sb.len] = '\0';
		if (text[sb.len - 1] == '0') {
			sb.len -= 2;
			text[sb.len] = '\0';
		}
		sb_putc(&sb, *unit);
	} else {
		sb_printf(&sb, "%llu", ull(v));
	}
	sb_printf(c->out, "%*s ", (int)width, text);
}

static void put_numbers(struct ctl *c, const struct stat_cols *cols, const u64 v[STAT_COLS],
			int from)
{
	for (int i = from; i < STAT_COLS; i++) {
		if (v[i] == STAT_NONE)
			continue;
		if (c->human)
			put_human(c, cols->width[i], v[i]);
		else
			sb_printf(c->out, "%*llu ", (int)cols->width[i], ull(v[i]));
	}
}

static void put_names(struct ctl *c, const struct stat_cols *cols, const char names[STAT_COLS][8])
{
	for (int i = 1; i < STAT_COLS; i++)
		sb_printf(c->out, " %*s", (int)cols->width[i], names[i]);
}

/* The line of names and the line of numbers; the last column is for compressed packets: none. */
static void put_main(struct ctl *c, const struct stat_cols *cols, const char *title,
		     const char names[STAT_COLS][8], const u64 v[STAT_COLS])
{
	sb_printf(c->out, "    %s: %*s", title, (int)cols->width[0] - 4, "bytes");
	put_names(c, cols, names);
	sb_printf(c->out, " %10s", "");
	ctl_nl(c);
	sb_puts(c->out, "    ");
	put_numbers(c, cols, v, 0);
}

static void put_errors(struct ctl *c, const struct stat_cols *cols, const char *title,
		       const char names[STAT_COLS][8], const u64 v[STAT_COLS])
{
	ctl_nl(c);
	sb_printf(c->out, "    %s errors:%*s", title, (int)cols->width[0] - 10, "");
	put_names(c, cols, names);
	ctl_nl(c);
	sb_printf(c->out, "%*s", (int)cols->width[0] + 5, "");
	put_numbers(c, cols, v, 1);
}

static const char rx_names[STAT_COLS][8] = { "bytes", "packets", "errors", "dropped", "missed",
					     "mcast" };
static const char tx_names[STAT_COLS][8] = { "bytes", "packets", "errors", "dropped", "carrier",
					     "collsns" };
static const char rx_error_names[STAT_COLS][8] = { "", "length", "crc", "frame", "fifo",
						   "overrun" };
static const char tx_error_names[STAT_COLS][8] = { "", "aborted", "fifo", "window", "heartbt",
						   "" };

void link_print_stats(struct ctl *c, const struct net_device *dev)
{
	struct stat_cols cols = { { 10, 7, 6, 7, 7, 7 } };
	struct rtnl_link_stats64 s;

	dev_get_stats(dev, &s);
	u64 rx[STAT_COLS] = { s.rx_bytes, s.rx_packets, s.rx_errors, s.rx_dropped,
			      s.rx_missed_errors, s.multicast };
	u64 tx[STAT_COLS] = { s.tx_bytes, s.tx_packets, s.tx_errors, s.tx_dropped,
			      s.tx_carrier_errors, s.collisions };
	u64 rx_err[STAT_COLS] = { 0, s.rx_length_errors, s.rx_crc_errors, s.rx_frame_errors,
				  s.rx_fifo_errors, s.rx_over_errors };
	u64 tx_err[STAT_COLS] = { 0, 0, s.tx_fifo_errors, 0, 0, STAT_NONE };

	widen(&cols, rx);
	widen(&cols, tx);
	if (c->stats > 1) {
		widen(&cols, rx_err);
		widen(&cols, tx_err);
	}
	put_main(c, &cols, "RX", rx_names, rx);
	if (c->stats > 1)
		put_errors(c, &cols, "RX", rx_error_names, rx_err);
	ctl_nl(c);
	put_main(c, &cols, "TX", tx_names, tx);
	if (c->stats > 1)
		put_errors(c, &cols, "TX", tx_error_names, tx_err);
}

void link_json_stats(struct ctl *c, const struct net_device *dev)
{
	struct rtnl_link_stats64 s;
	struct json *js = &c->js;

	dev_get_stats(dev, &s);
	json_object_begin(js, "stats64");
	json_object_begin(js, "rx");
	json_uint(js, "bytes", s.rx_bytes);
	json_uint(js, "packets", s.rx_packets);
	json_uint(js, "errors", s.rx_errors);
	json_uint(js, "dropped", s.rx_dropped);
	json_uint(js, "over_errors", s.rx_over_errors);
	json_uint(js, "multicast", s.multicast);
	if (c->stats > 1) {
		json_uint(js, "length_errors", s.rx_length_errors);
		json_uint(js, "crc_errors", s.rx_crc_errors);
		json_uint(js, "frame_errors", s.rx_frame_errors);
		json_uint(js, "fifo_errors", s.rx_fifo_errors);
		json_uint(js, "missed_errors", s.rx_missed_errors);
	}
	json_object_end(js);
	json_object_begin(js, "tx");
	json_uint(js, "bytes", s.tx_bytes);
	json_uint(js, "packets", s.tx_packets);
	json_uint(js, "errors", s.tx_errors);
	json_uint(js, "dropped", s.tx_dropped);
	json_uint(js, "carrier_errors", s.tx_carrier_errors);
	json_uint(js, "collisions", s.collisions);
	json_object_end(js);
	json_object_end(js);
}
