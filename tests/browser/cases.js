// Cases, hearings and notifications in Chromium:
// node cases.js URL DOCUMENT SHOTS USER PASSWORD
//
// USER takes part in cases, "newcomer" in none; both have PASSWORD.  Prints a
// line a failed check and "N passed, N failed".
import fs from 'node:fs'
import path from 'node:path'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, signed, shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)

async function signIn (page, name) {
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
}

// Every page of somebody with cases, in one language.
async function pages (page, label, lang) {
  await page.goto(`${url}/cases`)
  check(`${label}: eight cases`, await page.locator('tbody tr').count() === 8)
  const here = page.locator('.govuk-service-navigation [aria-current]')
  check(`${label}: the navigation says where`, await here.count() === 1)
  await inspect(page, `${label}-cases-${lang}`)
  await page.fill('#number', 'e-2-2')
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: three of them`, await page.locator('tbody tr').count() === 3, page.url())
  await page.goto(`${url}/cases`)
  const judge = await page.locator('#judge option').nth(1).getAttribute('value')
  await page.selectOption('#judge', judge)
  await page.selectOption('#role', { index: 4 })
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  const asked = new URL(page.url()).searchParams
  check(`${label}: judge and role stand in the address`, asked.get('judge') === judge && /^[a-z2-7]{26}$/.test(judge) && asked.get('role') === 'claimants-lawyer', page.url())
  check(`${label}: and chosen`, await page.inputValue('#judge') === judge && await page.inputValue('#role') === 'claimants-lawyer')
  await inspect(page, `${label}-cases-people-${lang}`)
  await page.goto(`${url}/cases?judge=${'a'.repeat(26)}`)
  check(`${label}: a judge that is none`, await page.locator('.govuk-error-summary a[href="#judge"]').count() === 1)
  await inspect(page, `${label}-cases-judge-error-${lang}`)
  await page.goto(`${url}/cases?number=zzz`)
  check(`${label}: nothing fits`, await page.locator('.govuk-inset-text').count() === 1)
  await inspect(page, `${label}-cases-nothing-${lang}`)
  await page.goto(`${url}/cases?from=99.99.2021`)
  check(`${label}: a day that is none`, await page.locator('.govuk-error-summary a[href="#from"]').count() === 1)
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  await inspect(page, `${label}-cases-error-${lang}`)
  await page.goto(`${url}/cases?number=e-2-1`)
  await page.click('tbody a')
  await page.waitForLoadState()
  const at = page.url()
  check(`${label}: a case`, /\/cases\/[a-z2-7]{26}$/.test(at), at)
  await inspect(page, `${label}-case-${lang}`)
  for (const tab of ['hearings', 'history', 'views']) {
    await page.click(`.mohur-tabs a[href$="/${tab}"]`)
    await page.waitForLoadState()
    check(`${label}: ${tab}`, await page.locator('.mohur-tabs [aria-current=page]').count() === 1)
    await inspect(page, `${label}-${tab}-${lang}`)
  }
  await page.goto(`${at.slice(0, -26)}${'a'.repeat(26)}`)
  await inspect(page, `${label}-absent-${lang}`)
  await page.click('footer a[href="/courts"]')
  await inspect(page, `${label}-courts-${lang}`)
  await page.click('main ul a')
  await page.waitForLoadState()
  await inspect(page, `${label}-court-${lang}`)
  await page.fill('#day', '99.99.2026')
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: a day of a court that is none`, await page.locator('#day-error').count() === 1)
  await inspect(page, `${label}-court-error-${lang}`)
  await page.goto(`${url}/hearings`)
  await inspect(page, `${label}-all-hearings-${lang}`)
  await page.goto(`${url}/hearings?week=0`)
  await inspect(page, `${label}-week-${lang}`)
  await page.click('button[value=new]')
  await page.waitForLoadState()
  check(`${label}: the secret address`, /calendar\.ics\?key=[a-z2-7]{26}/.test(await page.textContent('main')))
  await inspect(page, `${label}-calendar-${lang}`)
  await page.goto(`${url}/notifications`)
  const unread = Number(await page.locator('.mohur-count').evaluate(e => e.firstChild.textContent))
  await inspect(page, `${label}-notifications-${lang}`)
  await page.click('tbody a.govuk-\\!-font-weight-bold')
  await page.waitForLoadState()
  const left = Number(await page.locator('.mohur-count').evaluate(e => e.firstChild.textContent))
  check(`${label}: opened is read`, left === unread - 1, `${unread} ${left}`)
  await inspect(page, `${label}-notification-${lang}`)
}

// Filing, from the empty list to the receipt.
async function filing (page, label, lang) {
  await page.goto(`${url}/cases?number=${{ az: 'e-2-1', en: 'e-2(', ru: '8(' }[lang]}`)
  await page.click('tbody a')
  await page.waitForLoadState()
  await page.click('.mohur-tabs a[href$="/documents"]')
  await page.waitForLoadState()
  const first = !label.startsWith('nojs')
  if (first) check(`${label}: no document yet`, await page.locator('main table').count() === 0)
  await inspect(page, `${label}-documents-none-${lang}`)
  await page.click('main a[href$="/documents/new"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-new-${lang}`)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: nothing chosen`, await page.locator('.govuk-error-summary a[href="#kind"]').count() === 1)
  await page.selectOption('#kind', 'motion')
  await page.fill('#title', 'Vəsatət')
  await page.setInputFiles('#file', { name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 nothing') })
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: refused, and why`, await page.locator('#file-error .mohur-code').count() === 1)
  check(`${label}: what was written stays`, await page.inputValue('#title') === 'Vəsatət' && await page.inputValue('#kind') === 'motion')
  await inspect(page, `${label}-refused-${lang}`)
  await page.setInputFiles('#file', signed)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: filed`, /\/documents\/[a-z2-7]{26}$/.test(page.url()), page.url())
  await inspect(page, `${label}-document-${lang}`)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[href$="/receipt"]')])
  check(`${label}: the receipt`, /^receipt-.*\.asice$/.test(download.suggestedFilename()) && fs.readFileSync(await download.path()).subarray(0, 2).toString() === 'PK')
  await page.click('.govuk-back-link')
  await page.waitForLoadState()
  check(`${label}: it is listed`, await page.locator('tbody tr').count() === (first ? 1 : 2))
  await inspect(page, `${label}-documents-${lang}`)
}

// What waits for the clerk: filed by the lawyer, decided at the desk.
async function desk (page, label, lang) {
  const filer = await page.context().browser().newContext()
  const other = await filer.newPage()
  await signIn(other, user)
  await other.goto(`${url}/cases?number=e-2-2`)
  await other.click('tbody a')
  await other.waitForLoadState()
  await other.goto(`${other.url()}/documents/new`)
  await other.selectOption('#kind', 'evidence')
  await other.setInputFiles('#file', path.join(path.dirname(signed), 'adoc-t.adoc'))
  await other.click('main button[type=submit]')
  await other.waitForLoadState()
  await filer.close()
  await page.goto(`${url}/desk`)
  check(`${label}: one waits`, await page.locator('tbody tr').count() === 1)
  await inspect(page, `${label}-desk-${lang}`)
  await page.click('tbody a')
  await page.waitForLoadState()
  await inspect(page, `${label}-waiting-${lang}`)
  await page.click('main a[href$="/decision"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-decision-${lang}`)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: nothing chosen`, await page.locator('.govuk-error-summary a[href="#word"]').count() === 1)
  await inspect(page, `${label}-decision-word-${lang}`)
  await page.click('label[for=word-return]')
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: no reason`, await page.locator('.govuk-error-summary a[href="#reason"]').count() === 1)
  check(`${label}: what was chosen stays`, await page.isChecked('#word-return'))
  await inspect(page, `${label}-decision-reason-${lang}`)
  await page.fill('#reason', 'İmzalayanın şəxsiyyəti məlum deyil')
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: decided`, /\/documents\/[a-z2-7]{26}$/.test(page.url()) && (await page.textContent('main')).includes('İmzalayanın şəxsiyyəti'), page.url())
  await inspect(page, `${label}-decided-${lang}`)
  await page.goto(`${url}/desk`)
  check(`${label}: nothing waits`, await page.locator('main .govuk-inset-text').count() === 1)
  await inspect(page, `${label}-desk-empty-${lang}`)
}

// Every page of somebody without cases.
async function empty (page, label, lang) {
  for (const where of ['cases', 'hearings', 'notifications']) {
    await page.goto(`${url}/${where}`)
    check(`${label}: ${where} says that there is nothing`, await page.locator('main .govuk-inset-text').count() === 1)
    await inspect(page, `${label}-${where}-${lang}`)
  }
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
  await walk(browser, {}, 'member', user, pages)
  await walk(browser, {}, 'newcomer', 'newcomer', empty)
  await walk(browser, {}, 'filer', user, filing)
  await walk(browser, {}, 'clerk', 'clerk', desk)
  await walk(browser, { javaScriptEnabled: false }, 'nojs-member', user, pages)
  await walk(browser, { javaScriptEnabled: false }, 'nojs-filer', user, filing)
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
finish()
