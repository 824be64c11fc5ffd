/* SPDX-License-Identifier: MIT */
/*
 * ICMP errors beside the kernel's (harness/nft_twins.h): each kind under each condition of the
 * RFCs, and as many answers as the limits leave, whatever they are.
 */
#include <stdio.h>
#include <string.h>

#include "harness/icmp_cases.h"

static unsigned done, failed;

static void run_cases(void)
{
	struct twin_out out;
	struct icmp_case c;

	for (unsigned n = 0; icmp_case_get(n, &c); n++) {
		bool ok;

		if (c.not_linux)
			continue;
		twins_name(c.name);
		ok = twins_send(LAN, &c.f, false, &out);
		if (ok && (out.n == 1 && icmp_case_matches(&c, &out.frame[0].f)) != c.answered) {
			printf("BAD: %s: both sent %u frames\n", c.name, out.n);
			ok = false;
		}
		done++;
		failed += !ok;
	}
}

/* ---- limits ---- */

struct limit {
	const char *name, *setting[2];
	bool v6;
	unsigned answers;	/* of PACKETS */
};

#define PACKETS 12

static const struct limit limits[] = {
	{ "no limit", { "net.ipv4.icmp_ratelimit=0" }, false, PACKETS },
	{ "six at once to one", { "net.ipv4.icmp_ratelimit=10000" }, false, 6 },
	{ "types that are not limited",
	  { "net.ipv4.icmp_ratelimit=10000", "net.ipv4.icmp_ratemask=2048" }, false, PACKETS },
	{ "no limit of IPv6", { "net.ipv6.icmp.ratelimit=0" }, true, PACKETS },
	{ "six at once to one of IPv6", { "net.ipv6.icmp.ratelimit=10000" }, true, 6 },
	{ "types of IPv6 that are not limited",
	  { "net.ipv6.icmp.ratelimit=10000", "net.ipv6.icmp.ratemask=0,2-127" }, true, PACKETS },
};

static void run_limit(const struct limit *l, unsigned host)
{
	struct twin_out out;
	struct twin_frame f;
	unsigned answers = 0;
	char line[128];
	bool ok = true;

	twins_name(l->name);
	for (int i = 0; i < 2 && l->setting[i]; i++) {
		snprintf(line, sizeof(line), "sysctl -qw %s", l->setting[i]);
		twins_both(line);
	}
	icmp_case_port(l->v6, host, &f);
	for (int i = 0; ok && i < PACKETS; i++) {
		ok = twins_send(LAN, &f, false, &out);
		answers += out.n;
	}
	if (ok && answers != l->answers) {
		printf("BAD: %s: %u answers\n", l->name, answers);
		ok = false;
	}
	done++;
	failed += !ok;
}

int main(void)
{
	char line[128];

	twins_enter();
	for (int i = 0; icmp_case_setup[i]; i++)
		twins_both(icmp_case_setup[i]);
	for (int i = ICMP_CASE_HOST; i < ICMP_CASE_HOST + ICMP_CASE_HOSTS; i++) {
		snprintf(line, sizeof(line), "ip neigh add 10.0.1.%d lladdr 02:00:00:00:01:%02x "
			 "dev lan", i, i);
		twins_both(line);
		snprintf(line, sizeof(line), "ip neigh add fd00:1::%x lladdr 02:00:00:00:01:%02x "
			 "dev lan", i, i);
		twins_both(line);
	}
	run_cases();
	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		run_limit(&limits[i], 3 + i);
	printf("%u cases, %u differ\n", done, failed);
	return failed != 0;
}
