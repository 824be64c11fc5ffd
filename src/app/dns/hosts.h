/* SPDX-License-Identifier: MIT */
/*
 * The hosts file (hosts(5)): "address name [alias ...]", '#' starts a comment. Names are
 * compared without regard to case and to a dot at the end. Zones (fe80::1%eth0) are passed over.
 */
#ifndef LINNET_APP_DNS_HOSTS_H
#define LINNET_APP_DNS_HOSTS_H

#include <stddef.h>

#include "app/util/inet.h"

#define HOSTS_NAME_MAX 253
#define HOSTS_ENTRIES_MAX 65536

struct hosts;

/* Empty; NULL = no memory. */
struct hosts *hosts_new(void);
void hosts_free(struct hosts *h);

/**
 * hosts_parse - add every line of a hosts file
 * @bad_line: when not NULL, the number of the first line that is wrong, from 1; 0 = none.
 *	Such lines are skipped, as Linux does.
 *
 * Return: 0, -ENOMEM, -ENOSPC (HOSTS_ENTRIES_MAX).
 */
int hosts_parse(struct hosts *h, const char *text, size_t len, unsigned *bad_line);

/* One name. Return: 0, -EINVAL (name), -ENOMEM, -ENOSPC. */
int hosts_add(struct hosts *h, const struct ipaddr *addr, const char *name);

/**
 * hosts_lookup - up to @max addresses of a name in the file's order
 * @family: of those wanted; 0 = both
 *
 * Return: how many; -ENOENT = the name is not in the file.
 */
int hosts_lookup(const struct hosts *h, const char *name, uint16_t family, struct ipaddr *addrs,
		 size_t max);

/* The first name given to an address, or NULL. */
const char *hosts_lookup_addr(const struct hosts *h, const struct ipaddr *addr);

#endif
