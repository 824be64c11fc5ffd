/* SPDX-License-Identifier: MIT */
/* nftables: texts are read and listed again, errors tell their place, packets meet the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ctl/ctl.h"
#include "ctl/nft_bed.h"

/* ---- the language ---- */

static const char *const listed[] = {
	"table ip t {\n}\n",
	"table inet filter {\n"
	"\tchain input {\n"
	"\t\ttype filter hook input priority filter; policy drop;\n"
	"\t\tct state established,related accept\n"
	"\t\tct state vmap { invalid : drop, established : accept }\n"
	"\t\tiifname \"lo\" accept\n"
	"\t\tiifname \"eth*\" tcp dport { 22, 80, 443 } counter packets 0 bytes 0 accept\n"
	"\t\tip saddr 10.0.0.0/8 udp dport 1000-2000 drop\n"
	"\t\tip6 saddr 2001:db8::/32 icmpv6 type echo-request accept\n"
	"\t\ttcp flags syn / fin,syn,rst,ack limit rate 10/second accept\n"
	"\t\ttcp flags syn,ack drop\n"
	"\t\tmeta mark 0x00000010 ct mark set 0x00000001 comment \"marked\"\n"
	"\t\tip daddr != { 10.0.0.1, 10.0.0.5-10.0.0.9, 10.1.0.0/16 } log prefix \"far: \"\n"
	"\t\tip ttl < 5 reject with icmp host-prohibited\n"
	"\t\ticmp type echo-request limit rate over 1/minute burst 2 packets drop\n"
	"\t\tip saddr . tcp dport { 10.0.0.1 . 80, 10.0.0.2 . 81 } goto other\n"
	"\t\tmeta l4proto tcp reject with tcp reset\n"
	"\t}\n"
	"\n"
	"\tchain other {\n"
	"\t\treturn\n"
	"\t}\n"
	"}\n",
	"table ip nat {\n"
	"\tset lan {\n"
	"\t\ttype ipv4_addr\n"
	"\t\tflags interval\n"
	"\t\telements = { 10.0.1.0/24, 10.0.3.1-10.0.3.7 }\n"
	"\t}\n"
	"\n"
	"\tmap ports {\n"
	"\t\ttype inet_service : ipv4_addr\n"
	"\t\telements = { 80 : 10.0.1.2, 443 : 10.0.1.3 }\n"
	"\t}\n"
	"\n"
	"\tchain prerouting {\n"
	"\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
	"\t\tiifname \"wan\" dnat to tcp dport map @ports\n"
	"\t\ttcp dport 8080 dnat to 10.0.1.2:80\n"
	"\t\tudp dport 53 redirect to :5353\n"
	"\t}\n"
	"\n"
	"\tchain postrouting {\n"
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
	"\t\tip saddr @lan oifname \"wan\" masquerade random\n"
	"\t\tip saddr 10.9.0.0/16 snat to 192.0.2.1-192.0.2.9 persistent\n"
	"\t}\n"
	"}\n",
	"table ip raw {\n"
	"\tset seen {\n"
	"\t\ttype ipv4_addr . inet_service\n"
	"\t\tsize 100\n"
	"\t\tflags dynamic,timeout\n"
	"\t\ttimeout 1m\n"
	"\t}\n"
	"\n"
	"\tchain pre {\n"
	"\t\ttype filter hook prerouting priority raw - 5; policy accept;\n"
	"\t\tudp dport 9 notrack\n"
	"\t\tupdate @seen { ip saddr . udp dport timeout 10s }\n"
	"\t\tmeta mark set ip saddr map { 10.0.0.1 : 0x00000001, 10.0.0.2 : 0x00000002 }\n"
	"\t\tip dscp set cs1\n"
	"\t\tfib saddr type local drop\n"
	"\t\tmeta mark & 0x000000ff == 0x00000001 numgen inc mod 2 vmap { 0 : accept, 1 : drop }\n"
	"\t\tquota over 10 mbytes drop\n"
	"\t}\n"
	"}\n",
};

static void test_lists_load_again(void **state)
{
	static char first[sizeof(said)];

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++) {
		must(listed[i]);
		must("list ruleset");
		assert_string_equal(said, listed[i]);
		strcpy(first, said);
		must("flush ruleset");
		must(first);
		must("list ruleset");
		assert_string_equal(said, first);
		must("flush ruleset");
	}
	end();
}

static const struct { const char *text, *error; } wrong[] = {
	{ "table ip t { chain c { tcp dport 22 accpt } }",
	  "test:1:37-41: Error: syntax error, unexpected \"accpt\"" },
	{ "table ip t {\n chain c {\n  tcp dport foo accept\n } }",
	  "test:3:13-15: Error: \"foo\" is no inet_service" },
	{ "add rule ip t c accept", "test:1:13-13: Error: no such table ip t" },
	{ "table ip t { chain c { jump d } }", "Error: no such chain \"d\" in table t" },
	{ "table ip t { chain c { ip saddr @s accept } }", "Error: no such set \"s\" in table t" },
	{ "table ip t { chain c { ip saddr 10.0.0.0/33 } }", "a prefix length is at most 32" },
	{ "table ip t { chain c { tcp dport 70000 } }", "value 70000 is out of the range 0-65535" },
	{ "table ip t { chain c { tcp dport 20-10 } }", "from the smaller to the greater" },
	{ "table ip t { chain c { type filter hook inpt priority 0; } }",
	  "prerouting, input, forward, output, postrouting or ingress was expected" },
	{ "table ip t { chain c { accept drop } }", "nothing can follow a verdict" },
	{ "table ip t { chain c { masquerade }\nchain d { type filter hook input priority 0;\n"
	  "jump c } }", "NAT needs a base chain of type nat" },
	{ "table ip t { chain a { }\nchain b { jump a; }\n"
	  "chain c { type filter hook input priority 0; jump b; } }\n"
	  "add rule ip t a jump b", "chains call each other in a circle" },
	{ "table ip t { set s { type ipv4_addr; flags interval; "
	  "elements = { 10.0.0.0/8, 10.1.0.0/16 } } }", "conflicting intervals specified" },
	{ "table ip t { set s { type ipv4_addr; elements = { 10.0.0.0/8 } } }",
	  "ranges and prefixes need a set with \"flags interval\"" },
	{ "define A = 1\ntable ip $B", "no such variable" },
	{ "table ip t { chain c { tcp dport \"22 } }", "a string without its second quote" },
	{ "table bridge t", "family bridge is not supported" },
	{ "table ip t { chain c { udp dprt 53 accept } }",
	  "test:1:28-31: Error: udp has no field \"dprt\": it has sport, dport, length, checksum" },
	{ "table ip t { chain c { ct state fresh accept } }",
	  "\"fresh\" is no ct_state (invalid, established, related, new, untracked)" },
};

/* Each names what is wrong, and nothing of the text is done. */
static void test_errors(void **state)
{
	size_t used;

	(void)state;
	begin();
	used = router->mem.live;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_not_equal(nft(wrong[i].text), 0);
		if (!strstr(said, wrong[i].error))
			fprintf(stderr, "%s\n%s", wrong[i].text, said);
		assert_non_null(strstr(said, wrong[i].error));
		must("list ruleset");
		assert_string_equal(said, "");
		assert_int_equal(router->mem.live, used);
	}
	end();
}

static void test_all_or_nothing(void **state)
{
	(void)state;
	begin();
	must(listed[2]);
	assert_int_not_equal(nft("flush ruleset\ntable ip new { chain c { } }\n"
				 "add rule ip new nowhere accept"), 0);
	must("list ruleset");
	assert_string_equal(said, listed[2]);
	assert_int_not_equal(nft("add element ip nat lan { 10.7.0.0/16 }\n"
				 "delete element ip nat lan { 10.0.1.0/24 }\n"
				 "delete chain ip nat prerouting\nbad"), 0);
	must("list ruleset");
	assert_string_equal(said, listed[2]);
	end();
}

/* Whatever allocation fails, the ruleset is as it was. */
static void test_without_memory(void **state)
{
	size_t live;

	(void)state;
	begin();
	must(listed[1]);
	live = router->mem.live;
	for (u64 n = 1;; n++) {
		u64 failed = router->mem.failed;
		int err;

		router->mem.fail_after = n;
		err = nft(listed[2]);
		router->mem.fail_after = 0;
		if (router->mem.failed == failed) {
			assert_int_equal(err, 0);
			break;
		}
		if (!err) {	/* a part that can do without */
			must("delete table ip nat");
			continue;
		}
		must("list ruleset");
		assert_string_equal(said, listed[1]);
		assert_int_equal(router->mem.live, live);
	}
	end();
}

static void test_variables(void **state)
{
	(void)state;
	begin();
	must("define lan = 10.0.1.0/24\ndefine ports = { 22, 80 }\n"
	     "define both = { $lan, 10.2.0.0/16 }\n"
	     "table ip t { chain c {\n"
	     "ip saddr $lan tcp dport $ports accept; ip daddr $both drop } }");
	must("list ruleset");
	assert_non_null(strstr(said, "ip saddr 10.0.1.0/24 tcp dport { 22, 80 } accept"));
	assert_non_null(strstr(said, "ip daddr { 10.0.1.0/24, 10.2.0.0/16 } drop"));
	end();
}

static int nft_how(const char *text, u32 how)
{
	struct strbuf sb;

	sb_init(&sb, said, sizeof(said));
	return nft_run(router, "test", text, strlen(text), how, &sb);
}

/* -c: the whole is checked, and nothing changes; -s, -t: lists without counts, without elements. */
static void test_ways_to_run(void **state)
{
	size_t live;

	(void)state;
	begin();
	must(listed[2]);
	live = router->mem.live;
	assert_int_equal(nft_how("flush ruleset\n", NFT_RUN_CHECK), 0);
	assert_int_equal(nft_how(listed[1], NFT_RUN_CHECK), 0);
	assert_int_not_equal(nft_how("table ip t { chain c { type filter hook input priority 0;\n"
				     "masquerade } }", NFT_RUN_CHECK), 0);
	must("list ruleset");
	assert_string_equal(said, listed[2]);
	assert_int_equal(router->mem.live, live);
	must("flush ruleset\ntable ip t { set s { type ipv4_addr; elements = { 10.0.0.1 } }\n"
	     "chain c { counter packets 5 bytes 50 quota 10 bytes used 4 bytes } }");
	assert_int_equal(nft_how("list ruleset", NFT_RUN_STATELESS), 0);
	assert_non_null(strstr(said, "\t\tcounter quota 10 bytes\n"));
	assert_int_equal(nft_how("list ruleset", NFT_RUN_TERSE), 0);
	assert_null(strstr(said, "elements"));
	assert_non_null(strstr(said, "counter packets 5 bytes 50 quota 10 bytes used 4 bytes"));
	end();
}

static int command(const char *line)
{
	struct strbuf sb;

	sb_init(&sb, said, sizeof(said));
	return ctl_exec(router, line, &sb);
}

/* What people type at a shell; in a lab or a program no shell takes its quotes away. */
static void test_quotes_of_a_shell(void **state)
{
	static const char *const lines[] = {
		"nft add table ip t",
		"nft add chain ip t a '{ type filter hook input priority 0; policy accept; }'",
		"nft add chain ip t b { type filter hook input priority 1 \\; }",
		"nft add chain ip t c \\{ type filter hook input priority 2 \\; \\}",
		"nft add chain ip t d \"{ type filter hook input priority 3; }\"",
		"nft 'add rule ip t a tcp dport 80 log prefix \"one two\" accept'",
		"nft \"add rule ip t a iifname \\\"eth0\\\" accept comment \\\"it's\\\"\"",
		"nft add rule ip t a log prefix '\"three four\"'",
		"nft add rule ip t a tcp dport '{ 1, 2 }' drop comment \"{five's}\"",
		"nft add rule ip t a tcp dport 'ssh' accept # it's six",
	};
	static const char want[] =
		"table ip t {\n"
		"\tchain a {\n\t\ttype filter hook input priority filter; policy accept;\n"
		"\t\ttcp dport 80 log prefix \"one two\" accept\n"
		"\t\tiifname \"eth0\" accept comment \"it's\"\n"
		"\t\tlog prefix \"three four\"\n"
		"\t\ttcp dport { 1, 2 } drop comment \"{five's}\"\n"
		"\t\ttcp dport 22 accept\n\t}\n\n"
		"\tchain b {\n\t\ttype filter hook input priority filter + 1; "
		"policy accept;\n\t}\n\n"
		"\tchain c {\n\t\ttype filter hook input priority filter + 2; "
		"policy accept;\n\t}\n\n"
		"\tchain d {\n\t\ttype filter hook input priority filter + 3; "
		"policy accept;\n\t}\n}\n";

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (command(lines[i]))
			fail_msg("%s\n%s", lines[i], said);
	}
	must("list ruleset");
	assert_string_equal(said, want);
	assert_int_equal(command("nft add rule ip t a comment it's"), -EINVAL);
	assert_non_null(strstr(said, "comment it's"));
	end();
}

static void test_objects(void **state)
{
	static const char table[] =
		"table ip t {\n\tcounter c {\n\t\tcomment \"of all\"\n\t\tpackets 3 bytes 4\n"
		"\t}\n\n\tquota q {\n\t\tover 25 mbytes used 1 kbytes\n\t}\n\n"
		"\tlimit l {\n\t\trate 400/minute burst 7 packets\n\t}\n\n"
		"\tchain x {\n\t\tcounter name \"c\" quota name \"q\" limit name \"l\" accept\n"
		"\t}\n}\n";
	static const char counter[] = "table ip t {\n\tcounter c {\n\t\tcomment \"of all\"\n"
				      "\t\tpackets 3 bytes 4\n\t}\n}\n";
	size_t live;

	(void)state;
	begin();
	must(table);
	must("add table ip6 u");
	must("list table ip t");
	assert_string_equal(said, table);
	must("list counters");
	assert_string_equal(said, counter);
	must("list quota ip t q");
	assert_string_equal(said, "table ip t {\n\tquota q {\n\t\tover 25 mbytes used 1 kbytes\n"
			    "\t}\n}\n");
	must("list chains");
	assert_string_equal(said, "table ip t {\n\tchain x {\n\t}\n}\ntable ip6 u {\n}\n");
	live = router->mem.live;
	/* What is not done as a whole is not done: it is in use, and there is a second one. */
	assert_int_not_equal(nft_how("add counter ip t d\ndelete counter ip t c", 0), 0);
	assert_non_null(strstr(said, "a rule refers to it"));
	assert_int_not_equal(nft_how("delete limit ip t l\nlist limit ip t m", 0), 0);
	assert_int_not_equal(nft_how("create counter ip t c", 0), 0);
	assert_int_equal(nft_how("reset counters", NFT_RUN_CHECK), 0);
	assert_int_equal(router->mem.live, live);
	must("reset counters ip");
	assert_string_equal(said, counter);
	must("reset quotas\nlist ruleset");
	assert_non_null(strstr(said, "packets 0 bytes 0"));
	assert_non_null(strstr(said, "\t\tover 25 mbytes\n"));
	must("flush chain ip t x\ndelete counter ip t c\ndelete quota ip t q\ndelete limit ip t l");
	must("list table ip t");
	assert_string_equal(said, "table ip t {\n\tchain x {\n\t}\n}\n");
	end();
}

static void test_commands(void **state)
{
	(void)state;
	begin();
	must("add table ip t\nadd chain ip t c { type filter hook forward priority 0 ; }");
	must("add rule ip t c udp dport 1 drop\nadd rule ip t c udp dport 2 drop\n"
	     "insert rule ip t c udp dport 0 drop");
	must("list chain ip t c");
	assert_string_equal(said, "table ip t {\n\tchain c {\n"
			    "\t\ttype filter hook forward priority filter; policy accept;\n"
			    "\t\tudp dport 0 drop\n\t\tudp dport 1 drop\n"
			    "\t\tudp dport 2 drop\n\t}\n}\n");
	must("replace rule ip t c handle 2 udp dport 7 accept");
	must("delete rule ip t c handle 3");
	must("list chain ip t c");
	assert_non_null(strstr(said, "udp dport 0 drop\n\t\tudp dport 7 accept\n\t}"));
	must("flush chain ip t c\nrename chain ip t c d\nlist chain ip t d");
	assert_null(strstr(said, "udp"));
	must("delete chain ip t d\ndelete table ip t\nlist tables");
	assert_string_equal(said, "");
	end();
}

/* ---- packets ---- */

static void test_verdicts(void **state)
{
	u64 drops;

	(void)state;
	begin();
	forward("udp dport 80 drop");
	assert_false(passes(80));
	assert_true(passes(81));
	assert_int_equal(router->drops[SKB_DROP_REASON_NETFILTER_DROP], 1);
	forward("jump web; udp dport 82 accept; udp dport 82 drop; policy drop;");
	forward("jump web\nudp dport 82 accept\nudp dport 80-90 drop");
	assert_false(passes(81));
	assert_true(passes(82));
	assert_false(passes(83));
	assert_true(passes(91));
	forward("udp dport vmap { 80 : accept, 81-85 : drop, 90 : jump web }\nudp dport 90 drop");
	assert_true(passes(80));
	assert_false(passes(83));
	assert_false(passes(90));
	forward("udp dport @s drop");
	assert_false(passes(71));
	assert_true(passes(72));
	must("add element ip f s { 72 }\ndelete element ip f s { 71 }");
	assert_true(passes(71));
	assert_false(passes(72));
	forward("tcp dport != 80 drop");
	assert_true(passes(80));	/* UDP has no TCP port, not another one */
	forward("ip saddr . udp dport { 10.0.1.2 . 80, 10.0.1.3 . 81 } drop");
	assert_false(passes(80));
	assert_true(passes(81));
	forward("ip saddr 10.0.1.0/24 ip daddr != 192.0.2.0/28 accept\nudp dport > 100 drop");
	assert_true(passes(100));
	assert_false(passes(101));
	forward("iifname \"lan\" oifname \"wa*\" ip ttl 63 ip length 38 udp length 18 drop");
	assert_false(passes(5));
	forward("icmp type echo-request counter drop");
	drops = router->drops[SKB_DROP_REASON_NETFILTER_DROP];
	assert_int_equal(tb_ping(client, B, 56, 64), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(tb_host_of(client)->echoes.qlen, 0);
	assert_int_equal(router->drops[SKB_DROP_REASON_NETFILTER_DROP], drops + 1);
	assert_true(passes(80));
	forward("ct state new counter accept\ndrop");
	assert_true(passes(80));
	must("list chain ip f c");
	assert_non_null(strstr(said, "ct state new counter packets 1 bytes 38 accept"));
	end();
}

static void test_limits(void **state)
{
	u32 n = 0;

	(void)state;
	begin();
	forward("limit rate 10/second accept\ndrop");
	for (u32 i = 0; i < 20; i++)
		n += passes(80);
	assert_int_equal(n, 5);
	tb_run(&tb, 200 * NSEC_PER_MSEC);
	for (n = 0; passes(80);)
		n++;
	assert_int_equal(n, 2);
	forward("ip saddr @d drop\nudp dport 99 add @d { ip saddr }");
	assert_true(passes(80));
	assert_true(passes(99));
	assert_false(passes(80));
	tb_run(&tb, 11 * NSEC_PER_SEC);
	assert_true(passes(80));
	end();
}

static void test_bits(void **state)
{
	(void)state;
	begin();
	forward("meta mark set 0x35\nmeta mark set meta mark and 0xf0 or 2\n"
		"meta mark != 0x32 drop\nudp dport & 0xf == 5 drop\n"
		"ip saddr & 255.0.0.255 == 10.0.0.2 udp dport xor 0xff == 0xf0 drop");
	assert_false(passes(0x55));
	assert_true(passes(0x56));
	assert_false(passes(0xf));
	end();
}

static void test_concatenated_intervals(void **state)
{
	(void)state;
	begin();
	forward("ip saddr . udp dport { 10.0.0.0/8 . 50-60, 10.9.0.1 . 70 } drop\n"
		"ip saddr . udp dport vmap { 10.0.1.0-10.0.1.9 . 80-89 : drop, 0.0.0.0/0 . 90 : "
		"drop }");
	assert_true(passes(49));
	assert_false(passes(50));
	assert_false(passes(60));
	assert_true(passes(61));
	assert_true(passes(70));
	assert_false(passes(85));
	assert_false(passes(90));
	assert_true(passes(91));
	end();
}

static void test_ingress(void **state)
{
	(void)state;
	begin();
	must("table netdev t {\n chain c {\n type filter hook ingress device lan priority 0; "
	     "policy accept;\n udp dport 80 counter drop\n arp operation request counter\n }\n}\n"
	     "table inet u {\n chain c {\n type filter hook ingress devices = { lan, wan } "
	     "priority 1;\n ip ttl 1-255 counter\n udp dport 81 drop\n }\n}\n");
	assert_false(passes(80));
	assert_false(passes(81));
	assert_true(passes(82));
	must("list ruleset");
	assert_non_null(strstr(said, "udp dport 80 counter packets 1 bytes 38 drop"));
	assert_non_null(strstr(said, "ip ttl 1-255 counter packets 2 bytes 76"));
	assert_int_not_equal(nft("table netdev x { chain c { type filter hook ingress device no "
				 "priority 0; } }"), 0);
	assert_non_null(strstr(said, "no such device"));
	assert_int_not_equal(nft("add rule netdev t c ct state new drop"), 0);
	assert_non_null(strstr(said, "not known at hook ingress"));
	end();
}

static void test_reset_rules(void **state)
{
	(void)state;
	begin();
	forward("counter accept");
	assert_true(passes(80));
	must("reset rules");
	assert_non_null(strstr(said, "counter packets 1 bytes"));
	must("list ruleset");
	assert_non_null(strstr(said, "counter packets 0 bytes 0"));
	end();
}

/* A map that goes takes its jumps with it. */
static void test_map_lets_go(void **state)
{
	(void)state;
	begin();
	must("table ip t {\n chain c {\n }\n counter k {\n }\n map m {\n type mark : verdict\n"
	     "elements = { 1 : jump c }\n }\n map n {\n type mark : counter\n"
	     "elements = { 1 : \"k\" }\n }\n}\n");
	assert_int_not_equal(nft("delete chain ip t c"), 0);
	assert_int_not_equal(nft("delete counter ip t k"), 0);
	must("delete map ip t m\ndelete chain ip t c");
	must("delete map ip t n\ndelete counter ip t k");
	end();
}

static void test_reject(void **state)
{
	const struct tb_error *err;
	struct nf_got got;

	(void)state;
	begin();
	forward("reject with icmp admin-prohibited");
	assert_false(passes(80));
	err = &tb_host_of(client)->err;
	assert_int_equal(err->type, ICMP_DEST_UNREACH);
	assert_int_equal(err->code, ICMP_PKT_FILTERED);
	forward("meta l4proto tcp reject with tcp reset");
	nf_send_tcp(client, A, 5000, B, 80, (struct nf_seg){ TCPHDR_SYN, 100, 0, 0 });
	got = nf_take(client);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.saddr, tb_ip(B));
	assert_int_equal(got.sport, 80);
	assert_int_equal(got.dport, 5000);
	end();
}

static void test_nat(void **state)
{
	struct nf_got got;

	(void)state;
	begin();
	must("table ip nat {\n"
	     "map m { type inet_service : ipv4_addr . inet_service\n"
	     "  elements = { 8080 : 10.0.1.2 . 80 } }\n"
	     "chain pre { type nat hook prerouting priority dstnat;\n"
	     "  iifname \"wan\" dnat ip to tcp dport map @m }\n"
	     "chain post { type nat hook postrouting priority srcnat;\n"
	     "  ip saddr 10.0.1.0/24 oifname \"wan\" masquerade } }");
	nf_send_udp(client, A, 5000, B, 53, 10);
	got = nf_take(server);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.saddr, tb_ip("192.0.2.1"));
	nf_send_tcp(server, B, 4000, "192.0.2.1", 8080, (struct nf_seg){ TCPHDR_SYN, 1, 0, 0 });
	got = nf_take(client);
	assert_true(got.any && got.sum_ok);
	assert_int_equal(got.dport, 80);
	assert_int_equal(got.daddr, tb_ip(A));
	end();
}

static void test_marks_and_fields(void **state)
{
	struct sk_buff *skb;

	(void)state;
	begin();
	forward("meta mark set udp dport map { 80 : 0x10, 81 : 0x20 }\nmeta mark 0x20 drop\n"
		"ct mark set 7\nip ttl set 9\nip dscp set ef");
	assert_false(passes(81));
	nf_send_udp(client, A, 5000, B, 80, 10);
	skb = tb_take(server);
	assert_non_null(skb);
	assert_int_equal(ip_hdr(skb)->ttl, 9);
	assert_int_equal(ip_hdr(skb)->tos, 46 << 2);
	consume_skb(skb);
	assert_int_equal(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 80)->mark, 7);
	end();
}

static u16 mss_after(u16 mss)
{
	struct ip_xmit x = { .saddr = tb_ip(A), .daddr = tb_ip(B), .protocol = IP_PROTO_TCP };
	struct tcp_view v = { .sport = 5000, .dport = 80, .window = 1000, .flags = TCPHDR_SYN,
			      .hlen = TCP_HLEN + 4 };
	struct sk_buff *skb = tb_packet(client, 0);
	u8 *th = skb_push(skb, TCP_HLEN + 4);
	u16 got;

	tcp_build((void *)th, &v);
	th[TCP_HLEN] = TCPOPT_MSS;
	th[TCP_HLEN + 1] = TCPOLEN_MSS;
	put_be16(th + TCP_HLEN + 2, mss);
	((struct tcphdr *)(void *)th)->check =
		tcp_v4_check(skb->len, x.saddr, x.daddr, skb_checksum(skb, 0, skb->len, 0));
	assert_int_equal(tb_send_skb(client, skb, &x), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	skb = tb_take(server);
	assert_non_null(skb);
	assert_true(pskb_may_pull(skb, skb->len));
	assert_true(tcp_v4_csum_ok(skb->data, skb->len, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr));
	got = get_be16(skb->data + TCP_HLEN + 2);
	consume_skb(skb);
	return got;
}

/* Lowered to what is said or to what fits the path, never raised. */
static void test_mss(void **state)
{
	(void)state;
	begin();
	forward("tcp option maxseg size set 1000");
	assert_int_equal(mss_after(1460), 1000);
	assert_int_equal(mss_after(900), 900);
	must("list ruleset");
	assert_non_null(strstr(said, "\t\ttcp option maxseg size set 1000\n"));
	forward("tcp flags syn tcp option maxseg size set rt mtu");
	assert_int_equal(dev_set_mtu(tb_dev(router, "wan"), 1400), 0);
	assert_int_equal(mss_after(1460), 1360);
	must("list ruleset");
	assert_non_null(strstr(said, "tcp option maxseg size set rt mtu\n"));
	end();
}

/* An error of the router's own about a packet whose destination it rewrote is rewritten, too. */
static void test_own_errors_are_translated(void **state)
{
	const struct tb_error *err;

	(void)state;
	begin();
	must("table ip t {\n"
	     "chain pre { type nat hook prerouting priority dstnat;\n"
	     "  ip daddr 198.51.100.7 dnat to " B " }\n"
	     "chain f { type filter hook forward priority filter; reject } }");
	nf_send_udp(client, A, 5000, "198.51.100.7", 53, 10);
	err = &tb_host_of(client)->err;
	assert_int_equal(err->type, ICMP_DEST_UNREACH);
	assert_int_equal(err->from, tb_ip("198.51.100.7"));
	assert_int_equal(err->quoted_dst, tb_ip("198.51.100.7"));
	end();
}

/* The echo reply is made of the request, but it is the connection's other direction. */
static void test_own_answers_are_tracked(void **state)
{
	(void)state;
	begin();
	must("table ip t { chain o { type filter hook output priority filter;\n"
	     "ct direction reply ct state established counter } }");
	assert_int_equal(tb_ping(client, "10.0.1.1", 8, 64), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	must("list ruleset");
	assert_non_null(strstr(said, "counter packets 1 bytes 36"));
	end();
}

/* What a rule says about an ICMP message that the machine sends makes no other message. */
static void test_own_messages_make_no_errors(void **state)
{
	(void)state;
	begin();
	must("table ip t { chain o { type filter hook output priority filter; counter reject } }");
	assert_int_equal(tb_ping(client, "10.0.1.1", 8, 64), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	must("list ruleset");
	assert_non_null(strstr(said, "counter packets 1 bytes 36"));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_load_again),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_ways_to_run),
		cmocka_unit_test(test_quotes_of_a_shell),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_concatenated_intervals),
		cmocka_unit_test(test_ingress),
		cmocka_unit_test(test_reset_rules),
		cmocka_unit_test(test_map_lets_go),
		cmocka_unit_test(test_reject),
		cmocka_unit_test(test_nat),
		cmocka_unit_test(test_marks_and_fields),
		cmocka_unit_test(test_mss),
		cmocka_unit_test(test_own_errors_are_translated),
		cmocka_unit_test(test_own_answers_are_tracked),
		cmocka_unit_test(test_own_messages_make_no_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
