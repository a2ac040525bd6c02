"""kill -9 at 50 random moments over 2,000 scores, on each database. The same as a command: python -m tools.drill."""

import pytest

from tools.drill import drill


@pytest.mark.slow
@pytest.mark.drill
def test_no_grade_is_lost_or_changed_when_processes_are_killed(tmp_path, database_url):
    folder = tmp_path / "drill"
    folder.mkdir()
    report = drill(50, 2000, database_url, folder)
    print(report.text())
    assert report.faults == []
    assert report.counts["scores recorded"] == 2000
    assert report.counts["final numbers equal to the standing"] == report.counts["learners"] == 100
    assert report.counts["kills of the workers"] + report.counts["kills of the recorder"] == 50
    assert report.counts["kills of the workers"] > 0
    assert report.counts["kills of the recorder"] > 0
