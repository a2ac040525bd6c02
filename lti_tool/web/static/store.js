// Puts the launch's secret into the platform's storage, then goes on to the login, also when nobody answers.
"use strict";
{
  const place = document.querySelector("[data-store]");
  const next = document.querySelector("[data-next]").href;
  const goOn = () => window.location.replace(next);
  window.platformStorage.put(place, place.dataset.store, place.dataset.secret).then(goOn, goOn);
}
