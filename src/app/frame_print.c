/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "app/frame_print.h"

#include <time.h>

#include "base/skbuff.h"
#include "wire/dissect.h"

#define NS_OF_S 1000000000ll
#define LINE_BYTES (DISSECT_LINE_MAX + 100)	/* a date and a device before it */

enum { TIME_OF_DAY, TIME_NONE, TIME_UNIX, TIME_SINCE_LAST, TIME_DATE, TIME_SINCE_FIRST };

bool frame_print_option(struct frame_print *pp, int option)
{
	switch (option) {
	case 't': pp->times++; return true;
	case 'e': pp->flags |= DISSECT_LINK; return true;
	case 'v': pp->flags |= DISSECT_IP; return true;
	case 'q': pp->flags |= DISSECT_QUIET; return true;
	case '#': pp->number = true; return true;
	}
	if (frame_dump_option(&pp->dump, option))
		return true;
	/* Names are not looked up, sequence numbers are whole, lines come at once in any case. */
	return option && strchr("KlnNSU", option);
}

static void put_clock(struct strbuf *sb, s64 ns)
{
	s64 s = ns / NS_OF_S;

	sb_printf(sb, "%02lld:%02lld:%02lld.%06lld ", (long long)(s / 3600),
		  (long long)(s / 60 % 60), (long long)(s % 60), (long long)(ns % NS_OF_S / 1000));
}

static void put_since(struct frame_print *pp, struct strbuf *sb, s64 now)
{
	s64 since = pp->before ? now - pp->before : 0;

	sb_putc(sb, since < 0 ? '-' : ' ');
	put_clock(sb, since < 0 ? -since : since);
	if (!pp->before || pp->times == TIME_SINCE_LAST)
		pp->before = now;
}

static void put_time(struct frame_print *pp, struct strbuf *sb, s64 now)
{
	time_t s = (time_t)(now / NS_OF_S + pp->utc_offset);
	struct tm tm;

	switch (pp->times) {
	case TIME_NONE:
		return;
	case TIME_UNIX:
		sb_printf(sb, "%lld.%06lld ", (long long)(now / NS_OF_S),
			  (long long)(now % NS_OF_S / 1000));
		return;
	case TIME_SINCE_LAST:
	case TIME_SINCE_FIRST:
		put_since(pp, sb, now);
		return;
	case TIME_DATE:
		gmtime_r(&s, &tm);
		sb_printf(sb, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	}
	put_clock(sb, (s64)s % 86400 * NS_OF_S + now % NS_OF_S);
}

static const char *way(u8 pkt_type)
{
	static const char ways[][4] = {
		[PACKET_HOST] = "In", [PACKET_BROADCAST] = "B", [PACKET_MULTICAST] = "M",
		[PACKET_OTHERHOST] = "P", [PACKET_OUTGOING] = "Out",
	};

	return pkt_type < ARRAY_SIZE(ways) ? ways[pkt_type] : "?";
}

void frame_print(struct frame_print *pp, struct text *out, const struct frame_seen *seen)
{
	char line[LINE_BYTES];
	struct strbuf sb;

	sb_init(&sb, line, sizeof(line) - 1);	/* the newline's room */
	pp->shown++;
	if (pp->number)
		sb_printf(&sb, "%5llu  ", (unsigned long long)pp->shown);
	put_time(pp, &sb, seen->time_ns);
	if (pp->any)
		sb_printf(&sb, "%-5s %-3s ", seen->device, way(seen->pkt_type));
	dissect_cut_frame(&sb, seen->frame, seen->captured, seen->len, pp->flags);
	text_adds(out, line);
	frame_dump(&pp->dump, out, seen->frame, seen->captured);
	text_add(out, "\n", 1);
}

void frame_print_count(struct text *out, u64 n, const char *what)
{
	text_addf(out, "%llu packet%s %s\n", (unsigned long long)n, n == 1 ? "" : "s", what);
}
