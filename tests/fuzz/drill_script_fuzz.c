/* SPDX-License-Identifier: MIT */
/* Reads a script; what was read is printed and built, as the runner would. */
#include <stdlib.h>

#include "drill/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_packet(const struct packet *p)
{
	static const struct packet_path path = { .sport = 1, .dport = 2 };
	static u8 bytes[65535];
	struct packet_full got;
	struct packet_path from;
	char text[1024];
	struct strbuf sb;
	const char *why;
	size_t len;

	sb_init(&sb, text, sizeof(text));
	packet_print(p, &sb);
	len = packet_build(p, &path, bytes, sizeof(bytes));
	if (!len || !packet_read(&got, &from, bytes, len, &why))
		return;
	sb_init(&sb, text, sizeof(text));
	packet_match(p, &got.p, &sb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script s = { .path = "fuzz" };
	struct place at;
	char why[128], *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	if (script_parse(&s, text, &at, why, sizeof(why)))
		for (const struct event *e = s.events; e; e = e->next)
			if (e->kind == EVENT_PACKET)
				use_packet(&e->packet);
	script_free(&s);
	free(text);
	return 0;
}
