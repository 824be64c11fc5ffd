/* SPDX-License-Identifier: MIT */
/*
 * When ICMP errors are sent and when never (RFC 1122 3.2.2, RFC 1812 4.3.2.7, RFC 4443 2.4):
 * a frame for each kind of error under each condition, for a router as of harness/nft_twins.h that
 * has icmp_case_setup besides. Where Linux answers against the RFC the condition says so.
 */
#ifndef LINNET_TESTS_HARNESS_ICMP_CASES_H
#define LINNET_TESTS_HARNESS_ICMP_CASES_H

#include <stdbool.h>

#include "harness/nft_twins.h"

struct icmp_case {
	char name[96];
	struct twin_frame f;	/* comes in by LAN */
	bool answered;
	bool not_linux;		/* who answers against the RFC, which we do not */
	unsigned char type, code;	/* then with this */
};

/* Each case is of another neighbour, as long as there are some: to one there are limits. */
#define ICMP_CASE_HOST 20
#define ICMP_CASE_HOSTS 200

/* Commands of ip, for both, before the first frame; ends with NULL. */
extern const char *const icmp_case_setup[];

/* The n-th case. False: there are no more. */
bool icmp_case_get(unsigned n, struct icmp_case *c);

/* Is it an error as the case wants it? */
bool icmp_case_matches(const struct icmp_case *c, const struct twin_frame *f);

/* A packet for a port that nobody has, from 10.0.1.host or fd00:1::host. */
void icmp_case_port(bool v6, unsigned host, struct twin_frame *f);

#endif
