/* SPDX-License-Identifier: MIT */
/* Flowtables, and the statement that gives connections to them. */
#include "ctl/nft_parse.h"

struct flowtable_said {
	bool hooked, counter;
	s32 priority;
	struct nft_device_names devices;
};

/* "hook ingress priority filter" */
static bool parse_hook(struct nft_parser *p, struct flowtable_said *s)
{
	if (!nft_accept_word(p, "ingress"))
		return nft_error(p, "flowtables stand at hook ingress");
	s->hooked = true;
	return nft_expect_word(p, "priority") &&
	       nft_parse_priority(p, NF_NETDEV_INGRESS, &s->priority);
}

static bool parse_line(struct nft_parser *p, struct flowtable_said *s)
{
	if (nft_accept_word(p, "hook"))
		return parse_hook(p, s);
	if (nft_is_word(p, "devices"))
		return nft_parse_device_list(p, &s->devices);
	if (nft_accept_word(p, "counter"))
		return s->counter = true;
	if (nft_is_word(p, "flags"))
		return nft_error(p, "flags offload is not supported: there is no device that keeps "
				 "flows");
	return nft_unexpected(p, "hook, devices, counter or \"}\"");
}

static bool parse_block(struct nft_parser *p, struct flowtable_said *s)
{
	if (!nft_expect(p, "{"))
		return false;
	for (nft_skip_lines(p); !nft_is(p, "}"); nft_skip_lines(p)) {
		if (nft_tok(p)->kind == NFT_TOK_END)
			return nft_unexpected(p, "\"}\"");
		if (!parse_line(p, s))
			return false;
		if (!nft_at_end(p))
			return nft_unexpected(p, "the end of the line");
	}
	return nft_expect(p, "}");
}

static bool added(struct nft_parser *p, const struct nft_tok *at, const struct flowtable_said *s,
		  int err, u32 which)
{
	switch (err) {
	case 0:
		return true;
	case -EEXIST:
		return nft_error_at(p, at, "another flowtable of the table stands at device "
				    "\"%s\"", s->devices.name[which]);
	case -EINVAL:
		return nft_error_at(p, at, "the flowtable exists with another priority");
	case -E2BIG:
		return nft_error_at(p, at, "at most %d devices", NFT_DEVICES_MAX);
	default:
		return nft_nomem(p);
	}
}

bool nft_parse_flowtable(struct nft_parser *p, struct nft_table *t, bool create)
{
	struct flowtable_said said = { 0 };
	struct nft_tok at = *nft_tok(p);
	const struct nft_flowtable *f;
	struct nft_base_chain base;
	char name[NFT_NAME_MAX];
	u32 which = 0;
	int err;

	if (t->family == NFT_NETDEV)
		return nft_error(p, "flowtables are of tables inet, ip and ip6");
	if (!nft_name(p, "a flowtable's name", name) || !parse_block(p, &said))
		return false;
	f = nft_flowtable_find(t, name);
	if (f && create)
		return nft_error_at(p, &at, "it exists");
	if (!f && !said.hooked)
		return nft_error_at(p, &at, "missing hook and priority in flowtable declaration");
	base = (struct nft_base_chain){
		.priority = f && !said.hooked ? f->priority : said.priority,
		.devices = said.devices.name, .ndevices = said.devices.n,
	};
	err = nft_flowtable_add(t, name, &base, said.counter, &which);
	return added(p, &at, &said, err, which);
}

/* ---- commands ---- */

/* "inet t f", read; or "inet t handle 4". */
static struct nft_flowtable *find_flowtable(struct nft_parser *p)
{
	struct nft_table *t = nft_find_table(p, true);
	struct nft_flowtable *f, *found = NULL;
	u64 handle;

	if (!t)
		return NULL;
	if (nft_accept_word(p, "handle")) {
		if (!nft_number(p, "a handle", UINT64_MAX, &handle))
			return NULL;
		list_for_each_entry(f, &t->flowtables, list)
			if (f->handle == handle)
				found = f;
		if (!found)
			nft_error(p, "no such flowtable in table %s", t->name);
		return found;
	}
	if (nft_tok(p)->kind != NFT_TOK_WORD) {
		nft_unexpected(p, "a flowtable's name");
		return NULL;
	}
	found = nft_flowtable_find(t, nft_tok(p)->text);
	if (found)
		nft_next(p);
	else
		nft_error(p, "no such flowtable \"%s\" in table %s", nft_tok(p)->text, t->name);
	return found;
}

bool nft_delete_flowtable(struct nft_parser *p)
{
	struct nft_tok at = *nft_tok(p);
	struct nft_flowtable *f = find_flowtable(p);
	struct flowtable_said said = { 0 };
	u32 which = 0;
	int err;

	if (!f)
		return false;
	if (nft_is(p, "{")) {
		if (!parse_block(p, &said))
			return false;
		err = nft_flowtable_del_devices(f, said.devices.name, said.devices.n, &which);
		if (err == -ENOENT)
			return nft_error_at(p, &at, "the flowtable does not stand at device \"%s\"",
					    said.devices.name[which]);
		return !err || nft_nomem(p);
	}
	err = nft_flowtable_del(f);
	if (err == -EBUSY)
		return nft_error_at(p, &at, "a rule refers to it");
	return !err || nft_nomem(p);
}

bool nft_list_flowtable(struct nft_parser *p)
{
	const struct nft_flowtable *f = find_flowtable(p);

	if (f)
		nft_print_flowtables(p, f->table, f);
	return f;
}

bool nft_list_flowtables(struct nft_parser *p)
{
	const struct nft_table *t;
	u8 family = nft_accept_family(p);

	list_for_each_entry(t, &p->net->ct->nft->tables, list)
		if (family == NFT_FAMILIES || t->family == family)
			nft_print_flowtables(p, t, NULL);
	return true;
}

/* ---- the statement ---- */

/* "add @f", and, as it was first called, "offload @f" */
bool nft_parse_flow_add(struct nft_parser *p)
{
	struct nft_flowtable *f;
	struct nft_stmt *st;

	if (!nft_accept_word(p, "add") && !nft_accept_word(p, "offload"))
		return nft_unexpected(p, "add");
	if (!nft_expect(p, "@"))
		return false;
	if (nft_tok(p)->kind != NFT_TOK_WORD)
		return nft_unexpected(p, "a flowtable's name");
	f = nft_flowtable_find(p->table, nft_tok(p)->text);
	if (!f)
		return nft_error(p, "no such flowtable \"%s\" in table %s", nft_tok(p)->text,
				 p->table->name);
	st = nft_stmt_add(p, NFT_STMT_FLOW);
	if (!st)
		return false;
	st->flowtable = f;
	nft_next(p);
	return true;
}
