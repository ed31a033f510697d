#include "portal/pages/compiler/parse.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MAX = 1 << 20, /* bytes of one source file */
    NAME_MAX_LEN = 64,
};

char *
pt_read_file(const char *path, struct mh_arena *arena)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *text = NULL;
    ssize_t n = -1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size <= FILE_MAX)
        text = mh_arena_alloc(arena, (size_t)st.st_size + 1);
    if (text != NULL)
        n = read(fd, text, (size_t)st.st_size);
    (void)close(fd); /* it was only read */
    return text != NULL && n == st.st_size && strlen(text) == (size_t)n ? text
                                                                        : NULL;
}

static bool
wrong(struct pt_parse *p, const char *rule)
{
    if (p->error[0] == '\0')
        (void)snprintf(p->error, sizeof(p->error), "%s:%u: %s", p->file,
            p->line, rule); /* cut is fine */
    return false;
}

static struct pt_step *
add(struct pt_parse *p, enum pt_step_kind kind, struct mh_span text)
{
    struct pt_step *s;

    if (p->steps == p->room) {
        size_t room = p->room == 0 ? 64 : 2 * p->room;
        struct pt_step *more = mh_arena_array(p->arena, room, sizeof(*more));

        if (more == NULL) {
            (void)wrong(p, "no memory"); /* it only notes */
            return NULL;
        }
        if (p->steps > 0)
            memcpy(more, p->step, p->steps * sizeof(*more));
        p->step = more;
        p->room = room;
    }
    s = &p->step[p->steps++];
    *s = (struct pt_step){.kind = kind, .text = text};
    return s;
}

/* Bytes of the page, checked one by one. */
static bool
literal(struct pt_parse *p, const char *from, const char *to)
{
    for (const char *c = from; c < to; c++) {
        const char *bad = pt_html_byte(&p->html, *c);

        if (bad != NULL)
            return wrong(p, bad);
        p->line += *c == '\n';
    }
    if (to > from)
        return add(p, PT_STEP_BYTES,
                   (struct mh_span){
                       (const uint8_t *)from, (size_t)(to - from)}) != NULL;
    return true;
}

static bool
is_name(struct mh_span s)
{
    if (s.len == 0 || s.len > NAME_MAX_LEN)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                (c == '.' && i > 0 && i + 1 < s.len)))
            return false;
    }
    return true;
}

static struct mh_span
trim(struct mh_span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\n')) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\n'))
        s.len--;
    return s;
}

static bool
value(struct pt_parse *p, struct mh_span name)
{
    static const char filter[] = "|url";
    size_t n = sizeof(filter) - 1;
    bool url = name.len > n && memcmp(name.ptr + name.len - n, filter, n) == 0;
    const char *bad = pt_html_value(&p->html, url);

    if (bad != NULL)
        return wrong(p, bad);
    if (url)
        name.len -= n;
    if (!is_name(name))
        return wrong(p, "not a name");
    return add(p, url ? PT_STEP_URL : PT_STEP_VALUE, name) != NULL;
}

/* _ "Text" name name */
static bool
text(struct pt_parse *p, struct mh_span in)
{
    const uint8_t *end;
    struct pt_step *s;
    const char *bad = pt_html_value(&p->html, false);
    char *id;

    in = trim(in);
    if (bad != NULL)
        return wrong(p, bad);
    if (in.len < 2 || in.ptr[0] != '"')
        return wrong(p, "a text is quoted");
    end = memchr(in.ptr + 1, '"', in.len - 1);
    if (end == NULL)
        return wrong(p, "a text is quoted");
    id = mh_arena_str(
        p->arena, (struct mh_span){in.ptr + 1, (size_t)(end - in.ptr) - 1});
    s = add(p, PT_STEP_TEXT, mh_span_str(id == NULL ? "" : id));
    if (s == NULL)
        return false;
    in = trim((struct mh_span){end + 1, in.len - (size_t)(end + 1 - in.ptr)});
    for (size_t i = 0; in.len > 0; i++) {
        const uint8_t *space = memchr(in.ptr, ' ', in.len);
        struct mh_span name = {
            in.ptr, space == NULL ? in.len : (size_t)(space - in.ptr)};

        if (i == PT_TMPL_ARGS_MAX || !is_name(name))
            return wrong(p, "not a name, or too many, behind a text");
        s->arg[i] = mh_arena_str(p->arena, name);
        in = trim((struct mh_span){name.ptr + name.len, in.len - name.len});
    }
    return true;
}

static bool
open_block(struct pt_parse *p, enum pt_step_kind kind, struct mh_span name)
{
    if (!is_name(trim(name)))
        return wrong(p, "not a name");
    if (!pt_html_calm(&p->html))
        return wrong(p, "no block here");
    if (p->blocks == PT_TMPL_DEPTH_MAX)
        return wrong(p, "too many blocks in one another");
    if (add(p, kind, trim(name)) == NULL)
        return false;
    p->block[p->blocks++] =
        (struct pt_block){kind, p->steps - 1, 0, p->html, false};
    return true;
}

/* A branch leaves HTML where it found it. */
static bool
ends_well(struct pt_parse *p, struct pt_block *b)
{
    const char *bad = pt_html_pause(&p->html);

    if (bad != NULL)
        return wrong(p, bad);
    if (!pt_html_same(&b->html, &p->html))
        return wrong(p, "a block ends where it began: inside the same tag");
    b->glued = b->glued || p->html.glued;
    return true;
}

static bool
turn_block(struct pt_parse *p)
{
    struct pt_block *b;

    if (p->blocks == 0 || p->block[p->blocks - 1].jump != 0 ||
        p->block[p->blocks - 1].kind == PT_STEP_EACH)
        return wrong(p, "an else without an if");
    b = &p->block[p->blocks - 1];
    if (!ends_well(p, b))
        return false;
    p->html = b->html;
    if (add(p, PT_STEP_GOTO, (struct mh_span){0}) == NULL)
        return false;
    b->jump = p->steps - 1;
    p->step[b->at].jump = (uint32_t)p->steps;
    return true;
}

static bool
close_block(struct pt_parse *p, enum pt_step_kind kind)
{
    struct pt_block *b;

    if (p->blocks == 0 || p->block[p->blocks - 1].kind != kind)
        return wrong(p, "the end of a block that is not open");
    b = &p->block[--p->blocks];
    if (!ends_well(p, b))
        return false;
    p->html.glued = p->html.glued || b->glued;
    if (kind == PT_STEP_EACH) {
        struct pt_step *next = add(p, PT_STEP_NEXT, (struct mh_span){0});

        if (next == NULL)
            return false;
        next->jump = (uint32_t)b->at + 1;
    }
    p->step[b->jump != 0 ? b->jump : b->at].jump = (uint32_t)p->steps;
    return true;
}

static bool
partial(struct pt_parse *p, struct mh_span name)
{
    const char *file = p->file;
    unsigned line = p->line;
    size_t blocks = p->blocks;
    char *word;

    name = trim(name);
    if (!is_name(name) || p->depth == PT_PARTIALS_MAX)
        return wrong(p, "not a partial, or too deep");
    word = mh_arena_str(p->arena, name);
    p->depth++;
    if (word == NULL || !pt_parse_template(p, word))
        return false;
    p->depth--;
    p->file = file;
    p->line = line;
    return p->blocks == blocks || wrong(p, "a partial leaves a block open");
}

static bool
starts(struct mh_span *s, const char *word)
{
    size_t n = strlen(word);

    if (s->len < n || memcmp(s->ptr, word, n) != 0)
        return false;
    s->ptr += n;
    s->len -= n;
    return true;
}

/* What stands between {{ and }}. */
static bool
action(struct pt_parse *p, struct mh_span in)
{
    if (starts(&in, "#if "))
        return open_block(p, PT_STEP_IF, in);
    if (starts(&in, "#unless "))
        return open_block(p, PT_STEP_UNLESS, in);
    if (starts(&in, "#each "))
        return open_block(p, PT_STEP_EACH, in);
    if (mh_span_is(in, "else"))
        return turn_block(p);
    if (mh_span_is(in, "/if"))
        return close_block(p, PT_STEP_IF);
    if (mh_span_is(in, "/unless"))
        return close_block(p, PT_STEP_UNLESS);
    if (mh_span_is(in, "/each"))
        return close_block(p, PT_STEP_EACH);
    if (starts(&in, ">"))
        return partial(p, in);
    if (starts(&in, "_ "))
        return text(p, in);
    return value(p, in);
}

static bool
parse(struct pt_parse *p, const char *source)
{
    for (;;) {
        const char *open = strstr(source, "{{");
        const char *end = open == NULL ? source + strlen(source) : open;
        struct mh_span inner;

        if (!literal(p, source, end))
            return false;
        if (open == NULL)
            return true;
        end = strstr(open, "}}");
        if (end == NULL || open[2] == '{')
            return wrong(p, "{{ without its }}");
        inner = (struct mh_span){
            (const uint8_t *)open + 2, (size_t)(end - open) - 2};
        if (!action(p, inner))
            return false;
        source = end + 2;
    }
}

bool
pt_parse_template(struct pt_parse *p, const char *name)
{
    char path[512];
    char *source;
    bool whole = p->depth == 0;

    (void)snprintf(path, sizeof(path), "%s/%s.html", p->dir, name);
    p->file = mh_arena_str(p->arena, mh_span_str(path));
    p->line = 1;
    source = pt_read_file(path, p->arena);
    if (p->file == NULL || source == NULL) {
        p->file = name;
        return wrong(p, "this template cannot be read");
    }
    if (!parse(p, source))
        return false;
    if (whole && p->blocks > 0)
        return wrong(p, "a block is not closed");
    if (whole && (p->html.state != PT_HTML_TEXT || p->html.script))
        return wrong(p, "a tag is not closed");
    return true;
}
