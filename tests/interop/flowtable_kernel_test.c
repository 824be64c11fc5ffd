/* SPDX-License-Identifier: MIT */
/*
 * A flow table changes nothing that the hosts on either side could see: the kernel forwards by its
 * rules, linnet by the same ones and a flow table, and both send the same frames. And the words
 * for it: what Debian's nft reads, linnet reads; where the kernel has flowtables
 * (CONFIG_NF_FLOW_TABLE), both list them alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/nft_packet.h"

static unsigned failed, done;

/* So that the kernel, too, puts fragments together. */
#define TRACKED "table inet n {\n chain c {\n  type filter hook forward priority 0;\n" \
	"  ct state invalid counter\n }\n}\n"
#define MASQUERADE \
	"table inet n {\n chain c {\n  type nat hook postrouting priority srcnat;\n" \
	"  oifname \"wan\" masquerade\n }\n}\n"
#define DNAT \
	"table ip d {\n chain c {\n  type nat hook prerouting priority dstnat;\n" \
	"  iifname \"wan\" udp dport 5353 dnat to 10.0.1.3:53\n" \
	"  iifname \"wan\" tcp dport 8080 dnat to 10.0.1.2:80\n }\n" \
	" chain o {\n  type nat hook postrouting priority srcnat;\n" \
	"  oifname \"lan\" ip daddr 10.0.1.3 masquerade\n }\n}\n"
#define FLOWTABLE \
	"nft -f rules\ntable inet fl {\n flowtable f {\n  hook ingress priority filter\n" \
	"  devices = { lan, wan }\n }\n chain c {\n  type filter hook forward priority 10;\n" \
	"  flow add @f\n }\n}\n"

#define UDP "lan udp 10.0.1.2 5000 192.0.2.2 53"
#define TCP "lan tcp 10.0.1.2 5000 192.0.2.2 80"
#define UDP6 "lan udp fd00:1::2 5000 2001:db8:2::2 53"
#define TCP6 "lan tcp fd00:1::2 5000 2001:db8:2::2 80"

/* A connection in which both have sent; then all that one may meet. */
#define TALK(syn) \
	syn " flags=S seq=100 win=8000", "answer flags=SA seq=700 ack=101 win=8000", \
	"answer flags=A seq=101 ack=701 win=8000", \
	"answer flags=PA seq=701 ack=101 len=9 win=8000", \
	"answer flags=PA seq=101 ack=710 len=7 win=8000", \
	"answer flags=A seq=710 ack=108 win=8000", \
	"answer flags=PA seq=108 ack=710 len=50 win=8000", \
	"answer flags=PA seq=710 ack=158 len=5 win=8000"

static const struct {
	const char *name, *rules;
	bool ends;		/* no flow is left */
	const char *packets[24];
} cases[] = {
	{ "plain", TRACKED, false, { UDP, "answer", "answer", "answer len=300", UDP " tos=0xb8",
	  UDP " ttl=2",
	  UDP " ttl=1", UDP " ttl=0", UDP " opts=4", UDP " df=1 len=90", UDP " len=0",
	  UDP " mf=1 len=16", UDP, "error type=3 code=4", UDP, "answer" } },
	{ "masquerade", MASQUERADE, false, { UDP, "answer", "answer", "answer len=1", UDP,
	  "error type=3 code=1", UDP " ttl=1", UDP, "answer", "lan udp 10.0.1.3 6000 192.0.2.2 53",
	  "answer", "answer", "answer", "lan icmp 10.0.1.2 7 192.0.2.2 1", "answer" } },
	{ "masquerade, TCP to its end", MASQUERADE, true, { TALK(TCP),
	  "answer flags=FA seq=158 ack=715 win=8000", "answer flags=A seq=715 ack=159 win=8000",
	  TCP " flags=A seq=159 ack=715 win=8000", "answer flags=FA seq=715 ack=159 win=8000",
	  "answer flags=A seq=159 ack=716 win=8000", TCP " flags=S seq=90000 win=8000",
	  "answer flags=SA seq=5 ack=90001 win=8000" } },
	{ "masquerade, TCP is reset", MASQUERADE, true, { TALK(TCP),
	  TCP " flags=R seq=158 win=0", TCP " flags=A seq=158 ack=715 win=8000", "answer",
	  TCP " flags=S seq=90000 win=8000", "answer flags=SA seq=5 ack=90001 win=8000" } },
	{ "to a server inside", DNAT, false, { "wan udp 192.0.2.2 4000 192.0.2.1 5353", "answer",
	  "answer", "answer", "answer len=77", "error type=3 code=3",
	  TALK("wan tcp 192.0.2.2 4000 192.0.2.1 8080"), "wan udp 192.0.2.3 4001 192.0.2.1 5353",
	  "answer", "answer" } },
	{ "6", TRACKED, false, { UDP6, "answer", "answer", "answer len=300", UDP6 " tos=0xb8",
	  UDP6 " ttl=2",
	  UDP6 " ttl=1", UDP6 " hbh=1", UDP6 " dst=1", UDP6 " frag=7 mf=1 len=16 ulen=24", UDP6,
	  UDP6 " flow=77", "answer" } },
	{ "6: masquerade", MASQUERADE, false, { TALK(TCP6),
	  "answer flags=FA seq=158 ack=715 win=8000",
	  "answer flags=A seq=715 ack=159 win=8000", UDP6, "answer", "answer", "answer len=7",
	  "error type=1 code=4", UDP6 } },
};

static void run_case(unsigned n)
{
	struct twin_packet p;
	struct twin_frame f;
	struct twin_out out = { 0 }, last = { 0 };
	static char said[65536];
	bool ok;

	twins_name(cases[n].name);
	done++;
	ok = twins_load(cases[n].rules) && !twins_ctl(FLOWTABLE, said, sizeof(said));
	for (unsigned i = 0; ok && cases[n].packets[i]; i++) {
		const char *line = cases[n].packets[i];

		twin_packet_line(line, last.frame[0].port, &last.frame[0].f, &p, &f);
		ok = twins_send(p.port, &f, false, &out);
		if (!ok)
			printf("  in line %u, \"%s\"\n", i + 1, line);
		if (out.n)
			last = out;
	}
	/* It has been by the flow table that they went. */
	if (ok && !cases[n].ends) {
		twins_ctl("conntrack -L", said, sizeof(said));
		ok = strstr(said, "[OFFLOAD]");
		if (!ok)
			printf("BAD: %s: no flow:\n%s", cases[n].name, said);
	}
	twins_ctl("nft delete table inet fl", said, sizeof(said));
	failed += !ok;
}

/* ---- words ---- */

#define F(body) "table inet t {\n flowtable f {\n" body "\n }\n"
#define HOOK "  hook ingress priority filter\n"
#define CHAIN(rule) " chain c {\n  type filter hook forward priority filter\n  " rule "\n }\n"

static const char *const texts[] = {
	F(HOOK) "}\n", F(HOOK "  devices = { lan, wan }\n  counter\n") "}\n",
	F("  hook ingress priority filter + 10; devices = { lan };\n") "}\n",
	F("  hook ingress priority -300\n") "}\n",
	F(HOOK "  devices = { lan }\n") CHAIN("flow add @f") "}\n",
	F(HOOK "  devices = { lan }\n") CHAIN("ct state established flow offload @f counter") "}\n",
	F(HOOK "  devices = { lan }\n") CHAIN("ip protocol { tcp, udp } flow add @f") "}\n",
	"table ip t {\n flowtable f {\n" HOOK "  devices = { wan }\n }\n}\n",
	F(HOOK "  devices = { lan }\n") "}\nadd flowtable inet t f { devices = { wan }; }\n"
	"delete flowtable inet t f { devices = { lan }; }\n",
	F(HOOK) "}\nadd flowtable inet t g { hook ingress priority filter; devices = { lan }; }\n"
	"delete flowtable inet t g\n",
	/* what neither takes */
	F("  hook prerouting priority filter\n") "}\n",
	F("  hook ingress\n") "}\n", F("  hook ingress priority dstnat\n") "}\n",
	F(HOOK "  devices = lan\n") "}\n", F(HOOK "  policy accept\n") "}\n",
	F(HOOK) CHAIN("flow add f") "}\n", F(HOOK) CHAIN("flow @f") "}\n",
	F(HOOK) CHAIN("flow update @f") "}\n", F(HOOK) CHAIN("flow add @f drop accept") "}\n",
	F(HOOK "  counter packets 5\n") "}\n", "table inet t {\n flowtable {\n" HOOK " }\n}\n",
	"delete flowtable inet t\n",
};

/* nft alone says, as far as it can without the kernel: a text is wrong, or the kernel could not do
 * it. */
static void run_text(const char *text, bool kernel_has)
{
	static char by_nft[65536], by_us[65536];
	bool takes, ours;

	done++;
	twins_load("");
	takes = !twins_kernel_reads(text, by_nft, sizeof(by_nft));
	if (!kernel_has && strstr(by_nft, "Could not process rule") && !strstr(by_nft, "syntax"))
		takes = true;
	ours = !twins_linnet_reads(text, by_us, sizeof(by_us));
	if (takes == ours && (!kernel_has || !takes || twins_same_text()))
		return;
	printf("BAD: nft %s, linnet %s:\n%s%s%s", takes ? "takes" : "refuses",
	       ours ? "takes" : "refuses", text, by_nft, by_us);
	failed++;
}

int main(void)
{
	static char said[65536];
	bool kernel_has;

	twins_enter();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
	twins_load("");
	kernel_has = !twins_kernel_reads("table inet t {\n flowtable f {\n" HOOK " }\n}\n", said,
					 sizeof(said));
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		run_text(texts[i], kernel_has);
	printf("%u, %u differ%s\n", done, failed,
	       kernel_has ? "" : "; the kernel has no flowtables: words are compared as nft reads "
	       "them");
	return failed ? 1 : 0;
}
