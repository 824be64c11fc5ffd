/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "base/ktime.h"
#include "host/clock.h"

#define LOOP_FDS_MAX 256

/* Signals are the process's own: this is one of the two places that may keep state for it. */
static volatile sig_atomic_t signal_came;

static void on_signal(int sig)
{
	(void)sig;
	signal_came = 1;
}

void loop_init(struct loop *l)
{
	list_init(&l->fds);
	l->count = 0;
	l->signals = l->interrupted = false;
}

void loop_add(struct loop *l, struct loop_fd *lf)
{
	list_add_tail(&lf->node, &l->fds);
	l->count++;
}

void loop_del(struct loop *l, struct loop_fd *lf)
{
	list_del_init(&lf->node);
	l->count--;
}

void loop_catch_signals(struct loop *l)
{
	struct sigaction sa = { .sa_handler = on_signal };

	l->signals = true;
	l->interrupted = false;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static struct timespec *timeout_of(s64 when_ns, struct timespec *ts)
{
	s64 left = when_ns == INT64_MAX ? INT64_MAX : when_ns - host_now_ns();

	if (left == INT64_MAX)
		return NULL;
	left = max_t(s64, left, 0);
	*ts = (struct timespec){ left / NSEC_PER_SEC, left % NSEC_PER_SEC };
	return ts;
}

int loop_wait(struct loop *l, s64 when_ns)
{
	struct loop_fd *ready[LOOP_FDS_MAX], *lf;
	struct pollfd pfd[LOOP_FDS_MAX];
	struct timespec ts;
	nfds_t n = 0;
	int r;

	list_for_each_entry(lf, &l->fds, node) {
		if (n == LOOP_FDS_MAX)
			break;
		ready[n] = lf;
		pfd[n++] = (struct pollfd){ .fd = lf->fd, .events = lf->events };
	}
	if (l->signals && signal_came)
		r = 0;
	else
		r = ppoll(pfd, n, timeout_of(when_ns, &ts), NULL);
	if (l->signals && signal_came)
		l->interrupted = true;
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	for (nfds_t i = 0; i < n && r > 0; i++) {
		if (!pfd[i].revents)
			continue;
		r--;
		/* An earlier function may have taken this one out. */
		if (!list_empty(&ready[i]->node))
			ready[i]->fn(ready[i], pfd[i].revents);
	}
	return 0;
}
