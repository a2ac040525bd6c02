"""kill -9 at 20 random moments over 800 scores, on each database. `make drill` does 50 over 2,000."""

import pytest

from tools.drill import drill


@pytest.mark.slow
@pytest.mark.drill
def test_no_grade_is_lost_or_changed_when_processes_are_killed(tmp_path, database_url):
    folder = tmp_path / "drill"
    folder.mkdir()
    report = drill(20, 800, database_url, folder)
    print(report.text())
    assert report.faults == []
    assert report.counts["scores recorded"] == 800
    assert report.counts["final numbers equal to the standing"] == report.counts["learners"]
    assert report.counts["kills of the workers"] + report.counts["kills of the recorder"] == 20
    assert report.counts["kills of the workers"] > 0
    assert report.counts["kills of the recorder"] > 0
