/* SPDX-License-Identifier: MIT */
#include "cli/lab_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/util/text.h"

#define SUFFIX ".yaml"

static bool is_lab(const char *file)
{
	size_t len = strlen(file);

	return len > 5 && !strchr(file, '/') && !strcmp(file + len - 5, SUFFIX);
}

/* "internet", "internet.yaml" and "labs/internet.yaml" are the lab that ships. */
static const char *builtin_name(const char *file, char *buf, size_t cap)
{
	if (!strncmp(file, "labs/", 5))
		file += 5;
	for (size_t i = 0; i < lab_builtin_count; i++) {
		const char *name = lab_builtin_files[i].name;

		snprintf(buf, cap, "%s%s", file, is_lab(file) ? "" : SUFFIX);
		if (is_lab(name) && !strcmp(name, buf))
			return name;
	}
	return NULL;
}

static void tell_labs(const struct cli *cli, const char *file)
{
	struct text names = { 0 };
	char *list;

	for (size_t i = 0; i < lab_builtin_count; i++) {
		const char *name = lab_builtin_files[i].name;

		if (is_lab(name))
			text_addf(&names, "%s%.*s", names.len ? ", " : "",
				  (int)strlen(name) - 5, name);
	}
	list = text_steal(&names);
	cli_fail(cli, 0, "%s: no such file, and no lab of that name ships; these do: %s", file,
		 list ? list : "");
	free(list);
}

int lab_source_open(struct lab_source *s, const struct cli *cli, const char *file)
{
	const struct topo_files *files = &topo_disk_files;
	char buf[64], *errors = NULL;
	int kind = files->stat(files, file);

	topo_builtin_init(&s->builtin, lab_builtin_files, lab_builtin_count);
	s->topo = NULL;
	if (kind != 0) {
		const char *name = strlen(file) < 40 ? builtin_name(file, buf, sizeof(buf)) : NULL;

		if (!name && kind == -ENOENT) {
			tell_labs(cli, file);
			return CLI_USAGE;
		}
		if (name) {
			file = name;
			files = &s->builtin.files;
		}
	}
	s->topo = topo_read(file, files, &errors);
	if (s->topo)
		return CLI_OK;
	fflush(stdout);
	if (errors)
		fputs(errors, stderr);
	else
		cli_fail(cli, 0, "%s: out of memory", file);
	free(errors);
	return CLI_OTHER;
}

void lab_source_close(struct lab_source *s)
{
	topo_free(s->topo);
	s->topo = NULL;
}

void lab_source_no_node(const struct lab_source *s, const struct cli *cli, const char *name)
{
	struct text names = { 0 };
	char *list;

	for (u32 i = 0; i < s->topo->node_count; i++)
		text_addf(&names, "%s%s", i ? ", " : "", s->topo->nodes[i].name);
	list = text_steal(&names);
	cli_fail(cli, 0, "%s has no node \"%s\"; it has %s", s->topo->file, name, list ? list : "");
	free(list);
}

void lab_source_each(void (*fn)(const char *name, const char *text, size_t len))
{
	for (size_t i = 0; i < lab_builtin_count; i++) {
		const struct topo_builtin_file *f = &lab_builtin_files[i];
		char name[64];

		if (!is_lab(f->name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strlen(f->name) - 5, f->name);
		fn(name, (const char *)f->data, f->len);
	}
}
