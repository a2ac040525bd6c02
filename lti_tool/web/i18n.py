"""Dutch and English. The source texts are English; `translations/nl` holds the Dutch ones.

Language: the person's choice, else that of the launch, else the browser's, else the setting. Catalogues are
read from the .po files themselves, once per process, so that no compiled copy can be out of step.
"""

import io
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

from config.default import Settings

LANGUAGES = ("nl", "en")
_of_request: ContextVar[str | None] = ContextVar("language of this request", default=None)
TRANSLATIONS = Path(__file__).parent.parent / "translations"


class PoDomain(Domain):  # type: ignore[misc]
    def get_translations(self) -> NullTranslations:
        return catalogue(page_language())


def _translate(text: str) -> str:
    return catalogue(page_language()).ugettext(text)


def _translate_count(one: str, many: str, count: int) -> str:
    return catalogue(page_language()).ungettext(one, many, count)


@cache
def catalogue(language: str) -> NullTranslations:
    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def page_language() -> str:
    """The language of the answer to this request, such as "nl"; worked out once, and asked some fifty times a page."""
    known = _of_request.get()
    if known is not None:
        return known
    found = str(get_locale() or "nl")
    if has_request_context():
        _of_request.set(found)
    return found


def _begin_anew(_: object = None) -> None:
    _of_request.set(None)


def init(app: Flask, settings: Settings) -> None:
    app.before_request(_begin_anew)
    app.teardown_request(_begin_anew)

    def locale() -> str:
        return language_of_request(settings.default_language)

    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.time_zone
    app.config["BABEL_DEFAULT_LOCALE"] = settings.default_language
    babel = Babel(app, locale_selector=locale)
    babel.domain_instance = PoDomain()
    app.jinja_env.globals["get_locale"] = page_language
    # Flask-Babel's own way to a text costs three times as much, some thirty times a page
    app.jinja_env.install_gettext_callables(_translate, _translate_count, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]


def language_of_request(default: str) -> str:
    chosen: str | None = g.get("language")
    return chosen or request.accept_languages.best_match(LANGUAGES) or default


def take_chosen() -> None:
    """Let this request be in the language that stands in its address, where it does (templates/_languages.html)."""
    chosen = request.args.get("language", "")
    if chosen in LANGUAGES:
        g.language = chosen


def spoken(locale: str | None) -> str | None:
    """The language of a locale as platforms send it ("nl-NL", "pt_br"), if we speak it."""
    language = (locale or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else None


def localised(texts: dict[str, str] | None, language: str | None = None) -> str:
    """The text in the language of the page, else Dutch, else whatever there is."""
    if not texts:
        return ""
    return texts.get(language or page_language()) or texts.get("nl") or next(iter(texts.values()))
