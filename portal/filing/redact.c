#include "portal/filing/redact.h"

#include <string.h>

#include "base/text.h"
#include "portal/store/fold.h"

enum {
    LETTERS_FREE = 4,  /* of a needle: any form of it counts */
    LETTERS_CROSS = 6, /* it is found across signs */
    LETTERS_STEM = 4,  /* it may lose its vowel */
    TAIL_MAX = 16,     /* letters of a form behind its needle */
    GAP_MAX = 3,       /* bytes of signs between the words of a name */
};

/* A letter or a digit of a text, in its form. */
struct cell {
    uint32_t c;
    uint32_t at, end; /* its bytes */
    uint32_t word;
};
struct word {
    uint32_t first, count; /* cells */
};
struct lettered {
    const char *bytes;
    struct cell *cell;
    size_t cells;
    struct word *word;
    size_t words;
};

struct needle {
    uint32_t *c;
    size_t count;
};
struct search {
    struct lettered t;
    const struct pt_cuts *cuts;
    struct needle *needle; /* of each cut */
    struct pt_marks *out;
    struct mh_arena *arena;
};

/* Endings of nouns, in their search form. */
static const char endings[] =
    " i in ini un u nin ni nun nu si sin sini su sun "
    "a e ya ye na ne da de nda nde dan den ndan nden tan ten la le nla nle "
    "yla yle ca ce daki deki ndaki ndeki lar ler lari leri larin lerin lara "
    "lere larda lerde lardan lerden larla lerle dir dur tir gil gilin gile "
    "лар лер а у ом ем ой ою е ы и ым ыми ых ым ами ах ов ей ею я ю ям ";

static bool
is_ending(const struct cell *cell, size_t count)
{
    char form[4 * TAIL_MAX + 3] = " ";
    size_t n = 1;

    if (count == 0 || count > TAIL_MAX)
        return false;
    for (size_t i = 0; i < count; i++)
        if (cell[i].c < 0x80) {
            form[n++] = (char)cell[i].c;
        } else if (cell[i].c < 0x800) {
            form[n++] = (char)(0xc0 | (cell[i].c >> 6));
            form[n++] = (char)(0x80 | (cell[i].c & 0x3f));
        } else {
            return false;
        }
    form[n++] = ' ';
    form[n] = '\0';
    return strstr(endings, form) != NULL;
}

/* ---- letters ---- */

static enum mh_code
read_text(const char *text, struct mh_arena *arena, struct mh_err *err,
    struct lettered *out)
{
    size_t len = strlen(text);
    struct mh_span s = mh_span_str(text);
    bool inside = false;
    uint32_t c;

    *out = (struct lettered){.bytes = text,
        .cell = mh_arena_array(arena, len + 1, sizeof(*out->cell)),
        .word = mh_arena_array(arena, len + 1, sizeof(*out->word))};
    if (out->cell == NULL || out->word == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "redact: no memory");
    while (s.len > 0) {
        size_t at = len - s.len;

        if (!mh_utf8_next(&s, &c))
            return mh_fail(err, MH_EFORMAT, at, "redact: no UTF-8");
        c = pt_fold_one(c);
        if (c == ' ')
            inside = false;
        if (c == ' ' || c == 0)
            continue; /* what is dropped parts no word */
        if (!inside)
            out->word[out->words++].first = (uint32_t)out->cells;
        inside = true; /* so there is a word */
        out->word[out->words - 1].count++;
        out->cell[out->cells++] = (struct cell){
            c, (uint32_t)at, (uint32_t)(len - s.len), (uint32_t)out->words - 1};
    }
    return MH_OK;
}

static enum mh_code
read_needle(const char *text, struct mh_arena *arena, struct mh_err *err,
    struct needle *out)
{
    struct mh_span s = mh_span_str(text);
    uint32_t c;

    *out =
        (struct needle){.c = mh_arena_array(arena, s.len + 1, sizeof(*out->c))};
    if (out->c == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "redact: no memory");
    while (mh_utf8_next(&s, &c)) {
        c = pt_fold_one(c);
        if (c != ' ' && c != 0)
            out->c[out->count++] = c;
    }
    return MH_OK;
}

bool
pt_redact_says(const char *needle)
{
    struct mh_span s = mh_span_str(needle);
    size_t letters = 0;
    uint32_t c;

    while (mh_utf8_next(&s, &c)) {
        c = pt_fold_one(c);
        letters += c != ' ' && c != 0;
    }
    return letters >= 2 && s.len == 0;
}

/* ---- one needle at one place ---- */

/* The cell behind the word that a cell is in. */
static size_t
word_end(const struct lettered *t, size_t cell)
{
    const struct word *w = &t->word[t->cell[cell].word];

    return (size_t)w->first + w->count;
}

static bool
is_vowel(uint32_t c)
{
    static const uint32_t ends[] = {0x430, 0x435, 0x438, 0x43e, 0x443, 0x44b,
        0x44c, 0x44e, 0x44f}; /* а е и о у ы ь ю я; й is и */

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (ends[i] == c)
            return true;
    return false;
}

/* Whether what follows in the word makes it a form of a needle. */
static bool
tail_fits(const struct lettered *t, size_t behind, size_t letters)
{
    size_t tail = word_end(t, behind - 1) - behind;

    return tail == 0 || (letters >= LETTERS_FREE && tail <= TAIL_MAX) ||
           is_ending(&t->cell[behind], tail);
}

/* The last letter as it is before an ending. */
static bool
softened(uint32_t needle, uint32_t c)
{
    return (needle == 'k' && c == 'y') || (needle == 'q' && c == 'g');
}

/* Cells that a name or a phrase takes from a cell on, which begins a word,
   without the ending; 0: it is not there. */
static size_t
take_words(
    const struct lettered *t, size_t cell, const struct needle *n, bool cross)
{
    size_t i = 0, left = t->cells - cell;

    while (i < n->count && i < left && t->cell[cell + i].c == n->c[i])
        i++;
    if (i + 1 == n->count && i > 0 && n->count >= LETTERS_STEM &&
        is_vowel(n->c[i])) {
        /* The stem of a Russian name; with its own ending it is whole. */
        if (!cross && t->cell[cell + i - 1].word != t->cell[cell].word)
            return 0;
        return tail_fits(t, cell + i, i) ? i : 0;
    }
    if (i + 1 == n->count && i > 0 && i < left &&
        softened(n->c[i], t->cell[cell + i].c) &&
        cell + i + 1 < word_end(t, cell + i))
        i++;
    if (i < n->count ||
        (!cross && t->cell[cell + i - 1].word != t->cell[cell].word))
        return 0;
    return tail_fits(t, cell + i, n->count) ? i : 0;
}

static size_t
take_code(const struct lettered *t, size_t cell, const struct needle *n)
{
    if (n->count > t->cells - cell)
        return 0;
    for (size_t i = 0; i < n->count; i++)
        if (t->cell[cell + i].c != n->c[i])
            return 0;
    return n->count;
}

static size_t
take(const struct search *s, size_t cut, size_t cell)
{
    const struct needle *n = &s->needle[cut];
    enum pt_cut_kind kind = s->cuts->item[cut].kind;

    if (n->count < 2 || cell >= s->t.cells)
        return 0;
    if (kind == PT_CUT_CODE)
        return take_code(&s->t, cell, n);
    return take_words(
        &s->t, cell, n, kind == PT_CUT_PHRASE || n->count >= LETTERS_CROSS);
}

/* ---- a person's words side by side ---- */

struct run {
    size_t first, behind; /* cells, with the ending of the last */
    size_t tail;          /* the cell where that begins */
    unsigned names;       /* words of the person in it */
    bool initials, kept;  /* kept: all that stands in it is */
    const struct pt_cut *cut;
};

static bool
is_word(const struct lettered *t, size_t word, const char *form)
{
    const struct word *w = &t->word[word];
    size_t i = 0;

    for (; i < w->count && form[i] != '\0'; i++)
        if (t->cell[w->first + i].c != (uint32_t)(uint8_t)form[i])
            return false;
    return i > 0 && (form[i] == '\0') &&
           (i == w->count || is_ending(&t->cell[w->first + i], w->count - i));
}

/* "oğlu" and "qızı", as they are spelled. */
static bool
is_child(const struct lettered *t, size_t word)
{
    static const char *const forms[] = {
        "oglu", "qizi", "ogly", "oglı", "kizi", "gizi", "gyzy", "kyzy", "qyzy"};

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (is_word(t, word, forms[i]))
            return true;
    return false;
}

/* Whether nothing but a few blanks, points and dashes is between two cells. */
static bool
is_near(const struct lettered *t, size_t a, size_t b)
{
    size_t at = t->cell[a].end, to = t->cell[b].at;

    if (to - at > GAP_MAX)
        return false;
    for (; at < to; at++)
        if (strchr(" .-\n", t->bytes[at]) == NULL)
            return false;
    return true;
}

/* An initial of one of the person's words. */
static bool
is_initial(const struct search *s, size_t word, unsigned who)
{
    const struct word *w = &s->t.word[word];
    const struct cell *c = &s->t.cell[w->first];

    if (w->count != 1 || who == 0)
        return false;
    for (size_t i = 0; i < s->cuts->count; i++)
        if (s->cuts->item[i].who == who &&
            s->cuts->item[i].kind == PT_CUT_NAME && s->needle[i].count > 0 &&
            s->needle[i].c[0] == c->c)
            return s->t.bytes[c->end] == '.';
    return false;
}

/* The longest word of a person at a word. */
static size_t
take_name(const struct search *s, size_t word, unsigned who, size_t *cut)
{
    size_t best = 0;

    for (size_t i = 0; i < s->cuts->count; i++) {
        size_t n;

        if (s->cuts->item[i].kind != PT_CUT_NAME || s->cuts->item[i].who != who)
            continue;
        n = take(s, i, s->t.word[word].first);
        if (n > best) {
            best = n;
            *cut = i;
        }
    }
    return best;
}

/* Words of a person from one on; names 0: there are none. */
static struct run
run_from(const struct search *s, size_t word, unsigned who)
{
    const struct lettered *t = &s->t;
    struct run r = {.first = t->word[word].first, .kept = true};
    size_t at = word, last = word;

    while (at < t->words) {
        size_t cell = t->word[at].first, cut = 0, n;

        if (at > word &&
            !is_near(t, word_end(t, t->word[last].first) - 1, cell))
            break;
        n = take_name(s, at, who, &cut);
        if (n > 0) {
            r.names++;
            r.kept = r.kept && s->cuts->item[cut].kept;
            if (r.cut == NULL)
                r.cut = &s->cuts->item[cut];
            r.tail = cell + n;
            last = t->cell[cell + n - 1].word;
            r.behind = word_end(t, t->word[last].first);
        } else if (is_initial(s, at, who)) {
            r.initials = true;
            last = at;
            if (r.names > 0)
                r.tail = r.behind = cell + 1;
        } else if (r.names > 0 && is_child(t, at)) {
            last = at;
            r.tail = r.behind = word_end(t, cell);
        } else {
            break;
        }
        at = last + 1;
    }
    return r;
}

/* ---- all of them ---- */

/* Back over the code of a country: "+994 50 ..." */
static size_t
before_number(const struct lettered *t, size_t cell)
{
    size_t word = t->cell[cell].word;

    for (unsigned i = 0; i < 3 && word > 0; i++) {
        const struct word *w = &t->word[word - 1];
        size_t at = t->cell[w->first + w->count - 1].end;
        size_t to = t->cell[t->word[word].first].at;

        if (w->count > 5 || to - at > GAP_MAX)
            break;
        for (; at < to; at++)
            if (strchr(" -()", t->bytes[at]) == NULL)
                return t->word[word].first;
        for (size_t k = 0; k < w->count; k++)
            if (t->cell[w->first + k].c < '0' || t->cell[w->first + k].c > '9')
                return t->word[word].first;
        word--;
    }
    return t->word[word].first;
}

static bool
is_number(const struct needle *n)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->c[i] < '0' || n->c[i] > '9')
            return false;
    return true;
}

/* Whether a run is replaced: what is kept stands alone in it. */
static bool
counts(const struct run *r)
{
    return r->names > 1 || (r->names == 1 && (r->initials || !r->kept));
}

/* What one replacement that is no person's takes from a cell on; names 0: it
   is not there. */
static struct run
take_alone(const struct search *s, size_t cut, size_t cell)
{
    const struct lettered *t = &s->t;
    const struct pt_cut *c = &s->cuts->item[cut];
    struct run r = {.cut = c, .first = t->word[t->cell[cell].word].first};
    size_t n;

    if (c->kept || (c->kind != PT_CUT_CODE && r.first != cell))
        return r;
    n = take(s, cut, cell);
    if (n == 0)
        return r;
    r.names = 1;
    r.tail = cell + n;
    r.behind = word_end(t, cell + n - 1);
    if (c->kind == PT_CUT_CODE) {
        r.tail = r.behind;
        if (is_number(&s->needle[cut]))
            r.first = before_number(t, cell);
    }
    return r;
}

/* The longest thing that begins at a cell. */
static struct run
best_at(const struct search *s, size_t cell)
{
    size_t word = s->t.cell[cell].word;
    bool begins = s->t.word[word].first == cell;
    struct run best = {.names = 0};
    unsigned seen = 0; /* whose words were looked at last */

    for (size_t i = 0; i < s->cuts->count; i++) {
        const struct pt_cut *c = &s->cuts->item[i];
        bool name = c->kind == PT_CUT_NAME && c->who > 0;
        struct run r;

        if (name && (!begins || c->who == seen))
            continue;
        r = name ? run_from(s, word, c->who) : take_alone(s, i, cell);
        if (name)
            seen = c->who;
        if ((name ? counts(&r) : r.names > 0) &&
            (best.names == 0 || r.behind > best.behind))
            best = r;
    }
    return best;
}

static enum mh_code
add_mark(struct search *s, const struct run *r, struct mh_err *err)
{
    const struct lettered *t = &s->t;
    size_t at = t->cell[r->first].at, end = t->cell[r->behind - 1].end;
    size_t from = 0; /* no mark before it goes on behind this */
    struct pt_mark *m;

    if (s->out->count == PT_MARKS_MAX)
        return mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
            "redact: more than %d places", PT_MARKS_MAX);
    /* A point of an initial goes with it. */
    if (t->bytes[end] == '.' && r->behind - r->tail == 0 &&
        t->word[t->cell[r->behind - 1].word].count == 1)
        end++;
    /* What a code reaches back over may be another's already. */
    if (s->out->count > 0) {
        const struct pt_mark *last = &s->out->item[s->out->count - 1];

        from = last->at + last->len;
    }
    if (at < from)
        at = from;
    /* The plus and the bracket of a telephone's number. */
    if (at > from && t->bytes[at - 1] == '(' &&
        memchr(t->bytes + at, ')', end - at) != NULL)
        at--;
    if (at > from && t->bytes[at - 1] == '+')
        at--;
    m = &s->out->item[s->out->count++];
    *m = (struct pt_mark){.at = at, .len = end - at, .cut = r->cut};
    if (r->behind > r->tail &&
        is_ending(&t->cell[r->tail], r->behind - r->tail)) {
        size_t tail = t->cell[r->tail].at;

        m->ending =
            (struct mh_span){(const uint8_t *)t->bytes + tail, end - tail};
    }
    return MH_OK;
}

enum mh_code
pt_redact_find(const struct pt_cuts *cuts, const char *text,
    struct mh_arena *arena, struct mh_err *err, struct pt_marks *out)
{
    struct search s = {.cuts = cuts,
        .out = out,
        .arena = arena,
        .needle = mh_arena_array(arena, cuts->count + 1, sizeof(*s.needle))};
    enum mh_code code = read_text(text, arena, err, &s.t);

    *out = (struct pt_marks){
        .item = mh_arena_array(arena, PT_MARKS_MAX, sizeof(*out->item))};
    if (out->item == NULL || s.needle == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "redact: no memory");
    for (size_t i = 0; i < cuts->count && code == MH_OK; i++)
        code = read_needle(cuts->item[i].needle, arena, err, &s.needle[i]);
    for (size_t cell = 0; cell < s.t.cells && code == MH_OK;) {
        struct run r = best_at(&s, cell);

        if (r.names == 0) {
            cell++;
        } else {
            code = add_mark(&s, &r, err);
            cell = r.behind;
        }
    }
    return code;
}

void
pt_redact_put(const struct pt_mark *mark, struct mh_buf *out)
{
    mh_buf_str(out, mark->cut->by);
    if (mark->ending.len > 0) {
        mh_buf_byte(out, '-');
        mh_buf_span(out, mark->ending);
    }
}

enum mh_code
pt_redact_apply(const struct pt_cuts *cuts, const char *text,
    struct mh_arena *arena, struct mh_err *err, struct mh_buf *out)
{
    struct pt_marks marks;
    size_t at = 0;
    enum mh_code code = pt_redact_find(cuts, text, arena, err, &marks);

    for (size_t i = 0; i < marks.count && code == MH_OK; i++) {
        mh_buf_add(out, text + at, marks.item[i].at - at);
        pt_redact_put(&marks.item[i], out);
        at = marks.item[i].at + marks.item[i].len;
    }
    if (code != MH_OK)
        return code;
    mh_buf_str(out, text + at);
    mh_buf_byte(out, '\0');
    return mh_buf_ok(out) ? MH_OK
                          : mh_fail(err, MH_ELIMIT, MH_NO_OFFSET,
                                "redact: the text grew too long");
}
