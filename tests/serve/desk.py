"""The clerk's desk: what filing.py's instance does with documents that no
rule decides."""

import concurrent.futures
import io
import re
import zipfile

import filing


def form_of(clerk, document):
    return clerk.get(f"/documents/{document}/decision")


def decide(clerk, document, word, reason):
    return clerk.post(f"/documents/{document}/decision",
                      word=word, reason=reason)


def waiting(bed, filer):
    """A document of an issuer that nobody knows."""
    return filer.document(bed.samples / "adoc-t.adoc")


def words(receipt):
    """What a receipt says to people."""
    with zipfile.ZipFile(io.BytesIO(receipt)) as z:
        return z.read("receipt.txt").decode()


def test_wrong(bed, clerk, document):
    """Bad input decides nothing."""
    for what, word, reason, field in (
            ("no word", "", "because", "word"),
            ("another word", "burn", "because", "word"),
            ("no reason", "accept", "", "reason"),
            ("blanks", "return", " \r\n\t ", "reason"),
            ("501 characters", "accept", "ə" * 501, "reason"),
            ("a control", "accept", "a\x01b", "reason")):
        a = decide(clerk, document, word, reason)
        bed.check(f"{what}: 422 at {field}", a.status == 422
                  and f'href="#{field}"' in a.text
                  and "<title>Xəta:" in a.text, a.status)
    page = form_of(clerk, document)
    bed.check("it still waits", page.status == 200
              and 'name="word"' in page.text)
    a = clerk.post(f"/documents/{document}/decision",
                   word="accept", reason="x", csrf="x")
    bed.check("not our form: 403", a.status == 403, a.status)


def test_accept(bed, filer, clerk, other):
    document = waiting(bed, filer)
    listed = clerk.get("/desk")
    bed.check("the desk lists it", listed.status == 200
              and f"/documents/{document}" in listed.text
              and "2-2(103)-660/2021" in listed.text, listed.status)
    bed.check("the navigation leads there", 'href="/desk"' in
              clerk.get("/cases").text and 'href="/desk"' not in
              filer.browser.get("/cases").text)
    page = clerk.get(f"/documents/{document}").text
    bed.check("the clerk's page leads to the decision",
              f"/documents/{document}/decision" in page)
    bed.check("the filer's does not", f"/documents/{document}/decision"
              not in filer.show(document).text)
    test_wrong(bed, clerk, document)
    reason = "Şəxsiyyət yoxlanılıb:\r\n" + "ə" * 477  # 500 with one blank
    a = decide(clerk, document, "accept", reason)
    bed.check("accepted", a.status == 303 and
              a.headers["location"] == f"/documents/{document}", a.text[-900:])
    page = filer.show(document).text
    bed.check("the filer reads it with its reason", "Qəbul edilib" in page
              and "Şəxsiyyət yoxlanılıb: əə" in page
              and "Aygün Məmmədova" in page)
    receipt = bed.until(lambda: bed.ask_sql(
        "SELECT count(*) FROM receipt WHERE status = 'accepted' AND"
        f" sha256 IS NOT NULL AND document = '{document}'") == 1)
    content = (bed.samples / "adoc-t.adoc").read_bytes()
    code, text = filing.verify_receipt(
        bed, filer.receipt(document).body, content, "adoc-t.adoc")
    bed.check("its receipt says who accepted it", receipt and code == 0 and
              "accepted by the clerk; verdict: INDETERMINATE" in
              words(filer.receipt(document).body), (code, text))
    a = decide(clerk, document, "return", "too late")
    bed.check("nobody decides twice", a.status == 409
              and form_of(clerk, document).status == 409, a.status)
    bed.by_clerk.append(document)
    bed.check("the other side is told", "Sənəd qəbul edilib" in
              other.get("/notifications").text)
    return document


def test_return(bed, filer, clerk):
    document = waiting(bed, filer)
    a = decide(clerk, document, "return", "<b>İmza</b> kimindir?")
    bed.check("returned", a.status == 303, a.status)
    page = filer.show(document).text
    bed.check("the filer reads why", "Qaytarılıb" in page and
              "&lt;b&gt;İmza&lt;/b&gt; kimindir?" in page)
    bed.check("it has no receipt of acceptance", bed.ask_sql(
        "SELECT count(*) FROM receipt WHERE status = 'accepted' AND"
        f" document = '{document}'") == 0)
    return document


def test_once(bed, filer, clerk):
    """Of many who decide at once one does."""
    document = waiting(bed, filer)

    def one(n):
        return decide(clerk, document, "accept" if n % 2 else "return",
                      f"reason {n}").status
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    bed.check("one of eight decides", answers.count(303) == 1
              and answers.count(409) == 7, answers)
    if bed.ask_sql("SELECT accepted FROM decision WHERE document ="
                   f" '{document}'") == 1:
        bed.by_clerk.append(document)
    bed.check("and is written down", bed.ask_sql(
        f"SELECT count(*) FROM decision WHERE document = '{document}'") == 1)
    return document


def test_strangers(bed, document):
    for user in ("lawyer", "other", "auditor", "witness", "citizen",
                 "elsewhere"):
        browser = filing.Browser(bed.port)
        browser.sign_in(user)
        got = (form_of(browser, document).status,
               decide(browser, document, "accept", "mine").status)
        bed.check(f"{user} decides nothing", got == (404, 404), got)
        desk = browser.get("/desk")
        bed.check(f"{user} has no desk with it",
                  desk.status == (200 if user == "elsewhere" else 404)
                  and document not in desk.text, desk.status)


def test_desk(bed, filer):
    clerk, other = filing.Browser(bed.port), filing.Browser(bed.port)
    clerk.sign_in("clerk")
    other.sign_in("other")
    waits = waiting(bed, filer)
    test_strangers(bed, waits)
    done = {test_accept(bed, filer, clerk, other): "accepted",
            test_return(bed, filer, clerk): "returned"}
    once = test_once(bed, filer, clerk)
    records = {}

    def said():
        records.clear()
        for r in bed.records():
            if r["ev"] == "filing.decided":
                records.setdefault(r["obj"], []).append(r)
        return len(records) >= 3
    bed.check("each decision is in the log, once", bed.until(said)
              and all(len(r) == 1 for r in records.values())
              and f"filing:{once}" in records, records)
    for document, state in done.items():
        r = records.get(f"filing:{document}", [{"d": {}, "who": ""}])[0]
        bed.check(f"{state}: by whom, and nothing of the reason",
                  r["d"] == {"state": state, "verdict": "INDETERMINATE"}
                  and re.fullmatch("p:[0-9]+", r["who"]), r)
    left = clerk.get("/desk").text
    bed.check("what was decided is off the desk, what was not is on it",
              f"/documents/{waits}" in left and not any(
                  d in left for d in (once, *done)))
    for document in re.findall("/documents/([a-z2-7]{26})", left):
        decide(clerk, document, "return", "in order")
    bed.check("the desk is empty in the end", "gözləyən sənəd yoxdur" in
              clerk.get("/desk").text)
