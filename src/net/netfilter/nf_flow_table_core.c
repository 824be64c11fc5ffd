/* SPDX-License-Identifier: MIT */
/* Which connections a flow table has, from when, and till when. */
#include "net/netfilter/nf_flow_table.h"

#include "base/assert.h"
#include "net/netfilter/nf_nat.h"
#include "wire/ipv4.h"

#define GC_PERIOD NSEC_PER_SEC
#define GC_PART 8			/* of the table, each time */
#define GC_CHAINS_MIN 64
#define CT_DAY (86400 * NSEC_PER_SEC)

static u32 hash_of(const struct hlist_node *n)
{
	return container_of((uintptr_t)n, struct flow_offload_tuple, node)->hash;
}

static bool is_tcp(const struct nf_conn *ct)
{
	return nf_ct_protonum(ct) == IP_PROTO_TCP;
}

/* ---- end ---- */

static void flow_free(struct nf_flowtable *ft, struct flow_offload *flow)
{
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++)
		dst_release(flow->tuple[dir].dst);
	nfct_put(ft->net, (uintptr_t)flow->ct);
	kmem_cache_free(&ft->cache, flow);
}

static void unhash(struct nf_flowtable *ft, struct flow_offload *flow)
{
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		if (!hlist_unhashed(&flow->tuple[dir].node))
			inet_table_del(&ft->hash, &ft->net->mem, &flow->tuple[dir].node);
		flow->tuple[dir].gone = true;
	}
}

static void flow_del(struct nf_flowtable *ft, struct flow_offload *flow)
{
	flow->ct->status &= ~(u32)IPS_OFFLOAD;
	unhash(ft, flow);
	if (!ft->busy) {
		flow_free(ft, flow);
		return;
	}
	flow->next = ft->ended;
	ft->ended = flow;
}

void nf_flow_end(struct nf_flowtable *ft)
{
	struct flow_offload *flow;

	if (--ft->busy)
		return;
	while ((flow = ft->ended)) {
		ft->ended = flow->next;
		flow_free(ft, flow);
	}
}

static ktime_t flow_timeout(const struct net *net, const struct nf_conn *ct)
{
	return sec_to_ktime(is_tcp(ct) ? net->sysctl.nf_flowtable_tcp_timeout :
					 net->sysctl.nf_flowtable_udp_timeout);
}

/* The connection's own time, of which the silence here was a part. */
static ktime_t time_left(const struct net *net, const struct nf_conn *ct)
{
	ktime_t all;

	if (is_tcp(ct))
		all = nf_ct_tcp_timeout(net, ct);
	else
		all = sec_to_ktime(ct->status & IPS_SEEN_REPLY ?
				   net->sysctl.nf_ct_udp_timeout_stream :
				   net->sysctl.nf_ct_udp_timeout);
	return max_t(ktime_t, all - flow_timeout(net, ct), 0);
}

void nf_flow_teardown(struct nf_flowtable *ft, struct flow_offload *flow)
{
	struct nf_conn *ct = flow->ct;
	ktime_t until = ft->net->now + time_left(ft->net, ct);

	for (u32 dir = 0; is_tcp(ct) && dir < IP_CT_DIR_MAX; dir++)
		nf_ct_tcp_return(ct, (enum ip_conntrack_dir)dir,
				 flow->tuple[dir].acked ? &flow->tuple[dir].ack : NULL);
	if (!(ct->status & IPS_FIXED_TIMEOUT))
		ct->expires = until;
	flow_del(ft, flow);
}

/* ---- begin ---- */

/* What rewriting adds to the checksums of a packet that has the key's addresses and ports. */
static void set_target(struct flow_offload_tuple *t, const struct nf_conntrack_tuple *to)
{
	wsum sum = 0;

	t->nat = (u8)(memcmp(&to->src, &t->key.src, 16) || to->sport != t->key.sport ?
		      BIT(NF_NAT_MANIP_SRC) : 0);
	t->nat |= (u8)(memcmp(&to->dst, &t->key.dst, 16) || to->dport != t->key.dport ?
		       BIT(NF_NAT_MANIP_DST) : 0);
	t->saddr = to->src.ip;
	t->daddr = to->dst.ip;
	t->port[0] = to->sport;
	t->port[1] = to->dport;
	for (u32 i = 0; i < 4; i++) {
		sum = csum_add(sum, csum_sub(to->src.all[i], t->key.src.all[i]));
		sum = csum_add(sum, csum_sub(to->dst.all[i], t->key.dst.all[i]));
	}
	t->header_sum = csum_sub(sum, CONST_BE16(0x0100));
	t->upper_sum = csum_add(sum, csum_add(csum_sub(t->port[0], t->key.sport),
					      csum_sub(t->port[1], t->key.dport)));
}

static void set_tuple(struct nf_flowtable *ft, struct flow_offload *flow,
		      enum ip_conntrack_dir dir, struct net_device *in, struct dst_entry *dst)
{
	struct flow_offload_tuple *t = &flow->tuple[dir];
	struct nf_conn *ct = flow->ct;
	struct nf_conntrack_tuple to;

	t->dir = (u8)dir;
	t->key = *nf_ct_tuple(ct, dir);
	t->key.zone = 0;
	nf_ct_invert_tuple(&to, nf_ct_tuple(ct, !dir));
	set_target(t, &to);
	t->hash = nf_flow_hash(ft, &t->key);
	t->in = in;
	t->dst = dst;
	t->used = ft->net->now;
	if (is_tcp(ct))
		t->acked = nf_ct_tcp_leave(ct, dir, &t->ack, &t->window);
}

static bool is_taken(const struct nf_flowtable *ft, const struct flow_offload_tuple *t)
{
	const struct flow_offload_tuple *o;

	inet_table_for_each(o, &ft->hash, t->hash, node)
		if (o->hash == t->hash && o->in == t->in && nf_ct_tuple_equal(&o->key, &t->key))
			return true;
	return false;
}

static int flow_hash_in(struct nf_flowtable *ft, struct flow_offload *flow)
{
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++) {
		if (is_taken(ft, &flow->tuple[dir]))
			return -EEXIST;
		if (!inet_table_add(&ft->hash, &ft->net->mem, &flow->tuple[dir].node, hash_of))
			return -ENOMEM;
	}
	return 0;
}

int nf_flow_add(struct nf_flowtable *ft, struct nf_conn *ct,
		struct dst_entry *const dst[IP_CT_DIR_MAX],
		struct net_device *const in[IP_CT_DIR_MAX])
{
	struct flow_offload *flow = kmem_cache_alloc(&ft->cache);
	int err;

	if (!flow) {
		dst_release(dst[0]);
		dst_release(dst[1]);
		return -ENOMEM;
	}
	memset(flow, 0, sizeof(*flow));
	flow->ct = ct;
	ct->general.use++;
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++)
		set_tuple(ft, flow, (enum ip_conntrack_dir)dir, in[dir], dst[dir]);
	err = flow_hash_in(ft, flow);
	if (err) {
		unhash(ft, flow);
		flow_free(ft, flow);
		return err;
	}
	nf_ct_refresh(ft->net, ct, CT_DAY);
	ct->status |= IPS_OFFLOAD;
	if (!timer_pending(&ft->gc))
		net_timer_mod(ft->net, &ft->gc, ft->net->now + GC_PERIOD);
	return 0;
}

/* ---- time goes by ---- */

static bool is_silent(const struct nf_flowtable *ft, const struct flow_offload *flow)
{
	ktime_t used = max(flow->tuple[0].used, flow->tuple[1].used);

	return ft->net->now - used >= flow_timeout(ft->net, flow->ct);
}

/* Tracking sees nothing of it: the connection lives as long as the flow. */
static void keep_connection(const struct net *net, struct nf_conn *ct)
{
	if (ct->expires - net->now < CT_DAY / 2 && !(ct->status & IPS_FIXED_TIMEOUT))
		ct->expires = net->now + CT_DAY;
}

/* Does that flow go now? */
typedef bool (*flow_goes_fn)(const struct nf_flowtable *ft, const struct flow_offload *flow,
			     const struct net_device *dev);

/* False: there is no such chain. The table may go with the last flow: the chain is begun again. */
static bool clear_chain(struct nf_flowtable *ft, u64 i, flow_goes_fn goes,
			const struct net_device *dev)
{
	struct flow_offload_tuple *t;
	struct hlist_head *head;
again:
	head = inet_table_chain(&ft->hash, i);
	if (!head)
		return false;
	hlist_for_each_entry(t, head, node)
		if (goes(ft, nf_flow_of(t), dev)) {
			nf_flow_teardown(ft, nf_flow_of(t));
			goto again;
		}
	return true;
}

static bool is_over(const struct nf_flowtable *ft, const struct flow_offload *flow,
		    const struct net_device *dev)
{
	(void)dev;
	if (is_silent(ft, flow) || flow->tuple[0].dst->obsolete || flow->tuple[1].dst->obsolete)
		return true;
	keep_connection(ft->net, flow->ct);
	return false;
}

static void gc_run(struct timer *timer)
{
	struct nf_flowtable *ft = container_of(timer, struct nf_flowtable, gc);
	u64 n = max_t(u64, (ft->hash.mask + 1ull) / GC_PART, GC_CHAINS_MIN);

	while (n--)
		if (!clear_chain(ft, ft->gc_next++, is_over, NULL)) {
			ft->gc_next = 0;
			break;
		}
	if (ft->hash.count)
		net_timer_mod(ft->net, &ft->gc, ft->net->now + GC_PERIOD);
}

/* ---- who goes with what ---- */

static struct flow_offload *find_flow(const struct nf_flowtable *ft, const struct nf_conn *ct)
{
	struct nf_conntrack_tuple key = *nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	struct flow_offload_tuple *t;

	key.zone = 0;
	inet_table_for_each(t, &ft->hash, nf_flow_hash(ft, &key), node)
		if (nf_flow_of(t)->ct == ct)
			return nf_flow_of(t);
	return NULL;
}

void nf_flow_forget(struct net *net, struct nf_conn *ct)
{
	struct flow_offload *flow;
	struct nf_flowtable *ft;

	list_for_each_entry(ft, &net->ct->flowtables, list) {
		flow = find_flow(ft, ct);
		if (flow) {
			flow_del(ft, flow);
			return;
		}
	}
}

/* dev NULL: all. */
static bool concerns(const struct nf_flowtable *ft, const struct flow_offload *flow,
		     const struct net_device *dev)
{
	(void)ft;
	for (u32 dir = 0; dir < IP_CT_DIR_MAX; dir++)
		if (!dev || flow->tuple[dir].in == dev || flow->tuple[dir].dst->dev == dev)
			return true;
	return false;
}

void nf_flowtable_forget_dev(struct nf_flowtable *ft, const struct net_device *dev)
{
	for (u64 i = 0; clear_chain(ft, i, concerns, dev); i++)
		;
}

void nf_flowtable_init(struct net *net, struct nf_flowtable *ft, const char *name)
{
	*ft = (struct nf_flowtable){ .net = net, .name = name };
	kmem_cache_init(&ft->cache, &net->mem, "nf_flow", sizeof(struct flow_offload));
	timer_init(&ft->gc, gc_run);
	list_add_tail(&ft->list, &net->ct->flowtables);
}

void nf_flowtable_exit(struct nf_flowtable *ft)
{
	ln_assert(!ft->busy);
	nf_flowtable_forget_dev(ft, NULL);
	net_timer_del(ft->net, &ft->gc);
	inet_table_exit(&ft->hash, &ft->net->mem);
	kmem_cache_exit(&ft->cache);
	list_del_init(&ft->list);
}
