/* SPDX-License-Identifier: MIT */
/* TCP-AO's socket options: keys are added, taken away and listed. */
#include <linnet/tcp_auth.h>

#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_sock.h"

static const struct {
	char name[16];
	u8 alg, size;		/* bytes of its result */
} algorithms[] = {
	{ "hmac(sha1)", TCP_AO_HMAC_SHA1, 20 },
	{ "hmac(sha256)", TCP_AO_HMAC_SHA256, 32 },
	{ "cmac(aes128)", TCP_AO_CMAC_AES, 16 },
	{ "cmac(aes)", TCP_AO_CMAC_AES, 16 },
};

/* 0.0.0.0 or ::, which mean all peers of the family and have no prefix. */
static bool is_any(const struct ip6_addr *addr)
{
	return ipv6_addr_any(addr) || (ipv6_addr_v4mapped(addr) && !ip6_u32(addr, 3));
}

/* An option's peers: those of any port, and no bits behind the prefix. */
static int read_peers(const struct sock *sk, const u8 *sockaddr, u8 prefix, struct ip6_addr *addr,
		      u8 *prefixlen)
{
	struct ip6_addr masked;
	u16 port;
	int err = tcp_auth_read_addr(sk, sockaddr, addr, &port);

	if (err)
		return err;
	if (port || !prefix != is_any(addr))
		return -EINVAL;
	/* On a socket of AF_INET6, mapped 0.0.0.0 is no address at all. */
	if (!prefix && sk->c.family == LN_AF_INET6 && ipv6_addr_v4mapped(addr))
		return -EINVAL;
	err = tcp_auth_read_prefix(addr, prefix);
	if (err < 0)
		return err;
	*prefixlen = (u8)err;
	masked = ipv6_addr_prefix(addr, *prefixlen);
	return ipv6_addr_equal(addr, &masked) ? 0 : -EINVAL;
}

static struct tcp_ao_info *info_get(struct sock *sk)
{
	struct tcp_auth *auth = tcp_auth_get(sk);

	if (auth && !auth->ao)
		auth->ao = mem_zalloc(&sock_net(sk)->mem, sizeof(*auth->ao));
	return auth ? auth->ao : NULL;
}

/* ---- add ---- */

static int key_read(const struct sock *sk, struct tcp_ao_key *k, const struct ln_tcp_ao_add *cmd)
{
	struct ip6_addr peer = inet6_shown_daddr(&sk->c);
	size_t i = 0;
	int err;

	if (cmd->reserved || cmd->reserved2 || cmd->keylen > TCP_AO_MAXKEYLEN || cmd->ifindex ||
	    cmd->keyflags & ~(LN_TCP_AO_KEYF_IFINDEX | LN_TCP_AO_KEYF_EXCLUDE_OPT))
		return -EINVAL;
	err = read_peers(sk, cmd->addr, cmd->prefix, &k->addr, &k->prefixlen);
	if (err)
		return err;
	if (cmd->prefix && !is_any(&peer) && !tcp_auth_is_for(&k->addr, k->prefixlen, &peer))
		return -EINVAL;
	while (i < ARRAY_SIZE(algorithms) && strncmp(algorithms[i].name, cmd->alg_name, 16))
		i++;
	if (i == ARRAY_SIZE(algorithms))
		return -ENOENT;
	k->alg = algorithms[i].alg;
	k->maclen = cmd->maclen ? cmd->maclen : 12;	/* RFC 5925's */
	if (k->maclen < 4 || k->maclen > algorithms[i].size)
		return -EINVAL;
	/* Beside the options of a SYN. */
	if (k->maclen + TCPOLEN_AO_BASE > 20)
		return -EMSGSIZE;
	k->sndid = cmd->sndid;
	k->rcvid = cmd->rcvid;
	k->keyflags = cmd->keyflags;
	k->keylen = cmd->keylen;
	memcpy(k->key, cmd->key, cmd->keylen);
	return 0;
}

/* The ids are what tells two keys of a peer apart. */
static bool key_is_known(const struct tcp_ao_info *ao, const struct tcp_ao_key *key)
{
	for (const struct tcp_ao_key *k = ao->keys; k; k = k->next) {
		if (tcp_auth_is_for(&k->addr, min(k->prefixlen, key->prefixlen), &key->addr) &&
		    (k->sndid == key->sndid || k->rcvid == key->rcvid))
			return true;
	}
	return false;
}

static int add_key(struct sock *sk, const struct ln_tcp_ao_add *cmd)
{
	bool idle = tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN));
	struct tcp_auth *auth = tcp_sk(sk)->auth;
	struct tcp_ao_key key = { .next = NULL }, *k;
	struct tcp_ao_info *ao;
	int err = key_read(sk, &key, cmd);

	if (err)
		return err;
	/* A connection is signed from its SYN on, or never. */
	if (!idle && !(auth && auth->ao))
		return -EINVAL;
	if (sk->c.state == TCP_LISTEN && (cmd->set_current || cmd->set_rnext))
		return -EINVAL;
	if (tcp_md5_lookup(auth, &key.addr))
		return -EKEYREJECTED;
	ao = info_get(sk);
	if (!ao)
		return -ENOMEM;
	if (key_is_known(ao, &key))
		return -EEXIST;
	k = ao->n < TCP_AO_KEYS_MAX ? mem_alloc(&sock_net(sk)->mem, sizeof(*k)) : NULL;
	if (!k)
		return -ENOMEM;
	*k = key;
	k->next = ao->keys;
	ao->keys = k;
	ao->n++;
	if (cmd->set_current)
		ao->current = k;
	if (cmd->set_rnext)
		ao->rnext = k;
	return 0;
}

/* ---- current and rnext ---- */

static int choose(struct sock *sk, const struct tcp_ao_info *ao, bool set_current, u8 current,
		  bool set_rnext, u8 rnext, struct tcp_ao_key **new_current,
		  struct tcp_ao_key **new_rnext)
{
	const struct tcp_auth *auth = tcp_sk(sk)->auth;

	*new_current = ao->current;
	*new_rnext = ao->rnext;
	if ((set_current || set_rnext) && sk->c.state == TCP_LISTEN)
		return -EINVAL;
	for (struct tcp_ao_key *k = auth->ao->keys; k; k = k->next) {
		if (set_current && k->sndid == current) {
			*new_current = k;
			set_current = false;
		}
		if (set_rnext && k->rcvid == rnext) {
			*new_rnext = k;
			set_rnext = false;
		}
	}
	return set_current || set_rnext ? -ENOENT : 0;
}

static int del_key(struct sock *sk, const struct ln_tcp_ao_del *cmd)
{
	struct tcp_auth *auth = tcp_sk(sk)->auth;
	struct tcp_ao_info *ao = auth ? auth->ao : NULL;
	struct tcp_ao_key **at, *k, *current, *rnext;
	struct ip6_addr peer;
	u8 prefixlen;
	int err;

	if (cmd->reserved || cmd->reserved2 || cmd->ifindex ||
	    cmd->keyflags & ~LN_TCP_AO_KEYF_IFINDEX ||
	    (cmd->del_async && sk->c.state != TCP_LISTEN))
		return -EINVAL;
	err = read_peers(sk, cmd->addr, cmd->prefix, &peer, &prefixlen);
	if (err)
		return err;
	if (!ao)
		return -ENOENT;
	err = choose(sk, ao, cmd->set_current, cmd->current_key, cmd->set_rnext, cmd->rnext,
		     &current, &rnext);
	if (err)
		return err;
	for (at = &ao->keys; (k = *at); at = &k->next)
		if (ipv6_addr_equal(&k->addr, &peer) && k->prefixlen == prefixlen &&
		    k->sndid == cmd->sndid && k->rcvid == cmd->rcvid)
			break;
	if (!k)
		return -ENOENT;
	if (k == current || k == rnext)
		return -EBUSY;
	*at = k->next;
	ao->n--;
	ao->current = current;
	ao->rnext = rnext;
	mem_free(&sock_net(sk)->mem, k, sizeof(*k));
	return 0;
}

/* ---- info ---- */

static int set_info(struct sock *sk, const struct ln_tcp_ao_info_opt *cmd)
{
	struct tcp_ao_key *current, *rnext;
	struct tcp_ao_info *ao;
	int err;

	if (cmd->reserved || cmd->reserved2)
		return -EINVAL;
	ao = tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)) ? info_get(sk) :
	     tcp_sk(sk)->auth ? tcp_sk(sk)->auth->ao : NULL;
	if (!ao)
		return -EINVAL;
	err = choose(sk, ao, cmd->set_current, cmd->current_key, cmd->set_rnext, cmd->rnext,
		     &current, &rnext);
	if (err)
		return err;
	/* Its signatures must fit where the connection's do. */
	if (ao->current && !tcp_state_in(sk, TCPF(CLOSE)) && current->maclen != ao->current->maclen)
		return -EINVAL;
	ao->current = current;
	ao->rnext = rnext;
	ao->required = cmd->ao_required;
	ao->accept_icmps = cmd->accept_icmps;
	if (cmd->set_counters) {
		ao->pkt_good = cmd->pkt_good;
		ao->pkt_bad = cmd->pkt_bad;
		ao->pkt_key_not_found = cmd->pkt_key_not_found;
		ao->pkt_ao_required = cmd->pkt_ao_required;
		ao->pkt_dropped_icmp = cmd->pkt_dropped_icmp;
	}
	return 0;
}

int tcp_ao_setsockopt(struct sock *sk, int name, const void *val, u32 len)
{
	union {
		struct ln_tcp_ao_add add;
		struct ln_tcp_ao_del del;
		struct ln_tcp_ao_info_opt info;
	} cmd;
	size_t size = name == LN_TCP_AO_ADD_KEY ? sizeof(cmd.add) :
		      name == LN_TCP_AO_DEL_KEY ? sizeof(cmd.del) : sizeof(cmd.info);

	if (len < size)
		return -EINVAL;
	memcpy(&cmd, val, size);
	switch (name) {
	case LN_TCP_AO_ADD_KEY:
		return add_key(sk, &cmd.add);
	case LN_TCP_AO_DEL_KEY:
		return del_key(sk, &cmd.del);
	default:
		return set_info(sk, &cmd.info);
	}
}

static int get_info(const struct tcp_ao_info *ao, void *val, u32 *len)
{
	struct ln_tcp_ao_info_opt out = {
		.ao_required = ao->required, .accept_icmps = ao->accept_icmps,
		.set_current = ao->current != NULL, .set_rnext = ao->rnext != NULL,
		.current_key = ao->current ? ao->current->sndid : 0,
		.rnext = ao->rnext ? ao->rnext->rcvid : 0,
		.pkt_good = ao->pkt_good, .pkt_bad = ao->pkt_bad,
		.pkt_key_not_found = ao->pkt_key_not_found,
		.pkt_ao_required = ao->pkt_ao_required,
		.pkt_dropped_icmp = ao->pkt_dropped_icmp,
	};

	*len = (u32)min_t(size_t, *len, sizeof(out));
	memcpy(val, &out, *len);
	return 0;
}

static void describe(const struct tcp_ao_info *ao, const struct tcp_ao_key *k,
		     struct ln_tcp_ao_getsockopt *out)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET };
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6 };
	bool v4 = ipv6_addr_v4mapped(&k->addr);
	size_t i = 0;

	*out = (struct ln_tcp_ao_getsockopt){
		.nkeys = ao->n, .is_current = k == ao->current, .is_rnext = k == ao->rnext,
		.sndid = k->sndid, .rcvid = k->rcvid,
		.prefix = (u8)(k->prefixlen - (v4 ? 96 : 0)),
		.maclen = k->maclen, .keyflags = k->keyflags, .keylen = k->keylen,
		.pkt_good = k->pkt_good, .pkt_bad = k->pkt_bad,
	};
	sin.sin_addr = cpu_to_be32(ip6_u32(&k->addr, 3));
	memcpy(sin6.sin6_addr, &k->addr, sizeof(k->addr));
	if (v4)
		memcpy(out->addr, &sin, sizeof(sin));
	else
		memcpy(out->addr, &sin6, sizeof(sin6));
	memcpy(out->key, k->key, k->keylen);
	while (algorithms[i].alg != k->alg)
		i++;
	memcpy(out->alg_name, algorithms[i].name, sizeof(algorithms[i].name));
}

static bool is_asked(const struct ln_tcp_ao_getsockopt *in, const struct tcp_ao_info *ao,
		     const struct tcp_ao_key *k)
{
	struct ln_sockaddr_in6 sin6;
	struct ln_sockaddr_in sin;
	struct ip6_addr addr;
	int prefix;

	if (in->get_all)
		return true;
	if (in->is_current || in->is_rnext)
		return (in->is_current && k == ao->current) || (in->is_rnext && k == ao->rnext);
	memcpy(&sin, in->addr, sizeof(sin));
	memcpy(&sin6, in->addr, sizeof(sin6));
	addr = ipv6_addr_v4mapped_of(sin.sin_addr);
	if (sin.sin_family == LN_AF_INET6)
		memcpy(&addr, sin6.sin6_addr, sizeof(addr));
	prefix = tcp_auth_read_prefix(&addr, in->prefix);
	return ipv6_addr_equal(&k->addr, &addr) && k->prefixlen == prefix &&
	       k->sndid == in->sndid && k->rcvid == in->rcvid;
}

/* val: room for nkeys of them, the first of which says what is asked for. */
static int get_keys(const struct tcp_ao_info *ao, void *val, u32 *len)
{
	struct ln_tcp_ao_getsockopt in, out;
	u32 n = 0, room;

	if (*len < sizeof(in))
		return -EINVAL;
	memcpy(&in, val, sizeof(in));
	if (in.reserved)
		return -EINVAL;
	room = min_t(u32, in.nkeys, *len / (u32)sizeof(in));
	for (const struct tcp_ao_key *k = ao->keys; k; k = k->next) {
		if (!is_asked(&in, ao, k))
			continue;
		describe(ao, k, &out);
		if (n < room)
			memcpy((u8 *)val + n * sizeof(out), &out, sizeof(out));
		n++;
	}
	for (u32 i = 0; i < min(n, room); i++)
		memcpy((u8 *)val + i * sizeof(out) + offsetof(struct ln_tcp_ao_getsockopt, nkeys),
		       &n, sizeof(n));
	*len = sizeof(out);
	return n ? 0 : -ENOENT;
}

int tcp_ao_getsockopt(struct sock *sk, int name, void *val, u32 *len)
{
	const struct tcp_auth *auth = tcp_sk(sk)->auth;

	if (!auth || !auth->ao)
		return -ENOENT;
	return name == LN_TCP_AO_INFO ? get_info(auth->ao, val, len) :
					get_keys(auth->ao, val, len);
}
