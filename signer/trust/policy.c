#include "signer/trust/policy.h"

#include "signer/trust/oid.h"

static bool
is_any(struct mh_span oid)
{
    return mh_span_eq(oid, SG_OID_ANY_POLICY);
}

static bool
in_initial(const struct sg_policy *p, struct mh_span oid)
{
    for (size_t i = 0; i < p->initial_count; i++)
        if (mh_span_eq(p->initial[i], oid) || is_any(p->initial[i]))
            return true;
    return p->initial_count == 0;
}

static struct sg_policy_node *
find(struct sg_policy_node *nodes, size_t count, struct mh_span oid)
{
    for (size_t i = 0; i < count; i++)
        if (mh_span_eq(nodes[i].oid, oid))
            return &nodes[i];
    return NULL;
}

/* Adds a policy or another way to reach it; false past the limit. */
static bool
add(struct sg_policy_node *nodes, size_t *count, struct mh_span oid,
    bool accepted)
{
    struct sg_policy_node *n = find(nodes, *count, oid);

    if (n != NULL) {
        n->accepted |= accepted;
        return true;
    }
    if (*count == MH_POLICIES_MAX)
        return false;
    nodes[(*count)++] = (struct sg_policy_node){oid, accepted};
    return true;
}

void
sg_policy_init(struct sg_policy *p, const struct sg_path_input *in, size_t n)
{
    p->initial = in->policies;
    p->initial_count = in->policy_count;
    p->valid_count = 0;
    p->expected_count = 1;
    p->expected[0] = (struct sg_policy_node){SG_OID_ANY_POLICY, true};
    p->explicit_policy = in->explicit_policy ? 0 : n + 1;
    p->mapping = in->inhibit_mapping ? 0 : n + 1;
    p->inhibit_any = in->inhibit_any_policy ? 0 : n + 1;
}

/* The next PolicyInformation or mapping pair of an extension's content. */
static struct mh_span
next_oid(struct df_der *d, struct mh_span *second)
{
    struct df_der in = df_der_enter(d, DF_SEQUENCE);
    struct mh_span oid = df_der_get(&in, DF_OID);

    if (second != NULL)
        *second = df_der_get(&in, DF_OID);
    return oid;
}

bool
sg_policy_step(struct sg_policy *p, const struct sg_cert *cert, bool last)
{
    struct df_der d = df_der_from(cert->policies);
    struct sg_policy_node *any =
        find(p->expected, p->expected_count, SG_OID_ANY_POLICY);
    bool has_any = false;

    p->valid_count = 0;
    while (df_der_more(&d)) {
        struct mh_span oid = next_oid(&d, NULL);
        const struct sg_policy_node *n;

        if (is_any(oid)) {
            has_any = true;
            continue;
        }
        n = find(p->expected, p->expected_count, oid);
        if (n != NULL || any != NULL)
            if (!add(p->valid, &p->valid_count, oid,
                    n != NULL ? n->accepted : in_initial(p, oid)))
                return false;
    }
    if (has_any && (p->inhibit_any > 0 || (!last && cert->self_issued)))
        for (size_t i = 0; i < p->expected_count; i++) {
            const struct sg_policy_node *n = &p->expected[i];

            if (find(p->valid, p->valid_count, n->oid) == NULL &&
                !add(p->valid, &p->valid_count, n->oid, n->accepted))
                return false;
        }
    return p->explicit_policy > 0 || p->valid_count > 0;
}

/* Whether the certificate maps this policy to another. */
static bool
is_mapped(const struct sg_cert *cert, struct mh_span oid)
{
    struct df_der d = df_der_from(cert->mappings);
    struct mh_span to;

    while (df_der_more(&d))
        if (mh_span_eq(next_oid(&d, &to), oid))
            return true;
    return false;
}

/* 6.1.4 (a) and (b): what the next certificate is expected to state. */
static bool
map(struct sg_policy *p, const struct sg_cert *cert)
{
    struct df_der d = df_der_from(cert->mappings);
    bool any = find(p->valid, p->valid_count, SG_OID_ANY_POLICY) != NULL;

    p->expected_count = 0;
    for (size_t i = 0; i < p->valid_count; i++)
        if (!is_mapped(cert, p->valid[i].oid) &&
            !add(p->expected, &p->expected_count, p->valid[i].oid,
                p->valid[i].accepted))
            return false;
    while (df_der_more(&d)) {
        struct mh_span to, from = next_oid(&d, &to);
        const struct sg_policy_node *n;

        if (is_any(from) || is_any(to))
            return false;
        if (p->mapping == 0)
            continue;
        n = find(p->valid, p->valid_count, from);
        if ((n != NULL || any) &&
            !add(p->expected, &p->expected_count, to,
                n != NULL ? n->accepted : in_initial(p, from)))
            return false;
    }
    return true;
}

static void
lower(uint64_t *counter, bool present, uint64_t value)
{
    if (present && value < *counter)
        *counter = value;
}

bool
sg_policy_next(struct sg_policy *p, const struct sg_cert *cert)
{
    if (!map(p, cert))
        return false;
    if (!cert->self_issued) {
        p->explicit_policy -= p->explicit_policy > 0;
        p->mapping -= p->mapping > 0;
        p->inhibit_any -= p->inhibit_any > 0;
    }
    lower(&p->explicit_policy, cert->has_require_explicit,
        cert->require_explicit);
    lower(&p->mapping, cert->has_inhibit_mapping, cert->inhibit_mapping);
    lower(&p->inhibit_any, cert->has_inhibit_any, cert->inhibit_any);
    return true;
}

bool
sg_policy_end(struct sg_policy *p, const struct sg_cert *leaf)
{
    p->explicit_policy -= p->explicit_policy > 0;
    if (leaf->has_require_explicit && leaf->require_explicit == 0)
        p->explicit_policy = 0;
    if (p->explicit_policy > 0)
        return true;
    for (size_t i = 0; i < p->valid_count; i++)
        if (p->valid[i].accepted)
            return true;
    return false;
}
