/* SPDX-License-Identifier: MIT */
#include "app/dhcp/dhcp_message.h"

#include <arpa/inet.h>
#include <string.h>

#define COOKIE 0x63825363u
#define OPTIONS_AT 240
#define SNAME_AT 44
#define FILE_AT 108
#define CLIENT_LEN_MAX 1472u

enum {		/* RFC 2132, RFC 3397, RFC 3442 */
	OPT_PAD, OPT_MASK, OPT_ROUTER = 3, OPT_DNS = 6, OPT_HOST = 12, OPT_DOMAIN = 15,
	OPT_MTU = 26, OPT_BCAST = 28, OPT_REQUESTED = 50, OPT_LEASE, OPT_OVERLOAD, OPT_TYPE,
	OPT_SERVER, OPT_PARAMS, OPT_MAX_SIZE = 57, OPT_T1, OPT_T2, OPT_ID = 61, OPT_SEARCH = 119,
	OPT_ROUTES = 121, OPT_END = 255,
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

/* ---- reading ---- */

/* One option's bytes, gathered from all places where it is (RFC 3396). */
struct gathered {
	uint8_t bytes[512];
	size_t len;
};

struct field {
	const uint8_t *p;
	size_t len;
};

/* False: a length leads out of the field. */
static bool gather_field(struct field f, uint8_t code, struct gathered *g)
{
	size_t i = 0;

	while (i < f.len && f.p[i] != OPT_END) {
		size_t n;

		if (f.p[i] == OPT_PAD) {
			i++;
			continue;
		}
		if (i + 2 > f.len || i + 2 + f.p[i + 1] > f.len)
			return false;
		n = f.p[i + 1];
		if (f.p[i] == code && g->len + n <= sizeof(g->bytes)) {
			memcpy(g->bytes + g->len, f.p + i + 2, n);
			g->len += n;
		}
		i += 2 + n;
	}
	return true;
}

struct reader {
	struct field field[3];
	unsigned nfields;
	bool bad;
};

static size_t gather(struct reader *r, uint8_t code, struct gathered *g)
{
	g->len = 0;
	for (unsigned i = 0; i < r->nfields; i++)
		r->bad |= !gather_field(r->field[i], code, g);
	return g->len;
}

static void read32(struct reader *r, uint8_t code, uint32_t *v, bool as_address)
{
	struct gathered g;

	if (gather(r, code, &g) < 4)
		return;
	*v = get32(g.bytes);
	if (as_address)
		*v = htonl(*v);
}

static unsigned read_addrs(struct reader *r, uint8_t code, uint32_t *to)
{
	struct gathered g;
	unsigned n = 0;

	for (gather(r, code, &g); n < DHCP_ADDRS_MAX && 4 * (n + 1) <= g.len; n++)
		to[n] = htonl(get32(g.bytes + 4 * n));
	return n;
}

/* Names become words of commands and files: letters, digits, '.', '-' and '_', or nothing. */
static void read_name(struct reader *r, uint8_t code, char *to)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-_";
	struct gathered g;
	size_t n = gather(r, code, &g);

	if (n >= DHCP_NAME_MAX)
		return;
	memcpy(to, g.bytes, n);
	to[n] = '\0';
	if (strspn(to, good) != strlen(to))
		to[0] = '\0';
}

/* RFC 3442: length of the prefix, as many bytes of it as that needs, the gateway. */
static void read_routes(struct reader *r, struct dhcp_msg *m)
{
	struct gathered g;
	size_t i = 0;

	m->has_routes = gather(r, OPT_ROUTES, &g) >= 5;
	while (i < g.len && m->nroutes < DHCP_ROUTES_MAX) {
		unsigned plen = g.bytes[i++], n = (plen + 7) / 8;
		uint8_t dst[4] = { 0 };

		if (plen > 32 || i + n + 4 > g.len) {
			m->has_routes = false;
			m->nroutes = 0;
			return;
		}
		memcpy(dst, g.bytes + i, n);
		m->routes[m->nroutes++] = (struct dhcp_route){
			.dst = htonl(plen ? get32(dst) & 0xffffffffu << (32 - plen) : 0),
			.gateway = htonl(get32(g.bytes + i + n)), .plen = (uint8_t)plen,
		};
		i += n + 4;
	}
}

static void read_options(struct reader *r, struct dhcp_msg *m)
{
	struct gathered g;

	if (gather(r, OPT_TYPE, &g) == 1)
		m->type = g.bytes[0];
	read32(r, OPT_REQUESTED, &m->requested, true);
	read32(r, OPT_SERVER, &m->server, true);
	read32(r, OPT_MASK, &m->mask, true);
	read32(r, OPT_BCAST, &m->bcast, true);
	read32(r, OPT_LEASE, &m->lease, false);
	read32(r, OPT_T1, &m->t1, false);
	read32(r, OPT_T2, &m->t2, false);
	m->nrouter = read_addrs(r, OPT_ROUTER, m->router);
	m->ndns = read_addrs(r, OPT_DNS, m->dns);
	if (gather(r, OPT_MTU, &g) == 2)
		m->mtu = get16(g.bytes);
	read_name(r, OPT_DOMAIN, m->domain);
	read_name(r, OPT_HOST, m->host);
	gather(r, OPT_SEARCH, &g);
	dhcp_search_read(g.bytes, g.len, m->search);
	if (gather(r, OPT_ID, &g) >= 2 && g.len <= DHCP_ID_MAX) {
		memcpy(m->id, g.bytes, g.len);
		m->idlen = (unsigned)g.len;
	}
	read_routes(r, m);
}

bool dhcp_parse(const void *p, size_t len, struct dhcp_msg *m)
{
	const uint8_t *b = p;
	struct reader r = { .nfields = 1 };
	struct gathered g;

	memset(m, 0, sizeof(*m));
	if (len < OPTIONS_AT || b[1] != 1 || b[2] != 6 || get32(b + DHCP_FIXED_LEN) != COOKIE)
		return false;
	m->op = b[0];
	m->xid = get32(b + 4);
	m->secs = get16(b + 8);
	m->broadcast = b[10] & 0x80;
	m->ciaddr = htonl(get32(b + 12));
	m->yiaddr = htonl(get32(b + 16));
	m->giaddr = htonl(get32(b + 24));
	memcpy(m->chaddr, b + 28, 6);
	r.field[0] = (struct field){ b + OPTIONS_AT, len - OPTIONS_AT };
	if (gather(&r, OPT_OVERLOAD, &g) == 1) {
		if (g.bytes[0] & 1)
			r.field[r.nfields++] = (struct field){ b + FILE_AT, 128 };
		if (g.bytes[0] & 2)
			r.field[r.nfields++] = (struct field){ b + SNAME_AT, 64 };
	}
	read_options(&r, m);
	return !r.bad && m->type >= DHCP_DISCOVER && m->type <= DHCP_INFORM;
}

/* ---- writing ---- */

struct writer {
	uint8_t *p;
	size_t len;
};

static void put_option(struct writer *w, uint8_t code, const void *bytes, size_t n)
{
	if (w->len + 2 + n + 1 > DHCP_LEN_MAX || n > 255)
		return;
	w->p[w->len++] = code;
	w->p[w->len++] = (uint8_t)n;
	memcpy(w->p + w->len, bytes, n);
	w->len += n;
}

static void put_u32(struct writer *w, uint8_t code, uint32_t v)
{
	uint8_t b[4];

	put32(b, v);
	if (v)
		put_option(w, code, b, 4);
}

static void put_addrs(struct writer *w, uint8_t code, const uint32_t *a, unsigned n)
{
	if (n)
		put_option(w, code, a, 4 * n);
}

static void put_routes(struct writer *w, const struct dhcp_msg *m)
{
	uint8_t b[DHCP_ROUTES_MAX * 9];
	size_t len = 0;

	for (unsigned i = 0; i < m->nroutes; i++) {
		unsigned n = (m->routes[i].plen + 7u) / 8;

		b[len++] = m->routes[i].plen;
		memcpy(b + len, &m->routes[i].dst, n);
		memcpy(b + len + n, &m->routes[i].gateway, 4);
		len += n + 4;
	}
	if (len)
		put_option(w, OPT_ROUTES, b, len);
}

static void put_name(struct writer *w, uint8_t code, const char *name)
{
	if (name[0])
		put_option(w, code, name, strlen(name));
}

static void put_search(struct writer *w, const char *names)
{
	uint8_t b[255];
	size_t n = dhcp_search_write(names, b, sizeof(b));

	if (n)
		put_option(w, OPT_SEARCH, b, n);
}

static void put_options(struct writer *w, const struct dhcp_msg *m)
{
	static const uint8_t params[] = {
		OPT_MASK, OPT_ROUTES, OPT_ROUTER, OPT_DNS, OPT_HOST, OPT_DOMAIN, OPT_SEARCH,
		OPT_MTU, OPT_BCAST, OPT_LEASE, OPT_T1, OPT_T2,
	};
	uint8_t b[2];

	put_option(w, OPT_TYPE, &m->type, 1);
	if (m->idlen)
		put_option(w, OPT_ID, m->id, m->idlen);
	put_u32(w, OPT_SERVER, ntohl(m->server));
	put_u32(w, OPT_REQUESTED, ntohl(m->requested));
	put_u32(w, OPT_LEASE, m->lease);
	put_u32(w, OPT_T1, m->t1);
	put_u32(w, OPT_T2, m->t2);
	put_u32(w, OPT_MASK, ntohl(m->mask));
	put_routes(w, m);		/* before routers (RFC 3442) */
	put_addrs(w, OPT_ROUTER, m->router, m->nrouter);
	put_addrs(w, OPT_DNS, m->dns, m->ndns);
	put_u32(w, OPT_BCAST, ntohl(m->bcast));
	put_name(w, OPT_DOMAIN, m->domain);
	put_name(w, OPT_HOST, m->host);
	put_search(w, m->search);
	put16(b, m->mtu);
	if (m->mtu)
		put_option(w, OPT_MTU, b, 2);
	if (!m->wants_params)
		return;
	put16(b, CLIENT_LEN_MAX);
	put_option(w, OPT_MAX_SIZE, b, 2);
	put_option(w, OPT_PARAMS, params, sizeof(params));
}

size_t dhcp_build(void *p, const struct dhcp_msg *m)
{
	uint8_t *b = p;
	struct writer w = { b, OPTIONS_AT };

	memset(b, 0, DHCP_LEN_MAX);
	b[0] = m->op;
	b[1] = 1;		/* Ethernet, addresses of 6 bytes */
	b[2] = 6;
	put32(b + 4, m->xid);
	put16(b + 8, m->secs);
	b[10] = m->broadcast ? 0x80 : 0;
	memcpy(b + 12, &m->ciaddr, 4);
	memcpy(b + 16, &m->yiaddr, 4);
	memcpy(b + 24, &m->giaddr, 4);
	memcpy(b + 28, m->chaddr, 6);
	put32(b + DHCP_FIXED_LEN, COOKIE);
	put_options(&w, m);
	b[w.len++] = OPT_END;
	return w.len < DHCP_LEN_MIN ? DHCP_LEN_MIN : w.len;
}

const char *dhcp_type_name(uint8_t type)
{
	static const char *const names[] = {
		"BOOTP", "DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPDECLINE", "DHCPACK",
		"DHCPNAK", "DHCPRELEASE", "DHCPINFORM",
	};

	return names[type <= DHCP_INFORM ? type : 0];
}
