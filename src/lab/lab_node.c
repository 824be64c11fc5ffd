/* SPDX-License-Identifier: MIT */
/*
 * A machine of the lab: an instance with its cards, and its turn in the lab's queue.
 *
 * An instance is run when it asked to be (ln_net_next_event) and before anything is done to
 * it, so that its clock never lags behind what happens to it. A node without timers, frames or
 * programs is in no queue and costs nothing.
 */
#include <linnet/ctl.h>
#include <linnet/linnet.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/dns/dns_client.h"
#include "app/http/http_client.h"
#include "app/util/inet.h"
#include "app/util/text.h"
#include "base/assert.h"
#include "base/netns.h"
#include "device/dev_nic.h"
#include "lab/lab_priv.h"
#include "link/bridge/br.h"
#include "link/ethernet.h"
#include "net/ipv4/ip.h"
#include "trace/capture.h"
#include "wire/eth.h"

#define EXEC_OUT_BYTES (1u << 20)
#define CARD_FRAMES (4 * LAB_RING)
#define FRAME_BYTES 2048u

/* ---- its turn ---- */

void lab_node_arm(struct lab_node *node)
{
	/* The queue has room for one event of each node: see lab_create(). */
	ln_assert(!sched_set(&node->lab->sched, &node->turn, ln_net_next_event(node->net)));
}

void lab_node_advance(struct lab_node *node)
{
	s64 now_ns = node->lab->sched.now_ns;

	if (ln_net_now(node->net) < now_ns && !net_of(node->net)->running)
		ln_net_run(node->net, now_ns);
}

static void node_turn(struct sched_event *ev, s64 now_ns)
{
	struct lab_node *node = container_of(ev, struct lab_node, turn);

	ln_net_run(node->net, now_ns);
	lab_node_arm(node);
}

void lab_node_kick(struct lab_node *node)
{
	if (net_of(node->net)->running)
		return;		/* it is its turn, and it will be armed after it */
	ln_net_run(node->net, node->lab->sched.now_ns);
	lab_node_arm(node);
}

/* ---- how it is made ---- */

/* By the node's name and the lab's seed alone: a node more changes nothing for the others. */
static u64 node_seed(const struct lab_node *node)
{
	struct prng rng;

	el_prng_init(&rng, node->lab->seed, node->topo->name, "node");
	return prng_u64(&rng);
}

/*
 * A card holds a receive ring full of buffers, and a frame that is flooded waits at each port: a
 * switch of hundreds of ports would have nothing left.
 */
static size_t node_budget(const struct lab_node *node)
{
	const struct topo *topo = node->lab->topo;
	size_t cards = 0;

	if (node->lab->params.node_budget)
		return node->lab->params.node_budget;
	for (u32 i = 0; i < node->topo->iface_count; i++) {
		const struct topo_iface *iface = &node->topo->ifaces[i];
		u32 mtu = topo->links[iface->link].params[iface->end].mtu;

		cards += (size_t)CARD_FRAMES * max(mtu, FRAME_BYTES);
	}
	return max(cards, LAB_BUDGET_DEFAULT);
}

static int node_make_net(struct lab_node *node)
{
	struct lab *lab = node->lab;
	struct ln_net_params params;

	ln_net_params_init(&params);
	params.mem.reserve = NULL;	/* there may be thousands of nodes */
	params.name = node->topo->name;
	params.seed = node_seed(node);
	params.start_ns = lab->sched.now_ns;
	params.wall_ns = lab->params.wall_ns;
	params.mem_budget = node_budget(node);
	params.softirq_cost_ns = node->topo->frame_cost_ns;
	params.packet_ids = &lab->packet_ids;
	if (lab->params.journey) {
		params.trace = journey_event;
		params.trace_ctx = lab->params.journey;
	}
	node->net = ln_net_create(&params);
	if (!node->net)
		return -ENOMEM;
	node->bufs = net_of(node->net)->bufs;
	buf_pool_get(node->bufs);
	return 0;
}

/* 02:00:00:00:NN:II; numbers above 255 go into the bytes before. */
static void derive_mac(u8 mac[6], u32 node_no, u32 iface_no)
{
	mac[0] = 0x02;
	mac[1] = (u8)(iface_no >> 8);
	mac[2] = (u8)(node_no >> 16);
	mac[3] = (u8)(node_no >> 8);
	mac[4] = (u8)node_no;
	mac[5] = (u8)iface_no;
}

static int port_make(struct lab_node *node, u32 index, u32 iface_index)
{
	static const struct dev_nic_link ether_link = { ether_setup, eth_type_trans };
	const struct topo_iface *iface = &node->topo->ifaces[iface_index];
	struct lab_port *port = &node->ports[iface_index];
	struct net *net = net_of(node->net);
	const struct topo_link *link = &node->lab->topo->links[iface->link];
	struct nic_sim_params params = {
		.mtu = link->params[iface->end].mtu, .fifo_bytes = LAB_FIFO_BYTES,
		.rx_ring = LAB_RING, .tx_ring = LAB_RING,
	};
	struct net_device *dev;

	if (iface->has_mac)
		ether_addr_copy(params.mac, iface->mac);
	else
		derive_mac(params.mac, index + 1, iface_index + 1);
	port->node = node;
	port->sim = nic_sim_create(net, &params);
	if (!port->sim)
		return -ENOMEM;
	dev = dev_nic_create(net, nic_sim_nic(port->sim), iface->name, LAB_RING, LAB_RING,
			     &ether_link);
	if (!dev) {
		nic_sim_nic(port->sim)->ops->destroy(nic_sim_nic(port->sim));
		port->sim = NULL;
		return -EINVAL;
	}
	return dev_open(dev);
}

/* A switch is a bridge over all its cards. */
static int node_make_bridge(struct lab_node *node)
{
	struct net *net = net_of(node->net);
	struct net_device *dev = br_add_bridge(net, "br0");
	int err = 0;

	if (!dev)
		return -EINVAL;
	for (u32 i = 0; i < node->topo->iface_count && !err; i++)
		err = br_add_if(dev->bridge, nic_sim_nic(node->ports[i].sim)->dev);
	return err ? err : dev_open(dev);
}

static int node_loopback_up(struct lab_node *node)
{
	struct net_device *lo = net_of(node->net)->dev->loopback;
	int err = dev_open(lo);

	if (!err)
		err = inet_addr_add(lo, CONST_BE32(0x7f000001), 8, 0, RT_SCOPE_HOST);
	return err == -EEXIST ? 0 : err;
}

int lab_node_create(struct lab_node *node, u32 index)
{
	struct lab *lab = node->lab;
	int err;

	node->topo = &lab->topo->nodes[index];
	node->turn.fn = node_turn;
	list_init(&node->programs);
	node->ports = calloc(max(node->topo->iface_count, 1u), sizeof(*node->ports));
	if (!node->ports)
		return -ENOMEM;
	err = node_make_net(node);
	if (!err)
		err = node_loopback_up(node);
	for (u32 i = 0; i < node->topo->iface_count && !err; i++)
		err = port_make(node, index, i);
	if (!err && node->topo->kind == TOPO_SWITCH)
		err = node_make_bridge(node);
	if (!err && node->topo->kind == TOPO_ROUTER)
		err = ln_ctl(node->net, "sysctl -q -w net.ipv4.ip_forward=1 "
			     "net.ipv6.conf.all.forwarding=1", NULL, 0, NULL);
	if (!err && lab->params.pcap) {
		node->capture = capture_start(net_of(node->net), lab->params.pcap, 0, false);
		err = node->capture ? 0 : -ENOMEM;
	}
	return err;
}

/* ---- the file's exec lines ---- */

void lab_node_error_at(const struct lab_node *node, const struct topo_pos *pos,
		       struct text *errors)
{
	text_addf(errors, "%s:%u:%u: on %s: ", node->lab->topo->file, pos->line, pos->col,
		  node->topo->name);
}

/* A tool's message as a part of one line. */
static void add_one_line(struct text *to, const char *message)
{
	size_t len = strlen(message);

	while (len && message[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		text_add(to, message[i] == '\n' ? " " : &message[i], 1);
}

static void exec_one(struct lab_node *node, const struct topo_cmd *cmd, char *out,
		     struct text *errors)
{
	const struct lab_params *params = &node->lab->params;
	int err;

	out[0] = '\0';
	err = ln_ctl(node->net, cmd->text, out, EXEC_OUT_BYTES, NULL);
	if (err) {
		lab_node_error_at(node, &cmd->pos, errors);
		text_addf(errors, "\"%.*s\": ", (int)strcspn(cmd->text, "\n"), cmd->text);
		add_one_line(errors, *out ? out : inet_error_text(err));
		text_adds(errors, "\n");
	} else if (*out && params->output) {
		params->output(params->ctx, node, out, strlen(out));
	}
}

void lab_node_exec(struct lab_node *node, struct text *errors)
{
	char *out = malloc(EXEC_OUT_BYTES);

	if (!out) {
		errors->failed = true;
		return;
	}
	lab_ipv6_begin(node);
	for (u32 i = 0; i < node->topo->exec_count; i++)
		exec_one(node, &node->topo->exec[i], out, errors);
	lab_ipv6_end(node);
	free(out);
}

void lab_node_tell_names(struct lab_node *node)
{
	struct net_device *dev;
	struct in_ifaddr *ifa;

	if (!node->lab->params.pcap)
		return;
	for_each_netdev(net_of(node->net), dev) {
		if (!dev->ip_ptr || dev->flags & IFF_LOOPBACK_)
			continue;
		list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
			pcapng_name(node->lab->params.pcap, ifa->local, node->topo->name);
	}
}

/* ---- how it ends ---- */

void lab_node_close(struct lab_node *node)
{
	if (!node->net)
		return;
	/* What ends now ends because the lab does: no part of the journey. */
	net_of(node->net)->trace = NULL;
	capture_stop(node->capture);
	lab_programs_kill(node);
	http_browser_free(node->browser);
	lab_services_stop(node);
	lab_dhcp_stop(node);
	dns_client_free(node->dns);
	node->capture = NULL;
	node->browser = NULL;
	node->dns = NULL;
}

int lab_node_destroy(struct lab_node *node, struct ln_leaks *leaks)
{
	int err;

	sched_cancel(&node->lab->sched, &node->turn);
	err = ln_net_destroy(node->net, leaks);
	node->net = NULL;
	free(node->ports);
	node->ports = NULL;
	return err;
}

int lab_node_release_bufs(struct lab_node *node)
{
	int err = 0;

	if (node->bufs) {
		err = node->bufs->live ? -ENOTRECOVERABLE : 0;
		buf_pool_put(node->bufs);
	}
	node->bufs = NULL;
	return err;
}

bool lab_node_cards_agree(const struct lab_node *node)
{
	for (u32 i = 0; node->ports && i < node->topo->iface_count; i++) {
		const struct lab_port *port = &node->ports[i];
		const struct nic_stats *st;

		if (!port->sim)
			continue;
		st = &nic_sim_nic(port->sim)->stats;
		if (port->arrived != st->rx_packets + st->rx_fcs_errors + st->rx_filtered +
		    st->rx_length_errors + st->rx_fifo_errors + st->rx_missed_errors +
		    st->rx_down + nic_sim_fifo_frames(port->sim))
			return false;
	}
	return true;
}

/* ---- what others ask of it ---- */

const char *lab_node_name(const struct lab_node *node)
{
	return node->topo->name;
}

struct ln_net *lab_node_net(struct lab_node *node)
{
	return node->net;
}

const struct topo_node *lab_node_topo(const struct lab_node *node)
{
	return node->topo;
}

/* The hosts file: localhost, and what the lab says. False: no memory. */
static bool hosts_text(const struct topo_node *topo, struct text *hosts)
{
	char addr[IPADDR_TEXT_MAX];

	text_adds(hosts, "127.0.0.1 localhost\n");
	for (u32 i = 0; i < topo->host_count; i++)
		text_addf(hosts, "%s %s\n", ipaddr_text(NULL, &topo->hosts[i].addr, addr),
			  topo->hosts[i].name);
	return !hosts->failed;
}

struct dns_client *lab_node_dns(struct lab_node *node)
{
	struct dns_client_config config = { 0 };
	struct text hosts = { 0 };

	if (node->dns)
		return node->dns;
	config.nservers = min(node->topo->dns_count, (u32)DNS_CLIENT_SERVERS_MAX);
	for (u32 i = 0; i < config.nservers; i++)
		config.servers[i] = node->topo->dns[i];
	if (hosts_text(node->topo, &hosts)) {
		config.hosts = hosts.s;
		node->dns = dns_client_new(node->net, &config);
	}
	text_free(&hosts);
	return node->dns;
}

struct http_browser *lab_node_browser(struct lab_node *node)
{
	if (!node->browser)
		node->browser = http_browser_new(node->net, lab_node_dns(node));
	return node->browser;
}
