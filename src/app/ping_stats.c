/* SPDX-License-Identifier: MIT */
#include "app/ping_stats.h"

#include "wire/icmp6.h"

enum {
	ICMP_UNREACH = 3,
	ICMP_QUENCH = 4,
	ICMP_REDIRECT = 5,
	ICMP_EXCEEDED = 11,
	ICMP_PARAMETER = 12
};

void ping_stats_sent(struct ping_stats *s, uint16_t seq)
{
	s->transmitted++;
	s->seen[seq / 8] &= (uint8_t)~(1u << seq % 8);
}

/* Packets sent from this one on, it included, were in flight together. */
static void note_pipe(struct ping_stats *s, uint16_t seq)
{
	uint16_t behind = (uint16_t)(s->transmitted - seq);

	if (behind < 0x8000 && behind + 1u > s->pipe)
		s->pipe = behind + 1u;
}

bool ping_stats_reply(struct ping_stats *s, uint16_t seq, int64_t rtt_ns)
{
	uint8_t bit = (uint8_t)(1u << seq % 8);
	bool again = s->seen[seq / 8] & bit;
	double us = (double)rtt_ns / 1000;

	s->seen[seq / 8] |= bit;
	note_pipe(s, seq);
	if (again)
		s->duplicates++;
	else
		s->received++;
	if (rtt_ns < 0)
		return again;
	if (!s->timed || rtt_ns < s->min_ns)
		s->min_ns = rtt_ns;
	if (rtt_ns > s->max_ns)
		s->max_ns = rtt_ns;
	s->timed++;
	s->sum_ns += rtt_ns;
	s->sum2_us += us * us;
	return again;
}

void ping_stats_error(struct ping_stats *s, uint16_t seq)
{
	note_pipe(s, seq);
	s->errors++;
}

void ping_time_text(struct text *t, int64_t ns)
{
	int64_t us = ns / 1000;

	if (us >= 100000 - 50)
		text_addf(t, "%lld ms", (long long)((us + 500) / 1000));
	else if (us >= 10000 - 5)
		text_addf(t, "%lld.%01lld ms", (long long)((us + 50) / 1000),
			  (long long)((us + 50) % 1000 / 100));
	else if (us >= 1000)
		text_addf(t, "%lld.%02lld ms", (long long)((us + 5) / 1000),
			  (long long)((us + 5) % 1000 / 10));
	else
		text_addf(t, "%lld.%03lld ms", (long long)(us / 1000), (long long)(us % 1000));
}

static uint64_t square_root(double x)
{
	uint64_t lo = 0, hi = (uint64_t)1 << 32;

	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;

		if ((double)mid * (double)mid <= x)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static void add_ms(struct text *t, int64_t us, const char *after)
{
	text_addf(t, "%lld.%03lld%s", (long long)(us / 1000), (long long)(us % 1000), after);
}

void ping_summary(struct text *t, const struct ping_stats *s, const char *name, int64_t ns)
{
	uint64_t lost = s->transmitted > s->received ? s->transmitted - s->received : 0;
	double mean, variance;

	text_addf(t, "\n--- %s ping statistics ---\n%llu packets transmitted, %llu received", name,
		  (unsigned long long)s->transmitted, (unsigned long long)s->received);
	if (s->duplicates)
		text_addf(t, ", +%llu duplicates", (unsigned long long)s->duplicates);
	if (s->errors)
		text_addf(t, ", +%llu errors", (unsigned long long)s->errors);
	if (s->transmitted)
		text_addf(t, ", %g%% packet loss, time %lldms",
			  (double)((float)lost * 100.0f / (float)s->transmitted),
			  (long long)(ns / 1000000));
	text_adds(t, "\n");
	if (s->timed) {
		mean = (double)s->sum_ns / 1000 / (double)s->timed;
		variance = s->sum2_us / (double)s->timed - mean * mean;
		text_adds(t, "rtt min/avg/max/mdev = ");
		add_ms(t, s->min_ns / 1000, "/");
		add_ms(t, (int64_t)mean, "/");
		add_ms(t, s->max_ns / 1000, "/");
		add_ms(t, variance > 0 ? (int64_t)square_root(variance) : 0, " ms");
	}
	if (s->pipe > 1)
		text_addf(t, "%spipe %u", s->timed ? ", " : "", s->pipe);
	if (s->timed || s->pipe > 1)
		text_adds(t, "\n");
}

static const char *unreachable_text(uint8_t code)
{
	static const char *const names[] = {
		"Destination Net Unreachable", "Destination Host Unreachable",
		"Destination Protocol Unreachable", "Destination Port Unreachable",
		NULL, "Source Route Failed", "Destination Net Unknown", "Destination Host Unknown",
		"Source Host Isolated", "Destination Net Prohibited", "Destination Host Prohibited",
		"Destination Net Unreachable for Type of Service",
		"Destination Host Unreachable for Type of Service", "Packet filtered",
		"Precedence Violation", "Precedence Cutoff",
	};

	return code < sizeof(names) / sizeof(*names) ? names[code] : NULL;
}

bool ping_error_is_advice(uint8_t type)
{
	return type == ICMP_QUENCH || type == ICMP_REDIRECT;
}

static void redirect_text(struct text *t, uint8_t code, uint32_t gateway)
{
	static const char *const names[] = {
		"Network", "Host", "Type of Service and Network", "Type of Service and Host",
	};

	if (code < sizeof(names) / sizeof(*names))
		text_addf(t, "Redirect %s", names[code]);
	else
		text_addf(t, "Redirect, Bad Code: %u", code);
	text_addf(t, "(New nexthop: %u.%u.%u.%u)", gateway >> 24, gateway >> 16 & 0xff,
		  gateway >> 8 & 0xff, gateway & 0xff);
}

void ping_error_text(struct text *t, uint8_t type, uint8_t code, uint32_t info)
{
	const char *unreachable = type == ICMP_UNREACH ? unreachable_text(code) : NULL;

	if (type == ICMP_UNREACH && code == 4)
		text_addf(t, "Frag needed and DF set (mtu = %u)", info);
	else if (type == ICMP_UNREACH && unreachable)
		text_adds(t, unreachable);
	else if (type == ICMP_UNREACH)
		text_addf(t, "Dest Unreachable, Bad Code: %u", code);
	else if (type == ICMP_QUENCH)
		text_adds(t, "Source Quench");
	else if (type == ICMP_REDIRECT)
		redirect_text(t, code, info);
	else if (type == ICMP_EXCEEDED)
		text_adds(t, code ? "Frag reassembly time exceeded" : "Time to live exceeded");
	else if (type == ICMP_PARAMETER)
		text_adds(t, "Parameter problem");
	else
		text_addf(t, "Bad ICMP type: %u", type);
}

static const char *unreachable6_text(uint8_t code)
{
	switch (code) {
	case ICMPV6_NOROUTE:
		return "No route";
	case ICMPV6_ADM_PROHIBITED:
		return "Administratively prohibited";
	case ICMPV6_NOT_NEIGHBOUR:
		return "Beyond scope of source address";
	case ICMPV6_ADDR_UNREACH:
		return "Address unreachable";
	case ICMPV6_PORT_UNREACH:
		return "Port unreachable";
	default:
		return NULL;
	}
}

void ping6_error_text(struct text *t, uint8_t type, uint8_t code, uint32_t info)
{
	const char *unreachable = unreachable6_text(code);

	if (type == ICMPV6_DEST_UNREACH && unreachable)
		text_addf(t, "Destination unreachable: %s", unreachable);
	else if (type == ICMPV6_DEST_UNREACH)
		text_addf(t, "Destination unreachable: Unknown code %u", code);
	else if (type == ICMPV6_PKT_TOOBIG)
		text_addf(t, "Packet too big: mtu=%u", info);
	else if (type == ICMPV6_TIME_EXCEED)
		text_addf(t, "Time exceeded: %s",
			  code == ICMPV6_EXC_HOPLIMIT ? "Hop limit" : "Defragmentation failure");
	else if (type == ICMPV6_PARAMPROB)
		text_adds(t, "Parameter problem");
	else
		text_addf(t, "unknown icmp type: %u", type);
}
