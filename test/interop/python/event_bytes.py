"""
Encodes and decodes events with the real serializer and deserializer of openedx-events.

Reads {"types": [type, ...], "bodies": [{type, body}, ...]}. For every type and every kind of sample, prints the sample
and its bytes. For every body, decodes it, encodes the result again, and prints these bytes.
"""

import base64
import json
import math
import sys
from datetime import datetime, timedelta, timezone
from typing import get_args, get_origin
from uuid import UUID

from django.conf import settings

settings.configure()

from ccx_keys.locator import CCXLocator  # noqa: E402
from opaque_keys.edx.keys import CourseKey, UsageKey  # noqa: E402
from opaque_keys.edx.locator import (  # noqa: E402
    LibraryCollectionLocator,
    LibraryContainerLocator,
    LibraryLocatorV2,
    LibraryUsageLocatorV2,
)
from openedx_events.event_bus.avro.deserializer import deserialize_bytes_to_event_data  # noqa: E402
from openedx_events.event_bus.avro.serializer import (  # noqa: E402
    AvroSignalSerializer,
    serialize_event_data_to_bytes,
)
from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals  # noqa: E402

VERSION = "519665f6223ebd6980884f2b"
INDIA = timezone(timedelta(hours=5, minutes=30))
EDGE = timezone(-timedelta(hours=23, minutes=59, seconds=59, microseconds=999999))

SAME_IN_ALL = {
    CCXLocator: CCXLocator.from_string("ccx-v1:edX+DemoX+2026+ccx@5"),
    LibraryLocatorV2: LibraryLocatorV2.from_string("lib:edX:álgebra"),
    LibraryUsageLocatorV2: LibraryUsageLocatorV2.from_string("lb:edX:álgebra:problem:p-1"),
    LibraryCollectionLocator: LibraryCollectionLocator.from_string("lib-collection:edX:álgebra:fácil"),
    LibraryContainerLocator: LibraryContainerLocator.from_string("lct:edX:álgebra:unit:u1"),
    UUID: UUID("3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c"),
}

SAMPLES = {
    # All fields are filled.
    "full": {
        "optional": True,
        str: 'Zoë 日本 😀 "q" \\ \x00 \u2028 \ufeff',
        int: 2**53 - 1,
        float: 0.1,
        bool: True,
        list: [1, -1, 63, 64, -64, -65, 2**31],
        dict: {"b": "1", "10": "2", "9": "3", "～": "4", "😀": "5", "ü": "6", "__proto__": "7", "": "8"},
        datetime: datetime(2026, 2, 28, 12, 34, 56, 789012, INDIA),
        CourseKey: CourseKey.from_string("course-v1:Üni+Español_101+2026"),
        UsageKey: UsageKey.from_string(f"block-v1:a+b+c+branch@draft+version@{VERSION}+type@problem+block@é"),
    },
    # Optional fields are missing.
    "mostly null": {
        "optional": False,
        str: "x",
        int: 1,
        float: 1.0,
        bool: True,
        list: [7],
        dict: {"k": "v"},
        datetime: datetime(2026, 2, 28, 12, 34, 56, tzinfo=timezone.utc),
        CourseKey: CourseKey.from_string("edX/DemoX/2026"),
        UsageKey: UsageKey.from_string("i4x://edX/DemoX/problem/p1"),
    },
    # Values that a reader could treat as missing.
    "falsy": {
        "optional": True,
        str: "",
        int: 0,
        float: -0.0,
        bool: False,
        list: [],
        dict: {},
        datetime: datetime(2026, 2, 28),
        CourseKey: CourseKey.from_string("ccx-v1:a+b+c+ccx@1"),
        UsageKey: UsageKey.from_string("ccx-block-v1:a+b+c+ccx@1+type@html+block@h"),
    },
    "the least": {
        "optional": True,
        str: "\x00",
        int: -(2**63),
        float: -math.inf,
        bool: False,
        list: [-(2**63), -(2**53) - 1, -(2**53)],
        dict: {"": ""},
        datetime: datetime.min,
        CourseKey: CourseKey.from_string("library-v1:a+b"),
        UsageKey: UsageKey.from_string("lib-block-v1:a+b+type@html+block@h"),
    },
    "the most": {
        "optional": True,
        str: "\U0010ffff" * 70_000,
        int: 2**63 - 1,
        float: sys.float_info.max,
        bool: True,
        list: [*range(-200, 1000), 2**53, 2**53 + 1, 2**63 - 1],
        dict: {f"{n}": f"{n}" for n in range(1000)},
        datetime: datetime.max.replace(tzinfo=EDGE),
        CourseKey: CourseKey.from_string(f"course-v1:a+b+c+branch@d+version@{VERSION}"),
        UsageKey: UsageKey.from_string("lb:edX:algebra:problem:p1"),
    },
}


def sample(type_, rules):
    origin = get_origin(type_)
    if origin is list:
        return [item if get_args(type_)[0] is int else str(item) for item in rules[list]]
    if origin is not None:
        return rules[origin]
    if type_ in SAME_IN_ALL or type_ in rules:
        return SAME_IN_ALL.get(type_) or rules[type_]
    fields = {
        field.name: None if field.default is None and not rules["optional"] else sample(field.type, rules)
        for field in type_.__attrs_attrs__
    }
    return type_(**fields)


def plain(value):
    """Writes numbers that JSON or its readers cannot hold as text in an object."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, int) and abs(value) >= 2**53:
        return {"$integer": str(value)}
    if isinstance(value, float) and (not math.isfinite(value) or (value == 0 and math.copysign(1, value) < 0)):
        return {"$float": {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "-0")}
    return value


def base64_of(body):
    return base64.b64encode(body).decode()


def main():
    load_all_signals()
    request = json.load(sys.stdin)
    written = []
    for type_ in request["types"]:
        signal = OpenEdxPublicSignal.get_signal_by_type(type_)
        serializer = AvroSignalSerializer(signal)
        for kind, rules in SAMPLES.items():
            data = {name: sample(data_type, rules) for name, data_type in signal.init_data.items()}
            written.append(
                {
                    "type": type_,
                    "kind": kind,
                    "data": plain(serializer.to_dict(data)),
                    "body": base64_of(serialize_event_data_to_bytes(data, signal)),
                }
            )
    read = []
    for given in request["bodies"]:
        signal = OpenEdxPublicSignal.get_signal_by_type(given["type"])
        data = deserialize_bytes_to_event_data(base64.b64decode(given["body"]), signal)
        read.append(base64_of(serialize_event_data_to_bytes(data, signal)))
    json.dump({"written": written, "read": read}, sys.stdout)


main()
