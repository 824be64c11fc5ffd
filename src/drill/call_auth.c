/* SPDX-License-Identifier: MIT */
/*
 * Keys of TCP's signatures as values of options: members have the names of Linux's structs. A peer
 * that is not named is the script's, alone: its prefix is the whole address.
 */
#include <linnet/tcp_auth.h>

#include "drill/call.h"

/* Of an address that a key may name, in bits; mapped addresses count as IPv4's. */
static u8 whole(const struct call_run *r)
{
	return r->d->version == IP_VERSION_6 ? 128 : 32;
}

static bool key_peer(struct call_run *r, const struct drill_fd *f, const struct expr *e,
		     const char *name, u8 *out)
{
	static const struct expr any = { .kind = EXPR_ANY };
	const struct expr *addr = expr_member(e, name);
	struct sock_addr sa;
	u32 len;

	if (!expr_address(r, f, addr ? addr : &any, r->d->params.remote, 0, &sa, &len))
		return false;
	memcpy(out, &sa, len);
	return true;
}

/* The secret's bytes. Return: how many, -1: told. */
static int key_text(struct call_run *r, const struct expr *e, const char *name, u8 *out, size_t cap)
{
	const struct expr *key = expr_member(e, name);

	if (!key)
		return 0;
	if (key->kind != EXPR_STRING || key->len > cap) {
		call_bad(r, key, "a \"key\" of at most 80 bytes");
		return -1;
	}
	memcpy(out, key->text, key->len);
	return (int)key->len;
}

static u32 md5_value(struct call_run *r, const struct drill_fd *f, const struct expr *e, u8 *buf)
{
	struct ln_tcp_md5sig m = {
		.tcpm_flags = (u8)member_int(e, "tcpm_flags", 0),
		.tcpm_prefixlen = (u8)member_int(e, "tcpm_prefixlen", 0),
	};
	int len = key_text(r, e, "tcpm_key", m.tcpm_key, sizeof(m.tcpm_key));

	if (len < 0 || !key_peer(r, f, e, "tcpm_addr", m.tcpm_addr))
		return 0;
	m.tcpm_keylen = (u16)member_int(e, "tcpm_keylen", len);
	memcpy(buf, &m, sizeof(m));
	return sizeof(m);
}

static u32 ao_add_value(struct call_run *r, const struct drill_fd *f, const struct expr *e, u8 *buf)
{
	struct ln_tcp_ao_add a = {
		.set_current = member_int(e, "set_current", 0) != 0,
		.set_rnext = member_int(e, "set_rnext", 0) != 0,
		.prefix = (u8)member_int(e, "prefix", whole(r)),
		.sndid = (u8)member_int(e, "sndid", 0), .rcvid = (u8)member_int(e, "rcvid", 0),
		.maclen = (u8)member_int(e, "maclen", 0),
		.keyflags = (u8)member_int(e, "keyflags", 0), .alg_name = "hmac(sha1)",
	};
	const struct expr *alg = expr_member(e, "alg_name");
	int len = key_text(r, e, "key", a.key, sizeof(a.key));

	if (len < 0 || !key_peer(r, f, e, "addr", a.addr))
		return 0;
	if (alg && alg->kind == EXPR_STRING)
		snprintf(a.alg_name, sizeof(a.alg_name), "%s", alg->text);
	a.keylen = (u8)len;
	memcpy(buf, &a, sizeof(a));
	return sizeof(a);
}

static u32 ao_del_value(struct call_run *r, const struct drill_fd *f, const struct expr *e, u8 *buf)
{
	struct ln_tcp_ao_del a = {
		.set_current = expr_member(e, "current_key") != NULL,
		.set_rnext = expr_member(e, "rnext") != NULL,
		.prefix = (u8)member_int(e, "prefix", whole(r)),
		.sndid = (u8)member_int(e, "sndid", 0), .rcvid = (u8)member_int(e, "rcvid", 0),
		.current_key = (u8)member_int(e, "current_key", 0),
		.rnext = (u8)member_int(e, "rnext", 0),
	};

	if (!key_peer(r, f, e, "addr", a.addr))
		return 0;
	memcpy(buf, &a, sizeof(a));
	return sizeof(a);
}

static u32 ao_info_value(const struct expr *e, u8 *buf)
{
	struct ln_tcp_ao_info_opt a = {
		.set_current = expr_member(e, "current_key") != NULL,
		.set_rnext = expr_member(e, "rnext") != NULL,
		.ao_required = member_int(e, "ao_required", 0) != 0,
		.accept_icmps = member_int(e, "accept_icmps", 0) != 0,
		.current_key = (u8)member_int(e, "current_key", 0),
		.rnext = (u8)member_int(e, "rnext", 0),
	};

	memcpy(buf, &a, sizeof(a));
	return sizeof(a);
}

bool auth_is_option(s64 level, s64 name, const struct expr *e)
{
	return level == LN_SOL_TCP && e->kind == EXPR_STRUCT &&
	       (name == LN_TCP_MD5SIG || name == LN_TCP_MD5SIG_EXT ||
		(name >= LN_TCP_AO_ADD_KEY && name <= LN_TCP_AO_INFO));
}

u32 auth_value(struct call_run *r, const struct drill_fd *f, s64 name, const struct expr *e,
	       u8 *buf)
{
	switch (name) {
	case LN_TCP_AO_ADD_KEY:
		return ao_add_value(r, f, e, buf);
	case LN_TCP_AO_DEL_KEY:
		return ao_del_value(r, f, e, buf);
	case LN_TCP_AO_INFO:
		return ao_info_value(e, buf);
	}
	return md5_value(r, f, e, buf);
}

bool auth_same(struct call_run *r, const struct expr *e, const u8 *buf, u32 len)
{
	struct ln_tcp_ao_info_opt a = { 0 };

	memcpy(&a, buf, min_t(u32, len, sizeof(a)));
	return call_same(r, expr_member(e, "current_key"), "current_key", a.current_key) &&
	       call_same(r, expr_member(e, "rnext"), "rnext", a.rnext) &&
	       call_same(r, expr_member(e, "ao_required"), "ao_required", a.ao_required) &&
	       call_same(r, expr_member(e, "accept_icmps"), "accept_icmps", a.accept_icmps) &&
	       call_same(r, expr_member(e, "pkt_good"), "pkt_good", (s64)a.pkt_good) &&
	       call_same(r, expr_member(e, "pkt_bad"), "pkt_bad", (s64)a.pkt_bad) &&
	       call_same(r, expr_member(e, "pkt_key_not_found"), "pkt_key_not_found",
			 (s64)a.pkt_key_not_found) &&
	       call_same(r, expr_member(e, "pkt_ao_required"), "pkt_ao_required",
			 (s64)a.pkt_ao_required) &&
	       call_same(r, expr_member(e, "pkt_dropped_icmp"), "pkt_dropped_icmp",
			 (s64)a.pkt_dropped_icmp);
}
