/*
 * Warrants: an auditor sees of every document what it is, and opens its content
 * with a legal basis and a reason only (portal.md 6): that one document, for an
 * hour, and whoever may see who looked at the case reads why.  Also the search
 * over documents that leads there.  Times are seconds UTC.
 */
#ifndef PORTAL_STORE_WARRANTS_H
#define PORTAL_STORE_WARRANTS_H

#include "portal/store/cases.h"
#include "portal/store/documents.h"

enum {
    PT_WARRANT_BASIS = 60,     /* characters; four bytes at most */
    PT_WARRANT_REASON = 100,   /* likewise */
    PT_WARRANT_SECONDS = 3600, /* that it holds for */
    PT_FOUND_PAGE = 50,        /* documents of one page */
};

struct pt_warrant {
    const char *document;
    int64_t account;
    const char *basis, *reason; /* clean text, not empty */
    const char *form;           /* one warrant for each of an account */
    int64_t now;
};
/* Keeps it, its record and what the parties see of it; sent twice it is one.
   PT_ABSENT: there is no such document. */
enum mh_code pt_store_warrant_add(struct pt_store *store,
    const struct pt_warrant *warrant, struct mh_err *err,
    enum pt_found *found) MH_MUST_USE;
/* Whether one of the account for the document holds now. */
enum mh_code pt_store_warrant_holds(struct pt_store *store,
    const char *document, int64_t account, int64_t now, struct mh_err *err,
    bool *out) MH_MUST_USE;

struct pt_doc_query {
    const char *case_id; /* "": any, as are those below */
    const char *kind;    /* "motion" */
    int64_t filer;       /* an account; 0: any */
    const uint8_t *hash; /* PT_HASH bytes of the document; NULL: any */
    int64_t from, to;    /* from <= filed < to; to 0: no end */
    const char *before;  /* an id: documents behind it; "": from the newest */
};
struct pt_doc_row {
    char id[27], number[PT_NUMBER_MAX + 1], kind[PT_DOC_KIND_MAX + 1];
    int64_t filer, filed;
    uint8_t sha256[PT_HASH];
    enum mh_verdict verdict;
};
struct pt_doc_page {
    struct pt_doc_row item[PT_FOUND_PAGE]; /* newest first */
    size_t count;
    bool more;
};
enum mh_code pt_store_document_search(struct pt_store *store,
    const struct pt_doc_query *query, struct mh_err *err,
    struct pt_doc_page *out) MH_MUST_USE;

#endif
