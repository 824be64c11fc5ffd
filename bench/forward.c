/* SPDX-License-Identifier: MIT */
/*
 * forward CASE[_single] [AMOUNT [N]]: frames per second that one core forwards, each 64 bytes on
 * the wire (60 here: there is no FCS).
 *
 *	router	UDP datagrams to N destinations, each behind a route of its own (/24), over 64
 *		resolved next hops: header and its checksum verified, TTL, counters, hooks, MAC
 *	filter	as router, and an nftables chain at forward: a drop for a set of 1000 addresses, in
 *		which none of the destinations is, and a verdict map of 1000 ports
 *	nat	N connections of UDP from one host to as many peers as have ports for them, all of
 *		them masqueraded. At 10^6 each packet brings in its connection (280 bytes,
 *		and a chain of the table) from memory: what is measured then is the memory's latency
 *	filter-flow, nat-flow	the same with a flow table (`flow add`): rules decide about the
 *		first packets of each flow, what is measured are those behind them, which no rule,
 *		no tracking and no route is asked about any more
 *	switch	N stations at one port of a learning bridge send to N at another
 *
 * A packet takes the same instructions at any N (but one whose addresses are those of the one
 * before is not looked up again, so N of 1 is a case of its own). What falls with N is the part of
 * the memory hierarchy, and the loads of 64 packets are asked for side by side, so that a miss
 * costs but a share of its latency: of router one load from a table by 24 bits (4 KiB for each /14
 * in use, all 64 MiB from 65,536 routes on) and the route, with one of 64 next hops; of filter one
 * element in each of two sets, which stay in the first two levels; of switch a bucket and an entry
 * of 90 bytes, twice a frame: 60,000 stations are 5 MB, more than a second level holds.
 *
 * AMOUNT: seconds of CPU time, "0.5", or so many turns of BURST frames, "2000x", for who counts
 *	instructions: the figure is then what was done, not how much of it in a second.
 * N: 1 when it is not given.
 *
 * One instance, two cards driven as any embedder drives them: a burst of frames is given to one
 * with ln_nic_receive_many(), the instance is run, frames are taken from the other with
 * ln_nic_transmit_many(); with "single" behind the case, a call for each frame. Their copies in and
 * out of the rings are part of the figure, and so are the first bytes of each frame, which are
 * looked at: what does not arrive, or not with its TTL one lower, ends the benchmark. Frames are
 * made beforehand; flows take turns in a random order.
 */
#include <linnet/linnet.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frames.h"
#include "common/measure.h"

#define BURST 64
#define TURN_NS 4000
#define GATEWAYS 64
#define TTL_AT 22
#define FLOWS_MAX 100000
#define CONNECTIONS_MAX 1000000
#define PORTS 30000			/* of one peer */
#define STATIONS_MAX 200000

static struct ln_net *net;
static struct ln_nic *in, *out;
static int64_t now;
static uint8_t (*frames)[FRAME];
static unsigned flows = 1, next_flow;
static uint8_t ttl_out;
static bool single;

static void die(const char *what, long err)
{
	fprintf(stderr, "forward: %s: %s\n", what, strerror((int)-err));
	exit(1);
}

static void command(const char *cmd)
{
	char text[512] = "";

	if (ln_ctl(net, cmd, text, sizeof(text), NULL)) {
		fprintf(stderr, "forward: %s: %s\n", cmd, text);
		exit(1);
	}
}

static void shuffle(void)
{
	uint64_t x = 1;
	uint8_t t[FRAME];

	for (unsigned i = flows - 1; i > 0; i--) {
		unsigned j;

		x = x * 6364136223846793005ull + 1442695040888963407ull;
		j = (unsigned)(x >> 33) % (i + 1);
		memcpy(t, frames[i], FRAME);
		memcpy(frames[i], frames[j], FRAME);
		memcpy(frames[j], t, FRAME);
	}
}

/* ---- machines ---- */

static struct ln_nic *card(const char *name)
{
	struct ln_nic_params n = { .name = name };
	struct ln_nic *nic = ln_nic_create(net, &n);

	if (!nic)
		die("card", -ENOMEM);
	return nic;
}

static void machine(void)
{
	struct ln_net_params p;

	ln_net_params_init(&p);
	p.seed = 1;
	p.mem_budget = (size_t)1 << 30;
	net = ln_net_create(&p);
	if (!net)
		die("net", -ENOMEM);
	in = card("eth0");
	out = card("eth1");
	frames = calloc(flows, sizeof(*frames));
	if (!frames)
		die("frames", -ENOMEM);
}

/* The cards have addresses, and there are next hops. */
static void routing_machine(void)
{
	char cmd[128];

	machine();
	command("ip addr add 10.0.0.1/16 dev eth0");
	command("ip addr add 10.1.0.1/16 dev eth1");
	command("ip link set eth0 up");
	command("ip link set eth1 up");
	command("sysctl -w net.ipv4.ip_forward=1");
	for (unsigned i = 0; i < GATEWAYS; i++) {
		snprintf(cmd, sizeof(cmd), "ip neigh add 10.1.1.%u lladdr 02:00:00:00:01:%02x "
			 "dev eth1 nud permanent", i, i);
		command(cmd);
	}
	ttl_out = 63;
}

static void router(void)
{
	uint8_t mac[6];
	char cmd[128];

	routing_machine();
	ln_nic_mac(in, mac);
	for (unsigned i = 0; i < flows; i++) {
		uint32_t dst = 0x14000000u + (i << 8);

		snprintf(cmd, sizeof(cmd), "ip route add %u.%u.%u.0/24 via 10.1.1.%u", dst >> 24,
			 dst >> 16 & 255, dst >> 8 & 255, i % GATEWAYS);
		command(cmd);
		put_datagram(frames[i], 0x0a000002u, dst + 9);
		memcpy(frames[i], mac, 6);
		put_mac(frames[i] + 6, 0xff);
	}
}

#define FLOWTABLE " flowtable ft { hook ingress priority 0; devices = { eth0, eth1 }; }\n"

static void filter_rules(const char *flowtable, const char *flow_add)
{
	static char text[65536];
	int n = sprintf(text, "nft -f rules\ntable ip t {\n%s set no {\n type ipv4_addr\n "
			"elements = {", flowtable);

	router();
	for (int i = 0; i < 1000; i++)
		n += sprintf(text + n, " 30.0.%d.%d,", i >> 8, i & 255);
	n += sprintf(text + n, " }\n }\n chain f {\n type filter hook forward priority 0;\n%s"
		     " ip daddr @no drop\n udp dport vmap {", flow_add);
	for (int i = 0; i < 1000; i++)
		n += sprintf(text + n, " %d : %s,", 3500 + i, i & 1 ? "accept" : "drop");
	sprintf(text + n, " }\n }\n}\n");
	command(text);
}

static void filter(void)
{
	filter_rules("", "");
}

static void filter_flow(void)
{
	filter_rules(FLOWTABLE, " flow add @ft\n");
}

static void nat(void)
{
	uint8_t mac[6];

	routing_machine();
	command("ip route add 20.0.0.0/8 via 10.1.1.0");
	command("sysctl -w net.netfilter.nf_conntrack_max=2000000");
	command("nft add table ip t");
	command("nft add chain ip t c { type nat hook postrouting priority srcnat; }");
	command("nft add rule ip t c oifname \"eth1\" masquerade");
	ln_nic_mac(in, mac);
	for (unsigned i = 0; i < flows; i++) {
		put_datagram(frames[i], 0x0a000002u, 0x14000009u + (i / PORTS << 8));
		put16(frames[i] + 34, 1024 + i % PORTS);
		memcpy(frames[i], mac, 6);
		put_mac(frames[i] + 6, 0xff);
	}
}

static void nat_flow(void)
{
	nat();
	command("nft -f rules\ntable ip f {\n" FLOWTABLE
		" chain f {\n type filter hook forward priority 0;\n flow add @ft\n }\n}\n");
}

static void receive(struct ln_nic *nic, const uint8_t *frame)
{
	int r = ln_nic_receive(nic, frame, FRAME);

	if (r)
		die("receive", r);
}

static void run(void)
{
	now += TURN_NS;
	ln_net_run(net, now);
}

/* Every station has sent something from where it is: eth0 or eth1. */
static void learn(void)
{
	uint8_t f[FRAME];

	for (unsigned i = 0; i < 2 * flows; i++) {
		put_datagram(f, 0x0a000002u, 0x0a000003u);
		put_mac(f, 0xfffffff0u);
		put_mac(f + 6, i);
		receive(i & 1 ? out : in, f);
		run();
		while (ln_nic_transmit(i & 1 ? in : out, f, sizeof(f)) > 0)
			;
	}
}

static void bridge(void)
{
	machine();
	command("ip link add br0 type bridge fdb_max_learned 0");
	command("ip link set eth0 master br0");
	command("ip link set eth1 master br0");
	command("ip link set eth0 up");
	command("ip link set eth1 up");
	command("ip link set br0 up");
	for (unsigned i = 0; i < flows; i++) {
		put_datagram(frames[i], 0x0a000002u, 0x0a000003u);
		put_mac(frames[i], 2 * i + 1);		/* odd ones are behind eth1 */
		put_mac(frames[i] + 6, 2 * i);
	}
	learn();
	ttl_out = 64;
}

/* ---- the work ---- */

static uint8_t *next_frame(void)
{
	uint8_t *f = frames[next_flow];

	if (++next_flow == flows)
		next_flow = 0;
	return f;
}

static void give(void)
{
	struct ln_frame f[BURST];

	for (int i = 0; i < BURST; i++) {
		if (single)
			receive(in, next_frame());
		else
			f[i] = (struct ln_frame){ next_frame(), FRAME };
	}
	if (!single && ln_nic_receive_many(in, f, BURST) != BURST)
		die("receive", -ENOBUFS);
}

static unsigned take(uint8_t (*to)[FRAME])
{
	struct ln_frame f[BURST];
	unsigned n = 0;

	while (single && n < BURST && ln_nic_transmit(out, to[n], FRAME) > 0)
		n++;
	for (unsigned i = 0; !single && i < BURST; i++)
		f[i] = (struct ln_frame){ to[i], FRAME };
	return single ? n : ln_nic_transmit_many(out, f, BURST);
}

static double step(void)
{
	static uint8_t taken[BURST][FRAME];
	unsigned done = 0, n;

	give();
	run();
	for (n = take(taken); done < n && taken[done][TTL_AT] == ttl_out; done++)
		;
	if (done != BURST)
		die("frames lost on their way", -EIO);
	return done;
}

static double rate(double seconds)
{
	double done = 0, start = cpu_seconds(), t;

	while (cpu_seconds() - start < seconds / 4)
		step();
	start = cpu_seconds();
	do {
		for (int i = 0; i < 32; i++)
			done += step();
		t = cpu_seconds() - start;
	} while (t < seconds);
	return done / t;
}

static double amount(const char *arg)
{
	char *end = NULL;
	double seconds = arg ? strtod(arg, &end) : 1, done = 0;

	if (!end || *end != 'x')
		return rate(seconds);
	for (long i = 0; i < (long)seconds; i++)
		done += step();
	return done;
}

static const struct {
	const char *name;
	void (*begin)(void);
	long most;
	int rounds;			/* in which all flows begin */
} cases[] = {
	{ "router", router, FLOWS_MAX, 0 }, { "filter", filter, FLOWS_MAX, 0 },
	{ "filter-flow", filter_flow, FLOWS_MAX, 2 }, { "nat", nat, CONNECTIONS_MAX, 1 },
	{ "nat-flow", nat_flow, CONNECTIONS_MAX, 2 }, { "switch", bridge, STATIONS_MAX / 2, 0 },
};

int main(int argc, char **argv)
{
	long n = argc > 3 ? atol(argv[3]) : 1;
	size_t c = 0, len = argc > 1 ? strcspn(argv[1], "_") : 0;
	char name[64];

	while (argc > 1 && c < sizeof(cases) / sizeof(cases[0]) &&
	       (strlen(cases[c].name) != len || strncmp(cases[c].name, argv[1], len)))
		c++;
	single = argc > 1 && !strcmp(argv[1] + len, "_single");
	if (argc < 2 || c == sizeof(cases) / sizeof(cases[0]) || n < 1 || n > cases[c].most) {
		fprintf(stderr,
			"usage: forward router|filter|filter-flow|nat|nat-flow|switch[_single] "
			"[SECONDS|TURNSx [N]]\n");
		return 1;
	}
	flows = (unsigned)n;
	cases[c].begin();
	shuffle();
	for (long i = 0; i < cases[c].rounds * (n + BURST - 1); i += BURST)
		step();
	snprintf(name, sizeof(name), n > 1 ? "%s_%ld" : "%s", argv[1], n);
	report("forward", "linnet", name, amount(argc > 2 ? argv[2] : NULL), "packets/s");
	ln_net_destroy(net, NULL);
	free(frames);
	return 0;
}
