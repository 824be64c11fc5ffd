/* SPDX-License-Identifier: MIT */
/* Sets of LN_POLL* that come together, as Linux's sockets tell them. */
#ifndef LINNET_TRANSPORT_SOCK_POLL_H
#define LINNET_TRANSPORT_SOCK_POLL_H

#include <linnet/socket.h>

#define SOCK_POLL_READ (LN_POLLIN | LN_POLLRDNORM)
#define SOCK_POLL_WRITE (LN_POLLOUT | LN_POLLWRNORM)		/* of a stream */
#define SOCK_POLL_SEND (SOCK_POLL_WRITE | LN_POLLWRBAND)	/* of datagrams */
/* Those that say what POLLIN and POLLOUT say: for who asks for them. */
#define SOCK_POLL_TWINS (LN_POLLRDNORM | LN_POLLRDBAND | LN_POLLWRNORM | LN_POLLWRBAND)

#endif
