/*
 * The comparison of two neighbouring revisions of a PDF, shared by the rule
 * families of formats.md 9.  Internal to signer/verify.
 *
 * How it works.  The changed objects are those that the sections of the newer
 * revision name and whose content differs.  The rules walk both views side by
 * side, from the trailer down, over the structures that may change.  Where a
 * rule explains a changed object it marks every reference that led to it as
 * allowed: the place of the reference itself, not merely its target.  At the
 * end a walk over the whole newer view looks at every reference to a changed
 * object; one that no rule has marked makes the change unexplained.
 *
 * An unchanged dictionary between a rule's starting point and a changed object
 * (the /AP of a field, say) is watched like a changed one: else it could be a
 * page's resources by another path.
 */
#ifndef SIGNER_VERIFY_PDFDIFF_H
#define SIGNER_VERIFY_PDFDIFF_H

#include "base/wire/report.h"
#include "docformat/docformat.h"

enum sg_pdf_view {
    SG_OLD,
    SG_NEW,
    SG_VIEWS,
};

enum sg_pdf_role {
    SG_ROLE_NONE,    /* no rule has explained it */
    SG_ROLE_PICTURE, /* watched: an appearance that a field had and gave up; it
                        may be that of other fields, and nothing else */
    SG_ROLE_EXACT,   /* explained; each reference must be marked */
    SG_ROLE_FIELD,   /* a field or widget of which only keys of fields changed,
                        or a watched annotation: references may also come from
                        where the standard has references to annotations and
                        fields; in no other role do those keys mean a thing */
    SG_ROLE_ANNOT,   /* an annotation of which anything changed: each reference
                        must be marked */
    SG_ROLE_PAGE, /* a page of which only /Annots changed: references may come
                     from anywhere, the change shows in no other role */
};

struct sg_pdf_item {
    uint32_t num;
    enum sg_pdf_role role;
    bool fresh;   /* there was no such object */
    bool gone;    /* there is no such object any more */
    bool watched; /* unchanged, but on the way to a changed one */
    bool queued;  /* its references were taken, or will be */
    uint32_t gen; /* in the newer view */
    const struct df_pdf_obj *old, *new; /* old may be NULL, new if gone */
};

/* One thing that was changed. */
struct sg_pdf_change {
    struct sg_pdf_change *next;
    enum mh_finding_code code;
    enum mh_modifications level;
    const char *what;     /* clean text in the arena */
    struct mh_span field; /* full name of the field it is about, or empty */
    bool existing;        /* that field was there before */
    bool form;            /* it is about every field of the form */
    bool drawn;           /* a signature that shows something on a page where
                             no field was seen before */
};

/* What the comparisons of one file share. */
struct sg_pdf_scratch {
    size_t visits;  /* objects and members looked at so far */
    uint8_t *seen;  /* of a walk: a bit for each object number */
    uint32_t bound; /* numbers below it have a bit */
    uint32_t *todo; /* of a walk: objects to enter */
    size_t cap;
    bool form_may_come; /* with the first signature; behind one it is there */
};

struct sg_pdf_diff {
    struct df_pdf *pdf;
    struct mh_arena *arena;
    struct mh_err *err;
    size_t rev[SG_VIEWS];
    struct sg_pdf_item **item; /* a hash table by number */
    size_t slots, items;
    const struct df_pdf_obj **mark; /* a hash table of references */
    size_t mark_slots, marks;
    struct sg_pdf_item **queue; /* fresh objects whose references are to take */
    size_t queued, queue_cap;
    struct sg_pdf_scratch *shared;
    size_t page;  /* the page being compared, from 1; 0 outside of pages */
    bool deleted; /* an object in use was freed */
    enum mh_modifications level;
    struct sg_pdf_change *first, *last;
    size_t changes;
};

/* The whole comparison of rev - 1 and rev. */
enum mh_code sg_pdf_diff_run(struct sg_pdf_diff *d) MH_MUST_USE;

/* Finds the changed objects. */
enum mh_code sg_pdf_collect(struct sg_pdf_diff *d) MH_MUST_USE;

/* Follows references in one view. */
enum mh_code sg_pdf_see(struct sg_pdf_diff *d, enum sg_pdf_view view,
    const struct df_pdf_obj *obj, const struct df_pdf_obj **out) MH_MUST_USE;
/* The value of a key, followed; dict may be NULL. */
enum mh_code sg_pdf_see_key(struct sg_pdf_diff *d, enum sg_pdf_view view,
    const struct df_pdf_obj *dict, const char *key,
    const struct df_pdf_obj **out) MH_MUST_USE;
/* Counts one step of work; MH_ELIMIT past MH_PDF_CHANGE_VISITS. */
enum mh_code sg_pdf_visit(struct sg_pdf_diff *d) MH_MUST_USE;

/* Forgets which objects were met. */
void sg_pdf_forget(struct sg_pdf_diff *d);
/* Meets an object; *again: it was met before. */
enum mh_code sg_pdf_once(
    struct sg_pdf_diff *d, uint32_t num, bool *again) MH_MUST_USE;

/* The changed or watched object that a reference names, NULL for others. */
struct sg_pdf_item *sg_pdf_item_of(
    const struct sg_pdf_diff *d, const struct df_pdf_obj *ref);
struct sg_pdf_item *sg_pdf_item_num(const struct sg_pdf_diff *d, uint32_t num);
/* Is obj a reference to an object that changed (not merely watched)? */
bool sg_pdf_changed(const struct sg_pdf_diff *d, const struct df_pdf_obj *obj);

/*
 * Marks a reference as explained; its target gets the role if it has none.
 * Does nothing where obj is no reference to a changed or watched object.
 */
enum mh_code sg_pdf_allow(struct sg_pdf_diff *d, const struct df_pdf_obj *ref,
    enum sg_pdf_role role) MH_MUST_USE;
bool sg_pdf_allowed(const struct sg_pdf_diff *d, const struct df_pdf_obj *ref);
/* Watches the unchanged target of a reference, and marks the reference. */
enum mh_code sg_pdf_watch(struct sg_pdf_diff *d, const struct df_pdf_obj *ref,
    enum sg_pdf_role role) MH_MUST_USE;
/*
 * Marks the references inside obj to objects that were not there before, and
 * those inside of these, and so on.  Objects that were there before, and were
 * overwritten, are left to the rule that expects them.
 */
enum mh_code sg_pdf_allow_new(
    struct sg_pdf_diff *d, const struct df_pdf_obj *obj) MH_MUST_USE;

/* Records a change; text after the revision and page: "object 12". */
void sg_pdf_change(struct sg_pdf_diff *d, enum mh_finding_code code,
    enum mh_modifications level, const char *text);
/* The same of what concerns every field of the form. */
void sg_pdf_change_all(struct sg_pdf_diff *d, enum mh_finding_code code,
    enum mh_modifications level, const char *text);
/* The same of a signature that is seen where none was. */
void sg_pdf_change_drawn(
    struct sg_pdf_diff *d, struct mh_span name, bool existing);
/* The same of a form field. */
void sg_pdf_change_field(struct sg_pdf_diff *d, enum mh_finding_code code,
    enum mh_modifications level, struct mh_span name, bool existing);

/* The values of one key are equal, nothing followed. */
bool sg_pdf_same_key(
    const struct df_pdf_obj *a, const struct df_pdf_obj *b, struct mh_span key);
/*
 * Are the dictionaries equal but for the keys of the list (ends with NULL)?
 * The first other key goes to *key.
 */
bool sg_pdf_same_but(const struct df_pdf_obj *a, const struct df_pdf_obj *b,
    const char *const *but, struct mh_span *key);
bool sg_pdf_key_in(struct mh_span key, const char *const *list);

/*
 * The appearance (12.5.5) that node, the value of /AP, leads to.  *touched:
 * something of it changed.
 */
enum mh_code sg_pdf_appearance(struct sg_pdf_diff *d,
    const struct df_pdf_obj *node, bool *touched) MH_MUST_USE;

/*
 * The appearance that a field gives up, where before and after are its
 * dictionaries: from now on it is watched.
 */
enum mh_code sg_pdf_given_up(struct sg_pdf_diff *d,
    const struct df_pdf_obj *before,
    const struct df_pdf_obj *after) MH_MUST_USE;
/* A widget with these keys shows something: a rectangle, and not hidden. */
bool sg_pdf_is_drawn(const struct df_pdf_obj *dict);
/* Does a widget lie over a quarter of its page, or more? */
enum mh_code sg_pdf_covers_page(struct sg_pdf_diff *d,
    const struct df_pdf_obj *dict, bool *out) MH_MUST_USE;

/* The rule families.  Each takes the two dictionaries, followed. */
enum mh_code sg_pdf_diff_form(struct sg_pdf_diff *d,
    const struct df_pdf_obj *old, const struct df_pdf_obj *new) MH_MUST_USE;
enum mh_code sg_pdf_diff_pages(struct sg_pdf_diff *d,
    const struct df_pdf_obj *root) MH_MUST_USE; /* of the newer catalog */
enum mh_code sg_pdf_diff_dss(struct sg_pdf_diff *d,
    const struct df_pdf_obj *old, const struct df_pdf_obj *new) MH_MUST_USE;
/* The last walk: references to changed objects that nothing explains. */
enum mh_code sg_pdf_diff_walk(struct sg_pdf_diff *d) MH_MUST_USE;

#endif
