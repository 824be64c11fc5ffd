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
#define LN_HUGE_PAGE ((size_t)2 << 20)
#define LN_HUGE_FROM (LN_HUGE_PAGE - LN_HUGE_ROUND + 1)	/* what rounds up to one */
#define LN_HUGE_ROUND ((size_t)64 << 10)		/* no machine's pages are larger */

static inline void *ln_libc_map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* What is mapped for so much: nothing else begins in a huge page's last bytes. */
static inline size_t ln_libc_mapped(size_t size)
{
	return size < LN_HUGE_FROM ? size : (size + LN_HUGE_ROUND - 1) & ~(LN_HUGE_ROUND - 1);
}

/* A table so large is looked at here and there: with small pages that misses the TLB each time. */
static inline void *ln_libc_map_huge(size_t size)
{
#ifdef MADV_HUGEPAGE
	size_t kept = ln_libc_mapped(size), skip;
	char *p = (char *)ln_libc_map(kept + LN_HUGE_PAGE, 0);

	if (!p)
		return NULL;
	skip = -(uintptr_t)p & (LN_HUGE_PAGE - 1);
	if (skip)
		munmap(p, skip);
	if (skip < LN_HUGE_PAGE)
		munmap(p + skip + kept, LN_HUGE_PAGE - skip);
	madvise(p + skip, kept, MADV_HUGEPAGE);
	return p + skip;
#else
	return ln_libc_map(ln_libc_mapped(size), 0);
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
#ifdef MAP_ANONYMOUS
	if (p && size >= LN_MAPPED_FROM) {
		munmap(p, ln_libc_mapped(size));
		return;
	}
#endif
	free(p);
}

#ifdef MAP_ANONYMOUS
static inline void *ln_libc_reserve(void *ctx, size_t size)
{
	(void)ctx;
	return size < LN_MAPPED_FROM ? NULL : ln_libc_map(ln_libc_mapped(size), MAP_NORESERVE);
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
