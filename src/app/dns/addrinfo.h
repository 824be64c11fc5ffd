/* SPDX-License-Identifier: MIT */
/*
 * All addresses of a name, best first: getaddrinfo(3) without blocking. Both families are asked for
 * at the same time, of those that the host has (dst_families()); it waits for both answers.
 */
#ifndef LINNET_APP_DNS_ADDRINFO_H
#define LINNET_APP_DNS_ADDRINFO_H

#include "app/dns/dns_client.h"

#define ADDRINFO_MAX (2 * DNS_RESULT_ADDRS_MAX)

/* Valid during the callback. */
struct addrinfo_result {
	enum dns_error error;		/* DNS_OK: naddrs is not 0 */
	const char *message;		/* for people */
	struct ipaddr addrs[ADDRINFO_MAX];
	unsigned naddrs;
};

struct addrinfo_lookup;
typedef void (*addrinfo_fn)(void *ctx, const struct addrinfo_result *res);

/**
 * addrinfo_lookup - find the addresses of a name
 * @family: LN_AF_INET, LN_AF_INET6: that one alone; 0: either
 * @program_cache, @fn: as dns_client_lookup() has them
 *
 * Return: to cancel it; NULL: no memory, @fn is not called.
 */
struct addrinfo_lookup *addrinfo_lookup(struct dns_client *client, const char *name,
					uint16_t family, struct dns_cache *program_cache,
					addrinfo_fn fn, void *ctx);
/* Ends it without calling back; may be NULL. */
void addrinfo_cancel(struct addrinfo_lookup *l);

#endif
