/* SPDX-License-Identifier: MIT */
/* What calls that move bytes share. */
#ifndef LINNET_DRILL_CALL_IO_H
#define LINNET_DRILL_CALL_IO_H

#include "drill/call.h"

#define CONTROL_MAX 512
#define IOV_MAX_ 64

struct io {
	struct drill_fd *f;
	struct ln_msghdr m;
	struct ln_iovec iov[IOV_MAX_];
	struct sock_addr addr;
	u8 *buf;
	size_t len;		/* all pieces */
	s64 flags;
};

static inline bool is_null(const struct expr *e)
{
	return e->kind == EXPR_NUMBER && !e->number;
}

/* [{cmsg_level=, cmsg_type=, cmsg_data=}]: to io's message; buf: CONTROL_MAX zeros. */
bool put_control(struct call_run *r, struct io *io, const struct expr *list, u8 *buf);
/* Those of m are as the script says. */
bool same_control(struct call_run *r, const struct expr *want, const struct ln_msghdr *m);

/* May the call wait? */
bool io_blocks(const struct call_run *r, const struct io *io);
/*
 * A message as {msg_name(...)=..., msg_iov(1)=[{..., 1000}], msg_flags=0}; flags: the argument with
 * the call's flags; control: CONTROL_MAX zeros.
 */
bool io_send_message(struct call_run *r, struct io *io, const struct expr *m, unsigned flags,
		     u8 *control);
bool io_recv_message(struct call_run *r, struct io *io, const struct expr *m, unsigned flags,
		     u8 *control);
/* Compares what came with what the script says of it. */
bool same_message(struct call_run *r, const struct io *io, const struct expr *m);

#endif
