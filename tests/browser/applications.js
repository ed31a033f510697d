// Applications to a court in Chromium, from the first step to a case:
// node applications.js URL DOCUMENT SHOTS USER PASSWORD
//
// USER has the FIN of who stands behind the telephones of tests/gateways/mid.py;
// "clerk" is a clerk of several courts.  Prints a line a failed check and "N
// passed, N failed".
import fs from 'node:fs'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, signed, shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
const picture = {
  name: 'şəkil.jpg',
  mimeType: 'image/jpeg',
  buffer: Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb004300' + '01'.repeat(64) +
    'ffc0000b080001000101011100ffc4001f00000105010101010101000000000000' +
    '00000102030405060708090a0bffda0008010100003f00d2cf20ffd9', 'hex')
}
const title = 'Borcun ödənilməsi haqqında'
const body = 'Məhkəməyə bildirirəm:\n\n<b>borc</b> qaytarılmayıb.'
const error = (page, field) => page.locator(`.govuk-error-summary a[href="#${field}"]`).count()
const at = (page, end) => new RegExp(`/applications/[a-z2-7]{26}${end}$`).test(page.url())

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

async function press (page, what) {
  const there = page.waitForNavigation()
  await page.click(`main button[value="${what}"]`)
  await there
}

// Every fault leads to its field, which says it.
async function faults (page, label, want) {
  const links = page.locator('.govuk-error-summary li a')
  const fields = await links.evaluateAll(all => all.map(a => a.getAttribute('href').slice(1)))
  check(`${label}: what is wrong is said`, JSON.stringify(fields) === JSON.stringify(want), `${fields}`)
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  for (const field of fields) {
    check(`${label}: ${field} is there, and says it`, await page.locator(`#${field}`).count() === 1 &&
      await page.locator(`#${field}-error`).count() === 1)
  }
}

async function court (page, label, lang) {
  await page.goto(`${url}/applications`)
  await inspect(page, `${label}-list-${lang}`)
  await page.click('main a[href="/applications/new"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-new-${lang}`)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check(`${label}: the first step`, at(page, '/step/1'), page.url())
  check(`${label}: courts stand under their regions`, await page.locator('#court optgroup[label="Bakı"] option[value="006"]').count() === 1)
  check(`${label}: one on paper cannot be chosen`, await page.locator('#court option[value="056"][disabled]').count() === 1)
  await page.click('main details summary')
  check(`${label}: it says what to do`, (await page.textContent('main details')).includes('Sabirabad'))
  await inspect(page, `${label}-1-${lang}`)
  await press(page, 'next')
  await faults(page, `${label} 1`, ['court', 'kind'])
  await inspect(page, `${label}-1-error-${lang}`)
  await page.selectOption('#court', '006')
  await page.selectOption('#kind', 'claim')
  await page.selectOption('#category', 'contract-loan')
  await page.check('#claim')
  await press(page, 'next')
  await faults(page, `${label} 1 price`, ['price'])
  check(`${label}: what was chosen stays`, await page.inputValue('#court') === '006' && await page.isChecked('#claim'))
  await page.fill('#price', '5 000,00')
  await press(page, 'next')
  check(`${label}: the second step`, at(page, '/step/2'), page.url())
}

async function parties (page, label, lang) {
  await inspect(page, `${label}-2-${lang}`)
  await press(page, 'next')
  await faults(page, `${label} 2`, ['side'])
  await press(page, 'me')
  check(`${label}: I am there`, await page.locator('main ul.mohur-list li').count() === 1)
  await page.selectOption('#side', 'defendant')
  await page.fill('#name', '“Sınaq” MMC')
  await page.fill('#ident', '123')
  await page.fill('#birth', '31.02.1980')
  await page.fill('#phone', 'no')
  await page.fill('#email', 'no')
  await press(page, 'add')
  await faults(page, `${label} 2 fields`, ['ident', 'birth', 'phone', 'email'])
  check(`${label}: what was written stays`, await page.inputValue('#name') === '“Sınaq” MMC' && await page.inputValue('#side') === 'defendant')
  await inspect(page, `${label}-2-error-${lang}`)
  await page.fill('#ident', '1234567891')
  for (const field of ['birth', 'phone', 'email']) await page.fill(`#${field}`, '')
  await page.fill('#address', 'Bakı şəhəri, Xəzər rayonu, Nizami küçəsi 1')
  await press(page, 'add')
  check(`${label}: two parties`, await page.locator('main ul.mohur-list li').count() === 2)
  check(`${label}: the court of the defendant's district is named`, (await page.textContent('#venue')).includes('Xəzər Rayon Məhkəməsi'))
  await inspect(page, `${label}-2-filled-${lang}`)
  await press(page, 'next')
  check(`${label}: the third step`, at(page, '/step/3'), page.url())
}

async function files (page, label, lang) {
  await inspect(page, `${label}-3-${lang}`)
  await press(page, 'next')
  await faults(page, `${label} 3`, ['files'])
  await page.setInputFiles('#files', { ...picture, name: 'a.pdf' })
  await press(page, 'add')
  await faults(page, `${label} 3 kind`, ['kind'])
  await page.selectOption('#kind', 'evidence')
  await page.setInputFiles('#files', { ...picture, name: 'a.pdf' })
  await press(page, 'add')
  await faults(page, `${label} 3 ending`, ['files'])
  check(`${label}: which file, and the rule`, /a\.pdf: .*filing-name/.test(await page.textContent('#files-error')))
  await inspect(page, `${label}-3-error-${lang}`)
  await page.fill('#title', 'Müqavilənin şəkli')
  await page.fill('#day', '31.02.2020')
  await page.setInputFiles('#files', picture)
  await press(page, 'add')
  await faults(page, `${label} 3 day`, ['day'])
  await inspect(page, `${label}-3-day-${lang}`)
  await page.fill('#day', '29.02.2020')
  await page.setInputFiles('#files', picture)
  await press(page, 'add')
  check(`${label}: one is attached`, await page.locator('main ul.mohur-list li').count() === 1)
  check(`${label}: its pages and its day`, /: 1\b/.test(await page.textContent('main ul.mohur-list li')) &&
    (await page.textContent('main ul.mohur-list li')).includes('29.02.2020'))
  await inspect(page, `${label}-3-filled-${lang}`)
  await page.click('main ul.mohur-list button')
  await page.waitForLoadState()
  check(`${label}: and removed`, at(page, '/step/3') && await page.locator('main ul.mohur-list li').count() === 0)
  await page.selectOption('#kind', 'evidence')
  await page.setInputFiles('#files', picture)
  await press(page, 'next')
  check(`${label}: the fourth step`, at(page, '/step/4'), page.url())
}

// The page saves by itself; a second window is told.
async function autosave (page, label, lang) {
  const here = page.url()
  const version = await page.inputValue('[name=version]')
  await page.fill('#body', 'Özü saxlanılan mətn')
  await page.locator('#claims').focus()
  await page.waitForFunction(v => document.querySelector('[name=version]').value !== v, version)
  check(`${label}: it says so`, (await page.textContent('form[data-autosave] [role=status]')).length > 3)
  const other = await page.context().newPage()
  await other.goto(here)
  check(`${label}: it was saved`, await other.inputValue('#body') === 'Özü saxlanılan mətn')
  await other.fill('#title', 'Başqa pəncərə')
  await other.locator('#claims').focus()
  await other.waitForFunction(() => document.querySelector('form[data-autosave] [role=status]').textContent !== '')
  await page.fill('#title', 'Bu pəncərə')
  await page.locator('#claims').focus()
  await page.waitForFunction(conflict => document.querySelector('form[data-autosave] [role=status]').textContent === conflict,
    await page.getAttribute('form[data-autosave]', 'data-conflict'))
  await press(page, 'next')
  check(`${label}: the second window is told`, await page.locator('.govuk-error-summary li').count() === 1 &&
    await page.inputValue('#title') === 'Bu pəncərə', page.url())
  await inspect(page, `${label}-4-conflict-${lang}`)
  await other.close()
  await page.goto(here)
  await page.fill('#title', '')
  await page.fill('#body', '')
}

async function text (page, label, lang, script) {
  await inspect(page, `${label}-4-${lang}`)
  await press(page, 'next')
  await faults(page, `${label} 4`, ['title', 'body', 'claims'])
  await inspect(page, `${label}-4-error-${lang}`)
  if (script && lang === languages[0]) await autosave(page, label, lang)
  await page.fill('#title', title)
  await page.fill('#body', body)
  await page.fill('#claims', '1. 5 000 manat tutulsun.')
  await press(page, 'preview')
  check(`${label}: a PDF to look at`, at(page, '/step/4') && await page.locator('main a[href$="/pdf?view=1"]').count() === 1, page.url())
  check(`${label}: the text is as it was`, (await page.inputValue('#body')).replace(/\r/g, '') === body)
  if (script) {
    const kind = await page.evaluate(async () => {
      const answer = await fetch(document.querySelector('main a[href$="/pdf?view=1"]').href)
      return answer.headers.get('content-type')
    })
    check(`${label}: it is one`, kind === 'application/pdf', kind)
  }
  await inspect(page, `${label}-4-filled-${lang}`)
  await press(page, 'next')
  check(`${label}: the fifth step`, at(page, '/step/5'), page.url())
}

// The fee's page saves its words, and no file; a second window is told.
async function saved (page, label) {
  const form = 'form[data-autosave]'
  const words = name => page.getAttribute(form, name)
  const told = (where, text) => where.waitForFunction(t => document.querySelector('form[data-autosave] [role=status]').textContent === t, text)
  await page.setInputFiles('#receipt', { ...picture, name: 'özü.jpg' })
  await page.check('[name=fee][value=deferral_requested]')
  await page.fill('#why', 'Özü saxlanılan səbəb')
  await page.locator('#exempt').focus()
  await told(page, await words('data-autosave'))
  const other = await page.context().newPage()
  await other.goto(page.url())
  check(`${label} 5: it was saved, without the file`, await other.inputValue('#why') === 'Özü saxlanılan səbəb' &&
    await other.isChecked('[name=fee][value=deferral_requested]') && await other.locator('main ul.mohur-list li').count() === 0)
  await other.fill('#why', 'Başqa pəncərə')
  await other.locator('#exempt').focus()
  await told(other, await words('data-autosave'))
  await page.fill('#why', 'Bu pəncərə')
  await page.locator('#exempt').focus()
  await told(page, await words('data-conflict'))
  await press(page, 'leave')
  check(`${label} 5: the second window is told`, await page.locator('.govuk-error-summary li').count() === 1 &&
    at(page, '/step/5'), page.url())
  await inspect(page, `${label}-5-conflict`)
  await page.goto(other.url())
  await other.close()
  check(`${label} 5: what the other wrote stays`, await page.inputValue('#why') === 'Başqa pəncərə')
}

async function fee (page, label, lang, script) {
  check(`${label}: the fee is worked out`, /70[.,]00/.test(await page.textContent('main h2')))
  await inspect(page, `${label}-5-${lang}`)
  await press(page, 'next')
  await faults(page, `${label} 5`, ['fee'])
  if (script && lang === languages[0]) await saved(page, label)
  await page.check('[name=fee][value=receipt_submitted]')
  await press(page, 'next')
  await faults(page, `${label} 5 receipt`, ['receipt'])
  await inspect(page, `${label}-5-error-${lang}`)
  await page.check('[name=fee][value=exempt_claimed]')
  await press(page, 'next')
  await faults(page, `${label} 5 exemption`, ['exempt'])
  await page.check('[name=fee][value=receipt_submitted]')
  await page.check('#first')
  await page.setInputFiles('#receipt', { ...picture, name: 'qəbz.jpg' })
  await press(page, 'next')
  check(`${label}: the last step`, at(page, '/step/6'), page.url())
}

async function settled (page, script, done) {
  for (let i = 0; i < 60 && !(await done()); i++) {
    await page.waitForTimeout(250)
    if (!script && await page.locator('main form[action^="/asan/"]').count() === 1) {
      await page.click('main form[action^="/asan/"] button')
      await page.waitForLoadState()
    }
  }
  return done()
}

async function submit (page, form) {
  await page.click(`form[action$="${form}"] button[type=submit]`)
  await page.waitForLoadState()
}

// Check, change, sign: what is wrong, and a telephone that signs.
async function sign (page, label, lang, script, phone) {
  const here = page.url()
  const hashes = (await page.textContent('main')).match(/SHA-256 [0-9a-f]{64}/g)
  check(`${label}: three files with their digests`, hashes?.length === 3, `${hashes}`)
  check(`${label}: the line that signs them`, (await page.textContent('main')).includes('mohur sign --as edoc "application.pdf" "şəkil.jpg" "qəbz.jpg"'))
  check(`${label}: the hint once more`, (await page.textContent('#venue')).includes('Xəzər Rayon Məhkəməsi'))
  await inspect(page, `${label}-6-${lang}`)
  await submit(page, '/asan')
  await faults(page, `${label} 6`, ['declare'])
  await inspect(page, `${label}-6-error-${lang}`)
  await page.check('#declare')
  await page.fill('#phone', 'no number')
  await submit(page, '/asan')
  await faults(page, `${label} 6 telephone`, ['phone'])
  await page.check('#declare-card')
  await page.setInputFiles('#file', signed)
  await submit(page, '/signed')
  await faults(page, `${label} 6 file`, ['file'])
  await inspect(page, `${label}-6-other-${lang}`)
  await page.click('main form[action$="/reopen"] button[value="4"]')
  await page.waitForLoadState()
  check(`${label}: a change leads to its step`, at(page, '/step/4') && await page.inputValue('#title') === title, page.url())
  await press(page, 'next')
  await press(page, 'next')
  check(`${label}: and back`, page.url() === here, page.url())
  await page.check('#declare')
  await page.fill('#phone', phone)
  await page.fill('#user_id', '012345')
  await submit(page, '/asan')
  check(`${label}: sent`, await settled(page, script, async () => at(page, '')), page.url())
  const text = await page.textContent('main')
  check(`${label}: number and receipt`, /E-\d{4}-\d{6}/.test(text) && await page.locator('main a[href$="/receipt"]').count() === 1, text.slice(0, 900))
  await inspect(page, `${label}-sent-${lang}`)
  return page.url()
}

// The receipt of a payment elsewhere: not without its number, then good.
async function receipt (page, label, lang) {
  await page.click('main a[href$="/fee"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-receipt-${lang}`)
  await submit(page, '/fee')
  await faults(page, `${label} receipt`, ['do'])
  await page.check('#do-bad')
  await submit(page, '/fee')
  await faults(page, `${label} receipt bad`, ['why'])
  await page.check('#do')
  await submit(page, '/fee')
  await faults(page, `${label} receipt good`, ['number'])
  await inspect(page, `${label}-receipt-error-${lang}`)
  await page.fill('#number', `HÖP ${label}-${lang}`)
  await submit(page, '/fee')
  check(`${label}: it is good`, at(page, '') && (await page.textContent('main')).includes(`HÖP ${label}-${lang}`), page.url())
  await inspect(page, `${label}-receipt-good-${lang}`)
}

// The clerk's side: one becomes a case, one goes back.
async function desk (page, label, lang, here, word) {
  await page.goto(`${url}/desk`)
  await page.click('main a[href="/desk/applications"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-desk-${lang}`)
  await page.click(`main a[href="${new URL(here).pathname}"]`)
  await page.waitForLoadState()
  await inspect(page, `${label}-look-${lang}`)
  await submit(page, '/review')
  await inspect(page, `${label}-review-${lang}`)
  if (word === 'register') {
    check(`${label}: no case before the receipt is checked`, await page.locator('main a[href$="/case"]').count() === 0)
    await receipt(page, label, lang)
    await page.click('main a[href$="/case"]')
    await page.waitForLoadState()
    await inspect(page, `${label}-case-${lang}`)
    await page.selectOption('#proceeding', '')
    await submit(page, '/case')
    await faults(page, `${label} case`, ['type'])
    await inspect(page, `${label}-case-error-${lang}`)
    await page.selectOption('#type', '2')
    await page.selectOption('#proceeding', 'claim')
    await submit(page, '/case')
    check(`${label}: a case`, /\/cases\/[a-z2-7]{26}$/.test(page.url()), page.url())
    await page.goto(`${page.url()}/draw`)
    for (let n = 0; n < 20 && await page.locator('.mohur-pre').count() === 0; n++) {
      await page.waitForTimeout(1000)
      await page.reload()
    }
    check(`${label}: a judge was drawn`, await page.locator('.mohur-pre').count() === 2, await page.textContent('main'))
    await inspect(page, `${label}-draw-${lang}`)
  } else {
    await page.click('main a[href$="/decision"]')
    await page.waitForLoadState()
    await inspect(page, `${label}-decision-${lang}`)
    await submit(page, '/decision')
    await faults(page, `${label} decision`, ['word', 'reason'])
    await inspect(page, `${label}-decision-error-${lang}`)
    await page.check('#word')
    await page.fill('#reason', 'Ünvan göstərilməyib')
    await submit(page, '/decision')
    check(`${label}: returned`, (await page.textContent('main')).includes('Ünvan göstərilməyib'))
  }
  await page.goto(here)
  await inspect(page, `${label}-decided-${lang}`)
}

// Its owner afterwards: corrects what came back, and discards that again.
async function after (page, label, lang, here, word) {
  await page.goto(here)
  await inspect(page, `${label}-outcome-${lang}`)
  if (word === 'register') {
    check(`${label}: the case is named`, await page.locator('main a[href^="/cases/"]').count() === 1)
  } else {
    await submit(page, '/correct')
    check(`${label}: a new draft`, at(page, '/step/1'), page.url())
    await page.click('main a[href$="/discard"]')
    await page.waitForLoadState()
    await inspect(page, `${label}-discard-${lang}`)
    await submit(page, '/discard')
    check(`${label}: discarded`, page.url() === `${url}/applications`, page.url())
    await page.goto(here)
  }
  await submit(page, '/archive')
  await page.goto(`${url}/applications?archive=1`)
  check(`${label}: in the archive`, await page.locator(`main a[href="${new URL(here).pathname}"]`).count() === 1)
  await inspect(page, `${label}-archive-${lang}`)
  await page.goto(`${url}/notifications`)
  await page.click('tbody a')
  await page.waitForLoadState()
  await inspect(page, `${label}-told-${lang}`)
}

async function walk (browser, options, label) {
  const script = options.javaScriptEnabled !== false
  const phones = script ? { az: '+994500000001', en: '+994500000001', ru: '+994500000045' } : { az: '+994500000045' }
  const page = await someone(browser, user, options)
  const clerk = await someone(browser, 'clerk', options)
  for (const lang of script ? languages : languages.slice(0, 1)) {
    const word = script && lang === 'az' ? 'register' : lang === 'ru' ? 'register' : 'return'
    for (const each of [page, clerk]) {
      await each.goto(`${url}/cases`)
      await setLanguage(each, lang)
    }
    await court(page, label, lang)
    await parties(page, label, lang)
    await files(page, label, lang)
    await text(page, label, lang, script)
    await fee(page, label, lang, script)
    const here = await sign(page, label, lang, script, phones[lang])
    await desk(clerk, label, lang, here, word)
    await after(page, label, lang, here, word)
  }
  const errors = [...page.errors, ...clerk.errors]
  check(`${label}: the console is silent`, errors.length === 0, errors.join('; '))
  await page.context().close()
  await clerk.context().close()
}

if (shots) fs.mkdirSync(shots, { recursive: true })
const browser = await open()
try {
  await walk(browser, {}, 'applications')
  await walk(browser, { javaScriptEnabled: false }, 'nojs-applications')
} catch (e) {
  check('the walk', false, String(e.stack).slice(0, 900))
} finally {
  await browser.close()
}
finish()
