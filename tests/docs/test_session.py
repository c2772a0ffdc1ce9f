"""The harness itself: what a page says wrongly must fail."""

import pytest

from tests.docs.session import Session, blocks_of, commands_of, is_as_told


def play(folder, *lines):
    Session("page.md", folder).play("\n".join(lines))


def test_a_page_that_tells_the_truth_passes(tmp_path):
    play(tmp_path, '```text title="a.txt"', "one", "two", "```", "```console", "$ cat a.txt", "one", "two", "```")


def test_a_wrong_word_in_an_output_is_told_with_the_line_of_its_block(tmp_path):
    with pytest.raises(AssertionError, match=r"page.md:5: `cat a.txt` says"):
        play(tmp_path, '```text title="a.txt"', "one", "```", "", "```console", "$ cat a.txt", "uno", "```")


def test_an_output_that_the_page_leaves_out_fails(tmp_path):
    with pytest.raises(AssertionError, match="says"):
        play(tmp_path, '```text title="a.txt"', "one", "```", "```console", "$ cat a.txt", "```")


def test_a_command_that_fails_where_the_page_says_nothing_of_it_fails(tmp_path):
    with pytest.raises(AssertionError, match="ends with 3, not 0"):
        play(tmp_path, "```console", "$ python -c 'raise SystemExit(3)'", "```")


def test_a_command_that_succeeds_where_the_page_says_that_it_fails_fails(tmp_path):
    with pytest.raises(AssertionError, match="ends with 0, not 2"):
        play(tmp_path, '```console title="exits 2"', "$ python -c pass", "```")


def test_a_script_that_raises_fails(tmp_path):
    with pytest.raises(AssertionError, match="ends with 1, not 0"):
        play(tmp_path, "```python", "assert 1 + 1 == 3", "```")


@pytest.mark.parametrize("fence", ["```ruby", "```", "   ```console", "~~~", "```yaml", '```console title="later"'])
def test_a_block_that_nothing_would_check_fails(tmp_path, fence):
    with pytest.raises(AssertionError, match=r"page.md:1: "):
        play(tmp_path, fence, "x", "```")


def test_a_pipeline_that_no_command_uses_fails(tmp_path):
    with pytest.raises(AssertionError, match=r"no command below uses the file p/a/pipeline\.yaml"):
        play(tmp_path, '```yaml title="p/a/pipeline.yaml"', "name: a", "```")


def test_a_module_is_used_by_a_script_that_imports_it_and_by_nothing_less(tmp_path):
    module = ['```python title="ours/net.py"', "TAX = 1", "```", '```python title="script.py"']
    run = ["```", "```console", "$ python script.py", "```"]
    play(tmp_path / "a", *module, "from ours.net import TAX", *run)
    with pytest.raises(AssertionError, match=r"no command below uses the file ours/net\.py"):
        play(tmp_path / "b", *module, "import os  # ours.nett", *run)


def test_a_program_outside_of_the_list_is_not_run(tmp_path):
    with pytest.raises(AssertionError, match="not `touch`"):
        play(tmp_path, "```console", "$ touch made", "```")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("line", ["make nothing", "python -m pip install '.[nothing]'", "python -m pip install other"])
def test_a_target_or_extra_that_is_not_there_fails(tmp_path, line):
    with pytest.raises(AssertionError, match=r"there is no|an install from the checkout"):
        play(tmp_path, "```console", f"$ {line}", "```")


def test_a_part_of_a_json_file_must_stand_in_it(tmp_path):
    (tmp_path / "a.json").write_text('{"a": {"b": [1, "xyz"]}, "c": 2}', encoding="utf-8")
    title = 'json title="part of a.json"'
    play(tmp_path, f"```{title}", '{"a": {"b": [1, "x..."]}}', "```")
    with pytest.raises(AssertionError, match=r"\$.a.b\[1\] is 'xyz'"):
        play(tmp_path, f"```{title}", '{"a": {"b": [1, "w..."]}}', "```")


@pytest.mark.parametrize(
    ("seen", "expected", "matches"),
    [
        ("a 12 b\n", "a ... b", True),
        ("a 12\nb\n", "a ... b", False),
        ("a\nx\ny\nb\n", "a\n...\nb", True),
        ("a\nb\n", "a\n...\nb", True),
        ("a\n", "a\nb", False),
        ("", "", True),
        ("a.b\n", "a+b", False),
    ],
)
def test_three_dots_stand_for_text_in_a_line_or_for_lines(seen, expected, matches):
    assert is_as_told(seen, expected) is matches


def test_a_star_stands_for_files_and_matches_none_in_silence(tmp_path):
    (tmp_path / "a-1").mkdir()
    play(tmp_path, '```text title="a-1/b.txt"', "one", "```", "```console", "$ cat a-*/b.txt", "one", "```")
    with pytest.raises(AssertionError, match="No such file"):
        play(tmp_path, "```console", "$ cat c-*/b.txt", "one", "```")


def test_a_command_may_go_on_in_the_next_line():
    assert commands_of("$ trakt run \\\n  --pipeline a\nout\n")[0].line == "trakt run --pipeline a"


def test_a_block_knows_its_title_and_its_line():
    (block,) = blocks_of('text\n```csv title="a/b.csv"\n1,2\n```\n', "page.md")
    assert (block.kind, block.title, block.body, block.line) == ("csv", "a/b.csv", "1,2\n", 2)


def test_what_stands_on_a_terminal_is_compared_as_well(tmp_path):
    play(
        tmp_path,
        '```console title="on a terminal"',
        "$ trakt validate --help",
        "usage: trakt validate ...",
        "...",
        "```",
    )
    with pytest.raises(AssertionError, match="shows"):
        play(tmp_path, '```console title="on a terminal"', "$ trakt validate --help", "usage: none", "```")
