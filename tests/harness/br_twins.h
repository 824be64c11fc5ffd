/* SPDX-License-Identifier: MIT */
/*
 * Two bridges that must do the same: this machine's kernel's, in a network namespace of the test's
 * own, and an instance's. Both are told the same by `ip` and `bridge`, both get the same frames,
 * and each must come out of the same ports, byte for byte.
 *
 *	p1, p2, p3, p4 --- br0, 02:00:00:00:00:0b, in both
 *
 * Of what the bridges say by themselves only queries are looked at.
 * A TAP's write() returns when the kernel has done with the frame, and both see the same clock.
 */
#ifndef LINNET_TESTS_HARNESS_BR_TWINS_H
#define LINNET_TESTS_HARNESS_BR_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TWIN_BR_PORTS 4
#define TWIN_BR_FRAME_MAX 1600

struct br_twin_frame {
	size_t len;
	uint8_t b[TWIN_BR_FRAME_MAX];
};

/* Ends the test as skipped, with the reason, where that is not allowed. */
void br_twins_enter(void);
/* A new br0 over all ports in both; what went wrong is told with this name in front. */
bool br_twins_begin(const char *name);
/* A command for both, one of linnet's tools. False: one refused what the other did, which was
 * told. */
bool br_twins_do(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* For the kernel alone, where its bridge is made: can it do that? */
bool br_twins_kernel_can(const char *line);
/* A frame for both at a port from 0 on. False: they did not do the same, which was told. *out: a
 * bit for each port that it left by. */
bool br_twins_send(unsigned port, const struct br_twin_frame *f, unsigned *out);
/* Time passes. */
void br_twins_wait_ms(unsigned ms);
/* The queries that the bridges sent meanwhile are the same. False: not so, which was told. *n: how
 * many. */
bool br_twins_asked(unsigned *n);
/* `bridge mdb show` lists the same, in whichever order. */
bool br_twins_mdb(void);
/* A `bridge -j ...` prints the same objects, but for indexes, ages and what only the kernel has. */
bool br_twins_json(const char *line);

#endif
