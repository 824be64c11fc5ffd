/* SPDX-License-Identifier: MIT */
/*
 * Duplicate address detection (RFC 4862 5.4): an address is tentative until nobody objected. Up to
 * a second after its device is up it is asked for (NS from ::), and a retransmission time later it
 * is ours, which its local route makes true; an optimistic one (RFC 4429) has that from the start.
 * Somebody has it: it stays unused, and the next stable or temporary one takes its place.
 */
#include "base/trace.h"
#include "net/ipv6/addrconf_impl.h"
#include "net/ipv6/ra.h"

#define DAD_DELAY_MS 1000u		/* RFC 4861 10: MAX_RTR_SOLICITATION_DELAY */

static void dad_trace(const struct inet6_ifaddr *ifp, const char *what)
{
	struct net_device *dev = ifp->idev->dev;

	trace_dev(dev->net, addrconf_dad, dev, 0, ip6_word(&ifp->addr, 0), ip6_word(&ifp->addr, 1),
		  TRACE_STR(what));
}

/* Without its route it is of no use: it stays tentative until there is memory. */
static void dad_completed(struct inet6_ifaddr *ifp)
{
	struct net *net = ifp->idev->dev->net;

	if (addrconf_local_route(ifp, true)) {
		ifp->dad_probes = 0;
		net_timer_mod(net, &ifp->dad_timer, net->now + NSEC_PER_SEC);
		return;
	}
	ifp->flags &= (u16)~(IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
	dad_trace(ifp, "ours");
	if (ifp->pub)
		ra_schedule(ifp->idev);	/* it has a next one from now on */
	ndisc_send_unsol_na(ifp->idev->dev, ifp);
	if (ipv6_addr_is_linklocal(&ifp->addr)) {
		ipv6_mc_ready(ifp->idev);
		ra_dev_ready(ifp->idev);
	}
}

u16 addrconf_optimistic(const struct inet6_dev *idev)
{
	const struct ipv6_devconf *all = &idev->dev->net->ipv6->conf_all;

	return (idev->cnf.optimistic_dad || all->optimistic_dad) && !all->forwarding ?
	       IFA_F_OPTIMISTIC : 0;
}

void addrconf_dad_failure(struct inet6_ifaddr *ifp)
{
	struct net *net = ifp->idev->dev->net;

	net_timer_del(net, &ifp->dad_timer);
	if (ifp->flags & IFA_F_OPTIMISTIC)
		addrconf_local_route(ifp, false);
	ifp->flags &= (u16)~IFA_F_OPTIMISTIC;
	ifp->flags |= IFA_F_DADFAILED | IFA_F_TENTATIVE;
	dad_trace(ifp, "a duplicate: somebody else has it");
	if (ifp->pub)
		net_timer_mod(net, &ifp->dad_timer, net->now);
	else if (ifp->flags & IFA_F_STABLE_PRIVACY && ifp->stable_retry < IDGEN_RETRIES)
		net_timer_mod(net, &ifp->dad_timer, net->now + IDGEN_DELAY);
}

/* RFC 7217 6: the next one in its place. */
static void stable_again(struct inet6_ifaddr *old)
{
	struct inet6_dev *idev = old->idev;
	struct ip6_addr a = old->addr;
	const struct inet6_ifaddr was = *old;
	u8 retry = (u8)(old->stable_retry + 1);
	struct inet6_ifaddr *ifp;

	if (addrconf_generate(idev, &a, &retry))
		return;
	addrconf_remove(old);
	if (addrconf_add(idev->dev, &a, was.prefix_len,
		     was.flags & (u16)~(IFA_F_DADFAILED | IFA_F_TENTATIVE), &ifp))
		return;
	ifp->stable_retry = retry;
	ifp->valid_until = was.valid_until;
	ifp->preferred_until = was.preferred_until;
}

/* RFC 7527 4.1: 48 bits that nobody else has; of another interface, not even of this machine. */
static u64 new_nonce(const struct inet6_ifaddr *ifp)
{
	const struct net_device *dev = ifp->idev->dev;
	const struct net *net = dev->net;
	u64 mac = 0, nonce;

	if (!ifp->idev->cnf.enhanced_dad && !net->ipv6->conf_all.enhanced_dad)
		return 0;
	memcpy(&mac, dev->dev_addr, ETH_ALEN);
	nonce = siphash_2u64(ip6_word(&ifp->addr, 1) ^ mac, (u64)net->now, &net->secret) >> 16;
	return nonce ? nonce : 1;
}

void addrconf_dad_timer_fn(struct timer *t)
{
	struct inet6_ifaddr *ifp = container_of(t, struct inet6_ifaddr, dad_timer);
	struct net_device *dev = ifp->idev->dev;
	struct ip6_addr group = addrconf_addr_solict_mult(&ifp->addr), any = IN6ADDR_ANY;

	if (ifp->flags & IFA_F_DADFAILED) {
		if (ifp->pub)
			addrconf_temp_failed(ifp);
		else if (ifp->flags & IFA_F_STABLE_PRIVACY)
			stable_again(ifp);
		return;
	}
	if (!ifp->dad_probes) {
		dad_completed(ifp);
		return;
	}
	ifp->dad_probes--;
	net_timer_mod(dev->net, t, dev->net->now + ms_to_ktime(dev->nd_parms->retrans_time_ms));
	dad_trace(ifp, "tentative, who has it?");
	ifp->dad_nonce = new_nonce(ifp);
	ndisc_send_ns(dev, &ifp->addr, &group, &any, ifp->dad_nonce);
}

static bool needs_dad(const struct inet6_ifaddr *ifp)
{
	const struct net_device *dev = ifp->idev->dev;

	return !(dev->flags & (IFF_NOARP_ | IFF_LOOPBACK_)) && !(ifp->flags & IFA_F_NODAD) &&
	       ifp->idev->cnf.accept_dad && ifp->idev->cnf.dad_transmits;
}

/* The device is up. RFC 4862 5.4.2: a random delay, so that hosts that start together part. */
void addrconf_dad_start(struct inet6_ifaddr *ifp)
{
	struct net *net = ifp->idev->dev->net;

	if (!needs_dad(ifp)) {
		dad_completed(ifp);
		return;
	}
	/* Without its route nothing comes to it: it waits as others do. */
	if (ifp->flags & IFA_F_OPTIMISTIC && addrconf_local_route(ifp, true))
		ifp->flags &= (u16)~IFA_F_OPTIMISTIC;
	ifp->dad_probes = ifp->idev->cnf.dad_transmits;
	net_timer_mod(net, &ifp->dad_timer,
		      net->now + ms_to_ktime(prng_below(&net->prng, DAD_DELAY_MS)));
}

/* Those that wait for the device. */
void addrconf_dad_run(struct inet6_dev *idev)
{
	struct inet6_ifaddr *ifp;

	list_for_each_entry(ifp, &idev->addr_list, list)
		if (ifp->flags & IFA_F_TENTATIVE && !(ifp->flags & IFA_F_DADFAILED) &&
		    !timer_pending(&ifp->dad_timer))
			addrconf_dad_start(ifp);
}
