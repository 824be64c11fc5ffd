/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/family.h"
#include "harness/tcp_watch.h"
#include "wire/tcp.h"

static void watch_syn(struct tcp_watch *w, const struct tcphdr *th)
{
	u32 isn = be32_to_cpu(th->seq);

	if (w->open && w->sport == th->source && w->dport == th->dest && w->isn == isn)
		return;
	w->sport = th->source;
	w->dport = th->dest;
	w->isn = isn;
	w->top = 0;
	w->open = true;
	w->fin = false;
}

static void watch_payload(struct tcp_watch *w, u32 at, const u8 *p, u32 len)
{
	if ((size_t)at + len > w->length)
		fail_msg("bytes %u to %u were sent of %zu", at, at + len, w->length);
	for (u32 i = 0; i < len; i++)
		if (p[i] != w->byte_at(at + i, w->salt))
			fail_msg("byte %u was sent as %02x and is %02x", at + i, p[i],
				 w->byte_at(at + i, w->salt));
	w->again += at < w->top;
	w->top = max(w->top, at + len);
}

void tcp_watch_frame(struct tcp_watch *w, const u8 *frame, u32 len)
{
	const struct tcphdr *th;
	struct family_packet p;
	enum family_kind kind;
	u32 at, size;

	if (!w->byte_at)
		return;
	kind = family_parse(frame, len, &p);
	assert_int_not_equal(kind, FAMILY_MALFORMED);
	if (kind != FAMILY_TCP)
		return;
	th = (const void *)p.tcp;
	size = p.len - tcph_hlen(th);
	if (th->flags & TCPHDR_SYN)
		watch_syn(w, th);
	if (th->flags & (TCPHDR_SYN | TCPHDR_RST))
		assert_int_equal(size, 0);
	if (!w->open || th->source != w->sport || th->dest != w->dport)
		return;
	at = be32_to_cpu(th->seq) - w->isn - 1;
	if (size)
		watch_payload(w, at, (const u8 *)th + tcph_hlen(th), size);
	if (th->flags & TCPHDR_FIN) {
		if ((size_t)at + size != w->length)
			fail_msg("the FIN stands at %u, behind %zu bytes", at + size, w->length);
		w->fin = true;
	}
}
