/* What the parts of sg_inspect_document share. */
#ifndef SIGNER_VERIFY_INSPECT_INTERNAL_H
#define SIGNER_VERIFY_INSPECT_INTERNAL_H

#include <jansson.h>

#include "docformat/docformat.h"
#include "signer/verify/inspect.h"

/* The object is built as JSON; the text form is printed from it. */
struct sg_view {
    struct mh_arena *arena;
    json_t *top;
};

/* Without memory a member is lost, never wrong. */
void sg_view_put(json_t *o, const char *key, json_t *v);
void sg_view_text(json_t *o, const char *key, const char *v);
void sg_view_int(json_t *o, const char *key, uint64_t v);
/* Raw bytes as clean text. */
void sg_view_span(
    struct sg_view *v, json_t *o, const char *key, struct mh_span s);
void sg_view_time(json_t *o, const char *key, int64_t t);
void sg_view_notes(struct sg_view *v, const struct df_notes *notes);
/* Certificates, algorithms and time-stamps of a SignedData. */
void sg_view_cms(struct sg_view *v, json_t *o, struct mh_span der);
/* The rule that a parser named, and its message. */
void sg_view_error(struct sg_view *v, const struct mh_err *err);

/* MH_OK with what can be shown, whatever the document breaks. */
enum mh_code sg_inspect_pdf(
    struct sg_view *v, struct mh_span document, struct mh_err *err) MH_MUST_USE;
enum mh_code sg_inspect_jpeg(
    struct sg_view *v, struct mh_span document, struct mh_err *err) MH_MUST_USE;

#endif
