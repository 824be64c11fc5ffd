/* SPDX-License-Identifier: MIT */
#include "host/machine.h"

#include <linnet/ctl.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/dns/dns_client.h"
#include "app/util/inet.h"
#include "base/netns.h"
#include "device/netdevice.h"
#include "host/clock.h"
#include "host/crew.h"
#include "host/wire.h"
#include "net/ipv6/ip6.h"
#include "trace/capture.h"
#include "trace/journey.h"

/* A command of the setup; false with what it said. */
static bool configure(struct machine *m, char *err, size_t cap, const char *fmt, const char *arg)
{
	char cmd[256], said[512] = "";
	size_t len;

	snprintf(cmd, sizeof(cmd), fmt, arg);
	if (!machine_ctl(m, cmd, said, sizeof(said), NULL))
		return true;
	len = strlen(said);
	while (len && said[len - 1] == '\n')
		said[--len] = '\0';
	snprintf(err, cap, "%s: %s", cmd, said);
	return false;
}

static bool make_net(struct machine *m, const struct machine_params *p)
{
	struct ln_net_params np;

	ln_net_params_init(&np);
	np.name = p->name ? p->name : "linnet";
	np.seed = p->seed ? p->seed : host_entropy();
	np.start_ns = host_now_ns();
	np.wall_ns = host_wall_ns();
	np.mem_budget = MACHINE_BUDGET;
	if (p->journey) {
		np.trace = journey_event;
		np.trace_ctx = p->journey;
	}
	if (p->shards < 2) {
		m->net = ln_net_create(&np);
		return m->net;
	}
	m->crew = crew_new(&np, p->shards, &m->loop);
	m->net = m->crew ? crew_net(m->crew, 0) : NULL;
	return m->crew;
}

struct ln_net *machine_net_at(const struct machine *m, unsigned i)
{
	if (!m->crew)
		return i ? NULL : m->net;
	return i < crew_count(m->crew) ? crew_net(m->crew, i) : NULL;
}

int machine_ctl(struct machine *m, const char *cmd, char *out, size_t cap, size_t *len)
{
	return m->crew ? crew_ctl(m->crew, cmd, out, cap, len) :
			 ln_ctl(m->net, cmd, out, cap, len);
}

void machine_stop(struct machine *m)
{
	if (m->crew)
		crew_stop(m->crew);
}

/* Captures show names in place of addresses where they know them. */
static void tell_name(const struct machine_params *p)
{
	char addr[INET4_TEXT_MAX] = "";
	be32 a;

	snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(p->addr, "/"), p->addr);
	if (inet4_parse(addr, &a))
		pcapng_name(p->pcap, a, p->name ? p->name : "linnet");
}

static bool is_ipv6(const char *addr)
{
	return addr && strchr(addr, ':');
}

/* IPv6 only where it is asked for: else nothing of it is on the wire. */
static bool set_addrs(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	bool v6 = p->slaac || is_ipv6(p->addr);

	for (const char *const *more = p->more_addrs; *more; more++)
		v6 |= is_ipv6(*more);
	if ((v6 && !p->slaac && !configure(m, err, cap, "sysctl -q -w net.ipv6.conf.eth0.%s=0",
					   "accept_ra")) ||
	    (v6 && !configure(m, err, cap, "sysctl -q -w net.ipv6.conf.all.%s=0",
			      "disable_ipv6")) ||
	    (p->addr && !configure(m, err, cap, "ip addr add %s dev eth0", p->addr)))
		return false;
	for (const char *const *more = p->more_addrs; *more; more++)
		if (!configure(m, err, cap, "ip addr add %s dev eth0", *more))
			return false;
	return true;
}

bool machine_is_ready(const struct machine *m)
{
	const struct net_device *dev = dev_get_by_name(net_of(m->net), "eth0");
	const struct inet6_ifaddr *ifp;
	bool made = false;

	if (!dev || !dev->ip6_ptr)
		return true;
	list_for_each_entry(ifp, &dev->ip6_ptr->addr_list, list) {
		if ((ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == IFA_F_TENTATIVE)
			return false;
		made |= (ifp->flags & IFA_F_MANAGETEMPADDR) != 0;
	}
	return made || !m->slaac;
}

static bool make_card(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	struct wire_params wp = {
		.spec = p->dev, .addr = p->addr ? p->addr : p->dev, .mtu = p->mtu,
		.no_offload = p->no_offload, .busy_poll_us = p->busy_poll_us,
		.link = p->link, .link_seed = p->seed,
	};

	memcpy(wp.mac, p->mac, sizeof(wp.mac));
	if (p->link && !wp.link_seed)
		wp.link_seed = host_entropy();
	if (m->crew && !crew_open_wires(m->crew, &wp, &m->wire, err, cap))
		return false;
	if (!m->crew)
		m->wire = wire_open(net_of(m->net), &m->loop, &wp, err, cap);
	if (!m->wire)
		return false;
	if (p->pcap) {
		m->capture = capture_start(net_of(m->net), p->pcap, 0, false);
		if (!m->capture) {
			snprintf(err, cap, "out of memory");
			return false;
		}
		if (p->addr)
			tell_name(p);
	}
	return configure(m, err, cap, "ip link set %s up", "lo") &&
	       configure(m, err, cap, "ip link set %s up", "eth0") &&
	       set_addrs(m, p, err, cap) &&
	       (!p->gw || configure(m, err, cap, "ip route add default via %s", p->gw)) &&
	       (!p->gw6 || configure(m, err, cap, "ip -6 route add default via %s dev eth0",
				     p->gw6));
}

static bool make_resolver(struct machine *m, const struct machine_params *p)
{
	struct dns_client_config config = { .nservers = p->dns_count, .hosts = p->hosts };

	memcpy(config.servers, p->dns, sizeof(p->dns));
	m->dns = dns_client_new(m->net, &config);
	return m->dns;
}

struct machine *machine_create(const struct machine_params *params, char *err, size_t cap)
{
	struct machine *m = calloc(1, sizeof(*m));
	bool ok;

	snprintf(err, cap, "out of memory");
	if (!m)
		return NULL;
	m->slaac = params->slaac;
	loop_init(&m->loop);
	ok = make_net(m, params) && make_card(m, params, err, cap);
	if (ok && !make_resolver(m, params)) {
		snprintf(err, cap, "out of memory");
		ok = false;
	}
	if (ok)
		return m;
	machine_destroy(m, NULL);
	return NULL;
}

void machine_unwatch(struct machine *m)
{
	capture_stop(m->capture);
	m->capture = NULL;
	if (m->net)
		net_of(m->net)->trace = NULL;
}

int machine_destroy(struct machine *m, struct ln_leaks *leaks)
{
	struct ln_leaks found;
	int err;

	if (!m)
		return 0;
	machine_stop(m);
	machine_unwatch(m);
	dns_client_free(m->dns);
	err = m->crew ? crew_free(m->crew, &found) : ln_net_destroy(m->net, &found);
	if (leaks)
		*leaks = found;
	free(m);
	return err;
}

void machine_turn(struct machine *m, s64 until_ns)
{
	s64 now = host_now_ns(), next;

	if (m->crew) {
		crew_turn(m->crew, until_ns);
		return;
	}
	wire_run(m->wire, now);
	ln_net_run(m->net, now);
	wire_run(m->wire, now);
	next = min(ln_net_next_event(m->net), wire_next(m->wire));
	next = min(next, until_ns);
	if (next <= now && ++m->busy < MACHINE_BUSY_MAX)
		return;
	m->busy = 0;
	loop_wait(&m->loop, next);
}
