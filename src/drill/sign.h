/* SPDX-License-Identifier: MIT */
/*
 * Signatures of TCP segments by keys that a script names: MD5 (RFC 2385) and TCP-AO (RFC 5925,
 * 5926). They are reckoned here from the bytes of the packet, not by what the machine under test
 * does it with.
 */
#ifndef LINNET_DRILL_SIGN_H
#define LINNET_DRILL_SIGN_H

#include "drill/packet.h"

enum sign_alg { SIGN_SHA1, SIGN_SHA256, SIGN_CMAC };

#define SIGN_MD5_LEN 16
#define SIGN_AO_LEN 12		/* RFC 5926 2.2: of a MAC, when nothing is said */
#define SIGN_AO_LEN_MAX 32

struct sign_key {
	const char *secret;
	u8 len;
	u8 alg;			/* AO: enum sign_alg */
	bool exclude_options;	/* AO: the others are not signed */
};

/* RFC 5925 5.2: the initial numbers of a connection, as on the wire. */
struct sign_numbers {
	u32 local_isn, remote_isn;	/* of the machine; of the script */
};

/*
 * Writes the signatures of the options of p that have a key into the packet of len bytes that was
 * made of it, and its checksum again.
 */
void sign_packet(const struct packet *p, const struct sign_numbers *n, u8 *ip, size_t len);
/*
 * Is the option of got, which was read from these bytes, what the key makes? Options of want that
 * have a key and stand at the same place of got, with a signature that is right, get it into got.
 */
void sign_check(const struct packet *want, struct packet *got, const struct sign_numbers *n,
		const u8 *ip, size_t len);

#endif
