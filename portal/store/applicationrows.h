/* A change of an application inside the writer's transaction, for the store's
   own files (applications.h). */
#ifndef PORTAL_STORE_APPLICATIONROWS_H
#define PORTAL_STORE_APPLICATIONROWS_H

#include "portal/store/applications.h"
#include "portal/store/rows.h"

struct pt_application_change {
    const struct pt_application_by *by;
    unsigned from;    /* bits of the states it may be in: 1 << state */
    bool clerk;       /* by a clerk of its court, else by its owner */
    bool any;         /* whatever its version is */
    const char *kind; /* of the event that its owner is told; NULL: none */
    const char *data; /* of that event, or NULL */
    /* What is changed beside; may say FULL or NONE in *done. */
    enum mh_code (*run)(struct pt_store *s, void *ctx, struct mh_err *err,
        enum pt_application_done *done);
    void *ctx;
    enum pt_application_done done;
};

/* A new draft of by->account inside a write of its own. */
struct pt_application_begin {
    const struct pt_application_by *by;
    bool copy; /* of a returned one, by->id */
    /* What is written of it in place of an empty one; NULL: nothing. */
    enum mh_code (*fill)(struct pt_store *s, const char *id, const void *ctx,
        int64_t now, struct mh_err *err);
    const void *ctx;
    char *id; /* 27 bytes: of the draft */
    enum pt_application_done done;
};
enum mh_code pt_application_begin(struct pt_store *store,
    struct pt_application_begin *b, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;

/* The form, the row, the change, a version more, the record, the event. */
enum mh_code pt_application_change(
    struct pt_store *s, void *change, struct mh_err *err) MH_MUST_USE;
/* The same as a write of its own. */
enum mh_code pt_application_write(struct pt_store *s,
    struct pt_application_change *change, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* Whether it may be changed: its row alone is looked at. */
enum mh_code pt_application_look(struct pt_store *s,
    const struct pt_application_change *change, struct mh_err *err,
    enum pt_application_done *done) MH_MUST_USE;
/* A version more, the record, and what its owner is told. */
enum mh_code pt_application_note(struct pt_store *s,
    const struct pt_application_change *change, struct mh_err *err) MH_MUST_USE;

#endif
