/* SPDX-License-Identifier: MIT */
/* sysctl, and /proc/sys by cat and echo; hostname. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ctl/bare_ctl.h"
#include "ctl/sysctl.h"

static void settings_are_shown(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "sysctl net.ipv4.ip_forward", "net.ipv4.ip_forward = 0\n");
	ok(h, "sysctl net/ipv4/tcp_rmem", "net.ipv4.tcp_rmem = 4096\t131072\t6291456\n");
	ok(h, "sysctl -n net.ipv4.ip_local_port_range", "32768\t60999\n");
	ok(h, "sysctl net.ipv4.tcp_rto_min_us", "net.ipv4.tcp_rto_min_us = 200000\n");
	ok(h, "sysctl net.ipv4.tcp_available_congestion_control net.ipv4.tcp_congestion_control",
	   "net.ipv4.tcp_available_congestion_control = reno cubic bbr dctcp\n"
	   "net.ipv4.tcp_congestion_control = cubic\n");
	ok(h, "sysctl net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_notsent_lowat = 4294967295\n");
	ok(h, "sysctl -b net.ipv4.ip_default_ttl", "64");
	ok(h, "sysctl -N net.ipv4.ip_default_ttl", "net.ipv4.ip_default_ttl\n");
	fails(h, "sysctl net.foo", -ENOENT,
	      "sysctl: cannot stat /proc/sys/net/foo: No such file or directory\n");
	does(h, "sysctl -e net.foo");
	shows(h, "sysctl net.ipv4.neigh.eth0",
	      "net.ipv4.neigh.eth0.delay_first_probe_time = 5\n"
	      "net.ipv4.neigh.eth0.gc_stale_time = 60\n"
	      "net.ipv4.neigh.eth0.interval_probe_time_ms = 5000\n"
	      "net.ipv4.neigh.eth0.locktime = 100\n");
	fails(h, "sysctl", -EINVAL, NULL);
	fails(h, "sysctl -z", -EINVAL, NULL);
}

static void settings_are_changed(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	const struct netns_sysctl *s = &h->net.sysctl;

	ok(h, "sysctl -w net.ipv4.tcp_rmem='1 2 3'", "net.ipv4.tcp_rmem = 1 2 3\n");
	assert_int_equal(s->tcp_rmem_min, 1);
	assert_int_equal(s->tcp_rmem_max, 3);
	ok(h, "sysctl -w net.ipv4.tcp_rmem='7 8'", "net.ipv4.tcp_rmem = 7 8\n");
	ok(h, "sysctl net.ipv4.tcp_rmem", "net.ipv4.tcp_rmem = 7\t8\t3\n");
	does(h, "sysctl -q -w net.ipv4.tcp_congestion_control=reno");
	assert_int_equal(s->tcp_congestion_control, 0);
	does(h, "sysctl -q -w net.ipv4.tcp_notsent_lowat=3000000000");
	ok(h, "sysctl -n net.ipv4.tcp_notsent_lowat", "3000000000\n");
	fails(h, "sysctl -q -w net.ipv4.tcp_notsent_lowat=4294967296", -EINVAL, NULL);
	fails(h, "sysctl -q -w net.ipv4.tcp_notsent_lowat=-1", -EINVAL, NULL);
	does(h, "sysctl -q -w net.ipv4.tcp_rto_min_us=5000");
	assert_int_equal(s->tcp_rto_min_us, 5000);
	does(h, "sysctl -qw net.ipv4.neigh.eth0.locktime=50");
	assert_int_equal(h->dev->arp_parms->locktime_ms, 500);
	fails(h, "sysctl -qw net.ipv4.neigh.eth0.locktime=9223372036854775807", -EINVAL, NULL);
	fails(h, "sysctl -qw net.ipv4.neigh.eth0.locktime=-9223372036854775807", -EINVAL, NULL);
	/* One that is not there does not keep the others from being set. */
	fails(h, "sysctl net.ipv4.ip_default_ttl=9 net.foo=1 net.core.somaxconn=1", -ENOENT,
	      "net.ipv4.ip_default_ttl = 9\n"
	      "sysctl: cannot stat /proc/sys/net/foo: No such file or directory\n"
	      "net.core.somaxconn = 1\n");
	assert_int_equal(s->somaxconn, 1);
}

static void bad_values_are_refused(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	fails(h, "sysctl -w net.ipv4.ip_forward=x", -EINVAL,
	      "sysctl: setting key \"net.ipv4.ip_forward\": Invalid argument\n");
	fails(h, "sysctl -w net.ipv4.ip_forward", -EINVAL,
	      "sysctl: command line(0): invalid syntax, continuing...\n");
	fails(h, "sysctl -w net.ipv4.ip_default_ttl=300", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_default_ttl=0", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_default_ttl=-1", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_default_ttl=4294967360", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_default_ttl='64 64'", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_default_ttl=", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_local_port_range='1000 900'", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.ip_local_port_range=1000", -EINVAL, NULL);
	fails(h, "sysctl -w net.ipv4.tcp_congestion_control=foo", -ENOENT,
	      "sysctl: setting key \"net.ipv4.tcp_congestion_control\": No such file or "
	      "directory\n");
	fails(h, "sysctl -w net.ipv4.tcp_available_congestion_control=reno", -EACCES, NULL);
	fails(h, "sysctl -w net.ipv4.conf.eth9.forwarding=1", -ENOENT, NULL);
	assert_int_equal(h->net.sysctl.ip_default_ttl, 64);
	assert_int_equal(h->net.sysctl.ip_local_port_min, 32768);
}

/* Linux's devinet_sysctl_forward(). */
static void ip_forward_is_every_devices(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "sysctl -qw net.ipv4.ip_forward=1");
	ok(h, "sysctl -a -r 'forward(ing)*$|conf.*forwarding$|ip_forward$'",
	   "net.ipv4.conf.all.forwarding = 1\n"
	   "net.ipv4.conf.default.forwarding = 1\n"
	   "net.ipv4.conf.eth0.forwarding = 1\n"
	   "net.ipv4.conf.lo.forwarding = 1\n"
	   "net.ipv4.ip_forward = 1\n"
	   "net.ipv6.conf.all.force_forwarding = 0\n"
	   "net.ipv6.conf.all.forwarding = 0\n"
	   "net.ipv6.conf.default.force_forwarding = 0\n"
	   "net.ipv6.conf.default.forwarding = 0\n"
	   "net.ipv6.conf.eth0.force_forwarding = 0\n"
	   "net.ipv6.conf.eth0.forwarding = 0\n"
	   "net.ipv6.conf.lo.force_forwarding = 0\n"
	   "net.ipv6.conf.lo.forwarding = 0\n");
	does(h, "sysctl -qw net.ipv4.conf.all.forwarding=0");
	ok(h, "sysctl net.ipv4.ip_forward net.ipv4.conf.eth0.forwarding",
	   "net.ipv4.ip_forward = 0\nnet.ipv4.conf.eth0.forwarding = 0\n");
	/* A device's own word counts after that; all is written on only when it changes. */
	does(h, "sysctl -qw net.ipv4.ip_forward=1");
	does(h, "sysctl -qw net.ipv4.conf.eth0.forwarding=0");
	does(h, "sysctl -qw net.ipv4.ip_forward=1");
	ok(h, "sysctl -n net.ipv4.ip_forward net.ipv4.conf.eth0.forwarding "
	   "net.ipv4.conf.lo.forwarding", "1\n0\n1\n");
	does(h, "sysctl -qw net.ipv4.conf.default.rp_filter=2");
	does(h, "ip link add br0 type bridge");
	ok(h, "sysctl net.ipv4.conf.br0.rp_filter", "net.ipv4.conf.br0.rp_filter = 2\n");
}

/* A device's own dots are slashes where dots separate, and the other way round. */
static void dots_in_names_are_turned(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	does(h, "ip link add br.5 type bridge");
	ok(h, "sysctl net/ipv4/conf/br.5/arp_ignore", "net.ipv4.conf.br/5.arp_ignore = 0\n");
	does(h, "sysctl -qw net.ipv4.conf.br/5.arp_ignore=1");
	ok(h, "cat /proc/sys/net/ipv4/conf/br.5/arp_ignore", "1\n");
	shows(h, "sysctl -a", "net.ipv4.conf.br/5.arp_ignore = 1\n");
}

struct sorted {
	char last[SYSCTL_NAME_MAX];
	unsigned n;
};

static void check_sorted(const char *name, void *ctx)
{
	struct sorted *s = ctx;
	struct strbuf sb;

	if (strcmp(s->last, name) >= 0)
		print_message("%s before %s\n", s->last, name);
	assert_true(strcmp(s->last, name) < 0);
	sb_init(&sb, s->last, sizeof(s->last));
	sb_puts(&sb, name);
	s->n++;
}

static void all_are_listed_in_order(void **state)
{
	struct host *h = &((struct pair *)*state)->a;
	struct sorted s = { .n = 0 };

	sysctl_for_each(&h->net, check_sorted, &s);
	assert_true(s.n > 100);
	shows(h, "sysctl -a", "\nnet.ipv4.tcp_wmem = 4096\t16384\t4194304\n");
	shows(h, "sysctl -a", "\nnet.ipv4.neigh.default.gc_stale_time = 60\n"
	      "net.ipv4.neigh.default.gc_thresh1 = 128\n"
	      "net.ipv4.neigh.default.gc_thresh2 = 512\n"
	      "net.ipv4.neigh.default.gc_thresh3 = 1024\n"
	      "net.ipv4.neigh.default.interval_probe_time_ms = 5000\n");
}

/* One number in several units; what is set as default is what new devices have. */
static void neighbours_settings(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "sysctl -n net.ipv4.neigh.eth0.unres_qlen net.ipv4.neigh.eth0.unres_qlen_bytes "
	   "net.ipv4.neigh.eth0.retrans_time net.ipv4.neigh.eth0.base_reachable_time "
	   "net.ipv4.neigh.eth0.proxy_delay", "101\n212992\n100\n30\n80\n");
	does(h, "sysctl -q net.ipv4.neigh.default.base_reachable_time=7");
	does(h, "sysctl -q net.ipv4.neigh.default.retrans_time=5");
	does(h, "sysctl -q net.ipv4.neigh.default.unres_qlen=3");
	does(h, "ip link add name br7 type bridge");
	ok(h, "sysctl -n net.ipv4.neigh.br7.base_reachable_time_ms "
	   "net.ipv4.neigh.br7.retrans_time_ms net.ipv4.neigh.br7.unres_qlen_bytes "
	   "net.ipv4.neigh.eth0.base_reachable_time_ms", "7000\n50\n6270\n30000\n");
	ok(h, "sysctl -n net.ipv4.conf.eth0.medium_id net.ipv6.neigh.default.locktime", "0\n0\n");
	does(h, "sysctl -q net.ipv4.conf.eth0.medium_id=-1");
}

static void patterns_choose_names(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "sysctl -a -r '^kernel'", "kernel.hostname = linnet\n");
	ok(h, "sysctl -a -r 'tcp_.mem$'", "net.ipv4.tcp_rmem = 4096\t131072\t6291456\n"
	   "net.ipv4.tcp_wmem = 4096\t16384\t4194304\n");
	ok(h, "sysctl -aN -r 'core.*max$|ip_f'", "net.core.rmem_max\nnet.core.wmem_max\n"
	   "net.ipv4.ip_forward\n");
	ok(h, "sysctl -aN -r 'x*somaxc*onn'", "net.core.somaxconn\n");
	ok(h, "sysctl -aN -r 'nosuch'", "");
}

static void proc_sys_is_a_file_tree(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "cat /proc/sys/net/ipv4/ip_forward", "0\n");
	does(h, "echo 1 > /proc/sys/net/ipv4/ip_forward");
	ok(h, "cat /proc/sys/net/ipv4/ip_forward", "1\n");
	does(h, "echo 10000 20000 >/proc/sys/net/ipv4/ip_local_port_range");
	ok(h, "cat /proc/sys/net/ipv4/ip_local_port_range", "10000\t20000\n");
	fails(h, "echo 9 > /proc/sys/net/ipv4/ip_forward", -EINVAL,
	      "echo: write error: Invalid argument\n");
	fails(h, "echo 9 > /tmp/x", -ENOENT, "/tmp/x: No such file or directory\n");
	fails(h, "cat /proc/sys/foo", -ENOENT, "cat: /proc/sys/foo: No such file or directory\n");
	ok(h, "echo a  'b  c'", "a b  c\n");
}

static void the_host_has_a_name(void **state)
{
	struct host *h = &((struct pair *)*state)->a;

	ok(h, "hostname", "linnet\n");
	does(h, "hostname laptop");
	ok(h, "sysctl kernel.hostname", "kernel.hostname = laptop\n");
	fails(h, "hostname 0123456789012345678901234567890123456789012345678901234567890123",
	      -EINVAL, "hostname: the specified hostname is invalid\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(settings_are_shown),
		CTL_TEST(settings_are_changed),
		CTL_TEST(bad_values_are_refused),
		CTL_TEST(ip_forward_is_every_devices),
		CTL_TEST(dots_in_names_are_turned),
		CTL_TEST(all_are_listed_in_order),
		CTL_TEST(neighbours_settings),
		CTL_TEST(patterns_choose_names),
		CTL_TEST(proc_sys_is_a_file_tree),
		CTL_TEST(the_host_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
