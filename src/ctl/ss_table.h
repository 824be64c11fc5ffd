/* SPDX-License-Identifier: MIT */
/*
 * The columns of ss. Each is as wide as its widest field, so all rows are made twice: measured,
 * then printed. Nothing is stored in between.
 */
#ifndef LINNET_CTL_SS_TABLE_H
#define LINNET_CTL_SS_TABLE_H

#include "base/fmt.h"

enum ss_col { SS_NETID, SS_STATE, SS_RECVQ, SS_SENDQ, SS_ADDR, SS_SERV, SS_RADDR, SS_RSERV, SS_PROC,
	      SS_COLS };

#define SS_FIELD_MAX 1024	/* the longest is TCP's information */

struct ss_table {
	struct strbuf *out;
	bool measuring;
	bool disabled[SS_COLS];
	u32 width[SS_COLS];
	char text[SS_FIELD_MAX];
};

void ss_table_init(struct ss_table *t, struct strbuf *out);

/* The next round prints. */
void ss_table_print(struct ss_table *t);

/* A field in formatted text; a row's fields come in the order of columns, all of them. */
__printf(3, 4) void ss_field(struct ss_table *t, enum ss_col col, const char *fmt, ...);
void ss_row_end(struct ss_table *t);

/* The headings, as a row. */
void ss_header(struct ss_table *t);

#endif
