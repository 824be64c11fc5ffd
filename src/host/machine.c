/* SPDX-License-Identifier: MIT */
#include "host/machine.h"

#include <linnet/ctl.h>
#include <stdarg.h>
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
__attribute__((format(printf, 4, 5)))
static bool configure(struct machine *m, char *err, size_t cap, const char *fmt, ...)
{
	char cmd[256], said[512] = "";
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
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

static bool add_addr(struct machine *m, const char *addr, char *err, size_t cap)
{
	return configure(m, err, cap, "ip addr add %s dev %s", addr, m->ifname);
}

/* A bridge's ports need none of their own: they would say so on the wire. */
static bool enable_ipv6(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	if (!p->bridge)
		return configure(m, err, cap, "sysctl -q -w net.ipv6.conf.all.disable_ipv6=0");
	return configure(m, err, cap, "sysctl -q -w net.ipv6.conf.lo.disable_ipv6=0 "
			 "net.ipv6.conf.%s.disable_ipv6=0", m->ifname);
}

/* IPv6 only where it is asked for: else nothing of it is on the wire. */
static bool set_addrs(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	bool v6 = p->slaac || is_ipv6(p->addr);

	for (const char *const *more = p->more_addrs; *more; more++)
		v6 |= is_ipv6(*more);
	if ((v6 && !p->slaac && !configure(m, err, cap, "sysctl -q -w net.ipv6.conf.%s.accept_ra=0",
					   m->ifname)) ||
	    (v6 && !enable_ipv6(m, p, err, cap)) ||
	    (p->addr && !add_addr(m, p->addr, err, cap)))
		return false;
	for (const char *const *more = p->more_addrs; *more; more++)
		if (!add_addr(m, *more, err, cap))
			return false;
	return true;
}

bool machine_is_ready(const struct machine *m)
{
	const struct net_device *dev = dev_get_by_name(net_of(m->net), m->ifname);
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

static struct wire_params wire_params_of(const struct machine_params *p)
{
	struct wire_params wp = {
		.spec = p->dev, .addr = p->addr ? p->addr : p->dev, .mtu = p->mtu,
		.no_offload = p->no_offload, .busy_poll_us = p->busy_poll_us,
		.link = p->link, .link_seed = p->seed,
	};

	if (p->link && !wp.link_seed)
		wp.link_seed = host_entropy();
	return wp;
}

static bool make_card(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	struct wire_params wp = wire_params_of(p);

	snprintf(m->ifname, sizeof(m->ifname), "eth0");
	memcpy(wp.mac, p->mac, sizeof(wp.mac));
	if (m->crew)
		return crew_open_wires(m->crew, &wp, &m->wire, err, cap);
	m->wire = wire_open(net_of(m->net), &m->loop, &wp, err, cap);
	return m->wire;
}

static bool make_port(struct machine *m, const struct machine_params *p, const char *spec,
		      struct wire **wire, char *err, size_t cap)
{
	struct wire_params wp = wire_params_of(p);
	char name[WIRE_IFNAME_MAX];

	wp.spec = wp.addr = spec;
	wp.name = wire_ifname(spec, name);
	*wire = wire_open(net_of(m->net), &m->loop, &wp, err, cap);
	return *wire && configure(m, err, cap, "ip link set %s master %s", name, m->ifname) &&
	       configure(m, err, cap, "ip link set %s up", name);
}

static bool make_bridge(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	size_t len = strcspn(p->bridge, " ");
	const u8 *a = p->mac;

	if (!len || len >= sizeof(m->ifname)) {
		snprintf(err, cap, "--bridge \"%s\": a name of at most %zu letters comes first",
			 p->bridge, sizeof(m->ifname) - 1);
		return false;
	}
	memcpy(m->ifname, p->bridge, len);
	if (!configure(m, err, cap, "ip link add %s type bridge%s", m->ifname, p->bridge + len) ||
	    !make_port(m, p, p->dev, &m->wire, err, cap))
		return false;
	for (int i = 0; p->more_devs[i]; i++)
		if (!make_port(m, p, p->more_devs[i], &m->more_wires[i], err, cap))
			return false;
	return !(a[0] | a[1] | a[2] | a[3] | a[4] | a[5]) ||
	       configure(m, err, cap, "ip link set %s address %02x:%02x:%02x:%02x:%02x:%02x",
			 m->ifname, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static bool make_devices(struct machine *m, const struct machine_params *p, char *err, size_t cap)
{
	if (!(p->bridge ? make_bridge(m, p, err, cap) : make_card(m, p, err, cap)))
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
	return configure(m, err, cap, "ip link set lo up") &&
	       configure(m, err, cap, "ip link set %s up", m->ifname) &&
	       set_addrs(m, p, err, cap) &&
	       (!p->gw || configure(m, err, cap, "ip route add default via %s", p->gw)) &&
	       (!p->gw6 || configure(m, err, cap, "ip -6 route add default via %s dev %s",
				     p->gw6, m->ifname));
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
	ok = make_net(m, params) && make_devices(m, params, err, cap);
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

static void run_wires(struct machine *m, s64 now)
{
	wire_run(m->wire, now);
	for (int i = 0; m->more_wires[i]; i++)
		wire_run(m->more_wires[i], now);
}

static s64 next_event(const struct machine *m)
{
	s64 next = min(ln_net_next_event(m->net), wire_next(m->wire));

	for (int i = 0; m->more_wires[i]; i++)
		next = min(next, wire_next(m->more_wires[i]));
	return next;
}

void machine_turn(struct machine *m, s64 until_ns)
{
	s64 now = host_now_ns(), next;

	if (m->crew) {
		crew_turn(m->crew, until_ns);
		return;
	}
	run_wires(m, now);
	ln_net_run(m->net, now);
	run_wires(m, now);
	next = min(next_event(m), until_ns);
	if (next <= now && ++m->busy < MACHINE_BUSY_MAX)
		return;
	m->busy = 0;
	loop_wait(&m->loop, next);
}
