/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a server's response: read whole and in pieces (the first byte says how long),
 * with the same result; fields stay within their limits. How the two are refused may differ.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/http/http_message.h"

#define HEAD_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	enum http_read last;
	unsigned status, nfields;
	uint64_t body;
};

static int on_body(void *ctx, const void *bytes, size_t len)
{
	uint64_t *body = ctx;

	(void)bytes;
	*body += len;
	return 0;
}

static struct result read_all(const uint8_t *data, size_t size, size_t piece)
{
	struct result res = { .last = HTTP_READ_MORE };
	struct http_reader_ops ops = { .body = on_body, .ctx = &res.body };
	struct http_reader r;
	size_t at = 0, used;
	unsigned i;

	http_reader_init(&r, HTTP_RESPONSE, HEAD_MAX, &ops);
	while (at < size && res.last == HTTP_READ_MORE) {
		size_t n = size - at < piece ? size - at : piece;

		res.last = http_reader_feed(&r, data + at, n, &used);
		at += used;
	}
	if (res.last == HTTP_READ_MORE)
		res.last = http_reader_feed(&r, "", 0, &used);
	res.status = r.head_done ? r.p.status_code : 0;
	res.nfields = r.head_done ? r.nfields : 0;
	for (i = 0; r.head_done && i < r.nfields; i++)
		if (strlen(http_reader_name(&r, i)) + strlen(http_reader_value(&r, i)) > HEAD_MAX)
			abort();
	http_reader_content_length(&r);
	http_reader_problem(&r);
	http_reader_exit(&r);
	return res;
}

/* What is both too long and wrong is refused for what the parser comes to first: that depends on
 * where a piece ends. */
static bool is_refused(const struct result *r)
{
	return r->last == HTTP_READ_BAD || r->last == HTTP_READ_TOO_LARGE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, pieces;

	if (!size)
		return 0;
	whole = read_all(data + 1, size - 1, size);
	pieces = read_all(data + 1, size - 1, (size_t)data[0] + 1);
	if (whole.last != pieces.last && is_refused(&whole) && is_refused(&pieces))
		return 0;
	if (whole.last != pieces.last || whole.status != pieces.status ||
	    whole.nfields != pieces.nfields ||
	    (whole.last == HTTP_READ_DONE && whole.body != pieces.body))
		abort();
	return 0;
}
