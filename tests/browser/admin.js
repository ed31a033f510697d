// The operator's pages in Chromium: node admin.js URL DOCUMENT SHOTS USER PASSWORD
//
// "operator" and "operator2" are operators.  Prints a line a failed check and
// "N passed, N failed".
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, , password] = process.argv.slice(2)
const inspect = inspector(shots)
const browser = await open()
const places = ['', '/people', '/courts', '/courts/new', '/courts/103', '/rules', '/rules/fees', '/trust',
  '/providers', '/texts', '/texts/useful.az', '/proposals']

async function signIn (user, js) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: js })
  const page = await context.newPage()
  await page.goto(`${url}/login`)
  await page.fill('#username', user)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  return page
}

async function person (page, name) {
  await page.goto(`${url}/admin/people`)
  await page.fill('#text', name)
  await page.click('main form.mohur-search button')
  await page.waitForLoadState()
  await page.click('tbody a')
  await page.waitForLoadState()
}

for (const [label, js] of [['js', true], ['nojs', false]]) {
  const one = await signIn('operator', js)
  const two = await signIn('operator2', js)
  for (const lang of languages) {
    const wrong = /^(Xəta|Error|Ошибка):/
    for (const page of [one, two]) {
      await page.goto(`${url}/admin`)
      await setLanguage(page, lang)
    }
    for (const place of places) {
      const response = await one.goto(`${url}/admin${place}`)
      check(`${label}: /admin${place} ${lang}`, response.status() === 200)
      await inspect(one, `${label}-admin${place.replaceAll('/', '-')}-${lang}`)
    }
    await person(one, 'newcomer')
    await inspect(one, `${label}-admin-person-${lang}`)
    await one.click('main form[action^="/admin/people/"] button')
    await one.waitForLoadState()
    check(`${label}: what is wrong is said ${lang}`, wrong.test(await one.title()))
    await inspect(one, `${label}-admin-person-error-${lang}`)
    await one.selectOption('#role', 'participant')
    await one.fill('#reason', 'Ərizə')
    await one.click('main form[action^="/admin/people/"] button')
    await one.waitForURL(/\/admin\/proposals\//)
    check(`${label}: proposed ${lang}`, await one.locator('tbody tr').count() === 1)
    await inspect(one, `${label}-admin-own-proposal-${lang}`)
    const where = one.url()
    await two.goto(`${url}/admin/proposals`)
    await inspect(two, `${label}-admin-proposals-waiting-${lang}`)
    await two.goto(where)
    await inspect(two, `${label}-admin-proposal-${lang}`)
    await two.click('button[value=refuse]')
    await two.waitForLoadState()
    check(`${label}: refusing needs a reason ${lang}`, wrong.test(await two.title()))
    await inspect(two, `${label}-admin-proposal-error-${lang}`)
    await two.goto(where)
    await two.click('button[value=approve]')
    await two.waitForLoadState()
    check(`${label}: approved ${lang}`, await two.locator('button[value=approve]').count() === 0)
    await inspect(two, `${label}-admin-approved-${lang}`)
    // Back as it was, for the next round.
    await person(two, 'newcomer')
    await two.selectOption('#role', 'citizen')
    await two.fill('#reason', 'Ərizə')
    await two.click('main form[action^="/admin/people/"] button')
    await two.waitForURL(/\/admin\/proposals\//)
    await one.goto(two.url())
    await one.click('button[value=approve]')
    await one.waitForLoadState()
    check(`${label}: and back ${lang}`, await one.locator('button[value=approve]').count() === 0)
    await one.goto(`${url}/admin/providers`)
    await one.click('button[value=mail]')
    await one.waitForLoadState()
    check(`${label}: a test says what came ${lang}`, await one.locator('[role=status]').count() === 1)
    await inspect(one, `${label}-admin-tested-${lang}`)
  }
  await one.context().close()
  await two.context().close()
}
await browser.close()
finish()
