/* SPDX-License-Identifier: MIT */
/*
 * host, nslookup and dig: all three ask the host's resolver, whose cache may answer, or one server
 * that is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_types.h"
#include "app/program_impl.h"
#include "app/util/inet.h"

struct dns_state {
	uint16_t type;
	int64_t asked_ns;
	struct dns_client *own;		/* that asks the given server; NULL = the host's does */
	bool no_recursion;
	char name[256];
};

static void stop(struct program *p)
{
	struct dns_state *s = p->state;

	if (s)
		dns_client_free(s->own);
	free(s);
	p->state = NULL;
}

/* One line of the records: owner TTL class type data. */
struct record {
	char owner[256], type[16], data[512];
};

/* Return: the text after this line; NULL: there is no more. */
static const char *next_record(const char *text, struct record *r)
{
	size_t len = strcspn(text, "\n");
	int at = 0;

	if (!*text)
		return NULL;
	memset(r, 0, sizeof(*r));
	if (sscanf(text, "%255s %*s %*s %15s %n", r->owner, r->type, &at) >= 2 && at &&
	    (size_t)at <= len)
		snprintf(r->data, sizeof(r->data), "%.*s", (int)(len - (size_t)at), text + at);
	return text + len + (text[len] == '\n');
}

/* "192.0.2.80" -> "80.2.0.192.in-addr.arpa"; IPv6: each half byte, in ip6.arpa (RFC 3596 2.5) */
static bool reverse_name(const char *text, char *out, size_t cap)
{
	const uint8_t *b;
	struct ipaddr addr;
	size_t at = 0;

	if (!ipaddr_parse(NULL, text, &addr))
		return false;
	b = (const uint8_t *)&addr.v4;
	if (addr.family == LN_AF_INET) {
		snprintf(out, cap, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
		return true;
	}
	for (int i = 15; i >= 0; i--)
		at += (size_t)snprintf(out + at, cap - at, "%x.%x.", addr.v6[i] & 15,
				       addr.v6[i] >> 4);
	snprintf(out + at, cap - at, "ip6.arpa");
	return true;
}

/* Whom to ask; NULL: it was told that there is nobody. */
static struct dns_client *client_for(struct program *p, const char *server)
{
	struct dns_state *s = p->state;
	struct dns_client_config config = {
		.nservers = 1, .whole = true, .no_recursion = s->no_recursion,
	};

	if (!server) {
		if (!p->env.dns)
			program_fail(p, 1, "this host has no resolver");
		return p->env.dns;
	}
	if (!ipaddr_parse(p->net, server, &config.servers[0])) {
		program_fail(p, 1, "\"%s\" is not the address of a server; expected one like "
			     "192.0.2.53 or 2001:db8::53", server);
		return NULL;
	}
	s->own = dns_client_new(p->net, &config);
	if (!s->own)
		program_fail(p, 1, "out of memory");
	return s->own;
}

static struct dns_state *state_new(struct program *p)
{
	struct dns_state *s = calloc(1, sizeof(*s));

	p->state = s;
	if (!s)
		program_fail(p, 1, "out of memory");
	return s;
}

/* @server: an address; NULL = the host's own. */
static void dns_ask(struct program *p, const char *server, const char *name, uint16_t type,
		    dns_lookup_fn fn)
{
	struct dns_state *s = p->state ? p->state : state_new(p);
	struct dns_client *client;

	if (!s)
		return;
	s->type = type;
	s->asked_ns = ln_net_now(p->net);
	if (reverse_name(name, s->name, sizeof(s->name)))
		s->type = DNS_TYPE_PTR;
	else
		snprintf(s->name, sizeof(s->name), "%s", name);
	client = client_for(p, server);
	if (!client)
		return;
	p->lookup = dns_client_lookup(client, s->name, s->type, NULL, fn, p);
	if (!p->lookup)
		program_fail(p, 1, "out of memory");
}

static const char *without_dot(const char *name, char buf[static 256])
{
	size_t len = strlen(name);

	snprintf(buf, 256, "%.*s", (int)(len > 1 && name[len - 1] == '.' ? len - 1 : len), name);
	return buf;
}

/* No answer at all: every tool has words of its own for NXDOMAIN, none for this. */
static bool failed_to_ask(struct program *p, const struct dns_result *res)
{
	if (res->error == DNS_OK || res->error == DNS_NXDOMAIN || res->error == DNS_NODATA ||
	    res->error == DNS_SERVFAIL || res->error == DNS_REFUSED)
		return false;
	program_printf(p, ";; %s\n", res->message);
	return true;
}

/* --- host --- */

static void host_record(struct program *p, const struct record *r)
{
	char owner[256];

	without_dot(r->owner, owner);
	if (!strcmp(r->type, "A"))
		program_printf(p, "%s has address %s\n", owner, r->data);
	else if (!strcmp(r->type, "AAAA"))
		program_printf(p, "%s has IPv6 address %s\n", owner, r->data);
	else if (!strcmp(r->type, "CNAME"))
		program_printf(p, "%s is an alias for %s\n", owner, r->data);
	else if (!strcmp(r->type, "PTR"))
		program_printf(p, "%s domain name pointer %s\n", owner, r->data);
	else if (!strcmp(r->type, "MX"))
		program_printf(p, "%s mail is handled by %s\n", owner, r->data);
	else
		program_printf(p, "%s has %s record %s\n", owner, r->type, r->data);
}

static int rcode_of(enum dns_error error)
{
	return error == DNS_NXDOMAIN ? 3 : error == DNS_REFUSED ? 5 : 2;
}

static void on_host(void *ctx, const struct dns_result *res)
{
	struct program *p = ctx;
	const struct dns_state *s = p->state;
	const char *text = res->records;
	struct record r;
	char type[DNS_TYPE_TEXT_MAX];
	int status = 0;

	p->lookup = NULL;
	if (failed_to_ask(p, res)) {
		status = 1;
	} else if (res->error == DNS_NODATA) {
		program_printf(p, "%s has no %s record\n", s->name, dns_type_text(s->type, type));
	} else if (res->error) {
		program_printf(p, "Host %s not found: %d(%s)\n", s->name, rcode_of(res->error),
			       dns_error_name(res->error));
		status = 1;
	}
	while (!status && !res->error && (text = next_record(text, &r)))
		host_record(p, &r);
	program_exit(p, status);
}

static void host_main(struct program *p)
{
	uint16_t type = DNS_TYPE_A;
	int c;

	while ((c = program_getopt(p, "t:")) != -1)
		type = c == 't' ? dns_type_parse(p->optarg) : 0;
	c = p->argc - p->optind;
	if (!type || c < 1 || c > 2)
		program_usage_error(p);
	else
		dns_ask(p, c == 2 ? p->argv[p->optind + 1] : NULL, p->argv[p->optind], type,
			on_host);
}

const struct program_kind program_host = {
	.name = "host", .usage = "[-t TYPE] NAME [SERVER]", .start = host_main, .stop = stop,
};

/* --- nslookup --- */

static void on_nslookup(void *ctx, const struct dns_result *res)
{
	struct program *p = ctx;
	const struct dns_state *s = p->state;
	struct ipaddr server = res->server.family ? res->server :
			       dns_client_server(s->own ? s->own : p->env.dns, 0);
	char text[IPADDR_TEXT_MAX], name[256];
	unsigned i;

	p->lookup = NULL;
	if (server.family) {
		ipaddr_text(p->net, &server, text);
		program_printf(p, "Server:\t\t%s\nAddress:\t%s#53\n\n", text, text);
	}
	if (failed_to_ask(p, res)) {
		program_exit(p, 1);
		return;
	}
	if (res->error) {
		program_printf(p, "** server can't find %s: %s\n", s->name,
			       res->error == DNS_NODATA ? "No answer" : dns_error_name(res->error));
		program_exit(p, 1);
		return;
	}
	program_printf(p, "Non-authoritative answer:\n");
	without_dot(res->canonical, name);
	for (i = 0; i < res->naddrs; i++)
		program_printf(p, "Name:\t%s\nAddress: %s\n", name,
			       ipaddr_text(p->net, &res->addrs[i], text));
	if (!res->naddrs)
		program_write(p, res->records, strlen(res->records));
	program_exit(p, 0);
}

static void nslookup_main(struct program *p)
{
	if (p->argc != 2 && p->argc != 3)
		program_usage_error(p);
	else
		dns_ask(p, p->argc == 3 ? p->argv[2] : NULL, p->argv[1], DNS_TYPE_A, on_nslookup);
}

const struct program_kind program_nslookup = {
	.name = "nslookup", .usage = "NAME [SERVER]", .start = nslookup_main, .stop = stop,
};

/* --- dig --- */

static void dig_short(struct program *p, const struct dns_result *res)
{
	const char *text = res->records;
	struct record r;

	while (!res->error && (text = next_record(text, &r)))
		program_printf(p, "%s\n", r.data);
}

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void dig_section(struct program *p, const char *name, const char *records)
{
	if (!*records)
		return;
	program_printf(p, "\n;; %s SECTION:\n", name);
	program_write(p, records, strlen(records));
}

static void dig_long(struct program *p, const struct dns_result *res)
{
	static const char *const sources[] = {
		[DNS_FROM_LITERAL] = "it is an address", [DNS_FROM_PROGRAM_CACHE] = "cache",
		[DNS_FROM_HOST_CACHE] = "this host's cache", [DNS_FROM_HOSTS] = "the hosts file",
		[DNS_FROM_SERVER] = "",
	};
	const struct dns_state *s = p->state;
	char type[DNS_TYPE_TEXT_MAX], server[IPADDR_TEXT_MAX];

	program_printf(p, ";; status: %s; ", res->error == DNS_OK || res->error == DNS_NODATA ?
		       "NOERROR" : dns_error_name(res->error));
	if (*res->reply.flags)
		program_printf(p, "flags: %s; ", res->reply.flags);
	program_printf(p, "ANSWER: %u", lines(res->records));
	if (*res->reply.flags)	/* a cache has the answer alone */
		program_printf(p, ", AUTHORITY: %u, ADDITIONAL: %u", lines(res->reply.authority),
			       lines(res->reply.additional));
	program_printf(p, "\n\n;; QUESTION SECTION:\n;%s\t\tIN\t%s\n", res->name,
		       dns_type_text(s->type, type));
	dig_section(p, "ANSWER", res->records);
	dig_section(p, "AUTHORITY", res->reply.authority);
	dig_section(p, "ADDITIONAL", res->reply.additional);
	program_printf(p, "\n;; Query time: %lld msec\n",
		       (long long)((ln_net_now(p->net) - s->asked_ns) / 1000000));
	if (res->server.family)
		program_printf(p, ";; SERVER: %s#53\n", ipaddr_text(p->net, &res->server, server));
	else
		program_printf(p, ";; SERVER: none, %s\n", sources[res->source]);
}

static void dig_done(struct program *p, const struct dns_result *res,
		     void (*show)(struct program *p, const struct dns_result *res))
{
	bool failed = failed_to_ask(p, res);

	p->lookup = NULL;
	if (!failed)
		show(p, res);
	program_exit(p, failed ? 9 : 0);
}

static void on_dig(void *ctx, const struct dns_result *res)
{
	dig_done(ctx, res, dig_long);
}

static void on_dig_short(void *ctx, const struct dns_result *res)
{
	dig_done(ctx, res, dig_short);
}

static void dig_main(struct program *p)
{
	const char *name = NULL, *server = NULL;
	struct dns_state *s = state_new(p);
	uint16_t type = DNS_TYPE_A;
	bool is_short = false, good = true;
	int i;

	if (!s)
		return;
	for (i = 1; i < p->argc; i++) {
		if (!strcmp(p->argv[i], "+short"))
			is_short = true;
		else if (!strcmp(p->argv[i], "+norecurse") || !strcmp(p->argv[i], "+norec"))
			s->no_recursion = true;
		else if (!strcmp(p->argv[i], "-x"))
			continue; /* an address is looked up in reverse anyway */
		else if (p->argv[i][0] == '@')
			server = p->argv[i] + 1;
		else if (name && dns_type_parse(p->argv[i]))
			type = dns_type_parse(p->argv[i]);
		else if (!name && p->argv[i][0] != '+' && p->argv[i][0] != '-')
			name = p->argv[i];
		else
			good = false;
	}
	if (name && good && (server || !s->no_recursion))
		dns_ask(p, server, name, type, is_short ? on_dig_short : on_dig);
	else
		program_usage_error(p);
}

const struct program_kind program_dig = {
	.name = "dig", .usage = "[@SERVER [+norecurse]] [+short] NAME [TYPE]", .start = dig_main,
	.stop = stop,
};
