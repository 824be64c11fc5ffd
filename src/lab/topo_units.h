/* SPDX-License-Identifier: MIT */
/*
 * Numbers with units, as people write them, read exactly (no floating point).
 *
 * Each function takes the whole string. A number is "12", "1.5", "1e-9"; letters of units may
 * be of either case; no blank stands between. Return: 0, -EINVAL: not of this form,
 * -ERANGE: too large.
 */
#ifndef LINNET_LAB_TOPO_UNITS_H
#define LINNET_LAB_TOPO_UNITS_H

#include "base/types.h"

int unit_parse_u64(const char *s, u64 *out);		/* digits only, or 0x... */
int unit_parse_duration(const char *s, s64 *ns);	/* "0", ns us ms s m h */
int unit_parse_rate(const char *s, u64 *bps);		/* bit kbit mbit gbit tbit: 1000s, as tc */
int unit_parse_size(const char *s, u64 *bytes);		/* none or b; k kb m mb: 1024s, as tc */
int unit_parse_percent(const char *s, u64 *prob);	/* "0", "0.1%" .. "100%", in 2^-64 */
int unit_parse_fraction(const char *s, u64 *prob);	/* "0", "1e-9" .. "1", in 2^-64 */

#endif
