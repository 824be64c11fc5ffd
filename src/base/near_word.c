/* SPDX-License-Identifier: MIT */
#include "base/near_word.h"

unsigned word_distance(const char *a, const char *b)
{
	unsigned rows[3][NEAR_WORD_MAX + 1], i;
	size_t len = strlen(b);

	if (strlen(a) > NEAR_WORD_MAX || len > NEAR_WORD_MAX)
		return NEAR_WORD_MAX;
	for (unsigned j = 0; j <= len; j++)
		rows[0][j] = j;
	for (i = 1; a[i - 1]; i++) {
		unsigned *row = rows[i % 3], *last = rows[(i + 2) % 3], *older = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			unsigned change = last[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = min(change, min(last[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min(row[j], older[j - 2] + 1);
		}
	}
	return rows[(i - 1) % 3][len];
}
