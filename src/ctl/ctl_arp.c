/* SPDX-License-Identifier: MIT */
/* arp: the neighbour table as net-tools show and change it. */
#include "ctl/args.h"
#include "ctl/help.h"
#include "ctl/machine.h"
#include "ctl/neigh_show.h"
#include "net/ipv4/ip.h"
#include "wire/inet_addr.h"

struct arp_words {
	struct ctl *c;
	struct net_device *dev;
	const char *dev_name, *host, *mac_word;
	be32 addr;
	bool bsd, set, del, temp, verbose;
	u32 entries, found;
};

static bool arp_chosen(struct arp_words *a, const struct neighbour *n)
{
	if (!n->nud_state || n->nud_state == NUD_NOARP)
		return false;
	a->entries++;
	if (a->host && neigh_addr(n) != a->addr)
		return false;
	if (a->dev_name && strcmp(a->dev_name, n->dev->name))
		return false;
	a->found++;
	return true;
}

static int show_bsd(struct neighbour *n, void *ctx)
{
	struct arp_words *a = ctx;
	char addr[INET_STR_MAX], mac[MAC_STR_MAX];

	if (!arp_chosen(a, n))
		return 0;
	sb_printf(a->c->out, "? (%s) at ", inet_addr_str(neigh_addr(n), addr));
	if (n->nud_state & NUD_VALID)
		sb_printf(a->c->out, "%s [ether] %s", mac_str(n->ha, mac),
			  n->nud_state & NUD_PERMANENT ? "PERM " : "");
	else
		sb_puts(a->c->out, "<incomplete> ");
	sb_printf(a->c->out, "on %s\n", n->dev->name);
	return 0;
}

static int show_linux(struct neighbour *n, void *ctx)
{
	struct arp_words *a = ctx;
	char addr[INET_STR_MAX], mac[MAC_STR_MAX];

	if (!arp_chosen(a, n))
		return 0;
	if (a->found == 1)
		sb_puts(a->c->out, "Address                  HWtype  HWaddress           Flags Mask"
			"            Iface\n");
	sb_printf(a->c->out, "%-23s  ", inet_addr_str(neigh_addr(n), addr));
	if (n->nud_state & NUD_VALID)
		sb_printf(a->c->out, "%-8s%-20s%-6s%-15s %s\n", "ether", mac_str(n->ha, mac),
			  n->nud_state & NUD_PERMANENT ? "CM" : "C", "", n->dev->name);
	else
		sb_printf(a->c->out, "%-8s%-20s%-6s%-15s %s\n", "", "(incomplete)", "", "",
			  n->dev->name);
	return 0;
}

static int arp_show(struct ctl *c, struct arp_words *a)
{
	machine_neigh_for_each(c->net, a->bsd ? show_bsd : show_linux, a);
	if (a->verbose)
		sb_printf(c->out, "Entries: %u\tSkipped: %u\tFound: %u\n", a->entries,
			  a->entries - a->found, a->found);
	if (a->found)
		return 0;
	if (a->host && !a->bsd && !a->dev_name)
		sb_printf(c->out, "%s (%s) -- no entry\n", a->host, a->host);
	else if (a->host || a->dev_name)
		sb_printf(c->out, "arp: in %u entries no match found.\n", a->entries);
	return 0;
}

/* The device on whose network the address lies, as the kernel finds it for SIOCSARP. */
static int arp_find_dev(struct ctl *c, struct arp_words *a)
{
	struct flowi4 fl = { .daddr = a->addr };
	struct rtable *rt;
	int err;

	if (a->dev_name) {
		a->dev = dev_get_by_name(c->net, a->dev_name);
		return a->dev ? 0 : -ENODEV;
	}
	err = ip_route_output(c->net, &fl, &rt);
	if (err)
		return err;
	a->dev = rt->gateway || rt->type != RTN_UNICAST ? NULL : rt->dst.dev;
	dst_release(&rt->dst);
	return a->dev ? 0 : -ENETUNREACH;
}

static int arp_set(struct ctl *c, struct arp_words *a)
{
	struct neighbour *n;
	u8 mac[6];
	int err;

	if (!a->mac_word)
		return ctl_fail(c, -EINVAL, "arp: need hardware address");
	if (!mac_parse(a->mac_word, mac))
		return ctl_fail(c, -EINVAL, "arp: invalid hardware address");
	err = arp_find_dev(c, a);
	if (err)
		return ctl_fail(c, err, "SIOCSARP: %s", errno_text(err));
	n = neigh_get_or_create(&c->net->neigh->arp, &a->addr, a->dev);
	err = n ? neigh_update(n, mac, a->temp ? NUD_STALE : NUD_PERMANENT,
			       NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN) : -ENOBUFS;
	return err ? ctl_fail(c, err, "SIOCSARP: %s", errno_text(err)) : 0;
}

struct arp_find {
	const struct arp_words *a;
	struct net_device *dev;
};

static int find_entry(struct neighbour *n, void *ctx)
{
	struct arp_find *f = ctx;

	if (neigh_addr(n) != f->a->addr || !n->nud_state)
		return 0;
	if (f->a->dev_name && strcmp(f->a->dev_name, n->dev->name))
		return 0;
	f->dev = n->dev;
	return 1;
}

static int arp_del(struct ctl *c, struct arp_words *a)
{
	struct arp_find f = { .a = a };

	if (!neigh_for_each(&c->net->neigh->arp, find_entry, &f) ||
	    neigh_delete(&c->net->neigh->arp, &a->addr, f.dev))
		return ctl_fail(c, -ENXIO, "No ARP entry for %s", a->host);
	return 0;
}

/* Letters of one option word. 1: unknown. */
static int arp_option(struct ctl *c, struct arp_words *a, const char *w)
{
	for (w++; *w; w++) {
		switch (*w) {
		case 'a':
			a->bsd = true;
			break;
		case 's':
			a->set = true;
			break;
		case 'd':
			a->del = true;
			break;
		case 'v':
			a->verbose = true;
			break;
		case 'i':
			a->dev_name = arg_next(c);
			if (!a->dev_name)
				return 1;
			break;
		case 'n':
		case 'e':
			break;
		default:
			return 1;
		}
	}
	return 0;
}

int ctl_arp(struct ctl *c)
{
	struct arp_words a = { .c = c };
	const char *w;

	while ((w = arg_next(c))) {
		if (arg_wants_help(w))
			return ctl_print(c, HELP_ARP);
		if (*w == '-') {
			if (arp_option(c, &a, w))
				return ctl_usage(c, HELP_ARP);
		} else if (!a.host) {
			a.host = w;
		} else if (a.set && !a.mac_word) {
			a.mac_word = w;
		} else if (arg_is(w, "temp")) {
			a.temp = true;
		} else if (!arg_is(w, "perm")) {
			return ctl_usage(c, HELP_ARP);
		}
	}
	if ((a.set || a.del) && !a.host)
		return ctl_fail(c, -EINVAL, "arp: need host name");
	if (a.host && !inet_addr_parse(a.host, &a.addr))
		return ctl_fail(c, -EINVAL, "%s: Host name lookup failure", a.host);
	if (a.set)
		return arp_set(c, &a);
	return a.del ? arp_del(c, &a) : arp_show(c, &a);
}
