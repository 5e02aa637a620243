"""From the tree of a wording file to the wording, with every fault by its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from bot.domain.coverage import Medium
from bot.domain.kinds import Category
from bot.domain.sentence import Sentence, SentenceFault, read_sentence
from bot.texts.campaign_files import word_of
from bot.texts.report_lines import (
    EVENT_GAPS,
    EVERYWHERE,
    MEDIA_GAPS,
    METRIC_GAPS,
    NOUN_GAPS,
    Gap,
    Line,
    When,
    Word,
    WordList,
)
from bot.texts.wording import BroadGroup, EventWording, MetricWording, Together, VerbTitle, Wording
from bot.texts.wording_tree import Branch, Faults, Listed, Tree, Twig

_FAULTS = {
    "unopened": "多了一个“{0}”，前面没有与它成对的。",
    "unclosed": "“{0}”没有与它成对的“〕”。",
    "stray_or": "“｜”只能写在〔 〕里面。",
    "bad_gap": "“{0}”不是完整的 {{名称}}。",
    "too_deep": "〔 〕套得太多层。",
    "unknown": "这里不能用 {{{0}}}。",
}
_CATEGORIES = {word_of("category", category.value): category for category in Category}
MEDIA: Mapping[Medium, str] = {
    Medium.NEWSPAPER: "报纸",
    Medium.TELEVISION: "电视",
    Medium.RADIO: "电台",
    Medium.WEBSITE: "网站",
    Medium.OFFICIAL_ACCOUNT: "公众号",
    Medium.VIDEO_CHANNEL: "视频号",
    Medium.SCREEN: "电子屏",
    Medium.BANNER: "横幅",
    Medium.BOARD: "展板",
    Medium.LEAFLET: "宣传单",
    Medium.VEHICLE: "车辆",
    Medium.SLOGAN: "标语",
    Medium.OTHER: "其他",
}
"""The names of the media in the file."""
LONGEST_SENTENCE = 1_000


class WordingReader:
    """Reads one tree. A sentence may use the gaps that the built-in one of the same name uses, and those of all."""

    def __init__(self, tree: Branch, built_in: Branch, faults: Faults) -> None:
        self._tree, self._built_in, self._faults = tree, built_in, faults

    def read(self, source: str) -> Wording:
        """The wording; it is whole only when no fault was found."""
        self._check_names()
        return Wording(
            lines={line: self._line(*line.value) for line in Line},
            words={word: self._text(self._at(self._tree, *word.value)) for word in Word},
            lists={words: self._texts(self._at(self._tree, *words.value)) for words in WordList},
            times={when: self._pair(when.value) for when in When},
            regions=self._texts_by_name("称呼范围"),
            groups=self._texts_by_name("分组"),
            broad_groups=dict(self._broad_groups()),
            events=tuple(self._event(item) for item in self._items("活动")),
            verb_titles=tuple(self._verb_title(item) for item in self._items("动词名称")),
            metrics=dict(self._metrics()),
            together=tuple(self._together(item) for item in self._items("合写")),
            media={name: self._sentence(self._at(self._tree, "媒体", name), MEDIA_GAPS) for name in MEDIA.values()},
            source=source,
        )

    def _check_names(self) -> None:
        """A name that the built-in file does not have would never be looked at: most likely a slip."""
        open_sections = ("数量", "称呼范围", "分组", "大组")  # a library may add to these
        for section, tree in self._tree.items.items():
            known = self._built_in.items.get(section)
            if section in open_sections or not isinstance(tree, Branch) or not isinstance(known, Branch):
                continue
            for name, below in tree.items.items():
                if name not in known.items:
                    self._faults.add(below.line, f"“{section}”里没有“{name}”。可以改的有：{'、'.join(known.items)}。")

    # --- pieces

    def _at(self, tree: Branch, section: str, name: str) -> Tree:
        found: Tree | None = tree.items.get(section)
        if name:
            found = found.items.get(name) if isinstance(found, Branch) else None
        return found if found is not None else Twig(tree.line, "")

    def _line(self, section: str, name: str) -> Sentence:
        usual = self._at(self._built_in, section, name)
        gaps = read_sentence(usual.text).names if isinstance(usual, Twig) else frozenset()
        return self._sentence(self._at(self._tree, section, name), gaps | EVERYWHERE)

    def _pair(self, name: str) -> tuple[Sentence, Sentence]:
        tree, usual = (self._at(one, "时间", name) for one in (self._tree, self._built_in))
        gaps: set[str] = set()
        for item in usual.items if isinstance(usual, Listed) else ():
            gaps |= read_sentence(self._text(item)).names
        if not isinstance(tree, Listed) or len(tree.items) != 2:
            self._faults.add(tree.line, f"“{name}”要写两句：用在句中的和用在句首的，如 [甲, 乙]。")
            return read_sentence(""), read_sentence("")
        return self._sentence(tree.items[0], gaps), self._sentence(tree.items[1], gaps)

    def _sentence(self, tree: Tree, gaps: Collection[str]) -> Sentence:
        text = self._text(tree)
        if len(text) > LONGEST_SENTENCE:
            self._faults.add(tree.line, f"这句太长，不要超过{LONGEST_SENTENCE}字。")
            return read_sentence("")
        try:
            return read_sentence(text, gaps)
        except SentenceFault as fault:
            words = _FAULTS[fault.kind].format(fault.detail)
            usable = (
                f"可以用的有：{'、'.join(f'{{{gap}}}' for gap in sorted(gaps))}。" if fault.kind == "unknown" else ""
            )
            self._faults.add(tree.line, words + usable)
            return read_sentence("")

    def _text(self, tree: Tree) -> str:
        if isinstance(tree, Twig):
            return tree.text
        self._faults.add(tree.line, "这里应当是一句话。")
        return ""

    def _texts(self, tree: Tree) -> tuple[str, ...]:
        if isinstance(tree, Listed):
            return tuple(self._text(item) for item in tree.items)
        text = self._text(tree)
        return (text,) if text else ()

    def _texts_by_name(self, section: str) -> dict[str, str]:
        tree = self._tree.items.get(section)
        return {name: self._text(item) for name, item in tree.items.items()} if isinstance(tree, Branch) else {}

    def _items(self, section: str) -> Iterator[Branch]:
        tree = self._tree.items.get(section)
        for item in tree.items if isinstance(tree, Listed) else ():
            if isinstance(item, Branch):
                yield item
            else:
                self._faults.add(item.line, f"“{section}”的每一条应当是“名称: 内容”。")

    def _fields(self, item: Branch, known: Collection[str], needed: Collection[str]) -> dict[str, Tree]:
        for name, below in item.items.items():
            if name not in known:
                self._faults.add(below.line, f"不认得“{name}”。可以写的有：{'、'.join(known)}。")
        for name in needed:
            if name not in item.items:
                self._faults.add(item.line, f"缺少“{name}”。")
        return {name: item.items.get(name, Twig(item.line, "")) for name in known}

    # --- entries

    def _broad_groups(self) -> Iterator[tuple[str, BroadGroup]]:
        tree = self._tree.items.get("大组")
        known = self._texts_by_name("分组")
        for name, item in tree.items.items() if isinstance(tree, Branch) else ():
            if not isinstance(item, Branch):
                self._faults.add(item.line, f"“{name}”要写成 {{标题: …, 组: […]}}。")
                continue
            fields = self._fields(item, ("标题", "组"), ("标题", "组"))
            groups = self._texts(fields["组"])
            for group in groups:
                if group not in known:
                    self._faults.add(item.line, f"“分组”里没有“{group}”。")
            if name in known:
                self._faults.add(item.line, f"“{name}”已经是“分组”里的名称，大组要另起一个。")
            yield name, BroadGroup(self._text(fields["标题"]), groups)

    def _event(self, item: Branch) -> EventWording:
        fields = self._fields(item, ("形式", "类别", "组", "参加", "句", "作品"), ("组", "句"))
        categories = self._texts(fields["类别"])
        for name in categories:
            if name not in _CATEGORIES:
                self._faults.add(item.line, f"没有“{name}”这个类别。可以用的有：{'、'.join(_CATEGORIES)}。")
        group = self._text(fields["组"])
        if group not in self._texts_by_name("分组"):
            self._faults.add(item.line, f"“分组”里没有“{group}”。")
        return EventWording(
            forms=self._texts(fields["形式"]),
            categories=tuple(_CATEGORIES[name] for name in categories if name in _CATEGORIES),
            group=group,
            take_part=self._text(fields["参加"]),
            sentence=self._sentence(fields["句"], EVENT_GAPS),
            works=self._sentence(fields["作品"], {Gap.WORKS}) if "作品" in item.items else None,
        )

    def _verb_title(self, item: Branch) -> VerbTitle:
        fields = self._fields(item, ("开头", "含", "句"), ("开头", "句"))
        starts, holds = self._texts(fields["开头"]), self._texts(fields["含"])
        return VerbTitle(starts, holds, self._sentence(fields["句"], EVENT_GAPS))

    def _metrics(self) -> Iterator[tuple[str, MetricWording]]:
        tree = self._tree.items.get("数量")
        for name, item in tree.items.items() if isinstance(tree, Branch) else ():
            if not isinstance(item, Branch):
                self._faults.add(item.line, f"“{name}”要写成 {{动词: …, 宾语: …}} 或 {{句: …}}。")
                continue
            fields = self._fields(item, ("动词", "宾语", "句", "可接", "书名号"), ())
            has_sentence, has_verb = "句" in item.items, "动词" in item.items
            if has_sentence == has_verb:
                self._faults.add(item.line, f"“{name}”写“动词”和“宾语”，或者只写“句”。")
            yield (
                name,
                MetricWording(
                    verb=self._text(fields["动词"]),
                    noun=self._sentence(fields["宾语"], NOUN_GAPS) if has_verb else None,
                    sentence=self._sentence(fields["句"], METRIC_GAPS) if has_sentence else None,
                    joins=self._texts(fields["可接"]),
                    titled=self._text(fields["书名号"]) in ("是", "true"),
                ),
            )

    def _together(self, item: Branch) -> Together:
        fields = self._fields(item, ("项目", "句"), ("项目", "句"))
        metrics = self._texts(fields["项目"])
        return Together(metrics, self._sentence(fields["句"], metrics))
