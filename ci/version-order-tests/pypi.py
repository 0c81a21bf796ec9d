"""The order of Python's `packaging`."""

import sys

from packaging.version import InvalidVersion, Version

for line in sys.stdin:
    one, other = line.rstrip("\n").split("\t")
    try:
        ours, theirs = Version(one), Version(other)
        sign = "<" if ours < theirs else ">" if ours > theirs else "="
    except InvalidVersion:
        sign = "!"
    print(one, sign, other, sep="\t")
