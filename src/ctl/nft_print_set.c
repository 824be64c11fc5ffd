/* SPDX-License-Identifier: MIT */
/* Lists: values, what is asked of a packet, sets. */
#include "ctl/nft_print.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nft_set_concat.h"

void nft_print_comment(struct strbuf *out, const char *comment)
{
	if (comment)
		sb_printf(out, " comment \"%s\"", comment);
}

/* ---- values ---- */

/* The prefix length when [a, b] is one, else -1. */
static int prefix_of(const u8 *a, const u8 *b, u32 len)
{
	u32 bits = 0;

	while (bits < len * 8 && !((a[bits / 8] ^ b[bits / 8]) & (0x80 >> bits % 8)))
		bits++;
	for (u32 i = bits; i < len * 8; i++)
		if (a[i / 8] & (0x80 >> i % 8) || !(b[i / 8] & (0x80 >> i % 8)))
			return -1;
	return (int)bits;
}

void nft_print_value(struct nft_parser *p, u8 type, const u8 *v, u32 len)
{
	nft_value_print(p->net, p->out, type, v, len);
}

void nft_print_prefix(struct nft_parser *p, u8 type, const u8 *a, u32 len, u32 plen)
{
	if (type == NFT_TYPE_IFNAME) {
		sb_printf(p->out, "\"%.*s*\"", (int)(plen / 8), (const char *)a);
		return;
	}
	nft_print_value(p, type, a, len);
	sb_printf(p->out, "/%u", plen);
}

void nft_print_range(struct nft_parser *p, u8 type, const u8 *a, const u8 *b, u32 len)
{
	int plen = type == NFT_TYPE_IPV4 || type == NFT_TYPE_IPV6 || type == NFT_TYPE_IFNAME ?
		   prefix_of(a, b, len) : -1;

	if (!memcmp(a, b, len)) {
		nft_print_value(p, type, a, len);
	} else if (plen >= 0) {
		nft_print_prefix(p, type, a, len, (u32)plen);
	} else {
		nft_number_print(p->net, p->out, type, a, len);
		sb_putc(p->out, '-');
		nft_number_print(p->net, p->out, type, b, len);
	}
}

void nft_print_concat(struct nft_parser *p, const u8 *type, const u8 *len, u32 n, const u8 *v)
{
	for (u32 i = 0; i < n; i++) {
		if (i)
			sb_puts(p->out, " . ");
		nft_print_value(p, type[i], v, len[i]);
		v += round_up(len[i], 4);
	}
}

static void print_fib(struct nft_parser *p, const struct nft_field *f)
{
	static const struct { u8 bit; char word[8]; } by[] = {
		{ NFT_FIB_SADDR, "saddr" }, { NFT_FIB_DADDR, "daddr" }, { NFT_FIB_MARK, "mark" },
		{ NFT_FIB_IIF, "iif" }, { NFT_FIB_OIF, "oif" },
	};
	const char *sep = "fib ";

	for (size_t i = 0; i < ARRAY_SIZE(by); i++)
		if (f->fib & by[i].bit) {
			sb_printf(p->out, "%s%s", sep, by[i].word);
			sep = " . ";
		}
	sb_puts(p->out, f->sel->at == NFT_FIB_ADDRTYPE ? " type" :
			f->sel->at == NFT_FIB_OIFNAME ? " oifname" : " oif");
}

static void print_generator(struct nft_parser *p, const struct nft_field *f)
{
	if (f->sel->base == NFT_BASE_NUMGEN)
		sb_puts(p->out, f->inc ? "numgen inc" : "numgen random");
	for (u32 i = 0; i < f->hashed_n; i++)
		sb_printf(p->out, "%s %s", i ? " ." : "jhash", nft_selectors[f->hashed[i]].text);
	sb_printf(p->out, " mod %u", f->mod);
	if (f->seeded)
		sb_printf(p->out, " seed 0x%x", f->seed);
	if (f->offset)
		sb_printf(p->out, " offset %u", f->offset);
}

void nft_print_fields(struct nft_parser *p, const struct nft_key *key)
{
	for (u32 i = 0; i < key->n; i++) {
		const struct nft_field *f = &key->field[i];

		if (i)
			sb_puts(p->out, " . ");
		if (f->sel->base == NFT_BASE_FIB)
			print_fib(p, f);
		else if (f->mod)
			print_generator(p, f);
		else if (f->sel->base == NFT_BASE_RAW)
			sb_printf(p->out, "%s,%u,%u", f->sel->text, f->raw_at, f->raw_bits);
		else
			sb_puts(p->out, f->sel->text);
	}
}

/* What is done with a field's bits: (it & mask) ^ xor, as nft says it. */
static void print_binops(struct nft_parser *p, const struct nft_key *key)
{
	u8 part[3][NFT_VALUE_MAX], type = key->field[0].sel->type;
	bool used[3] = { false };

	for (u32 i = 0; i < key->len; i++) {
		part[2][i] = key->xor[i] & (u8)~key->mask[i];		/* | */
		part[1][i] = key->xor[i] & key->mask[i];		/* ^ */
		part[0][i] = key->mask[i] | part[2][i];			/* & */
		used[0] |= part[0][i] != 0xff;
		used[1] |= part[1][i] != 0;
		used[2] |= part[2][i] != 0;
	}
	for (u32 i = 0; i < 3; i++) {
		if (!used[i])
			continue;
		sb_printf(p->out, " %c ", "&^|"[i]);
		nft_print_value(p, type, part[i], key->len);
	}
}

void nft_print_key(struct nft_parser *p, const struct nft_key *key)
{
	nft_print_fields(p, key);
	if (key->masked)
		print_binops(p, key);
}

/* ---- sets ---- */

void nft_print_verdict(struct nft_parser *p, const struct nft_verdict *v)
{
	static const char names[][12] = {
		[NFT_CONTINUE] = "continue", [NFT_BREAK] = "break", [NFT_ACCEPT] = "accept",
		[NFT_DROP] = "drop", [NFT_JUMP] = "jump", [NFT_GOTO] = "goto",
		[NFT_RETURN] = "return",
	};

	sb_puts(p->out, names[v->code]);
	if (v->chain)
		sb_printf(p->out, " %s", v->chain->name);
}

static void print_box(struct nft_parser *p, const struct nft_set *s, const struct nft_elem *e)
{
	u32 at = 0;

	for (u32 i = 0; i < s->types; i++) {
		if (i)
			sb_puts(p->out, " . ");
		nft_print_range(p, s->type[i], nft_elem_key(e) + at, nft_elem_end(s, e) + at,
				s->flen[i]);
		at += (u32)round_up(s->flen[i], 4);
	}
}

static void print_elem_state(struct nft_parser *p, const struct nft_set *s,
			     const struct nft_elem *e)
{
	if (s->flags & NFT_SET_COUNTERS && !(p->how & NFT_RUN_STATELESS))
		sb_printf(p->out, " counter packets %llu bytes %llu",
			  (unsigned long long)e->packets, (unsigned long long)e->bytes);
	nft_print_stats(p, &e->stats, " ", true);
	if (e->timeout) {
		sb_puts(p->out, " timeout ");
		nft_time_print(p->out, e->timeout);
	}
	if (e->expires != KTIME_MAX && !(p->how & NFT_RUN_STATELESS)) {
		sb_puts(p->out, " expires ");
		nft_time_print(p->out, e->expires > p->net->now ? e->expires - p->net->now : 0);
	}
}

static void print_elem(struct nft_parser *p, const struct nft_set *s, const struct nft_elem *e,
		       const struct nft_elem *last)
{
	if (e->catchall)
		sb_putc(p->out, '*');
	else if (nft_set_is_concat(s))
		print_box(p, s, e);
	else if (s->flags & NFT_SET_INTERVAL)
		nft_print_range(p, s->type[0], nft_elem_key(e), nft_elem_end(s, last), s->klen);
	else if (s->types > 1)
		nft_print_concat(p, s->type, s->flen, s->types, nft_elem_key(e));
	else
		nft_print_value(p, s->type[0], nft_elem_key(e), s->klen);
	print_elem_state(p, s, e);
	nft_print_comment(p->out, e->comment);
	if (!(s->flags & NFT_SET_MAP))
		return;
	sb_puts(p->out, " : ");
	if (s->flags & NFT_SET_VERDICTS)
		nft_print_verdict(p, &e->verdict);
	else if (s->flags & NFT_SET_OBJECTS)
		sb_printf(p->out, "\"%s\"", e->obj->name);
	else if (s->flags & NFT_SET_DATA_INTERVAL)
		nft_print_range(p, s->data_type[0], nft_elem_data(s, e), nft_elem_data_end(s, e),
				s->dlen);
	else if (s->data_types > 1)
		nft_print_concat(p, s->data_type,
				 (const u8[]){ nft_type_len(s->data_type[0]), 2 }, 2,
				 nft_elem_data(s, e));
	else
		nft_print_value(p, s->data_type[0], nft_elem_data(s, e), s->dlen);
}

/* "{ a, b }"; in: what a line that goes on begins with, or NULL for one line. */
static void print_elements(struct nft_parser *p, struct nft_set *s, const char *in)
{
	u32 in_line = s->types > 1 ? 1 : nft_type_in_line(s->type[0]);
	const char *sep = "";
	u32 n = 0, shown = 0, i;
	struct nft_elem **v = NULL;

	sb_puts(p->out, "{ ");
	if (!(s->flags & NFT_SET_INTERVAL) || nft_set_is_concat(s)) {
		v = nft_set_sorted(p->net, s, &n);
	} else {
		n = s->nsorted;
	}
	for (i = 0; i < n; i++) {
		const struct nft_elem *e = v ? v[i] : s->sorted[i].lo;

		if (e->expires <= p->net->now)
			continue;
		sb_puts(p->out, sep);
		print_elem(p, s, e, v ? e : s->sorted[i].hi);
		sep = in && ++shown % in_line == 0 ? in : ", ";
	}
	if (v)
		mem_free(&p->net->mem, v, (s->hash.count + 1) * sizeof(struct nft_elem *));
	if (s->catchall) {
		sb_puts(p->out, sep);
		print_elem(p, s, s->catchall, NULL);
	}
	sb_puts(p->out, " }");
}

void nft_print_set_ref(struct nft_parser *p, struct nft_set *s)
{
	if (s->flags & NFT_SET_ANONYMOUS)
		print_elements(p, s, NULL);
	else
		sb_printf(p->out, "@%s", s->name);
}

static void print_types(struct nft_parser *p, const u8 *type, u32 n)
{
	for (u32 i = 0; i < n; i++)
		sb_printf(p->out, "%s%s", i ? " . " : "", nft_type_name(type[i]));
}

static void print_set_type(struct nft_parser *p, const struct nft_set *s)
{
	bool typeof_ = s->sel[0];

	sb_puts(p->out, typeof_ ? "\t\ttypeof " : "\t\ttype ");
	for (u32 i = 0; typeof_ && i < s->types; i++)
		sb_printf(p->out, "%s%s", i ? " . " : "", s->sel[i]->text);
	if (!typeof_)
		print_types(p, s->type, s->types);
	if (s->flags & NFT_SET_MAP) {
		sb_puts(p->out, " : ");
		if (s->flags & NFT_SET_DATA_INTERVAL)
			sb_puts(p->out, "interval ");
		if (s->flags & NFT_SET_VERDICTS)
			sb_puts(p->out, "verdict");
		else if (s->flags & NFT_SET_OBJECTS)
			sb_puts(p->out, nft_obj_word(s->objects));
		else if (typeof_)
			sb_puts(p->out, s->data_sel->text);
		else
			print_types(p, s->data_type, s->data_types);
	}
	sb_putc(p->out, '\n');
}

static void print_set_flags(struct nft_parser *p, const struct nft_set *s)
{
	static const struct { u16 flag; char name[12]; } flags[] = {
		{ NFT_SET_CONSTANT, "constant" }, { NFT_SET_DYNAMIC, "dynamic" },
		{ NFT_SET_INTERVAL, "interval" }, { NFT_SET_TIMEOUT, "timeout" },
	};
	const char *sep = "\t\tflags ";

	/* A time that all elements have says it, too. */
	if (s->timeout &&
	    !(s->flags & (NFT_SET_CONSTANT | NFT_SET_DYNAMIC | NFT_SET_INTERVAL)))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!(s->flags & flags[i].flag))
			continue;
		sb_printf(p->out, "%s%s", sep, flags[i].name);
		sep = ",";
	}
	if (*sep == ',')
		sb_putc(p->out, '\n');
}

static void set_body(struct nft_parser *p, struct nft_set *s)
{
	print_set_type(p, s);
	if (s->size)
		sb_printf(p->out, "\t\tsize %u\n", s->size);
	print_set_flags(p, s);
	if (s->flags & NFT_SET_COUNTERS)
		sb_puts(p->out, "\t\tcounter\n");
	if (s->stats.n) {
		nft_print_stats(p, &s->stats, "\t\t", false);
		sb_putc(p->out, '\n');
	}
	if (s->timeout) {
		sb_puts(p->out, "\t\ttimeout ");
		nft_time_print(p->out, s->timeout);
		sb_putc(p->out, '\n');
	}
	if (s->gc_interval) {
		sb_puts(p->out, "\t\tgc-interval ");
		nft_time_print(p->out, s->gc_interval);
		sb_putc(p->out, '\n');
	}
	if (s->flags & NFT_SET_AUTOMERGE)
		sb_puts(p->out, "\t\tauto-merge\n");
	if (s->comment)
		sb_printf(p->out, "\t\tcomment \"%s\"\n", s->comment);
	if ((s->hash.count || s->catchall) && !(p->how & NFT_RUN_TERSE)) {
		sb_puts(p->out, "\t\telements = ");
		print_elements(p, s, ",\n\t\t\t     ");
		sb_putc(p->out, '\n');
	}
}

void nft_print_handle(struct nft_parser *p, u64 handle)
{
	if (p->how & NFT_RUN_HANDLES)
		sb_printf(p->out, " # handle %llu", (unsigned long long)handle);
}

void nft_print_set_in(struct nft_parser *p, struct nft_set *s)
{
	sb_printf(p->out, "\t%s %s {", s->meter ? "meter" : s->flags & NFT_SET_MAP ? "map" : "set",
		  s->name);
	nft_print_handle(p, s->handle);
	sb_putc(p->out, '\n');
	set_body(p, s);
	sb_puts(p->out, "\t}\n");
}
