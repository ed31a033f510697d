#include "tests/t.h"

#include "docformat/jpeg/jpeg.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

#define B(s) ((struct mh_span){(const uint8_t *)(s), sizeof(s) - 1})
/* The same where a constant must stand. */
#define ROW(s)                                                                 \
    {                                                                          \
        (const uint8_t *)(s), sizeof(s) - 1                                    \
    }

/* The parts of a small picture: 16 x 8 pixels, one component. */
#define SOI  "\xff\xd8"
#define JFIF "\xff\xe0\0\x07JFIF\0"
#define DQT  "\xff\xdb\0\4\0\1"
#define SOF  "\xff\xc0\0\x0b\x08\0\x08\0\x10\1\1\x11\0"
#define SOS  "\xff\xda\0\x08\1\1\0\0\x3f\0"
#define DATA "\x12\xff\0\x34\xff\xd0\x56"
#define EOI  "\xff\xd9"
#define BODY DQT SOF SOS DATA
#define FRAME(marker, height, width, components, list)                         \
    "\xff" marker "\0\x0b\x08" height width components list

struct row {
    const char *name;
    struct mh_span in;
    const char *error; /* its message; NULL: accepted */
};

static const struct row rows[] = {
    {"picture", ROW(SOI BODY EOI), NULL},
    {"application segments", ROW(SOI JFIF BODY EOI), NULL},
    {"fill bytes", ROW(SOI "\xff" DQT "\xff\xff" SOF SOS DATA "\xff" EOI),
        NULL},
    {"two scans", ROW(SOI BODY SOS DATA EOI), NULL},
    {"no entropy data", ROW(SOI DQT SOF SOS EOI), NULL},
    {"comment", ROW(SOI "\xff\xfe\0\4ab" BODY EOI), NULL},
    {"empty segment", ROW(SOI "\xff\xfe\0\2" BODY EOI), NULL},
    {"tables behind the scan", ROW(SOI BODY DQT EOI), NULL},
    {"height by a later segment",
        ROW(SOI DQT FRAME("\xc0", "\0\0", "\0\1", "\1", "\1\1\0") SOS DATA
            "\xff\xdc\0\4\0\x08" EOI),
        NULL},
    {"nothing", ROW(""), "jpeg: no start of image"},
    {"start alone", ROW(SOI), "jpeg: no start of image"},
    {"other start", ROW("\xff\xd9\xff\xd8"), "jpeg: no start of image"},
    {"other first byte", ROW("\0\xd8\xff\xd9"), "jpeg: no start of image"},
    {"start and end", ROW(SOI EOI), "jpeg: frame, tables or scan missing"},
    {"no frame", ROW(SOI DQT SOS DATA EOI), "jpeg: scan without a frame"},
    {"no tables", ROW(SOI SOF SOS DATA EOI),
        "jpeg: frame, tables or scan missing"},
    {"no scan", ROW(SOI DQT SOF EOI), "jpeg: frame, tables or scan missing"},
    {"no end", ROW(SOI BODY), "jpeg: no end of image"},
    {"end cut short", ROW(SOI BODY "\xff"), "jpeg: no end of image"},
    {"two frames", ROW(SOI DQT SOF SOF SOS EOI), "jpeg: two frames"},
    {"bytes between segments", ROW(SOI "\0" BODY EOI),
        "jpeg: bytes between segments"},
    {"start within", ROW(SOI SOI BODY EOI), "jpeg: marker out of place"},
    {"restart outside a scan", ROW(SOI "\xff\xd0" BODY EOI),
        "jpeg: marker out of place"},
    {"zero marker", ROW(SOI "\xff\0" BODY EOI), "jpeg: marker out of place"},
    {"reserved marker", ROW(SOI "\xff\xbf\0\2" BODY EOI),
        "jpeg: marker out of place"},
    {"segment without length", ROW(SOI "\xff\xdb\0"),
        "jpeg: segment cut short"},
    {"length below two", ROW(SOI "\xff\xdb\0\1" BODY EOI),
        "jpeg: segment length outside the file"},
    {"length past the end", ROW(SOI "\xff\xdb\xff\xff" BODY EOI),
        "jpeg: segment length outside the file"},
    {"frame too short", ROW(SOI DQT "\xff\xc0\0\7\x08\0\x08\0\x10" SOS EOI),
        "jpeg: frame header malformed"},
    {"frame too long",
        ROW(SOI DQT "\xff\xc0\0\x0c\x08\0\x08\0\x10\1\1\x11\0\0" SOS EOI),
        "jpeg: frame header malformed"},
    {"frame without width",
        ROW(SOI DQT FRAME("\xc0", "\0\1", "\0\0", "\1", "\1\1\0") SOS EOI),
        "jpeg: frame header malformed"},
    {"frame without components",
        ROW(SOI DQT "\xff\xc0\0\x08\x08\0\x08\0\x10\0" SOS EOI),
        "jpeg: frame header malformed"},
    {"widest",
        ROW(SOI DQT FRAME("\xc0", "\xff\xdc", "\xff\xdc", "\1", "\1\1\0")
                SOS EOI),
        NULL},
    {"too wide",
        ROW(SOI DQT FRAME("\xc0", "\xff\xdc", "\xff\xdd", "\1", "\1\1\0")
                SOS EOI),
        "jpeg: image too large"},
    {"too high",
        ROW(SOI DQT FRAME("\xc0", "\xff\xdd", "\xff\xdc", "\1", "\1\1\0")
                SOS EOI),
        "jpeg: image too large"},
};

static enum mh_code
scan(struct mh_span in, struct mh_arena *arena, struct df_notes *notes,
    struct mh_err *err, struct df_jpeg **out)
{
    df_notes_init(notes, arena);
    return df_jpeg_scan(in, arena, notes, err, out);
}

static void
test_structure(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const struct row *r = &rows[i];
        struct mh_arena *arena = mh_arena_new(1 << 22);
        struct mh_err err = {0};
        struct df_notes notes;
        struct df_jpeg *j;
        enum mh_code code = scan(r->in, arena, &notes, &err, &j);

        if (r->error == NULL) {
            T_CHECK(r->name, code == MH_OK && j->end == r->in.len);
            T_CHECK(r->name, j->tail.len == 0 && notes.count == 0);
        } else {
            bool large = strstr(r->error, "too large") != NULL;

            T_CHECK(r->name, code == (large ? MH_ELIMIT : MH_EFORMAT));
            T_CHECK(r->name,
                err.finding == (int)(large ? MH_F_LIMIT : MH_F_JPEG_INVALID));
            T_CHECK(r->name, strcmp(err.msg, r->error) == 0);
            T_CHECK(r->name, j == NULL);
        }
        mh_arena_free(arena);
    }
}

/* No picture is whole before its last byte. */
static void
test_cut(void **state)
{
    const struct mh_span whole = B(SOI JFIF BODY SOS DATA "\xff" EOI);

    (void)state;
    for (size_t n = 0; n <= whole.len; n++) {
        struct mh_arena *arena = mh_arena_new(1 << 22);
        struct df_notes notes;
        struct df_jpeg *j;
        uint8_t *copy = malloc(n + 1); /* a reader past the end is seen */

        assert_non_null(copy);
        memcpy(copy, whole.ptr, n);
        assert_int_equal(
            scan((struct mh_span){copy, n}, arena, &notes, NULL, &j),
            n == whole.len ? MH_OK : MH_EFORMAT);
        free(copy);
        mh_arena_free(arena);
    }
}

static void
test_content(void **state)
{
    static const uint8_t markers[] = {DF_JPEG_SOI, DF_JPEG_APP0, DF_JPEG_DQT,
        DF_JPEG_SOF0, DF_JPEG_SOS, DF_JPEG_EOI};
    static const uint64_t offsets[] = {0, 2, 11, 17, 30, 47};
    const struct mh_span in = B(SOI JFIF BODY EOI);
    struct mh_arena *arena = mh_arena_new(1 << 22);
    struct df_notes notes;
    struct df_jpeg *j;

    (void)state;
    assert_int_equal(scan(in, arena, &notes, NULL, &j), MH_OK);
    assert_int_equal(j->width, 16);
    assert_int_equal(j->height, 8);
    assert_int_equal(j->components, 1);
    assert_false(j->progressive);
    assert_int_equal(j->parts, DF_JPEG_JFIF);
    assert_int_equal(j->segments, T_COUNT(markers));
    for (size_t i = 0; i < j->segments; i++) {
        assert_int_equal(j->segment[i].marker, markers[i]);
        assert_int_equal(j->segment[i].offset, offsets[i]);
    }
    assert_true(mh_span_eq(j->segment[1].body, B("JFIF\0")));
    assert_int_equal(j->end, in.len);
    mh_arena_free(arena);
}

static void
test_kinds(void **state)
{
    static const struct {
        const char *marker;
        bool progressive;
    } kinds[] = {{"\xc0", false}, {"\xc1", false}, {"\xc2", true},
        {"\xc6", true}, {"\xc9", false}, {"\xca", true}};

    (void)state;
    for (size_t i = 0; i < T_COUNT(kinds); i++) {
        struct mh_arena *arena = mh_arena_new(1 << 22);
        char in[] = SOI DQT SOF SOS DATA EOI;
        struct df_notes notes;
        struct df_jpeg *j;

        in[sizeof(SOI DQT) - 1 + 1] = kinds[i].marker[0];
        assert_int_equal(
            scan((struct mh_span){(const uint8_t *)in, sizeof(in) - 1}, arena,
                &notes, NULL, &j),
            MH_OK);
        assert_int_equal(j->progressive, kinds[i].progressive);
        mh_arena_free(arena);
    }
}

struct note_row {
    const char *name;
    struct mh_span in;
    unsigned parts;
    const char *notes; /* "code@offset=what " of each */
};

static const struct note_row note_rows[] = {
    {"jfif", ROW(SOI JFIF BODY EOI), DF_JPEG_JFIF, ""},
    {"jfif in another segment", ROW(SOI "\xff\xe1\0\7JFIF\0" BODY EOI), 0, ""},
    {"jfif cut short", ROW(SOI "\xff\xe0\0\6JFIF" BODY EOI), 0, ""},
    {"exif",
        ROW(SOI "\xff\xe1\0\x08"
                "Exif\0\0" BODY EOI),
        DF_JPEG_EXIF, ""},
    {"xmp", ROW(SOI "\xff\xe1\0\x1fhttp://ns.adobe.com/xap/1.0/\0" BODY EOI),
        DF_JPEG_XMP, ""},
    {"icc", ROW(SOI "\xff\xe2\0\x0eICC_PROFILE\0" BODY EOI), DF_JPEG_ICC, ""},
    {"mpf", ROW(SOI "\xff\xe2\0\6MPF\0" BODY EOI), DF_JPEG_MPF, ""},
    {"jumbf", ROW(SOI "\xff\xeb\0\4JP" BODY EOI), DF_JPEG_JUMBF, ""},
    {"tail", ROW(SOI BODY EOI "x"), 0, "jpeg-trailing@40=unexplained "},
    {"tail of more pictures", ROW(SOI "\xff\xe2\0\6MPF\0" BODY EOI SOI),
        DF_JPEG_MPF, "jpeg-trailing@48=multi-picture format "},
    {"archive in the tail",
        ROW(SOI BODY EOI "ab"
                         "PK\3\4"),
        0, "jpeg-trailing@40=unexplained polyglot@42=ZIP "},
    {"pdf in a comment", ROW(SOI "\xff\xfe\0\x08x%PDF-" BODY EOI), 0,
        "polyglot@7=PDF "},
    {"pdf behind fill bytes", ROW(SOI "\xff\xff\xff\xfe\0\7%PDF-" BODY EOI), 0,
        "polyglot@8=PDF "},
    {"page in an application segment", ROW(SOI "\xff\xef\0\7<html" BODY EOI), 0,
        "polyglot@6=HTML "},
    {"two kinds in one", ROW(SOI "\xff\xfe\0\x10<?xml<script!!" BODY EOI), 0,
        "polyglot@6=XML polyglot@11=script "},
    {"program",
        ROW(SOI "\xff\xfe\0\6\x7f"
                "ELF" BODY EOI),
        0, "polyglot@6=program "},
    {"short mark at the beginning", ROW(SOI "\xff\xfe\0\6MZab" BODY EOI), 0,
        "polyglot@6=program "},
    {"short mark alone", ROW(SOI "\xff\xfe\0\4MZ" BODY EOI), 0,
        "polyglot@6=program "},
    {"short mark later", ROW(SOI "\xff\xfe\0\6aMZb" BODY EOI), 0, ""},
    {"sound", ROW(SOI "\xff\xe9\0\6ID3a" BODY EOI), 0, "polyglot@6=sound "},
    {"sound later", ROW(SOI "\xff\xe9\0\6aID3" BODY EOI), 0, ""},
    {"doctype", ROW(SOI "\xff\xfe\0\x0b<!DOCTYPE" BODY EOI), 0,
        "polyglot@6=HTML "},
};

static void
test_notes(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(note_rows); i++) {
        const struct note_row *r = &note_rows[i];
        struct mh_arena *arena = mh_arena_new(1 << 22);
        struct mh_err err = {0};
        struct df_notes notes;
        struct df_jpeg *j;
        struct mh_buf got;

        mh_buf_init(&got, 4096);
        if (scan(r->in, arena, &notes, &err, &j) != MH_OK)
            fail_msg("%s: %s", r->name, err.msg);
        T_CHECK(r->name, j->parts == r->parts);
        for (const struct df_note *n = notes.first; n != NULL; n = n->next) {
            T_CHECK(r->name,
                n->class ==
                    (n->code == MH_F_POLYGLOT ? DF_STRICT : DF_WARNING));
            mh_buf_printf(&got, "%s@%u=%.*s ", mh_finding_name(n->code),
                (unsigned)n->offset, (int)n->what.len,
                (const char *)n->what.ptr);
        }
        if (!mh_span_is(mh_buf_get(&got), r->notes))
            fail_msg("%s: %.*s", r->name, (int)got.len, (const char *)got.ptr);
        mh_buf_fini(&got);
        mh_arena_free(arena);
    }
}

/* A picture with that many comments of that many bytes in front. */
static enum mh_code
scan_many(size_t comments, size_t body, struct mh_err *err)
{
    static const char zeros[65533];
    struct mh_arena *arena = mh_arena_new(1 << 22);
    struct df_notes notes;
    struct df_jpeg *j;
    struct mh_buf buf;
    enum mh_code code;

    mh_buf_init(&buf, (size_t)32 << 20);
    mh_buf_add(&buf, SOI, 2);
    for (size_t i = 0; i < comments; i++) {
        const uint8_t head[] = {
            0xff, DF_JPEG_COM, (uint8_t)((body + 2) >> 8), (uint8_t)(body + 2)};

        mh_buf_add(&buf, head, sizeof(head));
        mh_buf_add(&buf, zeros, body);
    }
    mh_buf_add(&buf, BODY EOI, sizeof(BODY EOI) - 1);
    assert_false(buf.bad);
    code = scan(mh_buf_get(&buf), arena, &notes, err, &j);
    mh_buf_fini(&buf);
    mh_arena_free(arena);
    return code;
}

static void
test_limits(void **state)
{
    struct mh_err err = {0};

    (void)state;
    /* SOI, DQT, SOF, SOS and EOI are segments too. */
    assert_int_equal(scan_many(MH_JPEG_SEGMENTS_MAX - 5, 0, &err), MH_OK);
    assert_int_equal(scan_many(MH_JPEG_SEGMENTS_MAX - 4, 0, &err), MH_ELIMIT);
    assert_string_equal(err.msg, "jpeg: too many segments");
    /* Lengths of 2^15 bytes, their own two included. */
    assert_int_equal(
        scan_many(MH_JPEG_APP_MAX >> 15, (1 << 15) - 2, &err), MH_OK);
    assert_int_equal(
        scan_many((MH_JPEG_APP_MAX >> 15) + 1, (1 << 15) - 2, &err), MH_ELIMIT);
    assert_string_equal(err.msg, "jpeg: too much metadata");
    assert_int_equal(err.finding, MH_F_LIMIT);
}

static void
test_memory(void **state)
{
    struct mh_arena *arena = mh_arena_new(4096), *none = mh_arena_new(16);
    struct df_notes notes;
    struct df_jpeg *j;

    (void)state;
    assert_int_equal(scan(B(SOI BODY EOI), arena, &notes, NULL, &j), MH_ENOMEM);
    assert_null(j);
    assert_int_equal(scan(B(SOI BODY EOI), none, &notes, NULL, &j), MH_ENOMEM);
    mh_arena_free(arena);
    mh_arena_free(none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
