"""The wording file of the report: complete, and a library's own file over it is checked line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.texts.metrics import METRICS
from bot.texts.report_lines import Line, When, Word, WordList
from bot.texts.report_wording import (
    BUILT_IN,
    WordingRefused,
    built_in_wording,
    name_wording_file,
    read_wording,
    wording_faults,
    wording_in_force,
)


def faults_of(own: str) -> tuple[str, ...]:
    """Why a file is refused."""
    with pytest.raises(WordingRefused) as refused:
        read_wording(own.encode())
    return refused.value.faults


def test_every_entry_of_the_file_is_used_and_every_line_is_in_it() -> None:
    """Seen to fail with a sentence in the file that no line names."""
    tree = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    named = {name.value for kind in (Line, Word, WordList) for name in kind} | {("时间", when.value) for when in When}
    open_sections = {"称呼范围", "分组", "活动", "动词名称", "数量", "合写", "媒体", "大组"}
    written = {
        (section, name)
        for section, entries in tree.items()
        if section not in open_sections
        for name in (entries if isinstance(entries, dict) else [""])
    }
    assert written == named


def test_every_metric_that_is_known_has_its_words() -> None:
    told_as_people = {"attendance", "participants_all_activities", "online_live", "online_views"}
    names = {metric.name for code, metric in METRICS.items() if code not in told_as_people}
    assert names <= set(built_in_wording().metrics)


def test_a_file_changes_what_it_names_and_leaves_the_rest() -> None:
    own = "结尾:\n  特此报告: 以上报告，请审阅。\n数量:\n  问卷: {动词: 回收, 宾语: 问卷}\n活动:\n  - {形式: [音乐会], 组: 推广, 句: '{馆}奏响{名称}'}\n"
    wording = read_wording(own.encode())
    assert wording.lines[Line.CLOSING].text == "以上报告，请审阅。"
    assert wording.lines[Line.CONCLUSION] == built_in_wording().lines[Line.CONCLUSION]
    assert wording.metrics["问卷"].verb == "回收" and "咨询" in wording.metrics
    assert wording.events[0].forms == ("音乐会",) and len(wording.events) == len(built_in_wording().events) + 1


def test_the_file_in_force_can_be_read_again() -> None:
    wording = read_wording("结尾:\n  特此报告: 以上报告。\n".encode())
    again = yaml.safe_load(wording.source)
    assert again["结尾"]["特此报告"] == "以上报告。" and again["结尾"]["各馆"]
    assert built_in_wording().source == BUILT_IN.read_text(encoding="utf-8")


def test_an_empty_file_changes_nothing() -> None:
    assert read_wording(b"# nothing\n").lines == built_in_wording().lines


@pytest.mark.parametrize(
    ("own", "line", "reason"),
    [
        ("标题:\n  报告: 关于{活动周}的{报告}\n", 2, "这里不能用 {报告}"),
        ("标题:\n  报告: 关于〔{活动周}的报告\n", 2, "没有与它成对的“〕”"),
        ("标题:\n  报告: 关于{活动周的报告\n", 2, "不是完整的 {名称}"),
        ("标题:\n  报告: 关于}的报告\n", 2, "多了一个“}”"),
        ("标题:\n  报告: 甲｜乙\n", 2, "只能写在〔 〕里面"),
        ("标题:\n  题目: 关于\n", 2, "“标题”里没有“题目”"),
        ("题目:\n  报告: 关于\n", 2, "没有“题目”这一部分"),
        ("标题: [甲]\n", 1, "写法和原来的不一样"),
        ("标题:\n  报告: 甲\n  报告: 乙\n", 3, "写了两次"),
        ("标题:\n  报告: [甲, 乙]\n", 2, "这里应当是一句话"),
        ("时间:\n  单日: 于{日}\n", 2, "要写两句"),
        ("数量:\n  咨询: 解答\n", 2, "要写成 {动词: …"),
        ("数量:\n  咨询: {动词: 答, 句: '{数量}'}\n", 2, "或者只写“句”"),
        ("活动:\n  - {形式: [讲座], 组: 没有的组, 句: '{名称}'}\n", 2, "“分组”里没有“没有的组”"),
        ("活动:\n  - {形式: [讲座], 组: 讲座}\n", 2, "缺少“句”"),
        ("活动:\n  - {形式: [讲座], 组: 讲座, 句: '{名称}', 颜色: 红}\n", 2, "不认得“颜色”"),
        ("活动:\n  - {类别: [音乐], 组: 讲座, 句: '{名称}'}\n", 2, "没有“音乐”这个类别"),
        ("标题:\n  报告: 'x\n", 3, "YAML 格式有误"),
        ("标题: &a {报告: 甲}\n", 1, "不能用 & 和 * 引用"),
        ("- 甲\n", 1, "最外层应当是"),
        ("标题:\n  报告: " + "〔" * 6 + "〕" * 6 + "\n", 2, "套得太多层"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_line_and_reason(own: str, line: int, reason: str) -> None:
    faults = faults_of(own)
    assert any(fault.startswith(f"第{line}行：") and reason in fault for fault in faults), faults


def test_all_faults_are_named_at_once() -> None:
    assert len(faults_of("标题:\n  报告: '{甲}'\n  总结: '{乙}'\n")) == 2


def test_a_file_that_is_no_text_is_refused() -> None:
    assert "不是文字" in faults_of_bytes(b"\xff\xfe\x00\x81")
    assert "文件太大" in faults_of_bytes(b"#" * 300_000)


def faults_of_bytes(own: bytes) -> str:
    """Why bytes are refused."""
    with pytest.raises(WordingRefused) as refused:
        read_wording(own)
    return refused.value.faults[0]


def test_an_edited_file_is_in_force_at_once_and_a_faulty_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "wording.yaml"
    file.write_text("结尾:\n  特此报告: 以上报告。\n", encoding="utf-8")
    name_wording_file(file)
    try:
        assert wording_in_force().lines[Line.CLOSING].text == "以上报告。" and wording_faults() == ()
        file.write_text("结尾:\n  特此报告: 以上{馆名}报告。\n", encoding="utf-8")
        assert wording_in_force() is built_in_wording() and wording_faults()[0].startswith("第2行：")
        file.unlink()
        assert wording_in_force() is built_in_wording() and "打不开" in wording_faults()[0]
    finally:
        name_wording_file(None)
    assert wording_in_force() is built_in_wording() and wording_faults() == ()
