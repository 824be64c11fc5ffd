/* SPDX-License-Identifier: MIT */
/* Documents in memory: an array in the order of paths. */
#include "app/http/http_docs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct mem_doc {
	char *path;
	uint8_t *bytes;
	size_t len;
};

struct http_docs_mem {
	struct mem_doc *docs;
	size_t n, cap;
};

struct http_docs_mem *http_docs_mem_new(void)
{
	return calloc(1, sizeof(struct http_docs_mem));
}

static void doc_free(struct mem_doc *d)
{
	free(d->path);
	free(d->bytes);
}

void http_docs_mem_free(struct http_docs_mem *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n; i++)
		doc_free(&m->docs[i]);
	free(m->docs);
	free(m);
}

/* The first document whose path is not before @path. */
static size_t lower_bound(const struct http_docs_mem *m, const char *path)
{
	size_t lo = 0, hi = m->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(m->docs[mid].path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int make_room(struct http_docs_mem *m, size_t at)
{
	size_t cap = m->cap ? m->cap * 2 : 16;
	struct mem_doc *docs;

	if (m->n == m->cap) {
		docs = realloc(m->docs, cap * sizeof(*docs));
		if (!docs)
			return -ENOMEM;
		m->docs = docs;
		m->cap = cap;
	}
	memmove(&m->docs[at + 1], &m->docs[at], (m->n - at) * sizeof(*m->docs));
	m->n++;
	return 0;
}

int http_docs_mem_add(struct http_docs_mem *m, const char *path, const void *bytes, size_t len)
{
	struct mem_doc doc = { .len = len };
	size_t path_len = strnlen(path, HTTP_PATH_MAX), at;
	int err = 0;

	if (path[0] != '/' || path_len >= HTTP_PATH_MAX || path[path_len - 1] == '/')
		return -EINVAL;
	doc.path = strdup(path);
	doc.bytes = malloc(len ? len : 1);
	if (!doc.path || !doc.bytes) {
		doc_free(&doc);
		return -ENOMEM;
	}
	if (len)
		memcpy(doc.bytes, bytes, len);
	at = lower_bound(m, path);
	if (at < m->n && !strcmp(m->docs[at].path, path))
		doc_free(&m->docs[at]);
	else
		err = make_room(m, at);
	if (err)
		doc_free(&doc);
	else
		m->docs[at] = doc;
	return err;
}

static bool is_directory(const struct http_docs_mem *m, const char *path)
{
	char dir[HTTP_PATH_MAX + 1];
	size_t len = strlen(path), at;

	if (len >= HTTP_PATH_MAX)
		return false;
	memcpy(dir, path, len + 1);
	if (!len || dir[len - 1] != '/')
		strcpy(dir + len++, "/");
	at = lower_bound(m, dir);
	return at < m->n && !strncmp(m->docs[at].path, dir, len);
}

static int mem_open(void *ctx, const char *path, struct http_doc *doc)
{
	struct http_docs_mem *m = ctx;
	size_t at = lower_bound(m, path);

	if (at < m->n && !strcmp(m->docs[at].path, path)) {
		*doc = (struct http_doc){ .size = m->docs[at].len, .handle = &m->docs[at] };
		return 0;
	}
	return is_directory(m, path) ? -EISDIR : -ENOENT;
}

static ptrdiff_t mem_read(void *ctx, struct http_doc *doc, uint64_t off, void *buf, size_t len)
{
	const struct mem_doc *d = doc->handle;

	(void)ctx;
	if (off >= d->len)
		return 0;
	if (len > d->len - off)
		len = d->len - off;
	memcpy(buf, d->bytes + off, len);
	return (ptrdiff_t)len;
}

static void mem_close(void *ctx, struct http_doc *doc)
{
	(void)ctx;
	doc->handle = NULL;
}

static void mem_free(void *ctx)
{
	http_docs_mem_free(ctx);
}

static const struct http_docs_ops mem_ops = {
	.open = mem_open, .read = mem_read, .close = mem_close, .free = mem_free,
};

struct http_docs http_docs_mem_docs(struct http_docs_mem *m)
{
	return (struct http_docs){ .ops = &mem_ops, .ctx = m };
}
