/* Words of the printed report in three languages. */
#ifndef BASE_REPORT_LABELS_H
#define BASE_REPORT_LABELS_H

#include "base/wire/report.h"

enum mh_label {
    MH_L_FILE,
    MH_L_VERDICT,
    MH_L_WHY,
    MH_L_SIGNATURE,
    MH_L_SIGNER,
    MH_L_ORGANIZATION,
    MH_L_ISSUER,
    MH_L_SIGNED_AT,
    MH_L_PROVEN,
    MH_L_CLAIMED_ONLY,
    MH_L_LEVEL,
    MH_L_ALGORITHM,
    MH_L_COVERS,
    MH_L_EVERYTHING,
    MH_L_NOTHING,
    MH_L_ROLE,
    MH_L_PLACE,
    MH_L_DOCUMENTS,
    MH_L_UNSIGNED,
    MH_L_POLICY,
    MH_L_VALIDATED_AT,
    MH_L_ERROR,
    MH_L_WARNING,
    MH_L_INFO,
    MH_L_STAMP,
    MH_L_COUNTER,
    MH_L_FORMAT,
    MH_L_REPORT,
    MH_L_SIGNATURES,
    MH_L_NO_SIGNATURES,
    MH_L_IDENTITY,
    MH_L_FIN,
    MH_L_CERTIFICATE,
    MH_L_CHANGED,
    MH_L_FINDINGS,
    MH_L_ABOUT_DOCUMENT,
    MH_L_CLAUSE,
    MH_L_SIZE,
    MH_L_BYTES,
    MH_L_NAME,
    MH_L_MEDIA_TYPE,
    MH_L_SIGNED_BY,
    MH_L_POLICY_HASH,
    MH_L_HOW_JUDGED,
    MH_L_NOT_PROOF,
    MH_L_AS_PROOF,
    MH_L_RESULT,
    MH_LABELS,
};

const char *mh_label(enum mh_label label, enum mh_lang lang);

/* What a time-stamp stands over, in a word or two. */
const char *mh_stamp_words(enum mh_stamp_kind kind, enum mh_lang lang);

/* What happened to the document after signing, in a sentence; "" for none. */
const char *mh_modifications_words(enum mh_modifications m, enum mh_lang lang);

/* What a signature's own indication means, in a sentence. */
const char *mh_indication_words(enum mh_indication i, enum mh_lang lang);

/* The language's code: az, en, ru. */
const char *mh_lang_code(enum mh_lang lang);

/* The verdict in a sentence. */
const char *mh_verdict_words(enum mh_verdict v, enum mh_lang lang);

#endif
