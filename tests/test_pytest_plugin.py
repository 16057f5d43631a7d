"""The plugin as a user's pytest has it: a fixture, a mark, and nothing before they are asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import lambda_bridge
from tests.test_imports import modules_after

pytest_plugins = ["pytester"]

APP = """
import pytest

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["lambda_bridge.format"].encode()]

@pytest.fixture
def lambda_app():
    return app
"""


@pytest.fixture
def user(pytester: pytest.Pytester) -> pytest.Pytester:
    """The folder of a user who has an app in conftest.py."""
    pytester.makeconftest(APP)
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers -p no:randomly -p no:hypothesispytest\nfilterwarnings = error"
    )
    return pytester


def test_client_of_the_users_app(user: pytest.Pytester) -> None:
    """Without a mark it is AWS's HTTP API."""
    user.makepyfile("def test_it(lambda_client):\n    assert lambda_client.get('/').text == 'aws_http'")

    user.runpytest().assert_outcomes(passed=1)


def test_mark_runs_a_test_under_each_format(user: pytest.Pytester) -> None:
    """The format is in the name of the test, and in a fixture."""
    user.makepyfile(
        """
        import pytest

        @pytest.mark.formats("aws_alb:multi", "gcp")
        def test_it(lambda_client, lambda_format):
            assert lambda_format.startswith(lambda_client.get("/").text)
        """
    )
    result = user.runpytest("-v")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_it[[]aws_alb:multi] PASSED*", "*::test_it[[]gcp] PASSED*"])


def test_mark_without_names_means_every_format(user: pytest.Pytester) -> None:
    """For a whole module too; tests without the client run once."""
    user.makepyfile(
        """
        import pytest
        from lambda_bridge.testing import FORMATS

        pytestmark = pytest.mark.formats
        seen = []

        def test_each(lambda_client):
            seen.append(lambda_client.format)

        def test_all():
            assert seen == list(FORMATS)

        @pytest.mark.formats("aws_url")
        def test_nearest_mark_counts(lambda_client):
            assert lambda_client.format == "aws_url"
        """
    )
    from lambda_bridge.testing import FORMATS

    user.runpytest().assert_outcomes(passed=len(FORMATS) + 2)


def test_format_whose_package_is_missing_is_skipped(user: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name."""
    monkeypatch.setattr("lambda_bridge.formats.gcp.NEEDS", "no_such_package")
    user.makepyfile(
        "import pytest\n@pytest.mark.formats('aws_http', 'gcp')\ndef test_it(lambda_client):\n    lambda_client.get('/')"
    )
    result = user.runpytest("-rs")

    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*gcp needs the package no_such_package*"])


def test_unknown_format_is_one_line(user: pytest.Pytester) -> None:
    """It names all that there are."""
    user.makepyfile("import pytest\n@pytest.mark.formats('aws_htpt')\ndef test_it(lambda_client):\n    pass")
    result = user.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["@pytest.mark.formats: 'aws_htpt' is no format: did you mean aws_http*"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_no_app(pytester: pytest.Pytester) -> None:
    """Who has no fixture lambda_app hears what to do."""
    pytester.makepyfile("def test_it(lambda_client):\n    pass")
    result = pytester.runpytest("-p", "no:randomly")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*define a fixture lambda_app that returns your app, or your handler*"])


def test_client_is_closed_after_the_test(pytester: pytest.Pytester) -> None:
    """An app's lifespan ends with it."""
    pytester.makepyfile(
        """
        import pytest

        events = []

        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                await receive()
                events.append("started")
                await send({"type": "lifespan.startup.complete"})
                await receive()
                events.append("ended")
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})

        @pytest.fixture
        def lambda_app():
            return app

        def test_one(lambda_client):
            assert lambda_client.get("/").status == 204
            assert events == ["started"]

        def test_two():
            assert events == ["started", "ended"]
        """
    )

    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=2)


def test_help_shows_the_mark_and_the_fixtures(pytester: pytest.Pytester) -> None:
    """In pytest's own lists."""
    pytester.runpytest("--markers").stdout.fnmatch_lines(
        ["@pytest.mark.formats(*names): run the test with lambda_client*"]
    )
    pytester.runpytest("--fixtures").stdout.fnmatch_lines(["lambda_app*", "lambda_format*", "lambda_client*"])


def test_import_brings_nothing_else_of_the_package() -> None:
    """pytest imports a plugin before it measures coverage, and for every user of the environment."""
    source = f"import sys; sys.path[:0] = {[str(Path(lambda_bridge.__file__).parents[1]), *sys.path]!r}; import lambda_bridge.pytest_plugin; print(*sys.modules)"

    assert {name for name in modules_after(source) if name.startswith("lambda_bridge")} == {
        "lambda_bridge",
        "lambda_bridge.pytest_plugin",
    }
