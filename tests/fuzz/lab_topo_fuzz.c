/* SPDX-License-Identifier: MIT */
/* The reader of lab files on any text: it ends, and what it returns hangs together. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "lab/topo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 4000;

/* A name with "zone" or "hints" in it is a short file, "pages" a folder, the rest is not there. */
static int side_stat(const struct topo_files *files, const char *path)
{
	(void)files;
	if (strstr(path, "zone") || strstr(path, "hints"))
		return 0;
	return strstr(path, "pages") ? 1 : -ENOENT;
}

static int side_read(const struct topo_files *files, const char *path, size_t max_len,
		     char **data, size_t *len)
{
	(void)max_len;
	if (side_stat(files, path))
		return -ENOENT;
	*data = strdup("; a zone\n");
	*len = *data ? strlen(*data) : 0;
	return *data ? 0 : -ENOMEM;
}

static void check_node(const struct topo *t, const struct topo_node *node)
{
	ln_assert(node->name && *node->name && strlen(node->name) <= TOPO_NODE_NAME_MAX);
	for (u32 i = 0; i < node->exec_count; i++)
		ln_assert(node->exec[i].text && node->exec[i].pos.line);
	for (u32 i = 0; i < node->host_count; i++)
		ln_assert(node->hosts[i].name && *node->hosts[i].name);
	for (u32 i = 0; i < node->iface_count; i++) {
		const struct topo_iface *iface = &node->ifaces[i];
		const struct topo_end *end = &t->links[iface->link].end[iface->end];

		ln_assert(strlen(iface->name) <= TOPO_IFACE_NAME_MAX);
		ln_assert(&t->nodes[end->node] == node && end->iface == i);
	}
	for (u32 i = 0; i < node->service_count; i++) {
		const struct topo_service *s = &node->services[i];

		bool of_link = s->type == TOPO_SERVICE_RADVD || s->type == TOPO_SERVICE_DHCPD;

		ln_assert(!s->port == of_link && node->kind != TOPO_SWITCH);
		ln_assert(s->type != TOPO_SERVICE_RADVD || s->radvd.interface);
		ln_assert(s->type != TOPO_SERVICE_DHCPD || s->dhcpd.interface);
		ln_assert(s->type != TOPO_SERVICE_HTTP || !s->root != !s->pages);
		for (u32 z = 0; z < s->zone_count; z++)
			ln_assert(s->zones[z].name && s->zones[z].text);
		for (u32 p = 0; p < s->page_count; p++)
			ln_assert(s->pages[p].path[0] == '/' && s->pages[p].text);
	}
}

static void check_topo(const struct topo *t)
{
	ln_assert(t->name && t->node_count);
	for (u32 i = 0; i < t->node_count; i++)
		check_node(t, &t->nodes[i]);
	for (u32 i = 0; i < t->link_count; i++) {
		const struct topo_link *l = &t->links[i];

		ln_assert(l->name && l->dir_name[0] && l->end[0].node != l->end[1].node);
		for (u32 d = 0; d < 2; d++)
			ln_assert(l->params[d].delay.jitter_ns <= l->params[d].delay.delay_ns);
	}
	for (u32 i = 0; i < t->action_count; i++) {
		const struct topo_action *a = &t->actions[i];

		ln_assert(a->type == TOPO_RUN ? a->node < t->node_count && a->cmd.text :
						a->link < t->link_count);
		ln_assert(!i || a->at_ns >= t->actions[i - 1].at_ns);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct topo_files files = { .read = side_read, .stat = side_stat };
	struct topo *t;
	char *errors;

	t = topo_read_text("t.yaml", (const char *)data, size, &files, &errors);
	if (t)
		check_topo(t);
	else
		ln_assert(errors && !strncmp(errors, "t.yaml:", 7));
	topo_free(t);
	if (!t)
		free(errors);
	return 0;
}
