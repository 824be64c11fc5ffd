/* SPDX-License-Identifier: MIT */
/* Nodes: what all share (defaults, kinds), then what each says itself. */
#include <stdio.h>

#include "lab/topo_read.h"
#include "wire/ip6_addr.h"
#include "lab/topo_units.h"

#define FRAME_COST_MAX_NS 1000000000
#define NEAR_NODES_MAX 1000

static const char *const kind_names[] = { "host", "switch", "router" };

const char *topo_kind_name(enum topo_kind kind)
{
	return kind_names[kind];
}

/* The kind that the scalar n names. False: reported. */
static bool parse_kind(struct topo_reader *r, const struct ty_node *n, enum topo_kind *kind)
{
	static const char expected[] = "host, switch or router";
	const char *text = tr_text(r, n, expected), *nearest;

	if (!text)
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(kind_names); i++) {
		if (!strcmp(text, kind_names[i])) {
			*kind = (enum topo_kind)i;
			return true;
		}
	}
	nearest = topo_nearest(text, kind_names, ARRAY_SIZE(kind_names));
	tr_error(r, n, "kind is \"%s\"; expected %s%s%s%s", topo_quote(text).s, expected,
		 nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
	return false;
}

static void read_kind(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_node *node = field;

	if (parse_kind(r, n, &node->kind))
		r->has_kind = true;
}

/* An array with room for more behind what it has; NULL: no memory. */
static void *extend(struct topo_reader *r, const void *old, u32 count, u32 more, size_t size)
{
	char *v = topo_alloc_array(&r->topo->arena, (size_t)count + more, size);

	if (v && count)
		memcpy(v, old, count * size);
	return v;
}

static void read_exec(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_node *node = field;
	struct topo_cmd *v;

	if (!tr_is_seq(r, n, "exec", "a list of commands (- ip addr add ...)"))
		return;
	v = extend(r, node->exec, node->exec_count, n->count, sizeof(*v));
	if (!v)
		return;
	node->exec = v;
	for (const struct ty_item *it = n->items; it; it = it->next)
		tr_cmd(r, it->value, false, &v[node->exec_count++]);
}

static void read_dns(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char expected[] = "a list of addresses ([203.0.113.53])";
	static const struct tr_key keys[] = { { "servers", tr_node, 0 } };
	struct topo_node *node = field;
	const struct ty_node *list = n;
	struct ipaddr *v;

	/* containerlab's form: dns: {servers: [...]} */
	if (n->type == TY_MAP && (!tr_map(r, n, "dns", keys, 1, &list) || list == n))
		return;
	if (!tr_is_seq(r, list, "dns", expected))
		return;
	v = extend(r, node->dns, node->dns_count, list->count, sizeof(*v));
	if (!v)
		return;
	node->dns = v;
	for (const struct ty_item *it = list->items; it; it = it->next) {
		const char *text = tr_text(r, it->value, "an address");

		if (text && tr_addr(r, it->value, text, &v[node->dns_count]))
			node->dns_count++;
	}
}

static void add_host(struct topo_reader *r, const struct ty_node *at, struct topo_node *node,
		     const char *name, const struct ipaddr *addr)
{
	if (!tr_is_dns_name(name) || !strcmp(name, ".")) {
		tr_error(r, at, "\"%s\" is no host name; expected letters, digits, '-' and dots",
			 topo_quote(name).s);
		return;
	}
	node->hosts[node->host_count].name = topo_strdup(&r->topo->arena, name);
	node->hosts[node->host_count++].addr = *addr;
}

/* "192.0.2.80 www.server.com www # comment", as hosts(5); room was made for all names. */
static void read_hosts_line(struct topo_reader *r, const struct ty_node *n,
			    struct topo_node *node, const char *line)
{
	static const char blanks[] = " \t\r\n";
	char *copy = topo_memdup(&r->scratch, line, strcspn(line, "#"));
	char *save = NULL, *word = copy ? strtok_r(copy, blanks, &save) : NULL;
	u32 names = 0;
	struct ipaddr addr;

	if (!word || !tr_addr(r, n, word, &addr))
		return;
	for (; (word = strtok_r(NULL, blanks, &save)); names++)
		add_host(r, n, node, word, &addr);
	if (!names)
		tr_error(r, n, "a line of hosts has no name; expected \"192.0.2.80 "
			 "www.server.com\"");
}

/* At most so many names stand in a hosts list: one for every two bytes. */
static u32 names_in_lines(const struct ty_node *n)
{
	u32 names = 0;

	for (const struct ty_item *it = n->items; it; it = it->next)
		names += (u32)(it->value->type == TY_SCALAR ? it->value->len / 2 : 0);
	return names;
}

static void read_hosts(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_node *node = field;
	bool lines = n->type == TY_SEQ;
	struct ipaddr addr;

	if (!(lines ? tr_is_seq(r, n, "hosts", "") : tr_is_map(r, n, "hosts")))
		return;
	node->hosts = extend(r, node->hosts, node->host_count,
			     lines ? names_in_lines(n) : n->count, sizeof(*node->hosts));
	if (!node->hosts) {
		node->host_count = 0;
		return;
	}
	for (const struct ty_item *it = n->items; it; it = it->next) {
		const char *text = tr_text(r, it->value, "an address, or a line of /etc/hosts");

		if (!text)
			continue;
		if (lines)
			read_hosts_line(r, it->value, node, text);
		else if (tr_addr(r, it->value, text, &addr))
			add_host(r, it->key, node, it->key->text, &addr);
	}
}

static void read_ipv6(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_node *node = field;
	bool on;

	if (tr_on_off(r, n, &on))
		node->ipv6 = on ? TOPO_IPV6_ON : TOPO_IPV6_OFF;
}

static void read_dhcp(struct topo_reader *r, const struct ty_node *n, void *field)
{
	tr_on_off(r, n, &((struct topo_node *)field)->dhcp);
}

static void read_frame_cost(struct topo_reader *r, const struct ty_node *n, void *field)
{
	s64 ns = 0;

	tr_duration(r, n, &ns);
	if (ns > FRAME_COST_MAX_NS)
		tr_error(r, n, "frame-cost is \"%s\"; expected at most 1s", topo_quote(n->text).s);
	else
		*(u32 *)field = (u32)ns;
}

static void read_cpu(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const struct tr_key keys[] = {
		{ "frame-cost", read_frame_cost, offsetof(struct topo_node, frame_cost_ns) },
	};

	tr_map(r, n, "cpu", keys, ARRAY_SIZE(keys), field);
}

static void read_services(struct topo_reader *r, const struct ty_node *n, void *field)
{
	tr_services(r, n, field);
}

/* Keys that nodes, defaults: and each of kinds: have; all readers get the node. */
#define SHARED_KEYS \
	{ "kind", read_kind, 0 }, { "exec", read_exec, 0 }, { "hosts", read_hosts, 0 }, \
	{ "dns", read_dns, 0 }, { "dhcp", read_dhcp, 0 }, { "ipv6", read_ipv6, 0 }, \
	{ "cpu", read_cpu, 0 }, \
	{ "image", tr_ignore, 0 }, { "labels", tr_ignore, 0 }, { "mgmt", tr_ignore, 0 }

static bool is_ipv6_word(const char *word)
{
	struct ip6_addr addr;
	u8 plen;

	return strchr(word, ':') && ip6_prefix_parse(word, &addr, &plen);
}

/* "ip -6 route ...", "ip addr add 2001:db8::1/64 ..." */
static bool needs_ipv6(const char *cmd)
{
	char word[IP6_PREFIX_STR_MAX];
	size_t len;

	if (strncmp(cmd, "ip ", 3))
		return false;
	for (; *cmd; cmd += len) {
		cmd += strspn(cmd, " \t");
		len = strcspn(cmd, " \t");
		snprintf(word, sizeof(word), "%.*s", (int)min(len, (size_t)IP6_PREFIX_STR_MAX),
			 cmd);
		if (!strcmp(word, "-6") || is_ipv6_word(word))
			return true;
	}
	return false;
}

bool topo_node_has_ipv6(const struct topo_node *node)
{
	if (node->ipv6 != TOPO_IPV6_BY_USE)
		return node->ipv6 == TOPO_IPV6_ON;
	for (u32 i = 0; i < node->exec_count; i++)
		if (needs_ipv6(node->exec[i].text))
			return true;
	for (u32 i = 0; i < node->service_count; i++)
		if (node->services[i].type == TOPO_SERVICE_RADVD)
			return true;
	return false;
}

static void read_shared(struct topo_reader *r, const struct ty_node *n, const char *what,
			struct topo_node *node)
{
	static const struct tr_key keys[] = { SHARED_KEYS };

	if (n)
		tr_map(r, n, what, keys, ARRAY_SIZE(keys), node);
}

/* The kind is needed before the rest is read: kinds: stand between defaults: and the node. */
static void find_kind(struct topo_reader *r, const struct ty_node *n, struct topo_node *node)
{
	const struct ty_item *it = tr_find(n, "kind");

	r->has_kind = false;
	if (!it && r->defaults)
		it = tr_find(r->defaults, "kind");
	r->key = "kind";
	if (it)
		read_kind(r, it->value, node);
	else if (n->type == TY_MAP || ty_is_null(n))
		tr_error(r, n, "node \"%s\" lacks kind; expected kind: host, switch or router",
			 topo_quote(node->name).s);
}

/* A switch has no address, so nothing that needs one. */
static void check_switch(struct topo_reader *r, const struct ty_node *n)
{
	static const char keys[][10] = { "services", "hosts", "dns", "dhcp" };

	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		for (const struct ty_item *it = n->items; it; it = it->next)
			if (!strcmp(it->key->text, keys[i]))
				tr_error(r, it->key, "a switch has no %s; expected them on a host "
					 "or router", keys[i]);
	}
}

static void read_node(struct topo_reader *r, const struct ty_node *n, struct topo_node *node)
{
	static const struct tr_key keys[] = {
		SHARED_KEYS, { "services", read_services, 0 }, { "actions", tr_later, 0 },
	};
	enum topo_kind kind;
	const struct ty_item *of_kind;
	char what[TOPO_NODE_NAME_MAX + 16];

	find_kind(r, n, node);
	kind = node->kind;
	read_shared(r, r->defaults, "defaults", node);
	of_kind = r->kinds && r->has_kind ? tr_find(r->kinds, kind_names[kind]) : NULL;
	if (of_kind)
		read_shared(r, of_kind->value, "kinds", node);
	snprintf(what, sizeof(what), "node \"%.*s\"", TOPO_NODE_NAME_MAX, node->name);
	if (!ty_is_null(n) && tr_map(r, n, what, keys, ARRAY_SIZE(keys), node) &&
	    kind == TOPO_SWITCH)
		check_switch(r, n);
	node->kind = kind;
}

static bool is_node_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > TOPO_NODE_NAME_MAX || *name == '.' || *name == '-')
		return false;
	for (; *name; name++)
		if (!(*name >= 'a' && *name <= 'z') && !(*name >= 'A' && *name <= 'Z') &&
		    !(*name >= '0' && *name <= '9') && !strchr("-_.", *name))
			return false;
	return true;
}

/* All names first, so that messages about nodes can name them all. */
static bool name_nodes(struct topo_reader *r, const struct ty_node *n)
{
	struct topo *t = r->topo;
	u32 i = 0;

	t->nodes = topo_alloc_array(&t->arena, n->count, sizeof(*t->nodes));
	r->node_maps = topo_alloc_array(&r->scratch, n->count, sizeof(*r->node_maps));
	if (!t->nodes || !r->node_maps || !topo_names_init(&r->nodes, &r->scratch, n->count))
		return false;
	t->node_count = n->count;
	for (const struct ty_item *it = n->items; it; it = it->next, i++) {
		struct topo_node *node = &t->nodes[i];

		node->name = topo_strdup(&t->arena, it->key->text);
		node->pos = (struct topo_pos){ it->key->line, it->key->col };
		r->node_maps[i] = it->value;
		if (!node->name)
			return false;
		if (!is_node_name(node->name) || it->key->len != strlen(node->name))
			tr_error(r, it->key, "\"%s\" is no name for a node; expected up to 63 "
				 "letters, digits, '-', '_', '.'", topo_quote(node->name).s);
		else if (topo_names_add(&r->nodes, node->name, i) != i)
			tr_error(r, it->key, "node \"%s\" stands twice; expected each name once",
				 node->name);
	}
	return true;
}

/* kinds: is checked as a whole, also where no node is of a kind. */
static void check_shared(struct topo_reader *r)
{
	struct topo_node unused = { 0 };
	enum topo_kind kind;

	read_shared(r, r->defaults, "defaults", &unused);
	if (!r->kinds || !tr_is_map(r, r->kinds, "kinds"))
		return;
	r->key = "kinds";
	for (const struct ty_item *it = r->kinds->items; it; it = it->next)
		if (parse_kind(r, it->key, &kind) && !ty_is_null(it->value))
			read_shared(r, it->value, "kinds", &unused);
}

void tr_nodes(struct topo_reader *r, const struct ty_node *n)
{
	check_shared(r);
	if (!tr_is_map(r, n, "nodes") || !name_nodes(r, n))
		return;
	if (!n->count)
		tr_error(r, n, "nodes is empty; expected at least one node");
	for (u32 i = 0; i < r->topo->node_count; i++)
		read_node(r, r->node_maps[i], &r->topo->nodes[i]);
}

void tr_no_such_node(struct topo_reader *r, const struct ty_node *n, const char *name)
{
	const char *names[NEAR_NODES_MAX], *nearest;
	u32 count = min(r->topo->node_count, (u32)NEAR_NODES_MAX);

	for (u32 i = 0; i < count; i++)
		names[i] = r->topo->nodes[i].name;
	nearest = topo_nearest(name, names, count);
	tr_error(r, n, "no node is called \"%s\"; expected one that stands in nodes%s%s%s",
		 topo_quote(name).s, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
		 nearest ? "\"?" : "");
}
