"""``evolve``: a changed copy of a frozen object, as ``attrs.evolve`` makes it, at half the cost.

``attrs.evolve`` looks up the fields of the class at each call and passes all of them to its
constructor by name. A payment takes a dozen copies of sessions with thirty fields, so that was a
third of a step. Here a function that copies slot by slot is written once for each class and set of
changed fields.
"""

from __future__ import annotations

from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    # Type checkers know which fields attrs.evolve takes.
    from attrs import evolve
else:
    T = TypeVar("T")

    def evolve(instance: T, /, **changes: object) -> T:
        """A copy with some fields changed. Raises TypeError for an unknown field."""
        kind = (instance.__class__, *changes)
        copy = _COPIES.get(kind)
        if copy is None:
            copy = _remembered(kind)
        return copy(instance, *changes.values())


__all__ = ["MOST_KINDS", "evolve"]

MOST_KINDS: Final = 512
"""The most functions that are kept. Each place in the code that makes a copy needs one."""

_COPIES: Final[dict[tuple[Any, ...], Callable[..., Any]]] = {}


def _remembered(kind: tuple[Any, ...]) -> Callable[..., Any]:
    cls, *names = kind
    if len(_COPIES) >= MOST_KINDS:
        _COPIES.clear()
    copy = _COPIES[kind] = _written(cls, names) if _is_plain(cls, names) else _slow(names)
    return copy


def _is_plain(cls: type, names: list[str]) -> bool:
    """Whether a copy is right without the constructor: it only assigns each field to a slot."""
    if not attrs.has(cls) or hasattr(cls, "__attrs_pre_init__"):
        return False
    fields = attrs.fields(cls)
    return (
        not hasattr(cls, "__attrs_post_init__")
        and all(one.init and one.alias == one.name for one in fields)
        and not any(one.validator or one.converter for one in fields)
        and all(isinstance(getattr(cls, one.name, None), MemberDescriptorType) for one in fields)
        and {one.name for one in fields}.issuperset(names)
        and _slots(cls) == {one.name for one in fields}
    )


def _slots(cls: type) -> set[str]:
    slots = {slot for base in cls.__mro__ for slot in base.__dict__.get("__slots__", ())}
    return slots - {"__weakref__"}


def _written(cls: type, names: list[str]) -> Callable[..., Any]:
    # No name of a field in ``__init__`` begins with an underscore.
    space: dict[str, Any] = {"_cls": cls, "_make": object.__new__}
    lines = [f"def copied(_old, {', '.join(names)}):", "    _new = _make(_cls)"]
    for place, field in enumerate(attrs.fields(cls)):
        space[f"_set_{place}"] = getattr(cls, field.name).__set__
        value = field.name if field.name in names else f"_old.{field.name}"
        lines.append(f"    _set_{place}(_new, {value})")
    exec("\n".join([*lines, "    return _new"]), space)  # noqa: S102 (names of our own fields)
    copied: Callable[..., Any] = space["copied"]
    return copied


def _slow(names: list[str]) -> Callable[..., Any]:
    return lambda old, *values: attrs.evolve(old, **dict(zip(names, values, strict=True)))
