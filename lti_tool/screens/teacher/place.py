"""Addresses of the chooser: search, look, put together, and place in the course (Deep Linking 2.0), or in one link."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from flask import redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from lti_tool.learning.catalogue import shelf
from lti_tool.protocols.deep_linking import sending
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.resource_links.rules import Terms
from lti_tool.screens.covers import cover
from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher import choice, errands, terms_form
from lti_tool.screens.teacher.basket import Piece
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.screens.teacher.errands import PER_PAGE, Errand, errand_of
from lti_tool.screens.teacher.filters import filters, page_address
from lti_tool.screens.teacher.mappings import mapping
from lti_tool.web.guards import needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.get("/place")
@needs("teacher")
def place(visit: Visit) -> str:
    """What may be chosen, narrowed down by what the address asks."""
    errand, wish = errand_of(session(), visit), errands.wish()
    index = shelf.shelf(session(), errand.hubs)
    found = index.find(wish)
    begin = max(0, request.args.get("page", 1, type=int) - 1) * PER_PAGE
    shown = found.cards[begin : begin + PER_PAGE]
    return page(
        session(), visit, "teacher/place.html", errand=errand, wish=wish, index=index, found=found, shown=shown,
        begin=begin, per_page=PER_PAGE, cover=cover, filters=filters(index.cards, wish), page_address=page_address,
    )  # fmt: skip


@blueprint.get("/place/m/<module_id>")
@needs("teacher")
def place_module(visit: Visit, module_id: str) -> str:
    errand = errand_of(session(), visit)
    card = shelf.card(session(), module_id, errand.hubs)
    return page(session(), visit, "teacher/place_module.html", errand=errand, card=card, cover=cover)


@blueprint.post("/place")
@needs("teacher")
def placed(visit: Visit) -> Response:
    """Place these modules at once, as is right for most; or let the link open this one. None of them: cancelled."""
    errand = errand_of(session(), visit)
    if errand.wanted is None:
        choice.make(session(), visit, request.form)
        return redirect(url_for("learner.overview", visit_id=visit.public_id, _anchor=HEADING), 303)
    modules = request.form.getlist("module")[: errand.wanted.most_items + 1]  # one too many is refused as such
    pieces = tuple(_chosen(errand, module) for module in modules)
    words = _placed(len(pieces)) if pieces else gettext("Nothing was chosen.")
    return sending.sent(visit, errands.answer(session(), errand, pieces, words))


@blueprint.post("/place/add")
@needs("teacher")
def place_add(visit: Visit) -> Response:
    """Put a module, or one part of it, in the list."""
    errand = errand_of(session(), visit)
    errands.must_be_open(errand)
    piece = _chosen(errand, request.form.get("module", ""))
    errands.add(session(), errand, piece)
    if not errand.takes_several:
        return redirect(url_for("teacher.place_piece", visit_id=visit.public_id, piece=piece.key, _anchor=HEADING), 303)
    return redirect(_back(visit, piece.terms), 303)


def _chosen(errand: Errand, module: str) -> Piece:
    card = shelf.card(session(), module, errand.hubs)
    return errands.piece_of(errand, card, errands.part_of(card, request.form.get("activity")))


@blueprint.get("/place/list")
@needs("teacher")
def place_list(visit: Visit) -> str:
    errand = errand_of(session(), visit)
    cards = {card.public_id: card for card in shelf.shelf(session(), errand.hubs).cards}
    return page(session(), visit, "teacher/place_list.html", errand=errand, cards=cards, cover=cover)


@blueprint.post("/place/list")
@needs("teacher")
def place_move(visit: Visit) -> Response:
    """Move a piece up or down, or take it out."""
    errand = errand_of(session(), visit)
    moved = errand.basket.moved(request.form.get("piece", ""), request.form.get("how", ""))
    errands.keep(session(), errand, moved)
    return redirect(url_for("teacher.place_list", visit_id=visit.public_id, _anchor=HEADING), 303)


@blueprint.get("/place/list/<piece>")
@needs("teacher")
def place_piece(visit: Visit, piece: str) -> str:
    """How one piece counts, for whom and until when."""
    errand = errand_of(session(), visit)
    chosen = errand.basket.piece(piece)
    return _piece_page(visit, errand, chosen, errands.typed_of(chosen))


@blueprint.post("/place/list/<piece>")
@needs("teacher")
def place_set(visit: Visit, piece: str) -> Response | tuple[str, int]:
    """Keep what was filled in; with `look` only show what it becomes."""
    errand = errand_of(session(), visit)
    chosen = errand.basket.piece(piece)
    card = shelf.card(session(), chosen.terms.module or "", errand.hubs)
    typed = terms_form.read(request.form, errands.typed_of(chosen), card, errand.bounds)
    if typed.problems or "look" in request.form:
        return _piece_page(visit, errand, chosen, typed), 200 if "look" in request.form else 400
    anew = replace(chosen, terms=typed.terms, title=typed.title, maximum=typed.maximum)
    changed = errand.basket.changed(anew, seen=request.form.get("revision", -1, type=int))
    errands.keep(session(), errand, changed)
    return redirect(url_for("teacher.place_list", visit_id=visit.public_id, _anchor=HEADING), 303)


@blueprint.post("/place/answer")
@needs("teacher")
def place_answer(visit: Visit) -> Response:
    """Place the list as this page showed it."""
    errand = errand_of(session(), visit)
    errand.basket.must_be(request.form.get("revision", -1, type=int))
    pieces = errand.basket.pieces
    return sending.sent(visit, errands.answer(session(), errand, pieces, _placed(len(pieces))))


@blueprint.post("/place/again")
@needs("teacher")
def place_again(visit: Visit) -> Response:
    """Send once more what was placed before, as it was."""
    again = deep_linking.answered(session(), visit)
    if again is None:
        return redirect(url_for("teacher.place", visit_id=visit.public_id), 303)
    return sending.sent(visit, replace(again, is_again=False))


def _piece_page(visit: Visit, errand: Errand, piece: Piece, typed: terms_form.Typed) -> str:
    card = shelf.card(session(), piece.terms.module or "", errand.hubs)
    near = errand.wanted.maximum_near if errand.wanted else float
    return page(
        session(), visit, "teacher/place_piece.html", errand=errand, piece=piece, typed=typed, card=card,
        mapping=mapping(session(), card.version_id, typed.terms, typed.maximum, near),
        part=errands.part_of(card, piece.terms.activity), shown=terms_form.shown, bounds=errand.bounds,
    )  # fmt: skip


def _placed(count: int) -> str:
    return str(ngettext("%(num)d part was chosen.", "%(num)d parts were chosen.", count))


def _back(visit: Visit, terms: Terms) -> str:
    """Where somebody stood: at a part on the page of its module, or at a card of what they had searched."""
    path, _, asked = request.form.get("back", "").partition("#")[0].partition("?")
    if path.endswith(f"/place/m/{terms.module}"):
        anchor = f"part-{terms.activity}" if terms.activity else HEADING
        return url_for("teacher.place_module", visit_id=visit.public_id, module_id=terms.module, _anchor=anchor)
    home, asked = url_for("teacher.place", visit_id=visit.public_id), urlencode(parse_qsl(asked))
    return f"{home}?{asked}#m-{terms.module}" if asked else f"{home}#m-{terms.module}"
