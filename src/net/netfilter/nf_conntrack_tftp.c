/* SPDX-License-Identifier: MIT */
/* TFTP (RFC 1350 4): the server answers a request from a port of its own choice. */
#include "net/netfilter/nf_conntrack_expect.h"
#include "net/netfilter/nf_conntrack_helper.h"
#include "wire/ipv4.h"

enum { TFTP_READ = 1, TFTP_WRITE = 2 };

static enum nf_verdict tftp_help(const struct nf_ct_payload *p)
{
	const struct nf_conntrack_tuple *back = nf_ct_tuple(p->ct, IP_CT_DIR_REPLY);
	struct nf_conntrack_expect e;
	u8 opcode[2];

	if (skb_copy_bits(p->skb, p->dataoff, opcode, sizeof(opcode)) || opcode[0] ||
	    (opcode[1] != TFTP_READ && opcode[1] != TFTP_WRITE))
		return NF_ACCEPT;
	nf_ct_expect_init(&e, p->ct, &back->src, &back->dst, IP_PROTO_UDP, back->dport);
	if (p->ct->status & IPS_NAT_MASK) {
		e.nat = true;
		e.saved_port = nf_ct_tuple(p->ct, IP_CT_DIR_ORIGINAL)->sport;
		e.dir = IP_CT_DIR_REPLY;
	}
	return nf_ct_expect_related(p->net, &e) ? NF_DROP : NF_ACCEPT;
}

const struct nf_conntrack_helper nf_conntrack_helper_tftp = {
	.name = "tftp", .protonum = IP_PROTO_UDP, .expect_max = 1, .timeout = 300 * NSEC_PER_SEC,
	.help = tftp_help,
};
