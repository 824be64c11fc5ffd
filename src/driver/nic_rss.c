/* SPDX-License-Identifier: MIT */
#include "driver/nic_rss.h"

#include "base/shard.h"
#include "driver/nic.h"
#include "wire/eth.h"
#include "wire/flow_keys.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

int nic_rss_create(struct nic *nic, u32 rings, u32 self)
{
	struct nic_rss *r = mem_zalloc(&nic->net->mem, sizeof(*r));

	if (!r)
		return -ENOMEM;
	toeplitz_init(&r->toeplitz, toeplitz_key_symmetric);
	r->rings = rings;
	r->self = self;
	nic_rss_default(r);
	nic->rss = r;
	return 0;
}

void nic_rss_free(struct nic *nic)
{
	mem_free(&nic->net->mem, nic->rss, sizeof(*nic->rss));
	nic->rss = NULL;
}

void nic_rss_default(struct nic_rss *r)
{
	for (u32 i = 0; i < NIC_RSS_INDIR; i++)
		r->indir[i] = (u8)(i % r->rings);
}

static struct rss_verdict by_hash(const struct nic_rss *r, u32 hash, bool all)
{
	return (struct rss_verdict){ .hash = hash, .ring = r->indir[hash % NIC_RSS_INDIR],
				     .all = all };
}

u32 nic_rss_ring(const struct nic_rss *r, be32 peer, be32 local, be16 peer_port, be16 local_port)
{
	return by_hash(r, toeplitz_ipv4_ports(&r->toeplitz, peer, local, peer_port, local_port),
		       false).ring;
}

static u32 flow_hash6(const struct nic_rss *r, const struct ip6_addr *peer,
		      const struct ip6_addr *local, be16 peer_port, be16 local_port)
{
	const struct ip6_addr addrs[2] = { *peer, *local };

	return toeplitz_ipv6_ports(&r->toeplitz, addrs[0].s6_addr, peer_port, local_port);
}

u32 nic_rss_ring6(const struct nic_rss *r, const struct ip6_addr *peer,
		  const struct ip6_addr *local, be16 peer_port, be16 local_port)
{
	return by_hash(r, flow_hash6(r, peer, local, peer_port, local_port), false).ring;
}

static struct rss_verdict by_flow(const struct nic_rss *r, u8 proto, u32 hash, be16 local_port)
{
	struct rss_verdict v = by_hash(r, hash, false);

	if (r->group)
		v.ring = shard_of_port(r->group, proto == IP_PROTO_TCP ? SHARD_TCP : SHARD_UDP,
				       be16_to_cpu(local_port), v.ring, hash);
	return v;
}

/* The quoted packet was ours: its destination is the peer. */
static struct rss_verdict steer_quote(const struct nic_rss *r, const u8 *p, size_t len, u32 addrs)
{
	struct icmp_quote q;

	if (icmp_parse_quote(p, len, &q) || !q.has_ports)
		return by_hash(r, addrs, true);
	return by_flow(r, q.ip.protocol,
		       toeplitz_ipv4_ports(&r->toeplitz, q.ip.daddr, q.ip.saddr, q.dport, q.sport),
		       q.sport);
}

static struct rss_verdict steer_quote6(const struct nic_rss *r, const u8 *p, size_t len, u32 addrs)
{
	struct icmp6_quote q;

	if (icmp6_parse_quote(p, len, &q) || !q.has_ports)
		return by_hash(r, addrs, true);
	return by_flow(r, q.ext.nexthdr,
		       flow_hash6(r, &q.ip.daddr, &q.ip.saddr, q.dport, q.sport), q.sport);
}

static struct rss_verdict steer_icmp(const struct nic_rss *r, const u8 *p, size_t len, u32 addrs)
{
	struct icmp_view icmp;

	if (icmp_parse_hdr(p, len, &icmp))
		return by_hash(r, addrs, false);
	switch (icmp.type) {
	case ICMP_ECHO:
	case ICMP_TIMESTAMP:
		return by_hash(r, addrs, false);
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return steer_quote(r, p + ICMP_HLEN, len - ICMP_HLEN, addrs);
	default:
		return by_hash(r, addrs, true);
	}
}

/* Replies and what routers and neighbours say: whoever asked learns. */
static struct rss_verdict steer_icmp6(const struct nic_rss *r, const u8 *p, size_t len, u32 addrs)
{
	struct icmp6_view icmp;

	if (icmp6_parse_hdr(p, len, &icmp))
		return by_hash(r, addrs, false);
	if (icmpv6_is_err(icmp.type))
		return steer_quote6(r, p + ICMPV6_HLEN, len - ICMPV6_HLEN, addrs);
	return by_hash(r, addrs, icmp.type != ICMPV6_ECHO_REQUEST);
}

static bool has_ports(const struct flow_keys *k)
{
	return !k->frag && (k->proto == IP_PROTO_TCP || k->proto == IP_PROTO_UDP);
}

static struct rss_verdict steer_keys6(const struct nic_rss *r, const u8 *l4, size_t len,
				      const struct flow_keys *k)
{
	u32 addrs;

	if (likely(has_ports(k)))
		return by_flow(r, k->proto, toeplitz_ipv6_ports(&r->toeplitz, k->addrs6, k->sport,
								k->dport), k->dport);
	addrs = toeplitz_ipv6(&r->toeplitz, k->addrs6);
	if (k->frag || k->proto != IP_PROTO_ICMPV6)
		return by_hash(r, addrs, k->frag);
	return steer_icmp6(r, l4, len, addrs);
}

static struct rss_verdict steer_keys(const struct nic_rss *r, const u8 *l4, size_t len,
				     const struct flow_keys *k)
{
	u32 addrs;

	if (k->addrs6)
		return steer_keys6(r, l4, len, k);
	if (likely(has_ports(k)))
		return by_flow(r, k->proto, toeplitz_ipv4_ports(&r->toeplitz, k->src, k->dst,
								k->sport, k->dport), k->dport);
	addrs = toeplitz_ipv4(&r->toeplitz, k->src, k->dst);
	if (k->frag || k->proto != IP_PROTO_ICMP)
		return by_hash(r, addrs, k->frag);
	return steer_icmp(r, l4, len, addrs);
}

struct rss_verdict nic_rss_steer_ipv4(const struct nic_rss *r, const u8 *packet, size_t len)
{
	struct flow_keys k;

	if (!flow_keys_parse_ipv4(packet, len, &k))
		return by_hash(r, 0, false);
	return steer_keys(r, packet + k.l4_off, len - k.l4_off, &k);
}

struct rss_verdict nic_rss_steer_ipv6(const struct nic_rss *r, const u8 *packet, size_t len)
{
	struct flow_keys k;

	if (!flow_keys_parse_ipv6(packet, len, &k))
		return by_hash(r, 0, false);
	return steer_keys(r, packet + k.l4_off, len - k.l4_off, &k);
}

static struct rss_verdict steer_other(const u8 *frame, size_t len)
{
	struct eth_view eth;

	/* ARP behind a VLAN tag is seen by its tag: what is tagged and no IP goes to all. */
	return (struct rss_verdict){
		.all = !eth_parse(frame, len, &eth) &&
		       (eth.proto == ETH_P_ARP || eth.proto == ETH_P_8021Q ||
			eth.proto == ETH_P_8021AD),
	};
}

struct rss_verdict nic_rss_steer(const struct nic_rss *r, const u8 *frame, size_t len)
{
	struct flow_keys k;
	struct rss_verdict v;

	if (likely(flow_keys_parse(frame, len, &k)))
		v = steer_keys(r, frame + k.l4_off, len - k.l4_off, &k);
	else
		v = steer_other(frame, len);
	if (unlikely(len && frame[0] & 1))	/* a group's MAC address */
		v.all = true;
	return v;
}

bool nic_rss_rx(struct nic *nic, const struct nic_seg *segs, u32 nsegs, struct nic_meta *meta)
{
	const struct nic_rss *r = nic->rss;
	struct rss_verdict v;

	if (meta->steered)
		return false;
	v = nic_rss_steer(r, segs->addr, segs->len);
	meta->steered = true;
	meta->hash = v.hash;
	if (likely(v.ring == r->self && !v.all))
		return false;
	if (!v.all) {
		nic->stats.rx_given++;
		r->give(nic, v.ring, segs, nsegs, meta);
		return true;
	}
	for (u32 ring = 0; ring < r->rings; ring++) {
		if (ring == r->self)
			continue;
		meta->bystander = ring != v.ring;
		r->give(nic, ring, segs, nsegs, meta);
	}
	meta->bystander = v.ring != r->self;
	return false;
}
