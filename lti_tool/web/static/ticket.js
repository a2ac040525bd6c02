// A visit without cookies: read the ticket from the platform's storage, fetch the same address with it, and send
// it along with every later request. htmx carries links and forms; a reload or Back begins here again.
"use strict";
{
  const place = document.querySelector("[data-ticket]");
  const visit = place.dataset.ticket;

  function refused() {
    place.querySelector("[data-while-asking]").hidden = true;
    const message = place.querySelector("[data-when-refused]");
    message.hidden = false;
    message.querySelector("h1").focus();
  }

  function enter(ticket) {
    if (!ticket) return refused();
    document.body.addEventListener("htmx:configRequest", (event) => {
      if (new URL(event.detail.path, window.location.href).origin === window.location.origin)
        event.detail.headers["X-Visit-Ticket"] = ticket;
    });
    document.addEventListener("click", (event) => fetchFile(event, ticket));
    document.body.setAttribute("hx-boost", "true");
    document.body.setAttribute("hx-target", "body");
    window.htmx.process(document.body);
    const here = window.location.pathname + window.location.search;
    return window.htmx.ajax("GET", here, { target: "body", swap: "innerHTML" });
  }

  // A link to a file: no link of a page can show the ticket, so it is fetched and given to the browser as it came.
  async function fetchFile(event, ticket) {
    const link = event.target.closest("a[download]");
    if (!link) return;
    event.preventDefault();
    const answer = await fetch(link.href, { headers: { "X-Visit-Ticket": ticket } });
    if (!answer.ok) return window.location.reload();
    const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
    const file = document.createElement("a");
    file.href = URL.createObjectURL(await answer.blob());
    file.download = named ? named[1] : "";
    file.click();
    URL.revokeObjectURL(file.href);
  }

  // A swap replaces the body's content only: bring language and role along.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== document.body) return;
    const came = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    document.documentElement.lang = came.documentElement.lang;
    Object.assign(document.documentElement.dataset, came.documentElement.dataset);
    Object.assign(document.body.dataset, came.body.dataset);
    document.title = came.title;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === document.body) document.dispatchEvent(new Event("page:shown"));
  });

  document.querySelector("[data-try-again]").addEventListener("click", () => window.location.reload());
  window.platformStorage.get(place, `visit_${visit}`).then(enter, refused);
}
