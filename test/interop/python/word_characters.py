"""Prints {"word": ..., "other": ...}: all characters of this Python's Unicode that are part of a word for `re`, and all that are not."""

import json
import re
import sys
import unicodedata

NOT_ASKED = {"Cn", "Co", "Cs"}
characters = [char for char in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(char) not in NOT_ASKED]
word = "".join(char for char in characters if re.match(r"\w", char))
other = "".join(char for char in characters if not re.match(r"\w", char))
print(json.dumps({"word": word, "other": other}))
