/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device/netdevice.h"
#include "harness/family.h"
#include "harness/tcp_net.h"
#include "wire/inet_addr.h"

#define PORT 5001
#define MTU 1500

struct flying {
	struct flying *next, *prev;
	int64_t at;
	int to;
	uint32_t len;
	uint8_t frame[];
};

/* ---- the cable ---- */

static void insert(struct tcp_two *w, struct flying *f)
{
	struct flying *p = w->last;

	while (p && p->at > f->at)
		p = p->prev;
	f->prev = p;
	f->next = p ? p->next : w->first;
	if (f->next)
		f->next->prev = f;
	else
		w->last = f;
	if (p)
		p->next = f;
	else
		w->first = f;
	w->flying++;
}

static bool chance(struct tcp_two *w, double p)
{
	return p > 0 && (double)(prng_u64(&w->prng) >> 11) * 0x1p-53 < p;
}

static void fly(struct tcp_two *w, int to, const uint8_t *frame, uint32_t len, int64_t at)
{
	struct flying *f = malloc(sizeof(*f) + len);

	f->at = at;
	f->to = to;
	f->len = len;
	memcpy(f->frame, frame, len);
	if (chance(w, w->cable.corrupt))
		f->frame[14 + prng_below(&w->prng, len - 14)] ^=
			(uint8_t)(1u << prng_below(&w->prng, 8));
	insert(w, f);
}

static void send_frame(struct tcp_two *w, int from, const uint8_t *frame, uint32_t len)
{
	struct tcp_machine *m = &w->m[from];
	const struct tcp_cable *c = &w->cable;
	int64_t start = m->busy_until > w->now ? m->busy_until : w->now, at;
	int64_t wire = c->rate_bps > 0 ? (int64_t)((double)(len + 24) * 8e9 / c->rate_bps) : 0;
	/* The queue is as long as so many full frames take. */
	double full = (c->queue ? c->queue : 1000) * 1538 * 8e9;

	m->frames++;
	tcp_watch_frame(&m->watch, frame, len);
	if (wire && (double)(start - w->now) * c->rate_bps > full) {
		m->lost++;
		return;
	}
	m->busy_until = start + wire;
	if (w->lose ? w->lose(w, from, m->frames) : chance(w, c->loss)) {
		m->lost++;
		return;
	}
	at = m->busy_until + (int64_t)(c->delay_s * 1e9);
	if (chance(w, c->reorder))
		at += (int64_t)((c->jitter_s > 0 ? c->jitter_s : 1e-3) * 1e9 *
				((double)(prng_u64(&w->prng) >> 11) * 0x1p-53));
	fly(w, !from, frame, len, at);
	if (chance(w, c->duplicate))
		fly(w, !from, frame, len, at + 1000 * (int64_t)prng_below(&w->prng, 1000));
}

static void collect(struct tcp_two *w, int i)
{
	uint8_t frame[9100];
	ptrdiff_t n;

	while ((n = ln_nic_transmit(w->m[i].nic, frame, sizeof(frame))) > 0)
		send_frame(w, i, frame, (uint32_t)n);
}

static void run_machines(struct tcp_two *w)
{
	for (int i = 0; i < 2; i++) {
		do {
			ln_net_run(w->m[i].ln, w->now);
			collect(w, i);
		} while (ln_net_next_event(w->m[i].ln) <= w->now);
	}
}

static int64_t next_event(const struct tcp_two *w)
{
	int64_t next = w->first ? w->first->at : INT64_MAX;

	for (int i = 0; i < 2; i++) {
		int64_t n = ln_net_next_event(w->m[i].ln);

		next = n < next ? n : next;
	}
	return next;
}

static void land(struct tcp_two *w)
{
	while (w->first && w->first->at <= w->now) {
		struct flying *f = w->first;

		w->first = f->next;
		if (w->first)
			w->first->prev = NULL;
		else
			w->last = NULL;
		w->flying--;
		ln_nic_receive(w->m[f->to].nic, f->frame, f->len);
		free(f);
	}
}

bool tcp_two_step(struct tcp_two *w, int64_t until)
{
	int64_t next = next_event(w);

	if (next > until) {
		w->now = until > w->now ? until : w->now;
		run_machines(w);
		return false;
	}
	w->now = next > w->now ? next : w->now;
	land(w);
	run_machines(w);
	return true;
}

void tcp_two_run(struct tcp_two *w, int64_t until)
{
	run_machines(w);
	while (tcp_two_step(w, until))
		;
}

/* ---- machines ---- */

static void machine_init(struct tcp_two *w, int i, const struct tcp_two_params *p)
{
	struct tcp_machine *m = &w->m[i];
	struct ln_net_params np;
	struct ln_nic_params nicp = { .name = "eth0", .mac = { 2, 0, 0, 0, 1, (uint8_t)(i + 1) },
				      .mtu = p->mtu, .rx_ring = 1024, .tx_ring = 1024 };

	ln_net_params_init(&np);
	nicp.mtu = (uint16_t)((p->mtu ? p->mtu : MTU) + (family_is_ipv6 ? FAMILY_MORE : 0));
	np.seed = p->seed * 2 + (uint64_t)i;
	np.mem_budget = p->mem_budget;
	np.start_ns = w->now;
	np.name = i ? "b" : "a";
	m->ln = ln_net_create(&np);
	assert_non_null(m->ln);
	m->net = net_of(m->ln);
	m->nic = ln_nic_create(m->ln, &nicp);
	assert_non_null(m->nic);
	m->ip = INET_ADDR4(10, 0, 0, 1 + i);
	assert_int_equal(dev_open(dev_get_by_name(m->net, "eth0")), 0);
	family_add_addr(family_is_ipv6, m->ln, "eth0", m->ip);
	memcpy(m->mac, nicp.mac, 6);
	if (p->setup)
		p->setup(m->net);
}

void tcp_two_init(struct tcp_two *w, const struct tcp_two_params *p)
{
	memset(w, 0, sizeof(*w));
	w->cable = p->cable;
	w->now = 1000000000;
	prng_init(&w->prng, p->seed);
	for (int i = 0; i < 2; i++)
		machine_init(w, i, p);
	for (int i = 0; i < 2; i++)
		family_add_neigh(family_is_ipv6, w->m[i].ln, "eth0", w->m[!i].ip, w->m[!i].mac);
	run_machines(w);
}

void tcp_two_end(struct tcp_two *w)
{
	while (w->first) {
		struct flying *f = w->first;

		w->first = f->next;
		free(f);
	}
	for (int i = 0; i < 2; i++) {
		struct ln_leaks leaks;

		ln_net_destroy(w->m[i].ln, &leaks);
		assert_int_equal(leaks.frames_unaccounted, 0);
		assert_int_equal(leaks.packets, 0);
		assert_int_equal(leaks.objects, 0);
		assert_int_equal(leaks.bytes, 0);
	}
}

/* ---- transfers ---- */

struct end {
	struct ln_net *ln;
	int fd;
	size_t to_write, written, to_read, read;
	uint8_t salt;
	bool shut, got_end;
	int err;
};

static uint8_t byte_at(size_t i, uint8_t salt)
{
	return (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16) + salt);
}

static bool end_write(struct end *e, const struct tcp_transfer *tr)
{
	uint8_t buf[65536];
	size_t chunk = tr->chunk ? tr->chunk : 16384;
	bool moved = false;

	while (!e->err && e->written < e->to_write) {
		size_t n = e->to_write - e->written < chunk ? e->to_write - e->written : chunk;
		ptrdiff_t r;

		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(e->written + i, e->salt);
		r = ln_send(e->ln, e->fd, buf, n, 0);
		if (r == -EAGAIN)
			return moved;
		if (r < 0) {
			e->err = (int)r;
			return true;
		}
		e->written += (size_t)r;
		moved = true;
	}
	if (!e->shut && !e->err) {
		e->shut = true;
		ln_shutdown(e->ln, e->fd, LN_SHUT_WR);
		moved = true;
	}
	return moved;
}

static bool end_read(struct end *e)
{
	uint8_t buf[65536];
	bool moved = false;

	while (!e->err && !e->got_end) {
		ptrdiff_t r = ln_recv(e->ln, e->fd, buf, sizeof(buf), 0);

		if (r == -EAGAIN)
			return moved;
		moved = true;
		if (r < 0)
			e->err = (int)r;
		else if (r == 0)
			e->got_end = true;
		for (ptrdiff_t i = 0; i < r; i++)
			if (buf[i] != byte_at(e->read + (size_t)i, (uint8_t)~e->salt))
				fail_msg("byte %zu is wrong", e->read + (size_t)i);
		e->read += r > 0 ? (size_t)r : 0;
	}
	return moved;
}

static void set_congestion(struct ln_net *ln, int fd, const struct tcp_transfer *tr)
{
	if (tr->congestion)
		assert_int_equal(ln_setsockopt(ln, fd, LN_SOL_TCP, LN_TCP_CONGESTION,
					       tr->congestion, (uint32_t)strlen(tr->congestion)),
				 0);
}

/* The descriptor, or -errno (memory may be made to fail). */
static int open_server(struct tcp_two *w, const struct tcp_transfer *tr)
{
	union family_sockaddr any;
	u32 len = family_sockaddr(family_is_ipv6, 0, PORT, &any);
	int fd = ln_socket(w->m[1].ln, any.family, LN_SOCK_STREAM, 0), on = 1, err;

	if (fd < 0)
		return fd;
	ln_setsockopt(w->m[1].ln, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, &on, sizeof(on));
	set_congestion(w->m[1].ln, fd, tr);
	err = ln_bind(w->m[1].ln, fd, &any, len);
	err = err ? err : ln_listen(w->m[1].ln, fd, 8);
	if (err)
		ln_close(w->m[1].ln, fd);
	return err ? err : fd;
}

static int open_client(struct tcp_two *w, const struct tcp_transfer *tr)
{
	union family_sockaddr to;
	u32 len = family_sockaddr(family_is_ipv6, w->m[1].ip, PORT, &to);
	int fd = ln_socket(w->m[0].ln, to.family, LN_SOCK_STREAM, 0), on = 1, err;

	if (fd < 0)
		return fd;
	set_congestion(w->m[0].ln, fd, tr);
	if (tr->nodelay)
		ln_setsockopt(w->m[0].ln, fd, LN_SOL_TCP, LN_TCP_NODELAY, &on, sizeof(on));
	err = ln_connect(w->m[0].ln, fd, &to, len);
	if (err == -EINPROGRESS)
		return fd;
	ln_close(w->m[0].ln, fd);
	return err;
}

/* Both ends do what they can. */
static void work(struct tcp_two *w, struct end e[2], const struct tcp_transfer *tr, bool may_read)
{
	bool moved;

	do {
		moved = false;
		for (int i = 0; i < 2; i++) {
			if (e[i].fd < 0)
				continue;
			moved |= end_write(&e[i], tr);
			if (may_read)
				moved |= end_read(&e[i]);
		}
		run_machines(w);
	} while (moved);
}

static bool is_done(const struct end e[2])
{
	for (int i = 0; i < 2; i++) {
		if (e[i].err)
			return true;
		if (e[i].fd < 0 || !e[i].got_end || !e[i].shut)
			return false;
	}
	return true;
}

double tcp_two_transfer(struct tcp_two *w, struct tcp_transfer *tr)
{
	int64_t start = w->now, limit = start + (int64_t)(tr->limit_s * 1e9), next_read = 0;
	int listener = open_server(w, tr);
	struct end e[2] = {
		{ .ln = w->m[0].ln, .fd = open_client(w, tr), .to_write = tr->up,
		  .to_read = tr->down, .salt = 0x5a },
		{ .ln = w->m[1].ln, .fd = -1, .to_write = tr->down, .to_read = tr->up,
		  .salt = (uint8_t)~0x5a },
	};
	uint32_t len = sizeof(tr->info);
	double took;

	for (int i = 0; i < 2; i++)
		w->m[i].watch = (struct tcp_watch){ .byte_at = byte_at, .salt = e[i].salt,
						    .length = e[i].to_write };
	if (listener < 0 || e[0].fd < 0) {
		tr->err = listener < 0 ? listener : e[0].fd;
		if (listener >= 0)
			ln_close(w->m[1].ln, listener);
		if (e[0].fd >= 0)
			ln_close(w->m[0].ln, e[0].fd);
		return -1;
	}
	run_machines(w);
	while (w->now < limit && !is_done(e)) {
		bool may_read = w->now >= next_read;

		if (e[1].fd < 0)
			e[1].fd = ln_accept(w->m[1].ln, listener, NULL, NULL);
		if (may_read)
			next_read = w->now + (int64_t)tr->reader_pause_us * 1000;
		work(w, e, tr, may_read);
		if (is_done(e))
			break;
		if (!tr->reader_pause_us) {
			if (!tcp_two_step(w, limit))
				break;
		} else {
			tcp_two_step(w, next_read < limit ? next_read : limit);
		}
	}
	took = (double)(w->now - start) / 1e9;
	tr->err = e[0].err ? e[0].err : e[1].err;
	ln_getsockopt(w->m[0].ln, e[0].fd, LN_SOL_TCP, LN_TCP_INFO, &tr->info, &len);
	if (!tr->err && is_done(e)) {
		assert_int_equal(e[1].read, tr->up);
		assert_int_equal(e[0].read, tr->down);
	} else {
		took = -1;
		/* What it did not write is missing, and the FIN stands elsewhere. */
		w->m[0].watch = w->m[1].watch = (struct tcp_watch){ 0 };
	}
	for (int i = 0; i < 2; i++)
		if (e[i].fd >= 0)
			ln_close(w->m[i].ln, e[i].fd);
	ln_close(w->m[1].ln, listener);
	run_machines(w);
	return took;
}
