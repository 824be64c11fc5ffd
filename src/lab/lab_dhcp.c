/* SPDX-License-Identifier: MIT */
/* Nodes with dhcp: on, and those that give them their addresses, from time 0 to the lab's end. What
 * they do the journey tells. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dhcp/dhcp_client.h"
#include "app/dhcp/dhcp_server.h"
#include "app/util/text.h"
#include "lab/lab_priv.h"

void lab_dhcp_start(struct lab_node *node, struct text *errors)
{
	const struct topo_node *topo = node->topo;

	if (!topo->dhcp)
		return;
	node->dhcp = calloc(topo->iface_count + 1, sizeof(struct dhcp_client *));
	for (u32 i = 0; node->dhcp && i < topo->iface_count; i++) {
		const struct dhcp_client_params params = {
			.dev = topo->ifaces[i].name, .host = topo->name, .dns = lab_node_dns(node),
		};
		int err = dhcp_client_start(node->net, &params, &node->dhcp[i]);

		if (!err)
			continue;
		lab_node_error_at(node, &topo->pos, errors);
		text_addf(errors, "dhcp on %s: %s\n", topo->ifaces[i].name, inet_error_text(err));
	}
	errors->failed |= !node->dhcp;
}

bool lab_node_is_ready(const struct lab_node *node)
{
	for (u32 i = 0; node->dhcp && i < node->topo->iface_count; i++)
		if (!dhcp_client_lease(node->dhcp[i]))
			return false;
	return true;
}

int lab_dhcpd_start(struct lab_node *node, const struct topo_dhcpd *d, struct dhcp_server **out,
		    char *err, size_t cap)
{
	struct dhcp_server_params p = {
		.dev = d->interface, .first = d->first, .last = d->last,
		.lease_s = (u32)min(d->lease_ns / NSEC_PER_SEC, (s64)DHCP_INFINITE),
		.router = { d->router }, .nrouter = d->router != 0, .ndns = d->dns_count,
		.mtu = (u16)d->mtu,
	};
	int res;

	memcpy(p.dns, d->dns, sizeof(p.dns));
	snprintf(p.domain, sizeof(p.domain), "%s", d->domain ? d->domain : "");
	res = dhcp_server_start(node->net, &p, out);
	if (res == -EINVAL)
		snprintf(err, cap, "range: expected addresses of the network of %s, at most %u",
			 d->interface, DHCP_POOL_MAX);
	else if (res == -EADDRNOTAVAIL)
		snprintf(err, cap, "%s has no address, whose network would be served",
			 d->interface);
	else if (res == -ENODEV)
		snprintf(err, cap, "there is no interface %s", d->interface);
	return res;
}

void lab_dhcp_stop(struct lab_node *node)
{
	for (u32 i = 0; node->dhcp && i < node->topo->iface_count; i++)
		dhcp_client_stop(node->dhcp[i], false);
	free(node->dhcp);
	node->dhcp = NULL;
}
