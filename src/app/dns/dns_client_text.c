/* SPDX-License-Identifier: MIT */
/* What the stub resolver says: errors to people, lines of the journey. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/dns/dns_client_impl.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

const char *dns_error_name(enum dns_error error)
{
	static const char *const names[] = {
		[DNS_OK] = "OK", [DNS_NXDOMAIN] = "NXDOMAIN", [DNS_NODATA] = "NODATA",
		[DNS_SERVFAIL] = "SERVFAIL", [DNS_REFUSED] = "REFUSED", [DNS_TIMEOUT] = "timed out",
		[DNS_UNREACHABLE] = "unreachable", [DNS_NO_SERVER] = "no server",
		[DNS_BAD_NAME] = "bad name", [DNS_BAD_ANSWER] = "bad answer",
		[DNS_NO_MEMORY] = "out of memory",
	};

	return names[error];
}

void lookup_records(struct text *t, const ldns_rr_list *answer)
{
	size_t i;

	text_adds(t, "");
	for (i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		char *line = ldns_rr2str(ldns_rr_list_rr(answer, i));

		text_adds(t, line ? line : "");
		free(line);
	}
}

void lookup_reply_text(struct dns_lookup *l, const ldns_pkt *reply)
{
	text_free(&l->flags);
	text_free(&l->authority);
	text_free(&l->additional);
	text_addf(&l->flags, "qr%s%s%s%s", ldns_pkt_aa(reply) ? " aa" : "",
		  ldns_pkt_tc(reply) ? " tc" : "", ldns_pkt_rd(reply) ? " rd" : "",
		  ldns_pkt_ra(reply) ? " ra" : "");
	lookup_records(&l->authority, ldns_pkt_authority(reply));
	lookup_records(&l->additional, ldns_pkt_additional(reply));
}

void dns_client_resolv_text(const struct dns_client *c, struct text *t)
{
	struct ipaddr servers[DNS_CLIENT_SERVERS_MAX];
	unsigned i, n = dns_client_servers(c, servers);
	char server[IPADDR_TEXT_MAX];

	for (i = 0; i < n; i++)
		text_addf(t, "nameserver %s\n", ipaddr_text(c->net, &servers[i], server));
	if (!c->nsearch && !c->leased_search)
		return;
	text_adds(t, "search");
	for (i = 0; i < c->nsearch; i++)
		text_addf(t, " %s", c->search[i]);
	if (c->leased_search)
		text_addf(t, " %s", c->leased_search);
	text_adds(t, "\n");
}

/* @l->message may have been written by the caller; what a bare error means is written here. */
void lookup_message(struct dns_lookup *l)
{
	char server[IPADDR_TEXT_MAX], why[UNREACH_TEXT_MAX], *m = l->message;
	const char *name = l->asked;

	ipaddr_text(l->client->net, &l->res.server, server);
	switch (l->res.error) {
	case DNS_OK:
		break;
	case DNS_NXDOMAIN:
		snprintf(m, DNS_MESSAGE_MAX,
			 "the name %s does not exist (NXDOMAIN); check its spelling", name);
		break;
	case DNS_NODATA:
		snprintf(m, DNS_MESSAGE_MAX, "the name %s exists, but has no %s", name,
			 l->type == DNS_TYPE_A ? "IPv4 address" :
			 l->type == DNS_TYPE_AAAA ? "IPv6 address" : "record of this type");
		break;
	case DNS_SERVFAIL:
		snprintf(m, DNS_MESSAGE_MAX,
			 "the DNS server %s could not find out about %s (SERVFAIL); "
			 "try again later, or check the servers of its domain",
			 server, name);
		break;
	case DNS_REFUSED:
		if (l->res.err == -ECONNREFUSED)
			snprintf(m, DNS_MESSAGE_MAX, "no DNS server listens at %s port %u, so %s "
				 "was not found; start one there, or set another", server,
				 l->client->config.port, name);
		else
			snprintf(m, DNS_MESSAGE_MAX, "the DNS server %s refused to answer about %s "
				 "(REFUSED); set another DNS server", server, name);
		break;
	case DNS_TIMEOUT:
		snprintf(m, DNS_MESSAGE_MAX,
			 "the DNS server %s does not answer, so %s was not found; "
			 "check the way there (ping %s) or set another",
			 server, name, server);
		break;
	case DNS_UNREACHABLE:
		snprintf(m, DNS_MESSAGE_MAX, "the DNS server %s cannot be reached: %s",
			 server, unreach_is(l->res.err) ?
			 unreach_text(l->client->net, &l->res.server, l->res.err, &l->unreach,
				      why) :
			 inet_error_text(l->res.err));
		break;
	case DNS_NO_SERVER:
		snprintf(m, DNS_MESSAGE_MAX,
			 "no DNS server is set, and %s is neither in a cache nor in the "
			 "hosts file",
			 name);
		break;
	case DNS_BAD_NAME:
		snprintf(m, DNS_MESSAGE_MAX, "\"%.200s\" is not a domain name", name);
		break;
	case DNS_BAD_ANSWER:
		snprintf(m, DNS_MESSAGE_MAX,
			 "the answer about %s makes no sense (a chain of CNAMEs "
			 "without end, or longer than a message?)",
			 name);
		break;
	case DNS_NO_MEMORY:
		snprintf(m, DNS_MESSAGE_MAX, "out of memory");
		break;
	}
}

/* Which of a name's addresses is looked for, where it is not the usual ones. */
static const char *type_text(const struct dns_lookup *l)
{
	return l->type == DNS_TYPE_AAAA ? ", AAAA" : "";
}

void lookup_tell_found(const struct dns_lookup *l, const struct text *misses, const char *where,
		       enum dns_cache_result kind)
{
	char name[DNS_NAME_TEXT_MAX];
	struct text t = { 0 };

	if (!ln_trace_on(l->client->net))
		return;
	text_addf(&t, "name %s%s: %sin %s: ", dns_name_text(l->candidates[l->candidate], name),
		  type_text(l),
		  misses->len ? misses->s : "", where);
	if (kind == DNS_CACHE_NXDOMAIN)
		text_adds(&t, "it does not exist (NXDOMAIN)");
	else if (kind == DNS_CACHE_NODATA)
		text_adds(&t, "it has no such record (NODATA)");
	else if (kind == DNS_CACHE_HIT)
		dns_rrs_text(&t, l->answer);
	if (!t.failed)
		ln_trace_app(l->client->net, t.s);
	text_free(&t);
}

void lookup_tell_ask(const struct dns_lookup *l, const struct text *misses)
{
	char name[DNS_NAME_TEXT_MAX], server[IPADDR_TEXT_MAX];
	struct ipaddr first;

	dns_name_text(l->current, name);
	first = dns_client_server(l->client, 0);
	if (!first.family)
		journeyf(l->client->net, "name %s%s: %s; no DNS server is set", name, type_text(l),
			 misses->s);
	else
		journeyf(l->client->net, "name %s%s: %s; ask the local DNS server %s", name,
			 type_text(l), misses->s,
			 ipaddr_text(l->client->net, &first, server));
}

void lookup_tell_answer(const struct dns_lookup *l, enum dns_cache_result kind, bool kept)
{
	char name[DNS_NAME_TEXT_MAX], server[IPADDR_TEXT_MAX];
	struct text t = { 0 };

	if (!ln_trace_on(l->client->net))
		return;
	ipaddr_text(l->client->net, &l->res.server, server);
	if (kind != DNS_CACHE_HIT)
		text_addf(&t, "%s says: %s %s", server, dns_name_text(l->current, name),
			  kind == DNS_CACHE_NXDOMAIN ? "does not exist (NXDOMAIN)" :
			  "has no such record (NODATA)");
	if (kind == DNS_CACHE_HIT) {
		text_addf(&t, "%s says: ", server);
		dns_rrs_text(&t, l->answer);
	}
	if (kept)
		text_adds(&t, l->program_cache ? "; now in the browser's and the host's cache" :
			  "; now in the host's cache");
	if (!t.failed)
		ln_trace_app(l->client->net, t.s);
	text_free(&t);
}
