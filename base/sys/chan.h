/*
 * Channels between processes: SOCK_SEQPACKET pairs that carry packets of at
 * most MH_MESSAGE_MAX bytes with descriptors, and memfds for what is larger.
 * Every descriptor made here is close-on-exec.
 */
#ifndef BASE_SYS_CHAN_H
#define BASE_SYS_CHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct mh_packet {
    uint8_t *buf; /* given by the receiver, MH_MESSAGE_MAX bytes */
    size_t len;   /* bytes received; 0: the peer is gone */
    int *fd;      /* given by the receiver, MH_MESSAGE_FDS_MAX places */
    size_t fds;   /* descriptors received; the receiver closes them */
};

/* A connected pair; the caller closes both. */
enum mh_code mh_chan_pair(struct mh_err *err, int out[2]) MH_MUST_USE;

enum mh_code mh_chan_send(int chan, struct mh_span packet, const int *fd,
    size_t fds, struct mh_err *err) MH_MUST_USE;

/* Blocks.  A packet that was cut, or too many descriptors: MH_EFORMAT. */
enum mh_code mh_chan_recv(
    int chan, struct mh_err *err, struct mh_packet *out) MH_MUST_USE;

void mh_close(int *fd); /* closes if >= 0, then sets it to -1 */
void mh_packet_close(struct mh_packet *p); /* closes what it received */

/* A memfd of size bytes (sparse), not sealed; the caller closes it. */
enum mh_code mh_memfd_new(
    const char *name, uint64_t size, struct mh_err *err, int *out) MH_MUST_USE;
/* No more writing, growing, shrinking or sealing. */
enum mh_code mh_memfd_seal(int fd, struct mh_err *err) MH_MUST_USE;
/* Whether all four seals are set. */
bool mh_memfd_sealed(int fd);

/* A read-only mapping of a regular file or memfd, size 0 included. */
struct mh_map {
    struct mh_span bytes;
    void *base;
    size_t len;
};
/* want: the size the peer announced; another one is MH_EFORMAT. */
enum mh_code mh_map_fd(
    int fd, uint64_t want, struct mh_err *err, struct mh_map *out) MH_MUST_USE;
void mh_map_fini(struct mh_map *map);
/*
 * Gives the pages of a part of a read-only mapping back, but for its last one:
 * they are read again from the file when they are looked at again.  file is
 * the whole mapping.  Only advice: it cannot fail.
 */
void mh_map_release(struct mh_span file, struct mh_span part);

#endif
