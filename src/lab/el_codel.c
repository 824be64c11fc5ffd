/* SPDX-License-Identifier: MIT */
#include "lab/el_codel.h"

#include "wire/eth.h"
#include "wire/ipv4.h"

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

static const struct iphdr *frame_iph(const u8 *frame)
{
	return (const void *)(frame + ETH_HLEN);
}

bool el_frame_is_ect(const u8 *frame, u32 len)
{
	return len >= ETH_HLEN + IPV4_HLEN && get_be16(frame + 12) == ETH_P_IP &&
	       frame_iph(frame)->tos & INET_ECN_MASK;
}

void el_frame_mark(u8 *frame)
{
	ipv4_set_ce((struct iphdr *)(void *)(frame + ETH_HLEN));
}
