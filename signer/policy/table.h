/* The bytes of algorithms.tsv; table.c is made from it by the build. */
#ifndef SIGNER_POLICY_TABLE_H
#define SIGNER_POLICY_TABLE_H

#include "base/span.h"

struct mh_span sg_policy_table(void);

#endif
