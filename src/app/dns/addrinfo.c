/* SPDX-License-Identifier: MIT */
#include "app/dns/addrinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/dst_order.h"

struct addrinfo_lookup {
	struct ln_net *net;
	struct dns_lookup *lookups[2];	/* AAAA, A; NULL = over, or not asked for */
	enum dns_error errors[2];
	char message[512];
	addrinfo_fn fn;
	void *ctx;
	struct addrinfo_result res;
};

void addrinfo_cancel(struct addrinfo_lookup *l)
{
	if (!l)
		return;
	dns_lookup_cancel(l->lookups[0]);
	dns_lookup_cancel(l->lookups[1]);
	free(l);
}

static void take(struct addrinfo_lookup *l, unsigned which, const struct dns_result *res)
{
	l->lookups[which] = NULL;
	for (unsigned i = 0; !res->error && i < res->naddrs; i++)
		l->res.addrs[l->res.naddrs++] = res->addrs[i];
	/* that the name is not there says more than that one record is not */
	if (res->error && (!l->res.error || l->res.error == DNS_NODATA)) {
		l->res.error = res->error;
		snprintf(l->message, sizeof(l->message), "%s", res->message);
	}
	if (l->lookups[0] || l->lookups[1])
		return;
	if (l->res.naddrs)
		l->res.error = DNS_OK;
	else if (!l->res.error)
		l->res.error = DNS_NODATA;
	dst_order(l->net, l->res.addrs, l->res.naddrs);
	l->res.message = l->message;
	l->fn(l->ctx, &l->res);
	free(l);
}

static void on_ipv6(void *ctx, const struct dns_result *res)
{
	take(ctx, 0, res);
}

static void on_ipv4(void *ctx, const struct dns_result *res)
{
	take(ctx, 1, res);
}

struct addrinfo_lookup *addrinfo_lookup(struct dns_client *client, const char *name,
					uint16_t family, struct dns_cache *program_cache,
					addrinfo_fn fn, void *ctx)
{
	struct addrinfo_lookup *l = calloc(1, sizeof(*l));
	struct ln_net *net = dns_client_net(client);
	unsigned families = dst_families(net, family);
	bool v6 = families & DST_IPV6, v4 = families & DST_IPV4;

	if (!l)
		return NULL;
	*l = (struct addrinfo_lookup){ .net = net, .fn = fn, .ctx = ctx };
	if (v6)
		l->lookups[0] = dns_client_lookup(client, name, DNS_TYPE_AAAA, program_cache,
						  on_ipv6, l);
	if (v4)
		l->lookups[1] = dns_client_lookup(client, name, DNS_TYPE_A, program_cache, on_ipv4,
						  l);
	if ((!v6 || l->lookups[0]) && (!v4 || l->lookups[1]))
		return l;
	addrinfo_cancel(l);
	return NULL;
}
