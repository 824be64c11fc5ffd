/* SPDX-License-Identifier: MIT */
/* The address calculator (row I2): what a person wants to know of "10.100.122.2/24". */
#ifndef LINNET_CTL_CALC_H
#define LINNET_CTL_CALC_H

#include "base/fmt.h"

/**
 * calc_addr - split an address into network and host, in words and bits
 * @arg: "ADDR/LEN", "ADDR/MASK" or "ADDR" (then by RFC 1122's host rule: /32)
 * @out: text is appended; a message when it is none
 *
 * Needs no instance. Return: 0 or -EINVAL.
 */
int calc_addr(const char *arg, struct strbuf *out);

#endif
