/* SPDX-License-Identifier: MIT */
/*
 * For tests of whole instances through the public calls: one that begins at 1 s and fails the test
 * when a command does, or when anything is left over at its end.
 */
#ifndef LINNET_STACK_BOX_H
#define LINNET_STACK_BOX_H

#include <linnet/linnet.h>

#include "base/ktime.h"

#ifndef assert_int_equal
#error "include <cmocka.h> (after <setjmp.h>, <stdarg.h>) before this header"
#endif

static inline struct ln_net *box_net(void)
{
	struct ln_net_params params;
	struct ln_net *net;

	ln_net_params_init(&params);
	params.seed = 7;
	params.start_ns = NSEC_PER_SEC;
	net = ln_net_create(&params);
	assert_non_null(net);
	return net;
}

static inline struct ln_nic *box_nic(struct ln_net *net, const struct ln_nic_params *params)
{
	struct ln_nic *nic = ln_nic_create(net, params);

	assert_non_null(nic);
	return nic;
}

static inline void box_ctl(struct ln_net *net, const char *cmd)
{
	char out[512];

	if (ln_ctl(net, cmd, out, sizeof(out), NULL))
		fail_msg("%s: %s", cmd, out);
}

static inline void box_end(struct ln_net *net)
{
	struct ln_leaks leaks;
	int err = ln_net_destroy(net, &leaks);

	assert_int_equal(leaks.frames_unaccounted, 0);
	assert_int_equal(leaks.borrowed, 0);
	assert_int_equal(leaks.packets, 0);
	assert_int_equal(leaks.objects, 0);
	assert_int_equal(leaks.bytes, 0);
	assert_int_equal(err, 0);
}

#endif
