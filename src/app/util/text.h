/* SPDX-License-Identifier: MIT */
/*
 * A text (or any bytes) that grows while it is put together. After an allocation fails the
 * text stays as it was and `failed` is set, so that a builder may check once, at its end.
 */
#ifndef LINNET_APP_UTIL_TEXT_H
#define LINNET_APP_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *s;	/* NUL-terminated once anything was added; NULL before */
	size_t len;	/* without the NUL */
	size_t cap;
	bool failed;
};

void text_add(struct text *t, const void *bytes, size_t len);
void text_adds(struct text *t, const char *s);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t, const char *fmt, ...);
/* Drops the first n bytes. */
void text_consume(struct text *t, size_t n);
/* Empty, memory given back. */
void text_free(struct text *t);
/* The string itself, owned by the caller (free()); "" when nothing was added; NULL: no memory. */
char *text_steal(struct text *t);

#endif
