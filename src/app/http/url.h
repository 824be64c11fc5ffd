/* SPDX-License-Identifier: MIT */
/*
 * URLs of http (RFC 3986, RFC 9110 4.2), taken apart as a browser does it (JOURNEY A1).
 *
 * "www.server.com" and "host:8080/x" without a scheme mean http. The port is 80 (https: 443)
 * when absent, the path "/". The fragment is cut: it is never sent. A link-local address says
 * which link by a zone, http://[fe80::1%25eth0]/ (RFC 6874; a bare % is taken for %25): it is of
 * this host and never sent. Not taken: user names, bytes above 127 (write them as %XX). https is
 * recognised and refused with URL_HTTPS, because there is no TLS yet (A5).
 */
#ifndef LINNET_APP_HTTP_URL_H
#define LINNET_APP_HTTP_URL_H

#include <stddef.h>

#include "app/util/inet.h"

#define URL_TEXT_MAX 4096	/* bytes of a whole URL with its NUL */
#define URL_HOST_MAX 254	/* with its NUL */
#define URL_ZONE_MAX 16		/* likewise: Linux's IFNAMSIZ */

enum url_error {
	URL_OK,
	URL_EMPTY,
	URL_TOO_LONG,
	URL_BAD_SCHEME,		/* neither http nor https */
	URL_HTTPS,
	URL_NO_HOST,
	URL_BAD_HOST,
	URL_BAD_PORT,
	URL_USERINFO,
	URL_BAD_SYNTAX,		/* a character that may not stand there */
};

struct url {
	char scheme[8];			/* "http", "https" */
	char host[URL_HOST_MAX];	/* lower case; "[2001:db8::80]" */
	struct ipaddr addr;		/* when host_is_addr */
	bool host_is_addr;		/* the host is an address, not a name */
	char zone[URL_ZONE_MAX];	/* "eth0", or an interface's number; "" = none */
	uint16_t port;
	bool port_given;
	char target[URL_TEXT_MAX];	/* what the request line carries: path and ?query */
	size_t path_len;		/* of it the path's */
	char message[192];		/* on error: what is wrong and what was expected */
};

/* Fills @url in; on error `message` tells, and the fields that were read so far stay. */
enum url_error url_parse(struct url *url, const char *text);

/* A Location field against the URL it came from (RFC 3986 5.2). @base and @url may not be one. */
enum url_error url_resolve(struct url *url, const struct url *base, const char *reference);

/* "http://host[:port]/path?query", the port when it is not the scheme's. Return: as snprintf. */
int url_format(const struct url *url, char *buf, size_t cap);

/**
 * url_remove_dots - "/a/./b/../c" -> "/a/c", in place (RFC 3986 5.2.4)
 * @path: starts with '/', without query
 */
void url_remove_dots(char *path);

/**
 * url_percent_decode - %XX -> byte
 * @dst: may be @src; @cap with room for the NUL
 * Return: length; -EINVAL (bad %XX, or a NUL byte), -ENAMETOOLONG.
 */
ptrdiff_t url_percent_decode(char *dst, size_t cap, const char *src, size_t len);

#endif
