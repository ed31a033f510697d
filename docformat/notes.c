#include "docformat/notes.h"

#include "base/limits.h"

enum {
    WHAT_MAX = MH_REPORT_TEXT_MAX + 4, /* bytes: seen to be too long, no more */
};

void
df_notes_init(struct df_notes *notes, struct mh_arena *arena)
{
    *notes = (struct df_notes){.arena = arena};
}

void
df_note_add(struct df_notes *notes, enum mh_finding_code code,
    enum df_class class, uint64_t offset, struct mh_span what)
{
    struct df_note *n;

    if (what.len > WHAT_MAX)
        what.len = WHAT_MAX;
    if (notes->count >= MH_REPORT_FINDINGS_MAX && class != DF_REFUSE &&
        class != DF_FAIL)
        return;
    n = mh_arena_alloc(notes->arena, sizeof(*n));
    /* What it names may be freed before the note is read: a parsed manifest. */
    what = mh_arena_copy(notes->arena, what);
    if (n == NULL || what.ptr == NULL) {
        notes->lost = true;
        return;
    }
    *n = (struct df_note){
        .code = code, .class = class, .offset = offset, .what = what};
    if (notes->last == NULL)
        notes->first = n;
    else
        notes->last->next = n;
    notes->last = n;
    notes->count++;
}
