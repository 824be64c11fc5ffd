/* SPDX-License-Identifier: MIT */
/* dhclient and dhcpd: they run until they are interrupted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dhcp/dhcp_client.h"
#include "app/dhcp/dhcp_server.h"
#include "app/program_impl.h"
#include "app/util/inet.h"

struct dhcp_run {
	struct dhcp_client *client;
	struct dhcp_server *server;
	const char *dev;
	bool quiet;
};

static void stop(struct program *p)
{
	struct dhcp_run *r = p->state;

	if (!r)
		return;
	dhcp_client_stop(r->client, false);
	dhcp_server_stop(r->server);
	free(r);
	p->state = NULL;
}

static void on_end(void *ctx, struct ln_net *net)
{
	(void)net;
	program_exit(ctx, 0);
}

/* ^C: the lease is given back. */
static void interrupt(struct program *p)
{
	struct dhcp_run *r = p->state;

	dhcp_client_stop(r->client, true);
	r->client = NULL;
	program_timer(p, ln_net_now(p->net), on_end);
}

static struct dhcp_run *run_new(struct program *p)
{
	p->state = calloc(1, sizeof(struct dhcp_run));
	if (!p->state)
		program_fail(p, 1, "out of memory");
	return p->state;
}

/* ---- dhclient ---- */

static void tell_lease(struct program *p, const struct dhcp_lease *l)
{
	char a[INET4_TEXT_MAX], b[INET4_TEXT_MAX];

	program_printf(p, "bound to %s/%u from %s", inet4_text(l->addr, a), l->plen,
		       inet4_text(l->server, b));
	if (l->seconds != DHCP_INFINITE)
		program_printf(p, ", renewal in %u seconds of %u", l->t1, l->seconds);
	for (unsigned i = 0; i < l->msg.ndns; i++)
		program_printf(p, "%s%s", i ? " " : ", dns ", inet4_text(l->msg.dns[i], a));
	if (l->msg.domain[0])
		program_printf(p, ", domain %s", l->msg.domain);
	if (l->msg.search[0])
		program_printf(p, ", search %s", l->msg.search);
	program_printf(p, "\n");
}

static void on_event(void *ctx, enum dhcp_event e, const struct dhcp_msg *m, uint32_t addr)
{
	struct program *p = ctx;
	struct dhcp_run *r = p->state;
	char a[INET4_TEXT_MAX];

	inet4_text(addr, a);
	if (e == DHCP_BOUND)
		tell_lease(p, dhcp_client_lease(r->client));
	else if (e == DHCP_LOST)
		program_printf(p, "%s is no longer ours\n", a);
	else if (e == DHCP_CONFLICT)
		program_printf(p, "%s is in use by somebody else: declined\n", a);
	else if (!r->quiet)
		program_printf(p, "%s on %s %s %s\n", dhcp_type_name(m->type), r->dev,
			       e == DHCP_SENT ? "to" : "from", a);
}

static void on_failed(void *ctx, const char *cmd, const char *why)
{
	program_printf(ctx, "cannot be configured: %s: %s\n", cmd, why);
}

static void dhclient_main(struct program *p)
{
	struct dhcp_client_params params = {
		.ctl = p->env.ctl, .ctl_ctx = p->env.ctl_ctx, .dns = p->env.dns,
		.event = on_event, .failed = on_failed, .ctx = p,
	};
	struct dhcp_run *r = run_new(p);
	int c, err;

	if (!r)
		return;
	while ((c = program_getopt(p, "s:H:q")) != -1) {
		if (c == '?' || (c == 's' && !inet4_parse(p->optarg, &params.ask_for))) {
			program_usage_error(p);
			return;
		}
		if (c == 'H')
			params.host = p->optarg;
		r->quiet |= c == 'q';
	}
	if (p->argc - p->optind != 1) {
		program_usage_error(p);
		return;
	}
	params.dev = r->dev = p->argv[p->optind];
	err = dhcp_client_start(p->net, &params, &r->client);
	if (err)
		program_fail(p, 1, "%s: %s", r->dev, inet_error_text(err));
}

/* ---- dhcpd ---- */

static void on_log(void *ctx, const struct dhcp_msg *m, bool sent)
{
	struct program *p = ctx;
	struct dhcp_run *r = p->state;
	const uint8_t *mac = m->chaddr;
	char a[INET4_TEXT_MAX];
	uint32_t addr = m->yiaddr ? m->yiaddr : m->requested ? m->requested : m->ciaddr;

	if (r->quiet)
		return;
	program_printf(p, "%s %s %02x:%02x:%02x:%02x:%02x:%02x", dhcp_type_name(m->type),
		       sent ? "to" : "from", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	if (addr)
		program_printf(p, " %s", inet4_text(addr, a));
	program_printf(p, "\n");
}

static void on_taken(void *ctx, uint32_t addr, const uint8_t mac[6])
{
	char a[INET4_TEXT_MAX];

	program_printf(ctx, "%s has %02x:%02x:%02x:%02x:%02x:%02x already: left out\n",
		       inet4_text(addr, a), mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* FIRST-LAST */
static bool parse_range(const char *text, struct dhcp_server_params *d)
{
	const char *dash = strchr(text, '-');
	char first[INET4_TEXT_MAX];

	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	return inet4_parse(first, &d->first) && inet4_parse(dash + 1, &d->last);
}

static bool add_addr(const char *text, uint32_t *to, unsigned *n)
{
	return *n < DHCP_ADDRS_MAX && inet4_parse(text, &to[(*n)++]);
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5], &end) == 6 && !text[end];
}

/* MAC=ADDRESS */
static bool add_reserved(char *text, struct dhcp_server_params *d)
{
	struct dhcp_reserved *r = &d->reserved[d->nreserved];
	char *eq = strchr(text, '=');

	if (!eq || d->nreserved == DHCP_RESERVED_MAX)
		return false;
	*eq = '\0';
	d->nreserved++;
	return parse_mac(text, r->mac) && inet4_parse(eq + 1, &r->addr);
}

/* PREFIX=GATEWAY, 0.0.0.0 for what is on the link. */
static bool add_route(char *text, struct dhcp_server_params *d)
{
	struct dhcp_route *r = &d->routes[d->nroutes];
	char *eq = strchr(text, '='), *slash;
	uint64_t plen = 0;

	if (!eq || d->nroutes == DHCP_ROUTES_MAX)
		return false;
	*eq = '\0';
	d->nroutes++;
	slash = strchr(text, '/');
	if (!slash || !program_number(slash + 1, 0, 32, &plen))
		return false;
	*slash = '\0';
	r->plen = (uint8_t)plen;
	return inet4_parse(text, &r->dst) && inet4_parse(eq + 1, &r->gateway);
}

/* One more domain to be searched. */
static bool add_search(const char *name, struct dhcp_server_params *d)
{
	size_t used = strlen(d->search), n = strlen(name);
	uint8_t bytes[DHCP_SEARCH_MAX];

	if (used + n + 2 > sizeof(d->search) || !dhcp_search_write(name, bytes, sizeof(bytes)))
		return false;
	sprintf(d->search + used, "%s%s", used ? " " : "", name);
	return true;
}

static bool dhcpd_option(struct program *p, struct dhcp_server_params *d, int c)
{
	char *arg = (char *)(uintptr_t)p->optarg;
	uint64_t v = 0;
	bool good = true;

	switch (c) {
	case 'g':
		return add_addr(arg, d->router, &d->nrouter);
	case 'd':
		return add_addr(arg, d->dns, &d->ndns);
	case 'a':
		return add_reserved(arg, d);
	case 'R':
		return add_route(arg, d);
	case 'n':
		good = strlen(arg) < sizeof(d->domain);
		if (good)
			strcpy(d->domain, arg);
		return good;
	case 'S':
		return add_search(arg, d);
	case 't':
		good = program_number(arg, 10, DHCP_INFINITE, &v);
		d->lease_s = (uint32_t)v;
		return good;
	case 'm':
		good = program_number(arg, 576, 65535, &v);
		d->mtu = (uint16_t)v;
		return good;
	default:
		return c == 'q';
	}
}

static void dhcpd_fail(struct program *p, const char *dev, int err)
{
	if (err == -EBADMSG)
		program_exit(p, 1);	/* the store has told why */
	else if (err == -EADDRNOTAVAIL)
		program_fail(p, 1, "%s has no address, whose network would be served", dev);
	else if (err == -EINVAL)
		program_fail(p, 1, "range and reservations must be of hosts in the network of "
			     "%s, its own address not among those reserved; at most %u addresses",
			     dev, DHCP_POOL_MAX);
	else
		program_fail(p, 1, "%s: %s", dev, inet_error_text(err));
}

static void dhcpd_main(struct program *p)
{
	struct dhcp_server_params *d = calloc(1, sizeof(*d));
	struct dhcp_run *r = run_new(p);
	bool good = d && r;
	int c, err = 0;

	while (good && (c = program_getopt(p, "g:d:a:R:n:S:t:m:q")) != -1) {
		r->quiet |= c == 'q';
		good = dhcpd_option(p, d, c);
	}
	good = good && p->argc - p->optind == 2 && parse_range(p->argv[p->optind + 1], d);
	if (good) {
		d->dev = r->dev = p->argv[p->optind];
		d->log = on_log;
		d->taken = on_taken;
		d->store = p->env.leases;
		d->ctx = p;
		err = dhcp_server_start(p->net, d, &r->server);
	}
	free(d);
	if (!r)
		return;
	if (!good)
		program_usage_error(p);
	else if (err)
		dhcpd_fail(p, r->dev, err);
}

const struct program_kind program_dhclient = {
	.name = "dhclient", .start = dhclient_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-q] [-s ADDRESS] [-H NAME] DEVICE",
};

const struct program_kind program_dhcpd = {
	.name = "dhcpd", .start = dhcpd_main, .stop = stop, .interrupt = interrupt,
	.usage = "[-q] [-g ROUTER] [-d DNS] [-n DOMAIN] [-S DOMAIN] [-t SECONDS] [-m MTU] "
		 "[-a MAC=ADDRESS] [-R PREFIX=GATEWAY] DEVICE FIRST-LAST",
};
