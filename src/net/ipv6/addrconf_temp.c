/* SPDX-License-Identifier: MIT */
/*
 * Temporary addresses (RFC 8981; conf.DEV.use_tempaddr 1, 2): beside each address that manages them
 * (a router's prefix made it, or it was added with mngtmpaddr) one whose identifier is of chance,
 * which is deprecated after temp_prefered_lft less a part of chance, and gone after temp_valid_lft.
 * The next one is made REGEN_ADVANCE before. Lifetimes are never longer than the other address's.
 *
 *	made ------------- preferred ---------------+--- deprecated ---> gone
 *	                        next one made ---> made ----- preferred ...
 */
#include "net/ipv6/addrconf_impl.h"
#include "net/ipv6/ra.h"

static ktime_t sec(s64 s)
{
	return s * NSEC_PER_SEC;
}

/* RFC 8981 3.8: as long as it may take until one is found that nobody has. */
static ktime_t regen_advance(const struct inet6_dev *idev)
{
	const struct ipv6_devconf *cnf = &idev->cnf;
	u32 retrans_ms = max(idev->dev->nd_parms->retrans_time_ms, 10u);

	return sec(cnf->regen_min_advance) +
	       cnf->regen_max_retry * cnf->dad_transmits * ms_to_ktime(retrans_ms);
}

/* RFC 8981 3.8: hosts that begin together do not change together. */
static ktime_t desync(struct inet6_dev *idev)
{
	const struct ipv6_devconf *cnf = &idev->cnf;
	s64 most = min((s64)cnf->max_desync_factor,
		       cnf->temp_prefered_lft - regen_advance(idev) / NSEC_PER_SEC);

	if (!idev->has_desync || idev->desync_s > most)
		idev->desync_s = most > 0 ? (s32)prng_below(&idev->dev->net->prng, (u32)most) : 0;
	idev->has_desync = true;
	return sec(idev->desync_s);
}

static struct ip6_addr chance_iid(struct net *net, struct ip6_addr a)
{
	do {
		put_be32(&a.s6_addr[8], (u32)prng_u64(&net->prng));
		put_be32(&a.s6_addr[12], (u32)prng_u64(&net->prng));
	} while (addrconf_is_reserved(&a));
	return a;
}

/* False: it would end before the next one could be there. */
static bool lifetimes(struct inet6_ifaddr *pub, ktime_t *valid, ktime_t *preferred)
{
	struct inet6_dev *idev = pub->idev;
	ktime_t now = idev->dev->net->now, least = now + regen_advance(idev);

	*valid = min(pub->valid_until, now + sec(idev->cnf.temp_valid_lft));
	*preferred = min(pub->preferred_until,
			 now + sec(idev->cnf.temp_prefered_lft) - desync(idev));
	if (*preferred > least)
		return true;
	*preferred = least + sec(1);
	return *preferred <= *valid && *preferred <= pub->preferred_until;
}

static void make(struct inet6_ifaddr *pub)
{
	struct inet6_dev *idev = pub->idev;
	struct net *net = idev->dev->net;
	struct ip6_addr a = chance_iid(net, pub->addr);
	ktime_t valid, preferred;
	struct inet6_ifaddr *ifp;

	if (idev->cnf.use_tempaddr <= 0)
		return;
	if (pub->regen_count++ >= idev->cnf.regen_max_retry) {
		idev->cnf.use_tempaddr = -1;	/* as Linux: somebody has all of them */
		return;
	}
	if (!lifetimes(pub, &valid, &preferred) ||
	    addrconf_add(idev->dev, &a, pub->prefix_len,
			 (u16)(IFA_F_TEMPORARY | addrconf_optimistic(idev)), &ifp))
		return;
	ifp->pub = pub;
	ifp->created = net->now;
	ifp->valid_until = valid;
	ifp->preferred_until = preferred;
}

void addrconf_temp_manage(struct inet6_ifaddr *pub, bool create)
{
	struct inet6_dev *idev = pub->idev;
	struct inet6_ifaddr *ifp;
	bool any = false;

	if (!(pub->flags & IFA_F_MANAGETEMPADDR))
		return;
	list_for_each_entry(ifp, &idev->addr_list, list) {
		any |= ifp->pub != NULL;
		if (ifp->pub != pub)
			continue;
		ifp->valid_until = min(pub->valid_until,
				       ifp->created + sec(idev->cnf.temp_valid_lft));
		ifp->preferred_until = min(pub->preferred_until, ifp->created + sec(
					   idev->cnf.temp_prefered_lft) - desync(idev));
		if (ifp->preferred_until > idev->dev->net->now)
			ifp->flags &= (u16)~IFA_F_DEPRECATED;
	}
	if (create || !any)
		make(pub);
}

/* The first that is due; NULL, and *next is when one will be. */
static struct inet6_ifaddr *due(const struct inet6_dev *idev, ktime_t *next)
{
	struct inet6_ifaddr *ifp;
	ktime_t at;

	*next = KTIME_MAX;
	list_for_each_entry(ifp, &idev->addr_list, list) {
		if (!ifp->pub || ifp->regen_count || ifp->preferred_until == KTIME_MAX)
			continue;
		at = ifp->preferred_until - regen_advance(idev);
		if (at <= idev->dev->net->now && !(ifp->flags & IFA_F_TENTATIVE))
			return ifp;
		if (at > idev->dev->net->now)
			*next = min(*next, at);
	}
	return NULL;
}

ktime_t addrconf_temp_verify(struct inet6_dev *idev)
{
	struct inet6_ifaddr *ifp;
	ktime_t next;

	while ((ifp = due(idev, &next))) {
		ifp->regen_count = 1;
		ifp->pub->regen_count = 0;
		make(ifp->pub);
	}
	return next;
}

void addrconf_temp_failed(struct inet6_ifaddr *ifp)
{
	struct inet6_ifaddr *pub = ifp->pub;

	addrconf_remove(ifp);
	make(pub);
	ra_schedule(pub->idev);
}

void addrconf_temp_forget(struct inet6_ifaddr *pub)
{
	struct inet6_ifaddr *ifp, *next;

	list_for_each_entry_safe(ifp, next, &pub->idev->addr_list, list)
		if (ifp->pub == pub)
			ifp->pub = NULL;
}

void addrconf_temp_delete(struct inet6_ifaddr *pub)
{
	struct inet6_ifaddr *ifp, *next;

	list_for_each_entry_safe(ifp, next, &pub->idev->addr_list, list)
		if (ifp->pub == pub)
			addrconf_remove(ifp);
}
