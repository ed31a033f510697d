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

/* A page that waits for somebody's telephone: looked at again when something
   has happened there. */
for (const part of document.querySelectorAll('[data-poll]')) {
  const look = async () => {
    try {
      const answer = await fetch(part.dataset.poll, { credentials: 'same-origin' })
      const text = answer.ok ? await answer.text() : ''
      if (text.trim() !== part.dataset.stage.trim()) {
        window.location.reload()
        return
      }
    } catch {
      /* the network is away; the next look may find it */
    }
    window.setTimeout(look, 2000)
  }
  window.setTimeout(look, 2000)
}
