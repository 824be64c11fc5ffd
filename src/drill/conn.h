/* SPDX-License-Identifier: MIT */
/*
 * Which connection a packet belongs to, and its numbers. The machine chooses ports, its first
 * sequence number and the first timestamp; the script has its own, and what is awaited first tells
 * how they go together. The peer's numbers are the script's.
 */
#ifndef LINNET_DRILL_CONN_H
#define LINNET_DRILL_CONN_H

#include "drill/drill.h"
#include "drill/sign.h"

struct conn *conn_new(struct drill *d, u8 protocol);
/* The connection that a packet of the script belongs to; NULL: told. */
struct conn *conn_of_script(struct drill *d, const struct packet *p);
/* The connection of a packet that the machine sent; NULL: of none. */
struct conn *conn_of_live(struct drill *d, const struct packet *p, const struct packet_path *path);

/* A packet of the machine in the script's numbers; want: what is awaited, or NULL. */
void conn_to_script(struct conn *c, struct packet *got, const struct packet *want);
/* A packet of the script in the wire's numbers; opts: room for its options. */
void conn_to_live(struct conn *c, struct packet *p, struct tcp_opt *opts);
/* By which its segments are signed (TCP-AO). */
struct sign_numbers conn_numbers(const struct conn *c);

#endif
