/* Translates the statements on standard input, for what tests of their own tell
   a store on PostgreSQL. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "portal/store/dialect.h"

enum {
    MAX = 4 << 20 /* bytes; more are refused */
};

int
main(void)
{
    static char sql[MAX];
    struct mh_buf out;
    size_t len = fread(sql, 1, sizeof(sql) - 1, stdin);

    if (len == sizeof(sql) - 1)
        return EXIT_FAILURE;
    sql[len] = '\0';
    mh_buf_init(&out, MAX);
    pt_dialect_query(sql, 0, &out);
    if (!mh_buf_ok(&out))
        return EXIT_FAILURE;
    (void)fwrite(out.ptr, 1, out.len, stdout); /* its end says so */
    mh_buf_fini(&out);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
