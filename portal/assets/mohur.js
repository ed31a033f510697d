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
