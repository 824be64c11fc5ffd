/* SPDX-License-Identifier: MIT */
/* What the browser says: the request to servers, errors to people. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <linnet/linnet.h>

#include "app/http/http_client_impl.h"
#include "app/util/inet.h"
#include "app/util/unreach.h"

const char *http_error_name(enum http_error error)
{
	static const char *const names[] = {
		[HTTP_ERR_NONE] = "no error",
		[HTTP_ERR_BAD_URL] = "bad URL",
		[HTTP_ERR_HTTPS] = "https is not supported yet",
		[HTTP_ERR_NXDOMAIN] = "name does not exist",
		[HTTP_ERR_NO_ADDRESS] = "name has no address",
		[HTTP_ERR_DNS] = "name not resolved",
		[HTTP_ERR_NO_ROUTE] = "no route",
		[HTTP_ERR_HOST_UNREACHABLE] = "host unreachable",
		[HTTP_ERR_REFUSED] = "connection refused",
		[HTTP_ERR_RESET] = "connection reset",
		[HTTP_ERR_TIMED_OUT] = "timed out",
		[HTTP_ERR_BAD_RESPONSE] = "bad response",
		[HTTP_ERR_REDIRECTS] = "too many redirects",
		[HTTP_ERR_STATUS] = "HTTP error",
		[HTTP_ERR_STOPPED] = "stopped",
		[HTTP_ERR_LOCAL] = "local error",
	};

	return names[error];
}

const char *http_peer_text(const struct http_get *g, const struct ipaddr *addr,
			   char buf[static HTTP_PEER_MAX])
{
	char text[IPADDR_TEXT_MAX];

	snprintf(buf, HTTP_PEER_MAX, "%s port %u", ipaddr_text(g->b->net, addr, text),
		 g->url.port);
	return buf;
}

static enum http_error unreachable(struct http_get *g, int err)
{
	bool there = err == -EHOSTUNREACH || err == -EHOSTDOWN || err == -ENONET;
	char peer[HTTP_PEER_MAX], why[UNREACH_TEXT_MAX];
	struct unreach u = { 0 };

	if (g->watch_fd >= 0)
		unreach_read(g->b->net, g->watch_fd, &g->res.addr, g->url.port, &u);
	unreach_text(g->b->net, &g->res.addr, err, &u, why);
	g->res.error_from = u.from;
	http_peer_text(g, &g->res.addr, peer);
	snprintf(g->message, HTTP_MESSAGE_MAX,
		 there ? "%s cannot be reached: %s" : "no route to %s: %s", peer, why);
	return there ? HTTP_ERR_HOST_UNREACHABLE : HTTP_ERR_NO_ROUTE;
}

enum http_error http_socket_error(struct http_get *g, int err)
{
	bool connecting = g->phase == HTTP_PHASE_CONNECTING;
	char peer[HTTP_PEER_MAX], *m = g->message;

	if (unreach_is(err))
		return unreachable(g, err);
	http_peer_text(g, &g->res.addr, peer);
	switch (-err) {
	case ECONNREFUSED:
		snprintf(m, HTTP_MESSAGE_MAX,
			 "%s refuses the connection: no program listens there; start "
			 "the server, or check the port",
			 peer);
		return HTTP_ERR_REFUSED;
	case ECONNRESET:
	case EPIPE:
	case ECONNABORTED:
		snprintf(m, HTTP_MESSAGE_MAX,
			 "the connection to %s was reset after %llu bytes; try again, or "
			 "see the server's log",
			 peer, (unsigned long long)g->read_bytes);
		return HTTP_ERR_RESET;
	case ETIMEDOUT:
		snprintf(m, HTTP_MESSAGE_MAX,
			 connecting ? "%s does not answer: the host is off, or a "
				      "firewall drops what we send" :
				      "%s has fallen silent in the middle of the "
				      "transfer; check the way there",
			 peer);
		return HTTP_ERR_TIMED_OUT;
	default:
		snprintf(m, HTTP_MESSAGE_MAX, "%s: %s", peer, inet_error_text(err));
		return HTTP_ERR_LOCAL;
	}
}

static bool has_header(const struct http_get *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->p.nheaders; i++)
		if (!strcasecmp(g->p.headers[i].name, name))
			return true;
	return false;
}

bool http_request_format(const struct http_get *g, struct text *out)
{
	size_t i;

	text_addf(out, "%s %s HTTP/1.1\r\n", g->p.method, g->url.target);
	if (!has_header(g, "Host")) {
		text_addf(out, "Host: %s", g->url.host);
		if (g->url.port != 80)
			text_addf(out, ":%u", g->url.port);
		text_adds(out, "\r\n");
	}
	if (!has_header(g, "User-Agent"))
		text_adds(out, "User-Agent: linnet/" LINNET_VERSION "\r\n");
	if (!has_header(g, "Accept"))
		text_adds(out, "Accept: */*\r\n");
	for (i = 0; i < g->p.nheaders; i++)
		text_addf(out, "%s: %s\r\n", g->p.headers[i].name, g->p.headers[i].value);
	if (g->p.request_body_len || !strcmp(g->p.method, "POST"))
		text_addf(out, "Content-Length: %zu\r\n", g->p.request_body_len);
	text_addf(out, "Connection: %s\r\n\r\n", g->p.keep_alive ? "keep-alive" : "close");
	text_add(out, g->p.request_body, g->p.request_body_len);
	return !out->failed;
}

void http_get_fail(struct http_get *g, enum http_error error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->message, sizeof(g->message), fmt, ap);
	va_end(ap);
	http_get_end(g, error);
}
