/*
 * mohur.conf, tolerant and strict.  What the strict reading finds nothing wrong
 * with is read tolerantly, too, and its settings fit into their messages.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "signer/cmd/config.h"
#include "signer/cmd/config_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Every value of every key is one of its type. */
static void
check_values(cfg_t *cfg)
{
    for (size_t i = 0; i < sg_config_rows_len; i++) {
        const struct sg_config_row *row = &sg_config_rows[i];
        unsigned n;

        if (row->section[0] != '\0')
            continue;
        n = cfg_size(cfg, row->name);
        for (unsigned k = 0; k < n; k++) {
            const char *value = cfg_getnstr(cfg, row->name, k);

            if (value != NULL && sg_config_wrong(row, value) != NULL)
                abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mh_span text = {data, len};
    struct mh_arena *arena = mh_arena_new(4 << 20);
    struct sg_problems problems;
    struct sg_config config;
    struct mh_err err;
    cfg_t *cfg = NULL;

    if (arena == NULL || len > 65536) {
        mh_arena_free(arena);
        return 0;
    }
    sg_problems_init(&problems);
    if (sg_config_parse("f", text, &problems, &err, &cfg) != MH_OK)
        abort();
    if (cfg == NULL && problems.count == 0)
        abort(); /* it must be said why */
    if (problems.count == 0) {
        check_values(cfg);
        (void)cfg_free(cfg);
        if (sg_config_parse("f", text, NULL, &err, &cfg) != MH_OK)
            abort(); /* what is strictly right is right */
        if (sg_config_take(cfg, arena, &err, &config) != MH_OK &&
            err.code != MH_ENOMEM)
            abort();
    }
    (void)cfg_free(cfg);
    if (problems.count > 0 &&
        (problems.text.len == 0 ||
            problems.text.ptr[problems.text.len - 1] != '\n'))
        abort();
    sg_problems_fini(&problems);
    mh_arena_free(arena);
    return 0;
}
