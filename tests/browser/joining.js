// Joining, mandates and feedback in Chromium: node joining.js URL DOCUMENT SHOTS USER PASSWORD
//
// USER has the FIN 5TST0A1, which a party of a case has that USER takes no part
// in; a hearing of it took place.  "clerk" and "president" are of its court,
// "attorney" is a lawyer of the FIN 5TST0B7.  Prints a line a failed check and
// "N passed, N failed".
import fs from 'node:fs'
import { execFileSync } from 'node:child_process'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
const browser = await open()
const number = '2(006)-77/2026'

async function fresh (js, name) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: js, acceptDownloads: true })
  const page = await context.newPage()
  if (!name) return page
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await send(page)
  return page
}

async function send (page, what = 'main button[type=submit]') {
  await page.click(what)
  await page.waitForLoadState()
}

// Signed in by the telephone.
async function telephone (js) {
  const page = await fresh(js)
  await page.goto(`${url}/login/asan`)
  await page.fill('#telephone', '+994500000010')
  await page.fill('#number', '123456')
  await send(page)
  for (let i = 0; i < 40 && !page.url().endsWith('/cases'); i++) {
    await page.waitForTimeout(500)
    if (!js) await page.reload()
  }
  check('signed in by the telephone', page.url().endsWith('/cases'), page.url())
  return page
}

async function wrong (page, label, fields) {
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  for (const field of fields) {
    check(`${label}: ${field}`, await page.locator(`.govuk-error-summary a[href="#${field}"]`).count() === 1 &&
      await page.locator(`#${field}`).count() === 1)
  }
}

async function language (page, lang, path) {
  await page.goto(`${url}/verify`)
  await setLanguage(page, lang)
  await page.goto(`${url}${path}`)
}

async function case_ (page) {
  await page.goto(`${url}/cases?number=${encodeURIComponent(number)}`)
  return page.locator('tbody a.mohur-number').first().getAttribute('href')
}

// What a password shows, and the page of joining.
async function join (label, js, signed) {
  const page = await fresh(js, user)
  for (const lang of languages) {
    await language(page, lang, '/cases')
    check(`${label}: a signature shows more ${lang}`, await page.locator('main a[href="/step-up"]').count() === 1)
    await inspect(page, `${label}-join-cases-password-${lang}`)
    await language(signed, lang, '/join')
    await inspect(signed, `${label}-join-${lang}`)
    await send(signed, 'form[action="/join"] button')
    await wrong(signed, `${label}-join-${lang}`, ['number'])
    await signed.fill('#number', number)
    await signed.fill('#code', 'aaa')
    await send(signed, 'form[action="/join"] button')
    await wrong(signed, `${label}-join-${lang}`, ['code'])
    check(`${label}: the number stays ${lang}`, await signed.inputValue('#number') === number)
    await inspect(signed, `${label}-join-error-${lang}`)
  }
  await page.goto(`${url}/join`)
  await page.fill('#number', number)
  await page.fill('#code', 'aaaa-bbbb-cccc')
  await send(page, 'form[action="/join"] button')
  await inspect(page, `${label}-join-level`)
  check(`${label}: a password joins nothing`, await page.locator('h1').count() === 1 && !page.url().includes('/cases/'))
  await page.context().close()
}

async function clerk (label, js) {
  const page = await fresh(js, 'clerk')
  const at = await case_(page)
  for (const lang of languages) {
    await language(page, lang, `${at}/joining`)
    await inspect(page, `${label}-joining-${lang}`)
    await send(page, `form[action="${at}/joining"] button`)
    check(`${label}: a party is asked for ${lang}`, await page.locator('#party-error').count() === 1)
    await inspect(page, `${label}-joining-error-${lang}`)
  }
  await page.goto(`${url}${at}/joining`)
  await page.locator('input[name=party]').last().check()
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(`form[action="${at}/joining"] button`)])
  const pdf = await download.path()
  check(`${label}: a letter`, fs.readFileSync(pdf).subarray(0, 4).toString() === '%PDF')
  const text = execFileSync('pdftotext', ['-layout', pdf, '-']).toString()
  check(`${label}: with a code`, /[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}/.test(text) && text.includes(number), text)
  if (shots) execFileSync('pdftoppm', ['-png', '-r', '60', pdf, `${shots}/letter`])
  await page.goto(`${url}${at}/joining`)
  await inspect(page, `${label}-joining-code`)
  await page.context().close()
}

async function mandates (label, js, signed) {
  for (const lang of languages) {
    await language(signed, lang, '/mandates')
    await inspect(signed, `${label}-mandates-${lang}`)
    await send(signed, 'form[action="/mandates"] button')
    await wrong(signed, `${label}-mandates-${lang}`, ['lawyer'])
    await inspect(signed, `${label}-mandates-error-${lang}`)
  }
  await signed.goto(`${url}/mandates`)
  await signed.fill('#lawyer', '5tst0b7')
  await signed.fill('#number', number)
  await signed.check('#scope-file')
  await signed.fill('#until', '31.12.2027')
  await send(signed, 'form[action="/mandates"] button')
  check(`${label}: given`, await signed.locator('tbody tr form[action$="/end"]').count() >= 1, await signed.textContent('main'))
  await inspect(signed, `${label}-mandates-given`)
  const attorney = await fresh(js, 'attorney')
  for (const lang of languages) {
    await language(attorney, lang, '/mandates')
    check(`${label}: the lawyer may accept ${lang}`, await attorney.locator('form[action$="/accept"]').count() === 1)
    await inspect(attorney, `${label}-mandates-got-${lang}`)
  }
  await send(attorney, 'form[action$="/accept"] button')
  check(`${label}: not with a password`, /403|imza|подпис|signature/i.test(await attorney.textContent('main')))
  await attorney.context().close()
  await signed.goto(`${url}/mandates`)
  await send(signed, 'tbody form[action$="/end"] button')
  check(`${label}: revoked`, await signed.locator('tbody form[action$="/end"]').count() === 0)
}

async function feedback (label, js, signed) {
  const at = await case_(signed)
  for (const lang of languages) {
    await language(signed, lang, `${at}/lawyer`)
    await inspect(signed, `${label}-lawyer-${lang}`)
    await language(signed, lang, `${at}/feedback`)
    await inspect(signed, `${label}-feedback-${lang}`)
    if (await signed.locator('input[name=score]').count() === 0) continue
    await send(signed, `form[action="${at}/feedback"] button`)
    await wrong(signed, `${label}-feedback-${lang}`, ['event-1'])
    await inspect(signed, `${label}-feedback-error-${lang}`)
  }
  await signed.goto(`${url}${at}/feedback`)
  if (await signed.locator('#event-1').count() === 1) {
    await signed.check('#event-1')
    await signed.check('#score-4')
    await signed.fill('#text', 'İclas vaxtında başladı.')
    await send(signed, `form[action="${at}/feedback"] button`)
    check(`${label}: given, and not asked again`, await signed.locator('#event-1').count() === 0 &&
      (await signed.textContent('main')).includes('4 –'))
    await inspect(signed, `${label}-feedback-given`)
  }
  const president = await fresh(js, 'president')
  for (const lang of languages) {
    await language(president, lang, '/feedback')
    await inspect(president, `${label}-feedback-desk-${lang}`)
  }
  if (!js) {
    await send(president, 'main button[value=show]')
    check(`${label}: the text is decided`, await president.locator('main button[value=show]').count() === 0)
  }
  await president.context().close()
}

for (const [label, js] of [['js', true], ['nojs', false]]) {
  const signed = await telephone(js)
  await join(label, js, signed)
  for (const lang of js ? languages : []) {
    await language(signed, lang, '/cases')
    check(`${label}: it is awaited ${lang}`, await signed.locator('form[action="/join/match"]').count() === 1)
    await inspect(signed, `${label}-join-cases-${lang}`)
  }
  if (js) {
    await send(signed, 'form[action="/join/match"] button')
    check(`${label}: joined`, /\/cases\/[a-z2-7]{26}$/.test(signed.url()), signed.url())
  }
  await clerk(label, js)
  await mandates(label, js, signed)
  await feedback(label, js, signed)
  await signed.context().close()
}
await browser.close()
finish()
