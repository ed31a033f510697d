/* Words of the store's SQL, one after the other (dialect.h). */
#ifndef PORTAL_STORE_SQLTOKEN_H
#define PORTAL_STORE_SQLTOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum pt_token_kind {
    PT_TOKEN_END,
    PT_TOKEN_SPACE,
    PT_TOKEN_WORD,      /* of SQL, or a name */
    PT_TOKEN_STRING,    /* with its quotes */
    PT_TOKEN_BYTES,     /* x'00', with all of it */
    PT_TOKEN_PARAMETER, /* ?1 */
    PT_TOKEN_OTHER,     /* a number, or one sign */
};

/* Borrowed from the text. */
struct pt_token {
    enum pt_token_kind kind;
    int number; /* of a parameter */
    const char *ptr;
    size_t len;
};

/* The token at *text, which moves behind it. */
struct pt_token pt_token_next(const char **text);
/* The next that is no space; *text stays. */
struct pt_token pt_token_peek(const char *text);
bool pt_token_is(const struct pt_token *t, const char *word);
/* A name: a word in lower case. */
bool pt_token_names(const struct pt_token *t);

#endif
