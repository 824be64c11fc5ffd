/* SPDX-License-Identifier: MIT */
#include "harness/lab_harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "device/netdevice.h"

#define FNV_OFFSET 0xcbf29ce484222325ull
#define FNV_PRIME 0x100000001b3ull

const struct topo_files *builtin_labs(void)
{
	static struct topo_builtin labs;

	if (!labs.table)
		topo_builtin_init(&labs, lab_builtin_files, lab_builtin_count);
	return &labs.files;
}

static void hash_bytes(struct world *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		w->hash = (w->hash ^ (u8)text[i]) * FNV_PRIME;
}

static void on_output(void *ctx, const struct lab_node *node, const char *text, size_t len)
{
	struct world *w = ctx;

	text_adds(&w->output, lab_node_name(node));
	text_adds(&w->output, ": ");
	text_add(&w->output, text, len);
	hash_bytes(w, text, len);
}

static void on_action(void *ctx, const struct lab_node *node, const char *text)
{
	struct world *w = ctx;

	text_adds(&w->output, node ? lab_node_name(node) : "link");
	text_adds(&w->output, "> ");
	text_adds(&w->output, text);
	text_adds(&w->output, "\n");
	hash_bytes(w, text, strlen(text));
}

static void on_journey(void *ctx, const char *text, size_t len)
{
	struct world *w = ctx;

	hash_bytes(w, text, len);
	w->journey_bytes += len;
}

static void on_journey_kept(void *ctx, const char *text, size_t len)
{
	struct world *w = ctx;

	on_journey(ctx, text, len);
	text_add(&w->story, text, len);
}

static bool is_file(const char *yaml)
{
	size_t len = strlen(yaml);

	return len > 5 && !strcmp(yaml + len - 5, ".yaml");
}

static struct topo *read_topo(const char *yaml, const struct topo_files *files)
{
	char *errors = NULL;
	struct topo *topo;

	topo = is_file(yaml) ? topo_read(yaml, files, &errors) :
			       topo_read_text("test.yaml", yaml, strlen(yaml), files, &errors);
	if (!topo)
		print_error("%s", errors ? errors : "no memory\n");
	free(errors);
	assert_non_null(topo);
	return topo;
}

struct world *world_new(const char *yaml, const struct world_params *params)
{
	struct world *w = calloc(1, sizeof(*w));
	struct lab_params lp = {
		.seed = params->seed, .pcap = params->pcap, .no_actions = !params->timeline,
		.output = on_output, .action = on_action, .ctx = w,
	};
	char *errors = NULL;

	assert_non_null(w);
	w->hash = FNV_OFFSET;
	w->topo = read_topo(yaml, params->files ? params->files : builtin_labs());
	if (params->journey) {
		w->journey = journey_create(&(struct journey_params){
			.mode = JOURNEY_FULL,
			.mem = { .alloc = ln_libc_alloc, .free = ln_libc_free },
			.write = params->journey == WORLD_KEPT ? on_journey_kept : on_journey,
			.ctx = w,
		});
		assert_non_null(w->journey);
	}
	lp.journey = w->journey;
	w->lab = lab_create(w->topo, &lp, &errors);
	if (!w->lab)
		print_error("%s", errors ? errors : "no memory\n");
	assert_non_null(w->lab);
	return w;
}

char *world_errors(const char *yaml)
{
	struct topo *topo = read_topo(yaml, builtin_labs());
	struct lab_params params = { 0 };
	char *errors = NULL;

	assert_null(lab_create(topo, &params, &errors));
	assert_non_null(errors);
	topo_free(topo);
	return errors;
}

void world_end_ledger(struct world *w, struct lab_ledger *ledger)
{
	struct lab_ledger l;
	int err = lab_destroy(w->lab, &l);

	if (err)
		print_error("ledger: offered %llu + duplicated %llu = dropped %llu + arrived %llu "
			    "+ in flight %llu; leaked: bytes %zu, objects %zu, packets %llu, "
			    "frames %lld\n", (unsigned long long)l.offered,
			    (unsigned long long)l.duplicated, (unsigned long long)l.dropped,
			    (unsigned long long)l.arrived, (unsigned long long)l.in_flight,
			    l.leaks.bytes, l.leaks.objects, (unsigned long long)l.leaks.packets,
			    (long long)l.leaks.frames_unaccounted);
	assert_int_equal(err, 0);
	if (ledger)
		*ledger = l;
	journey_destroy(w->journey);
	topo_free(w->topo);
	text_free(&w->output);
	text_free(&w->story);
	free(w);
}

void world_end(struct world *w)
{
	world_end_ledger(w, NULL);
}

struct lab_node *world_node(struct world *w, const char *name)
{
	struct lab_node *node = lab_node(w->lab, name);

	assert_non_null(node);
	return node;
}

struct net *world_net(struct world *w, const char *node)
{
	return net_of(lab_node_net(world_node(w, node)));
}

struct net_device *world_dev(struct world *w, const char *node, const char *name)
{
	struct net_device *dev = dev_get_by_name(world_net(w, node), name);

	assert_non_null(dev);
	return dev;
}

void world_wait(struct world *w, s64 ns)
{
	lab_run(w->lab, lab_now(w->lab) + ns);
}

/* ---- commands ---- */

struct command {
	int status;
	bool running;
};

static void command_done(void *ctx, struct lab_node *node, int status)
{
	struct command *c = ctx;

	(void)node;
	c->status = status;
	c->running = false;
}

static bool command_runs(void *ctx)
{
	return ((struct command *)ctx)->running;
}

/* What stands in the output from a place on, without the node's name. */
static void printed_since(struct world *w, size_t from, const char *node, struct text *printed)
{
	size_t skip = strlen(node) + 2;
	const char *p = w->output.s ? w->output.s + from : "";

	while (*p) {
		const char *end = strchr(p, '\n');
		size_t len = end ? (size_t)(end - p) + 1 : strlen(p);

		if (!strncmp(p, node, skip - 2) && p[skip - 2] == ':')
			text_add(printed, p + skip, len - skip);
		else
			text_add(printed, p, len);
		p += len;
	}
}

int world_run(struct world *w, const char *node, const char *cmdline, struct text *printed)
{
	struct command c = { .running = true };
	size_t from = w->output.len;

	assert_int_equal(lab_program(world_node(w, node), cmdline, command_done, &c), 0);
	lab_run_while(w->lab, command_runs, &c, lab_now(w->lab) + 300 * SEC);
	if (c.running)
		print_error("%s: \"%s\" does not end\n", node, cmdline);
	assert_false(c.running);
	if (printed)
		printed_since(w, from, node, printed);
	return c.status;
}

char *world_sh(struct world *w, const char *node, const char *cmdline)
{
	struct text printed = { 0 };
	int status = world_run(w, node, cmdline, &printed);

	if (status)
		print_error("%s: \"%s\": status %d\n%s", node, cmdline, status,
			    printed.s ? printed.s : "");
	assert_int_equal(status, 0);
	return text_steal(&printed);
}

/* ---- pages ---- */

static int page_body(void *ctx, const void *bytes, size_t len)
{
	struct page *page = ctx;

	text_add(&page->body, bytes, len);
	return 0;
}

static int page_head(void *ctx, const struct http_response *res)
{
	struct page *page = ctx;

	page->head_bytes = strlen("HTTP/1.1 200 ") + strlen(res->reason) + 2;
	for (size_t i = 0; i < res->nheaders; i++)
		page->head_bytes += strlen(res->headers[i].name) + 2 +
				    strlen(res->headers[i].value) + 2;
	page->head_bytes += 2;
	return 0;
}

static void page_done(void *ctx, const struct http_response *res)
{
	struct page *page = ctx;

	page->error = res->error;
	page->status = res->status;
	page->addr = res->addr.v4;
	page->took_ns = res->done_ns - res->started_ns;
	page->resolve_ns = res->resolved_ns >= 0 ? res->resolved_ns - res->started_ns : 0;
	snprintf(page->message, sizeof(page->message), "%s", res->message);
	page->done = true;
}

static bool page_pending(void *ctx)
{
	return !((struct page *)ctx)->done;
}

void world_get_start(struct world *w, const char *node, const char *url, struct page *page)
{
	struct lab_node *n = world_node(w, node);
	struct http_get_params params = {
		.url = url, .head = page_head, .body = page_body, .done = page_done, .ctx = page,
	};

	*page = (struct page){ 0 };
	lab_node_kick(n);
	if (!http_get_start(lab_node_browser(n), &params)) {
		page->error = HTTP_ERR_LOCAL;
		page->done = true;
	}
	lab_node_kick(n);
}

void world_get(struct world *w, const char *node, const char *url, struct page *page)
{
	world_get_start(w, node, url, page);
	lab_run_while(w->lab, page_pending, page, lab_now(w->lab) + 1200 * SEC);
	assert_true(page->done);
}

void page_free(struct page *page)
{
	text_free(&page->body);
}

/* ---- texts ---- */

void assert_in_order(const char *text, ...)
{
	const char *what, *at = text;
	va_list ap;

	va_start(ap, text);
	while ((what = va_arg(ap, const char *))) {
		const char *found = strstr(at, what);

		if (!found)
			print_error("not found (in this order): \"%s\"\nin what follows on:\n"
				    "%.3000s\n", what, at);
		assert_non_null(found);
		at = found + strlen(what);
	}
	va_end(ap);
}

void assert_contains(const char *text, const char *what)
{
	assert_in_order(text, what, NULL);
}

void assert_lacks(const char *text, const char *what)
{
	const char *found = strstr(text, what);

	if (found)
		print_error("must not be there: \"%s\"\n%.2000s\n", what, text);
	assert_null(found);
}

unsigned count_in(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

u8 *pattern_bytes(size_t n)
{
	u8 *bytes = malloc(n ? n : 1);
	u64 state = 1;

	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (u8)(splitmix64(&state) >> 32);
	return bytes;
}
