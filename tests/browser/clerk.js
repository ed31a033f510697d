// A clerk's own pages in Chromium: node clerk.js URL DOCUMENT SHOTS USER PASSWORD
//
// USER has the FIN 5TST0A1 and is named "Aygün Məmmədova"; "clerk" is a clerk of
// several courts, "judge" a judge of them.  Prints a line a failed check and "N passed,
// N failed".
import fs from 'node:fs'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
let day = 20 // of the hearings, one after the other

async function signIn (page, name) {
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
}

// DD.MM.YYYY so many days from now.
function ahead (days) {
  const t = new Date(Date.now() + days * 86400000)
  const two = n => String(n).padStart(2, '0')
  return `${two(t.getUTCDate())}.${two(t.getUTCMonth() + 1)}.${t.getUTCFullYear()}`
}

async function send (page, what = 'main button[type=submit]') {
  await page.click(what)
  await page.waitForLoadState()
}

// From the list of cases to a case that is registered.
async function register (page, label, lang) {
  await page.goto(`${url}/cases`)
  await page.click('main a[href="/cases/new"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-case-new-${lang}`)
  await send(page, 'button[value=register]')
  const wrong = page.locator('.govuk-error-summary li')
  check(`${label}: all that is wrong is said`, await wrong.count() === 5, await wrong.count())
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  for (const field of await wrong.locator('a').evaluateAll(all => all.map(a => a.getAttribute('href')))) {
    check(`${label}: ${field} is a field, and says what is wrong`, await page.locator(field).count() === 1 &&
      (await page.getAttribute(field, 'aria-describedby')).includes(`${field.slice(1)}-error`))
  }
  await inspect(page, `${label}-case-new-error-${lang}`)
  await page.selectOption('#court', '006')
  await page.selectOption('#type', '2')
  await page.selectOption('#proceeding', 'claim')
  await page.fill('#subject', 'Mülkiyyət hüququnun tanınması')
  await page.fill('#claimant-1-ident', '5TST0A1')
  await page.fill('#claimant-1-name', 'Başqa Adam')
  await send(page, 'button[value=defendant]')
  check(`${label}: one more defendant`, await page.locator('#defendant-2-name').count() === 1)
  check(`${label}: what was written stays`, await page.inputValue('#subject') === 'Mülkiyyət hüququnun tanınması' &&
    await page.inputValue('#court') === '006' && await page.inputValue('#claimant-1-ident') === '5TST0A1')
  await inspect(page, `${label}-case-new-more-${lang}`)
  await page.fill('#defendant-1-name', 'Sınaq Adam')
  await page.fill('#defendant-2-ident', '1234567891')
  await page.fill('#defendant-2-name', '“Misal” MMC')
  const judges = page.locator('#judge option')
  await page.selectOption('#judge', await judges.last().getAttribute('value'))
  await page.check('#restricted')
  await send(page, 'button[value=register]')
  check(`${label}: a FIN with another's name`, await page.locator('.govuk-error-summary a[href="#claimant-1-ident"]').count() === 1)
  await page.fill('#claimant-1-name', '')
  await send(page, 'button[value=register]')
  check(`${label}: registered`, /\/cases\/[a-z2-7]{26}$/.test(page.url()), page.url())
  const text = await page.textContent('main')
  check(`${label}: with its number, parties and subject`, /2\(006\)-\d+\/\d{4}/.test(text) &&
    text.includes('Məmmədova Aygün') && text.includes('“Misal” MMC') && text.includes('Mülkiyyət'))
  await inspect(page, `${label}-case-registered-${lang}`)
  return page.url()
}

// Scheduled, moved and cancelled; what is taken is said.
async function hearings (page, label, lang, at) {
  const first = ahead(++day)
  await page.goto(`${at}/hearings`)
  await inspect(page, `${label}-hearings-none-${lang}`)
  await page.click('main a[href$="/hearings/new"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-hearing-new-${lang}`)
  await page.fill('#minutes', '1')
  await send(page)
  const wrong = page.locator('.govuk-error-summary li')
  check(`${label}: all that is wrong is said`, await wrong.count() === 5, await wrong.count())
  check(`${label}: what was written stays`, await page.inputValue('#minutes') === '1')
  await inspect(page, `${label}-hearing-new-error-${lang}`)
  async function fill (time, hall) {
    await page.fill('#day', first)
    await page.fill('#time', time)
    await page.fill('#minutes', '60')
    await page.fill('#hall', hall)
  }
  await page.selectOption('#kind', 'preparatory')
  await fill('10:00', 'Zal 12')
  await send(page)
  check(`${label}: scheduled`, /\/hearings\/[a-z2-7]{26}$/.test(page.url()), page.url())
  const hearing = page.url()
  await inspect(page, `${label}-hearing-${lang}`)
  await page.goto(`${at}/hearings/new`)
  await page.selectOption('#kind', 'trial')
  await fill('10:59', 'Zal 13')
  await send(page)
  check(`${label}: taken, and by what`, (await page.textContent('.govuk-error-summary')).includes(`${first} 10:00–11:00`))
  await inspect(page, `${label}-hearing-taken-${lang}`)
  await page.goto(hearing)
  await page.click('main a[href$="/move"]')
  await page.waitForLoadState()
  check(`${label}: the hall stands there`, await page.inputValue('#hall') === 'Zal 12')
  await inspect(page, `${label}-hearing-move-${lang}`)
  await fill('11:30', 'Zal 14')
  await send(page)
  check(`${label}: a move has a reason`, await page.locator('.govuk-error-summary a[href="#reason"]').count() === 1)
  await inspect(page, `${label}-hearing-move-error-${lang}`)
  await page.fill('#reason', 'Hakim ezamiyyətdədir')
  await send(page)
  check(`${label}: moved`, page.url() !== hearing && (await page.textContent('main')).includes(`${first} 10:00`), page.url())
  await inspect(page, `${label}-hearing-moved-to-${lang}`)
  const moved = page.url()
  await page.goto(hearing)
  check(`${label}: the old one says why`, (await page.textContent('main')).includes('Hakim ezamiyyətdədir'))
  check(`${label}: and offers nothing`, await page.locator('main a[href$="/move"]').count() === 0)
  await inspect(page, `${label}-hearing-moved-${lang}`)
  await page.goto(`${hearing}/move`)
  await inspect(page, `${label}-hearing-refused-${lang}`)
  await page.goto(moved)
  await page.click('main a[href$="/cancel"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-hearing-cancel-${lang}`)
  await send(page)
  check(`${label}: a cancellation has a reason`, await page.locator('.govuk-error-summary a[href="#reason"]').count() === 1)
  await inspect(page, `${label}-hearing-cancel-error-${lang}`)
  await page.fill('#reason', 'Tərəflər barışıb')
  await send(page)
  check(`${label}: cancelled`, page.url() === moved && (await page.textContent('main')).includes('Tərəflər barışıb'))
  await inspect(page, `${label}-hearing-cancelled-${lang}`)
  await page.goto(`${at}/hearings`)
  check(`${label}: both are listed`, await page.locator('tbody tr').count() === 2)
  await inspect(page, `${label}-hearings-two-${lang}`)
  await page.goto(`${moved}/held`)
  await inspect(page, `${label}-hearing-held-${lang}`)
}

async function clerk (page, label, lang) {
  const at = await register(page, label, lang)
  await hearings(page, label, lang, at)
}

// What the party sees of it.
async function told (page, label, lang) {
  await page.goto(`${url}/notifications`)
  await inspect(page, `${label}-notices-${lang}`)
  const what = { az: 'Məhkəmə iclası təyin edildi', en: 'A hearing was scheduled', ru: 'Назначено судебное заседание' }[lang]
  await page.click(`tbody tr:has-text("2(006)") a:has-text("${what}")`)
  await page.waitForLoadState()
  const text = await page.textContent('main')
  const hall = { az: 'Zal', en: 'Hall', ru: 'Зал' }[lang]
  check(`${label}: time and hall`, new RegExp(`\\d\\d\\.\\d\\d\\.\\d{4} \\d\\d:\\d\\d\\. ${hall}: Zal 12`).test(text), text)
  await inspect(page, `${label}-notice-${lang}`)
}

async function walk (browser, options, label, name, look) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && errors.push(m.text()))
  page.on('pageerror', e => errors.push(String(e)))
  await signIn(page, name)
  for (const lang of languages) {
    await page.goto(`${url}/cases`)
    await setLanguage(page, lang)
    await look(page, label, lang)
  }
  check(`${label}: the console is silent`, errors.length === 0, errors.join('; '))
  await context.close()
}

if (shots) fs.mkdirSync(shots, { recursive: true })
const browser = await open()
try {
  await walk(browser, {}, 'registrar', 'clerk', clerk)
  await walk(browser, {}, 'told', user, told)
  await walk(browser, { javaScriptEnabled: false }, 'nojs-registrar', 'clerk', clerk)
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
finish()
