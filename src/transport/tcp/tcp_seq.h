/* SPDX-License-Identifier: MIT */
#ifndef LINNET_TRANSPORT_TCP_TCP_SEQ_H
#define LINNET_TRANSPORT_TCP_TCP_SEQ_H

#include "wire/tcp_seq.h"

/*
 * Is a segment [seq, end_seq) acceptable to a window [s_win, e_win) (RFC 9293 3.10.7.4, table 6)?
 * For mini-sockets; a connection uses tcp_sequence().
 */
static inline bool tcp_in_window(u32 seq, u32 end_seq, u32 s_win, u32 e_win)
{
	if (seq == s_win)
		return true;
	if (after(end_seq, s_win) && before(seq, e_win))
		return true;
	return seq == e_win && seq == end_seq;
}

#endif
