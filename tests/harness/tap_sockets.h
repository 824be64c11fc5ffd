/* SPDX-License-Identifier: MIT */
/*
 * The kernel at one end of a TAP, an instance of this process at the other, and one set of calls
 * for the sockets of both: a test says who does what, and runs with the roles changed.
 *
 *	kernel sockets 10.0.0.1, fd00::1 --- tap0 --- an instance, 10.0.0.2, fd00::2
 *
 * Frames move, and time passes for the instance, in tap_carry() only. A membership of IGMP is told
 * once (igmp_qrv). Addresses are text: of IPv4, of IPv6, or mapped; the family of a socket is that
 * of its address. What must not be ends the process with a line, status 1.
 */
#ifndef LINNET_TESTS_HARNESS_TAP_SOCKETS_H
#define LINNET_TESTS_HARNESS_TAP_SOCKETS_H

#include <linnet/linnet.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define TAP_PATIENCE 20000	/* rounds of tap_carry(), each at most 1 ms */

enum { KERNEL, OURS };

/* The three ways in which both can name each other. */
struct tap_names {
	const char *name;
	const char *of[2];	/* KERNEL, OURS */
	int prefix;		/* of their network, as the address is written */
};

extern const struct tap_names tap_names[];	/* ends with a NULL name */
extern struct ln_net *tap_net;

/* Ends the test as skipped where that is not allowed. look: is shown each frame and who sent it, or
 * NULL. */
void tap_begin(void (*look)(int who, const unsigned char *frame, ssize_t n));
void tap_end(void);

void tap_skip(const char *what);		/* with errno's text */
void tap_write_file(const char *path, const char *text);	/* else tap_skip() */
void tap_command(const char *line);	/* of ours */
int64_t tap_clock_ns(void);
/* The kernel's lo is there, as ours is. */
void tap_kernel_loopback(void);

/* What one side said, to be compared: appended to line, which has TAP_LINE bytes. */
#define TAP_LINE 600
void tap_put(char *line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void tap_check(bool ok, const char *what, long a, long b);

/* What is there, or waits a little. Whether anything was. */
bool tap_carry(void);
void tap_settle(void);

/* *out: the address; return: its length. */
socklen_t tap_name(const char *host, unsigned short port, struct sockaddr_storage *out);

/* Each of them returns what the call does, errors as -errno; the sockets do not block. */
int tap_socket(int who, const char *host, int type);
int tap_socket_of(int who, int family, int type, int protocol);
int tap_setsockopt(int who, int s, int level, int name, const void *val, unsigned len);
int tap_getsockopt(int who, int s, int level, int name, void *val, unsigned *len);
int tap_connect(int who, int s, const char *host, unsigned short port);
ssize_t tap_sendto(int who, int s, const void *buf, size_t n, int flags, const char *host,
		   unsigned short port);
ssize_t tap_send(int who, int s, const void *buf, size_t n);
ssize_t tap_sendmsg(int who, int s, const struct msghdr *m, int flags);
ssize_t tap_recvmsg(int who, int s, struct msghdr *m, int flags);
ssize_t tap_recv(int who, int s, void *buf, size_t n);

/* getpeername() or getsockname(): 0 and what it is. */
int tap_getname(int who, int s, bool peer, struct sockaddr_storage *at, socklen_t *len);
/* An option that is an int. */
int tap_getint(int who, int s, int level, int name);

/* These must work. */
void tap_bind(int who, int s, const char *host, unsigned short port);
void tap_listen(int who, int s);
/* Sooner or later; from: NULL, or its name. */
int tap_accept(int who, int s, const char *from);
/* recv(), sooner or later. */
ssize_t tap_await(int who, int s, void *buf, size_t n);
void tap_close(int who, int s);
/* So many bytes from who's socket to the other's, each of them looked at. */
void tap_transfer(int who, int from, int to, size_t bytes);

#endif
