/* SPDX-License-Identifier: MIT */
/* Rulesets and packets for tests/interop/nft_kernel_test.c, written by hand. */
#ifndef LINNET_TESTS_HARNESS_NFT_CASES_H
#define LINNET_TESTS_HARNESS_NFT_CASES_H

#include <stdbool.h>

#define NFT_CASE_PACKETS 48

struct nft_case {
	const char *name;
	bool any_port;		/* NAT chooses ports by chance: they are not compared */
	const char *rules;
	/* harness/nft_packet.h has the language; "nft COMMAND": for both, in between;
	 * "list THINGS", "conntrack ...": both say the same */
	const char *packets[NFT_CASE_PACKETS];
};

/* IPv4, IPv6, and of both; each ends with a NULL name */
extern const struct nft_case nft_cases[], nft_cases6[], nft_cases_more[];
/* Texts that nobody takes; each ends with NULL */
extern const char *const nft_refused[], *const nft_refused6[], *const nft_refused_more[];

#endif
