"""Where the teacher's pages hang, and the menu that leads from one to another."""

from flask import Blueprint, current_app

blueprint = Blueprint("teacher", __name__, url_prefix="/v/<visit_id>", template_folder="templates")


@blueprint.app_template_test("a_page")
def is_a_page(endpoint: str) -> bool:
    """True while the tool has this page; menus leave out what it lacks."""
    return endpoint in current_app.view_functions
