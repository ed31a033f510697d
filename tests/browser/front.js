// What everybody reads and writes, in Chromium: node front.js URL DOCUMENT SHOTS USER PASSWORD
//
// "judge" has the key judge-1, whose PIN is MOHUR_PIN; "clerk" is of the same
// court; USER takes part in its cases.  Two letters wait for the proof of their
// address, with links of 43 A and of 43 B.  Prints a line a failed check and "N
// passed, N failed".
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, user, password] = process.argv.slice(2)
const pin = process.env.MOHUR_PIN
const inspect = inspector(shots)
const browser = await open()
const text = 'QƏTNAMƏ\n\nİddiaçı Məmmədova Aygün (FİN 5TST0A1, tel. +994501112233) MƏMMƏDOVANIN adından.\n' +
  'Aygünün tələbi təmin edilsin. Aydın olsun.'

async function someone (js, name) {
  const context = await browser.newContext({ javaScriptEnabled: js, acceptDownloads: true })
  const page = await context.newPage()
  page.errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && page.errors.push(m.text()))
  page.on('pageerror', e => page.errors.push(String(e)))
  if (!name) return page
  await page.goto(`${url}/login`)
  await page.fill('#username', name)
  await page.fill('#password', password)
  await send(page, 'main button[type=submit]')
  return page
}

async function send (page, what) {
  await page.click(what)
  await page.waitForLoadState()
}

async function language (page, lang, path) {
  await page.goto(`${url}/verify`)
  await setLanguage(page, lang)
  await page.goto(path.startsWith('http') ? path : `${url}${path}`)
}

async function wrong (page, label, fields) {
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()), await page.title())
  for (const field of fields) {
    check(`${label}: ${field}`, await page.locator(`.govuk-error-summary a[href="#${field}"]`).count() === 1 &&
      await page.locator(`#${field}`).count() === 1)
  }
}

const step = name => `form:has(input[name=do][value=${name}]) button[type=submit]`

// An act that the parties have; its address.
async function publish (judge) {
  await judge.goto(`${url}/cases?number=${encodeURIComponent('2-2(103)')}`)
  await send(judge, 'tbody a')
  await send(judge, 'main a[href$="/acts/new"]')
  await judge.selectOption('#kind', 'judgment')
  await judge.fill('#title', 'Qətnamə: Məmmədovanın iddiası')
  await judge.fill('#day', new Date(Date.now() + 4 * 3600e3).toISOString().slice(0, 10).split('-').reverse().join('.'))
  await judge.fill('#time', '00:00')
  await judge.fill('#text', text)
  await send(judge, 'form[action$="/acts/new"] button[type=submit]')
  const at = judge.url()
  await send(judge, 'form[action$="/send"] button[type=submit]')
  await judge.goto(`${url}/acts`)
  for (const box of await judge.locator('main input[type=checkbox][name^=sign]').all()) await box.check()
  await judge.fill('#pin', pin)
  await send(judge, 'form[action="/acts/sign"] button[type=submit]')
  await judge.goto(at)
  await send(judge, 'form[action="/acts/publish"] button[type=submit]')
  check('an act is published', await judge.locator(`main a[href$="/public"]`).count() === 1, judge.url())
  return at
}

async function prepared (label, judge, at) {
  for (const lang of languages) {
    await language(judge, lang, '/acts/public')
    await inspect(judge, `${label}-redactings-${lang}`)
    await language(judge, lang, `${at}/public`)
    await inspect(judge, `${label}-redacting-before-${lang}`)
  }
  await send(judge, step('begin'))
  for (const lang of languages) {
    await language(judge, lang, `${at}/public`)
    check(`${label}: before and after ${lang}`, await judge.locator('mark').count() >= 8, await judge.locator('mark').count())
    await inspect(judge, `${label}-redacting-draft-${lang}`)
    await judge.fill('#needle', 'yoxdur belə')
    await judge.fill('#by', 'x')
    await send(judge, step('add'))
    await wrong(judge, `${label}-redacting-error-${lang}`, ['needle'])
    check(`${label}: what was written stays ${lang}`, await judge.inputValue('#needle') === 'yoxdur belə')
    await inspect(judge, `${label}-redacting-error-${lang}`)
  }
  await judge.goto(`${at}/public`)
  await judge.fill('#needle', 'təmin')
  await judge.fill('#by', 'rədd')
  await send(judge, step('add'))
  check(`${label}: one more is replaced`, (await judge.textContent('main')).includes('rədd edilsin'))
  await send(judge, `tr:has-text("təmin") ${step('keep')}`)
  check(`${label}: and left again`, !(await judge.textContent('main')).includes('rədd edilsin'))
  await inspect(judge, `${label}-redacting-left`)
  await send(judge, step('send'))
  check(`${label}: its own releaser it has not`, await judge.locator(step('release')).count() === 0)
  await inspect(judge, `${label}-redacting-sent`)
}

async function reviewed (label, clerk, at) {
  for (const lang of languages) {
    await language(clerk, lang, `${at}/public`)
    await inspect(clerk, `${label}-redacting-review-${lang}`)
    await send(clerk, step('return'))
    await wrong(clerk, `${label}-redacting-return-${lang}`, ['reason'])
    await inspect(clerk, `${label}-redacting-return-${lang}`)
  }
  await clerk.goto(`${at}/public`)
  await send(clerk, step('release'))
  check(`${label}: released`, await clerk.locator('main a[href^="/published/"]').count() === 1)
  for (const lang of languages) {
    await language(clerk, lang, `${at}/public`)
    await inspect(clerk, `${label}-redacting-public-${lang}`)
  }
}

async function everybody (label, page) {
  for (const lang of languages) {
    await language(page, lang, '/portal')
    await inspect(page, `${label}-portal-${lang}`)
    await language(page, lang, '/info/contact')
    await inspect(page, `${label}-contact-${lang}`)
    await language(page, lang, '/info/laws')
    await inspect(page, `${label}-laws-${lang}`)
    await language(page, lang, '/published')
    await inspect(page, `${label}-published-${lang}`)
    await page.fill('#words', 'a b c d e')
    await page.fill('#from', 'x')
    await page.fill('#to', 'y')
    await send(page, '.mohur-search button')
    await wrong(page, `${label}-published-error-${lang}`, ['words', 'from', 'to'])
    await inspect(page, `${label}-published-error-${lang}`)
    await page.goto(`${url}/published?words=zzzz`)
    await inspect(page, `${label}-published-none-${lang}`)
    await page.goto(`${url}/published?words=${encodeURIComponent('tələbi')}`)
    await send(page, 'tbody a')
    const said = await page.textContent('main')
    check(`${label}: no name, no number ${lang}`, !/məmməd|memmed|aygün|5tst0a1|5011122/i.test(said.toLowerCase()), said)
    check(`${label}: the text is there ${lang}`, said.includes('təmin edilsin'))
    await inspect(page, `${label}-published-act-${lang}`)
  }
}

async function withdrawn (label, clerk, at) {
  await clerk.goto(`${at}/public`)
  await send(clerk, step('withdraw'))
  await wrong(clerk, `${label}-withdraw`, ['reason'])
  await inspect(clerk, `${label}-withdraw-error`)
  await clerk.fill('#reason', 'Ad qalıb')
  await send(clerk, step('withdraw'))
  await inspect(clerk, `${label}-withdrawn`)
  await clerk.goto(`${url}/published`)
  check(`${label}: withdrawn`, await clerk.locator('tbody a').count() === 0)
}

async function letters (label, js, person, clerk) {
  const page = await someone(js)
  for (const lang of languages) {
    await language(page, lang, '/letters/new')
    await inspect(page, `${label}-letter-new-${lang}`)
    await send(page, 'form[action="/letters/new"] button')
    await wrong(page, `${label}-letter-new-${lang}`, ['court', 'name', 'email', 'subject', 'text'])
    await inspect(page, `${label}-letter-error-${lang}`)
    await language(page, lang, `/letters/confirm/${(js ? 'A' : 'B').repeat(43)}`)
    await inspect(page, `${label}-letter-confirm-${lang}`)
    await language(person, lang, '/letters')
    await inspect(person, `${label}-letters-${lang}`)
    await language(person, lang, '/letters/new')
    await inspect(person, `${label}-letter-own-${lang}`)
  }
  await send(page, 'form[action="/letters/confirm"] button')
  await inspect(page, `${label}-letter-confirmed`)
  await person.goto(`${url}/letters/new`)
  await person.selectOption('#court', '103')
  await person.fill('#subject', `Sual ${label}`)
  await person.fill('#text', 'Nə vaxt açıqdır?\n\nSağ olun.')
  await send(person, 'form[action="/letters/new"] button')
  const at = person.url()
  check(`${label}: a letter`, /\/letters\/[a-z2-7]{26}$/.test(at), at)
  for (const lang of languages) {
    await language(clerk, lang, '/letters')
    await inspect(clerk, `${label}-letters-desk-${lang}`)
    await language(clerk, lang, at)
    await inspect(clerk, `${label}-letter-desk-${lang}`)
    await send(clerk, step('answer'))
    await wrong(clerk, `${label}-letter-answer-${lang}`, ['answer'])
    await inspect(clerk, `${label}-letter-answer-${lang}`)
  }
  await clerk.fill('#answer', 'Saat 9-dan.')
  await send(clerk, step('answer'))
  for (const lang of languages) {
    await language(person, lang, at)
    check(`${label}: answered ${lang}`, (await person.textContent('main')).includes('Saat 9-dan.'))
    await inspect(person, `${label}-letter-answered-${lang}`)
  }
  await clerk.goto(at)
  await send(clerk, step('close'))
  check(`${label}: closed`, await clerk.locator(step('close')).count() === 0)
  await page.context().close()
}

async function inquiries (label, person, clerk) {
  await person.goto(`${url}/cases?number=${encodeURIComponent('2-2(103)')}`)
  await send(person, 'tbody a')
  const at = new URL(await person.getAttribute('main a[href$="/inquiry"]', 'href'), url).href
  for (const lang of languages) {
    await language(person, lang, '/inquiries')
    await inspect(person, `${label}-inquiries-${lang}`)
    await language(person, lang, at)
    await inspect(person, `${label}-inquiry-new-${lang}`)
    await send(person, 'form[action$="/inquiry"] button')
    await wrong(person, `${label}-inquiry-new-${lang}`, ['kind', 'text'])
    await inspect(person, `${label}-inquiry-error-${lang}`)
  }
  await person.selectOption('#kind', 'status')
  await person.fill('#text', 'Arayış verilsin.')
  await send(person, 'form[action$="/inquiry"] button')
  const here = person.url()
  check(`${label}: an inquiry`, /\/inquiries\/[a-z2-7]{26}$/.test(here), here)
  await clerk.goto(here)
  await inspect(clerk, `${label}-inquiry-sent`)
  await send(clerk, step('review'))
  for (const lang of languages) {
    await language(clerk, lang, '/inquiries')
    await inspect(clerk, `${label}-inquiries-desk-${lang}`)
    await language(clerk, lang, here)
    await inspect(clerk, `${label}-inquiry-desk-${lang}`)
    await send(clerk, step('answer'))
    await wrong(clerk, `${label}-inquiry-answer-${lang}`, ['answer'])
    await inspect(clerk, `${label}-inquiry-answer-${lang}`)
  }
  await clerk.fill('#answer', 'İş baxışdadır.')
  await send(clerk, step('answer'))
  for (const lang of languages) {
    await language(person, lang, here)
    check(`${label}: a sealed answer ${lang}`, await person.locator('main a[href$="/answer"]').count() === 1)
    await inspect(person, `${label}-inquiry-answered-${lang}`)
  }
}

for (const [label, js] of [['js', true], ['nojs', false]]) {
  const judge = await someone(js, 'judge')
  const clerk = await someone(js, 'clerk')
  const person = await someone(js, user)
  const nobody = await someone(js)
  const at = await publish(judge)
  await prepared(label, judge, at)
  await reviewed(label, clerk, at)
  await everybody(label, nobody)
  await withdrawn(label, clerk, at)
  await letters(label, js, person, clerk)
  await inquiries(label, person, clerk)
  for (const page of [judge, clerk, person, nobody]) {
    check(`${label}: nothing in the console`, page.errors.length === 0, page.errors.join('; '))
    await page.context().close()
  }
}
await browser.close()
finish()
