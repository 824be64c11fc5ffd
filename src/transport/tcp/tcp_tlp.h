/* SPDX-License-Identifier: MIT */
/*
 * Tail loss probe (RFC 8985 7): nothing tells of the loss of the last segments of a flight, so
 * after two round trips without an acknowledgement one is sent that asks: new data where there is
 * some, else the last segment again. What comes back shows the loss by SACK, long before the RTO.
 * When the probe itself repaired it, that is found by the absence of a duplicate's report, and the
 * window is reduced. One probe per tail; behind it the RTO, counted from the probe.
 */
#ifndef LINNET_TRANSPORT_TCP_TCP_TLP_H
#define LINNET_TRANSPORT_TCP_TCP_TLP_H

#include "transport/tcp/tcp_sock.h"

/*
 * Arms the timer of a probe: with SACK, in Open and CWR, where sysctl tcp_early_retrans says so.
 * @advancing_rto: an ACK came, so the RTO begins now; else when the head was sent
 * Return: false: none is to be sent, and the timer is as it was.
 */
bool tcp_schedule_loss_probe(struct sock *sk, bool advancing_rto);

/* ICSK_TIME_LOSS_PROBE. */
void tcp_send_loss_probe(struct sock *sk);

/* An acknowledgement while tlp_high_seq is set; flag as in tcp_ack(). */
void tcp_process_tlp_ack(struct sock *sk, u32 ack, int flag);

#endif
