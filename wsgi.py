"""The WSGI application, made from the environment's settings: `app`."""

import gc

from lti_tool.app import app_from_environ

app = app_from_environ()
# What is made at the start lives as long as the process: 5 % of a launch's CPU went into looking through it.
gc.collect()
gc.freeze()
