/* SPDX-License-Identifier: MIT */
#include "base/dst_metrics.h"

static bool is_empty(const struct dst_metrics *m)
{
	u32 any = 0;

	for (u32 i = 0; m && i <= RTAX_MAX; i++)
		any |= m->val[i];
	return !any;
}

bool dst_metrics_dup(struct mem *mem, const struct dst_metrics *from, struct dst_metrics **res)
{
	*res = NULL;
	if (is_empty(from))
		return true;
	*res = mem_alloc(mem, sizeof(**res));
	if (!*res)
		return false;
	**res = *from;
	(*res)->mem = mem;
	(*res)->refcnt = 1;
	return true;
}

bool dst_metrics_equal(const struct dst_metrics *a, const struct dst_metrics *b)
{
	if (is_empty(a) || is_empty(b))
		return is_empty(a) && is_empty(b);
	return !memcmp(a->val, b->val, sizeof(a->val));
}

void dst_metrics_put(struct dst_metrics *m)
{
	if (m && !--m->refcnt)
		mem_free(m->mem, m, sizeof(*m));
}
