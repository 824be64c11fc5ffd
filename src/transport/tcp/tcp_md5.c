/* SPDX-License-Identifier: MIT */
/* The MD5 signature option (RFC 2385): keys by peer, and the digest. */
#include <linnet/tcp_auth.h>

#include "base/digest.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_skb.h"
#include "transport/tcp/tcp_sock.h"

const struct tcp_md5_key *tcp_md5_lookup(const struct tcp_auth *auth, const struct ip6_addr *peer)
{
	const struct tcp_md5_key *best = NULL;

	for (const struct tcp_md5_key *k = auth ? auth->md5 : NULL; k; k = k->next)
		if (tcp_auth_is_for(&k->addr, k->prefixlen, peer) &&
		    (!best || k->prefixlen > best->prefixlen))
			best = k;
	return best;
}

/* Where the key of exactly that prefix hangs, or the end. */
static struct tcp_md5_key **find(struct tcp_auth *auth, const struct ip6_addr *addr, u8 prefixlen)
{
	struct tcp_md5_key **at = &auth->md5;

	while (*at && (!ipv6_addr_equal(&(*at)->addr, addr) || (*at)->prefixlen != prefixlen))
		at = &(*at)->next;
	return at;
}

int tcp_md5_add(struct net *net, struct tcp_auth *auth, const struct tcp_md5_key *key)
{
	struct tcp_md5_key **at = find(auth, &key->addr, key->prefixlen), *next;

	if (!*at) {
		if (auth->md5_keys >= TCP_MD5_KEYS_MAX)
			return -ENOMEM;
		*at = mem_zalloc(&net->mem, sizeof(**at));
		if (!*at)
			return -ENOMEM;
		auth->md5_keys++;
	}
	next = (*at)->next;
	**at = *key;
	(*at)->next = next;
	return 0;
}

static int key_del(struct sock *sk, const struct ip6_addr *addr, u8 prefixlen)
{
	struct tcp_auth *auth = tcp_sk(sk)->auth;
	struct tcp_md5_key **at = auth ? find(auth, addr, prefixlen) : NULL, *key;

	if (!at || !*at)
		return -ENOENT;
	key = *at;
	*at = key->next;
	auth->md5_keys--;
	mem_free(&sock_net(sk)->mem, key, sizeof(*key));
	return 0;
}

void tcp_md5_free(struct net *net, struct tcp_auth *auth)
{
	struct tcp_md5_key *key;

	while ((key = auth->md5)) {
		auth->md5 = key->next;
		mem_free(&net->mem, key, sizeof(*key));
	}
}

int tcp_md5_parse(struct sock *sk, int name, const void *val, u32 len)
{
	struct tcp_md5_key key = { .prefixlen = 128 };
	struct ln_tcp_md5sig cmd;
	struct tcp_auth *auth;
	struct ip6_addr addr;
	u16 port;
	int err;

	if (len < sizeof(cmd))
		return -EINVAL;
	memcpy(&cmd, val, sizeof(cmd));
	err = tcp_auth_read_addr(sk, cmd.tcpm_addr, &addr, &port);
	if (err)
		return err;
	if (name == LN_TCP_MD5SIG_EXT && cmd.tcpm_flags & LN_TCP_MD5SIG_FLAG_PREFIX) {
		err = tcp_auth_read_prefix(&addr, cmd.tcpm_prefixlen);
		if (err < 0)
			return err;
		key.prefixlen = (u8)err;
	}
	/* Only a device of a VRF may be named, and there are none. */
	if (name == LN_TCP_MD5SIG_EXT && cmd.tcpm_flags & LN_TCP_MD5SIG_FLAG_IFINDEX &&
	    cmd.tcpm_ifindex)
		return -EINVAL;
	key.addr = ipv6_addr_prefix(&addr, key.prefixlen);
	if (!cmd.tcpm_keylen) {
		err = key_del(sk, &key.addr, key.prefixlen);
	} else if (cmd.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN) {
		err = -EINVAL;
	} else {
		key.keylen = (u8)cmd.tcpm_keylen;
		if (tcp_ao_lookup(tcp_sk(sk)->auth, &addr, TCP_AO_ANY, TCP_AO_ANY))
			return -EKEYREJECTED;
		memcpy(key.key, cmd.tcpm_key, key.keylen);
		auth = tcp_auth_get(sk);
		err = auth ? tcp_md5_add(sock_net(sk), auth, &key) : -ENOMEM;
	}
	if (!err)
		tcp_auth_changed(sk);
	return err;
}

void tcp_md5_option(struct tcp_out_options *o)
{
	o->options |= OPTION_AUTH;
	o->auth_kind = TCPOPT_MD5SIG;
	o->auth_len = TCPOLEN_MD5SIG;
}

static int hash_piece(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	(void)buf;
	digest_update(ctx, p, len);
	return 0;
}

void tcp_md5_hash(const struct tcp_md5_key *key, const struct tcp_auth_path *path,
		  const struct sk_buff *skb, u8 out[16])
{
	u8 pseudo[TCP_AUTH_PSEUDO_MAX];
	struct tcphdr th;
	struct digest d;
	u32 hlen;

	memcpy(&th, skb->data, TCP_HLEN);
	hlen = tcph_hlen(&th);
	th.check = 0;
	digest_init(&d, DIGEST_MD5);
	digest_update(&d, pseudo, tcp_auth_pseudo_header(path, skb->len, pseudo));
	digest_update(&d, &th, TCP_HLEN);
	skb_for_each_piece(skb, hlen, skb->len - hlen, hash_piece, &d);
	digest_update(&d, key->key, key->keylen);
	digest_final(&d, out);
}
