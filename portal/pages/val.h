/*
 * What a page shows: a tree of names and values, built by a page's code and
 * read by its template (tmpl.h).  Everything lives in one arena; texts are
 * copied.  Errors are kept in the tree: once memory is out, later calls do
 * nothing, and rendering says so.
 */
#ifndef PORTAL_PAGES_VAL_H
#define PORTAL_PAGES_VAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum pt_val_kind {
    PT_VAL_TEXT,
    PT_VAL_FLAG,
    PT_VAL_MAP,
    PT_VAL_LIST,
};

struct pt_map;

struct pt_val {
    struct mh_span name; /* a literal of the page's code; never empty */
    enum pt_val_kind kind;
    struct mh_span text;  /* UTF-8 */
    bool lines;           /* TEXT: its line ends and tabs are shown as such */
    bool flag;            /* FLAG */
    struct pt_map *first; /* MAP: it; LIST: the first of its items */
    struct pt_map *last;  /* LIST */
    struct pt_val *next;  /* in its map */
};

struct pt_map {
    struct pt_page *page;
    struct pt_val *val;
    uint64_t names;      /* a bit for each name, some of which share one */
    struct pt_map *next; /* in its list */
};

struct pt_page {
    struct mh_arena *arena;
    struct pt_map root;
    bool bad; /* memory was out */
};

/* An empty tree in arena, which is borrowed; its names go into page->root. */
void pt_page_init(struct pt_page *page, struct mh_arena *arena);

/* A name that is there gets the new value.  text NULL is "". */
void pt_set(struct pt_map *m, const char *name, const char *text);
void pt_set_span(struct pt_map *m, const char *name, struct mh_span text);
/* What a field of several lines has: it comes back as it was written. */
void pt_set_lines(struct pt_map *m, const char *name, struct mh_span text);
void pt_set_int(struct pt_map *m, const char *name, int64_t value);
void pt_set_flag(struct pt_map *m, const char *name, bool flag);
void pt_setf(struct pt_map *m, const char *name, const char *fmt, ...)
    MH_PRINTF(3, 4);
/* A map inside; never NULL (a map of a bad page takes values and forgets). */
struct pt_map *pt_set_map(struct pt_map *m, const char *name);
/* One more item of the list of that name, which begins with the first. */
struct pt_map *pt_add(struct pt_map *m, const char *name);
/* The list of that name, empty so far. */
void pt_set_list(struct pt_map *m, const char *name);

/* NULL: there is none. */
const struct pt_val *pt_get(const struct pt_map *m, struct mh_span name);

/* What {{#if}} asks: a flag that is set, a text that is not empty, a list with
   items, any map. */
bool pt_truth(const struct pt_val *v);

#endif
