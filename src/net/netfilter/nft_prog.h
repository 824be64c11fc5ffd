/* SPDX-License-Identifier: MIT */
/*
 * A rule as packets meet it: a row of instructions, made once when the rule is added, of what its
 * statements mostly are. One that compares up to four bytes is a load, a mask and a range, whatever
 * it was written as; a key that lies in the packet as it is looked up is not copied out of it.
 * Everything else, and what is not in the packet's linear part, is done by nft_statement().
 */
#ifndef LINNET_NET_NETFILTER_NFT_PROG_H
#define LINNET_NET_NETFILTER_NFT_PROG_H

#include "net/netfilter/nft.h"

enum nft_insn_op {
	NFT_INSN_STMT,			/* nft_statement() */
	NFT_INSN_VERDICT, NFT_INSN_COUNTER,
	NFT_INSN_CMP,			/* the number lies in lo .. lo + span */
	NFT_INSN_BYTES,			/* len bytes are those of the match */
	NFT_INSN_NAME,			/* of a device */
	NFT_INSN_SET, NFT_INSN_VMAP,	/* len bytes are in the set */
};

enum nft_insn_from {
	NFT_FROM_NH, NFT_FROM_TH, NFT_FROM_L4PROTO, NFT_FROM_NFPROTO, NFT_FROM_MARK, NFT_FROM_IIF,
	NFT_FROM_OIF, NFT_FROM_CT_STATE,
};

struct nft_insn {
	u8 op, from;			/* enum nft_insn_op, nft_insn_from */
	u8 len;
	u8 hashed;			/* bytes of the set's keys; 0: it is not by hash */
	bool neg;			/* the rule ends if so */
	bool plain;			/* what is no packet yet may be asked (nf_straight.h) */
	u16 at;				/* bytes from the header's start */
	u32 what, what_mask;		/* nft_pkt.what of the packets that have it */
	u32 mask, lo, span;
	struct nft_set *set;
	struct nft_stmt *st;
};

/* A field of 1, 2 or 4 bytes. */
static __always_inline u32 nft_number(const u8 *p, u32 len)
{
	return len == 1 ? *p : len == 2 ? get_be16(p) : get_be32(p);
}

/* -ENOMEM. What it is made of stays as long as the rule. */
int nft_rule_compile(struct nft_rule *r);
void nft_rule_uncompile(struct nft_rule *r);
/* NFT_CONTINUE or _BREAK: the next rule; *v: whole for a verdict alone. */
enum nft_code nft_rule_run(const struct nft_rule *r, const struct nft_pkt *p,
			   struct nft_verdict *v);
/* All rules of a base chain, and those of the chains that they lead to. NFT_ACCEPT or NFT_DROP;
 * NFT_CONTINUE: no rule said anything. */
enum nft_code nft_chain_run(struct nft_chain *base, const struct nft_pkt *p);

#endif
