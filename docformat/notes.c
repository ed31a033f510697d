#include "docformat/notes.h"

#include "base/limits.h"

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

    if (notes->count >= MH_REPORT_FINDINGS_MAX && class != DF_REFUSE &&
        class != DF_FAIL)
        return;
    n = mh_arena_alloc(notes->arena, sizeof(*n));
    if (n == NULL) {
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
