/* SPDX-License-Identifier: MIT */
/* ICMP's messages in the brief journey: each kind once to each host. */
#include "base/fmt.h"
#include "base/prng.h"
#include "trace/journey_priv.h"
#include "trace/trace_text.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

/* NULL: to be told by its numbers */
static const char *name_of(u64 type, u64 code)
{
	static const char *const unreach[] = {
		[ICMP_NET_UNREACH] = "network unreachable",
		[ICMP_HOST_UNREACH] = "host unreachable",
		[ICMP_PROT_UNREACH] = "protocol unreachable",
		[ICMP_PORT_UNREACH] = "port unreachable",
		[ICMP_FRAG_NEEDED] = "fragmentation needed",
		[ICMP_NET_ANO] = "network prohibited",
		[ICMP_HOST_ANO] = "host prohibited",
		[ICMP_PKT_FILTERED] = "filtered",
	};

	switch (type) {
	case ICMP_ECHOREPLY:
		return "echo reply";
	case ICMP_DEST_UNREACH:
		return code < ARRAY_SIZE(unreach) ? unreach[code] : NULL;
	case ICMP_REDIRECT:
		return "redirect: there is a better way";
	case ICMP_TIME_EXCEEDED:
		return code ? "fragments are missing" : "time exceeded";
	default:
		return NULL;
	}
}

static void put_mtu(struct strbuf *sb, u32 mtu)
{
	sb_printf(sb, ": the next link takes %u bytes (path MTU discovery)", mtu);
}

/* type, code, to whom; the message itself */
void journey_brief_icmp(struct journey *j, const struct ln_trace_event *ev)
{
	u64 type = ev->arg[0], code = ev->arg[1];
	const char *name = name_of(type, code);

	if (!journey_first_time(j, TOLD_ERROR, ev->node, ev->arg[2] ^ type << 40 ^ code << 32))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "ICMP to ");
	trace_put_ip(&sb, (be32)ev->arg[2]);
	if (name)
		sb_printf(&sb, ": %s", name);
	else
		sb_printf(&sb, ": type %llu code %llu", (unsigned long long)type,
			  (unsigned long long)code);
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED &&
	    ev->len - ev->data_len >= ICMP_HLEN)
		put_mtu(&sb, get_be16(ev->data + 6));
	journey_line_end(j, &sb);
}

/* The same of IPv6, but errors alone: what is answered is neighbours' talk. */
void journey_brief_icmp6(struct journey *j, const struct ln_trace_event *ev)
{
	static const char *const names[] = {
		[ICMPV6_DEST_UNREACH] = "destination unreachable",
		[ICMPV6_PKT_TOOBIG] = "packet too big", [ICMPV6_TIME_EXCEED] = "time exceeded",
		[ICMPV6_PARAMPROB] = "parameter problem",
	};
	u64 type = ev->arg[0], code = ev->arg[1];

	if (!type || type >= ARRAY_SIZE(names) ||
	    !journey_first_time(j, TOLD_ERROR, ev->node,
				ev->arg[2] ^ rotl64(ev->arg[3], 1) ^ type << 8 ^ code))
		return;
	JOURNEY_LINE(j, ev, sb, buf);
	sb_puts(&sb, "ICMPv6 to ");
	trace_put_addr(&sb, &ev->arg[2]);
	sb_printf(&sb, ": %s", names[type]);
	if (type == ICMPV6_PKT_TOOBIG && ev->len - ev->data_len >= ICMPV6_HLEN)
		put_mtu(&sb, get_be32(ev->data + 4));
	else if (code)
		sb_printf(&sb, ", code %llu", (unsigned long long)code);
	journey_line_end(j, &sb);
}
