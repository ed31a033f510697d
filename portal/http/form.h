/*
 * application/x-www-form-urlencoded, in a query or in a body: known fields,
 * each once, strict escapes.
 */
#ifndef PORTAL_HTTP_FORM_H
#define PORTAL_HTTP_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum {
    PT_FORM_MAX = 65536,    /* bytes of a form */
    PT_FORM_FIELDS_MAX = 64 /* fields of one */
};

struct pt_form_field {
    const char *name;
    const char *value; /* UTF-8 without NUL */
};

struct pt_form {
    struct pt_form_field *field; /* in the arena */
    size_t fields;
};

/*
 * Parses all of in.  MH_EFORMAT: a bad escape, %00, bytes that are not UTF-8,
 * an empty name, a name twice; MH_ELIMIT: too long, too many.
 */
enum mh_code pt_form_parse(struct mh_span in, struct mh_arena *arena,
    struct mh_err *err, struct pt_form *out) MH_MUST_USE;

/* The value of a field, or NULL. */
const char *pt_form_get(const struct pt_form *form, const char *name);

/* Whether every field has one of these names; else *unknown is one's. */
bool pt_form_knows(const struct pt_form *form, const char *const *name,
    size_t names, const char **unknown);

/* One value with '+' and escapes decoded, in the arena; false on a bad escape,
   a NUL, and what is no UTF-8. */
bool pt_form_decode(
    struct mh_span in, struct mh_arena *arena, const char **out);

#endif
