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

#define UDP6(dport) "lan udp fd00:1::2 5000 2001:db8:2::2 " #dport
#define PING "lan icmp 10.0.1.2 7 192.0.2.2 1 type=8"

/* FTP from 10.0.1.2 to 192.0.2.2; nat: from this address */
#define FTP(family, nat) \
	"table " family " t {\n ct helper f {\n  type \"ftp\" protocol tcp;\n }\n chain h {\n " \
	" type " \
	"filter hook prerouting priority 0;\n  tcp dport 21 ct helper set \"f\"\n }\n chain p " \
	"{\n  " \
	"type nat hook postrouting priority 100;\n  oifname \"wan\" " nat "\n }\n"
#define FORWARD_STATES \
	" chain c {\n  type filter hook forward priority 0;\n  ct state related counter\n  ct " \
	"state " \
	"established counter\n  ct state new counter\n  ct state invalid counter\n  ct helper " \
	"\"ftp\" counter\n  ct status expected counter\n }\n}\n"
#define FTP_OPEN "lan tcp 10.0.1.2 4000 192.0.2.2 21 flags=S seq=0", "answer seq=0"
#define FTP_C(seq, ack, words) \
	"lan tcp 10.0.1.2 4000 192.0.2.2 21 flags=PA seq=" #seq " ack=" #ack " data=" words
#define FTP_S(seq, ack, words) \
	"wan tcp 192.0.2.2 21 10.0.1.2 4000 flags=PA seq=" #seq " ack=" #ack " data=" words
#define FTP_N(seq, ack, words) \
	"wan tcp 192.0.2.2 21 192.0.2.1 4000 flags=PA seq=" #seq " ack=" #ack " data=" words
#define TFTP(from) "lan udp " from " 5000 192.0.2.2 69 read=1"

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
	  { UDP(5), UDP(5), UDP(5), UDP3(5), UDP(6), UDP3(6), UDP(6), UDP(7), UDP(7), UDP(7),
	    "list meters", "list meters ip", "list meter ip t a", "list sets" } },
	{ "connections counted", false, FILLS("set s {\n  type ipv4_addr\n  size 100\n  flags "
	  "dynamic\n }", "ct state new tcp dport 80 ct count over 2 counter reject with tcp reset\n"
	  "ct state new udp dport 5 add @s { ip saddr ct count over 1 } counter drop\n"
	  "ct state new udp dport 6 ct count 1 counter accept\nudp dport 6 ct state new drop"),
	  /* Linux looks who is over once in a jiffy: that is nft_test's. */
	  { TCP(1, "S"), TCP(2, "S"), TCP(3, "S"), TCP(4, "S"), UDP(5), UDP3(5),
	    "lan udp 10.0.1.2 5001 192.0.2.2 5", "lan udp 10.0.1.3 5001 192.0.2.2 5", UDP(6),
	    UDP3(6), "lan udp 10.0.1.3 5002 192.0.2.2 6" } },
	{ "raw bytes", false, FORWARD("@th,16,16 53 counter\n@nh,96,32 0x0a000102 counter\n"
	  "@ll,0,48 0x020000000101 counter\n@nh,9,7 5 counter\n@th,0,8 0x13-0x15 counter\n"
	  "@th,0,16 { 5000, 6000-6005 } counter\n@th,16,16 & 0xff == 53 counter\n"
	  "@nh,8,1 1 counter\n@nh,4,4 5 counter\n@nh,73,7 17 counter\n@th,0,8 { 0x13, 5 } counter\n"
	  "@nh,160,32 0x13880035 counter\n@ih,0,32 0x61626364 counter\n@ih,0,8 != 0x61 counter\n"
	  "@ll,96,32 0x08004500 counter\n@ll,96,16 0x800 counter\n@nh,72,8 6 @th,16,16 80 counter\n"
	  "tcp sport 5000 @th,32,32 100 counter\n@th,32,32 100 counter\n@th,104,8 2 counter\n"
	  "ip saddr . @th,16,16 { 10.0.1.2 . 53 } counter\n@nh,2000,8 5 counter\n"
	  "@th,64,64 0x6162636465666768 counter\n@th,16,16 vmap { 54 : drop }\n"
	  "@th,64,128 "
	  "0x6162636465666768696a counter"),
	  { UDP(53), UDP(54), UDP(53) " len=3", UDP(53) " tos=0x85", TCP(5000, "S") " seq=100",
	    TCP(5000, "S") " seq=100 topt=1 len=9", UDP(53) " opts=4", UDP(53) " off=100",
	    UDP(53) " len=200", PING } },
	{ "raw bytes, both families", false, BASE("inet", "filter", "forward", "0", "@nh,96,32 "
	  "0x0a000102 counter\nmeta nfproto ipv4 @nh,96,32 0x0a000102 counter\nip ttl 64 "
	  "@nh,128,32 "
	  "0xc0000202 counter\n@nh,48,8 17 counter\nmeta nfproto ipv6 @nh,48,8 17 counter\n"
	  "@th,16,16 53 counter\nip6 hoplimit 64 @nh,64,128 "
	  "0xfd000001000000000000000000000002 counter"),
	  { UDP(53), TCP(5000, "S"), UDP6(53), UDP6(54) } },
	{ "raw bytes of a frame", false, "table netdev t {\n chain c {\n  type filter hook ingress "
	  "device \"lan\" priority 0;\n@ll,0,48 0x020000000101 counter\n@ll,48,48 0x020000000103 "
	  "counter\n@ll,96,16 0x86dd counter\n@ll,100,4 8 counter\n@nh,8,8 0 counter\n"
	  "@th,16,16 53 counter\n@ih,0,8 0x61 counter\n }\n}\n",
	  { UDP(53), UDP3(53), UDP6(53) } },
	{ "zones", false, "table ip t {\n chain raw {\n  type filter hook prerouting priority "
	  "raw;\n"
	  "ct zone set ip saddr map { 10.0.1.2 : 1, 10.0.1.3 : 2 }\niifname \"wan\" ct zone set "
	  "udp dport map { 5001 : 1, 5002 : 2 }\n }\n chain c {\n  type filter hook forward "
	  "priority "
	  "0;\nct zone 1 counter\nct zone 2 counter\nct zone 0 counter\nct original zone 1 "
	  "counter\n"
	  "ct reply zone 1 counter\nct zone { 1, 5 } counter\nct state established counter\n }\n"
	  "}\n",
	  { "lan udp 10.0.1.2 5001 192.0.2.2 9", "wan udp 192.0.2.2 9 10.0.1.2 5001",
	    "wan udp 192.0.2.2 9 10.0.1.2 5002", "lan udp 10.0.1.3 5002 192.0.2.2 9",
	    "lan udp 10.0.1.4 5002 192.0.2.2 9", "lan tcp 10.0.1.2 5 192.0.2.2 80 flags=S seq=1",
	    "conntrack -L", "conntrack -L --zone 1", "conntrack -L --orig-zone 2",
	    "conntrack -L --reply-zone 0", "conntrack -D --zone 2", "conntrack -L" } },
	{ "a zone of one direction", false, "table ip t {\n chain raw {\n  type filter hook "
	  "prerouting "
	  "priority raw;\niifname \"lan\" ct original zone set ip ttl map { 64 : 1, 63 : 2 }\n }\n"
	  " chain c {\n  type filter hook forward priority 0;\nct original zone 1 counter\nct "
	  "reply "
	  "zone 1 counter\nct zone 2 counter\nct state established counter\n }\n chain p {\n  type "
	  "nat hook postrouting priority 100;\nsnat to ct original zone map { 0 : 192.0.2.7, 1 : "
	  "192.0.2.8, 2 : 192.0.2.9 }\n }\n}\n",
	  { UDP(53), "answer", UDP(53), UDP(53) " ttl=63", "answer", UDP(53) " ttl=63", UDP(54),
	    "answer", UDP(53) " ttl=62", "answer", "lan icmp 10.0.1.2 7 192.0.2.2 1 type=8 ttl=63",
	    "answer", UDP(55) " ttl=63", "error type=3 code=3", "conntrack -L", "conntrack -L "
	    "--orig-zone 1", "conntrack -L -w 0" } },
	{ "labels", false, FORWARD("ct label 3 counter\nudp dport 5 ct label set 3\nudp dport 6 ct "
	  "label set 100\nct label 3,100 counter\nct label 3 counter\nct label 100 counter\n"
	  "ct label != 3 counter\nct label & 3 == 3 counter\nct label { 3, 100 } counter\n"
	  "udp dport 7 ct label set ct label | 5\nct label & 3 != 3 counter"),
	  { UDP(5), UDP(6), UDP(7), UDP(8), "lan udp 10.0.1.2 5000 192.0.2.2 5", "answer", UDP(5),
	    UDP(6), TCP(80, "S") } },
	{ "ftp, active and passive", false, FTP("ip", "counter") FORWARD_STATES,
	  { FTP_OPEN, FTP_C(1, 1, "USER_x"), FTP_S(1, 9, "331_password"), FTP_C(9, 15, "PASS_y"),
	    FTP_S(15, 17, "230_hello"), FTP_C(17, 26, "PORT_10,0,1,2,7,208"), "conntrack -L expect",
	    "wan tcp 192.0.2.2 20 10.0.1.2 2000 flags=S seq=5", "conntrack -L expect",
	    "conntrack -L",
	    "wan tcp 192.0.2.2 20 10.0.1.2 2001 flags=S seq=5",
	    FTP_S(26, 38, "227_Passive_(192,0,2,2,4,1)."), "conntrack -L expect",
	    "lan tcp 10.0.1.2 3000 192.0.2.2 1025 flags=S seq=5", "answer",
	    FTP_C(38, 56, "EPRT_|1|10.0.1.2|2002|"), "conntrack -L expect",
	    FTP_S(56, 62, "229_Extended_(|||1026|)"), "conntrack -L expect",
	    FTP_C(62, 81, "PORT_10,0,1,3,7,208"), FTP_C(83, 81, "PORT_10,0,1,2,7") " nl=0",
	    FTP_C(83, 81, "QUIT"), "conntrack -L expect", "conntrack -L" } },
	{ "ftp behind masquerade", false, FTP("ip", "masquerade") FORWARD_STATES,
	  { FTP_OPEN, FTP_C(1, 1, "USER_x"), FTP_N(1, 9, "331_password"), FTP_C(9, 15, "PASS_y"),
	    FTP_N(15, 17, "230_hello"), FTP_C(17, 26, "PORT_10,0,1,2,7,208"), "conntrack -L expect",
	    FTP_N(26, 38, "200_fine"), "wan tcp 192.0.2.2 20 192.0.2.1 2000 flags=S seq=5",
	    "answer",
	    "conntrack -L", FTP_C(38, 36, "EPRT_|1|10.0.1.2|2002|"), "conntrack -L expect",
	    FTP_N(36, 61, "200_fine"), FTP_C(62, 46, "NOOP"), FTP_N(46, 67, "200_fine"),
	    FTP_C(62, 46, "NOOP"), FTP_C(17, 26, "PORT_10,0,1,2,7,208"),
	    FTP_N(56, 67, "227_Passive_(192,0,2,2,4,1)."), "conntrack -L expect",
	    "lan tcp 10.0.1.2 3000 192.0.2.2 1025 flags=S seq=5", "answer",
	    "error type=3 code=4", "conntrack -L" } },
	{ "ftp to a server behind dnat", false, "table ip t {\n ct helper f {\n  type \"ftp\" "
	  "protocol "
	  "tcp;\n }\n chain p {\n  type nat hook prerouting priority -100;\n  ip daddr "
	  "192.0.2.1 tcp "
	  "dport 21 dnat to 10.0.1.9\n }\n chain h {\n  type filter hook prerouting priority "
	  "0;\n  tcp "
	  "dport 21 ct helper set \"f\"\n }\n" FORWARD_STATES,
	  { "wan tcp 192.0.2.2 4000 192.0.2.1 21 flags=S seq=0",
	    "lan tcp 10.0.1.9 21 192.0.2.2 4000 flags=SA seq=0 ack=1",
	    "wan tcp 192.0.2.2 4000 192.0.2.1 21 flags=A seq=1 ack=1",
	    "wan tcp 192.0.2.2 4000 192.0.2.1 21 flags=PA seq=1 ack=1 data=USER_x",
	    "lan tcp 10.0.1.9 21 192.0.2.2 4000 flags=PA seq=1 ack=9 data=331_go",
	    "wan tcp 192.0.2.2 4000 192.0.2.1 21 flags=PA seq=9 ack=9 data=PASV",
	    "lan tcp 10.0.1.9 21 192.0.2.2 4000 flags=PA seq=9 ack=15 data=227_here_(10,0,1,9,4,2)",
	    "conntrack -L expect", "wan tcp 192.0.2.2 4001 192.0.2.1 1026 flags=S seq=7", "answer",
	    "wan tcp 192.0.2.2 4000 192.0.2.1 21 flags=PA seq=15 ack=36 data=EPSV",
	    "lan tcp 10.0.1.9 21 192.0.2.2 4000 flags=PA seq=35 ack=21 data=229_here_(|||1027|)",
	    "conntrack -L expect", "wan tcp 192.0.2.2 4002 192.0.2.1 1027 flags=S seq=7", "answer",
	    "conntrack -L" } },
	{ "ftp over IPv6", false, FTP("ip6", "masquerade") FORWARD_STATES,
	  { "lan tcp fd00:1::2 4000 2001:db8:2::2 21 flags=S seq=0", "answer seq=0",
	    "lan tcp fd00:1::2 4000 2001:db8:2::2 21 flags=PA seq=1 ack=1 data=USER_x",
	    "wan tcp 2001:db8:2::2 21 2001:db8:2::1 4000 flags=PA seq=1 ack=9 data=331_go",
	    "lan tcp fd00:1::2 4000 2001:db8:2::2 21 flags=PA seq=9 ack=9 "
	    "data=EPRT_|2|fd00:1::2|2000|", "conntrack -L expect -f ipv6",
	    "wan tcp 2001:db8:2::2 20 2001:db8:2::1 2000 flags=S seq=5", "answer",
	    "wan tcp 2001:db8:2::2 21 2001:db8:2::1 4000 flags=PA seq=9 ack=65 data=200_go",
	    "lan tcp fd00:1::2 4000 2001:db8:2::2 21 flags=PA seq=34 ack=17 data=EPSV",
	    "wan tcp 2001:db8:2::2 21 2001:db8:2::1 4000 flags=PA seq=17 ack=71 "
	    "data=229_go_(|||1025|)", "conntrack -L expect -f ipv6", "conntrack -L" } },
	{ "tftp", false, "table ip t {\n ct helper g {\n  type \"tftp\" protocol udp;\n }\n "
	  "chain h "
	  "{\n  type filter hook prerouting priority 0;\n  udp dport 69 ct helper set \"g\"\n }\n"
	  " chain p {\n  type nat hook postrouting priority 100;\n  ip saddr 10.0.1.3 snat to "
	  "192.0.2.7\n }\n" FORWARD_STATES,
	  { "lan udp 10.0.1.2 5000 192.0.2.2 69 len=2", TFTP("10.0.1.2"), "conntrack -L expect",
	    "wan udp 192.0.2.2 1069 10.0.1.2 5000", "answer", "conntrack -L", TFTP("10.0.1.3"),
	    "conntrack -L expect", "wan udp 192.0.2.2 1070 192.0.2.7 5000", "answer",
	    "conntrack -L",
	    "wan udp 192.0.2.2 1071 192.0.2.7 5000", TFTP("10.0.1.3"), "conntrack -C expect",
	    "conntrack -F expect", "conntrack -L expect" } },
	{ "helpers by a map", false, "table inet t {\n ct helper f {\n  type \"ftp\" protocol "
	  "tcp;\n  "
	  "l3proto ip;\n }\n chain h {\n  type filter hook prerouting priority 0;\n  ct helper "
	  "set tcp "
	  "dport map { 21 : \"f\", 2121 : \"f\" }\n }\n}\n", { FTP_OPEN, "conntrack -L" } },
	{ "connections by hand", false, FORWARD("ct state new counter\nct state established counter"
	  "\nct mark 7 counter\nct state invalid counter"),
	  { "conntrack -I -s 10.0.1.2 -d 192.0.2.2 -p udp --sport 5000 --dport 53 -t 100 -m 7",
	    "conntrack -L", "conntrack -L -o extended,id", UDP(53), "answer", UDP(53), UDP(54),
	    "conntrack -G -s 10.0.1.2 -d 192.0.2.2 -p udp --sport 5000 --dport 53",
	    "conntrack -U -s 10.0.1.2 -d 192.0.2.2 -p udp --sport 5000 --dport 53 -m 9",
	    "conntrack -L", "conntrack -I -s 10.0.1.2 -d 192.0.2.2 -p tcp --sport 5000 --dport 80 "
	    "-t 100 --state ESTABLISHED -u ASSURED", "conntrack -L -p tcp",
	    "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=A seq=7 ack=9 len=5", "answer", TCP(5000,
	    "FA"),
	    "conntrack -L -o extended", "conntrack -L -j", "conntrack -F", "conntrack -C" } },
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
	FORWARD("@th,0,0 5"), FORWARD("@xx,0,8 5"), FORWARD("@nh,0,8 300"), FORWARD("@nh,3,3 9"),
	FORWARD("ct zone 65536"), FORWARD("ct zone set meta mark"), FORWARD("ct label 128"),
	FORWARD("ct label foo"), FORWARD("ct original label 5"),
	"table ip t {\n ct helper f {\n type \"nosuch\" protocol tcp;\n }\n}\n",
	"table ip t {\n ct helper f {\n type \"ftp\" protocol udp;\n }\n}\n",
	"table ip t {\n ct helper f {\n type \"ftp\" protocol tcp; l3proto ip6;\n }\n}\n",
	"table ip t {\n ct helper f {\n }\n}\n", FORWARD("ct helper set \"f\""),
	FORWARD("ct count until 5"), FORWARD("ct count over"),
	NULL,
};
