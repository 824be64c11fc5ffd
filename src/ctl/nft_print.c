/* SPDX-License-Identifier: MIT */
/* Lists of the ruleset, in the language in which they can be loaded again. */
#include "ctl/nft_print.h"
#include "ctl/nft_value.h"
#include "net/netfilter/nf_conntrack_helper.h"

static void print_priority(struct nft_parser *p, s32 priority, u8 hook)
{
	static const struct { char name[12]; s32 v; } named[] = {
		{ "raw", -300 }, { "mangle", -150 }, { "dstnat", -100 }, { "filter", 0 },
		{ "security", 50 }, { "srcnat", 100 },
	};
	s32 diff;

	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		diff = priority - named[i].v;
		if (diff < -10 || diff > 10 || !nft_priority_fits(named[i].v, hook))
			continue;
		sb_puts(p->out, named[i].name);
		if (diff)
			sb_printf(p->out, " %c %d", diff < 0 ? '-' : '+', diff < 0 ? -diff : diff);
		return;
	}
	sb_printf(p->out, "%d", priority);
}

static void print_device_list(struct nft_parser *p, const struct nft_devices *d)
{
	for (u32 i = 0; i < d->n; i++)
		sb_printf(p->out, "%s%s%s", i ? ", " : "devices = { ", d->at[i].name,
			  i + 1u == d->n ? " }" : "");
}

static void print_devices(struct nft_parser *p, const struct nft_chain *c)
{
	if (c->devices.n == 1)
		sb_printf(p->out, " device \"%s\"", c->devices.at[0].name);
	if (c->devices.n < 2)
		return;
	sb_putc(p->out, ' ');
	print_device_list(p, &c->devices);
}

static void print_chain_head(struct nft_parser *p, const struct nft_chain *c)
{
	sb_printf(p->out, "\tchain %s {", c->name);
	nft_print_handle(p, c->handle);
	sb_putc(p->out, '\n');
	if (c->comment)
		sb_printf(p->out, "\t\tcomment \"%s\"\n", c->comment);
	if (c->base) {
		sb_printf(p->out, "\t\ttype %s hook %s", nft_chain_type_name(c->type),
			  nft_hook_name(c->hook));
		print_devices(p, c);
		sb_puts(p->out, " priority ");
		print_priority(p, c->priority, c->hook);
		sb_printf(p->out, "; policy %s;\n", c->policy_drop ? "drop" : "accept");
	}
}

static void print_chain_in(struct nft_parser *p, const struct nft_chain *c)
{
	const struct nft_rule *r;

	print_chain_head(p, c);
	list_for_each_entry(r, &c->rules, list) {
		nft_print_rule(p, r);
		nft_print_handle(p, r->handle);
		sb_putc(p->out, '\n');
	}
	sb_puts(p->out, "\t}\n");
}

static void table_head(struct nft_parser *p, const struct nft_table *t)
{
	sb_printf(p->out, "table %s %s {", nft_family_name(t->family), t->name);
	nft_print_handle(p, t->handle);
	sb_putc(p->out, '\n');
}

static void print_helper(struct nft_parser *p, const struct nft_stmt *st)
{
	sb_printf(p->out, "\t\ttype \"%s\" protocol ", st->helper.of->name);
	nft_value_print(p->net, p->out, NFT_TYPE_PROTO, &st->helper.of->protonum, 1);
	sb_printf(p->out, "\n\t\tl3proto %s\n",
		  st->helper.l3 == 4 ? "ip" : st->helper.l3 == 6 ? "ip6" : "inet");
}

static void print_obj_in(struct nft_parser *p, const struct nft_obj *o)
{
	sb_printf(p->out, "\t%s %s {", nft_obj_word(o->stmt.kind), o->name);
	nft_print_handle(p, o->handle);
	sb_putc(p->out, '\n');
	if (o->comment)
		sb_printf(p->out, "\t\tcomment \"%s\"\n", o->comment);
	if (o->stmt.kind == NFT_STMT_CT_HELPER) {
		print_helper(p, &o->stmt);
	} else if (o->stmt.kind != NFT_STMT_COUNTER || !(p->how & NFT_RUN_STATELESS)) {
		sb_puts(p->out, "\t\t");
		nft_print_counted(p, &o->stmt);
		sb_putc(p->out, '\n');
	}
	sb_puts(p->out, "\t}\n");
}

static void print_flowtable_in(struct nft_parser *p, const struct nft_flowtable *f)
{
	sb_printf(p->out, "\tflowtable %s {", f->name);
	nft_print_handle(p, f->handle);
	sb_puts(p->out, "\n\t\thook ingress priority ");
	print_priority(p, f->priority, NF_NETDEV_INGRESS);
	sb_putc(p->out, '\n');
	if (f->devices.n) {
		sb_puts(p->out, "\t\t");
		print_device_list(p, &f->devices);
		sb_putc(p->out, '\n');
	}
	if (f->flows.counter)
		sb_puts(p->out, "\t\tcounter\n");
	sb_puts(p->out, "\t}\n");
}

void nft_print_table(struct nft_parser *p, const struct nft_table *t)
{
	const char *sep = "";
	const struct nft_flowtable *f;
	const struct nft_chain *c;
	const struct nft_obj *o;
	struct nft_set *s;

	table_head(p, t);
	if (t->dormant)
		sb_puts(p->out, "\tflags dormant\n");
	if (t->comment)
		sb_printf(p->out, "\tcomment \"%s\"\n", t->comment);
	if (t->dormant || t->comment)
		sep = "\n";
	list_for_each_entry(o, &t->objs, list) {
		sb_puts(p->out, sep);
		print_obj_in(p, o);
		sep = "\n";
	}
	list_for_each_entry(s, &t->sets, list) {
		sb_puts(p->out, sep);
		nft_print_set_in(p, s);
		sep = "\n";
	}
	list_for_each_entry(f, &t->flowtables, list) {
		sb_puts(p->out, sep);
		print_flowtable_in(p, f);
		sep = "\n";
	}
	list_for_each_entry(c, &t->chains, list) {
		sb_puts(p->out, sep);
		print_chain_in(p, c);
		sep = "\n";
	}
	sb_puts(p->out, "}\n");
}

void nft_print_chain(struct nft_parser *p, const struct nft_chain *c)
{
	table_head(p, c->table);
	print_chain_in(p, c);
	sb_puts(p->out, "}\n");
}

void nft_print_set(struct nft_parser *p, struct nft_set *s)
{
	table_head(p, s->table);
	nft_print_set_in(p, s);
	sb_puts(p->out, "}\n");
}

void nft_print_obj(struct nft_parser *p, const struct nft_obj *o)
{
	table_head(p, o->table);
	print_obj_in(p, o);
	sb_puts(p->out, "}\n");
}

void nft_print_flowtables(struct nft_parser *p, const struct nft_table *t,
			  const struct nft_flowtable *only)
{
	const struct nft_flowtable *f;

	sb_printf(p->out, "table %s %s {\n", nft_family_name(t->family), t->name);
	list_for_each_entry(f, &t->flowtables, list)
		if (!only || f == only)
			print_flowtable_in(p, f);
	sb_puts(p->out, "}\n");
}

static void print_objs(struct nft_parser *p, const struct nft_table *t, u8 kind)
{
	const char *sep = NULL;
	const struct nft_obj *o;

	list_for_each_entry(o, &t->objs, list) {
		if (o->stmt.kind != kind)
			continue;
		if (!sep)
			table_head(p, t);
		else
			sb_puts(p->out, sep);
		print_obj_in(p, o);
		sep = "\n";
	}
	if (sep)
		sb_puts(p->out, "}\n");
}

void nft_print_part(struct nft_parser *p, const struct nft_table *t, enum nft_part part, u8 kind)
{
	const struct nft_chain *c;
	struct nft_set *s;

	if (part == NFT_PART_OBJS) {
		print_objs(p, t, kind);
		return;
	}
	table_head(p, t);
	list_for_each_entry(s, &t->sets, list)
		if ((part == NFT_PART_SETS || part == NFT_PART_MAPS) &&
		    (part == NFT_PART_MAPS) == !!(s->flags & NFT_SET_MAP))
			nft_print_set_in(p, s);
	list_for_each_entry(s, &p->net->ct->nft->meters, list)
		if (part == NFT_PART_METERS && s->table == t)
			nft_print_set_in(p, s);
	list_for_each_entry(c, &t->chains, list) {
		if (part != NFT_PART_CHAINS)
			break;
		print_chain_head(p, c);
		sb_puts(p->out, "\t}\n");
	}
	sb_puts(p->out, "}\n");
}
