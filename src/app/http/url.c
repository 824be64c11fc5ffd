/* SPDX-License-Identifier: MIT */
#include "app/http/url.h"

#include <ctype.h>
#include <errno.h>
#include <http_parser.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app/util/inet.h"

__attribute__((format(printf, 3, 4)))
static enum url_error url_fail(struct url *url, enum url_error error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(url->message, sizeof(url->message), fmt, ap);
	va_end(ap);
	return error;
}

/* The bytes up to "://", or 0 when the text has no scheme. */
static size_t url_scheme_len(const char *text)
{
	size_t n =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return n && !strncmp(text + n, "://", 3) ? n : 0;
}

static enum url_error url_check_chars(struct url *url, const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *)text; *p; p++) {
		if (*p > ' ' && *p < 0x7f)
			continue;
		return url_fail(url, URL_BAD_SYNTAX,
				"character %zu (0x%02x) may not stand in a URL; "
				"write it as %%%02X",
				(size_t)(p - (const unsigned char *)text) + 1, *p, *p);
	}
	return URL_OK;
}

static enum url_error url_take_scheme(struct url *url, const char *text, size_t len)
{
	if (!len) {
		strcpy(url->scheme, "http");
		return URL_OK;
	}
	if (len == 4 && !strncasecmp(text, "http", 4)) {
		strcpy(url->scheme, "http");
		return URL_OK;
	}
	if (len == 5 && !strncasecmp(text, "https", 5)) {
		strcpy(url->scheme, "https");
		return URL_OK;
	}
	return url_fail(url, URL_BAD_SCHEME, "scheme \"%.*s\" is not supported; write http://...",
			(int)(len > 64 ? 64 : len), text);
}

/* Four numbers where a name would stand, but no address: "10.0.0.256" is never a name. */
static bool looks_like_address(const char *host)
{
	const char *last;
	size_t len = strlen(host);

	if (len && host[len - 1] == '.')
		len--;
	for (last = host + len; last > host && last[-1] != '.'; last--)
		;
	return last < host + len && strspn(last, "0123456789") == (size_t)(host + len - last);
}

static enum url_error url_check_host(struct url *url)
{
	const char *p = url->host;

	url->host_is_addr = ipaddr_parse(NULL, url->host, &url->addr);
	if (url->host_is_addr)
		return URL_OK;
	if (looks_like_address(url->host))
		return url_fail(url, URL_BAD_HOST, "\"%s\" is not an IPv4 address; "
				"expected four numbers from 0 to 255", url->host);
	while (*p) {
		size_t label = strcspn(p, ".");

		if (!label || label > 63)
			return url_fail(url, URL_BAD_HOST,
					"\"%.80s\" is not a host name; a part between "
					"dots has 1 to 63 characters",
					url->host);
		p += label;
		if (*p == '.')
			p++;
	}
	return URL_OK;
}

/* What stands behind the address and "%25" or "%". */
static enum url_error url_take_zone(struct url *url, const char *zone, size_t len)
{
	size_t skip = len > 2 && !strncmp(zone, "%25", 3) ? 3 : 1;
	ptrdiff_t n = url_percent_decode(url->zone, sizeof(url->zone), zone + skip, len - skip);

	if (n <= 0 || strpbrk(url->zone, "/%[] "))
		return url_fail(url, URL_BAD_HOST, "\"%.*s\" is no zone; expected an interface as "
				"in [fe80::1%%25eth0]", (int)(len > 60 ? 60 : len), zone);
	if (url->addr.v6[0] == 0xfe && (url->addr.v6[1] & 0xc0) == 0x80)
		return URL_OK;
	return url_fail(url, URL_BAD_HOST, "%s is not of one link; expected it without \"%.*s\"",
			url->host, (int)(len > 60 ? 60 : len), zone);
}

/* [2001:db8::80]; it is written in one way afterwards, whatever it was (RFC 5952). */
static enum url_error url_take_ipv6(struct url *url, const char *host, size_t len)
{
	const char *zone = memchr(host, '%', len), *end = host + len - 1;
	size_t addr_len = (size_t)((zone ? zone : end) - host);
	char text[IPADDR_TEXT_MAX];

	if (len > 2 && *end == ']' && addr_len && addr_len <= sizeof(text)) {
		snprintf(text, sizeof(text), "%.*s", (int)addr_len - 1, host + 1);
		if (strchr(text, ':') && ipaddr_parse(NULL, text, &url->addr)) {
			snprintf(url->host, sizeof(url->host), "[%s]",
				 ipaddr_text(NULL, &url->addr, text));
			url->host_is_addr = true;
			return zone ? url_take_zone(url, zone, (size_t)(end - zone)) : URL_OK;
		}
	}
	return url_fail(url, URL_BAD_HOST, "\"%.*s\" is not an IPv6 address in brackets; expected "
			"one like [2001:db8::80]", (int)(len > 60 ? 60 : len), host);
}

static enum url_error url_take_host(struct url *url, const char *host, size_t len)
{
	size_t i;

	if (!len)
		return url_fail(url, URL_NO_HOST, "there is no host; expected http://host/path");
	if (host[0] == '[')
		return url_take_ipv6(url, host, len);
	if (len >= sizeof(url->host))
		return url_fail(url, URL_BAD_HOST,
				"the host has %zu characters; a name has at most %d", len,
				URL_HOST_MAX - 1);
	for (i = 0; i < len; i++) {
		if (!isalnum((unsigned char)host[i]) && !strchr("-._", host[i]))
			return url_fail(url, URL_BAD_HOST, "'%c' may not stand in a host name",
					host[i]);
		url->host[i] = (char)tolower((unsigned char)host[i]);
	}
	url->host[len] = 0;
	return url_check_host(url);
}

/* @text: after the ':'. An empty port is the scheme's (RFC 3986 3.2.3). */
static enum url_error url_take_port(struct url *url, const char *text, size_t len)
{
	unsigned port = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) || port > 65535)
			break;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	if (i < len || (len && (!port || port > 65535)))
		return url_fail(url, URL_BAD_PORT, "\"%.*s\" is not a port; expected 1 to 65535",
				(int)(len > 40 ? 40 : len), text);
	if (len) {
		url->port = (uint16_t)port;
		url->port_given = true;
	}
	return URL_OK;
}

/* host[:port], len bytes. */
static enum url_error url_take_authority(struct url *url, const char *text, size_t len)
{
	enum url_error error;
	const char *colon;
	size_t host_len = len;

	if (memchr(text, '@', len))
		return url_fail(url, URL_USERINFO, "a user name in a URL is not supported; "
				"take away what stands before '@'");
	colon = memchr(text, len && text[0] == '[' ? ']' : ':', len);
	if (colon && *colon == ':' && memchr(colon + 1, ':', len - (size_t)(colon + 1 - text)))
		return url_fail(url, URL_BAD_HOST, "an IPv6 address stands in brackets: [%.*s]",
				(int)(len > 60 ? 60 : len), text);
	if (colon && *colon == ']') {
		colon++;
		if (colon < text + len && *colon != ':')
			return url_fail(url, URL_BAD_SYNTAX, "behind the address in brackets "
					"stands \"%.*s\"; expected a port or a path",
					(int)(text + len - colon > 40 ? 40 : text + len - colon),
					colon);
		if (colon == text + len)
			colon = NULL;
	}
	if (colon)
		host_len = (size_t)(colon - text);
	error = url_take_host(url, text, host_len);
	url->port = strcmp(url->scheme, "https") ? 80 : 443;
	if (!error && colon)
		error = url_take_port(url, colon + 1, len - host_len - 1);
	return error;
}

/* @text: from the first '/', '?' or '#' after the authority, or "". */
static enum url_error url_take_target(struct url *url, const char *text)
{
	size_t len = strcspn(text, "#");
	bool slash = len && text[0] == '/';

	if (len + 2 > sizeof(url->target))
		return url_fail(url, URL_TOO_LONG, "the URL is longer than %d characters",
				URL_TEXT_MAX - 1);
	snprintf(url->target, sizeof(url->target), "%s%.*s", slash ? "" : "/", (int)len, text);
	url->path_len = strcspn(url->target, "?");
	return URL_OK;
}

/*
 * http-parser has the last word on the grammar: what this module lets through and it does not
 * (or reads in another way) is refused, so that no two readers see different hosts.
 */
static enum url_error url_cross_check(struct url *url)
{
	struct http_parser_url u;
	char text[URL_TEXT_MAX + URL_HOST_MAX + 32];
	int len = url_format(url, text, sizeof(text));
	size_t host_len = strlen(url->host);
	const char *host = url->host;

	if (*host == '[') {	/* it leaves the brackets out */
		host++;
		host_len -= 2;
	}
	http_parser_url_init(&u);
	if (http_parser_parse_url(text, (size_t)len, 0, &u) ||
	    u.field_data[UF_HOST].len != host_len ||
	    memcmp(text + u.field_data[UF_HOST].off, host, host_len))
		return url_fail(url, URL_BAD_SYNTAX,
				"not a URL; expected http://host[:port]/path?query");
	return URL_OK;
}

enum url_error url_parse(struct url *url, const char *text)
{
	enum url_error error;
	size_t scheme, authority;

	memset(url, 0, sizeof(*url));
	while (*text == ' ' || *text == '\t')
		text++;
	if (!*text)
		return url_fail(url, URL_EMPTY, "the URL is empty; expected http://host/path");
	if (strnlen(text, URL_TEXT_MAX) >= URL_TEXT_MAX)
		return url_fail(url, URL_TOO_LONG, "the URL is longer than %d characters",
				URL_TEXT_MAX - 1);
	error = url_check_chars(url, text);
	if (error)
		return error;
	scheme = url_scheme_len(text);
	error = url_take_scheme(url, text, scheme);
	if (error)
		return error;
	text += scheme ? scheme + 3 : 0;
	authority = strcspn(text, "/?#");
	error = url_take_authority(url, text, authority);
	if (!error)
		error = url_take_target(url, text + authority);
	if (!error)
		error = url_cross_check(url);
	if (!error && !strcmp(url->scheme, "https"))
		return url_fail(url, URL_HTTPS, "https is not supported yet; use http://");
	return error;
}

int url_format(const struct url *url, char *buf, size_t cap)
{
	uint16_t standard = strcmp(url->scheme, "https") ? 80 : 443;
	char port[8] = "";

	if (url->port != standard)
		snprintf(port, sizeof(port), ":%u", url->port);
	return snprintf(buf, cap, "%s://%s%s%s", url->scheme, url->host, port, url->target);
}

void url_remove_dots(char *path)
{
	char *in = path, *out = path;

	while (*in) {
		size_t seg = 1 + strcspn(in + 1, "/"); /* '/' and what follows it */
		bool one = seg == 2 && in[1] == '.';
		bool two = seg == 3 && in[1] == '.' && in[2] == '.';

		if (two)
			while (out > path && *--out != '/')
				;
		if ((one || two) && !in[seg])
			*out++ = '/'; /* "/a/.." is the directory */
		if (!one && !two) {
			memmove(out, in, seg);
			out += seg;
		}
		in += seg;
	}
	if (out == path)
		*out++ = '/';
	*out = 0;
}

/* path [?query] of a reference put over the base's directory */
static enum url_error url_merge(struct url *url, const struct url *base, const char *ref)
{
	char path[2 * URL_TEXT_MAX];
	size_t ref_path = strcspn(ref, "?#"), dir = base->path_len;
	const char *rest = ref + ref_path;
	int len;

	if (ref[0] == '/') {
		dir = 0;
	} else if (ref_path) {
		while (base->target[dir - 1] != '/')
			dir--;
	} else if (*rest != '?') {
		dir = strlen(base->target); /* only a fragment: the same document */
	}
	len = snprintf(path, sizeof(path), "%.*s%.*s", (int)dir, base->target, (int)ref_path, ref);
	if ((size_t)len >= sizeof(path) || (size_t)len + strlen(rest) + 2 > sizeof(url->target))
		return url_fail(url, URL_TOO_LONG, "the URL is longer than %d characters",
				URL_TEXT_MAX - 1);
	if (ref_path)
		url_remove_dots(path);
	strcat(path, rest);
	return url_take_target(url, path);
}

/* A server does not know its zone: what it tells of itself is where it is. */
static enum url_error url_parse_from(struct url *url, const struct url *base, const char *text)
{
	enum url_error error = url_parse(url, text);

	if (!error && !*url->zone && !strcmp(url->host, base->host))
		strcpy(url->zone, base->zone);
	return error;
}

enum url_error url_resolve(struct url *url, const struct url *base, const char *reference)
{
	char text[URL_TEXT_MAX];
	enum url_error error;

	if (url_scheme_len(reference))
		return url_parse_from(url, base, reference);
	if (reference[0] == '/' && reference[1] == '/') {
		int len = snprintf(text, sizeof(text), "%s:%s", base->scheme, reference);

		memset(url, 0, sizeof(*url));
		if ((size_t)len >= sizeof(text))
			return url_fail(url, URL_TOO_LONG, "the URL is longer than %d characters",
					URL_TEXT_MAX - 1);
		return url_parse_from(url, base, text);
	}
	*url = *base;
	url->message[0] = 0;
	if (strnlen(reference, URL_TEXT_MAX) >= URL_TEXT_MAX)
		return url_fail(url, URL_TOO_LONG, "the URL is longer than %d characters",
				URL_TEXT_MAX - 1);
	/* "mailto:x" has a scheme, "a/b:c" has not (RFC 3986 4.2) */
	if (strcspn(reference, ":") < strcspn(reference, "/?#"))
		return url_fail(url, URL_BAD_SCHEME, "\"%.80s\" leads to another scheme than http",
				reference);
	error = url_check_chars(url, reference);
	if (!error)
		error = url_merge(url, base, reference);
	return error ? error : url_cross_check(url);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

ptrdiff_t url_percent_decode(char *dst, size_t cap, const char *src, size_t len)
{
	size_t in, out = 0;

	for (in = 0; in < len; in++) {
		int byte = (unsigned char)src[in];

		if (byte == '%') {
			int hi = in + 2 < len ? hex_digit(src[in + 1]) : -1;
			int lo = in + 2 < len ? hex_digit(src[in + 2]) : -1;

			if (hi < 0 || lo < 0)
				return -EINVAL;
			byte = hi << 4 | lo;
			in += 2;
		}
		if (!byte)
			return -EINVAL;
		if (out + 1 >= cap)
			return -ENAMETOOLONG;
		dst[out++] = (char)byte;
	}
	dst[out] = 0;
	return (ptrdiff_t)out;
}
