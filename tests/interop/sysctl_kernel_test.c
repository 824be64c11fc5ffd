/* SPDX-License-Identifier: MIT */
/*
 * Settings beside the kernel's, in a namespace of its own: of each name that both have, the
 * default, and which numbers are taken and read back as what. What differs, and why, is in
 * `known`; what only one of them has is printed with "names" as argument.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linnet/linnet.h>

static struct ln_net *net;
static unsigned bad, compared;

static const char *const values[] = {
	"-2147483649", "-2147483648", "-2", "-1", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
	"10", "31", "32", "47", "48", "49", "63", "64", "99", "100", "127", "128", "200", "254",
	"255", "256", "257", "300", "301", "552", "600", "601", "999", "1000", "1001", "1023",
	"1024", "1280", "1500", "2303", "2304", "4607", "4608", "32767", "32768", "65535", "65536",
	"86400", "86401", "119999", "120000", "120001", "1000000", "1000001", "2147483646",
	"2147483647", "2147483648", "4294967295", "4294967296", "x", "1x",
};

#define N_VALUES (sizeof(values) / sizeof(*values))

/* What is not as in the kernel: a name, or the beginning of one with a '*' behind it; `range`:
 * which numbers are taken and what they become, else the default. */
static const struct { const char *name; bool range; const char *why; } known[] = {
	{ "kernel.hostname", false, "this machine's" },
	{ "net.core.*", false, "what this machine's owner chose" },
	{ "net.ipv4.tcp_congestion_control", false, "what this machine's owner chose" },
	{ "net.ipv4.tcp_allowed_congestion_control", false, "what there is" },
	{ "net.ipv4.tcp_available_congestion_control", false, "what there is" },
	{ "net.ipv4.tcp_fastopen_key", false, "a secret" },
	{ "net.ipv4.tcp_max_syn_backlog", false, "by the machine's memory there" },
	{ "net.ipv4.tcp_max_tw_buckets", false, "by the machine's memory there" },
	{ "net.ipv4.tcp_rmem", false, "by the machine's memory there" },
	{ "net.ipv4.tcp_wmem", false, "by the machine's memory there" },
	{ "net.netfilter.nf_conntrack_buckets", false, "it grows with use" },
	{ "net.ipv4.conf.*", false, "no source routes unless asked for (RFC 7126 4.3)" },
	{ "net.ipv6.conf.*", false, "devices have IPv6 when they are told to" },
	{ "net.ipv4.conf.*", true, "numbers without a meaning are refused" },
	{ "net.ipv6.conf.*", true, "numbers without a meaning are refused" },
	{ "net.ipv4.ip_forward", true, "numbers without a meaning are refused" },
	{ "net.ipv4.neigh.*", false, "an sk_buff has another size" },
	{ "net.ipv4.neigh.*", true, "times there are in ticks of 4 and 10 ms" },
	{ "net.ipv4.icmp_ratelimit", true, "times there are in ticks of 4 ms" },
	{ "net.ipv6.icmp.ratelimit", true, "times there are in ticks of 4 ms" },
	{ "net.ipv4.tcp_invalid_ratelimit", true, "times there are in ticks of 4 ms" },
	{ "net.ipv4.igmp_qrv", true, "a query has three bits for it (RFC 3376 4.1.6)" },
	{ "net.ipv4.ipfrag_high_thresh", true, "there not below low_thresh, which does nothing" },
	{ "net.ipv6.ip6frag_high_thresh", true, "as of IPv4; and there 64 bits" },
	{ "net.ipv4.tcp_base_mss", true, "no MSS is below 1, or beyond 65535" },
	{ "net.ipv4.tcp_comp_sack_delay_ns", true, "there 64 bits" },
	{ "net.ipv4.tcp_comp_sack_slack_ns", true, "there 64 bits" },
	{ "net.ipv4.tcp_rto_min_us", true, "120 s, the most of an RTO, at most" },
	{ "net.ipv4.tcp_ecn", true, "3 to 5, AccECN, came after 6.18" },
};

static bool known_difference(const char *name, bool range)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const char *k = known[i].name;
		size_t n = strcspn(k, "*");

		if (!strncmp(k, name, n) && (k[n] == '*' || !name[n]) && known[i].range == range)
			return true;
	}
	return false;
}

/* ---- the two ---- */

static const char *proc_path(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	for (char *p = path + 10; *p; p++)
		if (*p == '.')
			*p = '/';
	return path;
}

/* What stands there, without its end of line; false: it is not to be read. */
static bool kernel_read(const char *name, char *to, size_t cap)
{
	int fd = open(proc_path(name), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, to, cap - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	to[n] = '\0';
	to[strcspn(to, "\n")] = '\0';
	return true;
}

static bool kernel_write(const char *name, const char *value)
{
	int fd = open(proc_path(name), O_WRONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, value, strlen(value));
	close(fd);
	return n == (ssize_t)strlen(value);
}

static bool our_read(const char *name, char *to, size_t cap)
{
	char line[160];

	snprintf(line, sizeof(line), "sysctl -n %s", name);
	if (ln_ctl(net, line, to, cap, NULL))
		return false;
	to[strcspn(to, "\n")] = '\0';
	return true;
}

static bool our_write(const char *name, const char *value)
{
	char line[4096 + 160], out[256];

	snprintf(line, sizeof(line), "sysctl -qw '%s=%s'", name, value);
	return !ln_ctl(net, line, out, sizeof(out), NULL);
}

/* ---- one name ---- */

static void say(const char *name, const char *what, const char *theirs, const char *ours)
{
	printf("BAD: %s: %s: Linux %s, linnet %s\n", name, what, theirs, ours);
	bad++;
}

static void compare_value(const char *name, const char *value)
{
	bool theirs = kernel_write(name, value), ours = our_write(name, value);
	char what[192], k[256] = "", l[256] = "";

	snprintf(what, sizeof(what), "= \"%s\"", value);
	compared++;
	/* Linux has many signed numbers that only mean something from 0 on. */
	if (*value == '-' && theirs && !ours)
		return;
	if (theirs != ours) {
		say(name, what, theirs ? "takes it" : "refuses", ours ? "takes it" : "refuses");
		return;
	}
	if (!theirs || !kernel_read(name, k, sizeof(k)) || !our_read(name, l, sizeof(l)))
		return;
	if (strcmp(k, l)) {
		strcat(what, " is then");
		say(name, what, k, l);
	}
}

/* The same number for each of several; true: it was taken. */
static void compare_tuple(const char *name, const char *value, int n)
{
	char text[128] = "";

	for (int i = 0; i < n; i++) {
		strcat(text, i ? " " : "");
		strcat(text, value);
	}
	compare_value(name, text);
}

static int numbers_in(const char *text)
{
	int n = 0;

	for (; *text; n++) {
		if (strspn(text, "-0123456789") == 0)
			return 0;
		text += strspn(text, "-0123456789");
		text += strspn(text, "\t ");
	}
	return n;
}

static void compare_name(const char *name)
{
	char theirs[4096], ours[4096];
	int n;

	if (!kernel_read(name, theirs, sizeof(theirs)) || !our_read(name, ours, sizeof(ours)))
		return;
	n = numbers_in(ours);
	if (strcmp(theirs, ours) && !known_difference(name, false))
		say(name, "default", theirs, ours);
	/* Another's, of the whole machine, or not to be written by its nature. */
	if (access(proc_path(name), W_OK) || !kernel_write(name, theirs))
		return;
	if (!n || known_difference(name, true))
		return;
	for (size_t i = 0; i < N_VALUES; i++)
		compare_tuple(name, values[i], n);
	kernel_write(name, theirs);
	our_write(name, ours);
}

static void print_missing(void)
{
	char line[512], have[256], *end;
	FILE *f = popen("cd /proc/sys && find net -type f | sort | tr / .", "r");

	while (f && fgets(line, sizeof(line), f)) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (!our_read(line, have, sizeof(have)))
			printf("only Linux: %s\n", line);
	}
	if (f)
		pclose(f);
}

static char names[1 << 18];

/* [names] */
int main(int argc, char **argv)
{
	bool tell = argc > 1 && !strcmp(argv[1], "names");
	struct ln_net_params np;
	struct utsname u;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET) ||
	    access("/proc/sys/net/ipv4/tcp_rto_max_ms", W_OK)) {
		printf("skipped: no network namespace of a kernel of 6.15 or later: %s\n",
		       strerror(errno));
		return 77;
	}
	uname(&u);
	ln_net_params_init(&np);
	net = ln_net_create(&np);
	ln_ctl(net, "sysctl -aN", names, sizeof(names), NULL);
	for (char *name = strtok(names, "\n"); name; name = strtok(NULL, "\n")) {
		char theirs[4096];

		if (kernel_read(name, theirs, sizeof(theirs)))
			compare_name(name);
		else if (tell)
			printf("only linnet: %s\n", name);
	}
	if (tell)
		print_missing();
	ln_net_destroy(net, NULL);
	printf("%s: %u values compared, %u differences\n", u.release, compared, bad);
	return bad != 0;
}
