/* SPDX-License-Identifier: MIT */
/* ln_net_params_init: inline, so that the library itself never refers to malloc. */
#ifndef LINNET_NET_INLINE_H
#define LINNET_NET_INLINE_H

#include <stdlib.h>
#include <sys/mman.h>

/*
 * Large blocks are mapped one by one: malloc() may keep what it got back, and an instance that was
 * busy and is idle shall be small. Without MAP_ANONYMOUS (strict ISO C) malloc() has all.
 */
#ifdef MAP_ANONYMOUS
#define LN_MAPPED_FROM ((size_t)128 << 10)
#else
#define LN_MAPPED_FROM SIZE_MAX
#endif

static inline void *ln_libc_alloc(void *ctx, size_t size)
{
	(void)ctx;
#ifdef MAP_ANONYMOUS
	if (size >= LN_MAPPED_FROM) {
		void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		return p == MAP_FAILED ? NULL : p;
	}
#endif
	return malloc(size);
}

static inline void ln_libc_free(void *ctx, void *p, size_t size)
{
	(void)ctx;
	if (p && size >= LN_MAPPED_FROM)
		munmap(p, size);
	else
		free(p);
}

static inline void ln_net_params_init(struct ln_net_params *params)
{
	*params = (struct ln_net_params){
		.mem = { .alloc = ln_libc_alloc, .free = ln_libc_free },
	};
}

#endif
