/* SPDX-License-Identifier: MIT */
/* The cases of IPv6, and of tables for both families. */
#include "harness/nft_cases.h"

#include <stddef.h>

#define BASE(family, hook, rules) \
	"table " family " t {\n chain c {\n  type filter hook " hook " priority 0;\n" rules \
	"\n }\n}\n"
#define FORWARD(rules) BASE("ip6", "forward", rules)
#define NAT(family, pre, post) \
	"table " family " nat {\n chain pre {\n  type nat hook prerouting priority dstnat;\n" pre \
	"\n }\n chain post {\n  type nat hook postrouting priority srcnat;\n" post "\n }\n}\n"

#define UDP(dport) "lan udp fd00:1::2 5000 2001:db8:2::2 " #dport
#define TCP(dport) "lan tcp fd00:1::2 5000 2001:db8:2::2 " #dport " flags=S seq=100"
#define PING "lan icmp6 fd00:1::2 7 2001:db8:2::2 1 type=128"
#define UDP4(dport) "lan udp 10.0.1.2 5000 192.0.2.2 " #dport
#define TCP4(dport) "lan tcp 10.0.1.2 5000 192.0.2.2 " #dport " flags=S seq=100"

const struct nft_case nft_cases6[] = {
	{ "6: no rules", false, "", { UDP(53), TCP(80), PING, "answer", "lan udp fd00:1::2 1 "
	  "fd00:1::1 9", "lan tcp fd00:1::2 5 fd00:1::1 9 flags=S seq=1",
	  "lan icmp6 fd00:1::2 7 fd00:1::1 1", UDP(1) " ttl=1", "lan udp fd00:1::2 1 "
	  "2001:dead::1 5" } },
	{ "6: fields", false, FORWARD("ip6 length 18 counter\nip6 dscp ef counter\nip6 ecn ce "
	  "counter\nip6 hoplimit 9 counter\nip6 flowlabel 7 counter\nip6 nexthdr udp counter\n"
	  "ip6 saddr fd00:1::/64 counter\nip6 daddr != 2001:db8:2::2 counter\nmeta protocol ip6 "
	  "counter\nip6 dscp { cs1, af41 } counter drop"),
	  { UDP(5), UDP(5) " tos=0xb8", UDP(5) " tos=0x03", UDP(5) " flow=7", UDP(5) " ttl=9",
	    UDP(5) " len=11", UDP(5) " tos=0x20" } },
	{ "6: extension headers", false, FORWARD("exthdr hbh exists counter\nexthdr dst missing "
	  "counter\nexthdr rt exists counter\nrt type 4 counter\nrt seg-left 0 counter\n"
	  "rt nexthdr udp counter\nhbh nexthdr ipv6-opts counter\nhbh hdrlength 0 counter\n"
	  "dst hdrlength 0 counter\nexthdr frag exists counter\nfrag id 7 counter\n"
	  "frag frag-off 3 counter\nfrag more-fragments 1 counter\nfrag nexthdr udp counter\n"
	  "frag reserved2 0 counter\nexthdr mh exists counter\nmh type 0 counter\n"
	  "frag id { 1, 5-9 } counter\nudp dport 54 counter drop"),
	  { UDP(53), UDP(53) " hbh=1", UDP(53) " dst=1", UDP(53) " hbh=1 dst=1 rt=4",
	    UDP(54) " rt=4", UDP(53) " frag=7 mf=1 len=16 ulen=24", UDP(54) " rt=2 frag=9 len=8",
	    "lan udp fd00:1::2 0 2001:db8:2::2 0 frag=7 off=3 len=8", TCP(80) } },
	{ "6: ingress", false, "table netdev t {\n chain c {\n type filter hook ingress device "
	  "\"lan\" priority 0;\n udp dport 53 counter drop\n ip6 hoplimit 64 udp sport 5000 "
	  "counter\n"
	  "ip saddr 10.0.1.2 counter meta mark set 7\n exthdr frag exists counter drop\n"
	  "ether saddr 02:00:00:00:01:02 ip protocol udp counter\n }\n}\n"
	  "table inet u {\n chain c {\n type filter hook ingress devices = { lan, wan } priority "
	  "5;\n udp dport 54 counter drop\n ip ttl 9 counter\n iifname \"wan\" udp dport 7 "
	  "counter\n"
	  "}\n chain f {\n type filter hook forward priority 0;\n meta mark 7 counter\n }\n}\n",
	  { UDP(53), UDP(54), UDP(55), TCP(80), "lan udp 10.0.1.2 5000 192.0.2.2 53",
	    "lan udp 10.0.1.2 5000 192.0.2.2 55", "lan udp 10.0.1.2 5 192.0.2.2 56 ttl=9",
	    "wan udp 192.0.2.2 5 10.0.1.2 7", UDP(53) " frag=7 mf=1 len=16 ulen=24", UDP(55)
	    " hbh=1 dst=1", "lan udp 10.0.1.2 5000 192.0.2.2 55 mf=1 len=16" } },
	{ "6: where addresses are", false, "table inet t {\n chain c {\n"
	  "type filter hook prerouting priority 0;\n"
	  "fib saddr . iif oif exists counter\nfib saddr . iif oif missing counter\n"
	  "fib saddr oifname \"lan\" counter\nfib daddr oif \"wan\" counter\nfib daddr type local "
	  "counter\nfib daddr . iif type local counter\nfib saddr . mark oif exists counter\n"
	  "fib daddr . iif type unicast counter\n }\n}\n",
	  { UDP(53), "wan udp fd00:1::2 5 fd00:1::3 6", "lan udp fd00:1::2 1 fd00:1::1 9",
	    "lan udp fd00:1::2 1 2001:db8:2::1 9", "lan udp 10.0.1.2 5 192.0.2.1 9",
	    "lan udp 10.0.1.2 5 10.0.1.1 9", "wan udp 10.0.1.2 5 192.0.2.1 9",
	    "lan udp 10.0.9.2 5 192.0.2.2 9", "lan udp 10.0.1.2 5 192.0.2.2 9" } },
	{ "6: fields of icmpv6", false, FORWARD("icmpv6 type echo-request counter\n"
	  "icmpv6 type { echo-reply, packet-too-big, time-exceeded } counter\nicmpv6 code "
	  "admin-prohibited counter\nicmpv6 id 7 counter\nicmpv6 sequence 1 counter\n"
	  "icmpv6 mtu 1400 counter\nicmpv6 type packet-too-big icmpv6 mtu < 1300 drop\n"
	  "icmpv6 param-problem 40 counter"),
	  { PING, "answer", UDP(9), "error type=1 code=1", UDP(9), "error type=3 code=0",
	    "wan icmp6 2001:db8:2::2 0 fd00:1::2 1400 type=2",
	    "wan icmp6 2001:db8:2::2 0 fd00:1::2 1280 type=2",
	    "wan icmp6 2001:db8:2::2 0 fd00:1::2 40 type=4" } },
	{ "6: states", false, FORWARD("ct state new counter\nct state established counter\n"
	  "ct state related counter\nct state invalid counter drop\nct state untracked counter\n"
	  "ct direction reply counter\nct protocol ipv6-icmp counter\nct l3proto ipv6 counter\n"
	  "ct original ip6 saddr fd00:1::2 counter\nct reply ip6 saddr 2001:db8:2::2 counter\n"
	  "ct status seen-reply counter"),
	  { UDP(53), "answer", UDP(53), "error type=1 code=4", TCP(80), "answer",
	    "answer", "answer flags=RA", "lan tcp fd00:1::2 5 2001:db8:2::2 9 flags=SF",
	    PING, "answer", "lan icmp6 fd00:1::2 8 2001:db8:2::2 1 type=129",
	    "lan icmp6 fd00:1::2 8 2001:db8:2::2 1 type=200",
	    "wan icmp6 2001:db8:2::2 0 fd00:1::2 0 type=1 code=0", "lan gre fd00:1::2 0 "
	    "2001:db8:2::2 0", UDP(55), "error type=3 code=0 from=2001:db8:2::9",
	    "error type=2 code=0" } },
	{ "6: what a link says is not tracked", false, BASE("ip6", "prerouting", "icmpv6 type "
	  "nd-neighbor-solicit ct state untracked counter\nicmpv6 type mld-listener-query ct "
	  "state untracked counter\nicmpv6 type nd-redirect ct state invalid counter\n"
	  "icmpv6 type echo-request ct state new counter"),
	  { "lan icmp6 fd00:1::2 0 fd00:1::9 0 type=135 ttl=255", "lan icmp6 fd00:1::2 0 "
	    "fd00:1::9 0 type=130 ttl=1", "lan icmp6 fd00:1::2 0 fd00:1::1 0 type=137 ttl=255 "
	    "len=40", PING } },
	{ "6: reject", false, FORWARD("udp dport 1 reject\nudp dport 2 reject with icmpv6 "
	  "no-route\n"
	  "udp dport 3 reject with icmpv6 admin-prohibited\nudp dport 4 reject with icmpv6 "
	  "addr-unreachable\nudp dport 5 reject with icmpv6 port-unreachable\nudp dport 6 reject "
	  "with icmpv6 policy-fail\nudp dport 7 reject with icmpv6 reject-route\ntcp dport 8 "
	  "reject with tcp reset\ntcp dport 9 reject\nmeta l4proto ipv6-icmp reject"),
	  { UDP(1), UDP(2), UDP(3), UDP(4), UDP(5), UDP(6), UDP(7), TCP(8), TCP(9), PING,
	    "lan tcp fd00:1::2 5 2001:db8:2::2 8 flags=A seq=5 ack=9 len=4",
	    "lan tcp fd00:1::2 5 2001:db8:2::2 8 flags=R seq=5", "lan tcp fd00:1::2 5 "
	    "2001:db8:2::2 8 flags=SF seq=5 len=3", UDP(1) " len=1300",
	    "lan icmp6 fd00:1::2 0 2001:db8:2::2 0 type=1" } },
	{ "inet: reject for both", false, BASE("inet", "forward", "udp dport 1 reject\n"
	  "udp dport 2 reject with icmpx no-route\nudp dport 3 reject with icmpx "
	  "host-unreachable\nudp dport 4 reject with icmpx admin-prohibited\nudp dport 5 reject "
	  "with icmpv6 no-route\nudp dport 6 reject with icmp host-unreachable\ntcp dport 7 "
	  "reject with tcp reset\nudp dport 5-6 counter"),
	  { UDP(1), UDP(2), UDP(3), UDP(4), UDP(5), UDP(6), TCP(7), UDP4(1), UDP4(2), UDP4(3),
	    UDP4(4), UDP4(5), UDP4(6), TCP4(7) } },
	{ "inet: both families tracked", false, BASE("inet", "forward", "ct state new counter\n"
	  "ct state established counter\nmeta nfproto ipv4 counter\nip saddr 10.0.1.2 counter\n"
	  "ip6 saddr fd00:1::2 counter\nicmp type echo-request counter\nicmpv6 type echo-request "
	  "counter\ntcp dport { 80, 443 } counter"),
	  { UDP(53), "answer", UDP4(53), "answer", PING, "lan icmp 10.0.1.2 7 192.0.2.2 1 type=8",
	    TCP(80), TCP4(443) } },
	{ "6: reject at input", false, BASE("ip6", "input", "udp dport 1 reject\ntcp dport 2 "
	  "reject with tcp reset\nct state new counter reject with icmpv6 admin-prohibited"),
	  { "lan udp fd00:1::2 7 fd00:1::1 1", "lan tcp fd00:1::2 7 fd00:1::1 2 flags=S seq=77",
	    "lan udp fd00:1::2 7 fd00:1::1 3", "lan icmp6 fd00:1::2 7 fd00:1::1 3" } },
	{ "6: headers set", false, FORWARD("udp dport 1 ip6 hoplimit set 9\nudp dport 2 ip6 dscp "
	  "set ef\nudp dport 3 ip6 ecn set ce\nudp dport 4 ip6 flowlabel set 0x12345\n"
	  "ip6 dscp ef counter"),
	  { UDP(1), UDP(2), UDP(3), UDP(3) " tos=2", UDP(4), UDP(4) " flow=9 tos=0xff" } },
	{ "6: mss of the path", false, FORWARD("tcp flags syn tcp option maxseg size set rt mtu\n"
	  "tcp option maxseg size 1440 counter"),
	  { TCP(80) " mss=8960", TCP(81) " mss=1440", TCP(82) " mss=500" } },
	{ "6: notrack", false, "table ip6 t {\n chain r {\n type filter hook prerouting priority "
	  "raw;\n udp dport 1 notrack\n }\n chain c {\n type filter hook forward priority 0;\n"
	  " ct state untracked counter drop\n ct state new counter\n }\n}\n", { UDP(1), UDP(2) } },
	{ "6: fib", false, "table ip6 t {\n chain r {\n type filter hook prerouting priority raw;\n"
	  " fib saddr . iif oif 0 counter drop\n fib daddr type local counter\n"
	  " fib daddr type unicast counter\n fib saddr type local counter drop\n }\n}\n",
	  { UDP(1), "lan udp 2001:db8:2::9 1 2001:db8:2::2 1", "lan udp fd00:1::2 1 fd00:1::1 1",
	    "wan udp fd00:1::2 1 fd00:1::1 1", "lan udp fd00:1::2 1 2001:db8:2::1 1",
	    "wan udp 2001:db8:9::3 1 fd00:1::2 1", "lan udp 2001:dead::1 1 fd00:1::1 1" } },
	{ "6: marks for the way out", false, "table ip6 t {\n chain o {\n type route hook output "
	  "priority 0;\n meta mark set 7\n counter\n }\n chain p {\n type filter hook output "
	  "priority 1;\n meta mark 7 counter\n ct direction reply counter\n }\n}\n",
	  { "lan icmp6 fd00:1::2 7 fd00:1::1 1", "lan tcp fd00:1::2 7 fd00:1::1 22 flags=S",
	    "lan udp fd00:1::2 7 fd00:1::1 9" } },
	{ "6: fragments are put together", false, FORWARD("udp dport 53 counter\nct state new "
	  "counter\nudp dport 54 drop\nct state invalid counter"),
	  { UDP(53) " frag=7 mf=1 len=16 ulen=24", "lan udp fd00:1::2 0 2001:db8:2::2 0 frag=7 "
	    "off=3 len=8", UDP(54) " frag=8 mf=1 len=16 ulen=24", "lan udp fd00:1::2 0 "
	    "2001:db8:2::2 0 frag=8 off=3 len=8", UDP(53) " frag=9 len=16",
	    "lan udp fd00:1::2 0 2001:db8:2::2 0 frag=10 off=3 len=8",
	    UDP(53) " frag=10 mf=1 len=16 ulen=24", UDP(53) " frag=11 mf=1 len=13" } },
	{ "6: and go on in pieces no longer than they came", false, FORWARD("udp dport 53 counter\n"
	  "meta length 96 counter"),
	  { UDP(53) " frag=7 mf=1 len=16 ulen=40", "lan udp fd00:1::2 0 2001:db8:2::2 0 frag=7 "
	    "off=5 len=8", "lan udp fd00:1::2 0 2001:db8:2::2 0 frag=7 off=3 mf=1 len=16",
	    "lan udp fd00:1::2 0 2001:db8:2::2 0 frag=8 off=1 len=1200", UDP(53) " frag=8 mf=1 "
	    "len=0 ulen=1200" } },
	{ "6: masquerade", false, NAT("ip6", "", "oifname \"wan\" masquerade"),
	  { UDP(53), "answer", "answer", TCP(80), "answer", "answer", "answer len=5 flags=PA",
	    "error type=1 code=4", PING, "answer", "lan udp fd00:1::3 5000 2001:db8:2::2 54",
	    "error type=1 code=3", UDP(99), "error type=3 code=0 from=2001:db8:2::9", UDP(98),
	    "error type=2 code=0", "lan gre fd00:1::2 0 2001:db8:2::2 0",
	    "lan udp fd00:1::2 5000 2001:db8:9::7 53", "answer" } },
	{ "6: masquerade, ports collide", true, NAT("ip6", "", "oifname \"wan\" masquerade"),
	  { UDP(53), "lan udp fd00:1::3 5000 2001:db8:2::2 53", TCP(80),
	    "lan tcp fd00:1::3 5000 2001:db8:2::2 80 flags=S", PING,
	    "lan icmp6 fd00:1::3 7 2001:db8:2::2 1" } },
	{ "6: masquerade to ports", true, NAT("inet", "", "meta l4proto { tcp, udp } masquerade "
	  "to :2000-2010"), { UDP(53), TCP(80), PING, UDP4(53) } },
	{ "6: snat", false, NAT("ip6", "", "ip6 saddr fd00:1::2 snat to 2001:db8:2::5\n"
	  "ip6 saddr fd00:1::3 tcp dport 80 snat to [2001:db8:2::6]:7000\nip6 saddr fd00:1::3 "
	  "counter"),
	  { UDP(53), "answer", "lan tcp fd00:1::3 5000 2001:db8:2::2 80 flags=S seq=7", "answer",
	    "lan tcp fd00:1::3 5000 2001:db8:2::2 81 flags=S", PING, "answer",
	    "error type=1 code=1", UDP(53) " len=0", UDP(7) " frag=1 len=8" } },
	{ "6: dnat", false, NAT("inet", "iifname \"wan\" tcp dport 8080 dnat ip6 to "
	  "[fd00:1::2]:80\niifname \"wan\" udp dport 53 dnat ip6 to fd00:1::3\niifname \"wan\" "
	  "meta l4proto ipv6-icmp dnat ip6 to fd00:1::4\niifname \"wan\" udp dport 53 dnat ip to "
	  "10.0.1.3", "counter"),
	  { "wan tcp 2001:db8:2::2 4000 2001:db8:2::1 8080 flags=S seq=1", "answer", "answer",
	    "error type=1 code=4", "wan udp 2001:db8:2::2 4000 2001:db8:2::1 53", "answer",
	    "wan udp 2001:db8:2::2 4000 2001:db8:2::1 54", "wan icmp6 2001:db8:2::2 4 "
	    "2001:db8:2::1 1", "answer", "wan udp 192.0.2.2 4000 192.0.2.1 53", "answer" } },
	{ "6: redirect", false, NAT("inet", "udp dport 53 redirect to :5353\ntcp dport 80 redirect",
	  ""),
	  { "lan udp fd00:1::2 7 2001:db8:2::2 53", "lan tcp fd00:1::2 7 2001:db8:2::2 80 "
	    "flags=S seq=3", "lan udp fd00:1::2 7 2001:db8:2::2 54",
	    "lan udp 10.0.1.2 7 192.0.2.2 53" } },
	{ "6: dnat by a map", false, "table ip6 t {\n map m {\n type inet_service : ipv6_addr . "
	  "inet_service; elements = { 8080 : fd00:1::2 . 80, 8081 : fd00:1::3 . 81 };\n }\n"
	  " chain pre {\n type nat hook prerouting priority dstnat;\n iifname \"wan\" dnat ip6 to "
	  "tcp dport map @m\n dnat to udp dport map { 53 : fd00:1::4, 54 : fd00:1::5 }\n }\n}\n",
	  { "wan tcp 2001:db8:2::2 4000 2001:db8:2::1 8080 flags=S seq=1", "answer",
	    "wan tcp 2001:db8:2::2 4000 2001:db8:2::1 8081 flags=S seq=1", "answer flags=RA",
	    "wan tcp 2001:db8:2::2 4000 2001:db8:2::1 8082 flags=S seq=1",
	    "wan udp 2001:db8:2::2 4000 2001:db8:2::1 54", "answer" } },
	{ "6: hairpin", false, NAT("ip6", "ip6 daddr 2001:db8:2::1 udp dport 53 dnat to "
	  "fd00:1::3", "iifname \"lan\" oifname \"lan\" masquerade"),
	  { "lan udp fd00:1::2 5000 2001:db8:2::1 53", "answer", "answer" } },
	{ "6: nat of what is for us", false, "table ip6 t {\n chain i {\n type nat hook input "
	  "priority 100;\n udp dport 9 snat to fd00:1::77\n counter\n }\n}\n",
	  { "lan icmp6 fd00:1::2 7 fd00:1::1 1", "lan udp fd00:1::2 5 fd00:1::1 9" } },
	{ NULL, false, NULL, { NULL } },
};

#define PRE(family, rule) \
	"table " family " t {\n chain c {\n type nat hook prerouting priority 0;\n " rule \
	"\n }\n}\n"

const char *const nft_refused6[] = {
	"table ip6 t {\n chain c {\n reject with icmp host-unreachable\n }\n}\n",
	"table ip t {\n chain c {\n reject with icmpv6 no-route\n }\n}\n",
	PRE("ip6", "dnat to 10.0.0.1"),
	PRE("inet", "dnat to 10.0.0.1"),
	PRE("ip", "dnat ip6 to fd00::1"),
	"table ip6 t {\n chain c {\n icmpv6 code nonsense\n }\n}\n",
	NULL,
};
