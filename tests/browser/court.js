// A case at the court, from its registration to the package that somebody
// outside verifies, in Chromium: node court.js URL SHOTS
//
// What it asks of the environment walk.js says; MOHUR_DOCUMENT is what "lawyer"
// files, who signed it; MOHUR_LOG_KEY the public key of the log; MOHUR_OUTSIDE
// words before a command that has no network.  "clerk" is of the one court,
// judge1 its judge, "shahin" somebody with a telephone; "auditor" is one.
// Prints a line a failed check and "N passed, N failed".
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { check } from './common.js'
import { appeal, baku, download, folder, id, inspect, is, official, pin, press, program, row, submit, trust, until, url, verify, walk, words } from './walk.js'

const { MOHUR_DOCUMENT: motion, MOHUR_OUTSIDE: outside, MOHUR_LOG_KEY: logKey } = process.env
const acts = 10
const claimant = { fin: '5TST0A1', surname: 'Məmmədova', name: 'Aygün' }
const defendant = { fin: '5TST0A6', surname: 'Nümunə', name: 'Şahin', phone: '+994500000051' }
const time = '\\d\\d\\.\\d\\d\\.\\d{4} \\d\\d:\\d\\d'

async function register (clerk) {
  await clerk.goto(`${url}/cases`)
  await press(clerk, 'main a[href="/cases/new"]')
  await clerk.selectOption('#type', '2')
  await clerk.selectOption('#proceeding', 'claim')
  await clerk.fill('#subject', 'Borcun ödənilməsi')
  await clerk.fill('#claimant-1-ident', claimant.fin)
  await clerk.fill('#defendant-1-ident', defendant.fin)
  await clerk.selectOption('#judge', { index: 1 })
  await press(clerk, 'button[value=register]')
  check('clerk: a case', is(clerk, `/cases/${id}`), clerk.url() + await words(clerk))
  const text = await words(clerk)
  const number = /2\(006\)-\d+\/\d{4}/.exec(text)?.[0]
  check('clerk: its number and both parties', number !== undefined && [claimant, defendant].every(p => text.includes(`${p.surname} ${p.name}`)), text)
  await inspect(clerk, 'registered')
  return { at: clerk.url(), number }
}

async function hearing (clerk, parties, the) {
  const day = baku(14)
  await clerk.goto(`${the.at}/hearings/new`)
  await clerk.selectOption('#kind', 'preparatory')
  for (const [field, value] of [['day', day], ['time', '10:00'], ['minutes', '60'], ['hall', 'Zal 3']]) await clerk.fill(`#${field}`, value)
  await submit(clerk, '/hearings/new')
  check('clerk: a hearing', is(clerk, `/hearings/${id}`) && (await words(clerk)).includes(`${day} 10:00`), clerk.url() + await words(clerk))
  await inspect(clerk, 'hearing')
  for (const page of parties) {
    await page.goto(`${the.at}/hearings`)
    check('both parties see the hearing', (await words(page)).includes(`${day} 10:00`), await words(page))
    await told(page, the, /iclası təyin edildi/, 1, 'the hearing')
  }
}

// So many rows of the cabinet tell of it.
async function told (page, the, text, count, what) {
  await page.goto(`${url}/notifications`)
  const rows = page.locator('tbody tr', { hasText: the.number }).filter({ hasText: text })
  check(`the cabinet tells of ${what}`, await rows.count() === count, await words(page))
  await inspect(page, 'told')
  return rows
}

async function file (lawyer, the) {
  await lawyer.goto(`${the.at}/documents/new`)
  await lawyer.selectOption('#kind', 'motion')
  await lawyer.setInputFiles('#file', motion)
  await press(lawyer, 'main button[type=submit]')
  const text = await words(lawyer)
  check('lawyer: filed, valid and accepted', is(lawyer, `/documents/${id}`) && text.includes('Qəbul edilib') && text.includes('TOTAL-PASSED'), lawyer.url() + text)
  await inspect(lawyer, 'filed')
  await until(async () => await lawyer.locator('main a[href$="/receipt"]').count() === 1 || (await lawyer.reload(), false))
  verify('lawyer', await download(lawyer, 'main a[href$="/receipt"]', 'motion.asice'), motion)
}

async function draft (judge, the, n) {
  const now = new Date(Date.now() + 4 * 3600e3 - 60e3).toISOString()
  await judge.goto(`${the.at}/acts/new`)
  await judge.selectOption('#kind', n === 0 ? 'judgment' : 'ruling')
  for (const [field, value] of [['title', n === 0 ? 'Qətnamə' : `Qərardad ${n}`], ['day', now.slice(0, 10).split('-').reverse().join('.')],
    ['time', now.slice(11, 16)], ['text', `Azərbaycan Respublikası adından\n\n${n + 1}. İddia təmin edilsin.`]]) await judge.fill(`#${field}`, value)
  await submit(judge, '/acts/new')
  check('judge: a draft', is(judge, `/acts/${id}`), judge.url() + await words(judge))
  const here = judge.url()
  await submit(judge, '/send')
  return here
}

// The judge's ten acts; the PIN is typed once.
async function sign (judge, the) {
  const made = []
  for (let n = 0; n < acts; n++) made.push(await draft(judge, the, n))
  await judge.goto(`${url}/acts`)
  check('judge: ten wait', await judge.locator('[name^=sign]').count() === acts)
  for (let n = 0; n < acts; n++) await judge.check(`#sign${n}`)
  await judge.fill('#pin', pin)
  await inspect(judge, 'queue')
  await submit(judge, '/acts/sign')
  check('judge: ten are signed with that', await judge.locator('[name^=sign]').count() === 0 && await judge.locator('[name^=publish]').count() === acts, await words(judge))
  for (let n = 0; n < acts; n++) await judge.check(`#publish${n}`)
  await inspect(judge, 'signed')
  await submit(judge, '/acts/publish')
  for (const act of made) {
    await judge.goto(act)
    const [due, signed, published] = [await row(judge, 'Son vaxt'), await row(judge, 'İmzalanıb'), await row(judge, 'Dərc edilib')]
    check('judge: within the clock', [signed, published].every(s => new RegExp(time).test(s)) && due !== '' && await judge.locator('main .govuk-tag--red').count() === 0, `${due} ${signed} ${published}`)
  }
  await inspect(judge, 'published')
  return made
}

// Told of each, and one opened; the clock shows who has read it.
async function read (page, the, act) {
  const rows = await told(page, the, /aktı? dərc edildi/i, acts, 'ten acts')
  check('unread before', await rows.count() > 0)
  await page.goto(act)
  await press(page, 'main a[href^="/documents/"]')
  await page.goto(act)
  check('what was read is shown as read', new RegExp(time).test(await row(page, 'Oxunub')), await words(page))
  await inspect(page, 'read')
}

async function readers (judge, act) {
  await judge.goto(act)
  const text = await row(judge, 'Oxunub')
  check('judge: both have read it', (text.match(new RegExp(time, 'g')) ?? []).length === 2, text)
}

async function take (auditor, the) {
  await auditor.goto(`${url}/audit`)
  await auditor.fill('main #number', the.number)
  await press(auditor, 'button[value=package]')
  const link = auditor.locator('main a[href*="/package?volume="]')
  await until(async () => await link.count() > 0 || (await auditor.reload(), false))
  check('auditor: a package of one volume', await link.count() === 1, await words(auditor))
  await inspect(auditor, 'package')
  return await download(auditor, 'main a[href*="/package?volume=1"]', 'package.asice')
}

// Whoever has the package and what is public.
function alone (file) {
  const before = outside === '' ? [] : outside.split(' ')
  const [first, ...rest] = [...before, program, 'verify', '--offline', '--report', 'json', '--trust', trust, '--log-key', logKey, file]
  return spawnSync(first, rest, { encoding: 'utf8' })
}

function outsider (file) {
  const done = alone(file)
  check('outsider: the package passes without a network', done.status === 0 && /"verdict": ?"TOTAL-PASSED"/.test(done.stdout) &&
    ['package-complete', 'package-proven', 'log-key-good'].every(code => done.stdout.includes(code)), done.stdout.slice(0, 900) + done.stderr)
  const bytes = fs.readFileSync(file)
  bytes[bytes.length >> 1] ^= 1
  const other = path.join(folder, 'changed.asice')
  fs.writeFileSync(other, bytes)
  check('outsider: changed, it does not', alone(other).status !== 0)
}

await walk(async () => {
  const clerk = await official('clerk')
  const lawyer = await official('lawyer')
  const other = await official('shahin')
  const the = await register(clerk)
  await hearing(clerk, [lawyer, other], the)
  await file(lawyer, the)
  const judge = await official('judge1')
  const [judgment] = await sign(judge, the)
  for (const page of [lawyer, other]) await read(page, the, judgment)
  await readers(judge, judgment)
  const sent = await appeal(other, judgment, defendant, claimant)
  check('defendant: the complaint is in the court above, in time', !(await words(other)).includes('gecik') && sent.number !== undefined, await words(other))
  outsider(await take(await official('auditor'), the))
})
