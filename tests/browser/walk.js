// What the walks in Chromium share (story.js, court.js): the script is called
// with URL and SHOTS, and
//
// MOHUR_PROGRAM is `mohur`, MOHUR_TRUST what it trusts, MOHUR_PASSWORD that of
// whoever has one, MOHUR_PIN that of the judges' keys.  MOHUR_LOOK=no: pages
// are not inspected, as others do that; where there is a folder for them they
// are photographed all the same.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { check, finish, inspector, open } from './common.js'

export const [url, shots] = process.argv.slice(2)
export const { MOHUR_PIN: pin, MOHUR_PASSWORD: password, MOHUR_PROGRAM: program, MOHUR_TRUST: trust } = process.env
const called = path.basename(process.argv[1], '.js')
const look = process.env.MOHUR_LOOK === 'no' && !shots ? async () => {} : inspector(shots)
export const folder = fs.mkdtempSync(path.join(os.tmpdir(), `mohur-${called}-`))
const patience = 60000 // milliseconds; machines of tests are slow
export const id = '[a-z2-7]{26}'
const browser = await open()
const people = []
let station = 0

// Numbered, so that the folder of screenshots tells what happened.
export async function inspect (page, name) {
  await look(page, `${called}-${String(++station).padStart(2, '0')}-${name}`)
}

export async function someone () {
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage()
  page.errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d|favicon/.test(m.text()) && page.errors.push(m.text()))
  page.on('pageerror', e => page.errors.push(String(e)))
  people.push(page)
  return page
}

export async function official (name) {
  const page = await someone()
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await press(page, 'main button[type=submit]')
  return page
}

export async function press (page, what) {
  const there = page.waitForNavigation()
  await page.click(what)
  await there
}
export const go = (page, what) => press(page, `main button[value="${what}"]`)
export const submit = (page, form) => press(page, `form[action$="${form}"] button[type=submit]`)
export const words = page => page.textContent('main')
export const is = (page, end) => new RegExp(end + '$').test(page.url())

// What comes of it, once it does.
export async function until (what) {
  const end = Date.now() + patience
  for (;;) {
    const got = await what()
    if (got || Date.now() > end) return got
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

export async function download (page, what, name) {
  const [got] = await Promise.all([page.waitForEvent('download'), page.click(what)])
  const file = path.join(folder, name)
  await got.saveAs(file)
  return file
}

// `mohur verify --offline`: the receipt, and that it is one of this document.
export function verify (label, receipt, document) {
  const done = spawnSync(program, ['verify', '--offline', '--report', 'json', '--trust', trust, receipt, '--data', document], { encoding: 'utf8' })
  check(`${label}: mohur verify passes it offline`, done.status === 0 && /"verdict": ?"TOTAL-PASSED"/.test(done.stdout), done.stdout.slice(0, 900) + done.stderr)
  const other = path.join(folder, 'other.edoc')
  const bytes = fs.readFileSync(document)
  bytes[bytes.length - 30] ^= 1
  fs.writeFileSync(other, bytes)
  const refused = spawnSync(program, ['verify', '--offline', '--trust', trust, receipt, '--data', other], { encoding: 'utf8' })
  check(`${label}: and of no other document`, refused.status !== 0, refused.stdout.slice(0, 900))
}

// A day in Baku, as the pages write it: so many days from now, or the end of a
// month after today.
export const baku = days => new Date(Date.now() + 4 * 3600e3 + days * 86400e3).toISOString().slice(0, 10).split('-').reverse().join('.')
export function monthLater () {
  const [d, m, y] = baku(0).split('.').map(Number)
  const last = new Date(Date.UTC(y, m + 1, 0)).getUTCDate()
  return new Date(Date.UTC(y, m, Math.min(d, last))).toISOString().slice(0, 10).split('-').reverse().join('.')
}

// The code that the telephone shows as well.
export async function compare (page, label) {
  const code = page.locator('.mohur-code-large')
  await code.waitFor({ timeout: patience })
  check(`${label}: a code to compare`, /^\d{4}$/.test(await code.innerText()))
  await inspect(page, `${label}-waits`)
}

export async function signed (page, end) {
  await page.waitForURL(new RegExp(end), { timeout: patience })
  await page.waitForLoadState()
}

// ---- the wizard ----

export async function pay (page, amount, label) {
  check(`${label}: what is owed`, is(page, '/pay') && (await words(page)).includes(`${amount} AZN`), page.url() + await words(page))
  await inspect(page, `${label}-owed`)
  await submit(page, '/pay')
  check(`${label}: a payment`, is(page, `/payments/${id}`), page.url())
  const here = page.url()
  await inspect(page, `${label}-payment`)
  await press(page, 'main form[action^="http"] button')
  check(`${label}: the page of the bank`, await page.title() === 'Bank', page.url())
  await press(page, 'button[value="approved"]')
  await press(page, 'button[value="back"]')
  await inspect(page, `${label}-back`)
  await press(page, 'main a.govuk-button')
  check(`${label}: paid`, page.url() === here && (await words(page)).includes('Ödənildi'), page.url())
  await inspect(page, `${label}-paid`)
  const receipt = await download(page, 'main a[href$="/receipt"]', `${label}.pdf`)
  const text = execFileSync('pdftotext', ['-layout', receipt, '-'], { encoding: 'utf8' })
  check(`${label}: a receipt of it`, text.includes(amount), text)
  await press(page, 'main a[href^="/applications/"]')
}

// The last step: signed by the telephone, its receipt checked offline.
export async function sign (page, who, label) {
  check(`${label}: the last step`, is(page, '/step/6'), page.url())
  await inspect(page, `${label}-6`)
  await page.check('#declare')
  await page.fill('#phone', who.phone)
  await page.fill('#user_id', '123456')
  await submit(page, '/asan')
  await compare(page, label)
  await signed(page, `/applications/${id}$`)
  const number = /E-\d{4}-\d{6}/.exec(await words(page))
  check(`${label}: it has a number`, number !== null, await words(page))
  await until(async () => await page.locator('main a[href$="/receipt"]').count() === 1 || (await page.reload(), false))
  await inspect(page, `${label}-sent`)
  const receipt = await download(page, 'main a[href$="/receipt"]', `${label}.asice`)
  verify(label, receipt, await download(page, 'main a[href$="/document"]', `${label}.edoc`))
  return { at: page.url(), number: number[0] }
}

// What a page says of something.
export const row = (page, key) => page.locator('.govuk-summary-list__row', { has: page.locator(`dt:text-is("${key}")`) }).locator('dd').innerText()

// ---- the appeal ----

// Of the one party against an act, by the other's case; signed by telephone.
export async function appeal (page, act, who, other) {
  await page.goto(act)
  await press(page, 'main a[href^="/documents/"]')
  await inspect(page, 'appeal-document')
  await page.goto(act)
  await press(page, 'main a[href$="/complaint"]')
  check('appeal: the last day', (await row(page, 'Şikayət müddətinin son günü')).startsWith(monthLater()), await row(page, 'Şikayət müddətinin son günü'))
  await inspect(page, 'appeal-form')
  await submit(page, '/complaint')
  check('appeal: the court above', is(page, '/step/1') && await page.inputValue('#court') === '103' && await page.inputValue('#kind') === 'appeal', page.url())
  await page.check('#claim')
  await page.fill('#price', '5 000,00')
  await inspect(page, 'appeal-1')
  await go(page, 'next')
  check('appeal: both parties, roles turned', JSON.stringify((await page.locator('main ul.mohur-list li').allInnerTexts()).map(t => t.split('\n')[0])) ===
    JSON.stringify([`${who.surname} ${who.name} – Şikayətçi`, `${other.surname} ${other.name} – Qarşı tərəf`]), await words(page))
  await inspect(page, 'appeal-2')
  await go(page, 'next')
  await inspect(page, 'appeal-3')
  await go(page, 'next')
  await page.fill('#body', 'Məhkəmə sübutları düzgün qiymətləndirməyib.')
  await page.fill('#claims', '1. Qətnamə ləğv edilsin.')
  await inspect(page, 'appeal-4')
  await go(page, 'next')
  check('appeal: half of the fee, and why', /35[.,]00/.test(await page.textContent('main h2')) && /50 %/.test(await words(page)), await words(page))
  await page.check('[name=fee][value=paid]')
  await inspect(page, 'appeal-5')
  await go(page, 'next')
  await pay(page, '35,00', 'appeal-fee')
  if (is(page, '/step/5')) await go(page, 'next')
  check('appeal: what is signed says the last day', (await words(page)).includes(monthLater()), await words(page))
  return await sign(page, who, 'appeal')
}

// From here on: what happens, its faults with a picture, the totals.
export async function walk (happens) {
  if (shots) fs.mkdirSync(shots, { recursive: true })
  try {
    await happens()
  } catch (e) {
    check(`the ${called}`, false, String(e.stack).slice(0, 900))
    if (shots) for (const [i, page] of people.entries()) await page.screenshot({ path: path.join(shots, `fault-${i}.png`), fullPage: true })
  } finally {
    const errors = people.flatMap(page => page.errors)
    check('the console is silent', errors.length === 0, errors.join('; '))
    await browser.close()
    fs.rmSync(folder, { recursive: true })
  }
  finish()
}
