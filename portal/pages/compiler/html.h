/*
 * Where in HTML a template stands, byte by byte, and what it may not write
 * there (tmpl.h).  It knows as much of HTML as its rules need.
 */
#ifndef PORTAL_PAGES_COMPILER_HTML_H
#define PORTAL_PAGES_COMPILER_HTML_H

#include <stdbool.h>
#include <stddef.h>

enum pt_html_state {
    PT_HTML_TEXT,
    PT_HTML_NAME,    /* of a tag */
    PT_HTML_TAG,     /* inside a tag, between attributes */
    PT_HTML_ATTR,    /* an attribute's name */
    PT_HTML_EQUALS,  /* behind its = */
    PT_HTML_VALUE,   /* in its quotes */
    PT_HTML_COMMENT, /* and a declaration */
};

struct pt_html {
    enum pt_html_state state;
    char tag[24], attr[32]; /* lower case; cut where they are longer */
    bool closing;           /* </tag */
    bool script;            /* between <script> and </script> */
    size_t dashes;          /* of a comment's end so far */
    bool declaration;
    bool glued; /* an attribute's name ended with a block: no more of it */
};

/* Takes one byte.  NULL, or the rule that is broken. */
const char *pt_html_byte(struct pt_html *h, char c);

/* Whether a value may stand here: NULL, or why not.  url: it is encoded. */
const char *pt_html_value(const struct pt_html *h, bool url);

/* A block begins or ends here: NULL, or the rule that is broken. */
const char *pt_html_pause(struct pt_html *h);

/* Whether a block may begin or end here. */
bool pt_html_calm(const struct pt_html *h);
bool pt_html_same(const struct pt_html *a, const struct pt_html *b);

#endif
