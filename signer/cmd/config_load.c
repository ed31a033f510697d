#include "signer/cmd/config_load.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "base/text.h"
#include "signer/cmd/config_table.h"

enum {
    ROWS = 128,             /* of the table, and unknown keys besides */
    UNKNOWN_MAX = 32,       /* keys that are named before we give up */
    SEEN_MAX = 4096,        /* keys of one file */
    PROBLEMS_BYTES = 65536, /* of all lines */
    PART_BYTES = 200,       /* of a value in a line */
};

/* The parser takes the end of the file for the end of a section; this key
   stands behind the file, and is only known at the top. */
#define LAST_KEY "end-of-file"
static const char last_line[] = "\n" LAST_KEY " = 1\n";

/* Of the parse under way: libconfuse hands no context to its callbacks. */
static struct {
    const char *file;
    struct sg_problems *problems; /* NULL: tolerant */
    char error[256];              /* what the parser said, and where */
    int line;
    char unknown_section[UNKNOWN_MAX][64];
    char unknown[UNKNOWN_MAX][64];
    size_t unknowns;
    const cfg_opt_t *seen[SEEN_MAX]; /* keys that have their value */
    size_t seens;
} now;

void
sg_problems_init(struct sg_problems *p)
{
    p->count = 0;
    mh_buf_init(&p->text, PROBLEMS_BYTES);
}

void
sg_problems_fini(struct sg_problems *p)
{
    mh_buf_fini(&p->text);
}

void
sg_problem(
    struct sg_problems *p, const char *file, int line, const char *fmt, ...)
{
    char what[512];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, ap); /* cut is fine */
    va_end(ap);
    p->count++;
    if (p->text.len > PROBLEMS_BYTES - 8192)
        return; /* counted, not shown */
    mh_text_clean(mh_span_str(file), 4096, &p->text);
    if (line > 0)
        mh_buf_printf(&p->text, ":%d", line);
    mh_buf_str(&p->text, ": ");
    mh_text_clean(mh_span_str(what), sizeof(what), &p->text);
    mh_buf_byte(&p->text, '\n');
}

/* The section that a key stands in, as the table calls it. */
static const char *
section_of(const cfg_t *cfg)
{
    return strcmp(cfg->name, "root") == 0 ? "" : cfg->name;
}

static void on_error(cfg_t *cfg, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
    static const char none[] = "no such option '";

    (void)vsnprintf(now.error, sizeof(now.error), fmt, ap); /* cut is fine */
    now.line = cfg == NULL ? 0 : cfg->line;
    if (cfg == NULL || now.problems == NULL ||
        strncmp(now.error, none, sizeof(none) - 1) != 0 ||
        now.unknowns == UNKNOWN_MAX)
        return;
    if (strstr(now.error, "'" LAST_KEY "'") != NULL) {
        (void)snprintf(
            now.error, sizeof(now.error), "a section has no end"); /* fits */
        now.line--;
        return;
    }
    (void)snprintf(now.unknown_section[now.unknowns], 64, "%s",
        section_of(cfg)); /* no section of the table is longer */
    (void)snprintf(now.unknown[now.unknowns], 64, "%.*s",
        (int)strcspn(now.error + sizeof(none) - 1, "'"),
        now.error + sizeof(none) - 1); /* a longer one comes again */
    now.unknowns++;
}

/* A value of a key that is in the table. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    const struct sg_config_row *row = sg_config_row(section_of(cfg), opt->name);
    const char *wrong = NULL;

    *(const char **)result = value;
    if (now.problems == NULL)
        return 0;
    if (row == NULL) {
        sg_problem(
            now.problems, now.file, cfg->line, "%s: no such key", opt->name);
        return 0;
    }
    if (!row->list) {
        for (size_t i = 0; i < now.seens; i++)
            if (now.seen[i] == opt)
                wrong = "is set a second time";
        if (now.seens < SEEN_MAX)
            now.seen[now.seens++] = opt;
    }
    if (wrong == NULL)
        wrong = sg_config_wrong(row, value);
    if (wrong != NULL)
        sg_problem(now.problems, now.file, cfg->line, "%s: \"%.*s\" %s",
            opt->name, PART_BYTES, value, wrong);
    return 0;
}

/* The keys of a section, the unknown ones of an earlier try among them. */
static size_t
options(const char *section, cfg_opt_t *opts)
{
    size_t n = 0;

    for (size_t i = 0; i < sg_config_rows_len; i++) {
        const struct sg_config_row *row = &sg_config_rows[i];
        cfg_opt_t one = CFG_STR_CB(row->name, NULL, CFGF_NONE, on_value);
        cfg_opt_t many = CFG_STR_LIST_CB(row->name, NULL, CFGF_NONE, on_value);

        if (strcmp(row->section, section) == 0)
            opts[n++] = row->list ? many : one;
    }
    for (size_t i = 0; i < now.unknowns; i++) {
        cfg_opt_t one = CFG_STR_CB(now.unknown[i], NULL, CFGF_NONE, on_value);

        if (strcmp(now.unknown_section[i], section) == 0)
            opts[n++] = one;
    }
    return n;
}

enum {
    SECTIONS = 7,
    SINGLE = 4, /* the first of them stand once, without a name */
};

static cfg_t *
fresh(void)
{
    static const char *const sections[] = {
        "mobile", "mail", "sms", "payment", "endpoint", "key", "client"};
    static cfg_opt_t sub[SECTIONS][ROWS], opts[ROWS];
    const cfg_opt_t end = CFG_END();
    cfg_opt_t last = CFG_STR(LAST_KEY, NULL, CFGF_NONE);
    size_t n = options("", opts);
    cfg_t *cfg;

    for (size_t i = 0; i < SECTIONS; i++) {
        cfg_opt_t one = CFG_SEC(sections[i], sub[i], CFGF_NONE);
        cfg_opt_t many = CFG_SEC(
            sections[i], sub[i], CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

        if (now.problems == NULL)
            many.flags = CFGF_MULTI | CFGF_TITLE;
        sub[i][options(sections[i], sub[i])] = end;
        opts[n++] = i < SINGLE ? one : many;
    }
    if (now.problems != NULL)
        opts[n++] = last;
    opts[n] = end;
    cfg =
        cfg_init(opts, now.problems == NULL ? CFGF_IGNORE_UNKNOWN : CFGF_NONE);
    if (cfg != NULL)
        (void)cfg_set_error_function(cfg, on_error); /* returns the old one */
    return cfg;
}

/* Where a quoted text that begins at i ends; its quotes included. */
static size_t
past_quotes(const char *text, size_t i)
{
    char quote = text[i++];

    while (text[i] != '\0' && text[i] != quote)
        i += text[i] == '\\' && text[i + 1] != '\0' ? 2 : 1;
    return text[i] == '\0' ? i : i + 1;
}

/* Blanks from i to stop, lines kept. */
static size_t
blank(char *text, size_t i, size_t stop)
{
    for (; i < stop; i++)
        if (text[i] != '\n')
            text[i] = ' ';
    return i;
}

/* Where a comment that begins at i ends; i itself where none does. */
static size_t
past_comment(const char *text, size_t i)
{
    const char *end;

    if (text[i] == '#' || (text[i] == '/' && text[i + 1] == '/'))
        return i + strcspn(text + i, "\n");
    if (text[i] != '/' || text[i + 1] != '*')
        return i;
    end = strstr(text + i + 2, "*/");
    return end == NULL ? i : (size_t)(end - text) + 2;
}

/* Comments become spaces: libconfuse counts their lines twice. */
static void
blank_comments(char *text)
{
    bool open = true; /* a comment may begin here */
    size_t i = 0;

    while (text[i] != '\0') {
        size_t stop = open ? past_comment(text, i) : i;

        if (text[i] == '"' || text[i] == '\'') {
            i = past_quotes(text, i);
        } else if (stop > i) {
            i = blank(text, i, stop);
        } else {
            open = strchr(" \t\r\n{}()=,", text[i]) != NULL;
            i++;
        }
    }
}

/* The environment has no say in a configuration. */
static void
look_for_variables(struct mh_span text)
{
    int line = 1;

    if (text.len > 0 &&
        memmem(text.ptr, text.len, LAST_KEY, sizeof(LAST_KEY) - 1) != NULL)
        sg_problem(now.problems, now.file, 0, LAST_KEY ": no such key");
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == '\n')
            line++;
        if (text.ptr[i] == '$' && text.ptr[i + 1] == '{')
            sg_problem(now.problems, now.file, line,
                "${...} is not taken from the environment");
    }
}

static enum mh_code
unusable(struct mh_err *err)
{
    if (now.problems == NULL)
        return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "config: malformed");
    if (now.unknowns == UNKNOWN_MAX)
        (void)snprintf(now.error, sizeof(now.error), "%s",
            "too many keys that do not exist"); /* fits */
    sg_problem(now.problems, now.file, now.line, "%s",
        now.error[0] == '\0' ? "cannot be read" : now.error);
    return MH_OK;
}

enum mh_code
sg_config_parse(const char *file, struct mh_span text,
    struct sg_problems *problems, struct mh_err *err, cfg_t **out)
{
    size_t tail = problems == NULL ? 0 : sizeof(last_line) - 1;
    char *copy = malloc(text.len + tail + 1);
    size_t known, before = problems == NULL ? 0 : problems->count;
    size_t length = problems == NULL ? 0 : problems->text.len;
    int rc;

    *out = NULL;
    if (copy == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
    if (text.len != 0)
        memcpy(copy, text.ptr, text.len);
    memcpy(copy + text.len, last_line, tail);
    copy[text.len + tail] = '\0';
    if (strlen(copy) == text.len + tail)
        blank_comments(copy);
    now.file = file;
    now.problems = problems;
    now.unknowns = 0;
    /* Each try gets past one more key that does not exist. */
    do {
        known = now.unknowns;
        now.seens = 0;
        now.error[0] = '\0';
        now.line = 0;
        if (problems != NULL) {
            problems->count = before;
            problems->text.len = length;
            look_for_variables(text);
        }
        (void)cfg_free(*out); /* only frees */
        *out = fresh();
        if (*out == NULL) {
            free(copy);
            return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "config: no memory");
        }
        rc = strlen(copy) != text.len + tail ? CFG_PARSE_ERROR
                                             : cfg_parse_buf(*out, copy);
    } while (rc != CFG_SUCCESS && now.unknowns > known);
    free(copy);
    if (rc == CFG_SUCCESS)
        return MH_OK;
    (void)cfg_free(*out); /* only frees */
    *out = NULL;
    return unusable(err);
}

enum mh_code
sg_config_load(const char *path, struct sg_problems *problems,
    struct mh_err *err, cfg_t **out)
{
    struct mh_map map = {0};
    struct stat st = {0};
    enum mh_code code = MH_OK;
    int fd;

    *out = NULL;
    if (path == NULL)
        return sg_config_parse("", (struct mh_span){0}, problems, err, out);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0)
        code = mh_fail_sys(err, "config");
    else if (!S_ISREG(st.st_mode) || st.st_size > (off_t)SG_CONFIG_SIZE_MAX)
        code = mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "config: no file, or too large");
    if (code == MH_OK)
        code = mh_map_fd(fd, (uint64_t)st.st_size, err, &map);
    mh_close(&fd);
    if (code != MH_OK)
        return code;
    code = sg_config_parse(path, map.bytes, problems, err, out);
    mh_map_fini(&map);
    return code;
}

static const char *
default_of(const char *section, const char *key)
{
    const struct sg_config_row *row = sg_config_row(section, key);

    return row == NULL ? "" : row->def;
}

const char *
sg_config_text(cfg_t *cfg, const char *key, struct mh_arena *arena)
{
    const char *value = cfg_getstr(cfg, key);

    if (value == NULL)
        return default_of(section_of(cfg), key);
    return mh_arena_str(arena, mh_span_str(value));
}

const char **
sg_config_list(
    cfg_t *cfg, const char *key, struct mh_arena *arena, size_t *count)
{
    unsigned n = cfg_size(cfg, key);
    const char **list = mh_arena_array(arena, n, sizeof(*list));

    *count = 0;
    for (unsigned i = 0; i < n && list != NULL; i++) {
        list[i] = mh_arena_str(arena, mh_span_str(cfg_getnstr(cfg, key, i)));
        if (list[i] == NULL)
            return NULL;
        (*count)++;
    }
    return list;
}

uint64_t
sg_config_value(cfg_t *cfg, const char *section, const char *key)
{
    const struct sg_config_row *row = sg_config_row(section, key);
    const char *given = cfg_getstr(cfg, key);
    uint64_t v = 0;

    if (row == NULL)
        return 0;
    if (given == NULL || !sg_config_number(row->type, given, &v))
        (void)sg_config_number(row->type, row->def, &v); /* the table is good */
    return v;
}

bool
sg_config_flag(cfg_t *cfg, const char *section, const char *key)
{
    const char *given = cfg_getstr(cfg, key);
    bool flag = false;

    if (given == NULL || !sg_config_bool(given, &flag))
        (void)sg_config_bool(default_of(section, key), &flag); /* it is good */
    return flag;
}
