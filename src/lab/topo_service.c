/* SPDX-License-Identifier: MIT */
/* Services of a node: dns (zones it is the authority for), resolver, http, radvd, dhcpd. */
#include "lab/topo_read.h"
#include "wire/ipv6.h"

#define PORT_DNS 53

static void note_pos(struct topo_pos *pos, const struct ty_node *n)
{
	*pos = (struct topo_pos){ n->line, n->col };
}

struct text_source {
	const struct ty_node *name, *file, *text;
};

/* Text from exactly one of two keys; n is where to complain. False: reported. */
static bool load_text(struct topo_reader *r, const struct ty_node *n, const char *what,
		      const struct text_source *src, const char **path, const char **text,
		      size_t *len)
{
	if (!src->file == !src->text) {
		tr_error(r, n, "%s has %s; expected either file or text", what,
			 src->file ? "both file and text" : "neither file nor text");
		return false;
	}
	if (src->file) {
		r->key = "file";
		return tr_file(r, src->file, path, text, len);
	}
	r->key = "text";
	*path = NULL;
	*text = tr_keep_text(r, src->text, "the text itself (|)");
	*len = *text ? strlen(*text) : 0;
	return *text != NULL;
}

/* "server.com" and "server.com." are one zone: the dot is put. */
static const char *zone_name(struct topo_reader *r, const struct ty_node *n)
{
	static const char expected[] = "the name of a zone: \"server.com.\", \"com.\", \".\"";
	const char *text;

	r->key = "name";
	text = tr_text(r, n, expected);
	if (!text)
		return NULL;
	if (!tr_is_dns_name(text)) {
		tr_error(r, n, "name is \"%s\"; expected %s", topo_quote(text).s, expected);
		return NULL;
	}
	return topo_sprintf(&r->topo->arena, "%s%s", text,
			    text[strlen(text) - 1] == '.' ? "" : ".");
}

static void read_zone(struct topo_reader *r, const struct ty_node *n, struct topo_zone *zone)
{
	static const struct tr_key keys[] = {
		{ "name", tr_node, offsetof(struct text_source, name) },
		{ "file", tr_node, offsetof(struct text_source, file) },
		{ "text", tr_node, offsetof(struct text_source, text) },
	};
	struct text_source src = { 0 };

	if (!tr_map(r, n, "a zone", keys, ARRAY_SIZE(keys), &src))
		return;
	if (!src.name)
		tr_error(r, n, "a zone lacks name; expected name: \"server.com.\"");
	else
		zone->name = zone_name(r, src.name);
	load_text(r, n, "a zone", &src, &zone->file, &zone->text, &zone->len);
	note_pos(&zone->pos, src.file ? src.file : src.text ? src.text : n);
}

static void read_zones(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_service *s = field;
	const struct ty_item *it;
	struct topo_names names;

	if (!tr_is_seq(r, n, "zones", "a list of zones (- name: ...)"))
		return;
	s->zones = topo_alloc_array(&r->topo->arena, n->count, sizeof(*s->zones));
	if (!s->zones || !topo_names_init(&names, &r->scratch, n->count))
		return;
	for (it = n->items; it; it = it->next) {
		struct topo_zone *zone = &s->zones[s->zone_count];

		read_zone(r, it->value, zone);
		if (zone->name && topo_names_add(&names, zone->name, s->zone_count) !=
				  s->zone_count)
			tr_error(r, it->value, "zone \"%s\" stands twice; expected each once",
				 topo_quote(zone->name).s);
		s->zone_count++;
	}
}

static void read_dns(struct topo_reader *r, const struct ty_node *n, struct topo_service *s)
{
	static const struct tr_key keys[] = {
		{ "zones", read_zones, 0 },
		{ "port", tr_port, offsetof(struct topo_service, port) },
	};

	s->port = PORT_DNS;
	if (!tr_map(r, n, "service dns", keys, ARRAY_SIZE(keys), s))
		return;
	if (!tr_find(n, "zones"))
		tr_error(r, n, "service dns lacks zones; expected the zones it is asked for "
			 "(\".\" makes it a root server)");
}

/* root-hints: FILE, or {file: FILE}, or {text: "..."} */
static void read_root_hints(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const struct tr_key keys[] = {
		{ "file", tr_node, offsetof(struct text_source, file) },
		{ "text", tr_node, offsetof(struct text_source, text) },
	};
	struct text_source src = { .file = n };
	struct topo_service *s = field;
	struct topo_zone *hints = topo_alloc(&r->topo->arena, sizeof(*hints));

	if (!hints)
		return;
	if (n->type == TY_MAP) {
		src.file = NULL;
		tr_map(r, n, "root-hints", keys, ARRAY_SIZE(keys), &src);
	}
	hints->name = ".";
	load_text(r, n, "root-hints", &src, &hints->file, &hints->text, &hints->len);
	note_pos(&hints->pos, src.file ? src.file : src.text ? src.text : n);
	s->zones = hints;
	s->zone_count = 1;
}

static void read_resolver(struct topo_reader *r, const struct ty_node *n,
			  struct topo_service *s)
{
	static const struct tr_key keys[] = {
		{ "root-hints", read_root_hints, 0 },
		{ "port", tr_port, offsetof(struct topo_service, port) },
	};

	s->port = PORT_DNS;
	if (!tr_map(r, n, "service resolver", keys, ARRAY_SIZE(keys), s))
		return;
	if (!tr_find(n, "root-hints"))
		tr_error(r, n, "service resolver lacks root-hints; expected the addresses of the "
			 "root servers");
}

static void read_root(struct topo_reader *r, const struct ty_node *n, void *field)
{
	const char *dir = tr_text(r, n, "a folder"), **root = field;
	int kind;

	if (!dir)
		return;
	if (!r->files) {
		tr_error(r, n, "root names a folder, and there is none to look in; expected pages");
		return;
	}
	*root = tr_path(r, dir);
	if (!*root)
		return;
	kind = r->files->stat(r->files, *root);
	if (kind < 0)
		tr_error(r, n, "root \"%s\" cannot be read: %s; expected a folder as seen from the "
			 "lab file", topo_quote(dir).s, strerror(-kind));
	else if (!kind)
		tr_error(r, n, "root \"%s\" is a file; expected a folder", topo_quote(dir).s);
}

/* "/a.html": the text itself, or {file: FILE}. What ends in / is that folder's index.html. */
static void read_page(struct topo_reader *r, const struct ty_item *it, struct topo_page *page)
{
	static const struct tr_key keys[] = { { "file", tr_node, 0 } };
	const char *key = it->key->text, *path;
	const struct ty_node *file = NULL;
	bool folder = *key && key[strlen(key) - 1] == '/';

	page->path = topo_sprintf(&r->topo->arena, "%s%s", key, folder ? "index.html" : "");
	if (*key != '/')
		tr_error(r, it->key, "\"%s\" is no path; expected / or /index.html",
			 topo_quote(key).s);
	r->key = "page";
	if (it->value->type != TY_MAP) {
		page->text = tr_keep_text(r, it->value, "the page's text, or {file: ...}");
		page->len = page->text ? strlen(page->text) : 0;
	} else if (tr_map(r, it->value, "a page", keys, ARRAY_SIZE(keys), &file)) {
		r->key = "file";
		if (!file)
			tr_error(r, it->value, "a page lacks file; expected {file: ...}");
		else
			tr_file(r, file, &path, &page->text, &page->len);
	}
}

static void read_pages(struct topo_reader *r, const struct ty_node *n, void *field)
{
	struct topo_service *s = field;
	struct topo_names names;

	if (!tr_is_map(r, n, "pages"))
		return;
	s->pages = topo_alloc_array(&r->topo->arena, n->count, sizeof(*s->pages));
	if (!s->pages || !topo_names_init(&names, &r->scratch, n->count))
		return;
	for (const struct ty_item *it = n->items; it; it = it->next, s->page_count++) {
		struct topo_page *page = &s->pages[s->page_count];

		read_page(r, it, page);
		if (page->path && topo_names_add(&names, page->path, s->page_count) !=
				  s->page_count)
			tr_error(r, it->key, "page \"%s\" stands twice; expected each once",
				 topo_quote(page->path).s);
	}
}

static void read_http(struct topo_reader *r, const struct ty_node *n, struct topo_service *s)
{
	static const struct tr_key keys[] = {
		{ "root", read_root, offsetof(struct topo_service, root) },
		{ "pages", read_pages, 0 },
		{ "port", tr_port, offsetof(struct topo_service, port) },
	};

	s->port = TOPO_HTTP_PORT;
	if (!tr_map(r, n, "service http", keys, ARRAY_SIZE(keys), s))
		return;
	if (!tr_find(n, "root") == !tr_find(n, "pages"))
		tr_error(r, n, "service http has %s; expected either root or pages",
			 tr_find(n, "root") ? "both root and pages" : "neither root nor pages");
}

static void read_flag(struct topo_reader *r, const struct ty_node *n, void *field)
{
	bool on;

	if (tr_on_off(r, n, &on))
		*(s32 *)field = on;
}

static void read_preference(struct topo_reader *r, const struct ty_node *n, void *field)
{
	static const char *const names[] = { "medium", "high", "", "low" };	/* RFC 4191 2.1 */
	const char *text = tr_text(r, n, "low, medium or high");

	for (u32 i = 0; text && i < ARRAY_SIZE(names); i++)
		if (*names[i] && !strcmp(text, names[i])) {
			*(s32 *)field = (s32)i;
			return;
		}
	if (text)
		tr_error(r, n, "preference is \"%s\"; expected low, medium or high",
			 topo_quote(text).s);
}

static void read_ra_mtu(struct topo_reader *r, const struct ty_node *n, void *field)
{
	u64 mtu = 0;

	tr_u64(r, n, &mtu);
	if (mtu < IPV6_MIN_MTU || mtu > 65535)
		tr_error(r, n, "mtu is \"%s\"; expected 1280 to 65535, as IPv6 has it",
			 topo_quote(n->text).s);
	else
		*(s32 *)field = (s32)mtu;
}

/* How often a router speaks (RFC 4861 6.2.1). */
static void read_interval(struct topo_reader *r, const struct ty_node *n, void *field)
{
	s64 *ns = field;

	tr_duration(r, n, ns);
	if (*ns < 4 * NSEC_PER_SEC || *ns > 1800 * NSEC_PER_SEC)
		tr_error(r, n, "interval is \"%s\"; expected 4s to 30m",
			 topo_quote(n->text).s);
}

static void read_router_lifetime(struct topo_reader *r, const struct ty_node *n, void *field)
{
	s64 *ns = field;

	tr_duration(r, n, ns);
	if (*ns > 9000 * NSEC_PER_SEC)
		tr_error(r, n, "lifetime is \"%s\"; expected at most 150m, or 0",
			 topo_quote(n->text).s);
}

static void read_radvd(struct topo_reader *r, const struct ty_node *n, struct topo_service *s)
{
	static const struct tr_key keys[] = {
		{ "interface", tr_string, offsetof(struct topo_radvd, interface) },
		{ "interval", read_interval, offsetof(struct topo_radvd, interval_ns) },
		{ "lifetime", read_router_lifetime, offsetof(struct topo_radvd, lifetime_ns) },
		{ "valid", tr_duration, offsetof(struct topo_radvd, valid_ns) },
		{ "preferred", tr_duration, offsetof(struct topo_radvd, preferred_ns) },
		{ "mtu", read_ra_mtu, offsetof(struct topo_radvd, mtu) },
		{ "preference", read_preference, offsetof(struct topo_radvd, preference) },
		{ "managed", read_flag, offsetof(struct topo_radvd, managed) },
		{ "other", read_flag, offsetof(struct topo_radvd, other) },
		{ "rdnss", read_flag, offsetof(struct topo_radvd, rdnss) },
	};

	s->radvd = (struct topo_radvd){
		.interval_ns = -1, .lifetime_ns = -1, .valid_ns = -1, .preferred_ns = -1,
		.mtu = -1, .preference = -1, .managed = -1, .other = -1, .rdnss = -1,
	};
	if (tr_map(r, n, "service radvd", keys, ARRAY_SIZE(keys), &s->radvd) &&
	    !tr_find(n, "interface"))
		tr_error(r, n, "service radvd lacks interface; expected the one whose hosts are "
			 "told (interface: lan0)");
}

typedef void service_fn(struct topo_reader *r, const struct ty_node *n, struct topo_service *s);

static const char *const service_names[] = { "dns", "resolver", "http", "radvd", "dhcpd" };

static void read_service(struct topo_reader *r, const struct ty_node *n,
			 struct topo_service *s)
{
	static service_fn *const readers[] = { read_dns, read_resolver, read_http,
					       read_radvd, tr_dhcpd };
	static const char expected[] = "one of dns, resolver, http, radvd, dhcpd with its "
				       "settings (- http: {root: pages})";
	const struct ty_node *key;
	const char *nearest;

	note_pos(&s->pos, n);
	if (n->type != TY_MAP || n->count != 1) {
		tr_error(r, n, "a service is %s; expected %s",
			 n->type != TY_MAP ? "no mapping" : "several keys", expected);
		return;
	}
	key = n->items->key;
	note_pos(&s->pos, key);
	for (u32 i = 0; i < ARRAY_SIZE(readers); i++) {
		if (!strcmp(key->text, service_names[i])) {
			s->type = (enum topo_service_type)i;
			readers[i](r, n->items->value, s);
			return;
		}
	}
	nearest = topo_nearest(key->text, service_names, ARRAY_SIZE(service_names));
	tr_error(r, key, "no service is called \"%s\"; expected %s%s%s%s",
		 topo_quote(key->text).s, expected, nearest ? "; did you mean \"" : "",
		 nearest ? nearest : "", nearest ? "\"?" : "");
}

/* dns and resolver share UDP and TCP; http has TCP: one port serves one of them. */
static void check_ports(struct topo_reader *r, const struct topo_node *node)
{
	for (u32 i = 1; i < node->service_count; i++) {
		const struct topo_service *s = &node->services[i];

		for (u32 j = 0; s->port && j < i; j++) {
			if (s->port != node->services[j].port)
				continue;
			topo_error(r->errors, s->pos.line, s->pos.col, "port %u is taken by "
				   "service %s of this node; expected another port", s->port,
				   service_names[node->services[j].type]);
			break;
		}
	}
}

void tr_services(struct topo_reader *r, const struct ty_node *n, struct topo_node *node)
{
	if (!tr_is_seq(r, n, "services", "a list of services (- http: {...})"))
		return;
	if (n->count > TOPO_SERVICES_MAX) {
		tr_error(r, n, "a node has %u services; expected at most 64", n->count);
		return;
	}
	node->services = topo_alloc_array(&r->topo->arena, n->count, sizeof(*node->services));
	if (!node->services)
		return;
	for (const struct ty_item *it = n->items; it; it = it->next)
		read_service(r, it->value, &node->services[node->service_count++]);
	check_ports(r, node);
}
