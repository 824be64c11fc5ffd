/* SPDX-License-Identifier: MIT */
/*
 * Memory that waits on a free list of ours is, for AddressSanitizer, memory like any other; these
 * two tell it better, so that a use after slab_free() or buf_put() is reported. Nothing otherwise.
 */
#ifndef LINNET_BASE_POISON_H
#define LINNET_BASE_POISON_H

#include "base/types.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1	/* gcc's name for it */
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
void __asan_poison_memory_region(const volatile void *p, size_t size);
void __asan_unpoison_memory_region(const volatile void *p, size_t size);

static inline void poison(const void *p, size_t size)
{
	__asan_poison_memory_region(p, size);
}

static inline void unpoison(const void *p, size_t size)
{
	__asan_unpoison_memory_region(p, size);
}
#else
static inline void poison(const void *p, size_t size)
{
	(void)p;
	(void)size;
}

static inline void unpoison(const void *p, size_t size)
{
	(void)p;
	(void)size;
}
#endif

#endif
