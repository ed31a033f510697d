// Court acts in Chromium: node acts.js URL DOCUMENT SHOTS USER PASSWORD
//
// "judge" has the key judge-1, whose PIN is MOHUR_PIN; "president" is one of
// every court; USER takes part in cases.  Prints a line a failed check and "N
// passed, N failed".
import fs from 'node:fs'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, user, password] = process.argv.slice(2)
const pin = process.env.MOHUR_PIN
const inspect = inspector(shots)
const cases = { az: 'e-2-1', en: 'e-2(', ru: '2-2(103)' }
const text = 'Azərbaycan Respublikası adından\n\nQƏTNAMƏ\n\nİddia <b>təmin</b> edilsin.'

async function someone (browser, name, options) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && page.errors.push(m.text()))
  page.on('pageerror', e => page.errors.push(String(e)))
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  return page
}

async function submit (page, form) {
  await page.click(`form[action$="${form}"] button[type=submit]`)
  await page.waitForLoadState()
}

const error = (page, field) => page.locator(`.govuk-error-summary a[href="#${field}"]`).count()

async function find (page, lang) {
  await page.goto(`${url}/cases?number=${encodeURIComponent(cases[lang])}`)
  await page.click('tbody a')
  await page.waitForLoadState()
  return page.url()
}

// A day as the form wants it, so many days ago, in Baku.
function day (ago) {
  const t = new Date(Date.now() + 4 * 3600e3 - ago * 86400e3)
  return t.toISOString().slice(0, 10).split('-').reverse().join('.')
}

async function fill (page, title, ago) {
  await page.selectOption('#kind', 'judgment')
  await page.fill('#title', title)
  await page.fill('#day', day(ago))
  await page.fill('#time', '00:00')
  await page.fill('#text', text)
}

// The form, what it refuses, and the page of a draft.
async function draft (page, label, lang) {
  const at = await find(page, lang)
  await inspect(page, `${label}-case-${lang}`)
  await page.click('main a[href$="/acts/new"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-new-${lang}`)
  await submit(page, '/acts/new')
  check(`${label}: no kind`, await error(page, 'kind') === 1)
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  for (const [wrong, value] of [['title', ''], ['day', '1.1.2026'], ['time', '25:00'], ['text', ' ']]) {
    await fill(page, 'Qətnamə', 0)
    await page.fill(`#${wrong}`, value)
    await submit(page, '/acts/new')
    check(`${label}: ${wrong}`, await error(page, wrong) === 1)
    await inspect(page, `${label}-new-${wrong}-${lang}`)
  }
  check(`${label}: what was written stays`, await page.inputValue('#title') === 'Qətnamə')
  await fill(page, 'Qətnamə', 0)
  await submit(page, '/acts/new')
  check(`${label}: its page`, /\/acts\/[a-z2-7]{26}$/.test(page.url()), page.url())
  check(`${label}: the digest of what is signed`, /SHA-256 [0-9a-f]{64}/.test(await page.textContent('main')))
  await inspect(page, `${label}-draft-${lang}`)
  const here = page.url()
  await page.click('main a[href$="/edit"]')
  await page.waitForLoadState()
  check(`${label}: the text comes back`, (await page.inputValue('#text')).replace(/\r/g, '') === text)
  await inspect(page, `${label}-edit-${lang}`)
  await page.fill('#title', `Qətnamə ${lang}`)
  await submit(page, '/edit')
  check(`${label}: changed`, page.url() === here && (await page.textContent('h1')).trim() === `Qətnamə ${lang}`)
  return { at, here }
}

// The queue: empty, full, a wrong PIN, signed, published.
async function queue (page, label, lang, here) {
  await page.goto(`${url}/acts`)
  check(`${label}: nothing waits`, await page.locator('main input[type=checkbox]').count() === 0)
  await inspect(page, `${label}-queue-empty-${lang}`)
  await page.goto(here)
  await submit(page, '/send')
  check(`${label}: sent`, page.url() === here)
  await inspect(page, `${label}-sent-${lang}`)
  await submit(page, '/withdraw')
  check(`${label}: taken back, it is a draft`, page.url() === here && await page.locator('form[action$="/send"]').count() === 1)
  await inspect(page, `${label}-back-${lang}`)
  await page.goto(`${url}/acts`)
  check(`${label}: and does not wait`, await page.locator('main input[type=checkbox]').count() === 0)
  await page.goto(here)
  await submit(page, '/send')
  await page.goto(`${here}/edit`)
  await inspect(page, `${label}-refused-${lang}`)
  await page.goto(`${url}/acts`)
  check(`${label}: one waits`, await page.locator('main input[type=checkbox]').count() === 1)
  await inspect(page, `${label}-queue-${lang}`)
  await page.fill('#pin', pin)
  await submit(page, '/acts/sign')
  check(`${label}: nothing chosen`, await error(page, 'sign0') === 1)
  await inspect(page, `${label}-queue-nothing-${lang}`)
  await page.check('#sign0')
  await page.fill('#pin', '1')
  await submit(page, '/acts/sign')
  check(`${label}: a wrong PIN`, await error(page, 'pin') === 1 && await page.isChecked('#sign0') && await page.inputValue('#pin') === '')
  await inspect(page, `${label}-queue-pin-${lang}`)
  await page.fill('#pin', pin)
  await submit(page, '/acts/sign')
  check(`${label}: signed`, await page.locator('#publish0').count() === 1 && await page.locator('#sign0').count() === 0, (await page.textContent('main')).slice(0, 600))
  await inspect(page, `${label}-queue-signed-${lang}`)
  await submit(page, '/acts/publish')
  check(`${label}: nothing chosen to publish`, await error(page, 'publish0') === 1)
  await page.goto(here)
  await inspect(page, `${label}-signed-${lang}`)
  await submit(page, '/acts/publish')
  check(`${label}: published`, page.url() === here && await page.locator('main a[href^="/documents/"]').count() > 0)
  await inspect(page, `${label}-published-${lang}`)
}

// A draft that is discarded: it says so, and offers nothing more.
async function discard (page, label, lang, at) {
  await page.goto(`${at}/acts/new`)
  await fill(page, `Lazımsız ${lang}`, 0)
  await submit(page, '/acts/new')
  const here = page.url()
  await page.click('summary')
  await inspect(page, `${label}-discard-${lang}`)
  await submit(page, '/discard')
  check(`${label}: discarded`, page.url() === here && await page.locator('main .govuk-tag--grey').count() === 1 && await page.locator('main form').count() === 0)
  await inspect(page, `${label}-discarded-${lang}`)
  await page.goto(at)
  check(`${label}: the case has it no more`, !(await page.textContent('main')).includes(`Lazımsız ${lang}`))
}

// Why a judge reads another's case: the form, what it refuses, where it leads.
async function reason (page, label, lang, at) {
  await page.goto(at)
  const [number] = /\S+\(\d+\)-\d+\/\d{4}/.exec(await page.textContent('main'))
  await page.goto(`${url}/cases/${'a'.repeat(26)}`)
  await inspect(page, `${label}-reason-absent-${lang}`)
  await page.click('main a[href="/cases/reason"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-reason-${lang}`)
  await submit(page, '/cases/reason')
  check(`${label}: no number`, await error(page, 'number') === 1)
  await page.fill('#number', '9-9(999)-9/1999')
  await submit(page, '/cases/reason')
  check(`${label}: no reason`, await error(page, 'reason') === 1)
  await inspect(page, `${label}-reason-none-${lang}`)
  await page.fill('#reason', 'Əlaqəli iş')
  await submit(page, '/cases/reason')
  check(`${label}: no such case`, await error(page, 'number') === 1 && await page.inputValue('#reason') === 'Əlaqəli iş')
  await inspect(page, `${label}-reason-number-${lang}`)
  await page.fill('#number', number)
  await submit(page, '/cases/reason')
  check(`${label}: the own case needs none`, page.url() === at, page.url())
}

// What a party sees, and that reading it moves the clock.
async function party (page, label, lang, made) {
  const at = await find(page, lang)
  check(`${label}: the party's case has the act`, await page.locator(`main a[href="${new URL(made.here).pathname}"]`).count() === 1, at)
  await inspect(page, `${label}-party-case-${lang}`)
  await page.goto(made.here)
  const before = await page.textContent('main')
  await page.click('main a[href^="/documents/"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-party-document-${lang}`)
  await page.goto(made.here)
  check(`${label}: reading moves the clock`, await page.textContent('main') !== before)
  await inspect(page, `${label}-party-act-${lang}`)
}

async function walk (browser, options, label) {
  const script = options.javaScriptEnabled !== false
  const judge = await someone(browser, 'judge', options)
  const lawyer = await someone(browser, user, options)
  const president = await someone(browser, 'president', options)
  const clerk = await someone(browser, 'clerk', options)
  const nobody = await (await browser.newContext(options)).newPage()
  for (const lang of script ? languages : languages.slice(0, 1)) {
    for (const page of [judge, lawyer, president, clerk]) await setLanguage(page, lang)
    await nobody.goto(`${url}/acts/clock`)
    await setLanguage(nobody, lang)
    await nobody.goto(`${url}/acts/clock`)
    check(`${label}: seven courts`, await nobody.locator('tbody tr').count() === 7)
    await inspect(nobody, `${label}-clock-${lang}`)
    await president.goto(`${url}/acts/overdue`)
    check(`${label}: nothing is overdue`, await president.locator('tbody tr').count() === 0)
    await inspect(president, `${label}-overdue-none-${lang}`)
    const made = await draft(judge, label, lang)
    await queue(judge, label, lang, made.here)
    await discard(judge, label, lang, made.at)
    await reason(judge, label, lang, made.at)
    await party(lawyer, label, lang, made)
    await find(clerk, lang)
    await clerk.click('main a[href$="/acts/new"]')
    await clerk.waitForLoadState()
    await fill(clerk, 'Gecikmiş', 5)
    await submit(clerk, '/acts/new')
    await inspect(clerk, `${label}-late-${lang}`)
    await clerk.goto(`${url}/acts`)
    await inspect(clerk, `${label}-clerk-${lang}`)
    await president.goto(`${url}/acts/overdue`)
    check(`${label}: one is overdue`, await president.locator('tbody tr').count() === 1)
    await inspect(president, `${label}-overdue-${lang}`)
    await lawyer.goto(made.at)
    check(`${label}: which the party sees in words`, await lawyer.locator('.govuk-tag--red').count() >= 1)
    await inspect(lawyer, `${label}-party-late-${lang}`)
    await clerk.click('main a[href^="/acts/"]')
    await clerk.waitForLoadState()
    await submit(clerk, '/send')
    await clerk.goto(`${url}/acts`)
    await inspect(clerk, `${label}-clerk-waiting-${lang}`)
    await judge.goto(`${url}/acts`)
    await judge.check('#sign0')
    await judge.fill('#pin', pin)
    await submit(judge, '/acts/sign')
    await judge.check('#publish0')
    await submit(judge, '/acts/publish')
    await inspect(judge, `${label}-late-published-${lang}`)
  }
  for (const page of [judge, lawyer, president, clerk]) {
    check(`${label}: the console is silent`, page.errors.length === 0, page.errors.join('; '))
    await page.context().close()
  }
}

if (shots) fs.mkdirSync(shots, { recursive: true })
const browser = await open()
try {
  await walk(browser, {}, 'acts')
  await walk(browser, { javaScriptEnabled: false }, 'nojs-acts')
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
finish()
