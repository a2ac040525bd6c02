"""Where the learner's pages hang."""

from flask import Blueprint

blueprint = Blueprint("learner", __name__, url_prefix="/v/<visit_id>", template_folder="templates")
