/* SPDX-License-Identifier: MIT */
#include "transport/inet_hash.h"

#include "base/assert.h"

int inet_hashinfo_init(struct inet_hashinfo *h, struct net *net)
{
	*h = (struct inet_hashinfo){ .net = net, .port_hint = prng_u32(&net->prng) };
	slab_init(&h->bucket_slab, &net->mem, "bind_bucket", sizeof(struct inet_bind_bucket));
	return 0;
}

void inet_hashinfo_exit(struct inet_hashinfo *h)
{
	if (!h->net)
		return;
	inet_table_exit(&h->ehash, &h->net->mem);
	inet_table_exit(&h->lhash, &h->net->mem);
	inet_table_exit(&h->bhash, &h->net->mem);
	slab_exit(&h->bucket_slab);
}

static u32 common_hash(const struct hlist_node *n)
{
	return ((const struct sock_common *)(const void *)n)->hash;
}

_Static_assert(offsetof(struct sock_common, node) == 0, "a node is the beginning of its entry");

static u32 ehash_of(const struct inet_hashinfo *h, be32 faddr, be16 fport, be32 laddr, u16 lport)
{
	return hash_4tuple(laddr, lport, faddr, fport, &h->net->hash_key);
}

static u32 lhash_of(const struct inet_hashinfo *h, be32 laddr, u16 lport)
{
	return hash_4tuple(laddr, lport, 0, 0, &h->net->hash_key);
}

/* The same of IPv6: every bit of the addresses is in it. */
static u32 ehash6_of(const struct inet_hashinfo *h, const struct ip6_addr *faddr, be16 fport,
		     const struct ip6_addr *laddr, u16 lport)
{
	const u64 *k = h->net->hash_key.k;
	u64 f = hash_mum(ip6_word(faddr, 0) ^ k[0], ip6_word(faddr, 1) ^ k[1]);
	u64 l = hash_mum(ip6_word(laddr, 0) ^ k[1], ip6_word(laddr, 1) ^ k[0] ^ f);
	u64 ports = (u64)lport << 16 | fport;

	return (u32)hash_mum(l ^ k[0], f ^ ports ^ 0x9e3779b97f4a7c15ull);
}

/* :: is where IPv4's any is: its listeners may be for both. */
static u32 lhash6_of(const struct inet_hashinfo *h, const struct ip6_addr *laddr, u16 lport)
{
	return ipv6_addr_any(laddr) ? lhash_of(h, 0, lport) :
				      ehash6_of(h, &inet6_key_none.daddr, 0, laddr, lport);
}

static u32 ehash_of_common(const struct inet_hashinfo *h, const struct sock_common *c)
{
	if (unlikely(c->v6))
		return ehash6_of(h, &inet6_key(c)->daddr, c->dport, &inet6_key(c)->rcv_saddr,
				 c->num);
	return ehash_of(h, c->daddr, c->dport, c->rcv_saddr, c->num);
}

/* A socket bound to a device sees only that device's packets. */
static bool dev_matches(const struct sock_common *c, int dif)
{
	return !c->bound_dev_if || c->bound_dev_if == dif;
}

static __always_inline bool is_tuple(const struct sock_common *c, be32 saddr, be16 sport,
				     be32 daddr, u16 hnum)
{
	return c->daddr == saddr && c->dport == sport && c->rcv_saddr == daddr &&
	       c->num == hnum && !c->v6;
}

static __always_inline bool is_tuple6(const struct sock_common *c, const struct ip6_addr *saddr,
				      be16 sport, const struct ip6_addr *daddr, u16 hnum)
{
	return c->dport == sport && c->num == hnum && c->v6 &&
	       ipv6_addr_equal(&inet6_key(c)->daddr, saddr) &&
	       ipv6_addr_equal(&inet6_key(c)->rcv_saddr, daddr);
}

static struct sock_common *remember(struct inet_hashinfo *h, struct sock_common *c, int dif)
{
	h->last = c;
	h->last_dif = dif;
	return c;
}

static __noinline struct sock_common *lookup(struct inet_hashinfo *h, be32 saddr, be16 sport,
					     be32 daddr, u16 hnum, int dif)
{
	struct sock_common *c;
	u32 hash;

	if (!h->ehash.count)
		return NULL;
	hash = ehash_of(h, saddr, sport, daddr, hnum);
	inet_table_for_each(c, &h->ehash, hash, node) {
		if (c->hash == hash && is_tuple(c, saddr, sport, daddr, hnum) &&
		    dev_matches(c, dif))
			return remember(h, c, dif);
	}
	return NULL;
}

static __noinline struct sock_common *lookup6(struct inet_hashinfo *h,
					      const struct ip6_addr *saddr, be16 sport,
					      const struct ip6_addr *daddr, u16 hnum, int dif)
{
	struct sock_common *c;
	u32 hash;

	if (!h->ehash.count)
		return NULL;
	hash = ehash6_of(h, saddr, sport, daddr, hnum);
	inet_table_for_each(c, &h->ehash, hash, node) {
		if (c->hash == hash && is_tuple6(c, saddr, sport, daddr, hnum) &&
		    dev_matches(c, dif))
			return remember(h, c, dif);
	}
	return NULL;
}

struct sock_common *inet_lookup_established(struct inet_hashinfo *h, be32 saddr, be16 sport,
					    be32 daddr, u16 hnum, int dif)
{
	struct sock_common *c = h->last;

	return c && likely(h->last_dif == dif && is_tuple(c, saddr, sport, daddr, hnum)) ?
	       c : lookup(h, saddr, sport, daddr, hnum, dif);
}

struct sock_common *inet6_lookup_established(struct inet_hashinfo *h, const struct ip6_addr *saddr,
					     be16 sport, const struct ip6_addr *daddr, u16 hnum,
					     int dif)
{
	struct sock_common *c = h->last;

	return c && likely(h->last_dif == dif && is_tuple6(c, saddr, sport, daddr, hnum)) ?
	       c : lookup6(h, saddr, sport, daddr, hnum, dif);
}

/* Whom a packet is for. */
struct listen_key {
	be32 addr;			/* 0: those that are bound to no address */
	const struct ip6_addr *addr6;	/* NULL: of IPv4 */
	u32 hash;
	u16 num;
	int dif;
};

static bool addr_matches(const struct sock_common *c, const struct listen_key *k)
{
	if (k->addr6)
		return c->v6 && ipv6_addr_equal(&inet6_key(c)->rcv_saddr, k->addr6);
	if (unlikely(c->v6))
		return !k->addr && !c->v6only && ipv6_addr_any(&inet6_key(c)->rcv_saddr);
	return c->rcv_saddr == k->addr;
}

/* 0: does not match; else the more exact the higher. */
static unsigned listener_score(const struct sock_common *c, const struct listen_key *k)
{
	if (c->hash != k->hash || c->num != k->num || !addr_matches(c, k) ||
	    !dev_matches(c, k->dif))
		return 0;
	return (c->bound_dev_if ? 2 : 1) + (c->family == LN_AF_INET);
}

/* The nth (of many with the same score) that shares its port with SO_REUSEPORT. */
static struct sock *reuseport_select(struct inet_hashinfo *h, const struct listen_key *k,
				     unsigned score, u32 nth)
{
	struct sock_common *c;

	inet_table_for_each(c, &h->lhash, k->hash, node) {
		if (c->reuseport && listener_score(c, k) == score && nth-- == 0)
			return container_of(c, struct sock, c);
	}
	return NULL;
}

/* *sharing: how many of the best score share the port with SO_REUSEPORT; 0: the best does not. */
static struct sock *lookup_bound(struct inet_hashinfo *h, const struct listen_key *k, u32 *sharing)
{
	struct sock_common *c, *best = NULL;
	unsigned best_score = 0;

	*sharing = 0;
	inet_table_for_each(c, &h->lhash, k->hash, node) {
		unsigned score = listener_score(c, k);

		if (!score || score < best_score)
			continue;
		if (score > best_score) {
			best = c;
			best_score = score;
			*sharing = 0;
		}
		*sharing += c->reuseport;
	}
	if (!best)
		return NULL;
	if (!best->reuseport)
		*sharing = 0;
	return container_of(best, struct sock, c);
}

/* The high bits of a keyed hash choose in the group: one flow always meets the same socket while
 * the group stays as it is. */
static struct sock *select_by_flow(struct inet_hashinfo *h, const struct listen_key *k,
				   const struct sock *sk, u32 sharing, u32 flow)
{
	return reuseport_select(h, k, listener_score(&sk->c, k),
				(u32)((u64)flow * sharing >> 32));
}

struct sock *inet_lookup_listener(struct inet_hashinfo *h, be32 saddr, be16 sport, be32 daddr,
				  u16 hnum, int dif)
{
	struct listen_key k = { .addr = daddr, .hash = lhash_of(h, daddr, hnum), .num = hnum,
				.dif = dif };
	u32 sharing;
	struct sock *sk = lookup_bound(h, &k, &sharing);

	if (!sk) {
		k.addr = 0;
		k.hash = lhash_of(h, 0, hnum);
		sk = lookup_bound(h, &k, &sharing);
	}
	if (likely(sharing < 2))
		return sk;
	return select_by_flow(h, &k, sk, sharing, ehash_of(h, saddr, sport, daddr, hnum));
}

struct sock *inet6_lookup_listener(struct inet_hashinfo *h, const struct ip6_addr *saddr,
				   be16 sport, const struct ip6_addr *daddr, u16 hnum, int dif)
{
	struct listen_key k = { .addr6 = daddr, .hash = lhash6_of(h, daddr, hnum), .num = hnum,
				.dif = dif };
	u32 sharing;
	struct sock *sk = lookup_bound(h, &k, &sharing);

	if (!sk) {
		k.addr6 = &inet6_key_none.daddr;
		k.hash = lhash_of(h, 0, hnum);
		sk = lookup_bound(h, &k, &sharing);
	}
	if (likely(sharing < 2))
		return sk;
	return select_by_flow(h, &k, sk, sharing, ehash6_of(h, saddr, sport, daddr, hnum));
}

static bool same_addresses(const struct sock_common *a, const struct sock_common *b)
{
	if (likely(!a->v6 && !b->v6))
		return a->daddr == b->daddr && a->rcv_saddr == b->rcv_saddr;
	return a->v6 && b->v6 && ipv6_addr_equal(&inet6_key(a)->daddr, &inet6_key(b)->daddr) &&
	       ipv6_addr_equal(&inet6_key(a)->rcv_saddr, &inet6_key(b)->rcv_saddr);
}

/* Another entry of the tuple that could get the same packets. */
static struct sock_common *tuple_owner(struct inet_hashinfo *h, const struct sock_common *c)
{
	struct sock_common *o;

	inet_table_for_each(o, &h->ehash, c->hash, node) {
		if (o->hash == c->hash && o != c && o->dport == c->dport && o->num == c->num &&
		    same_addresses(o, c) &&
		    (!o->bound_dev_if || !c->bound_dev_if || o->bound_dev_if == c->bound_dev_if))
			return o;
	}
	return NULL;
}

bool inet_ehash_add(struct inet_hashinfo *h, struct sock_common *c)
{
	ln_assert(hlist_unhashed(&c->node));
	c->hash = ehash_of_common(h, c);
	inet_ehash_changed(h);
	return inet_table_add(&h->ehash, &h->net->mem, &c->node, common_hash);
}

bool inet_ehash_insert(struct inet_hashinfo *h, struct sock_common *c)
{
	return inet_ehash_establish(h, c, NULL) == 0;
}

int inet_ehash_establish(struct inet_hashinfo *h, struct sock_common *c,
			 bool (*reuse_tw)(struct sock *sk, struct sock_common *tw))
{
	struct sock_common *o;

	c->hash = ehash_of_common(h, c);
	while ((o = tuple_owner(h, c))) {
		if (o->state != TCP_TIME_WAIT || !reuse_tw ||
		    !reuse_tw(container_of(c, struct sock, c), o))
			return -EADDRNOTAVAIL;
	}
	return inet_ehash_add(h, c) ? 0 : -ENOMEM;
}

void inet_ehash_replace(struct inet_hashinfo *h, struct sock_common *old, struct sock_common *new_)
{
	inet_ehash_changed(h);
	ln_assert(!hlist_unhashed(&old->node) && hlist_unhashed(&new_->node));
	new_->hash = old->hash;
	hlist_replace_init(&old->node, &new_->node);
}

void inet_ehash_remove(struct inet_hashinfo *h, struct sock_common *c)
{
	inet_ehash_changed(h);
	if (!hlist_unhashed(&c->node))
		inet_table_del(&h->ehash, &h->net->mem, &c->node);
}

bool inet_listen_hash(struct inet_hashinfo *h, struct sock *sk)
{
	ln_assert(hlist_unhashed(&sk->c.node));
	sk->c.hash = sk->c.v6 ? lhash6_of(h, &inet6_key(&sk->c)->rcv_saddr, sk->c.num) :
				lhash_of(h, sk->c.rcv_saddr, sk->c.num);
	return inet_table_add(&h->lhash, &h->net->mem, &sk->c.node, common_hash);
}

void inet_listen_unhash(struct inet_hashinfo *h, struct sock *sk)
{
	if (!hlist_unhashed(&sk->c.node))
		inet_table_del(&h->lhash, &h->net->mem, &sk->c.node);
}

/* Listings: what is where depends on hash keys, so it is sorted first. */

static int common4_cmp(const struct sock_common *a, const struct sock_common *b)
{
	u32 ka[4] = { a->num, be32_to_cpu(a->rcv_saddr), be32_to_cpu(a->daddr),
		      be16_to_cpu(a->dport) };
	u32 kb[4] = { b->num, be32_to_cpu(b->rcv_saddr), be32_to_cpu(b->daddr),
		      be16_to_cpu(b->dport) };

	for (int i = 0; i < 4; i++) {
		if (ka[i] != kb[i])
			return ka[i] < kb[i] ? -1 : 1;
	}
	return 0;
}

static int addr6_cmp(const struct ip6_addr *a, const struct ip6_addr *b)
{
	return memcmp(a->s6_addr, b->s6_addr, IP6_ADDR_LEN);
}

static int common6_cmp(const struct sock_common *a, const struct sock_common *b)
{
	const struct inet6_key *ka = inet6_key(a), *kb = inet6_key(b);
	int r = (int)a->num - (int)b->num;

	if (!r)
		r = addr6_cmp(&ka->rcv_saddr, &kb->rcv_saddr);
	if (!r)
		r = addr6_cmp(&ka->daddr, &kb->daddr);
	return r ? r : (int)be16_to_cpu(a->dport) - (int)be16_to_cpu(b->dport);
}

/* Sockets of AF_INET first; of AF_INET6, those that have addresses of IPv4. */
static int common_cmp(const struct sock_common *a, const struct sock_common *b)
{
	if (a->family != b->family || a->v6 != b->v6)
		return (a->family * 2 + a->v6) - (b->family * 2 + b->v6);
	return a->v6 ? common6_cmp(a, b) : common4_cmp(a, b);
}

/* Merges v[0..mid) and v[mid..n), both sorted, by way of tmp. */
static void merge(struct sock_common **v, size_t mid, size_t n, struct sock_common **tmp)
{
	size_t i = 0, j = mid, k = 0;

	while (i < mid && j < n)
		tmp[k++] = common_cmp(v[i], v[j]) <= 0 ? v[i++] : v[j++];
	while (i < mid)
		tmp[k++] = v[i++];
	memcpy(v, tmp, k * sizeof(*v));
}

/* Stable: of equal tuples the one found first stays first. */
static void merge_sort(struct sock_common **v, size_t n, struct sock_common **tmp)
{
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at + width < n; at += 2 * width)
			merge(v + at, width, min(2 * width, n - at), tmp);
	}
}

static size_t collect(const struct inet_table *t, struct sock_common **v)
{
	struct hlist_head *head;
	struct sock_common *c;
	size_t n = 0;

	for (u64 i = 0; (head = inet_table_chain(t, i)); i++) {
		hlist_for_each_entry(c, head, node)
			v[n++] = c;
	}
	return n;
}

int inet_for_each(struct inet_hashinfo *h, int (*fn)(struct sock_common *c, void *ctx), void *ctx)
{
	size_t n = (size_t)h->ehash.count + h->lhash.count, i;
	struct sock_common **v;
	int r = 0;

	if (!n)
		return 0;
	v = mem_alloc(&h->net->mem, 2 * n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	i = collect(&h->lhash, v);
	i += collect(&h->ehash, v + i);
	ln_assert(i == n);
	merge_sort(v, n, v + n);
	for (i = 0; i < n && !r; i++)
		r = fn(v[i], ctx);
	mem_free(&h->net->mem, v, 2 * n * sizeof(*v));
	return r;
}
