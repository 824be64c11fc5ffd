/* SPDX-License-Identifier: MIT */
/*
 * Why a host cannot be reached, and who found out: a table of this host, nobody who answers ARP or
 * neighbour solicitations, or a router, by ICMP (RFC 792; codes RFC 1812 5.2.7) or ICMPv6
 * (RFC 4443).
 *
 * The errno of a socket does not tell these apart. A UDP socket has its error queue (errqueue.h);
 * TCP has none, so a raw socket listens beside the connection while it is being made.
 */
#ifndef LINNET_APP_UTIL_UNREACH_H
#define LINNET_APP_UTIL_UNREACH_H

#include <stddef.h>

#include "app/util/inet.h"

#define UNREACH_TEXT_MAX 256

struct unreach {
	struct ipaddr from;	/* whose ICMP message; none = there was none */
	uint8_t type, code;	/* ICMPv6's, when from is such */
};

/* A raw socket that gets such ICMP messages; ln_close() ends it. Negative errno. */
int unreach_watch(struct ln_net *net, uint16_t family);
/* What the watch @fd got last about TCP to @addr, of its family, and @port; @u stays else. */
void unreach_read(struct ln_net *net, int fd, const struct ipaddr *addr, uint16_t port,
		  struct unreach *u);

/* The same from the error queue of a connected UDP socket with errqueue_on(). */
void unreach_queued(struct ln_net *net, int fd, struct unreach *u);

/* Whether @err, of connect() or of a connected socket, says that packets cannot get there. */
bool unreach_is(int err);

/**
 * unreach_text - the reason, and what would mend it
 * @addr: that cannot be reached
 * @err: negative errno of the socket, unreach_is()
 */
const char *unreach_text(struct ln_net *net, const struct ipaddr *addr, int err,
			 const struct unreach *u, char buf[static UNREACH_TEXT_MAX]);

#endif
