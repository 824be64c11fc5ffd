/* SPDX-License-Identifier: MIT */
/*
 * The inside of the browser. A get goes through
 *
 *	on_start -> http_resolve -> http_dial_start -> http_transfer_begin: send, receive
 *		^------ redirect -----------------------------------------'
 *
 * and ends in http_get_end(), from wherever. http_client.c has redirects and the end, http_dial.c
 * names and connecting, http_transfer.c one request on one connection, http_client_text.c the
 * words.
 */
#ifndef LINNET_APP_HTTP_HTTP_CLIENT_IMPL_H
#define LINNET_APP_HTTP_HTTP_CLIENT_IMPL_H

#include "app/dns/addrinfo.h"
#include "app/http/http_client.h"
#include "app/http/http_message.h"
#include "app/http/url.h"
#include "app/util/text.h"

#define HTTP_IDLE_CONNS_MAX 6
#define HTTP_IDLE_NS 15000000000ll
#define HTTP_REDIRECT_BODY_MAX 65536	/* read to keep the connection; past it, closed */
#define HTTP_MESSAGE_MAX 512
#define HTTP_PEER_MAX (IPADDR_TEXT_MAX + 16)

/* A connection kept for the next get. */
struct http_idle {
	struct http_browser *b;
	struct http_idle *next;
	int fd;
	struct ipaddr addr;
	uint16_t port;
	int64_t timer;
};

struct http_browser {
	struct ln_net *net;
	struct dns_client *dns;
	struct dns_cache *cache;
	struct http_get *gets;
	struct http_idle *idle;
	unsigned nidle;
};

enum http_phase { HTTP_PHASE_NONE, HTTP_PHASE_CONNECTING, HTTP_PHASE_TRANSFER };

#define HTTP_ATTEMPTS_MAX 8	/* connections that are tried at the same time */

struct http_attempt {
	int fd;				/* -1 = none */
	int watch_fd;			/* unreach_watch(); -1 = none */
	struct ipaddr addr;
	int64_t deadline_ns;
};

/* Names and connecting, http_dial.c. */
struct http_dial {
	struct dns_lookup *lookups[2];	/* AAAA, A; NULL = over, or not asked for */
	enum dns_error dns_error;
	unsigned next;			/* index of the address to be tried next */
	int64_t next_ns;		/* not before */
	struct http_attempt attempts[HTTP_ATTEMPTS_MAX];
	unsigned nattempts;		/* under way */
	enum http_error error;		/* of the last that failed */
	int64_t timer;
	char peer[HTTP_PEER_MAX];
};

struct http_get {
	struct http_browser *b;
	struct http_get *next;
	struct http_get_params p;	/* its pointers are to copies */
	char *url_text, *method, *body;
	struct http_header *headers;
	struct url url, from;		/* the one being fetched; the one before a redirect */
	struct http_dial dial;
	int64_t timer;			/* the start; later idle timeout */
	struct ipaddr addrs[ADDRINFO_MAX];
	unsigned naddrs;
	int fd;				/* -1 = none */
	int watch_fd;			/* borrowed, while an attempt's error is read; -1 = none */
	enum http_phase phase;
	bool reused;
	bool redirecting;		/* the head of a redirect was read */
	bool in_callback;
	int64_t last_ns;		/* a byte went either way */
	struct text out;		/* of the request, what is not sent yet */
	size_t request_len;
	struct http_reader reader;
	struct http_header *fields;	/* of the response, pointing into the reader */
	uint64_t read_bytes;		/* of this response, head included */
	struct http_response res;
	char message[HTTP_MESSAGE_MAX];
	char final_url[URL_TEXT_MAX + URL_HOST_MAX + 32];
};

/* Over: calls done and frees the get. @g->message may hold a text, else one is made. */
void http_get_end(struct http_get *g, enum http_error error);
/* g->res.url: what is asked for now. */
void http_get_name(struct http_get *g);

void http_dial_init(struct http_get *g);
/* Finds the addresses of g->url's host, connects to one; ends in a transfer, or in the end. */
void http_resolve(struct http_get *g);
void http_dial_start(struct http_get *g);
/* Connects anew, to the same addresses. */
void http_dial_again(struct http_get *g);
/* Gives up attempts and lookups. */
void http_dial_stop(struct http_get *g);

/* The request on g->fd; ends in http_transfer_done() or http_get_end(). */
void http_transfer_begin(struct http_get *g);
/* The same on a connection that was kept: if it is gone, a new one is made. */
void http_transfer_reuse(struct http_get *g);
/* Closes the connection, forgets response and timer. */
void http_transfer_stop(struct http_get *g);
/* The response is complete (http_client.c): redirect, or the end. */
void http_transfer_done(struct http_get *g);

/* Takes a kept connection to one of the addresses: its descriptor, or -1. */
int http_idle_take(struct http_get *g);
void http_idle_put(struct http_get *g);

/* The request's bytes. False: no memory. */
bool http_request_format(const struct http_get *g, struct text *out);
/* Error and message for what a socket call said, before the connection is closed. */
enum http_error http_socket_error(struct http_get *g, int err);
void http_get_fail(struct http_get *g, enum http_error error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "192.0.2.80 port 80" */
const char *http_peer_text(const struct http_get *g, const struct ipaddr *addr,
			   char buf[static HTTP_PEER_MAX]);
/* Whether a response is a redirect that is to be followed. */
bool http_is_redirect(const struct http_get *g);

#endif
