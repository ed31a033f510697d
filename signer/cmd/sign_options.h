/* The options of mohur sign, seal and extend (cli.md). */
#ifndef SIGNER_CMD_SIGN_OPTIONS_H
#define SIGNER_CMD_SIGN_OPTIONS_H

#include <stdbool.h>

#include "base/wire/sign.h"
#include "signer/cmd/trust_load.h"

enum sg_sign_verb {
    SG_VERB_SIGN,
    SG_VERB_SEAL,
    SG_VERB_EXTEND,
};

/* What a file is, as far as choosing a format needs it. */
enum sg_file_kind {
    SG_FILE_OTHER,
    SG_FILE_PDF,
    SG_FILE_ASICE, /* has its mimetype in front */
    SG_FILE_ASICS,
};

struct sg_sign_options {
    enum sg_sign_verb verb;
    const char *key, *module, *pin_source; /* NULL: not given */
    const char *tsa;                       /* NULL: not given */
    const char *out;                       /* NULL: beside the input */
    const char *data; /* extend: of a detached signature; NULL: not given */
    bool as_given;
    bool signature_given;
    bool pss;
    bool each; /* every FILE becomes a document of its own */
    struct sg_trust_args trust;
    struct mh_sign_spec spec; /* as, cades, level, role, place, ... */
};

/*
 * Reads argv; 0, an exit code after its line, or -1 where help was printed.
 * optind is then the first FILE.
 */
int sg_sign_options_read(enum sg_sign_verb verb, int argc, char **argv,
    struct mh_arena *arena, struct sg_sign_options *out);

/*
 * Chooses spec.as, spec.add for one output of count inputs whose first is of
 * this kind and name; 0 or an exit code after its line.
 */
int sg_sign_choose(const struct sg_sign_options *o, enum sg_file_kind kind,
    const char *name, size_t count, struct mh_sign_spec *spec);

/* Whether each FILE becomes a document of its own. */
bool sg_sign_each(const struct sg_sign_options *o, size_t files);

/* The path of the output where none was given; in the arena, NULL: memory. */
const char *sg_sign_out(
    const struct mh_sign_spec *spec, const char *first, struct mh_arena *arena);

/* The numbers that stand in a spec for these (enum sg_scheme). */
struct sg_scheme_numbers {
    unsigned pkcs1, pss, ecdsa;
};
extern const struct sg_scheme_numbers sg_scheme_numbers;

extern const unsigned sg_as_cms; /* SG_AS_CMS */

/* What the first bytes say. */
enum sg_file_kind sg_file_kind_of(int fd);

#endif
