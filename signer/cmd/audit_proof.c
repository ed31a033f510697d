#include "signer/cmd/audit_proof.h"

#include <jansson.h>

#include "hsm/hsm.h"

enum {
    TEXT_MAX = 1024 /* characters of a value that is to be a hash */
};

static enum mh_code
bad(struct mh_err *err, const char *what)
{
    return mh_fail(err, MH_EFORMAT, MH_NO_OFFSET, "proof: %s", what);
}

static bool
get_hash(const json_t *j, struct hsm_hash *out)
{
    struct mh_span s;

    if (!json_is_string(j))
        return false;
    s = (struct mh_span){
        (const uint8_t *)json_string_value(j), json_string_length(j)};
    return s.len <= TEXT_MAX &&
           hsm_base64_exact(s, out->byte, sizeof(out->byte));
}

static bool
get_size(const json_t *j, uint64_t *out)
{
    if (!json_is_integer(j) || json_integer_value(j) < 0)
        return false;
    *out = (uint64_t)json_integer_value(j);
    return true;
}

static enum mh_code
get_proof(
    const json_t *j, struct mh_err *err, struct hsm_hash *out, size_t *count)
{
    *count = 0;
    if (json_is_null(j))
        return MH_OK;
    if (!json_is_array(j))
        return bad(err, "proof is no list");
    if (json_array_size(j) > HSM_PROOF_MAX)
        return bad(err, "more hashes than any proof has");
    for (; *count < json_array_size(j); ++*count)
        if (!get_hash(json_array_get(j, *count), &out[*count]))
            return bad(err, "a hash is not 32 bytes in base64");
    return MH_OK;
}

static enum mh_code
inclusion(const json_t *j, struct mh_err *err, const struct hsm_hash *proof,
    size_t count)
{
    struct hsm_hash leaf, root;
    uint64_t index, size;

    if (!get_size(json_object_get(j, "leafIdx"), &index) ||
        !get_size(json_object_get(j, "treeSize"), &size))
        return bad(err, "leafIdx or treeSize is no size");
    if (!get_hash(json_object_get(j, "leafHash"), &leaf) ||
        !get_hash(json_object_get(j, "root"), &root))
        return bad(err, "leafHash or root is not 32 bytes in base64");
    if (index >= size)
        return bad(err, "the leaf is not in a tree of this size");
    return hsm_inclusion_verify(&leaf, index, size, proof, count, &root)
               ? MH_OK
               : bad(err, "it does not give the root");
}

static enum mh_code
consistency(const json_t *j, struct mh_err *err, const struct hsm_hash *proof,
    size_t count)
{
    const json_t *text1 = json_object_get(j, "root1");
    const json_t *text2 = json_object_get(j, "root2");
    struct hsm_hash root1, root2;
    uint64_t size1, size2;

    if (!get_size(json_object_get(j, "size1"), &size1) ||
        !get_size(json_object_get(j, "size2"), &size2))
        return bad(err, "size1 or size2 is no size");
    /* A tree and itself: there is nothing to compute, only to compare. */
    if (size1 == size2 && json_is_string(text1) && json_is_string(text2))
        return count == 0 && json_string_length(text1) > 0 &&
                       json_equal(text1, text2)
                   ? MH_OK
                   : bad(err, "equal sizes take equal roots and no hashes");
    if (!get_hash(text1, &root1) || !get_hash(text2, &root2))
        return bad(err, "root1 or root2 is not 32 bytes in base64");
    if (size1 == 0)
        return bad(err, "from the empty tree nothing can be proved");
    return hsm_consistency_verify(size1, size2, &root1, &root2, proof, count)
               ? MH_OK
               : bad(err, "it does not give the roots");
}

/*
 * Exactly these members; the parser has refused one that is there twice.  What
 * published collections of such proofs say beside them, how one is called and
 * whether it should fail, is no part of it.
 */
static bool
has_only(const json_t *j, const char *const name[5])
{
    size_t beside = (json_object_get(j, "desc") != NULL ? 1U : 0U) +
                    (json_object_get(j, "wantErr") != NULL ? 1U : 0U);

    if (json_object_size(j) - beside != 5)
        return false;
    for (int i = 0; i < 5; i++)
        if (json_object_get(j, name[i]) == NULL)
            return false;
    return true;
}

enum mh_code
sg_audit_proof_json(struct mh_span json, struct mh_err *err)
{
    static const char *const of_leaf[5] = {
        "leafHash", "leafIdx", "treeSize", "root", "proof"};
    static const char *const of_trees[5] = {
        "size1", "size2", "root1", "root2", "proof"};
    struct hsm_hash proof[HSM_PROOF_MAX];
    size_t count = 0;
    json_error_t why;
    json_t *j = json_loadb(
        (const char *)json.ptr, json.len, JSON_REJECT_DUPLICATES, &why);
    enum mh_code code;

    if (j == NULL)
        return bad(err, "not JSON, or a number past 2^63");
    code = get_proof(json_object_get(j, "proof"), err, proof, &count);
    if (code == MH_OK && has_only(j, of_leaf))
        code = inclusion(j, err, proof, count);
    else if (code == MH_OK && has_only(j, of_trees))
        code = consistency(j, err, proof, count);
    else if (code == MH_OK)
        code = bad(err, "not exactly the members of one of the two kinds");
    json_decref(j);
    return code;
}
