/* SPDX-License-Identifier: MIT */
/*
 * Every place at which a packet can be watched: X(name, layer, text).
 *
 * The name is the function that does the step. The text is what people read; each {} takes
 * the event's next argument: {d} decimal, {x} hexadecimal, {ip} IPv4 address (network order),
 * {addr} address of either family: two arguments, its 16 bytes as they lie in memory, IPv4's mapped
 * (::ffff:0:0/96), {mac} MAC address (six bytes in the low 48 bits, first byte highest), {s} text,
 * {dev} interface index, {ns} a span of time in ns, {t} a point in time in ns,
 * {state} TCP state, {flags} TCP flags, {reason} drop reason, {hook} netfilter hook,
 * {proto} EtherType, {table} routing table, {gw} IPv4 address or "none",
 * {limit} decimal or "none", {vlan} " in VLAN N", or nothing when it is 0.
 */
#ifndef LINNET_TRACE_POINTS_H
#define LINNET_TRACE_POINTS_H

#define LN_TRACE_POINTS(X) \
	/* application: the text comes with the event */ \
	X(app, APP, "{s}") \
	/* the wire */ \
	X(link_xmit, WIRE, "{d} bytes on the wire for {ns}, there at {t}") \
	X(link_mark, WIRE, "marked CE: the queue of the link is long") \
	X(link_drop, WIRE, "lost on the link: {s}") \
	X(link_corrupt, WIRE, "bit {d} of {d} flipped on the link") \
	X(link_duplicate, WIRE, "doubled on the link, again at {t}") \
	X(link_reorder, WIRE, "held back on the link until {t}") \
	/* the card */ \
	X(nic_rx_fifo, NIC, "in the FIFO, {d} bytes, {d}/{d} bytes used") \
	X(nic_rx_drop, NIC, "dropped by the card: {reason}") \
	X(nic_rx_dma, NIC, "DMA of {d} bytes -> rx ring slot {d} ({d}/{d} used)") \
	X(nic_rx_handover, NIC, "buffer handed over -> rx ring slot {d} ({d}/{d} used)") \
	X(nic_tx_dma, NIC, "DMA of {d} bytes from tx ring slot {d}") \
	X(nic_tx_complete, NIC, "sent; tx ring slot {d} done") \
	X(nic_doorbell, NIC, "doorbell: tx ring slot {d}, {d} descriptors ({d}/{d} used)") \
	X(nic_irq, IRQ, \
	  "hard interrupt ({s}) after {ns}, {d} frames: mask it, napi_schedule, raise NET_RX") \
	X(net_rx_action, SOFTIRQ, "budget {d}, {d} NAPI to poll") \
	X(napi_poll, SOFTIRQ, "weight {d}, {d} frames taken, {d} sent ones cleaned") \
	X(napi_complete, SOFTIRQ, "ring empty: interrupt unmasked") \
	X(net_tx_action, SOFTIRQ, "{d} sent sk_buffs freed, {d} queues restarted") \
	X(wakeup_ksoftirqd, SOFTIRQ, "work left ({s}): on to ksoftirqd, processes run first") \
	/* device and link */ \
	X(eth_type_trans, LINK, "skb_pull {d}; type {proto}; {s}") \
	X(napi_gro_receive, DEVICE, "{d} bytes joined to packet {d}, now {d} in one") \
	X(napi_gro_complete, DEVICE, "{d} packets in one, {d} bytes") \
	X(netif_receive_skb, DEVICE, "ptype {proto}, {d} taps") \
	X(dev_queue_xmit, DEVICE, "queue {d}, {s}") \
	X(skb_gso_segment, DEVICE, "segment {d}, cut from {d} bytes of payload: {d} bytes") \
	X(dev_hard_start_xmit, DEVICE, "to the driver, {d} bytes") \
	X(br_handle_frame, LINK, "port {dev}, {mac} -> {mac}") \
	X(br_fdb_update, LINK, "learns {mac} behind port {dev}{vlan}") \
	X(br_forward, LINK, "to port {dev}{vlan}") \
	X(br_flood, LINK, "floods to {d} ports ({s}){vlan}") \
	X(br_multicast_flood, LINK, "to {d} ports of the group ({s}){vlan}") \
	X(skb_vlan_untag, DEVICE, "the tag of VLAN {d} out of the frame: skb_pull 4") \
	X(skb_vlan_push_tag, DEVICE, "the tag of VLAN {d} into the frame: skb_push 4") \
	X(vlan_do_receive, DEVICE, "to {dev}") \
	X(br_stp_rcv, LINK, "hears of root {d}.{mac}, cost {d}") \
	X(br_send_bpdu, LINK, "as {s} port tells of root {d}.{mac}, cost {d}") \
	X(br_set_state, LINK, "port {dev} is {s}, {s}") \
	X(br_topology_change, LINK, "the tree changed: what was learned here is forgotten") \
	X(neigh_resolve, LINK, "{addr} in state {s}, {d} packets wait") \
	X(neigh_update, LINK, "{addr} is at {mac} ({s})") \
	X(neigh_output, LINK, "{addr} is at {mac}: skb_push 14") \
	X(arp_send, LINK, "{s} {ip}, from {ip} ({mac})") \
	X(arp_rcv, LINK, "{s} {ip}, from {ip} ({mac})") \
	X(arp_conflict, LINK, "{ip} is claimed by {mac}, too: {s}") \
	/* network */ \
	X(ip_rcv, NET, "ttl {d}, protocol {d}, {d} bytes, id {d}; {ip} -> {ip}") \
	X(nf_hook, NET, "{hook}: {s}") \
	X(nf_conntrack, NET, "connection: {s}") \
	X(nft_do_chain, NET, "{s} {s}: {s}") \
	X(nf_log, NET, "log: {s}") \
	X(nf_flow_offload, NET, "flowtable {s}: known, ttl {d} -> {d}, out of {dev}") \
	X(nf_nat_packet, NET, "{s} {ip}:{d} becomes {ip}:{d}") \
	X(nf_nat6_packet, NET, "{s} {addr} becomes {addr}, port {d}") \
	X(ip_rcv_finish, NET, "route to {ip}: {s}, table {table}, dev {dev}, gateway {gw}") \
	X(ip_local_deliver, NET, "protocol {d}: skb_pull {d}") \
	X(igmp_send, NET, "type {x} to {ip}") \
	X(ip_forward, NET, "ttl {d} -> {d}, out of {dev}, next hop {ip}") \
	X(ip_queue_xmit, NET, \
	  "skb_push 20: {ip} -> {ip}: route dev {dev}, gateway {gw}, its source {ip}") \
	X(ip_output, NET, "ttl {d}, id {d}") \
	X(ip_fragment, NET, "{d} bytes do not fit MTU {d}: {d} fragments") \
	X(ipv6_rcv, NET, "hop limit {d}, next header {d}; {addr} -> {addr}") \
	X(ip6_rcv_finish, NET, "route to {addr}: {s}, dev {dev}") \
	X(ip6_input, NET, "next header {d}: skb_pull {d}") \
	X(ip6_forward, NET, "hop limit {d} -> {d}, out of {dev}, next hop {addr}") \
	X(ip6_xmit, NET, "skb_push 40: {addr} -> {addr}: route dev {dev}") \
	X(ip6_output, NET, "hop limit {d}") \
	X(ip6_fragment, NET, "{d} bytes do not fit MTU {d}: {d} fragments") \
	X(icmp6_send, NET, "type {d} code {d} to {addr}") \
	X(icmpv6_rcv, NET, "type {d} code {d} from {addr}") \
	X(ndisc_send, NET, "{s} {addr}, to {addr}") \
	X(ndisc_rcv, NET, "{s} {addr}, from {addr}") \
	X(addrconf_dad, NET, "{addr}: {s}") \
	X(icmp_send, NET, "type {d} code {d} to {ip}") \
	X(icmp_rcv, NET, "type {d} code {d} from {ip}") \
	/* transport */ \
	X(tcp_v4_rcv, TRANSPORT, "{ip}:{d} -> {ip}:{d}: {s}") \
	X(tcp_v6_rcv, TRANSPORT, "{addr}:{d} -> port {d}: {s}") \
	X(tcp_rcv_established, TRANSPORT, "seq {d} len {d} ack {d} win {d}; rcv_nxt {d}; {s}") \
	X(tcp_rcv_state_process, TRANSPORT, "{state}: {flags} seq {d} ack {d} win {d}") \
	X(tcp_set_state, TRANSPORT, "{ip}:{d} <-> {ip}:{d}: {state} -> {state}") \
	X(tcp_v6_set_state, TRANSPORT, "port {d} <-> {addr}:{d}: {state} -> {state}") \
	X(tcp_data_queue, TRANSPORT, "{s}: {d} bytes, receive buffer {d}/{d}") \
	X(tcp_ack, TRANSPORT, \
	  "{d} bytes acknowledged, in flight {d}, cwnd {d}, ssthresh {limit}, rtt {ns}") \
	X(tcp_write_xmit, TRANSPORT, \
	  "{d} segments may leave (cwnd {d}, in flight {d}, window {d}, mss {d}); {s}") \
	X(tcp_transmit_skb, TRANSPORT, "{flags} seq {d} len {d} ack {d} win {d}") \
	X(skb_clone, TRANSPORT, "clone of #{d}: its sk_buff copied, {d} payload bytes shared") \
	X(tcp_retransmit_skb, TRANSPORT, "again seq {d} len {d}, retransmission {d}: {s}") \
	X(tcp_fastretrans_alert, TRANSPORT, \
	  "{s}: cwnd {d}, ssthresh {limit}, sacked {d}, lost {d}") \
	X(tcp_mark_skb_lost, TRANSPORT, \
	  "{d} packets lost by {s}: {d} lost, {d} of them sent again, RTT {ns}") \
	X(tcp_timer, TRANSPORT, "{s} fires in {state}, backoff {d}") \
	X(tcp_send_reset, TRANSPORT, "RST to {ip}:{d}") \
	X(tcp_v6_send_reset, TRANSPORT, "RST to {addr}:{d}") \
	X(udp_rcv, TRANSPORT, "{ip}:{d} -> {ip}:{d}, {d} bytes: {s}") \
	X(udpv6_rcv, TRANSPORT, "{addr}:{d} -> port {d}, {d} bytes: {s}") \
	/* socket */ \
	X(tcp_sendmsg, SOCKET, "{d} bytes copied from the user into {d} sk_buffs, {d} queued") \
	X(tcp_recvmsg, SOCKET, "{d} bytes copied to the user, {d} left") \
	X(udp_sendmsg, SOCKET, "{d} bytes copied from the user, to {ip}:{d}") \
	X(udpv6_sendmsg, SOCKET, "{d} bytes copied from the user, to {addr}:{d}") \
	X(udp_recvmsg, SOCKET, "{d} bytes copied to the user") \
	X(sock_def_readable, SOCKET, "wakes the reader of descriptor {d}") \
	/* the one door out */ \
	X(kfree_skb, DROP, "drop {reason}: {s}")

#endif
