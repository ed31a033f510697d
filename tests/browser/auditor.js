// The auditor's pages in Chromium: node auditor.js URL DOCUMENT SHOTS USER PASSWORD
//
// "auditor" is an auditor.  Prints a line a failed check and "N passed, N failed".
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, , shots, , password] = process.argv.slice(2)
const inspect = inspector(shots)
const browser = await open()

for (const [label, js] of [['js', true], ['nojs', false]]) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: js })
  const page = await context.newPage()
  await page.goto(`${url}/login`)
  await page.fill('#username', 'auditor')
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  for (const lang of languages) {
    await page.goto(`${url}/audit`)
    await setLanguage(page, lang)
    await page.goto(`${url}/audit`)
    check(`${label}: the state of the log ${lang}`, await page.locator('dl').count() === 1)
    await inspect(page, `${label}-audit-${lang}`)
    await page.click('button[value=case]')
    await page.waitForLoadState()
    check(`${label}: what is wrong is said ${lang}`, /^(Xəta|Error|Ошибка):/.test(await page.title()))
    await inspect(page, `${label}-audit-error-${lang}`)
    await page.goto(`${url}/audit/log?ev=start`)
    check(`${label}: records ${lang}`, await page.locator('tbody tr').count() > 0)
    await inspect(page, `${label}-audit-log-${lang}`)
    await page.goto(`${url}/audit/log?day=01.01.2020`)
    await inspect(page, `${label}-audit-log-none-${lang}`)
    await page.goto(`${url}/audit/log/0`)
    check(`${label}: a record and its proof ${lang}`, (await page.inputValue('#proof')).includes('tlog-proof'))
    await inspect(page, `${label}-audit-record-${lang}`)
    await page.goto(`${url}/audit`)
    await page.click('button[value=check]')
    await page.waitForLoadState()
    await inspect(page, `${label}-audit-job-${lang}`)
  }
  await context.close()
}
await browser.close()
finish()
