/*
 * Tables of how people come into cases by themselves (joins.h), of powers of
 * attorney (mandates.h) and of what people say of a court (feedback.h): one
 * migration of the store (migrate.c).
 *
 * Who takes part by a power of attorney follows from the powers and from the
 * client's own part in the case: triggers keep participant.mandated rows so,
 * whoever writes, and nobody who has left a case keeps drafts in it.
 */
#ifndef PORTAL_STORE_JOINSCHEMA_H
#define PORTAL_STORE_JOINSCHEMA_H

extern const char pt_join_schema[];

#endif
