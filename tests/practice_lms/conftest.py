"""A running practice platform and a tool that it knows. Everything goes over HTTP."""

from collections.abc import Iterator

import pytest
from practice_double import Platform, ToolDouble, running_tool

from practice_lms import PracticeConfig
from practice_lms.server import running


@pytest.fixture(scope="session")
def tool_server() -> Iterator[ToolDouble]:
    with running_tool() as tool:
        yield tool


@pytest.fixture(scope="session")
def platform_server(tool_server: ToolDouble) -> Iterator[Platform]:
    with running(PracticeConfig(tool=tool_server.url)) as started:
        yield Platform(started.url, tool_server)


@pytest.fixture
def platform(platform_server: Platform) -> Platform:
    """The seed, with nothing planned to go wrong."""
    platform_server.control("reset")
    platform_server.tool.pages.clear()
    return platform_server
