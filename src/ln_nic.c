/* SPDX-License-Identifier: MIT */
/* The public ln_nic_* calls: a card driven by hand, its driver, and Ethernet on top. */
#include <linnet/nic.h>

#include "base/assert.h"
#include "device/dev_nic.h"
#include "driver/nic_cable.h"
#include "driver/nic_hand.h"
#include "link/ethernet.h"
#include "wire/eth.h"

static const struct dev_nic_link ether_link = { ether_setup, eth_type_trans };

/* The handle is the card; the cable is remembered by its backend. */
static struct nic *nic_of(struct ln_nic *handle)
{
	return (struct nic *)(void *)handle;
}

/* A locally administered unicast address (IEEE 802: bit 1 set, bit 0 clear). */
static void random_mac(struct net *net, u8 mac[6])
{
	u64 r = prng_u64(&net->prng);

	for (int i = 0; i < 6; i++)
		mac[i] = (u8)(r >> (8 * i));
	mac[0] = (u8)((mac[0] & 0xfc) | 2);
}

struct ln_nic *ln_nic_create(struct ln_net *handle, const struct ln_nic_params *params)
{
	struct net *net = net_of(handle);
	struct nic_hand_params hand = {
		.mtu = params->mtu ? params->mtu : ETH_DATA_LEN,
		.doorbell = params->doorbell,
		.ctx = params->ctx,
	};
	struct nic *nic;

	if (hand.mtu < ETH_MIN_MTU)
		return NULL;
	ether_addr_copy(hand.mac, params->mac);
	if (is_zero_ether_addr(hand.mac))
		random_mac(net, hand.mac);
	if (!is_valid_ether_addr(hand.mac))
		return NULL;
	nic = nic_hand_create(net, &hand);
	if (!nic)
		return NULL;
	if (!dev_nic_create(net, nic, params->name ? params->name : "eth%d", params->rx_ring,
			    params->tx_ring, &ether_link)) {
		nic->ops->destroy(nic);
		return NULL;
	}
	return (struct ln_nic *)(void *)nic;
}

int ln_nic_receive(struct ln_nic *nic, const void *frame, size_t len)
{
	return nic_hand_receive(nic_of(nic), frame, len);
}

ptrdiff_t ln_nic_transmit(struct ln_nic *nic, void *buf, size_t cap)
{
	return nic_hand_transmit(nic_of(nic), buf, cap);
}

unsigned ln_nic_receive_many(struct ln_nic *nic, const struct ln_frame *frames, unsigned n)
{
	return nic_hand_receive_many(nic_of(nic), frames, n);
}

unsigned ln_nic_transmit_many(struct ln_nic *nic, struct ln_frame *frames, unsigned n)
{
	return nic_hand_transmit_many(nic_of(nic), frames, n);
}

int ln_nic_connect(struct ln_nic *a, struct ln_nic *b)
{
	return nic_hand_connect(nic_of(a), nic_of(b));
}

unsigned ln_nic_cable_run(struct ln_nic *a)
{
	struct nic *peer = nic_hand_peer(nic_of(a));

	return peer ? nic_cable_run(nic_of(a), peer) : 0;
}

const char *ln_nic_name(const struct ln_nic *nic)
{
	return ((const struct nic *)(const void *)nic)->dev->name;
}

void ln_nic_mac(const struct ln_nic *nic, uint8_t mac[6])
{
	ether_addr_copy(mac, ((const struct nic *)(const void *)nic)->mac);
}

void ln_nic_set_carrier(struct ln_nic *nic, bool on)
{
	nic_set_carrier(nic_of(nic), on);
}
