/* SPDX-License-Identifier: MIT */
/* The servers that a lab's file puts on its nodes: names (authoritative, resolver), pages,
 * addresses (lab_dhcp.c), and what a router advertises. */
#include <stdlib.h>

#include "app/dhcp/dhcp_server.h"
#include "app/dns/dns_resolver.h"
#include "app/dns/dns_server.h"
#include "app/http/http_server.h"
#include "app/util/inet.h"
#include "app/util/text.h"
#include "lab/lab_priv.h"

#define MESSAGE_BYTES 512

struct lab_service {
	enum topo_service_type type;
	union {
		struct dns_server *dns;
		struct dns_resolver *resolver;
		struct http_server *http;
		struct dhcp_server *dhcpd;
	};
};

static int start_dns(struct lab_node *node, const struct topo_service *topo,
		     struct lab_service *s, char *err, size_t cap)
{
	struct dns_server_config config = { .port = topo->port, .nzones = topo->zone_count };
	struct dns_zone_source *zones = calloc(max(topo->zone_count, 1u), sizeof(*zones));
	int res;

	if (!zones)
		return -ENOMEM;
	for (u32 i = 0; i < topo->zone_count; i++)
		zones[i] = (struct dns_zone_source){
			.text = topo->zones[i].text,
			.len = topo->zones[i].len,
			.origin = topo->zones[i].name,
			.file = topo->zones[i].file,
		};
	config.zones = zones;
	res = dns_server_new(node->net, &config, &s->dns, err, cap);
	free(zones);
	return res;
}

static int start_resolver(struct lab_node *node, const struct topo_service *topo,
			  struct lab_service *s, char *err, size_t cap)
{
	struct dns_resolver_config config = { .port = topo->port };

	if (topo->zone_count) {
		config.root_hints = topo->zones[0].text;
		config.root_hints_file = topo->zones[0].file;
	}
	return dns_resolver_new(node->net, &config, &s->resolver, err, cap);
}

static int pages_in_memory(const struct topo_service *topo, struct http_docs *docs)
{
	struct http_docs_mem *mem = http_docs_mem_new();
	int err = mem ? 0 : -ENOMEM;

	for (u32 i = 0; i < topo->page_count && !err; i++)
		err = http_docs_mem_add(mem, topo->pages[i].path, topo->pages[i].text,
					topo->pages[i].len);
	if (err)
		http_docs_mem_free(mem);
	else
		*docs = http_docs_mem_docs(mem);
	return err;
}

static int start_http(struct lab_node *node, const struct topo_service *topo,
		      struct lab_service *s)
{
	struct http_server_config config = { .port = topo->port };
	int err;

	if (topo->root)
		err = lab_docs_open(&config.docs, node->lab->topo->files, topo->root);
	else
		err = pages_in_memory(topo, &config.docs);
	return err ? err : http_server_new(node->net, &config, &s->http);
}

static const char *service_name(enum topo_service_type type)
{
	static const char *const names[] = {
		[TOPO_SERVICE_DNS] = "dns", [TOPO_SERVICE_RESOLVER] = "resolver",
		[TOPO_SERVICE_HTTP] = "http", [TOPO_SERVICE_RADVD] = "radvd",
		[TOPO_SERVICE_DHCPD] = "dhcpd",
	};

	return names[type];
}

static int start_one(struct lab_node *node, const struct topo_service *topo,
		     struct lab_service *s, struct text *errors)
{
	char message[MESSAGE_BYTES] = "";
	int err;

	s->type = topo->type;
	if (topo->type == TOPO_SERVICE_DNS)
		err = start_dns(node, topo, s, message, sizeof(message));
	else if (topo->type == TOPO_SERVICE_RESOLVER)
		err = start_resolver(node, topo, s, message, sizeof(message));
	else if (topo->type == TOPO_SERVICE_RADVD)
		err = lab_radvd_start(node, &topo->radvd, message, sizeof(message));
	else if (topo->type == TOPO_SERVICE_DHCPD)
		err = lab_dhcpd_start(node, &topo->dhcpd, &s->dhcpd, message, sizeof(message));
	else
		err = start_http(node, topo, s);
	if (!err)
		return 0;
	lab_node_error_at(node, &topo->pos, errors);
	text_addf(errors, "%s: %s\n", service_name(topo->type),
		  *message ? message : inet_error_text(err));
	return err;
}

void lab_services_start(struct lab_node *node, struct text *errors)
{
	const struct topo_node *topo = node->topo;

	if (!topo->service_count)
		return;
	node->services = calloc(topo->service_count, sizeof(*node->services));
	if (!node->services) {
		errors->failed = true;
		return;
	}
	for (u32 i = 0; i < topo->service_count; i++)
		if (!start_one(node, &topo->services[i], &node->services[node->service_count],
			       errors))
			node->service_count++;
}

void lab_services_stop(struct lab_node *node)
{
	for (u32 i = node->service_count; i-- > 0;) {
		struct lab_service *s = &node->services[i];

		if (s->type == TOPO_SERVICE_DNS)
			dns_server_free(s->dns);
		else if (s->type == TOPO_SERVICE_RESOLVER)
			dns_resolver_free(s->resolver);
		else if (s->type == TOPO_SERVICE_HTTP)
			http_server_free(s->http);
		else if (s->type == TOPO_SERVICE_DHCPD)
			dhcp_server_stop(s->dhcpd);
	}
	free(node->services);
	node->services = NULL;
	node->service_count = 0;
}
