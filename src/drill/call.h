/* SPDX-License-Identifier: MIT */
/*
 * The socket calls of a script. Each is one function that tries: it returns what the call returns,
 * a negative errno for -1, and -EAGAIN (connect: -EINPROGRESS) when it would wait. Whether it then
 * waits, and for how long, is call_run.c's.
 */
#ifndef LINNET_DRILL_CALL_H
#define LINNET_DRILL_CALL_H

#include "drill/drill.h"

#define CALL_ARGS_MAX 6

/* One call on its way. */
struct call_run {
	struct call_run *next;
	struct drill *d;
	const struct event *event;
	const struct script_call *c;
	s64 started, end;		/* when it should return, -1 = at once */
	unsigned tries;			/* that were made before this one */
	size_t done;			/* bytes that went out in earlier tries */
	int fd;				/* of the script, that it waits on; -1: none */
	bool dontwait;			/* it never blocks */
	s64 timeout;			/* ns that it may wait, -1 = for ever */
	bool connecting;
	char gave[160];			/* what it gave back where the script leaves it open */
};

struct call_def {
	const char *name;
	unsigned least, most;		/* arguments */
	s64 (*run)(struct call_run *r);
};

const struct call_def *call_find(const char *name, size_t len);
const char *call_closest(const char *name, size_t len);

/* ---- arguments; false: the script is wrong, told ---- */

bool arg_int(struct call_run *r, unsigned i, s64 *v);
/* `...` gives dflt. */
bool arg_int_or(struct call_run *r, unsigned i, s64 dflt, s64 *v);
bool arg_fd(struct call_run *r, unsigned i, struct drill_fd **f);
/* sockaddr, of f's family; `...` gives addr and port. len: of it. */
bool expr_address(struct call_run *r, const struct drill_fd *f, const struct expr *e,
		  struct ip6_addr addr, u16 port, struct sock_addr *sa, u32 *len);
/* Compares an address that a call gave, where the script says one; false: told. */
bool same_address(struct call_run *r, const struct expr *want, const struct sock_addr *got);
bool call_bad(struct call_run *r, const struct expr *e, const char *what);
const struct expr *expr_member(const struct expr *e, const char *name);
s64 member_int(const struct expr *e, const char *name, s64 dflt);
/* Compares what a call gave back; `...` keeps it for tell_result(). False: told. */
bool call_same(struct call_run *r, const struct expr *want, const char *what, s64 got);

/* The script's number of a descriptor of the machine, or -1. */
int script_fd(const struct drill *d, int live);

/* What the calls return when they could not even be made. */
#define CALL_BAD (-100000)

s64 call_socket(struct call_run *r);
s64 call_bind(struct call_run *r);
s64 call_listen(struct call_run *r);
s64 call_accept(struct call_run *r);
s64 call_accept4(struct call_run *r);
s64 call_connect(struct call_run *r);
s64 call_close(struct call_run *r);
s64 call_shutdown(struct call_run *r);
s64 call_getsockname(struct call_run *r);
s64 call_getpeername(struct call_run *r);
s64 call_fcntl(struct call_run *r);
s64 call_ioctl(struct call_run *r);
s64 call_getsockopt(struct call_run *r);
s64 call_setsockopt(struct call_run *r);
s64 call_poll(struct call_run *r);
s64 call_ppoll(struct call_run *r);
s64 call_epoll_create(struct call_run *r);
s64 call_epoll_ctl(struct call_run *r);
s64 call_epoll_wait(struct call_run *r);
s64 call_read(struct call_run *r);
s64 call_readv(struct call_run *r);
s64 call_recv(struct call_run *r);
s64 call_recvfrom(struct call_run *r);
s64 call_recvmsg(struct call_run *r);
s64 call_write(struct call_run *r);
s64 call_writev(struct call_run *r);
s64 call_send(struct call_run *r);
s64 call_sendto(struct call_run *r);
s64 call_sendmsg(struct call_run *r);
s64 call_sendmmsg(struct call_run *r);
s64 call_recvmmsg(struct call_run *r);
s64 call_open(struct call_run *r);
s64 call_pipe(struct call_run *r);
s64 call_sendfile(struct call_run *r);
s64 call_splice(struct call_run *r);

/* call_auth.c: a struct of TCP_MD5SIG or TCP_AO_*. */
bool auth_is_option(s64 level, s64 name, const struct expr *e);
/* Its bytes. Return: how many, 0: told. */
u32 auth_value(struct call_run *r, const struct drill_fd *f, s64 name, const struct expr *e,
	       u8 *buf);
/* Compares TCP_AO_INFO; false: told. */
bool auth_same(struct call_run *r, const struct expr *e, const u8 *buf, u32 len);

/* A connection of f begins (call_sock.c). */
void conn_connecting(struct drill *d, struct drill_fd *f, const struct sock_addr *to);

#endif
