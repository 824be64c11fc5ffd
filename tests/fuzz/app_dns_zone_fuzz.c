/* SPDX-License-Identifier: MIT */
/* The text files of names: a master file after 'z', a hosts file after any other byte. */
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_zone.h"
#include "app/dns/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_zone(const char *text, size_t len)
{
	struct dns_zone_source src = { .text = text, .len = len, .file = "zone" };
	struct dns_zone *zone = NULL;
	char err[200] = "";

	if (!dns_zone_parse(&src, &zone, err, sizeof(err)))
		dns_zone_free(zone);
	else if (!err[0] || strlen(err) >= sizeof(err))
		abort();	/* refused without a word */
}

static void read_hosts(const char *text, size_t len)
{
	struct hosts *h = hosts_new();
	const struct ipaddr localhost = ipaddr_v4(0x0100007f);
	struct ipaddr addrs[4];
	const char *name;

	if (!h)
		abort();
	hosts_parse(h, text, len, NULL);
	name = hosts_lookup_addr(h, &localhost);
	if (name && hosts_lookup(h, name, LN_AF_INET, addrs, 4) <= 0)
		abort();	/* there and back */
	hosts_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > 20000)
		return 0;
	if (data[0] == 'z')
		read_zone((const char *)data + 1, size - 1);
	else
		read_hosts((const char *)data + 1, size - 1);
	return 0;
}
