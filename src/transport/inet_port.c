/* SPDX-License-Identifier: MIT */
/*
 * Who may have which local port: bind conflicts, and the choice of ephemeral ports (RFC 6056).
 *
 * Linux splits ip_local_port_range by parity: connect() tries even offsets first, bind(0) odd
 * ones, so that the one does not eat what the other may need alone.
 */
#include "base/assert.h"
#include "driver/nic.h"
#include "driver/nic_rss.h"
#include "net/dev_rss.h"
#include "net/ipv4/ip.h"
#include "transport/inet_hash.h"
#include "transport/sock_rare.h"

/* Ports of one machine are all different: the number is as good as any hash of it. */
static u32 bucket_hash(const struct hlist_node *n)
{
	return container_of(n, const struct inet_bind_bucket, node)->port;
}

struct inet_bind_bucket *inet_bind_bucket_lookup(const struct inet_hashinfo *h, u16 port)
{
	struct inet_bind_bucket *tb;

	inet_table_for_each(tb, &h->bhash, port, node) {
		if (tb->port == port)
			return tb;
	}
	return NULL;
}

static struct inet_bind_bucket *bucket_create(struct inet_hashinfo *h, u16 port)
{
	struct inet_bind_bucket *tb = slab_alloc(&h->bucket_slab);

	if (!tb)
		return NULL;
	*tb = (struct inet_bind_bucket){ .port = port };
	if (!inet_table_add(&h->bhash, &h->net->mem, &tb->node, bucket_hash)) {
		slab_free(&h->bucket_slab, tb);
		return NULL;
	}
	return tb;
}

static void bucket_join(struct inet_bind_bucket *tb, struct sock *sk)
{
	ln_assert(!sk->bind_bucket);
	sk->c.num = tb->port;
	sk->bind_bucket = tb;
	hlist_add_head(&sk->bind_node, &tb->owners);
}

static void bucket_leave(struct inet_hashinfo *h, struct inet_bound *b)
{
	struct inet_bind_bucket *tb = b->bind_bucket;

	hlist_del_init(&b->bind_node);
	b->bind_bucket = NULL;
	if (tb->owners.first)
		return;
	inet_table_del(&h->bhash, &h->net->mem, &tb->node);
	shard_port_release(h->net, h->proto, tb->port);
	slab_free(&h->bucket_slab, tb);
}

void inet_put_port(struct inet_hashinfo *h, struct sock *sk)
{
	if (!sk->bind_bucket)
		return;
	bucket_leave(h, (struct inet_bound *)(void *)sk);
	sk->c.num = 0;
}

int inet_inherit_port(struct inet_hashinfo *h, const struct sock *parent, struct sock *child)
{
	struct inet_bind_bucket *tb = parent->bind_bucket;

	/* The listener may have let its port go while the handshake went on. */
	if (!tb)
		tb = inet_bind_bucket_lookup(h, child->c.num);
	if (!tb) {
		tb = bucket_create(h, child->c.num);
		if (!tb)
			return -ENOMEM;
		shard_port_bind(h->net, h->proto, tb->port, false);
	}
	bucket_join(tb, child);
	return 0;
}

void inet_twsk_take_port(struct inet_hashinfo *h, struct inet_bound *tw, struct sock *sk)
{
	(void)h;
	tw->bind_node = (struct hlist_node){ 0 };
	tw->bind_bucket = sk->bind_bucket;
	if (!sk->bind_bucket)
		return;
	hlist_add_head(&tw->bind_node, &tw->bind_bucket->owners);
	hlist_del_init(&sk->bind_node);
	sk->bind_bucket = NULL;
	sk->c.num = 0;
}

void inet_twsk_put_port(struct inet_hashinfo *h, struct inet_bound *tw)
{
	if (tw->bind_bucket)
		bucket_leave(h, tw);
}

void inet_bound_replace(struct inet_hashinfo *h, struct inet_bound *from, struct inet_bound *to)
{
	u8 state = to->c.state;

	inet_ehash_changed(h);
	to->c = from->c;
	to->c.state = state;
	to->bind_bucket = from->bind_bucket;
	if (from->c.v6)
		from->c.key6 = NULL;	/* to has it now */
	hlist_replace_init(&from->c.node, &to->c.node);
	hlist_replace_init(&from->bind_node, &to->bind_node);
	from->bind_bucket = NULL;
}

/* One of them, or both, has addresses of IPv6; what is bound to :: may be for IPv4 too. */
static bool overlap6(const struct sock_common *a, const struct sock_common *b)
{
	const struct ip6_addr *la, *lb;

	if (!a->v6 || !b->v6) {
		const struct sock_common *six = a->v6 ? a : b;

		return !six->v6only && ipv6_addr_any(&inet6_key(six)->rcv_saddr);
	}
	la = &inet6_key(a)->rcv_saddr;
	lb = &inet6_key(b)->rcv_saddr;
	return ipv6_addr_any(la) || ipv6_addr_any(lb) || ipv6_addr_equal(la, lb);
}

/* The two could get each other's packets. */
static bool bound_overlap(const struct sock_common *a, const struct sock_common *b)
{
	if (a->bound_dev_if && b->bound_dev_if && a->bound_dev_if != b->bound_dev_if)
		return false;
	if (unlikely(a->v6 || b->v6))
		return overlap6(a, b);
	return !a->rcv_saddr || !b->rcv_saddr || a->rcv_saddr == b->rcv_saddr;
}

/*
 * Whether sk may not have the port beside the owner o. An instance has one user, so Linux's
 * question whose the sockets are falls away. `chosen`: the port was not asked for by number; then
 * SO_REUSEADDR and SO_REUSEPORT do not count and only a port free for this address will do.
 */
static bool csk_conflict(const struct sock *sk, const struct sock_common *o, bool chosen)
{
	if (!bound_overlap(&sk->c, o))
		return false;
	if (chosen)
		return true;
	if (sk->c.reuse && o->reuse && o->state != TCP_LISTEN)
		return false;
	return !sk->c.reuseport || !o->reuseport;
}

/* UDP: SO_REUSEADDR shares whatever the state; a port that is chosen is not shared. */
static bool udp_conflict(const struct sock *sk, const struct sock_common *o, bool chosen)
{
	if (!bound_overlap(&sk->c, o))
		return false;
	return chosen || !((sk->c.reuse && o->reuse) || (sk->c.reuseport && o->reuseport));
}

static bool ping_conflict(const struct sock *sk, const struct sock_common *o, bool chosen)
{
	return chosen || !sk->c.reuse || !o->reuse;
}

typedef bool (*conflict_fn)(const struct sock *sk, const struct sock_common *o, bool chosen);

static bool bucket_conflict(const struct inet_bind_bucket *tb, const struct sock *sk,
			    conflict_fn conflict, bool chosen)
{
	const struct inet_bound *o;

	hlist_for_each_entry(o, &tb->owners, bind_node) {
		if (&o->c != &sk->c && conflict(sk, &o->c, chosen))
			return true;
	}
	return false;
}

/* SO_REUSEADDR counts only while sk does not listen. */
static bool may_share(const struct sock *sk)
{
	return sk->c.reuse && sk->c.state != TCP_LISTEN;
}

static void update_marks(struct inet_bind_bucket *tb, const struct sock *sk, bool first)
{
	if (first) {
		tb->fastreuse = may_share(sk);
		tb->fastreuseport = sk->c.reuseport;
		return;
	}
	if (!may_share(sk))
		tb->fastreuse = 0;
	if (!sk->c.reuseport)
		tb->fastreuseport = 0;
}

/* An asked-for port, or the one that sk has (listen). */
static int take_port(struct inet_hashinfo *h, struct sock *sk, u16 port, conflict_fn conflict,
		     bool chosen)
{
	struct inet_bind_bucket *tb = sk->bind_bucket;
	bool first;

	if (!tb)
		tb = inet_bind_bucket_lookup(h, port);
	if (tb && (chosen || !((tb->fastreuse > 0 && may_share(sk)) ||
			       (tb->fastreuseport > 0 && sk->c.reuseport))) &&
	    bucket_conflict(tb, sk, conflict, chosen))
		return -EADDRINUSE;
	port = tb ? tb->port : port;
	if (!shard_port_bind(h->net, h->proto, port, chosen))
		return -EADDRINUSE;
	first = !tb;
	if (!tb)
		tb = bucket_create(h, port);
	if (!tb) {
		shard_port_release(h->net, h->proto, port);
		return -ENOMEM;
	}
	update_marks(tb, sk, first);
	if (!sk->bind_bucket)
		bucket_join(tb, sk);
	return 0;
}

struct port_range {
	u32 low, n;		/* n is even, or 1; or of the socket's */
	bool own;		/* own choice, which is all tried in a row */
};

/* What the socket asks for counts as far as it lies within the instance's range. */
static struct port_range local_port_range(const struct sock *sk)
{
	const struct netns_sysctl *s = &sock_net(sk)->sysctl;
	const struct sock_rare *own = sock_rare(sk);
	u32 low = (u32)s->ip_local_port_min, high = max((u32)s->ip_local_port_max, low);
	struct port_range r = { .own = own->port_low || own->port_high };

	if (own->port_low >= low && own->port_low <= high)
		low = own->port_low;
	if (own->port_high >= low && own->port_high <= high)
		high = own->port_high;
	r.low = low;
	r.n = high + 1 - low;
	if (r.n > 1 && !r.own)
		r.n &= ~1u;
	return r;
}

static bool is_reserved(const struct net *net, u32 port)
{
	const u32 *bits = net->sock->reserved_ports;

	return unlikely(bits) && bits[port / 32] & BIT(port % 32);
}

/* Who will send to the chosen port, where shards share the card that it comes by. */
struct port_home {
	const struct nic_rss *rss;	/* NULL: any port will do */
	const struct inet6_key *key6;	/* of IPv6, in the place of: */
	be32 peer, local;
	be16 peer_port;
};

static const struct nic_rss *dst_rss(const struct dst_entry *dst)
{
	return dst && dst->dev ? dev_rss(dst->dev) : NULL;
}

static bool hashes_home(const struct port_home *p, u32 port)
{
	be16 local_port = cpu_to_be16((u16)port);

	if (likely(!p->rss))
		return true;
	if (p->key6)
		return nic_rss_ring6(p->rss, &p->key6->daddr, &p->key6->rcv_saddr, p->peer_port,
				     local_port) == p->rss->self;
	return nic_rss_ring(p->rss, p->peer, p->local, p->peer_port, local_port) == p->rss->self;
}

static struct port_home tcp_home(const struct sock *sk)
{
	if (sk->c.v6)
		return (struct port_home){ .rss = dst_rss(sk->dst), .key6 = inet6_key(&sk->c),
					   .peer_port = sk->c.dport };
	return (struct port_home){ .rss = dst_rss(sk->dst), .peer = sk->c.daddr,
				   .local = sk->c.rcv_saddr, .peer_port = sk->c.dport };
}

/* A datagram socket has no route yet: where would it send? */
static struct port_home udp_home(const struct sock *sk)
{
	struct flowi4 fl = { .daddr = sk->c.daddr, .saddr = sk->saddr, .dport = sk->c.dport,
			     .oif = sk->c.bound_dev_if, .proto = IP_PROTO_UDP };
	struct port_home p = { .peer = sk->c.daddr, .peer_port = sk->c.dport };
	struct rtable *rt;

	if (likely(!sock_net(sk)->shards) || sk->c.v6 || !sk->c.daddr ||
	    ip_route_output(sock_net(sk), &fl, &rt))
		return p;
	p.rss = dst_rss(&rt->dst);
	p.local = fl.saddr;
	dst_release(&rt->dst);
	return p;
}

/* Tries the ports of one parity, then of the other, from `offset` on, round the range. */
static int choose_port(struct inet_hashinfo *h, struct sock *sk, conflict_fn conflict, u32 offset,
		       const struct port_home *home)
{
	struct port_range r = local_port_range(sk);
	u32 step = r.n > 1 && !r.own ? 2 : 1;

	offset %= r.n;
	for (u32 parity = 0; parity < step; parity++) {
		for (u32 i = 0; i < r.n; i += step) {
			u32 port = r.low + ((offset ^ parity) + i) % r.n;
			int err;

			if (!hashes_home(home, port) || is_reserved(h->net, port))
				continue;
			err = take_port(h, sk, (u16)port, conflict, true);
			if (err != -EADDRINUSE)
				return err;
		}
	}
	return -EADDRINUSE;
}

int inet_csk_get_port(struct inet_hashinfo *h, struct sock *sk, u16 port)
{
	const struct port_home any = { .rss = NULL };

	if (port || sk->bind_bucket)
		return take_port(h, sk, port, csk_conflict, false);
	/* Odd offsets first; even ones are connect()'s. */
	return choose_port(h, sk, csk_conflict, prng_u32(&h->net->prng) | 1, &any);
}

int inet_udp_get_port(struct inet_hashinfo *h, struct sock *sk, u16 port)
{
	struct port_home home;

	if (port)
		return take_port(h, sk, port, udp_conflict, false);
	home = udp_home(sk);
	return choose_port(h, sk, udp_conflict, prng_u32(&h->net->prng), &home);
}

int inet_ping_get_port(struct inet_hashinfo *h, struct sock *sk, u16 port)
{
	return take_port(h, sk, port, ping_conflict, false);
}

/* RFC 6056 3.3.3: where the search begins depends on who is called, by a secret. */
static u32 port_offset(const struct inet_hashinfo *h, const struct sock_common *c)
{
	struct { struct ip6_addr l, f; u64 port; } t;

	if (likely(!c->v6))
		return (u32)siphash_2u64((u64)c->rcv_saddr << 32 | c->daddr, c->dport,
					 &h->net->secret);
	t.l = inet6_key(c)->rcv_saddr;
	t.f = inet6_key(c)->daddr;
	t.port = c->dport;
	return (u32)siphash(&t, sizeof(t), &h->net->secret);
}

typedef bool (*reuse_tw_fn)(struct sock *sk, struct sock_common *tw);

/* 0, -EADDRINUSE: try another port, -ENOMEM. */
static int try_connect_port(struct inet_hashinfo *h, struct sock *sk, u16 port,
			    reuse_tw_fn reuse_tw)
{
	struct inet_bind_bucket *tb = inet_bind_bucket_lookup(h, port);
	int err;

	/* A port that bind() gave out is not ours to share. */
	if (tb && (tb->fastreuse >= 0 || tb->fastreuseport >= 0))
		return -EADDRINUSE;
	if (!tb) {
		if (!shard_port_connect(h->net, h->proto, port))
			return -EADDRINUSE;
		tb = bucket_create(h, port);
		if (!tb) {
			shard_port_release(h->net, h->proto, port);
			return -ENOMEM;
		}
		tb->fastreuse = tb->fastreuseport = -1;
	}
	bucket_join(tb, sk);
	err = inet_ehash_establish(h, &sk->c, reuse_tw);
	if (err)
		inet_put_port(h, sk);
	return err == -EADDRNOTAVAIL ? -EADDRINUSE : err;
}

int inet_hash_connect(struct inet_hashinfo *h, struct sock *sk, reuse_tw_fn reuse_tw)
{
	struct port_range r = local_port_range(sk);
	const struct port_home home = tcp_home(sk);
	u32 step = r.n > 1 && !r.own ? 2 : 1, offset;

	if (sk->bind_bucket)
		return inet_ehash_establish(h, &sk->c, reuse_tw);
	offset = (port_offset(h, &sk->c) + h->port_hint) % r.n;
	if (step == 2)
		offset &= ~1u;
	for (u32 parity = 0; parity < step; parity++) {
		for (u32 i = 0; i < r.n; i += step) {
			u32 port = r.low + (offset + parity + i) % r.n;
			int err;

			if (!hashes_home(&home, port) || is_reserved(h->net, port))
				continue;
			err = try_connect_port(h, sk, (u16)port, reuse_tw);
			if (err == -EADDRINUSE)
				continue;
			if (err)
				return err;
			/* Not simply the next: 0 to 14 more, so that the next one is no news. */
			h->port_hint += max(i, 2 * prng_below(&h->net->prng, 8)) + 2;
			return 0;
		}
	}
	return -EADDRNOTAVAIL;
}
