// Buttons that copy what stands beside them. Without scripts there are none, and the text can be selected.
"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    const before = button.textContent;
    button.textContent = button.dataset.copied;
    window.setTimeout(() => { button.textContent = before; }, 2000);
  });
}
