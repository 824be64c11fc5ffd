/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "harness/nft_twins_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIST_MAX (1 << 18)
#define SECOND 1000000000ll	/* of the instance's time */

static const char *const names[TWIN_PORTS] = { "lan", "wan" };
static int tap[TWIN_PORTS];
struct ln_net *twins_net;
static struct ln_nic *nic[TWIN_PORTS];
int64_t twins_now = SECOND;
static const char *which = "";
static bool hears_neighbours;
static char texts[4][LIST_MAX];

void twins_name(const char *name)
{
	which = name;
}

bool twins_differ(const char *fmt, ...)
{
	va_list ap;

	printf("BAD: %s: ", which);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

void twins_skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	exit(77);
}

/* ---- the kernel ---- */

static void command(const char *line)
{
	if (!system(line))
		return;
	printf("skipped: it does not work here: %s\n", line);
	exit(77);
}

static void kernel_addresses(void)
{
	static const char *const lines[] = {
		"ip link set lo up",
		"ip addr add 10.0.1.1/24 dev lan", "ip addr add 192.0.2.1/24 dev wan",
		"ip -6 addr add fd00:1::1/64 dev lan nodad",
		"ip -6 addr add 2001:db8:2::1/64 dev wan nodad",
		"ip link set lan up", "ip link set wan up",
		"ip route add 198.51.100.0/24 via 192.0.2.2",
		"ip -6 route add 2001:db8:9::/48 via 2001:db8:2::2",
		"for i in 2 3 4 5 6 7 8 9; do"
		" ip neigh add 10.0.1.$i lladdr 02:00:00:00:01:0$i dev lan;"
		" ip neigh add 192.0.2.$i lladdr 02:00:00:00:02:0$i dev wan;"
		" ip neigh add fd00:1::$i lladdr 02:00:00:00:01:0$i dev lan;"
		" ip neigh add 2001:db8:2::$i lladdr 02:00:00:00:02:0$i dev wan; done",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		command(lines[i]);
}

/* All that a network asks for by itself, and all limits of answers, are off. */
static void kernel_settings(void)
{
	command("sysctl -qw net.ipv6.conf.default.accept_dad=0 "
		"net.ipv6.conf.default.router_solicitations=0 "
		"net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.accept_ra=0 "
		"net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.rp_filter=0 "
		"net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
		"net.ipv6.conf.default.forwarding=1 "
		"net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv6.auto_flowlabels=0 "
		"net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0");
	command("sysctl -qw net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000 "
		"2>/dev/null || true");
}

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	char line[128];

	strcpy(ifr.ifr_name, name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		twins_skip("no TAP may be made here");
	snprintf(line, sizeof(line), "ip link set %s address 02:00:00:00:0%d:01", name,
		 strcmp(name, "lan") ? 2 : 1);
	command(line);
	return fd;
}

/* Of all families, as conntrack -F. */
static void kernel_forget(void)
{
	struct {
		struct nlmsghdr h;
		struct nfgenmsg g;
	} m = {
		.h = { sizeof(m), NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
		       NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
		.g = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 },
	};
	char answer[512];
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (s < 0 || send(s, &m, sizeof(m), 0) < 0 || recv(s, answer, sizeof(answer), 0) < 0)
		twins_skip("the kernel's connections cannot be flushed");
	close(s);
}

/* Runs nft with text on its input; its output, errors too, goes to said. */
static int run_nft(const char *options, const char *text, char *said, size_t cap)
{
	char path[] = "/tmp/linnet-nft-XXXXXX", line[256];
	int fd = mkstemp(path), status;
	size_t n = 0, got;
	FILE *f;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		twins_skip("no temporary file");
	close(fd);
	snprintf(line, sizeof(line), "nft %s <%s 2>&1", options, path);
	f = popen(line, "r");
	while (f && n + 1 < cap && (got = fread(said + n, 1, cap - 1 - n, f)) > 0)
		n += got;
	said[n] = '\0';
	status = f ? pclose(f) : -1;
	unlink(path);
	return status;
}

int twins_kernel_reads(const char *rules, char *said, size_t cap)
{
	return run_nft("-f -", rules, said, cap);
}

/* ---- linnet ---- */

int twins_ctl(const char *line, char *said, size_t cap)
{
	return ln_ctl(twins_net, line, said, cap, NULL);
}

static void ctl(const char *line)
{
	char said[512] = "";

	if (!ln_ctl(twins_net, line, said, sizeof(said), NULL))
		return;
	printf("BAD: linnet refuses \"%s\": %s\n", line, said);
	exit(1);
}

static void linnet_machine(void)
{
	static const char *const lines[] = {
		"sysctl -w net.ipv6.conf.lan.disable_ipv6=0",
		"sysctl -w net.ipv6.conf.wan.disable_ipv6=0", "ip link set lo up",
		"ip addr add 10.0.1.1/24 dev lan", "ip addr add 192.0.2.1/24 dev wan",
		"ip -6 addr add fd00:1::1/64 dev lan nodad",
		"ip -6 addr add 2001:db8:2::1/64 dev wan nodad",
		"sysctl -w net.ipv4.ip_forward=1", "sysctl -w net.ipv6.conf.all.forwarding=1",
		"ip link set lan up", "ip link set wan up",
		"ip route add 198.51.100.0/24 via 192.0.2.2",
		"ip -6 route add 2001:db8:9::/48 via 2001:db8:2::2",
		"sysctl -w net.ipv4.icmp_ratelimit=0", "sysctl -w net.ipv6.icmp.ratelimit=0",
		"sysctl -w net.ipv4.icmp_msgs_per_sec=100000",
		"sysctl -w net.ipv4.icmp_msgs_burst=10000",
		"sysctl -w net.ipv6.auto_flowlabels=0",
		"sysctl -w net.ipv4.conf.all.send_redirects=0",
		"sysctl -w net.ipv4.conf.lan.send_redirects=0",
		"sysctl -w net.ipv4.conf.wan.send_redirects=0",
	};
	static const char *const neighbours[] = {
		"ip neigh add 10.0.1.%d lladdr 02:00:00:00:01:0%d dev lan nud permanent",
		"ip neigh add 192.0.2.%d lladdr 02:00:00:00:02:0%d dev wan nud permanent",
		"ip neigh add fd00:1::%d lladdr 02:00:00:00:01:0%d dev lan nud permanent",
		"ip neigh add 2001:db8:2::%d lladdr 02:00:00:00:02:0%d dev wan nud permanent",
	};
	struct ln_net_params p;
	char line[128];

	ln_net_params_init(&p);
	p.seed = 7;
	p.start_ns = twins_now;
	twins_net = ln_net_create(&p);
	for (int i = 0; i < TWIN_PORTS; i++) {
		struct ln_nic_params n = { .name = names[i],
					   .mac = { 2, 0, 0, 0, (uint8_t)(i + 1), 1 } };

		nic[i] = ln_nic_create(twins_net, &n);
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ctl(lines[i]);
	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]); i++)
		for (int host = 2; host < 10; host++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(line, sizeof(line), neighbours[i], host, host);
#pragma GCC diagnostic pop
			ctl(line);
		}
	/* What it says of itself at first comes before the rules. */
	for (int i = 0; i < 30; i++) {
		twins_now += SECOND;
		ln_net_run(twins_net, twins_now);
	}
}

int twins_linnet_reads(const char *rules, char *said, size_t cap)
{
	static char line[LIST_MAX];

	*said = '\0';
	snprintf(line, sizeof(line), "nft -f rules\n%s", rules);
	return ln_ctl(twins_net, line, said, cap, NULL);
}

/* ---- frames ---- */

/* What a machine says by itself: IPv6's neighbours, multicast listeners. */
static bool is_noise(const struct twin_frame *f)
{
	bool v6 = f->b[12] == 0x86 && f->b[13] == 0xdd;

	if (f->len < 34 || hears_neighbours)
		return f->len < 34 || (v6 && (f->b[20] == 0 || f->b[54] == 133));
	return (v6 && f->b[0] == 0x33) ||
	       (v6 && f->b[20] == 58 && f->b[54] >= 133 && f->b[54] <= 137);
}

static void take_kernel(struct twin_out *out)
{
	ssize_t n;

	out->n = 0;
	out->by_chance = false;
	for (int i = 0; i < TWIN_PORTS; i++) {
		while (out->n < 8) {
			struct twin_frame *f = &out->frame[out->n].f;

			n = read(tap[i], f->b, sizeof(f->b));
			if (n <= 0)
				break;
			f->len = (size_t)n;
			out->frame[out->n].port = (enum twin_port)i;
			out->n += !is_noise(f);
		}
	}
}

static void take_linnet(struct twin_out *out)
{
	ptrdiff_t n;

	out->n = 0;
	out->by_chance = false;
	for (int i = 0; i < TWIN_PORTS; i++) {
		while (out->n < 8) {
			struct twin_frame *f = &out->frame[out->n].f;

			n = ln_nic_transmit(nic[i], f->b, sizeof(f->b));
			if (n <= 0)
				break;
			f->len = (size_t)n;
			out->frame[out->n].port = (enum twin_port)i;
			out->n += !is_noise(f);
		}
	}
}

static unsigned sum16(const uint8_t *p, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += (unsigned)p[i] << 8 | (i + 1 < len ? p[i + 1] : 0);
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

/* The sum over what an upper protocol's covers is right; 0 of UDP over IPv4 is none. */
static bool upper_sum_ok(const uint8_t *ip, size_t len)
{
	bool v6 = ip[0] >> 4 == 6;
	size_t hlen = v6 ? 40 : (ip[0] & 15) * 4u;
	uint8_t proto = v6 ? ip[6] : ip[9];
	const uint8_t *l4 = ip + hlen;
	unsigned sum = 0;

	if (!v6 && ((ip[6] & 0x3f) || ip[7]))
		return true;
	if (proto == 17 && !l4[6] && !l4[7])
		return !v6;
	if (proto != 6 && proto != 17 && proto != 1 && proto != 58)
		return true;
	if (proto != 1)
		sum = sum16(v6 ? ip + 8 : ip + 12, v6 ? 32 : 8,
			    (unsigned)proto + (unsigned)(len - hlen));
	return sum16(l4, len - hlen, sum) == 0xffff;
}

static void blank(uint8_t *p, size_t n)
{
	memset(p, 0, n);
}

static bool normalize6(uint8_t *ip, bool any_port)
{
	uint8_t *l4 = ip + 40, *quoted = l4 + 8;

	if (ip[6] == 44)
		blank(ip + 44, 4);	/* a number that nobody can guess */
	if (!upper_sum_ok(ip, 40 + (size_t)(ip[4] << 8 | ip[5])))
		return false;
	if (!any_port)
		return true;
	if (ip[6] == 6 || ip[6] == 17) {
		blank(l4, 4);
		blank(l4 + (ip[6] == 6 ? 16 : 6), 2);
	} else if (ip[6] == 58 && l4[0] < 128) {
		blank(l4 + 2, 2);
		blank(quoted + 40, 4);
		blank(quoted + (quoted[6] == 6 ? 56 : 46), 2);
	} else if (ip[6] == 58) {
		blank(l4 + 2, 4);
	}
	return true;
}

/* Sums were checked: what two machines may choose differently becomes 0, and with it the sums. */
static bool normalize(struct twin_frame *f, bool any_port)
{
	uint8_t *ip = f->b + 14, *l4, *quoted;
	size_t len = f->len - 14;

	if (f->b[12] == 0x86 && f->b[13] == 0xdd)
		return normalize6(ip, any_port);
	if (f->b[12] != 8 || f->b[13] != 0)
		return true;
	len = (size_t)(ip[2] << 8 | ip[3]);
	if (sum16(ip, (ip[0] & 15) * 4u, 0) != 0xffff || !upper_sum_ok(ip, len))
		return false;
	blank(ip + 4, 2);
	blank(ip + 10, 2);
	l4 = ip + (ip[0] & 15) * 4;
	quoted = l4 + 8;
	if (any_port && (ip[9] == 6 || ip[9] == 17)) {
		blank(l4, 4);
		blank(l4 + (ip[9] == 6 ? 16 : 6), 2);
	} else if (any_port && ip[9] == 1 && (l4[0] == 3 || l4[0] == 11)) {
		blank(l4 + 2, 2);
		blank(quoted + 20, 4);
		blank(quoted + (quoted[9] == 6 ? 36 : 26), 2);
	} else if (any_port && ip[9] == 1) {
		blank(l4 + 2, 4);
	}
	return true;
}

static void show(const char *who, const struct twin_out *o)
{
	printf("  %s: %u frames\n", who, o->n);
	for (unsigned i = 0; i < o->n; i++) {
		printf("   %s", names[o->frame[i].port]);
		for (size_t j = 0; j < o->frame[i].f.len && j < 110; j++)
			printf("%s%02x", j == 14 || j == 34 ? "  " : j % 2 ? "" : " ",
			       o->frame[i].f.b[j]);
		printf("\n");
	}
}

static bool same(const struct twin_out *a, const struct twin_out *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->frame[i].port != b->frame[i].port ||
		    a->frame[i].f.len != b->frame[i].f.len ||
		    memcmp(a->frame[i].f.b, b->frame[i].f.b, a->frame[i].f.len))
			return false;
	return true;
}

static bool alike(const struct twin_out *kernel, const struct twin_out *linnet, bool any_port)
{
	static struct twin_out k, l;
	bool ok = true;

	k = *kernel;
	l = *linnet;
	for (unsigned i = 0; i < k.n; i++)
		ok &= normalize(&k.frame[i].f, any_port) ||
		      twins_differ("the kernel's sums are wrong");
	for (unsigned i = 0; i < l.n; i++)
		ok &= normalize(&l.frame[i].f, any_port) || twins_differ("linnet's sums are wrong");
	return ok && same(&k, &l);
}

bool twins_send(enum twin_port port, const struct twin_frame *f, bool any_port,
		struct twin_out *out)
{
	static struct twin_out k, l, in;

	take_kernel(&k);
	take_linnet(&l);
	if (write(tap[port], f->b, f->len) != (ssize_t)f->len)
		return twins_differ("the kernel's %s takes no frame: %s", names[port],
				    strerror(errno));
	take_kernel(out);
	k = *out;
	if (ln_nic_receive(nic[port], f->b, f->len))
		return twins_differ("linnet's %s takes no frame", names[port]);
	twins_now += 1000000;
	ln_net_run(twins_net, twins_now);
	take_linnet(&l);
	in = (struct twin_out){ .n = 1 };
	in.frame[0].port = port;
	in.frame[0].f = *f;
	if (alike(&k, &l, any_port))
		return true;
	/* Nothing but ports of NAT's own choice: what follows would be of other connections. */
	out->by_chance = alike(&k, &l, true);
	if (out->by_chance)
		return true;
	twins_differ("the two do not send the same");
	show("this came in", &in);
	show("kernel", &k);
	show("linnet", &l);
	return false;
}

void twins_hear_neighbours(void)
{
	hears_neighbours = true;
}

void twins_both(const char *line)
{
	command(line);
	ctl(line);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(char *said, size_t cap)
{
	static char sorted[LIST_MAX];
	char *line[1024], *at = sorted;
	size_t n = 0;

	for (char *p = strtok(said, "\n"); p && n < 1024; p = strtok(NULL, "\n"))
		line[n++] = p;
	qsort(line, n, sizeof(line[0]), by_text);
	*at = '\0';
	for (size_t i = 0; i < n; i++)
		at += snprintf(at, LIST_MAX - (size_t)(at - sorted), "%s\n", line[i]);
	snprintf(said, cap, "%s", sorted);
}

void twins_kernel_says(const char *line, char *said, size_t cap)
{
	FILE *f = popen(line, "r");
	size_t n = f ? fread(said, 1, cap - 1, f) : 0;

	said[n] = '\0';
	if (!f || pclose(f))
		twins_skip(line);
	sort_lines(said, cap);
}

void twins_linnet_says(const char *line, char *said, size_t cap)
{
	*said = '\0';
	if (ln_ctl(twins_net, line, said, cap, NULL))
		twins_differ("linnet refuses \"%s\": %s", line, said);
	sort_lines(said, cap);
}

void twins_wait(int64_t ns)
{
	twins_now += ns;
	ln_net_run(twins_net, twins_now);
}

/* ---- rules ---- */

bool twins_load(const char *rules)
{
	static char text[LIST_MAX];

	ctl("nft flush ruleset");
	kernel_forget();
	snprintf(text, sizeof(text), "flush ruleset\n%s", rules);
	if (twins_kernel_reads(text, texts[0], LIST_MAX))
		return twins_differ("Debian's nft refuses\n%s%s", rules, texts[0]);
	if (twins_linnet_reads(rules, texts[0], LIST_MAX))
		return twins_differ("linnet refuses\n%s%s", rules, texts[0]);
	return true;
}

bool twins_nft(const char *line)
{
	if (twins_kernel_reads(line, texts[0], LIST_MAX))
		return twins_differ("Debian's nft refuses\n%s\n%s", line, texts[0]);
	if (twins_linnet_reads(line, texts[0], LIST_MAX))
		return twins_differ("linnet refuses\n%s\n%s", line, texts[0]);
	return true;
}

/* Without what time changes. */
static void still(char *s)
{
	for (char *at = s; (at = strstr(at, " expires ")) != NULL;) {
		char *end = at + 9 + strspn(at + 9, "0123456789wdhms");

		memmove(at, end, strlen(end) + 1);
	}
}

bool twins_lists(void)
{
	char *kernel = texts[0], *ours = texts[1], *again = texts[2], *said = texts[3];

	if (run_nft("list ruleset", "", kernel, LIST_MAX) ||
	    ln_ctl(twins_net, "nft list ruleset", ours, LIST_MAX, NULL))
		return twins_differ("no list");
	run_nft("flush ruleset", "", said, LIST_MAX);
	if (run_nft("-f -", ours, again, LIST_MAX))
		return twins_differ("Debian's nft refuses our list\n%s%s", ours, again);
	run_nft("list ruleset", "", again, LIST_MAX);
	still(kernel);
	still(ours);
	still(again);
	if (strcmp(kernel, again))
		return twins_differ("the rulesets are not the same:\nkernel:\n%s\nlinnet:\n%s\n"
			      "linnet's, read by nft:\n%s", kernel, ours, again);
	return true;
}

bool twins_same_list(const char *command)
{
	char *kernel = texts[0], *ours = texts[1], line[128];

	snprintf(line, sizeof(line), "nft %s", command);
	if (run_nft(command, "", kernel, LIST_MAX) || ln_ctl(twins_net, line, ours, LIST_MAX, NULL))
		return twins_differ("no %s", command);
	still(kernel);
	still(ours);
	return !strcmp(kernel, ours) ||
	       twins_differ("%s is not the same:\nkernel:\n%s\nlinnet:\n%s", command, kernel,
			    ours);
}

bool twins_same_text(void)
{
	return twins_same_list("list ruleset") && twins_same_list("list sets") &&
	       twins_same_list("list maps") && twins_same_list("list meters") &&
	       twins_same_list("list chains");
}

/* ---- connections ---- */

/* What conntrack says, without what time makes of it, in order. */
static void plain_conntrack(char *s, char *to, size_t cap)
{
	static char lines[512][512];
	char *line[512], *save = NULL, *at, proto[32], rest[440];
	unsigned number, seconds;
	const char *family;
	size_t n = 0, len = 0;
	int from = 0;

	for (at = strtok_r(s, "\n", &save); at && n < 512; at = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(at, "conntrack v", 11))	/* what the tool says to a person */
			continue;
		from = 0;
		if (sscanf(at, "%u proto=%n", &seconds, &from) == 1 && from)	/* expected */
			at += from;
		if (strstr(at, " use="))
			*strstr(at, " use=") = '\0';
		line[n] = lines[n];
		family = "";
		if (!strncmp(at, "ipv", 3) && strlen(at) > 13) {	/* -o extended */
			family = at[3] == '4' ? "ipv4 " : "ipv6 ";
			at += 11 + (at[3] == '6');
		}
		if (sscanf(at, "%31s %u %u %439[^\n]", proto, &number, &seconds, rest) == 4)
			snprintf(lines[n++], sizeof(*lines), "%s%s %u %s", family, proto, number,
				 rest);
		else
			snprintf(lines[n++], sizeof(*lines), "%s", at);
	}
	qsort(line, n, sizeof(*line), by_text);
	*to = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(to + len, cap - len, "%s\n", line[i]);
}

bool twins_conntrack(const char *words)
{
	char command_line[256], *kernel = texts[0], *ours = texts[1];
	FILE *f;
	size_t n;

	snprintf(command_line, sizeof(command_line), "conntrack %s 2>/dev/null", words);
	f = popen(command_line, "r");
	if (!f)
		return twins_differ("conntrack cannot be run");
	n = fread(texts[2], 1, LIST_MAX - 1, f);
	texts[2][n] = '\0';
	pclose(f);
	snprintf(command_line, sizeof(command_line), "conntrack %s", words);
	if (ln_ctl(twins_net, command_line, texts[3], LIST_MAX, NULL))
		return twins_differ("%s: linnet refuses: %s", command_line, texts[3]);
	plain_conntrack(texts[2], kernel, LIST_MAX);
	plain_conntrack(texts[3], ours, LIST_MAX);
	return !strcmp(kernel, ours) ||
	       twins_differ("%s is not the same:\nkernel:\n%s\nlinnet:\n%s", command_line,
			    kernel, ours);
}

void twins_enter(void)
{
	char said[256];

	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	if (system("command -v nft >/dev/null")) {
		printf("skipped: not installed: nft\n");
		exit(77);
	}
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		twins_skip("no network namespace may be made here");
	kernel_settings();
	for (int i = 0; i < TWIN_PORTS; i++)
		tap[i] = open_tap(names[i]);
	kernel_addresses();
	if (run_nft("-f -", "table inet t { chain c { ct state new counter\n }\n }\n"
		    "flush ruleset\n", said, sizeof(said))) {
		printf("skipped: this kernel has no nftables: %s\n", said);
		exit(77);
	}
	linnet_machine();
}
