/* SPDX-License-Identifier: MIT */
/*
 * The address calculator (row I2): what a person wants to know of "10.100.122.2/24" or of
 * "2001:db8:1::100/64" (calc6.c).
 */
#ifndef LINNET_CTL_CALC_H
#define LINNET_CTL_CALC_H

#include "ctl/json.h"
#include "wire/ip6_addr.h"

/**
 * calc_addr - split an address into network and host, in words and bits
 * @arg: "ADDR/LEN", "ADDR/MASK" or "ADDR" (then by RFC 1122's host rule: /32; of IPv6 /128)
 * @out: text is appended; a message when it is none
 *
 * Needs no instance. Return: 0 or -EINVAL.
 */
int calc_addr(const char *arg, struct strbuf *out);

/* The same as an object of js, without the bits; nothing when it is none. */
int calc_json(const char *arg, struct json *js);

/* Where rows go: to a text, or (js not NULL) into an object. */
struct calc_out {
	struct strbuf *sb;
	struct json *js;
};

/* "Name         value; note", or "key": "value"; note may be NULL. */
void calc_row(struct calc_out *o, const char *name, const char *key, const char *value,
	      const char *note);
void calc6(struct calc_out *o, const struct ip6_addr *addr, u8 plen);

#endif
