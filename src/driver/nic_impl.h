/* SPDX-License-Identifier: MIT */
/* What the files of driver/nic share. */
#ifndef LINNET_DRIVER_NIC_IMPL_H
#define LINNET_DRIVER_NIC_IMPL_H

#include "driver/nic.h"

/* Makes the receive ring and posts what it can; -ENOMEM when that is nothing. */
int nic_rx_ring_init(struct nic *nic, u32 size);
void nic_rx_ring_exit(struct nic *nic, enum skb_drop_reason reason);

int nic_tx_ring_init(struct nic *nic, u32 size);
void nic_tx_ring_exit(struct nic *nic, enum skb_drop_reason reason);

void nic_irq_init(struct nic *nic);
/* Causes besides frames: set, and delivered unless masked. */
void nic_irq_raise(struct nic *nic, unsigned causes);
/* n frames more in a direction (NIC_IRQ_RX or NIC_IRQ_TX): moderation decides. */
void nic_irq_frames(struct nic *nic, enum nic_irq_cause direction, u32 n);
/* Nothing waits any more: the card goes down. */
void nic_irq_reset(struct nic *nic);

void nic_refill_timer_fn(struct timer *t);

#endif
