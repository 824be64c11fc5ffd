/* SPDX-License-Identifier: MIT */
/* What stands on the way in a soak: disciplines and offloads of hosts; tracking, NAT, flow tables
 * and rules of routers. */
#include "harness/soak.h"

/* What a host's card does itself, and how it queues. */
void soak_draw_card(struct soak *s)
{
	static const char *const offloads[] = { "gro on", "tso off" };
	static const char *const disciplines[] = {
		"fq", "fq maxrate 2mbit", "fq_codel", "fq_codel noecn", "codel ecn",
		"codel limit 20",
	};

	if (soak_one_in(s, 2))
		text_addf(&s->yaml, ", ethtool -K eth0 %s",
			  offloads[soak_below(s, ARRAY_SIZE(offloads))]);
	if (soak_one_in(s, 4)) {
		unsigned i = soak_below(s, ARRAY_SIZE(disciplines));

		text_addf(&s->yaml, ", tc qdisc replace dev eth0 root %s", disciplines[i]);
		s->lossy = true;	/* a queue that is full, or too slow */
	}
}

/* Router k of the chain: not each has a left or a right side. */
void soak_draw_rules(struct soak *s, unsigned k)
{
	bool right = k + 1 < s->lans;
	const char *side = right ? "right" : "left";

	if (!soak_one_in(s, 2))
		return;
	text_adds(&s->yaml, ", nft add table inet f, \"nft add chain inet f forward { type filter "
		  "hook forward priority filter; }\"");
	if (soak_one_in(s, 3)) {
		text_adds(&s->yaml, ", nft add rule inet f forward tcp flags syn tcp option maxseg "
			  "size set rt mtu");
		s->mangled = true;
	}
	if (soak_one_in(s, 3))
		text_addf(&s->yaml, ", \"nft add flowtable inet f ft { hook ingress priority 0; "
			  "devices = { lan, %s }; }\", nft add rule inet f forward ct state "
			  "established flow add @ft", side);
	if (soak_one_in(s, 2))
		text_adds(&s->yaml, ", nft add rule inet f forward ct state invalid counter drop");
	if (!soak_one_in(s, 2))
		return;
	s->nat = true;
	text_addf(&s->yaml, ", nft add table inet n, \"nft add chain inet n post { type nat hook "
		  "postrouting priority srcnat; }\", nft add rule inet n post oifname %s "
		  "masquerade", side);
}
