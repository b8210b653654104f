"""Prints {"word": ..., "other": ...}: the Unicode characters that `re` of this Python treats as word characters, and
all others."""

import json
import re
import sys
import unicodedata

NOT_ASKED = {"Cn", "Co", "Cs"}
characters = [char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) not in NOT_ASKED]
word = "".join(char for char in characters if re.match(r"\w", char))
other = "".join(char for char in characters if not re.match(r"\w", char))
print(json.dumps({"word": word, "other": other}))
