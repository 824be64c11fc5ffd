/* SPDX-License-Identifier: MIT */
/* The counters in sentences (netstat -s) and in lines of names and numbers (/proc/net/snmp). */
#include "ctl/netstat.h"
#include "ctl/machine.h"

struct mib_name {
	char group[8];
	char name[28];
};

static const struct mib_name mibs[MIB_MAX] = {
#define MIB_NAME(group, name) [MIB_##group##name] = { #group, #name },
	NETWORK_MIBS(MIB_NAME)
#undef MIB_NAME
};

/* The number stands at the '%'. A name that is not here is printed as "Name: number". */
struct mib_text {
	u16 mib;
	bool always;		/* also when it is 0 */
	bool hist;		/* of the ICMP histograms */
	char text[76];
};

#define ALWAYS(mib, text) { MIB_##mib, true, false, text }
#define SOME(mib, text) { MIB_##mib, false, false, text }
#define HIST(mib, text) { MIB_##mib, false, true, text }

static const struct mib_text texts[] = {
	ALWAYS(IpInReceives, "% total packets received"),
	SOME(IpInHdrErrors, "% with invalid headers"),
	SOME(IpInAddrErrors, "% with invalid addresses"),
	ALWAYS(IpForwDatagrams, "% forwarded"),
	SOME(IpInUnknownProtos, "% with unknown protocol"),
	ALWAYS(IpInDiscards, "% incoming packets discarded"),
	ALWAYS(IpInDelivers, "% incoming packets delivered"),
	ALWAYS(IpOutRequests, "% requests sent out"),
	SOME(IpOutDiscards, "% outgoing packets dropped"),
	SOME(IpOutNoRoutes, "% dropped because of missing route"),
	SOME(IpReasmTimeout, "% fragments dropped after timeout"),
	SOME(IpReasmReqds, "% reassemblies required"),
	SOME(IpReasmOKs, "% packets reassembled ok"),
	SOME(IpReasmFails, "% packet reassemblies failed"),
	SOME(IpFragOKs, "% outgoing packets fragmented ok"),
	SOME(IpFragFails, "% outgoing packets failed fragmentation"),
	SOME(IpFragCreates, "% fragments created"),
	ALWAYS(IcmpInMsgs, "% ICMP messages received"),
	ALWAYS(IcmpInErrors, "% input ICMP message failed"),
	HIST(IcmpInDestUnreachs, "destination unreachable: %"),
	HIST(IcmpInTimeExcds, "timeout in transit: %"),
	HIST(IcmpInParmProbs, "wrong parameters: %"),
	HIST(IcmpInSrcQuenchs, "source quenches: %"),
	HIST(IcmpInRedirects, "redirects: %"),
	HIST(IcmpInEchos, "echo requests: %"),
	HIST(IcmpInEchoReps, "echo replies: %"),
	HIST(IcmpInTimestamps, "timestamp request: %"),
	HIST(IcmpInTimestampReps, "timestamp reply: %"),
	HIST(IcmpInAddrMasks, "address mask request: %"),
	HIST(IcmpInAddrMaskReps, "address mask replies: %"),
	ALWAYS(IcmpOutMsgs, "% ICMP messages sent"),
	ALWAYS(IcmpOutErrors, "% ICMP messages failed"),
	HIST(IcmpOutDestUnreachs, "destination unreachable: %"),
	HIST(IcmpOutTimeExcds, "time exceeded: %"),
	HIST(IcmpOutParmProbs, "wrong parameters: %"),
	HIST(IcmpOutSrcQuenchs, "source quench: %"),
	HIST(IcmpOutRedirects, "redirect: %"),
	HIST(IcmpOutEchos, "echo requests: %"),
	HIST(IcmpOutEchoReps, "echo replies: %"),
	HIST(IcmpOutTimestamps, "timestamp requests: %"),
	HIST(IcmpOutTimestampReps, "timestamp replies: %"),
	HIST(IcmpOutAddrMasks, "address mask requests: %"),
	HIST(IcmpOutAddrMaskReps, "address mask replies: %"),
	ALWAYS(Ip6InReceives, "% total packets received"),
	SOME(Ip6InHdrErrors, "% with invalid headers"),
	SOME(Ip6InTooBigErrors, "% with packets too big"),
	SOME(Ip6InNoRoutes, "% incoming packets with no route"),
	SOME(Ip6InAddrErrors, "% with invalid addresses"),
	SOME(Ip6InUnknownProtos, "% with unknown protocol"),
	SOME(Ip6InTruncatedPkts, "% with truncated packets"),
	ALWAYS(Ip6InDiscards, "% incoming packets discarded"),
	ALWAYS(Ip6InDelivers, "% incoming packets delivered"),
	ALWAYS(Ip6OutForwDatagrams, "% forwarded"),
	ALWAYS(Ip6OutRequests, "% requests sent out"),
	SOME(Ip6OutDiscards, "% outgoing packets dropped"),
	SOME(Ip6OutNoRoutes, "% dropped because of missing route"),
	SOME(Ip6ReasmTimeout, "% fragments dropped after timeout"),
	SOME(Ip6ReasmReqds, "% reassemblies required"),
	SOME(Ip6ReasmOKs, "% packets reassembled ok"),
	SOME(Ip6ReasmFails, "% packet reassemblies failed"),
	SOME(Ip6FragOKs, "% outgoing packets fragmented ok"),
	SOME(Ip6FragFails, "% outgoing packets failed fragmentation"),
	SOME(Ip6FragCreates, "% fragments created"),
	SOME(Ip6InMcastPkts, "% incoming multicast packets"),
	SOME(Ip6OutMcastPkts, "% outgoing multicast packets"),
	ALWAYS(Icmp6InMsgs, "% ICMP messages received"),
	ALWAYS(Icmp6InErrors, "% input ICMP message failed"),
	ALWAYS(Icmp6OutMsgs, "% ICMP messages sent"),
	HIST(Icmp6InDestUnreachs, "destination unreachable: %"),
	HIST(Icmp6InPktTooBigs, "packets too big: %"),
	HIST(Icmp6InTimeExcds, "timeout in transit: %"),
	HIST(Icmp6InParmProblems, "wrong parameters: %"),
	HIST(Icmp6InEchos, "echo requests: %"),
	HIST(Icmp6InEchoReplies, "echo replies: %"),
	HIST(Icmp6InGroupMembQueries, "group member queries: %"),
	HIST(Icmp6InGroupMembResponses, "group member responses: %"),
	HIST(Icmp6InGroupMembReductions, "group member reductions: %"),
	HIST(Icmp6InRouterSolicits, "router solicits: %"),
	HIST(Icmp6InRouterAdvertisements, "router advertisement: %"),
	HIST(Icmp6InNeighborSolicits, "neighbour solicits: %"),
	HIST(Icmp6InNeighborAdvertisements, "neighbour advertisement: %"),
	HIST(Icmp6InRedirects, "redirects: %"),
	HIST(Icmp6OutDestUnreachs, "destination unreachable: %"),
	HIST(Icmp6OutPktTooBigs, "packets too big: %"),
	HIST(Icmp6OutTimeExcds, "time exceeded: %"),
	HIST(Icmp6OutParmProblems, "wrong parameters: %"),
	HIST(Icmp6OutEchos, "echo requests: %"),
	HIST(Icmp6OutEchoReplies, "echo replies: %"),
	HIST(Icmp6OutGroupMembResponses, "group member responses: %"),
	HIST(Icmp6OutGroupMembReductions, "group member reductions: %"),
	HIST(Icmp6OutRouterSolicits, "router solicits: %"),
	HIST(Icmp6OutRouterAdvertisements, "router advertisement: %"),
	HIST(Icmp6OutNeighborSolicits, "neighbour solicits: %"),
	HIST(Icmp6OutNeighborAdvertisements, "neighbour advertisement: %"),
	HIST(Icmp6OutRedirects, "redirects: %"),
	ALWAYS(TcpActiveOpens, "% active connection openings"),
	ALWAYS(TcpPassiveOpens, "% passive connection openings"),
	ALWAYS(TcpAttemptFails, "% failed connection attempts"),
	ALWAYS(TcpEstabResets, "% connection resets received"),
	ALWAYS(TcpCurrEstab, "% connections established"),
	ALWAYS(TcpInSegs, "% segments received"),
	ALWAYS(TcpOutSegs, "% segments sent out"),
	ALWAYS(TcpRetransSegs, "% segments retransmitted"),
	ALWAYS(TcpInErrs, "% bad segments received"),
	ALWAYS(TcpOutRsts, "% resets sent"),
	ALWAYS(UdpInDatagrams, "% packets received"),
	ALWAYS(UdpNoPorts, "% packets to unknown port received"),
	ALWAYS(UdpInErrors, "% packet receive errors"),
	ALWAYS(UdpOutDatagrams, "% packets sent"),
	ALWAYS(UdpRcvbufErrors, "% receive buffer errors"),
	ALWAYS(UdpSndbufErrors, "% send buffer errors"),
	SOME(TcpExtSyncookiesSent, "% SYN cookies sent"),
	SOME(TcpExtSyncookiesRecv, "% SYN cookies received"),
	SOME(TcpExtSyncookiesFailed, "% invalid SYN cookies received"),
	SOME(TcpExtEmbryonicRsts, "% resets received for embryonic SYN_RECV sockets"),
	SOME(TcpExtPruneCalled,
	     "% packets pruned from receive queue because of socket buffer overrun"),
	SOME(TcpExtRcvPruned, "% packets pruned from receive queue"),
	SOME(TcpExtOfoPruned,
	     "% packets dropped from out-of-order queue because of socket buffer overrun"),
	SOME(TcpExtTW, "% TCP sockets finished time wait in fast timer"),
	SOME(TcpExtTWRecycled, "% time wait sockets recycled by time stamp"),
	SOME(TcpExtTWKilled, "% TCP sockets finished time wait in slow timer"),
	SOME(TcpExtPAWSActive, "% active connections rejected because of time stamp"),
	SOME(TcpExtPAWSEstab,
	     "% packets rejected in established connections because of timestamp"),
	SOME(TcpExtDelayedACKs, "% delayed acks sent"),
	SOME(TcpExtDelayedACKLocked, "% delayed acks further delayed because of locked socket"),
	SOME(TcpExtDelayedACKLost, "Quick ack mode was activated % times"),
	SOME(TcpExtListenOverflows, "% times the listen queue of a socket overflowed"),
	SOME(TcpExtListenDrops, "% SYNs to LISTEN sockets dropped"),
	ALWAYS(TcpExtTCPHPHits, "% packet headers predicted"),
	SOME(TcpExtTCPPureAcks, "% acknowledgments not containing data payload received"),
	SOME(TcpExtTCPHPAcks, "% predicted acknowledgments"),
	SOME(TcpExtTCPRenoRecovery, "% times recovered from packet loss due to fast retransmit"),
	SOME(TcpExtTCPSackRecovery,
	     "% times recovered from packet loss by selective acknowledgements"),
	SOME(TcpExtTCPSACKReneging, "% bad SACK blocks received"),
	SOME(TcpExtTCPRenoReorder, "Detected reordering % times using reno fast retransmit"),
	SOME(TcpExtTCPSACKReorder, "Detected reordering % times using SACK"),
	SOME(TcpExtTCPTSReorder, "Detected reordering % times using time stamp"),
	SOME(TcpExtTCPFullUndo, "% congestion windows fully recovered without slow start"),
	SOME(TcpExtTCPPartialUndo, "% congestion windows partially recovered using Hoe heuristic"),
	SOME(TcpExtTCPDSACKUndo, "% congestion windows recovered without slow start by DSACK"),
	SOME(TcpExtTCPLossUndo,
	     "% congestion windows recovered without slow start after partial ack"),
	SOME(TcpExtTCPLostRetransmit, "% retransmits lost"),
	SOME(TcpExtTCPRenoFailures, "% timeouts after reno fast retransmit"),
	SOME(TcpExtTCPSackFailures, "% timeouts after SACK recovery"),
	SOME(TcpExtTCPLossFailures, "% timeouts in loss state"),
	SOME(TcpExtTCPFastRetrans, "% fast retransmits"),
	SOME(TcpExtTCPSlowStartRetrans, "% retransmits in slow start"),
	SOME(TcpExtTCPRcvCollapsed,
	     "% packets collapsed in receive queue due to low socket buffer"),
	SOME(TcpExtTCPDSACKOldSent, "% DSACKs sent for old packets"),
	SOME(TcpExtTCPDSACKOfoSent, "% DSACKs sent for out of order packets"),
	SOME(TcpExtTCPDSACKRecv, "% DSACKs received"),
	SOME(TcpExtTCPDSACKOfoRecv, "% DSACKs for out of order packets received"),
	SOME(TcpExtTCPAbortOnData, "% connections reset due to unexpected data"),
	SOME(TcpExtTCPAbortOnClose, "% connections reset due to early user close"),
	SOME(TcpExtTCPAbortOnMemory, "% connections aborted due to memory pressure"),
	SOME(TcpExtTCPAbortOnTimeout, "% connections aborted due to timeout"),
	SOME(TcpExtTCPAbortOnLinger, "% connections aborted after user close in linger timeout"),
	SOME(TcpExtTCPAbortFailed, "% times unable to send RST due to no memory"),
	SOME(TcpExtTCPMemoryPressures, "TCP ran low on memory % times"),
};

static const struct mib_text *text_of(unsigned mib)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].mib == mib)
			return &texts[i];
	return NULL;
}

static void put_sentence(struct strbuf *out, const char *text, u64 value)
{
	const char *mark = strchr(text, '%');

	sb_printf(out, "%.*s%llu%s\n", (int)(mark - text), text, ull(value), mark + 1);
}

/* Before the first of the incoming types, and of the outgoing ones. */
static void put_histogram_title(struct strbuf *out, unsigned mib)
{
	if (mib == MIB_IcmpInDestUnreachs || mib == MIB_Icmp6InDestUnreachs)
		sb_puts(out, "    ICMP input histogram:\n");
	else if (mib == MIB_IcmpOutDestUnreachs || mib == MIB_Icmp6OutDestUnreachs)
		sb_puts(out, "    ICMP output histogram:\n");
}

static bool ends_in_6(const char *s)
{
	return *s && s[strlen(s) - 1] == '6';
}

static void put_group(struct ctl *c, const char *group, const char *title)
{
	sb_printf(c->out, "%s:\n", title);
	if (!strcmp(group, "Ip"))
		sb_printf(c->out, "    Forwarding: %d\n", c->net->sysctl.ip_forward ? 1 : 2);
	for (unsigned i = 0; i < MIB_MAX; i++) {
		const struct mib_text *t = text_of(i);
		u64 v = machine_mib(c->net, i);

		if (strcmp(mibs[i].group, group))
			continue;
		put_histogram_title(c->out, i);
		if (!v && !(t && t->always))
			continue;
		sb_puts(c->out, t && t->hist ? "        " : "    ");
		if (t)
			put_sentence(c->out, t->text, v);
		else
			sb_printf(c->out, "%s%s: %llu\n", ends_in_6(group) ? group : "",
				  mibs[i].name, ull(v));
	}
}

void netstat_stats(struct ctl *c, bool tcp, bool udp, bool raw)
{
	bool all = !tcp && !udp && !raw;

	if (all || raw) {
		put_group(c, "Ip", "Ip");
		put_group(c, "Icmp", "Icmp");
	}
	if (all || tcp)
		put_group(c, "Tcp", "Tcp");
	if (all || udp)
		put_group(c, "Udp", "Udp");
	if (all || tcp)
		put_group(c, "TcpExt", "TcpExt");
	put_group(c, "IpExt", "IpExt");
}

/* TCP and UDP count both families in one. */
void netstat_stats6(struct ctl *c, bool tcp, bool udp, bool raw)
{
	bool all = !tcp && !udp && !raw;

	if (all || raw) {
		put_group(c, "Ip6", "Ip6");
		put_group(c, "Icmp6", "Icmp6");
	}
	if (all || tcp)
		put_group(c, "Tcp", "Tcp");
	if (udp)
		put_group(c, "Udp", "Udp");
}

/* ---- /proc ---- */

/* A line of names, a line of numbers; what is no counter stands in front. */
static void put_lines(struct ctl *c, const char *group, const char *names, const char *values)
{
	sb_printf(c->out, "%s:%s", group, names);
	for (unsigned i = 0; i < MIB_MAX; i++)
		if (!strcmp(mibs[i].group, group))
			sb_printf(c->out, " %s", mibs[i].name);
	sb_printf(c->out, "\n%s:%s", group, values);
	for (unsigned i = 0; i < MIB_MAX; i++)
		if (!strcmp(mibs[i].group, group))
			sb_printf(c->out, " %llu", ull(machine_mib(c->net, i)));
	sb_putc(c->out, '\n');
}

void proc_net_snmp(struct ctl *c)
{
	const struct netns_sysctl *s = &c->net->sysctl;
	char values[48];
	struct strbuf sb;

	sb_init(&sb, values, sizeof(values));
	sb_printf(&sb, " %d %d", s->ip_forward ? 1 : 2, s->ip_default_ttl);
	put_lines(c, "Ip", " Forwarding DefaultTTL", values);
	put_lines(c, "Icmp", "", "");
	sb_init(&sb, values, sizeof(values));
	/* RFC 4022: Van Jacobson's algorithm is called "other" (1) there; no limit is -1. */
	sb_printf(&sb, " 1 %d 120000 -1", s->tcp_rto_min_us / 1000);
	put_lines(c, "Tcp", " RtoAlgorithm RtoMin RtoMax MaxConn", values);
	put_lines(c, "Udp", "", "");
}

void proc_net_snmp6(struct ctl *c)
{
	char name[48];
	struct strbuf sb;

	for (unsigned i = 0; i < MIB_MAX; i++) {
		if (strcmp(mibs[i].group, "Ip6") && strcmp(mibs[i].group, "Icmp6"))
			continue;
		sb_init(&sb, name, sizeof(name));
		sb_printf(&sb, "%s%s", mibs[i].group, mibs[i].name);
		sb_printf(c->out, "%-32s\t%llu\n", name, ull(machine_mib(c->net, i)));
	}
}

void proc_net_netstat(struct ctl *c)
{
	put_lines(c, "TcpExt", "", "");
	put_lines(c, "IpExt", "", "");
}
