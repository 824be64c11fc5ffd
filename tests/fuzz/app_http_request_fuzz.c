/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a client sends to a web server: every request in them gets one reply, with
 * a head that a response reader takes, and no document from outside the table.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/http/http_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_head(const struct http_reply *reply)
{
	struct http_reader_ops ops = { 0 };
	struct http_reader r;
	size_t used;

	http_reader_init(&r, HTTP_RESPONSE, 65536, &ops);
	http_reader_feed(&r, reply->head.s, reply->head.len, &used);
	if (!r.head_done || r.p.status_code != reply->status)
		abort();
	http_reader_exit(&r);
}

static struct http_docs make_docs(void)
{
	struct http_docs_mem *m = http_docs_mem_new();

	if (!m || http_docs_mem_add(m, "/index.html", "home", 4) ||
	    http_docs_mem_add(m, "/d/x.txt", "0123456789", 10))
		abort();
	return http_docs_mem_docs(m);
}

static void check_document(const struct http_docs *docs, struct http_reply *reply)
{
	uint8_t buf[16];

	if (reply->off + reply->left > 10)
		abort();
	if (reply->left && docs->ops->read(docs->ctx, &reply->doc, reply->off, buf,
					   (size_t)reply->left) != (ptrdiff_t)reply->left)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_docs docs = make_docs();
	struct http_reply_env env = { .docs = &docs, .server_name = "fuzz" };
	struct http_reader_ops ops = { 0 };
	struct http_reply reply;
	struct http_reader r;
	size_t at = 0, used;
	bool go_on = true;

	http_reader_init(&r, HTTP_REQUEST, 8192, &ops);
	while (at < size && go_on) {
		enum http_read res = http_reader_feed(&r, data + at, size - at, &used);

		at += used;
		if (res == HTTP_READ_MORE)
			break;
		if (res == HTTP_READ_DONE)
			http_reply_make(&reply, &env, &r);
		else
			http_reply_error(&reply, &env, http_reply_status_of(&r, res));
		check_head(&reply);
		if (reply.has_doc)
			check_document(&docs, &reply);
		go_on = !reply.close;
		http_reply_exit(&reply, &docs);
		http_reader_reset(&r);
	}
	http_reader_exit(&r);
	docs.ops->free(docs.ctx);
	return 0;
}
