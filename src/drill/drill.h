/* SPDX-License-Identifier: MIT */
/*
 * Running a script. drill_file() is all that others need; the rest is the runner's own state.
 *
 * Time 0 is when the first event is due. An event waits for its time, then it happens: a packet is
 * let in, a call is made, a packet that the machine sends is awaited. A time after + counts from
 * the time of the event before, which for * and ranges is when it really happened. Packets may be
 * early or late by the tolerance (--tolerance_usecs, 4000).
 */
#ifndef LINNET_DRILL_DRILL_H
#define LINNET_DRILL_DRILL_H

#include <stdio.h>

#include "base/fmt.h"
#include "drill/addr.h"
#include "drill/script.h"
#include "drill/world.h"

enum { DRILL_SKIPPED = -1, DRILL_OK = 0, DRILL_FAILED = 1, DRILL_BAD = 2 };

struct drill_options {
	bool kernel;			/* against the kernel of this computer */
	bool strict;			/* what no line awaits is a failure too */
	bool verbose;
	unsigned scale;			/* of the tolerance; 0 = 1, against the kernel 10 */
	const char *pcap;		/* or NULL */
	/* Options of scripts, "name=value", that hold before those in the script; n_options. */
	const char *const *options;
	unsigned n_options;
	FILE *out, *err;
};

/*
 * Return: DRILL_OK, DRILL_FAILED (told on err), DRILL_BAD: cannot be read or run, DRILL_SKIPPED: it
 * is of another IP version than o->options want.
 */
int drill_file(const char *path, const struct drill_options *o);
/* The same for a script in memory. */
int drill_text(const char *path, const char *text, const struct drill_options *o);

/* ---- the runner's own ---- */

#define FDS_MAX 256
/* A timer of the kernel's wheel may be late by an eighth of its time. */
#define DRILL_WHEEL 8

/* A connection, or the two ends of a UDP conversation. Ports in host order. */
struct conn {
	struct conn *next;
	u8 protocol;
	struct ip6_addr laddr, raddr;
	u16 lport, rport;
	u16 script_lport, script_rport;	/* as the script's packets name them; 0: they do not */
	bool connecting;		/* connect() was called, no SYN awaited yet */
	bool isn_known, remote_known, ts_known;
	u32 local_off;			/* wire less script, of the machine's sequence numbers */
	u32 local_isn;			/* on the wire */
	u32 remote_isn;			/* of the script's SYN: what is no SYN counts from it */
	u32 ts_live, ts_script;		/* the first pair */
	struct ts_pair { u32 script, live; } pairs[64];
	unsigned n_pairs;
	int fd;				/* the machine's, -1: not known */
	bool ip_id_known;
	u16 ip_id;			/* of the last packet awaited */
};

/* A descriptor of the script. */
struct drill_fd {
	bool used, nonblock, listening, epoll, stream, inet6;
	int live;
	struct conn *conn;
	s64 rcvtimeo, sndtimeo;		/* ns, 0 = for ever */
};

struct call_run;

/* A variable of %{ }%: those of one block are there in the next ones. */
struct code_var {
	struct code_var *next;
	const char *name;
	double v;
};

struct drill {
	const struct drill_options *o;
	struct script *s;
	struct world *w;
	struct world_params params;
	s64 tolerance;			/* ns */
	s64 zero, last;			/* of the machine's clock: time 0, the last event's */
	s64 late;			/* real time: the most by which a step came late, ... */
	unsigned latest;		/* ... and its line */
	s64 ts_tick;			/* ns of a tick of timestamps; 0 = not compared */
	enum ip_version version;
	bool version_given;		/* from outside of the script */
	bool skipped, dry_run;
	bool strict_segments;		/* what a script writes as one leaves as one */
	bool skip_unawaited;		/* packets between those that the script awaits */
	const char *init_scripts;	/* a,b: run before the script's own commands, or NULL */
	u16 bind_port, connect_port, next_port;
	const struct event *event;
	char *mib[2];			/* netstat and snmp, when mib_event began */
	const struct event *mib_event;
	struct conn *conns, *conn;	/* all, and that of the script's packets */
	struct drill_fd fds[FDS_MAX], none;
	struct call_run *waiting;	/* calls that block */
	struct code_var *vars;
	const char *python;		/* the program so far, or NULL: none was needed */
	char why[512];			/* the failure; "" = none */
	struct packet_full got;		/* with it, when has_got */
	struct world_packet *got_raw;	/* its bytes */
	bool has_got;
	s64 got_at;
	bool bad;			/* it is the script that is wrong */
	char notes[1024];		/* what was not obeyed, told when it fails */
	FILE *pcap;
};

/* Keeps the first failure. False. */
bool drill_fail(struct drill *d, const char *fmt, ...) __printf(2, 3);
void drill_note(struct drill *d, const char *fmt, ...) __printf(2, 3);

static inline s64 drill_now(const struct drill *d)
{
	return d->w->ops->now(d->w);
}

/*
 * Lets time pass until `until`; with stop only until a packet was sent. Calls that block go on and
 * are compared when they return. False: one did not return what it should.
 */
bool drill_wait(struct drill *d, s64 until, bool stop);

/* run_packet.c */
bool run_inbound(struct drill *d, const struct packet *p);
bool run_outbound(struct drill *d, const struct event *e, s64 from, s64 to);
/* Whether nothing is left that no line awaited; strict only. */
bool run_nothing_left(struct drill *d, s64 before);

/* call_run.c */
bool run_call(struct drill *d, const struct event *e, s64 end);
bool run_waiting(struct drill *d);		/* each that blocks once more */
bool run_calls_end(struct drill *d);		/* when the script is over: none may be left */
void free_waiting(struct drill *d);

/* code.c, python.c, command.c */
bool run_code(struct drill *d, const struct script_code *c);
/* *is_there: python3 can be run. Without it nothing was done. */
bool run_python(struct drill *d, const struct ln_tcp_info *info, const char *code, bool *is_there);
bool run_commands(struct drill *d, const char *text);
bool run_init_scripts(struct drill *d);

/* report.c */
void report(const struct drill *d);

/* capture.c */
bool capture_open(struct drill *d);
void capture_close(struct drill *d);

#endif
