/* SPDX-License-Identifier: MIT */
/* ln_net_params_init: inline, so that the library itself never refers to malloc. */
#ifndef LINNET_NET_INLINE_H
#define LINNET_NET_INLINE_H

#include <stdlib.h>

static inline void *ln_libc_alloc(void *ctx, size_t size)
{
	(void)ctx;
	return malloc(size);
}

static inline void ln_libc_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	(void)size;
	free(p);
}

static inline void ln_net_params_init(struct ln_net_params *params)
{
	*params = (struct ln_net_params){
		.mem = { .alloc = ln_libc_alloc, .free = ln_libc_free },
	};
}

#endif
