/* SPDX-License-Identifier: MIT */
/*
 * lab_scale CASE [AMOUNT [HOSTS]]: what a lab of so many hosts costs, ten to a switch. Every host
 * talks TCP with its neighbour: 1,000 bytes there and 1,000 back each 10 ms.
 *
 *	events	events of the lab per second of CPU time
 *	speed	simulated seconds per second of CPU time
 *	idle	bytes per host that has an address and a link and nothing to do, switch and link
 *		included: resident memory, divided
 *
 * AMOUNT: seconds of CPU time to measure, 1 when not given; at least a tenth of a simulated second
 *	is run. Or so many periods, "100x", for who counts instructions.
 */
#include <linnet/linnet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/util/inet.h"
#include "app/util/text.h"
#include "common/measure.h"
#include "lab/lab.h"

#define PER_SWITCH 10
#define MESSAGE 1000
#define PERIOD_NS 10000000ll
#define PORT 7000
#define HOSTS_MAX 50000

struct talk {
	struct lab_node *node[2];
	int listener, fd[2];
	unsigned left[2];	/* bytes of the message that is awaited */
};

static struct lab *lab;
static struct talk *talks;
static unsigned hosts = 10;
static int64_t now;

static long must(const char *what, long r)
{
	if (r < 0) {
		fprintf(stderr, "lab_scale: %s: %ld\n", what, r);
		exit(1);
	}
	return r;
}

static char *yaml(void)
{
	struct text t = { 0 };

	text_adds(&t, "name: scale\ntopology:\n  nodes:\n");
	for (unsigned i = 0; i < hosts; i += PER_SWITCH)
		text_addf(&t, "    s%u: { kind: switch }\n", i / PER_SWITCH);
	for (unsigned i = 0; i < hosts; i++)
		text_addf(&t, "    h%u: { kind: host, exec: [ip addr add 10.%u.%u.%u/24 dev eth0] "
			  "}\n", i, i / PER_SWITCH / 256, i / PER_SWITCH % 256,
			  i % PER_SWITCH + 1);
	text_adds(&t, "  links:\n");
	for (unsigned i = 0; i < hosts; i++)
		text_addf(&t, "    - { endpoints: [\"h%u:eth0\", \"s%u:p%u\"] }\n", i,
			  i / PER_SWITCH, i % PER_SWITCH);
	return text_steal(&t);
}

static struct topo *lab_open(void)
{
	char *text = yaml(), *errors = NULL;
	struct lab_params params = { .seed = 1 };
	struct topo *topo = topo_read_text("scale.yml", text, strlen(text), NULL, &errors);

	if (topo)
		lab = lab_create(topo, &params, &errors);
	if (!lab) {
		fprintf(stderr, "lab_scale: %s\n", errors ? errors : "no memory");
		exit(1);
	}
	free(text);
	now = 1000000000ll;
	lab_run(lab, now);
	return topo;
}

/* ---- who talks ---- */

static struct lab_node *host(unsigned i)
{
	return lab_node_at(lab, (hosts + PER_SWITCH - 1) / PER_SWITCH + i);
}

static void connect_pair(struct talk *t, unsigned i)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(PORT) };
	struct ln_net *a, *b;
	int r;

	t->node[0] = host(2 * i);
	t->node[1] = host(2 * i + 1);
	a = lab_node_net(t->node[0]);
	b = lab_node_net(t->node[1]);
	lab_node_kick(t->node[1]);
	t->listener = (int)must("socket", ln_socket(b, LN_AF_INET, LN_SOCK_STREAM, 0));
	must("bind", ln_bind(b, t->listener, &sin, sizeof(sin)));
	must("listen", ln_listen(b, t->listener, 1));
	lab_node_kick(t->node[1]);
	lab_node_kick(t->node[0]);
	t->fd[0] = (int)must("socket", ln_socket(a, LN_AF_INET, LN_SOCK_STREAM, 0));
	sin.sin_addr = cpu_to_be32(0x0a000000u | (2 * i / PER_SWITCH) << 8 |
				   ((2 * i + 1) % PER_SWITCH + 1));
	r = ln_connect(a, t->fd[0], &sin, sizeof(sin));
	if (r != -EINPROGRESS)
		must("connect", r);
	lab_node_kick(t->node[0]);
}

static void send_message(struct talk *t, unsigned who)
{
	static const char message[MESSAGE];
	struct ln_net *net = lab_node_net(t->node[who]);

	lab_node_kick(t->node[who]);
	if (must("send", ln_send(net, t->fd[who], message, MESSAGE, 0)) != MESSAGE)
		must("send all", -1);
	t->left[!who] += MESSAGE;
	lab_node_kick(t->node[who]);
}

/* Takes what is there; true: the whole message. */
static bool take_message(struct talk *t, unsigned who)
{
	static char buf[2 * MESSAGE];
	struct ln_net *net = lab_node_net(t->node[who]);
	ptrdiff_t n = ln_recv(net, t->fd[who], buf, sizeof(buf), 0);

	if (n != -EAGAIN)
		t->left[who] -= (unsigned)must("recv", n);
	return !t->left[who];
}

static void run_for(int64_t ns)
{
	now += ns;
	lab_run(lab, now);
}

/* There and back, each in half of the period. */
static void period(void)
{
	for (unsigned who = 0; who < 2; who++) {
		for (unsigned i = 0; i < hosts / 2; i++)
			send_message(&talks[i], who);
		run_for(PERIOD_NS / 2);
		for (unsigned i = 0; i < hosts / 2; i++)
			if (!take_message(&talks[i], !who))
				must("the message is not there", -1);
	}
}

static void start_talking(void)
{
	talks = calloc(hosts / 2, sizeof(*talks));
	if (!talks)
		must("memory", -1);
	for (unsigned i = 0; i < hosts / 2; i++)
		connect_pair(&talks[i], i);
	run_for(1000000000ll);
	for (unsigned i = 0; i < hosts / 2; i++)
		talks[i].fd[1] = (int)must("accept", ln_accept(lab_node_net(talks[i].node[1]),
							       talks[i].listener, NULL, NULL));
	for (int i = 0; i < 5; i++)
		period();
}

/* So many seconds, or periods. */
static void measure(double amount, bool periods, double *events, double *speed)
{
	double start = cpu_seconds(), t;
	u64 before = lab_events(lab);
	int64_t since = now;

	do {
		for (int i = 0; i < (periods ? (int)amount : 10); i++)
			period();
		t = cpu_seconds() - start;
	} while (!periods && t < amount);
	*events = (double)(lab_events(lab) - before) / t;
	*speed = (double)(now - since) * 1e-9 / t;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool idle = !strcmp(what, "idle"), fast = !strcmp(what, "speed");
	char one[] = "1", *end;
	double amount = strtod(argc > 2 ? argv[2] : one, &end), events = 0, speed = 0;
	bool periods = !strcmp(end, "x");
	long before = resident_bytes();
	struct topo *topo;
	char name[64];

	if (argc > 3)
		hosts = (unsigned)atoi(argv[3]) / 2 * 2;
	if ((!idle && !fast && strcmp(what, "events")) || hosts < 2 || hosts > HOSTS_MAX ||
	    (*end && !periods)) {
		fprintf(stderr, "usage: lab_scale events|speed|idle [SECONDS|PERIODSx [HOSTS]]\n");
		return 1;
	}
	topo = lab_open();
	snprintf(name, sizeof(name), "lab_%s_%u", what, hosts);
	if (idle) {
		report("lab_scale", "linnet", name, (double)(resident_bytes() - before) / hosts,
		       "bytes/host");
	} else {
		start_talking();
		measure(amount, periods, &events, &speed);
		report("lab_scale", "linnet", name, fast ? speed : events,
		       fast ? "sim.s/s" : "events/s");
	}
	lab_destroy(lab, NULL);
	topo_free(topo);
	free(talks);
	return 0;
}
