#include "portal/filing/redact.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "portal/pages/casewords.h"
#include "portal/pages/tmpl.h"
#include "portal/store/fold.h"

enum {
    FORM = 3 * PT_TEXT_MAX + 3, /* bytes of a name's search form */
    TELEPHONE = 9,              /* digits of a number without its country */
    WORDS_SAME = 2,             /* that make two names one person's */
    ADDRESS_PART = 6,           /* bytes of a part of an address, at least */
};

/* Somebody of the case, under all names it is known by. */
struct body {
    char form[FORM]; /* search form of the first name */
    char ident[PT_TEXT_MAX + 1];
    char by[4 * PT_CUT_BY + 1];
    bool person;
};
struct proposing {
    struct pt_cuts *out;
    struct body *body; /* in the arena; who is its place from 1 on */
    size_t bodies;
    unsigned of_role[PT_CASE_ROLES];
    struct mh_arena *arena;
};

/* ---- one more cut ---- */

static enum mh_code
add(struct proposing *p, const struct pt_cut *cut, struct mh_err *err)
{
    char form[sizeof(cut->needle)], other[sizeof(cut->needle)];

    if (!pt_redact_says(cut->needle))
        return MH_OK;
    if (!pt_fold(cut->needle, form, sizeof(form)))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "redact: a needle");
    for (size_t i = 0; i < p->out->count; i++)
        if (p->out->item[i].kind == cut->kind &&
            p->out->item[i].who == cut->who &&
            pt_fold(p->out->item[i].needle, other, sizeof(other)) &&
            strcmp(form, other) == 0)
            return MH_OK; /* it is there */
    if (p->out->count == PT_CUTS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "redact: more than %d replacements", PT_CUTS_MAX);
    p->out->item[p->out->count++] = *cut;
    return MH_OK;
}

/* A code of len bytes; hard: the case knows it. */
static enum mh_code
add_code(struct proposing *p, struct mh_span code, const char *by, bool hard,
    struct mh_err *err)
{
    struct pt_cut cut = {.kind = PT_CUT_CODE, .hard = hard};

    if (code.len >= sizeof(cut.needle))
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET, "redact: a long code");
    memcpy(cut.needle, code.ptr, code.len);
    (void)snprintf(cut.by, sizeof(cut.by), "%s", by);
    return add(p, &cut, err);
}

/* ---- people ---- */

/* Words of a name's search form that say who it is; the next one. */
static bool
next_word(const char **at, struct mh_span *word)
{
    static const char none[] = " oglu qizi ogly kyzy gyzy qyzy оглы кызы ";

    for (;;) {
        size_t n = strcspn(*at, " ");
        char padded[FORM + 2];

        if (n == 0)
            return false;
        *word = (struct mh_span){(const uint8_t *)*at, n};
        *at += n + ((*at)[n] == ' ');
        (void)snprintf(padded, sizeof(padded), " %.*s ", (int)n,
            (const char *)word->ptr); /* it fits */
        if (strstr(none, padded) == NULL)
            return true;
    }
}

static bool
has_word(const char *form, struct mh_span word)
{
    struct mh_span w;

    while (next_word(&form, &w))
        if (mh_span_eq(w, word))
            return true;
    return false;
}

/* Whether every word of one is one of the other, and they are two at least. */
static bool
is_within(const char *small, const char *great)
{
    size_t words = 0;
    struct mh_span w;

    for (; next_word(&small, &w); words++)
        if (!has_word(great, w))
            return false;
    return words >= WORDS_SAME;
}

/* What is no person: it has a VÖEN, or says so. */
static bool
is_body(const char *name, const char *ident, const char *form)
{
    static const char *const words[] = {"mmc", "asc", "qsc", "asm", "bank",
        "banki", "sirketi", "sirket", "nazirliyi", "idaresi", "komitesi",
        "agentliyi", "xidmeti", "hakimiyyeti", "birliyi", "fondu", "mərkəzi",
        "merkezi", "musssisesi", "muessisesi", "kooperativi", "ооо", "оао",
        "зао", "llc", "ltd", "jsc", "belediyyesi"};

    if (strlen(ident) == 10 && strspn(ident, "0123456789") == 10)
        return true;
    if (strlen(ident) == PT_FIN)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has_word(form, mh_span_str(words[i])))
            return true;
    return strpbrk(name, "\"") != NULL || strstr(name, "“") != NULL ||
           strstr(name, "«") != NULL;
}

/* Its number from 1 on: who it is already, or somebody new. */
static unsigned
body_of(struct proposing *p, const struct pt_known *k, const char *form)
{
    struct body *b;

    for (size_t i = 0; i < p->bodies; i++) {
        b = &p->body[i];
        if (k->ident[0] != '\0' && b->ident[0] != '\0') {
            if (strcmp(k->ident, b->ident) == 0)
                return (unsigned)i + 1;
            continue; /* another, whatever the name */
        }
        if (strcmp(form, b->form) == 0 || is_within(form, b->form) ||
            is_within(b->form, form))
            return (unsigned)i + 1;
    }
    b = &p->body[p->bodies++];
    *b = (struct body){.person = !is_body(k->name, k->ident, form)};
    (void)snprintf(b->form, sizeof(b->form), "%s", form);
    (void)snprintf(b->ident, sizeof(b->ident), "%s", k->ident);
    /* Acts are written in the language of the state. */
    (void)snprintf(b->by, sizeof(b->by), "%s %u",
        pt_text(MH_AZ, pt_case_role_text(k->role)), ++p->of_role[k->role]);
    return (unsigned)p->bodies;
}

/* Each word of a person's name; of anybody else the name within its quotation
   marks, or the whole. */
static enum mh_code
add_name(struct proposing *p, const struct pt_known *k, struct mh_err *err)
{
    char form[FORM], word[FORM];
    struct pt_cut cut = {.hard = false};
    struct mh_span w;
    enum mh_code code = MH_OK;

    if (!pt_fold(k->name, form, sizeof(form)))
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "redact: a name");
    if (form[0] == '\0')
        return MH_OK;
    cut.who = body_of(p, k, form);
    memcpy(cut.by, p->body[cut.who - 1].by, sizeof(cut.by));
    if (!p->body[cut.who - 1].person) {
        static const char *const marks[][2] = {
            {"“", "”"}, {"«", "»"}, {"\"", "\""}};
        struct mh_span name = mh_span_str(k->name);

        for (size_t i = 0; i < 3; i++) {
            const char *from = strstr(k->name, marks[i][0]), *to;

            if (from == NULL)
                continue;
            from += strlen(marks[i][0]);
            to = strstr(from, marks[i][1]);
            if (to != NULL && to > from)
                name = (struct mh_span){
                    (const uint8_t *)from, (size_t)(to - from)};
        }
        cut.kind = PT_CUT_PHRASE;
        cut.who = 0;
        cut.hard = name.len < strlen(k->name) || strchr(form, ' ') != NULL;
        memcpy(cut.needle, name.ptr, name.len); /* a name is shorter */
        return add(p, &cut, err);
    }
    cut.kind = PT_CUT_NAME;
    /* As they are written. */
    for (const char *name = k->name; *name != '\0' && code == MH_OK;) {
        size_t n = strcspn(name, " ");
        const char *at = word;

        memset(cut.needle, 0, sizeof(cut.needle));
        memcpy(cut.needle, name, n < PT_CUT_NEEDLE ? n : PT_CUT_NEEDLE);
        if (pt_fold(cut.needle, word, sizeof(word)) && next_word(&at, &w))
            code = add(p, &cut, err);
        name += n + (name[n] != '\0');
    }
    return code;
}

/* ---- what the case knows of them ---- */

static enum mh_code
add_phone(struct proposing *p, const char *text, bool hard, struct mh_err *err)
{
    char digits[PT_TEXT_MAX + 1];
    size_t n = 0;

    for (; *text != '\0' && n < PT_TEXT_MAX; text++)
        if (*text >= '0' && *text <= '9')
            digits[n++] = *text;
    if (n < TELEPHONE)
        return MH_OK;
    return add_code(p,
        (struct mh_span){(const uint8_t *)digits + n - TELEPHONE, TELEPHONE},
        "[telefon]", hard, err);
}

/* An address as it is, and its parts that name a street or a house. */
static enum mh_code
add_address(struct proposing *p, const char *address, struct mh_err *err)
{
    struct pt_cut cut = {.kind = PT_CUT_PHRASE, .by = "[ünvan]"};
    enum mh_code code = MH_OK;

    while (*address != '\0' && code == MH_OK) {
        size_t n = strcspn(address, ",;\n");
        bool number = false;

        for (size_t i = 0; i < n; i++)
            number = number || (address[i] >= '0' && address[i] <= '9');
        if (n >= ADDRESS_PART && n < sizeof(cut.needle) &&
            (number || strstr(address, "küç") != NULL)) {
            memset(cut.needle, 0, sizeof(cut.needle));
            memcpy(cut.needle, address, n);
            code = add(p, &cut, err);
        }
        address += n + (address[n] != '\0');
    }
    return code;
}

static enum mh_code
add_known(struct proposing *p, const struct pt_known *k, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    if (k->ident[0] != '\0')
        code = add_code(p, mh_span_str(k->ident),
            strlen(k->ident) == PT_FIN ? "[FİN]" : "[VÖEN]", true, err);
    if (code == MH_OK)
        code = add_phone(p, k->phone, true, err);
    if (code == MH_OK && k->email[0] != '\0')
        code = add_code(p, mh_span_str(k->email), "[e-poçt]", true, err);
    return code == MH_OK ? add_address(p, k->address, err) : code;
}

/* ---- what looks like a number of somebody ---- */

static bool
is_plain(char c)
{
    return isalnum((unsigned char)c) || ((unsigned char)c & 0x80) != 0;
}

/* What a run of letters and digits looks like; NULL: nothing. */
static const char *
looks_like(const char *s, size_t n)
{
    size_t digits = 0, capitals = 0;

    for (size_t i = 0; i < n; i++) {
        digits += s[i] >= '0' && s[i] <= '9';
        capitals += s[i] >= 'A' && s[i] <= 'Z';
    }
    if (digits + capitals != n)
        return NULL;
    if (n == PT_FIN && digits > 0 && capitals > 0)
        return "[FİN]";
    if (n == 10 && digits == n)
        return "[VÖEN]";
    if (n == 28 && s[0] == 'A' && s[1] == 'Z')
        return "[hesab]";
    if ((n == 9 && s[0] == 'A' && s[1] == 'A' && digits == 7) ||
        (n == 11 && strncmp(s, "AZE", 3) == 0 && digits == 8))
        return "[sənəd]";
    return NULL;
}

/* The bytes of a telephone's number that begins here; 0: there is none. */
static size_t
telephone(const char *s)
{
    size_t n = 0, digits = 0, last = 0;

    if (s[0] != '+' && s[0] != '0')
        return 0;
    for (n = s[0] == '+'; s[n] != '\0' && strchr("0123456789 -()", s[n]); n++)
        if (s[n] >= '0' && s[n] <= '9') {
            last = n + 1;
            if (++digits == 14)
                return 0;
        }
    return digits >= TELEPHONE && digits <= 13 ? last : 0;
}

static size_t
mail(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
                                  "STUVWXYZ0123456789._%+-";
    size_t n = strspn(s, letters), m;

    if (n == 0 || s[n] != '@')
        return 0;
    m = strspn(s + n + 1, letters);
    while (m > 0 && s[n + m] == '.')
        m--;
    return m < 3 ? 0 : n + 1 + m;
}

static enum mh_code
add_patterns(struct proposing *p, const char *text, struct mh_err *err)
{
    enum mh_code code = MH_OK;

    for (const char *at = text; *at != '\0' && code == MH_OK;) {
        struct mh_span found = {(const uint8_t *)at, mail(at)};
        size_t n = 0;

        if (found.len > 0) {
            code = add_code(p, found, "[e-poçt]", false, err);
            at += found.len;
            continue;
        }
        found.len = telephone(at);
        if (found.len > 0) {
            char number[32];

            (void)snprintf(number, sizeof(number), "%.*s",
                (int)(found.len < 31 ? found.len : 31), at);
            code = add_phone(p, number, false, err);
            at += found.len;
            continue;
        }
        while (is_plain(at[n]))
            n++;
        if (n > 0 && looks_like(at, n) != NULL)
            code = add_code(p, (struct mh_span){(const uint8_t *)at, n},
                looks_like(at, n), false, err);
        at += n == 0 ? 1 : n;
    }
    return code;
}

enum mh_code
pt_redact_propose(const struct pt_knowns *known, const char *text,
    struct mh_arena *arena, struct mh_err *err, struct pt_cuts *out)
{
    struct proposing p = {.out = out,
        .arena = arena,
        .body = mh_arena_array(arena, known->count + 1, sizeof(*p.body))};
    enum mh_code code = MH_OK;

    *out = (struct pt_cuts){
        .item = mh_arena_array(arena, PT_CUTS_MAX, sizeof(*out->item))};
    if (out->item == NULL || p.body == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "redact: no memory");
    for (size_t i = 0; i < known->count && code == MH_OK; i++)
        code = add_name(&p, &known->item[i], err);
    for (size_t i = 0; i < known->count && code == MH_OK; i++)
        code = add_known(&p, &known->item[i], err);
    return code == MH_OK ? add_patterns(&p, text, err) : code;
}

/* ---- once more ---- */

static struct pt_cut *
find_cut(const struct pt_cuts *in, const struct pt_cut *like)
{
    char form[sizeof(like->needle)], other[sizeof(like->needle)];

    if (!pt_fold(like->needle, form, sizeof(form)))
        return NULL;
    for (size_t i = 0; i < in->count; i++)
        if (in->item[i].kind == like->kind &&
            (in->item[i].who > 0) == (like->who > 0) &&
            pt_fold(in->item[i].needle, other, sizeof(other)) &&
            strcmp(form, other) == 0)
            return &in->item[i];
    return NULL;
}

static bool
is_taken(const struct pt_cuts *cuts, const char *by, unsigned who)
{
    for (size_t i = 0; i < cuts->count; i++)
        if (cuts->item[i].who != who && strcmp(cuts->item[i].by, by) == 0)
            return true;
    return false;
}

/* Another number behind its words, until nobody has it. */
static void
rename_new(struct pt_cuts *fresh, unsigned who, const char *by)
{
    char words[4 * PT_CUT_BY + 1], next[4 * PT_CUT_BY + 1];
    size_t n = strcspn(by, "0123456789");

    (void)snprintf(words, sizeof(words), "%.*s", (int)n, by);
    for (unsigned i = 2; i <= PT_CUTS_MAX + 1U; i++) {
        (void)snprintf(next, sizeof(next), "%.120s%u", words, i);
        if (!is_taken(fresh, next, who))
            break;
    }
    for (size_t i = 0; i < fresh->count; i++)
        if (fresh->item[i].who == who)
            memcpy(fresh->item[i].by, next, sizeof(next));
}

enum mh_code
pt_redact_merge(
    const struct pt_cuts *before, struct mh_err *err, struct pt_cuts *fresh)
{
    bool known[PT_CUTS_MAX + 1] = {false};

    for (size_t i = 0; i < fresh->count; i++) {
        struct pt_cut *c = &fresh->item[i];
        const struct pt_cut *was = find_cut(before, c);

        if (was == NULL)
            continue;
        c->kept = was->kept && !c->hard;
        if (c->who == 0) {
            memcpy(c->by, was->by, sizeof(c->by));
            continue;
        }
        for (size_t k = 0; k < fresh->count && !known[c->who]; k++)
            if (fresh->item[k].who == c->who)
                memcpy(fresh->item[k].by, was->by, sizeof(c->by));
        known[c->who] = true;
    }
    for (size_t i = 0; i < fresh->count; i++) {
        struct pt_cut *c = &fresh->item[i];

        if (c->who > 0 && !known[c->who] && is_taken(fresh, c->by, c->who))
            rename_new(fresh, c->who, c->by);
    }
    for (size_t i = 0; i < before->count; i++) {
        if (before->item[i].who > 0 ||
            find_cut(fresh, &before->item[i]) != NULL)
            continue;
        if (fresh->count == PT_CUTS_MAX)
            return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                "redact: more than %d replacements", PT_CUTS_MAX);
        fresh->item[fresh->count++] = before->item[i];
    }
    return MH_OK;
}
