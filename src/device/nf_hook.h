/* SPDX-License-Identifier: MIT */
/*
 * netfilter's hooks (row I6): five places in the packet's way, and one at each device, at which
 * registered functions may accept, drop, or take a packet, in order of priority. With none
 * registered a hook costs one test. The rules that use them live above, in net/netfilter/.
 */
#ifndef LINNET_DEVICE_NF_HOOK_H
#define LINNET_DEVICE_NF_HOOK_H

#include "base/list.h"
#include "base/skbuff.h"
#include "base/trace.h"

enum nf_inet_hooks {
	NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT,
	NF_INET_POST_ROUTING, NF_INET_NUMHOOKS,
	NF_NETDEV_INGRESS = NF_INET_NUMHOOKS,	/* a device's own, before all protocols */
};

enum { NFPROTO_IPV4, NFPROTO_IPV6, NFPROTO_NUM, NFPROTO_NETDEV = NFPROTO_NUM };

enum nf_ip_hook_priorities {	/* Linux's numbers */
	NF_IP_PRI_CONNTRACK_DEFRAG = -400, NF_IP_PRI_RAW = -300, NF_IP_PRI_CONNTRACK = -200,
	NF_IP_PRI_MANGLE = -150, NF_IP_PRI_NAT_DST = -100, NF_IP_PRI_FILTER = 0,
	NF_IP_PRI_SECURITY = 50, NF_IP_PRI_NAT_SRC = 100, NF_IP_PRI_CONNTRACK_CONFIRM = INT32_MAX,
};

enum nf_verdict { NF_DROP, NF_ACCEPT, NF_STOLEN };

struct nf_hook_state {
	struct net *net;
	enum nf_inet_hooks hook;
	u8 pf;
	struct net_device *in, *out;
	/* What follows the hook; consumes. */
	int (*okfn)(struct net *net, struct sk_buff *skb);
};

struct straight_run;
struct nf_straight;

/* Takes over all n. */
typedef void (*nf_rest_fn)(struct sk_buff **skb, u32 n);

struct nf_hook_ops {
	struct list_head list;
	/* NF_DROP: the caller frees with NETFILTER_DROP; NF_STOLEN: the function has it. */
	enum nf_verdict (*hook)(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
	/* Several come, one after the other: what hook() will load for them may be asked for.
	 * Changes nothing. NULL: no need. */
	void (*ahead)(struct sk_buff *const *skb, u32 n, const struct nf_hook_state *state);
	/* At a device where no other hook stands: several come. Who is not taken is given to
	 * `rest`, in runs, after what came before has been dealt with. NULL: hook() for each. */
	void (*hook_list)(void *priv, struct sk_buff **skb, u32 n,
			  const struct nf_hook_state *state, nf_rest_fn rest);
	/* There, too: of frames that are no packets yet, those that go straight (straight.h). */
	u32 (*straight)(void *priv, struct straight_run *run);
	/* Where packets are forwarded: what hook() would say of one that is no sk_buff
	 * (nf_straight.h), NF_STOLEN: the packet has to come itself. NULL: always so. */
	enum nf_verdict (*look)(void *priv, struct nf_straight *s,
				const struct nf_hook_state *state);
	/* At PRE_ROUTING, of n frames: how many, from the first on, it may be asked about. */
	u32 (*find)(struct nf_straight *s, u32 n);
	void *priv;
	u8 pf;
	enum nf_inet_hooks hooknum;
	int priority;		/* lowest first; equal ones in order of registration */
};

struct netns_nf {
	struct list_head hooks[NFPROTO_NUM][NF_INET_NUMHOOKS];
};

int nf_net_init(struct net *net);
void nf_net_exit(struct net *net);
void nf_register_net_hook(struct net *net, struct nf_hook_ops *ops);
/* At a device's ingress: frames as they come in, data behind the Ethernet header, a tag beside. */
void nf_register_ingress(struct net_device *dev, struct nf_hook_ops *ops);
void nf_unregister_net_hook(struct nf_hook_ops *ops);
const char *nf_hook_name(enum nf_inet_hooks hook);	/* "PRE_ROUTING" */

/* Runs the hooks; returns true when okfn may follow, else the packet has been consumed. */
bool nf_ingress(struct sk_buff *skb);	/* of skb->dev */
/* All of one device, whose only hook has a hook_list; who may go on is given to `rest`. */
void nf_ingress_list(struct sk_buff **skb, u32 n, nf_rest_fn rest);
bool nf_hook_slow(struct sk_buff *skb, const struct nf_hook_state *state);
/* Of n packets; those that may go on stand first, in their order. Returns how many. */
u32 nf_hook_slow_list(struct sk_buff **skb, u32 n, const struct nf_hook_state *state);
/* A packet that `after` had stolen goes on with the hook behind it, and what follows. Consumes. */
void nf_hook_resume(const struct nf_hook_ops *after, struct sk_buff *skb,
		    const struct nf_hook_state *state);

/*
 * The hook alone: true when all accept, and what okfn does may follow; else the packet has been
 * consumed. Inline, because nearly always there is nothing to run.
 */
static __always_inline bool nf_hook(u8 pf, enum nf_inet_hooks hook, struct net *net,
				    struct sk_buff *skb, struct net_device *in,
				    struct net_device *out,
				    int (*okfn)(struct net *net, struct sk_buff *skb))
{
	if (unlikely(!list_empty(&net->nf->hooks[pf][hook]))) {
		struct nf_hook_state state = {
			.net = net, .hook = hook, .pf = pf, .in = in, .out = out, .okfn = okfn,
		};

		return nf_hook_slow(skb, &state);
	}
	trace_skb(net, nf_hook, skb, hook, TRACE_STR("accept, no rules"));
	return true;
}

/* The same for n packets of one device. Returns how many may go on; they stand first. */
static __always_inline u32 nf_hook_list(u8 pf, enum nf_inet_hooks hook, struct net *net,
					struct sk_buff **skb, u32 n, struct net_device *in,
					int (*okfn)(struct net *net, struct sk_buff *skb))
{
	if (unlikely(!list_empty(&net->nf->hooks[pf][hook]))) {
		struct nf_hook_state state = {
			.net = net, .hook = hook, .pf = pf, .in = in, .okfn = okfn,
		};

		return nf_hook_slow_list(skb, n, &state);
	}
	for (u32 i = 0; unlikely(net->trace) && i < n; i++)
		trace_skb(net, nf_hook, skb[i], hook, TRACE_STR("accept, no rules"));
	return n;
}

/* The hook, and then its _finish: okfn runs when all accept. Consumes in every case. Returns
 * okfn's result, or -EPERM when dropped. */
static __always_inline int NF_HOOK(u8 pf, enum nf_inet_hooks hook, struct net *net,
				   struct sk_buff *skb, struct net_device *in,
				   struct net_device *out,
				   int (*okfn)(struct net *net, struct sk_buff *skb))
{
	if (unlikely(!nf_hook(pf, hook, net, skb, in, out, okfn)))
		return -EPERM;
	return okfn(net, skb);
}

#endif
