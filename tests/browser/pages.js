// The public pages in Chromium: node pages.js URL DOCUMENT SHOTS
//
// DOCUMENT is one that passes with the trust of the instance.  Prints a line a
// check and "N passed, N failed"; screenshots go to the folder SHOTS.
import fs from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { AxeBuilder } from '@axe-core/playwright'

const [url, documentPath, shots] = process.argv.slice(2)
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const languages = ['az', 'en', 'ru']
let passed = 0
let failed = 0

function check (name, good, detail = '') {
  if (good) {
    passed++
  } else {
    failed++
    console.log(`FAIL ${name} ${detail}`)
  }
}

// What holds for every page, in every state.
async function inspect (page, name) {
  if (name.startsWith('nojs')) {
    await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true })
    return // axe is a script
  }
  const axe = await new AxeBuilder({ page }).withTags(tags).analyze()
  check(`${name}: axe`, axe.violations.length === 0,
    axe.violations.map(v => `${v.id}: ${v.nodes[0].html}`).join('; '))
  await page.setViewportSize({ width: 320, height: 700 })
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  check(`${name}: 320 pixels`, width <= 320, `${width}`)
  await page.screenshot({ path: path.join(shots, `${name}-320.png`), fullPage: true })
  await page.setViewportSize({ width: 1200, height: 900 })
  await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true })
  const small = await page.evaluate(() => [...document.querySelectorAll('main button, header button, header a, input:not([type=hidden])')]
    .filter(e => e.offsetParent && !e.closest('.govuk-visually-hidden'))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, r]) => r.width < 24 || r.height < 24).map(([h]) => h))
  check(`${name}: targets of 24 pixels`, small.length === 0, small.join('; '))
}

async function setLanguage (page, lang) {
  await page.click(`button[name=lang][value=${lang}]`)
  await page.waitForLoadState()
  check(`${lang}: the page says so`, await page.getAttribute('html', 'lang') === lang)
}

async function chooseAndCheck (page, file) {
  await page.setInputFiles('#file', file)
  await page.click('button[type=submit].govuk-button')
  await page.waitForLoadState()
}

// Tab from the top: everything is reached, seen and not under anything.
async function keyboard (page) {
  await page.goto(`${url}/verify`)
  const seen = []
  for (let i = 0; i < 15; i++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const e = document.activeElement
      const r = e.getBoundingClientRect()
      const s = getComputedStyle(e)
      return {
        id: e.id || e.value || e.textContent.trim().slice(0, 20),
        tag: e.tagName,
        shown: r.width > 1 && r.height > 1 && r.top >= 0 && r.bottom <= innerHeight,
        marked: s.outlineStyle !== 'none' || s.boxShadow !== 'none'
      }
    })
    if (at.tag === 'BODY') break
    seen.push(at)
  }
  check('keyboard: the file field', seen.some(s => s.id === 'file'))
  check('keyboard: languages', ['az', 'en', 'ru'].every(l => seen.some(s => s.id === l)))
  check('keyboard: the button', seen.some(s => s.tag === 'BUTTON' && !languages.includes(s.id)))
  check('keyboard: the focus is seen', seen.every(s => s.shown && s.marked),
    JSON.stringify(seen.filter(s => !s.shown || !s.marked)))
}

async function walk (browser, options, label) {
  const context = await browser.newContext({ ...options, acceptDownloads: true })
  const page = await context.newPage()
  const errors = []
  page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && errors.push(m.text()))
  page.on('pageerror', e => errors.push(String(e)))
  await page.goto(url)
  check(`${label}: az is the first language`, await page.getAttribute('html', 'lang') === 'az')
  for (const lang of languages) {
    await setLanguage(page, lang)
    await inspect(page, `${label}-form-${lang}`)
    await page.click('button[type=submit].govuk-button')
    await page.waitForLoadState()
    check(`${label}-${lang}: nothing chosen is an error`, await page.locator('.govuk-error-summary').count() === 1)
    const title = await page.title()
    check(`${label}-${lang}: the title says it`, /^(Xəta|Error|Ошибка):/.test(title), title)
    if (label === 'js') {
      check(`${lang}: the summary has the focus`, await page.evaluate(() => document.activeElement.classList.contains('govuk-error-summary')))
    }
    await inspect(page, `${label}-error-${lang}`)
    await chooseAndCheck(page, documentPath)
    const verdict = await page.textContent('.mohur-verdict')
    check(`${label}-${lang}: the verdict`, verdict.includes('TOTAL-PASSED'), verdict)
    await inspect(page, `${label}-report-${lang}`)
    if (lang === 'en') {
      for (const form of ['html', 'etsi', 'json', 'text']) {
        const [download] = await Promise.all([
          page.waitForEvent('download'), page.click(`a[href$="form=${form}"]`)])
        const text = fs.readFileSync(await download.path(), 'utf8')
        check(`${label}: download ${form}`, /total-passed/i.test(text), text.slice(0, 80))
      }
    }
    await page.click('main a[href="/verify"]')
    await page.waitForLoadState()
  }
  check(`${label}: the console is silent`, errors.length === 0, errors.join('; '))
  await context.close()
}

fs.mkdirSync(shots, { recursive: true })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
})
try {
  await walk(browser, {}, 'js')
  await walk(browser, { javaScriptEnabled: false }, 'nojs').catch(e => check('nojs', false, String(e).slice(0, 300)))
  const page = await browser.newPage()
  await keyboard(page)
} catch (e) {
  check('the walk', false, String(e).slice(0, 300))
} finally {
  await browser.close()
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
