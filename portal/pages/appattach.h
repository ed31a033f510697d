/* Files that are attached to an application: examined, and then all or none of
   a form kept. */
#ifndef PORTAL_PAGES_APPATTACH_H
#define PORTAL_PAGES_APPATTACH_H

#include "portal/pages/wizard.h"

enum {
    PT_ATTACH_FILES = 20, /* of one form */
};

struct pt_attached {
    struct pt_application_file file[PT_ATTACH_FILES];
    struct pt_staged staged[PT_ATTACH_FILES];
    size_t count;
};

/* A field of files, and what they are. */
struct pt_attaching {
    const char *part, *kind, *title, *day;
    const char *field, *name; /* of what is wrong (pt_wizard_wrong) */
};
/*
 * Examines and stages the files of the field, which stand in the application
 * as it is read from then on.  One that is there already under its name, byte
 * for byte and of that kind, is left out.  False: something is wrong with one,
 * and none stays; or answer says.
 */
bool pt_attach_take(struct pt_wizard *w, const struct pt_attaching *from,
    struct pt_attached *out);
/* Keeps them; of none it does nothing.  False as pt_wizard_done. */
bool pt_attach_keep(struct pt_wizard *w, struct pt_attached *files,
    const char *field, const char *name);
void pt_attach_forget(struct pt_wizard *w, struct pt_attached *files);

/* The application's files as the list "files"; those of the kinds that step 5
   asks for, or the others. */
void pt_attach_list(struct pt_wizard *w, struct pt_map *m, bool of_fee);

#endif
