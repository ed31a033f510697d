#include "portal/pages/compiler/po.h"

#include <stdio.h>
#include <string.h>

#include "portal/pages/compiler/parse.h"

struct reader {
    struct pt_po *po;
    struct mh_arena *arena;
    const char *path;
    unsigned line;
    char *id, *text; /* of the entry under way */
    char **into;     /* what a continued line belongs to */
};

static bool
wrong(struct reader *r, const char *rule)
{
    (void)snprintf(r->po->error, sizeof(r->po->error), "%s:%u: %s", r->path,
        r->line, rule); /* cut is fine */
    return false;
}

struct pt_po_entry *
pt_po_find(struct pt_po *po, const char *id)
{
    for (size_t i = 0; i < po->entries; i++)
        if (strcmp(po->entry[i].id, id) == 0)
            return &po->entry[i];
    return NULL;
}

/* The entry is whole; the first, with an empty id, is the head. */
static bool
finish(struct reader *r)
{
    char *id = r->id, *text = r->text;

    r->id = r->text = NULL;
    r->into = NULL;
    if (id == NULL || id[0] == '\0')
        return true;
    if (text == NULL || text[0] == '\0')
        return wrong(r, "a text without its translation");
    if (pt_po_find(r->po, id) != NULL)
        return wrong(r, "a text twice");
    if (r->po->entries == PT_MESSAGES_MAX)
        return wrong(r, "too many texts");
    r->po->entry[r->po->entries++] = (struct pt_po_entry){id, text, false};
    return true;
}

/* "..." with \" \\ \n, appended to what is under way. */
static bool
quoted(struct reader *r, const char *s, size_t len)
{
    char *out;
    size_t n = *r->into == NULL ? 0 : strlen(*r->into);

    while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\r'))
        len--;
    if (len < 2 || s[0] != '"' || s[len - 1] != '"')
        return wrong(r, "a quoted text is expected");
    out = mh_arena_alloc(r->arena, n + len);
    if (out == NULL)
        return wrong(r, "no memory");
    if (n > 0)
        memcpy(out, *r->into, n);
    for (size_t i = 1; i + 1 < len; i++) {
        if (s[i] == '\\' && i + 2 < len) {
            i++;
            if (s[i] != '"' && s[i] != '\\' && s[i] != 'n')
                return wrong(r, "an escape that is not used here");
            char c = s[i];

            if (c == 'n')
                c = '\n';
            out[n++] = c;
        } else {
            out[n++] = s[i];
        }
    }
    out[n] = '\0';
    *r->into = out;
    return true;
}

static bool
take(struct reader *r, const char *s, size_t len)
{
    static const char id[] = "msgid ", text[] = "msgstr ";

    if (len == 0)
        return finish(r);
    if (s[0] == '#')
        return len < 2 || s[1] != ',' || memmem(s, len, "fuzzy", 5) == NULL ||
               wrong(r, "a fuzzy text");
    if (len >= sizeof(id) && memcmp(s, id, sizeof(id) - 1) == 0) {
        if (!finish(r))
            return false;
        r->into = &r->id;
        return quoted(r, s + sizeof(id) - 1, len - (sizeof(id) - 1));
    }
    if (len >= sizeof(text) && memcmp(s, text, sizeof(text) - 1) == 0) {
        if (r->id == NULL)
            return wrong(r, "a translation without its text");
        r->into = &r->text;
        return quoted(r, s + sizeof(text) - 1, len - (sizeof(text) - 1));
    }
    return r->into != NULL ? quoted(r, s, len)
                           : wrong(r, "neither msgid nor msgstr");
}

bool
pt_po_read(struct pt_po *po, const char *path, struct mh_arena *arena)
{
    struct reader r = {.po = po, .arena = arena, .path = path};
    const char *s = pt_read_file(path, arena);

    if (s == NULL)
        return wrong(&r, "it cannot be read");
    while (*s != '\0') {
        size_t len = strcspn(s, "\n");

        r.line++;
        if (!take(&r, s, len))
            return false;
        s += len + (s[len] == '\n');
    }
    return finish(&r);
}
