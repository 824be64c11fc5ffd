/* SPDX-License-Identifier: MIT */
/* conntrack -G, -I, -U: one connection, a new one, other marks and times. */
#include "ctl/args.h"
#include "ctl/ct_show.h"
#include "net/netfilter/nf_conntrack_ecache.h"

static int done(struct ctl *c, u32 n, const char *what)
{
	sb_printf(c->out, "conntrack v1.4.7 (conntrack-tools): %u flow entries have been %s.\n", n,
		  what);
	return 0;
}

/* From whom to whom; both ends and the protocol have to be said. */
static int tuple_of(struct ctl *c, const struct ct_listing *l, struct nf_conntrack_tuple *t)
{
	if (!l->has_src || !l->has_dst || !l->protonum)
		return ctl_fail(c, -EINVAL, "conntrack: -s, -d and -p say which connection it is");
	if (l->src_pf != l->dst_pf)
		return ctl_fail(c, -EINVAL, "conntrack: both addresses are of one family");
	if ((l->protonum == 6 || l->protonum == 17) && (!l->sport || !l->dport))
		return ctl_fail(c, -EINVAL, "conntrack: --sport and --dport have to be said");
	*t = (struct nf_conntrack_tuple){
		.src = l->src, .dst = l->dst, .sport = l->sport, .dport = l->dport,
		.l3num = l->src_pf, .protonum = l->protonum,
		.zone = l->zone > 0 ? (u16)l->zone : 0,
	};
	return 0;
}

static int get_one(struct ctl *c, struct ct_listing *l)
{
	const struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple t;
	int err = tuple_of(c, l, &t);

	if (err)
		return err;
	h = nf_conntrack_find(c->net, &t);
	if (!h || !nf_ct_is_confirmed(nf_ct_tuplehash_to_ctrack(h)) ||
	    !ct_put_conn(nf_ct_tuplehash_to_ctrack(h), l))
		return ctl_fail(c, -ENOENT, "conntrack v1.4.7 (conntrack-tools): Operation failed: "
				"such conntrack doesn't exist");
	return done(c, l->shown, "shown");
}

/* What was said of it that a listing would choose by is what it becomes. events: told besides. */
static void change(struct net *net, struct nf_conn *ct, const struct ct_listing *l,
		   u32 events)
{
	if (l->has_mark)
		ct->mark = (ct->mark & ~l->mark_mask) | l->mark;
	if (l->state >= 0 && nf_ct_protonum(ct) == 6)
		ct->proto.tcp.state = (u8)l->state;
	ct->status |= l->status & (IPS_ASSURED | IPS_SEEN_REPLY);
	if (l->timeout >= 0)
		ct->expires = net->now + sec_to_ktime(l->timeout);
	if (nf_ct_is_watched(net))
		nf_conntrack_event(net, ct, events | BIT(IPCT_PROTOINFO) | BIT(IPCT_MARK));
}

struct changed {
	struct ct_listing *by;		/* what is to become of them */
	struct ct_listing who;
	struct net *net;
};

static int change_one(const struct nf_conn *ct, void *ctx)
{
	struct changed *u = ctx;

	if (!ct_chosen(&u->who, ct))
		return 0;
	change(u->net, (struct nf_conn *)(uintptr_t)ct, u->by, 0);
	ct_put_conn(ct, &u->who);
	return 0;
}

static int update(struct ctl *c, struct ct_listing *l)
{
	struct changed u = { .by = l, .who = *l, .net = c->net };

	if (l->status & ~(u32)(IPS_ASSURED | IPS_SEEN_REPLY) || l->status_not || l->any_nat)
		return ctl_fail(c, -EINVAL, "conntrack: a connection's NAT stays as it is, and who "
				"was answered was answered");
	u.who.has_mark = false;
	u.who.state = -1;
	u.who.status = 0;
	nf_ct_for_each(c->net, change_one, &u);
	return done(c, u.who.shown, "updated");
}

static int insert(struct ctl *c, struct ct_listing *l)
{
	struct nf_conntrack_tuple t;
	struct nf_conn *ct;
	int err = tuple_of(c, l, &t);

	if (err)
		return err;
	if (l->timeout < 0 || (l->protonum == 6 && l->state < 0))
		return ctl_fail(c, -EINVAL, "conntrack: a new connection has a time (-t), and, of "
				"TCP, a state (--state)");
	if (l->protonum != 6 && l->protonum != 17)
		return ctl_fail(c, -EINVAL, "conntrack: new connections are of tcp or udp");
	if (l->has_reply_src || l->has_reply_dst || l->status & IPS_NAT_MASK || l->any_nat)
		return ctl_fail(c, -EINVAL, "conntrack: NAT is decided by rules: -r, -q, -n, -g "
				"are not for new connections");
	err = nf_conntrack_create(c->net, &t, &ct);
	if (err == -EEXIST)
		return ctl_fail(c, err, "conntrack v1.4.7 (conntrack-tools): Operation failed: "
				"such conntrack exists, try -U to update");
	if (err)
		return ctl_fail(c, err, "conntrack: no place for another connection");
	change(c->net, ct, l, BIT(IPCT_NEW));
	return done(c, 1, "created");
}

int ct_change(struct ctl *c, const char *command, struct ct_listing *l)
{
	if (arg_is(command, "-G") || arg_is(command, "--get"))
		return get_one(c, l);
	if (arg_is(command, "-U") || arg_is(command, "--update"))
		return update(c, l);
	if (arg_is(command, "-I") || arg_is(command, "--create"))
		return insert(c, l);
	return -ENODATA;
}
