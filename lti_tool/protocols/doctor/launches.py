"""What the last watched launch tells: that launches work, and what comes along of a person."""

from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, grey, red
from lti_tool.protocols.doctor.patient import Patient


def launch_light(patient: Patient) -> Light:
    last = patient.last
    if last is None:
        return grey(Topic.LAUNCH, "launch-none")
    facts = {"at": last.at.isoformat(timespec="seconds"), "reference": last.reference}
    if last.code is not None:
        return red(Topic.LAUNCH, "launch-refused", refusal=last.code, refusal_facts=last.facts.get("refusal"), **facts)
    return green(Topic.LAUNCH, "launch-ok", took_s=last.facts.get("took_s"), **facts)


def person_light(patient: Patient) -> Light:
    """Judged by what was agreed with the school: a school that sends no names on purpose sees green."""
    accepted = patient.accepted
    if accepted is None:
        return grey(Topic.PERSON, "needs-launch")
    facts = accepted.facts
    if not facts.get("has_subject"):
        return amber(Topic.PERSON, "person-anonymous")
    if facts.get("role") == "none":
        return amber(Topic.PERSON, "person-no-role")
    if patient.wants_names and not facts.get("has_name"):
        code = "person-no-name-no-email" if patient.wants_emails and not facts.get("has_email") else "person-no-name"
        return amber(Topic.PERSON, code)
    if patient.wants_emails and not facts.get("has_email"):
        return amber(Topic.PERSON, "person-no-email")
    return green(Topic.PERSON, "person-ok" if patient.wants_emails else "person-as-agreed")
