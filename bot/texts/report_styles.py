"""The style of a report in words: columns of the campaign file (domain.report_style)."""

from __future__ import annotations

PREFIX = "style_"
_NAMES = {
    "form": "文种",
    "group_by": "活动归并",
    "numbering": "标题编号",
    "headings": "标题排法",
    "points": "活动排法",
    "counts": "正文人数",
    "fonts": "字体名称",
    "issuer": "落款单位",
    "details": "写入活动简介",
}
_CHOICES = {
    "form": {"报告": "report", "总结": "summary"},
    "group_by": {"按类别": "kind", "按馆": "library"},
    "numbering": {"公文序号": "standard", "简易序号": "plain"},
    "headings": {"单独成行": "own_line", "接排正文": "run_in"},
    "points": {"连写": "flowing", "一是二是": "counted", "分项": "items"},
    "counts": {"写实数": "exact", "写约数": "rounded"},
    "fonts": {"仿宋_GB2312": "gb2312", "仿宋": "plain"},
    "details": {"是": "true", "否": "false"},
}

COLUMNS = {PREFIX + name: title for name, title in _NAMES.items()}
VALUES = {PREFIX + name: words for name, words in _CHOICES.items()}
