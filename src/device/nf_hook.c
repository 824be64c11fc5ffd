/* SPDX-License-Identifier: MIT */
#include "device/nf_hook.h"

#include "base/assert.h"
#include "base/trace.h"
#include "device/netdevice.h"

int nf_net_init(struct net *net)
{
	struct netns_nf *nf = mem_alloc(&net->mem, sizeof(*nf));

	if (!nf)
		return -ENOMEM;
	for (u32 pf = 0; pf < NFPROTO_NUM; pf++)
		for (u32 hook = 0; hook < NF_INET_NUMHOOKS; hook++)
			list_init(&nf->hooks[pf][hook]);
	net->nf = nf;
	return 0;
}

void nf_net_exit(struct net *net)
{
	mem_free(&net->mem, net->nf, sizeof(*net->nf));
	net->nf = NULL;
}

static void add_by_priority(struct list_head *head, struct nf_hook_ops *ops)
{
	struct list_head *at;

	for (at = head->prev; at != head; at = at->prev)
		if (list_entry(at, struct nf_hook_ops, list)->priority <= ops->priority)
			break;
	list_add(&ops->list, at);
}

void nf_register_net_hook(struct net *net, struct nf_hook_ops *ops)
{
	ln_assert(ops->pf < NFPROTO_NUM && ops->hooknum < NF_INET_NUMHOOKS);
	add_by_priority(&net->nf->hooks[ops->pf][ops->hooknum], ops);
}

void nf_register_ingress(struct net_device *dev, struct nf_hook_ops *ops)
{
	add_by_priority(&dev->nf_ingress, ops);
}

void nf_unregister_net_hook(struct nf_hook_ops *ops)
{
	list_del_init(&ops->list);
}

const char *nf_hook_name(enum nf_inet_hooks hook)
{
	static const char names[][16] = {
		"PRE_ROUTING", "LOCAL_IN", "FORWARD", "LOCAL_OUT", "POST_ROUTING", "INGRESS",
	};

	ln_assert(hook <= NF_NETDEV_INGRESS);
	return names[hook];
}

static struct list_head *hooks_of(const struct nf_hook_state *state)
{
	return &state->net->nf->hooks[state->pf][state->hook];
}

/* Those from `first` on, up to the list's head. */
static bool run_hooks(struct list_head *first, const struct list_head *head, struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	struct list_head *next;

	for (; first != head; first = next) {
		struct nf_hook_ops *ops = list_entry(first, struct nf_hook_ops, list);

		next = first->next;
		switch (ops->hook(ops->priv, skb, state)) {
		case NF_ACCEPT:
			continue;
		case NF_DROP:
			trace_skb(state->net, nf_hook, skb, state->hook, TRACE_STR("drop"));
			kfree_skb_reason(skb, SKB_DROP_REASON_NETFILTER_DROP);
			return false;
		case NF_STOLEN:
			return false;
		}
	}
	trace_skb(state->net, nf_hook, skb, state->hook, TRACE_STR("accept"));
	return true;
}

bool nf_hook_slow(struct sk_buff *skb, const struct nf_hook_state *state)
{
	return run_hooks(hooks_of(state)->next, hooks_of(state), skb, state);
}

u32 nf_hook_slow_list(struct sk_buff **skb, u32 n, const struct nf_hook_state *state)
{
	const struct list_head *head = hooks_of(state);
	struct nf_hook_ops *ops;
	u32 kept = 0;

	list_for_each_entry(ops, head, list)
		if (ops->ahead && n > 1)
			ops->ahead(skb, n, state);
	for (u32 i = 0; i < n; i++)
		if (run_hooks(head->next, head, skb[i], state))
			skb[kept++] = skb[i];
	return kept;
}

bool nf_ingress(struct sk_buff *skb)
{
	struct nf_hook_state state = {
		.net = skb->net, .hook = NF_NETDEV_INGRESS, .pf = NFPROTO_NETDEV, .in = skb->dev,
	};

	return run_hooks(skb->dev->nf_ingress.next, &skb->dev->nf_ingress, skb, &state);
}

void nf_ingress_list(struct sk_buff **skb, u32 n, nf_rest_fn rest)
{
	struct net_device *dev = skb[0]->dev;
	const struct nf_hook_ops *ops = list_first_entry(&dev->nf_ingress, struct nf_hook_ops,
							 list);
	struct nf_hook_state state = {
		.net = dev->net, .hook = NF_NETDEV_INGRESS, .pf = NFPROTO_NETDEV, .in = dev,
	};

	ops->hook_list(ops->priv, skb, n, &state, rest);
}

void nf_hook_resume(const struct nf_hook_ops *after, struct sk_buff *skb,
		    const struct nf_hook_state *state)
{
	if (run_hooks(after->list.next, hooks_of(state), skb, state))
		state->okfn(state->net, skb);
}
