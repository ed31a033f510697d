/* The pages work without this; with it, files can be dropped and waiting is
   said aloud. */
import { initAll } from './govuk-frontend.min.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')

// What counts characters says so in the language of the page.
const counted = document.querySelector('[data-left]')
const left = counted && `${counted.dataset.left} %{count}`
const over = counted && `${counted.dataset.over} %{count}`
initAll(!counted
  ? {}
  : {
      characterCount: {
        i18n: {
          charactersUnderLimit: { one: left, other: left },
          charactersAtLimit: counted.dataset.noneLeft,
          charactersOverLimit: { one: over, other: over }
        }
      }
    })

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

// What is written for long saves itself: when a field is left, and every
// twenty seconds.  Its version goes on with the form; another window ends it.
for (const form of document.querySelectorAll('form[data-autosave]')) {
  const status = form.querySelector('[role="status"]')
  let changed = false
  let busy = false
  let over = false
  let again = false // a field was left meanwhile
  let waits = null // the button that was pressed meanwhile
  const save = async () => {
    again = busy
    if (!changed || busy || over) {
      return
    }
    changed = false
    busy = true
    const data = new FormData(form)
    data.set('do', 'autosave')
    // Files are examined when they are sent with a button.
    for (const field of form.querySelectorAll('input[type="file"]')) {
      data.delete(field.name)
    }
    try {
      const answer = await fetch(form.action, {
        method: 'POST',
        body: form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data)
      })
      if (answer.ok && !answer.redirected) {
        const kept = await answer.json()
        // The other forms of the page change the same draft.
        for (const field of document.querySelectorAll('input[name="version"]')) {
          field.value = kept.version
        }
        form.elements.form.value = kept.form
        status.textContent = changed ? '' : form.dataset.autosave
      } else if (answer.status === 409) {
        over = true
        status.textContent = form.dataset.conflict
      } else {
        status.textContent = form.dataset.unsaved
      }
    } catch {
      changed = true // the next one
      status.textContent = form.dataset.unsaved
    }
    busy = false
    if (waits) {
      over = true
      form.requestSubmit(waits)
    } else if (again) {
      save()
    }
  }
  form.addEventListener('input', event => {
    if (event.target.type === 'file') {
      return // it is not saved by itself, and nothing says so
    }
    changed = true
    status.textContent = ''
  })
  form.addEventListener('focusout', event => {
    // Who goes to a button is about to save all of it.
    if (!event.relatedTarget || event.relatedTarget.type !== 'submit') {
      save()
    }
  })
  form.addEventListener('submit', event => {
    if (busy) {
      event.preventDefault()
      waits = event.submitter
    } else {
      over = true
    }
  })
  setInterval(save, 20000)
}
