/* SPDX-License-Identifier: MIT */
/* The server's side: each connection runs one command line on the instance. */
#define _GNU_SOURCE
#include "host/control.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/program.h"
#include "app/util/text.h"

#define STATUS_NO_NODE 125	/* what the shell's tools use when they could not even begin */

struct client {
	struct list_head list;
	struct control *control;
	struct loop_fd lf;
	char node[CONTROL_NAME_MAX + 1];
	struct control_target target;
	struct program_env env;
	struct program *program;	/* NULL: not begun, or over */
	bool begun;
	bool over;			/* the exit status is in out: close when it is sent */
	bool dead;			/* nothing to send to any more */
	bool overflow;
	bool input_waits;		/* the program has no room for the message at in */
	struct text out;
	size_t sent;			/* of out */
	struct text in;
};

struct control {
	struct loop *loop;
	struct loop_fd lf;		/* the listener */
	struct control_ops ops;
	struct list_head clients;
	unsigned count;
	char path[CONTROL_PATH_MAX];
};

/* ---- output ---- */

static void client_watch(struct client *c)
{
	bool pending = c->sent < c->out.len;

	c->lf.events = (short)((pending ? POLLOUT : 0) | (c->input_waits ? 0 : POLLIN));
}

static void client_flush(struct client *c)
{
	while (!c->dead && c->sent < c->out.len) {
		ssize_t n = send(c->lf.fd, c->out.s + c->sent, c->out.len - c->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			c->dead = true;
		else
			c->sent += (size_t)n;
	}
	if (c->sent == c->out.len || c->sent > CONTROL_OUT_MAX / 4) {
		text_consume(&c->out, c->sent);
		c->sent = 0;
	}
	if (c->over && !c->out.len)
		shutdown(c->lf.fd, SHUT_WR);	/* the client sees the end now, not next turn */
	client_watch(c);
}

static void client_message(struct client *c, char type, const void *bytes, size_t len)
{
	u8 head[CONTROL_HEAD] = { (u8)type };

	put_be32(head + 1, (u32)len);
	text_add(&c->out, head, sizeof(head));
	text_add(&c->out, bytes, len);
	if (c->out.failed)
		c->dead = true;
}

static void client_text(struct client *c, char type, const char *text, size_t len)
{
	while (len) {
		size_t n = min(len, (size_t)CONTROL_PIECE_MAX);

		client_message(c, type, text, n);
		text += n;
		len -= n;
	}
	client_flush(c);
}

static void client_output(void *ctx, const char *text, size_t len)
{
	struct client *c = ctx;

	if (c->dead || c->overflow)
		return;
	if (c->out.len - c->sent > CONTROL_OUT_MAX)
		c->overflow = true;	/* the program may not be ended from inside its output */
	else
		client_text(c, 'o', text, len);
}

/* A reader that is behind: who can wait does so long before it would be cut off. */
static bool client_full(void *ctx)
{
	const struct client *c = ctx;

	return c->out.len - c->sent > CONTROL_OUT_MAX / 16;
}

static void client_error(void *ctx, const char *text, size_t len)
{
	struct client *c = ctx;

	if (!c->dead)
		client_text(c, 'e', text, len);
}

static void client_exit(void *ctx, int status)
{
	static const char cut[] = "linnet: the output is read too slowly\n";
	struct client *c = ctx;
	u8 code = (u8)status;

	if (c->overflow) {
		client_message(c, 'e', cut, sizeof(cut) - 1);
		code = 1;
	}
	c->program = NULL;
	c->over = true;
	client_message(c, 'x', &code, 1);
	client_flush(c);
}

static void client_refuse(struct client *c, const char *message)
{
	client_error(c, message, strlen(message));
	client_error(c, "\n", 1);
	client_exit(c, STATUS_NO_NODE);
}

/* ---- input ---- */

static void kick(struct client *c)
{
	if (c->control->ops.kick)
		c->control->ops.kick(c->control->ops.ctx, &c->target);
}

static void client_begin(struct client *c, const char *cmdline)
{
	struct control *control = c->control;
	char err[1024] = "";

	if (c->begun) {
		c->dead = true;
		return;
	}
	c->begun = true;
	if (control->ops.find(control->ops.ctx, c->node, &c->target, err, sizeof(err))) {
		client_refuse(c, err);
		return;
	}
	c->env = (struct program_env){
		.dns = c->target.dns, .ctl = c->target.ctl, .ctl_ctx = c->target.node,
		.err = client_error, .full = client_full,
	};
	kick(c);
	c->program = program_start(c->target.net, cmdline, &c->env, client_output, client_exit, c);
	if (!c->program)
		client_refuse(c, "out of memory");
	kick(c);
}

/* False: the program has no room for it now. */
static bool client_take(struct client *c, char type, char *body, size_t len)
{
	char end = body[len];
	int err = 0;

	body[len] = '\0';
	if (type == 'n') {
		snprintf(c->node, sizeof(c->node), "%s", body);
	} else if (type == 'c') {
		client_begin(c, body);
	} else if (type == 'i' && c->program) {
		kick(c);
		program_interrupt(c->program);
		kick(c);
	} else if (type == 's' && c->program) {
		kick(c);
		err = program_input(c->program, body, len);
		kick(c);
	}
	body[len] = end;
	return err != -ENOBUFS;
}

static void client_messages(struct client *c)
{
	size_t at = 0;

	c->input_waits = false;
	while (!c->dead && c->in.len - at >= CONTROL_HEAD) {
		char *message = c->in.s + at;
		size_t len = get_be32((const u8 *)message + 1);

		if (len > (*message == 'c' ? CONTROL_COMMAND_MAX : CONTROL_PIECE_MAX)) {
			c->dead = true;
			return;
		}
		if (c->in.len - at < CONTROL_HEAD + len)
			break;
		if (!client_take(c, *message, message + CONTROL_HEAD, len)) {
			c->input_waits = true;
			break;
		}
		at += CONTROL_HEAD + len;
	}
	text_consume(&c->in, at);
	client_watch(c);
}

static void client_read(struct client *c)
{
	char bytes[CONTROL_HEAD + CONTROL_PIECE_MAX];
	ssize_t n = recv(c->lf.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0)
		text_add(&c->in, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->dead = true;
	if (c->in.failed)
		c->dead = true;
	else if (n > 0)
		client_messages(c);
}

static void client_ready(struct loop_fd *lf, short revents)
{
	struct client *c = container_of(lf, struct client, lf);

	if (revents & POLLOUT)
		client_flush(c);
	/* Not even the longest message is longer; what a program has no room for waits outside. */
	if (revents & (POLLIN | POLLHUP | POLLERR) &&
	    c->in.len < CONTROL_HEAD + CONTROL_COMMAND_MAX) {
		client_read(c);
	} else if (revents & (POLLHUP | POLLERR)) {
		c->dead = true;
	}
	if (c->dead)
		loop_del(c->control->loop, &c->lf);	/* freed in control_run() */
}

/* ---- connections ---- */

static void client_free(struct client *c)
{
	if (c->program) {
		kick(c);
		program_kill(c->program);
		kick(c);
	}
	if (!list_empty(&c->lf.node))
		loop_del(c->control->loop, &c->lf);
	close(c->lf.fd);
	list_del_init(&c->list);
	c->control->count--;
	text_free(&c->in);
	text_free(&c->out);
	free(c);
}

static void control_accept(struct loop_fd *lf, short revents)
{
	struct control *control = container_of(lf, struct control, lf);
	struct client *c;
	int fd;

	(void)revents;
	if (control->count == CONTROL_CLIENTS_MAX) {
		lf->events = 0;		/* they wait until control_run() has room */
		return;
	}
	fd = accept4(lf->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	c->control = control;
	c->lf = (struct loop_fd){ .fd = fd, .events = POLLIN, .fn = client_ready };
	loop_add(control->loop, &c->lf);
	list_add_tail(&c->list, &control->clients);
	control->count++;
}

void control_run(struct control *control)
{
	struct client *c, *next;

	list_for_each_entry_safe(c, next, &control->clients, list) {
		if (c->overflow && c->program) {
			program_kill(c->program);
			client_exit(c, 1);
		}
		if (c->input_waits && !c->dead)
			client_messages(c);
		if (c->dead || (c->over && c->sent == c->out.len))
			client_free(c);
	}
	if (control->count < CONTROL_CLIENTS_MAX)
		control->lf.events = POLLIN;
}

/* ---- opening ---- */

static int listen_at(const char *path, char *err, size_t cap)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&sun, sizeof(sun)) && !chmod(path, 0600) &&
	    !listen(fd, CONTROL_CLIENTS_MAX))
		return fd;
	snprintf(err, cap, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A socket that nobody answers is left over from one that was killed. */
static int take_path(struct control *c, const char *name, char *err, size_t cap)
{
	char dir[CONTROL_PATH_MAX];
	int fd;

	if (!control_name_is_good(name)) {
		snprintf(err, cap, "\"%s\" is no good name: letters, digits, '-', '_' and '.', at "
			 "most %d", name, CONTROL_NAME_MAX);
		return -EINVAL;
	}
	if (control_dir(dir, sizeof(dir), err, cap))
		return -EPERM;
	if ((size_t)snprintf(c->path, sizeof(c->path), "%s/%s.sock", dir, name) >=
	    sizeof(c->path)) {
		snprintf(err, cap, "%s/%s.sock is too long for the path of a socket", dir, name);
		return -ENAMETOOLONG;
	}
	fd = control_dial(c->path);
	if (fd >= 0) {
		close(fd);
		snprintf(err, cap, "an instance called \"%s\" is running already; choose another "
			 "name with --name", name);
		return -EADDRINUSE;
	}
	if (errno == ECONNREFUSED)
		unlink(c->path);
	return 0;
}

struct control *control_open(struct loop *loop, const char *name, const struct control_ops *ops,
			     char *err, size_t cap)
{
	struct control *c = calloc(1, sizeof(*c));
	int fd;

	if (!c) {
		snprintf(err, cap, "out of memory");
		return NULL;
	}
	fd = take_path(c, name, err, cap) ? -1 : listen_at(c->path, err, cap);
	if (fd < 0) {
		free(c);
		return NULL;
	}
	c->loop = loop;
	c->ops = *ops;
	list_init(&c->clients);
	c->lf = (struct loop_fd){ .fd = fd, .events = POLLIN, .fn = control_accept };
	loop_add(loop, &c->lf);
	return c;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	while (!list_empty(&c->clients))
		client_free(list_first_entry(&c->clients, struct client, list));
	loop_del(c->loop, &c->lf);
	close(c->lf.fd);
	unlink(c->path);
	free(c);
}

const char *control_path(const struct control *c)
{
	return c->path;
}
