/* SPDX-License-Identifier: MIT */
/* The authoritative server: zones, a listener, and counters between them. */
#include "app/dns/dns_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/dns/dns_listener.h"
#include "app/dns/dns_zone.h"
#include "app/util/inet.h"
#include "app/util/journey.h"

#define DNS_PORT 53

struct dns_server {
	struct ln_net *net;
	struct dns_listener *listener;
	struct dns_zone **zones;
	unsigned nzones;
	struct dns_server_stats stats;
};

static void server_count(struct dns_server *s, enum dns_answer_kind kind, const uint8_t *wire,
			 size_t len)
{
	uint64_t *const counter[] = {
		[DNS_ANSWER_NONE] = &s->stats.malformed,
		[DNS_ANSWER_RECORDS] = &s->stats.answers,
		[DNS_ANSWER_REFERRAL] = &s->stats.referrals,
		[DNS_ANSWER_NODATA] = &s->stats.nodata,
		[DNS_ANSWER_NXDOMAIN] = &s->stats.nxdomain,
		[DNS_ANSWER_REFUSED] = &s->stats.refused,
		[DNS_ANSWER_MALFORMED] = &s->stats.malformed,
		[DNS_ANSWER_FAILURE] = &s->stats.malformed,
	};

	s->stats.queries++;
	++*counter[kind];
	s->stats.truncated += len > 2 && (wire[2] & 0x02);
}

static void on_request(void *ctx, struct dns_request *req)
{
	struct dns_server *s = ctx;
	struct text story = { 0 };
	enum dns_answer_kind kind;
	uint8_t *wire;
	size_t len;

	kind = dns_zones_answer(s->zones, s->nzones, req->data, req->len,
				req->tcp ? DNS_TCP_SIZE : 0, &wire, &len,
				ln_trace_on(s->net) ? &story : NULL);
	server_count(s, kind, wire, len);
	if (story.len)
		ln_trace_app(s->net, story.s);
	text_free(&story);
	dns_request_reply(req, wire, len);
	free(wire);
}

/* No two zones of one name. */
static int check_twice(const struct dns_server *s, const char *file, char *err, size_t cap)
{
	const struct dns_key *last = dns_zone_apex(s->zones[s->nzones - 1]);
	unsigned i;

	for (i = 0; i + 1 < s->nzones; i++)
		if (dns_key_equal(dns_zone_apex(s->zones[i]), last)) {
			snprintf(err, cap, "%s: this zone was already given", file ? file : "zone");
			return -EINVAL;
		}
	return 0;
}

static int server_load(struct dns_server *s, const struct dns_server_config *config, char *err,
		       size_t cap)
{
	unsigned i;
	int res = 0;

	s->zones = calloc(config->nzones ? config->nzones : 1, sizeof(struct dns_zone *));
	if (!s->zones) {
		snprintf(err, cap, "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < config->nzones && !res; i++) {
		res = dns_zone_parse(&config->zones[i], &s->zones[i], err, cap);
		if (!res) {
			s->nzones++;
			res = check_twice(s, config->zones[i].file, err, cap);
		}
	}
	return res;
}

int dns_server_new(struct ln_net *net, const struct dns_server_config *config,
		   struct dns_server **out, char *err, size_t cap)
{
	uint16_t port = config->port ? config->port : DNS_PORT;
	struct dns_server *s = calloc(1, sizeof(*s));
	int res;

	*out = NULL;
	if (!s) {
		snprintf(err, cap, "out of memory");
		return -ENOMEM;
	}
	s->net = net;
	res = server_load(s, config, err, cap);
	if (!res) {
		res = dns_listener_new(net, &config->addr, port, on_request, s, &s->listener);
		if (res)
			snprintf(err, cap, "DNS server on port %u: %s", port, inet_error_text(res));
	}
	if (res) {
		dns_server_free(s);
		return res;
	}
	*out = s;
	return 0;
}

void dns_server_free(struct dns_server *s)
{
	unsigned i;

	if (!s)
		return;
	dns_listener_free(s->listener);
	for (i = 0; i < s->nzones; i++)
		dns_zone_free(s->zones[i]);
	free(s->zones);
	free(s);
}

void dns_server_stats(const struct dns_server *s, struct dns_server_stats *st)
{
	*st = s->stats;
}
