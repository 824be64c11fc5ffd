/* SPDX-License-Identifier: MIT */
#include "lab/el_codel.h"

#include "wire/eth.h"
#include "wire/ipv6.h"

void el_codel_init(struct el_codel *c, const struct el_codel_params *params)
{
	*c = (struct el_codel){ .on = params->on };
	codel_params_init(&c->params);
	c->params.mtu = 0;
	if (params->target_ns)
		c->params.target = params->target_ns;
	if (params->interval_ns)
		c->params.interval = params->interval_ns;
	if (params->ce_ns)
		c->params.ce_threshold = params->ce_ns;
}

enum el_codel_verdict el_codel_judge(struct el_codel *c, s64 now_ns, s64 start_ns, bool ect)
{
	s64 wait = start_ns > now_ns ? start_ns - now_ns : 0;	/* an idle line: long ago */

	if (!c->on)
		return EL_CODEL_PASS;
	if (!wait)
		codel_idle(&c->vars);
	if (codel_judge(&c->vars, &c->params, now_ns + wait, wait, 1))
		return ect ? EL_CODEL_MARK : EL_CODEL_DROP;
	return ect && wait > c->params.ce_threshold ? EL_CODEL_MARK : EL_CODEL_PASS;
}

bool el_frame_is_ect(const u8 *frame, u32 len)
{
	const void *h = frame + ETH_HLEN;

	if (len < ETH_HLEN + IPV4_HLEN)
		return false;
	if (get_be16(frame + 12) == ETH_P_IP)
		return ((const struct iphdr *)h)->tos & INET_ECN_MASK;
	return get_be16(frame + 12) == ETH_P_IPV6 && len >= ETH_HLEN + IPV6_HLEN &&
	       ipv6_get_dsfield(h) & INET_ECN_MASK;
}

void el_frame_mark(u8 *frame)
{
	void *h = frame + ETH_HLEN;

	if (get_be16(frame + 12) == ETH_P_IP)
		ipv4_set_ce(h);
	else
		ipv6_set_ce(h);
}
