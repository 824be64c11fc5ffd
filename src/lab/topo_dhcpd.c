/* SPDX-License-Identifier: MIT */
/* The service dhcpd: which addresses are given out, and what is told with them. */
#include <stdio.h>
#include <string.h>

#include "app/dhcp/dhcp_message.h"
#include "lab/topo_read.h"

#define SEC 1000000000ll

_Static_assert(TOPO_DHCPD_ADDRS_MAX == DHCP_ADDRS_MAX, "what a message has room for");

static bool read_addr4(struct topo_reader *r, const struct ty_node *n, const char *text, be32 *to)
{
	if (text && inet4_parse(text, to))
		return true;
	if (text)
		tr_error(r, n, "%s is \"%s\"; expected an IPv4 address", r->key,
			 topo_quote(text).s);
	return false;
}

static void read_router(struct topo_reader *r, const struct ty_node *n, void *field)
{
	read_addr4(r, n, tr_text(r, n, "an IPv4 address"), field);
}

static void read_range(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "the first and the last address, 10.0.0.100-10.0.0.199";
	struct topo_dhcpd *d = field;
	const char *text = tr_text(r, n, expected), *dash = text ? strchr(text, '-') : NULL;
	char first[INET4_TEXT_MAX];

	if (!text)
		return;
	snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - text) : 0, text);
	if (!dash || !inet4_parse(first, &d->first) || !inet4_parse(dash + 1, &d->last))
		tr_error(r, n, "range is \"%s\"; expected %s", topo_quote(text).s, expected);
	else if (be32_to_cpu(d->first) > be32_to_cpu(d->last))
		tr_error(r, n, "range is \"%s\", which ends before it begins; expected %s",
			 topo_quote(text).s, expected);
}

static void read_servers(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_dhcpd *d = field;

	if (!tr_is_seq(r, n, "dns", "a list of IPv4 addresses ([192.0.2.53])"))
		return;
	if (n->count > TOPO_DHCPD_ADDRS_MAX) {
		tr_error(r, n, "dns has %u addresses; expected at most %u", n->count,
			 TOPO_DHCPD_ADDRS_MAX);
		return;
	}
	for (const struct ty_item *it = n->items; it; it = it->next)
		if (read_addr4(r, it->value, tr_text(r, it->value, "an IPv4 address"),
			       &d->dns[d->dns_count]))
			d->dns_count++;
}

static void read_domain(struct topo_reader *r, const struct ty_node *n, void *field)
{
	const char **domain = field;

	tr_string(r, n, domain);
	if (*domain && (!tr_is_dns_name(*domain) || strlen(*domain) >= DHCP_NAME_MAX))
		tr_error(r, n, "domain is \"%s\"; expected a domain name of at most %u characters",
			 topo_quote(*domain).s, DHCP_NAME_MAX - 1);
}

static void read_lease(struct topo_reader *r, const struct ty_node *n, void *field)
{
	s64 *ns = field;

	tr_duration(r, n, ns);
	if (*ns < 10 * SEC)
		tr_error(r, n, "lease is \"%s\"; expected at least 10s", topo_quote(n->text).s);
}

static void read_mtu(struct topo_reader *r, const struct ty_node *n, void *field)
{
	u64 mtu = 0;

	tr_u64(r, n, &mtu);
	if (mtu < 576 || mtu > 65535)
		tr_error(r, n, "mtu is \"%s\"; expected 576 to 65535", topo_quote(n->text).s);
	else
		*(u32 *)field = (u32)mtu;
}

void tr_dhcpd(struct topo_reader *r, const struct ty_node *n, struct topo_service *s)
{
	static const struct tr_key keys[] = {
		{ "interface", tr_string, offsetof(struct topo_dhcpd, interface) },
		{ "range", read_range, 0 },
		{ "router", read_router, offsetof(struct topo_dhcpd, router) },
		{ "dns", read_servers, 0 },
		{ "domain", read_domain, offsetof(struct topo_dhcpd, domain) },
		{ "lease", read_lease, offsetof(struct topo_dhcpd, lease_ns) },
		{ "mtu", read_mtu, offsetof(struct topo_dhcpd, mtu) },
	};

	if (tr_map(r, n, "service dhcpd", keys, ARRAY_SIZE(keys), &s->dhcpd) &&
	    (!tr_find(n, "interface") || !tr_find(n, "range")))
		tr_error(r, n, "service dhcpd lacks %s; expected both interface and range",
			 tr_find(n, "range") ? "interface" : "range");
}
