/* SPDX-License-Identifier: MIT */
#include "base/skb_drop.h"

#include "base/assert.h"

/* Arrays of characters, not of pointers: nothing to relocate, nothing writable. */
struct drop_text {
	char name[28];
	char text[60];
};

static const struct drop_text drop_texts[] = {
	[SKB_CONSUMED] = { "CONSUMED", "reached its goal" },
#define SKB_DROP_TEXT(n, t) [SKB_DROP_REASON_##n] = { #n, t },
	SKB_DROP_REASONS(SKB_DROP_TEXT)
#undef SKB_DROP_TEXT
};

const char *skb_drop_name(enum skb_drop_reason reason)
{
	ln_assert(reason < SKB_DROP_REASON_MAX);
	return drop_texts[reason].name;
}

const char *skb_drop_text(enum skb_drop_reason reason)
{
	ln_assert(reason < SKB_DROP_REASON_MAX);
	return drop_texts[reason].text;
}
