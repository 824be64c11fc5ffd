/* SPDX-License-Identifier: MIT */
/*
 * A DHCP server and a client on a cable, and a third who says to both what the input says: messages
 * out of small tables, bytes as they are, ARP, and time passes.
 *
 * A message that is read and written reads the same again. No address is given to two clients at a
 * time, none that is no host's, none outside the range. Nothing leaks.
 */
#include <arpa/inet.h>
#include <linnet/linnet.h>
#include <stdlib.h>
#include <string.h>

#include "app/dhcp/dhcp_client.h"
#include "app/dhcp/dhcp_link.h"
#include "app/dhcp/dhcp_server.h"

#define STEPS_MAX 60
#define CLIENTS 6
#define POOL 8
#define SEC 1000000000ll
#define NET 0x0a000000u			/* 10.0.0.0/29, the server is .1, the range all of it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 3000;

struct in {
	const uint8_t *p, *end;
};

struct given {			/* to whom, until when; until 0: to nobody */
	uint8_t id[DHCP_ID_MAX];
	unsigned idlen;
	int64_t until;
};

struct bench {
	struct ln_net *server_host, *other;
	struct ln_nic *cable;
	struct dhcp_server *server;
	struct dhcp_client *client;
	struct dhcp_link link, as_server;
	struct given given[POOL];
	uint32_t xid;		/* the client's last */
	int64_t now;
};

static uint8_t take(struct in *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static struct given key_of(const struct dhcp_msg *m)
{
	struct given g = { .idlen = m->idlen };

	memcpy(g.id, m->idlen ? m->id : m->chaddr, m->idlen ? m->idlen : 6);
	if (!g.idlen)
		g.idlen = 6;
	return g;
}

static bool same(const struct given *a, const struct given *b)
{
	return a->idlen == b->idlen && !memcmp(a->id, b->id, a->idlen);
}

/* What the server says, by its own log: the one place where leases begin. */
static void on_log(void *ctx, const struct dhcp_msg *m, bool sent)
{
	struct bench *b = ctx;
	uint32_t i = ntohl(m->yiaddr) - NET;
	struct given who = key_of(m);

	if (!sent && (m->type == DHCP_RELEASE || m->type == DHCP_DECLINE)) {
		i = ntohl(m->type == DHCP_DECLINE ? m->requested : m->ciaddr) - NET;
		if (i < POOL && same(&b->given[i], &who))
			b->given[i].until = 0;
		return;
	}
	if (!sent || !m->yiaddr || (m->type != DHCP_ACK && m->type != DHCP_OFFER))
		return;
	if (i < 2 || i > 6)
		abort();	/* the network, the server, everybody, outside */
	if (b->given[i].until > b->now && !same(&b->given[i], &who))
		abort();
	who.until = b->now + m->lease * SEC;
	if (m->type == DHCP_ACK)
		b->given[i] = who;
}

static void on_event(void *ctx, enum dhcp_event e, const struct dhcp_msg *m, uint32_t addr)
{
	(void)addr;
	if (e == DHCP_SENT)
		((struct bench *)ctx)->xid = m->xid;
}

static void on_msg(void *ctx, const struct dhcp_msg *m, const struct dhcp_from *from)
{
	(void)ctx;
	(void)m;
	(void)from;
}

static struct ln_nic *plug(struct ln_net *net, const char *addr)
{
	struct ln_nic_params params = { .name = "eth0" };
	struct ln_nic *nic = ln_nic_create(net, &params);

	if (!nic || ln_ctl(net, addr, NULL, 0, NULL) ||
	    ln_ctl(net, "ip link set eth0 up", NULL, 0, NULL))
		abort();
	return nic;
}

static struct ln_net *host(uint64_t seed)
{
	struct ln_net_params params;
	struct ln_net *net;

	ln_net_params_init(&params);
	params.seed = seed;
	net = ln_net_create(&params);
	if (!net)
		abort();
	return net;
}

static void settle(struct bench *b)
{
	unsigned moved;

	do {
		ln_net_run(b->server_host, b->now);
		ln_net_run(b->other, b->now);
		moved = (unsigned)ln_nic_cable_run(b->cable);
	} while (moved || ln_net_next_event(b->server_host) <= b->now ||
		 ln_net_next_event(b->other) <= b->now);
}

static void pass(struct bench *b, int64_t ns)
{
	int64_t end = b->now + ns;

	while (b->now < end) {
		int64_t x = ln_net_next_event(b->server_host), y = ln_net_next_event(b->other);
		int64_t next = x < y ? x : y;

		b->now = next < end ? next : end;
		settle(b);
	}
}

static void begin(struct bench *b)
{
	const struct dhcp_server_params s = {
		.dev = "eth0", .first = htonl(NET), .last = htonl(NET + 7), .lease_s = 100,
		.router = { htonl(NET + 1) }, .nrouter = 1, .log = on_log, .ctx = b,
	};
	const struct dhcp_client_params c = { .dev = "eth0", .event = on_event, .ctx = b };
	struct ln_nic *far;

	*b = (struct bench){ .server_host = host(1), .other = host(2), .now = 0 };
	b->cable = plug(b->server_host, "ip addr add 10.0.0.1/29 dev eth0");
	far = plug(b->other, "ip addr add 127.0.0.1/8 dev lo");
	b->link = b->as_server = (struct dhcp_link){ .msg = on_msg, .ctx = b };
	if (ln_nic_connect(b->cable, far) || dhcp_server_start(b->server_host, &s, &b->server) ||
	    dhcp_client_start(b->other, &c, &b->client) ||
	    dhcp_link_open(&b->link, b->other, "eth0", DHCP_CLIENT_PORT) ||
	    dhcp_link_open(&b->as_server, b->server_host, "eth0", DHCP_CLIENT_PORT))
		abort();
	b->as_server.port = DHCP_SERVER_PORT;	/* beside the server, who holds it */
}

static void end(struct bench *b)
{
	dhcp_client_stop(b->client, true);
	settle(b);
	dhcp_link_close(&b->link);
	dhcp_link_close(&b->as_server);
	dhcp_server_stop(b->server);
	if (ln_net_destroy(b->server_host, NULL) || ln_net_destroy(b->other, NULL))
		abort();
}

/* ---- steps ---- */

static uint32_t some_addr(struct in *in)
{
	uint8_t x = take(in);

	return x & 0x80 ? 0 : htonl(NET + (x & 15));
}

static struct dhcp_msg some_msg(struct in *in)
{
	struct dhcp_msg m = { .type = take(in) % 9, .xid = take(in), .broadcast = true };
	uint8_t who = take(in);

	memcpy(m.chaddr, (uint8_t[]){ 2, 9, 9, 9, 9, who % CLIENTS }, 6);
	if (who & 0x40) {
		m.idlen = 2;
		m.id[1] = who % CLIENTS;
	}
	m.requested = some_addr(in);
	m.ciaddr = some_addr(in);
	m.server = some_addr(in);
	return m;
}

static void say(struct bench *b, struct in *in)
{
	const struct dhcp_to all = { 0, 0xffffffffu, NULL };
	struct dhcp_msg m = some_msg(in);

	m.op = 1;
	dhcp_link_send(&b->link, &m, &all);
}

static void answer(struct bench *b, struct in *in)
{
	const struct dhcp_to all = { htonl(NET + 1), 0xffffffffu, NULL };
	struct dhcp_msg m = some_msg(in);

	m.op = 2;
	m.xid = b->xid;
	memcpy(m.chaddr, b->link.mac, 6);
	m.yiaddr = some_addr(in);
	m.mask = htonl(0xffffffffu << take(in) % 32);
	m.lease = take(in) * 3u;
	m.t1 = take(in);
	m.t2 = take(in);
	m.router[0] = some_addr(in);
	m.nrouter = m.router[0] != 0;
	m.mtu = (uint16_t)(take(in) * 8u);
	dhcp_link_send(&b->as_server, &m, &all);
}

/* Bytes as they are: read, and if they are a message, written and read again, and said. */
static void raw(struct bench *b, struct in *in)
{
	const struct dhcp_to all = { 0, 0xffffffffu, NULL };
	size_t len = (size_t)take(in) * 4, left = (size_t)(in->end - in->p);
	uint8_t bytes[DHCP_LEN_MAX], *copy;
	struct dhcp_msg m, again;

	len = len < left ? len : left;
	copy = malloc(len ? len : 1);	/* so that a byte beyond is seen */
	if (!copy)
		return;
	if (len)
		memcpy(copy, in->p, len);
	in->p += len;
	if (dhcp_parse(copy, len, &m)) {
		m.wants_params = false;
		if (!dhcp_parse(bytes, dhcp_build(bytes, &m), &again) ||
		    again.type != m.type || again.xid != m.xid || again.idlen != m.idlen ||
		    memcmp(again.id, m.id, m.idlen) || again.requested != m.requested ||
		    again.lease != m.lease || strcmp(again.domain, m.domain))
			abort();
		dhcp_link_send(m.op == 1 ? &b->link : &b->as_server, &m, &all);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct in in = { data, data + size };
	struct bench b;

	begin(&b);
	for (unsigned i = 0; i < STEPS_MAX && in.p < in.end; i++) {
		switch (take(&in) % 6) {
		case 0:
		case 1:
			say(&b, &in);
			break;
		case 2:
			answer(&b, &in);
			break;
		case 3:
			raw(&b, &in);
			break;
		case 4:
			dhcp_link_arp(&b.link, some_addr(&in), some_addr(&in));
			break;
		default:
			pass(&b, (int64_t)take(&in) * SEC / 4);
		}
		settle(&b);
	}
	end(&b);
	return 0;
}
