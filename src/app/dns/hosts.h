/* SPDX-License-Identifier: MIT */
/*
 * The hosts file (hosts(5)): "address name [alias ...]", '#' starts a comment. Names are
 * compared without regard to case and to a dot at the end. IPv6 lines are passed over.
 */
#ifndef LINNET_APP_DNS_HOSTS_H
#define LINNET_APP_DNS_HOSTS_H

#include <stddef.h>
#include <stdint.h>

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

/* One name; @addr in network byte order. Return: 0, -EINVAL (name), -ENOMEM, -ENOSPC. */
int hosts_add(struct hosts *h, uint32_t addr, const char *name);

/* Up to @max addresses of @name in the file's order. Return: how many; 0 = not in the file. */
size_t hosts_lookup(const struct hosts *h, const char *name, uint32_t *addrs, size_t max);

/* The first name given to an address, or NULL. */
const char *hosts_lookup_addr(const struct hosts *h, uint32_t addr);

#endif
