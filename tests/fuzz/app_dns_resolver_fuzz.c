/* SPDX-License-Identifier: MIT */
/*
 * A caching resolver whose name servers say what the input says. One machine: the client, the
 * resolver at 127.0.0.1 and the servers at 127.0.0.2 to .4 are its own addresses. The input is
 * a sequence of steps: a client's question; a server's answer (records out of small tables, or
 * bytes as they are), over UDP or TCP; time.
 *
 * Each question is answered once, in whole and in time; nothing is left under way; servers are
 * asked no more often than the limit says.
 */
#include <arpa/inet.h>
#include <linnet/linnet.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_resolver.h"
#include "app/dns/dns_walk.h"
#include "app/util/inet.h"

#define SERVERS 3
#define STEPS_MAX 60
#define SEC 1000000000ll

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 2000;

struct in {
	const uint8_t *p, *end;
};

struct bench {
	struct ln_net *net;
	struct dns_resolver *resolver;
	int client, udp[SERVERS], tcp[SERVERS], conn;
	unsigned asked, answered;
	int64_t now;
	uint8_t query[600];	/* the last that a server got */
	size_t query_len;
	int query_fd;
	struct ln_sockaddr_in query_from;
};

static const char hints[] =
	". NS a.root.\n. NS b.root.\na.root. A 127.0.0.2\nb.root. A 127.0.0.3\n";

/* Names in wire form; the literal's own NUL is the root. */
static const char *const names[] = {
	"\3www\6server\3com", "\6server\3com", "\3com", "", "\2ns\6server\3com", "\1a\4root",
	"\3www\5other\3net", "\3net", "\2ns\5other\3net", "\5alias\6server\3com",
};

static uint8_t take(struct in *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

static struct ln_sockaddr_in at(unsigned host, uint16_t port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = htons(port),
		.sin_addr = htonl(0x7f000000u + host),
	};
}

static void must(int ok)
{
	if (!ok)
		abort();
}

static void bench_open(struct bench *b)
{
	struct dns_resolver_config config = {
		.addr = ipaddr_v4(htonl(0x7f000001)), .root_hints = hints, .cache_entries = 20,
	};
	struct ln_net_params params;
	struct ln_sockaddr_in sin;
	char err[200];

	ln_net_params_init(&params);
	b->net = ln_net_create(&params);
	must(b->net && !ln_ctl(b->net, "ip link set lo up", NULL, 0, NULL));
	must(!dns_resolver_new(b->net, &config, &b->resolver, err, sizeof(err)));
	b->client = ln_socket(b->net, LN_AF_INET, LN_SOCK_DGRAM, 0);
	b->conn = -1;
	b->query_fd = -1;
	for (unsigned i = 0; i < SERVERS; i++) {
		sin = at(i + 2, 53);
		b->udp[i] = ln_socket(b->net, LN_AF_INET, LN_SOCK_DGRAM, 0);
		must(!ln_bind(b->net, b->udp[i], &sin, sizeof(sin)));
		b->tcp[i] = ln_socket(b->net, LN_AF_INET, LN_SOCK_STREAM, 0);
		must(!ln_bind(b->net, b->tcp[i], &sin, sizeof(sin)));
		must(!ln_listen(b->net, b->tcp[i], 4));
	}
}

/* Servers keep the last question; the client counts what is a response to it. */
static void settle(struct bench *b)
{
	uint8_t buf[DNS_EDNS_SIZE + 1];
	ldns_pkt *pkt;
	ptrdiff_t n;
	uint32_t len;

	do {
		ln_net_run(b->net, b->now);
	} while (ln_net_next_event(b->net) <= b->now);
	for (unsigned i = 0; i < SERVERS; i++) {
		for (;;) {
			len = sizeof(b->query_from);
			n = ln_recvfrom(b->net, b->udp[i], buf, sizeof(b->query), 0,
					&b->query_from, &len);
			if (n <= 0)
				break;
			memcpy(b->query, buf, (size_t)n);
			b->query_len = (size_t)n;
			b->query_fd = b->udp[i];
		}
		n = ln_accept(b->net, b->tcp[i], NULL, NULL);
		if (n >= 0) {
			ln_close(b->net, b->conn);
			b->conn = (int)n;
		}
	}
	while ((n = ln_recv(b->net, b->client, buf, sizeof(buf), 0)) > 0) {
		must(!dns_message_parse(buf, (size_t)n, &pkt));
		must(ldns_pkt_qr(pkt));
		ldns_pkt_free(pkt);
		b->answered++;
	}
}

static size_t put_name(uint8_t *p, unsigned n)
{
	const char *name = names[n % (sizeof(names) / sizeof(names[0]))];

	memcpy(p, name, strlen(name) + 1);
	return strlen(name) + 1;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void ask(struct bench *b, struct in *in)
{
	static const uint8_t types[] = { 1, 5, 2, 15, 28, 255, 6, 1 };
	struct ln_sockaddr_in to = at(1, 53);
	uint8_t q[300] = { 0, 0, 1, 0, 0, 1 };
	size_t len;

	put16(q, ++b->asked);
	len = 12 + put_name(q + 12, take(in));
	put16(q + len, types[take(in) & 7]);
	put16(q + len + 2, 1);
	ln_sendto(b->net, b->client, q, len + 4, 0, &to, sizeof(to));
}

/* One record: owner, type, data out of the tables. */
static size_t put_record(uint8_t *p, struct in *in)
{
	static const uint8_t types[] = { 1, 2, 5, 6 };
	uint8_t type = types[take(in) & 3], data;
	size_t len = put_name(p, take(in)), rdlen;

	data = take(in);
	put16(p + len, type);
	put16(p + len + 2, 1);
	put16(p + len + 4, 0);
	put16(p + len + 6, take(in));	/* TTL */
	if (type == 1) {
		memcpy(p + len + 10, (uint8_t[]){ 127, 0, 0, (uint8_t)(2 + data % 4) }, 4);
		rdlen = 4;
	} else {
		rdlen = put_name(p + len + 10, data);
		if (type == 6) {
			rdlen += put_name(p + len + 10 + rdlen, data + 1u);
			memset(p + len + 10 + rdlen, 1, 20);
			rdlen += 20;
		}
	}
	put16(p + len + 8, (unsigned)rdlen);
	return len + 10 + rdlen;
}

/* The last query turned into its answer: flags, then records in each section; or bytes. */
static void answer(struct bench *b, struct in *in)
{
	uint8_t buf[3002], *msg = buf + 2, how = take(in), counts = take(in);
	size_t len = 12, n;

	if (!b->query_len)
		return;
	memcpy(msg, b->query, 12);
	while (len < b->query_len && b->query[len])
		len += b->query[len] + 1u;
	len = len + 5 < b->query_len ? len + 5 : b->query_len;
	memcpy(msg, b->query, len);
	msg[2] = (uint8_t)(0x80 | (how & 7));		/* AA, TC, RD */
	msg[3] = how >> 4 == 15 ? 3 : how >> 4 == 14 ? 1 : 0;	/* NXDOMAIN, FORMERR */
	for (unsigned s = 0; s < 3; s++) {
		n = counts >> (2 * s) & 3;
		put16(msg + 6 + 2 * s, (unsigned)n);
		while (n--)
			len += put_record(msg + len, in);
	}
	if (how & 8) {	/* and then anything */
		n = (size_t)(in->end - in->p) < 200 ? (size_t)(in->end - in->p) : 200;
		memcpy(msg + len, in->p, n);
		in->p += n;
		len += n;
		put16(msg + 10, take(in) & 3);
	}
	put16(buf, (unsigned)len);
	if (b->conn >= 0)
		ln_send(b->net, b->conn, buf, len + 2, 0);
	else
		ln_sendto(b->net, b->query_fd, msg, len, 0, &b->query_from, sizeof(b->query_from));
}

/* The query over TCP is read; its id and question are those of the answer. */
static void read_stream(struct bench *b)
{
	uint8_t buf[602];
	ptrdiff_t n = ln_recv(b->net, b->conn, buf, sizeof(buf), 0);

	if (n > 14) {
		b->query_len = (size_t)n - 2;
		memcpy(b->query, buf + 2, b->query_len);
	}
}

static void step(struct bench *b, struct in *in)
{
	switch (take(in) & 7) {
	case 0:
	case 1:
		ask(b, in);
		break;
	case 2:
		b->now += (int64_t)(take(in) + 1) * SEC / 16;
		break;
	case 3:
		ln_close(b->net, b->conn);
		b->conn = -1;
		break;
	case 4:
		read_stream(b);
		break;
	default:
		answer(b, in);
		break;
	}
	settle(b);
}

static void bench_end(struct bench *b)
{
	struct dns_resolver_stats st;

	for (unsigned i = 0; i < 60; i++) {	/* nobody answers any more */
		b->now += SEC;
		settle(b);
	}
	dns_resolver_stats(b->resolver, &st);
	must(!b->resolver->nwalks && !b->resolver->nwaiters);
	must(b->answered == b->asked && st.client_queries == b->asked);
	must(st.queries_sent <= (uint64_t)b->asked * DNS_RESOLVER_QUERIES_MAX);
	dns_resolver_free(b->resolver);
	must(!ln_net_destroy(b->net, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct in in = { data, data + size };
	struct bench b = { .asked = 0 };

	bench_open(&b);
	for (unsigned i = 0; i < STEPS_MAX && in.p < in.end; i++)
		step(&b, &in);
	if (size & 1) {	/* ended in the middle of everything */
		dns_resolver_free(b.resolver);
		must(!ln_net_destroy(b.net, NULL));
		return 0;
	}
	bench_end(&b);
	return 0;
}
