#include "signer/cmd/sign_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "signer/cmd/cmd.h"
#include "signer/sign/sign.h"

enum {
    TRUST_MAX = 100,
    PAGE_MAX = 100000,
    SIDE_MAX = 14400, /* points; ISO 32000-2 annex C.2 */
    THOUSANDTHS = 1000,
    RECT_PARTS = 5,
};

static const struct option long_options[] = {
    {"key", required_argument, NULL, 'k'},
    {"module", required_argument, NULL, 'm'},
    {"pin-source", required_argument, NULL, 'p'},
    {"as", required_argument, NULL, 'a'},
    {"signature", required_argument, NULL, 's'},
    {"level", required_argument, NULL, 'L'},
    {"tsa", required_argument, NULL, 't'},
    {"role", required_argument, NULL, 'r'},
    {"place", required_argument, NULL, 'P'},
    {"reason", required_argument, NULL, 'R'},
    {"visible", required_argument, NULL, 'v'},
    {"certify", required_argument, NULL, 'c'},
    {"lock", required_argument, NULL, 'l'},
    {"lang", required_argument, NULL, 'g'},
    {"out", required_argument, NULL, 'o'},
    {"trust", required_argument, NULL, 'T'},
    {"data", required_argument, NULL, 'd'},
    {"pss", no_argument, NULL, 'S'},
    {"each", no_argument, NULL, 'E'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Which verb takes which option. */
static const char *const takes[] = {
    [SG_VERB_SIGN] = "kmpasLtrPRvclgoTSEh",
    [SG_VERB_SEAL] = "asLtrPRvclgoTSEh",
    [SG_VERB_EXTEND] = "LtTdh",
};

static const char *const verbs[] = {"sign", "seal", "extend"};

static const char sign_help[] =
    "usage: mohur sign --key URI [--module PATH] [--pin-source SRC]\n"
    "                  [--as adoc|edoc|asice|asics|pdf|cms]\n"
    "                  [--signature xades|cades] [--level B|T|LT|LTA]\n"
    "                  [--tsa URL] [--trust PATH]... [--pss] [--role R]\n"
    "                  [--place P] [--reason R] [--visible PAGE,X,Y,W,H]\n"
    "                  [--certify no-changes|form-filling|annotations]\n"
    "                  [--lock all|include:F,..|exclude:F,..]\n"
    "                  [--lang az|en|ru] [--each] [--out FILE] FILE...\n"
    "       mohur seal (the same without key, module and PIN)\n"
    "Signs documents; prints the path of each file it has written.\n"
    "Exit: 0 signed, 1 may not be signed so, 4 could not be done, 5 key,\n"
    "      64 usage. See mohur(1).\n";

static const char extend_help[] =
    "usage: mohur extend --level T|LT|LTA [--tsa URL] [--trust PATH]...\n"
    "                    [--data FILE] FILE...\n"
    "Raises the level of signed documents in place.\n"
    "Exit: 0 raised or there already, 1 may not be raised, 4 could not be\n"
    "      done, 64 usage. See mohur(1).\n";

/* The position of arg in a list of words; -1: not there. */
static int
word(const char *const *list, size_t count, const char *arg)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], arg) == 0)
            return (int)i;
    return -1;
}

#define WORD(list, arg) word(list, sizeof(list) / sizeof((list)[0]), arg)

static int
set_as(struct sg_sign_options *o, const char *arg)
{
    static const char *const names[] = {[SG_AS_ADOC] = "adoc",
        [SG_AS_EDOC] = "edoc",
        [SG_AS_ASICE] = "asice",
        [SG_AS_ASICS] = "asics",
        [SG_AS_PDF] = "pdf",
        [SG_AS_CMS] = "cms"};
    int i = WORD(names, arg);

    if (i < 0)
        return sg_usage("--as", "adoc, edoc, asice, asics, pdf or cms");
    o->spec.as = (unsigned)i;
    o->as_given = true;
    return 0;
}

static int
set_level(struct sg_sign_options *o, const char *arg)
{
    static const char *const names[] = {"B", "T", "LT", "LTA"};
    int i = WORD(names, arg);

    if (i < 0 || (i == 0 && o->verb == SG_VERB_EXTEND))
        return sg_usage("--level",
            o->verb == SG_VERB_EXTEND ? "T, LT or LTA" : "B, T, LT or LTA");
    o->spec.level = (enum mh_sig_level)(MH_LEVEL_B + i);
    return 0;
}

static int
set_certify(struct sg_sign_options *o, const char *arg)
{
    static const char *const names[] = {
        "", "no-changes", "form-filling", "annotations"};
    int i = WORD(names, arg);

    if (i < 1)
        return sg_usage("--certify", "no-changes, form-filling or annotations");
    o->spec.certify = (unsigned)i;
    return 0;
}

/* Text that people will read: as it is given, or not at all. */
static int
set_text(const char **text, const char *option, const char *arg)
{
    if (!mh_text_is_clean(mh_span_str(arg), MH_REPORT_TEXT_MAX))
        return sg_usage(option, "not clean UTF-8 text of at most 1024 bytes");
    *text = arg;
    return 0;
}

static int
set_lang(struct sg_sign_options *o, const char *arg)
{
    static const char *const names[MH_LANGS] = {"az", "en", "ru"};
    int i = WORD(names, arg);

    if (i < 0)
        return sg_usage("--lang", "az, en or ru");
    o->spec.lang = (enum mh_lang)i;
    return 0;
}

/* A decimal number with at most three places, as thousandths. */
static bool
read_number(const char **s, int64_t *out)
{
    const char *p = *s;
    int64_t whole = 0, part = 0, unit = THOUSANDTHS;

    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++)
        if ((whole = 10 * whole + (*p - '0')) > PAGE_MAX)
            return false;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9' && unit > 1; p++)
            part += (unit /= 10) * (*p - '0');
    *out = whole * THOUSANDTHS + part;
    *s = p;
    return true;
}

static int
set_visible(struct sg_sign_options *o, const char *arg)
{
    int64_t n[RECT_PARTS];

    for (int i = 0; i < RECT_PARTS; i++) {
        if (!read_number(&arg, &n[i]) ||
            *arg != (i == RECT_PARTS - 1 ? '\0' : ','))
            return sg_usage("--visible", "PAGE,X,Y,W,H in points");
        arg++;
    }
    if (n[0] < THOUSANDTHS || n[0] % THOUSANDTHS != 0 || n[3] <= 0 || n[4] <= 0)
        return sg_usage("--visible", "page from 1, width and height over 0");
    for (int i = 1; i < RECT_PARTS; i++)
        if (n[i] > (int64_t)SIDE_MAX * THOUSANDTHS)
            return sg_usage("--visible", "larger than any page");
    o->spec.visible = true;
    o->spec.page = (uint32_t)(n[0] / THOUSANDTHS);
    o->spec.x = n[1];
    o->spec.y = n[2];
    o->spec.w = n[3];
    o->spec.h = n[4];
    return 0;
}

static int
set_fields(struct sg_sign_options *o, const char *list, struct mh_arena *arena)
{
    size_t room = 1;

    for (const char *p = list; *p != '\0'; p++)
        room += *p == ',';
    o->spec.field = mh_arena_array(arena, room, sizeof(*o->spec.field));
    while (o->spec.field != NULL && room <= MH_SIGN_FIELDS_MAX) {
        size_t n = strcspn(list, ",");
        const char *name =
            mh_arena_str(arena, (struct mh_span){(const uint8_t *)list, n});

        if (n == 0 || name == NULL ||
            set_text(&o->spec.field[o->spec.fields], "--lock", name) != 0)
            return sg_usage("--lock", "an empty or unclean field name");
        o->spec.fields++;
        if (list[n] == '\0')
            return 0;
        list += n + 1;
    }
    return sg_usage("--lock", "too many fields");
}

static int
set_lock(struct sg_sign_options *o, const char *arg, struct mh_arena *arena)
{
    if (strcmp(arg, "all") == 0) {
        o->spec.lock = SG_LOCK_ALL;
        return 0;
    }
    if (strncmp(arg, "include:", 8) == 0)
        o->spec.lock = SG_LOCK_INCLUDE;
    else if (strncmp(arg, "exclude:", 8) == 0)
        o->spec.lock = SG_LOCK_EXCLUDE;
    else
        return sg_usage("--lock", "all, include:F,.. or exclude:F,..");
    return set_fields(o, arg + 8, arena);
}

static int
set_signature(struct sg_sign_options *o, const char *arg)
{
    static const char *const names[] = {"xades", "cades"};
    int i = WORD(names, arg);

    if (i < 0)
        return sg_usage("--signature", "xades or cades");
    o->spec.cades = i == 1;
    o->signature_given = true;
    return 0;
}

static int
set_trust(struct sg_sign_options *o, const char *arg)
{
    if (o->trust.paths == TRUST_MAX)
        return sg_usage("--trust", "too many");
    o->trust.path[o->trust.paths++] = arg;
    return 0;
}

static int
set_option(struct sg_sign_options *o, int c, struct mh_arena *arena)
{
    switch (c) {
    case 'k':
        o->key = optarg;
        return 0;
    case 'm':
        o->module = optarg;
        return 0;
    case 'p':
        o->pin_source = optarg;
        return 0;
    case 'a':
        return set_as(o, optarg);
    case 's':
        return set_signature(o, optarg);
    case 'L':
        return set_level(o, optarg);
    case 't':
        o->tsa = optarg;
        return 0;
    case 'r':
        return set_text(&o->spec.role, "--role", optarg);
    case 'P':
        return set_text(&o->spec.place, "--place", optarg);
    case 'R':
        return set_text(&o->spec.reason, "--reason", optarg);
    case 'v':
        return set_visible(o, optarg);
    case 'c':
        return set_certify(o, optarg);
    case 'l':
        return set_lock(o, optarg, arena);
    case 'g':
        return set_lang(o, optarg);
    case 'o':
        o->out = optarg;
        return 0;
    case 'd':
        o->data = optarg;
        return 0;
    case 'T':
        return set_trust(o, optarg);
    case 'S':
        o->pss = true;
        return 0;
    case 'E':
        o->each = true;
        return 0;
    default:
        return sg_usage(
            verbs[o->verb], "unknown or incomplete option; see --help");
    }
}

static int
check_all(const struct sg_sign_options *o, int files)
{
    if (files == 0)
        return sg_usage(verbs[o->verb], "no file given; see --help");
    if (o->verb == SG_VERB_SIGN && o->key == NULL)
        return sg_usage("--key", "not given; see --help");
    if (o->verb == SG_VERB_EXTEND && o->spec.level == MH_LEVEL_NONE)
        return sg_usage("--level", "not given; see --help");
    return 0;
}

int
sg_sign_options_read(enum sg_sign_verb verb, int argc, char **argv,
    struct mh_arena *arena, struct sg_sign_options *out)
{
    static const char *trust[TRUST_MAX];
    int c, rc = 0;

    *out = (struct sg_sign_options){.verb = verb,
        .trust = {.path = trust},
        .spec = {.as = SG_AS_EDOC,
            .level = verb == SG_VERB_EXTEND ? MH_LEVEL_NONE : MH_LEVEL_B,
            .role = "",
            .place = "",
            .reason = "",
            .lang = MH_AZ}};
    opterr = 0;
    while (rc == 0 &&
           (c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (c == 'h') {
            (void)fputs(verb == SG_VERB_EXTEND ? extend_help : sign_help,
                stdout); /* nothing to do about it */
            return -1;
        }
        rc = set_option(
            out, c != '?' && strchr(takes[verb], c) == NULL ? '?' : c, arena);
    }
    return rc == 0 ? check_all(out, argc - optind) : rc;
}

const struct sg_scheme_numbers sg_scheme_numbers = {
    SG_RSA_PKCS1, SG_RSA_PSS, SG_ECDSA};

const unsigned sg_as_cms = SG_AS_CMS;

enum sg_file_kind
sg_file_kind_of(int fd)
{
    /* A local header of 30 bytes, the name, then the content (5.2). */
    static const char name[] = "mimetype";
    static const char e[] = "application/vnd.etsi.asic-e+zip";
    static const char s[] = "application/vnd.etsi.asic-s+zip";
    char head[1024];
    ssize_t n = pread(fd, head, sizeof(head), 0);

    if (n >= 38 + (ssize_t)sizeof(e) && memcmp(head, "PK\3\4", 4) == 0 &&
        memcmp(head + 30, name, sizeof(name) - 1) == 0) {
        if (memcmp(head + 38, e, sizeof(e) - 1) == 0)
            return SG_FILE_ASICE;
        if (memcmp(head + 38, s, sizeof(s) - 1) == 0)
            return SG_FILE_ASICS;
    }
    return n >= 5 && memcmp(head, "%PDF-", 5) == 0 ? SG_FILE_PDF
                                                   : SG_FILE_OTHER;
}

static bool
ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);

    return n >= k && strcmp(name + n - k, suffix) == 0;
}

static bool
is_container(unsigned as)
{
    return as != SG_AS_PDF && as != SG_AS_CMS;
}

bool
sg_sign_each(const struct sg_sign_options *o, size_t files)
{
    return files > 1 && (o->each || (o->as_given && !is_container(o->spec.as)));
}

int
sg_sign_choose(const struct sg_sign_options *o, enum sg_file_kind kind,
    const char *name, size_t count, struct mh_sign_spec *spec)
{
    bool box = kind == SG_FILE_ASICE || kind == SG_FILE_ASICS;
    bool pdf_only = spec->visible || spec->certify != SG_CERTIFY_NOT ||
                    spec->lock != SG_LOCK_NOT || spec->reason[0] != '\0';

    if (count == 1 && box && is_container(spec->as)) {
        spec->add = true;
        if (kind == SG_FILE_ASICS)
            spec->as = SG_AS_ASICS;
        else if (!o->as_given)
            spec->as = ends_with(name, ".edoc")   ? SG_AS_EDOC
                       : ends_with(name, ".adoc") ? SG_AS_ADOC
                                                  : SG_AS_ASICE;
    } else if (!o->as_given) {
        spec->as = count == 1 && kind == SG_FILE_PDF ? SG_AS_PDF : SG_AS_EDOC;
    }
    if (spec->as == SG_AS_PDF && kind != SG_FILE_PDF)
        return sg_usage("--as", "pdf signs PDF files only");
    if (pdf_only && spec->as != SG_AS_PDF)
        return sg_usage(verbs[o->verb],
            "--visible, --certify, --lock and --reason are for PDF");
    if (o->signature_given && spec->cades && spec->as != SG_AS_ASICE &&
        spec->as != SG_AS_ASICS)
        return sg_usage("--signature", "cades is for asice and asics");
    return 0;
}

const char *
sg_sign_out(
    const struct mh_sign_spec *spec, const char *first, struct mh_arena *arena)
{
    static const char *const suffix[] = {[SG_AS_ADOC] = "adoc",
        [SG_AS_EDOC] = "edoc",
        [SG_AS_ASICE] = "asice",
        [SG_AS_ASICS] = "asics"};
    const char *slash = strrchr(first, '/');
    const char *base = slash == NULL ? first : slash + 1;
    const char *dot = strrchr(base, '.');
    int stem = (int)(dot == NULL || dot == base ? strlen(first)
                                                : (size_t)(dot - first));

    if (spec->as == SG_AS_CMS)
        return mh_arena_printf(arena, "%s.p7s", first);
    if (spec->as == SG_AS_PDF || spec->add)
        return mh_arena_printf(
            arena, "%.*s.signed%s", stem, first, first + stem);
    return mh_arena_printf(arena, "%.*s.%s", stem, first, suffix[spec->as]);
}
