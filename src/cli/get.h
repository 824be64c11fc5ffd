/* SPDX-License-Identifier: MIT */
/*
 * What the files of `linnet get` share.
 *
 *	cmd_get.c	options, the row of URLs
 *	get_world.c	where it happens: a lab in virtual time, or a TAP in real time
 *	get_page.c	one URL: the page, headers, progress, what is said of the end
 *	get_json.c	the same as JSON; exit statuses
 */
#ifndef LINNET_CLI_GET_H
#define LINNET_CLI_GET_H

#include <stdio.h>

#include "app/http/http_client.h"
#include "cli/lab_source.h"
#include "cli/net_opts.h"
#include "cli/up_dhcp.h"
#include "cli/watch.h"

#define GET_HEADERS_MAX 32

struct json_t;

struct get_opts {
	const struct cli *cli;
	const char *output;		/* -o; NULL = standard output, or nowhere with --json */
	bool include, verbose, silent, json, head, no_redirects, keep_alive;
	uint16_t family;		/* -4, -6; 0 = either */
	s64 max_time_ns;		/* 0 = none */
	struct http_header headers[GET_HEADERS_MAX];
	size_t nheaders;
	const char *lab, *node;
	u64 seed;
	bool has_seed;
	struct net_opts net;
	struct watch watch;
};

/* ---- where it happens ---- */

struct get_world {
	struct ln_net *net;
	struct http_browser *browser;
	struct lab_source source;
	struct lab *lab;
	struct lab_node *node;
	struct machine *machine;
	struct up_dhcp dhcp;		/* --dhcp; m is NULL without */
};

/* 0, or an exit status: told. */
int get_world_open(struct get_world *w, struct get_opts *o);
/* Brings the instance's clock to the present, before a get starts. */
void get_world_catch_up(struct get_world *w);
/* Runs while go_on says so, at most until the instance's time limit_ns; false: ^C. */
bool get_world_run(struct get_world *w, bool (*go_on)(void *ctx), void *ctx, s64 limit_ns);
/* After the page: the connection says goodbye. */
void get_world_settle(struct get_world *w);
void get_world_totals(struct get_world *w, struct journey_totals *t);
/* False: a frame or a byte was lost on the way; told. */
bool get_world_close(struct get_world *w, const struct cli *cli);

/* ---- one URL ---- */

/* Fetches it and tells. Return: the exit status. */
int get_page(struct get_world *w, struct get_opts *o, const char *url, FILE *out);

int get_exit_status(enum http_error error);

/* Everything that is known of a get, for get_json_print(); NULL: no memory. */
struct json_t *get_json_response(const char *asked, const struct http_response *res, int status);
/* Adds the counters, prints it as one line, frees it. */
void get_json_print(struct json_t *json, struct get_world *w, FILE *f);

#endif
