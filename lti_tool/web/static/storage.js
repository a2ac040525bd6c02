// Client of the platform's storage (1EdTech LTI Client Side postMessages and Platform Storage 1.0).
// Messages go to the one frame and origin that the platform named at login; answers from others are ignored.
"use strict";

window.platformStorage = (() => {
  // A busy platform may not listen yet when we first ask, so the same is asked again. Putting waits less: it stands in the
  // way of every launch, also where nobody answers. Without what we want to get, there is only a new tab.
  const patience = { "lti.put_data": 3000, "lti.get_data": 6000 }, askAgain = 500;
  let count = 0;

  function platform() {
    return window.parent !== window ? window.parent : window.opener;
  }

  function receiver(frame) {
    const above = platform();
    if (!above || !frame || frame === "_parent") return above;
    try { return above.frames[frame] || above; } catch { return above; }
  }

  function ask(door, subject, more) {
    const target = receiver(door.frame);
    if (!target) return Promise.reject(new Error("no platform"));
    const message_id = `${Date.now()}-${count += 1}`;
    return new Promise((resolve, reject) => {
      const send = () => target.postMessage({ subject, message_id, ...more }, door.origin);
      const timer = setTimeout(() => end(reject, new Error("no answer")), patience[subject]);
      const again = setInterval(send, askAgain);
      function end(how, value) {
        clearTimeout(timer);
        clearInterval(again);
        window.removeEventListener("message", hear);
        how(value);
      }
      function hear(event) {
        const told = event.data;
        if (event.origin !== door.origin || !told || typeof told !== "object") return;
        if (told.subject !== `${subject}.response` || told.message_id !== message_id) return;
        if (told.error) end(reject, new Error(told.error.code));
        else end(resolve, told.value);
      }
      window.addEventListener("message", hear);
      send();
    });
  }

  const door = (element) => ({ frame: element.dataset.frame, origin: element.dataset.origin });
  return {
    get: (element, key) => ask(door(element), "lti.get_data", { key }),
    put: (element, key, value) => ask(door(element), "lti.put_data", { key, value }),
  };
})();
