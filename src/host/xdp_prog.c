/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp_prog.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static uint64_t ptr(const void *p)
{
	return (uintptr_t)p;
}

static int make_map(unsigned queues)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_XSKMAP;
	attr.key_size = attr.value_size = sizeof(uint32_t);
	attr.max_entries = queues;
	memcpy(attr.map_name, "linnet_xsks", sizeof("linnet_xsks"));
	return bpf(BPF_MAP_CREATE, &attr);
}

/* return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS); */
static int load_program(int map, bool sg)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },		/* the upper half of the map's 64 bits */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = ptr(code);
	attr.insn_cnt = sizeof(code) / sizeof(code[0]);
	attr.license = ptr("MIT");
	attr.prog_flags = sg ? BPF_F_XDP_HAS_FRAGS : 0;
	memcpy(attr.prog_name, "linnet_xdp", sizeof("linnet_xdp"));
	return bpf(BPF_PROG_LOAD, &attr);
}

static int link_program(int prog, const struct xdp_if *i, uint32_t mode)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)prog;
	attr.link_create.target_ifindex = i->index;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = mode;
	return bpf(BPF_LINK_CREATE, &attr);
}

static void say_load(char *err, size_t cap, const char *what)
{
	if (errno == EPERM || errno == EACCES)
		snprintf(err, cap, "AF_XDP: %s: %s; loading its program needs CAP_BPF and "
			 "CAP_NET_ADMIN (before kernel 5.8 CAP_SYS_ADMIN) outside of any user "
			 "namespace, its sockets CAP_NET_RAW. Run as root, or: setcap "
			 "cap_bpf,cap_net_admin,cap_net_raw+ep linnet. A TAP that root made for "
			 "you needs none of them",
			 what, strerror(errno));
	else if (errno == EINVAL || errno == ENOSYS)
		snprintf(err, cap, "AF_XDP: %s: %s; this kernel lacks CONFIG_BPF_SYSCALL or "
			 "CONFIG_XDP_SOCKETS. Use a TAP", what, strerror(errno));
	else if (errno == ENOMEM)
		snprintf(err, cap, "AF_XDP: %s: %s; before kernel 5.11 maps count as locked "
			 "memory: raise ulimit -l", what, strerror(errno));
	else
		snprintf(err, cap, "AF_XDP: %s: %s", what, strerror(errno));
}

static void say_attach(char *err, size_t cap, const struct xdp_if *i)
{
	const char *n = i->name;

	if (errno == EBUSY || errno == EEXIST)
		snprintf(err, cap, "%s: an XDP program is attached already, by another linnet or "
			 "another program. \"ip -d link show dev %s\" shows its number; stop its "
			 "owner, or if it has none: ip link set dev %s xdp off", n, n, n);
	else if (errno == ERANGE)
		snprintf(err, cap, "%s: the MTU, of it or of its peer, is too large for XDP in "
			 "this driver: ip link set dev %s mtu 1500, and the peer's", n, n);
	else if (errno == ENOSPC)
		snprintf(err, cap, "%s: it has fewer receive queues than its peer sends with: "
			 "ethtool -L %s rx N, or fewer at the peer: ethtool -L PEER tx %u", n, n,
			 i->queues);
	else if (errno == EINVAL)
		snprintf(err, cap, "%s: attaching the XDP program: %s; linnet needs kernel 5.10 or "
			 "later for AF_XDP. Use a TAP", n, strerror(errno));
	else if (errno == EPERM)
		snprintf(err, cap, "%s: attaching the XDP program: %s; it needs CAP_NET_ADMIN in "
			 "the network namespace of %s", n, strerror(errno), n);
	else
		snprintf(err, cap, "%s: attaching the XDP program: %s", n, strerror(errno));
}

/*
 * In the driver where it can, else behind it. A driver that can but refuses (ERANGE, ENOSPC) is
 * told, because behind it such frames would come in sizes that no AF_XDP frame holds.
 */
static bool attach_program(struct xdp_prog *p, int prog, const struct xdp_if *i, char *err,
			   size_t cap)
{
	p->link = link_program(prog, i, XDP_FLAGS_DRV_MODE);
	p->native = p->link >= 0;
	if (p->link < 0 && (errno == EOPNOTSUPP || errno == EINVAL))
		p->link = link_program(prog, i, XDP_FLAGS_SKB_MODE);
	if (p->link < 0)
		say_attach(err, cap, i);
	return p->link >= 0;
}

static void detach(struct xdp_prog *p)
{
	if (p->link >= 0)
		close(p->link);
	if (p->map >= 0)
		close(p->map);
	free(p);
}

static bool load_and_attach(struct xdp_prog *p, const struct xdp_if *i, bool sg, char *err,
			    size_t cap)
{
	bool good;
	int prog;

	p->map = make_map(i->queues);
	if (p->map < 0) {
		say_load(err, cap, "making its map");
		return false;
	}
	prog = load_program(p->map, sg);
	if (prog < 0 && errno == EINVAL && sg) {
		xdp_if_say_sg(i, err, cap);
		return false;
	}
	if (prog < 0) {
		say_load(err, cap, "loading its program");
		return false;
	}
	good = attach_program(p, prog, i, err, cap);
	close(prog);			/* the link keeps it */
	return good;
}

struct xdp_prog *xdp_prog_attach(const struct xdp_if *i, bool sg, char *err, size_t cap)
{
	struct xdp_prog *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(err, cap, "%s: out of memory", i->name);
		return NULL;
	}
	*p = (struct xdp_prog){ .map = -1, .link = -1, .users = 1 };
	if (load_and_attach(p, i, sg, err, cap))
		return p;
	detach(p);
	return NULL;
}

struct xdp_prog *xdp_prog_get(struct xdp_prog *p)
{
	p->users++;
	return p;
}

int xdp_prog_redirect(const struct xdp_prog *p, unsigned queue, int sock)
{
	const uint32_t key = queue, value = (uint32_t)sock;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)p->map;
	attr.key = ptr(&key);
	attr.value = ptr(&value);
	return bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -errno : 0;
}

void xdp_prog_put(struct xdp_prog *p)
{
	if (p && !--p->users)
		detach(p);
}
