// What the files of tests in Chromium share: counting, a page's inspection.
import { createHash } from 'node:crypto'
import path from 'node:path'
import { chromium } from 'playwright-core'
import { AxeBuilder } from '@axe-core/playwright'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
export const languages = ['az', 'en', 'ru']
let passed = 0
let failed = 0

export function check (name, good, detail = '') {
  if (good) {
    passed++
  } else {
    failed++
    console.log(`FAIL ${name} ${detail}`)
  }
}

// Whether a page is looked at in this language: in all of them, or, where
// MOHUR_LANGUAGES is a seed, in one that the seed and the page's name choose.
function chosen (name) {
  const seed = process.env.MOHUR_LANGUAGES
  const parts = name.match(/^(.*)-(az|en|ru)(-.*)?$/)
  if (!seed || !parts) return true
  const hash = createHash('sha256').update(`${seed} ${parts[1]} ${parts[3] ?? ''}`).digest()
  return languages[hash[0] % languages.length] === parts[2]
}

// What holds for every page, in every state; screenshots go to the folder, where
// one is named.
export const inspector = shots => async function inspect (page, name) {
  if (!shots && !chosen(name)) return
  const shoot = end => shots && page.screenshot({ path: path.join(shots, `${name}${end}.png`), fullPage: true })
  if (name.startsWith('nojs')) {
    await shoot('')
    return // axe is a script
  }
  const axe = await new AxeBuilder({ page }).setLegacyMode().withTags(tags).analyze()
  check(`${name}: axe`, axe.violations.length === 0,
    axe.violations.map(v => `${v.id}: ${v.nodes[0].html}`).join('; '))
  await page.setViewportSize({ width: 320, height: 700 })
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  check(`${name}: 320 pixels`, width <= 320, `${width}`)
  await shoot('-320')
  for (const [wide, tall] of [[768, 1024], [1440, 900]]) {
    await page.setViewportSize({ width: wide, height: tall })
    const needs = await page.evaluate(() => document.documentElement.scrollWidth)
    check(`${name}: ${wide} pixels`, needs <= wide, `${needs}`)
  }
  await page.setViewportSize({ width: 1200, height: 900 })
  await shoot('')
  const small = await page.evaluate(() => [...document.querySelectorAll('main button, header button, header a, input:not([type=hidden])')]
    .filter(e => e.offsetParent && !e.closest('.govuk-visually-hidden'))
    .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, r]) => r.width < 24 || r.height < 24).map(([h]) => h))
  check(`${name}: targets of 24 pixels`, small.length === 0, small.join('; '))
}

// Presses what leads to another page, and waits until that is there.
export async function press (page, selector) {
  await Promise.all([page.waitForEvent('load'), page.click(selector)])
}

export async function setLanguage (page, lang) {
  await page.click(`button[name=lang][value=${lang}]`)
  await page.waitForLoadState()
  check(`${lang}: the page says so`, await page.getAttribute('html', 'lang') === lang)
}

export function open () {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
  })
}

// The totals, and the exit.
export function finish () {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}
