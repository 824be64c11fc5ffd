/* SPDX-License-Identifier: MIT */
/*
 * A lab under test: made from YAML, watched, and ended with every frame and byte accounted for.
 *
 *	struct world *w = world_new(yaml, &(struct world_params){ 0 });
 *	world_run(w, "a", "ping -c 1 b", out)		run a command to its end
 *	world_get(w, "a", "http://b/", &page)		fetch a page
 *	world_end(w)					asserts conservation
 *
 * What goes wrong in here fails the running cmocka test.
 */
#ifndef LINNET_TESTS_HARNESS_LAB_HARNESS_H
#define LINNET_TESTS_HARNESS_LAB_HARNESS_H

#include "app/http/http_client.h"
#include "app/util/text.h"
#include "base/netns.h"
#include "lab/lab.h"

#define MS 1000000ll
#define SEC 1000000000ll

enum world_journey { WORLD_SILENT, WORLD_HASHED, WORLD_KEPT };

struct world_params {
	u64 seed;			/* 0 = the file's */
	enum world_journey journey;	/* full; hashed, or kept as text too */
	bool timeline;			/* the file's timed actions happen, too */
	const struct topo_files *files;	/* NULL = the labs compiled in */
	struct pcapng *pcap;
};

struct world {
	struct topo *topo;
	struct lab *lab;
	struct journey *journey;
	struct text output;		/* "node: line" of all that was printed, and actions */
	struct text story;		/* the journey (WORLD_KEPT) */
	u64 hash;			/* of journey and output */
	u64 journey_bytes;
};

/* The labs compiled into the program. */
const struct topo_files *builtin_labs(void);

/* yaml: text, or the name of a lab file when it ends in ".yaml". */
struct world *world_new(const char *yaml, const struct world_params *params);
/* The lab does not start: the messages, to be free()d. */
char *world_errors(const char *yaml);

/* Ends it; fails unless all is accounted for. ledger may be NULL. */
void world_end_ledger(struct world *w, struct lab_ledger *ledger);
void world_end(struct world *w);

struct lab_node *world_node(struct world *w, const char *name);
struct net *world_net(struct world *w, const char *node);
struct net_device *world_dev(struct world *w, const char *node, const char *dev);

/* Runs for so much longer. */
void world_wait(struct world *w, s64 ns);

/* A command line on a node, to its end (at most 5 minutes): its status; what it printed. */
int world_run(struct world *w, const char *node, const char *cmdline, struct text *printed);
/* The same; fails unless status 0. Return: what it printed, to be free()d. */
char *world_sh(struct world *w, const char *node, const char *cmdline);

struct page {
	struct text body;
	enum http_error error;
	unsigned status;
	char message[512];
	u64 head_bytes;			/* of status line and fields as they were on the wire */
	s64 took_ns, resolve_ns;
	u32 addr;
	bool done;
};

/* Starts to fetch; page lives until it is done. No memory: it is, with HTTP_ERR_LOCAL. */
void world_get_start(struct world *w, const char *node, const char *url, struct page *page);
/* Fetches to its end (at most 20 minutes). */
void world_get(struct world *w, const char *node, const char *url, struct page *page);
void page_free(struct page *page);

/* Fails unless text contains all of these, in this order; ends with NULL. */
void assert_in_order(const char *text, ...) __attribute__((sentinel));
void assert_contains(const char *text, const char *what);
void assert_lacks(const char *text, const char *what);
/* How often a string stands in a text. */
unsigned count_in(const char *text, const char *what);

/* n bytes that no two places have alike; free() it. */
u8 *pattern_bytes(size_t n);

#endif
