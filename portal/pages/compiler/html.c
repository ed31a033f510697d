#include "portal/pages/compiler/html.h"

#include <string.h>

static bool
is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

static bool
is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static void
append(char *word, size_t size, char c)
{
    size_t n = strlen(word);

    if (n + 1 < size) {
        word[n] = c;
        word[n + 1] = '\0';
    }
}

static const char *
open_tag(struct pt_html *h)
{
    static const char *const refused[] = {
        "style", "iframe", "object", "embed", "base", "template"};

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (strcmp(h->tag, refused[i]) == 0)
            return "this element has no place in a page";
    return NULL;
}

/* A tag ends. */
static const char *
close_tag(struct pt_html *h)
{
    h->state = PT_HTML_TEXT;
    if (strcmp(h->tag, "script") == 0)
        h->script = !h->closing;
    return NULL;
}

static const char *
begin_attr(struct pt_html *h, char c)
{
    if (!is_name(c))
        return "attributes are lower case and their values quoted with \"";
    h->attr[0] = '\0';
    append(h->attr, sizeof(h->attr), c);
    h->state = PT_HTML_ATTR;
    return NULL;
}

static const char *
end_attr(const struct pt_html *h)
{
    if (strcmp(h->attr, "style") == 0)
        return "no style attribute";
    if (strncmp(h->attr, "on", 2) == 0)
        return "no event handler attribute";
    if (strcmp(h->attr, "srcdoc") == 0 || strcmp(h->attr, "target") == 0)
        return "not this attribute";
    return NULL;
}

static const char *
in_text(struct pt_html *h, char c)
{
    if (c == '<') {
        h->state = PT_HTML_NAME;
        h->tag[0] = '\0';
        h->closing = false;
        return NULL;
    }
    return h->script && !is_space(c) ? "no inline script" : NULL;
}

static const char *
in_name(struct pt_html *h, char c)
{
    if (h->tag[0] == '\0' && c == '/' && !h->closing) {
        h->closing = true;
    } else if (h->tag[0] == '\0' && c == '!') {
        h->state = PT_HTML_COMMENT;
        h->dashes = 0;
        h->declaration = true;
    } else if (is_name(c)) {
        append(h->tag, sizeof(h->tag), c);
    } else if (h->tag[0] == '\0') {
        return "< begins no tag; write &lt;";
    } else if (c == '>') {
        const char *bad = open_tag(h);

        return bad != NULL ? bad : close_tag(h);
    } else if (is_space(c) || c == '/') {
        h->state = PT_HTML_TAG;
        return open_tag(h);
    } else {
        return "a tag's name is lower case";
    }
    return NULL;
}

static const char *
in_tag(struct pt_html *h, char c)
{
    bool glued = h->glued;

    h->glued = false;
    if (is_space(c) || c == '/')
        return NULL;
    if (glued && c != '>')
        return "a space between a block and the next attribute";
    return c == '>' ? close_tag(h) : begin_attr(h, c);
}

static const char *
in_attr(struct pt_html *h, char c)
{
    const char *bad;

    if (is_name(c)) {
        append(h->attr, sizeof(h->attr), c);
        return NULL;
    }
    bad = end_attr(h);
    if (bad != NULL)
        return bad;
    if (c == '=') {
        h->state = PT_HTML_EQUALS;
        return NULL;
    }
    h->state = PT_HTML_TAG;
    return in_tag(h, c);
}

static const char *
in_comment(struct pt_html *h, char c)
{
    if (h->declaration && c == '-')
        h->declaration = false; /* a comment then */
    if (c == '>' && (h->declaration || h->dashes >= 2))
        h->state = PT_HTML_TEXT;
    h->dashes = c == '-' ? h->dashes + 1 : 0;
    return NULL;
}

const char *
pt_html_byte(struct pt_html *h, char c)
{
    switch (h->state) {
    case PT_HTML_TEXT:
        return in_text(h, c);
    case PT_HTML_NAME:
        return in_name(h, c);
    case PT_HTML_TAG:
        return in_tag(h, c);
    case PT_HTML_ATTR:
        return in_attr(h, c);
    case PT_HTML_EQUALS:
        if (c != '"')
            return "an attribute's value is quoted with \"";
        h->state = PT_HTML_VALUE;
        return NULL;
    case PT_HTML_VALUE:
        if (c == '"')
            h->state = PT_HTML_TAG;
        return NULL;
    case PT_HTML_COMMENT:
        return in_comment(h, c);
    }
    return NULL;
}

static bool
leads_somewhere(const char *attr)
{
    static const char *const names[] = {
        "href", "src", "action", "formaction", "poster", "cite", "srcset"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(attr, names[i]) == 0)
            return true;
    return false;
}

const char *
pt_html_value(const struct pt_html *h, bool url)
{
    if (h->script)
        return "no value inside a script";
    if (h->state == PT_HTML_VALUE)
        return leads_somewhere(h->attr) && !url
                   ? "a value in an address needs |url"
                   : NULL;
    return h->state == PT_HTML_TEXT
               ? NULL
               : "a value stands in text or in a quoted attribute";
}

const char *
pt_html_pause(struct pt_html *h)
{
    const char *bad = h->state == PT_HTML_ATTR ? end_attr(h) : NULL;

    if (bad == NULL && h->state == PT_HTML_ATTR) {
        h->state = PT_HTML_TAG;
        h->glued = true;
    }
    return bad;
}

bool
pt_html_calm(const struct pt_html *h)
{
    return !h->script && (h->state == PT_HTML_TEXT || h->state == PT_HTML_TAG ||
                             h->state == PT_HTML_VALUE);
}

bool
pt_html_same(const struct pt_html *a, const struct pt_html *b)
{
    return a->state == b->state && a->script == b->script &&
           (a->state == PT_HTML_TEXT || strcmp(a->tag, b->tag) == 0) &&
           (a->state != PT_HTML_VALUE || strcmp(a->attr, b->attr) == 0);
}
