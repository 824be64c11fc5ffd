/* SPDX-License-Identifier: MIT */
/* From roles to states (802.1D-2004 17.29, 17.30); what a change makes others forget (17.31). */
#include "base/trace.h"
#include "link/bridge/br_stp_private.h"

static u16 fwd_delay(const struct br_stp_port *s)
{
	return stp_seconds(s->designated_times.forward_delay);
}

static u16 hello_time(const struct br_stp_port *s)
{
	return stp_seconds(s->designated_times.hello);
}

/* 17.20.5: who speaks RSTP is not waited for longer than a hello. */
static u16 forward_delay(const struct br_stp_port *s)
{
	return s->send_rstp ? hello_time(s) : fwd_delay(s);
}

/* allSynced, 17.20.3 */
static bool all_synced(const struct net_bridge *br)
{
	const struct net_bridge_port *p;

	list_for_each_entry(p, &br->port_list, list)
		if (!stp_ready(&p->stp) || p->stp.role != p->stp.selected_role ||
		    (!p->stp.synced && p->stp.role != STP_ROOT_PORT))
			return false;
	return true;
}

/* reRooted, 17.20.9: no other port was the root port lately. */
static bool re_rooted(const struct net_bridge_port *p)
{
	const struct net_bridge_port *other;

	list_for_each_entry(other, &p->br->port_list, list)
		if (other != p && other->stp.rr_while)
			return false;
	return true;
}

/* setSyncTree(): the port agrees once all others discard. */
static void set_sync_tree(struct net_bridge *br)
{
	struct net_bridge_port *p;

	list_for_each_entry(p, &br->port_list, list)
		p->stp.sync = true;
}

static void set_re_root_tree(struct net_bridge *br)
{
	struct net_bridge_port *p;

	list_for_each_entry(p, &br->port_list, list)
		p->stp.re_root = true;
}

/* ---- ports that discard ---- */

static void settle(struct br_stp_port *s, u16 fd_while)
{
	s->settled = s->synced = true;
	s->fd_while = fd_while;
	s->rr_while = 0;
	s->sync = s->re_root = false;
}

/* Until it neither learns nor forwards; then it has nothing to tell the others. */
static bool block(struct br_stp_port *s, u16 fd_while)
{
	if (s->settled && s->fd_while == fd_while && !s->sync && !s->re_root && s->synced)
		return false;
	if (s->learning || s->forwarding)
		return false;
	settle(s, fd_while);
	return true;
}

static bool disabled_port(struct br_stp_port *s)
{
	return block(s, stp_seconds(s->designated_times.max_age));
}

static bool agree(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (s->proposed && !s->agree) {
		set_sync_tree(p->br);
		s->proposed = false;
		return true;
	}
	if ((s->agree || !all_synced(p->br)) && !(s->proposed && s->agree))
		return false;
	s->proposed = false;
	if (s->role == STP_ROOT_PORT)
		s->sync = false;
	s->agree = s->new_info = true;
	return true;
}

static bool alternate_port(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (block(s, forward_delay(s)))
		return true;
	if (!s->settled)
		return false;
	if (s->role == STP_BACKUP_PORT && s->rb_while != 2 * hello_time(s)) {
		s->rb_while = (u16)(2 * hello_time(s));
		return true;
	}
	return agree(p);
}

/* ---- ports that forward, sooner or later ---- */

static bool root_port(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;
	bool may;

	if (agree(p))
		return true;
	if (!s->forward && !s->re_root) {
		set_re_root_tree(p->br);
		return true;
	}
	if (s->rr_while != fwd_delay(s)) {
		s->rr_while = fwd_delay(s);
		return true;
	}
	if (s->re_root && s->forward) {
		s->re_root = false;
		return true;
	}
	if (s->learn && s->forward)
		return false;
	may = !s->fd_while || (re_rooted(p) && !s->rb_while && stp_rapid(p->br));
	if (!may)
		return false;
	if (!s->learn) {
		s->learn = true;
		s->fd_while = forward_delay(s);
	} else {
		s->forward = true;
		s->fd_while = 0;
	}
	return true;
}

static bool propose(struct br_stp_port *s)
{
	if (s->forward || s->agreed || s->proposing || s->oper_edge)
		return false;
	s->proposing = s->new_info = true;
	s->edge_delay_while = STP_MIGRATE_TIME;
	return true;
}

static bool synced(struct br_stp_port *s)
{
	if (!(!s->learning && !s->forwarding && !s->synced) && !(s->agreed && !s->synced) &&
	    !(s->oper_edge && !s->synced) && !(s->sync && s->synced))
		return false;
	s->rr_while = 0;
	s->synced = true;
	s->sync = false;
	return true;
}

static bool discard(struct br_stp_port *s)
{
	bool must = (s->sync && !s->synced) || (s->re_root && s->rr_while) || s->disputed;

	if (!must || s->oper_edge || (!s->learn && !s->forward))
		return false;
	s->learn = s->forward = s->disputed = false;
	s->fd_while = forward_delay(s);
	return true;
}

static bool designated_port(struct br_stp_port *s)
{
	if (propose(s) || synced(s))
		return true;
	if (s->re_root && !s->rr_while) {
		s->re_root = false;
		return true;
	}
	if (discard(s))
		return true;
	if ((s->fd_while && !s->agreed && !s->oper_edge) || (s->rr_while && s->re_root) || s->sync)
		return false;
	if (!s->learn) {
		s->learn = true;
		s->fd_while = forward_delay(s);
		return true;
	}
	if (s->forward || s->disputed)
		return false;
	s->forward = true;
	s->fd_while = 0;
	s->agreed = s->send_rstp;
	return true;
}

static void enter_role(struct br_stp_port *s)
{
	s->role = s->selected_role;
	s->settled = false;
	switch ((enum stp_role)s->role) {
	case STP_ROOT_PORT:
		s->rr_while = fwd_delay(s);
		break;
	case STP_DESIGNATED_PORT:
		break;
	default:
		s->learn = s->forward = false;
	}
}

bool stp_role_transitions(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (!stp_ready(s))
		return false;
	if (s->role != s->selected_role) {
		enter_role(s);
		return true;
	}
	switch ((enum stp_role)s->role) {
	case STP_DISABLED_PORT:
		return disabled_port(s);
	case STP_ROOT_PORT:
		return root_port(p);
	case STP_DESIGNATED_PORT:
		return designated_port(s);
	default:
		return alternate_port(p);
	}
}

bool stp_state_transition(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (s->learning && !s->learn) {
		s->learning = s->forwarding = false;
		return true;
	}
	if (s->learn && !s->learning) {
		s->learning = true;
		return true;
	}
	if (s->forward == s->forwarding || !s->learning)
		return false;
	s->forwarding = s->forward;
	return true;
}

/* ---- topology changes ---- */

enum { TCM_INACTIVE, TCM_LEARNING, TCM_ACTIVE };

/* newTcWhile(), 17.21.7 */
static void new_tc_while(struct net_bridge_port *p)
{
	const struct stp_times *t = &p->br->stp.root_times;
	struct br_stp_port *s = &p->stp;

	if (s->tc_while)
		return;
	if (s->send_rstp) {
		s->tc_while = hello_time(s) + 1;
		s->new_info = true;
	} else {
		s->tc_while = (u16)(stp_seconds(t->max_age) + stp_seconds(t->forward_delay));
	}
}

static void set_tc_prop_tree(struct net_bridge_port *p)
{
	struct net_bridge_port *other;

	p->br->stp.changes++;
	p->br->stp.changed_at = p->br->dev->net->now;
	list_for_each_entry(other, &p->br->port_list, list)
		if (other != p)
			other->stp.tc_prop = true;
}

static void flush(struct net_bridge_port *p)
{
	trace_dev(p->br->dev->net, br_topology_change, p->dev, 0);
	br_fdb_flush(p->br, p);
}

static bool in_tree(const struct br_stp_port *s)
{
	return s->role == STP_ROOT_PORT || s->role == STP_DESIGNATED_PORT;
}

static bool tcm_learning(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;
	bool heard = s->rcvd_tc || s->rcvd_tcn || s->rcvd_tc_ack || s->tc_prop;

	s->rcvd_tc = s->rcvd_tcn = s->rcvd_tc_ack = s->tc_prop = false;
	if (in_tree(s) && s->forward && !s->oper_edge) {
		new_tc_while(p);
		set_tc_prop_tree(p);
		s->new_info = true;
		s->tcm = TCM_ACTIVE;
		return true;
	}
	if (in_tree(s) || s->learn || s->learning || heard)
		return heard;
	flush(p);
	s->tc_while = 0;
	s->tc_ack = false;
	s->tcm = TCM_INACTIVE;
	return true;
}

static void notified(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (s->rcvd_tcn)
		new_tc_while(p);
	s->tc_ack |= s->rcvd_tcn && s->role == STP_DESIGNATED_PORT;
	s->rcvd_tcn = s->rcvd_tc = false;
	set_tc_prop_tree(p);
}

static bool tcm_active(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (!in_tree(s) || s->oper_edge) {
		s->tcm = TCM_LEARNING;
	} else if (s->rcvd_tcn || s->rcvd_tc) {
		notified(p);
	} else if (s->tc_prop) {
		new_tc_while(p);
		flush(p);
		s->tc_prop = false;
	} else if (s->rcvd_tc_ack) {
		s->tc_while = 0;
		s->rcvd_tc_ack = false;
	} else {
		return false;
	}
	return true;
}

bool stp_topology_change(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	switch (s->tcm) {
	case TCM_INACTIVE:
		if (!s->learn)
			return false;
		s->tcm = TCM_LEARNING;
		return true;
	case TCM_LEARNING:
		return tcm_learning(p);
	default:
		return tcm_active(p);
	}
}
