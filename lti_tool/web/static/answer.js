// Sends an answer to the platform, once: who came Back to this page or loaded it anew has the button.
"use strict";
{
  const form = document.querySelector("[data-answer]");
  const [navigation] = performance.getEntriesByType("navigation");
  if (form && (!navigation || navigation.type === "navigate")) form.requestSubmit();
}
