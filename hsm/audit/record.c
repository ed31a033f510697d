#include "hsm/audit/record.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"

#define MILLION 1000000

/* ---- writing ---- */

struct out {
    uint8_t *ptr; /* HSM_RECORD_MAX bytes */
    size_t len;
    bool full;
};

static void
put(struct out *o, const void *bytes, size_t len)
{
    if (o->full || len > HSM_RECORD_MAX - o->len) {
        o->full = true;
        return;
    }
    if (len > 0)
        memcpy(o->ptr + o->len, bytes, len);
    o->len += len;
}

#define PUT(o, literal) put((o), (literal), sizeof(literal) - 1)

static void
put_number(struct out *o, uint64_t v, unsigned width)
{
    uint8_t digits[20];
    unsigned at = sizeof(digits);

    do {
        digits[--at] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v > 0 || sizeof(digits) - at < width);
    put(o, digits + at, sizeof(digits) - at);
}

static void
put_string(struct out *o, struct mh_span s)
{
    size_t from = 0;

    PUT(o, "\"");
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '"' || s.ptr[i] == '\\') {
            put(o, s.ptr + from, i - from);
            PUT(o, "\\");
            from = i;
        }
    put(o, s.len == 0 ? NULL : s.ptr + from, s.len - from);
    PUT(o, "\"");
}

static bool
put_time(struct out *o, int64_t us)
{
    int64_t seconds = us / MILLION, rest = us % MILLION;
    struct mh_civil c;

    if (us < 0 || !mh_time_to_civil(seconds, &c))
        return false;
    put_number(o, (uint64_t)c.year, 4);
    PUT(o, "-");
    put_number(o, (uint64_t)c.month, 2);
    PUT(o, "-");
    put_number(o, (uint64_t)c.day, 2);
    PUT(o, "T");
    put_number(o, (uint64_t)c.hour, 2);
    PUT(o, ":");
    put_number(o, (uint64_t)c.min, 2);
    PUT(o, ":");
    put_number(o, (uint64_t)c.sec, 2);
    PUT(o, ".");
    put_number(o, (uint64_t)rest, 6);
    PUT(o, "Z");
    return true;
}

/* Letters that NFC leaves alone whatever stands beside them: no combining
   mark and nothing that is composed or decomposed. */
static bool
is_stable(uint32_t cp)
{
    return cp < 0x300 || (cp >= 0x400 && cp < 0x483) ||
           (cp >= 0x48a && cp < 0x530) || (cp >= 0x2010 && cp < 0x2028);
}

static bool
string_ok(struct mh_span s)
{
    if (s.len > HSM_RECORD_STRING_MAX)
        return false;
    while (s.len > 0) {
        uint32_t cp;

        if (*s.ptr >= 0x20 && *s.ptr < 0x7f) {
            s.ptr++;
            s.len--;
        } else if (!mh_utf8_next(&s, &cp) || mh_text_is_control(cp) ||
                   mh_text_is_bidi(cp) || !is_stable(cp)) {
            return false;
        }
    }
    return true;
}

static bool
name_ok(struct mh_span s)
{
    if (s.len == 0 || s.len > HSM_RECORD_NAME_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
            c != '.' && c != '-')
            return false;
    }
    return true;
}

static const char *
put_value(struct out *o, const struct hsm_value *v)
{
    if (!name_ok(v->key))
        return "d: a key is not a name";
    PUT(o, "\"");
    put(o, v->key.ptr, v->key.len);
    PUT(o, "\":");
    switch (v->kind) {
    case HSM_VALUE_STRING:
        if (!string_ok(v->string))
            return "d: a string breaks a rule";
        put_string(o, v->string);
        return NULL;
    case HSM_VALUE_INT:
        if (v->number > HSM_RECORD_INT_MAX || v->number < -HSM_RECORD_INT_MAX)
            return "d: a number is out of range";
        if (v->number < 0)
            PUT(o, "-");
        put_number(o, (uint64_t)(v->number < 0 ? -v->number : v->number), 1);
        return NULL;
    case HSM_VALUE_BOOL:
        if (v->number != 0)
            PUT(o, "true");
        else
            PUT(o, "false");
        return NULL;
    }
    return "d: a value of no kind";
}

static const char *
put_data(struct out *o, const struct hsm_record *r)
{
    if (r->data_count > HSM_RECORD_DATA_MAX)
        return "d: too many members";
    for (size_t i = 0; i < r->data_count; i++) {
        const char *why;

        if (i > 0) {
            PUT(o, ",");
            if (mh_span_cmp(r->data[i - 1].key, r->data[i].key) >= 0)
                return "d: keys are not in order";
        }
        why = put_value(o, &r->data[i]);
        if (why != NULL)
            return why;
    }
    return NULL;
}

enum mh_code
hsm_record_write(const struct hsm_record *r, struct mh_err *err,
    uint8_t out[static HSM_RECORD_MAX], size_t *len)
{
    struct out o = {.ptr = out};
    const char *why = NULL;

    if (r->n > (uint64_t)HSM_RECORD_INT_MAX)
        why = "n: out of range";
    else if (!name_ok(r->src))
        why = "src: not a name";
    else if (!name_ok(r->ev))
        why = "ev: not a name";
    else if (!string_ok(r->who) || !string_ok(r->obj) || !string_ok(r->res))
        why = "who, obj or res: a string breaks a rule";
    PUT(&o, "{\"v\":1,\"n\":");
    put_number(&o, r->n, 1);
    PUT(&o, ",\"t\":\"");
    if (!put_time(&o, r->time) && why == NULL)
        why = "t: out of range";
    PUT(&o, "\",\"src\":");
    put_string(&o, r->src);
    PUT(&o, ",\"ev\":");
    put_string(&o, r->ev);
    PUT(&o, ",\"who\":");
    put_string(&o, r->who);
    PUT(&o, ",\"obj\":");
    put_string(&o, r->obj);
    PUT(&o, ",\"res\":");
    put_string(&o, r->res);
    PUT(&o, ",\"d\":{");
    if (why == NULL)
        why = put_data(&o, r);
    PUT(&o, "}}");
    if (why != NULL)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "record: %s", why);
    if (o.full)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "record: too long");
    *len = o.len;
    return MH_OK;
}

/* ---- reading ---- */

struct in {
    struct mh_span line;
    size_t at;
    struct hsm_record *r;
};

static bool
take(struct in *in, const char *literal)
{
    size_t len = strlen(literal);

    if (in->line.len - in->at < len ||
        memcmp(in->line.ptr + in->at, literal, len) != 0)
        return false;
    in->at += len;
    return true;
}

static int
peek(const struct in *in)
{
    return in->at < in->line.len ? in->line.ptr[in->at] : -1;
}

static bool
take_number(struct in *in, uint64_t max, uint64_t *out)
{
    size_t start = in->at;
    uint64_t v = 0;

    while (peek(in) >= '0' && peek(in) <= '9') {
        v = v * 10 + (uint64_t)(peek(in) - '0');
        if (v > max) /* below 2^54: no overflow */
            return false;
        in->at++;
    }
    *out = v;
    return in->at > start;
}

static bool
take_digits(struct in *in, unsigned count, int *out)
{
    int v = 0;

    for (; count > 0; count--, in->at++) {
        if (peek(in) < '0' || peek(in) > '9')
            return false;
        v = v * 10 + (peek(in) - '0');
    }
    *out = v;
    return true;
}

static bool
take_time(struct in *in, int64_t *out)
{
    struct mh_civil c;
    int fraction;
    int64_t seconds;

    if (!take_digits(in, 4, &c.year) || !take(in, "-") ||
        !take_digits(in, 2, &c.month) || !take(in, "-") ||
        !take_digits(in, 2, &c.day) || !take(in, "T") ||
        !take_digits(in, 2, &c.hour) || !take(in, ":") ||
        !take_digits(in, 2, &c.min) || !take(in, ":") ||
        !take_digits(in, 2, &c.sec) || !take(in, ".") ||
        !take_digits(in, 6, &fraction) || !take(in, "Z") ||
        !mh_time_from_civil(&c, &seconds) || seconds < 0)
        return false;
    *out = seconds * MILLION + fraction;
    return true;
}

/* A string up to its quotation mark; escapes are resolved in scratch. */
static bool
take_string(struct in *in, struct mh_span *out)
{
    struct hsm_record *r = in->r;
    const uint8_t *p = in->line.ptr;
    size_t start, end;
    bool escapes = false;

    if (!take(in, "\""))
        return false;
    start = in->at;
    for (end = start; end < in->line.len && p[end] != '"'; end++)
        if (p[end] == '\\') {
            escapes = true;
            end++;
        }
    if (end >= in->line.len)
        return false;
    in->at = end + 1;
    *out = (struct mh_span){p + start, end - start};
    if (!escapes)
        return true;
    out->ptr = r->scratch + r->scratch_used;
    out->len = 0;
    /* All strings of a line together are shorter than the line. */
    for (size_t i = start; i < end; i++) {
        if (p[i] == '\\' && p[++i] != '"' && p[i] != '\\')
            return false;
        r->scratch[r->scratch_used++] = p[i];
        out->len++;
    }
    return true;
}

static bool
take_value(struct in *in, struct hsm_value *v)
{
    uint64_t number = 0;
    bool minus;

    *v = (struct hsm_value){.kind = HSM_VALUE_BOOL};
    if (!take_string(in, &v->key) || !take(in, ":"))
        return false;
    if (peek(in) == '"') {
        v->kind = HSM_VALUE_STRING;
        return take_string(in, &v->string);
    }
    if (take(in, "true")) {
        v->number = 1;
        return true;
    }
    if (take(in, "false"))
        return true;
    v->kind = HSM_VALUE_INT;
    minus = take(in, "-");
    if (!take_number(in, (uint64_t)HSM_RECORD_INT_MAX, &number))
        return false;
    v->number = minus ? -(int64_t)number : (int64_t)number;
    return true;
}

static const char *
take_data(struct in *in)
{
    struct hsm_record *r = in->r;

    if (!take(in, ",\"d\":{"))
        return "d";
    while (peek(in) != '}') {
        if (r->data_count == HSM_RECORD_DATA_MAX)
            return "too many members of d";
        if (r->data_count > 0 && !take(in, ","))
            return "d";
        if (!take_value(in, &r->data[r->data_count]))
            return "a member of d";
        r->data_count++;
    }
    return NULL;
}

/* What was expected where it went wrong; NULL: all of it is there. */
static const char *
take_all(struct in *in)
{
    struct hsm_record *r = in->r;
    const char *why;

    if (!take(in, "{\"v\":1,\"n\":"))
        return "version 1";
    if (!take_number(in, (uint64_t)HSM_RECORD_INT_MAX, &r->n))
        return "n";
    if (!take(in, ",\"t\":\"") || !take_time(in, &r->time) || !take(in, "\""))
        return "t";
    if (!take(in, ",\"src\":") || !take_string(in, &r->src))
        return "src";
    if (!take(in, ",\"ev\":") || !take_string(in, &r->ev))
        return "ev";
    if (!take(in, ",\"who\":") || !take_string(in, &r->who))
        return "who";
    if (!take(in, ",\"obj\":") || !take_string(in, &r->obj))
        return "obj";
    if (!take(in, ",\"res\":") || !take_string(in, &r->res))
        return "res";
    why = take_data(in);
    if (why != NULL)
        return why;
    return take(in, "}}") && in->at == in->line.len ? NULL : "its end";
}

enum mh_code
hsm_record_read(struct mh_span line, struct mh_err *err, struct hsm_record *out)
{
    struct in in = {.line = line, .r = out};
    uint8_t again[HSM_RECORD_MAX];
    const char *why;
    size_t len = 0;
    enum mh_code code;

    if (line.len > HSM_RECORD_MAX)
        return mh_fail(err, MH_ELIMIT, 0, "record: too long");
    out->data_count = 0;
    out->scratch_used = 0;
    why = take_all(&in);
    if (why != NULL)
        return mh_fail(err, MH_EFORMAT, in.at, "record: not %s", why);
    code = hsm_record_write(out, err, again, &len);
    if (code != MH_OK)
        return code;
    if (len != line.len || memcmp(again, line.ptr, len) != 0)
        return mh_fail(err, MH_EFORMAT, 0, "record: not canonical");
    return MH_OK;
}

const struct hsm_value *
hsm_record_get(const struct hsm_record *record, const char *key)
{
    for (size_t i = 0; i < record->data_count; i++)
        if (mh_span_is(record->data[i].key, key))
            return &record->data[i];
    return NULL;
}
