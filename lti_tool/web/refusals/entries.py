"""What the tables of refusals share: (title, what happened, what you can do)."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

Entry = tuple[LazyString, LazyString, LazyString]

AGAIN = _l("Go back to your course and open the module again.")
ADMIN = _l(
    "Tell the administrator of your learning environment, and give the reference number below."
)
