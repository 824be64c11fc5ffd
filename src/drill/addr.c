/* SPDX-License-Identifier: MIT */
#include "drill/addr.h"

#include "wire/inet_addr.h"

static const char *const versions[] = {
	[IP_VERSION_4] = "ipv4", [IP_VERSION_4_MAPPED_6] = "ipv4-mapped-ipv6",
	[IP_VERSION_6] = "ipv6",
};

bool ip_version_parse(const char *name, enum ip_version *version)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		if (!strcmp(name, versions[i])) {
			*version = (enum ip_version)i;
			return true;
		}
	}
	return false;
}

const char *ip_version_name(enum ip_version version)
{
	return versions[version];
}

bool addr_parse(const char *s, struct ip6_addr *a)
{
	be32 v4;

	if (!inet_addr_parse(s, &v4))
		return ip6_addr_parse(s, a);
	*a = ipv6_addr_v4mapped_of(v4);
	return true;
}

static be32 low_word(const struct ip6_addr *a)
{
	be32 v4;

	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return v4;
}

const char *addr_str(const struct ip6_addr *a, char buf[IP6_STR_MAX])
{
	return ipv6_addr_v4mapped(a) ? inet_addr_str(low_word(a), buf) : ip6_addr_str(a, buf);
}

bool addr_is_any(const struct ip6_addr *a)
{
	return ipv6_addr_any(a) || (ipv6_addr_v4mapped(a) && !low_word(a));
}

u32 sock_addr_set(struct sock_addr *s, bool inet6, const struct ip6_addr *a, u16 port)
{
	*s = (struct sock_addr){ 0 };
	if (!inet6) {
		s->in.sin_family = LN_AF_INET;
		s->in.sin_port = cpu_to_be16(port);
		s->in.sin_addr = low_word(a);
		return sizeof(s->in);
	}
	s->in6.sin6_family = LN_AF_INET6;
	s->in6.sin6_port = cpu_to_be16(port);
	memcpy(s->in6.sin6_addr, a, sizeof(*a));
	return sizeof(s->in6);
}

struct ip6_addr sock_addr_ip(const struct sock_addr *s)
{
	struct ip6_addr a;

	if (s->sa.sa_family != LN_AF_INET6)
		return ipv6_addr_v4mapped_of(s->in.sin_addr);
	memcpy(&a, s->in6.sin6_addr, sizeof(a));
	return a;
}

u16 sock_addr_port(const struct sock_addr *s)
{
	return be16_to_cpu(s->in.sin_port);	/* it stands at the same place */
}
