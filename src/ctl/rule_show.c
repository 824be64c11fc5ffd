/* SPDX-License-Identifier: MIT */
#include "ctl/rule_show.h"

#include "ctl/inet6.h"
#include "ctl/rtnames.h"
#include "wire/inet_addr.h"

/* Each item is a word and a value in a line, a key and a value in an object. */

static void item(struct ctl *c, const char *word, const char *key, const char *value)
{
	if (c->json)
		json_str(&c->js, key, value);
	else
		sb_printf(c->out, " %s %s", word, value);
}

static void item_uint(struct ctl *c, const char *word, const char *key, u32 value)
{
	if (c->json)
		json_uint(&c->js, key, value);
	else
		sb_printf(c->out, " %s %u", word, value);
}

static void item_flag(struct ctl *c, const char *text, const char *key)
{
	if (c->json)
		json_nil(&c->js, key);
	else
		sb_printf(c->out, " %s", text);
}

static void item_named(struct ctl *c, const char *word, const char *key,
		       void (*put)(struct strbuf *sb, u8 v), u8 value)
{
	char text[24];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	put(&sb, value);
	item(c, word, key, text);
}

static void item_prefix(struct ctl *c, bool v6, const char *word, const char *key,
			const char *len_key, const be32 *addr, u8 plen)
{
	char text[IP6_PREFIX_STR_MAX];
	struct ip6_addr a6;
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	memcpy(&a6, addr, sizeof(a6));
	if (v6)
		sb_ip6_addr(&sb, &a6);
	else
		sb_inet_addr(&sb, *addr);
	if (plen != (v6 ? 128 : 32) && !c->json)
		sb_printf(&sb, "/%u", plen);
	item(c, word, key, text);
	if (plen != (v6 ? 128 : 32) && c->json)
		json_uint(&c->js, len_key, plen);
}

static void item_hex(struct ctl *c, const char *word, const char *key, u32 v)
{
	char text[16];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	sb_printf(&sb, "%#x", v);
	item(c, word, key, text);
}

static void put_mark(struct ctl *c, const struct fib_rule *r)
{
	if (!r->mark_mask)
		return;
	item_hex(c, "fwmark", "fwmark", r->mark);
	if (r->mark_mask == UINT32_MAX)
		return;
	if (c->json)
		item_hex(c, "", "fwmask", r->mark_mask);
	else
		sb_printf(c->out, "/%#x", r->mark_mask);
}

static void put_tos(struct ctl *c, u8 tos)
{
	char text[8];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	sb_printf(&sb, "0x%02x", tos);
	if (tos)
		item(c, "tos", "tos", text);
}

static void put_dev(struct ctl *c, const char *key, const char *gone_key, const char *name)
{
	if (!name[0])
		return;
	item(c, key, key, name);
	if (!fib_rule_has_device(c->net, name))
		item_flag(c, "[detached]", gone_key);
}

static void put_ports(struct ctl *c, const char *key, const char *start, const char *end,
		      const struct fib_port_range *r)
{
	if (!r->end)
		return;
	if (r->start == r->end) {
		item_uint(c, key, key, r->start);
	} else if (c->json) {
		json_uint(&c->js, start, r->start);
		json_uint(&c->js, end, r->end);
	} else {
		sb_printf(c->out, " %s %u-%u", key, r->start, r->end);
	}
}

static void put_conditions(struct ctl *c, bool v6, const struct fib_rule *r)
{
	if (r->invert && c->json)
		json_nil(&c->js, "not");
	else if (r->invert)
		sb_puts(c->out, " not");
	if (r->src_len)
		item_prefix(c, v6, "from", "src", "srclen", r->src, r->src_len);
	else
		item(c, "from", "src", "all");
	if (r->dst_len)
		item_prefix(c, v6, "to", "dst", "dstlen", r->dst, r->dst_len);
	put_tos(c, r->tos);
	put_mark(c, r);
	put_dev(c, "iif", "iif_detached", r->iif);
	put_dev(c, "oif", "oif_detached", r->oif);
	if (r->ipproto)
		item_named(c, "ipproto", "ipproto", rt_put_ipproto, r->ipproto);
	put_ports(c, "sport", "sport_start", "sport_end", &r->sport);
	put_ports(c, "dport", "dport_start", "dport_end", &r->dport);
}

static void put_refusal(struct ctl *c, u8 action)
{
	const char *name = action == FR_ACT_BLACKHOLE ? "blackhole" :
			   action == FR_ACT_UNREACHABLE ? "unreachable" : "prohibit";

	if (c->json)
		json_str(&c->js, "action", name);
	else
		sb_printf(c->out, " %s", name);
}

static void put_table(struct ctl *c, const struct fib_rule *r)
{
	char text[16];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	rt_put_table(&sb, r->table);
	item(c, "lookup", "table", text);
	if (r->suppress_prefixlen >= 0)
		item_uint(c, "suppress_prefixlength", "suppress_prefixlen",
			  (u32)r->suppress_prefixlen);
}

static void put_action(struct ctl *c, const struct fib_rules *rules, const struct fib_rule *r)
{
	switch (r->action) {
	case FR_ACT_TO_TBL:
		put_table(c, r);
		break;
	case FR_ACT_GOTO:
		item_uint(c, "goto", "goto", r->target);
		if (!fib_rule_resolved(rules, r))
			item_flag(c, "[unresolved]", "unresolved");
		break;
	case FR_ACT_NOP:
		item_flag(c, "nop", "nop");
		break;
	default:
		put_refusal(c, r->action);
	}
	if ((r->protocol && r->protocol != RTPROT_KERNEL && r->protocol != RTPROT_BOOT) ||
	    c->details)
		item_named(c, "proto", "protocol", rt_put_proto, r->protocol);
}

void rule_print(struct ctl *c, const struct fib_rules *rules, const struct fib_rule *r)
{
	size_t at;

	if (c->json) {
		json_object_begin(&c->js, NULL);
		json_uint(&c->js, "priority", r->pref);
	} else {
		sb_printf(c->out, "%u:", r->pref);
	}
	at = c->out->len;
	put_conditions(c, rules->words > 1, r);
	if (!c->json && at < c->out->cap)
		c->out->buf[at] = '\t';		/* instead of the first item's blank */
	put_action(c, rules, r);
	if (c->json)
		json_object_end(&c->js);
	else
		sb_putc(c->out, '\n');
}
