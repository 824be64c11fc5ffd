/* SPDX-License-Identifier: MIT */
/* ping and traceroute as commands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/ping.h"
#include "app/program_impl.h"
#include "app/traceroute.h"
#include "app/util/inet.h"

/* Options of the two, until the address is known. */
struct options {
	union {
		struct ping_params ping;
		struct traceroute_params traceroute;
	};
	bool numeric;
	struct ping *ping_run;
	struct traceroute *traceroute_run;
};

static struct options *options_new(struct program *p)
{
	p->state = calloc(1, sizeof(struct options));
	if (!p->state)
		program_fail(p, 2, "out of memory");
	return p->state;
}

static void on_out(void *ctx, const char *text, size_t len)
{
	program_write(ctx, text, len);
}

static void on_done(void *ctx, int status)
{
	struct program *p = ctx;
	struct options *o = p->state;

	o->ping_run = NULL;
	o->traceroute_run = NULL;
	program_exit(p, status);
}

static void stop(struct program *p)
{
	struct options *o = p->state;

	if (!o)
		return;
	ping_cancel(o->ping_run);
	traceroute_cancel(o->traceroute_run);
	free(o);
	p->state = NULL;
}

static void on_give_up(void *ctx, struct ln_net *net)
{
	(void)net;
	program_exit(ctx, 130);
}

static void interrupt(struct program *p)
{
	struct options *o = p->state;

	if (o->ping_run)
		ping_interrupt(o->ping_run);
	else
		program_timer(p, ln_net_now(p->net), on_give_up);
}

static const char *name_of(const struct program *p, const struct ipaddr *addr)
{
	return p->env.dns ? dns_client_addr_name(p->env.dns, addr) : NULL;
}

/* --- ping --- */

static bool pmtudisc(struct ping_params *ping, const char *arg)
{
	static const char *const names[] = {
		[LN_IP_PMTUDISC_DONT] = "dont", [LN_IP_PMTUDISC_WANT] = "want",
		[LN_IP_PMTUDISC_DO] = "do", [LN_IP_PMTUDISC_PROBE] = "probe",
	};

	ping->pmtudisc_set = true;
	for (ping->pmtudisc = 0; ping->pmtudisc < 4; ping->pmtudisc++)
		if (!strcmp(arg, names[ping->pmtudisc]))
			return true;
	return false;
}

static bool ping_option(struct ping_params *ping, int c, const char *arg, bool *numeric)
{
	uint64_t n = 0;
	bool good = true;

	switch (c) {
	case 'c':
		good = program_number(arg, 1, INT64_MAX, &ping->count);
		break;
	case 'i':
		good = program_seconds(arg, &ping->interval_ns) && ping->interval_ns >= 2000000;
		break;
	case 's':
		good = program_number(arg, 0, PING_SIZE_MAX, &n);
		ping->size = (unsigned)n;
		ping->size_set = true;
		break;
	case 't':
		good = program_number(arg, 1, 255, &n);
		ping->ttl = (uint8_t)n;
		break;
	case 'M':
		good = pmtudisc(ping, arg);
		break;
	case 'W':
		good = program_seconds(arg, &ping->wait_ns);
		break;
	case 'w':
		good = program_seconds(arg, &ping->deadline_ns);
		break;
	case 'q':
		ping->quiet = true;
		break;
	case 'n':
		*numeric = true;
		break;
	default:
		good = false;
	}
	return good;
}

static void ping_run(struct program *p, const struct ipaddr *addr)
{
	struct options *o = p->state;
	struct ipaddr literal;
	int err;

	o->ping.addr = *addr;
	o->ping.name = p->target;
	if (!o->numeric && !ipaddr_parse(p->net, p->target, &literal))
		o->ping.reply_name = name_of(p, addr);
	o->ping.out = on_out;
	o->ping.done = on_done;
	o->ping.ctx = p;
	err = ping_start(p->net, &o->ping, &o->ping_run);
	if (err)
		program_fail(p, 2, "socket: %s", inet_error_text(err));
}

static void ping_main(struct program *p)
{
	struct options *o = options_new(p);
	int c;

	if (!o)
		return;
	while ((c = program_getopt(p, "46c:i:s:t:M:W:w:qn")) != -1) {
		if (program_family(p, c) || ping_option(&o->ping, c, p->optarg, &o->numeric))
			continue;
		if (p->optarg)
			program_fail(p, 1, "invalid argument: '%s'", p->optarg);
		else
			program_usage_error(p);
		return;
	}
	if (p->optind + 1 != p->argc)
		program_usage_error(p);
	else
		program_resolve(p, p->argv[p->optind], ping_run);
}

const struct program_kind program_ping = {
	.name = "ping", .start = ping_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-4|-6] [-c N] [-i S] [-s BYTES] [-t TTL] [-M do|want|dont|probe] [-W S] [-w S] "
		 "[-q] [-n] HOST",
};

/* --- traceroute --- */

static const char *traceroute_name(void *ctx, const struct ipaddr *addr)
{
	return name_of(ctx, addr);
}

static bool traceroute_option(struct options *o, int c, const char *arg)
{
	struct traceroute_params *t = &o->traceroute;
	uint64_t n = 0;
	bool good = true;

	switch (c) {
	case 'I':
		t->icmp = true;
		break;
	case 'n':
		o->numeric = true;
		break;
	case 'f':
		good = program_number(arg, 1, 255, &n);
		t->first_ttl = (unsigned)n;
		break;
	case 'm':
		good = program_number(arg, 1, 255, &n);
		t->max_ttl = (unsigned)n;
		break;
	case 'q':
		good = program_number(arg, 1, TRACEROUTE_PROBES_MAX, &n);
		t->probes = (unsigned)n;
		break;
	case 'w':
		good = program_seconds(arg, &t->wait_ns);
		break;
	case 'p':
		good = program_number(arg, 1, 65535, &n);
		t->port = (uint16_t)n;
		break;
	default:
		good = false;
	}
	return good;
}

static void traceroute_run(struct program *p, const struct ipaddr *addr)
{
	struct options *o = p->state;
	int err;

	o->traceroute.addr = *addr;
	o->traceroute.name = p->target;
	o->traceroute.addr_name = o->numeric ? NULL : traceroute_name;
	o->traceroute.out = on_out;
	o->traceroute.done = on_done;
	o->traceroute.ctx = p;
	err = traceroute_start(p->net, &o->traceroute, &o->traceroute_run);
	if (err)
		program_fail(p, 2, "%s", inet_error_text(err));
}

static void traceroute_main(struct program *p)
{
	struct options *o = options_new(p);
	uint64_t size = 0;
	int c;

	if (!o)
		return;
	while ((c = program_getopt(p, "46Inf:m:q:w:p:")) != -1)
		if (!program_family(p, c) && !traceroute_option(o, c, p->optarg)) {
			program_usage_error(p);
			return;
		}
	c = p->argc - p->optind;
	if (c < 1 || c > 2 ||
	    (c == 2 && !program_number(p->argv[p->optind + 1], 28, 1500, &size))) {
		program_usage_error(p);
		return;
	}
	o->traceroute.size = (unsigned)size;
	program_resolve(p, p->argv[p->optind], traceroute_run);
}

const struct program_kind program_traceroute = {
	.name = "traceroute", .start = traceroute_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-4|-6] [-I] [-n] [-f TTL] [-m TTL] [-q N] [-w S] [-p PORT] HOST [BYTES]",
};
