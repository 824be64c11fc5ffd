/* SPDX-License-Identifier: MIT */
/*
 * The mistakes of a lab file, collected while reading goes on, told in the file's order.
 */
#ifndef LINNET_LAB_TOPO_ERRORS_H
#define LINNET_LAB_TOPO_ERRORS_H

#include "base/types.h"

struct topo_error {
	u32 line, col;
	u32 seq;		/* those of one place stay in the order in which they were found */
	char *text;
};

struct topo_errors {
	const char *file;
	struct topo_error *v;
	u32 count, cap;
	u32 more;		/* beyond the limit */
	bool lost;		/* no memory for one */
};

void topo_errors_init(struct topo_errors *e, const char *file);
void topo_errors_exit(struct topo_errors *e);

/* One mistake; the same one at the same place is told once. line 0: of the file as a whole. */
void topo_error(struct topo_errors *e, u32 line, u32 col, const char *fmt, ...) __printf(4, 5);

static inline bool topo_errors_any(const struct topo_errors *e)
{
	return e->count || e->lost;
}

/* "FILE:LINE:COL: text" lines, sorted; malloc()ed, or NULL without memory. */
char *topo_errors_text(struct topo_errors *e);

/* A text from the file, safe to print: cut after 40 bytes, control bytes as \xNN. */
struct topo_quoted {
	char s[176];
};
struct topo_quoted topo_quote(const char *s);

/*
 * The word of a list that is nearest to what was written, or NULL when none is near: at most
 * two letters wrong, and fewer than half of them.
 */
const char *topo_nearest(const char *word, const char *const *words, size_t count);

#endif
