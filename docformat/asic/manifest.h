/*
 * META-INF/manifest.xml (OpenDocument 1.2 part 3, 3.2).  Internal to
 * docformat/asic.
 */
#ifndef DOCFORMAT_ASIC_MANIFEST_H
#define DOCFORMAT_ASIC_MANIFEST_H

#include "docformat/asic/asic.h"

/*
 * Reads the manifest into asic: root_type, and listed and media_type of the
 * files.  Each breach of formats.md 5.2 is a note of the class breach, but
 * for those that the table calls S or F.  Fails only where the document
 * cannot be judged (memory, limits).
 */
enum mh_code df_manifest_read(struct df_asic *asic, struct mh_span bytes,
    enum df_class breach, struct mh_arena *arena, struct df_notes *notes,
    struct mh_err *err) MH_MUST_USE;

#endif
