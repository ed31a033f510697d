/* The pages work without this; with it, files can be dropped and waiting is
   said aloud. */
import { initAll } from './govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()

for (const form of document.querySelectorAll('form[data-waiting]')) {
  form.addEventListener('submit', () => {
    const status = form.querySelector('[role="status"]')
    const button = form.querySelector('button[type="submit"]')
    if (status) {
      status.textContent = form.dataset.waiting
    }
    if (button) {
      button.setAttribute('aria-disabled', 'true')
    }
  })
}

// A page that waits for a telephone asks again until it says something else.
const waiting = document.querySelector('[data-stage]')
if (waiting) {
  const timer = setInterval(async () => {
    let answer, text
    try {
      answer = await fetch(location.href)
      text = await answer.text()
    } catch {
      return // the next one
    }
    if (answer.redirected) {
      clearInterval(timer)
      location.assign(answer.url)
    } else if (!text.includes(`data-stage="${waiting.dataset.stage}"`)) {
      clearInterval(timer)
      location.reload()
    }
  }, 2000)
}
