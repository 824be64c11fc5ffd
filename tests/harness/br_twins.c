/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "harness/br_twins.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linnet/linnet.h>

#define TEXT_MAX 65536
#define LINES_MAX 512
#define SOON_NS 1000000			/* what the card's interrupt may wait */

#define HEARD_MAX 64

struct heard {
	unsigned n;
	struct one {
		unsigned port;
		struct br_twin_frame frame;
	} one[HEARD_MAX];
};

static int tap[TWIN_BR_PORTS];
static struct ln_net *net;
static struct ln_nic *nic[TWIN_BR_PORTS];
static int64_t now;
static const char *which = "";

__attribute__((format(printf, 1, 2))) static bool differ(const char *fmt, ...)
{
	va_list ap;

	printf("BAD: %s: ", which);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

static void skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	exit(77);
}

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* ---- both are made ---- */

static void kernel(const char *line)
{
	if (!system(line))
		return;
	printf("skipped: it does not work here: %s\n", line);
	exit(77);
}

static void open_tap(int i)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	tap[i] = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "p%d", i + 1);
	if (tap[i] < 0 || ioctl(tap[i], TUNSETIFF, &ifr))
		skip("no TAP may be made here");
}

static void linnet_machine(void)
{
	struct ln_net_params p;

	ln_net_params_init(&p);
	p.seed = 7;
	p.start_ns = now = clock_ns();
	net = ln_net_create(&p);
	for (int i = 0; i < TWIN_BR_PORTS; i++) {
		char name[16];
		struct ln_nic_params n = { .name = name, .mac = { 2, 0, 0, 0, 0, 1 } };

		snprintf(name, sizeof(name), "p%d", i + 1);
		n.mac[5] = (uint8_t)(i + 1);
		nic[i] = ln_nic_create(net, &n);
	}
}

void br_twins_enter(void)
{
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		skip("no network namespace may be made here");
	/* So that nothing is said that nobody asked for. */
	kernel("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	/* br_netfilter looks at IP headers before the bridge, where it is there. */
	kernel("for i in iptables ip6tables arptables; do"
	       " sysctl -qw net.bridge.bridge-nf-call-$i=0 2>/dev/null; done; true");
	for (int i = 0; i < TWIN_BR_PORTS; i++)
		open_tap(i);
	linnet_machine();
	br_twins_do("ip link add br0 type bridge");
}

bool br_twins_kernel_can(const char *line)
{
	char quiet[600];

	snprintf(quiet, sizeof(quiet), "%s >/dev/null 2>&1", line);
	return !system(quiet);
}

bool br_twins_do(const char *fmt, ...)
{
	char line[512], said[4096] = "";
	bool k, l;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	k = br_twins_kernel_can(line);
	l = !ln_ctl(net, line, said, sizeof(said), NULL);
	return k == l || differ("%s does \"%s\", the other does not; linnet says: %s",
				k ? "the kernel" : "linnet", line, said);
}

/* ---- frames ---- */

static void run_linnet(void)
{
	int64_t next;

	if (clock_ns() > now)
		now = clock_ns();
	ln_net_run(net, now);
	while ((next = ln_net_next_event(net)) <= now + SOON_NS) {
		if (next > now)
			now = next;
		ln_net_run(net, now);
	}
}

static struct br_twin_frame *room(struct heard *h)
{
	if (h->n == HEARD_MAX) {
		differ("so many frames at once are none of the test's");
		exit(1);
	}
	memset(&h->one[h->n], 0, sizeof(h->one[0]));
	return &h->one[h->n].frame;
}

/* A bridge's own, and no query. */
static bool is_noise(const uint8_t *f, size_t len)
{
	static const uint8_t br0[6] = { 2, [5] = 0x0b };

	return !memcmp(f + 6, br0, 6) &&
	       !(len > 38 && f[12] == 8 && f[23] == 2 && f[38] == 0x11) &&
	       !(len > 62 && f[12] == 0x86 && !f[20] && f[62] == 130);
}

static int by_port_and_bytes(const void *a, const void *b)
{
	const struct one *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return memcmp(x->frame.b, y->frame.b, sizeof(x->frame.b));
}

static void hear_kernel(struct heard *h)
{
	for (unsigned i = 0; i < TWIN_BR_PORTS; i++) {
		struct br_twin_frame *f = room(h);
		ssize_t n;

		while ((n = read(tap[i], f->b, sizeof(f->b))) > 0) {
			f->len = (size_t)n;
			h->one[h->n].port = i;
			h->n += !is_noise(f->b, f->len);
			f = room(h);
		}
	}
}

static void hear_linnet(struct heard *h)
{
	for (unsigned i = 0; i < TWIN_BR_PORTS; i++) {
		struct br_twin_frame *f = room(h);
		ptrdiff_t n;

		while ((n = ln_nic_transmit(nic[i], f->b, sizeof(f->b))) > 0) {
			f->len = (size_t)n;
			h->one[h->n].port = i;
			h->n += !is_noise(f->b, f->len);
			f = room(h);
		}
	}
}

static bool same(struct heard *a, struct heard *b)
{
	qsort(a->one, a->n, sizeof(a->one[0]), by_port_and_bytes);
	qsort(b->one, b->n, sizeof(b->one[0]), by_port_and_bytes);
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (by_port_and_bytes(&a->one[i], &b->one[i]) ||
		    a->one[i].frame.len != b->one[i].frame.len)
			return false;
	return true;
}

static void show_frame(const char *who, unsigned port, const struct br_twin_frame *f)
{
	printf("  %s p%u", who, port + 1);
	for (size_t i = 0; i < f->len && i < 90; i++)
		printf("%s%02x", i == 12 || i == 14 ? "  " : i % 2 ? "" : " ", f->b[i]);
	printf("\n");
}

static void show(const char *who, const struct heard *h)
{
	if (!h->n)
		printf("  %s: nothing\n", who);
	for (unsigned i = 0; i < h->n; i++)
		show_frame(who, h->one[i].port, &h->one[i].frame);
}

bool br_twins_begin(const char *name)
{
	static struct heard old;
	bool ok;

	old.n = 0;

	which = name;
	ok = br_twins_do("ip link del br0") && br_twins_do("ip link add br0 type bridge") &&
	     br_twins_do("ip link set br0 address 02:00:00:00:00:0b") &&
	     br_twins_do("ip link set br0 up");
	for (int i = 1; ok && i <= TWIN_BR_PORTS; i++)
		ok = br_twins_do("ip link set p%d up", i) &&
		     br_twins_do("ip link set p%d master br0", i);
	hear_kernel(&old);
	hear_linnet(&old);
	return ok;
}

bool br_twins_send(unsigned port, const struct br_twin_frame *f, unsigned *out)
{
	static struct heard k, l;

	k.n = l.n = 0;
	if (write(tap[port], f->b, f->len) != (ssize_t)f->len)
		return differ("the kernel's p%u takes no frame: %s", port + 1, strerror(errno));
	hear_kernel(&k);
	if (ln_nic_receive(nic[port], f->b, f->len))
		return differ("linnet's p%u takes no frame", port + 1);
	run_linnet();
	hear_linnet(&l);
	if (getenv("LINNET_TWINS_TELL")) {
		show_frame("came in at", port, f);
		show("kernel", &k);
	}
	*out = 0;
	for (unsigned i = 0; i < k.n; i++)
		*out |= 1u << k.one[i].port;
	if (same(&k, &l))
		return true;
	differ("the two do not send the same");
	show_frame("came in at", port, f);
	show("kernel", &k);
	show("linnet", &l);
	return false;
}

void br_twins_wait_ms(unsigned ms)
{
	int64_t end = clock_ns() + ms * 1000000ll, left;

	while ((left = end - clock_ns()) > 0)
		poll(NULL, 0, (int)(left / 1000000 + 1));
	run_linnet();
}

bool br_twins_asked(unsigned *n)
{
	static struct heard k, l;

	k.n = l.n = 0;
	hear_kernel(&k);
	hear_linnet(&l);
	*n = k.n;
	if (same(&k, &l))
		return true;
	differ("the two do not ask the same");
	show("kernel", &k);
	show("linnet", &l);
	return false;
}

/* ---- tables ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The words of a line that lists ports in an order of the kernel's own. */
static void sort_words(char *l)
{
	char *word[TWIN_BR_PORTS + 8], copy[512], *save = NULL;
	size_t n = 0, len = 0;

	snprintf(copy, sizeof(copy), "%s", l);
	for (char *w = strtok_r(copy, " ", &save); w && n < TWIN_BR_PORTS + 8;
	     w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	qsort(word, n, sizeof(word[0]), by_text);
	for (size_t i = 0; i < n; i++)
		len += (size_t)sprintf(l + len, "%s%s", i ? " " : "", word[i]);
}

/* Its lines in order, without blanks at their ends. */
static void sort_lines(char *text, char *to, size_t cap)
{
	char *line[LINES_MAX], *save = NULL;
	size_t n = 0, len = 0;

	for (char *l = strtok_r(text, "\n", &save); l && n < LINES_MAX;
	     l = strtok_r(NULL, "\n", &save)) {
		for (size_t end = strlen(l); end && l[end - 1] == ' ';)
			l[--end] = '\0';
		if (strstr(l, "router ports"))
			sort_words(l);
		if (strstr(l, "grp ff02::6a "))
			continue;	/* Linux's bridge asks for routers by RFC 4286 */
		line[n++] = l;
	}
	qsort(line, n, sizeof(line[0]), by_text);
	*to = '\0';
	for (size_t i = 0; i < n && len < cap; i++)
		len += (size_t)snprintf(to + len, cap - len, "%s\n", line[i]);
}

static bool both_say(const char *line, char *k, char *l)
{
	FILE *f = popen(line, "r");
	size_t n = f ? fread(k, 1, TEXT_MAX - 1, f) : 0;

	if (!f || pclose(f))
		return differ("the kernel does not do %s", line);
	k[n] = '\0';
	run_linnet();
	return !ln_ctl(net, line, l, TEXT_MAX, NULL) ||
	       differ("linnet does not do %s: %s", line, l);
}

bool br_twins_mdb(void)
{
	static char said[2][TEXT_MAX], k[TEXT_MAX], l[TEXT_MAX];

	if (!both_say("bridge -d mdb show", said[0], said[1]))
		return false;
	sort_lines(said[0], k, sizeof(k));
	sort_lines(said[1], l, sizeof(l));
	return !strcmp(k, l) ||
	       differ("the tables are not the same:\nkernel:\n%s\nlinnet:\n%s", k, l);
}

/* Takes every "key":value out. */
static void json_without(char *text, const char *key)
{
	char *at;

	while ((at = strstr(text, key))) {
		char *end = at + strlen(key);

		end += strcspn(end, ",}");
		memmove(at, end + (*end == ','), strlen(end + (*end == ',')) + 1);
	}
}

/* One object a line, in the order of the alphabet. What is of a device alone ("self") is left out,
 * which linnet does not list. */
static void sort_objects(char *text, char *to)
{
	static const char *const differing[] = {
		"\"index\":", "\"ifindex\":", "\"timer\":", "\"used\":", "\"updated\":",
		"\"root_block\":", "\"mcast_to_unicast\":", "\"neigh_suppress\":",
		"\"vlan_tunnel\":", "\"locked\":",
	};
	char *line[LINES_MAX], *save = NULL;
	size_t n = 0, len = 0;

	for (size_t i = 0; i < sizeof(differing) / sizeof(differing[0]); i++)
		json_without(text, differing[i]);
	for (char *l = strtok_r(text, "{}\n", &save); l && n < LINES_MAX;
	     l = strtok_r(NULL, "{}\n", &save))
		if (!strstr(l, "\"self\"") && !strstr(l, "\"ff02::6a\"") && strcmp(l, ",")) {
			line[n++] = l;
			if (l[strlen(l) - 1] == ',')
				l[strlen(l) - 1] = '\0';
		}
	qsort(line, n, sizeof(line[0]), by_text);
	*to = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(to + len, TEXT_MAX - len, "%s\n", line[i]);
}

bool br_twins_json(const char *line)
{
	static char said[2][TEXT_MAX], k[TEXT_MAX], l[TEXT_MAX];

	if (!both_say(line, said[0], said[1]))
		return false;
	sort_objects(said[0], k);
	sort_objects(said[1], l);
	return !strcmp(k, l) || differ("%s\nkernel:\n%s\nlinnet:\n%s", line, k, l);
}
