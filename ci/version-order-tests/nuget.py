"""The order that `univers` of AboutCode has for NuGet; NuGet's own needs .NET."""

import sys

from univers.nuget import Version

for line in sys.stdin:
    one, other = line.rstrip("\n").split("\t")
    try:
        ours, theirs = Version.from_string(one), Version.from_string(other)
        sign = "<" if ours < theirs else ">" if theirs < ours else "="
    except Exception:
        sign = "!"
    print(one, sign, other, sep="\t")
