/* SPDX-License-Identifier: MIT */
#include "app/program.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linnet/ctl.h>
#include <linnet/net.h>
#include <linnet/socket.h>

#include "app/program_impl.h"
#include "app/util/inet.h"
#include "ctl/ct_event.h"
#include "ctl/ctl.h"

#define CTL_OUT (64u << 20)	/* of which only what is written takes memory */

static void sleep_start(struct program *p);
static void echo_start(struct program *p);
static void ctl_start(struct program *p);
static void etc_start(struct program *p);

static const struct program_kind program_sleep = {
	.name = "sleep", .usage = "SECONDS", .start = sleep_start,
};
static const struct program_kind program_echo = {
	.name = "echo", .usage = "TEXT [| PROGRAM ...]   (as another program's input)",
	.start = echo_start,
};
static const struct program_kind program_etc = { .name = "cat", .start = etc_start };
static const struct program_kind program_ctl = { .name = "", .start = ctl_start };

static const struct program_kind *const kinds[] = {
	&program_ping, &program_traceroute, &program_host, &program_nslookup, &program_dig,
	&program_curl, &program_get, &program_nc, &program_perf, &program_iperf3, &program_dhclient,
	&program_dhcpd, &program_tcpdump, &program_sleep, &program_echo,
};

/* --- life --- */

static void program_free(struct program *p)
{
	addrinfo_cancel(p->addrinfo);	/* before the client that stop() may free */
	dns_lookup_cancel(p->lookup);
	if (p->kind->stop)
		p->kind->stop(p);
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	text_free(&p->input);
	free(p->line);
	free(p);
}

void program_exit(struct program *p, int status)
{
	program_exit_fn fn = p->exit_fn;
	void *ctx = p->ctx;

	program_free(p);
	if (fn)
		fn(ctx, status);
}

void program_kill(struct program *p)
{
	if (p)
		program_free(p);
}

void program_timer(struct program *p, int64_t when, void (*fn)(void *ctx, struct ln_net *net))
{
	if (p->timer)
		ln_timer_cancel(p->net, p->timer);
	p->timer = ln_timer_add(p->net, when, fn, p);
	if (p->timer < 0)
		p->timer = 0;
}

static void on_interrupt(void *ctx, struct ln_net *net)
{
	(void)net;
	program_exit(ctx, 130); /* 128 + SIGINT */
}

void program_interrupt(struct program *p)
{
	if (p->kind->interrupt && p->state)
		p->kind->interrupt(p);
	else
		program_timer(p, ln_net_now(p->net), on_interrupt);
}

int program_input(struct program *p, const void *bytes, size_t len)
{
	if (!p->kind->input)
		return -ENOTSUP;
	if (p->input_eof || p->input.len + len > PROGRAM_INPUT_MAX)
		return -ENOBUFS;
	if (len)
		text_add(&p->input, bytes, len);
	else
		p->input_eof = true;
	if (p->state)
		p->kind->input(p);
	return p->input.failed ? -ENOBUFS : 0;
}

/* --- output --- */

void program_write(struct program *p, const void *bytes, size_t len)
{
	if (len && p->out)
		p->out(p->ctx, bytes, len);
}

void program_tell(struct program *p, const char *text, size_t len)
{
	if (p->env.err)
		p->env.err(p->ctx, text, len);
	else
		program_write(p, text, len);
}

static void write_text(struct program *p, struct text *t)
{
	program_write(p, t->s, t->len);
	text_free(t);
}

static void add_vf(struct text *t, const char *fmt, va_list ap)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, ap);
	text_adds(t, line);
}

void program_printf(struct program *p, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	va_start(ap, fmt);
	add_vf(&t, fmt, ap);
	va_end(ap);
	write_text(p, &t);
}

void program_fail(struct program *p, int status, const char *fmt, ...)
{
	struct text t = { 0 };
	va_list ap;

	text_addf(&t, "%s: ", p->kind->name);
	va_start(ap, fmt);
	add_vf(&t, fmt, ap);
	va_end(ap);
	text_adds(&t, "\n");
	write_text(p, &t);
	program_exit(p, status);
}

void program_usage_error(struct program *p)
{
	program_printf(p, "usage: %s %s\n", p->kind->name, p->kind->usage);
	program_exit(p, 2);
}

const char *program_name(size_t i)
{
	return i < sizeof(kinds) / sizeof(*kinds) ? kinds[i]->name : NULL;
}

const char *program_usage(void)
{
	return "ping [-4|-6] [-c N] [-i S] [-s BYTES] [-t TTL] [-M do|want|dont] [-W S] [-q] HOST\n"
	       "traceroute [-4|-6] [-I] [-n] [-f TTL] [-m TTL] [-q N] [-w S] [-p PORT] HOST "
	       "[BYTES]\n"
	       "host|nslookup NAME [SERVER], dig [@SERVER [+norecurse]] [+short] NAME [TYPE]\n"
	       "curl [-46iILsfv] [-X METHOD] [-H FIELD] [-d DATA] URL, get [-4|-6] URL\n"
	       "nc [-4|-6] [-u] HOST PORT, nc [-u] [-k] -l PORT; echo TEXT | nc ...\n"
	       "perf -s [-1], perf -c HOST [-u] [-b RATE] [-t S] [-n BYTES] [-R] [-C NAME]\n"
	       "iperf3 -s [-1], iperf3 -c HOST [-t S] [-n BYTES] [-P STREAMS] [-R] [-w BYTES]\n"
	       "dhclient [-q] [-s ADDRESS] [-H NAME] DEVICE\n"
	       "dhcpd [-q] [-g ROUTER] [-d DNS] [-n DOMAIN] [-S DOMAIN] [-t SECONDS] [-m MTU] "
	       "[-a MAC=ADDRESS] [-R PREFIX=GATEWAY] DEVICE FIRST-LAST\n"
	       "conntrack -E [expect] [-e EVENTS] [-o extended,id,timestamp]\n"
	       "cat /etc/hosts, cat /etc/resolv.conf\n"
	       "tcpdump [-i DEVICE|any] [-n] [-e] [-v] [-q] [-t] [-p] [-Q in|out] [-c COUNT] "
	       "[-s SNAPLEN] [-w -] [EXPRESSION]\n"
	       "sleep SECONDS, echo TEXT\n";
}

/* --- words --- */

static bool is_quote(char c)
{
	return c == '\'' || c == '"';
}

/* Splits p->line in place. Return: 0, -EINVAL (a quote is open), -E2BIG. */
static int split_words(struct program *p)
{
	char *in = p->line, *out = p->line, quote = 0;
	bool word = false;

	for (; *in; in++) {
		if (!quote && isspace((unsigned char)*in)) {
			if (word)
				*out++ = 0;
			word = false;
			continue;
		}
		if (!word && p->argc == PROGRAM_ARGS_MAX)
			return -E2BIG;
		if (!word)
			p->argv[p->argc++] = out;
		word = true;
		if (!quote && is_quote(*in))
			quote = *in;
		else if (*in == quote)
			quote = 0;
		else
			*out++ = *in;
	}
	*out = 0;
	return quote ? -EINVAL : 0;
}

/*
 * conntrack -E is a program; its other commands are done at once. The core knows no names: what
 * /etc says of them the resolver tells.
 */
static const struct program_kind *find_kind(int argc, char **argv)
{
	const char *name = argv[0];
	size_t i;

	if (!strcmp(name, "cat") && argc == 2 &&
	    (!strcmp(argv[1], "/etc/hosts") || !strcmp(argv[1], "/etc/resolv.conf")))
		return &program_etc;
	if (!strcmp(name, "conntrack") && ct_is_watch(argc, (const char *const *)argv))
		return &program_conntrack;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return &program_ctl;
}

/* "echo a b | nc ..." : the words before the bar are the input of what follows it. */
static int take_pipe(struct program *p)
{
	int bar, i;

	for (bar = 0; bar < p->argc && strcmp(p->argv[bar], "|"); bar++)
		;
	if (bar == p->argc || strcmp(p->argv[0], "echo"))
		return 0;
	for (i = 1; i < bar; i++) {
		text_adds(&p->input, p->argv[i]);
		text_adds(&p->input, i + 1 < bar ? " " : "");
	}
	text_adds(&p->input, "\n");
	p->input_eof = true;
	p->argc -= bar + 1;
	memmove(p->argv, p->argv + bar + 1, (size_t)p->argc * sizeof(*p->argv));
	return p->input.failed ? -ENOMEM : 0;
}

/* How many words the option in @word takes: 2 when its value is the next one. */
static int option_words(const char *word, const char *options)
{
	const char *found;

	for (word++; *word; word++) {
		found = *word == ':' ? NULL : strchr(options, *word);
		if (found && found[1] == ':')
			return word[1] ? 1 : 2;
	}
	return 1;
}

/* As GNU's getopt(): "curl URL -o FILE", "ping HOST -c 3". The next option, wherever it stands, to
 * argv[optind], the words that it passes behind it. */
static void options_first(struct program *p, const char *options)
{
	char *taken[2];
	int at = p->optind, n;

	while (at < p->argc && (p->argv[at][0] != '-' || !p->argv[at][1]))
		at++;
	if (at == p->argc || at == p->optind)
		return;
	n = min(option_words(p->argv[at], options), p->argc - at);
	memcpy(taken, &p->argv[at], (size_t)n * sizeof(*taken));
	memmove(&p->argv[p->optind + n], &p->argv[p->optind],
		(size_t)(at - p->optind) * sizeof(*p->argv));
	memcpy(&p->argv[p->optind], taken, (size_t)n * sizeof(*taken));
}

int program_getopt(struct program *p, const char *options)
{
	const char *word, *found;
	int c;

	if (!p->optpos)
		options_first(p, options);
	if (p->optind >= p->argc)
		return -1;
	word = p->argv[p->optind];
	if (!p->optpos) {
		if (word[0] != '-' || !word[1])
			return -1;
		p->optpos = 1;
		if (!strcmp(word, "--")) {
			p->optind++;
			p->optpos = 0;
			return -1;
		}
	}
	c = (unsigned char)word[p->optpos++];
	found = c == ':' ? NULL : strchr(options, c);
	p->optarg = NULL;
	if (found && found[1] == ':') {
		p->optarg = word[p->optpos] ? word + p->optpos : p->argv[++p->optind];
		found = p->optarg ? found : NULL;
	}
	if (p->optarg || !word[p->optpos]) {
		p->optind++;
		p->optpos = 0;
	}
	return found ? c : '?';
}

bool program_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && !*end && *value >= min && *value <= max;
}

bool program_seconds(const char *text, int64_t *ns)
{
	char *end;
	double s;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return false;
	s = strtod(text, &end);
	if (*end || !(s >= 0) || s > 1e9)
		return false;
	*ns = (int64_t)(s * 1e9 + 0.5);
	return true;
}

bool program_size(const char *text, uint64_t unit, uint64_t *value)
{
	static const char units[] = "kmgt";
	const char *found;
	char *end;
	double v;

	if (!isdigit((unsigned char)*text))
		return false;
	v = strtod(text, &end);
	found = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (*end && (!found || end[1]))
		return false;
	for (; found && found >= units; found--)
		v *= (double)unit;
	*value = v < 1e18 ? (uint64_t)v : 0;
	return v < 1e18;
}

/* --- names --- */

static void on_resolved(void *ctx, const struct addrinfo_result *res)
{
	struct program *p = ctx;
	const char *why = "Temporary failure in name resolution";

	p->addrinfo = NULL;
	if (!res->error && res->naddrs) {
		p->resolved(p, &res->addrs[0]);
		return;
	}
	if (res->error == DNS_NXDOMAIN || res->error == DNS_BAD_NAME)
		why = "Name or service not known";
	else if (res->error == DNS_NODATA || !res->error)
		why = "No address associated with hostname";
	program_fail(p, 2, "%s: %s", p->target, why);
}

bool program_family(struct program *p, int option)
{
	if (option != '4' && option != '6')
		return false;
	p->family = option == '4' ? LN_AF_INET : LN_AF_INET6;
	return true;
}

void program_resolve(struct program *p, char *name,
		     void (*fn)(struct program *p, const struct ipaddr *addr))
{
	size_t len = strlen(name);
	struct ipaddr addr;

	if (len > 2 && name[0] == '[' && name[len - 1] == ']') {
		name[len - 1] = 0;
		name++;
	}
	p->target = name;
	p->resolved = fn;
	if (ipaddr_parse(p->net, name, &addr)) {
		if (p->family && addr.family != p->family)
			program_fail(p, 2, "%s: Address family for hostname not supported", name);
		else
			fn(p, &addr);
		return;
	}
	if (!p->env.dns) {
		program_fail(p, 2, "%s: Name or service not known (this host has no resolver)",
			     name);
		return;
	}
	p->addrinfo = addrinfo_lookup(p->env.dns, name, p->family, NULL, on_resolved, p);
	if (!p->addrinfo)
		program_fail(p, 2, "out of memory");
}

/* --- small programs --- */

static void on_sleep_over(void *ctx, struct ln_net *net)
{
	(void)net;
	program_exit(ctx, 0);
}

static void sleep_start(struct program *p)
{
	int64_t ns;

	if (p->argc != 2 || !program_seconds(p->argv[1], &ns))
		program_usage_error(p);
	else
		program_timer(p, ln_net_now(p->net) + ns, on_sleep_over);
}

static void echo_start(struct program *p)
{
	int i;

	for (i = 1; i < p->argc; i++)
		program_printf(p, "%s%s", p->argv[i], i + 1 < p->argc ? " " : "");
	program_printf(p, "\n");
	program_exit(p, 0);
}

static void etc_start(struct program *p)
{
	struct text t = { 0 };

	if (!p->env.dns) {
		program_fail(p, 1, "%s: this host has no resolver", p->argv[1]);
		return;
	}
	if (!strcmp(p->argv[1], "/etc/hosts"))
		text_adds(&t, dns_client_hosts_text(p->env.dns));
	else
		dns_client_resolv_text(p->env.dns, &t);
	write_text(p, &t);
	program_exit(p, 0);
}

static int run_ctl(struct program *p, char *out, size_t cap, size_t *len)
{
	return p->env.ctl ? p->env.ctl(p->env.ctl_ctx, p->line, out, cap, len) :
			    ln_ctl(p->net, p->line, out, cap, len);
}

/* Whether the command may run twice: what is deleted is told of once only. */
static bool shows_only(const char *line)
{
	return !ctl_text_of(line) && !strstr(line, " -D");
}

/* Configuration and state: what is no program. p->line is the command as it was written. */
static void ctl_start(struct program *p)
{
	size_t len = 0, cap = CTL_OUT;
	char *out = ln_libc_reserve(NULL, cap);	/* what is not written takes nothing */
	int err, status;

	if (!out) {
		program_exit(p, 1);
		return;
	}
	err = run_ctl(p, out, cap, &len);
	if (!err && len >= cap && shows_only(p->line)) {	/* once more with room for all */
		char *more = ln_libc_reserve(NULL, len + 1);

		if (more) {
			ln_libc_free(NULL, out, cap);
			out = more;
			cap = len + 1;
			err = run_ctl(p, out, cap, &len);
		}
	}
	if (err && len && len + 1 < cap && out[len - 1] != '\n')
		out[len++] = '\n';
	if (err)
		program_tell(p, out, min(len, cap - 1));
	else
		program_write(p, out, min(len, cap - 1));
	status = err ? ctl_exit_status(p->line, out) : 0;
	ln_libc_free(NULL, out, cap);
	program_exit(p, status);
}

/* --- the start --- */

static void on_start(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;

	(void)net;
	p->timer = 0;
	p->optind = 1;
	if (p->argc)
		p->kind->start(p);
	else
		program_exit(p, 0);
}

static void on_bad_line(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;

	(void)net;
	p->timer = 0;
	program_printf(p, "a quote is not closed, or there are more than %d words\n",
		       PROGRAM_ARGS_MAX);
	program_exit(p, 2);
}

struct program *program_start(struct ln_net *net, const char *cmdline,
			      const struct program_env *env, program_out_fn out,
			      program_exit_fn exit_fn, void *ctx)
{
	struct program *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return NULL;
	*p = (struct program){
		.net = net, .out = out, .exit_fn = exit_fn, .ctx = ctx, .kind = &program_ctl,
		.line = strdup(cmdline),
	};
	if (env)
		p->env = *env;
	if (!p->line) {
		program_free(p);
		return NULL;
	}
	err = 0;
	if (ctl_text_of(cmdline)) {
		p->argc = 1;
	} else {
		err = split_words(p);
		if (!err)
			err = take_pipe(p);
		if (!err && p->argc)
			p->kind = find_kind(p->argc, p->argv);
	}
	if (!err && p->kind == &program_ctl) { /* ln_ctl() splits words itself */
		free(p->line);
		p->line = strdup(cmdline);
	}
	p->timer = p->line ? ln_timer_add(net, ln_net_now(net), err ? on_bad_line : on_start, p) :
			     -1;
	if (p->timer <= 0) {
		p->timer = 0;
		program_free(p);
		return NULL;
	}
	return p;
}
