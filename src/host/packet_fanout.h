/* SPDX-License-Identifier: MIT */
/*
 * PACKET_FANOUT: the sockets of several shards on one interface, each frame to one of them. Which
 * one is said by a classic BPF program, for which no right is needed beyond the socket's, and which
 * computes what driver/nic_rss.h does with the key and table that a card has at first; so a flow
 * comes to its shard at once. With other settings (ethtool -X) shards hand frames over.
 *
 * The symmetric key repeats every 16 bits, so the hash is that of the sum (without carry) of all
 * 16-bit words of addresses and ports: 16 bits instead of IPv4's 96 or IPv6's 288.
 */
#ifndef LINNET_HOST_PACKET_FANOUT_H
#define LINNET_HOST_PACKET_FANOUT_H

#include <linux/filter.h>
#include <stdbool.h>

#define PACKET_FANOUT_CODE_MAX 160

/* The program for so many shards; returns its length. It starts at the network header. */
unsigned packet_fanout_program(struct sock_filter code[PACKET_FANOUT_CODE_MAX], unsigned shards);

/* A socket that hears nothing until it has joined, so that no frame comes to two. */
bool packet_fanout_deafen(int fd);

/*
 * Joins, in the order of shards; *group -1: makes the group and says its number, which is
 * the network namespace's. The interface must be up. False: errno.
 */
bool packet_fanout_join(int fd, unsigned shards, int *group);

#endif
