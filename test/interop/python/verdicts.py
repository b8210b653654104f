"""
Reads {kind: [text, ...]} and prints {kind: {text: verdict}}. A verdict is the text that the real class writes after it
has read the text, or null if it refuses the text.
"""

import json
import sys
from datetime import datetime
from uuid import UUID

from ccx_keys.locator import CCXLocator
from opaque_keys import InvalidKeyError
from opaque_keys.edx.keys import CourseKey, UsageKey
from opaque_keys.edx.locator import (
    LibraryCollectionLocator,
    LibraryContainerLocator,
    LibraryLocatorV2,
    LibraryUsageLocatorV2,
)

READ_AND_WRITE = {
    "datetime": lambda text: datetime.fromisoformat(text).isoformat(),
    "UUID": lambda text: str(UUID(text)),
    **{
        key.__name__: lambda text, key=key: str(key.from_string(text))
        for key in [
            CourseKey,
            CCXLocator,
            UsageKey,
            LibraryLocatorV2,
            LibraryUsageLocatorV2,
            LibraryCollectionLocator,
            LibraryContainerLocator,
        ]
    },
}


def verdict(kind, text):
    try:
        return READ_AND_WRITE[kind](text)
    except (InvalidKeyError, ValueError):
        return None


cases = json.load(sys.stdin)
verdicts = {kind: {text: verdict(kind, text) for text in texts} for kind, texts in cases.items()}
print(json.dumps(verdicts, indent=2, ensure_ascii=True))
