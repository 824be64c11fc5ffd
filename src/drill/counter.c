/* SPDX-License-Identifier: MIT */
#include "drill/counter.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/skb_drop.h"

#define OUTPUT_MAX 32768
#define REASON "SKB_DROP_REASON_"

/* The i-th word of a line, from 0; its end in *len. */
static const char *nth_word(const char *s, unsigned i, size_t *len)
{
	for (;; i--) {
		s += strspn(s, " ");
		*len = strcspn(s, " \n");
		if (!*len || !i)
			return s;
		s += *len;
	}
}

/* "TcpExt: A B\nTcpExt: 1 2\n": name is TcpExtA. */
static bool find_column(const char *text, const char *name, size_t len, double *v)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t head = strcspn(line, ":\n"), n;
		const char *values = line + strcspn(line, "\n");

		if (!*values)
			break;
		values++;
		if (head >= len || memcmp(line, name, head) != 0)
			continue;
		for (unsigned i = 1;; i++) {
			const char *word = nth_word(line, i, &n);

			if (!n)
				break;
			if (n == len - head && !memcmp(word, name + head, n)) {
				*v = strtod(nth_word(values, i, &n), NULL);
				return true;
			}
		}
	}
	return false;
}

/* A line of the script sees one moment, however many it names: to read them takes real time. */
static void read_mibs(struct drill *d)
{
	static const char *const files[] = { "cat /proc/net/netstat", "cat /proc/net/snmp" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!d->mib[i])
			d->mib[i] = calloc(1, OUTPUT_MAX);
		if (!d->mib[i])
			abort();
		if (d->w->ops->command(d->w, files[i], d->mib[i], OUTPUT_MAX))
			d->mib[i][0] = 0;
	}
	d->mib_event = d->event;
}

static bool read_mib(struct drill *d, const char *name, size_t len, double *v)
{
	if (!d->mib_event || d->mib_event != d->event)
		read_mibs(d);
	return find_column(d->mib[0], name, len, v) || find_column(d->mib[1], name, len, v);
}

void counter_free(struct drill *d)
{
	free(d->mib[0]);
	free(d->mib[1]);
}

/* linnet's stat lists what is not 0. */
static void read_drops(struct drill *d, char *out, const char *reason, double *v)
{
	size_t len = strlen(reason), n;
	const char *line = out;

	*v = 0;
	if (d->w->ops->command(d->w, "stat", out, OUTPUT_MAX))
		return;
	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = nth_word(line, 0, &n);

		if (n == len && !memcmp(word, reason, len))
			*v = strtod(nth_word(line, 1, &n), NULL);
	}
}

static const char *reason_of(const char *name, size_t len)
{
	for (int i = 1; i < SKB_DROP_REASON_MAX; i++) {
		const char *s = skb_drop_name((enum skb_drop_reason)i);

		if (strlen(s) == len && !memcmp(s, name, len))
			return s;
	}
	return NULL;
}

enum counter_kind counter_value(struct drill *d, const char *name, size_t len, double *v)
{
	const size_t prefix = strlen(REASON);
	enum counter_kind kind = COUNTER_NONE;
	const char *reason;
	char *out;

	if (!isupper((u8)name[0]))
		return COUNTER_NONE;
	out = calloc(1, OUTPUT_MAX);
	if (!out)
		abort();
	if (len > prefix && !memcmp(name, REASON, prefix)) {
		reason = reason_of(name + prefix, len - prefix);
		kind = !reason ? COUNTER_NONE :
		       d->w->ops->real_time ? COUNTER_NOT_KEPT : COUNTER_READ;
		if (kind == COUNTER_READ)
			read_drops(d, out, reason, v);
	} else if (read_mib(d, name, len, v)) {
		kind = COUNTER_READ;
	}
	free(out);
	return kind;
}
