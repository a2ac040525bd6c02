// Small moves of every page: tell the frame our height, move the focus, send forms once, keep quiz answers.
// Listeners hang on the document, so that they serve pages that htmx swaps in too.
"use strict";

// --- the frame that holds us grows with the page (no data in the message, so any origin may hear it)
const inFrame = window.parent !== window;
let toldHeight = 0;

function tellHeight() {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (Math.abs(height - toldHeight) < 2) return;
  toldHeight = height;
  window.parent.postMessage({ subject: "lti.frameResize", message_id: `height-${height}`, height }, "*");
}

if (inFrame) new ResizeObserver(tellHeight).observe(document.body);

// --- a new view: the reader stands at its heading
function showHeading() {
  const heading = document.getElementById("title");
  if (!heading) return;
  heading.focus({ preventScroll: inFrame });
  if (inFrame) window.parent.postMessage({ subject: "lti.scrollToTop" }, "*");
}

if (window.location.hash === "#title") showHeading();
document.querySelector("[aria-invalid=true]")?.focus();  // a form came back: to the first field that is not right yet
document.addEventListener("page:shown", () => {
  showHeading();
  window.scrollTo(0, 0);
  rest();
  document.querySelector("form[data-answer]")?.requestSubmit();  // answer.js is not there in a page that htmx fills
});

// --- forms go once
let isSending = false;

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (isSending || (button?.hasAttribute("data-hand-in") && !mayHandInNow(event.target, button))) {
    event.preventDefault();
    event.stopImmediatePropagation();  // htmx would send a form whose default was prevented
    return;
  }
  isSending = true;
  button?.setAttribute("aria-disabled", "true");
}, true);

function rest() {
  isSending = false;
  document.querySelectorAll("button[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
}

window.addEventListener("pageshow", rest);
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.target === document.body) rest(); });

// Handing in leaves this page, so it first makes sure that the answers have arrived: without network we stay here.
let handingIn = null, hasArrived = false;

function mayHandInNow(form, button) {
  if (hasArrived || !window.htmx) return true;
  if (!handingIn && mayHandIn(form, button)) {
    handingIn = button;
    button.setAttribute("aria-disabled", "true");
    save();
  }
  return false;
}

function goOnHandingIn(isKept) {
  const button = handingIn;
  handingIn = null;
  if (!button) return;
  button.removeAttribute("aria-disabled");
  if (!isKept) return;
  hasArrived = true;
  button.form.requestSubmit(button);
  hasArrived = false;
}

function mayHandIn(form, button) {
  const isOpen = (question) => ![...question.querySelectorAll("input")].some((input) =>
    input.type === "text" ? input.value.trim() : input.checked);
  const open = [...form.querySelectorAll(".question")].filter(isOpen);
  if (!open.length || button.dataset.warned) return true;
  button.dataset.warned = "yes";
  const warning = document.createElement("p");
  warning.className = "not-saved";
  warning.setAttribute("role", "alert");
  warning.textContent = button.dataset.openQuestion;
  button.before(warning);
  return false;
}

// --- answers are kept as they are given; what could not be sent is tried again until it is
const afterTyping = 900, afterFailure = 4000;
let changes = 0, sentChanges = 0, timer = 0, asks = 0, isFailing = false;

const saved = () => document.getElementById("saved");
const isUnsaved = () => changes > sentChanges && saved() !== null;

function say(words, isBad) {
  const place = saved()?.querySelector("p");
  if (!place) return;
  place.textContent = words;
  place.className = isBad ? "not-saved" : "";
}

function saveIn(pause) {
  window.clearTimeout(timer);
  timer = window.setTimeout(save, pause);
}

function save() {
  if (!saved() || isSending) return;
  window.clearTimeout(timer);
  asks += 1;
  say(document.body.dataset.saving, false);
  window.htmx.trigger(saved(), "save-answers");
}

function changed(event) {
  if (!event.target.closest?.("#quiz") || !event.target.name?.startsWith("q.")) return;
  const isText = event.target.type === "text", isEnd = event.type === "change";
  if (isText && isEnd && !isUnsaved()) return;  // what was typed has been saved already
  changes += 1;
  saveIn(isText && !isEnd ? afterTyping : 50);
}

document.addEventListener("input", changed);
document.addEventListener("change", changed);

// On a slow line somebody answers before this script is there. (The form is autocomplete=off: browsers fill in nothing.)
window.addEventListener("load", () => {
  const given = [...document.querySelectorAll('#quiz [name^="q."]')];
  if (!given.some((input) => input.checked !== input.defaultChecked || input.value !== input.defaultValue)) return;
  changes += 1;
  saveIn(50);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-save-now]");
  if (!button) return;
  saved().querySelector("[name=saves]").value = button.dataset.saveNow;
  save();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "saved") Object.assign(event.detail.xhr, { countOfChanges: changes, countOfAsks: asks });
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const isPart = event.detail.target !== document.body;
  if (isPart && event.detail.xhr.status >= 400) event.detail.shouldSwap = false;  // a refusal is a page, no part
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.id !== "saved") return;
  const { xhr } = event.detail;
  // not detail.successful: pages of refusals are swapped in too, so htmx calls every answer a success
  if (xhr.status >= 200 && xhr.status < 300) {
    sentChanges = Math.max(sentChanges, xhr.countOfChanges);
    isFailing = false;
    // while a later saving waits its turn, handing in waits too: else that one would come too late
    if (xhr.countOfAsks === asks) goOnHandingIn(!xhr.responseText.includes("data-save-now"));
    return;
  }
  if (xhr.status >= 400 && xhr.status < 500 && xhr.status !== 429) { refuse(); return; }
  isFailing = true;
  say(handingIn ? document.body.dataset.notHandedIn : document.body.dataset.unsaved, true);
  goOnHandingIn(false);
  saveIn(afterFailure);
});

// This page can save no more (handed in elsewhere, or the visit is over): the page itself says so after a reload.
function refuse() {
  if (isSending) return;
  sentChanges = changes;
  window.location.reload();
}

window.addEventListener("online", () => { if (isUnsaved()) save(); });

// --- who leaves the page sooner than its answers: they go along with the leaving
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && isUnsaved()) save();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === document.body && isUnsaved()) save();
});

window.addEventListener("pagehide", () => {
  if (!isUnsaved() || isSending || document.body.hasAttribute("hx-boost")) return;
  const answers = new URLSearchParams(new FormData(document.getElementById("quiz")));
  fetch(saved().getAttribute("hx-post"), { method: "POST", body: answers, keepalive: true });
});

window.addEventListener("beforeunload", (event) => {
  if (isFailing && isUnsaved() && !isSending) event.preventDefault();
});
