/* SPDX-License-Identifier: MIT */
#include "host/vnet.h"

#include "wire/tcp.h"
#include "wire/udp.h"

/* TCP's bytes 12 and 13, data offset and flags, as far as the first piece has them. */
static void tcp_facts(struct vnet_hdr *h, const struct nic_meta *meta, const struct nic_seg *first)
{
	u32 at = meta->csum_start + 12u, doff = TCP_HLEN;

	if (likely(at + 1 < first->len)) {
		doff = max_t(u32, (first->addr[at] >> 4) * 4u, TCP_HLEN);
		if (first->addr[at + 1] & TCPHDR_CWR)
			h->gso_type |= VNET_GSO_ECN;
	}
	h->hdr_len = (u16)(meta->csum_start + doff);
}

void vnet_of_meta(struct vnet_hdr *h, const struct nic_meta *meta, const struct nic_seg *first)
{
	*h = (struct vnet_hdr){ 0 };
	if (meta->csum_partial) {
		h->flags = VNET_F_NEEDS_CSUM;
		h->csum_start = meta->csum_start;
		h->csum_offset = meta->csum_offset;
	}
	if (meta->gso_size && meta->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) {
		h->gso_type = meta->gso_type & SKB_GSO_TCPV6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4;
		h->gso_size = meta->gso_size;
		tcp_facts(h, meta, first);
	} else if (meta->gso_size && meta->gso_type & SKB_GSO_UDP_L4) {
		h->gso_type = VNET_GSO_UDP_L4;
		h->gso_size = meta->gso_size;
		h->hdr_len = (u16)(meta->csum_start + UDP_HLEN);
	}
}

bool vnet_to_meta(const struct vnet_hdr *h, u32 len, struct nic_meta *meta)
{
	*meta = (struct nic_meta){ .csum_verified = h->flags & VNET_F_DATA_VALID };
	if (h->flags & VNET_F_NEEDS_CSUM && h->csum_start + h->csum_offset + 2u <= len) {
		meta->csum_partial = true;
		meta->csum_start = h->csum_start;
		meta->csum_offset = h->csum_offset;
	}
	if (!h->gso_type)
		return true;
	switch (h->gso_type & ~VNET_GSO_ECN) {
	case VNET_GSO_TCPV4:
		meta->gso_type = SKB_GSO_TCPV4;
		break;
	case VNET_GSO_TCPV6:
		meta->gso_type = SKB_GSO_TCPV6;
		break;
	case VNET_GSO_UDP_L4:
		meta->gso_type = SKB_GSO_UDP_L4;
		break;
	default:
		return false;
	}
	if (!h->gso_size)
		return false;
	meta->gso_size = h->gso_size;
	meta->gso_segs = (u16)max_t(u64, 1, div_round_up(len - min_t(u32, h->hdr_len, len),
							 h->gso_size));
	return true;
}
