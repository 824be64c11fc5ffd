/* SPDX-License-Identifier: MIT */
/*
 * One lwIP instance behind a table of functions. lwIP keeps its state in globals, so lwip_pair
 * loads this module twice, each in its own link namespace.
 */
#ifndef LINNET_BENCH_PEERS_LWIP_STACK_H
#define LINNET_BENCH_PEERS_LWIP_STACK_H

#include <stdint.h>

#define FRAME_BYTES 1536

/* A frame between the two instances; lwIP takes its payload without a copy on receipt. */
struct frame {
	struct frame *next;
	void (*free)(struct frame *f);
	uint64_t custom[16];		/* struct pbuf_custom of the instance that holds it */
	uint32_t len;
	unsigned char pad[2];		/* so that the IP header is aligned */
	unsigned char data[FRAME_BYTES];
};

struct wire {				/* given by the program */
	struct frame *(*alloc)(void);
	void (*free)(struct frame *f);
	void (*send)(void *ctx, struct frame *f);
	void *ctx;
	uint32_t (*now_ms)(void *ctx);	/* lwIP's clock; NULL = the real one */
};

enum role { ROLE_SINK, ROLE_ECHO, ROLE_ONE_BYTE, ROLE_HOLD };

struct lwip_stack {
	int (*init)(const struct wire *w, uint8_t host);	/* address 10.77.0.host/24 */
	void (*input)(struct frame *f);
	void (*timers)(void);
	uint32_t (*sleep_ms)(void);	/* until timers() has something to do */
	int (*serve)(uint16_t port, enum role role);
	/* SINK: sends 64 KB writes for ever; ECHO: sends 1 byte when asked by ping(); ONE_BYTE:
	 * sends a byte and closes; HOLD: only connects. */
	int (*connect)(uint8_t host, uint16_t port, enum role role);
	void (*fill)(void);
	void (*ping)(void);
	int (*udp_bind)(uint16_t port);
	void (*udp_send)(uint8_t host, uint16_t port, unsigned bytes, unsigned count);
	uint64_t received, echoed, served, established, datagrams, errors;
};

#endif
