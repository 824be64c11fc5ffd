/* SPDX-License-Identifier: MIT */
/* What elements of sets count and allow, raw bytes, zones, labels, counts of connections. */
#include "harness/nft_cases.h"

#include <stddef.h>

#define BASE(family, type, hook, priority, rules) \
	"table " family " t {\n chain c {\n  type " type " hook " hook " priority " priority ";\n" \
	rules "\n }\n}\n"
#define FORWARD(rules) BASE("ip", "filter", "forward", "0", rules)
#define FILLS(sets, rules) \
	"table ip t {\n" sets "\n chain c {\n  type filter hook forward priority 0;\n" rules \
	"\n }\n}\n"

#define UDP(dport) "lan udp 10.0.1.2 5000 192.0.2.2 " #dport
#define UDP3(dport) "lan udp 10.0.1.3 5000 192.0.2.2 " #dport
#define TCP(sport, flags) "lan tcp 10.0.1.2 " #sport " 192.0.2.2 80 flags=" flags

const struct nft_case nft_cases_more[] = {
	{ "limits of elements", false, FILLS("set s {\n  type ipv4_addr\n  size 100\n  flags "
	  "dynamic\n }", "udp dport 5 update @s { ip saddr limit rate 2/day burst 2 packets } "
	  "counter accept\nudp dport 5 counter drop\nudp dport 6 add @s { ip saddr limit rate over "
	  "1/day burst 1 packets } counter drop"),
	  { UDP(5), UDP(5), UDP(5), UDP3(5), UDP3(6), UDP3(5), UDP3(5), UDP(6), UDP3(6),
	    "lan udp 10.0.1.4 5000 192.0.2.2 6", "lan udp 10.0.1.4 5000 192.0.2.2 6" } },
	{ "counters and quotas of elements", false, FILLS("set s {\n  type ipv4_addr\n  size "
	  "100\n  flags dynamic\n }\n set q {\n  type ipv4_addr\n  size 2\n  flags dynamic\n }\n"
	  " set d {\n  type ipv4_addr\n  size 100\n  flags dynamic\n  counter\n }",
	  "udp dport 5-6 add @s { ip saddr counter } counter\nadd @q { ip saddr quota over 100 "
	  "bytes } counter drop\nadd @d { ip saddr }\nudp dport 6 delete @s { ip saddr }\n"
	  "ip saddr @q counter\nip saddr != @q counter\nip saddr @s counter"),
	  { UDP(5), UDP(5), UDP(5), UDP3(5), UDP3(7), UDP(5) " len=90",
	    "lan udp 10.0.1.4 5000 192.0.2.2 5", "lan udp 10.0.1.5 5000 192.0.2.2 5", UDP3(6),
	    /* nft lists quotas of elements, and does not read them. */
	    "nft flush set ip t q" } },
	{ "sets that declare statements", false, FILLS("set a {\n  type inet_service\n  limit rate "
	  "1/day burst 2 packets\n  elements = { 5, 6 limit rate over 1/day burst 1 packets }\n }\n"
	  " set b {\n  type inet_service\n  quota 70 bytes\n  elements = { 5 }\n }\n"
	  " set e {\n  type ipv4_addr\n  size 10\n  flags dynamic\n  limit rate 1/day burst 1 "
	  "packets\n }", "udp dport @a counter\nudp dport @b counter\nupdate @e { ip saddr } "
	  "counter\nupdate @e { ip saddr limit rate 1/day burst 1 packets } counter"),
	  { UDP(5), UDP(5), UDP(5), UDP(6), UDP(6), UDP(7), "nft flush set ip t b" } },
	{ "meters", false, FORWARD("udp dport 5 meter a { ip saddr limit rate over 1/day burst 2 "
	  "packets } counter drop\nudp dport 6 meter b size 1 { ip saddr . ip daddr timeout 1h "
	  "limit rate 1/day burst 1 packets } counter accept\nudp dport 6 counter drop\n"
	  "udp dport 7 meter c { udp sport counter } counter drop"),
	  { UDP(5), UDP(5), UDP(5), UDP3(5), UDP(6), UDP3(6), UDP(6), UDP(7), UDP(7), UDP(7) } },
	{ "connections counted", false, FILLS("set s {\n  type ipv4_addr\n  size 100\n  flags "
	  "dynamic\n }", "ct state new tcp dport 80 ct count over 2 counter reject with tcp reset\n"
	  "ct state new udp dport 5 add @s { ip saddr ct count over 1 } counter drop\n"
	  "ct state new udp dport 6 ct count 1 counter accept\nudp dport 6 ct state new drop"),
	  /* Linux looks who is over once in a jiffy: that is nft_test's. */
	  { TCP(1, "S"), TCP(2, "S"), TCP(3, "S"), TCP(4, "S"), UDP(5), UDP3(5),
	    "lan udp 10.0.1.2 5001 192.0.2.2 5", "lan udp 10.0.1.3 5001 192.0.2.2 5", UDP(6),
	    UDP3(6), "lan udp 10.0.1.3 5002 192.0.2.2 6" } },
	{ NULL, false, NULL, { NULL } },
};

const char *const nft_refused_more[] = {
	FILLS("set s {\n  type ipv4_addr\n  flags dynamic,timeout\n }",
	      "add @s { ip saddr ct count over 5 }"),
	FILLS("set s {\n  type ipv4_addr\n  flags dynamic\n  limit rate 5/second\n }",
	      "add @s { ip saddr counter }"),
	FILLS("set s {\n  type ipv4_addr\n  flags dynamic\n }",
	      "add @s { ip saddr counter limit rate 5/second quota 5 bytes }"),
	FORWARD("meter m { ip saddr timeout 5s ct count over 5 }"),
	FORWARD("meter m { ip saddr counter }\nmeter m { ip saddr counter }"),
	FORWARD("meter m { ip saddr }"), FORWARD("meter m { ip saddr counter counter }"),
	FORWARD("ct count until 5"), FORWARD("ct count over"),
	NULL,
};
