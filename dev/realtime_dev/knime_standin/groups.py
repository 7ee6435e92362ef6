# SPDX-License-Identifier: MIT
"""Groups of parameters."""
# ruff: noqa: ANN401, FBT001, FBT002 - the signatures are KNIME's

from __future__ import annotations

import copy
import logging
from enum import Enum
from typing import TYPE_CHECKING, Any

from realtime_dev.knime_standin.parameters import Parameter
from realtime_dev.knime_standin.rules import Condition, Effect, Rule
from realtime_dev.knime_standin.settings import (
    Setting,
    describe_members,
    extract_members,
    get_setting,
    get_values,
    inject_members,
    list_settings,
    validate_members,
)
from realtime_dev.knime_standin.versions import Version

if TYPE_CHECKING:
    from collections.abc import Callable

_RESERVED = frozenset({"since_version", "is_advanced", "validator"})


class LayoutDirection(Enum):
    """How the controls of a group are arranged."""

    VERTICAL = "VerticalLayout"
    HORIZONTAL = "HorizontalLayout"


class GroupSetting(Setting):
    """What KNIME knows about one use of a group.

    ``prototype`` is the instance that a class body created. It belongs to a class, so each node
    gets a copy of it that is bound to the node's own values.
    """

    def __init__(
        self, prototype: object, label: str, layout: LayoutDirection, options: dict[str, Any]
    ) -> None:
        self.prototype = prototype
        self.label = label
        self.description = type(prototype).__doc__ or ""
        self.layout = layout
        self.since = Version.parse_version(options["since_version"])
        self.advanced = options["is_advanced"]
        self.validator: Callable[[Any], None] | None = options["validator"]
        self.replaces_own_check = False
        self.name: str | None = None

    def bind(self, holder: object) -> Any:
        """Return the group with the values of ``holder``; its own when it is no class member."""
        if self.name is None:
            return self.prototype
        values = get_values(holder)
        if self.name not in values:
            values[self.name] = copy.deepcopy(get_values(self.prototype))
        bound = object.__new__(type(self.prototype))
        for name, value in vars(self.prototype).items():
            shared = name == "__group__" or get_setting(value) is not None
            bound.__dict__[name] = value if shared else copy.deepcopy(value)
        bound.__dict__["__values__"] = values[self.name]
        return bound

    def extract(self, holder: object, name: str) -> Any:
        """Return the values of all members."""
        del name
        return extract_members(self.bind(holder))

    def inject(self, holder: object, name: str, stored: Any, version: Version) -> None:
        """Set the values of all members."""
        del name
        inject_members(self.bind(holder), stored, version)

    def reset(self, holder: object, name: str, version: Version) -> None:
        """Set all members to their defaults: they are as new as the group."""
        del name
        bound = self.bind(holder)
        for member_name, member in list_settings(bound).items():
            member.reset(bound, member_name, version)

    def validate(self, stored: Any, version: Version) -> None:
        """Check all members, then the group with its own checks."""
        validate_members(self.prototype, stored, version)
        own_check = getattr(self.prototype, "validate", None)
        if own_check is not None and not self.replaces_own_check:
            own_check(stored)
        if self.validator is not None:
            self.validator(stored)

    def describe(self, version: Version, context: Any) -> dict[str, Any]:
        """Return the schema of all members."""
        return describe_members(self.prototype, version, context)

    def check_specs(self, specs: list[Any]) -> None:
        """Pass the inputs on to all members."""
        for member in list_settings(self.prototype).values():
            member.check_specs(specs)


class _Group:
    """Mixed into every class that ``parameter_group`` decorates."""

    __group__: GroupSetting

    def __set_name__(self, owner: type, name: str) -> None:
        self.__group__.name = name

    def __get__(self, holder: object | None, owner: type | None = None) -> Any:
        if holder is None:
            # KNIME's groups cannot be read from the class either: it fails for want of values.
            raise AttributeError("a parameter group is read from an instance, not from the class")
        return self.__group__.bind(holder)

    def __set__(self, holder: object, value: object) -> None:
        raise RuntimeError("a parameter group is not assigned to: set the parameters in it")

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        # Parameters that __init__ made are no descriptors, as they are not in the class.
        return value.read(self, name) if isinstance(value, Parameter) else value

    def __setattr__(self, name: str, value: Any) -> None:
        member = vars(self).get(name)
        if isinstance(member, Parameter):
            member.write(self, name, value)
        else:
            super().__setattr__(name, value)

    def validator(self, override: Any = None) -> Any:
        """Add a check of the group's values; used as a decorator, with or without arguments."""
        group = self.__group__

        def decorate(function: Callable[[Any], None], *, replace: bool = True) -> None:
            group.validator = function
            group.replaces_own_check = replace

        if isinstance(override, bool):
            return lambda function: decorate(function, replace=override)
        return decorate(override)


def _set_rule(group: Any, condition: Condition, effect: Effect) -> Any:
    """Let the condition decide whether the group is shown or enabled; returns the group."""
    group.__group__.shown_by = Rule(condition, effect)
    return group


def parameter_group(
    label: str,
    since_version: str | Version | None = None,
    is_advanced: bool = False,
    layout_direction: LayoutDirection = LayoutDirection.VERTICAL,
) -> Callable[[type], Any]:
    """Make a group of parameters out of a class; its instances are class members of a node.

    Also the constructor takes ``since_version``, ``is_advanced`` and ``validator``.
    """
    defaults = {"since_version": since_version, "is_advanced": is_advanced, "validator": None}

    def decorate(original: type) -> type:
        def create(group: Any, *args: Any, **kwargs: Any) -> None:
            _refuse_reserved(original)
            options = {key: kwargs.pop(key, value) for key, value in defaults.items()}
            object.__setattr__(group, "__group__", None)
            group.__dict__["__group__"] = GroupSetting(group, label, layout_direction, options)
            get_values(group)
            original.__init__(group, *args, **kwargs)  # type: ignore[misc] # the class is dynamic

        body = {"__init__": create, "__doc__": original.__doc__, "__module__": original.__module__}
        if hasattr(original, "rule"):
            logging.getLogger("Python backend").warning(
                "the group %s has an attribute named rule, so it gets no rules", original
            )
        else:
            body["rule"] = _set_rule
        return type(original.__name__, (_Group, original), body)

    return decorate


def _refuse_reserved(original: type) -> None:
    code = getattr(original.__init__, "__code__", None)  # type: ignore[misc] # as above
    names = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) if code else set()
    if names & _RESERVED:
        raise SyntaxError(f"the arguments {sorted(names & _RESERVED)} of a group are reserved")
