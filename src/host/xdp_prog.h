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
};

/* False: err says why and what would mend it; nothing is left attached. */
bool xdp_prog_attach(struct xdp_prog *p, const struct xdp_if *i, char *err, size_t cap);

/* What comes in by this queue goes to that bound socket. 0 or -errno. */
int xdp_prog_redirect(const struct xdp_prog *p, unsigned queue, int sock);

/* Also of one that was not attached, with -1 in both. */
void xdp_prog_detach(struct xdp_prog *p);

#endif
