#include "portal/http/multipart.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "portal/http/disposition.h"
#include "portal/http/gate.h"

enum state {
    START,   /* the first delimiter, without the CRLF before it */
    LEAD,    /* a CRLF before the first delimiter */
    AFTER,   /* behind a delimiter: CRLF, or "--" */
    HEADERS, /* header lines of a part */
    CONTENT,
    CLOSED, /* behind the closing delimiter: CRLF at most */
};

static bool
is_boundary(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') ||
           (c != 0 && strchr("'()+_,-./:=? ", c) != NULL);
}

enum mh_code
pt_multipart_boundary(struct mh_span type, struct mh_err *err,
    char out[static PT_BOUNDARY_MAX + 1])
{
    static const char media[] = "multipart/form-data";
    struct mh_span rest, head;
    struct pt_param p;
    bool found = false;
    int rc;

    if (!mh_span_sub(type, 0, sizeof(media) - 1, &head) ||
        !pt_span_is_nocase(head, media))
        return mh_fail(err, MH_EUNSUP, MH_NO_OFFSET,
            "content type: multipart/form-data is wanted");
    (void)mh_span_sub(
        type, head.len, type.len - head.len, &rest); /* inside it */
    while ((rc = pt_param_next(&rest, &p)) > 0) {
        if (!pt_span_is_nocase(p.name, "boundary"))
            continue;
        if (found || p.len == 0 || p.len > PT_BOUNDARY_MAX ||
            p.value[p.len - 1] == ' ')
            rc = -1;
        for (size_t i = 0; i < p.len && rc > 0; i++)
            if (!is_boundary((uint8_t)p.value[i]))
                rc = -1;
        if (rc < 0)
            break;
        memcpy(out, p.value, p.len + 1);
        found = true;
    }
    if (rc < 0 || !found)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
            "multipart: no boundary of 1 to 70 characters");
    return MH_OK;
}

void
pt_multipart_init(struct pt_multipart *m, const char *boundary,
    const struct pt_part_sink *sink)
{
    size_t n = strnlen(boundary, PT_BOUNDARY_MAX);

    memset(m, 0, sizeof(*m));
    m->sink = *sink;
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, n);
    m->delimiter_len = n + 4;
    m->state = START;
}

static enum mh_code
malformed(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "multipart: %s", what);
}

/* A label: clean UTF-8 without a path, cut at its limit between points. */
static bool
set_filename(struct pt_part *part, struct mh_span name)
{
    struct mh_buf clean;
    size_t n;
    bool ok;

    for (size_t i = name.len; i > 0; i--)
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
            (void)mh_span_sub(name, i, name.len - i, &name); /* inside it */
            break;
        }
    mh_buf_init(&clean, 4 * (size_t)PT_PARAM_MAX);
    mh_text_clean(name, PT_PARAM_MAX, &clean);
    ok = mh_buf_ok(&clean);
    n = clean.len;
    if (n > PT_PART_FILENAME_MAX) {
        n = PT_PART_FILENAME_MAX;
        while (n > 0 && (clean.ptr[n] & 0xc0) == 0x80)
            n--;
    }
    if (ok && n > 0)
        memcpy(part->filename, clean.ptr, n);
    part->filename[ok ? n : 0] = '\0';
    part->has_filename = true;
    mh_buf_fini(&clean);
    return ok;
}

/* A name is printable ASCII: the names are ours. */
static bool
set_name(struct pt_part *part, const struct pt_param *p)
{
    if (p->len == 0 || p->len > PT_PART_NAME_MAX)
        return false;
    for (size_t i = 0; i < p->len; i++)
        if (p->value[i] <= 0x20 || p->value[i] >= 0x7f)
            return false;
    memcpy(part->name, p->value, p->len + 1);
    return true;
}

static enum mh_code
take_disposition(struct pt_multipart *m, struct mh_span v, struct mh_err *err)
{
    static const char kind[] = "form-data";
    bool named = false, plain = false, extended = false;
    struct mh_span head;
    struct pt_param p;
    int rc;

    if (m->disposed || !mh_span_sub(v, 0, sizeof(kind) - 1, &head) ||
        !pt_span_is_nocase(head, kind))
        return malformed(err, "a part that is no form-data");
    m->disposed = true;
    (void)mh_span_sub(v, head.len, v.len - head.len, &v); /* inside it */
    while ((rc = pt_param_next(&v, &p)) > 0) {
        char decoded[PT_PARAM_MAX];
        size_t len;

        if (pt_span_is_nocase(p.name, "name")) {
            if (named || !set_name(&m->part, &p))
                return malformed(err, "a part's name");
            named = true;
        } else if (pt_span_is_nocase(p.name, "filename")) {
            if (plain ||
                (!extended &&
                    !set_filename(&m->part,
                        (struct mh_span){(const uint8_t *)p.value, p.len})))
                return malformed(err, "a part's file name");
            plain = true;
        } else if (pt_span_is_nocase(p.name, "filename*")) {
            if (extended ||
                !pt_param_extended(&p, decoded, sizeof(decoded), &len) ||
                !set_filename(
                    &m->part, (struct mh_span){(const uint8_t *)decoded, len}))
                return malformed(err, "a part's file name");
            extended = true;
        }
    }
    return rc == 0 && named ? MH_OK : malformed(err, "a part without a name");
}

static enum mh_code
take_type(struct pt_multipart *m, struct mh_span v, struct mh_err *err)
{
    if (m->typed || v.len > PT_PART_TYPE_MAX)
        return malformed(err, "a part's content type");
    m->typed = true;
    for (size_t i = 0; i < v.len; i++)
        if (v.ptr[i] < 0x20 || v.ptr[i] >= 0x7f)
            return malformed(err, "a part's content type");
    if (v.len > 0)
        memcpy(m->part.type, v.ptr, v.len);
    m->part.type[v.len] = '\0';
    return MH_OK;
}

/* RFC 7578 4.8: other fields are to be ignored; an encoding changes bytes. */
static enum mh_code
take_header(struct pt_multipart *m, struct mh_span line, struct mh_err *err)
{
    const uint8_t *colon =
        line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);
    struct mh_span name, v;

    if (colon == NULL || colon == line.ptr)
        return malformed(err, "a header line without a name");
    name = (struct mh_span){line.ptr, (size_t)(colon - line.ptr)};
    v = (struct mh_span){colon + 1, line.len - name.len - 1};
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= 0x20 || name.ptr[i] >= 0x7f)
            return malformed(err, "a header line without a name");
    while (v.len > 0 && (v.ptr[0] == ' ' || v.ptr[0] == '\t')) {
        v.ptr++;
        v.len--;
    }
    while (v.len > 0 && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\t'))
        v.len--;
    if (pt_span_is_nocase(name, "content-disposition"))
        return take_disposition(m, v, err);
    if (pt_span_is_nocase(name, "content-type"))
        return take_type(m, v, err);
    if (pt_span_is_nocase(name, "content-transfer-encoding") &&
        !pt_span_is_nocase(v, "binary") && !pt_span_is_nocase(v, "8bit") &&
        !pt_span_is_nocase(v, "7bit"))
        return malformed(err, "a part with a transfer encoding");
    return MH_OK;
}

static enum mh_code
begin_headers(struct pt_multipart *m, struct mh_err *err)
{
    if (m->parts == PT_PARTS_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "multipart: more than 64 parts");
    m->parts++;
    memset(&m->part, 0, sizeof(m->part));
    m->disposed = false;
    m->typed = false;
    m->headers = 0;
    m->line_len = 0;
    m->state = HEADERS;
    return MH_OK;
}

/* One byte of the header lines of a part. */
static enum mh_code
push_header(struct pt_multipart *m, uint8_t c, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (++m->headers > PT_PART_HEADERS_MAX)
        return mh_fail(
            err, MH_ELIMIT, MH_NO_OFFSET, "multipart: headers too long");
    if (c == '\0' ||
        (c == '\n' && (m->line_len == 0 || m->line[m->line_len - 1] != '\r')))
        return malformed(err, "a header line that is none");
    if (m->line_len > 0 && m->line[m->line_len - 1] == '\r' && c != '\n')
        return malformed(err, "a header line that is none");
    if (c != '\n') {
        m->line[m->line_len++] = c;
        return MH_OK;
    }
    m->line_len--; /* the CR */
    if (m->line_len == 0) {
        if (!m->disposed)
            return malformed(err, "a part without a name");
        m->state = CONTENT;
        m->matched = 0;
        return m->sink.begin(m->sink.ctx, &m->part, err);
    }
    code = take_header(m, (struct mh_span){m->line, m->line_len}, err);
    m->line_len = 0;
    return code;
}

/* Behind a delimiter; m->matched counts what was seen of CRLF or "--". */
static enum mh_code
push_after(struct pt_multipart *m, uint8_t c, struct mh_err *err)
{
    if (m->line_len == 0 && (c == '\r' || c == '-')) {
        m->line[m->line_len++] = c;
        return MH_OK;
    }
    if (m->line_len == 1 && m->line[0] == '\r' && c == '\n')
        return begin_headers(m, err);
    if (m->line_len == 1 && m->line[0] == '-' && c == '-') {
        m->state = CLOSED;
        m->matched = 0;
        return MH_OK;
    }
    return malformed(err, "a delimiter that is followed by something");
}

static enum mh_code
begin_after(struct pt_multipart *m)
{
    m->state = AFTER;
    m->line_len = 0;
    m->matched = 0;
    return MH_OK;
}

/* The first delimiter: at the very beginning, or behind one CRLF. */
static enum mh_code
push_start(struct pt_multipart *m, uint8_t c, struct mh_err *err)
{
    if (m->state == START) {
        m->state = LEAD;
        m->matched = c == '\r' ? 0 : 2;
    }
    if (c != (uint8_t)m->delimiter[m->matched])
        return malformed(err, "it does not begin with its boundary");
    if (++m->matched == m->delimiter_len)
        return begin_after(m);
    return MH_OK;
}

static void
content_end(struct pt_multipart *m, struct mh_err *err)
{
    m->code = m->sink.end(m->sink.ctx, err);
    if (m->code == MH_OK)
        m->code = begin_after(m);
}

/* A delimiter that began in bytes before; the bytes that were taken. */
static size_t
push_match(struct pt_multipart *m, struct mh_span in, struct mh_err *err)
{
    size_t n = 0;

    while (n < in.len && m->matched < m->delimiter_len &&
           in.ptr[n] == (uint8_t)m->delimiter[m->matched]) {
        m->matched++;
        n++;
    }
    if (m->matched == m->delimiter_len) {
        content_end(m, err);
    } else if (n < in.len) {
        m->code = m->sink.bytes(m->sink.ctx,
            (struct mh_span){(const uint8_t *)m->delimiter, m->matched}, err);
        m->matched = 0; /* the byte is looked at again */
    }
    return n;
}

/*
 * The first whole delimiter; NULL where there is none.  Few bytes of a document
 * are a CR, and memchr finds those faster than memmem finds the delimiter.
 */
static const uint8_t *
find_delimiter(const struct pt_multipart *m, struct mh_span in)
{
    const uint8_t *end = in.ptr + in.len, *at = in.ptr;

    while ((size_t)(end - at) >= m->delimiter_len) {
        at = memchr(at, '\r', (size_t)(end - at) - m->delimiter_len + 1);
        if (at == NULL || memcmp(at, m->delimiter, m->delimiter_len) == 0)
            return at;
        at++;
    }
    return NULL;
}

/*
 * Content: everything up to a delimiter, given on in one piece whatever is in
 * it.  A CR occurs in the delimiter only as its first byte, so one that is cut
 * short by the end of in begins at the last CR.  Returns the bytes that were
 * taken from in.
 */
static size_t
push_content(struct pt_multipart *m, struct mh_span in, struct mh_err *err)
{
    const uint8_t *end;
    size_t n = in.len;

    if (m->matched > 0)
        return push_match(m, in, err);
    end = find_delimiter(m, in);
    if (end == NULL) {
        const uint8_t *cr = memrchr(in.ptr, '\r', in.len);
        size_t left = cr == NULL ? 0 : (size_t)(in.ptr + in.len - cr);

        if (left > 0 && left < m->delimiter_len &&
            memcmp(cr, m->delimiter, left) == 0) {
            m->matched = left;
            n -= left;
        }
    } else {
        n = (size_t)(end - in.ptr);
    }
    if (n > 0)
        m->code = m->sink.bytes(m->sink.ctx, (struct mh_span){in.ptr, n}, err);
    if (m->code != MH_OK || end == NULL)
        return in.len;
    content_end(m, err);
    return n + m->delimiter_len;
}

/* Behind the end: one CRLF at most (RFC 2046 allows an epilogue; we do not). */
static enum mh_code
push_closed(struct pt_multipart *m, uint8_t c, struct mh_err *err)
{
    if (m->matched < 2 && c == (uint8_t)m->delimiter[m->matched]) {
        m->matched++;
        return MH_OK;
    }
    return malformed(err, "bytes behind its end");
}

enum mh_code
pt_multipart_push(struct pt_multipart *m, struct mh_span in, struct mh_err *err)
{
    size_t at = 0;

    if (m->code != MH_OK)
        return mh_fail(err, m->code, MH_NO_OFFSET, "multipart: failed before");
    while (at < in.len && m->code == MH_OK) {
        uint8_t c = in.ptr[at];

        switch ((enum state)m->state) {
        case START:
        case LEAD:
            m->code = push_start(m, c, err);
            at++;
            break;
        case AFTER:
            m->code = push_after(m, c, err);
            at++;
            break;
        case HEADERS:
            m->code = push_header(m, c, err);
            at++;
            break;
        case CONTENT:
            at += push_content(
                m, (struct mh_span){in.ptr + at, in.len - at}, err);
            break;
        case CLOSED:
        default:
            m->code = push_closed(m, c, err);
            at++;
            break;
        }
    }
    return m->code;
}

enum mh_code
pt_multipart_end(struct pt_multipart *m, struct mh_err *err)
{
    if (m->code != MH_OK)
        return mh_fail(err, m->code, MH_NO_OFFSET, "multipart: failed before");
    if (m->state != CLOSED || m->matched == 1)
        return malformed(err, "it has no end");
    return MH_OK;
}
