"""The composition of a practice platform: state, endpoints, pages, and the gate before them."""

from flask import Flask

from practice_lms import control, lti, pages
from practice_lms.config import PracticeConfig
from practice_lms.gate import Gate
from practice_lms.lti import answers
from practice_lms.state.practice import Practice, open_practice


def create_app(config: PracticeConfig | None = None, practice: Practice | None = None) -> Flask:
    """A Flask app that is one platform; its state is `app.extensions["practice"]`."""
    app = Flask(__name__)
    state = practice or open_practice(config or PracticeConfig())
    app.extensions["practice"] = state
    app.config["MAX_CONTENT_LENGTH"] = 8_000_000
    answers.install(app)
    for blueprint in (*lti.blueprints(), *control.blueprints(), *pages.blueprints()):
        app.register_blueprint(blueprint)
    pages.install(app)
    app.wsgi_app = Gate(app.wsgi_app, state)  # type: ignore[method-assign]
    return app
