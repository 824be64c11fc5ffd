/* SPDX-License-Identifier: MIT */
/* Nodes with dhcp: on, from time 0 to the lab's end. What they do the journey tells. */
#include <stdlib.h>

#include "app/dhcp/dhcp_client.h"
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

void lab_dhcp_stop(struct lab_node *node)
{
	for (u32 i = 0; node->dhcp && i < node->topo->iface_count; i++)
		dhcp_client_stop(node->dhcp[i], false);
	free(node->dhcp);
	node->dhcp = NULL;
}
