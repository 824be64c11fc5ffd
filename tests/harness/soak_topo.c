/* SPDX-License-Identifier: MIT */
/* The world of a soak: machines, cables, settings, and what happens to them. */
#include <linnet/ctl.h>
#include <stdio.h>
#include <string.h>

#include "base/sysctl.h"
#include "harness/soak.h"
#include "lab/lab_priv.h"
#include "wire/inet_addr.h"
#include "wire/ipv6.h"

#define MS 1000000ll
#define ACTION_SPAN_MS 20000
#define SWITCH_VALUES 6
#define ENABLE_IPV6 "sysctl -w net.ipv6.conf.all.disable_ipv6=0"

/* ---- the lab's file ---- */

static void draw_loss(struct soak *s)
{
	switch (soak_below(s, 5)) {
	case 0:
		text_addf(&s->yaml, ", loss: %u.%u%%", soak_below(s, 8), soak_below(s, 10));
		s->lossy = true;
		break;
	case 1:		/* bursts of 2 to 5 frames, a few percent of all */
		text_addf(&s->yaml, ", loss: { p: 0.%02u%%, r: %u%%, bad: %u%% }",
			  1 + soak_below(s, 99), 20 + soak_below(s, 40), 50 + soak_below(s, 51));
		s->lossy = true;
		break;
	}
}

/* A device of less has no IPv6. */
static u32 least_mtu(const struct soak *s, u32 least)
{
	return s->ipv6 ? IPV6_MIN_MTU : least;
}

/* routed: both ends know the MTU, and somebody can tell when it is too small. */
static void draw_link(struct soak *s, const char *from, const char *to, bool routed)
{
	unsigned delay_us = soak_one_in(s, 3) ? soak_below(s, 150000) : soak_below(s, 5000);
	unsigned rate_mbit = soak_one_in(s, 4) ? 1 + soak_below(s, 9) : 10 + soak_below(s, 990);

	text_addf(&s->yaml, "    - { endpoints: [\"%s\", \"%s\"], rate: %umbit, delay: %uus", from,
		  to, rate_mbit, delay_us);
	if (soak_one_in(s, 3) && delay_us)
		text_addf(&s->yaml, ", jitter: %uus", soak_below(s, delay_us));
	draw_loss(s);
	if (soak_one_in(s, 3))
		text_addf(&s->yaml, ", reorder: { p: %u.%u%%, by: %uus }", soak_below(s, 10),
			  soak_below(s, 10), 1 + soak_below(s, 30000));
	if (soak_one_in(s, 3))
		text_addf(&s->yaml, ", duplicate: %u.%u%%", soak_below(s, 10), soak_below(s, 10));
	if (soak_one_in(s, 4)) {
		text_addf(&s->yaml, ", ber: %ue-7", 1 + soak_below(s, 9));
		s->lossy = true;
	}
	if (soak_one_in(s, 3)) {
		text_addf(&s->yaml, ", queue: %ukb", 4 + soak_below(s, 100));
		s->lossy = true;
	}
	if (routed && soak_one_in(s, 3))
		text_addf(&s->yaml, ", mtu: %u", least_mtu(s, 300) +
			  soak_below(s, 1501 - least_mtu(s, 300)));
	text_adds(&s->yaml, " }\n");
}

static unsigned hosts_of(const struct soak *s, unsigned lan)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->hosts; i++)
		n += s->host[i].lan == lan;
	return n;
}

static void draw_hosts(struct soak *s)
{
	for (unsigned i = 0; i < s->hosts; i++) {
		struct soak_host *h = &s->host[i];

		h->soak = s;
		/* Each LAN has one, the others are anywhere. */
		h->lan = i < s->lans ? i : soak_below(s, s->lans);
		h->addr = INET_ADDR4(10, (u8)h->lan, 0, (u8)(i + 1));
		h->addr6 = (struct ip6_addr){ { 0xfd, [7] = (u8)h->lan, [15] = (u8)(i + 1) } };
		snprintf(h->name, sizeof(h->name), "h%u", i);
		text_addf(&s->yaml, "    %s: { kind: host", h->name);
		if (soak_one_in(s, 5))
			text_addf(&s->yaml, ", cpu: { frame-cost: %uus }", 1 + soak_below(s, 30));
		text_addf(&s->yaml, ", exec: [ ip addr add 10.%u.0.%u/24 dev eth0", h->lan, i + 1);
		if (s->lans > 1)
			text_addf(&s->yaml, ", ip route add default via 10.%u.0.254", h->lan);
		soak_draw_card(s);
		if (s->ipv6)
			text_addf(&s->yaml, ", " ENABLE_IPV6 ", ip addr add fd00:0:0:%u::%x/64 dev "
				  "eth0 nodad, ip route add default via fd00:0:0:%u::ffff",
				  h->lan, i + 1, h->lan);
		text_adds(&s->yaml, " ] }\n");
	}
}

static bool has_switch(const struct soak *s, unsigned lan)
{
	return hosts_of(s, lan) + (s->lans > 1) > 2;
}

static void draw_router6(struct soak *s, unsigned k)
{
	text_addf(&s->yaml, ", " ENABLE_IPV6 ", sysctl -w net.ipv6.conf.all.forwarding=1"
		  ", ip addr add fd00:0:0:%u::ffff/64 dev lan nodad", k);
	if (k > 0)
		text_addf(&s->yaml, ", ip addr add fd00:1:%u::2/64 dev left nodad", k - 1);
	if (k + 1 < s->lans)
		text_addf(&s->yaml, ", ip addr add fd00:1:%u::1/64 dev right nodad", k);
	for (unsigned j = 0; j < s->lans; j++)
		if (j != k)
			text_addf(&s->yaml, ", ip route add fd00:0:0:%u::/64 via fd00:1:%u::%u", j,
				  j < k ? k - 1 : k, j < k ? 1 : 2);
}

/* To the cables between other routers, whose addresses NAT may use. */
static void draw_ways_to_cables(struct soak *s, unsigned k)
{
	for (unsigned j = 0; j + 1 < s->lans; j++) {
		bool left = j < k;
		unsigned via = left ? k - 1 : k;

		if (j == via)
			continue;
		text_addf(&s->yaml, ", ip route add 172.16.%u.0/30 via 172.16.%u.%u", j, via,
			  left ? 1 : 2);
		if (s->ipv6)
			text_addf(&s->yaml, ", ip route add fd00:1:%u::/64 via fd00:1:%u::%u", j,
				  via, left ? 1 : 2);
	}
}

static void draw_middle(struct soak *s)
{
	for (unsigned k = 0; k < s->lans; k++)
		if (has_switch(s, k))
			text_addf(&s->yaml, "    sw%u: { kind: switch }\n", k);
	for (unsigned k = 0; k < s->lans && s->lans > 1; k++) {
		text_addf(&s->yaml, "    r%u: { kind: router, exec: [ ip addr add 10.%u.0.254/24 "
			  "dev lan", k, k);
		if (k > 0)
			text_addf(&s->yaml, ", ip addr add 172.16.%u.2/30 dev left", k - 1);
		if (k + 1 < s->lans)
			text_addf(&s->yaml, ", ip addr add 172.16.%u.1/30 dev right", k);
		for (unsigned j = 0; j < s->lans; j++)
			if (j != k)
				text_addf(&s->yaml, ", ip route add 10.%u.0.0/24 via 172.16.%u.%u",
					  j, j < k ? k - 1 : k, j < k ? 1 : 2);
		if (s->ipv6)
			draw_router6(s, k);
		draw_ways_to_cables(s, k);
		soak_draw_rules(s, k);
		text_adds(&s->yaml, " ] }\n");
	}
}

/* Hosts on a switch; or the only two on one cable; one alone hangs on its router. */
static void draw_lan_links(struct soak *s, unsigned lan)
{
	char from[24], to[24];
	unsigned port = 0;

	if (!has_switch(s, lan)) {
		if (s->lans == 1)
			draw_link(s, "h0:eth0", "h1:eth0", true);
		return;
	}
	for (unsigned i = 0; i < s->hosts; i++) {
		if (s->host[i].lan != lan)
			continue;
		snprintf(from, sizeof(from), "h%u:eth0", i);
		snprintf(to, sizeof(to), "sw%u:p%u", lan, ++port);
		draw_link(s, from, to, false);
	}
}

static void draw_links(struct soak *s)
{
	char from[24], to[24];

	for (unsigned k = 0; k < s->lans; k++) {
		draw_lan_links(s, k);
		if (s->lans == 1)
			continue;
		snprintf(to, sizeof(to), "r%u:lan", k);
		snprintf(from, sizeof(from), "sw%u:p0", k);
		if (!has_switch(s, k))
			snprintf(from, sizeof(from), "h%u:eth0", k);	/* the only one there */
		draw_link(s, from, to, !has_switch(s, k));
		if (k + 1 == s->lans)
			continue;
		snprintf(from, sizeof(from), "r%u:right", k);
		snprintf(to, sizeof(to), "r%u:left", k + 1);
		draw_link(s, from, to, true);
	}
}

void soak_draw_topo(struct soak *s)
{
	s->hosts = 2 + (soak_one_in(s, 2) ? soak_below(s, 2) : soak_below(s, SOAK_HOSTS_MAX - 1));
	s->lans = 1 + (soak_one_in(s, 2) ? 0 : soak_below(s, min(s->hosts, SOAK_LANS_MAX + 0u)));
	s->ipv6 = soak_one_in(s, 2);
	text_adds(&s->yaml, "name: soak\ntopology:\n  nodes:\n");
	draw_hosts(s);
	draw_middle(s);
	text_adds(&s->yaml, "  links:\n");
	draw_links(s);
}

/* ---- settings ---- */

struct soak_var {
	const char *name;
	s32 *value, dflt, lo, hi;
};

/*
 * A setting of TCP with a few values; one that takes any byte has them among the first. Not how
 * often something is tried, nor a server that resets whom it has no room for.
 */
static bool is_switch(const struct soak_var *v)
{
	return !strncmp(v->name, "net.ipv4.tcp_", 13) && !strstr(v->name, "retries") &&
	       !strstr(v->name, "abort_on_overflow") &&
	       (v->hi - (s64)v->lo < SWITCH_VALUES ||
		(v->lo == 0 && v->hi == 255 && v->dflt < SWITCH_VALUES));
}

/* Without them a cookie that was sent is refused, and the connection reset, as in Linux. */
static bool is_of_cookies(const struct soak_var *v)
{
	static const char *const names[] = {
		"tcp_syncookies", "tcp_timestamps", "tcp_sack", "tcp_window_scaling"
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(v->name + strlen("net.ipv4."), names[i]))
			return true;
	return false;
}

/* Switches of TCP by their range, those included that come later, and some numbers. */
void soak_draw_sysctls(struct soak *s, struct net *net)
{
	const struct soak_var vars[] = {
#define VAR(field, name, dflt, lo, hi, text) { name, &net->sysctl.field, dflt, lo, hi },
		SYSCTLS(VAR)
#undef VAR
	};

	for (unsigned i = 0; i < ARRAY_SIZE(vars); i++) {
		const struct soak_var *v = &vars[i];
		s32 value;

		if (!is_switch(v) || soak_below(s, 4))
			continue;
		value = v->lo + (s32)soak_below(s, min_t(u32, SWITCH_VALUES,
							 (u32)(v->hi - v->lo) + 1));
		if (!is_of_cookies(v) || !net->mib[MIB_TcpExtSyncookiesSent])
			*v->value = value;
	}
	if (soak_one_in(s, 3))
		net->sysctl.tcp_congestion_control = (s32)soak_below(s, net->tcp->cong.n);
	if (soak_one_in(s, 4))
		net->sysctl.tcp_rmem_max = 8192 << soak_below(s, 9);
	if (soak_one_in(s, 4))
		net->sysctl.tcp_wmem_max = 8192 << soak_below(s, 9);
	if (soak_one_in(s, 4))
		net->sysctl.tcp_rest_ms = (s32)soak_below(s, 50);
	if (soak_one_in(s, 4))
		net->sysctl.tcp_reordering = 1 + (s32)soak_below(s, 20);
	if (soak_one_in(s, 4))
		net->sysctl.tcp_rto_min_us = 1000 * (5 + (s32)soak_below(s, 400));
}

/* ---- what happens ---- */

static struct soak_action *add_action(struct soak *s, enum soak_what what, u32 which, u32 most_ms)
{
	struct soak_action *a = &s->action[s->actions++];

	*a = (struct soak_action){ .what = what, .which = which };
	a->at = soak_below(s, soak_one_in(s, 2) ? 1000 : ACTION_SPAN_MS) * MS;
	a->back = a->at + (1 + soak_below(s, soak_one_in(s, 2) ? most_ms / 20 : most_ms)) * MS;
	return a;
}

static bool is_switched(const struct soak *s, u32 link)
{
	const struct topo_link *l = &s->topo->links[link];

	return s->topo->nodes[l->end[0].node].kind == TOPO_SWITCH ||
	       s->topo->nodes[l->end[1].node].kind == TOPO_SWITCH;
}

void soak_draw_actions(struct soak *s)
{
	unsigned n = soak_one_in(s, 2) ? 0 : soak_below(s, SOAK_ACTIONS_MAX);
	u32 link;

	for (; n; n--) {
		link = soak_below(s, s->topo->link_count);
		switch (soak_below(s, 5)) {
		case 0:
			add_action(s, SOAK_LINK, link, 8000);
			s->lossy = true;
			break;
		case 1:
			if (!is_switched(s, link))
				add_action(s, SOAK_MTU, link, 20000)->value =
					least_mtu(s, 200) + soak_below(s, 1500 -
								       least_mtu(s, 200));
			s->lossy = true;
			break;
		case 2:
			add_action(s, SOAK_DELAY, link, 5000)->value = soak_below(s, 2000) * MS;
			s->lossy = true;
			break;
		case 3:
			add_action(s, SOAK_BUDGET, soak_below(s, s->hosts), 10000)->value =
				soak_below(s, 400000);
			s->poor = true;
			break;
		default:
			add_action(s, SOAK_SYSCTL, soak_below(s, s->hosts), 10000);
		}
	}
}

static void set_mtu(struct soak *s, const struct topo_end *e, u32 mtu)
{
	struct lab_node *node = lab_node_at(s->lab, e->node);
	char cmd[80], out[256];

	snprintf(cmd, sizeof(cmd), "ip link set dev %s mtu %u",
		 s->topo->nodes[e->node].ifaces[e->iface].name, mtu);
	lab_node_kick(node);
	if (ln_ctl(lab_node_net(node), cmd, out, sizeof(out), NULL))
		soak_fail(s, "%s: %s", cmd, out);
	lab_node_kick(node);
}

static void set_delay(struct soak *s, u32 link, s64 ns)
{
	for (int d = 0; d < 2; d++) {
		struct el_delay_params *p = &s->lab->links[link].dir[d].model.delay.params;

		p->jitter_ns = min(p->jitter_ns, ns);
		p->delay_ns = ns;
	}
}

static void act(struct soak *s, struct soak_action *a, bool begin)
{
	const struct topo_link *link = &s->topo->links[a->which];
	struct mem *mem;

	switch (a->what) {
	case SOAK_LINK:
		lab_link_set(s->lab, a->which, !begin);
		break;
	case SOAK_MTU:		/* both ends know; frames under way are still taken */
		a->old = link->params[0].mtu ? link->params[0].mtu : 1500;
		for (int i = 0; i < 2; i++)
			set_mtu(s, &link->end[i], (u32)(begin ? min(a->value, a->old) : a->old));
		break;
	case SOAK_DELAY:
		a->old = (u64)link->params[0].delay.delay_ns;
		set_delay(s, a->which, (s64)(begin ? a->old + a->value : a->old));
		break;
	case SOAK_BUDGET:	/* others take memory: all but so much more */
		mem = &s->host[a->which].net->mem;
		mem->budget = begin ? mem->used + a->value : LAB_BUDGET_DEFAULT;
		break;
	case SOAK_SYSCTL:	/* what was allowed up to here is looked at by the old settings */
		tcp_oracle_check(&s->host[a->which].oracle, s->host[a->which].net);
		soak_draw_sysctls(s, s->host[a->which].net);
	}
}

void soak_act(struct soak *s)
{
	s64 now = lab_now(s->lab);

	for (unsigned i = 0; i < s->actions; i++) {
		struct soak_action *a = &s->action[i];

		if (!a->begun && a->at <= now) {
			a->begun = true;
			act(s, a, true);
		}
		if (a->begun && a->back && a->back <= now) {
			a->back = 0;
			act(s, a, false);
		}
	}
}

s64 soak_next_action(const struct soak *s)
{
	s64 next = INT64_MAX;

	for (unsigned i = 0; i < s->actions; i++) {
		const struct soak_action *a = &s->action[i];

		if (!a->begun)
			next = min(next, a->at);
		else if (a->back)
			next = min(next, a->back);
	}
	return next;
}
