/*
 * tmplc: makes tables of steps and texts out of templates and catalogues.
 *
 *   tmplc TEMPLATES AZ.po RU.po OUT.c OUT.h SOURCE.c...
 *
 * Every template of the folder becomes pt_tmpl_NAME; those whose name begins
 * with "part_" are for others alone.  Texts of the templates and of PT_T("...")
 * in the sources have to be in both catalogues, and nothing else.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report/markup.h"
#include "portal/pages/compiler/parse.h"
#include "portal/pages/compiler/po.h"

enum {
    ARENA = 256 << 20, /* bytes */
    TEMPLATES_MAX = 512,
};

struct tmplc {
    struct mh_arena *arena;
    struct pt_po az, ru;
    const char *id[PT_MESSAGES_MAX];
    size_t ids;
    const char *name[TEMPLATES_MAX];
    size_t names;
    FILE *c, *h;
};

static int
fail(const char *what)
{
    (void)fprintf(stderr, "tmplc: %s\n", what); /* nobody else to tell */
    return 1;
}

static void
put_string(FILE *f, struct mh_span s)
{
    (void)fputs("\"", f); /* checked at the end, by ferror */
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '?')
            (void)fputc(c, f);
        else
            (void)fprintf(f, "\\%03o", c);
        if (i % 512 == 511)
            (void)fputs("\"\n        \"", f);
    }
    (void)fputs("\"", f);
}

/* Its place among the texts as they were met; PT_MESSAGES_MAX: too many. */
static size_t
note_id(struct tmplc *t, const char *id)
{
    size_t i = 0;

    while (i < t->ids && strcmp(t->id[i], id) != 0)
        i++;
    if (i == t->ids && i < PT_MESSAGES_MAX)
        t->id[t->ids++] = id;
    return i;
}

static const char *
kind_name(enum pt_step_kind kind)
{
    static const char *const names[] = {"BYTES", "VALUE", "URL", "IF", "UNLESS",
        "EACH", "NEXT", "GOTO", "TEXT"};

    return names[kind];
}

static bool
emit(struct tmplc *t, const char *name, const struct pt_parse *p)
{
    (void)fprintf(t->c, "static const struct pt_step steps_%s[] = {\n", name);
    for (size_t i = 0; i < p->steps; i++) {
        const struct pt_step *s = &p->step[i];
        size_t met = s->kind == PT_STEP_TEXT
                         ? note_id(t, (const char *)s->text.ptr) + 1
                         : s->jump;

        if (s->kind == PT_STEP_TEXT && met > PT_MESSAGES_MAX)
            return false;
        (void)fprintf(t->c, "    {PT_STEP_%s, %zu, {(const uint8_t *)",
            kind_name(s->kind), met);
        put_string(t->c, s->text);
        (void)fprintf(t->c, ", %zu}, {", s->text.len);
        for (size_t k = 0; k < PT_TMPL_ARGS_MAX; k++) {
            if (s->arg[k] != NULL)
                put_string(t->c, mh_span_str(s->arg[k]));
            else
                (void)fputs("NULL", t->c);
            (void)fputs(k + 1 < PT_TMPL_ARGS_MAX ? ", " : "}},\n", t->c);
        }
    }
    (void)fprintf(t->c,
        "};\nconst struct pt_tmpl pt_tmpl_%s = {\"%s\", steps_%s, %zu};\n\n",
        name, name, name, p->steps);
    (void)fprintf(t->h, "extern const struct pt_tmpl pt_tmpl_%s;\n", name);
    return true;
}

static int
compile(struct tmplc *t, const char *dir, const char *name)
{
    struct pt_parse *p = mh_arena_alloc(t->arena, sizeof(*p));

    if (p == NULL)
        return fail("no memory");
    p->arena = t->arena;
    p->dir = dir;
    if (!pt_parse_template(p, name))
        return fail(p->error);
    if (strncmp(name, "part_", 5) == 0)
        return 0;
    return emit(t, name, p) ? 0 : fail("too many texts");
}

static int
by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

static int
list(struct tmplc *t, const char *dir)
{
    static const char ext[] = ".html";
    DIR *d = opendir(dir);
    struct dirent *e;

    if (d == NULL)
        return fail("the folder of templates cannot be read");
    while ((e = readdir(d)) != NULL) {
        size_t n = strlen(e->d_name);

        if (n <= sizeof(ext) - 1 ||
            strcmp(e->d_name + n - (sizeof(ext) - 1), ext) != 0 ||
            t->names == TEMPLATES_MAX)
            continue;
        t->name[t->names] =
            mh_arena_str(t->arena, (struct mh_span){(const uint8_t *)e->d_name,
                                       n - (sizeof(ext) - 1)});
        if (t->name[t->names] != NULL)
            t->names++;
    }
    (void)closedir(d); /* it was only read */
    qsort(t->name, t->names, sizeof(t->name[0]), by_name);
    return 0;
}

/* One or more literals in a row, as C joins them; NULL: they are not that. */
static const char *
literals(const char *s, char *id, size_t size)
{
    size_t n = 0;

    for (;;) {
        while (*s != '"' && *s != '\\' && *s != '\0' && n + 1 < size)
            id[n++] = *s++;
        if (*s != '"')
            return NULL;
        s++;
        s += strspn(s, " \n");
        if (*s == ')')
            break;
        if (*s++ != '"')
            return NULL;
    }
    id[n] = '\0';
    return s;
}

/* PT_T("...") of a C source. */
static int
scan(struct tmplc *t, const char *path)
{
    static const char mark[] = "PT_T(";
    const char *s = pt_read_file(path, t->arena);
    char id[1024];

    if (s == NULL)
        return fail(path);
    while ((s = strstr(s, mark)) != NULL) {
        char *copy;

        s += sizeof(mark) - 1;
        s += strspn(s, " \n");
        if (*s != '"')
            continue; /* its definition */
        s = literals(s + 1, id, sizeof(id));
        if (s == NULL)
            return fail("PT_T() takes a literal without escapes");
        copy = mh_arena_str(t->arena, mh_span_str(id));
        if (copy == NULL || note_id(t, copy) == PT_MESSAGES_MAX)
            return fail("too many texts");
    }
    return 0;
}

static int
missing(const char *file, const char *rule, const char *id)
{
    (void)fprintf(
        stderr, "tmplc: %s: %s: \"%s\"\n", file, rule, id); /* as fail */
    return 1;
}

/* Where the texts are that were met; met: in that order. */
static void
put_places(const struct tmplc *t, const char *const *met)
{
    (void)fputs("const uint16_t pt_messages_at[] = {\n", t->c);
    for (size_t i = 0; i < t->ids; i++) {
        const char *const *at =
            bsearch(&met[i], t->id, t->ids, sizeof(t->id[0]), by_name);

        (void)fprintf(t->c, "    %td,\n", at - t->id); /* it is there */
    }
    (void)fputs("};\n", t->c);
}

/* The bytes of a text that stands in a page as it is; else 0. */
static unsigned
plain_of(const char *text)
{
    struct mh_buf marked;
    size_t len = strlen(text);
    bool same;

    mh_buf_init(&marked, 8 * len + 1);
    mh_markup_text(&marked, text);
    same = mh_buf_ok(&marked) && mh_span_is(mh_buf_get(&marked), text) &&
           strchr(text, '{') == NULL && len <= UINT16_MAX;
    mh_buf_fini(&marked);
    return same ? (unsigned)len : 0;
}

/* In the order of enum mh_lang. */
static void
put_message(FILE *f, const char *az, const char *en, const char *ru)
{
    (void)fputs("    {", f);
    put_string(f, mh_span_str(en));
    (void)fputs(", ", f);
    put_string(f, mh_span_str(az));
    (void)fputs(", ", f);
    put_string(f, mh_span_str(ru));
    (void)fprintf(
        f, ", {%u, %u, %u}},\n", plain_of(az), plain_of(en), plain_of(ru));
}

static int
messages(struct tmplc *t, char **argv)
{
    const char **met = mh_arena_array(t->arena, t->ids + 1, sizeof(*met));
    int bad = 0;

    if (met == NULL)
        return fail("no memory");
    memcpy(met, t->id, t->ids * sizeof(*met));
    qsort(t->id, t->ids, sizeof(t->id[0]), by_name);
    (void)fputs("const struct pt_message pt_messages[] = {\n", t->c);
    for (size_t i = 0; i < t->ids; i++) {
        struct pt_po_entry *az = pt_po_find(&t->az, t->id[i]);
        struct pt_po_entry *ru = pt_po_find(&t->ru, t->id[i]);

        if (az == NULL)
            bad |= missing(argv[2], "not translated", t->id[i]);
        if (ru == NULL)
            bad |= missing(argv[3], "not translated", t->id[i]);
        if (az == NULL || ru == NULL)
            continue;
        az->used = ru->used = true;
        put_message(t->c, az->text, t->id[i], ru->text);
    }
    (void)fprintf(t->c, "};\nconst size_t pt_messages_len = %zu;\n", t->ids);
    put_places(t, met);
    for (size_t i = 0; i < t->az.entries; i++)
        if (!t->az.entry[i].used)
            bad |= missing(argv[2], "in no page", t->az.entry[i].id);
    for (size_t i = 0; i < t->ru.entries; i++)
        if (!t->ru.entry[i].used)
            bad |= missing(argv[3], "in no page", t->ru.entry[i].id);
    return bad;
}

static int
run(struct tmplc *t, int argc, char **argv)
{
    int rc = list(t, argv[1]);

    if (!pt_po_read(&t->az, argv[2], t->arena))
        return fail(t->az.error);
    if (!pt_po_read(&t->ru, argv[3], t->arena))
        return fail(t->ru.error);
    (void)fputs("#include \"portal/pages/tmpl.h\"\n"
                "#include \"pages.h\"\n\n",
        t->c);
    (void)fputs("#ifndef PT_PAGES_H\n#define PT_PAGES_H\n"
                "#include \"portal/pages/tmpl.h\"\n",
        t->h);
    for (size_t i = 0; i < t->names && rc == 0; i++)
        rc = compile(t, argv[1], t->name[i]);
    for (int i = 6; i < argc && rc == 0; i++)
        rc = scan(t, argv[i]);
    if (rc == 0)
        rc = messages(t, argv);
    (void)fputs("#endif\n", t->h);
    return rc;
}

int
main(int argc, char **argv)
{
    struct tmplc *t;
    int rc = 1;

    if (argc < 6)
        return fail("TEMPLATES AZ.po RU.po OUT.c OUT.h SOURCE...");
    t = calloc(1, sizeof(*t));
    if (t == NULL)
        return fail("no memory");
    t->arena = mh_arena_new(ARENA);
    t->c = fopen(argv[4], "w");
    t->h = fopen(argv[5], "w");
    if (t->arena != NULL && t->c != NULL && t->h != NULL)
        rc = run(t, argc, argv);
    else
        (void)fail("out of memory, or a file that cannot be written");
    if (t->c != NULL && (ferror(t->c) != 0 || fclose(t->c) != 0))
        rc = fail("writing failed");
    if (t->h != NULL && (ferror(t->h) != 0 || fclose(t->h) != 0))
        rc = fail("writing failed");
    mh_arena_free(t->arena);
    free(t);
    return rc;
}
