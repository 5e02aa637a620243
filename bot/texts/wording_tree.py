"""A wording file as a tree that knows its lines, and one file laid over another."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

DEEPEST = 6
PREPENDED = frozenset({"活动", "动词名称", "合写"})
"""Lists to which a library's own file adds: its entries are looked at first."""


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, in Chinese, with the line."""

    found: list[str] = field(default_factory=list)

    def add(self, line: int, words: str) -> None:
        """Note a fault."""
        self.found.append(f"第{line}行：{words}")


@dataclass(frozen=True, slots=True)
class Twig:
    """A piece of text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list."""

    line: int
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """Names with what they stand for."""

    line: int
    items: dict[str, Tree]


Tree = Twig | Listed | Branch


def read_tree(text: str, faults: Faults) -> Branch:
    """The tree of a file; what cannot be read is a fault, and the tree is empty then."""
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                mark = event.start_mark
                faults.add(mark.line + 1 if mark else 1, "不能用 & 和 * 引用，请把内容写全。")
                return Branch(1, {})
        node = yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        faults.add(mark.line + 1 if mark else 1, "YAML 格式有误，请检查缩进、冒号和引号。")
        return Branch(1, {})
    except RecursionError:
        faults.add(1, "层次太深。")
        return Branch(1, {})
    if node is None:
        return Branch(1, {})
    tree = _read(node, faults, 0)
    if not isinstance(tree, Branch):
        faults.add(1, "最外层应当是“名称: 内容”。")
        return Branch(1, {})
    return tree


def _read(node: yaml.Node, faults: Faults, depth: int) -> Tree:
    line = node.start_mark.line + 1
    if depth > DEEPEST:
        faults.add(line, "层次太深。")
        return Twig(line, "")
    if isinstance(node, yaml.MappingNode):
        items: dict[str, Tree] = {}
        for name, value in node.value:
            key = str(name.value) if isinstance(name, yaml.ScalarNode) else ""
            if not key or key in items:
                faults.add(name.start_mark.line + 1, f"“{key}”写了两次。" if key else "名称应当是文字。")
                continue
            items[key] = _read(value, faults, depth + 1)
        return Branch(line, items)
    if isinstance(node, yaml.SequenceNode):
        return Listed(line, tuple(_read(item, faults, depth + 1) for item in node.value))
    is_null = node.tag == "tag:yaml.org,2002:null"
    return Twig(line, "" if is_null else str(node.value))


def lay_over(base: Branch, own: Branch, faults: Faults) -> Branch:
    """A file with another over it: names of the other win; a name that the file has not is a fault at the top."""
    items = dict(base.items)
    for name, tree in own.items.items():
        below = base.items.get(name)
        if below is None:
            faults.add(tree.line, f"没有“{name}”这一部分。可以用的有：{'、'.join(base.items)}。")
        elif type(below) is not type(tree):
            faults.add(tree.line, f"“{name}”的写法和原来的不一样。")
        elif isinstance(below, Branch) and isinstance(tree, Branch):
            items[name] = Branch(tree.line, {**below.items, **tree.items})
        elif name in PREPENDED and isinstance(below, Listed) and isinstance(tree, Listed):
            items[name] = Listed(tree.line, (*tree.items, *below.items))
        else:
            items[name] = tree
    return Branch(base.line, items)


def plain(tree: Tree) -> object:
    """The tree as plain data."""
    if isinstance(tree, Branch):
        return {name: plain(item) for name, item in tree.items.items()}
    if isinstance(tree, Listed):
        return [plain(item) for item in tree.items]
    return tree.text
