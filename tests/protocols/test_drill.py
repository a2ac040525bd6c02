"""kill -9 at random moments: the short drill. The full one: python -m tools.drill."""

import pytest

from tools.drill import drill


@pytest.mark.slow
def test_no_grade_is_lost_or_changed_when_processes_are_killed(tmp_path):
    report = drill(8, 200, "", tmp_path)
    print(report.text())
    assert report.faults == []
    assert report.counts["final numbers equal to the standing"] == report.counts["learners"] == 10
    assert report.counts["kills of the worker"] + report.counts["kills of the recorder"] == 8
