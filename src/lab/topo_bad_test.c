/* SPDX-License-Identifier: MIT */
/* Lab files that are wrong, and the exact words that tell so. */
#include "lab/topo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD "name: t\n" "topology:\n" "  nodes:\n"
#define AB HEAD "    a: {kind: host}\n" "    b: {kind: host}\n"
#define LINK AB "  links:\n" "    - endpoints: [\"a:eth0\", \"b:eth0\"]\n"
#define SVC HEAD "    a:\n" "      kind: host\n" "      services:\n"

static const struct {
	const char *text;
	const char *errors;
} bad[] = {
	{
		"nam: t\n"
		"name: t\n"
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:1:1: unknown key \"nam\" in a lab file; expected name, seed, duration, "
		"topology, timeline; did you mean \"name\"?\n",
	},
	{
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:1:1: the lab lacks name; expected name: on a line of its own\n",
	},
	{
		"name: t\n",
		"t.yaml:1:1: the lab lacks topology; expected topology: with nodes: and links:\n",
	},
	{
		"name: t\n"
		"topology:\n"
		"  links: []\n",
		"t.yaml:3:3: topology lacks nodes; expected nodes: with a name for each\n",
	},
	{
		"name: t\n"
		"topology:\n"
		"  nodes: {}\n",
		"t.yaml:3:10: nodes is empty; expected at least one node\n",
	},
	{
		"# nothing\n",
		"t.yaml: nothing in it; expected name: and topology:\n",
	},
	{
		"- a\n",
		"t.yaml:1:1: a lab file is a list; expected a mapping (key: value)\n",
	},
	{
		"name: t\n"
		"name: u\n"
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:2:1: name stands twice in a lab file; expected once\n",
	},
	{
		"name: t\n"
		"seed: x\n"
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:2:7: seed is \"x\"; expected a whole number, 0 to 18446744073709551615\n",
	},
	{
		HEAD "    a:\n"
		"      kind: host\n"
		"      exce: []\n",
		"t.yaml:6:7: unknown key \"exce\" in node \"a\"; expected kind, exec, hosts, "
		"dns, dhcp, ipv6, cpu, services, actions; did you mean \"exec\"?\n",
	},
	{
		HEAD "    a: {kind: hots}\n",
		"t.yaml:4:15: kind is \"hots\"; expected host, switch or router; did you mean "
		"\"host\"?\n",
	},
	{
		HEAD "    a:\n",
		"t.yaml:4:7: node \"a\" lacks kind; expected kind: host, switch or router\n",
	},
	{
		HEAD "    a: host\n",
		"t.yaml:4:8: node \"a\" is a word; expected a mapping (key: value)\n",
	},
	{
		"name: t\n"
		"topology:\n"
		"  kinds:\n"
		"    linux: {}\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:4:5: kind is \"linux\"; expected host, switch or router\n",
	},
	{
		"name: t\n"
		"topology:\n"
		"  defaults: {services: []}\n"
		"  nodes:\n"
		"    a: {kind: host}\n"
		"    b: {kind: host}\n",
		"t.yaml:3:14: unknown key \"services\" in defaults; expected kind, exec, "
		"hosts, dns, dhcp, ipv6, cpu\n",
	},
	{
		HEAD "    a: {kind: host}\n"
		"    a: {kind: host}\n",
		"t.yaml:5:5: node \"a\" stands twice; expected each name once\n",
	},
	{
		HEAD "    a: {kind: host}\n"
		"    \"b c\": {kind: host}\n",
		"t.yaml:5:5: \"b c\" is no name for a node; expected up to 63 letters, digits, "
		"'-', '_', '.'\n",
	},
	{
		HEAD "    a: {kind: host, exec: ip link}\n",
		"t.yaml:4:27: exec is a word; expected a list of commands (- ip addr add ...)\n",
	},
	{
		HEAD "    a: {kind: host, exec: [\"a\\nb\"]}\n",
		"t.yaml:4:28: exec is \"a\\x0ab\"; expected a command on one line: \"ip addr "
		"add 10.0.0.1/24 dev eth0\"\n",
	},
	{
		HEAD "    a: {kind: host, dns: [1.2.3]}\n",
		"t.yaml:4:27: \"1.2.3\" is no address; expected one as "
		"192.0.2.80 or 2001:db8::80\n",
	},
	{
		HEAD "    a: {kind: host, hosts: {\"b c\": 10.0.0.1}}\n",
		"t.yaml:4:29: \"b c\" is no host name; expected letters, digits, '-' and dots\n",
	},
	{
		HEAD "    a: {kind: host, hosts: [\"10.0.0.1\"]}\n",
		"t.yaml:4:29: a line of hosts has no name; expected \"192.0.2.80 "
		"www.server.com\"\n",
	},
	{
		HEAD "    a: {kind: host, cpu: {frame-cost: 500}}\n",
		"t.yaml:4:39: frame-cost is \"500\"; expected a time with its unit: 500ns, "
		"100us, 2ms, 1.5s, 1m, 1h\n",
	},
	{
		AB "  links:\n"
		"    - rate: 1gbit\n",
		"t.yaml:7:7: a link lacks endpoints; expected endpoints: [\"laptop:eth0\", "
		"\"sw1:p1\"]\n",
	},
	{
		AB "  links:\n"
		"    - endpoints: [\"a:eth0\"]\n",
		"t.yaml:7:18: a link has 1 endpoints; expected two: [\"laptop:eth0\", "
		"\"sw1:p1\"]\n",
	},
	{
		AB "  links:\n"
		"    - endpoints: [\"a\", \"b:eth0\"]\n",
		"t.yaml:7:19: \"a\" is no endpoint; expected node:interface, as in laptop:eth0\n",
	},
	{
		HEAD "    a: {kind: host}\n"
		"    laptop: {kind: host}\n"
		"  links:\n"
		"    - endpoints: [\"a:eth0\", \"lpatop:eth0\"]\n",
		"t.yaml:7:29: no node is called \"lpatop\"; expected one that stands in nodes; "
		"did you mean \"laptop\"?\n",
	},
	{
		LINK "    - endpoints: [\"a:eth0\", \"b:eth1\"]\n",
		"t.yaml:8:19: a:eth0 is used twice; expected one link per interface\n",
	},
	{
		AB "  links:\n"
		"    - endpoints: [\"a:eth0\", \"a:eth1\"]\n",
		"t.yaml:7:29: a link leads from node \"a\" to itself; expected two nodes\n",
	},
	{
		AB "  links:\n"
		"    - endpoints: [\"a:abcdefghijklmnop\", \"b:lo\"]\n",
		"t.yaml:7:19: \"abcdefghijklmnop\" is no name for an interface; expected 1 to "
		"15 letters, digits or '-', '_', '.', as eth0\n"
		"t.yaml:7:41: interface lo is the node's own; expected another name, as eth0\n",
	},
	{
		AB "  links:\n"
		"    - endpoints: [{node: a, interface: eth0, mac: \"01:00:00:00:00:01\"}, "
		"{node: b}]\n",
		"t.yaml:7:51: mac is \"01:00:00:00:00:01\"; expected six bytes, not 0, not a group "
		"address: 02:00:00:00:00:01\n"
		"t.yaml:7:73: an endpoint lacks interface; expected node, interface and "
		"perhaps mac\n",
	},
	{
		LINK "      dealy: 1ms\n",
		"t.yaml:8:7: unknown key \"dealy\" in a link; expected endpoints, rate, delay, "
		"jitter, loss, ber, reorder, duplicate, mtu, queue, codel, back; did you mean "
		"\"delay\"?\n",
	},
	{
		LINK "      back: 3\n",
		"t.yaml:8:13: back is a word; expected a mapping (key: value)\n",
	},
	{
		"name: \"\"\n"
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:1:7: name is \"\"; expected a name of the lab\n",
	},
	{
		AB "  links:\n"
		"    - endpoints: [{node: a, interface: eth0, mac: \"00:00:00:00:00:00\"}, "
		"\"b:eth0\"]\n",
		"t.yaml:7:51: mac is \"00:00:00:00:00:00\"; expected six bytes, not 0, not a group "
		"address: 02:00:00:00:00:01\n",
	},
	{
		LINK "      rate: 1gbps\n",
		"t.yaml:8:13: rate is \"1gbps\"; expected bits per second, at least "
		"1kbit: 64kbit, 100mbit, "
		"10gbit, or unlimited\n",
	},
	{
		LINK "      delay: 2\n",
		"t.yaml:8:14: delay is \"2\"; expected a time with its unit: 500ns, 100us, "
		"2ms, 1.5s, 1m, 1h\n",
	},
	{
		LINK "      delay: 1h\n",
		"t.yaml:8:14: delay is \"1h\"; expected at most 10m\n",
	},
	{
		LINK "      jitter: 1ms\n",
		"t.yaml:8:15: jitter is more than delay; expected at most as much, as frames "
		"take delay - jitter to delay + jitter\n",
	},
	{
		LINK "      loss: 1\n",
		"t.yaml:8:13: loss is \"1\"; expected a share with %: 0.1%, 25%, 100%\n",
	},
	{
		LINK "      loss: 101%\n",
		"t.yaml:8:13: loss is \"101%\"; expected a share with %: 0.1%, 25%, 100%\n",
	},
	{
		LINK "      loss: {p: 1%}\n",
		"t.yaml:8:13: loss in bursts lacks r; expected p (into a burst) and r (out of "
		"it)\n",
	},
	{
		LINK "      ber: 1%\n",
		"t.yaml:8:12: ber is \"1%\"; expected a probability from 0 to 1: 1e-9, 0.0001\n",
	},
	{
		LINK "      reorder: {by: 1ms}\n",
		"t.yaml:8:16: reorder lacks p; expected which share of frames is held back\n",
	},
	{
		LINK "      mtu: 60\n",
		"t.yaml:8:12: mtu is \"60\"; expected bytes, 68 to 65535\n",
	},
	{
		LINK "      queue: lots\n",
		"t.yaml:8:14: queue is \"lots\"; expected bytes: 65536, 64kb, 1mb (at most "
		"1024mb)\n",
	},
	{
		LINK "      back: {mtu: [1]}\n",
		"t.yaml:8:19: mtu is a list; expected bytes, 68 to 65535\n",
	},
	{
		HEAD "    s:\n"
		"      kind: switch\n"
		"      services:\n"
		"        - http: {pages: {/: x}}\n",
		"t.yaml:6:7: a switch has no services; expected them on a host or router\n",
	},
	{
		SVC "        - htpp: {root: .}\n",
		"t.yaml:7:11: no service is called \"htpp\"; expected one of dns, resolver, "
		"http, radvd, dhcpd with its settings (- http: {root: pages}); did you mean "
		"\"http\"?\n",
	},
	{
		SVC "        - http: {pages: {/: x}}\n"
		"          dns: {}\n",
		"t.yaml:7:11: a service is several keys; expected one of dns, resolver, http, "
		"radvd, dhcpd with its settings (- http: {root: pages})\n",
	},
	{
		HEAD "    a: {kind: host, dhcp: eth0}\n"
		"    s: {kind: switch, dhcp: on}\n",
		"t.yaml:4:27: dhcp is \"eth0\"; expected on or off\n"
		"t.yaml:5:23: a switch has no dhcp; expected them on a host or router\n",
	},
	{
		HEAD "    a: {kind: host, ipv6: maybe}\n",
		"t.yaml:4:27: ipv6 is \"maybe\"; expected on or off\n",
	},
	{
		SVC "        - radvd: {mtu: 1200, preference: most, managed: 2}\n",
		"t.yaml:7:18: service radvd lacks interface; expected the one whose hosts are "
		"told (interface: lan0)\n"
		"t.yaml:7:24: mtu is \"1200\"; expected 1280 to 65535, as IPv6 has it\n"
		"t.yaml:7:42: preference is \"most\"; expected low, medium or high\n"
		"t.yaml:7:57: managed is \"2\"; expected on or off\n",
	},
	{
		SVC "        - dhcpd: {interface: eth0, range: 10.0.0.1, lease: 1s, mtu: 60}\n"
		"        - dhcpd: {range: 10.0.0.1-10.0.0.9, dns: [a], router: 10, domain: ..}\n",
		"t.yaml:7:43: range is \"10.0.0.1\"; expected the first and the last address, "
		"10.0.0.100-10.0.0.199\n"
		"t.yaml:7:60: lease is \"1s\"; expected at least 10s\n"
		"t.yaml:7:69: mtu is \"60\"; expected 576 to 65535\n"
		"t.yaml:8:18: service dhcpd lacks interface; expected both interface and range\n"
		"t.yaml:8:51: dns is \"a\"; expected an IPv4 address\n"
		"t.yaml:8:63: router is \"10\"; expected an IPv4 address\n"
		"t.yaml:8:75: domain is \"..\"; expected a domain name of at most 63 characters\n",
	},
	{
		SVC "        - http: {port: 80}\n",
		"t.yaml:7:17: service http has neither root nor pages; expected either root or "
		"pages\n",
	},
	{
		SVC "        - http: {root: nowhere}\n",
		"t.yaml:7:24: root \"nowhere\" cannot be read: No such file or directory; "
		"expected a folder as seen from the lab file\n",
	},
	{
		SVC "        - http: {pages: {index: x}}\n",
		"t.yaml:7:26: \"index\" is no path; expected / or /index.html\n",
	},
	{
		SVC "        - http: {pages: {/: x, /index.html: y}}\n",
		"t.yaml:7:32: page \"/index.html\" stands twice; expected each once\n",
	},
	{
		SVC "        - http: {pages: {/: x}, port: 0}\n",
		"t.yaml:7:39: port is \"0\"; expected a port, 1 to 65535\n",
	},
	{
		SVC "        - http: {pages: {/: x}}\n"
		"        - http: {pages: {/: x}}\n",
		"t.yaml:8:11: port 80 is taken by service http of this node; expected another "
		"port\n",
	},
	{
		SVC "        - dns: {port: 53}\n",
		"t.yaml:7:16: service dns lacks zones; expected the zones it is asked for "
		"(\".\" makes it a root server)\n",
	},
	{
		SVC "        - dns:\n"
		"            zones:\n"
		"              - {name: com., file: zones/none.zone}\n",
		"t.yaml:9:36: file \"zones/none.zone\" cannot be read: No such file or "
		"directory; expected a path as seen from the lab file\n",
	},
	{
		SVC "        - dns:\n"
		"            zones:\n"
		"              - {name: com.}\n"
		"              - {name: com, text: x}\n",
		"t.yaml:9:17: a zone has neither file nor text; expected either file or text\n"
		"t.yaml:10:17: zone \"com.\" stands twice; expected each once\n",
	},
	{
		SVC "        - dns:\n"
		"            zones:\n"
		"              - {name: a..b, text: x}\n",
		"t.yaml:9:24: name is \"a..b\"; expected the name of a zone: \"server.com.\", "
		"\"com.\", \".\"\n",
	},
	{
		SVC "        - resolver: {}\n",
		"t.yaml:7:21: service resolver lacks root-hints; expected the addresses of the "
		"root servers\n",
	},
	{
		SVC "        - dns: {zones: []}\n"
		"        - resolver: {root-hints: {text: x}}\n",
		"t.yaml:8:11: port 53 is taken by service dns of this node; expected another "
		"port\n",
	},
	{
		HEAD "    a: {kind: host, actions: [{at: 1s, run: pnig b}, {at: 2s, run: xx}]}\n"
		"    b: {kind: host, exec: [sysctk -a, ping a, ls]}\n",
		"t.yaml:4:45: there is no command \"pnig\"; did you mean \"ping\"?\n"
		"t.yaml:4:68: there is no command \"xx\"; expected one that linnet help lists\n"
		"t.yaml:5:28: there is no command \"sysctk\"; did you mean \"sysctl\"?\n"
		"t.yaml:5:39: ping takes time; expected it under actions: - { at: 1s, run: ... }\n"
		"t.yaml:5:47: there is no command \"ls\"; expected one that linnet help lists\n",
	},
	{
		HEAD "    a: {kind: host, actions: [{at: 1s}]}\n"
		"    b: {kind: host}\n",
		"t.yaml:4:31: an action has neither run nor link; expected either run or link\n",
	},
	{
		HEAD "    a: {kind: host, actions: [{at: 1s, on: b, run: ping a}]}\n"
		"    b: {kind: host}\n",
		"t.yaml:4:40: unknown key \"on\" in an action; expected at, run, link\n",
	},
	{
		HEAD "    a: {kind: host, actions: [{at: 1s, link: eth0 off}]}\n"
		"    b: {kind: host}\n",
		"t.yaml:4:46: link is \"eth0 off\"; expected an interface and up or down: "
		"\"laptop:eth0 down\"\n",
	},
	{
		HEAD "    a: {kind: host, actions: [{at: 1s, link: eth7 down}]}\n"
		"    b: {kind: host}\n",
		"t.yaml:4:46: no link has the endpoint a:eth7; expected one that stands in "
		"links\n",
	},
	{
		AB "timeline:\n"
		"  - {at: 1s, run: ping b}\n"
		"  - {at: 1s, on: c, run: ping b}\n"
		"  - {run: ping b, on: a}\n",
		"t.yaml:7:5: an action with run lacks on; expected the name of a node\n"
		"t.yaml:8:18: no node is called \"c\"; expected one that stands in nodes\n"
		"t.yaml:9:5: an action lacks at; expected a time, as at: 2s\n",
	},
	{
		"name: t\n"
		"topology:\n"
		"\tnodes:\n",
		"t.yaml:3:1: not valid YAML: found character that cannot start any token; "
		"expected spaces (no tabs) or quotes around special characters\n",
	},
	{
		HEAD "    a: {kind: host}\n"
		"   links: []\n",
		"t.yaml:5:4: not valid YAML: did not find expected key; expected lines of one "
		"list or mapping to begin in one column\n",
	},
	{
		"name: t\n"
		"topology: nodes: x\n",
		"t.yaml:2:16: not valid YAML: mapping values are not allowed in this context; "
		"expected one \"key: value\" per line, or quotes around a text with \": \"\n",
	},
	{
		HEAD "    a: {kind: host\n"
		"    b: {kind: host}\n",
		"t.yaml:5:6: not valid YAML: did not find expected ',' or '}'; expected it to "
		"close what begins at 4:8\n",
	},
	{
		"name: *x\n",
		"t.yaml:1:7: no anchor is called \"x\"; expected &x before this alias\n",
	},
	{
		"name: t\n"
		"topology: &t\n"
		"  nodes: *t\n",
		"t.yaml:3:10: an alias inside of what it stands for; expected it after that\n",
	},
	{
		HEAD "    a: &a {kind: host}\n"
		"    b: {<<: *a}\n",
		"t.yaml:5:9: merge keys (<<) are not supported; expected defaults: or kinds: "
		"for settings that nodes share\n",
	},
	{
		"name: t\n"
		"---\n"
		"name: u\n",
		"t.yaml:2:1: a second document begins here; expected one per file\n",
	},
	{
		"name: !!str t\n",
		"t.yaml:1:7: tags (!x) are not supported; expected a plain value\n",
	},
	{
		"{a: b}: c\n",
		"t.yaml:1:1: a key is a list or mapping; expected a word\n",
	},
	{
		"name: t\n"
		"# \xff\n",
		"t.yaml:2:3: not valid YAML: invalid leading UTF-8 octet; expected UTF-8\n",
	},
	{
		"name: \"a\\0b\"\n"
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: host}\n",
		"t.yaml:1:7: name has a zero byte in it; expected a text\n",
	},
	{
		"nme: t\n"
		"topology:\n"
		"  nodes:\n"
		"    a: {kind: hots, exce: []}\n"
		"  links:\n"
		"    - {endpoints: [\"a:eth0\", \"c:eth0\"], rate: fast}\n",
		"t.yaml:1:1: unknown key \"nme\" in a lab file; expected name, seed, duration, "
		"topology, timeline; did you mean \"name\"?\n"
		"t.yaml:1:1: the lab lacks name; expected name: on a line of its own\n"
		"t.yaml:4:15: kind is \"hots\"; expected host, switch or router; did you mean "
		"\"host\"?\n"
		"t.yaml:4:21: unknown key \"exce\" in node \"a\"; expected kind, exec, hosts, "
		"dns, dhcp, ipv6, cpu, services, actions; did you mean \"exec\"?\n"
		"t.yaml:6:30: no node is called \"c\"; expected one that stands in nodes\n"
		"t.yaml:6:47: rate is \"fast\"; expected bits per second, at least "
		"1kbit: 64kbit, 100mbit, "
		"10gbit, or unlimited\n",
	},
};

static char *errors_of(const char *text, size_t len)
{
	struct topo_builtin none;
	char *errors;
	struct topo *t;

	topo_builtin_init(&none, NULL, 0);
	t = topo_read_text("t.yaml", text, len, &none.files, &errors);
	if (t)
		fail_msg("no mistake found in:\n%s", text);
	assert_non_null(errors);
	return errors;
}

static void mistakes_are_told(void **state)
{
	u32 failed = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		char *errors = errors_of(bad[i].text, strlen(bad[i].text));

		if (strcmp(errors, bad[i].errors)) {
			print_error("%s\nis said:  %sexpected: %s\n", bad[i].text, errors,
				    bad[i].errors);
			failed++;
		}
		free(errors);
	}
	assert_int_equal(failed, 0);
}

/* n times a, then n times b. */
static char *repeat(const char *first, const char *a, const char *b, u32 n)
{
	char *s = malloc(strlen(first) + (strlen(a) + strlen(b)) * n + 1), *p = s;

	assert_non_null(s);
	p = stpcpy(p, first);
	for (u32 i = 0; i < n; i++)
		p = stpcpy(p, a);
	for (u32 i = 0; i < n; i++)
		p = stpcpy(p, b);
	return s;
}

static void assert_error(char *text, const char *expected)
{
	char *errors = errors_of(text, strlen(text));

	assert_string_equal(errors, expected);
	free(errors);
	free(text);
}

static void limits_hold(void **state)
{
	char *text, *errors;
	size_t len;

	(void)state;
	assert_error(repeat("", "[", "]", 40),
		     "t.yaml:1:33: nested too deeply; expected at most 32 levels\n");
	assert_error(repeat("", "- &a x\n", "", 257),
		     "t.yaml:257:3: too many anchors; expected at most 256\n");
	text = repeat("", " ", "", TOPO_FILE_MAX + 1);
	assert_error(text, "t.yaml: 4194305 bytes long; expected at most 4 MiB\n");
	/* fifty are told, the others counted */
	text = repeat(AB "  links:\n", "    - {}\n", "", 60);
	errors = errors_of(text, strlen(text));
	len = strlen(errors);
	assert_string_equal(errors + len - strlen("t.yaml: and 10 more\n"),
			    "t.yaml: and 10 more\n");
	free(errors);
	free(text);
}

/* A few hundred bytes that stand for 10^9 commands: the walk ends, the memory too. */
static void aliases_of_aliases_are_bounded(void **state)
{
	char *text = malloc(2 << 20), *p = text, *errors;

	(void)state;
	assert_non_null(text);
	p = stpcpy(p, "name: t\ntopology:\n  defaults:\n    exec: &e [");
	for (u32 i = 0; i < 10000; i++)
		p = stpcpy(p, "ip, ");
	p = stpcpy(p, "]\n  nodes:\n");
	for (u32 i = 0; i < 10000; i++)
		p += sprintf(p, "    n%u: {kind: host, exec: *e}\n", i);
	errors = errors_of(text, (size_t)(p - text));
	assert_non_null(strstr(errors, "too much to read here; expected fewer aliases"));
	free(errors);
	free(text);
}

static const struct { const char *text, *errors; } in_services[] = {
	{ "radvd: {interface: eth0, interval: 3s}",
	  "t.yaml:7:46: interval is \"3s\"; expected 4s to 30m\n" },
	{ "radvd: {interface: eth0, interval: 31m}",
	  "t.yaml:7:46: interval is \"31m\"; expected 4s to 30m\n" },
	{ "radvd: {interface: eth0, lifetime: 3h}",
	  "t.yaml:7:46: lifetime is \"3h\"; expected at most 150m, or 0\n" },
	{ "dhcpd: {interface: eth0, range: 10.0.0.9-10.0.0.3}",
	  "t.yaml:7:43: range is \"10.0.0.9-10.0.0.3\", which ends before it begins; expected the "
	  "first and the last address, 10.0.0.100-10.0.0.199\n" },
};

static void mistakes_in_services(void **state)
{
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(in_services); i++) {
		snprintf(text, sizeof(text), SVC "        - %s\n", in_services[i].text);
		assert_error(strdup(text), in_services[i].errors);
	}
}

static void other_files_need_a_folder(void **state)
{
	static const char text[] = SVC "        - http: {root: x}\n"
				       "        - resolver: {root-hints: y}\n";
	char *errors;

	(void)state;
	assert_null(topo_read_text("t.yaml", text, strlen(text), NULL, &errors));
	assert_string_equal(errors,
			    "t.yaml:7:24: root names a folder, and there is none to look in; "
			    "expected pages\n"
			    "t.yaml:8:34: file names a file, and there is no folder to look in; "
			    "expected text\n");
	free(errors);
}

static void what_is_hostile_is_quoted(void **state)
{
	static const char text[] = "\"\\e[2J\\nabcdefghijklmnopqrstuvwxyz0123456789x\": 1\n"
				   "name: t\ntopology:\n  nodes:\n    a: {kind: host}\n";

	(void)state;
	assert_error(strdup(text), "t.yaml:1:1: unknown key "
		     "\"\\x1b[2J\\x0aabcdefghijklmnopqrstuvwxyz012345678...\" in a lab file; "
		     "expected name, seed, duration, topology, timeline\n");
}

static void a_file_that_is_not_there(void **state)
{
	char *errors;

	(void)state;
	assert_null(topo_read("/nonexistent/x.yaml", &topo_disk_files, &errors));
	assert_string_equal(errors,
			    "/nonexistent/x.yaml: cannot be read: No such file or directory\n");
	free(errors);
	assert_null(topo_read("/", &topo_disk_files, &errors));
	assert_string_equal(errors, "/: cannot be read: Is a directory\n");
	free(errors);
	assert_null(topo_read("/dev/zero", &topo_disk_files, &errors));
	assert_string_equal(errors, "/dev/zero: too long; expected at most 4 MiB\n");
	free(errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(aliases_of_aliases_are_bounded),
		cmocka_unit_test(mistakes_in_services),
		cmocka_unit_test(other_files_need_a_folder),
		cmocka_unit_test(what_is_hostile_is_quoted),
		cmocka_unit_test(a_file_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
