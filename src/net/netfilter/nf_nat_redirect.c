/* SPDX-License-Identifier: MIT */
/* Destination NAT to this machine. */
#include "net/netfilter/nf_nat.h"

#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"

static bool address4(const struct nf_hook_state *state, union nf_inet_addr *addr)
{
	if (state->hook == NF_INET_LOCAL_OUT)
		addr->ip = CONST_BE32(0x7f000001);
	else
		addr->ip = state->in ? inet_select_addr(state->in, 0, RT_SCOPE_UNIVERSE) : 0;
	return addr->ip;
}

/* The first that may be used; for what goes to an address of the link, one of the link. */
static const struct inet6_ifaddr *find_address6(const struct inet6_dev *idev,
						const struct ip6_addr *daddr)
{
	const struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &idev->addr_list, list)
		if (!(ifp->flags & IFA_F_TENTATIVE) &&
		    (!ipv6_addr_is_linklocal(daddr) || ipv6_addr_is_linklocal(&ifp->addr)))
			return ifp;
	return NULL;
}

static bool address6(const struct sk_buff *skb, const struct nf_hook_state *state,
		     union nf_inet_addr *addr)
{
	const struct inet6_ifaddr *ifp;

	if (state->hook == NF_INET_LOCAL_OUT) {
		memcpy(addr, &IN6ADDR_LOOPBACK, sizeof(*addr));
		return true;
	}
	ifp = state->in && state->in->ip6_ptr ?
	      find_address6(state->in->ip6_ptr, &ipv6_hdr(skb)->daddr) : NULL;
	if (ifp)
		memcpy(addr, &ifp->addr, sizeof(*addr));
	return ifp;
}

enum nf_verdict nf_nat_redirect(struct sk_buff *skb, const struct nf_nat_range *range,
				const struct nf_hook_state *state)
{
	struct nf_nat_range to = *range;
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct)
		return NF_ACCEPT;
	to.min_addr = (union nf_inet_addr){ .ip = 0 };
	if (!(state->pf == NFPROTO_IPV4 ? address4(state, &to.min_addr) :
					  address6(skb, state, &to.min_addr)))
		return NF_DROP;
	to.max_addr = to.min_addr;
	to.flags |= NF_NAT_RANGE_MAP_IPS;
	return nf_nat_setup_info(state->net, ct, &to, NF_NAT_MANIP_DST);
}
