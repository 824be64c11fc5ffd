/* SPDX-License-Identifier: MIT */
/*
 * Where the files of a lab come from: the disk, or a table in the program.
 *
 * Names are paths with '/'. The table's are those under labs/ ("internet.yaml",
 * "zones/root.zone"); a folder of it exists when some name begins with it.
 */
#ifndef LINNET_LAB_TOPO_FILES_H
#define LINNET_LAB_TOPO_FILES_H

#include "base/types.h"

struct topo_files {
	/*
	 * Reads a whole file of at most @max bytes. *data has a NUL behind its *len bytes
	 * and is free()d by the caller.
	 * Return: 0; -ENOENT, -EACCES, -EISDIR, -EFBIG (longer than @max), -EIO, -ENOMEM.
	 */
	int (*read)(const struct topo_files *files, const char *path, size_t max, char **data,
		    size_t *len);
	/* 0: it is a file; 1: it is a folder; -ENOENT and so on. */
	int (*stat)(const struct topo_files *files, const char *path);
	void *ctx;
};

/* Files on disk. */
extern const struct topo_files topo_disk_files;

/* One file compiled into the program. */
struct topo_builtin_file {
	const char *name;
	const unsigned char *data;
	size_t len;
};

struct topo_builtin {
	struct topo_files files;	/* hand out &builtin.files */
	const struct topo_builtin_file *table;
	size_t count;
};

/* Over a table that outlives it. */
void topo_builtin_init(struct topo_builtin *b, const struct topo_builtin_file *table,
		       size_t count);

/*
 * The labs that the build compiled in (cmake/embed_labs.cmake): "internet.yaml" and what it
 * names.
 */
extern const struct topo_builtin_file lab_builtin_files[];
extern const size_t lab_builtin_count;

#endif
