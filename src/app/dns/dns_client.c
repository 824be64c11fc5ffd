/* SPDX-License-Identifier: MIT */
/* What a stub resolver knows: servers, search domains, hosts, a cache. dns_lookup.c asks. */
#include "app/dns/dns_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_client_impl.h"
#include "app/dns/hosts.h"
#include "base/netns.h"
#include "net/ipv6/ip6.h"

#define DNS_PORT 53

static int client_set_search(struct dns_client *c, const char *text)
{
	while (c->nsearch < DNS_CLIENT_SEARCH_MAX) {
		size_t len;

		text += strspn(text, " \t");
		len = strcspn(text, " \t");
		if (!len)
			break;
		c->search[c->nsearch] = strndup(text, len);
		if (!c->search[c->nsearch])
			return -ENOMEM;
		c->nsearch++;
		text += len;
	}
	return 0;
}

int dns_client_set_servers(struct dns_client *c, const struct ipaddr *servers, unsigned n)
{
	if (n > DNS_CLIENT_SERVERS_MAX)
		return -EINVAL;
	if (n)
		memcpy(c->config.servers, servers, n * sizeof(*servers));
	c->config.nservers = n;
	return 0;
}

void dns_client_set_leased(struct dns_client *c, int ifindex, const struct ipaddr *servers,
			   unsigned n)
{
	unsigned left = 0;

	for (unsigned i = 0; i < c->nleased; i++)
		if (c->leased[i].ifindex != ifindex)
			c->leased[left++] = c->leased[i];
	for (unsigned i = 0; i < n && left < DNS_CLIENT_SERVERS_MAX; i++)
		c->leased[left++] = (struct dns_leased){ ifindex, servers[i] };
	c->nleased = left;
}

int dns_client_set_hosts(struct dns_client *c, const char *text)
{
	const char *said = text ? text : "127.0.0.1 localhost\n";
	struct hosts *hosts = hosts_new();
	char *copy = strdup(said);
	int err = hosts && copy ? hosts_parse(hosts, said, strlen(said), NULL) : -ENOMEM;

	if (err) {
		hosts_free(hosts);
		free(copy);
		return err;
	}
	hosts_free(c->hosts);
	free(c->hosts_text);
	c->hosts = hosts;
	c->hosts_text = copy;
	return 0;
}

struct dns_client *dns_client_new(struct ln_net *net, const struct dns_client_config *config)
{
	struct dns_client *c = calloc(1, sizeof(*c));
	size_t entries = config->cache_entries ? config->cache_entries : 1024;

	if (!c)
		return NULL;
	c->net = net;
	c->config = *config;
	c->config.hosts = c->config.search = NULL;
	c->config.port = config->port ? config->port : DNS_PORT;
	c->config.attempts = config->attempts ? config->attempts : 2;
	c->config.timeout_ms = config->timeout_ms ? config->timeout_ms : 5000;
	c->cache = dns_cache_new(entries, ln_net_random(net));
	if (!c->cache || dns_client_set_servers(c, config->servers, config->nservers) ||
	    dns_client_set_hosts(c, config->hosts) ||
	    client_set_search(c, config->search ? config->search : "")) {
		dns_client_free(c);
		return NULL;
	}
	return c;
}

void dns_client_free(struct dns_client *c)
{
	unsigned i;

	if (!c)
		return;
	while (c->lookups)
		dns_lookup_cancel(c->lookups);
	for (i = 0; i < c->nsearch; i++)
		free(c->search[i]);
	free(c->leased_search);
	hosts_free(c->hosts);
	free(c->hosts_text);
	dns_cache_free(c->cache);
	free(c);
}

struct dns_cache *dns_client_cache(struct dns_client *c)
{
	return c->cache;
}

struct ln_net *dns_client_net(struct dns_client *c)
{
	return c->net;
}

const char *dns_client_addr_name(const struct dns_client *c, const struct ipaddr *addr)
{
	return hosts_lookup_addr(c->hosts, addr);
}

const char *dns_client_hosts_text(const struct dns_client *c)
{
	return c->hosts_text;
}

void dns_client_set_leased_search(struct dns_client *c, int ifindex, const char *domains)
{
	if (!*domains && c->leased_search_if != ifindex)
		return;
	c->leased_search_if = ifindex;
	free(c->leased_search);
	c->leased_search = *domains ? strdup(domains) : NULL;
}

unsigned dns_client_servers(const struct dns_client *c, struct ipaddr *servers)
{
	const struct net *net = net_of(c->net);
	const struct net_device *dev;
	unsigned n = c->config.nservers;

	memcpy(servers, c->config.servers, sizeof(c->config.servers));
	for (unsigned i = 0; i < c->nleased && n < DNS_CLIENT_SERVERS_MAX; i++)
		servers[n++] = c->leased[i].addr;
	for_each_netdev(net, dev) {
		const struct inet6_dev *idev = in6_dev_get(dev);

		for (unsigned i = 0; idev && i < RA_DNS_MAX && n < DNS_CLIENT_SERVERS_MAX; i++) {
			if (idev->ra.dns[i].until <= net->now)
				continue;
			servers[n] = (struct ipaddr){ .family = LN_AF_INET6 };
			memcpy(servers[n].v6, idev->ra.dns[i].addr.s6_addr, 16);
			if (ipv6_addr_is_linklocal(&idev->ra.dns[i].addr))
				servers[n].scope_id = (uint32_t)dev->ifindex;
			n++;
		}
	}
	return n;
}

struct ipaddr dns_client_server(const struct dns_client *c, unsigned n)
{
	struct ipaddr servers[DNS_CLIENT_SERVERS_MAX];

	return n < dns_client_servers(c, servers) ? servers[n] : (struct ipaddr){ .family = 0 };
}
