/* Drafts of applications that come to their end (portal/store/applications.h).
 */
#include "portal/store/applicationrows.h"

/* The draft ends at most so many seconds from now, and its owner was told of
   that less often than so. */
#define ENDS " state < 4 AND until > ?1 AND until <= ?1 + ?2 AND warned < ?3"
/* The last day is one of Baku. */
#define TELL                                                                   \
    .sql = "INSERT INTO delivery (id, account, address, channel, kind,"        \
           " lang, args, state, next_at, created)"                             \
           " SELECT lower(hex(randomblob(16))), a.id, '', 1, 'draft-ends',"    \
           " a.lang, p.id || char(10) || strftime('%d.%m.%Y',"                 \
           "  p.until + 14399, 'unixepoch'), 1, ?1, ?1"                        \
           " FROM application p JOIN account a ON a.id = p.owner"              \
           " WHERE p.id IN (SELECT id FROM application WHERE" ENDS ")"         \
           " AND a.state = 1 AND a.pending = 0 AND a.notify_email = 1"         \
           " AND a.email_proven = 1 AND a.email <> ''"
#define TOLD .sql = "UPDATE application SET warned = ?3 WHERE" ENDS

enum mh_code
pt_store_application_expire(
    struct pt_store *store, int64_t now, struct mh_err *err)
{
    enum { /* seconds */
        FIRST = 30 * 86400,
        LAST = 7 * 86400,
    };
    struct pt_stmt stmt[] = {
        {TELL, .arg = {PT_N(now), PT_N(LAST), PT_N(2)}, .args = 3},
        {TOLD, .arg = {PT_N(now), PT_N(LAST), PT_N(2)}, .args = 3},
        {TELL, .arg = {PT_N(now), PT_N(FIRST), PT_N(1)}, .args = 3},
        {TOLD, .arg = {PT_N(now), PT_N(FIRST), PT_N(1)}, .args = 3},
        {.sql = "INSERT INTO outbox (ev, who, obj, res, data, created)"
                " SELECT 'application.expired', '', 'application:' || id, 'ok',"
                " 'owner=p:' || owner || char(10), ?1 FROM application"
                " WHERE until <= ?1 AND state < 4 ORDER BY id",
            .arg = {PT_N(now)},
            .args = 1},
        {.sql = "DELETE FROM application WHERE until <= ?1 AND state < 4",
            .arg = {PT_N(now)},
            .args = 1}};

    return pt_rows_write(store, stmt, sizeof(stmt) / sizeof(stmt[0]), err);
}
