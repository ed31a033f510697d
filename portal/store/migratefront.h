/* The migration of what everybody reads and writes: versions of acts
   (publications.h), letters to courts (courtletters.h) and inquiries
   (inquiries.h), a text of its own; it stays what it was. */
#ifndef PORTAL_STORE_MIGRATEFRONT_H
#define PORTAL_STORE_MIGRATEFRONT_H

extern const char pt_migration_front[];

#endif
