/* Runs a fuzz target over files and folders: the seeds under plain ctest. */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t ran;

static bool
run_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(size + 1);
    bool ok = false;

    if (f != NULL && data != NULL && fread(data, 1, size, f) == size) {
        (void)LLVMFuzzerTestOneInput(data, size); /* traps when it fails */
        ran++;
        ok = true;
    }
    free(data);
    if (f != NULL)
        (void)fclose(f); /* opened for reading */
    return ok;
}

static bool
run_path(const char *path, int depth)
{
    struct stat st;
    DIR *dir;
    struct dirent *e;
    bool ok = true;

    if (stat(path, &st) != 0)
        return false;
    if (!S_ISDIR(st.st_mode))
        return run_file(path, (size_t)st.st_size);
    dir = depth < 3 ? opendir(path) : NULL;
    if (dir == NULL)
        return false;
    while ((e = readdir(dir)) != NULL) {
        char sub[4096];
        int n = snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name);

        if (e->d_name[0] == '.')
            continue;
        if (n < 0 || (size_t)n >= sizeof(sub) || !run_path(sub, depth + 1))
            ok = false;
    }
    (void)closedir(dir); /* nothing was written */
    return ok;
}

int
main(int argc, char **argv)
{
    bool ok = true;

    for (int i = 1; i < argc; i++)
        ok = run_path(argv[i], 0) && ok;
    printf("%zu inputs\n", ran);
    return ok && ran > 0 ? 0 : 1;
}
