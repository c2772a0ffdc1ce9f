"""What `uses:` leads to, and what the author is told when it leads nowhere."""

from __future__ import annotations

import sys
import textwrap
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from trakt.errors import PipelineError
from trakt.pipeline.uses import StepRegistry, resolve_uses


def some_step(ctx: Any) -> str:
    return "function"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "pipelines"


def write(root: Path, **files: str) -> None:
    for path, text in files.items():
        file = root / f"{path}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    points: list[EntryPoint] = []

    monkeypatch.setattr(metadata, "entry_points", lambda group: [each for each in points if each.group == group])
    return points


def fault_of(used: str, root: Path | None, registry: StepRegistry | None = None) -> PipelineError:
    with pytest.raises(PipelineError) as caught:
        resolve_uses(used, root, registry)
    assert len(caught.value.faults) == 1
    return caught.value


def test_a_function_is_used_as_it_is() -> None:
    assert resolve_uses(some_step, None) is some_step


def test_a_module_beside_the_file_exports_run(root: Path) -> None:
    write(root, **{"steps/normalize/double_amount": "def run(ctx): return 'double'"})

    assert resolve_uses("steps.normalize.double_amount", root)(None) == "double"


@pytest.mark.parametrize("name", ["steps.money.double", "steps.money:double"])
def test_a_function_of_a_module_can_be_named(root: Path, name: str) -> None:
    write(root, **{"steps/money": "def double(ctx): return 'double'"})

    assert resolve_uses(name, root)(None) == "double"


def test_a_package_may_export_run(root: Path) -> None:
    write(
        root,
        **{
            "steps/clean/__init__": "from .words import WORD\ndef run(ctx): return WORD",
            "steps/clean/words": "WORD = 5",
        },
    )

    assert resolve_uses("steps.clean", root)(None) == 5


def test_an_alias_wins_over_a_module_of_its_name(root: Path) -> None:
    write(root, clean="def run(ctx): return 'module'")

    assert resolve_uses("clean", root, StepRegistry({"clean": some_step}))(None) == "function"
    assert resolve_uses("clean", root)(None) == "module"


def test_an_alias_may_name_a_module_beside_the_file(root: Path) -> None:
    write(root, **{"steps/clean": "def run(ctx): return 'module'"})

    assert resolve_uses("tidy", root, StepRegistry({"tidy": "steps.clean"}))(None) == "module"


def test_an_installed_module_is_found_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, installed_step_module="def run(ctx): return 'installed'")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert resolve_uses("installed_step_module", None)(None) == "installed"
        assert resolve_uses("installed_step_module", tmp_path / "elsewhere")(None) == "installed"
    finally:
        sys.modules.pop("installed_step_module", None)


def test_an_entry_point_is_found_last_and_imported_only_when_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offered: list[EntryPoint]
) -> None:
    write(tmp_path, offered_step_module="def run(ctx): return 'run'\ndef other(ctx): return 'other'")
    monkeypatch.syspath_prepend(str(tmp_path))
    offered += [
        EntryPoint("tidy", "offered_step_module", "trakt.steps"),
        EntryPoint("other", "offered_step_module:other [extra]", "trakt.steps"),
        EntryPoint("broken", "no_such_module_at_all", "trakt.steps"),
        EntryPoint("string", "offered_step_module:other", "trakt.steps"),
    ]
    registry = StepRegistry.from_entry_points()
    assert "offered_step_module" not in sys.modules
    try:
        assert resolve_uses("tidy", None)(None) == "run"
        assert resolve_uses("other", None, registry)(None) == "other"
        # the standard library has a module `string`, which is no step
        assert resolve_uses("string", None)(None) == "other"
    finally:
        sys.modules.pop("offered_step_module", None)
    assert "'no_such_module_at_all' is missing" in fault_of("broken", None, registry).faults[0].what


def test_an_alias_cannot_stand_for_two_steps() -> None:
    registry = StepRegistry({"clean": "steps.clean"})
    registry.register("clean", "steps.clean")

    with pytest.raises(PipelineError, match=r"'clean' stands for two steps: steps\.clean and steps\.other"):
        registry.register("clean", "steps.other")
    assert dict(registry.aliases) == {"clean": "steps.clean"}


@pytest.mark.parametrize("target", [None, 5, "", "  "])
def test_an_alias_stands_for_a_function_or_a_name(target: Any) -> None:
    with pytest.raises(PipelineError, match="must stand for a function or a module name"):
        StepRegistry({"clean": target})


def test_two_functions_of_one_name_are_two_steps() -> None:
    registry = StepRegistry({"clean": lambda ctx: 1})

    with pytest.raises(PipelineError, match="stands for two steps"):
        registry.register("clean", lambda ctx: 2)


def test_an_alias_has_a_name() -> None:
    with pytest.raises(PipelineError, match="non-empty text"):
        StepRegistry({" ": some_step})


def test_a_misspelt_module_names_the_nearest(root: Path) -> None:
    write(root, **{"steps/normalize/double_amount": "", "steps/other": ""})

    error = fault_of("steps.normalise.double_amount", root)

    assert "there is no step 'steps.normalise.double_amount'" in str(error)
    assert error.hint == "did you mean 'steps.normalize.double_amount'?"


def test_a_missing_module_lists_those_that_exist(root: Path) -> None:
    write(root, **{"steps/alpha": "", "lookups": ""})

    assert fault_of("zzz", root).hint == "modules beside the pipeline file: lookups, steps.alpha"


def test_without_any_module_the_author_is_told_where_to_write_one(tmp_path: Path) -> None:
    assert "write run(ctx, ...) in steps/zzz.py there" in (fault_of("steps.zzz", tmp_path).hint or "")


def test_without_a_folder_the_author_is_told_what_may_be_given() -> None:
    assert "installed module" in (fault_of("zzz.zzz", None).hint or "")


def test_a_misspelt_alias_names_the_nearest() -> None:
    assert fault_of("cleen_up", None, StepRegistry({"clean_up": some_step})).hint == "did you mean 'clean_up'?"


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "a..b", ".steps", "steps.", "steps:", "a b"])
def test_what_is_no_module_name_is_no_step(tmp_path: Path, name: str) -> None:
    assert f"there is no step '{name}'" in str(fault_of(name, tmp_path))


def test_a_module_without_run_names_its_functions(root: Path) -> None:
    write(root, **{"steps/money": "from json import dumps\ndef double(ctx): ...\ndef halve(ctx): ..."})

    error = fault_of("steps.money", root)

    assert error.faults[0].what == "the module 'steps.money' has no function 'run'"
    assert error.faults[0].where == str(root / "steps/money.py")
    assert error.hint == "it defines double or halve: name one as 'uses: steps.money.double'"


def test_a_misspelt_function_names_the_nearest(root: Path) -> None:
    write(root, **{"steps/money": "def double(ctx): ..."})

    assert fault_of("steps.money.duoble", root).hint == "did you mean 'double'?"


def test_a_module_without_functions_is_told_what_to_define(root: Path) -> None:
    write(root, **{"steps/money": "run = 5"})

    assert fault_of("steps.money", root).hint == "define run(ctx, ...) in it"


def test_a_syntax_error_is_told_with_its_line(root: Path) -> None:
    write(root, **{"steps/money": "x = 1\ndef run(ctx:\n    pass\n"})

    error = fault_of("steps.money", root)

    assert error.faults[0].what.startswith("the step module 'steps.money' is not valid Python:")
    assert (error.faults[0].where or "").startswith(f"{root / 'steps/money.py'}:2:")
    assert isinstance(error.__cause__, SyntaxError)


def test_a_missing_dependency_is_told_with_the_line_that_needs_it(root: Path) -> None:
    write(root, **{"steps/money": "from steps import words", "steps/words": "\nimport no_such_package_here.part"})

    error = fault_of("steps.money", root)

    assert "ModuleNotFoundError: No module named 'no_such_package_here'" in error.faults[0].what
    assert error.faults[0].where == f"{root / 'steps/words.py'}:2"
    assert "install the package that provides 'no_such_package_here'" in (error.hint or "")
    assert isinstance(error.__cause__, ModuleNotFoundError)


def test_a_misspelt_import_inside_a_step_names_the_nearest_module(root: Path) -> None:
    write(root, **{"steps/money": "import steps.wrods", "steps/words": ""})

    error = fault_of("steps.money", root)

    assert "No module named 'steps.wrods'" in error.faults[0].what
    assert error.hint == "did you mean 'steps.words'?"


def test_a_library_beside_the_file_is_not_taken_for_the_authors_line(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, **{"steps/money": "import failing_library", "env/failing_library": "\n\n1 / 0"})
    monkeypatch.syspath_prepend(str(root / "env"))

    assert fault_of("steps.money", root).faults[0].where == f"{root / 'steps/money.py'}:1"


@pytest.mark.parametrize("text", ["1 / 0", "import sys; sys.exit(3)"])
def test_a_module_that_fails_while_imported_is_told_with_its_line(root: Path, text: str) -> None:
    write(root, **{"steps/money": f"x = 1\n{text}\n"})

    error = fault_of("steps.money", root)

    assert "fails while it is imported" in error.faults[0].what
    assert error.faults[0].where == f"{root / 'steps/money.py'}:2"


def test_a_wrong_contract_is_told_with_its_own_words(root: Path) -> None:
    write(
        root,
        **{
            "steps/money": "from trakt.pipeline.contract import step_contract\n@step_contract(inputs=['inptu'], outputs=['output'])\ndef run(ctx, input): ..."
        },
    )

    error = fault_of("steps.money", root)

    assert "the declared input 'inptu' is no parameter of the function" in error.faults[0].what
    assert error.hint == "did you mean 'input'?"
    assert str(root / "steps/money.py") in (error.faults[0].where or "")


def test_a_folder_of_modules_is_no_step(root: Path) -> None:
    write(root, **{"steps/money/double": "def run(ctx): ..."})

    assert fault_of("steps.money", root).hint == "did you mean 'steps.money.double'?"
