/* SPDX-License-Identifier: MIT */
/* ln_net_params_init: inline, so that the library itself never refers to malloc. */
#ifndef LINNET_NET_INLINE_H
#define LINNET_NET_INLINE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Large blocks are mapped one by one: malloc() may keep what it got back, and an instance that was
 * busy and is idle shall be small. Without MAP_ANONYMOUS (strict ISO C) malloc() has all.
 */
#ifdef MAP_ANONYMOUS
#define LN_MAPPED_FROM ((size_t)128 << 10)
#define LN_HUGE_FROM ((size_t)32 << 20)
#else
#define LN_MAPPED_FROM SIZE_MAX
#endif

#ifdef MAP_ANONYMOUS
static inline void *ln_libc_map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A table so large is looked at here and there: with small pages that misses the TLB each time. */
static inline void *ln_libc_map_huge(size_t size)
{
#ifdef MADV_HUGEPAGE
	const size_t huge = (size_t)2 << 20, page = (size_t)64 << 10;
	size_t kept = (size + page - 1) & ~(page - 1), skip;
	char *p = (char *)ln_libc_map(kept + huge, 0);

	if (!p)
		return NULL;
	skip = -(uintptr_t)p & (huge - 1);
	if (skip)
		munmap(p, skip);
	if (skip < huge)
		munmap(p + skip + kept, huge - skip);
	madvise(p + skip, kept, MADV_HUGEPAGE);
	return p + skip;
#else
	return ln_libc_map(size, 0);
#endif
}
#endif

static inline void *ln_libc_alloc(void *ctx, size_t size)
{
	(void)ctx;
#ifdef MAP_ANONYMOUS
	if (size >= LN_HUGE_FROM)
		return ln_libc_map_huge(size);
	if (size >= LN_MAPPED_FROM)
		return ln_libc_map(size, 0);
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

#ifdef MAP_ANONYMOUS
static inline void *ln_libc_reserve(void *ctx, size_t size)
{
	(void)ctx;
	return size >= LN_MAPPED_FROM ? ln_libc_map(size, MAP_NORESERVE) : NULL;
}
#else
#define ln_libc_reserve NULL
#endif

static inline void ln_net_params_init(struct ln_net_params *params)
{
	memset(params, 0, sizeof(*params));	/* C++ has no compound literals */
	params->mem.alloc = ln_libc_alloc;
	params->mem.free = ln_libc_free;
	params->mem.reserve = ln_libc_reserve;
}

#endif
