/* SPDX-License-Identifier: MIT */
/* TCP's part of the table of settings, as sysctl.h. */
#ifndef LINNET_BASE_SYSCTL_TCP_H
#define LINNET_BASE_SYSCTL_TCP_H

/* A time in s that is counted in ms. */
#define SYSCTL_SECONDS_MAX 2147483

#define SYSCTLS_TCP(X) \
	X(tcp_rmem_min, "net.ipv4.tcp_rmem[0]", 4096, 1, INT32_MAX, \
	  "receive buffer when memory is short, and what each may always hold") \
	X(tcp_rmem_default, "net.ipv4.tcp_rmem[1]", 131072, 1, INT32_MAX, "receive buffer: first") \
	X(tcp_rmem_max, "net.ipv4.tcp_rmem[2]", 6291456, 1, INT32_MAX, "receive buffer: most") \
	X(tcp_wmem_min, "net.ipv4.tcp_wmem[0]", 4096, 1, INT32_MAX, \
	  "send buffer when memory is short, and what each may always queue") \
	X(tcp_wmem_default, "net.ipv4.tcp_wmem[1]", 16384, 1, INT32_MAX, "send buffer: first") \
	X(tcp_wmem_max, "net.ipv4.tcp_wmem[2]", 4194304, 1, INT32_MAX, "send buffer: most") \
	X(tcp_mem_min, "net.ipv4.tcp_mem[0]", 0, 0, INT32_MAX, \
	  "pages in all queues; the default is of the budget: below it, pressure ends") \
	X(tcp_mem_pressure, "net.ipv4.tcp_mem[1]", 0, 0, INT32_MAX, "above it, it begins") \
	X(tcp_mem_max, "net.ipv4.tcp_mem[2]", 0, 0, INT32_MAX, \
	  "above it, each connection has no more than its minimum") \
	X(tcp_notsent_lowat, "net.ipv4.tcp_notsent_lowat", -1, INT32_MIN, INT32_MAX, \
	  "bytes that may be queued and not sent, where TCP_NOTSENT_LOWAT does not say") \
	X(tcp_moderate_rcvbuf, "net.ipv4.tcp_moderate_rcvbuf", 1, 0, 255, \
	  "grow the receive buffer with use") \
	X(tcp_window_scaling, "net.ipv4.tcp_window_scaling", 1, 0, 255, "RFC 7323 window scaling") \
	X(tcp_timestamps, "net.ipv4.tcp_timestamps", 1, 0, 255, "RFC 7323 timestamps") \
	X(tcp_sack, "net.ipv4.tcp_sack", 1, 0, 255, "RFC 2018 selective acknowledgement") \
	X(tcp_dsack, "net.ipv4.tcp_dsack", 1, 0, 255, "RFC 2883 duplicate SACK") \
	X(tcp_ecn, "net.ipv4.tcp_ecn", 2, 0, 5, \
	  "RFC 3168: 0 never, 1 ask for it, 2 when asked; RFC 9768, when asked, and ask for: " \
	  "3 that, 4 RFC 3168's, 5 nothing") \
	X(tcp_ecn_option, "net.ipv4.tcp_ecn_option", 2, 0, 2, \
	  "RFC 9768's option: 0 never, 1 as needed, 2 in all segments") \
	X(tcp_ecn_option_beacon, "net.ipv4.tcp_ecn_option_beacon", 3, 0, 3, \
	  "as needed: so often in a round trip at least") \
	X(tcp_ecn_fallback, "net.ipv4.tcp_ecn_fallback", 1, 0, 1, \
	  "a SYN that is sent again does not ask for ECN") \
	X(tcp_fastopen, "net.ipv4.tcp_fastopen", 1, 0, INT32_MAX, \
	  "RFC 7413: 1 client, 2 server; 4, 0x200: these without cookies; 0x400: all listeners") \
	X(tcp_fastopen_blackhole_timeout_sec, "net.ipv4.tcp_fastopen_blackhole_timeout_sec", 0, \
	  0, INT32_MAX, "s without Fast Open after a path that swallows it; doubled; 0 = never") \
	X(tcp_min_tso_segs, "net.ipv4.tcp_min_tso_segs", 2, 1, 255, \
	  "segments that may leave as one however slow the path is") \
	X(tcp_tso_rtt_log, "net.ipv4.tcp_tso_rtt_log", 9, 0, 255, \
	  "so many 2^n us of RTT halve what nearby peers get at once; 0 = no more than others") \
	X(tcp_tso_win_divisor, "net.ipv4.tcp_tso_win_divisor", 3, 0, 255, \
	  "of the window: less waits for more; 0 = three packets wait") \
	X(tcp_pacing_ss_ratio, "net.ipv4.tcp_pacing_ss_ratio", 200, 0, 1000, \
	  "% of cwnd/RTT, in slow start: sizes what leaves as one") \
	X(tcp_pacing_ca_ratio, "net.ipv4.tcp_pacing_ca_ratio", 120, 0, 1000, "... after it") \
	X(tcp_syncookies, "net.ipv4.tcp_syncookies", 1, 0, 255, \
	  "SYN cookies (RFC 4987): 1 = when the SYN queue is full, 2 = always") \
	X(tcp_syn_retries, "net.ipv4.tcp_syn_retries", 6, 1, 127, "SYNs sent again") \
	X(tcp_syn_linear_timeouts, "net.ipv4.tcp_syn_linear_timeouts", 4, 0, 127, \
	  "SYNs sent again without back-off, before those of tcp_syn_retries") \
	X(tcp_synack_retries, "net.ipv4.tcp_synack_retries", 5, 0, 255, "SYN-ACKs sent again") \
	X(tcp_retries1, "net.ipv4.tcp_retries1", 3, 0, 255, \
	  "retransmissions before doubting the route") \
	X(tcp_retries2, "net.ipv4.tcp_retries2", 15, 0, 255, "retransmissions before giving up") \
	X(tcp_orphan_retries, "net.ipv4.tcp_orphan_retries", 0, 0, 255, \
	  "the same for a closed socket; 0 = 8") \
	X(tcp_max_orphans, "net.ipv4.tcp_max_orphans", 65536, 0, INT32_MAX, \
	  "closed sockets at most") \
	X(tcp_fin_timeout, "net.ipv4.tcp_fin_timeout", 60, 0, SYSCTL_SECONDS_MAX, \
	  "s in FIN-WAIT-2 and TIME-WAIT") \
	X(tcp_max_tw_buckets, "net.ipv4.tcp_max_tw_buckets", 262144, 0, INT32_MAX, \
	  "TIME-WAIT connections at most") \
	X(tcp_tw_reuse, "net.ipv4.tcp_tw_reuse", 2, 0, 2, \
	  "reuse TIME-WAIT for new connections; 2: loopback") \
	X(tcp_tw_reuse_delay, "net.ipv4.tcp_tw_reuse_delay", 1000, 1, 60000, \
	  "ms that it must have lasted for that") \
	X(tcp_max_syn_backlog, "net.ipv4.tcp_max_syn_backlog", 4096, 0, INT32_MAX, \
	  "connections in SYN-RCVD at most") \
	X(tcp_abort_on_overflow, "net.ipv4.tcp_abort_on_overflow", 0, 0, 255, \
	  "RST when the accept queue is full") \
	X(tcp_keepalive_time, "net.ipv4.tcp_keepalive_time", 7200, 0, SYSCTL_SECONDS_MAX, \
	  "s idle before the first probe") \
	X(tcp_keepalive_intvl, "net.ipv4.tcp_keepalive_intvl", 75, 0, SYSCTL_SECONDS_MAX, \
	  "s between probes") \
	X(tcp_keepalive_probes, "net.ipv4.tcp_keepalive_probes", 9, 0, 255, \
	  "probes before giving up") \
	X(tcp_rest_ms, "net.ipv4.tcp_rest_ms", 1000, 0, 3600000, \
	  "ms without traffic until a connection is put to rest; 0 = never") \
	X(tcp_rfc1337, "net.ipv4.tcp_rfc1337", 0, 0, 255, "ignore RST in TIME-WAIT") \
	X(tcp_challenge_ack_limit, "net.ipv4.tcp_challenge_ack_limit", INT32_MAX, 0, INT32_MAX, \
	  "challenge ACKs per second (RFC 5961)") \
	X(tcp_invalid_ratelimit, "net.ipv4.tcp_invalid_ratelimit", 500, 0, INT32_MAX, \
	  "ms between ACKs for out-of-window segments of one connection") \
	X(tcp_reordering, "net.ipv4.tcp_reordering", 3, 1, 300, \
	  "first guess of reordering, segments") \
	X(tcp_max_reordering, "net.ipv4.tcp_max_reordering", 300, 1, INT32_MAX, \
	  "what reordering may be raised to, segments") \
	X(tcp_recovery, "net.ipv4.tcp_recovery", 1, 0, 255, \
	  "RACK: 1 on, +2 its window is fixed, +4 SACKs do not close it; 0: RFC 6675") \
	X(tcp_early_retrans, "net.ipv4.tcp_early_retrans", 3, 0, 4, \
	  "tail loss probes: 3 and 4 on, else off") \
	X(tcp_no_metrics_save, "net.ipv4.tcp_no_metrics_save", 0, 0, 255, \
	  "what a connection learned of its peer is not kept") \
	X(tcp_no_ssthresh_metrics_save, "net.ipv4.tcp_no_ssthresh_metrics_save", 1, 0, 1, \
	  "its ssthresh is neither kept nor used") \
	X(tcp_shrink_window, "net.ipv4.tcp_shrink_window", 0, 0, 1, \
	  "a window may be taken back (RFC 7323 2.4)") \
	X(tcp_workaround_signed_windows, "net.ipv4.tcp_workaround_signed_windows", 0, 0, 255, \
	  "windows without scaling end at 32767") \
	X(tcp_pingpong_thresh, "net.ipv4.tcp_pingpong_thresh", 1, 1, 255, \
	  "answers that make a connection interactive") \
	X(tcp_reflect_tos, "net.ipv4.tcp_reflect_tos", 0, 0, 1, \
	  "a SYN-ACK and its connection have the SYN's TOS") \
	X(tcp_fwmark_accept, "net.ipv4.tcp_fwmark_accept", 0, 0, 255, \
	  "a connection has its SYN's mark where the listener has none") \
	X(tcp_comp_sack_delay_ns, "net.ipv4.tcp_comp_sack_delay_ns", 1000000, 0, INT32_MAX, \
	  "ns that ACKs of out-of-order data wait for others at most") \
	X(tcp_comp_sack_nr, "net.ipv4.tcp_comp_sack_nr", 44, 0, 255, \
	  "so many become one; 0: none waits") \
	X(tcp_comp_sack_slack_ns, "net.ipv4.tcp_comp_sack_slack_ns", 100000, 0, INT32_MAX, \
	  "nothing: timers are exact here") \
	X(tcp_early_demux, "net.ipv4.tcp_early_demux", 1, 0, 255, \
	  "nothing: a segment's socket is looked up once") \
	X(tcp_autocorking, "net.ipv4.tcp_autocorking", 1, 0, 1, \
	  "nothing: no write waits for a card") \
	X(tcp_limit_output_bytes, "net.ipv4.tcp_limit_output_bytes", 4194304, 0, INT32_MAX, \
	  "bytes of a connection that may wait in the qdisc fq") \
	X(tcp_backlog_ack_defer, "net.ipv4.tcp_backlog_ack_defer", 1, 0, 1, \
	  "nothing: there is no backlog") \
	X(tcp_fack, "net.ipv4.tcp_fack", 0, 0, 255, "nothing, as in Linux: RACK replaced it") \
	X(tcp_low_latency, "net.ipv4.tcp_low_latency", 0, 0, 1, "nothing, as in Linux") \
	X(tcp_retrans_collapse, "net.ipv4.tcp_retrans_collapse", 1, 0, 255, \
	  "small segments are joined when they are sent again") \
	X(tcp_frto, "net.ipv4.tcp_frto", 2, 0, 255, "F-RTO: 0 off") \
	X(tcp_cubic_hystart, "net.ipv4.tcp_cubic.hystart", 1, 0, 1, \
	  "CUBIC leaves its first slow start before the queue overflows") \
	X(tcp_cubic_hystart_detect, "net.ipv4.tcp_cubic.hystart_detect", 4, 1, 4, \
	  "by what: 4 = HyStart++ (RFC 9406); Linux's HyStart: 1 ACK train, 2 delay, 3 both") \
	X(tcp_min_rtt_wlen, "net.ipv4.tcp_min_rtt_wlen", 300, 0, 86400, \
	  "s of which the least RTT is remembered") \
	X(tcp_slow_start_after_idle, "net.ipv4.tcp_slow_start_after_idle", 1, 0, 255, \
	  "shrink the congestion window after idling") \
	X(tcp_rto_min_us, "net.ipv4.tcp_rto_min_us", 200000, 1, 120000000, "least RTO, us") \
	X(tcp_rto_max_ms, "net.ipv4.tcp_rto_max_ms", 120000, 1000, 120000, "largest RTO, ms") \
	X(tcp_thin_linear_timeouts, "net.ipv4.tcp_thin_linear_timeouts", 0, 0, 255, \
	  "no back-off for the first timeouts of a stream of few segments") \
	X(tcp_stdurg, "net.ipv4.tcp_stdurg", 0, 0, 255, "urgent pointer as RFC 1122 says") \
	X(tcp_min_snd_mss, "net.ipv4.tcp_min_snd_mss", 48, 48, 65535, "least MSS accepted") \
	X(tcp_mtu_probing, "net.ipv4.tcp_mtu_probing", 0, 0, 255, \
	  "search the path's MTU (RFC 4821): 1 = behind a black hole, 2 = always") \
	X(tcp_base_mss, "net.ipv4.tcp_base_mss", 1024, 1, 65535, "where that search begins") \
	X(tcp_mtu_probe_floor, "net.ipv4.tcp_mtu_probe_floor", 48, 48, 65535, \
	  "least MSS behind a black hole") \
	X(tcp_probe_threshold, "net.ipv4.tcp_probe_threshold", 8, -INT32_MAX, INT32_MAX, \
	  "bytes that are not worth a probe") \
	X(tcp_probe_interval, "net.ipv4.tcp_probe_interval", 600, 0, 17179869, \
	  "s after which the search begins anew") \
	X(tcp_congestion_control, "net.ipv4.tcp_congestion_control", 1, 0, 2, \
	  "0 reno, 1 cubic, 2 bbr")

#endif
