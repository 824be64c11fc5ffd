/* SPDX-License-Identifier: MIT */
/*
 * The inside of programs: what program.c gives to each, and what each gives to program.c.
 *
 * A program starts in a timer (so that everything it calls back comes from ln_net_run()), and
 * ends with program_exit(), once, from wherever it stands: it must touch nothing afterwards.
 */
#ifndef LINNET_APP_PROGRAM_IMPL_H
#define LINNET_APP_PROGRAM_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "app/dns/addrinfo.h"
#include "app/program.h"
#include "app/util/text.h"

#define PROGRAM_ARGS_MAX 64
#define PROGRAM_INPUT_MAX 65536	/* bytes that wait for the program to read them */

struct program_kind {
	const char *name;
	const char *usage;		/* after the name */
	void (*start)(struct program *p);
	void (*stop)(struct program *p);	/* frees what it holds, calls nobody; or NULL */
	void (*interrupt)(struct program *p);	/* NULL = exits with 130 */
	/* p->input or p->input_eof changed: arms a timer to look at it. NULL = takes none. */
	void (*input)(struct program *p);
};

struct program {
	struct ln_net *net;
	struct program_env env;
	program_out_fn out;
	program_exit_fn exit_fn;
	void *ctx;
	const struct program_kind *kind;
	char *line;			/* the words, NUL between them */
	char *argv[PROGRAM_ARGS_MAX + 1];
	int argc;
	int optind, optpos;		/* program_getopt() */
	const char *optarg;
	struct text input;
	bool input_eof;
	int64_t timer;
	struct dns_lookup *lookup;
	struct addrinfo_lookup *addrinfo;
	uint16_t family;		/* -4, -6: of the address wanted; 0 = either */
	void (*resolved)(struct program *p, const struct ipaddr *addr);
	char *target;			/* the name as it was written; in argv */
	void *state;			/* of the program; its stop() frees it */
};

void program_exit(struct program *p, int status);
void program_write(struct program *p, const void *bytes, size_t len);
/* Beside its output: what went wrong, how it went. */
void program_tell(struct program *p, const char *text, size_t len);
__attribute__((format(printf, 2, 3))) void program_printf(struct program *p, const char *fmt, ...);
/* Prints and exits, "ping: ..." before it. */
__attribute__((format(printf, 3, 4)))
void program_fail(struct program *p, int status, const char *fmt, ...);
void program_usage_error(struct program *p);

/**
 * program_getopt - the next option, as getopt(3)
 * @options: letters; ':' after one that has a value, which is at p->optarg then
 * Return: the letter; '?' for one that is not known, or lacks its value; -1: there is no more, and
 * the words that are no options begin at argv[optind]. They may stand before options.
 */
int program_getopt(struct program *p, const char *options);
/* A whole number in [min, max], or seconds with a fraction as ns. False: it is not. */
bool program_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);
bool program_seconds(const char *text, int64_t *ns);
/* 10, 10k, 10M, 10G */
bool program_size(const char *text, uint64_t unit, uint64_t *value);

/* Option -4 or -6, of what asks for names: taken. */
bool program_family(struct program *p, int option);
/*
 * Finds the best address of @name, of p->family when that is set, then calls @fn; says so and
 * exits when there is none. [2001:db8::1] is good, too.
 */
void program_resolve(struct program *p, char *name,
		     void (*fn)(struct program *p, const struct ipaddr *addr));
/* Runs @fn at @when, in place of what p->timer stood for. */
void program_timer(struct program *p, int64_t when, void (*fn)(void *ctx, struct ln_net *net));

extern const struct program_kind program_ping, program_traceroute, program_perf, program_host,
	program_nslookup, program_dig, program_curl, program_get, program_nc, program_iperf3,
	program_dhclient, program_dhcpd, program_tcpdump, program_conntrack;

#endif
