/* Numbered migrations; each is applied once, and stays what it was. */
#include "portal/store/db.h"

#include "base/digest/digest.h"
#include "portal/store/joinschema.h"
#include "portal/store/migratecomplaints.h"
#include "portal/store/migratepay.h"
#include "portal/store/migraterefund.h"
#include "portal/store/parties.h"

static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE client (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),"
    " created INTEGER NOT NULL, disabled INTEGER NOT NULL DEFAULT 0"
    "  CHECK (disabled IN (0, 1)),"
    " requests_per_minute INTEGER NOT NULL, bytes_per_day INTEGER NOT NULL,"
    " may INTEGER NOT NULL) STRICT;"
    "INSERT INTO client VALUES (0, '', zeroblob(32), 0, 1, 0, 0, 0);"
    "CREATE TABLE client_use (client INTEGER NOT NULL REFERENCES client,"
    " day INTEGER NOT NULL, requests INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " PRIMARY KEY (client, day)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE idempotency (client INTEGER NOT NULL REFERENCES client,"
    " key TEXT NOT NULL, request BLOB NOT NULL CHECK (length(request) = 32),"
    " created INTEGER NOT NULL, status INTEGER, type TEXT, location TEXT,"
    " body BLOB, PRIMARY KEY (client, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE blob (sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),"
    " size INTEGER NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE job (id TEXT PRIMARY KEY,"
    " client INTEGER NOT NULL REFERENCES client, kind TEXT NOT NULL,"
    " payload BLOB NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
    " created INTEGER NOT NULL, run_at INTEGER NOT NULL, finished INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, lease INTEGER NOT NULL DEFAULT 0,"
    " until INTEGER, type TEXT, result BLOB, error TEXT) STRICT;"
    "CREATE INDEX job_due ON job (run_at) WHERE state < 2;"
    "CREATE TABLE job_blob (job TEXT NOT NULL REFERENCES job ON DELETE CASCADE,"
    " n INTEGER NOT NULL, name TEXT NOT NULL,"
    " sha256 BLOB NOT NULL REFERENCES blob, PRIMARY KEY (job, n))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX job_blob_sha256 ON job_blob (sha256);",
    /* 2: people */
    "CREATE TABLE account (id INTEGER PRIMARY KEY,"
    " username TEXT NOT NULL UNIQUE CHECK (length(username) BETWEEN 1 AND 64),"
    " hash TEXT NOT NULL, fin TEXT UNIQUE, surname TEXT NOT NULL,"
    " name TEXT NOT NULL, patronymic TEXT NOT NULL, email TEXT NOT NULL,"
    " phone TEXT NOT NULL, role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 8),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
    " created INTEGER NOT NULL, fails INTEGER NOT NULL DEFAULT 0,"
    " locked_until INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE session (token BLOB PRIMARY KEY CHECK (length(token) = 32),"
    " account INTEGER NOT NULL REFERENCES account, level INTEGER NOT NULL,"
    " created INTEGER NOT NULL, seen INTEGER NOT NULL, idle INTEGER NOT NULL,"
    " until INTEGER NOT NULL, agent BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX session_account ON session (account);",
    /* 3: courts and cases */
    "CREATE TABLE court (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL) STRICT;"
    "CREATE TABLE official (account INTEGER NOT NULL REFERENCES account,"
    " court INTEGER NOT NULL REFERENCES court, PRIMARY KEY (account, court))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE court_case (id TEXT PRIMARY KEY,"
    " number TEXT NOT NULL UNIQUE, court INTEGER NOT NULL REFERENCES court,"
    " filed INTEGER NOT NULL, type TEXT NOT NULL, proceeding TEXT NOT NULL,"
    " judge INTEGER REFERENCES account,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 9)) STRICT;"
    "CREATE INDEX court_case_judge ON court_case (judge, filed);"
    "CREATE INDEX court_case_court ON court_case (court, filed);"
    "CREATE TABLE participant (case_id TEXT NOT NULL REFERENCES court_case,"
    " account INTEGER NOT NULL REFERENCES account,"
    " role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 6),"
    " active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),"
    " PRIMARY KEY (account, case_id)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX participant_case ON participant (case_id);"
    "CREATE TABLE party (case_id TEXT NOT NULL REFERENCES court_case,"
    " side INTEGER NOT NULL CHECK (side BETWEEN 1 AND 3),"
    " name TEXT NOT NULL, PRIMARY KEY (case_id, side, name))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE hearing (case_id TEXT NOT NULL REFERENCES court_case,"
    " starts INTEGER NOT NULL, hall TEXT NOT NULL, kind TEXT NOT NULL,"
    " state TEXT NOT NULL, PRIMARY KEY (case_id, starts))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX hearing_starts ON hearing (starts);"
    "CREATE TABLE event (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " case_id TEXT NOT NULL REFERENCES court_case, kind TEXT NOT NULL,"
    " actor INTEGER REFERENCES account, at INTEGER NOT NULL,"
    " data TEXT NOT NULL) STRICT;"
    "CREATE INDEX event_case ON event (case_id, at);"
    "CREATE TABLE notification (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " event TEXT NOT NULL REFERENCES event,"
    " recipient INTEGER NOT NULL REFERENCES account, at INTEGER NOT NULL,"
    " archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),"
    " UNIQUE (event, recipient)) STRICT;"
    "CREATE INDEX notification_recipient"
    " ON notification (recipient, archived, at);"
    "CREATE TABLE read_receipt (notification TEXT PRIMARY KEY"
    "  REFERENCES notification, account INTEGER NOT NULL REFERENCES account,"
    " at INTEGER NOT NULL, auth_level INTEGER NOT NULL,"
    " object_sha256 BLOB NOT NULL CHECK (length(object_sha256) = 32))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE calendar (account INTEGER PRIMARY KEY REFERENCES account,"
    " token BLOB NOT NULL UNIQUE CHECK (length(token) = 32),"
    " created INTEGER NOT NULL) STRICT;",
    /* 4: what is filed, its receipts, and records on their way to the log */
    "CREATE TABLE document (id TEXT PRIMARY KEY,"
    " case_id TEXT NOT NULL REFERENCES court_case,"
    " filer INTEGER NOT NULL REFERENCES account, form TEXT NOT NULL,"
    " kind TEXT NOT NULL, title TEXT NOT NULL, name TEXT NOT NULL,"
    " note TEXT NOT NULL, format INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL REFERENCES blob, filed INTEGER NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
    " verdict INTEGER NOT NULL, reason TEXT NOT NULL, signer TEXT NOT NULL,"
    " report BLOB NOT NULL, judged INTEGER NOT NULL, judge_at INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, UNIQUE (filer, form)) STRICT;"
    "CREATE INDEX document_case ON document (case_id, filed);"
    "CREATE INDEX document_due ON document (judge_at)"
    " WHERE judge_at IS NOT NULL;"
    "CREATE INDEX document_sha256 ON document (sha256);"
    "CREATE TABLE receipt (op BLOB PRIMARY KEY CHECK (length(op) = 16),"
    " document TEXT NOT NULL REFERENCES document, status TEXT NOT NULL,"
    " text TEXT NOT NULL, created INTEGER NOT NULL, next_at INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, record INTEGER,"
    " sha256 BLOB REFERENCES blob) STRICT, WITHOUT ROWID;"
    "CREATE INDEX receipt_document ON receipt (document);"
    "CREATE INDEX receipt_due ON receipt (next_at) WHERE next_at IS NOT NULL;"
    "CREATE INDEX receipt_sha256 ON receipt (sha256);"
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " ev TEXT NOT NULL, who TEXT NOT NULL, obj TEXT NOT NULL,"
    " res TEXT NOT NULL, data TEXT NOT NULL, created INTEGER NOT NULL)"
    " STRICT;",
    /* 5: signatures that a client makes (portal/store/signing.h) */
    "CREATE TABLE signing (id TEXT PRIMARY KEY,"
    " client INTEGER NOT NULL REFERENCES client, created INTEGER NOT NULL,"
    " until INTEGER NOT NULL, algorithm TEXT NOT NULL, format TEXT NOT NULL,"
    " digest BLOB NOT NULL CHECK (length(digest) BETWEEN 32 AND 64),"
    " draft BLOB NOT NULL, prepared BLOB NOT NULL, document BLOB) STRICT;"
    "CREATE INDEX signing_client ON signing (client, until);"
    "CREATE INDEX signing_created ON signing (created);",
    /* 6: levels, seals of the appliance, and copies that last */
    "ALTER TABLE signing ADD COLUMN level INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE signing ADD COLUMN op BLOB CHECK (length(op) = 16);"
    "ALTER TABLE signing ADD COLUMN idem TEXT;"
    "CREATE UNIQUE INDEX signing_idem ON signing (client, idem)"
    " WHERE idem IS NOT NULL;"
    "CREATE TABLE preserved (document TEXT PRIMARY KEY REFERENCES document,"
    " sha256 BLOB REFERENCES blob, made INTEGER, due INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '')"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX preserved_due ON preserved (due) WHERE due IS NOT NULL;"
    "CREATE INDEX preserved_sha256 ON preserved (sha256);"
    "INSERT INTO preserved (document, due)"
    " SELECT id, 0 FROM document WHERE state = 3;",
    /* 7: search and order of cases (portal/store/caselist.h) */
    "ALTER TABLE party ADD COLUMN fold TEXT NOT NULL DEFAULT '';"
    "UPDATE party SET fold = pt_fold(name);"
    "CREATE TABLE party_word (word TEXT NOT NULL,"
    " case_id TEXT NOT NULL REFERENCES court_case,"
    " PRIMARY KEY (word, case_id)) STRICT, WITHOUT ROWID;"
    "WITH RECURSIVE w (case_id, word, rest) AS"
    " (SELECT case_id, '', fold || ' ' FROM party UNION ALL"
    "  SELECT case_id, substr(rest, 1, instr(rest, ' ') - 1),"
    "  substr(rest, instr(rest, ' ') + 1) FROM w WHERE rest <> '')"
    " INSERT OR IGNORE INTO party_word SELECT word, case_id FROM w"
    "  WHERE word <> '';"
    "ALTER TABLE participant ADD COLUMN filed INTEGER NOT NULL DEFAULT 0;"
    "UPDATE participant SET filed ="
    " (SELECT filed FROM court_case WHERE id = case_id);"
    "CREATE INDEX participant_filed"
    " ON participant (account, active, filed, case_id, role);"
    "CREATE INDEX court_case_filed ON court_case (filed, id);"
    "CREATE INDEX court_case_status ON court_case (status, id);"
    "CREATE INDEX court_case_place ON court_case (court, id);"
    "CREATE UNIQUE INDEX court_name ON court (name, id);"
    "CREATE TABLE name_search (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " account INTEGER NOT NULL REFERENCES account, name TEXT NOT NULL,"
    " created INTEGER NOT NULL) STRICT;"
    "CREATE INDEX name_search_created ON name_search (created);",
    /* 8: what clerks decide (portal/store/desk.h) */
    "CREATE TABLE decision (document TEXT PRIMARY KEY REFERENCES document,"
    " account INTEGER NOT NULL REFERENCES account,"
    " accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),"
    " reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX document_desk ON document (filed, id) WHERE state = 2;",
    /* 9: what waits for a signature (portal/store/drafts.h) */
    "CREATE TABLE draft (id TEXT PRIMARY KEY,"
    " case_id TEXT NOT NULL REFERENCES court_case,"
    " account INTEGER NOT NULL REFERENCES account, kind TEXT NOT NULL,"
    " title TEXT NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL,"
    " until INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX draft_account ON draft (account, until);"
    "CREATE INDEX draft_until ON draft (until);"
    "CREATE TABLE draft_file (draft TEXT NOT NULL"
    "  REFERENCES draft ON DELETE CASCADE, n INTEGER NOT NULL,"
    " name TEXT NOT NULL, format INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL REFERENCES blob, PRIMARY KEY (draft, n))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX draft_file_sha256 ON draft_file (sha256);",
    /* 10: what goes out by e-mail and SMS, and proofs of addresses. */
    "ALTER TABLE account ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN email_proven INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN notify_email INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE account ADD COLUMN notify_sms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE account ADD COLUMN lang TEXT NOT NULL DEFAULT 'az';"
    "ALTER TABLE account ADD COLUMN consent TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE delivery (id TEXT PRIMARY KEY CHECK (length(id) = 32),"
    " account INTEGER REFERENCES account, address TEXT NOT NULL,"
    " channel INTEGER NOT NULL CHECK (channel BETWEEN 1 AND 2),"
    " kind TEXT NOT NULL, lang TEXT NOT NULL, args TEXT NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),"
    " tries INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL,"
    " token BLOB, provider_ref TEXT NOT NULL DEFAULT '',"
    " created INTEGER NOT NULL) STRICT;"
    "CREATE INDEX delivery_due ON delivery (state, next_at);"
    "CREATE TABLE proof (token BLOB PRIMARY KEY CHECK (length(token) = 32),"
    " purpose TEXT NOT NULL, account INTEGER NOT NULL, code BLOB NOT NULL,"
    " tries INTEGER NOT NULL DEFAULT 0, until INTEGER NOT NULL,"
    " data TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX proof_account ON proof (account, purpose, until);"
    "CREATE TABLE letter (id INTEGER PRIMARY KEY,"
    " account INTEGER NOT NULL REFERENCES account, text TEXT NOT NULL,"
    " created INTEGER NOT NULL) STRICT;",
    /* 11: series of numbers, forms that were sent, hearings that change
       (portal/store/counter.h, sent.h, schedule.h) */
    "CREATE TABLE case_counter (court INTEGER NOT NULL REFERENCES court,"
    " type TEXT NOT NULL, year INTEGER NOT NULL,"
    " next INTEGER NOT NULL CHECK (next >= 1),"
    " PRIMARY KEY (court, type, year)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE form_sent (account INTEGER NOT NULL REFERENCES account,"
    " form TEXT NOT NULL CHECK (length(form) = 26),"
    " digest BLOB NOT NULL CHECK (length(digest) = 32),"
    " result TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (account, form)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX form_sent_at ON form_sent (at);"
    "ALTER TABLE court_case ADD COLUMN subject TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE court_case ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0"
    " CHECK (restricted IN (0, 1));"
    "ALTER TABLE party ADD COLUMN ident TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE hearing RENAME TO hearing_before;"
    "CREATE TABLE hearing (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " case_id TEXT NOT NULL REFERENCES court_case, starts INTEGER NOT NULL,"
    " ends INTEGER NOT NULL CHECK (ends - starts BETWEEN 900 AND 28800),"
    " hall TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL"
    "  CHECK (state IN ('scheduled', 'moved', 'cancelled', 'held')),"
    " reason TEXT NOT NULL DEFAULT '',"
    " moved_from TEXT UNIQUE REFERENCES hearing, uid TEXT NOT NULL,"
    " sequence INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"
    /* Identifiers of 26 letters and digits that identifiers have. */
    "INSERT INTO hearing (id, case_id, starts, ends, hall, kind, state, uid)"
    " SELECT replace(replace(replace(replace(lower(hex(randomblob(13))),"
    "  '0', 'g'), '1', 'h'), '8', 'i'), '9', 'j'), case_id, starts,"
    "  starts + 3600, hall, kind, state, case_id || '-' || starts"
    " FROM hearing_before;"
    "DROP TABLE hearing_before;"
    "CREATE INDEX hearing_starts ON hearing (starts);"
    "CREATE INDEX hearing_case ON hearing (case_id, starts);",
    /* 12: court acts (portal/store/acts.h). */
    "CREATE TABLE court_policy (court INTEGER PRIMARY KEY REFERENCES court,"
    " act_days INTEGER NOT NULL CHECK (act_days BETWEEN 1 AND 60)) STRICT;"
    "CREATE TABLE judge_key (account INTEGER PRIMARY KEY REFERENCES account,"
    " name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64)) STRICT;"
    "CREATE TABLE act (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " case_id TEXT NOT NULL REFERENCES court_case,"
    " author INTEGER NOT NULL REFERENCES account, form TEXT NOT NULL,"
    " kind TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,"
    " sha256 BLOB NOT NULL REFERENCES blob,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),"
    " version INTEGER NOT NULL DEFAULT 1, step TEXT NOT NULL DEFAULT '',"
    " created INTEGER NOT NULL, announced INTEGER NOT NULL,"
    " due INTEGER NOT NULL CHECK (due > announced), signed INTEGER,"
    " published INTEGER, replaces TEXT REFERENCES act,"
    " signer INTEGER REFERENCES account,"
    " op BLOB CHECK (length(op) = 16), signed_sha256 BLOB REFERENCES blob,"
    " verdict INTEGER, signer_name TEXT NOT NULL DEFAULT '', report BLOB,"
    " document TEXT REFERENCES document, UNIQUE (author, form),"
    " CHECK ((state >= 3) = (signed IS NOT NULL)),"
    " CHECK ((state >= 3) = (signed_sha256 IS NOT NULL)),"
    " CHECK ((state = 4) = (published IS NOT NULL)),"
    " CHECK ((state = 4) = (document IS NOT NULL))) STRICT;"
    "CREATE INDEX act_case ON act (case_id, announced);"
    "CREATE INDEX act_open ON act (due) WHERE state < 4;"
    "CREATE INDEX act_published ON act (published) WHERE state = 4;"
    "CREATE UNIQUE INDEX act_document ON act (document)"
    " WHERE document IS NOT NULL;"
    "CREATE INDEX act_replaces ON act (replaces) WHERE replaces IS NOT NULL;"
    "CREATE INDEX act_sha256 ON act (sha256);"
    "CREATE INDEX act_signed_sha256 ON act (signed_sha256)"
    " WHERE signed_sha256 IS NOT NULL;"
    /* What was published stays, whoever asks for what. */
    "CREATE TRIGGER act_stays BEFORE UPDATE ON act WHEN old.state = 4"
    " BEGIN SELECT RAISE(ABORT, 'published'); END;"
    "CREATE TRIGGER act_is_kept BEFORE DELETE ON act WHEN old.state = 4"
    " BEGIN SELECT RAISE(ABORT, 'published'); END;"
    "CREATE TABLE act_read (act TEXT NOT NULL REFERENCES act,"
    " account INTEGER NOT NULL REFERENCES account, at INTEGER NOT NULL,"
    " level INTEGER NOT NULL, PRIMARY KEY (act, account))"
    " STRICT, WITHOUT ROWID;",
    /* 13: what auditors see and do (portal/store/audit*.h). */
    "CREATE TABLE audit_index (n INTEGER PRIMARY KEY CHECK (n >= 0),"
    " at INTEGER NOT NULL, ev TEXT NOT NULL, who TEXT NOT NULL,"
    " obj TEXT NOT NULL, res TEXT NOT NULL, case_id TEXT) STRICT;"
    "CREATE INDEX audit_index_at ON audit_index (at);"
    "CREATE INDEX audit_index_ev ON audit_index (ev);"
    "CREATE INDEX audit_index_who ON audit_index (who);"
    "CREATE INDEX audit_index_obj ON audit_index (obj);"
    "CREATE INDEX audit_index_case ON audit_index (case_id);"
    "CREATE TABLE audit_hash (sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    " n INTEGER NOT NULL, PRIMARY KEY (sha256, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE audit_job (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " account INTEGER NOT NULL REFERENCES account,"
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2), scope TEXT NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
    " created INTEGER NOT NULL, finished INTEGER, due INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL DEFAULT '',"
    " done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL,"
    " said TEXT NOT NULL DEFAULT '',"
    " CHECK ((state = 1) = (due IS NOT NULL)),"
    " CHECK ((state > 1) = (finished IS NOT NULL))) STRICT;"
    "CREATE INDEX audit_job_due ON audit_job (due) WHERE due IS NOT NULL;"
    "CREATE INDEX audit_job_created ON audit_job (created);"
    "CREATE TABLE audit_verdict (job TEXT NOT NULL REFERENCES audit_job,"
    " document TEXT NOT NULL REFERENCES document, was INTEGER NOT NULL,"
    " verdict INTEGER NOT NULL, reason TEXT NOT NULL,"
    " intact INTEGER NOT NULL CHECK (intact IN (0, 1)), at INTEGER NOT NULL,"
    " PRIMARY KEY (job, document)) STRICT, WITHOUT ROWID;",
    /* 14: applications (portal/store/applications.h) */
    "CREATE TABLE application (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " number TEXT UNIQUE, state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 9),"
    " owner INTEGER NOT NULL REFERENCES account,"
    " version INTEGER NOT NULL DEFAULT 1, created INTEGER NOT NULL,"
    " changed INTEGER NOT NULL, until INTEGER NOT NULL,"
    " court INTEGER REFERENCES court, kind TEXT NOT NULL DEFAULT '',"
    " proceeding TEXT NOT NULL DEFAULT '', category TEXT NOT NULL DEFAULT '',"
    " claim TEXT NOT NULL DEFAULT '', price INTEGER NOT NULL DEFAULT 0,"
    " urgent INTEGER NOT NULL DEFAULT 0, title TEXT NOT NULL DEFAULT '',"
    " body TEXT NOT NULL DEFAULT '', claims TEXT NOT NULL DEFAULT '',"
    " fee TEXT NOT NULL DEFAULT '', exempt TEXT NOT NULL DEFAULT '',"
    " fee_why TEXT NOT NULL DEFAULT '', relief INTEGER NOT NULL DEFAULT 0,"
    " total INTEGER NOT NULL DEFAULT 0, policy INTEGER NOT NULL DEFAULT 0,"
    " pdf BLOB REFERENCES blob, submitted INTEGER, document TEXT UNIQUE,"
    " name TEXT NOT NULL DEFAULT '', format INTEGER NOT NULL DEFAULT 0,"
    " sha256 BLOB REFERENCES blob, verdict INTEGER NOT NULL DEFAULT 0,"
    " reason TEXT NOT NULL DEFAULT '', signer TEXT NOT NULL DEFAULT '',"
    " report BLOB, judged INTEGER, ruled INTEGER NOT NULL DEFAULT 0,"
    " reviewer INTEGER REFERENCES account, decided INTEGER,"
    " why TEXT NOT NULL DEFAULT '', case_id TEXT REFERENCES court_case,"
    " origin TEXT UNIQUE REFERENCES application,"
    " archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),"
    " CHECK ((state >= 4) = (submitted IS NOT NULL)),"
    " CHECK ((state >= 4) = (sha256 IS NOT NULL)),"
    " CHECK ((state >= 4) = (number IS NOT NULL)),"
    " CHECK ((state = 7) = (case_id IS NOT NULL)),"
    " CHECK (state <> 3 OR pdf IS NOT NULL)) STRICT;"
    "CREATE INDEX application_owner ON application (owner, changed);"
    "CREATE INDEX application_court ON application (court, submitted)"
    " WHERE state IN (4, 5);"
    "CREATE INDEX application_until ON application (until) WHERE state < 4;"
    "CREATE INDEX application_pdf ON application (pdf);"
    "CREATE INDEX application_sha256 ON application (sha256);"
    "CREATE TABLE application_party (id TEXT PRIMARY KEY"
    "  CHECK (length(id) = 26),"
    " application TEXT NOT NULL REFERENCES application ON DELETE CASCADE,"
    " n INTEGER NOT NULL, side INTEGER NOT NULL CHECK (side BETWEEN 1 AND 3),"
    " ident TEXT NOT NULL, name TEXT NOT NULL, birth TEXT NOT NULL,"
    " address TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL,"
    " why TEXT NOT NULL, UNIQUE (application, n)) STRICT;"
    "CREATE TABLE application_file (id TEXT PRIMARY KEY"
    "  CHECK (length(id) = 26),"
    " application TEXT NOT NULL REFERENCES application ON DELETE CASCADE,"
    " n INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,"
    " name TEXT NOT NULL, format INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL REFERENCES blob, UNIQUE (application, n)) STRICT;"
    "CREATE INDEX application_file_sha256 ON application_file (sha256);"
    "CREATE TABLE application_counter (year INTEGER PRIMARY KEY,"
    " next INTEGER NOT NULL CHECK (next >= 1)) STRICT;",
    /* 15: a receipt is owed for a document, or for one that an application
       will bring into its case under the same id. */
    "ALTER TABLE receipt RENAME TO receipt_before;"
    "CREATE TABLE receipt (op BLOB PRIMARY KEY CHECK (length(op) = 16),"
    " document TEXT NOT NULL, status TEXT NOT NULL,"
    " text TEXT NOT NULL, created INTEGER NOT NULL, next_at INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, record INTEGER,"
    " sha256 BLOB REFERENCES blob) STRICT, WITHOUT ROWID;"
    "INSERT INTO receipt SELECT op, document, status, text, created, next_at,"
    " tries, record, sha256 FROM receipt_before;"
    "DROP TABLE receipt_before;"
    "CREATE INDEX receipt_document ON receipt (document);"
    "CREATE INDEX receipt_due ON receipt (next_at) WHERE next_at IS NOT NULL;"
    "CREATE INDEX receipt_sha256 ON receipt (sha256);"
    /* An event is of a case or of an application. */
    "ALTER TABLE event RENAME TO event_before;"
    "ALTER TABLE notification RENAME TO notification_before;"
    "ALTER TABLE read_receipt RENAME TO read_receipt_before;"
    "CREATE TABLE event (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " case_id TEXT REFERENCES court_case, kind TEXT NOT NULL,"
    " actor INTEGER REFERENCES account, at INTEGER NOT NULL,"
    " data TEXT NOT NULL, application TEXT REFERENCES application,"
    " CHECK ((case_id IS NULL) <> (application IS NULL))) STRICT;"
    "CREATE TABLE notification (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " event TEXT NOT NULL REFERENCES event,"
    " recipient INTEGER NOT NULL REFERENCES account, at INTEGER NOT NULL,"
    " archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),"
    " UNIQUE (event, recipient)) STRICT;"
    "CREATE TABLE read_receipt (notification TEXT PRIMARY KEY"
    "  REFERENCES notification, account INTEGER NOT NULL REFERENCES account,"
    " at INTEGER NOT NULL, auth_level INTEGER NOT NULL,"
    " object_sha256 BLOB NOT NULL CHECK (length(object_sha256) = 32))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO event SELECT id, case_id, kind, actor, at, data, NULL"
    " FROM event_before WHERE case_id IS NOT NULL;"
    "INSERT INTO notification SELECT id, event, recipient, at, archived"
    " FROM notification_before WHERE event IN (SELECT id FROM event);"
    "INSERT INTO read_receipt SELECT notification, account, at, auth_level,"
    " object_sha256 FROM read_receipt_before"
    " WHERE notification IN (SELECT id FROM notification);"
    "DROP TABLE read_receipt_before; DROP TABLE notification_before;"
    "DROP TABLE event_before;"
    "CREATE INDEX event_case ON event (case_id, at);"
    "CREATE INDEX event_application ON event (application)"
    " WHERE application IS NOT NULL;"
    "CREATE INDEX notification_recipient"
    " ON notification (recipient, archived, at);",
    /* 16: a draft of an act that was discarded stays, and is none any more;
       why a judge reads a case of another judge of the court (look.h). */
    "ALTER TABLE act ADD COLUMN discarded INTEGER"
    " CHECK (discarded IS NULL OR state = 1);"
    "CREATE TRIGGER act_discarded BEFORE UPDATE ON act"
    " WHEN old.discarded IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'a discarded act stays'); END;"
    "CREATE TABLE case_reason (case_id TEXT NOT NULL REFERENCES court_case,"
    " account INTEGER NOT NULL REFERENCES account,"
    " at INTEGER NOT NULL, until INTEGER NOT NULL CHECK (until > at),"
    " reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 100),"
    " form TEXT NOT NULL CHECK (length(form) = 26), UNIQUE (account, form))"
    " STRICT;"
    "CREATE INDEX case_reason_until ON case_reason (case_id, account, until);",
    /* 17: what operators change two by two (portal/store/proposals.h): people,
       courts, tables of rules, texts of the front pages. */
    "CREATE TABLE proposal (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),"
    " subject TEXT NOT NULL, was TEXT NOT NULL, will TEXT NOT NULL,"
    " reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),"
    " proposer INTEGER NOT NULL REFERENCES account,"
    " created INTEGER NOT NULL, until INTEGER NOT NULL"
    "  CHECK (until > created),"
    " decider INTEGER REFERENCES account, decided INTEGER,"
    " why TEXT NOT NULL DEFAULT '',"
    " CHECK ((state = 1) = (decided IS NULL)),"
    " CHECK ((state IN (2, 3, 5)) = (decider IS NOT NULL)),"
    " CHECK (state NOT IN (2, 3) OR decider <> proposer)) STRICT;"
    "CREATE UNIQUE INDEX proposal_subject ON proposal (subject)"
    " WHERE state = 1;"
    "CREATE INDEX proposal_until ON proposal (until) WHERE state = 1;"
    "CREATE INDEX proposal_created ON proposal (created);"
    "CREATE TRIGGER proposal_stays BEFORE UPDATE ON proposal"
    " WHEN old.state <> 1 BEGIN SELECT RAISE(ABORT, 'decided'); END;"
    "CREATE TRIGGER proposal_is_kept BEFORE DELETE ON proposal"
    " BEGIN SELECT RAISE(ABORT, 'kept'); END;"
    "CREATE TABLE court_info (court INTEGER PRIMARY KEY REFERENCES court,"
    " connected INTEGER NOT NULL CHECK (connected IN (0, 1)),"
    " closed INTEGER NOT NULL CHECK (closed IN (0, 1)),"
    " types TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL,"
    " email TEXT NOT NULL) STRICT;"
    "CREATE TABLE rules (name TEXT NOT NULL CHECK (name IN"
    "  ('policy', 'fees')), begins INTEGER NOT NULL, version INTEGER NOT NULL,"
    " text TEXT NOT NULL, proposal TEXT NOT NULL UNIQUE REFERENCES proposal,"
    " PRIMARY KEY (name, begins)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE front_text (name TEXT NOT NULL, lang TEXT NOT NULL"
    "  CHECK (lang IN ('az', 'en', 'ru')), text TEXT NOT NULL,"
    " PRIMARY KEY (name, lang)) STRICT, WITHOUT ROWID;",
    /* 18: evidence packages (auditjobs.h), reports of what is verified again,
       and warrants under which auditors open documents (warrants.h). */
    "ALTER TABLE audit_verdict RENAME TO audit_verdict_before;"
    "ALTER TABLE audit_job RENAME TO audit_job_before;"
    "CREATE TABLE audit_job (id TEXT PRIMARY KEY CHECK (length(id) = 26),"
    " account INTEGER NOT NULL REFERENCES account,"
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3), scope TEXT NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
    " created INTEGER NOT NULL, finished INTEGER, due INTEGER,"
    " tries INTEGER NOT NULL DEFAULT 0, at TEXT NOT NULL DEFAULT '',"
    " done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL,"
    " said TEXT NOT NULL DEFAULT '',"
    " CHECK ((state = 1) = (due IS NOT NULL)),"
    " CHECK ((state > 1) = (finished IS NOT NULL))) STRICT;"
    "CREATE TABLE audit_verdict (job TEXT NOT NULL REFERENCES audit_job,"
    " document TEXT NOT NULL REFERENCES document, was INTEGER NOT NULL,"
    " verdict INTEGER NOT NULL, reason TEXT NOT NULL,"
    " intact INTEGER NOT NULL CHECK (intact IN (0, 1)), at INTEGER NOT NULL,"
    " report BLOB, PRIMARY KEY (job, document)) STRICT, WITHOUT ROWID;"
    "INSERT INTO audit_job SELECT id, account, kind, scope, state, created,"
    " finished, due, tries, at, done, total, said FROM audit_job_before;"
    "INSERT INTO audit_verdict SELECT job, document, was, verdict, reason,"
    " intact, at, NULL FROM audit_verdict_before;"
    "DROP TABLE audit_verdict_before; DROP TABLE audit_job_before;"
    "CREATE INDEX audit_job_due ON audit_job (due) WHERE due IS NOT NULL;"
    "CREATE INDEX audit_job_created ON audit_job (created);"
    "CREATE TABLE audit_package (job TEXT NOT NULL REFERENCES audit_job,"
    " volume INTEGER NOT NULL CHECK (volume >= 1),"
    " sha256 BLOB NOT NULL REFERENCES blob, size INTEGER NOT NULL,"
    " PRIMARY KEY (job, volume)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX audit_package_sha256 ON audit_package (sha256);"
    "CREATE TABLE warrant (document TEXT NOT NULL REFERENCES document,"
    " account INTEGER NOT NULL REFERENCES account,"
    " at INTEGER NOT NULL, until INTEGER NOT NULL CHECK (until > at),"
    " basis TEXT NOT NULL CHECK (length(basis) BETWEEN 1 AND 60),"
    " reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 100),"
    " form TEXT NOT NULL CHECK (length(form) = 26), UNIQUE (account, form))"
    " STRICT;"
    "CREATE INDEX warrant_until ON warrant (document, account, until);",
    /* 19: in a file of its own. */
    pt_migration_complaints,
    pt_join_schema, /* 20: who joins a case, mandates, feedback */
    /* 21: payments and their ledger (portal/store/payments.h) */
    pt_migration_payments,
    pt_migration_refunds, /* refunds by the gateway, receipts, drafts */
};

enum {
    COUNT = sizeof(migrations) / sizeof(migrations[0])
};

static enum mh_code
hash_of(size_t n, struct mh_err *err, uint8_t out[static MH_DIGEST_MAX])
{
    return mh_digest_once(MH_SHA256, mh_span_str(migrations[n]), err, out);
}

/* What was applied must be what this program would apply. */
static enum mh_code
compare(struct pt_db *db, struct mh_err *err, size_t *applied)
{
    struct pt_cursor *stmt =
        pt_db_prepare(db, "SELECT n, sha256 FROM migration ORDER BY n");
    uint8_t hash[MH_DIGEST_MAX];
    enum mh_code code = MH_OK;

    *applied = 0;
    if (stmt == NULL)
        return pt_db_fail(db, "migrations", err);
    while (code == MH_OK && pt_step(stmt) == PT_ROW) {
        if (*applied >= COUNT ||
            pt_column_i64(stmt, 0) != (int64_t)*applied + 1)
            code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "store: it is newer than this program");
        else
            code = hash_of(*applied, err, hash);
        if (code == MH_OK && !mh_span_eq(pt_column_blob(stmt, 1),
                                 (struct mh_span){hash, MH_SHA256_LENGTH}))
            code = mh_fail(err, MH_EFORMAT, MH_NO_OFFSET,
                "store: migration %zu is not the one that was applied",
                *applied + 1);
        ++*applied;
    }
    /* A row that could not be read is one that is applied in vain: the next
       statement says so. */
    pt_reset(stmt);
    return code;
}

static enum mh_code
apply(struct pt_db *db, size_t n, int64_t now, struct mh_err *err)
{
    uint8_t hash[MH_DIGEST_MAX];
    struct pt_cursor *stmt;
    enum mh_code code = hash_of(n, err, hash);

    if (code == MH_OK)
        code = pt_db_exec(db, migrations[n], err);
    if (code != MH_OK)
        return code;
    stmt = pt_db_prepare(db, "INSERT INTO migration VALUES (?1, ?2, ?3)");
    if (stmt == NULL)
        return pt_db_fail(db, "migrations", err);
    pt_bind_i64(stmt, 1, (int64_t)n + 1);
    pt_bind_blob(stmt, 2, (struct mh_span){hash, MH_SHA256_LENGTH});
    pt_bind_i64(stmt, 3, now);
    return pt_db_run(db, stmt, "migrations", err);
}

enum mh_code
pt_db_migrate(struct pt_db *db, int64_t now, struct mh_err *err)
{
    size_t applied = 0;
    enum mh_code code = pt_db_exec(db,
        "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS migration ("
        "n INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, at INTEGER NOT NULL)"
        " STRICT;",
        err);

    if (code == MH_OK)
        code = pt_fold_offer(db, err);
    if (code == MH_OK)
        code = compare(db, err, &applied);
    while (code == MH_OK && applied < COUNT)
        code = apply(db, applied++, now, err);
    if (code == MH_OK)
        return pt_db_exec(db, "COMMIT", err);
    pt_db_try(db, "ROLLBACK"); /* the first failure counts */
    return code;
}
