#include "hsm/audit/note.h"

#include <string.h>

#include "base/text.h"

static const uint8_t dash[] = {0xe2, 0x80, 0x94, ' '}; /* U+2014 */
#define HASH_BASE64 44U /* characters of a hash */

bool
hsm_decimal(struct mh_span s, uint64_t *out)
{
    uint64_t v = 0;

    if (s.len == 0 || s.len > 19 || (s.len > 1 && s.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.ptr[i] - '0'); /* 19 digits fit */
    }
    if (v > HSM_TREE_SIZE_MAX)
        return false;
    *out = v;
    return true;
}

/* Base64 without white space, which mh_base64_decode would pass over. */
static bool
is_base64(struct mh_span s)
{
    if (s.len == 0 || s.len % 4 != 0)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ')
            return false;
    return true;
}

bool
hsm_base64_exact(struct mh_span s, uint8_t *out, size_t len)
{
    uint8_t raw[HSM_NOTE_SIGNATURE_MAX + 3];
    size_t got = 0;

    if (!is_base64(s) || len > HSM_NOTE_SIGNATURE_MAX ||
        s.len != (len + 2) / 3 * 4 || !mh_base64_decode(s, raw, &got) ||
        got != len)
        return false;
    memcpy(out, raw, len);
    return true;
}

/* Takes a line without its line feed; false: none, or one without end. */
static bool
take_line(struct mh_span *rest, struct mh_span *line)
{
    const uint8_t *end =
        rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);

    if (end == NULL)
        return false;
    *line = (struct mh_span){rest->ptr, (size_t)(end - rest->ptr)};
    rest->ptr += line->len + 1;
    rest->len -= line->len + 1;
    return true;
}

/* A key name: no spaces of any kind, no plus, no controls (signed-note). */
static bool
name_ok(struct mh_span s)
{
    if (s.len == 0 || s.len > HSM_NOTE_NAME_MAX)
        return false;
    while (s.len > 0) {
        uint32_t cp;

        if (!mh_utf8_next(&s, &cp) || mh_text_is_control(cp) || cp == ' ' ||
            cp == '+' || cp == 0xa0 || cp == 0x1680 ||
            (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f || cp == 0x205f ||
            cp == 0x3000 || mh_text_is_bidi(cp))
            return false;
    }
    return true;
}

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "checkpoint: %s", what);
}

/* "— NAME BASE64" */
static bool
read_signature(struct mh_span line, struct hsm_note_signature *out)
{
    uint8_t raw[HSM_NOTE_SIGNATURE_MAX + 3];
    const uint8_t *space;
    size_t len = 0;

    if (line.len <= sizeof(dash) || memcmp(line.ptr, dash, sizeof(dash)) != 0)
        return false;
    line.ptr += sizeof(dash);
    line.len -= sizeof(dash);
    space = memchr(line.ptr, ' ', line.len);
    if (space == NULL)
        return false;
    out->name = (struct mh_span){line.ptr, (size_t)(space - line.ptr)};
    out->base64 = (struct mh_span){space + 1, line.len - out->name.len - 1};
    if (!name_ok(out->name) || !is_base64(out->base64) ||
        out->base64.len > (size_t)HSM_NOTE_SIGNATURE_MAX / 3 * 4 ||
        !mh_base64_decode(out->base64, raw, &len) || len <= 4)
        return false;
    memcpy(out->id, raw, 4);
    return true;
}

static bool
starts_signature(struct mh_span rest)
{
    size_t n = rest.len < sizeof(dash) ? rest.len : sizeof(dash);

    return n > 0 && memcmp(rest.ptr, dash, n) == 0;
}

static enum mh_code
malformed(struct mh_err *err, bool *cut, const char *what)
{
    *cut = false;
    return bad(err, what);
}

/* Reads a note off the front; *cut where the bytes end before it does. */
static enum mh_code
take_note(struct mh_span *rest, struct mh_err *err, bool *cut,
    struct hsm_checkpoint *out)
{
    struct mh_span line, all = *rest;

    *cut = true; /* as long as a line is missing */
    *out = (struct hsm_checkpoint){.note = {0}};
    if (!take_line(rest, &out->origin))
        return bad(err, "the origin line has no end");
    if (!name_ok(out->origin))
        return malformed(err, cut, "the origin is not a name");
    if (!take_line(rest, &line))
        return bad(err, "the size line has no end");
    if (!hsm_decimal(line, &out->size))
        return malformed(err, cut, "the size is not a number");
    if (!take_line(rest, &line))
        return bad(err, "the root line has no end");
    if (!hsm_base64_exact(line, out->root.byte, sizeof(out->root.byte)))
        return malformed(err, cut, "the root is not a hash in base64");
    out->text = (struct mh_span){all.ptr, all.len - rest->len};
    if (!take_line(rest, &line))
        return bad(err, "no empty line after its text");
    if (line.len != 0)
        return malformed(err, cut, "extension lines are not accepted");
    do {
        if (out->sigs == HSM_NOTE_SIGNATURES)
            return malformed(err, cut, "too many signatures");
        if (!take_line(rest, &line))
            return bad(err, "no signature line, or one without end");
        if (!read_signature(line, &out->sig[out->sigs++]))
            return malformed(err, cut, "a signature line is malformed");
    } while (starts_signature(*rest));
    out->note = (struct mh_span){all.ptr, all.len - rest->len};
    return MH_OK;
}

enum mh_code
hsm_checkpoint_read(
    struct mh_span note, struct mh_err *err, struct hsm_checkpoint *out)
{
    bool cut = false;
    enum mh_code code;

    if (note.len > HSM_NOTE_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "checkpoint: too long");
    code = take_note(&note, err, &cut, out);
    if (code == MH_OK && note.len > 0)
        return bad(err, "bytes after its last signature");
    return code;
}

enum mh_code
hsm_checkpoint_next(
    struct mh_span *rest, struct mh_err *err, struct hsm_checkpoint *out)
{
    struct mh_span left = *rest, line;
    bool cut = false;
    enum mh_code code = take_note(&left, err, &cut, out);

    /* Cut by the end of the file: two line feeds after a signature end one. */
    if (code == MH_OK && !take_line(&left, &line))
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "checkpoint: cut");
    if (code == MH_OK && line.len != 0)
        return bad(err, "no empty line after it");
    if (code == MH_OK && out->note.len > HSM_NOTE_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "checkpoint: too long");
    if (code == MH_OK) {
        *rest = left;
        return MH_OK;
    }
    if (code != MH_OK && cut)
        return mh_fail(err, MH_EIO, MH_NO_OFFSET, "checkpoint: cut");
    return code;
}

/* ---- writing ---- */

static bool
put_base64(struct mh_span raw, struct mh_buf *out)
{
    mh_base64_encode(raw, out);
    return mh_buf_ok(out);
}

enum mh_code
hsm_checkpoint_write(const struct hsm_note_signer *signer, uint64_t size,
    const struct hsm_hash *root, struct mh_err *err, struct mh_buf *out)
{
    uint8_t sig[4 + 512];
    size_t start = out->len, len = 0;
    struct mh_span text;
    enum mh_code code;

    if (!name_ok(mh_span_str(signer->name)))
        return bad(err, "the origin is not a name");
    mh_buf_printf(out, "%s\n%llu\n", signer->name, (unsigned long long)size);
    (void)put_base64(/* seen below */
        (struct mh_span){root->byte, sizeof(root->byte)}, out);
    mh_buf_byte(out, '\n');
    if (!mh_buf_ok(out))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "checkpoint: memory");
    text = mh_buf_get(out);
    text.ptr += start;
    text.len -= start;
    memcpy(sig, signer->id, 4);
    code = signer->sign(signer->arg, text, err, sig + 4, sizeof(sig) - 4, &len);
    if (code != MH_OK)
        return code;
    if (len == 0 || len > sizeof(sig) - 4)
        return mh_fail(err, MH_EINTERNAL, MH_NO_OFFSET,
            "checkpoint: a signature of no length");
    mh_buf_byte(out, '\n');
    mh_buf_add(out, dash, sizeof(dash));
    mh_buf_printf(out, "%s ", signer->name);
    (void)put_base64((struct mh_span){sig, 4 + len}, out); /* seen below */
    mh_buf_byte(out, '\n');
    if (!mh_buf_ok(out))
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "checkpoint: memory");
    return MH_OK;
}

/* ---- proofs ---- */

static enum mh_code
bad_proof(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "proof: %s", what);
}

static bool
drop(struct mh_span *s, const char *prefix)
{
    size_t len = strlen(prefix);

    if (!mh_span_starts(*s, prefix))
        return false;
    s->ptr += len;
    s->len -= len;
    return true;
}

enum mh_code
hsm_proof_read(struct mh_span text, struct mh_err *err, struct hsm_proof *out)
{
    struct mh_span line;

    *out = (struct hsm_proof){.index = 0};
    if (text.len > HSM_PROOF_TEXT_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "proof: too long");
    if (!take_line(&text, &line) || !mh_span_is(line, "c2sp.org/tlog-proof@v1"))
        return bad_proof(err, "not a c2sp.org/tlog-proof@v1");
    if (!take_line(&text, &line))
        return bad_proof(err, "no index");
    if (drop(&line, "extra ")) {
        if (!is_base64(line))
            return bad_proof(err, "extra data is not base64");
        out->extra = line;
        if (!take_line(&text, &line))
            return bad_proof(err, "no index");
    }
    if (!drop(&line, "index ") || !hsm_decimal(line, &out->index))
        return bad_proof(err, "no index");
    for (;;) {
        if (!take_line(&text, &line))
            return bad_proof(err, "no empty line before its checkpoint");
        if (line.len == 0)
            break;
        if (out->count == HSM_PROOF_MAX)
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "proof: hashes");
        if (line.len != HASH_BASE64 ||
            !hsm_base64_exact(line, out->hash[out->count].byte,
                sizeof(out->hash[out->count].byte)))
            return bad_proof(err, "a line is not a hash in base64");
        out->count++;
    }
    return hsm_checkpoint_read(text, err, &out->checkpoint);
}

void
hsm_proof_write(uint64_t index, const struct hsm_hash *hash, size_t count,
    struct mh_span checkpoint, struct mh_buf *out)
{
    mh_buf_printf(
        out, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < count; i++) {
        mh_base64_encode(
            (struct mh_span){hash[i].byte, sizeof(hash[i].byte)}, out);
        mh_buf_byte(out, '\n');
    }
    mh_buf_byte(out, '\n');
    mh_buf_span(out, checkpoint);
}

bool
hsm_proof_covers(const struct hsm_proof *proof, struct mh_span record)
{
    struct hsm_hash leaf;

    hsm_hash_leaf(record, &leaf);
    return hsm_inclusion_verify(&leaf, proof->index, proof->checkpoint.size,
        proof->hash, proof->count, &proof->checkpoint.root);
}
