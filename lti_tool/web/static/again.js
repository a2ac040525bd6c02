// Posts the launch once more after a moment; who was told to wait together does not come back together.
"use strict";
{
  const form = document.querySelector("[data-again-s]");
  window.setTimeout(() => form.submit(), Number(form.dataset.againS) * 1000 * (1 + Math.random() / 2));
}
