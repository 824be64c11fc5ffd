/* SPDX-License-Identifier: MIT */
/* A card's life: made, opened with rings of a size, closed. */
#include "driver/nic_impl.h"

#include "wire/eth.h"

void nic_init(struct nic *nic, struct net *net, const struct nic_ops *ops, void *backend)
{
	memset(nic, 0, sizeof(*nic));
	nic->net = net;
	nic->ops = ops;
	nic->backend = backend;
	nic->mtu = ETH_DATA_LEN;
	nic_irq_init(nic);
	timer_init(&nic->refill_timer, nic_refill_timer_fn);
}

static u32 ring_size(u32 asked, u32 least)
{
	if (!asked)
		asked = NIC_RING_DEFAULT;
	return (u32)roundup_pow2(clamp_t(u32, asked, least, NIC_RING_MAX));
}

u32 nic_rx_ring_size(u32 asked)
{
	return ring_size(asked, 1);
}

u32 nic_tx_ring_size(u32 asked)
{
	return ring_size(asked, NIC_TX_RING_MIN);
}

int nic_open(struct nic *nic, u32 rx_size, u32 tx_size)
{
	int err;

	err = nic_tx_ring_init(nic, nic_tx_ring_size(tx_size));
	if (err)
		return err;
	err = nic_rx_ring_init(nic, nic_rx_ring_size(rx_size));
	if (err) {
		nic_tx_ring_exit(nic, SKB_DROP_REASON_NIC_DOWN);
		return err;
	}
	nic->irq_masked = true;
	nic->up = true;
	if (nic->ops->set_up)
		nic->ops->set_up(nic, true);
	return 0;
}

void nic_close(struct nic *nic)
{
	enum skb_drop_reason why = nic->net->exiting ? SKB_DROP_REASON_NET_EXIT :
						       SKB_DROP_REASON_NIC_DOWN;

	if (!nic->up)
		return;
	nic->irq_masked = true;
	if (nic->ops->set_up)
		nic->ops->set_up(nic, false);
	nic->up = false;
	nic_irq_reset(nic);
	net_timer_del(nic->net, &nic->refill_timer);
	nic_rx_ring_exit(nic, why);
	nic_tx_ring_exit(nic, why);
}

void nic_set_carrier(struct nic *nic, bool on)
{
	if (nic->carrier == on)
		return;
	nic->carrier = on;
	nic_irq_raise(nic, NIC_IRQ_LINK);
}
