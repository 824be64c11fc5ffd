/* SPDX-License-Identifier: MIT */
/* ICMP as tcpdump shows it (wire/icmp.h). */
#include "wire/dissect.h"
#include "wire/dissect_l4.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"
#include "wire/tcp.h"

/* "net 10.0.0.0 unreachable - unknown": what stands before the address and behind it. */
static const struct {
	char before[6], behind[44];
} unreach[] = {
	[ICMP_NET_UNREACH] = { "net ", "unreachable" },
	[ICMP_HOST_UNREACH] = { "host ", "unreachable" },
	[ICMP_PROT_UNREACH] = { "", "protocol unreachable" },
	[ICMP_PORT_UNREACH] = { "", "port unreachable" },
	[ICMP_FRAG_NEEDED] = { "", "unreachable - need to frag" },
	[ICMP_SR_FAILED] = { "", "unreachable - source route failed" },
	[ICMP_NET_UNKNOWN] = { "net ", "unreachable - unknown" },
	[ICMP_HOST_UNKNOWN] = { "host ", "unreachable - unknown" },
	[ICMP_HOST_ISOLATED] = { "", "unreachable - source host isolated" },
	[ICMP_NET_ANO] = { "net ", "unreachable - admin prohibited" },
	[ICMP_HOST_ANO] = { "host ", "unreachable - admin prohibited" },
	[ICMP_NET_UNR_TOS] = { "net ", "unreachable - tos prohibited" },
	[ICMP_HOST_UNR_TOS] = { "host ", "unreachable - tos prohibited" },
	[ICMP_PKT_FILTERED] = { "host ", "unreachable - admin prohibited filter" },
	[ICMP_PREC_VIOLATION] = { "host ", "unreachable - host precedence violation" },
	[ICMP_PREC_CUTOFF] = { "host ", "unreachable - precedence cutoff" },
};

/* As far as the quote tells. */
static void put_unreach(struct strbuf *sb, const struct icmp_view *v, const struct icmp_quote *q)
{
	bool known = v->code < ARRAY_SIZE(unreach);

	if (known)
		sb_puts(sb, unreach[v->code].before);
	if (q) {
		sb_inet_addr(sb, q->ip.daddr);
		sb_putc(sb, ' ');
	}
	if (!known) {
		sb_printf(sb, "unreachable - #%u", v->code);
		return;
	}
	if (q && q->has_ports && v->code == ICMP_PORT_UNREACH)
		sb_printf(sb, "%s port %u unreachable", dissect_proto_name(q->ip.protocol),
			  be16_to_cpu(q->dport));
	else if (q && v->code == ICMP_PROT_UNREACH)
		sb_printf(sb, "protocol %u unreachable", q->ip.protocol);
	else
		sb_puts(sb, unreach[v->code].behind);
	if (q && v->code == ICMP_FRAG_NEEDED)
		sb_printf(sb, " (mtu %u)", v->mtu);
}

static void put_redirect(struct strbuf *sb, const struct icmp_view *v, const struct icmp_quote *q)
{
	sb_puts(sb, v->code == ICMP_REDIR_NETTOS || v->code == ICMP_REDIR_HOSTTOS ?
		"redirect-tos" : "redirect");
	if (q) {
		sb_putc(sb, ' ');
		sb_inet_addr(sb, q->ip.daddr);
	}
	sb_printf(sb, " to %s ", v->code == ICMP_REDIR_NET || v->code == ICMP_REDIR_NETTOS ?
		  "net" : "host");
	sb_inet_addr(sb, v->gateway);
}

static void put_icmp_error(struct strbuf *sb, const struct icmp_view *v,
			   const struct icmp_quote *q)
{
	switch (v->type) {
	case ICMP_DEST_UNREACH:
		put_unreach(sb, v, q);
		return;
	case ICMP_TIME_EXCEEDED:
		if (v->code == ICMP_EXC_TTL)
			sb_puts(sb, "time exceeded in-transit");
		else if (v->code == ICMP_EXC_FRAGTIME)
			sb_puts(sb, "ip reassembly time exceeded");
		else
			sb_printf(sb, "time exceeded-#%u", v->code);
		return;
	case ICMP_PARAMETERPROB:
		if (v->code)
			sb_printf(sb, "parameter problem - code %u", v->code);
		else
			sb_printf(sb, "parameter problem - octet %u", v->pointer);
		return;
	case ICMP_REDIRECT:
		put_redirect(sb, v, q);
		return;
	}
	sb_puts(sb, "source quench");
}

/* The packet in a quote: who to whom, and for TCP which byte. */
static void put_quote(struct strbuf *sb, const struct icmp_quote *q)
{
	const struct tcphdr *th = (const void *)q->l4;
	struct dissect_ip ip = dissect_of_ipv4(&q->ip);

	sb_puts(sb, " (IP ");
	if (q->has_ports)
		dissect_put_ports(sb, &ip, be16_to_cpu(q->sport), be16_to_cpu(q->dport));
	else
		dissect_put_addrs(sb, &ip);
	sb_puts(sb, dissect_proto_name(q->ip.protocol));
	if (q->has_ports && q->ip.protocol == IP_PROTO_TCP && q->l4_len >= 8)
		sb_printf(sb, ", seq %u", be32_to_cpu(th->seq));
	sb_printf(sb, ", length %u)", q->ip.tot_len);
}

static const char *icmp_query_name(u8 type)
{
	switch (type) {
	case ICMP_ECHO:
		return "echo request";
	case ICMP_ECHOREPLY:
		return "echo reply";
	case ICMP_TIMESTAMP:
		return "time stamp query";
	case ICMP_TIMESTAMPREPLY:
		return "time stamp reply";
	case ICMP_ADDRESS:
		return "address mask request";
	case ICMP_ADDRESSREPLY:
		return "address mask reply";
	}
	return NULL;
}

void dissect_put_icmp(struct strbuf *sb, const struct dissect_ip *ip, const u8 *p, size_t len)
{
	struct icmp_quote quote;
	struct icmp_view v;
	bool has_quote;

	dissect_put_addrs(sb, ip);
	if (icmp_parse_hdr(p, len, &v)) {
		sb_puts(sb, "[|icmp]");
		return;
	}
	sb_puts(sb, "ICMP ");
	if (icmp_is_error(v.type)) {
		has_quote = !icmp_parse_quote(v.data, v.data_len, &quote);
		put_icmp_error(sb, &v, has_quote ? &quote : NULL);
		sb_printf(sb, ", length %zu", ip->payload);
		if (has_quote && ip->verbose)
			put_quote(sb, &quote);
		return;
	}
	if (icmp_query_name(v.type))
		sb_printf(sb, "%s, id %u, seq %u", icmp_query_name(v.type), v.id, v.sequence);
	else if (v.type == ICMP_ROUTER_ADVERT || v.type == ICMP_ROUTER_SOLICIT)
		sb_printf(sb, "router %s", v.type == ICMP_ROUTER_ADVERT ? "advertisement" :
								       "solicitation");
	else
		sb_printf(sb, "type-#%u", v.type);
	sb_printf(sb, ", length %zu", ip->payload);
}
