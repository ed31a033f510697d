#include "signer/cmd/serve_check.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/chan.h"
#include "hsm/hsm.h"
#include "signer/cmd/serve_trust.h"

struct check {
    const char *path;
    const struct sg_serve_config *config;
    struct sg_problems *problems;
};

static void
check_trust(struct check *c)
{
    struct mh_err err = {.msg = ""};
    const char *bad = NULL;
    int fd = -1;

    if (sg_serve_trust(c->config, &err, &bad, &fd) != MH_OK)
        sg_problem(
            c->problems, bad == NULL ? c->path : bad, 0, "trust: %s", err.msg);
    if (c->config->base.trusts == 0)
        sg_problem(c->problems, c->path, 0,
            "trust: nothing is trusted, no signature would pass");
    mh_close(&fd);
}

/* A folder that user can work in, or nothing yet in one that is. */
static void
check_folder(struct check *c, const char *path, const struct sg_user *user)
{
    uid_t uid = c->config->switch_user ? user->uid : geteuid();
    struct stat st;

    if (lstat(path, &st) != 0)
        return; /* made at the start */
    if (!S_ISDIR(st.st_mode))
        sg_problem(c->problems, path, 0, "state: is not a folder");
    else if (st.st_uid != uid && st.st_uid != 0)
        sg_problem(c->problems, path, 0, "state: is of another user");
    else if ((st.st_mode & 077) != 0)
        sg_problem(c->problems, path, 0, "state: others may enter it");
}

static void
check_store(struct check *c)
{
    static const char head[] = "SQLite format 3";
    char file[4096], got[sizeof(head)] = "";
    struct stat st;
    int fd;

    check_folder(c, c->config->portal.state, &c->config->user[SG_ROLE_PORTAL]);
    check_folder(c, c->config->keyd.state, &c->config->user[SG_ROLE_KEYD]);
    if (!c->config->switch_user && access(c->config->state, W_OK) != 0)
        sg_problem(
            c->problems, c->config->state, 0, "state: may not be written to");
    (void)snprintf(file, sizeof(file), "%s/store.db",
        c->config->portal.state); /* settings are shorter */
    fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return; /* made at the start */
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        (st.st_size > 0 &&
            (pread(fd, got, sizeof(got), 0) != (ssize_t)sizeof(got) ||
                memcmp(got, head, sizeof(head)) != 0)))
        sg_problem(c->problems, file, 0, "store: is no SQLite database");
    mh_close(&fd);
}

/* A stored PIN is for its owner alone (keys.md 3.3). */
static void
check_secret(struct check *c, const struct mh_key_settings *key)
{
    const struct sg_user *user = &c->config->user[SG_ROLE_KEYD];
    uid_t uid = c->config->switch_user ? user->uid : geteuid();
    const char *file = key->pin_source + 5;
    struct stat st;

    if (key->pin_source[0] == '\0')
        return;
    if (stat(file, &st) != 0)
        sg_problem(c->problems, file, 0, "key %s: %s", key->name,
            "the file of the PIN cannot be seen");
    else if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        sg_problem(c->problems, file, 0,
            "key %s: the file of the PIN is not of mode 0600", key->name);
    else if (st.st_uid != uid)
        sg_problem(c->problems, file, 0,
            "key %s: the file of the PIN is not of the user of keyd",
            key->name);
    else if (st.st_size == 0 || st.st_size > MH_TOKEN_PIN_MAX + 1)
        sg_problem(
            c->problems, file, 0, "key %s: no PIN in the file", key->name);
}

static enum mh_token_profile
profile_of(const char *name)
{
    if (strcmp(name, "card") == 0)
        return MH_TOKEN_CARD;
    return strcmp(name, "soft") == 0 ? MH_TOKEN_SOFT : MH_TOKEN_NET;
}

/* Whether exactly one key is found, without a PIN. */
static void
check_key(struct check *c, size_t i)
{
    const struct mh_key_settings *key = &c->config->keyd.key[i];
    const struct sg_token_setup *t = &c->config->token[i];
    struct hsm_options options = {.module = t->module,
        .profile = profile_of(t->profile),
        .writable = t->writable,
        .writables = t->writables};
    struct mh_err err = {.msg = ""};
    struct hsm_token *token = NULL;
    char *name = t->env == NULL ? NULL : strdup(t->env);
    char *value = name == NULL ? NULL : strchr(name, '=');

    /* mohur-token takes it from our environment. */
    if (value != NULL) {
        *value++ = '\0';
        (void)setenv(name, value, 1); /* without it the token is not found */
    }
    if (hsm_new(&options, key->uri, &err, &token) != HSM_OK ||
        hsm_open(token, &err) != HSM_OK)
        sg_problem(c->problems, c->path, 0, "key %s: %s", key->name, err.msg);
    hsm_free(token);
    if (name != NULL)
        (void)unsetenv(name); /* the next key has its own */
    free(name);
}

void
sg_serve_check(const char *path, const struct sg_serve_config *config,
    struct sg_problems *problems)
{
    const struct sg_user *user = &config->user[SG_ROLE_TOKEN];
    struct check c = {path, config, problems};

    check_trust(&c);
    check_store(&c);
    for (size_t i = 0; i < config->keyd.keys; i++)
        check_secret(&c, &config->keyd.key[i]);
    /* A vendor's module is never loaded by root. */
    if (config->switch_user &&
        (setgroups(0, NULL) != 0 ||
            setresgid(user->gid, user->gid, user->gid) != 0 ||
            setresuid(user->uid, user->uid, user->uid) != 0)) {
        sg_problem(problems, path, 0, "token-user: cannot be become");
        return;
    }
    for (size_t i = 0; i < config->keyd.keys; i++)
        if (strncmp(config->keyd.key[i].uri, "pkcs11:", 7) == 0)
            check_key(&c, i);
}
