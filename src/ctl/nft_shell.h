/* SPDX-License-Identifier: MIT */
/*
 * A command of nft as a shell has it. Its manual quotes what the shell would take for its own:
 *
 *	nft add chain ip nat post '{ type nat hook postrouting priority 100; }'
 *	nft add chain ip nat post { type nat hook postrouting priority 100 \; }
 *	nft 'add rule ip nat post oifname "wan0" masquerade'
 *
 * but a string of the language stands in double quotes as well, and who writes no shell writes it
 * bare: log prefix "a b". So '...' and backslashes are a shell's; "..." is where it is the whole
 * command or a block in braces, and else the language's.
 */
#ifndef LINNET_CTL_NFT_SHELL_H
#define LINNET_CTL_NFT_SHELL_H

#include "base/types.h"

/* Return: the command without a shell's quotes: in buf where there are any and room is enough,
 * else text itself. */
const char *nft_without_quotes(const char *text, char *buf, size_t cap);

#endif
