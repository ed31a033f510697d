// The pages of signing in with mohur sign-challenge, in Chromium:
// node token.js URL SHOTS
//
// Behind URL stands a front (tests/serve/cardtoken.py); its certificate is its
// own.  Prints a line a failed check and "N passed, N failed".
import { check, finish, inspector, languages, open, press, setLanguage } from './common.js'

const [url, shots] = process.argv.slice(2)
const inspect = inspector(shots)

const browser = await open()
for (const lang of languages) {
  // An address may ask and answer ten times a minute: with scripts in every
  // language, without them in the first.
  for (const script of lang === languages[0] ? [true, false] : [true]) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: script, bypassCSP: false })
    const page = await context.newPage()
    const label = `${script ? 'token' : 'nojs-token'}-${lang}`
    await page.goto(`${url}/login/card`)
    await setLanguage(page, lang)
    await inspect(page, `${label}-ways`)
    await press(page, 'main form button')
    check(`${label}: the question`, page.url() === `${url}/login/token`, page.url())
    const command = await page.locator('main code').last().textContent()
    check(`${label}: the command`, new RegExp(`^mohur sign-challenge --key URI --origin ${url} [A-Za-z0-9+/]{43}=$`).test(command), command)
    await inspect(page, label)
    await page.fill('#token', 'hello')
    await press(page, 'main form button')
    check(`${label}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
    check(`${label}: the summary leads to the field`, await page.locator('[role=alert] a[href="#token"]').count() === 1)
    check(`${label}: the same question`, await page.locator('main code').last().textContent() === command)
    await inspect(page, `${label}-wrong`)
    await page.goto(`${url}/login/card?why=value`)
    check(`${label}: an alert`, await page.locator('[role=alert]').count() === 1)
    await inspect(page, `${label}-value`)
    await context.close()
  }
}
await browser.close()
finish()
