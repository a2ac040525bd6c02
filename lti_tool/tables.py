"""Every table of the tool, imported once, so that migrations and tests see them all."""

from lti_tool.base import heartbeat, outbox
from lti_tool.base.db import Base
from lti_tool.learning import audit
from lti_tool.learning.assessment import models as assessment
from lti_tool.learning.catalogue import models as catalogue
from lti_tool.learning.people import models as people
from lti_tool.learning.progress import models as progress
from lti_tool.learning.sessions import models as sessions
from lti_tool.protocols.contracts import models as contracts
from lti_tool.protocols.deep_linking import models as deep_linking
from lti_tool.protocols.doctor import models as doctor
from lti_tool.protocols.grades import models as grades
from lti_tool.protocols.lti import models as lti
from lti_tool.protocols.mail import models as mail
from lti_tool.protocols.platforms import models as platforms
from lti_tool.protocols.resource_links import models as resource_links
from lti_tool.protocols.sso import models as sso
from lti_tool.web import staff, visits

MODULES = (
    heartbeat, outbox, audit, assessment, catalogue, people, progress, contracts, deep_linking, doctor, grades, lti,
    mail, platforms, resource_links, sessions, sso, staff, visits,
)  # fmt: skip

metadata = Base.metadata
