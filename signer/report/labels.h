/* Words of the printed report in three languages. */
#ifndef SIGNER_REPORT_LABELS_H
#define SIGNER_REPORT_LABELS_H

#include "base/wire/report.h"

enum sg_label {
    SG_L_FILE,
    SG_L_VERDICT,
    SG_L_WHY,
    SG_L_SIGNATURE,
    SG_L_SIGNER,
    SG_L_ORGANIZATION,
    SG_L_ISSUER,
    SG_L_SIGNED_AT,
    SG_L_PROVEN,
    SG_L_CLAIMED_ONLY,
    SG_L_LEVEL,
    SG_L_ALGORITHM,
    SG_L_COVERS,
    SG_L_EVERYTHING,
    SG_L_NOTHING,
    SG_L_ROLE,
    SG_L_PLACE,
    SG_L_DOCUMENTS,
    SG_L_UNSIGNED,
    SG_L_POLICY,
    SG_L_VALIDATED_AT,
    SG_L_ERROR,
    SG_L_WARNING,
    SG_L_INFO,
    SG_L_STAMP,
    SG_L_COUNTER,
    SG_L_FORMAT,
    SG_L_REPORT,
    SG_L_SIGNATURES,
    SG_L_NO_SIGNATURES,
    SG_L_IDENTITY,
    SG_L_FIN,
    SG_L_CERTIFICATE,
    SG_L_CHANGED,
    SG_L_FINDINGS,
    SG_L_ABOUT_DOCUMENT,
    SG_L_CLAUSE,
    SG_L_SIZE,
    SG_L_BYTES,
    SG_L_NAME,
    SG_L_MEDIA_TYPE,
    SG_L_SIGNED_BY,
    SG_L_POLICY_HASH,
    SG_L_HOW_JUDGED,
    SG_L_NOT_PROOF,
    SG_L_AS_PROOF,
    SG_L_RESULT,
    SG_LABELS,
};

const char *sg_label(enum sg_label label, enum mh_lang lang);

/* What a time-stamp stands over, in a word or two. */
const char *sg_stamp_words(enum mh_stamp_kind kind, enum mh_lang lang);

/* What happened to the document after signing, in a sentence; "" for none. */
const char *sg_modifications_words(enum mh_modifications m, enum mh_lang lang);

/* What a signature's own indication means, in a sentence. */
const char *sg_indication_words(enum mh_indication i, enum mh_lang lang);

/* The language's code: az, en, ru. */
const char *sg_lang_code(enum mh_lang lang);

/* The verdict in a sentence. */
const char *sg_verdict_words(enum mh_verdict v, enum mh_lang lang);

#endif
