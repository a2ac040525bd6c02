"""What watched launches tell: that they work, what comes along of a person, and whether teachers can choose."""

from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, grey, red
from lti_tool.protocols.doctor.patient import Patient
from lti_tool.protocols.lti.claims import DEEP_LINKING_REQUEST


def launch_light(patient: Patient) -> Light:
    last = patient.last
    if last is None:
        return grey(Topic.LAUNCH, "launch-none")
    facts = {"at": last.at.isoformat(timespec="seconds"), "reference": last.reference}
    if last.code is not None:
        return red(Topic.LAUNCH, "launch-refused", refusal=last.code, refusal_facts=last.facts.get("refusal"), **facts)
    return green(Topic.LAUNCH, "launch-ok", took_s=last.facts.get("took_s"), **facts)


def choosing_light(patient: Patient) -> Light:
    """Whether teachers can choose modules inside their course. A launch tells more than what was granted."""
    last, seen_at = patient.chosen, patient.chose_at
    if last is not None and last.code is not None and (seen_at is None or seen_at < last.at):
        return red(
            Topic.CHOOSING, "choosing-refused", refusal=last.code, refusal_facts=last.facts.get("refusal"),
            reference=last.reference,
        )  # fmt: skip
    if last is not None or seen_at is not None:
        return green(Topic.CHOOSING, "choosing-ok")
    if patient.messages is None:
        return grey(Topic.CHOOSING, "choosing-unknown")
    if DEEP_LINKING_REQUEST in patient.messages:
        return green(Topic.CHOOSING, "choosing-granted")
    return amber(Topic.CHOOSING, "choosing-not-granted")


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
