/* SPDX-License-Identifier: MIT */
#include "wire/dissect_app.h"

#include "wire/inet_addr.h"

#define HTTP_LINE_MAX 1000u	/* so much of a line at most */

/* ---- HTTP ---- */

static bool is_space(u8 c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind the word at that place, or 0 where it does not end. */
static size_t word_end(const u8 *p, size_t at, size_t len)
{
	while (at < len && !is_space(p[at]))
		at++;
	return at < len ? at : 0;
}

static bool is_word(const u8 *p, size_t len, const char *word)
{
	for (; len && *word; len--, p++, word++)
		if ((*p | 0x20) != (*word | 0x20))
			return false;
	return !len && !*word;
}

/* RFC 9110 9, and what else is used (WebDAV, UPnP). */
static bool is_method(const u8 *p, size_t len)
{
	static const char words[][12] = {
		"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "COPY",
		"LOCK", "MKCOL", "MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "REPORT", "SEARCH",
		"SUBSCRIBE", "UNLOCK", "UNSUBSCRIBE",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		if (is_word(p, len, words[i]))
			return true;
	return false;
}

/* A method; or a word with a status of three digits behind it. */
static bool begins_message(const u8 *p, size_t len)
{
	size_t end = word_end(p, 0, len), from = end, digits;

	if (!end)
		return false;
	if (is_method(p, end))
		return true;
	while (from < len && p[from] != '\r' && p[from] != '\n' && is_space(p[from]))
		from++;
	end = word_end(p, from, len);
	for (digits = 0; end && digits < end - from; digits++)
		if (p[from + digits] < '0' || p[from + digits] > '9')
			return false;
	return digits == 3;
}

/* Its length to CR LF or LF; len: it does not end here; 0: not all of it is text. */
static size_t text_line(const u8 *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n' || (p[i] == '\r' && i + 1 < len && p[i + 1] == '\n'))
			return i;
		if (p[i] != '\t' && (p[i] < 0x20 || p[i] > 0x7e))
			return 0;
	}
	return len;
}

void dissect_put_http(struct strbuf *sb, const u8 *p, size_t len)
{
	size_t line = begins_message(p, len) ? text_line(p, len) : 0;

	sb_puts(sb, ": HTTP");
	if (!line)
		return;
	sb_puts(sb, ": ");
	for (size_t i = 0; i < min(line, HTTP_LINE_MAX + 0ul); i++)
		sb_putc(sb, p[i] == '\t' ? ' ' : (char)p[i]);
	if (line > HTTP_LINE_MAX)
		sb_puts(sb, " ...");
	else if (line == len)
		sb_puts(sb, " [|http]");
}

/* ---- DHCP ---- */

void dissect_put_dhcp(struct strbuf *sb, const u8 *p, size_t len, size_t payload)
{
	enum { OP, HTYPE, HLEN, CHADDR = 28, END = CHADDR + ETH_ALEN, REQUEST = 1, REPLY = 2 };

	sb_puts(sb, "BOOTP/DHCP, ");
	if (len && p[OP] != REQUEST && p[OP] != REPLY)
		sb_printf(sb, "unknown (0x%02x)", p[OP]);
	else if (len)
		sb_puts(sb, p[OP] == REQUEST ? "Request" : "Reply");
	if (len < END) {
		sb_puts(sb, " [|bootp]");
		return;
	}
	if (p[OP] == REQUEST && p[HTYPE] == 1 && p[HLEN] == ETH_ALEN) {
		sb_puts(sb, " from ");
		sb_mac(sb, p + CHADDR);
	}
	sb_printf(sb, ", length %zu", payload);
}
