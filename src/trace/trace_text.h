/* SPDX-License-Identifier: MIT */
/* Pieces of text that traces and journeys share. */
#ifndef LINNET_TRACE_TRACE_TEXT_H
#define LINNET_TRACE_TRACE_TEXT_H

#include <linnet/trace.h>

#include "base/fmt.h"

const char *trace_layer_name(enum ln_trace_layer layer);
void trace_put_text(struct strbuf *sb, const struct ln_trace_event *ev);
void trace_put_time(struct strbuf *sb, s64 ns, bool with_ns);
void trace_put_span(struct strbuf *sb, s64 ns);
/* " in VLAN 10", or nothing when it is 0 */
void trace_put_vlan(struct strbuf *sb, u64 vid);
void trace_put_addr(struct strbuf *sb, const u64 words[2]);	/* of {addr} */
void trace_put_ip(struct strbuf *sb, be32 addr);
void trace_put_mac(struct strbuf *sb, u64 mac);

#endif
