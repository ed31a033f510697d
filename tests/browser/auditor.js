// The auditor's pages in Chromium: node auditor.js URL DOCUMENT SHOTS USER PASSWORD
//
// "auditor" is an auditor.  Prints a line a failed check and "N passed, N failed".
import { check, finish, inspector, languages, open, setLanguage } from './common.js'

const [url, signed, shots, user, password] = process.argv.slice(2)
const inspect = inspector(shots)
const browser = await open()

// A document to be found, where none was filed before.
async function file () {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await page.goto(`${url}/login`)
  await page.fill('#username', user)
  await page.fill('#password', password)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  await page.goto(`${url}/cases`)
  await page.click('tbody a')
  await page.waitForLoadState()
  await page.goto(`${page.url()}/documents/new`)
  await page.selectOption('#kind', 'motion')
  await page.setInputFiles('#file', signed)
  await page.click('main button[type=submit]')
  await page.waitForLoadState()
  check('a document is filed', /\/documents\/[a-z2-7]{26}$/.test(page.url()), page.url())
  await context.close()
}

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
    await page.goto(`${url}/audit/documents`)
    check(`${label}: documents ${lang}`, await page.locator('h1').count() === 1)
    await inspect(page, `${label}-audit-documents-${lang}`)
    await page.goto(`${url}/audit/documents?hash=x&day=x`)
    check(`${label}: a wrong digest is said ${lang}`, await page.locator('.govuk-error-message').count() > 0)
    await inspect(page, `${label}-audit-documents-error-${lang}`)
    await page.goto(`${url}/audit/documents`)
    if (await page.locator('tbody a').count() === 0) {
      await file()
      await page.goto(`${url}/audit/documents`)
    }
    await inspect(page, `${label}-audit-documents-found-${lang}`)
    const link = page.locator('tbody a').first()
    {
      const number = (await page.locator('tbody tr').first().locator('td').nth(1).innerText()).split('\n').pop().trim()
      const id = (await link.getAttribute('href')).split('/').pop()
      await page.goto(`${url}/audit/documents/${id}/warrant`)
      await inspect(page, `${label}-audit-warrant-${lang}`)
      await page.click('main button[type=submit]')
      await page.waitForLoadState()
      check(`${label}: a basis is asked for ${lang}`, await page.locator('#basis-error').count() === 1)
      await inspect(page, `${label}-audit-warrant-error-${lang}`)
      await page.goto(`${url}/audit/documents`)
      await page.locator('tbody button').first().click()
      await page.waitForLoadState()
      await page.waitForTimeout(1500)
      await page.reload()
      await inspect(page, `${label}-audit-job-document-${lang}`)
      await page.goto(`${url}/audit`)
      await page.fill('main #number', number)
      await page.click('button[value=package]')
      await page.waitForLoadState()
      for (let i = 0; i < 40 && await page.locator('a[href*="/package?volume="]').count() === 0; i++) {
        await page.waitForTimeout(500)
        await page.reload()
      }
      check(`${label}: a package is made ${lang}`, await page.locator('a[href*="/package?volume=1"]').count() === 1)
      await inspect(page, `${label}-audit-package-${lang}`)
    }
  }
  await context.close()
}
await browser.close()
finish()
