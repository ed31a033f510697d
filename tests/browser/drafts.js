// Documents that are prepared and signed here, in Chromium:
// node drafts.js URL DOCUMENT SHOTS USER PASSWORD
//
// USER takes part in cases; behind the telephones of tests/gateways/mid.py
// stands somebody with the same FIN.  Prints a line a failed check and "N
// passed, N failed".
import fs from 'node:fs'
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, signed, shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
const cases = { az: 'e-2-1', en: 'e-2(', ru: '8(' }
const picture = {
  name: 'şəkil.jpg',
  mimeType: 'image/jpeg',
  buffer: Buffer.from('ffd8ffe000104a46494600010100000100010000ffdb004300' + '01'.repeat(64) +
    'ffc0000b080001000101011100ffc4001f00000105010101010101000000000000' +
    '00000102030405060708090a0bffda0008010100003f00d2cf20ffd9', 'hex')
}
const text = 'Məhkəməyə\n\nİddiaçının vəsatəti: <b>işə</b> əlavə sənəd qoşulsun.'

async function submit (page, form) {
  await page.click(`form[action$="${form}"] button[type=submit]`)
  await page.waitForLoadState()
}

const error = (page, field) => page.locator(`.govuk-error-summary a[href="#${field}"]`).count()

// The form: what it refuses, and what stays in it.
async function prepare (page, label, lang) {
  await page.goto(`${url}/cases?number=${cases[lang]}`)
  await page.click('tbody a')
  await page.waitForLoadState()
  const at = page.url()
  await page.goto(`${at}/documents/new`)
  await page.click('main a[href$="/documents/prepare"]')
  await page.waitForLoadState()
  await inspect(page, `${label}-prepare-${lang}`)
  await submit(page, '/prepare')
  check(`${label}: no kind`, await error(page, 'kind') === 1)
  check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
  await inspect(page, `${label}-prepare-kind-${lang}`)
  await page.selectOption('#kind', 'motion')
  await page.fill('#title', 'Vəsatət')
  await submit(page, '/prepare')
  check(`${label}: neither text nor files`, await error(page, 'files') === 1)
  await page.fill('#text', text)
  await page.setInputFiles('#files', { ...picture, name: 'a.pdf' })
  await submit(page, '/prepare')
  check(`${label}: another ending, and the rule`, await page.locator('#files-error .mohur-code').count() === 1)
  check(`${label}: what was written stays`, (await page.inputValue('#text')).replace(/\r/g, '') === text && await page.inputValue('#kind') === 'motion',
    JSON.stringify([await page.inputValue('#text'), await page.inputValue('#kind')]))
  await inspect(page, `${label}-prepare-refused-${lang}`)
  await page.setInputFiles('#files', picture)
  await submit(page, '/prepare')
  check(`${label}: prepared`, /\/drafts\/[a-z2-7]{26}$/.test(page.url()), page.url())
  return at
}

// Its page: the exact bytes, and what is not taken back.
async function draft (page, label, lang, at) {
  const here = page.url()
  check(`${label}: its page`, await page.locator('main ul.govuk-list li').count() === 2, (await page.textContent('main')).slice(0, 900))
  const hashes = (await page.textContent('main')).match(/SHA-256 [0-9a-f]{64}/g)
  check(`${label}: two files with their digests`, hashes?.length === 2, `${hashes}`)
  await inspect(page, `${label}-draft-${lang}`)
  if (!label.startsWith('nojs')) {
    const sizes = await page.evaluate(async where => {
      const got = [await fetch(`${where}/file?n=0&view=1`), await fetch(`${where}/file?n=1`)]
      return [got[0].headers.get('content-type'), (await got[1].arrayBuffer()).byteLength]
    }, here)
    check(`${label}: the text is a PDF to look at`, sizes[0] === 'application/pdf', `${sizes}`)
    check(`${label}: the picture has its own size`, sizes[1] === picture.buffer.length, `${sizes}`)
  }
  await submit(page, '/signed')
  check(`${label}: nothing chosen`, await error(page, 'file') === 1)
  await inspect(page, `${label}-draft-nothing-${lang}`)
  await page.setInputFiles('#file', signed)
  await submit(page, '/signed')
  check(`${label}: not what was prepared`, await error(page, 'file') === 1 && await page.locator('#file-error').count() === 1)
  await inspect(page, `${label}-draft-other-${lang}`)
  await page.goto(`${at}/documents`)
  check(`${label}: the case says that it waits`, await page.locator(`main a[href="${new URL(here).pathname}"]`).count() === 1)
  await inspect(page, `${label}-waiting-${lang}`)
  await page.goto(here)
}

async function ask (page, phone) {
  await page.fill('#phone', phone)
  await page.fill('#user_id', '012345')
  await submit(page, '/asan')
}

// The end of it: by itself with scripts, by its button without them.
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

// The code, for as long as the telephone is silent.
async function waiting (page, label, here) {
  await ask(page, '+994500000046')
  const code = page.locator('[role=status] .mohur-code-large')
  check(`${label}: the code comes by itself`, await settled(page, true, async () => await code.count() === 1))
  check(`${label}: of four digits`, /^[0-9]{4}$/.test(await code.textContent()))
  for (const lang of languages) {
    await setLanguage(page, lang)
    await inspect(page, `${label}-asan-code-${lang}`)
  }
  await setLanguage(page, languages[0])
  await page.goto(here)
}

// Signing with a telephone: a number that is none, a person who declines, and
// one who signs.
async function asan (page, label, lang, script) {
  const here = page.url()
  await ask(page, 'no number')
  check(`${label}: no telephone`, await error(page, 'phone') === 1 && await page.inputValue('#phone') === 'no number')
  await inspect(page, `${label}-asan-phone-${lang}`)
  await ask(page, script ? '+994500000015' : '+994500000016')
  check(`${label}: it fails, and says why`, await settled(page, script, async () =>
    await page.locator('.govuk-error-summary').count() > 0))
  await inspect(page, `${label}-asan-failed-${lang}`)
  await page.click('main a[href^="/drafts/"]')
  await page.waitForLoadState()
  check(`${label}: the way back`, page.url() === here, page.url())
  if (script && lang === languages[0]) await waiting(page, label, here)
  await ask(page, script ? '+994500000001' : '+994500000045')
  check(`${label}: filed`, await settled(page, script, async () => /\/documents\/[a-z2-7]{26}$/.test(page.url())), page.url())
  await inspect(page, `${label}-asan-filed-${lang}`)
  await page.goto(here)
  check(`${label}: the draft is gone`, await page.locator('main form').count() === 0)
  await inspect(page, `${label}-gone-${lang}`)
}

// A text by itself, and its removal.
async function remove (page, label, lang, at) {
  await page.goto(`${at}/documents/prepare`)
  await page.selectOption('#kind', 'motion')
  await page.fill('#text', text)
  await submit(page, '/prepare')
  check(`${label}: a text by itself is a PDF`, (await page.textContent('main')).includes('mohur sign --as pdf'))
  await inspect(page, `${label}-draft-pdf-${lang}`)
  await submit(page, '/drop')
  check(`${label}: removed`, page.url() === `${at}/documents` && await page.locator('main a[href^="/drafts/"]').count() === 0, page.url())
}

async function walk (browser, options, label) {
  const script = options.javaScriptEnabled !== false
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && errors.push(m.text()))
  page.on('pageerror', e => errors.push(String(e)))
  await page.goto(`${url}/login`)
  await page.fill('#username', user)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  for (const lang of script ? languages : languages.slice(0, 1)) {
    await page.goto(`${url}/cases`)
    await setLanguage(page, lang)
    const at = await prepare(page, label, lang)
    await draft(page, label, lang, at)
    await asan(page, label, lang, script)
    await remove(page, label, lang, at)
  }
  check(`${label}: the console is silent`, errors.length === 0, errors.join('; '))
  await context.close()
}

if (shots) fs.mkdirSync(shots, { recursive: true })
const browser = await open()
try {
  await walk(browser, {}, 'drafts')
  await walk(browser, { javaScriptEnabled: false }, 'nojs-drafts')
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
finish()
