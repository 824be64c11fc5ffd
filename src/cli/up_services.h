/* SPDX-License-Identifier: MIT */
/* What `linnet up` serves on its instance. */
#ifndef LINNET_CLI_UP_SERVICES_H
#define LINNET_CLI_UP_SERVICES_H

#include <linnet/net.h>

#include "cli/cli.h"

#define UP_ZONES_MAX 16

struct up_options {
	const char *http_dir;		/* NULL = no web server */
	u16 http_port;			/* 0 = 80 */
	u16 echo_port, perf_port, iperf3_port;	/* 0 = not served */
	const char *zones[UP_ZONES_MAX];	/* files, or "origin=file" */
	unsigned zone_count;
	const char *root_hints;		/* a caching resolver that begins there; NULL = none */
	bool verbose;			/* a line for each request */
};

struct up_services {
	struct http_server *http;
	struct echo *echo;
	struct perf *perf;
	struct iperf3 *iperf3;
	struct dns_server *dns;
	struct dns_resolver *resolver;
};

/* False: told. What was started until then is to be stopped. */
bool up_services_start(struct up_services *s, const struct cli *cli, struct ln_net *net,
		       const struct up_options *o);
void up_services_stop(struct up_services *s);
/* " http echo": what is served, for the first line. */
void up_services_names(const struct up_services *s, char *buf, size_t cap);

#endif
