/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>

#include "drill/call.h"
#include "drill/conn.h"
#include "drill/counter.h"
#include "wire/inet_addr.h"

/* packetdrill's own. The gateway of IPv4 is the machine itself: all peers are on the link. */
#define LOCAL_V4 INET_ADDR4(192, 168, 0, 1)
#define GATEWAY_V4 INET_ADDR4(192, 168, 0, 1)
#define REMOTE_V4 INET_ADDR4(192, 0, 2, 1)
#define LOCAL_V6 "fd3d:a0b:17d6::1"
#define GATEWAY_V6 "fd3d:a0b:17d6:8888::1"
#define REMOTE_V6 "fd3d:fa7b:d17d::1"
#define PREFIX_V4 16
#define PREFIX_V6 48
/* From here on a step is told to be late. */
#define LATE (1 * NSEC_PER_MSEC)

/* ---- failures ---- */

bool drill_fail(struct drill *d, const char *fmt, ...)
{
	va_list ap;

	if (d->why[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
	return false;
}

void drill_note(struct drill *d, const char *fmt, ...)
{
	size_t n = strlen(d->notes);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->notes + n, sizeof(d->notes) - n, fmt, ap);
	va_end(ap);
}

/* ---- options ---- */

static bool opt_bad(struct drill *d, const struct script_option *o, const char *expected)
{
	d->bad = true;
	return drill_fail(d, "--%s=%s: expected %s", o->name, o->value, expected);
}

static bool opt_number(struct drill *d, const struct script_option *o, u64 most, u64 *v)
{
	char expected[48];

	if (parse_u64(o->value, most, v))
		return true;
	snprintf(expected, sizeof(expected), "a number up to %llu", (unsigned long long)most);
	return opt_bad(d, o, expected);
}

static bool opt_addr(struct drill *d, const struct script_option *o, struct ip6_addr *addr)
{
	return addr_parse(o->value, addr) || opt_bad(d, o, "an address");
}

static bool opt_mask(struct drill *d, const struct script_option *o)
{
	return inet_mask_parse(o->value, &d->params.prefix) || opt_bad(d, o, "a network mask");
}

/*
 * A script that says its version is of that one: when another is wanted it is left out. Mapped
 * addresses are IPv4 on the wire, so what is of ipv4 runs with them too.
 */
static bool opt_version(struct drill *d, const struct script_option *o, bool given)
{
	enum ip_version version;

	if (!ip_version_parse(o->value, &version))
		return opt_bad(d, o, "ipv4, ipv4-mapped-ipv6 or ipv6");
	if (given || !d->version_given)
		d->version = version;
	else if (version != d->version &&
		 !(version == IP_VERSION_4 && d->version == IP_VERSION_4_MAPPED_6))
		d->skipped = true;
	d->version_given |= given;
	return true;
}

/* What no option said. */
static bool set_addresses(struct drill *d)
{
	static const char *const texts[] = { LOCAL_V6, GATEWAY_V6, REMOTE_V6 };
	static const be32 v4[] = { LOCAL_V4, GATEWAY_V4, REMOTE_V4 };
	struct ip6_addr *const addrs[] = { &d->params.local, &d->params.gateway,
					   &d->params.remote };
	bool v6 = d->version == IP_VERSION_6;

	d->params.v6 = v6;
	if (!d->params.prefix || v6)
		d->params.prefix = v6 ? PREFIX_V6 : PREFIX_V4;
	for (size_t i = 0; i < ARRAY_SIZE(addrs); i++) {
		if (!ipv6_addr_any(addrs[i]) && ipv6_addr_v4mapped(addrs[i]) == v6) {
			d->bad = true;
			return drill_fail(d, "an address is not of --ip_version=%s",
					  ip_version_name(d->version));
		}
		if (ipv6_addr_any(addrs[i]) && !v6)
			*addrs[i] = ipv6_addr_v4mapped_of(v4[i]);
		else if (ipv6_addr_any(addrs[i]) && !addr_parse(texts[i], addrs[i]))
			return false;
	}
	return true;
}

/* What changes nothing here, or not yet. */
static bool is_ignored(const char *name)
{
	static const char *const names[] = {
		"verbose", "non_fatal", "speed", "code_command",
		"code_format", "code_sockopt", "send_omit_free", "tcp_ts_ecr_scaled",
		"no_cleanup", "persistent_tun_dev", "tun_dev", "debug", "timeout",
		"so_filename", "so_flags", "max_send_batch_size", "is_anyip", "ip_tos",
		"wire_client", "wire_client_dev", "wire_client_ip", "wire_server",
		"wire_server_at", "wire_server_dev", "wire_server_ip", "wire_server_port",
		"udp_encaps",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool take_option(struct drill *d, const struct script_option *o, bool given)
{
	u64 v = 0;

	if (!strcmp(o->name, "ip_version"))
		return opt_version(d, o, given);
	if (!strcmp(o->name, "tolerance_usecs")) {
		if (!opt_number(d, o, 1000000000, &v))
			return false;
		d->tolerance = (s64)v * NSEC_PER_USEC;
	} else if (!strcmp(o->name, "tcp_ts_tick_usecs")) {
		if (!opt_number(d, o, 1000000, &v))
			return false;
		d->ts_tick = (s64)v * NSEC_PER_USEC;
	} else if (!strcmp(o->name, "mtu")) {
		if (!opt_number(d, o, 65535, &v))
			return false;
		d->params.mtu = (u16)v;
	} else if (!strcmp(o->name, "bind_port") || !strcmp(o->name, "connect_port")) {
		if (!opt_number(d, o, 65535, &v))
			return false;
		*(o->name[0] == 'b' ? &d->bind_port : &d->connect_port) = (u16)v;
	} else if (!strcmp(o->name, "local_ip")) {
		return opt_addr(d, o, &d->params.local);
	} else if (!strcmp(o->name, "gateway_ip")) {
		return opt_addr(d, o, &d->params.gateway);
	} else if (!strcmp(o->name, "remote_ip")) {
		return opt_addr(d, o, &d->params.remote);
	} else if (!strcmp(o->name, "netmask_ip")) {
		return opt_mask(d, o);
	} else if (!strcmp(o->name, "dry_run")) {
		d->dry_run = true;
	} else if (!strcmp(o->name, "strict_segments")) {
		d->strict_segments = true;
	} else if (!strcmp(o->name, "skip_unawaited")) {
		d->skip_unawaited = true;
	} else if (!strcmp(o->name, "init_scripts")) {
		d->init_scripts = o->value;
	} else if (!is_ignored(o->name)) {
		d->bad = true;
		return drill_fail(d, "there is no option --%s", o->name);
	}
	return true;
}

/* ---- time ---- */

/* Until when nothing that waits would have to be looked at. */
static s64 next_look(const struct drill *d, s64 until)
{
	for (const struct call_run *r = d->waiting; r; r = r->next)
		if (r->timeout >= 0)
			until = min(until, r->started + r->timeout);
	if (d->waiting && d->w->ops->real_time)
		until = min(until, drill_now(d) + NSEC_PER_MSEC);
	return until;
}

bool drill_wait(struct drill *d, s64 until, bool stop)
{
	for (;;) {
		d->w->ops->step(d->w, drill_now(d));
		if (!run_waiting(d))
			return false;
		d->w->ops->step(d->w, drill_now(d));
		if ((stop && d->w->sent) || drill_now(d) >= until)
			return true;
		d->w->ops->step(d->w, next_look(d, until));
	}
}

/* ---- events ---- */

/* In real time what is done late may show the machine otherwise than the script means. */
static void mark_late(struct drill *d, const struct event *e, s64 due)
{
	s64 late = drill_now(d) - due;

	if (!d->w->ops->real_time || late <= d->late)
		return;
	d->late = late;
	d->latest = e->at.line;
}

static void note_late(struct drill *d)
{
	if (d->late > LATE)
		drill_note(d, "  note:     line %u came %.3f s late: this computer is slower than "
			   "the script\n", d->latest, (double)d->late / 1e9);
}

static bool run_event(struct drill *d, const struct event *e)
{
	const struct when *w = &e->when;
	s64 base = w->kind == WHEN_RELATIVE ? d->last : d->zero;
	s64 from = base + w->from;

	d->event = e;
	if (e->kind == EVENT_PACKET && !e->packet.inbound)
		return run_outbound(d, e, from, base + w->to);
	if (!drill_wait(d, from, false))
		return false;
	d->event = e;
	mark_late(d, e, from);
	d->last = d->w->ops->real_time ? drill_now(d) : from;	/* it may have been late */
	if (!run_nothing_left(d, from))
		return false;
	switch (e->kind) {
	case EVENT_PACKET:
		return run_inbound(d, &e->packet);
	case EVENT_CALL:
		return run_call(d, e, w->blocking ? base + w->end : -1);
	case EVENT_CODE:
		return run_code(d, &e->code);
	case EVENT_COMMAND:
		return run_commands(d, e->command);
	}
	return true;
}

static bool run_events(struct drill *d)
{
	d->zero = d->last = drill_now(d);
	for (const struct event *e = d->s->events; e; e = e->next) {
		if (!run_event(d, e))
			return false;
		if (d->o->verbose)
			fprintf(d->o->out, "%s:%u: %s\n", d->s->path, e->at.line, e->text);
	}
	return run_calls_end(d) && drill_wait(d, drill_now(d), false) &&
	       run_nothing_left(d, drill_now(d) + 1);
}

/* ---- the whole ---- */

static bool open_world(struct drill *d)
{
	char why[256] = "";

	d->w = d->o->kernel ? world_kernel(&d->params, why, sizeof(why)) :
			      world_linnet(&d->params, why, sizeof(why));
	if (!d->w) {
		d->bad = true;
		return drill_fail(d, "%s", why);
	}
	return !d->o->pcap || capture_open(d);
}

/* As if they stood before the script's own. */
static bool take_given(struct drill *d)
{
	for (unsigned i = 0; i < d->o->n_options; i++) {
		const char *text = d->o->options[i], *eq = strchr(text, '=');
		struct script_option o = {
			.name = arena_text(&d->s->arena, text, strcspn(text, "=")),
			.value = eq ? eq + 1 : "",
		};

		if (strcmp(o.name, "define") != 0 && !take_option(d, &o, true))
			return false;
	}
	return true;
}

/* ICMP's numbers are those of the family. */
static bool set_family(struct drill *d)
{
	for (struct event *e = d->s->events; e; e = e->next) {
		if (e->kind != EVENT_PACKET || packet_set_family(&e->packet, d->params.v6))
			continue;
		d->bad = true;
		d->event = e;
		return drill_fail(d, "there is no such ICMP message in --ip_version=%s",
				  ip_version_name(d->version));
	}
	return true;
}

static bool run_script(struct drill *d)
{
	if (!take_given(d))
		return false;
	for (const struct script_option *o = d->s->options; o; o = o->next)
		if (!take_option(d, o, false))
			return false;
	if (d->skipped || !set_addresses(d) || !set_family(d))
		return false;
	if (d->dry_run)	/* it can be read */
		return true;
	d->tolerance *= d->o->scale ? d->o->scale : d->o->kernel ? 5 : 1;
	if (!open_world(d))
		return false;
	if (!run_init_scripts(d) || (d->s->init && !run_commands(d, d->s->init)))
		return false;
	return run_events(d) && (!d->s->cleanup || run_commands(d, d->s->cleanup));
}

/* The machine ends with the script; what it has lost is a failure, too. */
static int end_world(struct drill *d, int status)
{
	char why[256];

	if (!d->w || d->w->ops->end(d->w, why, sizeof(why)) || status != DRILL_OK)
		return status;
	fprintf(d->o->err, "%s: %s\n", d->s->path, why);
	return DRILL_FAILED;
}

static int run(struct script *s, const struct drill_options *o)
{
	struct drill *d = calloc(1, sizeof(*d));
	int status;

	if (!d)
		abort();
	d->o = o;
	d->s = s;
	d->tolerance = 4 * NSEC_PER_MSEC;
	d->ts_tick = o->strict && !o->kernel ? NSEC_PER_MSEC : 0;
	d->bind_port = d->connect_port = 8080;
	d->next_port = 33000;
	d->params.mtu = 1500;
	status = run_script(d) ? DRILL_OK : d->skipped ? DRILL_SKIPPED :
		 d->bad ? DRILL_BAD : DRILL_FAILED;
	note_late(d);
	if (status > DRILL_OK)
		report(d);
	else if (o->verbose && d->notes[0])
		fputs(d->notes, o->err);
	free_waiting(d);
	free(d->got_raw);
	counter_free(d);
	capture_close(d);
	status = end_world(d, status);
	free(d);
	return status;
}

int drill_text(const char *path, const char *text, const struct drill_options *o)
{
	struct script s = { .path = path };
	struct place at = { 1, 1 };
	char why[256];
	int status = DRILL_BAD;

	for (unsigned i = 0; i < o->n_options; i++)
		if (!strncmp(o->options[i], "ip_version=", 11))
			s.version_given = ip_version_parse(o->options[i] + 11, &s.version);
	for (unsigned i = 0; i < o->n_options; i++)
		if (!strncmp(o->options[i], "define=", 7) &&
		    !script_define(&s, o->options[i] + 7)) {
			fprintf(o->err, "-D %s: expected NAME=VALUE\n", o->options[i] + 7);
			script_free(&s);
			return DRILL_BAD;
		}
	if (script_parse(&s, text, &at, why, sizeof(why)))
		status = run(&s, o);
	else
		fprintf(o->err, "%s:%u:%u: %s\n", path, at.line, at.column, why);
	script_free(&s);
	return status;
}

int drill_file(const char *path, const struct drill_options *o)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	size_t n = 0, cap = 0, got;
	int status, err;

	if (!f) {
		fprintf(o->err, "%s: %s\n", path, strerror(errno));
		return DRILL_BAD;
	}
	do {
		cap += 65536;
		text = realloc(text, cap + 1);
		if (!text)
			abort();
		got = fread(text + n, 1, cap - n, f);
		n += got;
	} while (got);
	text[n] = 0;
	err = ferror(f) ? errno : 0;
	fclose(f);
	if (err) {
		fprintf(o->err, "%s: %s\n", path, strerror(err));
		status = DRILL_BAD;
	} else {
		status = drill_text(path, text, o);
	}
	free(text);
	return status;
}
