// A complaint against an act in Chromium, from the act to the signature; the
// draw of a judge, who is on leave, and writs of execution:
// node complaints.js URL DOCUMENT SHOTS USER PASSWORD
//
// "judge" has the key judge-1, whose PIN is MOHUR_PIN; USER takes part in the
// judge's cases; "president" is one of every court.  Prints a line a failed
// check and "N passed, N failed".
import fs from 'node:fs'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, user, password] = process.argv.slice(2)
const pin = process.env.MOHUR_PIN
const inspect = inspector(shots)
const error = (page, field) => page.locator(`.govuk-error-summary a[href="#${field}"]`).count()

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

async function press (page, what) {
  const there = page.waitForNavigation()
  await page.click(`main button[value="${what}"]`)
  await there
}

function day (ago) {
  const t = new Date(Date.now() + 4 * 3600e3 - ago * 86400e3)
  return t.toISOString().slice(0, 10).split('-').reverse().join('.')
}

// A published act of a kind, in a case that the user takes part in.
async function publish (judge, kind, title) {
  await judge.goto(`${url}/cases?number=${encodeURIComponent('e-2-1')}`)
  await judge.click('tbody a')
  await judge.waitForLoadState()
  await judge.click('main a[href$="/acts/new"]')
  await judge.waitForLoadState()
  await judge.selectOption('#kind', kind)
  await judge.fill('#title', title)
  await judge.fill('#day', day(0))
  await judge.fill('#time', '00:00')
  await judge.fill('#text', 'Azərbaycan Respublikası adından')
  await submit(judge, '/acts/new')
  const here = judge.url()
  await submit(judge, '/send')
  await judge.goto(`${url}/acts`)
  await judge.check('#sign0')
  await judge.fill('#pin', pin)
  await submit(judge, '/acts/sign')
  await judge.goto(here)
  await submit(judge, '/acts/publish')
  check(`${title}: published`, judge.url() === here && await judge.locator('main a[href^="/documents/"]').count() > 0)
  return here
}

async function complain (page, label, lang, act) {
  await page.goto(`${url}/complaints`)
  await inspect(page, `${label}-list-${lang}`)
  await page.goto(act)
  await inspect(page, `${label}-act-${lang}`)
  await page.click('main a[href$="/complaint"]')
  await page.waitForLoadState()
  check(`${label}: the last day is said`, /\d\d\.\d\d\.\d{4}/.test(await page.textContent('main strong')))
  await inspect(page, `${label}-form-${lang}`)
  await submit(page, '/complaint')
  check(`${label}: the first step`, /\/applications\/[a-z2-7]{26}\/step\/1$/.test(page.url()), page.url())
  check(`${label}: one kind`, await page.locator('#kind option').count() === 2 && await page.inputValue('#kind') !== '')
  await inspect(page, `${label}-1-${lang}`)
  if (await page.inputValue('#court') === '') await page.selectOption('#court', { index: 1 })
  await page.check('#unvalued')
  await page.fill('#price', '')
  await press(page, 'next')
  check(`${label}: the second step`, /step\/2$/.test(page.url()), page.url() + await page.textContent('main'))
  check(`${label}: the parties are there`, await page.locator('main ul.mohur-list li').count() > 1)
  await inspect(page, `${label}-2-${lang}`)
  const at = page.url().replace(/step.*/, '')
  await page.goto(`${url}/complaints`)
  check(`${label}: my complaints have it`, await page.locator(`main a[href="${at.slice(url.length, -1)}"]`).count() === 1)
  await inspect(page, `${label}-list-filled-${lang}`)
  await page.goto(`${url}/complaints?archive=1`)
  await inspect(page, `${label}-archive-${lang}`)
}

async function none (page, label, lang, act) {
  await page.goto(`${act}/complaint`)
  check(`${label}: none is possible`, await page.locator('main form').count() === 0 && await page.locator('.govuk-inset-text').count() === 1)
  await inspect(page, `${label}-none-${lang}`)
}

async function judges (page, label, lang) {
  await page.goto(`${url}/judges`)
  await inspect(page, `${label}-judges-${lang}`)
  await submit(page, '/judges')
  check(`${label}: no judge`, await error(page, 'judge') === 1)
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  await inspect(page, `${label}-judges-error-${lang}`)
  await page.selectOption('#judge', { index: 1 })
  await page.fill('#from', day(-399))
  await page.fill('#until', day(-400))
  await page.click('form:has(#from) button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: a leave is there`, (await page.textContent('main')).includes(day(-400)))
  await inspect(page, `${label}-judges-filled-${lang}`)
  await page.click('main button[value=drop]')
  await page.waitForLoadState()
  check(`${label}: and goes`, !(await page.textContent('main')).includes(day(-400)))
  await page.goto(`${url}/cases`)
  await page.click('tbody a')
  await page.waitForLoadState()
  await page.click('main a[href$="/draw"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-draw-${lang}`)
  await page.click('main a[href$="/judge"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-judge-${lang}`)
  await submit(page, '/judge')
  check(`${label}: no new judge`, await error(page, 'judge') === 1)
  await inspect(page, `${label}-judge-error-${lang}`)
}

async function writs (clerk, page, label, lang) {
  await clerk.goto(`${url}/cases`)
  await clerk.click('tbody a')
  await clerk.waitForLoadState()
  await clerk.click('main a[href$="/enforcement/new"]')
  await clerk.waitForLoadState()
  await inspect(clerk, `${label}-writ-new-${lang}`)
  await submit(clerk, '/enforcement/new')
  check(`${label}: all fields are asked for`, await clerk.locator('.govuk-error-summary li a').count() === 4)
  await inspect(clerk, `${label}-writ-new-error-${lang}`)
  const number = `İ-${label}-${lang}`
  await clerk.fill('#writ', number)
  for (const field of ['creditor', 'debtor', 'office']) await clerk.fill(`#${field}`, 'Uzun adlı “Sınaq Ticarət” Məhdud Məsuliyyətli Cəmiyyəti')
  await clerk.fill('#amount', '1 000 000,55')
  await submit(clerk, '/enforcement/new')
  check(`${label}: entered`, /\/enforcement\/[a-z2-7]{26}$/.test(clerk.url()), clerk.url())
  await inspect(clerk, `${label}-writ-${lang}`)
  await clerk.click('main form button[type=submit]')
  await clerk.waitForLoadState()
  check(`${label}: no state`, await error(clerk, 'to') === 1)
  await inspect(clerk, `${label}-writ-error-${lang}`)
  await clerk.selectOption('#to', 'sent')
  await clerk.click('main form button[type=submit]')
  await clerk.waitForLoadState()
  await clerk.goto(`${url}/enforcement`)
  check(`${label}: the list has it`, (await clerk.textContent('main')).includes(number))
  await inspect(clerk, `${label}-writs-${lang}`)
  await page.goto(`${url}/info/laws`)
  await inspect(page, `${label}-laws-${lang}`)
}

async function walk (browser, options, name) {
  const judge = await someone(browser, 'judge', options)
  const page = await someone(browser, user, options)
  const president = await someone(browser, 'president', options)
  const clerk = await someone(browser, 'clerk', options)
  for (const lang of languages) {
    const label = `${name} ${lang}`
    for (const one of [judge, page, president, clerk]) await setLanguage(one, lang)
    const act = await publish(judge, 'judgment', `Qətnamə ${label}`)
    await complain(page, name, lang, act)
    await none(page, name, lang, await publish(judge, 'order', `Əmr ${label}`))
    await judges(president, name, lang)
    await writs(clerk, page, name, lang)
  }
  for (const one of [judge, page, president, clerk]) {
    check(`${name}: the console is silent`, one.errors.length === 0, one.errors.join('; '))
    await one.context().close()
  }
}

if (shots) fs.mkdirSync(shots, { recursive: true })
const browser = await open()
try {
  await walk(browser, {}, 'complaint')
  await walk(browser, { javaScriptEnabled: false }, 'nojs-complaint')
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
finish()
