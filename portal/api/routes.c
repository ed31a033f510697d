/* Every route there is; portal/api/openapi.json describes each of them. */
#include "portal/api/app.h"

#include "portal/api/extend.h"
#include "portal/api/health.h"
#include "portal/api/job.h"
#include "portal/api/options.h"
#include "portal/api/proof.h"
#include "portal/api/seal.h"
#include "portal/api/sign.h"
#include "portal/api/signjob.h"
#include "portal/api/signmobile.h"
#include "portal/api/siva.h"
#include "portal/api/verify.h"
#include "portal/notify/deliver.h"
#include "portal/pages/actback.h"
#include "portal/pages/actclock.h"
#include "portal/pages/actpage.h"
#include "portal/pages/actqueue.h"
#include "portal/pages/admin.h"
#include "portal/pages/appcase.h"
#include "portal/pages/appcourt.h"
#include "portal/pages/appdesk.h"
#include "portal/pages/appfee.h"
#include "portal/pages/appfiles.h"
#include "portal/pages/applist.h"
#include "portal/pages/apppage.h"
#include "portal/pages/appparties.h"
#include "portal/pages/appreceipt.h"
#include "portal/pages/appsign.h"
#include "portal/pages/apptext.h"
#include "portal/pages/asan.h"
#include "portal/pages/auditpage.h"
#include "portal/pages/cabinet.h"
#include "portal/pages/cardsign.h"
#include "portal/pages/cardtoken.h"
#include "portal/pages/casenew.h"
#include "portal/pages/casepage.h"
#include "portal/pages/cases.h"
#include "portal/pages/complaint.h"
#include "portal/pages/desk.h"
#include "portal/pages/documents.h"
#include "portal/pages/draftpage.h"
#include "portal/pages/enforcement.h"
#include "portal/pages/feedback.h"
#include "portal/pages/fees.h"
#include "portal/pages/filepage.h"
#include "portal/pages/front.h"
#include "portal/pages/hearingform.h"
#include "portal/pages/hearings.h"
#include "portal/pages/inner.h"
#include "portal/pages/inquiries.h"
#include "portal/pages/joincase.h"
#include "portal/pages/joinpage.h"
#include "portal/pages/judgepage.h"
#include "portal/pages/letters.h"
#include "portal/pages/lookpage.h"
#include "portal/pages/mandates.h"
#include "portal/pages/notifications.h"
#include "portal/pages/papersign.h"
#include "portal/pages/paylist.h"
#include "portal/pages/paypage.h"
#include "portal/pages/proofs.h"
#include "portal/pages/published.h"
#include "portal/pages/recover.h"
#include "portal/pages/redacting.h"
#include "portal/pages/register.h"
#include "portal/pages/web.h"

static const char *const documents[] = {"file", "data", NULL};

/* A page, and a form of one, that have nothing else to say. */
#define PAGE(where, what)                                                      \
    {                                                                          \
        .method = PT_GET, .path = (where), .page = true, .handle = (what)      \
    }
/* The same where a visitor reads a few rows. */
#define FRONT(where, fields, what)                                             \
    {                                                                          \
        .method = PT_GET, .path = (where), .query = (fields), .page = true,    \
        .reads = true, .handle = (what)                                        \
    }
/* With fields in its address. */
#define ASKED(where, fields, what)                                             \
    {                                                                          \
        .method = PT_GET, .path = (where), .query = (fields), .page = true,    \
        .handle = (what)                                                       \
    }
#define SENT(where, what)                                                      \
    {                                                                          \
        .method = PT_POST, .path = (where), .body = PT_BODY_FORM,              \
        .cap = PT_FORM_MAX, .page = true, .handle = (what)                     \
    }

/* A form with files. */
#define UPLOADED(where, parts, what)                                           \
    {                                                                          \
        .method = PT_POST, .path = (where), .body = PT_BODY_MULTIPART,         \
        .cap = PT_UPLOAD_MAX, .files = (parts), .page = true, .handle = (what) \
    }

const struct pt_route pt_routes[] = {
    {.method = PT_GET,
        .path = "/api/v1/health/live",
        .open = true,
        .quick = true,
        .handle = pt_health_live},
    {.method = PT_GET,
        .path = "/api/v1/health/ready",
        .open = true,
        .quick = true, /* it writes every five seconds */
        .handle = pt_health_ready},
    {.method = PT_GET,
        .path = "/api/v1/openapi.json",
        .open = true,
        .quick = true,
        .handle = pt_openapi},
    {.method = PT_POST,
        .path = "/api/v1/verify",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = documents,
        .query = pt_options_names,
        .handle = pt_verify},
    {.method = PT_POST,
        .path = "/api/v1/inspect",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = documents,
        .handle = pt_inspect},
    {.method = PT_GET, .path = "/api/v1/jobs/{id}", .handle = pt_job_show},
    {.method = PT_GET,
        .path = "/api/v1/jobs/{id}/result",
        .handle = pt_job_result},
    {.method = PT_POST,
        .path = "/api/v1/mobile",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = pt_sign_mobile_files,
        .may = MH_MAY_SIGN,
        .handle = pt_sign_mobile},
    {.method = PT_GET,
        .path = "/api/v1/mobile/{id}",
        .may = MH_MAY_SIGN,
        .handle = pt_sign_mobile_show},
    {.method = PT_POST,
        .path = "/api/v1/sign",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = pt_sign_files,
        .may = MH_MAY_SIGN,
        .handle = pt_sign},
    {.method = PT_GET,
        .path = "/api/v1/sign/{id}",
        .may = MH_MAY_SIGN | MH_MAY_SEAL,
        .handle = pt_sign_show},
    {.method = PT_POST,
        .path = "/api/v1/sign/{id}/value",
        .body = PT_BODY_MULTIPART,
        .cap = PT_FORM_MAX,
        .may = MH_MAY_SIGN,
        .handle = pt_sign_value},
    {.method = PT_GET,
        .path = "/api/v1/sign/{id}/document",
        .may = MH_MAY_SIGN | MH_MAY_SEAL,
        .handle = pt_sign_document},
    {.method = PT_POST,
        .path = "/api/v1/seal",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = pt_seal_files,
        .may = MH_MAY_SEAL,
        .handle = pt_seal},
    {.method = PT_POST,
        .path = "/api/v1/extend",
        .body = PT_BODY_MULTIPART,
        .cap = PT_UPLOAD_MAX,
        .files = pt_extend_files,
        .may = MH_MAY_EXTEND,
        .handle = pt_extend},
    {.method = PT_GET,
        .path = "/api/v1/audit/{id}",
        .may = MH_MAY_AUDIT,
        .handle = pt_proof},
    {.method = PT_POST,
        .path = "/V3/validate",
        .body = PT_BODY_JSON,
        .cap = PT_SIVA_MAX,
        .handle = pt_siva_validate},
    ASKED("/sms/report", pt_sms_query, pt_sms_reported),
    /* Pages. */
    {.method = PT_GET,
        .path = "/",
        .open = true,
        .quick = true,
        .handle = pt_web_home},
    {.method = PT_GET,
        .path = "/assets/{id}",
        .query = pt_web_asset_query,
        .open = true,
        .quick = true,
        .handle = pt_web_asset},
    {.method = PT_POST,
        .path = "/lang",
        .body = PT_BODY_FORM,
        .cap = PT_FORM_MAX,
        .open = true,
        .quick = true,
        .handle = pt_web_lang},
    {.method = PT_GET,
        .path = "/verify",
        .open = true,
        .quick = true,
        .handle = pt_web_form},
    FRONT("/portal", NULL, pt_web_portal),
    FRONT("/courts", pt_web_courts_query, pt_web_courts),
    FRONT("/fees", pt_web_fees_query, pt_web_fees),
    ASKED("/published", pt_web_published_query, pt_web_published),
    FRONT("/published/{id}", NULL, pt_web_published_act),
    /* Before letters, of which "new" is none. */
    ASKED("/letters/new", pt_web_letter_query, pt_web_letter_new),
    SENT("/letters/new", pt_web_letter_write),
    PAGE("/letters/confirm/{id}", pt_web_letter_confirm_form),
    SENT("/letters/confirm", pt_web_letter_confirm),
    PAGE("/letters", pt_web_letters),
    PAGE("/letters/{id}", pt_web_court_letter),
    SENT("/letters/{id}", pt_web_court_letter_do),
    UPLOADED("/verify", documents, pt_web_verify),
    ASKED("/verify/report/{id}", pt_web_report_query, pt_web_report),
    FRONT("/login", NULL, pt_web_login_form),
    SENT("/login", pt_web_login),
    PAGE("/login/asan", pt_web_asan_form),
    SENT("/login/asan", pt_web_asan),
    PAGE("/login/asan/{id}", pt_web_asan_wait),
    ASKED("/login/card", pt_web_card_query, pt_web_card_form),
    /* Before tickets, of which it is none. */
    ASKED("/login/card/go", pt_web_card_go_query, pt_web_card_go),
    PAGE("/login/card/{id}", pt_web_card_enter),
    PAGE("/login/token", pt_web_token_form),
    SENT("/login/token", pt_web_token_begin),
    SENT("/login/token/answer", pt_web_token),
    {.method = PT_GET,
        .path = "/card/{id}",
        .page = true,
        .card = true,
        .handle = pt_web_card_shown},
    ASKED("/step-up", pt_web_step_query, pt_web_step_form),
    SENT("/step-up", pt_web_step),
    PAGE("/step-up/{id}", pt_web_step_wait),
    SENT("/logout", pt_web_logout),
    PAGE("/cabinet", pt_web_cabinet),
    SENT("/cabinet/contact", pt_web_contact),
    SENT("/cabinet/password", pt_web_password),
    SENT("/cabinet/sessions", pt_web_session_end),
    PAGE("/password/forgot", pt_web_forgot_form),
    SENT("/password/forgot", pt_web_forgot),
    PAGE("/password/reset/{id}", pt_web_reset_form),
    SENT("/password/reset", pt_web_reset),
    PAGE("/register", pt_web_register_form),
    SENT("/register", pt_web_register),
    PAGE("/register/code", pt_web_register_code_form),
    SENT("/register/code", pt_web_register_code),
    PAGE("/cabinet/code", pt_web_contact_code_form),
    SENT("/cabinet/code", pt_web_contact_code),
    SENT("/cabinet/notify", pt_web_notify),
    SENT("/cabinet/letter", pt_web_letter),
    PAGE("/cases/{id}/documents", pt_web_documents),
    PAGE("/cases/{id}/documents/new", pt_web_document_new),
    UPLOADED("/cases/{id}/documents/new", documents, pt_web_document_file),
    PAGE("/cases/{id}/documents/prepare", pt_web_draft_new),
    UPLOADED(
        "/cases/{id}/documents/prepare", pt_web_draft_files, pt_web_draft_make),
    PAGE("/drafts/{id}", pt_web_draft),
    ASKED("/drafts/{id}/file", pt_web_draft_file_query, pt_web_draft_file),
    UPLOADED("/drafts/{id}/signed", documents, pt_web_draft_signed),
    SENT("/drafts/{id}/asan", pt_web_paper_sign),
    ASKED("/asan/{id}", pt_web_paper_wait_query, pt_web_paper_wait),
    SENT("/drafts/{id}/drop", pt_web_draft_drop),
    ASKED("/cases/{id}/acts/new", pt_web_act_new_query, pt_web_act_new),
    UPLOADED("/cases/{id}/acts/new", pt_web_act_files, pt_web_act_make),
    PAGE("/acts", pt_web_acts),
    PAGE("/acts/overdue", pt_web_acts_overdue),
    PAGE("/acts/clock", pt_web_acts_clock),
    SENT("/acts/sign", pt_web_acts_sign),
    SENT("/acts/publish", pt_web_acts_publish),
    PAGE("/acts/public", pt_web_redactings),
    PAGE("/acts/{id}", pt_web_act),
    PAGE("/acts/{id}/public", pt_web_redacting),
    SENT("/acts/{id}/public", pt_web_redacting_do),
    ASKED("/acts/{id}/file", pt_web_act_file_query, pt_web_act_file),
    PAGE("/acts/{id}/edit", pt_web_act_edit),
    UPLOADED("/acts/{id}/edit", pt_web_act_files, pt_web_act_change),
    SENT("/acts/{id}/send", pt_web_act_send),
    SENT("/acts/{id}/withdraw", pt_web_act_withdraw),
    SENT("/acts/{id}/discard", pt_web_act_discard),
    PAGE("/documents/{id}", pt_web_document),
    PAGE("/documents/{id}/file", pt_web_document_bytes),
    PAGE("/desk", pt_web_desk),
    PAGE("/documents/{id}/decision", pt_web_decision),
    SENT("/documents/{id}/decision", pt_web_decide),
    PAGE("/documents/{id}/view", pt_web_document_view),
    ASKED("/documents/{id}/inner", pt_web_document_inner_query,
        pt_web_document_inner),
    PAGE("/documents/{id}/lasting", pt_web_document_lasting),
    PAGE("/documents/{id}/receipt", pt_web_document_receipt),
    ASKED("/documents/{id}/report", pt_web_document_report_query,
        pt_web_document_report),
    ASKED("/cases", pt_web_cases_query, pt_web_cases),
    SENT("/cases", pt_web_cases_name),
    ASKED("/cases.csv", pt_web_cases_query, pt_web_cases_csv),
    /* Before the page of a case, which would take "new" for one. */
    PAGE("/cases/new", pt_web_case_new),
    SENT("/cases/new", pt_web_case_register),
    PAGE("/cases/reason", pt_web_look),
    SENT("/cases/reason", pt_web_look_give),
    PAGE("/cases/{id}", pt_web_case),
    PAGE("/cases/{id}/hearings", pt_web_case_hearings),
    PAGE("/cases/{id}/history", pt_web_case_history),
    PAGE("/cases/{id}/views", pt_web_case_views),
    ASKED("/hearings", pt_web_hearings_query, pt_web_hearings),
    SENT("/hearings/calendar", pt_web_calendar_set),
    PAGE("/cases/{id}/hearings/new", pt_web_hearing_new),
    SENT("/cases/{id}/hearings/new", pt_web_hearing_schedule),
    PAGE("/hearings/{id}", pt_web_hearing),
    PAGE("/hearings/{id}/move", pt_web_hearing_move_form),
    SENT("/hearings/{id}/move", pt_web_hearing_move),
    PAGE("/hearings/{id}/cancel", pt_web_hearing_cancel_form),
    SENT("/hearings/{id}/cancel", pt_web_hearing_cancel),
    PAGE("/hearings/{id}/held", pt_web_hearing_held_form),
    SENT("/hearings/{id}/held", pt_web_hearing_held),
    ASKED("/calendar.ics", pt_web_calendar_query, pt_web_calendar),
    ASKED("/notifications", pt_web_notices_query, pt_web_notices),
    PAGE("/notifications/{id}", pt_web_notice),
    SENT("/notifications/{id}/archive", pt_web_notice_archive),
    PAGE("/audit", pt_web_audit),
    PAGE("/audit/checkpoint", pt_web_audit_note),
    SENT("/audit/index", pt_web_audit_index),
    SENT("/audit/jobs", pt_web_audit_begin),
    PAGE("/audit/jobs/{id}", pt_web_audit_job),
    PAGE("/audit/jobs/{id}/csv", pt_web_audit_csv),
    ASKED("/audit/jobs/{id}/package", pt_web_audit_volume_query,
        pt_web_audit_volume),
    ASKED("/audit/documents", pt_web_audit_documents_query,
        pt_web_audit_documents),
    SENT("/audit/documents", pt_web_audit_filer),
    PAGE("/audit/documents/{id}/warrant", pt_web_audit_warrant),
    SENT("/audit/documents/{id}/warrant", pt_web_audit_warrant_give),
    ASKED("/audit/log", pt_web_audit_log_query, pt_web_audit_log),
    SENT("/audit/log", pt_web_audit_person),
    PAGE("/audit/log/{id}", pt_web_audit_record),
    PAGE("/audit/log/{id}/record", pt_web_audit_record_bytes),
    PAGE("/audit/log/{id}/proof", pt_web_audit_record_proof),
    ASKED("/applications", pt_web_applications_query, pt_web_applications),
    PAGE("/cases/{id}/draw", pt_web_draw),
    PAGE("/cases/{id}/judge", pt_web_case_judge_form),
    SENT("/cases/{id}/judge", pt_web_case_judge),
    PAGE("/enforcement", pt_web_writs),
    PAGE("/enforcement/{id}", pt_web_writ),
    SENT("/enforcement/{id}", pt_web_writ_change),
    PAGE("/cases/{id}/enforcement/new", pt_web_writ_new),
    SENT("/cases/{id}/enforcement/new", pt_web_writ_add),
    PAGE("/inquiries", pt_web_inquiries),
    PAGE("/inquiries/{id}", pt_web_inquiry),
    SENT("/inquiries/{id}", pt_web_inquiry_do),
    PAGE("/inquiries/{id}/answer", pt_web_inquiry_answer),
    PAGE("/cases/{id}/inquiry", pt_web_inquiry_new),
    SENT("/cases/{id}/inquiry", pt_web_inquiry_ask),
    PAGE("/judges", pt_web_judges),
    SENT("/judges", pt_web_judges_leave),
    ASKED("/complaints", pt_web_applications_query, pt_web_complaints),
    PAGE("/acts/{id}/complaint", pt_web_complaint_form),
    SENT("/acts/{id}/complaint", pt_web_complaint_begin),
    /* Before one of an identifier. */
    PAGE("/applications/archived", pt_web_applications_archived),
    PAGE("/applications/new", pt_web_application_new),
    SENT("/applications/new", pt_web_application_begin),
    PAGE("/applications/{id}", pt_web_application),
    PAGE("/applications/{id}/step/1", pt_web_application_court),
    SENT("/applications/{id}/step/1", pt_web_application_court_set),
    PAGE("/applications/{id}/step/2", pt_web_application_parties),
    SENT("/applications/{id}/step/2", pt_web_application_parties_set),
    PAGE("/applications/{id}/step/3", pt_web_application_files),
    UPLOADED("/applications/{id}/step/3", pt_web_application_files_files,
        pt_web_application_files_add),
    PAGE("/applications/{id}/step/4", pt_web_application_text),
    UPLOADED("/applications/{id}/step/4", pt_web_application_text_files,
        pt_web_application_text_set),
    PAGE("/applications/{id}/step/5", pt_web_application_fee),
    UPLOADED("/applications/{id}/step/5", pt_web_application_fee_files,
        pt_web_application_fee_set),
    PAGE("/applications/{id}/step/6", pt_web_application_check),
    SENT("/applications/{id}/asan", pt_web_application_asan),
    UPLOADED("/applications/{id}/signed", documents, pt_web_application_signed),
    SENT("/applications/{id}/reopen", pt_web_application_reopen),
    SENT("/applications/{id}/drop", pt_web_application_drop),
    SENT("/applications/{id}/raise", pt_web_application_raise),
    PAGE("/applications/{id}/discard", pt_web_application_discard_ask),
    SENT("/applications/{id}/discard", pt_web_application_discard),
    SENT("/applications/{id}/withdraw", pt_web_application_withdraw),
    SENT("/applications/{id}/archive", pt_web_application_archive),
    SENT("/applications/{id}/correct", pt_web_application_correct),
    ASKED("/applications/{id}/pdf", pt_web_application_file_query,
        pt_web_application_pdf),
    ASKED("/applications/{id}/file", pt_web_application_file_query,
        pt_web_application_file),
    PAGE("/applications/{id}/document", pt_web_application_document),
    PAGE("/applications/{id}/receipt", pt_web_application_receipt),
    PAGE("/applications/{id}/pay", pt_web_pay_form),
    SENT("/applications/{id}/pay", pt_web_pay),
    ASKED("/payments", pt_web_payments_query, pt_web_payments),
    PAGE("/payments/{id}", pt_web_payment),
    PAGE("/payments/{id}/receipt", pt_web_payment_receipt),
    SENT("/payments/{id}/decision", pt_web_refund_decide),
    PAGE("/desk/refunds", pt_web_refunds),
    PAGE("/ledger", pt_web_ledger),
    SENT("/payments/{id}/refresh", pt_web_payment_refresh),
    SENT("/payments/{id}/cancel", pt_web_payment_cancel),
    SENT("/payments/{id}/refund", pt_web_payment_refund),
    PAGE("/payments/{id}/back", pt_web_payment_back),
    SENT("/payments/{id}/back", pt_web_payment_back),
    PAGE("/desk/applications", pt_web_application_desk),
    SENT("/applications/{id}/review", pt_web_application_review),
    SENT("/applications/{id}/judge", pt_web_application_judge),
    PAGE("/applications/{id}/fee", pt_web_application_receipt_form),
    SENT("/applications/{id}/fee", pt_web_application_receipt_check),
    PAGE("/applications/{id}/decision", pt_web_application_decide_form),
    SENT("/applications/{id}/decision", pt_web_application_decide),
    PAGE("/applications/{id}/case", pt_web_application_case_form),
    SENT("/applications/{id}/case", pt_web_application_case),
    PAGE("/join", pt_web_join),
    SENT("/join", pt_web_join_code),
    SENT("/join/match", pt_web_join_match),
    PAGE("/cases/{id}/joining", pt_web_joining),
    SENT("/cases/{id}/joining", pt_web_joining_code),
    SENT("/cases/{id}/joining/end", pt_web_joining_end),
    PAGE("/cases/{id}/lawyer", pt_web_case_lawyer),
    PAGE("/cases/{id}/feedback", pt_web_feedback),
    SENT("/cases/{id}/feedback", pt_web_feedback_give),
    PAGE("/feedback", pt_web_feedback_desk),
    SENT("/feedback", pt_web_feedback_decide),
    PAGE("/mandates", pt_web_mandates),
    SENT("/mandates", pt_web_mandate_give),
    SENT("/mandates/{id}/accept", pt_web_mandate_accept),
    SENT("/mandates/{id}/end", pt_web_mandate_end),
    PAGE("/admin", pt_web_admin),
    ASKED("/admin/people", pt_web_people_query, pt_web_people),
    SENT("/admin/people", pt_web_people_find),
    PAGE("/admin/people/{id}", pt_web_person),
    SENT("/admin/people/{id}", pt_web_person_propose),
    SENT("/admin/people/{id}/lock", pt_web_person_lock),
    PAGE("/admin/courts", pt_web_admin_courts),
    /* Before a court, which "new" is none of. */
    PAGE("/admin/courts/new", pt_web_admin_court_new),
    SENT("/admin/courts/new", pt_web_admin_court_add),
    PAGE("/admin/courts/{id}", pt_web_admin_court),
    SENT("/admin/courts/{id}", pt_web_admin_court_propose),
    PAGE("/info/{id}", pt_web_info),
    PAGE("/admin/rules", pt_web_rules),
    PAGE("/admin/rules/{id}", pt_web_rules_table),
    SENT("/admin/rules/{id}", pt_web_rules_propose),
    PAGE("/admin/texts", pt_web_texts),
    PAGE("/admin/texts/{id}", pt_web_text),
    SENT("/admin/texts/{id}", pt_web_text_propose),
    PAGE("/admin/trust", pt_web_trust),
    PAGE("/admin/providers", pt_web_providers),
    SENT("/admin/providers", pt_web_provider_test),
    PAGE("/admin/proposals", pt_web_proposals),
    PAGE("/admin/proposals/{id}", pt_web_proposal),
    SENT("/admin/proposals/{id}", pt_web_proposal_decide),
};
const size_t pt_routes_count = sizeof(pt_routes) / sizeof(pt_routes[0]);
