/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a query to an authoritative server: the response, if any, fits, is a response,
 * and has the query's id. The first byte says whether it came over TCP.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char zone_text[] =
	"$ORIGIN server.com.\n$TTL 300\n"
	"@ SOA ns1 hostmaster 1 7200 3600 1209600 60\n"
	"@ NS ns1\n@ MX 10 mail\nns1 A 192.0.2.53\nwww A 192.0.2.80\nmail A 192.0.2.25\n"
	"web CNAME www\nloop1 CNAME loop2\nloop2 CNAME loop1\ndeep.empty A 192.0.2.9\n"
	"*.wild A 192.0.2.7\nsub NS ns.sub\nns.sub A 192.0.2.99\nfar CNAME a.example.\n"
	"big TXT \"0123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"1123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"2123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"3123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"4123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"5123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"6123456789012345678901234567890123456789012345678901234567890123456789\"\n"
	"big TXT \"7123456789012345678901234567890123456789012345678901234567890123456789\"\n";

static struct dns_zone *the_zone(void)
{
	static struct dns_zone *zone;	/* read once: the harness calls us many times */
	struct dns_zone_source src = {
		.text = zone_text, .len = sizeof(zone_text) - 1, .file = "zone_text",
	};
	char err[256];

	if (!zone && dns_zone_parse(&src, &zone, err, sizeof(err)))
		abort();
	return zone;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_zone *zone = the_zone();
	size_t limit, len;
	struct text story = { 0 };
	uint8_t *wire;

	if (!size)
		return 0;
	limit = data[0] & 1 ? DNS_TCP_SIZE : 0;
	dns_zones_answer(&zone, 1, data + 1, size - 1, limit, &wire, &len, &story);
	if (wire && (len < 12 || len > (limit ? limit : DNS_EDNS_SIZE) || !(wire[2] & 0x80) ||
		     memcmp(wire, data + 1, 2)))
		abort();
	free(wire);
	text_free(&story);
	return 0;
}
