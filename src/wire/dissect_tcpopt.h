/* SPDX-License-Identifier: MIT */
/* TCP options that few segments have, as text: keys, Fast Open, accurate ECN. */
#ifndef LINNET_WIRE_DISSECT_TCPOPT_H
#define LINNET_WIRE_DISSECT_TCPOPT_H

#include "base/fmt.h"

/* o: size bytes, from the kind on. False: it is none of these, or has a strange size. */
bool dissect_put_tcpopt(struct strbuf *sb, const u8 *o, size_t size);

#endif
