/* SPDX-License-Identifier: MIT */
#include "socket/socket.h"

#define POLL_MAX ID_TABLE_MAX

LN_API int ln_poll(struct ln_net *handle, struct ln_pollfd *fds, unsigned nfds)
{
	struct net *net = net_of(handle);
	int ready = 0;

	if (nfds > POLL_MAX)
		return -EINVAL;
	if (!fds && nfds)
		return -EFAULT;
	for (unsigned i = 0; i < nfds; i++) {
		struct file *f = fget(net, fds[i].fd);
		unsigned want = (unsigned)(unsigned short)fds[i].events | LN_POLLERR | LN_POLLHUP;

		fds[i].revents = 0;
		if (fds[i].fd < 0)
			continue;	/* poll(2): such an entry is passed over */
		fds[i].revents = (short)(f ? file_poll(f) & want : LN_POLLNVAL);
		ready += fds[i].revents != 0;
	}
	return ready;
}
