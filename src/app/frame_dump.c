/* SPDX-License-Identifier: MIT */
#include "app/frame_dump.h"

#include "base/fmt.h"
#include "wire/eth.h"
#include "wire/vlan.h"
#include "wire/wire.h"

#define LINE_BYTES 16
#define HEX_WIDTH 40		/* of a whole line */
#define LLC_HLEN 3		/* IEEE 802.2, of what switches send: DSAP, SSAP, control */

static bool count(u8 *times)
{
	*times += *times < UINT8_MAX;
	return true;
}

bool frame_dump_option(struct frame_dump *d, int option)
{
	switch (option) {
	case 'x': return count(&d->hex);
	case 'X': return count(&d->hex_ascii);
	case 'A': return count(&d->ascii);
	}
	return false;
}

/* MAC addresses, VLAN tags and EtherType, or LLC's header; at most len. */
static size_t link_header(const u8 *frame, size_t len)
{
	size_t n = ETH_HLEN;
	u16 type;

	if (len < ETH_HLEN)
		return len;
	type = get_be16(frame + ETH_HLEN - 2);
	while ((type == ETH_P_8021Q || type == ETH_P_8021AD) && len >= n + VLAN_HLEN) {
		n += VLAN_HLEN;
		type = get_be16(frame + n - 2);
	}
	if (type < ETH_P_802_3_MIN)
		n += LLC_HLEN;
	return min(n, len);
}

static bool is_graphic(u8 c)
{
	return c > ' ' && c < 0x7f;
}

/* Words of two bytes, eight to a line. */
static void put_words(struct text *out, const u8 *p, size_t len, bool ascii)
{
	char hex[HEX_WIDTH + 1], text[LINE_BYTES + 1];

	for (size_t at = 0; at < len; at += LINE_BYTES) {
		size_t n = min(len - at, (size_t)LINE_BYTES);
		struct strbuf sb;

		sb_init(&sb, hex, sizeof(hex));
		for (size_t i = 0; i < n; i++) {
			sb_printf(&sb, i % 2 ? "%02x" : " %02x", p[at + i]);
			text[i] = is_graphic(p[at + i]) ? (char)p[at + i] : '.';
		}
		text[n] = '\0';
		if (ascii)
			text_addf(out, "\n\t0x%04zx: %-*s  %s", at, HEX_WIDTH, hex, text);
		else
			text_addf(out, "\n\t0x%04zx: %s", at, hex);
	}
}

/* A CR that ends a line, or all, is left out. */
static void put_ascii(struct text *out, const u8 *p, size_t len)
{
	text_add(out, "\n", 1);
	for (size_t i = 0; i < len; i++) {
		bool plain = is_graphic(p[i]) || p[i] == '\t' || p[i] == ' ' || p[i] == '\n';

		if (p[i] == '\r' && (i + 1 == len || p[i + 1] == '\n'))
			continue;
		text_add(out, plain ? (const char *)p + i : ".", 1);
	}
}

void frame_dump(const struct frame_dump *d, struct text *out, const u8 *frame, size_t len)
{
	u8 times = d->hex_ascii ? d->hex_ascii : d->hex ? d->hex : d->ascii;
	size_t from = times > 1 ? 0 : link_header(frame, len);

	if (d->hex_ascii || d->hex)
		put_words(out, frame + from, len - from, d->hex_ascii);
	else if (d->ascii)
		put_ascii(out, frame + from, len - from);
}
