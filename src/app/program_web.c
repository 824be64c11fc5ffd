/* SPDX-License-Identifier: MIT */
/* curl and get: both are the browser; they differ in what they print, and in redirects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/http/http_client.h"
#include "app/program_impl.h"

#define FIELDS_MAX 16

struct web_state {
	struct http_browser *browser;
	struct http_get *get;
	struct http_header fields[FIELDS_MAX];
	size_t nfields;
	bool show_head, silent, fail, discard, verbose;
};

static void stop(struct program *p)
{
	struct web_state *s = p->state;

	if (!s)
		return;
	http_browser_free(s->browser);
	free(s);
	p->state = NULL;
}

/* curl -v: whom we ask, and what is sent. */
static void on_request(void *ctx, const struct http_response *res, const char *head, size_t len)
{
	struct program *p = ctx;
	const struct web_state *s = p->state;
	char addr[IPADDR_PORT_TEXT_MAX];

	if (!s->verbose)
		return;
	program_printf(p, "* Connected to %s\n",
		       ipaddr_port_text(p->net, &res->addr, res->port, addr));
	for (const char *line = head, *end = head + len; line < end;) {
		size_t n = strcspn(line, "\r");

		program_printf(p, "> %.*s\n", (int)n, line);
		line += n + 2;
	}
}

static int on_head(void *ctx, const struct http_response *res)
{
	struct program *p = ctx;
	const struct web_state *s = p->state;
	const char *mark = s->verbose ? "< " : "";
	size_t i;

	if (!s->show_head && !s->verbose)
		return 0;
	program_printf(p, "%sHTTP/1.%u %u %s\r\n", mark, res->version_minor, res->status,
		       res->reason);
	for (i = 0; i < res->nheaders; i++)
		program_printf(p, "%s%s: %s\r\n", mark, res->headers[i].name,
			       res->headers[i].value);
	program_printf(p, "%s\r\n", mark);
	return 0;
}

static int on_body(void *ctx, const void *bytes, size_t len)
{
	struct program *p = ctx;
	const struct web_state *s = p->state;

	if (!s->discard)
		program_write(p, bytes, len);
	return 0;
}

/* curl's exit codes */
static int curl_status(const struct web_state *s, enum http_error error)
{
	switch (error) {
	case HTTP_ERR_NONE:
		return 0;
	case HTTP_ERR_STATUS:
		return s->fail ? 22 : 0;
	case HTTP_ERR_HTTPS:
		return 1;
	case HTTP_ERR_BAD_URL:
		return 3;
	case HTTP_ERR_NXDOMAIN:
	case HTTP_ERR_NO_ADDRESS:
	case HTTP_ERR_DNS:
		return 6;
	case HTTP_ERR_NO_ROUTE:
	case HTTP_ERR_HOST_UNREACHABLE:
	case HTTP_ERR_REFUSED:
		return 7;
	case HTTP_ERR_TIMED_OUT:
		return 28;
	case HTTP_ERR_REDIRECTS:
		return 47;
	default:
		return 56;
	}
}

static void on_curl_done(void *ctx, const struct http_response *res)
{
	struct program *p = ctx;
	struct web_state *s = p->state;
	int status = curl_status(s, res->error);

	s->get = NULL;
	if (status && !s->silent)
		program_printf(p, "curl: (%d) %s\n", status, res->message);
	program_exit(p, status);
}

static void on_get_done(void *ctx, const struct http_response *res)
{
	struct program *p = ctx;

	if (res->error)
		program_printf(p, "get: %s\n", res->message);
	program_exit(p, res->error ? 1 : 0);
}

static struct web_state *state_new(struct program *p)
{
	struct web_state *s = calloc(1, sizeof(*s));

	p->state = s;
	if (s)
		s->browser = http_browser_new(p->net, p->env.dns);
	if (!s || !s->browser) {
		program_fail(p, 1, "out of memory");
		return NULL;
	}
	return s;
}

static void run(struct program *p, struct http_get_params *params)
{
	struct web_state *s = p->state;

	params->family = p->family;
	params->headers = s->fields;
	params->nheaders = s->nfields;
	params->request = on_request;
	params->head = on_head;
	params->body = on_body;
	params->ctx = p;
	s->get = http_get_start(s->browser, params);
	if (!s->get)
		program_fail(p, 1, "out of memory");
}

/* "Name: value", taken apart in place. */
static bool add_field(struct web_state *s, char *text)
{
	char *colon = strchr(text, ':');

	if (!colon || s->nfields == FIELDS_MAX)
		return false;
	*colon = 0;
	s->fields[s->nfields++] = (struct http_header){
		.name = text, .value = colon + 1 + strspn(colon + 1, " "),
	};
	return true;
}

static bool curl_option(struct program *p, struct http_get_params *params, int c)
{
	struct web_state *s = p->state;

	switch (c) {
	case 'i':
		s->show_head = true;
		return true;
	case 'I':
		s->show_head = true;
		params->method = "HEAD";
		return true;
	case 'L':
		params->no_redirects = false;
		return true;
	case 'v':
		s->verbose = true;
		return true;
	case 's':
		s->silent = true;
		return true;
	case 'f':
		s->fail = true;
		return true;
	case 'X':
		params->method = p->optarg;
		return true;
	case 'H':
		return add_field(s, (char *)(uintptr_t)p->optarg);
	case 'd':
		params->request_body = p->optarg;
		params->request_body_len = strlen(p->optarg);
		params->method = params->method ? params->method : "POST";
		return true;
	case 'o':
		s->discard = !strcmp(p->optarg, "/dev/null");
		return s->discard; /* a host has no other files */
	default:
		return false;
	}
}

static void curl_main(struct program *p)
{
	struct http_get_params params = { .no_redirects = true, .done = on_curl_done };
	int c;

	if (!state_new(p))
		return;
	while ((c = program_getopt(p, "46iILsfSvX:H:d:o:")) != -1)
		if (c != 'S' && !program_family(p, c) && !curl_option(p, &params, c)) {
			program_usage_error(p);
			return;
		}
	if (p->optind + 1 != p->argc) {
		program_usage_error(p);
		return;
	}
	params.url = p->argv[p->optind];
	run(p, &params);
}

const struct program_kind program_curl = {
	.name = "curl", .start = curl_main, .stop = stop,
	.usage = "[-46iILsfv] [-X METHOD] [-H FIELD] [-d DATA] [-o /dev/null] URL",
};

static void get_main(struct program *p)
{
	struct http_get_params params = { .done = on_get_done };
	int c;

	if (!state_new(p))
		return;
	while ((c = program_getopt(p, "46")) != -1 && program_family(p, c))
		;
	if (c != -1 || p->optind + 1 != p->argc) {
		program_usage_error(p);
		return;
	}
	params.url = p->argv[p->optind];
	run(p, &params);
}

const struct program_kind program_get = {
	.name = "get", .usage = "[-4|-6] URL", .start = get_main, .stop = stop,
};
