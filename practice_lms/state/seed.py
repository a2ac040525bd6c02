"""The school that stands there at the start. All of it is fictional; addresses end in .test."""

from practice_lms.state.gradebook import LineItem, add_lineitem
from practice_lms.state.school import Course, CourseRole, User, add_course, add_user, enrol
from practice_lms.state.store import Store
from practice_lms.state.tools import Link, Tool, deploy, save_link, save_tool

SCHOOL = "Voorbeeld College"
CLIENT_ID = "technohub-oefen"
DEPLOYMENT_ID = "1"
SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly",
    "https://purl.imsglobal.org/spec/lti/scope/noticehandlers",
)
PEOPLE = (
    User("fatima", "Fatima", "Yıldız", "fatima.yildiz@voorbeeldcollege.test"),
    User("sanne", "Sanne", "de Vries", "sanne.devries@voorbeeldcollege.test"),
    User("youssef", "Youssef", "Amrani", "youssef.amrani@voorbeeldcollege.test"),
    User("lotte", "Lotte", "Bakker", "lotte.bakker@voorbeeldcollege.test"),
    User("teststudent", "Test", "Student", "teststudent@voorbeeldcollege.test", is_test=True),
    User("mirjam", "Mirjam", "Visser", "mirjam.visser@voorbeeldcollege.test", is_admin=True),
)
COURSES = (
    Course("mechatronica-4b", "Mechatronica 4B", "MT4B"),
    Course("plaatbewerking-3a", "Plaatbewerking 3A", "PB3A"),
)
COBOTS = {"module": "cobots-veilig-inzetten"}
LASER = {"module": "lasersnijden-en-kanten"}


def practice_tool(base: str) -> Tool:
    """The registration of the tool that this platform is started with."""
    root = base.rstrip("/")
    return Tool(
        client_id=CLIENT_ID,
        name="Technohub",
        login_url=f"{root}/lti/login",
        redirect_uris=(f"{root}/lti/launch",),
        target_link_uri=f"{root}/lti/launch",
        jwks_url=f"{root}/lti/jwks.json",
        scopes=SCOPES,
    )


def sow(store: Store, tool_url: str) -> None:
    """Fill an empty store."""
    save_tool(store, practice_tool(tool_url))
    deploy(store, CLIENT_ID, DEPLOYMENT_ID)
    for user in PEOPLE:
        add_user(store, user)
    for course in COURSES:
        add_course(store, course)
        _enrol_class(store, course.id)
    _place(store, "cobots", COURSES[0], "Cobots veilig inzetten", COBOTS, 100)
    _place(store, "lasersnijden", COURSES[0], "Lasersnijden en kanten", LASER, 10)
    _place(store, "nog-te-kiezen", COURSES[0], "Nog te kiezen", {}, None)
    _place(store, "cobots-3a", COURSES[1], "Cobots veilig inzetten", COBOTS, 100)


def _enrol_class(store: Store, course_id: str) -> None:
    enrol(store, course_id, "fatima", CourseRole.TEACHER)
    for student in ("sanne", "youssef", "lotte", "teststudent"):
        enrol(store, course_id, student, CourseRole.STUDENT)


def _place(
    store: Store, link_id: str, course: Course, title: str, custom: dict[str, str], maximum: float | None
) -> None:
    save_link(store, Link(link_id, course.id, CLIENT_ID, DEPLOYMENT_ID, title, custom=custom))
    if maximum is not None:
        add_lineitem(store, LineItem(0, course.id, CLIENT_ID, title, maximum, link_id=link_id))
