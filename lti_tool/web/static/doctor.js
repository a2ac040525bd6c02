// The doctor's page: a look at this browser, the button that copies the report, and word of a launch that arrives.
"use strict";

// --- this browser: frame, cookie, the platform's storage, clock
{
  const place = document.querySelector("[data-browser]");
  const report = document.getElementById("report-text");
  const patience = 2000;

  const isFramed = window.parent !== window;

  async function ask(sent) {
    const query = sent ? `?sent=${encodeURIComponent(sent)}` : "";
    const began = Date.now();
    const answer = await fetch(place.dataset.probe + query, { credentials: "same-origin", cache: "no-store" });
    const told = await answer.json();
    return { ...told, off: Math.round(((began + Date.now()) / 2 - told.now_ms) / 1000) };
  }

  // Asks whoever shows us what it can do (LTI Client Side postMessages, lti.capabilities).
  function capabilities() {
    const above = isFramed ? window.parent : window.opener;
    if (!above) return Promise.resolve([]);
    const message_id = `doctor-${Date.now()}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => end([]), patience);
      function end(found) {
        clearTimeout(timer);
        window.removeEventListener("message", hear);
        resolve(found);
      }
      function hear(event) {
        const told = event.data;
        if (event.source !== above || told?.subject !== "lti.capabilities.response" || told.message_id !== message_id) return;
        const subjects = Array.isArray(told.supported_messages) ? told.supported_messages : [];
        end(subjects.map((one) => String(one?.subject)).slice(0, 20));
      }
      window.addEventListener("message", hear);
      above.postMessage({ subject: "lti.capabilities", message_id }, "*");
    });
  }

  async function storageAccess() {
    if (!document.hasStorageAccess) return "unknown";
    return String(await document.hasStorageAccess());
  }

  function show(state, what, details) {
    place.className = `light light-${state}`;
    for (const lamp of place.querySelectorAll("[data-lamp]")) lamp.hidden = lamp.dataset.lamp !== state;
    place.querySelector("[data-word]").textContent = JSON.parse(place.dataset.words)[state];
    place.querySelector("[data-what]").textContent = what;
    const list = place.querySelector("[data-details]");
    for (const [name, value] of Object.entries(details)) {
      const row = document.createElement("div"), term = document.createElement("dt"), told = document.createElement("dd");
      term.textContent = name;
      told.textContent = value;
      row.append(term, told);
      list.append(row);
    }
    const told = Object.entries(details).map(([name, value]) => `${name} ${value}`).join(", ");
    report.value += `\n[${place.querySelector("[data-word]").textContent}] ${place.querySelector("h2").firstChild.textContent.trim()}: ${what}\n    ${told}\n`;
  }

  async function look() {
    const first = await ask("");
    const [second, offers, access] = await Promise.all([ask(first.sent), capabilities(), storageAccess()]);
    const stores = offers.includes("lti.put_data") && offers.includes("lti.get_data");
    const details = {
      shown: isFramed ? place.dataset.frame : place.dataset.window,
      cookie: second.kept ? "kept" : "refused",
      "platform storage": stores ? "offered" : "not offered",
      "storage access": access,
      clock: `${second.off} s`,
      "time zone": Intl.DateTimeFormat().resolvedOptions().timeZone || "unknown",
    };
    let what = second.kept ? place.dataset.good : stores ? place.dataset.storage : place.dataset.bad;
    if (Math.abs(second.off) > 60) what += ` ${place.dataset.clock.replace("#", Math.abs(second.off))}`;
    show(second.kept || stores ? "green" : "amber", what, details);
  }

  if (place) look().catch(() => {});
}

// --- the report; where the clipboard is closed to us, the text is selected, so that a key press copies it
{
  const button = document.querySelector("[data-copy-report]");
  const told = document.querySelector("[data-copy-told]");

  function byHand(text) {
    text.focus();
    text.select();
    let copied = false;
    try { copied = document.execCommand("copy"); } catch { copied = false; }
    return copied;
  }

  async function copy() {
    const text = document.getElementById("report-text");
    let copied = false;
    try {
      await navigator.clipboard.writeText(text.value);
      copied = true;
    } catch {
      copied = byHand(text);
    }
    told.textContent = copied ? button.dataset.copied : button.dataset.select;
  }

  if (button) {
    button.hidden = false;
    button.addEventListener("click", copy);
  }
}

// --- while we watch: show a launch when it has arrived
{
  const chart = document.querySelector("[data-chart][data-watching]");
  const every = 5000;

  async function hasNews() {
    const answer = await fetch(window.location.href, { cache: "no-store" });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-chart]");
    return now !== null && now.dataset.latest !== chart.dataset.latest;
  }

  async function look() {
    if (document.visibilityState === "visible" && await hasNews().catch(() => false)) window.location.reload();
    else window.setTimeout(look, every);
  }

  if (chart) window.setTimeout(look, every);
}
