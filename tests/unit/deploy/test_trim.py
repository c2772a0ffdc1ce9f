"""What the layer can do without."""

from deploy import trim

KEPT = (
    "pandas/_testing/__init__.py",
    "pandas/core/frame.py",
    "pyarrow/_fs.cpython-313-x86_64-linux-gnu.so",
    "pyarrow/libarrow.so.2600",
    "pyarrow/libarrow_python.so.2600",
    "pyarrow/libarrow_substrait.so.2600",
    "pyarrow/orc.py",
    "pandas-3.1.1.dist-info/METADATA",
)
TAKEN = (
    "pandas/tests/frame/test_api.py",
    "numpy/_core/include/numpy/arrayobject.h",
    "numpy/f2py/__init__.py",
    "pyarrow/_flight.cpython-313-x86_64-linux-gnu.so",
    "pyarrow/_s3fs.cpython-313-x86_64-linux-gnu.so",
    "pyarrow/libarrow_python.so",
    "pyarrow/libarrow_python.so.2600.1.0",
    "pyarrow/libarrow_python_flight.so.2600",
    "pyarrow/libarrow_s3.so.2600",
    "pyarrow/table.pxi",
    "wrapt-stubs/__init__.pyi",
)


def test_a_rule_takes_what_it_names_and_leaves_the_rest(tmp_path):
    for name in (*KEPT, *TAKEN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    trim.trim(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(KEPT)


def test_a_machine_without_strip_builds_a_larger_layer_and_says_so(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(trim.shutil, "which", lambda _: None)
    (tmp_path / "a.so").write_bytes(b"no library")
    trim.strip(tmp_path)
    assert "there is no `strip` here" in caplog.text
