/* SPDX-License-Identifier: MIT */
/*
 * A folder of the lab's files, from disk or from the program, as a web server's documents.
 *
 * A document is read when it is asked for and kept while anybody reads it, once for all who do.
 * It has no date: a page's answer must be the same bytes in each run. Names that begin with a
 * dot are hidden.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/http/http_docs.h"
#include "lab/lab_priv.h"

struct lab_doc {
	struct list_head list;		/* of lab_docs.open */
	u32 readers;
	char *path;
	char *data;
	size_t len;
};

struct lab_docs {
	const struct topo_files *files;
	char *root;
	struct list_head open;
};

/* Root and path as one name, owned by the caller; NULL: no memory. */
static char *join(const char *root, const char *path)
{
	size_t rlen = strlen(root), cap;
	char *name;

	while (rlen && root[rlen - 1] == '/')
		rlen--;
	cap = rlen + strlen(path) + 1;
	name = malloc(cap);
	if (name)
		snprintf(name, cap, "%.*s%s", (int)rlen, root, path);
	return name;
}

static struct lab_doc *find_open(struct lab_docs *docs, const char *path)
{
	struct lab_doc *doc;

	list_for_each_entry(doc, &docs->open, list)
		if (!strcmp(doc->path, path))
			return doc;
	return NULL;
}

static void doc_free(struct lab_doc *doc)
{
	free(doc->path);
	free(doc->data);
	free(doc);
}

/* Takes over path. */
static int doc_load(struct lab_docs *docs, char *path, struct lab_doc **out)
{
	struct lab_doc *doc = calloc(1, sizeof(*doc));
	int kind, err;

	if (!doc) {
		free(path);
		return -ENOMEM;
	}
	doc->path = path;
	kind = docs->files->stat(docs->files, path);
	if (kind > 0)
		err = -EISDIR;
	else if (kind < 0)
		err = kind;
	else
		err = docs->files->read(docs->files, path, TOPO_SIDE_FILE_MAX, &doc->data,
					&doc->len);
	if (err) {
		doc_free(doc);
		return err;
	}
	list_add_tail(&doc->list, &docs->open);
	*out = doc;
	return 0;
}

static int docs_open(void *ctx, const char *path, struct http_doc *http)
{
	struct lab_docs *docs = ctx;
	size_t len = strlen(path);
	struct lab_doc *doc;
	char *name;
	int err = 0;

	if (strstr(path, "/."))
		return -ENOENT;
	name = join(docs->root, path);
	if (!name)
		return -ENOMEM;
	doc = find_open(docs, name);
	if (doc)
		free(name);
	else
		err = doc_load(docs, name, &doc);
	/* "/page.html/" is no file; "/folder" was -EISDIR above, which the server redirects. */
	if (!err && len && path[len - 1] == '/') {
		err = -ENOENT;
		if (!doc->readers) {
			list_del_init(&doc->list);
			doc_free(doc);
		}
	}
	if (err)
		return err == -EFBIG ? -EACCES : err;
	doc->readers++;
	*http = (struct http_doc){ .size = doc->len, .handle = doc };
	return 0;
}

static ptrdiff_t docs_read(void *ctx, struct http_doc *http, uint64_t off, void *buf, size_t len)
{
	const struct lab_doc *doc = http->handle;

	(void)ctx;
	if (off >= doc->len)
		return 0;
	len = min(len, doc->len - (size_t)off);
	memcpy(buf, doc->data + off, len);
	return (ptrdiff_t)len;
}

static void docs_close(void *ctx, struct http_doc *http)
{
	struct lab_doc *doc = http->handle;

	(void)ctx;
	http->handle = NULL;
	if (--doc->readers)
		return;
	list_del_init(&doc->list);
	doc_free(doc);
}

static void docs_free(void *ctx)
{
	struct lab_docs *docs = ctx;

	free(docs->root);
	free(docs);
}

int lab_docs_open(struct http_docs *out, const struct topo_files *files, const char *root)
{
	static const struct http_docs_ops ops = {
		.open = docs_open, .read = docs_read, .close = docs_close, .free = docs_free,
	};
	struct lab_docs *docs = calloc(1, sizeof(*docs));

	if (!docs)
		return -ENOMEM;
	docs->files = files;
	docs->root = join(root, "");
	if (!docs->root) {
		free(docs);
		return -ENOMEM;
	}
	list_init(&docs->open);
	*out = (struct http_docs){ .ops = &ops, .ctx = docs };
	return 0;
}
