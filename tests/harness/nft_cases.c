/* SPDX-License-Identifier: MIT */
#include "harness/nft_cases.h"

#include <stddef.h>

#define BASE(family, type, hook, priority, rules) \
	"table " family " t {\n chain c {\n  type " type " hook " hook " priority " priority ";\n" \
	rules "\n }\n}\n"
#define FORWARD(rules) BASE("ip", "filter", "forward", "0", rules)
#define INPUT(rules) BASE("ip", "filter", "input", "0", rules)
#define NAT(pre, post) \
	"table ip nat {\n chain pre {\n  type nat hook prerouting priority dstnat;\n" pre "\n }\n" \
	" chain post {\n  type nat hook postrouting priority srcnat;\n" post "\n }\n}\n"

#define UDP(dport) "lan udp 10.0.1.2 5000 192.0.2.2 " #dport
#define TCP(dport) "lan tcp 10.0.1.2 5000 192.0.2.2 " #dport " flags=S seq=100"
#define PING "lan icmp 10.0.1.2 7 192.0.2.2 1 type=8"

const struct nft_case nft_cases[] = {
	{ "no rules", false, "", { UDP(53), TCP(80), PING, "answer", "lan udp 10.0.1.2 1 "
	  "10.0.1.1 9",
	  "lan tcp 10.0.1.2 5 10.0.1.1 9 flags=S seq=1", "lan icmp 10.0.1.2 7 10.0.1.1 1" } },
	{ "verdicts", false, FORWARD("udp dport 53 accept\nudp dport 54 drop\ntcp dport 80 "
	  "counter\n"
	  "udp dport 55 counter reject\ncounter"), { UDP(53), UDP(54), UDP(55), TCP(80), PING } },
	{ "policy drop", false, FORWARD("policy drop;\nudp dport { 53, 60-69 } accept"),
	  { UDP(53), UDP(54), UDP(60), UDP(69), UDP(70), PING } },
	{ "operators", false, FORWARD("udp dport > 100 udp dport <= 200 counter drop\n"
	  "ip ttl < 10 counter drop\nip ttl >= 60 counter\nudp sport != 5000 counter drop\n"
	  "ip saddr != 10.0.1.0/24 counter drop\nip daddr 192.0.2.2-192.0.2.4 counter"),
	  { UDP(100), UDP(101), UDP(200), UDP(201), UDP(53) " ttl=9", UDP(53) " ttl=60",
	    "lan udp 10.0.1.2 5001 192.0.2.2 53", "lan udp 10.0.2.2 5000 192.0.2.2 53",
	    "lan udp 10.0.1.2 5000 192.0.2.4 53", "lan udp 10.0.1.2 5000 192.0.2.5 53" } },
	{ "fields of ip", false, FORWARD("ip length 38 counter\nip dscp ef counter\nip ecn ce "
	  "counter\n"
	  "ip id 0x1234 counter\nip frag-off & 0x4000 != 0 counter\nip protocol udp counter\n"
	  "ip hdrlength 6 counter\nip version 4 counter\nip dscp { cs1, af41 } counter drop"),
	  { UDP(5), UDP(5) " tos=0xb8", UDP(5) " tos=0x03", UDP(5) " df=1", UDP(5) " len=11",
	    UDP(5) " opts=4", UDP(5) " tos=0x20", UDP(5) " tos=0x88" } },
	{ "fields of tcp", false, FORWARD("tcp flags syn counter\ntcp flags & (syn|ack) == syn "
	  "counter\n"
	  "tcp flags syn,ack counter\ntcp flags != syn counter\ntcp flags == syn counter\n"
	  "tcp flags & (fin|syn|rst|ack) == syn counter\ntcp flags ! syn counter\n"
	  "tcp window 1000 counter\ntcp doff 5 counter\ntcp sequence 100 counter\n"
	  "tcp ackseq 0 counter\ntcp flags { syn, ack } counter"),
	  { TCP(80), "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=SA seq=100 ack=7",
	    "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=A seq=100 ack=7 win=999",
	    "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=FA seq=100 ack=7",
	    "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=P seq=1 mss=1000" } },
	{ "flags of a list", false, FORWARD("tcp flags syn / fin,syn,rst,ack counter\n"
	  "tcp flags != syn / syn,ack counter\ntcp flags & syn == 0 counter\n"
	  "tcp flags & (syn | ack) != syn | ack counter"),
	  { TCP(80), "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=SA seq=100 ack=7",
	    "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=A seq=100 ack=7" } },
	{ "options", false, FORWARD("tcp option sack-perm exists counter\ntcp option "
	  "maxseg missing "
	  "counter\ntcp option maxseg size > 1000 counter\ntcp option window count 7 counter\n"
	  "tcp option timestamp tsval 1 counter\ntcp option timestamp tsecr 2-5 counter\n"
	  "tcp option sack exists counter\ntcp option window exists counter\n"
	  "ip option ra exists counter\nip option ra value 0 counter\nip option rr exists "
	  "counter\nip option lsrr missing counter"),
	  { TCP(80), TCP(80) " mss=1400", TCP(80) " topt=1", TCP(80) " mss=900 topt=1", UDP(53),
	    UDP(53) " opts=4", UDP(53) " opts=4 ra=1", TCP(80) " opts=8 ra=1 topt=1" } },
	{ "bits", false, FORWARD("meta mark set 0x35\nmeta mark & 0xf == 5 counter\n"
	  "meta mark or 0xf == 0x3f counter\nmeta mark xor 0x3 == 0x36 counter\n"
	  "meta mark and 0xf0 xor 0x10 or 1 == 0x21 counter\nmeta mark set meta mark "
	  "and 0xf0 or 2\n"
	  "meta mark 0x32 counter\nct mark set meta mark xor 0xff\nct mark 0xcd counter\n"
	  "ct mark and 1 vmap { 1 : continue, 0 : drop }\nip saddr & 255.0.0.255 == "
	  "10.0.0.2 counter\n"
	  "ip daddr & 0.0.0.255 { 0.0.0.2, 0.0.0.3 } counter\nudp dport & 0xf == 5 counter\n"
	  "meta mark set meta mark xor 0x1\nmeta mark & 1 == 1 counter drop"),
	  { UDP(53), UDP(54), TCP(80), "lan udp 10.0.1.3 5000 192.0.2.2 69" } },
	{ "networks for networks", false, NAT("ip daddr 192.0.2.0/28 udp dport 9 dnat prefix to "
	  "10.0.1.0/28", "udp dport 5 snat ip prefix to ip saddr map { 10.0.1.0/30 : "
	  "203.0.113.64/30, 10.0.1.4/30 : 198.51.100.0/24 }\n"
	  "udp dport 6 snat prefix to 192.0.2.128/25"),
	  { UDP(5), "answer", "lan udp 10.0.1.3 5000 192.0.2.2 5",
	    "lan udp 10.0.1.7 5000 192.0.2.2 5", "answer", UDP(6), "answer",
	    "wan udp 192.0.2.4 7 192.0.2.3 9", "answer" } },
	{ "objects by a map", false, "table ip t {\n counter a {\n }\n counter b {\n }\n "
	  "quota q {\n"
	  "  over 100 bytes\n }\n map m {\n  type inet_service : counter\n  flags interval\n"
	  "  elements = { 50-59 : \"a\", 60 : \"b\" }\n }\n chain c {\n"
	  "  type filter hook forward priority 0;\n  counter name udp dport map @m\n"
	  "  quota name ip saddr map { 10.0.1.2 : \"q\" } drop\n }\n}\n",
	  { UDP(50), UDP(59), UDP(60), UDP(61), "lan udp 10.0.1.3 5 192.0.2.2 50", TCP(50) } },
	{ "concatenated intervals", false, "table ip t {\n set s {\n  type ipv4_addr . "
	  "inet_service;\n"
	  "  flags interval;\n  counter;\n  elements = { 10.0.1.0/24 . 50-60, 10.0.1.3 . 70, "
	  "10.0.1.0-10.0.1.4 . 80-81 }\n }\n map m {\n  type ipv4_addr . ipv4_addr . "
	  "inet_service : "
	  "verdict\n  flags interval;\n  elements = { 10.0.1.3 . 192.0.2.2 . 100 : continue, "
	  "10.0.0.0/8 "
	  ". 192.0.2.0/24 . 90-110 : drop }\n }\n"
	  " chain c {\n  type filter hook forward priority 0;\n  ip saddr . udp dport @s counter "
	  "drop\n  ip saddr . ip daddr . udp dport vmap @m\n  ip protocol . udp dport { udp . "
	  "120-130, udp . 140 } counter drop\n  counter\n }\n}\n",
	  { UDP(49), UDP(50), UDP(60), UDP(61), UDP(70), UDP(80), UDP(82), UDP(100), UDP(90),
	    UDP(110), UDP(111), "lan udp 10.0.1.3 5 192.0.2.2 70", "lan udp 10.0.1.3 5 "
	  "192.0.2.2 100",
	    "lan udp 10.0.1.3 5 192.0.2.3 100", "lan udp 10.0.1.5 5 192.0.2.3 80", UDP(125),
	  UDP(140),
	    UDP(131), TCP(125) } },
	{ "connections listed, chosen, deleted", false, NAT("udp dport 99 dnat to 192.0.2.3:98",
	  "ip saddr 10.0.1.3 snat to 192.0.2.77\nct mark set 5"),
	  { UDP(53), "answer", TCP(80), "answer", "lan udp 10.0.1.3 5000 192.0.2.2 54", UDP(99),
	    PING, "answer", "lan tcp 10.0.1.3 5001 192.0.2.2 80 flags=S seq=5", "conntrack -L",
	    "conntrack -L -p udp", "conntrack -L -p tcp --state SYN_RECV", "conntrack -L -s "
	  "10.0.1.3",
	    "conntrack -L -d 192.0.2.2 -p udp --dport 53", "conntrack -L -p tcp --sport 5001",
	    "conntrack -L -r 192.0.2.3", "conntrack -L -q 192.0.2.77", "conntrack -L -p udp -n",
	    "conntrack -L -p udp -g", "conntrack -L -m 5", "conntrack -L -m 1/1", "conntrack "
	  "-L -f ipv6",
	    "conntrack -L -p tcp --dport 80 -s 10.0.1.2", "conntrack -C",
	    "conntrack -D -p udp --dport 53", "conntrack -L", "conntrack -D -s 10.0.1.3",
	  "conntrack -L",
	    UDP(53), "conntrack -L", "conntrack -F", "conntrack -L" } },
	{ "icmp of its type", false, FORWARD("icmp gateway 0 counter\nicmp mtu 1400 counter\n"
	  "icmp id 7 counter\nicmp sequence 1 counter\nicmp id != 7 counter"),
	  { PING, "answer", "lan icmp 10.0.1.2 7 192.0.2.2 1 type=13", UDP(9), "error "
	  "type=5 code=1",
	    "error type=3 code=3" } },
	{ "icmp", false, FORWARD("icmp type echo-request counter\nicmp type { echo-reply, "
	  "destination-unreachable } counter\nicmp code 3 counter\nicmp id 7 counter\n"
	  "icmp sequence 1 counter drop"),
	  { PING, "lan icmp 10.0.1.2 7 192.0.2.2 2 type=8", "answer", UDP(9), "error type=3 code=3",
	    "error type=11 code=0" } },
	{ "icmp of what", false, FORWARD("icmp type destination-unreachable icmp code 4 icmp mtu "
	  "1400 "
	  "counter drop\nicmp type redirect icmp gateway 1 counter drop"),
	  { "wan icmp 192.0.2.2 0 10.0.1.2 1400 type=3 code=4",
	    "wan icmp 192.0.2.2 0 10.0.1.2 1401 type=3 code=4",
	    "wan icmp 192.0.2.2 0 10.0.1.2 1 type=5" } },
	{ "meta", false, BASE("inet", "filter", "forward", "0", "meta length 38 counter\nmeta "
	  "protocol ip counter\n"
	  "meta nfproto ipv4 counter\nmeta l4proto { tcp, udp } counter\niifname \"lan\" counter\n"
	  "oifname \"wan\" counter\niif \"lan\" counter\noif != \"wan\" counter\n"
	  "iifname \"la*\" counter\noifname { \"lan\", \"wan\" } counter\nmeta mark 0 counter\n"
	  "iiftype ether counter\nmeta pkttype host counter\nth dport 53 counter drop"),
	  { UDP(52), UDP(53), TCP(53), PING, "wan udp 192.0.2.2 1 10.0.1.2 2" } },
	{ "marks", false, FORWARD("meta mark set 0x10\nmeta mark 0x10 counter\n"
	  "meta mark & 0xf0 == 0x10 counter\nct mark set 7\nct mark 7 counter\n"
	  "ct mark != 0x6 counter\nmeta mark set udp dport map { 53 : 1, 54 : 2 }\n"
	  "meta mark 2 counter drop"), { UDP(53), UDP(54), UDP(55), "answer" } },
	{ "jumps", false, "table ip t {\n chain a {\n udp dport 1 accept\n udp dport 2 drop\n"
	  " udp dport 3 return\n udp dport 4 goto b\n counter\n }\n chain b {\n counter\n }\n"
	  " chain c {\n type filter hook forward priority 0; policy drop;\n jump a\n counter\n"
	  " udp dport 5 accept\n udp dport 6 return\n udp dport 7 goto b\n }\n}\n",
	  { UDP(1), UDP(2), UDP(3), UDP(4), UDP(5), UDP(6), UDP(7) } },
	{ "two tables", false, BASE("ip", "filter", "forward", "-5", "udp dport 1 counter accept\n"
	  "udp dport 2 drop") "table inet u {\n chain c {\n type filter hook forward priority 5;\n"
	  "udp dport 1 counter drop\n udp dport 2 counter\n }\n}\n", { UDP(1), UDP(2), UDP(3) } },
	{ "all hooks", false, "table inet t {\n"
	  " chain a {\n type filter hook prerouting priority raw;\n counter\n udp dport 1 drop\n "
	  "}\n"
	  " chain b {\n type filter hook input priority filter;\n counter\n udp dport 2 drop\n }\n"
	  " chain c {\n type filter hook forward priority mangle;\n counter\n udp dport 3 drop\n "
	  "}\n"
	  " chain d {\n type filter hook output priority security;\n counter\n }\n"
	  " chain e {\n type filter hook postrouting priority srcnat;\n counter\n udp dport 4 "
	  "drop\n"
	  " }\n}\n", { UDP(1), UDP(2), UDP(3), UDP(4), UDP(5), "lan udp 10.0.1.2 1 10.0.1.1 1",
	  "lan udp 10.0.1.2 1 10.0.1.1 2", "lan udp 10.0.1.2 1 10.0.1.1 3",
	  "lan icmp 10.0.1.2 7 10.0.1.1 1", "lan tcp 10.0.1.2 7 192.0.2.1 1 flags=S" } },
	{ "sets", false, "table ip t {\n set a {\n type ipv4_addr; elements = { 10.0.1.2, "
	  "10.0.1.4 };\n"
	  " }\n set n {\n type ipv4_addr; flags interval; elements = { 192.0.2.0/30, "
	  "192.0.2.6-192.0.2.8 };\n }\n set p {\n type inet_service; flags interval; auto-merge; "
	  "elements = { 10-20, 15-30, 31 };\n }\n chain c {\n type filter hook forward priority "
	  "0;\n"
	  " ip saddr @a counter\n ip daddr @n counter\n udp dport @p counter drop\n"
	  " ip saddr != @a counter\n }\n}\n",
	  { UDP(9), UDP(10), UDP(25), UDP(31), UDP(32), "lan udp 10.0.1.3 5 192.0.2.3 9",
	    "lan udp 10.0.1.4 5 192.0.2.4 9", "lan udp 10.0.1.4 5 192.0.2.6 9",
	    "nft add element ip t a { 10.0.1.3 }", "nft delete element ip t n { 192.0.2.0/30 }",
	    "lan udp 10.0.1.3 5 192.0.2.3 9" } },
	{ "verdict maps", false, "table ip t {\n chain a {\n counter drop\n }\n map m {\n type "
	  "ipv4_addr "
	  ": verdict; elements = { 10.0.1.2 : accept, 10.0.1.3 : jump a, 10.0.1.4 : drop };\n }\n"
	  " chain c {\n type filter hook forward priority 0;\n udp dport vmap { 1 : drop, 2-4 : "
	  "accept"
	  ", 5 : jump a }\n ip saddr vmap @m\n counter\n }\n}\n",
	  { UDP(1), UDP(2), UDP(4), UDP(5), UDP(6), "lan udp 10.0.1.3 5 192.0.2.2 9",
	    "lan udp 10.0.1.4 5 192.0.2.2 9", "lan udp 10.0.1.5 5 192.0.2.2 9" } },
	{ "concatenations", false, FORWARD("ip saddr . udp dport { 10.0.1.2 . 53, 10.0.1.3 . 54 } "
	  "counter drop\nip saddr . ip daddr . meta l4proto { 10.0.1.2 . 192.0.2.2 . udp } "
	  "counter\n"
	  "ip saddr . tcp dport vmap { 10.0.1.2 . 80 : drop, 10.0.1.2 . 81 : accept }\n"
	  "iifname . oifname { \"lan\" . \"wan\" } counter"),
	  { UDP(53), UDP(54), TCP(80), TCP(81), TCP(82), "lan udp 10.0.1.3 5 192.0.2.2 54" } },
	{ "states", false, FORWARD("ct state new counter\nct state established counter\n"
	  "ct state related counter\nct state invalid counter drop\nct state untracked counter\n"
	  "ct state established,related counter accept\n"
	  "ct state vmap { new : accept, invalid : drop }"),
	  { UDP(53), "answer", "answer", "error type=3 code=3", TCP(80), "answer flags=SA seq=900 "
	    "win=2000", "answer flags=A", "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=A seq=900000 "
	    "ack=1 len=3", PING, "answer", "wan icmp 192.0.2.2 9 10.0.1.2 1 type=0" } },
	{ "ct", false, FORWARD("ct direction original counter\nct direction reply counter\n"
	  "ct status seen-reply counter\nct status assured counter\nct protocol udp counter\n"
	  "ct l3proto ipv4 counter\nct original ip saddr 10.0.1.2 counter\n"
	  "ct reply ip saddr 192.0.2.2 counter\nmeta l4proto udp ct original proto-dst 53 counter\n"
	  "meta l4proto tcp ct reply proto-dst 5000 counter\nct original ip saddr 10.0.1.0/24 "
	  "counter\n"
	  "ct status & snat == snat counter\nct status confirmed counter"),
	  { UDP(53), "answer", "answer", TCP(80), "answer", "answer", PING } },
	{ "input and output", false, "table ip t {\n chain i {\n type filter hook input priority "
	  "0; "
	  "policy drop;\n ct state established,related accept\n iifname \"lan\" tcp dport 22 "
	  "accept\n"
	  " icmp type echo-request counter accept\n udp dport 9 reject\n udp dport 10 accept\n }\n"
	  " chain o {\n type filter hook output priority 0;\n counter\n ip protocol icmp counter\n"
	  " tcp flags rst counter\n oifname \"wan\" drop\n }\n}\n",
	  { "lan icmp 10.0.1.2 7 10.0.1.1 1", "wan icmp 192.0.2.2 7 192.0.2.1 1",
	    "lan tcp 10.0.1.2 7 10.0.1.1 22 flags=S", "lan tcp 10.0.1.2 7 10.0.1.1 23 flags=S",
	    "lan udp 10.0.1.2 7 10.0.1.1 9", "lan udp 10.0.1.2 7 10.0.1.1 10",
	    "lan udp 10.0.1.2 7 10.0.1.1 11" } },
	{ "what this machine answers", false, "table ip t {\n chain i {\n type filter hook input "
	  "priority "
	  "0;\n meta mark set 7\n counter\n }\n chain o {\n type filter hook output priority 0;\n "
	  "meta mark 7 counter\n ct direction reply counter\n ct state established counter\n "
	  "ct state new counter\n }\n}\n", { "lan icmp 10.0.1.2 7 10.0.1.1 1",
	  "lan tcp 10.0.1.2 7 10.0.1.1 22 flags=S", "lan udp 10.0.1.2 7 10.0.1.1 9" } },
	{ "reject", false, BASE("inet", "filter", "forward", "0", "udp dport 1 reject\nudp dport "
	  "2 reject with icmp net-unreachable\n"
	  "udp dport 3 reject with icmp host-unreachable\nudp dport 4 reject with icmp "
	  "admin-prohibited\nudp dport 5 reject with icmpx no-route\ntcp dport 6 reject with tcp "
	  "reset\n"
	  "tcp dport 7 reject\nudp dport 8 reject with icmp prot-unreachable\nip protocol icmp "
	  "reject\n"
	  "udp dport 9 reject with icmpx admin-prohibited\nudp dport 10 reject with icmpx "
	  "host-unreachable\nudp dport 11 reject with icmp net-prohibited\n"
	  "udp dport 12 reject with icmpx port-unreachable"),
	  { UDP(1), UDP(2), UDP(3), UDP(4), UDP(5), TCP(6), TCP(7), UDP(8), PING, UDP(9), UDP(10),
	    UDP(11), UDP(12), "lan tcp 10.0.1.2 5 192.0.2.2 6 flags=A seq=5 ack=9 len=4",
	    "lan tcp 10.0.1.2 5 192.0.2.2 6 flags=R seq=5", "lan tcp 10.0.1.2 5 192.0.2.2 6 "
	  "flags=SF "
	    "seq=5 len=3", UDP(1) " len=900" } },
	{ "reject at input", false, INPUT("udp dport 1 reject\ntcp dport 2 reject with tcp reset\n"
	  "ct state new counter reject with icmp host-prohibited"),
	  { "lan udp 10.0.1.2 7 10.0.1.1 1", "lan tcp 10.0.1.2 7 10.0.1.1 2 flags=S seq=77",
	    "lan udp 10.0.1.2 7 10.0.1.1 3", "lan icmp 10.0.1.2 7 10.0.1.1 3",
	    "wan tcp 192.0.2.2 7 10.0.1.1 2 flags=S" } },
	{ "limits", false, FORWARD("udp dport 1 limit rate 1/hour burst 3 packets counter accept\n"
	  "udp dport 2 limit rate over 1/day burst 2 packets counter drop\n"
	  "udp dport 3 limit rate 100 bytes/hour burst 100 bytes counter accept\n"
	  "udp dport 1-3 counter drop"),
	  { UDP(1), UDP(1), UDP(1), UDP(1), UDP(2), UDP(2), UDP(2), UDP(3), UDP(3), UDP(3), UDP(3),
	    UDP(3), UDP(3) } },
	{ "quotas", false, FORWARD("udp dport 1 quota 80 bytes counter accept\n"
	  "udp dport 2 quota over 80 bytes counter drop\nudp dport 1 counter drop"),
	  { UDP(1), UDP(1), UDP(1), UDP(1), UDP(2), UDP(2), UDP(2), UDP(2) } },
	{ "headers set", false, FORWARD("udp dport 1 ip ttl set 9\nudp dport 2 ip dscp set ef\n"
	  "udp dport 3 ip ecn set ce\nip dscp ef counter\nudp dport 4 ip id set 7\n"
	  "udp dport 5 ip dscp set cs1 ip ttl set 3 counter"),
	  { UDP(1), UDP(2), UDP(3), UDP(3) " tos=2", UDP(4), UDP(5) " tos=0xff" } },
	{ "fragments", false, FORWARD("ip frag-off & 0x1fff != 0 counter\nudp dport 53 counter "
	  "drop"),
	  { UDP(53) " mf=1 len=16", "lan udp 10.0.1.2 1 192.0.2.2 53 off=3 len=8",
	    UDP(54) " mf=1 len=16" } },
	{ "counters with names", false, "table ip t {\n counter c {\n packets 3 bytes 4\n }\n"
	  " counter d {\n comment \"hello\"\n }\n quota q {\n over 80 bytes\n }\n limit l {\n rate "
	  "1/hour burst 2 packets\n }\n chain f {\n type filter hook forward priority 0;\n"
	  " udp dport 1 counter name c\n udp dport 1 counter name \"d\" drop\n"
	  " udp dport 2 quota name q counter name d drop\n udp dport 3 limit name l accept\n"
	  " udp dport 3-4 limit name l counter name c drop\n }\n}\n",
	  { UDP(1), UDP(2), UDP(2), UDP(2), UDP(3), UDP(4), UDP(4), UDP(3),
	    "nft add counter ip t e", "nft add rule ip t f udp dport 5 counter name e",
	    UDP(5), "nft add quota ip t r 100 bytes", "nft add limit ip t m rate 5/day",
	    "nft delete quota ip t r", "nft reset counter ip t d", "nft reset quotas", UDP(2),
	    "nft add counter ip t c" } },
	{ "counters to begin with", false, FORWARD("counter packets 7 bytes 700\nudp dport 1 "
	  "counter "
	  "packets 1 bytes 2 drop"), { UDP(1), UDP(2) } },
	{ "comments", false, "table ip t {\n comment \"a table\"\n chain c {\n comment \"a "
	  "chain\"\n type "
	  "filter hook forward priority -1; policy accept;\n udp dport 1 counter comment \"a "
	  "rule\"\n"
	  " }\n set s {\n type ipv4_addr; comment \"a set\"; elements = { 10.0.0.1 comment \"an "
	  "element\" };\n }\n}\n", { UDP(1) } },
	{ "mss", false, FORWARD("tcp option maxseg size set 1000\n"
	  "tcp option maxseg size 1000 counter\n"
	  "tcp option maxseg size < 900 counter drop\ntcp option maxseg size 901-950 counter"),
	  { TCP(80), TCP(80) " mss=1460", TCP(81) " mss=1000", TCP(82) " mss=899",
	    TCP(83) " mss=901", UDP(5),
	    "lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=A seq=5 ack=1" } },
	{ "mss of the path", false, FORWARD("tcp flags syn tcp option maxseg size set rt mtu\n"
	  "tcp option maxseg size 1460 counter"),
	  { TCP(80) " mss=8960", TCP(81) " mss=1460", TCP(82) " mss=500" } },
	{ "notrack", false, "table ip t {\n chain r {\n type filter hook prerouting priority raw;\n"
	  " udp dport 1 notrack\n }\n chain c {\n type filter hook forward priority 0;\n"
	  " ct state untracked counter drop\n ct state new counter\n }\n}\n", { UDP(1), UDP(2) } },
	{ "fib", false, "table ip t {\n chain r {\n type filter hook prerouting priority raw;\n"
	  " fib saddr . iif oif 0 counter drop\n fib daddr type local counter\n"
	  " fib daddr type { broadcast, multicast } counter drop\n fib saddr type local counter "
	  "drop\n"
	  " }\n}\n", { UDP(1), "lan udp 192.0.2.9 1 192.0.2.2 1", "lan udp 10.0.1.2 1 10.0.1.1 1",
	  "wan udp 10.0.1.2 1 10.0.1.1 1", "lan udp 10.0.1.2 1 192.0.2.1 1",
	  "lan udp 10.0.1.2 1 10.0.1.255 1", "wan udp 198.51.100.3 1 10.0.1.2 1",
	  "lan udp 203.0.113.1 1 10.0.1.1 1" } },
	{ "numgen", false, FORWARD("numgen inc mod 3 vmap { 0 : drop, 1 : accept }\ncounter\n"
	  "numgen inc mod 2 offset 10 11 counter"), { UDP(1), UDP(1), UDP(1), UDP(1), UDP(1) } },
	{ "dynamic sets", false, "table ip t {\n set d {\n type ipv4_addr; flags "
	  "dynamic,timeout; timeout "
	  "1h; size 100;\n }\n set e {\n type ipv4_addr . inet_service; flags dynamic; size "
	  "10;\n }\n"
	  " chain c {\n type filter hook forward priority 0;\n ip saddr @d counter drop\n"
	  " udp dport 99 add @d { ip saddr }\n update @e { ip saddr . udp dport }\n"
	  " udp dport 98 add @d { ip daddr timeout 2h } counter\n }\n}\n",
	  { UDP(1), UDP(99), UDP(1), "lan udp 10.0.1.3 1 192.0.2.2 98",
	    "lan udp 10.0.1.3 1 192.0.2.2 98" } },
	{ "masquerade", false, NAT("", "oifname \"wan\" masquerade"),
	  { UDP(53), "answer", "answer", TCP(80), "answer", "answer", "answer len=5 flags=PA",
	    "error type=3 code=4", PING, "answer", "lan udp 10.0.1.3 5000 192.0.2.2 54",
	    "error type=3 code=1", UDP(99), "error type=11 code=0 from=192.0.2.9",
	    "lan gre 10.0.1.2 0 192.0.2.2 0", "lan udp 10.0.1.2 5000 198.51.100.7 53",
	    "answer" } },
	{ "masquerade, ports collide", true, NAT("", "oifname \"wan\" masquerade"),
	  { UDP(53), "lan udp 10.0.1.3 5000 192.0.2.2 53", TCP(80),
	    "lan tcp 10.0.1.3 5000 192.0.2.2 80 flags=S", PING, "lan icmp 10.0.1.3 7 192.0.2.2 "
	  "1" } },
	{ "masquerade to ports", true, NAT("", "meta l4proto { tcp, udp } masquerade to "
	  ":2000-2010"),
	  { UDP(53), TCP(80), PING } },
	{ "snat", false, NAT("", "ip saddr 10.0.1.2 snat to 192.0.2.5\n"
	  "ip saddr 10.0.1.3 tcp dport 80 snat to 192.0.2.6:7000\nip saddr 10.0.1.3 counter"),
	  { UDP(53), "answer", "lan tcp 10.0.1.3 5000 192.0.2.2 80 flags=S seq=7", "answer",
	    "lan tcp 10.0.1.3 5000 192.0.2.2 81 flags=S", PING, "answer", "error type=3 code=1" } },
	{ "dnat", false, NAT("iifname \"wan\" tcp dport 8080 dnat to 10.0.1.2:80\n"
	  "iifname \"wan\" udp dport 53 dnat to 10.0.1.3\n"
	  "iifname \"wan\" ip protocol icmp dnat to 10.0.1.4", "counter"),
	  { "wan tcp 192.0.2.2 4000 192.0.2.1 8080 flags=S seq=1", "answer", "answer",
	    "error type=3 code=1", "wan udp 192.0.2.2 4000 192.0.2.1 53", "answer",
	    "wan udp 192.0.2.2 4000 192.0.2.1 54", "wan icmp 192.0.2.2 4 192.0.2.1 1", "answer" } },
	{ "redirect", false, NAT("udp dport 53 redirect to :5353\ntcp dport 80 redirect", ""),
	  { "lan udp 10.0.1.2 7 192.0.2.2 53", "lan tcp 10.0.1.2 7 192.0.2.2 80 flags=S seq=3",
	    "lan udp 10.0.1.2 7 192.0.2.2 54" } },
	{ "dnat by a map", false, "table ip t {\n map m {\n type inet_service : ipv4_addr . "
	  "inet_service;"
	  " elements = { 8080 : 10.0.1.2 . 80, 8081 : 10.0.1.3 . 81 };\n }\n chain pre {\n type "
	  "nat "
	  "hook prerouting priority dstnat;\n iifname \"wan\" dnat ip to tcp dport map @m\n"
	  " dnat to udp dport map { 53 : 10.0.1.4, 54 : 10.0.1.5 }\n }\n}\n",
	  { "wan tcp 192.0.2.2 4000 192.0.2.1 8080 flags=S seq=1", "answer",
	    "wan tcp 192.0.2.2 4000 192.0.2.1 8081 flags=S seq=1", "answer flags=RA",
	    "wan tcp 192.0.2.2 4000 192.0.2.1 8082 flags=S seq=1",
	    "wan udp 192.0.2.2 4000 192.0.2.1 54", "answer" } },
	{ "hairpin", false, NAT("ip daddr 192.0.2.1 udp dport 53 dnat to 10.0.1.3",
	  "iifname \"lan\" oifname \"lan\" masquerade"),
	  { "lan udp 10.0.1.2 5000 192.0.2.1 53", "answer", "answer" } },
	{ "nat of what we send", false, "table ip t {\n chain o {\n type nat hook output "
	  "priority -100;\n"
	  " ip daddr 10.0.1.2 counter\n }\n chain i {\n type nat hook input priority 100;\n"
	  " udp dport 9 snat to 10.0.1.77\n counter\n }\n}\n",
	  { "lan icmp 10.0.1.2 7 10.0.1.1 1", "lan udp 10.0.1.2 5 10.0.1.1 9" } },
	{ NULL, false, NULL, { NULL } },
};

const char *const nft_refused[] = {
	"table ip t {\n chain c {\n tcp dport 70000\n }\n}\n",
	"table ip t {\n chain c {\n jump d\n }\n}\n",
	"table ip t {\n chain c {\n ip saddr @s\n }\n}\n",
	"table ip t {\n chain c {\n ip saddr 10.0.0.0/33\n }\n}\n",
	"table ip t {\n chain c {\n type filter hook input priority 0;\n masquerade\n }\n}\n",
	"table ip t {\n chain c {\n type nat hook forward priority 0;\n }\n}\n",
	"table ip t {\n chain c {\n type route hook input priority 0;\n }\n}\n",
	"table ip t {\n chain c {\n type nat hook prerouting priority 0;\n masquerade\n }\n}\n",
	"table ip t {\n chain c {\n accept drop\n }\n}\n",
	"table ip t {\n chain c {\n ip saddr fe80::1\n }\n}\n",
	"table ip t {\n set s {\n type ipv4_addr; elements = { 10.0.0.0/8 };\n }\n}\n",
	"table ip t {\n chain c {\n tcp dport 20-10\n }\n}\n",
	"delete table ip nothing\n",
	"table ip t {\n chain c {\n counter name nobody\n }\n}\n",
	"table ip t {\n counter c { }\n chain h {\n counter name c\n }\n}\ndelete counter ip t c\n",
	"reset limits\n",
	"add rule ip t c accept\n",
	"table ip t {\n chain a {\n jump b\n }\n chain b {\n jump a\n }\n chain c {\n"
	" type filter hook input priority 0;\n jump a\n }\n}\n",
	NULL,
};
