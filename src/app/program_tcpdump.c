/* SPDX-License-Identifier: MIT */
/*
 * tcpdump: a tap on one device or on all, what passes its filter as lines or as a pcapng, until ^C
 * or -c of them came.
 *
 * Nothing is printed from within the stack: what is captured waits, WAITING_MAX bytes at most, for
 * a timer, and there as long as the reader is behind. What finds no room is lost, and counted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/frame_print.h"
#include "app/program_impl.h"
#include "app/util/packet_filter.h"
#include "base/netns.h"
#include "device/netdevice.h"
#include "trace/pcapng.h"
#include "wire/dissect.h"

#define WAITING_MAX (2u << 20)		/* as libpcap's buffer */
#define RETRY_NS 10000000ll		/* the reader is behind: looked at again after */
#define SNAPLEN_MAX PACKET_FILTER_SNAPLEN

enum way { WAY_BOTH, WAY_IN, WAY_OUT };

struct tcpdump {
	struct program *p;
	struct packet_type tap;		/* list: points to itself when not hooked in */
	struct notifier_block nb;	/* likewise */
	struct net_device *dev;		/* NULL: any, or it went away */
	struct packet_filter filter;
	struct frame_print print;
	struct pcapng file;
	struct text waiting;
	u32 *interfaces;		/* numbers in the file + 1, by ifindex */
	u32 interfaces_room;
	u8 *flat;			/* a frame in fragments, SNAPLEN_MAX bytes */
	u64 captured, received, dropped;
	u64 count;			/* -c; 0 = without end */
	u32 snaplen;
	enum way way;
	bool write, list, bytecode, promisc, plain, gone;
};

static void on_end(void *ctx, struct ln_net *net);

/* ---- output ---- */

static bool reader_is_behind(const struct program *p)
{
	return p->env.full && p->env.full(p->ctx);
}

static void on_flush(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;
	struct tcpdump *t = p->state;
	struct text text = t->waiting;

	p->timer = 0;
	if (reader_is_behind(p)) {
		program_timer(p, ln_net_now(net) + RETRY_NS, on_flush);
		return;
	}
	t->waiting = (struct text){ 0 };
	program_write(p, text.s, text.len);
	text_free(&text);
}

static void keep(void *ctx, const void *bytes, size_t len)
{
	struct tcpdump *t = ctx;

	text_add(&t->waiting, bytes, len);
}

/* The device's number in the file; -1: no memory. */
static s64 interface_of(struct tcpdump *t, const struct net_device *dev)
{
	u32 i = (u32)dev->ifindex;

	if (i >= t->interfaces_room) {
		u32 room = i * 2 + 16;
		u32 *more = realloc(t->interfaces, room * sizeof(*more));

		if (!more)
			return -1;
		memset(more + t->interfaces_room, 0,
		       (room - t->interfaces_room) * sizeof(*more));
		t->interfaces = more;
		t->interfaces_room = room;
	}
	if (!t->interfaces[i]) {
		size_t before = t->waiting.len;
		u32 number = pcapng_interface(&t->file, dev->name, NULL, t->snaplen);

		if (t->waiting.failed) {
			t->waiting.len = before;
			t->file.interfaces--;
			return -1;
		}
		t->interfaces[i] = number + 1;
	}
	return t->interfaces[i] - 1;
}

/* False: no memory, and nothing of it is kept. */
static bool keep_frame(struct tcpdump *t, const struct net_device *dev,
		       const struct frame_seen *seen, u64 id)
{
	s64 interface;
	size_t before;

	t->waiting.failed = false;	/* of one before */
	interface = t->write ? interface_of(t, dev) : 0;
	before = t->waiting.len;
	if (interface < 0)
		return false;
	if (t->write)
		pcapng_packet(&t->file, &(struct pcapng_packet){
			.interface = (u32)interface, .time_ns = seen->time_ns,
			.data = seen->frame, .captured = (u32)seen->captured,
			.original = (u32)seen->len, .packet = id,
			.direction = seen->pkt_type == PACKET_OUTGOING ? PCAPNG_OUTBOUND :
									 PCAPNG_INBOUND,
		});
	else
		frame_print(&t->print, &t->waiting, seen);
	if (t->waiting.failed)
		t->waiting.len = before;
	return !t->waiting.failed;
}

/* ---- the tap ---- */

static void unhook(struct tcpdump *t)
{
	dev_remove_pack(&t->tap);
	list_del_init(&t->nb.list);
	if (t->dev && t->promisc)
		dev_set_promiscuity(t->dev, -1);
	t->dev = NULL;
}

static bool is_wanted(const struct tcpdump *t, const struct sk_buff *skb,
		      const struct net_device *dev)
{
	bool out = skb->pkt_type == PACKET_OUTGOING;

	/* What loops back is seen again when it comes in. */
	if (out && dev->flags & IFF_LOOPBACK_)
		return false;
	return t->way == WAY_BOTH || out == (t->way == WAY_OUT);
}

static void take_frame(struct tcpdump *t, struct sk_buff *skb, const struct net_device *dev)
{
	struct program *p = t->p;
	struct frame_seen seen = {
		.time_ns = skb->net->now + skb->net->wall_offset, .device = dev->name,
		.pkt_type = skb->pkt_type, .frame = skb->data, .len = skb->len,
		.captured = min(skb->len, SNAPLEN_MAX),
	};

	if (seen.captured > skb_headlen(skb)) {
		/* For the reader only: not a copy on the packet's way, so not counted as one. */
		skb_copy_bits(skb, 0, t->flat, (u32)seen.captured);
		seen.frame = t->flat;
	}
	if (!packet_filter_match(&t->filter, seen.frame, seen.captured, seen.len))
		return;
	t->received++;
	seen.captured = min(seen.captured, (size_t)t->snaplen);
	if (t->waiting.len > WAITING_MAX || !keep_frame(t, dev, &seen, skb->id)) {
		t->dropped++;
		return;
	}
	if (++t->captured == t->count) {
		unhook(t);
		program_timer(p, ln_net_now(p->net), on_end);
	} else if (!p->timer) {
		program_timer(p, ln_net_now(p->net), on_flush);
	}
}

static int tcpdump_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	struct tcpdump *t = container_of(pt, struct tcpdump, tap);

	if (is_wanted(t, skb, dev))
		take_frame(t, skb, dev);
	consume_skb(skb);
	return 0;
}

static void tcpdump_notifier(struct notifier_block *nb, struct net_device *dev,
			     enum netdev_event event)
{
	struct tcpdump *t = container_of(nb, struct tcpdump, nb);

	if (dev != t->dev || event != NETDEV_UNREGISTER)
		return;
	unhook(t);
	t->gone = true;
	program_timer(t->p, ln_net_now(t->p->net), on_end);
}

/* ---- the end ---- */

static void put_summary(const struct tcpdump *t, struct text *text)
{
	if (t->gone)
		text_adds(text, "tcpdump: The interface disappeared\n");
	frame_print_count(text, t->captured, "captured");
	frame_print_count(text, t->received, "received by filter");
	frame_print_count(text, t->dropped, "dropped by kernel");
}

static void on_end(void *ctx, struct ln_net *net)
{
	struct program *p = ctx;
	struct tcpdump *t = p->state;
	struct text text = { 0 };

	(void)net;
	p->timer = 0;
	unhook(t);
	program_write(p, t->waiting.s, t->waiting.len);
	put_summary(t, &text);
	program_tell(p, text.s, text.len);
	text_free(&text);
	program_exit(p, t->gone);
}

static void interrupt(struct program *p)
{
	program_timer(p, ln_net_now(p->net), on_end);
}

static void stop(struct program *p)
{
	struct tcpdump *t = p->state;

	if (!t)
		return;
	unhook(t);
	packet_filter_free(&t->filter);
	text_free(&t->waiting);
	free(t->interfaces);
	free(t->flat);
	free(t);
	p->state = NULL;
}

/* ---- the start ---- */

/* "tcpdump: ..." as what went wrong. */
__attribute__((format(printf, 2, 3)))
static void refuse(struct program *p, const char *fmt, ...)
{
	char line[512];
	struct text text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_addf(&text, "tcpdump: %s\n", line);
	program_tell(p, text.s, text.len);
	text_free(&text);
	program_exit(p, 1);
}

/* --immediate-mode changes nothing; the others are of the command that sends this line. */
static bool take_long(struct tcpdump *t, const char *option)
{
	char *end;

	if (!strncmp(option, "bpf=", 4)) {
		t->bytecode = true;
		packet_filter_free(&t->filter);
		return packet_filter_parse(&t->filter, option + 4);
	}
	if (!strncmp(option, "utc-offset=", 11)) {
		t->print.utc_offset = strtol(option + 11, &end, 10);
		return !*end && t->print.utc_offset > -86400 && t->print.utc_offset < 86400;
	}
	return !strcmp(option, "immediate-mode");
}

static bool take_way(struct tcpdump *t, const char *word)
{
	static const char *const words[] = { "inout", "in", "out" };

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i]))
			continue;
		t->way = (enum way)i;
		return true;
	}
	return false;
}

static bool take_snaplen(struct tcpdump *t, const char *word)
{
	u64 n;

	if (!program_number(word, 0, SNAPLEN_MAX, &n))
		return false;
	t->snaplen = n ? (u32)n : SNAPLEN_MAX;
	return true;
}

/* name: of -i; NULL = the first device that is up, and not lo when there is another. */
static bool take_option(struct tcpdump *t, int option, const char **name)
{
	const char *arg = t->p->optarg;

	if (frame_print_option(&t->print, option))
		return true;
	switch (option) {
	case 'c': return program_number(arg, 1, INT64_MAX, &t->count);
	case 'D': t->list = true; return true;
	case 'i': *name = arg; return true;
	case 'p': t->plain = true; return true;
	case 'Q': return take_way(t, arg);
	case 's': return take_snaplen(t, arg);
	case 'w': t->write = true; return !strcmp(arg, "-");
	case '-': return take_long(t, arg);
	}
	return false;
}

static void put_device(struct text *text, int number, const struct net_device *dev)
{
	text_addf(text, "%d.%s [%s%s%s%s]\n", number, dev->name,
		  dev->flags & IFF_UP_ ? "Up" : "none",
		  dev->flags & IFF_RUNNING_ ? ", Running" : "",
		  dev->flags & IFF_LOOPBACK_ ? ", Loopback" : "",
		  dev->flags & IFF_LOOPBACK_ ? "" :
		  netif_carrier_ok(dev) ? ", Connected" : ", Disconnected");
}

/* In libpcap's order: what is connected to something, "any", and lo. */
static void list_devices(struct program *p)
{
	const struct net *net = net_of(p->net);
	struct text text = { 0 };
	struct net_device *dev;
	int n = 0;

	for_each_netdev(net, dev)
		if (!(dev->flags & IFF_LOOPBACK_))
			put_device(&text, ++n, dev);
	text_addf(&text, "%d.any (Pseudo-device that captures on all interfaces) [Up, Running]\n",
		  ++n);
	for_each_netdev(net, dev)
		if (dev->flags & IFF_LOOPBACK_)
			put_device(&text, ++n, dev);
	program_write(p, text.s, text.len);
	text_free(&text);
	program_exit(p, 0);
}

static struct net_device *first_device(const struct net *net)
{
	struct net_device *dev, *found = NULL;

	for_each_netdev(net, dev) {
		if (!netif_running(dev))
			continue;
		if (!(dev->flags & IFF_LOOPBACK_))
			return dev;
		found = dev;
	}
	return found;
}

/* False: told, and over. */
static bool find_device(struct tcpdump *t, const char *name)
{
	const struct net *net = net_of(t->p->net);

	t->print.any = name && !strcmp(name, "any");
	if (t->print.any)
		return true;
	t->dev = name ? dev_get_by_name(net, name) : first_device(net);
	if (!t->dev)
		refuse(t->p, "%s%s", name ? name : "", name ? ": No such device exists" :
		       "no device is up");
	else if (!netif_running(t->dev)) {
		t->dev = NULL;
		refuse(t->p, "%s: That device is not up", name);
	} else {
		return true;
	}
	return false;
}

/* The words that are left. False: told, and over. */
static bool take_expression(struct tcpdump *t)
{
	struct program *p = t->p;
	char err[256] = "out of memory";
	struct text words = { 0 };
	bool ok;

	if (t->bytecode || p->optind == p->argc)
		return true;
	for (int i = p->optind; i < p->argc; i++)
		text_addf(&words, "%s%s", i > p->optind ? " " : "", p->argv[i]);
	ok = !words.failed && packet_filter_compile(&t->filter, words.s, err, sizeof(err));
	text_free(&words);
	if (!ok)
		refuse(p, "%s", err);
	return ok;
}

static void say_hello(const struct tcpdump *t)
{
	struct text text = { 0 };

	if (!t->write && !(t->print.flags & DISSECT_IP))
		text_adds(&text, "tcpdump: verbose output suppressed, use -v for the IP header\n");
	text_addf(&text, "%slistening on %s, link-type EN10MB (Ethernet), snapshot length %u "
		  "bytes\n", text.len ? "" : "tcpdump: ", t->dev ? t->dev->name : "any",
		  t->snaplen);
	program_tell(t->p, text.s, text.len);
	text_free(&text);
}

static void begin(struct tcpdump *t)
{
	struct net *net = net_of(t->p->net);

	t->tap.type = CONST_BE16(0x0003);
	t->tap.func = tcpdump_rcv;
	t->tap.dev = t->dev;
	dev_add_pack(net, &t->tap);
	if (t->dev) {
		t->nb.call = tcpdump_notifier;
		register_netdevice_notifier(net, &t->nb);
		t->promisc = !t->plain;
	}
	if (t->promisc)
		dev_set_promiscuity(t->dev, 1);
	say_hello(t);
	if (t->write) {
		t->file = (struct pcapng){ .write = keep, .ctx = t };
		pcapng_begin(&t->file, "linnet tcpdump");
		program_timer(t->p, ln_net_now(t->p->net), on_flush);
	}
}

static void start(struct program *p)
{
	struct tcpdump *t = calloc(1, sizeof(*t));
	const char *name = NULL;
	int c;

	p->state = t;
	if (t) {
		t->p = p;
		t->snaplen = SNAPLEN_MAX;
		list_init(&t->tap.list);
		list_init(&t->nb.list);
		t->flat = malloc(SNAPLEN_MAX);
	}
	if (!t || !t->flat) {
		refuse(p, "out of memory");
		return;
	}
	while ((c = program_getopt(p, FRAME_PRINT_OPTIONS "w:-:")) != -1)
		if (!take_option(t, c, &name)) {
			program_usage_error(p);
			return;
		}
	if (t->list)
		list_devices(p);
	else if (find_device(t, name) && take_expression(t))
		begin(t);
}

const struct program_kind program_tcpdump = {
	.name = "tcpdump",
	.usage = "[-i DEVICE|any] [-D] [-n] [-e] [-v] [-q] [-x] [-X] [-A] [-#] [-t...] [-p] "
		 "[-Q in|out] [-c COUNT] [-s SNAPLEN] [-w -] [EXPRESSION]",
	.start = start, .stop = stop, .interrupt = interrupt,
};
