"""Markdown of authors -> safe HTML: callouts, figures, tables that scroll, headings with ids.

Kept per (version, activity, language), since a published version never changes. No HTML of authors gets
through; what markdown-it writes is cleaned once more by an explicit list.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import nh3
from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from lti_tool.base.files import Shelf
from lti_tool.screens.learner.pictures import SizeOf, sizes_on

CALLOUT = re.compile(r"\[!(tip|warning|example|think)\]\s*")
TAGS = {
    "h2", "h3", "h4", "p", "strong", "em", "code", "pre", "ul", "ol", "li", "br", "hr", "a", "blockquote",
    "table", "thead", "tbody", "tr", "th", "td", "aside", "div", "figure", "figcaption", "img",
}  # fmt: skip
ATTRIBUTES = {
    **{tag: {"id"} for tag in ("h2", "h3", "h4")},
    "a": {"href", "target"},
    "aside": {"class", "role"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "p": {"class"},
    "th": {"class", "scope"},
    "td": {"class"},
    "ol": {"start"},
    "img": {"src", "alt", "loading", "width", "height"},
}


def shown(version_id: int, activity_key: str, language: str, text: str, shelf: Path) -> Markup:
    """The page as HTML in this language; `text` is the Markdown of exactly that, its pictures lie on the shelf."""
    return _kept(version_id, activity_key, language, text, shelf)


@lru_cache(maxsize=512)
def _kept(version_id: int, activity_key: str, language: str, text: str, shelf: Path) -> Markup:
    return render(text, sizes_on(Shelf(shelf)))


def render(text: str, size_of: SizeOf = lambda address: None) -> Markup:
    tokens = list(_arranged(_parser.parse(text)))
    html = _parser.renderer.render(tokens, _parser.options, {"size_of": size_of})
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"https", "mailto"})
    return Markup(clean)  # noqa: S704  # cleaned on the line above


def _arranged(tokens: Sequence[Token]) -> Iterator[Token]:
    callouts: list[bool] = []
    seen: set[str] = set()
    for position, token in enumerate(tokens):
        if token.type == "blockquote_open":
            name = _callout_name(tokens[position + 1 : position + 3])
            callouts.append(name is not None)
            if name:
                token.tag = "aside"
                token.attrSet("class", f"callout callout-{name}")
                token.attrSet("role", "note")
                yield token
                yield _raw(f'<p class="callout-label">{escape(callout_labels()[name])}</p>')
                continue
        elif token.type == "blockquote_close" and callouts.pop():
            token.tag = "aside"
        elif token.type == "heading_open":
            _demote(token, tokens[position + 2])
            token.attrSet("id", _heading_id(tokens[position + 1].content, seen))
        elif token.type in ("th_open", "td_open"):
            _align(token)
        elif token.type.startswith("paragraph") and _is_figure(tokens, position):
            continue
        yield token


def callout_labels() -> dict[str, str]:
    return {
        "tip": gettext("Tip"),
        "warning": gettext("Take care"),
        "example": gettext("Example"),
        "think": gettext("Think about it"),
    }


def _callout_name(following: Sequence[Token]) -> str | None:
    """The kind of callout that the quotation's first paragraph names, taken out of its text."""
    if [token.type for token in following] != ["paragraph_open", "inline"]:
        return None
    inline = following[1]
    match = CALLOUT.match(inline.content)
    if match is None:
        return None
    inline.content = inline.content[match.end() :]
    inline.children = _parser.parseInline(inline.content)[0].children
    return match[1]


def _demote(opening: Token, closing: Token) -> None:
    """The page's title is its only h1."""
    opening.tag = closing.tag = {"h1": "h2", "h2": "h2", "h3": "h3"}.get(opening.tag, "h4")


def _heading_id(text: str, seen: set[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"
    name, count = slug, 1
    while name in seen:
        count += 1
        name = f"{slug}-{count}"
    seen.add(name)
    return name


def _align(cell: Token) -> None:
    """Alignment as a class: the page's policy allows no style attributes."""
    style = str(cell.attrs.pop("style", ""))
    if style.endswith("right"):
        cell.attrSet("class", "right")
    if cell.type == "th_open":
        cell.attrSet("scope", "col")


def _is_figure(tokens: Sequence[Token], position: int) -> bool:
    inline = tokens[position + (1 if tokens[position].nesting == 1 else -1)]
    children = inline.children or []
    return len(children) == 1 and children[0].type == "image"


def _raw(html: str) -> Token:
    return Token("ours", "", 0, content=html)


def _render_ours(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return tokens[index].content


def _render_image(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    src = str(token.attrs.get("src", ""))
    if src.startswith("media/"):
        src = "/" + src
    size = env["size_of"](src)
    room = Markup(' width="{}" height="{}"').format(*size) if size else ""
    image = Markup('<img src="{}" alt="{}"{} loading="lazy">').format(src, token.content, room)
    title = token.attrs.get("title")
    if len(tokens) > 1:
        return image
    caption = Markup("<figcaption>{}</figcaption>").format(title) if title else ""
    return f"<figure>{image}{caption}</figure>"


def _render_table_open(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    env["tables"] = env.get("tables", 0) + 1
    label = escape(gettext("Table %(number)s; scrolls sideways when it is wide", number=env["tables"]))
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'


def _render_table_close(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table></div>"


def _build() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("ours", _render_ours)
    parser.add_render_rule("image", _render_image)
    parser.add_render_rule("table_open", _render_table_open)
    parser.add_render_rule("table_close", _render_table_close)
    return parser


_parser = _build()
