/* SPDX-License-Identifier: MIT */
/* One URL: fetched, its page written, and what is said of it. */
#include <linnet/net.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/util/inet.h"
#include "app/util/text.h"
#include "cli/get.h"
#include "host/clock.h"

#define HELD_MAX ((size_t)16 << 20)	/* bytes of a page kept back until its journey is told */
#define LOOK_EVERY 256			/* turns between two looks at the real clock */
#define URL_SHOWN_MAX 200		/* of one, in a message */

struct page {
	struct get_world *w;
	struct get_opts *o;
	const char *url;
	struct http_get *get;		/* NULL once it is over */
	FILE *out;			/* NULL = nobody wants the page */
	bool holding;			/* the journey goes to the same screen: it comes first */
	struct text held;
	bool failed;			/* writing did */
	bool interrupted;		/* ^C */
	int status;
	struct json_t *json;
	u64 bytes;
	s64 length;			/* -1 = not told */
	/* progress, in real time */
	s64 began_ns, told_ns;
	unsigned turns;
	bool told, tty, quiet;
};

/* ---- progress ---- */

static void put_size(FILE *f, double bytes)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	size_t unit = 0;

	for (; bytes >= 1000 && unit + 1 < ARRAY_SIZE(units); unit++)
		bytes /= 1000;
	fprintf(f, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void tell_progress(struct page *p, s64 now)
{
	double seconds = (double)(now - p->began_ns) / 1e9;

	fprintf(stderr, "%slinnet get: %s: ", p->tty ? "\r" : "", p->url);
	put_size(stderr, (double)p->bytes);
	if (p->length >= 0) {
		fputs(" of ", stderr);
		put_size(stderr, (double)p->length);
	}
	fprintf(stderr, " in %.0f s, ", seconds);
	put_size(stderr, (double)p->bytes / seconds);
	if (p->w->lab)
		fprintf(stderr, "/s; virtual time %.3f s", (double)ln_net_now(p->w->net) / 1e9);
	else
		fputs("/s", stderr);
	fputs(p->tty ? "\033[K" : "\n", stderr);
	p->told = true;
	p->told_ns = now;
}

/* After a second, then often on a screen and rarely in a log. */
static void look_at_clock(struct page *p)
{
	s64 now = host_now_ns(), pause = p->tty ? NSEC_PER_SEC / 5 : 5 * NSEC_PER_SEC;

	if (now - p->began_ns >= NSEC_PER_SEC && now - p->told_ns >= pause)
		tell_progress(p, now);
}

static void end_progress(struct page *p)
{
	if (p->told && p->tty)
		fputs("\r\033[K", stderr);
	p->told = false;
}

static bool page_go_on(void *ctx)
{
	struct page *p = ctx;

	if (!p->get)
		return false;
	if (!p->quiet && (!p->w->lab || ++p->turns % LOOK_EVERY == 0))
		look_at_clock(p);
	return true;
}

/* ---- the page ---- */

static bool page_write(struct page *p, const void *bytes, size_t len)
{
	if (!p->out)
		return true;
	if (p->holding && p->held.len + len <= HELD_MAX) {
		text_add(&p->held, bytes, len);
		return !p->held.failed;
	}
	if (p->held.len && fwrite(p->held.s, 1, p->held.len, p->out) != p->held.len)
		p->failed = true;
	text_free(&p->held);
	p->holding = false;
	if (fwrite(bytes, 1, len, p->out) != len)
		p->failed = true;
	return !p->failed;
}

static void page_head_text(struct page *p, const struct http_response *res, const char *mark,
			   FILE *f)
{
	struct text t = { 0 };

	text_addf(&t, "%sHTTP/1.%u %u %s\r\n", mark, res->version_minor, res->status, res->reason);
	for (size_t i = 0; i < res->nheaders; i++)
		text_addf(&t, "%s%s: %s\r\n", mark, res->headers[i].name, res->headers[i].value);
	text_addf(&t, "%s\r\n", mark);
	if (f && t.len)
		fwrite(t.s, 1, t.len, f);
	else if (t.len)
		page_write(p, t.s, t.len);
	text_free(&t);
}

/* -v: whom we ask, and what is sent. */
static void page_request(void *ctx, const struct http_response *res, const char *head, size_t len)
{
	struct page *p = ctx;
	char addr[IPADDR_PORT_TEXT_MAX];

	if (!p->o->verbose)
		return;
	end_progress(p);
	fprintf(stderr, "* %s, %s%s\n", res->url,
		ipaddr_port_text(NULL, &res->addr, res->port, addr),
		res->reused ? ", over the connection of before" : "");
	for (const char *line = head, *end = head + len; line < end;) {
		size_t n = strcspn(line, "\r");

		fprintf(stderr, "> %.*s\n", (int)n, line);
		line += n + 2;
	}
}

static int page_head(void *ctx, const struct http_response *res)
{
	struct page *p = ctx;

	p->length = res->content_length;
	if (p->o->verbose) {
		end_progress(p);
		page_head_text(p, res, "< ", stderr);
	}
	if (p->o->include || p->o->head)
		page_head_text(p, res, "", NULL);
	return p->failed;
}

static int page_body(void *ctx, const void *bytes, size_t len)
{
	struct page *p = ctx;

	p->bytes += len;
	return !page_write(p, bytes, len);
}

static void page_done(void *ctx, const struct http_response *res)
{
	struct page *p = ctx;

	p->get = NULL;
	p->status = p->interrupted ? CLI_INTERRUPTED : get_exit_status(res->error);
	end_progress(p);
	if (p->failed)
		p->status = CLI_OTHER;
	else if (res->error && !p->o->json)
		cli_fail(p->o->cli, 0, "%.*s%s: %s", URL_SHOWN_MAX, p->url,
			 strlen(p->url) > URL_SHOWN_MAX ? "..." : "", res->message);
	if (p->o->json)
		p->json = get_json_response(p->url, res, p->status);
}

/* ---- the whole ---- */

static void page_fetch(struct page *p)
{
	struct get_opts *o = p->o;
	s64 limit = o->max_time_ns ? ln_net_now(p->w->net) + o->max_time_ns : INT64_MAX;
	bool finished = get_world_run(p->w, page_go_on, p, limit);
	char message[80];

	if (!p->get)
		return;
	if (!finished) {
		p->interrupted = true;
		http_get_give_up(p->get, HTTP_ERR_STOPPED, "interrupted");
		return;
	}
	snprintf(message, sizeof(message), "timed out: not done after %.3g s (--max-time)",
		 (double)o->max_time_ns / 1e9);
	get_world_catch_up(p->w);
	if (p->get)
		http_get_give_up(p->get, HTTP_ERR_TIMED_OUT, message);
}

static void page_finish(struct page *p)
{
	get_world_settle(p->w);
	watch_flush(&p->o->watch);
	p->holding = false;
	if (p->held.len)
		page_write(p, "", 0);
	if (p->out && fflush(p->out))
		p->failed = true;
	if (p->failed)
		p->status = cli_fail(p->o->cli, CLI_OTHER, "writing the page: %s",
				     strerror(errno ? errno : EIO));
	if (p->json)
		get_json_print(p->json, p->w, stdout);
	text_free(&p->held);
}

int get_page(struct get_world *w, struct get_opts *o, const char *url, FILE *out)
{
	struct page p = {
		.w = w, .o = o, .url = url, .out = out, .length = -1, .began_ns = host_now_ns(),
		.tty = isatty(STDERR_FILENO),
		.holding = o->watch.journey && out == stdout,
	};
	const struct http_get_params params = {
		.url = url, .method = o->head ? "HEAD" : NULL, .headers = o->headers,
		.nheaders = o->nheaders, .no_redirects = o->no_redirects,
		.keep_alive = o->keep_alive, .head = page_head, .body = page_body,
		.family = o->family, .request = page_request,
		.done = page_done, .ctx = &p,
	};

	/* A journey in a file is of the run alone, not of how fast this machine is. */
	p.quiet = o->silent || (o->watch.journey && !p.tty);
	get_world_catch_up(w);
	p.get = http_get_start(w->browser, &params);
	if (!p.get)
		return cli_fail(o->cli, CLI_OTHER, "out of memory");
	page_fetch(&p);
	page_finish(&p);
	return p.status;
}
