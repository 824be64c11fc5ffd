/* SPDX-License-Identifier: MIT */
/*
 * The settings of an instance: one table of typed values, with Linux's names, defaults and
 * limits: X(field, name, default, min, max, text). Read as net->sysctl.field. A min of INT32_MIN:
 * the number is an unsigned one of 32 bits.
 *
 * Per-device settings (net.ipv4.conf.<dev>.*, net.ipv4.neigh.<dev>.*) live with the device;
 * their names and ranges are in ctl/sysctl_lookup.c.
 */
#ifndef LINNET_BASE_SYSCTL_H
#define LINNET_BASE_SYSCTL_H

#include "base/sysctl_tcp.h"
#include "base/types.h"

#define SYSCTLS(X) \
	X(netdev_budget, "net.core.netdev_budget", 300, 1, INT32_MAX, \
	  "frames that one round of NET_RX may take") \
	X(netdev_budget_usecs, "net.core.netdev_budget_usecs", 2000, 1, INT32_MAX, \
	  "us that one round of NET_RX may take") \
	X(dev_weight, "net.core.dev_weight", 64, 1, INT32_MAX, \
	  "frames that one NAPI poll may take") \
	X(netdev_max_backlog, "net.core.netdev_max_backlog", 1000, 1, INT32_MAX, \
	  "frames that may wait between loopback or veth and NET_RX") \
	X(somaxconn, "net.core.somaxconn", 4096, 0, INT32_MAX, \
	  "upper limit of listen()'s backlog") \
	X(rmem_default, "net.core.rmem_default", 212992, 2304, INT32_MAX, \
	  "receive buffer of a socket, bytes") \
	X(wmem_default, "net.core.wmem_default", 212992, 4608, INT32_MAX, \
	  "send buffer of a socket, bytes") \
	X(rmem_max, "net.core.rmem_max", 212992, 2304, INT32_MAX, "limit of SO_RCVBUF, bytes") \
	X(wmem_max, "net.core.wmem_max", 212992, 4608, INT32_MAX, "limit of SO_SNDBUF, bytes") \
	X(txrehash, "net.core.txrehash", 1, 0, 1, \
	  "connections look for another path at each timeout, unless SO_TXREHASH says no") \
	X(ip_forward, "net.ipv4.ip_forward", 0, 0, 1, "forward packets between devices") \
	X(ip_default_ttl, "net.ipv4.ip_default_ttl", 64, 1, 255, "TTL of packets sent") \
	X(fwmark_reflect, "net.ipv4.fwmark_reflect", 0, 0, 255, \
	  "what is answered without a socket has the mark of what it answers") \
	X(ip_no_pmtu_disc, "net.ipv4.ip_no_pmtu_disc", 0, 0, 255, \
	  "0: discover the path MTU; 1: it is 552 where a router complains; " \
	  "2: nobody hears the router; 3: TCP alone does") \
	X(ip_local_port_min, "net.ipv4.ip_local_port_range[0]", 32768, 1, 65535, \
	  "first ephemeral port") \
	X(ip_local_port_max, "net.ipv4.ip_local_port_range[1]", 60999, 1, 65535, \
	  "last ephemeral port") \
	X(ip_prot_sock, "net.ipv4.ip_unprivileged_port_start", 1024, 0, 65535, \
	  "no ephemeral port is below it; nobody here is without privilege") \
	X(ip_nonlocal_bind, "net.ipv4.ip_nonlocal_bind", 0, 0, 255, \
	  "bind() to addresses that are not here") \
	X(icmp_echo_ignore_all, "net.ipv4.icmp_echo_ignore_all", 0, 0, 1, "do not answer ping") \
	X(icmp_echo_ignore_broadcasts, "net.ipv4.icmp_echo_ignore_broadcasts", 1, 0, 1, \
	  "do not answer ping to a broadcast address") \
	X(icmp_errors_use_inbound_ifaddr, "net.ipv4.icmp_errors_use_inbound_ifaddr", 0, 0, 1, \
	  "errors come from the address of the device that the packet came in by") \
	X(icmp_ratelimit, "net.ipv4.icmp_ratelimit", 1000, 0, INT32_MAX, \
	  "ms between two ICMP errors to one peer; 0 = no limit") \
	X(icmp_ratemask, "net.ipv4.icmp_ratemask", 6168, 0, INT32_MAX, \
	  "ICMP types that are limited, a bit each") \
	X(icmp_msgs_per_sec, "net.ipv4.icmp_msgs_per_sec", 1000, 0, INT32_MAX, \
	  "ICMP errors per second to all") \
	X(icmp_msgs_burst, "net.ipv4.icmp_msgs_burst", 50, 0, INT32_MAX, "and at once") \
	X(fib_multipath_hash_policy, "net.ipv4.fib_multipath_hash_policy", 0, 0, 3, \
	  "which next hop of several: 0 by addresses, 1 by ports and protocol as well, 2 by " \
	  "addresses inside of tunnels, 3 by fib_multipath_hash_fields") \
	X(fib_multipath_hash_fields, "net.ipv4.fib_multipath_hash_fields", 7, 1, 4095, \
	  "a bit each: source, destination, protocol, flow label, ports, the same inside") \
	X(ipfrag_high_thresh, "net.ipv4.ipfrag_high_thresh", 4194304, 0, INT32_MAX, \
	  "bytes that may wait for reassembly") \
	X(ipfrag_time, "net.ipv4.ipfrag_time", 30, 0, SYSCTL_SECONDS_MAX, \
	  "s that a fragment waits") \
	X(neigh_gc_thresh1, "net.ipv4.neigh.default.gc_thresh1", 128, 0, INT32_MAX, \
	  "neighbours that are kept though nobody uses them") \
	X(neigh_gc_thresh2, "net.ipv4.neigh.default.gc_thresh2", 512, 0, INT32_MAX, \
	  "neighbours from which on a new one makes room, once in 5 s") \
	X(neigh_gc_thresh3, "net.ipv4.neigh.default.gc_thresh3", 1024, 0, INT32_MAX, \
	  "neighbours at most") \
	X(fib6_multipath_hash_policy, "net.ipv6.fib_multipath_hash_policy", 0, 0, 3, \
	  "as of IPv4") \
	X(fib6_multipath_hash_fields, "net.ipv6.fib_multipath_hash_fields", 7, 1, 4095, \
	  "as of IPv4") \
	X(ip6_fwmark_reflect, "net.ipv6.fwmark_reflect", 0, 0, 255, "as of IPv4") \
	X(ip6frag_high_thresh, "net.ipv6.ip6frag_high_thresh", 4194304, 0, INT32_MAX, \
	  "bytes that may wait for reassembly") \
	X(ip6frag_time, "net.ipv6.ip6frag_time", 60, 0, SYSCTL_SECONDS_MAX, \
	  "s that a fragment waits") \
	X(icmpv6_time, "net.ipv6.icmp.ratelimit", 100, 0, INT32_MAX, \
	  "ms between two ICMPv6 errors to one peer; 0 = no limit") \
	X(icmpv6_echo_ignore_all, "net.ipv6.icmp.echo_ignore_all", 0, 0, 255, \
	  "do not answer ping") \
	X(icmpv6_echo_ignore_multicast, "net.ipv6.icmp.echo_ignore_multicast", 0, 0, 255, \
	  "do not answer ping to a group") \
	X(max_dst_opts_cnt, "net.ipv6.max_dst_opts_number", 8, -INT32_MAX, INT32_MAX, \
	  "options in a destination header at most; below 0: so many, and none that is " \
	  "unknown") \
	X(max_dst_opts_len, "net.ipv6.max_dst_opts_length", INT32_MAX, -INT32_MAX, INT32_MAX, \
	  "bytes of a destination header at most") \
	X(max_hbh_opts_len, "net.ipv6.max_hbh_length", INT32_MAX, -INT32_MAX, INT32_MAX, \
	  "bytes of a hop-by-hop header at most") \
	X(max_hbh_opts_cnt, "net.ipv6.max_hbh_opts_number", 8, -INT32_MAX, INT32_MAX, \
	  "the same of a hop-by-hop header") \
	X(ip6_auto_flowlabels, "net.ipv6.auto_flowlabels", 1, 0, 3, \
	  "flow labels: 0 none, 1 unless the socket says no, 2 if it says so, 3 always") \
	X(ip6_flowlabel_reflect, "net.ipv6.flowlabel_reflect", 0, 0, 7, \
	  "what is answered with its own label: 2 by RST, 4 by echo replies; 1: nothing here") \
	X(ip6_nonlocal_bind, "net.ipv6.ip_nonlocal_bind", 0, 0, 255, "as of IPv4") \
	X(ipv6_bindv6only, "net.ipv6.bindv6only", 0, 0, 255, "IPV6_V6ONLY of new sockets") \
	X(neigh6_gc_thresh1, "net.ipv6.neigh.default.gc_thresh1", 128, 0, INT32_MAX, \
	  "as of IPv4") \
	X(neigh6_gc_thresh2, "net.ipv6.neigh.default.gc_thresh2", 512, 0, INT32_MAX, \
	  "as of IPv4") \
	X(neigh6_gc_thresh3, "net.ipv6.neigh.default.gc_thresh3", 1024, 0, INT32_MAX, \
	  "IPv6 neighbours at most") \
	SYSCTLS_TCP(X) \
	X(igmp_max_memberships, "net.ipv4.igmp_max_memberships", 20, 0, INT32_MAX, \
	  "groups that a socket may be in") \
	X(igmp_max_msf, "net.ipv4.igmp_max_msf", 10, 0, INT32_MAX, "sources of its filter") \
	X(igmp_qrv, "net.ipv4.igmp_qrv", 2, 1, 7, \
	  "times that joining and leaving is told, unless a querier says otherwise") \
	X(igmp_link_local_mcast_reports, "net.ipv4.igmp_link_local_mcast_reports", 1, 0, 255, \
	  "groups of 224.0.0.0/24 are told of") \
	X(mld_max_msf, "net.ipv6.mld_max_msf", 64, 0, INT32_MAX, "as igmp_max_msf") \
	X(mld_qrv, "net.ipv6.mld_qrv", 2, 1, 7, "as igmp_qrv") \
	X(nf_conntrack_max, "net.netfilter.nf_conntrack_max", 262144, 0, INT32_MAX, \
	  "connections tracked at most") \
	X(nf_ct_expect_max, "net.netfilter.nf_conntrack_expect_max", 4096, 1, INT32_MAX, \
	  "expectations of helpers, at most") \
	X(nf_conntrack_acct, "net.netfilter.nf_conntrack_acct", 0, 0, 1, \
	  "count packets and bytes of each connection") \
	X(nf_conntrack_checksum, "net.netfilter.nf_conntrack_checksum", 1, 0, 1, \
	  "what has a wrong checksum is invalid") \
	X(nf_ct_generic_timeout, "net.netfilter.nf_conntrack_generic_timeout", 600, 0, 8589934, \
	  "s that other protocols are remembered") \
	X(nf_ct_icmp_timeout, "net.netfilter.nf_conntrack_icmp_timeout", 30, 0, 8589934, \
	  "s, ICMP") \
	X(nf_ct_icmpv6_timeout, "net.netfilter.nf_conntrack_icmpv6_timeout", 30, 0, 8589934, \
	  "s, ICMPv6") \
	X(nf_ct_udp_timeout, "net.netfilter.nf_conntrack_udp_timeout", 30, 0, 8589934, "s, UDP") \
	X(nf_ct_udp_timeout_stream, "net.netfilter.nf_conntrack_udp_timeout_stream", 120, 0, \
	  8589934, "s, UDP that is answered for more than 2 s") \
	X(nf_ct_tcp_syn_sent, "net.netfilter.nf_conntrack_tcp_timeout_syn_sent", 120, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_syn_recv, "net.netfilter.nf_conntrack_tcp_timeout_syn_recv", 60, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_established, "net.netfilter.nf_conntrack_tcp_timeout_established", 432000, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_fin_wait, "net.netfilter.nf_conntrack_tcp_timeout_fin_wait", 120, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_close_wait, "net.netfilter.nf_conntrack_tcp_timeout_close_wait", 60, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_last_ack, "net.netfilter.nf_conntrack_tcp_timeout_last_ack", 30, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_time_wait, "net.netfilter.nf_conntrack_tcp_timeout_time_wait", 120, 0, \
	  8589934, "s, TCP in that state") \
	X(nf_ct_tcp_close, "net.netfilter.nf_conntrack_tcp_timeout_close", 10, 0, 8589934, \
	  "s, TCP in that state") \
	X(nf_ct_tcp_max_retrans_s, "net.netfilter.nf_conntrack_tcp_timeout_max_retrans", 300, 0, \
	  8589934, "s, TCP that repeats itself") \
	X(nf_ct_tcp_unacknowledged, "net.netfilter.nf_conntrack_tcp_timeout_unacknowledged", 300, \
	  0, 8589934, "s, TCP with data that is not acknowledged") \
	X(nf_ct_tcp_loose, "net.netfilter.nf_conntrack_tcp_loose", 1, 0, 1, \
	  "TCP is taken up in the middle") \
	X(nf_ct_tcp_be_liberal, "net.netfilter.nf_conntrack_tcp_be_liberal", 0, 0, 1, \
	  "only RST outside of the window is invalid") \
	X(nf_ct_tcp_ignore_invalid_rst, "net.netfilter.nf_conntrack_tcp_ignore_invalid_rst", 0, 0, \
	  1, "RST outside of the window is let through") \
	X(nf_ct_tcp_max_retrans, "net.netfilter.nf_conntrack_tcp_max_retrans", 3, 0, 255, \
	  "the same segment so many times: timeout_max_retrans") \
	X(nf_flowtable_tcp_timeout, "net.netfilter.nf_flowtable_tcp_timeout", 30, 0, INT32_MAX, \
	  "s of silence, after which a flow table has a TCP connection no more") \
	X(nf_flowtable_udp_timeout, "net.netfilter.nf_flowtable_udp_timeout", 30, 0, INT32_MAX, \
	  "s, UDP") \
	X(bridge_ageing_ms, "net.bridge.ageing_time", 300000, 0, INT32_MAX, \
	  "ms that a MAC is remembered")

struct netns_sysctl {
#define SYSCTL_FIELD(field, name, dflt, lo, hi, text) s32 field;
	SYSCTLS(SYSCTL_FIELD)
#undef SYSCTL_FIELD
};

static inline void sysctl_defaults(struct netns_sysctl *s)
{
	*s = (struct netns_sysctl){
#define SYSCTL_DEFAULT(field, name, dflt, lo, hi, text) .field = dflt,
		SYSCTLS(SYSCTL_DEFAULT)
#undef SYSCTL_DEFAULT
	};
}

#endif
