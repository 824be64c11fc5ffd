/* SPDX-License-Identifier: MIT */
/*
 * Connection tracking (row I6): which packets belong together, and how far their talk has come.
 *
 * A connection is known by two tuples: the original one, of its first packet, and the reply's,
 * which NAT may make something else than the original turned round. Both stand in one table.
 *
 *	PRE_ROUTING, LOCAL_OUT	-400	nf_defrag: pieces are put together
 *				-200	nf_conntrack_in: the packet gets its connection
 *	LOCAL_IN, POST_ROUTING	last	nf_confirm: nobody dropped the packet, so the new one stays
 *	POST_ROUTING		last	IPv6: what was put together here is cut again as it was
 *
 * A new connection that is not confirmed lives as long as its packets; only its original tuple is
 * in the table, so that what comes right behind, in the same batch, finds it. (Linux enters both
 * with the confirmation, and sorts out who lost a race.)
 *
 * Time: each packet sets when the connection ends unless another one comes (by protocol and state:
 * nf_conntrack_proto_*.c). Who is past it is dead to every lookup; a timer that runs once a second
 * takes an eighth of the table, so that the dead are gone within eight.
 *
 * Memory: nf_conntrack_max connections; at the limit a new one takes the place of one that was
 * never answered, found near its place in the table (early drop), or its packet is dropped.
 * Tracking costs nothing until something needs it: nf_ct_netns_get() registers the hooks.
 *
 * Helpers (FTP, TFTP) read connections, and expect others: nf_conntrack_helper.h.
 *
 * Who watches is told of what begins, changes and ends: nf_conntrack_ecache.h.
 *
 * Not there: time stamps.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_H

#include "base/inet_table.h"
#include "base/kmem_cache.h"
#include "device/nf_hook.h"
#include "net/netfilter/nf_conntrack_tuple.h"

/* nf_conn.status: Linux's bits */
enum ip_conntrack_status {
	IPS_EXPECTED = BIT(0),		/* another one said that it would come */
	IPS_SEEN_REPLY = BIT(1),	/* it was answered */
	IPS_ASSURED = BIT(2),		/* both sides meant it: no early drop */
	IPS_CONFIRMED = BIT(3),		/* its first packet went through: both tuples count */
	IPS_SRC_NAT = BIT(4),		/* the original direction's source is rewritten */
	IPS_DST_NAT = BIT(5),
	IPS_NAT_MASK = IPS_SRC_NAT | IPS_DST_NAT,
	IPS_SEQ_ADJUST = BIT(6),	/* nf_conntrack_seqadj.h */
	IPS_SRC_NAT_DONE = BIT(7),	/* it was decided how, or that not */
	IPS_DST_NAT_DONE = BIT(8),
	IPS_NAT_DONE_MASK = IPS_SRC_NAT_DONE | IPS_DST_NAT_DONE,
	IPS_DYING = BIT(9),		/* out of the table; packets still hold it */
	IPS_FIXED_TIMEOUT = BIT(10),
	IPS_HELPER = BIT(13),		/* a rule gave it one */
	IPS_TEMPLATE = BIT(11),		/* no connection: what a rule says of one to come */
	IPS_OFFLOAD = BIT(14),		/* a flow table passes its packets on (nf_flow_table.h) */
};

enum tcp_conntrack {		/* Linux's numbers */
	TCP_CONNTRACK_NONE, TCP_CONNTRACK_SYN_SENT, TCP_CONNTRACK_SYN_RECV,
	TCP_CONNTRACK_ESTABLISHED, TCP_CONNTRACK_FIN_WAIT, TCP_CONNTRACK_CLOSE_WAIT,
	TCP_CONNTRACK_LAST_ACK, TCP_CONNTRACK_TIME_WAIT, TCP_CONNTRACK_CLOSE,
	TCP_CONNTRACK_SYN_SENT2, TCP_CONNTRACK_MAX,
};

struct ip_ct_tcp_state {	/* what one side has sent, as far as it was seen */
	u32 td_end;		/* highest seq + len */
	u32 td_maxend;		/* highest ack + window of the other side: what it may send */
	u32 td_maxwin;		/* its largest window, scaled */
	u32 td_maxack;		/* its highest ack, when IP_CT_TCP_FLAG_MAXACK_SET */
	u8 td_scale;
	u8 flags;		/* IP_CT_TCP_FLAG_* */
};

struct ip_ct_tcp {
	struct ip_ct_tcp_state seen[IP_CT_DIR_MAX];
	u32 last_seq, last_ack, last_end;	/* of the last packet */
	u16 last_win;
	u8 state;		/* enum tcp_conntrack */
	u8 last_dir, last_index, last_flags, last_wscale;
	u8 retrans;		/* the same packet so many times */
};

/* Lines of the cache: what each packet looks at; each direction's tuple; the rest. */
struct nf_conn {
	struct nf_conntrack general;
	u32 status;			/* IPS_* */
	s32 masq_index;			/* masquerade: the device whose address it took; 0 = none */
	ktime_t expires;		/* once confirmed; before, the time that it shall have */
	ktime_t udp_stream_at;		/* UDP: answered, and older than that: a stream */
	struct nf_conn *master;		/* it is related to; a reference, or NULL */
	struct nf_ct_ext *ext;		/* nf_conntrack_extend.h, or NULL */
	u32 mark;
	u32 nat_bysource_hash;
	u16 events;			/* nf_conntrack_ecache.h: to be told with the packet */
	struct nf_conntrack_tuple_hash tuplehash[IP_CT_DIR_MAX] __aligned(64);
	struct hlist_node nat_bysource;	/* of netns_ct.nat_bysource, once source NAT was decided */
	u64 packets[IP_CT_DIR_MAX], bytes[IP_CT_DIR_MAX];	/* with nf_conntrack_acct */
	union {
		struct ip_ct_tcp tcp;
	} proto;
};

struct ip_conntrack_stat {	/* of `conntrack -S` */
	u64 found, invalid, insert, insert_failed, drop, early_drop;
};

struct netns_ct {
	struct inet_table hash;		/* nf_conntrack_tuple_hash.node */
	struct inet_table nat_bysource;	/* nf_conn.nat_bysource, by original source */
	struct kmem_cache cache;
	struct nf_hook_ops *ops[NFPROTO_NUM];	/* while users > 0 */
	struct netns_nat *nat;		/* nf_nat.h; NULL: no NAT */
	struct netns_nft *nft;		/* nft.h */
	struct nf_conn *templates;	/* nf_conntrack_zone.h */
	struct list_head expects;	/* nf_conntrack_expect.h */
	u32 expect_count;
	struct list_head watchers;	/* nf_conntrack_ecache.h */
	struct list_head flowtables;	/* nf_flow_table.h */
	struct timer gc;
	u64 gc_next;			/* chain to begin with */
	u32 count, users[NFPROTO_NUM];
	struct ip_conntrack_stat stat;
	struct net *net;
};

int nf_conntrack_net_init(struct net *net);
void nf_conntrack_net_exit(struct net *net);

enum { NF_CT_IPV4 = BIT(NFPROTO_IPV4), NF_CT_IPV6 = BIT(NFPROTO_IPV6),
       NF_CT_INET = NF_CT_IPV4 | NF_CT_IPV6 };

/* Somebody needs connections of these families (a rule that asks for them, NAT): tracking begins
 * with the first, and ends, with all connections, when the last has put it. -ENOMEM. */
int nf_ct_netns_get(struct net *net, u32 families);
void nf_ct_netns_put(struct net *net, u32 families);

/* nf_conntrack_in.c: what stands at the hooks. */
enum nf_verdict nf_conntrack_in(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);
void nf_conntrack_ahead(struct sk_buff *const *skb, u32 n, const struct nf_hook_state *state);
enum nf_verdict nf_confirm(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

/* ---- a packet's connection ---- */

/* Borrowed; NULL: invalid, or not tracked (then *info is IP_CT_UNTRACKED). */
static inline struct nf_conn *nf_ct_get(const struct sk_buff *skb, enum ip_conntrack_info *info)
{
	*info = (enum ip_conntrack_info)(skb->nfct & NFCT_INFOMASK);
	return (struct nf_conn *)(skb->nfct & ~NFCT_INFOMASK);
}

/* Takes over the caller's reference; ct may be NULL. */
void nf_ct_set(struct sk_buff *skb, struct nf_conn *ct, enum ip_conntrack_info info);

static inline struct nf_conn *nf_ct_tuplehash_to_ctrack(const struct nf_conntrack_tuple_hash *h)
{
	return container_of((uintptr_t)(h - h->dir), struct nf_conn, tuplehash[0]);
}

static inline enum ip_conntrack_dir ctinfo2dir(enum ip_conntrack_info info)
{
	return info >= IP_CT_IS_REPLY ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
}

static inline const struct nf_conntrack_tuple *nf_ct_tuple(const struct nf_conn *ct,
							   enum ip_conntrack_dir dir)
{
	return &ct->tuplehash[dir].tuple;
}

static inline u8 nf_ct_protonum(const struct nf_conn *ct)
{
	return ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.protonum;
}

/* The packet goes on without a connection (notrack). */
static inline void nf_ct_untrack(struct sk_buff *skb)
{
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
}

/* ---- the table ---- */

/* Who has this tuple, in either direction, and is alive; borrowed, or NULL. */
struct nf_conntrack_tuple_hash *nf_conntrack_find(struct net *net,
						  const struct nf_conntrack_tuple *tuple);
/* Before it is confirmed: NAT decides what replies look like. */
void nf_conntrack_alter_reply(struct net *net, struct nf_conn *ct,
			      const struct nf_conntrack_tuple *reply);
/* Somebody else than `ct` has it, or will have it as soon as he is confirmed. */
bool nf_conntrack_tuple_taken(struct net *net, const struct nf_conntrack_tuple *tuple,
			      const struct nf_conn *ct);
/* One that nothing was seen of: its windows are not judged. It is the table's, and ends at once
 * unless it gets a time. -EEXIST: another one has its tuple, or its reply's; -ENOMEM. */
int nf_conntrack_create(struct net *net, const struct nf_conntrack_tuple *orig,
			struct nf_conn **ct);
/* Out of the table. The packets that hold it go on. */
void nf_ct_kill(struct net *net, struct nf_conn *ct);
/* All for which fn says true are killed; returns how many. */
u32 nf_ct_iterate_cleanup(struct net *net, bool (*fn)(const struct nf_conn *ct, void *ctx),
			  void *ctx);
/* All that are alive and confirmed; stops when fn returns non-zero, and returns that. */
int nf_ct_for_each(struct net *net, int (*fn)(const struct nf_conn *ct, void *ctx), void *ctx);

static inline bool nf_ct_is_confirmed(const struct nf_conn *ct)
{
	return ct->status & IPS_CONFIRMED;
}

static inline bool nf_ct_is_expired(const struct net *net, const struct nf_conn *ct)
{
	return nf_ct_is_confirmed(ct) && ct->expires <= net->now;
}

/* It ends when nothing comes for so long. While a flow table has it, that sees to its time. */
static inline void nf_ct_refresh(const struct net *net, struct nf_conn *ct, ktime_t timeout)
{
	if (!(ct->status & (IPS_FIXED_TIMEOUT | IPS_OFFLOAD)))
		ct->expires = nf_ct_is_confirmed(ct) ? net->now + timeout : timeout;
}

/* ---- protocols (nf_conntrack_proto_*.c) ---- */

struct nf_ct_packet {			/* on its way through conntrack */
	struct net *net;
	struct sk_buff *skb;
	u32 dataoff;			/* of the transport header, from skb->data */
	u8 pf, protonum;
	enum nf_inet_hooks hook;
	u16 zone;			/* nf_conntrack_zone.h; 0 for nearly all */
	u8 zone_dir;
};

enum nf_ct_verdict {
	NF_CT_ACCEPT,
	NF_CT_IGNORE,			/* accepted; it says nothing new, and is not counted */
	NF_CT_INVALID,			/* the packet goes on without a connection */
	NF_CT_DROP,
	NF_CT_AGAIN,			/* the connection was killed: the packet begins a new one */
};

struct nf_conntrack_l4proto {
	char name[8];			/* "tcp" */
	/* The ports, or what stands for them, from the packet; false: it is too short. */
	bool (*pkt_to_tuple)(struct sk_buff *skb, u32 dataoff, struct nf_conntrack_tuple *tuple);
	/* False: there is no reply to such a packet. */
	bool (*invert_tuple)(struct nf_conntrack_tuple *inverse,
			     const struct nf_conntrack_tuple *orig);
	enum nf_ct_verdict (*packet)(const struct nf_ct_packet *p, struct nf_conn *ct,
				     enum ip_conntrack_info info);
	bool (*can_early_drop)(const struct nf_conn *ct);	/* though assured; NULL: no */
};

extern const struct nf_conntrack_l4proto nf_conntrack_l4proto_tcp, nf_conntrack_l4proto_udp,
	nf_conntrack_l4proto_icmp, nf_conntrack_l4proto_icmpv6, nf_conntrack_l4proto_generic;

const struct nf_conntrack_l4proto *nf_ct_l4proto_find(u8 l3num, u8 protonum);
bool nf_ct_invert_tuple(struct nf_conntrack_tuple *inverse, const struct nf_conntrack_tuple *orig);
/*
 * The tuple of the packet whose network header is at nhoff from skb->data; *dataoff: where its
 * transport header is. False: cut short, or a fragment but the first.
 */
bool nf_ct_get_tuple(struct sk_buff *skb, u8 pf, u32 nhoff, u32 *dataoff,
		     struct nf_conntrack_tuple *tuple);
void nf_ct_tcp_liberal(struct nf_conn *ct);	/* its windows are not judged */
/* Both sides meant it, and neither has said that it ends. */
bool nf_ct_tcp_established(const struct nf_conn *ct);
/* Segments go by unseen from here on, and were not seen till here: *ack, dir's highest
 * acknowledgement, is all that is known of them. False, NULL: there was none. *window: the largest
 * that dir may open, which is how far its acknowledgement gets at once. */
bool nf_ct_tcp_leave(struct nf_conn *ct, enum ip_conntrack_dir dir, u32 *ack, u32 *window);
void nf_ct_tcp_return(struct nf_conn *ct, enum ip_conntrack_dir dir, const u32 *ack);
/* How long it is remembered in the state that it has (without what its last segment said). */
ktime_t nf_ct_tcp_timeout(const struct net *net, const struct nf_conn *ct);
const char *tcp_conntrack_name(u8 state);	/* "SYN_SENT" */

/* An ICMP error is attached to the connection that it is about; others: NF_CT_ACCEPT without. */
enum nf_ct_verdict nf_conntrack_icmpv4_error(const struct nf_ct_packet *p);
/* The same, and neighbour discovery and multicast listening are not tracked. */
enum nf_ct_verdict nf_conntrack_icmpv6_error(const struct nf_ct_packet *p);
/* The packet that is quoted at `quote` from skb->data belongs to a connection whose other end
 * daddr, to which the error goes, is; else NF_CT_INVALID. */
enum nf_ct_verdict nf_conntrack_inet_error(const struct nf_ct_packet *p, u32 quote,
					   const union nf_inet_addr *daddr);

/* The upper layer's sum over len bytes at dataoff is right, as far as that is not known yet. */
bool nf_checksum_ok(struct sk_buff *skb, u8 pf, u32 dataoff, u32 len, u8 protonum);
/* The same, judged once, where packets come in, and only while nf_conntrack_checksum says so. */
bool nf_ct_checksum_ok(const struct nf_ct_packet *p, u32 len);

#endif
