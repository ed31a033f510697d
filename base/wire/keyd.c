#include "base/wire/keyd.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "base/sys/chan.h"
#include "base/wire/codec.h"

enum {
    SHA256 = 32,     /* bytes */
    TYPE_AND_ID = 9, /* bytes every message begins with */
    NAME_MAX = 256,  /* bytes of names and of what goes into a record */
    CODES = MH_EINTERNAL + 1,
    STATES = 16,      /* one past any state of hsm/keyd/ops.h */
    KINDS = 3,        /* of a record's value */
    VALUE_MAX = 1024, /* bytes of a signature value */
    RECORD_MAX = 4096,
};

static const char *const refusals[] = {
    [MH_REFUSED_NOT] = "none",
    [MH_REFUSED_UNKNOWN] = "unknown-ticket",
    [MH_REFUSED_STATE] = "wrong-state",
    [MH_REFUSED_EXPIRED] = "expired",
    [MH_REFUSED_REQUESTER] = "other-requester",
    [MH_REFUSED_PURPOSE] = "other-purpose",
    [MH_REFUSED_KEY] = "other-key",
    [MH_REFUSED_DOCUMENT] = "other-document",
    [MH_REFUSED_DIGEST] = "other-digest",
    [MH_REFUSED_MINUTE] = "minute-limit",
    [MH_REFUSED_DAY] = "day-limit",
    [MH_REFUSED_FULL] = "full",
    [MH_REFUSED_PIN] = "not-activated",
};

const char *
mh_refusal_name(enum mh_refusal refusal)
{
    return (unsigned)refusal < MH_REFUSALS ? refusals[refusal] : "?";
}

bool
mh_keyd_is_request(uint8_t type)
{
    return type >= MH_KEYD_APPEND && type < MH_KEYD_REQUEST_END;
}

uint8_t
mh_keyd_type(struct mh_span packet)
{
    uint8_t t = packet.len == 0 ? 0 : packet.ptr[0];

    return mh_keyd_is_request(t) || (t >= MH_KEYD_FAILED && t < MH_KEYD_END)
               ? t
               : 0;
}

bool
mh_keyd_id(struct mh_span packet, uint64_t *id)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);
    uint8_t type = 0;

    if (packet.len < TYPE_AND_ID || mh_keyd_type(packet) == 0)
        return false;
    mh_codec_u8(&c, &type);
    mh_codec_u64(&c, id);
    return true;
}

/* ---- parts ---- */

static void
do_head(struct mh_codec *c, enum mh_keyd_type type, uint64_t *id)
{
    mh_codec_type(c, type);
    mh_codec_u64(c, id);
}

/* Bytes of exactly this length. */
static void
do_exact(struct mh_codec *c, struct mh_span *v, size_t len)
{
    mh_codec_bytes(c, v, len);
    if (v->len != len)
        c->bad = true;
}

/* A short text; least: bytes it has to have. */
static void
do_name(struct mh_codec *c, const char **v, size_t least)
{
    size_t len;

    mh_codec_text(c, v);
    len = strnlen(*v, NAME_MAX + 1);
    if (len < least || len > NAME_MAX)
        c->bad = true;
}

static void
do_key(struct mh_codec *c, const char **v)
{
    mh_codec_text(c, v);
    if (!mh_name_good(*v))
        c->bad = true;
}

static void
do_purpose(struct mh_codec *c, enum mh_key_purpose *p)
{
    unsigned v = (unsigned)*p;

    mh_codec_enum(c, &v, MH_KEY_PURPOSES);
    *p = v;
}

static void
at_least_one(struct mh_codec *c, size_t count)
{
    if (count == 0)
        c->bad = true;
}

static void
do_bond(struct mh_codec *c, struct mh_keyd_bond *b)
{
    do_name(c, &b->requester, 1);
    do_purpose(c, &b->purpose);
    do_key(c, &b->key);
    do_exact(c, &b->document, SHA256);
    mh_codec_bytes(c, &b->digest, MH_DIGEST_MAX);
}

/* ---- requests ---- */

static void
do_value_of(struct mh_codec *c, struct mh_append_value *v)
{
    do_name(c, &v->key, 1);
    mh_codec_enum(c, &v->kind, KINDS);
    do_name(c, &v->string, 0);
    mh_codec_i64(c, &v->number);
    if ((v->kind == 0 && v->number != 0) ||
        (v->kind != 0 && v->string[0] != '\0'))
        c->bad = true;
}

static void
do_append(struct mh_codec *c, struct mh_keyd_append *m)
{
    do_head(c, MH_KEYD_APPEND, &m->id);
    mh_codec_count(c, &m->records, MH_APPEND_MAX);
    at_least_one(c, m->records);
    m->record = mh_codec_array(c, m->record, m->records, sizeof(*m->record));
    for (size_t i = 0; i < m->records && m->record != NULL && !c->bad; i++) {
        struct mh_append_record *r = &m->record[i];

        do_name(c, &r->ev, 1);
        do_name(c, &r->who, 0);
        do_name(c, &r->obj, 0);
        do_name(c, &r->res, 0);
        mh_codec_count(c, &r->values, MH_APPEND_DATA_MAX);
        r->value = mh_codec_array(c, r->value, r->values, sizeof(*r->value));
        for (size_t k = 0; k < r->values && r->value != NULL && !c->bad; k++)
            do_value_of(c, &r->value[k]);
    }
}

static void
do_ticket(struct mh_codec *c, struct mh_keyd_ticket *m)
{
    do_head(c, MH_KEYD_TICKET, &m->id);
    do_bond(c, &m->bond);
    mh_codec_u32(c, &m->ttl_s);
}

static void
do_seal(struct mh_codec *c, struct mh_keyd_seal *m)
{
    do_head(c, MH_KEYD_SEAL, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
    do_bond(c, &m->bond);
    if (m->bond.digest.len != 0)
        c->bad = true;
    mh_codec_bytes(c, &m->spec, MH_SEAL_SPEC_MAX);
    mh_codec_count(c, &m->files, MH_SEAL_FILES_MAX);
    at_least_one(c, m->files);
    m->file = mh_codec_array(c, m->file, m->files, sizeof(*m->file));
    for (size_t i = 0; i < m->files && m->file != NULL && !c->bad; i++) {
        do_name(c, &m->file[i].name, 1);
        mh_codec_u64(c, &m->file[i].size);
        if (m->file[i].size > MH_SEAL_BYTES_MAX)
            c->bad = true;
    }
}

static void
do_sign(struct mh_codec *c, struct mh_keyd_sign *m)
{
    unsigned alg = (unsigned)m->alg;

    do_head(c, MH_KEYD_SIGN, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
    do_bond(c, &m->bond);
    mh_codec_enum(c, &alg, MH_DIGEST_ALGS);
    m->alg = alg;
    if (m->bond.digest.len != mh_digest_length(m->alg))
        c->bad = true;
}

static void
do_queue_add(struct mh_codec *c, struct mh_keyd_queue_add *m)
{
    do_head(c, MH_KEYD_QUEUE_ADD, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
    do_exact(c, &m->title, SHA256);
    do_bond(c, &m->bond);
}

static void
do_queue_list(struct mh_codec *c, struct mh_keyd_queue_list *m)
{
    do_head(c, MH_KEYD_QUEUE_LIST, &m->id);
    do_key(c, &m->key);
}

static void
do_queue_approve(struct mh_codec *c, struct mh_keyd_queue_approve *m)
{
    do_head(c, MH_KEYD_QUEUE_APPROVE, &m->id);
    do_key(c, &m->key);
    do_name(c, &m->requester, 1);
    mh_codec_bytes(c, &m->pin, MH_KEYD_PIN_MAX);
    mh_codec_count(c, &m->ops, MH_APPROVE_MAX);
    at_least_one(c, m->ops);
    m->op = mh_codec_array(c, m->op, m->ops, sizeof(*m->op));
    for (size_t i = 0; i < m->ops && m->op != NULL && !c->bad; i++)
        do_exact(c, &m->op[i], MH_OP_ID);
}

static void
do_queue_refuse(struct mh_codec *c, struct mh_keyd_queue_refuse *m)
{
    do_head(c, MH_KEYD_QUEUE_REFUSE, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
    do_name(c, &m->requester, 1);
}

static void
do_receipt(struct mh_codec *c, struct mh_keyd_receipt *m)
{
    do_head(c, MH_KEYD_RECEIPT, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
    do_name(c, &m->requester, 1);
    do_key(c, &m->key);
    do_name(c, &m->obj, 1);
    do_name(c, &m->status, 1);
    mh_codec_text(c, &m->text);
    mh_codec_count(c, &m->files, MH_SEAL_FILES_MAX);
    at_least_one(c, m->files);
    m->file = mh_codec_array(c, m->file, m->files, sizeof(*m->file));
    for (size_t i = 0; i < m->files && m->file != NULL && !c->bad; i++) {
        do_name(c, &m->file[i].name, 1);
        mh_codec_u64(c, &m->file[i].size);
        do_exact(c, &m->file[i].sha256, SHA256);
    }
}

static void
do_proof(struct mh_codec *c, struct mh_keyd_proof *m)
{
    do_head(c, MH_KEYD_PROOF, &m->id);
    mh_codec_u64(c, &m->n);
    mh_codec_bool(c, &m->first);
}

static void
do_done(struct mh_codec *c, struct mh_keyd_done *m)
{
    do_head(c, MH_KEYD_DONE, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
}

static void
do_read(struct mh_codec *c, struct mh_keyd_read *m)
{
    do_head(c, MH_KEYD_READ, &m->id);
    mh_codec_u64(c, &m->n);
}

static void
do_check(struct mh_codec *c, struct mh_keyd_check *m)
{
    do_head(c, MH_KEYD_CHECK, &m->id);
    mh_codec_bool(c, &m->whole);
}

/* ---- answers ---- */

static void
do_failed(struct mh_codec *c, struct mh_keyd_failed *m)
{
    unsigned code = (unsigned)m->code, refusal = (unsigned)m->refusal;

    do_head(c, MH_KEYD_FAILED, &m->id);
    mh_codec_enum(c, &code, CODES);
    mh_codec_enum(c, &refusal, MH_REFUSALS);
    m->code = code;
    m->refusal = refusal;
    if (m->code == MH_OK)
        c->bad = true;
    do_name(c, &m->where, 0);
    mh_codec_text(c, &m->message);
}

static void
do_appended(struct mh_codec *c, struct mh_keyd_appended *m)
{
    do_head(c, MH_KEYD_APPENDED, &m->id);
    mh_codec_u64(c, &m->n);
    mh_codec_u64(c, &m->last);
    if (m->last < m->n)
        c->bad = true;
}

static void
do_ticketed(struct mh_codec *c, struct mh_keyd_ticketed *m)
{
    do_head(c, MH_KEYD_TICKETED, &m->id);
    do_exact(c, &m->op, MH_OP_ID);
    mh_codec_u32(c, &m->ttl_s);
}

static void
do_value(struct mh_codec *c, struct mh_keyd_value *m)
{
    do_head(c, MH_KEYD_VALUE, &m->id);
    mh_codec_bytes(c, &m->value, VALUE_MAX);
    at_least_one(c, m->value.len);
    mh_codec_u64(c, &m->n);
}

static void
do_queue(struct mh_codec *c, struct mh_keyd_queue *m)
{
    do_head(c, MH_KEYD_QUEUE, &m->id);
    mh_codec_count(c, &m->items, MH_QUEUE_LIST_MAX);
    m->item = mh_codec_array(c, m->item, m->items, sizeof(*m->item));
    for (size_t i = 0; i < m->items && m->item != NULL && !c->bad; i++) {
        do_exact(c, &m->item[i].op, MH_OP_ID);
        do_exact(c, &m->item[i].title, SHA256);
        do_exact(c, &m->item[i].document, SHA256);
        do_name(c, &m->item[i].requester, 1);
        mh_codec_enum(c, &m->item[i].state, STATES);
        mh_codec_u32(c, &m->item[i].expire_s);
    }
}

static void
do_proved(struct mh_codec *c, struct mh_keyd_proved *m)
{
    do_head(c, MH_KEYD_PROVED, &m->id);
    mh_codec_bytes(c, &m->proof, MH_PROOF_MAX);
    mh_codec_bytes(c, &m->record, RECORD_MAX);
    at_least_one(c, m->proof.len);
    at_least_one(c, m->record.len);
}

static void
do_is(struct mh_codec *c, struct mh_keyd_is *m)
{
    do_head(c, MH_KEYD_IS, &m->id);
    mh_codec_u64(c, &m->log_size);
    mh_codec_u64(c, &m->checkpoint_size);
    mh_codec_bool(c, &m->log_ok);
    mh_codec_u32(c, &m->tickets);
    mh_codec_count(c, &m->keys, MH_KEYS_MAX);
    m->key = mh_codec_array(c, m->key, m->keys, sizeof(*m->key));
    for (size_t i = 0; i < m->keys && m->key != NULL && !c->bad; i++) {
        do_key(c, &m->key[i].name);
        do_purpose(c, &m->key[i].purpose);
        mh_codec_bool(c, &m->key[i].open);
        mh_codec_bool(c, &m->key[i].logged_in);
        mh_codec_bool(c, &m->key[i].down);
        mh_codec_u32(c, &m->key[i].faults);
        mh_codec_u64(c, &m->key[i].signatures);
    }
}

static void
do_records(struct mh_codec *c, struct mh_keyd_records *m)
{
    do_head(c, MH_KEYD_RECORDS, &m->id);
    mh_codec_u64(c, &m->size);
    mh_codec_bytes(c, &m->bytes, MH_RECORDS_MAX);
}

static void
do_checked(struct mh_codec *c, struct mh_keyd_checked *m)
{
    uint64_t *const number[] = {&m->records, &m->checkpoints, &m->covered,
        &m->key_uses, &m->open, &m->stamps};

    do_head(c, MH_KEYD_CHECKED, &m->id);
    mh_codec_bytes(c, &m->note, MH_LOG_NOTE_MAX);
    mh_codec_u64(c, &m->stamped);
    mh_codec_bool(c, &m->whole);
    for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++)
        mh_codec_u64(c, number[i]);
    mh_codec_count(c, &m->problems, MH_LOG_PROBLEMS);
    m->problem =
        mh_codec_array(c, m->problem, m->problems, sizeof(*m->problem));
    for (size_t i = 0; i < m->problems && m->problem != NULL && !c->bad; i++) {
        mh_codec_bool(c, &m->problem[i].record);
        mh_codec_u64(c, &m->problem[i].index);
        mh_codec_text(c, &m->problem[i].text);
    }
}

/* ---- pairs ---- */

static enum mh_code
unpacked(const struct mh_codec *c, struct mh_err *err)
{
    if (mh_codec_done(c))
        return MH_OK;
    return mh_fail(err, MH_EFORMAT, c->rd.pos, "keyd: malformed message");
}

static void
packed(const struct mh_codec *c, struct mh_buf *out)
{
    if (c->bad)
        out->bad = true;
}

#define PAIR(name)                                                             \
    void mh_keyd_##name##_pack(                                                \
        const struct mh_keyd_##name *m, struct mh_buf *out)                    \
    {                                                                          \
        struct mh_codec c = mh_codec_pack(out);                                \
        struct mh_keyd_##name copy = *m;                                       \
                                                                               \
        do_##name(&c, &copy);                                                  \
        packed(&c, out);                                                       \
    }                                                                          \
    enum mh_code mh_keyd_##name##_unpack(struct mh_span packet,                \
        struct mh_arena *arena, struct mh_err *err,                            \
        struct mh_keyd_##name *out)                                            \
    {                                                                          \
        struct mh_codec c = mh_codec_unpack(packet, arena);                    \
                                                                               \
        *out = (struct mh_keyd_##name){0};                                     \
        do_##name(&c, out);                                                    \
        return unpacked(&c, err);                                              \
    }

PAIR(append)
PAIR(ticket)
PAIR(seal)
PAIR(sign)
PAIR(queue_add)
PAIR(queue_list)
PAIR(queue_approve)
PAIR(queue_refuse)
PAIR(receipt)
PAIR(proof)
PAIR(done)
PAIR(failed)
PAIR(appended)
PAIR(ticketed)
PAIR(value)
PAIR(queue)
PAIR(proved)
PAIR(is)
PAIR(read)
PAIR(check)
PAIR(records)
PAIR(checked)

void
mh_keyd_status_pack(uint64_t id, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);

    do_head(&c, MH_KEYD_STATUS, &id);
    packed(&c, out);
}

enum mh_code
mh_keyd_status_unpack(struct mh_span packet, struct mh_err *err, uint64_t *id)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    do_head(&c, MH_KEYD_STATUS, id);
    return unpacked(&c, err);
}

static void
do_sealed(struct mh_codec *c, enum mh_keyd_type type, struct mh_keyd_sealed *m)
{
    do_head(c, type, &m->id);
    mh_codec_u64(c, &m->size);
    mh_codec_u64(c, &m->n);
    if (type != MH_KEYD_SEALED && type != MH_KEYD_RECEIPTED)
        c->bad = true;
}

void
mh_keyd_sealed_pack(
    enum mh_keyd_type type, const struct mh_keyd_sealed *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_keyd_sealed copy = *m;

    do_sealed(&c, type, &copy);
    packed(&c, out);
}

enum mh_code
mh_keyd_sealed_unpack(struct mh_span packet, enum mh_keyd_type type,
    struct mh_err *err, struct mh_keyd_sealed *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    do_sealed(&c, type, out);
    return unpacked(&c, err);
}

static void
do_number(struct mh_codec *c, enum mh_keyd_type type, struct mh_keyd_number *m)
{
    do_head(c, type, &m->id);
    mh_codec_u32(c, &m->number);
    if (m->number > (type == MH_KEYD_APPROVED ? MH_APPROVE_MAX : 0) ||
        (type != MH_KEYD_APPROVED && type != MH_KEYD_FINE))
        c->bad = true;
}

void
mh_keyd_number_pack(
    enum mh_keyd_type type, const struct mh_keyd_number *m, struct mh_buf *out)
{
    struct mh_codec c = mh_codec_pack(out);
    struct mh_keyd_number copy = *m;

    do_number(&c, type, &copy);
    packed(&c, out);
}

enum mh_code
mh_keyd_number_unpack(struct mh_span packet, enum mh_keyd_type type,
    struct mh_err *err, struct mh_keyd_number *out)
{
    struct mh_codec c = mh_codec_unpack(packet, NULL);

    do_number(&c, type, out);
    return unpacked(&c, err);
}

enum mh_code
mh_keyd_memfd_check(int fd, uint64_t size, uint64_t max, struct mh_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return mh_fail_sys(err, "document");
    if (!S_ISREG(st.st_mode) || !mh_memfd_sealed(fd))
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "document: not a sealed memfd");
    if ((uint64_t)st.st_size != size)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "document: another size");
    if (size > max)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "document: more than %llu bytes", (unsigned long long)max);
    return MH_OK;
}
