/* SPDX-License-Identifier: MIT */
#include "transport/flowlabel.h"

#include "base/netns.h"
#include "wire/ipv6.h"

static struct ip6_flowlabel *lookup(const struct net *net, u32 label)
{
	struct ip6_flowlabel *fl;

	list_for_each_entry(fl, &net->sock->flowlabels, list)
		if (fl->label == label)
			return fl;
	return NULL;
}

static void fl_free(struct net *net, struct ip6_flowlabel *fl)
{
	struct netns_sock *ns = net->sock;

	list_del_init(&fl->list);
	ns->nr_flowlabels--;
	ns->exclusive_labels -= fl->share != LN_IPV6_FL_S_ANY;
	mem_free(&net->mem, fl, sizeof(*fl));
}

/* Whoever asks for one sees first which of them nobody has any more. */
static void collect(struct net *net)
{
	struct list_head *head = &net->sock->flowlabels, *at, *next;

	for (at = head->next; at != head; at = next) {
		struct ip6_flowlabel *fl = list_entry(at, struct ip6_flowlabel, list);

		next = at->next;
		if (!fl->users && max(fl->lastuse + fl->linger, fl->expires) <= net->now)
			fl_free(net, fl);
	}
}

static void renew(const struct net *net, struct ip6_flowlabel *fl,
		  const struct ln_in6_flowlabel_req *req)
{
	ktime_t linger = max_t(u32, req->flr_linger, FL_MIN_LINGER_S) * NSEC_PER_SEC;
	ktime_t expires = max_t(u32, req->flr_expires, FL_MIN_LINGER_S) * NSEC_PER_SEC;

	fl->lastuse = net->now;
	fl->linger = max(fl->linger, linger);
	fl->expires = max(fl->expires, net->now + max(expires, fl->linger));
}

/* The place in sk's list, or NULL. */
static struct ipv6_fl_socklist **of_sock(const struct sock *sk, u32 label)
{
	struct ipv6_fl_socklist **p;

	if (!sk->rare)
		return NULL;
	for (p = &sk->rare->fl_list; *p; p = &(*p)->next)
		if ((*p)->fl->label == label)
			return p;
	return NULL;
}

static void release(struct sock *sk, struct ipv6_fl_socklist **p)
{
	struct ipv6_fl_socklist *sfl = *p;

	*p = sfl->next;
	sfl->fl->lastuse = sock_net(sk)->now;
	sfl->fl->users--;
	mem_free(&sock_net(sk)->mem, sfl, sizeof(*sfl));
}

static int flowlabel_put(struct sock *sk, const struct ln_in6_flowlabel_req *req)
{
	struct ipv6_fl_socklist **p;

	if (req->flr_flags & LN_IPV6_FL_F_REFLECT)
		return sk->type == LN_SOCK_STREAM ? -ESRCH : -ENOPROTOOPT;
	p = of_sock(sk, be32_to_cpu(req->flr_label));
	if (!p)
		return -ESRCH;
	release(sk, p);
	return 0;
}

static int flowlabel_renew(struct sock *sk, const struct ln_in6_flowlabel_req *req)
{
	struct ipv6_fl_socklist **p = of_sock(sk, be32_to_cpu(req->flr_label));
	struct ip6_flowlabel *fl = p ? (*p)->fl : NULL;

	if (!fl && req->flr_share == LN_IPV6_FL_S_NONE) {
		fl = lookup(sock_net(sk), be32_to_cpu(req->flr_label));
		if (fl && !fl->users)
			fl = NULL;
	}
	if (!fl)
		return -ESRCH;
	renew(sock_net(sk), fl, req);
	return 0;
}

static int check_request(const struct ln_in6_flowlabel_req *req)
{
	struct ip6_addr dst;

	memcpy(&dst, req->flr_dst, sizeof(dst));
	if (be32_to_cpu(req->flr_label) & ~IPV6_FLOWLABEL_MASK || ipv6_addr_any(&dst) ||
	    ipv6_addr_v4mapped(&dst))
		return -EINVAL;
	switch (req->flr_share) {
	case LN_IPV6_FL_S_EXCL:
	case LN_IPV6_FL_S_PROCESS:
	case LN_IPV6_FL_S_USER:
	case LN_IPV6_FL_S_ANY:
		return 0;
	default:
		return -EINVAL;
	}
}

/* sk has it, too. */
static int take(struct sock *sk, struct ip6_flowlabel *fl)
{
	struct ipv6_fl_socklist *sfl = mem_alloc(&sock_net(sk)->mem, sizeof(*sfl));
	struct sock_rare *r = sock_rare_get(sk);

	if (!sfl || !r) {
		mem_free(&sock_net(sk)->mem, sfl, sizeof(*sfl));
		return -ENOMEM;
	}
	*sfl = (struct ipv6_fl_socklist){ r->fl_list, fl };
	r->fl_list = sfl;
	fl->users++;
	return 0;
}

static int share(struct sock *sk, struct ip6_flowlabel *fl, const struct ln_in6_flowlabel_req *req)
{
	int err;

	if (req->flr_flags & LN_IPV6_FL_F_EXCL)
		return -EEXIST;
	if (fl->share == LN_IPV6_FL_S_EXCL || fl->share != req->flr_share)
		return -EPERM;
	err = take(sk, fl);
	if (!err)
		renew(sock_net(sk), fl, req);
	return err;
}

static u32 unused_label(struct net *net)
{
	u32 label;

	do
		label = prng_u32(&net->prng) & IPV6_FLOWLABEL_MASK;
	while (!label || lookup(net, label));
	return label;
}

static int create(struct sock *sk, struct ln_in6_flowlabel_req *req)
{
	struct net *net = sock_net(sk);
	struct netns_sock *ns = net->sock;
	struct ip6_flowlabel *fl;
	int err;

	if (ns->nr_flowlabels >= FL_MAX_SIZE)
		return -ENOBUFS;
	fl = mem_zalloc(&net->mem, sizeof(*fl));
	if (!fl)
		return -ENOMEM;
	fl->label = req->flr_label ? be32_to_cpu(req->flr_label) : unused_label(net);
	fl->share = req->flr_share;
	memcpy(&fl->dst, req->flr_dst, sizeof(fl->dst));
	renew(net, fl, req);
	list_add_tail(&fl->list, &ns->flowlabels);
	ns->nr_flowlabels++;
	ns->exclusive_labels += fl->share != LN_IPV6_FL_S_ANY;
	err = take(sk, fl);
	if (err)
		fl_free(net, fl);
	else
		req->flr_label = cpu_to_be32(fl->label);
	return err;
}

static int flowlabel_get(struct sock *sk, struct ln_in6_flowlabel_req *req)
{
	u32 label = be32_to_cpu(req->flr_label);
	struct ip6_flowlabel *fl;
	int err;

	if (req->flr_flags & LN_IPV6_FL_F_REFLECT)	/* net.ipv6.flowlabel_consistency is 1 */
		return -EPERM;
	err = check_request(req);
	if (err)
		return err;
	collect(sock_net(sk));
	fl = label ? lookup(sock_net(sk), label) : NULL;
	if (fl && fl->users)
		return share(sk, fl, req);
	if (!(req->flr_flags & LN_IPV6_FL_F_CREATE))
		return -ENOENT;
	/* Nobody has it, and it lingers: as who had it. */
	return fl ? share(sk, fl, req) : create(sk, req);
}

int ipv6_flowlabel_opt(struct sock *sk, struct ln_in6_flowlabel_req *req)
{
	switch (req->flr_action) {
	case LN_IPV6_FL_A_GET:
		return flowlabel_get(sk, req);
	case LN_IPV6_FL_A_PUT:
		return flowlabel_put(sk, req);
	case LN_IPV6_FL_A_RENEW:
		return flowlabel_renew(sk, req);
	default:
		return -EINVAL;
	}
}

bool fl6_sock_may_send(const struct sock *sk, u32 label)
{
	return likely(!sock_net(sk)->sock->exclusive_labels) || !label || of_sock(sk, label);
}

void fl6_free_socklist(struct sock *sk)
{
	while (sk->rare->fl_list)
		release(sk, &sk->rare->fl_list);
}

void fl6_net_exit(struct net *net)
{
	struct list_head *head = &net->sock->flowlabels;

	while (!list_empty(head))
		fl_free(net, list_first_entry(head, struct ip6_flowlabel, list));
}
