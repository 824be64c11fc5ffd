# SPDX-License-Identifier: MIT
"""What a talk may set, and what is compared.

Left out, with the reasons in docs/RFC.md: what depends on where packets stand in memory and are
joined there (windows but for their order of size, rcv_ssthresh, TCPRcvCoalesce, TCPOFOMerge), or on
what of it Linux has reserved (which segments are predicted: TCPHPHits, TCPHPAcks, tcpi_probes),
TCPDSACKUndo, and tcp_recovery without its lowest bit, which Linux does not obey any more.
"""

# name, values, how often
SETTINGS = [
    ("tcp_sack", [0], .1), ("tcp_timestamps", [0, 2], .15), ("tcp_dsack", [0], .1),
    ("tcp_window_scaling", [0], .1), ("tcp_recovery", [1, 1, 3, 5], .15),
    ("tcp_early_retrans", [0], .15), ("tcp_frto", [0], .15), ("tcp_reordering", [1, 2, 6], .1),
    ("tcp_rfc1337", [1], .15), ("tcp_abort_on_overflow", [1], .1),
    ("tcp_syncookies", [0, 2, 2], .15), ("tcp_retrans_collapse", [0], .1),
    ("tcp_slow_start_after_idle", [0], .1), ("tcp_stdurg", [1], .1),
    ("tcp_thin_linear_timeouts", [1], .1), ("tcp_autocorking", [0], .1),
    ("tcp_limit_output_bytes", [4000], .1), ("tcp_invalid_ratelimit", [0], .5),
    ("tcp_fin_timeout", [1], .2), ("tcp_synack_retries", [1], .1),
    ("tcp_max_tw_buckets", [0], .1), ("tcp_challenge_ack_limit", [1, 1000], .2),
    ("tcp_fastopen", ["0x602", "0x603", "0x605"], .2), ("tcp_tw_reuse", [1], .1),
    ("tcp_orphan_retries", [1], .1),
    ("tcp_retries2", [2, 4], .1), ("tcp_min_snd_mss", [200], .05),
    ("tcp_comp_sack_nr", [0], .15), ("tcp_pingpong_thresh", [3], .1),
    ("tcp_ecn_fallback", [0], .1), ("tcp_workaround_signed_windows", [1], .1),
    ("tcp_tso_win_divisor", [0, 1], .1), ("tcp_min_tso_segs", [1], .1),
    ("tcp_reflect_tos", [1], .1), ("tcp_rto_max_ms", [1000], .05),
    ("tcp_shrink_window", [1], .15), ("tcp_retries1", [1], .1), ("tcp_syn_retries", [1], .05),
    ("tcp_syn_linear_timeouts", [0], .05), ("tcp_rto_min_us", [50000, 400000], .1),
    ("tcp_notsent_lowat", [1000], .05), ("tcp_moderate_rcvbuf", [0], .1),
    ("tcp_comp_sack_delay_ns", [0, 20000000], .1), ("tcp_max_reordering", [2], .05),
    ("tcp_mtu_probing", [1], .1), ("tcp_tso_rtt_log", [0], .05), ("ip_no_pmtu_disc", [1, 2, 3], .1),
    ("tcp_keepalive_probes", [1], .1), ("tcp_keepalive_intvl", [1], .1),
    ("tcp_base_mss", [300], .05),
]

INFO = [f"tcpi_{name}" for name in """
    state ca_state retransmits backoff options snd_wscale rcv_wscale snd_mss rcv_mss unacked
    sacked lost retrans fackets pmtu snd_ssthresh snd_cwnd advmss reordering
    total_retrans bytes_acked bytes_received segs_out segs_in notsent_bytes data_segs_in
    data_segs_out delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen rcv_ooopack
    snd_wnd total_rto total_rto_recoveries""".split()]

# Times in us, or ms where Linux has ticks: each is right to a tick or so, and by a part.
ROUGH = [f"tcpi_{name}" for name in """
    rto ato rtt rttvar min_rtt busy_time rwnd_limited sndbuf_limited
    delivery_rate_app_limited fastopen_client_fail rehash""".split()]

UNITS = {f"tcpi_{name}": 1000 for name in
         "rto ato rtt rttvar min_rtt busy_time rwnd_limited sndbuf_limited".split()}

COUNTERS = [f"TcpExt{name}" for name in """
    SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned
    OutOfWindowIcmps TW TWRecycled TWKilled PAWSActive PAWSEstab BeyondWindow TSEcrRejected
    PAWSOldAck PAWSTimewait DelayedACKs DelayedACKLost ListenOverflows ListenDrops
    TCPPureAcks TCPRenoRecovery TCPSackRecovery TCPSACKReneging TCPSACKReorder
    TCPRenoReorder TCPTSReorder TCPFullUndo TCPPartialUndo TCPLossUndo
    TCPLostRetransmit TCPRenoFailures TCPSackFailures TCPLossFailures TCPFastRetrans
    TCPSlowStartRetrans TCPTimeouts TCPLossProbes TCPLossProbeRecovery TCPRenoRecoveryFail
    TCPSackRecoveryFail TCPRcvCollapsed TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv
    TCPDSACKOfoRecv TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout
    TCPAbortOnLinger TCPAbortFailed TCPSACKDiscard TCPDSACKIgnoredOld TCPDSACKIgnoredNoUndo
    TCPSpuriousRTOs TCPDeferAcceptDrop
    TCPTimeWaitOverflow TCPReqQFullDoCookies TCPReqQFullDrop TCPOFOQueue TCPOFODrop
    TCPChallengeACK TCPSYNChallenge TCPFastOpenPassive TCPFastOpenPassiveFail
    TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv TCPSynRetrans TCPOrigDataSent
    TCPACKSkippedSynRecv TCPACKSkippedPAWS TCPACKSkippedSeq TCPACKSkippedFinWait2
    TCPACKSkippedTimeWait TCPACKSkippedChallenge TCPWinProbe TCPKeepAlive TCPDelivered
    TCPDeliveredCE TCPAckCompressed TCPZeroWindowDrop TCPRcvQDrop TCPWqueueTooBig
    TCPDSACKRecvSegs TCPDSACKIgnoredDubious TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure
    TcpTimeoutRehash TCPMTUPFail TCPMTUPSuccess TCPMinTTLDrop
    TCPRetransFail""".split()] + [f"Tcp{name}" for name in """
    ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs
    OutRsts""".split()]
