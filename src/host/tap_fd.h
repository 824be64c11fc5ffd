/* SPDX-License-Identifier: MIT */
/*
 * Opening a TAP. Apart from tap.c because the kernel's headers and wire/ both define struct ethhdr
 * and its kin, under the same names.
 */
#ifndef LINNET_HOST_TAP_FD_H
#define LINNET_HOST_TAP_FD_H

#include <stdbool.h>
#include <stddef.h>

/* A non-blocking descriptor of the TAP, made when it does not exist and we may; -1: err says why
 * and what would mend it. */
int tap_fd_open(const char *name, char *err, size_t cap);

/* The TAP's own MTU, so that both ends of the cable agree; 1500 when the kernel does not tell. */
unsigned tap_fd_mtu(const char *name);

/* Whether the kernel's end of the cable is up; true when it does not tell. */
bool tap_fd_is_up(const char *name);

#endif
