// The pages in Chromium: node pages.js URL DOCUMENT SHOTS USER PASSWORD
//
// DOCUMENT is one that passes with the trust of the instance; USER has an
// account whose password this changes.  Prints a line a
// check and "N passed, N failed"; screenshots go to the folder SHOTS.
import fs from 'node:fs'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, documentPath, shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
async function chooseAndCheck (page, file) {
  await page.setInputFiles('#file', file)
  await page.click('button[type=submit].govuk-button')
  await page.waitForLoadState()
}

// Tab from the top: everything is reached, seen and not under anything.
async function keyboard (page) {
  await page.goto(`${url}/verify`)
  const seen = []
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const e = document.activeElement
      const r = e.getBoundingClientRect()
      const s = getComputedStyle(e)
      return {
        id: e.id || e.value || e.textContent.trim().slice(0, 20),
        tag: e.tagName,
        shown: r.width > 1 && r.height > 1 && r.top >= 0 && r.bottom <= innerHeight,
        marked: s.outlineStyle !== 'none' || s.boxShadow !== 'none'
      }
    })
    if (at.tag === 'BODY') break
    seen.push(at)
  }
  check('keyboard: the file field', seen.some(s => s.id === 'file'))
  check('keyboard: languages', ['az', 'en', 'ru'].every(l => seen.some(s => s.id === l)))
  check('keyboard: the button', seen.some(s => s.tag === 'BUTTON' && !languages.includes(s.id)))
  check('keyboard: the focus is seen', seen.every(s => s.shown && s.marked),
    JSON.stringify(seen.filter(s => !s.shown || !s.marked)))
}

async function walk (browser, options, label) {
  const context = await browser.newContext({ ...options, acceptDownloads: true })
  const page = await context.newPage()
  const errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && errors.push(m.text()))
  page.on('pageerror', e => errors.push(String(e)))
  await page.goto(url)
  check(`${label}: az is the first language`, await page.getAttribute('html', 'lang') === 'az')
  for (const lang of languages) {
    await setLanguage(page, lang)
    await inspect(page, `${label}-form-${lang}`)
    await page.click('button[type=submit].govuk-button')
    await page.waitForLoadState()
    check(`${label}-${lang}: nothing chosen is an error`, await page.locator('.govuk-error-summary').count() === 1)
    const title = await page.title()
    check(`${label}-${lang}: the title says it`, /^(Xəta|Error|Ошибка):/.test(title), title)
    if (label === 'js') {
      check(`${lang}: the summary has the focus`, await page.evaluate(() => document.activeElement.classList.contains('govuk-error-summary')))
    }
    await inspect(page, `${label}-error-${lang}`)
    await page.click('footer a[href="/fees"]')
    await inspect(page, `${label}-fees-${lang}`)
    await page.click('button[type=submit].govuk-button')
    await page.waitForLoadState()
    check(`${label}-${lang}: a fee without a price is an error`, await page.locator('#price-error').count() === 1)
    await inspect(page, `${label}-fees-error-${lang}`)
    await page.fill('#price', '1 267 151')
    await page.selectOption('#instance', 'appeal')
    await page.click('button[type=submit].govuk-button')
    await page.waitForLoadState()
    check(`${label}-${lang}: the fee`, /711[.,]79/.test(await page.textContent('#result')))
    await inspect(page, `${label}-fees-result-${lang}`)
    await page.goto(`${url}/verify`)
    await chooseAndCheck(page, documentPath)
    const verdict = await page.textContent('.mohur-verdict')
    check(`${label}-${lang}: the verdict`, verdict.includes('TOTAL-PASSED'), verdict)
    await inspect(page, `${label}-report-${lang}`)
    if (lang === 'en') {
      for (const form of ['html', 'etsi', 'json', 'text']) {
        const [download] = await Promise.all([
          page.waitForEvent('download'), page.click(`a[href$="form=${form}"]`)])
        const text = fs.readFileSync(await download.path(), 'utf8')
        check(`${label}: download ${form}`, /total-passed/i.test(text), text.slice(0, 80))
      }
    }
    await page.click('main a[href="/verify"]')
    await page.waitForLoadState()
  }
  check(`${label}: the console is silent`, errors.length === 0, errors.join('; '))
  await context.close()
}

async function signIn (page, word) {
  await page.goto(`${url}/login`)
  await page.fill('#username', user)
  await page.fill('#password', word)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
}

async function send (page, values, button) {
  for (const [id, value] of Object.entries(values)) await page.fill(`#${id}`, value)
  await page.click(button)
  await page.waitForLoadState()
}

// Signing in, own data, sessions, a new password, signing out.
async function cabinet (browser, options, label, word, next) {
  const one = await browser.newContext(options)
  const page = await one.newPage()
  await page.goto(`${url}/cabinet`)
  check(`${label}: the cabinet is not for strangers`, page.url() === `${url}/login`)
  for (const lang of languages) {
    await setLanguage(page, lang)
    await page.goto(`${url}/login`)
    await inspect(page, `${label}-login-${lang}`)
    await signIn(page, 'wrong')
    check(`${label}-${lang}: a wrong password`, await page.locator('.govuk-error-summary').count() === 1)
    await inspect(page, `${label}-login-error-${lang}`)
    if (lang === 'en') await page.waitForTimeout(500)
  }
  await page.waitForTimeout(2100) // the third wrong one makes everybody wait
  await setLanguage(page, 'az')
  await signIn(page, word)
  check(`${label}: signed in`, page.url() === `${url}/cabinet`, page.url())
  const cookies = await one.cookies()
  const sid = cookies.find(c => c.name === '__Host-sid')
  check(`${label}: the session's cookie`, sid && sid.httpOnly && sid.secure && sid.sameSite !== 'None' && sid.path === '/' && sid.value.length === 64)
  for (const lang of languages) {
    await setLanguage(page, lang)
    await page.goto(`${url}/cabinet`)
    await inspect(page, `${label}-cabinet-${lang}`)
  }
  const contact = 'form[action="/cabinet/contact"] button'
  await send(page, { email: 'aygun@example.az', telephone: '+994501234567' }, contact)
  check(`${label}: a new address is to be confirmed`, page.url() === `${url}/cabinet/code`, page.url())
  for (const lang of languages) {
    await setLanguage(page, lang)
    await page.goto(`${url}/cabinet/code`)
    await inspect(page, `${label}-contact-code-${lang}`)
  }
  await page.goto(`${url}/cabinet`)
  check(`${label}: the telephone is kept`, await page.inputValue('#telephone') === '+994501234567')
  await send(page, {}, 'form[action="/cabinet/notify"] button')
  check(`${label}: how to be told`, await page.isChecked('#by-email') && !await page.isChecked('#by-sms'))
  await send(page, { letter: '' }, 'form[action="/cabinet/letter"] button')
  check(`${label}: an empty letter is none`, await page.locator('form[action="/cabinet/letter"]').count() === 0)
  await page.goto(`${url}/cabinet`)
  await send(page, { email: 'no address' }, contact)
  check(`${label}: no address is refused`, await page.locator('.govuk-error-summary a[href="#email"]').count() === 1)
  check(`${label}: what was written stays`, await page.inputValue('#email') === 'no address')
  await inspect(page, `${label}-cabinet-error`)
  await send(page, { email: 'aygun@example.az', telephone: '12' }, contact)
  check(`${label}: no number is refused`, await page.locator('.govuk-error-summary a[href="#telephone"]').count() === 1)
  // Another browser, ended from here.
  const two = await browser.newContext(options)
  const other = await two.newPage()
  await signIn(other, word)
  await page.goto(`${url}/cabinet`)
  const rows = await page.locator('tbody tr').count()
  check(`${label}: both sessions are listed`, rows >= 2, `${rows}`)
  await page.locator('tbody button').first().click()
  await page.waitForLoadState()
  await other.goto(`${url}/cabinet`)
  check(`${label}: the other one is out`, other.url() === `${url}/login`)
  await signIn(other, word)
  const change = 'form[action="/cabinet/password"] button'
  await send(page, { 'password-old': 'wrong', 'password-new': next }, change)
  check(`${label}: the present password is asked`, await page.locator('.govuk-error-summary a[href="#password-old"]').count() === 1)
  await send(page, { 'password-old': word, 'password-new': 'short' }, change)
  check(`${label}: a short password is refused`, await page.locator('.govuk-error-summary a[href="#password-new"]').count() === 1)
  await send(page, { 'password-old': word, 'password-new': next }, change)
  check(`${label}: changed, and still signed in`, page.url() === `${url}/cabinet` && await page.locator('.govuk-error-summary').count() === 0)
  await other.goto(`${url}/cabinet`)
  check(`${label}: a new password ends other sessions`, other.url() === `${url}/login`)
  const before = (await one.cookies()).find(c => c.name === '__Host-sid').value
  check(`${label}: and has a session of its own`, before !== sid.value)
  await page.click('form[action="/logout"] button')
  await page.waitForLoadState()
  const again = await fetch(`${url}/cabinet`, { headers: { cookie: `__Host-sid=${before}` }, redirect: 'manual' })
  check(`${label}: signing out ends it at the server`, again.status === 303, `${again.status}`)
  await one.close()
  await two.close()
}

// Signing in by mobile ID: the form, waiting, a refusal, and in.
async function asan (browser, options, label, refusing) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const begin = async (telephone) => {
    await page.goto(`${url}/login/asan`)
    await send(page, { telephone, number: '123456' }, 'main button[type=submit]')
  }
  const goes = async (done) => { // by itself, or with the button
    for (let i = 0; i < 60 && !await done(); i++) {
      await page.waitForTimeout(250)
      if (label !== 'asan' && await page.locator('[data-stage]').count()) await page.click('main a.govuk-button')
    }
    await page.waitForLoadState()
    return done()
  }
  const failed = async () => await page.locator('.govuk-error-summary').count() === 1
  await page.goto(`${url}/login`)
  await page.click('main a[href="/login/asan"]')
  await page.waitForLoadState()
  for (const lang of languages) {
    await setLanguage(page, lang)
    await page.goto(`${url}/login/asan`)
    await inspect(page, `${label}-form-${lang}`)
    await page.click('main button[type=submit]')
    await page.waitForLoadState()
    check(`${label}-${lang}: no number is an error`, await page.locator('.govuk-error-summary a[href="#telephone"]').count() === 1)
    await inspect(page, `${label}-error-${lang}`)
  }
  if (label === 'asan') {
    await begin('+994500000044')
    check(`${label}: the code comes by itself`, await goes(async () => await page.locator('.mohur-code-large').count() === 1))
    check(`${label}: it is said aloud`, await page.locator('[role=status] .mohur-code-large').count() === 1)
    for (const lang of languages) {
      await setLanguage(page, lang)
      await inspect(page, `${label}-wait-${lang}`)
    }
  }
  await begin(refusing)
  check(`${label}: refused on the telephone`, await goes(failed))
  for (const lang of languages) {
    await setLanguage(page, lang)
    await inspect(page, `${label}-failed-${lang}`)
  }
  await setLanguage(page, 'az')
  await begin('+994500000010')
  check(`${label}: signed in`, await goes(async () => page.url() === `${url}/cases`), page.url())
  for (const lang of languages) {
    await setLanguage(page, lang)
    await page.goto(`${url}/step-up`)
    await inspect(page, `${label}-step-${lang}`)
    await page.click('main button[type=submit]')
    await page.waitForLoadState()
    check(`${label}-${lang}: no number is an error to step up`, await page.locator('.govuk-error-summary a[href="#telephone"]').count() === 1)
    await inspect(page, `${label}-step-error-${lang}`)
  }
  await context.close()
}

if (shots) fs.mkdirSync(shots, { recursive: true })
// What somebody without a cabinet sees: registration, a forgotten password.
async function strangers (browser, options, label) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  for (const lang of languages) {
    await page.goto(`${url}/login`)
    await setLanguage(page, lang)
    await page.click('main a[href="/register"]')
    await page.waitForLoadState()
    await inspect(page, `${label}-register-${lang}`)
    await send(page, { fin: 'x' }, 'main button[type=submit]')
    const links = await page.locator('.govuk-error-summary a').count()
    check(`${label}-${lang}: all that is wrong is said`, links === 9, `${links}`)
    for (const href of await page.locator('.govuk-error-summary a').evaluateAll(all => all.map(a => a.getAttribute('href')))) {
      check(`${label}-${lang}: ${href} is there`, await page.locator(`input${href}`).count() === 1)
    }
    check(`${label}-${lang}: what was written stays`, await page.inputValue('#fin') === 'x')
    await inspect(page, `${label}-register-error-${lang}`)
    await page.goto(`${url}/register/code`)
    await inspect(page, `${label}-code-${lang}`)
    await send(page, { code: '123456' }, 'main button[type=submit]')
    check(`${label}-${lang}: a code without registration is none`, await page.locator('.govuk-error-summary a[href="#code"]').count() === 1)
    await inspect(page, `${label}-code-error-${lang}`)
    await page.goto(`${url}/login`)
    await page.click('main a[href="/password/forgot"]')
    await page.waitForLoadState()
    await inspect(page, `${label}-forgot-${lang}`)
    await send(page, { username: 'x', email: 'y' }, 'main button[type=submit]')
    check(`${label}-${lang}: no address`, await page.locator('.govuk-error-summary a[href="#email"]').count() === 1)
    await inspect(page, `${label}-forgot-error-${lang}`)
    await send(page, { email: 'nobody@example.az' }, 'main button[type=submit]')
    check(`${label}-${lang}: it may be sent`, await page.locator('.govuk-error-summary').count() === 0)
    await inspect(page, `${label}-sent-${lang}`)
    await page.goto(`${url}/password/reset/${'A'.repeat(43)}`)
    await inspect(page, `${label}-link-over-${lang}`)
  }
  await context.close()
}

const browser = await open()
try {
  await walk(browser, {}, 'js')
  await walk(browser, { javaScriptEnabled: false }, 'nojs').catch(e => check('nojs', false, String(e).slice(0, 300)))
  const page = await browser.newPage()
  await keyboard(page)
  await asan(browser, {}, 'asan', '+994500000013')
  await asan(browser, { javaScriptEnabled: false }, 'nojs-asan', '+994500000014')
  await strangers(browser, {}, 'new')
  await strangers(browser, { javaScriptEnabled: false }, 'nojs-new')
  await cabinet(browser, {}, 'cab', password, 'dəmir at qapıda gözləyir')
  await cabinet(browser, { javaScriptEnabled: false }, 'nojs-cab', 'dəmir at qapıda gözləyir', password)
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
finish()
