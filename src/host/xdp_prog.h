/* SPDX-License-Identifier: MIT */
/*
 * The small program that AF_XDP needs on the interface: what comes in by a queue that has a socket
 * goes to that socket, the rest to the kernel's stack as before. Loaded by bpf(2) itself, without a
 * library, and attached by a link (kernel 5.9): the kernel takes it off when the descriptor closes,
 * so also when the process is killed.
 */
#ifndef LINNET_HOST_XDP_PROG_H
#define LINNET_HOST_XDP_PROG_H

#include "host/xdp_if.h"

struct xdp_prog {
	int map, link;			/* descriptors; -1: none */
	bool native;			/* runs in the driver; else behind it, on sk_buffs */
	unsigned users;			/* shards, each with sockets of its own */
};

/* NULL: err says why and what would mend it; nothing is left attached. */
struct xdp_prog *xdp_prog_attach(const struct xdp_if *i, bool sg, char *err, size_t cap);
struct xdp_prog *xdp_prog_get(struct xdp_prog *p);

/* What comes in by this queue goes to that bound socket. 0 or -errno. */
int xdp_prog_redirect(const struct xdp_prog *p, unsigned queue, int sock);

/* The last one to go takes it off. May be NULL. */
void xdp_prog_put(struct xdp_prog *p);

#endif
