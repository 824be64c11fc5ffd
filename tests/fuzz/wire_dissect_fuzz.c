/* SPDX-License-Identifier: MIT */
/* A line of text for any frame: printable, of bounded length, the same when cut. */
#include "base/assert.h"
#include "wire/dissect.h"
#include "wire/flow_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[DISSECT_LINE_MAX], cut[20];
	struct flow_keys keys;
	struct strbuf sb, small;

	sb_init(&sb, text, sizeof(text));
	dissect_frame(&sb, data, size, DISSECT_LINK | DISSECT_IP);
	ln_assert(sb.len > 0 && !sb_truncated(&sb) && strlen(text) == sb.len);
	for (size_t i = 0; i < sb.len; i++)
		ln_assert(text[i] >= 0x20 && text[i] < 0x7f);
	sb_init(&small, cut, sizeof(cut));
	dissect_frame(&small, data, size, DISSECT_LINK | DISSECT_IP);
	ln_assert(small.len == sb.len && !memcmp(cut, text, strlen(cut)));
	if (flow_keys_parse(data, size, &keys))
		ln_assert(keys.l3_off >= 14 && keys.l4_off >= keys.l3_off + 20 &&
			  keys.l4_off <= size);
	return 0;
}
