/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/packet_tx.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/netns.h"
#include "host/vnet.h"

struct batch {
	struct mmsghdr msg[PACKET_BATCH];
	struct vnet_hdr vh[PACKET_BATCH];
	struct iovec iov[PACKET_BATCH][1 + NIC_SEGS_MAX];
	u64 at[PACKET_BATCH];		/* of the frame in the transmit ring */
};

void packet_tx_init(struct packet_tx *t, struct nic *nic, const struct packet_fd *sock)
{
	*t = (struct packet_tx){
		.nic = nic, .sock = sock, .retry_at = INT64_MAX, .patience = PACKET_RETRIES,
		.lost_at = -PACKET_IMPATIENT_NS,
	};
}

static u32 gather(struct packet_tx *t, struct batch *b)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 n, count = 0;

	while (count < PACKET_BATCH && (n = nic_tx_peek(t->nic, segs, &meta)) > 0) {
		struct iovec *iov = b->iov[count];
		u32 k = 0;

		if (t->sock->vnet) {
			vnet_of_meta(&b->vh[count], &meta, segs);
			iov[k++] = (struct iovec){ &b->vh[count], sizeof(b->vh[count]) };
		}
		for (u32 i = 0; i < n; i++)
			iov[k++] = (struct iovec){ (void *)(uintptr_t)segs[i].addr, segs[i].len };
		b->msg[count].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = k };
		b->at[count++] = t->nic->tx.next_read;
		nic_tx_advance(t->nic);
	}
	return count;
}

/* The queue did not take the first frame that waits. False: it is lost. */
static bool try_again(struct packet_tx *t)
{
	s64 now = t->nic->net->now;

	if (!t->tries && now - t->lost_at >= PACKET_IMPATIENT_NS)
		t->patience = PACKET_RETRIES;
	if (t->tries == t->patience) {
		t->tries = 0;
		t->patience = max_t(u32, t->patience / 2, 1);
		t->lost_at = now;
		t->dropped++;
		return false;
	}
	t->retry_at = now + min_t(s64, PACKET_RETRY_NS << t->tries, PACKET_RETRY_MAX_NS);
	t->tries++;
	t->retries++;
	return true;
}

static void frames_left(struct packet_tx *t)
{
	if (t->tries)
		t->patience = PACKET_RETRIES;	/* it was full and no longer is */
	t->tries = 0;
}

/*
 * How many of n are dealt with. An interface that is down loses a frame as a cable would. (A call
 * that sent some tells nothing of why it sent no more: the next one does.)
 */
static u32 send_batch(struct packet_tx *t, struct batch *b, u32 n)
{
	u32 done = 0;

	while (done < n) {
		int r = sendmmsg(t->sock->fd, b->msg + done, n - done, MSG_DONTWAIT);

		if (r > 0) {
			done += (u32)r;
			frames_left(t);
		} else if (errno == EAGAIN) {
			t->blocked = true;
			break;
		} else if (errno == ENOBUFS && try_again(t)) {
			break;
		} else if (errno != EINTR) {
			t->dropped += errno != ENOBUFS;
			done++;
		}
	}
	return done;
}

u32 packet_tx_send(struct packet_tx *t)
{
	struct batch b;
	u32 n, done, sent = 0;

	if (t->nic->net->now < t->retry_at && t->retry_at != INT64_MAX)
		return 0;
	t->blocked = false;
	t->retry_at = INT64_MAX;
	while ((n = gather(t, &b)) > 0) {
		done = send_batch(t, &b, n);
		sent += done;
		if (done < n) {
			nic_tx_reread(t->nic, b.at[done]);
			break;
		}
	}
	return sent;
}
