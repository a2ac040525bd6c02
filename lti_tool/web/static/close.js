// The dialog in which a platform opened us may close: told to whoever opened it or shows it. Holds no data, so to "*".
"use strict";
{
  const button = document.querySelector("[data-close]");
  const host = window.opener || (window.parent !== window ? window.parent : null);
  if (host && button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      host.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
      button.disabled = true;
    });
  }
}
