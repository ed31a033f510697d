#include "signer/courier/fetch.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signer/courier/address.h"

enum {
    CONNECT_MS = 3000,
    PORT_HTTP = 80,
    PORT_HTTPS = 443
};

static const struct {
    const char *content_type; /* NULL: nothing is sent */
    const char *accept;
    uint32_t timeout_ms;
} kinds[MH_FETCH_KINDS] = {
    [MH_FETCH_OCSP] = {"Content-Type: application/ocsp-request",
        "Accept: application/ocsp-response", 10000},
    [MH_FETCH_CRL] = {NULL, "Accept: application/pkix-crl, */*", 20000},
    [MH_FETCH_ISSUER] = {NULL, "Accept: application/pkix-cert, */*", 10000},
    [MH_FETCH_TSA] = {"Content-Type: application/timestamp-query",
        "Accept: application/timestamp-reply", 10000},
    [MH_FETCH_LIST] = {NULL, "Accept: application/xml, */*", 30000},
    [MH_FETCH_JSON_GET] = {NULL, "Accept: application/json", 10000},
    [MH_FETCH_JSON_POST] = {"Content-Type: application/json; charset=utf-8",
        "Accept: application/json", 10000},
    [MH_FETCH_MAIL] = {NULL, NULL, 20000},
    [MH_FETCH_SMS] = {NULL, "Accept: */*", 15000},
    [MH_FETCH_FORM_POST] = {"Content-Type: application/x-www-form-urlencoded",
        "Accept: application/x-www-form-urlencoded, text/plain", 10000},
};

/* Past the limit libcurl is told that nothing was taken, and stops. */
static size_t
take(char *bytes, size_t size, size_t count, void *ctx)
{
    struct sg_transfer *t = ctx;
    size_t n = size * count; /* size is always 1 */

    if (n > t->max - t->body.len)
        return 0;
    mh_buf_span(&t->body, (struct mh_span){(const uint8_t *)bytes, n});
    return mh_buf_ok(&t->body) ? n : 0;
}

/* Asked with the address that a connection is going to be made to. */
static curl_socket_t
open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct sg_transfer *t = ctx;
    unsigned port = sg_address_port(&a->addr, a->addrlen);

    (void)purpose;
    if ((a->family != AF_INET && a->family != AF_INET6) ||
        (!t->anywhere && (!sg_address_public(&a->addr, a->addrlen) ||
                             (port != PORT_HTTP && port != PORT_HTTPS)))) {
        t->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static bool
set_headers(struct sg_transfer *t)
{
    const char *type = kinds[t->fetch.kind].content_type;
    struct curl_slist *more =
        curl_slist_append(NULL, kinds[t->fetch.kind].accept);

    t->headers = more;
    if (more != NULL && type != NULL)
        more = curl_slist_append(more, type);
    if (more != NULL) /* no "100 Continue": responders do not know it */
        more = curl_slist_append(more, "Expect:");
    return more != NULL && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER,
                               t->headers) == CURLE_OK;
}

bool
sg_url_is(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

/*
 * A connection that is kept was not made under the address rule, and a request
 * on it is sent again by libcurl where the server closes it, answered or not.
 */
static bool
needs_own_connection(const struct sg_transfer *t)
{
    return !t->anywhere || t->fetch.kind == MH_FETCH_JSON_POST ||
           t->fetch.kind == MH_FETCH_FORM_POST || t->sender != NULL;
}

/* What libcurl sends as the message. */
static size_t
give(char *out, size_t size, size_t count, void *ctx)
{
    struct sg_transfer *t = ctx;
    size_t n = size * count, left = t->fetch.body.len - t->sent;

    if (n > left)
        n = left;
    memcpy(out, t->fetch.body.ptr + t->sent, n);
    t->sent += n;
    return n;
}

/* RFC 5321, over TLS as it is configured (RFC 3207, 8314). */
static bool
set_mail(struct sg_transfer *t)
{
    static const long tls[MH_SENDER_MODES] = {
        [MH_MAIL_TLS] = (long)CURLUSESSL_ALL,
        [MH_MAIL_TLS_TRY] = (long)CURLUSESSL_TRY,
        [MH_MAIL_PLAIN] = (long)CURLUSESSL_NONE};
    const struct mh_sender *s = t->sender;
    CURL *e = t->easy;

    t->sent = 0;
    t->headers = curl_slist_append(NULL, t->fetch.to);
    return t->headers != NULL &&
           curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps") ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USE_SSL, tls[s->mode]) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_MAIL_FROM, t->fetch.from) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_MAIL_RCPT, t->headers) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_READFUNCTION, give) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_READDATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE,
               (curl_off_t)t->fetch.body.len) == CURLE_OK &&
           (s->user[0] == '\0' ||
               (curl_easy_setopt(e, CURLOPT_USERNAME, s->user) == CURLE_OK &&
                   curl_easy_setopt(e, CURLOPT_PASSWORD, s->password) ==
                       CURLE_OK));
}

static bool
set_request(struct sg_transfer *t)
{
    CURL *e = t->easy;
    uint32_t timeout = t->fetch.timeout_ms != 0
                           ? t->fetch.timeout_ms
                           : kinds[t->fetch.kind].timeout_ms;
    bool ok =
        curl_easy_setopt(e, CURLOPT_URL, t->url) == CURLE_OK &&
        curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout) == CURLE_OK &&
        curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) ==
            CURLE_OK &&
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT,
            needs_own_connection(t) ? 1L : 0L) == CURLE_OK;

    if (ok && kinds[t->fetch.kind].content_type != NULL)
        ok = curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE,
                 (long)t->fetch.body.len) == CURLE_OK &&
             curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS,
                 (const char *)t->fetch.body.ptr) == CURLE_OK;
    if (t->fetch.kind == MH_FETCH_MAIL)
        return ok && set_mail(t);
    return ok && set_headers(t);
}

/* What holds for every request (security.md 4, libcurl). */
static bool
set_rules(struct sg_transfer *t, const struct mh_fetch_setup *setup)
{
    CURL *e = t->easy;

    return curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROXY, setup->proxy) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NOPROXY, "") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
               (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USERAGENT, "mohur/" MH_VERSION) ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket) ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSLVERSION,
               (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (setup->ca_file[0] == '\0' || curl_easy_setopt(e, CURLOPT_CAINFO,
                                             setup->ca_file) == CURLE_OK) &&
           (t->pin[0] == '\0' || curl_easy_setopt(e, CURLOPT_PINNEDPUBLICKEY,
                                     t->pin) == CURLE_OK);
}

enum mh_code
sg_transfer_start(struct sg_transfer *t, const struct mh_fetch_setup *setup,
    struct mh_err *err)
{
    t->max = mh_fetch_limit(t->fetch.kind);
    t->due = 0;
    t->refused = false;
    t->headers = NULL;
    mh_buf_init(&t->body, (size_t)t->max);
    t->easy = curl_easy_init();
    if (t->easy == NULL)
        return mh_fail(err, MH_ENOMEM, MH_NO_OFFSET, "courier: no memory");
    if (!set_rules(t, setup) || !set_request(t) ||
        curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t) != CURLE_OK)
        return mh_fail(
            err, MH_EFORMAT, MH_NO_OFFSET, "address: cannot be used");
    return MH_OK;
}

static const char *
mail_text_of(CURLcode result)
{
    switch ((int)result) {
    case CURLE_LOGIN_DENIED:
        return "mail: user name or password are not accepted";
    case CURLE_USE_SSL_FAILED:
        return "mail: the server has no TLS";
    case CURLE_WEIRD_SERVER_REPLY:
        return "answer: no SMTP";
    default:
        return NULL;
    }
}

static const char *
text_of(const struct sg_transfer *t, CURLcode result)
{
    if (t->refused)
        return "address: may not be connected to";
    if (t->fetch.kind == MH_FETCH_MAIL && mail_text_of(result) != NULL)
        return mail_text_of(result);
    switch ((int)result) {
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
        return SG_NO_ADDRESS;
    case CURLE_UNSUPPORTED_PROTOCOL: /* what libcurl calls HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY:
        return "answer: no HTTP";
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
        return "host: its name is not known";
    case CURLE_COULDNT_CONNECT:
        return "host: no connection";
    case CURLE_OPERATION_TIMEDOUT:
        return "host: no answer in time";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CACERT_BADFILE:
        return "host: its TLS certificate is not accepted";
    case CURLE_WRITE_ERROR:
        return "answer: too large";
    default:
        return "host: the connection broke";
    }
}

/* Faults that may be gone a moment later. */
static bool
may_pass(CURLcode result)
{
    return result == CURLE_COULDNT_CONNECT || result == CURLE_SEND_ERROR ||
           result == CURLE_RECV_ERROR || result == CURLE_GOT_NOTHING ||
           result == CURLE_PARTIAL_FILE || result == CURLE_COULDNT_RESOLVE_HOST;
}

/* Whether a connection was ready for the request. */
static bool
was_asked(const struct sg_transfer *t)
{
    curl_off_t at = 0; /* microseconds */

    return curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &at) ==
               CURLE_OK &&
           at > 0;
}

static enum mh_code
code_of(const struct sg_transfer *t, CURLcode result)
{
    if (t->refused || result == CURLE_URL_MALFORMAT ||
        (result == CURLE_LOGIN_DENIED && t->fetch.kind != MH_FETCH_MAIL))
        return MH_EUNSUP;
    return result == CURLE_WRITE_ERROR     ? MH_ELIMIT
           : result == CURLE_OUT_OF_MEMORY ? MH_ENOMEM
                                           : MH_EIO;
}

void
sg_transfer_outcome(
    struct sg_transfer *t, CURLcode result, struct sg_outcome *out)
{
    long status = 0;

    *out = (struct sg_outcome){.text = ""};
    /* A mail server that said no has answered (RFC 5321 4.2.1). */
    if (t->fetch.kind == MH_FETCH_MAIL &&
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) ==
            CURLE_OK &&
        ((result == CURLE_OK && status == 250) ||
            (result != CURLE_LOGIN_DENIED && result != CURLE_USE_SSL_FAILED &&
                result != CURLE_OK && status >= 400 && status <= 599))) {
        out->status = (uint32_t)status;
        return;
    }
    if (result != CURLE_OK) {
        out->code = code_of(t, result);
        out->text = text_of(t, result);
        out->again = !t->refused && may_pass(result);
        out->slow = result == CURLE_OPERATION_TIMEDOUT && was_asked(t);
        out->silent = !t->refused &&
                      (result == CURLE_COULDNT_CONNECT ||
                          result == CURLE_COULDNT_RESOLVE_HOST ||
                          (result == CURLE_OPERATION_TIMEDOUT && !out->slow));
        return;
    }
    if (curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) !=
            CURLE_OK ||
        status < 100 || status > 999) {
        out->code = MH_EIO;
        out->text = "answer: no HTTP";
        return;
    }
    out->status = (uint32_t)status;
    out->again = status >= 500;
}

void
sg_transfer_stop(struct sg_transfer *t)
{
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    mh_buf_fini(&t->body);
}
