/*
 * Words of applications for readers: ids of texts (tmpl.h) for what the
 * court's policy and the store have as codes.  A code that nobody knows is
 * itself.
 */
#ifndef PORTAL_PAGES_APPWORDS_H
#define PORTAL_PAGES_APPWORDS_H

#include "portal/filing/application.h"

const char *pt_application_state_text(enum pt_application_state state);
const char *pt_application_state_colour(enum pt_application_state state);
const char *pt_application_kind_text(const char *code);
const char *pt_application_category_text(const char *code);
/* Of what is attached: of step 3, and of step 5. */
const char *pt_application_file_text(const char *code);
/* How the fee is settled; NULL past the last. */
const char *pt_application_fee_text(const char *code);
const char *pt_application_fee_of(size_t n);
/* The name of a step, from 1. */
const char *pt_application_step_text(unsigned step);
/* The side of a party, as what is signed names it. */
const char *pt_application_side_text(
    const struct pt_application *a, enum pt_case_role side);
/* What is wrong with a step. */
const char *pt_application_fault_text(const struct pt_application_fault *f);

#endif
