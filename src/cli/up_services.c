/* SPDX-License-Identifier: MIT */
#include "cli/up_services.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/dns/dns_resolver.h"
#include "app/dns/dns_server.h"
#include "app/echo.h"
#include "app/http/http_server.h"
#include "app/iperf3.h"
#include "app/perf.h"
#include "app/util/inet.h"
#include "cli/cli_opts.h"

static void log_line(void *ctx, const char *line)
{
	(void)ctx;
	puts(line);
}

static void print_text(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	fwrite(text, 1, len, stdout);
}

/* Servers of throughput only end when they are stopped. */
static void ended(void *ctx, int status)
{
	(void)ctx;
	(void)status;
}

static bool told(const struct cli *cli, const char *option, const char *what, int err)
{
	if (err)
		cli_fail(cli, 0, "--%s %s: %s", option, what, inet_error_text(err));
	return !err;
}

static bool start_http(struct up_services *s, const struct cli *cli, struct ln_net *net,
		       const struct up_options *o)
{
	struct http_server_config config = { .port = o->http_port };

	if (!told(cli, "http", o->http_dir, http_docs_dir_open(&config.docs, o->http_dir)))
		return false;
	if (o->verbose)
		config.log = log_line;
	return told(cli, "http", o->http_dir, http_server_new(net, &config, &s->http));
}

/* ---- names ---- */

static bool read_zone(const struct cli *cli, const char *arg, struct dns_zone_source *zone,
		      char *origin, size_t cap)
{
	const char *equals = strchr(arg, '='), *file = equals ? equals + 1 : arg;
	char *text = cli_read_file(cli, file, &zone->len);

	if (!text)
		return false;
	zone->text = text;
	zone->file = file;
	if (equals) {
		snprintf(origin, cap, "%.*s", (int)(equals - arg), arg);
		zone->origin = origin;
	}
	return true;
}

static bool start_dns(struct up_services *s, const struct cli *cli, struct ln_net *net,
		      const struct up_options *o)
{
	struct dns_zone_source zones[UP_ZONES_MAX] = { 0 };
	struct dns_server_config config = { .zones = zones };
	char origins[UP_ZONES_MAX][256], err[512] = "";
	bool ok = true;

	for (unsigned i = 0; i < o->zone_count && ok; i++) {
		ok = read_zone(cli, o->zones[i], &zones[i], origins[i], sizeof(origins[i]));
		config.nzones += ok;
	}
	if (ok) {
		int e = dns_server_new(net, &config, &s->dns, err, sizeof(err));

		ok = !e;
		if (e)
			cli_fail(cli, 0, "--dns-zone: %s", *err ? err : inet_error_text(e));
	}
	for (unsigned i = 0; i < config.nzones; i++)
		free((void *)(uintptr_t)zones[i].text);
	return ok;
}

static bool start_resolver(struct up_services *s, const struct cli *cli, struct ln_net *net,
			   const struct up_options *o)
{
	struct dns_resolver_config config = { .root_hints_file = o->root_hints };
	char err[512] = "";
	size_t len;
	char *text = cli_read_file(cli, o->root_hints, &len);
	int e;

	if (!text)
		return false;
	config.root_hints = text;
	e = dns_resolver_new(net, &config, &s->resolver, err, sizeof(err));
	free(text);
	if (e)
		cli_fail(cli, 0, "--resolver: %s", *err ? err : inet_error_text(e));
	return !e;
}

/* ---- throughput ---- */

static bool start_perf(struct up_services *s, const struct cli *cli, struct ln_net *net, u16 port)
{
	struct perf_params params = {
		.server = true, .port = port, .out = print_text, .done = ended,
	};
	char what[8];

	snprintf(what, sizeof(what), "%u", port);
	return told(cli, "perf", what, perf_start(net, &params, &s->perf));
}

static bool start_iperf3(struct up_services *s, const struct cli *cli, struct ln_net *net, u16 port)
{
	struct perf_params params = {
		.server = true, .port = port, .out = print_text, .done = ended,
	};
	char what[8];

	snprintf(what, sizeof(what), "%u", port);
	return told(cli, "iperf3", what, iperf3_start(net, &params, &s->iperf3));
}

static bool start_echo(struct up_services *s, const struct cli *cli, struct ln_net *net, u16 port)
{
	char what[8];

	snprintf(what, sizeof(what), "%u", port);
	return told(cli, "echo", what, echo_start(net, port, &s->echo));
}

bool up_services_start(struct up_services *s, const struct cli *cli, struct ln_net *net,
		       const struct up_options *o)
{
	return (!o->http_dir || start_http(s, cli, net, o)) &&
	       (!o->zone_count || start_dns(s, cli, net, o)) &&
	       (!o->root_hints || start_resolver(s, cli, net, o)) &&
	       (!o->echo_port || start_echo(s, cli, net, o->echo_port)) &&
	       (!o->perf_port || start_perf(s, cli, net, o->perf_port)) &&
	       (!o->iperf3_port || start_iperf3(s, cli, net, o->iperf3_port));
}

void up_services_stop(struct up_services *s)
{
	http_server_free(s->http);
	echo_stop(s->echo);
	perf_cancel(s->perf);
	iperf3_cancel(s->iperf3);
	dns_server_free(s->dns);
	dns_resolver_free(s->resolver);
	*s = (struct up_services){ 0 };
}

void up_services_names(const struct up_services *s, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s%s%s%s%s%s", s->http ? " http" : "", s->dns ? " dns" : "",
		 s->resolver ? " resolver" : "", s->echo ? " echo" : "", s->perf ? " perf" : "",
		 s->iperf3 ? " iperf3" : "");
}
