/* SPDX-License-Identifier: MIT */
#include "ctl/json.h"

#define JSON_INDENT 4

void json_init(struct json *j, struct strbuf *sb, bool pretty)
{
	*j = (struct json){ .sb = sb, .pretty = pretty };
}

static void json_newline(struct json *j)
{
	if (j->pretty)
		sb_printf(j->sb, "\n%*s", j->depth * JSON_INDENT, "");
}

/* RFC 8259 7: quote, backslash and control characters are escaped; the rest goes as it is. */
static void json_quoted(struct json *j, const char *s)
{
	sb_putc(j->sb, '"');
	for (; *s; s++) {
		u8 ch = (u8)*s;

		if (ch == '"' || ch == '\\')
			sb_printf(j->sb, "\\%c", ch);
		else if (ch < 0x20)
			sb_printf(j->sb, "\\u%04x", ch);
		else
			sb_putc(j->sb, *s);
	}
	sb_putc(j->sb, '"');
}

/* What stands before a value: the comma, and in an object its key. */
static void json_begin(struct json *j, const char *key)
{
	if (j->comma)
		sb_putc(j->sb, ',');
	j->comma = true;
	if (!key)
		return;
	json_newline(j);
	json_quoted(j, key);
	sb_puts(j->sb, j->pretty ? ": " : ":");
}

void json_object_begin(struct json *j, const char *key)
{
	json_begin(j, key);
	sb_putc(j->sb, '{');
	j->depth++;
	j->comma = false;
}

void json_object_end(struct json *j)
{
	j->depth--;
	if (j->comma)
		json_newline(j);
	sb_putc(j->sb, '}');
	j->comma = true;
}

void json_array_begin(struct json *j, const char *key)
{
	json_begin(j, key);
	sb_puts(j->sb, j->pretty ? "[ " : "[");
	j->depth++;
	j->comma = false;
}

void json_array_end(struct json *j)
{
	j->depth--;
	sb_puts(j->sb, j->pretty && j->comma ? " ]" : "]");
	j->comma = true;
}

void json_str(struct json *j, const char *key, const char *value)
{
	json_begin(j, key);
	json_quoted(j, value);
}

void json_uint(struct json *j, const char *key, u64 value)
{
	json_begin(j, key);
	sb_printf(j->sb, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	json_begin(j, key);
	sb_puts(j->sb, value ? "true" : "false");
}

void json_nil(struct json *j, const char *key)
{
	json_begin(j, key);
	sb_puts(j->sb, "null");
}
