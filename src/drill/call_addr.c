/* SPDX-License-Identifier: MIT */
/* Addresses as arguments of calls, and those that calls give back. */
#include "drill/call.h"
#include "wire/inet_addr.h"

/* In ipv6 an address of IPv4 stands for its counterpart; one without is that of a foreign net. */
static struct ip6_addr counterpart(const struct drill *d, be32 v4)
{
	static const struct ip6_addr foreign = { { 0x20, 0x01, 0x0d, 0xb8, [11] = 1 } };
	struct ip6_addr a;

	if (d->version != IP_VERSION_6)
		return ipv6_addr_v4mapped_of(v4);
	if (v4 == INADDR4_ANY)
		return IN6ADDR_ANY;
	if (v4 == INADDR4_LOOPBACK)
		return IN6ADDR_LOOPBACK;
	if (v4 == INET_ADDR4(192, 168, 0, 1))
		return d->params.local;
	if (v4 == INET_ADDR4(192, 0, 2, 1))
		return d->params.remote;
	a = foreign;
	memcpy(a.s6_addr + 12, &v4, sizeof(v4));
	return a;
}

/* sin_addr or sin6_addr of a struct. False: neither, or told. */
static bool member_addr(struct call_run *r, const struct expr *e, struct ip6_addr *a)
{
	const struct expr *v4 = expr_member(e, "sin_addr"), *v6 = expr_member(e, "sin6_addr");

	if (v4 && v4->kind == EXPR_NUMBER)
		*a = counterpart(r->d, (u32)v4->number);
	else if (!v6 || v6->kind != EXPR_STRING)
		return false;
	else if (!addr_parse(v6->text, a))
		return call_bad(r, v6, "an address as \"fd3d:a0b:17d6::1\"");
	return true;
}

static const struct expr *member_port(const struct expr *e)
{
	const struct expr *port = expr_member(e, "sin_port");

	return port ? port : expr_member(e, "sin6_port");
}

bool expr_address(struct call_run *r, const struct drill_fd *f, const struct expr *e,
		  struct ip6_addr addr, u16 port, struct sock_addr *sa, u32 *len)
{
	const struct expr *family = expr_member(e, "sa_family"), *at = member_port(e);

	if (e->kind != EXPR_ANY && e->kind != EXPR_STRUCT)
		return call_bad(r, e, "an address or ...");
	if (e->kind == EXPR_STRUCT)
		member_addr(r, e, &addr);
	if (at && at->kind == EXPR_NUMBER)
		port = be16_to_cpu((u16)at->number);
	*len = sock_addr_set(sa, f->inet6, &addr, port);
	if (!family)
		family = expr_member(e, "sin_family");
	if (family && family->kind == EXPR_NUMBER && family->number != LN_AF_INET &&
	    family->number != LN_AF_INET6)
		sa->sa.sa_family = (u16)family->number;
	return !r->d->why[0];
}

bool same_address(struct call_run *r, const struct expr *want, const struct sock_addr *got)
{
	struct ip6_addr a = sock_addr_ip(got), b = a;
	char as[IP6_STR_MAX], bs[IP6_STR_MAX];

	if (want->kind != EXPR_STRUCT)
		return true;
	member_addr(r, want, &b);
	if (!ipv6_addr_equal(&a, &b) && !(addr_is_any(&a) && addr_is_any(&b)))
		return drill_fail(r->d, "%s(): the address is %s, expected %s", r->c->def->name,
				  addr_str(&a, as), addr_str(&b, bs));
	return call_same(r, member_port(want), "the port", got->in.sin_port);
}
