/* SPDX-License-Identifier: MIT */
/*
 * The counters of /proc/net/snmp and /proc/net/netstat, under Linux's names and in the
 * order in which Linux prints them: X(group, name).
 */
#ifndef LINNET_BASE_MIB_H
#define LINNET_BASE_MIB_H

#define NETWORK_MIBS(X) \
	X(Ip, InReceives) X(Ip, InHdrErrors) X(Ip, InAddrErrors) X(Ip, ForwDatagrams) \
	X(Ip, InUnknownProtos) X(Ip, InDiscards) X(Ip, InDelivers) X(Ip, OutRequests) \
	X(Ip, OutDiscards) X(Ip, OutNoRoutes) X(Ip, ReasmTimeout) X(Ip, ReasmReqds) \
	X(Ip, ReasmOKs) X(Ip, ReasmFails) X(Ip, FragOKs) X(Ip, FragFails) X(Ip, FragCreates) \
	X(Ip, OutTransmits) \
	X(Icmp, InMsgs) X(Icmp, InErrors) X(Icmp, InCsumErrors) X(Icmp, InDestUnreachs) \
	X(Icmp, InTimeExcds) X(Icmp, InParmProbs) X(Icmp, InSrcQuenchs) X(Icmp, InRedirects) \
	X(Icmp, InEchos) X(Icmp, InEchoReps) X(Icmp, InTimestamps) X(Icmp, InTimestampReps) \
	X(Icmp, InAddrMasks) X(Icmp, InAddrMaskReps) X(Icmp, OutMsgs) X(Icmp, OutErrors) \
	X(Icmp, OutRateLimitGlobal) X(Icmp, OutRateLimitHost) X(Icmp, OutDestUnreachs) \
	X(Icmp, OutTimeExcds) X(Icmp, OutParmProbs) X(Icmp, OutSrcQuenchs) \
	X(Icmp, OutRedirects) X(Icmp, OutEchos) X(Icmp, OutEchoReps) X(Icmp, OutTimestamps) \
	X(Icmp, OutTimestampReps) X(Icmp, OutAddrMasks) X(Icmp, OutAddrMaskReps) \
	X(Tcp, ActiveOpens) X(Tcp, PassiveOpens) X(Tcp, AttemptFails) X(Tcp, EstabResets) \
	X(Tcp, CurrEstab) X(Tcp, InSegs) X(Tcp, OutSegs) X(Tcp, RetransSegs) X(Tcp, InErrs) \
	X(Tcp, OutRsts) X(Tcp, InCsumErrors) \
	X(Udp, InDatagrams) X(Udp, NoPorts) X(Udp, InErrors) X(Udp, OutDatagrams) \
	X(Udp, RcvbufErrors) X(Udp, SndbufErrors) X(Udp, InCsumErrors) X(Udp, IgnoredMulti) \
	X(Udp, MemErrors) \
	X(TcpExt, SyncookiesSent) X(TcpExt, SyncookiesRecv) X(TcpExt, SyncookiesFailed) \
	X(TcpExt, EmbryonicRsts) X(TcpExt, PruneCalled) X(TcpExt, RcvPruned) \
	X(TcpExt, OfoPruned) X(TcpExt, OutOfWindowIcmps) X(TcpExt, ArpFilter) \
	X(TcpExt, TW) X(TcpExt, TWRecycled) X(TcpExt, TWKilled) \
	X(TcpExt, PAWSActive) X(TcpExt, PAWSEstab) X(TcpExt, BeyondWindow) \
	X(TcpExt, TSEcrRejected) X(TcpExt, PAWSOldAck) X(TcpExt, PAWSTimewait) \
	X(TcpExt, DelayedACKs) \
	X(TcpExt, DelayedACKLocked) X(TcpExt, DelayedACKLost) X(TcpExt, ListenOverflows) \
	X(TcpExt, ListenDrops) X(TcpExt, TCPHPHits) X(TcpExt, TCPPureAcks) X(TcpExt, TCPHPAcks) \
	X(TcpExt, TCPRenoRecovery) X(TcpExt, TCPSackRecovery) X(TcpExt, TCPSACKReneging) \
	X(TcpExt, TCPRenoReorder) X(TcpExt, TCPSACKReorder) X(TcpExt, TCPTSReorder) \
	X(TcpExt, TCPFullUndo) X(TcpExt, TCPPartialUndo) X(TcpExt, TCPDSACKUndo) \
	X(TcpExt, TCPLossUndo) X(TcpExt, TCPLostRetransmit) X(TcpExt, TCPRenoFailures) \
	X(TcpExt, TCPSackFailures) X(TcpExt, TCPLossFailures) X(TcpExt, TCPFastRetrans) \
	X(TcpExt, TCPSlowStartRetrans) X(TcpExt, TCPTimeouts) X(TcpExt, TCPLossProbes) \
	X(TcpExt, TCPLossProbeRecovery) X(TcpExt, TCPRenoRecoveryFail) \
	X(TcpExt, TCPSackRecoveryFail) X(TcpExt, TCPRcvCollapsed) X(TcpExt, TCPDSACKOldSent) \
	X(TcpExt, TCPDSACKOfoSent) X(TcpExt, TCPDSACKRecv) X(TcpExt, TCPDSACKOfoRecv) \
	X(TcpExt, TCPAbortOnData) X(TcpExt, TCPAbortOnClose) X(TcpExt, TCPAbortOnMemory) \
	X(TcpExt, TCPAbortOnTimeout) X(TcpExt, TCPAbortOnLinger) X(TcpExt, TCPAbortFailed) \
	X(TcpExt, TCPMemoryPressures) X(TcpExt, TCPSACKDiscard) \
	X(TcpExt, TCPDSACKIgnoredOld) X(TcpExt, TCPDSACKIgnoredNoUndo) \
	X(TcpExt, TCPSpuriousRTOs) \
	X(TcpExt, TCPMD5NotFound) X(TcpExt, TCPMD5Unexpected) X(TcpExt, TCPMD5Failure) \
	X(TcpExt, TCPBacklogDrop) X(TcpExt, TCPDeferAcceptDrop) \
	X(TcpExt, TCPTimeWaitOverflow) X(TcpExt, TCPReqQFullDoCookies) \
	X(TcpExt, TCPReqQFullDrop) X(TcpExt, TCPRetransFail) X(TcpExt, TCPRcvCoalesce) \
	X(TcpExt, TCPOFOQueue) X(TcpExt, TCPOFODrop) X(TcpExt, TCPOFOMerge) \
	X(TcpExt, TCPChallengeACK) X(TcpExt, TCPSYNChallenge) X(TcpExt, TCPFastOpenActive) \
	X(TcpExt, TCPFastOpenActiveFail) X(TcpExt, TCPFastOpenPassive) \
	X(TcpExt, TCPFastOpenPassiveFail) X(TcpExt, TCPFastOpenListenOverflow) \
	X(TcpExt, TCPFastOpenCookieReqd) X(TcpExt, TCPFastOpenBlackhole) \
	X(TcpExt, TCPSpuriousRtxHostQueues) \
	X(TcpExt, TCPAutoCorking) X(TcpExt, TCPFromZeroWindowAdv) X(TcpExt, TCPToZeroWindowAdv) \
	X(TcpExt, TCPWantZeroWindowAdv) X(TcpExt, TCPSynRetrans) X(TcpExt, TCPOrigDataSent) \
	X(TcpExt, TCPHystartTrainDetect) X(TcpExt, TCPHystartTrainCwnd) \
	X(TcpExt, TCPHystartDelayDetect) X(TcpExt, TCPHystartDelayCwnd) \
	X(TcpExt, TCPACKSkippedSynRecv) X(TcpExt, TCPACKSkippedPAWS) X(TcpExt, TCPACKSkippedSeq) \
	X(TcpExt, TCPACKSkippedFinWait2) X(TcpExt, TCPACKSkippedTimeWait) \
	X(TcpExt, TCPACKSkippedChallenge) X(TcpExt, TCPWinProbe) X(TcpExt, TCPKeepAlive) \
	X(TcpExt, TCPDelivered) X(TcpExt, TCPDeliveredCE) X(TcpExt, TCPZeroWindowDrop) \
	X(TcpExt, TCPRcvQDrop) X(TcpExt, TCPWqueueTooBig) \
	X(TcpExt, TCPFastOpenPassiveAltKey) X(TcpExt, TcpTimeoutRehash) \
	X(TcpExt, TCPAckCompressed) X(TcpExt, TCPMinTTLDrop) \
	X(TcpExt, TCPDSACKRecvSegs) X(TcpExt, TCPDSACKIgnoredDubious) \
	X(TcpExt, TCPAORequired) X(TcpExt, TCPAOBad) X(TcpExt, TCPAOKeyNotFound) \
	X(TcpExt, TCPAOGood) X(TcpExt, TCPAODroppedIcmps) \
	X(TcpExt, TCPMTUPFail) X(TcpExt, TCPMTUPSuccess) \
	X(IpExt, InNoRoutes) X(IpExt, InTruncatedPkts) X(IpExt, InMcastPkts) \
	X(IpExt, OutMcastPkts) X(IpExt, InBcastPkts) X(IpExt, OutBcastPkts) X(IpExt, InOctets) \
	X(IpExt, OutOctets) X(IpExt, InMcastOctets) X(IpExt, OutMcastOctets) \
	X(IpExt, InBcastOctets) X(IpExt, OutBcastOctets) X(IpExt, InCsumErrors) \
	X(IpExt, InNoECTPkts) X(IpExt, InECT1Pkts) X(IpExt, InECT0Pkts) X(IpExt, InCEPkts) \
	X(Ip6, InReceives) X(Ip6, InHdrErrors) X(Ip6, InTooBigErrors) X(Ip6, InNoRoutes) \
	X(Ip6, InAddrErrors) X(Ip6, InUnknownProtos) X(Ip6, InTruncatedPkts) X(Ip6, InDiscards) \
	X(Ip6, InDelivers) X(Ip6, OutForwDatagrams) X(Ip6, OutRequests) X(Ip6, OutDiscards) \
	X(Ip6, OutNoRoutes) X(Ip6, ReasmTimeout) X(Ip6, ReasmReqds) X(Ip6, ReasmOKs) \
	X(Ip6, ReasmFails) X(Ip6, FragOKs) X(Ip6, FragFails) X(Ip6, FragCreates) \
	X(Ip6, InMcastPkts) X(Ip6, OutMcastPkts) X(Ip6, InOctets) X(Ip6, OutOctets) \
	X(Ip6, InMcastOctets) X(Ip6, OutMcastOctets) X(Ip6, InNoECTPkts) X(Ip6, InECT1Pkts) \
	X(Ip6, InECT0Pkts) X(Ip6, InCEPkts) X(Ip6, OutTransmits) \
	X(Icmp6, InMsgs) X(Icmp6, InErrors) X(Icmp6, OutMsgs) X(Icmp6, OutErrors) \
	X(Icmp6, InCsumErrors) X(Icmp6, OutRateLimitHost) X(Icmp6, InDestUnreachs) \
	X(Icmp6, InPktTooBigs) X(Icmp6, InTimeExcds) X(Icmp6, InParmProblems) \
	X(Icmp6, InEchos) X(Icmp6, InEchoReplies) X(Icmp6, InGroupMembQueries) \
	X(Icmp6, InGroupMembResponses) X(Icmp6, InGroupMembReductions) \
	X(Icmp6, InRouterSolicits) X(Icmp6, InRouterAdvertisements) \
	X(Icmp6, InNeighborSolicits) X(Icmp6, InNeighborAdvertisements) \
	X(Icmp6, InRedirects) X(Icmp6, InMLDv2Reports) X(Icmp6, OutDestUnreachs) \
	X(Icmp6, OutPktTooBigs) X(Icmp6, OutTimeExcds) X(Icmp6, OutParmProblems) \
	X(Icmp6, OutEchos) X(Icmp6, OutEchoReplies) \
	X(Icmp6, OutGroupMembResponses) X(Icmp6, OutGroupMembReductions) \
	X(Icmp6, OutRouterSolicits) X(Icmp6, OutRouterAdvertisements) \
	X(Icmp6, OutNeighborSolicits) X(Icmp6, OutNeighborAdvertisements) \
	X(Icmp6, OutRedirects) X(Icmp6, OutMLDv2Reports) \
	X(Udp6, InDatagrams) X(Udp6, NoPorts) X(Udp6, InErrors) X(Udp6, OutDatagrams) \
	X(Udp6, RcvbufErrors) X(Udp6, SndbufErrors) X(Udp6, InCsumErrors) \
	X(Udp6, IgnoredMulti) X(Udp6, MemErrors)

enum network_mib {
#define MIB_ENUM(group, name) MIB_##group##name,
	NETWORK_MIBS(MIB_ENUM)
#undef MIB_ENUM
	MIB_MAX
};

/* mib_inc(net, IpInReceives) */
#define mib_inc(net, name) ((void)((net)->mib[MIB_##name]++))
#define mib_dec(net, name) ((void)((net)->mib[MIB_##name]--))
#define mib_add(net, name, n) ((void)((net)->mib[MIB_##name] += (n)))

#endif
