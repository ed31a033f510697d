/*
 * embed: makes one C file of the assets that the pages need.
 *
 *   embed OUT.c FILE...
 *
 * A file named *.css loses its @font-face blocks, and "GDS Transport" becomes
 * a font that readers have.  Their version is of the SHA-256 of everything, so
 * that a reader may keep them for ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest/digest.h"
#include "portal/pages/compiler/parse.h"

enum {
    ARENA = 64 << 20,
    FILES_MAX = 32,
    VERSION = 12, /* hex digits */
};

static const char fonts[] = "Noto Sans,DejaVu Sans,Arial,sans-serif";

static int
fail(const char *what)
{
    (void)fprintf(stderr, "embed: %s\n", what); /* nobody else to tell */
    return 1;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool
ends(const char *path, const char *ext)
{
    size_t n = strlen(path), m = strlen(ext);

    return n > m && strcmp(path + n - m, ext) == 0;
}

/* The style sheet with fonts of the reader's own. */
static void
restyle(const char *css, struct mh_buf *out)
{
    static const char face[] = "@font-face{", family[] = "GDS Transport";
    static const char stack[] = "GDS Transport,arial,sans-serif";

    while (*css != '\0') {
        if (strncmp(css, face, sizeof(face) - 1) == 0) {
            const char *end = strchr(css, '}');

            if (end == NULL)
                return;
            css = end + 1;
        } else if (strncmp(css, stack, sizeof(stack) - 1) == 0) {
            mh_buf_str(out, fonts);
            css += sizeof(stack) - 1;
        } else if (strncmp(css, family, sizeof(family) - 1) == 0) {
            mh_buf_str(out, "Noto Sans");
            css += sizeof(family) - 1;
        } else {
            mh_buf_byte(out, (uint8_t)*css++);
        }
    }
}

static const char *
type_of(const char *path)
{
    return ends(path, ".css")   ? "text/css; charset=utf-8"
           : ends(path, ".svg") ? "image/svg+xml"
                                : "text/javascript; charset=utf-8";
}

static void
put_bytes(FILE *f, size_t index, struct mh_span s)
{
    (void)fprintf(f, "static const uint8_t bytes_%zu[] = {", index);
    for (size_t i = 0; i < s.len; i++)
        (void)fprintf(f, "%s%u,", i % 24 == 0 ? "\n    " : "", s.ptr[i]);
    (void)fputs("\n};\n\n", f); /* checked at the end, by ferror */
}

static int
write_all(FILE *f, int count, char **path, const struct mh_buf *body)
{
    struct mh_digest *d = mh_digest_new();
    uint8_t hash[MH_DIGEST_MAX];
    struct mh_err err = {.msg = ""};

    if (d == NULL || mh_digest_start(d, MH_SHA256, &err) != MH_OK)
        return fail("digest");
    (void)fputs("#include \"portal/assets/assets.h\"\n\n", f);
    for (int i = 0; i < count; i++) {
        put_bytes(f, (size_t)i, mh_buf_get(&body[i]));
        mh_digest_update(d, mh_buf_get(&body[i]));
    }
    if (mh_digest_finish(d, &err, hash) != MH_OK)
        return fail("digest");
    mh_digest_free(d);
    (void)fputs("const char pt_assets_version[] = \"", f);
    for (int i = 0; i < VERSION / 2; i++)
        (void)fprintf(f, "%02x", hash[i]);
    (void)fputs("\";\nconst struct pt_asset pt_assets[] = {\n", f);
    for (int i = 0; i < count; i++)
        (void)fprintf(f,
            "    {\"%s\", \"%s\", {bytes_%d, sizeof(bytes_%d)}},\n",
            base_name(path[i]), type_of(path[i]), i, i);
    (void)fprintf(f, "};\nconst size_t pt_assets_len = %d;\n", count);
    return 0;
}

int
main(int argc, char **argv)
{
    static struct mh_buf body[FILES_MAX];
    struct mh_arena *arena = mh_arena_new(ARENA);
    FILE *f;
    int rc;

    if (mh_digest_init(NULL) != MH_OK)
        return fail("digest");
    if (argc < 3 || argc - 2 > FILES_MAX || arena == NULL)
        return fail("OUT.c FILE...");
    for (int i = 2; i < argc; i++) {
        const char *text = pt_read_file(argv[i], arena);

        if (text == NULL)
            return fail(argv[i]);
        mh_buf_init(&body[i - 2], ARENA);
        if (ends(argv[i], ".css"))
            restyle(text, &body[i - 2]);
        else
            mh_buf_str(&body[i - 2], text);
        if (!mh_buf_ok(&body[i - 2]))
            return fail("no memory");
    }
    f = fopen(argv[1], "w");
    if (f == NULL)
        return fail(argv[1]);
    rc = write_all(f, argc - 2, argv + 2, body);
    if (ferror(f) != 0 || fclose(f) != 0)
        rc = fail("writing failed");
    for (int i = 0; i < argc - 2; i++)
        mh_buf_fini(&body[i]);
    mh_arena_free(arena);
    return rc;
}
