/* SPDX-License-Identifier: MIT */
/* For tests of nftables: rules on nf_testbed.h's router, and whether it lets packets through. */
#ifndef LINNET_CTL_NFT_BED_H
#define LINNET_CTL_NFT_BED_H

#include "ctl/nft_parse.h"
#include "net/netfilter/nf_testbed.h"

#define A "10.0.1.2"
#define B "192.0.2.2"

static char said[65536];

static inline int nft(const char *text)
{
	struct strbuf sb;

	sb_init(&sb, said, sizeof(said));
	return nft_run(router, "test", text, strlen(text), 0, &sb);
}

static inline void must(const char *text)
{
	int err = nft(text);

	if (err)
		fprintf(stderr, "%s\n%s", text, said);
	assert_int_equal(err, 0);
}

static inline void begin(void)
{
	nf_three();
	tb_route(server, "default", "192.0.2.1");
}

static inline void end(void)
{
	must("flush ruleset");
	nf_three_exit();
}

static inline bool passes(u16 dport)
{
	bool any;

	nf_send_udp(client, A, 5000, B, dport, 10);
	any = nf_take(server).any;
	return any;
}

static inline void forward(const char *rules)
{
	char text[4096];

	must("flush ruleset");
	snprintf(text, sizeof(text), "table ip f {\n chain web { udp dport 81 drop }\n"
		 "set s { type inet_service; elements = { 70, 71 } }\n"
		 "set d { type ipv4_addr; flags dynamic; timeout 10s; }\n"
		 "set e { type ipv4_addr; flags dynamic; }\n"
		 "chain c { type filter hook forward priority 0;\n%s\n} }", rules);
	must(text);
}

#endif
