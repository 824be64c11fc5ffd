/* SPDX-License-Identifier: MIT */
/*
 * Opening a TAP. Apart from tap.c because the kernel's headers and wire/ both define struct ethhdr
 * and its kin, under the same names.
 */
#ifndef LINNET_HOST_TAP_FD_H
#define LINNET_HOST_TAP_FD_H

#include <stdbool.h>
#include <stddef.h>

#define TAP_VNET_HDR_LEN 10

/*
 * A non-blocking descriptor of the TAP, made when it does not exist and we may; -1: err says why
 * and what would mend it. *vnet_hdr: whether a struct vnet_hdr before each frame is wished (and
 * with it frames that the kernel leaves unfinished: merged segments, partial checksums); then
 * whether it is so, as old kernels refuse. *uso: whether datagrams come and go merged, too (from
 * Linux 6.2 on). queue: one of several descriptors, a queue each.
 */
int tap_fd_open(const char *name, bool queue, bool *vnet_hdr, bool *uso, char *err, size_t cap);

#endif
