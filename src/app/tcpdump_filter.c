/* SPDX-License-Identifier: MIT */
#include "app/tcpdump_filter.h"

#include <stdlib.h>
#include <string.h>

#include "wire/eth.h"
#include "wire/flow_keys.h"
#include "wire/ipv4.h"

struct words {
	const char *const *at;
	int left;
};

static const char *next_word(struct words *w)
{
	if (!w->left)
		return "";
	w->left--;
	return *w->at++;
}

static bool take_word(struct words *w, const char *word)
{
	if (!w->left || strcmp(*w->at, word))
		return false;
	next_word(w);
	return true;
}

static bool take_name(struct words *w, struct tcpdump_term *t)
{
	static const struct {
		const char *name;
		enum tcpdump_kind kind;
		uint16_t value;
	} names[] = {
		{ "arp", TCPDUMP_TYPE, ETH_P_ARP },	{ "ip", TCPDUMP_TYPE, ETH_P_IP },
		{ "ip6", TCPDUMP_TYPE, ETH_P_IPV6 },	{ "icmp", TCPDUMP_PROTO, IP_PROTO_ICMP },
		{ "tcp", TCPDUMP_PROTO, IP_PROTO_TCP }, { "udp", TCPDUMP_PROTO, IP_PROTO_UDP },
		{ "icmp6", TCPDUMP_PROTO, IP_PROTO_ICMPV6 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!take_word(w, names[i].name))
			continue;
		t->kind = names[i].kind;
		t->value = names[i].value;
		return true;
	}
	return false;
}

static bool port_parse(const char *word, uint16_t *port)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	*port = (uint16_t)v;
	return *word >= '0' && *word <= '9' && !*end && v <= UINT16_MAX;
}

/* NULL, or the word that is wrong. */
static const char *term_parse(struct words *w, struct tcpdump_term *t)
{
	const char *word;

	t->negated = take_word(w, "not");
	if (take_name(w, t))
		return NULL;
	t->src = take_word(w, "src");
	t->dst = !t->src && take_word(w, "dst");
	if (!t->src && !t->dst)
		t->src = t->dst = true;
	word = next_word(w);
	if (!strcmp(word, "host")) {
		t->kind = TCPDUMP_HOST;
		word = next_word(w);
		return ipaddr_parse(NULL, word, &t->addr) ? NULL : word;
	}
	if (!strcmp(word, "port")) {
		t->kind = TCPDUMP_PORT;
		word = next_word(w);
		return port_parse(word, &t->value) ? NULL : word;
	}
	return word;
}

const char *tcpdump_filter_parse(struct tcpdump_filter *f, const char *const *words, int n)
{
	struct words w = { words, n };

	memset(f, 0, sizeof(*f));
	while (w.left) {
		struct tcpdump_term *t;
		const char *bad;

		if (f->n == TCPDUMP_TERMS_MAX)
			return *w.at;
		t = &f->terms[f->n++];
		if (f->n > 1) {
			t->alternative = take_word(&w, "or");
			if (!t->alternative)
				take_word(&w, "and");
		}
		bad = term_parse(&w, t);
		if (bad)
			return bad;
	}
	return NULL;
}

static bool is_addr(const struct ipaddr *a, const struct flow_keys *k, unsigned end)
{
	if (a->family == LN_AF_INET6)
		return k->addrs6 && !memcmp(a->v6, k->addrs6 + 16 * end, 16);
	return !k->addrs6 && a->v4 == (end ? k->dst : k->src);
}

static bool term_match(const struct tcpdump_term *t, u16 type, const struct flow_keys *k)
{
	if (t->kind == TCPDUMP_TYPE)
		return t->value == type;
	if (!k)
		return false;
	if (t->kind == TCPDUMP_PROTO)
		return k->proto == t->value;
	if (t->kind == TCPDUMP_HOST)
		return (t->src && is_addr(&t->addr, k, 0)) || (t->dst && is_addr(&t->addr, k, 1));
	return !k->frag && (k->proto == IP_PROTO_TCP || k->proto == IP_PROTO_UDP) &&
	       ((t->src && be16_to_cpu(k->sport) == t->value) ||
		(t->dst && be16_to_cpu(k->dport) == t->value));
}

bool tcpdump_filter_match(const struct tcpdump_filter *f, const void *frame, size_t len)
{
	struct flow_keys keys, *k = flow_keys_parse(frame, len, &keys) ? &keys : NULL;
	struct eth_view eth = { .proto = 0 };
	bool match = true;
	u16 type;

	if (eth_parse(frame, len, &eth))
		return !f->n;
	type = !k ? eth.proto : k->addrs6 ? ETH_P_IPV6 : ETH_P_IP;
	for (unsigned i = 0; i < f->n; i++) {
		bool is = term_match(&f->terms[i], type, k) != f->terms[i].negated;

		match = f->terms[i].alternative ? match || is : match && is;
	}
	return match;
}
