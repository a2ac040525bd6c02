// Sends the launch form on its way; without scripts the person presses the button.
"use strict";
document.querySelector("form[data-autosubmit]").submit();
