/* SPDX-License-Identifier: MIT */
/*
 * linnet drill: scripts in the language of packetdrill, run against a machine.
 *
 * A script is a conversation with times: socket calls with what they return, packets of the peer
 * (`<`), packets that the machine under test must send (`>`), commands in backticks, assertions on
 * TCP_INFO in %{ }%. This file is what a script is after it was read; it knows nothing of machines.
 *
 *	lex.c		text to tokens
 *	parse*.c	tokens to events; a mistake is told as line:column and what was expected
 *	names.c		the constants that a script may name
 *	addr.c		addresses of both families
 *	packet*.c	packets as data: to bytes and back, as text, compared
 *	run.c		events in their order and at their times
 *	conn.c		which connection a packet belongs to, and its numbers in the script's terms
 *	call*.c		the socket calls; what blocks is tried again as time goes on
 *	code.c		assertions
 *	python.c	what else there is of Python
 *	command.c	what stands in backticks
 *	report.c	what is printed when a line does not hold
 *	world*.c	the machine: a linnet instance in virtual time, or the kernel of this
 *			computer in a network namespace with a TUN
 *
 * Not there: packets inside packets (gre, mpls), words for MPTCP's options.
 */
#ifndef LINNET_DRILL_SCRIPT_H
#define LINNET_DRILL_SCRIPT_H

#include "base/ktime.h"
#include "drill/addr.h"
#include "drill/names.h"
#include "drill/packet.h"

struct place {
	u32 line, column;	/* from 1 */
};

/* ---- memory: all of a script is freed at once ---- */

struct arena_block;
struct arena {
	struct arena_block *blocks;
};
/* Zeroed; never NULL: the program ends when there is no memory. */
void *arena_alloc(struct arena *a, size_t size);
char *arena_text(struct arena *a, const char *s, size_t len);
void arena_free(struct arena *a);

/* ---- values ---- */

enum expr_kind {
	EXPR_NUMBER,		/* a constant's value too */
	EXPR_STRING,
	EXPR_ANY,		/* ... */
	EXPR_LIST,		/* [a, b] */
	EXPR_STRUCT,		/* {a=1, b(2)=[...], 3} */
};

struct expr {
	enum expr_kind kind;
	struct place at;
	s64 number;
	const char *text;	/* of a string; a number as it was written */
	size_t len;
	struct member *members;
	unsigned n;
};

struct member {
	const char *name;	/* NULL: none was given */
	const struct expr *value;
};

/* ---- events ---- */

enum when_kind { WHEN_ABSOLUTE, WHEN_RELATIVE, WHEN_ANY };

struct when {
	enum when_kind kind;
	bool range;		/* from ~ to */
	bool blocking;		/* from ... end */
	s64 from, to, end;	/* ns; the end counts from where the beginning does */
};

struct script_call {
	const struct call_def *def;
	struct expr **args;
	unsigned n;
	const struct expr *result;
	int err;		/* errno that is expected, 0 = none */
	const char *err_name;
};

struct script_code {
	const char *text;
	struct place at;
};

enum event_kind { EVENT_PACKET, EVENT_CALL, EVENT_COMMAND, EVENT_CODE };

struct event {
	struct event *next;
	struct place at;
	const char *text;	/* as it stands in the script, blanks made one */
	struct when when;
	enum event_kind kind;
	union {
		struct packet packet;
		struct script_call call;
		const char *command;
		struct script_code code;
	};
};

struct script_option {
	struct script_option *next;
	struct place at;
	const char *name, *value;	/* value: "" when there is none */
};

/* --define NAME=VALUE, -D: the name stands for a number, another name or a "string". */
struct script_define {
	struct script_define *next;
	const char *name, *value;
};

struct script {
	const char *path;
	enum ip_version version;	/* what the names of families mean */
	bool version_given;		/* not by the script */
	struct script_define *defines;
	struct arena arena;
	struct script_option *options;
	const char *init;		/* the commands before the first event, or NULL */
	const char *cleanup;		/* those that follow the last one without a time, or NULL */
	struct event *events;
};

/* "NAME=VALUE"; a later one comes first. False: it has no name. */
bool script_define(struct script *s, const char *text);
/*
 * Reads a whole script. False: *at and why tell the first mistake. Either way script_free() ends
 * it.
 */
bool script_parse(struct script *s, const char *text, struct place *at, char *why, size_t cap);
void script_free(struct script *s);

#endif
