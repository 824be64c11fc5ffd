/* SPDX-License-Identifier: MIT */
/*
 * Packets of a differential test, and how they are written:
 *
 *	lan udp 10.0.1.2 5000 192.0.2.2 53	at which port it comes in, from whom, to whom
 *	lan tcp 10.0.1.2 5000 192.0.2.2 80 flags=S seq=1 ack=0 win=1000 len=0 mss=1460
 *	lan icmp 10.0.1.2 7 192.0.2.2 1 type=8 code=0		id and sequence in the ports' place
 *	wan icmp6 2001:db8:2::2 7 fd00:1::2 1 type=128
 *	... ttl=64 tos=0 len=10 df=1 off=0 mf=0 opts=0		IPv4's pieces; bytes of options
 *	... frag=7 off=0 mf=1 ulen=24	IPv6's, by identification; bytes that UDP's header speaks of
 *	... hbh=1 dst=1 rt=4	IPv6's extension headers; opts=4 ra=1, topt=1: options of IPv4, TCP
 *	... data=PORT_10,0,1,2,7,208	what it carries, _ for blanks, and a newline; nl=0: without
 *	answer len=3 flags=SA ...		to what came out last, from where it went to
 *	error type=3 code=3 from=192.0.2.9	ICMP's answer to it; from whom, else its receiver
 */
#ifndef LINNET_TESTS_HARNESS_NFT_PACKET_H
#define LINNET_TESTS_HARNESS_NFT_PACKET_H

#include "harness/nft_twins.h"

struct twin_packet {
	enum twin_port port;
	bool v6;
	uint8_t proto, ttl, tos, flags, type, code;
	uint8_t saddr[16], daddr[16];
	uint16_t sport, dport, win, mss, len, off;
	bool df, mf;
	uint8_t opts;		/* bytes of IPv4 options, NOPs */
	uint8_t frag;		/* IPv6: with a fragment header of this identification */
	bool hbh, dst;		/* IPv6: with this extension header */
	uint8_t rt;		/* IPv6: with a routing header of this type that is used up */
	bool ra;		/* IPv4, with opts=4: Router Alert */
	bool topt;		/* TCP: SACK permitted, window scale 7, timestamp 1, 2 */
	uint16_t ulen;
	uint32_t seq, ack, flow;
	char data[128];		/* instead of letters, with len */
};

void twin_packet_build(const struct twin_packet *p, struct twin_frame *f);
/* What the frame says, for an answer to be made of it. False: neither IPv4 nor IPv6. */
bool twin_packet_read(const struct twin_frame *f, struct twin_packet *p);
/* From where it went to. */
void twin_packet_turn(struct twin_packet *p);
/* An ICMP error about f, which came out at port. */
void twin_packet_error(enum twin_port port, const struct twin_frame *f, uint8_t type,
		       uint8_t code, const uint8_t *from, struct twin_frame *out);

/* Reads a line; *last: what came out last and where. Ends the test when it cannot be read. */
void twin_packet_line(const char *line, enum twin_port last_port, const struct twin_frame *last,
		      struct twin_packet *p, struct twin_frame *f);

#endif
