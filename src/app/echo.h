/* SPDX-License-Identifier: MIT */
/*
 * The echo service (RFC 862), TCP and UDP on one port: what comes in goes back.
 *
 * A TCP client that sends and does not read is not read from: its window closes, nothing grows.
 * At most 256 connections, 64 KiB of each wait to go back; one more waits in the listen queue.
 */
#ifndef LINNET_APP_ECHO_H
#define LINNET_APP_ECHO_H

#include <linnet/net.h>
#include <stdint.h>

struct echo;

/* On every address of both families. Return: 0 and *@out; negative errno. */
int echo_start(struct ln_net *net, uint16_t port, struct echo **out);
/* Connections are closed. May be NULL. */
void echo_stop(struct echo *e);

#endif
