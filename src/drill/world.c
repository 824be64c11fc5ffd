/* SPDX-License-Identifier: MIT */
#include "drill/world.h"

#include <stdlib.h>

#include "wire/icmp6.h"

static bool is_housekeeping(const u8 *ip, size_t len)
{
	if (ip[0] >> 4 == 4)
		return len > 9 && ip[9] == IP_PROTO_IGMP;
	if (len <= IPV6_HLEN || ip[0] >> 4 != 6)
		return true;
	return ip[6] == NEXTHDR_HOP ||
	       (ip[6] == IP_PROTO_ICMPV6 && ip[IPV6_HLEN] >= ICMPV6_MGM_QUERY &&
		ip[IPV6_HLEN] <= ICMPV6_MLD2_REPORT);
}

void world_sent(struct world *w, s64 at, const u8 *ip, size_t len)
{
	struct world_packet *p;

	if (!len || is_housekeeping(ip, len))
		return;
	p = malloc(sizeof(*p) + len);
	if (!p)
		abort();
	p->next = NULL;
	p->at = at;
	p->len = len;
	memcpy(p->bytes, ip, len);
	if (!w->sent)
		w->last = &w->sent;
	*w->last = p;
	w->last = &p->next;
	if (w->tap)
		w->tap(w->tap_ctx, at, false, ip, len);
}

struct world_packet *world_take(struct world *w)
{
	struct world_packet *p = w->sent;

	if (p)
		w->sent = p->next;
	return p;
}

void world_free_sent(struct world *w)
{
	struct world_packet *p;

	while ((p = world_take(w)))
		free(p);
}
