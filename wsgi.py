"""The WSGI application for servers other than `lti-tool serve`, made from the environment's settings: `app`."""

from lti_tool.app import app_from_environ

app = app_from_environ()
