/* SPDX-License-Identifier: MIT */
#include "net/fib_direct.h"

#define PAGE_ENTRIES (FIB_DIRECT_PAGE_BYTES / (u32)sizeof(u32))
#define PAGES ((1u << FIB_DIRECT_MAX_BITS) / PAGE_ENTRIES)
#define SHARE 4				/* of the memory that is left */

struct fib_direct_sparse {
	u32 coarse[1u << FIB_DIRECT_COARSE_BITS];
	u64 written[PAGES / 64];	/* a bit for each page */
};

static size_t table_bytes(unsigned bits)
{
	return sizeof(u32) << bits;
}

static bool is_affordable(const struct mem *mem, size_t bytes)
{
	return bytes <= (mem->budget - mem->used) / SHARE;
}

static bool make_sparse(struct fib_direct *d, struct mem *mem)
{
	if (!is_affordable(mem, sizeof(*d->sparse)))
		return false;
	d->at = mem_reserve(mem, table_bytes(FIB_DIRECT_MAX_BITS));
	if (!d->at)
		return false;
	d->sparse = mem_zalloc(mem, sizeof(*d->sparse));
	if (!d->sparse) {
		mem_release(mem, d->at, table_bytes(FIB_DIRECT_MAX_BITS));
		return false;
	}
	d->coarse = d->sparse->coarse;
	return true;
}

bool fib_direct_make(struct fib_direct *d, struct mem *mem, enum fib_direct_kind kind)
{
	static const u8 bits_of[] = { 0, 12, 18, FIB_DIRECT_MAX_BITS, FIB_DIRECT_MAX_BITS };
	struct fib_direct made = { .kind = (u8)kind, .bits = bits_of[kind] };

	made.shift = (u8)(32 - made.bits);
	if (kind == FIB_DIRECT_SPARSE) {
		if (!make_sparse(&made, mem))
			return false;
	} else if (kind != FIB_DIRECT_NONE) {
		if (is_affordable(mem, table_bytes(made.bits)))
			made.at = mem_alloc(mem, table_bytes(made.bits));
		if (!made.at)
			return false;
	}
	made.at24 = made.bits == FIB_DIRECT_MAX_BITS ? made.at : NULL;
	fib_direct_free(d, mem);
	*d = made;
	return true;
}

void fib_direct_free(struct fib_direct *d, struct mem *mem)
{
	if (d->sparse) {
		mem_uncharge(mem, (size_t)d->pages * FIB_DIRECT_PAGE_BYTES);
		mem_release(mem, d->at, table_bytes(d->bits));
		mem_free(mem, d->sparse, sizeof(*d->sparse));
	} else {
		mem_free(mem, d->at, table_bytes(d->bits));
	}
	*d = (struct fib_direct){ 0 };
}

static void fill(u32 *entry, u32 n, u32 e)
{
	for (u32 i = 0; i < n; i++)
		entry[i] = e;
}

/* Pays for a page, once. */
static bool page_ready(struct fib_direct *d, struct mem *mem, u32 page)
{
	u64 *word = &d->sparse->written[page / 64];
	size_t paid = (size_t)d->pages * FIB_DIRECT_PAGE_BYTES;

	if (*word >> page % 64 & 1)
		return true;
	if (paid + FIB_DIRECT_PAGE_BYTES > (mem->budget - mem->used + paid) / SHARE ||
	    !mem_charge(mem, FIB_DIRECT_PAGE_BYTES)) {
		d->short_of_memory = true;
		return false;
	}
	*word |= BIT64(page % 64);
	d->pages++;
	return true;
}

static void put_sparse(struct fib_direct *d, struct mem *mem, u32 first, u32 n, u32 e)
{
	while (n) {
		u32 page = first / PAGE_ENTRIES, part = PAGE_ENTRIES - first % PAGE_ENTRIES;
		u64 word = d->sparse->written[page / 64];

		part = min(part, n);
		if (e ? page_ready(d, mem, page) : word >> page % 64 & 1)
			fill(d->at + first, part, e);
		first += part;
		n -= part;
	}
}

void fib_direct_put(struct fib_direct *d, struct mem *mem, u32 first, u32 n, u32 e)
{
	if (!d->sparse)
		fill(d->at + first, n, e);
	else
		put_sparse(d, mem, first, n, e);
}

void fib_direct_put_coarse(struct fib_direct *d, u32 first, u32 n, u32 value)
{
	unsigned finer = FIB_DIRECT_MAX_BITS - FIB_DIRECT_COARSE_BITS;

	fill(d->sparse->coarse + (first >> finer), n >> finer, value);
}

bool fib_direct_written(const struct fib_direct *d, u32 *first)
{
	u32 page = *first / PAGE_ENTRIES;

	while (page < PAGES) {
		u64 word = d->sparse->written[page / 64] >> page % 64;

		if (word & 1)
			break;
		page = word ? page + (u32)__builtin_ctzll(word) : (page | 63) + 1;
	}
	*first = max(*first, page * PAGE_ENTRIES);
	return page < PAGES;
}
