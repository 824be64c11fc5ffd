/* SPDX-License-Identifier: MIT */
/*
 * Why a packet ended. Names are Linux's (enum skb_drop_reason) where Linux has one; the
 * last group is of the card and the wire, where Linux has only counters.
 */
#ifndef LINNET_BASE_SKB_DROP_H
#define LINNET_BASE_SKB_DROP_H

#include "base/types.h"

#define SKB_DROP_REASONS(X) \
	X(NOT_SPECIFIED, "no reason was given") \
	X(NO_SOCKET, "no socket for it") \
	X(PKT_TOO_SMALL, "shorter than its header says") \
	X(TCP_CSUM, "wrong TCP checksum") \
	X(UDP_CSUM, "wrong UDP checksum") \
	X(ICMP_CSUM, "wrong ICMP checksum") \
	X(IGMP_CSUM, "wrong IGMP checksum") \
	X(SOCKET_FILTER, "refused by the socket's filter") \
	X(SOCKET_RCVBUFF, "the socket's receive buffer is full") \
	X(NETFILTER_DROP, "dropped by a netfilter hook") \
	X(OTHERHOST, "for another host's MAC address") \
	X(IP_CSUM, "wrong IP header checksum") \
	X(IP_INHDR, "malformed IP header") \
	X(IP_RPFILTER, "source address not reachable through this device") \
	X(UNICAST_IN_L2_MULTICAST, "unicast packet in a broadcast frame") \
	X(PROTO_MEM, "over the protocol's memory limit") \
	X(TCP_MD5NOTFOUND, "without the MD5 signature that its peer has a key for") \
	X(TCP_MD5UNEXPECTED, "an MD5 signature, and no key for it") \
	X(TCP_MD5FAILURE, "a wrong MD5 signature") \
	X(TCP_AONOTFOUND, "without the TCP-AO signature that its peer has a key for") \
	X(TCP_AOUNEXPECTED, "a TCP-AO signature, and no keys") \
	X(TCP_AOKEYNOTFOUND, "a TCP-AO signature by an unknown key") \
	X(TCP_AOFAILURE, "a wrong TCP-AO signature") \
	X(TCP_AUTH_HDR, "malformed or two signature options") \
	X(TCP_FLAGS, "TCP flags that do not fit the connection's state") \
	X(TCP_ZEROWINDOW, "data for a closed window") \
	X(TCP_OLD_DATA, "data already received") \
	X(TCP_OVERWINDOW, "data beyond the window") \
	X(TCP_OFOMERGE, "already in the out-of-order queue") \
	X(TCP_RFC7323_PAWS, "timestamp older than the last (PAWS)") \
	X(TCP_RFC7323_PAWS_ACK, "an old acknowledgement by its timestamp and number") \
	X(TCP_RFC7323_TW_PAWS, "timestamp older than the last, in TIME-WAIT") \
	X(TCP_RFC7323_TSECR, "echoes a timestamp that was never sent") \
	X(TCP_OLD_SEQUENCE, "all of it received before, and acknowledged") \
	X(TCP_INVALID_SEQUENCE, "sequence number outside the window") \
	X(TCP_INVALID_END_SEQUENCE, "begins in the window and ends beyond it") \
	X(TCP_INVALID_ACK_SEQUENCE, "acknowledgement outside what was sent") \
	X(TCP_RESET, "a valid RST ended the connection") \
	X(TCP_INVALID_SYN, "SYN in the middle of a connection") \
	X(TCP_CLOSE, "connection is closed") \
	X(TCP_OLD_ACK, "acknowledges what is long acknowledged") \
	X(TCP_TOO_OLD_ACK, "acknowledgement far in the past (RFC 5961 5.2)") \
	X(TCP_ACK_UNSENT_DATA, "acknowledges what was never sent") \
	X(TCP_OFO_QUEUE_PRUNE, "out-of-order queue cut for memory") \
	X(TCP_OFO_DROP, "no room for out-of-order data") \
	X(TCP_ABORT_ON_DATA, "data for a socket that its user has closed") \
	X(TCP_LISTEN_OVERFLOW, "the listener's accept queue is full") \
	X(TCP_REQQFULLDROP, "the listener's SYN queue is full") \
	X(TCP_MINTTL, "TTL below the socket's minimum") \
	X(IP_OUTNOROUTES, "no route to send it") \
	X(ICMP_RATELIMIT, "an answer above the limits of ICMP") \
	X(NEIGH_CREATEFAIL, "no neighbour entry could be made") \
	X(NEIGH_FAILED, "the neighbour does not answer") \
	X(NEIGH_QUEUEFULL, "too many packets wait for the neighbour") \
	X(NEIGH_DEAD, "the neighbour entry was removed") \
	X(QDISC_DROP, "the queueing discipline is full") \
	X(QDISC_CONGESTED, "it waited too long in the queueing discipline") \
	X(FQ_BAND_LIMIT, "too many packets of its priority wait in fq") \
	X(FQ_HORIZON_LIMIT, "its time to leave is too far off for fq") \
	X(FQ_FLOW_LIMIT, "too many packets of its flow wait in fq") \
	X(CPU_BACKLOG, "the backlog queue is full") \
	X(UNHANDLED_PROTO, "no handler for its EtherType") \
	X(RECURSION_LIMIT, "devices send through each other in a circle") \
	X(SKB_CSUM, "checksum could not be finished") \
	X(SKB_UCOPY_FAULT, "could not be copied to the user") \
	X(DEV_HDR, "no link header could be built") \
	X(DEV_READY, "the device is down") \
	X(FULL_RING, "the transmit ring is full") \
	X(NOMEM, "no memory, or over the instance's budget") \
	X(HDR_TRUNC, "header cut short") \
	X(IP_INADDRERRORS, "destination address not usable") \
	X(IP_INNOROUTES, "no route to forward it") \
	X(IP_LOCAL_SOURCE, "source address is this machine's own") \
	X(IP_INVALID_SOURCE, "source address not allowed") \
	X(IP_INVALID_DEST, "destination address not allowed") \
	X(IP_NOPROTO, "no handler for its IP protocol") \
	X(IP_TTL_EXPIRED, "TTL ran out") \
	X(IP_FORWARDING_OFF, "not for this machine, and forwarding is off") \
	X(PKT_TOO_BIG, "larger than the next MTU, and may not be fragmented") \
	X(DUP_FRAG, "fragment seen before") \
	X(FRAG_REASM_TIMEOUT, "the other fragments did not come in time") \
	X(FRAG_TOO_FAR, "fragment beyond the largest datagram") \
	X(FRAG_OVERLAP, "fragments overlap") \
	X(FRAG_ECN, "the fragments' ECN fields contradict each other") \
	X(ARP_INVALID, "malformed or impossible ARP") \
	X(IPV6DISABLED, "IPv6 is off on the device") \
	X(IPV6_BAD_EXTHDR, "malformed extension header, or one that forbids the packet") \
	X(IPV6_NDISC_FRAG, "neighbour discovery in fragments (RFC 6980)") \
	X(IPV6_NDISC_HOP_LIMIT, "neighbour discovery from beyond the link") \
	X(IPV6_NDISC_BAD_CODE, "neighbour discovery with a code") \
	X(IPV6_NDISC_UNSOLICITED, "an advertisement that nobody asked for") \
	X(IPV6_NDISC_BAD_OPTIONS, "malformed options of neighbour discovery") \
	X(IPV6_NDISC_NS_OTHERHOST, "asks for another host's address") \
	X(ICMP_INVALID, "malformed ICMP") \
	X(ICMP_UNKNOWN_TYPE, "ICMP type without a handler") \
	X(BRIDGE_INGRESS_STP_STATE, "the bridge port is not forwarding") \
	X(BRIDGE_NO_EGRESS_PORT, "the bridge has no other port for it") \
	X(BRIDGE_BPDU, "no BPDU that this bridge may believe") \
	X(BRIDGE_VLAN_INGRESS, "the bridge port is no member of the frame's VLAN") \
	X(BRIDGE_VLAN_EGRESS, "the bridge itself is no member of the frame's VLAN") \
	X(BRIDGE_SAME_PORT, "the destination is behind the port it came from") \
	X(BRIDGE_MCAST_INVALID, "malformed IGMP or MLD, or IP header above a group's MAC") \
	X(BRIDGE_MDB_FULL, "it joins one group more than the bridge may know") \
	X(BRIDGE_STORM, "over the bridge port's storm limit") \
	X(MAC_INVALID_SOURCE, "source MAC address is multicast or zero") \
	X(NIC_FCS, "the card found a wrong FCS") \
	X(NIC_FILTER, "the card's address filter: not for its MAC") \
	X(NIC_RUNT, "shorter than the shortest Ethernet frame") \
	X(NIC_GIANT, "longer than the device's MTU") \
	X(NIC_FIFO, "the card's FIFO is full") \
	X(NIC_OVERRUN, "the receive ring has no free descriptor") \
	X(SHARD_BYSTANDER, "every shard got it, another one answers") \
	X(SHARD_RING, "the ring to the shard that it is for is full") \
	X(NIC_DOWN, "the card or its link is down") \
	X(LINK_LOSS, "lost on the link") \
	X(LINK_QUEUE, "the link's queue is full") \
	X(LINK_MTU, "longer than the link carries") \
	X(QUEUE_PURGE, "its socket was closed before it was read") \
	X(NET_EXIT, "still queued as the machine was taken down")

enum skb_drop_reason {
	/* Not a drop: the packet reached its goal (delivered, sent, or its copy did). */
	SKB_CONSUMED,
#define SKB_DROP_ENUM(name, text) SKB_DROP_REASON_##name,
	SKB_DROP_REASONS(SKB_DROP_ENUM)
#undef SKB_DROP_ENUM
	SKB_DROP_REASON_MAX
};

/* "TCP_CSUM" and its text; "CONSUMED" for SKB_CONSUMED. */
const char *skb_drop_name(enum skb_drop_reason reason);
const char *skb_drop_text(enum skb_drop_reason reason);

#endif
