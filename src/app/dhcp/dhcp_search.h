/* SPDX-License-Identifier: MIT */
/*
 * The list of domains in which names are searched (RFC 3397, option 119): names as in DNS (RFC 1035
 * 4.1.4), which may end in a pointer to an earlier one. Here it is a text, a blank between names.
 */
#ifndef LINNET_APP_DHCP_DHCP_SEARCH_H
#define LINNET_APP_DHCP_DHCP_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_SEARCH_MAX 256		/* bytes of the text, with its NUL */

/*
 * What does not fit the text is left out, and so is a name with other bytes than a host's has (the
 * text becomes words of files). False: malformed, and the text is empty.
 */
bool dhcp_search_read(const uint8_t *p, size_t len, char text[DHCP_SEARCH_MAX]);

/* To p, with what names have in common once. Return: bytes; 0: a label is no label, or no room. */
size_t dhcp_search_write(const char *text, uint8_t *p, size_t cap);

#endif
