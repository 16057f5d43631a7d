"""The fixture ``lambda_client`` and the mark ``formats``, in every pytest where this package is installed.

::

    @pytest.fixture
    def lambda_app():
        return app

    @pytest.mark.formats("aws_http", "gcp")
    def test_front_page(lambda_client):
        assert lambda_client.get("/").status == 200

Nothing of the package is imported before a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_bridge.testing import Client


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        'formats(*names): run the test with lambda_client under each of these formats, as in formats("aws_http", "gcp");'
        " without names under every one whose package is installed (lambda_bridge)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("formats")
    if mark is not None and "lambda_format" in metafunc.fixturenames:
        metafunc.parametrize("lambda_format", _parameters(mark.args), indirect=True)


def _parameters(names: tuple[Any, ...]) -> list[Any]:
    from lambda_bridge.formats import missing_package
    from lambda_bridge.testing import FORMATS

    parameters = []
    for name in names or FORMATS:
        try:
            missing = missing_package(name)
        except ValueError as error:
            pytest.fail(f"@pytest.mark.formats: {error}", pytrace=False)
        marks = [] if missing is None else [pytest.mark.skip(reason=f"{name} needs the package {missing}")]
        parameters.append(pytest.param(name, id=name, marks=marks))
    return parameters


@pytest.fixture
def lambda_app() -> Any:
    """Your WSGI or ASGI app, or your handler: define a fixture of this name that returns it."""
    pytest.fail("define a fixture lambda_app that returns your app, or your handler", pytrace=False)


@pytest.fixture
def lambda_format(request: pytest.FixtureRequest) -> str:
    """The format of lambda_client: one of the mark's, or aws_http."""
    name: str = getattr(request, "param", "aws_http")
    return name


@pytest.fixture
def lambda_client(lambda_app: Any, lambda_format: str) -> Iterator[Client]:
    """A lambda_bridge.testing.Client for lambda_app, as the cloud of lambda_format calls it; closed after the test."""
    from lambda_bridge.testing import Client

    with Client(lambda_app, lambda_format) as client:
        yield client
