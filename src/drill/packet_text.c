/* SPDX-License-Identifier: MIT */
/* Packets as text, and compared. */
#include "base/fmt.h"
#include "drill/sign.h"

/* ---- text ---- */

static void print_flags(const struct packet *p, struct strbuf *sb)
{
	static const char letters[] = "FSRP.UEW";
	size_t from = sb->len;

	for (unsigned i = 0; i < 8; i++)
		if (p->flags & BIT(i))
			sb_putc(sb, letters[i]);
	if (p->res & 1)
		sb_putc(sb, 'A');
	if (sb->len == from)
		sb_putc(sb, '-');
}

static void print_number(struct strbuf *sb, const struct tcp_opt *o, unsigned i)
{
	if (o->any & BIT(i))
		sb_putc(sb, '*');
	else
		sb_printf(sb, "%u", o->v[i]);
}

/* ECN e1b 1 ceb 0 e0b 1: the first one tells the kind. */
static void print_accecn(const struct tcp_opt *o, struct strbuf *sb)
{
	static const char *const names[] = { "e0b", "ceb", "e1b" };

	sb_puts(sb, "ECN");
	for (unsigned i = 0; i < o->n; i++) {
		sb_printf(sb, " %s ", names[o->kind == OPT_ACCECN0 ? i : 2 - i]);
		print_number(sb, o, i);
	}
}

static void print_key(const struct tcp_opt *o, struct strbuf *sb)
{
	static const char *const algs[] = { "", "sha256 ", "cmac " };

	sb_puts(sb, algs[o->key->alg]);
	if (o->kind == OPT_AO && o->n != SIGN_AO_LEN)
		sb_printf(sb, "maclen %u ", o->n);
	sb_printf(sb, "%s\"%s\"", o->key->exclude_options ? "exclude_options " : "",
		  o->key->secret);
}

static void print_option(const struct tcp_opt *o, struct strbuf *sb)
{
	static const char *const names[] = { [OPT_EOL] = "eol", [OPT_NOP] = "nop",
					     [OPT_MSS] = "mss ", [OPT_WSCALE] = "wscale ",
					     [OPT_SACKOK] = "sackOK", [OPT_SACK] = "sack",
					     [OPT_TS] = "TS val " };

	if (o->kind == OPT_ACCECN0 || o->kind == OPT_ACCECN1) {
		print_accecn(o, sb);
		return;
	}
	if (o->kind < ARRAY_SIZE(names) && names[o->kind])
		sb_puts(sb, names[o->kind]);
	else if (o->kind == OPT_AO)
		sb_printf(sb, "ao %u %u ", o->v[0], o->v[1]);
	else if (o->kind == OPT_FO || o->kind == OPT_EXP || o->kind == OPT_MD5)
		sb_puts(sb, o->kind == OPT_FO ? "FO " : o->kind == OPT_MD5 ? "md5 " : "FOEXP ");
	else
		sb_printf(sb, "kind %u ", o->kind);
	if (o->kind == OPT_MSS || o->kind == OPT_WSCALE || o->kind == OPT_TS)
		print_number(sb, o, 0);
	if (o->kind == OPT_TS) {
		sb_puts(sb, " ecr ");
		print_number(sb, o, 1);
	}
	for (unsigned i = 0; o->kind == OPT_SACK && i < o->n; i++) {
		sb_putc(sb, ' ');
		print_number(sb, o, i * 2);
		sb_putc(sb, ':');
		print_number(sb, o, i * 2 + 1);
	}
	if (opt_any_mac(o))
		sb_putc(sb, '*');
	if (o->key)
		print_key(o, sb);
	for (unsigned i = 0; o->kind != OPT_SACK && !o->key && i < o->n; i++)
		sb_printf(sb, "%02x", o->bytes[i]);
}

static void print_options(const struct packet *p, struct strbuf *sb)
{
	if (p->has & ANY_OPTIONS)
		sb_puts(sb, " <...>");
	if (!p->n_opts)
		return;
	for (unsigned i = 0; i < p->n_opts; i++) {
		sb_puts(sb, i ? "," : " <");
		print_option(&p->opts[i], sb);
	}
	sb_putc(sb, '>');
}

static void print_ip(const struct packet *p, struct strbuf *sb)
{
	static const char *const ecn[] = { "noecn", "ect1", "ect0", "ce" };
	const char *before = "[";

	if (p->has & HAS_ECN) {
		sb_printf(sb, "%s%s", before, p->has & ANY_ECT ? "ect01" : ecn[p->ecn & 3]);
		before = ", ";
	}
	if (p->has & HAS_TOS) {
		sb_printf(sb, "%stos %#x", before, p->tos);
		before = ", ";
	}
	if (p->has & HAS_TTL) {
		sb_printf(sb, "%sttl %u", before, p->ttl);
		before = ", ";
	}
	if (p->has & HAS_FLOW)
		sb_printf(sb, "%sflowlabel %#x", before, p->flow);
	if (p->has & HAS_FLOW)
		before = ", ";
	if (p->has & HAS_DF) {
		sb_printf(sb, "%s%s", before, p->df ? "df" : "nodf");
		before = ", ";
	}
	if (p->has & NEW_IP_ID)
		sb_printf(sb, "%snewid", before);
	if (p->has & (HAS_ECN | HAS_TOS | HAS_TTL | HAS_FLOW | HAS_DF | NEW_IP_ID))
		sb_puts(sb, "] ");
}

static void print_ports(const struct packet *p, struct strbuf *sb)
{
	if (p->has & HAS_PORTS)
		sb_printf(sb, "%u>%u ", p->sport, p->dport);
}

static void print_icmp(const struct packet *p, struct strbuf *sb)
{
	const struct icmp_name *n = icmp_names;
	bool v6 = p->protocol == IP_PROTO_ICMPV6;

	while (n->type && ((v6 ? n->v6.type : n->v4.type) != p->icmp_type ||
			   (v6 ? n->v6.code : n->v4.code) != p->icmp_code))
		n++;
	if (n->type)
		sb_printf(sb, "icmp %s%s%s", n->type, n->code[0] ? " " : "", n->code);
	else
		sb_printf(sb, "icmp type %u code %u", p->icmp_type, p->icmp_code);
	if (p->icmp_mtu)
		sb_printf(sb, " mtu %u", p->icmp_mtu);
	if (p->has & HAS_ID)
		sb_printf(sb, " id %u", p->icmp_id);
	if (p->quoted == IP_PROTO_TCP)
		sb_printf(sb, " [%u:%u(%u)]", p->quoted_seq, p->quoted_seq + p->quoted_len,
			  p->quoted_len);
	else if (p->quoted == IP_PROTO_UDP)
		sb_printf(sb, " [udp (%u)]", p->quoted_len);
}

void packet_print(const struct packet *p, struct strbuf *sb)
{
	print_ip(p, sb);
	if (p->protocol == IP_PROTO_UDP) {
		sb_puts(sb, "udp ");
		print_ports(p, sb);
		sb_printf(sb, "(%u)", p->len);
		return;
	}
	if (packet_is_icmp(p)) {
		print_icmp(p, sb);
		return;
	}
	print_ports(p, sb);
	print_flags(p, sb);
	sb_printf(sb, " %u:%u(%u)", p->seq, p->seq + p->len, p->len);
	if (p->has & HAS_ACK)
		sb_printf(sb, " ack %u", p->ack);
	if (p->has & HAS_WIN)
		sb_printf(sb, " win %u", p->win);
	if (p->has & HAS_URG)
		sb_printf(sb, " urg %u", p->urg);
	print_options(p, sb);
}

/* ---- comparison ---- */

static bool differs(struct strbuf *why, const char *what, u64 got, u64 want)
{
	if (got == want)
		return false;
	sb_printf(why, "%s is %llu, not %llu", what, (unsigned long long)got,
		  (unsigned long long)want);
	return true;
}

static bool match_option(const struct tcp_opt *want, const struct tcp_opt *got)
{
	bool any_mac = opt_any_mac(want);
	unsigned n = want->kind == OPT_TS || want->kind == OPT_AO ? 2 :
		     want->kind == OPT_SACK ? want->n * 2u :
		     want->kind == OPT_ACCECN0 || want->kind == OPT_ACCECN1 ? want->n : 1;

	if (want->kind != got->kind || (want->n != got->n && !any_mac))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!(want->any & BIT(i)) && want->v[i] != got->v[i])
			return false;
	if (want->key)
		return got->key == want->key;
	return any_mac || !memcmp(want->bytes, got->bytes, sizeof(got->bytes));
}

static bool match_options(const struct packet *want, const struct packet *got, struct strbuf *why)
{
	unsigned i = 0;

	if (want->has & ANY_OPTIONS)
		return true;
	while (i < want->n_opts && i < got->n_opts && match_option(&want->opts[i], &got->opts[i]))
		i++;
	if (i == want->n_opts && i == got->n_opts)
		return true;
	if (i < got->n_opts) {
		sb_puts(why, "option ");
		print_option(&got->opts[i], why);
		sb_puts(why, i < want->n_opts ? " instead of " : " is too many");
	} else {
		sb_puts(why, "missing option ");
	}
	if (i < want->n_opts)
		print_option(&want->opts[i], why);
	return false;
}

static bool match_ip(const struct packet *want, const struct packet *got, struct strbuf *why)
{
	bool ect = want->has & ANY_ECT && (got->ecn == 1 || got->ecn == 2);

	return !((want->has & HAS_ECN && !ect &&
		  differs(why, "the ECN field", got->ecn, want->ecn)) ||
		 (want->has & HAS_TOS && differs(why, "tos", got->tos, want->tos)) ||
		 (want->has & HAS_TTL && differs(why, "ttl", got->ttl, want->ttl)) ||
		 (want->has & HAS_FLOW && differs(why, "flowlabel", got->flow, want->flow)) ||
		 (want->has & HAS_DF && differs(why, "df", got->df, want->df)));
}

static bool match_flags(const struct packet *want, const struct packet *got, struct strbuf *why)
{
	if (want->flags == got->flags && want->res == got->res)
		return true;
	sb_puts(why, "the flags are ");
	print_flags(got, why);
	sb_puts(why, ", not ");
	print_flags(want, why);
	return false;
}

static bool match_tcp(const struct packet *want, const struct packet *got, struct strbuf *why)
{
	return match_flags(want, got, why) &&
	       !differs(why, "the first sequence number", got->seq, want->seq) &&
	       !differs(why, "the length", got->len, want->len) &&
	       !(want->has & HAS_ACK && differs(why, "ack", got->ack, want->ack)) &&
	       !(want->has & HAS_WIN && differs(why, "win", got->win, want->win)) &&
	       !(want->has & HAS_URG && differs(why, "urg", got->urg, want->urg)) &&
	       match_options(want, got, why);
}

static bool match_icmp(const struct packet *want, const struct packet *got, struct strbuf *why)
{
	if (differs(why, "the ICMP type", got->icmp_type, want->icmp_type) ||
	    differs(why, "the ICMP code", got->icmp_code, want->icmp_code) ||
	    (want->icmp_mtu && differs(why, "mtu", got->icmp_mtu, want->icmp_mtu)) ||
	    (want->has & HAS_ID && differs(why, "id", got->icmp_id, want->icmp_id)))
		return false;
	return !want->quoted ||
	       (!differs(why, "the protocol of what is quoted", got->quoted, want->quoted) &&
		!differs(why, "the length of what is quoted", got->quoted_len, want->quoted_len));
}

bool packet_match(const struct packet *want, const struct packet *got, struct strbuf *why)
{
	if (differs(why, "the protocol", got->protocol, want->protocol) ||
	    !match_ip(want, got, why))
		return false;
	if (want->protocol == IP_PROTO_TCP)
		return match_tcp(want, got, why);
	if (packet_is_icmp(want))
		return match_icmp(want, got, why);
	return !differs(why, "the length", got->len, want->len);
}
