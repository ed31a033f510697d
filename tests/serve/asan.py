"""Documents of the portal signed with mobile ID: what papers.py's instance
does with a real gateway and everybody it knows."""

import re
import sys
import pathlib
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "gateways"), str(HERE.parent / "cli")]

import mid  # noqa: E402
import sign  # noqa: E402

USER = "012345"
# telephone: what the page says in the end
SAYS = {
    "+994500000011": "qeydiyyatda deyil",
    "+994500000012": "vaxt bitdi",
    "+994500000013": "imtina edildi",
    "+994500000014": "söndürülüb",
    "+994500000015": "çatdırılmadı",
    "+994500000016": "SIM kartda",
    "+994500000017": "başqa məlumatı",
    "+994500000018": "qeydiyyatda deyil",
    "+994500000020": "uyğun deyil",
    "+994500000021": "uyğun deyil",
    "+994500000022": "sizin deyil",
    "+994500000023": "uyğun deyil",
    "+994500000024": "cavabı oxunmur",
    "+994500000025": "cavabı oxunmur",
    "+994500000026": "cavabı oxunmur",
    "+994500000027": "müddəti bitib",
    "+994500000028": "cavabı oxunmur",
    "+994500000029": "hazırda işləmir",
    "+994500000030": "bizi qəbul etmir",
    "+994500000031": "hazırda işləmir",
    "+994500000032": "cavabı oxunmur",
    "+994500000033": "cavabı oxunmur",
    "+994500000034": "cavabı oxunmur",
}


def gateway(bed, pki):
    """The service, and the instance told of it; before it starts."""
    server, url = mid.start(pki, "asan")
    with open(bed.where / "mohur.conf", "a") as conf:
        conf.write(f'\nmobile {{\n  url = "{url}"\n  profile = "asan"\n'
                   f'  uuid = "{mid.UUID}"\n  name = "{mid.NAME}"\n'
                   '  text = "Mohur"\n}\n')
    return server


def begin(person, draft, phone, user=USER):
    return person.post(f"{draft}/asan", phone=phone, user_id=user)


def ends(person, where, seconds=60):
    """The page once nothing is under way any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = person.get(where)
        if answer.status != 200 or "data-stage" not in answer.text:
            return answer
        time.sleep(0.2)
    return person.get(where)


def signs(bed, person, what, draft, phone):
    """The document that comes of it."""
    a = begin(person, draft, phone)
    where = a.headers.get("location", "")
    if not bed.check(f"{what}: begun", a.status == 303 and re.fullmatch(
            "/asan/[a-z2-7]{26}\\?draft=[a-z2-7]{26}", where),
            (a.status, where)):
        return ""
    a = ends(person, where)
    document = a.headers.get("location", "")
    bed.check(f"{what}: signed and filed", a.status == 303 and re.fullmatch(
        "/documents/[a-z2-7]{26}", document), (a.status, a.text[-900:]))
    return document


def test_signed(bed, person, service):
    for what, more, kind in (
            ("a text", {"text": "Vəsatət"}, "PDF"),
            ("a picture", {"files": [("a.jpg", sign.JPEG)]}, "ASiC-E"),
            ("both", {"text": "x", "files": [("a.pdf", sign.small_pdf())]},
             "ASiC-E")):
        draft = person.draft(what, **more)
        files = person.files(draft)
        document = signs(bed, person, what, draft, "+994500000001")
        page = person.get(document).text if document else ""
        bed.check(f"{what}: accepted and valid", "Qəbul edilib" in page
                  and "TOTAL-PASSED" in page and "SINAQOVA AYDAN" in page
                  and kind in page, page[-1500:])
        bed.check(f"{what}: at LT", re.search("[XP]AdES LT", page))
        for n, (name, data) in enumerate(files):
            got = person.get(f"{document}/file").body[:len(data)] \
                if kind == "PDF" else person.get(
                    f"{document}/inner?n={n}").body
            bed.check(f"{what}: {name} is what was shown", got == data)
        bed.check(f"{what}: the draft is gone",
                  person.get(draft).status == 404)
    asked = [b for p, b in service.requests if p.endswith("/signature")]
    bed.check("the telephone showed our text", asked and all(
        b["displayText"] == "Mohur" and b["phone"] == "+994500000001"
        and b["userId"] == USER for b in asked), asked[-1:])


def test_code(bed, person, service):
    """The code is shown before the telephone is asked, and is the digest's."""
    service.slow = 5
    draft = person.draft("slow", text="slow")
    before = len(service.requests)
    where = begin(person, draft, "+994500000010").headers["location"]
    seen = bed.until(lambda: 'data-stage="waiting' in person.get(where).text)
    asked = [p for p, _ in service.requests[before:]]
    page = person.get(where).text
    code = re.search('mohur-code-large">([0-9]{4})<', page)
    bed.check("the code is there first", seen and code and
              "/mid-api/certificate" in asked, asked)
    if not code:
        return
    bed.check("the page may be refreshed by hand", "Yenilə" in page)
    bed.until(lambda: [1 for p, _ in service.requests[before:]
                       if p.endswith("/signature")])
    digest = mid.base64.b64decode(service.requests[-1][1]["hash"])
    want = (digest[0] & 0xfc) << 5 | digest[-1] & 0x7f
    bed.check("it is that of the digest", code[1] == f"{want:04}", want)
    a = begin(person, draft, "+994500000010")
    bed.check("one at a time for a telephone", a.status == 422 and
              "artıq göndərilib" in a.text, a.status)
    other = type(person)(bed, "other")
    bed.check("another does not see it", other.get(where).status == 404)
    again = type(person)(bed, "lawyer")
    bed.check("nor another session of the same", again.get(
        where).status == 404)
    a = ends(person, where)
    bed.check("then it is filed", a.status == 303, a.status)
    service.slow = 0.6


def test_left(bed, person, service):
    """Who leaves the case while the telephone signs files nothing in it."""
    service.slow = 3
    draft = person.draft("left", text="left")
    count = "SELECT count(*) FROM document"
    before = bed.ask_sql(count)
    where = begin(person, draft, "+994500000010").headers["location"]
    bed.until(lambda: 'data-stage="waiting' in person.get(where).text)
    # As the store has it: what a draft has goes with it.
    part = ("PRAGMA foreign_keys = ON; UPDATE participant SET active = %d WHERE account = (SELECT id"
            " FROM account WHERE username = 'lawyer')")
    bed.sql(part % 0)
    bed.check("left meanwhile: refused, and a record", bed.until(lambda: [
        r for r in bed.records() if r["ev"] == "filing.refused"
        and r["d"] == {"rule": "filing-part"}]))
    bed.check("nothing is filed", bed.ask_sql(count) == before)
    bed.check("and the draft is gone", bed.ask_sql(
        f"SELECT count(*) FROM draft WHERE id = '{draft.split('/')[-1]}'")
        == 0)
    bed.sql(part % 1)
    service.slow = 0.6


def test_fails(bed, person):
    """Every word of the service, and what is not its word."""
    draft = person.draft("in vain", text="in vain")
    running = {}
    for phone in SAYS:
        a = begin(person, draft, phone)
        running[phone] = a.headers.get("location", "")
    for phone, words in SAYS.items():
        a = ends(person, running[phone]) if running[phone] else None
        how = mid.PEOPLE[phone][0]
        bed.check(f"{how}: said in words", a and a.status == 200 and
                  words in a.text and 'role="alert"' in a.text and
                  f'href="{draft}"' in a.text,
                  a and (a.status, a.text[-900:]))
    bed.check("the draft still waits", person.get(draft).status == 200)
    bed.check("nothing was filed", bed.ask_sql(
        "SELECT count(*) FROM document WHERE form = '%s'" % draft[-26:]) == 0)
    for phone, user in (("", USER), ("12345", USER), ("+1 212 555 0100", USER),
                        ("+994 50 000 00 0x", USER), ("+994500000001", ""),
                        ("+994500000001", "12"), ("+994500000001", "a" * 6),
                        ("+994500000001", "1" * 16)):
        a = begin(person, draft, phone, user)
        bed.check(f"{phone!r} {user!r}: 422", a.status == 422 and
                  'href="#phone"' in a.text, a.status)
    person.post(f"{draft}/drop")


def test_often(bed, person):
    draft = person.draft("often", text="often")
    for n in range(6):
        a = begin(person, draft, "050 000-00-19")
        if a.status == 303:
            ends(person, a.headers["location"])
    bed.check("five an hour", a.status == 422 and "bir saat" in a.text,
              a.status)
    person.post(f"{draft}/drop")


def test_outages(bed, person):
    """Without a time-stamping authority it is filed all the same."""
    bed.tsa.responders.fault = "http-garbage"
    draft = person.draft("no authority", text="no authority")
    document = signs(bed, person, "no authority", draft, "+994500000001")
    bed.tsa.responders.fault = None
    page = person.get(document).text if document else ""
    bed.check("no authority: at B", re.search("PAdES B", page)
              and "TOTAL-PASSED" in page, page[-900:])


def test_asan(bed, person, service):
    test_signed(bed, person, service)
    test_outages(bed, person)
    test_code(bed, person, service)
    test_left(bed, person, service)
    test_fails(bed, person)
    test_often(bed, person)
    said = [r for r in bed.records() if r["ev"] == "remote.sign"]
    bed.check("the log has what telephones signed", [
        r["res"] for r in said].count("ok") == 6 and all(
            set(r["d"]) == {"alg", "code", "digest"} for r in said),
        [(r["res"], r["d"]) for r in said][:3])
    text = "\n".join(str(r) for r in said)
    bed.check("and no telephone number", "+99450" not in text)
