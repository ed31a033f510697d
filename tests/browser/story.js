// From a citizen who registers to the appeal of the other side, in Chromium:
// node story.js URL SHOTS
//
// MOHUR_MAILS gives the e-mail of an address; what else it asks of the
// environment walk.js says.  The judges are judge1 and judge2; "clerk" is one of
// the court, "elsewhere" of the court above.  Prints a line a failed check and "N passed, N failed".
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { check } from './common.js'
import {
  appeal, baku, compare, download, go, id, inspect, is, official, password, pay, pin, press, row, shots, sign, signed, someone, submit, until, url, walk, words
} from './walk.js'

const mails = process.env.MOHUR_MAILS
const claimant = { fin: '5TST0A5', surname: 'Sınaq', name: 'Günay', email: 'gunay@people.example', username: 'gunay', phone: '+994500000050' }
const defendant = { fin: '5TST0A6', surname: 'Nümunə', name: 'Şahin', email: 'shahin@people.example', username: 'shahin', phone: '+994500000051' }
const picture = {
  name: 'müqavilə.jpg',
  mimeType: 'image/jpeg',
  buffer: Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb004300' + '01'.repeat(64) +
    'ffc0000b080001000101011100ffc4001f00000105010101010101000000000000' +
    '00000102030405060708090a0bffda0008010100003f00d2cf20ffd9', 'hex')
}

async function mail (to, holds) {
  return await until(async () => {
    const all = await (await fetch(`${mails}?to=${encodeURIComponent(to)}`)).json()
    return all.reverse().find(m => m.subject.includes(holds) || m.text.includes(holds))
  })
}

// ---- a cabinet ----

async function register (page, who, label) {
  await page.goto(`${url}/login`)
  await press(page, 'main a[href="/register"]')
  for (const [field, value] of [['fin', who.fin], ['surname', who.surname], ['given', who.name], ['email', who.email],
    ['telephone', who.phone], ['username', who.username], ['password-new', password]]) await page.fill(`#${field}`, value)
  await page.check('#role')
  await page.check('#consent')
  await inspect(page, `${label}-register`)
  await submit(page, '/register')
  check(`${label}: a code is asked for`, is(page, '/register/code'), page.url())
  await inspect(page, `${label}-code`)
  const code = /\b\d{6}\b/.exec((await mail(who.email, 'Təsdiq kodu'))?.text)
  check(`${label}: it came by e-mail`, code !== null)
  await page.fill('#code', code[0])
  await submit(page, '/register/code')
  check(`${label}: a cabinet`, is(page, '/cabinet'), page.url())
  await inspect(page, `${label}-cabinet`)
  await page.goto(`${url}/applications`)
  check(`${label}: nothing opens before it is proven who it is`, is(page, '/cabinet'), page.url())
}

async function prove (page, who, label) {
  await page.goto(`${url}/cabinet`)
  await press(page, 'main a[href="/step-up"]')
  await page.fill('#telephone', who.phone)
  await page.fill('#number', '123456')
  await inspect(page, `${label}-telephone`)
  await submit(page, '/step-up')
  await compare(page, label)
  await signed(page, '/cabinet$')
  check(`${label}: proven`, await page.locator('main a[href="/step-up"]').count() === 0)
}

// ---- six steps ----

async function claim (page) {
  await page.goto(`${url}/applications`)
  await press(page, 'main a[href="/applications/new"]')
  await press(page, 'main button[type=submit]')
  await page.selectOption('#court', '006')
  await page.selectOption('#kind', 'claim')
  await page.selectOption('#category', 'contract-loan')
  await page.check('#claim')
  await page.fill('#price', '5 000,00')
  await inspect(page, 'claim-1')
  await go(page, 'next')
  await go(page, 'me')
  await page.selectOption('#side', 'defendant')
  await page.fill('#name', `${defendant.surname} ${defendant.name}`)
  await page.fill('#why', 'Müqavilədə göstərilməyib')
  await page.fill('#address', 'Bakı şəhəri, Sınaq küçəsi, 1')
  await go(page, 'add')
  check('claim: two parties', await page.locator('main ul.mohur-list li').count() === 2, await words(page))
  await inspect(page, 'claim-2')
  await go(page, 'next')
  await page.selectOption('#kind', 'evidence')
  await page.fill('#title', 'Borc müqaviləsi')
  await page.setInputFiles('#files', picture)
  await go(page, 'add')
  await page.selectOption('#kind', 'evidence')
  await page.setInputFiles('#files', { ...picture, name: 'qəbz.jpg' })
  await go(page, 'add')
  await press(page, 'form[action$="/raise"] button')
  check('claim: the second annex is the first', /^qəbz\.jpg/.test(await page.locator('main ul.mohur-list li').first().innerText()))
  await inspect(page, 'claim-3')
  await go(page, 'next')
  await page.fill('#title', 'Borcun ödənilməsi haqqında')
  await page.fill('#body', 'Cavabdeh müqavilə üzrə götürdüyü borcu qaytarmayıb.')
  await page.fill('#claims', '1. 5 000 manat tutulsun.')
  await inspect(page, 'claim-4')
  await go(page, 'next')
  check('claim: the fee of the table', /70[.,]00/.test(await page.textContent('main h2')), await words(page))
  await page.check('[name=fee][value=paid]')
  await inspect(page, 'claim-5')
  await go(page, 'next')
  await pay(page, '70,00', 'fee')
  if (is(page, '/step/5')) await go(page, 'next')
  return await sign(page, claimant, 'claim')
}

// ---- the court ----

async function toCase (clerk, sent, type, label) {
  await clerk.goto(`${url}/desk/applications`)
  await inspect(clerk, `${label}-desk`)
  await press(clerk, `main a[href="${new URL(sent.at).pathname}"]`)
  await submit(clerk, '/review')
  await press(clerk, 'main a[href$="/case"]')
  await clerk.selectOption('#type', type)
  await clerk.selectOption('#proceeding', 'claim')
  await inspect(clerk, `${label}-register`)
  await submit(clerk, '/case')
  check(`${label}: a case`, is(clerk, `/cases/${id}`), clerk.url() + await words(clerk))
  await inspect(clerk, `${label}-case`)
  return { at: clerk.url(), number: /e-\S+\(\d{3}\)-\d+\/\d{4}/.exec(await words(clerk))?.[0] }
}

// Recomputed from what the page shows; the judge's user.
async function draw (page, the) {
  await page.goto(`${the.at}/draw`)
  await until(async () => await page.locator('.mohur-pre').count() === 2 || (await page.reload(), false))
  await inspect(page, 'draw')
  const list = (await page.locator('main ul.govuk-list li').allInnerTexts()).map(t => /^(\d+) – (.*) \((\d+)\)/.exec(t)).filter(m => m)
  check('draw: both judges are on the list', list.length === 2, `${list}`)
  const digest = createHash('sha256').update(list.map(m => `${m[3]}\t${m[2]}\n`).join('')).digest('hex')
  check('draw: the list has its digest', (await row(page, 'Hakimlərin siyahısı')).includes(digest), digest)
  const root = await row(page, 'Nəzarət nöqtəsinin kökü')
  const hash = createHash('sha256').update(Buffer.concat([Buffer.from(root, 'base64'), Buffer.from(the.application)])).digest('hex')
  const place = Number(BigInt('0x' + hash) % BigInt(list.length))
  check('draw: recomputed', await row(page, 'Siyahıda yeri (0-dan)') === `${place}`, `${place}`)
  check('draw: of that application', await row(page, 'Ərizənin identifikatoru') === the.application)
  check('draw: the root is that of the signed checkpoint', (await page.locator('.mohur-pre').last().innerText()).split('\n')[2] === root)
  check('draw: the judge of the case', (await row(page, 'Hakim')).includes(list[place][2]), list[place][2])
  return list[place][2].includes('Birinci') ? 'judge1' : 'judge2'
}

// The letter, and the one who has it in hand.
async function join (clerk, page, the) {
  await clerk.goto(`${the.at}/joining`)
  await clerk.locator('.govuk-radios__item', { hasText: defendant.surname }).locator('input[name=party]').check()
  await inspect(clerk, 'letter')
  const letter = await download(clerk, `form[action$="/joining"] button`, 'letter.pdf')
  if (shots) execFileSync('pdftoppm', ['-png', '-r', '60', letter, path.join(shots, 'story-letter')])
  const code = /[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}/.exec(execFileSync('pdftotext', ['-layout', letter, '-'], { encoding: 'utf8' }))
  check('join: a code in the letter', code !== null)
  await page.goto(`${url}/cases`)
  check('join: the case is not there before', !(await words(page)).includes(the.number))
  await page.goto(`${url}/join`)
  await page.fill('#number', the.number)
  await page.fill('#code', code[0])
  await inspect(page, 'join')
  await submit(page, '/join')
  check('join: in the case', page.url() === the.at, page.url() + await words(page))
  await inspect(page, 'joined')
}

async function hearing (clerk, both, the) {
  await clerk.goto(`${the.at}/hearings/new`)
  await clerk.selectOption('#kind', 'preparatory')
  const day = baku(14)
  for (const [field, value] of [['day', day], ['time', '10:00'], ['minutes', '60'], ['hall', 'Zal 3']]) await clerk.fill(`#${field}`, value)
  await submit(clerk, '/hearings/new')
  check('hearing: scheduled', is(clerk, `/hearings/${id}`), clerk.url() + await words(clerk))
  await inspect(clerk, 'hearing')
  for (const [page, who] of both) {
    await page.goto(`${the.at}/hearings`)
    check(`hearing: ${who.username} sees it`, (await words(page)).includes(`${day} 10:00`), await words(page))
    check(`hearing: ${who.username} gets e-mail of it`, await mail(who.email, 'iclası təyin edildi') !== undefined)
  }
}

async function act (judge, both, the) {
  await judge.goto(`${the.at}/acts/new`)
  const now = new Date(Date.now() + 4 * 3600e3 - 60e3).toISOString()
  await judge.selectOption('#kind', 'judgment')
  for (const [field, value] of [['title', 'Qətnamə'], ['day', now.slice(0, 10).split('-').reverse().join('.')], ['time', now.slice(11, 16)],
    ['text', 'Azərbaycan Respublikası adından\n\nQƏTNAMƏ\n\nİddia təmin edilsin.']]) await judge.fill(`#${field}`, value)
  await submit(judge, '/acts/new')
  check('act: a draft', is(judge, `/acts/${id}`), judge.url() + await words(judge))
  await inspect(judge, 'act-draft')
  const here = judge.url()
  await submit(judge, '/send')
  await judge.goto(`${url}/acts`)
  await judge.check('#sign0')
  await judge.fill('#pin', pin)
  await inspect(judge, 'act-queue')
  await submit(judge, '/acts/sign')
  await judge.check('#publish0')
  await inspect(judge, 'act-signed')
  await submit(judge, '/acts/publish')
  await judge.goto(here)
  check('act: published within its time', await row(judge, 'Dərc edilib') !== 'hələ yox' && await judge.locator('main .govuk-tag--red').count() === 0, await words(judge))
  await inspect(judge, 'act-published')
  for (const [page, who] of both) {
    await page.goto(`${url}/notifications`)
    const told = page.locator('tbody tr', { hasText: the.number }).filter({ hasText: /akt/i })
    check(`act: ${who.username} is told in the cabinet`, await told.count() === 1, await words(page))
    await inspect(page, `act-told-${who.username}`)
    check(`act: ${who.username} gets e-mail of it`, await mail(who.email, 'Məhkəmə aktı dərc edildi') !== undefined)
  }
  return here
}

async function story () {
  const first = await someone()
  await register(first, claimant, 'claimant')
  await prove(first, claimant, 'claimant')
  const sent = await claim(first)
  const clerk = await official('clerk')
  const the = await toCase(clerk, sent, '2', 'court')
  the.application = new URL(sent.at).pathname.split('/')[2]
  check('court: its number', the.number !== undefined)
  await first.goto(the.at)
  check('court: the claimant sees the case', (await words(first)).includes(the.number))
  await inspect(first, 'claimant-case')
  const judge = await draw(first, the)
  const second = await someone()
  await register(second, defendant, 'defendant')
  await prove(second, defendant, 'defendant')
  await join(clerk, second, the)
  const both = [[first, claimant], [second, defendant]]
  await hearing(clerk, both, the)
  const published = await act(await official(judge), both, the)
  const appealed = await appeal(second, published, defendant, claimant)
  const above = await toCase(await official('elsewhere'), appealed, '2', 'above')
  await first.goto(the.at)
  check('appeal: the case names the new one', (await words(first)).includes(above.number), await words(first))
  await inspect(first, 'appealed')
  check('appeal: the claimant gets e-mail of it', await mail(claimant.email, 'akta qarşı verilmiş şikayət') !== undefined)
}

await walk(story)
