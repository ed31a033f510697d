// State fees paid with a card in Chromium: node payments.js URL DOCUMENT SHOTS
// USER PASSWORD
//
// The gateway is tests/gateways/payment.py, with pages of its own; "clerk" is a
// clerk of the court.  Prints a line a failed check and "N passed, N failed".
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
const picture = {
  name: 'şəkil.jpg',
  mimeType: 'image/jpeg',
  buffer: Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb004300' + '01'.repeat(64) +
    'ffc0000b080001000101011100ffc4001f00000105010101010101000000000000' +
    '00000102030405060708090a0bffda0008010100003f00d2cf20ffd9', 'hex')
}
const at = (page, end) => new RegExp(end + '$').test(page.url())

async function someone (browser, name, options) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d|favicon/.test(m.text()) && page.errors.push(m.text()))
  page.on('pageerror', e => page.errors.push(String(e)))
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  return page
}

async function press (page, selector) {
  const there = page.waitForNavigation()
  await page.click(selector)
  await there
}
const next = page => press(page, 'main button[value="next"]')

// A draft up to its fee, to be paid with a card.
async function draft (page) {
  await page.goto(`${url}/applications/new`)
  await press(page, 'main button[type=submit]')
  await page.selectOption('#court', '006')
  await page.selectOption('#kind', 'claim')
  await page.selectOption('#category', 'contract-loan')
  await page.check('#claim')
  await page.fill('#price', '5 000,00')
  await next(page)
  await press(page, 'main button[value="me"]')
  await page.selectOption('#side', 'defendant')
  await page.fill('#name', '“Sınaq” MMC')
  await page.fill('#ident', '1234567891')
  await press(page, 'main button[value="add"]')
  await next(page)
  await page.selectOption('#kind', 'evidence')
  await page.setInputFiles('#files', picture)
  await next(page)
  await page.fill('#title', 'Borcun ödənilməsi haqqında')
  await page.fill('#body', 'Borc qaytarılmayıb.')
  await page.fill('#claims', '1. 5 000 manat tutulsun.')
  await next(page)
}

async function bank (page, end) {
  await press(page, 'main form[action^="http"] button')
  check('the page of the bank', await page.title() === 'Bank', page.url())
  await press(page, `button[value="${end}"]`)
  await press(page, 'button[value="back"]')
}

async function pays (page, label, lang) {
  await draft(page)
  check(`${label}: the fifth step`, at(page, '/step/5'), page.url())
  const step = page.url()
  await page.check('[name=fee][value=paid]')
  await inspect(page, `${label}-step5-${lang}`)
  await next(page)
  check(`${label}: what is owed`, at(page, '/pay') && /70[.,]00/.test(await page.textContent('main')), page.url())
  await inspect(page, `${label}-owed-${lang}`)
  await press(page, 'main form button[type=submit]')
  check(`${label}: a payment`, at(page, '/payments/[a-z2-7]{26}'), page.url())
  const first = page.url()
  await inspect(page, `${label}-waits-${lang}`)
  await page.goto(step.replace('/step/5', '/pay'))
  await inspect(page, `${label}-open-${lang}`)
  await page.goto(first)
  await bank(page, 'declined')
  check(`${label}: the way back`, at(page, '/back'), page.url())
  await inspect(page, `${label}-back-${lang}`)
  await press(page, 'main a.govuk-button')
  check(`${label}: declined`, await page.locator('main .govuk-tag--red').count() === 1)
  await inspect(page, `${label}-declined-${lang}`)
  await page.goto(step.replace('/step/5', '/pay'))
  await press(page, 'main form button[type=submit]')
  const second = page.url()
  await bank(page, 'approved')
  await press(page, 'main a.govuk-button')
  check(`${label}: paid`, page.url() === second && await page.locator('main .govuk-tag--green').count() === 1)
  await inspect(page, `${label}-paid-${lang}`)
  await page.goto(step)
  check(`${label}: the step says so`, (await page.locator('main .govuk-inset-text').allTextContents()).some(t => /70[.,]00/.test(t)))
  await inspect(page, `${label}-settled-${lang}`)
  await next(page)
  check(`${label}: the last step`, at(page, '/step/6'), page.url())
  await page.goto(`${url}/payments`)
  check(`${label}: my payments`, await page.locator(`main a[href="${new URL(second).pathname}"]`).count() === 1)
  await inspect(page, `${label}-mine-${lang}`)
  return [step, second]
}

// The draft goes, and its money is given back.
async function refund (page, clerk, label, lang, [step, paid]) {
  const draft = step.replace('/step/5', '')
  await page.goto(`${draft}/step/6`)
  await press(page, 'main form[action$="/reopen"] button[value="4"]')
  await page.goto(`${draft}/discard`)
  await press(page, 'main form button[type=submit]')
  await page.goto(paid)
  check(`${label}: owed back`, await page.locator('main .govuk-tag--yellow').count() === 1)
  await inspect(page, `${label}-owed-back-${lang}`)
  await clerk.goto(`${url}/desk`)
  await press(clerk, 'main a[href="/desk/refunds"]')
  await inspect(clerk, `${label}-refunds-${lang}`)
  await press(clerk, `main a[href="${new URL(paid).pathname}"]`)
  await inspect(clerk, `${label}-decide-${lang}`)
  await press(clerk, 'main button[value="reject"]')
  check(`${label}: a refusal needs a reason`, await clerk.locator('.govuk-error-summary a[href="#why"]').count() === 1 && /^(Xəta|Error|Ошибка):/.test(await clerk.title()))
  await inspect(clerk, `${label}-reason-${lang}`)
  await clerk.goto(paid)
  // By other means, or by the bank itself.
  await press(clerk, `main button[value="${lang === 'en' ? 'bank' : 'refund'}"]`)
  check(`${label}: given back`, await clerk.locator('main .govuk-tag--blue').count() === 1)
  await inspect(clerk, `${label}-given-${lang}`)
  await clerk.goto(`${url}/ledger`)
  check(`${label}: it balances`, await clerk.locator('main .govuk-inset-text').count() === 1)
  await inspect(clerk, `${label}-ledger-${lang}`)
}

const browser = await open()
for (const lang of languages) {
  const page = await someone(browser, user)
  const clerk = await someone(browser, 'clerk')
  if (lang !== 'az') {
    await setLanguage(page, lang)
    await setLanguage(clerk, lang)
  }
  await refund(page, clerk, 'pay', lang, await pays(page, 'pay', lang))
  check(`${lang}: no errors`, page.errors.length + clerk.errors.length === 0, `${page.errors} ${clerk.errors}`)
}
const page = await someone(browser, user, { javaScriptEnabled: false })
const clerk = await someone(browser, 'clerk', { javaScriptEnabled: false })
await refund(page, clerk, 'nojs-pay', 'az', await pays(page, 'nojs-pay', 'az'))
await browser.close()
finish()
