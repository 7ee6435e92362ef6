# SPDX-License-Identifier: MIT
"""Nodes, ports, port types and contexts: what an extension declares and asks for."""

import uuid
from typing import Any

import pytest

from realtime_dev import knime_standin
from realtime_dev.host.callbacks import CredentialVault, NodeCallbacks
from realtime_dev.host.results import CredentialPort


def declare(knext: Any, node: type, node_id: str) -> Any:
    """Return what the node decorator makes of a class, after it got its methods."""
    for method in ("configure", "execute"):
        setattr(node, method, lambda *_: None)
    return knext.node("Name", knext.NodeType.OTHER, "icon.png", "/", id=node_id)(node)


def make_port_type(knext: Any) -> Any:
    """Return a new port type."""

    class Spec(knext.PortObjectSpec):  # type: ignore[misc,name-defined,unused-ignore]
        """A spec with a URL."""

        def __init__(self, url: str) -> None:
            self.url = url

        def serialize(self) -> dict[str, Any]:
            return {"url": self.url}

        @classmethod
        def deserialize(cls, data: dict[str, Any]) -> Any:
            return cls(data["url"])

    class Thing(knext.PortObject):  # type: ignore[misc,name-defined,unused-ignore]
        """A thing with a payload."""

        def __init__(self, spec: Any, payload: str) -> None:
            super().__init__(spec)
            self.payload = payload

        def serialize(self) -> bytes:
            return self.payload.encode()

        @classmethod
        def deserialize(cls, spec: Any, storage: bytes) -> Any:
            return cls(spec, storage.decode())

    return knext.port_type("Thing", Thing, Spec, id=uuid.uuid4().hex)


@pytest.mark.parametrize("name", knime_standin.__all__)
def test_names_exist(knext: Any, name: str) -> None:
    """The stand-in offers nothing that KNIME does not."""
    assert hasattr(knext, name)


def test_decorated_class_becomes_a_factory(api: Any) -> None:
    """The decorator turns a node class into a function that creates nodes."""

    class Node:
        """A node."""

    factory = declare(api.knext, Node, "contract.factory")
    entry = api.backend.list_nodes()["contract.factory"]
    assert not isinstance(factory, type)
    assert api.backend.create(entry) is not api.backend.create(entry)
    assert (entry.id, entry.name) == ("contract.factory", "Name")
    assert isinstance(factory(), Node)


def test_ports_are_in_the_order_of_the_decorators(api: Any) -> None:
    """Ports are listed in the order of the decorators, from the top down."""
    knext = api.knext
    kind = make_port_type(knext)

    @knext.input_table("First", "A table.")
    @knext.input_port("Second", "A thing.", kind, optional=True)
    @knext.output_port("Third", "A thing.", kind)
    class Node:
        """A node."""

    class Other:
        """A node."""

    knext.output_table("Fourth", "A table.")(Other)
    knext.output_port("Third", "A thing.", kind)(Other)
    for node in (Node, Other):
        declare(knext, node, f"contract.{node.__name__}")
    entry, other = (api.backend.list_nodes()[f"contract.{name}"] for name in ("Node", "Other"))
    assert [(port.name, port.type, port.optional) for port in entry.input_ports] == [
        ("First", knext.PortType.TABLE, False),
        ("Second", kind, True),
    ]
    assert [port.name for port in entry.output_ports] == ["Third"]
    assert [port.name for port in other.output_ports] == ["Third", "Fourth"]
    assert not other.input_ports


def test_views_are_pages(knext: Any) -> None:
    """A node announces its view and returns it as a page."""
    node = knext.output_view("View", "A page.")(type("Node", (), {}))
    assert node.output_view is not None
    assert knext.view_html("<!doctype html>").html == "<!doctype html>"


def test_nodes_and_port_classes_are_abstract(knext: Any) -> None:
    """Base classes are abstract."""
    for base in (knext.PythonNode, knext.PortObject, knext.PortObjectSpec):
        with pytest.raises(TypeError):
            type("Empty", (base,), {})()


@pytest.mark.parametrize(
    ("path", "expected"), [("/", "/ai"), ("/community", "/community/ai"), ("/a/", "/a/ai")]
)
def test_category(knext: Any, path: str, expected: str) -> None:
    """A category gives the path for its nodes."""
    assert knext.category(path, "ai", "AI", "Nodes.", "icon.png") == expected


def test_port_type_round_trip(api: Any) -> None:
    """Spec and object come back from what was serialised."""
    kind = make_port_type(api.knext)
    thing = kind.object_class(kind.spec_class("http://x"), "ü")
    spec = kind.spec_class.deserialize(thing.spec.serialize())
    back = kind.object_class.deserialize(spec, thing.serialize())
    assert (back.payload, back.spec.url) == ("ü", "http://x")
    assert api.backend.list_port_types()[kind.id] is kind


def test_port_types_of_used_classes_are_refused(knext: Any) -> None:
    """A class or an id cannot be used for two port types."""
    kind, other = make_port_type(knext), make_port_type(knext)
    fresh = type("Fresh", (kind.object_class,), {})
    fresh_spec = type("FreshSpec", (kind.spec_class,), {})
    for object_class, spec_class, key in (
        (kind.object_class, fresh_spec, "contract.a"),
        (fresh, kind.spec_class, "contract.b"),
        (fresh, fresh_spec, other.id),
    ):
        with pytest.raises(ValueError, match=r".+"):
            knext.port_type("Again", object_class, spec_class, id=key)


def test_which_port_types_fit(knext: Any) -> None:
    """A port takes objects of its own type."""
    kind, other = make_port_type(knext), make_port_type(knext)
    assert kind.is_super_type_of(kind)
    assert not kind.is_super_type_of(other)


def test_invalid_parameters_error(knext: Any) -> None:
    """The error for the user's settings is a plain exception with a text."""
    error = knext.InvalidParametersError("Choose a model.")
    assert (str(error), isinstance(error, ValueError)) == ("Choose a model.", False)


def open_execution(api: Any, callbacks: NodeCallbacks) -> Any:
    """Return the context of execute."""

    class Node:
        """A node."""

    declare(api.knext, Node, "contract.context")
    return api.open_execution(callbacks, "contract.context")


def test_context_of_execution(api: Any) -> None:
    """A context gives credentials, and takes warnings and progress."""
    callbacks = NodeCallbacks({"login": ("me", "pw")}, canceled=lambda: True)
    context = open_execution(api, callbacks)
    credential = context.get_credentials("login")
    assert (credential.username, credential.password) == ("me", "pw")
    assert context.get_credential_names() == ["login"]
    assert context.is_canceled()
    context.set_warning("careful")
    context.set_progress(1)
    context.set_progress(-0.00001, "start")
    assert callbacks.warnings == ["careful"]
    assert callbacks.progress == [(1.0, None), (0.0, "start")]
    assert isinstance(context, api.knext.ConfigurationContext)


def test_missing_credential(api: Any) -> None:
    """A credential that does not reach the node is a KeyError that names it."""
    with pytest.raises(KeyError, match="nobody"):
        open_execution(api, NodeCallbacks({})).get_credentials("nobody")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("half",), TypeError),
        ((None,), TypeError),
        ((1.1,), ValueError),
        ((-0.1,), ValueError),
        ((0.5, 3), TypeError),
    ],
)
def test_wrong_progress(api: Any, arguments: Any, error: type[Exception]) -> None:
    """Progress is a Python number from 0 to 1, its message text."""
    with pytest.raises(error):
        open_execution(api, NodeCallbacks({})).set_progress(*arguments)


def test_context_of_the_dialog(api: Any) -> None:
    """A dialog knows the specs of its inputs and the names of the credentials."""
    context = api.open_dialog([None], ("one", "two"))
    assert context.get_input_specs() == [None]
    assert context.get_credential_names() == ["one", "two"]


def test_credential_spec(api: Any) -> None:
    """A credential's spec serialises a reference; the secret is asked for, if it is there."""
    vault = CredentialVault()
    api.backend.set_vault(vault)
    key = vault.add(CredentialPort("Bearer", "secret"))
    spec_class = api.knext.CredentialPortObjectSpec
    data = spec_class.deserialize({"data": key}).serialize()
    spec = spec_class.deserialize(data)
    assert data == {"data": key}
    assert "secret" not in key
    assert (spec.auth_schema, spec.auth_parameters) == ("Bearer", "secret")
    with pytest.raises(ValueError, match=r".+"):
        _ = spec_class.deserialize({"data": "gone"}).auth_parameters
