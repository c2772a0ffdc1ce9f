"""A Python of the runtime's own version."""

import sys

import pytest

from deploy import DeployError, tools
from deploy.runtimes import LAMBDA, Runtime


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose finder of Pythons finds the one that runs this test."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "find_python").write_text(f'echo "{sys.executable}"\n', encoding="utf-8")
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    monkeypatch.setattr(tools.sys, "platform", "linux")
    monkeypatch.setattr(tools.platform, "machine", lambda: "x86_64")
    return tmp_path


def test_another_version_of_python_is_not_taken_for_the_one_that_is_needed(checkout):
    with pytest.raises(DeployError, match=r"there is no Python 3\.99 here\n  -> install it; only 3\.\d+ was found"):
        tools.python_of(Runtime("lambda", "3.99"))
    assert not (checkout / "build").exists()


def test_a_machine_on_which_nothing_could_be_tried_out_is_refused(checkout, monkeypatch):
    monkeypatch.setattr(tools.platform, "machine", lambda: "arm64")
    with pytest.raises(DeployError, match=r"that takes Linux on x86_64, not (.|\n)*  -> build on such a machine"):
        tools.python_of(LAMBDA)


def test_a_program_that_fails_is_told_in_its_own_last_words(checkout):
    script = "import sys; print('WARNING: something'); sys.exit('no such package')"
    with pytest.raises(DeployError, match=r"^could not pip wheel: no such package\n"):
        tools._run([sys.executable, "-c", script], "pip wheel")
