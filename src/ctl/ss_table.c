/* SPDX-License-Identifier: MIT */
#include "ctl/ss_table.h"

static const struct {
	char name[16];
	bool right;
	bool delim;		/* a blank in front, unless it is the line's first */
} columns[SS_COLS] = {
	[SS_NETID] = { "Netid", false, false },
	[SS_STATE] = { "State", false, true },
	[SS_RECVQ] = { "Recv-Q", false, true },
	[SS_SENDQ] = { "Send-Q", false, true },
	[SS_ADDR] = { "Local Address:", true, true },
	[SS_SERV] = { "Port", false, false },
	[SS_RADDR] = { "Peer Address:", true, true },
	[SS_RSERV] = { "Port", false, false },
	[SS_PROC] = { "Process", false, false },
};

void ss_table_init(struct ss_table *t, struct strbuf *out)
{
	*t = (struct ss_table){ .out = out, .measuring = true };
}

void ss_table_print(struct ss_table *t)
{
	t->measuring = false;
}

static bool is_first(const struct ss_table *t, enum ss_col col)
{
	for (int i = 0; i < (int)col; i++)
		if (!t->disabled[i] && t->width[i])
			return false;
	return true;
}

static void put_field(struct ss_table *t, enum ss_col col, const char *s, u32 len)
{
	u32 pad = t->width[col] - len;

	if (columns[col].delim && !is_first(t, col) && t->width[col])
		sb_putc(t->out, ' ');
	if (columns[col].right)
		sb_printf(t->out, "%*s%s", (int)pad, "", s);
	else
		sb_printf(t->out, "%s%*s", s, (int)pad, "");
}

void ss_field(struct ss_table *t, enum ss_col col, const char *fmt, ...)
{
	struct strbuf sb;
	va_list ap;
	u32 len;

	if (t->disabled[col])
		return;
	sb_init(&sb, t->text, sizeof(t->text));
	va_start(ap, fmt);
	sb_vprintf(&sb, fmt, ap);
	va_end(ap);
	len = (u32)min(sb.len, sizeof(t->text) - 1);
	if (t->measuring)
		t->width[col] = max(t->width[col], len);
	else
		put_field(t, col, t->text, len);
}

void ss_row_end(struct ss_table *t)
{
	if (!t->measuring)
		sb_putc(t->out, '\n');
}

void ss_header(struct ss_table *t)
{
	for (int i = 0; i < SS_COLS; i++)
		ss_field(t, i, "%s", columns[i].name);
	ss_row_end(t);
}
