/* SPDX-License-Identifier: MIT */
#include "socket/epoll.h"
#include "transport/sock_poll.h"

#define EP_PRIVATE_BITS (LN_EPOLLET | LN_EPOLLONESHOT | LN_EPOLLEXCLUSIVE)
/* What may stand beside EPOLLEXCLUSIVE: epoll_ctl(2). */
#define EP_EXCLUSIVE_OK (LN_POLLIN | LN_POLLOUT | EP_ALWAYS | LN_EPOLLET | LN_EPOLLEXCLUSIVE | \
			 LN_EPOLLWAKEUP)
#define LN_EPOLLWAKEUP (1u << 29)
#define EP_ALWAYS ((u32)(LN_POLLERR | LN_POLLHUP))	/* watched for without being asked */

static struct eventpoll *file_ep(struct file *f)
{
	return f->ops == &epoll_file_ops ? container_of(f, struct eventpoll, file) : NULL;
}

/* What the item would report now. */
static unsigned item_poll(const struct epitem *epi)
{
	return file_poll(epi->file) & epi->events & ~EP_PRIVATE_BITS;
}

/* A set is readable when one of its items is; those that turn out not to be leave the list. */
static unsigned ep_poll(struct file *f)
{
	struct eventpoll *ep = container_of(f, struct eventpoll, file);
	struct epitem *epi, *next;

	list_for_each_entry_safe(epi, next, &ep->ready, ready_node) {
		if (item_poll(epi))
			return SOCK_POLL_READ;
		list_del_init(&epi->ready_node);
	}
	return 0;
}

static void item_free(struct epitem *epi)
{
	hlist_del_init(&epi->watch_node);
	list_del_init(&epi->ready_node);
	list_del_init(&epi->item_node);
	slab_free(&epi->ep->file.net->files->epitems, epi);
}

static void ep_release(struct file *f)
{
	struct eventpoll *ep = container_of(f, struct eventpoll, file);

	while (!list_empty(&ep->items))
		item_free(list_first_entry(&ep->items, struct epitem, item_node));
	mem_free(&f->net->mem, ep, sizeof(*ep));
}

const struct file_ops epoll_file_ops = { .poll = ep_poll, .release = ep_release };

int epoll_create(struct net *net)
{
	struct eventpoll *ep = mem_zalloc(&net->mem, sizeof(*ep));
	int fd;

	if (!ep)
		return -ENOMEM;
	ep->file.ops = &epoll_file_ops;
	ep->file.net = net;
	list_init(&ep->items);
	list_init(&ep->ready);
	fd = fd_install(&ep->file);
	if (fd < 0)
		mem_free(&net->mem, ep, sizeof(*ep));
	return fd;
}

/* Linux's ep_poll_callback: a set that gets a ready item is ready itself. */
bool epoll_notify(struct file *f, unsigned mask)
{
	struct epitem *epi;
	bool watched = false;

	hlist_for_each_entry(epi, &f->watchers, watch_node) {
		if (!(epi->events & ~EP_PRIVATE_BITS & mask))
			continue;
		watched = true;
		if (list_empty(&epi->ready_node))
			list_add_tail(&epi->ready_node, &epi->ep->ready);
		/* The exclusive ones stand last: with the first of them that wakes one it ends. */
		if (file_notify(&epi->ep->file, SOCK_POLL_READ) &&
		    unlikely(epi->events & LN_EPOLLEXCLUSIVE))
			break;
	}
	return watched;
}

void epoll_forget(struct file *f)
{
	struct epitem *epi;
	struct hlist_node *next;

	hlist_for_each_entry_safe(epi, next, &f->watchers, watch_node)
		item_free(epi);
}

/* ---- loops ---- */

/* Sets in the longest chain downwards from ep, itself included; 0 when `target` is in one. */
static u32 depth_below(struct eventpoll *ep, const struct eventpoll *target, u64 check)
{
	struct epitem *epi;
	u32 depth = 1;

	if (ep == target)
		return 0;
	if (ep->loop_check == check)
		return ep->depth;
	list_for_each_entry(epi, &ep->items, item_node) {
		struct eventpoll *below = file_ep(epi->file);
		u32 d;

		if (!below)
			break;		/* sets come first */
		d = depth_below(below, target, check);
		if (!d)
			return 0;
		depth = max(depth, d + 1);
	}
	ep->loop_check = check;
	ep->depth = depth;
	return depth;
}

/* The same upwards. Nesting is bounded, so the walk is. */
static u32 depth_above(const struct eventpoll *ep)
{
	const struct epitem *epi;
	u32 depth = 1;

	hlist_for_each_entry(epi, &ep->file.watchers, watch_node)
		depth = max(depth, depth_above(epi->ep) + 1);
	return depth;
}

static int check_loop(struct eventpoll *ep, struct eventpoll *watched)
{
	u32 below = depth_below(watched, ep, ++ep->file.net->files->loop_check);

	return !below || below + depth_above(ep) > EP_MAX_NESTS + 1 ? -ELOOP : 0;
}

/* ---- the calls ---- */

static struct epitem *item_find(const struct eventpoll *ep, const struct file *f)
{
	struct epitem *epi;

	hlist_for_each_entry(epi, &f->watchers, watch_node) {
		if (epi->ep == ep)
			return epi;
	}
	return NULL;
}

/* The item is new or its events are: it may be ready already. */
static void item_recheck(struct epitem *epi)
{
	if (!item_poll(epi) || !list_empty(&epi->ready_node))
		return;
	list_add_tail(&epi->ready_node, &epi->ep->ready);
	file_notify(&epi->ep->file, SOCK_POLL_READ);
}

/* Exclusive ones behind all others, the oldest first. */
static void watch(struct epitem *epi, struct file *f)
{
	struct hlist_node *at = f->watchers.first;

	if (!(epi->events & LN_EPOLLEXCLUSIVE) || !at) {
		hlist_add_head(&epi->watch_node, &f->watchers);
		return;
	}
	while (at->next)
		at = at->next;
	hlist_add_behind(&epi->watch_node, at);
}

static int ep_insert(struct eventpoll *ep, struct file *f, const struct ln_epoll_event *ev)
{
	struct eventpoll *watched = file_ep(f);
	struct epitem *epi;
	int err = watched ? check_loop(ep, watched) : 0;

	if (err)
		return err;
	epi = slab_alloc(&ep->file.net->files->epitems);
	if (!epi)
		return -ENOMEM;
	*epi = (struct epitem){
		.ep = ep, .file = f, .data = ev->data, .events = ev->events | EP_ALWAYS,
	};
	list_init(&epi->ready_node);
	if (watched)
		list_add(&epi->item_node, &ep->items);
	else
		list_add_tail(&epi->item_node, &ep->items);
	watch(epi, f);
	item_recheck(epi);
	return 0;
}

/* Exclusive is decided once, by ADD. */
static bool exclusive_bad(const struct epitem *epi, int op, const struct file *f,
			  const struct ln_epoll_event *ev)
{
	if (op == LN_EPOLL_CTL_MOD && epi && epi->events & LN_EPOLLEXCLUSIVE)
		return true;
	if (op == LN_EPOLL_CTL_DEL || !(ev->events & LN_EPOLLEXCLUSIVE))
		return false;
	return op == LN_EPOLL_CTL_MOD || ev->events & ~EP_EXCLUSIVE_OK ||
	       f->ops == &epoll_file_ops;
}

int epoll_ctl(struct eventpoll *ep, int op, struct file *f, const struct ln_epoll_event *ev)
{
	struct epitem *epi = item_find(ep, f);

	if (exclusive_bad(epi, op, f, ev))
		return -EINVAL;
	switch (op) {
	case LN_EPOLL_CTL_ADD:
		return epi ? -EEXIST : ep_insert(ep, f, ev);
	case LN_EPOLL_CTL_DEL:
		if (!epi)
			return -ENOENT;
		item_free(epi);
		return 0;
	case LN_EPOLL_CTL_MOD:
		if (!epi)
			return -ENOENT;
		epi->events = ev->events | EP_ALWAYS;
		epi->data = ev->data;
		item_recheck(epi);
		return 0;
	default:
		return -EINVAL;
	}
}

int epoll_wait(struct eventpoll *ep, struct ln_epoll_event *evs, int max)
{
	struct list_head todo;
	int n = 0;

	list_init(&todo);
	list_splice_tail_init(&ep->ready, &todo);
	while (n < max && !list_empty(&todo)) {
		struct epitem *epi = list_first_entry(&todo, struct epitem, ready_node);
		unsigned events = item_poll(epi);

		list_del_init(&epi->ready_node);
		if (!events)
			continue;
		evs[n++] = (struct ln_epoll_event){ .events = events, .data = epi->data };
		if (epi->events & LN_EPOLLONESHOT)
			epi->events &= EP_PRIVATE_BITS;
		else if (!(epi->events & LN_EPOLLET))
			list_add_tail(&epi->ready_node, &ep->ready);
	}
	/* What did not fit stays in front of what was reported: everyone gets his turn. */
	list_splice_tail_init(&ep->ready, &todo);
	list_splice_tail_init(&todo, &ep->ready);
	return n;
}
