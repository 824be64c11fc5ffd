/* SPDX-License-Identifier: MIT */
/* Rulesets and packets drawn from a seed: small pools of values, so that rules and packets meet. */
#ifndef LINNET_TESTS_HARNESS_NFT_GEN_H
#define LINNET_TESTS_HARNESS_NFT_GEN_H

#include "harness/nft_packet.h"

struct nft_gen {
	uint64_t state;
	bool v6, inet;		/* the packets' family; table inet */
	bool sets;		/* declared: @a @n @v */
	bool rejects;		/* may, at this hook */
	uint8_t proto;		/* that the rule is about; 0: none in particular */
	size_t len;
	char text[16384];
};

void nft_gen_begin(struct nft_gen *g, unsigned long seed, bool v6);
const char *nft_gen_rules(const struct nft_gen *g);
/* The next packet, perhaps an answer to what came out last. Return: where it comes in. */
enum twin_port nft_gen_packet(struct nft_gen *g, const struct twin_out *last,
			      struct twin_frame *f);

#endif
