/* SPDX-License-Identifier: MIT */
#include "common/frames.h"

#include <string.h>

void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

void put_mac(uint8_t *p, unsigned station)
{
	put16(p, 0x0200);
	put32(p + 2, station);
}

static unsigned header_sum(const uint8_t *p)
{
	unsigned sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (unsigned)p[i] << 8 | p[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16)) & 0xffff;
}

void put_datagram(uint8_t *frame, uint32_t saddr, uint32_t daddr)
{
	uint8_t *ip = frame + 14;

	memset(frame, 0, FRAME);
	put16(frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, FRAME - 14);
	ip[8] = 64;
	ip[9] = 17;
	put32(ip + 12, saddr);
	put32(ip + 16, daddr);
	put16(ip + 10, header_sum(ip));
	put16(ip + 20, 4000);
	put16(ip + 22, 4001);
	put16(ip + 24, FRAME - 34);
}
