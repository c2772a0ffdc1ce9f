"""Two folders may both have a `steps`, and neither sees the other's."""

from __future__ import annotations

import concurrent.futures
import importlib
import os
import pickle
import sys
import textwrap
import typing
from collections.abc import Callable
from pathlib import Path

import pytest

from trakt.errors import PipelineError
from trakt.pipeline.isolation import folder_of
from trakt.pipeline.uses import resolve_uses

Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    def make(name: str, **files: str) -> Path:
        root = tmp_path / name
        for path, text in files.items():
            write(root / f"{path}.py", text)
        root.mkdir(exist_ok=True)
        return root

    return make


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(textwrap.dedent(text))


def run(root: Path, uses: str) -> object:
    return resolve_uses(uses, root)(None)


def test_two_pipelines_each_run_their_own_steps(folder: Folder) -> None:
    first = folder("first", **{"steps/which": "def run(ctx): return 'first'"})
    second = folder("second", **{"steps/which": "def run(ctx): return 'second'"})

    assert [run(first, "steps.which"), run(second, "steps.which"), run(first, "steps.which")] == [
        "first",
        "second",
        "first",
    ]


IMPORTS = {
    "from a module": "from steps.words import WORD\ndef run(ctx): return WORD",
    "from the package": "from steps import words\ndef run(ctx): return words.WORD",
    "as another name": "import steps.words as w\ndef run(ctx): return w.WORD",
    "by its full name": "import steps.words\ndef run(ctx): return steps.words.WORD",
    "relative": "from .words import WORD\ndef run(ctx): return WORD",
    "relative package": "from . import words\ndef run(ctx): return words.WORD",
    "inside the function": "def run(ctx):\n    from steps.words import WORD\n    return WORD",
    "relative inside the function": "def run(ctx):\n    from .words import WORD\n    return WORD",
    "star": "from steps.words import *\ndef run(ctx): return WORD",
    "a module beside": "import lookups\ndef run(ctx): return lookups.WORD",
    "a module beside, later": "def run(ctx):\n    import lookups\n    return lookups.WORD",
    "dynamic, relative": "import importlib\ndef run(ctx): return importlib.import_module('.words', __package__).WORD",
    "dunder import": "def run(ctx): return __import__('steps.words').words.WORD",
    "inside exec": "def run(ctx):\n    names = {'__builtins__': __builtins__}\n    exec('import steps.words as w', names)\n    return names['w'].WORD",
}


@pytest.mark.parametrize("has_init", [True, False], ids=["with __init__", "without __init__"])
@pytest.mark.parametrize("text", IMPORTS.values(), ids=IMPORTS.keys())
def test_imports_inside_steps_lead_to_the_same_folder(folder: Folder, text: str, has_init: bool) -> None:
    roots = []
    for name in ("first", "second"):
        files = {"steps/which": text, "steps/words": f"WORD = '{name}'", "lookups": f"WORD = '{name}'"}
        roots.append(folder(name, **files, **({"steps/__init__": ""} if has_init else {})))
    functions = [resolve_uses("steps.which", root) for root in roots]

    assert [function(None) for function in functions] == ["first", "second"]


def test_the_public_import_state_is_left_as_it_was(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "steps/which": "import lookups, json\ndef run(ctx):\n    import steps.late\n",
            "steps/late": "",
            "lookups": "",
        },
    )
    path, names = list(sys.path), set(sys.modules)

    run(root, "steps.which")

    assert sys.path == path
    assert {name for name in set(sys.modules) - names if not name.startswith("_trakt_steps_")} == set()


def test_a_public_steps_package_of_someone_else_stays_theirs(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = folder("theirs", **{"steps/__init__": "", "steps/words": "WORD = 'theirs'"})
    monkeypatch.syspath_prepend(str(theirs))
    public = importlib.import_module("steps.words")
    try:
        ours = folder(
            "ours",
            **{
                "steps/which": "from steps import words\nfrom steps.words import WORD\ndef run(ctx): return WORD, words.WORD",
                "steps/words": "WORD = 'ours'",
            },
        )

        assert run(ours, "steps.which") == ("ours", "ours")
        assert sys.modules["steps.words"] is public
        assert public.WORD == "theirs"
    finally:
        for name in ("steps", "steps.words"):
            sys.modules.pop(name, None)


def test_a_folder_of_scripts_does_not_hide_an_installed_package(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "yaml/script": "",
            "json/script": "",
            "steps/which": "import yaml, json\nfrom yaml import safe_load\ndef run(ctx): return safe_load('1'), json.dumps(2), yaml.__name__",
        },
    )

    assert run(root, "steps.which") == (1, "2", "yaml")


def test_a_folder_of_scripts_never_stands_in_for_the_standard_library(folder: Folder) -> None:
    root = folder("first", **{"json/dumps": "", "steps/which": "from json import dumps\ndef run(ctx): return dumps(2)"})

    assert run(root, "steps.which") == "2"


def test_a_module_file_beside_the_pipeline_wins_over_an_installed_one(folder: Folder) -> None:
    root = folder("first", **{"yaml": "WORD = 'mine'", "steps/which": "import yaml\ndef run(ctx): return yaml.WORD"})

    assert run(root, "steps.which") == "mine"


def test_trakt_itself_is_never_taken_from_the_folder(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "trakt/__init__": "raise RuntimeError",
            "steps/which": "from trakt.errors import PipelineError\ndef run(ctx): return PipelineError",
        },
    )

    assert run(root, "steps.which") is PipelineError


def test_threads_that_load_two_folders_at_once_each_get_their_own(folder: Folder) -> None:
    roots = [
        folder(
            f"f{number}",
            **{
                "steps/which": "from steps.words import WORD\ndef run(ctx):\n    from steps import late\n    return WORD, late.WORD",
                "steps/words": f"import time; time.sleep(0.01); WORD = {number}",
                "steps/late": f"WORD = {number}",
            },
        )
        for number in range(4)
    ]
    jobs = [root for root in roots for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda root: run(root, "steps.which"), jobs))

    assert answers == [(number, number) for number in range(4) for _ in range(8)]


def test_an_edited_step_is_loaded_afresh(folder: Folder) -> None:
    root = folder("first", **{"steps/which": "def run(ctx): return 1"})
    before = resolve_uses("steps.which", root)
    write(root / "steps/which.py", "def run(ctx): return 22")

    assert resolve_uses("steps.which", root)(None) == 22
    assert before(None) == 1


def test_an_edit_of_equal_size_within_the_same_second_is_noticed(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    root = folder("first", **{"steps/which": "def run(ctx): return 1"})
    file = root / "steps/which.py"
    os.utime(file, ns=(10**18, 10**18))
    assert run(root, "steps.which") == 1
    write(file, "def run(ctx): return 2")
    os.utime(file, ns=(10**18, 10**18 + 1000))

    assert run(root, "steps.which") == 2


def test_an_edited_module_that_a_step_imports_is_loaded_afresh(folder: Folder) -> None:
    root = folder(
        "first", **{"steps/which": "from steps.words import WORD\ndef run(ctx): return WORD", "steps/words": "WORD = 1"}
    )
    assert run(root, "steps.which") == 1
    write(root / "steps/words.py", "WORD = 'new'")

    assert run(root, "steps.which") == "new"


def test_a_new_file_that_shadows_an_import_is_noticed(folder: Folder) -> None:
    root = folder("first", **{"steps/which": "import yaml\ndef run(ctx): return getattr(yaml, 'WORD', None)"})
    assert run(root, "steps.which") is None
    write(root / "yaml.py", "WORD = 'mine'")

    assert run(root, "steps.which") == "mine"


def test_a_missing_module_is_found_once_it_is_written(folder: Folder) -> None:
    root = folder("first", **{"steps/which": "from steps import words\ndef run(ctx): return words.WORD"})
    with pytest.raises(PipelineError):
        run(root, "steps.which")
    write(root / "steps/words.py", "WORD = 1")

    assert run(root, "steps.which") == 1


def test_an_unchanged_folder_is_loaded_once(folder: Folder) -> None:
    root = folder("first", **{"steps/which": "def run(ctx): return 1"})

    assert resolve_uses("steps.which", root) is resolve_uses("steps.which", root)


def test_a_running_step_keeps_its_code_after_an_edit(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "steps/which": "def run(ctx):\n    from steps.words import WORD\n    return WORD",
            "steps/words": "WORD = 1",
        },
    )
    before = resolve_uses("steps.which", root)
    write(root / "steps/which.py", "def run(ctx): return 'edited'")

    assert resolve_uses("steps.which", root)(None) == "edited"
    assert before(None) == 1


def test_classes_of_steps_know_their_module(folder: Folder) -> None:
    text = """
    from __future__ import annotations
    from dataclasses import dataclass
    from typing import ClassVar
    @dataclass
    class Row:
        amount: int
        unit: ClassVar[str] = "eur"
    def run(ctx): return Row(5)
    """
    row = run(folder("first", **{"steps/which": text}), "steps.which")

    assert pickle.loads(pickle.dumps(row)) == row
    assert typing.get_type_hints(type(row))["amount"] is int


def test_nothing_is_written_into_the_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    root = folder("first", **{"steps/which": "def run(ctx): return 1"})

    run(root, "steps.which")

    assert [file.name for file in root.rglob("*") if file.is_file()] == ["which.py"]


def test_a_failed_import_inside_a_step_speaks_of_public_names(folder: Folder) -> None:
    root = folder("first", **{"steps/which": "def run(ctx):\n    import steps.absent"})

    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'steps\.absent'") as caught:
        run(root, "steps.which")
    assert caught.value.name == "steps.absent"


def test_a_relative_path_and_its_absolute_form_are_one_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder("first", **{"steps/which": "def run(ctx): return 1"})
    monkeypatch.chdir(root)

    assert folder_of(Path()) is folder_of(root)


def test_modules_of_a_folder_may_import_each_other_in_a_circle(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "steps/a": "import steps.b\nWORD = 1\ndef run(ctx): return steps.b.word()",
            "steps/b": "import steps.a\ndef word(): return steps.a.WORD",
        },
    )

    assert run(root, "steps.a") == 1


def test_a_step_may_climb_out_of_its_package(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "steps/deep/which": "from ..words import WORD\nfrom ...lookups import OTHER\ndef run(ctx): return WORD, OTHER",
            "steps/words": "WORD = 1",
            "lookups": "OTHER = 2",
        },
    )

    assert run(root, "steps.deep.which") == (1, 2)


def test_an_optional_module_that_is_absent_can_be_done_without(folder: Folder) -> None:
    root = folder(
        "first",
        **{
            "steps/which": "try:\n    from steps import absent\nexcept ImportError:\n    absent = None\ndef run(ctx): return absent"
        },
    )

    assert run(root, "steps.which") is None
    write(root / "steps/absent.py", "")
    assert run(root, "steps.which") is not None


def test_an_installed_library_never_sees_the_folder(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    library = folder(
        "library", some_library="def word():\n    import lookups\n    return lookups.WORD", lookups="WORD = 'library'"
    )
    monkeypatch.syspath_prepend(str(library))
    root = folder(
        "first",
        **{
            "steps/which": "import lookups, some_library\ndef run(ctx): return lookups.WORD, some_library.word()",
            "lookups": "WORD = 'mine'",
        },
    )
    try:
        assert run(root, "steps.which") == ("mine", "library")
    finally:
        for name in ("some_library", "lookups"):
            sys.modules.pop(name, None)
