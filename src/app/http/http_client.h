/* SPDX-License-Identifier: MIT */
/*
 * A browser without a window: fetches URLs over HTTP/1.1 (RFC 9112), JOURNEY A1 to A3.
 *
 * A get goes: parse the URL; resolve the host; connect to its addresses until one takes it (Happy
 * Eyeballs, RFC 8305); send the request; read the response (body by Content-Length, by chunks, or
 * until the server closes); follow redirects. It ends in one call of `done`, which has everything
 * that is known, and on failure an error class and a sentence that says what happened and what
 * would mend it.
 *
 * The browser holds what outlives one get: its own cache of names, and, when keep_alive is set,
 * idle connections (at most 6, for 15 s).
 *
 * Limits: 64 KiB of header fields, 10 redirects, 16 addresses of each family. The body goes to
 * `body` as it arrives and is never kept here.
 */
#ifndef LINNET_APP_HTTP_HTTP_CLIENT_H
#define LINNET_APP_HTTP_HTTP_CLIENT_H

#include <stddef.h>

#include "app/util/inet.h"

#define HTTP_REDIRECTS_MAX 10
#define HTTP_HEADERS_MAX_BYTES 65536

enum http_error {
	HTTP_ERR_NONE,
	HTTP_ERR_BAD_URL,
	HTTP_ERR_HTTPS,			/* https is not supported yet */
	HTTP_ERR_NXDOMAIN,		/* the host's name does not exist */
	HTTP_ERR_NO_ADDRESS,		/* it exists, without an address that is wanted */
	HTTP_ERR_DNS,			/* not found out: no server, no answer, SERVFAIL */
	HTTP_ERR_NO_ROUTE,		/* none here, or at a router that said so */
	HTTP_ERR_HOST_UNREACHABLE,	/* nobody answers ARP or ND, or a router said so */
	HTTP_ERR_REFUSED,
	HTTP_ERR_RESET,			/* the connection broke off */
	HTTP_ERR_TIMED_OUT,
	HTTP_ERR_BAD_RESPONSE,		/* not HTTP, cut short, too large headers */
	HTTP_ERR_REDIRECTS,		/* more than 10, or to nowhere */
	HTTP_ERR_STATUS,		/* a complete response with status 400 or above */
	HTTP_ERR_STOPPED,		/* body() said so */
	HTTP_ERR_LOCAL,			/* this host: no memory, no descriptors, no ports */
};

struct http_header {
	const char *name, *value;
};

/* Valid during the callback. */
struct http_response {
	enum http_error error;
	const char *message;		/* for people; "" when all went well */
	const char *url;		/* that was fetched, after redirects */
	unsigned status;		/* 0 = no response came */
	const char *reason;		/* "OK" */
	unsigned version_minor;		/* HTTP/1.x */
	const struct http_header *headers;	/* in the order received */
	size_t nheaders;
	uint64_t body_bytes;		/* that were received */
	int64_t content_length;		/* -1 = not told */
	unsigned redirects;
	struct ipaddr addr;		/* of the server; none: of family 0 */
	struct ipaddr error_from;	/* the router whose ICMP error ended it */
	uint16_t port;
	bool reused;			/* over a connection kept from an earlier get */
	/* when each step was done, ns; -1 = it was not reached */
	int64_t started_ns, resolved_ns, connected_ns, first_byte_ns, done_ns;
};

struct http_get_params {
	const char *url;
	const char *method;		/* NULL = "GET" */
	const struct http_header *headers;	/* more; Host and User-Agent replace ours */
	size_t nheaders;
	const void *request_body;	/* copied */
	size_t request_body_len;
	uint16_t family;		/* LN_AF_INET, LN_AF_INET6: that alone; 0 = either */
	bool no_redirects;		/* a 3xx is a result */
	bool keep_alive;
	unsigned connect_timeout_ms;	/* for each address; 0 = 30000 */
	unsigned idle_timeout_ms;	/* without a byte; 0 = 30000 */
	/* A request goes out, the first one or after a redirect: its line and header fields, each
	 * with its CR LF, and the empty line. @res has url, addr, port, reused. May be NULL. */
	void (*request)(void *ctx, const struct http_response *res, const char *head, size_t len);
	/* Header fields of the final response are here; may be NULL. Non-zero: stop. */
	int (*head)(void *ctx, const struct http_response *res);
	/* The next piece of the final response's body; may be NULL. Non-zero: stop. */
	int (*body)(void *ctx, const void *bytes, size_t len);
	/* The get is over and no longer exists; the one callback that must be set. */
	void (*done)(void *ctx, const struct http_response *res);
	void *ctx;
};

struct http_browser;
struct http_get;
struct dns_client;
struct dns_cache;

/* @dns: the host's resolver, must outlive the browser; NULL = only addresses work. */
struct http_browser *http_browser_new(struct ln_net *net, struct dns_client *dns);
/* Ends gets under way without a callback, closes idle connections. May be NULL. */
void http_browser_free(struct http_browser *b);
/* The browser's cache of names. */
struct dns_cache *http_browser_cache(struct http_browser *b);

/* @params is copied. Callbacks come from ln_net_run(). NULL: no memory, nothing is called. */
struct http_get *http_get_start(struct http_browser *b, const struct http_get_params *params);
/*
 * Ends it without a callback; the connection is reset. Not from its own callbacks: those return
 * non-zero instead.
 */
void http_get_cancel(struct http_get *get);
/* The same, but with done(): @error, and @why followed by how far the get had come. */
void http_get_give_up(struct http_get *get, enum http_error error, const char *why);

/* The value of the first field of that name (case does not matter), or NULL. */
const char *http_response_header(const struct http_response *res, const char *name);
const char *http_error_name(enum http_error error);	/* "connection refused" */

#endif
