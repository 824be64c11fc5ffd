/* SPDX-License-Identifier: MIT */
/* A lab file as a whole: read, check, hand over or tell what is wrong. */
#include "lab/topo.h"

#include <stdlib.h>

#include "lab/topo_read.h"

struct topology_read {
	const struct ty_node *defaults, *kinds, *nodes, *links;
};

static void read_topology(struct topo_reader *r, const struct ty_node *n)
{
	static const struct tr_key keys[] = {
		{ "defaults", tr_node, offsetof(struct topology_read, defaults) },
		{ "kinds", tr_node, offsetof(struct topology_read, kinds) },
		{ "nodes", tr_node, offsetof(struct topology_read, nodes) },
		{ "links", tr_node, offsetof(struct topology_read, links) },
	};
	struct topology_read tr = { 0 };

	if (!tr_map(r, n, "topology", keys, ARRAY_SIZE(keys), &tr))
		return;
	r->defaults = tr.defaults;
	r->kinds = tr.kinds;
	if (tr.nodes)
		tr_nodes(r, tr.nodes);
	else
		tr_error(r, n, "topology lacks nodes; expected nodes: with a name for each");
	if (tr.links && r->nodes.slots)
		tr_links(r, tr.links);
	tr_check(r);
}

static void read_name(struct topo_reader *r, const struct ty_node *n, void *field)
{
	const char **name = field;

	tr_string(r, n, name);
	if (*name && !**name)
		tr_error(r, n, "name is \"\"; expected a name of the lab");
}

static void read_root(struct topo_reader *r, const struct ty_node *root)
{
	static const struct tr_key keys[] = {
		{ "name", read_name, offsetof(struct topo, name) },
		{ "seed", tr_u64, offsetof(struct topo, seed) },
		{ "duration", tr_duration, offsetof(struct topo, duration_ns) },
		{ "topology", tr_later, 0 },
		{ "timeline", tr_later, 0 },
		{ "mgmt", tr_ignore, 0 },
		{ "prefix", tr_ignore, 0 },
	};
	const struct ty_item *topology = tr_find(root, "topology");
	const struct ty_item *timeline = tr_find(root, "timeline");

	if (!tr_map(r, root, "a lab file", keys, ARRAY_SIZE(keys), r->topo))
		return;
	if (!tr_find(root, "name"))
		tr_error(r, root, "the lab lacks name; expected name: on a line of its own");
	if (!topology) {
		tr_error(r, root, "the lab lacks topology; expected topology: with nodes: and "
			 "links:");
		return;
	}
	read_topology(r, topology->value);
	if (r->nodes.slots) {
		tr_node_actions(r);
		if (timeline)
			tr_timeline(r, timeline->value);
		tr_sort_actions(r);
	}
}

/* "labs/internet.yaml" -> "labs/" */
static const char *dir_of(struct topo_arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? topo_memdup(arena, file, (size_t)(slash + 1 - file)) : "";
}

static struct topo *new_topo(const char *file, const struct topo_files *files)
{
	struct topo *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	topo_arena_init(&t->arena, TOPO_MEMORY_MAX);
	t->file = topo_strdup(&t->arena, file);
	t->seed = TOPO_SEED_DEFAULT;
	t->files = files;
	return t;
}

/* Ends reading: the lab when nothing was wrong, else the mistakes. */
static struct topo *finish(struct topo *t, struct topo_errors *errors, char **text)
{
	if (t && t->arena.failed)
		topo_error(errors, 0, 0, "too large to read");
	if (t && !topo_errors_any(errors)) {
		topo_errors_exit(errors);
		return t;
	}
	*text = topo_errors_text(errors);
	topo_errors_exit(errors);
	topo_free(t);
	return NULL;
}

struct topo *topo_read_text(const char *file, const char *text, size_t len,
			    const struct topo_files *files, char **errors_text)
{
	struct topo *t = new_topo(file, files);
	struct topo_errors errors;
	struct topo_reader r = { .topo = t, .errors = &errors, .files = files, .key = "" };
	const struct ty_node *root = NULL;

	*errors_text = NULL;
	topo_errors_init(&errors, file);
	topo_arena_init(&r.scratch, TOPO_MEMORY_MAX);
	r.dir = dir_of(&r.scratch, file);
	if (len > TOPO_FILE_MAX)
		topo_error(&errors, 0, 0, "%zu bytes long; expected at most 4 MiB", len);
	else if (t && t->file && r.dir)
		root = ty_parse(&r.scratch, &errors, text, len);
	else
		errors.lost = true;
	if (root)
		read_root(&r, root);
	if (r.scratch.failed)
		topo_error(&errors, 0, 0, "too large to read");
	topo_arena_exit(&r.scratch);
	return finish(t, &errors, errors_text);
}

struct topo *topo_read(const char *file, const struct topo_files *files, char **errors_text)
{
	struct topo_errors errors;
	struct topo *t;
	char *data;
	size_t len;
	int err = files->read(files, file, TOPO_FILE_MAX, &data, &len);

	if (!err) {
		t = topo_read_text(file, data, len, files, errors_text);
		free(data);
		return t;
	}
	*errors_text = NULL;
	topo_errors_init(&errors, file);
	if (err == -EFBIG)
		topo_error(&errors, 0, 0, "too long; expected at most 4 MiB");
	else
		topo_error(&errors, 0, 0, "cannot be read: %s", strerror(-err));
	return finish(NULL, &errors, errors_text);
}

void topo_free(struct topo *t)
{
	if (!t)
		return;
	topo_arena_exit(&t->arena);
	free(t);
}

int topo_find_node(const struct topo *t, const char *name)
{
	for (u32 i = 0; i < t->node_count; i++)
		if (!strcmp(t->nodes[i].name, name))
			return (int)i;
	return -ENOENT;
}

int topo_read_link_params(const char *text, struct link_params *params, char **errors_text)
{
	struct topo *t = new_topo("link", NULL);
	struct topo_errors errors;
	struct topo_reader r = { .topo = t, .errors = &errors, .dir = "", .key = "" };
	bool braces = text[strspn(text, " ")] == '{', ok;
	const struct ty_node *root = NULL;
	char *flow;

	*errors_text = NULL;
	link_params_init(params);
	topo_errors_init(&errors, "link");
	topo_arena_init(&r.scratch, TOPO_MEMORY_MAX);
	flow = topo_sprintf(&r.scratch, braces ? "%s" : "{%s}", text);
	if (t && flow)
		root = ty_parse(&r.scratch, &errors, flow, strlen(flow));
	else
		errors.lost = true;
	if (root)
		tr_link_params(&r, root, params);
	topo_arena_exit(&r.scratch);
	for (u32 i = 0; i < errors.count && !braces; i++)
		errors.v[i].col -= errors.v[i].line == 1 && errors.v[i].col > 1;
	t = finish(t, &errors, errors_text);
	ok = t != NULL;
	topo_free(t);
	return ok ? 0 : *errors_text ? -EINVAL : -ENOMEM;
}
