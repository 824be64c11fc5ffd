/* SPDX-License-Identifier: MIT */
/*
 * For tests of whole instances: what two machines do with each other. a connects to b and bytes go
 * both ways at once, b echoes a datagram of several fragments, a pings. Every byte that comes is
 * checked; what does not come is the test's business.
 */
#ifndef LINNET_STACK_SCENE_H
#define LINNET_STACK_SCENE_H

#include <string.h>

#include "stack_pair.h"

#define SCENE_UP_BYTES 60000		/* from a to b */
#define SCENE_DOWN_BYTES 30000
#define SCENE_DATAGRAM_BYTES 4000
#define SCENE_PORT 80

/* One side of the connection. */
struct side {
	int fd;
	size_t to_send, sent, to_get, got;
	bool shut, over;	/* its end was seen */
	int err;
};

struct scene {
	struct pair p;
	struct side side[2];
	int listener, udp[2], ping;
	bool datagram_came, ping_came;
};

static inline u8 scene_byte(size_t i, unsigned who)
{
	return (u8)(i * 31 + (i >> 8) * 7 + who);
}

static inline bool scene_send(struct scene *s, unsigned who)
{
	struct side *e = &s->side[who];
	u8 buf[3000];
	size_t n = min_t(size_t, e->to_send - e->sent, sizeof(buf));
	ptrdiff_t r;

	if (!n) {
		if (e->shut)
			return false;
		e->shut = true;
		ln_shutdown(s->p.net[who], e->fd, LN_SHUT_WR);
		return true;
	}
	for (size_t i = 0; i < n; i++)
		buf[i] = scene_byte(e->sent + i, who);
	r = ln_send(s->p.net[who], e->fd, buf, n, 0);
	if (r > 0)
		e->sent += (size_t)r;
	else if (r != -EAGAIN && r != -ENOMEM && r != -ENOBUFS)
		e->err = (int)r;
	return r > 0;
}

static inline bool scene_get(struct scene *s, unsigned who)
{
	struct side *e = &s->side[who];
	u8 buf[5000];
	ptrdiff_t r = ln_recv(s->p.net[who], e->fd, buf, sizeof(buf), 0);

	for (ptrdiff_t i = 0; i < r; i++)
		assert_int_equal(buf[i], scene_byte(e->got + (size_t)i, !who));
	if (r > 0)
		e->got += (size_t)r;
	else if (r == 0)
		e->over = true;
	else if (r != -EAGAIN && r != -ENOMEM)
		e->err = (int)r;
	return r > 0;
}

static inline void scene_work(struct scene *s)
{
	u8 buf[SCENE_DATAGRAM_BYTES];
	struct ln_sockaddr_in from;
	u32 len = sizeof(from);
	ptrdiff_t n;

	if (s->side[1].fd < 0)
		s->side[1].fd = ln_accept(s->p.net[1], s->listener, NULL, NULL);
	for (unsigned i = 0; i < 2; i++) {
		struct side *e = &s->side[i];

		while (e->fd >= 0 && !e->err && scene_send(s, i))
			;
		while (e->fd >= 0 && !e->err && !e->over && scene_get(s, i))
			;
	}
	n = ln_recvfrom(s->p.net[1], s->udp[1], buf, sizeof(buf), 0, &from, &len);
	if (n > 0)
		ln_sendto(s->p.net[1], s->udp[1], buf, (size_t)n, 0, &from, len);
	n = ln_recv(s->p.net[0], s->udp[0], buf, sizeof(buf), 0);
	for (ptrdiff_t i = 0; i < n; i++)
		assert_int_equal(buf[i], scene_byte((size_t)i, 0));
	s->datagram_came |= n == SCENE_DATAGRAM_BYTES;
	s->ping_came |= ln_recv(s->p.net[0], s->ping, buf, sizeof(buf), 0) == 40;
}

static inline void scene_open(struct scene *s)
{
	struct ln_net *a = s->p.net[0], *b = s->p.net[1];
	struct ln_sockaddr_in at = pair_addr(1, SCENE_PORT);
	u8 buf[SCENE_DATAGRAM_BYTES];

	s->listener = ln_socket(b, LN_AF_INET, LN_SOCK_STREAM, 0);
	ln_bind(b, s->listener, &at, sizeof(at));
	ln_listen(b, s->listener, 4);
	s->udp[1] = ln_socket(b, LN_AF_INET, LN_SOCK_DGRAM, 0);
	ln_bind(b, s->udp[1], &at, sizeof(at));

	s->side[0] = (struct side){
		.fd = ln_socket(a, LN_AF_INET, LN_SOCK_STREAM, 0),
		.to_send = SCENE_UP_BYTES, .to_get = SCENE_DOWN_BYTES,
	};
	s->side[1] = (struct side){
		.fd = -1, .to_send = SCENE_DOWN_BYTES, .to_get = SCENE_UP_BYTES,
	};
	if (ln_connect(a, s->side[0].fd, &at, sizeof(at)) != -EINPROGRESS)
		s->side[0].err = -ENOMEM;
	s->udp[0] = ln_socket(a, LN_AF_INET, LN_SOCK_DGRAM, 0);
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = scene_byte(i, 0);
	ln_sendto(a, s->udp[0], buf, sizeof(buf), 0, &at, sizeof(at));
	s->ping = ln_socket(a, LN_AF_INET, LN_SOCK_DGRAM, LN_IPPROTO_ICMP);
	memset(buf, 0, 40);
	buf[0] = 8;
	ln_sendto(a, s->ping, buf, 40, 0, &at, sizeof(at));
}

static inline bool scene_over(const struct scene *s)
{
	return s->side[0].over && s->side[1].over;
}

static inline bool scene_whole(const struct scene *s)
{
	return scene_over(s) && s->side[0].got == SCENE_DOWN_BYTES &&
	       s->side[1].got == SCENE_UP_BYTES;
}

static inline void scene_close(struct scene *s)
{
	for (unsigned i = 0; i < 2; i++) {
		ln_close(s->p.net[i], s->side[i].fd);
		ln_close(s->p.net[i], s->udp[i]);
	}
	ln_close(s->p.net[1], s->listener);
	ln_close(s->p.net[0], s->ping);
}

#endif
