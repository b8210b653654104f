"""
Prints the events of the installed openedx-events as JSON, for tools/generate-openedx-events.mjs.

events    type, name of the constant, minor version, annotated key field or null, schema text as the Kafka producer registers it,
          and data: argument -> declared type
classes   class -> field -> declared type
unusable  types for which no schema can be created

A declared type is the Python name of the type (`str`, `datetime`, `CourseKey`), `list[str]`, `dict[str, int]`, or a name in `classes`.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
from importlib.metadata import version
from typing import get_args, get_origin

from django.conf import settings

settings.configure()

import openedx_events  # noqa: E402
from openedx_events.event_bus.avro.schema import schema_from_signal  # noqa: E402
from openedx_events.event_bus.avro.serializer import AvroSignalSerializer  # noqa: E402
from openedx_events.tooling import OpenEdxPublicSignal  # noqa: E402


def main():
    constants, annotated = {}, {}
    for module in signal_modules():
        constants |= {
            value.event_type: name for name, value in vars(module).items() if isinstance(value, OpenEdxPublicSignal)
        }
        annotated |= annotated_key_fields(inspect.getsource(module))
    events, classes, unusable = [], {}, []
    for signal in sorted(OpenEdxPublicSignal.all_events(), key=lambda signal: signal.event_type):
        try:
            schema_from_signal(signal)
        except Exception:  # The library itself raises this type for some fields.
            unusable.append(signal.event_type)
            continue
        refuse_two_of_one_name(signal)
        events.append(
            {
                "type": signal.event_type,
                "name": constants[signal.event_type],
                "minorversion": signal.minor_version,
                "keyField": annotated.get(signal.event_type),
                "data": {name: declared(type_, classes) for name, type_ in signal.init_data.items()},
                "schema": AvroSignalSerializer(signal).schema_string(),
            }
        )
    catalog = {
        "release": version("openedx-events"),
        "events": events,
        "classes": dict(sorted(classes.items())),
        "unusable": unusable,
    }
    json.dump(catalog, sys.stdout, ensure_ascii=True)


def signal_modules():
    for package in pkgutil.iter_modules(openedx_events.__path__):
        if package.ispkg and importlib.util.find_spec(f"openedx_events.{package.name}.signals"):
            yield importlib.import_module(f"openedx_events.{package.name}.signals")


def annotated_key_fields(source):
    """Event type -> key field, from the annotation comments. A key field belongs to the event type above it."""
    found = {}
    for block in re.split(r"^# \.\. event_type:", source, flags=re.MULTILINE)[1:]:
        key_field = re.search(r"^# \.\. event_key_field: *(\S+) *$", block, flags=re.MULTILINE)
        if key_field:
            found[block.split()[0]] = key_field[1]
    return found


def declared(type_, classes):
    """Returns the name of a declared type, and adds its fields to the classes."""
    origin = get_origin(type_)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(declared(argument, classes) for argument in get_args(type_))}]"
    if not hasattr(type_, "__attrs_attrs__"):
        return type_.__name__
    name = f"{type_.__module__}.{type_.__qualname__}"
    if name not in classes:
        classes[name] = {}
        classes[name] |= {field.name: declared(field.type, classes) for field in type_.__attrs_attrs__}
    return name


def refuse_two_of_one_name(signal):
    """Rejects two classes with one name, because in a schema the second one would get the fields of the first."""
    classes = {}
    for type_ in signal.init_data.values():
        declared(type_, classes)
    names = [name.rpartition(".")[2] for name in classes]
    if len(set(names)) < len(names):
        raise ValueError(f"{signal.event_type}: two of {sorted(classes)} have one name")


main()
