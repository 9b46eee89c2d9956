"""Conversion of the node's JSON to protobuf and back, so that both interfaces give the same
answers.

The two differ only in a few shapes (kaspa.md §3.5): a script with a separate version, some other
names, absent instead of null. Values without a protobuf field are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import attrs
import msgspec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.simnet.node.requests import MalformedFrameError
from kasgate.simnet.node.subscriptions import Event

Json = Mapping[str, Any]

_VERSION_DIGITS: Final = 4
# Fields whose name in JSON is not their protobuf name in camel case.
_JSON_NAMES: Final = {
    "kasgate.protowire.GetBlockDagInfoResponse.network_name": "network",
    "kasgate.protowire.Header.parents": "parentsByLevel",
    "kasgate.protowire.MempoolEntry.is_orphan": "is_orphan",
    "kasgate.protowire.Output.amount": "value",
}


def _as_it_is(content: Json) -> Json:
    return content


def _script(content: str) -> Json:
    version = int(content[:_VERSION_DIGITS], 16)
    return {"version": version, "scriptPublicKey": content[_VERSION_DIGITS:]}


def _script_verbose(content: Json) -> Json:
    kind = content.get("scriptPublicKeyType")
    return {**content, "scriptPublicKeyType": kind and kind.lower()}


# Converts the JSON in place of a message to the source of that message's fields.
_SHAPES: Final[Mapping[str, Callable[[Any], Json]]] = {
    "Header": lambda content: {**content, "blueWork": content.get("blueWork", "").lstrip("0")},
    "MaybeCovenant": lambda content: {"covenant": content},
    "ParentsOfLevel": lambda content: {"parentHashes": content},
    "PartialScriptVerbose": _script_verbose,
    "Script": _script,
    "ScriptVerbose": _script_verbose,
}


def _json_name(field: FieldDescriptor) -> str:
    return _JSON_NAMES.get(field.full_name, field.json_name)


def _fields(message: Message | type[Message]) -> Sequence[FieldDescriptor]:
    # The stubs have two classes of descriptors, of which only one is documented.
    return cast("Sequence[FieldDescriptor]", message.DESCRIPTOR.fields)


def _payloads(envelope: type[Message]) -> dict[str, FieldDescriptor]:
    return {field.json_name: field for field in _fields(envelope) if field.message_type}


# By type of message; their number is fixed by the definition.
_PLACES: Final[dict[object, "tuple[_Place, ...]"]] = {}
_RESPONSES: Final = _payloads(pb.Response)
_EVENTS: Final = {f"notify{event}": event for event in Event}


@attrs.frozen
class _Place:
    """The place of a JSON value in a message."""

    json_name: str
    name: str
    is_repeated: bool
    shape: Callable[[Any], Json] | None
    """For a nested message."""


def _places(message: Message) -> tuple[_Place, ...]:
    kind = type(message)
    known = _PLACES.get(kind)
    if known is None:
        known = _PLACES[kind] = _find_places(kind)
    return known


def _find_places(kind: type[Message]) -> tuple[_Place, ...]:
    return tuple(
        _Place(
            _json_name(field),
            field.name,
            field.is_repeated,
            _SHAPES.get(field.message_type.name, _as_it_is) if field.message_type else None,
        )
        for field in _fields(kind)
    )


def fill(message: Message, content: Json) -> None:
    """Set the fields of a message from an object of the node's JSON."""
    for place in _places(message):
        value = content.get(place.json_name)
        if value is None:
            continue
        if place.shape is None:
            if place.is_repeated:
                getattr(message, place.name).extend(value)
            else:
                setattr(message, place.name, value)
        elif place.is_repeated:
            inner = getattr(message, place.name)
            for each in value:
                fill(inner.add(), place.shape(each))
        else:
            inner = getattr(message, place.name)
            inner.SetInParent()
            fill(inner, place.shape(value))


def content_of(message: Message) -> dict[str, Any]:
    """An object of the node's JSON with all fields of a message except unset optional ones."""
    content: dict[str, Any] = {}
    for field in _fields(message):
        if field.has_presence and not message.HasField(field.name):
            continue
        value = getattr(message, field.name)
        convert = _converter(field)
        content[_json_name(field)] = (
            [convert(each) for each in value] if field.is_repeated else convert(value)
        )
    return content


def _converter(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.enum_type is not None:
        names = field.enum_type.values_by_number
        return lambda number: names[number].name.capitalize() if number in names else number
    if field.message_type is None:
        return lambda plain: plain
    if field.message_type.name == "Script":
        return lambda script: f"{script.version:04x}{script.script_public_key}"
    return content_of


class Translator:
    """Translates for one call: requests to JSON frames, and JSON frames to responses.

    It uses ids of its own, because a gRPC client may use any, 0 included.
    """

    def __init__(self) -> None:
        self._next_id = 1
        # By our id of a request: the client's own id, and the type of its answer.
        self._asked: dict[int, tuple[int, str]] = {}

    def request(self, message: bytes) -> str:
        """The frame for a message of the client. Raises MalformedFrameError for one that does not
        parse, or that is unknown."""
        try:
            request = pb.Request.FromString(message)
        except DecodeError as error:
            raise MalformedFrameError(str(error)) from error
        method, params = asked_for(request)
        number, self._next_id = self._next_id, self._next_id + 1
        self._asked[number] = (request.id, kind_of(request))
        frame = {"id": number, "method": method, "params": params}
        return msgspec.json.encode(frame).decode()

    def response(self, frame: str) -> bytes:
        """The message for a frame of the node; an unparsable message for an invalid frame."""
        try:
            content = msgspec.json.decode(frame)
            return self._answer(content) if "id" in content else notification_of(content)
        except (msgspec.DecodeError, KeyError):
            return b"\x00" + frame.encode(errors="replace")  # a field can't begin with 0

    def _answer(self, content: Json) -> bytes:
        request_id, kind = self._asked.pop(content["id"])
        return answer_of(request_id, kind, content.get("params", {}), content.get("error"))


def kind_of(request: pb.Request) -> str:
    """The name of a known request's payload in camel case; its answer has the same name."""
    return request.DESCRIPTOR.fields_by_name[request.WhichOneof("payload")].json_name


def asked_for(request: pb.Request) -> tuple[str, Json]:
    """Method and parameters of a request, as in JSON (kaspa.md §3.4, §3.5).

    Raises MalformedFrameError for an unknown request.
    """
    payload = cast("str | None", request.WhichOneof("payload"))
    if payload is None:
        raise MalformedFrameError("an unknown request")
    name, params = kind_of(request), content_of(getattr(request, payload))
    event = _EVENTS.get(name)
    if event is None:
        return name, params
    starts = params.pop("command") == "Start"
    if event is Event.VIRTUAL_CHAIN_CHANGED:
        # This one is snake_case on the wire (kaspa.md §0.3).
        included = params.pop("includeAcceptedTransactionIds")
        params["include_accepted_transaction_ids"] = included
    return "subscribe" if starts else "unsubscribe", {event: params}


def notification_of(content: Json) -> bytes:
    """The message for a notification in its frame.

    Empty, which is an unknown response, for kinds without a protobuf message here.
    """
    ((event, params),) = content["params"].items()
    return answer_of(0, event[:1].lower() + event[1:], params, None)


def answer_of(request_id: int, kind: str, params: Json, error: Json | None) -> bytes:
    """The message for an answer, or for an error instead; ``kind`` is the name of the payload in
    camel case."""
    response = pb.Response(id=request_id)
    field = _RESPONSES.get(kind)
    if field is not None:
        payload = getattr(response, field.name)
        payload.SetInParent()
        if error is None:
            fill(payload, params)
        else:
            payload.error.message = error["message"]
    return response.SerializeToString()
