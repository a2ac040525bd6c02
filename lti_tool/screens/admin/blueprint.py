"""The staff pages' blueprint; the modules beside it hang their addresses on it."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/staff", template_folder="templates")
