/*
 * Pages from templates.  A template is HTML with
 *
 *   {{name}} {{a.b}}      a value, escaped (base/report/markup.h)
 *   {{name|url}}          percent-encoded: the only form in href, src, action
 *   {{#if x}} {{else}} {{/if}}    {{#unless x}} {{/unless}}
 *   {{#each list}} {{/each}}      names are looked up in the item, then outside
 *   {{>partial}}          another template, put in its place
 *   {{_ "Text with {1}" a}}       a text of the pages, in the reader's language
 *
 * and becomes a table of steps when Möhür is built (compiler/).  There is no
 * raw output, and none of inline scripts, styles, handlers and unquoted
 * attributes.  A value that is not there shows nothing.
 */
#ifndef PORTAL_PAGES_TMPL_H
#define PORTAL_PAGES_TMPL_H

#include <stdint.h>

#include "base/buf.h"
#include "base/wire/codes.h"
#include "portal/pages/val.h"

enum {
    PT_TMPL_DEPTH_MAX = 16, /* blocks inside blocks */
    PT_TMPL_ARGS_MAX = 3,   /* values in one text */
};

enum pt_step_kind {
    PT_STEP_BYTES, /* text as it is */
    PT_STEP_VALUE, /* text: name */
    PT_STEP_URL,   /* text: name */
    PT_STEP_IF,    /* text: name; else to jump */
    PT_STEP_UNLESS,
    PT_STEP_EACH, /* text: name; without items to jump */
    PT_STEP_NEXT, /* the end of EACH: back to jump */
    PT_STEP_GOTO, /* to jump */
    PT_STEP_TEXT, /* text: message id; arg: names; jump: its place in
                     pt_messages_at and 1, 0: it is looked up */
};

struct pt_step {
    enum pt_step_kind kind;
    uint32_t jump;
    struct mh_span text;
    const char *arg[PT_TMPL_ARGS_MAX];
};

struct pt_tmpl {
    const char *name;
    const struct pt_step *step;
    size_t steps;
};

/* MH_ENOMEM: the page's memory, or more than out may hold. */
enum mh_code pt_tmpl_render(const struct pt_tmpl *tmpl,
    const struct pt_page *page, enum mh_lang lang, struct mh_err *err,
    struct mh_buf *out) MH_MUST_USE;

/* Marks a text of the pages in C; the compiler looks for it. */
#define PT_T(text) text
/* It in a language; one that no catalogue has is itself. */
const char *pt_text(enum mh_lang lang, const char *id);

/* Made by the compiler. */
struct pt_message {
    const char *id, *az, *ru;
    /* By enum mh_lang: its bytes, where they stand in a page as they are:
       nothing is escaped and no value is put in.  Else 0. */
    uint16_t plain[3];
};
extern const struct pt_message pt_messages[];
extern const size_t pt_messages_len;    /* sorted by id */
extern const uint16_t pt_messages_at[]; /* of the texts of templates */

#endif
