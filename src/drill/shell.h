/* SPDX-License-Identifier: MIT */
#ifndef LINNET_DRILL_SHELL_H
#define LINNET_DRILL_SHELL_H

#include <stddef.h>

/*
 * line with $((...)) worked out (+ - * / % and parentheses) and variables put in: PPID and
 * PACKETDRILL_PID are this process, all others are empty. What does not fit in out is cut.
 */
void shell_expand(const char *line, char *out, size_t cap);

#endif
