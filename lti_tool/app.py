"""The composition root: the only module that knows every package. `create_app` puts the house together."""

import gc
from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config.default import Settings
from lti_tool.base.queue import Queue
from lti_tool.protocols.doctor import invite, watch
from lti_tool.protocols.doctor import views as doctor
from lti_tool.protocols.lti import notice_views as notices
from lti_tool.protocols.lti import registration_views as registration
from lti_tool.protocols.lti import views as lti
from lti_tool.protocols.sso import client
from lti_tool.protocols.sso import oidc_views as sso
from lti_tool.screens import admin, connect, learner, public, teacher
from lti_tool.web import assets, errors, extensions, formats, headers, i18n, limits, observability, stages, transaction
from lti_tool.web.proxies import BelieveOnly


def create_app(settings: Settings, *, wake: Callable[[], None] = lambda: None) -> Flask:
    """The web application. Raises config.default.SettingError when a needed setting is missing."""
    settings.check()
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_kb * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_body_kb * 1024
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.wsgi_app = BelieveOnly(app.wsgi_app, ProxyFix(app.wsgi_app), settings.trusted_proxies)  # type: ignore[method-assign]
    extensions.init(app, settings, wake)
    # answers pass these from the last to the first
    observability.init(app, {"keys": lti.keys_are_open})
    headers.init(app)
    limits.init(app, settings)
    transaction.init(app)
    i18n.init(app, settings)
    errors.init(app)
    assets.init(app)
    formats.init(app)
    stages.init(app)
    lti.init(app, watch.note)
    registration.init(app, invite.make)
    client.init(app, settings)
    for part in (learner, teacher, admin, doctor, sso, public, connect, notices):
        app.register_blueprint(part.blueprint)
    return app


def app_from_environ() -> Flask:
    """The application as servers run it: settings from LTI_TOOL_* variables, the bell rung on the queue."""
    settings = Settings.from_environ()
    settings.check()
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    observability.set_up_logging(settings)
    queue = Queue(settings.queue, settings.secret_keys[0])
    app = create_app(settings, wake=queue.ring)
    # What is made at the start lives as long as the process: 5 % of a launch's CPU went into looking through it.
    gc.collect()
    gc.freeze()
    return app
