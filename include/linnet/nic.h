/* SPDX-License-Identifier: MIT */
/*
 * A network card of an instance, driven by hand: the border between linnet and whatever
 * carries frames (a TAP, a VPN, an emulator's NIC, a test).
 *
 * A frame is Ethernet from the destination MAC to the end of the payload, without FCS.
 * Frames given to ln_nic_receive() land in the card's receive ring and raise its interrupt;
 * the next ln_net_run() takes them up. Frames that the stack sends wait in the transmit
 * ring until ln_nic_transmit() takes them; a full ring stops the device's queue, so nothing
 * is lost by being slow here.
 */
#ifndef LINNET_NIC_H
#define LINNET_NIC_H

#include <linnet/net.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ln_nic;

struct ln_nic_params {
	const char *name;		/* "eth0"; NULL = the next free ethN */
	uint8_t mac[6];			/* all zero = a local one, from the random stream */
	uint16_t mtu;			/* 0 = 1500; 68 to 65535 */
	uint16_t rx_ring, tx_ring;	/* descriptors; 0 = 256; rounded up to a power of two */
	void (*doorbell)(void *ctx);	/* the stack put frames on the transmit ring; or NULL */
	void *ctx;
};

/*
 * Return: the card, owned by the instance and down until `ip link set DEV up`, or NULL: no
 * memory, the name is taken or none that Linux allows, a MAC of a group, an MTU below 68.
 */
LN_API struct ln_nic *ln_nic_create(struct ln_net *net, const struct ln_nic_params *params);

/**
 * ln_nic_receive - a frame arrived; copied into the next receive buffer
 * Return: 0; -ENOBUFS: the ring has no free descriptor (counted as an overrun);
 * -EMSGSIZE: longer than MTU + 18, or shorter than 14 (both counted); -ENETDOWN.
 */
LN_API int ln_nic_receive(struct ln_nic *nic, const void *frame, size_t len);

/**
 * ln_nic_transmit - take the next frame to send
 * @buf, @cap: where to copy it; MTU + 18 bytes are always enough
 *
 * Return: its length; 0 when none waits; -EMSGSIZE when @cap is short (the frame stays).
 */
LN_API ptrdiff_t ln_nic_transmit(struct ln_nic *nic, void *buf, size_t cap);

struct ln_frame {
	void *data;
	size_t len;
};

/**
 * ln_nic_receive_many - frames arrived, one behind the other
 *
 * As ln_nic_receive() for each, with one interrupt for all. Frames are not written.
 *
 * Return: how many were taken; each of the others is lost and counted.
 */
LN_API unsigned ln_nic_receive_many(struct ln_nic *nic, const struct ln_frame *frames, unsigned n);

/**
 * ln_nic_transmit_many - take up to @n of the next frames to send
 * @frames: where to copy them; len: room before, length afterwards. MTU + 18 are always enough
 *
 * Return: how many; fewer than @n: no more wait, or the room of the next one is short.
 */
LN_API unsigned ln_nic_transmit_many(struct ln_nic *nic, struct ln_frame *frames, unsigned n);

/**
 * ln_nic_connect - a cable between two cards of instances on the same thread
 *
 * Frames are handed over, not copied (headers aside), when ln_nic_cable_run() is called;
 * it returns how many. Each end must call ln_net_run() to see them.
 *
 * With "ethtool -K DEV tso on" a card with a cable sends TCP segments that leave together as one
 * frame of up to 64 KB, its checksum not finished. The other end takes them as they are. Switch it
 * off again before frames are taken with ln_nic_transmit() instead.
 *
 * Return: 0; -EINVAL: one card twice; -EBUSY: one of them has a cable. @a may be either end.
 */
LN_API int ln_nic_connect(struct ln_nic *a, struct ln_nic *b);
LN_API unsigned ln_nic_cable_run(struct ln_nic *a);

LN_API const char *ln_nic_name(const struct ln_nic *nic);
LN_API void ln_nic_mac(const struct ln_nic *nic, uint8_t mac[6]);
LN_API void ln_nic_set_carrier(struct ln_nic *nic, bool on);

#ifdef __cplusplus
}
#endif
#endif
