/* SPDX-License-Identifier: MIT */
/* ip addr: the IPv4 addresses of devices; those of IPv6 are in ctl_addr6.c. */
#include "ctl/help.h"
#include "ctl/inet6.h"
#include "ctl/link.h"
#include "ctl/rtnames.h"
#include "net/ipv4/ifaddr.h"
#include "wire/inet_addr.h"

/* ---- show and flush: the choice of addresses ---- */

struct addr_filter {
	struct link_filter link;
	struct arg_prefix to;
	bool has_to, has_scope, primary, secondary;
	u8 scope;
	const char *label;
};

static int arg_scope(struct ctl *c, u8 *scope)
{
	const char *w;
	int err = arg_value(c, &w);

	if (!err && !rt_scope_parse(w, scope))
		err = arg_invalid(c, "invalid scope value.", w);
	return err;
}

/* '*' any text, '?' any letter. One star is tried again and again: no recursion. */
static bool glob_match(const char *pat, const char *s)
{
	const char *star = NULL, *again = NULL;

	while (*s) {
		if (*pat == '*') {
			star = ++pat;
			again = s;
		} else if (*pat == *s || *pat == '?') {
			pat++;
			s++;
		} else if (star) {
			pat = star;
			s = ++again;
		} else {
			return false;
		}
	}
	while (*pat == '*')
		pat++;
	return !*pat;
}

static bool addr_chosen(const struct addr_filter *f, const struct in_ifaddr *ifa)
{
	if (f->has_scope && f->scope != ifa->scope)
		return false;
	if (f->primary && ifa->secondary)
		return false;
	if (f->secondary && !ifa->secondary)
		return false;
	if (f->label && !glob_match(f->label, ifa->label))
		return false;
	return !f->has_to || f->to.any ||
	       inet_same_network(ifa->local, f->to.addr, f->to.plen);
}

static bool chooses_addrs(const struct addr_filter *f)
{
	return f->has_to || f->has_scope || f->primary || f->secondary || f->label;
}

/* What the choice means for IPv6's, which have neither labels nor secondary ones. */
static struct addr6_filter filter6(const struct ctl *c, const struct addr_filter *f)
{
	return (struct addr6_filter){
		.none = c->family == LN_AF_INET || f->has_to || f->secondary || f->label,
		.has_scope = f->has_scope, .scope = f->scope,
	};
}

static bool has_chosen(const struct ctl *c, const struct addr_filter *f,
		       const struct net_device *dev)
{
	struct addr6_filter f6 = filter6(c, f);
	struct in_ifaddr *ifa;

	if (addr6_any(&f6, dev))
		return true;
	if (!dev->ip_ptr || c->family == LN_AF_INET6)
		return false;
	list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
		if (addr_chosen(f, ifa))
			return true;
	return false;
}

/* A word of the choice; 1 it was one, 0 not, or an error. */
static int filter_word(struct ctl *c, const char *w, struct addr_filter *f)
{
	int err;

	if (arg_is(w, "to")) {
		f->has_to = true;
		err = arg_prefix(c, &f->to);
	} else if (arg_is(w, "scope")) {
		err = arg_value(c, &w);
		f->has_scope = !arg_is(w, "all");
		if (!err && f->has_scope && !rt_scope_parse(w, &f->scope))
			err = arg_invalid(c, "invalid \"scope\"", w);
	} else if (arg_is(w, "label")) {
		err = arg_value(c, &f->label);
	} else if (arg_is(w, "primary")) {
		f->primary = true;
		err = 0;
	} else if (arg_is(w, "secondary")) {
		f->secondary = true;
		err = 0;
	} else if (arg_is(w, "permanent")) {
		err = 0;
	} else {
		return link_filter_word(c, w, &f->link);
	}
	return err ? err : 1;
}

/* All words of show and flush. 1: help was printed. */
static int filter_parse(struct ctl *c, struct addr_filter *f)
{
	const char *w;

	while ((w = arg_next(c))) {
		int r;

		if (arg_matches(w, "help")) {
			ctl_print(c, HELP_IP_ADDR);
			return 1;
		}
		r = filter_word(c, w, f);
		if (!r && f->link.dev)
			return arg_garbage(c, "dev", w);
		if (!r)
			r = link_filter_dev(c, w, &f->link);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- show ---- */

static void put_addrs(struct strbuf *out, const struct in_ifaddr *ifa)
{
	sb_inet_addr(out, ifa->local);
	if (ifa->address != ifa->local) {
		sb_puts(out, " peer ");
		sb_inet_addr(out, ifa->address);
	}
	sb_printf(out, "/%u ", ifa->prefixlen);
}

static void put_ifa(struct ctl *c, const struct in_ifaddr *ifa)
{
	char text[INET_STR_MAX];

	sb_puts(c->out, "    inet ");
	put_addrs(c->out, ifa);
	if (ifa->broadcast)
		sb_printf(c->out, "brd %s ", inet_addr_str(ifa->broadcast, text));
	sb_puts(c->out, "scope ");
	rt_put_scope(c->out, ifa->scope);
	if (ifa->secondary)
		sb_puts(c->out, " secondary");
	if (ifa->preferred_until <= c->net->now)
		sb_puts(c->out, " deprecated");
	if (ifa->valid_until != KTIME_MAX)
		sb_puts(c->out, " dynamic");
	sb_printf(c->out, " %s", ifa->label);
	ctl_nl(c);
	addr_put_lft(c, ifa->valid_until, ifa->preferred_until);
}

static void json_ifa(struct ctl *c, const struct in_ifaddr *ifa)
{
	struct json *js = &c->js;
	char text[INET_STR_MAX], scope[12];
	struct strbuf sb;

	json_object_begin(js, NULL);
	if (!c->brief)
		json_str(js, "family", "inet");
	json_str(js, "local", inet_addr_str(ifa->local, text));
	if (ifa->address != ifa->local)
		json_str(js, "address", inet_addr_str(ifa->address, text));
	json_uint(js, "prefixlen", ifa->prefixlen);
	if (!c->brief) {
		if (ifa->broadcast)
			json_str(js, "broadcast", inet_addr_str(ifa->broadcast, text));
		sb_init(&sb, scope, sizeof(scope));
		rt_put_scope(&sb, ifa->scope);
		json_str(js, "scope", scope);
		if (ifa->secondary)
			json_bool(js, "secondary", true);
		if (ifa->preferred_until <= c->net->now)
			json_bool(js, "deprecated", true);
		if (ifa->valid_until != KTIME_MAX)
			json_bool(js, "dynamic", true);
		json_str(js, "label", ifa->label);
		json_uint(js, "valid_life_time", addr_lft_left(c->net, ifa->valid_until));
		json_uint(js, "preferred_life_time", addr_lft_left(c->net, ifa->preferred_until));
	}
	json_object_end(js);
}

static void show_json(struct ctl *c, const struct addr_filter *f, struct net_device *dev)
{
	struct addr6_filter f6 = filter6(c, f);
	struct in_ifaddr *ifa;

	json_object_begin(&c->js, NULL);
	if (c->brief) {
		json_str(&c->js, "ifname", dev->name);
		json_str(&c->js, "operstate", link_operstate(dev));
	} else {
		link_json(c, dev, false);
	}
	json_array_begin(&c->js, "addr_info");
	if (dev->ip_ptr && c->family != LN_AF_INET6)
		list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
			if (addr_chosen(f, ifa))
				json_ifa(c, ifa);
	addr6_json(c, &f6, dev);
	json_array_end(&c->js);
	if (c->stats)
		link_json_stats(c, dev);
	json_object_end(&c->js);
}

static void show_text(struct ctl *c, const struct addr_filter *f, struct net_device *dev)
{
	struct addr6_filter f6 = filter6(c, f);
	struct in_ifaddr *ifa;

	if (c->brief)
		link_print_brief(c, dev);
	else if (!c->oneline)
		link_print(c, dev, false);
	if (!c->brief && !c->oneline && !c->family)
		sb_putc(c->out, '\n');
	if (c->stats && !c->brief && !c->oneline) {
		link_print_stats(c, dev);
		sb_putc(c->out, '\n');
	}
	if (dev->ip_ptr && c->family != LN_AF_INET6) {
		list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list) {
			if (!addr_chosen(f, ifa))
				continue;
			if (c->brief) {
				put_addrs(c->out, ifa);
				continue;
			}
			if (c->oneline)
				sb_printf(c->out, "%d: %s", dev->ifindex, dev->name);
			put_ifa(c, ifa);
		}
	}
	addr6_show(c, &f6, dev);
	if (c->brief)
		sb_putc(c->out, '\n');
}

static int addr_show(struct ctl *c)
{
	struct addr_filter f = { 0 };
	struct net_device *dev;
	int err = filter_parse(c, &f);

	if (err)
		return min(err, 0);
	if (c->json)
		json_array_begin(&c->js, NULL);
	for_each_link(c, dev) {
		if (!link_filter_ok(&f.link, dev))
			continue;
		if ((c->family || chooses_addrs(&f)) && !has_chosen(c, &f, dev))
			continue;
		if (c->json)
			show_json(c, &f, dev);
		else
			show_text(c, &f, dev);
	}
	if (c->json) {
		json_array_end(&c->js);
		sb_putc(c->out, '\n');
	}
	return 0;
}

/* ---- flush ---- */

static u32 flush_dev(const struct addr_filter *f, struct net_device *dev)
{
	struct in_ifaddr *ifa, *n;
	u32 deleted = 0;
	bool again = true;

	/* Deleting a primary may promote or delete others: begin again after each. */
	while (again && dev->ip_ptr) {
		again = false;
		list_for_each_entry_safe(ifa, n, &dev->ip_ptr->ifa_list, list) {
			if (!addr_chosen(f, ifa))
				continue;
			inet_del_ifa(ifa);
			again = true;
			deleted++;
			break;
		}
	}
	return deleted;
}

static int addr_flush(struct ctl *c)
{
	struct addr_filter f = { 0 };
	struct net_device *dev;
	u32 deleted = 0;
	int err;

	if (!arg_more(c))
		return ctl_fail(c, -EINVAL, "Flush requires arguments.");
	err = filter_parse(c, &f);
	if (err)
		return min(err, 0);
	for_each_link(c, dev) {
		struct addr6_filter f6 = filter6(c, &f);

		if (!link_filter_ok(&f.link, dev))
			continue;
		if (c->family != LN_AF_INET6)
			deleted += flush_dev(&f, dev);
		deleted += addr6_flush(&f6, dev);
	}
	if (c->stats && !deleted)
		sb_puts(c->out, "Nothing to flush.\n");
	else if (c->stats)
		sb_printf(c->out, "\n*** Round 1, deleting %u addresses ***\n"
			  "*** Flush is complete after 1 round ***\n", deleted);
	return 0;
}

/* ---- add, replace, delete ---- */

struct addr_change {
	struct arg_prefix local, peer;
	bool has_local, has_peer, has_scope, has_brd;
	be32 broadcast;
	char brd_rule;		/* '+': all ones, '-': all zeros, 0: as given */
	u8 scope;
	const char *dev_name, *label;
	u32 valid_s, preferred_s;
};

static int change_brd(struct ctl *c, struct addr_change *ch)
{
	ch->has_brd = true;
	if (arg_is(arg_peek(c), "+") || arg_is(arg_peek(c), "-")) {
		ch->brd_rule = *arg_next(c);
		return 0;
	}
	return arg_addr(c, &ch->broadcast);
}

static int change_parse(struct ctl *c, struct addr_change *ch)
{
	const char *w;
	int err = 0;

	while (!err && (w = arg_next(c))) {
		if (arg_is(w, "dev")) {
			err = arg_value(c, &ch->dev_name);
		} else if (arg_is(w, "broadcast") || arg_is(w, "brd")) {
			err = change_brd(c, ch);
		} else if (arg_is(w, "scope")) {
			ch->has_scope = true;
			err = arg_scope(c, &ch->scope);
		} else if (arg_is(w, "label")) {
			err = arg_value(c, &ch->label);
		} else if (arg_is(w, "valid_lft") || arg_is(w, "preferred_lft")) {
			err = arg_lft(c, w, &ch->valid_s, &ch->preferred_s);
		} else if (arg_is(w, "peer") || arg_is(w, "remote")) {
			if (ch->has_peer)
				return arg_garbage(c, "peer", w);
			ch->has_peer = true;
			err = arg_prefix(c, &ch->peer);
		} else if (arg_is(w, "anycast")) {
			err = ctl_fail(c, -EOPNOTSUPP, "Error: \"%s\" is not supported.", w);
		} else {
			if (arg_is(w, "local"))
				w = arg_next(c);
			else if (ch->has_local)
				return arg_garbage(c, "local", w);
			if (!w)
				return arg_value(c, &w);
			ch->has_local = true;
			c->pos--;
			err = arg_prefix(c, &ch->local);
		}
	}
	return err;
}

/* Without a peer the address is its own. */
static const struct arg_prefix *peer_of(const struct addr_change *ch)
{
	return ch->has_peer ? &ch->peer : &ch->local;
}

static int do_add(struct ctl *c, struct net_device *dev, struct addr_change *ch, bool replace)
{
	const struct arg_prefix *peer = peer_of(ch);
	struct in_ifaddr *ifa = inet_find_ifa(dev, ch->local.addr, peer->addr, peer->plen);
	struct ifaddr_config cfg = {
		.local = ch->local.addr, .address = peer->addr, .prefixlen = peer->plen,
	};
	int err;

	if (ifa && replace) {	/* all that Linux would change */
		inet_ifa_set_lft(ifa, ch->valid_s, ch->preferred_s);
		return 0;
	}
	if (ifa)
		return ctl_fail(c, -EEXIST, "Error: ipv4: Address already assigned.");
	if (!ch->has_scope)
		ch->scope = ipv4_is_loopback(ch->local.addr) ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	if (ch->brd_rule == '+' && peer->plen < 31)
		ch->broadcast = inet_broadcast(peer->addr, peer->plen);
	else if (ch->brd_rule == '-' && peer->plen < 31)
		ch->broadcast = inet_network(peer->addr, peer->plen);
	if (ch->label && strlen(ch->label) >= sizeof(ifa->label))
		return arg_invalid(c, "\"label\" is too long", ch->label);
	cfg.broadcast = ch->broadcast;
	cfg.scope = ch->scope;
	err = inet_insert_ifa(dev, &cfg);
	if (err)
		return rtnl_error(c, err);
	ifa = inet_find_ifa(dev, ch->local.addr, peer->addr, peer->plen);
	if (ifa && ch->valid_s != UINT32_MAX)
		inet_ifa_set_lft(ifa, ch->valid_s, ch->preferred_s);
	if (ifa && ch->label)
		memcpy(ifa->label, ch->label, strlen(ch->label) + 1);
	return 0;
}

#define WILDCARD_WARNING \
	"Warning: Executing wildcard deletion to stay compatible with old scripts.\n" \
	"         Explicitly specify the prefix length (%s/32) to avoid this warning.\n" \
	"         This special behaviour is likely to disappear in further releases,\n" \
	"         fix your scripts!\n"

/* A bare address deletes the first with that address, with Linux's warning. */
static struct in_ifaddr *find_any(struct ctl *c, const struct net_device *dev, be32 local)
{
	struct in_ifaddr *ifa;
	char text[INET_STR_MAX];

	sb_printf(c->out, WILDCARD_WARNING, inet_addr_str(local, text));
	list_for_each_entry(ifa, &dev->ip_ptr->ifa_list, list)
		if (ifa->local == local)
			return ifa;
	return NULL;
}

static int do_del(struct ctl *c, struct net_device *dev, const struct addr_change *ch)
{
	const struct arg_prefix *peer = peer_of(ch);
	struct in_ifaddr *ifa = ch->has_peer || ch->local.has_len ?
				inet_find_ifa(dev, ch->local.addr, peer->addr, peer->plen) :
				find_any(c, dev, ch->local.addr);

	if (!ifa)
		return ctl_fail(c, -EADDRNOTAVAIL, "Error: ipv4: Address not found.");
	inet_del_ifa(ifa);
	return 0;
}

static int addr_change(struct ctl *c, bool add, bool replace)
{
	struct addr_change ch = { .valid_s = UINT32_MAX, .preferred_s = UINT32_MAX };
	struct net_device *dev;
	int err;

	if (arg_matches(arg_peek(c), "help"))
		return ctl_print(c, HELP_IP_ADDR);
	if (ctl_wants_inet6(c))
		return ctl_addr6_change(c, add, replace);
	err = change_parse(c, &ch);
	if (!err && add)
		err = addr_lft_check(c, ch.valid_s, ch.preferred_s);
	if (err)
		return err;
	if (!ch.dev_name)
		return ctl_fail(c, -EINVAL,
				"Not enough information: \"dev\" argument is required.");
	err = ctl_find_dev(c, ch.dev_name, &dev);
	if (err)
		return err;
	if (!ch.has_local || ch.local.any)
		return rtnl_error(c, -EOPNOTSUPP);
	if (!dev->ip_ptr)	/* there was no memory for it when the device came */
		return rtnl_error(c, add ? -ENOBUFS : -ENODEV);
	return add ? do_add(c, dev, &ch, replace) : do_del(c, dev, &ch);
}

int ctl_ip_addr(struct ctl *c)
{
	const char *w = arg_next(c);

	if (!w)
		return addr_show(c);
	if (arg_matches(w, "add"))
		return addr_change(c, true, false);
	if (arg_matches(w, "change") || arg_is(w, "chg") || arg_matches(w, "replace"))
		return addr_change(c, true, true);
	if (arg_matches(w, "delete"))
		return addr_change(c, false, false);
	if (arg_matches(w, "show") || arg_matches(w, "lst") || arg_matches(w, "list"))
		return addr_show(c);
	if (arg_matches(w, "flush"))
		return addr_flush(c);
	if (arg_matches(w, "help"))
		return ctl_print(c, HELP_IP_ADDR);
	return arg_unknown_command(c, w, "ip address help");
}
