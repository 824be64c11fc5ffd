/* SPDX-License-Identifier: MIT */
/* Names of scopes, protocols, tables and types of routes, as in /etc/iproute2. */
#ifndef LINNET_CTL_RTNAMES_H
#define LINNET_CTL_RTNAMES_H

#include "base/fmt.h"

/* The readers take names and numbers up to 255; the printers give the name, else the number. */
bool rt_scope_parse(const char *w, u8 *scope);
bool rt_proto_parse(const char *w, u8 *proto);
bool rt_table_parse(const char *w, u32 *table);	/* any number */
bool rt_type_parse(const char *w, u8 *type);		/* names only */
bool rt_ipproto_parse(const char *w, u8 *proto);	/* tcp, udp, ... */
void rt_put_ipproto(struct strbuf *sb, u8 proto);
void rt_put_scope(struct strbuf *sb, u8 scope);
void rt_put_proto(struct strbuf *sb, u8 proto);
void rt_put_table(struct strbuf *sb, u32 table);
void rt_put_type(struct strbuf *sb, u8 type);

#endif
