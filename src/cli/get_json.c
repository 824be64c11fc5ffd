/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "app/util/inet.h"
#include "cli/get.h"

/* What each error is called in JSON, and the exit status that says it. */
static const struct {
	const char *name;
	int status;
} outcomes[] = {
	[HTTP_ERR_NONE] = { "none", CLI_OK },
	[HTTP_ERR_BAD_URL] = { "bad-url", CLI_USAGE },
	[HTTP_ERR_HTTPS] = { "https", CLI_USAGE },
	[HTTP_ERR_NXDOMAIN] = { "nxdomain", CLI_NO_NAME },
	[HTTP_ERR_NO_ADDRESS] = { "no-address", CLI_DNS },
	[HTTP_ERR_DNS] = { "dns", CLI_DNS },
	[HTTP_ERR_NO_ROUTE] = { "no-route", CLI_NO_ROUTE },
	[HTTP_ERR_HOST_UNREACHABLE] = { "host-unreachable", CLI_UNREACHABLE },
	[HTTP_ERR_REFUSED] = { "refused", CLI_REFUSED },
	[HTTP_ERR_RESET] = { "reset", CLI_BROKEN },
	[HTTP_ERR_TIMED_OUT] = { "timed-out", CLI_TIMED_OUT },
	[HTTP_ERR_BAD_RESPONSE] = { "bad-response", CLI_BROKEN },
	[HTTP_ERR_REDIRECTS] = { "redirects", CLI_BROKEN },
	[HTTP_ERR_STATUS] = { "http-status", CLI_HTTP },
	[HTTP_ERR_STOPPED] = { "stopped", CLI_OTHER },
	[HTTP_ERR_LOCAL] = { "local", CLI_OTHER },
};

int get_exit_status(enum http_error error)
{
	return error < ARRAY_SIZE(outcomes) ? outcomes[error].status : CLI_OTHER;
}

/* ns since the start of the get; null: it did not get so far. */
static void set_time(json_t *times, const char *name, const struct http_response *res, s64 when_ns)
{
	json_object_set_new(times, name, when_ns >= 0 ? json_integer(when_ns - res->started_ns) :
			    json_null());
}

static json_t *times_of(const struct http_response *res)
{
	json_t *times = json_object();

	set_time(times, "resolved_ns", res, res->resolved_ns);
	set_time(times, "connected_ns", res, res->connected_ns);
	set_time(times, "first_byte_ns", res, res->first_byte_ns);
	set_time(times, "done_ns", res, res->done_ns);
	return times;
}

static json_t *headers_of(const struct http_response *res)
{
	json_t *headers = json_array();

	for (size_t i = 0; i < res->nheaders; i++)
		json_array_append_new(headers, json_pack("[s?, s?]", res->headers[i].name,
							 res->headers[i].value));
	return headers;
}

static json_t *addr_json(const struct ipaddr *addr)
{
	char text[IPADDR_TEXT_MAX];

	return addr->family ? json_string(ipaddr_text(NULL, addr, text)) : json_null();
}

struct json_t *get_json_response(const char *asked, const struct http_response *res, int status)
{
	json_t *json = json_object();

	json_object_set_new(json, "url", json_string(asked));
	json_object_set_new(json, "final_url", json_string(res->url));
	json_object_set_new(json, "status", json_integer(res->status));
	json_object_set_new(json, "reason", json_string(res->reason));
	json_object_set_new(json, "error", json_string(outcomes[res->error].name));
	json_object_set_new(json, "message", json_string(res->message));
	json_object_set_new(json, "exit", json_integer(status));
	json_object_set_new(json, "addr", addr_json(&res->addr));
	json_object_set_new(json, "error_from", addr_json(&res->error_from));
	json_object_set_new(json, "port", json_integer(res->port));
	json_object_set_new(json, "bytes", json_integer((json_int_t)res->body_bytes));
	json_object_set_new(json, "content_length", res->content_length < 0 ? json_null() :
			    json_integer(res->content_length));
	json_object_set_new(json, "redirects", json_integer(res->redirects));
	json_object_set_new(json, "reused_connection", json_boolean(res->reused));
	json_object_set_new(json, "times", times_of(res));
	json_object_set_new(json, "headers", headers_of(res));
	return json;
}

static json_t *counters_of(struct get_world *w)
{
	json_t *drops = json_object(), *json;
	struct journey_totals t;

	get_world_totals(w, &t);
	for (int r = 1; r < SKB_DROP_REASON_MAX; r++)
		if (t.drops[r])
			json_object_set_new(drops, skb_drop_name((enum skb_drop_reason)r),
					    json_integer((json_int_t)t.drops[r]));
	json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "frames", (json_int_t)t.frames,
			 "copied_from_user", (json_int_t)t.user_in,
			 "copied_to_user", (json_int_t)t.user_out,
			 "copied_between_layers", (json_int_t)t.linearized,
			 "copied_headers", (json_int_t)t.header, "copied_dma", (json_int_t)t.dma);
	json_object_set_new(json, "drops", drops);
	return json;
}

void get_json_print(struct json_t *json, struct get_world *w, FILE *f)
{
	json_object_set_new(json, "counters", counters_of(w));
	json_dumpf(json, f, JSON_COMPACT);
	fputc('\n', f);
	json_decref(json);
}
