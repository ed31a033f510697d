/* Templates into steps (tmpl.h). */
#ifndef PORTAL_PAGES_COMPILER_PARSE_H
#define PORTAL_PAGES_COMPILER_PARSE_H

#include "base/arena.h"
#include "portal/pages/compiler/html.h"
#include "portal/pages/tmpl.h"

enum {
    PT_PARTIALS_MAX = 8, /* partials inside partials */
};

struct pt_block {
    enum pt_step_kind kind;
    size_t at, jump; /* its step; a GOTO of its {{else}}, or 0 */
    struct pt_html html;
    bool glued; /* of a branch so far */
};

struct pt_parse {
    struct mh_arena *arena;
    const char *dir;  /* of the templates */
    const char *file; /* the one under way, for errors */
    unsigned line;
    struct pt_step *step;
    size_t steps, room;
    struct pt_block block[PT_TMPL_DEPTH_MAX];
    size_t blocks;
    struct pt_html html;
    unsigned depth;  /* of partials */
    char error[256]; /* "FILE:LINE: RULE" once something is wrong */
};

/* Reads dir/NAME.html; false: p->error says what is wrong. */
bool pt_parse_template(struct pt_parse *p, const char *name);

/* A whole file in the arena with a NUL behind it; NULL: it cannot be read. */
char *pt_read_file(const char *path, struct mh_arena *arena);

#endif
