/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/eth.h"
#include "wire/vlan.h"

static void every_tci_survives(void **state)
{
	struct vlan_view v, again;
	u8 tag[VLAN_HLEN];
	u8 out[VLAN_HLEN];

	(void)state;
	for (u32 tci = 0; tci <= 0xffff; tci++) {
		put_be16(tag, (u16)tci);
		put_be16(tag + 2, ETH_P_IP);
		assert_int_equal(vlan_parse(tag, sizeof(tag), &v), WIRE_OK);
		assert_int_equal(v.vid, tci & 0xfff);
		assert_int_equal(v.pcp, tci >> 13);
		assert_int_equal(v.dei, tci >> 12 & 1);
		assert_int_equal(v.proto, ETH_P_IP);
		assert_int_equal(vlan_build(out, &v), VLAN_HLEN);
		assert_memory_equal(out, tag, sizeof(tag));
	}
	assert_int_equal(vlan_parse(tag, VLAN_HLEN - 1, &again), WIRE_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tci_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
