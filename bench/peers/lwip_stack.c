/* SPDX-License-Identifier: MIT */
#include "lwip_stack.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <string.h>
#include <time.h>

#define WRITE_BYTES 65536

static struct wire wire;
static struct netif netif;
static struct tcp_pcb *sender, *pinger;
static struct udp_pcb *datagram;
static unsigned char out_buf[WRITE_BYTES], in_buf[WRITE_BYTES];
static size_t out_at;
extern struct lwip_stack lwip_stack;

/* In place of liblwip's own: a module stands before its libraries where symbols are looked up. */
__attribute__((visibility("default"))) u32_t sys_now(void)
{
	struct timespec t;

	if (wire.now_ms)
		return wire.now_ms(wire.ctx);
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

/* The wire copies each frame once, as a card's DMA would; chained pbufs become one frame. */
static err_t link_output(struct netif *nif, struct pbuf *p)
{
	struct frame *f = wire.alloc();

	(void)nif;
	pbuf_copy_partial(p, f->data, p->tot_len, 0);
	f->len = p->tot_len;
	wire.send(wire.ctx, f);
	return ERR_OK;
}

static err_t netif_setup(struct netif *nif)
{
	nif->name[0] = 'e';
	nif->name[1] = 't';
	nif->output = etharp_output;
	nif->linkoutput = link_output;
	nif->mtu = 1500;
	nif->hwaddr_len = 6;
	nif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
		     NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

static int stack_init(const struct wire *w, uint8_t host)
{
	ip4_addr_t addr, mask, gw;

	wire = *w;
	lwip_init();
	IP4_ADDR(&addr, 10, 77, 0, host);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	IP4_ADDR(&gw, 0, 0, 0, 0);
	if (!netif_add(&netif, &addr, &mask, &gw, NULL, netif_setup, netif_input))
		return -1;
	netif.hwaddr[0] = 2;
	netif.hwaddr[5] = host;
	netif_set_default(&netif);
	netif_set_up(&netif);
	netif_set_link_up(&netif);
	return 0;
}

static void frame_done(struct pbuf *p)
{
	struct frame *f = (struct frame *)(void *)((char *)p - offsetof(struct frame, custom));

	f->free(f);
}

static void stack_input(struct frame *f)
{
	struct pbuf_custom *pc = (struct pbuf_custom *)f->custom;
	struct pbuf *p;

	_Static_assert(sizeof(*pc) <= sizeof(f->custom), "room for lwIP's own");
	pc->custom_free_function = frame_done;
	f->free = wire.free;
	p = pbuf_alloced_custom(PBUF_RAW, (u16_t)f->len, PBUF_REF, pc, f->data, (u16_t)f->len);
	if (netif.input(p, &netif) != ERR_OK)
		pbuf_free(p);
}

static void stack_timers(void)
{
	sys_check_timeouts();
}

static uint32_t stack_sleep_ms(void)
{
	return sys_timeouts_sleeptime();
}

/* As a program with one 64 KB buffer would: give what fits, not slivers. */
static void fill_from(struct tcp_pcb *pcb)
{
	int any = 0;

	for (;;) {
		size_t room = tcp_sndbuf(pcb), n = WRITE_BYTES - out_at;

		n = n > 65535 ? 65535 : n;
		n = n > room ? room : n;
		if (!n || (n < 4 * TCP_MSS && n < WRITE_BYTES - out_at))
			break;
		if (tcp_write(pcb, out_buf + out_at, (u16_t)n, TCP_WRITE_FLAG_COPY) != ERR_OK)
			break;
		out_at = (out_at + n) % WRITE_BYTES;
		any = 1;
	}
	if (any)
		tcp_output(pcb);
}

static void stack_fill(void)
{
	if (sender)
		fill_from(sender);
}

static err_t sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
	(void)arg;
	(void)len;
	fill_from(pcb);
	return ERR_OK;
}

static void failed(void *arg, err_t err)
{
	(void)arg;
	(void)err;
	lwip_stack.errors++;
}

static u16_t take(struct tcp_pcb *pcb, struct pbuf *p)
{
	u16_t n = p->tot_len;

	pbuf_copy_partial(p, in_buf, n, 0);
	tcp_recved(pcb, n);
	pbuf_free(p);
	return n;
}

static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
	enum role role = (enum role)(intptr_t)arg;
	u16_t n;

	(void)err;
	if (!p) {
		tcp_close(pcb);
		if (role == ROLE_ONE_BYTE)
			lwip_stack.served++;
		return ERR_OK;
	}
	n = take(pcb, p);
	lwip_stack.received += n;
	if (role == ROLE_ECHO && pcb == pinger) {
		lwip_stack.echoed++;
	} else if (role == ROLE_ECHO) {
		tcp_write(pcb, in_buf, n, TCP_WRITE_FLAG_COPY);
		tcp_output(pcb);
	}
	return ERR_OK;
}

static void prepare(struct tcp_pcb *pcb, enum role role)
{
	tcp_nagle_disable(pcb);
	tcp_arg(pcb, (void *)(intptr_t)role);
	tcp_recv(pcb, received);
	tcp_err(pcb, failed);
}

static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)err;
	prepare(pcb, (enum role)(intptr_t)arg);
	return ERR_OK;
}

static int stack_serve(uint16_t port, enum role role)
{
	struct tcp_pcb *l = tcp_new();

	if (!l || tcp_bind(l, IP_ADDR_ANY, port) != ERR_OK)
		return -1;
	l = tcp_listen(l);
	tcp_arg(l, (void *)(intptr_t)role);
	tcp_accept(l, accepted);
	return 0;
}

static err_t connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
	(void)err;
	lwip_stack.established++;
	switch ((enum role)(intptr_t)arg) {
	case ROLE_SINK:
		sender = pcb;
		tcp_sent(pcb, sent);
		fill_from(pcb);
		break;
	case ROLE_ECHO:
		pinger = pcb;
		break;
	case ROLE_ONE_BYTE:
		tcp_write(pcb, out_buf, 1, TCP_WRITE_FLAG_COPY);
		tcp_close(pcb);
		break;
	case ROLE_HOLD:
		break;
	}
	return ERR_OK;
}

static int stack_connect(uint8_t host, uint16_t port, enum role role)
{
	struct tcp_pcb *pcb = tcp_new();
	ip_addr_t to;

	if (!pcb)
		return -1;
	IP_ADDR4(&to, 10, 77, 0, host);
	prepare(pcb, role);
	return tcp_connect(pcb, &to, port, connected);
}

static void stack_ping(void)
{
	tcp_write(pinger, out_buf, 1, TCP_WRITE_FLAG_COPY);
	tcp_output(pinger);
}

static void udp_received(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
			 u16_t port)
{
	(void)arg;
	(void)pcb;
	(void)from;
	(void)port;
	pbuf_copy_partial(p, in_buf, p->tot_len, 0);
	pbuf_free(p);
	lwip_stack.datagrams++;
}

static int stack_udp_bind(uint16_t port)
{
	datagram = udp_new();
	if (!datagram || udp_bind(datagram, IP_ADDR_ANY, port) != ERR_OK)
		return -1;
	udp_recv(datagram, udp_received, NULL);
	return 0;
}

static void stack_udp_send(uint8_t host, uint16_t port, unsigned bytes, unsigned count)
{
	ip_addr_t to;

	IP_ADDR4(&to, 10, 77, 0, host);
	for (unsigned i = 0; i < count; i++) {
		struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)bytes, PBUF_RAM);

		memcpy(p->payload, out_buf, bytes);
		udp_sendto(datagram, p, &to, port);
		pbuf_free(p);
	}
}

__attribute__((visibility("default"))) struct lwip_stack lwip_stack = {
	.init = stack_init,
	.input = stack_input,
	.timers = stack_timers,
	.sleep_ms = stack_sleep_ms,
	.serve = stack_serve,
	.connect = stack_connect,
	.fill = stack_fill,
	.ping = stack_ping,
	.udp_bind = stack_udp_bind,
	.udp_send = stack_udp_send,
};
