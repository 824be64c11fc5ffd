/* SPDX-License-Identifier: MIT */
/* Files from disk and from a table in the program. */
#include "lab/topo_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int disk_stat(const struct topo_files *files, const char *path)
{
	struct stat st;

	(void)files;
	if (stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 1 : 0;
}

/* Reads what is there, not what stat() said: pipes have no length. */
static int read_stream(FILE *f, size_t max_len, char **data, size_t *len)
{
	size_t cap = 4096, have = 0;
	char *buf = NULL, *more;

	for (;;) {
		more = realloc(buf, cap + 1);
		if (!more)
			break;
		buf = more;
		have += fread(buf + have, 1, cap - have, f);
		if (have < cap || have > max_len)
			break;
		cap *= 2;
	}
	if (!more || ferror(f) || have > max_len) {
		free(buf);
		return !more ? -ENOMEM : have > max_len ? -EFBIG : -EIO;
	}
	buf[have] = '\0';
	*data = buf;
	*len = have;
	return 0;
}

static int disk_read(const struct topo_files *files, const char *path, size_t max_len,
		     char **data, size_t *len)
{
	int err = disk_stat(files, path);
	FILE *f;

	if (err)
		return err > 0 ? -EISDIR : err;
	f = fopen(path, "rb");
	if (!f)
		return -errno;
	err = read_stream(f, max_len, data, len);
	fclose(f);
	return err;
}

const struct topo_files topo_disk_files = { .read = disk_read, .stat = disk_stat };

static const struct topo_builtin *to_builtin(const struct topo_files *files)
{
	return files->ctx;
}

/* "./a" and "a" are one name. */
static const char *plain_name(const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	return path;
}

static const struct topo_builtin_file *builtin_lookup(const struct topo_builtin *b,
						       const char *path)
{
	for (size_t i = 0; i < b->count; i++)
		if (!strcmp(b->table[i].name, path))
			return &b->table[i];
	return NULL;
}

static int builtin_stat(const struct topo_files *files, const char *path)
{
	const struct topo_builtin *b = to_builtin(files);
	size_t len;

	path = plain_name(path);
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	if (builtin_lookup(b, path))
		return 0;
	for (size_t i = 0; i < b->count; i++)
		if (!strncmp(b->table[i].name, path, len) && b->table[i].name[len] == '/')
			return 1;
	return -ENOENT;
}

static int builtin_read(const struct topo_files *files, const char *path, size_t max_len,
			char **data, size_t *len)
{
	const struct topo_builtin_file *file;
	int kind = builtin_stat(files, path);

	if (kind)
		return kind > 0 ? -EISDIR : kind;
	file = builtin_lookup(to_builtin(files), plain_name(path));
	if (file->len > max_len)
		return -EFBIG;
	*data = malloc(file->len + 1);
	if (!*data)
		return -ENOMEM;
	memcpy(*data, file->data, file->len);
	(*data)[file->len] = '\0';
	*len = file->len;
	return 0;
}

void topo_builtin_init(struct topo_builtin *b, const struct topo_builtin_file *table,
		       size_t count)
{
	*b = (struct topo_builtin){
		.files = { .read = builtin_read, .stat = builtin_stat, .ctx = b },
		.table = table,
		.count = count,
	};
}
