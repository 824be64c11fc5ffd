/* SPDX-License-Identifier: MIT */
/* An event as text: the point's own text with its arguments filled in. */
#include <linnet/trace.h>

#include "base/fmt.h"
#include "base/skb_drop.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "net/ipv4/ip.h"
#include "trace/trace_text.h"
#include "transport/sock.h"
#include "wire/eth.h"
#include "wire/inet_addr.h"
#include "wire/ip6_addr.h"
#include "wire/tcp.h"

struct point_info {
	char name[28];
	u8 layer;
	char text[140];
};

static const struct point_info points[] = {
#define POINT_INFO(n, l, t) [LN_TP_##n] = { #n, LN_TRACE_##l, t },
	LN_TRACE_POINTS(POINT_INFO)
#undef POINT_INFO
};

static const char layer_names[][10] = {
	"app", "socket", "transport", "net", "link", "device", "softirq", "irq", "nic", "wire",
	"drop",
};

const char *ln_trace_point_name(enum ln_trace_point point)
{
	return (unsigned)point < LN_TP_COUNT ? points[point].name : NULL;
}

enum ln_trace_layer ln_trace_point_layer(enum ln_trace_point point)
{
	return (unsigned)point < LN_TP_COUNT ? points[point].layer : LN_TRACE_APP;
}

const char *ln_trace_point_text(enum ln_trace_point point)
{
	return (unsigned)point < LN_TP_COUNT ? points[point].text : NULL;
}

const char *trace_layer_name(enum ln_trace_layer layer)
{
	return layer_names[layer];
}

/* 0.123 911 204: seconds, then groups of three digits down to ns (or us). */
void trace_put_time(struct strbuf *sb, s64 ns, bool with_ns)
{
	if (ns < 0)
		ns = 0;
	sb_printf(sb, "%lld.%03lld %03lld", (long long)(ns / NSEC_PER_SEC),
		  (long long)(ns / NSEC_PER_MSEC % 1000), (long long)(ns / NSEC_PER_USEC % 1000));
	if (with_ns)
		sb_printf(sb, " %03lld", (long long)(ns % 1000));
}

/* A span in the largest unit that keeps it above 1: 20.0 us, 1.2 ms. */
void trace_put_span(struct strbuf *sb, s64 ns)
{
	if (ns < NSEC_PER_USEC)
		sb_printf(sb, "%lld ns", (long long)ns);
	else if (ns < NSEC_PER_MSEC)
		sb_printf(sb, "%lld.%lld us", (long long)(ns / 1000), (long long)(ns % 1000 / 100));
	else if (ns < NSEC_PER_SEC)
		sb_printf(sb, "%lld.%lld ms", (long long)(ns / NSEC_PER_MSEC),
			  (long long)(ns / 100000 % 10));
	else
		sb_printf(sb, "%lld.%02lld s", (long long)(ns / NSEC_PER_SEC),
			  (long long)(ns / 10000000 % 100));
}

void trace_put_ip(struct strbuf *sb, be32 addr)
{
	u8 b[4];

	memcpy(b, &addr, sizeof(b));
	sb_printf(sb, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

void trace_put_mac(struct strbuf *sb, u64 mac)
{
	for (int shift = 40; shift >= 0; shift -= 8)
		sb_printf(sb, "%02x%s", (unsigned)(mac >> shift & 0xff), shift ? ":" : "");
}

void trace_put_addr(struct strbuf *sb, const u64 words[2])
{
	struct ip6_addr a;
	be32 v4;

	memcpy(&a, words, sizeof(a));
	memcpy(&v4, a.s6_addr + 12, sizeof(v4));
	if (ipv6_addr_v4mapped(&a))
		trace_put_ip(sb, v4);
	else
		sb_ip6_addr(sb, &a);
}

static void put_flags(struct strbuf *sb, u64 flags)
{
	static const char names[] = "FSRPUEW";
	static const u8 bits[] = { TCPHDR_FIN, TCPHDR_SYN, TCPHDR_RST, TCPHDR_PSH, TCPHDR_URG,
				   TCPHDR_ECE, TCPHDR_CWR };

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (flags & bits[i])
			sb_putc(sb, names[i]);
	if (flags & TCPHDR_ACK)
		sb_putc(sb, '.');
}

static void put_proto(struct strbuf *sb, u64 proto)
{
	switch (proto) {
	case ETH_P_IP:
		sb_puts(sb, "0800 (IPv4)");
		break;
	case ETH_P_ARP:
		sb_puts(sb, "0806 (ARP)");
		break;
	case ETH_P_IPV6:
		sb_puts(sb, "86dd (IPv6)");
		break;
	default:
		sb_printf(sb, "%04llx", (unsigned long long)proto);
	}
}

static void put_dev(struct strbuf *sb, const struct ln_trace_event *ev, u64 ifindex)
{
	const struct net_device *dev = ev->net ?
		dev_get_by_index(net_of(ev->net), (int)ifindex) : NULL;

	if (dev)
		sb_puts(sb, dev->name);
	else if (ifindex)
		sb_printf(sb, "if%llu", (unsigned long long)ifindex);
	else
		sb_puts(sb, "-");
}

static void put_gateway(struct strbuf *sb, u64 addr)
{
	if (addr)
		trace_put_ip(sb, (be32)addr);
	else
		sb_puts(sb, "none");
}

static void put_limit(struct strbuf *sb, u64 v)
{
	if (v >= INT32_MAX)
		sb_puts(sb, "none");
	else
		sb_printf(sb, "%llu", (unsigned long long)v);
}

void trace_put_vlan(struct strbuf *sb, u64 vid)
{
	if (vid)
		sb_printf(sb, " in VLAN %llu", (unsigned long long)vid);
}

static void put_table(struct strbuf *sb, u64 table)
{
	if (table == RT_TABLE_LOCAL)
		sb_puts(sb, "local");
	else if (table == RT_TABLE_MAIN)
		sb_puts(sb, "main");
	else
		sb_printf(sb, "%llu", (unsigned long long)table);
}

/* name: what stands between the braces; n bytes. */
static void put_arg(struct strbuf *sb, const struct ln_trace_event *ev, const char *name, size_t n,
		    u64 v)
{
#define IS(word) (n == sizeof(word) - 1 && !memcmp(name, word, n))
	if (IS("d"))
		sb_printf(sb, "%lld", (long long)v);
	else if (IS("x"))
		sb_printf(sb, "%llx", (unsigned long long)v);
	else if (IS("s"))
		sb_puts(sb, v ? (const char *)(uintptr_t)v : "");
	else if (IS("ip"))
		trace_put_ip(sb, (be32)v);
	else if (IS("gw"))
		put_gateway(sb, v);
	else if (IS("limit"))
		put_limit(sb, v);
	else if (IS("vlan"))
		trace_put_vlan(sb, v);
	else if (IS("table"))
		put_table(sb, v);
	else if (IS("mac"))
		trace_put_mac(sb, v);
	else if (IS("dev"))
		put_dev(sb, ev, v);
	else if (IS("ns"))
		trace_put_span(sb, (s64)v);
	else if (IS("t"))
		trace_put_time(sb, (s64)v, true);
	else if (IS("state"))
		sb_puts(sb, tcp_state_name((u8)v));
	else if (IS("flags"))
		put_flags(sb, v);
	else if (IS("proto"))
		put_proto(sb, v);
	else if (IS("reason"))
		sb_puts(sb, v < SKB_DROP_REASON_MAX ? skb_drop_name((enum skb_drop_reason)v) : "?");
	else if (IS("hook"))
		sb_puts(sb, v <= NF_NETDEV_INGRESS ? nf_hook_name((enum nf_inet_hooks)v) : "?");
#undef IS
}

void trace_put_text(struct strbuf *sb, const struct ln_trace_event *ev)
{
	const char *p = ln_trace_point_text(ev->point);
	unsigned arg = 0;

	for (; p && *p; p++) {
		const char *end;

		if (*p != '{') {
			sb_putc(sb, *p);
			continue;
		}
		end = strchr(p, '}');
		if (!end || arg == LN_TRACE_ARGS)
			return;
		if (!strncmp(p, "{addr}", 6)) {
			if (arg + 2 > LN_TRACE_ARGS)
				return;
			trace_put_addr(sb, &ev->arg[arg]);
			arg += 2;
			p = end;
			continue;
		}
		put_arg(sb, ev, p + 1, (size_t)(end - p - 1), ev->arg[arg++]);
		p = end;
	}
}

size_t ln_trace_format(const struct ln_trace_event *ev, char *buf, size_t cap)
{
	struct strbuf sb;

	sb_init(&sb, buf, cap);
	trace_put_text(&sb, ev);
	return sb.len;
}
