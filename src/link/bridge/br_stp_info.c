/* SPDX-License-Identifier: MIT */
/* Port information (802.1D-2004 17.27) and port role selection (17.28). */
#include "link/bridge/br_stp_private.h"

/* Below 0: a is better. */
static int vector_cmp(const struct stp_vector *a, const struct stp_vector *b)
{
	if (a->root != b->root)
		return a->root < b->root ? -1 : 1;
	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	if (a->bridge != b->bridge)
		return a->bridge < b->bridge ? -1 : 1;
	return (a->port > b->port) - (a->port < b->port);
}

static bool same_times(const struct stp_times *a, const struct stp_times *b)
{
	return a->message_age == b->message_age && a->max_age == b->max_age &&
	       a->hello == b->hello && a->forward_delay == b->forward_delay;
}

/* ---- what came ---- */

enum rcvd_info { SUPERIOR_DESIGNATED, REPEATED_DESIGNATED, INFERIOR_DESIGNATED, NOT_DESIGNATED,
		 OTHER_INFO };

/* 17.6: better, or news from the very port that told it before. */
static bool is_superior(const struct stp_vector *msg, const struct stp_vector *port)
{
	int cmp = vector_cmp(msg, port);

	if (cmp <= 0)
		return cmp < 0;
	return (msg->bridge & 0xffffffffffff) == (port->bridge & 0xffffffffffff) &&
	       (msg->port & 0xfff) == (port->port & 0xfff);
}

/* rcvInfo(), 17.21.8 */
static enum rcvd_info rcv_info(const struct br_stp_port *s)
{
	const struct bpdu_view *m = &s->msg;
	int cmp = vector_cmp(&m->v, &s->port);

	if (m->type == BPDU_TCN)
		return OTHER_INFO;
	if (m->type == BPDU_CONFIG || bpdu_role(m->flags) == BPDU_ROLE_DESIGNATED) {
		if (is_superior(&m->v, &s->port))
			return SUPERIOR_DESIGNATED;
		if (!cmp)
			return same_times(&m->t, &s->port_times) ? REPEATED_DESIGNATED :
								   SUPERIOR_DESIGNATED;
		return INFERIOR_DESIGNATED;
	}
	return bpdu_role(m->flags) != BPDU_ROLE_UNKNOWN && cmp >= 0 ? NOT_DESIGNATED : OTHER_INFO;
}

/* recordProposal(), 17.21.11 */
static void record_proposal(struct br_stp_port *s)
{
	if (s->msg.type == BPDU_RST && bpdu_role(s->msg.flags) == BPDU_ROLE_DESIGNATED &&
	    s->msg.flags & BPDU_PROPOSAL)
		s->proposed = true;
}

/* recordAgreement(), 17.21.9 */
static void record_agreement(const struct net_bridge *br, struct br_stp_port *s)
{
	s->agreed = stp_rapid(br) && s->msg.type == BPDU_RST && s->msg.flags & BPDU_AGREEMENT;
	if (s->agreed)
		s->proposing = false;
}

/* recordDispute(), 17.21.10: who says worse and yet learns does not hear us. */
static void record_dispute(struct br_stp_port *s)
{
	if (s->msg.type != BPDU_RST || !(s->msg.flags & BPDU_LEARNING))
		return;
	s->disputed = true;
	s->agreed = false;
}

/* setTcFlags(), 17.21.17 */
static void set_tc_flags(struct br_stp_port *s)
{
	if (s->msg.type == BPDU_TCN) {
		s->rcvd_tcn = true;
		return;
	}
	s->rcvd_tc |= !!(s->msg.flags & BPDU_TC);
	s->rcvd_tc_ack |= !!(s->msg.flags & BPDU_TC_ACK);
}

/* updtRcvdInfoWhile(), 17.21.23 */
static void updt_rcvd_info_while(struct br_stp_port *s)
{
	bool young = s->port_times.message_age + BPDU_TIME_SECOND <= s->port_times.max_age;

	s->rcvd_info_while = young ? 3 * stp_seconds(s->port_times.hello) : 0;
}

static void choose_again(struct br_stp_port *s)
{
	s->reselect = true;
	s->selected = false;
}

static void superior_designated(struct br_stp_port *s)
{
	s->agreed = s->proposing = false;
	record_proposal(s);
	set_tc_flags(s);
	/* betterorsameInfo(Received), 17.21.1 */
	s->agree = s->agree && s->info_is == STP_INFO_RECEIVED &&
		   vector_cmp(&s->msg.v, &s->port) <= 0;
	s->port = s->msg.v;
	s->port_times = s->msg.t;
	s->port_times.hello = max_t(u16, s->port_times.hello, BPDU_TIME_SECOND);
	updt_rcvd_info_while(s);
	s->info_is = STP_INFO_RECEIVED;
	choose_again(s);
}

static void receive(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	s->rcvd_msg = false;
	switch (rcv_info(s)) {
	case SUPERIOR_DESIGNATED:
		superior_designated(s);
		break;
	case REPEATED_DESIGNATED:
		record_proposal(s);
		set_tc_flags(s);
		updt_rcvd_info_while(s);
		break;
	case INFERIOR_DESIGNATED:
		record_dispute(s);
		break;
	case NOT_DESIGNATED:
		record_agreement(p->br, s);
		set_tc_flags(s);
		break;
	case OTHER_INFO:
		if (s->msg.type == BPDU_TCN)
			set_tc_flags(s);
		break;
	}
}

/* ---- the machine ---- */

static void disable(struct br_stp_port *s)
{
	s->rcvd_msg = s->proposing = s->proposed = s->agree = s->agreed = false;
	s->rcvd_info_while = 0;
	s->info_is = STP_INFO_DISABLED;
	choose_again(s);
}

/* UPDATE: what we would say is what holds. */
static void update(struct br_stp_port *s)
{
	s->proposing = s->proposed = false;
	s->agreed = s->agreed && s->info_is == STP_INFO_MINE &&
		    vector_cmp(&s->designated, &s->port) <= 0;
	s->synced = s->synced && s->agreed;
	s->port = s->designated;
	s->port_times = s->designated_times;
	s->updt_info = false;
	s->info_is = STP_INFO_MINE;
	s->new_info = true;
}

bool stp_port_information(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;

	if (!s->enabled) {
		if (s->info_is == STP_INFO_DISABLED && !s->rcvd_msg)
			return false;
		disable(s);
		return true;
	}
	if (s->info_is == STP_INFO_DISABLED) {
		s->info_is = STP_INFO_AGED;
		choose_again(s);
		return true;
	}
	if (s->selected && s->updt_info) {
		update(s);
		return true;
	}
	if (s->updt_info || s->info_is == STP_INFO_AGED)
		return false;
	if (s->rcvd_msg) {
		receive(p);
		return true;
	}
	if (s->info_is == STP_INFO_RECEIVED && !s->rcvd_info_while) {
		s->info_is = STP_INFO_AGED;
		choose_again(s);
		return true;
	}
	return false;
}

/* ---- roles ---- */

/* The path to the root by this port, if it is one. */
static bool root_path(const struct net_bridge_port *p, struct stp_vector *v)
{
	const struct br_stp_port *s = &p->stp;

	if (s->info_is != STP_INFO_RECEIVED ||
	    (s->port.bridge & 0xffffffffffff) == (br_stp_bridge_id(p->br) & 0xffffffffffff))
		return false;
	*v = s->port;
	v->cost += s->path_cost;
	return true;
}

static void choose_root(struct net_bridge *br)
{
	u64 id = br_stp_bridge_id(br);
	struct net_bridge_port *p, *best = NULL;
	struct stp_vector v;

	br->stp.root = (struct stp_vector){ .root = id, .bridge = id };
	/* In order of port ids where all else is equal: the first stays. */
	list_for_each_entry(p, &br->port_list, list) {
		int cmp;

		if (!root_path(p, &v))
			continue;
		cmp = vector_cmp(&v, &br->stp.root);
		if (cmp > 0 || (!cmp && (!best || br_stp_port_id(best) < br_stp_port_id(p))))
			continue;
		br->stp.root = v;
		best = p;
	}
	br->stp.root_port = best ? best->port_no : 0;
	br->stp.root_times = best ? best->stp.port_times : br->stp.times;
	if (best)
		br->stp.root_times.message_age = (u16)min((u32)UINT16_MAX,
			br->stp.root_times.message_age + BPDU_TIME_SECOND);
}

static void choose_role(struct net_bridge_port *p)
{
	struct br_stp_port *s = &p->stp;
	const struct br_stp *stp = &p->br->stp;
	u64 id = br_stp_bridge_id(p->br);

	s->designated = (struct stp_vector){
		stp->root.root, stp->root.cost, id, br_stp_port_id(p)
	};
	s->designated_times = stp->root_times;
	s->designated_times.hello = stp->times.hello;
	s->updt_info = false;
	switch ((enum stp_info)s->info_is) {
	case STP_INFO_DISABLED:
		s->selected_role = STP_DISABLED_PORT;
		break;
	case STP_INFO_AGED:
		s->selected_role = STP_DESIGNATED_PORT;
		s->updt_info = true;
		break;
	case STP_INFO_MINE:
		s->selected_role = STP_DESIGNATED_PORT;
		s->updt_info = vector_cmp(&s->port, &s->designated) ||
			       !same_times(&s->port_times, &s->designated_times);
		break;
	case STP_INFO_RECEIVED:
		if (p->port_no == stp->root_port) {
			s->selected_role = STP_ROOT_PORT;
		} else if (vector_cmp(&s->designated, &s->port) < 0) {
			s->selected_role = STP_DESIGNATED_PORT;
			s->updt_info = true;
		} else {
			s->selected_role = s->port.bridge == id ? STP_BACKUP_PORT :
								 STP_ALTERNATE_PORT;
		}
		break;
	}
}

/* updtRolesTree(), 17.21.25 */
bool stp_role_selection(struct net_bridge *br)
{
	struct net_bridge_port *p;
	bool any = false;

	list_for_each_entry(p, &br->port_list, list)
		any |= p->stp.reselect;
	if (!any)
		return false;
	choose_root(br);
	list_for_each_entry(p, &br->port_list, list) {
		choose_role(p);
		p->stp.reselect = false;
		p->stp.selected = true;
	}
	return true;
}
