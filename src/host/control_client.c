/* SPDX-License-Identifier: MIT */
/* The client's side: sends a command line, shows what comes back. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/control.h"

/* ^C of this process; a signal has no other place to go. */
static volatile sig_atomic_t interrupts;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupts++;
}

static bool send_all(int fd, const void *bytes, size_t len)
{
	const u8 *p = bytes;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_message(int fd, char type, const void *bytes, size_t len)
{
	u8 head[CONTROL_HEAD] = { (u8)type };

	put_be32(head + 1, (u32)len);
	return send_all(fd, head, sizeof(head)) && send_all(fd, bytes, len);
}

static bool write_all(int fd, const u8 *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

struct client {
	int fd;
	bool with_input;
	int interrupts_sent;
	u8 buf[CONTROL_HEAD + CONTROL_PIECE_MAX];
	size_t len;
	int status;		/* -1 until it came */
	int write_error;	/* an errno: nobody takes the output */
};

/* Whole messages in the buffer. False: nobody takes the output. */
static bool take_messages(struct client *c)
{
	size_t at = 0;

	while (c->status < 0 && c->len - at >= CONTROL_HEAD) {
		size_t len = get_be32(c->buf + at + 1);
		const u8 *body = c->buf + at + CONTROL_HEAD;

		if (len > CONTROL_PIECE_MAX)
			return false;
		if (c->len - at < CONTROL_HEAD + len)
			break;
		if (c->buf[at] == 'o' && !write_all(STDOUT_FILENO, body, len)) {
			c->write_error = errno;
			return false;
		}
		if (c->buf[at] == 'e')		/* there is nobody to tell that it fails */
			write_all(STDERR_FILENO, body, len);
		if (c->buf[at] == 'x' && len)
			c->status = body[0];
		at += CONTROL_HEAD + len;
	}
	memmove(c->buf, c->buf + at, c->len - at);
	c->len -= at;
	return true;
}

/* Who takes no input any more may have ended already: how, is still to be read. */
static void forward_input(struct client *c)
{
	u8 bytes[CONTROL_PIECE_MAX];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (n < 0 && errno == EINTR)
		return;
	if (!send_message(c->fd, 's', bytes, n > 0 ? (size_t)n : 0) || n <= 0)
		c->with_input = false;
}

/* False: the connection is over, or the output's reader has left. */
static bool client_turn(struct client *c)
{
	struct pollfd pfd[2] = {
		{ .fd = c->fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN },
	};
	ssize_t n;

	if (poll(pfd, c->with_input ? 2 : 1, -1) < 0 && errno != EINTR)
		return false;
	if (interrupts > c->interrupts_sent) {
		if (interrupts > 1) {		/* it was asked once: now it ends for sure */
			c->status = 130;
			return true;
		}
		c->interrupts_sent = interrupts;
		send_message(c->fd, 'i', NULL, 0);
		return true;
	}
	if (c->with_input && pfd[1].revents)
		forward_input(c);
	if (!pfd[0].revents)
		return true;
	n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0);
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	return take_messages(c);
}

int control_exec(int fd, const char *node, const char *cmdline, bool with_input, char *err,
		 size_t cap)
{
	struct sigaction sa = { .sa_handler = on_interrupt };
	struct client c = { .fd = fd, .with_input = with_input, .status = -1 };

	sigaction(SIGINT, &sa, NULL);
	if (strlen(cmdline) > CONTROL_COMMAND_MAX) {
		snprintf(err, cap, "the command, with its file, has %zu bytes; at most %u are "
			 "taken", strlen(cmdline), CONTROL_COMMAND_MAX);
		return -1;
	}
	/* Who takes nothing of this has perhaps said why. */
	if (send_message(fd, 'n', node, strlen(node)))
		send_message(fd, 'c', cmdline, strlen(cmdline));
	while (c.status < 0 && client_turn(&c))
		;
	if (c.write_error)
		snprintf(err, cap, "standard output: %s", strerror(c.write_error));
	else if (c.status < 0)
		snprintf(err, cap, "the connection to the running linnet broke off");
	return c.status;
}
