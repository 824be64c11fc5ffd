/* SPDX-License-Identifier: MIT */
/*
 * The server's side of DNS transport: UDP and TCP on one port of both families, queries in,
 * responses out, now or later. Over UDP a response leaves from the address that was asked
 * (IP_PKTINFO, IPV6_PKTINFO). Over TCP (RFC 7766) a client may send many queries on one
 * connection, and gets the answers in the order in which they are ready.
 *
 * Limits: 128 connections (the oldest idle one makes room), 16 queries of one connection at a
 * time, 10 s without a byte.
 */
#ifndef LINNET_APP_DNS_DNS_LISTENER_H
#define LINNET_APP_DNS_DNS_LISTENER_H

#include <stddef.h>

#include "app/util/inet.h"

#define DNS_LISTENER_CONNS_MAX 128
#define DNS_LISTENER_PIPELINE_MAX 16
#define DNS_LISTENER_IDLE_NS 10000000000ll

struct dns_listener;
struct dns_conn;

/* A query that waits for its response. Owned by the handler until dns_request_reply(). */
struct dns_request {
	struct dns_listener *listener;
	struct dns_conn *conn;		/* TCP; NULL once the client has left, or for UDP */
	struct dns_request *next;	/* of the same connection */
	bool tcp;
	struct ipaddr client, local;	/* local: family 0 = not known */
	uint16_t client_port;
	int fd;				/* UDP: the socket it came by */
	size_t len;
	uint8_t data[];
};

typedef void (*dns_request_fn)(void *ctx, struct dns_request *req);

/* @addr: none = all of both families. Return: 0 and *@out; negative errno of what failed. */
int dns_listener_new(struct ln_net *net, const struct ipaddr *addr, uint16_t port,
		     dns_request_fn fn, void *ctx, struct dns_listener **out);
/* Requests that the handler still has must be replied to (or dropped) first. */
void dns_listener_free(struct dns_listener *l);

/* Sends the response, unless @len is 0 or the client has left, and frees the request. */
void dns_request_reply(struct dns_request *req, const uint8_t *wire, size_t len);

#endif
