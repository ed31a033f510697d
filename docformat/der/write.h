/*
 * Writing DER (ITU-T X.690 clauses 8, 10 and 11) into a buffer.
 *
 * Constructed values are opened and closed; closing sets the length.  What
 * fails makes the buffer bad, which mh_buf_ok says once at the end.
 */
#ifndef DOCFORMAT_DER_WRITE_H
#define DOCFORMAT_DER_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* Begins a constructed value; the result is for df_der_close. */
size_t df_der_open(struct mh_buf *out, unsigned tag);
void df_der_close(struct mh_buf *out, size_t open);
/* The same for SET OF: brings the elements into the order of X.690 11.6. */
void df_der_close_set(struct mh_buf *out, size_t open);

/* A value with this identifier octet (enum df_tag). */
void df_der_put(struct mh_buf *out, unsigned tag, struct mh_span body);
/* A value that is there already, under another identifier (implicit tag). */
void df_der_put_retagged(
    struct mh_buf *out, unsigned tag, struct mh_span value);
void df_der_put_uint(struct mh_buf *out, uint64_t value);
/* An INTEGER of big-endian bytes without sign, made minimal; empty: 0. */
void df_der_put_number(struct mh_buf *out, struct mh_span magnitude);
/* UTCTime until 2049, GeneralizedTime from then on (RFC 5652 11.3). */
void df_der_put_time(struct mh_buf *out, int64_t time);

#endif
