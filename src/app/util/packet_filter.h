/* SPDX-License-Identifier: MIT */
/*
 * Which frames are wanted, in the language of pcap-filter(7). libpcap makes a program of BPF of
 * the expression, and runs it; a program also travels as text, as `tcpdump -ddd` and iptables'
 * match bpf write it: "4,40 0 0 12,21 0 1 2048,6 0 0 262144,6 0 0 0".
 *
 * Names of hosts in an expression are looked up by the machine that the process runs on, and it
 * waits for the answer: who serves others compiles elsewhere and takes the text.
 */
#ifndef LINNET_APP_UTIL_PACKET_FILTER_H
#define LINNET_APP_UTIL_PACKET_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#define PACKET_FILTER_SNAPLEN 262144u	/* of a frame whole, as tcpdump has it */
#define PACKET_FILTER_STEPS_MAX 65536u

/* Zeroed: everything is wanted. */
struct packet_filter {
	struct bpf_insn *steps;
	unsigned count;
};

/* For Ethernet; "" = everything. False: err says why, in libpcap's words. */
bool packet_filter_compile(struct packet_filter *f, const char *expression, char *err, size_t cap);
/* From its text; false: it is no program, or one that would leave its memory. */
bool packet_filter_parse(struct packet_filter *f, const char *text);
/* The text, to be free()d; NULL: no memory. */
char *packet_filter_text(const struct packet_filter *f);
void packet_filter_free(struct packet_filter *f);

/* captured of len bytes are at frame; what looks behind them does not match. */
bool packet_filter_match(const struct packet_filter *f, const void *frame, size_t captured,
			 size_t len);

#endif
