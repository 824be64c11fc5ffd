/* SPDX-License-Identifier: MIT */
#include "wire/vlan.h"

enum wire_err vlan_parse(const void *p, size_t len, struct vlan_view *out)
{
	const struct vlan_hdr *vh = p;
	u16 tci;

	if (len < VLAN_HLEN)
		return WIRE_SHORT;
	tci = be16_to_cpu(vh->h_vlan_TCI);
	out->vid = tci & VLAN_VID_MASK;
	out->pcp = (u8)(tci >> VLAN_PRIO_SHIFT);
	out->dei = tci & VLAN_CFI_MASK;
	out->proto = be16_to_cpu(vh->h_vlan_encapsulated_proto);
	return WIRE_OK;
}

size_t vlan_build(void *p, const struct vlan_view *v)
{
	struct vlan_hdr *vh = p;
	unsigned tci = (unsigned)v->pcp << VLAN_PRIO_SHIFT | (v->vid & VLAN_VID_MASK);

	if (v->dei)
		tci |= VLAN_CFI_MASK;
	vh->h_vlan_TCI = cpu_to_be16((u16)tci);
	vh->h_vlan_encapsulated_proto = cpu_to_be16(v->proto);
	return VLAN_HLEN;
}
