/* SPDX-License-Identifier: MIT */
/*
 * Which frames tcpdump shows: the part of pcap-filter(7) that is typed all the time.
 *
 *	[not] TERM [and|or [not] TERM] ...	from left to right; "and" may be left out
 *	TERM: arp ip ip6 icmp icmp6 tcp udp, [src|dst] host ADDRESS, [src|dst] port N
 *
 * Fragments have no ports here, not even the first.
 */
#ifndef LINNET_APP_TCPDUMP_FILTER_H
#define LINNET_APP_TCPDUMP_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/util/inet.h"

#define TCPDUMP_TERMS_MAX 16

enum tcpdump_kind { TCPDUMP_TYPE, TCPDUMP_PROTO, TCPDUMP_HOST, TCPDUMP_PORT };

struct tcpdump_term {
	enum tcpdump_kind kind;
	bool negated, alternative;	/* alternative: "or" stood before it */
	bool src, dst;			/* which end may be it */
	uint16_t value;			/* EtherType, protocol, port; host order */
	struct ipaddr addr;
};

struct tcpdump_filter {
	struct tcpdump_term terms[TCPDUMP_TERMS_MAX];
	unsigned n;			/* 0: every frame */
};

/* Return: NULL; or the word that does not belong there, "" when one is missing. */
const char *tcpdump_filter_parse(struct tcpdump_filter *f, const char *const *words, int n);
bool tcpdump_filter_match(const struct tcpdump_filter *f, const void *frame, size_t len);

#endif
