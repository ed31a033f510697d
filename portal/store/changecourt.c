/*
 * Courts that two operators agree on.  As text; a court that is not there yet
 * is "":
 *
 *   name=Bakı Apellyasiya Məhkəməsi
 *   connected=yes
 *   closed=no
 *   types=2,2-1       series that it numbers, in their order; none: any
 *   place=baki        a code of the places, or none
 *   address=...
 *   phone=...
 *   email=...
 *   days=3            from the announcement of an act to its publication
 */
#include "portal/store/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "portal/data/places.h"
#include "portal/data/series.h"
#include "portal/store/acts.h"
#include "portal/store/courtinfo.h"

enum {
    PLACES_ARENA = 1 << 20, /* bytes */
};

struct court {
    const char *code;
    struct pt_court_info i;
    char connected[8], closed[8], days[8];
};

/* "103" of "court:103"; NULL: it is none. */
static const char *
code_of(const char *subject)
{
    static const char prefix[] = "court:";

    if (strncmp(subject, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    subject += sizeof(prefix) - 1;
    return pt_court_code_good(subject) ? subject : NULL;
}

static enum mh_code
read_court(struct pt_db *db, const char *subject, struct mh_err *err,
    struct mh_buf *out, bool *there)
{
    const char *code = code_of(subject);
    const struct pt_stmt q = {
        .sql = "SELECT 'name=' || k.name || char(10) || 'connected=' ||"
               " CASE coalesce(i.connected, 1) WHEN 1 THEN 'yes' ELSE 'no' END"
               " || char(10)"
               " || 'closed=' ||"
               " CASE coalesce(i.closed, 0) WHEN 1 THEN 'yes' ELSE 'no' END"
               " || char(10) || 'types=' || coalesce(i.types, '') || char(10)"
               " || 'place=' || coalesce(i.place, '') || char(10)"
               " || 'address=' || coalesce(i.address, '') || char(10)"
               " || 'phone=' || coalesce(i.phone, '') || char(10)"
               " || 'email=' || coalesce(i.email, '') || char(10)"
               " || 'days=' || coalesce(p.act_days, ?2) || char(10)"
               " FROM court k LEFT JOIN court_info i ON i.court = k.id"
               " LEFT JOIN court_policy p ON p.court = k.id"
               " WHERE k.code = ?1",
        .arg = {PT_S(code == NULL ? "" : code), PT_N(PT_ACT_DAYS)},
        .args = 2};
    enum mh_code rc = pt_change_text_of(db, &q, err, out, there);

    *there = code != NULL; /* a new one is one as well */
    return rc;
}

static bool
parse(const struct pt_change *c, struct court *k)
{
    struct pt_court_info *i = &k->i;
    const char *t = c->will;

    *k = (struct court){.code = code_of(c->subject)};
    return k->code != NULL &&
           pt_change_value(t, "name", i->court.name, sizeof(i->court.name)) &&
           pt_change_value(
               t, "connected", k->connected, sizeof(k->connected)) &&
           pt_change_value(t, "closed", k->closed, sizeof(k->closed)) &&
           pt_change_value(t, "types", i->types, sizeof(i->types)) &&
           pt_change_value(t, "place", i->place, sizeof(i->place)) &&
           pt_change_value(t, "address", i->address, sizeof(i->address)) &&
           pt_change_value(t, "phone", i->phone, sizeof(i->phone)) &&
           pt_change_value(t, "email", i->email, sizeof(i->email)) &&
           pt_change_value(t, "days", k->days, sizeof(k->days));
}

static bool
yes_or_no(const char *s)
{
    return strcmp(s, "yes") == 0 || strcmp(s, "no") == 0;
}

static bool
days_good(const char *s)
{
    size_t n = strspn(s, "0123456789");

    return n > 0 && n <= 2 && s[n] == '\0' && s[0] != '0' &&
           strtol(s, NULL, 10) <= PT_ACT_DAYS_MAX;
}

/* Types of cases that are numbered, each once, in the order of the table. */
static bool
types_good(const char *types)
{
    size_t at = 0;

    while (*types != '\0') {
        size_t n = strcspn(types, ",");
        const struct pt_series *s;

        while ((s = pt_series_of(at++)) != NULL &&
               (strlen(s->type) != n || strncmp(s->type, types, n) != 0))
            continue;
        if (s == NULL)
            return false;
        types += n;
        if (*types == ',' && *++types == '\0')
            return false;
    }
    return true;
}

static bool
clean(const char *s)
{
    return mh_text_is_clean(mh_span_str(s), PT_TEXT_MAX);
}

/* Telephone numbers and addresses as people write them; nothing is sent. */
static bool
reach_good(const struct pt_court_info *i)
{
    const char *at = strchr(i->email, '@');

    return clean(i->address) && clean(i->phone) && clean(i->email) &&
           i->phone[strspn(i->phone, "0123456789+() -,;")] == '\0' &&
           (i->email[0] == '\0' ||
               (at != NULL && at != i->email && at[1] != '\0' &&
                   strchr(at + 1, '@') == NULL &&
                   strcspn(i->email, " <>\"'") == strlen(i->email)));
}

/* A place of the table, or none. */
static enum mh_code
check_place(const char *place, struct mh_err *err, const char **rule)
{
    struct mh_arena *arena = mh_arena_new(PLACES_ARENA);
    struct pt_places places;
    enum mh_code code =
        arena == NULL
            ? mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "store: no memory")
            : pt_places_read(pt_places_text(), arena, err, &places);

    if (code == MH_OK && place[0] != '\0' &&
        pt_place_find(&places, place) == NULL)
        *rule = "court-place";
    mh_arena_free(arena);
    return code;
}

/* There is room for a new one, and no other has its name. */
static enum mh_code
check_others(struct pt_store *s, const struct pt_change *c,
    const struct court *k, struct mh_err *err, const char **rule)
{
    const struct pt_stmt same = {
        .sql = "SELECT 1 FROM court WHERE name = ?1 AND code <> ?2",
        .arg = {PT_S(k->i.court.name), PT_S(k->code)},
        .args = 2};
    const struct pt_stmt all = {.sql = "SELECT count(*) FROM court"};
    int64_t n = 0, courts = 0;
    bool there = false, any;
    enum mh_code code = pt_change_number(&s->writer, &same, err, &n, &there);

    if (code == MH_OK)
        code = pt_change_number(&s->writer, &all, err, &courts, &any);
    if (code == MH_OK && there)
        *rule = "court-name-taken";
    else if (code == MH_OK && c->was[0] == '\0' && courts >= PT_COURTS_MAX)
        *rule = "courts-max";
    return code;
}

static enum mh_code
check_court(struct pt_store *s, const struct pt_change *c, struct mh_err *err,
    struct pt_proposed_done *out)
{
    struct court k;
    enum mh_code code = MH_OK;

    if (!parse(c, &k) || !yes_or_no(k.connected) || !yes_or_no(k.closed))
        out->rule = "form";
    else if (k.i.court.name[0] == '\0' || !clean(k.i.court.name))
        out->rule = "court-name";
    else if (!types_good(k.i.types))
        out->rule = "court-types";
    else if (!reach_good(&k.i))
        out->rule = "court-reach";
    else if (!days_good(k.days))
        out->rule = "court-days";
    if (out->rule == NULL)
        code = check_place(k.i.place, err, &out->rule);
    return code == MH_OK && out->rule == NULL
               ? check_others(s, c, &k, err, &out->rule)
               : code;
}

static enum mh_code
apply_court(struct pt_store *s, const struct pt_change *c, struct mh_err *err)
{
    struct court k;
    bool good = parse(c, &k);
    struct pt_stmt steps[] = {
        {.sql = "INSERT INTO court (code, name) VALUES (?1, ?2)"
                " ON CONFLICT (code) DO UPDATE SET name = ?2",
            .arg = {PT_S(k.code), PT_S(k.i.court.name)},
            .args = 2},
        {.sql = "INSERT INTO court_info (court, connected, closed, types,"
                " address, phone, email, place)"
                " SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
                " FROM court WHERE code = ?1 ON CONFLICT (court) DO UPDATE"
                " SET connected = ?2, closed = ?3, types = ?4, address = ?5,"
                " phone = ?6, email = ?7, place = ?8",
            .arg = {PT_S(k.code), PT_N(strcmp(k.connected, "yes") == 0),
                PT_N(strcmp(k.closed, "yes") == 0), PT_S(k.i.types),
                PT_S(k.i.address), PT_S(k.i.phone), PT_S(k.i.email),
                PT_S(k.i.place)},
            .args = 8},
        {.sql = "INSERT INTO court_policy (court, act_days) SELECT id, ?2"
                " FROM court WHERE code = ?1"
                " ON CONFLICT (court) DO UPDATE SET act_days = ?2",
            .arg = {PT_S(k.code), PT_N(strtol(k.days, NULL, 10))},
            .args = 2}};
    enum mh_code code = MH_OK;

    if (!good)
        return mh_fail(
            err, MH_EINTERNAL, MH_NO_OFFSET, "store: court: cannot be read");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && code == MH_OK;
         i++)
        code = pt_rows_run(s, &steps[i], err);
    return code;
}

const struct pt_change_kind pt_change_court = {
    read_court, check_court, apply_court};
