/*
 * The obvious flow: libzip opens, libxml2 parses and canonicalises with a
 * visibility callback, OpenSSL's d2i_*, X509_verify_cert, TS_RESP and OCSP
 * functions do the rest.  It makes the same four signature checks and two
 * reference checks, and none of the policy.
 */
#ifndef TESTS_BENCH_BASELINE_H
#define TESTS_BENCH_BASELINE_H

struct b_baseline;

/* folder/kind as in parts.h; the store is made once and kept. */
struct b_baseline *b_baseline_new(const char *folder, const char *kind);
/* Judges document n from its file; ends the program if it does not pass. */
void b_baseline_run(struct b_baseline *baseline, int n);
void b_baseline_free(struct b_baseline *baseline);

#endif
