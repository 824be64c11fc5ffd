/* SPDX-License-Identifier: MIT */
/* What a socket's error queue tells: errors, and what became of data that was sent. */
#ifndef LINNET_ERRQUEUE_H
#define LINNET_ERRQUEUE_H

#include <stdint.h>

/* LN_IP_RECVERR, LN_IPV6_RECVERR, read with LN_MSG_ERRQUEUE; a struct ln_sockaddr_in or
 * ln_sockaddr_in6 follows: who reported it. */
struct ln_sock_extended_err {
	uint32_t ee_errno;
	uint8_t ee_origin;		/* 1 this machine, 2 ICMP, 3 ICMPv6, or, below, 4 .. 6 */
	uint8_t ee_type, ee_code, ee_pad;
	uint32_t ee_info;		/* EMSGSIZE: the MTU */
	uint32_t ee_data;
};

/*
 * Zero-copy send, as Linux's (networking/msg_zerocopy.rst), for TCP and UDP. LN_SO_ZEROCOPY set to
 * 1, a send with LN_MSG_ZEROCOPY copies nothing: the memory must stay as it is until the call is
 * told to be done. Such calls that took bytes are numbered from 0. When a call's bytes are
 * acknowledged (TCP) and no card holds them, or the connection is over, the error queue (POLLERR,
 * LN_MSG_ERRQUEUE) has ee_errno 0, ee_info .. ee_data: first, last number of a range, ee_code:
 * copied after all for a reader on this machine (loopback, AF_PACKET) or in this process (cable,
 * veth); a datagram also when it grows, is fragmented, or the card does not finish its checksum.
 * After ln_close() nothing is told: the memory must then stay until the instance ends. -ENOBUFS: no
 * memory, or 128 notifications are unread.
 */
enum { LN_SO_EE_ORIGIN_ZEROCOPY = 5, LN_SO_EE_CODE_ZEROCOPY_COPIED = 1 };

/*
 * When data was sent (LN_SO_TIMESTAMPING, networking/timestamping.rst): the time is in a control
 * message LN_SO_TIMESTAMPING of LN_SOL_SOCKET. ee_errno ENOMSG, ee_info: LN_SCM_TSTAMP_*: to the
 * driver, to the device's queue, acknowledged; ee_data: with OPT_ID the datagram's number, or that
 * of the call's last byte. With it comes the packet, unless OPT_TSONLY was set.
 */
enum { LN_SO_EE_ORIGIN_TIMESTAMPING = 4 };
enum { LN_SCM_TSTAMP_SND = 0, LN_SCM_TSTAMP_SCHED = 1, LN_SCM_TSTAMP_ACK = 2 };

/*
 * A message whose time to leave (LN_SO_TXTIME with LN_SOF_TXTIME_REPORT_ERRORS) could not be kept
 * and that was not sent: beyond fq's horizon. ee_errno EINVAL, ee_code; ee_data, ee_info: the upper
 * and the lower half of the time. With it comes the packet.
 */
enum { LN_SO_EE_ORIGIN_TXTIME = 6, LN_SO_EE_CODE_TXTIME_INVALID_PARAM = 1 };

#endif
