// The pages of signing in with a card, in Chromium: node card.js URL SHOTS
//
// Behind URL stands a front (tests/serve/cardhost.py); its certificate is its
// own.  Prints a line a failed check and "N passed, N failed".
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, shots] = process.argv.slice(2)
const inspect = inspector(shots)

const browser = await open()
for (const lang of languages) {
  for (const script of [true, false]) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: script, bypassCSP: false })
    const page = await context.newPage()
    const label = script ? 'card' : 'nojs-card'
    await page.goto(`${url}/login`)
    await setLanguage(page, lang)
    await page.click('main a[href="/login/card"]')
    await page.waitForLoadState()
    check(`${label}-${lang}: the page`, new URL(page.url()).pathname === '/login/card')
    await inspect(page, `${label}-${lang}`)
    await page.goto(`${url}/login/card?why=revoked`)
    check(`${label}-${lang}: the title says it`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
    check(`${label}-${lang}: an alert`, await page.locator('[role=alert]').count() === 1)
    await inspect(page, `${label}-revoked-${lang}`)
    // Chromium has no card: the way there and back ends where it began.
    await page.click('main a[href="/login/card/go"]')
    await page.waitForLoadState()
    check(`${label}-${lang}: no card, and said so`, page.url() === `${url}/login/card?why=none`, page.url())
    await context.close()
  }
}
await browser.close()
finish()
