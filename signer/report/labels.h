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
    SG_LABELS,
};

const char *sg_label(enum sg_label label, enum mh_lang lang);

/* What a time-stamp stands over, in a word or two. */
const char *sg_stamp_words(enum mh_stamp_kind kind, enum mh_lang lang);

/* The verdict in a sentence. */
const char *sg_verdict_words(enum mh_verdict v, enum mh_lang lang);

#endif
